/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests: where things lie in their memory, and how they are run.
 */
#ifndef IOCTL_FUZZ_GUEST_H
#define IOCTL_FUZZ_GUEST_H

#include "fuzz.h"

#define G_IDT		0x2000
#define G_GDT		0x3000
#define G_STACK		0x4ff0
#define G_WRMSR		0x5000		/* the bus guest's two programs */
#define G_CALL		0x5010
#define G_INPUT		0x6000		/* of hypercalls */
#define G_SIMP		0x7000
#define G_SIEFP		0x8000
#define G_CALL_PAGE	0x9000
#define G_HANDLER	0xe000		/* of every vector */
#define G_TABLES	0x10000		/* PML4, PDPT, four PDs, */
#define G_LOW_TABLE	0x16000		/* one PT */
#define G_PROGRAM	0x20000		/* one page for each VP */
#define G_RING		0x100000

/* Intercept messages */
#define MSG_UNMAPPED	0x80000000U
#define MSG_GPA		0x80000001U
#define MSG_BAD_STATE	0x80000020U
#define MSG_TRIPLE	0x80000021U
#define MSG_HYPERCALL	0x80000050U
#define MSG_IO		0x80010000U
#define MSG_EOI		0x80010004U

struct reg_list {
	struct {
		uint32_t name, zero0;
		uint64_t zero1;
		uint64_t low, high;
	} reg[32];
	unsigned int nr;
};

static inline void add_reg(struct reg_list *l, uint32_t name, uint64_t low,
			   uint64_t high)
{
	l->reg[l->nr].name = name;
	l->reg[l->nr].low = low;
	l->reg[l->nr++].high = high;
}

long set_registers(int fd, uint32_t vp, const struct reg_list *list);
long get_register(int fd, uint32_t vp, uint32_t name, uint64_t *val);
void add_long_mode(struct reg_list *l);

/* program.c: code that does what guests do, and what they should not. */
size_t make_program(struct rng *r, uint8_t *to, size_t room);
size_t make_handler(struct rng *r, uint8_t *to);

#endif /* IOCTL_FUZZ_GUEST_H */
