// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual processor: its making and end, its descriptor's ioctls, and the
 * pages of it that a VMM may map.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <hvabi/hvhdk.h>
#include <hvroot/ext.h>

#include "internal.h"

static_assert(sizeof(struct mshv_run_vp) == sizeof(struct hv_message));

u32 hvr_vp_index(const struct hvr_vp *vp)
{
	return vp->index;
}
HVR_EXPORT_SYMBOL(hvr_vp_index);

struct hvr_partition *hvr_vp_partition(const struct hvr_vp *vp)
{
	return vp->pt;
}
HVR_EXPORT_SYMBOL(hvr_vp_partition);

/* ---- making and end ---- */

static int init_parts(struct hvr_vp *vp)
{
	int err;

	err = hvr_be->vp_init(vp);
	if (err)
		return err;
	err = hvr_fpu_vp_init(vp);
	if (err)
		goto err_backend;
	err = hvr_hv_vp_init(vp);
	if (err)
		goto err_fpu;
	err = hvr_lapic_init(vp);
	if (err)
		goto err_hv;
	err = hvr_units_vp_init(vp);
	if (err)
		goto err_lapic;
	return 0;

err_lapic:
	hvr_lapic_exit(vp);
err_hv:
	hvr_hv_vp_exit(vp);
err_fpu:
	hvr_fpu_vp_exit(vp);
err_backend:
	hvr_be->vp_exit(vp);
	return err;
}

static void free_pages_of(struct hvr_vp *vp)
{
	free_page((unsigned long)vp->message);
	free_page((unsigned long)vp->regpage);
	kfree(vp->xsave_shown);
}

static struct hvr_vp *alloc_vp(struct hvr_partition *pt, u32 index)
{
	struct hvr_vp *vp;
	int err = -ENOMEM;

	/* A power of two is aligned to itself. */
	vp = kzalloc(roundup_pow_of_two(hvr_be->vp_size), GFP_KERNEL_ACCOUNT);
	if (!vp)
		return ERR_PTR(-ENOMEM);
	vp->pt = pt;
	vp->index = index;
	hvr_vp_run_init(vp);
	mutex_init(&vp->lock);
	vp->message = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vp->regpage = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vp->message || !vp->regpage)
		goto err_free;
	err = init_parts(vp);
	if (err)
		goto err_free;
	return vp;

err_free:
	free_pages_of(vp);
	kfree(vp);
	return ERR_PTR(err);
}

void hvr_vp_destroy(struct hvr_vp *vp)
{
	hvr_units_vp_exit(vp);
	hvr_lapic_exit(vp);
	hvr_hv_vp_exit(vp);
	hvr_fpu_vp_exit(vp);
	hvr_be->vp_exit(vp);
	free_pages_of(vp);
	/* Who kicks may still look at it. */
	kfree_rcu(vp, rcu);
}

/* Power-on state, and what the run loop has to tell the backend first. */
static void prepare(struct hvr_vp *vp)
{
	mutex_lock(&vp->regs_lock);
	hvr_vp_reset(vp, false);
	hvr_hv_vp_reset(vp);
	hvr_vp_request(vp, HVR_REQ_TSC);
	hvr_vp_request(vp, HVR_REQ_SLAT);
	hvr_vp_request(vp, HVR_REQ_EVENT);
	hvr_regpage_publish(vp);
	mutex_unlock(&vp->regs_lock);
}

static void publish(struct hvr_partition *pt, struct hvr_vp *vp)
{
	lockdep_assert_held(&pt->lock);
	/* Pairs with hvr_partition_vp(). */
	smp_store_release(&pt->vps[vp->index], vp);
	if (vp->index >= pt->vp_limit)
		WRITE_ONCE(pt->vp_limit, vp->index + 1);
	pt->nr_vps++;
	/* Pairs with hvr_partition_stop(). */
	smp_mb();
	if (READ_ONCE(pt->stopped))
		hvr_vp_request(vp, HVR_REQ_STOP);
	hvr_debugfs_vp_add(vp);
}

static const struct file_operations vp_fops;

int hvr_vp_create(struct hvr_partition *pt, u32 index)
{
	struct hvr_vp *vp;
	struct file *file;
	int err, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	vp = alloc_vp(pt, index);
	if (IS_ERR(vp)) {
		err = PTR_ERR(vp);
		goto err_fd;
	}
	prepare(vp);
	hvr_partition_get(pt);
	file = anon_inode_getfile("mshv_vp", &vp_fops, vp, O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_vp;
	}
	publish(pt, vp);
	fd_install(fd, file);
	return fd;

err_vp:
	hvr_vp_destroy(vp);
	/* Not the last one: the partition's descriptor is in use. */
	hvr_partition_put(pt);
err_fd:
	put_unused_fd(fd);
	return err;
}

/* ---- MSHV_RUN_VP ---- */

/* What the VMM left for the run: registers in the page, and the wish to be told. */
static void take_over(struct hvr_vp *vp)
{
	hvr_regpage_consume(vp);
	if (vp->deliverability >> HV_DELIVERABILITY_SINT_SHIFT)
		hvr_vp_request(vp, HVR_REQ_MESSAGE);
}

/* A VMM that takes no notice of errors calls again at once: give it a rest. */
static long run_stopped(void)
{
	schedule_timeout_interruptible(msecs_to_jiffies(20));
	return signal_pending(current) ? -EINTR : -ECANCELED;
}

