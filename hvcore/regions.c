// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region table of a partition, and the notifier calls that keep the
 * second-level tables true to the VMM's address space.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "internal.h"

/* Sorted by gfn, constant once published. */
struct hvr_region_table {
	struct rcu_head rcu;
	unsigned int nr;
	struct hvr_region *region[];
};

/* The table of a partition without memory; never freed. */
static struct hvr_region_table no_regions;

/* ---- the table: pure ---- */

/* Index of the first region that ends above @gfn; table->nr when there is none. */
static unsigned int table_search(const struct hvr_region_table *table, u64 gfn)
{
	unsigned int lo = 0, hi = table->nr;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (hvr_region_end(table->region[mid]) > gfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static struct hvr_region *table_find(const struct hvr_region_table *table,
				     u64 gfn)
{
	unsigned int i = table_search(table, gfn);

	if (i < table->nr && table->region[i]->gfn <= gfn)
		return table->region[i];
	return NULL;
}

static bool table_overlaps(const struct hvr_region_table *table, u64 gfn,
			   u64 nr_pages)
{
	unsigned int i = table_search(table, gfn);

	return i < table->nr && table->region[i]->gfn < gfn + nr_pages;
}

static struct hvr_region_table *table_alloc(unsigned int nr)
{
	struct hvr_region_table *table;

	table = kvmalloc(struct_size(table, region, nr), GFP_KERNEL_ACCOUNT);
	if (table)
		table->nr = nr;
	return table;
}

static struct hvr_region_table *table_insert(const struct hvr_region_table *old,
					     struct hvr_region *region)
{
	unsigned int i = table_search(old, region->gfn);
	struct hvr_region_table *table = table_alloc(old->nr + 1);

	if (!table)
		return NULL;
	memcpy(table->region, old->region, i * sizeof(region));
	table->region[i] = region;
	memcpy(table->region + i + 1, old->region + i,
	       (old->nr - i) * sizeof(region));
	return table;
}

static struct hvr_region_table *table_remove(const struct hvr_region_table *old,
					     const struct hvr_region *region)
{
	unsigned int i = table_search(old, region->gfn);
	struct hvr_region_table *table = table_alloc(old->nr - 1);

	if (!table)
		return NULL;
	memcpy(table->region, old->region, i * sizeof(region));
	memcpy(table->region + i, old->region + i + 1,
	       (old->nr - i - 1) * sizeof(region));
	return table;
}

/* Caller holds mem->lock and waits for readers before it drops what went. */
static void publish_table(struct hvr_mem *mem, struct hvr_region_table *table)
{
	rcu_assign_pointer(mem->regions, table);
	/* Pairs with hvr_guest_peek_begin(): who sees the new number sees the new
	 * table.
	 */
	smp_store_release(&mem->generation, mem->generation + 1);
}

/* ---- look-up ---- */

static struct hvr_region_table *table_of(struct hvr_mem *mem)
{
	return srcu_dereference_check(mem->regions, &mem->srcu,
				      lockdep_is_held(&mem->lock));
}

struct hvr_region *hvr_region_find(struct hvr_mem *mem, u64 gfn)
{
	return table_find(table_of(mem), gfn);
}

struct hvr_region *hvr_region_next(struct hvr_mem *mem, u64 gfn)
{
	struct hvr_region_table *table = table_of(mem);
	unsigned int i = table_search(table, gfn);

	return i < table->nr ? table->region[i] : NULL;
}

bool hvr_mem_is_ram(struct hvr_partition *pt, u64 gpa)
{
	int idx = srcu_read_lock(&pt->mem.srcu);
	bool found = hvr_region_find(&pt->mem, gpa >> PAGE_SHIFT);

	srcu_read_unlock(&pt->mem.srcu, idx);
	return found;
}

u64 hvr_mem_bytes(struct hvr_partition *pt)
{
	int idx = srcu_read_lock(&pt->mem.srcu);
	struct hvr_region *region = NULL;
	u64 pages = 0;

	while ((region = hvr_region_after(&pt->mem, region)))
		pages += region->nr_pages;
	srcu_read_unlock(&pt->mem.srcu, idx);
	return pages << PAGE_SHIFT;
}

struct hvr_region *hvr_region_find_get(struct hvr_mem *mem, u64 gfn)
{
	int idx = srcu_read_lock(&mem->srcu);
	struct hvr_region *region = hvr_region_find(mem, gfn);

	/* The table's reference is dropped after a grace period only. */
	if (region)
		kref_get(&region->ref);
	srcu_read_unlock(&mem->srcu, idx);
	return region;
}

static void region_release(struct kref *ref)
{
	struct hvr_region *region = container_of(ref, struct hvr_region, ref);

	kvfree(region->bits);
	mmdrop(region->mm);
	kfree(region);
}

void hvr_region_put(struct hvr_region *region)
{
	kref_put(&region->ref, region_release);
}

/* ---- what the second-level tables leave to be done ---- */

/* After slat->lock is dropped: no VP uses what went, then it may be freed. */
void hvr_mem_settle(struct hvr_partition *pt, struct hvr_slat_gone *gone)
{
	if (gone->flush)
		hvr_partition_kick_all(pt, HVR_REQ_SLAT);
	hvr_slat_free(&pt->mem.slat, gone);
}

/* The VMM's memory changes: drop the leaves over it. May not be allowed to sleep,
 * so it allocates nothing; empty tables wait for the region's end.
 */
static bool region_invalidate(struct mmu_interval_notifier *notifier,
			      const struct mmu_notifier_range *range,
			      unsigned long seq)
{
	struct hvr_region *region =
		container_of(notifier, struct hvr_region, notifier);
	struct hvr_slat *slat = &region->pt->mem.slat;
	struct hvr_slat_sink sink = { .lost = hvr_region_lost, .ctx = region };
	unsigned long last = region->hva + (region->nr_pages << PAGE_SHIFT);
	unsigned long from = max(range->start, region->hva);
	unsigned long to = min(range->end, last);
	u64 gfn = region->gfn + ((from - region->hva) >> PAGE_SHIFT);
	u64 end = region->gfn + (PAGE_ALIGN(to - region->hva) >> PAGE_SHIFT);
	struct hvr_slat_gone gone = {};

	spin_lock(&slat->lock);
	mmu_interval_set_seq(notifier, seq);
	for (;;) {
		gfn = hvr_slat_zap(slat, gfn, end, slat->track ? &sink : NULL,
				   &gone);
		if (gfn >= end)
			break;
		/* Nothing new is mapped before the invalidation has ended. */
		spin_unlock(&slat->lock);
		if (mmu_notifier_range_blockable(range))
			cond_resched();
		spin_lock(&slat->lock);
	}
	/* A large leaf may just have been dropped by another invalidation. */
	hvr_slat_join_flush(slat, &gone);
	spin_unlock(&slat->lock);

	hvr_mem_settle(region->pt, &gone);
	return true;
}

static const struct mmu_interval_notifier_ops region_notifier_ops = {
	.invalidate = region_invalidate,
};

/* ---- map and unmap ---- */

static void table_free_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct hvr_region_table, rcu));
}

