// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk of a guest's own page tables, and the fetch of instruction bytes by it.
 *
 * walk_tables() is pure: it sees the guest through struct walk_mode, a copy of the
 * registers that matter, and struct walk_memory, the way to the entries.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "internal.h"

#define CR0_WP		BIT_ULL(16)
#define CR0_PG		BIT_ULL(31)
#define CR4_PSE		BIT_ULL(4)
#define CR4_PAE		BIT_ULL(5)
#define CR4_LA57	BIT_ULL(12)
#define CR4_SMEP	BIT_ULL(20)
#define CR4_SMAP	BIT_ULL(21)
#define EFER_LONG	BIT_ULL(10)	/* active */
#define EFER_NO_EXEC	BIT_ULL(11)
#define RFLAGS_AC	BIT_ULL(18)
#define CS_LONG		BIT(13)
#define CS_BIG		BIT(14)

#define ENTRY_PRESENT	BIT_ULL(0)
#define ENTRY_WRITE	BIT_ULL(1)
#define ENTRY_USER	BIT_ULL(2)
#define ENTRY_ACCESSED	BIT_ULL(5)
#define ENTRY_DIRTY	BIT_ULL(6)
#define ENTRY_LARGE	BIT_ULL(7)
#define ENTRY_NO_EXEC	BIT_ULL(63)
#define ENTRY_ADDRESS	GENMASK_ULL(51, 12)

#define PF_PRESENT	BIT(0)
#define PF_WRITE	BIT(1)
#define PF_USER		BIT(2)
#define PF_RESERVED	BIT(3)
#define PF_FETCH	BIT(4)

#define MAX_LEVELS	5
/* Walks begun again because the guest changed an entry under the walker. */
#define MAX_RESTARTS	8

/* What of the guest's registers decides a walk. */
struct walk_mode {
	u64 cr3;
	unsigned int levels;	/* 0 paging off, 2, 3 (PAE), 4, 5 */
	unsigned int phys_bits;
	bool large_pages;	/* two levels: 4 MiB pages are on */
	bool no_exec;
	bool write_protect;	/* read-only pages hold for the supervisor, too */
	bool smep;
	bool smap;		/* on, and not lifted by RFLAGS.AC */
};

/**
 * struct walk_memory - how entries are had.
 * @read: copy; 0, -EFAULT outside RAM, -EAGAIN when it would sleep
 * @set: set @bits in an entry of @size bytes that still reads @old; 0, -ESTALE when
 *	it reads otherwise, -EFAULT when it cannot be written, -EAGAIN
 * @ctx: for both
 */
struct walk_memory {
	int (*read)(void *ctx, u64 gpa, void *buf, size_t len);
	int (*set)(void *ctx, u64 gpa, unsigned int size, u64 old, u64 bits);
	void *ctx;
};

/* An entry that was used, for setting its bits afterwards. */
struct walk_step {
	u64 gpa;
	u64 entry;
	u64 bits;		/* to be set */
};

struct walk_state {
	struct walk_step step[MAX_LEVELS];
	unsigned int nr_steps;
	bool user, write, no_exec;	/* rights of all levels together */
};

static unsigned int entry_size(const struct walk_mode *m)
{
	return m->levels == 2 ? 4 : 8;
}

static unsigned int level_shift(const struct walk_mode *m, unsigned int level)
{
	return 12 + (m->levels == 2 ? 10 : 9) * (level - 1);
}

/* The four entries of PAE's top level carry no rights and no accessed bit. */
static bool is_pae_top(const struct walk_mode *m, unsigned int level)
{
	return m->levels == 3 && level == 3;
}

static u64 root_table(const struct walk_mode *m)
{
	switch (m->levels) {
	case 2:
		return m->cr3 & GENMASK_ULL(31, 12);
	case 3:
		return m->cr3 & GENMASK_ULL(31, 5);
	default:
		return m->cr3 & ENTRY_ADDRESS;
	}
}

static unsigned int entry_index(const struct walk_mode *m, unsigned int level,
				u64 gva)
{
	unsigned int mask = m->levels == 2 ? 1023 : 511;

	if (is_pae_top(m, level))
		mask = 3;
	return (gva >> level_shift(m, level)) & mask;
}

