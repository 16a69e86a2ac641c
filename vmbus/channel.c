// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channel object: offering and revoking, opening and closing the rings, the
 * worker that takes packets, the sending side.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <hvroot/guestmem.h>

#include "internal.h"

#define UNSTICK_MS	100

/*
 * Signals. The target is read inside an RCU section, so that a retarget can wait
 * for every signal that still uses the old one.
 */
static void signal_guest(struct hvr_chan *chan)
{
	u32 vp;

	rcu_read_lock();
	vp = READ_ONCE(chan->target_vp);
	if (vp != HV_VMBUS_VP_NONE) {
		atomic64_inc(&chan->interrupts);
		/* A guest that disabled its SynIC does not want to know. */
		hvr_synic_signal(chan->bus->pt, vp, HV_VMBUS_SINT,
				 READ_ONCE(chan->relid));
	}
	rcu_read_unlock();
}

void hvr_chan_retarget(struct hvr_chan *chan, u32 vp)
{
	WRITE_ONCE(chan->target_vp, vp);
	synchronize_rcu();
}

/* HvSignalEvent on the channel's connection; VP thread, only wake. */
static void on_event(void *ctx, u16 flag)
{
	struct hvr_chan *chan = ctx;

	atomic64_inc(&chan->kicks);
	queue_work(hvr_chan_wq, &chan->work);
}

static const struct hvr_port_ops port_ops = {
	.event = on_event,
};

/* ---- the worker: one per channel, the only consumer of the inbound ring ---- */

/* Packets up to the budget. True: more may be waiting. */
static bool take_packets(struct hvr_chan *chan, bool *stalled)
{
	unsigned int budget = CHAN_BUDGET;
	struct hvr_pkt pkt;
	int ret;

	while (budget--) {
		ret = hvr_ring_in_next(&chan->in, chan->buf, &pkt);
		if (ret <= 0)
			return false;
		ret = chan->ops->receive(chan, chan->ctx, &pkt);
		if (ret == -EAGAIN) {
			*stalled = true;
			return false;
		}
		hvr_ring_in_advance(&chan->in);
		chan->packets_in++;
		if (ret) {
			chan->in.broken = true;
			return false;
		}
	}
	return true;
}

/* Did room come free for a send that had to wait? */
static bool became_writable(struct hvr_chan *chan)
{
	bool writable = false;

	spin_lock_bh(&chan->tx_lock);
	if (chan->tx_open && chan->tx_waiting &&
	    hvr_ring_out_wait(&chan->out, chan->tx_waiting_len)) {
		hvr_ring_out_unwait(&chan->out);
		chan->tx_waiting = false;
		writable = true;
	}
	spin_unlock_bh(&chan->tx_lock);
	return writable;
}

static void chan_work(struct work_struct *work)
{
	struct hvr_chan *chan = container_of(work, struct hvr_chan, work);
	bool was_broken, more, stalled = false;

	/* Pairs with the release in set_live(). */
	if (!smp_load_acquire(&chan->live))
		return;
	if (became_writable(chan) && chan->ops->writable)
		chan->ops->writable(chan, chan->ctx);
	was_broken = chan->in.broken;
	if (hvr_ring_in_mask(&chan->in)) {
		more = false;
	} else {
		more = take_packets(chan, &stalled);
		if (hvr_ring_in_publish(&chan->in))
			signal_guest(chan);
	}
	if (chan->ops->drained)
		chan->ops->drained(chan, chan->ctx);
	if (chan->in.broken) {
		/* Silent until the guest closes it; nothing spins. */
		if (!was_broken)
			pr_info_ratelimited("partition %llu: channel %u (%s): the guest broke the ring, channel stopped\n",
					    hvr_partition_id(chan->bus->pt),
					    chan->relid, chan->ops->name);
		return;
	}
	/* A stalled one comes again by hvr_chan_resume(), still masked. */
	if (!stalled && (more || hvr_ring_in_unmask(&chan->in)))
		queue_work(hvr_chan_wq, &chan->work);
}

