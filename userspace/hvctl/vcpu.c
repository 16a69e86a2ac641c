// SPDX-License-Identifier: GPL-2.0-only
/*
 * VP threads: the run loop, registers, kicking, and what to print of a VP when
 * the machine cannot go on.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "hvctl.h"
#include "machine.h"

#define KICK_SIGNAL	SIGUSR1
#define KICK_INTERVAL	5000000	/* ns */
#define MTRR_WRITE_BACK	0x806	/* enabled, everything write-back */

static void on_kick(int sig)
{
	(void)sig;	/* the interrupted ioctl is all that is wanted */
}

void vcpu_setup_signals(void)
{
	struct sigaction sa = { .sa_handler = on_kick };

	sigaction(KICK_SIGNAL, &sa, NULL);
}

int vcpu_create(struct machine *m, unsigned int index)
{
	const struct hv_register mtrr = {
		.name = HV_REG_MTRR_DEF_TYPE,
		.value.u64 = MTRR_WRITE_BACK,
	};
	struct vcpu *v = &m->vcpus[index];
	int ret;

	v->m = m;
	v->index = index;
	v->fd = hvroot_vp_create(m->pt, index);
	if (v->fd < 0) {
		report(NULL, "VP %u: %s", index, strerror(-v->fd));
		return -1;
	}
	m->nr_vcpus++;
	v->page = hvroot_vp_map_page(v->fd, MSHV_VP_MMAP_OFFSET_REGISTERS);
	ret = hvroot_registers_set(v->fd, index, &mtrr, 1);
	if (ret)
		report(NULL, "VP %u: memory types: %s", index, strerror(-ret));
	return ret;
}

int vcpu_read_gprs(struct vcpu *v, uint64_t gpr[16])
{
	struct hv_register regs[16];
	unsigned int i;
	int ret;

	if (v->page && v->page->is_valid) {
		memcpy(gpr, v->page->gpr, sizeof(v->page->gpr));
		return 0;
	}
	for (i = 0; i < 16; i++)
		regs[i] = (struct hv_register){ .name = HV_REG_RAX + i };
	ret = hvroot_registers_get(v->fd, v->index, regs, 16);
	for (i = 0; i < 16 && !ret; i++)
		gpr[i] = regs[i].value.u64;
	return ret;
}

int vcpu_finish(struct vcpu *v, const uint64_t gpr[16], uint16_t mask, uint64_t rip)
{
	struct hv_register regs[17];
	unsigned int i, n = 0;

	if (v->page && v->page->is_valid) {
		for (i = 0; i < 16; i++)
			if (mask & 1U << i)
				v->page->gpr[i] = gpr[i];
		v->page->rip = rip;
		v->page->dirty |= HV_PAGE_DIRTY_RIP | (mask ? HV_PAGE_DIRTY_GPR : 0);
		return 0;
	}
	for (i = 0; i < 16; i++)
		if (mask & 1U << i)
			regs[n++] = (struct hv_register){
				.name = HV_REG_RAX + i, .value.u64 = gpr[i],
			};
	regs[n++] = (struct hv_register){ .name = HV_REG_RIP, .value.u64 = rip };
	return hvroot_registers_set(v->fd, v->index, regs, n);
}

static void dump(struct vcpu *v)
{
	static const struct { uint32_t name; const char *text; } control[] = {
		{ HV_REG_RIP, "rip" }, { HV_REG_RFLAGS, "rflags" }, { HV_REG_CR0, "cr0" },
		{ HV_REG_CR2, "cr2" }, { HV_REG_CR3, "cr3" }, { HV_REG_CR4, "cr4" },
		{ HV_REG_CR8, "cr8" }, { HV_REG_EFER, "efer" }, { HV_REG_CS, "cs" },
		{ HV_REG_SS, "ss" },
	};
	static const char * const names[16] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
	};
	enum { CONTROLS = sizeof(control) / sizeof(control[0]) };
	struct hv_register regs[CONTROLS];
	uint64_t gpr[16];
	unsigned int i;
	int ret;

	for (i = 0; i < CONTROLS; i++)
		regs[i] = (struct hv_register){ .name = control[i].name };
	ret = hvroot_registers_get(v->fd, v->index, regs, CONTROLS);
	if (!ret)
		ret = vcpu_read_gprs(v, gpr);
	if (ret) {
		report(NULL, "VP %u: registers: %s", v->index, strerror(-ret));
		return;
	}
	flockfile(stderr);
	fprintf(stderr, "VP %u after %llu exits:", v->index,
		(unsigned long long)atomic_load(&v->exits));
	for (i = 0; i < CONTROLS; i++)
		fprintf(stderr, "%s%s %016llx", i % 4 ? "  " : "\r\n  ", control[i].text,
			(unsigned long long)regs[i].value.u64);
	fprintf(stderr, "  cs sel %04x attr %04x", regs[8].value.segment.selector,
		regs[8].value.segment.attributes);
	for (i = 0; i < 16; i++)
		fprintf(stderr, "%s%-3s %016llx", i % 4 ? "  " : "\r\n  ", names[i],
			(unsigned long long)gpr[i]);
	fprintf(stderr, "\r\n");
	funlockfile(stderr);
}