static bool maps_page(const struct walk_mode *m, unsigned int level, u64 entry)
{
	if (level == 1)
		return true;
	if (!(entry & ENTRY_LARGE))
		return false;
	if (m->levels == 2)
		return m->large_pages;
	return level == 2 || (level == 3 && m->levels >= 4);
}

/* Bits that must be zero in every entry of a table of three levels or more. */
static u64 always_reserved(const struct walk_mode *m)
{
	u64 bits = 0;

	if (m->levels == 2)
		return 0;
	if (m->phys_bits < 52)
		bits = GENMASK_ULL(51, m->phys_bits);
	if (m->levels == 3)
		bits |= GENMASK_ULL(62, 52);
	if (!m->no_exec)
		bits |= ENTRY_NO_EXEC;
	return bits;
}

/* Bits that must be zero in @entry beside these. */
static u64 reserved_bits(const struct walk_mode *m, unsigned int level, u64 entry)
{
	bool large = level > 1 && (entry & ENTRY_LARGE) &&
		     maps_page(m, level, entry);

	if (m->levels == 2) {
		if (!large)
			return 0;
		/* Bits 20 to 13 are bits 39 to 32 of the address. */
		if (m->phys_bits < 40)
			return GENMASK_ULL(39, m->phys_bits) >> 19 | BIT_ULL(21);
		return BIT_ULL(21);
	}
	/* No CPU sets the accessed bit here, but emulated ones do (QEMU's TCG). */
	if (is_pae_top(m, level))
		return ENTRY_NO_EXEC | GENMASK_ULL(8, 6) | GENMASK_ULL(2, 1);
	if (level >= 4)
		return ENTRY_LARGE;
	return large ? GENMASK_ULL(level_shift(m, level) - 1, 13) : 0;
}

static u64 page_address_of(const struct walk_mode *m, unsigned int level,
			   u64 entry, u64 gva)
{
	u64 offset = (1ULL << level_shift(m, level)) - 1;
	u64 base = entry & ENTRY_ADDRESS & ~offset;

	if (m->levels == 2 && level == 2)
		base |= (entry & GENMASK_ULL(20, 13)) << 19;
	return base | (gva & offset);
}

static bool canonical(const struct walk_mode *m, u64 gva)
{
	unsigned int unused = 64 - level_shift(m, m->levels + 1);

	return m->levels < 4 || (u64)((s64)(gva << unused) >> unused) == gva;
}

static int page_fault(const struct walk_mode *m, unsigned int flags, u32 error,
		      struct hvr_walk_result *res)
{
	if (flags & HVR_WALK_WRITE)
		error |= PF_WRITE;
	if (flags & HVR_WALK_USER)
		error |= PF_USER;
	if ((flags & HVR_WALK_EXEC) && (m->no_exec || m->smep))
		error |= PF_FETCH;
	res->pf_error = error;
	res->not_present = !(error & PF_PRESENT);
	return -EFAULT;
}

static bool permitted(const struct walk_mode *m, const struct walk_state *s,
		      unsigned int flags)
{
	bool user = flags & HVR_WALK_USER;

	if (flags & HVR_WALK_NO_CHECK)
		return true;
	if (user && !s->user)
		return false;
	if ((flags & HVR_WALK_WRITE) && !s->write && (user || m->write_protect))
		return false;
	if (flags & HVR_WALK_EXEC)
		return !s->no_exec && (user || !s->user || !m->smep);
	return user || !s->user || !m->smap;
}

/* From the root to the entry that maps @gva: rights and steps into @s. */
static int descend_tables(const struct walk_mode *m,
			  const struct walk_memory *mem, u64 gva,
			  unsigned int flags, struct walk_state *s,
			  struct hvr_walk_result *res)
{
	u64 reserved = always_reserved(m);
	u64 table = root_table(m);
	unsigned int level;

