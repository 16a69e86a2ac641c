// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instruction lengths and simple memory operands. Pure: private bytes in, facts out.
 *
 * Knows the integer instructions that drivers use on device registers, and the
 * few that always exit. Addresses are not computed: the exit tells them. All else
 * is refused, so that it goes to somebody with a whole decoder.
 */
#include <linux/errno.h>
#include <linux/types.h>

#include "decode.h"

struct cursor {
	const u8 *bytes;
	unsigned int n;
	unsigned int pos;
	bool cut;		/* wanted more than there is */
};

struct prefixes {
	bool opsize;		/* 66 */
	bool addrsize;		/* 67 */
	u8 rep;			/* F2, F3 or 0 */
	u8 rex;			/* 40 to 4F or 0 */
	u8 op_bytes;		/* operand size: 2, 4, 8 */
	u8 addr_bytes;
};

static u8 next(struct cursor *c)
{
	if (c->pos >= c->n) {
		c->cut = true;
		return 0;
	}
	return c->bytes[c->pos++];
}

static void skip(struct cursor *c, unsigned int count)
{
	if (count > c->n - c->pos) {
		c->cut = true;
		c->pos = c->n;
	} else {
		c->pos += count;
	}
}

/* Little-endian, sign-extended to 64 bits. */
static u64 immediate(struct cursor *c, unsigned int count)
{
	unsigned int shift = 64 - count * 8;
	u64 val = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		val |= (u64)next(c) << (i * 8);
	return (u64)((s64)(val << shift) >> shift);
}

/* Consume the prefixes; return the first opcode byte. A REX counts only right
 * before it.
 */
static u8 parse_prefixes(struct cursor *c, unsigned int mode, struct prefixes *p)
{
	bool more = true;
	u8 byte = 0;

	*p = (struct prefixes){ };
	while (more && !c->cut) {
		byte = next(c);
		switch (byte) {
		case 0x66:
			p->opsize = true;
			p->rex = 0;
			break;
		case 0x67:
			p->addrsize = true;
			p->rex = 0;
			break;
		case 0xf2:
		case 0xf3:
			p->rep = byte;
			p->rex = 0;
			break;
		case 0xf0:	/* LOCK: the exit happened, so it was allowed */
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			p->rex = 0;
			break;
		default:
			more = mode == 8 && (byte & 0xf0) == 0x40;
			if (more)
				p->rex = byte;
		}
	}
	if (mode == 2)
		p->op_bytes = p->opsize ? 4 : 2;
	else
		p->op_bytes = p->opsize ? 2 : 4;
	if (p->rex & 8)
		p->op_bytes = 8;
	if (mode == 8)
		p->addr_bytes = p->addrsize ? 4 : 8;
	else
		p->addr_bytes = p->addrsize ? 6 - mode : mode;
	return byte;
}

/* Skip what follows a ModRM byte with a memory operand: SIB and displacement. */
static void skip_address(struct cursor *c, const struct prefixes *p, u8 modrm)
{
	u8 mod = modrm >> 6;
	u8 rm = modrm & 7;

	if (p->addr_bytes == 2) {
		if (mod == 1)
			skip(c, 1);
		else if (mod == 2 || rm == 6)
			skip(c, 2);
		return;
	}
	if (rm == 4)
		rm = next(c) & 7;	/* the base takes the place of r/m */
	if (mod == 1)
		skip(c, 1);
	else if (mod == 2 || rm == 5)
		skip(c, 4);
}

/* ---- memory operands ---- */

enum form {
	F_NONE,
	F_REG_TO_MEM,		/* op mem, reg */
	F_MEM_TO_REG,		/* op reg, mem */
	F_IMM8,			/* op mem, imm8 */
	F_IMM,			/* op mem, immediate of the operand's size */
	F_MOFFS_LOAD,		/* MOV accumulator, offset */
	F_MOFFS_STORE,
	F_LOAD_ZERO,		/* MOVZX */
	F_LOAD_SIGN,		/* MOVSX, MOVSXD */
};

struct opcode {
	u8 form;
	u8 alu;
	u8 size;		/* operand bytes, 0: by the operand size */
};

/* Bits 5:3 of opcodes below 40, ModRM.reg of 80 to 83. ADC and SBB are not known. */
static const u8 alu_ops[8] = {
	HVR_ALU_ADD, HVR_ALU_OR, HVR_ALU_MOV, HVR_ALU_MOV,
	HVR_ALU_AND, HVR_ALU_SUB, HVR_ALU_XOR, HVR_ALU_CMP,
};

