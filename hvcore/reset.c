// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power-on and INIT state of a VP, and the VMM's reset, which has no protocol and
 * is recognised by the registers it leaves.
 */
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include "internal.h"

#define RESET_CS_SELECTOR	0xf000
#define RESET_CS_BASE		0xffff0000ULL
#define RESET_RIP		0xfff0ULL
#define RESET_CR0		0x60000010ULL
#define RESET_PAT		0x0007040600070406ULL
#define RESET_DR6		0xffff0ff0ULL
#define RESET_DR7		0x400ULL

/* attr: P[7] DPL[6:5] S[4] type[3:0]; data and code are accessed */
static const struct hvr_segment reset_segments[HVR_NR_SEGS] = {
	[HVR_SEG_ES]	= { .limit = 0xffff, .attr = 0x93 },
	[HVR_SEG_CS]	= { .base = RESET_CS_BASE, .limit = 0xffff,
			    .selector = RESET_CS_SELECTOR, .attr = 0x9b },
	[HVR_SEG_SS]	= { .limit = 0xffff, .attr = 0x93 },
	[HVR_SEG_DS]	= { .limit = 0xffff, .attr = 0x93 },
	[HVR_SEG_FS]	= { .limit = 0xffff, .attr = 0x93 },
	[HVR_SEG_GS]	= { .limit = 0xffff, .attr = 0x93 },
	[HVR_SEG_LDTR]	= { .limit = 0xffff, .attr = 0x82 },
	[HVR_SEG_TR]	= { .limit = 0xffff, .attr = 0x8b },
};

/* Registers that INIT keeps. */
static const struct {
	enum hvr_hwreg reg;
	u64 val;
} power_on[] = {
	{ HVR_HWREG_PAT, RESET_PAT },
	{ HVR_HWREG_STAR, 0 },
	{ HVR_HWREG_LSTAR, 0 },
	{ HVR_HWREG_CSTAR, 0 },
	{ HVR_HWREG_SFMASK, 0 },
	{ HVR_HWREG_KERNEL_GS_BASE, 0 },
	{ HVR_HWREG_SYSENTER_CS, 0 },
	{ HVR_HWREG_SYSENTER_ESP, 0 },
	{ HVR_HWREG_SYSENTER_EIP, 0 },
	{ HVR_HWREG_SPEC_CTRL, 0 },
};

static void reset_control(struct hvr_vp *vp, bool init)
{
	u64 cr0 = RESET_CR0;

	if (init) {
		u64 old = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0);

		cr0 &= ~(X86_CR0_CD | X86_CR0_NW);
		cr0 |= old & (X86_CR0_CD | X86_CR0_NW);
	}
	hvr_be->set_hwreg(vp, HVR_HWREG_CR0, cr0);
	hvr_be->set_hwreg(vp, HVR_HWREG_CR2, 0);
	hvr_be->set_hwreg(vp, HVR_HWREG_CR3, 0);
	hvr_be->set_hwreg(vp, HVR_HWREG_CR4, 0);
	hvr_be->set_hwreg(vp, HVR_HWREG_EFER, 0);
	hvr_be->set_hwreg(vp, HVR_HWREG_DR6, RESET_DR6);
	hvr_be->set_hwreg(vp, HVR_HWREG_DR7, RESET_DR7);
	hvr_be->set_hwreg(vp, HVR_HWREG_DEBUGCTL, 0);
	hvr_vp_request(vp, HVR_REQ_TLB_FLUSH);
}

static void reset_segmentation(struct hvr_vp *vp)
{
	const struct hvr_table table = { .limit = 0xffff };
	unsigned int i;

	for (i = 0; i < HVR_NR_SEGS; i++)
		hvr_be->set_segment(vp, i, &reset_segments[i]);
	hvr_be->set_table(vp, false, &table);
	hvr_be->set_table(vp, true, &table);
}

static void reset_events(struct hvr_vp *vp)
{
	memset(&vp->event, 0, sizeof(vp->event));
	WRITE_ONCE(vp->nmi_pending, false);
	hvr_be_call(set_interrupt_shadow)(vp, false);
	hvr_be->set_nmi_masked(vp, false);
}

void hvr_vp_reset(struct hvr_vp *vp, bool init)
{
	unsigned int i;
	u32 cpuid[4];

	reset_control(vp, init);
	reset_segmentation(vp);
	reset_events(vp);
	memset(vp->gpr, 0, sizeof(vp->gpr));
	memset(vp->dr, 0, sizeof(vp->dr));
	vp->rip = RESET_RIP;
	vp->rflags = X86_EFLAGS_FIXED;
	hvr_cpuid(vp, 1, 0, 0, cpuid);
	vp->gpr[HVR_RDX] = cpuid[0];
	if (init)
		return;
	for (i = 0; i < ARRAY_SIZE(power_on); i++)
		hvr_be->set_hwreg(vp, power_on[i].reg, power_on[i].val);
	vp->tsc_aux = 0;
	vp->spec_ctrl = 0;
	vp->deliverability = 0;
	hvr_fpu_vp_reset(vp);
}

/* ---- the VMM's reset ---- */

static bool is_power_on_image(struct hvr_vp *vp)
{
	struct hvr_segment cs;

	if (vp->rip != RESET_RIP)
		return false;
	hvr_be_call(get_segment)(vp, HVR_SEG_CS, &cs);
	return cs.selector == RESET_CS_SELECTOR && cs.base == RESET_CS_BASE &&
	       hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0) == RESET_CR0;
}

static void drop_what_waits(struct hvr_vp *vp)
{
	reset_events(vp);
	clear_bit(HVR_REQ_INIT_SIPI, &vp->requests);
	clear_bit(HVR_REQ_TRIPLE_FAULT, &vp->requests);
	clear_bit(HVR_REQ_MESSAGE, &vp->requests);
	vp->message_valid = false;
	memset(&vp->last, 0, sizeof(vp->last));
	vp->deliverability = 0;
}

/*
 * A VMM resets a machine by writing power-on values into the registers it knows.
 * The local APIC, the SynIC, the timers and a halt are not among them, so they are
 * put back here. APIC_BASE is: its BSP bit decides who starts and who waits.
 */
void hvr_vp_recognise_reset(struct hvr_vp *vp)
{
	struct hvr_partition *pt = vp->pt;
	u64 apic_base = vp->lapic.base_msr;

	if (!vp->has_run || !is_power_on_image(vp))
		return;
	vp->has_run = false;
	drop_what_waits(vp);
	hvr_lapic_reset(vp, false);
	hvr_lapic_set_msr(vp, MSR_IA32_APICBASE, apic_base, true);
	hvr_hv_vp_reset(vp);
	hvr_units_vp_reset(vp);
	if (!(apic_base & HVR_APIC_BASE_BSP)) {
		vp->activity = HVR_VP_WAIT_SIPI;
		return;
	}
	vp->activity = HVR_VP_RUNNABLE;
	hvr_hv_partition_reset(pt);
	hvr_partition_notify_reset(pt);
}
