/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory of a partition: regions of a VMM's address space and the
 * second-level tables that follow them (regions.c, fault.c, track.c, slat.c,
 * guestmem.c).
 */
#ifndef HVCORE_MEM_H
#define HVCORE_MEM_H

#include <linux/kref.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/wait.h>

struct hvr_partition;
struct hvr_vp;
struct hvr_slat_format;

struct hvr_slat {
	spinlock_t lock;		/* leaf */
	const struct hvr_slat_format *format; /* I */
	u64 root_pa;			/* I */
	void *root;			/* I */
	unsigned long pages;		/* lock: table pages linked, root included */
	bool track;			/* lock: access tracking (4 KiB leaves) */
	unsigned int unflushed;		/* lock: changes whose flush has not ended */
};

struct hvr_mem {
	struct mutex lock;		/* writers of the region table */
	struct srcu_struct srcu;	/* readers */
	struct hvr_slat slat;
	struct hvr_region_table __rcu *regions;	/* M  sorted by gfn */
	u64 generation;			/* M  of regions; acquire to read */
	struct hvr_gap {		/* lock */
		u64 first, end;		/* frames that lost their region lately */
		unsigned long until;	/* jiffies; READ_ONCE without the lock */
	} gap;
	wait_queue_head_t mapped;	/* those who wait for one to come back */
	struct hvr_unmapped {		/* lock */
		u64 gfn, nr_pages, hva;
	} unmapped[8];			/* the last regions that went, in a ring */
	unsigned int nr_unmapped;	/* so many went */
};

int hvr_mem_init(struct hvr_partition *pt);
/* Remove every region. Afterwards the VMM's address space has no say here: no
 * notifier is called any more, so VPs may be freed. May sleep; may be repeated.
 */
void hvr_mem_unmap_all(struct hvr_partition *pt);
/* All VPs are stopped, no holder of a region reference is left but pins. */
void hvr_mem_exit(struct hvr_partition *pt);

/* ---- regions.c ---- */

/**
 * struct hvr_region - a range of guest frames backed by a VMM's memory.
 * @ref: the table's reference and those of faults under way
 * @pt: I, its partition
 * @gfn: I, first guest frame
 * @nr_pages: I, length
 * @hva: I, address of the first page in @mm
 * @access: I, HVR_ACCESS_* that the guest has
 * @mm: I, the address space; grabbed, not held alive
 * @notifier: keeps the second-level tables true to @mm
 * @dead: slat->lock, no longer in the table: map nothing
 * @bits: what leaves that went, and writes by the host, have left to tell while
 *	access is tracked; pointer slat->lock to write, that or pt->mem.srcu to
 *	read; NULL when tracking is off
 */
struct hvr_region {
	struct kref ref;
	struct hvr_partition *pt;
	u64 gfn;
	u64 nr_pages;
	unsigned long hva;
	unsigned int access;
	struct mm_struct *mm;
	struct mmu_interval_notifier notifier;
	bool dead;
	struct hvr_region_bits *bits;
};

/* The region that contains @gfn, or NULL. Caller is in a read section of
 * mem->srcu or holds mem->lock; the region lives as long as that.
 */
struct hvr_region *hvr_region_find(struct hvr_mem *mem, u64 gfn);
/* The first region that ends above @gfn, or NULL; context as hvr_region_find(). */
struct hvr_region *hvr_region_next(struct hvr_mem *mem, u64 gfn);
/* As hvr_region_find(), with a reference; from any context that may read. */
struct hvr_region *hvr_region_find_get(struct hvr_mem *mem, u64 gfn);
void hvr_region_put(struct hvr_region *region);

static inline u64 hvr_region_end(const struct hvr_region *region)
{
	return region->gfn + region->nr_pages;
}

static inline unsigned long hvr_region_hva(const struct hvr_region *region,
					   u64 gpa)
{
	return region->hva + (gpa - (region->gfn << 12));
}

/* For walks: the region after @prev, the first one for NULL. Context as above. */
static inline struct hvr_region *hvr_region_after(struct hvr_mem *mem,
						  const struct hvr_region *prev)
{
	return hvr_region_next(mem, prev ? hvr_region_end(prev) : 0);
}

/* MSHV_SET_GUEST_MEMORY after the copy from user space. Errors as the ABI says. */
struct mshv_user_mem_region;
int hvr_mem_set_region(struct hvr_partition *pt,
		       const struct mshv_user_mem_region *args);
/* Is there a region at this GPA? Any context that may take the SRCU section. */
bool hvr_mem_is_ram(struct hvr_partition *pt, u64 gpa);
/* A region is about to come back at this GPA, or so it seems: wait for it. True when
 * it has come. May sleep, a signal ends it.
 */
bool hvr_mem_await_region(struct hvr_partition *pt, u64 gpa);
/* Bytes of guest memory in the region table. Context as hvr_mem_is_ram(). */
u64 hvr_mem_bytes(struct hvr_partition *pt);
/* After a change under slat->lock: flush the VPs, then free what was detached. */
struct hvr_slat_gone;
void hvr_mem_settle(struct hvr_partition *pt, struct hvr_slat_gone *gone);

/* ---- track.c ---- */

/* MSHV_GET_GPAP_ACCESS_BITMAP after the copy. */
struct mshv_gpap_access_bitmap;
int hvr_mem_access_bitmap(struct hvr_partition *pt,
			  const struct mshv_gpap_access_bitmap *args);
/* Property 0x50005. */
int hvr_mem_set_tracking(struct hvr_partition *pt, bool on);

/* Begin tracking in one region, all of whose pages are @dirty or none. Caller holds
 * mem->lock.
 */
