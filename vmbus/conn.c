// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plumbing of one bus: message ports, queues both ways, the worker that drives the
 * state machine, creation and the end.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <hvroot/vmbus_ctl.h>

#include "internal.h"

#define RETRY_MS_FIRST	1
#define RETRY_MS_LAST	64

static struct hvr_vmbus *to_bus(struct hvr_proto *proto)
{
	return container_of(proto, struct hvr_vmbus, proto);
}

void hvr_bus_kick(struct hvr_vmbus *bus)
{
	if (!READ_ONCE(bus->dead))
		mod_delayed_work(hvr_bus_wq, &bus->work, 0);
}

/* ---- from the guest: runs in its VP threads, never sleeps ---- */

static hvr_status_t on_message(void *ctx, u32 vp_index, u32 type,
			       const void *payload, u32 size)
{
	struct hvr_bus_port *port = ctx;
	struct hvr_vmbus *bus = port->bus;
	struct hvr_bus_message *msg;
	unsigned long irqflags;
	bool queued;

	if (type != HV_VMBUS_MESSAGE_TYPE || size > sizeof(msg->data)) {
		atomic64_inc(&bus->messages_bad);
		return HVS_INVALID_PARAMETER;
	}
	msg = kmalloc(sizeof(*msg), GFP_NOWAIT | __GFP_NOWARN);
	if (!msg)
		return HVS_INSUFFICIENT_BUFFERS;
	msg->len = size;
	msg->multiclient = port->multiclient;
	memcpy(msg->data, payload, size);

	spin_lock_irqsave(&bus->in_lock, irqflags);
	queued = bus->nr_in < BUS_MAX_MESSAGES_IN;
	if (queued) {
		list_add_tail(&msg->node, &bus->in);
		bus->nr_in++;
	}
	spin_unlock_irqrestore(&bus->in_lock, irqflags);
	if (!queued) {
		kfree(msg);
		return HVS_INSUFFICIENT_BUFFERS;
	}
	hvr_bus_kick(bus);
	return HVS_SUCCESS;
}

static const struct hvr_port_ops port_ops = {
	.message = on_message,
};

static void free_messages(struct list_head *list)
{
	struct hvr_bus_message *msg, *tmp;

	list_for_each_entry_safe(msg, tmp, list, node) {
		list_del(&msg->node);
		kfree(msg);
	}
}

/* Drop what the guest sent before; @reset: the worker shall reset the bus. */
static void drop_input(struct hvr_vmbus *bus, bool reset)
{
	unsigned long irqflags;
	LIST_HEAD(dropped);

	spin_lock_irqsave(&bus->in_lock, irqflags);
	list_splice_init(&bus->in, &dropped);
	bus->nr_in = 0;
	bus->reset = reset;
	spin_unlock_irqrestore(&bus->in_lock, irqflags);
	free_messages(&dropped);
}

static struct hvr_bus_message *next_input(struct hvr_vmbus *bus)
{
	struct hvr_bus_message *msg;
	unsigned long irqflags;

	spin_lock_irqsave(&bus->in_lock, irqflags);
	msg = list_first_entry_or_null(&bus->in, struct hvr_bus_message, node);
	/* What comes after a reset waits until the reset is done. */
	if (bus->reset)
		msg = NULL;
	if (msg) {
		list_del(&msg->node);
		bus->nr_in--;
	}
	spin_unlock_irqrestore(&bus->in_lock, irqflags);
	return msg;
}

static bool take_reset(struct hvr_vmbus *bus)
{
	unsigned long irqflags;
	bool reset;

	spin_lock_irqsave(&bus->in_lock, irqflags);
	reset = bus->reset;
	bus->reset = false;
	spin_unlock_irqrestore(&bus->in_lock, irqflags);
	return reset;
}

/* ---- actions of the state machine; bus->lock held ---- */

static void proto_send(struct hvr_proto *proto, const void *data, u32 len)
{
	struct hvr_vmbus *bus = to_bus(proto);
	struct hvr_bus_message *msg;

	if (bus->dead)
		return;
	/* A reply must not get lost; few are queued, see bus_step_locked(). */
	msg = kmalloc(sizeof(*msg), GFP_KERNEL | __GFP_NOFAIL);
	msg->len = min_t(u32, len, sizeof(msg->data));
	memcpy(msg->data, data, msg->len);
	list_add_tail(&msg->node, &bus->out);
}

static void count_post(struct hvr_vmbus *bus, int err)
{
	if (!err) {
		atomic64_inc(&bus->messages_out);
		return;
	}
	atomic64_inc(&bus->messages_dropped);
	pr_info_ratelimited("partition %llu: the guest's SynIC takes no bus message: %d\n",
			    hvr_partition_id(bus->pt), err);
}

