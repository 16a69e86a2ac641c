// SPDX-License-Identifier: GPL-2.0-only
/*
 * storvsp: packets and their sizes, the handshake in order and out of order, SRB
 * checks, SRB statuses, commands answered without a disk.
 */
#include <kunit/test.h>

#include "../vsp_storvsc/wire.c"
#include "../vsp_storvsc/negotiate.c"
#include "../vsp_storvsc/scsi.c"

/* --- packets -------------------------------------------------------------- */

static void packet_lengths(struct kunit *test)
{
	static const struct {
		u32 len;
		int body;
	} rows[] = {
		{ 0, -EPROTO }, { 8, -EPROTO }, { 11, -EPROTO }, { 12, 0 },
		{ 16, 4 }, { 48, 36 }, { 56, 44 }, { 64, 52 }, { 72, 52 },
		{ 4096, 52 },
	};
	struct vstor_packet pkt;
	u8 *payload;
	int i;

	payload = kunit_kzalloc(test, 4096, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, payload);
	memset(payload, 0xa5, 4096);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ_MSG(test,
				    storvsp_parse(payload, rows[i].len, &pkt),
				    rows[i].body, "%u bytes", rows[i].len);
		if (rows[i].body < 0)
			continue;
		KUNIT_EXPECT_EQ(test, memcmp(&pkt, payload, 12 + rows[i].body),
				0);
		KUNIT_EXPECT_NULL(test,
				  memchr_inv(pkt.body + rows[i].body, 0,
					     sizeof(pkt.body) - rows[i].body));
	}
}

struct srb_row {
	const char *what;
	u32 nr_ranges, range_bytes, length;
	u8 direction, cdb_length;
	int err;
	u8 parsed_direction;
};

static const struct srb_row srb_rows[] = {
	{ "no data", 0, 0, 0, 2, 6, 0, VSTOR_DATA_NONE },
	{ "read", 1, 4096, 4096, 1, 10, 0, VSTOR_DATA_IN },
	{ "write", 1, 4096, 4096, 0, 16, 0, VSTOR_DATA_OUT },
	{ "less than the range", 1, 4096, 512, 1, 10, 0, VSTOR_DATA_IN },
	{ "one byte too much", 1, 4096, 4097, 1, 10, -EPROTO, 0 },
	{ "data without a range", 0, 0, 512, 1, 10, -EPROTO, 0 },
	{ "two ranges", 2, 8192, 4096, 1, 10, -EPROTO, 0 },
	{ "two ranges, no data", 2, 8192, 0, 2, 10, -EPROTO, 0 },
	{ "range without data", 1, 4096, 0, 1, 6, 0, VSTOR_DATA_NONE },
	{ "unknown direction reads", 1, 512, 512, 2, 10, 0, VSTOR_DATA_IN },
	{ "mad direction reads", 1, 512, 512, 0xff, 10, 0, VSTOR_DATA_IN },
	{ "all ones", 1, 0xffffffff, 0xffffffff, 0, 10, 0, VSTOR_DATA_OUT },
	{ "CDB too long", 0, 0, 0, 2, 17, -EPROTO, 0 },
	{ "CDB much too long", 0, 0, 0, 2, 255, -EPROTO, 0 },
	{ "no CDB", 0, 0, 0, 2, 0, 0, VSTOR_DATA_NONE },
};

