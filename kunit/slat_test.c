// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second-level tables with an entry format of no CPU.
 */
#include <kunit/test.h>

#include "fake_backend.h"
#include "../hvcore/slat.c"

#define RW	(HVR_ACCESS_READ | HVR_ACCESS_WRITE)
#define RX	(HVR_ACCESS_READ | HVR_ACCESS_EXEC)
#define RWX	(RW | HVR_ACCESS_EXEC)

/* A gfn whose index is different on every level. */
#define GFN	((1ULL << 27) + (2ULL << 18) + (3ULL << 9) + 4)
#define GFN_2M	(GFN & ~511ULL)
#define GFN_1G	(GFN & ~((1ULL << 18) - 1))
/* Frames: multiples of a 1 GiB page. */
#define PFN	(5ULL << 18)

struct slat_fixture {
	struct hvr_slat slat;
	struct hvr_slat_gone gone;
};

static int slat_test_init(struct kunit *test)
{
	struct slat_fixture *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, x);
	KUNIT_ASSERT_EQ(test, hvr_slat_init(&x->slat), 0);
	test->priv = x;
	return 0;
}

static void slat_test_exit(struct kunit *test)
{
	struct slat_fixture *x = test->priv;

	hvr_slat_free(&x->slat, &x->gone);
	hvr_slat_exit(&x->slat);
}

/* Take the flush that was due, free what waited for it. */
static bool settled(struct slat_fixture *x)
{
	bool flush = x->gone.flush;

	hvr_slat_free(&x->slat, &x->gone);
	return flush;
}

static int map(struct slat_fixture *x, u64 gfn, u64 pfn, unsigned int level,
	       unsigned int access)
{
	struct hvr_slat_cache cache = {};
	int err;

	err = hvr_slat_cache_fill(&x->slat, &cache);
	if (!err) {
		spin_lock(&x->slat.lock);
		err = hvr_slat_map(&x->slat, gfn, pfn, level, access, &cache,
				   &x->gone);
		spin_unlock(&x->slat.lock);
	}
	hvr_slat_cache_drop(&cache);
	return err;
}

static u64 *leaf_at(struct slat_fixture *x, u64 gfn, unsigned int *level)
{
	u64 *entry = descend(&x->slat, gfn, level);

	return present(&x->slat, *entry) ? entry : NULL;
}

/* Frame that @gfn is mapped to, all ones for none. */
static u64 frame(struct slat_fixture *x, u64 gfn)
{
	unsigned int level;
	u64 *entry = leaf_at(x, gfn, &level);

	if (!entry)
		return ~0ULL;
	return ((*entry & FAKE_ADDRESS) >> 12) +
	       (gfn & (hvr_slat_span(level) - 1));
}

static unsigned int level_of(struct slat_fixture *x, u64 gfn)
{
	unsigned int level;

	return leaf_at(x, gfn, &level) ? level : 0;
}

static unsigned int rights(struct slat_fixture *x, u64 gfn)
{
	unsigned int level;
	u64 *entry = leaf_at(x, gfn, &level);

	return entry ? fake_slat_format.access(*entry) : 0;
}

static void zap(struct slat_fixture *x, u64 gfn, u64 end,
		const struct hvr_slat_sink *sink)
{
	spin_lock(&x->slat.lock);
	while (gfn < end)
		gfn = hvr_slat_zap(&x->slat, gfn, end, sink, &x->gone);
	spin_unlock(&x->slat.lock);
}

static void detach(struct slat_fixture *x, u64 gfn, u64 end)
{
	spin_lock(&x->slat.lock);
	hvr_slat_detach(&x->slat, gfn, end, &x->gone);
	spin_unlock(&x->slat.lock);
}

static unsigned int age(struct slat_fixture *x, u64 gfn, unsigned int clear)
{
	unsigned int state;

	spin_lock(&x->slat.lock);
	state = hvr_slat_age(&x->slat, gfn, clear, &x->gone);
	spin_unlock(&x->slat.lock);
	return state;
}

/* ---- map ---- */

