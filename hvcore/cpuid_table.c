// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID as data: the bits a guest may see, feature banks, registered results.
 * Pure: no state, no locks, no CPUID instruction.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "cpuid_table.h"

#define ALL		0xffffffff
#define ANY_SUBLEAF	0xffffffff

/*
 * A bit is listed when a guest can use the feature without help from us, or when we
 * emulate what it needs. Whatever is not listed stays hidden: a feature with
 * registers of its own must not appear before they are saved and restored.
 */
struct filter {
	u32 leaf;
	u32 subleaf;
	u32 mask[4];
};

/* Leaf 1: SSE3 PCLMULQDQ SSSE3 FMA CX16 PCID SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE
 * AVX F16C RDRAND; no MONITOR, VMX, SMX, performance or debug store.
 */
#define LEAF1_ECX	(BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | \
			 BIT(17) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | \
			 BIT(25) | BIT(26) | BIT(28) | BIT(29) | BIT(30))
#define LEAF1_EDX	0x0783fbff

/* Leaf 7: no SGX, TSX, MPX, RDT, PT; no WAITPKG, LA57, bus lock, ENQCMD; no AMX,
 * CET, ARCH_CAPABILITIES, CORE_CAPABILITIES.
 */
#define LEAF7_EBX	(BIT(0) | BIT(3) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | \
			 BIT(9) | BIT(10) | BIT(13) | BIT(16) | BIT(17) | \
			 BIT(18) | BIT(19) | BIT(20) | BIT(21) | BIT(23) | \
			 BIT(24) | BIT(28) | BIT(29) | BIT(30) | BIT(31))
#define LEAF7_ECX	(BIT(1) | BIT(2) | BIT(3) | BIT(6) | BIT(8) | BIT(9) | \
			 BIT(10) | BIT(11) | BIT(12) | BIT(14) | BIT(22) | \
			 BIT(25) | BIT(27) | BIT(28))
#define LEAF7_EDX	(BIT(4) | BIT(8) | BIT(10) | BIT(14) | BIT(23) | \
			 BIT(26) | BIT(27) | BIT(31))
#define LEAF7_1_EAX	(BIT(0) | BIT(1) | BIT(2) | BIT(4) | BIT(5) | BIT(7) | \
			 BIT(10) | BIT(11) | BIT(12) | BIT(23))
#define LEAF7_1_EDX	(BIT(4) | BIT(5) | BIT(10) | BIT(14))

/* Leaf 0x80000001: no SVM, extended APIC space, OSVW, IBS, SKINIT, watchdog, LWP,
 * topology extensions, performance counters, MWAITX.
 */
#define LEAF81_ECX	(BIT(0) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | \
			 BIT(11) | BIT(16) | BIT(21))
#define LEAF81_EDX	(0x0183f3ff | BIT(11) | BIT(20) | BIT(22) | BIT(25) | \
			 BIT(26) | BIT(27) | BIT(29) | BIT(30) | BIT(31))
/* Leaf 0x80000008: no RDPRU, no virtual SSBD. */
#define LEAF88_EBX	(BIT(0) | BIT(2) | BIT(9) | BIT(12) | BIT(14) | \
			 BIT(15) | BIT(17) | BIT(18) | BIT(19) | BIT(24) | \
			 BIT(26) | BIT(28) | BIT(29) | BIT(30))
/* LFENCE serialises, null selector clears base, IBPB and SRSO facts. */
#define LEAF821_EAX	(BIT(2) | BIT(6) | BIT(28) | BIT(29) | BIT(30))

