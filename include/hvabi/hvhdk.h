/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor and the VMM say to each other: register names, partition
 * properties, inputs of passed-through hypercalls, intercept messages, register
 * page (TLFS, and what VMMs for /dev/mshv expect). x86-64, little endian.
 *
 * The kernel's own Hyper-V headers use other names for the same things
 * (HV_REGISTER_, HV_PARTITION_PROPERTY_, hv_input_...): the shorter prefixes here
 * (HV_REG_, HV_PROP_, hv_in_...) are on purpose.
 */
#ifndef HVABI_HVHDK_H
#define HVABI_HVHDK_H

#include <linux/const.h>
#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#endif

/* ---- hypercalls that a VMM may pass through ---- */

enum hv_root_call {
	HV_CALL_GET_PARTITION_PROPERTY		= 0x0044,
	HV_CALL_SET_PARTITION_PROPERTY		= 0x0045,
	HV_CALL_INSTALL_INTERCEPT		= 0x004d,
	HV_CALL_GET_VP_REGISTERS		= 0x0050,
	HV_CALL_SET_VP_REGISTERS		= 0x0051,
	HV_CALL_TRANSLATE_VIRTUAL_ADDRESS	= 0x0052,
	HV_CALL_CLEAR_VIRTUAL_INTERRUPT		= 0x0056,
	HV_CALL_REGISTER_INTERCEPT_RESULT	= 0x0091,
	HV_CALL_ASSERT_VIRTUAL_INTERRUPT	= 0x0094,
	HV_CALL_SIGNAL_EVENT_DIRECT		= 0x00c0,
	HV_CALL_POST_MESSAGE_DIRECT		= 0x00c1,
	HV_CALL_GET_GPA_PAGES_ACCESS_STATES	= 0x00c9,
	HV_CALL_GET_VP_CPUID_VALUES		= 0x00f4,
	HV_CALL_GET_PARTITION_PROPERTY_EX	= 0x0101,
};

#define HV_PARTITION_SELF	0xffffffffffffffffULL
#define HV_VP_ANY		0xffffffffU
#define HV_VP_SELF		0xfffffffeU

/* ---- register names ---- */

enum hv_register {
	HV_REG_EXPLICIT_SUSPEND		= 0x00000000,
	HV_REG_INTERCEPT_SUSPEND	= 0x00000001,
	HV_REG_EMULATION_HINTS		= 0x00000002,
	HV_REG_DISPATCH_SUSPEND		= 0x00000003,
	HV_REG_INTERNAL_ACTIVITY	= 0x00000004,

	HV_REG_PENDING_INTERRUPTION	= 0x00010002,
	HV_REG_INTERRUPT_STATE		= 0x00010003,
	HV_REG_PENDING_EVENT0		= 0x00010004,
	HV_REG_PENDING_EVENT1		= 0x00010005,
	HV_REG_DELIVERABILITY		= 0x00010006,

	HV_REG_RAX			= 0x00020000,	/* to R15, 0x2000f */
	HV_REG_RCX			= 0x00020001,
	HV_REG_RDX			= 0x00020002,
	HV_REG_RBX			= 0x00020003,
	HV_REG_RSP			= 0x00020004,
	HV_REG_RBP			= 0x00020005,
	HV_REG_RSI			= 0x00020006,
	HV_REG_RDI			= 0x00020007,
	HV_REG_R8			= 0x00020008,
	HV_REG_R15			= 0x0002000f,
	HV_REG_RIP			= 0x00020010,
	HV_REG_RFLAGS			= 0x00020011,

	HV_REG_XMM0			= 0x00030000,	/* to XMM15 */
	HV_REG_XMM15			= 0x0003000f,
	HV_REG_FP_MMX0			= 0x00030010,	/* to 7 */
	HV_REG_FP_MMX7			= 0x00030017,
	HV_REG_FP_CONTROL_STATUS	= 0x00030018,
	HV_REG_XMM_CONTROL_STATUS	= 0x00030019,

	HV_REG_CR0			= 0x00040000,
	HV_REG_CR2			= 0x00040001,
	HV_REG_CR3			= 0x00040002,
	HV_REG_CR4			= 0x00040003,
	HV_REG_CR8			= 0x00040004,
	HV_REG_XFEM			= 0x00040005,
	HV_REG_INTERMEDIATE_CR0		= 0x00041000,
	HV_REG_INTERMEDIATE_CR3		= 0x00041002,
	HV_REG_INTERMEDIATE_CR4		= 0x00041003,

