// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control structure of a VP: set-up, registers, segments, what the CPU insists
 * on at an entry, dump.
 */
#include <linux/gfp.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/tsc.h>

#include "vmx.h"

#define VPID_MAX	0xffff

/* An exit at the latest after so long in the guest. Host interrupts come long before,
 * but Bochs holds them back while a guest spins with RFLAGS.IF clear. The timer
 * starts anew at each entry by itself.
 */
#define TURN_LIMIT_MS	10

/* Bits of CR0 that the CPU fixes or ignores while VMX is on: the guest sees its own
 * and exits when it changes one.
 */
#define CR0_OURS	(X86_CR0_NE | X86_CR0_NW | X86_CR0_CD)

#define DR6_FIXED	0xffff0ff0ULL
#define DR7_FIXED	0x400ULL
#define PAT_POWER_ON	0x0007040600070406ULL

/* Tries to get at the tables of a 32-bit guest whose VMM's memory is another's. */
#define PDPTE_TRIES	16

static struct page *msr_bitmap;
static DEFINE_IDA(vpids);

/* ---- what all VPs share ---- */

/* The guest may read and write these: they are in the control structure, or put
 * saves them.
 */
static const u32 passed_msrs[] = {
	MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
};

/* Four parts of 1 KiB: reads low, reads high, writes low, writes high. */
static void pass_msr(unsigned long *map, u32 msr)
{
	unsigned int bit = msr & 0x1fff;

	if (msr >= 0xc0000000)
		bit += 0x400 * 8;
	__clear_bit(bit, map);
	__clear_bit(bit + 0x800 * 8, map);
}

int vmx_maps_alloc(void)
{
	unsigned int i;

	msr_bitmap = alloc_page(GFP_KERNEL);
	if (!msr_bitmap)
		return -ENOMEM;
	memset(page_address(msr_bitmap), 0xff, PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(passed_msrs); i++)
		pass_msr(page_address(msr_bitmap), passed_msrs[i]);
	return 0;
}

void vmx_maps_free(void)
{
	if (msr_bitmap)
		__free_page(msr_bitmap);
	msr_bitmap = NULL;
	ida_destroy(&vpids);
}

/* ---- set-up ---- */

