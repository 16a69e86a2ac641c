// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the boot loader with small made-up kernels: the zero page, placement,
 * and files that are wrong.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <asm/bootparam.h>
#include <linux/elf.h>
#include "check.h"
#include "../hvctl/boot.h"

#define MEMORY		(128ULL << 20)
#define KERNEL_SIZE	0x6000
#define PREFERRED	0x1000000

static char kernel[32];
static char initrd[32];
static uint8_t image[KERNEL_SIZE];
static struct boot_memory mem = { .size = MEMORY, .low_size = MEMORY };

static struct setup_header *header(void)
{
	return (struct setup_header *)(image + 0x1f1);
}

static void make_kernel(void)
{
	struct setup_header *h = header();

	memset(image, 0, sizeof(image));
	h->setup_sects = 39;
	h->boot_flag = 0xaa55;
	h->jump = 0x6aeb;
	h->header = 0x53726448;
	h->version = 0x020f;
	h->loadflags = 1;
	h->xloadflags = XLF_KERNEL_64;
	h->initrd_addr_max = 0x7fffffff;
	h->cmdline_size = 2047;
	h->pref_address = PREFERRED;
	h->init_size = 32 << 20;
	memset(image + 0x5000, 0xcc, 0x1000);
}

static void save(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static int load(const char *cmdline, const char *rd, struct hv_register *regs)
{
	struct boot_config cfg = {
		.kernel = kernel, .initrd = rd, .cmdline = cmdline, .rsdp = 0xe0000,
	};
	char err[256] = "";
	int n;

	save(kernel, image, sizeof(image));
	n = boot_load(&mem, &cfg, regs, err, sizeof(err));
	CHECK((n < 0) == (*err != 0));
	return n;
}

static uint64_t reg(const struct hv_register *regs, int n, uint32_t name)
{
	while (n--)
		if (regs[n].name == name)
			return regs[n].value.u64;
	CHECK(!"register is there");
	return 0;
}

static void test_good(void)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	struct boot_params *bp;
	uint64_t ram = 0;
	int i, n;

	make_kernel();
	n = load("console=ttyS0", initrd, regs);
	CHECK(n > 0 && n <= BOOT_MAX_REGISTERS);
	CHECK_EQ(reg(regs, n, HV_REG_RIP), PREFERRED + 0x200);
	CHECK_EQ(reg(regs, n, HV_REG_CR0) & 0x80000001, 0x80000001);
	bp = (struct boot_params *)(mem.base + reg(regs, n, HV_REG_RSI));
	CHECK_EQ(bp->sentinel, 0);
	CHECK_EQ(bp->acpi_rsdp_addr, 0xe0000);
	CHECK_EQ(bp->hdr.type_of_loader, 0xff);
	CHECK(!strcmp((char *)mem.base + bp->hdr.cmd_line_ptr, "console=ttyS0"));
	CHECK_EQ(bp->hdr.ramdisk_size, 5000);
	CHECK_EQ(bp->hdr.ramdisk_image % 4096, 0);
	CHECK(!memcmp(mem.base + bp->hdr.ramdisk_image, "\x11\x11\x11", 3));
	CHECK_EQ(mem.base[PREFERRED], 0xcc);
	CHECK_EQ(mem.base[PREFERRED + 0xfff], 0xcc);
	for (i = 0; i < bp->e820_entries; i++)
		if (bp->e820_table[i].type == 1)
			ram += bp->e820_table[i].size;
	CHECK_EQ(ram, MEMORY - 0x100000 + 0x9fc00);
	CHECK_EQ(mem.base[0xffff0], 0xb0);
}

