// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sparse VP sets.
 */
#include <kunit/test.h>

#include "../hvcore/vpset.c"

#define WORDS	(HVR_VPSET_BITS / 64)

struct vpset_row {
	const char *name;
	u64 format;
	u64 valid;
	u32 nr_banks;
	u64 banks[4];
	hvr_status_t want;
	bool all;
	u64 mask[WORDS];
};

static const struct vpset_row vpset_rows[] = {
	{ "empty", 0, 0, 0, {}, HVS_SUCCESS, false, { 0 } },
	{ "bank 0", 0, 1, 1, { 5 }, HVS_SUCCESS, false, { 5 } },
	{ "bank 1", 0, 2, 1, { 5 }, HVS_SUCCESS, false, { 0, 5 } },
	{ "banks 0 and 3", 0, 9, 2, { 1, 1ULL << 63 }, HVS_SUCCESS, false,
	  { 1, 0, 0, 1ULL << 63 } },
	{ "beyond the mask", 0, BIT_ULL(4), 1, { 7 }, HVS_SUCCESS, false,
	  { 0 } },
	{ "last bank and first", 0, BIT_ULL(63) | 1, 2, { 3, 7 }, HVS_SUCCESS,
	  false, { 3 } },
	{ "all", 1, 0, 0, {}, HVS_SUCCESS, true,
	  { U64_MAX, U64_MAX, U64_MAX, U64_MAX } },
	{ "all, banks ignored", 1, 1, 1, { 1 }, HVS_SUCCESS, true,
	  { U64_MAX, U64_MAX, U64_MAX, U64_MAX } },
	{ "too few banks", 0, 3, 1, { 1 }, HVS_INVALID_HYPERCALL_INPUT },
	{ "too many banks", 0, 1, 2, { 1, 1 }, HVS_INVALID_HYPERCALL_INPUT },
	{ "no bank for any", 0, U64_MAX, 0, {}, HVS_INVALID_HYPERCALL_INPUT },
	{ "format 2", 2, 0, 0, {}, HVS_INVALID_PARAMETER },
	{ "format wide", BIT_ULL(32), 0, 0, {}, HVS_INVALID_PARAMETER },
};

static void test_parse(struct kunit *test)
{
	DECLARE_BITMAP(mask, HVR_VPSET_BITS);
	struct hv_vpset_head head;
	const struct vpset_row *r;
	hvr_status_t status;
	__le64 banks[4];
	bool all;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(vpset_rows); i++) {
		r = &vpset_rows[i];
		head.format = cpu_to_le64(r->format);
		head.valid_banks = cpu_to_le64(r->valid);
		for (k = 0; k < 4; k++)
			banks[k] = cpu_to_le64(r->banks[k]);
		memset(mask, 0xa5, sizeof(mask));
		status = hvr_vpset_parse(&head, banks, r->nr_banks, mask, &all);
		KUNIT_EXPECT_EQ_MSG(test, (__force u16)status,
				    (__force u16)r->want, "%s", r->name);
		if (status != HVS_SUCCESS)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, all, r->all, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(mask, r->mask, sizeof(mask)),
				    0, "%s", r->name);
	}
}

static void test_mask(struct kunit *test)
{
	DECLARE_BITMAP(mask, HVR_VPSET_BITS);

	memset(mask, 0xa5, sizeof(mask));
	hvr_vpset_from_mask(0x8000000000000001ULL, mask);
	KUNIT_EXPECT_EQ(test, bitmap_weight(mask, HVR_VPSET_BITS), 2);
	KUNIT_EXPECT_TRUE(test, test_bit(0, mask));
	KUNIT_EXPECT_TRUE(test, test_bit(63, mask));
}

static struct kunit_case vpset_cases[] = {
	KUNIT_CASE(test_parse),
	KUNIT_CASE(test_mask),
	{}
};

static struct kunit_suite vpset_suite = {
	.name = "hvroot_vpset",
	.test_cases = vpset_cases,
};

kunit_test_suites(&vpset_suite);
