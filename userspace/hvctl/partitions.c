// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hvctl list and hvctl top both say of a partition.
 */
#include <fcntl.h>
#include <time.h>
#include "partitions.h"

#define CHUNK	64

int partitions_read(int dev, struct partitions *p)
{
	__u64 next = 0;
	int n = CHUNK;

	p->count = 0;
	while (n == CHUNK && p->count + CHUNK <= MAX_PARTITIONS) {
		n = hvroot_list(dev, &next, p->list + p->count, CHUNK);
		if (n > 0)
			p->count += n;
	}
	return n < 0 ? n : 0;
}

const char *partition_owner(const struct hvr_ext_partition *p, char buf[HVR_EXT_COMM_LEN + 1])
{
	unsigned int i;

	for (i = 0; i < HVR_EXT_COMM_LEN && p->owner_comm[i]; i++) {
		char c = p->owner_comm[i];

		buf[i] = c >= ' ' && c < 0x7f ? c : '?';
	}
	buf[i] = 0;
	return buf;
}

const char *partition_state(const struct hvr_ext_partition *p)
{
	if (p->flags & HVR_EXT_PT_DYING)
		return "dying";
	if (p->flags & HVR_EXT_PT_STOPPED)
		return "stopped";
	if (p->flags & HVR_EXT_PT_CRASHED)
		return "crashed";
	if (p->flags & HVR_EXT_PT_FROZEN)
		return "frozen";
	return p->flags & HVR_EXT_PT_INITIALIZED ? "running" : "created";
}

uint64_t partition_uptime(const struct hvr_ext_partition *p)
{
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	return ns > p->created ? (ns - p->created) / 1000000000ULL : 0;
}

int open_bus_device(void)
{
	return open(HVR_VMBUS_DEVICE, O_RDWR | O_CLOEXEC);
}

const char *partition_bus(int ctl, uint64_t id)
{
	struct hvr_vmbus_info info = { 0 };

	if (ctl < 0 || hvroot_bus_info_id(ctl, id, &info))
		return "-";
	return info.state == HVR_BUS_CONNECTED ? "connected" : "waiting";
}
