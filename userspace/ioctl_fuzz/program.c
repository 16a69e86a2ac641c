// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random programs of 64-bit code: MSRs, hypercalls, ports, memory and devices that
 * are not there, interrupts, control registers, and bytes at random.
 */
#include <string.h>

#include "guest.h"

struct code {
	struct rng *r;
	uint8_t *at, *end;
};

static void bytes(struct code *c, const void *from, size_t n)
{
	if ((size_t)(c->end - c->at) < n)
		return;
	memcpy(c->at, from, n);
	c->at += n;
}

#define BYTES(c, ...)	bytes(c, (const uint8_t[]){ __VA_ARGS__ },	\
			      sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void put32(struct code *c, uint32_t val)
{
	bytes(c, &val, 4);
}

static void put64(struct code *c, uint64_t val)
{
	bytes(c, &val, 8);
}

static void mov_eax(struct code *c, uint32_t val)
{
	BYTES(c, 0xb8);
	put32(c, val);
}

static void mov_ecx(struct code *c, uint32_t val)
{
	BYTES(c, 0xb9);
	put32(c, val);
}

static void mov_edx(struct code *c, uint32_t val)
{
	BYTES(c, 0xba);
	put32(c, val);
}

/* ---- MSRs ---- */

static uint32_t some_msr(struct rng *r)
{
	static const uint32_t msrs[] = {
		0x10, 0x1b, 0x3a, 0x3b, 0x48, 0x49, 0x8b, 0xfe, 0x174, 0x175, 0x176,
		0x179, 0x17a, 0x1a0, 0x1d9, 0x200, 0x250, 0x277, 0x2ff, 0x6e0, 0xda0,
		0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
		0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103, 0xc0010010,
		0xc0010015, 0xc001001f, 0xc0010114, 0xc0010117, 0xc0011029,
	};

	switch (below(r, 8)) {
	case 0:
		return msrs[below(r, ARRAY_SIZE(msrs))];
	case 1:
	case 2:
		return 0x800 + below(r, 0x40);
	case 3:
		return rng_next(r);
	case 4:
		return 0x40000000 + below(r, 0x120);
	case 5:
		return 0x400000b0 + below(r, 8);
	default:
		return 0x40000080 + below(r, 0x20);
	}
}

static uint64_t msr_value(struct rng *r, uint32_t msr)
{
	if (one_in(r, 4))
		return some_value(r);
	if (msr >= 0x40000090 && msr < 0x400000a0)
		return 0x30 + below(r, 0xc0) + (one_in(r, 3) ? 0x20000 : 0);
	if (msr >= 0x400000b0 && msr < 0x400000b8)
		return msr & 1 ? 1 + below(r, 100000) :
		       below(r, 16) | below(r, 16) << 16 |
		       (one_in(r, 2) ? 0x1000 | below(r, 256) << 4 : 0);
	if (msr >= 0x40000000 && msr < 0x40000100)
		return below(r, 0x20) << 12 | !one_in(r, 4);
	if (msr == 0x830)
		return (uint64_t)below(r, 5) << 32 | below(r, 256) |
		       below(r, 8) << 8 | below(r, 4) << 18 | below(r, 2) << 14;
	return below(r, 0x400);
}

static void emit_msr(struct code *c)
{
	uint32_t msr = some_msr(c->r);
	uint64_t val = msr_value(c->r, msr);

	mov_ecx(c, msr);
	if (one_in(c->r, 4)) {
		BYTES(c, 0x0f, 0x32);
		return;
	}
	mov_eax(c, val);
	mov_edx(c, val >> 32);
	BYTES(c, 0x0f, 0x30);
}

/* ---- hypercalls ---- */

static void emit_hypercall(struct code *c)
{
	static const uint16_t codes[] = {
		0x02, 0x03, 0x08, 0x0b, 0x13, 0x14, 0x15, 0x46, 0x50, 0x51, 0x5c,
		0x5d, 0x9a, 0x8001, 0x7777,
	};
	struct rng *r = c->r;
	uint64_t control = codes[below(r, ARRAY_SIZE(codes))];
	uint64_t input = G_INPUT + below(r, 8) * 8;

	if (one_in(r, 3))
		control |= 1 << 16;
	if (one_in(r, 3))
		control |= (uint64_t)below(r, 8) << 32;
	if (one_in(r, 6))
		control |= below(r, 4) << 17;
	if (one_in(r, 16))
		control ^= some_value(r);
	if (one_in(r, 8))
		input = some_value(r);
	else if (one_in(r, 4))
		input = below(r, 2) ? 0x1ff8 : 0x2001;
	BYTES(c, 0x48, 0xb9);
	put64(c, control);
	BYTES(c, 0x48, 0xba);
	put64(c, input);
	BYTES(c, 0x49, 0xb8);
	put64(c, one_in(r, 4) ? some_value(r) : G_INPUT + 0x800);
	if (one_in(r, 2)) {
		BYTES(c, 0xbb);
		put32(c, G_CALL_PAGE);
		BYTES(c, 0xff, 0xd3);
	} else {
		BYTES(c, 0x0f, 0x01, one_in(r, 8) ? 0xc1 : 0xd9);
	}
}

