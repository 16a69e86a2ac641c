// SPDX-License-Identifier: GPL-2.0-only
/*
 * From exit reason to handler, for both vendors: a table with a fast half that
 * never sleeps and a slow half.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <asm/processor-flags.h>

#include "internal.h"

struct exit_handlers {
	enum hvr_exit_action (*fast)(struct hvr_vp *vp, struct hvr_exit *exit);
	enum hvr_exit_action (*slow)(struct hvr_vp *vp, struct hvr_exit *exit);
};

/* The byte that the instruction of an exit ends with. */
static const u8 last_bytes[HVR_NR_EXITS] = {
	[HVR_EXIT_CPUID]	= 0xa2,
	[HVR_EXIT_HLT]		= 0xf4,
	[HVR_EXIT_RDMSR]	= 0x32,
	[HVR_EXIT_WRMSR]	= 0x30,
	[HVR_EXIT_XSETBV]	= 0xd1,
};

/* Another VP may have written the code since: a breakpoint is shorter. */
static bool is_the_one(const struct hvr_exit *exit, u8 last)
{
	return !last_bytes[exit->reason] || last_bytes[exit->reason] == last;
}

/* Instruction length when the CPU does not tell. 0: the bytes are not what the
 * exit said (changed meanwhile) or cannot be read; the guest then runs it again.
 */
static int find_length(struct hvr_vp *vp, struct hvr_exit *exit, u8 *gpr,
		       unsigned int flags)
{
	int n;

	if (!exit->insn_bytes_len) {
		n = hvr_fetch_insn(vp, exit->insn_bytes,
				   sizeof(exit->insn_bytes), flags);
		if (n < 0)
			return n;
		exit->insn_bytes_len = n;
	}
	n = hvr_decode_length(exit->insn_bytes, exit->insn_bytes_len,
			      vp->code_size, gpr);
	return n && is_the_one(exit, exit->insn_bytes[n - 1]) ? n : 0;
}

static inline int insn_length(struct hvr_vp *vp, struct hvr_exit *exit, u8 *gpr,
			      unsigned int flags)
{
	if (likely(exit->insn_len && !gpr))
		return exit->insn_len;
	return find_length(vp, exit, gpr, flags);
}

/* Answers from the two halves share one shape: -EAGAIN asks for the slow half. */
static enum hvr_exit_action skip_insn(struct hvr_vp *vp, struct hvr_exit *exit,
				      unsigned int flags)
{
	int len = insn_length(vp, exit, NULL, flags);

	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len > 0)
		hvr_vp_skip(vp, len);
	return HVR_ACT_RESUME;
}

static bool at_cpl0(struct hvr_vp *vp)
{
	return !vp->cpl;
}

static enum hvr_exit_action resume(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return HVR_ACT_RESUME;
}

/* The host's tick ends a turn often enough to bound a guest that never exits. */
static enum hvr_exit_action host_interrupt(struct hvr_vp *vp,
					   struct hvr_exit *exit)
{
	return time_before(jiffies, vp->run_until) ? HVR_ACT_RESUME :
						     HVR_ACT_BLOCK;
}

