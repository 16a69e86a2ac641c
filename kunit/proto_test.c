// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bus state machine: messages in, messages out, in the order of a guest's life and
 * in every wrong order.
 */
#include <kunit/test.h>

#include "../vmbus/proto.c"

#define MAX_OUT	64
#define VPS	4
#define RANGE(bytes, offset)	((u64)(offset) << 32 | (u32)(bytes))

struct out_message {
	u32 type;
	u32 vp;
	u8 data[HV_VMBUS_MESSAGE_BYTES];
};

struct bus {
	struct hvr_proto proto;
	struct out_message out[MAX_OUT];
	unsigned int nr_out, nr_read;
	unsigned int once, once_sint, disconnects, freed, retargets;
	struct hvr_proto_chan chan[4];
};

static struct bus *to_bus(struct hvr_proto *p)
{
	return container_of(p, struct bus, proto);
}

static void bus_send(struct hvr_proto *p, const void *msg, u32 len)
{
	struct bus *bus = to_bus(p);
	struct out_message *out = &bus->out[bus->nr_out % MAX_OUT];

	out->type = le32_to_cpu(((const struct hv_vmbus_header *)msg)->type);
	out->vp = p->contact_vp;
	memcpy(out->data, msg, len);
	bus->nr_out++;
}

static void bus_send_once(struct hvr_proto *p, u32 vp, u32 sint, const void *msg,
			  u32 len)
{
	to_bus(p)->once++;
	to_bus(p)->once_sint = sint;
}

static bool bus_vp_exists(struct hvr_proto *p, u32 vp)
{
	return vp < VPS;
}

static void bus_retarget(struct hvr_proto *p, struct hvr_proto_chan *ch, u32 vp)
{
	to_bus(p)->retargets++;
}

static void bus_device(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
}

static void bus_disconnected(struct hvr_proto *p)
{
	to_bus(p)->disconnects++;
}

static void bus_free_chan(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	to_bus(p)->freed++;
}

static const struct hvr_proto_ops bus_ops = {
	.send = bus_send,
	.send_once = bus_send_once,
	.vp_exists = bus_vp_exists,
	.retarget = bus_retarget,
	.device = bus_device,
	.disconnected = bus_disconnected,
	.free_chan = bus_free_chan,
};

/* ---- words of the tests ---- */

static const char *feed(struct bus *bus, const void *msg, u32 len)
{
	struct hvr_proto_in in = { .data = msg, .len = len, .multiclient = true };

	return hvr_proto_message(&bus->proto, &in);
}

/* Message of up to three words after the header. */
static const char *post(struct bus *bus, u32 type, u32 a, u32 b)
{
	__le32 msg[] = {
		cpu_to_le32(type), 0, cpu_to_le32(a), cpu_to_le32(b),
	};

	return feed(bus, msg, sizeof(msg));
}

static const char *contact(struct bus *bus, u32 version, u32 vp)
{
	struct hv_vmbus_contact msg = {
		.header.type = cpu_to_le32(HV_VMBUS_INITIATE_CONTACT),
		.version = cpu_to_le32(version),
		.target_vp = cpu_to_le32(vp),
		.sint = HV_VMBUS_SINT,
	};

	return feed(bus, &msg, sizeof(msg));
}

static const char *open_chan(struct bus *bus, u32 relid, u32 gpadl, u32 vp)
{
	struct hv_vmbus_open msg = {
		.header.type = cpu_to_le32(HV_VMBUS_OPEN_CHANNEL),
		.relid = cpu_to_le32(relid),
		.open_id = cpu_to_le32(relid + 100),
		.ring_gpadl = cpu_to_le32(gpadl),
		.target_vp = cpu_to_le32(vp),
		.page_offset = cpu_to_le32(2),
	};

	return feed(bus, &msg, sizeof(msg));
}

/* A list of @pages pages of which the message holds @words words. */
static const char *gpadl_header(struct bus *bus, u32 relid, u32 id, u32 pages,
				u32 words)
{
	struct {
		struct hv_vmbus_gpadl_header head;
		__le64 words[HV_VMBUS_GPADL_HEADER_WORDS];
	} __packed msg = { 0 };

	msg.head.header.type = cpu_to_le32(HV_VMBUS_GPADL_HEADER);
	msg.head.relid = cpu_to_le32(relid);
	msg.head.gpadl = cpu_to_le32(id);
	msg.head.list_bytes = cpu_to_le16((pages + 1) * 8);
	msg.head.range_count = cpu_to_le16(1);
	msg.words[0] = cpu_to_le64(RANGE(pages * 4096, 0));
	return feed(bus, &msg, sizeof(msg.head) + words * 8);
}

