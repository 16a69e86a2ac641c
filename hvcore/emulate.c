// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run one memory access against an MMIO handler: fetch, decode, call it, write
 * register and flags back, step over.
 */
#include "internal.h"

/* Nothing of the VP changes before the handler has taken the access. */
static bool run(struct hvr_vp *vp, const struct hvr_insn *insn, u64 gpa,
		const struct hvr_mmio_ops *ops)
{
	struct hvr_operands o = {
		.reg = vp->gpr[insn->gpr],
		.flags = vp->rflags,
	};

	if (insn->read &&
	    (!ops->read || !ops->read(vp, gpa, insn->size, &o.mem)))
		return false;
	hvr_insn_execute(insn, &o);
	if (insn->write && !ops->write(vp, gpa, insn->size, o.mem))
		return false;
	vp->gpr[insn->gpr] = o.reg;
	vp->rflags = o.flags;
	return true;
}

/* Bytes of the CPU if it gave any, else the guest's memory. */
static int decode(struct hvr_vp *vp, const struct hvr_exit *exit,
		  struct hvr_insn *insn)
{
	u8 bytes[HVR_INSN_MAX];
	int n;

	if (exit->insn_bytes_len)
		return hvr_decode_mem(exit->insn_bytes, exit->insn_bytes_len,
				      vp->code_size, insn);
	n = hvr_fetch_insn(vp, bytes, sizeof(bytes), HVR_WALK_ATOMIC);
	if (n < 0)
		return n;
	return hvr_decode_mem(bytes, n, vp->code_size, insn);
}

int hvr_emulate_mmio(struct hvr_vp *vp, const struct hvr_exit *exit,
		     const struct hvr_mmio_ops *ops)
{
	struct hvr_insn insn;
	int err;

	/* Fetches and table walks have no operand to emulate. */
	if (exit->slat.access & (HVR_ACCESS_EXEC | HVR_ACCESS_WALK))
		return -EOPNOTSUPP;
	err = decode(vp, exit, &insn);
	if (err)
		return err == -EAGAIN ? err : -EOPNOTSUPP;
	/* The guest may have changed the code since. */
	if (exit->slat.access & HVR_ACCESS_WRITE && !insn.write)
		return -EOPNOTSUPP;
	if (!run(vp, &insn, exit->slat.gpa, ops))
		return -EOPNOTSUPP;
	hvr_vp_skip(vp, insn.len);
	return 0;
}
