// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local APIC arithmetic: priorities, vector sets, destinations, timer counts,
 * mode changes.
 */
#include <kunit/test.h>

#include "../hvcore/lapic_calc.c"

/* ---- priorities ---- */

static void test_highest(struct kunit *test)
{
	DECLARE_BITMAP(bits, 256) = { };
	static const u8 order[] = { 0, 31, 63, 64, 127, 128, 200, 255 };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, hvr_apic_highest(bits), -1);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		__set_bit(order[i], bits);
		KUNIT_EXPECT_EQ(test, hvr_apic_highest(bits), order[i]);
	}
}

static void test_ppr(struct kunit *test)
{
	static const struct {
		u8 tpr;
		int isr;	/* -1: none */
		u8 ppr;
	} rows[] = {
		{ 0x00, -1, 0x00 },
		{ 0x2f, -1, 0x2f },
		{ 0x00, 0x31, 0x30 },
		{ 0x2f, 0x31, 0x30 },
		{ 0x30, 0x31, 0x30 },
		{ 0x35, 0x31, 0x35 },	/* same class: TPR with its low half */
		{ 0x35, 0x3f, 0x35 },
		{ 0x40, 0x31, 0x40 },
		{ 0xff, 0xff, 0xff },
		{ 0x0f, 0xff, 0xf0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hvr_lapic l = { .tpr = rows[i].tpr };

		if (rows[i].isr >= 0)
			__set_bit(rows[i].isr, l.isr);
		KUNIT_EXPECT_EQ_MSG(test, hvr_apic_ppr(&l), rows[i].ppr,
				    "row %u", i);
	}
}

/* ---- vectors ---- */

static void test_take_and_end(struct kunit *test)
{
	struct hvr_lapic l = { };

	KUNIT_EXPECT_TRUE(test, hvr_apic_accept(&l, 0x41, false));
	KUNIT_EXPECT_FALSE(test, hvr_apic_accept(&l, 0x41, false));
	KUNIT_EXPECT_TRUE(test, hvr_apic_accept(&l, 0x62, false));
	KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), 0x62);
	hvr_apic_take(&l, 0x62);
	KUNIT_EXPECT_EQ(test, hvr_apic_ppr(&l), 0x60);
	KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), 0x41);
	/* pending again while in service */
	KUNIT_EXPECT_TRUE(test, hvr_apic_accept(&l, 0x62, false));
	KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), 0x62);
	KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), 0x62);
	hvr_apic_take(&l, 0x62);
	hvr_apic_take(&l, 0x41);
	KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), 0x62);
	KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), 0x41);
	KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), -1);
	KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), -1);
}

static void test_auto_eoi(struct kunit *test)
{
	struct hvr_lapic l = { };

	KUNIT_EXPECT_TRUE(test, hvr_apic_accept(&l, 0x50, true));
	KUNIT_EXPECT_FALSE(test, hvr_apic_accept(&l, 0x50, true));
	KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), 0x50);
	hvr_apic_take(&l, 0x50);
	KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), -1);
	KUNIT_EXPECT_EQ(test, hvr_apic_ppr(&l), 0);
	KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), -1);
	/* the same vector afterwards the plain way */
	KUNIT_EXPECT_TRUE(test, hvr_apic_accept(&l, 0x50, false));
	hvr_apic_take(&l, 0x50);
	KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), 0x50);
}

/* Asserted both ways before it is taken: once, and it needs an EOI. */
static void test_auto_eoi_mixed(struct kunit *test)
{
	unsigned int first;

	for (first = 0; first < 2; first++) {
		struct hvr_lapic l = { };

		KUNIT_EXPECT_TRUE(test, hvr_apic_accept(&l, 0x50, first));
		KUNIT_EXPECT_FALSE(test, hvr_apic_accept(&l, 0x50, !first));
		hvr_apic_take(&l, 0x50);
		KUNIT_EXPECT_EQ(test, hvr_apic_highest_pending(&l), -1);
		KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), 0x50);
		KUNIT_EXPECT_EQ(test, hvr_apic_end(&l), -1);
	}
}

