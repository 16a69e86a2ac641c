// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second-level tables: one walker over whatever entry format the backend has.
 *
 * All changes happen under slat->lock and only to memory: what they oblige the
 * caller to do afterwards (flush the VPs, then free tables) is collected in
 * struct hvr_slat_gone. CPUs set accessed and dirty bits behind our back, so an
 * entry that may be present changes by an atomic exchange only.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "backend.h"
#include "mem.h"

#define ENTRIES		512
/* Tables looked at per call of the bounded walks: about 100 us of lock time. */
#define WALK_BATCH	64

u64 hvr_slat_gfn_limit(const struct hvr_slat *slat)
{
	return 1ULL << (9 * slat->format->levels);
}

static u64 *entry_at(u64 *table, u64 gfn, unsigned int level)
{
	return &table[(gfn >> (9 * (level - 1))) & (ENTRIES - 1)];
}

static u64 next_gfn(u64 gfn, unsigned int level)
{
	return (gfn | (hvr_slat_span(level) - 1)) + 1;
}

static bool present(const struct hvr_slat *slat, u64 entry)
{
	return slat->format->is_present(entry);
}

static bool present_leaf(const struct hvr_slat *slat, u64 entry,
			 unsigned int level)
{
	return present(slat, entry) && slat->format->is_leaf(entry, level);
}

static bool present_table(const struct hvr_slat *slat, u64 entry,
			  unsigned int level)
{
	return present(slat, entry) && !slat->format->is_leaf(entry, level);
}

static u64 *child_table(const struct hvr_slat *slat, u64 entry)
{
	return __va(slat->format->address(entry));
}

/* The last entry on the way to @gfn: a leaf, not present, or of level 1. */
static u64 *descend(const struct hvr_slat *slat, u64 gfn, unsigned int *level)
{
	u64 *table = slat->root;
	unsigned int l = slat->format->levels;
	u64 *entry;

	for (;;) {
		entry = entry_at(table, gfn, l);
		if (l == 1 || !present_table(slat, READ_ONCE(*entry), l))
			break;
		table = child_table(slat, *entry);
		l--;
	}
	*level = l;
	return entry;
}

/* ---- table pages ---- */

static void *alloc_table(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
}

int hvr_slat_init(struct hvr_slat *slat)
{
	spin_lock_init(&slat->lock);
	slat->format = hvr_be->slat_format;
	slat->track = false;
	slat->unflushed = 0;
	slat->root = alloc_table();
	if (!slat->root)
		return -ENOMEM;
	slat->root_pa = __pa(slat->root);
	slat->pages = 1;
	return 0;
}

/* Free @table and all tables below it; nothing walks them any more. */
static unsigned long free_subtree(const struct hvr_slat *slat, u64 *table,
				  unsigned int level)
{
	unsigned long nr = 1;
	unsigned int i;

	for (i = 0; level > 1 && i < ENTRIES; i++)
		if (present_table(slat, table[i], level))
			nr += free_subtree(slat, child_table(slat, table[i]),
					   level - 1);
	if (level > 1)
		cond_resched();
	free_page((unsigned long)table);
	return nr;
}

void hvr_slat_exit(struct hvr_slat *slat)
{
	if (slat->root)
		free_subtree(slat, slat->root, slat->format->levels);
	slat->root = NULL;
	slat->pages = 0;
}

int hvr_slat_cache_fill(const struct hvr_slat *slat,
			struct hvr_slat_cache *cache)
{
	while (cache->nr < slat->format->levels - 1) {
		void *table = alloc_table();

		if (!table)
			return -ENOMEM;
		cache->page[cache->nr++] = table;
	}
	return 0;
}

void hvr_slat_cache_drop(struct hvr_slat_cache *cache)
{
	while (cache->nr)
		free_page((unsigned long)cache->page[--cache->nr]);
}

static u64 *cache_take(struct hvr_slat *slat, struct hvr_slat_cache *cache)
{
	if (!cache->nr)
		return NULL;
	slat->pages++;
	return cache->page[--cache->nr];
}