static void srb_checks(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(srb_rows); i++) {
		const struct srb_row *row = &srb_rows[i];
		struct vstor_packet pkt = {};
		struct storvsp_srb srb;

		pkt.srb.path = 1;
		pkt.srb.target = 2;
		pkt.srb.lun = 3;
		pkt.srb.transfer_length = cpu_to_le32(row->length);
		pkt.srb.data_direction = row->direction;
		pkt.srb.cdb_length = row->cdb_length;
		memset(pkt.srb.cdb, 0x11, sizeof(pkt.srb.cdb));
		KUNIT_EXPECT_EQ_MSG(test,
				    storvsp_parse_srb(&pkt, row->nr_ranges,
						      row->range_bytes, &srb),
				    row->err, "%s", row->what);
		if (row->err)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, srb.direction, row->parsed_direction,
				    "%s", row->what);
		KUNIT_EXPECT_EQ(test, srb.length, row->length);
		KUNIT_EXPECT_EQ(test, srb.path, 1);
		KUNIT_EXPECT_EQ(test, srb.target, 2);
		KUNIT_EXPECT_EQ(test, srb.lun, 3);
		/* Bytes after the command's length are not the command's. */
		KUNIT_EXPECT_NULL(test,
				  memchr_inv(srb.cdb + row->cdb_length, 0,
					     sizeof(srb.cdb) - row->cdb_length));
	}
}

static const struct {
	u8 srb;
	u32 status;
} ntstatus_rows[] = {
	{ SRB_SUCCESS, 0 },
	{ SRB_SUCCESS | SRB_AUTOSENSE_VALID, 0 },
	{ SRB_BUSY, 0x80000011 },
	{ SRB_INVALID_LUN, 0xc00000c0 },
	{ SRB_INVALID_TARGET_ID, 0xc00000c0 },
	{ SRB_NO_DEVICE, 0xc00000c0 },
	{ SRB_NO_HBA, 0xc00000c0 },
	{ SRB_TIMEOUT, 0xc00000b5 },
	{ SRB_COMMAND_TIMEOUT, 0xc00000b5 },
	{ SRB_SELECTION_TIMEOUT, 0xc000009d },
	{ SRB_BAD_FUNCTION, 0xc0000010 },
	{ SRB_BAD_SRB_BLOCK_LENGTH, 0xc0000010 },
	{ SRB_DATA_OVERRUN, 0x80000005 },
	{ SRB_REQUEST_FLUSHED, 0xc0000001 },
	{ SRB_ABORTED, 0xc0000120 },
	{ SRB_ERROR, 0xc0000185 },
	{ SRB_ERROR | SRB_AUTOSENSE_VALID, 0xc0000185 },
	{ SRB_INVALID_REQUEST, 0xc0000185 },
	{ 0x3f, 0xc0000185 },
};

static void ntstatuses(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ntstatus_rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    storvsp_ntstatus(ntstatus_rows[i].srb),
				    ntstatus_rows[i].status, "SRB %#x",
				    ntstatus_rows[i].srb);
}

/* @key, @asc: 0: no sense. @format: 0x70 fixed, 0x72 descriptor. */
static const struct {
	u8 scsi, format, key, asc, srb;
} status_rows[] = {
	{ 0x00, 0, 0, 0, SRB_SUCCESS },
	{ 0x04, 0, 0, 0, SRB_SUCCESS },
	{ 0x08, 0, 0, 0, SRB_BUSY },
	{ 0x28, 0, 0, 0, SRB_BUSY },
	{ 0x18, 0, 0, 0, SRB_ERROR },
	{ 0x40, 0, 0, 0, SRB_ABORTED },
	{ 0x02, 0, 0, 0, SRB_ERROR },
	{ 0x02, 0x70, 5, 0x24, SRB_INVALID_REQUEST },
	{ 0x02, 0x70, 5, 0x20, SRB_INVALID_REQUEST },
	{ 0x02, 0x70, 5, 0x25, SRB_INVALID_LUN },
	{ 0x02, 0x70, 3, 0x11, SRB_ERROR },
	{ 0x02, 0x70, 6, 0x2a, SRB_ERROR },
	{ 0x02, 0x70, 7, 0x27, SRB_ERROR },
	{ 0x02, 0x72, 5, 0x24, SRB_INVALID_REQUEST },
	{ 0x02, 0x72, 5, 0x25, SRB_INVALID_LUN },
	{ 0x02, 0x72, 3, 0x0c, SRB_ERROR },
};

