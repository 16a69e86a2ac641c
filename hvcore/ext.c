// SPDX-License-Identifier: GPL-2.0-only
/*
 * The project's own ioctls (<hvroot/ext.h>): list and stop partitions, counters of
 * their VPs, crash reports of guests; and who may do so.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <hvroot/ext.h>

#include "internal.h"

#define MAX_LIST	4096

static bool may_see(const struct hvr_partition *pt)
{
	return uid_eq(pt->owner_uid, current_euid()) || capable(CAP_SYS_ADMIN);
}

/* As hvr_partition_find_managed(), in whatever state the partition is. */
static struct hvr_partition *find_visible(u64 id)
{
	struct hvr_partition *pt = hvr_partition_find_get(id);

	if (!pt)
		return ERR_PTR(-ENOENT);
	if (!may_see(pt)) {
		hvr_partition_put(pt);
		return ERR_PTR(-EPERM);
	}
	return pt;
}

struct hvr_partition *hvr_partition_find_managed(u64 id)
{
	struct hvr_partition *pt = find_visible(id);
	int err = 0;

	if (IS_ERR(pt))
		return pt;
	if (READ_ONCE(pt->dying))
		err = -ENODEV;
	/* Pairs with the release in initialize(). */
	else if (!smp_load_acquire(&pt->initialized))
		err = -EAGAIN;
	if (err) {
		hvr_partition_put(pt);
		return ERR_PTR(err);
	}
	return pt;
}
HVR_EXPORT_SYMBOL(hvr_partition_find_managed);

static u32 describe_flags(struct hvr_partition *pt)
{
	struct hvr_crash crash;
	u32 flags = 0;

	if (READ_ONCE(pt->initialized))
		flags |= HVR_EXT_PT_INITIALIZED;
	if (READ_ONCE(pt->hv.frozen))
		flags |= HVR_EXT_PT_FROZEN;
	if (READ_ONCE(pt->dying))
		flags |= HVR_EXT_PT_DYING;
	if (hvr_hv_get_crash(pt, &crash, NULL, 0))
		flags |= HVR_EXT_PT_CRASHED;
	if (READ_ONCE(pt->stopped))
		flags |= HVR_EXT_PT_STOPPED;
	return flags;
}

static void describe(struct hvr_partition *pt, struct hvr_ext_partition *out)
{
	u32 i, limit = READ_ONCE(pt->vp_limit);

	memset(out, 0, sizeof(*out));
	out->id = pt->id;
	out->memory = hvr_mem_bytes(pt);
	out->created = pt->created;
	out->owner_pid = pid_vnr(pt->owner);
	out->owner_uid = from_kuid_munged(current_user_ns(), pt->owner_uid);
	out->flags = describe_flags(pt);
	memcpy(out->owner_comm, pt->owner_comm, sizeof(out->owner_comm));
	for (i = 0; i < limit; i++) {
		struct hvr_vp *vp = hvr_partition_vp(pt, i);

		if (!vp)
			continue;
		out->nr_vps++;
		out->exits += READ_ONCE(vp->stats.exits);
		out->exits_to_vmm += READ_ONCE(vp->stats.exits_to_vmm);
	}
}

static int list_one(struct hvr_partition *pt, struct hvr_ext_list *list,
		    u32 done)
{
	struct hvr_ext_partition entry;
	void __user *to = u64_to_user_ptr(list->entries) +
			  (size_t)done * list->entry_size;

	describe(pt, &entry);
	return copy_to_user(to, &entry, sizeof(entry)) ? -EFAULT : 0;
}

