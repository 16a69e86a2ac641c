/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One VHD file as a device of the target core.
 */
#ifndef HVROOT_VHD_BACKSTORE_H
#define HVROOT_VHD_BACKSTORE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <target/target_core_base.h>
#include <target/target_core_backend.h>

#include "vhd.h"

#undef pr_fmt
#define pr_fmt(fmt) "hvroot_vhd: " fmt

/**
 * struct vhd_device - a backstore folder.
 * @dev: the target core's half
 * @path: file, set through configfs
 * @read_only: set through configfs, or because the file is
 * @file: open while the device is enabled
 * @info: its footer
 * @link: on the list of open files (open_lock)
 */
struct vhd_device {
	struct se_device dev;
	char *path;
	bool read_only;
	struct file *file;
	struct vhd_info info;
	struct list_head link;
};

static inline struct vhd_device *to_vhd(struct se_device *dev)
{
	return container_of(dev, struct vhd_device, dev);
}

/* open.c */
int vhd_open(struct vhd_device *vhd);
void vhd_close(struct vhd_device *vhd);

/* io.c */
int vhd_io_init(void);
void vhd_io_exit(void);
sense_reason_t vhd_parse_cdb(struct se_cmd *cmd);

/* Blocks of one WRITE SAME: they fit in one write's list of pages. */
#define VHD_MAX_WRITE_SAME	2048

#endif /* HVROOT_VHD_BACKSTORE_H */