static void write_controls(struct vmx_vp *vmx)
{
	vmx_write(VMCS_PIN_CONTROLS, vmx_caps.pin);
	vmx_write(VMCS_PROC_CONTROLS, vmx->proc);
	vmx_write(VMCS_PROC2_CONTROLS, vmx->proc2);
	vmx_write(VMCS_EXIT_CONTROLS, vmx_caps.exit);
	vmx_write(VMCS_ENTRY_CONTROLS, vmx->entry);
	if (vmx->vpid)
		vmx_write(VMCS_VPID, vmx->vpid);
	if (vmx->proc & BIT(VMX_PROC_TPR_SHADOW)) {
		vmx_write(VMCS_VIRTUAL_APIC, __pa(vmx->apic_page));
		vmx_write(VMCS_TPR_THRESHOLD, 0);
	}
	if (vmx_caps.pin & BIT(VMX_PIN_TIMER))
		vmx_write(VMCS_GUEST_TIMER, ((u64)tsc_khz * TURN_LIMIT_MS) >>
			  vmx_caps.timer_shift);
	vmx_write(VMCS_MSR_BITMAP, page_to_phys(msr_bitmap));
	vmx_write(VMCS_LINK_POINTER, ~0ULL);
	vmx_write(VMCS_EXCEPTIONS, vmx->exceptions);
	vmx_write(VMCS_PF_ERROR_MASK, 0);
	vmx_write(VMCS_PF_ERROR_MATCH, 0);
	vmx_write(VMCS_CR3_TARGETS, 0);
	vmx_write(VMCS_EXIT_STORE_COUNT, 0);
	vmx_write(VMCS_EXIT_LOAD_COUNT, 0);
	vmx_write(VMCS_ENTRY_LOAD_COUNT, 0);
	vmx_write(VMCS_ENTRY_EVENT, 0);
	vmx_write(VMCS_CR0_MASK, CR0_OURS);
	/* CR4 decides what CPUID shows and what reaches host registers (PKRU). */
	vmx_write(VMCS_CR4_MASK, ~0ULL);
	vmx_write(VMCS_GUEST_ACTIVITY, 0);
	vmx_write(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmx_write(VMCS_GUEST_PENDING_DEBUG, 0);
}

/* The part of the host's state that is the same on all CPUs. */
static void write_host_constants(void)
{
	vmx_write(VMCS_HOST_CS_SELECTOR, __KERNEL_CS);
	vmx_write(VMCS_HOST_SS_SELECTOR, __KERNEL_DS);
	vmx_write(VMCS_HOST_DS_SELECTOR, 0);
	vmx_write(VMCS_HOST_ES_SELECTOR, 0);
	vmx_write(VMCS_HOST_FS_SELECTOR, 0);
	vmx_write(VMCS_HOST_GS_SELECTOR, 0);
	vmx_write(VMCS_HOST_FS_BASE, 0);
	vmx_write(VMCS_HOST_RIP, (unsigned long)vmx_exited);
	vmx_write(VMCS_HOST_RSP, 0);
	vmx_write(VMCS_HOST_CR3, 0);
	vmx_write(VMCS_HOST_CR4, 0);
}

static void choose_vpid(struct vmx_vp *vmx)
{
	int id;

	if (!(vmx->proc2 & BIT(VMX_PROC2_VPID)))
		return;
	id = ida_alloc_range(&vpids, 1, VPID_MAX, GFP_KERNEL);
	if (id < 0)
		vmx->proc2 &= ~BIT(VMX_PROC2_VPID);
	else
		vmx->vpid = id;
}

int vmx_vp_init(struct hvr_vp *vp)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	BUILD_BUG_ON(offsetof(struct vmx_vp, vp.gpr) != 0);
	vmx->vmcs = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vmx->apic_page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vmx->vmcs || !vmx->apic_page) {
		free_page((unsigned long)vmx->vmcs);
		free_page((unsigned long)vmx->apic_page);
		vmx->vmcs = NULL;
		vmx->apic_page = NULL;
		return -ENOMEM;
	}
	vmx->vmcs_pa = __pa(vmx->vmcs);
	vmx->host_cpu = -1;
	vmx->proc = vmx_caps.proc;
	vmx->proc2 = vmx_caps.proc2;
	vmx->entry = vmx_caps.entry;
	vmx->exceptions = VMX_OWN_EXCEPTIONS;
	vmx->pat = PAT_POWER_ON;
	vmx->dr6 = DR6_FIXED;
	vmx->dr7 = DR7_FIXED;
	choose_vpid(vmx);
	vmx_vmcs_init(vmx);

	vmx_take(vmx);
	write_controls(vmx);
	write_host_constants();
	vmx_write(VMCS_GUEST_PAT, vmx->pat);
	vmx_write(VMCS_GUEST_DR7, vmx->dr7);
	vmx_write(VMCS_GUEST_DEBUGCTL, 0);
	vmx_write(VMCS_GUEST_EFER, 0);
	vmx_write(VMCS_GUEST_CR3, 0);
	vmx_release();
	vmx->live_rip = ~0ULL;
	vmx->live_rsp = ~0ULL;
	vmx->live_rflags = ~0ULL;
	vmx->unchecked = true;
	return 0;
}

void vmx_vp_exit(struct hvr_vp *vp)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	if (!vmx->vmcs)
		return;
	vmx_vmcs_unload(vmx);
	if (vmx->vpid)
		ida_free(&vpids, vmx->vpid);
	free_page((unsigned long)vmx->vmcs);
	free_page((unsigned long)vmx->apic_page);
	vmx->vmcs = NULL;
	vmx->apic_page = NULL;
}

void vmx_set_proc(struct vmx_vp *vmx, u32 proc)
{
	if (vmx->proc == proc)
		return;
	vmx->proc = proc;
	vmx_take(vmx);
	vmx_write(VMCS_PROC_CONTROLS, proc);
	vmx_release();
}

/* ---- registers ---- */

static u64 read_field(struct vmx_vp *vmx, u32 field)
{
	u64 val;

	vmx_take(vmx);
	val = vmx_read(field);
	vmx_release();
	return val;
}

static void write_field(struct vmx_vp *vmx, u32 field, u64 val)
{
	vmx_take(vmx);
	vmx_write(field, val);
	vmx_release();
}

static u64 get_cr0(struct vmx_vp *vmx)
{
	return (vmx_read(VMCS_GUEST_CR0) & ~CR0_OURS) |
	       (vmx->cr0_shadow & CR0_OURS);
}

