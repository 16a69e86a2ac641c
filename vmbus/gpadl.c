// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest page lists: assembling, checking, accounting. Pure but for the memory of
 * the lists themselves.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "gpadl.h"
#include "range.h"

void hvr_gpadl_table_init(struct hvr_gpadl_table *table)
{
	INIT_LIST_HEAD(&table->list);
	table->count = 0;
	table->incomplete = 0;
	table->words = 0;
}

struct hvr_gpadl *hvr_gpadl_find(const struct hvr_gpadl_table *table,
				 const struct hvr_gpadl_owner *owner, u32 id)
{
	struct hvr_gpadl *gpadl;

	list_for_each_entry(gpadl, &table->list, node)
		if (gpadl->id == id && gpadl->owner == owner)
			return gpadl;
	return NULL;
}

struct hvr_gpadl *hvr_gpadl_find_incomplete(const struct hvr_gpadl_table *table,
					    u32 id)
{
	struct hvr_gpadl *gpadl;

	if (!table->incomplete)
		return NULL;
	list_for_each_entry(gpadl, &table->list, node)
		if (gpadl->id == id && gpadl->state == GPADL_INCOMPLETE)
			return gpadl;
	return NULL;
}

struct hvr_gpadl *hvr_gpadl_create(struct hvr_gpadl_table *table,
				   struct hvr_gpadl_owner *owner, u32 id,
				   u32 list_bytes, u32 range_count)
{
	u32 nr_words = list_bytes / sizeof(u64);
	struct hvr_gpadl *gpadl;

	if (!range_count || nr_words < 2)
		return ERR_PTR(-EINVAL);
	if (hvr_gpadl_find(table, owner, id) ||
	    hvr_gpadl_find_incomplete(table, id))
		return ERR_PTR(-EEXIST);
	if (table->count >= GPADL_MAX_PER_BUS ||
	    table->incomplete >= GPADL_MAX_INCOMPLETE ||
	    owner->count >= GPADL_MAX_PER_CHANNEL ||
	    nr_words > GPADL_MAX_WORDS - table->words)
		return ERR_PTR(-ENOSPC);
	gpadl = kvzalloc(struct_size(gpadl, words, nr_words), GFP_KERNEL);
	if (!gpadl)
		return ERR_PTR(-ENOMEM);

	gpadl->owner = owner;
	gpadl->id = id;
	gpadl->state = GPADL_INCOMPLETE;
	gpadl->range_count = range_count;
	gpadl->nr_words = nr_words;
	list_add_tail(&gpadl->node, &table->list);
	owner->count++;
	table->count++;
	table->incomplete++;
	table->words += nr_words;
	return gpadl;
}

void hvr_gpadl_destroy(struct hvr_gpadl_table *table, struct hvr_gpadl *gpadl)
{
	if (gpadl->state == GPADL_INCOMPLETE)
		table->incomplete--;
	gpadl->owner->count--;
	table->count--;
	table->words -= gpadl->nr_words;
	list_del(&gpadl->node);
	kvfree(gpadl);
}

/* Frame numbers are not looked at: the first access to a page is their check. */
static int check_ranges(const struct hvr_gpadl *gpadl)
{
	u32 i, pages, at = 0;

	for (i = 0; i < gpadl->range_count; i++) {
		if (at >= gpadl->nr_words)
			return -EINVAL;
		pages = hvr_range_pages(gpadl->words[at++]);
		if (!pages || pages > gpadl->nr_words - at)
			return -EINVAL;
		at += pages;
	}
	return 0;
}

int hvr_gpadl_append(struct hvr_gpadl_table *table, struct hvr_gpadl *gpadl,
		     const void *words, u32 bytes)
{
	u32 n = min_t(u32, bytes / sizeof(u64), gpadl->nr_words - gpadl->got);

	memcpy(gpadl->words + gpadl->got, words, n * sizeof(u64));
	gpadl->got += n;
	if (gpadl->got < gpadl->nr_words)
		return 0;
	if (check_ranges(gpadl))
		return -EINVAL;
	gpadl->state = GPADL_ACCEPTED;
	table->incomplete--;
	return 1;
}

int hvr_gpadl_ring(const struct hvr_gpadl *gpadl, u32 page_offset,
		   const u64 **gfns, u32 *nr_pages)
{
	u32 bytes = hvr_range_bytes(gpadl->words[0]);
	u32 pages = hvr_range_pages(gpadl->words[0]);

	if (gpadl->range_count != 1 || hvr_range_offset(gpadl->words[0]) ||
	    bytes & 0xfff)
		return -EINVAL;
	/* A control page and one page of data, each way. */
	if (page_offset < 2 || page_offset >= pages || pages - page_offset < 2)
		return -EINVAL;
	*gfns = gpadl->words + 1;
	*nr_pages = pages;
	return 0;
}