	for (level = m->levels; level; level--) {
		struct walk_step *step = &s->step[s->nr_steps++];
		u64 entry = 0;
		int err;

		step->gpa = table + entry_index(m, level, gva) * entry_size(m);
		err = mem->read(mem->ctx, step->gpa, &entry, entry_size(m));
		if (err) {
			res->gpa = step->gpa;
			res->gpa_unmapped = err != -EAGAIN;
			return err;
		}
		step->entry = entry;
		step->bits = 0;
		if (!(entry & ENTRY_PRESENT))
			return page_fault(m, flags, 0, res);
		if (entry & (reserved | reserved_bits(m, level, entry)))
			return page_fault(m, flags, PF_PRESENT | PF_RESERVED, res);
		if (!is_pae_top(m, level)) {
			s->user &= !!(entry & ENTRY_USER);
			s->write &= !!(entry & ENTRY_WRITE);
			s->no_exec |= m->levels > 2 && (entry & ENTRY_NO_EXEC);
			step->bits = ENTRY_ACCESSED;
		}
		if (maps_page(m, level, entry)) {
			if (flags & HVR_WALK_WRITE)
				step->bits |= ENTRY_DIRTY;
			res->gpa = page_address_of(m, level, entry, gva);
			return 0;
		}
		table = entry & ENTRY_ADDRESS;
	}
	return -EFAULT;
}

/* Tables in read-only memory keep their bits; the CPU would not mind either. */
static int set_accessed(const struct walk_mode *m, const struct walk_memory *mem,
			const struct walk_state *s)
{
	unsigned int i;
	int err;

	for (i = 0; i < s->nr_steps; i++) {
		const struct walk_step *step = &s->step[i];

		if (!(step->bits & ~step->entry))
			continue;
		err = mem->set(mem->ctx, step->gpa, entry_size(m), step->entry,
			       step->bits);
		if (err && err != -EFAULT)
			return err;
	}
	return 0;
}

static int walk_once(const struct walk_mode *m, const struct walk_memory *mem,
		     u64 gva, unsigned int flags, struct hvr_walk_result *res,
		     struct walk_state *s)
{
	int err;

	memset(res, 0, sizeof(*res));
	/* The steps are written before they are counted. */
	s->nr_steps = 0;
	s->user = true;
	s->write = true;
	s->no_exec = false;
	err = descend_tables(m, mem, gva, flags, s, res);
	if (err)
		return err;
	if (!permitted(m, s, flags))
		return page_fault(m, flags, PF_PRESENT, res);
	return flags & HVR_WALK_SET_AD ? set_accessed(m, mem, s) : 0;
}

/* As walk_tables(); after 0 @s holds the steps that led there. */
static int walk_steps(const struct walk_mode *m, const struct walk_memory *mem,
		      u64 gva, unsigned int flags, struct hvr_walk_result *res,
		      struct walk_state *s)
{
	unsigned int tries = MAX_RESTARTS;
	int err;

	memset(res, 0, sizeof(*res));
	s->nr_steps = 0;
	if (m->levels < 4)
		gva = (u32)gva;
	if (!m->levels) {
		res->gpa = gva;
		return 0;
	}
	if (!canonical(m, gva))
		return page_fault(m, flags, 0, res);
	do {
		err = walk_once(m, mem, gva, flags, res, s);
	} while (err == -ESTALE && --tries);
	return err == -ESTALE ? -EFAULT : err;
}

static int walk_tables(const struct walk_mode *m, const struct walk_memory *mem,
		       u64 gva, unsigned int flags, struct hvr_walk_result *res)
{
	struct walk_state s;

	return walk_steps(m, mem, gva, flags, res, &s);
}

/* ---- the walk of a VP ---- */

struct vp_walk {
	struct hvr_vp *vp;
	struct hvr_peek *peek;	/* NULL: may sleep */
};

static int vp_read(void *ctx, u64 gpa, void *buf, size_t len)
{
	struct vp_walk *w = ctx;

	if (w->peek)
		return hvr_guest_peek(w->peek, gpa, buf, len);
	return hvr_guest_read(w->vp->pt, gpa, buf, len);
}

static int vp_set(void *ctx, u64 gpa, unsigned int size, u64 old, u64 bits)
{
	struct vp_walk *w = ctx;
	struct hvr_hold hold;
	void *page, *entry;
	bool same;
	int err;

	if (w->peek)
		return -EAGAIN;
	err = hvr_guest_hold(w->vp->pt, gpa, HVR_HOLD_WRITE, &hold);
	if (err)
		return -EFAULT;
	page = kmap_local_page(hold.page);
	entry = page + offset_in_page(gpa);
	if (size == 4)
		same = cmpxchg((u32 *)entry, (u32)old, (u32)(old | bits)) ==
		       (u32)old;
	else
		same = cmpxchg((u64 *)entry, old, old | bits) == old;
	kunmap_local(page);
	hvr_guest_release(&hold);
	return same ? 0 : -ESTALE;
}

