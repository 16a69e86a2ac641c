// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall control words and operands: one row per form, most of them refused.
 */
#include <kunit/test.h>

#include "../hvcore/hc_decode.c"

#define PRIV_A		BIT_ULL(4)
#define PRIV_B		BIT_ULL(5)
#define REPS(n)		((u64)(n) << 32)
#define START(n)	((u64)(n) << 48)
#define VARHEAD(n)	((u64)(n) << 17)
#define FAST		BIT_ULL(16)

static const struct hvr_hypercall plain = {
	.code = 0x5c, .flags = HVR_HC_GUEST, .in_size = 256,
};

static const struct hvr_hypercall event = {
	.code = 0x5d, .flags = HVR_HC_GUEST | HVR_HC_FAST, .in_size = 8,
	.privilege = PRIV_A,
};

static const struct hvr_hypercall list = {
	.code = 0x14, .flags = HVR_HC_GUEST | HVR_HC_REP | HVR_HC_VARHEAD,
	.in_size = 32, .rep_in_size = 8,
};

static const struct hvr_hypercall both = {
	.code = 0x9a, .flags = HVR_HC_GUEST | HVR_HC_REP | HVR_HC_FAST,
	.in_size = 8, .rep_in_size = 4, .rep_out_size = 16,
	.privilege = PRIV_A | PRIV_B,
};

static const struct hvr_hypercall out_only = {
	.code = 0x46, .flags = HVR_HC_GUEST | HVR_HC_FAST, .out_size = 8,
};

struct check_row {
	const char *name;
	const struct hvr_hypercall *row;
	u64 control;
	u64 privileges;
	hvr_status_t want;
	u32 in_size;
	u32 out_size;
};

static const struct check_row check_rows[] = {
	{ "plain", &plain, 0x5c, 0, HVS_SUCCESS, 256, 0 },
	{ "plain, fast", &plain, 0x5c | FAST, 0, HVS_INVALID_HYPERCALL_INPUT },
	{ "plain, reps", &plain, 0x5c | REPS(1), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "plain, start", &plain, 0x5c | START(1), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "plain, variable header", &plain, 0x5c | VARHEAD(1), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "reserved 27", &plain, 0x5c | BIT_ULL(27), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "nested", &plain, 0x5c | BIT_ULL(31), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "reserved 44", &plain, 0x5c | BIT_ULL(44), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "reserved 60", &plain, 0x5c | BIT_ULL(60), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "reserved 63", &plain, 0x5c | BIT_ULL(63), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "event, slow", &event, 0x5d, PRIV_A, HVS_SUCCESS, 8, 0 },
	{ "event, fast", &event, 0x5d | FAST, PRIV_A, HVS_SUCCESS, 8, 0 },
	{ "event, no privilege", &event, 0x5d | FAST, PRIV_B,
	  HVS_ACCESS_DENIED },
	{ "list", &list, 0x14 | REPS(3), 0, HVS_SUCCESS, 56, 0 },
	{ "list, banks", &list, 0x14 | REPS(3) | VARHEAD(2), 0,
	  HVS_SUCCESS, 72, 0 },
	{ "list, no reps", &list, 0x14, 0, HVS_INVALID_HYPERCALL_INPUT },
	{ "list, last one left", &list, 0x14 | REPS(3) | START(2), 0,
	  HVS_SUCCESS, 56, 0 },
	{ "list, start at end", &list, 0x14 | REPS(3) | START(3), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "list, a page", &list, 0x14 | REPS(508), 0, HVS_SUCCESS, 4096, 0 },
	{ "list, over a page", &list, 0x14 | REPS(509), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "list, all bits", &list, 0x14 | REPS(4095) | VARHEAD(1023), 0,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "rep output", &both, 0x9a | REPS(4), PRIV_A | PRIV_B,
	  HVS_SUCCESS, 24, 64 },
	{ "rep output, one privilege", &both, 0x9a | REPS(4), PRIV_A,
	  HVS_ACCESS_DENIED },
	{ "rep output, over a page", &both, 0x9a | REPS(257),
	  PRIV_A | PRIV_B, HVS_INVALID_HYPERCALL_INPUT },
	{ "fast with output", &both, 0x9a | REPS(1) | FAST, PRIV_A | PRIV_B,
	  HVS_INVALID_HYPERCALL_INPUT },
	{ "output", &out_only, 0x46, 0, HVS_SUCCESS, 0, 8 },
	{ "output, fast", &out_only, 0x46 | FAST, 0,
	  HVS_INVALID_HYPERCALL_INPUT },
};