static void srb_statuses(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(status_rows); i++) {
		u8 sense[18] = { status_rows[i].format };
		bool fixed = status_rows[i].format == 0x70;

		sense[fixed ? 2 : 1] = status_rows[i].key;
		sense[fixed ? 12 : 2] = status_rows[i].asc;
		KUNIT_EXPECT_EQ_MSG(test,
				    storvsp_srb_status(status_rows[i].scsi,
						       status_rows[i].format ?
						       sense : NULL,
						       sizeof(sense)),
				    status_rows[i].srb, "row %d", i);
	}
}

static void completions(struct kunit *test)
{
	static const u8 expected_head[] = {
		1, 0, 0, 0, 0, 0, 0, 0, 0x85, 1, 0, 0xc0,
		52, 0, 0x84, 2, 0, 0, 0, 0, 16, 20, 0, 0, 0, 0, 0, 0,
	};
	u8 sense[96] = { 0x70, 0, 3, [7] = 10, [12] = 0x11, [18] = 0xee,
			 [19] = 0xee, [20] = 0xff };
	struct storvsp_result res = {
		.srb_status = SRB_ERROR, .scsi_status = 2,
		.sense = sense, .sense_len = sizeof(sense),
	};
	struct vstor_packet out;

	storvsp_complete(&out, VSTOR_BODY_BYTES, &res);
	KUNIT_EXPECT_EQ(test, memcmp(&out, expected_head,
				     sizeof(expected_head)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out.srb.sense, sense, 20), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)&out + 48, 0, 16));

	/* The old body: shorter sense, nothing beyond 48 bytes. */
	storvsp_complete(&out, VSTOR_BODY_BYTES_V1, &res);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(out.srb.length), 36);
	KUNIT_EXPECT_EQ(test, out.srb.sense_length, 18);
	KUNIT_EXPECT_EQ(test, out.srb.sense[17], 0);
	KUNIT_EXPECT_EQ(test, out.srb.sense[18], 0);

	/* Good, with data. */
	res = (struct storvsp_result){ .srb_status = SRB_SUCCESS,
				       .moved = 4096 };
	storvsp_complete(&out, VSTOR_BODY_BYTES, &res);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(out.status), 0U);
	KUNIT_EXPECT_EQ(test, out.srb.srb_status, SRB_SUCCESS);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(out.srb.transfer_length), 4096U);

	/* An absent unit: the guest reads the SRB status alone, and repeats for ever what
	 * ends with a check condition and no sense.
	 */
	res = (struct storvsp_result){ .srb_status = SRB_INVALID_LUN,
				       .scsi_status = 2, .sense = sense,
				       .sense_len = 18 };
	storvsp_complete(&out, VSTOR_BODY_BYTES, &res);
	KUNIT_EXPECT_EQ(test, out.srb.srb_status, SRB_INVALID_LUN);
	KUNIT_EXPECT_EQ(test, out.srb.scsi_status, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(out.srb.sense, 0, 20));
}

/* --- the handshake -------------------------------------------------------- */

static u32 say(struct kunit *test, struct storvsp_nego *nego, bool primary,
	       u32 op, u16 arg, struct vstor_packet *out,
	       enum storvsp_effect *effect)
{
	struct vstor_packet in = { .operation = cpu_to_le32(op) };

	in.version.version = cpu_to_le16(arg);
	KUNIT_ASSERT_EQ(test, storvsp_negotiate(nego, primary, &in, out,
						effect), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(out->operation),
			(u32)VSTOR_COMPLETE_IO);
	return le32_to_cpu(out->status);
}

#define SAY(op, arg)	say(test, &nego, true, op, arg, &out, &effect)

