// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mshv: creation of partitions, and hypercalls that concern none.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <hvroot/ext.h>

#include "internal.h"

static int check_create(const struct mshv_create_partition_v2 *args, bool v2)
{
	if (args->pt_flags & ~(u64)MSHV_PT_FLAGS_MASK)
		return -EINVAL;
	if (args->pt_isolation != MSHV_PT_ISOLATION_NONE)
		return -EINVAL;
	if (args->pt_flags & BIT_ULL(MSHV_PT_BIT_NESTED_VIRTUALIZATION))
		return -EOPNOTSUPP;
	if (!v2)
		return 0;
	if (args->pt_num_cpu_fbanks != MSHV_NUM_CPU_FEATURES_BANKS ||
	    memchr_inv(args->pt_rsvd, 0, sizeof(args->pt_rsvd)) ||
	    args->pt_rsvd1[0] || args->pt_rsvd1[1])
		return -EINVAL;
	return 0;
}

static long create_partition(const void __user *uarg)
{
	const size_t v1_size = sizeof(struct mshv_create_partition);
	struct mshv_create_partition_v2 args = {};
	bool v2;
	int err;

	if (copy_from_user(&args, uarg, v1_size))
		return -EFAULT;
	err = check_create(&args, false);
	if (err)
		return err;
	v2 = args.pt_flags & BIT_ULL(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES);
	if (v2) {
		if (copy_from_user(&args, uarg, sizeof(args)))
			return -EFAULT;
		/* The first 16 bytes came again and may be others. */
		err = check_create(&args, true);
		if (err)
			return err;
	}
	return hvr_partition_create(&args);
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case MSHV_CREATE_PARTITION:
		return create_partition(uarg);
	case MSHV_ROOT_HVCALL:
		return hvr_root_hvcall(NULL, NULL, HVR_HC_DEV, uarg);
	}
	if (_IOC_TYPE(cmd) == HVR_EXT_IOCTL)
		return hvr_ext_dev_ioctl(cmd, arg);
	return -ENOTTY;
}

/* Clients open it read-only, too: the mode of the open does not count. */
static const struct file_operations dev_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= dev_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice dev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "mshv",
	.mode	= 0660,
	.fops	= &dev_fops,
};

int hvr_dev_init(void)
{
	int err = misc_register(&dev);

	if (err)
		pr_err("hvroot: cannot create /dev/mshv (error %d): is another driver of that name loaded?\n",
		       err);
	return err;
}

void hvr_dev_exit(void)
{
	misc_deregister(&dev);
}
