// SPDX-License-Identifier: GPL-2.0-only
/*
 * Synthetic timers: four per VP, in reference time, on host timers.
 *
 * The host timer is only a wake-up: whether a timer has expired is decided by the
 * partition's clock, under the lock. A late or early callback is harmless, so that
 * nothing ever waits for one but the end of the VP.
 */
#include <linux/ktime.h>
#include <linux/string.h>

#include "internal.h"

/* Ask for a wake-up at the expiry; none while the partition's time stands still. */
static void arm_locked(struct synic_stimer *t)
{
	s64 when = hvr_partition_reference_to_ktime(t->synic->pt, t->expiry);

	if (when == S64_MAX)
		hrtimer_try_to_cancel(&t->timer);
	else
		hrtimer_start(&t->timer, ns_to_ktime(when), HRTIMER_MODE_ABS);
}

static void report_locked(struct synic_stimer *t, struct synic_raise *raise)
{
	struct synic_vp *synic = t->synic;

	if (t->config & HV_STIMER_IS_DIRECT) {
		synic_raise_vector(raise, stimer_vector(t->config));
		return;
	}
	/* A message that still waits stands for this expiry, too. */
	if (!t->undelivered) {
		t->undelivered = true;
		synic->backlog++;
	}
	t->undelivered_expiry = t->expiry;
	synic_deliver_locked(synic, stimer_sint(t->config), raise);
}

/* Report an expiry that has come and set up the next, or wait for the next. */
static void check_locked(struct synic_stimer *t, struct synic_raise *raise)
{
	u64 now;

	if (!(t->config & HV_STIMER_IS_ENABLED)) {
		hrtimer_try_to_cancel(&t->timer);
		return;
	}
	now = hvr_partition_reference_time(t->synic->pt);
	if (now >= t->expiry) {
		if (t->period) {
			report_locked(t, raise);
			t->expiry = stimer_next_expiry(t->expiry, t->period,
						       now);
		} else {
			t->config &= ~HV_STIMER_IS_ENABLED;
			report_locked(t, raise);
			hrtimer_try_to_cancel(&t->timer);
			return;
		}
	}
	arm_locked(t);
}

static enum hrtimer_restart stimer_fired(struct hrtimer *timer)
{
	struct synic_stimer *t = container_of(timer, struct synic_stimer,
					      timer);
	struct synic_raise raise = {};
	unsigned long flags;

	spin_lock_irqsave(&t->synic->lock, flags);
	if (t->config & HV_STIMER_IS_ENABLED)
		check_locked(t, &raise);
	spin_unlock_irqrestore(&t->synic->lock, flags);
	synic_raise_all(t->synic, &raise);
	/* Armed again where it has to be. */
	return HRTIMER_NORESTART;
}

void synic_stimer_init(struct synic_vp *synic)
{
	unsigned int i;

	for (i = 0; i < HV_STIMER_COUNT; i++) {
		struct synic_stimer *t = &synic->stimer[i];

		t->synic = synic;
		t->index = i;
		hvr_hrtimer_setup(&t->timer, stimer_fired, CLOCK_MONOTONIC,
				  HRTIMER_MODE_ABS);
	}
}

void synic_stimer_exit(struct synic_vp *synic)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&synic->lock, flags);
	synic_stimer_reset_locked(synic);
	spin_unlock_irqrestore(&synic->lock, flags);
	for (i = 0; i < HV_STIMER_COUNT; i++)
		hrtimer_cancel(&synic->stimer[i].timer);
}

static void drop_undelivered_locked(struct synic_stimer *t)
{
	if (t->undelivered)
		t->synic->backlog--;
	t->undelivered = false;
}

void synic_stimer_reset_locked(struct synic_vp *synic)
{
	unsigned int i;

	for (i = 0; i < HV_STIMER_COUNT; i++) {
		struct synic_stimer *t = &synic->stimer[i];

		t->config = 0;
		t->count = 0;
		t->expiry = 0;
		t->period = 0;
		drop_undelivered_locked(t);
		hrtimer_try_to_cancel(&t->timer);
	}
}

u64 synic_stimer_get(struct synic_vp *synic, unsigned int reg)
{
	const struct synic_stimer *t = &synic->stimer[reg / 2];

	return READ_ONCE(*(reg % 2 ? &t->count : &t->config));
}

static void start_locked(struct synic_stimer *t, struct synic_raise *raise)
{
	if (t->config & HV_STIMER_IS_ENABLED)
		t->expiry = stimer_first_expiry(t->config, t->count,
						hvr_partition_reference_time(t->synic->pt),
						&t->period);
	check_locked(t, raise);
}

