// SPDX-License-Identifier: GPL-2.0-only
/*
 * XSAVE images: standard to compacted and back.
 */
#include <kunit/test.h>

#include "../hvcore/xsave.c"

#define AREA	4096

/* AVX, the three of AVX-512 (the first of them aligned), and one that the host
 * knows and a guest does not get.
 */
static const struct hvr_xsave_layout layout = {
	.guest = 0xe7,
	.known = 0x2e7,
	.aligned = BIT_ULL(6),
	.offset = { [2] = 576, [5] = 1088, [6] = 1152, [7] = 1664, [9] = 2688 },
	.size = { [2] = 256, [5] = 64, [6] = 512, [7] = 1024, [9] = 8 },
	.mxcsr_valid = 0xffff,
};

struct buffers {
	u8 area[AREA];
	u8 image[AREA];
	u8 back[AREA];
};

static struct buffers *make_buffers(struct kunit *test)
{
	struct buffers *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

/* A standard area with every component of @live in use. */
static void fill(u8 *area, u64 live)
{
	const u32 mxcsr = 0x1f80;
	unsigned int i;

	for (i = 0; i < AREA; i++)
		area[i] = i * 7 + 1;
	memset(area + HVR_XSAVE_LEGACY, 0, 64);
	memcpy(area + HVR_XSAVE_LEGACY, &live, sizeof(live));
	memcpy(area + MXCSR, &mxcsr, sizeof(mxcsr));
}

static u64 word(const void *p, u32 offset)
{
	u64 v;

	memcpy(&v, p + offset, sizeof(v));
	return v;
}

static void set_word(void *p, u32 offset, u64 v)
{
	memcpy(p + offset, &v, sizeof(v));
}

static void test_size(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hvr_xsave_compact_size(&layout, 3), 576);
	KUNIT_EXPECT_EQ(test, hvr_xsave_compact_size(&layout, 7), 832);
	KUNIT_EXPECT_EQ(test, hvr_xsave_compact_size(&layout, 0xe7),
			832 + 64 + 512 + 1024);
	/* Without the one before it, the aligned one needs no gap; after 8 bytes
	 * of an unaligned one, it would.
	 */
	KUNIT_EXPECT_EQ(test, hvr_xsave_compact_size(&layout, 0x43), 576 + 512);
}

static void test_round_trip(struct kunit *test)
{
	struct buffers *b = make_buffers(test);

	fill(b->area, 0xe7);
	hvr_xsave_compact(&layout, b->area, b->image);
	KUNIT_EXPECT_EQ(test, word(b->image, 512), 0xe7);
	KUNIT_EXPECT_EQ(test, word(b->image, 520), BIT_ULL(63) | 0xe7);
	KUNIT_EXPECT_EQ(test, memcmp(b->image + 832, b->area + 1088, 64), 0);
	KUNIT_EXPECT_EQ(test, hvr_xsave_expand(&layout, b->image, AREA, b->back,
					       true), 0);
	KUNIT_EXPECT_EQ(test, memcmp(b->back, b->area, MXCSR + 4), 0);
	KUNIT_EXPECT_EQ(test, memcmp(b->back + ST, b->area + ST, 384), 0);
	KUNIT_EXPECT_EQ(test, word(b->back, 512), 0xe7);
	KUNIT_EXPECT_EQ(test, memcmp(b->back + 576, b->area + 576, 256), 0);
	KUNIT_EXPECT_EQ(test, memcmp(b->back + 1088, b->area + 1088, 1600), 0);
}

static void test_initial_state(struct kunit *test)
{
	struct buffers *b = make_buffers(test);

	fill(b->area, 0x3);
	hvr_xsave_compact(&layout, b->area, b->image);
	KUNIT_EXPECT_EQ(test, word(b->image, 512), 3);
	KUNIT_EXPECT_EQ(test, word(b->image, 520), BIT_ULL(63) | 0xe7);
	KUNIT_EXPECT_TRUE(test, hvr_xsave_is_bare(&layout, b->image, AREA));
	fill(b->back, 0xe7);
	set_word(b->image, 512, 0);
	KUNIT_EXPECT_EQ(test, hvr_xsave_expand(&layout, b->image, AREA, b->back,
					       true), 0);
	/* Everything named in the image, nothing in use: all initial values. */
	KUNIT_EXPECT_EQ(test, word(b->back, 512), 3);
	KUNIT_EXPECT_EQ(test, word(b->back, 0), FCW_INIT);
	KUNIT_EXPECT_EQ(test, (u32)word(b->back, MXCSR), MXCSR_INIT);
	KUNIT_EXPECT_EQ(test, word(b->back, 576), 0);
	KUNIT_EXPECT_EQ(test, word(b->back, XMM), 0);
}

