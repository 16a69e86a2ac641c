// SPDX-License-Identifier: GPL-2.0-only
/*
 * For measuring only: ports whose kernel side does no more than signal an eventfd,
 * as KVM's KVM_HYPERV_EVENTFD does.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <hvroot/hvcore.h>
#include <hvroot/synic.h>

#include "port.h"

struct bench_port {
	struct mutex lock;		/* of what follows, until it is bound */
	struct hvr_partition *pt;
	struct eventfd_ctx *event;
	struct hvr_port *port;		/* NULL: not bound */
};

static void on_event(void *ctx, u16 flag)
{
	struct bench_port *b = ctx;

	hvr_eventfd_signal(b->event);
}

static hvr_status_t on_message(void *ctx, u32 vp_index, u32 type,
			       const void *payload, u32 size)
{
	struct bench_port *b = ctx;

	hvr_eventfd_signal(b->event);
	return HVS_SUCCESS;
}

static const struct hvr_port_ops event_ops = { .event = on_event };
static const struct hvr_port_ops message_ops = { .message = on_message };

static int bench_open(struct inode *inode, struct file *file)
{
	struct bench_port *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	mutex_init(&b->lock);
	file->private_data = b;
	return 0;
}

static int bind_port(struct bench_port *b, const struct bench_port_args *args)
{
	int err;

	if (b->port)
		return -EBUSY;
	b->pt = hvr_partition_from_fd(args->partition_fd);
	if (IS_ERR(b->pt))
		return PTR_ERR(b->pt);
	b->event = eventfd_ctx_fdget(args->eventfd);
	if (IS_ERR(b->event)) {
		err = PTR_ERR(b->event);
		goto err_pt;
	}
	b->port = hvr_port_create(b->pt, args->connection,
				  args->message ? &message_ops : &event_ops, b);
	if (!IS_ERR(b->port))
		return 0;
	err = PTR_ERR(b->port);
	b->port = NULL;
	eventfd_ctx_put(b->event);
err_pt:
	hvr_partition_put(b->pt);
	return err;
}

static long bench_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct bench_port *b = file->private_data;
	struct bench_port_args args;
	long ret;

	if (cmd != BENCH_PORT)
		return -ENOTTY;
	if (copy_from_user(&args, (void __user *)arg, sizeof(args)))
		return -EFAULT;
	mutex_lock(&b->lock);
	ret = bind_port(b, &args);
	mutex_unlock(&b->lock);
	return ret;
}

static int bench_release(struct inode *inode, struct file *file)
{
	struct bench_port *b = file->private_data;

	if (b->port) {
		hvr_port_destroy(b->port);
		eventfd_ctx_put(b->event);
		hvr_partition_put(b->pt);
	}
	kfree(b);
	return 0;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.unlocked_ioctl = bench_ioctl,
	.release = bench_release,
};

static struct miscdevice bench_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hvroot_bench",
	.fops = &bench_fops,
	.mode = 0600,
};

module_misc_device(bench_dev);

MODULE_DESCRIPTION("hvroot: ports for the benchmark");
MODULE_LICENSE("GPL");
HVR_IMPORT_NS;
