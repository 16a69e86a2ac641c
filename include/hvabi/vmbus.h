/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMBus wire layouts: channel messages, ring control page, packet descriptors.
 * All integers are little endian; the project runs on x86-64 only.
 */
#ifndef HVABI_VMBUS_H
#define HVABI_VMBUS_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#ifndef __packed
#define __packed __attribute__((packed))
#endif
#endif

/* Well-known identifiers. */
#define HV_VMBUS_SINT			2
#define HV_VMBUS_MESSAGE_TYPE		1
#define HV_VMBUS_CONNECTION_CLASSIC	1
#define HV_VMBUS_CONNECTION_MULTICLIENT	4
#define HV_VMBUS_MAX_RELID		2047
#define HV_VMBUS_VP_NONE		0xffffffffU
#define HV_VMBUS_MESSAGE_BYTES		240
#define HV_VMBUS_PAGE_SIZE		4096

/* Generic failure code in results. */
#define HV_VMBUS_STATUS_FAILED		0x8000ffffU
#define HV_VMBUS_STATUS_REFUSED		0xc0000236U	/* hv_sock connect */

/* Protocol versions: major << 16 | minor. */
#define HV_VMBUS_V1			0x0000000dU
#define HV_VMBUS_WIN7			0x00010001U
#define HV_VMBUS_WIN8			0x00020004U
#define HV_VMBUS_WIN8_1			0x00030000U
#define HV_VMBUS_WIN10			0x00040000U
#define HV_VMBUS_RS3_A			0x00040001U
#define HV_VMBUS_RS3_B			0x00050000U
#define HV_VMBUS_RS4			0x00050001U
#define HV_VMBUS_RS5			0x00050002U
#define HV_VMBUS_IRON			0x00050003U
#define HV_VMBUS_COPPER			0x00060000U

enum hv_vmbus_message_type {
	HV_VMBUS_OFFER_CHANNEL			= 1,
	HV_VMBUS_RESCIND_OFFER			= 2,
	HV_VMBUS_REQUEST_OFFERS			= 3,
	HV_VMBUS_ALL_OFFERS_DELIVERED		= 4,
	HV_VMBUS_OPEN_CHANNEL			= 5,
	HV_VMBUS_OPEN_RESULT			= 6,
	HV_VMBUS_CLOSE_CHANNEL			= 7,
	HV_VMBUS_GPADL_HEADER			= 8,
	HV_VMBUS_GPADL_BODY			= 9,
	HV_VMBUS_GPADL_CREATED			= 10,
	HV_VMBUS_GPADL_TEARDOWN			= 11,
	HV_VMBUS_GPADL_TORNDOWN			= 12,
	HV_VMBUS_RELID_RELEASED			= 13,
	HV_VMBUS_INITIATE_CONTACT		= 14,
	HV_VMBUS_VERSION_RESPONSE		= 15,
	HV_VMBUS_UNLOAD				= 16,
	HV_VMBUS_UNLOAD_COMPLETE		= 17,
	HV_VMBUS_OPEN_RESERVED			= 18,
	HV_VMBUS_CLOSE_RESERVED			= 19,
	HV_VMBUS_CLOSE_RESERVED_RESPONSE	= 20,
	HV_VMBUS_TL_CONNECT_REQUEST		= 21,
	HV_VMBUS_MODIFY_CHANNEL			= 22,
	HV_VMBUS_TL_CONNECT_RESULT		= 23,
	HV_VMBUS_MODIFY_CHANNEL_RESPONSE	= 24,
	HV_VMBUS_MODIFY_CONNECTION		= 25,
	HV_VMBUS_MODIFY_CONNECTION_RESPONSE	= 26,
	HV_VMBUS_PAUSE				= 27,
	HV_VMBUS_PAUSE_RESPONSE			= 28,
	HV_VMBUS_RESUME				= 29,
	HV_VMBUS_NR_MESSAGES
};

struct hv_vmbus_header {
	__le32 type;
	__le32 padding;
};

