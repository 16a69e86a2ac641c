// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest page lists: shapes that pass, shapes that must not, limits.
 */
#include <kunit/test.h>

#include "../vmbus/gpadl.c"

#define RANGE(bytes, offset)	((u64)(offset) << 32 | (u32)(bytes))

struct gpadl_case {
	const char *name;
	u32 list_bytes;
	u32 range_count;
	u32 nr_words;		/* words that come */
	u64 words[6];
	int create;		/* expected of create */
	int append;		/* expected of append, when created */
};

static const struct gpadl_case cases[] = {
	{ "one page", 16, 1, 2, { RANGE(4096, 0), 5 }, 0, 1 },
	{ "one byte", 16, 1, 2, { RANGE(1, 0xfff), 5 }, 0, 1 },
	{ "two bytes over a page end", 24, 1, 3, { RANGE(2, 0xfff), 5, 6 }, 0, 1 },
	{ "two ranges", 40, 2, 5,
	  { RANGE(4096, 0), 5, RANGE(8192, 0), 6, 7 }, 0, 1 },
	{ "words left over", 32, 1, 4, { RANGE(4096, 0), 5, 6, 7 }, 0, 1 },
	{ "partial word claimed", 23, 1, 2, { RANGE(4096, 0), 5 }, 0, 1 },
	{ "surplus words", 16, 1, 5, { RANGE(4096, 0), 5, 6, 7, 8 }, 0, 1 },
	{ "the same page twice", 24, 1, 3, { RANGE(8192, 0), 5, 5 }, 0, 1 },
	{ "not yet complete", 24, 1, 2, { RANGE(8192, 0), 5 }, 0, 0 },
	{ "length 0", 0, 1, 0, { 0 }, -EINVAL, 0 },
	{ "length 7", 7, 1, 0, { 0 }, -EINVAL, 0 },
	{ "a header word alone", 8, 1, 1, { RANGE(4096, 0) }, -EINVAL, 0 },
	{ "no ranges", 16, 0, 2, { RANGE(4096, 0), 5 }, -EINVAL, 0 },
	{ "byte count 0", 16, 1, 2, { RANGE(0, 0), 5 }, 0, -EINVAL },
	{ "offset 0x1000", 24, 1, 3, { RANGE(1, 0x1000), 5, 6 }, 0, -EINVAL },
	{ "offset ~0", 24, 1, 3, { RANGE(1, ~0u), 5, 6 }, 0, -EINVAL },
	{ "byte count ~0", 24, 1, 3, { RANGE(~0u, 0xfff), 5, 6 }, 0, -EINVAL },
	{ "page too few", 16, 1, 2, { RANGE(4097, 0), 5 }, 0, -EINVAL },
	{ "second range without header", 16, 2, 2, { RANGE(4096, 0), 5 }, 0, -EINVAL },
	{ "second range without pages", 24, 2, 3,
	  { RANGE(4096, 0), 5, RANGE(4096, 0) }, 0, -EINVAL },
	{ "many ranges claimed", 16, 65535, 2, { RANGE(4096, 0), 5 }, 0, -EINVAL },
};

static void test_shapes(struct kunit *test)
{
	struct hvr_gpadl_owner owner = { 0 };
	struct hvr_gpadl_table table;
	struct hvr_gpadl *gpadl;
	unsigned int i;

	hvr_gpadl_table_init(&table);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gpadl_case *c = &cases[i];

		gpadl = hvr_gpadl_create(&table, &owner, 1, c->list_bytes,
					 c->range_count);
		KUNIT_EXPECT_EQ_MSG(test, (int)PTR_ERR_OR_ZERO(gpadl), c->create,
				    "%s", c->name);
		if (IS_ERR(gpadl))
			continue;
		KUNIT_EXPECT_EQ_MSG(test, c->append,
				    hvr_gpadl_append(&table, gpadl, c->words,
						     c->nr_words * 8),
				    "%s", c->name);
		hvr_gpadl_destroy(&table, gpadl);
	}
	KUNIT_EXPECT_EQ(test, table.count, 0);
	KUNIT_EXPECT_EQ(test, table.incomplete, 0);
	KUNIT_EXPECT_EQ(test, table.words, 0);
	KUNIT_EXPECT_EQ(test, owner.count, 0);
}

