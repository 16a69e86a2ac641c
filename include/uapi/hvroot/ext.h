/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Extensions of hvroot to /dev/mshv, in an ioctl range of their own: looking at
 * partitions and VPs, stopping one, and what a guest said when it crashed.
 *
 * A client that meets ENOTTY talks to another implementation of /dev/mshv.
 */
#ifndef _UAPI_HVROOT_EXT_H
#define _UAPI_HVROOT_EXT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HVR_EXT_IOCTL		0xB9

/* Raised when something is added; nothing is ever removed or changed. */
#define HVR_EXT_VERSION		2

/**
 * struct hvr_ext_version - argument of HVR_EXT_GET_VERSION (device)
 * @version: HVR_EXT_VERSION of the loaded module
 * @rsvd: zero
 */
struct hvr_ext_version {
	__u32 version;
	__u32 rsvd;
};

/* hvr_ext_partition.flags */
#define HVR_EXT_PT_INITIALIZED	(1U << 0)
#define HVR_EXT_PT_CRASHED	(1U << 1)	/* the guest wrote its crash control */
#define HVR_EXT_PT_FROZEN	(1U << 2)	/* its time stands still */
#define HVR_EXT_PT_DYING	(1U << 3)	/* its descriptor is closed */
#define HVR_EXT_PT_STOPPED	(1U << 4)	/* by HVR_EXT_STOP_PARTITION */

#define HVR_EXT_COMM_LEN	16

/**
 * struct hvr_ext_partition - what is to be known of one partition
 * @id: its number
 * @memory: bytes of guest memory that are mapped now
 * @exits: exits from guest mode, all VPs together
 * @exits_to_vmm: those that ended in the VMM
 * @created: CLOCK_BOOTTIME of its creation, ns
 * @owner_pid: process that made it, in the caller's pid namespace (0: not in it)
 * @owner_uid: user that made it, in the caller's user namespace
 * @nr_vps: virtual processors
 * @flags: HVR_EXT_PT_*
 * @owner_comm: name of the process, ends in a zero byte
 */
struct hvr_ext_partition {
	__u64 id;
	__u64 memory;
	__u64 exits;
	__u64 exits_to_vmm;
	__u64 created;
	__s32 owner_pid;
	__u32 owner_uid;
	__u32 nr_vps;
	__u32 flags;
	__u8 owner_comm[HVR_EXT_COMM_LEN];
};

/**
 * struct hvr_ext_list - argument of HVR_EXT_LIST_PARTITIONS (device)
 * @first_id: list partitions with this id and above; out: where to go on
 * @nr: room in entries; out: entries filled. Fewer than the room: that was all
 * @entry_size: sizeof(struct hvr_ext_partition) of the caller
 * @entries: pointer to the entries
 * @rsvd: zero
 *
 * In ascending order of id. Without CAP_SYS_ADMIN only the caller's own.
 */
struct hvr_ext_list {
	__u64 first_id;
	__u32 nr;
	__u32 entry_size;
	__u64 entries;
	__u64 rsvd;
};

/* hvr_ext_vp.activity */
#define HVR_EXT_VP_RUNS		0	/* in the guest, or on its way */
#define HVR_EXT_VP_HALTED	1	/* waits for an interrupt */
#define HVR_EXT_VP_WAITS_SIPI	2	/* not started by the guest */
#define HVR_EXT_VP_DOWN		3	/* triple fault: waits for a reset */

/**
 * struct hvr_ext_vp - counters of one VP; they only grow.
 * @index: its number
 * @activity: HVR_EXT_VP_*
 * @cpu: CPU that it ran on last, -1 none
 * @rsvd: zero
 * @exits: exits from guest mode
 * @exits_to_vmm: those that ended in the VMM
 * @hypercalls: hypercalls of the guest
 * @interrupts: interrupts injected
 * @faults: second-level faults
 * @halts: times that it blocked with nothing to do
 */
struct hvr_ext_vp {
	__u32 index;
	__u32 activity;
	__s32 cpu;
	__u32 rsvd;
	__u64 exits;
	__u64 exits_to_vmm;
	__u64 hypercalls;
	__u64 interrupts;
	__u64 faults;
	__u64 halts;
};

/**
 * struct hvr_ext_vps - argument of HVR_EXT_LIST_VPS (device)
 * @partition_id: partition
 * @entries: pointer to the entries
 * @first: list VPs with this index and above; out: where to go on
 * @nr: room in entries, at most 256; out: entries filled. Fewer than the room: that
 *	was all
 * @entry_size: sizeof(struct hvr_ext_vp) of the caller
 * @rsvd: zero
 *
 * In ascending order. For the partition's user and CAP_SYS_ADMIN.
 */
struct hvr_ext_vps {
	__u64 partition_id;
	__u64 entries;
	__u32 first;
	__u32 nr;
	__u32 entry_size;
	__u32 rsvd;
};

/**
 * struct hvr_ext_stop - argument of HVR_EXT_STOP_PARTITION (device)
 * @id: partition
 * @flags: zero
 * @rsvd: zero
 *
 * From now on its VPs do not enter the guest: MSHV_RUN_VP returns ECANCELED.
 */
struct hvr_ext_stop {
	__u64 id;
	__u32 flags;
	__u32 rsvd;
};

/* hvr_ext_crash.flags */
#define HVR_EXT_CRASH_VALID	(1U << 0)	/* the guest has reported a crash */
#define HVR_EXT_CRASH_MESSAGE	(1U << 1)	/* @message_len bytes of text exist */

#define HVR_EXT_CRASH_MESSAGE_LEN	4096

/**
 * struct hvr_ext_crash - argument of HVR_EXT_GET_CRASH (partition, VP)
 * @param: crash parameters 0 to 4 (HV_X64_MSR_CRASH_P0 to P4)
 * @control: crash control register as the guest wrote it
 * @vp_index: VP that reported
 * @flags: HVR_EXT_CRASH_*
 * @message_len: length of the guest's message, bytes
 * @message_size: room at @message, 0 to HVR_EXT_CRASH_MESSAGE_LEN
 * @message: pointer to room for the message, or zero
 */
struct hvr_ext_crash {
	__u64 param[5];
	__u64 control;
	__u32 vp_index;
	__u32 flags;
	__u32 message_len;
	__u32 message_size;
	__u64 message;
};

/* ---- device ---- */
#define HVR_EXT_GET_VERSION \
	_IOR(HVR_EXT_IOCTL, 0x00, struct hvr_ext_version)
#define HVR_EXT_LIST_PARTITIONS \
	_IOWR(HVR_EXT_IOCTL, 0x01, struct hvr_ext_list)
#define HVR_EXT_STOP_PARTITION \
	_IOW(HVR_EXT_IOCTL, 0x02, struct hvr_ext_stop)

#define HVR_EXT_LIST_VPS \
	_IOWR(HVR_EXT_IOCTL, 0x03, struct hvr_ext_vps)

/* ---- partition, VP ---- */
#define HVR_EXT_GET_CRASH \
	_IOWR(HVR_EXT_IOCTL, 0x10, struct hvr_ext_crash)
/* Number of the partition behind the descriptor, as the list shows it. */
#define HVR_EXT_GET_ID \
	_IOR(HVR_EXT_IOCTL, 0x11, __u64)

#endif /* _UAPI_HVROOT_EXT_H */
