// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMX backend's running half: load, enter, inject, windows, flush; and its
 * table of operations.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>

#include "vmx.h"

/* Offset of the TPR in the CPU's copy of the APIC page. */
#define APIC_TPR	0x80

#define DR7_DETECT	BIT(13)	/* general detect: #DB at the next access */

/* Spins this close together count as one loop, and the loop may last so long
 * (TSC ticks).
 */
#define PLE_GAP		128
#define PLE_WINDOW	4096

static void vmx_load(struct hvr_vp *vp, int cpu)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	vmx_take(vmx);
	vmx_host_save(vmx, cpu);
	vmx_cpu_isolate(vp->pt);
	vmx->flush_l1d = vmx_caps.flush_l1d;
	vmx_release();
}

static void vmx_put(struct hvr_vp *vp)
{
	vmx_host_restore(to_vmx_vp(vp));
}

static bool has_tpr_shadow(const struct vmx_vp *vmx)
{
	return vmx->proc & BIT(VMX_PROC_TPR_SHADOW);
}

/* Bits that must agree with RFLAGS when software has changed either. */
static void settle_shadow(struct vmx_vp *vmx)
{
	u64 pending = 0;

	if (!(vmx->interruptibility & VMX_SHADOW_MASK))
		return;
	/* STI cannot shadow with IF clear; MOV SS can. */
	vmx->interruptibility &= ~VMX_SHADOW_MASK;
	vmx->interruptibility |= VMX_SHADOW_MOV_SS;
	if ((vmx->vp.rflags & X86_EFLAGS_TF) &&
	    !(vmx->debugctl & DEBUGCTLMSR_BTF))
		pending = VMX_PENDING_DEBUG_BS;
	vmx_write(VMCS_GUEST_PENDING_DEBUG, pending);
}

static void write_registers(struct vmx_vp *vmx)
{
	struct hvr_vp *vp = &vmx->vp;

	if (vp->rip != vmx->live_rip)
		vmx_write(VMCS_GUEST_RIP, vp->rip);
	if (vp->gpr[HVR_RSP] != vmx->live_rsp)
		vmx_write(VMCS_GUEST_RSP, vp->gpr[HVR_RSP]);
	if (vp->rflags != vmx->live_rflags) {
		settle_shadow(vmx);
		vmx_write(VMCS_GUEST_RFLAGS, vp->rflags);
	}
	if (vmx->interruptibility != vmx->live_interruptibility) {
		settle_shadow(vmx);
		vmx_write(VMCS_GUEST_INTERRUPTIBILITY, vmx->interruptibility);
	}
}

static void write_event(struct vmx_vp *vmx)
{
	const struct hvr_event *ev = &vmx->injected;
	bool protected = vmx_read(VMCS_GUEST_CR0) & X86_CR0_PE;
	u32 field = vmx_event_field(ev, protected);

	if (field & VMX_EV_HAS_ERROR)
		vmx_write(VMCS_ENTRY_EVENT_ERROR, ev->error);
	if (ev->type == HVR_EVENT_SOFTINT || ev->type == HVR_EVENT_SOFTEXC)
		vmx_write(VMCS_ENTRY_INSN_LEN, ev->insn_len);
	vmx_write(VMCS_ENTRY_EVENT, field);
}

/* What has to be resident first is asked for as the guest itself would have. */
static noinline bool settle(struct vmx_vp *vmx, struct hvr_exit *exit)
{
	u64 gpa;

	if (!vmx_settle(vmx, &gpa))
		return true;
	memset(exit, 0, sizeof(*exit));
	exit->reason = HVR_EXIT_SLAT;
	exit->interrupted = vmx->injected.type != HVR_EVENT_NONE;
	exit->slat.gpa = gpa;
	exit->slat.access = HVR_ACCESS_READ | HVR_ACCESS_WALK;
	return false;
}

