// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl: the subcommands by name, and what they share.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hvroot.h>
#include "hvctl.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} commands[] = {
	{ "run", cmd_run, "start a virtual machine and stay until it ends" },
	{ "list", cmd_list, "show running machines and partitions" },
	{ "top", cmd_top, "show what they do, as it happens" },
	{ "stop", cmd_stop, "stop a machine" },
	{ "attach", cmd_attach, "serve disks to a partition of any VMM" },
	{ "acpi", cmd_acpi, "write the ACPI table that such a VMM's guest needs" },
	{ "disk", cmd_disk, "create disk images, or show what is in one" },
	{ "doctor", cmd_doctor, "check what this host needs, and name the cure" },
	{ "version", cmd_version, "show versions" },
};

void report(const char *cure, const char *fmt, ...)
{
	va_list ap;

	/* The terminal may be raw: return the carriage by hand. */
	flockfile(stderr);
	fputs("hvctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\r\n", stderr);
	if (cure && *cure)
		fprintf(stderr, "hvctl: cure: %s\r\n", cure);
	funlockfile(stderr);
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	if (*text < '0' || *text > '9')
		return false;
	*value = strtoull(text, &end, 0);
	return !errno && !*end && *value >= min && *value <= max;
}

bool parse_size(const char *text, uint64_t unit, uint64_t *size)
{
	uint64_t value;
	char *end;

	errno = 0;
	if (*text < '0' || *text > '9')
		return false;
	value = strtoull(text, &end, 10);
	switch (*end) {
	case 'k': case 'K':
		unit = 1ULL << 10;
		end++;
		break;
	case 'm': case 'M':
		unit = 1ULL << 20;
		end++;
		break;
	case 'g': case 'G':
		unit = 1ULL << 30;
		end++;
		break;
	case 't': case 'T':
		unit = 1ULL << 40;
		end++;
		break;
	}
	if (errno || *end || __builtin_mul_overflow(value, unit, size))
		return false;
	return *size <= INT64_MAX;
}

const char *device_cure(int err)
{
	switch (-err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "load the module: modprobe hvroot; if it refuses, its reason is in dmesg";
	case EACCES:
	case EPERM:
		return "run as root, or join the device's group: usermod -aG hyperv USER";
	case EBUSY:
		return "end the other hypervisor's guests, then: modprobe -r kvm_amd kvm_intel kvm";
	case ENOMEM:
		return "free memory on the host";
	default:
		return "hvctl doctor shows what is missing";
	}
}

int cmd_version(int argc, char **argv)
{
	__u32 ext = 0;
	int dev;

	if (argc > 1) {
		bool help = !strcmp(argv[1], "--help");

		fprintf(help ? stdout : stderr, "usage: hvctl version\n");
		return help ? HVCTL_OK : HVCTL_USAGE;
	}
	printf("hvctl %s\n", HVROOT_VERSION);
	printf("libhvroot %s\n", hvroot_version());
	dev = hvroot_open();
	if (dev < 0)
		printf("module: not reachable (%s)\n", strerror(-dev));
	else if (hvroot_ext_version(dev, &ext))
		printf("module: another implementation of %s\n", HVROOT_DEVICE);
	else
		printf("module: hvroot, extensions version %u\n", ext);
	return HVCTL_OK;
}

static void print_usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: hvctl COMMAND [OPTIONS]\n\ncommands:\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].text);
	fprintf(to, "\nhvctl COMMAND --help shows the options. Manual: man hvctl\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_usage(stderr);
		return HVCTL_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return HVCTL_OK;
	}
	if (!strcmp(argv[1], "--version"))
		return cmd_version(1, argv + 1);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	report("hvctl --help lists the commands", "unknown command '%s'", argv[1]);
	return HVCTL_USAGE;
}
