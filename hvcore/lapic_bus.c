// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt bus: who a message is for, and what it does to a local APIC.
 *
 * Everything here runs in any context and takes no lock. A sender sets bits in the
 * target's local APIC, requests HVR_REQ_EVENT (or HVR_REQ_INIT_SIPI) and kicks;
 * the target's thread does the rest.
 */
#include <linux/bitmap.h>
#include <asm/apicdef.h>

#include "internal.h"

static bool in_x2apic_mode(const struct hvr_lapic *l)
{
	return READ_ONCE(l->base_msr) & HVR_APIC_BASE_EXTD;
}

static bool hw_enabled(const struct hvr_lapic *l)
{
	return READ_ONCE(l->base_msr) & HVR_APIC_BASE_EN;
}

static bool sw_enabled(const struct hvr_lapic *l)
{
	return hw_enabled(l) && READ_ONCE(l->svr) & APIC_SPIV_APIC_ENABLED;
}

static void look_again(struct hvr_vp *vp)
{
	hvr_vp_request(vp, HVR_REQ_EVENT);
	hvr_vp_kick(vp);
}

static void set_bit_to(unsigned int nr, unsigned long *bits, bool on)
{
	if (test_bit(nr, bits) != on)
		assign_bit(nr, bits, on);
}

static bool accept_vector(struct hvr_vp *vp, u8 vector, bool level, bool show,
			  bool auto_eoi)
{
	struct hvr_lapic *l = &vp->lapic;

	set_bit_to(vector, l->level, level);
	set_bit_to(vector, l->tmr, level && show);
	if (!hvr_apic_accept(l, vector, auto_eoi))
		return false;
	look_again(vp);
	return true;
}

bool hvr_vp_assert(struct hvr_vp *vp, u8 vector, bool auto_eoi)
{
	if (!sw_enabled(&vp->lapic) || vector < 16)
		return false;
	return accept_vector(vp, vector, false, false, auto_eoi);
}
HVR_EXPORT_SYMBOL(hvr_vp_assert);

void hvr_lapic_nmi(struct hvr_vp *vp)
{
	WRITE_ONCE(vp->nmi_pending, true);
	look_again(vp);
}

void hvr_lapic_error(struct hvr_vp *vp, unsigned int esr_bit)
{
	if (!test_and_set_bit(esr_bit, &vp->lapic.esr_pending))
		hvr_lapic_fire_lvt(vp, HVR_LVT_ERROR);
}

static bool fire_lvt(struct hvr_vp *vp, enum hvr_lvt entry, u8 extint_vector)
{
	u32 lvt = READ_ONCE(vp->lapic.lvt[entry]);
	u8 vector = lvt & APIC_VECTOR_MASK;

	if (!hw_enabled(&vp->lapic) || lvt & APIC_LVT_MASKED)
		return false;
	/* The timer's and the error entry have no mode: they read as fixed. */
	switch (lvt & APIC_MODE_MASK) {
	case APIC_DM_FIXED:
		if (vector >= 16)
			accept_vector(vp, vector, false, false, false);
		else if (entry == HVR_LVT_ERROR)
			set_bit(ilog2(APIC_ESR_RECVILL), &vp->lapic.esr_pending);
		else
			hvr_lapic_error(vp, ilog2(APIC_ESR_RECVILL));
		return true;
	case APIC_DM_NMI:
		hvr_lapic_nmi(vp);
		return true;
	case APIC_DM_EXTINT:
		if (extint_vector < 16)
			return false;
		accept_vector(vp, extint_vector, false, false, true);
		return true;
	default:
		return false;
	}
}

bool hvr_lapic_fire_lvt(struct hvr_vp *vp, enum hvr_lvt entry)
{
	return fire_lvt(vp, entry, 0);
}

/*
 * INIT and SIPI wait in one word for the VP's thread. An INIT discards a SIPI that
 * came before it; of several SIPIs the first one counts.
 */
static void post_init(struct hvr_vp *vp)
{
	xchg(&vp->lapic.pending_init, HVR_PENDING_INIT);
	hvr_vp_request(vp, HVR_REQ_INIT_SIPI);
	hvr_vp_kick(vp);
}

static void post_sipi(struct hvr_vp *vp, u8 vector)
{
	unsigned long *word = &vp->lapic.pending_init;
	unsigned long old = READ_ONCE(*word), new;

	do {
		if (old & HVR_PENDING_SIPI)
			return;
		new = old | HVR_PENDING_SIPI |
		      (unsigned long)vector << HVR_PENDING_SIPI_SHIFT;
	} while (!try_cmpxchg(word, &old, new));

	hvr_vp_request(vp, HVR_REQ_INIT_SIPI);
	hvr_vp_kick(vp);
}

static bool accept_fixed(struct hvr_vp *vp, const struct hvr_interrupt *irq)
{
	if (!sw_enabled(&vp->lapic))
		return false;
	if (irq->vector < 16)
		hvr_lapic_error(vp, ilog2(APIC_ESR_RECVILL));
	else
		accept_vector(vp, irq->vector, irq->level, irq->show_level,
			      false);
	return true;
}

static bool accept_message(struct hvr_vp *vp, struct hvr_vp *src,
			   const struct hvr_interrupt *irq)
{
	if (!hw_enabled(&vp->lapic))
		return false;
	switch (irq->mode) {
	case HVR_DELIVER_FIXED:
	case HVR_DELIVER_LOWEST:
		return accept_fixed(vp, irq);
	case HVR_DELIVER_NMI:
		hvr_lapic_nmi(vp);
		return true;
	case HVR_DELIVER_INIT:
		/* A de-assert only synchronises arbitration ids. */
		if (!src || !irq->level || irq->level_assert)
			post_init(vp);
		return true;
	case HVR_DELIVER_SIPI:
		post_sipi(vp, irq->vector);
		return true;
	case HVR_DELIVER_EXTINT:
		/* As from an interrupt controller in auto-EOI mode. */
		return hvr_vp_assert(vp, irq->vector, true);
	case HVR_DELIVER_LINT0:
		return fire_lvt(vp, HVR_LVT_LINT0, irq->vector);
	case HVR_DELIVER_LINT1:
		return fire_lvt(vp, HVR_LVT_LINT1, irq->vector);
	default:
		return false;
	}
}

