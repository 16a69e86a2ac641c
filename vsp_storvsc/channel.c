// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel of a controller: packets are taken as long as requests are free,
 * answers are sent in batches by whoever finishes first.
 */
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "internal.h"

static bool is_primary(const struct storvsp_chan *ch)
{
	return !ch->index;
}

/**
 * storvsp_chan_init() - set up a channel that is about to be offered.
 * @ch: zeroed
 * @ctlr: its controller
 * @index: 0 primary
 */
void storvsp_chan_init(struct storvsp_chan *ch, struct storvsp_ctlr *ctlr,
		       u16 index)
{
	ch->ctlr = ctlr;
	ch->index = index;
	refcount_set(&ch->users, 0);
	init_completion(&ch->idle);
	init_llist_head(&ch->free);
	init_llist_head(&ch->done);
	INIT_LIST_HEAD(&ch->unsent);
	atomic_set(&ch->sends, 0);
}

void storvsp_chan_put(struct storvsp_chan *ch)
{
	if (refcount_dec_and_test(&ch->users))
		complete(&ch->idle);
}

/* Look at the ring again if a packet was left in it. Any context. */
void storvsp_chan_resume(struct storvsp_chan *ch)
{
	if (READ_ONCE(ch->starved) && xchg(&ch->starved, 0))
		hvr_chan_resume(ch->chan);
}

/* --- answers -------------------------------------------------------------- */

static void send_notice(struct storvsp_chan *ch)
{
	struct storvsp_ctlr *ctlr = ch->ctlr;
	struct vstor_packet pkt;
	u32 len;

	/* Pairs with storvsp_ctlr_ready(): the version is settled. */
	if (!is_primary(ch) || !smp_load_acquire(&ctlr->ready) ||
	    !test_and_clear_bit(0, &ctlr->notice))
		return;
	len = storvsp_notice(&ctlr->nego, VSTOR_ENUMERATE_BUS, &pkt);
	if (len && hvr_chan_send(ch->chan, HVR_PKT_INBAND, 0, 0, &pkt,
				 len) == -EAGAIN)
		set_bit(0, &ctlr->notice);
}

static void send_batch(struct storvsp_chan *ch)
{
	bool closing = READ_ONCE(ch->closing);
	struct storvsp_req *req, *next;
	struct llist_node *list;
	int err = 0;

	list = llist_reverse_order(llist_del_all(&ch->done));
	llist_for_each_entry_safe(req, next, list, node)
		list_add_tail(&req->link, &ch->unsent);

	if (!closing)
		hvr_chan_send_begin(ch->chan);
	list_for_each_entry_safe(req, next, &ch->unsent, link) {
		if (!closing)
			err = hvr_chan_send(ch->chan, HVR_PKT_COMPLETION, 0,
					    req->trans_id, &req->answer,
					    req->answer_len);
		if (err == -EAGAIN)
			break;
		list_del(&req->link);
		storvsp_req_put(req);
	}
	if (!closing) {
		if (err != -EAGAIN)
			send_notice(ch);
		hvr_chan_send_end(ch->chan);
	}
}

/**
 * storvsp_chan_send_answers() - send what is finished.
 * @ch: a channel that the caller keeps in use (a request, open or close)
 *
 * One sender at a time; who comes meanwhile leaves a count behind that makes the
 * sender look again. Without room in the ring the answers wait for writable().
 */
void storvsp_chan_send_answers(struct storvsp_chan *ch)
{
	int seen;

	if (atomic_fetch_inc(&ch->sends))
		return;
	refcount_inc(&ch->users);
	do {
		seen = atomic_read(&ch->sends);
		send_batch(ch);
	} while (atomic_sub_return(seen, &ch->sends));
	storvsp_chan_put(ch);
}

/* --- requests ------------------------------------------------------------- */

static struct storvsp_req *grow(struct storvsp_chan *ch)
{
	struct storvsp_req *req;

	if (ch->nr_reqs == STORVSP_QUEUE_DEPTH)
		return NULL;
	req = storvsp_req_alloc(GFP_KERNEL);
	if (!req)
		return NULL;
	req->ch = ch;
	ch->nr_reqs++;
	return req;
}

/* Channel worker only: it is the one consumer of the free list. */
static struct storvsp_req *take_request(struct storvsp_chan *ch,
					const struct hvr_pkt *pkt, u32 body_len)
{
	struct llist_node *node = llist_del_first(&ch->free);
	struct storvsp_req *req;

	req = node ? llist_entry(node, struct storvsp_req, node) : grow(ch);
	if (!req) {
		WRITE_ONCE(ch->starved, 1);
		/* Pairs with the barrier in recycle(): one of us sees the other. */
		smp_mb();
		node = llist_del_first(&ch->free);
		if (!node)
			return NULL;
		req = llist_entry(node, struct storvsp_req, node);
	}
	refcount_inc(&ch->users);
	req->cmd.se_tfo = NULL;
	req->trans_id = pkt->trans_id;
	req->body_len = body_len;
	return req;
}

static void free_requests(struct storvsp_chan *ch)
{
	struct storvsp_req *req, *next;

	llist_for_each_entry_safe(req, next, llist_del_all(&ch->free), node)
		storvsp_req_free(req);
	ch->nr_reqs = 0;
}

/* --- packets -------------------------------------------------------------- */

static void apply_effect(struct storvsp_ctlr *ctlr, enum storvsp_effect effect)
{
	switch (effect) {
	case STORVSP_BECOME_READY:
		storvsp_ctlr_ready(ctlr);
		break;
	case STORVSP_OFFER_SUB_CHANNELS:
		storvsp_ctlr_offer_subs(ctlr);
		break;
	case STORVSP_NOTHING:
		break;
	}
}

