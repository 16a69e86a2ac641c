// SPDX-License-Identifier: GPL-2.0-only
/*
 * Synthetic timers: which writes switch one on, and when it expires.
 */
#include <kunit/test.h>

#include "../synic/stimer_calc.c"

#define ON		HV_STIMER_IS_ENABLED
#define PERIODIC	HV_STIMER_IS_PERIODIC
#define AUTO		HV_STIMER_IS_AUTO_ENABLE
#define DIRECT		HV_STIMER_IS_DIRECT
#define VECTOR(v)	((u64)(v) << HV_STIMER_VECTOR_SHIFT)
#define SINT(n)		((u64)(n) << HV_STIMER_SINT_SHIFT)
/* What Linux writes for its clock event device. */
#define LINUX_CONFIG	(ON | AUTO | DIRECT | VECTOR(0xed))

struct config_row {
	const char *name;
	u64 config;
	bool valid;
};

static const struct config_row config_rows[] = {
	{ "off", 0, true },
	{ "Linux", LINUX_CONFIG, true },
	{ "message", ON | SINT(2), true },
	{ "direct, vector 15", ON | DIRECT | VECTOR(15), false },
	{ "direct, vector 16", ON | DIRECT | VECTOR(16), true },
	{ "direct, vector 0, off", DIRECT, true },
	{ "message, vector 0", ON | SINT(15), true },
	{ "reserved 13", BIT_ULL(13), false },
	{ "reserved 15", BIT_ULL(15), false },
	{ "reserved 20", BIT_ULL(20), false },
	{ "reserved 63", BIT_ULL(63), false },
};

static void test_config_valid(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(config_rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    stimer_config_valid(config_rows[i].config),
				    config_rows[i].valid, "%s",
				    config_rows[i].name);
}

static void test_config_written(struct kunit *test)
{
	/* Without a count the timer stays quiet. */
	KUNIT_EXPECT_EQ(test, stimer_config_written(LINUX_CONFIG, 0),
			LINUX_CONFIG & ~ON);
	KUNIT_EXPECT_EQ(test, stimer_config_written(LINUX_CONFIG, 1),
			LINUX_CONFIG);
	/* SINT 0 is nowhere. */
	KUNIT_EXPECT_EQ(test, stimer_config_written(ON | SINT(0), 1), 0ULL);
	KUNIT_EXPECT_EQ(test, stimer_config_written(ON | SINT(2), 1),
			ON | SINT(2));
}

static void test_count_written(struct kunit *test)
{
	const u64 off = LINUX_CONFIG & ~ON;

	KUNIT_EXPECT_EQ(test, stimer_count_written(off, 5), LINUX_CONFIG);
	KUNIT_EXPECT_EQ(test, stimer_count_written(LINUX_CONFIG, 0), off);
	/* Without auto-enable the count alone starts nothing. */
	KUNIT_EXPECT_EQ(test, stimer_count_written(off & ~AUTO, 5),
			off & ~AUTO);
	KUNIT_EXPECT_EQ(test, stimer_count_written(ON | SINT(2), 5),
			ON | SINT(2));
	KUNIT_EXPECT_EQ(test, stimer_count_written(AUTO | SINT(0), 5), AUTO);
}

static void test_first_expiry(struct kunit *test)
{
	u64 period;

	KUNIT_EXPECT_EQ(test, stimer_first_expiry(ON, 123, 1000, &period),
			123ULL);
	KUNIT_EXPECT_EQ(test, period, 0ULL);
	KUNIT_EXPECT_EQ(test,
			stimer_first_expiry(ON | PERIODIC, 5000, 1000, &period),
			6000ULL);
	KUNIT_EXPECT_EQ(test, period, 5000ULL);
	/* A period that would keep the host busy is stretched. */
	KUNIT_EXPECT_EQ(test,
			stimer_first_expiry(ON | PERIODIC, 1, 1000, &period),
			1000ULL + STIMER_MIN_PERIOD);
	KUNIT_EXPECT_EQ(test, period, (u64)STIMER_MIN_PERIOD);
	KUNIT_EXPECT_EQ(test,
			stimer_first_expiry(ON | PERIODIC, U64_MAX, 1000,
					    &period), U64_MAX);
}

static void test_next_expiry(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, stimer_next_expiry(2000, 1000, 1999), 2000ULL);
	KUNIT_EXPECT_EQ(test, stimer_next_expiry(2000, 1000, 2000), 3000ULL);
	KUNIT_EXPECT_EQ(test, stimer_next_expiry(2000, 1000, 2999), 3000ULL);
	KUNIT_EXPECT_EQ(test, stimer_next_expiry(2000, 1000, 3000), 4000ULL);
	/* Expiries that were missed do not come later all at once. */
	KUNIT_EXPECT_EQ(test, stimer_next_expiry(2000, 1000, 9500), 10000ULL);
	KUNIT_EXPECT_EQ(test, stimer_next_expiry(1, U64_MAX, 5), U64_MAX);
}

static void test_fields(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, stimer_vector(LINUX_CONFIG), (u8)0xed);
	KUNIT_EXPECT_EQ(test, stimer_sint(ON | SINT(15) | VECTOR(0xff)), 15u);
}

static struct kunit_case stimer_cases[] = {
	KUNIT_CASE(test_config_valid),
	KUNIT_CASE(test_config_written),
	KUNIT_CASE(test_count_written),
	KUNIT_CASE(test_first_expiry),
	KUNIT_CASE(test_next_expiry),
	KUNIT_CASE(test_fields),
	{}
};

static struct kunit_suite stimer_suite = {
	.name = "hvroot_stimer",
	.test_cases = stimer_cases,
};

kunit_test_suites(&stimer_suite);
