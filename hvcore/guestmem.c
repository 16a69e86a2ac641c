// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one file that touches guest memory: copies through the VMM's addresses,
 * and pins for those who need pages.
 *
 * Everything that looks up a region and uses its addresses happens inside one
 * read section of mem->srcu, so that the unmapping of a region waits for it: the
 * VMM may give the addresses another use as soon as its ioctl returns.
 */
#include <linux/highmem.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "internal.h"

/* ---- pins ---- */

static unsigned int gup_flags(unsigned int hold_flags)
{
	unsigned int flags = 0;

	if (hold_flags & HVR_HOLD_WRITE)
		flags |= FOLL_WRITE;
	if (hold_flags & HVR_HOLD_LONGTERM)
		flags |= FOLL_LONGTERM;
	return flags;
}

static long pin_remote(struct mm_struct *mm, unsigned long hva, unsigned long nr,
		       unsigned int flags, struct page **pages)
{
	int locked = 1;
	long n;

	if (!mmget_not_zero(mm))
		return -EFAULT;
	mmap_read_lock(mm);
	/* Long-term pins may not drop the lock on the way. */
	n = hvr_pin_user_pages_remote(mm, hva, nr, flags, pages,
				      flags & FOLL_LONGTERM ? NULL : &locked);
	if (locked)
		mmap_read_unlock(mm);
	mmput(mm);
	return n;
}

/* Pin up to @nr pages from @hva on. Number of pages (at least 1) or an errno. */
static long pin_run(const struct hvr_region *region, unsigned long hva,
		    unsigned long nr, unsigned int hold_flags,
		    struct page **pages)
{
	unsigned int flags = gup_flags(hold_flags);
	long n;

	if (current->mm == region->mm)
		n = pin_user_pages_fast(hva, nr, flags, pages);
	else
		n = pin_remote(region->mm, hva, nr, flags, pages);
	if (n > 0)
		return n;
	return n == -ENOMEM ? n : -EFAULT;
}

static void make_dirty(struct page *page)
{
	if (!folio_test_dirty(page_folio(page)))
		set_page_dirty_lock(page);
}

/* ---- release from any context ---- */

/* A page that write-back cleaned while it was held: marking it dirty again takes
 * its lock, so a worker does it.
 */
struct late_dirty {
	struct llist_node node;
	struct page *page;
};

static LLIST_HEAD(late_dirty_list);

static void late_dirty_work_fn(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&late_dirty_list);
	struct late_dirty *late, *next;

	llist_for_each_entry_safe(late, next, list, node) {
		make_dirty(late->page);
		unpin_user_page(late->page);
		kfree(late);
	}
}

static DECLARE_WORK(late_dirty_work, late_dirty_work_fn);

void hvr_guestmem_exit(void)
{
	flush_work(&late_dirty_work);
}

static void release_page(struct page *page, unsigned int flags)
{
	struct folio *folio = page_folio(page);
	struct late_dirty *late;

	if ((flags & HVR_HOLD_WRITE) && !folio_test_dirty(folio)) {
		late = kmalloc(sizeof(*late), GFP_ATOMIC | __GFP_NOWARN);
		if (late) {
			late->page = page;
			llist_add(&late->node, &late_dirty_list);
			schedule_work(&late_dirty_work);
			return;
		}
		/* Reclaim will not drop the page; write-back may come late. */
		folio_set_dirty(folio);
	}
	unpin_user_page(page);
}

void hvr_guest_release_pages(struct page **pages, unsigned int n,
			     unsigned int flags)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		release_page(pages[i], flags);
}
HVR_EXPORT_SYMBOL(hvr_guest_release_pages);

void hvr_guest_release(struct hvr_hold *hold)
{
	release_page(hold->page, hold->flags);
	hold->page = NULL;
}
HVR_EXPORT_SYMBOL(hvr_guest_release);

/* ---- hold ---- */

static struct hvr_region *find_region(struct hvr_partition *pt, u64 gfn,
				      bool write)
{
	struct hvr_region *region = hvr_region_find(&pt->mem, gfn);

	if (region && write && !(region->access & HVR_ACCESS_WRITE))
		return NULL;
	return region;
}

/* How many of @gfns follow each other from the first on, inside @region. */
static unsigned int run_length(const struct hvr_region *region, const u64 *gfns,
			       unsigned int n)
{
	u64 left = region->gfn + region->nr_pages - gfns[0];
	unsigned int run = 1;

	while (run < n && run < left && gfns[run] == gfns[0] + run)
		run++;
	return run;
}

static long hold_run(struct hvr_partition *pt, const u64 *gfns, unsigned int n,
		     unsigned int flags, struct page **pages)
{
	bool write = flags & HVR_HOLD_WRITE;
	struct hvr_region *region = find_region(pt, gfns[0], write);
	long i, got;

	if (!region)
		return -EFAULT;
	got = pin_run(region, hvr_region_hva(region, gfns[0] << PAGE_SHIFT),
		      run_length(region, gfns, n), flags, pages);
	if (!write)
		return got;
	for (i = 0; i < got; i++)
		make_dirty(pages[i]);
	if (got > 0)
		hvr_region_mark_dirty(region, gfns[0], got);
	return got;
}

