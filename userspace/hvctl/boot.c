// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads a kernel: finds out which kind it is, and does what all kinds need.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boot_image.h"

#define RESET_VECTOR	0xffff0

int boot_fail(const struct boot_job *job, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(job->err, job->err_size, fmt, ap);
	va_end(ap);
	return -1;
}

int boot_read(int fd, void *buf, size_t size, off_t off)
{
	uint8_t *p = buf;

	while (size) {
		ssize_t n = pread(fd, p, size, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		off += n;
		size -= n;
	}
	return 0;
}

static int open_file(const struct boot_job *job, const char *path, uint64_t *size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return boot_fail(job, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return boot_fail(job, "%s: not a regular file", path);
	}
	*size = st.st_size;
	return fd;
}

static void add_range(struct boot_range *r, unsigned int *n, uint64_t start, uint64_t end,
		      uint32_t type)
{
	if (start < end)
		r[(*n)++] = (struct boot_range){ start, end, type };
}

unsigned int boot_ranges(const struct boot_memory *mem, struct boot_range r[BOOT_MAX_RANGES])
{
	uint64_t high = mem->size - mem->low_size;
	unsigned int n = 0;

	add_range(r, &n, 0, LOW_RAM_END, E820_TYPE_RAM);
	add_range(r, &n, LOW_RAM_END, HIGH_RAM, E820_TYPE_RESERVED);
	add_range(r, &n, HIGH_RAM, mem->low_size, E820_TYPE_RAM);
	add_range(r, &n, FOUR_GIB, FOUR_GIB + high, E820_TYPE_RAM);
	return n;
}

int boot_load_initrd(const struct boot_job *job, uint64_t floor, uint64_t top, uint64_t *gpa,
		     uint64_t *size)
{
	const char *path = job->cfg->initrd;
	int fd, ret = 0;

	*gpa = 0;
	*size = 0;
	if (!path)
		return 0;
	fd = open_file(job, path, size);
	if (fd < 0)
		return -1;
	if (top > job->mem->low_size)
		top = job->mem->low_size;
	*gpa = (top - *size) & ~4095ULL;
	if (*size > top || *gpa < floor)
		ret = boot_fail(job, "%s: %llu MiB do not fit into memory beside the kernel", path,
				(unsigned long long)(*size >> 20));
	else if (boot_read(fd, job->mem->base + *gpa, *size, 0))
		ret = boot_fail(job, "%s: cannot be read", path);
	close(fd);
	return ret;
}

static void fill_gdt(const struct boot_memory *mem)
{
	static const uint64_t gdt[] = {
		0, 0,
		0x00af9b000000ffff,	/* BOOT_CS */
		0x00cf93000000ffff,	/* BOOT_DS */
		0x00008b0000000067, 0,	/* BOOT_TR */
		0x00cf9b000000ffff,	/* BOOT_CS32 */
	};

	memcpy(mem->base + GDT_GPA, gdt, sizeof(gdt));
}

/* A guest that jumps to the reset vector in real mode asks for a reset. */
static void fill_reset_vector(const struct boot_memory *mem)
{
	static const uint8_t code[] = {
		0xb0, 0x06,		/* mov $6, %al */
		0xba, 0xf9, 0x0c,	/* mov $0xcf9, %dx */
		0xee,			/* out %al, (%dx) */
		0xf4,			/* hlt */
		0xeb, 0xfd,		/* jmp to the hlt */
	};

	memcpy(mem->base + RESET_VECTOR, code, sizeof(code));
}

struct hv_register *boot_set(struct hv_register *r, uint32_t name, uint64_t val)
{
	*r = (struct hv_register){ .name = name, .value.u64 = val };
	return r + 1;
}

static struct hv_register *set_segment(struct hv_register *r, uint32_t name,
				       uint16_t selector, uint16_t attributes, uint32_t limit)
{
	*r = (struct hv_register){ .name = name };
	r->value.segment.selector = selector;
	r->value.segment.attributes = attributes;
	r->value.segment.limit = limit;
	return r + 1;
}

static struct hv_register *set_table(struct hv_register *r, uint32_t name, uint64_t base,
				     uint16_t limit)
{
	*r = (struct hv_register){ .name = name };
	r->value.table.base = base;
	r->value.table.limit = limit;
	return r + 1;
}

struct hv_register *boot_set_flat(struct hv_register *r, uint16_t cs, uint16_t cs_attributes)
{
	uint32_t seg;

	r = set_table(r, HV_REG_GDTR, GDT_GPA, 7 * 8 - 1);
	r = set_table(r, HV_REG_IDTR, 0, 0);
	r = set_segment(r, HV_REG_CS, cs, cs_attributes, 0xffffffff);
	for (seg = HV_REG_ES; seg <= HV_REG_GS; seg++)
		if (seg != HV_REG_CS)
			r = set_segment(r, seg, BOOT_DS, SEG_DATA, 0xffffffff);
	r = set_segment(r, HV_REG_TR, BOOT_TR, SEG_TSS, 0x67);
	r = set_segment(r, HV_REG_LDTR, 0, SEG_LDT, 0xffff);
	r = boot_set(r, HV_REG_RSP, STACK_GPA);
	return boot_set(r, HV_REG_RFLAGS, 2);
}

static int put_cmdline(const struct boot_job *job)
{
	size_t length = strlen(job->cfg->cmdline);

	if (length >= LOW_RAM_END - CMDLINE_GPA)
		return boot_fail(job, "command line of %zu characters is too long", length);
	memcpy(job->mem->base + CMDLINE_GPA, job->cfg->cmdline, length + 1);
	return 0;
}

int boot_load(const struct boot_memory *mem, const struct boot_config *cfg,
	      struct hv_register *regs, char *err, size_t err_size)
{
	struct boot_job job = {
		.mem = mem, .cfg = cfg, .regs = regs, .err = err, .err_size = err_size,
	};
	char magic[4] = "";
	int ret = -1;

	job.fd = open_file(&job, cfg->kernel, &job.size);
	if (job.fd < 0)
		return -1;
	fill_gdt(mem);
	fill_reset_vector(mem);
	if (put_cmdline(&job))
		goto out;
	if (boot_read(job.fd, magic, sizeof(magic), 0))
		boot_fail(&job, "%s: not a kernel (too short)", cfg->kernel);
	else if (!memcmp(magic, "\177ELF", sizeof(magic)))
		ret = boot_load_elf(&job);
	else
		ret = boot_load_linux(&job);
out:
	close(job.fd);
	return ret;
}
