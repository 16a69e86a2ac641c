// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPs and the host's CPUs: VPs that move between them keep their registers, CPUs go
 * offline and come back under running VPs.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "selftest.h"

#define MEM_SIZE	0x10000UL
#define CODE_AT		0x1000
#define VPS		3
#define MOVES		200
#define HOTPLUGS	5
/* Only a failure lasts that long, and an emulated host may be slow. */
#define PROGRESS_SECONDS 60
#define OTHER_CPU	"/sys/devices/system/cpu/cpu1/online"

/* inc esi; add edi, 3; xor eax, eax; cpuid; jmp back: no exception, an exit a round */
static const uint8_t code[] = {
	0x66, 0x46, 0x66, 0x83, 0xc7, 0x03, 0x66, 0x31, 0xc0, 0x0f, 0xa2, 0xeb, 0xf3
};

/* Registers that the code leaves alone, each with a value of its own per VP. */
static const uint32_t kept[] = {
	HV_REG_R8, HV_REG_R15, HV_REG_XMM0 + 5, HV_REG_CR2, HV_REG_DR0, HV_REG_DR3,
	HV_REG_STAR, HV_REG_LSTAR, HV_REG_KERNEL_GS_BASE, HV_REG_SYSENTER_EIP,
	HV_REG_TSC_AUX,
};

struct runner {
	struct machine *m;
	unsigned int index;
	pthread_t thread;
	long ret;		/* of the RUN_VP that ended it, 0 with a message */
	struct message msg;
};

static struct runner runners[VPS];
static volatile bool stop;

static uint64_t kept_value(unsigned int vp, unsigned int i)
{
	return 0x1000 + 0x100 * vp + i;
}

static void *run_vp(void *arg)
{
	struct runner *r = arg;

	while (!stop) {
		r->ret = call(r->m->vp[r->index], MSHV_RUN_VP, &r->msg);
		if (r->ret != -EINTR)
			break;
	}
	return NULL;
}

static void start_vp(struct machine *m, unsigned int vp)
{
	struct hv_segment_register cs = { .limit = 0xffff, .attributes = 0x9b };
	struct runner *r = &runners[vp];
	unsigned int i;

	set_segment(m->pt, vp, HV_REG_CS, &cs);
	set_reg(m->pt, vp, HV_REG_RIP, CODE_AT);
	set_reg(m->pt, vp, HV_REG_RSI, 0);
	set_reg(m->pt, vp, HV_REG_RDI, 0);
	/* The others wait for a SIPI at first. */
	set_reg(m->pt, vp, HV_REG_INTERNAL_ACTIVITY, 0);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		set_reg(m->pt, vp, kept[i], kept_value(vp, i));
	memset(r, 0, sizeof(*r));
	r->m = m;
	r->index = vp;
	r->ret = -EINTR;
	if (pthread_create(&r->thread, NULL, run_vp, r))
		bail_out("thread");
}

static void start(struct machine *m, unsigned int vps)
{
	unsigned int i;

	make_machine(m, MEM_SIZE, vps);
	memcpy(m->mem + CODE_AT, code, sizeof(code));
	stop = false;
	for (i = 0; i < vps; i++)
		start_vp(m, i);
}

/* Everybody is still running, until now. */
static bool finish(struct machine *m, unsigned int vps)
{
	bool good = true;
	unsigned int i;

	stop = true;
	for (i = 0; i < vps; i++) {
		pthread_join(runners[i].thread, NULL);
		if (runners[i].ret == -EINTR)
			continue;
		good = false;
		printf("# VP %u: %s, message %#x\n", i,
		       result_name(runners[i].ret), runners[i].msg.type);
	}
	drop_machine(m);
	return good;
}

