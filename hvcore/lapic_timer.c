// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local APIC timer: one-shot, periodic and TSC-deadline mode on a host timer.
 *
 * timer_lock guards the state between the VP's thread and who freezes or moves the
 * partition's time. Its holder cancels the host timer before it changes what the
 * callback reads; so the callback, in hard interrupt context, needs no lock: it
 * sets the pending vector and kicks. While the partition's time is frozen no host
 * timer runs and timer_expiry holds what is left.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <asm/apicdef.h>

#include "internal.h"

/* A shorter period would let a guest flood the host with interrupts. */
#define MIN_PERIOD_NS		100000
/* A deadline that came early is tried again after this time at least. */
#define MIN_RETRY_NS		500
/* Farther deadlines (months) never come. */
#define MAX_DEADLINE_TICKS	BIT_ULL(55)

static bool time_frozen(struct hvr_vp *vp)
{
	return READ_ONCE(vp->pt->hv.frozen);
}

bool hvr_lapic_timer_uses_deadline(struct hvr_vp *vp)
{
	return READ_ONCE(vp->lapic.lvt[HVR_LVT_TIMER]) &
	       APIC_LVT_TIMER_TSCDEADLINE;
}

static s64 full_period(struct hvr_lapic *l)
{
	if (!(l->lvt[HVR_LVT_TIMER] & APIC_LVT_TIMER_PERIODIC))
		return 0;
	return max_t(s64, MIN_PERIOD_NS,
		     hvr_apic_count_to_ns(l->initial_count, l->divide));
}

/* ---- the host timer ---- */

/* The two clocks are converted with an error: has the guest's reached it, too? */
static bool came_early(struct hvr_vp *vp, struct hrtimer *timer)
{
	s64 again;

	if (!hvr_lapic_timer_uses_deadline(vp) ||
	    hvr_vp_read_tsc(vp) >= vp->lapic.tsc_deadline)
		return false;
	again = max_t(s64, hvr_vp_tsc_to_ktime(vp, vp->lapic.tsc_deadline),
		      ktime_get_ns() + MIN_RETRY_NS);
	hrtimer_set_expires(timer, ns_to_ktime(again));
	return true;
}

static enum hrtimer_restart timer_fired(struct hrtimer *timer)
{
	struct hvr_vp *vp = container_of(timer, struct hvr_vp, lapic.timer);
	struct hvr_lapic *l = &vp->lapic;

	if (came_early(vp, timer))
		return HRTIMER_RESTART;
	if (l->timer_period) {
		hrtimer_forward_now(timer, ns_to_ktime(l->timer_period));
		WRITE_ONCE(l->timer_expiry,
			   ktime_to_ns(hrtimer_get_expires(timer)));
	} else {
		WRITE_ONCE(l->tsc_deadline, 0);
		WRITE_ONCE(l->timer_active, false);
	}
	hvr_lapic_fire_lvt(vp, HVR_LVT_TIMER);
	return l->timer_period ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

void hvr_lapic_timer_init(struct hvr_vp *vp)
{
	raw_spin_lock_init(&vp->lapic.timer_lock);
	hvr_hrtimer_setup(&vp->lapic.timer, timer_fired, CLOCK_MONOTONIC,
			  HRTIMER_MODE_ABS_HARD);
}

/* ---- timer_lock is held from here on ---- */

static void disarm(struct hvr_lapic *l)
{
	hrtimer_cancel(&l->timer);
	l->timer_active = false;
	l->timer_stopped = false;
}

static void stop(struct hvr_lapic *l)
{
	disarm(l);
	l->tsc_deadline = 0;
	l->timer_period = 0;
}

/* The host timer is not running. */
static void arm(struct hvr_vp *vp, s64 left)
{
	struct hvr_lapic *l = &vp->lapic;

	l->timer_active = true;
	l->timer_stopped = time_frozen(vp);
	if (l->timer_stopped) {
		l->timer_expiry = left;
		return;
	}
	l->timer_expiry = ktime_get_ns() + left;
	hrtimer_start(&l->timer, ns_to_ktime(l->timer_expiry),
		      HRTIMER_MODE_ABS_HARD);
}

static void arm_deadline(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;
	u64 now;

	l->timer_active = true;
	l->timer_stopped = time_frozen(vp);
	if (l->timer_stopped)
		return;
	now = hvr_vp_read_tsc(vp);
	if (l->tsc_deadline <= now) {
		l->timer_active = false;
		l->tsc_deadline = 0;
		hvr_lapic_fire_lvt(vp, HVR_LVT_TIMER);
		return;
	}
	if (l->tsc_deadline - now >= MAX_DEADLINE_TICKS)
		return;
	l->timer_expiry = hvr_vp_tsc_to_ktime(vp, l->tsc_deadline);
	hrtimer_start(&l->timer, ns_to_ktime(l->timer_expiry),
		      HRTIMER_MODE_ABS_HARD);
}

static s64 time_left(struct hvr_lapic *l)
{
	s64 left = READ_ONCE(l->timer_expiry);

	if (l->timer_stopped)
		return left;
	left -= ktime_get_ns();
	/* Due, but its callback has yet to run. */
	if (left < 0 && l->timer_period)
		left = l->timer_period -
		       (s64)((u64)-left % (u64)l->timer_period);
	return max_t(s64, left, 0);
}

static u32 current_count(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;

	if (hvr_lapic_timer_uses_deadline(vp) || !READ_ONCE(l->timer_active))
		return 0;
	return min(hvr_apic_ns_to_count(time_left(l), l->divide),
		   l->initial_count);
}

/* Count on from @count, from the start when it is 0 and the timer periodic. */
static void resume_count(struct hvr_vp *vp, u32 count)
{
	struct hvr_lapic *l = &vp->lapic;

	disarm(l);
	if (hvr_lapic_timer_uses_deadline(vp) || !l->initial_count)
		return;
	l->timer_period = full_period(l);
	if (!count && !l->timer_period)
		return;
	count = count ? min(count, l->initial_count) : l->initial_count;
	arm(vp, hvr_apic_count_to_ns(count, l->divide));
}

/* The count goes on from where it is, at the new rate. */
static void change_rate(struct hvr_vp *vp, u32 divide)
{
	struct hvr_lapic *l = &vp->lapic;
	u32 count;

	hrtimer_cancel(&l->timer);
	count = current_count(vp);
	l->divide = divide;
	l->timer_period = full_period(l);
	if (l->timer_active)
		arm(vp, hvr_apic_count_to_ns(count, divide));
}

/* To or from deadline mode the timer stops; else it goes on as it is. */
static void change_mode(struct hvr_vp *vp, u32 lvt)
{
	struct hvr_lapic *l = &vp->lapic;
	u32 changed = lvt ^ l->lvt[HVR_LVT_TIMER];
	s64 left;

	if (changed & APIC_LVT_TIMER_TSCDEADLINE) {
		stop(l);
		l->initial_count = 0;
	}
	if (!(changed & APIC_LVT_TIMER_PERIODIC) ||
	    lvt & APIC_LVT_TIMER_TSCDEADLINE) {
		WRITE_ONCE(l->lvt[HVR_LVT_TIMER], lvt);
		return;
	}
	hrtimer_cancel(&l->timer);
	left = time_left(l);
	WRITE_ONCE(l->lvt[HVR_LVT_TIMER], lvt);
	l->timer_period = full_period(l);
	if (l->timer_active)
		arm(vp, left);
}

/* ---- the same with the lock taken ---- */

static unsigned long lock(struct hvr_vp *vp)
	__acquires(&vp->lapic.timer_lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vp->lapic.timer_lock, flags);
	return flags;
}

