// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMSR and WRMSR policy: a table of what is known, then the APIC's and the
 * synthetic registers, then what the VMM wants done with the rest.
 *
 * A register is in the table because a stock guest touches it without being ready
 * for a fault, or because it is part of the VP's state. The rest is #GP: feature
 * probes of guests rely on it.
 */
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <hvabi/hvgdk.h>

#include "../compat/hw.h"
#include "internal.h"

#define PAT_POWER_ON		0x0007040600070406ULL
#define MTRR_CAP		(BIT_ULL(10) | BIT_ULL(8) | HVR_NR_MTRR_VAR)
#define MTRR_DEF_VALID		(BIT_ULL(11) | BIT_ULL(10) | 0xff)
#define HWCR_TSC_FREQ_SEL	BIT_ULL(24)
#define HWCR_VALID		(BIT_ULL(6) | BIT_ULL(8) | BIT_ULL(18) | \
				 BIT_ULL(24) | BIT_ULL(30))
#define DE_CFG_LFENCE		BIT_ULL(1)
#define DEBUGCTL_VALID		0x3fULL
#define VM_CR_SVM_DISABLED	BIT_ULL(4)
#define MISC_ENABLE_POWER_ON	1	/* fast strings */
#define FEAT_CTL_IS_LOCKED	1
#define MTRR_DEF_POWER_ON	0

void hvr_msr_reset(struct hvr_vp *vp)
{
	struct hvr_hv_vp *hv = &vp->hv;

	hv->mtrr_def = MTRR_DEF_POWER_ON;
	memset(hv->mtrr_var, 0, sizeof(hv->mtrr_var));
	memset(hv->mtrr_fixed, 0, sizeof(hv->mtrr_fixed));
	hv->hwcr = HWCR_TSC_FREQ_SEL;
	hv->de_cfg = DE_CFG_LFENCE;
	hv->misc_enable = MISC_ENABLE_POWER_ON;
	hv->mcg_status = 0;
	hv->tsc_adjust = 0;
}

/* ---- checks ---- */

static bool is_canonical(struct hvr_vp *vp, u64 addr)
{
	bool la57 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4) & X86_CR4_LA57;
	unsigned int shift = la57 ? 64 - 57 : 64 - 48;

	return (u64)((s64)(addr << shift) >> shift) == addr;
}

static bool is_memory_type(u8 type)
{
	return type == 0 || type == 1 || (type >= 4 && type <= 6);
}

static bool pat_valid(u64 pat)
{
	int i;

	for (i = 0; i < 8; i++, pat >>= 8)
		if (!is_memory_type(pat & 0xff) && (pat & 0xff) != 7)
			return false;
	return true;
}

static bool mtrr_fixed_valid(u64 val)
{
	int i;

	for (i = 0; i < 8; i++, val >>= 8)
		if (!is_memory_type(val & 0xff))
			return false;
	return true;
}

/* Base registers have a type in the low byte, masks a valid bit (11). */
static bool mtrr_var_valid(struct hvr_vp *vp, bool mask, u64 val)
{
	u64 frame = GENMASK_ULL(hvr_cpuid_maxphyaddr(vp) - 1, 12);

	if (mask)
		return !(val & ~(frame | BIT_ULL(11)));
	return !(val & ~(frame | 0xff)) && is_memory_type(val & 0xff);
}

/* ---- registers with a rule of their own ---- */

enum { EFER_LME_BIT = 8, EFER_LMA_BIT = 10 };

static enum hvr_msr_result set_efer(struct hvr_vp *vp, u64 val, bool host)
{
	u64 old = hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER);
	u64 cr0 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR0);

	if (val & ~hvr_cpuid_efer_valid(vp))
		return HVR_MSR_GP;
	if (!host) {
		if (((val ^ old) & BIT_ULL(EFER_LME_BIT)) &&
		    (cr0 & X86_CR0_PG))
			return HVR_MSR_GP;
		/* LMA belongs to the CPU. */
		val &= ~BIT_ULL(EFER_LMA_BIT);
		val |= old & BIT_ULL(EFER_LMA_BIT);
	}
	if (val != old) {
		hvr_be->set_hwreg(vp, HVR_HWREG_EFER, val);
		/* NXE changes what cached translations mean. */
		hvr_vp_request(vp, HVR_REQ_TLB_FLUSH);
	}
	return HVR_MSR_OK;
}