int hvr_guest_hold_pages(struct hvr_partition *pt, const u64 *gfns,
			 unsigned int n, unsigned int flags,
			 struct page **pages)
{
	unsigned int done;
	long got = 0;
	int idx;

	idx = srcu_read_lock(&pt->mem.srcu);
	for (done = 0; done < n; done += got) {
		got = hold_run(pt, gfns + done, n - done, flags, pages + done);
		if (got < 0)
			break;
	}
	srcu_read_unlock(&pt->mem.srcu, idx);
	if (got >= 0)
		return 0;

	unpin_user_pages(pages, done);
	memset(pages, 0, n * sizeof(*pages));
	return got;
}
HVR_EXPORT_SYMBOL(hvr_guest_hold_pages);

int hvr_guest_hold(struct hvr_partition *pt, u64 gpa, unsigned int flags,
		   struct hvr_hold *hold)
{
	u64 gfn = gpa >> PAGE_SHIFT;

	hold->flags = flags;
	return hvr_guest_hold_pages(pt, &gfn, 1, flags, &hold->page);
}
HVR_EXPORT_SYMBOL(hvr_guest_hold);

/* ---- copy ---- */

/* Bytes from @gpa on that lie in @region, @len at most. */
static size_t span_in_region(const struct hvr_region *region, u64 gpa, size_t len)
{
	u64 end = (region->gfn + region->nr_pages) << PAGE_SHIFT;

	return min_t(u64, len, end - gpa);
}

/* From another address space: through a pin of each page. */
static int copy_remote(const struct hvr_region *region, unsigned long hva,
		       void *buf, size_t len, bool write)
{
	struct page *page;
	size_t offset, n;
	void *addr;
	long got;

	for (; len; hva += n, buf += n, len -= n) {
		offset = offset_in_page(hva);
		n = min_t(size_t, len, PAGE_SIZE - offset);
		got = pin_run(region, hva - offset, 1,
			      write ? HVR_HOLD_WRITE : 0, &page);
		if (got < 0)
			return -EFAULT;
		addr = kmap_local_page(page);
		if (write)
			memcpy(addr + offset, buf, n);
		else
			memcpy(buf, addr + offset, n);
		kunmap_local(addr);
		if (write)
			make_dirty(page);
		unpin_user_page(page);
	}
	return 0;
}

static int copy_in(struct hvr_region *region, u64 gpa, void *buf, size_t len)
{
	unsigned long hva = hvr_region_hva(region, gpa);

	if (current->mm != region->mm)
		return copy_remote(region, hva, buf, len, false);
	return copy_from_user(buf, (void __user *)hva, len) ? -EFAULT : 0;
}

static int copy_out(struct hvr_region *region, u64 gpa, void *buf, size_t len)
{
	unsigned long hva = hvr_region_hva(region, gpa);
	u64 first = gpa >> PAGE_SHIFT;
	u64 last = (gpa + len - 1) >> PAGE_SHIFT;
	int err = 0;

	if (current->mm != region->mm)
		err = copy_remote(region, hva, buf, len, true);
	else if (copy_to_user((void __user *)hva, buf, len))
		err = -EFAULT;
	/* A part may have been written before an error. */
	hvr_region_mark_dirty(region, first, last - first + 1);
	return err;
}

/* As copy_in(), but what is not resident stays so. */
static int copy_in_atomic(struct hvr_region *region, u64 gpa, void *buf,
			  size_t len)
{
	void __user *from = (void __user *)hvr_region_hva(region, gpa);
	unsigned long left;

	if (current->mm != region->mm || !access_ok(from, len))
		return -EAGAIN;
	pagefault_disable();
	left = __copy_from_user_inatomic(buf, from, len);
	pagefault_enable();
	return left ? -EAGAIN : 0;
}

typedef int (*copy_fn)(struct hvr_region *region, u64 gpa, void *buf, size_t len);

static int copy_spans(struct hvr_partition *pt, u64 gpa, void *buf, size_t len,
		      bool write, copy_fn copy)
{
	int idx = srcu_read_lock(&pt->mem.srcu);
	struct hvr_region *region;
	int err = 0;
	size_t n;

	for (; len; gpa += n, buf += n, len -= n) {
		region = find_region(pt, gpa >> PAGE_SHIFT, write);
		err = -EFAULT;
		if (!region)
			break;
		n = span_in_region(region, gpa, len);
		err = copy(region, gpa, buf, n);
		if (err)
			break;
	}
	srcu_read_unlock(&pt->mem.srcu, idx);
	return err;
}

int hvr_guest_read(struct hvr_partition *pt, u64 gpa, void *buf, size_t len)
{
	int err = copy_spans(pt, gpa, buf, len, false, copy_in);

	if (err)
		memset(buf, 0, len);
	return err;
}
HVR_EXPORT_SYMBOL(hvr_guest_read);

