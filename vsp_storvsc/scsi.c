// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCSI commands answered without a disk: REPORT LUNS lists the controller's
 * units, INQUIRY to an absent unit says so in its data (guests ignore its
 * status), everything else to an absent unit fails. Pure.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "scsi.h"

#define OP_INQUIRY		0x12
#define OP_REPORT_LUNS		0xa0
#define OP_REQUEST_SENSE	0x03
#define OP_MODE_SENSE_6		0x1a
#define OP_MODE_SENSE_10	0x5a

#define MODE_PAGE_RECOVERY	0x01
#define MODE_PAGE_CACHING	0x08
#define MODE_PAGE_CONTROL	0x0a
#define MODE_PAGE_EXCEPTIONS	0x1c
#define MODE_PAGE_ALL		0x3f
#define MODE_SUBPAGE_ALL	0xff

#define INQUIRY_BYTES		36

static bool lun_present(const unsigned long *luns, unsigned int lun)
{
	const unsigned int bits = 8 * sizeof(*luns);

	return lun < STORVSP_LUNS && ((luns[lun / bits] >> (lun % bits)) & 1);
}

static bool target_present(const struct storvsp_srb *srb)
{
	return !srb->path && !srb->target;
}

/**
 * storvsp_for_disk() - does a disk have to execute this?
 * @srb: the request
 * @luns: bitmap of units on path 0, target 0
 *
 * Return: false: storvsp_scsi_reply() answers it.
 */
bool storvsp_for_disk(const struct storvsp_srb *srb, const unsigned long *luns)
{
	return srb->cdb[0] != OP_REPORT_LUNS && target_present(srb) &&
	       lun_present(luns, srb->lun);
}

static bool mode_page_known(u8 page, u8 subpage)
{
	switch (page) {
	case MODE_PAGE_RECOVERY:
	case MODE_PAGE_CACHING:
	case MODE_PAGE_CONTROL:
	case MODE_PAGE_EXCEPTIONS:
		return !subpage;
	case MODE_PAGE_ALL:
		return !subpage || subpage == MODE_SUBPAGE_ALL;
	default:
		return false;
	}
}

/**
 * storvsp_core_refuses() - would the target core's own disk refuse this?
 * @srb: a request that is for a disk
 *
 * The core writes an error line into the host's log for each of these, at whatever
 * rate the guest sends them; every Linux guest sends one when it finds a disk.
 * Answered by the caller instead, as the core does: invalid field in CDB.
 */
bool storvsp_core_refuses(const struct storvsp_srb *srb)
{
	switch (srb->cdb[0]) {
	case OP_MODE_SENSE_6:
	case OP_MODE_SENSE_10:
		return !mode_page_known(srb->cdb[2] & 0x3f, srb->cdb[3]);
	case OP_REQUEST_SENSE:
		/* Descriptor format. */
		return srb->cdb[1] & 1;
	default:
		return false;
	}
}

/**
 * storvsp_fixed_sense() - fill fixed-format sense data.
 * @sense: STORVSP_FIXED_SENSE bytes
 * @key: sense key
 * @asc: additional sense code
 */
void storvsp_fixed_sense(u8 *sense, u8 key, u8 asc)
{
	memset(sense, 0, STORVSP_FIXED_SENSE);
	sense[0] = 0x70;
	sense[2] = key;
	sense[7] = STORVSP_FIXED_SENSE - 8;
	sense[12] = asc;
}

static void invalid_field(struct storvsp_reply *reply)
{
	reply->srb_status = SRB_INVALID_REQUEST;
	reply->scsi_status = SAM_CHECK_CONDITION;
	storvsp_fixed_sense(reply->sense, KEY_ILLEGAL_REQUEST,
			    ASC_INVALID_FIELD);
	reply->sense_len = STORVSP_FIXED_SENSE;
}

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void report_luns(const struct storvsp_srb *srb,
			const unsigned long *luns,
			struct storvsp_reply *reply)
{
	u32 room = be32(&srb->cdb[6]);
	u32 len = 8;
	unsigned int lun;

	/* All units, or (1) well known ones: none; (2) both. */
	if (srb->cdb[2] > 2 || room < 16) {
		invalid_field(reply);
		return;
	}
	if (srb->cdb[2] != 1 && target_present(srb)) {
		for (lun = 0; lun < STORVSP_LUNS; lun++) {
			if (!lun_present(luns, lun))
				continue;
			reply->data[len + 1] = lun;
			len += 8;
		}
	}
	reply->data[2] = (len - 8) >> 8;
	reply->data[3] = (len - 8) & 0xff;
	reply->len = min(len, room);
}

/* Qualifier 3, type 0x1f: nothing is there and nothing can be. */
static void inquire_absent(const struct storvsp_srb *srb,
			   struct storvsp_reply *reply)
{
	u32 room = srb->cdb[3] << 8 | srb->cdb[4];
	u8 *d = reply->data;

	if ((srb->cdb[1] & 3) || srb->cdb[2] || room < 5) {
		invalid_field(reply);
		return;
	}
	d[0] = 0x7f;
	d[2] = 5;			/* SPC-3: guests go on to REPORT LUNS */
	d[3] = 2;
	d[4] = INQUIRY_BYTES - 5;
	d[7] = 2;			/* command queueing */
	if (!srb->lun) {
		memcpy(d + 8, "Msft    ", 8);
		memcpy(d + 16, "Virtual Disk    ", 16);
		memcpy(d + 32, "1.0 ", 4);
	}
	reply->len = min_t(u32, room, INQUIRY_BYTES);
}

/**
 * storvsp_scsi_reply() - answer what storvsp_for_disk() refused.
 * @srb: the request
 * @luns: bitmap of units
 * @reply: filled; never more data than the guest has room for
 */
void storvsp_scsi_reply(const struct storvsp_srb *srb,
			const unsigned long *luns,
			struct storvsp_reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->srb_status = SRB_SUCCESS;

	switch (srb->cdb[0]) {
	case OP_REPORT_LUNS:
		report_luns(srb, luns, reply);
		break;
	case OP_INQUIRY:
		inquire_absent(srb, reply);
		break;
	default:
		reply->srb_status = SRB_INVALID_LUN;
		return;
	}
	/* A guest that asks for data must have said that it reads. */
	if (srb->direction != VSTOR_DATA_IN)
		reply->len = 0;
	reply->len = min(reply->len, srb->length);
}