static const char *gpadl_body(struct bus *bus, u32 id, u32 words)
{
	struct {
		struct hv_vmbus_gpadl_body head;
		__le64 words[HV_VMBUS_GPADL_BODY_WORDS];
	} __packed msg = { 0 };

	msg.head.header.type = cpu_to_le32(HV_VMBUS_GPADL_BODY);
	msg.head.gpadl = cpu_to_le32(id);
	return feed(bus, &msg, sizeof(msg.head) + words * 8);
}

/* The next message to the guest must be of this type; its words follow. */
static const void *expect(struct kunit *test, struct bus *bus, u32 type)
{
	struct out_message *out;

	KUNIT_ASSERT_LT(test, bus->nr_read, bus->nr_out);
	out = &bus->out[bus->nr_read++ % MAX_OUT];
	KUNIT_EXPECT_EQ(test, out->type, type);
	return out->data;
}

static void expect_silence(struct kunit *test, struct bus *bus)
{
	KUNIT_EXPECT_EQ(test, bus->nr_read, bus->nr_out);
	bus->nr_read = bus->nr_out;
}

static void expect_gpadl(struct kunit *test, struct bus *bus, u32 id, bool ok)
{
	const struct hv_vmbus_gpadl_created *msg;

	msg = expect(test, bus, HV_VMBUS_GPADL_CREATED);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->gpadl), id);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->status),
			ok ? 0 : HV_VMBUS_STATUS_FAILED);
	expect_silence(test, bus);
}

static void expect_version(struct kunit *test, struct bus *bus, bool supported,
			   u8 state, u32 value)
{
	const struct hv_vmbus_version_response *msg;

	msg = expect(test, bus, HV_VMBUS_VERSION_RESPONSE);
	KUNIT_EXPECT_EQ(test, msg->supported, supported);
	KUNIT_EXPECT_EQ(test, msg->state, state);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->version_or_connection), value);
	expect_silence(test, bus);
}

static void expect_opened(struct kunit *test, struct bus *bus, u32 relid, bool ok)
{
	const struct hv_vmbus_open_result *msg;

	msg = expect(test, bus, HV_VMBUS_OPEN_RESULT);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), relid);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->open_id), relid + 100);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->status),
			ok ? 0 : HV_VMBUS_STATUS_FAILED);
}

static struct bus *make_bus(struct kunit *test)
{
	struct bus *bus = kunit_kzalloc(test, sizeof(*bus), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bus);
	hvr_proto_init(&bus->proto, &bus_ops, HV_VMBUS_IRON);
	return bus;
}

static void add_chan(struct kunit *test, struct bus *bus, int i)
{
	bus->chan[i].instance[0] = i;
	KUNIT_ASSERT_EQ(test, hvr_proto_offer(&bus->proto, &bus->chan[i]), 0);
}

static void revoke(struct bus *bus, int i)
{
	hvr_proto_revoke(&bus->proto, &bus->chan[i]);
	hvr_proto_device_gone(&bus->proto, &bus->chan[i]);
}

/* Connected at 5.3 with one channel: relid 1, GPADL 9 is its ring. */
static struct bus *make_connected(struct kunit *test)
{
	struct bus *bus = make_bus(test);

	add_chan(test, bus, 0);
	contact(bus, HV_VMBUS_IRON, 1);
	post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	gpadl_header(bus, 1, 9, 4, 5);
	KUNIT_EXPECT_EQ(test, bus->nr_out, 4);
	bus->nr_read = bus->nr_out;
	return bus;
}

/* ... and open; the ring is in use. */
static struct bus *make_open(struct kunit *test, struct hvr_gpadl **view)
{
	struct bus *bus = make_connected(test);

	open_chan(bus, 1, 9, 0);
	KUNIT_ASSERT_EQ(test, hvr_proto_take(&bus->chan[0]), WANT_OPEN);
	*view = hvr_proto_get_view(&bus->proto, &bus->chan[0], 9);
	KUNIT_ASSERT_FALSE(test, IS_ERR(*view));
	hvr_proto_opened(&bus->proto, &bus->chan[0], true);
	expect_opened(test, bus, 1, true);
	return bus;
}

static void finish_close(struct kunit *test, struct bus *bus,
			 struct hvr_gpadl *view)
{
	KUNIT_EXPECT_EQ(test, hvr_proto_take(&bus->chan[0]), WANT_CLOSE);
	hvr_proto_put_view(&bus->proto, &bus->chan[0], view);
	hvr_proto_closed(&bus->proto, &bus->chan[0]);
}

