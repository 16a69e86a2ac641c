// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task-state segments of both sizes there and back, and descriptors with the
 * exception that a task switch answers them with.
 */
#include <kunit/test.h>

#include "../hvcore/tss.c"

/* ---- images ---- */

/* A value for each field, so that no two are the same. */
static void fill_image(u8 *image, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		image[i] = i + 1;
}

static void test_parse_wide(struct kunit *test)
{
	struct hvr_task_state s;
	u8 image[HVR_TSS_MAX];

	fill_image(image, sizeof(image));
	KUNIT_EXPECT_EQ(test, hvr_tss_size(true), 104U);
	hvr_tss_parse(image, true, &s);
	KUNIT_EXPECT_EQ(test, s.cr3, 0x201f1e1dU);
	KUNIT_EXPECT_EQ(test, s.eip, 0x24232221U);
	/* 0x28272625 without what is reserved, with bit 1. */
	KUNIT_EXPECT_EQ(test, s.eflags, 0x00272607U);
	KUNIT_EXPECT_EQ(test, s.gpr[0], 0x2c2b2a29U);
	KUNIT_EXPECT_EQ(test, s.gpr[4], 0x3c3b3a39U);
	KUNIT_EXPECT_EQ(test, s.gpr[7], 0x48474645U);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_ES], 0x4a49);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_CS], 0x4e4d);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_SS], 0x5251);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_DS], 0x5655);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_FS], 0x5a59);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_GS], 0x5e5d);
	KUNIT_EXPECT_EQ(test, s.ldt, 0x6261);
	KUNIT_EXPECT_TRUE(test, s.trap);
	image[0x64] = 0xfe;
	hvr_tss_parse(image, true, &s);
	KUNIT_EXPECT_FALSE(test, s.trap);
}

static void test_parse_narrow(struct kunit *test)
{
	struct hvr_task_state s;
	u8 image[44];

	fill_image(image, sizeof(image));
	KUNIT_EXPECT_EQ(test, hvr_tss_size(false), 44U);
	hvr_tss_parse(image, false, &s);
	KUNIT_EXPECT_EQ(test, s.cr3, 0U);
	KUNIT_EXPECT_EQ(test, s.eip, 0x100fU);
	KUNIT_EXPECT_EQ(test, s.eflags, 0x1213U);
	KUNIT_EXPECT_EQ(test, s.gpr[0], 0x1413U);
	KUNIT_EXPECT_EQ(test, s.gpr[7], 0x2221U);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_ES], 0x2423);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_DS], 0x2a29);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_FS], 0);
	KUNIT_EXPECT_EQ(test, s.seg[HVR_SEG_GS], 0);
	KUNIT_EXPECT_EQ(test, s.ldt, 0x2c2b);
	KUNIT_EXPECT_FALSE(test, s.trap);
}

static void test_no_reserved_flags(struct kunit *test)
{
	struct hvr_task_state s;
	u8 image[HVR_TSS_MAX];

	memset(image, 0xff, sizeof(image));
	hvr_tss_parse(image, true, &s);
	KUNIT_EXPECT_EQ(test, s.eflags, 0x003f7fd7U);
	hvr_tss_parse(image, false, &s);
	KUNIT_EXPECT_EQ(test, s.eflags, 0x7fd7U);
	memset(image, 0, sizeof(image));
	hvr_tss_parse(image, true, &s);
	KUNIT_EXPECT_EQ(test, s.eflags, 2U);
}

/* What is stored reads back; what is not saved stays. */
static void store_size(struct kunit *test, bool wide)
{
	unsigned int i, first, len, size = hvr_tss_size(wide);
	u8 image[HVR_TSS_MAX], blank[HVR_TSS_MAX];
	struct hvr_task_state in, out;

	fill_image(image, sizeof(image));
	hvr_tss_parse(image, wide, &in);
	memset(blank, 0xee, sizeof(blank));
	hvr_tss_store(blank, wide, &in);
	hvr_tss_parse(blank, wide, &out);
	KUNIT_EXPECT_EQ(test, out.eip, in.eip);
	KUNIT_EXPECT_EQ(test, out.eflags, in.eflags);
	KUNIT_EXPECT_EQ(test, memcmp(out.gpr, in.gpr, sizeof(in.gpr)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out.seg, in.seg, sizeof(in.seg)), 0);
	KUNIT_EXPECT_EQ(test, out.ldt, 0xeeee);

	hvr_tss_saved_part(wide, &first, &len);
	KUNIT_EXPECT_LE(test, first + len, size);
	for (i = 0; i < sizeof(blank); i++)
		if (i < first || i >= first + len)
			KUNIT_EXPECT_EQ_MSG(test, blank[i], 0xee, "byte %u", i);
}

static void test_store(struct kunit *test)
{
	store_size(test, true);
	store_size(test, false);
}

/* ---- descriptors ---- */

