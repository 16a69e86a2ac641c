// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region table's arithmetic, the arguments of the memory ioctls, and access
 * tracking over tables whose bits a test sets in place of a CPU.
 */
#include <kunit/test.h>

#include "fake_backend.h"
#include "../hvcore/regions.c"
#include "../hvcore/track.c"

#define RWX	(HVR_ACCESS_READ | HVR_ACCESS_WRITE | HVR_ACCESS_EXEC)

/* ---- fixture: a partition with memory only ---- */

static int region_test_init(struct kunit *test)
{
	struct hvr_partition *pt = kunit_kzalloc(test, sizeof(*pt), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pt);
	KUNIT_ASSERT_EQ(test, hvr_mem_init(pt), 0);
	test->priv = pt;
	return 0;
}

/* Regions made here have no address space: take them out before the exit does. */
static void region_test_exit(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region_table *table;
	unsigned int i;

	mutex_lock(&pt->mem.lock);
	table = table_of(&pt->mem);
	for (i = 0; i < table->nr; i++)
		region_untrack(table->region[i]);
	rcu_assign_pointer(pt->mem.regions, &no_regions);
	table_retire(&pt->mem, table);
	mutex_unlock(&pt->mem.lock);
	hvr_mem_exit(pt);
}

static struct hvr_region *add(struct kunit *test, u64 gfn, u64 nr_pages)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region *region = kunit_kzalloc(test, sizeof(*region), GFP_KERNEL);
	struct hvr_region_table *old, *table;

	KUNIT_ASSERT_NOT_NULL(test, region);
	kref_init(&region->ref);
	region->pt = pt;
	region->gfn = gfn;
	region->nr_pages = nr_pages;
	region->hva = 0x10000000;
	region->access = RWX;
	mutex_lock(&pt->mem.lock);
	old = table_of(&pt->mem);
	table = table_insert(old, region);
	if (table) {
		rcu_assign_pointer(pt->mem.regions, table);
		table_retire(&pt->mem, old);
	}
	mutex_unlock(&pt->mem.lock);
	KUNIT_ASSERT_NOT_NULL(test, table);
	return region;
}

static bool overlaps(struct kunit *test, u64 gfn, u64 nr_pages)
{
	struct hvr_partition *pt = test->priv;
	bool res;

	mutex_lock(&pt->mem.lock);
	res = table_overlaps(table_of(&pt->mem), gfn, nr_pages);
	mutex_unlock(&pt->mem.lock);
	return res;
}

static struct hvr_region *find(struct kunit *test, u64 gfn)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region *region;

	mutex_lock(&pt->mem.lock);
	region = hvr_region_find(&pt->mem, gfn);
	mutex_unlock(&pt->mem.lock);
	return region;
}

/* ---- the table ---- */

static void empty_table(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;

	KUNIT_EXPECT_NULL(test, find(test, 0));
	KUNIT_EXPECT_NULL(test, find(test, ~0ULL));
	KUNIT_EXPECT_FALSE(test, overlaps(test, 0, 1ULL << 36));
	KUNIT_EXPECT_FALSE(test, hvr_mem_is_ram(pt, 0));
	KUNIT_EXPECT_EQ(test, hvr_mem_bytes(pt), 0);
}

static void edges(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region *c = add(test, 0x300, 0x10);
	struct hvr_region *a = add(test, 0x100, 0x10);
	struct hvr_region *b = add(test, 0x110, 1);

	KUNIT_EXPECT_NULL(test, find(test, 0xff));
	KUNIT_EXPECT_PTR_EQ(test, find(test, 0x100), a);
	KUNIT_EXPECT_PTR_EQ(test, find(test, 0x10f), a);
	KUNIT_EXPECT_PTR_EQ(test, find(test, 0x110), b);
	KUNIT_EXPECT_NULL(test, find(test, 0x111));
	KUNIT_EXPECT_NULL(test, find(test, 0x2ff));
	KUNIT_EXPECT_PTR_EQ(test, find(test, 0x30f), c);
	KUNIT_EXPECT_NULL(test, find(test, 0x310));
	KUNIT_EXPECT_TRUE(test, hvr_mem_is_ram(pt, 0x110fff));
	KUNIT_EXPECT_FALSE(test, hvr_mem_is_ram(pt, 0x111000));
	KUNIT_EXPECT_EQ(test, hvr_mem_bytes(pt), 0x21000);
}