/* Every test ends with nothing left behind. */
static void end(struct kunit *test, struct bus *bus)
{
	unsigned int i;

	hvr_proto_reset(&bus->proto);
	for (i = 0; i < ARRAY_SIZE(bus->chan); i++)
		if (bus->chan[i].node.next && !bus->chan[i].revoked)
			revoke(bus, i);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	KUNIT_EXPECT_EQ(test, bus->proto.nr_chans, 0);
	KUNIT_EXPECT_EQ(test, bus->proto.gpadls.count, 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(bus->proto.relids,
					     HV_VMBUS_MAX_RELID + 1));
}

/* ---- connection ---- */

static void test_versions(struct kunit *test)
{
	struct bus *bus = make_bus(test);

	KUNIT_EXPECT_NULL(test, contact(bus, HV_VMBUS_COPPER, 1));
	expect_version(test, bus, false, 0, 0);
	KUNIT_EXPECT_EQ(test, bus->out[0].vp, 1);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	contact(bus, 0x50004, 0);
	expect_version(test, bus, false, 0, 0);
	contact(bus, HV_VMBUS_WIN8, 0);
	expect_version(test, bus, false, 0, 0);
	/* Then a good one, on the same bus. */
	contact(bus, HV_VMBUS_IRON, 2);
	expect_version(test, bus, true, 0, 1);
	KUNIT_EXPECT_EQ(test, bus->proto.contact_vp, 2);
	/* Before 5.0 the version is echoed. */
	contact(bus, HV_VMBUS_WIN8_1, 0);
	expect_version(test, bus, true, 0, HV_VMBUS_WIN8_1);
	KUNIT_EXPECT_EQ(test, bus->proto.connects, 2);
	KUNIT_EXPECT_EQ(test, bus->disconnects, 1);
	/* A refused one ends the connection too. */
	contact(bus, 0, 0);
	expect_version(test, bus, false, 0, 0);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	bus->proto.max_version = HV_VMBUS_WIN10;
	contact(bus, HV_VMBUS_RS3_A, 0);
	expect_version(test, bus, false, 0, 0);
	contact(bus, HV_VMBUS_WIN10, 0);
	expect_version(test, bus, true, 0, HV_VMBUS_WIN10);
	end(test, bus);
}

static void test_contact_failures(struct kunit *test)
{
	struct bus *bus = make_bus(test);
	struct hv_vmbus_contact msg = {
		.header.type = cpu_to_le32(HV_VMBUS_INITIATE_CONTACT),
		.version = cpu_to_le32(HV_VMBUS_IRON),
		.sint = HV_VMBUS_SINT,
		.monitor_page_in = cpu_to_le64(0x1000),
	};

	/* Half a pair of monitor pages; both are fine (and ignored). */
	feed(bus, &msg, sizeof(msg));
	expect_version(test, bus, true, HV_VMBUS_CONNECTION_FAILED, 1);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	msg.monitor_page_out = cpu_to_le64(0x2000);
	feed(bus, &msg, sizeof(msg));
	expect_version(test, bus, true, 0, 1);
	/* A VP that does not exist: answered on VP 0. */
	msg.target_vp = cpu_to_le32(VPS);
	feed(bus, &msg, sizeof(msg));
	KUNIT_EXPECT_EQ(test, bus->out[bus->nr_read % MAX_OUT].vp, 0);
	expect_version(test, bus, true, HV_VMBUS_CONNECTION_FAILED, 1);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	end(test, bus);
}

static void test_other_target(struct kunit *test)
{
	struct bus *bus = make_connected(test);
	struct hv_vmbus_contact msg = {
		.header.type = cpu_to_le32(HV_VMBUS_INITIATE_CONTACT),
		.version = cpu_to_le32(HV_VMBUS_IRON),
		.sint = 5,
	};
	struct hvr_proto_in in = { &msg, sizeof(msg), false };

	/* The refusal goes there; the connection does not notice. */
	KUNIT_EXPECT_NOT_NULL(test, feed(bus, &msg, sizeof(msg)));
	KUNIT_EXPECT_EQ(test, bus->once, 1);
	KUNIT_EXPECT_EQ(test, bus->once_sint, 5);
	msg.sint = HV_VMBUS_SINT;
	msg.vtl = 1;
	KUNIT_EXPECT_NOT_NULL(test, feed(bus, &msg, sizeof(msg)));
	KUNIT_EXPECT_EQ(test, bus->once, 1);
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_CONNECTED);
	/* On the classic connection these bytes mean nothing. */
	msg.sint = 5;
	KUNIT_EXPECT_NULL(test, hvr_proto_message(&bus->proto, &in));
	expect_version(test, bus, true, 0, 1);
	end(test, bus);
}

