// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control block of a VP: allocation, registers, segments, dump.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <asm/msr-index.h>
#include <asm/processor.h>

#include "segment.h"
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

/* Where a register is in the save area (0: not there), and the part of the CPU's
 * cache that it lies in.
 */
struct hwreg {
	u16 offset;
	u16 clean;
};

#define SAVED(field, part)						\
	{ .offset = offsetof(struct vmcb_save, field), .clean = (part) }

static const struct hwreg hwregs[HVR_NR_HWREGS] = {
	[HVR_HWREG_CR0] = SAVED(cr0, SVM_CLEAN_CRX),
	[HVR_HWREG_CR2] = SAVED(cr2, SVM_CLEAN_CR2),
	[HVR_HWREG_CR3] = SAVED(cr3, SVM_CLEAN_CRX),
	[HVR_HWREG_CR4] = SAVED(cr4, SVM_CLEAN_CRX),
	[HVR_HWREG_EFER] = SAVED(efer, SVM_CLEAN_CRX),
	[HVR_HWREG_PAT] = SAVED(g_pat, SVM_CLEAN_NP),
	[HVR_HWREG_STAR] = SAVED(star, 0),
	[HVR_HWREG_LSTAR] = SAVED(lstar, 0),
	[HVR_HWREG_CSTAR] = SAVED(cstar, 0),
	[HVR_HWREG_SFMASK] = SAVED(sfmask, 0),
	[HVR_HWREG_KERNEL_GS_BASE] = SAVED(kernel_gs_base, 0),
	[HVR_HWREG_SYSENTER_CS] = SAVED(sysenter_cs, 0),
	[HVR_HWREG_SYSENTER_ESP] = SAVED(sysenter_esp, 0),
	[HVR_HWREG_SYSENTER_EIP] = SAVED(sysenter_eip, 0),
	[HVR_HWREG_DR6] = SAVED(dr6, SVM_CLEAN_DRX),
	[HVR_HWREG_DR7] = SAVED(dr7, SVM_CLEAN_DRX),
	[HVR_HWREG_DEBUGCTL] = SAVED(dbgctl, 0),
};

static u64 *hwreg_field(struct vmcb_save *s, enum hvr_hwreg reg)
{
	return (void *)s + hwregs[reg].offset;
}

u64 svm_get_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg)
{
	u64 val;

	if (!hwregs[reg].offset)
		return vp->spec_ctrl;
	val = *hwreg_field(&to_svm_vp(vp)->vmcb->save, reg);
	/* SVME is this hypervisor's; the guest has no SVM. */
	return reg == HVR_HWREG_EFER ? val & ~(u64)EFER_SVME : val;
}

void svm_set_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val)
{
	struct vmcb *vmcb = to_svm_vp(vp)->vmcb;

	if (!hwregs[reg].offset) {
		vp->spec_ctrl = val;
		return;
	}
	if (reg == HVR_HWREG_EFER)
		val |= EFER_SVME;
	*hwreg_field(&vmcb->save, reg) = val;
	vmcb->control.clean &= ~(u32)hwregs[reg].clean;
}

/* ES to GS are in the order of the architecture. */
static struct vmcb_seg *seg_field(struct vmcb_save *s, enum hvr_seg_index seg)
{
	static_assert(offsetof(struct vmcb_save, gs) ==
		      HVR_SEG_GS * sizeof(struct vmcb_seg));
	if (seg <= HVR_SEG_GS)
		return &s->es + seg;
	return seg == HVR_SEG_LDTR ? &s->ldtr : &s->tr;
}

static void unpack_segment(const struct vmcb_seg *s, struct hvr_segment *out)
{
	out->base = s->base;
	out->limit = s->limit;
	out->selector = s->selector;
	out->attr = svm_unpack_attr(s->attr);
}

/* The CPU does not keep SS.DPL true after SYSRET; CPL is. */
static void correct_ss(const struct vmcb_save *save, struct hvr_segment *ss)
{
	ss->attr = (ss->attr & ~0x60) | (save->cpl << 5);
}

void svm_get_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     struct hvr_segment *out)
{
	struct vmcb_save *save = &to_svm_vp(vp)->vmcb->save;

	unpack_segment(seg_field(save, seg), out);
	if (seg == HVR_SEG_SS)
		correct_ss(save, out);
}

void svm_get_context(struct hvr_vp *vp, struct hvr_context *out)
{
	const struct svm_vp *svm = to_svm_vp(vp);
	const struct vmcb_save *save = &svm->vmcb->save;

	out->cr0 = save->cr0;
	out->cr3 = save->cr3;
	out->cr4 = save->cr4;
	out->efer = save->efer & ~(u64)EFER_SVME;
	out->dr7 = save->dr7;
	out->cpl = save->cpl;
	out->interrupt_shadow = svm->vmcb->control.int_state & SVM_SHADOW_MASK;
	out->nmi_masked = svm->nmi_masked;
	unpack_segment(&save->cs, &out->cs);
}

void svm_get_data_segments(struct hvr_vp *vp, struct hvr_segment *out)
{
	const struct vmcb_save *save = &to_svm_vp(vp)->vmcb->save;
	unsigned int i;

	unpack_segment(&save->es, &out[HVR_SEG_ES]);
	for (i = HVR_SEG_SS; i <= HVR_SEG_GS; i++)
		unpack_segment(&save->es + i, &out[i]);
	correct_ss(save, &out[HVR_SEG_SS]);
}

void svm_set_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     const struct hvr_segment *in)
{
	struct vmcb *vmcb = to_svm_vp(vp)->vmcb;
	struct vmcb_seg *s = seg_field(&vmcb->save, seg);

	s->base = in->base;
	s->limit = in->limit;
	s->selector = in->selector;
	s->attr = svm_pack_attr(in->attr);
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
