// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPs that came to their end, and run again after their VMM has reset them.
 */
#include "selftest.h"

#define MEM_SIZE	0x10000UL
#define CODE_AT		0x1000
#define PORT		0x80
/* RUN_VP ends by itself now and then; only a failure lasts so many turns. */
#define MANY_TURNS	200

static const uint8_t good_code[] = { 0xb0, 0x5a, 0xe6, PORT, 0xf4 }; /* out; hlt */
static const uint8_t ud_code[] = { 0x0f, 0x0b };

static long run(struct machine *m, struct message *msg)
{
	long ret = -EINTR;
	int i;

	for (i = 0; i < MANY_TURNS && ret == -EINTR; i++)
		ret = call(m->vp[0], MSHV_RUN_VP, msg);
	return ret;
}

/* What VMMs write when they reset a machine: RESET's values. */
static void power_on(struct machine *m)
{
	const struct hv_segment_register cs = {
		.base = 0xffff0000, .limit = 0xffff, .selector = 0xf000,
		.attributes = 0x9b,
	};

	set_reg(m->pt, 0, HV_REG_CR0, 0x60000010);
	set_reg128(m->pt, 0, HV_REG_IDTR, 0xffffULL << 48, 0);
	set_segment(m->pt, 0, HV_REG_CS, &cs);
	set_reg(m->pt, 0, HV_REG_RFLAGS, 2);
	set_reg(m->pt, 0, HV_REG_RIP, 0xfff0);
}

static void place(struct machine *m, const uint8_t *code, size_t size)
{
	const struct hv_segment_register cs = { .limit = 0xffff, .attributes = 0x9b };

	memcpy(m->mem + CODE_AT, code, size);
	set_segment(m->pt, 0, HV_REG_CS, &cs);
	set_reg(m->pt, 0, HV_REG_RIP, CODE_AT);
}

static void runs_again(struct machine *m, const char *name)
{
	struct message msg = { 0 };
	const struct hv_io_message *io = (void *)msg.payload;
	long ret;

	power_on(m);
	place(m, good_code, sizeof(good_code));
	ret = run(m, &msg);
	tap(!ret && msg.type == MSG_IO && io->port == PORT, name,
	    "%s, message %#x", result_name(ret), msg.type);
}

/* The instruction pointer reaches beyond what 16-bit code has: some CPUs refuse to
 * enter, others fetch from there. It is the VP's first entry at all.
 */
static void test_refused(void)
{
	struct message msg = { 0 };
	struct machine m;

	make_machine(&m, MEM_SIZE, 1);
	place(&m, good_code, sizeof(good_code));
	set_reg(m.pt, 0, HV_REG_RIP, 1ULL << 40);
	expect("a state that is refused ends RUN_VP", run(&m, &msg), 0);
	runs_again(&m, "... and the VP runs after a reset");
	drop_machine(&m);
}

static void test_triple_fault(void)
{
	struct message msg = { 0 };
	struct machine m;

	make_machine(&m, MEM_SIZE, 1);
	place(&m, ud_code, sizeof(ud_code));
	set_reg128(m.pt, 0, HV_REG_IDTR, 0, 0);
	expect("a triple fault ends RUN_VP", run(&m, &msg), 0);
	tap(msg.type == MSG_TRIPLE_FAULT, "... with its message", "message %#x",
	    msg.type);
	runs_again(&m, "... and the VP runs after a reset");
	drop_machine(&m);
}

int main(void)
{
	test_refused();
	test_triple_fault();
	return tap_end();
}