static u64 get_kernel_gs_base(const struct vmx_vp *vmx)
{
	u64 val = vmx->kernel_gs_base;

	if (vmx->in_turn)
		rdmsrq(MSR_KERNEL_GS_BASE, val);
	return val;
}

u64 vmx_get_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);
	u64 val;

	switch (reg) {
	case HVR_HWREG_CR0:
		vmx_take(vmx);
		val = get_cr0(vmx);
		vmx_release();
		return val;
	case HVR_HWREG_CR2:
		return vmx->cr2;
	case HVR_HWREG_CR3:
		return read_field(vmx, VMCS_GUEST_CR3);
	case HVR_HWREG_CR4:
		return vmx->cr4;
	case HVR_HWREG_EFER:
		return read_field(vmx, VMCS_GUEST_EFER);
	case HVR_HWREG_PAT:
		return vmx->pat;
	case HVR_HWREG_STAR:
		return vmx->syscall[VMX_STAR];
	case HVR_HWREG_LSTAR:
		return vmx->syscall[VMX_LSTAR];
	case HVR_HWREG_CSTAR:
		return vmx->syscall[VMX_CSTAR];
	case HVR_HWREG_SFMASK:
		return vmx->syscall[VMX_SFMASK];
	case HVR_HWREG_KERNEL_GS_BASE:
		return get_kernel_gs_base(vmx);
	case HVR_HWREG_SYSENTER_CS:
		return read_field(vmx, VMCS_GUEST_SYSENTER_CS);
	case HVR_HWREG_SYSENTER_ESP:
		return read_field(vmx, VMCS_GUEST_SYSENTER_ESP);
	case HVR_HWREG_SYSENTER_EIP:
		return read_field(vmx, VMCS_GUEST_SYSENTER_EIP);
	case HVR_HWREG_DR6:
		return vmx->dr6;
	case HVR_HWREG_DR7:
		return vmx->dr7;
	case HVR_HWREG_DEBUGCTL:
		return vmx->debugctl;
	case HVR_HWREG_SPEC_CTRL:
		return vp->spec_ctrl;
	case HVR_NR_HWREGS:
		break;
	}
	return 0;
}

/* The CPU has the guest's between load and put only, and only if EFER.SCE is set. */
static void set_syscall(struct vmx_vp *vmx, enum vmx_syscall_msr i, u32 msr,
			u64 val)
{
	if (vmx->syscall_loaded && i < vmx_host_nr_syscall())
		wrmsrq(msr, val);
	vmx->syscall[i] = val;
}

static void set_efer(struct vmx_vp *vmx, u64 val)
{
	write_field(vmx, VMCS_GUEST_EFER, val);
	vmx->has_syscall = val & EFER_SCE;
	if (vmx->in_turn)
		vmx_host_load_syscall(vmx);
}

static void set_kernel_gs_base(struct vmx_vp *vmx, u64 val)
{
	if (vmx->in_turn)
		wrmsrq(MSR_KERNEL_GS_BASE, val);
	vmx->kernel_gs_base = val;
}

static void set_cr0(struct vmx_vp *vmx, u64 val)
{
	vmx->cr0_shadow = val;
	vmx_take(vmx);
	vmx_write(VMCS_CR0_SHADOW, val);
	vmx_write(VMCS_GUEST_CR0, (val & ~(X86_CR0_NW | X86_CR0_CD)) |
		  X86_CR0_NE | X86_CR0_ET);
	vmx_release();
}

static void set_cr4(struct vmx_vp *vmx, u64 val)
{
	vmx->cr4 = val;
	vmx_take(vmx);
	vmx_write(VMCS_CR4_SHADOW, val);
	vmx_write(VMCS_GUEST_CR4, val | X86_CR4_VMXE);
	vmx_release();
}

/* What decides how the guest runs; checked once, before the next entry. */
static bool set_mode_reg(struct vmx_vp *vmx, enum hvr_hwreg reg, u64 val)
{
	switch (reg) {
	case HVR_HWREG_CR0:
		set_cr0(vmx, val);
		break;
	case HVR_HWREG_CR3:
		write_field(vmx, VMCS_GUEST_CR3, val);
		break;
	case HVR_HWREG_CR4:
		set_cr4(vmx, val);
		break;
	case HVR_HWREG_EFER:
		set_efer(vmx, val);
		break;
	default:
		return false;
	}
	vmx->unchecked = true;
	vmx->pdptes_old = true;
	vmx->pdpte_tries = 0;
	return true;
}

