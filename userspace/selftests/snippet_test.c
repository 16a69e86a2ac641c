// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest snippets: a table of small programs, the exits that each has to cause, and
 * the registers that it has to leave.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include "selftest.h"
#include "snippet_code.h"
#include "snippet_task.h"

#define MEM_SIZE	0x180000UL
#define ROM_BASE	0x180000UL	/* one page without the write right */

#define CODE_BASE	0x1000
#define IDT_BASE	0x2000
#define GDT_BASE	0x3000
#define DATA_BASE	0x4000
#define TSS_BASE	0x5000
#define STUB_BASE	0x6000
#define AP_BASE		0x7000		/* SIPI vector 7 */
#define STACK_TOP	0x9000
#define TABLE_BASE	0x10000		/* PML4, PDPT, four PDs */

#define PORT_END	0xf4
#define PORT_VECTOR	0xf5

/* Only a failure lasts that long, and an emulated host may be slow. */
#define RUN_SECONDS	60

enum mode { REAL, PROTECTED, LONG };

enum step_kind {
	DONE,		/* the write to PORT_END */
	OUT, IN,
	OUTS, INS,	/* addr: port, val: count, 0 for no REP */
	MMIO_WRITE, MMIO_READ,
	ROM_WRITE, EXECUTE,
	VECTOR,		/* a handler ran: val is its vector, and the program goes on */
	TRAP,		/* the same, and the program ends here */
	TRIPLE,
};

struct test;

struct step {
	enum step_kind kind;
	uint64_t addr;
	unsigned int size;	/* operand, or for MMIO the instruction's length */
	uint64_t val;		/* written, or what a read gets */
	void (*act)(struct test *t);	/* after this exit */
};

struct want {
	uint32_t reg;
	uint64_t mask;		/* 0: the list ends */
	uint64_t val;
};

#define MAX_STEPS	8
#define MAX_WANTS	4

struct snippet {
	const char *name;
	enum mode mode;
	const unsigned char *code, *end;
	void (*setup)(struct test *t);
	struct step steps[MAX_STEPS];
	struct want wants[MAX_WANTS];
};

struct test {
	const struct snippet *s;
	struct machine m;
	struct message msg;
	int event;		/* an eventfd, when the snippet wants one */
	pthread_t thread;
	bool has_thread;
	bool failed;
	char why[160];
};

__attribute__((format(printf, 2, 3)))
static void fail(struct test *t, const char *fmt, ...)
{
	va_list ap;

	if (t->failed)
		return;
	t->failed = true;
	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
}

/* ---- the machine ---- */

static void put64(struct test *t, uint64_t at, uint64_t val)
{
	memcpy(t->m.mem + at, &val, sizeof(val));
}

/* Identity map of 4 GiB in 2 MiB pages. */
static void fill_tables(struct test *t)
{
	unsigned int i;

	put64(t, TABLE_BASE, (TABLE_BASE + 0x1000) | 7);
	for (i = 0; i < 4; i++)
		put64(t, TABLE_BASE + 0x1000 + 8 * i,
		      (TABLE_BASE + 0x2000 + 0x1000 * i) | 7);
	for (i = 0; i < 2048; i++)
		put64(t, TABLE_BASE + 0x2000 + 8 * i,
		      ((uint64_t)i << 21) | 0x87);
}

static void fill_gdt(struct test *t)
{
	put64(t, GDT_BASE + 0x08, 0x00cf9b000000ffffULL);
	put64(t, GDT_BASE + 0x10, 0x00cf93000000ffffULL);
	put64(t, GDT_BASE + 0x18, 0x00af9b000000ffffULL);
}

/* Each handler: mov $vector, %al; out %al, $0xf5; iret. */
static void fill_stub(struct test *t, unsigned int vector, bool is_long)
{
	const uint8_t stub[] = { 0xb0, vector, 0xe6, PORT_VECTOR, 0x48, 0xcf };
	const uint8_t stub32[] = { 0xb0, vector, 0xe6, PORT_VECTOR, 0xcf };

	if (is_long)
		memcpy(t->m.mem + STUB_BASE + 8 * vector, stub, sizeof(stub));
	else
		memcpy(t->m.mem + STUB_BASE + 8 * vector, stub32,
		       sizeof(stub32));
}

static void fill_vectors(struct test *t, enum mode mode)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		uint32_t handler = STUB_BASE + 8 * i;

		fill_stub(t, i, mode == LONG);
		if (mode == REAL)
			memcpy(t->m.mem + 4 * i, &handler, 4);
		else if (mode == PROTECTED)
			put64(t, IDT_BASE + 8 * i,
			      handler | 0x08ULL << 16 | 0x8eULL << 40);
		else
			put64(t, IDT_BASE + 16 * i,
			      handler | 0x18ULL << 16 | 0x8eULL << 40);
	}
}

struct seg_value {
	uint32_t name;
	struct hv_segment_register seg[3];	/* by mode */
};

#define DATA_SEGS	{						\
	{ .limit = 0xffff, .attributes = 0x93 },			\
	{ .limit = ~0U, .selector = 0x10, .attributes = 0xc093 },	\
	{ .limit = ~0U, .selector = 0x10, .attributes = 0xc093 } }

static const struct seg_value seg_values[] = {
	{ HV_REG_CS, {
		{ .limit = 0xffff, .attributes = 0x9b },
		{ .limit = ~0U, .selector = 0x08, .attributes = 0xc09b },
		{ .limit = ~0U, .selector = 0x18, .attributes = 0xa09b } } },
	{ HV_REG_DS, DATA_SEGS },
	{ HV_REG_ES, DATA_SEGS },
	{ HV_REG_SS, DATA_SEGS },
	{ HV_REG_TR, {
		{ .limit = 0xffff, .attributes = 0x8b },
		{ .base = TSS_BASE, .limit = 0x67, .attributes = 0x8b },
		{ .base = TSS_BASE, .limit = 0x67, .attributes = 0x8b } } },
};