static enum hvr_msr_result set_spec_ctrl(struct hvr_vp *vp, u64 val)
{
	if (val & ~hvr_cpuid_spec_ctrl_valid(vp))
		return HVR_MSR_GP;
	hvr_be->set_hwreg(vp, HVR_HWREG_SPEC_CTRL, val);
	return HVR_MSR_OK;
}

/* The barrier is for the CPU at hand: the guest's code runs here next. */
static enum hvr_msr_result set_pred_cmd(u64 val)
{
	if (!boot_cpu_has(X86_FEATURE_IBPB) || (val & ~PRED_CMD_IBPB))
		return HVR_MSR_GP;
	if (val)
		wrmsrq(MSR_IA32_PRED_CMD, val);
	return HVR_MSR_OK;
}

static enum hvr_msr_result set_mtrr(struct hvr_vp *vp, u64 *reg, u64 val,
				    bool valid)
{
	if (!valid)
		return HVR_MSR_GP;
	*reg = val;
	return HVR_MSR_OK;
}

static enum hvr_msr_result get_segment_base(struct hvr_vp *vp, u32 msr, u64 *val)
{
	struct hvr_segment seg;

	hvr_be_call(get_segment)(vp, msr == MSR_FS_BASE ? HVR_SEG_FS : HVR_SEG_GS,
				 &seg);
	*val = seg.base;
	return HVR_MSR_OK;
}

static enum hvr_msr_result set_segment_base(struct hvr_vp *vp, u32 msr, u64 val)
{
	enum hvr_seg_index index = msr == MSR_FS_BASE ? HVR_SEG_FS : HVR_SEG_GS;
	struct hvr_segment seg;

	if (!is_canonical(vp, val))
		return HVR_MSR_GP;
	hvr_be_call(get_segment)(vp, index, &seg);
	seg.base = val;
	hvr_be->set_segment(vp, index, &seg);
	return HVR_MSR_OK;
}

/* ---- the table ---- */

enum vendor { ANY, AMD, INTEL };

enum kind {
	CONST,		/* reads @arg; writes are #GP */
	CONST_WI,	/* reads @arg; writes are ignored */
	HWREG,		/* the backend keeps it (enum hvr_hwreg @arg) */
	HWREG_CANON,	/* ... and it must be canonical */
	HWREG_32,	/* ... and only 32 bits exist */
	OWN,		/* get_own(), set_own() */
};

struct known_msr {
	u32 msr;
	u8 vendor;
	u8 kind;
	u64 arg;
};

