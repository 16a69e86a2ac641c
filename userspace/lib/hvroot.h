/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libhvroot: thin wrappers over /dev/mshv, its extensions and /dev/hvroot_vmbus.
 *
 * Objects are file descriptors: closing the last one of a partition destroys
 * it. Every function returns 0 or a descriptor, or a negative errno. None keeps
 * state of its own, so all may be called from any thread.
 */
#ifndef HVROOT_H
#define HVROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <hvroot_hv.h>
#include <linux/mshv.h>
#include <hvroot/ext.h>
#include <hvroot/vmbus_ctl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HVROOT_DEVICE	"/dev/mshv"

/* Flags of hvroot_memory_map() */
#define HVROOT_MEM_WRITE	(1U << MSHV_SET_MEM_BIT_WRITABLE)
#define HVROOT_MEM_EXECUTE	(1U << MSHV_SET_MEM_BIT_EXECUTABLE)

/* ---- device and partition: partition.c ---- */

/**
 * hvroot_open() - open the hypervisor's device.
 *
 * Return: descriptor, close-on-exec; or -ENOENT (module not loaded), -EACCES.
 */
int hvroot_open(void);

/**
 * hvroot_partition_create() - create a partition.
 * @dev: device
 * @args: flags and disabled features; MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES is set
 *	by this function
 *
 * Return: partition descriptor; -EBUSY when another hypervisor owns the CPUs.
 */
int hvroot_partition_create(int dev, const struct mshv_create_partition_v2 *args);

/**
 * hvroot_partition_initialize() - fix the early properties, make it usable.
 * @pt: partition
 *
 * Return: 0 or a negative errno.
 */
int hvroot_partition_initialize(int pt);

/**
 * hvroot_property_get() - read a partition property.
 * @fd: device (what the host offers) or partition
 * @code: HV_PROPERTY_*
 * @value: result
 *
 * Return: 0 or a negative errno.
 */
int hvroot_property_get(int fd, __u32 code, __u64 *value);

/**
 * hvroot_property_set() - write a partition property.
 * @pt: partition
 * @code: HV_PROPERTY_*
 * @value: new value
 *
 * Return: 0 or a negative errno.
 */
int hvroot_property_set(int pt, __u32 code, __u64 value);

/**
 * hvroot_memory_map() - give a part of this process's memory to the guest.
 * @pt: partition
 * @gpa: guest physical address, page aligned
 * @hva: address here, page aligned
 * @size: bytes, whole pages
 * @flags: HVROOT_MEM_*
 *
 * Return: 0; -EEXIST on overlap with another region; other negative errno.
 */
int hvroot_memory_map(int pt, __u64 gpa, void *hva, size_t size, unsigned int flags);

/**
 * hvroot_memory_unmap() - take a region back, exactly as it was mapped.
 * @pt: partition
 * @gpa: guest physical address
 * @hva: address here
 * @size: bytes
 *
 * Return: 0; -ENOENT (no region there), -EINVAL (not the same region).
 */
int hvroot_memory_unmap(int pt, __u64 gpa, void *hva, size_t size);

/**
 * hvroot_dirty_bitmap() - read, and clear or set, dirty or accessed bits.
 * @pt: partition
 * @args: range, kind and operation
 *
 * Return: 0 or a negative errno.
 */
int hvroot_dirty_bitmap(int pt, struct mshv_gpap_access_bitmap *args);

/**
 * hvroot_irqfd() - bind or unbind an eventfd to a row of the routing table.
 * @pt: partition
 * @args: eventfd, row, flags
 *
 * Return: 0 or a negative errno.
 */
int hvroot_irqfd(int pt, struct mshv_user_irqfd *args);

/**
 * hvroot_ioeventfd() - signal an eventfd on writes to a guest address.
 * @pt: partition
 * @args: address, width, eventfd, flags
 *
 * Return: 0 or a negative errno.
 */
int hvroot_ioeventfd(int pt, struct mshv_user_ioeventfd *args);

