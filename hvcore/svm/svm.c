// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SVM backend's running half: load, enter, inject, windows, flush; and its
 * table of operations.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>

#include "svm.h"

static void load_tsc_aux(struct svm_vp *svm, u64 val)
{
	if (svm->live_tsc_aux == val)
		return;
	wrmsrq(MSR_TSC_AUX, val);
	svm->live_tsc_aux = val;
}

static void svm_load(struct hvr_vp *vp, int cpu)
{
	struct svm_vp *svm = to_svm_vp(vp);

	if (!svm_cpu_asid_valid(svm, cpu)) {
		svm->flush = true;
		svm->vmcb->control.clean = 0;
	}
	if (svm_caps.has_rdtscp) {
		rdmsrq(MSR_TSC_AUX, svm->host_tsc_aux);
		svm->live_tsc_aux = svm->host_tsc_aux;
	}
	if (svm_caps.has_spec_ctrl)
		rdmsrq(MSR_IA32_SPEC_CTRL, svm->host_spec_ctrl);
	svm_cpu_isolate(vp->pt);
}

static void svm_put(struct hvr_vp *vp)
{
	struct svm_vp *svm = to_svm_vp(vp);

	if (svm_caps.has_rdtscp)
		load_tsc_aux(svm, svm->host_tsc_aux);
}

/* Choose the cheapest flush that the CPU offers for "this guest only". */
static void prepare_flush(struct svm_vp *svm)
{
	struct vmcb_control *c = &svm->vmcb->control;
	int cpu = smp_processor_id();

	c->tlb_control = SVM_TLB_NOTHING;
	if (!svm->flush)
		return;
	svm->flush = false;
	if (svm_caps.flush_by_asid && svm_cpu_asid_valid(svm, cpu))
		c->tlb_control = SVM_TLB_FLUSH_ASID;
	else if (svm_cpu_assign_asid(svm, cpu))
		c->tlb_control = SVM_TLB_FLUSH_ALL;
}

static void swap_spec_ctrl(u64 from, u64 to)
{
	if (from != to)
		wrmsrq(MSR_IA32_SPEC_CTRL, to);
}

static bool guest_debugs(const struct svm_vp *svm)
{
	return svm->vmcb->save.dr7 & 0xff;
}

/* VERW with the microcode that gives it this meaning overwrites buffers that the
 * guest could otherwise sample (TSA). Any writable data selector serves.
 */
static void clear_buffers(void)
{
	static const u16 selector = __KERNEL_DS;

	asm volatile("verw %0" : : "m"(selector) : "cc");
}

/* Interrupts between two entries may change what VMLOAD brings back, the LDT above
 * all: another thread of the VMM replaces it and frees the old one. So the host's
 * state is as old as the entry.
 */
static void save_host(u64 host_area)
{
	asm volatile("vmsave %%rax" : : "a"(host_area) : "memory");
}

/* A virtual interrupt that is intercepted before it is taken makes the window. */
static void svm_irq_window(struct hvr_vp *vp, bool on, u8 priority)
{
	struct vmcb_control *c = &to_svm_vp(vp)->vmcb->control;

	c->int_ctl &= ~(SVM_INT_V_IRQ | SVM_INT_PRIO_MASK | SVM_INT_IGN_TPR);
	if (on) {
		c->int_ctl |= SVM_INT_V_IRQ | SVM_INT_IGN_TPR |
			      ((u32)priority << SVM_INT_PRIO_SHIFT);
		c->int_vector = 0;
		c->intercept_misc1 |= SVM_I1_VINTR;
	} else {
		c->intercept_misc1 &= ~SVM_I1_VINTR;
	}
	c->clean &= ~(SVM_CLEAN_TPR | SVM_CLEAN_INTERCEPTS);
}

/* On QEMU's emulated CPU an external interrupt goes in as a virtual interrupt that
 * the CPU takes by itself: as an injected event it is delivered twice when another
 * emulated CPU asks for the emulator's attention at that moment. CR8 writes are
 * intercepted meanwhile, which that CPU cannot bear beside a virtual interrupt.
 * A window needs the same fields, so it waits for the exit after this entry, which
 * the host's tick brings at the latest.
 */
