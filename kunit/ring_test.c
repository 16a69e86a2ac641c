// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring engine against a guest that is a kernel buffer: wrap, bad indexes, bad
 * packets, masks, pending size.
 */
#include <kunit/test.h>

#include "../vmbus/ring.c"

#define DATA	4096

struct guest {
	struct hv_vmbus_ring_page page;
	u8 data[DATA];
	struct hvr_ring ring;
	struct hvr_ring_buf buf;
	struct hvr_pkt pkt;
};

static struct guest *make_guest(struct kunit *test)
{
	struct guest *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, g);
	return g;
}

static int in_init(struct guest *g)
{
	return hvr_ring_in_init(&g->ring,
				(__force __guest struct hv_vmbus_ring_page *)&g->page,
				(__force __guest u8 *)g->data, DATA);
}

static int out_init(struct guest *g)
{
	return hvr_ring_out_init(&g->ring,
				 (__force __guest struct hv_vmbus_ring_page *)&g->page,
				 (__force __guest u8 *)g->data, DATA);
}

static int next(struct guest *g)
{
	return hvr_ring_in_next(&g->ring, &g->buf, &g->pkt);
}

/* The guest writes bytes at its write index and moves it. */
static void guest_write(struct guest *g, const void *bytes, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		g->data[(g->page.in + i) % DATA] = ((const u8 *)bytes)[i];
	g->page.in = (g->page.in + len) % DATA;
}

/* A packet of @nr words after the descriptor, and its trailer. */
static void guest_packet(struct guest *g, u16 type, u16 header8, u16 flags,
			 u64 id, const u64 *words, u32 nr)
{
	struct hv_vmbus_packet desc = {
		.type = cpu_to_le16(type),
		.header_len8 = cpu_to_le16(header8),
		.total_len8 = cpu_to_le16(2 + nr),
		.flags = cpu_to_le16(flags),
		.trans_id = cpu_to_le64(id),
	};
	u64 trailer = 0;

	guest_write(g, &desc, sizeof(desc));
	guest_write(g, words, nr * 8);
	guest_write(g, &trailer, 8);
}

/* ---- inbound ---- */

static void test_in_plain(struct kunit *test)
{
	struct guest *g = make_guest(test);
	u64 words[2] = { 0x1122334455667788, 0x99 };

	KUNIT_ASSERT_EQ(test, in_init(g), 0);
	KUNIT_EXPECT_EQ(test, g->page.interrupt_mask, 1);
	KUNIT_EXPECT_EQ(test, next(g), 0);
	guest_packet(g, 6, 2, 1, 42, words, 2);
	KUNIT_ASSERT_EQ(test, next(g), 1);
	KUNIT_EXPECT_EQ(test, g->pkt.type, 6);
	KUNIT_EXPECT_EQ(test, g->pkt.flags, 1);
	KUNIT_EXPECT_EQ(test, g->pkt.trans_id, 42);
	KUNIT_EXPECT_EQ(test, g->pkt.payload_len, 16);
	KUNIT_EXPECT_EQ(test, memcmp(g->pkt.payload, words, 16), 0);
	/* Not consumed: it comes again. */
	KUNIT_EXPECT_EQ(test, next(g), 1);
	hvr_ring_in_advance(&g->ring);
	KUNIT_EXPECT_EQ(test, next(g), 0);
	KUNIT_EXPECT_EQ(test, g->page.out, 0);
	KUNIT_EXPECT_FALSE(test, hvr_ring_in_publish(&g->ring));
	KUNIT_EXPECT_EQ(test, g->page.out, 40);
}

/* Every start, so that descriptor, header and payload all wrap once. */
static void test_in_wrap(struct kunit *test)
{
	struct guest *g = make_guest(test);
	u64 words[] = { (u64)1 << 32, (u64)8 << 32 | 8192, 5, 6, 7, 0xabc };
	u32 at;

	for (at = 0; at < DATA; at += 8) {
		g->page.in = at;
		g->page.out = at;
		KUNIT_ASSERT_EQ(test, in_init(g), 0);
		guest_packet(g, 9, 7, 1, at, words, 6);
		KUNIT_ASSERT_EQ(test, next(g), 1);
		KUNIT_EXPECT_EQ(test, g->pkt.nr_ranges, 1);
		KUNIT_EXPECT_EQ(test, g->pkt.nr_pages, 3);
		KUNIT_EXPECT_EQ(test, g->pkt.range_bytes, 8192);
		KUNIT_EXPECT_EQ(test, g->pkt.ranges[0].offset, 8);
		KUNIT_EXPECT_EQ(test, g->pkt.gfns[0], 5);
		KUNIT_EXPECT_EQ(test, g->pkt.gfns[2], 7);
		KUNIT_EXPECT_EQ(test, g->pkt.payload_len, 8);
		KUNIT_EXPECT_EQ(test, *(u64 *)g->pkt.payload, 0xabc);
	}
}

