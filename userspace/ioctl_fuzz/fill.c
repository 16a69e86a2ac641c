// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls from the description of the ABI: valid arguments, then mutations, counted by
 * what came back.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mshv.h>
#include <hvabi/hvhdk.h>

#include "abi.h"

/* ---- values ---- */

uint64_t some_value(struct rng *r)
{
	static const uint64_t values[] = {
		0, 1, 2, 7, 8, 0xff, 0x100, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0xfee00000,
		0x7fffffffffff, 0x800000000000, 0xffff800000000000,
		0x7fffffffffffffff, 0x8000000000000000, ~0ULL, ~0ULL - 1,
		~0ULL - 0xfff, 1ULL << 52, (1ULL << 52) - 1, 1ULL << 40,
	};

	switch (below(r, 4)) {
	case 0:
		return rng_next(r);
	case 1:
		return 1ULL << below(r, 64);
	default:
		return values[below(r, ARRAY_SIZE(values))];
	}
}

/* First and number of registers of a kind. */
static const struct {
	uint32_t first, nr;
} registers[] = {
	{ 0x00000, 5 }, { 0x10002, 5 }, { 0x20000, 18 }, { 0x30000, 26 },
	{ 0x40000, 6 }, { 0x41000, 4 }, { 0x50000, 6 }, { 0x60000, 8 },
	{ 0x70000, 2 }, { 0x80000, 15 }, { 0x80010, 8 }, { 0x80040, 8 },
	{ 0x80070, 14 }, { 0x80084, 21 }, { 0x800a0, 1 }, { 0x84802, 1 },
	{ 0x90001, 4 }, { 0x90013, 5 }, { 0xa0000, 21 }, { 0xb0000, 8 },
};

uint32_t some_register(struct rng *r)
{
	unsigned int i = below(r, ARRAY_SIZE(registers));

	return registers[i].first + below(r, registers[i].nr);
}

static uint32_t some_leaf(struct rng *r)
{
	static const uint32_t leaves[] = {
		0, 1, 4, 6, 7, 0xb, 0xd, 0x15, 0x40000000, 0x40000001, 0x40000003,
		0x40000004, 0x40000005, 0x40000006, 0x40000080, 0x80000000,
		0x80000001, 0x80000007, 0x80000008, 0x8000001d, 0xc0000000,
	};

	return one_in(r, 8) ? rng_next(r) : leaves[below(r, ARRAY_SIZE(leaves))];
}

static uint32_t some_vp(struct rng *r)
{
	return one_in(r, 16) ? below(r, 300) : below(r, 4);
}

static uint64_t some_gpa(struct rng *r)
{
	switch (below(r, 8)) {
	case 0:
		return 0xfee00000 + below(r, PAGE);
	case 1:
		return 0x10000000 + below(r, 16) * 4;
	case 2:
		return 0x1000000 + below(r, 0x1000000);
	case 3:
		return some_value(r);
	default:
		return below(r, ARENA_SIZE);
	}
}

static uint64_t value_of(struct rng *r, const struct field *f)
{
	switch ((enum what)f->what) {
	case W_ZERO:
		return 0;
	case W_BITS:	/* few of them */
		return rng_next(r) & rng_next(r) & f->arg;
	case W_BELOW:
		return below(r, f->arg);
	case W_VALUE:
		return f->arg;
	case W_ANY:
		return some_value(r);
	case W_VP:
		return some_vp(r);
	case W_GPA:
		return some_gpa(r);
	case W_GFN:
		return some_gpa(r) / PAGE;
	case W_ADDRESS:
		return (uintptr_t)pick_address(r, f->arg) & ~(PAGE - 1);
	case W_EVENT:
		return (uint32_t)pick_fd(r, K_EVENT);
	case W_OTHER_EVENT:
		return (uint32_t)(one_in(r, 4) ? -1 : pick_fd(r, K_EVENT));
	case W_PARTITION:
		return (uint32_t)pick_fd(r, K_PT);
	case W_PROPERTY:
		return abi_properties[below(r, nr_abi_properties)];
	case W_REGISTER:
		return some_register(r);
	case W_LEAF:
		return some_leaf(r);
	case W_SINT:	/* the guests open 2 and 3 */
		return one_in(r, 4) ? below(r, 17) : 2 + below(r, 2);
	}
	return 0;
}