	HV_REG_DR0			= 0x00050000,	/* to DR3 */
	HV_REG_DR3			= 0x00050003,
	HV_REG_DR6			= 0x00050004,
	HV_REG_DR7			= 0x00050005,

	HV_REG_ES			= 0x00060000,
	HV_REG_CS			= 0x00060001,
	HV_REG_SS			= 0x00060002,
	HV_REG_DS			= 0x00060003,
	HV_REG_FS			= 0x00060004,
	HV_REG_GS			= 0x00060005,
	HV_REG_LDTR			= 0x00060006,
	HV_REG_TR			= 0x00060007,
	HV_REG_IDTR			= 0x00070000,
	HV_REG_GDTR			= 0x00070001,

	HV_REG_TSC			= 0x00080000,
	HV_REG_EFER			= 0x00080001,
	HV_REG_KERNEL_GS_BASE		= 0x00080002,
	HV_REG_APIC_BASE		= 0x00080003,
	HV_REG_PAT			= 0x00080004,
	HV_REG_SYSENTER_CS		= 0x00080005,
	HV_REG_SYSENTER_EIP		= 0x00080006,
	HV_REG_SYSENTER_ESP		= 0x00080007,
	HV_REG_STAR			= 0x00080008,
	HV_REG_LSTAR			= 0x00080009,
	HV_REG_CSTAR			= 0x0008000a,
	HV_REG_SFMASK			= 0x0008000b,
	HV_REG_INITIAL_APIC_ID		= 0x0008000c,
	HV_REG_MTRR_CAP			= 0x0008000d,
	HV_REG_MTRR_DEF_TYPE		= 0x0008000e,
	HV_REG_MTRR_BASE0		= 0x00080010,	/* to 7 */
	HV_REG_MTRR_BASE7		= 0x00080017,
	HV_REG_MTRR_MASK0		= 0x00080040,	/* to 7 */
	HV_REG_MTRR_MASK7		= 0x00080047,
	HV_REG_MTRR_FIX64K_00000	= 0x00080070,
	HV_REG_MTRR_FIX16K_80000	= 0x00080071,
	HV_REG_MTRR_FIX16K_A0000	= 0x00080072,
	HV_REG_MTRR_FIX4K_C0000		= 0x00080073,
	HV_REG_MTRR_FIX4K_F8000		= 0x0008007a,
	HV_REG_TSC_AUX			= 0x0008007b,
	HV_REG_BNDCFGS			= 0x0008007c,
	HV_REG_DEBUGCTL			= 0x0008007d,
	HV_REG_SPEC_CTRL		= 0x00080084,
	HV_REG_U_XSS			= 0x0008008b,
	HV_REG_U_CET			= 0x0008008c,
	HV_REG_S_CET			= 0x0008008d,
	HV_REG_SSP			= 0x0008008e,
	HV_REG_PL0_SSP			= 0x0008008f,
	HV_REG_PL3_SSP			= 0x00080092,
	HV_REG_INTERRUPT_SSP_TABLE	= 0x00080093,
	HV_REG_TSC_ADJUST		= 0x00080096,
	HV_REG_MISC_ENABLE		= 0x000800a0,
	HV_REG_APIC_ID			= 0x00084802,

	HV_REG_HYPERCALL		= 0x00090001,
	HV_REG_GUEST_OS_ID		= 0x00090002,
	HV_REG_VP_INDEX			= 0x00090003,
	HV_REG_TIME_REF_COUNT		= 0x00090004,
	HV_REG_VP_ASSIST_PAGE		= 0x00090013,
	HV_REG_VP_ROOT_SIGNAL_COUNT	= 0x00090014,
	HV_REG_REFERENCE_TSC		= 0x00090017,

	HV_REG_SINT0			= 0x000a0000,	/* to SINT15 */
	HV_REG_SCONTROL			= 0x000a0010,
	HV_REG_SVERSION			= 0x000a0011,
	HV_REG_SIEFP			= 0x000a0012,
	HV_REG_SIMP			= 0x000a0013,
	HV_REG_EOM			= 0x000a0014,
	HV_REG_STIMER0_CONFIG		= 0x000b0000,	/* + 2n, count + 2n + 1 */
};

/* ---- register values ---- */