/* A kernel without a 64-bit entry: 32-bit code, no paging, the same zero page. */
static void test_32bit(void)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	struct boot_params *bp;
	uint64_t gdt;
	int i, n;

	make_kernel();
	header()->xloadflags = 0;
	n = load("console=ttyS0", initrd, regs);
	CHECK(n > 0 && n <= BOOT_MAX_REGISTERS);
	CHECK_EQ(reg(regs, n, HV_REG_RIP), PREFERRED);
	CHECK_EQ(reg(regs, n, HV_REG_CR0) & 0x80000001, 1);
	CHECK_EQ(reg(regs, n, HV_REG_CR4), 0);
	CHECK_EQ(reg(regs, n, HV_REG_EFER), 0);
	CHECK_EQ(reg(regs, n, HV_REG_RFLAGS), 2);
	for (i = 0; i < n; i++) {
		if (regs[i].name == HV_REG_CS) {
			CHECK_EQ(regs[i].value.segment.selector, 0x10);
			CHECK_EQ(regs[i].value.segment.attributes & 0x6000, 0x4000);
		}
		if (regs[i].name == HV_REG_GDTR) {
			memcpy(&gdt, mem.base + regs[i].value.table.base + 0x10, 8);
			CHECK_EQ(gdt, 0x00cf9b000000ffff);
		}
	}
	bp = (struct boot_params *)(mem.base + reg(regs, n, HV_REG_RSI));
	CHECK_EQ(bp->acpi_rsdp_addr, 0xe0000);
	CHECK(!strcmp((char *)mem.base + bp->hdr.cmd_line_ptr, "console=ttyS0"));
	CHECK_EQ(bp->hdr.ramdisk_size, 5000);
}

#define REFUSED(change) do {				\
	make_kernel();					\
	change;						\
	CHECK(load("x", NULL, regs) < 0);		\
} while (0)

static void test_bad(void)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	char *line = malloc(4096);

	REFUSED(header()->header = 0);
	REFUSED(header()->boot_flag = 0);
	REFUSED(header()->version = 0x0204);
	REFUSED(header()->loadflags = 0);
	REFUSED(header()->setup_sects = 255);
	REFUSED(header()->init_size = 0xffffffff);
	REFUSED(header()->pref_address = 0);
	REFUSED(header()->pref_address = ~0ULL);
	REFUSED(header()->pref_address = MEMORY - 4096);
	REFUSED(header()->pref_address = 0x9000);

	make_kernel();
	memset(line, 'a', 4095);
	line[4095] = 0;
	CHECK(load(line, NULL, regs) < 0);
	header()->cmdline_size = 0xffffffff;
	CHECK(load(line, NULL, regs) > 0);
	free(line);
	make_kernel();
	CHECK(load("x", "/nonexistent", regs) < 0);
	CHECK(load("x", "/tmp", regs) < 0);
	header()->initrd_addr_max = 0x1000;
	CHECK(load("x", initrd, regs) < 0);
	header()->initrd_addr_max = PREFERRED + (32 << 20);
	CHECK(load("x", initrd, regs) < 0);
}

/* ---- ELF ---- */

#define ELF_LOAD	0x400000

struct elf_file {
	struct elf64_hdr header;
	struct elf64_phdr load, note;
	uint32_t note_words[5];
	uint32_t multiboot[3];
	uint8_t text[64];
};

static struct elf_file elf;

static void make_elf(void)
{
	elf = (struct elf_file){
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
			.e_type = 2, .e_machine = EM_X86_64, .e_version = 1,
			.e_entry = ELF_LOAD + 4, .e_phoff = offsetof(struct elf_file, load),
			.e_ehsize = sizeof(elf.header), .e_phentsize = sizeof(elf.load),
			.e_phnum = 2,
		},
		.load = {
			.p_type = PT_LOAD, .p_paddr = ELF_LOAD,
			.p_offset = offsetof(struct elf_file, text),
			.p_filesz = sizeof(elf.text), .p_memsz = 8192,
		},
		.note = {
			.p_type = PT_NOTE, .p_offset = offsetof(struct elf_file, note_words),
			.p_filesz = sizeof(elf.note_words),
		},
		.note_words = { 4, 4, 18, 0x006e6558, ELF_LOAD + 16 },
	};
	memset(elf.text, 0x90, sizeof(elf.text));
}

static int load_elf(struct hv_register *regs)
{
	struct boot_config cfg = {
		.kernel = kernel, .initrd = initrd, .cmdline = "one two", .rsdp = 0xe0000,
	};
	char err[256] = "";
	int n;

	save(kernel, &elf, sizeof(elf));
	n = boot_load(&mem, &cfg, regs, err, sizeof(err));
	CHECK((n < 0) == (*err != 0));
	return n;
}

