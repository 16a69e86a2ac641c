// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds RSDP, XSDT, FADT, MADT and an SSDT of processors around the compiled
 * DSDT. The model is hardware-reduced: no PIC, no PM timer, no SCI.
 */
#include <endian.h>
#include <string.h>
#include "acpi.h"
#include "ioapic.h"

#define LAPIC_BASE	0xfee00000U
#define HEADER_SIZE	36
#define FADT_SIZE	276
#define RSDP_SIZE	36

/* A table under construction, and the room behind it */
struct builder {
	uint8_t *buf;
	size_t room, used;
	size_t table;		/* offset of the table under construction */
	uint64_t gpa;
	bool overflow;
};

static void put(struct builder *b, const void *data, size_t size)
{
	if (b->overflow || size > b->room - b->used) {
		b->overflow = true;
		return;
	}
	memcpy(b->buf + b->used, data, size);
	b->used += size;
}

static void put8(struct builder *b, uint8_t v)
{
	put(b, &v, 1);
}

static void put32(struct builder *b, uint32_t v)
{
	v = htole32(v);
	put(b, &v, 4);
}

static void put64(struct builder *b, uint64_t v)
{
	v = htole64(v);
	put(b, &v, 8);
}

static uint8_t checksum(const uint8_t *p, size_t size)
{
	uint8_t sum = 0;

	while (size--)
		sum += *p++;
	return -sum;
}

static void pad(struct builder *b, size_t align)
{
	while (!b->overflow && b->used % align)
		put8(b, 0);
}

/* Start a table; length and checksum come with end_table(). */
static void begin_table(struct builder *b, const char *signature, uint8_t revision)
{
	pad(b, 16);
	b->table = b->used;
	put(b, signature, 4);
	put32(b, 0);
	put8(b, revision);
	put8(b, 0);
	put(b, "HVROOT", 6);
	put(b, "HVCTL   ", 8);
	put32(b, 1);
	put(b, "HVR ", 4);
	put32(b, 1);
}

/* Returns the guest address of the finished table. */
static uint64_t end_table(struct builder *b)
{
	uint8_t *t = b->buf + b->table;
	size_t size = b->used - b->table;
	uint32_t length = htole32(size);

	if (b->overflow)
		return 0;
	memcpy(t + 4, &length, sizeof(length));
	t[9] = 0;
	t[9] = checksum(t, size);
	return b->gpa + b->table;
}

/* Move the high window of the DSDT above guest memory. */
static void patch_window(uint8_t *aml, size_t size, uint64_t base)
{
	const uint64_t old[4] = {
		htole64(ACPI_HIGH_WINDOW),
		htole64(ACPI_HIGH_WINDOW + ACPI_HIGH_WINDOW_SIZE - 1),
		0, htole64(ACPI_HIGH_WINDOW_SIZE),
	};
	const uint64_t new[2] = {
		htole64(base), htole64(base + ACPI_HIGH_WINDOW_SIZE - 1),
	};
	uint8_t *p = memmem(aml, size, old, sizeof(old));

	if (p)
		memcpy(p, new, sizeof(new));
}

/* Without a bus its device answers "not present": VMBS._STA gives 0. */
static void hide_vmbus(uint8_t *aml, size_t size)
{
	static const uint8_t sta[] = {
		'_', 'S', 'T', 'A', 0x00, 0xa4, 0x0a, 0x0f
	};
	uint8_t *p = memmem(aml, size, "VMBS", 4);

	if (p)
		p = memmem(p, aml + size - p, sta, sizeof(sta));
	if (p)
		p[sizeof(sta) - 1] = 0;
}

static uint64_t build_dsdt(struct builder *b, const struct acpi_config *cfg)
{
	uint64_t window = ACPI_HIGH_WINDOW;
	uint8_t *aml;

	pad(b, 16);
	b->table = b->used;
	put(b, acpi_dsdt, acpi_dsdt_size);
	if (b->overflow)
		return 0;
	aml = b->buf + b->table;
	if (cfg->memory_top > window)
		window = (cfg->memory_top + (1ULL << 30) - 1) & ~((1ULL << 30) - 1);
	patch_window(aml, acpi_dsdt_size, window);
	if (!cfg->vmbus)
		hide_vmbus(aml, acpi_dsdt_size);
	return end_table(b);
}

/*
 * AML of the processors:
 *	Scope (\_SB) { Device (Cxxx) { Name (_HID, "ACPI0007") Name (_UID, n) } ... }
 * with package lengths in their two-byte form, or three bytes for the scope.
 */
static void put_processor(struct builder *b, unsigned int n)
{
	static const char hex[] = "0123456789ABCDEF";
	uint8_t name[4] = { 'C', hex[n >> 8 & 15], hex[n >> 4 & 15], hex[n & 15] };
	/* package length 2, name 4, _HID 15, _UID 8 */
	unsigned int length = 2 + 4 + 15 + 8;

	put(b, "\x5b\x82", 2);
	put8(b, 0x40 | (length & 0x0f));
	put8(b, length >> 4);
	put(b, name, 4);
	put(b, "\x08_HID\x0d", 6);
	put(b, "ACPI0007", 9);	/* with the terminating zero */
	put(b, "\x08_UID\x0b", 6);
	put8(b, n);
	put8(b, n >> 8);
}

