/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * storvsp packets as they are on the ring, and the pure functions over private
 * copies of them: parse, complete, and the SRB statuses that guests expect.
 */
#ifndef HVROOT_STORVSP_WIRE_H
#define HVROOT_STORVSP_WIRE_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

enum vstor_operation {
	VSTOR_COMPLETE_IO		= 1,
	VSTOR_REMOVE_DEVICE		= 2,
	VSTOR_EXECUTE_SRB		= 3,
	VSTOR_RESET_LUN			= 4,
	VSTOR_RESET_ADAPTER		= 5,
	VSTOR_RESET_BUS			= 6,
	VSTOR_BEGIN_INITIALIZATION	= 7,
	VSTOR_END_INITIALIZATION	= 8,
	VSTOR_QUERY_PROTOCOL_VERSION	= 9,
	VSTOR_QUERY_PROPERTIES		= 10,
	VSTOR_ENUMERATE_BUS		= 11,
	VSTOR_FC_HBA_DATA		= 12,
	VSTOR_CREATE_SUB_CHANNELS	= 13,
	VSTOR_EVENT_NOTIFICATION	= 14,
};

/* Protocol versions: major << 8 | minor. */
#define VSTOR_VERSION_4_2	0x0402	/* Windows Server 2008 R2, 36-byte bodies */
#define VSTOR_VERSION_5_1	0x0501	/* Windows Server 2012, 52-byte bodies */
#define VSTOR_VERSION_6_0	0x0600
#define VSTOR_VERSION_6_2	0x0602

/* NTSTATUS codes in the header of an answer. */
#define VSTOR_STATUS_SUCCESS			0x00000000U
#define VSTOR_STATUS_BUFFER_OVERFLOW		0x80000005U
#define VSTOR_STATUS_DEVICE_BUSY		0x80000011U
#define VSTOR_STATUS_UNSUCCESSFUL		0xc0000001U
#define VSTOR_STATUS_INVALID_PARAMETER		0xc000000dU
#define VSTOR_STATUS_INVALID_DEVICE_REQUEST	0xc0000010U
#define VSTOR_STATUS_REVISION_MISMATCH		0xc0000059U
#define VSTOR_STATUS_DEVICE_NOT_CONNECTED	0xc000009dU
#define VSTOR_STATUS_IO_TIMEOUT			0xc00000b5U
#define VSTOR_STATUS_DEVICE_DOES_NOT_EXIST	0xc00000c0U
#define VSTOR_STATUS_CANCELLED			0xc0000120U
#define VSTOR_STATUS_INVALID_DEVICE_STATE	0xc0000184U
#define VSTOR_STATUS_IO_DEVICE_ERROR		0xc0000185U

/* SRB status: low 6 bits, and a flag. */
#define SRB_SUCCESS			0x01
#define SRB_ABORTED			0x02
#define SRB_ERROR			0x04
#define SRB_BUSY			0x05
#define SRB_INVALID_REQUEST		0x06
#define SRB_NO_DEVICE			0x08
#define SRB_TIMEOUT			0x09
#define SRB_SELECTION_TIMEOUT		0x0a
#define SRB_COMMAND_TIMEOUT		0x0b
#define SRB_NO_HBA			0x11
#define SRB_DATA_OVERRUN		0x12
#define SRB_BAD_SRB_BLOCK_LENGTH	0x15
#define SRB_REQUEST_FLUSHED		0x16
#define SRB_INVALID_LUN			0x20
#define SRB_INVALID_TARGET_ID		0x21
#define SRB_BAD_FUNCTION		0x22
#define SRB_STATUS_MASK			0x3f
#define SRB_AUTOSENSE_VALID		0x80

/* SAM status bytes, sense keys and additional sense codes that matter here. */
#define SAM_GOOD			0x00
#define SAM_CHECK_CONDITION		0x02
#define SAM_CONDITION_MET		0x04
#define SAM_BUSY			0x08
#define SAM_TASK_SET_FULL		0x28
#define SAM_TASK_ABORTED		0x40