static void walk_mode_of(struct hvr_vp *vp, const struct hvr_context *c,
			 struct walk_mode *m)
{
	memset(m, 0, sizeof(*m));
	if (!(c->cr0 & CR0_PG))
		return;
	if (c->efer & EFER_LONG)
		m->levels = c->cr4 & CR4_LA57 ? 5 : 4;
	else
		m->levels = c->cr4 & CR4_PAE ? 3 : 2;
	m->cr3 = c->cr3;
	m->phys_bits = hvr_cpuid_maxphyaddr(vp);
	m->large_pages = c->cr4 & CR4_PSE;
	m->no_exec = m->levels > 2 && (c->efer & EFER_NO_EXEC);
	m->write_protect = c->cr0 & CR0_WP;
	m->smep = c->cr4 & CR4_SMEP;
	m->smap = (c->cr4 & CR4_SMAP) && !(vp->rflags & RFLAGS_AC);
}

static void mode_of_vp(struct hvr_vp *vp, struct walk_mode *m)
{
	struct hvr_context context;

	hvr_be_call(get_context)(vp, &context);
	walk_mode_of(vp, &context, m);
}

int hvr_walk(struct hvr_vp *vp, u64 gva, unsigned int flags,
	     struct hvr_walk_result *res)
{
	struct vp_walk w = { .vp = vp };
	struct walk_memory mem = { .read = vp_read, .set = vp_set, .ctx = &w };
	struct hvr_peek peek;
	struct walk_mode m;
	int err;

	mode_of_vp(vp, &m);
	if (!(flags & HVR_WALK_ATOMIC))
		return walk_tables(&m, &mem, gva, flags, res);
	w.peek = &peek;
	hvr_guest_peek_begin(&peek, vp->pt);
	err = walk_tables(&m, &mem, gva, flags, res);
	hvr_guest_peek_end(&peek);
	return err;
}

/* ---- instruction fetch ---- */

/* Where the code segment puts the instruction pointer. */
struct fetch_mode {
	u64 base;
	u64 ip_mask;		/* all ones: 64-bit code, base unused */
};

/* Linear address of the byte at @ip; *@n is cut where the pointer wraps round or
 * the page ends.
 */
static u64 fetch_address(const struct fetch_mode *m, u64 ip, unsigned int *n)
{
	bool flat = m->ip_mask == ~0ULL;
	u64 lin;

	ip &= m->ip_mask;
	lin = flat ? ip : (u32)(m->base + ip);
	if (!flat)
		*n = min_t(u64, *n, m->ip_mask - ip + 1);
	*n = min_t(u64, *n, PAGE_SIZE - offset_in_page(lin));
	return lin;
}

static void fetch_mode_of(const struct hvr_context *c, struct fetch_mode *m)
{
	m->base = c->cs.base;
	if ((c->cs.attr & CS_LONG) && (c->efer & EFER_LONG))
		m->ip_mask = ~0ULL;
	else
		m->ip_mask = c->cs.attr & CS_BIG ? GENMASK_ULL(31, 0) :
						   GENMASK_ULL(15, 0);
}

/*
 * Guests exit from the same few places again and again. What a walk finds depends
 * on the control registers and on the entries alone: while these read as they did,
 * so does the result, and reading them is all there is to do.
 */
static bool same_context(struct hvr_vp *vp, const struct hvr_context *c)
{
	const struct hvr_fetch_memo *memo = &vp->fetch_memo;

	return memo->valid && memo->page == vp->rip >> PAGE_SHIFT &&
	       memo->cr3 == c->cr3 && memo->cr4 == c->cr4 &&
	       memo->cr0 == c->cr0 && memo->efer == c->efer &&
	       memo->cpl == c->cpl &&
	       memo->cpuid_changes == READ_ONCE(vp->pt->cpuid.changes);
}

