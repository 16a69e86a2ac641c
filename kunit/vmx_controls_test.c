// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMX: from capability registers to controls.
 */
#include <kunit/test.h>

#include "../hvcore/vmx/controls.c"

/* A CPU of 2018 as its registers read: "must be 1" low, "may be 1" high. */
static const struct vmx_raw_caps skylake = {
	.basic = 0x00da040000000004ULL,
	.misc = 0x00000000200401e7ULL,
	.pin = 0x0000007f00000016ULL,
	.proc = 0xfff9fffe04006172ULL,
	.proc2 = 0x02177bff00000000ULL,
	.exit = 0x007fffff00036dfbULL,
	.entry = 0x0000ffff000011fbULL,
	.ept = 0x00000f0106734141ULL,
};

static void test_complete(struct kunit *test)
{
	struct vmx_caps caps = {};

	KUNIT_ASSERT_NULL(test, vmx_choose_controls(&skylake, &caps));
	KUNIT_EXPECT_EQ(test, caps.revision, 4U);
	KUNIT_EXPECT_EQ(test, caps.pin,
			0x16U | BIT(0) | BIT(3) | BIT(5) | BIT(6));
	KUNIT_EXPECT_EQ(test, caps.timer_shift, 7);
	KUNIT_EXPECT_EQ(test, caps.proc,
			0x04006172U | BIT(3) | BIT(7) | BIT(10) | BIT(11) |
			BIT(21) | BIT(23) | BIT(24) | BIT(28) | BIT(29) |
			BIT(31));
	KUNIT_EXPECT_EQ(test, caps.proc2, BIT(1) | BIT(3) | BIT(5) | BIT(6) |
			BIT(7) | BIT(12));
	KUNIT_EXPECT_EQ(test, caps.exit,
			0x00036dfbU | BIT(9) | BIT(19) | BIT(20) | BIT(21));
	KUNIT_EXPECT_EQ(test, caps.entry,
			0x000011fbU | BIT(2) | BIT(14) | BIT(15));
	KUNIT_EXPECT_TRUE(test, caps.ins_outs);
	KUNIT_EXPECT_FALSE(test, caps.pause_loops);
}

struct missing_row {
	const char *want;
	unsigned int reg;	/* offset in struct vmx_raw_caps */
	u64 clear;
	u64 set;
};

#define REG(name)	offsetof(struct vmx_raw_caps, name)

static const struct missing_row missing_rows[] = {
	{ "the TRUE control capabilities", REG(basic), BIT_ULL(55), 0 },
	{ "write-back control structures", REG(basic), BIT_ULL(51), 0 },
	{ "control structures of at most 4096 bytes", REG(basic), 0,
	  BIT_ULL(32) | BIT_ULL(44) },
	{ "NMI exiting", REG(pin), BIT_ULL(35), 0 },
	{ "virtual NMIs", REG(pin), BIT_ULL(37), 0 },
	{ "secondary controls", REG(proc), BIT_ULL(63), 0 },
	{ "MSR bitmaps", REG(proc), BIT_ULL(60), 0 },
	{ "no CR3-load exiting", REG(proc), 0, BIT_ULL(15) },
	{ "no INVLPG exiting", REG(proc), 0, BIT_ULL(9) },
	{ "NMI-window exiting", REG(proc), 0, BIT_ULL(22) },
	{ "extended page tables (EPT)", REG(proc2), BIT_ULL(33), 0 },
	{ "unrestricted guest", REG(proc2), BIT_ULL(39), 0 },
	{ "64-bit host", REG(exit), BIT_ULL(41), 0 },
	{ "saving of EFER at exits", REG(exit), BIT_ULL(52), 0 },
	{ "loading of EFER at entries", REG(entry), BIT_ULL(47), 0 },
	{ "entries to real and 32-bit mode", REG(entry), 0, BIT_ULL(9) },
	{ "EPT of four levels", REG(ept), BIT_ULL(6), 0 },
	{ "write-back EPT", REG(ept), BIT_ULL(14), 0 },
	{ "2 MiB pages in EPT", REG(ept), BIT_ULL(16), 0 },
	{ "INVEPT", REG(ept), BIT_ULL(20), 0 },
	{ "INVEPT", REG(ept), BIT_ULL(25) | BIT_ULL(26), 0 },
};

