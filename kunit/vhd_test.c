// SPDX-License-Identifier: GPL-2.0-only
/*
 * VHD footers: a known good one, every way in which one can be bad, geometry.
 */
#include <kunit/test.h>

#include "../vsp_storvsc/vhd/vhd.c"

#define MIB	(1024ULL * 1024)

static const struct vhd_info sample = {
	.size = 64 * MIB,
	.timestamp = 0x2b3c4d5e,
	.creator = "hvrt",
	.creator_version = 0x00010000,
	.creator_os = "Wi2k",
	.id = { 0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xaf },
};

static void seal(u8 *footer)
{
	put32(footer + F_CHECKSUM, vhd_footer_checksum(footer));
}

static void build_then_parse(struct kunit *test)
{
	u8 footer[VHD_FOOTER_BYTES];
	struct vhd_info info;

	KUNIT_ASSERT_EQ(test, vhd_build_footer(footer, &sample), VHD_OK);
	KUNIT_ASSERT_EQ(test, vhd_parse_footer(footer, sample.size + 512, &info),
			VHD_OK);
	KUNIT_EXPECT_EQ(test, info.size, sample.size);
	KUNIT_EXPECT_EQ(test, info.original_size, sample.size);
	KUNIT_EXPECT_EQ(test, info.type, VHD_TYPE_FIXED);
	KUNIT_EXPECT_EQ(test, info.timestamp, sample.timestamp);
	KUNIT_EXPECT_EQ(test, info.creator_version, sample.creator_version);
	KUNIT_EXPECT_EQ(test, memcmp(info.creator, sample.creator, 4), 0);
	KUNIT_EXPECT_EQ(test, memcmp(info.creator_os, sample.creator_os, 4), 0);
	KUNIT_EXPECT_EQ(test, memcmp(info.id, sample.id, 16), 0);
}

/* The bytes that other programs look at. */
static void layout(struct kunit *test)
{
	static const u8 head[24] = {
		'c', 'o', 'n', 'e', 'c', 't', 'i', 'x',
		0, 0, 0, 2, 0, 1, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	u8 f[VHD_FOOTER_BYTES];
	u32 sum = 0;
	int i;

	KUNIT_ASSERT_EQ(test, vhd_build_footer(f, &sample), VHD_OK);
	KUNIT_EXPECT_EQ(test, memcmp(f, head, sizeof(head)), 0);
	KUNIT_EXPECT_EQ(test, get64(f + 40), sample.size);
	KUNIT_EXPECT_EQ(test, get64(f + 48), sample.size);
	KUNIT_EXPECT_EQ(test, get32(f + 60), 2U);
	for (i = 85; i < VHD_FOOTER_BYTES; i++)
		KUNIT_EXPECT_EQ(test, f[i], 0);
	for (i = 0; i < VHD_FOOTER_BYTES; i++)
		sum += i >= 64 && i < 68 ? 0 : f[i];
	KUNIT_EXPECT_EQ(test, get32(f + 64), ~sum);
}

struct bad_row {
	const char *what;
	unsigned int at;
	u32 value;		/* 32 bits, big-endian, there */
	s64 file_size;		/* 0: fits */
	bool unsealed;
	enum vhd_error error;
};

static const struct bad_row bad_rows[] = {
	{ "cookie", F_COOKIE, 0x636f6e64, .error = VHD_BAD_COOKIE },
	{ "checksum", F_TIMESTAMP, 1, .unsealed = true,
	  .error = VHD_BAD_CHECKSUM },
	{ "version 2", F_VERSION, 0x00020000, .error = VHD_BAD_VERSION },
	{ "no feature bit", F_FEATURES, 0, .error = VHD_BAD_FEATURES },
	{ "unknown feature", F_FEATURES, 6, .error = VHD_BAD_FEATURES },
	{ "temporary disk", F_FEATURES, 3, .error = VHD_OK },
	{ "dynamic", F_TYPE, VHD_TYPE_DYNAMIC, .error = VHD_NOT_FIXED },
	{ "differencing", F_TYPE, VHD_TYPE_DIFFERENCING,
	  .error = VHD_NOT_FIXED },
	{ "type 0", F_TYPE, 0, .error = VHD_BAD_TYPE },
	{ "type 5", F_TYPE, 5, .error = VHD_BAD_TYPE },
	{ "size of odd bytes", F_CURRENT_SIZE + 4, 0x1001,
	  .error = VHD_BAD_SIZE },
	{ "size 0", F_CURRENT_SIZE + 4, 0, .error = VHD_BAD_SIZE },
	{ "size of 2^63 and more", F_CURRENT_SIZE, 0x80000000,
	  .error = VHD_TRUNCATED },
	{ "size into the footer", F_CURRENT_SIZE + 4, 64 * MIB + 512,
	  .error = VHD_TRUNCATED },
	{ "smaller than the file", F_CURRENT_SIZE + 4, 512, .error = VHD_OK },
	{ "empty file", F_TYPE, 2, -1, .error = VHD_BAD_LENGTH },
	{ "511 bytes", F_TYPE, 2, 511, .error = VHD_BAD_LENGTH },
	{ "footer of 511 bytes", F_TYPE, 2, 64 * MIB + 511,
	  .error = VHD_BAD_LENGTH },
	{ "footer only", F_TYPE, 2, 512, .error = VHD_TRUNCATED },
	{ "a sector short", F_TYPE, 2, 64 * MIB, .error = VHD_TRUNCATED },
	{ "a sector long", F_TYPE, 2, 64 * MIB + 1024, .error = VHD_OK },
};

static void bad_footers(struct kunit *test)
{
	u8 f[VHD_FOOTER_BYTES];
	struct vhd_info info;
	u64 file_size;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		const struct bad_row *row = &bad_rows[i];

		vhd_build_footer(f, &sample);
		put32(f + row->at, row->value);
		if (!row->unsealed)
			seal(f);
		file_size = row->file_size ?: sample.size + 512;
		if (row->file_size < 0)
			file_size = 0;
		KUNIT_EXPECT_EQ_MSG(test,
				    vhd_parse_footer(f, file_size, &info),
				    row->error, "%s", row->what);
	}
}

