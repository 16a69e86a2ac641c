// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID tables: what a guest must not see, feature banks both ways, and the order
 * of registered results.
 */
#include <kunit/test.h>
#include <linux/sort.h>

#include "../hvcore/cpuid_table.c"

#define HOST	{ ALL, ALL, ALL, ALL }

struct hidden_row {
	const char *name;
	u32 leaf;
	u32 subleaf;
	u8 reg;
	u8 pos;
	bool visible;
};

static const struct hidden_row hidden_rows[] = {
	{ "MONITOR", 1, 0, HVR_ECX, 3 },
	{ "VMX", 1, 0, HVR_ECX, 5 },
	{ "hypervisor of the host", 1, 0, HVR_ECX, 31 },
	{ "x2APIC of the host", 1, 0, HVR_ECX, 21 },
	{ "AVX", 1, 0, HVR_ECX, 28, true },
	{ "SSE2", 1, 0, HVR_EDX, 26, true },
	{ "debug store", 1, 0, HVR_EDX, 21 },
	{ "thermal monitor", 1, 0, HVR_EDX, 29 },
	{ "SMEP", 7, 0, HVR_EBX, 7, true },
	{ "SGX", 7, 0, HVR_EBX, 2 },
	{ "HLE", 7, 0, HVR_EBX, 4 },
	{ "RTM", 7, 0, HVR_EBX, 11 },
	{ "processor trace", 7, 0, HVR_EBX, 25 },
	{ "CET shadow stack", 7, 0, HVR_ECX, 7 },
	{ "LA57", 7, 0, HVR_ECX, 16 },
	{ "CET IBT", 7, 0, HVR_EDX, 20 },
	{ "AMX", 7, 0, HVR_EDX, 24 },
	{ "ARCH_CAPABILITIES", 7, 0, HVR_EDX, 29 },
	{ "XSAVES", 0xd, 1, HVR_EAX, 3 },
	{ "SVM", 0x80000001, 0, HVR_ECX, 2 },
	{ "OSVW", 0x80000001, 0, HVR_ECX, 9 },
	{ "topology extensions", 0x80000001, 0, HVR_ECX, 22 },
	{ "long mode", 0x80000001, 0, HVR_EDX, 29, true },
	{ "RDTSCP", 0x80000001, 0, HVR_EDX, 27, true },
	{ "invariant TSC", 0x80000007, 0, HVR_EDX, 8, true },
	{ "SMCA", 0x80000007, 0, HVR_EBX, 3 },
	{ "RDPRU", 0x80000008, 0, HVR_EBX, 4 },
	{ "virtual SSBD", 0x80000008, 0, HVR_EBX, 25 },
	{ "a hypervisor leaf of the host", 0x40000000, 0, HVR_EBX, 0 },
	{ "SEV", 0x8000001f, 0, HVR_EAX, 1 },
	{ "performance monitoring", 0xa, 0, HVR_EAX, 0 },
	{ "SVM leaf", 0x8000000a, 0, HVR_EBX, 0 },
	{ "third subleaf of leaf 7", 7, 2, HVR_EDX, 0 },
};

static void test_filter(struct kunit *test)
{
	const struct hidden_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(hidden_rows); i++) {
		u32 regs[4] = HOST;

		r = &hidden_rows[i];
		hvr_cpuid_filter(r->leaf, r->subleaf, regs);
		KUNIT_EXPECT_EQ_MSG(test, !!(regs[r->reg] & BIT(r->pos)),
				    r->visible, "%s", r->name);
	}
}

static void test_limits(struct kunit *test)
{
	u32 basic[4] = { 0x20, 1, 2, 3 };
	u32 small[4] = { 0x7, 1, 2, 3 };
	u32 extended[4] = { 0x80000028, 0, 0, 0 };

	hvr_cpuid_filter(0, 0, basic);
	KUNIT_EXPECT_EQ(test, basic[HVR_EAX], (u32)HVR_CPUID_MAX_BASIC);
	KUNIT_EXPECT_EQ(test, basic[HVR_EDX], 3u);
	hvr_cpuid_filter(0, 0, small);
	KUNIT_EXPECT_EQ(test, small[HVR_EAX], 7u);
	hvr_cpuid_filter(0x80000000, 0, extended);
	KUNIT_EXPECT_EQ(test, extended[HVR_EAX], (u32)HVR_CPUID_MAX_EXTENDED);
}