/* attributes: type[3:0] S[4] DPL[6:5] P[7] AVL[12] L[13] D/B[14] G[15] */
struct hv_segment_register {
	__u64 base;
	__u32 limit;
	__u16 selector;
	__u16 attributes;
};

struct hv_table_register {
	__u16 pad[3];
	__u16 limit;
	__u64 base;
};

struct hv_fp_register {
	__u64 mantissa;
	__u16 exponent;			/* sign in bit 15 */
	__u16 pad[3];
};

struct hv_fp_control_status {
	__u16 control;
	__u16 status;
	__u8 tag;			/* abridged: 1 = valid */
	__u8 reserved;
	__u16 last_opcode;
	__u64 last_rip;
};

struct hv_xmm_control_status {
	__u64 last_rdp;
	__u32 mxcsr;
	__u32 mxcsr_mask;
};

struct hv_register_value {
	union {
		struct {
			__u64 low;
			__u64 high;
		};
		__u64 reg64;
		__u32 reg32;
		struct hv_segment_register segment;
		struct hv_table_register table;
		struct hv_fp_register fp;
		struct hv_fp_control_status fp_control;
		struct hv_xmm_control_status xmm_control;
	};
};

static_assert(sizeof(struct hv_register_value) == 16);
static_assert(offsetof(struct hv_segment_register, attributes) == 14);
static_assert(offsetof(struct hv_table_register, base) == 8);
static_assert(offsetof(struct hv_fp_control_status, last_rip) == 8);

/* HV_REG_INTERNAL_ACTIVITY */
#define HV_ACTIVITY_STARTUP_SUSPEND	_BITULL(0)
#define HV_ACTIVITY_HALT_SUSPEND	_BITULL(1)
#define HV_ACTIVITY_IDLE_SUSPEND	_BITULL(2)

/* HV_REG_PENDING_INTERRUPTION */
#define HV_INTERRUPTION_PENDING		_BITULL(0)
#define HV_INTERRUPTION_TYPE_SHIFT	1		/* 3 bits */
#define HV_INTERRUPTION_ERROR_VALID	_BITULL(4)
#define HV_INTERRUPTION_LENGTH_SHIFT	5		/* 4 bits */
#define HV_INTERRUPTION_VECTOR_SHIFT	16		/* 16 bits */
#define HV_INTERRUPTION_ERROR_SHIFT	32

enum hv_interruption_type {
	HV_INTERRUPTION_EXTERNAL		= 0,
	HV_INTERRUPTION_NMI			= 2,
	HV_INTERRUPTION_EXCEPTION		= 3,
	HV_INTERRUPTION_SOFTWARE_INT		= 4,
	HV_INTERRUPTION_PRIVILEGED_SOFTWARE	= 5,
	HV_INTERRUPTION_SOFTWARE_EXCEPTION	= 6,
};

/* HV_REG_INTERRUPT_STATE */
#define HV_INTERRUPT_STATE_SHADOW	_BITULL(0)
#define HV_INTERRUPT_STATE_NMI_MASKED	_BITULL(1)

/* HV_REG_PENDING_EVENT0: low half; the high half is the exception's parameter */
#define HV_EVENT_PENDING		_BITULL(0)
#define HV_EVENT_TYPE_SHIFT		1		/* 3 bits */
#define HV_EVENT_TYPE_EXCEPTION		0
#define HV_EVENT_TYPE_EXTINT		5
#define HV_EVENT_ERROR_VALID		_BITULL(8)	/* exception */
#define HV_EVENT_VECTOR_SHIFT		16		/* exception, 16 bits */
#define HV_EVENT_ERROR_SHIFT		32		/* exception */
#define HV_EVENT_EXTINT_VECTOR_SHIFT	8		/* external interrupt, 8 bits */

/* HV_REG_DELIVERABILITY */
#define HV_DELIVERABILITY_NMI		_BITULL(0)
#define HV_DELIVERABILITY_INTERRUPT	_BITULL(1)
#define HV_DELIVERABILITY_PRIORITY_SHIFT 2		/* 4 bits */
#define HV_DELIVERABILITY_SINT_SHIFT	48		/* mask of 16 SINTs */

/* ---- partition properties ---- */