/* Ascending: looked up by bisection. */
static const struct known_msr known_msrs[] = {
	{ MSR_IA32_TSC,			ANY, OWN },
	{ 0x17,				INTEL, CONST_WI, 0 },	/* PLATFORM_ID */
	{ 0x2a,				INTEL, CONST_WI, 0 },	/* EBL_CR_POWERON */
	{ 0x3a,				INTEL, CONST, FEAT_CTL_IS_LOCKED },
	{ MSR_IA32_TSC_ADJUST,		ANY, OWN },
	{ MSR_IA32_SPEC_CTRL,		ANY, OWN },
	{ MSR_IA32_PRED_CMD,		ANY, OWN },
	{ MSR_IA32_UCODE_REV,		ANY, OWN },
	{ MSR_MTRRcap,			ANY, CONST, MTRR_CAP },
	{ MSR_IA32_SYSENTER_CS,		ANY, HWREG_32, HVR_HWREG_SYSENTER_CS },
	{ MSR_IA32_SYSENTER_ESP,	ANY, HWREG_CANON, HVR_HWREG_SYSENTER_ESP },
	{ MSR_IA32_SYSENTER_EIP,	ANY, HWREG_CANON, HVR_HWREG_SYSENTER_EIP },
	{ MSR_IA32_MCG_CAP,		ANY, CONST, 0 },
	{ MSR_IA32_MCG_STATUS,		ANY, OWN },
	{ MSR_IA32_MISC_ENABLE,		INTEL, OWN },
	{ MSR_IA32_DEBUGCTLMSR,		ANY, OWN },
	{ MSR_IA32_LASTBRANCHFROMIP,	ANY, CONST_WI, 0 },
	{ MSR_IA32_LASTBRANCHTOIP,	ANY, CONST_WI, 0 },
	{ MSR_IA32_LASTINTFROMIP,	ANY, CONST_WI, 0 },
	{ MSR_IA32_LASTINTTOIP,		ANY, CONST_WI, 0 },
	{ MSR_IA32_CR_PAT,		ANY, OWN },
	{ MSR_IA32_XSS,			ANY, CONST, 0 },
	{ MSR_EFER,			ANY, OWN },
	{ MSR_STAR,			ANY, HWREG, HVR_HWREG_STAR },
	{ MSR_LSTAR,			ANY, HWREG_CANON, HVR_HWREG_LSTAR },
	{ MSR_CSTAR,			ANY, HWREG_CANON, HVR_HWREG_CSTAR },
	{ MSR_SYSCALL_MASK,		ANY, HWREG, HVR_HWREG_SFMASK },
	{ MSR_FS_BASE,			ANY, OWN },
	{ MSR_GS_BASE,			ANY, OWN },
	{ MSR_KERNEL_GS_BASE,		ANY, HWREG_CANON, HVR_HWREG_KERNEL_GS_BASE },
	{ MSR_TSC_AUX,			ANY, OWN },
	{ 0xc0010010,			AMD, CONST_WI, 0 },	/* SYSCFG */
	{ 0xc0010015,			AMD, OWN },		/* HWCR */
	{ 0xc001001a,			AMD, CONST_WI, 0 },	/* TOP_MEM */
	{ 0xc001001d,			AMD, CONST_WI, 0 },	/* TOP_MEM2 */
	{ 0xc001001f,			AMD, CONST_WI, 0 },	/* NB_CFG */
	{ 0xc0010020,			AMD, CONST_WI, 0 },	/* PATCH_LOADER */
	{ 0xc0010055,			AMD, CONST_WI, 0 },	/* INT_PENDING */
	{ 0xc0010058,			AMD, CONST_WI, 0 },	/* MMIO_CONF_BASE */
	{ 0xc0010114,			AMD, CONST_WI, VM_CR_SVM_DISABLED },
	{ 0xc0010140,			AMD, CONST_WI, 0 },	/* OSVW length */
	{ 0xc0010141,			AMD, CONST_WI, 0 },	/* OSVW status */
	{ 0xc001100c,			AMD, CONST_WI, 0 },	/* NODE_ID */
	{ 0xc0011020,			AMD, CONST_WI, 0 },	/* LS_CFG */
	{ 0xc0011021,			AMD, CONST_WI, 0 },	/* IC_CFG */
	{ 0xc0011022,			AMD, CONST_WI, 0 },	/* DC_CFG */
	{ 0xc0011023,			AMD, CONST_WI, 0 },	/* BU_CFG */
	{ 0xc0011028,			AMD, CONST_WI, 0 },	/* FP_CFG */
	{ 0xc0011029,			AMD, OWN },		/* DE_CFG */
	{ 0xc001102a,			AMD, CONST_WI, 0 },	/* BU_CFG2 */
	{ 0xc001102d,			AMD, CONST_WI, 0 },	/* LS_CFG2 */
	{ 0xc001102e,			AMD, CONST_WI, 0 },	/* BP_CFG */
};

static bool vendor_matches(u8 vendor)
{
	bool intel = boot_cpu_data.x86_vendor == X86_VENDOR_INTEL;

	return vendor == ANY || (vendor == INTEL) == intel;
}

