// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/hvroot_vmbus: one bus per descriptor; with the descriptor its devices end.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <hvroot/vmbus_ctl.h>

#include "internal.h"

/* The bus behind a descriptor: set once by VMBUS_ATTACH or VMBUS_ATTACH_ID. */
struct ctl {
	struct mutex lock;	/* one attach at a time */
	struct hvr_vmbus *bus;
};

static struct hvr_vmbus *ctl_bus(struct ctl *ctl)
{
	/* Pairs with the release in own_bus_of(). */
	struct hvr_vmbus *bus = smp_load_acquire(&ctl->bus);

	return bus ? bus : ERR_PTR(-ENOTCONN);
}

/* Takes over the reference on @pt, also on failure. */
static int own_bus_of(struct ctl *ctl, struct hvr_partition *pt)
{
	struct hvr_vmbus *bus;

	lockdep_assert_held(&ctl->lock);
	bus = hvr_bus_create(pt);
	if (IS_ERR(bus)) {
		hvr_partition_put(pt);
		return PTR_ERR(bus);
	}
	/* Pairs with the acquire in ctl_bus(). */
	smp_store_release(&ctl->bus, bus);
	return 0;
}

static int attach_locked(struct ctl *ctl, struct hvr_vmbus_attach *args)
{
	struct hvr_partition *pt;

	lockdep_assert_held(&ctl->lock);
	if (ctl->bus)
		return -EBUSY;
	pt = hvr_partition_from_fd(args->partition_fd);
	if (IS_ERR(pt))
		return PTR_ERR(pt);
	args->partition_id = hvr_partition_id(pt);
	return own_bus_of(ctl, pt);
}

static long ctl_attach(struct ctl *ctl, void __user *arg)
{
	struct hvr_vmbus_attach args;
	long err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags)
		return -EINVAL;
	mutex_lock(&ctl->lock);
	err = attach_locked(ctl, &args);
	mutex_unlock(&ctl->lock);
	if (err)
		return err;
	return copy_to_user(arg, &args, sizeof(args)) ? -EFAULT : 0;
}

static int attach_id_locked(struct ctl *ctl, u64 id)
{
	struct hvr_partition *pt;
	int err;

	lockdep_assert_held(&ctl->lock);
	if (ctl->bus)
		return -EBUSY;
	pt = hvr_partition_find_managed(id);
	if (IS_ERR(pt))
		return PTR_ERR(pt);
	err = own_bus_of(ctl, pt);
	/* To a stranger a partition with a bus is one that is taken. */
	return err == -EEXIST ? -EBUSY : err;
}

static long ctl_attach_id(struct ctl *ctl, void __user *arg)
{
	struct hvr_vmbus_attach_id args;
	long err;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags || args.reserved)
		return -EINVAL;
	mutex_lock(&ctl->lock);
	err = attach_id_locked(ctl, args.partition_id);
	mutex_unlock(&ctl->lock);
	return err;
}

/* Of any bus that the caller could attach to; this descriptor needs none. */
static long ctl_info_id(void __user *arg)
{
	struct hvr_vmbus_info info;
	struct hvr_partition *pt;
	struct hvr_vmbus *bus;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	pt = hvr_partition_find_managed(info.partition_id);
	if (IS_ERR(pt))
		return PTR_ERR(pt);
	bus = hvr_vmbus_get(pt);
	hvr_partition_put(pt);
	if (IS_ERR(bus))
		return -ENOTCONN;
	hvr_bus_info(bus, &info);
	hvr_vmbus_put(bus);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ctl_offer(struct ctl *ctl, void __user *arg)
{
	struct hvr_vmbus *bus = ctl_bus(ctl);
	struct hvr_vmbus_offer args;

	if (IS_ERR(bus))
		return PTR_ERR(bus);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~HVR_OFFER_F_VALID || args.reserved)
		return -EINVAL;
	return hvr_ctl_chan_create(bus, &args);
}

static long ctl_info(struct ctl *ctl, void __user *arg)
{
	struct hvr_vmbus *bus = ctl_bus(ctl);
	struct hvr_vmbus_info info;

	if (IS_ERR(bus))
		return PTR_ERR(bus);
	hvr_bus_info(bus, &info);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ctl_channels(struct ctl *ctl, void __user *arg)
{
	struct hvr_vmbus *bus = ctl_bus(ctl);
	struct hvr_vmbus_channels args;
	struct hvr_vmbus_channel *list;
	u32 room, n;
	long err = 0;

	if (IS_ERR(bus))
		return PTR_ERR(bus);
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.reserved)
		return -EINVAL;
	room = min_t(u32, args.count, HV_VMBUS_MAX_RELID);
	list = kvcalloc(max_t(u32, room, 1), sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	n = hvr_bus_channels(bus, list, room);
	args.count = n;
	if (copy_to_user(u64_to_user_ptr(args.channels), list,
			 min(n, room) * sizeof(*list)) ||
	    copy_to_user(arg, &args, sizeof(args)))
		err = -EFAULT;
	kvfree(list);
	return err;
}

static long ctl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ctl *ctl = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VMBUS_ATTACH:
		return ctl_attach(ctl, uarg);
	case VMBUS_ATTACH_ID:
		return ctl_attach_id(ctl, uarg);
	case VMBUS_INFO_ID:
		return ctl_info_id(uarg);
	case VMBUS_OFFER:
		return ctl_offer(ctl, uarg);
	case VMBUS_INFO:
		return ctl_info(ctl, uarg);
	case VMBUS_CHANNELS:
		return ctl_channels(ctl, uarg);
	default:
		return -ENOTTY;
	}
}

/* A bus may die before its descriptor: nothing else is ever reported. */
static __poll_t ctl_poll(struct file *file, poll_table *table)
{
	struct hvr_vmbus *bus = ctl_bus(file->private_data);

	if (IS_ERR(bus))
		return EPOLLERR;
	poll_wait(file, &bus->wait, table);
	return hvr_bus_is_dead(bus) ? EPOLLHUP : 0;
}

static int ctl_open(struct inode *inode, struct file *file)
{
	struct ctl *ctl = kzalloc(sizeof(*ctl), GFP_KERNEL_ACCOUNT);

	if (!ctl)
		return -ENOMEM;
	mutex_init(&ctl->lock);
	file->private_data = ctl;
	return nonseekable_open(inode, file);
}

static int ctl_release(struct inode *inode, struct file *file)
{
	struct ctl *ctl = file->private_data;

	if (ctl->bus)
		hvr_bus_leave(ctl->bus);
	mutex_destroy(&ctl->lock);
	kfree(ctl);
	return 0;
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.release = ctl_release,
	.poll = ctl_poll,
	.unlocked_ioctl = ctl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice ctl_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hvroot_vmbus",
	.fops = &ctl_fops,
	.mode = 0660,
};

int hvr_ctl_init(void)
{
	return misc_register(&ctl_device);
}

void hvr_ctl_exit(void)
{
	misc_deregister(&ctl_device);
}
