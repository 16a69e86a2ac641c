// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing but assertions: <linux/mshv.h>, whether the kernel's or ours, is the ABI
 * that VMMs were compiled against.
 */
#include <linux/build_bug.h>
#include <linux/ioctl.h>
#include <linux/mshv.h>
#include <linux/stddef.h>
#include <hvroot/ext.h>

#define NUMBER(name, value)	static_assert((name) == (value))
#define SIZE(type, bytes)	static_assert(sizeof(struct type) == (bytes))
#define AT(type, member, off)	static_assert(offsetof(struct type, member) == (off))

NUMBER(MSHV_CREATE_PARTITION, 0x4010b800);
NUMBER(MSHV_INITIALIZE_PARTITION, 0x0000b800);
NUMBER(MSHV_CREATE_VP, 0x4004b801);
NUMBER(MSHV_SET_GUEST_MEMORY, 0x4020b802);
NUMBER(MSHV_IRQFD, 0x4010b803);
NUMBER(MSHV_IOEVENTFD, 0x4020b804);
NUMBER(MSHV_SET_MSI_ROUTING, 0x4008b805);
NUMBER(MSHV_GET_GPAP_ACCESS_BITMAP, 0xc020b806);
NUMBER(MSHV_ROOT_HVCALL, 0xc020b807);
NUMBER(MSHV_RUN_VP, 0x8100b800);
NUMBER(MSHV_GET_VP_STATE, 0xc010b801);
NUMBER(MSHV_SET_VP_STATE, 0xc010b802);

NUMBER(MSHV_PT_BIT_LAPIC, 0);
NUMBER(MSHV_PT_BIT_X2APIC, 1);
NUMBER(MSHV_PT_BIT_GPA_SUPER_PAGES, 2);
NUMBER(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES, 3);
NUMBER(MSHV_PT_BIT_NESTED_VIRTUALIZATION, 4);
NUMBER(MSHV_PT_BIT_SMT_ENABLED_GUEST, 5);
NUMBER(MSHV_PT_FLAGS_MASK, 0x3f);
NUMBER(MSHV_PT_ISOLATION_NONE, 0);
NUMBER(MSHV_SET_MEM_BIT_WRITABLE, 0);
NUMBER(MSHV_SET_MEM_BIT_EXECUTABLE, 1);
NUMBER(MSHV_SET_MEM_BIT_UNMAP, 2);
NUMBER(MSHV_IRQFD_BIT_DEASSIGN, 0);
NUMBER(MSHV_IRQFD_BIT_RESAMPLE, 1);
NUMBER(MSHV_IOEVENTFD_BIT_DATAMATCH, 0);
NUMBER(MSHV_IOEVENTFD_BIT_PIO, 1);
NUMBER(MSHV_IOEVENTFD_BIT_DEASSIGN, 2);
NUMBER(MSHV_GPAP_ACCESS_TYPE_ACCESSED, 0);
NUMBER(MSHV_GPAP_ACCESS_TYPE_DIRTY, 1);
NUMBER(MSHV_GPAP_ACCESS_OP_NOOP, 0);
NUMBER(MSHV_GPAP_ACCESS_OP_CLEAR, 1);
NUMBER(MSHV_GPAP_ACCESS_OP_SET, 2);
NUMBER(MSHV_VP_MMAP_OFFSET_REGISTERS, 0);
NUMBER(MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE, 1);
NUMBER(MSHV_VP_MMAP_OFFSET_GHCB, 2);
NUMBER(MSHV_VP_STATE_LAPIC, 0);
NUMBER(MSHV_VP_STATE_XSAVE, 1);
NUMBER(MSHV_VP_STATE_SIMP, 2);
NUMBER(MSHV_VP_STATE_SIEFP, 3);
NUMBER(MSHV_VP_STATE_SYNTHETIC_TIMERS, 4);
NUMBER(MSHV_HV_PAGE_SIZE, 4096);

SIZE(mshv_create_partition, 16);
AT(mshv_create_partition, pt_isolation, 8);
SIZE(mshv_create_partition_v2, 64);
AT(mshv_create_partition_v2, pt_num_cpu_fbanks, 16);
AT(mshv_create_partition_v2, pt_rsvd, 18);
AT(mshv_create_partition_v2, pt_cpu_fbanks, 24);
AT(mshv_create_partition_v2, pt_rsvd1, 40);
AT(mshv_create_partition_v2, pt_disabled_xsave, 56);
SIZE(mshv_create_vp, 4);
SIZE(mshv_user_mem_region, 32);
AT(mshv_user_mem_region, guest_pfn, 8);
AT(mshv_user_mem_region, userspace_addr, 16);
AT(mshv_user_mem_region, flags, 24);
AT(mshv_user_mem_region, rsvd, 25);
SIZE(mshv_user_irqfd, 16);
AT(mshv_user_irqfd, resamplefd, 4);
AT(mshv_user_irqfd, gsi, 8);
AT(mshv_user_irqfd, flags, 12);
SIZE(mshv_user_ioeventfd, 32);
AT(mshv_user_ioeventfd, addr, 8);
AT(mshv_user_ioeventfd, len, 16);
AT(mshv_user_ioeventfd, fd, 20);
AT(mshv_user_ioeventfd, flags, 24);
AT(mshv_user_ioeventfd, rsvd, 28);
SIZE(mshv_user_irq_entry, 16);
AT(mshv_user_irq_entry, data, 12);
SIZE(mshv_user_irq_table, 8);
AT(mshv_user_irq_table, entries, 8);
SIZE(mshv_gpap_access_bitmap, 32);
AT(mshv_gpap_access_bitmap, access_op, 1);
AT(mshv_gpap_access_bitmap, page_count, 8);
AT(mshv_gpap_access_bitmap, gpap_base, 16);
AT(mshv_gpap_access_bitmap, bitmap_ptr, 24);
SIZE(mshv_root_hvcall, 32);
AT(mshv_root_hvcall, reps, 2);
AT(mshv_root_hvcall, in_sz, 4);
AT(mshv_root_hvcall, out_sz, 6);
AT(mshv_root_hvcall, status, 8);
AT(mshv_root_hvcall, rsvd, 10);
AT(mshv_root_hvcall, in_ptr, 16);
AT(mshv_root_hvcall, out_ptr, 24);
SIZE(mshv_run_vp, 256);
SIZE(mshv_get_set_vp_state, 16);
AT(mshv_get_set_vp_state, rsvd, 1);
AT(mshv_get_set_vp_state, buf_sz, 4);
AT(mshv_get_set_vp_state, buf_ptr, 8);

/* Ours, for the same reason. */
NUMBER(HVR_EXT_GET_VERSION, 0x8008b900);
NUMBER(HVR_EXT_LIST_PARTITIONS, 0xc020b901);
NUMBER(HVR_EXT_STOP_PARTITION, 0x4010b902);
NUMBER(HVR_EXT_GET_CRASH, 0xc048b910);
NUMBER(HVR_EXT_GET_ID, 0x8008b911);
SIZE(hvr_ext_version, 8);
SIZE(hvr_ext_partition, 72);
SIZE(hvr_ext_list, 32);
SIZE(hvr_ext_stop, 16);
SIZE(hvr_ext_crash, 72);
AT(hvr_ext_partition, owner_comm, 56);
AT(hvr_ext_crash, message, 64);
