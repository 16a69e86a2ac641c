// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control block of a VP: allocation, registers, segments, dump.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <asm/msr-index.h>
#include <asm/processor.h>

#include "svm.h"

#define IOPM_ORDER	2	/* 12 KiB: a bit per port, and one page beyond */
#define MSRPM_ORDER	1	/* 8 KiB: two bits per MSR, three ranges */

static struct page *iopm_pages;
static struct page *msrpm_pages;

/* The guest may read and write these: VMLOAD and VMSAVE switch them. */
static const u32 passed_msrs[] = {
	MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
	MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SYSCALL_MASK,
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
};

static void pass_msr(unsigned long *map, u32 msr)
{
	unsigned int bit;

	if (msr < 0x2000)
		bit = msr * 2;
	else
		bit = 0x800 * 8 + (msr - 0xc0000000) * 2;
	__clear_bit(bit, map);
	__clear_bit(bit + 1, map);
}

int svm_maps_alloc(void)
{
	unsigned int i;

	iopm_pages = alloc_pages(GFP_KERNEL, IOPM_ORDER);
	msrpm_pages = alloc_pages(GFP_KERNEL, MSRPM_ORDER);
	if (!iopm_pages || !msrpm_pages) {
		svm_maps_free();
		return -ENOMEM;
	}
	memset(page_address(iopm_pages), 0xff, PAGE_SIZE << IOPM_ORDER);
	memset(page_address(msrpm_pages), 0xff, PAGE_SIZE << MSRPM_ORDER);
	for (i = 0; i < ARRAY_SIZE(passed_msrs); i++)
		pass_msr(page_address(msrpm_pages), passed_msrs[i]);
	return 0;
}

void svm_maps_free(void)
{
	if (iopm_pages)
		__free_pages(iopm_pages, IOPM_ORDER);
	if (msrpm_pages)
		__free_pages(msrpm_pages, MSRPM_ORDER);
	iopm_pages = NULL;
	msrpm_pages = NULL;
}

static void init_control(struct svm_vp *svm)
{
	struct vmcb_control *c = &svm->vmcb->control;

	/* CR4 decides what CPUID shows and what reaches host registers (PKRU). */
	c->intercept_cr = SVM_CR_WRITE(4);
	c->intercept_dr = SVM_DR_ALL;
	/* Endless #DB or #AC delivery would hang the CPU (CVE-2015-8104,
	 * CVE-2015-5307); #MC is the host's.
	 */
	c->intercept_exc = BIT(1) | BIT(17) | BIT(18);
	c->intercept_misc1 = SVM_I1_INTR | SVM_I1_NMI | SVM_I1_SMI |
		SVM_I1_INIT | SVM_I1_RDPMC | SVM_I1_CPUID | SVM_I1_RSM |
		SVM_I1_INVD | SVM_I1_HLT | SVM_I1_INVLPGA | SVM_I1_IOIO |
		SVM_I1_MSR | SVM_I1_SHUTDOWN;
	c->intercept_misc2 = SVM_I2_VMRUN | SVM_I2_VMMCALL | SVM_I2_VMLOAD |
		SVM_I2_VMSAVE | SVM_I2_STGI | SVM_I2_CLGI | SVM_I2_SKINIT |
		SVM_I2_WBINVD | SVM_I2_MONITOR | SVM_I2_MWAIT |
		SVM_I2_MWAIT_ARMED | SVM_I2_XSETBV | SVM_I2_RDPRU;
	c->iopm_base = page_to_phys(iopm_pages);
	c->msrpm_base = page_to_phys(msrpm_pages);
	c->int_ctl = SVM_INT_MASKING;
	c->nested_ctl = BIT(0);
	c->asid = 1;
}

