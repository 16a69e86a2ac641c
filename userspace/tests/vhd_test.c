// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the VHD footer as user space builds it: written and read back, and
 * every byte of it damaged.
 */
#include <string.h>
#include "check.h"
#include "vhd.h"

static void test_round_trip(unsigned long long size, unsigned int cylinders,
			    unsigned int heads, unsigned int sectors)
{
	struct vhd_info in = {
		.size = size, .timestamp = 1234567, .creator = { 'h', 'v', 'r', 't' },
		.id = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	};
	__u8 footer[VHD_FOOTER_BYTES];
	struct vhd_info out;

	CHECK_EQ(vhd_build_footer(footer, &in), VHD_OK);
	CHECK_EQ(vhd_parse_footer(footer, size + VHD_FOOTER_BYTES, &out), VHD_OK);
	CHECK_EQ(out.size, size);
	CHECK_EQ(out.geometry.cylinders, cylinders);
	CHECK_EQ(out.geometry.heads, heads);
	CHECK_EQ(out.geometry.sectors, sectors);
	CHECK_EQ(out.timestamp, in.timestamp);
	CHECK(!memcmp(out.id, in.id, sizeof(in.id)));
	/* Data may be longer than the disk, never shorter. */
	CHECK_EQ(vhd_parse_footer(footer, size + 2 * VHD_FOOTER_BYTES, &out), VHD_OK);
	CHECK_EQ(vhd_parse_footer(footer, size, &out), VHD_TRUNCATED);
	CHECK_EQ(vhd_parse_footer(footer, 0, &out), VHD_BAD_LENGTH);
}

static void test_damage(void)
{
	struct vhd_info info = { .size = 64 << 20 };
	__u8 footer[VHD_FOOTER_BYTES];
	unsigned int i;

	CHECK_EQ(vhd_build_footer(footer, &info), VHD_OK);
	for (i = 0; i < VHD_FOOTER_BYTES; i++) {
		footer[i] ^= 0x10;
		CHECK(vhd_parse_footer(footer, (64 << 20) + VHD_FOOTER_BYTES, &info));
		footer[i] ^= 0x10;
	}
	CHECK_EQ(vhd_parse_footer(footer, (64 << 20) + VHD_FOOTER_BYTES, &info), VHD_OK);
	info.size = 513;
	CHECK_EQ(vhd_build_footer(footer, &info), VHD_BAD_SIZE);
	info.size = VHD_MAX_BYTES + 512;
	CHECK_EQ(vhd_build_footer(footer, &info), VHD_BAD_SIZE);
}

int main(void)
{
	test_round_trip(10ULL << 20, 301, 4, 17);
	test_round_trip(64ULL << 20, 963, 8, 17);
	test_round_trip(8ULL << 30, 16644, 16, 63);
	test_round_trip(VHD_MAX_BYTES, 65535, 16, 255);
	test_round_trip(512, 0, 4, 17);
	test_damage();
	return check_result("vhd");
}
