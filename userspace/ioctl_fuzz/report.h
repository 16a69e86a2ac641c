/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of a run, for people and for the verdict.
 */
#ifndef IOCTL_FUZZ_REPORT_H
#define IOCTL_FUZZ_REPORT_H

#include "fuzz.h"

void print_report(void);
/* Calls that never succeeded and events that never happened. */
unsigned int nr_missing(void);

#endif /* IOCTL_FUZZ_REPORT_H */