#define KEY_ILLEGAL_REQUEST		0x05
#define ASC_INVALID_OPCODE		0x20
#define ASC_INVALID_FIELD		0x24
#define ASC_NO_SUCH_LUN			0x25

#define VSTOR_DATA_OUT		0	/* the guest writes */
#define VSTOR_DATA_IN		1
#define VSTOR_DATA_NONE		2

#define VSTOR_CDB_BYTES		16
#define VSTOR_SENSE_BYTES	20
#define VSTOR_SENSE_BYTES_V1	18

struct vstor_srb {
	__le16 length;
	u8 srb_status;
	u8 scsi_status;
	u8 port;
	u8 path;
	u8 target;
	u8 lun;
	u8 cdb_length;
	u8 sense_length;
	u8 data_direction;
	u8 properties;
	__le32 transfer_length;
	union {
		u8 cdb[VSTOR_CDB_BYTES];
		u8 sense[VSTOR_SENSE_BYTES];
	};
	__le16 reserved;
	u8 queue_tag;
	u8 queue_action;
	__le32 srb_flags;
	__le32 timeout;
	__le32 queue_sort_key;
} __packed;

struct vstor_version {
	__le16 version;
	__le16 reserved;
} __packed;

#define VSTOR_PROPERTY_MULTI_CHANNEL	1

struct vstor_properties {
	__le32 reserved1;
	__le16 max_sub_channels;
	__le16 reserved2;
	__le32 flags;
	__le32 max_transfer;
	__le32 reserved3[2];
} __packed;

struct vstor_packet {
	__le32 operation;
	__le32 flags;
	__le32 status;
	union {
		struct vstor_srb srb;
		struct vstor_version version;
		struct vstor_properties properties;
		__le16 sub_channels;
		u8 body[52];
	};
} __packed;

#define VSTOR_HEADER_BYTES	12
#define VSTOR_BODY_BYTES	52
#define VSTOR_BODY_BYTES_V1	36

static_assert(sizeof(struct vstor_srb) == 52);
static_assert(offsetof(struct vstor_srb, queue_sort_key) == 48);
static_assert(offsetof(struct vstor_srb, reserved) == VSTOR_BODY_BYTES_V1);
static_assert(sizeof(struct vstor_properties) == 24);
static_assert(sizeof(struct vstor_packet) == 64);
static_assert(offsetof(struct vstor_packet, body) == VSTOR_HEADER_BYTES);

/**
 * struct storvsp_srb - what a guest asks for, in host byte order.
 * @path: bus
 * @target: target
 * @lun: logical unit
 * @direction: VSTOR_DATA_*; NONE whenever @length is 0
 * @length: bytes to move, not more than the packet's page list covers
 * @cdb: command, zero-padded
 */
struct storvsp_srb {
	u8 path;
	u8 target;
	u8 lun;
	u8 direction;
	u32 length;
	u8 cdb[VSTOR_CDB_BYTES];
};

/**
 * struct storvsp_result - how a command ended.
 * @srb_status: SRB_*, without the autosense flag
 * @scsi_status: SAM status byte
 * @moved: bytes moved
 * @sense: sense data or NULL
 * @sense_len: bytes of it
 */
struct storvsp_result {
	u8 srb_status;
	u8 scsi_status;
	u32 moved;
	const u8 *sense;
	u8 sense_len;
};

int storvsp_parse(const void *payload, u32 len, struct vstor_packet *pkt);
int storvsp_parse_srb(const struct vstor_packet *pkt, u32 nr_ranges,
		      u32 range_bytes, struct storvsp_srb *srb);
u32 storvsp_ntstatus(u8 srb_status);
u8 storvsp_srb_status(u8 scsi_status, const u8 *sense, u8 sense_len);
void storvsp_answer(struct vstor_packet *out, u32 status);
void storvsp_complete(struct vstor_packet *out, u32 body_len,
		      const struct storvsp_result *res);

#endif /* HVROOT_STORVSP_WIRE_H */
