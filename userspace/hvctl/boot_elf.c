// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF images: Linux and others with a PVH entry note, and multiboot programs.
 * Both start in 32-bit protected mode without paging.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/elf.h>
#include "boot_image.h"

#define MAX_HEADERS	64
#define MAX_NOTES	(64U << 10)
#define TWO_GIB		(1ULL << 31)

#define PVH_NOTE	18
#define PVH_MAGIC	0x336ec578
#define PVH_MODULES	(BOOT_INFO_GPA + 0x100)
#define PVH_MEMORY_MAP	(BOOT_INFO_GPA + 0x200)

#define MULTIBOOT_SEARCH	8192
#define MULTIBOOT_MAGIC		0x1badb002
#define MULTIBOOT_LOADED	0x2badb002
#define MULTIBOOT_KNOWN		0x0003	/* aligned modules, memory information */
#define MULTIBOOT_MODULES	(BOOT_INFO_GPA + 0x100)
#define MULTIBOOT_MEMORY_MAP	(BOOT_INFO_GPA + 0x200)
#define MULTIBOOT_NAME		(BOOT_INFO_GPA + 0x300)

/* A program header of either class */
struct segment {
	uint32_t type;
	uint64_t offset, paddr, filesz, memsz;
};

struct image {
	struct segment segment[MAX_HEADERS];
	unsigned int segments;
	uint64_t end;		/* of what was loaded */
	uint64_t pvh_entry;	/* 0: none */
	uint64_t entry;
};

struct start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, cmdline, rsdp, memory_map;
	uint32_t memory_map_entries, rsvd;
};

struct start_module {
	uint64_t gpa, size, cmdline, rsvd;
};

struct start_range {
	uint64_t start, size;
	uint32_t type, rsvd;
};

struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name;
};

struct multiboot_range {
	uint32_t size;		/* of what follows */
	uint64_t start, length;
	uint32_t type;
} __attribute__((packed));

struct multiboot_module {
	uint32_t start, end, text, rsvd;
};

/* ---- reading the file ---- */

static int read_headers_32(const struct boot_job *job, struct image *img)
{
	struct elf32_hdr e;
	struct elf32_phdr p;
	unsigned int i;

	if (boot_read(job->fd, &e, sizeof(e), 0) || e.e_machine != EM_386 ||
	    e.e_phentsize != sizeof(p) || e.e_phnum > MAX_HEADERS)
		return -1;
	for (i = 0; i < e.e_phnum; i++) {
		if (boot_read(job->fd, &p, sizeof(p), e.e_phoff + (off_t)i * sizeof(p)))
			return -1;
		img->segment[i] = (struct segment){
			p.p_type, p.p_offset, p.p_paddr, p.p_filesz, p.p_memsz,
		};
	}
	img->segments = e.e_phnum;
	img->entry = e.e_entry;
	return 0;
}

static int read_headers_64(const struct boot_job *job, struct image *img)
{
	struct elf64_hdr e;
	struct elf64_phdr p;
	unsigned int i;

	if (boot_read(job->fd, &e, sizeof(e), 0) || e.e_machine != EM_X86_64 ||
	    e.e_phentsize != sizeof(p) || e.e_phnum > MAX_HEADERS || e.e_phoff > job->size)
		return -1;
	for (i = 0; i < e.e_phnum; i++) {
		if (boot_read(job->fd, &p, sizeof(p), e.e_phoff + i * sizeof(p)))
			return -1;
		img->segment[i] = (struct segment){
			p.p_type, p.p_offset, p.p_paddr, p.p_filesz, p.p_memsz,
		};
	}
	img->segments = e.e_phnum;
	img->entry = e.e_entry;
	return 0;
}

static int read_headers(const struct boot_job *job, struct image *img)
{
	unsigned char ident[EI_NIDENT];
	int ret = -1;

	memset(img, 0, sizeof(*img));
	if (!boot_read(job->fd, ident, sizeof(ident), 0) && ident[EI_DATA] == ELFDATA2LSB) {
		if (ident[EI_CLASS] == ELFCLASS32)
			ret = read_headers_32(job, img);
		else if (ident[EI_CLASS] == ELFCLASS64)
			ret = read_headers_64(job, img);
	}
	if (ret)
		boot_fail(job, "%s: not an x86 ELF image that can be booted", job->cfg->kernel);
	return ret;
}

