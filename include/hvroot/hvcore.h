/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partition and VP handles for synic/, iommu/ and vmbus/: what they may do to
 * the core without seeing its private types.
 */
#ifndef HVROOT_HVCORE_H
#define HVROOT_HVCORE_H

#include <linux/types.h>
#include <hvroot/status.h>

struct file;
struct hvr_partition;
struct hvr_vp;
struct dentry;

#define HVR_MAX_VPS	256

/**
 * hvr_partition_from_fd() - take a reference on the partition behind an mshv
 * partition descriptor of the current process.
 * @fd: descriptor number
 *
 * Return: the partition (caller puts it), ERR_PTR(-EBADF) for a bad descriptor,
 *	ERR_PTR(-EINVAL) when it is not an initialized partition's.
 */
struct hvr_partition *hvr_partition_from_fd(int fd);

/* Look up by id (0 = none). Takes a reference; NULL when there is none. */
struct hvr_partition *hvr_partition_find_get(u64 id);
/**
 * hvr_partition_find_managed() - look up a partition that the caller may manage.
 * @id: its number
 *
 * That is a partition of the caller's user: its maker's real user id is the caller's
 * effective one. CAP_SYS_ADMIN may manage any.
 *
 * Return: the partition (caller puts it); ERR_PTR(-ENOENT) no such partition, -EPERM
 *	another user's, -EAGAIN not initialized yet, -ENODEV its descriptor is closed.
 */
struct hvr_partition *hvr_partition_find_managed(u64 id);
void hvr_partition_get(struct hvr_partition *pt);
void hvr_partition_put(struct hvr_partition *pt);

u64 hvr_partition_id(const struct hvr_partition *pt);
/* debugfs directory of the partition, for its subsystems' files; may be NULL */
struct dentry *hvr_partition_debugfs(const struct hvr_partition *pt);

/* NULL when no VP of that index exists. Valid as long as the partition is. */
struct hvr_vp *hvr_partition_vp(struct hvr_partition *pt, u32 index);

u32 hvr_vp_index(const struct hvr_vp *vp);
struct hvr_partition *hvr_vp_partition(const struct hvr_vp *vp);

/**
 * hvr_vp_kick() - make a VP notice new requests or interrupts soon.
 * @vp: the VP
 *
 * Wakes it when blocked, forces an exit when it is in guest mode. Any context,
 * hard interrupt included. The caller has published its reason before.
 */
void hvr_vp_kick(struct hvr_vp *vp);

/**
 * hvr_vp_assert() - deliver a fixed, edge interrupt to one VP's local APIC.
 * @vp: the VP
 * @vector: 16 to 255
 * @auto_eoi: the vector ends by itself when it is taken (no ISR bit stays)
 *
 * Any context. Kicks the VP.
 * Return: true when the vector was not yet pending.
 */
bool hvr_vp_assert(struct hvr_vp *vp, u8 vector, bool auto_eoi);

/**
 * hvr_partition_reference_time() - the partition's reference time.
 * @pt: the partition
 *
 * Return: units of 100 ns since creation (TLFS, "Timers": partition reference
 *	counter). Same base as the reference TSC page. Any context.
 */
u64 hvr_partition_reference_time(struct hvr_partition *pt);

/**
 * hvr_partition_reference_to_ktime() - host CLOCK_MONOTONIC of a reference time.
 * @pt: the partition
 * @ref: reference time, 100 ns
 *
 * For arming host timers. Any context.
 * Return: nanoseconds of CLOCK_MONOTONIC; in the past when @ref is.
 */
s64 hvr_partition_reference_to_ktime(struct hvr_partition *pt, u64 ref);

/**
 * struct hvr_partition_listener - told when a partition is reset or dies.
 * @node: list linkage, private to the core
 * @reset: the guest was reset (reset by the VMM, or kexec'ed: GUEST_OS_ID
 *	went to zero). May be called from a VP thread: queue work, do not sleep.
 * @dead: the partition descriptor closed; last call, may free the listener. May
 *	sleep; must not wait for the caller of hvr_partition_put().
 */
struct hvr_partition_listener {
	struct list_head node;
	void (*reset)(struct hvr_partition_listener *l);
	void (*dead)(struct hvr_partition_listener *l);
};

void hvr_partition_listen(struct hvr_partition *pt,
			  struct hvr_partition_listener *l);
/* After return no callback runs or will run. May sleep. */
void hvr_partition_unlisten(struct hvr_partition *pt,
			    struct hvr_partition_listener *l);
/*
 * After return no callback that had begun before runs, of any partition: for a module
 * that goes and whose dead() frees its listener. May sleep.
 */
void hvr_partition_listeners_flush(void);

#endif /* HVROOT_HVCORE_H */
