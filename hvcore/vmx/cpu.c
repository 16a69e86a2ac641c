// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX on one CPU: probe, VMXON, VMXOFF, whose control structure is where, barriers.
 *
 * A control structure is cached by the CPU that loaded it last, which has to write
 * it back (VMCLEAR) before another may load it. Each CPU keeps a list of those that
 * it caches, changed there only and with IRQs off.
 */
#include <linux/bitfield.h>
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/smt.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

#include "vmx.h"

#define CPUID_1_ECX_VMX		BIT(5)
#define CPUID_1_ECX_SMX		BIT(6)

struct vmx_caps vmx_caps;

struct vmx_cpu {
	struct page *region;		/* VMXON's */
	struct list_head cached;	/* struct vmx_vp */
	u64 last_partition;		/* id of the partition that ran here last */
	bool enabled;
};

static DEFINE_PER_CPU(struct vmx_cpu, vmx_cpu);
DEFINE_PER_CPU(struct vmx_vp *, vmx_current);

static u64 host_syscall[VMX_NR_SYSCALL_MSRS];

/* ---- probe ---- */

/* The kernel hides VMX when the firmware did not enable it for the way in which the
 * kernel was started: measured (TXT) or not.
 */
static int check_firmware(void)
{
	bool outside, inside;
	u64 ctl;

	if (rdmsrq_safe(MSR_IA32_FEAT_CTL, &ctl)) {
		pr_err("hvroot: vmx: IA32_FEATURE_CONTROL cannot be read\n");
		return -EIO;
	}
	outside = ctl & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	inside = ctl & FEAT_CTL_VMX_ENABLED_INSIDE_SMX;
	if (!(ctl & FEAT_CTL_LOCKED)) {
		pr_err("hvroot: vmx: IA32_FEATURE_CONTROL is not locked: neither firmware nor kernel enabled VMX\n");
		return -EACCES;
	}
	if (!outside && inside) {
		pr_err("hvroot: vmx: the firmware allows VMX after a measured launch (TXT) only: enable virtualisation without TXT in its setup\n");
		return -EPERM;
	}
	if (!outside) {
		pr_err("hvroot: vmx: the firmware disabled VMX (IA32_FEATURE_CONTROL is locked): enable virtualisation in its setup and power-cycle\n");
		return -EACCES;
	}
	if (boot_cpu_has(X86_FEATURE_VMX))
		return 0;
	if (!inside && (cpuid_ecx(1) & CPUID_1_ECX_SMX)) {
		pr_err("hvroot: vmx: the kernel was started by a measured launch (TXT), where the firmware forbids VMX: boot without tboot\n");
		return -EPERM;
	}
	pr_err("hvroot: vmx: the kernel hides VMX: drop clearcpuid=vmx\n");
	return -EACCES;
}

static u64 read_cap(u32 msr)
{
	u64 val = 0;

	rdmsrq_safe(msr, &val);
	return val;
}

static int read_caps(void)
{
	struct vmx_raw_caps raw = {
		.basic = read_cap(MSR_IA32_VMX_BASIC),
		.misc = read_cap(MSR_IA32_VMX_MISC),
		.pin = read_cap(MSR_IA32_VMX_TRUE_PINBASED_CTLS),
		.proc = read_cap(MSR_IA32_VMX_TRUE_PROCBASED_CTLS),
		.proc2 = read_cap(MSR_IA32_VMX_PROCBASED_CTLS2),
		.exit = read_cap(MSR_IA32_VMX_TRUE_EXIT_CTLS),
		.entry = read_cap(MSR_IA32_VMX_TRUE_ENTRY_CTLS),
		.ept = read_cap(MSR_IA32_VMX_EPT_VPID_CAP),
	};
	const char *missing = vmx_choose_controls(&raw, &vmx_caps);

	if (missing) {
		pr_err("hvroot: vmx: this CPU's VMX lacks %s, which is required\n",
		       missing);
		return -EOPNOTSUPP;
	}
	return 0;
}

static bool leaks_buffers(void)
{
#ifdef X86_BUG_RFDS
	if (boot_cpu_has_bug(X86_BUG_RFDS))
		return true;
#endif
	return boot_cpu_has_bug(X86_BUG_MDS) || boot_cpu_has_bug(X86_BUG_TAA) ||
	       boot_cpu_has_bug(X86_BUG_MMIO_STALE_DATA);
}