static void want_ok(struct test *t, const char *what, long ret)
{
	if (ret)
		fail(t, "%s: %s", what, result_name(ret));
}

static void set(struct test *t, uint32_t name, uint64_t val)
{
	if (set_reg(t->m.pt, 0, name, val))
		fail(t, "cannot set register %#x", name);
}

static void set_mode(struct test *t, enum mode mode)
{
	const uint64_t table_limit[] = { 0x3ff, 0x7ff, 0xfff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seg_values); i++)
		want_ok(t, "segment",
			set_segment(t->m.pt, 0, seg_values[i].name,
				    &seg_values[i].seg[mode]));
	want_ok(t, "IDTR",
		set_reg128(t->m.pt, 0, HV_REG_IDTR, table_limit[mode] << 48,
			   mode == REAL ? 0 : IDT_BASE));
	want_ok(t, "GDTR", set_reg128(t->m.pt, 0, HV_REG_GDTR, 0x1fULL << 48,
				      GDT_BASE));
	if (mode == LONG) {
		set(t, HV_REG_CR3, TABLE_BASE);
		set(t, HV_REG_CR4, 0x620);	/* PAE, OSFXSR, OSXMMEXCPT */
		set(t, HV_REG_EFER, 0x500);
		set(t, HV_REG_CR0, 0x80000033);
	} else if (mode == PROTECTED) {
		set(t, HV_REG_CR0, 0x33);
	}
	set(t, HV_REG_RSP, STACK_TOP);
	set(t, HV_REG_RFLAGS, 2);
	set(t, HV_REG_RIP, CODE_BASE);
}

static void make_test(struct test *t, const struct snippet *s)
{
	void *rom;

	memset(t, 0, sizeof(*t));
	t->s = s;
	t->event = -1;
	make_machine(&t->m, MEM_SIZE, 2);
	rom = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(rom, 0x77, PAGE);
	want_ok(t, "ROM", map_memory(t->m.pt, rom, ROM_BASE, PAGE, MEM_EXEC));
	memcpy(t->m.mem + CODE_BASE, s->code, s->end - s->code);
	memcpy(t->m.mem + AP_BASE, code_ap_start,
	       code_ap_start_end - code_ap_start);
	memcpy(t->m.mem + DATA_BASE, "hello", 5);
	fill_tables(t);
	fill_gdt(t);
	fill_vectors(t, s->mode);
	set_mode(t, s->mode);
	if (s->setup)
		s->setup(t);
}

/* ---- running ---- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A signal comes now and then, so that a program that hangs ends. */
static void start_ticks(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, 250000000 }, { 0, 250000000 } };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		bail_out("timer");
}

static bool run(struct test *t, int vp, struct message *msg)
{
	double end = now() + RUN_SECONDS;
	long ret;

	do {
		ret = call(vp, MSHV_RUN_VP, msg);
	} while (ret == -EINTR && now() < end);
	if (ret)
		fail(t, "RUN_VP: %s (rip %#lx)", result_name(ret),
		     (unsigned long)get_reg(vp, 0, HV_REG_RIP));
	return !ret;
}

static void advance(struct test *t, const struct hv_intercept_header *h)
{
	unsigned int len = h->length_cr8 & 0xf;

	if (!len)
		fail(t, "no instruction length");
	set(t, HV_REG_RIP, h->rip + len);
}

/* The bytes of the message have to be those of the program. */
static void check_bytes(struct test *t, uint64_t rip, const uint8_t *bytes,
			unsigned int n, unsigned int need)
{
	if (n < need)
		fail(t, "only %u instruction bytes", n);
	else if (memcmp(bytes, t->m.mem + rip, need))
		fail(t, "wrong instruction bytes");
}

static void check_header(struct test *t, const struct hv_intercept_header *h,
			 bool write)
{
	uint16_t want = t->s->mode == REAL ? 0 : HV_EXEC_CR0_PE;

	if (t->s->mode == LONG)
		want |= HV_EXEC_EFER_LMA;
	if (h->vp_index)
		fail(t, "VP index %u", h->vp_index);
	if (h->access_type != write)
		fail(t, "access type %u", h->access_type);
	if ((h->execution_state & (HV_EXEC_CR0_PE | HV_EXEC_EFER_LMA)) != want)
		fail(t, "execution state %#x", h->execution_state);
}

static void io_data(struct test *t, const struct step *s,
		    const struct hv_io_message *m)
{
	uint64_t mask = s->size == 4 ? 0xffffffff : (1ULL << 8 * s->size) - 1;

	if (s->kind == IN)
		set(t, HV_REG_RAX, (m->rax & ~mask) | s->val);
	else if (s->kind == OUT && (m->rax & mask) != s->val)
		fail(t, "wrote %#lx", (unsigned long)(m->rax & mask));
}

static void io_string(struct test *t, const struct step *s,
		      const struct hv_io_message *m)
{
	bool rep = m->access_info & HV_IO_REP;
	uint64_t n = rep ? m->rcx : 1;

	if (!(m->access_info & HV_IO_STRING))
		fail(t, "no string");
	if (rep != !!s->val || (rep && n != s->val))
		fail(t, "count %lu, rep %d", (unsigned long)n, rep);
	if (s->kind == OUTS) {
		if (memcmp(t->m.mem + m->rsi, "hello", n))
			fail(t, "other bytes at %#lx", (unsigned long)m->rsi);
		set(t, HV_REG_RSI, m->rsi + n * s->size);
	} else {
		memset(t->m.mem + m->rdi, 0xab, n * s->size);
		set(t, HV_REG_RDI, m->rdi + n * s->size);
	}
}

