// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVM: segment attributes.
 */
#include <kunit/test.h>

#include "../hvcore/svm/segment.h"

static const struct {
	u16 attr;	/* of struct hvr_segment */
	u16 packed;
} rows[] = {
	{ 0xa09b, 0xa9b },	/* 64-bit code */
	{ 0xc093, 0xc93 },	/* flat data */
	{ 0xc0f3, 0xcf3 },
	{ 0x0093, 0x093 },	/* real mode */
	{ 0x008b, 0x08b },	/* busy TSS */
	{ 0x0082, 0x082 },
	{ 0x1093, 0x193 },	/* AVL */
	{ 0x0000, 0x000 },
};

static void test_attributes(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ(test, svm_pack_attr(rows[i].attr),
				rows[i].packed);
		KUNIT_EXPECT_EQ(test, svm_unpack_attr(rows[i].packed),
				rows[i].attr);
	}
	/* Bits that mean nothing are dropped. */
	KUNIT_EXPECT_EQ(test, svm_pack_attr(0xaf9b), 0xa9b);
}

/* Every packed value comes back. */
static void test_round_trip(struct kunit *test)
{
	unsigned int packed;

	for (packed = 0; packed < 0x1000; packed++)
		KUNIT_ASSERT_EQ(test, svm_pack_attr(svm_unpack_attr(packed)),
				packed);
}

static struct kunit_case svm_segment_cases[] = {
	KUNIT_CASE(test_attributes),
	KUNIT_CASE(test_round_trip),
	{}
};

static struct kunit_suite svm_segment_suite = {
	.name = "hvroot_svm_segment",
	.test_cases = svm_segment_cases,
};

kunit_test_suites(&svm_segment_suite);