static void map_each_level(struct kunit *test)
{
	static const unsigned int tables[] = { 0, 3, 2, 1 };
	struct slat_fixture *x = test->priv;
	unsigned int level;

	for (level = 1; level <= 3; level++) {
		u64 mask = hvr_slat_span(level) - 1;

		KUNIT_EXPECT_EQ(test, map(x, GFN & ~mask, PFN, level, RWX), 0);
		KUNIT_EXPECT_EQ(test, level_of(x, GFN), level);
		KUNIT_EXPECT_EQ(test, frame(x, GFN), PFN + (GFN & mask));
		KUNIT_EXPECT_EQ(test, frame(x, GFN | mask), PFN + mask);
		KUNIT_EXPECT_EQ(test, frame(x, (GFN | mask) + 1), ~0ULL);
		KUNIT_EXPECT_EQ(test, rights(x, GFN), RWX);
		KUNIT_EXPECT_EQ(test, x->slat.pages, 1 + tables[level]);
		KUNIT_EXPECT_FALSE(test, settled(x));
		detach(x, GFN & ~mask, (GFN | mask) + 1);
		KUNIT_EXPECT_TRUE(test, settled(x));
		KUNIT_EXPECT_EQ(test, x->slat.pages, 1);
	}
}

static void map_edges(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	u64 last = hvr_slat_gfn_limit(&x->slat) - 1;

	KUNIT_EXPECT_EQ(test, last, (1ULL << 36) - 1);
	KUNIT_EXPECT_EQ(test, map(x, 0, PFN, 1, RW), 0);
	KUNIT_EXPECT_EQ(test, map(x, last, PFN + 1, 1, RX), 0);
	KUNIT_EXPECT_EQ(test, frame(x, 0), PFN);
	KUNIT_EXPECT_EQ(test, frame(x, last), PFN + 1);
	KUNIT_EXPECT_EQ(test, rights(x, 0), RW);
	KUNIT_EXPECT_EQ(test, rights(x, last), RX);
	detach(x, 0, last + 1);
	settled(x);
	KUNIT_EXPECT_EQ(test, x->slat.pages, 1);
}

static void map_needs_cache(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	struct hvr_slat_cache cache = {};
	int err;

	spin_lock(&x->slat.lock);
	err = hvr_slat_map(&x->slat, GFN, PFN, 1, RW, &cache, &x->gone);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_EQ(test, frame(x, GFN), ~0ULL);

	/* The neighbour's tables serve. */
	KUNIT_EXPECT_EQ(test, map(x, GFN, PFN, 1, RW), 0);
	spin_lock(&x->slat.lock);
	err = hvr_slat_map(&x->slat, GFN + 1, PFN + 1, 1, RW, &cache, &x->gone);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, frame(x, GFN + 1), PFN + 1);
}

static void map_again(struct kunit *test)
{
	struct slat_fixture *x = test->priv;

	map(x, GFN, PFN, 1, RX);
	/* Rights are added, never taken, and nothing is flushed for it. */
	KUNIT_EXPECT_EQ(test, map(x, GFN, PFN, 1, RW), 0);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), RWX);
	KUNIT_EXPECT_EQ(test, map(x, GFN, PFN, 1, HVR_ACCESS_READ), 0);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), RWX);
	KUNIT_EXPECT_FALSE(test, settled(x));
	/* Another frame: the old rights go with the old frame. */
	KUNIT_EXPECT_EQ(test, map(x, GFN, PFN + 7, 1, HVR_ACCESS_READ), 0);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), HVR_ACCESS_READ);
	KUNIT_EXPECT_EQ(test, frame(x, GFN), PFN + 7);
	KUNIT_EXPECT_TRUE(test, settled(x));
}

static void map_keeps_state_bits(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	unsigned int level;

	map(x, GFN, PFN, 1, RW);
	*leaf_at(x, GFN, &level) |= FAKE_ACCESSED | FAKE_DIRTY;
	/* A second VP's fault on what is mapped already changes nothing. */
	map(x, GFN, PFN, 1, RW);
	KUNIT_EXPECT_EQ(test, age(x, GFN, 0), HVR_SLAT_ACCESSED | HVR_SLAT_DIRTY);
}

