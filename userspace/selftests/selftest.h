/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the self-tests share: TAP lines, ioctls that answer -errno, and a machine of
 * one partition with memory and VPs.
 */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/mshv.h>
#include <hvabi/hvhdk.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096UL
#define BAD_POINTER	((void *)8)

#define SEL_MAX_VPS	8

/* Message types that MSHV_RUN_VP answers with. */
#define MSG_UNMAPPED_GPA	0x80000000U
#define MSG_GPA_INTERCEPT	0x80000001U
#define MSG_INVALID_REGISTER	0x80000020U
#define MSG_TRIPLE_FAULT	0x80000021U
#define MSG_HYPERCALL		0x80000050U
#define MSG_IO			0x80010000U
#define MSG_APIC_EOI		0x80010004U

struct message {
	uint32_t type;
	uint8_t size;
	uint8_t flags;
	uint16_t zero;
	uint64_t sender;
	uint8_t payload[240];
};

static int tap_count, tap_failures;

__attribute__((format(printf, 3, 4)))
static inline void tap(bool good, const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d %s\n", good ? "" : "not ", ++tap_count, name);
	if (!good) {
		tap_failures++;
		printf("# ");
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		printf("\n");
	}
	fflush(stdout);
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures ? 1 : 0;
}

/* Return value, or -errno. */
static inline long call(int fd, unsigned long cmd, void *arg)
{
	long ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static inline const char *result_name(long ret)
{
	static char number[32];

	if (ret < 0 && strerrorname_np(-ret))
		return strerrorname_np(-ret);
	snprintf(number, sizeof(number), "%ld", ret);
	return number;
}

static inline void expect(const char *name, long got, long want)
{
	char was[32];

	snprintf(was, sizeof(was), "%s", result_name(got));
	tap(got == want, name, "got %s, want %s", was, result_name(want));
}

static inline void bail_out(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- a machine ---- */

struct machine {
	int dev;
	int pt;
	int vp[SEL_MAX_VPS];
	uint8_t *mem;
	size_t mem_size;
};

static inline int open_device(void)
{
	int fd = open("/dev/mshv", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail_out("/dev/mshv");
	return fd;
}

/* A partition; initialized when @init. */
static inline int make_partition(int dev, bool init)
{
	struct mshv_create_partition args = {
		.pt_flags = 1 << MSHV_PT_BIT_LAPIC | 1 << MSHV_PT_BIT_X2APIC,
	};
	int pt = ioctl(dev, MSHV_CREATE_PARTITION, &args);

	if (pt < 0)
		bail_out("create partition");
	if (init && ioctl(pt, MSHV_INITIALIZE_PARTITION) < 0)
		bail_out("initialize partition");
	return pt;
}

static inline int make_vp(int pt, uint32_t index)
{
	struct mshv_create_vp args = { .vp_index = index };
	int vp = ioctl(pt, MSHV_CREATE_VP, &args);

	if (vp < 0)
		bail_out("create VP");
	return vp;
}

static inline long map_memory(int pt, void *hva, uint64_t gpa, uint64_t size,
			      uint8_t flags)
{
	struct mshv_user_mem_region args = {
		.size = size,
		.guest_pfn = gpa / PAGE,
		.userspace_addr = (uintptr_t)hva,
		.flags = flags,
	};

	return call(pt, MSHV_SET_GUEST_MEMORY, &args);
}

#define MEM_WRITE	(1 << MSHV_SET_MEM_BIT_WRITABLE)
#define MEM_EXEC	(1 << MSHV_SET_MEM_BIT_EXECUTABLE)
#define MEM_UNMAP	(1 << MSHV_SET_MEM_BIT_UNMAP)

static inline void make_machine(struct machine *m, size_t mem_size,
				unsigned int vps)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->dev = open_device();
	m->pt = make_partition(m->dev, true);
	m->mem_size = mem_size;
	m->mem = mmap(NULL, mem_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->mem == MAP_FAILED)
		bail_out("guest memory");
	if (map_memory(m->pt, m->mem, 0, mem_size, MEM_WRITE | MEM_EXEC))
		bail_out("map guest memory");
	for (i = 0; i < SEL_MAX_VPS; i++)
		m->vp[i] = i < vps ? make_vp(m->pt, i) : -1;
}

static inline void drop_machine(struct machine *m)
{
	unsigned int i;

	for (i = 0; i < SEL_MAX_VPS; i++)
		if (m->vp[i] >= 0)
			close(m->vp[i]);
	close(m->pt);
	close(m->dev);
	munmap(m->mem, m->mem_size);
}

/* ---- passed-through hypercalls ---- */

struct hvcall {
	struct mshv_root_hvcall args;
	uint8_t in[PAGE];
	uint8_t out[PAGE];
};

static inline void hvcall_init(struct hvcall *c, uint16_t code, uint16_t reps,
			       uint16_t in_size, uint16_t out_size)
{
	memset(c, 0, sizeof(*c));
	c->args.code = code;
	c->args.reps = reps;
	c->args.in_sz = in_size;
	c->args.in_ptr = (uintptr_t)c->in;
	c->args.out_sz = out_size;
	c->args.out_ptr = out_size ? (uintptr_t)c->out : 0;
}

static inline long hvcall(int fd, struct hvcall *c)
{
	return call(fd, MSHV_ROOT_HVCALL, &c->args);
}

static inline long get_property(int fd, uint32_t code, uint64_t *val)
{
	struct hvcall c;
	struct hv_in_get_property *in = (void *)c.in;
	long ret;

	hvcall_init(&c, HV_CALL_GET_PARTITION_PROPERTY, 0, sizeof(*in), 8);
	in->code = code;
	ret = hvcall(fd, &c);
	memcpy(val, c.out, sizeof(*val));
	return ret;
}

static inline long set_property(int fd, uint32_t code, uint64_t val)
{
	struct hvcall c;
	struct hv_in_set_property *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_SET_PARTITION_PROPERTY, 0, sizeof(*in), 0);
	in->code = code;
	in->value = val;
	return hvcall(fd, &c);
}

static inline long set_reg128(int fd, uint32_t vp, uint32_t name, uint64_t low,
			      uint64_t high)
{
	struct hvcall c;
	struct hv_in_set_registers *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_SET_VP_REGISTERS, 1,
		    sizeof(*in) + sizeof(in->elements[0]), 0);
	in->vp_index = vp;
	in->elements[0].name = name;
	in->elements[0].value.low = low;
	in->elements[0].value.high = high;
	return hvcall(fd, &c);
}

static inline long set_reg(int fd, uint32_t vp, uint32_t name, uint64_t val)
{
	return set_reg128(fd, vp, name, val, 0);
}

static inline long get_reg128(int fd, uint32_t vp, uint32_t name,
			      struct hv_register_value *val)
{
	struct hvcall c;
	struct hv_in_get_registers *in = (void *)c.in;
	long ret;

	hvcall_init(&c, HV_CALL_GET_VP_REGISTERS, 1, sizeof(*in) + 4, 16);
	in->vp_index = vp;
	in->names[0] = name;
	ret = hvcall(fd, &c);
	memcpy(val, c.out, sizeof(*val));
	return ret;
}

static inline uint64_t get_reg(int fd, uint32_t vp, uint32_t name)
{
	struct hv_register_value val;

	if (get_reg128(fd, vp, name, &val))
		return ~0ULL;
	return val.low;
}

static inline long set_segment(int fd, uint32_t vp, uint32_t name,
			       const struct hv_segment_register *seg)
{
	uint64_t val[2];

	memcpy(val, seg, sizeof(val));
	return set_reg128(fd, vp, name, val[0], val[1]);
}

#endif /* SELFTEST_H */
