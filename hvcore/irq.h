/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt routing (MSI table), irqfds and ioeventfds of a partition.
 */
#ifndef HVCORE_IRQ_H
#define HVCORE_IRQ_H

#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct hvr_partition;
struct hvr_vp;
struct hvr_interrupt;
struct mshv_user_irqfd;
struct mshv_user_ioeventfd;
struct mshv_user_irq_entry;

#define HVR_MAX_GSIS		4096
#define HVR_MAX_IOEVENTFDS	8192

struct hvr_irq_routing {
	struct hvr_irq_table __rcu *table;	/* pt->lock to write */
	atomic_t lowest_next;			/* a  lowest priority: whose turn */
	spinlock_t irqfds_lock;			/* IRQs off, inside the eventfd's */
	struct list_head irqfds;		/* irqfds_lock */
	struct list_head hung_up;		/* irqfds_lock: for the reaper */
	struct work_struct reaper;
	struct mutex resample_lock;		/* leaf */
	struct list_head resamplers;		/* resample_lock; RCU to read */
	DECLARE_HASHTABLE(ioeventfds, 6);	/* pt->lock; RCU to read; by GPA */
	u32 nr_ioeventfds;			/* pt->lock, READ_ONCE */
};

int hvr_irq_init(struct hvr_partition *pt);
/* Partition descriptor closed: detach all eventfds. May sleep. */
void hvr_irq_release(struct hvr_partition *pt);
void hvr_irq_exit(struct hvr_partition *pt);

/* Copied and checked for flags only by dev code; all other checks here. Errors as
 * the ABI says. Callers hold pt->lock.
 */
int hvr_irq_set_routing(struct hvr_partition *pt,
			const struct mshv_user_irq_entry *entries, u32 nr);
int hvr_irqfd(struct hvr_partition *pt, const struct mshv_user_irqfd *args);
int hvr_ioeventfd(struct hvr_partition *pt,
		  const struct mshv_user_ioeventfd *args);

/* The interrupt that a GSI stands for; false when it has no route. Any context. */
bool hvr_irq_route(struct hvr_partition *pt, u32 gsi, struct hvr_interrupt *irq);
/* Deliver what @gsi stands for. Any context, IRQs off included. */
void hvr_irq_inject(struct hvr_partition *pt, u32 gsi);

/* A doorbell at this GPA, of any length? Fast pre-check on an MMIO write. */
bool hvr_ioeventfd_may_match(struct hvr_partition *pt, u64 gpa);
/* Signal the matching one; false when none matches. VP thread, may be atomic. */
bool hvr_ioeventfd_signal(struct hvr_partition *pt, u64 gpa, unsigned int len,
			  u64 val);
/* A level vector ended: tell resamplers. VP thread, may be atomic. True when one
 * took it: the VMM needs no message.
 */
bool hvr_irq_eoi(struct hvr_partition *pt, u8 vector);

/* ---- eventfd.c, for irq.c ---- */
void hvr_eventfds_init(struct hvr_partition *pt);
void hvr_eventfds_release(struct hvr_partition *pt);

#endif /* HVCORE_IRQ_H */