int svm_vp_init(struct hvr_vp *vp)
{
	struct svm_vp *svm = to_svm_vp(vp);

	BUILD_BUG_ON(offsetof(struct svm_vp, vp.gpr) != 0);
	svm->vmcb = (struct vmcb *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!svm->vmcb)
		return -ENOMEM;
	svm->vmcb_pa = __pa(svm->vmcb);
	svm->asid_cpu = -1;
	init_control(svm);
	svm->vmcb->save.efer = EFER_SVME;
	svm->vmcb->save.g_pat = 0x0007040600070406ULL;
	svm->vmcb->save.dr6 = 0xffff0ff0;
	svm->vmcb->save.dr7 = 0x400;
	return 0;
}

void svm_vp_exit(struct hvr_vp *vp)
{
	struct svm_vp *svm = to_svm_vp(vp);

	free_page((unsigned long)svm->vmcb);
	svm->vmcb = NULL;
}

/* The field of a register, and the part of the CPU's cache that it lies in. */
static u64 *hwreg_field(struct vmcb_save *s, enum hvr_hwreg reg, u32 *clean)
{
	*clean = 0;
	switch (reg) {
	case HVR_HWREG_CR0:
		*clean = SVM_CLEAN_CRX;
		return &s->cr0;
	case HVR_HWREG_CR2:
		*clean = SVM_CLEAN_CR2;
		return &s->cr2;
	case HVR_HWREG_CR3:
		*clean = SVM_CLEAN_CRX;
		return &s->cr3;
	case HVR_HWREG_CR4:
		*clean = SVM_CLEAN_CRX;
		return &s->cr4;
	case HVR_HWREG_EFER:
		*clean = SVM_CLEAN_CRX;
		return &s->efer;
	case HVR_HWREG_PAT:
		*clean = SVM_CLEAN_NP;
		return &s->g_pat;
	case HVR_HWREG_STAR:
		return &s->star;
	case HVR_HWREG_LSTAR:
		return &s->lstar;
	case HVR_HWREG_CSTAR:
		return &s->cstar;
	case HVR_HWREG_SFMASK:
		return &s->sfmask;
	case HVR_HWREG_KERNEL_GS_BASE:
		return &s->kernel_gs_base;
	case HVR_HWREG_SYSENTER_CS:
		return &s->sysenter_cs;
	case HVR_HWREG_SYSENTER_ESP:
		return &s->sysenter_esp;
	case HVR_HWREG_SYSENTER_EIP:
		return &s->sysenter_eip;
	case HVR_HWREG_DR6:
		*clean = SVM_CLEAN_DRX;
		return &s->dr6;
	case HVR_HWREG_DR7:
		*clean = SVM_CLEAN_DRX;
		return &s->dr7;
	case HVR_HWREG_DEBUGCTL:
		return &s->dbgctl;
	case HVR_HWREG_SPEC_CTRL:
	case HVR_NR_HWREGS:
		break;
	}
	return NULL;
}

u64 svm_get_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg)
{
	u32 clean;
	u64 *field = hwreg_field(&to_svm_vp(vp)->vmcb->save, reg, &clean);

	if (!field)
		return vp->spec_ctrl;
	/* SVME is this hypervisor's; the guest has no SVM. */
	return reg == HVR_HWREG_EFER ? *field & ~(u64)EFER_SVME : *field;
}

void svm_set_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val)
{
	struct vmcb *vmcb = to_svm_vp(vp)->vmcb;
	u32 clean;
	u64 *field = hwreg_field(&vmcb->save, reg, &clean);

	if (!field) {
		vp->spec_ctrl = val;
		return;
	}
	if (reg == HVR_HWREG_EFER)
		val |= EFER_SVME;
	*field = val;
	vmcb->control.clean &= ~clean;
}

static struct vmcb_seg *seg_field(struct vmcb_save *s, enum hvr_seg_index seg)
{
	switch (seg) {
	case HVR_SEG_ES:
		return &s->es;
	case HVR_SEG_CS:
		return &s->cs;
	case HVR_SEG_SS:
		return &s->ss;
	case HVR_SEG_DS:
		return &s->ds;
	case HVR_SEG_FS:
		return &s->fs;
	case HVR_SEG_GS:
		return &s->gs;
	case HVR_SEG_LDTR:
		return &s->ldtr;
	default:
		return &s->tr;
	}
}