/* ---- destinations ---- */

static bool has_physical_id(const struct hvr_lapic *l, u32 dest)
{
	u32 id = READ_ONCE(l->id);

	if (in_x2apic_mode(l))
		return id == dest;
	return dest < 0xff && (id & 0xff) == dest;
}

/* Ids are VP indices unless the VMM has a topology of its own: look there first. */
static struct hvr_vp *find_physical(struct hvr_partition *pt, u32 dest)
{
	u32 limit = READ_ONCE(pt->vp_limit);
	struct hvr_vp *vp;
	u32 i;

	if (dest < limit) {
		vp = hvr_partition_vp(pt, dest);
		if (vp && has_physical_id(&vp->lapic, dest))
			return vp;
	}
	for (i = 0; i < limit; i++) {
		vp = hvr_partition_vp(pt, i);
		if (vp && has_physical_id(&vp->lapic, dest))
			return vp;
	}
	return NULL;
}

static bool is_target(const struct hvr_vp *vp, const struct hvr_vp *src,
		      const struct hvr_interrupt *irq, bool broadcast)
{
	const struct hvr_lapic *l = &vp->lapic;

	if (irq->shorthand)
		return irq->shorthand != 3 || vp != src;
	if (broadcast)
		return true;
	return irq->logical &&
	       hvr_apic_match_logical(in_x2apic_mode(l),
				      in_x2apic_mode(l) ?
				      hvr_apic_x2apic_ldr(READ_ONCE(l->id)) :
				      READ_ONCE(l->ldr),
				      READ_ONCE(l->dfr), irq->dest);
}

static void find_targets(struct hvr_partition *pt, const struct hvr_vp *src,
			 const struct hvr_interrupt *irq, unsigned long *set)
{
	bool broadcast = hvr_apic_is_broadcast(irq->dest,
					       src && in_x2apic_mode(&src->lapic));
	u32 limit = READ_ONCE(pt->vp_limit);
	u32 i;

	for (i = 0; i < limit; i++) {
		const struct hvr_vp *vp = hvr_partition_vp(pt, i);

		if (vp && is_target(vp, src, irq, broadcast))
			__set_bit(i, set);
	}
}

/* Round robin over the targets that can take a vector now. */
static int deliver_lowest(struct hvr_partition *pt, struct hvr_vp *src,
			  const struct hvr_interrupt *irq,
			  const unsigned long *set)
{
	unsigned int turn = (unsigned int)atomic_inc_return(&pt->irq.lowest_next);
	unsigned int n = bitmap_weight(set, HVR_MAX_VPS);
	unsigned int skip, i, tries;

	if (!n)
		return 0;
	skip = turn % n;
	i = find_first_bit(set, HVR_MAX_VPS);
	while (skip--)
		i = find_next_bit(set, HVR_MAX_VPS, i + 1);
	for (tries = 0; tries < n; tries++) {
		if (accept_message(hvr_partition_vp(pt, i), src, irq))
			return 1;
		i = find_next_bit(set, HVR_MAX_VPS, i + 1);
		if (i >= HVR_MAX_VPS)
			i = find_first_bit(set, HVR_MAX_VPS);
	}
	return 0;
}

int hvr_lapic_deliver(struct hvr_partition *pt, struct hvr_vp *src,
		      const struct hvr_interrupt *irq)
{
	DECLARE_BITMAP(set, HVR_MAX_VPS) = { };
	struct hvr_vp *vp;
	int reached = 0;
	unsigned int i;

	if (irq->shorthand == 1)
		return src && accept_message(src, src, irq);
	if (!irq->shorthand && !irq->logical) {
		vp = find_physical(pt, irq->dest);
		if (vp)
			return accept_message(vp, src, irq);
	}
	find_targets(pt, src, irq, set);
	if (irq->mode == HVR_DELIVER_LOWEST)
		return deliver_lowest(pt, src, irq, set);
	for_each_set_bit(i, set, HVR_MAX_VPS)
		reached += accept_message(hvr_partition_vp(pt, i), src, irq);
	return reached;
}

/* ---- the VP's own thread ---- */

static void start_at(struct hvr_vp *vp, u8 vector)
{
	struct hvr_segment cs = {
		.selector = vector << 8,
		.base = (u64)vector << 12,
		.limit = 0xffff,
		.attr = 0x9b,		/* present, code, accessed */
	};

	hvr_be->set_segment(vp, HVR_SEG_CS, &cs);
	vp->rip = 0;
	vp->activity = HVR_VP_RUNNABLE;
}

bool hvr_lapic_accept_init_sipi(struct hvr_vp *vp)
{
	unsigned long word = xchg(&vp->lapic.pending_init, 0);
	u8 before = vp->activity;

	if (word & HVR_PENDING_INIT) {
		hvr_vp_reset(vp, true);
		hvr_lapic_reset(vp, true);
		vp->activity = vp->lapic.base_msr & HVR_APIC_BASE_BSP ?
			       HVR_VP_RUNNABLE : HVR_VP_WAIT_SIPI;
	}
	if (word & HVR_PENDING_SIPI && vp->activity == HVR_VP_WAIT_SIPI)
		start_at(vp, word >> HVR_PENDING_SIPI_SHIFT);
	return vp->activity != before;
}
