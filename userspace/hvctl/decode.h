/* SPDX-License-Identifier: GPL-2.0-only */
/* Decoder of the MOV family, for accesses to emulated memory. */
#ifndef DECODE_H
#define DECODE_H

#include <stdbool.h>
#include <stdint.h>

enum decode_mode { DECODE_16, DECODE_32, DECODE_64 };

/* A move between a register or constant and one memory operand */
struct decoded {
	uint8_t length;		/* of the instruction */
	uint8_t size;		/* of the memory operand, bytes */
	uint8_t reg_size;	/* of the register written by a load */
	uint8_t reg;		/* number, 0 to 15 */
	bool high;		/* AH, CH, DH or BH: bits 15:8 of reg & 3 */
	bool write;		/* to memory */
	bool sign;		/* sign-extend a load */
	bool immediate;
	uint64_t value;		/* the constant */
};

/* Returns 0, or -1 for anything but a MOV with a memory operand. */
int decode_mov(const uint8_t *bytes, unsigned int count, enum decode_mode mode,
	       struct decoded *d);

/* Value that a store writes, given the registers. */
uint64_t decode_source(const struct decoded *d, const uint64_t gpr[16]);
/* Put a loaded value into the registers. */
void decode_load(const struct decoded *d, uint64_t gpr[16], uint64_t val);

#endif /* DECODE_H */
