// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions per operation of one guest on two hypervisors, side by side.
 *
 * The guest takes the time by its TSC. Where that advances by one per instruction
 * (an emulator's icount mode) the difference is a number of instructions, guest and
 * host together.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX_ROUNDS	32
#define WARM_UP		100
#define NULL_TOLERANCE	0.01

extern const unsigned char bench_guest[], bench_guest_end[];

#define OP_CODE(name)	extern const unsigned char bench_op_##name[]
OP_CODE(empty);
OP_CODE(cpuid);
OP_CODE(cpuid1);
OP_CODE(rdmsr);
OP_CODE(wrmsr);
OP_CODE(rdmsr_hv);
OP_CODE(eoi);
OP_CODE(user);
OP_CODE(port);
OP_CODE(doorbell);
OP_CODE(null);
OP_CODE(signal);
OP_CODE(post);

struct operation {
	const char *name;
	const char *what;
	const unsigned char *code;
	double goal;		/* of KVM; 0: none */
	unsigned int needs;	/* CAN_* */
};

/* The first one is the loop itself. */
static const struct operation ops[] = {
	{ "empty", "empty loop", bench_op_empty, 0, 0 },
	{ "cpuid", "CPUID, leaf 0", bench_op_cpuid, 0.6, 0 },
	{ "cpuid1", "CPUID, leaf 1", bench_op_cpuid1, 0.6, 0 },
	{ "rdmsr", "RDMSR, MTRR type", bench_op_rdmsr, 0.6, 0 },
	{ "wrmsr", "WRMSR, MTRR base", bench_op_wrmsr, 0.6, 0 },
	{ "rdmsr-hv", "RDMSR, VP index", bench_op_rdmsr_hv, 0.6, 0 },
	{ "eoi", "WRMSR, x2APIC EOI", bench_op_eoi, 0.6, 0 },
	{ "null", "null hypercall", bench_op_null, 0.6, 0 },
	{ "doorbell", "doorbell in memory", bench_op_doorbell, 0.6, 0 },
	{ "port", "doorbell on a port", bench_op_port, 0, CAN_PORT_DOORBELL },
	{ "user", "exit to the VMM", bench_op_user, 0.8, 0 },
	{ "signal", "HvSignalEvent", bench_op_signal, 0.5, 0 },
	{ "post", "HvPostMessage", bench_op_post, 0.6, 0 },
};

#define NR_OPS	ARRAY_SIZE(ops)

/* KVM is there twice: beside itself it has to read the same. */
enum column { HVROOT, KVM, KVM_AGAIN, NR_COLUMNS };

static const struct front *const columns[NR_COLUMNS] = {
	[HVROOT] = &hvroot_front,
	[KVM] = &kvm_front,
	[KVM_AGAIN] = &kvm_front,
};

static double samples[NR_COLUMNS][NR_OPS][MAX_ROUNDS];

static unsigned int rounds = 7;
static unsigned int count = 1000;
static const char *only;		/* one operation */

void die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "bench: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

/* ---- the machine ---- */

static void put64(struct machine *m, uint64_t at, uint64_t val)
{
	memcpy(m->mem + at, &val, sizeof(val));
}

static uint64_t get64(const struct machine *m, uint64_t at)
{
	uint64_t val;

	memcpy(&val, m->mem + at, sizeof(val));
	return val;
}

static void fill_memory(struct machine *m)
{
	const uint32_t message[4] = { MESSAGE_CONNECTION, 0, 1, 8 };
	unsigned int i;

	memcpy(m->mem + GUEST_CODE, bench_guest, bench_guest_end - bench_guest);
	memcpy(m->mem + GUEST_MESSAGE, message, sizeof(message));
	put64(m, GUEST_GDT + 0x10, 0x00cf93000000ffffULL);
	put64(m, GUEST_GDT + 0x18, 0x00af9b000000ffffULL);
	put64(m, GUEST_TABLES, (GUEST_TABLES + 0x1000) | 7);
	for (i = 0; i < 4; i++)
		put64(m, GUEST_TABLES + 0x1000 + 8 * i,
		      (GUEST_TABLES + 0x2000 + 0x1000 * i) | 7);
	/* Present, writable, accessed, dirty, 2 MiB. */
	for (i = 0; i < 4 * 512; i++)
		put64(m, GUEST_TABLES + 0x2000 + 8 * i, (uint64_t)i << 21 | 0xe7);
}

static const struct start_state start_state = {
	.code = { .limit = ~0U, .selector = 0x18, .attributes = 0xa09b },
	.data = { .limit = ~0U, .selector = 0x10, .attributes = 0xc093 },
	.tss = { .base = GUEST_TSS, .limit = 0x67, .attributes = 0x8b },
	.gdt_base = GUEST_GDT,
	.gdt_limit = 0x1f,
	.cr0 = 0x80000033,	/* PG, NE, ET, MP, PE */
	.cr3 = GUEST_TABLES,
	.cr4 = 0x620,		/* OSXMMEXCPT, OSFXSR, PAE */
	.efer = 0x500,
	.rip = GUEST_CODE,
	.rsp = GUEST_STACK,
	.rflags = 2,
};

static void make_machine(struct machine *m, const struct front *front)
{
	memset(m, 0, sizeof(*m));
	m->front = front;
	m->mem = mmap(NULL, GUEST_MEMORY, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	m->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->mem == MAP_FAILED || m->event < 0)
		die("no memory");
	fill_memory(m);
	front->make(m, &start_state);
	if (front->run(m) != PORT_NEXT)
		die("%s: the guest did not start", front->name);
}

static void drop_machine(struct machine *m)
{
	m->front->drop(m);
	close(m->event);
	munmap(m->mem, GUEST_MEMORY);
}

/* ---- measuring ---- */

/* TSC ticks of @n operations. */
static uint64_t run_op(struct machine *m, const struct operation *op, unsigned int n)
{
	unsigned int port;

	put64(m, GUEST_PARAMS + PARAM_OP, GUEST_CODE + (op->code - bench_guest));
	put64(m, GUEST_PARAMS + PARAM_COUNT, n);
	do {
		port = m->front->run(m);
	} while (port == PORT_USER);
	if (port != PORT_NEXT)
		die("%s: %s: port %#x", m->front->name, op->name, port);
	return get64(m, GUEST_PARAMS + PARAM_CYCLES);
}

/* An operation that did not do its work must not be counted. */
static void check_op(struct machine *m, const struct operation *op, uint64_t signals)
{
	bool kvm_posts = m->front == &kvm_front && !strcmp(op->name, "post");
	bool signalled = !strcmp(op->name, "doorbell") || !strcmp(op->name, "port") ||
			 !strcmp(op->name, "signal") ||
			 (!strcmp(op->name, "post") && !kvm_posts);
	uint64_t result = get64(m, GUEST_PARAMS + PARAM_RESULT);
	uint64_t events = 0;

	if (read(m->event, &events, sizeof(events)) < 0)
		events = 0;
	if (events != (signalled ? signals : 0))
		die("%s: %s: %llu signals of %llu", m->front->name, op->name,
		    (unsigned long long)events, (unsigned long long)signals);
	if ((!strcmp(op->name, "signal") || !strcmp(op->name, "post")) && result)
		die("%s: %s: status %#llx", m->front->name, op->name,
		    (unsigned long long)result);
	if (!strcmp(op->name, "null") && (result & 0xffff) != 2)
		die("%s: %s: status %#llx", m->front->name, op->name,
		    (unsigned long long)result);
}

static bool is_wanted(const struct front *front, unsigned int op)
{
	if (ops[op].needs & ~front->can)
		return false;
	return !op || !only || !strcmp(ops[op].name, only);
}

static void measure(enum column col, unsigned int round)
{
	struct machine m;
	unsigned int i;
	double ticks;

	make_machine(&m, columns[col]);
	for (i = 0; i < NR_OPS; i++) {
		if (!is_wanted(m.front, i))
			continue;
		run_op(&m, &ops[i], WARM_UP);
		ticks = (double)run_op(&m, &ops[i], count) / count;
		check_op(&m, &ops[i], WARM_UP + count);
		if (i)
			ticks -= samples[col][0][round];
		samples[col][i][round] = ticks;
	}
	drop_machine(&m);
}

/* ---- the table ---- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(enum column col, unsigned int op)
{
	double *s = samples[col][op];

	qsort(s, rounds, sizeof(*s), compare);
	return rounds % 2 ? s[rounds / 2] : (s[rounds / 2 - 1] + s[rounds / 2]) / 2;
}

static void print_row(unsigned int i, unsigned int *missed, unsigned int *bad)
{
	double hvr = median(HVROOT, i), kvm = median(KVM, i);
	double null = median(KVM_AGAIN, i) / kvm;
	bool off = i && (null < 1 - NULL_TOLERANCE || null > 1 + NULL_TOLERANCE);

	*bad += off;
	printf("%-20s ", ops[i].what);
	if (ops[i].needs & ~hvroot_front.can)
		printf("%8s %8.0f %6s %6s %-7s", "-", kvm, "-", "-", "");
	else if (!ops[i].goal)
		printf("%8.0f %8.0f %6.2f %6s %-7s", hvr, kvm, hvr / kvm, "-", "");
	else
		printf("%8.0f %8.0f %6.2f %6.2f %-7s", hvr, kvm, hvr / kvm, ops[i].goal,
		       hvr <= ops[i].goal * kvm ? "met" : "missed");
	printf(" %5.3f%s\n", null, off ? " BAD" : "");
	if (!(ops[i].needs & ~hvroot_front.can) && ops[i].goal && hvr > ops[i].goal * kvm)
		(*missed)++;
}

static int print_table(void)
{
	unsigned int i, missed = 0, bad = 0;

	printf("TSC ticks per operation, median of %u rounds of %u; empty loop subtracted\n",
	       rounds, count);
	printf("%-20s %8s %8s %6s %6s %-7s %5s\n", "operation", "hvroot", "kvm", "ratio",
	       "goal", "", "null");
	for (i = 0; i < NR_OPS; i++)
		if (is_wanted(&kvm_front, i))
			print_row(i, &missed, &bad);
	printf("goals missed: %u; null tests (KVM beside KVM) off by more than %.2f: %u\n",
	       missed, NULL_TOLERANCE, bad);
	return bad ? 1 : 0;
}

/* For a profiler: one operation on one hypervisor, and nothing else. */
static int run_alone(const char *name)
{
	enum column col = !strcmp(name, "kvm") ? KVM : HVROOT;

	measure(col, 0);
	for (unsigned int i = 0; i < NR_OPS; i++)
		if (is_wanted(columns[col], i))
			printf("%s %s %.1f\n", name, ops[i].name, samples[col][i][0]);
	return 0;
}

static void usage(void)
{
	printf("Usage: bench [-r ROUNDS] [-n OPERATIONS] [-o OPERATION] [-a hvroot|kvm]\n"
	       "  -r  rounds of hvroot, kvm, kvm (7); the median counts\n"
	       "  -n  operations in a measurement (1000)\n"
	       "  -o  only this operation\n"
	       "  -a  one round on this hypervisor alone\n");
}

int main(int argc, char **argv)
{
	const char *alone = NULL;
	unsigned int i, col;
	int opt;

	while ((opt = getopt(argc, argv, "r:n:o:a:h")) != -1) {
		switch (opt) {
		case 'r':
			rounds = atoi(optarg);
			break;
		case 'n':
			count = atoi(optarg);
			break;
		case 'o':
			only = optarg;
			break;
		case 'a':
			alone = optarg;
			break;
		default:
			usage();
			return opt == 'h' ? 0 : 2;
		}
	}
	if (!rounds || rounds > MAX_ROUNDS || !count)
		die("bad number");
	if (alone)
		return run_alone(alone);
	for (i = 0; i < rounds; i++)
		for (col = 0; col < NR_COLUMNS; col++)
			measure(col, i);
	return print_table();
}