static bool before_entry(struct vmx_vp *vmx, struct hvr_exit *exit)
{
	struct hvr_vp *vp = &vmx->vp;

	if ((vp->rflags ^ vmx->live_rflags) & X86_EFLAGS_VM)
		vmx->unchecked = true;
	if (vmx->unchecked && !settle(vmx, exit))
		return false;
	/* The guest may have written it since the last entry. */
	if (vmx_caps.has_rdtscp && vmx->live_tsc_aux != vp->tsc_aux) {
		vmx_wrmsr(MSR_TSC_AUX, vp->tsc_aux);
		vmx->live_tsc_aux = vp->tsc_aux;
	}
	write_registers(vmx);
	if (vmx->injected.type != HVR_EVENT_NONE)
		write_event(vmx);
	if (has_tpr_shadow(vmx))
		*(u32 *)(vmx->apic_page + APIC_TPR) = vp->cr8 << 4;
	vmx_host_refresh(vmx);
	if (vmx->flush) {
		vmx->flush = false;
		vmx_ept_flush(vmx->eptp);
	}
	return true;
}

/* ---- the entry ---- */

static unsigned long run_flags(const struct vmx_vp *vmx)
{
	unsigned long flags = vmx->launched ? VMX_RUN_RESUME : 0;

	if (vmx_caps.clear_buffers)
		flags |= VMX_RUN_CLEAR_BUFFERS;
	if (vmx_caps.has_spec_ctrl &&
	    (vmx->vp.spec_ctrl != vmx->host.spec_ctrl || vmx_caps.legacy_ibrs))
		flags |= VMX_RUN_HOST_SPEC;
	return flags;
}

