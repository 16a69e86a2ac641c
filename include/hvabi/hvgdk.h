/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor interface as a guest sees it (TLFS): CPUID leaves, synthetic
 * MSRs, privileges, hypercall codes, inputs and control words.
 *
 * The HV_SYN_MSR_, HV_PRIV_ and HV_GCALL_ forms are chosen so that nothing
 * collides with the kernel's own guest-side headers.
 */
#ifndef HVABI_HVGDK_H
#define HVABI_HVGDK_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* ---- CPUID ---- */

#define HV_CPUID_FIRST			0x40000000
#define HV_CPUID_LAST			0x400000ff
#define HV_CPUID_VENDOR			0x40000000
#define HV_CPUID_INTERFACE_ID		0x40000001
#define HV_CPUID_VERSION		0x40000002
#define HV_CPUID_PRIVILEGES		0x40000003
#define HV_CPUID_HINTS			0x40000004
#define HV_CPUID_LIMITS			0x40000005
#define HV_CPUID_HARDWARE		0x40000006

#define HV_CPUID_SIGNATURE_EBX		0x7263694d	/* "Micr" */
#define HV_CPUID_SIGNATURE_ECX		0x666f736f	/* "osof" */
#define HV_CPUID_SIGNATURE_EDX		0x76482074	/* "t Hv" */
#define HV_CPUID_INTERFACE_HV1		0x31237648	/* "Hv#1" */

/* Leaf 3, EAX (low half) and EBX (high half): partition privileges. */
#define HV_PRIV_VP_RUNTIME		BIT_ULL(0)
#define HV_PRIV_REFERENCE_COUNTER	BIT_ULL(1)
#define HV_PRIV_SYNIC			BIT_ULL(2)
#define HV_PRIV_STIMER			BIT_ULL(3)
#define HV_PRIV_APIC			BIT_ULL(4)
#define HV_PRIV_HYPERCALL		BIT_ULL(5)
#define HV_PRIV_VP_INDEX		BIT_ULL(6)
#define HV_PRIV_RESET			BIT_ULL(7)
#define HV_PRIV_REFERENCE_TSC		BIT_ULL(9)
#define HV_PRIV_GUEST_IDLE		BIT_ULL(10)
#define HV_PRIV_FREQUENCY		BIT_ULL(11)
#define HV_PRIV_TSC_INVARIANT		BIT_ULL(15)
#define HV_PRIV_ACCESS_PARTITION_ID	BIT_ULL(33)
#define HV_PRIV_POST_MESSAGES		BIT_ULL(36)
#define HV_PRIV_SIGNAL_EVENTS		BIT_ULL(37)
#define HV_PRIV_EXTENDED_CALLS		BIT_ULL(52)

/* Leaf 3, EDX: features that are no privileges. */
#define HV_FEATURE_GUEST_IDLE		BIT(5)
#define HV_FEATURE_FREQUENCY		BIT(8)
#define HV_FEATURE_CRASH		BIT(10)
#define HV_FEATURE_STIMER_DIRECT	BIT(19)

/* Leaf 4, EAX: what the guest is advised to do. */
#define HV_HINT_REMOTE_FLUSH		BIT(2)
#define HV_HINT_APIC_MSRS		BIT(3)
#define HV_HINT_RELAXED_TIMING		BIT(5)
#define HV_HINT_NO_AUTO_EOI		BIT(9)
#define HV_HINT_CLUSTER_IPI		BIT(10)
#define HV_HINT_EX_MASKS		BIT(11)
#define HV_SPIN_NEVER_NOTIFY		0xffffffff	/* EBX */

/* Leaf 6, EAX. */
#define HV_HARDWARE_SLAT		BIT(3)

/* Property 0x10001: what the VMM lets a partition have. */
#define HV_SYNTH_HYPERVISOR		BIT_ULL(0)
#define HV_SYNTH_HV1			BIT_ULL(1)
#define HV_SYNTH_VP_RUNTIME		BIT_ULL(2)
#define HV_SYNTH_REFERENCE_COUNTER	BIT_ULL(3)
#define HV_SYNTH_SYNIC			BIT_ULL(4)
#define HV_SYNTH_STIMER			BIT_ULL(5)
#define HV_SYNTH_APIC			BIT_ULL(6)
#define HV_SYNTH_HYPERCALL		BIT_ULL(7)
#define HV_SYNTH_VP_INDEX		BIT_ULL(8)
#define HV_SYNTH_REFERENCE_TSC		BIT_ULL(9)
#define HV_SYNTH_GUEST_IDLE		BIT_ULL(10)
#define HV_SYNTH_FREQUENCY		BIT_ULL(11)
#define HV_SYNTH_STIMER_DIRECT		BIT_ULL(22)
#define HV_SYNTH_EX_MASKS		BIT_ULL(24)
#define HV_SYNTH_FLUSH			BIT_ULL(25)
#define HV_SYNTH_CLUSTER_IPI		BIT_ULL(26)
#define HV_SYNTH_LONG_SPIN		BIT_ULL(27)
#define HV_SYNTH_SIGNAL_EVENTS		BIT_ULL(29)

