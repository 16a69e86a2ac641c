// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVM: from exit code and exit information to struct hvr_exit.
 */
#include <kunit/test.h>

#include "../hvcore/svm/decode.c"

struct svm_caps svm_caps;

#define RIP	0x1000ULL

/* A VP with nothing but what the decoder looks at. */
static struct svm_vp *fake_svm(struct kunit *test)
{
	struct svm_vp *svm = kunit_kzalloc(test, sizeof(*svm), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, svm);
	svm->vmcb = kunit_kzalloc(test, sizeof(*svm->vmcb), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, svm->vmcb);
	svm->vp.rip = RIP;
	memset(&svm_caps, 0, sizeof(svm_caps));
	return svm;
}

static void decode(struct svm_vp *svm, u64 code, u64 info1, u64 info2,
		   struct hvr_exit *exit)
{
	memset(exit, 0xa5, sizeof(*exit));
	svm->vmcb->control.exit_code = code;
	svm->vmcb->control.exit_info_1 = info1;
	svm->vmcb->control.exit_info_2 = info2;
	svm_decode_exit(svm, exit);
}

static const struct {
	u64 code;
	u64 info1;
	u32 want;
} reason_rows[] = {
	{ 0x60, 0, HVR_EXIT_INTERRUPT },
	{ 0x61, 0, HVR_EXIT_NMI },
	{ 0x62, 0, HVR_EXIT_NONE },
	{ 0x64, 0, HVR_EXIT_IRQ_WINDOW },
	{ 0x6f, 0, HVR_EXIT_RDPMC },
	{ 0x72, 0, HVR_EXIT_CPUID },
	{ 0x73, 0, HVR_EXIT_UNDEFINED },
	{ 0x76, 0, HVR_EXIT_WBINVD },
	{ 0x77, 0, HVR_EXIT_PAUSE },
	{ 0x78, 0, HVR_EXIT_HLT },
	{ 0x7c, 0, HVR_EXIT_RDMSR },
	{ 0x7c, 1, HVR_EXIT_WRMSR },
	{ 0x7f, 0, HVR_EXIT_TRIPLE_FAULT },
	{ 0x80, 0, HVR_EXIT_UNDEFINED },
	{ 0x81, 0, HVR_EXIT_VMCALL },
	{ 0x89, 0, HVR_EXIT_WBINVD },
	{ 0x8a, 0, HVR_EXIT_UNDEFINED },
	{ 0x8d, 0, HVR_EXIT_XSETBV },
	{ 0x65, 0, HVR_EXIT_FAIL },
	{ 0x8f, 0, HVR_EXIT_FAIL },
	{ 0x401, 0, HVR_EXIT_FAIL },
	{ ~0ULL, 0, HVR_EXIT_FAIL },
};

static void test_reasons(struct kunit *test)
{
	struct svm_vp *svm = fake_svm(test);
	struct hvr_exit exit;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reason_rows); i++) {
		decode(svm, reason_rows[i].code, reason_rows[i].info1, 0, &exit);
		KUNIT_EXPECT_EQ_MSG(test, exit.reason, reason_rows[i].want,
				    "%llx", reason_rows[i].code);
		KUNIT_EXPECT_EQ(test, exit.hw_reason, reason_rows[i].code);
		KUNIT_EXPECT_EQ(test, exit.insn_len, 0);
	}
}

static const struct {
	u64 next_rip;
	u8 want;
} length_rows[] = {
	{ 0, 0 }, { RIP, 0 }, { RIP + 2, 2 }, { RIP + 15, 15 }, { RIP + 16, 0 },
	{ RIP - 1, 0 },
};

static void test_next_rip(struct kunit *test)
{
	struct svm_vp *svm = fake_svm(test);
	struct hvr_exit exit;
	unsigned int i;

	svm_caps.next_rip = true;
	for (i = 0; i < ARRAY_SIZE(length_rows); i++) {
		svm->vmcb->control.next_rip = length_rows[i].next_rip;
		decode(svm, 0x72, 0, 0, &exit);
		KUNIT_EXPECT_EQ(test, exit.insn_len, length_rows[i].want);
	}
}

static const struct {
	u32 info;
	u16 port;
	u8 size, addr_size, seg;
	bool in, string, rep;
} io_rows[] = {
	{ 0x03f80090, 0x3f8, 1, 2, HVR_SEG_ES, false, false, false },
	{ 0x00600121, 0x60, 2, 4, HVR_SEG_ES, true, false, false },
	{ 0xffff0241, 0xffff, 4, 8, HVR_SEG_ES, true, false, false },
	{ 0x0070109c, 0x70, 1, 2, HVR_SEG_FS, false, true, true },
};

static void test_io(struct kunit *test)
{
	struct svm_vp *svm = fake_svm(test);
	struct hvr_exit exit;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(io_rows); i++) {
		svm_caps.decode_assists = true;
		decode(svm, 0x7b, io_rows[i].info, RIP + 2, &exit);
		KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_IO);
		KUNIT_EXPECT_EQ(test, exit.insn_len, 2);
		KUNIT_EXPECT_EQ(test, exit.io.port, io_rows[i].port);
		KUNIT_EXPECT_EQ(test, exit.io.size, io_rows[i].size);
		KUNIT_EXPECT_EQ(test, exit.io.addr_size, io_rows[i].addr_size);
		KUNIT_EXPECT_EQ(test, exit.io.in, io_rows[i].in);
		KUNIT_EXPECT_EQ(test, exit.io.string, io_rows[i].string);
		KUNIT_EXPECT_EQ(test, exit.io.rep, io_rows[i].rep);
		KUNIT_EXPECT_EQ(test, exit.io.seg, io_rows[i].seg);
		/* Without decode assists the segment is a guess. */
		svm_caps.decode_assists = false;
		decode(svm, 0x7b, io_rows[i].info, RIP + 2, &exit);
		KUNIT_EXPECT_EQ(test, exit.io.seg, HVR_SEG_DS);
	}
}