/**
 * hvroot_msi_routing() - replace the whole interrupt routing table.
 * @pt: partition
 * @table: new rows
 *
 * Return: 0 or a negative errno; then the old table is in force.
 */
int hvroot_msi_routing(int pt, const struct mshv_user_irq_table *table);

/**
 * hvroot_interrupt() - raise an interrupt in local APICs of the guest.
 * @pt: partition
 * @control: HV_INTERRUPT_*
 * @destination: APIC id, physical or logical
 * @vector: vector
 *
 * Return: 0 or a negative errno.
 */
int hvroot_interrupt(int pt, __u64 control, __u64 destination, __u32 vector);

/**
 * hvroot_hypercall() - issue a hypercall on behalf of a partition.
 * @fd: device, partition or VP
 * @call: in and out, see struct mshv_root_hvcall
 *
 * Return: 0 when the hypervisor answered success; else a negative errno, with
 * its own status in @call.
 */
int hvroot_hypercall(int fd, struct mshv_root_hvcall *call);

/* ---- virtual processors: vp.c ---- */

/**
 * hvroot_vp_create() - create a virtual processor.
 * @pt: initialized partition
 * @index: its number, below 256
 *
 * Return: VP descriptor or a negative errno.
 */
int hvroot_vp_create(int pt, __u32 index);

/**
 * hvroot_vp_run() - run a VP until the VMM is needed.
 * @vp: VP
 * @msg: the reason
 *
 * Return: 0; -EINTR on a signal or spuriously; -ECANCELED when the partition
 * was stopped from outside; other negative errno.
 */
int hvroot_vp_run(int vp, struct hv_msg *msg);

/**
 * hvroot_vp_map_page() - map a state page of a VP.
 * @vp: VP
 * @page: MSHV_VP_MMAP_OFFSET_*
 *
 * Return: address, or NULL with errno set; ENODEV when the page is not offered.
 */
void *hvroot_vp_map_page(int vp, unsigned int page);

/**
 * hvroot_registers_get() - read registers of a VP.
 * @fd: VP or partition
 * @index: VP number
 * @regs: names in, values out
 * @count: number of registers
 *
 * Return: 0 or a negative errno.
 */
int hvroot_registers_get(int fd, __u32 index, struct hv_register *regs, unsigned int count);

/**
 * hvroot_registers_set() - write registers of a VP, in order.
 * @fd: VP or partition
 * @index: VP number
 * @regs: names and values
 * @count: number of registers
 *
 * Return: 0 or a negative errno; registers before the refused one are written.
 */
int hvroot_registers_set(int fd, __u32 index, const struct hv_register *regs,
			 unsigned int count);

/**
 * hvroot_translate() - guest virtual to guest physical address.
 * @fd: VP or partition
 * @index: VP number
 * @gva: virtual address
 * @flags: HV_TRANSLATE_*
 * @gpa: result
 *
 * Return: 0; -EFAULT when the guest's tables do not translate it so.
 */
int hvroot_translate(int fd, __u32 index, __u64 gva, __u64 flags, __u64 *gpa);

/**
 * hvroot_vp_state_get() - read a state block of a VP.
 * @vp: VP
 * @type: MSHV_VP_STATE_*
 * @buf: page-aligned buffer
 * @size: whole pages; out: true size
 *
 * Return: 0 or a negative errno.
 */
int hvroot_vp_state_get(int vp, unsigned int type, void *buf, __u32 *size);

/**
 * hvroot_vp_state_set() - write a state block of a VP.
 * @vp: VP
 * @type: MSHV_VP_STATE_*
 * @buf: page-aligned buffer
 * @size: whole pages
 *
 * Return: 0 or a negative errno.
 */
int hvroot_vp_state_set(int vp, unsigned int type, const void *buf, __u32 size);

/* ---- extensions: ext.c ---- */