static void overlap_rows(struct kunit *test)
{
	static const struct {
		u64 gfn, nr_pages;
		bool overlaps;
	} rows[] = {
		{ 0, 0x100, false }, { 0, 0x101, true }, { 0, 0x1000, true },
		{ 0x100, 0x10, true }, { 0x10f, 1, true }, { 0x105, 2, true },
		{ 0x110, 0x1f0, false }, { 0x110, 0x1f1, true },
		{ 0x10f, 0x1f2, true }, { 0x300, 1, true }, { 0x30f, 0x1000, true },
		{ 0x310, 1ULL << 35, false },
	};
	unsigned int i;

	add(test, 0x100, 0x10);
	add(test, 0x300, 0x10);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    overlaps(test, rows[i].gfn, rows[i].nr_pages),
				    rows[i].overlaps, "row %u", i);
}

static void remove_keeps_order(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region *r[8];
	struct hvr_region_table *table;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = add(test, (i * 5 % 8) * 16, 8);
	mutex_lock(&pt->mem.lock);
	table = table_remove(table_of(&pt->mem), r[3]);
	mutex_unlock(&pt->mem.lock);
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, table->nr, 7);
	for (i = 1; i < table->nr; i++)
		KUNIT_EXPECT_LT(test, table->region[i - 1]->gfn,
				table->region[i]->gfn);
	for (i = 0; i < ARRAY_SIZE(r); i++)
		KUNIT_EXPECT_PTR_EQ(test, table_find(table, r[i]->gfn),
				    i == 3 ? NULL : r[i]);
	kvfree(table);
}

/* ---- arguments ---- */

#define UNMAP	BIT(MSHV_SET_MEM_BIT_UNMAP)

static void set_memory_errors(struct kunit *test)
{
	static const struct {
		struct mshv_user_mem_region args;
		int err;
	} rows[] = {
		{ { .size = 0 }, -EINVAL },
		{ { .size = 0x1800 }, -EINVAL },
		{ { .size = 0x1000, .userspace_addr = 0x10 }, -EINVAL },
		{ { .size = 0x1000, .flags = 8 }, -EINVAL },
		{ { .size = 0x1000, .rsvd = { 0, 0, 0, 0, 0, 0, 1 } }, -EINVAL },
		/* kernel addresses, address overflow */
		{ { .size = 0x1000, .userspace_addr = 0xffff888000000000 }, -EINVAL },
		{ { .size = 0xfffffffffffff000, .userspace_addr = 0x1000 }, -EINVAL },
		/* gfn overflow, past the tables */
		{ { .size = 0x2000, .userspace_addr = 0x1000,
		    .guest_pfn = ~0ULL }, -EINVAL },
		{ { .size = 0x2000, .userspace_addr = 0x1000,
		    .guest_pfn = (1ULL << 36) - 1 }, -EINVAL },
		/* unmap: the other flags do not count, all else must match */
		{ { .size = 0x10000, .guest_pfn = 0xff, .flags = UNMAP,
		    .userspace_addr = 0x10000000 }, -ENOENT },
		{ { .size = 0x10000, .guest_pfn = 0x110, .flags = UNMAP | 3,
		    .userspace_addr = 0x10000000 }, -ENOENT },
		{ { .size = 0x10000, .guest_pfn = 0x101, .flags = UNMAP | 1,
		    .userspace_addr = 0x10000000 }, -EINVAL },
		{ { .size = 0xf000, .guest_pfn = 0x100, .flags = UNMAP,
		    .userspace_addr = 0x10000000 }, -EINVAL },
		{ { .size = 0x10000, .guest_pfn = 0x100, .flags = UNMAP,
		    .userspace_addr = 0x10001000 }, -EINVAL },
		{ { .size = 0, .guest_pfn = 0x100, .flags = UNMAP,
		    .userspace_addr = 0x10000000 }, -EINVAL },
	};
	unsigned int i;

	add(test, 0x100, 0x10);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_mem_set_region(test->priv, &rows[i].args),
				    rows[i].err, "row %u", i);
	KUNIT_EXPECT_NOT_NULL(test, find(test, 0x100));
}

