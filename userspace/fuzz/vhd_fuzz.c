// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives the VHD footer parser with noise, with sound footers that were damaged
 * and sealed again, and with sizes at the edges; what it accepts must lie in the
 * file and survive being built again.
 */
#include "../../vsp_storvsc/vhd/vhd.c"

static void make_info(struct vhd_info *info)
{
	u32 i;

	memset(info, 0, sizeof(*info));
	info->size = (1 + rnd64() % (VHD_MAX_BYTES / VHD_SECTOR_BYTES)) *
		     VHD_SECTOR_BYTES;
	if (!rnd(4))
		info->size = (1 + rnd(64)) * VHD_SECTOR_BYTES;
	info->timestamp = rnd64();
	info->creator_version = rnd64();
	for (i = 0; i < sizeof(info->id); i++)
		info->id[i] = rnd64();
}

static void damage(u8 *footer)
{
	static const u32 fields[] = {
		F_FEATURES, F_VERSION, F_DATA_OFFSET, F_CURRENT_SIZE,
		F_CURRENT_SIZE + 4, F_TYPE, F_CYLINDERS,
	};
	u32 n = rnd(3);

	while (n--) {
		if (rnd(2))
			put32(footer + fields[rnd(ARRAY_SIZE(fields))],
			      rnd(2) ? rnd(8) : rnd64());
		else
			footer[rnd(VHD_FOOTER_BYTES)] ^= 1 << rnd(8);
	}
	if (rnd(4))
		put32(footer + F_CHECKSUM, vhd_footer_checksum(footer));
}

static void check_accepted(const struct vhd_info *info, u64 file_size)
{
	struct vhd_geometry g = vhd_size_geometry(info->size);
	u8 again[VHD_FOOTER_BYTES];
	struct vhd_info copy;

	insist(info->type == VHD_TYPE_FIXED);
	insist(info->size && info->size % VHD_SECTOR_BYTES == 0);
	insist(file_size >= VHD_FOOTER_BYTES);
	insist(info->size <= file_size - VHD_FOOTER_BYTES);
	insist(g.heads >= 4 && g.heads <= 16 && g.sectors >= 17);
	insist((u64)g.cylinders * g.heads * g.sectors <=
	       info->size / VHD_SECTOR_BYTES);

	if (info->size > VHD_MAX_BYTES)
		return;
	insist(vhd_build_footer(again, info) == VHD_OK);
	insist(vhd_parse_footer(again, file_size, &copy) == VHD_OK);
	insist(copy.size == info->size);
	insist(!memcmp(copy.id, info->id, sizeof(copy.id)));
}

static void one(void)
{
	u8 footer[VHD_FOOTER_BYTES];
	struct vhd_info info;
	enum vhd_error error;
	u64 file_size;
	u32 i;

	make_info(&info);
	insist(vhd_build_footer(footer, &info) == VHD_OK);
	file_size = info.size + VHD_FOOTER_BYTES;
	insist(vhd_parse_footer(footer, file_size, &info) == VHD_OK);

	if (!rnd(8)) {
		for (i = 0; i < sizeof(footer); i++)
			footer[i] = rnd64();
	} else {
		damage(footer);
	}
	if (!rnd(3))
		file_size = rnd(2) ? rnd64() : file_size + rnd(2048) - 1024;

	error = vhd_parse_footer(footer, file_size, &info);
	insist(error < VHD_NR_ERRORS && vhd_error_text(error));
	if (error == VHD_OK)
		check_accepted(&info, file_size);
}

int main(int argc, char **argv)
{
	return fuzz_main(argc, argv, 200000, one);
}
