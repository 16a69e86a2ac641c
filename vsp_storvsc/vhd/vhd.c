// SPDX-License-Identifier: GPL-2.0-only
/*
 * The footer of a VHD file: 512 bytes at its end, all integers big-endian. Pure:
 * private buffers in, decisions out; builds in the kernel and in user space.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "vhd.h"

/* Offsets in the footer. */
#define F_COOKIE		0
#define F_FEATURES		8
#define F_VERSION		12
#define F_DATA_OFFSET		16
#define F_TIMESTAMP		24
#define F_CREATOR		28
#define F_CREATOR_VERSION	32
#define F_CREATOR_OS		36
#define F_ORIGINAL_SIZE		40
#define F_CURRENT_SIZE		48
#define F_CYLINDERS		56
#define F_HEADS			58
#define F_SECTORS		59
#define F_TYPE			60
#define F_CHECKSUM		64
#define F_ID			68
#define F_SAVED_STATE		84

static const char cookie[8] = { 'c', 'o', 'n', 'e', 'c', 't', 'i', 'x' };

#define FORMAT_VERSION		0x00010000
#define FEATURE_TEMPORARY	0x00000001
#define FEATURE_RESERVED	0x00000002	/* always set */

static __u32 get32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

static __u64 get64(const __u8 *p)
{
	return (__u64)get32(p) << 32 | get32(p + 4);
}