/* An entry went or lost rights: CPUs may use it until the caller's flush ends. */
static void owe_flush(struct hvr_slat *slat, struct hvr_slat_gone *gone)
{
	if (gone->flush)
		return;
	gone->flush = true;
	slat->unflushed++;
}

void hvr_slat_join_flush(struct hvr_slat *slat, struct hvr_slat_gone *gone)
{
	lockdep_assert_held(&slat->lock);
	if (slat->unflushed)
		owe_flush(slat, gone);
}

/* Put a table that is no longer linked on the list of the gone. Its entries
 * must stay as they are: a CPU may be walking it until the flush. So the link
 * is kept beside the page; the level rides in the low bits.
 */
static void table_gone(struct hvr_slat *slat, u64 *table, unsigned int level,
		       struct hvr_slat_gone *gone)
{
	set_page_private(virt_to_page(table), (unsigned long)gone->tables);
	gone->tables = (void *)((unsigned long)table | level);
	owe_flush(slat, gone);
}

void hvr_slat_free(struct hvr_slat *slat, struct hvr_slat_gone *gone)
{
	unsigned long nr = 0;

	if (!gone->flush)
		return;
	while (gone->tables) {
		unsigned long link = (unsigned long)gone->tables;
		u64 *table = (u64 *)(link & PAGE_MASK);
		struct page *page = virt_to_page(table);

		gone->tables = (void *)page_private(page);
		set_page_private(page, 0);
		nr += free_subtree(slat, table, link & ~PAGE_MASK);
	}
	spin_lock(&slat->lock);
	slat->pages -= nr;
	slat->unflushed--;
	spin_unlock(&slat->lock);
	gone->flush = false;
}

/* ---- mapping ---- */

/* Go one level down, through a new table when there is none. */
static u64 *next_table(struct hvr_slat *slat, u64 *entry, unsigned int level,
		       struct hvr_slat_cache *cache, struct hvr_slat_gone *gone)
{
	u64 *table;

	if (present_table(slat, READ_ONCE(*entry), level))
		return child_table(slat, *entry);
	table = cache_take(slat, cache);
	if (!table)
		return NULL;
	if (present(slat, xchg(entry, slat->format->make_table(__pa(table)))))
		owe_flush(slat, gone);
	return table;
}

/* Does the leaf @entry of @level already map @gfn to @pfn with all of @rights? */
static bool maps_already(const struct hvr_slat *slat, u64 entry,
			 unsigned int level, u64 gfn, u64 pfn,
			 unsigned int rights)
{
	const struct hvr_slat_format *f = slat->format;
	u64 offset = gfn & (hvr_slat_span(level) - 1);

	return present_leaf(slat, entry, level) &&
	       (f->address(entry) >> PAGE_SHIFT) + offset == pfn &&
	       !(rights & ~f->access(entry));
}

int hvr_slat_map(struct hvr_slat *slat, u64 gfn, u64 pfn, unsigned int level,
		 unsigned int access, struct hvr_slat_cache *cache,
		 struct hvr_slat_gone *gone)
{
	const struct hvr_slat_format *f = slat->format;
	unsigned int rights = access &
		(HVR_ACCESS_READ | HVR_ACCESS_WRITE | HVR_ACCESS_EXEC);
	u64 *table = slat->root;
	unsigned int l;
	u64 *entry, old;

	lockdep_assert_held(&slat->lock);

	for (l = f->levels; l > level; l--) {
		entry = entry_at(table, gfn, l);
		if (maps_already(slat, READ_ONCE(*entry), l, gfn, pfn, rights))
			return 0;
		table = next_table(slat, entry, l, cache, gone);
		if (!table)
			return -ENOMEM;
	}

	entry = entry_at(table, gfn, level);
	old = READ_ONCE(*entry);
	if (maps_already(slat, old, level, gfn, pfn, rights))
		return 0;
	/* As long as the old leaf stands, its rights are still backed. */
	if (maps_already(slat, old, level, gfn, pfn, 0))
		rights |= f->access(old);
	else if (present(slat, old))
		owe_flush(slat, gone);
	xchg(entry, f->make_leaf(pfn, level, rights));
	if (present_table(slat, old, level))
		table_gone(slat, child_table(slat, old), level - 1, gone);
	return 0;
}