/* Offer flags. */
#define HV_VMBUS_OFFER_ENUMERATE	0x0001
#define HV_VMBUS_OFFER_NAMED_PIPE	0x0010
#define HV_VMBUS_OFFER_TLNPI		0x2000
#define HV_VMBUS_OFFER_FLAGS		0x2011
#define HV_VMBUS_PIPE_MESSAGE		4	/* first word of user_defined */
#define HV_VMBUS_USER_BYTES		120
#define HV_VMBUS_NO_MONITOR		0xff

struct hv_vmbus_offer {
	struct hv_vmbus_header header;
	__u8 type[16];
	__u8 instance[16];
	__u8 reserved[16];
	__le16 flags;
	__le16 mmio_megabytes;
	__u8 user_defined[HV_VMBUS_USER_BYTES];
	__le16 sub_index;
	__le16 mmio_megabytes_optional;
	__le32 relid;
	__u8 monitor_id;
	__u8 monitor_allocated;
	__le16 dedicated_interrupt;
	__le32 connection_id;
} __packed;

static_assert(sizeof(struct hv_vmbus_offer) == 196);
static_assert(offsetof(struct hv_vmbus_offer, connection_id) == 192);

/* Rescind, close and release carry a relid and nothing else. */
struct hv_vmbus_relid {
	struct hv_vmbus_header header;
	__le32 relid;
} __packed;

static_assert(sizeof(struct hv_vmbus_relid) == 12);
static_assert(offsetof(struct hv_vmbus_relid, relid) == 8);

struct hv_vmbus_open {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 open_id;
	__le32 ring_gpadl;
	__le32 target_vp;
	__le32 page_offset;	/* of the host-to-guest ring, in pages */
	__u8 user_data[HV_VMBUS_USER_BYTES];
} __packed;

static_assert(sizeof(struct hv_vmbus_open) == 148);
static_assert(offsetof(struct hv_vmbus_open, user_data) == 28);

struct hv_vmbus_open_result {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 open_id;
	__le32 status;
} __packed;

static_assert(sizeof(struct hv_vmbus_open_result) == 20);
static_assert(offsetof(struct hv_vmbus_open_result, status) == 16);

/* The range list: per range a header word, then one word per 4 KiB frame. */
struct hv_vmbus_gpadl_header {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 gpadl;
	__le16 list_bytes;
	__le16 range_count;
	__le64 words[];
} __packed;

#define HV_VMBUS_GPADL_HEADER_WORDS	27

static_assert(sizeof(struct hv_vmbus_gpadl_header) == 20);
static_assert(offsetof(struct hv_vmbus_gpadl_header, words) == 20);

struct hv_vmbus_gpadl_body {
	struct hv_vmbus_header header;
	__le32 message_number;
	__le32 gpadl;
	__le64 words[];
} __packed;

#define HV_VMBUS_GPADL_BODY_WORDS	28

static_assert(sizeof(struct hv_vmbus_gpadl_body) == 16);
static_assert(offsetof(struct hv_vmbus_gpadl_body, words) == 16);

struct hv_vmbus_gpadl_created {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 gpadl;
	__le32 status;
} __packed;

static_assert(sizeof(struct hv_vmbus_gpadl_created) == 20);
static_assert(offsetof(struct hv_vmbus_gpadl_created, status) == 16);

struct hv_vmbus_gpadl_teardown {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 gpadl;
} __packed;

static_assert(sizeof(struct hv_vmbus_gpadl_teardown) == 16);
static_assert(offsetof(struct hv_vmbus_gpadl_teardown, gpadl) == 12);

struct hv_vmbus_gpadl_torndown {
	struct hv_vmbus_header header;
	__le32 gpadl;
} __packed;

static_assert(sizeof(struct hv_vmbus_gpadl_torndown) == 12);
static_assert(offsetof(struct hv_vmbus_gpadl_torndown, gpadl) == 8);

struct hv_vmbus_contact {
	struct hv_vmbus_header header;
	__le32 version;
	__le32 target_vp;
	union {
		__le64 interrupt_page;	/* before 5.0 */
		struct {
			__u8 sint;	/* 5.0 and later */
			__u8 vtl;	/* 5.1 and later */
			__le16 reserved;
			__le32 features;	/* 6.0 and later */
		};
	};
	__le64 monitor_page_in;
	__le64 monitor_page_out;
} __packed;

