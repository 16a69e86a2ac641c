/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Control ABI of /dev/hvroot_vmbus: the bus of one partition, and channels that
 * user space serves on it.
 *
 * open()           a descriptor without a bus
 * VMBUS_ATTACH     this descriptor owns the bus of a partition from now on, until
 *                  it closes (a crash included) or the partition dies
 * VMBUS_ATTACH_ID  the same for a partition that another process has made
 * VMBUS_OFFER      offers a channel, returns a channel descriptor
 * VMBUS_INFO       what the guest negotiated, counters
 * VMBUS_INFO_ID    the same of another descriptor's bus
 * VMBUS_CHANNELS   list of channels
 * poll()           POLLHUP the partition died, POLLERR no bus yet; nothing else
 *
 * When the descriptor closes and the partition lives, the guest is told that all
 * devices of the bus are gone. The guest's connection stays with the partition, for
 * who attaches next.
 *
 * All structures are naturally aligned, have no holes, and hold zero in every
 * reserved member; anything else is answered with EINVAL.
 */
#ifndef _UAPI_HVROOT_VMBUS_CTL_H
#define _UAPI_HVROOT_VMBUS_CTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HVR_VMBUS_DEVICE	"/dev/hvroot_vmbus"
#define HVR_VMBUS_IOCTL		0xB9

/**
 * struct hvr_vmbus_attach - VMBUS_ATTACH: create the bus of a partition.
 * @partition_fd: descriptor of an initialized mshv partition; only needed during
 *	the call (the bus holds its own reference)
 * @flags: 0
 * @partition_id: out: the partition's id, never 0
 *
 * Errors: EBADF (@partition_fd), EINVAL (flags, not a partition's descriptor or
 * not initialized), EBUSY (this descriptor has a bus already), EEXIST (the
 * partition has a bus already), ENODEV (the partition is dead), ENOMEM.
 */
struct hvr_vmbus_attach {
	__s32 partition_fd;
	__u32 flags;
	__u64 partition_id;
};

/**
 * struct hvr_vmbus_attach_id - VMBUS_ATTACH_ID: own the bus of any partition.
 * @partition_id: its number, as HVR_EXT_LIST_PARTITIONS shows it
 * @flags: 0
 * @reserved: 0
 *
 * For the user that made the partition and for CAP_SYS_ADMIN. A guest that found no
 * bus when it started does not look again before its bus driver is loaded anew.
 *
 * Errors: EINVAL (flags, reserved), ENOENT (no such partition), EPERM (another
 * user's), EAGAIN (not initialized yet), EBUSY (this descriptor has a bus, or the
 * partition's bus has an owner), ENODEV (the partition is dead), ENOMEM.
 */
struct hvr_vmbus_attach_id {
	__u64 partition_id;
	__u32 flags;
	__u32 reserved;
};

/* hvr_vmbus_offer.flags: what the offer tells the guest */
#define HVR_OFFER_F_ENUMERATE		0x0001	/* enumerate device interface */
#define HVR_OFFER_F_NAMED_PIPE		0x0010	/* named pipe mode: pipe framing */
#define HVR_OFFER_F_TLNPI		0x2000	/* hv_sock transport */
#define HVR_OFFER_F_VALID		0x2011

#define HVR_USER_DEFINED_BYTES		120

/**
 * struct hvr_vmbus_offer - VMBUS_OFFER: offer a channel served by user space.
 * @type: class GUID, in the byte order of the wire (first three fields little
 *	endian)
 * @instance: instance GUID, same order
 * @flags: HVR_OFFER_F_*
 * @mmio_megabytes: MMIO space that the guest shall set aside
 * @sub_index: 0; primary channel, else index of a sub-channel
 * @reserved: 0
 * @user_defined: class-specific area of the offer
 *
 * Returns the channel descriptor (close-on-exec). Errors: ENOTCONN (no bus yet),
 * EEXIST (type, instance, sub_index already offered), ENOSPC (channel limit),
 * EINVAL (flags, reserved), ENODEV (bus dead), EMFILE, ENOMEM.
 */
