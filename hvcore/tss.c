// SPDX-License-Identifier: GPL-2.0-only
/*
 * Task-state segments in their two sizes, descriptors, and the checks of a hardware
 * task switch. Pure.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/processor-flags.h>

#include "tss.h"

/* Attributes of a segment. */
#define TYPE		0xfU
#define WRITABLE	0x2U	/* data; code: readable */
#define CONFORMING	0x4U	/* code; data: expand down */
#define CODE		0x8U
#define S		BIT(4)
#define P		BIT(7)
#define DB		BIT(14)
#define G		BIT(15)
#define KNOWN		0xf0ffU

/* System types. */
#define TYPE_TSS	0x1U	/* 16 bits, available */
#define TYPE_LDT	0x2U
#define TYPE_WIDE	0x8U

#define RPL		3U

#define VECTOR_TS	10
#define VECTOR_NP	11
#define VECTOR_SS	12
#define VECTOR_GP	13

#define EFLAGS_LOADED	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_TF | \
			 X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_OF | \
			 X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF | \
			 X86_EFLAGS_VM | X86_EFLAGS_AC | X86_EFLAGS_VIF | \
			 X86_EFLAGS_VIP | X86_EFLAGS_ID)

/* ---- task-state segments ---- */

/* Offsets. Registers follow each other; selectors stand in slots of the same width. */
struct layout {
	u8 size;
	u8 width;
	u8 saved, saved_end;
	u8 cr3;			/* 0: has none */
	u8 eip, eflags, gpr;
	u8 seg, nr_segs;
	u8 ldt;
	u8 trap;		/* 0: has none */
};

static const struct layout narrow_tss = {
	.size = 44, .width = 2, .saved = 0x0e, .saved_end = 0x2a,
	.eip = 0x0e, .eflags = 0x10, .gpr = 0x12,
	.seg = 0x22, .nr_segs = 4, .ldt = 0x2a,
};

static const struct layout wide_tss = {
	.size = HVR_TSS_MAX, .width = 4, .saved = 0x20, .saved_end = 0x60,
	.cr3 = 0x1c, .eip = 0x20, .eflags = 0x24, .gpr = 0x28,
	.seg = 0x48, .nr_segs = 6, .ldt = 0x60, .trap = 0x64,
};

static const struct layout *layout_of(bool wide)
{
	return wide ? &wide_tss : &narrow_tss;
}

unsigned int hvr_tss_size(bool wide)
{
	return layout_of(wide)->size;
}

void hvr_tss_saved_part(bool wide, unsigned int *first, unsigned int *len)
{
	const struct layout *l = layout_of(wide);

	*first = l->saved;
	*len = l->saved_end - l->saved;
}

static u32 load(const u8 *from, unsigned int width)
{
	u32 val = 0;

	memcpy(&val, from, width);
	return val;
}

static void store(u8 *to, u32 val, unsigned int width)
{
	memcpy(to, &val, width);
}

void hvr_tss_parse(const u8 *image, bool wide, struct hvr_task_state *state)
{
	const struct layout *l = layout_of(wide);
	unsigned int i;

	memset(state, 0, sizeof(*state));
	if (l->cr3)
		state->cr3 = load(image + l->cr3, 4);
	state->eip = load(image + l->eip, l->width);
	state->eflags = load(image + l->eflags, l->width);
	state->eflags = (state->eflags & EFLAGS_LOADED) | X86_EFLAGS_FIXED;
	for (i = 0; i < ARRAY_SIZE(state->gpr); i++)
		state->gpr[i] = load(image + l->gpr + i * l->width, l->width);
	for (i = 0; i < l->nr_segs; i++)
		state->seg[i] = load(image + l->seg + i * l->width, 2);
	state->ldt = load(image + l->ldt, 2);
	if (l->trap)
		state->trap = image[l->trap] & 1;
}

void hvr_tss_store(u8 *image, bool wide, const struct hvr_task_state *state)
{
	const struct layout *l = layout_of(wide);
	unsigned int i;

	store(image + l->eip, state->eip, l->width);
	store(image + l->eflags, state->eflags, l->width);
	for (i = 0; i < ARRAY_SIZE(state->gpr); i++)
		store(image + l->gpr + i * l->width, state->gpr[i], l->width);
	for (i = 0; i < l->nr_segs; i++)
		store(image + l->seg + i * l->width, state->seg[i], 2);
}

