// SPDX-License-Identifier: GPL-2.0-only
/*
 * The partition: its making and end, its descriptor's ioctls, the table of ids.
 */
#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>
#include <hvroot/ext.h>

#include "internal.h"

#define MAX_MSI_ROUTES	4096

static unsigned int max_partitions = 4096;
module_param(max_partitions, uint, 0644);
MODULE_PARM_DESC(max_partitions,
		 "Partitions that one user may have at a time (without CAP_SYS_RESOURCE)");

/* Writers of the id table. */
DEFINE_MUTEX(hvr_partitions_lock);
static DEFINE_XARRAY(partitions);	/* hvr_partitions_lock; RCU to read */
static atomic64_t last_id = ATOMIC64_INIT(0);

static const struct file_operations partition_fops;

/* ---- references ---- */

void hvr_partition_get(struct hvr_partition *pt)
{
	refcount_inc(&pt->refs);
}
HVR_EXPORT_SYMBOL(hvr_partition_get);

struct hvr_partition *hvr_partition_find_get(u64 id)
{
	struct hvr_partition *pt;

	rcu_read_lock();
	pt = xa_load(&partitions, id);
	if (pt && !refcount_inc_not_zero(&pt->refs))
		pt = NULL;
	rcu_read_unlock();
	return pt;
}
HVR_EXPORT_SYMBOL(hvr_partition_find_get);

struct hvr_partition *hvr_partition_next_get(u64 id)
{
	unsigned long index = id;
	struct hvr_partition *pt;

	rcu_read_lock();
	pt = xa_find(&partitions, &index, ULONG_MAX, XA_PRESENT);
	while (pt && !refcount_inc_not_zero(&pt->refs))
		pt = xa_find_after(&partitions, &index, ULONG_MAX, XA_PRESENT);
	rcu_read_unlock();
	return pt;
}

struct hvr_partition *hvr_partition_from_fd(int fd)
{
	struct hvr_partition *pt = ERR_PTR(-EINVAL);
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &partition_fops) {
		struct hvr_partition *candidate = file->private_data;

		/* Pairs with the release in initialize(). */
		if (smp_load_acquire(&candidate->initialized)) {
			hvr_partition_get(candidate);
			pt = candidate;
		}
	}
	fput(file);
	return pt;
}
HVR_EXPORT_SYMBOL(hvr_partition_from_fd);

/* ---- making and end ---- */

static unsigned int count_of_user(kuid_t uid)
{
	struct hvr_partition *pt;
	unsigned int n = 0;
	unsigned long id;

	lockdep_assert_held(&hvr_partitions_lock);
	xa_for_each(&partitions, id, pt)
		if (uid_eq(pt->owner_uid, uid))
			n++;
	return n;
}

static int publish(struct hvr_partition *pt)
{
	int err = 0;

	mutex_lock(&hvr_partitions_lock);
	if (count_of_user(pt->owner_uid) >= READ_ONCE(max_partitions) &&
	    !capable(CAP_SYS_RESOURCE))
		err = -EMFILE;
	else
		err = xa_err(xa_store(&partitions, pt->id, pt,
				      GFP_KERNEL_ACCOUNT));
	mutex_unlock(&hvr_partitions_lock);
	return err;
}

static void unpublish(struct hvr_partition *pt)
{
	mutex_lock(&hvr_partitions_lock);
	xa_erase(&partitions, pt->id);
	mutex_unlock(&hvr_partitions_lock);
}

