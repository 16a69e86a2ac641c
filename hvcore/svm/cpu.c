// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVM on one CPU: probe, enable, disable, address-space ids, barriers.
 */
#include <linux/cc_platform.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "svm.h"

#define CPUID_SVM		0x8000000a
#define SVM_FEAT_NPT		BIT(0)
#define SVM_FEAT_LOCK		BIT(2)
#define SVM_FEAT_NRIPS		BIT(3)
#define SVM_FEAT_VMCB_CLEAN	BIT(5)
#define SVM_FEAT_FLUSH_ASID	BIT(6)
#define SVM_FEAT_DECODE		BIT(7)
#define SVM_FEAT_V_SPEC_CTRL	BIT(20)

#define VM_CR_SVMDIS		BIT_ULL(4)

struct svm_caps svm_caps;

struct svm_cpu {
	struct page *hsave;		/* the CPU's own save area */
	struct page *host;		/* what VMSAVE keeps of the host */
	u64 asid_generation;
	u32 next_asid;
	u64 last_partition;		/* id of the partition that ran here last */
	bool enabled;
};

static DEFINE_PER_CPU(struct svm_cpu, svm_cpu);

/* "TCGTCGTCGTCG" in the leaf where virtual CPUs name their maker. */
static bool emulated_by_qemu(void)
{
	u32 eax, ebx, ecx, edx;

	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return false;
	cpuid(0x40000000, &eax, &ebx, &ecx, &edx);
	return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;
}

static void read_caps(void)
{
	u32 eax, ebx, ecx, edx;

	cpuid(CPUID_SVM, &eax, &ebx, &ecx, &edx);
	svm_caps.nr_asids = ebx;
	svm_caps.next_rip = edx & SVM_FEAT_NRIPS;
	svm_caps.decode_assists = edx & SVM_FEAT_DECODE;
	svm_caps.flush_by_asid = edx & SVM_FEAT_FLUSH_ASID;
	svm_caps.vmcb_clean = edx & SVM_FEAT_VMCB_CLEAN;
	svm_caps.v_spec_ctrl = edx & SVM_FEAT_V_SPEC_CTRL;
	svm_caps.has_spec_ctrl = boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL);
	svm_caps.has_rdtscp = boot_cpu_has(X86_FEATURE_RDTSCP);
	svm_caps.has_ibpb = boot_cpu_has(X86_FEATURE_IBPB);
	svm_caps.emulated = emulated_by_qemu();
	svm_caps.ibpb_on_exit = boot_cpu_has(X86_FEATURE_IBPB_ON_VMEXIT);
#ifdef X86_FEATURE_CLEAR_CPU_BUF_VM
	svm_caps.clear_buffers = boot_cpu_has(X86_FEATURE_CLEAR_CPU_BUF_VM);
#endif
}

int svm_probe(void)
{
	u32 edx;
	u64 vm_cr;

	if (!boot_cpu_has(X86_FEATURE_SVM)) {
		pr_err("hvroot: svm: this CPU has no SVM (CPUID Fn8000_0001 ECX bit 2)\n");
		return -EOPNOTSUPP;
	}
	if (cpuid_eax(0x80000000) < CPUID_SVM) {
		pr_err("hvroot: svm: CPUID leaf Fn8000_000A is missing\n");
		return -EOPNOTSUPP;
	}
	edx = cpuid_edx(CPUID_SVM);
	if (!rdmsrq_safe(MSR_VM_CR, &vm_cr) && (vm_cr & VM_CR_SVMDIS)) {
		if (edx & SVM_FEAT_LOCK)
			pr_err("hvroot: svm: the firmware disabled SVM with a key (VM_CR.SVMDIS): enable virtualisation in its setup\n");
		else
			pr_err("hvroot: svm: the firmware disabled SVM for good (VM_CR.SVMDIS): enable virtualisation in its setup and power-cycle\n");
		return -EACCES;
	}
	if (!(edx & SVM_FEAT_NPT)) {
		pr_err("hvroot: svm: this CPU has no nested paging (CPUID Fn8000_000A EDX bit 0)\n");
		return -EOPNOTSUPP;
	}
	if (!boot_cpu_has(X86_FEATURE_NX)) {
		pr_err("hvroot: svm: no-execute pages are off (EFER.NXE): enable NX in the firmware or drop noexec=off\n");
		return -EOPNOTSUPP;
	}
	if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT)) {
		pr_err("hvroot: svm: the host encrypts its memory (SME), which nested tables here do not follow: boot with mem_encrypt=off\n");
		return -EOPNOTSUPP;
	}
	if (cpuid_ebx(CPUID_SVM) < 2) {
		pr_err("hvroot: svm: this CPU offers no address-space ids\n");
		return -EOPNOTSUPP;
	}
	read_caps();
	svm_npt_setup();
	return 0;
}

