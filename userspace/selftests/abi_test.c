// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every ioctl of /dev/mshv with bad flags, reserved bits, sizes, orders and dead
 * descriptors: the errno that Documentation/uapi.rst gives.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>

#include <hvroot/ext.h>

#include "selftest.h"

/* A descriptor is expected; it is closed again. */
static void expect_fd(const char *name, long got)
{
	tap(got >= 0, name, "got %s, want a descriptor", result_name(got));
	if (got >= 0)
		close(got);
}

/* ---- device ---- */

static void test_device(void)
{
	int ro = open("/dev/mshv", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct mshv_create_partition args = { .pt_flags = 1 };
	struct stat st;

	expect_fd("device: read-only open creates a partition",
		  call(ro, MSHV_CREATE_PARTITION, &args));
	tap(!fstat(ro, &st) && (st.st_mode & 0777) == 0660, "device: mode 0660",
	    "mode %o", st.st_mode & 0777);
	expect("device: unknown number", call(ro, _IO(MSHV_IOCTL, 0x55), NULL),
	       -ENOTTY);
	expect("device: other magic", call(ro, _IO('T', 1), NULL), -ENOTTY);
	expect("device: create VP", call(ro, MSHV_CREATE_VP, BAD_POINTER),
	       -ENOTTY);
	expect("device: run VP", call(ro, MSHV_RUN_VP, BAD_POINTER), -ENOTTY);
	close(ro);
}

struct create_case {
	const char *name;
	struct mshv_create_partition_v2 args;
	long want;		/* 0: a descriptor */
};

#define V2	(1 << MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES)

static const struct create_case create_cases[] = {
	{ "create: no flags", { .pt_flags = 0 }, 0 },
	{ "create: short form ignores what follows",
	  { .pt_flags = 1, .pt_num_cpu_fbanks = 77, .pt_rsvd = { 1 } }, 0 },
	{ "create: flag bit 6", { .pt_flags = 1 << 6 }, -EINVAL },
	{ "create: flag bit 63", { .pt_flags = 1ULL << 63 }, -EINVAL },
	{ "create: isolation 1", { .pt_isolation = 1 }, -EINVAL },
	{ "create: isolation in the high half", { .pt_isolation = 1ULL << 40 },
	  -EINVAL },
	{ "create: nested virtualization", { .pt_flags = 1 << 4 },
	  -EOPNOTSUPP },
	{ "create: SMT flag", { .pt_flags = 1 << 5 }, 0 },
	{ "create: long form", { .pt_flags = V2, .pt_num_cpu_fbanks = 2 }, 0 },
	{ "create: long form, all features off",
	  { .pt_flags = V2 | 7, .pt_num_cpu_fbanks = 2,
	    .pt_cpu_fbanks = { ~0ULL, ~0ULL }, .pt_disabled_xsave = ~0ULL },
	  0 },
	{ "create: no banks", { .pt_flags = V2 }, -EINVAL },
	{ "create: one bank", { .pt_flags = V2, .pt_num_cpu_fbanks = 1 },
	  -EINVAL },
	{ "create: three banks", { .pt_flags = V2, .pt_num_cpu_fbanks = 3 },
	  -EINVAL },
	{ "create: first reserved field",
	  { .pt_flags = V2, .pt_num_cpu_fbanks = 2, .pt_rsvd = { [5] = 1 } },
	  -EINVAL },
	{ "create: second reserved field",
	  { .pt_flags = V2, .pt_num_cpu_fbanks = 2, .pt_rsvd1 = { 0, 1 } },
	  -EINVAL },
};

static void test_create(void)
{
	struct mshv_create_partition_v2 *edge;
	int dev = open_device();
	unsigned int i;
	long fd;

	for (i = 0; i < ARRAY_SIZE(create_cases); i++) {
		const struct create_case *c = &create_cases[i];
		struct mshv_create_partition_v2 args = c->args;

		fd = call(dev, MSHV_CREATE_PARTITION, &args);
		if (c->want)
			expect(c->name, fd, c->want);
		else
			expect_fd(c->name, fd);
	}
	expect("create: bad pointer",
	       call(dev, MSHV_CREATE_PARTITION, BAD_POINTER), -EFAULT);

	/* 16 bytes at the end of a mapping: enough for the short form only. */
	edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap((char *)edge + PAGE, PAGE);
	edge = (void *)((char *)edge + PAGE - 16);
	edge->pt_flags = 1;
	expect_fd("create: short form at the end of memory",
		  call(dev, MSHV_CREATE_PARTITION, edge));
	edge->pt_flags = V2;
	expect("create: long form cut off",
	       call(dev, MSHV_CREATE_PARTITION, edge), -EFAULT);

	fd = make_partition(dev, false);
	tap(fcntl(fd, F_GETFD) == FD_CLOEXEC, "create: descriptor is CLOEXEC",
	    "flags %d", fcntl(fd, F_GETFD));
	close(fd);
	close(dev);
}

/* ---- partition ---- */

static long create_vp(int pt, uint32_t index)
{
	struct mshv_create_vp args = { .vp_index = index };

	return call(pt, MSHV_CREATE_VP, &args);
}

static void test_partition(void)
{
	int dev = open_device();
	int pt = make_partition(dev, false);

	expect("partition: unknown number",
	       call(pt, _IO(MSHV_IOCTL, 0x09), NULL), -ENOTTY);
	expect("partition: VFIO device of other drivers",
	       call(pt, _IOWR(MSHV_IOCTL, 0x08, uint64_t), NULL), -ENOTTY);
	expect("partition: RUN_VP", call(pt, MSHV_RUN_VP, BAD_POINTER), -ENOTTY);
	expect("create VP: before initialization", create_vp(pt, 0), -EIO);
	expect("initialize: first", call(pt, MSHV_INITIALIZE_PARTITION, NULL), 0);
	expect("initialize: again", call(pt, MSHV_INITIALIZE_PARTITION, NULL), 0);
	expect("create VP: bad pointer", call(pt, MSHV_CREATE_VP, BAD_POINTER),
	       -EFAULT);
	expect("create VP: index 256", create_vp(pt, 256), -EINVAL);
	expect("create VP: index all ones", create_vp(pt, ~0U), -EINVAL);
	expect_fd("create VP: index 255", create_vp(pt, 255));
	expect_fd("create VP: index 0", create_vp(pt, 0));
	expect("create VP: index 0 after its descriptor closed",
	       create_vp(pt, 0), -EEXIST);
	close(pt);
	close(dev);
}

/* ---- memory ---- */

enum { HVA_GOOD, HVA_ODD, HVA_KERNEL, HVA_HOLE, HVA_SECOND };

struct mem_case {
	const char *name;
	int hva;
	uint64_t gpa;
	uint64_t size;
	uint8_t flags;
	uint8_t rsvd;
	long want;
};

#define RWX	(MEM_WRITE | MEM_EXEC)

/* In this order, on one partition. */
static const struct mem_case mem_cases[] = {
	{ "memory: size 0", HVA_GOOD, 0, 0, RWX, 0, -EINVAL },
	{ "memory: odd size", HVA_GOOD, 0, 4097, RWX, 0, -EINVAL },
	{ "memory: odd address", HVA_ODD, 0, 4096, RWX, 0, -EINVAL },
	{ "memory: flag bit 3", HVA_GOOD, 0, 4096, 8, 0, -EINVAL },
	{ "memory: reserved byte", HVA_GOOD, 0, 4096, RWX, 1, -EINVAL },
	{ "memory: kernel address", HVA_KERNEL, 0, 4096, RWX, 0, -EINVAL },
	{ "memory: no mapping there", HVA_HOLE, 0, 4096, RWX, 0, -EINVAL },
	{ "memory: guest address beyond all", HVA_GOOD, 1ULL << 63, 4096, RWX, 0,
	  -EINVAL },
	{ "memory: unmap of nothing", HVA_GOOD, 0, 4096, MEM_UNMAP, 0, -ENOENT },
	{ "memory: map 4 pages", HVA_GOOD, 0x10000, 0x4000, RWX, 0, 0 },
	{ "memory: the same again", HVA_GOOD, 0x10000, 0x4000, RWX, 0, -EEXIST },
	{ "memory: overlap at the start", HVA_GOOD, 0xf000, 0x2000, RWX, 0,
	  -EEXIST },
	{ "memory: overlap at the end", HVA_GOOD, 0x13000, 0x2000, RWX, 0,
	  -EEXIST },
	{ "memory: overlap inside", HVA_GOOD, 0x11000, 0x1000, RWX, 0, -EEXIST },
	{ "memory: overlap around", HVA_GOOD, 0xf000, 0x6000, RWX, 0, -EEXIST },
	{ "memory: neighbour below", HVA_SECOND, 0xf000, 0x1000, RWX, 0, 0 },
	{ "memory: same address at another place, no W", HVA_GOOD, 0x20000,
	  0x4000, MEM_EXEC, 0, 0 },
	{ "memory: unmap, wrong size", HVA_GOOD, 0x10000, 0x1000, MEM_UNMAP, 0,
	  -EINVAL },
	{ "memory: unmap, wrong address", HVA_SECOND, 0x10000, 0x4000, MEM_UNMAP,
	  0, -EINVAL },
	{ "memory: unmap, not at the base", HVA_GOOD, 0x11000, 0x3000, MEM_UNMAP,
	  0, -EINVAL },
	{ "memory: unmap ignores other flags", HVA_GOOD, 0x10000, 0x4000,
	  MEM_UNMAP | RWX, 0, 0 },
	{ "memory: unmap again", HVA_GOOD, 0x10000, 0x4000, MEM_UNMAP, 0, 0 },
	{ "memory: unmap again, less", HVA_GOOD, 0x10000, 0x3000, MEM_UNMAP, 0,
	  -ENOENT },
	{ "memory: unmap again, another address", HVA_SECOND, 0x10000, 0x4000,
	  MEM_UNMAP, 0, -ENOENT },
	{ "memory: map the end of what is unmapped", HVA_SECOND, 0x12000, 0x1000,
	  RWX, 0, 0 },
	{ "memory: unmap again, with a part that is mapped", HVA_GOOD, 0x10000,
	  0x4000, MEM_UNMAP, 0, -ENOENT },
	{ "memory: unmap that part", HVA_SECOND, 0x12000, 0x1000, MEM_UNMAP, 0, 0 },
	{ "memory: map again", HVA_GOOD, 0x10000, 0x4000, RWX, 0, 0 },
};

static void test_memory(void)
{
	int dev = open_device();
	int pt = make_partition(dev, true);
	uint8_t *mem = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t addr[] = {
		[HVA_GOOD] = (uintptr_t)mem,
		[HVA_ODD] = (uintptr_t)mem + 8,
		[HVA_KERNEL] = 0xffff800000000000ULL,
		[HVA_HOLE] = (uintptr_t)mem + 12 * PAGE,
		[HVA_SECOND] = (uintptr_t)mem + 8 * PAGE,
	};
	unsigned int i;

	munmap(mem + 12 * PAGE, 4 * PAGE);
	for (i = 0; i < ARRAY_SIZE(mem_cases); i++) {
		const struct mem_case *c = &mem_cases[i];
		struct mshv_user_mem_region args = {
			.size = c->size,
			.guest_pfn = c->gpa / PAGE,
			.userspace_addr = addr[c->hva],
			.flags = c->flags,
			.rsvd = { [6] = c->rsvd },
		};

		expect(c->name, call(pt, MSHV_SET_GUEST_MEMORY, &args), c->want);
	}
	expect("memory: bad pointer",
	       call(pt, MSHV_SET_GUEST_MEMORY, BAD_POINTER), -EFAULT);
	close(pt);
	close(dev);
	munmap(mem, 12 * PAGE);
}

/* ---- MSI routing and irqfds ---- */

struct route_case {
	const char *name;
	uint32_t nr, rsvd;
	struct mshv_user_irq_entry entries[2];
	long want;
};

static const struct route_case route_cases[] = {
	{ "routing: reserved field", 0, 1, {}, -EINVAL },
	{ "routing: too many", 4097, 0, {}, -EINVAL },
	{ "routing: gsi 4096", 1, 0, { { .gsi = 4096 } }, -EINVAL },
	{ "routing: high address", 1, 0, { { .address_hi = 1 } }, -EINVAL },
	{ "routing: gsi twice", 2, 0, { { .gsi = 5 }, { .gsi = 5 } }, -EINVAL },
	{ "routing: zero entries are routes", 2, 0,
	  { { .gsi = 0 }, { .gsi = 1 } }, 0 },
	{ "routing: edge and level", 2, 0,
	  { { .gsi = 6, .address_lo = 0xfee00000, .data = 0x30 },
	    { .gsi = 7, .address_lo = 0xfee00000, .data = 0x8031 } }, 0 },
};

static long set_routes(int pt, const struct route_case *c)
{
	static struct {
		struct mshv_user_irq_table head;
		struct mshv_user_irq_entry entries[4200];
	} table;

	table.head.nr = c->nr;
	table.head.rsvd = c->rsvd;
	memcpy(table.entries, c->entries, sizeof(c->entries));
	return call(pt, MSHV_SET_MSI_ROUTING, &table);
}

static long irqfd(int pt, int fd, int resample, uint32_t gsi, uint32_t flags)
{
	struct mshv_user_irqfd args = {
		.fd = fd, .resamplefd = resample, .gsi = gsi, .flags = flags,
	};

	return call(pt, MSHV_IRQFD, &args);
}

#define DEASSIGN	(1 << MSHV_IRQFD_BIT_DEASSIGN)
#define RESAMPLE	(1 << MSHV_IRQFD_BIT_RESAMPLE)

static void test_irq(void)
{
	int dev = open_device();
	int pt = make_partition(dev, true);
	int ev = eventfd(0, 0), re = eventfd(0, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(route_cases); i++)
		expect(route_cases[i].name, set_routes(pt, &route_cases[i]),
		       route_cases[i].want);
	expect("routing: bad pointer",
	       call(pt, MSHV_SET_MSI_ROUTING, BAD_POINTER), -EFAULT);

	expect("irqfd: bad pointer", call(pt, MSHV_IRQFD, BAD_POINTER), -EFAULT);
	expect("irqfd: flag bit 2", irqfd(pt, ev, 0, 6, 4), -EINVAL);
	expect("irqfd: no descriptor", irqfd(pt, -1, 0, 6, 0), -EBADF);
	expect("irqfd: no eventfd", irqfd(pt, dev, 0, 6, 0), -EINVAL);
	expect("irqfd: resample of an edge route", irqfd(pt, ev, re, 6, RESAMPLE),
	       -EINVAL);
	expect("irqfd: resample, no descriptor", irqfd(pt, ev, -1, 7, RESAMPLE),
	       -EBADF);
	expect("irqfd: resample, no eventfd", irqfd(pt, ev, dev, 7, RESAMPLE),
	       -EINVAL);
	expect("irqfd: deassign what is not there", irqfd(pt, ev, -1, 6, DEASSIGN),
	       0);
	expect("irqfd: assign, resamplefd -1 ignored", irqfd(pt, ev, -1, 6, 0), 0);
	expect("irqfd: same eventfd again", irqfd(pt, ev, 0, 9, 0), -EBUSY);
	expect("irqfd: deassign with another gsi", irqfd(pt, ev, 0, 9, DEASSIGN),
	       0);
	expect("irqfd: ... has left it", irqfd(pt, ev, 0, 6, 0), -EBUSY);
	expect("irqfd: deassign", irqfd(pt, ev, 0, 6, DEASSIGN), 0);
	expect("irqfd: gsi without a route", irqfd(pt, ev, 0, 99, 0), 0);
	expect("irqfd: deassign, no descriptor", irqfd(pt, -1, 0, 6, DEASSIGN),
	       -EBADF);
	expect("irqfd: resample", irqfd(pt, re, ev, 7, RESAMPLE), 0);
	expect("routing: clear",
	       set_routes(pt, &(struct route_case){ .nr = 0 }), 0);
	close(pt);
	close(ev);
	close(re);
	close(dev);
}

/* ---- ioeventfds ---- */

enum { FD_NONE, FD_EVENT, FD_OTHER, FD_DEVICE };

struct ioeventfd_case {
	const char *name;
	uint64_t addr, match;
	uint32_t len, flags;
	int fd;
	uint8_t rsvd;
	long want;
};

#define MATCH	(1 << MSHV_IOEVENTFD_BIT_DATAMATCH)
#define PIO	(1 << MSHV_IOEVENTFD_BIT_PIO)
#define OFF	(1 << MSHV_IOEVENTFD_BIT_DEASSIGN)

static const struct ioeventfd_case ioeventfd_cases[] = {
	{ "ioeventfd: flag bit 3", 0x1000, 0, 4, 8, FD_EVENT, 0, -EINVAL },
	{ "ioeventfd: reserved byte", 0x1000, 0, 4, 0, FD_EVENT, 1, -EINVAL },
	{ "ioeventfd: port", 0x60, 0, 1, PIO, FD_EVENT, 0, -EOPNOTSUPP },
	{ "ioeventfd: port, deassign", 0x60, 0, 1, PIO | OFF, FD_EVENT, 0,
	  -EOPNOTSUPP },
	{ "ioeventfd: length 3", 0x1000, 0, 3, 0, FD_EVENT, 0, -EINVAL },
	{ "ioeventfd: length 16", 0x1000, 0, 16, 0, FD_EVENT, 0, -EINVAL },
	{ "ioeventfd: wraps around", ~0ULL - 1, 0, 4, 0, FD_EVENT, 0, -EINVAL },
	{ "ioeventfd: no descriptor", 0x1000, 0, 4, 0, FD_NONE, 0, -EBADF },
	{ "ioeventfd: no eventfd", 0x1000, 0, 4, 0, FD_DEVICE, 0, -EINVAL },
	{ "ioeventfd: deassign what is not there", 0x1000, 0, 4, OFF, FD_EVENT, 0,
	  -ENOENT },
	{ "ioeventfd: any value", 0x1000, 0, 4, 0, FD_EVENT, 0, 0 },
	{ "ioeventfd: same place", 0x1000, 0, 4, 0, FD_OTHER, 0, -EEXIST },
	{ "ioeventfd: value where any value is", 0x1000, 7, 4, MATCH, FD_OTHER, 0,
	  -EEXIST },
	{ "ioeventfd: other length", 0x1000, 0, 2, 0, FD_OTHER, 0, 0 },
	{ "ioeventfd: any length", 0x2000, 0, 0, 0, FD_EVENT, 0, 0 },
	{ "ioeventfd: value 1", 0x3000, 1, 4, MATCH, FD_EVENT, 0, 0 },
	{ "ioeventfd: value 2", 0x3000, 2, 4, MATCH, FD_EVENT, 0, 0 },
	{ "ioeventfd: value 2 again", 0x3000, 2, 4, MATCH, FD_OTHER, 0, -EEXIST },
	{ "ioeventfd: any value where values are", 0x3000, 0, 4, 0, FD_OTHER, 0,
	  -EEXIST },
	{ "ioeventfd: deassign by another eventfd", 0x2000, 0, 0, OFF, FD_OTHER,
	  0, -ENOENT },
	{ "ioeventfd: deassign", 0x2000, 0, 0, OFF, FD_EVENT, 0, 0 },
	{ "ioeventfd: deassign value 1", 0x3000, 1, 4, OFF | MATCH, FD_EVENT, 0,
	  0 },
	{ "ioeventfd: deassign without the value", 0x3000, 0, 4, OFF, FD_EVENT, 0,
	  0 },
	{ "ioeventfd: ... has gone", 0x3000, 2, 4, OFF | MATCH, FD_EVENT, 0,
	  -ENOENT },
};

static void test_ioeventfd(void)
{
	int dev = open_device();
	int pt = make_partition(dev, true);
	int fds[] = {
		[FD_NONE] = -1,
		[FD_EVENT] = eventfd(0, 0),
		[FD_OTHER] = eventfd(0, 0),
		[FD_DEVICE] = dev,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioeventfd_cases); i++) {
		const struct ioeventfd_case *c = &ioeventfd_cases[i];
		struct mshv_user_ioeventfd args = {
			.datamatch = c->match,
			.addr = c->addr,
			.len = c->len,
			.fd = fds[c->fd],
			.flags = c->flags,
			.rsvd = { [3] = c->rsvd },
		};

		expect(c->name, call(pt, MSHV_IOEVENTFD, &args), c->want);
	}
	expect("ioeventfd: bad pointer", call(pt, MSHV_IOEVENTFD, BAD_POINTER),
	       -EFAULT);
	close(pt);
	close(fds[FD_EVENT]);
	close(fds[FD_OTHER]);
	close(dev);
}