bool synic_stimer_set(struct synic_vp *synic, unsigned int reg, u64 val)
{
	struct synic_stimer *t = &synic->stimer[reg / 2];
	struct synic_raise raise = {};
	unsigned long flags;

	if (!(reg % 2) && !stimer_config_valid(val))
		return false;
	spin_lock_irqsave(&synic->lock, flags);
	if (reg % 2) {
		t->count = val;
		t->config = stimer_count_written(t->config, val);
	} else {
		t->config = stimer_config_written(val, t->count);
	}
	/* A timer that is set up anew has nothing to report from before. */
	drop_undelivered_locked(t);
	start_locked(t, &raise);
	spin_unlock_irqrestore(&synic->lock, flags);
	synic_raise_all(synic, &raise);
	return true;
}

void synic_stimer_time_changed(struct synic_vp *synic)
{
	struct synic_raise raise = {};
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&synic->lock, flags);
	for (i = 0; i < HV_STIMER_COUNT; i++)
		check_locked(&synic->stimer[i], &raise);
	spin_unlock_irqrestore(&synic->lock, flags);
	synic_raise_all(synic, &raise);
}

/* ---- messages ---- */

struct synic_stimer *synic_stimer_undelivered(struct synic_vp *synic,
					      unsigned int sint)
{
	unsigned int i;

	for (i = 0; i < HV_STIMER_COUNT; i++) {
		struct synic_stimer *t = &synic->stimer[i];

		if (t->undelivered && stimer_sint(t->config) == sint)
			return t;
	}
	return NULL;
}

void synic_stimer_message(const struct synic_stimer *t, u64 now,
			  struct synic_message *msg)
{
	struct hv_timer_payload payload = {
		.timer_index = cpu_to_le32(t->index),
		.expiration_time = cpu_to_le64(t->undelivered_expiry),
		.delivery_time = cpu_to_le64(now),
	};

	msg->type = HVMSG_TIMER_EXPIRED;
	msg->size = sizeof(payload);
	memcpy(msg->payload, &payload, sizeof(payload));
}

/* ---- save and restore ---- */

/* The adjustment of a periodic timer says when it expires next. */
void synic_stimer_get_state(struct synic_vp *synic,
			    struct hv_stimers_state *state)
{
	unsigned long flags;
	unsigned int i;

	memset(state, 0, sizeof(*state));
	spin_lock_irqsave(&synic->lock, flags);
	for (i = 0; i < HV_STIMER_COUNT; i++) {
		const struct synic_stimer *t = &synic->stimer[i];
		struct hv_stimer_state_entry *e = &state->timer[i];

		e->config = cpu_to_le64(t->config);
		e->count = cpu_to_le64(t->count);
		if (t->period && (t->config & HV_STIMER_IS_ENABLED))
			e->adjustment = cpu_to_le64(t->expiry);
		if (t->undelivered) {
			e->flags = cpu_to_le32(HV_STIMER_STATE_UNDELIVERED);
			e->undelivered_expiration =
				cpu_to_le64(t->undelivered_expiry);
		}
	}
	spin_unlock_irqrestore(&synic->lock, flags);
}

static void set_one_state_locked(struct synic_stimer *t,
				 const struct hv_stimer_state_entry *e)
{
	u64 next = le64_to_cpu(e->adjustment);

	drop_undelivered_locked(t);
	t->count = le64_to_cpu(e->count);
	t->config = stimer_config_written(le64_to_cpu(e->config) &
					  HV_STIMER_VALID, t->count);
	t->expiry = stimer_first_expiry(t->config, t->count,
					hvr_partition_reference_time(t->synic->pt),
					&t->period);
	if (t->period && next)
		t->expiry = next;
	if ((le32_to_cpu(e->flags) & HV_STIMER_STATE_UNDELIVERED) &&
	    !(t->config & HV_STIMER_IS_DIRECT)) {
		t->undelivered = true;
		t->undelivered_expiry = le64_to_cpu(e->undelivered_expiration);
		t->synic->backlog++;
	}
}

void synic_stimer_set_state(struct synic_vp *synic,
			    const struct hv_stimers_state *state)
{
	struct synic_raise raise = {};
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&synic->lock, flags);
	for (i = 0; i < HV_STIMER_COUNT; i++)
		set_one_state_locked(&synic->stimer[i], &state->timer[i]);
	for (i = 0; i < HV_STIMER_COUNT; i++)
		check_locked(&synic->stimer[i], &raise);
	synic_deliver_all_locked(synic, &raise);
	spin_unlock_irqrestore(&synic->lock, flags);
	synic_raise_all(synic, &raise);
}