static const struct known_msr *find_known(u32 msr)
{
	unsigned int lo = 0, hi = ARRAY_SIZE(known_msrs);

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		const struct known_msr *k = &known_msrs[mid];

		if (k->msr == msr)
			return vendor_matches(k->vendor) ? k : NULL;
		if (k->msr < msr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static u64 ucode_revision(void)
{
	u64 rev = boot_cpu_data.microcode;

	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL ? rev << 32 : rev;
}

static enum hvr_msr_result get_own(struct hvr_vp *vp, u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_IA32_TSC:
		*val = hvr_vp_read_tsc(vp);
		break;
	case MSR_IA32_TSC_ADJUST:
		*val = vp->hv.tsc_adjust;
		break;
	case MSR_IA32_SPEC_CTRL:
		if (!hvr_cpuid_spec_ctrl_valid(vp))
			return HVR_MSR_UNKNOWN;
		*val = hvr_be_call(get_hwreg)(vp, HVR_HWREG_SPEC_CTRL);
		break;
	case MSR_IA32_UCODE_REV:
		*val = ucode_revision();
		break;
	case MSR_IA32_MCG_STATUS:
		*val = vp->hv.mcg_status;
		break;
	case MSR_IA32_MISC_ENABLE:
		*val = vp->hv.misc_enable;
		break;
	case MSR_IA32_DEBUGCTLMSR:
		*val = hvr_be_call(get_hwreg)(vp, HVR_HWREG_DEBUGCTL);
		break;
	case MSR_IA32_CR_PAT:
		*val = hvr_be_call(get_hwreg)(vp, HVR_HWREG_PAT);
		break;
	case MSR_EFER:
		*val = hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER);
		break;
	case MSR_FS_BASE:
	case MSR_GS_BASE:
		return get_segment_base(vp, msr, val);
	case MSR_TSC_AUX:
		*val = vp->tsc_aux;
		break;
	case 0xc0010015:
		*val = vp->hv.hwcr;
		break;
	case 0xc0011029:
		*val = vp->hv.de_cfg;
		break;
	default:
		return HVR_MSR_GP;	/* write-only */
	}
	return HVR_MSR_OK;
}

static enum hvr_msr_result set_own(struct hvr_vp *vp, u32 msr, u64 val,
				   bool host)
{
	switch (msr) {
	case MSR_IA32_TSC:
		if (host)
			hvr_vp_restore_tsc(vp, val);
		else
			hvr_vp_write_tsc(vp, val);
		return HVR_MSR_OK;
	case MSR_IA32_TSC_ADJUST:
		if (host)
			vp->hv.tsc_adjust = val;
		else
			hvr_vp_write_tsc_adjust(vp, val);
		return HVR_MSR_OK;
	case MSR_IA32_SPEC_CTRL:
		return set_spec_ctrl(vp, val);
	case MSR_IA32_PRED_CMD:
		return set_pred_cmd(val);
	case MSR_IA32_UCODE_REV:
		return HVR_MSR_OK;
	case MSR_IA32_MCG_STATUS:
		vp->hv.mcg_status = val & 7;
		return HVR_MSR_OK;
	case MSR_IA32_MISC_ENABLE:
		vp->hv.misc_enable = val;
		return HVR_MSR_OK;
	case MSR_IA32_DEBUGCTLMSR:
		if (val & ~DEBUGCTL_VALID)
			return HVR_MSR_GP;
		hvr_be->set_hwreg(vp, HVR_HWREG_DEBUGCTL, val);
		return HVR_MSR_OK;
	case MSR_IA32_CR_PAT:
		if (!pat_valid(val))
			return HVR_MSR_GP;
		hvr_be->set_hwreg(vp, HVR_HWREG_PAT, val);
		return HVR_MSR_OK;
	case MSR_EFER:
		return set_efer(vp, val, host);
	case MSR_FS_BASE:
	case MSR_GS_BASE:
		return set_segment_base(vp, msr, val);
	case MSR_TSC_AUX:
		if (val >> 32)
			return HVR_MSR_GP;
		vp->tsc_aux = val;
		return HVR_MSR_OK;
	case 0xc0010015:
		if (val & ~HWCR_VALID)
			return HVR_MSR_GP;
		vp->hv.hwcr = val | HWCR_TSC_FREQ_SEL;
		return HVR_MSR_OK;
	case 0xc0011029:
		vp->hv.de_cfg = val | DE_CFG_LFENCE;
		return HVR_MSR_OK;
	}
	return HVR_MSR_GP;
}

/* ---- MTRRs: kept for the guest, of no effect ---- */

static u64 *find_mtrr(struct hvr_vp *vp, u32 msr)
{
	switch (msr) {
	case 0x200 ... 0x200 + 2 * HVR_NR_MTRR_VAR - 1:
		return &vp->hv.mtrr_var[msr - 0x200];
	case MSR_MTRRfix64K_00000:
		return &vp->hv.mtrr_fixed[0];
	case MSR_MTRRfix16K_80000 ... MSR_MTRRfix16K_A0000:
		return &vp->hv.mtrr_fixed[1 + msr - MSR_MTRRfix16K_80000];
	case MSR_MTRRfix4K_C0000 ... MSR_MTRRfix4K_F8000:
		return &vp->hv.mtrr_fixed[3 + msr - MSR_MTRRfix4K_C0000];
	case MSR_MTRRdefType:
		return &vp->hv.mtrr_def;
	}
	return NULL;
}

