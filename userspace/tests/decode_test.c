// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the MOV decoder: a table of instructions, then every prefix of each,
 * and bytes at random.
 */
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../hvctl/decode.h"

struct row {
	uint8_t bytes[15];
	uint8_t count;
	enum decode_mode mode;
	uint8_t size, reg_size, reg;
	bool write, sign, high, immediate;
	uint64_t value;
};

static const struct row rows[] = {
	/* mov (%rax),%eax; mov %ecx,(%rdx); mov 0x10(%rbx),%r9d; mov %r8,(%rsp) */
	{ { 0x8b, 0x00 }, 2, DECODE_64, 4, 4, 0, 0, 0, 0, 0, 0 },
	{ { 0x89, 0x0a }, 2, DECODE_64, 4, 4, 1, 1, 0, 0, 0, 0 },
	{ { 0x44, 0x8b, 0x4b, 0x10 }, 4, DECODE_64, 4, 4, 9, 0, 0, 0, 0, 0 },
	{ { 0x4c, 0x89, 0x04, 0x24 }, 4, DECODE_64, 8, 8, 8, 1, 0, 0, 0, 0 },
	/* mov 0x100(%rip),%edx; mov 0x1000(,%rax,4),%esi */
	{ { 0x8b, 0x15, 0, 1, 0, 0 }, 6, DECODE_64, 4, 4, 2, 0, 0, 0, 0, 0 },
	{ { 0x8b, 0x34, 0x85, 0, 0x10, 0, 0 }, 7, DECODE_64, 4, 4, 6, 0, 0, 0, 0, 0 },
	/* movw $0x1234,(%rax); movl $-1,(%rax); movq $-1,(%rax); movb $5,(%rax) */
	{ { 0x66, 0xc7, 0x00, 0x34, 0x12 }, 5, DECODE_64, 2, 2, 0, 1, 0, 0, 1, 0x1234 },
	{ { 0xc7, 0x00, 0xff, 0xff, 0xff, 0xff }, 6, DECODE_64, 4, 4, 0, 1, 0, 0, 1,
	  0xffffffff },
	{ { 0x48, 0xc7, 0x00, 0xff, 0xff, 0xff, 0xff }, 7, DECODE_64, 8, 8, 0, 1, 0, 0, 1,
	  ~0ULL },
	{ { 0xc6, 0x00, 0x05 }, 3, DECODE_64, 1, 1, 0, 1, 0, 0, 1, 5 },
	/* mov %ah,(%rax); mov %spl,(%rax) (REX); mov (%rax),%ch */
	{ { 0x88, 0x20 }, 2, DECODE_64, 1, 1, 0, 1, 0, 1, 0, 0 },
	{ { 0x40, 0x88, 0x20 }, 3, DECODE_64, 1, 1, 4, 1, 0, 0, 0, 0 },
	{ { 0x8a, 0x28 }, 2, DECODE_64, 1, 1, 1, 0, 0, 1, 0, 0 },
	/* movzbl (%rax),%r10d; movswl (%rcx),%edx; movsbq (%rax),%rax */
	{ { 0x44, 0x0f, 0xb6, 0x10 }, 4, DECODE_64, 1, 4, 10, 0, 0, 0, 0, 0 },
	{ { 0x0f, 0xbf, 0x11 }, 3, DECODE_64, 2, 4, 2, 0, 1, 0, 0, 0 },
	{ { 0x48, 0x0f, 0xbe, 0x00 }, 4, DECODE_64, 1, 8, 0, 0, 1, 0, 0, 0 },
	/* movabs 0xfec00000,%eax; the same in 32 bits; with an FS prefix */
	{ { 0xa1, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0 }, 9, DECODE_64, 4, 4, 0, 0, 0, 0, 0, 0 },
	{ { 0xa3, 0, 0, 0xc0, 0xfe }, 5, DECODE_32, 4, 4, 0, 1, 0, 0, 0, 0 },
	{ { 0x64, 0x8b, 0x00 }, 3, DECODE_32, 4, 4, 0, 0, 0, 0, 0, 0 },
	/* 16 bits: mov (%bx,%si),%ax; mov 0x1234,%ax; 66: eax; 67: 32-bit address */
	{ { 0x8b, 0x00 }, 2, DECODE_16, 2, 2, 0, 0, 0, 0, 0, 0 },
	{ { 0x8b, 0x06, 0x34, 0x12 }, 4, DECODE_16, 2, 2, 0, 0, 0, 0, 0, 0 },
	{ { 0x66, 0x8b, 0x00 }, 3, DECODE_16, 4, 4, 0, 0, 0, 0, 0, 0 },
	{ { 0x67, 0x8b, 0x04, 0x24 }, 4, DECODE_16, 2, 2, 0, 0, 0, 0, 0, 0 },
};

