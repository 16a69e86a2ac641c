// SPDX-License-Identifier: GPL-2.0-only
/*
 * A partition's clocks: TSC offset, reference time, reference TSC page, and the
 * way from guest time to host timers.
 *
 * There is one TSC offset for the whole partition. Reference time is computed from
 * the guest's TSC with the scale and offset that the reference TSC page shows, so
 * that the counter MSR, the page and the timers agree to the tick.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <asm/msr.h>
#include <asm/tsc.h>
#include <hvabi/hvgdk.h>

#include "internal.h"

#define REFERENCE_HZ	10000000ULL	/* 100 ns */

u64 hvr_tsc_frequency(void)
{
	return (u64)tsc_khz * 1000;
}

void hvr_time_init(struct hvr_partition *pt)
{
	struct hvr_hv_partition *hv = &pt->hv;
	u64 hz = hvr_tsc_frequency();

	seqlock_init(&hv->time_lock);
	hv->tsc_scale = mul_u64_u64_div_u64(REFERENCE_HZ << 32, 1ULL << 32, hz);
	/* The TSC begins at one second, so that a CPU whose own counter lags a
	 * little never shows a guest a time before zero.
	 */
	hv->tsc_offset = hz - rdtsc_ordered();
	hv->ref_offset = -(s64)mul_u64_u64_shr(hz, hv->tsc_scale, 64);
	hv->frozen = false;
	hv->tsc_sequence = 0;
}

void hvr_time_vp_init(struct hvr_vp *vp)
{
	vp->hv.tsc_delta = 0;
	vp->tsc_offset = vp->pt->hv.tsc_offset;
}

/* Guest TSC of the partition. Caller is inside a time_lock section. */
static u64 partition_tsc(const struct hvr_hv_partition *hv)
{
	if (hv->frozen)
		return hv->frozen_tsc;
	return rdtsc_ordered() + hv->tsc_offset;
}

static u64 tsc_to_reference(const struct hvr_hv_partition *hv, u64 tsc)
{
	s64 ref = mul_u64_u64_shr(tsc, hv->tsc_scale, 64) + hv->ref_offset;

	return ref < 0 ? 0 : ref;
}

u64 hvr_partition_reference_time(struct hvr_partition *pt)
{
	struct hvr_hv_partition *hv = &pt->hv;
	unsigned int seq;
	u64 ref;

	do {
		seq = read_seqbegin(&hv->time_lock);
		ref = tsc_to_reference(hv, partition_tsc(hv));
	} while (read_seqretry(&hv->time_lock, seq));
	return ref;
}
HVR_EXPORT_SYMBOL(hvr_partition_reference_time);

s64 hvr_partition_reference_to_ktime(struct hvr_partition *pt, u64 ref)
{
	u64 ref_now, now;

	if (READ_ONCE(pt->hv.frozen))
		return S64_MAX;
	/* The guest's clock first: a timer then fires rather late than early. */
	ref_now = hvr_partition_reference_time(pt);
	now = ktime_get_ns();
	if (ref <= ref_now)
		return now - min(now, ref_now - ref);
	if (ref - ref_now > (S64_MAX - now) / 100)
		return S64_MAX;
	return now + (ref - ref_now) * 100;
}
HVR_EXPORT_SYMBOL(hvr_partition_reference_to_ktime);

u64 hvr_vp_read_tsc(struct hvr_vp *vp)
{
	struct hvr_hv_partition *hv = &vp->pt->hv;
	unsigned int seq;
	u64 tsc;

	do {
		seq = read_seqbegin(&hv->time_lock);
		tsc = partition_tsc(hv);
	} while (read_seqretry(&hv->time_lock, seq));
	return tsc + READ_ONCE(vp->hv.tsc_delta);
}

s64 hvr_vp_tsc_to_ktime(struct hvr_vp *vp, u64 tsc)
{
	s64 delta, now;
	u64 ns;

	if (READ_ONCE(vp->pt->hv.frozen))
		return S64_MAX;
	delta = tsc - hvr_vp_read_tsc(vp);
	now = ktime_get_ns();
	if (delta <= 0)
		return now;
	if (delta >> 60)
		return S64_MAX;
	ns = mul_u64_u64_div_u64(delta, NSEC_PER_MSEC, tsc_khz);
	return ns > S64_MAX - now ? S64_MAX : now + (s64)ns;
}

/* Tell the VPs of a new partition offset; the CPUs get it before they enter. */
static void publish_offset(struct hvr_partition *pt)
{
	u32 i, n = READ_ONCE(pt->vp_limit);

	for (i = 0; i < n; i++) {
		struct hvr_vp *vp = READ_ONCE(pt->vps[i]);

		if (!vp)
			continue;
		WRITE_ONCE(vp->tsc_offset,
			   READ_ONCE(pt->hv.tsc_offset) +
			   READ_ONCE(vp->hv.tsc_delta));
		hvr_vp_request(vp, HVR_REQ_TSC);
		hvr_vp_kick(vp);
		hvr_lapic_time_changed(vp);
		hvr_units_time_changed(vp);
	}
}

/* The VP's own share of the offset changed. */
static void set_delta(struct hvr_vp *vp, u64 delta)
{
	WRITE_ONCE(vp->hv.tsc_delta, delta);
	WRITE_ONCE(vp->tsc_offset, READ_ONCE(vp->pt->hv.tsc_offset) + delta);
	hvr_vp_request(vp, HVR_REQ_TSC);
	hvr_lapic_time_changed(vp);
}