static enum hvr_exit_action irq_window(struct hvr_vp *vp, struct hvr_exit *exit)
{
	vp->irq_window = false;
	hvr_be->irq_window(vp, false, 0);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action nmi_window(struct hvr_vp *vp, struct hvr_exit *exit)
{
	hvr_be->nmi_window(vp, false);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action cpuid_exit(struct hvr_vp *vp, struct hvr_exit *exit,
				       unsigned int flags)
{
	int len = insn_length(vp, exit, NULL, flags);
	u32 regs[4];

	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	hvr_cpuid(vp, vp->gpr[HVR_RAX], vp->gpr[HVR_RCX], 0, regs);
	vp->gpr[HVR_RAX] = regs[0];
	vp->gpr[HVR_RBX] = regs[1];
	vp->gpr[HVR_RCX] = regs[2];
	vp->gpr[HVR_RDX] = regs[3];
	hvr_vp_skip(vp, len);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action cpuid_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return cpuid_exit(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action cpuid_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return cpuid_exit(vp, exit, 0);
}

static enum hvr_exit_action hlt_exit(struct hvr_vp *vp, struct hvr_exit *exit,
				     unsigned int flags)
{
	int len = insn_length(vp, exit, NULL, flags);

	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	hvr_vp_skip(vp, len);
	vp->activity = HVR_VP_HALTED;
	return HVR_ACT_BLOCK;
}

static enum hvr_exit_action hlt_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return hlt_exit(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action hlt_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return hlt_exit(vp, exit, 0);
}

static void msr_result(struct hvr_vp *vp, enum hvr_msr_result res, int len)
{
	if (res == HVR_MSR_OK)
		hvr_vp_skip(vp, len);
	else
		hvr_vp_inject_gp(vp);
}

/* GUEST_IDLE's read leaves the VP in an activity of its own. */
static enum hvr_exit_action after_msr(struct hvr_vp *vp)
{
	return vp->activity == HVR_VP_RUNNABLE ? HVR_ACT_RESUME : HVR_ACT_BLOCK;
}

static enum hvr_exit_action rdmsr_exit(struct hvr_vp *vp, struct hvr_exit *exit,
				       unsigned int flags)
{
	int len = insn_length(vp, exit, NULL, flags);
	enum hvr_msr_result res;
	u64 val = 0;

	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	res = hvr_msr_read(vp, (u32)vp->gpr[HVR_RCX], &val, false);
	if (res == HVR_MSR_OK) {
		vp->gpr[HVR_RAX] = (u32)val;
		vp->gpr[HVR_RDX] = val >> 32;
	}
	msr_result(vp, res, len);
	return after_msr(vp);
}

static enum hvr_exit_action rdmsr_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return rdmsr_exit(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action rdmsr_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return rdmsr_exit(vp, exit, 0);
}

static enum hvr_exit_action wrmsr_exit(struct hvr_vp *vp, struct hvr_exit *exit,
				       unsigned int flags)
{
	int len = insn_length(vp, exit, NULL, flags);
	u64 val = (u32)vp->gpr[HVR_RAX] | (vp->gpr[HVR_RDX] << 32);

	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	msr_result(vp, hvr_msr_write(vp, (u32)vp->gpr[HVR_RCX], val, false),
		   len);
	return after_msr(vp);
}

static enum hvr_exit_action wrmsr_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	if (hvr_msr_write_sleeps((u32)vp->gpr[HVR_RCX]))
		return HVR_ACT_SLOW;
	return wrmsr_exit(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action wrmsr_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return wrmsr_exit(vp, exit, 0);
}

static bool in_protected_mode(struct hvr_vp *vp)
{
	return vp->code_size == 8 ||
	       (hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0) & X86_CR0_PE);
}

static enum hvr_exit_action hypercall_fast(struct hvr_vp *vp,
					   struct hvr_exit *exit)
{
	int len;

	if (!READ_ONCE(vp->pt->hv.hypercall_enabled) || !at_cpl0(vp) ||
	    !in_protected_mode(vp)) {
		hvr_vp_inject_ud(vp);
		return HVR_ACT_RESUME;
	}
	len = insn_length(vp, exit, NULL, HVR_WALK_ATOMIC);
	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	exit->insn_len = len;
	if (!hvr_hypercall_fast(vp))
		return HVR_ACT_SLOW;
	hvr_vp_skip(vp, len);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action hypercall_slow(struct hvr_vp *vp,
					   struct hvr_exit *exit)
{
	int len = insn_length(vp, exit, NULL, 0);

	if (len <= 0)
		return HVR_ACT_RESUME;
	/* RIP moves first: a handler may change the VP's state altogether. */
	hvr_vp_skip(vp, len);
	hvr_hypercall_from_guest(vp);
	return after_msr(vp);
}

static enum hvr_exit_action io_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	int len = insn_length(vp, exit, NULL, 0);

	if (len <= 0)
		return HVR_ACT_RESUME;
	if (exit->io.rep && !vp->gpr[HVR_RCX]) {
		hvr_vp_skip(vp, len);
		return HVR_ACT_RESUME;
	}
	hvr_intercept_io(vp, exit, len);
	return HVR_ACT_VMM;
}

static const struct hvr_mmio_ops lapic_mmio = {
	.read = hvr_lapic_mmio_read,
	.write = hvr_lapic_mmio_write,
};

static bool doorbell_write(struct hvr_vp *vp, u64 gpa, unsigned int len,
			   u64 val)
{
	return hvr_ioeventfd_signal(vp->pt, gpa, len, val);
}

static const struct hvr_mmio_ops doorbell_mmio = {
	.write = doorbell_write,
};

static const struct hvr_mmio_ops *mmio_handler(struct hvr_vp *vp,
					       const struct hvr_exit *exit)
{
	if (exit->slat.access & (HVR_ACCESS_EXEC | HVR_ACCESS_WALK))
		return NULL;
	if (hvr_lapic_owns_gpa(vp, exit->slat.gpa))
		return &lapic_mmio;
	if ((exit->slat.access & HVR_ACCESS_WRITE) &&
	    hvr_ioeventfd_may_match(vp->pt, exit->slat.gpa))
		return &doorbell_mmio;
	return NULL;
}

static enum hvr_exit_action slat_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	const struct hvr_mmio_ops *ops = mmio_handler(vp, exit);
	int n;

	vp->stats.slat_faults++;
	if (!ops)
		return HVR_ACT_SLOW;
	if (!exit->insn_bytes_len) {
		n = hvr_fetch_insn(vp, exit->insn_bytes,
				   sizeof(exit->insn_bytes), HVR_WALK_ATOMIC);
		if (n <= 0)
			return HVR_ACT_SLOW;
		exit->insn_bytes_len = n;
	}
	return hvr_emulate_mmio(vp, exit, ops) ? HVR_ACT_SLOW : HVR_ACT_RESUME;
}

static enum hvr_exit_action slat_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	const struct hvr_mmio_ops *ops = mmio_handler(vp, exit);
	enum hvr_fault_result res;
	int n;