/* ---- ports and memory ---- */

static void emit_port(struct code *c)
{
	static const uint8_t forms[] = { 0xec, 0xed, 0xee, 0xef, 0x6c, 0x6d, 0x6e, 0x6f };
	uint8_t form = forms[below(c->r, ARRAY_SIZE(forms))];

	mov_edx(c, below(c->r, 0x10000));
	mov_ecx(c, below(c->r, 20));
	BYTES(c, 0xbf);
	put32(c, 0x40000 + below(c->r, 0x10000));
	BYTES(c, 0xbe);
	put32(c, 0x40000 + below(c->r, 0x10000));
	if (one_in(c->r, 4))
		BYTES(c, 0x66);
	if (one_in(c->r, 2))
		BYTES(c, 0xf3);
	BYTES(c, form);
}

static uint32_t some_place(struct rng *r)
{
	switch (below(r, 8)) {
	case 0:
		return 0xfee00000 + below(r, 0x40) * 16;
	case 1:
		return 0x10000000 + below(r, 16) * 4;
	case 2:
	case 3:
		return 0x1000000 + below(r, 0x1000000);
	case 4:
		return rng_next(r);
	default:
		return 0x30000 + below(r, 0x7c0000);
	}
}

/* Addresses above 2 GiB need a register. */
static void emit_memory(struct code *c)
{
	static const uint8_t forms[][4] = {
		{ 0x89, 0x07 }, { 0x8b, 0x07 }, { 0x88, 0x07 }, { 0x8a, 0x07 },
		{ 0x48, 0x89, 0x07 }, { 0x48, 0x8b, 0x07 }, { 0x66, 0x89, 0x07 },
		{ 0xf0, 0x0f, 0xc1, 0x07 }, { 0x0f, 0x11, 0x07 }, { 0x0f, 0x28, 0x07 },
		{ 0xf3, 0xab }, { 0xf3, 0xa4 }, { 0xf3, 0x48, 0xab }, { 0x0f, 0xae, 0x3f },
		{ 0xff, 0x07 }, { 0x87, 0x07 }, { 0x0f, 0xb7, 0x07 }, { 0xff, 0xe7 },
	};
	const uint8_t *form = forms[below(c->r, ARRAY_SIZE(forms))];

	BYTES(c, 0xbf);
	put32(c, some_place(c->r));
	BYTES(c, 0xbe);
	put32(c, some_place(c->r));
	mov_ecx(c, below(c->r, 1024));
	mov_eax(c, some_value(c->r));
	bytes(c, form, form[3] ? 4 : form[2] ? 3 : 2);
}

/* ---- the rest ---- */

static void emit_cpuid(struct code *c)
{
	mov_eax(c, one_in(c->r, 2) ? 0x40000000 + below(c->r, 16) : below(c->r, 32));
	mov_ecx(c, below(c->r, 4));
	BYTES(c, 0x0f, 0xa2);
}

static void emit_control(struct code *c)
{
	static const uint8_t numbers[] = { 0, 2, 3, 4, 8, 0, 4 };
	uint8_t n = numbers[below(c->r, ARRAY_SIZE(numbers))];

	/* Read, flip a bit, write. */
	if (n == 8)
		BYTES(c, 0x44, 0x0f, 0x20, 0xc0);
	else
		BYTES(c, 0x0f, 0x20, 0xc0 | n << 3);
	BYTES(c, 0x48, 0x0f, 0xba, 0xf8, below(c->r, 64));
	if (n == 8)
		BYTES(c, 0x44, 0x0f, 0x22, 0xc0);
	else
		BYTES(c, 0x0f, 0x22, 0xc0 | n << 3);
}

static void emit_debug(struct code *c)
{
	mov_eax(c, some_value(c->r));
	BYTES(c, 0x0f, 0x23, 0xc0 | below(c->r, 8) << 3);
}

