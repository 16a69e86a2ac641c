// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall dispatcher: registers in, row found, form and caller checked,
 * input copied, handler run, output copied, result out.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <hvabi/hvgdk.h>

#include "hc_decode.h"
#include "internal.h"

/* ---- tables ---- */

static const struct hvr_hypercall *find_in(const struct hvr_hypercall *rows,
					   unsigned int nr, u16 code,
					   unsigned int who)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (rows[i].code == code && (rows[i].flags & who))
			return &rows[i];
	return NULL;
}

const struct hvr_hypercall *hvr_hypercall_find(u16 code, unsigned int who)
{
	const struct hvr_hypercall *row;
	const struct hvr_unit *unit;
	unsigned int i;

	for (i = 0; (unit = hvr_unit_at(i)); i++) {
		row = find_in(unit->hypercalls, unit->nr_hypercalls, code, who);
		if (row)
			return row;
	}
	row = find_in(hvr_flush_calls, hvr_nr_flush_calls, code, who);
	if (!row)
		row = find_in(hvr_ipi_calls, hvr_nr_ipi_calls, code, who);
	if (!row)
		row = find_in(hvr_ext_calls, hvr_nr_ext_calls, code, who);
	/* The longest table, and none of it is a guest's. */
	if (!row && who != HVR_HC_GUEST)
		row = find_in(hvr_root_calls, hvr_nr_root_calls, code, who);
	return row;
}

/* ---- registers ---- */

struct call_regs {
	u64 control;
	u64 in;		/* GPA, or first eight bytes of a fast input */
	u64 out;	/* GPA, or second eight bytes */
	bool wide;	/* 64-bit convention */
};

static u64 pair(u64 high, u64 low)
{
	return high << 32 | (u32)low;
}

static void get_call_regs(struct hvr_vp *vp, struct call_regs *regs)
{
	const u64 *gpr = vp->gpr;

	regs->wide = vp->code_size == 8;
	if (regs->wide) {
		regs->control = gpr[HVR_RCX];
		regs->in = gpr[HVR_RDX];
		regs->out = gpr[HVR_R8];
	} else {
		regs->control = pair(gpr[HVR_RDX], gpr[HVR_RAX]);
		regs->in = pair(gpr[HVR_RBX], gpr[HVR_RCX]);
		regs->out = pair(gpr[HVR_RDI], gpr[HVR_RSI]);
	}
}

static void set_result(struct hvr_vp *vp, const struct call_regs *regs,
		       hvr_status_t status, u16 reps_done)
{
	u64 result = hvr_hc_result(status, reps_done);

	if (regs->wide) {
		vp->gpr[HVR_RAX] = result;
	} else {
		vp->gpr[HVR_RAX] = (u32)result;
		vp->gpr[HVR_RDX] = result >> 32;
	}
}

/* ---- the call ---- */

static struct hvr_hypercall_ctx make_ctx(struct hvr_vp *vp,
					 const struct hvr_hc_form *form)
{
	return (struct hvr_hypercall_ctx) {
		.pt = vp->pt,
		.vp = vp,
		.code = form->code,
		.fast = form->fast,
		.varhead = form->varhead,
		.rep_count = form->reps,
		.rep_start = form->start,
		.reps_done = form->start,
		.in_size = form->in_size,
		.out_size = form->out_size,
	};
}

/* A rep call that stopped halfway has output for what it did in this turn, and
 * must leave the output of earlier turns alone.
 */
static hvr_status_t write_output(const struct hvr_hypercall *row,
				 const struct hvr_hypercall_ctx *ctx,
				 u64 gpa, hvr_status_t status)
{
	u32 from = 0, to = ctx->out_size;

	if (row->rep_out_size) {
		from = ctx->rep_start * row->rep_out_size;
		to = ctx->reps_done * row->rep_out_size;
	} else if (status != HVS_SUCCESS) {
		return status;
	}
	if (to > from &&
	    hvr_guest_write(ctx->pt, gpa + from, ctx->out + from, to - from))
		return HVS_INVALID_HYPERCALL_INPUT;
	return status;
}

/* The operands are copied here and nowhere else; the handler sees the copies. */
static hvr_status_t call(struct hvr_vp *vp, const struct hvr_hypercall *row,
			 const struct hvr_hc_form *form,
			 const struct call_regs *regs, u16 *reps_done)
{
	struct hvr_hypercall_ctx ctx = make_ctx(vp, form);
	u64 fast[2] = { regs->in, regs->out };
	hvr_status_t status;

	if (form->fast) {
		ctx.in = fast;
	} else {
		ctx.in = vp->hv.hypercall_in;
		if (form->in_size &&
		    hvr_guest_read(vp->pt, regs->in, vp->hv.hypercall_in,
				   form->in_size))
			return HVS_INVALID_HYPERCALL_INPUT;
	}
	if (form->out_size) {
		ctx.out = vp->hv.hypercall_out;
		memset(ctx.out, 0, form->out_size);
	}
	status = row->fn(&ctx);
	*reps_done = ctx.reps_done;
	return form->out_size ? write_output(row, &ctx, regs->out, status)
			      : status;
}

void hvr_hypercall_from_guest(struct hvr_vp *vp)
{
	const struct hvr_hypercall *row;
	struct hvr_hc_form form = {};
	struct call_regs regs;
	hvr_status_t status;
	u16 reps_done = 0;

	vp->stats.hypercalls++;
	get_call_regs(vp, &regs);
	row = hvr_hypercall_find(hvr_hc_code(regs.control), HVR_HC_GUEST);
	if (!row) {
		set_result(vp, &regs, HVS_INVALID_HYPERCALL_CODE, 0);
		return;
	}
	status = hvr_hc_check(row, regs.control, vp->pt->hv.privileges, &form);
	if (status == HVS_SUCCESS)
		status = hvr_hc_check_gpas(&form, regs.in, regs.out);
	if (status == HVS_SUCCESS)
		status = call(vp, row, &form, &regs, &reps_done);
	set_result(vp, &regs, status, reps_done);
}

static __always_inline hvr_status_t
call_fast(struct hvr_vp *vp, const struct hvr_hypercall *row,
	  const struct hvr_hc_form *form, const struct call_regs *regs,
	  u16 *reps_done)
{
	struct hvr_hypercall_ctx ctx = make_ctx(vp, form);
	u64 input[2] = { regs->in, regs->out };
	hvr_status_t status;

	ctx.in = input;
	status = row->fn(&ctx);
	*reps_done = ctx.reps_done;
	return status;
}

/*
 * Fast calls whose handler never sleeps are done where the exit is handled. All
 * that is odd about a call is left to the long way, which gives the status.
 */
bool hvr_hypercall_fast(struct hvr_vp *vp)
{
	const struct hvr_hypercall *row;
	struct hvr_hc_form form;
	struct call_regs regs;
	hvr_status_t status;
	u16 reps_done;

	get_call_regs(vp, &regs);
	if (!(regs.control & HV_HC_FAST))
		return false;
	row = hvr_hypercall_find(hvr_hc_code(regs.control), HVR_HC_GUEST);
	if (!row) {
		vp->stats.hypercalls++;
		set_result(vp, &regs, HVS_INVALID_HYPERCALL_CODE, 0);
		return true;
	}
	if (!(row->flags & HVR_HC_NOSLEEP) ||
	    hvr_hc_check(row, regs.control, vp->pt->hv.privileges,
			 &form) != HVS_SUCCESS)
		return false;
	vp->stats.hypercalls++;
	status = call_fast(vp, row, &form, &regs, &reps_done);
	set_result(vp, &regs, status, reps_done);
	return true;
}
