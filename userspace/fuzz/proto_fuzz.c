// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives the bus state machine with guest messages, device answers and providers
 * in any order, and insists that everything can always be let go.
 */
#include "../../vmbus/wire.c"
#include "../../vmbus/gpadl.c"
#include "../../vmbus/proto.c"

#define MAX_CHANS	8
#define VPS		4

struct fuzz_chan {
	struct hvr_proto_chan proto;
	struct hvr_gpadl *view;
	bool used;
	bool revoking;
	bool device_open;
	bool answer_due;	/* an open without an answer */
};

static struct fuzz_chan chans[MAX_CHANS];
static struct hvr_proto proto;
static u32 contact_answers, unloads;

static void note_offer(const struct hv_vmbus_offer *msg)
{
	u32 i, live = 0;

	insist(le32_to_cpu(msg->relid) - 1 < HV_VMBUS_MAX_RELID);
	/* Never two live offers of one instance. */
	for (i = 0; i < MAX_CHANS; i++)
		live += chans[i].used && chans[i].proto.relid &&
			!memcmp(chans[i].proto.type, msg->type, 16) &&
			!memcmp(chans[i].proto.instance, msg->instance, 16) &&
			chans[i].proto.sub_index == le16_to_cpu(msg->sub_index);
	insist(live == 1);
	insist(msg->monitor_id == 0xff && !msg->monitor_allocated);
}

static void fuzz_send(struct hvr_proto *p, const void *msg, u32 len)
{
	const struct hv_vmbus_header *header = msg;
	u32 type = le32_to_cpu(header->type);

	insist(hvr_wire_size(type) == len);
	insist(p->contact_vp < VPS);
	if (type == HV_VMBUS_OFFER_CHANNEL)
		note_offer(msg);
	else if (type == HV_VMBUS_VERSION_RESPONSE)
		contact_answers++;
	else if (type == HV_VMBUS_UNLOAD_COMPLETE)
		unloads++;
}

static void fuzz_send_once(struct hvr_proto *p, u32 vp, u32 sint,
			   const void *msg, u32 len)
{
	insist(len == sizeof(struct hv_vmbus_version_response));
	insist(sint != HV_VMBUS_SINT);
}

static bool fuzz_vp_exists(struct hvr_proto *p, u32 vp)
{
	return vp < VPS;
}

static void fuzz_retarget(struct hvr_proto *p, struct hvr_proto_chan *ch, u32 vp)
{
	insist(ch->state == CH_OPEN && vp < VPS);
}

static void fuzz_device(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	insist(!ch->revoked && ch->want != WANT_NOTHING);
}

static void fuzz_disconnected(struct hvr_proto *p)
{
	u32 i;

	insist(!p->gpadls.count && !p->gpadls.words && !p->gpadls.incomplete);
	for (i = 0; i < MAX_CHANS; i++)
		insist(!chans[i].used || chans[i].proto.state == CH_RELEASED);
}

static void fuzz_free_chan(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	struct fuzz_chan *chan = container_of(ch, struct fuzz_chan, proto);

	insist(chan->used && chan->revoking && !chan->view);
	chan->used = false;
}

static const struct hvr_proto_ops fuzz_ops = {
	.send = fuzz_send,
	.send_once = fuzz_send_once,
	.vp_exists = fuzz_vp_exists,
	.retarget = fuzz_retarget,
	.device = fuzz_device,
	.disconnected = fuzz_disconnected,
	.free_chan = fuzz_free_chan,
};

/* ---- the device's side, as channel.c does it ---- */

static void drop_view(struct fuzz_chan *chan)
{
	struct hvr_gpadl *view = chan->view;

	chan->view = NULL;
	if (view)
		hvr_proto_put_view(&proto, &chan->proto, view);
}

static void answer_open(struct fuzz_chan *chan, bool ok)
{
	chan->answer_due = false;
	chan->device_open = ok;
	if (!ok)
		drop_view(chan);
	hvr_proto_opened(&proto, &chan->proto, ok);
}

static void run_device(struct fuzz_chan *chan)
{
	enum hvr_proto_want what = hvr_proto_take(&chan->proto);
	const u64 *gfns;
	u32 pages;

	if (what == WANT_OPEN) {
		struct hvr_gpadl *view;

		insist(!chan->view && !chan->device_open);
		view = hvr_proto_get_view(&proto, &chan->proto,
					  chan->proto.open.ring_gpadl);
		if (IS_ERR(view)) {
			answer_open(chan, false);
			return;
		}
		chan->view = view;
		if (hvr_gpadl_ring(view, chan->proto.open.page_offset, &gfns, &pages))
			answer_open(chan, false);
		else if (rnd(3))
			answer_open(chan, rnd(8));
		else
			chan->answer_due = true;
	} else if (what == WANT_CLOSE) {
		chan->device_open = false;
		chan->answer_due = false;
		drop_view(chan);
		hvr_proto_closed(&proto, &chan->proto);
	}
}