static void fill(struct rng *r, uint8_t *to, const struct field *fields)
{
	unsigned int i;
	uint64_t val;

	for (i = 0; i < MAX_FIELDS && fields[i].width; i++) {
		val = value_of(r, &fields[i]);
		memcpy(to + fields[i].offset, &val, fields[i].width);
	}
}

/* ---- mutations ---- */

static void mutate(struct rng *r, uint8_t *arg, size_t size,
		   const struct field *fields)
{
	const struct field *f = &fields[below(r, MAX_FIELDS)];
	uint64_t val = some_value(r);

	if (!size)
		return;
	switch (below(r, 4)) {
	case 0:
		arg[below(r, size)] ^= 1 << below(r, 8);
		break;
	case 1:
		arg[below(r, size)] = val;
		break;
	default:
		if (f->width && f->offset + f->width <= size)
			memcpy(arg + f->offset, &val, f->width);
	}
}

static bool wants_mutation(struct rng *r)
{
	return one_in(r, 5);
}

/* The kernel reads the argument from here: own memory as a rule, else memory that
 * others write, move and protect meanwhile.
 */
static void *place(struct rng *r, uint8_t *arg, size_t size)
{
	void *other;

	if (!one_in(r, 24))
		return arg;
	if (one_in(r, 8))
		return (void *)(uintptr_t)some_value(r);
	other = pick_address(r, size);
	scribble(other, arg, size);
	return other;
}

/* ---- counting ---- */

unsigned int nr_rows(void)
{
	return nr_abi_rows + nr_abi_calls;
}

const char *row_name(unsigned int row)
{
	return row < nr_abi_rows ? abi_rows[row].name :
				   abi_calls[row - nr_abi_rows].name;
}

unsigned int row_of(unsigned long cmd)
{
	unsigned int i;

	for (i = 0; i < nr_abi_rows - 1; i++)
		if (abi_rows[i].cmd == cmd)
			break;
	return i;
}

unsigned int row_of_call(uint16_t code)
{
	unsigned int i;

	for (i = 0; i < nr_abi_calls - 1; i++)
		if (abi_calls[i].code == code)
			break;
	return nr_abi_rows + i;
}

long counted_ioctl(unsigned int row, int fd, unsigned long cmd, void *arg)
{
	struct row_count *c = &stats->row[row];
	long ret = ioctl(fd, cmd, arg);

	if (ret < 0)
		ret = -errno;
	atomic_fetch_add(&c->calls, 1);
	if (ret >= 0)
		atomic_fetch_add(&c->good, 1);
	else if (-ret < NR_ERRNO)
		atomic_fetch_add(&c->by_errno[-ret], 1);
	return ret;
}

/* ---- calls ---- */

/* Enormous regions are legal, and cost memory when accesses are tracked: the host of
 * the test has not got that much.
 */
static void bound_memory(uint8_t *arg)
{
	struct mshv_user_mem_region *m = (void *)arg;

	if (m->size > 1ULL << 36 && m->size < 1ULL << 48)
		m->size = 1ULL << 36;
}

static void call_row(struct rng *r, unsigned int n)
{
	uint8_t arg[MAX_ARGUMENT] __attribute__((aligned(16))) = { 0 };
	const struct abi_row *row = &abi_rows[n];
	size_t size = row->size;
	enum fd_kind on = row->on;
	long ret;

	fill(r, arg, row->fields);
	if (row->finish)
		size = row->finish(r, arg);
	if (wants_mutation(r))
		mutate(r, arg, size, row->fields);
	if (row->cmd == MSHV_SET_GUEST_MEMORY)
		bound_memory(arg);
	if (one_in(r, 64))
		on = below(r, K_NR);
	ret = counted_ioctl(n, pick_fd(r, on), row->cmd, place(r, arg, size));
	if (ret >= 0 && row->makes >= 0 && on == row->on)
		adopt_fd(r, row->makes, ret);
}