	if (ops) {
		if (!exit->insn_bytes_len) {
			n = hvr_fetch_insn(vp, exit->insn_bytes,
					   sizeof(exit->insn_bytes), 0);
			exit->insn_bytes_len = max(n, 0);
		}
		if (!hvr_emulate_mmio(vp, exit, ops))
			return HVR_ACT_RESUME;
	}
	res = hvr_mem_fault(vp, exit->slat.gpa, exit->slat.access);
	if (res == HVR_FAULT_FIXED || res == HVR_FAULT_RETRY)
		return HVR_ACT_RESUME;
	if (res == HVR_FAULT_UNMAPPED &&
	    hvr_mem_await_region(vp->pt, exit->slat.gpa))
		return HVR_ACT_RESUME;
	hvr_intercept_memory(vp, exit, res == HVR_FAULT_UNMAPPED);
	return HVR_ACT_VMM;
}

#define CR4_FLUSHES	(X86_CR4_PGE | X86_CR4_PAE | X86_CR4_PSE | \
			 X86_CR4_PCIDE | X86_CR4_SMEP | X86_CR4_LA57)

static void guest_writes_cr4(struct hvr_vp *vp, u64 val, int len)
{
	u64 old = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4);
	u64 cr0 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0);
	u64 efer = hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER);
	u64 cr3 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR3);
	bool bad = val & ~hvr_cpuid_cr4_valid(vp);

	if (efer & EFER_LMA)
		bad |= !(val & X86_CR4_PAE) || ((val ^ old) & X86_CR4_LA57);
	else
		bad |= val & X86_CR4_PCIDE;
	if ((val & X86_CR4_PCIDE) && !(old & X86_CR4_PCIDE))
		bad |= cr3 & 0xfff;
	if (bad) {
		hvr_vp_inject_gp(vp);
		return;
	}
	hvr_be->set_hwreg(vp, HVR_HWREG_CR4, val);
	if ((cr0 & X86_CR0_PG) && ((val ^ old) & CR4_FLUSHES))
		hvr_be->flush_tlb(vp);
	hvr_vp_skip(vp, len);
}

