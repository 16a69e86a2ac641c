// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of bus messages: lengths, directions, versions.
 */
#include <kunit/test.h>

#include "../vmbus/wire.c"

struct wire_case {
	const char *name;
	u32 type;
	u32 len;
	u32 version;
	enum hvr_wire_verdict verdict;
};

static const struct wire_case cases[] = {
	{ "no header", 3, 7, HV_VMBUS_IRON, WIRE_SHORT },
	{ "empty", 0, 0, HV_VMBUS_IRON, WIRE_SHORT },
	{ "type 0", 0, 240, HV_VMBUS_IRON, WIRE_UNKNOWN },
	{ "type 30", 30, 240, HV_VMBUS_IRON, WIRE_UNKNOWN },
	{ "type ~0", ~0u, 240, HV_VMBUS_IRON, WIRE_UNKNOWN },
	{ "offer from a guest", 1, 240, HV_VMBUS_IRON, WIRE_DIRECTION },
	{ "response from a guest", 15, 240, 0, WIRE_DIRECTION },
	{ "torndown from a guest", 12, 240, HV_VMBUS_IRON, WIRE_DIRECTION },
	{ "request offers", 3, 8, HV_VMBUS_IRON, WIRE_OK },
	{ "request offers, 240 bytes", 3, 240, HV_VMBUS_IRON, WIRE_OK },
	{ "request offers, disconnected", 3, 8, 0, WIRE_VERSION },
	{ "open", 5, 148, HV_VMBUS_WIN8_1, WIRE_OK },
	{ "open, short", 5, 147, HV_VMBUS_WIN8_1, WIRE_SHORT },
	{ "close", 7, 12, HV_VMBUS_IRON, WIRE_OK },
	{ "close, short", 7, 11, HV_VMBUS_IRON, WIRE_SHORT },
	{ "page list", 8, 20, HV_VMBUS_IRON, WIRE_OK },
	{ "page list, short", 8, 19, HV_VMBUS_IRON, WIRE_SHORT },
	{ "page list body", 9, 16, HV_VMBUS_IRON, WIRE_OK },
	{ "page list body, short", 9, 15, HV_VMBUS_IRON, WIRE_SHORT },
	{ "teardown", 11, 16, HV_VMBUS_IRON, WIRE_OK },
	{ "teardown, short", 11, 15, HV_VMBUS_IRON, WIRE_SHORT },
	{ "release", 13, 12, HV_VMBUS_IRON, WIRE_OK },
	{ "contact, disconnected", 14, 40, 0, WIRE_OK },
	{ "contact, connected", 14, 40, HV_VMBUS_IRON, WIRE_OK },
	{ "contact, short", 14, 39, 0, WIRE_SHORT },
	{ "contact with a client id", 14, 56, 0, WIRE_OK },
	{ "unload", 16, 8, HV_VMBUS_WIN8_1, WIRE_OK },
	{ "unload, disconnected", 16, 8, 0, WIRE_VERSION },
	{ "reserved open", 18, 28, HV_VMBUS_IRON, WIRE_UNSERVED },
	{ "reserved open at 3.0", 18, 28, HV_VMBUS_WIN8_1, WIRE_VERSION },
	{ "reserved close, disconnected", 19, 20, 0, WIRE_UNSERVED },
	{ "socket connect", 21, 40, HV_VMBUS_WIN10, WIRE_OK },
	{ "socket connect at 3.0", 21, 40, HV_VMBUS_WIN8_1, WIRE_VERSION },
	{ "modify", 22, 16, HV_VMBUS_RS3_A, WIRE_OK },
	{ "modify at 4.0", 22, 16, HV_VMBUS_WIN10, WIRE_VERSION },
	{ "pause", 27, 8, HV_VMBUS_IRON, WIRE_VERSION },
};

static void test_check(struct kunit *test)
{
	u8 msg[HV_VMBUS_MESSAGE_BYTES] = { 0 };
	struct hv_vmbus_header *header = (void *)msg;
	unsigned int i;
	u32 type;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct wire_case *c = &cases[i];

		header->type = cpu_to_le32(c->type);
		KUNIT_EXPECT_EQ_MSG(test, c->verdict,
				    hvr_wire_check(msg, c->len, c->version, &type),
				    "%s", c->name);
		KUNIT_EXPECT_EQ_MSG(test, type, c->len < 8 ? 0 : c->type, "%s",
				    c->name);
	}
}

/* The table against the structures. */
static void test_sizes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_OFFER_CHANNEL),
			sizeof(struct hv_vmbus_offer));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_RESCIND_OFFER),
			sizeof(struct hv_vmbus_relid));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_OPEN_CHANNEL),
			sizeof(struct hv_vmbus_open));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_OPEN_RESULT),
			sizeof(struct hv_vmbus_open_result));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_CLOSE_CHANNEL),
			sizeof(struct hv_vmbus_relid));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_GPADL_HEADER),
			sizeof(struct hv_vmbus_gpadl_header));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_GPADL_BODY),
			sizeof(struct hv_vmbus_gpadl_body));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_GPADL_CREATED),
			sizeof(struct hv_vmbus_gpadl_created));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_GPADL_TEARDOWN),
			sizeof(struct hv_vmbus_gpadl_teardown));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_GPADL_TORNDOWN),
			sizeof(struct hv_vmbus_gpadl_torndown));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_RELID_RELEASED),
			sizeof(struct hv_vmbus_relid));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_INITIATE_CONTACT),
			sizeof(struct hv_vmbus_contact));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_VERSION_RESPONSE),
			sizeof(struct hv_vmbus_version_response));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_TL_CONNECT_REQUEST),
			sizeof(struct hv_vmbus_tl_connect));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_TL_CONNECT_RESULT),
			sizeof(struct hv_vmbus_tl_result));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_MODIFY_CHANNEL),
			sizeof(struct hv_vmbus_modify));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(HV_VMBUS_MODIFY_CHANNEL_RESPONSE),
			sizeof(struct hv_vmbus_modify_response));
	KUNIT_EXPECT_EQ(test, hvr_wire_size(0), 0);
	KUNIT_EXPECT_EQ(test, hvr_wire_size(~0u), 0);
}

static void test_versions(struct kunit *test)
{
	static const u32 known[] = {
		0x30000, 0x40000, 0x40001, 0x50000, 0x50001, 0x50002, 0x50003,
	};
	static const u32 unknown[] = {
		0, 0xd, 0x10001, 0x20004, 0x30001, 0x40002, 0x50004, 0x60000, ~0u,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		KUNIT_EXPECT_TRUE(test, hvr_wire_version_known(known[i]));
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		KUNIT_EXPECT_FALSE(test, hvr_wire_version_known(unknown[i]));
}

static struct kunit_case wire_cases[] = {
	KUNIT_CASE(test_check),
	KUNIT_CASE(test_sizes),
	KUNIT_CASE(test_versions),
	{}
};

static struct kunit_suite wire_suite = {
	.name = "hvroot_vmbus_wire",
	.test_cases = wire_cases,
};

kunit_test_suites(&wire_suite);