/* The part between the host's CR2, LDT and speculation control, and the guest's. */
static unsigned long run_guest(struct vmx_vp *vmx)
{
	unsigned long flags = run_flags(vmx);
	unsigned long failed;
	u16 ldt;

	asm volatile("sldt %0" : "=r"(ldt));
	if (native_read_cr2() != vmx->cr2)
		native_write_cr2(vmx->cr2);
	if (vmx->flush_l1d) {
		vmx->flush_l1d = false;
		wrmsrq(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
	}
	if (vmx_caps.has_spec_ctrl && vmx->vp.spec_ctrl != vmx->host.spec_ctrl)
		vmx_wrmsr(MSR_IA32_SPEC_CTRL, vmx->vp.spec_ctrl);

	failed = vmx_run(vmx, flags, vmx->host.spec_ctrl, &vmx->host_rsp);

	vmx->cr2 = native_read_cr2();
	/* Another thread of the VMM may replace the table between two entries. */
	if (ldt)
		asm volatile("lldt %0" : : "r"(ldt));
	if (vmx->host.debugctl)
		vmx_wrmsr(MSR_IA32_DEBUGCTLMSR, vmx->host.debugctl);
	return failed;
}

static u8 code_size(u32 cs_rights, bool long_mode)
{
	if (long_mode && (cs_rights & BIT(13)))
		return 8;
	return cs_rights & BIT(14) ? 4 : 2;
}

static void read_registers(struct vmx_vp *vmx)
{
	struct hvr_vp *vp = &vmx->vp;
	u32 cs = vmx_read(VMCS_SEG(VMCS_GUEST_RIGHTS, HVR_SEG_CS));
	u32 ss = vmx_read(VMCS_SEG(VMCS_GUEST_RIGHTS, HVR_SEG_SS));
	bool long_mode = vmx_read(VMCS_ENTRY_CONTROLS) &
			 BIT(VMX_ENTRY_LONG_MODE);

	vmx->live_rip = vmx_read(VMCS_GUEST_RIP);
	vmx->live_rsp = vmx_read(VMCS_GUEST_RSP);
	vmx->live_rflags = vmx_read(VMCS_GUEST_RFLAGS);
	vmx->live_interruptibility = vmx_read(VMCS_GUEST_INTERRUPTIBILITY);
	vp->rip = vmx->live_rip;
	vp->gpr[HVR_RSP] = vmx->live_rsp;
	vp->rflags = vmx->live_rflags;
	vmx->interruptibility = vmx->live_interruptibility;
	vp->cpl = (ss >> 5) & 3;
	vp->code_size = code_size(cs, long_mode);
	if (has_tpr_shadow(vmx))
		vp->cr8 = *(u32 *)(vmx->apic_page + APIC_TPR) >> 4;
}

/* What vmx_decode_exit() looks at for this reason. */
static void read_raw(struct vmx_vp *vmx, u32 reason, struct vmx_raw_exit *raw)
{
	unsigned int needs = vmx_exit_needs(reason);

	raw->reason = reason;
	raw->vectoring = vmx->vectoring;
	raw->vectoring_error = vmx->vectoring_error;
	raw->dr6 = vmx->dr6;
	raw->code_size = vmx->vp.code_size;
	if (needs & VMX_NEED_QUALIFICATION)
		raw->qualification = vmx_read(VMCS_QUALIFICATION);
	if (needs & VMX_NEED_INSN_LEN)
		raw->insn_len = vmx_read(VMCS_EXIT_INSN_LEN);
	if (needs & VMX_NEED_INSN_INFO)
		raw->insn_info = vmx_read(VMCS_EXIT_INSN_INFO);
	if (needs & VMX_NEED_EVENT) {
		raw->event = vmx_read(VMCS_EXIT_EVENT);
		raw->event_error = vmx_read(VMCS_EXIT_EVENT_ERROR);
	}
	if (needs & VMX_NEED_ADDRESSES) {
		raw->gpa = vmx_read(VMCS_GUEST_PHYSICAL);
		raw->linear = vmx_read(VMCS_GUEST_LINEAR);
	}
}

/* The host's own handlers, as if the event had hit the host. The CPU holds back
 * further NMIs until the first IRET, which is that of the handler.
 */
static void forward_to_host(u32 reason, struct hvr_exit *exit)
{
	if (exit->reason == HVR_EXIT_NMI) {
		asm volatile("int $2");
	} else if (exit->reason == HVR_EXIT_EXCEPTION && exit->exc.vector == 18) {
		asm volatile("int $18");
		exit->reason = HVR_EXIT_NONE;
	} else if ((reason & VMX_REASON_MASK) == VMX_REASON_ENTRY_MC) {
		asm volatile("int $18");
	}
}

static noinline void decode_exit(struct vmx_vp *vmx, u32 reason,
				 struct hvr_exit *exit)
{
	struct vmx_raw_exit raw = {};

	read_raw(vmx, reason, &raw);
	vmx_decode_exit(&raw, vmx_caps.ins_outs, exit);
	forward_to_host(reason, exit);
	if (vmx_exit_unblocked_nmi(&raw))
		vmx->interruptibility |= VMX_NMI_BLOCKED;
	/* An intercepted trap instruction is complete. */
	if (exit->reason == HVR_EXIT_EXCEPTION)
		vmx->vp.rip += exit->insn_len;
}

/* The guest was not entered: what was to be injected waits, the vectoring field is that
 * of an earlier exit, and the control structure has not become a launched one.
 */
static void not_entered(struct vmx_vp *vmx, struct hvr_exit *exit)
{
	vmx_write(VMCS_ENTRY_EVENT, 0);
	vmx->vectoring = 0;
	exit->interrupted = vmx->injected.type != HVR_EVENT_NONE;
}

static void was_entered(struct vmx_vp *vmx, struct hvr_exit *exit)
{
	vmx->launched = true;
	vmx->injected.type = HVR_EVENT_NONE;
	vmx->vectoring = vmx_read(VMCS_VECTORING_EVENT);
	exit->interrupted = vmx->vectoring & VMX_EV_VALID;
	if (exit->interrupted)
		vmx->vectoring_error = vmx_read(VMCS_VECTORING_ERROR);
}

static void after_exit(struct vmx_vp *vmx, struct hvr_exit *exit)
{
	u32 reason = vmx_read(VMCS_EXIT_REASON);

	read_registers(vmx);
	if (likely(!(reason & VMX_REASON_ENTRY_FAILED)))
		was_entered(vmx, exit);
	else
		not_entered(vmx, exit);
	if (!vmx_decode_plain(reason, vmx_read(VMCS_EXIT_INSN_LEN), exit))
		decode_exit(vmx, reason, exit);
	if (exit->reason == HVR_EXIT_INTERRUPT || exit->reason == HVR_EXIT_NMI)
		vmx->flush_l1d = vmx_caps.flush_l1d;
}

/* The CPU refused the control structure, or the host took VMX away from this CPU to
 * reboot or to go offline.
 */
static void fail(struct vmx_vp *vmx, struct hvr_exit *exit)
{
	memset(exit, 0, sizeof(*exit));
	exit->reason = HVR_EXIT_FAIL;
	exit->hw_reason = ~0ULL;
	exit->fail.info1 = vmx_read(VMCS_INSTRUCTION_ERROR);
	not_entered(vmx, exit);
}

static void vmx_enter(struct hvr_vp *vp, struct hvr_exit *exit)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);
	unsigned long host_dr7 = 0;
	unsigned long failed;

	if (!vmx_vmcs_is_current(vmx)) {
		fail(vmx, exit);
		return;
	}
	if (!before_entry(vmx, exit))
		return;
	/* The exit disables the host's breakpoints, whatever the guest does. */
	if (hw_breakpoint_active())
		host_dr7 = hvr_debugregs_save_host(&vmx->host.debugregs);
	if (vmx->dr7 & 0xff)
		hvr_debugregs_load(vp);

	failed = run_guest(vmx);

	if (host_dr7)
		hvr_debugregs_restore_host(&vmx->host.debugregs, host_dr7);
	if (unlikely(failed)) {
		fail(vmx, exit);
		return;
	}
	after_exit(vmx, exit);
}

