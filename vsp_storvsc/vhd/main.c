// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvroot_vhd.ko: fixed VHD files as a backstore of the kernel's SCSI target,
 * /sys/kernel/config/target/core/vhd_N/NAME.
 */
#include <linux/blkdev.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "backstore.h"

#define MAX_PATH_LEN	1024
#define QUEUE_DEPTH	256
#define MAX_IO_BYTES	(8 * 1024 * 1024)

/* --- configfs ------------------------------------------------------------- */

static int set_path(struct vhd_device *vhd, const char *path)
{
	char *copy;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= MAX_PATH_LEN)
		return -ENAMETOOLONG;
	copy = kstrdup(path, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	kfree(vhd->path);
	vhd->path = copy;
	return 0;
}

/* One KEY=VALUE a write: a path may hold any character but a newline. */
static int set_param(struct vhd_device *vhd, const char *param)
{
	static const char path_key[] = "path=";
	static const char read_only_key[] = "read_only=";

	if (!strncmp(param, path_key, strlen(path_key)))
		return set_path(vhd, param + strlen(path_key));
	if (!strncmp(param, read_only_key, strlen(read_only_key)))
		return kstrtobool(param + strlen(read_only_key),
				  &vhd->read_only);
	return -EINVAL;
}

static ssize_t set_configfs_dev_params(struct se_device *dev, const char *page,
				       ssize_t count)
{
	struct vhd_device *vhd = to_vhd(dev);
	char *param;
	int err;

	if (target_dev_configured(dev))
		return -EBUSY;
	param = kstrndup(page, count, GFP_KERNEL);
	if (!param)
		return -ENOMEM;
	param[strcspn(param, "\n")] = '\0';
	err = set_param(vhd, param);
	kfree(param);
	return err ?: count;
}

static ssize_t show_configfs_dev_params(struct se_device *dev, char *page)
{
	struct vhd_device *vhd = to_vhd(dev);
	const struct vhd_info *info = &vhd->info;

	if (!target_dev_configured(dev))
		return sprintf(page, "        path: %s  read_only: %d\n",
			       vhd->path ?: "(none)", vhd->read_only);
	return sprintf(page,
		       "        path: %s  read_only: %d  size: %llu  geometry: %u/%u/%u  id: %*phN\n",
		       vhd->path, vhd->read_only, info->size,
		       info->geometry.cylinders, info->geometry.heads,
		       info->geometry.sectors, (int)sizeof(info->id), info->id);
}

/* --- life of a device ----------------------------------------------------- */

static int attach_hba(struct se_hba *hba, u32 host_id)
{
	return 0;
}

static void detach_hba(struct se_hba *hba)
{
}

static struct se_device *alloc_device(struct se_hba *hba, const char *name)
{
	struct vhd_device *vhd = kzalloc(sizeof(*vhd), GFP_KERNEL);

	return vhd ? &vhd->dev : NULL;
}

/* What the guest sees: the footer's id names the disk, unless it has a name. */
static void set_identity(struct vhd_device *vhd)
{
	struct t10_wwn *wwn = &vhd->dev.t10_wwn;

	if (!strcmp(wwn->vendor, "LIO-ORG"))
		strscpy(wwn->vendor, "Msft", sizeof(wwn->vendor));
	if (!(vhd->dev.dev_flags & DF_EMULATED_VPD_UNIT_SERIAL)) {
		snprintf(wwn->unit_serial, sizeof(wwn->unit_serial), "%*phN",
			 (int)sizeof(vhd->info.id), vhd->info.id);
		vhd->dev.dev_flags |= DF_EMULATED_VPD_UNIT_SERIAL;
	}
}

static void set_limits(struct vhd_device *vhd)
{
	struct se_dev_attrib *attrib = &vhd->dev.dev_attrib;
	struct inode *inode = file_inode(vhd->file);

	attrib->hw_block_size = VHD_SECTOR_BYTES;
	attrib->hw_max_sectors = MAX_IO_BYTES / VHD_SECTOR_BYTES;
	attrib->hw_queue_depth = QUEUE_DEPTH;
	attrib->max_write_same_len = VHD_MAX_WRITE_SAME;
	attrib->is_nonrot = 1;
	/* The page cache is a write cache: guests flush it. */
	attrib->emulate_write_cache = 1;
	if (vhd->read_only) {
		vhd->dev.dev_flags |= DF_READ_ONLY;
	} else if (vhd->file->f_op->fallocate) {
		attrib->emulate_tpu = 1;
		attrib->max_unmap_lba_count = SZ_1G / VHD_SECTOR_BYTES;
		attrib->max_unmap_block_desc_count = 1;
		attrib->unmap_granularity = i_blocksize(inode) /
					    VHD_SECTOR_BYTES;
		attrib->unmap_granularity_alignment = 0;
	}
}

static int configure_device(struct se_device *dev)
{
	struct vhd_device *vhd = to_vhd(dev);
	int err;

	err = vhd_open(vhd);
	if (err)
		return err;
	set_limits(vhd);
	set_identity(vhd);
	return 0;
}

static void destroy_device(struct se_device *dev)
{
	vhd_close(to_vhd(dev));
}

static void free_device_rcu(struct rcu_head *rcu)
{
	struct se_device *dev = container_of(rcu, struct se_device, rcu_head);
	struct vhd_device *vhd = to_vhd(dev);

	kfree(vhd->path);
	kfree(vhd);
}

static void free_device(struct se_device *dev)
{
	call_rcu(&dev->rcu_head, free_device_rcu);
}

/* Number of the last block. */
static sector_t get_blocks(struct se_device *dev)
{
	return div_u64(to_vhd(dev)->info.size, dev->dev_attrib.block_size) - 1;
}

static const struct target_backend_ops vhd_ops = {
	.name				= "vhd",
	.inquiry_prod			= "Virtual Disk",
	.inquiry_rev			= "1.0",
	.owner				= THIS_MODULE,
	.attach_hba			= attach_hba,
	.detach_hba			= detach_hba,
	.alloc_device			= alloc_device,
	.configure_device		= configure_device,
	.destroy_device			= destroy_device,
	.free_device			= free_device,
	.parse_cdb			= vhd_parse_cdb,
	.set_configfs_dev_params	= set_configfs_dev_params,
	.show_configfs_dev_params	= show_configfs_dev_params,
	.get_device_type		= sbc_get_device_type,
	.get_blocks			= get_blocks,
	.tb_dev_attrib_attrs		= sbc_attrib_attrs,
};

static int __init vhd_init(void)
{
	int err;

	err = vhd_io_init();
	if (err)
		return err;
	err = transport_backend_register(&vhd_ops);
	if (err)
		vhd_io_exit();
	return err;
}

static void __exit vhd_exit(void)
{
	/* Waits for the grace period after which devices are freed. */
	target_backend_unregister(&vhd_ops);
	vhd_io_exit();
}

module_init(vhd_init);
module_exit(vhd_exit);
MODULE_DESCRIPTION("Fixed VHD files as SCSI target backstore");
MODULE_LICENSE("GPL");
