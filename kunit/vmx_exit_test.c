// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX: from raw exit fields to struct hvr_exit, and events both ways.
 */
#include <kunit/test.h>

#include "../hvcore/vmx/decode.c"
#include "../hvcore/vmx/event.c"

struct reason_row {
	u32 reason;
	u32 want;
	u8 insn_len;
};

static const struct reason_row reason_rows[] = {
	{ 1, HVR_EXIT_INTERRUPT, 0 },
	{ 2, HVR_EXIT_TRIPLE_FAULT, 0 },
	{ 3, HVR_EXIT_NONE, 0 },
	{ 6, HVR_EXIT_NONE, 0 },
	{ 7, HVR_EXIT_IRQ_WINDOW, 0 },
	{ 8, HVR_EXIT_NMI_WINDOW, 0 },
	{ 10, HVR_EXIT_CPUID, 3 },
	{ 11, HVR_EXIT_UNDEFINED, 0 },
	{ 12, HVR_EXIT_HLT, 3 },
	{ 13, HVR_EXIT_WBINVD, 3 },
	{ 15, HVR_EXIT_RDPMC, 3 },
	{ 17, HVR_EXIT_UNDEFINED, 0 },
	{ 18, HVR_EXIT_VMCALL, 3 },
	{ 19, HVR_EXIT_UNDEFINED, 0 },
	{ 27, HVR_EXIT_UNDEFINED, 0 },
	{ 31, HVR_EXIT_RDMSR, 3 },
	{ 32, HVR_EXIT_WRMSR, 3 },
	{ 36, HVR_EXIT_UNDEFINED, 0 },
	{ 39, HVR_EXIT_UNDEFINED, 0 },
	{ 40, HVR_EXIT_PAUSE, 3 },
	{ 41, HVR_EXIT_NONE, 0 },
	{ 43, HVR_EXIT_NONE, 0 },
	{ 49, HVR_EXIT_FAIL, 0 },
	{ 50, HVR_EXIT_UNDEFINED, 0 },
	{ 52, HVR_EXIT_DEADLINE, 0 },
	{ 53, HVR_EXIT_UNDEFINED, 0 },
	{ 54, HVR_EXIT_WBINVD, 3 },
	{ 55, HVR_EXIT_XSETBV, 3 },
	{ 59, HVR_EXIT_UNDEFINED, 0 },
	{ 68, HVR_EXIT_UNDEFINED, 0 },
	/* nobody asked for these */
	{ 16, HVR_EXIT_FAIL, 0 },
	{ 44, HVR_EXIT_FAIL, 0 },
	{ 69, HVR_EXIT_FAIL, 0 },
	{ 0xffff, HVR_EXIT_FAIL, 0 },
	/* the entry failed */
	{ BIT(31) | 33, HVR_EXIT_FAIL, 0 },
	{ BIT(31) | 34, HVR_EXIT_FAIL, 0 },
	{ BIT(31) | 41, HVR_EXIT_NONE, 0 },
};

static void test_reasons(struct kunit *test)
{
	const struct reason_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(reason_rows); i++) {
		struct vmx_raw_exit raw = { .insn_len = 3 };
		struct hvr_exit exit = {};

		r = &reason_rows[i];
		raw.reason = r->reason;
		vmx_decode_exit(&raw, true, &exit);
		KUNIT_EXPECT_EQ_MSG(test, exit.reason, r->want, "%x", r->reason);
		KUNIT_EXPECT_EQ_MSG(test, exit.insn_len, r->insn_len, "%x",
				    r->reason);
		KUNIT_EXPECT_EQ(test, exit.hw_reason, (u64)r->reason);
	}
}

/* The short way says what the long one says, or leaves it to that. */
static void test_plain(struct kunit *test)
{
	static const u32 long_ones[] = {
		0, 9, 28, 29, 30, 33, 34, 48, 49, 16, 69, 0xffff, ~0U,
		BIT(31) | 41, BIT(27) | 10, BIT(31) | 10,
	};
	const struct reason_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(reason_rows); i++) {
		struct hvr_exit exit = { .insn_bytes_len = 7 };

		r = &reason_rows[i];
		if (r->want == HVR_EXIT_FAIL || r->reason >> 16)
			continue;
		KUNIT_EXPECT_TRUE_MSG(test, vmx_decode_plain(r->reason, 3, &exit),
				      "%x", r->reason);
		KUNIT_EXPECT_EQ_MSG(test, exit.reason, r->want, "%x", r->reason);
		KUNIT_EXPECT_EQ_MSG(test, exit.insn_len, r->insn_len, "%x",
				    r->reason);
		KUNIT_EXPECT_EQ(test, exit.insn_bytes_len, 0);
		KUNIT_EXPECT_EQ(test, exit.hw_reason, (u64)r->reason);
	}
	for (i = 0; i < ARRAY_SIZE(long_ones); i++) {
		struct hvr_exit exit = {};

		KUNIT_EXPECT_FALSE_MSG(test,
				       vmx_decode_plain(long_ones[i], 3, &exit),
				       "%x", long_ones[i]);
	}
}

