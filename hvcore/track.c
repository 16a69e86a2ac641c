// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access tracking: which guest pages were read or written since the VMM asked.
 *
 * While it is on, every leaf is a 4 KiB one. What the CPU notes in a leaf is saved
 * into a bit map of the region when the leaf goes, and writes by the host go into
 * that map as well; an answer is the union of both.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Two bits per page, set and cleared atomically. */
struct hvr_region_bits {
	struct rcu_head rcu;
	unsigned long *accessed;
	unsigned long *dirty;
	unsigned long word[];
};

void hvr_region_lost(void *ctx, u64 gfn, u64 nr_pages, bool accessed,
		     bool dirty)
{
	struct hvr_region *region = ctx;
	u64 first = max(gfn, region->gfn);
	u64 end = min(gfn + nr_pages, hvr_region_end(region));
	u64 i;

	if (!region->bits)
		return;
	for (i = first - region->gfn; i < end - region->gfn; i++) {
		if (accessed)
			set_bit(i, region->bits->accessed);
		if (dirty)
			set_bit(i, region->bits->dirty);
	}
}

/* Megabytes for a large region, so in pieces. */
static void set_all(struct hvr_region_bits *bits, size_t words)
{
	size_t n, at;

	for (at = 0; at < words; at += n) {
		n = min_t(size_t, words - at, SZ_1M / sizeof(bits->word[0]));
		memset(bits->word + at, 0xff, n * sizeof(bits->word[0]));
		cond_resched();
	}
}

int hvr_region_track(struct hvr_region *region, bool dirty)
{
	struct hvr_slat *slat = &region->pt->mem.slat;
	size_t words = BITS_TO_LONGS(region->nr_pages);
	struct hvr_region_bits *bits;

	bits = kvzalloc(struct_size(bits, word, 2 * words),
			GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!bits)
		return -ENOMEM;
	bits->accessed = bits->word;
	bits->dirty = bits->word + words;
	if (dirty)
		set_all(bits, 2 * words);
	spin_lock(&slat->lock);
	WRITE_ONCE(region->bits, bits);
	spin_unlock(&slat->lock);
	return 0;
}

static void bits_free_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct hvr_region_bits, rcu));
}

static void region_untrack(struct hvr_region *region)
{
	struct hvr_mem *mem = &region->pt->mem;
	struct hvr_region_bits *bits;

	spin_lock(&mem->slat.lock);
	bits = region->bits;
	WRITE_ONCE(region->bits, NULL);
	spin_unlock(&mem->slat.lock);
	if (bits)
		call_srcu(&mem->srcu, &bits->rcu, bits_free_rcu);
}

void hvr_region_mark_dirty(struct hvr_region *region, u64 gfn, u64 nr_pages)
{
	struct hvr_region_bits *bits = READ_ONCE(region->bits);
	u64 i;

	if (!bits)
		return;
	for (i = gfn - region->gfn; nr_pages; i++, nr_pages--) {
		set_bit(i, bits->accessed);
		set_bit(i, bits->dirty);
	}
}

/* Caller holds mem->lock. Forget all bits, and all leaves: they come back large. */
static void tracking_off(struct hvr_partition *pt)
{
	struct hvr_slat *slat = &pt->mem.slat;
	struct hvr_slat_gone gone = {};
	struct hvr_region *region = NULL;

	spin_lock(&slat->lock);
	slat->track = false;
	hvr_slat_detach(slat, 0, hvr_slat_gfn_limit(slat), &gone);
	spin_unlock(&slat->lock);
	hvr_mem_settle(pt, &gone);

	while ((region = hvr_region_after(&pt->mem, region)))
		region_untrack(region);
}

/* Split every large leaf, so that state is known per page. */
static int split_all(struct hvr_partition *pt)
{
	struct hvr_slat *slat = &pt->mem.slat;
	struct hvr_slat_cache cache = {};
	struct hvr_slat_gone gone = {};
	u64 gfn = 0;
	int err = 0;

	while (gfn < hvr_slat_gfn_limit(slat)) {
		err = hvr_slat_cache_fill(slat, &cache);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		if (err)
			break;
		spin_lock(&slat->lock);
		gfn = hvr_slat_split(slat, gfn, &cache, &gone, &err);
		spin_unlock(&slat->lock);
		if (err)
			break;
		cond_resched();
	}
	hvr_slat_cache_drop(&cache);
	hvr_mem_settle(pt, &gone);
	return err;
}

/* A CPU without dirty bits tells of the first write by a fault. */
static void write_protect_all(struct hvr_partition *pt)
{
	struct hvr_slat *slat = &pt->mem.slat;
	struct hvr_slat_gone gone = {};
	u64 end = hvr_slat_gfn_limit(slat);
	u64 gfn = 0;

	while (gfn < end) {
		spin_lock(&slat->lock);
		gfn = hvr_slat_write_protect(slat, gfn, end, &gone);
		spin_unlock(&slat->lock);
		cond_resched();
	}
	hvr_mem_settle(pt, &gone);
}