static void init_fields(struct hvr_partition *pt,
			const struct mshv_create_partition_v2 *args)
{
	refcount_set(&pt->refs, 1);
	pt->id = atomic64_inc_return(&last_id);
	pt->flags = args->pt_flags;
	mutex_init(&pt->lock);
	mutex_init(&pt->listeners_lock);
	INIT_LIST_HEAD(&pt->listeners);
	pt->created = ktime_get_boottime_ns();
	pt->owner = get_pid(task_tgid(current));
	pt->owner_uid = current_uid();
	strscpy(pt->owner_comm, current->comm, sizeof(pt->owner_comm));
	if (args->pt_flags & BIT_ULL(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES)) {
		pt->cpuid.disabled_features[0] = args->pt_cpu_fbanks[0];
		pt->cpuid.disabled_features[1] = args->pt_cpu_fbanks[1];
		pt->cpuid.disabled_xsave = args->pt_disabled_xsave;
	}
}

static int init_parts(struct hvr_partition *pt)
{
	int err;

	err = hvr_mem_init(pt);
	if (err)
		return err;
	err = hvr_irq_init(pt);
	if (err)
		goto err_mem;
	err = hvr_cpuid_init(pt);
	if (err)
		goto err_irq;
	err = hvr_hv_partition_init(pt);
	if (err)
		goto err_cpuid;
	err = hvr_units_partition_init(pt);
	if (err)
		goto err_hv;
	return 0;

err_hv:
	hvr_hv_partition_exit(pt);
err_cpuid:
	hvr_cpuid_exit(pt);
err_irq:
	hvr_irq_exit(pt);
err_mem:
	hvr_mem_exit(pt);
	return err;
}

static struct hvr_partition *
alloc_partition(const struct mshv_create_partition_v2 *args)
{
	struct hvr_partition *pt;
	int err;

	pt = kzalloc(sizeof(*pt), GFP_KERNEL_ACCOUNT);
	if (!pt)
		return ERR_PTR(-ENOMEM);
	err = hvr_hw_get();
	if (err)
		goto err_free;
	init_fields(pt, args);
	err = init_parts(pt);
	if (err)
		goto err_hw;
	return pt;

err_hw:
	put_pid(pt->owner);
	hvr_hw_put();
err_free:
	kfree(pt);
	return ERR_PTR(err);
}

/*
 * The last reference went: no descriptor, VP descriptor or bus connection is left,
 * so no VP runs and nobody calls in but readers of the id table, who cannot take
 * a reference any more and are waited for by kfree_rcu().
 */
static void free_partition(struct hvr_partition *pt)
{
	u32 i;

	unpublish(pt);
	hvr_debugfs_partition_del(pt);
	/* The owner's address space may live on: from here it calls no more. */
	hvr_mem_unmap_all(pt);
	for (i = 0; i < pt->vp_limit; i++)
		if (pt->vps[i])
			hvr_vp_destroy(pt->vps[i]);
	hvr_units_partition_exit(pt);
	hvr_hv_partition_exit(pt);
	hvr_cpuid_exit(pt);
	hvr_irq_exit(pt);
	hvr_mem_exit(pt);
	hvr_hw_put();
	put_pid(pt->owner);
	mutex_destroy(&pt->listeners_lock);
	mutex_destroy(&pt->lock);
	kfree_rcu(pt, rcu);
}

void hvr_partition_put(struct hvr_partition *pt)
{
	if (refcount_dec_and_test(&pt->refs))
		free_partition(pt);
}
HVR_EXPORT_SYMBOL(hvr_partition_put);

int hvr_partition_create(const struct mshv_create_partition_v2 *args)
{
	struct hvr_partition *pt;
	struct file *file;
	int err, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	pt = alloc_partition(args);
	if (IS_ERR(pt)) {
		err = PTR_ERR(pt);
		goto err_fd;
	}
	err = publish(pt);
	if (err)
		goto err_put;
	hvr_debugfs_partition_add(pt);
	file = anon_inode_getfile("mshv_partition", &partition_fops, pt, O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_put;
	}
	fd_install(fd, file);
	return fd;

err_put:
	hvr_partition_put(pt);
err_fd:
	put_unused_fd(fd);
	return err;
}

/* ---- listeners ---- */

