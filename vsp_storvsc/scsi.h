/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SCSI commands that no disk answers: REPORT LUNS for the controller, and
 * whatever addresses an absent unit. Pure.
 */
#ifndef HVROOT_STORVSP_SCSI_H
#define HVROOT_STORVSP_SCSI_H

#include <linux/types.h>

#include "wire.h"

/* Units live on path 0, target 0. */
#define STORVSP_LUNS		255
#define STORVSP_LUN_LONGS	(256 / (8 * sizeof(unsigned long)))

#define STORVSP_FIXED_SENSE	18
#define STORVSP_REPLY_BYTES	(8 + 8 * STORVSP_LUNS)

/**
 * struct storvsp_reply - an answer made here.
 * @srb_status: SRB_*
 * @scsi_status: SAM status byte
 * @sense_len: 0 or STORVSP_FIXED_SENSE
 * @sense: sense data
 * @len: bytes in @data
 * @data: for the guest
 */
struct storvsp_reply {
	u8 srb_status;
	u8 scsi_status;
	u8 sense_len;
	u8 sense[STORVSP_FIXED_SENSE];
	u32 len;
	u8 data[STORVSP_REPLY_BYTES];
};

void storvsp_fixed_sense(u8 *sense, u8 key, u8 asc);
bool storvsp_for_disk(const struct storvsp_srb *srb,
		      const unsigned long *luns);
bool storvsp_core_refuses(const struct storvsp_srb *srb);
void storvsp_scsi_reply(const struct storvsp_srb *srb,
			const unsigned long *luns,
			struct storvsp_reply *reply);

#endif /* HVROOT_STORVSP_SCSI_H */