static void test_wrong_state(struct kunit *test)
{
	struct bus *bus = make_bus(test);

	add_chan(test, bus, 0);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_UNLOAD, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 1, 9, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_OFFER_CHANNEL, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, 99, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, feed(bus, "abc", 3));
	expect_silence(test, bus);
	contact(bus, HV_VMBUS_IRON, 0);
	bus->nr_read = bus->nr_out;
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_OPEN_RESULT, 1, 1));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_PAUSE, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_CLOSE_RESERVED, 1, 0));
	expect_silence(test, bus);
	end(test, bus);
}

/* ---- offers ---- */

static void test_offers(struct kunit *test)
{
	struct bus *bus = make_bus(test);
	const struct hv_vmbus_offer *msg;

	add_chan(test, bus, 2);
	add_chan(test, bus, 0);
	KUNIT_EXPECT_EQ(test, hvr_proto_offer(&bus->proto, &bus->chan[0]), -EEXIST);
	contact(bus, HV_VMBUS_IRON, 0);
	bus->nr_read = bus->nr_out;
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0));
	msg = expect(test, bus, HV_VMBUS_OFFER_CHANNEL);
	KUNIT_EXPECT_EQ(test, msg->instance[0], 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->connection_id), 0x2001);
	KUNIT_EXPECT_EQ(test, msg->monitor_id, 0xff);
	KUNIT_EXPECT_EQ(test, msg->monitor_allocated, 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(msg->dedicated_interrupt), 1);
	msg = expect(test, bus, HV_VMBUS_OFFER_CHANNEL);
	KUNIT_EXPECT_EQ(test, msg->instance[0], 2);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), 2);
	expect(test, bus, HV_VMBUS_ALL_OFFERS_DELIVERED);
	expect_silence(test, bus);
	/* Twice is an error. */
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0));
	expect_silence(test, bus);
	/* Hot add: at once, and nothing more. */
	add_chan(test, bus, 1);
	msg = expect(test, bus, HV_VMBUS_OFFER_CHANNEL);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), 3);
	expect_silence(test, bus);
	/* The next connection numbers them anew, in order. */
	contact(bus, HV_VMBUS_IRON, 0);
	expect(test, bus, HV_VMBUS_VERSION_RESPONSE);
	post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	KUNIT_EXPECT_EQ(test, bus->chan[1].relid, 2);
	KUNIT_EXPECT_EQ(test, bus->chan[2].relid, 3);
	end(test, bus);
}

static void test_release_and_hot_remove(struct kunit *test)
{
	struct bus *bus = make_connected(test);
	const struct hv_vmbus_relid *msg;

	/* Released while closed: not offered again on this connection. */
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	expect_silence(test, bus);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	KUNIT_EXPECT_EQ(test, bus->proto.gpadls.count, 0);
	add_chan(test, bus, 1);
	expect(test, bus, HV_VMBUS_OFFER_CHANNEL);
	KUNIT_EXPECT_EQ(test, bus->chan[1].relid, 1);
	expect_silence(test, bus);
	/* Unknown to the guest: goes at once. */
	revoke(bus, 0);
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->freed, 1);
	/* Known: rescinded, gone when the guest lets go. */
	revoke(bus, 1);
	msg = expect(test, bus, HV_VMBUS_RESCIND_OFFER);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), 1);
	KUNIT_EXPECT_EQ(test, bus->freed, 1);
	/* The provider, after the bus did it for it: nothing more. */
	revoke(bus, 1);
	expect_silence(test, bus);
	/* An open now is ignored without an error: the rescind is the answer. */
	KUNIT_EXPECT_NULL(test, open_chan(bus, 1, 9, 0));
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0));
	expect_silence(test, bus);
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	KUNIT_EXPECT_EQ(test, bus->freed, 2);
	revoke(bus, 1);
	KUNIT_EXPECT_EQ(test, bus->freed, 2);
	expect_silence(test, bus);
	end(test, bus);
}

/* The same instance comes back before the guest has released the old one. */
static void test_reoffer(struct kunit *test)
{
	struct bus *bus = make_connected(test);

	revoke(bus, 0);
	expect(test, bus, HV_VMBUS_RESCIND_OFFER);
	bus->chan[3].instance[0] = 0;
	KUNIT_EXPECT_EQ(test, hvr_proto_offer(&bus->proto, &bus->chan[3]), 0);
	expect_silence(test, bus);
	/* It goes and comes again while the guest thinks. */
	revoke(bus, 3);
	KUNIT_EXPECT_EQ(test, bus->freed, 1);
	memset(&bus->chan[3], 0, sizeof(bus->chan[3]));
	KUNIT_EXPECT_EQ(test, hvr_proto_offer(&bus->proto, &bus->chan[3]), 0);
	expect_silence(test, bus);
	post(bus, HV_VMBUS_RELID_RELEASED, 1, 0);
	expect(test, bus, HV_VMBUS_OFFER_CHANNEL);
	KUNIT_EXPECT_EQ(test, bus->chan[3].relid, 1);
	expect_silence(test, bus);
	end(test, bus);
}

