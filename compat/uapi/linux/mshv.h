/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The /dev/mshv ioctl ABI, for kernels and C libraries without <linux/mshv.h>.
 *
 * Where the kernel has a header of that name, its include path comes first and
 * this file is not read. hvcore/abi_check.c asserts every number, size and offset
 * against either of the two, so that they cannot drift apart.
 *
 * The same ioctl number means different things on the device, on a partition
 * and on a virtual processor. Integers are little endian; pointers travel as
 * __u64. There is no 32-bit form.
 */
#ifndef _UAPI_LINUX_MSHV_H
#define _UAPI_LINUX_MSHV_H

#include <linux/types.h>

#define MSHV_IOCTL		0xB8

/* Page size of every address in this file, whatever the host's is. */
#define MSHV_HV_PAGE_SIZE	0x1000

/* ---- device: /dev/mshv ---- */

/* Bit numbers of pt_flags. */
enum {
	MSHV_PT_BIT_LAPIC,
	MSHV_PT_BIT_X2APIC,
	MSHV_PT_BIT_GPA_SUPER_PAGES,
	MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES,	/* struct ..._v2 is passed */
	MSHV_PT_BIT_NESTED_VIRTUALIZATION,
	MSHV_PT_BIT_SMT_ENABLED_GUEST,
	MSHV_PT_BIT_COUNT,
};

#define MSHV_PT_FLAGS_MASK	((1 << MSHV_PT_BIT_COUNT) - 1)

/* Values of pt_isolation. */
enum {
	MSHV_PT_ISOLATION_NONE,
	MSHV_PT_ISOLATION_COUNT,
};

/**
 * struct mshv_create_partition - the short argument of MSHV_CREATE_PARTITION
 * @pt_flags: 1 << MSHV_PT_BIT_*
 * @pt_isolation: MSHV_PT_ISOLATION_NONE
 *
 * The ioctl returns the descriptor of the new partition.
 */
struct mshv_create_partition {
	__u64 pt_flags;
	__u64 pt_isolation;
};

#define MSHV_NUM_CPU_FEATURES_BANKS	2

/**
 * struct mshv_create_partition_v2 - the long argument of MSHV_CREATE_PARTITION
 * @pt_flags: with MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES set
 * @pt_isolation: MSHV_PT_ISOLATION_NONE
 * @pt_num_cpu_fbanks: MSHV_NUM_CPU_FEATURES_BANKS
 * @pt_rsvd: zero
 * @pt_cpu_fbanks: processor features that the guest shall not have
 * @pt_rsvd1: zero
 * @pt_disabled_xsave: XSAVE features that the guest shall not have
 */
struct mshv_create_partition_v2 {
	__u64 pt_flags;
	__u64 pt_isolation;
	__u16 pt_num_cpu_fbanks;
	__u8 pt_rsvd[6];
	__u64 pt_cpu_fbanks[MSHV_NUM_CPU_FEATURES_BANKS];
	__u64 pt_rsvd1[2];
	__u64 pt_disabled_xsave;
} __attribute__((packed));

#define MSHV_CREATE_PARTITION \
	_IOW(MSHV_IOCTL, 0x00, struct mshv_create_partition)

/* ---- partition ---- */

struct mshv_create_vp {
	__u32 vp_index;
};

/* Bit numbers of mshv_user_mem_region.flags; readable goes without saying. */
enum {
	MSHV_SET_MEM_BIT_WRITABLE,
	MSHV_SET_MEM_BIT_EXECUTABLE,
	MSHV_SET_MEM_BIT_UNMAP,
	MSHV_SET_MEM_BIT_COUNT
};

#define MSHV_SET_MEM_FLAGS_MASK	((1 << MSHV_SET_MEM_BIT_COUNT) - 1)

/**
 * struct mshv_user_mem_region - argument of MSHV_SET_GUEST_MEMORY
 * @size: bytes, whole pages
 * @guest_pfn: first guest page number
 * @userspace_addr: first address in the caller's space, page aligned
 * @flags: 1 << MSHV_SET_MEM_BIT_*
 * @rsvd: zero
 */