static void proto_send_once(struct hvr_proto *proto, u32 vp, u32 sint,
			    const void *data, u32 len)
{
	struct hvr_vmbus *bus = to_bus(proto);

	if (!bus->dead && sint < HV_SYNIC_SINT_COUNT)
		count_post(bus, hvr_synic_post(bus->pt, vp, sint,
					       HV_VMBUS_MESSAGE_TYPE, data, len));
}

static bool proto_vp_exists(struct hvr_proto *proto, u32 vp)
{
	return vp < HVR_MAX_VPS && hvr_partition_vp(to_bus(proto)->pt, vp);
}

static void proto_retarget(struct hvr_proto *proto, struct hvr_proto_chan *ch,
			   u32 vp)
{
	hvr_chan_retarget(to_chan(ch), vp);
}

static void proto_device(struct hvr_proto *proto, struct hvr_proto_chan *ch)
{
	hvr_bus_kick(to_bus(proto));
}

static void proto_disconnected(struct hvr_proto *proto)
{
	struct hvr_vmbus *bus = to_bus(proto);

	/* The next user of this SINT must not see the last connection's mail. */
	hvr_synic_flush(bus->pt, proto->contact_vp, HV_VMBUS_SINT);
}

static void proto_free_chan(struct hvr_proto *proto, struct hvr_proto_chan *ch)
{
	hvr_chan_put(to_chan(ch));
}

static const struct hvr_proto_ops proto_ops = {
	.send = proto_send,
	.send_once = proto_send_once,
	.vp_exists = proto_vp_exists,
	.retarget = proto_retarget,
	.device = proto_device,
	.disconnected = proto_disconnected,
	.free_chan = proto_free_chan,
};

/* ---- the worker ---- */

enum bus_step {
	STEP_IDLE,	/* nothing to do */
	STEP_STUCK,	/* the guest's SynIC takes nothing more for now */
	STEP_DONE,	/* something was done, call again */
	STEP_DEVICE,	/* a device shall open or close */
};

/* True: everything is with the SynIC. */
static bool flush_output_locked(struct hvr_vmbus *bus)
{
	struct hvr_bus_message *msg, *tmp;
	int err;

	list_for_each_entry_safe(msg, tmp, &bus->out, node) {
		err = hvr_synic_post(bus->pt, bus->proto.contact_vp,
				     HV_VMBUS_SINT, HV_VMBUS_MESSAGE_TYPE,
				     msg->data, msg->len);
		if (err == -EAGAIN)
			return false;
		count_post(bus, err);
		list_del(&msg->node);
		kfree(msg);
		bus->retry_ms = 0;
	}
	return true;
}

static struct hvr_chan *find_wanting_locked(struct hvr_vmbus *bus)
{
	struct hvr_proto_chan *ch;

	list_for_each_entry(ch, &bus->proto.chans, node)
		if (ch->want != WANT_NOTHING)
			return to_chan(ch);
	return NULL;
}

static void obey_locked(struct hvr_vmbus *bus, const struct hvr_bus_message *msg)
{
	struct hvr_proto_in in = {
		.data = msg->data,
		.len = msg->len,
		.multiclient = msg->multiclient,
	};
	const char *why = hvr_proto_message(&bus->proto, &in);

	atomic64_inc(&bus->messages_in);
	if (!why)
		return;
	atomic64_inc(&bus->messages_bad);
	pr_info_ratelimited("partition %llu: bus message %u of %u bytes refused: %s\n",
			    hvr_partition_id(bus->pt),
			    msg->len >= 4 ? le32_to_cpup((void *)msg->data) : 0,
			    msg->len, why);
}

/*
 * One thing at a time. While a message to the guest waits, none is taken from it:
 * a guest message makes a bounded number of replies, so this bounds the queue.
 */
static enum bus_step bus_step_locked(struct hvr_vmbus *bus,
				     struct hvr_chan **chan,
				     enum hvr_proto_want *what)
{
	struct hvr_bus_message *msg;
	bool flushed;

	if (bus->dead)
		return STEP_IDLE;
	if (take_reset(bus)) {
		free_messages(&bus->out);
		hvr_proto_reset(&bus->proto);
		return STEP_DONE;
	}
	flushed = flush_output_locked(bus);
	*chan = find_wanting_locked(bus);
	if (*chan) {
		kref_get(&(*chan)->ref);
		*what = hvr_proto_take(&(*chan)->proto);
		return STEP_DEVICE;
	}
	if (!flushed)
		return STEP_STUCK;
	if (!hvr_proto_accepts(&bus->proto))
		return STEP_IDLE;
	msg = next_input(bus);
	if (!msg)
		return STEP_IDLE;
	obey_locked(bus, msg);
	kfree(msg);
	return STEP_DONE;
}