static void handshake_of(struct kunit *test, u16 version, u32 flags, u16 subs)
{
	struct storvsp_nego nego = { .max_sub_channels = 3 };
	enum storvsp_effect effect;
	struct vstor_packet out;

	KUNIT_EXPECT_EQ(test, SAY(VSTOR_BEGIN_INITIALIZATION, 0), 0U);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_QUERY_PROTOCOL_VERSION, version), 0U);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(out.version.version), version);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_QUERY_PROPERTIES, 0), 0U);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(out.properties.flags), flags);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(out.properties.max_sub_channels),
			subs);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(out.properties.max_transfer),
			(u32)STORVSP_MAX_TRANSFER);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_NOTHING);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_END_INITIALIZATION, 0), 0U);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_BECOME_READY);
	KUNIT_EXPECT_EQ(test, nego.state, STORVSP_READY);
	KUNIT_EXPECT_EQ(test, nego.version, version);
}

static void handshakes(struct kunit *test)
{
	handshake_of(test, 0x0602, 1, 3);
	handshake_of(test, 0x0600, 1, 3);
	handshake_of(test, 0x0501, 1, 3);
	handshake_of(test, 0x0402, 0, 0);
}

static void refused_versions(struct kunit *test)
{
	static const u16 versions[] = {
		0, 0x0200, 0x0401, 0x0403, 0x0500, 0x0502, 0x0601, 0x0603,
		0x0700, 0x0206, 0xffff,
	};
	struct storvsp_nego nego = { .state = STORVSP_BEGUN };
	enum storvsp_effect effect;
	struct vstor_packet out;
	int i;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		KUNIT_EXPECT_EQ_MSG(test,
				    SAY(VSTOR_QUERY_PROTOCOL_VERSION,
					versions[i]),
				    VSTOR_STATUS_REVISION_MISMATCH, "%#x",
				    versions[i]);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(out.version.version),
				versions[i]);
		KUNIT_EXPECT_EQ(test, nego.state, STORVSP_BEGUN);
	}
	/* And then a good one, on the same channel. */
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_QUERY_PROTOCOL_VERSION, 0x0600), 0U);
	KUNIT_EXPECT_EQ(test, nego.state, STORVSP_VERSIONED);
}

/* Which operation is welcome in which state, on the primary channel. */
static void order_is_kept(struct kunit *test)
{
	static const struct {
		u32 op;
		bool welcome[5];	/* closed ... ready */
	} rows[] = {
		{ VSTOR_BEGIN_INITIALIZATION, { 1, 0, 0, 0, 0 } },
		{ VSTOR_QUERY_PROTOCOL_VERSION, { 0, 1, 0, 0, 0 } },
		{ VSTOR_QUERY_PROPERTIES, { 0, 0, 1, 0, 0 } },
		{ VSTOR_CREATE_SUB_CHANNELS, { 0, 0, 0, 1, 1 } },
		{ VSTOR_END_INITIALIZATION, { 0, 0, 0, 1, 0 } },
		{ VSTOR_RESET_LUN, { 0, 0, 0, 0, 1 } },
		{ VSTOR_RESET_ADAPTER, { 0, 0, 0, 0, 1 } },
		{ VSTOR_RESET_BUS, { 0, 0, 0, 0, 1 } },
		{ VSTOR_FC_HBA_DATA, { 0, 0, 0, 0, 0 } },
		{ VSTOR_EXECUTE_SRB, { 0, 0, 0, 0, 0 } },
	};
	enum storvsp_effect effect;
	struct vstor_packet out;
	int i, state;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (state = STORVSP_CLOSED; state <= STORVSP_READY; state++) {
			bool versioned = state >= STORVSP_VERSIONED;
			struct storvsp_nego nego = {
				.state = state,
				.version = versioned ? 0x0600 : 0,
				.max_sub_channels = 3,
			};
			u32 status = SAY(rows[i].op, 0x0600);

			/* As a count it is too large, as a version good. */
			if (rows[i].op == VSTOR_CREATE_SUB_CHANNELS)
				status = SAY(rows[i].op, 1);
			KUNIT_EXPECT_EQ_MSG(test, status, rows[i].welcome[state] ?
					    0 : VSTOR_STATUS_INVALID_DEVICE_STATE,
					    "op %u in state %d", rows[i].op,
					    state);
			if (!rows[i].welcome[state])
				KUNIT_EXPECT_EQ(test, (int)nego.state, state);
		}
	}
}

