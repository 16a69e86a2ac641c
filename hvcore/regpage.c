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
#include "regs.h"

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

/* Layouts are the same; only the name says whose it is. */
static void publish_segments(struct hv_vp_register_page *page,
			     const struct hvr_vp_stop *stop)
{
	static_assert(sizeof(stop->seg) == sizeof(page->segment));
	static_assert(offsetof(struct hvr_segment, limit) ==
		      offsetof(struct hv_segment_register, limit));
	static_assert(offsetof(struct hvr_segment, selector) ==
		      offsetof(struct hv_segment_register, selector));
	static_assert(offsetof(struct hvr_segment, attr) ==
		      offsetof(struct hv_segment_register, attributes));
	memcpy(page->segment, stop->seg, sizeof(page->segment));
}

static void publish_control(struct hv_vp_register_page *page,
			    const struct hvr_context *context)
{
	page->cr0 = context->cr0;
	page->cr3 = context->cr3;
	page->cr4 = context->cr4;
	page->efer = context->efer;
	page->dr7 = context->dr7;
	page->interrupt_state =
		(context->interrupt_shadow ? HV_INTERRUPT_STATE_SHADOW : 0) |
		(context->nmi_masked ? HV_INTERRUPT_STATE_NMI_MASKED : 0);
}

static u64 pending_interruption(struct hvr_vp *vp)
{
	u64 val[2] = {};

	if (vp->event.type != HVR_EVENT_NONE)
		hvr_reg_get_interruption(vp, 0, val);
	return val[0];
}

void hvr_regpage_publish(struct hvr_vp *vp)
{
	struct hv_vp_register_page *page = vp->regpage;
	bool fresh = vp->stop.fresh;

	vp->stop.fresh = false;
	/* Nobody looks: say that it is old, should somebody come. */
	if (vp->has_run && !READ_ONCE(vp->regpage_mapped)) {
		page->isvalid = 0;
		return;
	}
	memcpy(page->gpr, vp->gpr, sizeof(page->gpr));
	page->rip = vp->rip;
	page->rflags = vp->rflags;
	memcpy(page->xmm, vp->xsave + XMM_OFFSET, sizeof(page->xmm));
	if (!fresh)
		hvr_vp_read_stop(vp);
	publish_segments(page, &vp->stop);
	publish_control(page, &vp->stop.context);
	page->cr8 = hvr_lapic_get_cr8(vp);
	page->xfem = vp->xcr0;
	page->pending_interruption = pending_interruption(vp);
	page->version = HV_REGPAGE_VERSION;
	page->isvalid = 1;
	WRITE_ONCE(page->dirty, 0);
}
