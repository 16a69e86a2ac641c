// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk of guest page tables in every paging mode, over a guest that is a
 * buffer; then the same through a VP of the fake backend.
 */
#include <kunit/test.h>

#include "fake_backend.h"

#define GUEST_PAGES	16
#define GUEST_SIZE	(GUEST_PAGES * 4096)
#define PHYS_BITS	40

/* Addresses of the tables of most tests; the page of data is at PAGE. */
#define ROOT		0x1000
#define TABLE3		0x2000
#define TABLE2		0x3000
#define TABLE1		0x4000
#define PAGE		0x5000
#define NEXT_PAGE	0x7000

static u8 *guest;
/* What the guest does between a read of an entry and the setting of its bits. */
static u64 race_gpa, race_value;
static unsigned int races;
static bool not_resident;

static int walk_test_read(struct hvr_partition *pt, u64 gpa, void *buf, size_t len)
{
	memset(buf, 0, len);
	if (gpa >= GUEST_SIZE || len > GUEST_SIZE - gpa)
		return -EFAULT;
	memcpy(buf, guest + gpa, len);
	return 0;
}

static unsigned int peeks;

static void walk_test_peek_begin(struct hvr_peek *peek, struct hvr_partition *pt)
{
}

static void walk_test_peek_end(struct hvr_peek *peek)
{
}

static int walk_test_peek(struct hvr_peek *peek, u64 gpa, void *buf, size_t len)
{
	peeks++;
	return not_resident ? -EAGAIN : walk_test_read(NULL, gpa, buf, len);
}

/* Here an address in the guest serves for the VMM's. */
static int walk_test_mark_begin(struct hvr_peek_mark *mark, struct hvr_peek *peek,
				u64 gpa)
{
	mark->nr = 0;
	mark->hva = gpa;
	return 0;
}

static int walk_test_mark_word(struct hvr_peek_mark *mark, struct hvr_peek *peek,
			       u64 gpa, u64 value)
{
	mark->word[mark->nr].hva = gpa;
	mark->word[mark->nr++].value = value;
	return 0;
}

static bool walk_test_mark_read(struct hvr_partition *pt,
				const struct hvr_peek_mark *mark,
				unsigned int offset, u64 *buf)
{
	unsigned int i;

	for (i = 0; i < mark->nr; i++)
		if (memcmp(guest + mark->word[i].hva, &mark->word[i].value, 8))
			return false;
	memcpy(buf, guest + mark->hva + offset, 16);
	return true;
}

static int walk_test_hold(struct hvr_partition *pt, u64 gpa, unsigned int flags,
			  struct hvr_hold *hold)
{
	return -EFAULT;
}

static void walk_test_release(struct hvr_hold *hold)
{
}

static unsigned int walk_test_maxphyaddr(struct hvr_vp *vp)
{
	return PHYS_BITS;
}

#define hvr_guest_read		walk_test_read
#define hvr_guest_peek_begin	walk_test_peek_begin
#define hvr_guest_peek_end	walk_test_peek_end
#define hvr_guest_peek		walk_test_peek
#define hvr_guest_mark_begin	walk_test_mark_begin
#define hvr_guest_mark_word	walk_test_mark_word
#define hvr_guest_mark_read	walk_test_mark_read
#define hvr_guest_hold		walk_test_hold
#define hvr_guest_release	walk_test_release
#define hvr_cpuid_maxphyaddr	walk_test_maxphyaddr
#include "../hvcore/walk.c"

#define P	ENTRY_PRESENT
#define W	ENTRY_WRITE
#define U	ENTRY_USER
#define A	ENTRY_ACCESSED
#define D	ENTRY_DIRTY
#define PS	ENTRY_LARGE
#define NX	ENTRY_NO_EXEC
#define PWU	(P | W | U)

/* A canonical address that has different indices: 1, 2, 3, 4, offset 0x567. */
#define GVA	((1ULL << 39) + (2ULL << 30) + (3ULL << 21) + (4ULL << 12) + 0x567)
/* The same for two levels (index 3, 4) and PAE (2, 3, 4). */
#define GVA32	((3ULL << 22) + (4ULL << 12) + 0x567)
#define GVA_PAE	((2ULL << 30) + (3ULL << 21) + (4ULL << 12) + 0x567)

static void put(u64 gpa, u64 val, unsigned int size)
{
	memcpy(guest + gpa, &val, size);
}

