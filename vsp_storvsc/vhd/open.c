// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening and closing the file under a device: footer checked, nobody else
 * writing.
 */
#include <linux/mutex.h>

#include "backstore.h"

/* Files in use by devices, so that none is used twice for writing. */
static DEFINE_MUTEX(open_lock);
static LIST_HEAD(open_files);

static bool conflicts(const struct vhd_device *vhd,
		      const struct vhd_device *other)
{
	return file_inode(vhd->file) == file_inode(other->file) &&
	       !(vhd->read_only && other->read_only);
}

/*
 * A reader keeps writers out as long as it is open. A writer cannot; it can see
 * whether there is another one now.
 */
static int claim_file(struct vhd_device *vhd)
{
	struct vhd_device *other;
	int err = 0;

	mutex_lock(&open_lock);
	list_for_each_entry(other, &open_files, link) {
		if (conflicts(vhd, other))
			err = -EBUSY;
	}
	if (!err && vhd->read_only)
		err = deny_write_access(vhd->file);
	else if (!err &&
		 atomic_read(&file_inode(vhd->file)->i_writecount) != 1)
		err = -ETXTBSY;
	if (!err)
		list_add(&vhd->link, &open_files);
	mutex_unlock(&open_lock);

	if (err)
		pr_err("%s: in use by %s\n", vhd->path, err == -EBUSY ?
		       "another backstore" : "a program that writes it");
	return err;
}

static void unclaim_file(struct vhd_device *vhd)
{
	mutex_lock(&open_lock);
	list_del(&vhd->link);
	if (vhd->read_only)
		allow_write_access(vhd->file);
	mutex_unlock(&open_lock);
}

static int check_footer(struct vhd_device *vhd)
{
	loff_t size = i_size_read(file_inode(vhd->file));
	u8 footer[VHD_FOOTER_BYTES] = {};
	enum vhd_error error;
	loff_t pos;
	ssize_t n;

	if (size >= VHD_FOOTER_BYTES) {
		pos = size - VHD_FOOTER_BYTES;
		n = kernel_read(vhd->file, footer, sizeof(footer), &pos);
		if (n < 0) {
			pr_err("%s: cannot read its footer (%zd)\n", vhd->path,
			       n);
			return n;
		}
	}
	error = vhd_parse_footer(footer, size, &vhd->info);
	if (error) {
		pr_err("%s: %s\n", vhd->path, vhd_error_text(error));
		return error == VHD_NOT_FIXED ? -EOPNOTSUPP : -EINVAL;
	}
	return 0;
}

static struct file *open_path(struct vhd_device *vhd)
{
	int flags = O_LARGEFILE | (vhd->read_only ? O_RDONLY : O_RDWR);
	struct file *file = filp_open(vhd->path, flags, 0);

	if (IS_ERR(file)) {
		pr_err("%s: cannot be opened for %s (%ld)\n", vhd->path,
		       vhd->read_only ? "reading" : "writing", PTR_ERR(file));
		return file;
	}
	if (!S_ISREG(file_inode(file)->i_mode) || !file->f_op->read_iter ||
	    !(vhd->read_only || file->f_op->write_iter)) {
		pr_err("%s: not a regular file\n", vhd->path);
		filp_close(file, NULL);
		return ERR_PTR(-EINVAL);
	}
	return file;
}

/**
 * vhd_open() - open the file of a device.
 * @vhd: device with a path; @file and @info are filled
 *
 * Return: 0; -EINVAL no path, no regular file, or a bad footer; -EOPNOTSUPP a
 *	dynamic or differencing disk; -EBUSY, -ETXTBSY the file is in use; what
 *	opening says.
 */
int vhd_open(struct vhd_device *vhd)
{
	struct file *file;
	int err;

	if (!vhd->path)
		return -EINVAL;
	file = open_path(vhd);
	if (IS_ERR(file))
		return PTR_ERR(file);

	vhd->file = file;
	err = check_footer(vhd);
	if (!err)
		err = claim_file(vhd);
	if (err) {
		vhd->file = NULL;
		filp_close(file, NULL);
	}
	return err;
}

/* Close it again; not open is fine. */
void vhd_close(struct vhd_device *vhd)
{
	if (!vhd->file)
		return;
	unclaim_file(vhd);
	filp_close(vhd->file, NULL);
	vhd->file = NULL;
}