static const struct filter filters[] = {
	{ 0x0, 0, { ALL, ALL, ALL, ALL } },
	{ 0x1, 0, { ALL, 0x0000ff00, LEAF1_ECX, LEAF1_EDX } },
	{ 0x2, 0, { ALL, ALL, ALL, ALL } },
	{ 0x4, ANY_SUBLEAF, { 0x00003fff, ALL, ALL, 0x7 } },
	{ 0x7, 0, { ALL, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX } },
	{ 0x7, 1, { LEAF7_1_EAX, 0, 0, LEAF7_1_EDX } },
	{ 0xd, 0, { ALL, ALL, ALL, ALL } },
	{ 0xd, 1, { 0x7, 0, 0, 0 } },
	{ 0xd, ANY_SUBLEAF, { ALL, ALL, 0x2, 0 } },
	{ 0x80000000, 0, { ALL, ALL, ALL, ALL } },
	{ 0x80000001, 0, { ALL, ALL, LEAF81_ECX, LEAF81_EDX } },
	{ 0x80000002, 0, { ALL, ALL, ALL, ALL } },
	{ 0x80000003, 0, { ALL, ALL, ALL, ALL } },
	{ 0x80000004, 0, { ALL, ALL, ALL, ALL } },
	{ 0x80000005, 0, { ALL, ALL, ALL, ALL } },
	{ 0x80000006, 0, { ALL, ALL, ALL, ALL } },
	{ 0x80000007, 0, { 0, 0, 0, BIT(8) } },
	{ 0x80000008, 0, { 0x0000ffff, LEAF88_EBX, 0, 0 } },
	{ 0x80000019, 0, { ALL, ALL, 0, 0 } },
	{ 0x8000001a, 0, { 0x7, 0, 0, 0 } },
	{ 0x80000021, 0, { LEAF821_EAX, 0, 0, 0 } },
};

static bool has_subleaves(u32 leaf)
{
	return leaf == 0x4 || leaf == 0x7 || leaf == 0xb || leaf == 0xd;
}

void hvr_cpuid_filter(u32 leaf, u32 subleaf, u32 regs[4])
{
	const struct filter *f;
	int i, r;

	if (!has_subleaves(leaf))
		subleaf = 0;
	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		f = &filters[i];
		if (f->leaf != leaf ||
		    (f->subleaf != subleaf && f->subleaf != ANY_SUBLEAF))
			continue;
		for (r = 0; r < 4; r++)
			regs[r] &= f->mask[r];
		if (leaf == 0x0)
			regs[HVR_EAX] = min_t(u32, regs[HVR_EAX],
					      HVR_CPUID_MAX_BASIC);
		else if (leaf == 0x7 && !subleaf)
			regs[HVR_EAX] = min_t(u32, regs[HVR_EAX], 1);
		else if (leaf == 0x80000000)
			regs[HVR_EAX] = min_t(u32, regs[HVR_EAX],
					      HVR_CPUID_MAX_EXTENDED);
		return;
	}
	memset(regs, 0, 4 * sizeof(u32));
}

/* Which CPUID bit a bank bit stands for. A bank bit may have several. */
struct feature {
	u8 bank;
	u8 bit;
	u8 reg;
	u8 pos;
	u8 subleaf;
	u32 leaf;
};

#define F(b, n, l, s, r, p)	{ b, n, HVR_##r, p, s, l }