enum hv_property {
	HV_PROP_SYNTHETIC_FEATURES		= 0x00010001,
	HV_PROP_SUSPEND				= 0x00020000,
	HV_PROP_TIME_FREEZE			= 0x00030003,
	HV_PROP_REFERENCE_TIME			= 0x00030005,
	HV_PROP_PROCESSORS_PER_SOCKET		= 0x00050003,
	HV_PROP_ACCESS_TRACKING			= 0x00050005,
	HV_PROP_UNIMPLEMENTED_MSR_ACTION	= 0x00050017,
	HV_PROP_PROCESSOR_VENDOR		= 0x00060000,
	HV_PROP_XSAVE_FEATURES			= 0x00060002,
	HV_PROP_PHYSICAL_ADDRESS_WIDTH		= 0x00060006,
	HV_PROP_XSAVE_STATES			= 0x00060007,
	HV_PROP_MAX_XSAVE_SIZE			= 0x00060008,
	HV_PROP_CLOCK_FREQUENCY			= 0x00060009,
	HV_PROP_PROCESSOR_FEATURES0		= 0x0006000a,
	HV_PROP_PROCESSOR_FEATURES1		= 0x0006000b,
	HV_PROP_VMM_CAPABILITIES		= 0x00090007,
	HV_PROP_ASSIGNABLE_SYNTHETIC_FEATURES	= 0x00090009,
};

#define HV_UNIMPLEMENTED_MSR_FAULT		0
#define HV_UNIMPLEMENTED_MSR_IGNORE		1

#define HV_VENDOR_AMD				0
#define HV_VENDOR_INTEL				1
#define HV_VENDOR_HYGON				2

/* ---- inputs and outputs of passed-through hypercalls ---- */

/* Each input starts with the partition id, which the kernel fills in. */

struct hv_in_get_property {
	__u64 partition_id;
	__u32 code;
	__u32 pad;
};

struct hv_in_set_property {
	__u64 partition_id;
	__u32 code;
	__u32 pad;
	__u64 value;
};

struct hv_in_get_property_ex {
	__u64 partition_id;
	__u32 code;
	__u32 pad;
	__u64 arg;
};

#define HV_PROPERTY_EX_MAX	4072

struct hv_out_assignable_features {
	__u16 bank_count;
	__u16 pad[3];
	__u64 bank0;
};

struct hv_in_get_registers {
	__u64 partition_id;
	__u32 vp_index;
	__u8 vtl;			/* level[3:0], use it[4] */
	__u8 zero[3];
	__u32 names[];
};

struct hv_register_assoc {
	__u32 name;
	__u32 zero0;
	__u64 zero1;
	struct hv_register_value value;
};

struct hv_in_set_registers {
	__u64 partition_id;
	__u32 vp_index;
	__u8 vtl;
	__u8 zero[3];
	struct hv_register_assoc elements[];
};

#define HV_TRANSLATE_VALIDATE_READ	_BITULL(0)
#define HV_TRANSLATE_VALIDATE_WRITE	_BITULL(1)
#define HV_TRANSLATE_VALIDATE_EXECUTE	_BITULL(2)
#define HV_TRANSLATE_PRIVILEGE_EXEMPT	_BITULL(3)
#define HV_TRANSLATE_SET_AD		_BITULL(4)
#define HV_TRANSLATE_NO_TLB_FLUSH	_BITULL(5)
#define HV_TRANSLATE_SUPERVISOR		_BITULL(6)
#define HV_TRANSLATE_USER		_BITULL(7)
#define HV_TRANSLATE_ENFORCE_SMAP	_BITULL(8)
#define HV_TRANSLATE_OVERRIDE_SMAP	_BITULL(9)
#define HV_TRANSLATE_SHADOW_STACK	_BITULL(10)
#define HV_TRANSLATE_VTL_SHIFT		56
#define HV_TRANSLATE_FLAGS		0x7ffULL

struct hv_in_translate {
	__u64 partition_id;
	__u32 vp_index;
	__u32 pad;
	__u64 flags;
	__u64 gva_page;
};

enum hv_translate_result {
	HV_TRANSLATE_SUCCESS			= 0,
	HV_TRANSLATE_NOT_PRESENT		= 1,
	HV_TRANSLATE_PRIVILEGE_VIOLATION	= 2,
	HV_TRANSLATE_INVALID_TABLE_FLAGS	= 3,
	HV_TRANSLATE_GPA_UNMAPPED		= 4,
	HV_TRANSLATE_NO_READ_ACCESS		= 5,
	HV_TRANSLATE_NO_WRITE_ACCESS		= 6,
};

