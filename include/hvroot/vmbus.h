/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root side of VMBus for kernel providers: register a class of device, offer
 * channels, take packets out of rings, answer them.
 */
#ifndef HVROOT_VMBUS_H
#define HVROOT_VMBUS_H

#include <linux/types.h>
#include <linux/uuid.h>

struct module;
struct hvr_partition;
struct hvr_vmbus;
struct hvr_chan;

/* Packet types on a ring (in-tree guest: enum vmbus_packet_type). */
#define HVR_PKT_INBAND		6
#define HVR_PKT_XFER_PAGES	7
#define HVR_PKT_GPA_DIRECT	9
#define HVR_PKT_COMPLETION	11

#define HVR_PKT_FLAG_COMPLETION_REQUESTED	1

/* Limits of one packet that a provider can receive. */
#define HVR_PKT_MAX_PAYLOAD	16384	/* bytes after descriptor and page list */
#define HVR_PKT_MAX_PAGES	2064	/* 8 MiB + a partial page, over all ranges */
#define HVR_PKT_MAX_RANGES	1024

/**
 * struct hvr_pkt - one packet copied out of a guest's ring; all of it private.
 * @type: HVR_PKT_*
 * @flags: HVR_PKT_FLAG_*
 * @trans_id: transaction id, echoed in the completion
 * @payload: private copy
 * @payload_len: bytes
 * @nr_ranges: GPA-direct ranges, 0 for other types
 * @range_bytes: sum of the ranges' byte counts (overflow checked)
 * @range_offset: byte offset into the first page of range 0
 * @nr_pages: frames in @gfns
 * @gfns: guest frame numbers of all ranges in order, inside RAM not yet checked
 * @ranges: per range: byte offset, byte count, first index in @gfns
 *
 * Valid until the receive callback returns; a provider that works later copies.
 */
struct hvr_pkt_range {
	u32 offset;
	u32 len;
	u32 first_gfn;
};

struct hvr_pkt {
	u16 type;
	u16 flags;
	u64 trans_id;
	const void *payload;
	u32 payload_len;
	u32 nr_ranges;
	u32 range_bytes;
	u32 nr_pages;
	const u64 *gfns;
	const struct hvr_pkt_range *ranges;
};

/**
 * struct hvr_vsp_ops - a provider's callbacks for its channels.
 * @owner: module, referenced while a channel of it is offered
 * @name: for messages
 * @open: the guest opened the channel: 0 or an errno (the guest is told), or
 *	-EINPROGRESS when hvr_chan_open_done() will answer. The rings work already.
 *	Bus worker, may sleep
 * @close: the guest closed it, or the bus goes: no packet comes any more; the
 *	provider ends or abandons its requests before it returns (may sleep), and
 *	sends nothing afterwards. May come in place of hvr_chan_open_done(). The
 *	close of a primary channel revokes its sub-channels (hvr_chan_revoke() on
 *	each is allowed here)
 * @receive: one packet. Channel worker, may sleep. 0, or an errno when the packet
 *	violates the provider's protocol so badly that the channel shall close.
 *	-EAGAIN: cannot take it now; it stays in the ring and comes again after
 *	hvr_chan_resume()
 * @drained: end of a batch: the worker found the ring empty or its budget spent;
 *	flush batched answers. May be NULL
 * @writable: room came free in the host-to-guest ring after a send said -EAGAIN;
 *	channel worker. May be NULL
 * @gone: the bus died: the channel is closed and never opens again. The provider
 *	only notes it and arranges (a work item) that hvr_chan_revoke() is called
 *	soon; it must not revoke here, nor take a lock that it holds while it
 *	revokes. May be NULL
 * @leave: the owner of the bus went, the guest goes on: as @gone, but the channel
 *	serves the guest until it is revoked. May be NULL: then the offer is rescinded
 *	and the channel closed at once, and @gone called
 * @release: last call, from within hvr_chan_revoke(). May be NULL
 */
struct hvr_vsp_ops {
	struct module *owner;
	const char *name;
	int (*open)(struct hvr_chan *chan, void *ctx);
	void (*close)(struct hvr_chan *chan, void *ctx);
	int (*receive)(struct hvr_chan *chan, void *ctx,
		       const struct hvr_pkt *pkt);
	void (*drained)(struct hvr_chan *chan, void *ctx);
	void (*writable)(struct hvr_chan *chan, void *ctx);
	void (*gone)(struct hvr_chan *chan, void *ctx);
	void (*leave)(struct hvr_chan *chan, void *ctx);
	void (*release)(struct hvr_chan *chan, void *ctx);
};