/*
 * Some guests drop interrupts that come before they have seen the result of their
 * open: look once, a little later, whether a ring looks stuck.
 */
static void unstick_work(struct work_struct *work)
{
	struct hvr_chan *chan = container_of(to_delayed_work(work),
					     struct hvr_chan, unstick);
	bool stuck = false;

	spin_lock_bh(&chan->tx_lock);
	if (chan->tx_open)
		stuck = hvr_ring_out_reader_waits(&chan->out) ||
			hvr_ring_in_writer_waits(&chan->in);
	spin_unlock_bh(&chan->tx_lock);
	if (stuck)
		signal_guest(chan);
}

/* ---- rings up and down, under chan->lock ---- */

static int charge_pages(struct hvr_vmbus *bus, u32 pages)
{
	if (pages > CHAN_MAX_RING_PAGES)
		return -ENOSPC;
	if (atomic_add_return(pages, &bus->ring_pages) > BUS_MAX_RING_PAGES) {
		atomic_sub(pages, &bus->ring_pages);
		return -ENOSPC;
	}
	return 0;
}

static int map_pages(struct hvr_chan *chan, const u64 *gfns, u32 nr_pages)
{
	int err;

	err = charge_pages(chan->bus, nr_pages);
	if (err)
		return err;
	err = -ENOMEM;
	chan->pages = kvcalloc(nr_pages, sizeof(*chan->pages), GFP_KERNEL);
	if (!chan->pages)
		goto err_uncharge;
	err = hvr_guest_hold_pages(chan->bus->pt, gfns, nr_pages,
				   HVR_HOLD_WRITE | HVR_HOLD_LONGTERM,
				   chan->pages);
	if (err)
		goto err_free;
	err = -ENOMEM;
	chan->map = vmap(chan->pages, nr_pages, VM_MAP, PAGE_KERNEL);
	if (!chan->map)
		goto err_release;
	chan->nr_pages = nr_pages;
	return 0;

err_release:
	hvr_guest_release_pages(chan->pages, nr_pages,
				HVR_HOLD_WRITE | HVR_HOLD_LONGTERM);
err_free:
	kvfree(chan->pages);
	chan->pages = NULL;
err_uncharge:
	atomic_sub(nr_pages, &chan->bus->ring_pages);
	return err;
}

static void unmap_pages(struct hvr_chan *chan)
{
	vunmap(chan->map);
	hvr_guest_release_pages(chan->pages, chan->nr_pages,
				HVR_HOLD_WRITE | HVR_HOLD_LONGTERM);
	kvfree(chan->pages);
	atomic_sub(chan->nr_pages, &chan->bus->ring_pages);
	chan->map = NULL;
	chan->pages = NULL;
	chan->nr_pages = 0;
}

static int init_rings(struct hvr_chan *chan, u32 page_offset)
{
	u8 *in = chan->map;
	u8 *out = in + (size_t)page_offset * PAGE_SIZE;
	u32 out_pages = chan->nr_pages - page_offset;
	int err;

	err = hvr_ring_in_init(&chan->in,
			       (__force __guest struct hv_vmbus_ring_page *)in,
			       (__force __guest u8 *)(in + PAGE_SIZE),
			       (page_offset - 1) * PAGE_SIZE);
	if (err)
		return err;
	return hvr_ring_out_init(&chan->out,
				 (__force __guest struct hv_vmbus_ring_page *)out,
				 (__force __guest u8 *)(out + PAGE_SIZE),
				 (out_pages - 1) * PAGE_SIZE);
}