struct mshv_user_mem_region {
	__u64 size;
	__u64 guest_pfn;
	__u64 userspace_addr;
	__u8 flags;
	__u8 rsvd[7];
};

/* Bit numbers of mshv_user_irqfd.flags */
enum {
	MSHV_IRQFD_BIT_DEASSIGN,
	MSHV_IRQFD_BIT_RESAMPLE,
	MSHV_IRQFD_BIT_COUNT,
};

#define MSHV_IRQFD_FLAGS_MASK	((1 << MSHV_IRQFD_BIT_COUNT) - 1)

/**
 * struct mshv_user_irqfd - argument of MSHV_IRQFD
 * @fd: eventfd that raises the interrupt
 * @resamplefd: eventfd signalled at its end; read with the RESAMPLE bit only
 * @gsi: row of the routing table
 * @flags: 1 << MSHV_IRQFD_BIT_*
 */
struct mshv_user_irqfd {
	__s32 fd;
	__s32 resamplefd;
	__u32 gsi;
	__u32 flags;
};

/* Bit numbers of mshv_user_ioeventfd.flags */
enum {
	MSHV_IOEVENTFD_BIT_DATAMATCH,
	MSHV_IOEVENTFD_BIT_PIO,
	MSHV_IOEVENTFD_BIT_DEASSIGN,
	MSHV_IOEVENTFD_BIT_COUNT,
};

#define MSHV_IOEVENTFD_FLAGS_MASK	((1 << MSHV_IOEVENTFD_BIT_COUNT) - 1)

/**
 * struct mshv_user_ioeventfd - argument of MSHV_IOEVENTFD
 * @datamatch: value that has to be written, with the DATAMATCH bit
 * @addr: guest physical address
 * @len: width in bytes (1, 2, 4, 8) or 0 for any
 * @fd: eventfd to signal
 * @flags: 1 << MSHV_IOEVENTFD_BIT_*
 * @rsvd: zero
 */
struct mshv_user_ioeventfd {
	__u64 datamatch;
	__u64 addr;
	__u32 len;
	__s32 fd;
	__u32 flags;
	__u8 rsvd[4];
};

/* One row of the routing table: an MSI address and its data. */
struct mshv_user_irq_entry {
	__u32 gsi;
	__u32 address_lo;
	__u32 address_hi;
	__u32 data;
};

/**
 * struct mshv_user_irq_table - argument of MSHV_SET_MSI_ROUTING
 * @nr: number of entries
 * @rsvd: zero
 * @entries: the whole new table
 */
struct mshv_user_irq_table {
	__u32 nr;
	__u32 rsvd;
	struct mshv_user_irq_entry entries[];
};

/* Values of mshv_gpap_access_bitmap.access_type */
enum {
	MSHV_GPAP_ACCESS_TYPE_ACCESSED,
	MSHV_GPAP_ACCESS_TYPE_DIRTY,
	MSHV_GPAP_ACCESS_TYPE_COUNT
};

/* Values of mshv_gpap_access_bitmap.access_op */
enum {
	MSHV_GPAP_ACCESS_OP_NOOP,
	MSHV_GPAP_ACCESS_OP_CLEAR,
	MSHV_GPAP_ACCESS_OP_SET,
	MSHV_GPAP_ACCESS_OP_COUNT
};

/**
 * struct mshv_gpap_access_bitmap - argument of MSHV_GET_GPAP_ACCESS_BITMAP
 * @access_type: MSHV_GPAP_ACCESS_TYPE_*
 * @access_op: MSHV_GPAP_ACCESS_OP_*, done to each page after it was read
 * @rsvd: zero
 * @page_count: guest pages
 * @gpap_base: first guest page number
 * @bitmap_ptr: buffer of (page_count + 7) / 8 bytes
 */