static void test_untake(struct kunit *test)
{
	struct hvr_lapic l = { };

	hvr_apic_accept(&l, 0x50, true);
	hvr_apic_take(&l, 0x50);
	hvr_apic_untake(&l, 0x50);
	KUNIT_EXPECT_TRUE(test, test_bit(0x50, l.auto_eoi));
	KUNIT_EXPECT_FALSE(test, test_bit(0x50, l.irr));
	hvr_apic_take(&l, 0x50);

	hvr_apic_accept(&l, 0x50, false);
	hvr_apic_take(&l, 0x50);
	hvr_apic_untake(&l, 0x50);
	KUNIT_EXPECT_TRUE(test, test_bit(0x50, l.irr));
	KUNIT_EXPECT_FALSE(test, test_bit(0x50, l.auto_eoi));
	KUNIT_EXPECT_EQ(test, hvr_apic_ppr(&l), 0);
}

/* ---- destinations ---- */

static void test_logical(struct kunit *test)
{
	static const struct {
		bool x2apic;
		u32 ldr;
		u32 dfr;
		u32 dest;
		bool match;
	} rows[] = {
		/* flat */
		{ false, 0x01000000, 0xffffffff, 0x01, true },
		{ false, 0x04000000, 0xffffffff, 0x06, true },
		{ false, 0x04000000, 0xffffffff, 0x03, false },
		{ false, 0x80000000, 0xffffffff, 0xff, true },
		{ false, 0x00000000, 0xffffffff, 0xff, false },
		{ false, 0x01000000, 0xffffffff, 0x101, false },
		/* cluster: upper half names it, lower half its members */
		{ false, 0x12000000, 0x0fffffff, 0x12, true },
		{ false, 0x12000000, 0x0fffffff, 0x13, true },
		{ false, 0x12000000, 0x0fffffff, 0x11, false },
		{ false, 0x12000000, 0x0fffffff, 0x22, false },
		/* neither */
		{ false, 0x01000000, 0x7fffffff, 0x01, false },
		/* x2APIC: 16 bits each */
		{ true, 0x00000001, 0xffffffff, 0x00000001, true },
		{ true, 0x00000008, 0xffffffff, 0x0000000c, true },
		{ true, 0x00000008, 0xffffffff, 0x00000007, false },
		{ true, 0x00030008, 0xffffffff, 0x00030008, true },
		{ true, 0x00030008, 0xffffffff, 0x00020008, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_apic_match_logical(rows[i].x2apic,
							   rows[i].ldr,
							   rows[i].dfr,
							   rows[i].dest),
				    rows[i].match, "row %u", i);
}

static void test_x2apic_ldr(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hvr_apic_x2apic_ldr(0), 0x00000001u);
	KUNIT_EXPECT_EQ(test, hvr_apic_x2apic_ldr(15), 0x00008000u);
	KUNIT_EXPECT_EQ(test, hvr_apic_x2apic_ldr(16), 0x00010001u);
	KUNIT_EXPECT_EQ(test, hvr_apic_x2apic_ldr(0x1234), 0x01230010u);
}

static void test_broadcast(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hvr_apic_is_broadcast(0xff, false));
	KUNIT_EXPECT_FALSE(test, hvr_apic_is_broadcast(0xff, true));
	KUNIT_EXPECT_TRUE(test, hvr_apic_is_broadcast(U32_MAX, false));
	KUNIT_EXPECT_TRUE(test, hvr_apic_is_broadcast(U32_MAX, true));
	KUNIT_EXPECT_FALSE(test, hvr_apic_is_broadcast(0xfe, false));
}

/* ---- timer ---- */

