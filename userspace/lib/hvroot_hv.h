/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts and numbers of the hypervisor interface that a VMM sees through
 * /dev/mshv: register names, register values, hypercall inputs, messages.
 */
#ifndef HVROOT_HV_H
#define HVROOT_HV_H

#include <assert.h>
#include <stddef.h>
#include <linux/types.h>

/* Hypercalls that MSHV_ROOT_HVCALL passes through */
#define HV_CALL_GET_PARTITION_PROPERTY		0x0044
#define HV_CALL_SET_PARTITION_PROPERTY		0x0045
#define HV_CALL_INSTALL_INTERCEPT		0x004d
#define HV_CALL_GET_VP_REGISTERS		0x0050
#define HV_CALL_SET_VP_REGISTERS		0x0051
#define HV_CALL_TRANSLATE_VIRTUAL_ADDRESS	0x0052
#define HV_CALL_REGISTER_INTERCEPT_RESULT	0x0091
#define HV_CALL_ASSERT_VIRTUAL_INTERRUPT	0x0094

/* Partition properties */
#define HV_PROPERTY_SYNTHETIC_FEATURES		0x00010001
#define HV_PROPERTY_TIME_FREEZE			0x00030003
#define HV_PROPERTY_REFERENCE_TIME		0x00030005
#define HV_PROPERTY_UNIMPLEMENTED_MSR		0x00050017
#define HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH	0x00060006
#define HV_PROPERTY_CPU_FEATURES_0		0x0006000a
#define HV_PROPERTY_CPU_FEATURES_1		0x0006000b

/* HV_PROPERTY_SYNTHETIC_FEATURES, bit numbers */
#define HV_SYNTH_HYPERVISOR_PRESENT		0
#define HV_SYNTH_HV1				1
#define HV_SYNTH_VP_RUNTIME			2
#define HV_SYNTH_REFERENCE_COUNTER		3
#define HV_SYNTH_SYNIC				4
#define HV_SYNTH_TIMERS				5
#define HV_SYNTH_INTERRUPT_CONTROL		6
#define HV_SYNTH_HYPERCALL			7
#define HV_SYNTH_VP_INDEX			8
#define HV_SYNTH_REFERENCE_TSC			9
#define HV_SYNTH_GUEST_IDLE			10
#define HV_SYNTH_FREQUENCY			11
#define HV_SYNTH_DIRECT_TIMERS			22
#define HV_SYNTH_EXTENDED_MASKS			24
#define HV_SYNTH_TLB_FLUSH			25
#define HV_SYNTH_CLUSTER_IPI			26
#define HV_SYNTH_SIGNAL_EVENTS			29

/* Processor feature bank 1, bit numbers; set means "the guest has not" */
#define HV_CPU1_LA57				4
#define HV_CPU1_NESTED				6

/* Register names */
#define HV_REG_RAX		0x00020000	/* RCX RDX RBX RSP RBP RSI RDI R8.. */
#define HV_REG_RCX		0x00020001
#define HV_REG_RDX		0x00020002
#define HV_REG_RBX		0x00020003
#define HV_REG_RSP		0x00020004
#define HV_REG_RBP		0x00020005
#define HV_REG_RSI		0x00020006
#define HV_REG_RDI		0x00020007
#define HV_REG_RIP		0x00020010
#define HV_REG_RFLAGS		0x00020011
#define HV_REG_CR0		0x00040000
#define HV_REG_CR2		0x00040001
#define HV_REG_CR3		0x00040002
#define HV_REG_CR4		0x00040003
#define HV_REG_CR8		0x00040004
#define HV_REG_ES		0x00060000
#define HV_REG_CS		0x00060001
#define HV_REG_SS		0x00060002
#define HV_REG_DS		0x00060003
#define HV_REG_FS		0x00060004
#define HV_REG_GS		0x00060005
#define HV_REG_LDTR		0x00060006
#define HV_REG_TR		0x00060007
#define HV_REG_IDTR		0x00070000
#define HV_REG_GDTR		0x00070001
#define HV_REG_EFER		0x00080001
#define HV_REG_MTRR_DEF_TYPE	0x8000e
#define HV_REG_GUEST_OS_ID	0x00090002

/* A segment register */
struct hv_segment {
	__u64 base;
	__u32 limit;
	__u16 selector;
	__u16 attributes;
};

/* IDTR, GDTR */
struct hv_table {
	__u16 pad[3];
	__u16 limit;
	__u64 base;
};

union hv_register_value {
	__u64 u64;
	__u64 u128[2];
	struct hv_segment segment;
	struct hv_table table;
};

/* One register in HV_CALL_SET_VP_REGISTERS */
struct hv_register {
	__u32 name;
	__u32 rsvd;
	__u64 rsvd1;
	union hv_register_value value;
};

static_assert(sizeof(struct hv_register) == 32, "wire size");

struct hv_partition_property {
	__u64 partition;
	__u32 code;
	__u32 rsvd;
	__u64 value;
};

/* Header of the register hypercalls */
struct hv_vp_registers {
	__u64 partition;
	__u32 vp_index;
	__u8 vtl;
	__u8 rsvd[3];
};

static_assert(sizeof(struct hv_vp_registers) == 16, "wire size");

#define HV_INTERRUPT_FIXED	0
#define HV_INTERRUPT_LOWEST	1
#define HV_INTERRUPT_NMI	4
#define HV_INTERRUPT_LEVEL	(1ULL << 32)
#define HV_INTERRUPT_LOGICAL	(1ULL << 33)