struct cr_row {
	u64 qualification;
	u8 nr;
	u8 gpr;
	bool write;
	bool decoded;
	bool clts;
	bool lmsw;
	u16 lmsw_value;
};

static const struct cr_row cr_rows[] = {
	{ 0x0300, 0, 3, true, true },		/* MOV CR0, RBX */
	{ 0x0f14, 4, 15, false, true },		/* MOV R15, CR4 */
	{ 0x0008, 8, 0, true, true },		/* MOV CR8, RAX */
	{ 0x0020, 0, 0, true, false, true },	/* CLTS */
	{ 0xabcd0030, 0, 0, true, false, false, true, 0xabcd },
};

static void test_cr(struct kunit *test)
{
	const struct cr_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(cr_rows); i++) {
		struct vmx_raw_exit raw = { .reason = 28, .insn_len = 3 };
		struct hvr_exit exit = {};

		r = &cr_rows[i];
		raw.qualification = r->qualification;
		vmx_decode_exit(&raw, true, &exit);
		KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_CR);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.nr, r->nr, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.gpr, r->gpr, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.write, r->write, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.decoded, r->decoded, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.clts, r->clts, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.lmsw, r->lmsw, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, exit.cr.lmsw_value, r->lmsw_value,
				    "row %d", i);
	}
}

static void test_dr(struct kunit *test)
{
	struct vmx_raw_exit raw = { .reason = 29, .insn_len = 3,
				    .qualification = 0x0d17 };
	struct hvr_exit exit = {};

	vmx_decode_exit(&raw, true, &exit);
	KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_DR);
	KUNIT_EXPECT_EQ(test, exit.dr.nr, 7);
	KUNIT_EXPECT_EQ(test, exit.dr.gpr, 13);
	KUNIT_EXPECT_FALSE(test, exit.dr.write);
	KUNIT_EXPECT_TRUE(test, exit.dr.decoded);
	raw.qualification = 0x0206;
	vmx_decode_exit(&raw, true, &exit);
	KUNIT_EXPECT_EQ(test, exit.dr.nr, 6);
	KUNIT_EXPECT_EQ(test, exit.dr.gpr, 2);
	KUNIT_EXPECT_TRUE(test, exit.dr.write);
}

struct io_row {
	const char *name;
	u64 qualification;
	u32 info;
	bool ins_outs;
	u16 port;
	u8 size;
	bool in, string, rep;
	u8 seg, addr_size;
};

/* Code is 32-bit in all rows. */
static const struct io_row io_rows[] = {
	{ "out 0x3f8, al", 0x03f80000, 0, true, 0x3f8, 1, false, false, false,
	  HVR_SEG_DS, 4 },
	{ "in ax, 0x60", 0x00600049, 0, true, 0x60, 2, true, false, false,
	  HVR_SEG_DS, 4 },
	{ "in eax, dx", 0xffff000b, 0, true, 0xffff, 4, true, false, false,
	  HVR_SEG_DS, 4 },
	{ "rep outsb fs:, 16-bit addresses", 0x00700030, 4 << 15, true, 0x70, 1,
	  false, true, true, HVR_SEG_FS, 2 },
	{ "rep outsd, 64-bit addresses", 0x00700033, 3 << 15 | 2 << 7, true,
	  0x70, 4, false, true, true, HVR_SEG_DS, 8 },
	{ "insw: the segment is ES anyway", 0x01f00019, 5 << 15 | 1 << 7, true,
	  0x1f0, 2, true, true, false, HVR_SEG_DS, 4 },
	{ "outsb of a CPU that tells nothing", 0x00700010, 4 << 15 | 2 << 7,
	  false, 0x70, 1, false, true, false, HVR_SEG_DS, 4 },
};