static void provider_offers(void)
{
	struct fuzz_chan *chan = &chans[rnd(MAX_CHANS)];

	if (chan->used)
		return;
	memset(chan, 0, sizeof(*chan));
	chan->proto.type[0] = rnd(2);
	chan->proto.instance[0] = rnd(2);
	chan->proto.sub_index = rnd(2);
	chan->proto.flags = rnd64();
	chan->used = true;
	if (hvr_proto_offer(&proto, &chan->proto))
		chan->used = false;
}

static void provider_revokes(struct fuzz_chan *chan)
{
	if (!chan->used || chan->revoking)
		return;
	chan->revoking = true;
	hvr_proto_revoke(&proto, &chan->proto);
	chan->device_open = false;
	chan->answer_due = false;
}

static void device_lets_go(struct fuzz_chan *chan)
{
	if (!chan->used || !chan->revoking || chan->proto.device_gone)
		return;
	drop_view(chan);
	hvr_proto_device_gone(&proto, &chan->proto);
}

/* ---- the guest's side ---- */

static u32 some_relid(void)
{
	u32 i = rnd(MAX_CHANS);

	if (rnd(4) && chans[i].used && chans[i].proto.relid)
		return chans[i].proto.relid;
	return rnd(16) ? rnd(MAX_CHANS + 1) : rnd64();
}

static u32 some_gpadl(void)
{
	return rnd(4);
}

static void fill_gpadl_header(struct hv_vmbus_gpadl_header *msg)
{
	u32 pages = rnd(4) ? 4 + rnd(30) : rnd(rnd(4) ? 200 : 8000);
	u64 words[HV_VMBUS_GPADL_HEADER_WORDS];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = rnd64();
	words[0] = rnd(8) ? pages * 4096 : rnd64();
	msg->relid = cpu_to_le32(some_relid());
	msg->gpadl = cpu_to_le32(some_gpadl());
	msg->list_bytes = cpu_to_le16(rnd(8) ? (pages + 1) * 8 : rnd64());
	msg->range_count = cpu_to_le16(rnd(8) ? 1 : rnd(4));
	memcpy(msg->words, words, sizeof(words));
}

static void fill_message(u8 *data, u32 type)
{
	struct hv_vmbus_open *open = (void *)data;
	struct hv_vmbus_contact *contact = (void *)data;
	struct hv_vmbus_gpadl_teardown *teardown = (void *)data;
	static const u32 versions[] = {
		0xd, 0x10001, 0x20004, 0x30000, 0x40000, 0x40001, 0x50000,
		0x50001, 0x50002, 0x50003, 0x60000, 0x50004,
	};

	open->relid = cpu_to_le32(some_relid());
	switch (type) {
	case HV_VMBUS_OPEN_CHANNEL:
		open->ring_gpadl = cpu_to_le32(some_gpadl());
		open->target_vp = cpu_to_le32(rnd(8) ? rnd(VPS + 1) : ~0u);
		open->page_offset = cpu_to_le32(rnd(4) ? 2 : rnd(64));
		break;
	case HV_VMBUS_GPADL_HEADER:
		fill_gpadl_header((void *)data);
		break;
	case HV_VMBUS_GPADL_BODY:
	case HV_VMBUS_GPADL_TEARDOWN:
		teardown->gpadl = cpu_to_le32(some_gpadl());
		break;
	case HV_VMBUS_INITIATE_CONTACT:
		contact->version = cpu_to_le32(versions[rnd(ARRAY_SIZE(versions))]);
		contact->target_vp = cpu_to_le32(rnd(VPS + 1));
		contact->reserved = 0;
		contact->sint = rnd(8) ? 2 : rnd(20);
		contact->vtl = !rnd(16);
		contact->monitor_page_in = cpu_to_le64(rnd(4) ? 0 : 4096);
		contact->monitor_page_out = cpu_to_le64(rnd(4) ? 0 : 4096);
		break;
	case HV_VMBUS_MODIFY_CHANNEL:
		teardown->gpadl = cpu_to_le32(rnd(VPS + 1));
		break;
	}
}