/* Everything but the provider: after it, signals travel both ways. */
static int rings_up(struct hvr_chan *chan, const struct hvr_gpadl *gpadl)
{
	const struct hvr_proto_open *open = &chan->proto.open;
	const u64 *gfns;
	u32 nr_pages;
	int err;

	err = hvr_gpadl_ring(gpadl, open->page_offset, &gfns, &nr_pages);
	if (err)
		return err;
	err = map_pages(chan, gfns, nr_pages);
	if (err)
		return err;
	err = init_rings(chan, open->page_offset);
	if (err)
		goto err_unmap;
	err = -ENOMEM;
	chan->buf = kvmalloc(sizeof(*chan->buf), GFP_KERNEL);
	if (!chan->buf)
		goto err_unmap;

	WRITE_ONCE(chan->relid, chan->proto.relid);
	WRITE_ONCE(chan->target_vp, open->target_vp);
	spin_lock_bh(&chan->tx_lock);
	chan->tx_open = true;
	chan->tx_waiting = false;
	spin_unlock_bh(&chan->tx_lock);
	chan->up = true;
	atomic_inc(&chan->bus->nr_open);
	return 0;

err_unmap:
	unmap_pages(chan);
	return err;
}

/*
 * The end of an open, in stages:
 *
 * 1. No new send and no new packet. A sender that is inside holds tx_lock, a
 *    worker that runs is still allowed to finish its batch.
 * 2. No new signal of the guest: the port is gone when its destroy returns.
 * 3. The worker is waited for. It may be queued again by hvr_chan_resume() of a
 *    request that the provider still works on; it finds the channel not live.
 * 4. The provider ends or abandons its requests.
 * 5. Nobody but this function knows the rings now; they go.
 */
static void rings_down(struct hvr_chan *chan, bool tell_provider)
{
	if (!chan->up)
		return;
	WRITE_ONCE(chan->live, false);
	spin_lock_bh(&chan->tx_lock);
	chan->tx_open = false;
	spin_unlock_bh(&chan->tx_lock);

	if (chan->port)
		hvr_port_destroy(chan->port);
	chan->port = NULL;

	cancel_delayed_work_sync(&chan->unstick);
	cancel_work_sync(&chan->work);

	chan->open_pending = false;
	if (tell_provider)
		chan->ops->close(chan, chan->ctx);

	cancel_work_sync(&chan->work);
	unmap_pages(chan);
	kvfree(chan->buf);
	chan->buf = NULL;
	chan->up = false;
	atomic_dec(&chan->bus->nr_open);
}

static void set_live(struct hvr_chan *chan)
{
	/* Pairs with the acquire in chan_work(): the rings are whole. */
	smp_store_release(&chan->live, true);
}

/* 0, -EINPROGRESS, or an errno: then everything is down again. */
static int device_open(struct hvr_chan *chan, const struct hvr_gpadl *gpadl)
{
	u32 connection;
	int err;

	lockdep_assert_held(&chan->lock);
	if (chan->revoked || chan->gone || chan->up)
		return -ENODEV;
	err = rings_up(chan, gpadl);
	if (err)
		return err;
	connection = chan->relid | HV_VMBUS_SINT << 12;
	chan->port = hvr_port_create(chan->bus->pt, connection, &port_ops, chan);
	if (IS_ERR(chan->port)) {
		err = PTR_ERR(chan->port);
		chan->port = NULL;
		goto err_down;
	}
	chan->open_pending = true;
	err = chan->ops->open(chan, chan->ctx);
	if (err && err != -EINPROGRESS)
		goto err_down;
	chan->open_pending = err;
	if (!err)
		set_live(chan);
	return err;

err_down:
	rings_down(chan, false);
	return err;
}

/* The guest may have written and signalled before the channel was live. */
static void start_traffic(struct hvr_chan *chan)
{
	queue_work(hvr_chan_wq, &chan->work);
	queue_delayed_work(hvr_chan_wq, &chan->unstick,
			   msecs_to_jiffies(UNSTICK_MS));
}

/* The rings are down: their pages are the guest's again. */
static void drop_view_locked(struct hvr_chan *chan)
{
	struct hvr_gpadl *view = chan->view;

	lockdep_assert_held(&chan->bus->lock);
	chan->view = NULL;
	if (view)
		hvr_proto_put_view(&chan->bus->proto, &chan->proto, view);
}

static void lock_chan(struct hvr_chan *chan)
{
	/* A primary's close revokes its sub-channels. */
	mutex_lock_nested(&chan->lock, !!chan->proto.sub_index);
}