#define CR0_DEFINED	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | \
			 X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | \
			 X86_CR0_NW | X86_CR0_CD | X86_CR0_PG)

/* May paging be switched so now? */
static bool paging_switch_is_bad(struct hvr_vp *vp, bool on, u64 cr4, u64 efer)
{
	struct hvr_segment cs;

	if (!on)
		return (cr4 & X86_CR4_PCIDE) ||
		       ((efer & EFER_LMA) && vp->code_size == 8);
	if (!(efer & EFER_LME))
		return false;
	hvr_be_call(get_segment)(vp, HVR_SEG_CS, &cs);
	return !(cr4 & X86_CR4_PAE) || (cs.attr & BIT(13));
}

/* Reserved bits of the low half are ignored, those of the high half are not. */
static void guest_writes_cr0(struct hvr_vp *vp, u64 val, int len)
{
	u64 old = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0);
	u64 cr4 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4);
	u64 efer = hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER);
	bool on = val & X86_CR0_PG;

	if (val >> 32 || (on && !(val & X86_CR0_PE)) ||
	    ((val & X86_CR0_NW) && !(val & X86_CR0_CD)) ||
	    (((val ^ old) & X86_CR0_PG) &&
	     paging_switch_is_bad(vp, on, cr4, efer))) {
		hvr_vp_inject_gp(vp);
		return;
	}
	hvr_be->set_hwreg(vp, HVR_HWREG_CR0,
			  (val & CR0_DEFINED) | X86_CR0_ET);
	if ((val ^ old) & X86_CR0_PG) {
		efer &= ~(u64)EFER_LMA;
		if (on && (efer & EFER_LME))
			efer |= EFER_LMA;
		hvr_be->set_hwreg(vp, HVR_HWREG_EFER, efer);
	}
	if ((val ^ old) & (X86_CR0_PG | X86_CR0_WP))
		hvr_be->flush_tlb(vp);
	hvr_vp_skip(vp, len);
}

static enum hvr_exit_action cr_exit(struct hvr_vp *vp, struct hvr_exit *exit,
				    unsigned int flags)
{
	bool wide = hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER) & EFER_LMA;
	u8 gpr = exit->cr.gpr;
	int len;
	u64 val;

	len = insn_length(vp, exit, exit->cr.decoded && exit->insn_len ?
			  NULL : &gpr, flags);
	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	val = wide ? vp->gpr[gpr] : (u32)vp->gpr[gpr];
	if (exit->cr.nr == 0 && exit->cr.write && exit->cr.decoded) {
		guest_writes_cr0(vp, val, len);
	} else if (exit->cr.nr == 4 && exit->cr.write) {
		guest_writes_cr4(vp, val, len);
	} else if (exit->cr.nr == 8 && exit->cr.write) {
		if (val & ~0xfULL) {
			hvr_vp_inject_gp(vp);
			return HVR_ACT_RESUME;
		}
		hvr_lapic_set_cr8(vp, val);
		hvr_vp_skip(vp, len);
	} else if (exit->cr.nr == 8) {
		vp->gpr[gpr] = hvr_lapic_get_cr8(vp);
		hvr_vp_skip(vp, len);
	} else {
		return HVR_ACT_ERROR;
	}
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action cr_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return cr_exit(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action cr_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return cr_exit(vp, exit, 0);
}

