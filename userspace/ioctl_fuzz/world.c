// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a round works on: descriptors that all threads use, replace and close under
 * each other, and the memory of two machines.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/mshv.h>
#include <hvroot/ext.h>
#include <hvroot/vmbus_ctl.h>

#include "fuzz.h"

struct world world;

static void give_up(const char *what)
{
	printf("ioctl_fuzz: cannot make a world: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(3);
}

static int must(int fd, const char *what)
{
	if (fd < 0)
		give_up(what);
	return fd;
}

/* ---- making ---- */

/* Huge pages want an aligned place; pages of VPs are mapped behind it. */
static uint8_t *make_arena(int memfd)
{
	const size_t align = 2UL << 20;
	uint8_t *all = mmap(NULL, ARENA_SIZE + 2 * align, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *at = (void *)(((uintptr_t)all + align - 1) & ~(align - 1));

	if (all == MAP_FAILED)
		give_up("memory");
	if (mmap(at, ARENA_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		give_up("memory");
	if (memfd >= 0 &&
	    mmap(at + ARENA_SIZE / 2, ARENA_SIZE / 4, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, memfd, 0) == MAP_FAILED)
		give_up("shared memory");
	return at;
}

static int make_partition(int dev, uint64_t flags)
{
	struct mshv_create_partition args = { .pt_flags = flags };
	int pt = must(counted_ioctl(row_of(MSHV_CREATE_PARTITION), dev,
				    MSHV_CREATE_PARTITION, &args),
		      "create partition");

	must(counted_ioctl(row_of(MSHV_INITIALIZE_PARTITION), pt,
			   MSHV_INITIALIZE_PARTITION, NULL), "initialize");
	return pt;
}

static int make_vp(int pt, uint32_t index)
{
	struct mshv_create_vp args = { .vp_index = index };

	return must(counted_ioctl(row_of(MSHV_CREATE_VP), pt, MSHV_CREATE_VP, &args),
		    "create VP");
}

static void map_arena(int pt, void *arena)
{
	struct mshv_user_mem_region args = {
		.size = ARENA_SIZE,
		.userspace_addr = (uintptr_t)arena,
		.flags = 1 << MSHV_SET_MEM_BIT_WRITABLE |
			 1 << MSHV_SET_MEM_BIT_EXECUTABLE,
	};

	must(counted_ioctl(row_of(MSHV_SET_GUEST_MEMORY), pt, MSHV_SET_GUEST_MEMORY,
			   &args), "map memory");
}

static void make_machines(struct rng *r)
{
	int i, dev = world.fd[K_DEV][0];
	uint64_t id = 0;

	world.fd[K_PT][0] = make_partition(dev, 3);
	map_arena(world.fd[K_PT][0], world.arena[ARENA_RAM]);
	for (i = 0; i < 4; i++)
		world.fd[K_VP][i] = make_vp(world.fd[K_PT][0], i);
	fill_ram(r, world.arena[ARENA_RAM]);
	counted_ioctl(row_of(HVR_EXT_GET_ID), world.fd[K_PT][0], HVR_EXT_GET_ID, &id);
	world.first_id = id;

	world.fd[K_PT][BUS_PT] = make_partition(dev, 3);
	map_arena(world.fd[K_PT][BUS_PT], world.arena[ARENA_BUS]);
	world.fd[K_VP][BUS_VP] = make_vp(world.fd[K_PT][BUS_PT], 0);
	fill_ram(r, world.arena[ARENA_BUS]);
}

static void make_bus(void)
{
	struct hvr_vmbus_attach args = { .partition_fd = world.fd[K_PT][BUS_PT] };
	struct hvr_vmbus_offer offer = { .type = { 0x11 } };
	int i, fd;

	fd = world.fd[K_CTL][BUS_CTL];
	must(counted_ioctl(row_of(VMBUS_ATTACH), fd, VMBUS_ATTACH, &args), "bus");
	for (i = 0; i < 4; i++) {
		offer.instance[0] = i;
		world.fd[K_CHAN][i] = counted_ioctl(row_of(VMBUS_OFFER), fd,
						    VMBUS_OFFER, &offer);
		if (world.fd[K_CHAN][i] >= 0)
			fcntl(world.fd[K_CHAN][i], F_SETFL, O_NONBLOCK);
	}
	boot_bus_guest();
}

void make_world(struct rng *r)
{
	int i, k;

	for (k = 0; k < K_NR; k++)
		for (i = 0; i < SLOTS; i++)
			world.fd[k][i] = -1;
	pthread_mutex_init(&world.bus_lock, NULL);
	world.mem_fd = must(open("/proc/self/mem", O_RDWR | O_CLOEXEC), "/proc/self/mem");
	world.memfd = must(memfd_create("guest", MFD_CLOEXEC), "memfd");
	if (ftruncate(world.memfd, ARENA_SIZE))
		give_up("memfd");
	world.arena[ARENA_RAM] = make_arena(world.memfd);
	world.arena[ARENA_BUS] = make_arena(-1);
	for (i = 0; i < 2; i++) {
		world.fd[K_DEV][i] = must(open("/dev/mshv", O_RDWR), "/dev/mshv");
		world.fd[K_CTL][i] = must(open(HVR_VMBUS_DEVICE, O_RDWR),
					  HVR_VMBUS_DEVICE);
	}
	for (i = 0; i < SLOTS; i++)
		world.fd[K_EVENT][i] = must(eventfd(0, EFD_NONBLOCK), "eventfd");
	make_machines(r);
	make_bus();
}

/* ---- descriptors ---- */

/* Is the slot one that a healthy bus needs? */
static bool is_precious(enum fd_kind kind, unsigned int slot)
{
	return (kind == K_PT && slot == BUS_PT) || (kind == K_VP && slot == BUS_VP) ||
	       (kind == K_CTL && slot == BUS_CTL);
}

static unsigned int pick_slot(struct rng *r, enum fd_kind kind)
{
	unsigned int slot, tries = 8;

	do {
		slot = below(r, SLOTS);
	} while (tries-- && ((world.fd[kind][slot] < 0 && !one_in(r, 32)) ||
			     (is_precious(kind, slot) && !one_in(r, 4))));
	/* The bus's control device disturbs no guest. */
	if (still_guests && kind != K_CTL && is_precious(kind, slot))
		slot = (slot + 1) % SLOTS;
	return slot;
}

int pick_fd(struct rng *r, enum fd_kind kind)
{
	return world.fd[kind][pick_slot(r, kind)];
}

static unsigned int slot_to_replace(struct rng *r, enum fd_kind kind)
{
	unsigned int i, slot;

	for (i = 0; i < SLOTS; i++)
		if (world.fd[kind][i] < 0)
			return i;
	do {
		slot = below(r, SLOTS);
	} while (is_precious(kind, slot) && !one_in(r, 64));
	return slot;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void adopt_fd(struct rng *r, enum fd_kind kind, int fd)
{
	unsigned int slot = slot_to_replace(r, kind);

	if (kind == K_CHAN)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	close_fd(atomic_exchange(&world.fd[kind][slot], fd));
}

static int reopen(struct rng *r, enum fd_kind kind)
{
	switch (kind) {
	case K_DEV:
		return open("/dev/mshv", one_in(r, 2) ? O_RDONLY : O_RDWR);
	case K_CTL:
		return open(HVR_VMBUS_DEVICE, O_RDWR);
	case K_EVENT:
		return eventfd(below(r, 2), EFD_NONBLOCK);
	default:
		return -1;
	}
}

void close_some(struct rng *r)
{
	enum fd_kind kind = below(r, K_NR);
	unsigned int slot = below(r, SLOTS);

	if (is_precious(kind, slot) && !one_in(r, 32))
		return;
	/* Machine 0 is worth more than what comes of it. */
	if (kind == K_PT && !slot && !one_in(r, 8))
		return;
	close_fd(atomic_exchange(&world.fd[kind][slot], reopen(r, kind)));
	count_event(EV_CLOSE);
}

/* The same file behind a second descriptor, in any slot of its kind. */
void dup_some(struct rng *r)
{
	enum fd_kind kind = below(r, K_NR);
	int fd = dup(pick_fd(r, kind));

	if (fd < 0)
		return;
	adopt_fd(r, kind, fd);
	count_event(EV_DUP);
}

/* ---- addresses ---- */

void *pick_address(struct rng *r, size_t len)
{
	uint8_t *arena = world.arena[still_guests ? ARENA_RAM : below(r, ARENA_NR)];

	switch (below(r, 16)) {
	case 0:		/* where it ends */
		return arena + ARENA_SIZE - below(r, len + 1);
	case 1:
		return (void *)(uintptr_t)(some_value(r) & ~(PAGE - 1));
	case 2:		/* another page of the world: a VP's, if one is mapped */
		return arena + ARENA_SIZE + below(r, 8) * PAGE;
	default:
		return arena + below(r, ARENA_SIZE / PAGE - 2) * PAGE;
	}
}

/* Behind an arena: guests may get them as memory, too. */
void map_vp_page(struct rng *r)
{
	uint8_t *at = world.arena[below(r, ARENA_NR)] + ARENA_SIZE + below(r, 8) * PAGE;
	unsigned int flags = one_in(r, 4) ? MAP_PRIVATE : MAP_SHARED;

	if (one_in(r, 8))
		at = world.arena[ARENA_RAM] + below(r, ARENA_SIZE / PAGE) * PAGE;
	if (mmap(at, PAGE << one_in(r, 4), PROT_READ | (one_in(r, 4) ? 0 : PROT_WRITE),
		 flags | MAP_FIXED, pick_fd(r, K_VP), below(r, 4) * PAGE) != MAP_FAILED)
		count_event(EV_MMAP);
}