static const struct {
	u64 info;
	u8 access;
} fault_rows[] = {
	{ 0x100000004ULL, HVR_ACCESS_READ },
	{ 0x100000006ULL, HVR_ACCESS_READ | HVR_ACCESS_WRITE },
	{ 0x100000014ULL, HVR_ACCESS_READ | HVR_ACCESS_EXEC },
	{ 0x100000007ULL, HVR_ACCESS_READ | HVR_ACCESS_WRITE |
			  HVR_ACCESS_PRESENT },
	{ 0x200000006ULL, HVR_ACCESS_READ | HVR_ACCESS_WRITE | HVR_ACCESS_WALK },
};

static void test_fault(struct kunit *test)
{
	struct svm_vp *svm = fake_svm(test);
	struct vmcb_control *c = &svm->vmcb->control;
	struct hvr_exit exit;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_rows); i++) {
		decode(svm, 0x400, fault_rows[i].info, 0xfee00300, &exit);
		KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_SLAT);
		KUNIT_EXPECT_EQ(test, exit.slat.gpa, 0xfee00300ULL);
		KUNIT_EXPECT_EQ(test, exit.slat.access, fault_rows[i].access);
		KUNIT_EXPECT_FALSE(test, exit.slat.gva_valid);
		KUNIT_EXPECT_EQ(test, exit.insn_bytes_len, 0);
	}
	svm_caps.decode_assists = true;
	c->insn_len = 0xff;
	memset(c->insn_bytes, 0x90, sizeof(c->insn_bytes));
	decode(svm, 0x400, 0x100000004ULL, 0, &exit);
	KUNIT_EXPECT_EQ(test, exit.insn_bytes_len, 15);
	KUNIT_EXPECT_EQ(test, exit.insn_bytes[14], 0x90);
}

static void test_registers(struct kunit *test)
{
	struct svm_vp *svm = fake_svm(test);
	struct hvr_exit exit;

	decode(svm, 0x14, 0, 0, &exit);
	KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_CR);
	KUNIT_EXPECT_EQ(test, exit.cr.nr, 4);
	KUNIT_EXPECT_TRUE(test, exit.cr.write);
	KUNIT_EXPECT_FALSE(test, exit.cr.decoded);
	decode(svm, 0x08, 0, 0, &exit);
	KUNIT_EXPECT_EQ(test, exit.cr.nr, 8);
	KUNIT_EXPECT_FALSE(test, exit.cr.write);
	decode(svm, 0x27, 0, 0, &exit);
	KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_DR);
	KUNIT_EXPECT_EQ(test, exit.dr.nr, 7);
	KUNIT_EXPECT_FALSE(test, exit.dr.write);

	svm_caps.decode_assists = true;
	decode(svm, 0x10, BIT_ULL(63) | 0xd, 0, &exit);
	KUNIT_EXPECT_TRUE(test, exit.cr.decoded);
	KUNIT_EXPECT_EQ(test, exit.cr.gpr, 13);
	/* LMSW and CLTS: no register. */
	decode(svm, 0x10, 0xd, 0, &exit);
	KUNIT_EXPECT_FALSE(test, exit.cr.decoded);
	decode(svm, 0x36, 5, 0, &exit);
	KUNIT_EXPECT_TRUE(test, exit.dr.decoded);
	KUNIT_EXPECT_TRUE(test, exit.dr.write);
	KUNIT_EXPECT_EQ(test, exit.dr.nr, 6);
	KUNIT_EXPECT_EQ(test, exit.dr.gpr, 5);
}

static void test_exceptions(struct kunit *test)
{
	struct svm_vp *svm = fake_svm(test);
	struct hvr_exit exit;

	svm->vmcb->save.dr6 = 0xffff4ff0;
	decode(svm, 0x41, 0, 0, &exit);
	KUNIT_EXPECT_EQ(test, exit.reason, HVR_EXIT_EXCEPTION);
	KUNIT_EXPECT_EQ(test, exit.exc.vector, 1);
	KUNIT_EXPECT_FALSE(test, exit.exc.has_error);
	KUNIT_EXPECT_EQ(test, exit.exc.param, 0xffff4ff0ULL);
	decode(svm, 0x51, 0, 0, &exit);
	KUNIT_EXPECT_EQ(test, exit.exc.vector, 17);
	KUNIT_EXPECT_TRUE(test, exit.exc.has_error);
	KUNIT_EXPECT_EQ(test, exit.exc.param, 0ULL);
}

static struct kunit_case svm_exit_cases[] = {
	KUNIT_CASE(test_reasons),
	KUNIT_CASE(test_next_rip),
	KUNIT_CASE(test_io),
	KUNIT_CASE(test_fault),
	KUNIT_CASE(test_registers),
	KUNIT_CASE(test_exceptions),
	{}
};

static struct kunit_suite svm_exit_suite = {
	.name = "hvroot_svm_exit",
	.test_cases = svm_exit_cases,
};

kunit_test_suites(&svm_exit_suite);
