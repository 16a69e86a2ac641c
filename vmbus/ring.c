// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring engine: index arithmetic, copy-out, checks, signal decisions. Pure: it
 * works on whatever memory it is handed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "range.h"
#include "ring.h"

#define DESCRIPTOR	sizeof(struct hv_vmbus_packet)
#define TRAILER		HV_VMBUS_PACKET_TRAILER

/* The only two ways to a word of a control page: one access each. */
static u32 load(const __guest u32 *word)
{
	return READ_ONCE(*(const u32 __force *)word);
}

static void store(__guest u32 *word, u32 val)
{
	WRITE_ONCE(*(u32 __force *)word, val);
}

static bool index_valid(const struct hvr_ring *r, u32 index)
{
	return index < r->size && !(index & 7);
}

/* Bytes between a write and a read index, both valid. */
static u32 bytes_used(const struct hvr_ring *r, u32 in, u32 out)
{
	return in >= out ? in - out : r->size - (out - in);
}

/* One slot stays free, so that a full ring does not look empty. */
static u32 bytes_free(const struct hvr_ring *r, u32 in, u32 out)
{
	return r->size - bytes_used(r, in, out) - 8;
}

static int break_ring(struct hvr_ring *r)
{
	r->broken = true;
	return -EIO;
}

static u32 wrap(const struct hvr_ring *r, u32 index, u32 bytes)
{
	u64 sum = (u64)index + bytes;

	return sum >= r->size ? sum - r->size : sum;
}

/* @offset is relative to @index; offset + len is at most the ring's size. */
static void copy_out(const struct hvr_ring *r, u32 index, u32 offset, void *dst,
		     u32 len)
{
	const u8 *data = (const u8 __force *)r->data;
	u32 at = wrap(r, index, offset);
	u32 first = min(len, r->size - at);

	memcpy(dst, data + at, first);
	memcpy(dst + first, data, len - first);
	/* The copy is what gets checked: no second fetch behind its back. */
	barrier();
}

static void copy_in(struct hvr_ring *r, u32 index, u32 offset, const void *src,
		    u32 len)
{
	u8 *data = (u8 __force *)r->data;
	u32 at = wrap(r, index, offset);
	u32 first = min(len, r->size - at);

	memcpy(data + at, src, first);
	memcpy(data, src + first, len - first);
}

static int ring_init(struct hvr_ring *r, __guest struct hv_vmbus_ring_page *page,
		     __guest u8 *data, u32 size)
{
	memset(r, 0, sizeof(*r));
	r->page = page;
	r->data = data;
	r->size = size;
	if (size < 16 || size & 7)
		return break_ring(r);
	return 0;
}

/* ---- inbound ---- */

int hvr_ring_in_init(struct hvr_ring *r,
		     __guest struct hv_vmbus_ring_page *page,
		     __guest u8 *data, u32 size)
{
	int err = ring_init(r, page, data, size);

	if (err)
		return err;
	r->index = load(&page->out);
	r->published = r->index;
	r->next = r->index;
	if (!index_valid(r, r->index) || !index_valid(r, load(&page->in)))
		return break_ring(r);
	r->masked = true;
	store(&page->interrupt_mask, 1);
	return 0;
}

/*
 * The words of a GPA-direct packet, already private in buf->words: split into
 * frames (compacted in place, a frame never moves up) and ranges.
 */
static int parse_ranges(struct hvr_ring_buf *buf, u32 nr_words, u32 count,
			struct hvr_pkt *pkt)
{
	u32 i, pages, at = 0, frames = 0, total = 0;

	for (i = 0; i < count; i++) {
		struct hvr_pkt_range *range = &buf->ranges[i];
		u64 word;

		if (at >= nr_words)
			return -EIO;
		word = buf->words[at++];
		pages = hvr_range_pages(word);
		if (!pages || pages > nr_words - at ||
		    pages > HVR_PKT_MAX_PAGES - frames)
			return -EIO;
		range->offset = hvr_range_offset(word);
		range->len = hvr_range_bytes(word);
		range->first_gfn = frames;
		if (check_add_overflow(total, range->len, &total))
			return -EIO;
		memmove(&buf->words[frames], &buf->words[at],
			pages * sizeof(buf->words[0]));
		frames += pages;
		at += pages;
	}
	pkt->nr_ranges = count;
	pkt->nr_pages = frames;
	pkt->range_bytes = total;
	pkt->gfns = buf->words;
	pkt->ranges = buf->ranges;
	return 0;
}