static void test_relid_limit(struct kunit *test)
{
	struct bus *bus = make_bus(test);
	struct hvr_proto_chan *chans;
	u32 i;

	chans = kvcalloc(HV_VMBUS_MAX_RELID + 1, sizeof(*chans), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chans);
	for (i = 0; i <= HV_VMBUS_MAX_RELID; i++) {
		chans[i].instance[0] = i;
		chans[i].instance[1] = i >> 8;
		KUNIT_EXPECT_EQ(test, hvr_proto_offer(&bus->proto, &chans[i]),
				i < HV_VMBUS_MAX_RELID ? 0 : -ENOSPC);
	}
	contact(bus, HV_VMBUS_IRON, 0);
	post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	KUNIT_EXPECT_TRUE(test, test_bit(HV_VMBUS_MAX_RELID, bus->proto.relids));
	for (i = 0; i < HV_VMBUS_MAX_RELID; i++) {
		KUNIT_EXPECT_NE(test, chans[i].relid, 0);
		hvr_proto_revoke(&bus->proto, &chans[i]);
		hvr_proto_device_gone(&bus->proto, &chans[i]);
	}
	end(test, bus);
	kvfree(chans);
}

/* ---- GPADLs ---- */

static void test_gpadl_create(struct kunit *test)
{
	struct bus *bus = make_connected(test);

	/* In pieces; more words than claimed are ignored. */
	KUNIT_EXPECT_NULL(test, gpadl_header(bus, 1, 10, 40, 27));
	expect_silence(test, bus);
	KUNIT_EXPECT_NULL(test, gpadl_body(bus, 10, 28));
	expect_gpadl(test, bus, 10, true);
	/* A body for a finished list. */
	KUNIT_EXPECT_NOT_NULL(test, gpadl_body(bus, 10, 28));
	expect_silence(test, bus);
	/* Unknown channel, id in use, nothing in it, a list that is too short. */
	gpadl_header(bus, 77, 11, 4, 5);
	expect_gpadl(test, bus, 11, false);
	gpadl_header(bus, 1, 10, 4, 5);
	expect_gpadl(test, bus, 10, false);
	gpadl_header(bus, 1, 12, 0, 1);
	expect_gpadl(test, bus, 12, false);
	/* An incomplete list: its id is taken, teardown is refused. */
	gpadl_header(bus, 1, 13, 40, 5);
	gpadl_header(bus, 1, 13, 40, 5);
	expect_gpadl(test, bus, 13, false);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 13));
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->proto.gpadls.count, 3);
	end(test, bus);
}

static void test_gpadl_teardown(struct kunit *test)
{
	struct bus *bus = make_connected(test);
	const struct hv_vmbus_gpadl_torndown *msg;

	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 8));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 2, 9));
	expect_silence(test, bus);
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 9));
	msg = expect(test, bus, HV_VMBUS_GPADL_TORNDOWN);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->gpadl), 9);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 9));
	expect_silence(test, bus);
	end(test, bus);
}

/* The fence: no answer before the host has let go of the pages. */
static void test_gpadl_in_use(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 9));
	expect_silence(test, bus);
	/* Nobody gets a new view, and it cannot be torn down twice. */
	KUNIT_EXPECT_TRUE(test, IS_ERR(hvr_proto_get_view(&bus->proto,
							  &bus->chan[0], 9)));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 9));
	post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0);
	expect_silence(test, bus);
	finish_close(test, bus, view);
	expect(test, bus, HV_VMBUS_GPADL_TORNDOWN);
	expect_silence(test, bus);
	end(test, bus);
}

/* Rescinded with the ring in use: one answer, when the device is down. */
static void test_gpadl_rescinded(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	hvr_proto_revoke(&bus->proto, &bus->chan[0]);
	expect(test, bus, HV_VMBUS_RESCIND_OFFER);
	post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 9);
	expect_silence(test, bus);
	/* A list made on a rescinded channel still is answered. */
	gpadl_header(bus, 1, 20, 4, 5);
	expect_gpadl(test, bus, 20, true);
	hvr_proto_put_view(&bus->proto, &bus->chan[0], view);
	expect(test, bus, HV_VMBUS_GPADL_TORNDOWN);
	hvr_proto_device_gone(&bus->proto, &bus->chan[0]);
	KUNIT_EXPECT_EQ(test, bus->freed, 0);
	post(bus, HV_VMBUS_RELID_RELEASED, 1, 0);
	KUNIT_EXPECT_EQ(test, bus->freed, 1);
	expect_silence(test, bus);
	end(test, bus);
}

