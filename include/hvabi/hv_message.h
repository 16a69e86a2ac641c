/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SynIC message and event-flag page layouts (TLFS, "Inter-Partition
 * Communication" and "Synthetic Interrupt Controller").
 */
#ifndef HVABI_HV_MESSAGE_H
#define HVABI_HV_MESSAGE_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define HV_SYNIC_SINT_COUNT		16
#define HV_MESSAGE_SIZE			256
#define HV_MESSAGE_PAYLOAD_BYTES	240
#define HV_EVENT_FLAGS_COUNT		2048

enum hv_message_type {
	HVMSG_NONE			= 0x00000000,
	HVMSG_CHANNEL			= 0x00000001,
	HVMSG_UNMAPPED_GPA		= 0x80000000,
	HVMSG_GPA_INTERCEPT		= 0x80000001,
	HVMSG_TIMER_EXPIRED		= 0x80000010,
	HVMSG_INVALID_VP_REGISTER_VALUE	= 0x80000020,
	HVMSG_UNRECOVERABLE_EXCEPTION	= 0x80000021,
	HVMSG_UNSUPPORTED_FEATURE	= 0x80000022,
	HVMSG_HYPERCALL_INTERCEPT	= 0x80000050,
	HVMSG_SYNIC_SINT_DELIVERABLE	= 0x80000062,
	HVMSG_X64_IO_PORT_INTERCEPT	= 0x80010000,
	HVMSG_X64_MSR_INTERCEPT		= 0x80010001,
	HVMSG_X64_CPUID_INTERCEPT	= 0x80010002,
	HVMSG_X64_EXCEPTION_INTERCEPT	= 0x80010003,
	HVMSG_X64_APIC_EOI		= 0x80010004,
	HVMSG_X64_HALT			= 0x80010007,
	HVMSG_X64_INTERRUPTION_DELIVERABLE = 0x80010008,
	HVMSG_X64_SIPI_INTERCEPT	= 0x80010009,
};

#define HV_MESSAGE_FLAG_PENDING		0x01

struct hv_message_header {
	__le32 message_type;
	__u8 payload_size;
	__u8 message_flags;
	__le16 reserved;
	__le64 sender;
};

struct hv_message {
	struct hv_message_header header;
	__u8 payload[HV_MESSAGE_PAYLOAD_BYTES];
};

static_assert(sizeof(struct hv_message) == HV_MESSAGE_SIZE);
static_assert(offsetof(struct hv_message, payload) == 16);

/* The message page (SIMP): one slot for each SINT. */
struct hv_message_page {
	struct hv_message slot[HV_SYNIC_SINT_COUNT];
};

/* The event-flag page (SIEFP): 2048 flags for each SINT. */
struct hv_event_flags_page {
	unsigned long flags[HV_SYNIC_SINT_COUNT][HV_EVENT_FLAGS_COUNT /
						 (8 * sizeof(unsigned long))];
};

static_assert(sizeof(struct hv_message_page) == 4096);
static_assert(sizeof(struct hv_event_flags_page) == 4096);

#endif /* HVABI_HV_MESSAGE_H */
