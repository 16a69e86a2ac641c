// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark machine on /dev/kvm, with a local APIC in the kernel, all of KVM's
 * Hyper-V interface, and the rest in the VMM.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "bench.h"

#define MAX_CPUID	256
#define HV_LEAF_FIRST	0x40000000
#define HV_LEAF_LAST	0x400000ff

static int run_size;

static int call(int fd, unsigned long cmd, const void *arg, const char *what)
{
	int ret = ioctl(fd, cmd, arg);

	if (ret < 0)
		die("kvm: %s: %s", what, strerror(errno));
	return ret;
}

static struct kvm_cpuid2 *alloc_cpuid(void)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + MAX_CPUID * sizeof(c->entries[0]));

	if (!c)
		die("no memory");
	c->nent = MAX_CPUID;
	return c;
}

/* All that the host can give, with KVM's own leaves replaced by Hyper-V's. */
static void set_cpuid(struct machine *m)
{
	struct kvm_cpuid2 *all = alloc_cpuid();
	struct kvm_cpuid2 *hv = alloc_cpuid();
	unsigned int i, n = 0;

	call(m->dev, KVM_GET_SUPPORTED_CPUID, all, "supported CPUID");
	call(m->vp, KVM_GET_SUPPORTED_HV_CPUID, hv, "supported Hyper-V CPUID");
	for (i = 0; i < all->nent; i++) {
		if (all->entries[i].function < HV_LEAF_FIRST ||
		    all->entries[i].function > HV_LEAF_LAST)
			all->entries[n++] = all->entries[i];
	}
	for (i = 0; i < hv->nent && n < MAX_CPUID; i++)
		all->entries[n++] = hv->entries[i];
	all->nent = n;
	call(m->vp, KVM_SET_CPUID2, all, "set CPUID");
	free(all);
	free(hv);
}

static void enable(int fd, unsigned int cap, uint64_t arg, const char *what)
{
	struct kvm_enable_cap args = { .cap = cap, .args = { arg } };

	call(fd, KVM_ENABLE_CAP, &args, what);
}

static void set_segment(struct kvm_segment *out, const struct segment *in)
{
	memset(out, 0, sizeof(*out));
	out->base = in->base;
	out->limit = in->limit;
	out->selector = in->selector;
	out->type = in->attributes & 0xf;
	out->s = in->attributes >> 4 & 1;
	out->dpl = in->attributes >> 5 & 3;
	out->present = in->attributes >> 7 & 1;
	out->avl = in->attributes >> 12 & 1;
	out->l = in->attributes >> 13 & 1;
	out->db = in->attributes >> 14 & 1;
	out->g = in->attributes >> 15 & 1;
}

static void set_registers(struct machine *m, const struct start_state *s)
{
	struct kvm_regs regs = { .rip = s->rip, .rsp = s->rsp, .rflags = s->rflags };
	struct kvm_sregs sregs;

	call(m->vp, KVM_GET_SREGS, &sregs, "get registers");
	set_segment(&sregs.cs, &s->code);
	set_segment(&sregs.ds, &s->data);
	set_segment(&sregs.es, &s->data);
	set_segment(&sregs.ss, &s->data);
	set_segment(&sregs.tr, &s->tss);
	sregs.gdt.base = s->gdt_base;
	sregs.gdt.limit = s->gdt_limit;
	sregs.cr0 = s->cr0;
	sregs.cr3 = s->cr3;
	sregs.cr4 = s->cr4;
	sregs.efer = s->efer;
	call(m->vp, KVM_SET_SREGS, &sregs, "set system registers");
	call(m->vp, KVM_SET_REGS, &regs, "set registers");
}

static void set_doorbells(struct machine *m)
{
	struct kvm_ioeventfd mmio = { .addr = GUEST_DOORBELL, .len = 4, .fd = m->event };
	struct kvm_ioeventfd port = {
		.addr = PORT_DOORBELL, .len = 1, .fd = m->event, .flags = KVM_IOEVENTFD_FLAG_PIO,
	};
	struct kvm_hyperv_eventfd event = { .conn_id = EVENT_CONNECTION, .fd = m->event };

	call(m->vm, KVM_IOEVENTFD, &mmio, "memory doorbell");
	call(m->vm, KVM_IOEVENTFD, &port, "port doorbell");
	call(m->vm, KVM_HYPERV_EVENTFD, &event, "event connection");
}

static void make(struct machine *m, const struct start_state *s)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = GUEST_MEMORY,
		.userspace_addr = (uintptr_t)m->mem,
	};

	m->dev = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (m->dev < 0)
		die("/dev/kvm: %s", strerror(errno));
	m->vm = call(m->dev, KVM_CREATE_VM, NULL, "create");
	enable(m->vm, KVM_CAP_SPLIT_IRQCHIP, 24, "local APIC");
	call(m->vm, KVM_SET_USER_MEMORY_REGION, &region, "memory");
	m->vp = call(m->vm, KVM_CREATE_VCPU, NULL, "create VCPU");
	run_size = call(m->dev, KVM_GET_VCPU_MMAP_SIZE, NULL, "size of the run page");
	m->page = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, m->vp, 0);
	if (m->page == MAP_FAILED)
		die("kvm: run page: %s", strerror(errno));
	set_cpuid(m);
	enable(m->vp, KVM_CAP_HYPERV_SYNIC2, 0, "SynIC");
	set_doorbells(m);
	set_registers(m, s);
}

static unsigned int run(struct machine *m)
{
	struct kvm_run *run = m->page;

	for (;;) {
		if (ioctl(m->vp, KVM_RUN, 0) < 0 && errno != EINTR)
			die("kvm: run: %s", strerror(errno));
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			return run->io.port;
		case KVM_EXIT_HYPERV:
			/* A message that the VMM is to take. */
			if (run->hyperv.type != KVM_EXIT_HYPERV_HCALL)
				break;
			run->hyperv.u.hcall.result = 0;
			break;
		case KVM_EXIT_INTR:
			break;
		default:
			die("kvm: exit %u", run->exit_reason);
		}
	}
}

static void drop(struct machine *m)
{
	munmap(m->page, run_size);
	close(m->vp);
	close(m->vm);
	close(m->dev);
}

const struct front kvm_front = {
	.name = "kvm",
	.can = CAN_PORT_DOORBELL,
	.make = make,
	.run = run,
	.drop = drop,
};