/* ESI, when it agrees with EDI. */
static bool read_count(struct machine *m, unsigned int vp, uint32_t *count)
{
	struct hvcall c;
	struct hv_in_get_registers *in = (void *)c.in;
	struct hv_register_value val[2];
	uint32_t esi, edi;

	hvcall_init(&c, HV_CALL_GET_VP_REGISTERS, 2, sizeof(*in) + 8, sizeof(val));
	in->vp_index = vp;
	in->names[0] = HV_REG_RSI;
	in->names[1] = HV_REG_RDI;
	if (hvcall(m->pt, &c))
		return false;
	memcpy(val, c.out, sizeof(val));
	esi = val[0].low;
	edi = val[1].low;
	*count = esi;
	if (edi == 3 * esi || edi == 3 * (esi - 1))
		return true;
	printf("# VP %u: ESI %#x, EDI %#x\n", vp, esi, edi);
	return false;
}

/* Every VP gets on from where it is now. */
static bool progress(struct machine *m, unsigned int vps)
{
	struct timespec nap = { 0, 1000000 };
	time_t end = time(NULL) + PROGRESS_SECONDS;
	uint32_t before, now;
	unsigned int i;

	for (i = 0; i < vps; i++) {
		if (!read_count(m, i, &before))
			return false;
		do {
			nanosleep(&nap, NULL);
			if (!read_count(m, i, &now) || time(NULL) > end) {
				printf("# VP %u: stands at %#x\n", i, before);
				return false;
			}
		} while (now == before);
	}
	return true;
}

static bool kept_all(struct machine *m, unsigned int vps)
{
	unsigned int vp, i;
	bool good = true;

	for (vp = 0; vp < vps; vp++)
		for (i = 0; i < ARRAY_SIZE(kept); i++) {
			uint64_t got = get_reg(m->pt, vp, kept[i]);

			if (got == kept_value(vp, i))
				continue;
			printf("# VP %u register %#x: %#llx\n", vp, kept[i],
			       (unsigned long long)got);
			good = false;
		}
	return good;
}

static bool pin(unsigned int vp, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !pthread_setaffinity_np(runners[vp].thread, sizeof(set), &set);
}

static bool set_online(bool on)
{
	int fd = open(OTHER_CPU, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, on ? "1" : "0", 1) == 1;

	if (!good)
		printf("# CPU 1 %s: %s\n", on ? "on" : "off", strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static void test_moves(void)
{
	struct timespec nap = { 0, 1000000 };
	struct machine m;
	bool good = true;
	uint32_t count;
	unsigned int i;

	start(&m, VPS);
	for (i = 0; i < MOVES && good; i++) {
		good = pin(i % VPS, i / VPS % 2) &&
		       read_count(&m, (i + 1) % VPS, &count);
		nanosleep(&nap, NULL);
	}
	good = good && progress(&m, VPS);
	tap(good, "VPs that move between CPUs get on", "after %u moves", i);
	tap(kept_all(&m, VPS), "and keep their registers", "see above");
	tap(finish(&m, VPS), "and end when they are told to", "see above");
}

static void test_hotplug(void)
{
	struct machine m;
	bool good = true;
	unsigned int i;

	start(&m, VPS);
	for (i = 0; i < HOTPLUGS && good; i++)
		good = pin(0, 1) && progress(&m, VPS) && set_online(false) &&
		       progress(&m, VPS) && set_online(true) && pin(1, 1) &&
		       progress(&m, VPS);
	set_online(true);
	tap(good, "VPs get on while a CPU goes offline and comes back",
	    "round %u", i);
	tap(kept_all(&m, VPS), "and keep their registers, offline or not",
	    "see above");
	tap(finish(&m, VPS), "and end when they are told to, offline or not",
	    "see above");
}

/* The first partition switches on the CPUs that are there then. */
static void test_late_cpu(void)
{
	struct machine m;
	bool good = set_online(false);

	start(&m, 1);
	good = good && progress(&m, 1) && set_online(true) && pin(0, 1) &&
	       progress(&m, 1);
	set_online(true);
	tap(good, "a VP runs on a CPU that came after its partition", "see above");
	tap(kept_all(&m, 1), "and keeps its registers there", "see above");
	tap(finish(&m, 1), "and ends there when it is told to", "see above");
}

int main(void)
{
	if (access(OTHER_CPU, W_OK)) {
		printf("ok %d moving VPs # SKIP CPU 1 is not there or cannot go\n",
		       ++tap_count);
		return tap_end();
	}
	test_moves();
	test_hotplug();
	test_late_cpu();
	return tap_end();
}
