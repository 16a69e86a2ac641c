// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instruction decoding and execution: tables of bytes with what they are, every
 * row also cut short at each length.
 */
#include <kunit/test.h>

#include "../hvcore/decode.c"
#include "../hvcore/insn_exec.c"

enum {
	RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11,
	R12, R13, R14, R15,
};

struct mem_row {
	const char *name;
	u8 mode;
	u8 bytes[16];
	struct hvr_insn want;	/* .len is also the number of bytes */
};

/* In all tables a dst_size of 0 is that of the memory operand. */
#define LOAD(sz, reg)	.read = true, .to_reg = true, .size = (sz), .gpr = (reg)
#define STORE(sz, reg)	.write = true, .size = (sz), .gpr = (reg)
#define IMM(sz, val)	.write = true, .size = (sz), .imm = true, \
			.imm_value = (u64)(s64)(val)

static const struct mem_row mem_rows[] = {
	{ "mov %eax,(%rdi)", 8, { 0x89, 0x07 },
	  { .len = 2, STORE(4, RAX) } },
	{ "mov (%rdi),%eax", 8, { 0x8b, 0x07 },
	  { .len = 2, LOAD(4, RAX) } },
	{ "mov %r9,8(%r12)", 8, { 0x4d, 0x89, 0x4c, 0x24, 0x08 },
	  { .len = 5, STORE(8, R9) } },
	{ "mov %eax,0xfee000b0", 8,
	  { 0x89, 0x04, 0x25, 0xb0, 0x00, 0xe0, 0xfe },
	  { .len = 7, STORE(4, RAX) } },
	{ "mov %ecx,0x1234(%rip)", 8, { 0x89, 0x0d, 0x34, 0x12, 0, 0 },
	  { .len = 6, STORE(4, RCX) } },
	{ "mov (%rbx,%rcx,4),%rdx", 8, { 0x48, 0x8b, 0x14, 0x8b },
	  { .len = 4, LOAD(8, RDX) } },
	{ "mov 0x12345678(%rbp,%rsi,2),%esi", 8,
	  { 0x8b, 0xb4, 0x75, 0x78, 0x56, 0x34, 0x12 },
	  { .len = 7, LOAD(4, RSI) } },
	{ "mov (%r13),%r8d (disp8 0)", 8, { 0x45, 0x8b, 0x45, 0x00 },
	  { .len = 4, LOAD(4, R8) } },
	{ "mov 0x80(,%rax,8),%ax", 8,
	  { 0x66, 0x8b, 0x04, 0xc5, 0x80, 0, 0, 0 },
	  { .len = 8, LOAD(2, RAX) } },
	{ "mov (%eax),%ebx, 67", 8, { 0x67, 0x8b, 0x18 },
	  { .len = 3, LOAD(4, RBX) } },
	{ "mov %gs:(%rdi),%ecx", 8, { 0x65, 0x8b, 0x0f },
	  { .len = 3, LOAD(4, RCX) } },
	{ "mov %ah,(%rdx)", 8, { 0x88, 0x22 },
	  { .len = 2, STORE(1, RAX), .high_byte = true } },
	{ "mov %spl,(%rdx)", 8, { 0x40, 0x88, 0x22 },
	  { .len = 3, STORE(1, RSP) } },
	{ "mov %r15b,(%rdx)", 8, { 0x44, 0x88, 0x3a },
	  { .len = 3, STORE(1, R15) } },
	{ "rex before 66 does not count", 8, { 0x48, 0x66, 0x89, 0x07 },
	  { .len = 4, STORE(2, RAX) } },
	{ "66 before rex.w: 8 bytes", 8, { 0x66, 0x48, 0x89, 0x07 },
	  { .len = 4, STORE(8, RAX) } },
	{ "movb $0x80,(%rdi)", 8, { 0xc6, 0x07, 0x80 },
	  { .len = 3, IMM(1, -128) } },
	{ "movw $0x1234,(%rdi)", 8, { 0x66, 0xc7, 0x07, 0x34, 0x12 },
	  { .len = 5, IMM(2, 0x1234) } },
	{ "movl $0x12345678,4(%rdi)", 8,
	  { 0xc7, 0x47, 0x04, 0x78, 0x56, 0x34, 0x12 },
	  { .len = 7, IMM(4, 0x12345678) } },
	{ "movq $-2,(%rdi)", 8,
	  { 0x48, 0xc7, 0x07, 0xfe, 0xff, 0xff, 0xff },
	  { .len = 7, IMM(8, -2) } },
	{ "movl $0,0xfee000b0(%rip)", 8,
	  { 0xc7, 0x05, 0xb0, 0x00, 0xe0, 0xfe, 0, 0, 0, 0 },
	  { .len = 10, IMM(4, 0) } },
	{ "movabs 0xfee00020,%eax", 8,
	  { 0xa1, 0x20, 0x00, 0xe0, 0xfe, 0, 0, 0, 0 },
	  { .len = 9, LOAD(4, RAX) } },
	{ "movabs %al,0xfee00020", 8,
	  { 0xa2, 0x20, 0x00, 0xe0, 0xfe, 0, 0, 0, 0 },
	  { .len = 9, STORE(1, RAX) } },
	{ "movzbl (%rsi),%eax", 8, { 0x0f, 0xb6, 0x06 },
	  { .len = 3, LOAD(1, RAX), .dst_size = 4 } },
	{ "movzwq (%rsi),%r10", 8, { 0x4c, 0x0f, 0xb7, 0x16 },
	  { .len = 4, LOAD(2, R10), .dst_size = 8 } },
	{ "movsbw (%rsi),%ax", 8, { 0x66, 0x0f, 0xbe, 0x06 },
	  { .len = 4, LOAD(1, RAX), .dst_size = 2, .sign_extend = true } },
	{ "movswl (%rsi),%ebx", 8, { 0x0f, 0xbf, 0x1e },
	  { .len = 3, LOAD(2, RBX), .dst_size = 4, .sign_extend = true } },
	{ "movslq (%rsi),%rcx", 8, { 0x48, 0x63, 0x0e },
	  { .len = 3, LOAD(4, RCX), .dst_size = 8, .sign_extend = true } },
	{ "lock orl $1,(%rdi)", 8, { 0xf0, 0x83, 0x0f, 0x01 },
	  { .len = 4, IMM(4, 1), .read = true, .alu = HVR_ALU_OR } },
	{ "andl $~0xff,(%rdi)", 8,
	  { 0x81, 0x27, 0x00, 0xff, 0xff, 0xff },
	  { .len = 6, IMM(4, -256), .read = true, .alu = HVR_ALU_AND } },
	{ "add %eax,(%rdi)", 8, { 0x01, 0x07 },
	  { .len = 2, STORE(4, RAX), .read = true, .alu = HVR_ALU_ADD } },
	{ "sub (%rdi),%ecx", 8, { 0x2b, 0x0f },
	  { .len = 2, LOAD(4, RCX), .alu = HVR_ALU_SUB } },
	{ "xor %bl,(%rdi)", 8, { 0x30, 0x1f },
	  { .len = 2, STORE(1, RBX), .read = true, .alu = HVR_ALU_XOR } },
	{ "cmp %eax,(%rdi)", 8, { 0x39, 0x07 },
	  { .len = 2, .read = true, .size = 4, .gpr = RAX,
	    .alu = HVR_ALU_CMP } },
	{ "cmp (%rdi),%eax", 8, { 0x3b, 0x07 },
	  { .len = 2, LOAD(4, RAX), .alu = HVR_ALU_CMP } },
	{ "cmpl $5,(%rdi)", 8, { 0x83, 0x3f, 0x05 },
	  { .len = 3, .read = true, .size = 4, .imm = true,
	    .imm_value = 5, .alu = HVR_ALU_CMP } },
	{ "testl $0x1000,0x300(%rax)", 8,
	  { 0xf7, 0x80, 0x00, 0x03, 0, 0, 0x00, 0x10, 0, 0 },
	  { .len = 10, .read = true, .size = 4, .imm = true,
	    .imm_value = 0x1000, .alu = HVR_ALU_TEST } },
	{ "test %dl,(%rdi)", 8, { 0x84, 0x17 },
	  { .len = 2, .read = true, .size = 1, .gpr = RDX,
	    .alu = HVR_ALU_TEST } },
	{ "xchg %eax,(%rdi)", 8, { 0x87, 0x07 },
	  { .len = 2, STORE(4, RAX), .read = true, .alu = HVR_ALU_XCHG } },
	{ "mov %eax,(%edi), 32-bit", 4, { 0x89, 0x07 },
	  { .len = 2, STORE(4, RAX) } },
	{ "mov %eax,0xfee000b0, 32-bit", 4,
	  { 0xa3, 0xb0, 0x00, 0xe0, 0xfe },
	  { .len = 5, STORE(4, RAX) } },
	{ "mov disp32, 32-bit", 4, { 0x8b, 0x0d, 0x20, 0x00, 0xe0, 0xfe },
	  { .len = 6, LOAD(4, RCX) } },
	{ "mov (%bx,%si),%ax, 32-bit", 4, { 0x67, 0x66, 0x8b, 0x00 },
	  { .len = 4, LOAD(2, RAX) } },
	{ "mov %ax,(%bx), 16-bit", 2, { 0x89, 0x07 },
	  { .len = 2, STORE(2, RAX) } },
	{ "mov %eax,0x1234, 16-bit", 2, { 0x66, 0x89, 0x06, 0x34, 0x12 },
	  { .len = 5, STORE(4, RAX) } },
	{ "mov %al,0x12(%bp), 16-bit", 2, { 0x88, 0x46, 0x12 },
	  { .len = 3, STORE(1, RAX) } },
	{ "mov %ax,0x1234(%di), 16-bit", 2, { 0x89, 0x85, 0x34, 0x12 },
	  { .len = 4, STORE(2, RAX) } },
	{ "mov 8(%esp),%ax, 16-bit", 2, { 0x67, 0x8b, 0x44, 0x24, 0x08 },
	  { .len = 5, LOAD(2, RAX) } },
	{ "mov moffs16,%al, 16-bit", 2, { 0xa0, 0x34, 0x12 },
	  { .len = 3, LOAD(1, RAX) } },
	{ "longest: 9 prefixes and 6 bytes", 8,
	  { 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e,
	    0x89, 0x05, 1, 2, 3, 4 },
	  { .len = 15, STORE(4, RAX) } },
};

