// SPDX-License-Identifier: GPL-2.0-only
/*
 * VP wrappers: run, registers, state blocks, address translation.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <hvroot.h>

#define REGS_ROOM	(MSHV_HV_PAGE_SIZE - sizeof(struct hv_vp_registers))

int hvroot_vp_create(int pt, __u32 index)
{
	struct mshv_create_vp args = { .vp_index = index };
	int fd = ioctl(pt, MSHV_CREATE_VP, &args);

	return fd < 0 ? -errno : fd;
}

int hvroot_vp_run(int vp, struct hv_msg *msg)
{
	return ioctl(vp, MSHV_RUN_VP, msg) < 0 ? -errno : 0;
}

void *hvroot_vp_map_page(int vp, unsigned int page)
{
	void *addr = mmap(NULL, MSHV_HV_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vp,
			  (off_t)page * MSHV_HV_PAGE_SIZE);

	return addr == MAP_FAILED ? NULL : addr;
}

/* One hypercall takes one page of input; go through the registers in batches. */
int hvroot_registers_get(int fd, __u32 index, struct hv_register *regs, unsigned int count)
{
	struct {
		struct hv_vp_registers hdr;
		__u32 names[REGS_ROOM / sizeof(__u32)];
	} in;
	union hv_register_value out[MSHV_HV_PAGE_SIZE / sizeof(union hv_register_value)];
	const unsigned int batch = sizeof(out) / sizeof(out[0]);

	while (count) {
		unsigned int i, n = count < batch ? count : batch;
		struct mshv_root_hvcall args = {
			.code = HV_CALL_GET_VP_REGISTERS,
			.reps = n,
			.in_sz = sizeof(in.hdr) + n * sizeof(in.names[0]),
			.out_sz = n * sizeof(out[0]),
			.in_ptr = (uintptr_t)&in,
			.out_ptr = (uintptr_t)out,
		};
		int ret;

		memset(&in.hdr, 0, sizeof(in.hdr));
		in.hdr.vp_index = index;
		for (i = 0; i < n; i++)
			in.names[i] = regs[i].name;
		ret = hvroot_hypercall(fd, &args);
		if (ret < 0)
			return ret;
		if (args.reps != n)
			return -EIO;
		for (i = 0; i < n; i++)
			regs[i].value = out[i];
		regs += n;
		count -= n;
	}
	return 0;
}

int hvroot_registers_set(int fd, __u32 index, const struct hv_register *regs,
			 unsigned int count)
{
	struct {
		struct hv_vp_registers hdr;
		struct hv_register regs[REGS_ROOM / sizeof(struct hv_register)];
	} in;
	const unsigned int batch = sizeof(in.regs) / sizeof(in.regs[0]);

	while (count) {
		unsigned int n = count < batch ? count : batch;
		struct mshv_root_hvcall args = {
			.code = HV_CALL_SET_VP_REGISTERS,
			.reps = n,
			.in_sz = sizeof(in.hdr) + n * sizeof(in.regs[0]),
			.in_ptr = (uintptr_t)&in,
		};
		int ret;

		memset(&in.hdr, 0, sizeof(in.hdr));
		in.hdr.vp_index = index;
		memcpy(in.regs, regs, n * sizeof(in.regs[0]));
		ret = hvroot_hypercall(fd, &args);
		if (ret < 0)
			return ret;
		if (args.reps != n)
			return -EIO;
		regs += n;
		count -= n;
	}
	return 0;
}

int hvroot_translate(int fd, __u32 index, __u64 gva, __u64 flags, __u64 *gpa)
{
	struct hv_translate in = {
		.vp_index = index,
		.flags = flags,
		.gva_page = gva / MSHV_HV_PAGE_SIZE,
	};
	struct hv_translate_result out = { 0 };
	struct mshv_root_hvcall args = {
		.code = HV_CALL_TRANSLATE_VIRTUAL_ADDRESS,
		.in_sz = sizeof(in),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)&out,
	};
	int ret = hvroot_hypercall(fd, &args);

	if (ret < 0)
		return ret;
	if (out.code)
		return -EFAULT;
	*gpa = out.gpa_page * MSHV_HV_PAGE_SIZE + gva % MSHV_HV_PAGE_SIZE;
	return 0;
}

static int vp_state(int vp, unsigned long request, unsigned int type, const void *buf,
		    __u32 *size)
{
	struct mshv_get_set_vp_state args = {
		.type = type,
		.buf_sz = *size,
		.buf_ptr = (uintptr_t)buf,
	};
	int ret = ioctl(vp, request, &args) < 0 ? -errno : 0;

	*size = args.buf_sz;
	return ret;
}

int hvroot_vp_state_get(int vp, unsigned int type, void *buf, __u32 *size)
{
	return vp_state(vp, MSHV_GET_VP_STATE, type, buf, size);
}

int hvroot_vp_state_set(int vp, unsigned int type, const void *buf, __u32 size)
{
	return vp_state(vp, MSHV_SET_VP_STATE, type, buf, &size);
}