static const struct opcode one_byte[256] = {
	[0x63] = { F_LOAD_SIGN, HVR_ALU_MOV, 4 },	/* 64-bit code only */
	/* 80, 81, 83, C6, C7, F6, F7: ModRM.reg says more, see group() */
	[0x80] = { F_IMM8, HVR_ALU_MOV, 1 },
	[0x81] = { F_IMM, HVR_ALU_MOV, 0 },
	[0x83] = { F_IMM8, HVR_ALU_MOV, 0 },
	[0x84] = { F_REG_TO_MEM, HVR_ALU_TEST, 1 },
	[0x85] = { F_REG_TO_MEM, HVR_ALU_TEST, 0 },
	[0x86] = { F_REG_TO_MEM, HVR_ALU_XCHG, 1 },
	[0x87] = { F_REG_TO_MEM, HVR_ALU_XCHG, 0 },
	[0x88] = { F_REG_TO_MEM, HVR_ALU_MOV, 1 },
	[0x89] = { F_REG_TO_MEM, HVR_ALU_MOV, 0 },
	[0x8a] = { F_MEM_TO_REG, HVR_ALU_MOV, 1 },
	[0x8b] = { F_MEM_TO_REG, HVR_ALU_MOV, 0 },
	[0xa0] = { F_MOFFS_LOAD, HVR_ALU_MOV, 1 },
	[0xa1] = { F_MOFFS_LOAD, HVR_ALU_MOV, 0 },
	[0xa2] = { F_MOFFS_STORE, HVR_ALU_MOV, 1 },
	[0xa3] = { F_MOFFS_STORE, HVR_ALU_MOV, 0 },
	[0xc6] = { F_IMM8, HVR_ALU_MOV, 1 },
	[0xc7] = { F_IMM, HVR_ALU_MOV, 0 },
	[0xf6] = { F_IMM8, HVR_ALU_TEST, 1 },
	[0xf7] = { F_IMM, HVR_ALU_TEST, 0 },
};

/* Second byte of a 0F opcode. */
static struct opcode find_0f(u8 byte)
{
	switch (byte) {
	case 0xb6:
		return (struct opcode){ F_LOAD_ZERO, HVR_ALU_MOV, 1 };
	case 0xb7:
		return (struct opcode){ F_LOAD_ZERO, HVR_ALU_MOV, 2 };
	case 0xbe:
		return (struct opcode){ F_LOAD_SIGN, HVR_ALU_MOV, 1 };
	case 0xbf:
		return (struct opcode){ F_LOAD_SIGN, HVR_ALU_MOV, 2 };
	default:
		return (struct opcode){ F_NONE };
	}
}

/* Opcodes 00 to 3F: operation, direction and width are bits. */
static struct opcode find_alu(u8 byte)
{
	u8 alu = alu_ops[byte >> 3];

	if (byte & 4 || alu == HVR_ALU_MOV)
		return (struct opcode){ F_NONE };
	return (struct opcode){
		.form = byte & 2 ? F_MEM_TO_REG : F_REG_TO_MEM,
		.alu = alu,
		.size = byte & 1 ? 0 : 1,
	};
}

static struct opcode find_opcode(struct cursor *c, unsigned int mode, u8 byte)
{
	if (byte == 0x0f)
		return find_0f(next(c));
	if (byte < 0x40)
		return find_alu(byte);
	if (byte == 0x63 && mode != 8)
		return (struct opcode){ F_NONE };
	return one_byte[byte];
}

/* The operation that ModRM.reg chooses; false when it is not one of ours. */
static bool group(u8 byte, u8 reg, u8 *alu)
{
	switch (byte) {
	case 0x80:
	case 0x81:
	case 0x83:
		*alu = alu_ops[reg];
		return *alu != HVR_ALU_MOV;
	case 0xc6:
	case 0xc7:
		return reg == 0;
	case 0xf6:
	case 0xf7:
		return reg <= 1;
	default:
		return true;
	}
}

static void set_register(struct hvr_insn *insn, const struct prefixes *p,
			 u8 modrm, u8 size)
{
	insn->gpr = ((modrm >> 3) & 7) | (p->rex & 4) << 1;
	if (size == 1 && !p->rex && insn->gpr >= 4) {
		insn->gpr -= 4;
		insn->high_byte = true;
	}
}

static void set_direction(struct hvr_insn *insn, bool to_reg)
{
	bool compare = insn->alu == HVR_ALU_CMP || insn->alu == HVR_ALU_TEST;

	insn->to_reg = to_reg;
	insn->write = !to_reg && !compare;
	insn->read = to_reg || insn->alu != HVR_ALU_MOV;
}

static void decode_operands(struct cursor *c, const struct prefixes *p,
			    const struct opcode *op, u8 modrm,
			    struct hvr_insn *insn)
{
	insn->size = op->size ?: p->op_bytes;
	insn->dst_size = insn->size;
	switch (op->form) {
	case F_REG_TO_MEM:
		set_register(insn, p, modrm, insn->size);
		set_direction(insn, false);
		break;
	case F_MEM_TO_REG:
		set_register(insn, p, modrm, insn->size);
		set_direction(insn, true);
		break;
	case F_LOAD_ZERO:
	case F_LOAD_SIGN:
		insn->sign_extend = op->form == F_LOAD_SIGN;
		insn->dst_size = p->op_bytes;
		/* MOVSXD to 16 bits reads 16 bits. */
		if (insn->size > insn->dst_size)
			insn->size = insn->dst_size;
		set_register(insn, p, modrm, insn->dst_size);
		set_direction(insn, true);
		break;
	case F_IMM8:
		insn->imm = true;
		insn->imm_value = immediate(c, 1);
		set_direction(insn, false);
		break;
	case F_IMM:
		insn->imm = true;
		insn->imm_value = immediate(c, insn->size == 2 ? 2 : 4);
		set_direction(insn, false);
		break;
	case F_MOFFS_LOAD:
	case F_MOFFS_STORE:
		skip(c, p->addr_bytes);
		set_direction(insn, op->form == F_MOFFS_LOAD);
		break;
	}
}