static const struct feature features[] = {
	F(0, 0, 1, 0, ECX, 0),			/* SSE3 */
	F(0, 1, 0x80000001, 0, ECX, 0),		/* LAHF */
	F(0, 2, 1, 0, ECX, 9),			/* SSSE3 */
	F(0, 3, 1, 0, ECX, 19),			/* SSE4.1 */
	F(0, 4, 1, 0, ECX, 20),			/* SSE4.2 */
	F(0, 5, 0x80000001, 0, ECX, 6),		/* SSE4a */
	F(0, 6, 0x80000001, 0, ECX, 11),	/* XOP */
	F(0, 7, 1, 0, ECX, 23),			/* POPCNT */
	F(0, 8, 1, 0, ECX, 13),			/* CMPXCHG16B */
	F(0, 9, 0x80000001, 0, ECX, 4),		/* alternate MOV CR8 */
	F(0, 10, 0x80000001, 0, ECX, 5),	/* LZCNT */
	F(0, 11, 0x80000001, 0, ECX, 7),	/* misaligned SSE */
	F(0, 12, 0x80000001, 0, EDX, 22),	/* MMX extensions */
	F(0, 13, 0x80000001, 0, EDX, 31),	/* 3DNow */
	F(0, 14, 0x80000001, 0, EDX, 30),	/* 3DNow extensions */
	F(0, 15, 0x80000001, 0, EDX, 26),	/* 1 GiB pages */
	F(0, 16, 1, 0, ECX, 25),		/* AES */
	F(0, 17, 1, 0, ECX, 1),			/* PCLMULQDQ */
	F(0, 18, 1, 0, ECX, 17),		/* PCID */
	F(0, 19, 0x80000001, 0, ECX, 16),	/* FMA4 */
	F(0, 20, 1, 0, ECX, 29),		/* F16C */
	F(0, 21, 1, 0, ECX, 30),		/* RDRAND */
	F(0, 22, 7, 0, EBX, 0),			/* FSGSBASE */
	F(0, 23, 7, 0, EBX, 7),			/* SMEP */
	F(0, 24, 7, 0, EBX, 9),			/* ERMS */
	F(0, 25, 7, 0, EBX, 3),			/* BMI1 */
	F(0, 26, 7, 0, EBX, 8),			/* BMI2 */
	F(0, 29, 1, 0, ECX, 22),		/* MOVBE */
	F(0, 31, 7, 0, EBX, 13),		/* no FCS, FDS */
	F(0, 32, 7, 0, EBX, 18),		/* RDSEED */
	F(0, 33, 7, 0, EBX, 19),		/* ADX */
	F(0, 34, 0x80000001, 0, ECX, 8),	/* PREFETCHW */
	F(0, 35, 7, 0, EBX, 20),		/* SMAP */
	F(0, 38, 0x80000001, 0, EDX, 27),	/* RDTSCP */
	F(0, 39, 7, 0, EBX, 23),		/* CLFLUSHOPT */
	F(0, 40, 7, 0, EBX, 24),		/* CLWB */
	F(0, 41, 7, 0, EBX, 29),		/* SHA */
	F(0, 42, 7, 0, EBX, 6),			/* x87 pointers saved */
	F(0, 42, 0x80000008, 0, EBX, 2),
	F(0, 43, 7, 0, EBX, 10),		/* INVPCID */
	F(0, 44, 7, 0, EDX, 26),		/* IBRS */
	F(0, 44, 0x80000008, 0, EBX, 14),
	F(0, 45, 7, 0, EDX, 27),		/* STIBP */
	F(0, 45, 0x80000008, 0, EBX, 15),
	F(0, 46, 0x80000008, 0, EBX, 12),	/* IBPB */
	F(0, 48, 7, 0, EDX, 31),		/* SSBD */
	F(0, 48, 0x80000008, 0, EBX, 24),
	F(0, 49, 7, 0, EDX, 4),			/* FSRM */
	F(0, 54, 0x80000008, 0, EBX, 26),	/* SSB_NO */
	F(0, 57, 7, 0, ECX, 22),		/* RDPID */
	F(0, 58, 7, 0, ECX, 2),			/* UMIP */
	F(0, 60, 7, 0, EDX, 10),		/* MD_CLEAR */
	F(1, 1, 0x80000007, 0, EDX, 8),		/* invariant TSC */
	F(1, 2, 0x80000008, 0, EBX, 0),		/* CLZERO */
	F(1, 7, 0x80000008, 0, EBX, 28),	/* PSFD */
	F(1, 13, 7, 0, ECX, 27),		/* MOVDIRI */
	F(1, 14, 7, 0, ECX, 28),		/* MOVDIR64B */
	F(1, 15, 7, 0, ECX, 25),		/* CLDEMOTE */
	F(1, 16, 7, 0, EDX, 14),		/* SERIALIZE */
	F(1, 17, 1, 0, ECX, 24),		/* TSC deadline */
	F(1, 18, 7, 0, EBX, 1),			/* TSC_ADJUST */
	F(1, 19, 7, 1, EAX, 10),		/* fast zero-length MOVSB */
	F(1, 20, 7, 1, EAX, 11),		/* fast short STOSB */
	F(1, 21, 7, 1, EAX, 12),		/* fast short CMPSB */
	F(1, 29, 0x80000008, 0, EBX, 29),	/* BTC_NO */
	F(1, 30, 0x80000008, 0, EBX, 30),	/* IBPB flushes returns */
	F(1, 31, 0x80000008, 0, EBX, 17),	/* STIBP always on */
	F(1, 40, 7, 1, EAX, 7),			/* CMPCCXADD */
	F(1, 45, 7, 1, EDX, 14),		/* PREFETCHI */
	F(1, 46, 7, 1, EAX, 0),			/* SHA512 */
	F(1, 50, 7, 1, EAX, 1),			/* SM3 */
	F(1, 51, 7, 1, EAX, 2),			/* SM4 */
	F(1, 55, 0x80000021, 0, EAX, 28),	/* IBPB covers branch types */
	F(1, 56, 0x80000021, 0, EAX, 29),	/* SRSO_NO */
	F(1, 57, 0x80000021, 0, EAX, 30),	/* SRSO_USER_KERNEL_NO */
	F(2, 0, 1, 0, ECX, 26),			/* XSAVE */
	F(2, 1, 0xd, 1, EAX, 0),		/* XSAVEOPT */
	F(2, 2, 1, 0, ECX, 28),			/* AVX */
	F(2, 3, 7, 0, EBX, 5),			/* AVX2 */
	F(2, 4, 1, 0, ECX, 12),			/* FMA */
	F(2, 6, 7, 0, EBX, 16),			/* AVX-512 F */
	F(2, 7, 7, 0, EBX, 17),			/* DQ */
	F(2, 8, 7, 0, EBX, 28),			/* CD */
	F(2, 9, 7, 0, EBX, 30),			/* BW */
	F(2, 10, 7, 0, EBX, 31),		/* VL */
	F(2, 11, 0xd, 1, EAX, 1),		/* XSAVEC */
	F(2, 13, 0xd, 1, EAX, 2),		/* XGETBV with ECX = 1 */
	F(2, 14, 7, 0, ECX, 12),		/* BITALG */
	F(2, 15, 7, 0, EBX, 21),		/* IFMA */
	F(2, 16, 7, 0, ECX, 1),			/* VBMI */
	F(2, 17, 7, 0, ECX, 6),			/* VBMI2 */
	F(2, 18, 7, 0, ECX, 11),		/* VNNI */
	F(2, 19, 7, 0, ECX, 8),			/* GFNI */
	F(2, 20, 7, 0, ECX, 9),			/* VAES */
	F(2, 21, 7, 0, ECX, 14),		/* VPOPCNTDQ */
	F(2, 22, 7, 0, ECX, 10),		/* VPCLMULQDQ */
	F(2, 23, 7, 1, EAX, 5),			/* AVX-512 BF16 */
	F(2, 24, 7, 0, EDX, 8),			/* VP2INTERSECT */
	F(2, 25, 7, 0, EDX, 23),		/* AVX-512 FP16 */
	F(2, 30, 7, 1, EAX, 4),			/* AVX VNNI */
	F(2, 31, 7, 1, EAX, 23),		/* AVX IFMA */
	F(2, 32, 7, 1, EDX, 5),			/* AVX NE convert */
	F(2, 33, 7, 1, EDX, 4),			/* AVX VNNI int8 */
	F(2, 34, 7, 1, EDX, 10),		/* AVX VNNI int16 */
};

