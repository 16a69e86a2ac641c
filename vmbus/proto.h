/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State machine of one bus: guest messages and device answers in, actions out.
 * No lock and no I/O: the caller serialises and its hooks only note what to do.
 */
#ifndef VMBUS_PROTO_H
#define VMBUS_PROTO_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/types.h>
#include <hvabi/vmbus.h>

#include "gpadl.h"

struct hvr_proto;
struct hvr_proto_chan;

enum hvr_proto_state {
	PROTO_DISCONNECTED,
	PROTO_CONNECTED,
	PROTO_DISCONNECTING,	/* channels and GPADLs are being let go */
};

/* What follows a disconnect. */
enum hvr_proto_then {
	THEN_NOTHING,		/* reset of the machine */
	THEN_UNLOAD,		/* UnloadComplete */
	THEN_CONTACT,		/* the InitiateContact that caused it */
};

enum hvr_proto_chan_state {
	CH_RELEASED,		/* the guest does not know it */
	CH_CLOSED,		/* offered */
	CH_OPENING,		/* the device was asked to open */
	CH_OPEN,
	CH_CLOSING,		/* the device was asked to close */
	CH_CLOSING_REOPEN,	/* ... and the guest opens it again already */
	CH_REVOKED,		/* rescinded, the guest still owns the relid */
	CH_OPENING_RELEASED,	/* the guest went while the device opened */
	CH_CLOSING_RELEASED,	/* the guest went, the device still closes */
};

/* What the device of a channel is asked to do next. */
enum hvr_proto_want {
	WANT_NOTHING,
	WANT_OPEN,
	WANT_CLOSE,
};

struct hvr_proto_open {
	u32 open_id;
	u32 ring_gpadl;
	u32 target_vp;
	u32 page_offset;
	u8 user_data[HV_VMBUS_USER_BYTES];
};

/**
 * struct hvr_proto_chan - one channel.
 * @node: in the bus's list, sorted by type, instance, index
 * @type: class GUID
 * @instance: instance GUID
 * @user_defined: of the offer
 * @flags: of the offer
 * @mmio_mb: of the offer
 * @sub_index: 0 primary
 * @state: enum hvr_proto_chan_state
 * @want: enum hvr_proto_want, taken by hvr_proto_take()
 * @revoked: the provider took its offer back
 * @device_gone: ... and the device has let go of everything
 * @declined: released by the guest: not offered again on this connection
 * @relid: channel id, 0 none
 * @open: what the guest asked for at open
 * @reopen: the open that waits for the end of a close
 * @gpadls: its GPADLs
 */
struct hvr_proto_chan {
	struct list_head node;
	u8 type[16];
	u8 instance[16];
	u8 user_defined[HV_VMBUS_USER_BYTES];
	u16 flags;
	u16 mmio_mb;
	u16 sub_index;
	u8 state;
	u8 want;
	bool revoked;
	bool device_gone;
	bool declined;
	u32 relid;
	struct hvr_proto_open open;
	struct hvr_proto_open reopen;
	struct hvr_gpadl_owner gpadls;
};

/**
 * struct hvr_proto_ops - actions. Called under the caller's own lock; none of
 * them may call back into the state machine.
 * @send: queue a message to p->contact_vp; never lost
 * @send_once: post a message to a VP and SINT that the guest named, or drop it
 * @vp_exists: is there such a VP?
 * @retarget: the channel's interrupts go to @vp from now on, and none arrives at
 *	the old VP after return
 * @device: ch->want was set
 * @disconnected: a connection ended: drop what was queued towards the guest
 * @free_chan: the channel left the list, nothing refers to it any more
 */
struct hvr_proto_ops {
	void (*send)(struct hvr_proto *p, const void *msg, u32 len);
	void (*send_once)(struct hvr_proto *p, u32 vp, u32 sint,
			  const void *msg, u32 len);
	bool (*vp_exists)(struct hvr_proto *p, u32 vp);
	void (*retarget)(struct hvr_proto *p, struct hvr_proto_chan *ch, u32 vp);
	void (*device)(struct hvr_proto *p, struct hvr_proto_chan *ch);
	void (*disconnected)(struct hvr_proto *p);
	void (*free_chan)(struct hvr_proto *p, struct hvr_proto_chan *ch);
};

struct hvr_proto_contact {
	u32 version;
	u32 target_vp;
	bool half_monitor;	/* exactly one monitor page was given */
};

struct hvr_proto {
	const struct hvr_proto_ops *ops;
	u32 max_version;	/* cap, for tests of old versions */
	u32 state;
	u32 then;
	bool resetting;
	bool offers_sent;
	u32 version;		/* 0 while not connected */
	u32 contact_vp;
	struct hvr_proto_contact contact;
	struct list_head chans;
	u32 nr_chans;
	struct hvr_gpadl_table gpadls;
	DECLARE_BITMAP(relids, HV_VMBUS_MAX_RELID + 1);
	u64 connects;
};

/* One message of the guest: a private copy. */
struct hvr_proto_in {
	const void *data;
	u32 len;
	bool multiclient;	/* came in on connection 4 */
};

void hvr_proto_init(struct hvr_proto *p, const struct hvr_proto_ops *ops,
		    u32 max_version);

/* Obey a message. NULL, or why it was refused (for a log line). */
const char *hvr_proto_message(struct hvr_proto *p,
			      const struct hvr_proto_in *in);

/* The machine was reset: as Unload, but nobody is told. */
void hvr_proto_reset(struct hvr_proto *p);

/* Whether guest messages may be fed now. */
bool hvr_proto_accepts(const struct hvr_proto *p);

/* A provider offers: 0, -EEXIST, -ENOSPC. @ch is filled but for the states. */
int hvr_proto_offer(struct hvr_proto *p, struct hvr_proto_chan *ch);
/*
 * It takes the offer back. The device is then closed by the caller, who calls
 * hvr_proto_device_gone(). Both do nothing the second time.
 */
void hvr_proto_revoke(struct hvr_proto *p, struct hvr_proto_chan *ch);
void hvr_proto_device_gone(struct hvr_proto *p, struct hvr_proto_chan *ch);

/* Take what the device of @ch shall do. */
enum hvr_proto_want hvr_proto_take(struct hvr_proto_chan *ch);
/* Its answers; a stale one is ignored. */
void hvr_proto_opened(struct hvr_proto *p, struct hvr_proto_chan *ch, bool ok);
void hvr_proto_closed(struct hvr_proto *p, struct hvr_proto_chan *ch);

/* A view keeps an accepted GPADL's list; ERR_PTR(-ENOENT) when there is none. */
struct hvr_gpadl *hvr_proto_get_view(struct hvr_proto *p,
				     struct hvr_proto_chan *ch, u32 gpadl_id);
void hvr_proto_put_view(struct hvr_proto *p, struct hvr_proto_chan *ch,
			struct hvr_gpadl *gpadl);

#endif /* VMBUS_PROTO_H */