static void handle_io(struct test *t, const struct step *s)
{
	const struct hv_io_message *m = (void *)t->msg.payload;
	bool write = s->kind == OUT || s->kind == OUTS;

	if (t->msg.type != MSG_IO) {
		fail(t, "message %#x", t->msg.type);
		return;
	}
	check_header(t, &m->header, write);
	if (m->port != s->addr || (m->access_info & HV_IO_SIZE_MASK) != s->size)
		fail(t, "port %#x size %u", m->port,
		     m->access_info & HV_IO_SIZE_MASK);
	check_bytes(t, m->header.rip, m->insn_bytes, m->insn_bytes_len,
		    m->header.length_cr8 & 0xf);
	if (s->kind == OUTS || s->kind == INS)
		io_string(t, s, m);
	else
		io_data(t, s, m);
	advance(t, &m->header);
}

static void handle_vector(struct test *t, const struct step *s)
{
	const struct hv_io_message *m = (void *)t->msg.payload;

	if (t->msg.type != MSG_IO || m->port != PORT_VECTOR) {
		fail(t, "message %#x, port %#x, rip %#lx: no vector",
		     t->msg.type, m->port, (unsigned long)m->header.rip);
		return;
	}
	if ((m->rax & 0xff) != s->val)
		fail(t, "vector %lu", (unsigned long)(m->rax & 0xff));
	advance(t, &m->header);
}

static void handle_memory(struct test *t, const struct step *s)
{
	const struct hv_memory_message *m = (void *)t->msg.payload;
	uint32_t type = s->kind == ROM_WRITE ? MSG_GPA_INTERCEPT :
					       MSG_UNMAPPED_GPA;
	uint8_t access = s->kind == MMIO_READ ? HV_INTERCEPT_READ :
			 s->kind == EXECUTE ? HV_INTERCEPT_EXECUTE :
					      HV_INTERCEPT_WRITE;

	if (t->msg.type != type) {
		fail(t, "message %#x", t->msg.type);
		return;
	}
	if (m->gpa != s->addr || m->header.access_type != access)
		fail(t, "address %#lx access %u", (unsigned long)m->gpa,
		     m->header.access_type);
	if (s->kind == EXECUTE)
		return;
	check_bytes(t, m->header.rip, m->insn_bytes, m->insn_bytes_len, s->size);
	if (s->kind == MMIO_READ)
		set(t, s->val >> 32 ? HV_REG_RAX : HV_REG_RBX,
		    (uint32_t)s->val);
	set(t, HV_REG_RIP, m->header.rip + s->size);
}

static void handle(struct test *t, const struct step *s)
{
	const struct hv_io_message *m = (void *)t->msg.payload;

	switch (s->kind) {
	case DONE:
		if (t->msg.type != MSG_IO || m->port != PORT_END)
			fail(t, "message %#x, port %#x al %#x rip %#lx: not the end",
			     t->msg.type, m->port, (unsigned int)m->rax & 0xff,
			     (unsigned long)m->header.rip);
		break;
	case TRIPLE:
		if (t->msg.type != MSG_TRIPLE_FAULT)
			fail(t, "message %#x", t->msg.type);
		break;
	case VECTOR:
	case TRAP:
		handle_vector(t, s);
		break;
	case OUT:
	case IN:
	case OUTS:
	case INS:
		handle_io(t, s);
		break;
	default:
		handle_memory(t, s);
	}
	if (s->act)
		s->act(t);
}

static void check_registers(struct test *t)
{
	unsigned int i;

	for (i = 0; i < MAX_WANTS && t->s->wants[i].mask; i++) {
		const struct want *w = &t->s->wants[i];
		uint64_t val = get_reg(t->m.pt, 0, w->reg);

		if ((val & w->mask) != w->val)
			fail(t, "register %#x is %#lx", w->reg,
			     (unsigned long)val);
	}
}

/* The signals wake it, should it be blocked; it gives up by itself. */
static void join_thread(struct test *t)
{
	while (pthread_tryjoin_np(t->thread, NULL)) {
		pthread_kill(t->thread, SIGUSR1);
		usleep(100000);
	}
}

static void run_snippet(const struct snippet *s)
{
	struct test *t = malloc(sizeof(*t));
	unsigned int i;

	make_test(t, s);
	for (i = 0; i < MAX_STEPS && !t->failed; i++) {
		const struct step *step = &s->steps[i];

		if (!run(t, t->m.vp[0], &t->msg))
			break;
		handle(t, step);
		if (step->kind == DONE || step->kind == TRAP ||
		    step->kind == TRIPLE || step->kind == EXECUTE)
			break;
	}
	if (t->failed && i < MAX_STEPS) {
		char why[200];

		snprintf(why, sizeof(why), "step %u: %s", i, t->why);
		memcpy(t->why, why, sizeof(t->why) - 1);
	}
	if (t->has_thread)
		join_thread(t);
	check_registers(t);
	tap(!t->failed, s->name, "%s", t->why);
	if (t->event >= 0)
		close(t->event);
	drop_machine(&t->m);
	free(t);
}

/* ---- what single snippets need ---- */

