/* SPDX-License-Identifier: GPL-2.0-only */
/* What all subcommands share: exit codes, messages, the list of subcommands. */
#ifndef HVCTL_H
#define HVCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hvctl_exit {
	HVCTL_OK	= 0,	/* the guest powered off; the command succeeded */
	HVCTL_ERROR	= 1,	/* the host or hvctl failed */
	HVCTL_USAGE	= 2,
	HVCTL_REBOOT	= 3,	/* the guest asked for a reboot */
	HVCTL_PANIC	= 4,	/* the guest reported a crash */
	HVCTL_TRIPLE	= 5,	/* triple fault */
	HVCTL_STOPPED	= 6,	/* stopped from outside: signal, hvctl stop */
	HVCTL_GONE	= 7,	/* the partition that was served has ended */
};

/* ---- main.c ---- */
/* "hvctl: " + text on stderr. @cure, if any, follows on a line of its own. */
__attribute__((format(printf, 2, 3)))
void report(const char *cure, const char *fmt, ...);

/* "64M", "2G", plain numbers times @unit; false when malformed or too large. */
bool parse_size(const char *text, uint64_t unit, uint64_t *size);
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* What opening /dev/mshv, or creating a partition, needs when it gave @err. */
const char *device_cure(int err);

/* ---- subcommands: argc and argv start at the subcommand's name ---- */
int cmd_run(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_disk(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_acpi(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif /* HVCTL_H */