/**
 * struct hvr_offer - what a channel offer tells the guest.
 * @type: class GUID
 * @instance: instance GUID
 * @flags: CHANNEL_FLAG bits of the offer
 * @mmio_mb: MMIO space wanted, MiB
 * @user_defined: 120 bytes of class-specific data
 * @sub_index: 0 primary, else sub-channel index
 * @pipe: the channel carries pipe-framed messages
 */
struct hvr_offer {
	guid_t type;
	guid_t instance;
	u16 flags;
	u16 mmio_mb;
	u8 user_defined[120];
	u16 sub_index;
	bool pipe;
};

/**
 * hvr_vmbus_get() - reference on the bus of a partition.
 * @pt: the partition
 * Return: the bus; ERR_PTR(-ENODEV) when the partition has none, or nobody owns it.
 */
struct hvr_vmbus *hvr_vmbus_get(struct hvr_partition *pt);
/* The same by partition id (0 = none), for providers that are set up by number. */
struct hvr_vmbus *hvr_vmbus_find_get(u64 partition_id);
void hvr_vmbus_put(struct hvr_vmbus *bus);
struct hvr_partition *hvr_vmbus_partition(struct hvr_vmbus *bus);

/**
 * hvr_chan_offer() - offer a channel on a bus.
 * @bus: the bus
 * @offer: copied
 * @ops: constant
 * @ctx: for the callbacks
 *
 * The guest is told when it is connected and has asked for offers.
 * Context: may sleep.
 * Return: the channel with a reference for the caller; ERR_PTR(-EEXIST) same
 *	type, instance and sub-index already offered, -ENOSPC limit, -ENODEV the
 *	bus is going, -ENOMEM.
 */
struct hvr_chan *hvr_chan_offer(struct hvr_vmbus *bus,
				const struct hvr_offer *offer,
				const struct hvr_vsp_ops *ops, void *ctx);

/**
 * hvr_chan_open_done() - answer an open that @open left with -EINPROGRESS.
 * @chan: the channel
 * @err: 0 accepted; an errno refused (@close is not called then)
 *
 * Context: may sleep; not from a callback of the channel.
 * Return: 0; -ENOTCONN when no open waits for an answer (@close took it back).
 */
int hvr_chan_open_done(struct hvr_chan *chan, int err);

/**
 * hvr_chan_revoke() - rescind an offer, close the channel if open, drop the
 * provider's reference: @chan must not be used afterwards. When it returns no
 * callback runs or will run. May sleep; not from a callback of the channel, and
 * not with a lock held that one of its callbacks takes.
 * @chan: the channel
 */
void hvr_chan_revoke(struct hvr_chan *chan);

/**
 * hvr_chan_send() - put one packet into the host-to-guest ring.
 * @chan: an open channel
 * @type: HVR_PKT_INBAND or HVR_PKT_COMPLETION
 * @flags: HVR_PKT_FLAG_*
 * @trans_id: transaction id
 * @payload: bytes after the descriptor
 * @len: bytes; padded to 8 on the ring
 *
 * The guest is signalled when it has to be (ring was empty, not masked), but see
 * hvr_chan_send_begin(). Context: any that may take a spin lock with BHs off.
 * Return: 0; -EAGAIN no room (@writable comes later); -ENOTCONN not open;
 *	-EMSGSIZE never fits; -EIO the guest broke the ring.
 */
int hvr_chan_send(struct hvr_chan *chan, u16 type, u16 flags, u64 trans_id,
		  const void *payload, u32 len);

/* Batch: between begin and end the guest is not signalled; end signals once. */
void hvr_chan_send_begin(struct hvr_chan *chan);
void hvr_chan_send_end(struct hvr_chan *chan);

/* Look at the inbound ring again (after @receive said -EAGAIN). Any context. */
void hvr_chan_resume(struct hvr_chan *chan);

/* VP that the guest wants this channel's interrupts on; for affinity. */
u32 hvr_chan_target_vp(struct hvr_chan *chan);
struct hvr_partition *hvr_chan_partition(struct hvr_chan *chan);
void *hvr_chan_ctx(struct hvr_chan *chan);

#endif /* HVROOT_VMBUS_H */