static void expect_insn(struct kunit *test, const struct mem_row *row,
			const struct hvr_insn *insn)
{
	const struct hvr_insn *want = &row->want;

	KUNIT_EXPECT_EQ_MSG(test, insn->len, want->len, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->write, want->write, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->read, want->read, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->size, want->size, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->imm, want->imm, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->imm_value, want->imm_value, "%s",
			    row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->gpr, want->gpr, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->high_byte, want->high_byte, "%s",
			    row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->dst_size,
			    want->dst_size ?: want->size, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->sign_extend, want->sign_extend, "%s",
			    row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->to_reg, want->to_reg, "%s", row->name);
	KUNIT_EXPECT_EQ_MSG(test, insn->alu, want->alu, "%s", row->name);
}

static void test_mem(struct kunit *test)
{
	struct hvr_insn insn;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(mem_rows); i++) {
		const struct mem_row *row = &mem_rows[i];
		int err = hvr_decode_mem(row->bytes, 15, row->mode, &insn);

		KUNIT_EXPECT_EQ_MSG(test, err, 0, "%s", row->name);
		if (!err)
			expect_insn(test, row, &insn);
		for (n = 0; n < row->want.len; n++)
			KUNIT_EXPECT_EQ_MSG(test,
					    hvr_decode_mem(row->bytes, n,
							   row->mode, &insn),
					    -ENODATA, "%s cut to %u",
					    row->name, n);
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_decode_length(row->bytes, 15, row->mode,
						      NULL), 0u, "%s",
				    row->name);
	}
}