static void every_bit_is_checked(struct kunit *test)
{
	u8 f[VHD_FOOTER_BYTES];
	struct vhd_info info;
	int bit;

	vhd_build_footer(f, &sample);
	for (bit = 0; bit < VHD_FOOTER_BYTES * 8; bit++) {
		f[bit / 8] ^= 1 << (bit % 8);
		KUNIT_EXPECT_NE_MSG(test,
				    vhd_parse_footer(f, sample.size + 512,
						     &info),
				    VHD_OK, "bit %d", bit);
		f[bit / 8] ^= 1 << (bit % 8);
	}
}

static void bad_sizes_to_build(struct kunit *test)
{
	static const u64 sizes[] = {
		0, 1, 511, 513, VHD_MAX_BYTES + 512, ~0ULL, ~511ULL,
	};
	u8 f[VHD_FOOTER_BYTES];
	struct vhd_info info = sample;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		info.size = sizes[i];
		KUNIT_EXPECT_EQ_MSG(test, vhd_build_footer(f, &info),
				    VHD_BAD_SIZE, "%llu", sizes[i]);
	}
	info.size = VHD_MAX_BYTES;
	KUNIT_EXPECT_EQ(test, vhd_build_footer(f, &info), VHD_OK);
}

static const struct {
	u64 size;
	u16 cylinders;
	u8 heads, sectors;
} geometry_rows[] = {
	{ 512, 0, 4, 17 },
	{ 4 * 17 * 512, 1, 4, 17 },
	{ 10 * MIB, 301, 4, 17 },
	{ 64 * MIB, 963, 8, 17 },
	{ 127 * MIB, 1019, 15, 17 },
	{ 512 * MIB, 1040, 16, 63 },
	{ 10240 * MIB, 20805, 16, 63 },
	{ 65535ULL * 16 * 63 * 512 - 512, 65534, 16, 63 },
	{ 65535ULL * 16 * 63 * 512, 16191, 16, 255 },
	{ 65535ULL * 16 * 255 * 512, 65535, 16, 255 },
	{ 2040ULL * 1024 * MIB, 65535, 16, 255 },
};

static void geometries(struct kunit *test)
{
	struct vhd_geometry g;
	int i;

	for (i = 0; i < ARRAY_SIZE(geometry_rows); i++) {
		u64 size = geometry_rows[i].size;

		g = vhd_size_geometry(size);
		KUNIT_EXPECT_EQ_MSG(test, g.cylinders,
				    geometry_rows[i].cylinders, "%llu", size);
		KUNIT_EXPECT_EQ_MSG(test, g.heads, geometry_rows[i].heads,
				    "%llu", size);
		KUNIT_EXPECT_EQ_MSG(test, g.sectors, geometry_rows[i].sectors,
				    "%llu", size);
	}
}

static void every_error_has_words(struct kunit *test)
{
	int i;

	for (i = 0; i <= VHD_NR_ERRORS; i++)
		KUNIT_EXPECT_NOT_NULL(test, vhd_error_text(i));
}

static struct kunit_case vhd_cases[] = {
	KUNIT_CASE(build_then_parse),
	KUNIT_CASE(layout),
	KUNIT_CASE(bad_footers),
	KUNIT_CASE(every_bit_is_checked),
	KUNIT_CASE(bad_sizes_to_build),
	KUNIT_CASE(geometries),
	KUNIT_CASE(every_error_has_words),
	{}
};

static struct kunit_suite vhd_suite = {
	.name = "hvroot_vhd",
	.test_cases = vhd_cases,
};

kunit_test_suite(vhd_suite);