static void table_retire(struct hvr_mem *mem, struct hvr_region_table *table)
{
	if (table != &no_regions)
		call_srcu(&mem->srcu, &table->rcu, table_free_rcu);
}

/* Only ordinary memory backs a region; device frames would bypass the notifier's
 * and the page reference's guarantees. As the ABI says, only the first mapping's
 * kind is looked at; faults on others are refused one by one.
 */
static int check_backing(unsigned long hva)
{
	struct vm_area_struct *vma;
	int err = -EINVAL;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, hva);
	if (vma && !(vma->vm_flags & (VM_IO | VM_PFNMAP)))
		err = 0;
	mmap_read_unlock(current->mm);
	return err;
}

/*
 * A VMM changes the map of a running machine by taking regions away and mapping
 * others, so that memory is absent for a moment. Its emulator of MMIO cannot stand
 * in: it does not execute, and knows few instructions. So who misses memory that has
 * just gone waits for it a little.
 */
#define GAP_TIME	max(HZ / 20, 2)

static void open_gap(struct hvr_mem *mem, const struct hvr_region *region)
{
	struct hvr_gap *gap = &mem->gap;

	lockdep_assert_held(&mem->lock);
	if (time_after(jiffies, gap->until)) {
		gap->first = region->gfn;
		gap->end = hvr_region_end(region);
	}
	gap->first = min(gap->first, region->gfn);
	gap->end = max(gap->end, hvr_region_end(region));
	WRITE_ONCE(gap->until, jiffies + GAP_TIME);
}