static void test_descriptor(struct kunit *test)
{
	struct hvr_segment seg;

	hvr_descriptor_segment(0x12af9b3456789abcULL, 0x1b, &seg);
	KUNIT_EXPECT_EQ(test, seg.base, 0x12345678ULL);
	KUNIT_EXPECT_EQ(test, seg.limit, 0xf9abcfffU);
	KUNIT_EXPECT_EQ(test, seg.attr, 0xa09b);
	KUNIT_EXPECT_EQ(test, seg.selector, 0x1b);
	hvr_descriptor_segment(0x0040890050000067ULL, 0x28, &seg);
	KUNIT_EXPECT_EQ(test, seg.base, 0x5000ULL);
	KUNIT_EXPECT_EQ(test, seg.limit, 0x67U);
	KUNIT_EXPECT_TRUE(test, hvr_tss_is_wide(seg.attr));
	hvr_descriptor_segment(0x000083005000002bULL, 0x28, &seg);
	KUNIT_EXPECT_FALSE(test, hvr_tss_is_wide(seg.attr));
}

struct tss_row {
	const char *name;
	u16 attr;
	u32 limit;
	u8 kind;
	u8 want;
};

static const struct tss_row tss_rows[] = {
	{ "CALL, 32 bits", 0x89, 0x67, HVR_TASK_CALL, 0 },
	{ "JMP, 16 bits", 0x81, 0x2b, HVR_TASK_JMP, 0 },
	{ "gate, more than it needs", 0x89, 0x2067, HVR_TASK_GATE, 0 },
	{ "IRET, 32 bits", 0x8b, 0x67, HVR_TASK_IRET, 0 },
	{ "IRET, 16 bits", 0x83, 0x2b, HVR_TASK_IRET, 0 },
	{ "CALL, busy", 0x8b, 0x67, HVR_TASK_CALL, 13 },
	{ "gate, busy, 16 bits", 0x83, 0x2b, HVR_TASK_GATE, 13 },
	{ "IRET, available", 0x89, 0x67, HVR_TASK_IRET, 10 },
	{ "JMP, an LDT", 0x82, 0x67, HVR_TASK_JMP, 13 },
	{ "JMP, a call gate", 0x8c, 0x67, HVR_TASK_JMP, 13 },
	{ "JMP, data", 0x91, 0x67, HVR_TASK_JMP, 13 },
	{ "IRET, code", 0x9b, 0x67, HVR_TASK_IRET, 10 },
	{ "CALL, not present", 0x09, 0x67, HVR_TASK_CALL, 11 },
	{ "IRET, not present", 0x0b, 0x67, HVR_TASK_IRET, 11 },
	{ "CALL, busy and not present", 0x0b, 0x67, HVR_TASK_CALL, 13 },
	{ "CALL, one byte short", 0x89, 0x66, HVR_TASK_CALL, 10 },
	{ "CALL, 16 bits, one byte short", 0x81, 0x2a, HVR_TASK_CALL, 10 },
	{ "CALL, 32 bits with 16-bit limit", 0x89, 0x2b, HVR_TASK_CALL, 10 },
};

static void test_tss(struct kunit *test)
{
	const struct tss_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(tss_rows); i++) {
		struct hvr_segment tss = {};

		r = &tss_rows[i];
		tss.attr = r->attr;
		tss.limit = r->limit;
		KUNIT_EXPECT_EQ_MSG(test, hvr_task_check_tss(&tss, r->kind),
				    r->want, "%s", r->name);
	}
}

struct segment_row {
	const char *name;
	u8 seg;
	u16 selector;
	u16 attr;
	u8 cpl;
	u8 want;
};