static void send_irq(struct test *t, uint64_t control, uint32_t vector)
{
	struct hvcall c;
	struct hv_in_assert_interrupt *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_ASSERT_VIRTUAL_INTERRUPT, 0, sizeof(*in), 0);
	in->control = control;
	in->vector = vector;
	want_ok(t, "interrupt", hvcall(t->m.pt, &c));
}

static void irq_0x30(struct test *t)
{
	send_irq(t, 0, 0x30);
}

static void irqs_0x30_0x51(struct test *t)
{
	send_irq(t, 0, 0x30);
	send_irq(t, 0, 0x51);
}

static void nmi(struct test *t)
{
	send_irq(t, 4, 0);
}

static void make_event(struct test *t)
{
	t->event = eventfd(0, EFD_NONBLOCK);
	if (t->event < 0)
		bail_out("eventfd");
}

static void kick_event(struct test *t)
{
	uint64_t one = 1;

	if (write(t->event, &one, sizeof(one)) != sizeof(one))
		fail(t, "eventfd write");
}

static void setup_irqfd(struct test *t)
{
	struct {
		struct mshv_user_irq_table head;
		struct mshv_user_irq_entry entry;
	} table = {
		.head.nr = 1,
		.entry = { .gsi = 5, .address_lo = 0xfee00000, .data = 0x61 },
	};
	struct mshv_user_irqfd args = { .gsi = 5 };

	make_event(t);
	want_ok(t, "routing", call(t->m.pt, MSHV_SET_MSI_ROUTING, &table));
	args.fd = t->event;
	want_ok(t, "irqfd", call(t->m.pt, MSHV_IRQFD, &args));
}

static void setup_doorbell(struct test *t)
{
	struct mshv_user_ioeventfd args = { .addr = 0x10000040 };

	make_event(t);
	args.fd = t->event;
	want_ok(t, "ioeventfd", call(t->m.pt, MSHV_IOEVENTFD, &args));
}

static void check_doorbell(struct test *t)
{
	uint64_t n = 0;

	if (read(t->event, &n, sizeof(n)) != sizeof(n) || n != 1)
		fail(t, "doorbell rang %lu times", (unsigned long)n);
}

static void ignore_unknown_msrs(struct test *t)
{
	want_ok(t, "property",
		set_property(t->m.pt, HV_PROP_UNIMPLEMENTED_MSR_ACTION, 1));
}

static void setup_cpuid(struct test *t)
{
	struct hvcall c;
	struct hv_in_register_intercept_result *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_REGISTER_INTERCEPT_RESULT, 0,
		    HV_REGISTER_INTERCEPT_RESULT_SIZE, 0);
	in->intercept_kind = HV_INTERCEPT_CPUID;
	in->cpuid.eax_in = 0x80000004;
	in->cpuid.always_override = 1;
	in->cpuid.ebx = 0x12345678;
	in->cpuid.ebx_mask = ~0U;
	want_ok(t, "CPUID", hvcall(t->m.vp[0], &c));
}

static void setup_pku(struct test *t)
{
	struct hvcall c;
	struct hv_in_register_intercept_result *in = (void *)c.in;

	hvcall_init(&c, HV_CALL_REGISTER_INTERCEPT_RESULT, 0,
		    HV_REGISTER_INTERCEPT_RESULT_SIZE, 0);
	in->intercept_kind = HV_INTERCEPT_CPUID;
	in->cpuid.eax_in = 7;
	in->cpuid.always_override = 1;
	in->cpuid.ecx = 1 << 3;
	in->cpuid.ecx_mask = 1 << 3;
	want_ok(t, "CPUID", hvcall(t->m.vp[0], &c));
}

static void set_xmm1(struct test *t)
{
	want_ok(t, "XMM1", set_reg128(t->m.pt, 0, HV_REG_XMM0 + 1,
				      0x1111222233334444ULL, 0x5555ULL));
}

static void check_xmm(struct test *t)
{
	struct hv_register_value two, three;

	get_reg128(t->m.pt, 0, HV_REG_XMM0 + 2, &two);
	get_reg128(t->m.pt, 0, HV_REG_XMM0 + 3, &three);
	if (two.low != 0x1111222233334444ULL || two.high != 0x5555ULL ||
	    three.low != ~0ULL || three.high != ~0ULL)
		fail(t, "xmm2 %#lx %#lx xmm3 %#lx", (unsigned long)two.low,
		     (unsigned long)two.high, (unsigned long)three.low);
}

static void check_ins(struct test *t)
{
	const uint8_t *p = t->m.mem + DATA_BASE;

	if (p[0] != 0xab || p[5] != 0xab || p[6] == 0xab)
		fail(t, "wrong bytes read");
}

/* Take all memory away and give it back: the guest must not notice. */
static void remap(struct test *t)
{
	want_ok(t, "unmap", map_memory(t->m.pt, t->m.mem, 0, MEM_SIZE,
				       MEM_UNMAP));
	want_ok(t, "map", map_memory(t->m.pt, t->m.mem, 0, MEM_SIZE,
				     MEM_WRITE | MEM_EXEC));
}

static uint64_t harvest(struct test *t, uint8_t op)
{
	uint64_t bitmap = 0;
	struct mshv_gpap_access_bitmap args = {
		.access_type = MSHV_GPAP_ACCESS_TYPE_DIRTY,
		.access_op = op,
		.page_count = 8,
		.gpap_base = 0x40,
		.bitmap_ptr = (uintptr_t)&bitmap,
	};

	want_ok(t, "bitmap", call(t->m.pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args));
	return bitmap;
}

static void start_tracking(struct test *t)
{
	want_ok(t, "tracking", set_property(t->m.pt, HV_PROP_ACCESS_TRACKING, 1));
	harvest(t, MSHV_GPAP_ACCESS_OP_CLEAR);
}