static void test_io(struct kunit *test)
{
	const struct io_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(io_rows); i++) {
		struct vmx_raw_exit raw = { .reason = 30, .insn_len = 2,
					    .code_size = 4 };
		struct hvr_exit exit = {};

		r = &io_rows[i];
		raw.qualification = r->qualification;
		raw.insn_info = r->info;
		vmx_decode_exit(&raw, r->ins_outs, &exit);
		KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_IO);
		KUNIT_EXPECT_EQ(test, exit.insn_len, 2);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.port, r->port, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.size, r->size, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.in, r->in, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.string, r->string, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.rep, r->rep, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.seg, r->seg, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.io.addr_size, r->addr_size, "%s",
				    r->name);
	}
}

#define R	HVR_ACCESS_READ
#define W	HVR_ACCESS_WRITE
#define X	HVR_ACCESS_EXEC
#define P	HVR_ACCESS_PRESENT
#define T	HVR_ACCESS_WALK

struct violation_row {
	u64 qualification;
	u8 access;
	bool gva_valid;
	bool nmi;		/* an IRET had ended the blocking */
};

static const struct violation_row violation_rows[] = {
	{ 0x181, R, true },
	{ 0x182, R | W, true },
	{ 0x184, R | X, true },
	{ 0x18a, R | W | P, true },
	{ 0x1a2, R | W | P, true },
	{ 0x081, R | T, true },			/* a page table */
	{ 0x083, R | W | T, true },		/* ... with accessed bits */
	{ 0x001, R, false },			/* no linear address: bit 8 is nothing */
	{ 0x1181, R, true, true },
};

static void test_violation(struct kunit *test)
{
	const struct violation_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(violation_rows); i++) {
		struct vmx_raw_exit raw = { .reason = 48, .gpa = 0xfee00300,
					    .linear = 0x7000300, .insn_len = 9 };
		struct hvr_exit exit = {};

		r = &violation_rows[i];
		raw.qualification = r->qualification;
		vmx_decode_exit(&raw, true, &exit);
		KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_SLAT);
		KUNIT_EXPECT_EQ(test, exit.insn_len, 0);
		KUNIT_EXPECT_EQ(test, exit.slat.gpa, 0xfee00300ULL);
		KUNIT_EXPECT_EQ_MSG(test, exit.slat.access, r->access, "%llx",
				    r->qualification);
		KUNIT_EXPECT_EQ_MSG(test, exit.slat.gva_valid, r->gva_valid,
				    "%llx", r->qualification);
		KUNIT_EXPECT_EQ_MSG(test, exit.slat.gva,
				    r->gva_valid ? 0x7000300ULL : 0, "%llx",
				    r->qualification);
		KUNIT_EXPECT_EQ_MSG(test, vmx_exit_unblocked_nmi(&raw), r->nmi,
				    "%llx", r->qualification);
		/* Not when a delivery was interrupted. */
		raw.vectoring = BIT(31) | 14 | 3 << 8;
		KUNIT_EXPECT_FALSE(test, vmx_exit_unblocked_nmi(&raw));
	}
}

struct exception_row {
	const char *name;
	u32 event;
	u32 error;
	u64 qualification;
	u32 reason;
	u8 vector;
	bool has_error;
	u64 param;
	u8 insn_len;
};

/* DR6 was 0xffff4ff2 (single step, breakpoint 1) in all rows. */
static const struct exception_row exception_rows[] = {
	{ "NMI", BIT(31) | 2 << 8 | 2, 0, 0, HVR_EXIT_NMI },
	{ "#AC", BIT(31) | BIT(11) | 3 << 8 | 17, 0, 0, HVR_EXIT_EXCEPTION, 17,
	  true },
	{ "#MC", BIT(31) | 3 << 8 | 18, 0, 0, HVR_EXIT_EXCEPTION, 18 },
	{ "#GP", BIT(31) | BIT(11) | 3 << 8 | 13, 0x58, 0, HVR_EXIT_EXCEPTION,
	  13, true },
	{ "#PF", BIT(31) | BIT(11) | 3 << 8 | 14, 2, 0x1234, HVR_EXIT_EXCEPTION,
	  14, true, 0x1234 },
	{ "#DB by breakpoint 0", BIT(31) | 3 << 8 | 1, 0, 1, HVR_EXIT_EXCEPTION,
	  1, false, 0xffff4ff1 },
	{ "#DB by general detect", BIT(31) | 3 << 8 | 1, 0, 0x2000,
	  HVR_EXIT_EXCEPTION, 1, false, 0xffff6ff0 },
	{ "ICEBP", BIT(31) | 5 << 8 | 1, 0, 0, HVR_EXIT_EXCEPTION, 1, false,
	  0xffff4ff0, 1 },
	{ "INT3", BIT(31) | 6 << 8 | 3, 0, 0, HVR_EXIT_EXCEPTION, 3, false, 0, 1 },
};