int hvr_decode_mem(const u8 *bytes, unsigned int n, unsigned int mode,
		   struct hvr_insn *insn)
{
	struct cursor c = { .bytes = bytes };
	struct prefixes p;
	struct opcode op;
	u8 byte, modrm = 0;

	*insn = (struct hvr_insn){ };
	c.n = n < HVR_INSN_MAX ? n : HVR_INSN_MAX;
	byte = parse_prefixes(&c, mode, &p);
	if (!c.cut)
		op = find_opcode(&c, mode, byte);
	if (c.cut)
		goto out_cut;
	if (op.form == F_NONE)
		return -EINVAL;
	if (op.form != F_MOFFS_LOAD && op.form != F_MOFFS_STORE) {
		modrm = next(&c);
		if (c.cut)
			goto out_cut;
		if (modrm >> 6 == 3 || !group(byte, (modrm >> 3) & 7, &op.alu))
			return -EINVAL;
		skip_address(&c, &p, modrm);
	}
	insn->alu = op.alu;
	decode_operands(&c, &p, &op, modrm, insn);
	if (c.cut)
		goto out_cut;
	insn->len = c.pos;
	return 0;

out_cut:
	/* Longer than any instruction, or longer than what is here? */
	return n >= HVR_INSN_MAX ? -EINVAL : -ENODATA;
}

/* ---- instructions that always exit ---- */

/* After 0F 01: LMSW, INVLPG and those whose ModRM is part of the opcode. */
static bool parse_0f01(struct cursor *c, const struct prefixes *p, u8 *gpr)
{
	u8 modrm = next(c);

	switch (modrm) {
	case 0xc1:	/* VMCALL */
	case 0xc8:	/* MONITOR */
	case 0xc9:	/* MWAIT */
	case 0xd1:	/* XSETBV */
	case 0xd9:	/* VMMCALL */
	case 0xfa:	/* MONITORX */
	case 0xfb:	/* MWAITX */
		return true;
	}
	switch ((modrm >> 3) & 7) {
	case 6:		/* LMSW */
		if (modrm >> 6 == 3)
			*gpr = (modrm & 7) | (p->rex & 1) << 3;
		else
			skip_address(c, p, modrm);
		return true;
	case 7:		/* INVLPG */
		if (modrm >> 6 == 3)
			return false;
		skip_address(c, p, modrm);
		return true;
	default:
		return false;
	}
}

static bool parse_0f(struct cursor *c, const struct prefixes *p, u8 *gpr)
{
	switch (next(c)) {
	case 0x01:
		return parse_0f01(c, p, gpr);
	case 0x06:	/* CLTS */
	case 0x08:	/* INVD */
	case 0x09:	/* WBINVD */
	case 0x30:	/* WRMSR */
	case 0x32:	/* RDMSR */
	case 0x33:	/* RDPMC */
	case 0xa2:	/* CPUID */
		return true;
	case 0x20:	/* MOV from and to CR, DR: register form whatever mod says */
	case 0x21:
	case 0x22:
	case 0x23:
		*gpr = (next(c) & 7) | (p->rex & 1) << 3;
		return true;
	default:
		return false;
	}
}

static bool parse_fixed(struct cursor *c, const struct prefixes *p, u8 byte,
			u8 *gpr)
{
	switch (byte) {
	case 0x0f:
		return parse_0f(c, p, gpr);
	case 0x90:	/* PAUSE; without F3 a NOP, which never exits */
		return p->rep == 0xf3;
	case 0xcd:	/* INT n */
	case 0xe4 ... 0xe7:	/* IN, OUT with a port in the code */
		skip(c, 1);
		return true;
	case 0x6c ... 0x6f:	/* INS, OUTS */
	case 0xcc:	/* INT3 */
	case 0xce:	/* INTO */
	case 0xec ... 0xef:	/* IN, OUT with DX */
	case 0xf1:	/* INT1 */
	case 0xf4:	/* HLT */
		return true;
	default:
		return false;
	}
}

unsigned int hvr_decode_length(const u8 *bytes, unsigned int n,
			       unsigned int mode, u8 *gpr)
{
	struct cursor c = { .bytes = bytes };
	struct prefixes p;
	u8 byte, reg = 0;

	c.n = n < HVR_INSN_MAX ? n : HVR_INSN_MAX;
	byte = parse_prefixes(&c, mode, &p);
	if (c.cut || !parse_fixed(&c, &p, byte, &reg) || c.cut)
		return 0;
	if (gpr)
		*gpr = reg;
	return c.pos;
}