static u64 get(u64 gpa, unsigned int size)
{
	u64 val = 0;

	memcpy(&val, guest + gpa, size);
	return val;
}

static int buffer_read(void *ctx, u64 gpa, void *buf, size_t len)
{
	int err = walk_test_read(NULL, gpa, buf, len);

	if (races && gpa == race_gpa) {
		races--;
		put(gpa, race_value, len);
	}
	return err;
}

static int buffer_set(void *ctx, u64 gpa, unsigned int size, u64 old, u64 bits)
{
	if (get(gpa, size) != old)
		return -ESTALE;
	put(gpa, old | bits, size);
	return 0;
}

static const struct walk_memory buffer = {
	.read = buffer_read, .set = buffer_set,
};

static int walk_test_init(struct kunit *test)
{
	guest = kunit_kzalloc(test, GUEST_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, guest);
	races = 0;
	not_resident = false;
	return 0;
}

/* Entries for GVA, GVA_PAE or GVA32; @r4 to @r1 are the bits of each level. */
static void build4(u64 r4, u64 r3, u64 r2, u64 r1)
{
	put(ROOT + 8, TABLE3 | r4, 8);
	put(TABLE3 + 16, r3 & PS ? r3 : TABLE2 | r3, 8);
	put(TABLE2 + 24, r2 & PS ? r2 : TABLE1 | r2, 8);
	put(TABLE1 + 32, PAGE | r1, 8);
}

static void build_pae(u64 r3, u64 r2, u64 r1)
{
	put(ROOT + 0x20 + 16, TABLE2 | r3, 8);
	put(TABLE2 + 24, r2 & PS ? r2 : TABLE1 | r2, 8);
	put(TABLE1 + 32, PAGE | r1, 8);
}

static void build2(u64 r2, u64 r1)
{
	put(ROOT + 12, r2 & PS ? r2 : TABLE1 | r2, 4);
	put(TABLE1 + 16, PAGE | r1, 4);
}

static const struct walk_mode long_mode = {
	.cr3 = ROOT | 0x18, .levels = 4, .phys_bits = PHYS_BITS, .no_exec = true,
	.write_protect = true,
};

static const struct walk_mode pae_mode = {
	.cr3 = ROOT + 0x20, .levels = 3, .phys_bits = PHYS_BITS, .no_exec = true,
	.write_protect = true,
};

static const struct walk_mode two_level_mode = {
	.cr3 = ROOT | 0x18, .levels = 2, .phys_bits = PHYS_BITS,
	.large_pages = true, .write_protect = true,
};

/* ---- rights, on four levels ---- */

#define PF_P	PF_PRESENT

struct rights_case {
	const char *name;
	u64 r[4];			/* levels 4 to 1 */
	unsigned int flags;		/* HVR_WALK_* */
	bool no_wp, smep, smap, no_nxe;
	int err;
	u32 pf_error;
};

#define W_WRITE	HVR_WALK_WRITE
#define W_EXEC	HVR_WALK_EXEC
#define W_USER	HVR_WALK_USER

