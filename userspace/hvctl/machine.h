/* SPDX-License-Identifier: GPL-2.0-only */
/* One virtual machine: its partition, memory, devices and VP threads. */
#ifndef MACHINE_H
#define MACHINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <hvroot.h>
#include "boot.h"
#include "cmos.h"
#include "console.h"
#include "ioapic.h"
#include "storage.h"
#include "uart.h"

#define MACHINE_MAX_VPS		64
#define MACHINE_NAME_LEN	64

struct machine_config {
	const char *name;
	const char *kernel;
	const char *initrd;
	const char *cmdline;
	const char *console;
	const char *disks[STORAGE_MAX_DISKS];
	unsigned int nr_disks;
	uint64_t memory;
	unsigned int vps;
	enum { BUS_OWN, BUS_NONE, BUS_ATTACH } bus;
	bool restart;		/* on a reboot build the machine anew */
	bool crash_continues;	/* a guest that reported a crash may go on */
	bool json;
	bool debug;
};

/* Why a machine ended; the first reason stays */
enum machine_end {
	MACHINE_RUNS,
	MACHINE_POWEROFF,
	MACHINE_REBOOT,
	MACHINE_PANIC,
	MACHINE_TRIPLE_FAULT,
	MACHINE_STOPPED,
	MACHINE_FAILED,
};

struct machine;

struct vcpu {
	struct machine *m;
	unsigned int index;
	int fd;
	struct hv_register_page *page;	/* NULL when not offered */
	pthread_t thread;
	bool started;
	atomic_bool done;
	atomic_bool dump;		/* show the registers at the next chance */
	atomic_ullong exits;
};

struct machine {
	const struct machine_config *cfg;
	int dev, pt, bus;
	__u64 id;
	struct boot_memory mem;
	void *map;			/* what mmap() gave, for the aligned mem.base */
	size_t map_size;
	struct vcpu vcpus[MACHINE_MAX_VPS];
	unsigned int nr_vcpus;

	pthread_mutex_t lock;		/* the devices below */
	struct uart uart;
	uint8_t sent[4];		/* by the serial port in the access under way */
	unsigned int nr_sent;
	struct ioapic ioapic;
	struct cmos cmos;
	struct console console;		/* no lock: writing may block */

	atomic_int end;			/* enum machine_end */
	atomic_bool stop;		/* VP threads shall leave */
	int end_fd;			/* eventfd: the machine ended */
};

/* ---- machine.c ---- */
int machine_create(struct machine *m, const struct machine_config *cfg);
int machine_boot(struct machine *m);
void machine_destroy(struct machine *m);
/* From any thread; the first reason wins. */
void machine_end(struct machine *m, enum machine_end end);
/* @size bytes of guest memory at @gpa, or NULL. */
void *machine_memory(struct machine *m, uint64_t gpa, size_t size);

/* ---- devices.c: unknown ports and addresses read as all ones ---- */
void devices_init(struct machine *m);
uint32_t port_read(struct machine *m, uint16_t port, unsigned int size);
void port_write(struct machine *m, uint16_t port, unsigned int size, uint32_t val);
uint64_t mmio_read(struct machine *m, uint64_t gpa, unsigned int size);
void mmio_write(struct machine *m, uint64_t gpa, unsigned int size, uint64_t val);
void devices_eoi(struct machine *m, uint8_t vector);
/* Bytes from the console that the serial port can take now. */
unsigned int devices_input_room(struct machine *m);
void devices_input(struct machine *m, const uint8_t *buf, size_t count);

/* ---- vcpu.c ---- */
void vcpu_setup_signals(void);
int vcpu_create(struct machine *m, unsigned int index);
int vcpu_start(struct vcpu *v);
/* Make all VP threads leave, and wait for them. */
void vcpus_stop(struct machine *m);
void vcpus_dump(struct machine *m);
/* All general registers in architectural order; 0 or a negative errno. */
int vcpu_read_gprs(struct vcpu *v, uint64_t gpr[16]);
/* Write back the registers in @mask, and the new RIP. */
int vcpu_finish(struct vcpu *v, const uint64_t gpr[16], uint16_t mask, uint64_t rip);
__attribute__((format(printf, 2, 3)))
void vcpu_fail(struct vcpu *v, const char *fmt, ...);

/* ---- exit.c: 0, or -1 after vcpu_fail() ---- */
int exit_io(struct vcpu *v, const struct hv_msg_io *io);
int exit_memory(struct vcpu *v, const struct hv_msg_memory *mem);

#endif /* MACHINE_H */