static u64 read_dr(struct hvr_vp *vp, u8 nr)
{
	if (nr < 4)
		return vp->dr[nr];
	return hvr_be_call(get_hwreg)(vp, nr == 6 ? HVR_HWREG_DR6 : HVR_HWREG_DR7);
}

static bool write_dr(struct hvr_vp *vp, u8 nr, u64 val)
{
	if (nr < 4) {
		vp->dr[nr] = val;
		return true;
	}
	if (val >> 32)
		return false;
	if (nr == 6)
		hvr_be->set_hwreg(vp, HVR_HWREG_DR6,
				  (val & 0xe00f) | 0xffff0ff0);
	else
		hvr_be->set_hwreg(vp, HVR_HWREG_DR7,
				  (val & 0xffff2bff) | 0x400);
	return true;
}

static enum hvr_exit_action dr_exit(struct hvr_vp *vp, struct hvr_exit *exit,
				    unsigned int flags)
{
	u64 cr4 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4);
	bool wide = hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER) & EFER_LMA;
	u8 gpr = exit->dr.gpr;
	u8 nr = exit->dr.nr;
	int len;

	len = insn_length(vp, exit, exit->dr.decoded && exit->insn_len ?
			  NULL : &gpr, flags);
	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len <= 0)
		return HVR_ACT_RESUME;
	if (nr == 4 || nr == 5) {
		if (cr4 & X86_CR4_DE) {
			hvr_vp_inject_ud(vp);
			return HVR_ACT_RESUME;
		}
		nr += 2;
	}
	if (!exit->dr.write) {
		vp->gpr[gpr] = read_dr(vp, nr);
	} else if (!write_dr(vp, nr, wide ? vp->gpr[gpr] :
			     (u32)vp->gpr[gpr])) {
		hvr_vp_inject_gp(vp);
		return HVR_ACT_RESUME;
	}
	hvr_vp_skip(vp, len);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action dr_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return dr_exit(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action dr_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return dr_exit(vp, exit, 0);
}

/* Fast only: the new value has to go live inside the FPU section. */
static enum hvr_exit_action xsetbv_fast(struct hvr_vp *vp,
					struct hvr_exit *exit)
{
	u64 val = (u32)vp->gpr[HVR_RAX] | (vp->gpr[HVR_RDX] << 32);
	int len;

	if (!at_cpl0(vp) || (u32)vp->gpr[HVR_RCX] ||
	    !hvr_fpu_xcr0_valid(val)) {
		hvr_vp_inject_gp(vp);
		return HVR_ACT_RESUME;
	}
	len = insn_length(vp, exit, NULL, HVR_WALK_ATOMIC);
	if (len == -EAGAIN)
		return HVR_ACT_SLOW;
	if (len > 0) {
		hvr_fpu_set_xcr0(vp, val);
		hvr_vp_skip(vp, len);
	}
	return HVR_ACT_RESUME;
}

/* The code page was not resident: bring it in; the instruction exits again. */
static enum hvr_exit_action xsetbv_slow(struct hvr_vp *vp,
					struct hvr_exit *exit)
{
	insn_length(vp, exit, NULL, 0);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action skip_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return skip_insn(vp, exit, HVR_WALK_ATOMIC);
}

static enum hvr_exit_action skip_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return skip_insn(vp, exit, 0);
}

/* Intercepted for the host's sake: the guest gets what the CPU would have done. */
static enum hvr_exit_action exception(struct hvr_vp *vp, struct hvr_exit *exit)
{
	hvr_vp_inject_exception(vp, exit->exc.vector, exit->exc.has_error,
				exit->exc.error);
	if (vp->event.vector == 1 && exit->exc.vector == 1) {
		vp->event.has_param = true;
		vp->event.param = exit->exc.param;
	}
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action undefined(struct hvr_vp *vp, struct hvr_exit *exit)
{
	hvr_vp_inject_ud(vp);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action rdpmc_exit(struct hvr_vp *vp, struct hvr_exit *exit)
{
	hvr_vp_inject_gp(vp);
	return HVR_ACT_RESUME;
}

static enum hvr_exit_action to_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return HVR_ACT_SLOW;
}

static enum hvr_exit_action pause_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	cond_resched();
	return skip_insn(vp, exit, 0);
}