static void test_mem_refused(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 mode;
		u8 bytes[16];
	} rows[] = {
		{ "register form", 8, { 0x89, 0xc7 } },
		{ "adc %eax,(%rdi)", 8, { 0x11, 0x07 } },
		{ "sbb %eax,(%rdi)", 8, { 0x19, 0x07 } },
		{ "adcl $1,(%rdi)", 8, { 0x83, 0x17, 0x01 } },
		{ "sbbl $1,(%rdi)", 8, { 0x83, 0x1f, 0x01 } },
		{ "add $1,%al", 8, { 0x04, 0x01 } },
		{ "c7 /1", 8, { 0xc7, 0x0f } },
		{ "xabort", 8, { 0xc6, 0xf8, 0x00 } },
		{ "notl (%rdi)", 8, { 0xf7, 0x17 } },
		{ "divl (%rdi)", 8, { 0xf7, 0x37 } },
		{ "incl (%rdi)", 8, { 0xff, 0x07 } },
		{ "movsb", 8, { 0xa4 } },
		{ "stosl", 8, { 0xab } },
		{ "movups (%rax),%xmm0", 8, { 0x0f, 0x10, 0x00 } },
		{ "cmpxchg", 8, { 0x0f, 0xb1, 0x07 } },
		{ "vex", 8, { 0xc5, 0xf8, 0x10, 0x00 } },
		{ "evex", 8, { 0x62, 0xf1, 0x7c, 0x48, 0x10, 0x00 } },
		{ "arpl in 32-bit code", 4, { 0x63, 0x07 } },
		{ "inc %eax in 32-bit code", 4, { 0x40, 0x89, 0x07 } },
		{ "nop", 8, { 0x90 } },
		{ "prefixes only", 8,
		  { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66 } },
		{ "16 bytes long", 8,
		  { 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e,
		    0x3e, 0x3e, 0x89, 0x05, 1, 2, 3, 4 } },
	};
	struct hvr_insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_decode_mem(rows[i].bytes,
						   sizeof(rows[i].bytes),
						   rows[i].mode, &insn),
				    -EINVAL, "%s", rows[i].name);
}