static const struct rights_case rights_cases[] = {
	{ "all", { PWU, PWU, PWU, PWU }, W_USER | W_WRITE },
	{ "supervisor", { P | W, P | W, P | W, P | W }, W_WRITE },
	{ "level 4 absent", { W | U, PWU, PWU, PWU }, 0, .err = -EFAULT },
	{ "level 3 absent", { PWU, W | U, PWU, PWU }, W_WRITE, .err = -EFAULT,
	  .pf_error = PF_WRITE },
	{ "level 1 absent", { PWU, PWU, PWU, 0 }, W_USER | W_EXEC, .err = -EFAULT,
	  .pf_error = PF_USER | PF_FETCH },
	{ "user to supervisor page", { PWU, PWU, P | W, PWU }, W_USER,
	  .err = -EFAULT, .pf_error = PF_P | PF_USER },
	{ "unchecked", { P, P, P, P | NX }, W_USER | W_WRITE | W_EXEC |
	  HVR_WALK_NO_CHECK },
	{ "read only at level 3", { PWU, P | U, PWU, PWU }, W_WRITE,
	  .err = -EFAULT, .pf_error = PF_P | PF_WRITE },
	{ "read only, WP off", { PWU, P | U, PWU, PWU }, W_WRITE, .no_wp = true },
	{ "read only, WP off, user", { PWU, P | U, PWU, PWU }, W_WRITE | W_USER,
	  .no_wp = true, .err = -EFAULT, .pf_error = PF_P | PF_WRITE | PF_USER },
	{ "no execute at level 2", { PWU, PWU, PWU | NX, PWU }, W_EXEC,
	  .err = -EFAULT, .pf_error = PF_P | PF_FETCH },
	{ "no execute, read", { PWU, PWU, PWU | NX, PWU }, 0 },
	{ "no execute bit reserved", { PWU, PWU, PWU | NX, PWU }, 0,
	  .no_nxe = true, .err = -EFAULT, .pf_error = PF_P | PF_RESERVED },
	{ "SMEP", { PWU, PWU, PWU, PWU }, W_EXEC, .smep = true, .err = -EFAULT,
	  .pf_error = PF_P | PF_FETCH },
	{ "SMEP, user", { PWU, PWU, PWU, PWU }, W_EXEC | W_USER, .smep = true },
	{ "SMEP, supervisor page", { PWU, PWU, PWU, P }, W_EXEC, .smep = true },
	{ "SMAP", { PWU, PWU, PWU, PWU }, W_WRITE, .smap = true, .err = -EFAULT,
	  .pf_error = PF_P | PF_WRITE },
	{ "SMAP, user", { PWU, PWU, PWU, PWU }, W_WRITE | W_USER, .smap = true },
	{ "SMAP, fetch", { PWU, PWU, PWU, PWU }, W_EXEC, .smap = true },
	{ "fetch without NX and SMEP", { PWU, PWU, PWU, 0 }, W_EXEC,
	  .no_nxe = true, .err = -EFAULT, .pf_error = 0 },
	{ "address too large", { PWU, PWU, PWU | BIT_ULL(PHYS_BITS), PWU }, 0,
	  .err = -EFAULT, .pf_error = PF_P | PF_RESERVED },
	{ "address too large in leaf", { PWU, PWU, PWU, PWU | BIT_ULL(51) },
	  W_USER, .err = -EFAULT, .pf_error = PF_P | PF_RESERVED | PF_USER },
	{ "software bits", { PWU | BIT_ULL(52), PWU | BIT_ULL(62), PWU,
	  PWU | BIT_ULL(58) }, 0 },
	{ "large bit at level 4", { PWU | PS, PWU, PWU, PWU }, 0, .err = -EFAULT,
	  .pf_error = PF_P | PF_RESERVED },
	{ "level 1 PAT bit is no large bit", { PWU, PWU, PWU, PWU | PS }, 0 },
};

static void four_level_rights(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rights_cases); i++) {
		const struct rights_case *c = &rights_cases[i];
		struct walk_mode m = long_mode;
		struct hvr_walk_result res;
		int err;

		m.write_protect = !c->no_wp;
		m.smep = c->smep;
		m.smap = c->smap;
		m.no_exec = !c->no_nxe;
		build4(c->r[0], c->r[1], c->r[2], c->r[3]);
		err = walk_tables(&m, &buffer, GVA, c->flags, &res);
		KUNIT_EXPECT_EQ_MSG(test, err, c->err, "%s", c->name);
		KUNIT_EXPECT_EQ_MSG(test, res.pf_error, c->pf_error, "%s", c->name);
		KUNIT_EXPECT_FALSE_MSG(test, res.gpa_unmapped, "%s", c->name);
		KUNIT_EXPECT_EQ_MSG(test, res.not_present,
				    err && !(c->pf_error & PF_P), "%s", c->name);
		if (!err)
			KUNIT_EXPECT_EQ_MSG(test, res.gpa, PAGE + 0x567, "%s",
					    c->name);
	}
}

/* ---- sizes and modes ---- */

static void paging_off(struct kunit *test)
{
	struct walk_mode m = { .cr3 = ~0ULL };
	struct hvr_walk_result res;

	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, 0x123456789aULL,
					  W_USER | W_WRITE, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, 0x3456789aULL);
}

static void large_pages(struct kunit *test)
{
	struct hvr_walk_result res;

	/* 1 GiB */
	build4(PWU, PWU | PS | (7ULL << 30), 0, 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, (7ULL << 30) + (GVA & (SZ_1G - 1)));
	/* bit 12 is the PAT bit, 13 to 29 are reserved */
	build4(PWU, PWU | PS | (7ULL << 30) | BIT_ULL(12), 0, 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, (7ULL << 30) + (GVA & (SZ_1G - 1)));
	build4(PWU, PWU | PS | (7ULL << 30) | BIT_ULL(29), 0, 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA, 0, &res),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_RESERVED);

	/* 2 MiB */
	build4(PWU, PWU, PWU | PS | (9ULL << 21), 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, (9ULL << 21) + (GVA & (SZ_2M - 1)));
	build4(PWU, PWU, PWU | PS | (9ULL << 21) | BIT_ULL(13), 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA, 0, &res),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_RESERVED);
}

