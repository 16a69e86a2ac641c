// SPDX-License-Identifier: GPL-2.0-only
/*
 * The register page: what the VMM wrote into it goes into the VP before anything
 * looks at the registers; it mirrors the VP again after each ioctl that may have
 * changed them.
 *
 * The VMM can write the page at any time. Each field is read once.
 */
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <hvabi/hvhdk.h>

#include "internal.h"

#define XMM_OFFSET	160	/* in the legacy part of an XSAVE area */
#define XSTATE_BV	512

static void consume_gprs(struct hvr_vp *vp)
{
	unsigned int i;

	for (i = 0; i < HVR_NR_GPRS; i++)
		vp->gpr[i] = READ_ONCE(vp->regpage->gpr[i]);
}

static void consume_xmm(struct hvr_vp *vp)
{
	memcpy(vp->xsave + XMM_OFFSET, vp->regpage->xmm,
	       sizeof(vp->regpage->xmm));
	*(u64 *)(vp->xsave + XSTATE_BV) |= BIT_ULL(1);
}

static void consume_segments(struct hvr_vp *vp)
{
	struct hv_segment_register seg;
	unsigned int i;
	u64 val[2];

	for (i = 0; i < ARRAY_SIZE(vp->regpage->segment); i++) {
		memcpy(&seg, &vp->regpage->segment[i], sizeof(seg));
		memcpy(val, &seg, sizeof(val));
		hvr_vp_set_register(vp, HV_REG_ES + i, val);
	}
}

void hvr_regpage_consume(struct hvr_vp *vp)
{
	struct hv_vp_register_page *page = vp->regpage;
	u32 dirty = READ_ONCE(page->dirty);
	u64 val[2] = {};

	if (likely(!dirty))
		return;
	WRITE_ONCE(page->dirty, 0);
	if (dirty & HV_REGPAGE_DIRTY_GPR)
		consume_gprs(vp);
	if (dirty & HV_REGPAGE_DIRTY_RIP)
		vp->rip = READ_ONCE(page->rip);
	if (dirty & HV_REGPAGE_DIRTY_XMM)
		consume_xmm(vp);
	if (dirty & HV_REGPAGE_DIRTY_SEGMENT)
		consume_segments(vp);
	if (dirty & HV_REGPAGE_DIRTY_RFLAGS) {
		val[0] = READ_ONCE(page->rflags);
		hvr_vp_set_register(vp, HV_REG_RFLAGS, val);
	}
}

static u64 get_reg(struct hvr_vp *vp, u32 name)
{
	u64 val[2] = {};

	hvr_vp_get_register(vp, name, val);
	return val[0];
}

static void publish_segments(struct hvr_vp *vp)
{
	struct hvr_segment seg;
	unsigned int i;

	static_assert(sizeof(seg) == sizeof(vp->regpage->segment[0]));
	for (i = 0; i < ARRAY_SIZE(vp->regpage->segment); i++) {
		hvr_be->get_segment(vp, HVR_SEG_ES + i, &seg);
		memcpy(&vp->regpage->segment[i], &seg, sizeof(seg));
	}
}

void hvr_regpage_publish(struct hvr_vp *vp)
{
	struct hv_vp_register_page *page = vp->regpage;

	/* Nobody looks: say that it is old, should somebody come. */
	if (vp->has_run && !READ_ONCE(vp->regpage_mapped)) {
		page->isvalid = 0;
		return;
	}
	memcpy(page->gpr, vp->gpr, sizeof(page->gpr));
	page->rip = vp->rip;
	page->rflags = vp->rflags;
	memcpy(page->xmm, vp->xsave + XMM_OFFSET, sizeof(page->xmm));
	publish_segments(vp);
	page->cr0 = hvr_be->get_hwreg(vp, HVR_HWREG_CR0);
	page->cr3 = hvr_be->get_hwreg(vp, HVR_HWREG_CR3);
	page->cr4 = hvr_be->get_hwreg(vp, HVR_HWREG_CR4);
	page->cr8 = hvr_lapic_get_cr8(vp);
	page->efer = hvr_be->get_hwreg(vp, HVR_HWREG_EFER);
	page->dr7 = hvr_be->get_hwreg(vp, HVR_HWREG_DR7);
	page->pending_interruption = get_reg(vp, HV_REG_PENDING_INTERRUPTION);
	page->interrupt_state = get_reg(vp, HV_REG_INTERRUPT_STATE);
	page->xfem = vp->xcr0;
	page->version = HV_REGPAGE_VERSION;
	page->isvalid = 1;
	WRITE_ONCE(page->dirty, 0);
}
