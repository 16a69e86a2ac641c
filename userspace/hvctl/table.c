// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl acpi: the ACPI table that shows a guest of another VMM its VMBus.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "acpi.h"
#include "hvctl.h"

static const char usage_text[] =
"usage: hvctl acpi [--output FILE]\n"
"\n"
"Writes the table (SSDT) with the VMBus device, for VMMs that do not describe it:\n"
"  hvctl acpi --output vmbus.aml\n"
"  qemu-system-x86_64 -accel mshv -acpitable file=vmbus.aml ...\n"
"\n"
"  --output FILE  where to; standard output without, unless that is a terminal\n";

static int write_table(FILE *f, const char *name)
{
	bool failed = fwrite(acpi_vmbus, acpi_vmbus_size, 1, f) != 1;

	if (fflush(f) || failed) {
		report(NULL, "%s: %s", name, strerror(errno));
		return HVCTL_ERROR;
	}
	return HVCTL_OK;
}

int cmd_acpi(int argc, char **argv)
{
	const char *path = NULL;
	FILE *f;
	int ret;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage_text, stdout);
		return HVCTL_OK;
	}
	if (argc == 3 && !strcmp(argv[1], "--output") && *argv[2])
		path = argv[2];
	if (argc > 1 && !path) {
		report("hvctl acpi --help", "unexpected argument '%s'", argv[1]);
		return HVCTL_USAGE;
	}
	if (!path && isatty(STDOUT_FILENO)) {
		report("use --output FILE", "the table is binary");
		return HVCTL_USAGE;
	}
	if (!path)
		return write_table(stdout, "standard output");
	f = fopen(path, "we");
	if (!f) {
		report(NULL, "%s: %s", path, strerror(errno));
		return HVCTL_ERROR;
	}
	ret = write_table(f, path);
	if (fclose(f) && ret == HVCTL_OK) {
		report(NULL, "%s: %s", path, strerror(errno));
		ret = HVCTL_ERROR;
	}
	return ret;
}