void hvr_partition_listen(struct hvr_partition *pt,
			  struct hvr_partition_listener *l)
{
	mutex_lock(&pt->listeners_lock);
	if (pt->dying) {
		INIT_LIST_HEAD(&l->node);
		if (l->dead)
			l->dead(l);
	} else {
		list_add_tail(&l->node, &pt->listeners);
	}
	mutex_unlock(&pt->listeners_lock);
}
HVR_EXPORT_SYMBOL(hvr_partition_listen);

void hvr_partition_unlisten(struct hvr_partition *pt,
			    struct hvr_partition_listener *l)
{
	mutex_lock(&pt->listeners_lock);
	list_del_init(&l->node);
	mutex_unlock(&pt->listeners_lock);
}
HVR_EXPORT_SYMBOL(hvr_partition_unlisten);

/* A partition whose listeners are being called is still in the table. */
void hvr_partition_listeners_flush(void)
{
	struct hvr_partition *pt;
	u64 id = 0;

	while ((pt = hvr_partition_next_get(id))) {
		mutex_lock(&pt->listeners_lock);
		mutex_unlock(&pt->listeners_lock);
		id = pt->id + 1;
		hvr_partition_put(pt);
	}
}
HVR_EXPORT_SYMBOL(hvr_partition_listeners_flush);

void hvr_partition_notify_reset(struct hvr_partition *pt)
{
	struct hvr_partition_listener *l;

	mutex_lock(&pt->listeners_lock);
	list_for_each_entry(l, &pt->listeners, node)
		if (l->reset)
			l->reset(l);
	mutex_unlock(&pt->listeners_lock);
}

static void notify_dead(struct hvr_partition *pt)
{
	struct hvr_partition_listener *l, *next;

	mutex_lock(&pt->listeners_lock);
	pt->dying = true;
	list_for_each_entry_safe(l, next, &pt->listeners, node) {
		list_del_init(&l->node);
		if (l->dead)
			l->dead(l);
	}
	mutex_unlock(&pt->listeners_lock);
}

/* ---- what other folders may ask ---- */

u64 hvr_partition_id(const struct hvr_partition *pt)
{
	return pt->id;
}
HVR_EXPORT_SYMBOL(hvr_partition_id);

struct dentry *hvr_partition_debugfs(const struct hvr_partition *pt)
{
	return pt->debugfs;
}
HVR_EXPORT_SYMBOL(hvr_partition_debugfs);

struct hvr_vp *hvr_partition_vp(struct hvr_partition *pt, u32 index)
{
	if (index >= HVR_MAX_VPS)
		return NULL;
	/* Pairs with the release in hvr_vp_create(). */
	return smp_load_acquire(&pt->vps[index]);
}
HVR_EXPORT_SYMBOL(hvr_partition_vp);

void hvr_partition_stop(struct hvr_partition *pt)
{
	u32 i, limit;

	WRITE_ONCE(pt->stopped, true);
	/* Pairs with publishing in hvr_vp_create(): it sees the flag, or this
	 * sees the VP.
	 */
	smp_mb();
	limit = READ_ONCE(pt->vp_limit);
	for (i = 0; i < limit; i++) {
		struct hvr_vp *vp = hvr_partition_vp(pt, i);

		if (!vp)
			continue;
		hvr_vp_request(vp, HVR_REQ_STOP);
		hvr_vp_kick(vp);
	}
}

/* ---- ioctls; all under pt->lock ---- */

static long initialize(struct hvr_partition *pt)
{
	if (pt->initialized)
		return 0;
	hvr_hv_initialize(pt);
	/* Pairs with hvr_partition_from_fd(). */
	smp_store_release(&pt->initialized, true);
	return 0;
}

static long create_vp(struct hvr_partition *pt, const void __user *uarg)
{
	struct mshv_create_vp args;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.vp_index >= HVR_MAX_VPS)
		return -EINVAL;
	if (!pt->initialized)
		return -EIO;
	if (pt->vps[args.vp_index])
		return -EEXIST;
	return hvr_vp_create(pt, args.vp_index);
}

