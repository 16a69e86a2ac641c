// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports that a guest reaches by connection id, and the hypercalls that use them:
 * the guest's own, and the direct ones of a VMM towards its guest.
 */
#include <linux/err.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <hvabi/hvhdk.h>

#include "internal.h"

/* Message types with the top bit are the hypervisor's own. */
#define HYPERVISOR_MESSAGE	BIT(31)

struct hvr_port {
	struct hlist_node node;			/* R */
	struct synic_partition *owner;		/* I */
	u32 id;					/* I */
	const struct hvr_port_ops *ops;		/* I */
	void *ctx;				/* I */
};

static struct hvr_port *find_port(struct synic_partition *sp, u32 id)
{
	struct hvr_port *port;

	hash_for_each_possible_rcu(sp->ports, port, node, id)
		if (port->id == id)
			return port;
	return NULL;
}

static int insert_port(struct synic_partition *sp, struct hvr_port *port)
{
	int err = 0;

	spin_lock(&sp->port_lock);
	rcu_read_lock();
	if (find_port(sp, port->id))
		err = -EEXIST;
	else if (sp->nr_ports >= SYNIC_PORT_LIMIT)
		err = -ENOSPC;
	rcu_read_unlock();
	if (!err) {
		sp->nr_ports++;
		hash_add_rcu(sp->ports, &port->node, port->id);
	}
	spin_unlock(&sp->port_lock);
	return err;
}

struct hvr_port *hvr_port_create(struct hvr_partition *pt, u32 connection_id,
				 const struct hvr_port_ops *ops, void *ctx)
{
	struct hvr_port *port;
	int err;

	if (connection_id & ~HV_CONNECTION_ID_MASK ||
	    !ops->message == !ops->event)
		return ERR_PTR(-EINVAL);
	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->owner = hvr_partition_unit_data(pt, HVR_UNIT_SYNIC);
	port->id = connection_id;
	port->ops = ops;
	port->ctx = ctx;
	err = insert_port(port->owner, port);
	if (err) {
		kfree(port);
		return ERR_PTR(err);
	}
	return port;
}
HVR_EXPORT_SYMBOL(hvr_port_create);

void hvr_port_destroy(struct hvr_port *port)
{
	struct synic_partition *sp = port->owner;

	spin_lock(&sp->port_lock);
	hash_del_rcu(&port->node);
	sp->nr_ports--;
	spin_unlock(&sp->port_lock);
	/* Callbacks run inside RCU read sections. */
	synchronize_rcu();
	kfree(port);
}
HVR_EXPORT_SYMBOL(hvr_port_destroy);

/* ---- hypercalls of the guest ---- */

static struct synic_partition *ports_of(const struct hvr_hypercall_ctx *ctx)
{
	return hvr_partition_unit_data(ctx->pt, HVR_UNIT_SYNIC);
}

static hvr_status_t post_message(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_post_message_in *in = ctx->in;
	u32 type = le32_to_cpu(in->message_type);
	u32 size = le32_to_cpu(in->payload_size);
	hvr_status_t status = HVS_INVALID_CONNECTION_ID;
	struct hvr_port *port;

	if (type == HVMSG_NONE || (type & HYPERVISOR_MESSAGE) ||
	    size > HV_MESSAGE_PAYLOAD_BYTES)
		return HVS_INVALID_PARAMETER;
	rcu_read_lock();
	port = find_port(ports_of(ctx), le32_to_cpu(in->connection_id));
	if (port && port->ops->message)
		status = port->ops->message(port->ctx, hvr_vp_index(ctx->vp),
					    type, in->payload, size);
	rcu_read_unlock();
	return status;
}

static hvr_status_t signal_event(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_signal_event_in *in = ctx->in;
	hvr_status_t status = HVS_INVALID_CONNECTION_ID;
	u16 flag = le16_to_cpu(in->flag_number);
	struct hvr_port *port;

	if (in->reserved || flag >= HV_EVENT_FLAGS_COUNT)
		return HVS_INVALID_PARAMETER;
	rcu_read_lock();
	port = find_port(ports_of(ctx), le32_to_cpu(in->connection_id));
	if (port && port->ops->event) {
		port->ops->event(port->ctx, flag);
		status = HVS_SUCCESS;
	}
	rcu_read_unlock();
	return status;
}

/* ---- hypercalls of a VMM ---- */

static hvr_status_t signal_direct(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_signal_event_direct *in = ctx->in;
	struct hv_out_signal_event_direct *out = ctx->out;
	int ret;

	if (in->vtl)
		return HVS_INVALID_PARAMETER;
	ret = hvr_synic_signal(ctx->pt, in->vp_index, in->sint, in->flag);
	if (ret == -EINVAL)
		return HVS_INVALID_PARAMETER;
	if (ret < 0)
		return HVS_INVALID_VP_STATE;
	out->newly_signaled = ret;
	return HVS_SUCCESS;
}

static hvr_status_t post_direct(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_post_message_direct *in = ctx->in;
	const struct hv_message *msg = (const void *)in->message;
	int ret;

	if (in->vtl)
		return HVS_INVALID_PARAMETER;
	ret = hvr_synic_post(ctx->pt, in->vp_index, in->sint,
			     le32_to_cpu(msg->header.message_type),
			     msg->payload, msg->header.payload_size);
	switch (ret) {
	case 0:
		return HVS_SUCCESS;
	case -EAGAIN:
		return HVS_INSUFFICIENT_BUFFERS;
	case -ENODEV:
		return HVS_INVALID_VP_STATE;
	}
	return HVS_INVALID_PARAMETER;
}

const struct hvr_hypercall synic_hypercalls[SYNIC_NR_HYPERCALLS] = {
	{
		.code = HV_GCALL_SIGNAL_EVENT,
		.flags = HVR_HC_GUEST | HVR_HC_FAST | HVR_HC_NOSLEEP,
		.in_size = sizeof(struct hv_signal_event_in),
		.privilege = HV_PRIV_SIGNAL_EVENTS,
		.fn = signal_event,
	}, {
		.code = HV_GCALL_POST_MESSAGE,
		.flags = HVR_HC_GUEST,
		.in_size = sizeof(struct hv_post_message_in),
		.privilege = HV_PRIV_POST_MESSAGES,
		.fn = post_message,
	}, {
		.code = HV_CALL_SIGNAL_EVENT_DIRECT,
		.flags = HVR_HC_PT | HVR_HC_VP,
		.in_size = sizeof(struct hv_in_signal_event_direct),
		.out_size = sizeof(struct hv_out_signal_event_direct),
		.fn = signal_direct,
	}, {
		.code = HV_CALL_POST_MESSAGE_DIRECT,
		.flags = HVR_HC_PT | HVR_HC_VP,
		.in_size = sizeof(struct hv_in_post_message_direct),
		.fn = post_direct,
	},
};