/* ---- synthetic MSRs ---- */

#define HV_SYN_MSR_FIRST		0x40000000
#define HV_SYN_MSR_LAST			0x400001ff
#define HV_SYN_MSR_GUEST_OS_ID		0x40000000
#define HV_SYN_MSR_HYPERCALL		0x40000001
#define HV_SYN_MSR_VP_INDEX		0x40000002
#define HV_SYN_MSR_RESET		0x40000003
#define HV_SYN_MSR_VP_RUNTIME		0x40000010
#define HV_SYN_MSR_TIME_REF_COUNT	0x40000020
#define HV_SYN_MSR_REFERENCE_TSC	0x40000021
#define HV_SYN_MSR_TSC_FREQUENCY	0x40000022
#define HV_SYN_MSR_APIC_FREQUENCY	0x40000023
#define HV_SYN_MSR_EOI			0x40000070
#define HV_SYN_MSR_ICR			0x40000071
#define HV_SYN_MSR_TPR			0x40000072
#define HV_SYN_MSR_VP_ASSIST_PAGE	0x40000073
#define HV_SYN_MSR_SCONTROL		0x40000080
#define HV_SYN_MSR_SVERSION		0x40000081
#define HV_SYN_MSR_SIEFP		0x40000082
#define HV_SYN_MSR_SIMP			0x40000083
#define HV_SYN_MSR_EOM			0x40000084
#define HV_SYN_MSR_SINT0		0x40000090
#define HV_SYN_MSR_SINT15		0x4000009f
#define HV_SYN_MSR_STIMER0_CONFIG	0x400000b0
#define HV_SYN_MSR_STIMER3_COUNT	0x400000b7
#define HV_SYN_MSR_GUEST_IDLE		0x400000f0
#define HV_SYN_MSR_CRASH_P0		0x40000100
#define HV_SYN_MSR_CRASH_P4		0x40000104
#define HV_SYN_MSR_CRASH_CTL		0x40000105
#define HV_SYN_MSR_TSC_INVARIANT	0x40000118

/* Bits of the MSRs that name a page: enable, and the page number from bit 12. */
#define HV_MSR_PAGE_ENABLE		BIT_ULL(0)
#define HV_MSR_HYPERCALL_LOCKED		BIT_ULL(1)
#define HV_MSR_PAGE_MASK		GENMASK_ULL(63, 12)

#define HV_SCONTROL_ENABLE		BIT_ULL(0)
#define HV_SYN_VERSION_1		1

#define HV_SINT_VECTOR_MASK		0xffULL
#define HV_SINT_IS_MASKED		BIT_ULL(16)
#define HV_SINT_IS_AUTO_EOI		BIT_ULL(17)
#define HV_SINT_IS_POLLED		BIT_ULL(18)

#define HV_STIMER_COUNT			4
#define HV_STIMER_IS_ENABLED		BIT_ULL(0)
#define HV_STIMER_IS_PERIODIC		BIT_ULL(1)
#define HV_STIMER_IS_LAZY		BIT_ULL(2)
#define HV_STIMER_IS_AUTO_ENABLE	BIT_ULL(3)
#define HV_STIMER_VECTOR_SHIFT		4
#define HV_STIMER_IS_DIRECT		BIT_ULL(12)
#define HV_STIMER_SINT_SHIFT		16
#define HV_STIMER_VALID			(GENMASK_ULL(12, 0) | GENMASK_ULL(19, 16))

#define HV_CRASH_NOTIFY			BIT_ULL(63)
#define HV_CRASH_HAS_MESSAGE		BIT_ULL(62)

/* Reference TSC page; the rest of the frame is reserved. */
struct hv_reference_tsc {
	__le32 sequence;	/* 0: not valid, read the counter MSR */
	__le32 reserved;
	__le64 scale;
	__le64 offset;
};

static_assert(sizeof(struct hv_reference_tsc) == 24);
static_assert(offsetof(struct hv_reference_tsc, offset) == 16);

/* First word of the VP assist page. */
#define HV_ASSIST_NO_EOI		0	/* bit number */

/* Payload of HVMSG_TIMER_EXPIRED. */
struct hv_timer_payload {
	__le32 timer_index;
	__le32 reserved;
	__le64 expiration_time;
	__le64 delivery_time;
};

static_assert(sizeof(struct hv_timer_payload) == 24);

/* VP state type 4: the four timers. */
struct hv_stimer_state_entry {
	__le32 flags;			/* bit 0: a message is undelivered */
	__le32 reserved;
	__le64 config;
	__le64 count;
	__le64 adjustment;
	__le64 undelivered_expiration;
};

struct hv_stimers_state {
	struct hv_stimer_state_entry timer[HV_STIMER_COUNT];
	__u8 reserved[40];
};