#define HV_CACHE_TYPE_UNCACHED		0
#define HV_CACHE_TYPE_WRITE_BACK	6

struct hv_out_translate {
	__u32 result;
	__u8 cache_type;
	__u8 overlay;			/* bit 0 */
	__u16 pad;
	__u64 gpa_page;
};

struct hv_in_clear_interrupt {
	__u64 partition_id;
};

/* Kinds of intercept, for install and for register-result */
enum hv_intercept_kind {
	HV_INTERCEPT_IO_PORT			= 0x00,
	HV_INTERCEPT_MSR			= 0x01,
	HV_INTERCEPT_CPUID			= 0x02,
	HV_INTERCEPT_EXCEPTION			= 0x03,
	HV_INTERCEPT_HYPERCALL			= 0x08,
	HV_INTERCEPT_UNKNOWN_CONNECTION		= 0x0d,
	HV_INTERCEPT_APIC_EOI			= 0x0e,
	HV_INTERCEPT_RETARGET_UNKNOWN_DEVICE	= 0x0f,
};

struct hv_cpuid_result_parameters {
	__u32 eax_in;
	__u32 ecx_in;
	__u8 subleaf_specific;
	__u8 always_override;
	__u16 pad;
	__u32 eax, eax_mask;
	__u32 ebx, ebx_mask;
	__u32 ecx, ecx_mask;
	__u32 edx, edx_mask;
};

struct hv_in_register_intercept_result {
	__u64 partition_id;
	__u32 vp_index;
	__u32 intercept_kind;
	struct hv_cpuid_result_parameters cpuid;
};

/* The bytes that count; a C compiler pads the struct above to 64. */
#define HV_REGISTER_INTERCEPT_RESULT_SIZE	60

#define HV_INTERRUPT_CONTROL_LEVEL	_BITULL(32)
#define HV_INTERRUPT_CONTROL_LOGICAL	_BITULL(33)

struct hv_in_assert_interrupt {
	__u64 partition_id;
	__u64 control;			/* delivery type in the low half */
	__u64 destination;
	__u32 vector;
	__u8 vtl;
	__u8 zero[3];
};

struct hv_in_signal_event_direct {
	__u64 partition_id;
	__u32 vp_index;
	__u8 vtl;
	__u8 sint;
	__u16 flag;
};

struct hv_out_signal_event_direct {
	__u8 newly_signaled;
	__u8 zero[7];
};

struct hv_in_post_message_direct {
	__u64 partition_id;
	__u32 vp_index;
	__u8 vtl;
	__u8 zero[3];
	__u32 sint;
	__u8 message[256];
	__u32 pad;
};

struct hv_in_install_intercept {
	__u64 partition_id;
	__u32 access;			/* 1 read, 2 write, 4 execute */
	__u32 intercept_kind;
	__u64 parameter;
};

#define HV_CPUID_USE_VP_XCR0		_BITUL(0)
#define HV_CPUID_APPLY_RESULTS		_BITUL(1)

struct hv_cpuid_leaf {
	__u32 eax;
	__u32 ecx;
	__u64 xfem;
	__u64 xss;
};

struct hv_in_get_cpuid {
	__u64 partition_id;
	__u32 vp_index;
	__u32 flags;
	__u64 zero;
	struct hv_cpuid_leaf leaves[];
};

struct hv_out_cpuid {
	__u32 eax, ebx, ecx, edx;
};

#define HV_ACCESS_CLEAR_ACCESSED	_BITULL(0)
#define HV_ACCESS_SET_ACCESSED		_BITULL(1)
#define HV_ACCESS_CLEAR_DIRTY		_BITULL(2)
#define HV_ACCESS_SET_DIRTY		_BITULL(3)

struct hv_in_access_states {
	__u64 partition_id;
	__u64 flags;
	__u64 first_gfn;
};