/* Released by the guest before the device is down. */
static void test_rescind_release_early(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	hvr_proto_revoke(&bus->proto, &bus->chan[0]);
	expect(test, bus, HV_VMBUS_RESCIND_OFFER);
	post(bus, HV_VMBUS_RELID_RELEASED, 1, 0);
	/* The relid stays taken while signals may still use it. */
	KUNIT_EXPECT_EQ(test, bus->chan[0].relid, 1);
	KUNIT_EXPECT_EQ(test, bus->freed, 0);
	hvr_proto_put_view(&bus->proto, &bus->chan[0], view);
	hvr_proto_device_gone(&bus->proto, &bus->chan[0]);
	KUNIT_EXPECT_EQ(test, bus->freed, 1);
	expect_silence(test, bus);
	end(test, bus);
}

/* ---- channels ---- */

/* What each guest message does in each state: 0 refused, 1 obeyed or ignored. */
static void test_open_states(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_connected(test);

	/* Closed. */
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0));
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 2, 9, 0));
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 0, 9, 0));
	KUNIT_EXPECT_NULL(test, open_chan(bus, 1, 9, 3));
	expect_silence(test, bus);
	/* Opening. */
	KUNIT_EXPECT_EQ(test, hvr_proto_take(&bus->chan[0]), WANT_OPEN);
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 1, 9, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->chan[0].open.target_vp, 3);
	/* The device refuses, then a second attempt works. */
	hvr_proto_opened(&bus->proto, &bus->chan[0], false);
	expect_opened(test, bus, 1, false);
	KUNIT_EXPECT_EQ(test, bus->chan[0].state, CH_CLOSED);
	open_chan(bus, 1, 9, 0);
	hvr_proto_take(&bus->chan[0]);
	view = hvr_proto_get_view(&bus->proto, &bus->chan[0], 9);
	hvr_proto_opened(&bus->proto, &bus->chan[0], true);
	expect_opened(test, bus, 1, true);
	/* Open. */
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 1, 9, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	hvr_proto_opened(&bus->proto, &bus->chan[0], true);
	hvr_proto_closed(&bus->proto, &bus->chan[0]);
	KUNIT_EXPECT_EQ(test, bus->chan[0].state, CH_OPEN);
	expect_silence(test, bus);
	/* Closing: there is no reply to a close. */
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0));
	expect_silence(test, bus);
	/* Opened again before the close is done: later, once. */
	KUNIT_EXPECT_NULL(test, open_chan(bus, 1, 9, 2));
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 1, 9, 2));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	expect_silence(test, bus);
	finish_close(test, bus, view);
	KUNIT_EXPECT_EQ(test, bus->chan[0].state, CH_OPENING);
	KUNIT_EXPECT_EQ(test, hvr_proto_take(&bus->chan[0]), WANT_OPEN);
	KUNIT_EXPECT_EQ(test, bus->chan[0].open.target_vp, 2);
	hvr_proto_opened(&bus->proto, &bus->chan[0], false);
	expect_opened(test, bus, 1, false);
	end(test, bus);
}

static void test_open_targets(struct kunit *test)
{
	struct bus *bus = make_connected(test);

	open_chan(bus, 1, 9, VPS);
	expect_opened(test, bus, 1, false);
	KUNIT_EXPECT_EQ(test, bus->chan[0].state, CH_CLOSED);
	KUNIT_EXPECT_EQ(test, bus->chan[0].want, WANT_NOTHING);
	open_chan(bus, 1, 9, HV_VMBUS_VP_NONE);
	KUNIT_EXPECT_EQ(test, hvr_proto_take(&bus->chan[0]), WANT_OPEN);
	hvr_proto_opened(&bus->proto, &bus->chan[0], true);
	expect_opened(test, bus, 1, true);
	/* Without interrupts there is nothing to move. */
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 1, 0));
	expect(test, bus, HV_VMBUS_MODIFY_CHANNEL_RESPONSE);
	post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0);
	hvr_proto_take(&bus->chan[0]);
	hvr_proto_closed(&bus->proto, &bus->chan[0]);
	end(test, bus);
}

static void expect_modified(struct kunit *test, struct bus *bus, u32 relid, bool ok)
{
	const struct hv_vmbus_modify_response *msg;

	msg = expect(test, bus, HV_VMBUS_MODIFY_CHANNEL_RESPONSE);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), relid);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->status),
			ok ? 0 : HV_VMBUS_STATUS_FAILED);
	expect_silence(test, bus);
}