static void give_extint(struct svm_vp *svm)
{
	struct vmcb_control *c = &svm->vmcb->control;

	if (!svm->extint)
		return;
	svm_irq_window(&svm->vp, false, 0);
	c->int_ctl |= SVM_INT_V_IRQ | SVM_INT_IGN_TPR |
		      (svm->extint_vector >> 4) << SVM_INT_PRIO_SHIFT;
	c->int_vector = svm->extint_vector;
	c->intercept_cr |= SVM_CR_WRITE(8);
}

/* Did the CPU take it? */
static void look_at_extint(struct svm_vp *svm)
{
	struct vmcb_control *c = &svm->vmcb->control;

	if (!svm->extint)
		return;
	svm->extint = c->int_ctl & SVM_INT_V_IRQ;
	svm_irq_window(&svm->vp, svm->vp.irq_window, 0);
	if (!(svm->vp.intercepts & HVR_INTERCEPT_CR8_WRITE))
		c->intercept_cr &= ~SVM_CR_WRITE(8);
}

static void before_entry(struct svm_vp *svm)
{
	struct hvr_vp *vp = &svm->vp;
	struct vmcb *vmcb = svm->vmcb;

	/* The guest may have written it since the last entry. */
	if (svm_caps.has_rdtscp)
		load_tsc_aux(svm, vp->tsc_aux);
	vmcb->save.rax = vp->gpr[HVR_RAX];
	vmcb->save.rsp = vp->gpr[HVR_RSP];
	vmcb->save.rip = vp->rip;
	vmcb->save.rflags = vp->rflags;
	if (svm->single_step)
		vmcb->save.rflags |= X86_EFLAGS_TF;
	if ((vmcb->control.int_ctl & SVM_INT_TPR_MASK) != vp->cr8) {
		vmcb->control.int_ctl &= ~SVM_INT_TPR_MASK;
		vmcb->control.int_ctl |= vp->cr8;
		vmcb->control.clean &= ~SVM_CLEAN_TPR;
	}
	give_extint(svm);
	prepare_flush(svm);
	if (!svm_caps.vmcb_clean)
		vmcb->control.clean = 0;
}

/* A single step of our own ended: give TF back and say what it was for. */
static bool finish_single_step(struct svm_vp *svm)
{
	struct hvr_vp *vp = &svm->vp;
	bool was_db = svm->vmcb->control.exit_code == SVM_EXIT_EXC + 1;

	if (!svm->single_step)
		return false;
	svm->single_step = false;
	if (!svm->guest_tf)
		vp->rflags &= ~X86_EFLAGS_TF;
	/* With the guest's own TF set the exception is the guest's, too. */
	return was_db && !svm->guest_tf;
}

static u8 code_size(const struct vmcb_save *save)
{
	if ((save->efer & EFER_LMA) && (save->cs.attr & SVM_SEG_LONG))
		return 8;
	return save->cs.attr & SVM_SEG_BIG ? 4 : 2;
}

static bool was_interrupted(const struct svm_vp *svm)
{
	return svm->extint ||
	       (svm->vmcb->control.exit_int_info & SVM_EV_VALID);
}

static void after_exit(struct svm_vp *svm, struct hvr_exit *exit)
{
	struct hvr_vp *vp = &svm->vp;
	struct vmcb *vmcb = svm->vmcb;

	vp->gpr[HVR_RAX] = vmcb->save.rax;
	vp->gpr[HVR_RSP] = vmcb->save.rsp;
	vp->rip = vmcb->save.rip;
	vp->rflags = vmcb->save.rflags;
	vp->cpl = vmcb->save.cpl;
	vp->code_size = code_size(&vmcb->save);
	vp->cr8 = vmcb->control.int_ctl & SVM_INT_TPR_MASK;
	vmcb->control.event_inj = 0;
	vmcb->control.clean = SVM_CLEAN_ALL;
	look_at_extint(svm);
	if (svm->nmi_iret && vp->rip != svm->iret_rip) {
		svm->nmi_iret = false;
		svm->nmi_masked = false;
	}

	svm_decode_exit(svm, exit);
	exit->interrupted = was_interrupted(svm);
	if (finish_single_step(svm)) {
		svm->vmcb->save.dr6 &= ~(u64)DR_STEP;
		exit->reason = HVR_EXIT_NMI_WINDOW;
	}
}