static void nonsense_operations(struct kunit *test)
{
	static const u32 ops[] = {
		0, VSTOR_COMPLETE_IO, VSTOR_REMOVE_DEVICE, VSTOR_ENUMERATE_BUS,
		VSTOR_EVENT_NOTIFICATION, 15, 0x80000003, 0xffffffff,
	};
	struct storvsp_nego nego = { .state = STORVSP_READY, .version = 0x600 };
	enum storvsp_effect effect;
	struct vstor_packet out;
	int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		struct vstor_packet in = { .operation = cpu_to_le32(ops[i]) };

		KUNIT_EXPECT_EQ_MSG(test,
				    storvsp_negotiate(&nego, true, &in, &out,
						      &effect), -EPROTO,
				    "op %#x", ops[i]);
	}
}

static void sub_channel_requests(struct kunit *test)
{
	struct storvsp_nego nego = { .state = STORVSP_READY, .version = 0x600,
				     .max_sub_channels = 3 };
	enum storvsp_effect effect;
	struct vstor_packet out;

	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 4),
			VSTOR_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_NOTHING);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 0xffff),
			VSTOR_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 0), 0U);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_NOTHING);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 2), 0U);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_OFFER_SUB_CHANNELS);
	KUNIT_EXPECT_EQ(test, nego.sub_channels, 2);
	/* They exist already. */
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 2), 0U);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_NOTHING);
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 3), 0U);
	KUNIT_EXPECT_EQ(test, effect, STORVSP_OFFER_SUB_CHANNELS);

	storvsp_nego_reset(&nego);
	KUNIT_EXPECT_EQ(test, nego.state, STORVSP_CLOSED);
	KUNIT_EXPECT_EQ(test, nego.sub_channels, 0);
	KUNIT_EXPECT_EQ(test, nego.max_sub_channels, 3);

	/* Not in the versions that know none. */
	nego = (struct storvsp_nego){ .state = STORVSP_READY, .version = 0x402,
				      .max_sub_channels = 3 };
	KUNIT_EXPECT_EQ(test, SAY(VSTOR_CREATE_SUB_CHANNELS, 1),
			VSTOR_STATUS_INVALID_DEVICE_STATE);
}

static void sub_channels_do_not_negotiate(struct kunit *test)
{
	enum storvsp_effect effect;
	struct vstor_packet out;
	u32 op;
	int state;

	for (state = STORVSP_CLOSED; state <= STORVSP_READY; state++) {
		for (op = VSTOR_BEGIN_INITIALIZATION;
		     op <= VSTOR_CREATE_SUB_CHANNELS; op++) {
			struct storvsp_nego nego = { .state = state,
						     .version = 0x600,
						     .max_sub_channels = 3 };

			if (op == VSTOR_ENUMERATE_BUS)
				continue;
			KUNIT_EXPECT_EQ(test,
					say(test, &nego, false, op, 1, &out,
					    &effect),
					VSTOR_STATUS_INVALID_DEVICE_STATE);
			KUNIT_EXPECT_EQ(test, (int)nego.state, state);
		}
	}
}

static void notices(struct kunit *test)
{
	struct storvsp_nego nego = { .state = STORVSP_DESCRIBED,
				     .version = 0x600 };
	struct vstor_packet out;

	KUNIT_EXPECT_EQ(test, storvsp_notice(&nego, VSTOR_ENUMERATE_BUS, &out),
			0U);
	nego.state = STORVSP_READY;
	KUNIT_EXPECT_EQ(test, storvsp_notice(&nego, VSTOR_ENUMERATE_BUS, &out),
			64U);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(out.operation),
			(u32)VSTOR_ENUMERATE_BUS);
	KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)&out + 4, 0, 60));
	nego.version = 0x402;
	KUNIT_EXPECT_EQ(test, storvsp_notice(&nego, VSTOR_ENUMERATE_BUS, &out),
			48U);
}

