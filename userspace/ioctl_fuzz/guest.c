// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that run: their memory, their registers, MSHV_RUN_VP and what comes of it.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mshv.h>
#include <hvabi/hvhdk.h>

#include "guest.h"

/* ---- registers ---- */

long set_registers(int fd, uint32_t vp, const struct reg_list *list)
{
	struct {
		struct hv_in_set_registers head;
		uint8_t reg[sizeof(list->reg)];
	} in = { .head.vp_index = vp };
	struct mshv_root_hvcall args = {
		.code = HV_CALL_SET_VP_REGISTERS,
		.reps = list->nr,
		.in_sz = sizeof(in.head) + list->nr * sizeof(list->reg[0]),
		.in_ptr = (uintptr_t)&in,
	};

	memcpy(in.reg, list->reg, list->nr * sizeof(list->reg[0]));
	return counted_ioctl(row_of_call(HV_CALL_SET_VP_REGISTERS), fd,
			     MSHV_ROOT_HVCALL, &args);
}

long get_register(int fd, uint32_t vp, uint32_t name, uint64_t *val)
{
	struct {
		struct hv_in_get_registers head;
		uint32_t name;
	} in = { .head.vp_index = vp, .name = name };
	uint64_t out[2] = { 0 };
	struct mshv_root_hvcall args = {
		.code = HV_CALL_GET_VP_REGISTERS,
		.reps = 1,
		.in_sz = sizeof(in.head) + sizeof(in.name),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)out,
	};
	long ret = counted_ioctl(row_of_call(HV_CALL_GET_VP_REGISTERS), fd,
				 MSHV_ROOT_HVCALL, &args);

	*val = out[0];
	return ret;
}

#define SEGMENT(limit, selector, attributes)				\
	((uint64_t)(attributes) << 48 | (uint64_t)(selector) << 32 | (uint32_t)(limit))

void add_long_mode(struct reg_list *l)
{
	add_reg(l, HV_REG_CS, 0, SEGMENT(~0U, 0x08, 0xa09b));
	add_reg(l, HV_REG_DS, 0, SEGMENT(~0U, 0x10, 0xc093));
	add_reg(l, HV_REG_ES, 0, SEGMENT(~0U, 0x10, 0xc093));
	add_reg(l, HV_REG_SS, 0, SEGMENT(~0U, 0x10, 0xc093));
	add_reg(l, HV_REG_TR, 0, SEGMENT(0x67, 0, 0x8b));
	add_reg(l, HV_REG_IDTR, 0xfffULL << 48, G_IDT);
	add_reg(l, HV_REG_GDTR, 0x17ULL << 48, G_GDT);
	add_reg(l, HV_REG_CR3, G_TABLES, 0);
	add_reg(l, HV_REG_CR4, 0x620, 0);
	add_reg(l, HV_REG_EFER, 0xd00, 0);
	add_reg(l, HV_REG_CR0, 0x80000033, 0);
	add_reg(l, HV_REG_RSP, G_STACK, 0);
	add_reg(l, HV_REG_RFLAGS, 2, 0);
}

static void add_real_mode(struct reg_list *l)
{
	add_reg(l, HV_REG_CR0, 0x60000010, 0);
	add_reg(l, HV_REG_EFER, 0, 0);
	add_reg(l, HV_REG_CR4, 0, 0);
	add_reg(l, HV_REG_CS, 0, SEGMENT(0xffff, 0, 0x9b));
	add_reg(l, HV_REG_DS, 0, SEGMENT(0xffff, 0, 0x93));
	add_reg(l, HV_REG_SS, 0, SEGMENT(0xffff, 0, 0x93));
	add_reg(l, HV_REG_IDTR, 0x3ffULL << 48, 0);
	add_reg(l, HV_REG_RSP, 0xf00, 0);
	add_reg(l, HV_REG_RFLAGS, 2, 0);
}

/* ---- memory ---- */

#define NO_EXECUTE	(1ULL << 63)

/* The first 2 MiB, and no code in the tables: QEMU 11.1 locks the page whose code it
 * translates, and again when it walks a table there on the way to the next page; it
 * waits for itself.
 */
static void fill_low_table(uint8_t *mem)
{
	uint64_t table[512], gpa;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		gpa = (uint64_t)i * PAGE;
		table[i] = gpa | 7;
		if (gpa >= G_TABLES && gpa <= G_LOW_TABLE)
			table[i] |= NO_EXECUTE;
	}
	scribble(mem + G_LOW_TABLE, table, sizeof(table));
}

static void fill_tables(uint8_t *mem)
{
	uint64_t gdt[3] = { 0, 0x00af9b000000ffffULL, 0x00cf93000000ffffULL };
	uint64_t table[512] = { 0 };
	unsigned int i, j;

	scribble(mem + G_GDT, gdt, sizeof(gdt));
	for (i = 0; i < 256; i++) {
		table[2 * i] = (G_HANDLER & 0xffff) | 0x08ULL << 16 | 0x8eULL << 40;
		table[2 * i + 1] = 0;
	}
	scribble(mem + G_IDT, table, sizeof(table));
	memset(table, 0, sizeof(table));
	table[0] = (G_TABLES + 0x1000) | 7;
	scribble(mem + G_TABLES, table, sizeof(table));
	for (i = 0; i < 4; i++)
		table[i] = (G_TABLES + 0x2000 + i * PAGE) | 7;
	scribble(mem + G_TABLES + 0x1000, table, sizeof(table));
	for (j = 0; j < 4; j++) {
		for (i = 0; i < 512; i++)
			table[i] = (uint64_t)(j * 512 + i) << 21 | 0x87;
		if (!j)
			table[0] = G_LOW_TABLE | 7;
		scribble(mem + G_TABLES + 0x2000 + j * PAGE, table, sizeof(table));
	}
	fill_low_table(mem);
}

