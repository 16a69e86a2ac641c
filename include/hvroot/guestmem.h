/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way to guest memory: copy, hold, release. Addresses are guest
 * physical (GPA, bytes) unless a name ends in _gva.
 */
#ifndef HVROOT_GUESTMEM_H
#define HVROOT_GUESTMEM_H

#include <linux/types.h>

struct hvr_partition;
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
