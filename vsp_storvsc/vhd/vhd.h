/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The footer of a VHD file: parse, build, geometry. Pure; the same source is
 * built into the kernel module, into hvctl and into a fuzzer.
 */
#ifndef HVROOT_VHD_H
#define HVROOT_VHD_H

#include <linux/types.h>

#define VHD_SECTOR_BYTES	512
#define VHD_FOOTER_BYTES	512

/* Limit of the format's other users; a larger image is not built. */
#define VHD_MAX_BYTES		(2040ULL << 30)

/* Seconds from 1970-01-01 to the format's epoch, 2000-01-01 UTC. */
#define VHD_EPOCH		946684800U

#define VHD_TYPE_FIXED		2
#define VHD_TYPE_DYNAMIC	3
#define VHD_TYPE_DIFFERENCING	4

/**
 * struct vhd_geometry - cylinders, heads, sectors per track.
 * @cylinders: up to 65535
 * @heads: up to 16
 * @sectors: up to 255
 */
struct vhd_geometry {
	__u16 cylinders;
	__u8 heads;
	__u8 sectors;
};

/**
 * struct vhd_info - what a footer says, in host byte order.
 * @size: bytes of the disk (current size)
 * @original_size: bytes when it was made
 * @geometry: as the footer has it
 * @type: VHD_TYPE_*
 * @timestamp: seconds since VHD_EPOCH
 * @creator_version: version of the program that made it
 * @creator: name of that program, four characters
 * @creator_os: its operating system, four characters
 * @id: unique id, in the order of the file
 * @saved_state: a machine was suspended with it
 */
struct vhd_info {
	__u64 size;
	__u64 original_size;
	struct vhd_geometry geometry;
	__u32 type;
	__u32 timestamp;
	__u32 creator_version;
	__u8 creator[4];
	__u8 creator_os[4];
	__u8 id[16];
	__u8 saved_state;
};

/* What is wrong with a footer. */
enum vhd_error {
	VHD_OK,
	VHD_BAD_LENGTH,		/* file too short, or no whole sectors */
	VHD_BAD_COOKIE,
	VHD_BAD_CHECKSUM,
	VHD_BAD_VERSION,
	VHD_BAD_FEATURES,
	VHD_BAD_TYPE,
	VHD_NOT_FIXED,		/* sound, but dynamic or differencing */
	VHD_BAD_SIZE,
	VHD_TRUNCATED,		/* the disk is larger than the file */
	VHD_NR_ERRORS
};

/**
 * vhd_parse_footer() - check a footer and take its contents.
 * @footer: private copy of the last VHD_FOOTER_BYTES of the file
 * @file_size: length of the file, bytes
 * @info: filled when the result is VHD_OK or VHD_NOT_FIXED
 *
 * Return: VHD_OK for a fixed disk whose data lies at [0, @info->size).
 */
enum vhd_error vhd_parse_footer(const void *footer, __u64 file_size,
				struct vhd_info *info);

/**
 * vhd_build_footer() - write the footer of a fixed disk.
 * @footer: VHD_FOOTER_BYTES, overwritten
 * @info: size (a multiple of the sector size, up to VHD_MAX_BYTES), timestamp,
 *	creator, creator_version, creator_os and id are used; the geometry follows
 *	from the size
 *
 * Return: VHD_OK or VHD_BAD_SIZE.
 */
enum vhd_error vhd_build_footer(void *footer, const struct vhd_info *info);

/* Geometry that the format prescribes for a disk of @size bytes. */
struct vhd_geometry vhd_size_geometry(__u64 size);

/* Checksum of a footer; its own field does not count. */
__u32 vhd_footer_checksum(const void *footer);

/* A sentence for people, without a full stop. */
const char *vhd_error_text(enum vhd_error error);

#endif /* HVROOT_VHD_H */