static int load_segment(const struct boot_job *job, struct image *img, const struct segment *s)
{
	uint64_t room = job->mem->low_size;

	if (!s->memsz)
		return 0;
	if (s->paddr < HIGH_RAM || s->paddr > room || s->memsz > room - s->paddr ||
	    s->filesz > s->memsz)
		return boot_fail(job, "%s: wants memory at 0x%llx, which the guest has not",
				 job->cfg->kernel, (unsigned long long)s->paddr);
	if (s->offset > job->size || s->filesz > job->size - s->offset ||
	    boot_read(job->fd, job->mem->base + s->paddr, s->filesz, s->offset))
		return boot_fail(job, "%s: truncated", job->cfg->kernel);
	/* The rest is zero: guest memory is fresh. */
	if (s->paddr + s->memsz > img->end)
		img->end = s->paddr + s->memsz;
	return 0;
}

static uint32_t align4(uint32_t n)
{
	return (n + 3) & ~3U;
}

/* Look for the note that names the PVH entry. */
static void take_notes(const uint8_t *notes, uint32_t size, struct image *img)
{
	struct elf32_note n;	/* the same for both classes */
	uint32_t at = 0;

	while (size - at >= sizeof(n)) {
		uint32_t name, desc, entry;

		memcpy(&n, notes + at, sizeof(n));
		at += sizeof(n);
		if (n.n_namesz > size || n.n_descsz > size)
			return;
		name = at;
		desc = name + align4(n.n_namesz);
		if (desc > size || align4(n.n_descsz) > size - desc)
			return;
		at = desc + align4(n.n_descsz);
		if (n.n_type != PVH_NOTE || n.n_namesz != 4 || n.n_descsz < sizeof(entry) ||
		    memcmp(notes + name, "Xen", 4))
			continue;
		memcpy(&entry, notes + desc, sizeof(entry));
		img->pvh_entry = entry;
	}
}

static void read_notes(const struct boot_job *job, struct image *img, const struct segment *s)
{
	uint8_t *notes;

	if (s->filesz > MAX_NOTES || s->offset > job->size)
		return;
	notes = malloc(s->filesz ? s->filesz : 1);
	if (notes && !boot_read(job->fd, notes, s->filesz, s->offset))
		take_notes(notes, s->filesz, img);
	free(notes);
}

/* ---- the two protocols ---- */

static int fill_registers(struct hv_register *regs, uint64_t entry, uint64_t rax)
{
	struct hv_register *r = regs;

	r = boot_set(r, HV_REG_CR4, 0);
	r = boot_set(r, HV_REG_EFER, 0);
	r = boot_set(r, HV_REG_CR0, CR0_PE | CR0_ET);
	r = boot_set_flat(r, BOOT_CS32, SEG_CODE32);
	r = boot_set(r, HV_REG_RAX, rax);
	r = boot_set(r, HV_REG_RBX, BOOT_INFO_GPA);
	r = boot_set(r, HV_REG_RIP, entry);
	return r - regs;
}

static int load_pvh(const struct boot_job *job, const struct image *img)
{
	struct start_module *module = (void *)(job->mem->base + PVH_MODULES);
	struct start_range *map = (void *)(job->mem->base + PVH_MEMORY_MAP);
	struct start_info *info = (void *)(job->mem->base + BOOT_INFO_GPA);
	struct boot_range r[BOOT_MAX_RANGES];
	uint64_t initrd, size;
	unsigned int i, n;

	if (boot_load_initrd(job, img->end, TWO_GIB, &initrd, &size))
		return -1;
	n = boot_ranges(job->mem, r);
	for (i = 0; i < n; i++)
		map[i] = (struct start_range){ r[i].start, r[i].end - r[i].start, r[i].type, 0 };
	*module = (struct start_module){ .gpa = initrd, .size = size };
	*info = (struct start_info){
		.magic = PVH_MAGIC,
		.version = 1,
		.nr_modules = size ? 1 : 0,
		.modules = PVH_MODULES,
		.cmdline = CMDLINE_GPA,
		.rsdp = job->cfg->rsdp,
		.memory_map = PVH_MEMORY_MAP,
		.memory_map_entries = n,
	};
	return fill_registers(job->regs, img->pvh_entry, 0);
}