static int copy_ranges(const struct hvr_ring *r, struct hvr_ring_buf *buf,
		       u32 header_len8, struct hvr_pkt *pkt)
{
	struct hv_vmbus_packet_ranges head;
	u32 count, nr_words;

	if (header_len8 < 3)
		return -EIO;
	copy_out(r, r->index, DESCRIPTOR, &head, sizeof(head));
	count = le32_to_cpu(head.count);
	if (!count || count > HVR_PKT_MAX_RANGES)
		return -EIO;
	nr_words = min_t(u32, header_len8 - 3, RING_MAX_WORDS);
	copy_out(r, r->index, DESCRIPTOR + sizeof(head), buf->words,
		 nr_words * sizeof(buf->words[0]));
	return parse_ranges(buf, nr_words, count, pkt);
}

static int parse_packet(const struct hvr_ring *r, struct hvr_ring_buf *buf,
			u32 used, struct hvr_pkt *pkt, u32 *bytes)
{
	struct hv_vmbus_packet desc;
	u32 header, total, payload;

	if (used < DESCRIPTOR + TRAILER)
		return -EIO;
	copy_out(r, r->index, 0, &desc, sizeof(desc));
	header = le16_to_cpu(desc.header_len8);
	total = le16_to_cpu(desc.total_len8);
	if (header < 2 || total < header || total * 8 + TRAILER > used)
		return -EIO;
	payload = (total - header) * 8;
	if (payload > HVR_PKT_MAX_PAYLOAD)
		return -EIO;

	memset(pkt, 0, sizeof(*pkt));
	pkt->type = le16_to_cpu(desc.type);
	pkt->flags = le16_to_cpu(desc.flags);
	pkt->trans_id = le64_to_cpu(desc.trans_id);
	if (pkt->flags & ~HV_VMBUS_PACKET_FLAGS)
		return -EIO;
	switch (pkt->type) {
	case HV_VMBUS_PACKET_INBAND:
	case HV_VMBUS_PACKET_COMPLETION:
		break;
	case HV_VMBUS_PACKET_GPA_DIRECT:
		if (copy_ranges(r, buf, header, pkt))
			return -EIO;
		break;
	default:
		/* Transfer pages travel from the host to the guest only. */
		return -EIO;
	}
	copy_out(r, r->index, header * 8, buf->payload, payload);
	pkt->payload = buf->payload;
	pkt->payload_len = payload;
	*bytes = total * 8 + TRAILER;
	return 0;
}

int hvr_ring_in_next(struct hvr_ring *r, struct hvr_ring_buf *buf,
		     struct hvr_pkt *pkt)
{
	u32 in, bytes;

	if (r->broken)
		return -EIO;
	/* Pairs with the guest's barrier between packet and write index. */
	in = smp_load_acquire((u32 __force *)&r->page->in);
	if (!index_valid(r, in))
		return break_ring(r);
	if (in == r->index)
		return 0;
	if (parse_packet(r, buf, bytes_used(r, in, r->index), pkt, &bytes))
		return break_ring(r);
	r->next = wrap(r, r->index, bytes);
	return 1;
}

void hvr_ring_in_advance(struct hvr_ring *r)
{
	r->index = r->next;
}

/* Free space that a waiting guest is to be told of; 0 = it does not wait. */
static u32 wanted_by_guest(const struct hvr_ring *r)
{
	u32 pending = load(&r->page->pending_send_size);

	if (!pending)
		return 0;
	/* Some guests ask for size - 1, which a ring can never have free. */
	return clamp_t(u32, pending & ~7u, 8, r->size - 8);
}

bool hvr_ring_in_publish(struct hvr_ring *r)
{
	u32 before = r->published;
	u32 in, wanted;

	if (r->broken || before == r->index)
		return false;
	WRITE_ONCE(r->published, r->index);
	/* The packets were copied before the guest may write over them. */
	smp_store_release((u32 __force *)&r->page->out, r->index);
	/*
	 * Pairs with the guest's barrier between its pending size and its look
	 * at the read index: one of the two sees the other's store.
	 */
	smp_mb();
	wanted = wanted_by_guest(r);
	if (!wanted)
		return false;
	in = load(&r->page->in);
	if (!index_valid(r, in)) {
		r->broken = true;
		return false;
	}
	return bytes_free(r, in, before) < wanted &&
	       bytes_free(r, in, r->index) >= wanted;
}

int hvr_ring_in_mask(struct hvr_ring *r)
{
	if (r->broken)
		return -EIO;
	/* With its own zero gone, the host could sleep for ever. */
	if (!r->masked && load(&r->page->interrupt_mask))
		return break_ring(r);
	r->masked = true;
	store(&r->page->interrupt_mask, 1);
	return 0;
}

