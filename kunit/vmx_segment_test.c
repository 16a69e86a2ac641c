// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX: segment access rights, and what an entry demands of segments.
 */
#include <kunit/test.h>

#include "../hvcore/vmx/segment.c"

struct rights_row {
	u16 attr;
	u32 rights;
	u16 back;
};

static const struct rights_row rights_rows[] = {
	{ 0xa09b, 0xa09b, 0xa09b },		/* 64-bit code */
	{ 0xc093, 0xc093, 0xc093 },		/* flat data */
	{ 0xc0f3, 0xc0f3, 0xc0f3 },
	{ 0x0093, 0x0093, 0x0093 },
	{ 0x008b, 0x008b, 0x008b },		/* busy TSS */
	{ 0x0000, 0x10000, 0x0000 },		/* null selector */
	{ 0x0013, 0x10013, 0x0013 },		/* not present */
	{ 0xff93, 0xf093, 0xf093 },		/* bits that mean nothing */
};

static void test_rights(struct kunit *test)
{
	const struct rights_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(rights_rows); i++) {
		r = &rights_rows[i];
		KUNIT_EXPECT_EQ(test, vmx_pack_rights(r->attr), r->rights);
		KUNIT_EXPECT_EQ(test, vmx_unpack_rights(r->rights), r->back);
	}
	/* A CPU's own: unusable, with bits left over. */
	KUNIT_EXPECT_EQ(test, vmx_unpack_rights(0x1c0f3), 0xc073);
}

/* ---- the conditions of an entry, told by the manual and not by the code ---- */

static bool limit_agrees(const struct vmx_segment *s)
{
	if ((s->limit & 0xfff) != 0xfff && (s->rights & BIT(15)))
		return false;
	return !(s->limit >> 20) || (s->rights & BIT(15));
}

static bool reserved_clear(u32 rights)
{
	return !(rights & 0xfffe0f00);
}

static const char *bad_code(const struct vmx_segment *cs,
			    const struct vmx_segment *ss, bool long_mode)
{
	u32 type = cs->rights & 0xf;
	u32 dpl = (cs->rights >> 5) & 3, ss_dpl = (ss->rights >> 5) & 3;

	if (type != 3 && type != 9 && type != 11 && type != 13 && type != 15)
		return "cs type";
	if ((cs->rights & (BIT(4) | BIT(7) | BIT(16))) != (BIT(4) | BIT(7)))
		return "cs S or P";
	if (type == 3 && dpl)
		return "cs DPL of data";
	if ((type == 9 || type == 11) && dpl != ss_dpl)
		return "cs DPL";
	if (type >= 13 && dpl > ss_dpl)
		return "cs DPL, conforming";
	if (long_mode && (cs->rights & BIT(13)) && (cs->rights & BIT(14)))
		return "cs L and D";
	if (cs->base >> 32)
		return "cs base";
	return reserved_clear(cs->rights) && limit_agrees(cs) ? NULL : "cs rest";
}

static const char *bad_stack(const struct vmx_segment *ss,
			     const struct vmx_segment *cs, bool protected)
{
	u32 type = ss->rights & 0xf;

	if (((cs->rights & 0xf) == 3 || !protected) && (ss->rights & 0x60))
		return "ss DPL";
	if (ss->rights & BIT(16))
		return NULL;
	if (type != 3 && type != 7)
		return "ss type";
	if ((ss->rights & (BIT(4) | BIT(7))) != (BIT(4) | BIT(7)))
		return "ss S or P";
	if (ss->base >> 32)
		return "ss base";
	return reserved_clear(ss->rights) && limit_agrees(ss) ? NULL : "ss rest";
}

static const char *bad_data(const struct vmx_segment *s, bool narrow)
{
	u32 type = s->rights & 0xf;

	if (s->rights & BIT(16))
		return NULL;
	if (!(type & 1) || ((type & 8) && !(type & 2)))
		return "data type";
	if ((s->rights & (BIT(4) | BIT(7))) != (BIT(4) | BIT(7)))
		return "data S or P";
	if (narrow && s->base >> 32)
		return "data base";
	return reserved_clear(s->rights) && limit_agrees(s) ? NULL : "data rest";
}