static void test_length(struct kunit *test)
{
	static const struct {
		const char *name;
		u8 mode;
		u8 len;
		u8 gpr;
		u8 bytes[16];
	} rows[] = {
		{ "cpuid", 8, 2, 0, { 0x0f, 0xa2 } },
		{ "hlt", 2, 1, 0, { 0xf4 } },
		{ "rdmsr", 8, 2, 0, { 0x0f, 0x32 } },
		{ "wrmsr", 8, 2, 0, { 0x0f, 0x30 } },
		{ "ds wrmsr", 8, 3, 0, { 0x3e, 0x0f, 0x30 } },
		{ "vmcall", 8, 3, 0, { 0x0f, 0x01, 0xc1 } },
		{ "vmmcall", 8, 3, 0, { 0x0f, 0x01, 0xd9 } },
		{ "xsetbv", 8, 3, 0, { 0x0f, 0x01, 0xd1 } },
		{ "wbinvd", 8, 2, 0, { 0x0f, 0x09 } },
		{ "wbnoinvd", 8, 3, 0, { 0xf3, 0x0f, 0x09 } },
		{ "invd", 8, 2, 0, { 0x0f, 0x08 } },
		{ "rdpmc", 8, 2, 0, { 0x0f, 0x33 } },
		{ "pause", 8, 2, 0, { 0xf3, 0x90 } },
		{ "clts", 4, 2, 0, { 0x0f, 0x06 } },
		{ "monitor", 8, 3, 0, { 0x0f, 0x01, 0xc8 } },
		{ "mwait", 8, 3, 0, { 0x0f, 0x01, 0xc9 } },
		{ "mov %cr0,%rax", 8, 3, RAX, { 0x0f, 0x20, 0xc0 } },
		{ "mov %rdi,%cr3", 8, 3, RDI, { 0x0f, 0x22, 0xdf } },
		{ "mov %r15,%cr8", 8, 4, R15, { 0x45, 0x0f, 0x22, 0xc7 } },
		{ "mov %cr0, mod ignored", 4, 3, RCX, { 0x0f, 0x20, 0x01 } },
		{ "mov %rbx,%dr7", 8, 3, RBX, { 0x0f, 0x23, 0xfb } },
		{ "mov %dr6,%r9", 8, 4, R9, { 0x41, 0x0f, 0x21, 0xf1 } },
		{ "lmsw %cx", 4, 3, RCX, { 0x0f, 0x01, 0xf1 } },
		{ "lmsw 4(%eax)", 4, 4, 0, { 0x0f, 0x01, 0x70, 0x04 } },
		{ "lmsw disp16", 2, 5, 0, { 0x0f, 0x01, 0x36, 0x34, 0x12 } },
		{ "invlpg (%rax)", 8, 3, 0, { 0x0f, 0x01, 0x38 } },
		{ "invlpg 8(%rsp)", 8, 5, 0,
		  { 0x0f, 0x01, 0x7c, 0x24, 0x08 } },
		{ "in $0x60,%al", 8, 2, 0, { 0xe4, 0x60 } },
		{ "out %eax,$0x60", 8, 2, 0, { 0xe7, 0x60 } },
		{ "in %dx,%ax", 8, 2, 0, { 0x66, 0xed } },
		{ "out %al,%dx", 8, 1, 0, { 0xee } },
		{ "rep insb", 8, 2, 0, { 0xf3, 0x6c } },
		{ "rep outsw %gs:", 4, 4, 0, { 0xf3, 0x66, 0x65, 0x6f } },
		{ "int $0x80", 4, 2, 0, { 0xcd, 0x80 } },
		{ "int3", 8, 1, 0, { 0xcc } },
		{ "int1", 8, 1, 0, { 0xf1 } },
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u8 gpr = 0xff;

		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_decode_length(rows[i].bytes, 15,
						      rows[i].mode, &gpr),
				    rows[i].len, "%s", rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, gpr, rows[i].gpr, "%s", rows[i].name);
		for (n = 0; n < rows[i].len; n++)
			KUNIT_EXPECT_EQ_MSG(test,
					    hvr_decode_length(rows[i].bytes, n,
							      rows[i].mode,
							      &gpr),
					    0u, "%s cut to %u", rows[i].name,
					    n);
	}
}

