/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Hyper-V interface state of partitions and VPs: features and privileges,
 * time, hypercall page, assist page, crash registers (hv_msr.c, time.c,
 * assist.c, msr.c).
 */
#ifndef HVCORE_HV_H
#define HVCORE_HV_H

#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/types.h>
#include <hvroot/guestmem.h>
#include <hvroot/hypercall.h>
#include <hvroot/unit.h>

struct hvr_partition;
struct hvr_vp;

#define HVR_NR_MTRR_VAR		8	/* base and mask each */
#define HVR_NR_MTRR_FIXED	11

/* What a guest said when it crashed. */
struct hvr_crash {
	u64 param[5];
	u64 control;
	u32 vp_index;
	u32 message_len;
	char *message;		/* message_len bytes, or NULL */
	bool valid;
};

struct hvr_hv_partition {
	u64 synth_features;	/* P  property 0x10001; early; 0: the default set */
	u64 privileges;		/* I after initialize: HV_PRIV_ bits, that is CPUID
				 * 0x40000003 EAX | EBX << 32
				 */
	u32 features;		/* I after initialize: the same leaf's EDX */
	u32 hints;		/* I after initialize: CPUID 0x40000004 EAX */
	u64 guest_os_id;	/* WRITE_ONCE by VP threads */
	u64 tsc_invariant_control; /* WRITE_ONCE by VP threads */
	bool hypercall_enabled;	/* READ_ONCE on the exit path */

	/* Below vp->lock: the four next, and writing of the reference TSC page. */
	struct mutex page_lock;
	u64 hypercall_msr;
	u64 reference_tsc_msr;
	u32 tsc_sequence;
	struct hvr_crash crash;

	/* time.c: guest TSC = host TSC + tsc_offset (all VPs alike unless the guest
	 * writes its TSC); reference = (guest TSC * tsc_scale >> 64) + ref_offset
	 */
	seqlock_t time_lock;	/* writers; irq-safe */
	u64 tsc_offset;
	u64 tsc_scale;		/* I */
	s64 ref_offset;
	bool frozen;
	u64 frozen_tsc;
};

struct hvr_hv_vp {
	u64 assist_msr;		/* 1 */
	struct hvr_hold assist;	/* 1  held while enabled */
	bool assist_held;
	bool no_eoi_set;	/* 1  "no EOI required" was given to the guest */
	u64 crash[5];
	u64 crash_ctl;
	u64 mtrr_def, mtrr_var[2 * HVR_NR_MTRR_VAR], mtrr_fixed[HVR_NR_MTRR_FIXED];
	u64 hwcr, de_cfg, tsc_adjust, misc_enable, mcg_status;
	u64 tsc_delta;		/* 1  what the guest's own writes add to the TSC */
	u64 runtime;		/* 1  VP runtime when it was read last, ns */
	u64 runtime_base;	/* 1  time of the thread at runtime 0, ns */
	pid_t runtime_pid;	/* 1  that thread */
	void *hypercall_in;	/* 1  one page: private copy of an input */
	void *hypercall_out;	/* 1  one page: output under construction */
};

int hvr_hv_partition_init(struct hvr_partition *pt);
void hvr_hv_partition_exit(struct hvr_partition *pt);
int hvr_hv_vp_init(struct hvr_vp *vp);
void hvr_hv_vp_exit(struct hvr_vp *vp);
void hvr_hv_vp_reset(struct hvr_vp *vp);
/* The VMM reset the machine: partition-wide registers back to power-on. */
void hvr_hv_partition_reset(struct hvr_partition *pt);

/* Fix privileges and features at MSHV_INITIALIZE_PARTITION. */
void hvr_hv_initialize(struct hvr_partition *pt);
/* Synthetic features that property 0x10001 may turn on (property 0x90009). */
u64 hvr_hv_assignable_features(void);

/* MSRs 0x40000000-0x400001ff. Checks privileges (unless @host), then serves the
 * register or passes it on to the unit that owns it.
 */
enum hvr_msr_result hvr_hv_get_msr(struct hvr_vp *vp, u32 msr, u64 *val,
				   bool host);
enum hvr_msr_result hvr_hv_set_msr(struct hvr_vp *vp, u32 msr, u64 val,
				   bool host);
/* Does a write of this register sleep? */
bool hvr_hv_set_msr_sleeps(u32 msr);

/* CPUID leaf in 0x40000000-0x400000ff: fills regs (eax ebx ecx edx). */
void hvr_hv_cpuid(struct hvr_partition *pt, u32 leaf, u32 regs[4]);

/* What the guest reported when it crashed: a copy; up to @len bytes of its
 * message go to @message (may be NULL when @len is 0). False: nothing reported.
 * May sleep.
 */
bool hvr_hv_get_crash(struct hvr_partition *pt, struct hvr_crash *crash,
		      void *message, u32 len);

/* ---- assist.c: the VP assist page and its "no EOI required" bit ---- */

enum hvr_msr_result hvr_assist_set_msr(struct hvr_vp *vp, u64 val, bool host);
void hvr_assist_release(struct hvr_vp *vp);

/* Call before each entry, interrupts off: @vector is about to be injected, or 0
 * when none is. Gives or withdraws the permission to skip the EOI.
 */
void hvr_assist_before_entry(struct hvr_vp *vp, u8 vector);
/* Call after each exit, before anything looks at the LAPIC: do the EOI that the
 * guest was allowed to skip.
 */
void hvr_assist_after_exit(struct hvr_vp *vp);

/* ---- msr.c ---- */

/* Power-on values of the MSRs kept in vp->hv. */
void hvr_msr_reset(struct hvr_vp *vp);

/* ---- time.c ---- */
void hvr_time_init(struct hvr_partition *pt);
void hvr_time_vp_init(struct hvr_vp *vp);
int hvr_time_freeze(struct hvr_partition *pt, bool freeze);	/* property 0x30003 */
void hvr_time_set_reference(struct hvr_partition *pt, u64 ref);	/* 0x30005 */
u64 hvr_vp_read_tsc(struct hvr_vp *vp);
/* By the guest or the VMM; VP thread or paused VP. */
void hvr_vp_write_tsc(struct hvr_vp *vp, u64 tsc);
/* IA32_TSC_ADJUST: the TSC moves by the difference. */
void hvr_vp_write_tsc_adjust(struct hvr_vp *vp, u64 adjust);
/* The VMM sets a VP's TSC: values that belong together stay together. */
void hvr_vp_restore_tsc(struct hvr_vp *vp, u64 tsc);
/* Host CLOCK_MONOTONIC ns at which the VP's TSC reaches @tsc. */
s64 hvr_vp_tsc_to_ktime(struct hvr_vp *vp, u64 tsc);
u64 hvr_tsc_frequency(void);	/* Hz */
/* Write the reference TSC page at @gpa; caller holds page_lock. */
int hvr_time_write_page(struct hvr_partition *pt, u64 gpa);

/* ---- hypercall.c ---- */

extern const struct hvr_hypercall hvr_flush_calls[];
extern const unsigned int hvr_nr_flush_calls;
extern const struct hvr_hypercall hvr_ipi_calls[];
extern const unsigned int hvr_nr_ipi_calls;
extern const struct hvr_hypercall hvr_ext_calls[];
extern const unsigned int hvr_nr_ext_calls;

#endif /* HVCORE_HV_H */
