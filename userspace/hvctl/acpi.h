/* SPDX-License-Identifier: GPL-2.0-only */
/* The ACPI tables of the machine. */
#ifndef ACPI_H
#define ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACPI_MAX_CPUS		256

/* Ports of the hardware-reduced model, named in the FADT */
#define ACPI_SLEEP_CONTROL	0x600
#define ACPI_SLEEP_STATUS	0x601
#define ACPI_SLEEP_ENABLE	0x20
#define ACPI_SLEEP_TYPE(val)	((val) >> 2 & 7)
#define ACPI_SLEEP_S5		5
#define ACPI_RESET_PORT		0xcf9
#define ACPI_RESET_VALUE	0x06

#define ACPI_LOW_WINDOW		0xf8000000ULL
#define ACPI_HIGH_WINDOW	0xfe0000000ULL
#define ACPI_HIGH_WINDOW_SIZE	0x20000000ULL

struct acpi_config {
	unsigned int cpus;
	uint64_t memory_top;	/* end of guest memory */
	bool vmbus;
};

extern const unsigned char acpi_dsdt[];
extern const size_t acpi_dsdt_size;
/* The VMBus alone, as a table for machines of other VMMs. */
extern const unsigned char acpi_vmbus[];
extern const size_t acpi_vmbus_size;

/*
 * Write all tables to @buf, which the guest sees at @gpa (16-byte aligned); the
 * root pointer comes first. Returns the bytes used, 0 when @room is too small.
 */
size_t acpi_build(const struct acpi_config *cfg, uint8_t *buf, size_t room, uint64_t gpa);

#endif /* ACPI_H */
