// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a run has covered, and whether that is enough: a fuzzer that reaches nothing
 * finds nothing.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

/* Those with a star need not happen, those with a plus only when random guests run. */
static const char *const event_names[EV_NR] = {
	[EV_MMAP]		= "page of a VP mapped",
	[EV_POLL]		= "channel ready in poll",
	[EV_READ_CHAN]		= "frame read",
	[EV_WRITE_CHAN]		= "frame written",
	[EV_CLOSE]		= "descriptor closed",
	[EV_DUP]		= "descriptor duplicated",
	[EV_FORK]		= "process forked",
	[EV_EVENTFD]		= "eventfd used",
	[EV_DEBUGFS]		= "debugfs read",
	[EV_UNMAP]		= "memory unmapped",
	[EV_MAP]		= "memory replaced",
	[EV_MOVE]		= "memory moved",
	[EV_ADVISE]		= "memory advised",
	[EV_DONTNEED]		= "memory dropped",
	[EV_PROTECT]		= "memory protected",
	[EV_COLLAPSE]		= "*huge page made",
	[EV_PUNCH]		= "file punched or cut",
	[EV_SCRIBBLE]		= "memory written",
	[EV_MSG_IO]		= "+exit: port",
	[EV_MSG_UNMAPPED]	= "+exit: unmapped GPA",
	[EV_MSG_GPA]		= "+exit: GPA intercept",
	[EV_MSG_TRIPLE]		= "+exit: triple fault",
	[EV_MSG_BAD_STATE]	= "*exit: invalid register",
	[EV_MSG_HYPERCALL]	= "*exit: hypercall",
	[EV_MSG_EOI]		= "*exit: end of interrupt",
	[EV_MSG_OTHER]		= "*exit: other",
	[EV_GUEST_POST]		= "guest posted a message",
	[EV_GUEST_SIGNAL]	= "guest signalled an event",
	[EV_BUS_CONNECTED]	= "bus connected",
	[EV_CHAN_OPEN]		= "channel opened",
	[EV_FRAME_PACKET]	= "frame: packet",
	[EV_FRAME_OPEN]		= "frame: open",
	[EV_FRAME_CLOSED]	= "frame: closed",
	[EV_ROUND]		= "round ended",
	[EV_KILLED]		= "round killed",
};

static bool is_missing(enum event e)
{
	char mark = event_names[e][0];

	return mark != '*' && !(mark == '+' && still_guests) && !stats->event[e];
}

static const char *event_name(enum event e)
{
	return event_names[e] + strspn(event_names[e], "*+");
}

static bool row_missing(unsigned int row)
{
	return !stats->row[row].good;
}

unsigned int nr_missing(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr_rows(); i++)
		n += row_missing(i);
	for (i = 0; i < EV_NR; i++)
		n += is_missing(i);
	return n;
}

static void print_row(unsigned int row)
{
	const struct row_count *c = &stats->row[row];
	unsigned int i;

	printf("%-36s %9lu %9lu ", row_name(row), (unsigned long)c->calls,
	       (unsigned long)c->good);
	for (i = 0; i < NR_ERRNO; i++)
		if (c->by_errno[i])
			printf(" %s %lu", strerrorname_np(i),
			       (unsigned long)c->by_errno[i]);
	printf("%s\n", row_missing(row) ? "  <- never succeeded" : "");
}

void print_report(void)
{
	unsigned int i;

	printf("%-36s %9s %9s  errors\n", "call", "calls", "good");
	for (i = 0; i < nr_rows(); i++)
		print_row(i);
	for (i = 0; i < EV_NR; i++)
		printf("%-36s %9lu%s\n", event_name(i),
		       (unsigned long)stats->event[i],
		       is_missing(i) ? "  <- never happened" : "");
	fflush(stdout);
}
