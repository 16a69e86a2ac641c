// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_ROOT_HVCALL: its envelope, properties, registers, translation, CPUID and
 * interrupts, with errno and status of each wrong use.
 */
#include "selftest.h"

/* ---- hypercall envelope ---- */

enum { ON_DEV, ON_PT, ON_VP };

struct envelope_case {
	const char *name;
	int fd;
	struct mshv_root_hvcall args;	/* in_ptr, out_ptr: 1 = a good one */
	long want;
	uint16_t status;
};

#define GET_FEATURES	.code = 0x44, .in_sz = 16, .in_ptr = 1, .out_sz = 8, \
			.out_ptr = 1

static const struct envelope_case envelope_cases[] = {
	{ "hvcall: status not 0", ON_DEV, { GET_FEATURES, .status = 1 },
	  -EINVAL, 1 },
	{ "hvcall: reserved byte", ON_DEV, { GET_FEATURES, .rsvd = { [5] = 1 } },
	  -EINVAL, 0 },
	{ "hvcall: no input", ON_DEV, { .code = 0x44, .in_sz = 16 }, -EINVAL, 0 },
	{ "hvcall: input of 7", ON_DEV,
	  { .code = 0x44, .in_sz = 7, .in_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: input of 4097", ON_DEV,
	  { .code = 0x44, .in_sz = 4097, .in_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: output of 0", ON_DEV,
	  { .code = 0x44, .in_sz = 16, .in_ptr = 1, .out_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: output of 4097", ON_DEV,
	  { .code = 0x44, .in_sz = 16, .in_ptr = 1, .out_sz = 4097,
	    .out_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: input too short for the call", ON_DEV,
	  { .code = 0x44, .in_sz = 8, .in_ptr = 1, .out_sz = 8, .out_ptr = 1 },
	  -EINVAL, 3 },
	{ "hvcall: output too short for the call", ON_DEV,
	  { .code = 0x44, .in_sz = 16, .in_ptr = 1, .out_sz = 4, .out_ptr = 1 },
	  -EINVAL, 3 },
	{ "hvcall: reps of a simple call", ON_DEV, { GET_FEATURES, .reps = 1 },
	  -EINVAL, 3 },
	{ "hvcall: get features, device", ON_DEV, { GET_FEATURES }, 0, 0 },
	{ "hvcall: get features, partition", ON_PT, { GET_FEATURES }, 0, 0 },
	{ "hvcall: get features, VP", ON_VP, { GET_FEATURES }, 0, 0 },
	{ "hvcall: longer input is fine", ON_DEV,
	  { .code = 0x44, .in_sz = 64, .in_ptr = 1, .out_sz = 8, .out_ptr = 1 },
	  0, 0 },
	{ "hvcall: without output", ON_DEV,
	  { .code = 0x44, .in_sz = 16, .in_ptr = 1 }, 0, 0 },
	{ "hvcall: set property, device", ON_DEV,
	  { .code = 0x45, .in_sz = 24, .in_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: set property, VP", ON_VP,
	  { .code = 0x45, .in_sz = 24, .in_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: registers, device", ON_DEV,
	  { .code = 0x50, .reps = 1, .in_sz = 20, .in_ptr = 1, .out_sz = 16,
	    .out_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: code that nobody may pass through", ON_PT,
	  { .code = 0x53, .in_sz = 64, .in_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: a guest's call", ON_PT,
	  { .code = 0x5c, .in_sz = 256, .in_ptr = 1 }, -EINVAL, 0 },
	{ "hvcall: rep call without reps", ON_PT,
	  { .code = 0x50, .in_sz = 20, .in_ptr = 1, .out_sz = 16, .out_ptr = 1 },
	  -EINVAL, 3 },
	{ "hvcall: more reps than input", ON_PT,
	  { .code = 0x50, .reps = 2, .in_sz = 20, .in_ptr = 1, .out_sz = 32,
	    .out_ptr = 1 }, -EINVAL, 3 },
};

static void test_envelope(void)
{
	static uint8_t in[8192], out[8192];
	struct machine m;
	unsigned int i;
	int fds[3];

	make_machine(&m, 16 * PAGE, 1);
	fds[ON_DEV] = m.dev;
	fds[ON_PT] = m.pt;
	fds[ON_VP] = m.vp[0];
	for (i = 0; i < ARRAY_SIZE(envelope_cases); i++) {
		const struct envelope_case *c = &envelope_cases[i];
		struct mshv_root_hvcall args = c->args;
		uint32_t code = HV_PROP_PROCESSOR_FEATURES0;
		long ret;

		memset(in, 0, sizeof(in));
		if (args.code == HV_CALL_GET_PARTITION_PROPERTY)
			memcpy(in + 8, &code, 4);
		args.in_ptr = args.in_ptr ? (uintptr_t)in : 0;
		args.out_ptr = args.out_ptr ? (uintptr_t)out : 0;
		ret = call(fds[c->fd], MSHV_ROOT_HVCALL, &args);
		tap(ret == c->want && args.status == c->status, c->name,
		    "got %s status %#x, want %ld status %#x", result_name(ret),
		    args.status, c->want, c->status);
	}
	expect("hvcall: bad pointer", call(m.dev, MSHV_ROOT_HVCALL, BAD_POINTER),
	       -EFAULT);
	drop_machine(&m);
}

static void test_bad_buffers(void)
{
	struct machine m;
	struct hvcall c;
	uint32_t code = HV_PROP_PROCESSOR_FEATURES0;

	make_machine(&m, PAGE, 1);
	hvcall_init(&c, 0x44, 0, 16, 8);
	c.args.in_ptr = 8;
	expect("hvcall: bad input", hvcall(m.dev, &c), -EFAULT);
	hvcall_init(&c, 0x44, 0, 16, 8);
	memcpy(c.in + 8, &code, 4);
	c.args.out_ptr = 8;
	expect("hvcall: bad output", hvcall(m.dev, &c), -EFAULT);
	drop_machine(&m);
}

/* ---- properties ---- */

struct prop_case {
	const char *name;
	int fd;
	bool init;		/* on an initialized partition */
	bool set;
	uint32_t code;
	uint64_t val;
	long want;
};

static const struct prop_case prop_cases[] = {
	{ "property: unknown", ON_DEV, true, false, 0x77777, 0, -EINVAL },
	{ "property: set unknown", ON_PT, true, true, 0x77777, 0, -EINVAL },
	{ "property: features 0", ON_DEV, true, false, 0x6000a, 0, 0 },
	{ "property: features 1", ON_DEV, true, false, 0x6000b, 0, 0 },
	{ "property: vendor", ON_PT, true, false, 0x60000, 0, 0 },
	{ "property: XSAVE features", ON_PT, true, false, 0x60002, 0, 0 },
	{ "property: address width", ON_PT, true, false, 0x60006, 0, 0 },
	{ "property: XSAVE states", ON_PT, true, false, 0x60007, 0, 0 },
	{ "property: XSAVE size", ON_PT, true, false, 0x60008, 0, 0 },
	{ "property: frequency", ON_PT, true, false, 0x60009, 0, 0 },
	{ "property: a partition's, on the device", ON_DEV, true, false, 0x10001,
	  0, -EINVAL },
	{ "property: read-only", ON_PT, true, true, 0x6000a, 0, -EACCES },
	{ "property: features of the guest, early", ON_PT, false, true, 0x10001,
	  0x6400ffb, 0 },
	{ "property: features of the guest, late", ON_PT, true, true, 0x10001,
	  0x6400ffb, -EIO },
	{ "property: features of the guest, read", ON_PT, true, false, 0x10001, 0,
	  0 },
	{ "property: unknown MSRs, early", ON_PT, false, true, 0x50017, 1, -EIO },
	{ "property: unknown MSRs, ignored", ON_PT, true, true, 0x50017, 1, 0 },
	{ "property: unknown MSRs, bad value", ON_PT, true, true, 0x50017, 2,
	  -EINVAL },
	{ "property: freeze", ON_PT, true, true, 0x30003, 1, 0 },
	{ "property: freeze, bad value", ON_PT, true, true, 0x30003, 2, -EINVAL },
	{ "property: reference time, set", ON_PT, true, true, 0x30005, 1000, 0 },
	{ "property: reference time, read", ON_PT, true, false, 0x30005, 0, 0 },
	{ "property: processors per socket", ON_PT, true, true, 0x50003, 4, 0 },
	{ "property: processors per socket, 0", ON_PT, true, true, 0x50003, 0,
	  -EINVAL },
	{ "property: tracking on", ON_PT, true, true, 0x50005, 1, 0 },
	{ "property: tracking, bad value", ON_PT, true, true, 0x50005, 9,
	  -EINVAL },
};

static void test_properties(void)
{
	int dev = open_device();
	uint64_t val;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prop_cases); i++) {
		const struct prop_case *c = &prop_cases[i];
		int pt = make_partition(dev, c->init);
		int fd = c->fd == ON_DEV ? dev : pt;

		if (c->set)
			expect(c->name, set_property(fd, c->code, c->val),
			       c->want);
		else
			expect(c->name, get_property(fd, c->code, &val),
			       c->want);
		close(pt);
	}
	get_property(dev, HV_PROP_MAX_XSAVE_SIZE, &val);
	tap(val >= 576 && val <= PAGE, "property: XSAVE size fits a page",
	    "%lu", (unsigned long)val);
	close(dev);
}

static void test_frozen_time(void)
{
	struct machine m;
	uint64_t a = 0, b = 0;
	long ret;

	make_machine(&m, PAGE, 1);
	ret = set_property(m.pt, HV_PROP_TIME_FREEZE, 1);
	get_property(m.pt, HV_PROP_REFERENCE_TIME, &a);
	usleep(2000);
	get_property(m.pt, HV_PROP_REFERENCE_TIME, &b);
	tap(!ret && a && a == b, "property: frozen time stands",
	    "%s, %lu then %lu", result_name(ret), (unsigned long)a,
	    (unsigned long)b);
	set_property(m.pt, HV_PROP_TIME_FREEZE, 0);
	usleep(2000);
	get_property(m.pt, HV_PROP_REFERENCE_TIME, &b);
	tap(b > a, "property: thawed time goes on", "%lu then %lu",
	    (unsigned long)a, (unsigned long)b);
	drop_machine(&m);
}

static void test_property_ex(void)
{
	struct machine m;
	struct hvcall c;
	struct hv_in_get_property_ex *in = (void *)c.in;
	struct hv_out_assignable_features *out = (void *)c.out;
	long ret;

	make_machine(&m, PAGE, 1);
	hvcall_init(&c, HV_CALL_GET_PARTITION_PROPERTY_EX, 0, sizeof(*in), 4072);
	in->code = HV_PROP_ASSIGNABLE_SYNTHETIC_FEATURES;
	ret = hvcall(m.dev, &c);
	tap(!ret && out->bank_count == 1 && (out->bank0 & 3) == 3,
	    "property ex: assignable features", "%s, %u banks, %#lx",
	    result_name(ret), out->bank_count, (unsigned long)out->bank0);
	drop_machine(&m);
}

/* ---- registers ---- */

struct reg_case {
	const char *name;
	uint32_t reg;
	uint64_t low, high;
	long want;
	uint64_t back_low, back_high;	/* what is read back when it succeeds */
};

#define SAME(l, h)	(l), (h), 0, (l), (h)

static const struct reg_case reg_cases[] = {
	{ "register: unknown name", 0x99999, 0, 0, -EINVAL, 0, 0 },
	{ "register: RAX", 0x20000, SAME(0x123456789abcdef0, 0) },
	{ "register: R15", 0x2000f, SAME(~0ULL, 0) },
	{ "register: RFLAGS keeps its fixed bits", 0x20011, 0xffffffffffff0046, 0,
	  0, 0x3f0046, 0 },
	{ "register: XMM15", 0x3000f, SAME(0x1111, 0x2222) },
	{ "register: ST7", 0x30017, SAME(0x8000000000000000, 0x3fff) },
	{ "register: FPU control", 0x30018, SAME(0x0000000000ff037f, 0x1234) },
	{ "register: CR0, PG without PE", 0x40000, 0x80000010, 0, -EINVAL, 0, 0 },
	{ "register: CR0, NW without CD", 0x40000, 0x20000010, 0, -EINVAL, 0, 0 },
	{ "register: CR0, high half", 0x40000, 1ULL << 32, 0, -EINVAL, 0, 0 },
	{ "register: CR0, ET is fixed", 0x40000, 0x60000000, 0, 0, 0x60000010,
	  0 },
	{ "register: CR2", 0x40001, SAME(0xdeadbeef, 0) },
	{ "register: CR3 beyond physical addresses", 0x40002, 1ULL << 60, 0,
	  -EINVAL, 0, 0 },
	{ "register: CR3", 0x40002, SAME(0x5000, 0) },
	{ "register: CR4, bit of no feature", 0x40003, 1ULL << 40, 0, -EINVAL, 0,
	  0 },
	{ "register: CR4.PKE, whose register is the host's", 0x40003, 1 << 22, 0,
	  -EINVAL, 0, 0 },
	{ "register: CR4.PAE", 0x40003, SAME(0x20, 0) },
	{ "register: CR8", 0x40004, SAME(7, 0) },
	{ "register: CR8 too large", 0x40004, 16, 0, -EINVAL, 0, 0 },
	{ "register: XCR0 without x87", 0x40005, 2, 0, -EINVAL, 0, 0 },
	{ "register: XCR0", 0x40005, SAME(1, 0) },
	{ "register: intermediate CR4", 0x41003, SAME(0x20, 0) },
	{ "register: DR0", 0x50000, SAME(0x1234, 0) },
	{ "register: DR6", 0x50004, 0x1, 0, 0, 0xffff0ff1, 0 },
	{ "register: DR7, high half", 0x50005, 1ULL << 32, 0, -EINVAL, 0, 0 },
	{ "register: DR7", 0x50005, 0x0, 0, 0, 0x400, 0 },
	{ "register: DS", 0x60003,
	  SAME(0x1000, 0x0093000000000000 | 0x0010ULL << 32 | 0xffff) },
	{ "register: FS base not canonical", 0x60004, 1ULL << 60, 0, -EINVAL, 0,
	  0 },
	{ "register: GDTR", 0x70001, SAME(0xffULL << 48, 0x2000) },
	{ "register: EFER, bit of no feature", 0x80001, 1ULL << 50, 0, -EINVAL, 0,
	  0 },
	{ "register: EFER.LMA follows from LME and PG", 0x80001, 0x500, 0, 0,
	  0x100, 0 },
	{ "register: LSTAR not canonical", 0x80009, 1ULL << 60, 0, -EINVAL, 0,
	  0 },
	{ "register: LSTAR", 0x80009, SAME(0xffffffff81000000, 0) },
	{ "register: SFMASK, high half", 0x8000b, 1ULL << 32, 0, -EINVAL, 0, 0 },
	{ "register: SFMASK", 0x8000b, SAME(0x47700, 0) },
	{ "register: PAT with a reserved type", 0x80004, 2, 0, -EINVAL, 0, 0 },
	{ "register: PAT", 0x80004, SAME(0x0007040600070406, 0) },
	{ "register: MTRR default type", 0x8000e, SAME(0x806, 0) },
	{ "register: MTRR base 7", 0x80017, SAME(0x6, 0) },
	{ "register: MTRR fixed", 0x80070, SAME(0x0606060606060606, 0) },
	{ "register: MTRR cap is taken", 0x8000d, 0x508, 0, 0, 0x508, 0 },
	{ "register: BNDCFGS, zero", 0x8007c, SAME(0, 0) },
	{ "register: U_CET, zero", 0x8008c, SAME(0, 0) },
	{ "register: SPEC_CTRL, zero", 0x80084, SAME(0, 0) },
	{ "register: SPEC_CTRL, bit of no feature", 0x80084, 1ULL << 40, 0,
	  -EINVAL, 0, 0 },
	{ "register: TSC_ADJUST, zero", 0x80096, SAME(0, 0) },
	{ "register: pending interruption", 0x10002,
	  SAME(0x1 | 3 << 1 | 1 << 4 | 13ULL << 16 | 0x18ULL << 32, 0) },
	{ "register: pending interruption of no type", 0x10002, 1 | 1 << 1, 0,
	  -EINVAL, 0, 0 },
	{ "register: pending page fault", 0x10004,
	  SAME(0x1 | 1 << 8 | 14ULL << 16 | 2ULL << 32, 0xabc000) },
	{ "register: no pending event", 0x10004, SAME(0, 0) },
	{ "register: pending event 1", 0x10005, SAME(0, 0) },
	{ "register: interrupt state", 0x10003, SAME(3, 0) },
	{ "register: deliverability, reserved", 0x10006, 1 << 6, 0, -EINVAL, 0,
	  0 },
	{ "register: activity, halt", 0x4, SAME(2, 0) },
	{ "register: activity, wait for SIPI", 0x4, SAME(1, 0) },
	{ "register: activity, none", 0x4, SAME(0, 0) },
	{ "register: activity, unknown", 0x4, 8, 0, -EINVAL, 0, 0 },
	{ "register: VP index is fixed", 0x90003, 1, 0, -EACCES, 0, 0 },
	{ "register: guest OS id", 0x90002, SAME(0x8100000000000000, 0) },
	{ "register: SIMP", 0xa0013, SAME(0, 0) },
	{ "register: SINT 2", 0xa0002, SAME(0x10000, 0) },
	{ "register: EOM", 0xa0014, SAME(0, 0) },
};

static void test_registers(void)
{
	struct hv_register_value val;
	struct machine m;
	unsigned int i;
	long ret;

	for (i = 0; i < ARRAY_SIZE(reg_cases); i++) {
		const struct reg_case *c = &reg_cases[i];

		make_machine(&m, 16 * PAGE, 1);
		ret = set_reg128(m.vp[0], 0, c->reg, c->low, c->high);
		if (ret || c->want) {
			expect(c->name, ret, c->want);
		} else {
			ret = get_reg128(m.vp[0], 0, c->reg, &val);
			tap(!ret && val.low == c->back_low &&
			    val.high == c->back_high, c->name,
			    "%s, read %#lx %#lx", result_name(ret),
			    (unsigned long)val.low, (unsigned long)val.high);
		}
		drop_machine(&m);
	}
}

/* The names that a full synchronisation of a well-known VMM reads and writes. */
static const uint32_t sync_names[] = {
	0x20000, 0x20003, 0x20001, 0x20002, 0x20006, 0x20007, 0x20004, 0x20005,
	0x20008, 0x20009, 0x2000a, 0x2000b, 0x2000c, 0x2000d, 0x2000e, 0x2000f,
	0x20010, 0x20011,
	0x60001, 0x60003, 0x60000, 0x60004, 0x60005, 0x60002, 0x60007, 0x60006,
	0x70001, 0x70000, 0x40000, 0x40001, 0x40002, 0x40003, 0x40004, 0x80001,
	0x80003,
	0x40005,
	0x30000, 0x30001, 0x30002, 0x30003, 0x30004, 0x30005, 0x30006, 0x30007,
	0x30008, 0x30009, 0x3000a, 0x3000b, 0x3000c, 0x3000d, 0x3000e, 0x3000f,
	0x30010, 0x30011, 0x30012, 0x30013, 0x30014, 0x30015, 0x30016, 0x30017,
	0x30018, 0x30019,
	0x80001, 0x80004, 0x80005, 0x80007, 0x80006, 0x80008, 0x80009, 0x8000a,
	0x8000b, 0x80002, 0x80000, 0x8007b, 0x80096, 0x90001, 0x90002, 0x90017,
	0xa0010, 0xa0012, 0xa0013, 0x8000e,
	0x8008c, 0x8008d, 0x8008f, 0x80090, 0x80091, 0x80092, 0x80093, 0x8008b,
	0x80084,
	0x80010, 0x80011, 0x80012, 0x80013, 0x80014, 0x80015, 0x80016, 0x80017,
	0x80040, 0x80041, 0x80042, 0x80043, 0x80044, 0x80045, 0x80046, 0x80047,
	0x80070, 0x80071, 0x80072, 0x80073, 0x80074, 0x80075, 0x80076, 0x80077,
	0x80078, 0x80079, 0x8007a,
	0x10002, 0x10003, 0x10004,
};

static void test_sync(void)
{
	struct hvcall get, set;
	struct hv_in_get_registers *gin = (void *)get.in;
	struct hv_in_set_registers *sin = (void *)set.in;
	struct hv_register_value *vals = (void *)get.out;
	unsigned int i, n = ARRAY_SIZE(sync_names);
	struct machine m;
	long ret;

	make_machine(&m, 16 * PAGE, 2);
	hvcall_init(&get, HV_CALL_GET_VP_REGISTERS, n, sizeof(*gin) + 4 * n,
		    16 * n);
	gin->vp_index = 1;
	memcpy(gin->names, sync_names, sizeof(sync_names));
	ret = hvcall(m.pt, &get);
	tap(!ret && get.args.reps == n, "registers: all of a VMM's, read",
	    "%s after %u of %u, status %#x", result_name(ret), get.args.reps, n,
	    get.args.status);
	hvcall_init(&set, HV_CALL_SET_VP_REGISTERS, n, sizeof(*sin) + 32 * n, 0);
	sin->vp_index = 1;
	for (i = 0; i < n; i++) {
		sin->elements[i].name = sync_names[i];
		sin->elements[i].value = vals[i];
	}
	ret = hvcall(m.pt, &set);
	tap(!ret && set.args.reps == n, "registers: all of a VMM's, written back",
	    "%s after %u of %u, status %#x", result_name(ret), set.args.reps, n,
	    set.args.status);
	drop_machine(&m);
}

static void test_register_calls(void)
{
	struct machine m;
	struct hvcall c;
	struct hv_in_get_registers *in = (void *)c.in;
	long ret;

	make_machine(&m, PAGE, 1);
	hvcall_init(&c, HV_CALL_GET_VP_REGISTERS, 3, sizeof(*in) + 12, 48);
	in->names[0] = HV_REG_RAX;
	in->names[1] = HV_REG_RIP;
	in->names[2] = 0x99999;
	ret = hvcall(m.pt, &c);
	tap(ret == -EINVAL && c.args.reps == 2 && c.args.status == 5,
	    "registers: the third name is bad", "%s, reps %u, status %#x",
	    result_name(ret), c.args.reps, c.args.status);
	hvcall_init(&c, HV_CALL_GET_VP_REGISTERS, 1, sizeof(*in) + 4, 16);
	in->vp_index = 1;
	ret = hvcall(m.pt, &c);
	tap(ret == -EINVAL && c.args.status == 0xe, "registers: no such VP",
	    "%s, status %#x", result_name(ret), c.args.status);
	hvcall_init(&c, HV_CALL_GET_VP_REGISTERS, 1, sizeof(*in) + 4, 16);
	in->vtl = 0x11;
	expect("registers: another VTL", hvcall(m.pt, &c), -EINVAL);
	tap(get_reg(m.vp[0], 0, HV_REG_RIP) == 0xfff0 &&
	    get_reg(m.vp[0], 0, HV_REG_CR0) == 0x60000010 &&
	    get_reg(m.vp[0], 0, HV_REG_APIC_BASE) == 0xfee00900,
	    "registers: power-on state", "rip %#lx cr0 %#lx apic %#lx",
	    (unsigned long)get_reg(m.vp[0], 0, HV_REG_RIP),
	    (unsigned long)get_reg(m.vp[0], 0, HV_REG_CR0),
	    (unsigned long)get_reg(m.vp[0], 0, HV_REG_APIC_BASE));
	drop_machine(&m);
}

/* ---- other hypercalls ---- */

static long translate(int fd, uint64_t gva, uint64_t flags, uint64_t *gpa)
{
	struct hvcall c;
	struct hv_in_translate *in = (void *)c.in;
	struct hv_out_translate *out = (void *)c.out;
	long ret;

	hvcall_init(&c, HV_CALL_TRANSLATE_VIRTUAL_ADDRESS, 0, sizeof(*in),
		    sizeof(*out));
	in->flags = flags;
	in->gva_page = gva / PAGE;
	ret = hvcall(fd, &c);
	*gpa = out->gpa_page * PAGE;
	return ret ? ret : (long)out->result;
}

static long install(int fd, uint32_t kind, uint32_t access)
{
	struct hvcall c;
	struct hv_in_install_intercept *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_INSTALL_INTERCEPT, 0, sizeof(*in), 0);
	in->access = access;
	in->intercept_kind = kind;
	return hvcall(fd, &c);
}

static long assert_irq(int fd, uint64_t control, uint64_t dest, uint32_t vector)
{
	struct hvcall c;
	struct hv_in_assert_interrupt *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_ASSERT_VIRTUAL_INTERRUPT, 0, sizeof(*in), 0);
	in->control = control;
	in->destination = dest;
	in->vector = vector;
	return hvcall(fd, &c);
}

static long register_cpuid(int fd, uint32_t vp, uint32_t kind, uint32_t leaf,
			   uint32_t ebx)
{
	struct hvcall c;
	struct hv_in_register_intercept_result *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_REGISTER_INTERCEPT_RESULT, 0,
		    HV_REGISTER_INTERCEPT_RESULT_SIZE, 0);
	in->vp_index = vp;
	in->intercept_kind = kind;
	in->cpuid.eax_in = leaf;
	in->cpuid.always_override = 1;
	in->cpuid.ebx = ebx;
	in->cpuid.ebx_mask = ~0U;
	return hvcall(fd, &c);
}

static long get_cpuid(int fd, uint32_t vp, uint32_t flags, uint32_t leaf,
		      struct hv_out_cpuid *out)
{
	struct hvcall c;
	struct hv_in_get_cpuid *in = (void *)c.in;
	long ret;

	hvcall_init(&c, HV_CALL_GET_VP_CPUID_VALUES, 1, sizeof(*in) + 24, 16);
	in->vp_index = vp;
	in->flags = flags;
	in->leaves[0].eax = leaf;
	ret = hvcall(fd, &c);
	memcpy(out, c.out, sizeof(*out));
	return ret;
}

/* As a VMM does that describes the whole CPU: every bit is its own. */
static long register_leaf(int fd, uint32_t vp, uint32_t leaf, uint32_t val)
{
	struct hvcall c;
	struct hv_in_register_intercept_result *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_REGISTER_INTERCEPT_RESULT, 0,
		    HV_REGISTER_INTERCEPT_RESULT_SIZE, 0);
	in->vp_index = vp;
	in->intercept_kind = HV_INTERCEPT_CPUID;
	in->cpuid = (struct hv_cpuid_result_parameters){
		.eax_in = leaf, .always_override = 1,
		.eax = val, .eax_mask = ~0U, .ebx = val, .ebx_mask = ~0U,
		.ecx = val, .ecx_mask = ~0U, .edx = val, .edx_mask = ~0U,
	};
	return hvcall(fd, &c);
}

#define LEAF7_ECX_STATE	(1U << 3 | 1U << 7 | 1U << 16)	/* PKU, CET, LA57 */

static void test_described_cpu(void)
{
	struct hv_out_cpuid own = {}, cpuid = {};
	struct machine m;
	long ret;

	make_machine(&m, 16 * PAGE, 2);
	ret = get_cpuid(m.pt, 0, 1, 7, &own);
	expect("CPUID: describe leaf 7", register_leaf(m.vp[0], 0, 7, ~0U), 0);
	ret = ret ?: get_cpuid(m.pt, 0, 3, 7, &cpuid);
	tap(!ret && !(cpuid.ecx & LEAF7_ECX_STATE) && cpuid.ebx == own.ebx,
	    "CPUID: no feature that the VP cannot have", "%s, ebx %#x ecx %#x",
	    result_name(ret), cpuid.ebx, cpuid.ecx);
	ret = get_cpuid(m.pt, 0, 1, 0xd, &own);
	register_leaf(m.vp[0], 0, 0xd, ~0U);
	ret = ret ?: get_cpuid(m.pt, 0, 3, 0xd, &cpuid);
	tap(!ret && cpuid.eax == own.eax && cpuid.edx == own.edx,
	    "CPUID: no XSAVE component that the VP cannot have",
	    "%s, %#x, own %#x", result_name(ret), cpuid.eax, own.eax);
	register_leaf(m.vp[0], 0, 0x80000000, 0x80000008);
	ret = get_cpuid(m.pt, 0, 3, 0x80000001, &cpuid);
	tap(!ret && !cpuid.eax && !cpuid.edx, "CPUID: a leaf that is left out",
	    "%s, %#x %#x", result_name(ret), cpuid.eax, cpuid.edx);
	ret = get_cpuid(m.pt, 1, 3, 0x80000001, &cpuid);
	tap(!ret && cpuid.edx, "CPUID: ... is there for the other VP", "%s, %#x",
	    result_name(ret), cpuid.edx);
	ret = get_cpuid(m.pt, 0, 3, 0x40000000, &cpuid);
	tap(!ret && cpuid.eax >= 0x40000005, "CPUID: our own leaves stay",
	    "%s, %#x", result_name(ret), cpuid.eax);
	drop_machine(&m);
}

static void test_other_calls(void)
{
	struct hv_out_cpuid cpuid;
	struct machine m;
	uint64_t gpa;
	long ret;

	make_machine(&m, 16 * PAGE, 1);
	ret = translate(m.vp[0], 0x3000, 1, &gpa);
	tap(!ret && gpa == 0x3000, "translate: paging off", "%ld, %#lx", ret,
	    (unsigned long)gpa);
	ret = translate(m.vp[0], 0xfee00000, 2, &gpa);
	tap(!ret && gpa == 0xfee00000, "translate: where no memory is", "%ld, %#lx",
	    ret, (unsigned long)gpa);
	expect("translate: unknown flag", translate(m.vp[0], 0, 1 << 11, &gpa),
	       -EINVAL);
	expect("intercept: hypercalls", install(m.pt, 8, 4), 0);
	expect("intercept: unknown connections", install(m.pt, 0xd, 4), 0);
	expect("intercept: retarget", install(m.pt, 0xf, 4), 0);
	expect("intercept: exceptions", install(m.pt, 3, 4), -EINVAL);
	expect("intercept: unknown kind", install(m.pt, 0x99, 4), -EINVAL);
	expect("intercept: unknown access", install(m.pt, 8, 8), -EINVAL);
	expect("interrupt: fixed", assert_irq(m.pt, 0, 0, 0x30), 0);
	expect("interrupt: nobody there", assert_irq(m.pt, 0, 77, 0x30), 0);
	expect("interrupt: unknown type", assert_irq(m.pt, 10, 0, 0x30), -EINVAL);
	expect("interrupt: vector 256", assert_irq(m.pt, 0, 0, 256), -EINVAL);
	expect("interrupt: NMI", assert_irq(m.pt, 4, 0, 0), 0);
	expect("CPUID: not of CPUID", register_cpuid(m.vp[0], 0, 1, 1, 0),
	       -EINVAL);
	expect("CPUID: no such VP", register_cpuid(m.vp[0], 3, 2, 1, 0), -EINVAL);
	expect("CPUID: register for all VPs",
	       register_cpuid(m.pt, HV_VP_ANY, 2, 0x80000003, 0x41414141), 0);
	ret = get_cpuid(m.pt, 0, 3, 0x80000003, &cpuid);
	tap(!ret && cpuid.ebx == 0x41414141, "CPUID: registered value", "%s, %#x",
	    result_name(ret), cpuid.ebx);
	ret = get_cpuid(m.pt, 0, 1, 0x80000003, &cpuid);
	tap(!ret && cpuid.ebx != 0x41414141, "CPUID: own value", "%s, %#x",
	    result_name(ret), cpuid.ebx);
	expect("CPUID: unknown flag", get_cpuid(m.pt, 0, 4, 1, &cpuid), -EINVAL);
	drop_machine(&m);
}

int main(void)
{
	test_envelope();
	test_bad_buffers();
	test_properties();
	test_frozen_time();
	test_property_ex();
	test_registers();
	test_sync();
	test_register_calls();
	test_other_calls();
	test_described_cpu();
	return tap_end();
}