static void access_bitmap_errors(struct kunit *test)
{
	static const struct {
		struct mshv_gpap_access_bitmap args;
		int err;
	} rows[] = {
		{ { .access_type = 2, .page_count = 1, .bitmap_ptr = 8 }, -EINVAL },
		{ { .access_op = 3, .page_count = 1, .bitmap_ptr = 8 }, -EINVAL },
		{ { .rsvd = { 0, 0, 0, 0, 0, 1 }, .page_count = 1,
		    .bitmap_ptr = 8 }, -EINVAL },
		{ { .page_count = 0, .bitmap_ptr = 8 }, -EINVAL },
		{ { .page_count = 1, .bitmap_ptr = 0 }, -EINVAL },
		{ { .page_count = ~0ULL, .gpap_base = 1, .bitmap_ptr = 8 }, -E2BIG },
		{ { .page_count = 2, .gpap_base = (1ULL << 36) - 1,
		    .bitmap_ptr = 8 }, -E2BIG },
		{ { .page_count = 1ULL << 40, .bitmap_ptr = 8 }, -E2BIG },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    hvr_mem_access_bitmap(test->priv,
							  &rows[i].args),
				    rows[i].err, "row %u", i);
}

/* ---- tracking ---- */

static void map_leaf(struct kunit *test, u64 gfn, unsigned int level)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_slat_cache cache = {};
	struct hvr_slat_gone gone = {};
	int err;

	KUNIT_ASSERT_EQ(test, hvr_slat_cache_fill(&pt->mem.slat, &cache), 0);
	spin_lock(&pt->mem.slat.lock);
	err = hvr_slat_map(&pt->mem.slat, gfn, gfn + 0x100000, level, RWX, &cache,
			   &gone);
	spin_unlock(&pt->mem.slat.lock);
	hvr_slat_cache_drop(&cache);
	hvr_mem_settle(pt, &gone);
	KUNIT_ASSERT_EQ(test, err, 0);
}

/* What a CPU does: note an access in the leaf of @gfn. */
static void touch(struct kunit *test, u64 gfn, u64 bits)
{
	struct hvr_partition *pt = test->priv;
	unsigned int level;
	u64 *entry = fake_leaf(&pt->mem.slat, gfn, &level);

	KUNIT_ASSERT_NOT_NULL(test, entry);
	KUNIT_ASSERT_EQ(test, level, 1);
	*entry |= bits;
}

/* Bits of the 64 pages from @gfn on. */
static u64 harvest(struct kunit *test, u64 gfn, u8 type, u8 op)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = type, .access_op = op,
	};
	unsigned long bits[1] = {};

	age_block(test->priv, gfn, gfn + 64, &args, bits);
	return bits[0];
}

#define ACCESSED	MSHV_GPAP_ACCESS_TYPE_ACCESSED
#define DIRTY		MSHV_GPAP_ACCESS_TYPE_DIRTY
#define NOOP		MSHV_GPAP_ACCESS_OP_NOOP
#define CLEAR		MSHV_GPAP_ACCESS_OP_CLEAR
#define SET		MSHV_GPAP_ACCESS_OP_SET

static void tracking_splits(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;

	add(test, 0x200, 0x400);
	map_leaf(test, 0x200, 2);
	KUNIT_EXPECT_EQ(test, pt->mem.slat.pages, 3);
	fake_kicks = 0;
	KUNIT_EXPECT_EQ(test, hvr_mem_set_tracking(pt, true), 0);
	KUNIT_EXPECT_EQ(test, pt->mem.slat.pages, 4);
	KUNIT_EXPECT_EQ(test, fake_kicks, 1);
	KUNIT_EXPECT_EQ(test, hvr_mem_set_tracking(pt, true), 0);
	touch(test, 0x3ff, FAKE_ACCESSED);
	KUNIT_EXPECT_EQ(test, hvr_mem_set_tracking(pt, false), 0);
	/* Small leaves go, faults bring large ones back. */
	KUNIT_EXPECT_EQ(test, pt->mem.slat.pages, 1);
}

