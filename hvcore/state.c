// SPDX-License-Identifier: GPL-2.0-only
/*
 * State blobs of a VP: local APIC and XSAVE area here, message pages and timers
 * by the unit that owns them.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/processor.h>

#include "../compat/hw.h"
#include "internal.h"
#include "xsave.h"

#define CPUID_XSTATE	0xd
#define ALIGNED_FLAG	BIT(1)		/* ECX of a component's leaf */

/* Legacy bytes that a VMM keeps: not the MXCSR mask, nothing behind XMM15. */
#define MXCSR_MASK	28
#define LEGACY_KEPT	416

static struct hvr_xsave_layout layout;

/* The CPU's answer is the same each time, so a race here is harmless. */
static const struct hvr_xsave_layout *get_layout(void)
{
	u32 size, offset, ecx, edx;
	u64 known;
	unsigned int i;

	/* Pairs with the release below. */
	if (smp_load_acquire(&layout.known))
		return &layout;
	layout.guest = hvr_fpu_xcr0_mask();
	layout.mxcsr_valid = hvr_mxcsr_valid();
	known = layout.guest | 3;
	for (i = 2; i < HVR_XSAVE_NR; i++) {
		if (boot_cpu_data.cpuid_level < CPUID_XSTATE)
			break;
		cpuid_count(CPUID_XSTATE, i, &size, &offset, &ecx, &edx);
		if (!size || size > PAGE_SIZE * 4)
			continue;
		layout.size[i] = size;
		layout.offset[i] = offset;
		if (ecx & ALIGNED_FLAG)
			layout.aligned |= BIT_ULL(i);
		known |= BIT_ULL(i);
	}
	/* Pairs with the acquire above. */
	smp_store_release(&layout.known, known);
	return &layout;
}

u32 hvr_xsave_state_size(void)
{
	const struct hvr_xsave_layout *l = get_layout();

	return hvr_xsave_compact_size(l, l->guest);
}

/* ---- XSAVE ---- */

static void get_xsave(struct hvr_vp *vp, void *page)
{
	hvr_xsave_compact(get_layout(), vp->xsave, page);
	if (!vp->xsave_shown)
		vp->xsave_shown = kmalloc(HVR_XSAVE_BASE, GFP_KERNEL_ACCOUNT);
	if (vp->xsave_shown)
		memcpy(vp->xsave_shown, page, HVR_XSAVE_BASE);
}

static bool is_shown_again(struct hvr_vp *vp, const void *page)
{
	const void *shown = vp->xsave_shown;

	return shown && !memcmp(page, shown, MXCSR_MASK) &&
	       !memcmp(page + MXCSR_MASK + 4, shown + MXCSR_MASK + 4,
		       LEGACY_KEPT - MXCSR_MASK - 4) &&
	       !memcmp(page + HVR_XSAVE_LEGACY, shown + HVR_XSAVE_LEGACY,
		       sizeof(u64));
}

/*
 * A VMM may keep only the legacy part of what it reads and write the rest back as
 * zeros. When the legacy part is what it read last and the rest is empty, the
 * guest keeps its extended registers.
 */
static int set_xsave(struct hvr_vp *vp, const void *page, u32 size)
{
	const struct hvr_xsave_layout *l = get_layout();
	bool keep = is_shown_again(vp, page) && hvr_xsave_is_bare(l, page, size);

	return hvr_xsave_expand(l, page, size, vp->xsave, !keep);
}

/* ---- by type ---- */

static u32 size_of_type(unsigned int type)
{
	const struct hvr_unit *unit;

	switch (type) {
	case MSHV_VP_STATE_LAPIC:
		return MSHV_HV_PAGE_SIZE;
	case MSHV_VP_STATE_XSAVE:
		return hvr_xsave_state_size();
	default:
		unit = hvr_unit_for_state(type);
		return unit ? unit->state_size(type) : 0;
	}
}

static int get_state(struct hvr_vp *vp, unsigned int type, void *page)
{
	switch (type) {
	case MSHV_VP_STATE_LAPIC:
		hvr_lapic_get_state(vp, page);
		return 0;
	case MSHV_VP_STATE_XSAVE:
		get_xsave(vp, page);
		return 0;
	default:
		return hvr_unit_for_state(type)->get_state(vp, type, page);
	}
}

static int set_state(struct hvr_vp *vp, unsigned int type, const void *page)
{
	switch (type) {
	case MSHV_VP_STATE_LAPIC:
		return hvr_lapic_set_state(vp, page);
	case MSHV_VP_STATE_XSAVE:
		return set_xsave(vp, page, MSHV_HV_PAGE_SIZE);
	default:
		return hvr_unit_for_state(type)->set_state(vp, type, page);
	}
}

static int paused_state(struct hvr_vp *vp, unsigned int type, void *page,
			bool set)
{
	int err;

	err = hvr_vp_pause(vp);
	if (err)
		return err;
	hvr_regpage_consume(vp);
	if (set) {
		err = set_state(vp, type, page);
		hvr_regpage_publish(vp);
	} else {
		err = get_state(vp, type, page);
	}
	hvr_vp_resume(vp);
	return err;
}

int hvr_vp_state(struct hvr_vp *vp, struct mshv_get_set_vp_state *args,
		 bool set)
{
	void __user *user = u64_to_user_ptr(args->buf_ptr);
	u32 size = size_of_type(args->type);
	u32 room = args->buf_sz;
	void *page;
	int err;

	if (!size)
		return -EOPNOTSUPP;
	args->buf_sz = size;
	if (room < size)
		return -EINVAL;
	if (WARN_ON_ONCE(size > MSHV_HV_PAGE_SIZE))
		return -EIO;
	/* User memory is touched while the VP is not held: a fault may take long. */
	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	err = -EFAULT;
	if (set && copy_from_user(page, user, MSHV_HV_PAGE_SIZE))
		goto out_free;
	err = paused_state(vp, args->type, page, set);
	if (!err && !set && copy_to_user(user, page, size))
		err = -EFAULT;
out_free:
	free_page((unsigned long)page);
	return err;
}
