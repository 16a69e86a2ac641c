// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state around a VP's turn: what an exit brings back by itself is kept
 * true in the control structure, the rest is saved at load and restored at put.
 */
#include <linux/bitfield.h>
#include <linux/percpu.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

#include "vmx.h"

static const u32 syscall_msrs[VMX_NR_SYSCALL_MSRS] = {
	[VMX_STAR] = MSR_STAR,
	[VMX_LSTAR] = MSR_LSTAR,
	[VMX_SFMASK] = MSR_SYSCALL_MASK,
	[VMX_CSTAR] = MSR_CSTAR,
};

/* The base of the task state segment, from the table that the CPU uses. */
static u64 tss_base(const struct desc_ptr *gdt, u16 selector)
{
	const struct ldttss_desc *d =
		(const void *)(gdt->address + (selector & ~7));

	return d->base0 | (u64)d->base1 << 16 | (u64)d->base2 << 24 |
	       (u64)d->base3 << 32;
}

/* What is the same on this CPU at all times; rarely needed. */
static noinline void write_cpu_state(struct vmx_vp *vmx, int cpu)
{
	struct desc_ptr idt;
	u64 val;
	u16 tr;

	asm volatile("sidt %0" : "=m"(idt));
	asm volatile("str %0" : "=r"(tr));
	vmx_write(VMCS_HOST_GDTR_BASE, vmx->host.gdt.address);
	vmx_write(VMCS_HOST_IDTR_BASE, idt.address);
	vmx_write(VMCS_HOST_TR_SELECTOR, tr);
	vmx_write(VMCS_HOST_TR_BASE, tss_base(&vmx->host.gdt, tr));
	rdmsrq(MSR_GS_BASE, val);
	vmx_write(VMCS_HOST_GS_BASE, val);
	rdmsrq(MSR_IA32_SYSENTER_CS, val);
	vmx_write(VMCS_HOST_SYSENTER_CS, (u32)val);
	rdmsrq(MSR_IA32_SYSENTER_ESP, val);
	vmx_write(VMCS_HOST_SYSENTER_ESP, val);
	rdmsrq(MSR_IA32_SYSENTER_EIP, val);
	vmx_write(VMCS_HOST_SYSENTER_EIP, val);
	rdmsrq(MSR_EFER, val);
	vmx_write(VMCS_HOST_EFER, val);
	rdmsrq(MSR_IA32_CR_PAT, val);
	vmx_write(VMCS_HOST_PAT, val);
	vmx_write(VMCS_HOST_CR0, read_cr0() & ~X86_CR0_TS);
	vmx->host_cpu = cpu;
}

/* An exit leaves these selectors empty; only 32-bit VMMs have others. */
static void save_selectors(struct vmx_host *host)
{
	savesegment(ds, host->ds);
	savesegment(es, host->es);
	savesegment(fs, host->fs);
	savesegment(gs, host->gs);
}

static void restore_selectors(const struct vmx_host *host)
{
	if (host->ds | host->es) {
		loadsegment(ds, host->ds);
		loadsegment(es, host->es);
	}
	if (host->fs) {
		loadsegment(fs, host->fs);
		vmx_wrmsr(MSR_FS_BASE, host->fs_base);
	}
	if (host->gs)
		load_gs_index(host->gs);
}

unsigned int vmx_host_nr_syscall(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL ? VMX_CSTAR :
							      VMX_NR_SYSCALL_MSRS;
}

/* The kernel itself uses none of them before it leaves for user mode. */
static void swap_syscall(const u64 *from, const u64 *to)
{
	unsigned int i, nr = vmx_host_nr_syscall();

	for (i = 0; i < nr; i++)
		if (from[i] != to[i])
			vmx_wrmsr(syscall_msrs[i], to[i]);
}

void vmx_host_load_syscall(struct vmx_vp *vmx)
{
	if (!vmx->has_syscall || vmx->syscall_loaded)
		return;
	swap_syscall(vmx_cpu_host_syscall(), vmx->syscall);
	vmx->syscall_loaded = true;
}

static void restore_syscall(struct vmx_vp *vmx)
{
	if (!vmx->syscall_loaded)
		return;
	swap_syscall(vmx->syscall, vmx_cpu_host_syscall());
	vmx->syscall_loaded = false;
}

void vmx_host_save(struct vmx_vp *vmx, int cpu)
{
	struct vmx_host *host = &vmx->host;

	native_store_gdt(&host->gdt);
	if (vmx->host_cpu != cpu) {
		write_cpu_state(vmx, cpu);
		vmx->flush = true;
	}
	save_selectors(host);
	host->fs_base = vmx_rdmsr(MSR_FS_BASE);
	if (vmx->host_fs_base != host->fs_base) {
		vmx_write(VMCS_HOST_FS_BASE, host->fs_base);
		vmx->host_fs_base = host->fs_base;
	}
	host->kernel_gs_base = vmx_rdmsr(MSR_KERNEL_GS_BASE);
	vmx_wrmsr(MSR_KERNEL_GS_BASE, vmx->kernel_gs_base);
	vmx_host_load_syscall(vmx);
	host->debugctl = vmx_rdmsr(MSR_IA32_DEBUGCTLMSR);
	if (vmx_caps.has_rdtscp) {
		host->tsc_aux = vmx_rdmsr(MSR_TSC_AUX);
		vmx->live_tsc_aux = host->tsc_aux;
	}
	if (vmx_caps.has_spec_ctrl)
		host->spec_ctrl = vmx_rdmsr(MSR_IA32_SPEC_CTRL);
	vmx->in_turn = true;
}

/* An exit widens the limits of the descriptor tables to 64 KiB and cuts that of the
 * task state segment: user mode must find them as they were.
 */
void vmx_host_restore(struct vmx_vp *vmx)
{
	struct vmx_host *host = &vmx->host;

	vmx->in_turn = false;
	native_load_gdt(&host->gdt);
	invalidate_tss_limit();
	restore_selectors(host);
	vmx->kernel_gs_base = vmx_rdmsr(MSR_KERNEL_GS_BASE);
	vmx_wrmsr(MSR_KERNEL_GS_BASE, host->kernel_gs_base);
	restore_syscall(vmx);
	if (vmx_caps.has_rdtscp && vmx->live_tsc_aux != host->tsc_aux)
		vmx_wrmsr(MSR_TSC_AUX, host->tsc_aux);
}