static void test_exceptions(struct kunit *test)
{
	const struct exception_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(exception_rows); i++) {
		struct vmx_raw_exit raw = { .insn_len = 1, .dr6 = 0xffff4ff2 };
		struct hvr_exit exit = {};

		r = &exception_rows[i];
		raw.event = r->event;
		raw.event_error = r->error;
		raw.qualification = r->qualification;
		vmx_decode_exit(&raw, true, &exit);
		KUNIT_EXPECT_EQ_MSG(test, exit.reason, r->reason, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.insn_len, r->insn_len, "%s", r->name);
		if (r->reason != HVR_EXIT_EXCEPTION)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, exit.exc.vector, r->vector, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.exc.has_error, r->has_error, "%s",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.exc.error, r->error, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.exc.param, r->param, "%s", r->name);
	}
}

struct task_row {
	const char *name;
	u64 qualification;
	u32 vectoring;
	u8 kind;
	u8 insn_len;
};

static const struct task_row task_rows[] = {
	{ "CALL", 0x28, 0, HVR_TASK_CALL, 2 },
	{ "IRET", 0x40000028, 0, HVR_TASK_IRET, 2 },
	{ "JMP", 0x80000028, 0, HVR_TASK_JMP, 2 },
	{ "interrupt", 0xc0000028, BIT(31) | 0x30, HVR_TASK_GATE, 0 },
	{ "NMI", 0xc0000028, BIT(31) | 2 << 8 | 2, HVR_TASK_GATE, 0 },
	{ "#UD", 0xc0000028, BIT(31) | 3 << 8 | 6, HVR_TASK_GATE, 0 },
	{ "INT n", 0xc0000028, BIT(31) | 4 << 8 | 0x60, HVR_TASK_GATE, 2 },
	{ "ICEBP", 0xc0000028, BIT(31) | 5 << 8 | 1, HVR_TASK_GATE, 2 },
	{ "INT3", 0xc0000028, BIT(31) | 6 << 8 | 3, HVR_TASK_GATE, 2 },
};

static void test_task_switch_by(struct kunit *test)
{
	const struct task_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(task_rows); i++) {
		struct vmx_raw_exit raw = { .reason = 9, .insn_len = 2 };
		struct hvr_exit exit = {};

		r = &task_rows[i];
		raw.qualification = r->qualification;
		raw.vectoring = r->vectoring;
		vmx_decode_exit(&raw, true, &exit);
		KUNIT_EXPECT_EQ_MSG(test, exit.task.kind, r->kind, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, exit.insn_len, r->insn_len, "%s", r->name);
		KUNIT_EXPECT_FALSE_MSG(test, exit.task.has_error, "%s", r->name);
	}
}

static void test_task_switch(struct kunit *test)
{
	struct vmx_raw_exit raw = {
		.reason = 9, .qualification = 0xc0000028ULL, .insn_len = 2,
		.vectoring = BIT(31) | BIT(11) | 3 << 8 | 8,
	};
	struct hvr_exit exit = {};

	vmx_decode_exit(&raw, true, &exit);
	KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_TASK_SWITCH);
	KUNIT_EXPECT_EQ(test, exit.task.selector, 0x28);
	KUNIT_EXPECT_EQ(test, exit.task.kind, 3);
	KUNIT_EXPECT_TRUE(test, exit.task.has_error);
	KUNIT_EXPECT_EQ(test, exit.task.error, 0U);
	KUNIT_EXPECT_EQ(test, exit.insn_len, 0);
}

/* ---- events ---- */

struct inject_row {
	const char *name;
	u8 type;
	u8 vector;
	bool has_error;
	bool protected;
	u32 want;
};