bool svm_cpu_busy(void)
{
	u64 efer;

	rdmsrq(MSR_EFER, efer);
	return (efer & EFER_SVME) && !this_cpu_read(svm_cpu.enabled);
}

int svm_cpu_enable(void)
{
	struct svm_cpu *c = this_cpu_ptr(&svm_cpu);
	u64 efer;

	if (c->enabled)
		return 0;
	rdmsrq(MSR_EFER, efer);
	if (efer & EFER_SVME)
		return -EBUSY;
	wrmsrq(MSR_EFER, efer | EFER_SVME);
	wrmsrq(MSR_VM_HSAVE_PA, page_to_phys(c->hsave));
	/* A new generation makes every id handed out before invalid. */
	c->asid_generation++;
	c->next_asid = svm_caps.nr_asids;
	c->last_partition = 0;
	c->enabled = true;
	return 0;
}

void svm_cpu_disable(void)
{
	struct svm_cpu *c = this_cpu_ptr(&svm_cpu);
	u64 efer;

	if (!c->enabled)
		return;
	c->enabled = false;
	/* A crash may come while GIF is clear; INIT and NMI need it set. */
	asm volatile("stgi" : : : "memory");
	wrmsrq(MSR_VM_HSAVE_PA, 0);
	rdmsrq(MSR_EFER, efer);
	wrmsrq(MSR_EFER, efer & ~EFER_SVME);
}

void svm_cpu_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct svm_cpu *c = per_cpu_ptr(&svm_cpu, cpu);

		if (c->hsave)
			__free_page(c->hsave);
		if (c->host)
			__free_page(c->host);
		c->hsave = NULL;
		c->host = NULL;
	}
}

int svm_cpu_alloc(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct svm_cpu *c = per_cpu_ptr(&svm_cpu, cpu);
		int node = cpu_to_node(cpu);

		c->hsave = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
		c->host = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
		if (!c->hsave || !c->host) {
			svm_cpu_free();
			return -ENOMEM;
		}
	}
	return 0;
}

u64 svm_cpu_host_area(void)
{
	const struct svm_cpu *c = this_cpu_ptr(&svm_cpu);

	return c->enabled ? page_to_phys(c->host) : 0;
}

bool svm_cpu_assign_asid(struct svm_vp *svm, int cpu)
{
	struct svm_cpu *c = this_cpu_ptr(&svm_cpu);
	bool flush_all = false;

	if (c->next_asid >= svm_caps.nr_asids) {
		c->asid_generation++;
		c->next_asid = 1;
		flush_all = true;
	}
	svm->asid_cpu = cpu;
	svm->asid_generation = c->asid_generation;
	svm->vmcb->control.asid = c->next_asid++;
	svm->vmcb->control.clean &= ~SVM_CLEAN_ASID;
	return flush_all;
}

bool svm_cpu_asid_valid(const struct svm_vp *svm, int cpu)
{
	return svm->asid_cpu == cpu &&
	       svm->asid_generation == this_cpu_read(svm_cpu.asid_generation);
}

void svm_cpu_isolate(struct hvr_partition *pt)
{
	struct svm_cpu *c = this_cpu_ptr(&svm_cpu);

	if (c->last_partition == pt->id)
		return;
	if (c->last_partition && svm_caps.has_ibpb)
		wrmsrq(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
	c->last_partition = pt->id;
}
