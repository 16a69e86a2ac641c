// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VP assist page: held while enabled; its first word lets the guest skip an
 * EOI that nobody waits for.
 *
 * The permission is given with an injected edge vector when that is the only one
 * in service and nothing else is pending. The guest takes it by clearing the bit,
 * which the next exit turns into the EOI. As soon as another vector is pending the
 * bit is withdrawn, because then the EOI has to be seen when it happens.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <hvabi/hvgdk.h>

#include "internal.h"

static unsigned long *assist_word(struct hvr_vp *vp)
{
	return page_address(vp->hv.assist.page);
}

static void withdraw(struct hvr_vp *vp)
{
	vp->hv.no_eoi_set = false;
	if (!test_and_clear_bit(HV_ASSIST_NO_EOI, assist_word(vp)))
		hvr_lapic_eoi(vp);
}

void hvr_assist_release(struct hvr_vp *vp)
{
	if (!vp->hv.assist_held)
		return;
	if (vp->hv.no_eoi_set)
		withdraw(vp);
	hvr_guest_release(&vp->hv.assist);
	vp->hv.assist_held = false;
}

enum hvr_msr_result hvr_assist_set_msr(struct hvr_vp *vp, u64 val, bool host)
{
	struct hvr_hold hold = {};

	if (val & HV_MSR_PAGE_ENABLE) {
		if (hvr_guest_hold(vp->pt, val & HV_MSR_PAGE_MASK,
				   HVR_HOLD_WRITE | HVR_HOLD_LONGTERM, &hold)) {
			/* A VMM may set registers before memory. */
			if (!host)
				return HVR_MSR_GP;
			hold.page = NULL;
		}
	}
	hvr_assist_release(vp);
	if (hold.page) {
		/* The rest of the frame belongs to the guest. After the release: a
		 * permission in the same page must not look taken.
		 */
		WRITE_ONCE(*(u32 *)page_address(hold.page), 0);
		vp->hv.assist = hold;
		vp->hv.assist_held = true;
	}
	vp->hv.assist_msr = val;
	return HVR_MSR_OK;
}

/* Is @vector the only one in service, edge triggered, with nothing behind it? */
static bool may_skip_eoi(struct hvr_vp *vp, u8 vector)
{
	struct hvr_lapic *lapic = &vp->lapic;

	return test_bit(vector, lapic->isr) && !test_bit(vector, lapic->level) &&
	       bitmap_weight(lapic->isr, 256) == 1 &&
	       hvr_lapic_highest_irr(vp) < 0;
}

void hvr_assist_before_entry(struct hvr_vp *vp, u8 vector)
{
	if (!vp->hv.assist_held || (!vector && !vp->hv.no_eoi_set))
		return;
	if (vp->hv.no_eoi_set && (vector || hvr_lapic_highest_irr(vp) >= 0))
		withdraw(vp);
	if (vector && may_skip_eoi(vp, vector)) {
		set_bit(HV_ASSIST_NO_EOI, assist_word(vp));
		vp->hv.no_eoi_set = true;
	}
}

void hvr_assist_after_exit(struct hvr_vp *vp)
{
	if (!vp->hv.no_eoi_set || test_bit(HV_ASSIST_NO_EOI, assist_word(vp)))
		return;
	vp->hv.no_eoi_set = false;
	hvr_lapic_eoi(vp);
}