/* Tell the state machine; chan->lock held, so that answers keep their order. */
static void report_opened(struct hvr_chan *chan, int err)
{
	struct hvr_vmbus *bus = chan->bus;

	lockdep_assert_held(&chan->lock);
	mutex_lock(&bus->lock);
	if (err)
		drop_view_locked(chan);
	hvr_proto_opened(&bus->proto, &chan->proto, !err);
	mutex_unlock(&bus->lock);
}

static void report_closed(struct hvr_chan *chan)
{
	struct hvr_vmbus *bus = chan->bus;

	lockdep_assert_held(&chan->lock);
	mutex_lock(&bus->lock);
	drop_view_locked(chan);
	hvr_proto_closed(&bus->proto, &chan->proto);
	mutex_unlock(&bus->lock);
}

static struct hvr_gpadl *take_view(struct hvr_chan *chan)
{
	struct hvr_vmbus *bus = chan->bus;
	struct hvr_gpadl *view;

	mutex_lock(&bus->lock);
	view = hvr_proto_get_view(&bus->proto, &chan->proto,
				  chan->proto.open.ring_gpadl);
	if (!IS_ERR(view))
		chan->view = view;
	mutex_unlock(&bus->lock);
	return view;
}

void hvr_chan_run_open(struct hvr_chan *chan)
{
	struct hvr_gpadl *view;
	int err;

	lock_chan(chan);
	view = take_view(chan);
	err = PTR_ERR_OR_ZERO(view);
	if (!err)
		err = device_open(chan, view);
	if (err != -EINPROGRESS)
		report_opened(chan, err);
	if (!err)
		start_traffic(chan);
	mutex_unlock(&chan->lock);
	if (err && err != -EINPROGRESS)
		pr_info_ratelimited("partition %llu: channel %u (%s): open refused: %d\n",
				    hvr_partition_id(chan->bus->pt),
				    chan->proto.relid, chan->ops->name, err);
}

int hvr_chan_open_done(struct hvr_chan *chan, int err)
{
	bool pending;

	lock_chan(chan);
	pending = chan->open_pending;
	chan->open_pending = false;
	if (pending) {
		if (err)
			rings_down(chan, false);
		else
			set_live(chan);
		report_opened(chan, err);
		if (!err)
			start_traffic(chan);
	}
	mutex_unlock(&chan->lock);
	if (!pending)
		return -ENOTCONN;
	hvr_bus_kick(chan->bus);
	return 0;
}
HVR_EXPORT_SYMBOL(hvr_chan_open_done);

void hvr_chan_run_close(struct hvr_chan *chan)
{
	lock_chan(chan);
	rings_down(chan, true);
	report_closed(chan);
	mutex_unlock(&chan->lock);
}

/* The provider learns that it may not serve the channel any more. */
static void device_gone(struct hvr_chan *chan)
{
	lockdep_assert_held(&chan->lock);
	rings_down(chan, true);
	chan->gone = true;
	if (!chan->revoked && chan->ops->gone)
		chan->ops->gone(chan, chan->ctx);
}

void hvr_chan_bus_gone(struct hvr_chan *chan)
{
	lock_chan(chan);
	device_gone(chan);
	report_closed(chan);
	mutex_unlock(&chan->lock);
}

void hvr_chan_owner_gone(struct hvr_chan *chan)
{
	struct hvr_vmbus *bus = chan->bus;

	lock_chan(chan);
	if (chan->ops->leave) {
		if (!chan->revoked)
			chan->ops->leave(chan, chan->ctx);
		mutex_unlock(&chan->lock);
		return;
	}
	mutex_lock(&bus->lock);
	hvr_proto_revoke(&bus->proto, &chan->proto);
	mutex_unlock(&bus->lock);
	device_gone(chan);
	mutex_lock(&bus->lock);
	drop_view_locked(chan);
	hvr_proto_device_gone(&bus->proto, &chan->proto);
	mutex_unlock(&bus->lock);
	mutex_unlock(&chan->lock);
	hvr_bus_kick(bus);
}