/* A list in pieces: bodies, a partial word at the end of each. */
static void test_pieces(struct kunit *test)
{
	struct hvr_gpadl_owner owner = { 0 };
	struct hvr_gpadl_table table;
	struct hvr_gpadl *gpadl;
	u64 words[3] = { RANGE(8192, 0), 11, 12 };

	hvr_gpadl_table_init(&table);
	gpadl = hvr_gpadl_create(&table, &owner, 1, sizeof(words), 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(gpadl));
	KUNIT_EXPECT_EQ(test, table.incomplete, 1);
	KUNIT_EXPECT_PTR_EQ(test, hvr_gpadl_find_incomplete(&table, 1), gpadl);
	KUNIT_EXPECT_EQ(test, hvr_gpadl_append(&table, gpadl, words, 0), 0);
	KUNIT_EXPECT_EQ(test, hvr_gpadl_append(&table, gpadl, words, 15), 0);
	KUNIT_EXPECT_EQ(test, hvr_gpadl_append(&table, gpadl, words + 1, 16), 1);
	KUNIT_EXPECT_EQ(test, table.incomplete, 0);
	KUNIT_EXPECT_NULL(test, hvr_gpadl_find_incomplete(&table, 1));
	KUNIT_EXPECT_PTR_EQ(test, hvr_gpadl_find(&table, &owner, 1), gpadl);
	KUNIT_EXPECT_EQ(test, gpadl->words[2], 12);
	hvr_gpadl_destroy(&table, gpadl);
}