static int tracking_on(struct hvr_partition *pt)
{
	struct hvr_slat *slat = &pt->mem.slat;
	struct hvr_region *region = NULL;
	int err;

	while ((region = hvr_region_after(&pt->mem, region))) {
		err = hvr_region_track(region, false);
		if (err)
			goto err_off;
	}

	/* From here on faults map 4 KiB leaves only. */
	spin_lock(&slat->lock);
	slat->track = true;
	spin_unlock(&slat->lock);
	err = split_all(pt);
	if (err)
		goto err_off;
	if (!slat->format->has_dirty)
		write_protect_all(pt);
	return 0;

err_off:
	tracking_off(pt);
	return err;
}

int hvr_mem_set_tracking(struct hvr_partition *pt, bool on)
{
	int err = 0;

	mutex_lock(&pt->mem.lock);
	if (on && !pt->mem.slat.track)
		err = tracking_on(pt);
	else if (!on && pt->mem.slat.track)
		tracking_off(pt);
	mutex_unlock(&pt->mem.lock);
	return err;
}

/* Pages looked at under one hold of slat->lock. */
#define AGE_BATCH	512
/* Pages per page of bitmap. */
#define AGE_BLOCK	(PAGE_SIZE * BITS_PER_BYTE)

/* State of one page as @args asks, then the operation. Under slat->lock. */
static bool age_page(struct hvr_region *region, u64 gfn,
		     const struct mshv_gpap_access_bitmap *args,
		     struct hvr_slat_gone *gone)
{
	bool want_dirty = args->access_type == MSHV_GPAP_ACCESS_TYPE_DIRTY;
	struct hvr_region_bits *bits = region->bits;
	u64 i = gfn - region->gfn;
	unsigned int clear = 0;
	unsigned int state;

	/* A page that was not accessed cannot be dirty. */
	if (args->access_op == MSHV_GPAP_ACCESS_OP_CLEAR)
		clear = HVR_SLAT_DIRTY | (want_dirty ? 0 : HVR_SLAT_ACCESSED);

	state = hvr_slat_age(&region->pt->mem.slat, gfn, clear, gone);
	if (test_bit(i, bits->accessed))
		state |= HVR_SLAT_ACCESSED;
	if (test_bit(i, bits->dirty))
		state |= HVR_SLAT_DIRTY;

	if (clear & HVR_SLAT_ACCESSED)
		clear_bit(i, bits->accessed);
	if (clear & HVR_SLAT_DIRTY)
		clear_bit(i, bits->dirty);
	if (args->access_op == MSHV_GPAP_ACCESS_OP_SET) {
		set_bit(i, bits->accessed);
		if (want_dirty)
			set_bit(i, bits->dirty);
	}
	return state & (want_dirty ? HVR_SLAT_DIRTY : HVR_SLAT_ACCESSED);
}

/* Fill @bits for [@gfn, @end); pages outside regions read as zero. */
static void age_block(struct hvr_partition *pt, u64 gfn, u64 end,
		      const struct mshv_gpap_access_bitmap *args,
		      unsigned long *bits)
{
	struct hvr_slat *slat = &pt->mem.slat;
	struct hvr_slat_gone gone = {};
	struct hvr_region *region;
	u64 base = gfn;
	int idx;

	idx = srcu_read_lock(&pt->mem.srcu);
	while (gfn < end) {
		u64 batch;

		region = hvr_region_next(&pt->mem, gfn);
		if (!region || region->gfn >= end)
			break;
		gfn = max(gfn, region->gfn);
		batch = min3(hvr_region_end(region), end, gfn + AGE_BATCH);
		spin_lock(&slat->lock);
		for (; slat->track && region->bits && gfn < batch; gfn++)
			if (age_page(region, gfn, args, &gone))
				__set_bit(gfn - base, bits);
		spin_unlock(&slat->lock);
		gfn = batch;
		cond_resched();
	}
	srcu_read_unlock(&pt->mem.srcu, idx);

	/* What the caller reads after this is newer than what was cleared. */
	hvr_mem_settle(pt, &gone);
}

int hvr_mem_access_bitmap(struct hvr_partition *pt,
			  const struct mshv_gpap_access_bitmap *args)
{
	u64 limit = hvr_slat_gfn_limit(&pt->mem.slat);
	u64 gfn = args->gpap_base;
	unsigned long *bits;
	u64 done, end, n;
	int err = 0;

	if (args->access_type >= MSHV_GPAP_ACCESS_TYPE_COUNT ||
	    args->access_op >= MSHV_GPAP_ACCESS_OP_COUNT ||
	    memchr_inv(args->rsvd, 0, sizeof(args->rsvd)) ||
	    !args->page_count || !args->bitmap_ptr)
		return -EINVAL;
	if (check_add_overflow(gfn, args->page_count, &end) || end > limit)
		return -E2BIG;

	bits = (unsigned long *)__get_free_page(GFP_KERNEL);
	if (!bits)
		return -ENOMEM;
	for (done = 0; done < args->page_count; done += n) {
		n = min_t(u64, args->page_count - done, AGE_BLOCK);
		memset(bits, 0, PAGE_SIZE);
		age_block(pt, gfn + done, gfn + done + n, args, bits);
		if (copy_to_user(u64_to_user_ptr(args->bitmap_ptr + done / 8),
				 bits, DIV_ROUND_UP(n, 8))) {
			err = -EFAULT;
			break;
		}
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		cond_resched();
	}
	free_page((unsigned long)bits);
	return err;
}