static void test_check(struct kunit *test)
{
	const struct check_row *r;
	struct hvr_hc_form form;
	hvr_status_t status;
	int i;

	for (i = 0; i < ARRAY_SIZE(check_rows); i++) {
		r = &check_rows[i];
		status = hvr_hc_check(r->row, r->control, r->privileges, &form);
		KUNIT_EXPECT_EQ_MSG(test, (__force u16)status,
				    (__force u16)r->want, "%s", r->name);
		if (status != HVS_SUCCESS)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, form.in_size, r->in_size, "%s",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, form.out_size, r->out_size, "%s",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, form.code, r->row->code, "%s",
				    r->name);
	}
}

struct gpa_row {
	u32 in_size;
	u32 out_size;
	u64 in;
	u64 out;
	bool fast;
	bool good;
};

static const struct gpa_row gpa_rows[] = {
	{ 16, 0, 0x1000, 0, false, true },
	{ 16, 0, 0x1ff0, 0, false, true },
	{ 16, 0, 0x1ff8, 0, false, false },
	{ 16, 0, 0x1004, 0, false, false },
	{ 4096, 0, 0x1000, 0, false, true },
	{ 4096, 0, 0x1008, 0, false, false },
	{ 8, 8, 0x1000, 0x2ff8, false, true },
	{ 8, 8, 0x1000, 0x2ffc, false, false },
	{ 8, 16, 0x1000, 0x2ff8, false, false },
	/* What is not there is not looked at. */
	{ 0, 8, 0x1001, 0x2000, false, true },
	{ 8, 0, 0x1000, 0x2001, false, true },
	{ 8, 0, 0x1001, 0, true, true },
	{ 16, 0, ~0ULL, ~0ULL, true, true },
	{ 16, 0, ~0ULL & ~7ULL, 0, false, false },
};

static void test_gpas(struct kunit *test)
{
	struct hvr_hc_form form = {};
	const struct gpa_row *r;
	hvr_status_t status;
	int i;

	for (i = 0; i < ARRAY_SIZE(gpa_rows); i++) {
		r = &gpa_rows[i];
		form.in_size = r->in_size;
		form.out_size = r->out_size;
		form.fast = r->fast;
		status = hvr_hc_check_gpas(&form, r->in, r->out);
		KUNIT_EXPECT_EQ_MSG(test, (__force u16)status,
				    r->good ? 0 :
				    (__force u16)HVS_INVALID_ALIGNMENT,
				    "row %d", i);
	}
}

static void test_result(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hvr_hc_result(HVS_SUCCESS, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, hvr_hc_result(HVS_ACCESS_DENIED, 0), 6ULL);
	KUNIT_EXPECT_EQ(test, hvr_hc_result(HVS_SUCCESS, 4095),
			0xfffULL << 32);
	KUNIT_EXPECT_EQ(test, hvr_hc_result(HVS_INVALID_PARAMETER, 3),
			(3ULL << 32) | 5);
}

static struct kunit_case hypercall_cases[] = {
	KUNIT_CASE(test_check),
	KUNIT_CASE(test_gpas),
	KUNIT_CASE(test_result),
	{}
};

static struct kunit_suite hypercall_suite = {
	.name = "hvroot_hypercall",
	.test_cases = hypercall_cases,
};

kunit_test_suites(&hypercall_suite);