/* The instruction that ends an NMI handler. The mask must hold until it is
 * complete, so step over it when somebody waits for the window.
 */
static void handle_iret(struct svm_vp *svm, struct hvr_exit *exit)
{
	svm->nmi_iret = true;
	svm->iret_rip = svm->vp.rip;
	svm->vmcb->control.intercept_misc1 &= ~SVM_I1_IRET;
	svm->vmcb->control.clean &= ~SVM_CLEAN_INTERCEPTS;
	exit->reason = HVR_EXIT_NONE;
}

/* Gate 18 of the host's own IDT, as if the machine check had hit the host. */
static void host_machine_check(struct hvr_exit *exit)
{
	asm volatile("int $18");
	exit->reason = HVR_EXIT_NONE;
}

/* VMRUN loads the guest's DR6 and no exit brings the host's back: the host would
 * take a guest's hits for its own at its next debug exception.
 */
static void drop_guest_dr6(const struct svm_vp *svm)
{
	if (svm->vmcb->save.dr6 != DR6_RESERVED)
		set_debugreg(DR6_RESERVED, 6);
}

/* The host took SVM away from this CPU to reboot. */
static void fail_disabled(struct svm_vp *svm, struct hvr_exit *exit)
{
	memset(exit, 0, sizeof(*exit));
	exit->reason = HVR_EXIT_FAIL;
	exit->hw_reason = SVM_EXIT_ERR;
	svm->vmcb->control.exit_code = SVM_EXIT_ERR;
	svm->vmcb->control.exit_int_info = 0;
	exit->interrupted = was_interrupted(svm);
}

