/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads a kernel into guest memory and says how the first VP starts. */
#ifndef BOOT_H
#define BOOT_H

#include <stddef.h>
#include <stdint.h>
#include <hvroot_hv.h>

/* Guest memory as one piece here: up to low_size at GPA 0, the rest at 4 GiB */
struct boot_memory {
	uint8_t *base;
	uint64_t size;
	uint64_t low_size;
};

struct boot_config {
	const char *kernel;
	const char *initrd;	/* or NULL */
	const char *cmdline;
	uint64_t rsdp;
};

#define BOOT_LOW_TOP		0xc0000000ULL	/* memory hole from here to 4 GiB */
#define BOOT_ACPI_BASE		0xe0000ULL
#define BOOT_ACPI_SIZE		0x1ff00ULL
#define BOOT_MAX_REGISTERS	24

/*
 * Fill @mem and the registers of the boot VP. Returns the number of registers,
 * or -1 with a message in @err.
 */
int boot_load(const struct boot_memory *mem, const struct boot_config *cfg,
	      struct hv_register *regs, char *err, size_t err_size);

#endif /* BOOT_H */