static const struct segment_row segment_rows[] = {
	{ "LDT", HVR_SEG_LDTR, 0x40, 0x82, 0, 0 },
	{ "LDT, not present", HVR_SEG_LDTR, 0x40, 0x02, 0, 10 },
	{ "LDT, data", HVR_SEG_LDTR, 0x40, 0x92, 0, 10 },
	{ "LDT, a TSS", HVR_SEG_LDTR, 0x40, 0x89, 0, 10 },

	{ "CS", HVR_SEG_CS, 0x08, 0x9a, 0, 0 },
	{ "CS of DPL 3", HVR_SEG_CS, 0x0b, 0xfa, 3, 0 },
	{ "CS, execute only", HVR_SEG_CS, 0x08, 0x98, 0, 0 },
	{ "CS, conforming", HVR_SEG_CS, 0x0b, 0x9e, 3, 0 },
	{ "CS, data", HVR_SEG_CS, 0x08, 0x92, 0, 10 },
	{ "CS, a TSS", HVR_SEG_CS, 0x08, 0x89, 0, 10 },
	{ "CS, DPL below RPL", HVR_SEG_CS, 0x0b, 0x9a, 3, 10 },
	{ "CS, DPL above RPL", HVR_SEG_CS, 0x08, 0xfa, 0, 10 },
	{ "CS, conforming, DPL above RPL", HVR_SEG_CS, 0x08, 0xfe, 0, 10 },
	{ "CS, not present", HVR_SEG_CS, 0x08, 0x1a, 0, 11 },

	{ "SS", HVR_SEG_SS, 0x10, 0x92, 0, 0 },
	{ "SS, expand down", HVR_SEG_SS, 0x10, 0x96, 0, 0 },
	{ "SS, read only", HVR_SEG_SS, 0x10, 0x90, 0, 10 },
	{ "SS, code", HVR_SEG_SS, 0x10, 0x9a, 0, 10 },
	{ "SS, RPL", HVR_SEG_SS, 0x13, 0x92, 0, 10 },
	{ "SS, DPL", HVR_SEG_SS, 0x10, 0xf2, 0, 10 },
	{ "SS of a task of DPL 3", HVR_SEG_SS, 0x13, 0xf2, 3, 0 },
	{ "SS, not present", HVR_SEG_SS, 0x10, 0x12, 0, 12 },

	{ "DS", HVR_SEG_DS, 0x10, 0x92, 0, 0 },
	{ "DS, read only", HVR_SEG_DS, 0x10, 0x90, 0, 0 },
	{ "ES, readable code", HVR_SEG_ES, 0x08, 0x9a, 0, 0 },
	{ "FS, execute only", HVR_SEG_FS, 0x08, 0x98, 0, 10 },
	{ "GS, an LDT", HVR_SEG_GS, 0x40, 0x82, 0, 10 },
	{ "DS, DPL below CPL", HVR_SEG_DS, 0x10, 0x92, 3, 10 },
	{ "DS, DPL below RPL", HVR_SEG_DS, 0x13, 0x92, 0, 10 },
	{ "DS, conforming code for all", HVR_SEG_DS, 0x0b, 0x9e, 3, 0 },
	{ "DS, code of a higher level", HVR_SEG_DS, 0x0b, 0x9a, 3, 10 },
	{ "DS, not present", HVR_SEG_DS, 0x50, 0x12, 0, 11 },
};

static void test_segments(struct kunit *test)
{
	const struct segment_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(segment_rows); i++) {
		struct hvr_segment seg = {};

		r = &segment_rows[i];
		seg.selector = r->selector;
		seg.attr = r->attr;
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_task_check_segment(r->seg, &seg, r->cpl),
				    r->want, "%s", r->name);
	}
	KUNIT_EXPECT_EQ(test, hvr_task_check_null(HVR_SEG_CS), 10);
	KUNIT_EXPECT_EQ(test, hvr_task_check_null(HVR_SEG_SS), 10);
	KUNIT_EXPECT_EQ(test, hvr_task_check_null(HVR_SEG_DS), 0);
	KUNIT_EXPECT_EQ(test, hvr_task_check_null(HVR_SEG_LDTR), 0);
}

/* ---- stacks ---- */

struct stack_row {
	const char *name;
	u16 attr;
	u32 limit;
	u32 sp;
	bool want;
};

/* Four bytes each. */
static const struct stack_row stack_rows[] = {
	{ "flat", 0xc093, ~0U, 0x8000, true },
	{ "flat, wraps round", 0xc093, ~0U, 0xfffffffe, false },
	{ "flat, the last bytes", 0xc093, ~0U, 0xfffffffc, true },
	{ "up to the limit", 0x4093, 0xfff, 0xffc, true },
	{ "past the limit", 0x4093, 0xfff, 0xffd, false },
	{ "expand down, above", 0x4097, 0xfff, 0x1000, true },
	{ "expand down, at the limit", 0x4097, 0xfff, 0xfff, false },
	{ "expand down, 32 bits, wraps round", 0x4097, 0xfff, ~0U, false },
	{ "expand down, 16 bits, the last bytes", 0x97, 0xfff, 0xfffc, true },
	{ "expand down, 16 bits, wraps round", 0x97, 0xfff, 0xfffe, false },
};

static void test_stack(struct kunit *test)
{
	const struct stack_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(stack_rows); i++) {
		struct hvr_segment ss = {};

		r = &stack_rows[i];
		ss.attr = r->attr;
		ss.limit = r->limit;
		KUNIT_EXPECT_EQ_MSG(test, hvr_stack_holds(&ss, r->sp, 4),
				    r->want, "%s", r->name);
	}
}

static struct kunit_case task_cases[] = {
	KUNIT_CASE(test_parse_wide),
	KUNIT_CASE(test_parse_narrow),
	KUNIT_CASE(test_no_reserved_flags),
	KUNIT_CASE(test_store),
	KUNIT_CASE(test_descriptor),
	KUNIT_CASE(test_tss),
	KUNIT_CASE(test_segments),
	KUNIT_CASE(test_stack),
	{}
};

static struct kunit_suite task_suite = {
	.name = "hvroot_task",
	.test_cases = task_cases,
};

kunit_test_suites(&task_suite);