static void choose_mitigations(void)
{
	bool off = cpu_mitigations_off();

	vmx_caps.has_spec_ctrl = boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL);
	vmx_caps.has_rdtscp = boot_cpu_has(X86_FEATURE_RDTSCP);
	vmx_caps.has_ibpb = boot_cpu_has(X86_FEATURE_IBPB);
	vmx_caps.legacy_ibrs = boot_cpu_has(X86_FEATURE_KERNEL_IBRS);
	vmx_caps.clear_buffers = !off && leaks_buffers() &&
				 boot_cpu_has(X86_FEATURE_MD_CLEAR);
	if (off || !boot_cpu_has_bug(X86_BUG_L1TF))
		return;
	vmx_caps.flush_l1d = boot_cpu_has(X86_FEATURE_FLUSH_L1D);
	if (!vmx_caps.flush_l1d)
		pr_warn("hvroot: vmx: this CPU leaks its L1 cache to guests (L1TF) and its microcode cannot flush it: run trusted guests only\n");
	else if (sched_smt_active())
		pr_warn("hvroot: vmx: this CPU leaks its L1 cache to guests on the other thread (L1TF): boot with nosmt, or run trusted guests only\n");
}

int vmx_probe(void)
{
	int err;

	if (!hvr_have_vmxon()) {
		pr_err("hvroot: vmx: this kernel keeps VMXON to itself and lends it to KVM only: use a kernel that exports cr4_update_irqsoff() to all modules\n");
		return -EOPNOTSUPP;
	}
	if (!(cpuid_ecx(1) & CPUID_1_ECX_VMX)) {
		pr_err("hvroot: vmx: this CPU has no VMX (CPUID leaf 1 ECX bit 5)\n");
		return -EOPNOTSUPP;
	}
	err = check_firmware();
	if (err)
		return err;
	if (!boot_cpu_has(X86_FEATURE_NX)) {
		pr_err("hvroot: vmx: no-execute pages are off (EFER.NXE): enable NX in the firmware or drop noexec=off\n");
		return -EOPNOTSUPP;
	}
#ifdef X86_FEATURE_FRED
	/* Its events cannot be raised again by an INT instruction. */
	if (boot_cpu_has(X86_FEATURE_FRED)) {
		pr_err("hvroot: vmx: the kernel uses FRED, under which a host NMI that ends a guest's turn would be lost: boot with fred=off\n");
		return -EOPNOTSUPP;
	}
#endif
	err = read_caps();
	if (err)
		return err;
	choose_mitigations();
	vmx_ept_setup();
	rdmsrq(MSR_STAR, host_syscall[VMX_STAR]);
	rdmsrq(MSR_LSTAR, host_syscall[VMX_LSTAR]);
	rdmsrq(MSR_SYSCALL_MASK, host_syscall[VMX_SFMASK]);
	rdmsrq(MSR_CSTAR, host_syscall[VMX_CSTAR]);
	return 0;
}

const u64 *vmx_cpu_host_syscall(void)
{
	return host_syscall;
}

/* ---- control structures ---- */