/* Of one small size, and on the path of every exit to the VMM. */
static long give_message(const struct hv_message *msg, u64 __user *to)
{
	const u64 *from = (const u64 *)msg;
	unsigned int i;

	if (!user_write_access_begin(to, sizeof(*msg)))
		return -EFAULT;
	for (i = 0; i < sizeof(*msg) / sizeof(*from); i += 8) {
		unsafe_put_user(from[i], to + i, fault);
		unsafe_put_user(from[i + 1], to + i + 1, fault);
		unsafe_put_user(from[i + 2], to + i + 2, fault);
		unsafe_put_user(from[i + 3], to + i + 3, fault);
		unsafe_put_user(from[i + 4], to + i + 4, fault);
		unsafe_put_user(from[i + 5], to + i + 5, fault);
		unsafe_put_user(from[i + 6], to + i + 6, fault);
		unsafe_put_user(from[i + 7], to + i + 7, fault);
	}
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

static long run_vp(struct hvr_vp *vp, void __user *uarg)
{
	long ret;

	if (READ_ONCE(vp->pt->stopped))
		return run_stopped();
	/* The registers may be wanted by a thread on the partition's descriptor,
	 * too: the run lets it in.
	 */
	if (mutex_lock_killable(&vp->regs_lock))
		return -EINTR;
	take_over(vp);
	ret = hvr_vp_run(vp);
	/* Whatever came out, the page has to mirror the VP now. */
	hvr_regpage_publish(vp);
	if (!ret) {
		vp->message_valid = false;
		ret = give_message(vp->message, uarg);
	}
	mutex_unlock(&vp->regs_lock);
	if (ret == -EINTR && READ_ONCE(vp->pt->stopped))
		return -ECANCELED;
	return ret;
}

/* ---- MSHV_GET_VP_STATE, MSHV_SET_VP_STATE ---- */

static long vp_state(struct hvr_vp *vp, void __user *uarg, bool set)
{
	struct mshv_get_set_vp_state args;
	long ret;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.type >= MSHV_VP_STATE_COUNT ||
	    memchr_inv(args.rsvd, 0, sizeof(args.rsvd)) || !args.buf_sz ||
	    !IS_ALIGNED(args.buf_sz, MSHV_HV_PAGE_SIZE) ||
	    !IS_ALIGNED(args.buf_ptr, MSHV_HV_PAGE_SIZE))
		return -EINVAL;
	ret = hvr_vp_state(vp, &args, set);
	/* The true size goes back in every case: a caller sizes its buffer so. */
	if (copy_to_user(uarg, &args, sizeof(args)))
		return -EFAULT;
	return ret;
}

static long locked_ioctl(struct hvr_vp *vp, unsigned int cmd, void __user *uarg)
{
	switch (cmd) {
	case MSHV_RUN_VP:
		return run_vp(vp, uarg);
	case MSHV_GET_VP_STATE:
		return vp_state(vp, uarg, false);
	case MSHV_SET_VP_STATE:
		return vp_state(vp, uarg, true);
	default:
		return -ENOTTY;
	}
}

static long vp_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct hvr_vp *vp = file->private_data;
	void __user *uarg = (void __user *)arg;
	long ret;

	if (cmd == MSHV_ROOT_HVCALL)
		return hvr_root_hvcall(vp->pt, vp, HVR_HC_VP, uarg);
	if (_IOC_TYPE(cmd) == HVR_EXT_IOCTL)
		return hvr_ext_partition_ioctl(vp->pt, cmd, arg);
	if (mutex_lock_killable(&vp->lock))
		return -EINTR;
	ret = locked_ioctl(vp, cmd, uarg);
	mutex_unlock(&vp->lock);
	return ret;
}

/* ---- mapped pages ---- */

static struct page *state_page(struct hvr_vp *vp, unsigned long offset)
{
	switch (offset) {
	case MSHV_VP_MMAP_OFFSET_REGISTERS:
		return virt_to_page(vp->regpage);
	case MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE:
		return virt_to_page(vp->message);
	default:
		return NULL;
	}
}

static vm_fault_t vp_fault(struct vm_fault *vmf)
{
	struct hvr_vp *vp = vmf->vma->vm_file->private_data;
	struct page *page;

	/* One page per mapping; what lies behind it is not the next page. */
	if (vmf->pgoff != vmf->vma->vm_pgoff)
		return VM_FAULT_SIGBUS;
	page = state_page(vp, vmf->pgoff);
	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct vp_vm_ops = {
	.fault = vp_fault,
};

static int vp_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct hvr_vp *vp = file->private_data;

	if (vma->vm_pgoff >= MSHV_VP_MMAP_OFFSET_COUNT)
		return -EINVAL;
	if (!state_page(vp, vma->vm_pgoff))
		return -ENODEV;
	if (vma->vm_pgoff == MSHV_VP_MMAP_OFFSET_REGISTERS) {
		WRITE_ONCE(vp->regpage_mapped, true);
		/* Waiting is not allowed here: who has the registers may fault. The
		 * page comes up to date with the next ioctl then.
		 */
		if (mutex_trylock(&vp->regs_lock)) {
			hvr_regpage_publish(vp);
			mutex_unlock(&vp->regs_lock);
		}
	}
	vma->vm_ops = &vp_vm_ops;
	return 0;
}

static int vp_release(struct inode *inode, struct file *file)
{
	struct hvr_vp *vp = file->private_data;

	hvr_partition_put(vp->pt);
	return 0;
}

static const struct file_operations vp_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= vp_ioctl,
	.mmap		= vp_mmap,
	.release	= vp_release,
	.llseek		= noop_llseek,
};