#undef F

static bool feature_in(const struct feature *f, u32 leaf, u32 subleaf)
{
	if (!has_subleaves(leaf))
		subleaf = 0;
	return f->leaf == leaf && f->subleaf == subleaf;
}

void hvr_cpuid_disable(u32 leaf, u32 subleaf,
		       const u64 disabled[HVR_NR_CPUID_BANKS], u32 regs[4])
{
	const struct feature *f;
	int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		f = &features[i];
		if (feature_in(f, leaf, subleaf) &&
		    (disabled[f->bank] & BIT_ULL(f->bit)))
			regs[f->reg] &= ~BIT(f->pos);
	}
}

u64 hvr_cpuid_bank_bits(unsigned int bank, u32 leaf, u32 subleaf,
			const u32 regs[4])
{
	const struct feature *f;
	u64 bits = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		f = &features[i];
		if (f->bank == bank && feature_in(f, leaf, subleaf) &&
		    (regs[f->reg] & BIT(f->pos)))
			bits |= BIT_ULL(f->bit);
	}
	return bits;
}

static int compare_u32(u32 a, u32 b)
{
	return a < b ? -1 : a > b;
}

int hvr_cpuid_compare(const struct hvr_cpuid_result *a,
		      const struct hvr_cpuid_result *b)
{
	int c = compare_u32(a->leaf, b->leaf);

	if (!c)
		c = compare_u32(a->vp_index, b->vp_index);
	if (!c)
		c = compare_u32(a->subleaf_specific, b->subleaf_specific);
	if (!c && a->subleaf_specific)
		c = compare_u32(a->subleaf, b->subleaf);
	return c;
}

