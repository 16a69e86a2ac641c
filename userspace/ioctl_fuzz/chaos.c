// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a hostile or an unlucky VMM does beside ioctls: its memory changes under
 * running guests, it forks, eventfds are kicked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "fuzz.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* ---- access without a fault ---- */

void scribble(void *to, const void *from, size_t len)
{
	if (pwrite(world.mem_fd, from, len, (uintptr_t)to) > 0)
		count_event(EV_SCRIBBLE);
}

bool peek(void *to, const void *from, size_t len)
{
	return pread(world.mem_fd, to, len, (uintptr_t)from) == (ssize_t)len;
}

/* ---- memory ---- */

struct range {
	uint8_t *at;
	size_t len;
};

/* The bus guest keeps the memory it runs from; its rings are fair game. */
static struct range pick_range(struct rng *r)
{
	bool bus = one_in(r, 8);
	size_t first = bus ? 0x100000 : one_in(r, 16) ? 0 : 0x30000;
	size_t pages = one_in(r, 4) ? 512 : 1 + below(r, 64);
	struct range range;

	range.at = world.arena[bus ? ARENA_BUS : ARENA_RAM] + first;
	first = below(r, (ARENA_SIZE - first) / PAGE);
	if (pages == 512)
		first &= ~511UL;
	range.at += first * PAGE;
	range.len = pages * PAGE;
	if (range.at + range.len > world.arena[bus ? ARENA_BUS : ARENA_RAM] + ARENA_SIZE)
		range.len = PAGE;
	return range;
}

static void advise(struct rng *r, struct range g)
{
	static const int advices[] = {
		MADV_COLD, MADV_PAGEOUT, MADV_HUGEPAGE, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_FREE, MADV_WILLNEED,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_DONTFORK, MADV_DOFORK,
	};

	if (!madvise(g.at, g.len, advices[below(r, ARRAY_SIZE(advices))]))
		count_event(EV_ADVISE);
}

static void drop(struct rng *r, struct range g)
{
	(void)r;
	if (!madvise(g.at, g.len, MADV_DONTNEED))
		count_event(EV_DONTNEED);
}

static void protect(struct rng *r, struct range g)
{
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	if (!mprotect(g.at, g.len, prots[below(r, ARRAY_SIZE(prots))]))
		count_event(EV_PROTECT);
}

/* The upper half of ARENA_RAM. */
static bool may_be_shared(const uint8_t *at)
{
	return at >= world.arena[ARENA_RAM] + ARENA_SIZE / 2 &&
	       at < world.arena[ARENA_RAM] + ARENA_SIZE;
}

/* Something else in the same place. */
static void replace(struct rng *r, struct range g)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	int fd = -1;

	if (!may_be_shared(g.at)) {
		/* anonymous, see collapse() */
	} else if (one_in(r, 4)) {
		flags = (one_in(r, 2) ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED;
		fd = world.memfd;
	} else if (one_in(r, 8)) {
		flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED;
	}
	if (mmap(g.at, g.len, PROT_READ | PROT_WRITE, flags, fd,
		 below(r, 64) * PAGE) != MAP_FAILED)
		count_event(EV_MAP);
}

static void unmap(struct rng *r, struct range g)
{
	if (munmap(g.at, g.len))
		return;
	count_event(EV_UNMAP);
	if (!one_in(r, 4))
		replace(r, g);
}

/* Away and back: the pages get other addresses for a moment, or for good. */
static void move(struct rng *r, struct range g)
{
	void *other = mremap(g.at, g.len, g.len, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	if (other == MAP_FAILED)
		return;
	if (one_in(r, 4))
		munmap(other, g.len);
	else
		mremap(other, g.len, g.len, MREMAP_MAYMOVE | MREMAP_FIXED, g.at);
	count_event(EV_MOVE);
}

/* Of private memory alone: the kernel loses a few nodes of the page cache's tree when
 * the collapse of shared memory fails.
 */
static void collapse(struct rng *r, struct range g)
{
	uint8_t *at = (void *)((uintptr_t)g.at & ~((2UL << 20) - 1));

	(void)r;
	if (!may_be_shared(at) && !madvise(at, 2UL << 20, MADV_COLLAPSE))
		count_event(EV_COLLAPSE);
}

static void punch(struct rng *r, struct range g)
{
	(void)g;
	if (one_in(r, 8)) {
		/* Shorter for a moment: bus errors for all. */
		if (ftruncate(world.memfd, below(r, 64) * PAGE) ||
		    ftruncate(world.memfd, ARENA_SIZE))
			return;
	} else if (fallocate(world.memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			     below(r, 512) * PAGE, (1 + below(r, 32)) * PAGE)) {
		return;
	}
	count_event(EV_PUNCH);
}

static void fill_range(struct rng *r, struct range g)
{
	uint8_t page[512];
	unsigned int i;

	for (i = 0; i < sizeof(page); i++)
		page[i] = rng_next(r);
	scribble(g.at + below(r, PAGE - sizeof(page)), page, sizeof(page));
}

void memory_some(struct rng *r)
{
	static void (*const actions[])(struct rng *r, struct range g) = {
		advise, advise, drop, drop, protect, replace, replace, unmap, move,
		collapse, punch, fill_range, fill_range,
	};

	if (one_in(r, 6))
		map_vp_page(r);
	else
		actions[below(r, ARRAY_SIZE(actions))](r, pick_range(r));
}

/* ---- eventfds, and who looks on ---- */

/* The partitions come and go meanwhile. */
static void read_debugfs(struct rng *r)
{
	static const char *const files[] = { "info", "vmbus", "vp0/stats", "vp1/stats" };
	unsigned long id = world.first_id + below(r, 8);
	char path[80], text[4096];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/hvroot/%lu/%s", id,
		 files[below(r, ARRAY_SIZE(files))]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text)) > 0)
		count_event(EV_DEBUGFS);
	close(fd);
}

void event_some(struct rng *r)
{
	int fd = pick_fd(r, K_EVENT);
	uint64_t n = one_in(r, 16) ? some_value(r) : 1;

	if (one_in(r, 8)) {
		read_debugfs(r);
		return;
	}
	if (one_in(r, 3)) {
		if (read(fd, &n, sizeof(n)) < 0)
			return;
	} else if (write(fd, &n, sizeof(n)) < 0) {
		return;
	}
	count_event(EV_EVENTFD);
}

/* ---- other processes with the same descriptors ---- */

/* Its memory is another one now: a guest's pages come from the parent. */
static void live_as_child(struct rng *r)
{
	unsigned int n = below(r, 60);

	signal(SIGALRM, SIG_DFL);
	alarm(1);
	while (n--)
		one_op(r);
	_exit(0);
}

void fork_some(struct rng *r)
{
	struct rng own = { .state = rng_next(r) };
	pid_t pid = fork();

	if (!pid)
		live_as_child(&own);
	if (pid > 0)
		count_event(EV_FORK);
}
