// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segment registers between struct hvr_segment and the CPU's format, and the
 * conditions that an entry puts on them. Pure.
 */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "pure.h"
#include "vmcs.h"

#define TYPE		0xfU
#define ACCESSED	0x1U
#define WRITABLE	0x2U	/* data; code: readable */
#define CONFORMING	0x4U	/* code; data: expand down */
#define CODE		0x8U
#define S		BIT(4)
#define DPL_SHIFT	5
#define DPL		(3U << DPL_SHIFT)
#define P		BIT(7)
#define L		BIT(13)
#define DB		BIT(14)
#define G		BIT(15)
#define KNOWN		VMX_SEG_KNOWN

#define TI		BIT(2)	/* of a selector */

u32 vmx_pack_rights(u16 attr)
{
	u32 rights = attr & KNOWN;

	return rights & P ? rights : rights | VMX_SEG_UNUSABLE;
}

static bool usable(const struct vmx_segment *s)
{
	return !(s->rights & VMX_SEG_UNUSABLE);
}

/* Granularity and limit have to agree. */
static void fix_limit(struct vmx_segment *s)
{
	if (s->limit >> 20) {
		s->limit |= 0xfff;
		s->rights |= G;
	} else if ((s->limit & 0xfff) != 0xfff) {
		s->rights &= ~G;
	}
}

static void set_usable(struct vmx_segment *s, u32 set)
{
	s->rights = (s->rights & KNOWN) | P | set;
}

/* Bases of these have no upper half. */
static void fix_base(struct vmx_segment *s)
{
	s->base = (u32)s->base;
}

static void set_dpl(struct vmx_segment *s, u32 dpl)
{
	s->rights = (s->rights & ~DPL) | dpl << DPL_SHIFT;
}

static u32 get_dpl(const struct vmx_segment *s)
{
	return (s->rights & DPL) >> DPL_SHIFT;
}

static void fix_v86(struct vmx_segment seg[HVR_NR_SEGS])
{
	unsigned int i;

	for (i = HVR_SEG_ES; i <= HVR_SEG_GS; i++) {
		seg[i].base = (u32)seg[i].selector << 4;
		seg[i].limit = 0xffff;
		seg[i].rights = P | DPL | S | WRITABLE | ACCESSED;
	}
}

/* SS.DPL is the CPU's privilege level, usable or not. */
static void fix_stack(struct vmx_segment *ss, const struct vmx_mode *mode)
{
	if (!mode->protected) {
		set_usable(ss, S);
		set_dpl(ss, 0);
	}
	if (!usable(ss))
		return;
	set_usable(ss, S | WRITABLE | ACCESSED);
	ss->rights &= ~CODE;
	fix_base(ss);
	fix_limit(ss);
}

static void fix_code(struct vmx_segment *cs, struct vmx_segment *ss,
		     const struct vmx_mode *mode)
{
	set_usable(cs, S | ACCESSED);
	if (!(cs->rights & CODE)) {
		/* A data segment, as after a jump in real mode. */
		cs->rights = (cs->rights & ~TYPE) | WRITABLE | ACCESSED;
		set_dpl(cs, 0);
		set_dpl(ss, 0);
	} else if (!(cs->rights & CONFORMING) || get_dpl(cs) > get_dpl(ss)) {
		set_dpl(cs, get_dpl(ss));
	}
	if (mode->long_mode && (cs->rights & L))
		cs->rights &= ~DB;
	fix_base(cs);
	fix_limit(cs);
}

static void fix_data(struct vmx_segment *s, const struct vmx_mode *mode,
		     bool narrow)
{
	if (!mode->protected)
		set_usable(s, S);
	if (!usable(s))
		return;
	set_usable(s, S | ACCESSED);
	if (s->rights & CODE)
		s->rights |= WRITABLE;
	if (narrow)
		fix_base(s);
	fix_limit(s);
}

static void fix_system(struct vmx_segment *s, u32 type)
{
	s->rights = (s->rights & KNOWN & ~(TYPE | S)) | P | type;
	s->selector &= ~TI;
	fix_limit(s);
}

void vmx_fix_segments(struct vmx_segment seg[HVR_NR_SEGS],
		      const struct vmx_mode *mode)
{
	struct vmx_segment *tr = &seg[HVR_SEG_TR];
	unsigned int i;

	if (mode->v86) {
		fix_v86(seg);
	} else {
		fix_stack(&seg[HVR_SEG_SS], mode);
		fix_code(&seg[HVR_SEG_CS], &seg[HVR_SEG_SS], mode);
		for (i = HVR_SEG_ES; i <= HVR_SEG_GS; i++)
			if (i != HVR_SEG_CS && i != HVR_SEG_SS)
				fix_data(&seg[i], mode, i < HVR_SEG_FS);
	}
	if (usable(&seg[HVR_SEG_LDTR]))
		fix_system(&seg[HVR_SEG_LDTR], WRITABLE);
	/* The task register is never empty: a busy TSS of the mode's size. */
	fix_system(tr, mode->long_mode || (tr->rights & CODE) ? 11 : 3);
}