int hvr_guest_read_atomic(struct hvr_partition *pt, u64 gpa, void *buf,
			  size_t len)
{
	int err = copy_spans(pt, gpa, buf, len, false, copy_in_atomic);

	if (err)
		memset(buf, 0, len);
	return err;
}
HVR_EXPORT_SYMBOL(hvr_guest_read_atomic);

/* ---- peek ---- */

void hvr_guest_peek_begin(struct hvr_peek *peek, struct hvr_partition *pt)
	__acquires(&pt->mem.srcu)
{
	peek->pt = pt;
	peek->region = NULL;
	peek->srcu = srcu_read_lock(&pt->mem.srcu);
	/* Pairs with publish_table(). */
	peek->generation = smp_load_acquire(&pt->mem.generation);
	pagefault_disable();
}

void hvr_guest_peek_end(struct hvr_peek *peek)
	__releases(&peek->pt->mem.srcu)
{
	pagefault_enable();
	srcu_read_unlock(&peek->pt->mem.srcu, peek->srcu);
}

static int peek_region(struct hvr_peek *peek, u64 gfn)
{
	struct hvr_region *region = hvr_region_find(&peek->pt->mem, gfn);

	if (!region)
		return -EFAULT;
	if (current->mm != region->mm)
		return -EAGAIN;
	peek->region = region;
	return 0;
}

int hvr_guest_peek(struct hvr_peek *peek, u64 gpa, void *buf, size_t len)
{
	const struct hvr_region *region = peek->region;
	u64 gfn = gpa >> PAGE_SHIFT;
	unsigned long hva;
	int err;

	if (!region || gfn - region->gfn >= region->nr_pages) {
		err = peek_region(peek, gfn);
		if (err)
			return err;
		region = peek->region;
	}
	hva = hvr_region_hva(region, gpa);
	/* Table entries and whole instructions without a call that copies. */
	if (len == sizeof(u64)) {
		err = get_user(*(u64 *)buf, (u64 __user *)hva);
	} else if (len == 2 * sizeof(u64)) {
		err = get_user(((u64 *)buf)[0], (u64 __user *)hva);
		err |= get_user(((u64 *)buf)[1], (u64 __user *)hva + 1);
	} else {
		err = !access_ok((void __user *)hva, len) ||
		      __copy_from_user_inatomic(buf, (void __user *)hva, len);
	}
	return err ? -EAGAIN : 0;
}

/* ---- marks ---- */

int hvr_guest_mark_begin(struct hvr_peek_mark *mark, struct hvr_peek *peek,
			 u64 gpa)
{
	u64 value;
	int err;

	mark->nr = 0;
	mark->mm = current->mm;
	mark->generation = peek->generation;
	err = hvr_guest_peek(peek, round_down(gpa, sizeof(value)), &value,
			     sizeof(value));
	if (!err)
		mark->hva = hvr_region_hva(peek->region, gpa);
	return err;
}

int hvr_guest_mark_word(struct hvr_peek_mark *mark, struct hvr_peek *peek,
			u64 gpa, u64 value)
{
	u64 now;
	int err;

	err = hvr_guest_peek(peek, gpa, &now, sizeof(now));
	if (!err && (now != value || mark->nr == HVR_PEEK_WORDS))
		err = -EAGAIN;
	if (err)
		return err;
	mark->word[mark->nr].hva = hvr_region_hva(peek->region, gpa);
	mark->word[mark->nr].value = value;
	mark->nr++;
	return 0;
}

static bool mark_holds(const struct hvr_peek_mark *mark)
{
	unsigned int i;
	u64 value;

	for (i = 0; i < mark->nr; i++)
		if (get_user(value, (u64 __user *)mark->word[i].hva) ||
		    value != mark->word[i].value)
			return false;
	return true;
}

/* The generation is read inside the section: should the table change now, then the
 * addresses keep their meaning until the section ends.
 */
bool hvr_guest_mark_read(struct hvr_partition *pt,
			 const struct hvr_peek_mark *mark, unsigned int offset,
			 u64 *buf)
{
	u64 __user *from = (u64 __user *)(mark->hva + offset);
	int idx = srcu_read_lock(&pt->mem.srcu);
	bool good;

	pagefault_disable();
	/* Pairs with publish_table(). */
	good = smp_load_acquire(&pt->mem.generation) == mark->generation &&
	       mark->mm == current->mm && mark_holds(mark) &&
	       !get_user(buf[0], from) && !get_user(buf[1], from + 1);
	pagefault_enable();
	srcu_read_unlock(&pt->mem.srcu, idx);
	return good;
}

int hvr_guest_write(struct hvr_partition *pt, u64 gpa, const void *buf,
		    size_t len)
{
	return copy_spans(pt, gpa, (void *)buf, len, true, copy_out);
}
HVR_EXPORT_SYMBOL(hvr_guest_write);