static void test_divisor(struct kunit *test)
{
	static const struct {
		u32 divide;
		unsigned int divisor;
	} rows[] = {
		{ 0x0, 2 }, { 0x1, 4 }, { 0x2, 8 }, { 0x3, 16 },
		{ 0x8, 32 }, { 0x9, 64 }, { 0xa, 128 }, { 0xb, 1 },
		{ 0x4, 2 }, { 0xf, 1 },		/* bit 2 does not count */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test, hvr_apic_divisor(rows[i].divide),
				    rows[i].divisor, "divide %#x",
				    rows[i].divide);
}

static void test_count(struct kunit *test)
{
	/* 200 MHz by 16: 80 ns a step */
	KUNIT_EXPECT_EQ(test, hvr_apic_count_to_ns(1, 0x3), 80LL);
	KUNIT_EXPECT_EQ(test, hvr_apic_count_to_ns(12500000, 0x3), 1000000000LL);
	KUNIT_EXPECT_EQ(test, hvr_apic_count_to_ns(U32_MAX, 0xa),
			(s64)U32_MAX * 640);
	KUNIT_EXPECT_EQ(test, hvr_apic_ns_to_count(0, 0x3), 0u);
	KUNIT_EXPECT_EQ(test, hvr_apic_ns_to_count(-5, 0x3), 0u);
	KUNIT_EXPECT_EQ(test, hvr_apic_ns_to_count(1, 0x3), 1u);
	KUNIT_EXPECT_EQ(test, hvr_apic_ns_to_count(80, 0x3), 1u);
	KUNIT_EXPECT_EQ(test, hvr_apic_ns_to_count(81, 0x3), 2u);
	KUNIT_EXPECT_EQ(test, hvr_apic_ns_to_count(S64_MAX, 0xb), U32_MAX);
	KUNIT_EXPECT_EQ(test,
			hvr_apic_ns_to_count(hvr_apic_count_to_ns(U32_MAX, 0xa),
					     0xa), U32_MAX);
}

/* ---- modes ---- */

static void test_base_modes(struct kunit *test)
{
	const u64 off = 0, bad = HVR_APIC_BASE_EXTD, xapic = HVR_APIC_BASE_EN;
	const u64 x2apic = HVR_APIC_BASE_EN | HVR_APIC_BASE_EXTD;
	const struct {
		u64 from;
		u64 to;
		bool allowed;
	} rows[] = {
		{ off, off, true }, { off, xapic, true },
		{ off, x2apic, false }, { off, bad, false },
		{ xapic, off, true }, { xapic, xapic, true },
		{ xapic, x2apic, true }, { xapic, bad, false },
		{ x2apic, off, true }, { x2apic, xapic, false },
		{ x2apic, x2apic, true }, { x2apic, bad, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_apic_base_allowed(rows[i].from,
							  rows[i].to),
				    rows[i].allowed, "row %u", i);
}

static void test_lvt_bits(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_TIMER), 0x700ffu);
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_LINT0), 0x1a7ffu);
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_LINT1), 0x1a7ffu);
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_ERROR), 0x100ffu);
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_PERF), 0x107ffu);
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_THERMAL), 0x107ffu);
	KUNIT_EXPECT_EQ(test, hvr_apic_lvt_bits(HVR_LVT_CMCI), 0x107ffu);
}

static struct kunit_case lapic_cases[] = {
	KUNIT_CASE(test_highest),
	KUNIT_CASE(test_ppr),
	KUNIT_CASE(test_take_and_end),
	KUNIT_CASE(test_auto_eoi),
	KUNIT_CASE(test_auto_eoi_mixed),
	KUNIT_CASE(test_untake),
	KUNIT_CASE(test_logical),
	KUNIT_CASE(test_x2apic_ldr),
	KUNIT_CASE(test_broadcast),
	KUNIT_CASE(test_divisor),
	KUNIT_CASE(test_count),
	KUNIT_CASE(test_base_modes),
	KUNIT_CASE(test_lvt_bits),
	{}
};

static struct kunit_suite lapic_suite = {
	.name = "hvroot_lapic",
	.test_cases = lapic_cases,
};

kunit_test_suites(&lapic_suite);