/* ---- access bitmap ---- */

struct gpap_case {
	const char *name;
	uint8_t type, op, rsvd;
	uint64_t count, base;
	bool null;
	long want;
};

static const struct gpap_case gpap_cases[] = {
	{ "bitmap: type 2", 2, 0, 0, 1, 0, false, -EINVAL },
	{ "bitmap: operation 3", 1, 3, 0, 1, 0, false, -EINVAL },
	{ "bitmap: reserved byte", 1, 0, 1, 1, 0, false, -EINVAL },
	{ "bitmap: no pages", 1, 0, 0, 0, 0, false, -EINVAL },
	{ "bitmap: no buffer", 1, 0, 0, 1, 0, true, -EINVAL },
	{ "bitmap: overflow", 1, 0, 0, ~0ULL, 2, false, -E2BIG },
	{ "bitmap: accessed, tracking off", 0, 0, 0, 16, 0, false, 0 },
	{ "bitmap: dirty, clear", 1, 1, 0, 16, 0, false, 0 },
	{ "bitmap: dirty, set", 1, 2, 0, 16, 0, false, 0 },
	{ "bitmap: no memory there", 1, 1, 0, 16, 1 << 20, false, 0 },
};

static void test_bitmap(void)
{
	struct machine m;
	uint64_t bitmap[64];
	struct mshv_gpap_access_bitmap args;
	unsigned int i;

	make_machine(&m, 16 * PAGE, 1);
	for (i = 0; i < ARRAY_SIZE(gpap_cases); i++) {
		const struct gpap_case *c = &gpap_cases[i];

		args = (struct mshv_gpap_access_bitmap){
			.access_type = c->type,
			.access_op = c->op,
			.rsvd = { [5] = c->rsvd },
			.page_count = c->count,
			.gpap_base = c->base,
			.bitmap_ptr = c->null ? 0 : (uintptr_t)bitmap,
		};
		expect(c->name, call(m.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args),
		       c->want);
	}
	expect("bitmap: bad pointer",
	       call(m.pt, MSHV_GET_GPAP_ACCESS_BITMAP, BAD_POINTER), -EFAULT);
	args = (struct mshv_gpap_access_bitmap){
		.access_type = 1, .page_count = 16, .bitmap_ptr = 8,
	};
	expect("bitmap: bad buffer",
	       call(m.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args), -EFAULT);
	drop_machine(&m);
}