static void map_large_over_small(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	unsigned long pages;

	map(x, GFN, PFN + 4, 1, RW);
	map(x, GFN + 1, PFN + 5, 1, RW);
	pages = x->slat.pages;
	KUNIT_EXPECT_EQ(test, map(x, GFN_2M, PFN, 2, RW), 0);
	KUNIT_EXPECT_EQ(test, level_of(x, GFN), 2);
	/* The table waits for the flush. */
	KUNIT_EXPECT_EQ(test, x->slat.pages, pages);
	KUNIT_EXPECT_TRUE(test, settled(x));
	KUNIT_EXPECT_EQ(test, x->slat.pages, pages - 1);
}

static void map_small_over_large(struct kunit *test)
{
	struct slat_fixture *x = test->priv;

	map(x, GFN_2M, PFN, 2, HVR_ACCESS_READ);
	/* What the large leaf grants needs no small one ... */
	KUNIT_EXPECT_EQ(test, map(x, GFN, PFN + 4, 1, HVR_ACCESS_READ), 0);
	KUNIT_EXPECT_EQ(test, level_of(x, GFN), 2);
	KUNIT_EXPECT_FALSE(test, settled(x));
	/* ... more rights or another frame do: the rest faults again. */
	KUNIT_EXPECT_EQ(test, map(x, GFN, PFN + 4, 1, RW), 0);
	KUNIT_EXPECT_EQ(test, level_of(x, GFN), 1);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), RW);
	KUNIT_EXPECT_EQ(test, frame(x, GFN + 1), ~0ULL);
	KUNIT_EXPECT_TRUE(test, settled(x));
}

/* ---- zap and detach ---- */

struct lost_record {
	u64 gfn[8], nr_pages[8];
	bool accessed[8], dirty[8];
	unsigned int n;
};

static void record_lost(void *ctx, u64 gfn, u64 nr_pages, bool accessed,
			bool dirty)
{
	struct lost_record *r = ctx;

	if (r->n >= ARRAY_SIZE(r->gfn))
		return;
	r->gfn[r->n] = gfn;
	r->nr_pages[r->n] = nr_pages;
	r->accessed[r->n] = accessed;
	r->dirty[r->n] = dirty;
	r->n++;
}

static void zap_tells_the_sink(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	struct lost_record *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct hvr_slat_sink sink = { .lost = record_lost, .ctx = r };
	unsigned int level;

	KUNIT_ASSERT_NOT_NULL(test, r);
	map(x, GFN_2M, PFN, 2, RW);
	map(x, GFN_2M + 512 + 3, PFN + 1024, 1, RW);
	*leaf_at(x, GFN_2M, &level) |= FAKE_DIRTY | FAKE_ACCESSED;
	*leaf_at(x, GFN_2M + 515, &level) |= FAKE_ACCESSED;

	/* One page of the large leaf takes all of it. */
	zap(x, GFN, GFN + 1, &sink);
	KUNIT_ASSERT_EQ(test, r->n, 1);
	KUNIT_EXPECT_EQ(test, r->gfn[0], GFN_2M);
	KUNIT_EXPECT_EQ(test, r->nr_pages[0], 512);
	KUNIT_EXPECT_TRUE(test, r->accessed[0] && r->dirty[0]);
	KUNIT_EXPECT_EQ(test, frame(x, GFN_2M), ~0ULL);
	KUNIT_EXPECT_TRUE(test, settled(x));

	zap(x, GFN_2M + 512, GFN_2M + 515, &sink);
	KUNIT_EXPECT_FALSE(test, settled(x));
	zap(x, GFN_2M, GFN_2M + 1024, &sink);
	KUNIT_ASSERT_EQ(test, r->n, 2);
	KUNIT_EXPECT_EQ(test, r->gfn[1], GFN_2M + 515);
	KUNIT_EXPECT_TRUE(test, r->accessed[1] && !r->dirty[1]);
	KUNIT_EXPECT_TRUE(test, settled(x));
}

