// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding of a portal group to a partition's bus: nexus in the target core,
 * primary channel, sub-channels; and the ways in which it ends.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "internal.h"

/* SCSI controller of a synthetic storage stack. */
static const guid_t scsi_controller =
	GUID_INIT(0xba6163d9, 0x04a1, 0x4d29, 0xb6, 0x05, 0x72, 0xe2, 0xff,
		  0xb1, 0xdc, 0x7f);

static struct hvr_chan *offer_channel(struct storvsp_ctlr *ctlr,
				      struct storvsp_chan *ch)
{
	struct hvr_offer *offer = kzalloc(sizeof(*offer), GFP_KERNEL);
	struct hvr_chan *chan;

	if (!offer)
		return ERR_PTR(-ENOMEM);
	offer->type = scsi_controller;
	offer->instance = ctlr->instance;
	offer->sub_index = ch->index;
	chan = hvr_chan_offer(ctlr->bus, offer, &storvsp_vsp_ops, ch);
	kfree(offer);
	return chan;
}

/* --- sub-channels --------------------------------------------------------- */

/*
 * A sub-channel enters the table before its offer goes out, so that it is found
 * when the controller becomes ready. Until @sub_chans has its offer it belongs to
 * the work item; afterwards to whoever takes it out of the table.
 */
static struct storvsp_chan *enter_sub(struct storvsp_ctlr *ctlr,
				      unsigned int i, unsigned int epoch)
{
	struct storvsp_chan *ch = kzalloc(sizeof(*ch), GFP_KERNEL);

	if (!ch)
		return NULL;
	storvsp_chan_init(ch, ctlr, i + 1);
	spin_lock(&ctlr->sub_lock);
	if (ctlr->epoch == epoch && !ctlr->subs[i]) {
		ctlr->subs[i] = ch;
		spin_unlock(&ctlr->sub_lock);
		return ch;
	}
	spin_unlock(&ctlr->sub_lock);
	kfree(ch);
	return NULL;
}

/* Offer sub-channel @i; false when there is nothing (more) to be done. */
static bool offer_sub(struct storvsp_ctlr *ctlr, unsigned int i,
		      unsigned int epoch)
{
	struct storvsp_chan *ch = enter_sub(ctlr, i, epoch);
	struct hvr_chan *chan;
	bool keep;

	if (!ch)
		return false;
	chan = offer_channel(ctlr, ch);

	spin_lock(&ctlr->sub_lock);
	keep = !IS_ERR(chan) && ctlr->epoch == epoch;
	if (keep)
		ctlr->sub_chans[i] = chan;
	else
		ctlr->subs[i] = NULL;
	spin_unlock(&ctlr->sub_lock);
	if (keep)
		return true;

	/* The primary closed meanwhile, or the bus is full or going. */
	if (!IS_ERR(chan))
		hvr_chan_revoke(chan);
	kfree(ch);
	return false;
}

static void offer_subs_work(struct work_struct *work)
{
	struct storvsp_ctlr *ctlr = container_of(work, struct storvsp_ctlr,
						 sub_work);
	unsigned int i, first, wanted, epoch;

	spin_lock(&ctlr->sub_lock);
	epoch = ctlr->epoch;
	wanted = ctlr->sub_wanted;
	for (first = 0; first < wanted && ctlr->subs[first]; first++)
		;
	spin_unlock(&ctlr->sub_lock);

	for (i = first; i < wanted; i++) {
		if (!offer_sub(ctlr, i, epoch))
			break;
	}
}

/**
 * storvsp_ctlr_offer_subs() - offer what the guest asked for.
 * @ctlr: controller; called by its primary channel's worker
 *
 * A work item does it: the bus may have to wait for that worker.
 */
void storvsp_ctlr_offer_subs(struct storvsp_ctlr *ctlr)
{
	spin_lock(&ctlr->sub_lock);
	ctlr->sub_wanted = ctlr->nego.sub_channels;
	spin_unlock(&ctlr->sub_lock);
	queue_work(storvsp_wq, &ctlr->sub_work);
}

/* Take sub-channel @i out of the table, if it is complete. */
static struct hvr_chan *remove_sub(struct storvsp_ctlr *ctlr, unsigned int i,
				   struct storvsp_chan **ch)
{
	struct hvr_chan *chan;

	spin_lock(&ctlr->sub_lock);
	chan = ctlr->sub_chans[i];
	if (chan) {
		*ch = ctlr->subs[i];
		ctlr->sub_chans[i] = NULL;
		ctlr->subs[i] = NULL;
	}
	spin_unlock(&ctlr->sub_lock);
	return chan;
}

/**
 * storvsp_ctlr_primary_closed() - end of everything that the guest negotiated.
 * @ctlr: controller
 *
 * The sub-channels are gone when it returns, except one that the work item is
 * about to offer: the work item sees the new epoch and takes it back.
 */