static void test_modify(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 1, 3));
	expect_modified(test, bus, 1, true);
	KUNIT_EXPECT_EQ(test, bus->retargets, 1);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 1, VPS));
	expect_modified(test, bus, 1, false);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 1, ~0u));
	expect_modified(test, bus, 1, false);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 7, 0));
	expect_modified(test, bus, 7, false);
	KUNIT_EXPECT_EQ(test, bus->chan[0].open.target_vp, 3);
	post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0);
	finish_close(test, bus, view);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 1, 0));
	expect_modified(test, bus, 1, false);
	KUNIT_EXPECT_EQ(test, bus->retargets, 1);
	/* Before 5.3 there is no response, before 4.1 no such message. */
	contact(bus, HV_VMBUS_RS3_A, 0);
	post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	bus->nr_read = bus->nr_out;
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_MODIFY_CHANNEL, 1, 0));
	expect_silence(test, bus);
	end(test, bus);
}

static void test_socket_connect(struct kunit *test)
{
	struct bus *bus = make_connected(test);
	const struct hv_vmbus_tl_result *result;
	struct hv_vmbus_tl_connect msg = {
		.header.type = cpu_to_le32(HV_VMBUS_TL_CONNECT_REQUEST),
		.endpoint = "endpoint",
		.service = "service",
	};

	KUNIT_EXPECT_NULL(test, feed(bus, &msg, sizeof(msg)));
	result = expect(test, bus, HV_VMBUS_TL_CONNECT_RESULT);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(result->status), HV_VMBUS_STATUS_REFUSED);
	KUNIT_EXPECT_STREQ(test, (const char *)result->service, "service");
	contact(bus, HV_VMBUS_WIN10, 0);
	bus->nr_read = bus->nr_out;
	KUNIT_EXPECT_NULL(test, feed(bus, &msg, sizeof(msg)));
	expect_silence(test, bus);
	end(test, bus);
}

/* ---- the end of a connection ---- */

static void test_unload(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	/* With a device that is slow to close, and an impatient guest. */
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_UNLOAD, 0, 0));
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_UNLOAD, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 1, 9, 0));
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTING);
	finish_close(test, bus, view);
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	KUNIT_EXPECT_EQ(test, bus->disconnects, 1);
	KUNIT_EXPECT_NOT_NULL(test, post(bus, HV_VMBUS_UNLOAD, 0, 0));
	expect_silence(test, bus);
	/* And again from the start. */
	contact(bus, HV_VMBUS_IRON, 0);
	expect_version(test, bus, true, 0, 1);
	post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	expect(test, bus, HV_VMBUS_OFFER_CHANNEL);
	end(test, bus);
}

static void test_reconnect(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	/* Two contacts while the device closes: only the last is answered. */
	contact(bus, HV_VMBUS_RS5, 0);
	contact(bus, HV_VMBUS_WIN10, 3);
	expect_silence(test, bus);
	finish_close(test, bus, view);
	expect_version(test, bus, true, 0, HV_VMBUS_WIN10);
	KUNIT_EXPECT_EQ(test, bus->proto.contact_vp, 3);
	KUNIT_EXPECT_EQ(test, bus->proto.gpadls.count, 0);
	/* A contact in place of an Unload, and the other way round. */
	end(test, bus);
	bus = make_open(test, &view);
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	contact(bus, HV_VMBUS_IRON, 0);
	finish_close(test, bus, view);
	expect_version(test, bus, true, 0, 1);
	end(test, bus);
	bus = make_open(test, &view);
	contact(bus, HV_VMBUS_IRON, 0);
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	finish_close(test, bus, view);
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	expect_silence(test, bus);
	end(test, bus);
}

static void test_disconnect_while_opening(struct kunit *test)
{
	struct bus *bus = make_connected(test);
	struct hvr_proto_chan *ch = &bus->chan[0];

	/* The device has not been asked yet. */
	open_chan(bus, 1, 9, 0);
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	KUNIT_EXPECT_EQ(test, ch->want, WANT_NOTHING);
	end(test, bus);

	/* It was asked, and says yes: it has to close. */
	bus = make_connected(test);
	ch = &bus->chan[0];
	open_chan(bus, 1, 9, 0);
	hvr_proto_take(ch);
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	hvr_proto_opened(&bus->proto, ch, true);
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, hvr_proto_take(ch), WANT_CLOSE);
	hvr_proto_closed(&bus->proto, ch);
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	end(test, bus);

	/* It says no. */
	bus = make_connected(test);
	ch = &bus->chan[0];
	open_chan(bus, 1, 9, 0);
	hvr_proto_take(ch);
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	hvr_proto_opened(&bus->proto, ch, false);
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	KUNIT_EXPECT_EQ(test, ch->want, WANT_NOTHING);
	end(test, bus);

	/* It says nothing: the open is taken back. */
	bus = make_connected(test);
	ch = &bus->chan[0];
	open_chan(bus, 1, 9, 0);
	hvr_proto_take(ch);
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	KUNIT_EXPECT_EQ(test, hvr_proto_take(ch), WANT_CLOSE);
	hvr_proto_closed(&bus->proto, ch);
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	end(test, bus);
}