static bool in_gap(struct hvr_mem *mem, u64 gfn)
{
	bool in;

	/* Most who ask look for a device, long after the last change. */
	if (time_after(jiffies, READ_ONCE(mem->gap.until)))
		return false;
	mutex_lock(&mem->lock);
	in = gfn >= mem->gap.first && gfn < mem->gap.end;
	mutex_unlock(&mem->lock);
	return in;
}

bool hvr_mem_await_region(struct hvr_partition *pt, u64 gpa)
{
	struct hvr_mem *mem = &pt->mem;

	if (!in_gap(mem, gpa >> PAGE_SHIFT))
		return false;
	return wait_event_interruptible_timeout(mem->mapped,
						hvr_mem_is_ram(pt, gpa),
						GAP_TIME) > 0;
}

static struct hvr_region *region_alloc(struct hvr_partition *pt,
				       const struct mshv_user_mem_region *args)
{
	struct hvr_region *region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);

	if (!region)
		return NULL;
	kref_init(&region->ref);
	region->pt = pt;
	region->gfn = args->guest_pfn;
	region->nr_pages = args->size >> PAGE_SHIFT;
	region->hva = args->userspace_addr;
	region->access = HVR_ACCESS_READ;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_WRITABLE))
		region->access |= HVR_ACCESS_WRITE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_EXECUTABLE))
		region->access |= HVR_ACCESS_EXEC;
	region->mm = current->mm;
	mmgrab(region->mm);
	return region;
}

/* Caller holds mem->lock and has checked for overlap. */
static int region_publish(struct hvr_mem *mem, struct hvr_region *region)
{
	struct hvr_region_table *old = table_of(mem);
	struct hvr_region_table *table = table_insert(old, region);
	int err;

	if (!table)
		return -ENOMEM;
	if (mem->slat.track) {
		/* The VMM has not read these pages under this address yet. */
		err = hvr_region_track(region, true);
		if (err)
			goto err_free;
	}
	err = mmu_interval_notifier_insert(&region->notifier, region->mm,
					   region->hva,
					   region->nr_pages << PAGE_SHIFT,
					   &region_notifier_ops);
	if (err)
		goto err_free;

	publish_table(mem, table);
	table_retire(mem, old);
	return 0;

err_free:
	kvfree(table);
	return err;
}

static int map_region(struct hvr_partition *pt,
		      const struct mshv_user_mem_region *args)
{
	struct hvr_mem *mem = &pt->mem;
	u64 nr_pages = args->size >> PAGE_SHIFT;
	struct hvr_region *region;
	u64 end;
	int err;

	if (!access_ok(u64_to_user_ptr(args->userspace_addr), args->size) ||
	    check_add_overflow(args->guest_pfn, nr_pages, &end) ||
	    end > hvr_slat_gfn_limit(&mem->slat))
		return -EINVAL;
	err = check_backing(args->userspace_addr);
	if (err)
		return err;
	region = region_alloc(pt, args);
	if (!region)
		return -ENOMEM;

	mutex_lock(&mem->lock);
	err = -EEXIST;
	if (!table_overlaps(table_of(mem), region->gfn, region->nr_pages))
		err = region_publish(mem, region);
	mutex_unlock(&mem->lock);
	if (err)
		hvr_region_put(region);
	else
		wake_up_all(&mem->mapped);
	return err;
}

/* Stage one of a region's end: nothing is mapped, nothing will be. Faults under
 * way still hold the region; they find it dead under slat->lock and give up.
 */
static void region_kill(struct hvr_region *region)
{
	struct hvr_slat *slat = &region->pt->mem.slat;
	struct hvr_slat_gone gone = {};

	spin_lock(&slat->lock);
	region->dead = true;
	hvr_slat_detach(slat, region->gfn, hvr_region_end(region), &gone);
	hvr_slat_join_flush(slat, &gone);
	spin_unlock(&slat->lock);
	hvr_mem_settle(region->pt, &gone);
}

/*
 * A VMM whose flash memory becomes a device unmaps it, and then unmaps it again for
 * the device that has come; and once more when it is memory again. So who unmaps what
 * went lately gets what he wants.
 */
static void note_unmapped(struct hvr_mem *mem, const struct hvr_region *region)
{
	lockdep_assert_held(&mem->lock);
	mem->unmapped[mem->nr_unmapped++ % ARRAY_SIZE(mem->unmapped)] =
		(struct hvr_unmapped){
			.gfn = region->gfn,
			.nr_pages = region->nr_pages,
			.hva = region->hva,
		};
}