static void clear_structure(struct vmx_vp *vmx)
{
	asm volatile("1: vmclear %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "m"(vmx->vmcs_pa) : "cc", "memory");
}

static void make_current(struct vmx_vp *vmx)
{
	asm goto("1: vmptrld %0\n"
		 "jna %l[failed]\n"
		 "2:\n"
		 _ASM_EXTABLE(1b, 2b)
		 : : "m"(vmx->vmcs_pa) : "cc", "memory" : failed);
	return;
failed:
	pr_err_ratelimited("hvroot: vmx: VMPTRLD of %llx failed\n",
			   vmx->vmcs_pa);
}

/* Write it back and forget it. On the CPU that has it, IRQs off. */
static void drop_here(struct vmx_vp *vmx)
{
	clear_structure(vmx);
	if (this_cpu_read(vmx_current) == vmx)
		this_cpu_write(vmx_current, NULL);
	list_del(&vmx->link);
	vmx->launched = false;
	/* Whoever sees it may load it on another CPU; pairs with cpu_of(). */
	smp_store_release(&vmx->cpu, -1);
}

static void drop_remote(void *arg)
{
	struct vmx_vp *vmx = arg;

	/* Switching VMX off may have come first. */
	if (vmx->cpu == smp_processor_id())
		drop_here(vmx);
}

static int cpu_of(const struct vmx_vp *vmx)
{
	/* Pairs with drop_here(): a VP is loaded by one thread at a time. */
	return smp_load_acquire(&vmx->cpu);
}

void vmx_vmcs_init(struct vmx_vp *vmx)
{
	*(u32 *)vmx->vmcs = vmx_caps.revision;
	vmx->cpu = -1;
}

/* A CPU that goes offline has given VMX up before the last tasks have left it: go,
 * and come back with preemption off on another one.
 */
static void leave_offline_cpu(void)
{
	while (!this_cpu_read(vmx_cpu.enabled) &&
	       !cpu_active(smp_processor_id())) {
		preempt_enable();
		schedule();
		preempt_disable();
	}
}

void vmx_vmcs_load(struct vmx_vp *vmx)
{
	unsigned long flags;
	struct vmx_cpu *c;
	int cpu, old;

	leave_offline_cpu();
	c = this_cpu_ptr(&vmx_cpu);
	cpu = smp_processor_id();
	old = cpu_of(vmx);

	if (old >= 0 && old != cpu)
		smp_call_function_single(old, drop_remote, vmx, 1);

	local_irq_save(flags);
	if (c->enabled && !vmx_vmcs_is_current(vmx)) {
		if (vmx->cpu != cpu) {
			clear_structure(vmx);
			list_add(&vmx->link, &c->cached);
			vmx->cpu = cpu;
		}
		make_current(vmx);
		this_cpu_write(vmx_current, vmx);
	}
	local_irq_restore(flags);
}

void vmx_vmcs_unload(struct vmx_vp *vmx)
{
	int cpu = cpu_of(vmx);

	/* An offline CPU has given up all that it had. */
	if (cpu >= 0)
		smp_call_function_single(cpu, drop_remote, vmx, 1);
}

void vmx_write_failed(u32 field, u64 val)
{
	pr_err_ratelimited("hvroot: vmx: VMWRITE of %llx to field %x failed (error %llu)\n",
			   val, field, vmx_read(VMCS_INSTRUCTION_ERROR));
}

/* ---- VMXON and VMXOFF ---- */

bool vmx_cpu_busy(void)
{
	return (__read_cr4() & X86_CR4_VMXE) && !this_cpu_read(vmx_cpu.enabled);
}

static int start_vmx(u64 region)
{
	asm goto("1: vmxon %0\n"
		 "ja 3f\n"
		 "2: jmp %l[failed]\n"
		 "3:\n"
		 _ASM_EXTABLE(1b, 2b)
		 : : "m"(region) : "cc", "memory" : failed);
	return 0;
failed:
	return -EIO;
}

int vmx_cpu_enable(void)
{
	struct vmx_cpu *c = this_cpu_ptr(&vmx_cpu);
	int err;

	if (c->enabled)
		return 0;
	if (__read_cr4() & X86_CR4_VMXE)
		return -EBUSY;
	*(u32 *)page_address(c->region) = vmx_caps.revision;
	hvr_vmxe_set();
	err = start_vmx(page_to_phys(c->region));
	if (err) {
		hvr_vmxe_clear();
		pr_err("hvroot: vmx: CPU %d refuses VMXON\n",
		       smp_processor_id());
		return err;
	}
	c->last_partition = 0;
	this_cpu_write(vmx_current, NULL);
	c->enabled = true;
	return 0;
}

/* A crash may come while the list is being changed: list_add() and list_del() keep
 * the way forward whole.
 */
void vmx_cpu_disable(void)
{
	struct vmx_cpu *c = this_cpu_ptr(&vmx_cpu);
	struct vmx_vp *vmx, *next;

	if (!c->enabled)
		return;
	c->enabled = false;
	list_for_each_entry_safe(vmx, next, &c->cached, link)
		drop_here(vmx);
	asm volatile("1: vmxoff\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : : "cc", "memory");
	hvr_vmxe_clear();
}

void vmx_cpu_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct vmx_cpu *c = per_cpu_ptr(&vmx_cpu, cpu);

		if (c->region)
			__free_page(c->region);
		c->region = NULL;
	}
}

int vmx_cpu_alloc(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct vmx_cpu *c = per_cpu_ptr(&vmx_cpu, cpu);

		INIT_LIST_HEAD(&c->cached);
		c->region = alloc_pages_node(cpu_to_node(cpu),
					     GFP_KERNEL | __GFP_ZERO, 0);
		if (!c->region) {
			vmx_cpu_free();
			return -ENOMEM;
		}
	}
	return 0;
}

/* ---- barriers ---- */

void vmx_cpu_isolate(struct hvr_partition *pt)
{
	struct vmx_cpu *c = this_cpu_ptr(&vmx_cpu);

	if (c->last_partition == pt->id)
		return;
	if (c->last_partition && vmx_caps.has_ibpb)
		wrmsrq(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	c->last_partition = pt->id;
}