static void no_tracking_reads_zero(struct kunit *test)
{
	add(test, 0x200, 0x400);
	map_leaf(test, 0x200, 1);
	touch(test, 0x200, FAKE_ACCESSED | FAKE_DIRTY);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, SET), 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0);
}

static void harvest_operations(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;
	unsigned int i;

	add(test, 0x204, 0x20);
	KUNIT_ASSERT_EQ(test, hvr_mem_set_tracking(pt, true), 0);
	for (i = 4; i < 8; i++)
		map_leaf(test, 0x200 + i, 1);
	touch(test, 0x204, FAKE_ACCESSED);
	touch(test, 0x206, FAKE_ACCESSED | FAKE_DIRTY);

	/* Bits outside the region are zero whatever the operation. */
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, NOOP), 0x50);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0x40);
	fake_kicks = 0;
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0x40);
	KUNIT_EXPECT_EQ(test, fake_kicks, 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, CLEAR), 0x40);
	KUNIT_EXPECT_EQ(test, fake_kicks, 1);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, NOOP), 0x50);

	/* Clearing "accessed" clears "dirty", setting "dirty" sets "accessed". */
	touch(test, 0x207, FAKE_ACCESSED | FAKE_DIRTY);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, CLEAR), 0xd0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, SET), 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0xffffffff0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, CLEAR), 0xffffffff0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, SET), 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, NOOP), 0);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, NOOP), 0xffffffff0);
}

static void lost_leaves_are_remembered(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region *region = add(test, 0x200, 0x40);
	struct hvr_slat_sink sink = { .lost = hvr_region_lost, .ctx = region };
	struct hvr_slat_gone gone = {};

	KUNIT_ASSERT_EQ(test, hvr_mem_set_tracking(pt, true), 0);
	map_leaf(test, 0x200, 1);
	map_leaf(test, 0x201, 1);
	map_leaf(test, 0x202, 1);
	touch(test, 0x201, FAKE_ACCESSED);
	touch(test, 0x202, FAKE_ACCESSED | FAKE_DIRTY);
	spin_lock(&pt->mem.slat.lock);
	hvr_slat_zap(&pt->mem.slat, 0x200, 0x240, &sink, &gone);
	spin_unlock(&pt->mem.slat.lock);
	hvr_mem_settle(pt, &gone);
	hvr_region_mark_dirty(region, 0x210, 2);

	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, ACCESSED, NOOP), 0x30006);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, CLEAR), 0x30004);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, CLEAR), 0);
}

static void several_regions_in_one_block(struct kunit *test)
{
	struct hvr_partition *pt = test->priv;
	struct hvr_region *a = add(test, 0x200, 8);
	struct hvr_region *b = add(test, 0x210, 8);
	struct hvr_region *c = add(test, 0x23f, 0x1000);

	KUNIT_ASSERT_EQ(test, hvr_mem_set_tracking(pt, true), 0);
	hvr_region_mark_dirty(a, 0x207, 1);
	hvr_region_mark_dirty(b, 0x210, 1);
	hvr_region_mark_dirty(c, 0x23f, 2);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, CLEAR),
			BIT_ULL(7) | BIT_ULL(16) | BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, harvest(test, 0x240, DIRTY, CLEAR), 1);
	KUNIT_EXPECT_EQ(test, harvest(test, 0x200, DIRTY, CLEAR), 0);
}

static struct kunit_case region_cases[] = {
	KUNIT_CASE(empty_table),
	KUNIT_CASE(edges),
	KUNIT_CASE(overlap_rows),
	KUNIT_CASE(remove_keeps_order),
	KUNIT_CASE(set_memory_errors),
	KUNIT_CASE(access_bitmap_errors),
	KUNIT_CASE(tracking_splits),
	KUNIT_CASE(no_tracking_reads_zero),
	KUNIT_CASE(harvest_operations),
	KUNIT_CASE(lost_leaves_are_remembered),
	KUNIT_CASE(several_regions_in_one_block),
	{}
};

static struct kunit_suite region_suite = {
	.name = "hvroot-regions",
	.init = region_test_init,
	.exit = region_test_exit,
	.test_cases = region_cases,
};

kunit_test_suite(region_suite);
