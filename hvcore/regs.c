// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers by name, as the VMM reads and writes them: a table from name to
 * accessor.
 *
 * A write checks each register by itself, never against others: a VMM writes them
 * in an order of its own, and the CPU refuses what does not fit together. Writing
 * the value that a register has is cheap and has no effect; VMMs rewrite all
 * control registers after each exit.
 *
 * Every function here wants the VP paused or its own thread.
 */
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <hvabi/hvgdk.h>
#include <hvabi/hvhdk.h>

#include "internal.h"
#include "regs.h"

/* Offsets in the legacy part of an XSAVE area. */
#define FX_FCW		0
#define FX_FSW		2
#define FX_FTW		4
#define FX_FOP		6
#define FX_FIP		8
#define FX_FDP		16
#define FX_MXCSR	24
#define FX_ST		32
#define FX_XMM		160
#define FX_XSTATE_BV	512

#define RFLAGS_VALID	0x3f7fd5ULL
#define CR0_VALID	0xe005003fULL
#define DR6_FIXED	0xffff0ff0ULL
#define DR6_VALID	0x0000e00fULL
#define DR7_FIXED	0x00000400ULL
#define DR7_VALID	0xffff2fffULL
#define DEBUGCTL_VALID	0x3ULL		/* LBR, BTF */
#define SEG_ATTR_VALID	0xf0ff
#define MXCSR_VALID	0xffffU
#define MXCSR_AMD_MM	BIT(17)

typedef hvr_status_t (*get_fn)(struct hvr_vp *vp, u32 n, u64 val[2]);
typedef hvr_status_t (*set_fn)(struct hvr_vp *vp, u32 n, const u64 val[2]);

/* Names @first to @last; the accessors get the distance from @first. */
struct reg_range {
	u32 first;
	u32 last;
	get_fn get;
	set_fn set;
};

u32 hvr_mxcsr_valid(void)
{
	if (boot_cpu_has(X86_FEATURE_MISALIGNSSE))
		return MXCSR_VALID | MXCSR_AMD_MM;
	return MXCSR_VALID;
}

static bool is_canonical(u64 val)
{
	return (u64)((s64)(val << 16) >> 16) == val;
}

/* Names that have nothing behind them: zero, and no write but of zero matters. */
static hvr_status_t get_zero(struct hvr_vp *vp, u32 n, u64 val[2])
{
	return HVS_SUCCESS;
}

static hvr_status_t set_ignored(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	return HVS_SUCCESS;
}

static hvr_status_t set_zero(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	return val[0] || val[1] ? HVS_INVALID_REGISTER_VALUE : HVS_SUCCESS;
}

static hvr_status_t set_refused(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	return HVS_ACCESS_DENIED;
}

/* ---- general registers and FPU ---- */

static hvr_status_t get_gpr(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->gpr[n];
	return HVS_SUCCESS;
}

static hvr_status_t set_gpr(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	vp->gpr[n] = val[0];
	return HVS_SUCCESS;
}

static hvr_status_t get_rip(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->rip;
	return HVS_SUCCESS;
}

static hvr_status_t set_rip(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	vp->rip = val[0];
	return HVS_SUCCESS;
}

static hvr_status_t get_rflags(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->rflags;
	return HVS_SUCCESS;
}

static hvr_status_t set_rflags(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	vp->rflags = (val[0] & RFLAGS_VALID) | X86_EFLAGS_FIXED;
	return HVS_SUCCESS;
}

/* A component that is written is no longer in its initial state. */
static void mark_live(struct hvr_vp *vp, unsigned int component)
{
	*(u64 *)(vp->xsave + FX_XSTATE_BV) |= BIT_ULL(component);
}

static hvr_status_t get_xmm(struct hvr_vp *vp, u32 n, u64 val[2])
{
	memcpy(val, vp->xsave + FX_XMM + 16 * n, 16);
	return HVS_SUCCESS;
}

static hvr_status_t set_xmm(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	memcpy(vp->xsave + FX_XMM + 16 * n, val, 16);
	mark_live(vp, 1);
	return HVS_SUCCESS;
}

