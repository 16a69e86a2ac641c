// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of channel messages. Pure: it takes buffers and returns decisions.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "wire.h"

enum direction { FROM_GUEST = 1, FROM_HOST };

/*
 * @size: bytes that must be there, header included
 * @since: first version with it; 0 = also while disconnected
 * @unserved: parsed, never obeyed
 */
struct wire_row {
	u16 size;
	u8 from;
	bool unserved;
	u32 since;
};

static const struct wire_row rows[HV_VMBUS_NR_MESSAGES] = {
	[HV_VMBUS_OFFER_CHANNEL] = { 196, FROM_HOST, false, HV_VMBUS_V1 },
	[HV_VMBUS_RESCIND_OFFER] = { 12, FROM_HOST, false, HV_VMBUS_V1 },
	[HV_VMBUS_REQUEST_OFFERS] = { 8, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_ALL_OFFERS_DELIVERED] = { 8, FROM_HOST, false, HV_VMBUS_V1 },
	[HV_VMBUS_OPEN_CHANNEL] = { 148, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_OPEN_RESULT] = { 20, FROM_HOST, false, HV_VMBUS_V1 },
	[HV_VMBUS_CLOSE_CHANNEL] = { 12, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_GPADL_HEADER] = { 20, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_GPADL_BODY] = { 16, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_GPADL_CREATED] = { 20, FROM_HOST, false, HV_VMBUS_V1 },
	[HV_VMBUS_GPADL_TEARDOWN] = { 16, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_GPADL_TORNDOWN] = { 12, FROM_HOST, false, HV_VMBUS_V1 },
	[HV_VMBUS_RELID_RELEASED] = { 12, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_INITIATE_CONTACT] = { 40, FROM_GUEST, false, 0 },
	[HV_VMBUS_VERSION_RESPONSE] = { 16, FROM_HOST, false, 0 },
	[HV_VMBUS_UNLOAD] = { 8, FROM_GUEST, false, HV_VMBUS_V1 },
	[HV_VMBUS_UNLOAD_COMPLETE] = { 8, FROM_HOST, false, HV_VMBUS_WIN7 },
	[HV_VMBUS_OPEN_RESERVED] = { 28, FROM_GUEST, true, HV_VMBUS_WIN10 },
	[HV_VMBUS_CLOSE_RESERVED] = { 20, FROM_GUEST, true, 0 },
	[HV_VMBUS_CLOSE_RESERVED_RESPONSE] = { 12, FROM_HOST, true, HV_VMBUS_WIN10 },
	[HV_VMBUS_TL_CONNECT_REQUEST] = { 40, FROM_GUEST, false, HV_VMBUS_WIN10 },
	[HV_VMBUS_MODIFY_CHANNEL] = { 16, FROM_GUEST, false, HV_VMBUS_RS3_A },
	[HV_VMBUS_TL_CONNECT_RESULT] = { 44, FROM_HOST, false, HV_VMBUS_RS3_A },
	[HV_VMBUS_MODIFY_CHANNEL_RESPONSE] = { 16, FROM_HOST, false, HV_VMBUS_IRON },
	[HV_VMBUS_MODIFY_CONNECTION] = { 24, FROM_GUEST, true, HV_VMBUS_COPPER },
	[HV_VMBUS_MODIFY_CONNECTION_RESPONSE] = { 9, FROM_HOST, true, HV_VMBUS_COPPER },
	[HV_VMBUS_PAUSE] = { 8, FROM_GUEST, true, HV_VMBUS_COPPER },
	[HV_VMBUS_PAUSE_RESPONSE] = { 8, FROM_HOST, true, HV_VMBUS_COPPER },
	[HV_VMBUS_RESUME] = { 8, FROM_GUEST, true, HV_VMBUS_COPPER },
};

/* Exactly these; a version between two of them is refused. */
static const u32 versions[] = {
	HV_VMBUS_WIN8_1, HV_VMBUS_WIN10, HV_VMBUS_RS3_A, HV_VMBUS_RS3_B,
	HV_VMBUS_RS4, HV_VMBUS_RS5, HV_VMBUS_IRON,
};

static const struct wire_row *find_row(u32 type)
{
	if (type >= ARRAY_SIZE(rows) || !rows[type].size)
		return NULL;
	return &rows[type];
}

enum hvr_wire_verdict hvr_wire_check(const void *msg, u32 len, u32 version,
				     u32 *type)
{
	const struct hv_vmbus_header *header = msg;
	const struct wire_row *row;

	*type = 0;
	if (len < sizeof(*header))
		return WIRE_SHORT;
	*type = le32_to_cpu(header->type);
	row = find_row(*type);
	if (!row)
		return WIRE_UNKNOWN;
	if (row->from != FROM_GUEST)
		return WIRE_DIRECTION;
	if (row->since > version)
		return WIRE_VERSION;
	if (len < row->size)
		return WIRE_SHORT;
	return row->unserved ? WIRE_UNSERVED : WIRE_OK;
}

const char *hvr_wire_verdict_name(enum hvr_wire_verdict verdict)
{
	static const char *const names[WIRE_NR_VERDICTS] = {
		[WIRE_OK] = "fine",
		[WIRE_SHORT] = "too short",
		[WIRE_UNKNOWN] = "unknown type",
		[WIRE_DIRECTION] = "a host's message",
		[WIRE_VERSION] = "not in this version or state",
		[WIRE_UNSERVED] = "not served by this host",
	};

	return verdict < WIRE_NR_VERDICTS ? names[verdict] : "?";
}

u32 hvr_wire_size(u32 type)
{
	const struct wire_row *row = find_row(type);

	return row ? row->size : 0;
}

bool hvr_wire_version_known(u32 version)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i] == version)
			return true;
	return false;
}

void hvr_wire_begin(void *msg, u32 size, u32 type)
{
	struct hv_vmbus_header *header = msg;

	memset(msg, 0, size);
	header->type = cpu_to_le32(type);
}
