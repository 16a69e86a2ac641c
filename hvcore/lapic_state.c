// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saving and restoring a local APIC: the state blob of the mshv ABI.
 *
 * TPR travels as CR8, the TSC deadline and IA32_APIC_BASE as registers. A pending
 * auto-EOI vector is saved as a plain one.
 */
#include <linux/build_bug.h>
#include <linux/string.h>
#include <asm/apicdef.h>

#include "internal.h"

struct lapic_blob {
	u32 id;
	u32 version;
	u32 ldr;
	u32 dfr;
	u32 svr;
	u32 isr[8];
	u32 tmr[8];
	u32 irr[8];
	u32 esr;
	u32 icr_hi;
	u32 icr_lo;
	u32 lvt_timer;
	u32 lvt_thermal;
	u32 lvt_perf;
	u32 lvt_lint0;
	u32 lvt_lint1;
	u32 lvt_error;
	u32 lvt_cmci;
	u32 error_status;
	u32 initial_count;
	u32 current_count;
	u32 divide;
	u32 remote_read;
};

static_assert(sizeof(struct lapic_blob) == HVR_LAPIC_STATE_SIZE);
static_assert(offsetof(struct lapic_blob, irr) == 84);
static_assert(offsetof(struct lapic_blob, remote_read) == 172);

/* In the first IRR word, whose vectors do not exist. */
#define IRR_NMI_PENDING		BIT(2)
#define NO_VECTORS		0xffffU

static bool in_x2apic_mode(const struct hvr_lapic *l)
{
	return l->base_msr & HVR_APIC_BASE_EXTD;
}

static void get_lvts(const struct hvr_lapic *l, struct lapic_blob *b)
{
	b->lvt_timer = l->lvt[HVR_LVT_TIMER];
	b->lvt_thermal = l->lvt[HVR_LVT_THERMAL];
	b->lvt_perf = l->lvt[HVR_LVT_PERF];
	b->lvt_lint0 = l->lvt[HVR_LVT_LINT0];
	b->lvt_lint1 = l->lvt[HVR_LVT_LINT1];
	b->lvt_error = l->lvt[HVR_LVT_ERROR];
	b->lvt_cmci = l->lvt[HVR_LVT_CMCI];
}

void hvr_lapic_get_state(struct hvr_vp *vp, void *page)
{
	struct hvr_lapic *l = &vp->lapic;
	bool x2apic = in_x2apic_mode(l);
	DECLARE_BITMAP(irr, 256);
	struct lapic_blob b = {
		.id = x2apic ? l->id : l->id << 24,
		.version = HVR_LAPIC_VERSION,
		.ldr = x2apic ? hvr_apic_x2apic_ldr(l->id) : l->ldr,
		.dfr = l->dfr,
		.svr = l->svr,
		.esr = l->esr,
		.icr_hi = l->icr_hi,
		.icr_lo = l->icr_lo,
		.error_status = READ_ONCE(l->esr_pending),
		.initial_count = l->initial_count,
		.current_count = hvr_lapic_timer_count(vp),
		.divide = l->divide,
	};

	bitmap_or(irr, l->irr, l->auto_eoi, 256);
	bitmap_to_arr32(b.irr, irr, 256);
	bitmap_to_arr32(b.isr, l->isr, 256);
	bitmap_to_arr32(b.tmr, l->tmr, 256);
	if (READ_ONCE(vp->nmi_pending))
		b.irr[0] |= IRR_NMI_PENDING;
	get_lvts(l, &b);
	memset(page, 0, PAGE_SIZE);
	memcpy(page, &b, sizeof(b));
}

/* The masks of a software-disabled APIC are not forced: a VMM wires LINT0 so. */
static void set_lvts(struct hvr_vp *vp, const struct lapic_blob *b)
{
	const u32 value[HVR_NR_LVTS] = {
		[HVR_LVT_TIMER] = b->lvt_timer,
		[HVR_LVT_THERMAL] = b->lvt_thermal,
		[HVR_LVT_PERF] = b->lvt_perf,
		[HVR_LVT_LINT0] = b->lvt_lint0,
		[HVR_LVT_LINT1] = b->lvt_lint1,
		[HVR_LVT_ERROR] = b->lvt_error,
		[HVR_LVT_CMCI] = b->lvt_cmci,
	};
	struct hvr_lapic *l = &vp->lapic;
	unsigned int i;

	for (i = 0; i < HVR_NR_LVTS; i++)
		WRITE_ONCE(l->lvt[i], value[i] & hvr_apic_lvt_bits(i));
	if (!vp->has_run) {
		l->lint_reset[0] = l->lvt[HVR_LVT_LINT0];
		l->lint_reset[1] = l->lvt[HVR_LVT_LINT1];
	}
}

static void set_vectors(struct hvr_lapic *l, struct lapic_blob *b)
{
	b->irr[0] &= ~NO_VECTORS;
	b->isr[0] &= ~NO_VECTORS;
	b->tmr[0] &= ~NO_VECTORS;
	bitmap_from_arr32(l->isr, b->isr, 256);
	bitmap_from_arr32(l->tmr, b->tmr, 256);
	bitmap_from_arr32(l->level, b->tmr, 256);
	bitmap_zero(l->auto_eoi, 256);
	bitmap_from_arr32(l->irr, b->irr, 256);
	hvr_apic_note_pending(l);
}

static void set_id(struct hvr_vp *vp, u32 id)
{
	struct hvr_lapic *l = &vp->lapic;

	if (in_x2apic_mode(l)) {
		if (id != l->id)
			hvr_lapic_set_id(vp, id, true);
	} else if (id >> 24 != (l->id & 0xff)) {
		hvr_lapic_set_id(vp, id >> 24, true);
	}
}

int hvr_lapic_set_state(struct hvr_vp *vp, const void *page)
{
	struct hvr_lapic *l = &vp->lapic;
	struct lapic_blob b;

	memcpy(&b, page, sizeof(b));
	hvr_lapic_timer_stop(vp);
	set_id(vp, b.id);
	if (!in_x2apic_mode(l))
		WRITE_ONCE(l->ldr, b.ldr & 0xff000000);
	WRITE_ONCE(l->dfr, b.dfr | 0x0fffffff);
	WRITE_ONCE(l->svr, b.svr & HVR_LAPIC_SVR_BITS);
	l->esr = b.esr & 0xff;
	WRITE_ONCE(l->esr_pending, b.error_status & 0xff);
	l->icr_hi = in_x2apic_mode(l) ? b.icr_hi : b.icr_hi & 0xff000000;
	l->icr_lo = b.icr_lo & ~APIC_ICR_BUSY;
	WRITE_ONCE(vp->nmi_pending, !!(b.irr[0] & IRR_NMI_PENDING));
	set_vectors(l, &b);
	set_lvts(vp, &b);
	l->divide = b.divide & 0xb;
	l->initial_count = b.initial_count;
	hvr_lapic_timer_restore(vp, b.current_count);
	hvr_vp_request(vp, HVR_REQ_EVENT);
	hvr_vp_kick(vp);
	return 0;
}