static void zap_is_bounded(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	u64 end = 512 * (2 * WALK_BATCH + 5);
	unsigned int calls = 0;
	u64 gfn;

	for (gfn = 0; gfn < end; gfn += 512)
		KUNIT_ASSERT_EQ(test, map(x, gfn, PFN, 1, RW), 0);
	spin_lock(&x->slat.lock);
	for (gfn = 0; gfn < end && calls < 100; calls++)
		gfn = hvr_slat_zap(&x->slat, gfn, end, NULL, &x->gone);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_EQ(test, gfn, end);
	KUNIT_EXPECT_EQ(test, calls, 3);
	for (gfn = 0; gfn < end; gfn += 512)
		KUNIT_EXPECT_EQ(test, frame(x, gfn), ~0ULL);

	/* Nothing there: a whole 48-bit space is a few calls. */
	detach(x, 0, end);
	settled(x);
	calls = 0;
	end = hvr_slat_gfn_limit(&x->slat);
	spin_lock(&x->slat.lock);
	for (gfn = 0; gfn < end && calls < 100; calls++)
		gfn = hvr_slat_zap(&x->slat, gfn, end, NULL, &x->gone);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_EQ(test, gfn, end);
	KUNIT_EXPECT_LE(test, calls, 512 / WALK_BATCH);
}

static void detach_spares_the_neighbours(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	u64 from = GFN, to = GFN + (3ULL << 18) + 600;

	map(x, from - 1, PFN, 1, RW);
	map(x, from, PFN + 1, 1, RW);
	map(x, GFN_1G + (1ULL << 18), PFN, 3, RW);
	map(x, GFN_1G + (2ULL << 18) + 512, PFN, 2, RW);
	map(x, to - 1, PFN + 2, 1, RW);
	map(x, to, PFN + 3, 1, RW);
	detach(x, from, to);
	KUNIT_EXPECT_EQ(test, frame(x, from - 1), PFN);
	KUNIT_EXPECT_EQ(test, frame(x, from), ~0ULL);
	KUNIT_EXPECT_EQ(test, frame(x, GFN_1G + (1ULL << 18)), ~0ULL);
	KUNIT_EXPECT_EQ(test, frame(x, GFN_1G + (2ULL << 18) + 512), ~0ULL);
	KUNIT_EXPECT_EQ(test, frame(x, to - 1), ~0ULL);
	KUNIT_EXPECT_EQ(test, frame(x, to), PFN + 3);
	KUNIT_EXPECT_TRUE(test, settled(x));
	/* Root, one table of level 3, two of level 2 and of level 1. */
	KUNIT_EXPECT_EQ(test, x->slat.pages, 6);
	detach(x, from - 1, from);
	detach(x, to, to + 1);
	settled(x);
	KUNIT_EXPECT_EQ(test, x->slat.pages, 1);
}

/* ---- accessed and dirty ---- */

static void age_with_bits(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	unsigned int level;
	u64 *entry;

	KUNIT_EXPECT_EQ(test, age(x, GFN, HVR_SLAT_DIRTY), 0);
	map(x, GFN, PFN, 1, RW);
	KUNIT_EXPECT_EQ(test, age(x, GFN, HVR_SLAT_DIRTY), 0);
	KUNIT_EXPECT_FALSE(test, settled(x));

	entry = leaf_at(x, GFN, &level);
	*entry |= FAKE_ACCESSED | FAKE_DIRTY;
	KUNIT_EXPECT_EQ(test, age(x, GFN, 0), HVR_SLAT_ACCESSED | HVR_SLAT_DIRTY);
	KUNIT_EXPECT_FALSE(test, settled(x));
	KUNIT_EXPECT_EQ(test, age(x, GFN, HVR_SLAT_DIRTY),
			HVR_SLAT_ACCESSED | HVR_SLAT_DIRTY);
	KUNIT_EXPECT_TRUE(test, settled(x));
	KUNIT_EXPECT_EQ(test, age(x, GFN, HVR_SLAT_ACCESSED), HVR_SLAT_ACCESSED);
	KUNIT_EXPECT_EQ(test, age(x, GFN, 0), 0);
	KUNIT_EXPECT_EQ(test, rights(x, GFN), RW);
	KUNIT_EXPECT_EQ(test, frame(x, GFN), PFN);
}