static bool set_syscall_reg(struct vmx_vp *vmx, enum hvr_hwreg reg, u64 val)
{
	switch (reg) {
	case HVR_HWREG_STAR:
		set_syscall(vmx, VMX_STAR, MSR_STAR, val);
		return true;
	case HVR_HWREG_LSTAR:
		set_syscall(vmx, VMX_LSTAR, MSR_LSTAR, val);
		return true;
	case HVR_HWREG_CSTAR:
		set_syscall(vmx, VMX_CSTAR, MSR_CSTAR, val);
		return true;
	case HVR_HWREG_SFMASK:
		set_syscall(vmx, VMX_SFMASK, MSR_SYSCALL_MASK, val);
		return true;
	case HVR_HWREG_KERNEL_GS_BASE:
		set_kernel_gs_base(vmx, val);
		return true;
	case HVR_HWREG_SYSENTER_CS:
		write_field(vmx, VMCS_GUEST_SYSENTER_CS, (u32)val);
		return true;
	case HVR_HWREG_SYSENTER_ESP:
		write_field(vmx, VMCS_GUEST_SYSENTER_ESP, val);
		return true;
	case HVR_HWREG_SYSENTER_EIP:
		write_field(vmx, VMCS_GUEST_SYSENTER_EIP, val);
		return true;
	default:
		return false;
	}
}

void vmx_set_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	if (set_mode_reg(vmx, reg, val) || set_syscall_reg(vmx, reg, val))
		return;
	switch (reg) {
	case HVR_HWREG_CR2:
		vmx->cr2 = val;
		break;
	case HVR_HWREG_PAT:
		vmx->pat = val;
		write_field(vmx, VMCS_GUEST_PAT, val);
		break;
	case HVR_HWREG_DR6:
		vmx->dr6 = val;
		break;
	case HVR_HWREG_DR7:
		vmx->dr7 = val;
		write_field(vmx, VMCS_GUEST_DR7, val);
		break;
	case HVR_HWREG_DEBUGCTL:
		/* Branch records stay the host's. */
		vmx->debugctl = val;
		write_field(vmx, VMCS_GUEST_DEBUGCTL, val & DEBUGCTLMSR_BTF);
		break;
	case HVR_HWREG_SPEC_CTRL:
		vp->spec_ctrl = val;
		break;
	default:
		break;
	}
}

/* ---- segments ---- */

static void read_raw_segment(enum hvr_seg_index i, struct vmx_segment *s)
{
	s->selector = vmx_read(VMCS_SEG(VMCS_GUEST_SELECTOR, i));
	s->limit = vmx_read(VMCS_SEG(VMCS_GUEST_LIMIT, i));
	s->rights = vmx_read(VMCS_SEG(VMCS_GUEST_RIGHTS, i));
	s->base = vmx_read(VMCS_SEG(VMCS_GUEST_BASE, i));
}

static void write_raw_segment(enum hvr_seg_index i, const struct vmx_segment *s)
{
	vmx_write(VMCS_SEG(VMCS_GUEST_SELECTOR, i), s->selector);
	vmx_write(VMCS_SEG(VMCS_GUEST_LIMIT, i), s->limit);
	vmx_write(VMCS_SEG(VMCS_GUEST_RIGHTS, i), s->rights);
	vmx_write(VMCS_SEG(VMCS_GUEST_BASE, i), s->base);
}

static __always_inline void read_segment(enum hvr_seg_index i,
					 struct hvr_segment *out)
{
	out->base = vmx_read(VMCS_SEG(VMCS_GUEST_BASE, i));
	out->limit = vmx_read(VMCS_SEG(VMCS_GUEST_LIMIT, i));
	out->selector = vmx_read(VMCS_SEG(VMCS_GUEST_SELECTOR, i));
	out->attr = vmx_unpack_rights(vmx_read(VMCS_SEG(VMCS_GUEST_RIGHTS, i)));
}

void vmx_get_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     struct hvr_segment *out)
{
	vmx_take(to_vmx_vp(vp));
	read_segment(seg, out);
	vmx_release();
}

void vmx_set_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     const struct hvr_segment *in)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);
	const struct vmx_segment s = {
		.selector = in->selector,
		.limit = in->limit,
		.rights = vmx_pack_rights(in->attr),
		.base = in->base,
	};

	vmx_take(vmx);
	write_raw_segment(seg, &s);
	vmx_release();
	vmx->unchecked = true;
}