static int receive_control(struct storvsp_chan *ch, const struct hvr_pkt *pkt,
			   const struct vstor_packet *in, u32 body_len)
{
	enum storvsp_effect effect;
	struct vstor_packet out;
	struct storvsp_req *req;
	int err;

	req = take_request(ch, pkt, body_len);
	if (!req)
		return -EAGAIN;
	err = storvsp_negotiate(&ch->ctlr->nego, is_primary(ch), in, &out,
				&effect);
	if (err) {
		storvsp_req_put(req);
		return err;
	}
	req->answer = out;
	storvsp_req_finish(req);
	apply_effect(ch->ctlr, effect);
	return 0;
}

static int receive_srb(struct storvsp_chan *ch, const struct hvr_pkt *pkt,
		       const struct vstor_packet *in, u32 body_len)
{
	struct storvsp_req *req;
	struct storvsp_srb srb;
	int err;

	err = storvsp_parse_srb(in, pkt->nr_ranges, pkt->range_bytes, &srb);
	if (err)
		return err;
	req = take_request(ch, pkt, body_len);
	if (!req)
		return -EAGAIN;
	req->srb = srb;
	storvsp_req_execute(req, pkt);
	return 0;
}

/* May requests run? A sub-channel's wait in its ring for the end of the handshake. */
static bool controller_ready(struct storvsp_chan *ch)
{
	struct storvsp_ctlr *ctlr = ch->ctlr;

	/* Pairs with storvsp_ctlr_ready(). */
	if (smp_load_acquire(&ctlr->ready))
		return true;
	if (is_primary(ch))
		return false;
	WRITE_ONCE(ch->starved, 1);
	/* Pairs with the barrier in storvsp_ctlr_ready(). */
	smp_mb();
	return READ_ONCE(ctlr->ready);
}

static int receive_packet(struct storvsp_chan *ch, const struct hvr_pkt *pkt)
{
	struct vstor_packet in;
	int body_len;

	if (pkt->type != HVR_PKT_INBAND && pkt->type != HVR_PKT_GPA_DIRECT)
		return -EPROTO;
	if (!(pkt->flags & HVR_PKT_FLAG_COMPLETION_REQUESTED))
		return -EPROTO;
	body_len = storvsp_parse(pkt->payload, pkt->payload_len, &in);
	if (body_len < 0)
		return body_len;
	if (in.operation != cpu_to_le32(VSTOR_EXECUTE_SRB))
		return receive_control(ch, pkt, &in, body_len);
	if (controller_ready(ch))
		return receive_srb(ch, pkt, &in, body_len);
	/* The primary channel answers with its state. */
	return is_primary(ch) ? receive_control(ch, pkt, &in, body_len) :
				-EAGAIN;
}

/* --- callbacks of the bus ------------------------------------------------- */

static int chan_receive(struct hvr_chan *chan, void *ctx,
			const struct hvr_pkt *pkt)
{
	struct storvsp_chan *ch = ctx;
	int err = receive_packet(ch, pkt);

	if (err && err != -EAGAIN)
		pr_warn_ratelimited("partition %llu, channel %u: bad packet (type %u, %u bytes), closing\n",
				    ch->ctlr->partition_id, ch->index,
				    pkt->type, pkt->payload_len);
	return err;
}

static int chan_open(struct hvr_chan *chan, void *ctx)
{
	struct storvsp_chan *ch = ctx;
	struct storvsp_req *req;
	unsigned int i;

	for (i = 0; i < STORVSP_QUEUE_START; i++) {
		req = grow(ch);
		if (!req) {
			free_requests(ch);
			return -ENOMEM;
		}
		llist_add(&req->node, &ch->free);
	}
	ch->chan = chan;
	ch->starved = 0;
	ch->closing = false;
	reinit_completion(&ch->idle);
	refcount_set(&ch->users, 1);
	return 0;
}

/*
 * The guest closed the channel, or the bus goes. Stages, and who is left:
 *
 * 1. sub-channels (of a primary): revoked, their closes have run;
 * 2. closing: senders drop answers instead of sending them;
 * 3. idle: requests at the disks have come back, no sender is under way. The
 *    bus delivers no packet, so nobody makes new users.
 */
static void chan_close(struct hvr_chan *chan, void *ctx)
{
	struct storvsp_chan *ch = ctx;

	if (is_primary(ch))
		storvsp_ctlr_primary_closed(ch->ctlr);
	WRITE_ONCE(ch->closing, true);
	storvsp_chan_send_answers(ch);
	storvsp_chan_put(ch);
	wait_for_completion(&ch->idle);
	free_requests(ch);
	if (is_primary(ch))
		storvsp_nego_reset(&ch->ctlr->nego);
}

static void chan_writable(struct hvr_chan *chan, void *ctx)
{
	storvsp_chan_send_answers(ctx);
}

static void chan_gone(struct hvr_chan *chan, void *ctx)
{
	struct storvsp_chan *ch = ctx;

	if (is_primary(ch))
		storvsp_ctlr_gone(ch->ctlr);
}

const struct hvr_vsp_ops storvsp_vsp_ops = {
	.owner		= THIS_MODULE,
	.name		= "storvsp",
	.open		= chan_open,
	.close		= chan_close,
	.receive	= chan_receive,
	.writable	= chan_writable,
	.gone		= chan_gone,
	.leave		= chan_gone,
};