static void five_levels(struct kunit *test)
{
	u64 gva = GVA | (6ULL << 48);
	struct walk_mode m = long_mode;
	struct hvr_walk_result res;

	build4(PWU, PWU, PWU, PWU);
	m.levels = 5;
	m.cr3 = 0x6000;
	put(0x6000 + 6 * 8, ROOT | PWU, 8);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, gva, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, PAGE + 0x567);
	/* Bit 56 without 57 to 63 */
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, gva | BIT_ULL(56), 0, &res),
			-EFAULT);
	put(0x6000 + 6 * 8, ROOT | PWU | PS, 8);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, gva, 0, &res), -EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_RESERVED);
}

static void non_canonical(struct kunit *test)
{
	struct hvr_walk_result res;
	u64 high = GENMASK_ULL(63, 48) | GVA;

	build4(PWU, PWU, PWU, PWU);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA | BIT_ULL(47),
					  0, &res), -EFAULT);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, high, 0, &res),
			-EFAULT);
	/* The upper half has entries of its own. */
	put(ROOT + 257 * 8, TABLE3 | PWU, 8);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, high | BIT_ULL(47),
					  0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, PAGE + 0x567);
}

static void pae(struct kunit *test)
{
	struct hvr_walk_result res;
	struct walk_mode m = pae_mode;
	unsigned int bit;

	/* The root's entries hold no rights; upper bits of the address are cut. */
	build_pae(P, PWU, PWU);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA_PAE | BIT_ULL(32),
					  W_USER | W_WRITE, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, PAGE + 0x567);
	for (bit = 1; bit < 64; bit++) {
		bool reserved = bit <= 2 || (bit >= 6 && bit <= 8) ||
				bit >= PHYS_BITS;

		if (bit >= 12 && bit < PHYS_BITS)
			continue;
		build_pae(P | BIT_ULL(bit), PWU, PWU);
		KUNIT_EXPECT_EQ_MSG(test,
				    walk_tables(&m, &buffer, GVA_PAE, 0, &res),
				    reserved ? -EFAULT : 0, "bit %u", bit);
	}
	build_pae(P, PWU, PWU | BIT_ULL(52));
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA_PAE, 0, &res), -EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_RESERVED);
	build_pae(P, PWU, PWU | NX);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA_PAE, W_EXEC, &res),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_FETCH);
	build_pae(P, PWU | PS | (9ULL << 21), 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA_PAE, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, (9ULL << 21) + (GVA_PAE & (SZ_2M - 1)));
}

static void two_levels(struct kunit *test)
{
	struct walk_mode m = two_level_mode;
	struct hvr_walk_result res;

	build2(PWU, PWU);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA32 | BIT_ULL(35),
					  W_USER | W_WRITE, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, PAGE + 0x567);
	/* A fetch fault carries no fetch bit here. */
	build2(PWU, P);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA32, W_USER | W_EXEC, &res),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_USER);

	/* 4 MiB, bits 13 to 20 are bits 32 to 39 of the address */
	build2(PWU | PS | (5ULL << 22) | (0xabULL << 13), 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA32, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa,
			(0xabULL << 32) + (5ULL << 22) + (GVA32 & (SZ_4M - 1)));
	m.phys_bits = 36;
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA32, 0, &res), -EFAULT);
	KUNIT_EXPECT_EQ(test, res.pf_error, PF_P | PF_RESERVED);
	m.phys_bits = PHYS_BITS;
	build2(PWU | PS | BIT_ULL(21), 0);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA32, 0, &res), -EFAULT);

	/* Without CR4.PSE the bit means nothing. */
	m.large_pages = false;
	put(ROOT + 12, TABLE1 | PWU | PS, 4);
	put(TABLE1 + 16, PAGE | PWU, 4);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA32, 0, &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, PAGE + 0x567);
}

/* ---- bad tables and bits ---- */

