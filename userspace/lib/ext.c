// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wrappers of the extensions to /dev/mshv and of the bus device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <hvroot.h>

static int call(int fd, unsigned long request, const void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int hvroot_ext_version(int dev, __u32 *version)
{
	struct hvr_ext_version args = { 0 };
	int ret = call(dev, HVR_EXT_GET_VERSION, &args);

	*version = args.version;
	return ret;
}

int hvroot_list(int dev, __u64 *first_id, struct hvr_ext_partition *entries,
		unsigned int count)
{
	struct hvr_ext_list args = {
		.first_id = *first_id,
		.nr = count,
		.entry_size = sizeof(*entries),
		.entries = (uintptr_t)entries,
	};
	int ret = call(dev, HVR_EXT_LIST_PARTITIONS, &args);

	if (ret < 0)
		return ret;
	*first_id = args.first_id;
	return args.nr;
}

int hvroot_stop(int dev, __u64 id)
{
	struct hvr_ext_stop args = { .id = id };

	return call(dev, HVR_EXT_STOP_PARTITION, &args);
}

int hvroot_list_vps(int dev, __u64 id, struct hvr_ext_vp *entries, unsigned int count)
{
	struct hvr_ext_vps args = {
		.partition_id = id,
		.entries = (uintptr_t)entries,
		.nr = count,
		.entry_size = sizeof(*entries),
	};
	int ret = call(dev, HVR_EXT_LIST_VPS, &args);

	return ret < 0 ? ret : (int)args.nr;
}

int hvroot_partition_id(int fd, __u64 *id)
{
	return call(fd, HVR_EXT_GET_ID, id);
}

int hvroot_crash_get(int fd, struct hvr_ext_crash *crash)
{
	return call(fd, HVR_EXT_GET_CRASH, crash);
}

int hvroot_bus_attach(int pt, __u64 *id)
{
	struct hvr_vmbus_attach args = { .partition_fd = pt };
	int bus, ret;

	bus = open(HVR_VMBUS_DEVICE, O_RDWR | O_CLOEXEC);
	if (bus < 0)
		return -errno;
	ret = call(bus, VMBUS_ATTACH, &args);
	if (ret < 0) {
		close(bus);
		return ret;
	}
	*id = args.partition_id;
	return bus;
}

int hvroot_bus_attach_id(__u64 id)
{
	struct hvr_vmbus_attach_id args = { .partition_id = id };
	int bus, ret;

	bus = open(HVR_VMBUS_DEVICE, O_RDWR | O_CLOEXEC);
	if (bus < 0)
		return -errno;
	ret = call(bus, VMBUS_ATTACH_ID, &args);
	if (ret < 0) {
		close(bus);
		return ret;
	}
	return bus;
}

int hvroot_bus_info_id(int bus, __u64 id, struct hvr_vmbus_info *info)
{
	info->partition_id = id;
	return call(bus, VMBUS_INFO_ID, info);
}

int hvroot_bus_info(int bus, struct hvr_vmbus_info *info)
{
	return call(bus, VMBUS_INFO, info);
}

int hvroot_bus_offer(int bus, const struct hvr_vmbus_offer *offer)
{
	return call(bus, VMBUS_OFFER, offer);
}

int hvroot_bus_channels(int bus, struct hvr_vmbus_channel *channels, unsigned int count)
{
	struct hvr_vmbus_channels args = {
		.channels = (uintptr_t)channels,
		.count = count,
	};
	int ret = call(bus, VMBUS_CHANNELS, &args);

	return ret < 0 ? ret : (int)args.count;
}
