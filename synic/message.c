// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages towards the guest: a bounded queue for each SINT in front of its slot.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* Something else waits for the slot of this SINT. */
static bool has_waiting(struct synic_vp *synic, unsigned int sint)
{
	return synic->sint[sint].queued ||
	       synic_stimer_undelivered(synic, sint);
}

static bool put_timer_message(struct synic_vp *synic, unsigned int sint,
			      struct synic_stimer *t)
{
	struct hv_message *slot = &synic->messages->slot[sint];
	struct synic_message msg;
	bool more;

	synic_stimer_message(t, hvr_partition_reference_time(synic->pt), &msg);
	t->undelivered = false;
	more = has_waiting(synic, sint);
	if (synic_slot_put(slot, &msg, more)) {
		synic->backlog--;
		return true;
	}
	t->undelivered = true;
	return false;
}

static bool put_queued_message(struct synic_vp *synic, unsigned int sint)
{
	struct hv_message *slot = &synic->messages->slot[sint];
	struct synic_sint *s = &synic->sint[sint];
	struct synic_queued *q;

	q = list_first_entry(&s->queue, struct synic_queued, node);
	if (!synic_slot_put(slot, &q->msg, s->queued > 1))
		return false;
	list_del(&q->node);
	kfree(q);
	s->queued--;
	synic->backlog--;
	return true;
}

/* Move one waiting message into the slot; a timer's goes before others. */
void synic_deliver_locked(struct synic_vp *synic, unsigned int sint,
			  struct synic_raise *raise)
{
	struct synic_stimer *t;
	bool done = false;

	lockdep_assert_held(&synic->lock);
	if (!synic_sint_open(synic, sint) || !synic->messages)
		return;
	t = synic_stimer_undelivered(synic, sint);
	if (t)
		done = put_timer_message(synic, sint, t);
	else if (synic->sint[sint].queued)
		done = put_queued_message(synic, sint);
	if (done)
		synic_raise_sint(raise, synic->sint[sint].config);
}

void synic_deliver_all_locked(struct synic_vp *synic, struct synic_raise *raise)
{
	unsigned int i;

	for (i = 0; i < HV_SYNIC_SINT_COUNT && synic->backlog; i++)
		synic_deliver_locked(synic, i, raise);
}

void synic_drop_locked(struct synic_vp *synic, unsigned int sint)
{
	struct synic_sint *s = &synic->sint[sint];
	struct synic_queued *q, *next;

	lockdep_assert_held(&synic->lock);
	list_for_each_entry_safe(q, next, &s->queue, node) {
		list_del(&q->node);
		kfree(q);
	}
	synic->backlog -= s->queued;
	s->queued = 0;
}

static int queue_message(struct synic_vp *synic, unsigned int sint,
			 const struct synic_message *msg)
{
	struct synic_sint *s = &synic->sint[sint];
	struct synic_queued *q;

	if (s->queued >= SYNIC_QUEUE_LIMIT)
		return -EAGAIN;
	q = kmalloc(sizeof(*q), GFP_ATOMIC | __GFP_NOWARN);
	if (!q)
		return -EAGAIN;
	q->msg = *msg;
	list_add_tail(&q->node, &s->queue);
	s->queued++;
	synic->backlog++;
	return 0;
}

static int post(struct synic_vp *synic, unsigned int sint,
		const struct synic_message *msg)
{
	struct synic_raise raise = {};
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&synic->lock, flags);
	if (!synic_sint_open(synic, sint) || !synic->messages) {
		ret = -ENODEV;
	} else if (!has_waiting(synic, sint) &&
		   synic_slot_put(&synic->messages->slot[sint], msg, false)) {
		synic_raise_sint(&raise, synic->sint[sint].config);
	} else {
		ret = queue_message(synic, sint, msg);
		/* The guest may have freed the slot while the queue was empty. */
		if (!ret)
			synic_deliver_locked(synic, sint, &raise);
	}
	spin_unlock_irqrestore(&synic->lock, flags);
	synic_raise_all(synic, &raise);
	return ret;
}

int hvr_synic_post(struct hvr_partition *pt, u32 vp_index, u32 sint, u32 type,
		   const void *payload, u32 size)
{
	struct synic_vp *synic = synic_of(pt, vp_index);
	struct synic_message msg;

	if (!synic || sint >= HV_SYNIC_SINT_COUNT || type == HVMSG_NONE ||
	    size > HV_MESSAGE_PAYLOAD_BYTES)
		return -EINVAL;
	msg.type = type;
	msg.size = size;
	memcpy(msg.payload, payload, size);
	return post(synic, sint, &msg);
}
HVR_EXPORT_SYMBOL(hvr_synic_post);

void hvr_synic_flush(struct hvr_partition *pt, u32 vp_index, u32 sint)
{
	struct synic_vp *synic = synic_of(pt, vp_index);
	unsigned long flags;

	if (!synic || sint >= HV_SYNIC_SINT_COUNT)
		return;
	spin_lock_irqsave(&synic->lock, flags);
	synic_drop_locked(synic, sint);
	spin_unlock_irqrestore(&synic->lock, flags);
}
HVR_EXPORT_SYMBOL(hvr_synic_flush);