static void guest_posts(u32 type)
{
	u8 data[HV_VMBUS_MESSAGE_BYTES];
	struct hvr_proto_in in = { .len = sizeof(data), .multiclient = rnd(2) };
	u8 *exact;
	u32 i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = rnd64();
	((struct hv_vmbus_header *)data)->type = cpu_to_le32(type);
	fill_message(data, type);
	if (!rnd(4))
		in.len = rnd(sizeof(data) + 1);
	/* A copy of exactly that size: a read behind its end is seen. */
	exact = malloc(in.len + !in.len);
	memcpy(exact, data, in.len);
	in.data = exact;
	hvr_proto_message(&proto, &in);
	free(exact);
}

static void connect_guest(void)
{
	struct hv_vmbus_contact contact = {
		.header.type = cpu_to_le32(HV_VMBUS_INITIATE_CONTACT),
		.version = cpu_to_le32(HV_VMBUS_IRON),
		.sint = HV_VMBUS_SINT,
	};
	struct hv_vmbus_header offers = {
		.type = cpu_to_le32(HV_VMBUS_REQUEST_OFFERS),
	};
	struct hvr_proto_in in = { &contact, sizeof(contact), true };

	hvr_proto_message(&proto, &in);
	in.data = &offers;
	in.len = sizeof(offers);
	hvr_proto_message(&proto, &in);
}

static void step(void)
{
	struct fuzz_chan *chan = &chans[rnd(MAX_CHANS)];
	static const u8 often[] = { 5, 5, 5, 5, 7, 7, 8, 8, 8, 9, 9, 11, 22, 22 };

	switch (rnd(12)) {
	case 0:
		provider_offers();
		break;
	case 1:
		if (!rnd(4))
			provider_revokes(chan);
		device_lets_go(&chans[rnd(MAX_CHANS)]);
		break;
	case 2:
	case 3:
		if (chan->used && !chan->revoking)
			run_device(chan);
		break;
	case 4:
		if (chan->answer_due)
			answer_open(chan, rnd(2));
		break;
	case 5:
		if (!rnd(30))
			hvr_proto_reset(&proto);
		else if (!rnd(20) && proto.state == PROTO_DISCONNECTED)
			connect_guest();
		break;
	case 6:
		if (hvr_proto_accepts(&proto) && !rnd(4))
			guest_posts(rnd(40));
		break;
	default:
		if (hvr_proto_accepts(&proto))
			guest_posts(often[rnd(ARRAY_SIZE(often))]);
	}
}

/* A relid stays with its channel while a device may still use its rings. */
static void check_relids(void)
{
	u32 i;

	for (i = 0; i < MAX_CHANS; i++)
		insist(!chans[i].view || !chans[i].used ||
		       chans[i].proto.state != CH_RELEASED);
}

/* Whatever happened, devices that answer bring the bus to rest. */
static void settle(void)
{
	u32 i;

	for (i = 0; i < MAX_CHANS; i++) {
		struct fuzz_chan *chan = &chans[i];

		if (!chan->used)
			continue;
		if (chan->revoking) {
			device_lets_go(chan);
			continue;
		}
		run_device(chan);
		if (chan->answer_due)
			answer_open(chan, true);
		run_device(chan);
	}
}

static void one(void)
{
	u32 i, answers;

	memset(chans, 0, sizeof(chans));
	hvr_proto_init(&proto, &fuzz_ops, HV_VMBUS_IRON);
	for (i = 0; i < 4; i++)
		provider_offers();
	connect_guest();
	for (i = 0; i < 300; i++) {
		step();
		check_relids();
	}

	/* A reconnect is answered exactly once, as soon as devices let go. */
	settle();
	answers = contact_answers;
	connect_guest();
	settle();
	insist(contact_answers == answers + 1 || proto.resetting);
	insist(proto.state == PROTO_CONNECTED);

	hvr_proto_reset(&proto);
	settle();
	insist(proto.state == PROTO_DISCONNECTED && !proto.version);
	for (i = 0; i < MAX_CHANS; i++) {
		provider_revokes(&chans[i]);
		device_lets_go(&chans[i]);
		insist(!chans[i].used);
	}
	insist(!proto.nr_chans && list_empty(&proto.chans));
	for (i = 0; i <= HV_VMBUS_MAX_RELID; i++)
		insist(find_next_zero_bit(proto.relids, HV_VMBUS_MAX_RELID + 1, i) == i);
}

int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 5000, one);
}
