/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private types of the VMX backend, parted by the file that owns them.
 */
#ifndef HVCORE_VMX_VMX_H
#define HVCORE_VMX_VMX_H

#include <linux/percpu.h>
#include <asm/asm.h>
#include <asm/desc_defs.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

#include "../../compat/hw.h"
#include "../internal.h"
#include "pure.h"
#include "vmcs.h"

/* System-call registers that are the guest's from load to put, if it has switched
 * SYSCALL on. CSTAR is the last one: Intel's CPUs have no SYSCALL outside 64-bit mode
 * and so no use for it.
 */
enum vmx_syscall_msr {
	VMX_STAR, VMX_LSTAR, VMX_SFMASK, VMX_CSTAR, VMX_NR_SYSCALL_MSRS
};

/* Endless #DB or #AC delivery would hang the CPU (CVE-2015-8104, CVE-2015-5307); #MC
 * is the host's.
 */
#define VMX_OWN_EXCEPTIONS	(BIT(1) | BIT(17) | BIT(18))

/* What load found and put brings back. */
struct vmx_host {
	struct desc_ptr gdt;
	u64 fs_base;
	u64 kernel_gs_base;
	u64 tsc_aux;
	u64 spec_ctrl;
	u64 debugctl;
	u16 ds, es, fs, gs;
	struct hvr_host_debugregs debugregs;	/* from entry to exit */
};

/* The first member makes &vmx->vp and vmx the same address, which the entry code
 * relies on for the general registers.
 */
struct vmx_vp {
	struct hvr_vp vp;

	/* Where the control structure is; IRQs off on @cpu, see cpu.c. */
	struct list_head link;		/* in the list of @cpu */
	void *vmcs;			/* I */
	u64 vmcs_pa;			/* I */
	int cpu;			/* a  CPU that has it cached, -1: none */
	bool launched;			/* since the last VMCLEAR */

	u16 vpid;			/* I  0: none */
	void *apic_page;		/* I  the CPU's copy of the TPR */
	u64 eptp;			/* 1 */
	bool flush;			/* 1  before the next entry */
	bool flush_l1d;			/* 1  the host's data may be in the cache */

	struct vmx_host host;		/* 1 */
	int host_cpu;			/* 1  whose host state is in the VMCS */
	bool in_turn;			/* 1  between load and put */
	u64 host_cr3;			/* 1  as in the VMCS */
	u64 host_cr4;			/* 1 */
	u64 host_fs_base;		/* 1 */
	u64 host_rsp;			/* 1  enter.S */
	u64 live_tsc_aux;		/* 1  what the CPU has */

	u64 cr0_shadow;			/* V  the bits of CR0 that are not the CPU's */
	u64 cr2;			/* V */
	u64 cr4;			/* V  as the guest sees it */
	u64 dr6;			/* V */
	u64 dr7;			/* V  the guest cannot change it unseen */
	u64 debugctl;			/* V  as the guest sees it */
	u64 pat;			/* V */
	u64 kernel_gs_base;		/* V  while not between load and put */
	u64 syscall[VMX_NR_SYSCALL_MSRS]; /* V */
	bool has_syscall;		/* V  EFER.SCE */
	bool syscall_loaded;		/* 1  the CPU has the guest's */

	u32 proc;			/* V  as in the VMCS */
	u32 proc2;			/* V */
	u32 entry;			/* V */
	u32 exceptions;			/* V */
	u32 interruptibility;		/* V  valid while not in guest mode */
	u32 live_interruptibility;	/* 1  as in the VMCS */
	u64 live_rip;			/* 1 */
	u64 live_rsp;			/* 1 */
	u64 live_rflags;		/* 1 */
	bool unchecked;			/* V  registers were set, see vmx_settle() */
	bool pdptes_old;		/* V  ... and the PDPTEs may be others */
	u8 pdpte_tries;			/* 1 */

	struct hvr_event injected;	/* 1  for the next entry */
	u32 vectoring;			/* 1  event that the last exit interrupted */
	u32 vectoring_error;		/* 1 */
};

static inline struct vmx_vp *to_vmx_vp(struct hvr_vp *vp)
{
	return container_of(vp, struct vmx_vp, vp);
}

/* ---- cpu.c ---- */
extern struct vmx_caps vmx_caps;

int vmx_probe(void);
int vmx_cpu_enable(void);
void vmx_cpu_disable(void);
bool vmx_cpu_busy(void);
int vmx_cpu_alloc(void);
void vmx_cpu_free(void);
/* Values of the host's system-call registers, the same at all times. */
const u64 *vmx_cpu_host_syscall(void);
/* Barrier between guests of different partitions on this CPU. */
void vmx_cpu_isolate(struct hvr_partition *pt);

/* Give a new control structure its header. */
void vmx_vmcs_init(struct vmx_vp *vmx);
/* Make @vmx's control structure the current one of this CPU; preemption is off
 * and stays off as long as the caller relies on it. Another CPU that has it gives
 * it up first, for which IRQs must be on. Outside a turn the CPU may become another
 * one, if this one goes offline.
 */