void vmx_get_context(struct hvr_vp *vp, struct hvr_context *out)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	vmx_take(vmx);
	out->cr0 = get_cr0(vmx);
	out->cr3 = vmx_read(VMCS_GUEST_CR3);
	out->cr4 = vmx->cr4;
	out->efer = vmx_read(VMCS_GUEST_EFER);
	out->dr7 = vmx->dr7;
	out->cpl = (vmx_read(VMCS_SEG(VMCS_GUEST_RIGHTS, HVR_SEG_SS)) >> 5) & 3;
	read_segment(HVR_SEG_CS, &out->cs);
	vmx_release();
	out->interrupt_shadow = vmx->interruptibility & VMX_SHADOW_MASK;
	out->nmi_masked = vmx->interruptibility & VMX_NMI_BLOCKED;
}

void vmx_get_data_segments(struct hvr_vp *vp, struct hvr_segment *out)
{
	unsigned int i;

	vmx_take(to_vmx_vp(vp));
	read_segment(HVR_SEG_ES, &out[HVR_SEG_ES]);
	for (i = HVR_SEG_SS; i <= HVR_SEG_GS; i++)
		read_segment(i, &out[i]);
	vmx_release();
}

void vmx_get_table(struct hvr_vp *vp, bool idt, struct hvr_table *out)
{
	vmx_take(to_vmx_vp(vp));
	out->base = vmx_read(idt ? VMCS_GUEST_IDTR_BASE : VMCS_GUEST_GDTR_BASE);
	out->limit = vmx_read(idt ? VMCS_GUEST_IDTR_LIMIT :
				    VMCS_GUEST_GDTR_LIMIT);
	vmx_release();
}

void vmx_set_table(struct hvr_vp *vp, bool idt, const struct hvr_table *in)
{
	vmx_take(to_vmx_vp(vp));
	vmx_write(idt ? VMCS_GUEST_IDTR_BASE : VMCS_GUEST_GDTR_BASE, in->base);
	vmx_write(idt ? VMCS_GUEST_IDTR_LIMIT : VMCS_GUEST_GDTR_LIMIT,
		  in->limit);
	vmx_release();
}

/* ---- before an entry ---- */

static void settle_efer(struct vmx_vp *vmx, u64 cr0, struct vmx_mode *mode)
{
	u64 old = vmx_read(VMCS_GUEST_EFER);
	u64 efer = old & ~(u64)EFER_LMA;
	u32 entry = vmx->entry & ~BIT(VMX_ENTRY_LONG_MODE);

	mode->long_mode = (efer & EFER_LME) && (cr0 & X86_CR0_PG);
	if (mode->long_mode) {
		efer |= EFER_LMA;
		entry |= BIT(VMX_ENTRY_LONG_MODE);
	}
	if (efer != old)
		vmx_write(VMCS_GUEST_EFER, efer);
	/* The CPU changes this bit of the field, too. */
	vmx->entry = entry;
	vmx_write(VMCS_ENTRY_CONTROLS, entry);
}

static void settle_segments(const struct vmx_mode *mode)
{
	struct vmx_segment seg[HVR_NR_SEGS], old[HVR_NR_SEGS];
	unsigned int i;

	for (i = 0; i < HVR_NR_SEGS; i++)
		read_raw_segment(i, &seg[i]);
	memcpy(old, seg, sizeof(seg));
	vmx_fix_segments(seg, mode);
	for (i = 0; i < HVR_NR_SEGS; i++)
		if (seg[i].selector != old[i].selector ||
		    seg[i].limit != old[i].limit ||
		    seg[i].rights != old[i].rights || seg[i].base != old[i].base)
			write_raw_segment(i, &seg[i]);
}

/* PAE paging takes its four top entries when CR3 is written, and from the control
 * structure at an entry. What the CPU would refuse counts as not present.
 */
static int load_pdptes(struct vmx_vp *vmx, u64 *gpa)
{
	struct hvr_vp *vp = &vmx->vp;
	u64 reserved = GENMASK_ULL(63, hvr_cpuid_maxphyaddr(vp)) |
		       GENMASK_ULL(8, 5) | GENMASK_ULL(2, 1);
	u64 pdpte[4];
	unsigned int i;

	*gpa = vmx_read(VMCS_GUEST_CR3) & 0xffffffe0ULL;
	if (hvr_guest_read_atomic(vp->pt, *gpa, pdpte, sizeof(pdpte)) &&
	    vmx->pdpte_tries++ < PDPTE_TRIES)
		return -EAGAIN;
	for (i = 0; i < 4; i++) {
		if ((pdpte[i] & 1) && (pdpte[i] & reserved))
			pdpte[i] = 0;
		vmx_write(VMCS_GUEST_PDPTE0 + 2 * i, pdpte[i]);
	}
	return 0;
}

