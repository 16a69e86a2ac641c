// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct boot of a Linux bzImage through its 64-bit entry, or the 32-bit one when it
 * has no other: kernel, zero page and page tables.
 */
#include <string.h>
#include <sys/random.h>
#include <asm/bootparam.h>
#include "boot_image.h"

#define ENTRY_64	0x200
#define HEADER_OFFSET	0x1f1
#define HEADER_JUMP	0x202		/* end of the jump at the header's start */
#define SECTOR		512ULL

#define SEED_SIZE	64
#define SETUP_RNG_SEED_TYPE	9

#define CR4_PAE		(1ULL << 5)
#define EFER_LME	(1ULL << 8)
#define EFER_LMA	(1ULL << 10)
#define PTE_PRESENT	1ULL
#define PTE_WRITE	2ULL
#define PTE_LARGE	0x80ULL

static int check_header(const struct boot_job *job, const struct setup_header *hdr)
{
	const char *path = job->cfg->kernel;

	if (hdr->boot_flag != 0xaa55 || hdr->header != 0x53726448)
		return boot_fail(job, "%s: neither a Linux bzImage nor an ELF image", path);
	if (hdr->version < 0x020c)
		return boot_fail(job, "%s: boot protocol %u.%02u is too old, 2.12 is needed", path,
				 hdr->version >> 8, hdr->version & 0xff);
	if (!(hdr->loadflags & LOADED_HIGH))
		return boot_fail(job, "%s: a zImage, and only a bzImage is supported", path);
	if (strlen(job->cfg->cmdline) > hdr->cmdline_size)
		return boot_fail(job, "the kernel takes no more than %u characters of command line",
				 hdr->cmdline_size);
	return 0;
}

static int read_header(const struct boot_job *job, struct boot_params *bp)
{
	const size_t end = HEADER_OFFSET + sizeof(bp->hdr);
	uint8_t jump[2];
	size_t used;

	if (boot_read(job->fd, &bp->hdr, sizeof(bp->hdr), HEADER_OFFSET) ||
	    boot_read(job->fd, jump, sizeof(jump), HEADER_JUMP - sizeof(jump)))
		return boot_fail(job, "%s: not a kernel (too short)", job->cfg->kernel);
	if (check_header(job, &bp->hdr))
		return -1;
	/* The header ends where its own jump instruction says. */
	used = HEADER_JUMP + jump[1];
	if (used < end)
		memset((uint8_t *)bp + used, 0, end - used);
	return 0;
}

/* The protected-mode part goes where it wants to be. */
static int load_kernel(const struct boot_job *job, const struct setup_header *hdr)
{
	uint64_t offset = ((hdr->setup_sects ? hdr->setup_sects : 4) + 1) * SECTOR;
	uint64_t load = hdr->pref_address, need = hdr->init_size;
	const char *path = job->cfg->kernel;
	uint64_t room = job->mem->low_size;

	if (offset >= job->size)
		return boot_fail(job, "%s: truncated", path);
	if (need < job->size - offset)
		need = job->size - offset;
	if (load < HIGH_RAM || load > room || need > room - load)
		return boot_fail(job, "%s: needs memory up to %llu MiB, the guest has %llu MiB",
				 path, (unsigned long long)((load + need) >> 20),
				 (unsigned long long)(room >> 20));
	if (boot_read(job->fd, job->mem->base + load, job->size - offset, offset))
		return boot_fail(job, "%s: cannot be read", path);
	return 0;
}

static void fill_e820(const struct boot_memory *mem, struct boot_params *bp)
{
	struct boot_range r[BOOT_MAX_RANGES];
	unsigned int i, n = boot_ranges(mem, r);

	for (i = 0; i < n; i++) {
		bp->e820_table[i].addr = r[i].start;
		bp->e820_table[i].size = r[i].end - r[i].start;
		bp->e820_table[i].type = r[i].type;
	}
	bp->e820_entries = n;
}