/* --- commands without a disk ---------------------------------------------- */

static struct storvsp_reply *reply_to(struct kunit *test,
				      const struct storvsp_srb *srb)
{
	static const unsigned long luns[STORVSP_LUN_LONGS] = {
		[0] = BIT(0) | BIT(3), [3] = BIT(62) | BIT(63),
	};
	struct storvsp_reply *reply;

	reply = kunit_kzalloc(test, sizeof(*reply), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, reply);
	KUNIT_ASSERT_FALSE(test, storvsp_for_disk(srb, luns));
	storvsp_scsi_reply(srb, luns, reply);
	KUNIT_EXPECT_LE(test, reply->len, srb->length);
	return reply;
}

static void who_answers(struct kunit *test)
{
	static const struct {
		u8 path, target, lun, opcode;
		bool disk;
	} rows[] = {
		{ 0, 0, 0, 0x12, true }, { 0, 0, 0, 0x28, true },
		{ 0, 0, 3, 0x28, true }, { 0, 0, 254, 0x28, true },
		{ 0, 0, 255, 0x28, false }, { 0, 0, 1, 0x28, false },
		{ 0, 0, 64, 0x28, false }, { 1, 0, 0, 0x28, false },
		{ 0, 1, 0, 0x28, false }, { 0, 0, 0, 0xa0, false },
	};
	static const unsigned long luns[STORVSP_LUN_LONGS] = {
		[0] = BIT(0) | BIT(3), [3] = BIT(62) | BIT(63),
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct storvsp_srb srb = {
			.path = rows[i].path, .target = rows[i].target,
			.lun = rows[i].lun, .cdb = { rows[i].opcode },
		};

		KUNIT_EXPECT_EQ_MSG(test, storvsp_for_disk(&srb, luns),
				    rows[i].disk, "row %d", i);
	}
}

static void absent_inquiry(struct kunit *test)
{
	struct storvsp_srb srb = { .path = 1, .length = 36,
				   .direction = VSTOR_DATA_IN,
				   .cdb = { 0x12, 0, 0, 0, 36 } };
	struct storvsp_reply *r = reply_to(test, &srb);

	KUNIT_EXPECT_EQ(test, r->srb_status, SRB_SUCCESS);
	KUNIT_EXPECT_EQ(test, r->len, 36U);
	KUNIT_EXPECT_EQ(test, r->data[0], 0x7f);
	KUNIT_EXPECT_EQ(test, r->data[2], 5);
	KUNIT_EXPECT_EQ(test, r->data[4], 31);
	KUNIT_EXPECT_EQ(test, memcmp(r->data + 8, "Msft    Virtual Disk    1.0 ",
				     28), 0);
	/* Other units have no name. */
	srb.lun = 7;
	r = reply_to(test, &srb);
	KUNIT_EXPECT_EQ(test, r->data[0], 0x7f);
	KUNIT_EXPECT_NULL(test, memchr_inv(r->data + 8, 0, 28));
	/* Little room: by the command, by the buffer. */
	srb.cdb[4] = 5;
	KUNIT_EXPECT_EQ(test, reply_to(test, &srb)->len, 5U);
	srb.cdb[4] = 255;
	srb.length = 8;
	KUNIT_EXPECT_EQ(test, reply_to(test, &srb)->len, 8U);
	/* No buffer, or one that the host may not write. */
	srb.length = 0;
	srb.direction = VSTOR_DATA_NONE;
	KUNIT_EXPECT_EQ(test, reply_to(test, &srb)->len, 0U);
	srb.length = 36;
	srb.direction = VSTOR_DATA_OUT;
	KUNIT_EXPECT_EQ(test, reply_to(test, &srb)->len, 0U);
}

