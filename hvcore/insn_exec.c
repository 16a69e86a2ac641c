// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a decoded instruction does to its operands and the status flags. Pure.
 */
#include <linux/bitops.h>
#include <linux/types.h>
#include <asm/processor-flags.h>

#include "decode.h"

#define STATUS_FLAGS	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)

static u64 low_bytes(u64 val, unsigned int size)
{
	return size < 8 ? val & (BIT_ULL(size * 8) - 1) : val;
}

static u64 sign_extend_from(u64 val, unsigned int size)
{
	unsigned int shift = 64 - size * 8;

	return (u64)((s64)(val << shift) >> shift);
}

/* The register with its operand part replaced. */
static u64 merge_register(const struct hvr_insn *insn, u64 reg, u64 val)
{
	switch (insn->dst_size) {
	case 1:
		if (insn->high_byte)
			return (reg & ~0xff00ULL) | (val & 0xff) << 8;
		return (reg & ~0xffULL) | (val & 0xff);
	case 2:
		return (reg & ~0xffffULL) | (val & 0xffff);
	case 4:
		return (u32)val;	/* the upper half is cleared */
	default:
		return val;
	}
}

/* @a and @b hold @size bytes; so does the result. */
static u64 alu_result(u8 alu, u64 a, u64 b, unsigned int size)
{
	switch (alu) {
	case HVR_ALU_OR:
		a |= b;
		break;
	case HVR_ALU_AND:
	case HVR_ALU_TEST:
		a &= b;
		break;
	case HVR_ALU_XOR:
		a ^= b;
		break;
	case HVR_ALU_ADD:
		a += b;
		break;
	case HVR_ALU_SUB:
	case HVR_ALU_CMP:
		a -= b;
		break;
	default:
		a = b;		/* MOV, XCHG */
	}
	return low_bytes(a, size);
}

/* Status flags of res = a op b. */
static u64 alu_flags(u8 alu, u64 a, u64 b, u64 res, unsigned int size)
{
	u64 sign = BIT_ULL(size * 8 - 1);
	u64 flags = 0;

	if (!res)
		flags |= X86_EFLAGS_ZF;
	if (res & sign)
		flags |= X86_EFLAGS_SF;
	if (!(hweight8(res) & 1))
		flags |= X86_EFLAGS_PF;
	switch (alu) {
	case HVR_ALU_ADD:
		if (res < a)
			flags |= X86_EFLAGS_CF;
		if (~(a ^ b) & (a ^ res) & sign)
			flags |= X86_EFLAGS_OF;
		break;
	case HVR_ALU_SUB:
	case HVR_ALU_CMP:
		if (a < b)
			flags |= X86_EFLAGS_CF;
		if ((a ^ b) & (a ^ res) & sign)
			flags |= X86_EFLAGS_OF;
		break;
	default:
		return flags;	/* logical: CF, OF clear; AF is undefined */
	}
	if ((a ^ b ^ res) & 0x10)
		flags |= X86_EFLAGS_AF;
	return flags;
}

void hvr_insn_execute(const struct hvr_insn *insn, struct hvr_operands *o)
{
	u64 mem = low_bytes(o->mem, insn->size);
	u64 reg = low_bytes(insn->imm ? insn->imm_value :
			    insn->high_byte ? o->reg >> 8 : o->reg,
			    insn->dst_size);
	u64 a = insn->to_reg ? reg : mem;
	u64 b = insn->to_reg ? mem : reg;
	u64 res;

	if (insn->sign_extend)
		b = sign_extend_from(b, insn->size);
	res = alu_result(insn->alu, a, b, insn->dst_size);
	if (insn->write)
		o->mem = res;
	if (insn->alu == HVR_ALU_XCHG)
		o->reg = merge_register(insn, o->reg, mem);
	else if (insn->to_reg && insn->alu != HVR_ALU_CMP)
		o->reg = merge_register(insn, o->reg, res);
	if (insn->alu != HVR_ALU_MOV && insn->alu != HVR_ALU_XCHG)
		o->flags = (o->flags & ~(u64)STATUS_FLAGS) |
			   alu_flags(insn->alu, a, b, res, insn->size);
}