static void test_in_init_indexes(struct kunit *test)
{
	static const u32 bad[] = { 4, DATA, DATA + 8, DATA - 4, ~0u };
	struct guest *g = make_guest(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		g->page.in = bad[i];
		g->page.out = 0;
		KUNIT_EXPECT_EQ(test, in_init(g), -EIO);
		KUNIT_EXPECT_EQ(test, out_init(g), -EIO);
		g->page.in = 0;
		g->page.out = bad[i];
		KUNIT_EXPECT_EQ(test, in_init(g), -EIO);
		KUNIT_EXPECT_EQ(test, out_init(g), -EIO);
	}
}

static void test_in_bad_index_later(struct kunit *test)
{
	static const u32 bad[] = { 1, DATA, ~0u };
	struct guest *g = make_guest(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		g->page.in = 0;
		KUNIT_ASSERT_EQ(test, in_init(g), 0);
		g->page.in = bad[i];
		KUNIT_EXPECT_EQ(test, next(g), -EIO);
		/* For good, even when the guest repents. */
		g->page.in = 0;
		KUNIT_EXPECT_EQ(test, next(g), -EIO);
		KUNIT_EXPECT_FALSE(test, hvr_ring_in_unmask(&g->ring));
	}
	/* The host's own index in the page is never read again. */
	g->page.in = 0;
	g->page.out = 0;
	KUNIT_ASSERT_EQ(test, in_init(g), 0);
	g->page.out = 3;
	guest_packet(g, 6, 2, 0, 1, NULL, 0);
	KUNIT_EXPECT_EQ(test, next(g), 1);
}

struct bad_packet {
	const char *name;
	u16 type, header8, total8, flags;
	u32 used;		/* bytes between the indexes */
	u64 words[6];
	int ret;
};

#define ONE_RANGE	{ (u64)1 << 32, 4096, 5 }

static const struct bad_packet packets[] = {
	{ "empty in-band", 6, 2, 2, 0, 24, { 0 }, 1 },
	{ "garbage in reserved word", 9, 5, 5, 0, 48,
	  { (u64)1 << 32 | 0xdead, 4096, 5 }, 1 },
	{ "words after the list", 9, 7, 7, 0, 64,
	  { (u64)1 << 32, 4096, 5, 9, 9 }, 1 },
	{ "8 bytes used", 6, 2, 2, 0, 8, { 0 }, -EIO },
	{ "no room for the trailer", 6, 2, 2, 0, 16, { 0 }, -EIO },
	{ "length 0", 6, 0, 0, 0, 64, { 0 }, -EIO },
	{ "header 1", 6, 1, 2, 0, 64, { 0 }, -EIO },
	{ "header behind total", 6, 4, 3, 0, 64, { 0 }, -EIO },
	{ "total behind used", 6, 2, 8, 0, 64, { 0 }, -EIO },
	{ "total is used, trailer behind", 6, 2, 8, 0, 64, { 0 }, -EIO },
	{ "total 0xffff", 6, 2, 0xffff, 0, 4088, { 0 }, -EIO },
	{ "unknown flag", 6, 2, 2, 2, 24, { 0 }, -EIO },
	{ "flag 0x8000", 6, 2, 2, 0x8000, 24, { 0 }, -EIO },
	{ "type 0", 0, 2, 2, 0, 24, { 0 }, -EIO },
	{ "type 8", 8, 2, 2, 0, 24, { 0 }, -EIO },
	{ "transfer pages", 7, 3, 3, 0, 32, { 0 }, -EIO },
	{ "type 0xffff", 0xffff, 2, 2, 0, 24, { 0 }, -EIO },
	{ "GPA direct without its header", 9, 2, 5, 0, 48, ONE_RANGE, -EIO },
	{ "no ranges", 9, 5, 5, 0, 48, { 0, 4096, 5 }, -EIO },
	{ "more ranges than words", 9, 5, 5, 0, 48, { (u64)3 << 32, 4096, 5 }, -EIO },
	{ "1025 ranges", 9, 5, 5, 0, 48, { (u64)1025 << 32, 4096, 5 }, -EIO },
	{ "~0 ranges", 9, 5, 5, 0, 48, { (u64)~0u << 32, 4096, 5 }, -EIO },
	{ "list ends early", 9, 5, 5, 0, 48, { (u64)1 << 32, 8192, 5 }, -EIO },
	{ "range of 0 bytes", 9, 5, 5, 0, 48, { (u64)1 << 32, 0, 5 }, -EIO },
	{ "offset 0x1000", 9, 6, 6, 0, 56,
	  { (u64)1 << 32, (u64)0x1000 << 32 | 1, 5, 6 }, -EIO },
	{ "byte count ~0", 9, 6, 6, 0, 56,
	  { (u64)1 << 32, (u64)0xfff << 32 | ~0u, 5, 6 }, -EIO },
};