static uint32_t word(uint64_t gpa)
{
	uint32_t v;

	memcpy(&v, mem.base + gpa, sizeof(v));
	return v;
}

static void test_pvh(void)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	uint64_t info;
	int n;

	make_elf();
	n = load_elf(regs);
	CHECK(n > 0);
	CHECK_EQ(reg(regs, n, HV_REG_RIP), ELF_LOAD + 16);
	CHECK_EQ(reg(regs, n, HV_REG_CR0) & 0x80000001, 1);
	info = reg(regs, n, HV_REG_RAX + 3);
	CHECK_EQ(word(info), 0x336ec578);
	CHECK_EQ(word(info + 4), 1);
	CHECK_EQ(word(info + 12), 1);
	CHECK(!strcmp((char *)mem.base + word(info + 24), "one two"));
	CHECK_EQ(word(info + 32), 0xe0000);
	CHECK_EQ(word(info + 48), 3);
	CHECK_EQ(word(word(info + 16) + 8), 5000);
	CHECK_EQ(mem.base[ELF_LOAD + 63], 0x90);
}

static void test_multiboot(void)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	uint64_t info;
	int n;

	make_elf();
	elf.header.e_phnum = 1;
	CHECK(load_elf(regs) < 0);	/* neither of the two */
	elf.multiboot[0] = 0x1badb002;
	elf.multiboot[1] = 3;
	elf.multiboot[2] = -0x1badb005;
	n = load_elf(regs);
	CHECK(n > 0);
	CHECK_EQ(reg(regs, n, HV_REG_RIP), ELF_LOAD + 4);
	CHECK_EQ(reg(regs, n, HV_REG_RAX), 0x2badb002);
	info = reg(regs, n, HV_REG_RAX + 3);
	CHECK_EQ(word(info) & 0x4d, 0x4d);
	CHECK_EQ(word(info + 20), 1);
	CHECK_EQ(word(word(info + 24) + 4) - word(word(info + 24)), 5000);
	CHECK_EQ(word(info + 44), 3 * 24);
	CHECK(strstr((char *)mem.base + word(info + 16), " one two"));
	elf.multiboot[1] = 4;		/* video */
	elf.multiboot[2] = -0x1badb006;
	CHECK(load_elf(regs) < 0);
	elf.multiboot[2] = 0;		/* no header with this checksum */
	CHECK(load_elf(regs) < 0);
}

static void test_bad_elf(void)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	unsigned int i;

	make_elf();
	elf.load.p_paddr = 0x1000;
	CHECK(load_elf(regs) < 0);
	make_elf();
	elf.load.p_memsz = MEMORY;
	CHECK(load_elf(regs) < 0);
	make_elf();
	elf.load.p_filesz = 4096;
	CHECK(load_elf(regs) < 0);
	make_elf();
	elf.note_words[0] = 0xffffffff;
	CHECK(load_elf(regs) < 0);
	make_elf();
	elf.header.e_machine = EM_386;
	CHECK(load_elf(regs) < 0);
	/* Damaged at random: any answer, but no overrun. */
	srand(1);
	for (i = 0; i < 2000; i++) {
		make_elf();
		((uint8_t *)&elf)[rand() % sizeof(elf)] ^= 1 << rand() % 8;
		((uint8_t *)&elf)[rand() % sizeof(elf)] = rand();
		load_elf(regs);
	}
}

int main(void)
{
	char rd[5000];

	memset(rd, 0x11, sizeof(rd));
	snprintf(kernel, sizeof(kernel), "/tmp/boot-test-kernel-XXXXXX");
	snprintf(initrd, sizeof(initrd), "/tmp/boot-test-initrd-XXXXXX");
	close(mkstemp(kernel));
	close(mkstemp(initrd));
	save(initrd, rd, sizeof(rd));
	mem.base = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(mem.base != MAP_FAILED);
	test_good();
	test_32bit();
	test_bad();
	test_pvh();
	test_multiboot();
	test_bad_elf();
	munmap(mem.base, MEMORY);
	unlink(kernel);
	unlink(initrd);
	return check_result("boot");
}