void vmx_vmcs_load(struct vmx_vp *vmx);
/* No CPU has it any more. May sleep. */
void vmx_vmcs_unload(struct vmx_vp *vmx);

/* Whose control structure is current, while VMX is on. */
DECLARE_PER_CPU(struct vmx_vp *, vmx_current);

static inline bool vmx_vmcs_is_current(const struct vmx_vp *vmx)
{
	return this_cpu_read(vmx_current) == vmx;
}

/* vmx_take() before, vmx_release() after a group of vmx_read() and vmx_write()
 * outside vmx_load() to vmx_put(); inside it is cheap.
 */
static inline void vmx_take(struct vmx_vp *vmx)
{
	preempt_disable();
	if (unlikely(!vmx_vmcs_is_current(vmx)))
		vmx_vmcs_load(vmx);
}

static inline void vmx_release(void)
{
	preempt_enable();
}

/* A reboot or a crash may switch VMX off under everybody: then these fault, do
 * nothing and read zero.
 */
static inline u64 vmx_read(u32 field)
{
	u64 val = 0;

	asm volatile("1: vmread %1, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+r"(val) : "r"((u64)field) : "cc");
	return val;
}

void vmx_write_failed(u32 field, u64 val);

static inline void vmx_write(u32 field, u64 val)
{
	asm goto("1: vmwrite %1, %0\n"
		 "jna %l[failed]\n"
		 "2:\n"
		 _ASM_EXTABLE(1b, 2b)
		 : : "r"((u64)field), "rm"(val) : "cc" : failed);
	return;
failed:
	vmx_write_failed(field, val);
}

/* Without the calls and trace points that the kernel puts around them: each turn of a
 * VP begins and ends with some. What the CPU does not take, it does not get.
 */
static inline u64 vmx_rdmsr(u32 msr)
{
	u32 lo = 0, hi = 0;

	asm volatile("1: rdmsr\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+a"(lo), "+d"(hi) : "c"(msr));
	return lo | (u64)hi << 32;
}

static inline void vmx_wrmsr(u32 msr, u64 val)
{
	asm volatile("1: wrmsr\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32))
		     : "memory");
}

/* ---- state.c ---- */
int vmx_vp_init(struct hvr_vp *vp);
void vmx_vp_exit(struct hvr_vp *vp);
u64 vmx_get_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg);
void vmx_set_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val);
void vmx_get_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     struct hvr_segment *out);
void vmx_get_context(struct hvr_vp *vp, struct hvr_context *out);
void vmx_get_data_segments(struct hvr_vp *vp, struct hvr_segment *out);
void vmx_set_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     const struct hvr_segment *in);
void vmx_get_table(struct hvr_vp *vp, bool idt, struct hvr_table *out);
void vmx_set_table(struct hvr_vp *vp, bool idt, const struct hvr_table *in);
void vmx_dump(struct hvr_vp *vp);
int vmx_maps_alloc(void);
void vmx_maps_free(void);
void vmx_set_proc(struct vmx_vp *vmx, u32 proc);
/* Registers were written one by one: make them a state that the CPU enters.
 * 0, or -EAGAIN with *@gpa: what is there has to be resident first.
 */
int vmx_settle(struct vmx_vp *vmx, u64 *gpa);

/* ---- host.c ---- */
/* Host state of this CPU and thread, and the guest's that lasts a turn. */
void vmx_host_save(struct vmx_vp *vmx, int cpu);
void vmx_host_restore(struct vmx_vp *vmx);
/* How many of enum vmx_syscall_msr this CPU uses. */
unsigned int vmx_host_nr_syscall(void);
/* The guest's system-call registers, if it uses them and the CPU has the host's. */
void vmx_host_load_syscall(struct vmx_vp *vmx);

/* What may change between two entries of a turn. */
static inline void vmx_host_refresh(struct vmx_vp *vmx)
{
	u64 cr3 = __read_cr3();
	u64 cr4 = __read_cr4();

	if (vmx->host_cr3 != cr3) {
		vmx_write(VMCS_HOST_CR3, cr3);
		vmx->host_cr3 = cr3;
	}
	if (vmx->host_cr4 != cr4) {
		vmx_write(VMCS_HOST_CR4, cr4);
		vmx->host_cr4 = cr4;
	}
}

/* ---- ept.c ---- */
extern struct hvr_slat_format vmx_ept_format;
void vmx_ept_setup(void);
u64 vmx_ept_pointer(u64 root_pa);
void vmx_ept_flush(u64 eptp);

/* ---- enter.S ---- */

/* @flags of vmx_run() */
#define VMX_RUN_RESUME		1	/* it has been launched */
#define VMX_RUN_CLEAR_BUFFERS	2	/* VERW right before */
#define VMX_RUN_HOST_SPEC	4	/* SPEC_CTRL back right after */

/* 0, or nonzero: the CPU refused, VMCS_INSTRUCTION_ERROR says why. */
asmlinkage unsigned long vmx_run(struct vmx_vp *vmx, unsigned long flags,
				 u64 host_spec_ctrl, u64 *host_rsp);
extern char vmx_exited[];

#endif /* HVCORE_VMX_VMX_H */