int hvr_region_track(struct hvr_region *region, bool dirty);
/* The host wrote guest pages: harvests of dirty pages shall show them. Caller is
 * in a read section of mem->srcu or holds mem->lock.
 */
void hvr_region_mark_dirty(struct hvr_region *region, u64 gfn, u64 nr_pages);
/* hvr_slat_sink.lost of a region (@ctx): keep what a leaf knew. */
void hvr_region_lost(void *ctx, u64 gfn, u64 nr_pages, bool accessed, bool dirty);

/* ---- fault.c ---- */

enum hvr_fault_result {
	HVR_FAULT_FIXED,	/* mapped: enter again */
	HVR_FAULT_UNMAPPED,	/* no region: MMIO */
	HVR_FAULT_DENIED,	/* the region forbids this access, or no backing */
	HVR_FAULT_RETRY,	/* signal pending or transient: check work, enter again */
};

/* Resolve a second-level fault. VP thread, may sleep. @access: HVR_ACCESS_*. */
enum hvr_fault_result hvr_mem_fault(struct hvr_vp *vp, u64 gpa,
				    unsigned int access);

/* ---- slat.c ---- */

#define HVR_SLAT_MAX_LEVELS	5

/* Table pages allocated before slat->lock is taken. */
struct hvr_slat_cache {
	unsigned int nr;
	void *page[HVR_SLAT_MAX_LEVELS - 1];
};

/**
 * struct hvr_slat_gone - what changes under slat->lock leave to be done after it.
 * @tables: detached table pages, linked; the CPUs may still walk them
 * @flush: entries went or lost rights: flush every VP of the partition
 *
 * Order: drop slat->lock, flush when @flush, then hvr_slat_free(). Who needs that
 * nothing stale is left of a range, whoever dropped it, calls hvr_slat_join_flush()
 * before it drops the lock.
 */
struct hvr_slat_gone {
	void *tables;
	bool flush;
};

/* Told of the accessed and dirty state of a leaf that is dropped. */
struct hvr_slat_sink {
	void (*lost)(void *ctx, u64 gfn, u64 nr_pages, bool accessed, bool dirty);
	void *ctx;
};

#define HVR_SLAT_ACCESSED	BIT(0)
#define HVR_SLAT_DIRTY		BIT(1)

int hvr_slat_init(struct hvr_slat *slat);
void hvr_slat_exit(struct hvr_slat *slat);

/* 4 KiB frames that an entry of @level covers. */
static inline u64 hvr_slat_span(unsigned int level)
{
	return 1ULL << (9 * (level - 1));
}

/* One past the last frame that the tables can map. */
u64 hvr_slat_gfn_limit(const struct hvr_slat *slat);

int hvr_slat_cache_fill(const struct hvr_slat *slat,
			struct hvr_slat_cache *cache);
void hvr_slat_cache_drop(struct hvr_slat_cache *cache);

/* Map hvr_slat_span(@level) frames at @gfn to @pfn, both aligned to it. Rights
 * are only added to a leaf that maps the same. Caller holds slat->lock.
 * Return: 0; -ENOMEM the cache is empty (fill it, check again, call again).
 */
int hvr_slat_map(struct hvr_slat *slat, u64 gfn, u64 pfn, unsigned int level,
		 unsigned int access, struct hvr_slat_cache *cache,
		 struct hvr_slat_gone *gone);

/* Drop leaves that touch [@gfn, @end), large ones whole; tables stay. Bounded
 * work per call. @sink may be NULL. Caller holds slat->lock.
 * Return: where to go on, @end when done.
 */
u64 hvr_slat_zap(struct hvr_slat *slat, u64 gfn, u64 end,
		 const struct hvr_slat_sink *sink, struct hvr_slat_gone *gone);

/* Drop everything in [@gfn, @end), tables that become empty included. Cost
 * depends on the depth of the tables, not on the range. Caller holds slat->lock.
 */
void hvr_slat_detach(struct hvr_slat *slat, u64 gfn, u64 end,
		     struct hvr_slat_gone *gone);

/* A change by somebody else is not flushed yet: flush, too, for it may have dropped
 * what the caller's walk then did not find. Caller holds slat->lock.
 */
void hvr_slat_join_flush(struct hvr_slat *slat, struct hvr_slat_gone *gone);

/* Free detached tables: the flush, if one was due, is over. May sleep. */
void hvr_slat_free(struct hvr_slat *slat, struct hvr_slat_gone *gone);

/* Accessed and dirty state (HVR_SLAT_*) of the leaf at @gfn, then clear what
 * @clear says of it. Caller holds slat->lock.
 */
unsigned int hvr_slat_age(struct hvr_slat *slat, u64 gfn, unsigned int clear,
			  struct hvr_slat_gone *gone);

/* Take the write right from the leaves that touch [@gfn, @end). Bounded work
 * per call, result as hvr_slat_zap(). Caller holds slat->lock.
 */
u64 hvr_slat_write_protect(struct hvr_slat *slat, u64 gfn, u64 end,
			   struct hvr_slat_gone *gone);

/* Replace the first large leaf at or above @gfn by leaves of the next smaller
 * size. Bounded work per call. Caller holds slat->lock.
 * Return: where to go on (the gfn limit when done); -ENOMEM in @err when the cache
 * is empty.
 */
u64 hvr_slat_split(struct hvr_slat *slat, u64 gfn, struct hvr_slat_cache *cache,
		   struct hvr_slat_gone *gone, int *err);

/* ---- guestmem.c ---- */

/* At module unload, when no holder is left: finish deferred dirty marking. */
void hvr_guestmem_exit(void);

#endif /* HVCORE_MEM_H */
