/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual machine control block layout and the constants that go with it
 * (AMD64 APM volume 2, "Layout of VMCB" and "SVM Intercept Exit Codes").
 */
#ifndef HVCORE_SVM_VMCB_H
#define HVCORE_SVM_VMCB_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* control.intercept_cr: reads in the low half, writes in the high half */
#define SVM_CR_READ(n)		BIT(n)
#define SVM_CR_WRITE(n)		BIT(16 + (n))
#define SVM_DR_ALL		0xffffffffU

/* control.intercept_misc1 */
#define SVM_I1_INTR		BIT(0)
#define SVM_I1_NMI		BIT(1)
#define SVM_I1_SMI		BIT(2)
#define SVM_I1_INIT		BIT(3)
#define SVM_I1_VINTR		BIT(4)
#define SVM_I1_CR0_SEL		BIT(5)
#define SVM_I1_RDPMC		BIT(15)
#define SVM_I1_CPUID		BIT(18)
#define SVM_I1_RSM		BIT(19)
#define SVM_I1_IRET		BIT(20)
#define SVM_I1_INVD		BIT(22)
#define SVM_I1_PAUSE		BIT(23)
#define SVM_I1_HLT		BIT(24)
#define SVM_I1_INVLPGA		BIT(26)
#define SVM_I1_IOIO		BIT(27)
#define SVM_I1_MSR		BIT(28)
#define SVM_I1_SHUTDOWN		BIT(31)

/* control.intercept_misc2 */
#define SVM_I2_VMRUN		BIT(0)
#define SVM_I2_VMMCALL		BIT(1)
#define SVM_I2_VMLOAD		BIT(2)
#define SVM_I2_VMSAVE		BIT(3)
#define SVM_I2_STGI		BIT(4)
#define SVM_I2_CLGI		BIT(5)
#define SVM_I2_SKINIT		BIT(6)
#define SVM_I2_WBINVD		BIT(9)
#define SVM_I2_MONITOR		BIT(10)
#define SVM_I2_MWAIT		BIT(11)
#define SVM_I2_MWAIT_ARMED	BIT(12)
#define SVM_I2_XSETBV		BIT(13)
#define SVM_I2_RDPRU		BIT(14)

/* control.tlb_control */
#define SVM_TLB_NOTHING		0
#define SVM_TLB_FLUSH_ALL	1
#define SVM_TLB_FLUSH_ASID	3

/* control.int_ctl */
#define SVM_INT_TPR_MASK	0xffU
#define SVM_INT_V_IRQ		BIT(8)
#define SVM_INT_PRIO_SHIFT	16
#define SVM_INT_PRIO_MASK	(0xfU << 16)
#define SVM_INT_IGN_TPR		BIT(20)
#define SVM_INT_MASKING		BIT(24)

#define SVM_SHADOW_MASK		BIT(0)	/* control.int_state */

/* control.event_inj and exit_int_info */
#define SVM_EV_VECTOR		0xffU
#define SVM_EV_TYPE_SHIFT	8
#define SVM_EV_TYPE_MASK	(7U << 8)
#define SVM_EV_TYPE_INTR	0U
#define SVM_EV_TYPE_NMI		2U
#define SVM_EV_TYPE_EXC		3U
#define SVM_EV_TYPE_SOFT	4U
#define SVM_EV_HAS_ERROR	BIT(11)
#define SVM_EV_VALID		BIT(31)

/* control.clean: parts the CPU may take from its cache */
#define SVM_CLEAN_INTERCEPTS	BIT(0)
#define SVM_CLEAN_IOPM		BIT(1)
#define SVM_CLEAN_ASID		BIT(2)
#define SVM_CLEAN_TPR		BIT(3)
#define SVM_CLEAN_NP		BIT(4)
#define SVM_CLEAN_CRX		BIT(5)
#define SVM_CLEAN_DRX		BIT(6)
#define SVM_CLEAN_DT		BIT(7)
#define SVM_CLEAN_SEG		BIT(8)
#define SVM_CLEAN_CR2		BIT(9)
#define SVM_CLEAN_ALL		GENMASK(9, 0)

/* exit codes */
#define SVM_EXIT_CR_READ	0x000
#define SVM_EXIT_CR_WRITE	0x010
#define SVM_EXIT_DR_READ	0x020
#define SVM_EXIT_DR_WRITE	0x030
#define SVM_EXIT_EXC		0x040
#define SVM_EXIT_INTR		0x060
#define SVM_EXIT_NMI		0x061
#define SVM_EXIT_SMI		0x062
#define SVM_EXIT_INIT		0x063
#define SVM_EXIT_VINTR		0x064
#define SVM_EXIT_RDPMC		0x06f
#define SVM_EXIT_CPUID		0x072
#define SVM_EXIT_RSM		0x073
#define SVM_EXIT_IRET		0x074
#define SVM_EXIT_INVD		0x076
#define SVM_EXIT_PAUSE		0x077
#define SVM_EXIT_HLT		0x078
#define SVM_EXIT_INVLPGA	0x07a
#define SVM_EXIT_IOIO		0x07b
#define SVM_EXIT_MSR		0x07c
#define SVM_EXIT_SHUTDOWN	0x07f
#define SVM_EXIT_VMRUN		0x080
#define SVM_EXIT_VMMCALL	0x081
#define SVM_EXIT_VMLOAD		0x082
#define SVM_EXIT_VMSAVE		0x083
#define SVM_EXIT_STGI		0x084
#define SVM_EXIT_CLGI		0x085
#define SVM_EXIT_SKINIT		0x086
#define SVM_EXIT_WBINVD		0x089
#define SVM_EXIT_MONITOR	0x08a
#define SVM_EXIT_MWAIT		0x08b
#define SVM_EXIT_MWAIT_ARMED	0x08c
#define SVM_EXIT_XSETBV		0x08d
#define SVM_EXIT_RDPRU		0x08e
#define SVM_EXIT_NPF		0x400
#define SVM_EXIT_ERR		(~0ULL)	/* the CPU refused the guest state */