static bool was_unmapped(const struct hvr_mem *mem,
			 const struct mshv_user_mem_region *args)
{
	const struct hvr_unmapped *u;
	unsigned int i;

	lockdep_assert_held(&mem->lock);
	for (i = 0; i < ARRAY_SIZE(mem->unmapped); i++) {
		u = &mem->unmapped[i];
		if (u->nr_pages == args->size >> PAGE_SHIFT &&
		    u->gfn == args->guest_pfn &&
		    u->hva == args->userspace_addr)
			return true;
	}
	return false;
}

static int unmap_region(struct hvr_partition *pt,
			const struct mshv_user_mem_region *args)
{
	struct hvr_mem *mem = &pt->mem;
	struct hvr_region_table *old, *table;
	struct hvr_region *region;
	int err;

	mutex_lock(&mem->lock);
	old = table_of(mem);
	region = table_find(old, args->guest_pfn);
	if (!region) {
		err = was_unmapped(mem, args) &&
		      !table_overlaps(old, args->guest_pfn,
				      args->size >> PAGE_SHIFT) ? 0 : -ENOENT;
		goto out_unlock;
	}
	err = -EINVAL;
	if (region->gfn != args->guest_pfn ||
	    region->nr_pages != args->size >> PAGE_SHIFT ||
	    region->hva != args->userspace_addr)
		goto out_unlock;
	err = -ENOMEM;
	table = table_remove(old, region);
	if (!table)
		goto out_unlock;

	open_gap(mem, region);
	note_unmapped(mem, region);
	publish_table(mem, table);
	region_kill(region);
	/* Copies and holds under way end here: what the VMM does with the memory
	 * after this call, no write of ours may reach by the old way.
	 */
	synchronize_srcu_expedited(&mem->srcu);
	table_retire(mem, old);
	mmu_interval_notifier_remove(&region->notifier);
	hvr_region_put(region);
	err = 0;

out_unlock:
	mutex_unlock(&mem->lock);
	return err;
}

int hvr_mem_set_region(struct hvr_partition *pt,
		       const struct mshv_user_mem_region *args)
{
	if (!args->size || !PAGE_ALIGNED(args->size) ||
	    !PAGE_ALIGNED(args->userspace_addr) ||
	    (args->flags & ~MSHV_SET_MEM_FLAGS_MASK) ||
	    memchr_inv(args->rsvd, 0, sizeof(args->rsvd)))
		return -EINVAL;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_UNMAP))
		return unmap_region(pt, args);
	return map_region(pt, args);
}

/* ---- lifetime ---- */

int hvr_mem_init(struct hvr_partition *pt)
{
	struct hvr_mem *mem = &pt->mem;
	int err;

	mutex_init(&mem->lock);
	init_waitqueue_head(&mem->mapped);
	mem->gap.until = jiffies;
	RCU_INIT_POINTER(mem->regions, &no_regions);
	err = init_srcu_struct(&mem->srcu);
	if (err)
		return err;
	err = hvr_slat_init(&mem->slat);
	if (err)
		cleanup_srcu_struct(&mem->srcu);
	return err;
}

/* Any process may get here, the VMM's address space may be gone; the notifiers
 * keep what is left of it. They may be called until each is removed, and kick VPs.
 */
void hvr_mem_unmap_all(struct hvr_partition *pt)
{
	struct hvr_mem *mem = &pt->mem;
	struct hvr_region_table *table;
	unsigned int i;

	mutex_lock(&mem->lock);
	table = table_of(mem);
	publish_table(mem, &no_regions);
	for (i = 0; i < table->nr; i++)
		region_kill(table->region[i]);
	if (table->nr)
		synchronize_srcu_expedited(&mem->srcu);
	for (i = 0; i < table->nr; i++) {
		mmu_interval_notifier_remove(&table->region[i]->notifier);
		hvr_region_put(table->region[i]);
	}
	table_retire(mem, table);
	mutex_unlock(&mem->lock);
}

void hvr_mem_exit(struct hvr_partition *pt)
{
	struct hvr_mem *mem = &pt->mem;

	hvr_mem_unmap_all(pt);
	/* Replaced tables and dropped bits whose turn has not come yet. */
	srcu_barrier(&mem->srcu);
	cleanup_srcu_struct(&mem->srcu);
	hvr_slat_exit(&mem->slat);
	mutex_destroy(&mem->lock);
}