static void age_without_bits(struct kunit *test)
{
	struct slat_fixture *x = test->priv;

	x->slat.format = &fake_slat_format_plain;
	map(x, GFN, PFN, 1, RWX);
	KUNIT_EXPECT_EQ(test, age(x, GFN, HVR_SLAT_DIRTY),
			HVR_SLAT_ACCESSED | HVR_SLAT_DIRTY);
	KUNIT_EXPECT_TRUE(test, settled(x));
	KUNIT_EXPECT_EQ(test, rights(x, GFN), RX);
	KUNIT_EXPECT_EQ(test, age(x, GFN, HVR_SLAT_DIRTY), HVR_SLAT_ACCESSED);
	KUNIT_EXPECT_FALSE(test, settled(x));
	/* The write faults, and is seen. */
	map(x, GFN, PFN, 1, RWX);
	KUNIT_EXPECT_EQ(test, age(x, GFN, 0), HVR_SLAT_ACCESSED | HVR_SLAT_DIRTY);
	age(x, GFN, HVR_SLAT_ACCESSED);
	KUNIT_EXPECT_TRUE(test, settled(x));
	KUNIT_EXPECT_EQ(test, age(x, GFN, 0), 0);
	KUNIT_EXPECT_EQ(test, frame(x, GFN), ~0ULL);
}

static void write_protect(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	u64 end = GFN + 3;
	u64 gfn;

	for (gfn = GFN; gfn < end + 1; gfn++)
		map(x, gfn, PFN + gfn, 1, RWX);
	spin_lock(&x->slat.lock);
	for (gfn = GFN; gfn < end;)
		gfn = hvr_slat_write_protect(&x->slat, gfn, end, &x->gone);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_TRUE(test, settled(x));
	for (gfn = GFN; gfn < end; gfn++) {
		KUNIT_EXPECT_EQ(test, rights(x, gfn), RX);
		KUNIT_EXPECT_EQ(test, frame(x, gfn), PFN + gfn);
	}
	KUNIT_EXPECT_EQ(test, rights(x, end), RWX);
}

static void split_all_levels(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	struct hvr_slat_cache cache = {};
	u64 gfn = 0;
	int err;

	map(x, GFN_1G, PFN, 3, RX);
	while (gfn < hvr_slat_gfn_limit(&x->slat)) {
		KUNIT_ASSERT_EQ(test, hvr_slat_cache_fill(&x->slat, &cache), 0);
		spin_lock(&x->slat.lock);
		gfn = hvr_slat_split(&x->slat, gfn, &cache, &x->gone, &err);
		spin_unlock(&x->slat.lock);
		KUNIT_ASSERT_EQ(test, err, 0);
	}
	hvr_slat_cache_drop(&cache);
	KUNIT_EXPECT_TRUE(test, settled(x));
	/* Root, levels 3 and 2, 512 of level 1. */
	KUNIT_EXPECT_EQ(test, x->slat.pages, 3 + 512);
	for (gfn = GFN_1G; gfn < GFN_1G + (1 << 18); gfn += 511) {
		KUNIT_ASSERT_EQ(test, level_of(x, gfn), 1);
		KUNIT_ASSERT_EQ(test, frame(x, gfn), PFN + (gfn - GFN_1G));
		KUNIT_ASSERT_EQ(test, rights(x, gfn), RX);
	}
	gfn = (1 << 18) - 1;
	KUNIT_EXPECT_EQ(test, frame(x, GFN_1G + gfn), PFN + gfn);
}

static void split_needs_cache(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	struct hvr_slat_cache cache = {};
	int err;

	map(x, 0, PFN, 2, RX);
	spin_lock(&x->slat.lock);
	hvr_slat_split(&x->slat, 0, &cache, &x->gone, &err);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_EQ(test, level_of(x, 0), 2);
}

/* ---- against a model ---- */

#define MODEL_PAGES	2048		/* four 2 MiB pages */
#define MODEL_ROUNDS	4000

static u32 next_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void model_map(struct slat_fixture *x, u32 *model, u32 *seed)
{
	u64 gfn = next_random(seed) % MODEL_PAGES;
	unsigned int i;

	if (next_random(seed) % 8) {
		/* Frames follow the gfn, as under one region. */
		map(x, GFN_1G + gfn, PFN + gfn, 1, RW);
		if (!model[gfn])
			model[gfn] = 1;
		return;
	}
	gfn &= ~511ULL;
	map(x, GFN_1G + gfn, PFN + gfn, 2, RW);
	for (i = 0; i < 512; i++)
		model[gfn + i] = 2;
}

