/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private types of synic/, parted by the file that owns them.
 *
 * Members carry one letter: I immutable after create, S synic->lock, R RCU,
 * 1 the VP's own thread or a paused VP.
 */
#ifndef SYNIC_INTERNAL_H
#define SYNIC_INTERNAL_H

#include <linux/hashtable.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <hvabi/hv_message.h>
#include <hvabi/hvgdk.h>
#include <hvroot/guestmem.h>
#include <hvroot/hvcore.h>
#include <hvroot/hypercall.h>
#include <hvroot/synic.h>
#include <hvroot/unit.h>

#include "slot.h"
#include "stimer_calc.h"

#define SYNIC_QUEUE_LIMIT	64	/* messages waiting for one SINT */
#define SYNIC_PORT_LIMIT	4096	/* ports of one partition */
#define SYNIC_PORT_BITS		8

struct synic_queued {
	struct list_head node;
	struct synic_message msg;
};

struct synic_sint {
	u64 config;			/* S */
	struct list_head queue;		/* S */
	u32 queued;			/* S */
};

struct synic_stimer {
	struct hrtimer timer;
	struct synic_vp *synic;		/* I */
	u32 index;			/* I */
	u64 config;			/* S */
	u64 count;			/* S */
	u64 expiry;			/* S  reference time, while enabled */
	u64 period;			/* S  100 ns, 0 one shot */
	bool undelivered;		/* S  its message waits for the slot */
	u64 undelivered_expiry;		/* S */
};

/* The SynIC of one VP. */
struct synic_vp {
	spinlock_t lock;		/* leaf, irq-safe */
	struct hvr_vp *vp;		/* I */
	struct hvr_partition *pt;	/* I */
	u64 scontrol;			/* S */
	u64 simp;			/* S */
	u64 siefp;			/* S */
	struct hvr_hold simp_hold;	/* 1 */
	struct hvr_hold siefp_hold;	/* 1 */
	struct hv_message_page *messages;	/* S  NULL while disabled */
	struct hv_event_flags_page *flags;	/* S  NULL while disabled */
	struct synic_sint sint[HV_SYNIC_SINT_COUNT];
	struct synic_stimer stimer[HV_STIMER_COUNT];
	u32 backlog;			/* S  queued and undelivered, all SINTs */
};

struct synic_partition {
	spinlock_t port_lock;		/* writers of the port table */
	DECLARE_HASHTABLE(ports, SYNIC_PORT_BITS);	/* R */
	u32 nr_ports;			/* port_lock */
};

/* Interrupts to raise when the lock has been dropped. */
struct synic_raise {
	u32 nr;
	struct {
		u8 vector;
		bool auto_eoi;
	} irq[HV_SYNIC_SINT_COUNT + HV_STIMER_COUNT];
};

/* ---- synic.c ---- */

struct synic_vp *synic_of(struct hvr_partition *pt, u32 vp_index);
/* Can this SINT take anything now? Caller holds the lock. */
bool synic_sint_open(const struct synic_vp *synic, unsigned int sint);
void synic_raise_sint(struct synic_raise *raise, u64 config);
void synic_raise_vector(struct synic_raise *raise, u8 vector);
void synic_raise_all(struct synic_vp *synic, const struct synic_raise *raise);

/* ---- message.c; caller holds the lock ---- */
void synic_deliver_locked(struct synic_vp *synic, unsigned int sint,
			  struct synic_raise *raise);
void synic_deliver_all_locked(struct synic_vp *synic, struct synic_raise *raise);
void synic_drop_locked(struct synic_vp *synic, unsigned int sint);

/* ---- stimer.c ---- */
void synic_stimer_init(struct synic_vp *synic);
/* Stop for good; waits for callbacks. */
void synic_stimer_exit(struct synic_vp *synic);
void synic_stimer_reset_locked(struct synic_vp *synic);
u64 synic_stimer_get(struct synic_vp *synic, unsigned int reg);
/* @reg: 2n config, 2n + 1 count of timer n. False: a fault for the guest. */
bool synic_stimer_set(struct synic_vp *synic, unsigned int reg, u64 val);
void synic_stimer_time_changed(struct synic_vp *synic);
void synic_stimer_get_state(struct synic_vp *synic,
			    struct hv_stimers_state *state);
void synic_stimer_set_state(struct synic_vp *synic,
			    const struct hv_stimers_state *state);
/* The message of an undelivered expiry of a timer bound to @sint, if any. */
struct synic_stimer *synic_stimer_undelivered(struct synic_vp *synic,
					      unsigned int sint);
void synic_stimer_message(const struct synic_stimer *t, u64 now,
			  struct synic_message *msg);

/* ---- port.c ---- */
#define SYNIC_NR_HYPERCALLS	4

extern const struct hvr_hypercall synic_hypercalls[SYNIC_NR_HYPERCALLS];

#endif /* SYNIC_INTERNAL_H */