/* Early entropy: the guest has no firmware to ask. */
static void add_seed(const struct boot_memory *mem, struct boot_params *bp)
{
	struct {
		__u64 next;
		__u32 type;
		__u32 len;
		__u8 data[SEED_SIZE];
	} node = { .type = SETUP_RNG_SEED_TYPE, .len = SEED_SIZE };

	if (getrandom(node.data, SEED_SIZE, 0) != SEED_SIZE)
		return;
	memcpy(mem->base + SEED_GPA, &node, sizeof(node));
	bp->hdr.setup_data = SEED_GPA;
}

/* The first 4 GiB mapped one to one, 2 MiB pages. */
static void fill_page_tables(const struct boot_memory *mem)
{
	uint64_t *table = (uint64_t *)(mem->base + PAGE_TABLE_GPA);
	uint64_t *pdpt = table + 512, *pd = table + 1024;
	unsigned int i;

	memset(table, 0, 6 * 4096);
	table[0] = (PAGE_TABLE_GPA + 0x1000) | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 4; i++)
		pdpt[i] = (PAGE_TABLE_GPA + 0x2000 + i * 0x1000) | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 4 * 512; i++)
		pd[i] = (uint64_t)i << 21 | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
}

static int fill_registers64(struct hv_register *regs, uint64_t entry)
{
	struct hv_register *r = regs;

	r = boot_set(r, HV_REG_CR4, CR4_PAE);
	r = boot_set(r, HV_REG_CR3, PAGE_TABLE_GPA);
	r = boot_set(r, HV_REG_EFER, EFER_LME | EFER_LMA);
	r = boot_set(r, HV_REG_CR0, CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
	r = boot_set_flat(r, BOOT_CS, SEG_CODE64);
	r = boot_set(r, HV_REG_RSI, BOOT_INFO_GPA);
	r = boot_set(r, HV_REG_RIP, entry);
	return r - regs;
}

/*
 * No paging, flat segments under the selectors that the 64-bit entry has: a kernel may
 * use the descriptor table of its loader until it has its own.
 */
static int fill_registers32(const struct boot_job *job, uint64_t entry)
{
	uint8_t *gdt = job->mem->base + GDT_GPA;
	struct hv_register *r = job->regs;

	memcpy(gdt + BOOT_CS, gdt + BOOT_CS32, 8);
	r = boot_set(r, HV_REG_CR4, 0);
	r = boot_set(r, HV_REG_EFER, 0);
	r = boot_set(r, HV_REG_CR0, CR0_PE | CR0_ET);
	r = boot_set_flat(r, BOOT_CS, SEG_CODE32);
	r = boot_set(r, HV_REG_RSI, BOOT_INFO_GPA);
	r = boot_set(r, HV_REG_RIP, entry);
	return r - job->regs;
}

int boot_load_linux(const struct boot_job *job)
{
	struct boot_params *bp = (struct boot_params *)(job->mem->base + BOOT_INFO_GPA);
	uint64_t initrd, size;

	memset(bp, 0, sizeof(*bp));
	if (read_header(job, bp) || load_kernel(job, &bp->hdr))
		return -1;
	if (boot_load_initrd(job, bp->hdr.pref_address + bp->hdr.init_size,
			     bp->hdr.initrd_addr_max + 1ULL, &initrd, &size))
		return -1;
	bp->hdr.ramdisk_image = initrd;
	bp->hdr.ramdisk_size = size;
	bp->hdr.cmd_line_ptr = CMDLINE_GPA;
	bp->hdr.type_of_loader = 0xff;	/* unassigned */
	bp->hdr.setup_data = 0;
	bp->acpi_rsdp_addr = job->cfg->rsdp;
	fill_e820(job->mem, bp);
	add_seed(job->mem, bp);
	if (!(bp->hdr.xloadflags & XLF_KERNEL_64))
		return fill_registers32(job, bp->hdr.pref_address);
	fill_page_tables(job->mem);
	return fill_registers64(job->regs, bp->hdr.pref_address + ENTRY_64);
}