static hvr_status_t get_st(struct hvr_vp *vp, u32 n, u64 val[2])
{
	memcpy(val, vp->xsave + FX_ST + 16 * n, 10);
	return HVS_SUCCESS;
}

static hvr_status_t set_st(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	memcpy(vp->xsave + FX_ST + 16 * n, val, 10);
	mark_live(vp, 0);
	return HVS_SUCCESS;
}

/* FCW, FSW, FTW, FOP and FIP lie in the area as they do in the register. */
static hvr_status_t get_fp_control(struct hvr_vp *vp, u32 n, u64 val[2])
{
	memcpy(val, vp->xsave + FX_FCW, 16);
	return HVS_SUCCESS;
}

static hvr_status_t set_fp_control(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	struct hv_fp_control_status fp;

	memcpy(&fp, val, sizeof(fp));
	fp.reserved = 0;
	memcpy(vp->xsave + FX_FCW, &fp, sizeof(fp));
	mark_live(vp, 0);
	return HVS_SUCCESS;
}

static hvr_status_t get_xmm_control(struct hvr_vp *vp, u32 n, u64 val[2])
{
	struct hv_xmm_control_status ctl;

	memcpy(&ctl, vp->xsave + FX_FDP, sizeof(ctl));
	ctl.mxcsr_mask = hvr_mxcsr_valid();
	memcpy(val, &ctl, sizeof(ctl));
	return HVS_SUCCESS;
}

/* The mask is the CPU's; a wrong bit in MXCSR would fault when it is loaded. */
static hvr_status_t set_xmm_control(struct hvr_vp *vp, u32 n,
				    const u64 val[2])
{
	u32 mxcsr = (u32)val[1] & hvr_mxcsr_valid();

	memcpy(vp->xsave + FX_FDP, &val[0], sizeof(val[0]));
	memcpy(vp->xsave + FX_MXCSR, &mxcsr, sizeof(mxcsr));
	mark_live(vp, 1);
	return HVS_SUCCESS;
}

/* ---- control registers ---- */

#define GET_HWREG(name, reg)						\
	static hvr_status_t get_##name(struct hvr_vp *vp, u32 n, u64 val[2]) \
	{								\
		val[0] = hvr_be_call(get_hwreg)(vp, reg);			\
		return HVS_SUCCESS;					\
	}

GET_HWREG(cr0, HVR_HWREG_CR0)
GET_HWREG(cr2, HVR_HWREG_CR2)
GET_HWREG(cr3, HVR_HWREG_CR3)
GET_HWREG(cr4, HVR_HWREG_CR4)
GET_HWREG(efer, HVR_HWREG_EFER)
GET_HWREG(pat, HVR_HWREG_PAT)
GET_HWREG(kernel_gs, HVR_HWREG_KERNEL_GS_BASE)
GET_HWREG(debugctl, HVR_HWREG_DEBUGCTL)

/* A register that decides how addresses are translated. */
static void set_paging_reg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val)
{
	if (hvr_be_call(get_hwreg)(vp, reg) == val)
		return;
	hvr_be->set_hwreg(vp, reg, val);
	hvr_vp_request(vp, HVR_REQ_TLB_FLUSH);
}

/* EFER.LMA follows from EFER.LME and CR0.PG, whichever is written last. */
static void set_efer_value(struct hvr_vp *vp, u64 efer)
{
	u64 cr0 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0);

	efer &= ~(u64)EFER_LMA;
	if ((efer & EFER_LME) && (cr0 & X86_CR0_PG))
		efer |= EFER_LMA;
	set_paging_reg(vp, HVR_HWREG_EFER, efer);
}

static hvr_status_t set_cr0(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	u64 cr0 = val[0] | X86_CR0_ET;

	if ((cr0 & ~CR0_VALID) ||
	    ((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE)) ||
	    ((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD)))
		return HVS_INVALID_REGISTER_VALUE;
	set_paging_reg(vp, HVR_HWREG_CR0, cr0);
	set_efer_value(vp, hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER));
	return HVS_SUCCESS;
}

