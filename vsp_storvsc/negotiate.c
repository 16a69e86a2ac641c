// SPDX-License-Identifier: GPL-2.0-only
/*
 * The storvsp handshake: BEGIN, version, properties, sub-channels, END; and the
 * operations that are answered without a disk. Pure.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "negotiate.h"

/**
 * storvsp_nego_reset() - back to the start: the primary channel closed.
 * @nego: the state; the configured limit stays
 */
void storvsp_nego_reset(struct storvsp_nego *nego)
{
	nego->state = STORVSP_CLOSED;
	nego->version = 0;
	nego->sub_channels = 0;
}

static bool version_known(u16 version)
{
	switch (version) {
	case VSTOR_VERSION_4_2:
	case VSTOR_VERSION_5_1:
	case VSTOR_VERSION_6_0:
	case VSTOR_VERSION_6_2:
		return true;
	default:
		return false;
	}
}

static void query_version(struct storvsp_nego *nego,
			  const struct vstor_packet *in,
			  struct vstor_packet *out)
{
	u16 version = le16_to_cpu(in->version.version);

	out->version.version = in->version.version;
	if (!version_known(version)) {
		out->status = cpu_to_le32(VSTOR_STATUS_REVISION_MISMATCH);
		return;
	}
	nego->version = version;
	nego->state = STORVSP_VERSIONED;
}

static void query_properties(struct storvsp_nego *nego,
			     struct vstor_packet *out)
{
	struct vstor_properties *p = &out->properties;

	p->max_transfer = cpu_to_le32(STORVSP_MAX_TRANSFER);
	if (nego->version >= VSTOR_VERSION_5_1) {
		p->flags = cpu_to_le32(VSTOR_PROPERTY_MULTI_CHANNEL);
		p->max_sub_channels = cpu_to_le16(nego->max_sub_channels);
	}
	nego->state = STORVSP_DESCRIBED;
}

static enum storvsp_effect create_sub_channels(struct storvsp_nego *nego,
					       const struct vstor_packet *in,
					       struct vstor_packet *out)
{
	u16 count = le16_to_cpu(in->sub_channels);

	if (count > nego->max_sub_channels) {
		out->status = cpu_to_le32(VSTOR_STATUS_INVALID_PARAMETER);
		return STORVSP_NOTHING;
	}
	if (count <= nego->sub_channels)
		return STORVSP_NOTHING;
	nego->sub_channels = count;
	return STORVSP_OFFER_SUB_CHANNELS;
}

/* Is @op welcome now? Only the primary channel negotiates. */
static bool op_allowed(const struct storvsp_nego *nego, bool primary, u32 op)
{
	switch (op) {
	case VSTOR_BEGIN_INITIALIZATION:
		return primary && nego->state == STORVSP_CLOSED;
	case VSTOR_QUERY_PROTOCOL_VERSION:
		return primary && nego->state == STORVSP_BEGUN;
	case VSTOR_QUERY_PROPERTIES:
		return primary && nego->state == STORVSP_VERSIONED;
	case VSTOR_CREATE_SUB_CHANNELS:
		return primary && nego->version >= VSTOR_VERSION_5_1 &&
		       nego->state >= STORVSP_DESCRIBED;
	case VSTOR_END_INITIALIZATION:
		return primary && nego->state == STORVSP_DESCRIBED;
	case VSTOR_RESET_LUN:
	case VSTOR_RESET_ADAPTER:
	case VSTOR_RESET_BUS:
		return nego->state == STORVSP_READY;
	default:
		return false;
	}
}

/**
 * storvsp_negotiate() - answer every operation but a welcome EXECUTE_SRB.
 * @nego: protocol state, changed
 * @primary: the packet came on the primary channel
 * @in: private copy of the request
 * @out: filled with the answer
 * @effect: what to do once the answer is queued
 *
 * Return: 0; -EPROTO for an operation that no guest sends.
 */
int storvsp_negotiate(struct storvsp_nego *nego, bool primary,
		      const struct vstor_packet *in, struct vstor_packet *out,
		      enum storvsp_effect *effect)
{
	u32 op = le32_to_cpu(in->operation);

	*effect = STORVSP_NOTHING;
	storvsp_answer(out, VSTOR_STATUS_SUCCESS);

	if (op < VSTOR_EXECUTE_SRB || op == VSTOR_ENUMERATE_BUS ||
	    op > VSTOR_CREATE_SUB_CHANNELS)
		return -EPROTO;
	if (!op_allowed(nego, primary, op)) {
		out->status = cpu_to_le32(VSTOR_STATUS_INVALID_DEVICE_STATE);
		return 0;
	}

	switch (op) {
	case VSTOR_BEGIN_INITIALIZATION:
		nego->state = STORVSP_BEGUN;
		break;
	case VSTOR_QUERY_PROTOCOL_VERSION:
		query_version(nego, in, out);
		break;
	case VSTOR_QUERY_PROPERTIES:
		query_properties(nego, out);
		break;
	case VSTOR_CREATE_SUB_CHANNELS:
		*effect = create_sub_channels(nego, in, out);
		break;
	case VSTOR_END_INITIALIZATION:
		nego->state = STORVSP_READY;
		*effect = STORVSP_BECOME_READY;
		break;
	default:
		/* Resets succeed at once; requests in flight still complete. */
		break;
	}
	return 0;
}

/**
 * storvsp_notice() - fill an unsolicited packet to the guest.
 * @nego: protocol state
 * @operation: VSTOR_ENUMERATE_BUS or VSTOR_REMOVE_DEVICE
 * @out: filled
 *
 * Return: bytes to send; 0 when the guest does not expect notices (yet).
 */
u32 storvsp_notice(const struct storvsp_nego *nego, u32 operation,
		   struct vstor_packet *out)
{
	if (nego->state != STORVSP_READY)
		return 0;
	memset(out, 0, sizeof(*out));
	out->operation = cpu_to_le32(operation);
	return VSTOR_HEADER_BYTES + (nego->version >= VSTOR_VERSION_5_1 ?
				     VSTOR_BODY_BYTES : VSTOR_BODY_BYTES_V1);
}