/* ---- events ---- */

/* An injected #DB does to the debug registers what a real one does; the CPU leaves
 * that to us.
 */
static void deliver_debug(struct vmx_vp *vmx, const struct hvr_event *ev)
{
	struct hvr_vp *vp = &vmx->vp;

	if (ev->has_param)
		vmx->dr6 = ev->param;
	if (vmx->dr7 & DR7_DETECT)
		vmx_set_hwreg(vp, HVR_HWREG_DR7, vmx->dr7 & ~(u64)DR7_DETECT);
	if (vmx->debugctl & DEBUGCTLMSR_BTF)
		vmx_set_hwreg(vp, HVR_HWREG_DEBUGCTL,
			      vmx->debugctl & ~(u64)DEBUGCTLMSR_BTF);
}

static void vmx_inject(struct hvr_vp *vp, const struct hvr_event *ev)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	vmx->injected = *ev;
	/* The CPU insists that what blocks an event is over when it goes in. */
	if (ev->type == HVR_EVENT_EXTINT || ev->type == HVR_EVENT_NMI)
		vmx->interruptibility &= ~VMX_SHADOW_MASK;
	if (ev->type == HVR_EVENT_NMI)
		vmx->interruptibility &= ~VMX_NMI_BLOCKED;
	if (ev->type != HVR_EVENT_EXCEPTION)
		return;
	if (ev->vector == 14 && ev->has_param)
		vmx->cr2 = ev->param;
	else if (ev->vector == 1)
		deliver_debug(vmx, ev);
}

static bool vmx_pending_event(struct hvr_vp *vp, struct hvr_event *ev)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	/* The entry did not come about. */
	if (vmx->injected.type != HVR_EVENT_NONE) {
		*ev = vmx->injected;
		vmx->injected.type = HVR_EVENT_NONE;
		return true;
	}
	if (!(vmx->vectoring & VMX_EV_VALID) ||
	    !vmx_field_event(vmx->vectoring, vmx->vectoring_error, ev))
		return false;
	vmx->vectoring = 0;
	/* Delivery is what blocks NMIs, and it did not come about. */
	if (ev->type == HVR_EVENT_NMI)
		vmx->interruptibility &= ~VMX_NMI_BLOCKED;
	return true;
}

static bool vmx_interrupt_shadow(struct hvr_vp *vp)
{
	return to_vmx_vp(vp)->interruptibility & VMX_SHADOW_MASK;
}

static void vmx_set_interrupt_shadow(struct hvr_vp *vp, bool on)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	if (!on)
		vmx->interruptibility &= ~VMX_SHADOW_MASK;
	else if (!(vmx->interruptibility & VMX_SHADOW_MASK))
		vmx->interruptibility |= VMX_SHADOW_MOV_SS;
}

static bool vmx_nmi_masked(struct hvr_vp *vp)
{
	return to_vmx_vp(vp)->interruptibility & VMX_NMI_BLOCKED;
}

static void vmx_set_nmi_masked(struct hvr_vp *vp, bool on)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	if (on)
		vmx->interruptibility |= VMX_NMI_BLOCKED;
	else
		vmx->interruptibility &= ~VMX_NMI_BLOCKED;
}

static void switch_proc(struct vmx_vp *vmx, unsigned int bit, bool on)
{
	vmx_set_proc(vmx, on ? vmx->proc | BIT(bit) : vmx->proc & ~BIT(bit));
}

static void vmx_irq_window(struct hvr_vp *vp, bool on, u8 priority)
{
	switch_proc(to_vmx_vp(vp), VMX_PROC_IRQ_WINDOW, on);
}

static void vmx_nmi_window(struct hvr_vp *vp, bool on)
{
	switch_proc(to_vmx_vp(vp), VMX_PROC_NMI_WINDOW, on);
}