struct hvr_vmbus_offer {
	__u8 type[16];
	__u8 instance[16];
	__u16 flags;
	__u16 mmio_megabytes;
	__u16 sub_index;
	__u16 reserved;
	__u8 user_defined[HVR_USER_DEFINED_BYTES];
};

/* hvr_vmbus_info.state */
#define HVR_BUS_DISCONNECTED	0	/* the guest has no connection */
#define HVR_BUS_CONNECTED	1
#define HVR_BUS_DISCONNECTING	2	/* channels are being closed */
#define HVR_BUS_DEAD		3	/* the partition died */

/**
 * struct hvr_vmbus_info - VMBUS_INFO, VMBUS_INFO_ID.
 * @partition_id: partition of this bus; VMBUS_INFO_ID: in, the only member read
 * @state: HVR_BUS_*
 * @version: negotiated version, major << 16 | minor; 0 when not connected
 * @features: negotiated feature flags (version 6.0 and later), else 0
 * @contact_vp: VP that gets the host's control messages
 * @nr_channels: channels offered
 * @nr_open: channels open
 * @nr_gpadls: GPADLs alive
 * @gpadl_pages: guest pages listed in them
 * @messages_in: control messages taken from the guest
 * @messages_out: control messages posted to the guest
 * @messages_bad: control messages refused
 * @connects: successful InitiateContact since the bus exists
 *
 * Errors: ENOTCONN (no bus yet, or nobody owns it). VMBUS_INFO_ID also ENOENT, EPERM,
 * EAGAIN, ENODEV as VMBUS_ATTACH_ID.
 */
struct hvr_vmbus_info {
	__u64 partition_id;
	__u32 state;
	__u32 version;
	__u32 features;
	__u32 contact_vp;
	__u32 nr_channels;
	__u32 nr_open;
	__u32 nr_gpadls;
	__u32 gpadl_pages;
	__u64 messages_in;
	__u64 messages_out;
	__u64 messages_bad;
	__u64 connects;
};

/* hvr_vmbus_channel.state */
#define HVR_CHAN_OFFERED	0	/* closed, the guest may open it */
#define HVR_CHAN_OPENING	1
#define HVR_CHAN_OPEN		2
#define HVR_CHAN_CLOSING	3
#define HVR_CHAN_REVOKED	4

/**
 * struct hvr_vmbus_channel - one channel in VMBUS_CHANNELS.
 * @type: class GUID
 * @instance: instance GUID
 * @relid: channel id towards the guest, 0 when the guest does not know it
 * @state: HVR_CHAN_*
 * @sub_index: sub-channel index
 * @user: 1 when user space serves it
 * @reserved: 0
 * @target_vp: VP that takes its interrupts
 * @packets_in: packets from the guest
 * @packets_out: packets to the guest
 * @interrupts: times the guest was signalled
 * @kicks: times the guest signalled
 */
struct hvr_vmbus_channel {
	__u8 type[16];
	__u8 instance[16];
	__u32 relid;
	__u8 state;
	__u8 user;
	__u16 sub_index;
	__u32 target_vp;
	__u32 reserved;
	__u64 packets_in;
	__u64 packets_out;
	__u64 interrupts;
	__u64 kicks;
};

/**
 * struct hvr_vmbus_channels - VMBUS_CHANNELS.
 * @channels: user pointer to an array of struct hvr_vmbus_channel
 * @count: in: room in the array; out: channels there are (may be more than
 *	the room; then the first ones are filled)
 * @reserved: 0
 *
 * Errors: ENOTCONN (no bus yet), EFAULT, EINVAL, ENOMEM.
 */
struct hvr_vmbus_channels {
	__u64 channels;
	__u32 count;
	__u32 reserved;
};