/* A feature that a bank reports goes away when the same bit is disabled. */
static void test_banks(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];
		u64 disabled[HVR_NR_CPUID_BANKS] = {};
		u32 regs[4] = HOST;
		u64 bits;

		bits = hvr_cpuid_bank_bits(f->bank, f->leaf, f->subleaf, regs);
		KUNIT_EXPECT_TRUE_MSG(test, bits & BIT_ULL(f->bit),
				      "feature %d", i);
		disabled[f->bank] = BIT_ULL(f->bit);
		hvr_cpuid_disable(f->leaf, f->subleaf, disabled, regs);
		KUNIT_EXPECT_FALSE_MSG(test, regs[f->reg] & BIT(f->pos),
				       "feature %d", i);
		bits = hvr_cpuid_bank_bits(f->bank, f->leaf, f->subleaf, regs);
		KUNIT_EXPECT_FALSE_MSG(test, bits & BIT_ULL(f->bit),
				       "feature %d", i);
	}
}

static int compare_results(const void *a, const void *b)
{
	return hvr_cpuid_compare(a, b);
}

/* @v goes to EAX; EDX gets a copy when the table is prepared. */
#define RESULT(vp, l, s, specific, always, v)				\
	{ .vp_index = (vp), .leaf = (l), .subleaf = (s),		\
	  .subleaf_specific = (specific), .always_override = (always),	\
	  .value = { (v) }, .mask = { 0xff, 0, 0, 0xff } }

static struct hvr_cpuid_result table[] = {
	RESULT(HVR_CPUID_ALL_VPS, 2, 0, false, true, 0x11),
	RESULT(2, 2, 0, false, true, 0x22),
	RESULT(HVR_CPUID_ALL_VPS, 4, 0, true, true, 0x33),
	RESULT(HVR_CPUID_ALL_VPS, 4, 0, false, true, 0x44),
	RESULT(3, 4, 1, true, true, 0x55),
	RESULT(HVR_CPUID_ALL_VPS, 9, 0, false, false, 0x66),
	RESULT(HVR_CPUID_ALL_VPS, 0x80000005, 0, false, true, 0x77),
};

struct apply_row {
	u32 vp;
	u32 leaf;
	u32 subleaf;
	u32 own;
	u32 want;
};

static const struct apply_row apply_rows[] = {
	{ 0, 2, 0, 0xabcd00, 0xabcd11 },
	{ 0, 2, 9, 0xabcd00, 0xabcd11 },	/* for all subleaves */
	{ 2, 2, 0, 0xabcd00, 0xabcd22 },	/* for this VP */
	{ 0, 4, 0, 0x100, 0x133 },		/* for this subleaf */
	{ 0, 4, 1, 0x100, 0x144 },
	{ 3, 4, 1, 0x100, 0x155 },
	{ 3, 4, 0, 0x100, 0x133 },
	{ 0, 9, 0, 0, 0 },			/* only over a value */
	{ 0, 9, 0, 0x100, 0x166 },
	{ 0, 0x80000005, 0, 0, 0x77 },
	{ 0, 5, 0, 0x1234, 0x1234 },		/* nothing registered */
};

static void test_apply(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		table[i].value[HVR_EDX] = table[i].value[HVR_EAX];
	sort(table, ARRAY_SIZE(table), sizeof(table[0]), compare_results, NULL);
	for (i = 0; i < ARRAY_SIZE(apply_rows); i++) {
		const struct apply_row *r = &apply_rows[i];
		u32 regs[4] = { r->own, r->own, r->own, r->own };

		hvr_cpuid_apply(table, ARRAY_SIZE(table), r->vp, r->leaf,
				r->subleaf, regs);
		KUNIT_EXPECT_EQ_MSG(test, regs[HVR_EAX], r->want, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, regs[HVR_EDX], r->want, "row %d", i);
	}
}

