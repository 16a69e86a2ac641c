// SPDX-License-Identifier: GPL-2.0-only
/*
 * storvsp packets: copy and check what a guest sent, fill in what it gets back.
 * Pure: private buffers in, decisions out.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "wire.h"

/**
 * storvsp_parse() - take a packet out of a payload.
 * @payload: private copy of what was on the ring
 * @len: bytes of it
 * @pkt: filled; what the guest did not send is zero
 *
 * A body longer than any version's is cut: the ring knows lengths only to 8
 * bytes, and later versions may append.
 * Return: bytes of body, 0 to VSTOR_BODY_BYTES; -EPROTO when there is no header.
 */
int storvsp_parse(const void *payload, u32 len, struct vstor_packet *pkt)
{
	if (len < VSTOR_HEADER_BYTES)
		return -EPROTO;
	len = min_t(u32, len, sizeof(*pkt));
	memset(pkt, 0, sizeof(*pkt));
	memcpy(pkt, payload, len);
	return len - VSTOR_HEADER_BYTES;
}

/**
 * storvsp_parse_srb() - check an EXECUTE_SRB packet.
 * @pkt: private copy of the packet
 * @nr_ranges: guest memory ranges that came with it
 * @range_bytes: their sum
 * @srb: filled
 *
 * Return: 0; -EPROTO when the request and its memory contradict each other.
 */
int storvsp_parse_srb(const struct vstor_packet *pkt, u32 nr_ranges,
		      u32 range_bytes, struct storvsp_srb *srb)
{
	const struct vstor_srb *in = &pkt->srb;
	u32 length = le32_to_cpu(in->transfer_length);

	if (nr_ranges > 1)
		return -EPROTO;
	if (length && (!nr_ranges || range_bytes < length))
		return -EPROTO;
	if (in->cdb_length > VSTOR_CDB_BYTES)
		return -EPROTO;

	memset(srb, 0, sizeof(*srb));
	srb->path = in->path;
	srb->target = in->target;
	srb->lun = in->lun;
	srb->length = length;
	if (!length)
		srb->direction = VSTOR_DATA_NONE;
	else if (in->data_direction == VSTOR_DATA_OUT)
		srb->direction = VSTOR_DATA_OUT;
	else
		srb->direction = VSTOR_DATA_IN;
	memcpy(srb->cdb, in->cdb, in->cdb_length);
	return 0;
}

/**
 * storvsp_ntstatus() - header status that goes with an SRB status.
 * @srb_status: SRB_*, flags ignored
 */
u32 storvsp_ntstatus(u8 srb_status)
{
	switch (srb_status & SRB_STATUS_MASK) {
	case SRB_SUCCESS:
		return VSTOR_STATUS_SUCCESS;
	case SRB_BUSY:
		return VSTOR_STATUS_DEVICE_BUSY;
	case SRB_INVALID_LUN:
	case SRB_INVALID_TARGET_ID:
	case SRB_NO_DEVICE:
	case SRB_NO_HBA:
		return VSTOR_STATUS_DEVICE_DOES_NOT_EXIST;
	case SRB_TIMEOUT:
	case SRB_COMMAND_TIMEOUT:
		return VSTOR_STATUS_IO_TIMEOUT;
	case SRB_SELECTION_TIMEOUT:
		return VSTOR_STATUS_DEVICE_NOT_CONNECTED;
	case SRB_BAD_FUNCTION:
	case SRB_BAD_SRB_BLOCK_LENGTH:
		return VSTOR_STATUS_INVALID_DEVICE_REQUEST;
	case SRB_DATA_OVERRUN:
		return VSTOR_STATUS_BUFFER_OVERFLOW;
	case SRB_REQUEST_FLUSHED:
		return VSTOR_STATUS_UNSUCCESSFUL;
	case SRB_ABORTED:
		return VSTOR_STATUS_CANCELLED;
	default:
		return VSTOR_STATUS_IO_DEVICE_ERROR;
	}
}

/* Sense key and additional code of fixed or descriptor format sense data. */
static void sense_codes(const u8 *sense, u8 len, u8 *key, u8 *asc)
{
	*key = 0;
	*asc = 0;
	if (!sense || len < 4)
		return;
	if ((sense[0] & 0x7f) >= 0x72) {
		*key = sense[1] & 0x0f;
		*asc = sense[2];
		return;
	}
	*key = sense[2] & 0x0f;
	if (len >= 13)
		*asc = sense[12];
}

/**
 * storvsp_srb_status() - SRB status for a SCSI status.
 * @scsi_status: SAM status byte
 * @sense: sense data, or NULL
 * @sense_len: bytes of it
 */
u8 storvsp_srb_status(u8 scsi_status, const u8 *sense, u8 sense_len)
{
	u8 key, asc;

	switch (scsi_status) {
	case SAM_GOOD:
	case SAM_CONDITION_MET:
		return SRB_SUCCESS;
	case SAM_BUSY:
	case SAM_TASK_SET_FULL:
		return SRB_BUSY;
	case SAM_TASK_ABORTED:
		return SRB_ABORTED;
	case SAM_CHECK_CONDITION:
		break;
	default:
		return SRB_ERROR;
	}

	sense_codes(sense, sense_len, &key, &asc);
	if (key == KEY_ILLEGAL_REQUEST)
		return asc == ASC_NO_SUCH_LUN ? SRB_INVALID_LUN :
						SRB_INVALID_REQUEST;
	return SRB_ERROR;
}

/**
 * storvsp_answer() - start an answer: everything zero but the header.
 * @out: filled
 * @status: VSTOR_STATUS_*
 */
void storvsp_answer(struct vstor_packet *out, u32 status)
{
	memset(out, 0, sizeof(*out));
	out->operation = cpu_to_le32(VSTOR_COMPLETE_IO);
	out->status = cpu_to_le32(status);
}

/**
 * storvsp_complete() - fill the answer to an EXECUTE_SRB.
 * @out: filled
 * @body_len: bytes of body of the request; its version follows from it
 * @res: how the command ended
 *
 * SRB_INVALID_LUN carries no sense: guests act on the SRB status alone. Nor does it
 * carry a SCSI status: disk drivers take a check condition without sense for a false
 * one, and repeat the command, for ever.
 */
void storvsp_complete(struct vstor_packet *out, u32 body_len,
		      const struct storvsp_result *res)
{
	struct vstor_srb *srb = &out->srb;
	bool v1 = body_len < VSTOR_BODY_BYTES;
	u8 room = v1 ? VSTOR_SENSE_BYTES_V1 : VSTOR_SENSE_BYTES;

	storvsp_answer(out, storvsp_ntstatus(res->srb_status));
	srb->length = cpu_to_le16(v1 ? VSTOR_BODY_BYTES_V1 : VSTOR_BODY_BYTES);
	srb->srb_status = res->srb_status & SRB_STATUS_MASK;
	if (srb->srb_status != SRB_INVALID_LUN)
		srb->scsi_status = res->scsi_status;
	srb->transfer_length = cpu_to_le32(res->moved);
	srb->cdb_length = VSTOR_CDB_BYTES;
	srb->sense_length = room;
	if (res->sense && res->sense_len &&
	    srb->srb_status != SRB_INVALID_LUN) {
		srb->srb_status |= SRB_AUTOSENSE_VALID;
		memcpy(srb->sense, res->sense, min(res->sense_len, room));
	}
}