static void test_in_packets(struct kunit *test)
{
	struct guest *g = make_guest(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(packets); i++) {
		const struct bad_packet *p = &packets[i];
		struct hv_vmbus_packet desc = {
			.type = cpu_to_le16(p->type),
			.header_len8 = cpu_to_le16(p->header8),
			.total_len8 = cpu_to_le16(p->total8),
			.flags = cpu_to_le16(p->flags),
		};

		g->page.in = 0;
		g->page.out = 0;
		KUNIT_ASSERT_EQ(test, in_init(g), 0);
		memset(g->data, 0, DATA);
		guest_write(g, &desc, sizeof(desc));
		guest_write(g, p->words, sizeof(p->words));
		g->page.in = p->used;
		KUNIT_EXPECT_EQ_MSG(test, next(g), p->ret, "%s", p->name);
	}
}

/* Limits that a ring of one page cannot hold: the parser alone. */
static void test_in_limits(struct kunit *test)
{
	struct guest *g = make_guest(test);
	u64 *words = g->buf.words;

	words[0] = (u64)HVR_PKT_MAX_PAGES * 4096;
	KUNIT_EXPECT_EQ(test, parse_ranges(&g->buf, RING_MAX_WORDS, 1, &g->pkt), 0);
	KUNIT_EXPECT_EQ(test, g->pkt.nr_pages, HVR_PKT_MAX_PAGES);
	words[0] = (u64)HVR_PKT_MAX_PAGES * 4096 + 1;
	KUNIT_EXPECT_EQ(test, parse_ranges(&g->buf, RING_MAX_WORDS, 1, &g->pkt),
			-EIO);
	/* A list that would be read behind its words. */
	words[0] = 3 * 4096;
	KUNIT_EXPECT_EQ(test, parse_ranges(&g->buf, 3, 1, &g->pkt), -EIO);
	KUNIT_EXPECT_EQ(test, parse_ranges(&g->buf, 4, 1, &g->pkt), 0);
	KUNIT_EXPECT_EQ(test, parse_ranges(&g->buf, 0, 1, &g->pkt), -EIO);
}

static void test_in_payload_limit(struct kunit *test)
{
	u32 size = 16 * 4096;
	struct guest *g = make_guest(test);
	struct hv_vmbus_packet *desc;
	u8 *data = kunit_kzalloc(test, size, GFP_KERNEL);
	u32 len8 = 2 + HVR_PKT_MAX_PAYLOAD / 8;

	KUNIT_ASSERT_NOT_NULL(test, data);
	desc = (void *)data;
	desc->type = cpu_to_le16(6);
	desc->header_len8 = cpu_to_le16(2);
	KUNIT_ASSERT_EQ(test, in_init(g), 0);
	g->ring.size = size;
	g->ring.data = (__force __guest u8 *)data;
	g->page.in = size - 8;
	desc->total_len8 = cpu_to_le16(len8);
	KUNIT_EXPECT_EQ(test, next(g), 1);
	KUNIT_EXPECT_EQ(test, g->pkt.payload_len, HVR_PKT_MAX_PAYLOAD);
	desc->total_len8 = cpu_to_le16(len8 + 1);
	KUNIT_EXPECT_EQ(test, next(g), -EIO);
}

static void test_in_mask(struct kunit *test)
{
	struct guest *g = make_guest(test);

	KUNIT_ASSERT_EQ(test, in_init(g), 0);
	KUNIT_EXPECT_FALSE(test, hvr_ring_in_unmask(&g->ring));
	KUNIT_EXPECT_EQ(test, g->page.interrupt_mask, 0);
	KUNIT_EXPECT_EQ(test, hvr_ring_in_mask(&g->ring), 0);
	KUNIT_EXPECT_EQ(test, g->page.interrupt_mask, 1);
	/* A packet that came before the mask went is seen. */
	guest_packet(g, 6, 2, 0, 1, NULL, 0);
	KUNIT_EXPECT_TRUE(test, hvr_ring_in_unmask(&g->ring));
	/* The guest flips the host's mask. */
	g->page.interrupt_mask = 1;
	KUNIT_EXPECT_EQ(test, hvr_ring_in_mask(&g->ring), -EIO);
	KUNIT_EXPECT_EQ(test, next(g), -EIO);
}