static_assert(sizeof(struct hv_in_get_property) == 16);
static_assert(sizeof(struct hv_in_set_property) == 24);
static_assert(sizeof(struct hv_in_get_property_ex) == 24);
static_assert(sizeof(struct hv_in_get_registers) == 16);
static_assert(sizeof(struct hv_in_set_registers) == 16);
static_assert(sizeof(struct hv_register_assoc) == 32);
static_assert(sizeof(struct hv_in_translate) == 32);
static_assert(sizeof(struct hv_out_translate) == 16);
static_assert(sizeof(struct hv_cpuid_result_parameters) == 44);
static_assert(offsetof(struct hv_in_register_intercept_result, cpuid) == 16);
static_assert(sizeof(struct hv_in_assert_interrupt) == 32);
static_assert(sizeof(struct hv_in_signal_event_direct) == 16);
static_assert(sizeof(struct hv_out_signal_event_direct) == 8);
static_assert(sizeof(struct hv_in_post_message_direct) == 280);
static_assert(sizeof(struct hv_in_install_intercept) == 24);
static_assert(sizeof(struct hv_cpuid_leaf) == 24);
static_assert(sizeof(struct hv_in_get_cpuid) == 24);
static_assert(sizeof(struct hv_out_cpuid) == 16);
static_assert(sizeof(struct hv_in_access_states) == 24);

/* ---- intercept messages: what follows the 16-byte message header ---- */

#define HV_INTERCEPT_READ	0
#define HV_INTERCEPT_WRITE	1
#define HV_INTERCEPT_EXECUTE	2

/* execution_state */
#define HV_EXEC_CPL_MASK		0x0003
#define HV_EXEC_CR0_PE			0x0004
#define HV_EXEC_CR0_AM			0x0008
#define HV_EXEC_EFER_LMA		0x0010
#define HV_EXEC_DEBUG_ACTIVE		0x0020
#define HV_EXEC_INTERRUPTION_PENDING	0x0040
#define HV_EXEC_INTERRUPT_SHADOW	0x1000

struct hv_intercept_header {
	__u32 vp_index;
	__u8 length_cr8;		/* instruction length[3:0], CR8[7:4] */
	__u8 access_type;		/* HV_INTERCEPT_READ... */
	__u16 execution_state;
	struct hv_segment_register cs;
	__u64 rip;
	__u64 rflags;
};

/* access_info of an I/O message */
#define HV_IO_SIZE_MASK		0x07
#define HV_IO_STRING		0x08
#define HV_IO_REP		0x10

struct hv_io_message {
	struct hv_intercept_header header;
	__u16 port;
	__u8 access_info;
	__u8 insn_bytes_len;
	__u32 zero;
	__u64 rax;
	__u8 insn_bytes[16];
	struct hv_segment_register ds;
	struct hv_segment_register es;
	__u64 rcx;
	__u64 rsi;
	__u64 rdi;
};

/* access_info of a memory message */
#define HV_MEMORY_GVA_VALID	0x01
#define HV_MEMORY_GVA_GPA_VALID	0x02	/* the GPA is the translation of the GVA */

struct hv_memory_message {
	struct hv_intercept_header header;
	__u32 cache_type;
	__u8 insn_bytes_len;
	__u8 access_info;
	__u8 tpr_priority;
	__u8 zero;
	__u64 gva;
	__u64 gpa;
	__u8 insn_bytes[16];
};

struct hv_msr_message {
	struct hv_intercept_header header;
	__u32 number;
	__u32 zero;
	__u64 rdx;
	__u64 rax;
};

struct hv_cpuid_message {
	struct hv_intercept_header header;
	__u64 rax, rcx, rdx, rbx;
	__u64 default_rax, default_rcx, default_rdx, default_rbx;
};

/* info of an exception message */
#define HV_EXCEPTION_ERROR_VALID	0x01
#define HV_EXCEPTION_SOFTWARE		0x02

struct hv_exception_message {
	struct hv_intercept_header header;
	__u16 vector;
	__u8 info;
	__u8 insn_bytes_len;
	__u32 error_code;
	__u64 parameter;
	__u64 zero;
	__u8 insn_bytes[16];
	struct hv_segment_register ds;
	struct hv_segment_register ss;
	__u64 gpr[16];
};

/* 4 bytes of padding follow; the message's size does not count them. */
#define HV_HYPERCALL_MESSAGE_SIZE	196

struct hv_hypercall_message {
	struct hv_intercept_header header;
	__u64 rax, rbx, rcx, rdx, r8, rsi, rdi;
	__u64 xmm[6][2];
	__u32 isolated;
};

struct hv_apic_eoi_message {
	__u32 vp_index;
	__u32 vector;
};

struct hv_deliverable_message {
	struct hv_intercept_header header;
	__u32 type;			/* enum hv_interruption_type */
	__u32 zero;
};

struct hv_sint_deliverable_message {
	struct hv_intercept_header header;
	__u16 sints;
	__u16 zero0;
	__u32 zero1;
};