static enum hvr_exit_action triple_fault(struct hvr_vp *vp,
					 struct hvr_exit *exit)
{
	vp->activity = HVR_VP_SHUTDOWN;
	hvr_intercept_triple_fault(vp);
	return HVR_ACT_VMM;
}

/* The CPU refused the state that guest or VMM made. The VP stays down until it is
 * reset; the VMM learns why.
 */
static enum hvr_exit_action entry_failed(struct hvr_vp *vp,
					 struct hvr_exit *exit)
{
	static DEFINE_RATELIMIT_STATE(dumps, DEFAULT_RATELIMIT_INTERVAL, 2);

	if (__ratelimit(&dumps)) {
		pr_err("hvroot: p%llu vp%u: the CPU refused to enter (code %llx info %llx %llx)\n",
		       vp->pt->id, vp->index, exit->hw_reason,
		       exit->fail.info1, exit->fail.info2);
		hvr_be->dump(vp);
	}
	vp->activity = HVR_VP_SHUTDOWN;
	hvr_intercept_bad_register(vp);
	return HVR_ACT_VMM;
}

static const struct exit_handlers handlers[HVR_NR_EXITS] = {
	[HVR_EXIT_NONE]		= { resume, NULL },
	[HVR_EXIT_INTERRUPT]	= { host_interrupt, NULL },
	[HVR_EXIT_NMI]		= { resume, NULL },
	[HVR_EXIT_EXCEPTION]	= { exception, NULL },
	[HVR_EXIT_IRQ_WINDOW]	= { irq_window, NULL },
	[HVR_EXIT_NMI_WINDOW]	= { nmi_window, NULL },
	[HVR_EXIT_CPUID]	= { cpuid_fast, cpuid_slow },
	[HVR_EXIT_HLT]		= { hlt_fast, hlt_slow },
	[HVR_EXIT_IO]		= { to_slow, io_slow },
	[HVR_EXIT_RDMSR]	= { rdmsr_fast, rdmsr_slow },
	[HVR_EXIT_WRMSR]	= { wrmsr_fast, wrmsr_slow },
	[HVR_EXIT_VMCALL]	= { hypercall_fast, hypercall_slow },
	[HVR_EXIT_SLAT]		= { slat_fast, slat_slow },
	[HVR_EXIT_CR]		= { cr_fast, cr_slow },
	[HVR_EXIT_DR]		= { dr_fast, dr_slow },
	[HVR_EXIT_XSETBV]	= { xsetbv_fast, xsetbv_slow },
	[HVR_EXIT_WBINVD]	= { skip_fast, skip_slow },
	[HVR_EXIT_INVLPG]	= { resume, NULL },
	[HVR_EXIT_PAUSE]	= { to_slow, pause_slow },
	[HVR_EXIT_TASK_SWITCH]	= { to_slow, hvr_task_switch },
	[HVR_EXIT_TRIPLE_FAULT]	= { to_slow, triple_fault },
	[HVR_EXIT_UNDEFINED]	= { undefined, NULL },
	[HVR_EXIT_RDPMC]	= { rdpmc_exit, NULL },
	[HVR_EXIT_DEADLINE]	= { resume, NULL },
	[HVR_EXIT_FAIL]		= { to_slow, entry_failed },
};

enum hvr_exit_action hvr_exit_fast(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return handlers[exit->reason].fast(vp, exit);
}

enum hvr_exit_action hvr_exit_slow(struct hvr_vp *vp, struct hvr_exit *exit)
{
	return handlers[exit->reason].slow(vp, exit);
}
