/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID policy: filtered host leaves, registered results, dynamic bits.
 */
#ifndef HVCORE_CPUID_H
#define HVCORE_CPUID_H

#include <linux/seqlock.h>
#include <linux/types.h>

#include "cpuid_table.h"

struct hvr_partition;
struct hvr_vp;
struct hvr_cpuid_own;

struct hvr_cpuid_policy {
	u64 disabled_features[2];	/* I  banks of CREATE_PARTITION */
	u64 disabled_xsave;		/* I */
	struct hvr_cpuid_own *own;	/* I  the hypervisor's own values */
	seqlock_t lock;			/* writers hold pt->lock, too */
	struct hvr_cpuid_results __rcu *results;
	u32 changes;			/* P  of results; READ_ONCE, never 0 */
	u32 procs_per_socket;		/* property 0x50003; 0: all in one */
};

/* The disabled_ members are filled before. */
int hvr_cpuid_init(struct hvr_partition *pt);
void hvr_cpuid_exit(struct hvr_partition *pt);
/* Add or replace; -ENOSPC when the table is full, -ENOMEM. Caller holds pt->lock. */
int hvr_cpuid_register(struct hvr_partition *pt,
		       const struct hvr_cpuid_result *res);

#define HVR_CPUID_NO_OVERRIDES	BIT(0)	/* the hypervisor's own value */

/* What the VP sees: own value, registrations, dynamic bits (OSXSAVE, OSPKE, APIC
 * enabled, APIC ids, XCR0 sizes, invariant TSC). RCU inside; the VP's thread or a
 * paused VP, may be atomic.
 */
void hvr_cpuid(struct hvr_vp *vp, u32 leaf, u32 subleaf, unsigned int flags,
	       u32 regs[4]);
/* Guest-visible limits derived from CPUID, for control registers. */
u64 hvr_cpuid_cr4_valid(struct hvr_vp *vp);
u64 hvr_cpuid_efer_valid(struct hvr_vp *vp);
u64 hvr_cpuid_spec_ctrl_valid(struct hvr_vp *vp);
unsigned int hvr_cpuid_maxphyaddr(struct hvr_vp *vp);
/* Host feature banks in the layout of properties 0x6000A/B and 0x60002; @pt NULL:
 * what a partition could get.
 */
u64 hvr_cpuid_feature_bank(struct hvr_partition *pt, unsigned int bank);
u64 hvr_cpuid_xsave_features(struct hvr_partition *pt);

#endif /* HVCORE_CPUID_H */