static const char *bad_system(const struct vmx_segment seg[HVR_NR_SEGS],
			      bool long_mode)
{
	const struct vmx_segment *tr = &seg[HVR_SEG_TR];
	const struct vmx_segment *ldtr = &seg[HVR_SEG_LDTR];
	u32 type = tr->rights & 0xf;

	if (long_mode ? type != 11 : type != 11 && type != 3)
		return "tr type";
	if ((tr->rights & (BIT(4) | BIT(7) | BIT(16))) != BIT(7))
		return "tr S, P or unusable";
	if ((tr->selector & 4) || !limit_agrees(tr) ||
	    !reserved_clear(tr->rights))
		return "tr rest";
	if (ldtr->rights & BIT(16))
		return NULL;
	if ((ldtr->rights & 0xf) != 2 || (ldtr->rights & BIT(4)) ||
	    !(ldtr->rights & BIT(7)))
		return "ldtr rights";
	if ((ldtr->selector & 4) || !limit_agrees(ldtr) ||
	    !reserved_clear(ldtr->rights))
		return "ldtr rest";
	return NULL;
}

static const char *bad_v86(const struct vmx_segment seg[HVR_NR_SEGS])
{
	unsigned int i;

	for (i = HVR_SEG_ES; i <= HVR_SEG_GS; i++)
		if (seg[i].base != (u64)seg[i].selector << 4 ||
		    seg[i].limit != 0xffff || seg[i].rights != 0xf3)
			return "virtual-8086";
	return NULL;
}

static const char *refused(const struct vmx_segment seg[HVR_NR_SEGS],
			   const struct vmx_mode *mode)
{
	const char *bad = NULL;
	unsigned int i;

	if (mode->v86) {
		bad = bad_v86(seg);
	} else {
		bad = bad_code(&seg[HVR_SEG_CS], &seg[HVR_SEG_SS],
			       mode->long_mode);
		if (!bad)
			bad = bad_stack(&seg[HVR_SEG_SS], &seg[HVR_SEG_CS],
					mode->protected);
		for (i = HVR_SEG_ES; i <= HVR_SEG_GS && !bad; i++)
			if (i != HVR_SEG_CS && i != HVR_SEG_SS)
				bad = bad_data(&seg[i], i < HVR_SEG_FS);
	}
	return bad ? bad : bad_system(seg, mode->long_mode);
}

static const struct vmx_mode modes[] = {
	{ .protected = false },
	{ .protected = true },
	{ .protected = true, .v86 = true },
	{ .protected = true, .long_mode = true },
};

/* Whatever is in the attributes, of one segment at a time and of all at once. */
static void test_any_attribute(struct kunit *test)
{
	static const u32 limits[] = { 0, 0xffff, 0xfffff, 0x100000, 0xffffffff };
	struct vmx_segment seg[HVR_NR_SEGS];
	unsigned int mode, attr, i, n = 0;
	const char *bad;

	for (mode = 0; mode < ARRAY_SIZE(modes); mode++) {
		for (attr = 0; attr <= 0xffff; attr++, n++) {
			for (i = 0; i < HVR_NR_SEGS; i++) {
				seg[i].selector = attr;
				seg[i].limit = limits[n % ARRAY_SIZE(limits)];
				seg[i].base = 0xffff800000001000ULL;
				seg[i].rights = vmx_pack_rights(0xc093);
			}
			seg[HVR_SEG_CS].rights = vmx_pack_rights(0xa09b);
			seg[HVR_SEG_TR].rights = vmx_pack_rights(0x8b);
			if (attr & 0x100)
				for (i = 0; i < HVR_NR_SEGS; i++)
					seg[i].rights = vmx_pack_rights(attr);
			else
				seg[(attr >> 9) & 7].rights =
					vmx_pack_rights(attr);
			vmx_fix_segments(seg, &modes[mode]);
			bad = refused(seg, &modes[mode]);
			if (bad) {
				KUNIT_FAIL(test, "mode %u attr %04x: %s", mode,
					   attr, bad);
				return;
			}
		}
	}
}

/* What the CPU enters with as it is stays as it is. */
struct good_row {
	const char *name;
	unsigned int mode;
	u32 cs, ss, ds, tr;
};

static const struct good_row good_rows[] = {
	{ "real mode after reset", 0, 0x9b, 0x93, 0x93, 0x8b },
	{ "flat 32-bit", 1, 0xc09b, 0xc093, 0xc093, 0x8b },
	{ "flat 32-bit user", 1, 0xc0fb, 0xc0f3, 0xc0f3, 0x8b },
	{ "16-bit TSS", 1, 0xc09b, 0xc093, 0xc093, 0x83 },
	{ "64-bit kernel", 3, 0xa09b, 0x10000, 0x10000, 0x8b },
	{ "64-bit user", 3, 0xa0fb, 0xc0f3, 0x10000, 0x8b },
	{ "conforming", 1, 0xc09f, 0xc0f3, 0xc0f3, 0x8b },
	{ "stack that grows down", 1, 0xc09b, 0xc097, 0xc093, 0x8b },
};

