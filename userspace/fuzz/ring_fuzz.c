// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives the ring engine with a guest that writes anything anywhere at any time,
 * and with an honest one whose every packet must arrive.
 */
#include "../../vmbus/ring.c"

#define MAX_DATA	(4 * 4096)

struct guest {
	struct hv_vmbus_ring_page *page;
	u8 *data;
	u32 size;
};

static struct hvr_ring_buf *buf;

static void make_guest(struct guest *g)
{
	g->size = 4096 * (1 + rnd(4));
	g->page = calloc(1, sizeof(*g->page));
	g->data = malloc(g->size);
	memset(g->data, 0, g->size);
	/* Indexes of an earlier life. */
	if (!rnd(2)) {
		g->page->in = rnd(g->size) & ~7u;
		g->page->out = g->page->in;
	}
}

/* ... or of no life that makes sense. */
static void spoil_indexes(struct guest *g)
{
	if (rnd(16))
		return;
	g->page->in = rnd64() >> rnd(64);
	g->page->out = rnd64() >> rnd(64);
}

static void drop_guest(struct guest *g)
{
	free(g->page);
	free(g->data);
}

static void check_packet(const struct hvr_pkt *pkt)
{
	u64 bytes = 0;
	u32 i, pages = 0;

	insist(pkt->payload_len <= HVR_PKT_MAX_PAYLOAD);
	insist(pkt->nr_ranges <= HVR_PKT_MAX_RANGES);
	insist(pkt->nr_pages <= HVR_PKT_MAX_PAGES);
	insist(!(pkt->flags & ~1));
	for (i = 0; i < pkt->nr_ranges; i++) {
		const struct hvr_pkt_range *range = &pkt->ranges[i];

		insist(range->offset < 4096 && range->len);
		insist(range->first_gfn == pages);
		pages += ((u64)range->offset + range->len + 4095) / 4096;
		bytes += range->len;
	}
	insist(pages == pkt->nr_pages && bytes == pkt->range_bytes);
}

/* A descriptor that is wrong in one or two places only. */
static void plant_packet(struct guest *g, u32 at)
{
	struct hv_vmbus_packet desc = {
		.type = rnd(4) ? 9 : rnd(14),
		.header_len8 = 2 + rnd(rnd(4) ? 8 : 4000),
		.total_len8 = 2 + rnd(rnd(4) ? 16 : 4000),
		.flags = rnd(8) ? rnd(2) : rnd64(),
		.trans_id = rnd64(),
	};
	u64 words[12] = { 0 };
	u8 *bytes = (u8 *)words;
	u32 i;

	memcpy(words, &desc, sizeof(desc));
	words[2] = (u64)(rnd(4) ? 1 + rnd(3) : rnd64()) << 32 | rnd(5);
	for (i = 3; i < ARRAY_SIZE(words); i++)
		words[i] = rnd(2) ? rnd(20000) : (u64)rnd(0x1100) << 32 | rnd(9000);
	for (i = 0; i < sizeof(words); i++)
		g->data[(at + i) % g->size] = bytes[i];
}

static void scribble(struct guest *g, u32 at)
{
	switch (rnd(9)) {
	case 0:
		g->page->in = rnd64();
		break;
	case 1:
		g->page->out = rnd64();
		break;
	case 2:
		g->page->in = rnd(g->size) & ~7u;
		break;
	case 3:
		g->page->interrupt_mask = rnd(3);
		break;
	case 4:
		g->page->pending_send_size = rnd(2) ? rnd(g->size + 9) : rnd64();
		break;
	case 5:
		g->data[rnd(g->size)] = rnd64();
		break;
	default:
		plant_packet(g, at);
		g->page->in = (at + 8 * rnd(g->size / 8)) % g->size;
	}
}