static void test_ids(struct kunit *test)
{
	struct hvr_gpadl_owner one = { 0 }, two = { 0 };
	u64 words[2] = { RANGE(4096, 0), 5 };
	struct hvr_gpadl_table table;
	struct hvr_gpadl *a, *b;

	hvr_gpadl_table_init(&table);
	a = hvr_gpadl_create(&table, &one, 7, 16, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(a));
	/* Incomplete: the id is taken for every channel. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(hvr_gpadl_create(&table, &two, 7, 16, 1)),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, hvr_gpadl_append(&table, a, words, 16), 1);
	/* Complete: only for its own. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(hvr_gpadl_create(&table, &one, 7, 16, 1)),
			-EEXIST);
	b = hvr_gpadl_create(&table, &two, 7, 16, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(b));
	KUNIT_EXPECT_PTR_EQ(test, hvr_gpadl_find(&table, &one, 7), a);
	KUNIT_EXPECT_PTR_EQ(test, hvr_gpadl_find(&table, &two, 7), b);
	KUNIT_EXPECT_NULL(test, hvr_gpadl_find(&table, &two, 8));
	hvr_gpadl_destroy(&table, a);
	hvr_gpadl_destroy(&table, b);
}

/* Make @n lists of @bytes; complete ones when @words. Returns how many worked. */
static u32 make_many(struct hvr_gpadl_table *table, struct hvr_gpadl_owner *owner,
		     u32 n, u32 bytes, const u64 *words)
{
	struct hvr_gpadl *gpadl;
	u32 i;

	for (i = 0; i < n; i++) {
		gpadl = hvr_gpadl_create(table, owner, i, bytes, 1);
		if (IS_ERR(gpadl))
			break;
		if (words)
			hvr_gpadl_append(table, gpadl, words, bytes);
	}
	return i;
}

static void drop_all(struct hvr_gpadl_table *table)
{
	struct hvr_gpadl *gpadl, *tmp;

	list_for_each_entry_safe(gpadl, tmp, &table->list, node)
		hvr_gpadl_destroy(table, gpadl);
}

static void test_limits(struct kunit *test)
{
	struct hvr_gpadl_owner *owners;
	u64 words[2] = { RANGE(4096, 0), 5 };
	struct hvr_gpadl_table table;
	u32 i, total = 0;

	owners = kunit_kcalloc(test, 40, sizeof(*owners), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, owners);
	hvr_gpadl_table_init(&table);
	KUNIT_EXPECT_EQ(test, make_many(&table, owners, 1000, 16, NULL),
			GPADL_MAX_INCOMPLETE);
	drop_all(&table);
	KUNIT_EXPECT_EQ(test, make_many(&table, owners, 1000, 16, words),
			GPADL_MAX_PER_CHANNEL);
	drop_all(&table);
	for (i = 0; i < 40; i++)
		total += make_many(&table, &owners[i], 1000, 16, words);
	KUNIT_EXPECT_EQ(test, total, GPADL_MAX_PER_BUS);
	drop_all(&table);
	/* Words are charged when they are claimed. */
	words[0] = RANGE(8190 * 4096, 0);
	KUNIT_EXPECT_EQ(test, make_many(&table, owners, 1000, 65535, NULL),
			GPADL_MAX_WORDS / 8191);
	drop_all(&table);
	KUNIT_EXPECT_EQ(test, table.words, 0);
}

struct ring_case {
	const char *name;
	u64 range;
	u32 page_offset;
	int ret;
};

static const struct ring_case ring_cases[] = {
	{ "2 + 2 pages", RANGE(4 * 4096, 0), 2, 0 },
	{ "2 + 6 pages", RANGE(8 * 4096, 0), 2, 0 },
	{ "offset 0", RANGE(4 * 4096, 0), 0, -EINVAL },
	{ "no inbound data", RANGE(4 * 4096, 0), 1, -EINVAL },
	{ "no outbound data", RANGE(4 * 4096, 0), 3, -EINVAL },
	{ "offset at the end", RANGE(4 * 4096, 0), 4, -EINVAL },
	{ "offset behind the end", RANGE(4 * 4096, 0), 5, -EINVAL },
	{ "offset ~0", RANGE(4 * 4096, 0), ~0u, -EINVAL },
	{ "odd size", RANGE(4 * 4096 - 8, 0), 2, -EINVAL },
	{ "byte offset", RANGE(4 * 4096, 8), 2, -EINVAL },
	{ "two pages", RANGE(2 * 4096, 0), 1, -EINVAL },
};

static void test_ring(struct kunit *test)
{
	struct hvr_gpadl_owner owner = { 0 };
	struct hvr_gpadl_table table;
	struct hvr_gpadl *gpadl;
	const u64 *gfns;
	unsigned int i;
	u32 pages;

	hvr_gpadl_table_init(&table);
	gpadl = hvr_gpadl_create(&table, &owner, 1, 80, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(gpadl));
	for (i = 0; i < ARRAY_SIZE(ring_cases); i++) {
		gpadl->words[0] = ring_cases[i].range;
		KUNIT_EXPECT_EQ_MSG(test, ring_cases[i].ret,
				    hvr_gpadl_ring(gpadl, ring_cases[i].page_offset,
						   &gfns, &pages),
				    "%s", ring_cases[i].name);
	}
	gpadl->words[0] = RANGE(4 * 4096, 0);
	gpadl->range_count = 2;
	KUNIT_EXPECT_EQ(test, hvr_gpadl_ring(gpadl, 2, &gfns, &pages), -EINVAL);
	gpadl->range_count = 1;
	KUNIT_EXPECT_EQ(test, hvr_gpadl_ring(gpadl, 2, &gfns, &pages), 0);
	KUNIT_EXPECT_EQ(test, pages, 4);
	KUNIT_EXPECT_PTR_EQ(test, gfns, (const u64 *)&gpadl->words[1]);
	hvr_gpadl_destroy(&table, gpadl);
}

static struct kunit_case gpadl_cases[] = {
	KUNIT_CASE(test_shapes),
	KUNIT_CASE(test_pieces),
	KUNIT_CASE(test_ids),
	KUNIT_CASE(test_limits),
	KUNIT_CASE(test_ring),
	{}
};

static struct kunit_suite gpadl_suite = {
	.name = "hvroot_vmbus_gpadl",
	.test_cases = gpadl_cases,
};

kunit_test_suites(&gpadl_suite);