static void test_good_stays(struct kunit *test)
{
	struct vmx_segment seg[HVR_NR_SEGS], want[HVR_NR_SEGS];
	const struct good_row *r;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(good_rows); i++) {
		r = &good_rows[i];
		memset(seg, 0, sizeof(seg));
		for (k = 0; k < HVR_NR_SEGS; k++) {
			seg[k].limit = 0xffff;
			seg[k].rights = r->ds;
			if (r->ds & BIT(15))
				seg[k].limit = 0xffffffff;
		}
		seg[HVR_SEG_CS].rights = r->cs;
		seg[HVR_SEG_CS].limit = r->cs & BIT(15) ? 0xffffffff : 0xffff;
		seg[HVR_SEG_SS].rights = r->ss;
		seg[HVR_SEG_SS].limit = r->ss & BIT(15) ? 0xffffffff : 0xffff;
		seg[HVR_SEG_LDTR].rights = 0x10000;
		seg[HVR_SEG_TR].rights = r->tr;
		seg[HVR_SEG_TR].limit = 0x67;
		memcpy(want, seg, sizeof(seg));
		vmx_fix_segments(seg, &modes[r->mode]);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(seg, want, sizeof(seg)), 0, "%s",
				    r->name);
	}
}

struct bent_row {
	const char *name;
	unsigned int mode;
	unsigned int seg;
	u16 attr;
	u32 limit;
	u32 want;
	u32 want_limit;
};

static const struct bent_row bent_rows[] = {
	{ "code, not accessed", 1, HVR_SEG_CS, 0xc09a, 0xffffffff, 0xc09b,
	  0xffffffff },
	{ "available TSS", 3, HVR_SEG_TR, 0x89, 0x67, 0x8b, 0x67 },
	{ "no TSS at all", 1, HVR_SEG_TR, 0, 0, 0x83, 0 },
	{ "limit without granularity", 1, HVR_SEG_DS, 0x4093, 0xffffffff, 0xc093,
	  0xffffffff },
	{ "granularity with a small limit", 1, HVR_SEG_DS, 0xc093, 0x1000, 0x4093,
	  0x1000 },
	{ "large limit in bytes", 1, HVR_SEG_DS, 0x4093, 0x123456, 0xc093,
	  0x123fff },
	{ "64-bit code with D", 3, HVR_SEG_CS, 0xe09b, 0xffffffff, 0xa09b,
	  0xffffffff },
	{ "null data in real mode", 0, HVR_SEG_DS, 0, 0xffff, 0x91, 0xffff },
	{ "data in CS in real mode", 0, HVR_SEG_CS, 0xf2, 0xffff, 0x93, 0xffff },
};

static void test_bent(struct kunit *test)
{
	struct vmx_segment seg[HVR_NR_SEGS];
	const struct bent_row *r;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(bent_rows); i++) {
		r = &bent_rows[i];
		memset(seg, 0, sizeof(seg));
		for (k = 0; k < HVR_NR_SEGS; k++)
			seg[k].rights = k == HVR_SEG_CS ? 0x9b : 0x93;
		seg[HVR_SEG_LDTR].rights = 0x10000;
		seg[HVR_SEG_TR].rights = 0x8b;
		seg[r->seg].rights = vmx_pack_rights(r->attr);
		seg[r->seg].limit = r->limit;
		vmx_fix_segments(seg, &modes[r->mode]);
		KUNIT_EXPECT_EQ_MSG(test, seg[r->seg].rights, r->want, "%s",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, seg[r->seg].limit, r->want_limit, "%s",
				    r->name);
	}
}

static struct kunit_case vmx_segment_cases[] = {
	KUNIT_CASE(test_rights),
	KUNIT_CASE(test_any_attribute),
	KUNIT_CASE(test_good_stays),
	KUNIT_CASE(test_bent),
	{}
};

static struct kunit_suite vmx_segment_suite = {
	.name = "hvroot_vmx_segment",
	.test_cases = vmx_segment_cases,
};

kunit_test_suites(&vmx_segment_suite);