/* exit_info_1 of a port access */
#define SVM_IO_IN		BIT(0)
#define SVM_IO_STRING		BIT(2)
#define SVM_IO_REP		BIT(3)
#define SVM_IO_SIZE_SHIFT	4
#define SVM_IO_ADDR_SHIFT	7
#define SVM_IO_SEG_SHIFT	10
#define SVM_IO_PORT_SHIFT	16

/* exit_info_1 of a nested page fault */
#define SVM_NPF_PRESENT		BIT_ULL(0)
#define SVM_NPF_WRITE		BIT_ULL(1)
#define SVM_NPF_FETCH		BIT_ULL(4)
#define SVM_NPF_WALK		BIT_ULL(33)

/* exit_info_1 of a CR or DR access with decode assists */
#define SVM_CR_VALID		BIT_ULL(63)
#define SVM_CR_GPR_MASK		0xfULL

struct vmcb_control {
	u32 intercept_cr;
	u32 intercept_dr;
	u32 intercept_exc;
	u32 intercept_misc1;
	u32 intercept_misc2;
	u32 intercept_misc3;
	u8 reserved_18[0x3c - 0x18];
	u16 pause_threshold;
	u16 pause_count;
	u64 iopm_base;
	u64 msrpm_base;
	u64 tsc_offset;
	u32 asid;
	u8 tlb_control;
	u8 reserved_5d[3];
	u32 int_ctl;
	u32 int_vector;
	u64 int_state;
	u64 exit_code;
	u64 exit_info_1;
	u64 exit_info_2;
	u32 exit_int_info;
	u32 exit_int_error;
	u64 nested_ctl;
	u8 reserved_98[0xa8 - 0x98];
	u32 event_inj;
	u32 event_inj_error;
	u64 nested_cr3;
	u64 virt_ext;
	u32 clean;
	u32 reserved_c4;
	u64 next_rip;
	u8 insn_len;
	u8 insn_bytes[15];
	u8 reserved_e0[0x400 - 0xe0];
};

static_assert(offsetof(struct vmcb_control, iopm_base) == 0x40);
static_assert(offsetof(struct vmcb_control, int_ctl) == 0x60);
static_assert(offsetof(struct vmcb_control, exit_code) == 0x70);
static_assert(offsetof(struct vmcb_control, event_inj) == 0xa8);
static_assert(offsetof(struct vmcb_control, next_rip) == 0xc8);
static_assert(sizeof(struct vmcb_control) == 0x400);

/* attr packs descriptor bits 55:52 and 47:40 into bits 11:8 and 7:0 */
struct vmcb_seg {
	u16 selector;
	u16 attr;
	u32 limit;
	u64 base;
};

#define SVM_SEG_LONG		BIT(9)
#define SVM_SEG_BIG		BIT(10)

struct vmcb_save {
	struct vmcb_seg es;
	struct vmcb_seg cs;
	struct vmcb_seg ss;
	struct vmcb_seg ds;
	struct vmcb_seg fs;
	struct vmcb_seg gs;
	struct vmcb_seg gdtr;
	struct vmcb_seg ldtr;
	struct vmcb_seg idtr;
	struct vmcb_seg tr;
	u8 reserved_a0[0xcb - 0xa0];
	u8 cpl;
	u8 reserved_cc[4];
	u64 efer;
	u8 reserved_d8[0x148 - 0xd8];
	u64 cr4;
	u64 cr3;
	u64 cr0;
	u64 dr7;
	u64 dr6;
	u64 rflags;
	u64 rip;
	u8 reserved_180[0x1d8 - 0x180];
	u64 rsp;
	u64 s_cet;
	u64 ssp;
	u64 isst;
	u64 rax;
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 sfmask;
	u64 kernel_gs_base;
	u64 sysenter_cs;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u64 cr2;
	u8 reserved_248[0x268 - 0x248];
	u64 g_pat;
	u64 dbgctl;
	u64 br_from;
	u64 br_to;
	u64 last_exc_from;
	u64 last_exc_to;
	u8 reserved_298[0x2e0 - 0x298];
	u64 spec_ctrl;
	u8 reserved_2e8[0xc00 - 0x2e8];
};

static_assert(offsetof(struct vmcb_save, efer) == 0xd0);
static_assert(offsetof(struct vmcb_save, cr4) == 0x148);
static_assert(offsetof(struct vmcb_save, rsp) == 0x1d8);
static_assert(offsetof(struct vmcb_save, rax) == 0x1f8);
static_assert(offsetof(struct vmcb_save, g_pat) == 0x268);
static_assert(offsetof(struct vmcb_save, spec_ctrl) == 0x2e0);

struct vmcb {
	struct vmcb_control control;
	struct vmcb_save save;
};

static_assert(sizeof(struct vmcb) == 4096);

#endif /* HVCORE_SVM_VMCB_H */