/* A device removed in each stage of an open; no result is sent. */
static void test_removed_while_opening(struct kunit *test)
{
	struct bus *bus = make_connected(test);

	open_chan(bus, 1, 9, 0);
	hvr_proto_revoke(&bus->proto, &bus->chan[0]);
	KUNIT_EXPECT_EQ(test, hvr_proto_take(&bus->chan[0]), WANT_NOTHING);
	hvr_proto_device_gone(&bus->proto, &bus->chan[0]);
	expect(test, bus, HV_VMBUS_RESCIND_OFFER);
	expect_silence(test, bus);
	end(test, bus);

	bus = make_connected(test);
	open_chan(bus, 1, 9, 0);
	hvr_proto_take(&bus->chan[0]);
	hvr_proto_revoke(&bus->proto, &bus->chan[0]);
	/* A late answer is stale. */
	hvr_proto_opened(&bus->proto, &bus->chan[0], true);
	hvr_proto_device_gone(&bus->proto, &bus->chan[0]);
	expect(test, bus, HV_VMBUS_RESCIND_OFFER);
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->chan[0].state, CH_REVOKED);
	end(test, bus);
}

static void test_reset(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	hvr_proto_reset(&bus->proto);
	KUNIT_EXPECT_FALSE(test, hvr_proto_accepts(&bus->proto));
	hvr_proto_reset(&bus->proto);
	finish_close(test, bus, view);
	expect_silence(test, bus);
	KUNIT_EXPECT_TRUE(test, hvr_proto_accepts(&bus->proto));
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	/* It replaces what a guest was waiting for. */
	contact(bus, HV_VMBUS_IRON, 0);
	post(bus, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	gpadl_header(bus, 1, 9, 4, 5);
	open_chan(bus, 1, 9, 0);
	hvr_proto_take(&bus->chan[0]);
	bus->nr_read = bus->nr_out;
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	hvr_proto_reset(&bus->proto);
	hvr_proto_opened(&bus->proto, &bus->chan[0], false);
	expect_silence(test, bus);
	KUNIT_EXPECT_EQ(test, bus->proto.state, PROTO_DISCONNECTED);
	end(test, bus);
}

/* Released while the device closes; disconnected after that. */
static void test_release_while_closing(struct kunit *test)
{
	struct hvr_gpadl *view;
	struct bus *bus = make_open(test, &view);

	post(bus, HV_VMBUS_CLOSE_CHANNEL, 1, 0);
	post(bus, HV_VMBUS_GPADL_TEARDOWN, 1, 9);
	KUNIT_EXPECT_NULL(test, post(bus, HV_VMBUS_RELID_RELEASED, 1, 0));
	KUNIT_EXPECT_NOT_NULL(test, open_chan(bus, 1, 9, 0));
	post(bus, HV_VMBUS_UNLOAD, 0, 0);
	expect_silence(test, bus);
	finish_close(test, bus, view);
	/* The guest forgot the list with the channel. */
	expect(test, bus, HV_VMBUS_UNLOAD_COMPLETE);
	expect_silence(test, bus);
	end(test, bus);
}

static struct kunit_case proto_cases[] = {
	KUNIT_CASE(test_versions),
	KUNIT_CASE(test_contact_failures),
	KUNIT_CASE(test_other_target),
	KUNIT_CASE(test_wrong_state),
	KUNIT_CASE(test_offers),
	KUNIT_CASE(test_release_and_hot_remove),
	KUNIT_CASE(test_reoffer),
	KUNIT_CASE(test_relid_limit),
	KUNIT_CASE(test_gpadl_create),
	KUNIT_CASE(test_gpadl_teardown),
	KUNIT_CASE(test_gpadl_in_use),
	KUNIT_CASE(test_gpadl_rescinded),
	KUNIT_CASE(test_rescind_release_early),
	KUNIT_CASE(test_open_states),
	KUNIT_CASE(test_open_targets),
	KUNIT_CASE(test_modify),
	KUNIT_CASE(test_socket_connect),
	KUNIT_CASE(test_unload),
	KUNIT_CASE(test_reconnect),
	KUNIT_CASE(test_disconnect_while_opening),
	KUNIT_CASE(test_removed_while_opening),
	KUNIT_CASE(test_reset),
	KUNIT_CASE(test_release_while_closing),
	{}
};

static struct kunit_suite proto_suite = {
	.name = "hvroot_vmbus_proto",
	.test_cases = proto_cases,
};

kunit_test_suites(&proto_suite);