static void check_dirty(struct test *t)
{
	uint64_t dirty = harvest(t, MSHV_GPAP_ACCESS_OP_CLEAR);

	if (dirty != 0x0a)
		fail(t, "dirty pages %#lx", (unsigned long)dirty);
	dirty = harvest(t, MSHV_GPAP_ACCESS_OP_CLEAR);
	if (dirty)
		fail(t, "still dirty: %#lx", (unsigned long)dirty);
}

static void *run_ap(void *arg)
{
	struct test *t = arg;
	struct message msg;
	const struct hv_io_message *m = (void *)msg.payload;

	if (!run(t, t->m.vp[1], &msg))
		return NULL;
	if (msg.type != MSG_IO || m->port != PORT_END ||
	    (m->rax & 0xff) != 0x77 || m->header.cs.selector != 0x700)
		fail(t, "AP: message %#x port %#x", msg.type, m->port);
	return NULL;
}

static void setup_ap(struct test *t)
{
	t->has_thread = !pthread_create(&t->thread, NULL, run_ap, t);
}

static void setup_tasks(struct test *t)
{
	const struct hv_segment_register tss = {
		.base = TASK_A, .limit = 0x67, .selector = 0x20,
		.attributes = 0x8b,
	};

	fill_tasks(t->m.mem);
	want_ok(t, "TR", set_segment(t->m.pt, 0, HV_REG_TR, &tss));
	want_ok(t, "GDTR", set_reg128(t->m.pt, 0, HV_REG_GDTR,
				      (uint64_t)TASK_GDT_LIMIT << 48, GDT_BASE));
}

/* As one VMM does after an IN. */
static void clear_upper_half(struct test *t)
{
	set(t, HV_REG_RAX, get_reg(t->m.pt, 0, HV_REG_RAX) & 0xffffffff);
}

/* A VMM that ignores the triple fault sees the board's reset, then nothing. */
static void check_reset_follows(struct test *t)
{
	const struct hv_io_message *m = (void *)t->msg.payload;
	long ret;

	if (!run(t, t->m.vp[0], &t->msg))
		return;
	if (t->msg.type != MSG_IO || m->port != 0xcf9 ||
	    m->header.access_type != 1 || m->access_info != 1 ||
	    (m->rax & 0xff) != 6)
		fail(t, "message %#x, port %#x, rax %#lx", t->msg.type, m->port,
		     (unsigned long)m->rax);
	ret = call(t->m.vp[0], MSHV_RUN_VP, &t->msg);
	if (ret != -EINTR)
		fail(t, "RUN_VP after the reset: %s", result_name(ret));
}

static void check_cr2(struct test *t)
{
	if (get_reg(t->m.pt, 0, HV_REG_CR2) != 0x4000001000ULL)
		fail(t, "CR2 %#lx",
		     (unsigned long)get_reg(t->m.pt, 0, HV_REG_CR2));
}

/* ---- the table ---- */

#define CODE_OF(name)	code_##name, code_##name##_end
#define FULL		(~0ULL)
#define LOW32		0xffffffffULL
#define RSI_IS(v)	{ HV_REG_RSI, FULL, (v) }
#define RBX_IS(v)	{ HV_REG_RBX, FULL, (v) }