/* The CPU watches for loops of PAUSE if it can; else each PAUSE is an exit. */
static void intercept_pause(struct vmx_vp *vmx, bool on)
{
	u32 proc2 = vmx->proc2 & ~BIT(VMX_PROC2_PLE);

	if (!vmx_caps.pause_loops) {
		switch_proc(vmx, VMX_PROC_PAUSE, on);
		return;
	}
	if (on)
		proc2 |= BIT(VMX_PROC2_PLE);
	if (vmx->proc2 == proc2)
		return;
	vmx->proc2 = proc2;
	vmx_take(vmx);
	vmx_write(VMCS_PLE_GAP, PLE_GAP);
	vmx_write(VMCS_PLE_WINDOW, PLE_WINDOW);
	vmx_write(VMCS_PROC2_CONTROLS, proc2);
	vmx_release();
}

static void vmx_set_intercepts(struct hvr_vp *vp, u64 mask)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);
	u32 exceptions = VMX_OWN_EXCEPTIONS | (u32)(mask >> 32);

	if (has_tpr_shadow(vmx))
		switch_proc(vmx, VMX_PROC_CR8_LOAD,
			    mask & HVR_INTERCEPT_CR8_WRITE);
	intercept_pause(vmx, mask & HVR_INTERCEPT_PAUSE);
	if (vmx->exceptions == exceptions)
		return;
	vmx->exceptions = exceptions;
	vmx_take(vmx);
	vmx_write(VMCS_EXCEPTIONS, exceptions);
	vmx_release();
}

static void vmx_flush_tlb(struct hvr_vp *vp)
{
	to_vmx_vp(vp)->flush = true;
}

static void vmx_slat_changed(struct hvr_vp *vp, u64 root_pa)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);
	u64 eptp = vmx_ept_pointer(root_pa);

	if (vmx->eptp == eptp)
		return;
	vmx->eptp = eptp;
	vmx_take(vmx);
	vmx_write(VMCS_EPT_POINTER, eptp);
	vmx_release();
	vmx->flush = true;
}

static void vmx_set_tsc_offset(struct hvr_vp *vp, u64 offset)
{
	vmx_take(to_vmx_vp(vp));
	vmx_write(VMCS_TSC_OFFSET, offset);
	vmx_release();
}

static int vmx_init(void)
{
	int err;

	err = vmx_cpu_alloc();
	if (err)
		return err;
	err = vmx_maps_alloc();
	if (err)
		vmx_cpu_free();
	return err;
}

static void vmx_exit(void)
{
	vmx_maps_free();
	vmx_cpu_free();
}

const struct hvr_backend hvr_vmx_backend = {
	.name = "vmx",
	.vp_size = sizeof(struct vmx_vp),
	.slat_format = &vmx_ept_format,
	.probe = vmx_probe,
	.init = vmx_init,
	.exit = vmx_exit,
	.cpu_enable = vmx_cpu_enable,
	.cpu_disable = vmx_cpu_disable,
	.cpu_busy = vmx_cpu_busy,
	.vp_init = vmx_vp_init,
	.vp_exit = vmx_vp_exit,
	.load = vmx_load,
	.put = vmx_put,
	.enter = vmx_enter,
	.get_hwreg = vmx_get_hwreg,
	.set_hwreg = vmx_set_hwreg,
	.get_segment = vmx_get_segment,
	.set_segment = vmx_set_segment,
	.get_context = vmx_get_context,
	.get_data_segments = vmx_get_data_segments,
	.get_table = vmx_get_table,
	.set_table = vmx_set_table,
	.inject = vmx_inject,
	.pending_event = vmx_pending_event,
	.interrupt_shadow = vmx_interrupt_shadow,
	.set_interrupt_shadow = vmx_set_interrupt_shadow,
	.nmi_masked = vmx_nmi_masked,
	.set_nmi_masked = vmx_set_nmi_masked,
	.irq_window = vmx_irq_window,
	.nmi_window = vmx_nmi_window,
	.set_intercepts = vmx_set_intercepts,
	.flush_tlb = vmx_flush_tlb,
	.slat_changed = vmx_slat_changed,
	.set_tsc_offset = vmx_set_tsc_offset,
	.dump = vmx_dump,
	.vmcall_insn = { 0x0f, 0x01, 0xc1 },	/* VMCALL */
	.vmcall_insn_len = 3,
};
