/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID as data: which host bits a guest may see, the feature banks of the VMM
 * interface, and registered results (cpuid_table.c, pure).
 */
#ifndef HVCORE_CPUID_TABLE_H
#define HVCORE_CPUID_TABLE_H

#include <linux/types.h>

enum { HVR_EAX, HVR_EBX, HVR_ECX, HVR_EDX };

#define HVR_CPUID_MAX_BASIC	0xd
#define HVR_CPUID_MAX_EXTENDED	0x80000021
#define HVR_CPUID_ALL_VPS	0xffffffff

/* Banks: the two of processor features, and the one of XSAVE features. */
#define HVR_CPUID_BANK_XSAVE	2
#define HVR_NR_CPUID_BANKS	3

/* One registration of hypercall 0x91, already copied. vp_index: ~0 = all VPs */
struct hvr_cpuid_result {
	u32 vp_index;
	u32 leaf;
	u32 subleaf;
	bool subleaf_specific;
	bool always_override;
	u32 value[4];			/* eax ebx ecx edx */
	u32 mask[4];
};

/* Cut what the host says down to what a guest may see. Leaves that depend on the
 * partition alone come out as zero.
 */
void hvr_cpuid_filter(u32 leaf, u32 subleaf, u32 regs[4]);

/* Clear the bits of one leaf that belong to features in @disabled (1 = off). */
void hvr_cpuid_disable(u32 leaf, u32 subleaf,
		       const u64 disabled[HVR_NR_CPUID_BANKS], u32 regs[4]);

/* Bits of @bank that this leaf shows. The banks of all leaves are or-ed. */
u64 hvr_cpuid_bank_bits(unsigned int bank, u32 leaf, u32 subleaf,
			const u32 regs[4]);

/* Registrations are kept in ascending order; <0, 0, >0 as usual. */
int hvr_cpuid_compare(const struct hvr_cpuid_result *a,
		      const struct hvr_cpuid_result *b);

/* Apply what is registered for (@vp_index, @leaf, @subleaf): a registration for
 * this subleaf wins over one for all, one for this VP over one for all. @regs holds
 * the own value, which bounds the features. A leaf that a VMM left out where it
 * described all others becomes zero.
 */
void hvr_cpuid_apply(const struct hvr_cpuid_result *table, u32 nr, u32 vp_index,
		     u32 leaf, u32 subleaf, u32 regs[4]);

#endif /* HVCORE_CPUID_TABLE_H */