static void svm_enter(struct hvr_vp *vp, struct hvr_exit *exit)
{
	struct svm_vp *svm = to_svm_vp(vp);
	u64 host_area = svm_cpu_host_area();
	bool debugs = guest_debugs(svm);
	unsigned long host_dr7 = 0;
	struct hvr_host_debugregs host;

	if (!host_area) {
		fail_disabled(svm, exit);
		return;
	}
	before_entry(svm);
	/* The exit disables the host's breakpoints, whatever the guest does. */
	if (hw_breakpoint_active())
		host_dr7 = hvr_debugregs_save_host(&host);
	if (debugs)
		hvr_debugregs_load(vp);
	if (svm_caps.has_spec_ctrl)
		swap_spec_ctrl(svm->host_spec_ctrl, vp->spec_ctrl);
	if (svm_caps.clear_buffers)
		clear_buffers();

	save_host(host_area);
	svm_vmrun(svm, svm->vmcb_pa, host_area);

	if (svm_caps.has_spec_ctrl)
		swap_spec_ctrl(vp->spec_ctrl, svm->host_spec_ctrl);
	if (svm_caps.ibpb_on_exit)
		wrmsrq(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	drop_guest_dr6(svm);
	if (host_dr7)
		hvr_debugregs_restore_host(&host, host_dr7);

	after_exit(svm, exit);
	if (exit->hw_reason == SVM_EXIT_IRET)
		handle_iret(svm, exit);
	else if (exit->reason == HVR_EXIT_EXCEPTION && exit->exc.vector == 18)
		host_machine_check(exit);
}

static void svm_inject(struct hvr_vp *vp, const struct hvr_event *ev)
{
	struct svm_vp *svm = to_svm_vp(vp);
	struct vmcb_control *c = &svm->vmcb->control;
	u32 type;

	switch (ev->type) {
	case HVR_EVENT_EXTINT:
		if (svm_caps.emulated) {
			svm->extint = true;
			svm->extint_vector = ev->vector;
			return;
		}
		type = SVM_EV_TYPE_INTR;
		break;
	case HVR_EVENT_NMI:
		type = SVM_EV_TYPE_NMI;
		svm->nmi_masked = true;
		svm->nmi_iret = false;
		c->intercept_misc1 |= SVM_I1_IRET;
		c->clean &= ~SVM_CLEAN_INTERCEPTS;
		break;
	case HVR_EVENT_SOFTINT:
		type = SVM_EV_TYPE_SOFT;
		break;
	default:
		type = SVM_EV_TYPE_EXC;
		break;
	}
	c->event_inj = SVM_EV_VALID | (type << SVM_EV_TYPE_SHIFT) | ev->vector;
	c->event_inj_error = 0;
	if (ev->has_error) {
		c->event_inj |= SVM_EV_HAS_ERROR;
		c->event_inj_error = ev->error;
	}
	if (type != SVM_EV_TYPE_EXC || !ev->has_param)
		return;
	if (ev->vector == 14) {
		svm->vmcb->save.cr2 = ev->param;
		c->clean &= ~SVM_CLEAN_CR2;
	} else if (ev->vector == 1) {
		svm->vmcb->save.dr6 = ev->param;
		c->clean &= ~SVM_CLEAN_DRX;
	}
}

/* INT n, INT3 and INTO are not given back: their instruction has not completed and
 * runs again.
 */
static bool interrupted_event(struct svm_vp *svm, struct hvr_event *ev)
{
	u32 info = svm->vmcb->control.exit_int_info;
	u8 vector = info & SVM_EV_VECTOR;

	if (!(info & SVM_EV_VALID))
		return false;
	memset(ev, 0, sizeof(*ev));
	ev->vector = vector;
	switch ((info & SVM_EV_TYPE_MASK) >> SVM_EV_TYPE_SHIFT) {
	case SVM_EV_TYPE_INTR:
		ev->type = HVR_EVENT_EXTINT;
		break;
	case SVM_EV_TYPE_NMI:
		ev->type = HVR_EVENT_NMI;
		svm->nmi_masked = false;
		break;
	case SVM_EV_TYPE_EXC:
		if (vector == 3 || vector == 4)
			return false;
		/* How QEMU says that it was a virtual interrupt. */
		if (vector > 31) {
			ev->type = HVR_EVENT_EXTINT;
			break;
		}
		ev->type = HVR_EVENT_EXCEPTION;
		ev->has_error = info & SVM_EV_HAS_ERROR;
		ev->error = svm->vmcb->control.exit_int_error;
		break;
	default:
		return false;
	}
	return true;
}

static bool svm_pending_event(struct hvr_vp *vp, struct hvr_event *ev)
{
	struct svm_vp *svm = to_svm_vp(vp);
	bool waits = svm->extint;

	svm->extint = false;
	if (interrupted_event(svm, ev)) {
		/* Not taken, and something else goes first. */
		if (waits && (ev->type != HVR_EVENT_EXTINT ||
			      ev->vector != svm->extint_vector))
			hvr_lapic_unack(vp, svm->extint_vector);
		return true;
	}
	if (!waits)
		return false;
	memset(ev, 0, sizeof(*ev));
	ev->type = HVR_EVENT_EXTINT;
	ev->vector = svm->extint_vector;
	return true;
}

static bool svm_interrupt_shadow(struct hvr_vp *vp)
{
	return to_svm_vp(vp)->vmcb->control.int_state & SVM_SHADOW_MASK;
}

static void svm_set_interrupt_shadow(struct hvr_vp *vp, bool on)
{
	struct vmcb_control *c = &to_svm_vp(vp)->vmcb->control;

	if (on)
		c->int_state |= SVM_SHADOW_MASK;
	else
		c->int_state &= ~(u64)SVM_SHADOW_MASK;
}

static bool svm_nmi_masked(struct hvr_vp *vp)
{
	return to_svm_vp(vp)->nmi_masked;
}

static void svm_set_nmi_masked(struct hvr_vp *vp, bool on)
{
	struct svm_vp *svm = to_svm_vp(vp);
	struct vmcb_control *c = &svm->vmcb->control;

	svm->nmi_masked = on;
	svm->nmi_iret = false;
	if (on)
		c->intercept_misc1 |= SVM_I1_IRET;
	else
		c->intercept_misc1 &= ~SVM_I1_IRET;
	c->clean &= ~SVM_CLEAN_INTERCEPTS;
}

static void svm_nmi_window(struct hvr_vp *vp, bool on)
{
	struct svm_vp *svm = to_svm_vp(vp);

	svm->nmi_window = on;
	if (!on || svm->single_step)
		return;
	/* Masked and IRET not yet reached: its intercept is the window. */
	if (svm->nmi_masked && !svm->nmi_iret)
		return;
	svm->single_step = true;
	svm->guest_tf = vp->rflags & X86_EFLAGS_TF;
}

static void svm_set_intercepts(struct hvr_vp *vp, u64 mask)
{
	struct vmcb_control *c = &to_svm_vp(vp)->vmcb->control;

	if (mask & HVR_INTERCEPT_CR8_WRITE)
		c->intercept_cr |= SVM_CR_WRITE(8);
	else
		c->intercept_cr &= ~SVM_CR_WRITE(8);
	if (mask & HVR_INTERCEPT_PAUSE)
		c->intercept_misc1 |= SVM_I1_PAUSE;
	else
		c->intercept_misc1 &= ~SVM_I1_PAUSE;
	c->intercept_exc = BIT(1) | BIT(17) | BIT(18) | (u32)(mask >> 32);
	c->clean &= ~SVM_CLEAN_INTERCEPTS;
}

static void svm_flush_tlb(struct hvr_vp *vp)
{
	to_svm_vp(vp)->flush = true;
}

static void svm_slat_changed(struct hvr_vp *vp, u64 root_pa)
{
	struct svm_vp *svm = to_svm_vp(vp);

	if (svm->vmcb->control.nested_cr3 == root_pa)
		return;
	svm->vmcb->control.nested_cr3 = root_pa;
	svm->vmcb->control.clean &= ~SVM_CLEAN_NP;
	svm->flush = true;
}

static void svm_set_tsc_offset(struct hvr_vp *vp, u64 offset)
{
	struct vmcb_control *c = &to_svm_vp(vp)->vmcb->control;

	c->tsc_offset = offset;
	c->clean &= ~SVM_CLEAN_INTERCEPTS;
}

static int svm_init(void)
{
	int err;

	err = svm_cpu_alloc();
	if (err)
		return err;
	err = svm_maps_alloc();
	if (err)
		svm_cpu_free();
	return err;
}

static void svm_exit(void)
{
	svm_maps_free();
	svm_cpu_free();
}

const struct hvr_backend hvr_svm_backend = {
	.name = "svm",
	.vp_size = sizeof(struct svm_vp),
	.slat_format = &svm_npt_format,
	.probe = svm_probe,
	.init = svm_init,
	.exit = svm_exit,
	.cpu_enable = svm_cpu_enable,
	.cpu_disable = svm_cpu_disable,
	.cpu_busy = svm_cpu_busy,
	.vp_init = svm_vp_init,
	.vp_exit = svm_vp_exit,
	.load = svm_load,
	.put = svm_put,
	.enter = svm_enter,
	.get_hwreg = svm_get_hwreg,
	.set_hwreg = svm_set_hwreg,
	.get_segment = svm_get_segment,
	.set_segment = svm_set_segment,
	.get_context = svm_get_context,
	.get_data_segments = svm_get_data_segments,
	.get_table = svm_get_table,
	.set_table = svm_set_table,
	.inject = svm_inject,
	.pending_event = svm_pending_event,
	.interrupt_shadow = svm_interrupt_shadow,
	.set_interrupt_shadow = svm_set_interrupt_shadow,
	.nmi_masked = svm_nmi_masked,
	.set_nmi_masked = svm_set_nmi_masked,
	.irq_window = svm_irq_window,
	.nmi_window = svm_nmi_window,
	.set_intercepts = svm_set_intercepts,
	.flush_tlb = svm_flush_tlb,
	.slat_changed = svm_slat_changed,
	.set_tsc_offset = svm_set_tsc_offset,
	.dump = svm_dump,
	.vmcall_insn = { 0x0f, 0x01, 0xd9 },	/* VMMCALL */
	.vmcall_insn_len = 3,
};
