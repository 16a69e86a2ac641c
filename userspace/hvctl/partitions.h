/* SPDX-License-Identifier: GPL-2.0-only */
/* Partitions of all VMMs on this host, as far as the user may see them. */
#ifndef PARTITIONS_H
#define PARTITIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <hvroot.h>

#define MAX_PARTITIONS	1024

struct partitions {
	struct hvr_ext_partition list[MAX_PARTITIONS];
	unsigned int count;
};

/* 0 or a negative errno: -ENOTTY, another implementation of the device. */
int partitions_read(int dev, struct partitions *p);

/* Plain characters only, whatever the process calls itself. */
const char *partition_owner(const struct hvr_ext_partition *p, char buf[HVR_EXT_COMM_LEN + 1]);
const char *partition_state(const struct hvr_ext_partition *p);
/* Seconds since it was made. */
uint64_t partition_uptime(const struct hvr_ext_partition *p);

/* "-" nobody serves it, "waiting" for the guest, "connected". @ctl: see open_bus_device() */
const char *partition_bus(int ctl, uint64_t id);
/* For partition_bus(); -1 where there is no bus module, or no right to look. */
int open_bus_device(void);

#endif /* PARTITIONS_H */