int vmx_settle(struct vmx_vp *vmx, u64 *gpa)
{
	u64 cr0 = vmx_read(VMCS_GUEST_CR0);
	struct vmx_mode mode = {
		.protected = cr0 & X86_CR0_PE,
		.v86 = vmx->vp.rflags & X86_EFLAGS_VM,
	};
	int err;

	settle_efer(vmx, cr0, &mode);
	settle_segments(&mode);
	if (vmx->pdptes_old && (cr0 & X86_CR0_PG) &&
	    (vmx->cr4 & X86_CR4_PAE) && !mode.long_mode) {
		err = load_pdptes(vmx, gpa);
		if (err)
			return err;
	}
	vmx->pdptes_old = false;
	vmx->unchecked = false;
	return 0;
}

/* ---- dump ---- */

static void dump_segments(void)
{
	static const char * const names[HVR_NR_SEGS] = {
		"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr",
	};
	struct vmx_segment s;
	unsigned int i;

	for (i = 0; i < HVR_NR_SEGS; i++) {
		read_raw_segment(i, &s);
		pr_err("  %-4s sel %04x rights %05x limit %08x base %016llx\n",
		       names[i], s.selector, s.rights, s.limit, s.base);
	}
}

void vmx_dump(struct hvr_vp *vp)
{
	struct vmx_vp *vmx = to_vmx_vp(vp);

	vmx_take(vmx);
	pr_err("hvroot: p%llu vp%u control structure:\n", vp->pt->id, vp->index);
	pr_err("  reason %llx qualification %llx error %llu event %llx vectoring %llx inject %llx\n",
	       vmx_read(VMCS_EXIT_REASON), vmx_read(VMCS_QUALIFICATION),
	       vmx_read(VMCS_INSTRUCTION_ERROR), vmx_read(VMCS_EXIT_EVENT),
	       vmx_read(VMCS_VECTORING_EVENT), vmx_read(VMCS_ENTRY_EVENT));
	pr_err("  pin %llx proc %llx proc2 %llx exit %llx entry %llx eptp %llx vpid %llx\n",
	       vmx_read(VMCS_PIN_CONTROLS), vmx_read(VMCS_PROC_CONTROLS),
	       vmx_read(VMCS_PROC2_CONTROLS), vmx_read(VMCS_EXIT_CONTROLS),
	       vmx_read(VMCS_ENTRY_CONTROLS), vmx_read(VMCS_EPT_POINTER),
	       vmx_read(VMCS_VPID));
	pr_err("  cr0 %llx (guest %llx) cr2 %llx cr3 %llx cr4 %llx (guest %llx) efer %llx\n",
	       vmx_read(VMCS_GUEST_CR0), get_cr0(vmx), vmx->cr2,
	       vmx_read(VMCS_GUEST_CR3), vmx_read(VMCS_GUEST_CR4), vmx->cr4,
	       vmx_read(VMCS_GUEST_EFER));
	pr_err("  rip %llx rsp %llx rflags %llx dr6 %llx dr7 %llx pat %llx debugctl %llx\n",
	       vmx_read(VMCS_GUEST_RIP), vmx_read(VMCS_GUEST_RSP),
	       vmx_read(VMCS_GUEST_RFLAGS), vmx->dr6, vmx_read(VMCS_GUEST_DR7),
	       vmx_read(VMCS_GUEST_PAT), vmx_read(VMCS_GUEST_DEBUGCTL));
	pr_err("  interruptibility %llx activity %llx pending debug %llx\n",
	       vmx_read(VMCS_GUEST_INTERRUPTIBILITY),
	       vmx_read(VMCS_GUEST_ACTIVITY),
	       vmx_read(VMCS_GUEST_PENDING_DEBUG));
	dump_segments();
	pr_err("  gdtr %04llx %016llx idtr %04llx %016llx\n",
	       vmx_read(VMCS_GUEST_GDTR_LIMIT), vmx_read(VMCS_GUEST_GDTR_BASE),
	       vmx_read(VMCS_GUEST_IDTR_LIMIT), vmx_read(VMCS_GUEST_IDTR_BASE));
	vmx_release();
}