void storvsp_ctlr_primary_closed(struct storvsp_ctlr *ctlr)
{
	struct storvsp_chan *ch;
	struct hvr_chan *chan;
	unsigned int i;

	WRITE_ONCE(ctlr->ready, false);
	spin_lock(&ctlr->sub_lock);
	ctlr->epoch++;
	ctlr->sub_wanted = 0;
	spin_unlock(&ctlr->sub_lock);

	for (i = 0; i < STORVSP_MAX_SUB_CHANNELS; i++) {
		chan = remove_sub(ctlr, i, &ch);
		if (!chan)
			continue;
		hvr_chan_revoke(chan);
		kfree(ch);
	}
}

/**
 * storvsp_ctlr_ready() - the guest has ended its handshake: requests may run.
 * @ctlr: controller; called by its primary channel's worker
 *
 * A notice that came due before is pointless: the guest scans now.
 */
void storvsp_ctlr_ready(struct storvsp_ctlr *ctlr)
{
	unsigned int i;

	clear_bit(0, &ctlr->notice);
	/* Pairs with the acquires in controller_ready() and send_notice(). */
	smp_store_release(&ctlr->ready, true);
	/* Pairs with the barrier in controller_ready(). */
	smp_mb();
	spin_lock(&ctlr->sub_lock);
	for (i = 0; i < STORVSP_MAX_SUB_CHANNELS; i++) {
		if (ctlr->subs[i])
			storvsp_chan_resume(ctlr->subs[i]);
	}
	spin_unlock(&ctlr->sub_lock);
}

/**
 * storvsp_ctlr_notify() - tell the guest that the set of units has changed.
 * @ctlr: controller; its group's lock is held
 *
 * Notices coalesce. Before the handshake has ended there is nobody to tell.
 */
void storvsp_ctlr_notify(struct storvsp_ctlr *ctlr)
{
	set_bit(0, &ctlr->notice);
	if (!refcount_inc_not_zero(&ctlr->primary.users))
		return;
	storvsp_chan_send_answers(&ctlr->primary);
	storvsp_chan_put(&ctlr->primary);
}

/* --- the guest parts with its units --------------------------------------- */

#define LEAVE_MAX_MS	20000
#define LEAVE_DEAF_MS	5000
#define LEAVE_QUIET_MS	3000
#define LEAVE_STEP_MS	20

/**
 * storvsp_ctlr_units() - units that are there for a request.
 * @ctlr: controller; called by a channel's worker
 * @asked: unit that the request is for
 *
 * Return: bitmap as storvsp_for_disk() wants it.
 */
const unsigned long *storvsp_ctlr_units(struct storvsp_ctlr *ctlr, u64 asked)
{
	static const unsigned long none[STORVSP_LUN_LONGS];

	if (!READ_ONCE(ctlr->leaving))
		return ctlr->tpg->luns;
	WRITE_ONCE(ctlr->last_refusal, jiffies);
	if (asked < STORVSP_LUNS)
		set_bit(asked, ctlr->refused);
	return none;
}

static bool has_requests(struct storvsp_chan *ch)
{
	return refcount_read(&ch->users) > 1;
}

static bool ctlr_has_requests(struct storvsp_ctlr *ctlr)
{
	bool found = has_requests(&ctlr->primary);
	unsigned int i;

	spin_lock(&ctlr->sub_lock);
	for (i = 0; i < STORVSP_MAX_SUB_CHANNELS && !found; i++)
		found = ctlr->subs[i] && has_requests(ctlr->subs[i]);
	spin_unlock(&ctlr->sub_lock);
	return found;
}

/* True, too, when the guest has closed the channel, or never had it. */
static bool guest_has_left(struct storvsp_ctlr *ctlr)
{
	unsigned long quiet = READ_ONCE(ctlr->last_refusal) +
			      msecs_to_jiffies(LEAVE_QUIET_MS);

	if (!READ_ONCE(ctlr->ready))
		return true;
	return bitmap_subset(ctlr->tpg->luns, ctlr->refused, STORVSP_LUNS) &&
	       !ctlr_has_requests(ctlr) && time_after(jiffies, quiet);
}

static bool guest_is_deaf(struct storvsp_ctlr *ctlr)
{
	/* one that waits for an answer of ours is not */
	return !ctlr_has_requests(ctlr) &&
	       time_after(jiffies, READ_ONCE(ctlr->last_refusal) +
				   msecs_to_jiffies(LEAVE_DEAF_MS));
}

/*
 * A guest that hears of a rescinded channel looks at no answer any more, and waits
 * for those that it lacks for ever. So its units go first: it is told to scan, finds
 * each absent and parts with it. Over when it did so and then was quiet, for long
 * enough that a slow guest, too, has sent its last flush. One that says nothing at all,
 * or goes on and on, is not waited for: the loss is its own.
 */