/* ---- walks over present leaves ---- */

struct leaf_walk {
	const struct hvr_slat_sink *sink;
	struct hvr_slat_gone *gone;
};

typedef void (*leaf_fn)(struct hvr_slat *slat, u64 *entry, u64 gfn,
			unsigned int level, struct leaf_walk *walk);

/* Call @fn for the leaves that touch [@gfn, @end), up to WALK_BATCH tables. */
static u64 walk_leaves(struct hvr_slat *slat, u64 gfn, u64 end, leaf_fn fn,
		       struct leaf_walk *walk)
{
	unsigned int batch = WALK_BATCH;
	unsigned int level;
	u64 *entry;

	lockdep_assert_held(&slat->lock);

	while (gfn < end && batch--) {
		entry = descend(slat, gfn, &level);
		if (level > 1) {
			if (present(slat, READ_ONCE(*entry)))
				fn(slat, entry, gfn & ~(hvr_slat_span(level) - 1),
				   level, walk);
			gfn = next_gfn(gfn, level);
			continue;
		}
		do {
			if (present(slat, READ_ONCE(*entry)))
				fn(slat, entry, gfn, 1, walk);
			entry++;
			gfn++;
		} while (gfn < end && (gfn & (ENTRIES - 1)));
	}
	return min(gfn, end);
}

static bool leaf_accessed(const struct hvr_slat *slat, u64 entry)
{
	/* Without the bit a leaf counts as accessed while it is there ... */
	return !slat->format->has_accessed || slat->format->accessed(entry);
}

static bool leaf_dirty(const struct hvr_slat *slat, u64 entry)
{
	/* ... and as dirty while it is writable. */
	if (!slat->format->has_dirty)
		return slat->format->access(entry) & HVR_ACCESS_WRITE;
	return slat->format->dirty(entry);
}

static void zap_leaf(struct hvr_slat *slat, u64 *entry, u64 gfn,
		     unsigned int level, struct leaf_walk *walk)
{
	u64 old = xchg(entry, 0);

	owe_flush(slat, walk->gone);
	if (walk->sink)
		walk->sink->lost(walk->sink->ctx, gfn, hvr_slat_span(level),
				 leaf_accessed(slat, old), leaf_dirty(slat, old));
}

u64 hvr_slat_zap(struct hvr_slat *slat, u64 gfn, u64 end,
		 const struct hvr_slat_sink *sink, struct hvr_slat_gone *gone)
{
	struct leaf_walk walk = { .sink = sink, .gone = gone };

	return walk_leaves(slat, gfn, end, zap_leaf, &walk);
}

/* The entry without the write right. Only for formats without a dirty bit do
 * callers get here, so no dirty state is lost.
 */
static u64 read_only(const struct hvr_slat *slat, u64 entry, unsigned int level)
{
	const struct hvr_slat_format *f = slat->format;

	return f->make_leaf(f->address(entry) >> PAGE_SHIFT, level,
			    f->access(entry) & ~HVR_ACCESS_WRITE);
}

static void protect_leaf(struct hvr_slat *slat, u64 *entry, u64 gfn,
			 unsigned int level, struct leaf_walk *walk)
{
	u64 old = READ_ONCE(*entry);

	if (!(slat->format->access(old) & HVR_ACCESS_WRITE))
		return;
	xchg(entry, read_only(slat, old, level));
	owe_flush(slat, walk->gone);
}

u64 hvr_slat_write_protect(struct hvr_slat *slat, u64 gfn, u64 end,
			   struct hvr_slat_gone *gone)
{
	struct leaf_walk walk = { .gone = gone };

	return walk_leaves(slat, gfn, end, protect_leaf, &walk);
}

