// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives the storvsp parser, handshake and disk-less commands with a guest that
 * sends anything in any order.
 */
#include "../../vsp_storvsc/wire.c"
#include "../../vsp_storvsc/negotiate.c"
#include "../../vsp_storvsc/scsi.c"

static struct storvsp_nego nego;

static void check_nego(enum storvsp_state before, enum storvsp_effect effect)
{
	insist(nego.state <= STORVSP_READY);
	insist(nego.state == before || nego.state == before + 1u);
	insist(nego.state < STORVSP_VERSIONED || version_known(nego.version));
	insist(nego.sub_channels <= nego.max_sub_channels);
	insist(effect != STORVSP_BECOME_READY || nego.state == STORVSP_READY);
	insist(effect != STORVSP_OFFER_SUB_CHANNELS || nego.sub_channels);
}

static void run_command(const struct storvsp_srb *srb)
{
	unsigned long luns[STORVSP_LUN_LONGS];
	struct storvsp_reply *reply = malloc(sizeof(*reply));
	struct vstor_packet out;
	struct storvsp_result res;
	u32 i;

	for (i = 0; i < STORVSP_LUN_LONGS; i++)
		luns[i] = rnd(2) ? rnd64() : 0;
	if (!storvsp_for_disk(srb, luns)) {
		storvsp_scsi_reply(srb, luns, reply);
		insist(reply->len <= sizeof(reply->data));
		insist(reply->len <= srb->length);
		insist(!reply->len || srb->direction == VSTOR_DATA_IN);
		insist(reply->srb_status);
		res.srb_status = reply->srb_status;
		res.scsi_status = reply->scsi_status;
		res.moved = reply->len;
		res.sense = reply->sense;
		res.sense_len = reply->sense_len;
		storvsp_complete(&out, rnd(VSTOR_BODY_BYTES + 1), &res);
		insist(out.srb.sense_length <= VSTOR_SENSE_BYTES);
	}
	free(reply);
}

static void one_packet(void)
{
	u32 len = rnd(2) ? 64 : rnd(100);
	u8 *payload = malloc(len ? len : 1);
	enum storvsp_state before = nego.state;
	enum storvsp_effect effect;
	struct vstor_packet in, out;
	struct storvsp_srb srb;
	u32 i, op;
	int body;

	for (i = 0; i < len; i++)
		payload[i] = rnd(3) ? 0 : rnd64();
	if (len >= 16 && rnd(8)) {
		static const u16 versions[] = { 0x602, 0x600, 0x501, 0x402, 1 };

		op = cpu_to_le32(VSTOR_EXECUTE_SRB + rnd(12));
		memcpy(payload, &op, sizeof(op));
		memcpy(payload + 12, &versions[rnd(5)], 2);
	}
	body = storvsp_parse(payload, len, &in);
	free(payload);
	insist(body == -EPROTO || (body >= 0 && body <= VSTOR_BODY_BYTES));
	if (body < 0)
		return;

	if (le32_to_cpu(in.operation) == VSTOR_EXECUTE_SRB &&
	    nego.state == STORVSP_READY) {
		u32 range = rnd64();

		/* Commands that are answered here, more often than by chance. */
		if (rnd(2))
			in.srb.cdb[0] = rnd(2) ? 0x12 : 0xa0;
		if (storvsp_parse_srb(&in, rnd(3), range, &srb))
			return;
		insist(srb.length <= range || !srb.length);
		run_command(&srb);
		return;
	}
	if (storvsp_negotiate(&nego, rnd(4), &in, &out, &effect))
		return;
	insist(le32_to_cpu(out.operation) == VSTOR_COMPLETE_IO);
	check_nego(before, effect);
}

static void one(void)
{
	u32 n = 1 + rnd(40);

	nego.max_sub_channels = rnd(64);
	while (n--)
		one_packet();
	storvsp_nego_reset(&nego);
}

int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 50000, one);
}