bool hvr_tss_is_wide(u16 attr)
{
	return attr & TYPE_WIDE;
}

/* ---- descriptors ---- */

void hvr_descriptor_segment(u64 raw, u16 selector, struct hvr_segment *seg)
{
	seg->base = ((raw >> 16) & 0xffffff) | ((raw >> 32) & 0xff000000);
	seg->limit = (raw & 0xffff) | ((raw >> 32) & 0xf0000);
	seg->attr = (raw >> 40) & KNOWN;
	seg->selector = selector;
	if (seg->attr & G)
		seg->limit = seg->limit << 12 | 0xfff;
}

static u8 dpl_of(const struct hvr_segment *seg)
{
	return (seg->attr >> 5) & 3;
}

static u8 rpl_of(const struct hvr_segment *seg)
{
	return seg->selector & RPL;
}

static bool is_present(const struct hvr_segment *seg)
{
	return seg->attr & P;
}

static bool is_code(const struct hvr_segment *seg)
{
	return (seg->attr & (S | CODE)) == (S | CODE);
}

static bool is_data(const struct hvr_segment *seg)
{
	return (seg->attr & (S | CODE)) == S;
}

u8 hvr_task_check_tss(const struct hvr_segment *tss, u8 kind)
{
	bool back = kind == HVR_TASK_IRET;
	u16 want = TYPE_TSS | (back ? HVR_TSS_BUSY : 0);

	if ((tss->attr & (S | TYPE) & ~TYPE_WIDE) != want)
		return back ? VECTOR_TS : VECTOR_GP;
	if (!is_present(tss))
		return VECTOR_NP;
	if (tss->limit < hvr_tss_size(hvr_tss_is_wide(tss->attr)) - 1)
		return VECTOR_TS;
	return 0;
}

/* The RPL of CS is the privilege level of the new task. */
static u8 check_code(const struct hvr_segment *cs)
{
	if (!is_code(cs))
		return VECTOR_TS;
	if (cs->attr & CONFORMING ? dpl_of(cs) > rpl_of(cs) :
				    dpl_of(cs) != rpl_of(cs))
		return VECTOR_TS;
	return is_present(cs) ? 0 : VECTOR_NP;
}

static u8 check_stack(const struct hvr_segment *ss, u8 cpl)
{
	if (!is_data(ss) || !(ss->attr & WRITABLE))
		return VECTOR_TS;
	if (dpl_of(ss) != cpl || rpl_of(ss) != cpl)
		return VECTOR_TS;
	return is_present(ss) ? 0 : VECTOR_SS;
}

static u8 check_data(const struct hvr_segment *seg, u8 cpl)
{
	if (!is_data(seg) && !(is_code(seg) && (seg->attr & WRITABLE)))
		return VECTOR_TS;
	if (is_data(seg) || !(seg->attr & CONFORMING)) {
		if (dpl_of(seg) < cpl || dpl_of(seg) < rpl_of(seg))
			return VECTOR_TS;
	}
	return is_present(seg) ? 0 : VECTOR_NP;
}

static u8 check_ldt(const struct hvr_segment *ldt)
{
	bool good = (ldt->attr & (S | TYPE)) == TYPE_LDT && is_present(ldt);

	return good ? 0 : VECTOR_TS;
}

u8 hvr_task_check_segment(enum hvr_seg_index i, const struct hvr_segment *seg,
			  u8 cpl)
{
	switch (i) {
	case HVR_SEG_LDTR:
		return check_ldt(seg);
	case HVR_SEG_CS:
		return check_code(seg);
	case HVR_SEG_SS:
		return check_stack(seg, cpl);
	default:
		return check_data(seg, cpl);
	}
}

u8 hvr_task_check_null(enum hvr_seg_index i)
{
	return i == HVR_SEG_CS || i == HVR_SEG_SS ? VECTOR_TS : 0;
}

bool hvr_stack_holds(const struct hvr_segment *ss, u32 sp, unsigned int len)
{
	u64 last = (u64)sp + len - 1;

	if (!(ss->attr & CONFORMING))
		return last <= ss->limit;
	return sp > ss->limit && last <= (ss->attr & DB ? 0xffffffffULL : 0xffff);
}