static_assert(sizeof(struct hv_vmbus_contact) == 40);
static_assert(offsetof(struct hv_vmbus_contact, monitor_page_out) == 32);

/* hv_vmbus_version_response.state */
#define HV_VMBUS_CONNECTION_OK		0
#define HV_VMBUS_CONNECTION_FAILED	2

struct hv_vmbus_version_response {
	struct hv_vmbus_header header;
	__u8 supported;
	__u8 state;
	__le16 padding;
	__le32 version_or_connection;
} __packed;

static_assert(sizeof(struct hv_vmbus_version_response) == 16);
static_assert(offsetof(struct hv_vmbus_version_response,
		       version_or_connection) == 12);

struct hv_vmbus_tl_connect {
	struct hv_vmbus_header header;
	__u8 endpoint[16];
	__u8 service[16];
} __packed;

static_assert(sizeof(struct hv_vmbus_tl_connect) == 40);
static_assert(offsetof(struct hv_vmbus_tl_connect, service) == 24);

struct hv_vmbus_tl_result {
	struct hv_vmbus_header header;
	__u8 endpoint[16];
	__u8 service[16];
	__le32 status;
} __packed;

static_assert(sizeof(struct hv_vmbus_tl_result) == 44);
static_assert(offsetof(struct hv_vmbus_tl_result, status) == 40);

struct hv_vmbus_modify {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 target_vp;
} __packed;

static_assert(sizeof(struct hv_vmbus_modify) == 16);
static_assert(offsetof(struct hv_vmbus_modify, target_vp) == 12);

struct hv_vmbus_modify_response {
	struct hv_vmbus_header header;
	__le32 relid;
	__le32 status;
} __packed;

static_assert(sizeof(struct hv_vmbus_modify_response) == 16);
static_assert(offsetof(struct hv_vmbus_modify_response, status) == 12);

/* ---- rings ---- */

/* First page of each direction; the data area follows. */
struct hv_vmbus_ring_page {
	__u32 in;		/* write index, by the producer */
	__u32 out;		/* read index, by the consumer */
	__u32 interrupt_mask;	/* by the consumer */
	__u32 pending_send_size;	/* by the producer */
	__u32 reserved[12];
	__u32 features;		/* by the producer */
	__u8 reserved2[HV_VMBUS_PAGE_SIZE - 68];
};

#define HV_VMBUS_RING_FEATURE_PENDING_SIZE	1

static_assert(sizeof(struct hv_vmbus_ring_page) == HV_VMBUS_PAGE_SIZE);
static_assert(offsetof(struct hv_vmbus_ring_page, features) == 64);

enum hv_vmbus_packet_type {
	HV_VMBUS_PACKET_INBAND		= 6,
	HV_VMBUS_PACKET_XFER_PAGES	= 7,
	HV_VMBUS_PACKET_GPA_DIRECT	= 9,
	HV_VMBUS_PACKET_COMPLETION	= 11,
};

#define HV_VMBUS_PACKET_FLAGS		1

/* Lengths in units of 8 bytes; the trailer is not counted. */
struct hv_vmbus_packet {
	__le16 type;
	__le16 header_len8;
	__le16 total_len8;
	__le16 flags;
	__le64 trans_id;
};

static_assert(sizeof(struct hv_vmbus_packet) == 16);
static_assert(offsetof(struct hv_vmbus_packet, trans_id) == 8);

/* Follows the descriptor of types 7 and 9; the first word may be garbage. */
struct hv_vmbus_packet_ranges {
	__le32 reserved;
	__le32 count;
};

static_assert(sizeof(struct hv_vmbus_packet_ranges) == 8);
static_assert(offsetof(struct hv_vmbus_packet_ranges, count) == 4);

#define HV_VMBUS_PACKET_TRAILER		8

#endif /* HVABI_VMBUS_H */