#define VMBUS_ATTACH	_IOWR(HVR_VMBUS_IOCTL, 0x00, struct hvr_vmbus_attach)
#define VMBUS_OFFER	_IOW(HVR_VMBUS_IOCTL, 0x01, struct hvr_vmbus_offer)
#define VMBUS_INFO	_IOR(HVR_VMBUS_IOCTL, 0x02, struct hvr_vmbus_info)
#define VMBUS_CHANNELS	_IOWR(HVR_VMBUS_IOCTL, 0x03, struct hvr_vmbus_channels)
#define VMBUS_ATTACH_ID	_IOW(HVR_VMBUS_IOCTL, 0x04, struct hvr_vmbus_attach_id)
#define VMBUS_INFO_ID	_IOWR(HVR_VMBUS_IOCTL, 0x05, struct hvr_vmbus_info)

/*
 * Channel descriptor.
 *
 * read() returns exactly one frame: the header, then @len bytes. EMSGSIZE when
 * the buffer is too small (the frame stays), EAGAIN with O_NONBLOCK when there
 * is none, 0 (end of file) after the bus died and all frames were read.
 *
 * write() takes exactly one HVR_FRAME_PACKET frame: @type HVR_FRAME_INBAND or
 * HVR_FRAME_COMPLETION. EAGAIN when the ring has no room and O_NONBLOCK is set
 * (otherwise it waits), ENOTCONN while the channel is not open, EMSGSIZE when it
 * never fits, EINVAL for a bad header, EIO when the guest broke the ring, EPIPE
 * after the bus died.
 *
 * poll(): POLLIN a frame waits; POLLOUT open and a write that failed may be
 * tried again; POLLHUP the bus died: the channel will never open again.
 *
 * A guest may open and close the channel many times. After HVR_FRAME_OPEN the
 * provider must answer with CHANNEL_OPEN_RESULT; after HVR_FRAME_CLOSED nothing
 * can be written until the next open. Frames of an older open never follow its
 * HVR_FRAME_CLOSED.
 */
#define HVR_FRAME_PACKET	1
#define HVR_FRAME_OPEN		2	/* payload: struct hvr_frame_open */
#define HVR_FRAME_CLOSED	3	/* no payload */

/* hvr_frame.type of packets, values of the wire */
#define HVR_FRAME_INBAND	6
#define HVR_FRAME_COMPLETION	11

/* hvr_frame.flags of packets */
#define HVR_FRAME_F_COMPLETION_REQUESTED	1

/**
 * struct hvr_frame - header of a frame.
 * @kind: HVR_FRAME_PACKET, _OPEN, _CLOSED
 * @type: packet type of the wire; 0 for other kinds
 * @flags: packet flags
 * @trans_id: transaction id; a completion carries that of its request
 * @len: bytes that follow (written to the ring padded to a multiple of 8, so a
 *	reader of the other side sees @len rounded up)
 * @reserved: 0
 *
 * Packets that list guest pages (GPA-direct, transfer pages) are not available
 * to user space: such a packet closes the channel.
 */
struct hvr_frame {
	__u32 kind;
	__u16 type;
	__u16 flags;
	__u64 trans_id;
	__u32 len;
	__u32 reserved;
};

#define HVR_FRAME_MAX_LEN	16384

/**
 * struct hvr_frame_open - payload of HVR_FRAME_OPEN.
 * @ring_in_bytes: data bytes of the guest-to-host ring
 * @ring_out_bytes: data bytes of the host-to-guest ring
 * @target_vp: VP that takes the interrupts, 0xffffffff none
 * @reserved: 0
 * @user_data: what the guest passed to its open
 */
struct hvr_frame_open {
	__u32 ring_in_bytes;
	__u32 ring_out_bytes;
	__u32 target_vp;
	__u32 reserved;
	__u8 user_data[HVR_USER_DEFINED_BYTES];
};

/**
 * struct hvr_channel_open_result - CHANNEL_OPEN_RESULT: accept or refuse.
 * @accept: 1 the channel is open, 0 refused
 * @reserved: 0
 *
 * Errors: ENOTCONN (no open waits for an answer), EINVAL.
 */
struct hvr_channel_open_result {
	__u32 accept;
	__u32 reserved;
};

#define CHANNEL_OPEN_RESULT	_IOW(HVR_VMBUS_IOCTL, 0x10, \
				     struct hvr_channel_open_result)

#endif /* _UAPI_HVROOT_VMBUS_CTL_H */
