// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds a machine: partition, memory, bus, VPs, tables and kernel; and takes
 * it apart again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include "acpi.h"
#include "hvctl.h"
#include "machine.h"

#define HUGE_PAGE	(2ULL << 20)
#define FOUR_GIB	(1ULL << 32)
#define BIT64(n)	(1ULL << (n))

#define SYNTHETIC_FEATURES						\
	(BIT64(HV_SYNTH_HYPERVISOR_PRESENT) | BIT64(HV_SYNTH_HV1) |	\
	 BIT64(HV_SYNTH_VP_RUNTIME) | BIT64(HV_SYNTH_REFERENCE_COUNTER) | \
	 BIT64(HV_SYNTH_SYNIC) | BIT64(HV_SYNTH_TIMERS) |		\
	 BIT64(HV_SYNTH_INTERRUPT_CONTROL) | BIT64(HV_SYNTH_HYPERCALL) | \
	 BIT64(HV_SYNTH_VP_INDEX) | BIT64(HV_SYNTH_REFERENCE_TSC) |	\
	 BIT64(HV_SYNTH_GUEST_IDLE) | BIT64(HV_SYNTH_FREQUENCY) |	\
	 BIT64(HV_SYNTH_DIRECT_TIMERS) | BIT64(HV_SYNTH_EXTENDED_MASKS) | \
	 BIT64(HV_SYNTH_TLB_FLUSH) | BIT64(HV_SYNTH_CLUSTER_IPI) |	\
	 BIT64(HV_SYNTH_SIGNAL_EVENTS))

void machine_end(struct machine *m, enum machine_end end)
{
	uint64_t one = 1;
	int runs = MACHINE_RUNS;

	if (!atomic_compare_exchange_strong(&m->end, &runs, end))
		return;
	/* The counter cannot overflow: it is written once. */
	if (write(m->end_fd, &one, sizeof(one)) != sizeof(one))
		report(NULL, "eventfd: %s", strerror(errno));
}

void *machine_memory(struct machine *m, uint64_t gpa, size_t size)
{
	uint64_t high = m->mem.size - m->mem.low_size;

	if (gpa < m->mem.low_size && size <= m->mem.low_size - gpa)
		return m->mem.base + gpa;
	if (gpa >= FOUR_GIB && gpa - FOUR_GIB < high && size <= high - (gpa - FOUR_GIB))
		return m->mem.base + m->mem.low_size + (gpa - FOUR_GIB);
	return NULL;
}

static int create_partition(struct machine *m)
{
	struct mshv_create_partition_v2 args = {
		.pt_flags = BIT64(MSHV_PT_BIT_LAPIC) | BIT64(MSHV_PT_BIT_X2APIC) |
			    BIT64(MSHV_PT_BIT_GPA_SUPER_PAGES),
		.pt_cpu_fbanks[1] = BIT64(HV_CPU1_LA57) | BIT64(HV_CPU1_NESTED),
	};
	int ret;

	m->dev = hvroot_open();
	if (m->dev < 0) {
		report(device_cure(m->dev), "%s: %s", HVROOT_DEVICE, strerror(-m->dev));
		return -1;
	}
	m->pt = hvroot_partition_create(m->dev, &args);
	if (m->pt < 0) {
		report(device_cure(m->pt), "no partition: %s", strerror(-m->pt));
		return -1;
	}
	ret = hvroot_property_set(m->pt, HV_PROPERTY_SYNTHETIC_FEATURES, SYNTHETIC_FEATURES);
	if (!ret)
		ret = hvroot_partition_initialize(m->pt);
	if (ret) {
		report(NULL, "partition cannot be initialized: %s", strerror(-ret));
		return -1;
	}
	hvroot_partition_id(m->pt, &m->id);
	return 0;
}

static int map_region(struct machine *m, uint64_t gpa, uint64_t offset, uint64_t size)
{
	int ret;

	if (!size)
		return 0;
	ret = hvroot_memory_map(m->pt, gpa, m->mem.base + offset, size,
				HVROOT_MEM_WRITE | HVROOT_MEM_EXECUTE);
	if (ret)
		report(NULL, "guest memory at 0x%llx: %s", (unsigned long long)gpa,
		       strerror(-ret));
	return ret;
}