/**
 * hvroot_ext_version() - version of the extensions.
 * @dev: device
 * @version: result
 *
 * Return: 0; -ENOTTY when another implementation serves /dev/mshv.
 */
int hvroot_ext_version(int dev, __u32 *version);

/**
 * hvroot_list() - list partitions.
 * @dev: device
 * @first_id: in: first id of interest; out: where to go on
 * @entries: room
 * @count: number of entries in @entries
 *
 * Return: number of entries filled, or a negative errno.
 */
int hvroot_list(int dev, __u64 *first_id, struct hvr_ext_partition *entries,
		unsigned int count);

/**
 * hvroot_list_vps() - counters of a partition's VPs.
 * @dev: device
 * @id: partition number
 * @entries: room
 * @count: number of entries in @entries, at most 256
 *
 * Return: number of entries filled; -ENOENT, -EPERM or another negative errno.
 */
int hvroot_list_vps(int dev, __u64 id, struct hvr_ext_vp *entries, unsigned int count);

/**
 * hvroot_stop() - stop the VPs of a partition for good.
 * @dev: device
 * @id: partition number
 *
 * Return: 0; -ENOENT, -EPERM or another negative errno.
 */
int hvroot_stop(int dev, __u64 id);

/**
 * hvroot_partition_id() - number of a partition.
 * @fd: partition or VP
 * @id: result
 *
 * Return: 0 or a negative errno.
 */
int hvroot_partition_id(int fd, __u64 *id);

/**
 * hvroot_crash_get() - what the guest reported when it crashed.
 * @fd: partition or VP
 * @crash: result; message and message_size are the caller's
 *
 * Return: 0 or a negative errno.
 */
int hvroot_crash_get(int fd, struct hvr_ext_crash *crash);

/* ---- bus: ext.c ---- */

/**
 * hvroot_bus_attach() - create the VMBus of a partition.
 * @pt: initialized partition
 * @id: number of the partition
 *
 * Return: bus descriptor; closing it takes the bus's devices away. poll() says
 * POLLHUP when the partition has died.
 */
int hvroot_bus_attach(int pt, __u64 *id);

/**
 * hvroot_bus_attach_id() - own the VMBus of a partition that another process made.
 * @id: number of the partition
 *
 * Return: as hvroot_bus_attach(); -ENOENT no such partition, -EPERM another user's,
 * -EBUSY its bus has an owner, -EAGAIN not initialized yet, -ENODEV it is dying.
 */
int hvroot_bus_attach_id(__u64 id);

/**
 * hvroot_bus_info_id() - the same as hvroot_bus_info() for any partition's bus.
 * @bus: descriptor of HVR_VMBUS_DEVICE, with or without a bus
 * @id: number of the partition
 * @info: result
 *
 * Return: 0; -ENOTCONN no bus or one without an owner; other negative errno.
 */
int hvroot_bus_info_id(int bus, __u64 id, struct hvr_vmbus_info *info);

/**
 * hvroot_bus_info() - state of a bus and what the guest negotiated.
 * @bus: bus
 * @info: result
 *
 * Return: 0 or a negative errno.
 */
int hvroot_bus_info(int bus, struct hvr_vmbus_info *info);

/**
 * hvroot_bus_offer() - offer a channel that the caller serves.
 * @bus: bus
 * @offer: class, instance, flags
 *
 * Return: channel descriptor or a negative errno.
 */
int hvroot_bus_offer(int bus, const struct hvr_vmbus_offer *offer);

/**
 * hvroot_bus_channels() - list the channels of a bus.
 * @bus: bus
 * @channels: room
 * @count: number of entries in @channels
 *
 * Return: number of channels there are, or a negative errno.
 */
int hvroot_bus_channels(int bus, struct hvr_vmbus_channel *channels, unsigned int count);

/**
 * hvroot_version() - version of this library.
 *
 * Return: text such as "0.1.0".
 */
const char *hvroot_version(void);

#ifdef __cplusplus
}
#endif

#endif /* HVROOT_H */