/* Half a terabyte of address space: what is done for each page has to leave the CPU to
 * others now and then, or the kernel complains.
 */
static void test_large_region(void)
{
	const uint64_t size = 1ULL << 39, base = 1ULL << 32;
	int dev = open_device();
	int pt = make_partition(dev, true);
	uint64_t bitmap = 0;
	struct mshv_gpap_access_bitmap args = {
		.access_type = MSHV_GPAP_ACCESS_TYPE_DIRTY,
		.page_count = 64,
		.gpap_base = (base + size) / PAGE - 64,
		.bitmap_ptr = (uintptr_t)&bitmap,
	};
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		bail_out("address space");
	set_property(pt, HV_PROP_ACCESS_TRACKING, 1);
	expect("large region: map while tracking",
	       map_memory(pt, mem, base, size, RWX), 0);
	expect("large region: bitmap",
	       call(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args), 0);
	tap(bitmap == ~0ULL, "large region: dirty at first", "%#lx",
	    (unsigned long)bitmap);
	expect("large region: unmap",
	       map_memory(pt, mem, base, size, MEM_UNMAP), 0);
	expect("large region: map", map_memory(pt, mem, base, size, RWX), 0);
	expect("large region: tracking off",
	       set_property(pt, HV_PROP_ACCESS_TRACKING, 0), 0);
	expect("large region: tracking on",
	       set_property(pt, HV_PROP_ACCESS_TRACKING, 1), 0);
	close(pt);
	close(dev);
	munmap(mem, size);
}