static const struct inject_row inject_rows[] = {
	{ "interrupt", HVR_EVENT_EXTINT, 0x30, false, true, BIT(31) | 0x30 },
	{ "NMI", HVR_EVENT_NMI, 2, false, true, BIT(31) | 2 << 8 | 2 },
	{ "#UD", HVR_EVENT_EXCEPTION, 6, false, true, BIT(31) | 3 << 8 | 6 },
	{ "#GP", HVR_EVENT_EXCEPTION, 13, true, true,
	  BIT(31) | BIT(11) | 3 << 8 | 13 },
	{ "#GP in real mode", HVR_EVENT_EXCEPTION, 13, true, false,
	  BIT(31) | 3 << 8 | 13 },
	{ "#PF that forgot its code", HVR_EVENT_EXCEPTION, 14, false, true,
	  BIT(31) | BIT(11) | 3 << 8 | 14 },
	{ "#UD with a code", HVR_EVENT_EXCEPTION, 6, true, true,
	  BIT(31) | 3 << 8 | 6 },
	{ "INT 0x80", HVR_EVENT_SOFTINT, 0x80, false, true,
	  BIT(31) | 4 << 8 | 0x80 },
	{ "INT3", HVR_EVENT_SOFTEXC, 3, false, true, BIT(31) | 6 << 8 | 3 },
	{ "ICEBP", HVR_EVENT_SOFTEXC, 1, false, true, BIT(31) | 5 << 8 | 1 },
};

static void test_inject(struct kunit *test)
{
	const struct inject_row *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(inject_rows); i++) {
		struct hvr_event ev = {};

		r = &inject_rows[i];
		ev.type = r->type;
		ev.vector = r->vector;
		ev.has_error = r->has_error;
		KUNIT_EXPECT_EQ_MSG(test, vmx_event_field(&ev, r->protected),
				    r->want, "%s", r->name);
	}
}

struct vectoring_row {
	const char *name;
	u32 field;
	u32 error;
	u8 type;
	u8 vector;
	bool has_error;
};

static const struct vectoring_row vectoring_rows[] = {
	{ "none", 0x30, 0, HVR_EVENT_NONE },
	{ "interrupt", BIT(31) | 0xec, 7, HVR_EVENT_EXTINT, 0xec },
	{ "NMI", BIT(31) | 2 << 8 | 2, 0, HVR_EVENT_NMI, 2 },
	{ "#PF", BIT(31) | BIT(11) | 3 << 8 | 14, 6, HVR_EVENT_EXCEPTION, 14, true },
	{ "#UD", BIT(31) | 3 << 8 | 6, 9, HVR_EVENT_EXCEPTION, 6 },
	{ "INT n runs again", BIT(31) | 4 << 8 | 0x80, 0, HVR_EVENT_NONE },
	{ "ICEBP runs again", BIT(31) | 5 << 8 | 1, 0, HVR_EVENT_NONE },
	{ "INT3 runs again", BIT(31) | 6 << 8 | 3, 0, HVR_EVENT_NONE },
};

static void test_vectoring(struct kunit *test)
{
	const struct vectoring_row *r;
	bool given;
	int i;

	for (i = 0; i < ARRAY_SIZE(vectoring_rows); i++) {
		struct hvr_event ev = {};

		r = &vectoring_rows[i];
		given = vmx_field_event(r->field, r->error, &ev);
		KUNIT_EXPECT_EQ_MSG(test, given, r->type != HVR_EVENT_NONE, "%s",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, ev.type, r->type, "%s", r->name);
		if (!given)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, ev.vector, r->vector, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, ev.has_error, r->has_error, "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, ev.error, r->has_error ? r->error : 0,
				    "%s", r->name);
	}
}

static struct kunit_case vmx_exit_cases[] = {
	KUNIT_CASE(test_reasons),
	KUNIT_CASE(test_plain),
	KUNIT_CASE(test_cr),
	KUNIT_CASE(test_dr),
	KUNIT_CASE(test_io),
	KUNIT_CASE(test_violation),
	KUNIT_CASE(test_exceptions),
	KUNIT_CASE(test_task_switch),
	KUNIT_CASE(test_task_switch_by),
	KUNIT_CASE(test_inject),
	KUNIT_CASE(test_vectoring),
	{}
};

static struct kunit_suite vmx_exit_suite = {
	.name = "hvroot_vmx_exit",
	.test_cases = vmx_exit_cases,
};

kunit_test_suites(&vmx_exit_suite);
