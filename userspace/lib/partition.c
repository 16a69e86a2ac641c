// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partition wrappers: creation, properties, memory, interrupts, hypercalls.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <hvroot.h>

static int call(int fd, unsigned long request, const void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

const char *hvroot_version(void)
{
	return HVROOT_VERSION;
}

int hvroot_open(void)
{
	int fd = open(HVROOT_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int hvroot_partition_create(int dev, const struct mshv_create_partition_v2 *args)
{
	struct mshv_create_partition_v2 v2 = *args;

	v2.pt_flags |= 1ULL << MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES;
	v2.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS;
	return call(dev, MSHV_CREATE_PARTITION, &v2);
}

int hvroot_partition_initialize(int pt)
{
	return call(pt, MSHV_INITIALIZE_PARTITION, NULL);
}

int hvroot_hypercall(int fd, struct mshv_root_hvcall *args)
{
	return call(fd, MSHV_ROOT_HVCALL, args);
}

int hvroot_property_get(int fd, __u32 code, __u64 *value)
{
	struct hv_partition_property in = { .code = code };
	struct mshv_root_hvcall args = {
		.code = HV_CALL_GET_PARTITION_PROPERTY,
		.in_sz = offsetof(struct hv_partition_property, value),
		.out_sz = sizeof(*value),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)value,
	};

	return hvroot_hypercall(fd, &args);
}

int hvroot_property_set(int pt, __u32 code, __u64 value)
{
	struct hv_partition_property in = { .code = code, .value = value };
	struct mshv_root_hvcall args = {
		.code = HV_CALL_SET_PARTITION_PROPERTY,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return hvroot_hypercall(pt, &args);
}

static int set_memory(int pt, __u64 gpa, void *hva, size_t size, __u8 flags)
{
	struct mshv_user_mem_region region = {
		.size = size,
		.guest_pfn = gpa / MSHV_HV_PAGE_SIZE,
		.userspace_addr = (uintptr_t)hva,
		.flags = flags,
	};

	if (gpa % MSHV_HV_PAGE_SIZE)
		return -EINVAL;
	return call(pt, MSHV_SET_GUEST_MEMORY, &region);
}

int hvroot_memory_map(int pt, __u64 gpa, void *hva, size_t size, unsigned int flags)
{
	if (flags & ~(HVROOT_MEM_WRITE | HVROOT_MEM_EXECUTE))
		return -EINVAL;
	return set_memory(pt, gpa, hva, size, flags);
}

int hvroot_memory_unmap(int pt, __u64 gpa, void *hva, size_t size)
{
	return set_memory(pt, gpa, hva, size, 1U << MSHV_SET_MEM_BIT_UNMAP);
}

int hvroot_dirty_bitmap(int pt, struct mshv_gpap_access_bitmap *args)
{
	return call(pt, MSHV_GET_GPAP_ACCESS_BITMAP, args);
}

int hvroot_irqfd(int pt, struct mshv_user_irqfd *args)
{
	return call(pt, MSHV_IRQFD, args);
}

int hvroot_ioeventfd(int pt, struct mshv_user_ioeventfd *args)
{
	return call(pt, MSHV_IOEVENTFD, args);
}

int hvroot_msi_routing(int pt, const struct mshv_user_irq_table *table)
{
	return call(pt, MSHV_SET_MSI_ROUTING, table);
}

int hvroot_interrupt(int pt, __u64 control, __u64 destination, __u32 vector)
{
	struct hv_assert_interrupt in = {
		.control = control,
		.destination = destination,
		.vector = vector,
	};
	struct mshv_root_hvcall args = {
		.code = HV_CALL_ASSERT_VIRTUAL_INTERRUPT,
		.in_sz = sizeof(in),
		.in_ptr = (uintptr_t)&in,
	};

	return hvroot_hypercall(pt, &args);
}