static long set_guest_memory(struct hvr_partition *pt, const void __user *uarg)
{
	struct mshv_user_mem_region args;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	return hvr_mem_set_region(pt, &args);
}

static long assign_irqfd(struct hvr_partition *pt, const void __user *uarg)
{
	struct mshv_user_irqfd args;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~(u32)MSHV_IRQFD_FLAGS_MASK)
		return -EINVAL;
	return hvr_irqfd(pt, &args);
}

static long assign_ioeventfd(struct hvr_partition *pt, const void __user *uarg)
{
	struct mshv_user_ioeventfd args;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if ((args.flags & ~(u32)MSHV_IOEVENTFD_FLAGS_MASK) ||
	    memchr_inv(args.rsvd, 0, sizeof(args.rsvd)))
		return -EINVAL;
	return hvr_ioeventfd(pt, &args);
}

static long set_msi_routing(struct hvr_partition *pt,
			    const struct mshv_user_irq_table __user *uarg)
{
	struct mshv_user_irq_entry *entries = NULL;
	struct mshv_user_irq_table args;
	long ret;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.nr > MAX_MSI_ROUTES || args.rsvd)
		return -EINVAL;
	if (args.nr) {
		entries = vmemdup_user(uarg->entries,
				       array_size(args.nr, sizeof(*entries)));
		if (IS_ERR(entries))
			return PTR_ERR(entries);
	}
	ret = hvr_irq_set_routing(pt, entries, args.nr);
	kvfree(entries);
	return ret;
}

static long access_bitmap(struct hvr_partition *pt, const void __user *uarg)
{
	struct mshv_gpap_access_bitmap args;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	return hvr_mem_access_bitmap(pt, &args);
}

static long locked_ioctl(struct hvr_partition *pt, unsigned int cmd,
			 void __user *uarg)
{
	switch (cmd) {
	case MSHV_INITIALIZE_PARTITION:
		return initialize(pt);
	case MSHV_CREATE_VP:
		return create_vp(pt, uarg);
	case MSHV_SET_GUEST_MEMORY:
		return set_guest_memory(pt, uarg);
	case MSHV_IRQFD:
		return assign_irqfd(pt, uarg);
	case MSHV_IOEVENTFD:
		return assign_ioeventfd(pt, uarg);
	case MSHV_SET_MSI_ROUTING:
		return set_msi_routing(pt, uarg);
	case MSHV_GET_GPAP_ACCESS_BITMAP:
		return access_bitmap(pt, uarg);
	default:
		return -ENOTTY;
	}
}

static long partition_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	struct hvr_partition *pt = file->private_data;
	void __user *uarg = (void __user *)arg;
	long ret;

	/* Interrupts are asserted this way while other ioctls take their time. */
	if (cmd == MSHV_ROOT_HVCALL)
		return hvr_root_hvcall(pt, NULL, HVR_HC_PT, uarg);
	if (_IOC_TYPE(cmd) == HVR_EXT_IOCTL)
		return hvr_ext_partition_ioctl(pt, cmd, arg);
	if (mutex_lock_killable(&pt->lock))
		return -EINTR;
	ret = locked_ioctl(pt, cmd, uarg);
	mutex_unlock(&pt->lock);
	return ret;
}

/*
 * The partition's descriptor closed. VP descriptors may be open still, and their
 * VPs may run: they keep the partition, but nothing from outside reaches it now.
 */
static int partition_release(struct inode *inode, struct file *file)
{
	struct hvr_partition *pt = file->private_data;

	hvr_irq_release(pt);
	notify_dead(pt);
	hvr_partition_put(pt);
	return 0;
}

static const struct file_operations partition_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= partition_ioctl,
	.release	= partition_release,
	.llseek		= noop_llseek,
};
