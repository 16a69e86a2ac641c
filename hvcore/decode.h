/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instruction lengths and simple memory operands. Pure: bytes in, facts out.
 */
#ifndef HVCORE_DECODE_H
#define HVCORE_DECODE_H

#include <linux/types.h>

#define HVR_INSN_MAX	15	/* longest instruction, bytes */

enum hvr_alu {
	HVR_ALU_MOV, HVR_ALU_OR, HVR_ALU_AND, HVR_ALU_XOR, HVR_ALU_ADD,
	HVR_ALU_SUB, HVR_ALU_CMP, HVR_ALU_TEST, HVR_ALU_XCHG,
};

/**
 * struct hvr_insn - one instruction with a memory operand.
 * @len: length in bytes, prefixes included
 * @write: memory is written
 * @read: memory is read
 * @size: bytes of the memory operand: 1, 2, 4, 8
 * @imm: the source is an immediate
 * @imm_value: that immediate, sign-extended
 * @gpr: register operand, in the order of enum hvr_gpr
 * @high_byte: AH, CH, DH, BH (@gpr is 0 to 3)
 * @dst_size: register size for loads (MOVZX, MOVSX), else @size
 * @sign_extend: the load is sign-extended
 * @to_reg: the register is the first operand (loads, ADD reg,mem, CMP reg,mem)
 * @alu: HVR_ALU_*
 */
struct hvr_insn {
	u8 len;
	bool write;
	bool read;
	u8 size;
	bool imm;
	u64 imm_value;
	u8 gpr;
	bool high_byte;
	u8 dst_size;
	bool sign_extend;
	bool to_reg;
	u8 alu;
};

/**
 * hvr_decode_mem() - decode a MOV-class instruction with a memory operand.
 * @bytes: bytes at the instruction pointer
 * @n: how many
 * @mode: 2, 4 or 8: 16-bit, 32-bit, 64-bit code
 * @insn: filled on success
 *
 * Return: 0; -EINVAL for what it does not know; -ENODATA when @n bytes do not
 *	hold the whole instruction.
 */
int hvr_decode_mem(const u8 *bytes, unsigned int n, unsigned int mode,
		   struct hvr_insn *insn);

/**
 * hvr_decode_length() - length of one of the instructions that always exit.
 * @bytes: bytes at the instruction pointer
 * @n: how many
 * @mode: as hvr_decode_mem()
 * @gpr: receives the ModRM r/m register of MOV CR/DR and of LMSW's register form
 *
 * Knows CPUID, HLT, RDMSR, WRMSR, VMCALL, VMMCALL, WBINVD, INVD, XSETBV, RDPMC,
 * PAUSE, MOV CR/DR, LMSW, CLTS, INVLPG, MONITOR(X), MWAIT(X), IN, OUT, INS, OUTS,
 * INT n, INT3, INTO and INT1, all with their prefixes.
 *
 * Return: prefixes + instruction, 0 when it is none of them or cut short.
 */
unsigned int hvr_decode_length(const u8 *bytes, unsigned int n,
			       unsigned int mode, u8 *gpr);

/**
 * struct hvr_operands - what an instruction works on.
 * @mem: memory operand, in its low bytes
 * @reg: the whole general register that holds the register operand
 * @flags: RFLAGS
 */
struct hvr_operands {
	u64 mem;
	u64 reg;
	u64 flags;
};

/**
 * hvr_insn_execute() - do what a decoded instruction does.
 * @insn: from hvr_decode_mem()
 * @o: before; after. @mem changes when @insn writes memory
 */
void hvr_insn_execute(const struct hvr_insn *insn, struct hvr_operands *o);

#endif /* HVCORE_DECODE_H */