static const struct hvr_cpuid_result *find(const struct hvr_cpuid_result *table,
					   u32 nr,
					   const struct hvr_cpuid_result *key)
{
	u32 lo = 0, hi = nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		int c = hvr_cpuid_compare(&table[mid], key);

		if (!c)
			return &table[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static void apply_one(const struct hvr_cpuid_result *res, u32 regs[4])
{
	int r;

	if (!res->always_override &&
	    !(regs[HVR_EAX] | regs[HVR_EBX] | regs[HVR_ECX] | regs[HVR_EDX]))
		return;
	for (r = 0; r < 4; r++)
		regs[r] = (regs[r] & ~res->mask[r]) |
			  (res->value[r] & res->mask[r]);
}

/*
 * Words of features. A VMM registers what its host's CPUID shows to user space,
 * which may be more than a guest can have: a feature whose registers are not
 * switched would fault in the guest or reach the host. The bits in @free are not
 * such features: hypervisor present, OSXSAVE (set later), HTT, OSPKE, legacy
 * multi-core.
 */
static const struct feature_word {
	u32 leaf;
	u8 subleaf;
	u8 reg;
	u32 free;
} feature_words[] = {
	{ 0x1, 0, HVR_ECX, BIT(27) | BIT(31) },
	{ 0x1, 0, HVR_EDX, BIT(28) },
	{ 0x7, 0, HVR_EBX, 0 },
	{ 0x7, 0, HVR_ECX, BIT(4) },
	{ 0x7, 0, HVR_EDX, 0 },
	{ 0x7, 1, HVR_EAX, 0 },
	{ 0x7, 1, HVR_EBX, 0 },
	{ 0x7, 1, HVR_ECX, 0 },
	{ 0x7, 1, HVR_EDX, 0 },
	{ 0xd, 0, HVR_EAX, 0 },
	{ 0xd, 0, HVR_EDX, 0 },
	{ 0xd, 1, HVR_EAX, 0 },
	{ 0xd, 1, HVR_ECX, 0 },
	{ 0xd, 1, HVR_EDX, 0 },
	{ 0x80000001, 0, HVR_ECX, BIT(1) },
	{ 0x80000001, 0, HVR_EDX, 0 },
};

static void limit_features(u32 leaf, u32 subleaf, const u32 own[4], u32 regs[4])
{
	const struct feature_word *w;
	int i;

	for (i = 0; i < ARRAY_SIZE(feature_words); i++) {
		w = &feature_words[i];
		if (w->leaf == leaf &&
		    (w->subleaf == subleaf || !has_subleaves(leaf)))
			regs[w->reg] &= own[w->reg] | w->free;
	}
}

/* The four kinds of registration that can hold for a VP and a leaf, best first. */
static const struct hvr_cpuid_result *
find_for(const struct hvr_cpuid_result *table, u32 nr, u32 vp_index, u32 leaf,
	 u32 subleaf)
{
	struct hvr_cpuid_result key = { .leaf = leaf, .subleaf = subleaf };
	const struct hvr_cpuid_result *res = NULL;
	int i;

	for (i = 0; i < 4 && !res; i++) {
		key.vp_index = i < 2 ? vp_index : HVR_CPUID_ALL_VPS;
		key.subleaf_specific = !(i & 1);
		res = find(table, nr, &key);
	}
	return res;
}

/* A VMM that registers the whole of a range's first leaf describes the range: what
 * it leaves out is not there. Topology levels and our own leaves stay.
 */
static bool is_left_out(const struct hvr_cpuid_result *table, u32 nr,
			u32 vp_index, u32 leaf)
{
	const struct hvr_cpuid_result *first;

	if (leaf == 0xb || leaf == 0x1f || (leaf & 0x7fffffff) >= 0x40000000)
		return false;
	first = find_for(table, nr, vp_index, leaf & 0x80000000, 0);
	return first && first->always_override &&
	       (first->mask[HVR_EAX] & first->mask[HVR_EBX] &
		first->mask[HVR_ECX] & first->mask[HVR_EDX]) == ALL;
}

void hvr_cpuid_apply(const struct hvr_cpuid_result *table, u32 nr, u32 vp_index,
		     u32 leaf, u32 subleaf, u32 regs[4])
{
	const struct hvr_cpuid_result *res;
	u32 own[4];

	res = find_for(table, nr, vp_index, leaf, subleaf);
	if (res) {
		memcpy(own, regs, sizeof(own));
		apply_one(res, regs);
		limit_features(leaf, subleaf, own, regs);
	} else if (is_left_out(table, nr, vp_index, leaf)) {
		memset(regs, 0, 4 * sizeof(u32));
	}
}