/* ---- VP state ---- */

struct state_case {
	const char *name;
	uint8_t type, rsvd;
	uint32_t size;
	int skew;
	long want;
};

static const struct state_case state_cases[] = {
	{ "state: type 5", 5, 0, 4096, 0, -EINVAL },
	{ "state: type 255", 255, 0, 4096, 0, -EINVAL },
	{ "state: reserved byte", 0, 1, 4096, 0, -EINVAL },
	{ "state: size 0", 0, 0, 0, 0, -EINVAL },
	{ "state: size 100", 0, 0, 100, 0, -EINVAL },
	{ "state: buffer not aligned", 0, 0, 4096, 8, -EINVAL },
	{ "state: local APIC", 0, 0, 4096, 0, 0 },
	{ "state: XSAVE", 1, 0, 4096, 0, 0 },
	{ "state: message page", 2, 0, 4096, 0, 0 },
	{ "state: event page", 3, 0, 4096, 0, 0 },
	{ "state: timers", 4, 0, 4096, 0, 0 },
	{ "state: large buffer", 1, 0, 16384, 0, 0 },
};

static long vp_state(int vp, bool set, uint8_t type, void *buf, uint32_t *size,
		     uint8_t rsvd)
{
	struct mshv_get_set_vp_state args = {
		.type = type,
		.rsvd = { [2] = rsvd },
		.buf_sz = *size,
		.buf_ptr = (uintptr_t)buf,
	};
	long ret = call(vp, set ? MSHV_SET_VP_STATE : MSHV_GET_VP_STATE, &args);

	*size = args.buf_sz;
	return ret;
}