/* Values that registers take; the rest comes from some_value(). */
static void plausible_register(struct rng *r, struct hv_register_assoc *e)
{
	static const struct {
		uint32_t name;
		uint64_t val[4];
	} good[] = {
		{ HV_REG_CR0, { 0x80000033, 0x33, 0x60000010, 0x80050033 } },
		{ HV_REG_CR4, { 0x20, 0x620, 0x6a0, 0 } },
		{ HV_REG_EFER, { 0, 0x500, 0xd01, 0x100 } },
		{ HV_REG_CR3, { 0x10000, 0x11000, 0, 0x7ff000 } },
		{ HV_REG_RFLAGS, { 2, 0x202, 0x302, 0x20002 } },
		{ HV_REG_RIP, { 0x1000, 0xfff0, 0x1004, 0x200000 } },
		{ HV_REG_APIC_BASE, { 0xfee00900, 0xfee00d00, 0xfee00000, 0xfee00800 } },
		{ HV_REG_INTERNAL_ACTIVITY, { 0, 1, 2, 4 } },
		{ HV_REG_DELIVERABILITY, { 0, 0x10000, 0x40000, 0xffff0000 } },
		{ HV_REG_PENDING_INTERRUPTION, { 0, 0x300001, 0xe0d0b07, 1 } },
		{ HV_REG_INTERRUPT_STATE, { 0, 1, 2, 3 } },
		{ HV_REG_SIMP, { 0x7001, 0x7000, 0x9001, 0x10000001 } },
		{ HV_REG_SIEFP, { 0x8001, 0x8000, 0x7001, 0x10000001 } },
		{ HV_REG_SCONTROL, { 1, 0, 1, 1 } },
		{ HV_REG_VP_ASSIST_PAGE, { 0xa001, 0, 0xb001, 0x10000001 } },
		{ HV_REG_REFERENCE_TSC, { 0xc001, 0, 0xd001, 0x10000001 } },
		{ HV_REG_HYPERCALL, { 0x9001, 0x9000, 0xe001, 0x10000001 } },
		{ HV_REG_GUEST_OS_ID, { 0x8100000000000000, 0, 1, 0x8100000000000000 } },
	};
	unsigned int i = below(r, ARRAY_SIZE(good));

	if (one_in(r, 2))
		return;
	e->name = good[i].name;
	e->value.low = good[i].val[below(r, 4)];
	e->value.high = 0;
}

static void call_hvcall(struct rng *r, unsigned int n)
{
	uint8_t in[MAX_ARGUMENT] __attribute__((aligned(16))) = { 0 };
	const struct abi_call *c = &abi_calls[n];
	uint8_t out[MAX_ARGUMENT] __attribute__((aligned(16)));
	static const enum fd_kind fds[] = { K_PT, K_VP, K_PT, K_DEV };
	unsigned int i, reps = 0, size = c->size;
	static const struct field envelope[MAX_FIELDS] = {
		{ 0, 2 }, { 2, 2 }, { 4, 2 }, { 6, 2 }, { 8, 2 }, { 10, 4 },
		{ 16, 8 }, { 24, 8 },
	};
	struct mshv_root_hvcall args;

	fill(r, in, c->fields);
	if (c->rep_size)
		reps = 1 + below(r, one_in(r, 8) ? 120 : 4);
	for (i = 0; i < reps; i++, size += c->rep_size) {
		fill(r, in + size, c->rep);
		if (c->code == HV_CALL_SET_VP_REGISTERS)
			plausible_register(r, (void *)(in + size));
	}
	if (wants_mutation(r))
		mutate(r, in, size, c->fields);
	args = (struct mshv_root_hvcall){
		.code = c->code,
		.reps = reps,
		.in_sz = size,
		.out_sz = c->out + reps * c->rep_out,
		.in_ptr = (uintptr_t)place(r, in, size),
	};
	if (args.out_sz)
		args.out_ptr = (uintptr_t)(one_in(r, 32) ?
					   pick_address(r, args.out_sz) : out);
	if (wants_mutation(r))
		mutate(r, (uint8_t *)&args, sizeof(args), envelope);
	counted_ioctl(nr_abi_rows + n,
		      pick_fd(r, fds[below(r, c->on_device ? 4 : 3)]),
		      MSHV_ROOT_HVCALL, place(r, (uint8_t *)&args, sizeof(args)));
}

void ioctl_some(struct rng *r)
{
	unsigned int i, total = 0, at;

	for (i = 0; i < nr_abi_rows; i++)
		total += abi_rows[i].weight;
	for (i = 0; i < nr_abi_calls; i++)
		total += abi_calls[i].weight;
	at = below(r, total);
	for (i = 0; i < nr_abi_rows; i++) {
		if (at < abi_rows[i].weight) {
			if (abi_rows[i].apart)
				run_some(r);
			else
				call_row(r, i);
			return;
		}
		at -= abi_rows[i].weight;
	}
	for (i = 0; i < nr_abi_calls - 1; i++) {
		if (at < abi_calls[i].weight)
			break;
		at -= abi_calls[i].weight;
	}
	call_hvcall(r, i);
}
