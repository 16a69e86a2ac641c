/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synthetic interrupt controller as the root side sees it: ports that guests
 * reach through connection ids, and posting towards a guest's SINTs.
 */
#ifndef HVROOT_SYNIC_H
#define HVROOT_SYNIC_H

#include <linux/types.h>
#include <hvabi/hv_message.h>
#include <hvroot/status.h>

struct hvr_partition;
struct hvr_port;

/**
 * struct hvr_port_ops - what a port does when its guest uses it.
 * @message: message port: a copy of HvPostMessage's input. Runs in the VP
 *	thread inside the hypercall: queue and wake only, never sleep. Answers
 *	HVS_SUCCESS, or HVS_INSUFFICIENT_BUFFERS when its queue is full (the
 *	guest retries).
 * @event: event port: HvSignalEvent with this flag number. Same context.
 *
 * Exactly one of the two is set and decides the port's type.
 */
struct hvr_port_ops {
	hvr_status_t (*message)(void *ctx, u32 vp_index, u32 type,
				const void *payload, u32 size);
	void (*event)(void *ctx, u16 flag);
};

/**
 * hvr_port_create() - bind a connection id of a partition to a callback.
 * @pt: the partition whose guest may use it; the port holds no reference, the
 *	caller destroys it before it puts the partition
 * @connection_id: 24-bit connection id
 * @ops: constant
 * @ctx: handed to the callbacks
 *
 * Context: may sleep.
 * Return: the port; ERR_PTR(-EEXIST) id taken; -EINVAL; -ENOSPC limit; -ENOMEM.
 */
struct hvr_port *hvr_port_create(struct hvr_partition *pt, u32 connection_id,
				 const struct hvr_port_ops *ops, void *ctx);

/* Unbind; when it returns no callback runs or will run. May sleep. */
void hvr_port_destroy(struct hvr_port *port);

/**
 * hvr_synic_post() - post a message to a SINT of one VP.
 * @pt: the partition
 * @vp_index: target VP
 * @sint: 0 to 15
 * @type: message type, not HVMSG_NONE
 * @payload: up to 240 bytes, copied
 * @size: bytes
 *
 * Queues when the slot is taken and delivers at end of message. Any context
 * up to softirq.
 * Return: 0; -EINVAL bad argument or no such VP; -EAGAIN the VP's queue for
 *	this SINT is full (retry later); -ENODEV SynIC, SIMP or SINT disabled
 *	(the message is not kept).
 */
int hvr_synic_post(struct hvr_partition *pt, u32 vp_index, u32 sint, u32 type,
		   const void *payload, u32 size);

/**
 * hvr_synic_signal() - set an event flag and raise its SINT when it was clear.
 * @pt: the partition
 * @vp_index: target VP
 * @sint: 0 to 15
 * @flag: 0 to 2047
 *
 * Any context, hard interrupt included.
 * Return: 1 newly set, 0 was set already, -EINVAL, -ENODEV disabled or masked.
 */
int hvr_synic_signal(struct hvr_partition *pt, u32 vp_index, u32 sint,
		     u16 flag);

/**
 * hvr_synic_flush() - drop the messages queued for a SINT of one VP.
 * For a bus that disconnects. Any context up to softirq.
 */
void hvr_synic_flush(struct hvr_partition *pt, u32 vp_index, u32 sint);

#endif /* HVROOT_SYNIC_H */
