// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the ACPI tables: checksums, links, contents, and room that is short.
 * With an argument, writes the tables of 64 VPs to that folder for a compiler's
 * second opinion.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../hvctl/acpi.h"
#include "../hvctl/ioapic.h"

#define GPA	0xe0000ULL
#define ROOM	0x1ff00

static uint8_t buf[ROOM];

static uint64_t get(const uint8_t *p, unsigned int size)
{
	uint64_t v = 0;

	while (size--)
		v = v << 8 | p[size];
	return v;
}

static bool sums_to_zero(const uint8_t *p, size_t size)
{
	uint8_t sum = 0;

	while (size--)
		sum += *p++;
	return !sum;
}

static const uint8_t *at(uint64_t gpa)
{
	return gpa >= GPA && gpa < GPA + ROOM ? buf + (gpa - GPA) : NULL;
}

static const uint8_t *table(uint64_t gpa, const char *signature)
{
	const uint8_t *t = at(gpa);

	CHECK(t && !memcmp(t, signature, 4));
	if (!t)
		return NULL;
	CHECK(sums_to_zero(t, get(t + 4, 4)));
	return t;
}

static void write_table(const char *dir, const char *name, const uint8_t *t)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.aml", dir, name);
	f = fopen(path, "wb");
	CHECK(f && fwrite(t, get(t + 4, 4), 1, f) == 1);
	if (f)
		fclose(f);
}

static void test_madt(const uint8_t *t, unsigned int cpus)
{
	const uint8_t *p = t + 44, *end = t + get(t + 4, 4);
	unsigned int seen = 0, ioapics = 0;

	CHECK_EQ(get(t + 36, 4), 0xfee00000);
	CHECK_EQ(get(t + 40, 4), 0);
	while (p < end && p[1]) {
		if (p[0] == 0) {
			CHECK_EQ(p[3], seen);
			CHECK_EQ(get(p + 4, 4), 1);
			seen++;
		} else if (p[0] == 9) {
			CHECK_EQ(get(p + 4, 4), seen);
			seen++;
		} else if (p[0] == 1) {
			CHECK_EQ(get(p + 4, 4), IOAPIC_BASE);
			ioapics++;
		}
		p += p[1];
	}
	CHECK(p == end);
	CHECK_EQ(seen, cpus);
	CHECK_EQ(ioapics, 1);
}

static void test_fadt(const uint8_t *t)
{
	CHECK_EQ(get(t + 4, 4), 276);
	CHECK_EQ(t[8], 6);
	CHECK_EQ(get(t + 112, 4) & (1U << 20 | 1U << 10), 1U << 20 | 1U << 10);
	CHECK_EQ(get(t + 120, 8), ACPI_RESET_PORT);
	CHECK_EQ(t[128], ACPI_RESET_VALUE);
	CHECK_EQ(get(t + 248, 8), ACPI_SLEEP_CONTROL);
	CHECK_EQ(get(t + 260, 8), ACPI_SLEEP_STATUS);
	CHECK_EQ(get(t + 40, 4), get(t + 140, 8));
}

static void test_dsdt(const uint8_t *t, const struct acpi_config *cfg, uint64_t window)
{
	size_t size = get(t + 4, 4);
	const uint8_t *vmbs = memmem(t, size, "VMBS", 4);
	uint8_t le[8];
	unsigned int i;

	for (i = 0; i < 8; i++)
		le[i] = window >> (8 * i);
	CHECK(memmem(t, size, le, sizeof(le)));
	CHECK(memmem(t, size, "VMBus", 5));
	CHECK(vmbs && memmem(vmbs, t + size - vmbs, "_STA\0\xa4\x0a", 7));
	vmbs = memmem(vmbs, t + size - vmbs, "_STA\0\xa4\x0a", 7);
	CHECK_EQ(vmbs[7], cfg->vmbus ? 0x0f : 0);
}

static void test_tables(const struct acpi_config *cfg, uint64_t window, const char *dir)
{
	const uint8_t *xsdt, *fadt, *madt, *ssdt, *dsdt;
	size_t used = acpi_build(cfg, buf, ROOM, GPA);

	CHECK(used && used <= ROOM);
	CHECK(!memcmp(buf, "RSD PTR ", 8));
	CHECK(sums_to_zero(buf, 20) && sums_to_zero(buf, 36));
	xsdt = table(get(buf + 24, 8), "XSDT");
	CHECK_EQ(get(xsdt + 4, 4), 36 + 3 * 8);
	fadt = table(get(xsdt + 36, 8), "FACP");
	madt = table(get(xsdt + 44, 8), "APIC");
	ssdt = table(get(xsdt + 52, 8), "SSDT");
	dsdt = table(get(fadt + 140, 8), "DSDT");
	test_fadt(fadt);
	test_madt(madt, cfg->cpus);
	test_dsdt(dsdt, cfg, window);
	CHECK(memmem(ssdt, get(ssdt + 4, 4), "C000\x08_HID", 9));
	if (dir) {
		write_table(dir, "facp", fadt);
		write_table(dir, "apic", madt);
		write_table(dir, "ssdt", ssdt);
		write_table(dir, "dsdt", dsdt);
		write_table(dir, "xsdt", xsdt);
	}
}

static void test_room(void)
{
	struct acpi_config cfg = { .cpus = 4, .vmbus = true };
	size_t used = acpi_build(&cfg, buf, ROOM, GPA), room;

	for (room = 0; room < used; room++) {
		uint8_t *exact = malloc(room ? room : 1);

		CHECK_EQ(acpi_build(&cfg, exact, room, GPA), 0);
		free(exact);
	}
	CHECK_EQ(acpi_build(&cfg, buf, used, GPA), used);
	cfg.cpus = 0;
	CHECK_EQ(acpi_build(&cfg, buf, ROOM, GPA), 0);
	cfg.cpus = ACPI_MAX_CPUS + 1;
	CHECK_EQ(acpi_build(&cfg, buf, ROOM, GPA), 0);
}

int main(int argc, char **argv)
{
	struct acpi_config cfg = { .cpus = 1, .memory_top = 512ULL << 20, .vmbus = true };

	test_tables(&cfg, ACPI_HIGH_WINDOW, NULL);
	cfg.vmbus = false;
	test_tables(&cfg, ACPI_HIGH_WINDOW, NULL);
	cfg = (struct acpi_config){ .cpus = 256, .memory_top = (1ULL << 37) + 4096, .vmbus = true };
	test_tables(&cfg, (1ULL << 37) + (1ULL << 30), NULL);
	cfg.cpus = 64;
	test_tables(&cfg, (1ULL << 37) + (1ULL << 30), argc > 1 ? argv[1] : NULL);
	test_room();
	return check_result("acpi");
}