static void test_rows(void)
{
	struct decoded d;
	unsigned int i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		CHECK(!decode_mov(r->bytes, 15, r->mode, &d));
		CHECK_EQ(d.length, r->count);
		CHECK_EQ(d.size, r->size);
		CHECK_EQ(d.reg_size, r->reg_size);
		CHECK_EQ(d.reg, r->reg);
		CHECK_EQ(d.write, r->write);
		CHECK_EQ(d.sign, r->sign);
		CHECK_EQ(d.high, r->high);
		CHECK_EQ(d.immediate, r->immediate);
		CHECK_EQ(d.value, r->value);
		for (n = 0; n < r->count; n++)	/* cut short: refused */
			CHECK(decode_mov(r->bytes, n, r->mode, &d));
	}
}

static void test_refused(void)
{
	static const uint8_t bad[][4] = {
		{ 0x8b, 0xc0 },			/* register to register */
		{ 0xc7, 0x08 },			/* not /0 */
		{ 0x0f, 0x10, 0x00 },		/* movups */
		{ 0x90 },
		{ 0x01, 0x00 },			/* add */
	};
	struct decoded d;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(decode_mov(bad[i], 4, DECODE_64, &d));
}

static void test_values(void)
{
	uint64_t gpr[16] = { 0x1122334455667788, 0xaabbccdd00112233 };
	struct decoded d = { .size = 1, .reg_size = 1, .high = true };

	CHECK_EQ(decode_source(&d, gpr), 0x77);
	decode_load(&d, gpr, 0xee);
	CHECK_EQ(gpr[0], 0x112233445566ee88);
	d = (struct decoded){ .size = 4, .reg_size = 4, .reg = 1 };
	decode_load(&d, gpr, ~0ULL);
	CHECK_EQ(gpr[1], 0xffffffff);
	d = (struct decoded){ .size = 2, .reg_size = 2 };
	decode_load(&d, gpr, 0x1234);
	CHECK_EQ(gpr[0], 0x1122334455661234);
	d = (struct decoded){ .size = 1, .reg_size = 4, .sign = true };
	decode_load(&d, gpr, 0x80);
	CHECK_EQ(gpr[0], 0xffffff80);
	d = (struct decoded){ .size = 1, .reg_size = 8, .sign = true };
	decode_load(&d, gpr, 0x80);
	CHECK_EQ(gpr[0], 0xffffffffffffff80);
}

static void test_random(void)
{
	unsigned int i, k, n;

	srand(1);
	for (i = 0; i < 200000; i++) {
		uint8_t bytes[16], *exact;
		struct decoded d;

		for (k = 0; k < sizeof(bytes); k++)
			bytes[k] = rand();
		n = rand() % 17;
		exact = malloc(n ? n : 1);	/* so that the sanitizer sees an overrun */
		memcpy(exact, bytes, n);
		if (!decode_mov(exact, n, rand() % 3, &d) &&
		    (d.length > n || d.length > 15 || d.reg > 15 || !d.size || d.size > 8))
			CHECK(false);
		free(exact);
	}
	CHECK(true);
}

int main(void)
{
	test_rows();
	test_refused();
	test_values();
	test_random();
	return check_result("decode");
}