#define HV_STIMER_STATE_UNDELIVERED	BIT(0)

static_assert(sizeof(struct hv_stimers_state) == 200);
static_assert(offsetof(struct hv_stimers_state, reserved) == 160);

/* Register names that are synthetic interrupt controller state. */
#define HV_SYN_REG_SINT0		0x000a0000
#define HV_SYN_REG_SINT15		0x000a000f
#define HV_SYN_REG_SCONTROL		0x000a0010
#define HV_SYN_REG_SVERSION		0x000a0011
#define HV_SYN_REG_SIEFP		0x000a0012
#define HV_SYN_REG_SIMP			0x000a0013
#define HV_SYN_REG_EOM			0x000a0014
#define HV_SYN_REG_STIMER0_CONFIG	0x000b0000
#define HV_SYN_REG_STIMER3_COUNT	0x000b0007

/* ---- hypercalls ---- */

/* Control word: code 15:0, the rest as below. */
#define HV_HC_CODE_MASK			GENMASK_ULL(15, 0)
#define HV_HC_FAST			BIT_ULL(16)
#define HV_HC_VARHEAD_SHIFT		17
#define HV_HC_VARHEAD_MASK		0x3ffULL
#define HV_HC_REPS_SHIFT		32
#define HV_HC_START_SHIFT		48
#define HV_HC_REP_MASK			0xfffULL
#define HV_HC_RESERVED			(GENMASK_ULL(63, 60) | \
					 GENMASK_ULL(47, 44) | \
					 GENMASK_ULL(31, 27))
#define HV_HC_RESULT_REPS_SHIFT		32

#define HV_GCALL_FLUSH_SPACE		0x0002
#define HV_GCALL_FLUSH_LIST		0x0003
#define HV_GCALL_LONG_SPIN		0x0008
#define HV_GCALL_SEND_IPI		0x000b
#define HV_GCALL_FLUSH_SPACE_EX		0x0013
#define HV_GCALL_FLUSH_LIST_EX		0x0014
#define HV_GCALL_SEND_IPI_EX		0x0015
#define HV_GCALL_GET_PARTITION_ID	0x0046
#define HV_GCALL_POST_MESSAGE		0x005c
#define HV_GCALL_SIGNAL_EVENT		0x005d
#define HV_GCALL_VP_INDEX_FROM_APIC_ID	0x009a
#define HV_GCALL_EXT_CAPABILITIES	0x8001

#define HV_GCALL_PARTITION_SELF		(~0ULL)

/* Sparse set of VPs; the banks present follow. */
#define HV_VPSET_SPARSE			0
#define HV_VPSET_ALL			1

struct hv_vpset_head {
	__le64 format;
	__le64 valid_banks;
};

static_assert(sizeof(struct hv_vpset_head) == 16);

/* Flush: flags are common to all four forms. */
#define HV_FLUSH_PROCESSORS_ALL		BIT_ULL(0)
#define HV_FLUSH_SPACES_ALL		BIT_ULL(1)
#define HV_FLUSH_ONLY_NON_GLOBAL	BIT_ULL(2)
#define HV_FLUSH_EXTENDED_RANGE		BIT_ULL(3)
#define HV_FLUSH_VALID			GENMASK_ULL(3, 0)

struct hv_flush_in {
	__le64 address_space;
	__le64 flags;
	__le64 processor_mask;
};

struct hv_flush_ex_in {
	__le64 address_space;
	__le64 flags;
	struct hv_vpset_head set;
};

static_assert(sizeof(struct hv_flush_in) == 24);
static_assert(sizeof(struct hv_flush_ex_in) == 32);

struct hv_ipi_in {
	__le32 vector;
	__u8 target_vtl;
	__u8 reserved[3];
	__le64 processor_mask;
};

struct hv_ipi_ex_in {
	__le32 vector;
	__u8 target_vtl;
	__u8 reserved[3];
	struct hv_vpset_head set;
};

static_assert(sizeof(struct hv_ipi_in) == 16);
static_assert(sizeof(struct hv_ipi_ex_in) == 24);

struct hv_post_message_in {
	__le32 connection_id;
	__le32 reserved;
	__le32 message_type;
	__le32 payload_size;
	__u8 payload[240];
};

static_assert(sizeof(struct hv_post_message_in) == 256);
static_assert(offsetof(struct hv_post_message_in, payload) == 16);

struct hv_signal_event_in {
	__le32 connection_id;
	__le16 flag_number;
	__le16 reserved;
};

static_assert(sizeof(struct hv_signal_event_in) == 8);

#define HV_CONNECTION_ID_MASK		0x00ffffff

struct hv_vp_index_in {
	__le64 partition_id;
	__u8 target_vtl;
	__u8 reserved[7];
};

static_assert(sizeof(struct hv_vp_index_in) == 16);

#endif /* HVABI_HVGDK_H */
