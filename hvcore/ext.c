// SPDX-License-Identifier: GPL-2.0-only
/*
 * The project's own ioctls (<hvroot/ext.h>): list and stop partitions, crash
 * reports of guests.
 */
#include <linux/capability.h>
#include <linux/cred.h>
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

static long stop_partition(const void __user *uarg)
{
	struct hvr_partition *pt;
	struct hvr_ext_stop args;
	long ret = 0;

	if (copy_from_user(&args, uarg, sizeof(args)))
		return -EFAULT;
	if (args.flags || args.rsvd)
		return -EINVAL;
	pt = hvr_partition_find_get(args.id);
	if (!pt)
		return -ENOENT;
	if (may_see(pt))
		hvr_partition_stop(pt);
	else
		ret = -EPERM;
	hvr_partition_put(pt);
	return ret;
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