bool hvr_ring_in_unmask(struct hvr_ring *r)
{
	if (r->broken)
		return false;
	r->masked = false;
	store(&r->page->interrupt_mask, 0);
	/*
	 * Pairs with the guest's barrier between its write index and its look at
	 * the mask: it signals, or the packet is seen here.
	 */
	smp_mb();
	return load(&r->page->in) != r->index;
}

bool hvr_ring_in_writer_waits(struct hvr_ring *r)
{
	u32 wanted = wanted_by_guest(r);
	u32 in = load(&r->page->in);

	return wanted && index_valid(r, in) &&
	       bytes_free(r, in, READ_ONCE(r->published)) >= wanted;
}

/* ---- outbound ---- */

int hvr_ring_out_init(struct hvr_ring *r,
		      __guest struct hv_vmbus_ring_page *page,
		      __guest u8 *data, u32 size)
{
	int err = ring_init(r, page, data, size);

	if (err)
		return err;
	r->index = load(&page->in);
	r->published = r->index;
	if (!index_valid(r, r->index) || !index_valid(r, load(&page->out)))
		return break_ring(r);
	store(&page->pending_send_size, 0);
	store(&page->features, load(&page->features) |
	      HV_VMBUS_RING_FEATURE_PENDING_SIZE);
	return 0;
}

u32 hvr_ring_out_bytes(u32 len)
{
	return DESCRIPTOR + ALIGN(len, 8) + TRAILER;
}

/* Room by the guest's read index as it is now; the index is checked. */
static int out_room(struct hvr_ring *r, u32 *room)
{
	/* Pairs with the guest's barrier between its reads and its read index. */
	u32 out = smp_load_acquire((u32 __force *)&r->page->out);

	if (!index_valid(r, out))
		return break_ring(r);
	*room = bytes_free(r, r->index, out);
	return 0;
}

int hvr_ring_out_put(struct hvr_ring *r, u16 type, u16 flags, u64 trans_id,
		     const void *payload, u32 len)
{
	struct hv_vmbus_packet desc;
	static const u8 zeroes[8];
	u32 room, padded = ALIGN(len, 8);
	u32 bytes = hvr_ring_out_bytes(len);
	__le64 trailer;

	if (r->broken)
		return -EIO;
	if (len > HVR_PKT_MAX_PAYLOAD || bytes > r->size - 8)
		return -EMSGSIZE;
	if (out_room(r, &room))
		return -EIO;
	if (bytes > room)
		return -EAGAIN;

	desc.type = cpu_to_le16(type);
	desc.header_len8 = cpu_to_le16(DESCRIPTOR / 8);
	desc.total_len8 = cpu_to_le16((DESCRIPTOR + padded) / 8);
	desc.flags = cpu_to_le16(flags);
	desc.trans_id = cpu_to_le64(trans_id);
	trailer = cpu_to_le64((u64)r->index << 32);
	copy_in(r, r->index, 0, &desc, sizeof(desc));
	copy_in(r, r->index, DESCRIPTOR, payload, len);
	copy_in(r, r->index, DESCRIPTOR + len, zeroes, padded - len);
	copy_in(r, r->index, DESCRIPTOR + padded, &trailer, sizeof(trailer));
	r->index = wrap(r, r->index, bytes);
	return 0;
}

bool hvr_ring_out_publish(struct hvr_ring *r)
{
	u32 before = r->published;

	if (r->broken || before == r->index)
		return false;
	r->published = r->index;
	/* Packets before the index. */
	smp_store_release((u32 __force *)&r->page->in, r->index);
	/*
	 * Pairs with the guest's barrier between clearing the mask and its last
	 * look at the write index.
	 */
	smp_mb();
	return !load(&r->page->interrupt_mask) &&
	       load(&r->page->out) == before;
}

bool hvr_ring_out_wait(struct hvr_ring *r, u32 len)
{
	u32 bytes = hvr_ring_out_bytes(len);
	u32 wanted, room;

	if (r->broken)
		return false;
	/* A quarter of the ring at least: not one interrupt per packet. */
	wanted = min(max(bytes, ALIGN_DOWN(r->size / 4, 8)), r->size - 8);
	store(&r->page->pending_send_size, wanted);
	/* Pairs with the guest's barrier after its store of the read index. */
	smp_mb();
	if (out_room(r, &room))
		return false;
	return room >= bytes;
}

void hvr_ring_out_unwait(struct hvr_ring *r)
{
	if (!r->broken)
		store(&r->page->pending_send_size, 0);
}

bool hvr_ring_out_reader_waits(struct hvr_ring *r)
{
	return !load(&r->page->interrupt_mask) &&
	       load(&r->page->out) != r->published;
}