static void emit_other(struct code *c)
{
	static const uint8_t forms[][4] = {
		{ 1, 0xfb }, { 1, 0xfa }, { 1, 0xf4 }, { 2, 0xfb, 0xf4 }, { 2, 0xfb, 0xf4 },
		{ 1, 0xcc }, { 1, 0xf1 }, { 2, 0x0f, 0x0b }, { 1, 0x9d }, { 1, 0x9c },
		{ 2, 0x48, 0xcf }, { 2, 0x0f, 0x05 }, { 2, 0x0f, 0x07 }, { 2, 0x0f, 0x34 },
		{ 2, 0x0f, 0x09 }, { 2, 0x0f, 0x08 }, { 3, 0x0f, 0x01, 0xd1 },
		{ 3, 0x0f, 0x01, 0xd8 }, { 3, 0x0f, 0x01, 0xdd }, { 3, 0x0f, 0x01, 0xdc },
		{ 3, 0x0f, 0x01, 0x38 }, { 3, 0x0f, 0x01, 0xf9 }, { 2, 0x0f, 0x31 },
		{ 2, 0x0f, 0x33 }, { 3, 0x0f, 0x01, 0xc8 }, { 3, 0x0f, 0x01, 0xc9 },
		{ 2, 0xf3, 0x90 }, { 3, 0x0f, 0x01, 0xf8 }, { 2, 0x0f, 0x06 },
		{ 2, 0xdb, 0xe3 }, { 3, 0x0f, 0xae, 0x17 }, { 2, 0x8e, 0xd0 },
		{ 2, 0x8e, 0xd8 }, { 3, 0x0f, 0x00, 0xd8 }, { 3, 0x0f, 0x01, 0x1f },
	};
	const uint8_t *form = forms[below(c->r, ARRAY_SIZE(forms))];

	bytes(c, form + 1, form[0]);
}

static void emit_int(struct code *c)
{
	BYTES(c, 0xcd, below(c->r, 256));
}

static void emit_xsetbv(struct code *c)
{
	mov_ecx(c, one_in(c->r, 8));
	mov_eax(c, one_in(c->r, 2) ? 3 : below(c->r, 16));
	mov_edx(c, 0);
	BYTES(c, 0x0f, 0x01, 0xd1);
}

static void emit_noise(struct code *c)
{
	unsigned int n = 1 + below(c->r, 12);

	while (n--)
		BYTES(c, rng_next(c->r));
}

size_t make_program(struct rng *r, uint8_t *to, size_t room)
{
	static void (*const emit[])(struct code *c) = {
		emit_msr, emit_msr, emit_msr, emit_hypercall, emit_hypercall,
		emit_port, emit_memory, emit_memory, emit_memory, emit_cpuid,
		emit_control, emit_debug, emit_other, emit_int, emit_xsetbv,
		emit_noise,
	};
	struct code c = { .r = r, .at = to, .end = to + room - 8 };
	unsigned int n = 3 + below(r, 24);
	uint32_t back;

	/* Local APIC on, either way. */
	if (one_in(r, 4)) {
		mov_ecx(&c, 0x1b);
		BYTES(&c, 0x0f, 0x32, 0x0d, 0, 0x0c, 0, 0, 0x0f, 0x30);
		mov_ecx(&c, 0x80f);
		mov_eax(&c, 0x1ff);
		mov_edx(&c, 0);
		BYTES(&c, 0x0f, 0x30);
	}
	while (n--)
		emit[below(r, ARRAY_SIZE(emit))](&c);
	c.end += 8;
	back = to - (c.at + 5);
	BYTES(&c, 0xe9);
	put32(&c, back);
	return c.at - to;
}

/* Every exception and interrupt: a fresh stack, the end of an interrupt, and one of
 * the programs from the start.
 */
size_t make_handler(struct rng *r, uint8_t *to)
{
	struct code c = { .r = r, .at = to, .end = to + 128 };
	uint32_t where;

	BYTES(&c, 0xbc);
	put32(&c, G_STACK);
	if (one_in(r, 2)) {
		mov_ecx(&c, 0x80b);
		mov_eax(&c, 0);
		mov_edx(&c, 0);
		BYTES(&c, 0x0f, 0x30);
	} else {
		BYTES(&c, 0xbf);
		put32(&c, 0xfee000b0);
		BYTES(&c, 0x89, 0x07);
	}
	if (one_in(r, 2))
		BYTES(&c, 0xfb);
	where = G_PROGRAM + below(r, 4) * PAGE - (G_HANDLER + (c.at - to) + 5);
	BYTES(&c, 0xe9);
	put32(&c, where);
	return c.at - to;
}