static void tables_outside_ram(struct kunit *test)
{
	struct walk_mode m = long_mode;
	struct hvr_walk_result res;

	build4(PWU, PWU, PWU, PWU);
	put(TABLE3 + 16, (1ULL << 30) | PWU, 8);
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA, 0, &res), -EFAULT);
	KUNIT_EXPECT_TRUE(test, res.gpa_unmapped);
	KUNIT_EXPECT_EQ(test, res.gpa, (1ULL << 30) + 24);
	m.cr3 = 1ULL << 39;
	KUNIT_EXPECT_EQ(test, walk_tables(&m, &buffer, GVA, 0, &res), -EFAULT);
	KUNIT_EXPECT_TRUE(test, res.gpa_unmapped);
}

static void accessed_and_dirty(struct kunit *test)
{
	struct hvr_walk_result res;

	build4(PWU, PWU, PWU, PWU);
	walk_tables(&long_mode, &buffer, GVA, 0, &res);
	KUNIT_EXPECT_EQ(test, get(TABLE1 + 32, 8), PAGE | PWU);
	walk_tables(&long_mode, &buffer, GVA, HVR_WALK_SET_AD, &res);
	KUNIT_EXPECT_EQ(test, get(ROOT + 8, 8), TABLE3 | PWU | A);
	KUNIT_EXPECT_EQ(test, get(TABLE2 + 24, 8), TABLE1 | PWU | A);
	KUNIT_EXPECT_EQ(test, get(TABLE1 + 32, 8), PAGE | PWU | A);
	walk_tables(&long_mode, &buffer, GVA, HVR_WALK_SET_AD | W_WRITE, &res);
	KUNIT_EXPECT_EQ(test, get(TABLE2 + 24, 8), TABLE1 | PWU | A);
	KUNIT_EXPECT_EQ(test, get(TABLE1 + 32, 8), PAGE | PWU | A | D);

	/* A refused access leaves no trace. */
	build4(PWU, PWU, PWU, P);
	walk_tables(&long_mode, &buffer, GVA, HVR_WALK_SET_AD | W_USER, &res);
	KUNIT_EXPECT_EQ(test, get(ROOT + 8, 8), TABLE3 | PWU);

	/* PAE's top level has no such bit. */
	build_pae(P, PWU, PWU);
	walk_tables(&pae_mode, &buffer, GVA_PAE, HVR_WALK_SET_AD, &res);
	KUNIT_EXPECT_EQ(test, get(ROOT + 0x30, 8), TABLE2 | P);
	KUNIT_EXPECT_EQ(test, get(TABLE1 + 32, 8), PAGE | PWU | A);
}

static void guest_races(struct kunit *test)
{
	struct hvr_walk_result res;

	/* The entry changes once: the second walk sees the new one. */
	build4(PWU, PWU, PWU, PWU);
	race_gpa = TABLE1 + 32;
	race_value = NEXT_PAGE | PWU;
	races = 1;
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &buffer, GVA, HVR_WALK_SET_AD,
					  &res), 0);
	KUNIT_EXPECT_EQ(test, res.gpa, NEXT_PAGE + 0x567);
	KUNIT_EXPECT_EQ(test, get(TABLE1 + 32, 8), NEXT_PAGE | PWU | A);
}

static int always_stale(void *ctx, u64 gpa, unsigned int size, u64 old, u64 bits)
{
	races++;
	return -ESTALE;
}

static void guest_races_for_ever(struct kunit *test)
{
	const struct walk_memory stale = {
		.read = buffer_read, .set = always_stale,
	};
	struct hvr_walk_result res;

	race_gpa = ~0ULL;
	build4(PWU, PWU, PWU, PWU);
	KUNIT_EXPECT_EQ(test, walk_tables(&long_mode, &stale, GVA, HVR_WALK_SET_AD,
					  &res), -EFAULT);
	KUNIT_EXPECT_EQ(test, races, MAX_RESTARTS);
}

/* ---- through a VP ---- */

static struct fake_vp *long_mode_vp(struct kunit *test)
{
	struct fake_vp *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->hwreg[HVR_HWREG_CR0] = CR0_PG | CR0_WP | 1;
	f->hwreg[HVR_HWREG_CR3] = ROOT;
	f->hwreg[HVR_HWREG_CR4] = CR4_PAE;
	f->hwreg[HVR_HWREG_EFER] = EFER_LONG | EFER_NO_EXEC;
	f->segment[HVR_SEG_CS].attr = CS_LONG;
	return f;
}