static void test_left_out(struct kunit *test)
{
	struct buffers *b = make_buffers(test);

	fill(b->back, 0xe7);
	memcpy(b->area, b->back, AREA);
	set_word(b->image, 520, BIT_ULL(63));
	set_word(b->image, XMM, 0x1234);
	KUNIT_EXPECT_EQ(test, hvr_xsave_expand(&layout, b->image, AREA, b->back,
					       true), 0);
	KUNIT_EXPECT_EQ(test, memcmp(b->back, b->area, AREA), 0);
}

static void test_legacy_only(struct kunit *test)
{
	struct buffers *b = make_buffers(test);

	fill(b->back, 0xe7);
	memcpy(b->area, b->back, AREA);
	set_word(b->image, 512, 7);
	set_word(b->image, 520, BIT_ULL(63) | 7);
	set_word(b->image, XMM, 0x1234);
	KUNIT_EXPECT_TRUE(test, hvr_xsave_is_bare(&layout, b->image, AREA));
	KUNIT_EXPECT_EQ(test, hvr_xsave_expand(&layout, b->image, AREA, b->back,
					       false), 0);
	KUNIT_EXPECT_EQ(test, word(b->back, XMM), 0x1234);
	KUNIT_EXPECT_EQ(test, memcmp(b->back + 576, b->area + 576, AREA - 576),
			0);
	KUNIT_EXPECT_EQ(test, word(b->back, 512), 0xe7);
}

/* A component that the guest does not get is stepped over. */
static void test_host_component(struct kunit *test)
{
	static const struct hvr_xsave_layout narrow = {
		.guest = 0x43,
		.known = 0x247,
		.offset = { [2] = 576, [6] = 1152, [9] = 2688 },
		.size = { [2] = 256, [6] = 512, [9] = 8 },
		.mxcsr_valid = 0xffff,
	};
	struct buffers *b = make_buffers(test);

	set_word(b->image, 512, 0x47);
	set_word(b->image, 520, BIT_ULL(63) | 0x47);
	set_word(b->image, 576, 0xaaaa);
	set_word(b->image, 832, 0xbbbb);
	KUNIT_EXPECT_EQ(test, hvr_xsave_expand(&narrow, b->image, AREA, b->back,
					       true), 0);
	KUNIT_EXPECT_EQ(test, word(b->back, 576), 0);
	KUNIT_EXPECT_EQ(test, word(b->back, 1152), 0xbbbb);
	KUNIT_EXPECT_EQ(test, word(b->back, 512), 0x43);
}

static void test_mxcsr(struct kunit *test)
{
	struct buffers *b = make_buffers(test);

	set_word(b->image, 512, 3);
	set_word(b->image, 520, BIT_ULL(63) | 3);
	set_word(b->image, MXCSR, 0xffff1f80);
	KUNIT_EXPECT_EQ(test, hvr_xsave_expand(&layout, b->image, AREA, b->back,
					       true), 0);
	KUNIT_EXPECT_EQ(test, (u32)word(b->back, MXCSR), 0x1f80);
}

struct refusal_row {
	const char *name;
	u64 xstate;
	u64 xcomp;
	u32 size;
};

static const struct refusal_row refusals[] = {
	{ "standard format", 3, 0, AREA },
	{ "unknown component", 3, BIT_ULL(63) | BIT_ULL(40) | 3, AREA },
	{ "in use but not there", 7, BIT_ULL(63) | 3, AREA },
	{ "bit 63 in use", BIT_ULL(63) | 3, BIT_ULL(63) | 3, AREA },
	{ "shorter than its header", 3, BIT_ULL(63) | 3, 575 },
	{ "shorter than its components", 7, BIT_ULL(63) | 7, 831 },
};

static void test_refusals(struct kunit *test)
{
	struct buffers *b = make_buffers(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		fill(b->back, 0xe7);
		memcpy(b->area, b->back, AREA);
		set_word(b->image, 512, refusals[i].xstate);
		set_word(b->image, 520, refusals[i].xcomp);
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_xsave_expand(&layout, b->image,
						     refusals[i].size, b->back,
						     true),
				    -EINVAL, "%s", refusals[i].name);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(b->back, b->area, AREA), 0,
				    "%s: area touched", refusals[i].name);
	}
}

static struct kunit_case xsave_cases[] = {
	KUNIT_CASE(test_size),
	KUNIT_CASE(test_round_trip),
	KUNIT_CASE(test_initial_state),
	KUNIT_CASE(test_left_out),
	KUNIT_CASE(test_legacy_only),
	KUNIT_CASE(test_host_component),
	KUNIT_CASE(test_mxcsr),
	KUNIT_CASE(test_refusals),
	{}
};

static struct kunit_suite xsave_suite = {
	.name = "hvroot_xsave",
	.test_cases = xsave_cases,
};

kunit_test_suites(&xsave_suite);