struct hv_invalid_register_message {
	__u32 vp_index;
	__u32 zero;
};

static_assert(sizeof(struct hv_intercept_header) == 40);
static_assert(offsetof(struct hv_intercept_header, rip) == 24);
static_assert(sizeof(struct hv_io_message) == 128);
static_assert(offsetof(struct hv_io_message, insn_bytes) == 56);
static_assert(offsetof(struct hv_io_message, rdi) == 120);
static_assert(sizeof(struct hv_memory_message) == 80);
static_assert(offsetof(struct hv_memory_message, gva) == 48);
static_assert(offsetof(struct hv_memory_message, insn_bytes) == 64);
static_assert(sizeof(struct hv_msr_message) == 64);
static_assert(sizeof(struct hv_cpuid_message) == 104);
static_assert(sizeof(struct hv_exception_message) == 240);
static_assert(offsetof(struct hv_exception_message, gpr) == 112);
static_assert(offsetof(struct hv_hypercall_message, isolated) == 192);
static_assert(sizeof(struct hv_apic_eoi_message) == 8);
static_assert(sizeof(struct hv_deliverable_message) == 48);
static_assert(sizeof(struct hv_sint_deliverable_message) == 48);
static_assert(sizeof(struct hv_invalid_register_message) == 8);

/* ---- register page ---- */

#define HV_REGPAGE_VERSION		1

#define HV_REGPAGE_DIRTY_GPR		0x01
#define HV_REGPAGE_DIRTY_RIP		0x02
#define HV_REGPAGE_DIRTY_XMM		0x04
#define HV_REGPAGE_DIRTY_SEGMENT	0x08
#define HV_REGPAGE_DIRTY_RFLAGS		0x10
#define HV_REGPAGE_DIRTY_MASK		0x1f

struct hv_vp_register_page {
	__u16 version;
	__u8 isvalid;
	__u8 rsvd0;
	__u32 dirty;
	__u64 gpr[16];
	__u64 rip;
	__u64 rflags;
	__u64 rsvd1;
	__u64 xmm[6][2];
	struct hv_segment_register segment[6];	/* ES CS SS DS FS GS */
	__u64 cr0;
	__u64 cr3;
	__u64 cr4;
	__u64 cr8;
	__u64 efer;
	__u64 dr7;
	__u64 pending_interruption;
	__u64 interrupt_state;
	__u64 emulation_hints;
	__u64 xfem;
	__u8 rsvd2[256];
	__u8 vector_count;
	__u8 vectors[7];
	__u8 rsvd3[3400];
};

static_assert(sizeof(struct hv_vp_register_page) == 4096);
static_assert(offsetof(struct hv_vp_register_page, gpr) == 8);
static_assert(offsetof(struct hv_vp_register_page, rip) == 136);
static_assert(offsetof(struct hv_vp_register_page, xmm) == 160);
static_assert(offsetof(struct hv_vp_register_page, segment) == 256);
static_assert(offsetof(struct hv_vp_register_page, cr0) == 352);
static_assert(offsetof(struct hv_vp_register_page, dr7) == 392);
static_assert(offsetof(struct hv_vp_register_page, xfem) == 424);
static_assert(offsetof(struct hv_vp_register_page, vector_count) == 688);

/* ---- state blob of the local APIC (MSHV_GET_VP_STATE) ---- */

struct hv_lapic_state {
	__u32 id;
	__u32 version;
	__u32 ldr;
	__u32 dfr;
	__u32 svr;
	__u32 isr[8];
	__u32 tmr[8];
	__u32 irr[8];
	__u32 esr;
	__u32 icr_high;
	__u32 icr_low;
	__u32 lvt_timer;
	__u32 lvt_thermal;
	__u32 lvt_perfmon;
	__u32 lvt_lint0;
	__u32 lvt_lint1;
	__u32 lvt_error;
	__u32 lvt_cmci;
	__u32 error_status;
	__u32 initial_count;
	__u32 current_count;
	__u32 divide_config;
	__u32 remote_read;
};

static_assert(sizeof(struct hv_lapic_state) == 176);
static_assert(offsetof(struct hv_lapic_state, irr) == 84);
static_assert(offsetof(struct hv_lapic_state, lvt_timer) == 128);
static_assert(offsetof(struct hv_lapic_state, initial_count) == 160);

#endif /* HVABI_HVHDK_H */