static void mode_from_registers(struct kunit *test)
{
	struct fake_vp *f = long_mode_vp(test);
	struct walk_mode m;

	mode_of_vp(&f->vp, &m);
	KUNIT_EXPECT_EQ(test, m.levels, 4);
	KUNIT_EXPECT_TRUE(test, m.no_exec && m.write_protect);
	f->hwreg[HVR_HWREG_CR4] |= CR4_LA57 | CR4_SMAP | CR4_SMEP;
	mode_of_vp(&f->vp, &m);
	KUNIT_EXPECT_EQ(test, m.levels, 5);
	KUNIT_EXPECT_TRUE(test, m.smap && m.smep);
	f->vp.rflags = RFLAGS_AC;
	mode_of_vp(&f->vp, &m);
	KUNIT_EXPECT_FALSE(test, m.smap);
	f->hwreg[HVR_HWREG_EFER] = EFER_NO_EXEC;
	f->hwreg[HVR_HWREG_CR4] = CR4_PAE;
	mode_of_vp(&f->vp, &m);
	KUNIT_EXPECT_EQ(test, m.levels, 3);
	f->hwreg[HVR_HWREG_CR4] = CR4_PSE;
	mode_of_vp(&f->vp, &m);
	KUNIT_EXPECT_EQ(test, m.levels, 2);
	KUNIT_EXPECT_TRUE(test, m.large_pages && !m.no_exec);
	f->hwreg[HVR_HWREG_CR0] = 1;
	mode_of_vp(&f->vp, &m);
	KUNIT_EXPECT_EQ(test, m.levels, 0);
}

static void fill_pattern(u64 gpa, unsigned int len, u8 first)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		guest[gpa + i] = first + i;
}

static void fetch_across_pages(struct kunit *test)
{
	struct fake_vp *f = long_mode_vp(test);
	u8 buf[16] = {};
	int i, n;

	build4(PWU, PWU, PWU, PWU);
	put(TABLE1 + 40, NEXT_PAGE | PWU, 8);
	fill_pattern(PAGE + 0xffb, 5, 1);
	fill_pattern(NEXT_PAGE, 11, 6);
	f->vp.rip = (GVA & ~0xfffULL) + 0xffb;
	n = hvr_fetch_insn(&f->vp, buf, 15, 0);
	KUNIT_EXPECT_EQ(test, n, 15);
	for (i = 0; i < 15; i++)
		KUNIT_EXPECT_EQ(test, buf[i], i + 1);

	/* The next page is absent, not executable, or outside RAM. */
	put(TABLE1 + 40, NEXT_PAGE, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 5);
	put(TABLE1 + 40, NEXT_PAGE | PWU | NX, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 5);
	put(TABLE1 + 40, (1ULL << 30) | PWU, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 5);
	put(TABLE1 + 32, 0, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 0);
}

static void fetch_again_from_a_page(struct kunit *test)
{
	struct fake_vp *f = long_mode_vp(test);
	u8 buf[16];

	f->vp.pt = kunit_kzalloc(test, sizeof(*f->vp.pt), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->vp.pt);
	f->vp.code_size = 8;
	f->vp.rip = GVA;
	build4(PWU, PWU, PWU, PWU);
	guest[PAGE + 0x567] = 1;
	guest[NEXT_PAGE + 0x567] = 2;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 16);
	KUNIT_EXPECT_EQ(test, buf[0], 1);
	/* Not walked again, but the bytes are read again. */
	peeks = 0;
	guest[PAGE + 0x567] = 3;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 16);
	KUNIT_EXPECT_EQ(test, peeks, 0);
	KUNIT_EXPECT_EQ(test, buf[0], 3);
	/* An entry, a register or the page is another: walked again. */
	put(TABLE1 + 32, NEXT_PAGE | PWU, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 16);
	KUNIT_EXPECT_EQ(test, buf[0], 2);
	put(TABLE1 + 32, NEXT_PAGE | PWU | NX, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 0);
	put(TABLE1 + 32, NEXT_PAGE | P, 8);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 16);
	f->segment[HVR_SEG_SS].attr = 3 << 5;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 0);
	f->segment[HVR_SEG_SS].attr = 0;
	f->hwreg[HVR_HWREG_CR3] = 0x6000;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 16, 0), 0);
}

static void fetch_as_user(struct kunit *test)
{
	struct fake_vp *f = long_mode_vp(test);
	u8 buf[16];

	build4(PWU, PWU, PWU, P);
	f->vp.rip = GVA;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 15);
	f->segment[HVR_SEG_SS].attr = 3 << 5;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 0);
	build4(PWU, PWU, PWU, P | U);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 15);
}

