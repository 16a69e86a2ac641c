// SPDX-License-Identifier: GPL-2.0-only
/*
 * Demand faults: find the VMM's page behind a guest frame and map it.
 *
 * Nothing is pinned: a fault takes a reference on the VMM's page, maps it under
 * slat->lock after asking whether an invalidation came in between, and drops the
 * reference. From then on the notifier guarantees that the leaf goes before the
 * page does.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "internal.h"

/* One fault under way. */
struct fault {
	struct hvr_region *region;
	u64 gfn;
	unsigned int access;		/* what the guest wants */
	unsigned long seq;		/* of the notifier, before @page was taken */
	struct page *page;
	bool writable;			/* @page was taken for writing */
	unsigned int level;
};

static unsigned long fault_hva(const struct fault *f)
{
	return hvr_region_hva(f->region, f->gfn << PAGE_SHIFT);
}

static long grab_page(const struct fault *f, unsigned int flags,
		      struct page **page)
{
	struct mm_struct *mm = f->region->mm;
	int locked = 1;
	long n;

	if (current->mm == mm)
		return get_user_pages_fast(fault_hva(f), 1, flags, page);
	if (!mmget_not_zero(mm))
		return -EFAULT;
	mmap_read_lock(mm);
	n = hvr_get_user_pages_remote(mm, fault_hva(f), 1, flags, page, &locked);
	if (locked)
		mmap_read_unlock(mm);
	mmput(mm);
	return n;
}

/* Take a reference on the page. A read of writable memory takes it for writing
 * when that costs nothing (no copy on write, no unsharing), to save a fault.
 */
static long fault_in(struct fault *f)
{
	const struct hvr_slat *slat = &f->region->pt->mem.slat;
	bool may_write = f->region->access & HVR_ACCESS_WRITE;
	long n;

	f->writable = true;
	if (f->access & HVR_ACCESS_WRITE)
		return grab_page(f, FOLL_WRITE, &f->page);
	/* Without dirty bits "writable" means "dirty" while tracking. */
	if (READ_ONCE(slat->track) && !slat->format->has_dirty)
		may_write = false;
	if (may_write) {
		n = grab_page(f, FOLL_WRITE | FOLL_NOFAULT, &f->page);
		if (n == 1)
			return n;
	}
	f->writable = false;
	return grab_page(f, 0, &f->page);
}

/* Are the frames around @f, as many as a 2 MiB leaf has, mapped to consecutive
 * pages now, and as writable as the page of @f? The VMM's page tables may map
 * only a part of a large folio, or parts of it elsewhere, so look at each.
 */
static bool run_is_contiguous(const struct fault *f)
{
	unsigned long span = hvr_slat_span(2);
	unsigned long offset = f->gfn & (span - 1);
	unsigned long first = page_to_pfn(f->page) - offset;
	struct page **pages;
	bool good;
	long i, n;

	if (current->mm != f->region->mm)
		return false;
	pages = kmalloc_array(span, sizeof(*pages), GFP_KERNEL | __GFP_NOWARN);
	if (!pages)
		return false;
	n = get_user_pages_fast(fault_hva(f) - (offset << PAGE_SHIFT), span,
				FOLL_NOFAULT | (f->writable ? FOLL_WRITE : 0),
				pages);
	good = n == span;
	for (i = 0; i < n; i++) {
		if (page_to_pfn(pages[i]) != first + i)
			good = false;
		put_page(pages[i]);
	}
	kfree(pages);
	return good;
}

static bool level_fits(const struct fault *f, unsigned int level)
{
	const struct hvr_region *region = f->region;
	struct folio *folio = page_folio(f->page);
	u64 mask = hvr_slat_span(level) - 1;
	u64 first = f->gfn & ~mask;

	if (first < region->gfn || first + mask >= hvr_region_end(region))
		return false;
	if ((page_to_pfn(f->page) ^ f->gfn) & mask)
		return false;
	if (folio_nr_pages(folio) <= mask)
		return false;
	/* A mapping of hugetlb pages never holds a part of one. */
	if (folio_test_hugetlb(folio))
		return true;
	return level == 2 && run_is_contiguous(f);
}

static unsigned int best_level(const struct fault *f)
{
	const struct hvr_slat *slat = &f->region->pt->mem.slat;
	unsigned int level;

	if (READ_ONCE(slat->track))
		return 1;
	for (level = slat->format->max_page_level; level > 1; level--)
		if (level_fits(f, level))
			break;
	return level;
}

/* Under slat->lock: is what was found out still true? Then map it. */
static int map_page_locked(struct fault *f, struct hvr_slat_cache *cache,
			   struct hvr_slat_gone *gone)
{
	struct hvr_region *region = f->region;
	struct hvr_slat *slat = &region->pt->mem.slat;
	unsigned int rights = region->access;
	u64 mask;

	if (region->dead || mmu_interval_read_retry(&region->notifier, f->seq))
		return -EAGAIN;
	if (slat->track)
		f->level = 1;
	if (!f->writable)
		rights &= ~HVR_ACCESS_WRITE;
	mask = hvr_slat_span(f->level) - 1;
	return hvr_slat_map(slat, f->gfn & ~mask, page_to_pfn(f->page) & ~mask,
			    f->level, rights, cache, gone);
}

static int map_page(struct fault *f)
{
	struct hvr_slat *slat = &f->region->pt->mem.slat;
	struct hvr_slat_cache cache = {};
	struct hvr_slat_gone gone = {};
	int err;

	/* Most faults need no new table: allocate when told so. */
	for (;;) {
		spin_lock(&slat->lock);
		err = map_page_locked(f, &cache, &gone);
		spin_unlock(&slat->lock);
		if (err != -ENOMEM)
			break;
		err = hvr_slat_cache_fill(slat, &cache);
		if (err)
			break;
	}
	hvr_slat_cache_drop(&cache);
	hvr_mem_settle(f->region->pt, &gone);
	return err;
}

static int resolve(struct fault *f)
{
	long n;
	int err;

	f->seq = mmu_interval_read_begin(&f->region->notifier);
	n = fault_in(f);
	if (n != 1)
		return n < 0 ? n : -EAGAIN;

	/* The guest's writes do not pass the VMM's page tables, so tell now that
	 * they come. Write-back that cleans the page invalidates the leaf first.
	 */
	if (f->writable && !PageDirty(f->page))
		set_page_dirty_lock(f->page);
	f->level = best_level(f);
	err = map_page(f);
	put_page(f->page);
	return err;
}

enum hvr_fault_result hvr_mem_fault(struct hvr_vp *vp, u64 gpa,
				    unsigned int access)
{
	struct fault f = { .gfn = gpa >> PAGE_SHIFT };
	int err = -EACCES;

	f.access = access & (HVR_ACCESS_READ | HVR_ACCESS_WRITE | HVR_ACCESS_EXEC);
	f.region = hvr_region_find_get(&vp->pt->mem, f.gfn);
	if (!f.region)
		return HVR_FAULT_UNMAPPED;
	if (!(f.access & ~f.region->access))
		err = resolve(&f);
	hvr_region_put(f.region);

	switch (err) {
	case 0:
		return HVR_FAULT_FIXED;
	case -EAGAIN:
	case -EBUSY:
	case -EINTR:
	case -ERESTARTSYS:
		return HVR_FAULT_RETRY;
	default:
		return HVR_FAULT_DENIED;
	}
}