static void hostile_inbound(void)
{
	struct hvr_ring ring;
	struct hvr_pkt pkt;
	struct guest g;
	u32 i;

	make_guest(&g);
	spoil_indexes(&g);
	if (hvr_ring_in_init(&ring, g.page, g.data, g.size))
		goto out;
	for (i = 0; i < 64; i++) {
		scribble(&g, ring.index);
		if (!rnd(4) && hvr_ring_in_mask(&ring))
			break;
		if (hvr_ring_in_next(&ring, buf, &pkt) == 1) {
			check_packet(&pkt);
			if (rnd(8))
				hvr_ring_in_advance(&ring);
		}
		insist(ring.index < ring.size && !(ring.index & 7));
		if (!rnd(4))
			hvr_ring_in_publish(&ring);
		if (!rnd(4))
			hvr_ring_in_unmask(&ring);
		hvr_ring_in_writer_waits(&ring);
	}
out:
	drop_guest(&g);
}

static void hostile_outbound(void)
{
	static u8 payload[HVR_PKT_MAX_PAYLOAD + 64];
	struct hvr_ring ring;
	struct guest g;
	u32 i;

	make_guest(&g);
	spoil_indexes(&g);
	if (hvr_ring_out_init(&ring, g.page, g.data, g.size))
		goto out;
	for (i = 0; i < 64; i++) {
		u32 len = rnd(4) ? rnd(128) : rnd(sizeof(payload));
		int ret;

		if (!rnd(3))
			scribble(&g, ring.index);
		if (rnd(2))
			g.page->out = rnd(g.size) & ~7u;
		ret = hvr_ring_out_put(&ring, 6, 1, rnd64(), payload, len);
		insist(ret == 0 || ret == -EAGAIN || ret == -EMSGSIZE || ret == -EIO);
		insist(ring.index < ring.size && !(ring.index & 7));
		if (ret == -EAGAIN)
			hvr_ring_out_wait(&ring, len);
		if (!rnd(4))
			hvr_ring_out_unwait(&ring);
		if (rnd(2))
			hvr_ring_out_publish(&ring);
		hvr_ring_out_reader_waits(&ring);
	}
out:
	drop_guest(&g);
}

/*
 * Host to host over one memory: what is put must come out, in order and whole. The
 * reader counts as asleep until it is signalled; no packet may be left then. So does
 * a writer that found no room; it must not be asleep beside an empty ring.
 */
static void honest_pair(void)
{
	static u8 payload[1024];
	struct hvr_ring out, in;
	u64 put = 0, got = 0;
	bool awake = false, writer_awake = true;
	struct hvr_pkt pkt;
	struct guest g;
	u32 i, k;

	make_guest(&g);
	insist(!hvr_ring_out_init(&out, g.page, g.data, g.size));
	insist(!hvr_ring_in_init(&in, g.page, g.data, g.size));
	insist(!hvr_ring_in_unmask(&in));
	for (i = 0; i < 200; i++) {
		for (k = rnd(rnd(2) ? 6 : 60); k; k--) {
			u32 len = put * 7 % sizeof(payload);

			memset(payload, put, len);
			if (!writer_awake)
				break;
			if (hvr_ring_out_put(&out, 6, put & 1, put, payload, len)) {
				writer_awake = hvr_ring_out_wait(&out, len);
				break;
			}
			put++;
		}
		awake |= hvr_ring_out_publish(&out);
		if (!awake) {
			insist(got == put && writer_awake);
			continue;
		}
		insist(!hvr_ring_in_mask(&in));
		for (k = rnd(8); k && hvr_ring_in_next(&in, buf, &pkt) == 1; k--) {
			u32 len = got * 7 % sizeof(payload);

			insist(pkt.trans_id == got && pkt.flags == (got & 1));
			insist(pkt.payload_len == ALIGN(len, 8));
			insist(!len || ((u8 *)pkt.payload)[len - 1] == (u8)got);
			hvr_ring_in_advance(&in);
			got++;
		}
		if (hvr_ring_in_publish(&in)) {
			insist(!writer_awake);
			hvr_ring_out_unwait(&out);
			writer_awake = true;
		}
		awake = hvr_ring_in_unmask(&in);
	}
	drop_guest(&g);
}

static void one(void)
{
	hostile_inbound();
	hostile_outbound();
	honest_pair();
}

int main(int argc, char **argv)
{
	int ret;

	buf = malloc(sizeof(*buf));
	ret = fuzz_main(argc, argv, 20000, one);
	free(buf);
	return ret;
}