static void test_state(void)
{
	uint8_t *buf = aligned_alloc(PAGE, 16384);
	struct hv_lapic_state *lapic = (void *)buf;
	struct machine m;
	uint64_t word, xsave_size;
	unsigned int i;
	uint32_t size;
	char name[80];

	make_machine(&m, 16 * PAGE, 1);
	for (i = 0; i < ARRAY_SIZE(state_cases); i++) {
		const struct state_case *c = &state_cases[i];

		size = c->size;
		expect(c->name, vp_state(m.vp[0], false, c->type, buf + c->skew,
					 &size, c->rsvd), c->want);
		size = c->size;
		snprintf(name, sizeof(name), "%s, set", c->name);
		expect(name, vp_state(m.vp[0], true, c->type, buf + c->skew,
				      &size, c->rsvd), c->want);
	}
	size = 4096;
	expect("state: bad buffer",
	       vp_state(m.vp[0], false, 0, (void *)PAGE, &size, 0), -EFAULT);
	expect("state: bad pointer",
	       call(m.vp[0], MSHV_GET_VP_STATE, BAD_POINTER), -EFAULT);

	size = 4096;
	vp_state(m.vp[0], false, MSHV_VP_STATE_XSAVE, buf, &size, 0);
	get_property(m.pt, HV_PROP_MAX_XSAVE_SIZE, &xsave_size);
	memcpy(&word, buf + 520, 8);
	tap(size == xsave_size && word >> 63, "state: XSAVE is compacted",
	    "size %u, header %#lx", size, (unsigned long)word);
	memset(buf + 520, 0, 8);
	size = 4096;
	expect("state: XSAVE in standard format, set",
	       vp_state(m.vp[0], true, MSHV_VP_STATE_XSAVE, buf, &size, 0),
	       -EINVAL);
	size = 4096;
	vp_state(m.vp[0], false, MSHV_VP_STATE_LAPIC, buf, &size, 0);
	tap(lapic->id == 0 && lapic->svr == 0xff && size == 4096,
	    "state: local APIC after power-on", "id %#x svr %#x size %u",
	    lapic->id, lapic->svr, size);
	drop_machine(&m);
	free(buf);
}