static void fetch_in_real_mode(struct kunit *test)
{
	struct fake_vp *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	u8 buf[16] = {};

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->segment[HVR_SEG_CS].base = 0x1000;
	f->vp.rip = 0x234;
	fill_pattern(0x1234, 15, 1);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 15);
	KUNIT_EXPECT_EQ(test, buf[14], 15);

	/* IP wraps at 64 KiB inside its segment: 0xfffe, 0xffff, 0. */
	f->segment[HVR_SEG_CS].base = 0xffff0000;
	f->vp.rip = 0xfffe;
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 4, 0), 0);
	f->segment[HVR_SEG_CS].base = 0xffff8000;
	f->vp.rip = 0x8ffe;			/* linear 0xffe */
	fill_pattern(0xffe, 4, 0x31);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 4, 0), 4);
	KUNIT_EXPECT_EQ(test, buf[3], 0x34);
}

static void fetch_addresses(struct kunit *test)
{
	const struct fetch_mode ip16 = { .base = 0xf0000, .ip_mask = 0xffff };
	const struct fetch_mode ip32 = { .base = 0x1000, .ip_mask = 0xffffffff };
	const struct fetch_mode ip64 = { .base = 0x1000, .ip_mask = ~0ULL };
	unsigned int n = 15;

	KUNIT_EXPECT_EQ(test, fetch_address(&ip16, 0xfffb, &n), 0xffffbULL);
	KUNIT_EXPECT_EQ(test, n, 5);
	n = 15;
	KUNIT_EXPECT_EQ(test, fetch_address(&ip16, 0x10000, &n), 0xf0000ULL);
	KUNIT_EXPECT_EQ(test, n, 15);
	KUNIT_EXPECT_EQ(test, fetch_address(&ip32, 0xfffffffe, &n), 0xffeULL);
	KUNIT_EXPECT_EQ(test, n, 2);
	n = 15;
	KUNIT_EXPECT_EQ(test, fetch_address(&ip64, 0xffffffffffff0ffeULL, &n),
			0xffffffffffff0ffeULL);
	KUNIT_EXPECT_EQ(test, n, 2);
}

static void atomic_walk(struct kunit *test)
{
	struct fake_vp *f = long_mode_vp(test);
	struct hvr_walk_result res;
	u8 buf[16];

	build4(PWU, PWU, PWU, PWU);
	f->vp.rip = GVA;
	KUNIT_EXPECT_EQ(test, hvr_walk(&f->vp, GVA, HVR_WALK_ATOMIC, &res), 0);
	/* Setting bits may sleep. */
	KUNIT_EXPECT_EQ(test, hvr_walk(&f->vp, GVA, HVR_WALK_ATOMIC |
				       HVR_WALK_SET_AD, &res), -EAGAIN);
	not_resident = true;
	KUNIT_EXPECT_EQ(test, hvr_walk(&f->vp, GVA, HVR_WALK_ATOMIC, &res), -EAGAIN);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, HVR_WALK_ATOMIC),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, hvr_fetch_insn(&f->vp, buf, 15, 0), 15);
	/* Tables in read-only memory are no fault. */
	KUNIT_EXPECT_EQ(test, hvr_walk(&f->vp, GVA, HVR_WALK_SET_AD, &res), 0);
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(four_level_rights),
	KUNIT_CASE(paging_off),
	KUNIT_CASE(large_pages),
	KUNIT_CASE(five_levels),
	KUNIT_CASE(non_canonical),
	KUNIT_CASE(pae),
	KUNIT_CASE(two_levels),
	KUNIT_CASE(tables_outside_ram),
	KUNIT_CASE(accessed_and_dirty),
	KUNIT_CASE(guest_races),
	KUNIT_CASE(guest_races_for_ever),
	KUNIT_CASE(mode_from_registers),
	KUNIT_CASE(fetch_across_pages),
	KUNIT_CASE(fetch_again_from_a_page),
	KUNIT_CASE(fetch_as_user),
	KUNIT_CASE(fetch_in_real_mode),
	KUNIT_CASE(fetch_addresses),
	KUNIT_CASE(atomic_walk),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "hvroot-walk",
	.init = walk_test_init,
	.test_cases = walk_cases,
};

kunit_test_suite(walk_suite);
