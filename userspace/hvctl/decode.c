// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoder of the MOV family: the address comes with the exit, so only the
 * length, the operand size and the register have to be found.
 */
#include <string.h>
#include "decode.h"

struct cursor {
	const uint8_t *bytes;
	unsigned int count, pos;
	bool overrun;
};

struct prefixes {
	bool operand, address;
	uint8_t rex;
};

#define REX_W	0x08
#define REX_R	0x04

static uint8_t next(struct cursor *c)
{
	if (c->pos >= c->count) {
		c->overrun = true;
		return 0;
	}
	return c->bytes[c->pos++];
}

static uint64_t constant(struct cursor *c, unsigned int size)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		v |= (uint64_t)next(c) << (8 * i);
	return v;
}

static uint8_t prefixes(struct cursor *c, enum decode_mode mode, struct prefixes *p)
{
	for (;;) {
		uint8_t b = next(c);

		switch (b) {
		case 0x66:
			p->operand = true;
			break;
		case 0x67:
			p->address = true;
			break;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
		case 0xf0: case 0xf2: case 0xf3:
			break;
		default:
			if (mode != DECODE_64 || (b & 0xf0) != 0x40)
				return b;
			p->rex = b;
			return next(c);	/* REX stands right before the opcode */
		}
		if (c->overrun)
			return 0;
	}
}

static unsigned int address_size(enum decode_mode mode, const struct prefixes *p)
{
	switch (mode) {
	case DECODE_64:
		return p->address ? 4 : 8;
	case DECODE_32:
		return p->address ? 2 : 4;
	default:
		return p->address ? 4 : 2;
	}
}

/* Skip ModRM and what belongs to it; -1 when it names a register. */
static int skip_modrm(struct cursor *c, unsigned int asize, uint8_t *reg)
{
	uint8_t modrm = next(c);
	unsigned int mod = modrm >> 6, rm = modrm & 7, disp = 0;

	*reg = modrm >> 3 & 7;
	if (mod == 3)
		return -1;
	if (asize == 2) {
		disp = mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
	} else {
		uint8_t base = rm;

		if (rm == 4)
			base = next(c) & 7;
		disp = mod == 1 ? 1 : mod == 2 || base == 5 ? 4 : 0;
	}
	constant(c, disp);
	return 0;
}

static void byte_register(struct decoded *d, const struct prefixes *p)
{
	if (!p->rex && d->reg >= 4) {
		d->high = true;
		d->reg &= 3;
	}
}

/* MOVZX and MOVSX: 0F B6, B7, BE, BF */
static int decode_extend(struct cursor *c, unsigned int asize, unsigned int osize,
			 const struct prefixes *p, struct decoded *d)
{
	uint8_t op = next(c);

	if (op != 0xb6 && op != 0xb7 && op != 0xbe && op != 0xbf)
		return -1;
	d->size = op & 1 ? 2 : 1;
	d->sign = op & 8;
	d->reg_size = osize;
	if (skip_modrm(c, asize, &d->reg))
		return -1;
	if (p->rex & REX_R)
		d->reg |= 8;
	return 0;
}

static int decode_modrm_form(struct cursor *c, uint8_t op, unsigned int asize,
			     unsigned int osize, const struct prefixes *p, struct decoded *d)
{
	d->size = op & 1 ? osize : 1;
	d->reg_size = d->size;
	if (skip_modrm(c, asize, &d->reg))
		return -1;
	if (op == 0xc6 || op == 0xc7) {
		if (d->reg)
			return -1;
		d->write = true;
		d->immediate = true;
		d->value = constant(c, d->size == 8 ? 4 : d->size);
		if (d->size == 8)
			d->value = (int64_t)(int32_t)d->value;
		return 0;
	}
	d->write = !(op & 2);
	if (p->rex & REX_R)
		d->reg |= 8;
	if (d->size == 1)
		byte_register(d, p);
	return 0;
}

int decode_mov(const uint8_t *bytes, unsigned int count, enum decode_mode mode,
	       struct decoded *d)
{
	struct cursor c = { .bytes = bytes, .count = count > 15 ? 15 : count };
	struct prefixes p = { 0 };
	unsigned int asize, osize;
	uint8_t op;
	int ret = 0;

	memset(d, 0, sizeof(*d));
	op = prefixes(&c, mode, &p);
	asize = address_size(mode, &p);
	osize = (mode == DECODE_16) != p.operand ? 2 : 4;
	if (p.rex & REX_W)
		osize = 8;

	switch (op) {
	case 0x88: case 0x89: case 0x8a: case 0x8b: case 0xc6: case 0xc7:
		ret = decode_modrm_form(&c, op, asize, osize, &p, d);
		break;
	case 0xa0: case 0xa1: case 0xa2: case 0xa3:
		d->size = op & 1 ? osize : 1;
		d->reg_size = d->size;
		d->write = op & 2;
		constant(&c, asize);
		break;
	case 0x0f:
		ret = decode_extend(&c, asize, osize, &p, d);
		break;
	default:
		return -1;
	}
	if (ret || c.overrun)
		return -1;
	d->length = c.pos;
	return 0;
}

static uint64_t mask(unsigned int size)
{
	return size >= 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

uint64_t decode_source(const struct decoded *d, const uint64_t gpr[16])
{
	uint64_t v = d->immediate ? d->value : gpr[d->reg];

	if (d->high)
		v >>= 8;
	return v & mask(d->size);
}

void decode_load(const struct decoded *d, uint64_t gpr[16], uint64_t val)
{
	val &= mask(d->size);
	if (d->sign && val >> (8 * d->size - 1))
		val |= ~mask(d->size);

	if (d->high)
		gpr[d->reg] = (gpr[d->reg] & ~0xff00ULL) | (val & 0xff) << 8;
	else if (d->reg_size >= 4)	/* 32-bit results clear the upper half */
		gpr[d->reg] = val & mask(d->reg_size);
	else
		gpr[d->reg] = (gpr[d->reg] & ~mask(d->reg_size)) | (val & mask(d->reg_size));
}