void vcpu_fail(struct vcpu *v, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report(NULL, "VP %u: %s", v->index, text);
	dump(v);
	machine_end(v->m, MACHINE_FAILED);
}

/* 0 to go on, -1 to leave the loop. */
static int handle(struct vcpu *v, const struct hv_msg *msg)
{
	switch (msg->header.type) {
	case HV_MSG_IO_PORT:
		return exit_io(v, &msg->u.io);
	case HV_MSG_UNMAPPED_GPA:
	case HV_MSG_GPA_INTERCEPT:
		return exit_memory(v, &msg->u.memory);
	case HV_MSG_APIC_EOI:
		devices_eoi(v->m, msg->u.eoi.vector);
		return 0;
	case HV_MSG_NONE:
	case HV_MSG_HALT:
		return 0;
	case HV_MSG_UNRECOVERABLE_EXCEPTION:
		if (v->m->cfg->debug)
			dump(v);
		machine_end(v->m, MACHINE_TRIPLE_FAULT);
		return -1;
	case HV_MSG_INVALID_REGISTER:
		vcpu_fail(v, "the processor refuses its register state");
		return -1;
	case HV_MSG_UNSUPPORTED_FEATURE:
		vcpu_fail(v, "the guest uses a feature that is not supported (code %u, 0x%llx)",
			  msg->u.unsupported.code,
			  (unsigned long long)msg->u.unsupported.parameter);
		return -1;
	default:
		vcpu_fail(v, "message 0x%08x was not asked for", msg->header.type);
		return -1;
	}
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct hv_msg msg;
	sigset_t set;
	char name[16];

	snprintf(name, sizeof(name), "vp%u", v->index);
	pthread_setname_np(pthread_self(), name);
	sigemptyset(&set);
	sigaddset(&set, KICK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);

	while (!atomic_load(&v->m->stop)) {
		int ret = hvroot_vp_run(v->fd, &msg);

		if (atomic_exchange(&v->dump, false))
			dump(v);
		if (ret == -EINTR || ret == -EAGAIN)
			continue;
		if (ret == -ECANCELED) {
			machine_end(v->m, MACHINE_STOPPED);
			break;
		}
		if (ret) {
			vcpu_fail(v, "cannot run: %s", strerror(-ret));
			break;
		}
		atomic_fetch_add_explicit(&v->exits, 1, memory_order_relaxed);
		if (handle(v, &msg) || atomic_load(&v->m->end) != MACHINE_RUNS)
			break;
	}
	atomic_store(&v->done, true);
	return NULL;
}

int vcpu_start(struct vcpu *v)
{
	int ret = pthread_create(&v->thread, NULL, vcpu_thread, v);

	if (ret) {
		report(NULL, "VP %u: no thread: %s", v->index, strerror(ret));
		return -1;
	}
	v->started = true;
	return 0;
}

static bool kick_all(struct machine *m)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < m->nr_vcpus; i++) {
		struct vcpu *v = &m->vcpus[i];

		if (!v->started || atomic_load(&v->done))
			continue;
		pthread_kill(v->thread, KICK_SIGNAL);
		any = true;
	}
	return any;
}

/*
 * A kick that arrives between a thread's look at "stop" and its ioctl is lost,
 * so kicks are repeated until the threads are out. All of them each time: one may
 * wait for what another holds.
 */
void vcpus_stop(struct machine *m)
{
	const struct timespec pause = { .tv_nsec = KICK_INTERVAL };
	unsigned int i;

	atomic_store(&m->stop, true);
	while (kick_all(m))
		nanosleep(&pause, NULL);
	for (i = 0; i < m->nr_vcpus; i++) {
		struct vcpu *v = &m->vcpus[i];

		if (!v->started)
			continue;
		pthread_join(v->thread, NULL);
		v->started = false;
	}
}

void vcpus_dump(struct machine *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_vcpus; i++) {
		struct vcpu *v = &m->vcpus[i];

		if (!v->started || atomic_load(&v->done))
			continue;
		atomic_store(&v->dump, true);
		pthread_kill(v->thread, KICK_SIGNAL);
	}
}