#define PROCESSOR_AML	31

static uint64_t build_ssdt(struct builder *b, const struct acpi_config *cfg)
{
	unsigned int n, length = 3 + 5 + cfg->cpus * PROCESSOR_AML;

	begin_table(b, "SSDT", 2);
	put8(b, 0x10);
	put8(b, 0x80 | (length & 0x0f));
	put8(b, length >> 4);
	put8(b, length >> 12);
	put(b, "\\_SB_", 5);
	for (n = 0; n < cfg->cpus; n++)
		put_processor(b, n);
	return end_table(b);
}

static void put_madt_cpu(struct builder *b, unsigned int n)
{
	if (n < 255) {
		put8(b, 0);	/* processor local APIC */
		put8(b, 8);
		put8(b, n);
		put8(b, n);
		put32(b, 1);
	} else {
		put8(b, 9);	/* processor local x2APIC */
		put8(b, 16);
		put(b, "\0", 2);
		put32(b, n);
		put32(b, 1);
		put32(b, n);
	}
}

static uint64_t build_madt(struct builder *b, const struct acpi_config *cfg)
{
	unsigned int n;

	begin_table(b, "APIC", 5);
	put32(b, LAPIC_BASE);
	put32(b, 0);		/* no PC-AT PIC */
	for (n = 0; n < cfg->cpus; n++)
		put_madt_cpu(b, n);
	put8(b, 1);		/* I/O APIC */
	put8(b, 12);
	put8(b, 0);
	put8(b, 0);
	put32(b, IOAPIC_BASE);
	put32(b, 0);
	put(b, "\4\6\xff\0\0\1", 6);	/* NMI at LINT1 of every processor */
	return end_table(b);
}

/* A generic address: one byte wide I/O port */
static void set_port(uint8_t *p, uint16_t port)
{
	uint64_t addr = htole64(port);

	p[0] = 1;
	p[1] = 8;
	p[3] = 1;
	memcpy(p + 4, &addr, sizeof(addr));
}

static uint64_t build_fadt(struct builder *b, uint64_t dsdt)
{
	uint8_t body[FADT_SIZE] = { 0 };	/* offsets count the header */
	uint32_t dsdt32 = htole32(dsdt), flags;
	uint64_t dsdt64 = htole64(dsdt);

	/* WBINVD, fixed power and sleep button absent, reset register, HW-reduced */
	flags = htole32(1U << 0 | 1U << 4 | 1U << 5 | 1U << 10 | 1U << 20);

	memcpy(body + 40, &dsdt32, 4);
	body[109] = 1U << 2 | 1U << 5;	/* boot architecture: no VGA, no CMOS clock */
	memcpy(body + 112, &flags, 4);
	set_port(body + 116, ACPI_RESET_PORT);
	body[128] = ACPI_RESET_VALUE;
	body[131] = 3;			/* revision 6.3 */
	memcpy(body + 140, &dsdt64, 8);
	set_port(body + 244, ACPI_SLEEP_CONTROL);
	set_port(body + 256, ACPI_SLEEP_STATUS);

	begin_table(b, "FACP", 6);
	put(b, body + HEADER_SIZE, FADT_SIZE - HEADER_SIZE);
	return end_table(b);
}

static void build_rsdp(uint8_t *p, uint64_t xsdt)
{
	uint32_t size = htole32(RSDP_SIZE);

	memset(p, 0, RSDP_SIZE);
	memcpy(p, "RSD PTR ", 8);
	memcpy(p + 9, "HVROOT", 6);
	p[15] = 2;
	memcpy(p + 20, &size, 4);
	xsdt = htole64(xsdt);
	memcpy(p + 24, &xsdt, 8);
	p[8] = checksum(p, 20);
	p[32] = checksum(p, RSDP_SIZE);
}

size_t acpi_build(const struct acpi_config *cfg, uint8_t *buf, size_t room, uint64_t gpa)
{
	struct builder b = {
		.buf = buf, .room = room, .used = RSDP_SIZE, .gpa = gpa,
	};
	uint64_t dsdt, ssdt, fadt, madt, xsdt;

	if (room < RSDP_SIZE || !cfg->cpus || cfg->cpus > ACPI_MAX_CPUS)
		return 0;
	dsdt = build_dsdt(&b, cfg);
	ssdt = build_ssdt(&b, cfg);
	fadt = build_fadt(&b, dsdt);
	madt = build_madt(&b, cfg);
	begin_table(&b, "XSDT", 1);
	put64(&b, fadt);
	put64(&b, madt);
	put64(&b, ssdt);
	xsdt = end_table(&b);
	if (b.overflow)
		return 0;
	build_rsdp(buf, xsdt);
	return b.used;
}
