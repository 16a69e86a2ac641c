// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark machine on /dev/mshv.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <hvroot.h>

#include "bench.h"
#include "port.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int check(int ret, const char *what)
{
	if (ret < 0)
		die("hvroot: %s: %s", what, strerror(-ret));
	return ret;
}

static void set_one(struct machine *m, uint32_t name, union hv_register_value value)
{
	const struct hv_register reg = { .name = name, .value = value };

	if (hvroot_registers_set(m->vp, 0, &reg, 1))
		die("hvroot: cannot set register %#x", name);
}

static void set_reg(struct machine *m, uint32_t name, uint64_t value)
{
	set_one(m, name, (union hv_register_value){ .u64 = value });
}

static void set_segment(struct machine *m, uint32_t name, const struct segment *s)
{
	set_one(m, name, (union hv_register_value){ .segment = {
		.base = s->base,
		.limit = s->limit,
		.selector = s->selector,
		.attributes = s->attributes,
	} });
}

static void set_registers(struct machine *m, const struct start_state *s)
{
	set_segment(m, HV_REG_CS, &s->code);
	set_segment(m, HV_REG_DS, &s->data);
	set_segment(m, HV_REG_ES, &s->data);
	set_segment(m, HV_REG_SS, &s->data);
	set_segment(m, HV_REG_TR, &s->tss);
	set_one(m, HV_REG_GDTR, (union hv_register_value){ .table = {
		.base = s->gdt_base, .limit = s->gdt_limit } });
	set_reg(m, HV_REG_CR3, s->cr3);
	set_reg(m, HV_REG_CR4, s->cr4);
	set_reg(m, HV_REG_EFER, s->efer);
	set_reg(m, HV_REG_CR0, s->cr0);
	set_reg(m, HV_REG_RIP, s->rip);
	set_reg(m, HV_REG_RSP, s->rsp);
	set_reg(m, HV_REG_RFLAGS, s->rflags);
}

static int bind_port(struct machine *m, uint32_t connection, bool message)
{
	struct bench_port_args args = {
		.partition_fd = m->vm,
		.eventfd = m->event,
		.connection = connection,
		.message = message,
	};
	int fd = open("/dev/hvroot_bench", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BENCH_PORT, &args) < 0)
		die("/dev/hvroot_bench: %s", strerror(errno));
	return fd;
}

static uint64_t features(void)
{
	static const unsigned char bits[] = {
		HV_SYNTH_HYPERVISOR_PRESENT, HV_SYNTH_HV1, HV_SYNTH_VP_RUNTIME,
		HV_SYNTH_REFERENCE_COUNTER, HV_SYNTH_SYNIC, HV_SYNTH_TIMERS,
		HV_SYNTH_INTERRUPT_CONTROL, HV_SYNTH_HYPERCALL, HV_SYNTH_VP_INDEX,
		HV_SYNTH_REFERENCE_TSC, HV_SYNTH_GUEST_IDLE, HV_SYNTH_FREQUENCY,
		HV_SYNTH_DIRECT_TIMERS, HV_SYNTH_EXTENDED_MASKS, HV_SYNTH_TLB_FLUSH,
		HV_SYNTH_CLUSTER_IPI, HV_SYNTH_SIGNAL_EVENTS,
	};
	uint64_t all = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		all |= 1ULL << bits[i];
	return all;
}

static void make(struct machine *m, const struct start_state *s)
{
	const struct mshv_create_partition_v2 args = {
		.pt_flags = 1ULL << MSHV_PT_BIT_LAPIC | 1ULL << MSHV_PT_BIT_X2APIC,
	};
	struct mshv_user_ioeventfd doorbell = {
		.addr = GUEST_DOORBELL, .len = 4, .fd = m->event,
	};

	m->dev = check(hvroot_open(), HVROOT_DEVICE);
	m->vm = check(hvroot_partition_create(m->dev, &args), "create");
	check(hvroot_property_set(m->vm, HV_PROPERTY_SYNTHETIC_FEATURES, features()),
	      "features");
	check(hvroot_partition_initialize(m->vm), "initialize");
	check(hvroot_memory_map(m->vm, 0, m->mem, GUEST_MEMORY,
				HVROOT_MEM_WRITE | HVROOT_MEM_EXECUTE), "memory");
	m->vp = check(hvroot_vp_create(m->vm, 0), "create VP");
	m->page = hvroot_vp_map_page(m->vp, MSHV_VP_MMAP_OFFSET_REGISTERS);
	if (!m->page)
		die("hvroot: register page: %s", strerror(errno));
	check(hvroot_ioeventfd(m->vm, &doorbell), "doorbell");
	m->port[0] = bind_port(m, EVENT_CONNECTION, false);
	m->port[1] = bind_port(m, MESSAGE_CONNECTION, true);
	set_registers(m, s);
}

/* The ABI leaves the step over the instruction to the VMM. */
static unsigned int run(struct machine *m)
{
	struct hv_register_page *page = m->page;
	struct hv_msg msg;
	int ret;

	do {
		ret = hvroot_vp_run(m->vp, &msg);
	} while (ret == -EINTR);
	check(ret, "run");
	if (msg.header.type != HV_MSG_IO_PORT)
		die("hvroot: message %#x at %#llx", msg.header.type,
		    (unsigned long long)msg.u.intercept.rip);
	page->rip += msg.u.intercept.length_cr8 & 0xf;
	page->dirty |= HV_PAGE_DIRTY_RIP;
	return msg.u.io.port;
}

static void drop(struct machine *m)
{
	close(m->port[0]);
	close(m->port[1]);
	munmap(m->page, MSHV_HV_PAGE_SIZE);
	close(m->vp);
	close(m->vm);
	close(m->dev);
}

const struct front hvroot_front = {
	.name = "hvroot",
	.make = make,
	.run = run,
	.drop = drop,
};