/* 64-bit code has no segment base, so that RIP is the linear address. */
static bool fetch_again(struct hvr_vp *vp, const struct hvr_context *c, u8 *buf,
			unsigned int len)
{
	unsigned int offset = offset_in_page(vp->rip);
	u64 bytes[2];

	if (vp->code_size != 8 || len != sizeof(bytes) ||
	    offset > PAGE_SIZE - sizeof(bytes) || !same_context(vp, c) ||
	    !hvr_guest_mark_read(vp->pt, &vp->fetch_memo.mark, offset, bytes))
		return false;
	memcpy(buf, bytes, sizeof(bytes));
	return true;
}

static void remember(struct vp_walk *w, const struct hvr_context *c,
		     const struct walk_state *s, u64 lin, u64 gpa)
{
	struct hvr_fetch_memo *memo = &w->vp->fetch_memo;
	unsigned int i;

	memo->valid = false;
	if (!w->peek || w->vp->code_size != 8 ||
	    hvr_guest_mark_begin(&memo->mark, w->peek, gpa & PAGE_MASK))
		return;
	/* What stands there now must be what the walk used. */
	for (i = 0; i < s->nr_steps; i++)
		if (hvr_guest_mark_word(&memo->mark, w->peek, s->step[i].gpa,
					s->step[i].entry))
			return;
	memo->page = lin >> PAGE_SHIFT;
	memo->cr0 = c->cr0;
	memo->cr3 = c->cr3;
	memo->cr4 = c->cr4;
	memo->efer = c->efer;
	memo->cpl = c->cpl;
	/* The count that the width of addresses belongs to. */
	memo->cpuid_changes = w->vp->phys_bits_at;
	memo->valid = true;
}

static int walk_code(struct vp_walk *w, const struct hvr_context *c, u64 lin,
		     u64 *gpa)
{
	struct walk_memory mem = { .read = vp_read, .set = vp_set, .ctx = w };
	unsigned int flags = HVR_WALK_EXEC;
	struct hvr_walk_result res;
	struct walk_state s;
	struct walk_mode m;
	int err;

	if (c->cpl == 3)
		flags |= HVR_WALK_USER;
	walk_mode_of(w->vp, c, &m);
	err = walk_steps(&m, &mem, lin, flags, &res, &s);
	if (err)
		return err;
	remember(w, c, &s, lin, res.gpa);
	*gpa = res.gpa;
	return 0;
}

static int fetch_by(struct vp_walk *w, const struct hvr_context *context, u8 *buf,
		    unsigned int len)
{
	unsigned int done, n;
	struct fetch_mode m;
	u64 lin, gpa;
	int err;

	fetch_mode_of(context, &m);
	for (done = 0; done < len; done += n) {
		n = len - done;
		lin = fetch_address(&m, w->vp->rip + done, &n);
		err = walk_code(w, context, lin, &gpa);
		if (!err)
			err = vp_read(w, gpa, buf + done, n);
		if (err == -EAGAIN)
			return err;
		if (err)
			break;
	}
	return done;
}

/* What is resident is had fastest without sleeping. */
static noinline int fetch_anew(struct hvr_vp *vp, const struct hvr_context *context,
			       u8 *buf, unsigned int len, unsigned int flags)
{
	struct hvr_peek peek;
	struct vp_walk w = { .vp = vp, .peek = &peek };
	int n;

	hvr_guest_peek_begin(&peek, vp->pt);
	n = fetch_by(&w, context, buf, len);
	hvr_guest_peek_end(&peek);
	if (n != -EAGAIN || (flags & HVR_WALK_ATOMIC))
		return n;
	w.peek = NULL;
	return fetch_by(&w, context, buf, len);
}

int hvr_fetch_insn_in(struct hvr_vp *vp, const struct hvr_context *context,
		      u8 *buf, unsigned int len, unsigned int flags)
{
	if (fetch_again(vp, context, buf, len))
		return len;
	return fetch_anew(vp, context, buf, len, flags);
}

int hvr_fetch_insn(struct hvr_vp *vp, u8 *buf, unsigned int len,
		   unsigned int flags)
{
	struct hvr_context context;

	hvr_be_call(get_context)(vp, &context);
	return hvr_fetch_insn_in(vp, &context, buf, len, flags);
}