struct pending_case {
	const char *name;
	u32 pending;
	u32 left;	/* bytes that stay in the ring */
	bool signal;
};

/* The ring starts full: 4088 bytes used, none free; a batch leaves @left. */
static const struct pending_case pending_cases[] = {
	{ "nobody waits", 0, 0, false },
	{ "below", 64, 4088 - 56, false },
	{ "exactly", 56, 4088 - 56, true },
	{ "above", 48, 4088 - 56, true },
	{ "all of the ring", 4088, 0, true },
	{ "size - 1", 4095, 0, true },
	{ "size", 4096, 0, true },
	{ "far too much", ~0u, 0, true },
	{ "far too much, not empty", ~0u, 8, false },
	{ "3 bytes", 3, 4088 - 8, true },
};

static void test_in_pending(struct kunit *test)
{
	struct guest *g = make_guest(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pending_cases); i++) {
		const struct pending_case *c = &pending_cases[i];

		g->page.out = 8;
		g->page.in = 0;
		KUNIT_ASSERT_EQ(test, in_init(g), 0);
		g->page.pending_send_size = c->pending;
		g->ring.next = (8 + 4088 - c->left) % DATA;
		hvr_ring_in_advance(&g->ring);
		KUNIT_EXPECT_EQ_MSG(test, hvr_ring_in_publish(&g->ring),
				    c->signal, "%s", c->name);
		/* Only the crossing counts. */
		KUNIT_EXPECT_FALSE(test, hvr_ring_in_publish(&g->ring));
	}
	/* Crossed by an earlier batch. */
	g->page.out = 8;
	g->page.in = 4088 - 64;
	KUNIT_ASSERT_EQ(test, in_init(g), 0);
	g->page.pending_send_size = 16;
	g->ring.next = 16;
	hvr_ring_in_advance(&g->ring);
	KUNIT_EXPECT_FALSE(test, hvr_ring_in_publish(&g->ring));
	KUNIT_EXPECT_TRUE(test, hvr_ring_in_writer_waits(&g->ring));
}

/* ---- outbound ---- */

static void test_out_plain(struct kunit *test)
{
	struct guest *g = make_guest(test);
	struct hv_vmbus_packet *desc = (void *)(g->data + 8);
	u64 trailer;

	g->page.in = 8;
	g->page.out = 8;
	g->page.pending_send_size = 99;
	KUNIT_ASSERT_EQ(test, out_init(g), 0);
	KUNIT_EXPECT_EQ(test, g->page.pending_send_size, 0);
	KUNIT_EXPECT_EQ(test, g->page.features, 1);
	memset(g->data, 0xee, DATA);
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 11, 0, 77, "abc", 3), 0);
	/* Not visible before publish. */
	KUNIT_EXPECT_EQ(test, g->page.in, 8);
	KUNIT_EXPECT_TRUE(test, hvr_ring_out_publish(&g->ring));
	KUNIT_EXPECT_EQ(test, g->page.in, 8 + 32);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(desc->type), 11);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(desc->header_len8), 2);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(desc->total_len8), 3);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(desc->trans_id), 77);
	KUNIT_EXPECT_EQ(test, memcmp(g->data + 24, "abc\0\0\0\0\0", 8), 0);
	memcpy(&trailer, g->data + 32, 8);
	KUNIT_EXPECT_EQ(test, trailer, (u64)8 << 32);
	KUNIT_EXPECT_EQ(test, g->data[40], 0xee);
}

static void test_out_signal(struct kunit *test)
{
	struct guest *g = make_guest(test);

	KUNIT_ASSERT_EQ(test, out_init(g), 0);
	KUNIT_EXPECT_FALSE(test, hvr_ring_out_publish(&g->ring));
	g->page.interrupt_mask = 1;
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, NULL, 0), 0);
	KUNIT_EXPECT_FALSE(test, hvr_ring_out_publish(&g->ring));
	g->page.interrupt_mask = 0;
	KUNIT_EXPECT_TRUE(test, hvr_ring_out_reader_waits(&g->ring));
	/* Not empty before: the guest knows already. */
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 2, NULL, 0), 0);
	KUNIT_EXPECT_FALSE(test, hvr_ring_out_publish(&g->ring));
	/* Empty, and a batch of two: one signal. */
	g->page.out = g->page.in;
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 3, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 4, NULL, 0), 0);
	KUNIT_EXPECT_TRUE(test, hvr_ring_out_publish(&g->ring));
	KUNIT_EXPECT_FALSE(test, hvr_ring_out_publish(&g->ring));
	/* The host's own index in the page does not matter. */
	g->page.out = g->page.in;
	g->page.in = 1;
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 5, NULL, 0), 0);
	KUNIT_EXPECT_TRUE(test, hvr_ring_out_publish(&g->ring));
}