/* ---- mapped pages ---- */

static sigjmp_buf bus_error;

static void on_bus_error(int sig)
{
	(void)sig;
	siglongjmp(bus_error, 1);
}

static bool faults(volatile uint8_t *p)
{
	if (sigsetjmp(bus_error, 1))
		return true;
	(void)*p;
	return false;
}

static void test_mmap(void)
{
	struct hv_vp_register_page *page;
	struct machine m;
	uint8_t *p;

	signal(SIGBUS, on_bus_error);
	make_machine(&m, 16 * PAGE, 1);
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, m.vp[0],
		    0);
	if (page == MAP_FAILED) {
		tap(false, "mmap: register page", "%s", strerror(errno));
		drop_machine(&m);
		return;
	}
	tap(page->isvalid == 1 && page->version == 1 && page->rip == 0xfff0,
	    "mmap: register page shows the power-on state",
	    "valid %u version %u rip %#lx", page->isvalid, page->version,
	    (unsigned long)page->rip);
	tap(faults((uint8_t *)page + PAGE), "mmap: second page faults", "no fault");
	set_reg(m.vp[0], 0, HV_REG_RBX, 0x1234);
	tap(page->gpr[3] == 0x1234, "mmap: page follows a register write",
	    "rbx %#lx", (unsigned long)page->gpr[3]);
	page->gpr[0] = 0x5678;
	page->rip = 0x1000;
	page->dirty = HV_REGPAGE_DIRTY_GPR | HV_REGPAGE_DIRTY_RIP;
	tap(get_reg(m.vp[0], 0, HV_REG_RAX) == 0x5678 &&
	    get_reg(m.vp[0], 0, HV_REG_RIP) == 0x1000 && !page->dirty,
	    "mmap: register read sees what the page holds", "rax %#lx dirty %#x",
	    (unsigned long)get_reg(m.vp[0], 0, HV_REG_RAX), page->dirty);
	munmap(page, 2 * PAGE);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m.vp[0], PAGE);
	tap(p != MAP_FAILED && !faults(p), "mmap: message page", "%s",
	    strerror(errno));
	munmap(p, PAGE);	/* a mapping keeps the partition alive */
	errno = 0;
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m.vp[0], 2 * PAGE);
	tap(p == MAP_FAILED && errno == ENODEV, "mmap: GHCB page", "errno %d",
	    errno);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m.vp[0], 3 * PAGE);
	tap(p == MAP_FAILED && errno == EINVAL, "mmap: offset 3", "errno %d",
	    errno);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m.pt, 0);
	tap(p == MAP_FAILED && errno == ENODEV, "mmap: a partition", "errno %d",
	    errno);
	drop_machine(&m);
	signal(SIGBUS, SIG_DFL);
}

/* ---- running: signals, orders, dead descriptors ---- */

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

/* A signal every 50 ms: one may come before the call that it shall end. */
static void start_signals(timer_t *timer)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, 50000000 }, { 0, 50000000 } };

	signal(SIGUSR1, on_signal);
	if (timer_create(CLOCK_MONOTONIC, &ev, timer) ||
	    timer_settime(*timer, 0, &every, NULL))
		bail_out("timer");
}

/* Run until a signal was handled or something else came: RUN_VP may return EINTR
 * without one.
 */
static long run_until_signal(int vp, struct message *msg)
{
	sig_atomic_t before = signals;
	long ret;

	do {
		ret = call(vp, MSHV_RUN_VP, msg);
	} while (ret == -EINTR && signals == before);
	return ret;
}