static void test_apply_empty(struct kunit *test)
{
	u32 regs[4] = { 1, 2, 3, 4 };

	hvr_cpuid_apply(NULL, 0, 0, 1, 0, regs);
	KUNIT_EXPECT_EQ(test, regs[HVR_ECX], 3u);
}

/* What a VMM that takes the leaves from its own host registers for one leaf. */
static struct hvr_cpuid_result whole(u32 leaf, u32 val)
{
	return (struct hvr_cpuid_result){
		.vp_index = 0, .leaf = leaf, .always_override = true,
		.value = { val, val, val, val },
		.mask = { ~0u, ~0u, ~0u, ~0u },
	};
}

/* More features than the VP can have: the own ones, and the free bits. */
static void test_features_bounded(struct kunit *test)
{
	struct hvr_cpuid_result all[] = { whole(1, ~0u), whole(7, ~0u) };
	u32 leaf1[4] = { 1, 2, 4, 8 }, leaf7[4] = { 1, 2, 4, 8 };

	hvr_cpuid_apply(all, ARRAY_SIZE(all), 0, 1, 0, leaf1);
	KUNIT_EXPECT_EQ(test, leaf1[HVR_EAX], ~0u);
	KUNIT_EXPECT_EQ(test, leaf1[HVR_ECX], 4u | BIT(27) | BIT(31));
	KUNIT_EXPECT_EQ(test, leaf1[HVR_EDX], 8u | BIT(28));
	hvr_cpuid_apply(all, ARRAY_SIZE(all), 0, 7, 0, leaf7);
	KUNIT_EXPECT_EQ(test, leaf7[HVR_EBX], 2u);
	KUNIT_EXPECT_EQ(test, leaf7[HVR_ECX], 4u | BIT(4));
	KUNIT_EXPECT_EQ(test, leaf7[HVR_EDX], 8u);
}

static const struct {
	u32 vp;
	u32 leaf;
	bool gone;
} left_out_rows[] = {
	{ 0, 5, true }, { 0, 7, true }, { 0, 0xb, false }, { 0, 0x1f, false },
	{ 0, 0x40000000, false }, { 0, 0x80000008, false }, { 1, 5, false },
};

/* Leaf 0 is described, 0x80000000 is not, and another VP has nothing at all. */
static void test_left_out(struct kunit *test)
{
	struct hvr_cpuid_result all[] = { whole(0, 0xd), whole(1, 0) };
	u32 partly[4] = { 1, 2, 3, 4 };
	int i;

	for (i = 0; i < ARRAY_SIZE(left_out_rows); i++) {
		u32 regs[4] = { 1, 2, 3, 4 };

		hvr_cpuid_apply(all, ARRAY_SIZE(all), left_out_rows[i].vp,
				left_out_rows[i].leaf, 0, regs);
		KUNIT_EXPECT_EQ_MSG(test, !regs[HVR_EBX], left_out_rows[i].gone,
				    "row %d", i);
	}
	all[0].mask[HVR_EAX] = 0xff;
	hvr_cpuid_apply(all, ARRAY_SIZE(all), 0, 5, 0, partly);
	KUNIT_EXPECT_EQ(test, partly[HVR_EBX], 2u);
}

static struct kunit_case cpuid_cases[] = {
	KUNIT_CASE(test_filter),
	KUNIT_CASE(test_limits),
	KUNIT_CASE(test_banks),
	KUNIT_CASE(test_apply),
	KUNIT_CASE(test_apply_empty),
	KUNIT_CASE(test_features_bounded),
	KUNIT_CASE(test_left_out),
	{}
};

static struct kunit_suite cpuid_suite = {
	.name = "hvroot_cpuid",
	.test_cases = cpuid_cases,
};

kunit_test_suites(&cpuid_suite);