struct hv_assert_interrupt {
	__u64 partition;
	__u64 control;
	__u64 destination;
	__u32 vector;
	__u8 vtl;
	__u8 rsvd[3];
};

static_assert(sizeof(struct hv_assert_interrupt) == 32, "wire size");

#define HV_TRANSLATE_READ	(1ULL << 0)
#define HV_TRANSLATE_WRITE	(1ULL << 1)

struct hv_translate {
	__u64 partition;
	__u32 vp_index;
	__u32 rsvd;
	__u64 flags;
	__u64 gva_page;
};

struct hv_translate_result {
	__u32 code;
	__u8 cache_type;
	__u8 overlay;
	__u8 rsvd[2];
	__u64 gpa_page;
};

/* Messages that end MSHV_RUN_VP */
#define HV_MSG_NONE			0x00000000
#define HV_MSG_UNMAPPED_GPA		0x80000000
#define HV_MSG_GPA_INTERCEPT		0x80000001
#define HV_MSG_INVALID_REGISTER		0x80000020
#define HV_MSG_UNRECOVERABLE_EXCEPTION	0x80000021
#define HV_MSG_UNSUPPORTED_FEATURE	0x80000022
#define HV_MSG_IO_PORT			0x80010000
#define HV_MSG_MSR			0x80010001
#define HV_MSG_CPUID			0x80010002
#define HV_MSG_EXCEPTION		0x80010003
#define HV_MSG_APIC_EOI			0x80010004
#define HV_MSG_HALT			0x80010007

struct hv_msg_header {
	__u32 type;
	__u8 payload_size;
	__u8 flags;
	__u16 rsvd;
	__u64 sender;
};

#define HV_ACCESS_READ		0
#define HV_ACCESS_WRITE		1
#define HV_ACCESS_EXECUTE	2

/* hv_intercept.state */
#define HV_STATE_CPL_MASK	0x0003
#define HV_STATE_PE		0x0004
#define HV_STATE_LMA		0x0010

/* First in every intercept message */
struct hv_intercept {
	__u32 vp_index;
	__u8 length_cr8;	/* bits 3:0 instruction length, 7:4 CR8 */
	__u8 access;
	__u16 state;
	struct hv_segment cs;
	__u64 rip;
	__u64 rflags;
};

static_assert(sizeof(struct hv_intercept) == 40, "wire size");

#define HV_IO_SIZE_MASK		0x07
#define HV_IO_STRING		0x08
#define HV_IO_REP		0x10

struct hv_msg_io {
	struct hv_intercept hdr;
	__u16 port;
	__u8 info;
	__u8 byte_count;
	__u32 rsvd;
	__u64 rax;
	__u8 bytes[16];
	struct hv_segment ds;
	struct hv_segment es;
	__u64 rcx;
	__u64 rsi;
	__u64 rdi;
};

static_assert(sizeof(struct hv_msg_io) == 128, "wire size");

struct hv_msg_memory {
	struct hv_intercept hdr;
	__u32 cache_type;
	__u8 byte_count;
	__u8 info;
	__u8 tpr;
	__u8 rsvd;
	__u64 gva;
	__u64 gpa;
	__u8 bytes[16];
};

static_assert(sizeof(struct hv_msg_memory) == 80, "wire size");

struct hv_msg_msr {
	struct hv_intercept hdr;
	__u32 msr;
	__u32 rsvd;
	__u64 rdx;
	__u64 rax;
};

struct hv_msg_eoi {
	__u32 vp_index;
	__u32 vector;
};

struct hv_msg_invalid_register {
	__u32 vp_index;
	__u32 rsvd;
};

struct hv_msg_unsupported {
	__u32 vp_index;
	__u32 code;
	__u64 parameter;
};

union hv_msg_payload {
	__u8 raw[240];
	struct hv_intercept intercept;
	struct hv_msg_io io;
	struct hv_msg_memory memory;
	struct hv_msg_msr msr;
	struct hv_msg_eoi eoi;
	struct hv_msg_invalid_register invalid_register;
	struct hv_msg_unsupported unsupported;
};

struct hv_msg {
	struct hv_msg_header header;
	union hv_msg_payload u;
};

static_assert(sizeof(struct hv_msg) == 256, "wire size");

/* Register page: page 0 of a VP descriptor */
#define HV_PAGE_DIRTY_GPR	0x01
#define HV_PAGE_DIRTY_RIP	0x02
#define HV_PAGE_DIRTY_XMM	0x04
#define HV_PAGE_DIRTY_SEGMENTS	0x08
#define HV_PAGE_DIRTY_RFLAGS	0x10

struct hv_register_page {
	__u16 version;
	__u8 is_valid;
	__u8 rsvd;
	__u32 dirty;
	__u64 gpr[16];
	__u64 rip;
	__u64 rflags;
	__u64 rsvd1;
	__u64 xmm[6][2];
	struct hv_segment segment[6];	/* ES CS SS DS FS GS */
	__u64 cr0;
	__u64 cr3;
	__u64 cr4;
	__u64 cr8;
	__u64 efer;
	__u64 dr7;
};

static_assert(offsetof(struct hv_register_page, segment) == 256, "wire offset");
static_assert(offsetof(struct hv_register_page, efer) == 384, "wire offset");

#endif /* HVROOT_HV_H */