void svm_get_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     struct hvr_segment *out)
{
	const struct vmcb_save *save = &to_svm_vp(vp)->vmcb->save;
	const struct vmcb_seg *s =
		seg_field(&to_svm_vp(vp)->vmcb->save, seg);

	out->base = s->base;
	out->limit = s->limit;
	out->selector = s->selector;
	out->attr = (s->attr & 0xff) | ((s->attr & 0xf00) << 4);
	/* The CPU does not keep SS.DPL true after SYSRET; CPL is. */
	if (seg == HVR_SEG_SS)
		out->attr = (out->attr & ~0x60) | (save->cpl << 5);
}

void svm_set_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     const struct hvr_segment *in)
{
	struct vmcb *vmcb = to_svm_vp(vp)->vmcb;
	struct vmcb_seg *s = seg_field(&vmcb->save, seg);

	s->base = in->base;
	s->limit = in->limit;
	s->selector = in->selector;
	s->attr = (in->attr & 0xff) | ((in->attr >> 4) & 0xf00);
	if (seg == HVR_SEG_SS)
		vmcb->save.cpl = (in->attr >> 5) & 3;
	vmcb->control.clean &= ~SVM_CLEAN_SEG;
}

void svm_get_table(struct hvr_vp *vp, bool idt, struct hvr_table *out)
{
	struct vmcb_save *save = &to_svm_vp(vp)->vmcb->save;
	const struct vmcb_seg *s = idt ? &save->idtr : &save->gdtr;

	out->base = s->base;
	out->limit = s->limit;
}

void svm_set_table(struct hvr_vp *vp, bool idt, const struct hvr_table *in)
{
	struct vmcb *vmcb = to_svm_vp(vp)->vmcb;
	struct vmcb_seg *s = idt ? &vmcb->save.idtr : &vmcb->save.gdtr;

	s->base = in->base;
	s->limit = in->limit;
	vmcb->control.clean &= ~SVM_CLEAN_DT;
}

static void dump_segment(const char *name, const struct vmcb_seg *s)
{
	pr_err("  %-4s sel %04x attr %04x limit %08x base %016llx\n", name,
	       s->selector, s->attr, s->limit, s->base);
}

void svm_dump(struct hvr_vp *vp)
{
	const struct vmcb_control *c = &to_svm_vp(vp)->vmcb->control;
	const struct vmcb_save *s = &to_svm_vp(vp)->vmcb->save;

	pr_err("hvroot: p%llu vp%u control block:\n", vp->pt->id, vp->index);
	pr_err("  exit %llx info %llx %llx int_info %08x:%x\n", c->exit_code,
	       c->exit_info_1, c->exit_info_2, c->exit_int_info,
	       c->exit_int_error);
	pr_err("  int_ctl %08x vec %x state %llx inj %08x asid %u ncr3 %llx clean %x\n",
	       c->int_ctl, c->int_vector, c->int_state, c->event_inj, c->asid,
	       c->nested_cr3, c->clean);
	pr_err("  cr0 %llx cr2 %llx cr3 %llx cr4 %llx efer %llx cpl %u\n",
	       s->cr0, s->cr2, s->cr3, s->cr4, s->efer, s->cpl);
	pr_err("  rip %llx rsp %llx rflags %llx rax %llx dr6 %llx dr7 %llx pat %llx\n",
	       s->rip, s->rsp, s->rflags, s->rax, s->dr6, s->dr7, s->g_pat);
	dump_segment("cs", &s->cs);
	dump_segment("ss", &s->ss);
	dump_segment("ds", &s->ds);
	dump_segment("es", &s->es);
	dump_segment("fs", &s->fs);
	dump_segment("gs", &s->gs);
	dump_segment("ldtr", &s->ldtr);
	dump_segment("tr", &s->tr);
	dump_segment("gdtr", &s->gdtr);
	dump_segment("idtr", &s->idtr);
}