static void test_missing(struct kunit *test)
{
	const struct missing_row *r;
	struct vmx_raw_caps raw;
	struct vmx_caps caps;
	const char *what;
	u64 *reg;
	int i;

	for (i = 0; i < ARRAY_SIZE(missing_rows); i++) {
		r = &missing_rows[i];
		raw = skylake;
		reg = (void *)&raw + r->reg;
		*reg = (*reg & ~r->clear) | r->set;
		what = vmx_choose_controls(&raw, &caps);
		KUNIT_ASSERT_NOT_NULL_MSG(test, what, "%s", r->want);
		KUNIT_EXPECT_STREQ(test, what, r->want);
	}
}

struct wanted_row {
	const char *name;
	u64 proc_clear;
	u64 proc2_clear;
	u64 ept_clear;
	u32 proc_on;
	u32 proc_off;
	u32 proc2_off;
};

/* What may be missing, and what stands in for it. */
static const struct wanted_row wanted_rows[] = {
	{ "no TPR shadow: CR8 exits", BIT_ULL(53), 0, 0,
	  BIT(19) | BIT(20), BIT(21), 0 },
	{ "no VPID", 0, BIT_ULL(37), 0, 0, 0, BIT(5) },
	{ "no RDTSCP", 0, BIT_ULL(35), 0, 0, 0, BIT(3) },
	{ "no INVPCID", 0, BIT_ULL(44), 0, 0, 0, BIT(12) },
	{ "no 1 GiB, no accessed bits", 0, 0, BIT_ULL(17) | BIT_ULL(21) },
	{ "INVEPT of all only", 0, 0, BIT_ULL(25) },
};

static void test_wanted(struct kunit *test)
{
	const struct wanted_row *r;
	struct vmx_raw_caps raw;
	struct vmx_caps caps;
	int i;

	for (i = 0; i < ARRAY_SIZE(wanted_rows); i++) {
		r = &wanted_rows[i];
		raw = skylake;
		raw.proc &= ~r->proc_clear;
		raw.proc2 &= ~r->proc2_clear;
		raw.ept &= ~r->ept_clear;
		KUNIT_ASSERT_NULL_MSG(test, vmx_choose_controls(&raw, &caps),
				      "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, caps.proc & r->proc_on, r->proc_on,
				    "%s", r->name);
		KUNIT_EXPECT_EQ_MSG(test, caps.proc & r->proc_off, 0U, "%s",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, caps.proc2 & r->proc2_off, 0U, "%s",
				    r->name);
	}
}

/* Nothing that the CPU does not allow, and all that it forces. */
static void test_bounds(struct kunit *test)
{
	struct vmx_caps caps;

	KUNIT_ASSERT_NULL(test, vmx_choose_controls(&skylake, &caps));
	KUNIT_EXPECT_EQ(test, caps.pin & ~(u32)(skylake.pin >> 32), 0U);
	KUNIT_EXPECT_EQ(test, caps.proc & ~(u32)(skylake.proc >> 32), 0U);
	KUNIT_EXPECT_EQ(test, caps.proc2 & ~(u32)(skylake.proc2 >> 32), 0U);
	KUNIT_EXPECT_EQ(test, caps.exit & ~(u32)(skylake.exit >> 32), 0U);
	KUNIT_EXPECT_EQ(test, caps.entry & ~(u32)(skylake.entry >> 32), 0U);
	KUNIT_EXPECT_EQ(test, (u32)skylake.proc & ~caps.proc, 0U);
	KUNIT_EXPECT_EQ(test, (u32)skylake.exit & ~caps.exit, 0U);
}

static struct kunit_case vmx_controls_cases[] = {
	KUNIT_CASE(test_complete),
	KUNIT_CASE(test_missing),
	KUNIT_CASE(test_wanted),
	KUNIT_CASE(test_bounds),
	{}
};

static struct kunit_suite vmx_controls_suite = {
	.name = "hvroot_vmx_controls",
	.test_cases = vmx_controls_cases,
};

kunit_test_suites(&vmx_controls_suite);