static void model_drop(struct slat_fixture *x, u32 *model, u32 *seed)
{
	u64 gfn = next_random(seed) % MODEL_PAGES;
	u64 end = min_t(u64, gfn + 1 + next_random(seed) % 700, MODEL_PAGES);
	u64 i;

	if (next_random(seed) % 2)
		zap(x, GFN_1G + gfn, GFN_1G + end, NULL);
	else
		detach(x, GFN_1G + gfn, GFN_1G + end);
	/* A large leaf goes as a whole. */
	for (i = gfn & ~511ULL; i < gfn; i++)
		if (model[gfn] == 2)
			model[i] = 0;
	for (i = end; (i & 511) && i < MODEL_PAGES; i++)
		if (model[end - 1] == 2)
			model[i] = 0;
	for (i = gfn; i < end; i++)
		model[i] = 0;
}

static void random_operations(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	u32 *model = kunit_kcalloc(test, MODEL_PAGES, sizeof(*model), GFP_KERNEL);
	u32 seed = 1;
	unsigned int round, gfn;

	KUNIT_ASSERT_NOT_NULL(test, model);
	for (round = 0; round < MODEL_ROUNDS; round++) {
		if (next_random(&seed) % 4)
			model_map(x, model, &seed);
		else
			model_drop(x, model, &seed);
		settled(x);
		if (round % 16)
			continue;
		for (gfn = 0; gfn < MODEL_PAGES; gfn++)
			KUNIT_ASSERT_EQ_MSG(test, frame(x, GFN_1G + gfn),
					    model[gfn] ? PFN + gfn : ~0ULL,
					    "round %u, page %u", round, gfn);
	}
	detach(x, GFN_1G, GFN_1G + MODEL_PAGES);
	settled(x);
	KUNIT_EXPECT_EQ(test, x->slat.pages, 1);
}

/* Who finds a leaf gone already must not return before its flush has ended. */
static void late_flushes_are_joined(struct kunit *test)
{
	struct slat_fixture *x = test->priv;
	struct hvr_slat_gone late = {};

	KUNIT_ASSERT_EQ(test, map(x, GFN_2M, PFN, 2, RW), 0);
	spin_lock(&x->slat.lock);
	hvr_slat_zap(&x->slat, GFN_2M, GFN_2M + 1, NULL, &x->gone);
	hvr_slat_zap(&x->slat, GFN_2M + 1, GFN_2M + 2, NULL, &late);
	KUNIT_EXPECT_FALSE(test, late.flush);
	hvr_slat_join_flush(&x->slat, &late);
	KUNIT_EXPECT_TRUE(test, late.flush);
	spin_unlock(&x->slat.lock);

	KUNIT_EXPECT_TRUE(test, settled(x));
	hvr_slat_free(&x->slat, &late);
	KUNIT_EXPECT_EQ(test, x->slat.unflushed, 0U);
	spin_lock(&x->slat.lock);
	hvr_slat_join_flush(&x->slat, &late);
	spin_unlock(&x->slat.lock);
	KUNIT_EXPECT_FALSE(test, late.flush);
}

static struct kunit_case slat_cases[] = {
	KUNIT_CASE(late_flushes_are_joined),
	KUNIT_CASE(map_each_level),
	KUNIT_CASE(map_edges),
	KUNIT_CASE(map_needs_cache),
	KUNIT_CASE(map_again),
	KUNIT_CASE(map_keeps_state_bits),
	KUNIT_CASE(map_large_over_small),
	KUNIT_CASE(map_small_over_large),
	KUNIT_CASE(zap_tells_the_sink),
	KUNIT_CASE(zap_is_bounded),
	KUNIT_CASE(detach_spares_the_neighbours),
	KUNIT_CASE(age_with_bits),
	KUNIT_CASE(age_without_bits),
	KUNIT_CASE(write_protect),
	KUNIT_CASE(split_all_levels),
	KUNIT_CASE(split_needs_cache),
	KUNIT_CASE(random_operations),
	{}
};

static struct kunit_suite slat_suite = {
	.name = "hvroot-slat",
	.init = slat_test_init,
	.exit = slat_test_exit,
	.test_cases = slat_cases,
};

kunit_test_suite(slat_suite);