static void bus_work(struct work_struct *work)
{
	struct hvr_vmbus *bus = container_of(to_delayed_work(work),
					     struct hvr_vmbus, work);
	unsigned int budget = BUS_BUDGET;
	enum hvr_proto_want what;
	struct hvr_chan *chan;
	enum bus_step step;

	do {
		mutex_lock(&bus->lock);
		step = bus_step_locked(bus, &chan, &what);
		if (step == STEP_STUCK)
			bus->retry_ms = clamp_t(unsigned int, bus->retry_ms * 2,
						RETRY_MS_FIRST, RETRY_MS_LAST);
		mutex_unlock(&bus->lock);
		if (step == STEP_DEVICE) {
			if (what == WANT_OPEN)
				hvr_chan_run_open(chan);
			else
				hvr_chan_run_close(chan);
			hvr_chan_put(chan);
		}
	} while ((step == STEP_DONE || step == STEP_DEVICE) && --budget);

	/* A kick since then has queued the work already; this does not delay it. */
	if (step == STEP_STUCK)
		queue_delayed_work(hvr_bus_wq, &bus->work,
				   msecs_to_jiffies(bus->retry_ms));
	else if (step != STEP_IDLE)
		hvr_bus_kick(bus);
}

/* ---- listener ---- */

static void on_reset(struct hvr_partition_listener *l)
{
	struct hvr_vmbus *bus = container_of(l, struct hvr_vmbus, listener);

	drop_input(bus, true);
	hvr_bus_kick(bus);
}

/*
 * The bus stops, in stages. Called by the death of the partition or by its owner,
 * one after the other, never at once.
 *
 * 1. Dead: no new offer, no message is queued for the guest. The worker and
 *    providers may be inside; they find the flag under bus->lock.
 * 2. The ports go: no VP thread is inside or comes any more.
 * 3. The worker is waited for. A kick that has read the flag before may queue it
 *    once more; it then finds the bus dead. bus_release() waits for that one.
 * 4. Every channel closes and its provider is told. A provider may revoke at the
 *    same time: chan->lock makes one of the two first, the other finds nothing.
 *    A provider that revokes later only finds the state machine at rest.
 * 5. Queues go. Channels not yet revoked keep the bus (and the partition).
 * 6. Who polls the descriptor learns of it.
 */
static void bus_stop(struct hvr_vmbus *bus)
{
	struct hvr_proto_chan *ch;
	struct hvr_chan *chan;
	unsigned int i;

	if (bus->stopped)
		return;
	bus->stopped = true;
	mutex_lock(&bus->lock);
	WRITE_ONCE(bus->dead, true);
	mutex_unlock(&bus->lock);

	for (i = 0; i < ARRAY_SIZE(bus->ports); i++)
		if (!IS_ERR_OR_NULL(bus->ports[i].port))
			hvr_port_destroy(bus->ports[i].port);

	cancel_delayed_work_sync(&bus->work);

	mutex_lock(&bus->lock);
	hvr_proto_reset(&bus->proto);
	do {
		chan = NULL;
		list_for_each_entry(ch, &bus->proto.chans, node) {
			if (!to_chan(ch)->told_gone) {
				chan = to_chan(ch);
				break;
			}
		}
		if (!chan)
			break;
		chan->told_gone = true;
		kref_get(&chan->ref);
		mutex_unlock(&bus->lock);
		hvr_chan_bus_gone(chan);
		hvr_chan_put(chan);
		mutex_lock(&bus->lock);
	} while (chan);
	free_messages(&bus->out);
	mutex_unlock(&bus->lock);
	drop_input(bus, false);
	wake_up_all(&bus->wait);
}

/* The listener is off its list when this runs, and not looked at afterwards. */
static void on_dead(struct hvr_partition_listener *l)
{
	struct hvr_vmbus *bus = container_of(l, struct hvr_vmbus, listener);

	bus_stop(bus);
	if (!hvr_bus_claim(bus))
		return;
	hvr_bus_unpublish(bus);
	hvr_vmbus_put(bus);
}

/* ---- life ---- */