void hvr_vp_write_tsc(struct hvr_vp *vp, u64 tsc)
{
	u64 moved = tsc - hvr_vp_read_tsc(vp);

	vp->hv.tsc_adjust += moved;
	set_delta(vp, vp->hv.tsc_delta + moved);
}

void hvr_vp_write_tsc_adjust(struct hvr_vp *vp, u64 adjust)
{
	u64 moved = adjust - vp->hv.tsc_adjust;

	vp->hv.tsc_adjust = adjust;
	set_delta(vp, vp->hv.tsc_delta + moved);
}

/* Let the partition's TSC be @tsc now; reference time goes on undisturbed. */
static void move_partition_tsc(struct hvr_hv_partition *hv, u64 tsc)
{
	unsigned long flags;
	u64 now, ref;

	write_seqlock_irqsave(&hv->time_lock, flags);
	now = partition_tsc(hv);
	ref = tsc_to_reference(hv, now);
	if (hv->frozen)
		hv->frozen_tsc = tsc;
	WRITE_ONCE(hv->tsc_offset, hv->tsc_offset + (tsc - now));
	hv->ref_offset = ref - mul_u64_u64_shr(tsc, hv->tsc_scale, 64);
	write_sequnlock_irqrestore(&hv->time_lock, flags);
}

/* The page of a partition that has one shows the new values. */
static void refresh_page(struct hvr_partition *pt)
{
	u64 msr;

	mutex_lock(&pt->hv.page_lock);
	msr = pt->hv.reference_tsc_msr;
	if ((msr & HV_MSR_PAGE_ENABLE) &&
	    hvr_time_write_page(pt, msr & HV_MSR_PAGE_MASK))
		pt_warn_ratelimited(pt, "reference TSC page at %#llx is gone\n",
				    msr & HV_MSR_PAGE_MASK);
	mutex_unlock(&pt->hv.page_lock);
}

/*
 * A VMM that restores a machine writes one VP's TSC after the other and means
 * them to be equal. So a value within a second of the partition's own puts the VP
 * on the partition's clock, and any other value moves that clock.
 */
void hvr_vp_restore_tsc(struct hvr_vp *vp, u64 tsc)
{
	struct hvr_partition *pt = vp->pt;
	s64 hz = hvr_tsc_frequency();
	s64 moved;

	set_delta(vp, 0);
	moved = tsc - hvr_vp_read_tsc(vp);
	if (moved > -hz && moved < hz)
		return;
	move_partition_tsc(&pt->hv, tsc);
	refresh_page(pt);
	publish_offset(pt);
}

int hvr_time_freeze(struct hvr_partition *pt, bool freeze)
{
	struct hvr_hv_partition *hv = &pt->hv;
	unsigned long flags;
	bool changed;

	write_seqlock_irqsave(&hv->time_lock, flags);
	changed = hv->frozen != freeze;
	if (changed && freeze) {
		hv->frozen_tsc = partition_tsc(hv);
		WRITE_ONCE(hv->frozen, true);
	} else if (changed) {
		WRITE_ONCE(hv->tsc_offset, hv->frozen_tsc - rdtsc_ordered());
		WRITE_ONCE(hv->frozen, false);
	}
	write_sequnlock_irqrestore(&hv->time_lock, flags);
	if (changed)
		publish_offset(pt);
	return 0;
}

void hvr_time_set_reference(struct hvr_partition *pt, u64 ref)
{
	struct hvr_hv_partition *hv = &pt->hv;
	unsigned long flags;

	write_seqlock_irqsave(&hv->time_lock, flags);
	hv->ref_offset = ref - mul_u64_u64_shr(partition_tsc(hv),
					       hv->tsc_scale, 64);
	write_sequnlock_irqrestore(&hv->time_lock, flags);
	refresh_page(pt);
	publish_offset(pt);
}

/* Sequence numbers that mean "not valid" to some guest are left out. */
static u32 next_sequence(u32 sequence)
{
	sequence++;
	return sequence == 0 || sequence == U32_MAX ? 1 : sequence;
}

/*
 * A reader takes the sequence, the values and the sequence again: it must find
 * zero before the values change and a new number only after they did. Each step
 * is a write of its own; stores of x86 are seen in order.
 */
int hvr_time_write_page(struct hvr_partition *pt, u64 gpa)
{
	struct hvr_hv_partition *hv = &pt->hv;
	struct hv_reference_tsc page = {};
	unsigned int seq;
	int ret;

	lockdep_assert_held(&hv->page_lock);
	do {
		seq = read_seqbegin(&hv->time_lock);
		page.scale = cpu_to_le64(hv->tsc_scale);
		page.offset = cpu_to_le64(hv->ref_offset);
	} while (read_seqretry(&hv->time_lock, seq));

	ret = hvr_guest_write(pt, gpa, &page.sequence, sizeof(page.sequence));
	if (ret)
		return ret;
	ret = hvr_guest_write(pt, gpa, &page, sizeof(page));
	if (ret)
		return ret;
	hv->tsc_sequence = next_sequence(hv->tsc_sequence);
	page.sequence = cpu_to_le32(hv->tsc_sequence);
	return hvr_guest_write(pt, gpa, &page.sequence, sizeof(page.sequence));
}