unsigned int hvr_slat_age(struct hvr_slat *slat, u64 gfn, unsigned int clear,
			  struct hvr_slat_gone *gone)
{
	const struct hvr_slat_format *f = slat->format;
	unsigned int level, state;
	u64 *entry, old, new;

	lockdep_assert_held(&slat->lock);

	entry = descend(slat, gfn, &level);
	old = READ_ONCE(*entry);
	do {
		if (!present(slat, old))
			return 0;
		state = leaf_accessed(slat, old) ? HVR_SLAT_ACCESSED : 0;
		if (leaf_dirty(slat, old))
			state |= HVR_SLAT_DIRTY;
		new = old;
		if (clear & state & HVR_SLAT_DIRTY)
			new = f->has_dirty ? f->clear_dirty(new) :
					     read_only(slat, new, level);
		if (clear & state & HVR_SLAT_ACCESSED)
			new = f->has_accessed ? f->clear_accessed(new) : 0;
	} while (new != old && !try_cmpxchg(entry, &old, new));

	if (new != old)
		owe_flush(slat, gone);
	return state;
}

/* ---- splitting ---- */

static int split_leaf(struct hvr_slat *slat, u64 *entry, unsigned int level,
		      struct hvr_slat_cache *cache, struct hvr_slat_gone *gone)
{
	const struct hvr_slat_format *f = slat->format;
	u64 old = READ_ONCE(*entry);
	u64 pfn = f->address(old) >> PAGE_SHIFT;
	u64 *table = cache_take(slat, cache);
	unsigned int i;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < ENTRIES; i++)
		table[i] = f->make_leaf(pfn + i * hvr_slat_span(level - 1),
					level - 1, f->access(old));
	xchg(entry, f->make_table(__pa(table)));
	owe_flush(slat, gone);
	return 0;
}

u64 hvr_slat_split(struct hvr_slat *slat, u64 gfn, struct hvr_slat_cache *cache,
		   struct hvr_slat_gone *gone, int *err)
{
	u64 end = hvr_slat_gfn_limit(slat);
	unsigned int batch = WALK_BATCH;
	unsigned int level;
	u64 *entry;

	lockdep_assert_held(&slat->lock);

	*err = 0;
	while (gfn < end && batch--) {
		entry = descend(slat, gfn, &level);
		if (level > 1 && present(slat, READ_ONCE(*entry))) {
			*err = split_leaf(slat, entry, level, cache, gone);
			return gfn;
		}
		gfn = next_gfn(gfn, max(level, 2u));
	}
	return gfn;
}

/* ---- detaching ---- */

static bool table_empty(const struct hvr_slat *slat, const u64 *table)
{
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		if (present(slat, READ_ONCE(table[i])))
			return false;
	return true;
}

/* Clear what [@gfn, @end) covers of @table. Whole subtrees go unread, so only
 * the tables that hold an end of the range are looked at: two per level.
 */
static void detach_range(struct hvr_slat *slat, u64 *table, unsigned int level,
			 u64 gfn, u64 end, struct hvr_slat_gone *gone)
{
	u64 *entry = entry_at(table, gfn, level);
	u64 *child, old, next;

	for (; gfn < end; gfn = next, entry++) {
		next = min(next_gfn(gfn, level), end);
		old = READ_ONCE(*entry);
		if (!present(slat, old))
			continue;
		if (slat->format->is_leaf(old, level)) {
			xchg(entry, 0);
			owe_flush(slat, gone);
			continue;
		}
		child = child_table(slat, old);
		if (next - gfn < hvr_slat_span(level)) {
			detach_range(slat, child, level - 1, gfn, next, gone);
			if (!table_empty(slat, child))
				continue;
		}
		xchg(entry, 0);
		table_gone(slat, child, level - 1, gone);
	}
}

void hvr_slat_detach(struct hvr_slat *slat, u64 gfn, u64 end,
		     struct hvr_slat_gone *gone)
{
	lockdep_assert_held(&slat->lock);
	detach_range(slat, slat->root, slat->format->levels, gfn, end, gone);
}
