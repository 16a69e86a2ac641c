/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private types and functions of vmbus/, parted by the file that owns them.
 *
 * Members carry one letter: I immutable after create, a atomic, B bus->lock,
 * C chan->lock, T chan->tx_lock, Q bus->in_lock, R RCU, 1 the channel's worker.
 * bus->lock is taken inside chan->lock (a primary's close revokes sub-channels
 * under it); no callback of a provider runs under bus->lock.
 */
#ifndef VMBUS_INTERNAL_H
#define VMBUS_INTERNAL_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <hvroot/hvcore.h>
#include <hvroot/synic.h>
#include <hvroot/vmbus.h>

#include "proto.h"
#include "ring.h"

struct dentry;
struct hvr_vmbus_channel;
struct hvr_vmbus_info;
struct page;

/* Limits beside those of gpadl.h. */
#define BUS_MAX_MESSAGES_IN	64	/* then the hypercall is answered "retry" */
#define CHAN_MAX_RING_PAGES	4096	/* both directions of one channel */
#define BUS_MAX_RING_PAGES	32768	/* pinned for rings, per bus */
#define CHAN_BUDGET		64	/* packets per wake-up */
#define BUS_BUDGET		64	/* messages and device actions per wake-up */

struct hvr_bus_port {
	struct hvr_vmbus *bus;
	struct hvr_port *port;
	bool multiclient;
};

struct hvr_bus_message {
	struct list_head node;
	u32 len;
	bool multiclient;	/* inbound */
	u8 data[HV_VMBUS_MESSAGE_BYTES] __aligned(8);
};

struct hvr_vmbus {
	struct kref ref;
	struct list_head node;			/* registry_lock */
	struct hvr_partition *pt;		/* I  referenced */
	struct hvr_partition_listener listener;
	struct hvr_bus_port ports[2];		/* I */
	struct dentry *debugfs;			/* I */

	struct mutex lock;			/* the state machine */
	struct hvr_proto proto;			/* B */
	bool dead;				/* B */
	bool owned;				/* B  a descriptor has it: may offer */
	bool orphan;				/* registry_lock  nobody has it */
	wait_queue_head_t wait;			/* for its death: poll() */
	struct list_head out;			/* B  messages to the guest */
	unsigned int retry_ms;			/* B  0: nothing is stuck */
	bool stopped;				/* the one that stops the bus */

	spinlock_t in_lock;			/* leaf; VP threads take it */
	struct list_head in;			/* Q  messages of the guest */
	unsigned int nr_in;			/* Q */
	bool reset;				/* Q  the machine was reset */

	struct delayed_work work;
	atomic_t ring_pages;			/* a */
	atomic_t nr_open;			/* a */
	atomic64_t messages_in;			/* a */
	atomic64_t messages_out;		/* a */
	atomic64_t messages_bad;		/* a */
	atomic64_t messages_dropped;		/* a */
};

struct hvr_chan {
	struct hvr_proto_chan proto;		/* B */
	struct kref ref;
	struct hvr_vmbus *bus;			/* I  referenced */
	const struct hvr_vsp_ops *ops;		/* I */
	void *ctx;				/* I */
	bool user;				/* I  served by user space */
	bool told_gone;				/* B  the bus died */
	bool told_left;				/* B  the owner of the bus went */
	struct hvr_gpadl *view;			/* B  the ring's page list */

	struct mutex lock;			/* open and close */
	bool up;				/* C  rings mapped, device open */
	bool open_pending;			/* C  the provider has yet to answer */
	bool revoked;				/* C */
	bool gone;				/* C  no open any more */
	struct hvr_port *port;			/* C */
	struct page **pages;			/* C */
	u32 nr_pages;				/* C */
	void *map;				/* C */

	u32 relid;				/* written with up */
	u32 target_vp;				/* B to write, R to signal */
	bool live;				/* C to write: packets may be taken */

	struct work_struct work;
	struct delayed_work unstick;
	struct hvr_ring in;			/* 1 */
	struct hvr_ring_buf *buf;		/* 1 */
	u64 packets_in;				/* 1 */

	spinlock_t tx_lock;			/* leaf; producers */
	struct hvr_ring out;			/* T */
	bool tx_open;				/* T */
	bool tx_waiting;			/* T  a send found no room */
	u32 tx_waiting_len;			/* T */
	u32 tx_batch;				/* T  depth of begin/end */
	u64 packets_out;			/* T */

	atomic64_t interrupts;			/* a */
	atomic64_t kicks;			/* a */
};

static inline struct hvr_chan *to_chan(struct hvr_proto_chan *proto)
{
	return container_of(proto, struct hvr_chan, proto);
}

/* ---- main.c ---- */

extern struct workqueue_struct *hvr_bus_wq;	/* bus workers */
extern struct workqueue_struct *hvr_chan_wq;	/* channel workers */
extern unsigned int hvr_bus_max_version;

void hvr_bus_publish(struct hvr_vmbus *bus);
void hvr_bus_unpublish(struct hvr_vmbus *bus);
/* Orphans: made by hvr_bus_leave(); whoever gets one from here owns it. */
void hvr_bus_orphan(struct hvr_vmbus *bus);
struct hvr_vmbus *hvr_bus_adopt(const struct hvr_partition *pt);
bool hvr_bus_claim(struct hvr_vmbus *bus);

/* ---- conn.c ---- */

/*
 * The bus of @pt for a new owner, who hands over his reference on @pt; on failure he
 * keeps it.
 */
struct hvr_vmbus *hvr_bus_create(struct hvr_partition *pt);
/* The owner goes: every channel is rescinded, the guest may have the next owner's. */
void hvr_bus_leave(struct hvr_vmbus *bus);
/* Every channel closes, nothing of the guest arrives; drops the owner's reference. */
void hvr_bus_destroy(struct hvr_vmbus *bus);
bool hvr_bus_is_dead(const struct hvr_vmbus *bus);
/* Let the worker look for something to do. Any context. */
void hvr_bus_kick(struct hvr_vmbus *bus);
void hvr_bus_info(struct hvr_vmbus *bus, struct hvr_vmbus_info *info);
/* Fill @room entries; the number of channels there are. */
u32 hvr_bus_channels(struct hvr_vmbus *bus, struct hvr_vmbus_channel *list,
		     u32 room);

/* ---- channel.c ---- */

struct hvr_chan *hvr_chan_create(struct hvr_vmbus *bus,
				 const struct hvr_offer *offer,
				 const struct hvr_vsp_ops *ops, void *ctx,
				 bool user);
void hvr_chan_put(struct hvr_chan *chan);
/* What the state machine asks of the device. Bus worker, no lock held. */
void hvr_chan_run_open(struct hvr_chan *chan);
void hvr_chan_run_close(struct hvr_chan *chan);
/* The bus stops: close the device, tell the provider. No lock held. */
void hvr_chan_bus_gone(struct hvr_chan *chan);
/* The owner of the bus goes, the guest stays: the provider takes its offer back, or
 * it is taken from it. No lock held.
 */
void hvr_chan_owner_gone(struct hvr_chan *chan);
/* No interrupt reaches the old VP after return. May sleep. */
void hvr_chan_retarget(struct hvr_chan *chan, u32 vp);

/* ---- ctl.c, ctl_chan.c ---- */

int hvr_ctl_init(void);
void hvr_ctl_exit(void);
/* A channel descriptor for user space on @bus: the number or an errno. */
struct hvr_vmbus_offer;
int hvr_ctl_chan_create(struct hvr_vmbus *bus,
			const struct hvr_vmbus_offer *args);

#endif /* VMBUS_INTERNAL_H */