static const struct snippet snippets[] = {
	{ "real: out 8", REAL, CODE_OF(out8), NULL,
	  { { OUT, 0x10, 1, 0x5a } }, {} },
	{ "real: out 16", REAL, CODE_OF(out16), NULL,
	  { { OUT, 0x1234, 2, 0xbeef } }, {} },
	{ "real: out 32", REAL, CODE_OF(out32), NULL,
	  { { OUT, 0x1234, 4, 0xdeadbeef } }, {} },
	{ "real: in 8", REAL, CODE_OF(in8), NULL,
	  { { IN, 0x60, 1, 0xa5 } }, { { HV_REG_RBX, 0xff, 0xa5 } } },
	{ "protected: in 32", PROTECTED, CODE_OF(in32), NULL,
	  { { IN, 0xcf8, 4, 0x80001234 } }, { RBX_IS(0x80001234) } },
	{ "long: in 8 keeps the rest of RAX, whatever a VMM writes there", LONG,
	  CODE_OF(in8_rest), NULL, { { IN, 0x60, 1, 0xa5, clear_upper_half } },
	  { RBX_IS(0x11223344556677a5) } },
	{ "long: in 16 keeps the rest of RAX", LONG, CODE_OF(in16_rest), NULL,
	  { { IN, 0x60, 2, 0xa5a5, clear_upper_half } },
	  { RBX_IS(0x112233445566a5a5) } },
	{ "long: in 32 clears the upper half of RAX", LONG, CODE_OF(in32_rest),
	  NULL, { { IN, 0x60, 4, 0xa5a5a5a5, clear_upper_half } },
	  { RBX_IS(0xa5a5a5a5) } },
	{ "real: outsb", REAL, CODE_OF(outsb), NULL,
	  { { OUTS, 0x20, 1, 0 } }, { { HV_REG_RSI, FULL, DATA_BASE + 1 } } },
	{ "real: rep outsb leaves CX 0", REAL, CODE_OF(rep_outsb), NULL,
	  { { OUTS, 0x20, 1, 5 } }, { { HV_REG_RBX, 0xffff, 0 } } },
	{ "real: rep outsb of nothing", REAL, CODE_OF(rep_outsb_none), NULL,
	  { { DONE } }, {} },
	{ "protected: rep insw leaves ECX 0", PROTECTED, CODE_OF(rep_insw), NULL,
	  { { INS, 0x1f0, 2, 3, check_ins } }, { RBX_IS(0) } },

	{ "protected: MMIO write", PROTECTED, CODE_OF(mmio_write32), NULL,
	  { { MMIO_WRITE, 0x10000040, 5 } }, {} },
	{ "protected: MMIO read", PROTECTED, CODE_OF(mmio_read32), NULL,
	  { { MMIO_READ, 0x10000044, 6, 0x600d } }, { RBX_IS(0x600d) } },
	{ "long: MMIO write", LONG, CODE_OF(mmio_write64), NULL,
	  { { MMIO_WRITE, 0x10000080, 3 } }, {} },
	{ "real: read with a segment", REAL, CODE_OF(segment_read16),
	  NULL, { { DONE } }, {} },
	{ "protected: write to ROM, read from it", PROTECTED, CODE_OF(rom_write),
	  NULL, { { ROM_WRITE, ROM_BASE, 10 } }, { RBX_IS(0x77777777) } },
	{ "protected: jump to no memory", PROTECTED, CODE_OF(jump_nowhere), NULL,
	  { { EXECUTE, 0x10000000 } }, {} },
	{ "protected: memory remapped", PROTECTED, CODE_OF(two_stores), NULL,
	  { { OUT, 0x11, 1, 0, remap } }, { RBX_IS(2) } },
	{ "protected: dirty pages", PROTECTED, CODE_OF(dirty), NULL,
	  { { OUT, 0x11, 1, 0, start_tracking }, { DONE, .act = check_dirty } },
	  {} },
	{ "protected: doorbell", PROTECTED, CODE_OF(mmio_write32), setup_doorbell,
	  { { DONE, .act = check_doorbell } }, {} },

	{ "long: CPUID signature", LONG, CODE_OF(cpuid_hv), NULL, { { DONE } },
	  { RBX_IS(0x7263694d), { HV_REG_RCX, FULL, 0x666f736f },
	    { HV_REG_RDX, FULL, 0x76482074 } } },
	{ "long: CPUID says hypervisor, not OSXSAVE", LONG, CODE_OF(cpuid_1),
	  NULL, { { DONE } },
	  { { HV_REG_RSI, 0x88000000, 0x80000000 } } },
	{ "long: CPUID as registered", LONG, CODE_OF(cpuid_reg), setup_cpuid,
	  { { DONE } }, { RBX_IS(0x12345678) } },
	{ "long: LSTAR", LONG, CODE_OF(lstar), NULL, { { DONE } },
	  { { HV_REG_RAX, LOW32, 0x81234567 },
	    { HV_REG_LSTAR, FULL, 0xffffffff81234567ULL } } },
	{ "long: unknown MSR faults", LONG, CODE_OF(rdmsr_unknown), NULL,
	  { { TRAP, .val = 13 } }, {} },
	{ "long: unknown MSR reads zero when asked", LONG,
	  CODE_OF(rdmsr_unknown), ignore_unknown_msrs, { { DONE } },
	  { { HV_REG_RAX, LOW32, 0 } } },
	{ "long: bad EFER faults", LONG, CODE_OF(wrmsr_bad), NULL,
	  { { TRAP, .val = 13 } }, {} },
	{ "long: PAT after power-on", LONG, CODE_OF(pat), NULL, { { DONE } },
	  { { HV_REG_RAX, LOW32, 0x00070406 } } },
	{ "long: CR4", LONG, CODE_OF(cr4), NULL, { { DONE } },
	  { RBX_IS(0x6a0) } },
	{ "long: CR4.PKE faults, whatever CPUID was made to say", LONG,
	  CODE_OF(cr4_pke), setup_pku, { { TRAP, .val = 13 } }, {} },
	{ "long: TSC_AUX is what was written, at once", LONG, CODE_OF(tsc_aux),
	  NULL, { { DONE } },
	  { RBX_IS(0x1234), { HV_REG_RSI, FULL, 0 } } },
	{ "long: XSETBV, then CPUID shows OSXSAVE", LONG, CODE_OF(xsetbv), NULL,
	  { { DONE } }, { RBX_IS(3), { HV_REG_RSI, 1 << 27, 1 << 27 },
			  { HV_REG_XFEM, FULL, 3 } } },
	{ "long: bad XSETBV faults", LONG, CODE_OF(xsetbv_bad), NULL,
	  { { TRAP, .val = 13 } }, {} },
	{ "long: WBINVD", LONG, CODE_OF(wbinvd), NULL, { { DONE } },
	  { RBX_IS(7) } },
	{ "long: RDTSC goes on", LONG, CODE_OF(rdtsc), NULL, { { DONE } },
	  { RBX_IS(1) } },
	{ "long: XMM registers", LONG, CODE_OF(xmm), NULL,
	  { { OUT, 0x11, 1, 0, set_xmm1 }, { DONE, .act = check_xmm } }, {} },

	{ "long: UD2", LONG, CODE_OF(ud2), NULL, { { TRAP, .val = 6 } }, {} },
	{ "long: divide by zero", LONG, CODE_OF(divide), NULL,
	  { { TRAP, .val = 0 } }, {} },
	{ "long: INT3", LONG, CODE_OF(int3), NULL,
	  { { VECTOR, .val = 3 }, { DONE } }, {} },
	{ "protected: INT 0x80", PROTECTED, CODE_OF(int80), NULL,
	  { { VECTOR, .val = 0x80 }, { DONE } }, {} },
	{ "long: bad selector", LONG, CODE_OF(gp_selector), NULL,
	  { { TRAP, .val = 13 } }, {} },
	{ "long: page fault and CR2", LONG, CODE_OF(page_fault), NULL,
	  { { TRAP, .val = 14, .act = check_cr2 } }, {} },
	{ "long: FPU not available", LONG, CODE_OF(nm), NULL,
	  { { TRAP, .val = 7 } }, {} },
	{ "real: divide by zero", REAL, CODE_OF(real_divide), NULL,
	  { { TRAP, .val = 0 } }, {} },
	{ "long: triple fault", LONG, CODE_OF(triple), NULL,
	  { { TRIPLE, .act = check_reset_follows } }, {} },
	{ "long: VMMCALL without hypercall page", LONG, CODE_OF(vmmcall_off),
	  NULL, { { TRAP, .val = 6 } }, {} },
	{ "long: VMRUN", LONG, CODE_OF(vmrun), NULL, { { TRAP, .val = 6 } }, {} },
	{ "long: single step over CPUID", LONG, CODE_OF(single_step), NULL,
	  { { TRAP, .val = 1 } }, { { HV_REG_DR6, 1 << 14, 1 << 14 } } },
	{ "long: breakpoint register", LONG, CODE_OF(breakpoint), NULL,
	  { { TRAP, .val = 1 } }, { { HV_REG_DR6, 0xf, 1 } } },

	{ "long: HLT and interrupt", LONG, CODE_OF(hlt_irq), NULL,
	  { { OUT, 0x11, 1, 0xff, irq_0x30 }, { VECTOR, .val = 0x30 },
	    { DONE } }, { RBX_IS(0) } },
	{ "long: interrupt waits for IF", LONG, CODE_OF(irq_cli), NULL,
	  { { OUT, 0x11, 1, 0xff, irq_0x30 }, { OUT, 0x12, 1, 0xff },
	    { VECTOR, .val = 0x30 }, { DONE } }, {} },
	{ "long: interrupt waits for CR8", LONG, CODE_OF(irq_tpr), NULL,
	  { { OUT, 0x11, 1, 15, irq_0x30 }, { OUT, 0x12, 1, 15 },
	    { VECTOR, .val = 0x30 }, { DONE } }, {} },
	{ "long: higher interrupt first", LONG, CODE_OF(two_irqs), NULL,
	  { { OUT, 0x11, 1, 0xff, irqs_0x30_0x51 }, { VECTOR, .val = 0x51 },
	    { VECTOR, .val = 0x30 }, { DONE } }, {} },
	{ "long: NMI", LONG, CODE_OF(nmi), NULL,
	  { { OUT, 0x11, 1, 0, nmi }, { VECTOR, .val = 2 }, { DONE } },
	  { RBX_IS(9) } },
	{ "long: irqfd", LONG, CODE_OF(irq_fd), setup_irqfd,
	  { { OUT, 0x11, 1, 0xff, kick_event }, { VECTOR, .val = 0x61 },
	    { DONE } }, {} },
	{ "long: self IPI", LONG, CODE_OF(self_ipi), NULL,
	  { { VECTOR, .val = 0x55 }, { DONE } }, {} },
	{ "protected: xAPIC timer", PROTECTED, CODE_OF(timer_xapic), NULL,
	  { { VECTOR, .val = 0x40 }, { DONE } }, { RBX_IS(0) } },
	{ "long: hypercall page", LONG, CODE_OF(hypercall), NULL, { { DONE } },
	  { RBX_IS(2) } },
	/* results of 32-bit calls: EAX in EBX, EDX in ESI */
	{ "32-bit hypercall: unknown code", PROTECTED, CODE_OF(hypercall32), NULL,
	  { { DONE } }, { RBX_IS(2), RSI_IS(0) } },
	{ "32-bit hypercall: two reps", PROTECTED, CODE_OF(hypercall32_rep), NULL,
	  { { DONE } }, { RBX_IS(0), RSI_IS(2) } },
	{ "32-bit hypercall: the second of two reps", PROTECTED,
	  CODE_OF(hypercall32_start), NULL, { { DONE } },
	  { RBX_IS(0), RSI_IS(2) } },
	{ "32-bit hypercall: input above 4 GiB, where no memory is", PROTECTED,
	  CODE_OF(hypercall32_high), NULL, { { DONE } },
	  { RBX_IS(3), RSI_IS(0) } },
	{ "32-bit hypercall: fast", PROTECTED, CODE_OF(hypercall32_fast), NULL,
	  { { DONE } }, { RBX_IS(0x12), RSI_IS(0) } },
	{ "32-bit hypercall: fast, reserved bits of the high half", PROTECTED,
	  CODE_OF(hypercall32_fast_high), NULL, { { DONE } },
	  { RBX_IS(5), RSI_IS(0) } },
	{ "32-bit hypercall: output", PROTECTED, CODE_OF(hypercall32_out), NULL,
	  { { DONE } }, { RBX_IS(0), RSI_IS(0), { HV_REG_RCX, FULL, 0 } } },
	{ "32-bit hypercall: output above 4 GiB, where no memory is", PROTECTED,
	  CODE_OF(hypercall32_out_high), NULL, { { DONE } },
	  { RBX_IS(3), RSI_IS(0) } },
	{ "protected: no hint to flush by hypercall", PROTECTED, CODE_OF(hints32),
	  NULL, { { DONE } }, { RBX_IS(0) } },
	{ "long: a hint to flush by hypercall", LONG, CODE_OF(hints64), NULL,
	  { { DONE } }, { RBX_IS(4) } },
	{ "paging of three levels: CPUID, read of the xAPIC", PROTECTED,
	  CODE_OF(paging_pae), NULL, { { DONE } },
	  { RBX_IS(0x7263694d), { HV_REG_RSI, 0xff, 0x14 } } },
	{ "paging of two levels: CPUID, read of the xAPIC", PROTECTED,
	  CODE_OF(paging_2level), NULL, { { DONE } },
	  { RBX_IS(0x7263694d), { HV_REG_RSI, 0xff, 0x14 } } },
	{ "protected: SYSENTER", PROTECTED, CODE_OF(sysenter32), NULL, { { DONE } },
	  { RBX_IS(0x8800), { HV_REG_RSI, ~0xffULL, 0x1000 } } },
#define TASK(name, code)	"task: " name, PROTECTED, CODE_OF(code), setup_tasks
#define ECX_IS(v)		{ HV_REG_RCX, 0xffffffff, (v) }
	{ TASK("JMP and back, twice", task_jmp), { { DONE } },
	  { RBX_IS(0x1111), RSI_IS(0x40080028), ECX_IS(0x8b89),
	    { HV_REG_RDX, FULL, 0x5555 } } },
	{ TASK("CALL and IRET, twice", task_call), { { DONE } },
	  { RBX_IS(0x5557), RSI_IS(0), ECX_IS(0x89),
	    { HV_REG_RDI, FULL, 0x8b010020 } } },
	{ TASK("CALL through a gate", task_gdt_gate), { { DONE } },
	  { RBX_IS(0x5556), RSI_IS(1) } },
	{ TASK("INT n", task_int), { { DONE } }, { RBX_IS(0x8800), RSI_IS(1) } },
	{ TASK("#GP and its error code", task_gp), { { DONE } },
	  { RBX_IS(0x7774), RSI_IS(0) } },
	{ TASK("#DF", task_df), { { DONE } }, { RBX_IS(0), RSI_IS(0x20) } },
	{ TASK("16-bit TSS, twice", task_16), { { DONE } },
	  { RBX_IS(0x13), RSI_IS(0x30), ECX_IS(0x20),
	    { HV_REG_RDX, FULL, 0x12345678 } } },
	{ TASK("TSS not present", task_absent), { { TRAP, .val = 11 } }, {} },
	{ TASK("TSS busy", task_busy), { { TRAP, .val = 13 } }, {} },
	{ TASK("TSS too short", task_short), { { TRAP, .val = 10 } }, {} },
	{ TASK("bad LDT", task_bad_ldt), { { DONE } },
	  { RBX_IS(0x10), RSI_IS(0x28) } },
	{ TASK("bad CS", task_bad_cs), { { DONE } },
	  { RBX_IS(0x10), RSI_IS(0x28) } },
	{ TASK("bad SS", task_bad_ss), { { DONE } },
	  { RBX_IS(0x08), RSI_IS(0x28) } },
	{ TASK("bad DS", task_bad_ds), { { DONE } },
	  { RBX_IS(0x7774), RSI_IS(0x28) } },
	{ TASK("bad DS of the task for #GP", task_bad_handler), { { DONE } },
	  { RBX_IS(0), RSI_IS(0x28) } },
	{ TASK("no stack for the error code", task_no_stack), { { DONE } },
	  { RBX_IS(2), RSI_IS(0x28), { HV_REG_CR2, FULL, 0x7ffffc } } },
	{ TASK("DS not present", task_absent_ds), { { TRAP, .val = 11 } },
	  { { HV_REG_RSP, FULL, 0x87f0 } } },
	{ TASK("LDT", task_ldt), { { DONE } }, { RBX_IS(0x6c6c6568) } },
	{ TASK("CR3, two levels", task_cr3), { { DONE } },
	  { RBX_IS(0x6c6c6568), RSI_IS(0x30000) } },
	{ TASK("CR3, three levels", task_cr3_pae), { { DONE } },
	  { RBX_IS(0x6c6c6568), RSI_IS(0x30000) } },
	{ TASK("CR3 without the GDT", task_cr3_bad), { { TRIPLE } }, {} },
	{ TASK("TSS on no page", task_page), { { TRAP, .val = 14 } },
	  { { HV_REG_CR2, ~0xfffULL, 0x800000 } } },
	{ TASK("TSS across two pages", task_across), { { DONE } },
	  { RBX_IS(0x5556), RSI_IS(0x20) } },
	{ TASK("CPL 3, and INT n from there", task_user), { { DONE } },
	  { RBX_IS(0x73), RSI_IS(0x28), ECX_IS(0) } },
	{ TASK("VM86", task_v86), { { TRAP, .val = 0x61 } },
	  { { HV_REG_RBX, 0xffff, 0x6568 } } },
	{ TASK("interrupt, twice", task_irq),
	  { { OUT, 0x11, 1, 1, irq_0x30 }, { OUT, 0x11, 1, 1, irq_0x30 },
	    { DONE } }, { RBX_IS(0x5557) } },
	{ TASK("NMI, twice", task_nmi),
	  { { OUT, 0x11, 1, 1, nmi }, { OUT, 0x11, 1, 1, nmi }, { DONE } },
	  { RBX_IS(0x5557) } },
	{ TASK("trap at its begin", task_trap), { { DONE } }, { RBX_IS(0x8000) } },
	{ "long: INIT and SIPI start a VP", LONG, CODE_OF(sipi), setup_ap,
	  { { DONE } }, { RBX_IS(3) } },
};

static void on_signal(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	unsigned int i;

	signal(SIGUSR1, on_signal);
	start_ticks();
	for (i = 0; i < ARRAY_SIZE(snippets); i++)
		if (argc < 2 || strstr(snippets[i].name, argv[1]))
			run_snippet(&snippets[i]);
	return tap_end();
}