static void expect_invalid_field(struct kunit *test,
				 const struct storvsp_srb *srb)
{
	const struct storvsp_reply *r = reply_to(test, srb);

	KUNIT_EXPECT_EQ(test, r->srb_status, SRB_INVALID_REQUEST);
	KUNIT_EXPECT_EQ(test, r->scsi_status, 2);
	KUNIT_EXPECT_EQ(test, r->sense_len, 18);
	KUNIT_EXPECT_EQ(test, r->sense[0], 0x70);
	KUNIT_EXPECT_EQ(test, r->sense[2], 5);
	KUNIT_EXPECT_EQ(test, r->sense[7], 10);
	KUNIT_EXPECT_EQ(test, r->sense[12], 0x24);
	KUNIT_EXPECT_EQ(test, r->len, 0U);
}

static void absent_inquiry_refusals(struct kunit *test)
{
	static const u8 cdbs[][6] = {
		{ 0x12, 1, 0, 0, 36 },		/* a page */
		{ 0x12, 1, 0x83, 0, 255 },
		{ 0x12, 0, 0x80, 0, 36 },	/* page code without its bit */
		{ 0x12, 2, 0, 0, 36 },		/* obsolete bit */
		{ 0x12, 0, 0, 0, 4 },		/* no room */
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cdbs); i++) {
		struct storvsp_srb srb = { .lun = 1, .length = 255,
					   .direction = VSTOR_DATA_IN };

		memcpy(srb.cdb, cdbs[i], sizeof(cdbs[i]));
		expect_invalid_field(test, &srb);
	}
}

static void other_commands_to_absent_units(struct kunit *test)
{
	static const u8 opcodes[] = { 0x00, 0x03, 0x1a, 0x25, 0x28, 0x2a, 0x9e };
	int i;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		const struct storvsp_srb srb = { .lun = 9, .length = 512,
						 .direction = VSTOR_DATA_IN,
						 .cdb = { opcodes[i] } };
		const struct storvsp_reply *r = reply_to(test, &srb);

		KUNIT_EXPECT_EQ(test, r->srb_status, SRB_INVALID_LUN);
		KUNIT_EXPECT_EQ(test, r->scsi_status, 0);
		KUNIT_EXPECT_EQ(test, r->sense_len, 0);
		KUNIT_EXPECT_EQ(test, r->len, 0U);
	}
}

static void report_luns_lists(struct kunit *test)
{
	struct storvsp_srb srb = { .lun = 200, .length = 4096,
				   .direction = VSTOR_DATA_IN,
				   .cdb = { 0xa0, [8] = 0x10 } };
	struct storvsp_reply *r = reply_to(test, &srb);

	/* Units 0, 3, 254; 255 is none. */
	KUNIT_EXPECT_EQ(test, r->len, 32U);
	KUNIT_EXPECT_EQ(test, be32(r->data), 24U);
	KUNIT_EXPECT_EQ(test, r->data[8 + 1], 0);
	KUNIT_EXPECT_EQ(test, r->data[16 + 1], 3);
	KUNIT_EXPECT_EQ(test, r->data[24 + 1], 254);
	/* Short room: the length tells all. */
	srb.cdb[8] = 0;
	srb.cdb[9] = 16;
	r = reply_to(test, &srb);
	KUNIT_EXPECT_EQ(test, r->len, 16U);
	KUNIT_EXPECT_EQ(test, be32(r->data), 24U);
	/* Well known units only: none. */
	srb.cdb[2] = 1;
	r = reply_to(test, &srb);
	KUNIT_EXPECT_EQ(test, r->len, 8U);
	KUNIT_EXPECT_EQ(test, be32(r->data), 0U);
	/* A path without disks. */
	srb.cdb[2] = 0;
	srb.path = 3;
	r = reply_to(test, &srb);
	KUNIT_EXPECT_EQ(test, r->srb_status, SRB_SUCCESS);
	KUNIT_EXPECT_EQ(test, r->len, 8U);
	/* Refused: no room, unknown selection. */
	srb.cdb[9] = 15;
	expect_invalid_field(test, &srb);
	srb.cdb[9] = 16;
	srb.cdb[2] = 3;
	expect_invalid_field(test, &srb);
}