/* The header's flags, or -1 when there is none. */
static int64_t find_multiboot(const struct boot_job *job)
{
	static uint32_t words[MULTIBOOT_SEARCH / 4];
	size_t size = job->size < MULTIBOOT_SEARCH ? job->size & ~3ULL : MULTIBOOT_SEARCH;
	size_t i;

	if (boot_read(job->fd, words, size, 0))
		return -1;
	for (i = 0; i + 2 < size / 4; i++)
		if (words[i] == MULTIBOOT_MAGIC && words[i] + words[i + 1] + words[i + 2] == 0)
			return words[i + 1];
	return -1;
}

/* By custom the program's own name is the first word of its command line. */
static int put_multiboot_cmdline(const struct boot_job *job)
{
	size_t room = LOW_RAM_END - CMDLINE_GPA;
	int n = snprintf((char *)job->mem->base + CMDLINE_GPA, room, "%s %s", job->cfg->kernel,
			 job->cfg->cmdline);

	if (n < 0 || (size_t)n >= room)
		return boot_fail(job, "command line is too long");
	return 0;
}

static int load_multiboot(const struct boot_job *job, const struct image *img, uint32_t flags)
{
	struct multiboot_module *module = (void *)(job->mem->base + MULTIBOOT_MODULES);
	struct multiboot_range *map = (void *)(job->mem->base + MULTIBOOT_MEMORY_MAP);
	struct multiboot_info *info = (void *)(job->mem->base + BOOT_INFO_GPA);
	struct boot_range r[BOOT_MAX_RANGES];
	uint64_t initrd, size;
	unsigned int i, n;

	if (flags & 0xffff & ~MULTIBOOT_KNOWN)
		return boot_fail(job, "%s: wants 0x%x of its multiboot loader, which is not there",
				 job->cfg->kernel, flags & 0xffff);
	if (put_multiboot_cmdline(job) ||
	    boot_load_initrd(job, img->end, FOUR_GIB, &initrd, &size))
		return -1;
	n = boot_ranges(job->mem, r);
	for (i = 0; i < n; i++)
		map[i] = (struct multiboot_range){
			sizeof(map[i]) - sizeof(map[i].size), r[i].start,
			r[i].end - r[i].start, r[i].type,
		};
	*module = (struct multiboot_module){ .start = initrd, .end = initrd + size };
	memcpy(job->mem->base + MULTIBOOT_NAME, "hvctl", 6);
	*info = (struct multiboot_info){
		/* memory sizes, command line, modules, memory map, loader name */
		.flags = 1U << 0 | 1U << 2 | 1U << 3 | 1U << 6 | 1U << 9,
		.mem_lower = LOW_RAM_END >> 10,
		.mem_upper = (job->mem->low_size - HIGH_RAM) >> 10,
		.cmdline = CMDLINE_GPA,
		.mods_count = size ? 1 : 0,
		.mods_addr = MULTIBOOT_MODULES,
		.mmap_length = n * sizeof(*map),
		.mmap_addr = MULTIBOOT_MEMORY_MAP,
		.loader_name = MULTIBOOT_NAME,
	};
	return fill_registers(job->regs, img->entry, MULTIBOOT_LOADED);
}

int boot_load_elf(const struct boot_job *job)
{
	struct image img;
	int64_t multiboot;
	unsigned int i;

	if (read_headers(job, &img))
		return -1;
	for (i = 0; i < img.segments; i++) {
		if (img.segment[i].type == PT_LOAD && load_segment(job, &img, &img.segment[i]))
			return -1;
		if (img.segment[i].type == PT_NOTE)
			read_notes(job, &img, &img.segment[i]);
	}
	if (img.pvh_entry)
		return load_pvh(job, &img);
	multiboot = find_multiboot(job);
	if (multiboot >= 0)
		return load_multiboot(job, &img, multiboot);
	return boot_fail(job, "%s: neither a PVH note nor a multiboot header", job->cfg->kernel);
}