struct mshv_gpap_access_bitmap {
	__u8 access_type;
	__u8 access_op;
	__u8 rsvd[6];
	__u64 page_count;
	__u64 gpap_base;
	__u64 bitmap_ptr;
};

/**
 * struct mshv_root_hvcall - argument of MSHV_ROOT_HVCALL, on every descriptor
 * @code: hypercall code
 * @reps: repetitions asked for; out: repetitions done; zero for a simple call
 * @in_sz: bytes of input, repetitions included
 * @out_sz: bytes of output room
 * @status: zero; out: HV_STATUS
 * @rsvd: zero
 * @in_ptr: input; its partition id is filled in by the kernel
 * @out_ptr: output room, or zero
 */
struct mshv_root_hvcall {
	__u16 code;
	__u16 reps;
	__u16 in_sz;
	__u16 out_sz;
	__u16 status;
	__u8 rsvd[6];
	__u64 in_ptr;
	__u64 out_ptr;
};

#define MSHV_INITIALIZE_PARTITION	_IO(MSHV_IOCTL, 0x00)
#define MSHV_CREATE_VP \
	_IOW(MSHV_IOCTL, 0x01, struct mshv_create_vp)
#define MSHV_SET_GUEST_MEMORY \
	_IOW(MSHV_IOCTL, 0x02, struct mshv_user_mem_region)
#define MSHV_IRQFD \
	_IOW(MSHV_IOCTL, 0x03, struct mshv_user_irqfd)
#define MSHV_IOEVENTFD \
	_IOW(MSHV_IOCTL, 0x04, struct mshv_user_ioeventfd)
#define MSHV_SET_MSI_ROUTING \
	_IOW(MSHV_IOCTL, 0x05, struct mshv_user_irq_table)
#define MSHV_GET_GPAP_ACCESS_BITMAP \
	_IOWR(MSHV_IOCTL, 0x06, struct mshv_gpap_access_bitmap)
#define MSHV_ROOT_HVCALL \
	_IOWR(MSHV_IOCTL, 0x07, struct mshv_root_hvcall)

/* ---- virtual processor ---- */

#define MSHV_RUN_VP_BUF_SZ	256

/* Pages that mmap() of a virtual processor gives, in units of host pages. */
enum {
	MSHV_VP_MMAP_OFFSET_REGISTERS,
	MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE,
	MSHV_VP_MMAP_OFFSET_GHCB,
	MSHV_VP_MMAP_OFFSET_COUNT
};

/* The intercept message that ended MSHV_RUN_VP. */
struct mshv_run_vp {
	__u8 msg_buf[MSHV_RUN_VP_BUF_SZ];
};

/* Values of mshv_get_set_vp_state.type */
enum {
	MSHV_VP_STATE_LAPIC,
	MSHV_VP_STATE_XSAVE,		/* compacted form */
	MSHV_VP_STATE_SIMP,
	MSHV_VP_STATE_SIEFP,
	MSHV_VP_STATE_SYNTHETIC_TIMERS,
	MSHV_VP_STATE_COUNT,
};

/**
 * struct mshv_get_set_vp_state - argument of MSHV_GET_VP_STATE, MSHV_SET_VP_STATE
 * @type: MSHV_VP_STATE_*
 * @rsvd: zero
 * @buf_sz: bytes of the buffer, whole pages; out: the true size
 * @buf_ptr: page-aligned buffer
 */
struct mshv_get_set_vp_state {
	__u8 type;
	__u8 rsvd[3];
	__u32 buf_sz;
	__u64 buf_ptr;
};

#define MSHV_RUN_VP		_IOR(MSHV_IOCTL, 0x00, struct mshv_run_vp)
#define MSHV_GET_VP_STATE \
	_IOWR(MSHV_IOCTL, 0x01, struct mshv_get_set_vp_state)
#define MSHV_SET_VP_STATE \
	_IOWR(MSHV_IOCTL, 0x02, struct mshv_get_set_vp_state)

#endif /* _UAPI_LINUX_MSHV_H */