static void report_luns_of_a_full_controller(struct kunit *test)
{
	struct storvsp_srb srb = { .length = 4096, .direction = VSTOR_DATA_IN,
				   .cdb = { 0xa0, [6] = 0xff, 0xff, 0xff, 0xff } };
	unsigned long luns[STORVSP_LUN_LONGS];
	struct storvsp_reply *r;

	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	memset(luns, 0xff, sizeof(luns));
	storvsp_scsi_reply(&srb, luns, r);
	KUNIT_EXPECT_EQ(test, r->len, (u32)sizeof(r->data));
	KUNIT_EXPECT_EQ(test, be32(r->data), 255U * 8);
	KUNIT_EXPECT_EQ(test, r->data[sizeof(r->data) - 7], 254);
}

/* What would let a guest write into the host's log. */
static void refused_before_the_core(struct kunit *test)
{
	static const struct {
		u8 cdb[4];
		bool refused;
	} rows[] = {
		{ { 0x1a, 0, 0x08 }, false }, { { 0x5a, 0, 0x48 }, false },
		{ { 0x1a, 0, 0x0a }, false }, { { 0x1a, 0, 0x0a, 0x05 }, true },
		{ { 0x5a, 8, 0x0a, 0x05 }, true }, { { 0x1a, 0, 0x8a, 1 }, true },
		{ { 0x1a, 0, 0x01 }, false }, { { 0x1a, 0, 0x01, 0xff }, true },
		{ { 0x5a, 0, 0x1c }, false }, { { 0x5a, 0, 0x19 }, true },
		{ { 0x1a, 0, 0x3f }, false }, { { 0x5a, 0, 0x3f, 0xff }, false },
		{ { 0x1a, 0, 0x3f, 1 }, true }, { { 0x1a, 0, 0x03 }, true },
		{ { 0x1a }, true }, { { 0x03, 0 }, false }, { { 0x03, 1 }, true },
		{ { 0x28, 0, 0x0a, 0x05 }, false }, { { 0x15, 1, 0x19 }, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct storvsp_srb srb = {};

		memcpy(srb.cdb, rows[i].cdb, sizeof(rows[i].cdb));
		KUNIT_EXPECT_EQ_MSG(test, storvsp_core_refuses(&srb),
				    rows[i].refused, "row %u", i);
	}
}

static struct kunit_case storvsp_cases[] = {
	KUNIT_CASE(packet_lengths),
	KUNIT_CASE(srb_checks),
	KUNIT_CASE(ntstatuses),
	KUNIT_CASE(srb_statuses),
	KUNIT_CASE(completions),
	KUNIT_CASE(handshakes),
	KUNIT_CASE(refused_versions),
	KUNIT_CASE(order_is_kept),
	KUNIT_CASE(nonsense_operations),
	KUNIT_CASE(sub_channel_requests),
	KUNIT_CASE(sub_channels_do_not_negotiate),
	KUNIT_CASE(notices),
	KUNIT_CASE(who_answers),
	KUNIT_CASE(absent_inquiry),
	KUNIT_CASE(absent_inquiry_refusals),
	KUNIT_CASE(other_commands_to_absent_units),
	KUNIT_CASE(report_luns_lists),
	KUNIT_CASE(report_luns_of_a_full_controller),
	KUNIT_CASE(refused_before_the_core),
	{}
};

static struct kunit_suite storvsp_suite = {
	.name = "hvroot_storvsp",
	.test_cases = storvsp_cases,
};

kunit_test_suite(storvsp_suite);