/* ---- offering and revoking ---- */

static void chan_release(struct kref *ref)
{
	struct hvr_chan *chan = container_of(ref, struct hvr_chan, ref);

	mutex_destroy(&chan->lock);
	hvr_vmbus_put(chan->bus);
	kfree(chan);
}

void hvr_chan_put(struct hvr_chan *chan)
{
	kref_put(&chan->ref, chan_release);
}

static void fill_offer(struct hvr_proto_chan *proto, const struct hvr_offer *offer)
{
	__le32 pipe = cpu_to_le32(HV_VMBUS_PIPE_MESSAGE);

	static_assert(sizeof(offer->type) == sizeof(proto->type));
	memcpy(proto->type, &offer->type, sizeof(proto->type));
	memcpy(proto->instance, &offer->instance, sizeof(proto->instance));
	memcpy(proto->user_defined, offer->user_defined,
	       sizeof(proto->user_defined));
	proto->flags = offer->flags;
	proto->mmio_mb = offer->mmio_mb;
	proto->sub_index = offer->sub_index;
	if (offer->pipe) {
		proto->flags |= HV_VMBUS_OFFER_NAMED_PIPE;
		if (!memchr_inv(proto->user_defined, 0, sizeof(pipe)))
			memcpy(proto->user_defined, &pipe, sizeof(pipe));
	}
}

static struct hvr_chan *chan_alloc(struct hvr_vmbus *bus,
				   const struct hvr_offer *offer,
				   const struct hvr_vsp_ops *ops, void *ctx)
{
	struct hvr_chan *chan = kzalloc(sizeof(*chan), GFP_KERNEL_ACCOUNT);

	if (!chan)
		return NULL;
	/* One reference for the provider, one for the bus's list. */
	kref_init(&chan->ref);
	kref_get(&chan->ref);
	kref_get(&bus->ref);
	chan->bus = bus;
	chan->ops = ops;
	chan->ctx = ctx;
	chan->target_vp = HV_VMBUS_VP_NONE;
	mutex_init(&chan->lock);
	spin_lock_init(&chan->tx_lock);
	INIT_WORK(&chan->work, chan_work);
	INIT_DELAYED_WORK(&chan->unstick, unstick_work);
	fill_offer(&chan->proto, offer);
	return chan;
}

struct hvr_chan *hvr_chan_create(struct hvr_vmbus *bus,
				 const struct hvr_offer *offer,
				 const struct hvr_vsp_ops *ops, void *ctx,
				 bool user)
{
	struct hvr_chan *chan;
	int err = -ENODEV;

	if (!try_module_get(ops->owner))
		return ERR_PTR(-ENODEV);
	chan = chan_alloc(bus, offer, ops, ctx);
	if (!chan) {
		module_put(ops->owner);
		return ERR_PTR(-ENOMEM);
	}
	chan->user = user;
	mutex_lock(&bus->lock);
	if (!bus->dead && bus->owned)
		err = hvr_proto_offer(&bus->proto, &chan->proto);
	mutex_unlock(&bus->lock);
	if (err) {
		hvr_chan_put(chan);
		hvr_chan_put(chan);
		module_put(ops->owner);
		return ERR_PTR(err);
	}
	hvr_bus_kick(bus);
	return chan;
}

struct hvr_chan *hvr_chan_offer(struct hvr_vmbus *bus,
				const struct hvr_offer *offer,
				const struct hvr_vsp_ops *ops, void *ctx)
{
	return hvr_chan_create(bus, offer, ops, ctx, false);
}
HVR_EXPORT_SYMBOL(hvr_chan_offer);

/*
 * The end of a channel, in stages:
 *
 * 1. The guest is told; the state machine asks nothing of the device any more.
 *    The bus worker may be opening or closing it right now.
 * 2. With chan->lock held that is over, and a later one finds it revoked. The
 *    rings go; the provider's last close may come from here.
 * 3. The page list's view is dropped, which may answer the guest's teardown.
 *    The state machine keeps the object until the guest releases the relid, or
 *    disconnects, or the bus goes; it calls no provider any more.
 * 4. A worker queued by a late hvr_chan_resume() finds the channel not live; it
 *    is waited for before the provider's module may go.
 */
