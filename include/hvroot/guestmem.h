/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way to guest memory: copy, hold, release. Addresses are guest
 * physical (GPA, bytes) unless a name ends in _gva.
 */
#ifndef HVROOT_GUESTMEM_H
#define HVROOT_GUESTMEM_H

#include <linux/types.h>

struct hvr_partition;
struct hvr_region;
struct page;

/**
 * hvr_guest_read() - copy guest memory into private memory.
 * @pt: the partition
 * @gpa: first byte; need not be aligned, may cross pages and regions
 * @buf: private buffer
 * @len: bytes
 *
 * Context: may sleep; any thread (a worker without an address space included);
 *	no lock below pt->mem_lock held. Takes the region read section itself.
 * Return: 0; -EFAULT when any byte is outside the partition's RAM (the buffer
 *	is then zeroed) or its backing cannot be had.
 */
int hvr_guest_read(struct hvr_partition *pt, u64 gpa, void *buf, size_t len);

/**
 * hvr_guest_write() - copy private memory into guest memory.
 * @pt: the partition
 * @gpa: first byte
 * @buf: private buffer
 * @len: bytes
 *
 * Context: as hvr_guest_read().
 * Return: 0; -EFAULT as above, or when the guest may not write a page there;
 *	what was written before the bad page stays written.
 */
int hvr_guest_write(struct hvr_partition *pt, u64 gpa, const void *buf,
		    size_t len);

/**
 * hvr_guest_read_atomic() - copy guest memory without sleeping.
 * @pt: the partition
 * @gpa: first byte
 * @buf: private buffer
 * @len: bytes
 *
 * Context: a VP thread of @pt (current->mm owns the regions), preemption or
 *	interrupts may be off.
 * Return: 0; -EFAULT as hvr_guest_read(); -EAGAIN when a page is not resident:
 *	retry with hvr_guest_read() from a context that may sleep.
 */
int hvr_guest_read_atomic(struct hvr_partition *pt, u64 gpa, void *buf,
			  size_t len);

/* Bits for hvr_guest_hold(): what the holder will do with the page. */
#define HVR_HOLD_WRITE		BIT(0)	/* the page will be written */
#define HVR_HOLD_LONGTERM	BIT(1)	/* held beyond one request (rings, SIMP) */

/**
 * struct hvr_peek - many small reads that must not sleep, in one go.
 * @pt: the partition
 * @region: where the last read was; private
 * @generation: of the layout of guest memory; private
 * @srcu: private
 *
 * On the stack of the thread that begins and ends it. Nothing sleeps between.
 */
struct hvr_peek {
	struct hvr_partition *pt;
	struct hvr_region *region;
	u64 generation;
	int srcu;
};

void hvr_guest_peek_begin(struct hvr_peek *peek, struct hvr_partition *pt);
void hvr_guest_peek_end(struct hvr_peek *peek);

/**
 * hvr_guest_peek() - read what is resident.
 * @peek: begun
 * @gpa: guest physical address
 * @buf: kernel buffer
 * @len: bytes; the range does not cross a page
 *
 * Return: 0; -EFAULT outside RAM; -EAGAIN it would have to sleep.
 */
int hvr_guest_peek(struct hvr_peek *peek, u64 gpa, void *buf, size_t len);

#define HVR_PEEK_WORDS	5

/**
 * struct hvr_peek_mark - words as they were read, and a place that they lead to.
 * @generation: of the layout of guest memory; private
 * @mm: of the thread; private, only compared
 * @nr: words
 * @word: where, and what was read there
 * @hva: the place
 */
struct hvr_peek_mark {
	u64 generation;
	struct mm_struct *mm;
	unsigned int nr;
	struct {
		unsigned long hva;
		u64 value;
	} word[HVR_PEEK_WORDS];
	unsigned long hva;
};

/**
 * hvr_guest_mark_begin() - start a mark: no words, place @gpa.
 * @mark: to fill
 * @peek: begun
 * @gpa: guest physical address of the place
 *
 * Return: as hvr_guest_peek().
 */
int hvr_guest_mark_begin(struct hvr_peek_mark *mark, struct hvr_peek *peek,
			 u64 gpa);

/**
 * hvr_guest_mark_word() - add a word that still reads @value.
 * @mark: begun in the same peek
 * @peek: begun
 * @gpa: guest physical address, aligned to eight
 * @value: what it has to read
 *
 * Return: as hvr_guest_peek(); -EAGAIN also when it reads otherwise.
 */
int hvr_guest_mark_word(struct hvr_peek_mark *mark, struct hvr_peek *peek,
			u64 gpa, u64 value);

/**
 * hvr_guest_mark_read() - when all words still read the same: 16 bytes from the
 * place on.
 * @pt: the partition of the mark
 * @mark: the mark
 * @offset: from the place; the 16 bytes stay in its page
 * @buf: 16 bytes, aligned to eight
 *
 * Does not sleep. Return: true; false when anything is not as it was.
 */
bool hvr_guest_mark_read(struct hvr_partition *pt,
			 const struct hvr_peek_mark *mark, unsigned int offset,
			 u64 *buf);

/**
 * struct hvr_hold - one held (pinned) guest page.
 * @page: the page; its kernel mapping is page_address(@page) on x86-64
 * @flags: HVR_HOLD_*
 *
 * A held page stays allocated and resident until hvr_guest_release(), even if
 * the VMM unmaps the region meanwhile. Its content is shared with a hostile
 * guest: fetch once, check the copy, use the copy.
 */
struct hvr_hold {
	struct page *page;
	unsigned int flags;
};

/**
 * hvr_guest_hold() - pin the guest page that contains @gpa.
 * @pt: the partition
 * @gpa: any byte of the page
 * @flags: HVR_HOLD_*
 * @hold: filled on success; the caller owns it until hvr_guest_release()
 *
 * Context: may sleep, any thread.
 * Return: 0; -EFAULT outside RAM or not writable with HVR_HOLD_WRITE;
 *	-ENOMEM.
 */
int hvr_guest_hold(struct hvr_partition *pt, u64 gpa, unsigned int flags,
		   struct hvr_hold *hold);

/**
 * hvr_guest_hold_pages() - pin a list of guest frames in one call.
 * @pt: the partition
 * @gfns: guest frame numbers (4 KiB), already copied and checked for count
 * @n: number of frames
 * @flags: HVR_HOLD_*
 * @pages: receives @n pages
 *
 * All or nothing. Context: may sleep, any thread. Release with
 * hvr_guest_release_pages().
 * Return: 0; -EFAULT, -ENOMEM.
 */
int hvr_guest_hold_pages(struct hvr_partition *pt, const u64 *gfns,
			 unsigned int n, unsigned int flags,
			 struct page **pages);

/* Release pages; marks them dirty when held with HVR_HOLD_WRITE. Any context
 * that may take a page lock-free put (softirq included).
 */
void hvr_guest_release(struct hvr_hold *hold);
void hvr_guest_release_pages(struct page **pages, unsigned int n,
			     unsigned int flags);

#endif /* HVROOT_GUESTMEM_H */