static hvr_status_t set_cr2(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR2) != val[0])
		hvr_be->set_hwreg(vp, HVR_HWREG_CR2, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t set_cr3(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	u64 cr3 = val[0] & ~BIT_ULL(63);	/* "do not flush" of a MOV */

	if (cr3 >> hvr_cpuid_maxphyaddr(vp))
		return HVS_INVALID_REGISTER_VALUE;
	set_paging_reg(vp, HVR_HWREG_CR3, cr3);
	return HVS_SUCCESS;
}

static hvr_status_t set_cr4(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	u64 old = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4);

	if (old == val[0])
		return HVS_SUCCESS;
	if (val[0] & ~hvr_cpuid_cr4_valid(vp))
		return HVS_INVALID_REGISTER_VALUE;
	set_paging_reg(vp, HVR_HWREG_CR4, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t get_cr8(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = hvr_lapic_get_cr8(vp);
	return HVS_SUCCESS;
}

static hvr_status_t set_cr8(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (val[0] > 15)
		return HVS_INVALID_REGISTER_VALUE;
	hvr_lapic_set_cr8(vp, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t get_xfem(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->xcr0;
	return HVS_SUCCESS;
}

static hvr_status_t set_xfem(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (!hvr_fpu_xcr0_valid(val[0]))
		return HVS_INVALID_REGISTER_VALUE;
	vp->xcr0 = val[0];
	return HVS_SUCCESS;
}

/* ---- debug registers ---- */

static hvr_status_t get_dr(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->dr[n];
	return HVS_SUCCESS;
}

static hvr_status_t set_dr(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	vp->dr[n] = val[0];
	return HVS_SUCCESS;
}

static hvr_status_t get_dr67(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = hvr_be_call(get_hwreg)(vp, n ? HVR_HWREG_DR7 : HVR_HWREG_DR6);
	return HVS_SUCCESS;
}

static hvr_status_t set_dr67(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	u64 v = val[0];

	if (v >> 32)
		return HVS_INVALID_REGISTER_VALUE;
	v = n ? (v & DR7_VALID) | DR7_FIXED : (v & DR6_VALID) | DR6_FIXED;
	hvr_be->set_hwreg(vp, n ? HVR_HWREG_DR7 : HVR_HWREG_DR6, v);
	return HVS_SUCCESS;
}

/* ---- segments and tables ---- */

static_assert(sizeof(struct hvr_segment) == sizeof(struct hv_segment_register));
static_assert(offsetof(struct hvr_segment, attr) ==
	      offsetof(struct hv_segment_register, attributes));

static hvr_status_t get_segment(struct hvr_vp *vp, u32 n, u64 val[2])
{
	struct hvr_segment seg;

	hvr_be_call(get_segment)(vp, HVR_SEG_ES + n, &seg);
	memcpy(val, &seg, sizeof(seg));
	return HVS_SUCCESS;
}

static hvr_status_t set_segment(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	struct hvr_segment seg, old;

	memcpy(&seg, val, sizeof(seg));
	if (!is_canonical(seg.base))
		return HVS_INVALID_REGISTER_VALUE;
	seg.attr &= SEG_ATTR_VALID;
	hvr_be_call(get_segment)(vp, HVR_SEG_ES + n, &old);
	if (memcmp(&seg, &old, sizeof(seg)))
		hvr_be->set_segment(vp, HVR_SEG_ES + n, &seg);
	return HVS_SUCCESS;
}

static hvr_status_t get_table(struct hvr_vp *vp, u32 n, u64 val[2])
{
	struct hv_table_register reg = {};
	struct hvr_table table;

	hvr_be->get_table(vp, n + HV_REG_IDTR == HV_REG_IDTR, &table);
	reg.limit = table.limit;
	reg.base = table.base;
	memcpy(val, &reg, sizeof(reg));
	return HVS_SUCCESS;
}

static hvr_status_t set_table(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	struct hv_table_register reg;
	struct hvr_table table;

	memcpy(&reg, val, sizeof(reg));
	if (!is_canonical(reg.base))
		return HVS_INVALID_REGISTER_VALUE;
	table.base = reg.base;
	table.limit = reg.limit;
	hvr_be->set_table(vp, n + HV_REG_IDTR == HV_REG_IDTR, &table);
	return HVS_SUCCESS;
}

/* ---- model-specific registers ---- */

static hvr_status_t get_tsc(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = hvr_vp_read_tsc(vp);
	vp->tsc_shown = val[0];
	return HVS_SUCCESS;
}

/* A VMM that writes back what it read some time ago does not mean it. */
static hvr_status_t set_tsc(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (!val[0] || val[0] != vp->tsc_shown)
		hvr_vp_restore_tsc(vp, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t set_efer(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (val[0] & ~(hvr_cpuid_efer_valid(vp) | EFER_LMA))
		return HVS_INVALID_REGISTER_VALUE;
	set_efer_value(vp, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t get_apic_base(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->lapic.base_msr;
	return HVS_SUCCESS;
}

static hvr_status_t set_apic_base(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (vp->lapic.base_msr == val[0])
		return HVS_SUCCESS;
	if (hvr_lapic_set_msr(vp, MSR_IA32_APICBASE, val[0], true) !=
	    HVR_MSR_OK)
		return HVS_INVALID_REGISTER_VALUE;
	return HVS_SUCCESS;
}

static bool pat_is_valid(u64 pat)
{
	unsigned int i;

	for (i = 0; i < 64; i += 8) {
		u8 type = pat >> i;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

static hvr_status_t set_pat(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (!pat_is_valid(val[0]))
		return HVS_INVALID_REGISTER_VALUE;
	if (hvr_be_call(get_hwreg)(vp, HVR_HWREG_PAT) != val[0])
		hvr_be->set_hwreg(vp, HVR_HWREG_PAT, val[0]);
	return HVS_SUCCESS;
}

/* From HV_REG_SYSENTER_CS on, in the order of the names. */
static const struct {
	enum hvr_hwreg reg;
	bool address;
} syscall_regs[] = {
	{ HVR_HWREG_SYSENTER_CS, false },
	{ HVR_HWREG_SYSENTER_EIP, true },
	{ HVR_HWREG_SYSENTER_ESP, true },
	{ HVR_HWREG_STAR, false },
	{ HVR_HWREG_LSTAR, true },
	{ HVR_HWREG_CSTAR, true },
	{ HVR_HWREG_SFMASK, false },
};

static hvr_status_t get_syscall(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = hvr_be_call(get_hwreg)(vp, syscall_regs[n].reg);
	return HVS_SUCCESS;
}

static hvr_status_t set_syscall(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (syscall_regs[n].address && !is_canonical(val[0]))
		return HVS_INVALID_REGISTER_VALUE;
	/* CPUs refuse its upper half */
	if (syscall_regs[n].reg == HVR_HWREG_SFMASK && val[0] >> 32)
		return HVS_INVALID_REGISTER_VALUE;
	if (hvr_be_call(get_hwreg)(vp, syscall_regs[n].reg) != val[0])
		hvr_be->set_hwreg(vp, syscall_regs[n].reg, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t set_kernel_gs(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (!is_canonical(val[0]))
		return HVS_INVALID_REGISTER_VALUE;
	if (hvr_be_call(get_hwreg)(vp, HVR_HWREG_KERNEL_GS_BASE) != val[0])
		hvr_be->set_hwreg(vp, HVR_HWREG_KERNEL_GS_BASE, val[0]);
	return HVS_SUCCESS;
}

static hvr_status_t get_apic_id(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->lapic.id;
	return HVS_SUCCESS;
}

/* Fixed once the VP has run: others address it by this. */
static hvr_status_t set_apic_id(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (val[0] >> 32)
		return HVS_INVALID_REGISTER_VALUE;
	if (!vp->has_run)
		hvr_lapic_set_id(vp, val[0], true);
	else if (val[0] != vp->lapic.id)
		return HVS_INVALID_VP_STATE;
	return HVS_SUCCESS;
}

/* The xAPIC form of the id has it in the top byte. */
static hvr_status_t set_apic_id_register(struct hvr_vp *vp, u32 n,
					 const u64 val[2])
{
	bool x2apic = vp->lapic.base_msr & HVR_APIC_BASE_EXTD;
	u64 id[2] = { val[0] };

	if (!x2apic && val[0] > 0xff)
		id[0] = val[0] >> 24;
	return set_apic_id(vp, n, id);
}

static hvr_status_t set_debugctl(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	hvr_be->set_hwreg(vp, HVR_HWREG_DEBUGCTL, val[0] & DEBUGCTL_VALID);
	return HVS_SUCCESS;
}

/* ---- registers that are MSRs with a policy of their own ---- */

/* Absent registers read as zero and take zero: a VMM asks for more than there is. */
static hvr_status_t get_by_msr(struct hvr_vp *vp, u32 msr, u64 val[2])
{
	if (hvr_msr_read(vp, msr, &val[0], true) != HVR_MSR_OK)
		val[0] = 0;
	return HVS_SUCCESS;
}

static hvr_status_t set_by_msr(struct hvr_vp *vp, u32 msr, const u64 val[2])
{
	if (hvr_msr_write(vp, msr, val[0], true) == HVR_MSR_OK || !val[0])
		return HVS_SUCCESS;
	return HVS_INVALID_REGISTER_VALUE;
}

static const u16 fixed_mtrrs[] = {
	0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e,
	0x26f,
};

#define BY_MSR(name, msr)						\
	static hvr_status_t get_##name(struct hvr_vp *vp, u32 n, u64 val[2]) \
	{								\
		return get_by_msr(vp, msr, val);			\
	}								\
	static hvr_status_t set_##name(struct hvr_vp *vp, u32 n,	\
				       const u64 val[2])		\
	{								\
		return set_by_msr(vp, msr, val);			\
	}

BY_MSR(mtrr_def, MSR_MTRRdefType)
BY_MSR(mtrr_base, 0x200 + 2 * n)
BY_MSR(mtrr_mask, 0x201 + 2 * n)
BY_MSR(mtrr_fixed, fixed_mtrrs[n])
BY_MSR(spec_ctrl, MSR_IA32_SPEC_CTRL)
BY_MSR(misc_enable, MSR_IA32_MISC_ENABLE)
BY_MSR(tsc_aux, MSR_TSC_AUX)

static hvr_status_t get_mtrr_cap(struct hvr_vp *vp, u32 n, u64 val[2])
{
	return get_by_msr(vp, MSR_MTRRcap, val);
}

static hvr_status_t get_tsc_adjust(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->hv.tsc_adjust;
	return HVS_SUCCESS;
}

/* The register only: the TSC itself is written by its own name. */
static hvr_status_t set_tsc_adjust(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	vp->hv.tsc_adjust = val[0];
	return HVS_SUCCESS;
}

/* ---- Hyper-V's registers ---- */

static hvr_status_t get_synthetic(struct hvr_vp *vp, u32 msr, u64 val[2])
{
	if (hvr_hv_get_msr(vp, msr, &val[0], true) != HVR_MSR_OK)
		return HVS_INVALID_PARAMETER;
	return HVS_SUCCESS;
}

static hvr_status_t set_synthetic(struct hvr_vp *vp, u32 msr, const u64 val[2])
{
	u64 old;

	/* Enabling a page again would write into the guest's memory. */
	if (hvr_hv_get_msr(vp, msr, &old, true) == HVR_MSR_OK && old == val[0])
		return HVS_SUCCESS;
	if (hvr_hv_set_msr(vp, msr, val[0], true) != HVR_MSR_OK)
		return HVS_INVALID_REGISTER_VALUE;
	return HVS_SUCCESS;
}

#define SYNTHETIC(name, msr)						\
	static hvr_status_t get_##name(struct hvr_vp *vp, u32 n, u64 val[2]) \
	{								\
		return get_synthetic(vp, msr, val);			\
	}								\
	static hvr_status_t set_##name(struct hvr_vp *vp, u32 n,	\
				       const u64 val[2])		\
	{								\
		return set_synthetic(vp, msr, val);			\
	}

SYNTHETIC(hypercall, HV_SYN_MSR_HYPERCALL)
SYNTHETIC(guest_os_id, HV_SYN_MSR_GUEST_OS_ID)
SYNTHETIC(assist_page, HV_SYN_MSR_VP_ASSIST_PAGE)
SYNTHETIC(reference_tsc, HV_SYN_MSR_REFERENCE_TSC)

static hvr_status_t get_vp_index(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->index;
	return HVS_SUCCESS;
}

static hvr_status_t get_time_ref(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = hvr_partition_reference_time(vp->pt);
	return HVS_SUCCESS;
}

/* ---- the table, in ascending order ---- */

#define ONE(name, get, set)		{ name, name, get, set }
#define RANGE(first, last, get, set)	{ first, last, get, set }

static const struct reg_range reg_table[] = {
	RANGE(HV_REG_EXPLICIT_SUSPEND, HV_REG_INTERCEPT_SUSPEND,
	      hvr_reg_get_suspend, hvr_reg_set_suspend),
	ONE(HV_REG_EMULATION_HINTS, get_zero, set_ignored),
	ONE(HV_REG_DISPATCH_SUSPEND, get_zero, hvr_reg_set_suspend),
	ONE(HV_REG_INTERNAL_ACTIVITY, hvr_reg_get_activity,
	    hvr_reg_set_activity),

	ONE(HV_REG_PENDING_INTERRUPTION, hvr_reg_get_interruption,
	    hvr_reg_set_interruption),
	ONE(HV_REG_INTERRUPT_STATE, hvr_reg_get_interrupt_state,
	    hvr_reg_set_interrupt_state),
	ONE(HV_REG_PENDING_EVENT0, hvr_reg_get_event0, hvr_reg_set_event0),
	ONE(HV_REG_PENDING_EVENT1, get_zero, set_zero),
	ONE(HV_REG_DELIVERABILITY, hvr_reg_get_deliverability,
	    hvr_reg_set_deliverability),

	RANGE(HV_REG_RAX, HV_REG_R15, get_gpr, set_gpr),
	ONE(HV_REG_RIP, get_rip, set_rip),
	ONE(HV_REG_RFLAGS, get_rflags, set_rflags),

	RANGE(HV_REG_XMM0, HV_REG_XMM15, get_xmm, set_xmm),
	RANGE(HV_REG_FP_MMX0, HV_REG_FP_MMX7, get_st, set_st),
	ONE(HV_REG_FP_CONTROL_STATUS, get_fp_control, set_fp_control),
	ONE(HV_REG_XMM_CONTROL_STATUS, get_xmm_control, set_xmm_control),

	ONE(HV_REG_CR0, get_cr0, set_cr0),
	ONE(HV_REG_CR2, get_cr2, set_cr2),
	ONE(HV_REG_CR3, get_cr3, set_cr3),
	ONE(HV_REG_CR4, get_cr4, set_cr4),
	ONE(HV_REG_CR8, get_cr8, set_cr8),
	ONE(HV_REG_XFEM, get_xfem, set_xfem),
	ONE(HV_REG_INTERMEDIATE_CR0, get_cr0, set_cr0),
	ONE(HV_REG_INTERMEDIATE_CR3, get_cr3, set_cr3),
	ONE(HV_REG_INTERMEDIATE_CR4, get_cr4, set_cr4),

	RANGE(HV_REG_DR0, HV_REG_DR3, get_dr, set_dr),
	RANGE(HV_REG_DR6, HV_REG_DR7, get_dr67, set_dr67),

	RANGE(HV_REG_ES, HV_REG_TR, get_segment, set_segment),
	RANGE(HV_REG_IDTR, HV_REG_GDTR, get_table, set_table),

	ONE(HV_REG_TSC, get_tsc, set_tsc),
	ONE(HV_REG_EFER, get_efer, set_efer),
	ONE(HV_REG_KERNEL_GS_BASE, get_kernel_gs, set_kernel_gs),
	ONE(HV_REG_APIC_BASE, get_apic_base, set_apic_base),
	ONE(HV_REG_PAT, get_pat, set_pat),
	RANGE(HV_REG_SYSENTER_CS, HV_REG_SFMASK, get_syscall, set_syscall),
	ONE(HV_REG_INITIAL_APIC_ID, get_apic_id, set_apic_id),
	ONE(HV_REG_MTRR_CAP, get_mtrr_cap, set_ignored),
	ONE(HV_REG_MTRR_DEF_TYPE, get_mtrr_def, set_mtrr_def),
	RANGE(HV_REG_MTRR_BASE0, HV_REG_MTRR_BASE7, get_mtrr_base,
	      set_mtrr_base),
	RANGE(HV_REG_MTRR_MASK0, HV_REG_MTRR_MASK7, get_mtrr_mask,
	      set_mtrr_mask),
	RANGE(HV_REG_MTRR_FIX64K_00000, HV_REG_MTRR_FIX4K_F8000,
	      get_mtrr_fixed, set_mtrr_fixed),
	ONE(HV_REG_TSC_AUX, get_tsc_aux, set_tsc_aux),
	ONE(HV_REG_BNDCFGS, get_zero, set_zero),
	ONE(HV_REG_DEBUGCTL, get_debugctl, set_debugctl),
	ONE(HV_REG_SPEC_CTRL, get_spec_ctrl, set_spec_ctrl),
	RANGE(HV_REG_U_XSS, HV_REG_INTERRUPT_SSP_TABLE, get_zero, set_zero),
	ONE(HV_REG_TSC_ADJUST, get_tsc_adjust, set_tsc_adjust),
	ONE(HV_REG_MISC_ENABLE, get_misc_enable, set_misc_enable),
	ONE(HV_REG_APIC_ID, get_apic_id, set_apic_id_register),

	ONE(HV_REG_HYPERCALL, get_hypercall, set_hypercall),
	ONE(HV_REG_GUEST_OS_ID, get_guest_os_id, set_guest_os_id),
	ONE(HV_REG_VP_INDEX, get_vp_index, set_refused),
	ONE(HV_REG_TIME_REF_COUNT, get_time_ref, set_refused),
	ONE(HV_REG_VP_ASSIST_PAGE, get_assist_page, set_assist_page),
	ONE(HV_REG_VP_ROOT_SIGNAL_COUNT, get_zero, set_ignored),
	ONE(HV_REG_REFERENCE_TSC, get_reference_tsc, set_reference_tsc),
};

static const struct reg_range *find(u32 name)
{
	unsigned int low = 0, high = ARRAY_SIZE(reg_table);

	while (low < high) {
		unsigned int mid = (low + high) / 2;
		const struct reg_range *r = &reg_table[mid];

		if (name < r->first)
			high = mid;
		else if (name > r->last)
			low = mid + 1;
		else
			return r;
	}
	return NULL;
}

hvr_status_t hvr_vp_get_register(struct hvr_vp *vp, u32 name, u64 val[2])
{
	const struct reg_range *r = find(name);
	const struct hvr_unit *unit;

	val[0] = 0;
	val[1] = 0;
	if (r)
		return r->get(vp, name - r->first, val);
	unit = hvr_unit_for_reg(name);
	if (!unit || !unit->get_reg)
		return HVS_INVALID_PARAMETER;
	return unit->get_reg(vp, name, &val[0]);
}

hvr_status_t hvr_vp_set_register(struct hvr_vp *vp, u32 name, const u64 val[2])
{
	const struct reg_range *r = find(name);
	const struct hvr_unit *unit;

	if (r)
		return r->set(vp, name - r->first, val);
	unit = hvr_unit_for_reg(name);
	if (!unit || !unit->set_reg)
		return HVS_INVALID_PARAMETER;
	return unit->set_reg(vp, name, val[0]);
}