void hvr_chan_revoke(struct hvr_chan *chan)
{
	struct hvr_vmbus *bus = chan->bus;
	struct module *owner = chan->ops->owner;

	mutex_lock(&bus->lock);
	hvr_proto_revoke(&bus->proto, &chan->proto);
	mutex_unlock(&bus->lock);

	lock_chan(chan);
	chan->revoked = true;
	rings_down(chan, true);
	mutex_lock(&bus->lock);
	drop_view_locked(chan);
	hvr_proto_device_gone(&bus->proto, &chan->proto);
	mutex_unlock(&bus->lock);
	mutex_unlock(&chan->lock);
	hvr_bus_kick(bus);

	cancel_work_sync(&chan->work);
	if (chan->ops->release)
		chan->ops->release(chan, chan->ctx);
	hvr_chan_put(chan);
	module_put(owner);
}
HVR_EXPORT_SYMBOL(hvr_chan_revoke);

/* ---- sending ---- */

int hvr_chan_send(struct hvr_chan *chan, u16 type, u16 flags, u64 trans_id,
		  const void *payload, u32 len)
{
	bool signal = false;
	int err = -ENOTCONN;

	spin_lock_bh(&chan->tx_lock);
	if (!chan->tx_open)
		goto out;
	err = hvr_ring_out_put(&chan->out, type, flags, trans_id, payload, len);
	if (err == -EAGAIN) {
		/* The guest must see what is there, or it frees nothing. */
		signal = hvr_ring_out_publish(&chan->out);
		if (hvr_ring_out_wait(&chan->out, len))
			err = hvr_ring_out_put(&chan->out, type, flags,
					       trans_id, payload, len);
		if (err == -EAGAIN) {
			chan->tx_waiting = true;
			chan->tx_waiting_len = len;
		} else if (!chan->tx_waiting) {
			hvr_ring_out_unwait(&chan->out);
		}
	}
	if (!err) {
		chan->packets_out++;
		if (!chan->tx_batch)
			signal |= hvr_ring_out_publish(&chan->out);
	}
out:
	spin_unlock_bh(&chan->tx_lock);
	if (signal)
		signal_guest(chan);
	return err;
}
HVR_EXPORT_SYMBOL(hvr_chan_send);

void hvr_chan_send_begin(struct hvr_chan *chan)
{
	spin_lock_bh(&chan->tx_lock);
	chan->tx_batch++;
	spin_unlock_bh(&chan->tx_lock);
}
HVR_EXPORT_SYMBOL(hvr_chan_send_begin);

void hvr_chan_send_end(struct hvr_chan *chan)
{
	bool signal = false;

	spin_lock_bh(&chan->tx_lock);
	if (!--chan->tx_batch && chan->tx_open)
		signal = hvr_ring_out_publish(&chan->out);
	spin_unlock_bh(&chan->tx_lock);
	if (signal)
		signal_guest(chan);
}
HVR_EXPORT_SYMBOL(hvr_chan_send_end);

void hvr_chan_resume(struct hvr_chan *chan)
{
	queue_work(hvr_chan_wq, &chan->work);
}
HVR_EXPORT_SYMBOL(hvr_chan_resume);

u32 hvr_chan_target_vp(struct hvr_chan *chan)
{
	return READ_ONCE(chan->target_vp);
}
HVR_EXPORT_SYMBOL(hvr_chan_target_vp);

struct hvr_partition *hvr_chan_partition(struct hvr_chan *chan)
{
	return chan->bus->pt;
}
HVR_EXPORT_SYMBOL(hvr_chan_partition);

void *hvr_chan_ctx(struct hvr_chan *chan)
{
	return chan->ctx;
}
HVR_EXPORT_SYMBOL(hvr_chan_ctx);