static void test_length_refused(struct kunit *test)
{
	static const u8 rows[][4] = {
		{ 0x90 },			/* nop */
		{ 0xf2, 0x90 },
		{ 0x0f, 0x0b },			/* ud2 */
		{ 0x0f, 0x05 },			/* syscall */
		{ 0x0f, 0x31 },			/* rdtsc */
		{ 0x0f, 0x01, 0xd8 },		/* vmrun */
		{ 0x0f, 0x01, 0x10 },		/* lgdt */
		{ 0x0f, 0x01, 0xf8 },		/* swapgs */
		{ 0x0f, 0x24, 0xc0 },		/* mov to test register */
		{ 0xcf },			/* iret */
	};
	unsigned int i;
	u8 gpr;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_decode_length(rows[i], 4, 8, &gpr), 0u,
				    "row %u", i);
}

/* ---- execution ---- */

#define ALU(op, sz)	{ .alu = HVR_ALU_##op, .size = (sz), .read = true, \
			  .write = true }
#define ZF	X86_EFLAGS_ZF
#define CF	X86_EFLAGS_CF
#define OF	X86_EFLAGS_OF
#define SF	X86_EFLAGS_SF
#define AF	X86_EFLAGS_AF
#define PF	X86_EFLAGS_PF

static void execute(const struct hvr_insn *insn, struct hvr_operands *o)
{
	struct hvr_insn full = *insn;

	full.dst_size = full.dst_size ?: full.size;
	hvr_insn_execute(&full, o);
}