static void put32(__u8 *p, __u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static void put64(__u8 *p, __u64 v)
{
	put32(p, v >> 32);
	put32(p + 4, v);
}

__u32 vhd_footer_checksum(const void *footer)
{
	const __u8 *f = footer;
	__u32 sum = 0;
	int i;

	for (i = 0; i < VHD_FOOTER_BYTES; i++) {
		if (i < F_CHECKSUM || i >= F_CHECKSUM + 4)
			sum += f[i];
	}
	return ~sum;
}

static enum vhd_error check_form(const __u8 *f)
{
	__u32 features = get32(f + F_FEATURES);

	if (memcmp(f + F_COOKIE, cookie, sizeof(cookie)))
		return VHD_BAD_COOKIE;
	if (get32(f + F_CHECKSUM) != vhd_footer_checksum(f))
		return VHD_BAD_CHECKSUM;
	if (get32(f + F_VERSION) != FORMAT_VERSION)
		return VHD_BAD_VERSION;
	if ((features & ~FEATURE_TEMPORARY) != FEATURE_RESERVED)
		return VHD_BAD_FEATURES;
	return VHD_OK;
}

static void take_info(const __u8 *f, struct vhd_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = get64(f + F_CURRENT_SIZE);
	info->original_size = get64(f + F_ORIGINAL_SIZE);
	info->geometry.cylinders = f[F_CYLINDERS] << 8 | f[F_CYLINDERS + 1];
	info->geometry.heads = f[F_HEADS];
	info->geometry.sectors = f[F_SECTORS];
	info->type = get32(f + F_TYPE);
	info->timestamp = get32(f + F_TIMESTAMP);
	info->creator_version = get32(f + F_CREATOR_VERSION);
	memcpy(info->creator, f + F_CREATOR, sizeof(info->creator));
	memcpy(info->creator_os, f + F_CREATOR_OS, sizeof(info->creator_os));
	memcpy(info->id, f + F_ID, sizeof(info->id));
	info->saved_state = f[F_SAVED_STATE];
}

enum vhd_error vhd_parse_footer(const void *footer, __u64 file_size,
				struct vhd_info *info)
{
	enum vhd_error error;

	if (file_size < VHD_FOOTER_BYTES || file_size % VHD_SECTOR_BYTES)
		return VHD_BAD_LENGTH;
	error = check_form(footer);
	if (error)
		return error;

	take_info(footer, info);
	if (!info->size || info->size % VHD_SECTOR_BYTES)
		return VHD_BAD_SIZE;
	switch (info->type) {
	case VHD_TYPE_FIXED:
		break;
	case VHD_TYPE_DYNAMIC:
	case VHD_TYPE_DIFFERENCING:
		return VHD_NOT_FIXED;
	default:
		return VHD_BAD_TYPE;
	}
	if (info->size > file_size - VHD_FOOTER_BYTES)
		return VHD_TRUNCATED;
	return VHD_OK;
}

struct vhd_geometry vhd_size_geometry(__u64 size)
{
	__u64 total = size / VHD_SECTOR_BYTES;
	__u32 tracks, heads, sectors;
	struct vhd_geometry g;

	if (total > 65535ULL * 16 * 255)
		total = 65535ULL * 16 * 255;

	if (total >= 65535ULL * 16 * 63) {
		sectors = 255;
		heads = 16;
		tracks = (__u32)total / sectors;
	} else {
		sectors = 17;
		tracks = (__u32)total / sectors;
		heads = (tracks + 1023) / 1024;
		if (heads < 4)
			heads = 4;
		if (tracks >= heads * 1024 || heads > 16) {
			sectors = 31;
			heads = 16;
			tracks = (__u32)total / sectors;
		}
		if (tracks >= heads * 1024) {
			sectors = 63;
			heads = 16;
			tracks = (__u32)total / sectors;
		}
	}
	g.cylinders = tracks / heads;
	g.heads = heads;
	g.sectors = sectors;
	return g;
}

enum vhd_error vhd_build_footer(void *footer, const struct vhd_info *info)
{
	struct vhd_geometry g;
	__u8 *f = footer;

	if (!info->size || info->size % VHD_SECTOR_BYTES ||
	    info->size > VHD_MAX_BYTES)
		return VHD_BAD_SIZE;

	g = vhd_size_geometry(info->size);
	memset(f, 0, VHD_FOOTER_BYTES);
	memcpy(f + F_COOKIE, cookie, sizeof(cookie));
	put32(f + F_FEATURES, FEATURE_RESERVED);
	put32(f + F_VERSION, FORMAT_VERSION);
	put64(f + F_DATA_OFFSET, ~0ULL);
	put32(f + F_TIMESTAMP, info->timestamp);
	memcpy(f + F_CREATOR, info->creator, sizeof(info->creator));
	put32(f + F_CREATOR_VERSION, info->creator_version);
	memcpy(f + F_CREATOR_OS, info->creator_os, sizeof(info->creator_os));
	put64(f + F_ORIGINAL_SIZE, info->size);
	put64(f + F_CURRENT_SIZE, info->size);
	f[F_CYLINDERS] = g.cylinders >> 8;
	f[F_CYLINDERS + 1] = g.cylinders & 0xff;
	f[F_HEADS] = g.heads;
	f[F_SECTORS] = g.sectors;
	put32(f + F_TYPE, VHD_TYPE_FIXED);
	memcpy(f + F_ID, info->id, sizeof(info->id));
	put32(f + F_CHECKSUM, vhd_footer_checksum(f));
	return VHD_OK;
}

const char *vhd_error_text(enum vhd_error error)
{
	static const char *const texts[VHD_NR_ERRORS] = {
		[VHD_OK] = "sound",
		[VHD_BAD_LENGTH] = "the file is not a number of whole sectors",
		[VHD_BAD_COOKIE] = "no VHD footer at the end of the file",
		[VHD_BAD_CHECKSUM] = "the footer's checksum is wrong",
		[VHD_BAD_VERSION] = "the footer's format version is unknown",
		[VHD_BAD_FEATURES] = "the footer has unknown feature bits",
		[VHD_BAD_TYPE] = "the footer's disk type is unknown",
		[VHD_NOT_FIXED] = "a dynamic or differencing disk, only fixed ones can be used",
		[VHD_BAD_SIZE] = "the disk's size is no number of whole sectors, or out of range",
		[VHD_TRUNCATED] = "the disk is larger than the file",
	};

	if ((unsigned int)error >= VHD_NR_ERRORS)
		return "unknown error";
	return texts[error];
}