static void test_out_full(struct kunit *test)
{
	struct guest *g = make_guest(test);
	u8 *payload = kunit_kzalloc(test, DATA, GFP_KERNEL);
	int n = 0;

	KUNIT_ASSERT_NOT_NULL(test, payload);
	KUNIT_ASSERT_EQ(test, out_init(g), 0);
	/* The largest that ever fits, and one more. */
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, payload,
					       DATA - 32 + 1), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, payload,
					       HVR_PKT_MAX_PAYLOAD + 1), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, payload,
					       DATA - 32), 0);
	KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, NULL, 0), -EAGAIN);
	hvr_ring_out_publish(&g->ring);
	g->page.out = g->page.in;
	while (!hvr_ring_out_put(&g->ring, 6, 0, 1, payload, 40))
		n++;
	KUNIT_EXPECT_EQ(test, n, 4088 / 64);
	/* A quarter of the ring is asked for. */
	hvr_ring_out_publish(&g->ring);
	KUNIT_EXPECT_FALSE(test, hvr_ring_out_wait(&g->ring, 40));
	KUNIT_EXPECT_EQ(test, g->page.pending_send_size, DATA / 4);
	g->page.out = (g->page.out + 64) % DATA;
	KUNIT_EXPECT_TRUE(test, hvr_ring_out_wait(&g->ring, 40));
	hvr_ring_out_unwait(&g->ring);
	KUNIT_EXPECT_EQ(test, g->page.pending_send_size, 0);
	/* More than a quarter: exactly the packet. */
	KUNIT_EXPECT_FALSE(test, hvr_ring_out_wait(&g->ring, 2000));
	KUNIT_EXPECT_EQ(test, g->page.pending_send_size, 2024);
}

static void test_out_bad_index(struct kunit *test)
{
	static const u32 bad[] = { 1, DATA, ~0u };
	struct guest *g = make_guest(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		g->page.in = 0;
		g->page.out = 0;
		KUNIT_ASSERT_EQ(test, out_init(g), 0);
		g->page.out = bad[i];
		KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, NULL, 0),
				-EIO);
		g->page.out = 0;
		KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 0, 1, NULL, 0),
				-EIO);
		KUNIT_EXPECT_FALSE(test, hvr_ring_out_publish(&g->ring));
	}
}

/* What the host wrote at every position reads back as a guest would read it. */
static void test_out_wrap(struct kunit *test)
{
	struct guest *g = make_guest(test);
	struct hvr_ring back;
	u8 payload[61];
	u32 at;

	for (at = 0; at < sizeof(payload); at++)
		payload[at] = at ^ 0x5a;
	for (at = 0; at < DATA; at += 8) {
		g->page.in = at;
		g->page.out = at;
		KUNIT_ASSERT_EQ(test, in_init(g), 0);
		back = g->ring;
		KUNIT_ASSERT_EQ(test, out_init(g), 0);
		KUNIT_EXPECT_EQ(test, hvr_ring_out_put(&g->ring, 6, 1, at, payload,
						       sizeof(payload)), 0);
		hvr_ring_out_publish(&g->ring);
		KUNIT_ASSERT_EQ(test, hvr_ring_in_next(&back, &g->buf, &g->pkt), 1);
		KUNIT_EXPECT_EQ(test, g->pkt.trans_id, at);
		KUNIT_EXPECT_EQ(test, g->pkt.payload_len, 64);
		KUNIT_EXPECT_EQ(test, memcmp(g->pkt.payload, payload,
					     sizeof(payload)), 0);
	}
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(test_in_plain),
	KUNIT_CASE(test_in_wrap),
	KUNIT_CASE(test_in_init_indexes),
	KUNIT_CASE(test_in_bad_index_later),
	KUNIT_CASE(test_in_packets),
	KUNIT_CASE(test_in_limits),
	KUNIT_CASE(test_in_payload_limit),
	KUNIT_CASE(test_in_mask),
	KUNIT_CASE(test_in_pending),
	KUNIT_CASE(test_out_plain),
	KUNIT_CASE(test_out_signal),
	KUNIT_CASE(test_out_full),
	KUNIT_CASE(test_out_bad_index),
	KUNIT_CASE(test_out_wrap),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "hvroot_vmbus_ring",
	.test_cases = ring_cases,
};

kunit_test_suites(&ring_suite);