#define CODE_AT		0x1000
#define COUNTER_AT	0x2000

/* out 0x10, al; jmp $ */
static const uint8_t out_loop[] = { 0xe6, 0x10, 0xeb, 0xfe };
/* incl 0x2000; jmp back */
static const uint8_t count_loop[] = { 0x66, 0xff, 0x06, 0x00, 0x20, 0xeb, 0xf9 };

static void start_real_mode(struct machine *m, unsigned int vp,
			    const uint8_t *code, size_t size)
{
	struct hv_segment_register cs = { .limit = 0xffff, .attributes = 0x9b };
	struct hv_segment_register ds = { .limit = 0xffff, .attributes = 0x93 };

	memcpy(m->mem + CODE_AT, code, size);
	set_segment(m->pt, vp, HV_REG_CS, &cs);
	set_segment(m->pt, vp, HV_REG_DS, &ds);
	set_reg(m->pt, vp, HV_REG_RIP, CODE_AT);
}

static uint32_t counter(struct machine *m)
{
	return *(volatile uint32_t *)(m->mem + COUNTER_AT);
}

/* The guest counts on from @from, or the test does not end. */
static void wait_for_guest(struct machine *m, uint32_t from)
{
	while (counter(m) == from)
		usleep(1000);
}

struct other_thread {
	struct machine *m;
	long set;
	uint64_t rip;
	bool done;
};