static enum hvr_msr_result write_mtrr(struct hvr_vp *vp, u32 msr, u64 *reg,
				      u64 val)
{
	if (msr == MSR_MTRRdefType)
		return set_mtrr(vp, reg, val, !(val & ~MTRR_DEF_VALID) &&
					      is_memory_type(val & 0xff));
	if (msr < MSR_MTRRfix64K_00000)
		return set_mtrr(vp, reg, val,
				mtrr_var_valid(vp, msr & 1, val));
	return set_mtrr(vp, reg, val, mtrr_fixed_valid(val));
}

/* ---- all together ---- */

static bool is_lapic_msr(u32 msr)
{
	return msr == MSR_IA32_APICBASE || msr == MSR_IA32_TSC_DEADLINE ||
	       (msr >= 0x800 && msr <= 0x8ff);
}

static bool is_synthetic(u32 msr)
{
	return msr >= HV_SYN_MSR_FIRST && msr <= HV_SYN_MSR_LAST;
}

static enum hvr_msr_result read_known(struct hvr_vp *vp, u32 msr, u64 *val)
{
	const struct known_msr *k = find_known(msr);
	u64 *mtrr;

	if (!k) {
		mtrr = find_mtrr(vp, msr);
		if (!mtrr)
			return HVR_MSR_UNKNOWN;
		*val = *mtrr;
		return HVR_MSR_OK;
	}
	switch (k->kind) {
	case CONST:
	case CONST_WI:
		*val = k->arg;
		return HVR_MSR_OK;
	case HWREG:
	case HWREG_CANON:
	case HWREG_32:
		*val = hvr_be_call(get_hwreg)(vp, k->arg);
		return HVR_MSR_OK;
	}
	return get_own(vp, msr, val);
}

static enum hvr_msr_result write_known(struct hvr_vp *vp, u32 msr, u64 val,
				       bool host)
{
	const struct known_msr *k = find_known(msr);
	u64 *mtrr;

	if (!k) {
		mtrr = find_mtrr(vp, msr);
		return mtrr ? write_mtrr(vp, msr, mtrr, val) : HVR_MSR_UNKNOWN;
	}
	switch (k->kind) {
	case CONST:
		return val == k->arg ? HVR_MSR_OK : HVR_MSR_GP;
	case CONST_WI:
		return HVR_MSR_OK;
	case HWREG_CANON:
		if (!is_canonical(vp, val))
			return HVR_MSR_GP;
		break;
	case HWREG_32:
		val = (u32)val;
		break;
	case OWN:
		return set_own(vp, msr, val, host);
	}
	hvr_be->set_hwreg(vp, k->arg, val);
	return HVR_MSR_OK;
}

enum hvr_msr_result hvr_msr_read(struct hvr_vp *vp, u32 msr, u64 *val,
				 bool host)
{
	enum hvr_msr_result res;

	if (is_synthetic(msr))
		res = hvr_hv_get_msr(vp, msr, val, host);
	else if (is_lapic_msr(msr))
		res = hvr_lapic_get_msr(vp, msr, val);
	else
		res = read_known(vp, msr, val);
	if (res == HVR_MSR_UNKNOWN) {
		*val = 0;
		res = READ_ONCE(vp->pt->unimplemented_msr) ? HVR_MSR_OK :
							     HVR_MSR_GP;
	}
	return res;
}

enum hvr_msr_result hvr_msr_write(struct hvr_vp *vp, u32 msr, u64 val,
				  bool host)
{
	enum hvr_msr_result res;

	if (is_synthetic(msr))
		res = hvr_hv_set_msr(vp, msr, val, host);
	else if (is_lapic_msr(msr))
		res = hvr_lapic_set_msr(vp, msr, val, host);
	else
		res = write_known(vp, msr, val, host);
	if (res == HVR_MSR_UNKNOWN)
		res = READ_ONCE(vp->pt->unimplemented_msr) ? HVR_MSR_OK :
							     HVR_MSR_GP;
	return res;
}

bool hvr_msr_write_sleeps(u32 msr)
{
	return is_synthetic(msr) && hvr_hv_set_msr_sleeps(msr);
}