static void unlock(struct hvr_vp *vp, unsigned long flags)
	__releases(&vp->lapic.timer_lock)
{
	raw_spin_unlock_irqrestore(&vp->lapic.timer_lock, flags);
}

void hvr_lapic_timer_stop(struct hvr_vp *vp)
{
	unsigned long flags = lock(vp);

	stop(&vp->lapic);
	unlock(vp, flags);
}

u32 hvr_lapic_timer_count(struct hvr_vp *vp)
{
	unsigned long flags = lock(vp);
	u32 count = current_count(vp);

	unlock(vp, flags);
	return count;
}

void hvr_lapic_timer_restore(struct hvr_vp *vp, u32 count)
{
	unsigned long flags = lock(vp);

	resume_count(vp, count);
	unlock(vp, flags);
}

void hvr_lapic_timer_set_count(struct hvr_vp *vp, u32 count)
{
	unsigned long flags = lock(vp);

	if (!hvr_lapic_timer_uses_deadline(vp)) {
		vp->lapic.initial_count = count;
		resume_count(vp, count);
	}
	unlock(vp, flags);
}

void hvr_lapic_timer_set_divide(struct hvr_vp *vp, u32 divide)
{
	unsigned long flags = lock(vp);

	divide &= 0xb;
	if (hvr_lapic_timer_uses_deadline(vp))
		vp->lapic.divide = divide;
	else if (divide != vp->lapic.divide)
		change_rate(vp, divide);
	unlock(vp, flags);
}

void hvr_lapic_timer_set_lvt(struct hvr_vp *vp, u32 lvt)
{
	unsigned long flags = lock(vp);

	change_mode(vp, lvt);
	unlock(vp, flags);
}

void hvr_lapic_timer_set_deadline(struct hvr_vp *vp, u64 tsc)
{
	struct hvr_lapic *l = &vp->lapic;
	unsigned long flags = lock(vp);

	if (hvr_lapic_timer_uses_deadline(vp)) {
		disarm(l);
		l->timer_period = 0;
		l->tsc_deadline = tsc;
		if (tsc)
			arm_deadline(vp);
	}
	unlock(vp, flags);
}

void hvr_lapic_time_changed(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;
	unsigned long flags = lock(vp);

	hrtimer_cancel(&l->timer);
	if (l->timer_active) {
		if (hvr_lapic_timer_uses_deadline(vp))
			arm_deadline(vp);
		else
			arm(vp, time_left(l));
	}
	unlock(vp, flags);
}