static int create_ports(struct hvr_vmbus *bus)
{
	static const u32 ids[ARRAY_SIZE(bus->ports)] = {
		HV_VMBUS_CONNECTION_CLASSIC, HV_VMBUS_CONNECTION_MULTICLIENT,
	};
	struct hvr_bus_port *port;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bus->ports); i++) {
		port = &bus->ports[i];
		port->bus = bus;
		port->multiclient = ids[i] == HV_VMBUS_CONNECTION_MULTICLIENT;
		port->port = hvr_port_create(bus->pt, ids[i], &port_ops, port);
		if (IS_ERR(port->port))
			return PTR_ERR(port->port);
	}
	return 0;
}

static struct hvr_vmbus *bus_alloc(struct hvr_partition *pt)
{
	struct hvr_vmbus *bus = kzalloc(sizeof(*bus), GFP_KERNEL_ACCOUNT);

	if (!bus)
		return NULL;
	kref_init(&bus->ref);
	bus->pt = pt;
	mutex_init(&bus->lock);
	spin_lock_init(&bus->in_lock);
	init_waitqueue_head(&bus->wait);
	INIT_LIST_HEAD(&bus->node);
	INIT_LIST_HEAD(&bus->in);
	INIT_LIST_HEAD(&bus->out);
	INIT_DELAYED_WORK(&bus->work, bus_work);
	hvr_proto_init(&bus->proto, &proto_ops, hvr_bus_max_version);
	bus->listener.reset = on_reset;
	bus->listener.dead = on_dead;
	return bus;
}

static void set_owned(struct hvr_vmbus *bus, bool owned)
{
	mutex_lock(&bus->lock);
	bus->owned = owned;
	mutex_unlock(&bus->lock);
}

/* A bus that another owner left behind has its own reference on the partition. */
static struct hvr_vmbus *take_over(struct hvr_vmbus *bus, struct hvr_partition *pt)
{
	set_owned(bus, true);
	if (hvr_bus_is_dead(bus)) {
		hvr_bus_destroy(bus);
		return ERR_PTR(-ENODEV);
	}
	hvr_partition_put(pt);
	return bus;
}

struct hvr_vmbus *hvr_bus_create(struct hvr_partition *pt)
{
	struct hvr_vmbus *bus = hvr_bus_adopt(pt);
	int err;

	if (bus)
		return take_over(bus, pt);
	bus = bus_alloc(pt);
	if (!bus)
		return ERR_PTR(-ENOMEM);
	bus->owned = true;
	err = create_ports(bus);
	if (err)
		goto err_stop;
	/* Calls on_dead() at once when the partition is dead already. */
	hvr_partition_listen(pt, &bus->listener);
	err = -ENODEV;
	if (READ_ONCE(bus->dead))
		goto err_unlisten;
	hvr_bus_publish(bus);
	return bus;

err_unlisten:
	hvr_partition_unlisten(pt, &bus->listener);
err_stop:
	bus_stop(bus);
	/* The caller keeps the partition. */
	hvr_partition_get(pt);
	hvr_vmbus_put(bus);
	return ERR_PTR(err);
}

/*
 * The owner goes and the partition lives on. In stages:
 *
 * 1. No new offer; one that comes late finds the flag under bus->lock.
 * 2. Each channel is rescinded by its provider or for it. A provider may revoke at
 *    the same time: chan->lock makes one of the two first.
 * 3. Nobody owns the bus. The worker sends what is queued, hears what the guest
 *    releases, and takes its connects and disconnects.
 * 4. A partition that died before stage 3 has stopped the bus but could not claim
 *    it; one that dies now does: one of the two frees it.
 */
void hvr_bus_leave(struct hvr_vmbus *bus)
{
	struct hvr_proto_chan *ch;
	struct hvr_chan *chan;

	/* The owner's reference may go to another with stage 3. */
	kref_get(&bus->ref);
	mutex_lock(&bus->lock);
	bus->owned = false;
	do {
		chan = NULL;
		list_for_each_entry(ch, &bus->proto.chans, node) {
			if (!to_chan(ch)->told_left && !to_chan(ch)->told_gone) {
				chan = to_chan(ch);
				break;
			}
		}
		if (!chan)
			break;
		chan->told_left = true;
		kref_get(&chan->ref);
		mutex_unlock(&bus->lock);
		hvr_chan_owner_gone(chan);
		hvr_chan_put(chan);
		mutex_lock(&bus->lock);
	} while (chan);
	mutex_unlock(&bus->lock);

	hvr_bus_orphan(bus);
	/* A claim that failed was before that, hence the death, too. */
	if (hvr_bus_is_dead(bus) && hvr_bus_claim(bus))
		hvr_bus_destroy(bus);
	hvr_vmbus_put(bus);
}