static long list_partitions(struct hvr_ext_list __user *uarg)
{
	struct hvr_partition *pt;
	struct hvr_ext_list list;
	u32 done = 0;
	int err = 0;

	if (copy_from_user(&list, uarg, sizeof(list)))
		return -EFAULT;
	if (list.rsvd || list.nr > MAX_LIST ||
	    list.entry_size != sizeof(struct hvr_ext_partition))
		return -EINVAL;
	while (done < list.nr && !err) {
		pt = hvr_partition_next_get(list.first_id);
		if (!pt)
			break;
		list.first_id = pt->id + 1;
		if (may_see(pt)) {
			err = list_one(pt, &list, done);
			done++;
		}
		hvr_partition_put(pt);
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (err)
		return err;
	list.nr = done;
	return copy_to_user(uarg, &list, sizeof(list)) ? -EFAULT : 0;
}

/* ---- VPs of a partition ---- */

static u32 describe_activity(const struct hvr_vp *vp)
{
	static const u8 activities[] = {
		[HVR_VP_RUNNABLE] = HVR_EXT_VP_RUNS,
		[HVR_VP_HALTED] = HVR_EXT_VP_HALTED,
		[HVR_VP_IDLE] = HVR_EXT_VP_HALTED,
		[HVR_VP_WAIT_SIPI] = HVR_EXT_VP_WAITS_SIPI,
		[HVR_VP_SHUTDOWN] = HVR_EXT_VP_DOWN,
	};

	return activities[READ_ONCE(vp->activity)];
}

static void describe_vp(const struct hvr_vp *vp, struct hvr_ext_vp *out)
{
	const struct hvr_vp_stats *stats = &vp->stats;

	memset(out, 0, sizeof(*out));
	out->index = vp->index;
	out->activity = describe_activity(vp);
	out->cpu = READ_ONCE(vp->cpu);
	out->exits = READ_ONCE(stats->exits);
	out->exits_to_vmm = READ_ONCE(stats->exits_to_vmm);
	out->hypercalls = READ_ONCE(stats->hypercalls);
	out->interrupts = READ_ONCE(stats->irq_injected);
	out->faults = READ_ONCE(stats->slat_faults);
	out->halts = READ_ONCE(stats->halts);
}

static int list_vps_of(struct hvr_partition *pt, struct hvr_ext_vps *args)
{
	struct hvr_ext_vp __user *to = u64_to_user_ptr(args->entries);
	u32 i, done = 0, limit = READ_ONCE(pt->vp_limit);
	struct hvr_ext_vp entry;
	struct hvr_vp *vp;

	for (i = args->first; i < limit && done < args->nr; i++) {
		vp = hvr_partition_vp(pt, i);
		if (!vp)
			continue;
		describe_vp(vp, &entry);
		if (copy_to_user(&to[done++], &entry, sizeof(entry)))
			return -EFAULT;
	}
	args->nr = done;
	args->first = i;
	return 0;
}

static long list_vps(struct hvr_ext_vps __user *uarg)
{
	struct hvr_partition *pt;
	struct hvr_ext_vps args;
	int err;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.rsvd || args.nr > HVR_MAX_VPS ||
	    args.entry_size != sizeof(struct hvr_ext_vp))
		return -EINVAL;
	pt = find_visible(args.partition_id);
	if (IS_ERR(pt))
		return PTR_ERR(pt);
	err = list_vps_of(pt, &args);
	hvr_partition_put(pt);
	if (err)
		return err;
	return copy_to_user(uarg, &args, sizeof(args)) ? -EFAULT : 0;
}

/* ---- on the device ---- */

static long stop_partition(const void __user *uarg)
{
	struct hvr_partition *pt;
	struct hvr_ext_stop args;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.flags || args.rsvd)
		return -EINVAL;
	pt = find_visible(args.id);
	if (IS_ERR(pt))
		return PTR_ERR(pt);
	hvr_partition_stop(pt);
	hvr_partition_put(pt);
	return 0;
}

static long get_version(void __user *uarg)
{
	const struct hvr_ext_version version = { .version = HVR_EXT_VERSION };

	return copy_to_user(uarg, &version, sizeof(version)) ? -EFAULT : 0;
}

long hvr_ext_dev_ioctl(unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case HVR_EXT_GET_VERSION:
		return get_version(uarg);
	case HVR_EXT_LIST_PARTITIONS:
		return list_partitions(uarg);
	case HVR_EXT_LIST_VPS:
		return list_vps(uarg);
	case HVR_EXT_STOP_PARTITION:
		return stop_partition(uarg);
	default:
		return -ENOTTY;
	}
}

/* ---- on a partition or a VP ---- */

static void fill_crash(struct hvr_ext_crash *args,
		       const struct hvr_crash *crash)
{
	static_assert(sizeof(args->param) == sizeof(crash->param));
	memcpy(args->param, crash->param, sizeof(args->param));
	args->control = crash->control;
	args->vp_index = crash->vp_index;
	args->message_len = crash->message_len;
	args->flags = HVR_EXT_CRASH_VALID;
	if (crash->message_len)
		args->flags |= HVR_EXT_CRASH_MESSAGE;
}

static long get_crash(struct hvr_partition *pt, void __user *uarg)
{
	struct hvr_ext_crash args;
	struct hvr_crash crash;
	void *message = NULL;
	long ret = 0;
	u32 len;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.message_size > HVR_EXT_CRASH_MESSAGE_LEN)
		return -EINVAL;
	if (args.message_size && args.message) {
		message = kzalloc(args.message_size, GFP_KERNEL);
		if (!message)
			return -ENOMEM;
	}
	len = message ? args.message_size : 0;
	memset(args.param, 0, sizeof(args.param));
	args.control = 0;
	args.vp_index = 0;
	args.flags = 0;
	args.message_len = 0;
	if (hvr_hv_get_crash(pt, &crash, message, len)) {
		fill_crash(&args, &crash);
		len = min(len, crash.message_len);
		if (len && copy_to_user(u64_to_user_ptr(args.message), message,
					len))
			ret = -EFAULT;
	}
	kfree(message);
	if (!ret && copy_to_user(uarg, &args, sizeof(args)))
		ret = -EFAULT;
	return ret;
}

static long get_id(struct hvr_partition *pt, void __user *uarg)
{
	return copy_to_user(uarg, &pt->id, sizeof(pt->id)) ? -EFAULT : 0;
}

long hvr_ext_partition_ioctl(struct hvr_partition *pt, unsigned int cmd,
			     unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case HVR_EXT_GET_CRASH:
		return get_crash(pt, uarg);
	case HVR_EXT_GET_ID:
		return get_id(pt, uarg);
	default:
		return -ENOTTY;
	}
}
