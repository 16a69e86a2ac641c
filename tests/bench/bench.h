/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One benchmark machine, two hypervisors behind it.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include "guest.h"

/* What a machine can do beyond the least. */
#define CAN_PORT_DOORBELL	(1U << 0)	/* an eventfd on a port */

struct segment {
	uint64_t base;
	uint32_t limit;
	uint16_t selector;
	uint16_t attributes;	/* type, S, DPL, P in 7:0; AVL, L, D, G in 15:12 */
};

/* Registers at the start; what is not here is zero or as after power-on. */
struct start_state {
	struct segment code, data, tss;
	uint64_t gdt_base;
	uint16_t gdt_limit;
	uint64_t cr0, cr3, cr4, efer;
	uint64_t rip, rsp, rflags;
};

struct machine {
	const struct front *front;
	uint8_t *mem;		/* GUEST_MEMORY bytes */
	int event;		/* eventfd behind doorbell, event and message */
	int dev, vm, vp, port[2];
	void *page;		/* of the VP: run structure or registers */
};

/*
 * A hypervisor. Each function ends the program with a message when it fails: a
 * benchmark has nothing to recover.
 */
struct front {
	const char *name;
	unsigned int can;
	/* Partition, memory, VP, eventfds and registers. */
	void (*make)(struct machine *m, const struct start_state *s);
	/* Run until the guest writes to a port that is the VMM's; that port. */
	unsigned int (*run)(struct machine *m);
	void (*drop)(struct machine *m);
};

extern const struct front kvm_front;
extern const struct front hvroot_front;

__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...);

#endif /* BENCH_H */
