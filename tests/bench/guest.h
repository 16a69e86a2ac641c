/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark guest as both sides see it: its memory, ports and parameters.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#define GUEST_MEMORY	0x200000	/* bytes */

#define GUEST_CODE	0x1000
#define GUEST_GDT	0x3000
#define GUEST_TSS	0x4000
#define GUEST_PARAMS	0x5000
#define GUEST_HYPERCALL	0x6000		/* the hypercall page */
#define GUEST_MESSAGE	0x7000		/* input of HvPostMessage */
#define GUEST_STACK	0x9000		/* top */
#define GUEST_TABLES	0x10000		/* PML4, PDPT, four PDs: 4 GiB */

#define GUEST_DOORBELL	0x10000000	/* no memory there */

#define PORT_NEXT	0xf0		/* give the next parameters */
#define PORT_USER	0xf1		/* the exit to the VMM that is measured */
#define PORT_DOORBELL	0xf2		/* an eventfd in the kernel, where there is one */

/* Offsets in the page of parameters. */
#define PARAM_OP	0		/* address of the code that is measured */
#define PARAM_COUNT	8		/* how often it runs */
#define PARAM_CYCLES	16		/* out: TSC from the first to after the last */
#define PARAM_RESULT	24		/* out: RAX after the last */

#define EVENT_CONNECTION	0x2010
#define MESSAGE_CONNECTION	0x2011

#endif /* BENCH_GUEST_H */