bool hvr_bus_is_dead(const struct hvr_vmbus *bus)
{
	return READ_ONCE(bus->dead);
}

void hvr_bus_destroy(struct hvr_vmbus *bus)
{
	hvr_bus_unpublish(bus);
	hvr_partition_unlisten(bus->pt, &bus->listener);
	bus_stop(bus);
	hvr_vmbus_put(bus);
}

static void bus_release(struct kref *ref)
{
	struct hvr_vmbus *bus = container_of(ref, struct hvr_vmbus, ref);

	cancel_delayed_work_sync(&bus->work);
	mutex_destroy(&bus->lock);
	hvr_partition_put(bus->pt);
	kfree(bus);
}

void hvr_vmbus_put(struct hvr_vmbus *bus)
{
	kref_put(&bus->ref, bus_release);
}
HVR_EXPORT_SYMBOL(hvr_vmbus_put);

struct hvr_partition *hvr_vmbus_partition(struct hvr_vmbus *bus)
{
	return bus->pt;
}
HVR_EXPORT_SYMBOL(hvr_vmbus_partition);

/* ---- looking ---- */

void hvr_bus_info(struct hvr_vmbus *bus, struct hvr_vmbus_info *info)
{
	static const u8 states[] = {
		[PROTO_DISCONNECTED] = HVR_BUS_DISCONNECTED,
		[PROTO_CONNECTED] = HVR_BUS_CONNECTED,
		[PROTO_DISCONNECTING] = HVR_BUS_DISCONNECTING,
	};
	const struct hvr_proto *proto = &bus->proto;

	memset(info, 0, sizeof(*info));
	info->partition_id = hvr_partition_id(bus->pt);
	mutex_lock(&bus->lock);
	info->state = bus->dead ? HVR_BUS_DEAD : states[proto->state];
	info->version = proto->version;
	info->contact_vp = proto->contact_vp;
	info->nr_channels = proto->nr_chans;
	info->nr_gpadls = proto->gpadls.count;
	info->gpadl_pages = proto->gpadls.words;
	info->connects = proto->connects;
	mutex_unlock(&bus->lock);
	info->nr_open = atomic_read(&bus->nr_open);
	info->messages_in = atomic64_read(&bus->messages_in);
	info->messages_out = atomic64_read(&bus->messages_out);
	info->messages_bad = atomic64_read(&bus->messages_bad);
}

static u8 chan_state(const struct hvr_proto_chan *ch)
{
	static const u8 states[] = {
		[CH_RELEASED] = HVR_CHAN_OFFERED,
		[CH_CLOSED] = HVR_CHAN_OFFERED,
		[CH_OPENING] = HVR_CHAN_OPENING,
		[CH_OPEN] = HVR_CHAN_OPEN,
		[CH_CLOSING] = HVR_CHAN_CLOSING,
		[CH_CLOSING_REOPEN] = HVR_CHAN_CLOSING,
		[CH_REVOKED] = HVR_CHAN_REVOKED,
		[CH_OPENING_RELEASED] = HVR_CHAN_CLOSING,
		[CH_CLOSING_RELEASED] = HVR_CHAN_CLOSING,
	};

	return ch->revoked ? HVR_CHAN_REVOKED : states[ch->state];
}

u32 hvr_bus_channels(struct hvr_vmbus *bus, struct hvr_vmbus_channel *list,
		     u32 room)
{
	struct hvr_vmbus_channel *entry;
	struct hvr_proto_chan *ch;
	struct hvr_chan *chan;
	u32 n = 0;

	mutex_lock(&bus->lock);
	list_for_each_entry(ch, &bus->proto.chans, node) {
		if (n++ >= room)
			continue;
		chan = to_chan(ch);
		entry = &list[n - 1];
		memset(entry, 0, sizeof(*entry));
		memcpy(entry->type, ch->type, sizeof(entry->type));
		memcpy(entry->instance, ch->instance, sizeof(entry->instance));
		entry->relid = ch->relid;
		entry->state = chan_state(ch);
		entry->user = chan->user;
		entry->sub_index = ch->sub_index;
		entry->target_vp = READ_ONCE(chan->target_vp);
		/* Counters of the running channel: read as they come. */
		entry->packets_in = READ_ONCE(chan->packets_in);
		entry->packets_out = READ_ONCE(chan->packets_out);
		entry->interrupts = atomic64_read(&chan->interrupts);
		entry->kicks = atomic64_read(&chan->kicks);
	}
	mutex_unlock(&bus->lock);
	return n;
}
