/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the ioctl fuzzer share: the generator, the world of one round,
 * counters.
 */
#ifndef IOCTL_FUZZ_H
#define IOCTL_FUZZ_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096UL

/* ---- numbers that repeat ---- */

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline uint32_t below(struct rng *r, uint32_t n)
{
	return (uint32_t)(rng_next(r) >> 32) % n;
}

/* Once in @n times. */
static inline bool one_in(struct rng *r, uint32_t n)
{
	return !below(r, n);
}

uint64_t some_value(struct rng *r);	/* values that programs get wrong */

/* ---- counters, shared by all processes of a run ---- */

#define NR_ERRNO	134
#define MAX_ROWS	48
#define MAX_EVENTS	48

struct row_count {
	_Atomic uint64_t calls;
	_Atomic uint64_t good;
	_Atomic uint64_t by_errno[NR_ERRNO];
};

struct stats {
	struct row_count row[MAX_ROWS];
	_Atomic uint64_t event[MAX_EVENTS];
};

extern struct stats *stats;

/* What happens beside ioctls; names in report.c. */
enum event {
	EV_MMAP, EV_POLL, EV_READ_CHAN, EV_WRITE_CHAN,
	EV_CLOSE, EV_DUP, EV_FORK, EV_EVENTFD, EV_DEBUGFS,
	EV_UNMAP, EV_MAP, EV_MOVE, EV_ADVISE, EV_DONTNEED, EV_PROTECT, EV_COLLAPSE,
	EV_PUNCH, EV_SCRIBBLE,
	EV_MSG_IO, EV_MSG_UNMAPPED, EV_MSG_GPA, EV_MSG_TRIPLE, EV_MSG_BAD_STATE,
	EV_MSG_HYPERCALL, EV_MSG_EOI, EV_MSG_OTHER,
	EV_GUEST_POST, EV_GUEST_SIGNAL, EV_BUS_CONNECTED, EV_CHAN_OPEN,
	EV_FRAME_PACKET, EV_FRAME_OPEN, EV_FRAME_CLOSED, EV_ROUND, EV_KILLED,
	EV_NR
};

static inline void count_event(enum event e)
{
	atomic_fetch_add_explicit(&stats->event[e], 1, memory_order_relaxed);
}

/* ---- the world of one round ---- */

enum fd_kind { K_DEV, K_PT, K_VP, K_CTL, K_CHAN, K_EVENT, K_NR };

#define SLOTS		8
/* The machine on whose bus the channels are; the rest of the world leaves it alone
 * most of the time.
 */
#define BUS_PT		1
#define BUS_VP		7
#define BUS_CTL		0

enum arena_id { ARENA_RAM, ARENA_BUS, ARENA_NR };
#define ARENA_SIZE	(8UL << 20)

struct world {
	_Atomic int fd[K_NR][SLOTS];
	uint8_t *arena[ARENA_NR];
	int memfd;		/* behind a part of ARENA_RAM */
	int mem_fd;		/* all memory as a file: no fault when it is not there */
	pthread_mutex_t bus_lock;	/* one writer of bus messages */
	_Atomic uint64_t first_id;	/* of the round's partitions */
};

extern struct world world;

/* world.c */
void make_world(struct rng *r);
void map_vp_page(struct rng *r);
int pick_fd(struct rng *r, enum fd_kind kind);	/* may be closed by now, or -1 */
void adopt_fd(struct rng *r, enum fd_kind kind, int fd);
void close_some(struct rng *r);
void dup_some(struct rng *r);
void *pick_address(struct rng *r, size_t len);	/* for the kernel to access */

/* abi.c, fill.c: ioctls from the table */
void ioctl_some(struct rng *r);
unsigned int nr_rows(void);
const char *row_name(unsigned int row);
/* Counted like any other; @row from row_of(). Return value or -errno. */
long counted_ioctl(unsigned int row, int fd, unsigned long cmd, void *arg);
unsigned int row_of(unsigned long cmd);
unsigned int row_of_call(uint16_t code);
uint32_t some_register(struct rng *r);

/* guest.c */
void fill_ram(struct rng *r, uint8_t *mem);
void start_guest(struct rng *r, int pt, uint32_t vp, uint8_t *mem);
void run_some(struct rng *r);

/* bus.c */
void boot_bus_guest(void);
void bus_some(struct rng *r);
void channel_some(struct rng *r);

/* chaos.c */
void memory_some(struct rng *r);
void event_some(struct rng *r);
/* Memory that may have gone or be protected: nothing happens then. */
void scribble(void *to, const void *from, size_t len);
bool peek(void *to, const void *from, size_t len);
void fork_some(struct rng *r);

/* main.c */
extern bool still_guests;	/* none runs but the bus's, undisturbed */
void one_op(struct rng *r);

#endif /* IOCTL_FUZZ_H */