static void let_guest_leave(struct storvsp_ctlr *ctlr)
{
	unsigned long end = jiffies + msecs_to_jiffies(LEAVE_MAX_MS);

	lockdep_assert_held(&ctlr->tpg->lock);
	WRITE_ONCE(ctlr->last_refusal, jiffies);
	WRITE_ONCE(ctlr->leaving, true);
	storvsp_ctlr_notify(ctlr);
	while (!guest_has_left(ctlr) && !guest_is_deaf(ctlr) &&
	       time_before(jiffies, end))
		msleep(LEAVE_STEP_MS);
}

/* --- life and death ------------------------------------------------------- */

/**
 * storvsp_ctlr_gone() - the bus has died, or lost its owner: unbind soon.
 * @ctlr: controller; called by the bus
 */
void storvsp_ctlr_gone(struct storvsp_ctlr *ctlr)
{
	WRITE_ONCE(ctlr->gone, true);
	queue_work(storvsp_wq, &ctlr->tpg->unbind_work);
}

/* Any initiator may log in, by a name that follows from the target's. */
static struct se_session *make_nexus(struct storvsp_tpg *tpg)
{
	char name[sizeof("naa.") + 16];

	snprintf(name, sizeof(name), "naa.5002248%09llx",
		 storvsp_name_hash(tpg, 0) & GENMASK_ULL(35, 0));
	return target_setup_session(&tpg->se_tpg, 0, 0, TARGET_PROT_NORMAL,
				    name, NULL, NULL);
}

/* Commands leave the nexus a little after they leave their channel. */
static void drop_nexus(struct se_session *sess)
{
	target_stop_session(sess);
	target_wait_for_sess_cmds(sess);
	target_remove_session(sess);
}

static struct storvsp_ctlr *make_ctlr(struct storvsp_tpg *tpg, u64 partition_id)
{
	struct storvsp_ctlr *ctlr = kzalloc(sizeof(*ctlr), GFP_KERNEL);

	if (!ctlr)
		return NULL;
	ctlr->tpg = tpg;
	ctlr->partition_id = partition_id;
	ctlr->instance = tpg->instance;
	ctlr->nego.max_sub_channels = tpg->max_sub_channels;
	spin_lock_init(&ctlr->sub_lock);
	INIT_WORK(&ctlr->sub_work, offer_subs_work);
	storvsp_chan_init(&ctlr->primary, ctlr, 0);
	return ctlr;
}

/**
 * storvsp_ctlr_bind() - offer a portal group on the bus of a partition.
 * @tpg: portal group, unbound; its lock is held
 * @partition_id: the partition
 *
 * Return: 0; -ENODEV no such partition, it has no bus, or the bus is dying;
 *	-EEXIST the bus has this instance already; -ENOSPC; -ENOMEM.
 */
int storvsp_ctlr_bind(struct storvsp_tpg *tpg, u64 partition_id)
{
	struct storvsp_ctlr *ctlr;
	int err;

	lockdep_assert_held(&tpg->lock);
	ctlr = make_ctlr(tpg, partition_id);
	if (!ctlr)
		return -ENOMEM;
	ctlr->bus = hvr_vmbus_find_get(partition_id);
	if (IS_ERR(ctlr->bus)) {
		err = PTR_ERR(ctlr->bus);
		goto err_free;
	}
	ctlr->sess = make_nexus(tpg);
	if (IS_ERR(ctlr->sess)) {
		err = PTR_ERR(ctlr->sess);
		goto err_put;
	}
	/* From here on the guest may use it. */
	ctlr->primary_chan = offer_channel(ctlr, &ctlr->primary);
	if (IS_ERR(ctlr->primary_chan)) {
		err = PTR_ERR(ctlr->primary_chan);
		goto err_nexus;
	}
	tpg->ctlr = ctlr;
	return 0;

err_nexus:
	drop_nexus(ctlr->sess);
err_put:
	hvr_vmbus_put(ctlr->bus);
err_free:
	kfree(ctlr);
	return err;
}

/**
 * storvsp_ctlr_unbind() - take a portal group off its bus.
 * @tpg: portal group; its lock is held; not bound is fine
 *
 * Waits for the guest's requests. Stages, and who may still hold the controller:
 *
 * 1. off the group: configfs does not find it any more. The guest is given time
 *    to part with its units;
 * 2. the primary is revoked: no callback runs, sub-channels in the table are
 *    revoked, all requests are back, @gone is not called any more. The work item
 *    may still be offering a sub-channel, which it takes back itself;
 * 3. the work item is gone: nobody has it;
 * 4. the target core has let go of the commands.
 */
void storvsp_ctlr_unbind(struct storvsp_tpg *tpg)
{
	struct storvsp_ctlr *ctlr = tpg->ctlr;

	lockdep_assert_held(&tpg->lock);
	if (!ctlr)
		return;
	tpg->ctlr = NULL;
	let_guest_leave(ctlr);
	hvr_chan_revoke(ctlr->primary_chan);
	cancel_work_sync(&ctlr->sub_work);
	drop_nexus(ctlr->sess);
	hvr_vmbus_put(ctlr->bus);
	kfree(ctlr);
}
