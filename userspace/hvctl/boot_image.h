/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loaders of the different kinds of kernel share. */
#ifndef BOOT_IMAGE_H
#define BOOT_IMAGE_H

#include <sys/types.h>
#include "boot.h"

/* Memory below the legacy hole */
#define GDT_GPA		0x1000
#define BOOT_INFO_GPA	0x7000		/* zero page, start info, multiboot info */
#define SEED_GPA	0x8000
#define PAGE_TABLE_GPA	0x9000		/* 6 pages */
#define STACK_GPA	0x10000		/* grows down */
#define CMDLINE_GPA	0x20000
#define LOW_RAM_END	0x9fc00
#define HIGH_RAM	0x100000
#define FOUR_GIB	(1ULL << 32)

/* Selectors in the descriptor table at GDT_GPA */
#define BOOT_CS		0x10		/* 64-bit code */
#define BOOT_DS		0x18
#define BOOT_TR		0x20
#define BOOT_CS32	0x30

#define SEG_CODE64	0xa09b
#define SEG_CODE32	0xc09b
#define SEG_DATA	0xc093
#define SEG_TSS		0x008b
#define SEG_LDT		0x0082

#define CR0_PE		(1ULL << 0)
#define CR0_ET		(1ULL << 4)
#define CR0_NE		(1ULL << 5)
#define CR0_WP		(1ULL << 16)
#define CR0_PG		(1ULL << 31)

#define E820_TYPE_RAM		1
#define E820_TYPE_RESERVED	2
#define BOOT_MAX_RANGES		4

/* One load under way */
struct boot_job {
	const struct boot_memory *mem;
	const struct boot_config *cfg;
	struct hv_register *regs;
	int fd;			/* the kernel's file */
	uint64_t size;		/* and its length */
	char *err;
	size_t err_size;
};

struct boot_range {
	uint64_t start, end;
	uint32_t type;
};

/* ---- boot.c ---- */
/* Always -1, with the message stored. */
__attribute__((format(printf, 2, 3)))
int boot_fail(const struct boot_job *job, const char *fmt, ...);
/* 0, or -1 without a message. */
int boot_read(int fd, void *buf, size_t size, off_t off);
/* The guest's memory map; returns the number of ranges. */
unsigned int boot_ranges(const struct boot_memory *mem, struct boot_range r[BOOT_MAX_RANGES]);
/* Load the initial RAM disk as high as possible in [@floor, @top). */
int boot_load_initrd(const struct boot_job *job, uint64_t floor, uint64_t top, uint64_t *gpa,
		     uint64_t *size);
struct hv_register *boot_set(struct hv_register *r, uint32_t name, uint64_t val);
/* Flat segments, descriptor tables, flags and stack, for @cs. */
struct hv_register *boot_set_flat(struct hv_register *r, uint16_t cs, uint16_t cs_attributes);

/* ---- the kinds: number of registers, or -1 with a message ---- */
int boot_load_linux(const struct boot_job *job);
int boot_load_elf(const struct boot_job *job);

#endif /* BOOT_IMAGE_H */
