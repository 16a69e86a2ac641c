/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ABI of /dev/hvroot_bench: ports of a partition that signal an eventfd.
 */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct bench_port_args - BENCH_PORT: bind a connection id to an eventfd.
 * @partition_fd: initialized partition
 * @eventfd: signalled when the guest uses the connection
 * @connection: connection id
 * @message: 1 a message port, 0 an event port
 *
 * The port lives as long as the descriptor. EBUSY: it has one already.
 */
struct bench_port_args {
	__s32 partition_fd;
	__s32 eventfd;
	__u32 connection;
	__u32 message;
};

#define BENCH_PORT	_IOW(0xBA, 0x00, struct bench_port_args)

#endif /* BENCH_PORT_H */
