/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest page lists (GPADLs) of one bus: built from messages, checked once,
 * immutable afterwards.
 */
#ifndef VMBUS_GPADL_H
#define VMBUS_GPADL_H

#include <linux/list.h>
#include <linux/types.h>

/* What a guest can make the host keep. */
#define GPADL_MAX_PER_BUS	1024
#define GPADL_MAX_PER_CHANNEL	64
#define GPADL_MAX_INCOMPLETE	32		/* per bus */
#define GPADL_MAX_WORDS		(256 * 1024)	/* per bus: 2 MiB, 1 GiB listed */

enum hvr_gpadl_state {
	GPADL_INCOMPLETE,	/* words are missing */
	GPADL_ACCEPTED,
	GPADL_TEARING_DOWN,	/* goes with its last view */
};

/* Embedded in the channel that owns GPADLs. */
struct hvr_gpadl_owner {
	u32 count;
};

/**
 * struct hvr_gpadl - one list.
 * @node: in the table
 * @owner: the channel
 * @id: chosen by the guest, unique per channel
 * @state: enum hvr_gpadl_state
 * @range_count: ranges claimed
 * @nr_words: words claimed
 * @got: words that have come
 * @views: users of its pages inside the host; no free while there is one
 * @words: ranges, see range.h
 */
struct hvr_gpadl {
	struct list_head node;
	struct hvr_gpadl_owner *owner;
	u32 id;
	u32 state;
	u32 range_count;
	u32 nr_words;
	u32 got;
	u32 views;
	u64 words[];
};

struct hvr_gpadl_table {
	struct list_head list;
	u32 count;
	u32 incomplete;
	u32 words;
};

void hvr_gpadl_table_init(struct hvr_gpadl_table *table);

/**
 * hvr_gpadl_create() - begin a list.
 * @table: of the bus
 * @owner: of the channel
 * @id: id that the guest chose
 * @list_bytes: claimed length, a partial word is dropped
 * @range_count: claimed ranges
 *
 * Return: the list, incomplete; ERR_PTR(-EINVAL) nothing in it; -EEXIST the id
 *	is in use on the channel or by an incomplete list; -ENOSPC a limit;
 *	-ENOMEM.
 */
struct hvr_gpadl *hvr_gpadl_create(struct hvr_gpadl_table *table,
				   struct hvr_gpadl_owner *owner, u32 id,
				   u32 list_bytes, u32 range_count);
/* Unlink and free; no view may be left. */
void hvr_gpadl_destroy(struct hvr_gpadl_table *table, struct hvr_gpadl *gpadl);

struct hvr_gpadl *hvr_gpadl_find(const struct hvr_gpadl_table *table,
				 const struct hvr_gpadl_owner *owner, u32 id);
/* Bodies name no channel. */
struct hvr_gpadl *hvr_gpadl_find_incomplete(const struct hvr_gpadl_table *table,
					    u32 id);

/**
 * hvr_gpadl_append() - take words of a message.
 * @table: of the bus
 * @gpadl: an incomplete list
 * @words: bytes of the message, unaligned
 * @bytes: how many; surplus and a partial word are ignored
 *
 * Return: 1 the list is complete, valid and now accepted; 0 more must come;
 *	-EINVAL it is complete and invalid (still in the table).
 */
int hvr_gpadl_append(struct hvr_gpadl_table *table, struct hvr_gpadl *gpadl,
		     const void *words, u32 bytes);

/**
 * hvr_gpadl_ring() - see an accepted list as a pair of rings.
 * @gpadl: the list
 * @page_offset: page of the host-to-guest ring
 * @gfns: receives the frames
 * @nr_pages: receives their number
 *
 * One range of whole pages, and two pages at least for each direction.
 * Return: 0 or -EINVAL.
 */
int hvr_gpadl_ring(const struct hvr_gpadl *gpadl, u32 page_offset,
		   const u64 **gfns, u32 *nr_pages);

#endif /* VMBUS_GPADL_H */
