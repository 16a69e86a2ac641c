// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended page table entries (Intel SDM volume 3, "The Extended Page Table
 * Mechanism"), and dropping what the CPU cached of them.
 */
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/printk.h>

#include "vmx.h"

#define EPT_READ	BIT_ULL(0)
#define EPT_WRITE	BIT_ULL(1)
#define EPT_EXEC	BIT_ULL(2)
#define EPT_RIGHTS	(EPT_READ | EPT_WRITE | EPT_EXEC)
#define EPT_WB		(6ULL << 3)
#define EPT_IGNORE_PAT	BIT_ULL(6)
#define EPT_LARGE	BIT_ULL(7)
#define EPT_ACCESSED	BIT_ULL(8)
#define EPT_DIRTY	BIT_ULL(9)
#define EPT_ADDRESS	GENMASK_ULL(51, 12)

/* All that is mapped is the host's memory, which the host maps write-back: the
 * guest's page attributes must not make it anything else.
 */
static u64 make_leaf(u64 pfn, unsigned int level, unsigned int access)
{
	u64 entry = (pfn << 12) | EPT_READ | EPT_WB | EPT_IGNORE_PAT;

	if (level > 1)
		entry |= EPT_LARGE;
	if (access & HVR_ACCESS_WRITE)
		entry |= EPT_WRITE;
	if (access & HVR_ACCESS_EXEC)
		entry |= EPT_EXEC;
	return entry;
}

/* The CPU combines the levels' rights, so tables grant everything. */
static u64 make_table(u64 pa)
{
	return pa | EPT_RIGHTS | EPT_ACCESSED;
}

static bool is_present(u64 entry)
{
	return entry & EPT_RIGHTS;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return level == 1 || (entry & EPT_LARGE);
}

static u64 address(u64 entry)
{
	return entry & EPT_ADDRESS;
}

static unsigned int access(u64 entry)
{
	unsigned int bits = 0;

	if (entry & EPT_READ)
		bits |= HVR_ACCESS_READ;
	if (entry & EPT_WRITE)
		bits |= HVR_ACCESS_WRITE;
	if (entry & EPT_EXEC)
		bits |= HVR_ACCESS_EXEC;
	return bits;
}

static bool accessed(u64 entry)
{
	return entry & EPT_ACCESSED;
}

static bool dirty(u64 entry)
{
	return entry & EPT_DIRTY;
}

static u64 clear_accessed(u64 entry)
{
	return entry & ~EPT_ACCESSED;
}

static u64 clear_dirty(u64 entry)
{
	return entry & ~EPT_DIRTY;
}

struct hvr_slat_format vmx_ept_format __ro_after_init = {
	.levels = 4,
	.max_page_level = 2,
	.make_leaf = make_leaf,
	.make_table = make_table,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.address = address,
	.access = access,
	.accessed = accessed,
	.dirty = dirty,
	.clear_accessed = clear_accessed,
	.clear_dirty = clear_dirty,
};

void vmx_ept_setup(void)
{
	bool ad = vmx_caps.ept & VMX_EPT_CAP_AD;

	vmx_ept_format.has_accessed = ad;
	vmx_ept_format.has_dirty = ad;
	vmx_ept_format.max_page_level = vmx_caps.ept & VMX_EPT_CAP_1G ? 3 : 2;
}

u64 vmx_ept_pointer(u64 root_pa)
{
	u64 eptp = root_pa | VMX_EPTP_WB | VMX_EPTP_WALK_4;

	return vmx_ept_format.has_accessed ? eptp | VMX_EPTP_AD : eptp;
}

/* Everything that was derived from these tables, whichever VP it was for: the
 * tables' own mappings and the guest's linear ones through them.
 */
void vmx_ept_flush(u64 eptp)
{
	struct {
		u64 eptp;
		u64 reserved;
	} operand = { eptp, 0 };
	u64 type = VMX_INVEPT_SINGLE;

	if (!(vmx_caps.ept & VMX_EPT_CAP_INVEPT_SINGLE)) {
		operand.eptp = 0;
		type = VMX_INVEPT_ALL;
	}
	asm goto("1: invept %0, %1\n"
		 "jna %l[failed]\n"
		 "2:\n"
		 _ASM_EXTABLE(1b, 2b)
		 : : "m"(operand), "r"(type) : "cc", "memory" : failed);
	return;
failed:
	pr_err_ratelimited("hvroot: vmx: INVEPT of %llx failed\n", eptp);
}