/* One mapping, aligned so that huge pages here are huge pages in the guest. */
static int create_memory(struct machine *m)
{
	uint64_t size = m->cfg->memory;
	uint64_t low = size < BOOT_LOW_TOP ? size : BOOT_LOW_TOP;
	void *map;

	m->map_size = size + HUGE_PAGE;
	map = mmap(NULL, m->map_size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED) {
		report("choose a smaller --memory", "%llu MiB of guest memory: %s",
		       (unsigned long long)(size >> 20), strerror(errno));
		return -1;
	}
	m->map = map;
	m->mem.base = (uint8_t *)(((uintptr_t)map + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
	m->mem.size = size;
	m->mem.low_size = low;
	/* Only speed is lost where these fail. */
	madvise(m->mem.base, size, MADV_HUGEPAGE);
	madvise(m->mem.base, size, MADV_DONTDUMP);
	if (map_region(m, 0, 0, low))
		return -1;
	return map_region(m, FOUR_GIB, low, size - low);
}

static int create_bus(struct machine *m)
{
	__u64 id;

	if (m->cfg->bus != BUS_OWN)
		return 0;
	m->bus = hvroot_bus_attach(m->pt, &id);
	if (m->bus >= 0) {
		m->id = id;
		return 0;
	}
	report(m->bus == -ENOENT ? "load the module: modprobe hvroot_vmbus; or use --no-vmbus" :
	       "", "VMBus: %s", strerror(-m->bus));
	return -1;
}

int machine_create(struct machine *m, const struct machine_config *cfg)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->cfg = cfg;
	m->dev = -1;
	m->pt = -1;
	m->bus = -1;
	m->console.in = -1;
	m->console.out = -1;
	m->console.slave = -1;
	pthread_mutex_init(&m->lock, NULL);
	m->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->end_fd < 0) {
		report(NULL, "eventfd: %s", strerror(errno));
		return -1;
	}
	if (create_partition(m) || create_memory(m) || create_bus(m))
		return -1;
	devices_init(m);
	for (i = 0; i < cfg->vps; i++)
		if (vcpu_create(m, i))
			return -1;
	return 0;
}

int machine_boot(struct machine *m)
{
	struct hv_register regs[BOOT_MAX_REGISTERS];
	const struct acpi_config acpi = {
		.cpus = m->cfg->vps,
		.memory_top = m->mem.size > m->mem.low_size ?
			      FOUR_GIB + m->mem.size - m->mem.low_size : m->mem.low_size,
		.vmbus = m->cfg->bus != BUS_NONE,
	};
	const struct boot_config boot = {
		.kernel = m->cfg->kernel,
		.initrd = m->cfg->initrd,
		.cmdline = m->cfg->cmdline,
		.rsdp = BOOT_ACPI_BASE,
	};
	unsigned int i;
	char err[256];
	int count, ret;

	if (!acpi_build(&acpi, m->mem.base + BOOT_ACPI_BASE, BOOT_ACPI_SIZE, BOOT_ACPI_BASE)) {
		report(NULL, "ACPI tables do not fit");
		return -1;
	}
	count = boot_load(&m->mem, &boot, regs, err, sizeof(err));
	if (count < 0) {
		report(NULL, "%s", err);
		return -1;
	}
	ret = hvroot_registers_set(m->pt, 0, regs, count);
	if (ret) {
		report(NULL, "registers of the boot VP: %s", strerror(-ret));
		return -1;
	}
	for (i = 0; i < m->nr_vcpus; i++)
		if (vcpu_start(&m->vcpus[i]))
			return -1;
	return 0;
}

void machine_destroy(struct machine *m)
{
	unsigned int i;

	vcpus_stop(m);
	for (i = 0; i < m->nr_vcpus; i++) {
		if (m->vcpus[i].page)
			munmap(m->vcpus[i].page, MSHV_HV_PAGE_SIZE);
		close(m->vcpus[i].fd);
	}
	if (m->pt >= 0)
		close(m->pt);
	/* After the partition: nothing is left to be told to the guest. */
	if (m->bus >= 0)
		close(m->bus);
	if (m->dev >= 0)
		close(m->dev);
	if (m->map)
		munmap(m->map, m->map_size);
	if (m->end_fd >= 0)
		close(m->end_fd);
	pthread_mutex_destroy(&m->lock);
}