static void *set_while_running(void *arg)
{
	struct other_thread *t = arg;

	wait_for_guest(t->m, 0);
	t->set = set_reg(t->m->pt, 0, HV_REG_DELIVERABILITY, 0);
	t->rip = get_reg(t->m->pt, 0, HV_REG_RIP);
	wait_for_guest(t->m, counter(t->m));
	__atomic_store_n(&t->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void test_registers_while_running(struct machine *m)
{
	struct other_thread t = { .m = m };
	struct message msg;
	pthread_t thread;
	long ret;

	start_real_mode(m, 0, count_loop, sizeof(count_loop));
	memset(m->mem + COUNTER_AT, 0, sizeof(uint32_t));
	if (pthread_create(&thread, NULL, set_while_running, &t))
		bail_out("thread");
	do {
		ret = run_until_signal(m->vp[0], &msg);
	} while (ret == -EINTR && !__atomic_load_n(&t.done, __ATOMIC_ACQUIRE));
	pthread_join(thread, NULL);
	expect("run: while another thread has the registers", ret, -EINTR);
	expect("run: register write on the partition while it runs", t.set, 0);
	tap(t.rip == CODE_AT || t.rip == CODE_AT + 5,
	    "run: register read on the partition while it runs", "rip %#lx",
	    (unsigned long)t.rip);
}

/* A VMM's kick may come just before the call: neither a VP that blocks nor one that
 * never exits may keep the thread for ever. The alarm is for when one does.
 */
static void run_unkicked(const char *name, int vp)
{
	struct message msg;
	long ret;

	signals = 0;
	alarm(60);
	ret = call(vp, MSHV_RUN_VP, &msg);
	alarm(0);
	tap(ret == -EINTR && !signals, name, "%s%s", result_name(ret),
	    signals ? ", by the alarm" : "");
}

static void test_run(void)
{
	long ret;
	struct message msg;
	struct machine m;
	uint32_t before;
	timer_t timer;

	make_machine(&m, 16 * PAGE, 2);
	expect("run: unknown number",
	       call(m.vp[0], _IO(MSHV_IOCTL, 0xf2), NULL), -ENOTTY);
	expect("run: partition number",
	       call(m.vp[0], MSHV_CREATE_VP, BAD_POINTER), -ENOTTY);
	start_real_mode(&m, 0, out_loop, sizeof(out_loop));
	do {	/* the host may want the thread back before the guest's OUT */
		ret = call(m.vp[0], MSHV_RUN_VP, BAD_POINTER);
	} while (ret == -EINTR);
	expect("run: bad buffer", ret, -EFAULT);
	start_signals(&timer);
	expect("run: VP that waits for SIPI, signal",
	       run_until_signal(m.vp[1], &msg), -EINTR);
	start_real_mode(&m, 0, count_loop, sizeof(count_loop));
	before = counter(&m);
	do {	/* the first signal may come before the first instruction */
		ret = run_until_signal(m.vp[0], &msg);
	} while (ret == -EINTR && counter(&m) == before);
	expect("run: endless loop, signal", ret, -EINTR);
	test_registers_while_running(&m);
	timer_delete(timer);
	signal(SIGALRM, on_signal);
	run_unkicked("run: VP that waits for SIPI ends without a signal", m.vp[1]);
	run_unkicked("run: ... again", m.vp[1]);
	run_unkicked("run: endless loop ends without a signal", m.vp[0]);
	drop_machine(&m);
}

/* ---- memory that is away for a moment ---- */

/* out 0x10, al; jmp back */
static const uint8_t out_for_ever[] = { 0xe6, 0x10, 0xeb, 0xfc };

#define GAP_ROUNDS	20

static uint32_t run_to_message(struct machine *m)
{
	struct message msg;
	long ret;

	do {
		ret = call(m->vp[0], MSHV_RUN_VP, &msg);
	} while (ret == -EINTR);
	return ret ? 0 : msg.type;
}

static void *map_soon(void *arg)
{
	struct machine *m = arg;

	usleep(1000);
	if (map_memory(m->pt, m->mem, 0, m->mem_size, MEM_WRITE | MEM_EXEC))
		bail_out("map again");
	return NULL;
}

/* A round in which the mapping thread is late does not count against us; one such
 * round after the other does.
 */
static void test_gap(void)
{
	unsigned int i, unseen = 0;
	struct machine m;
	pthread_t thread;
	uint32_t type;

	make_machine(&m, 16 * PAGE, 1);
	start_real_mode(&m, 0, out_for_ever, sizeof(out_for_ever));
	for (i = 0; i < GAP_ROUNDS; i++) {
		/* the write before is taken as done */
		set_reg(m.pt, 0, HV_REG_RIP, 0x1000);
		map_memory(m.pt, m.mem, 0, m.mem_size, MEM_UNMAP);
		pthread_create(&thread, NULL, map_soon, &m);
		unseen += run_to_message(&m) == MSG_IO;
		pthread_join(thread, NULL);
	}
	tap(unseen >= GAP_ROUNDS / 2, "memory: away for a moment, unseen",
	    "%u of %u rounds", unseen, GAP_ROUNDS);
	map_memory(m.pt, m.mem, 0, m.mem_size, MEM_UNMAP);
	type = run_to_message(&m);
	tap(type == MSG_UNMAPPED_GPA, "memory: away for good", "%#x", type);
	drop_machine(&m);
}

static void test_dead(void)
{
	struct message msg;
	struct machine m;
	timer_t timer;
	long ret;

	make_machine(&m, 16 * PAGE, 1);
	close(m.pt);
	expect("dead: closed partition descriptor", create_vp(m.pt, 1), -EBADF);
	tap(get_reg(m.vp[0], 0, HV_REG_RIP) == 0xfff0,
	    "dead: VP outlives the partition's descriptor", "no");
	m.pt = dup(m.vp[0]);	/* takes the calls about registers, too */
	start_real_mode(&m, 0, count_loop, sizeof(count_loop));
	start_signals(&timer);
	do {
		ret = run_until_signal(m.vp[0], &msg);
	} while (ret == -EINTR && !counter(&m));
	timer_delete(timer);
	expect("dead: ... and may run", ret, -EINTR);
	drop_machine(&m);
}

/* ---- extensions ---- */

static long list_partitions(int dev, struct hvr_ext_partition *out, uint32_t *nr,
			    uint32_t entry_size)
{
	struct hvr_ext_list args = {
		.nr = *nr,
		.entry_size = entry_size,
		.entries = (uintptr_t)out,
	};
	long ret = call(dev, HVR_EXT_LIST_PARTITIONS, &args);

	*nr = args.nr;
	return ret;
}

static void test_extensions(void)
{
	struct hvr_ext_partition list[4];
	struct hvr_ext_version version;
	struct hvr_ext_crash crash = {};
	struct hvr_ext_stop stop = {};
	struct message msg;
	struct machine m;
	uint64_t id = 0;
	uint32_t nr = 4;
	long ret;

	make_machine(&m, 16 * PAGE, 2);
	ret = call(m.dev, HVR_EXT_GET_VERSION, &version);
	tap(!ret && version.version >= 1, "ext: version", "%s",
	    result_name(ret));
	expect("ext: id", call(m.vp[0], HVR_EXT_GET_ID, &id), 0);
	ret = list_partitions(m.dev, list, &nr, sizeof(list[0]));
	tap(!ret && nr == 1 && list[0].id == id && list[0].nr_vps == 2 &&
	    list[0].owner_pid == getpid() && list[0].memory == 16 * PAGE,
	    "ext: list", "%s, %u entries", result_name(ret), nr);
	nr = 4;
	expect("ext: list, wrong entry size",
	       list_partitions(m.dev, list, &nr, 8), -EINVAL);
	ret = call(m.pt, HVR_EXT_GET_CRASH, &crash);
	tap(!ret && !crash.flags, "ext: no crash", "%s flags %#x",
	    result_name(ret), crash.flags);
	crash.message_size = 4097;
	expect("ext: crash, message too large",
	       call(m.pt, HVR_EXT_GET_CRASH, &crash), -EINVAL);
	expect("ext: unknown on the device",
	       call(m.dev, _IO(HVR_EXT_IOCTL, 0x77), NULL), -ENOTTY);
	expect("ext: unknown on the partition",
	       call(m.pt, _IO(HVR_EXT_IOCTL, 0x77), NULL), -ENOTTY);
	stop.id = id + 1000;
	expect("ext: stop, no such partition",
	       call(m.dev, HVR_EXT_STOP_PARTITION, &stop), -ENOENT);
	stop.id = id;
	stop.flags = 1;
	expect("ext: stop, unknown flag",
	       call(m.dev, HVR_EXT_STOP_PARTITION, &stop), -EINVAL);
	stop.flags = 0;
	expect("ext: stop", call(m.dev, HVR_EXT_STOP_PARTITION, &stop), 0);
	expect("ext: a stopped VP does not run",
	       call(m.vp[0], MSHV_RUN_VP, &msg), -ECANCELED);
	drop_machine(&m);
}

int main(void)
{
	test_device();
	test_create();
	test_partition();
	test_memory();
	test_irq();
	test_ioeventfd();
	test_bitmap();
	test_large_region();
	test_state();
	test_mmap();
	test_run();
	test_gap();
	test_dead();
	test_extensions();
	return tap_end();
}