static void test_flags(struct kunit *test)
{
	static const struct {
		struct hvr_insn insn;
		u64 mem;
		u64 reg;
		u64 res;
		u64 flags;
	} rows[] = {
		{ ALU(ADD, 1), 0xff, 0x01, 0x00, CF | ZF | AF | PF },
		{ ALU(ADD, 1), 0x7f, 0x01, 0x80, OF | SF | AF },
		{ ALU(ADD, 4), 0xffffffff, 1, 0, CF | ZF | AF | PF },
		{ ALU(ADD, 8), S64_MAX, 1, BIT_ULL(63), OF | SF | AF | PF },
		{ ALU(SUB, 1), 0x00, 0x01, 0xff, CF | SF | AF | PF },
		{ ALU(SUB, 2), 0x8000, 1, 0x7fff, OF | AF | PF },
		{ ALU(SUB, 4), 5, 5, 0, ZF | PF },
		{ ALU(AND, 4), 0xf0, 0x0f, 0, ZF | PF },
		{ ALU(OR, 1), 0x80, 0x01, 0x81, SF | PF },
		{ ALU(XOR, 8), U64_MAX, 1, U64_MAX - 1, SF },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hvr_operands o = {
			.mem = rows[i].mem,
			.reg = rows[i].reg,
			.flags = STATUS_FLAGS | X86_EFLAGS_IF,
		};

		execute(&rows[i].insn, &o);
		KUNIT_EXPECT_EQ_MSG(test, o.mem, rows[i].res, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, o.reg, rows[i].reg, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, o.flags,
				    rows[i].flags | X86_EFLAGS_IF, "row %u", i);
	}
}

static void test_compare(struct kunit *test)
{
	struct hvr_insn insn = {
		.alu = HVR_ALU_CMP, .size = 4, .read = true,
	};
	struct hvr_operands o = { .mem = 1, .reg = 2 };

	execute(&insn, &o);		/* 1 - 2 */
	KUNIT_EXPECT_TRUE(test, o.flags & CF);
	insn.to_reg = true;
	execute(&insn, &o);		/* 2 - 1 */
	KUNIT_EXPECT_FALSE(test, o.flags & CF);
	KUNIT_EXPECT_EQ(test, o.mem, 1ULL);
	KUNIT_EXPECT_EQ(test, o.reg, 2ULL);
}

static void test_registers(struct kunit *test)
{
	static const struct {
		struct hvr_insn insn;
		u64 mem;
		u64 reg;
		u64 want;
	} rows[] = {
		{ { LOAD(1, 0) }, 0xaa, U64_MAX, 0xffffffffffffffaa },
		{ { LOAD(1, 0), .high_byte = true }, 0xaa, U64_MAX,
		  0xffffffffffffaaff },
		{ { LOAD(2, 0) }, 0xaaaa, U64_MAX, 0xffffffffffffaaaa },
		{ { LOAD(4, 0) }, 0xaaaaaaaa, U64_MAX, 0xaaaaaaaa },
		{ { LOAD(8, 0) }, 1, U64_MAX, 1 },
		{ { LOAD(1, 0), .dst_size = 4 }, 0x80, U64_MAX, 0x80 },
		{ { LOAD(1, 0), .dst_size = 4, .sign_extend = true }, 0x80, 0,
		  0xffffff80 },
		{ { LOAD(4, 0), .dst_size = 8, .sign_extend = true },
		  0x80000000, 0, 0xffffffff80000000 },
		{ { LOAD(2, 0), .sign_extend = true }, 0x8000,
		  0, 0x8000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hvr_operands o = {
			.mem = rows[i].mem, .reg = rows[i].reg, .flags = CF,
		};

		execute(&rows[i].insn, &o);
		KUNIT_EXPECT_EQ_MSG(test, o.reg, rows[i].want, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, o.mem, rows[i].mem, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, o.flags, (u64)CF, "row %u", i);
	}
}

static void test_exchange(struct kunit *test)
{
	struct hvr_insn insn = ALU(XCHG, 4);
	struct hvr_operands o = { .mem = 0x11111111, .reg = 0x2222222233333333 };

	execute(&insn, &o);
	KUNIT_EXPECT_EQ(test, o.mem, 0x33333333ULL);
	KUNIT_EXPECT_EQ(test, o.reg, 0x11111111ULL);
}

static struct kunit_case decode_cases[] = {
	KUNIT_CASE(test_mem),
	KUNIT_CASE(test_mem_refused),
	KUNIT_CASE(test_length),
	KUNIT_CASE(test_length_refused),
	KUNIT_CASE(test_flags),
	KUNIT_CASE(test_compare),
	KUNIT_CASE(test_registers),
	KUNIT_CASE(test_exchange),
	{}
};

static struct kunit_suite decode_suite = {
	.name = "hvroot_decode",
	.test_cases = decode_cases,
};

kunit_test_suites(&decode_suite);
