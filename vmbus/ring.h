/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ring arithmetic over memory that a hostile guest shares.
 *
 * The private index is the truth; it is stored to the shared page and never
 * loaded from it again. The guest's index is loaded once per decision and checked.
 */
#ifndef VMBUS_RING_H
#define VMBUS_RING_H

#include <linux/types.h>
#include <hvabi/vmbus.h>
#include <hvroot/vmbus.h>

/* Mapped guest pages: a plain dereference is a warning of sparse. */
#ifdef __CHECKER__
#define __guest	__attribute__((noderef, address_space(__guest)))
#else
#define __guest
#endif

/* Words of a GPA-direct list that are looked at: one per range, one per page. */
#define RING_MAX_WORDS	(HVR_PKT_MAX_RANGES + HVR_PKT_MAX_PAGES)

/**
 * struct hvr_ring - one direction.
 * @page: control page
 * @data: data area, @size bytes
 * @size: a multiple of 8, at least 16
 * @index: own index: read index inbound, write index outbound
 * @published: own index as the guest was told
 * @next: inbound: index after the packet last returned
 * @masked: inbound: the mask last written
 * @broken: the guest broke the protocol; nothing works any more
 */
struct hvr_ring {
	__guest struct hv_vmbus_ring_page *page;
	__guest u8 *data;
	u32 size;
	u32 index;
	u32 published;
	u32 next;
	bool masked;
	bool broken;
};

/* Private room for one inbound packet. */
struct hvr_ring_buf {
	u64 words[RING_MAX_WORDS];
	struct hvr_pkt_range ranges[HVR_PKT_MAX_RANGES];
	u8 payload[HVR_PKT_MAX_PAYLOAD];
};

/* All functions: one caller at a time per ring. -EIO: the guest broke the ring. */

/* ---- inbound: guest to host ---- */

/* Take over the indexes from the page, mask signals. 0 or -EIO. */
int hvr_ring_in_init(struct hvr_ring *r,
		     __guest struct hv_vmbus_ring_page *page,
		     __guest u8 *data, u32 size);
/* Copy the next packet out and check all of it. 1, 0 = none, -EIO. */
int hvr_ring_in_next(struct hvr_ring *r, struct hvr_ring_buf *buf,
		     struct hvr_pkt *pkt);
/* Consume the packet that hvr_ring_in_next() returned. */
void hvr_ring_in_advance(struct hvr_ring *r);
/* Tell the guest how far it was read. True: it waits for room, signal it. */
bool hvr_ring_in_publish(struct hvr_ring *r);
/* Ask not to be signalled. -EIO when the guest changed the mask. */
int hvr_ring_in_mask(struct hvr_ring *r);
/* Ask to be signalled. True: a packet is there already, look again. */
bool hvr_ring_in_unmask(struct hvr_ring *r);
/* A guest waits for room that is there. */
bool hvr_ring_in_writer_waits(struct hvr_ring *r);

/* ---- outbound: host to guest ---- */

int hvr_ring_out_init(struct hvr_ring *r,
		      __guest struct hv_vmbus_ring_page *page,
		      __guest u8 *data, u32 size);
/* Bytes that a packet with @len bytes of payload takes on the ring. */
u32 hvr_ring_out_bytes(u32 len);
/* Append; not visible before publish. 0, -EAGAIN, -EMSGSIZE, -EIO. */
int hvr_ring_out_put(struct hvr_ring *r, u16 type, u16 flags, u64 trans_id,
		     const void *payload, u32 len);
/* Make it visible. True: the guest sleeps, signal it. */
bool hvr_ring_out_publish(struct hvr_ring *r);
/* Ask to be signalled when @len bytes of payload fit. True: they fit now. */
bool hvr_ring_out_wait(struct hvr_ring *r, u32 len);
void hvr_ring_out_unwait(struct hvr_ring *r);
/* An unmasked guest has not read everything. */
bool hvr_ring_out_reader_waits(struct hvr_ring *r);

#endif /* VMBUS_RING_H */