/* What hypercalls read: small numbers, so that some are accepted. */
static void fill_input(struct rng *r, uint8_t *mem)
{
	uint64_t words[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = one_in(r, 4) ? some_value(r) :
			   one_in(r, 2) ? below(r, 8) : below(r, 8) | 1ULL << 32;
	scribble(mem + G_INPUT, words, sizeof(words));
}

static void fill_program(struct rng *r, uint8_t *mem, uint32_t vp)
{
	uint8_t code[2048];
	size_t n = make_program(r, code, sizeof(code));

	scribble(mem + G_PROGRAM + (vp % 4) * PAGE, code, n);
}

void fill_ram(struct rng *r, uint8_t *mem)
{
	static const uint8_t code_wrmsr[] = { 0x0f, 0x30, 0xe6, 0x80 };
	static const uint8_t code_call[] = { 0xff, 0xd3, 0xe6, 0x80 };
	uint8_t handler[128];
	unsigned int i;

	fill_tables(mem);
	scribble(mem + G_WRMSR, code_wrmsr, sizeof(code_wrmsr));
	scribble(mem + G_CALL, code_call, sizeof(code_call));
	scribble(mem + G_HANDLER, handler, make_handler(r, handler));
	fill_input(r, mem);
	for (i = 0; i < 4; i++)
		fill_program(r, mem, i);
}

/* ---- running ---- */

void start_guest(struct rng *r, int fd, uint32_t vp, uint8_t *mem)
{
	struct reg_list l = { .nr = 0 };

	if (one_in(r, 6))
		fill_ram(r, mem);
	fill_program(r, mem, vp);
	fill_input(r, mem);
	add_reg(&l, HV_REG_INTERNAL_ACTIVITY, 0, 0);
	if (one_in(r, 12)) {
		add_real_mode(&l);
		add_reg(&l, HV_REG_RIP, 0x1000, 0);
	} else {
		add_long_mode(&l);
		add_reg(&l, HV_REG_RIP, G_PROGRAM + (vp % 4) * PAGE, 0);
	}
	if (one_in(r, 2)) {
		add_reg(&l, HV_REG_GUEST_OS_ID, 0x8100000000000000, 0);
		add_reg(&l, HV_REG_HYPERCALL, G_CALL_PAGE | 1, 0);
		add_reg(&l, HV_REG_SIMP, G_SIMP | 1, 0);
		add_reg(&l, HV_REG_SIEFP, G_SIEFP | 1, 0);
		add_reg(&l, HV_REG_SCONTROL, 1, 0);
		add_reg(&l, HV_REG_SINT0 + 2, 0x20000 | 0xf3, 0);
		add_reg(&l, HV_REG_SINT0 + 3, 0x40, 0);
	}
	set_registers(fd, vp, &l);
}

static enum event event_of(uint32_t type)
{
	switch (type) {
	case MSG_IO:
		return EV_MSG_IO;
	case MSG_UNMAPPED:
		return EV_MSG_UNMAPPED;
	case MSG_GPA:
		return EV_MSG_GPA;
	case MSG_TRIPLE:
		return EV_MSG_TRIPLE;
	case MSG_BAD_STATE:
		return EV_MSG_BAD_STATE;
	case MSG_HYPERCALL:
		return EV_MSG_HYPERCALL;
	case MSG_EOI:
		return EV_MSG_EOI;
	default:
		return EV_MSG_OTHER;
	}
}

/* Go on after @msg, more or less as a VMM would. False: start anew. */
static bool carry_on(struct rng *r, int fd, const uint8_t *msg)
{
	const struct hv_intercept_header *h = (const void *)(msg + 16);
	unsigned int len = h->length_cr8 & 0xf;
	struct reg_list l = { .nr = 0 };
	uint32_t type;

	memcpy(&type, msg, sizeof(type));
	count_event(event_of(type));
	if (type == MSG_EOI)
		return true;
	if (type != MSG_IO && type != MSG_UNMAPPED && type != MSG_GPA &&
	    type != MSG_HYPERCALL)
		return false;
	if (one_in(r, 16))
		return true;	/* the same again */
	/* Memory messages give no length: guess. */
	add_reg(&l, HV_REG_RIP, h->rip + (len ? len : 2 + below(r, 3)), 0);
	if (one_in(r, 2))
		add_reg(&l, HV_REG_RAX, some_value(r), 0);
	set_registers(fd, h->vp_index, &l);
	return true;
}

void run_some(struct rng *r)
{
	uint8_t own[256], *msg = own;
	unsigned int slot = below(r, 6);
	unsigned int i, n = 1 + below(r, 10), idle = 0;
	int fd = world.fd[K_VP][slot];
	long ret;

	if (fd < 0)
		fd = pick_fd(r, K_VP);
	if (one_in(r, 64) && !still_guests)
		fd = world.fd[K_VP][BUS_VP];
	if (one_in(r, 2))
		start_guest(r, fd, slot & 3, world.arena[ARENA_RAM]);
	if (still_guests)
		return;
	/* A VP that sleeps is left alone soon. */
	for (i = 0; i < n && idle < 2; i++) {
		if (one_in(r, 64))
			msg = pick_address(r, sizeof(own));
		ret = counted_ioctl(row_of(MSHV_RUN_VP), fd, MSHV_RUN_VP, msg);
		idle = ret == -EINTR ? idle + 1 : 0;
		if (idle)
			continue;
		if (ret || msg != own || !carry_on(r, fd, own))
			break;
	}
}
