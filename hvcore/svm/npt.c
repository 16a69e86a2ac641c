// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested page table entries: long-mode entries whose user bit must be set
 * (AMD64 APM volume 2, "Nested Paging").
 */
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/pgtable.h>

#include "svm.h"

#define NPT_PRESENT	BIT_ULL(0)
#define NPT_WRITE	BIT_ULL(1)
#define NPT_USER	BIT_ULL(2)
#define NPT_ACCESSED	BIT_ULL(5)
#define NPT_DIRTY	BIT_ULL(6)
#define NPT_LARGE	BIT_ULL(7)
#define NPT_NX		BIT_ULL(63)
#define NPT_ADDRESS	GENMASK_ULL(51, 12)

static u64 make_leaf(u64 pfn, unsigned int level, unsigned int access)
{
	u64 entry = (pfn << 12) | NPT_PRESENT | NPT_USER;

	if (level > 1)
		entry |= NPT_LARGE;
	if (access & HVR_ACCESS_WRITE)
		entry |= NPT_WRITE;
	if (!(access & HVR_ACCESS_EXEC))
		entry |= NPT_NX;
	return entry;
}

/* The CPU combines the levels' rights, so tables grant everything. */
static u64 make_table(u64 pa)
{
	return pa | NPT_PRESENT | NPT_WRITE | NPT_USER | NPT_ACCESSED;
}

static bool is_present(u64 entry)
{
	return entry & NPT_PRESENT;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return level == 1 || (entry & NPT_LARGE);
}

static u64 address(u64 entry)
{
	return entry & NPT_ADDRESS;
}

static unsigned int access(u64 entry)
{
	unsigned int bits = 0;

	if (!(entry & NPT_PRESENT))
		return 0;
	bits |= HVR_ACCESS_READ;
	if (entry & NPT_WRITE)
		bits |= HVR_ACCESS_WRITE;
	if (!(entry & NPT_NX))
		bits |= HVR_ACCESS_EXEC;
	return bits;
}

static bool accessed(u64 entry)
{
	return entry & NPT_ACCESSED;
}

static bool dirty(u64 entry)
{
	return entry & NPT_DIRTY;
}

static u64 clear_accessed(u64 entry)
{
	return entry & ~NPT_ACCESSED;
}

static u64 clear_dirty(u64 entry)
{
	return entry & ~NPT_DIRTY;
}

/* 1 GiB leaves are left out: a region rarely has backing of that size, and
 * splitting one costs 512 tables when tracking starts.
 */
struct hvr_slat_format svm_npt_format __ro_after_init = {
	.levels = 4,
	.max_page_level = 2,
	.has_accessed = true,
	.has_dirty = true,
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

/* The CPU walks nested tables in the host's own paging mode. */
void svm_npt_setup(void)
{
	svm_npt_format.levels = pgtable_l5_enabled() ? 5 : 4;
}
