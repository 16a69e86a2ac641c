// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hardware task switch for CPUs that leave it to us: the VP's half.
 *
 * First everything is found that the switch will touch; a fault on the way leaves the
 * old task as it was. Then come the writes, which cannot fail, and the new task's
 * registers. What its segments lack is raised in the new task.
 *
 * Where there is no RAM, reads give ones and writes are lost, as on a bus.
 */
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <asm/processor-flags.h>

#include "internal.h"
#include "tss.h"

#define SELECTOR_TI	BIT(2)
#define SELECTOR_INDEX	0xfff8U
#define NOT_NULL	0xfffcU		/* of a selector; also what an error code shows */
#define ATTR_ACCESSED	BIT(0)
#define ATTR_BIG	BIT(14)
#define ATTR_V86	0xf3		/* writable data of DPL 3 */
#define ATTR_USER_CODE	0xfb
#define ATTR_USER_EMPTY	0x60		/* nothing but DPL 3 */

#define DR6_TASK	BIT(15)
#define DR7_LOCAL	0x155ULL

#define TYPE_BYTE	5		/* of a descriptor */

/* For a byte that other VPs change, too. */
#define MAX_TRIES	8

/* A range of linear memory, translated; not longer than a page. */
struct span {
	u64 gpa[2];
	unsigned int first;		/* bytes at gpa[0] */
	unsigned int len;
};

struct task_switch {
	struct hvr_vp *vp;
	u8 kind;			/* HVR_TASK_* */
	u8 insn_len;			/* 0: an event */
	bool paging;
	bool wide;			/* the new TSS has 32 bits */
	struct hvr_table gdt;
	struct hvr_segment old_tss, new_tss;
	struct span old_type, new_type;	/* type bytes of their descriptors */
	struct span old_image;		/* what is saved, */
	struct span link;
	struct hvr_task_state state;	/* of the new task */
	u8 cpl;
	/* what stopped it */
	u8 vector;
	u32 error;
	u64 address;
};

/* ---- memory ---- */

static int fault(struct task_switch *t, u8 vector, u16 selector)
{
	t->vector = vector;
	t->error = selector & NOT_NULL;
	if (!t->insn_len)
		t->error |= 1;
	return -EFAULT;
}

static int translate(struct task_switch *t, u64 linear, unsigned int len,
		     unsigned int flags, struct span *span)
{
	struct hvr_walk_result res;
	unsigned int i, done = 0;

	span->len = len;
	span->first = min_t(u64, len, PAGE_SIZE - offset_in_page(linear));
	for (i = 0; done < len; i++) {
		u32 at = linear + done;

		if (hvr_walk(t->vp, at, flags | HVR_WALK_SET_AD, &res)) {
			t->vector = 14;
			t->error = res.pf_error;
			t->address = at;
			return -EFAULT;
		}
		span->gpa[i] = res.gpa;
		done += i ? len - done : span->first;
	}
	return 0;
}

static void read_part(struct hvr_partition *pt, u64 gpa, u8 *buf,
		      unsigned int len)
{
	if (len && hvr_guest_read(pt, gpa, buf, len))
		memset(buf, 0xff, len);
}

static void read_span(struct task_switch *t, const struct span *span, u8 *buf)
{
	struct hvr_partition *pt = t->vp->pt;

	read_part(pt, span->gpa[0], buf, span->first);
	read_part(pt, span->gpa[1], buf + span->first, span->len - span->first);
}

static void write_span(struct task_switch *t, const struct span *span,
		       const void *buf)
{
	struct hvr_partition *pt = t->vp->pt;

	hvr_guest_write(pt, span->gpa[0], buf, span->first);
	if (span->len > span->first)
		hvr_guest_write(pt, span->gpa[1], buf + span->first,
				span->len - span->first);
}

/* One byte, if it still reads @old. */
static bool change_byte(struct task_switch *t, u64 gpa, u8 old, u8 new)
{
	struct hvr_hold hold;
	void *page;
	bool same;
	int err;

	err = hvr_guest_hold(t->vp->pt, gpa, HVR_HOLD_WRITE, &hold);
	if (err)
		return err == -EFAULT;
	page = kmap_local_page(hold.page);
	same = cmpxchg((u8 *)(page + offset_in_page(gpa)), old, new) == old;
	kunmap_local(page);
	hvr_guest_release(&hold);
	return same;
}

static void clear_busy(struct task_switch *t, const struct span *type)
{
	unsigned int tries = MAX_TRIES;
	u8 val;

	do {
		read_span(t, type, &val);
	} while (!change_byte(t, type->gpa[0], val, val & ~HVR_TSS_BUSY) &&
		 --tries);
}

/* ---- descriptors ---- */

static bool in_table(const struct hvr_table *table, u16 selector)
{
	return (selector | 7) <= table->limit;
}

static int read_descriptor(struct task_switch *t, const struct hvr_table *table,
			   u16 selector, struct hvr_segment *seg)
{
	struct span span;
	u64 raw;
	int err;

	err = translate(t, table->base + (selector & SELECTOR_INDEX), sizeof(raw),
			0, &span);
	if (err)
		return err;
	read_span(t, &span, (u8 *)&raw);
	hvr_descriptor_segment(raw, selector, seg);
	return 0;
}

static int find_type(struct task_switch *t, const struct hvr_table *table,
		     u16 selector, struct span *span)
{
	return translate(t, table->base + (selector & SELECTOR_INDEX) + TYPE_BYTE,
			 1, HVR_WALK_WRITE, span);
}

/* ---- up to the point of no return ---- */

static int find_new_tss(struct task_switch *t, u16 selector)
{
	u8 vector = t->kind == HVR_TASK_IRET ? 10 : 13;
	int err;

	if (!(selector & NOT_NULL) || (selector & SELECTOR_TI) ||
	    !in_table(&t->gdt, selector))
		return fault(t, vector, selector);
	err = read_descriptor(t, &t->gdt, selector, &t->new_tss);
	if (err)
		return err;
	vector = hvr_task_check_tss(&t->new_tss, t->kind);
	if (vector)
		return fault(t, vector, selector);
	t->wide = hvr_tss_is_wide(t->new_tss.attr);
	if (t->kind == HVR_TASK_IRET)
		return 0;
	return find_type(t, &t->gdt, selector, &t->new_type);
}

static int read_new_task(struct task_switch *t)
{
	u8 image[HVR_TSS_MAX];
	struct span span;
	int err;

	err = translate(t, t->new_tss.base, hvr_tss_size(t->wide), 0, &span);
	if (!err && (t->kind == HVR_TASK_CALL || t->kind == HVR_TASK_GATE))
		err = translate(t, t->new_tss.base, 2, HVR_WALK_WRITE, &t->link);
	if (err)
		return err;
	read_span(t, &span, image);
	hvr_tss_parse(image, t->wide, &t->state);
	return 0;
}

static int find_old_tss(struct task_switch *t)
{
	unsigned int first, len;
	int err;

	hvr_be->get_segment(t->vp, HVR_SEG_TR, &t->old_tss);
	hvr_tss_saved_part(hvr_tss_is_wide(t->old_tss.attr), &first, &len);
	if (t->old_tss.limit < first + len - 1)
		return fault(t, 10, t->old_tss.selector);
	err = translate(t, t->old_tss.base + first, len, HVR_WALK_WRITE,
			&t->old_image);
	if (err || (t->kind != HVR_TASK_JMP && t->kind != HVR_TASK_IRET))
		return err;
	return find_type(t, &t->gdt, t->old_tss.selector, &t->old_type);
}

/* ---- from there on ---- */

static void save_old_task(struct task_switch *t)
{
	bool wide = hvr_tss_is_wide(t->old_tss.attr);
	struct hvr_task_state state = {};
	struct hvr_vp *vp = t->vp;
	u8 image[HVR_TSS_MAX];
	unsigned int i, first, len;

	state.eip = vp->rip + t->insn_len;
	state.eflags = vp->rflags;
	if (t->insn_len)
		state.eflags &= ~X86_EFLAGS_RF;
	if (t->kind == HVR_TASK_IRET)
		state.eflags &= ~X86_EFLAGS_NT;
	for (i = 0; i < ARRAY_SIZE(state.gpr); i++)
		state.gpr[i] = vp->gpr[i];
	for (i = 0; i < ARRAY_SIZE(state.seg); i++) {
		struct hvr_segment seg;

		hvr_be->get_segment(vp, i, &seg);
		state.seg[i] = seg.selector;
	}
	hvr_tss_saved_part(wide, &first, &len);
	read_span(t, &t->old_image, image + first);
	hvr_tss_store(image, wide, &state);
	write_span(t, &t->old_image, image + first);
}

/* -EAGAIN: another VP took the new task in between; nothing is done. */
static int leave_old_task(struct task_switch *t)
{
	u8 type = t->new_tss.attr;

	if (t->kind != HVR_TASK_IRET &&
	    !change_byte(t, t->new_type.gpa[0], type, type | HVR_TSS_BUSY))
		return -EAGAIN;
	if (t->kind == HVR_TASK_JMP || t->kind == HVR_TASK_IRET)
		clear_busy(t, &t->old_type);
	save_old_task(t);
	if (t->kind == HVR_TASK_CALL || t->kind == HVR_TASK_GATE) {
		write_span(t, &t->link, &t->old_tss.selector);
		t->state.eflags |= X86_EFLAGS_NT;
	}
	t->new_tss.attr |= HVR_TSS_BUSY;
	return 0;
}

/* The event has reached its handler. An exception counts as under delivery until the
 * new task is complete: a second one makes a double fault of both.
 */
static void accept_event(struct task_switch *t)
{
	struct hvr_vp *vp = t->vp;

	if (t->kind == HVR_TASK_IRET)
		hvr_be->set_nmi_masked(vp, false);
	if (vp->event.type == HVR_EVENT_NMI)
		hvr_be->set_nmi_masked(vp, true);
	if (vp->event.type != HVR_EVENT_EXCEPTION)
		vp->event.type = HVR_EVENT_NONE;
}

/* Selectors first. Until CS and SS are loaded the privilege level is 3, so that an
 * exception finds a stack in the new TSS.
 */
static void empty_segments(struct task_switch *t)
{
	struct hvr_segment seg = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t->state.seg); i++) {
		seg.selector = t->state.seg[i];
		seg.attr = i == HVR_SEG_CS ? ATTR_USER_CODE : ATTR_USER_EMPTY;
		hvr_be->set_segment(t->vp, i, &seg);
	}
	seg.selector = t->state.ldt;
	seg.attr = 0;
	hvr_be->set_segment(t->vp, HVR_SEG_LDTR, &seg);
	t->vp->cpl = 3;
}

static void load_registers(struct task_switch *t)
{
	const struct hvr_task_state *s = &t->state;
	struct hvr_vp *vp = t->vp;
	unsigned int i;

	hvr_be->set_segment(vp, HVR_SEG_TR, &t->new_tss);
	hvr_be->set_hwreg(vp, HVR_HWREG_CR0,
			  hvr_be->get_hwreg(vp, HVR_HWREG_CR0) | X86_CR0_TS);
	hvr_be->set_hwreg(vp, HVR_HWREG_DR7,
			  hvr_be->get_hwreg(vp, HVR_HWREG_DR7) & ~DR7_LOCAL);
	if (t->wide && t->paging) {
		hvr_be->set_hwreg(vp, HVR_HWREG_CR3, s->cr3);
		hvr_be->flush_tlb(vp);
	}
	vp->rip = s->eip;
	vp->rflags = s->eflags;
	for (i = 0; i < ARRAY_SIZE(s->gpr); i++)
		vp->gpr[i] = s->gpr[i];
	hvr_be->set_interrupt_shadow(vp, false);
	empty_segments(t);
}

static int find_table(struct task_switch *t, u16 selector,
		      enum hvr_seg_index i, struct hvr_table *table)
{
	struct hvr_segment ldt;

	*table = t->gdt;
	if (!(selector & SELECTOR_TI))
		return 0;
	if (i == HVR_SEG_LDTR)
		return -EFAULT;
	hvr_be->get_segment(t->vp, HVR_SEG_LDTR, &ldt);
	if (!(ldt.attr & BIT(7)))
		return -EFAULT;
	table->base = ldt.base;
	table->limit = min_t(u32, ldt.limit, U16_MAX);
	return 0;
}

static int mark_accessed(struct task_switch *t, const struct hvr_table *table,
			 struct hvr_segment *seg)
{
	struct span type;
	int err;

	if (seg->attr & ATTR_ACCESSED)
		return 0;
	err = find_type(t, table, seg->selector, &type);
	if (err)
		return err;
	/* When it has changed since, what was read still holds. */
	change_byte(t, type.gpa[0], seg->attr, seg->attr | ATTR_ACCESSED);
	seg->attr |= ATTR_ACCESSED;
	return 0;
}

static int load_segment(struct task_switch *t, enum hvr_seg_index i, u16 selector)
{
	struct hvr_segment seg = { .selector = selector };
	struct hvr_table table;
	u8 vector;
	int err;

	if (!(selector & NOT_NULL)) {
		vector = hvr_task_check_null(i);
		return vector ? fault(t, vector, selector) : 0;
	}
	if (find_table(t, selector, i, &table) || !in_table(&table, selector))
		return fault(t, 10, selector);
	err = read_descriptor(t, &table, selector, &seg);
	if (err)
		return err;
	vector = hvr_task_check_segment(i, &seg, t->cpl);
	if (vector)
		return fault(t, vector, selector);
	if (i != HVR_SEG_LDTR)
		err = mark_accessed(t, &table, &seg);
	if (!err)
		hvr_be->set_segment(t->vp, i, &seg);
	return err;
}

static void load_v86_segments(struct task_switch *t)
{
	struct hvr_segment seg = { .limit = 0xffff, .attr = ATTR_V86 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t->state.seg); i++) {
		seg.selector = t->state.seg[i];
		seg.base = (u32)seg.selector << 4;
		hvr_be->set_segment(t->vp, i, &seg);
	}
	t->cpl = 3;
}

static int load_segments(struct task_switch *t)
{
	static const u8 order[] = {
		HVR_SEG_CS, HVR_SEG_SS, HVR_SEG_DS, HVR_SEG_ES, HVR_SEG_FS,
		HVR_SEG_GS,
	};
	unsigned int i;
	int err;

	err = load_segment(t, HVR_SEG_LDTR, t->state.ldt);
	if (err)
		return err;
	if (t->state.eflags & X86_EFLAGS_VM) {
		load_v86_segments(t);
		return 0;
	}
	t->cpl = t->state.seg[HVR_SEG_CS] & 3;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		err = load_segment(t, order[i], t->state.seg[order[i]]);
		if (err)
			return err;
		if (order[i] == HVR_SEG_SS)
			t->vp->cpl = t->cpl;
	}
	return 0;
}

/* On the stack of the new task, and by its rights. */
static int push_error(struct task_switch *t, u32 error)
{
	u64 *rsp = &t->vp->gpr[HVR_RSP];
	unsigned int len = t->wide ? 4 : 2;
	struct hvr_segment ss;
	struct span span;
	u32 mask, sp;
	int err;

	hvr_be->get_segment(t->vp, HVR_SEG_SS, &ss);
	mask = ss.attr & ATTR_BIG ? ~0U : 0xffff;
	sp = (*rsp - len) & mask;
	if (!hvr_stack_holds(&ss, sp, len))
		return fault(t, 12, 0);
	err = translate(t, ss.base + sp, len, HVR_WALK_WRITE |
			(t->cpl == 3 ? HVR_WALK_USER : 0), &span);
	if (err)
		return err;
	write_span(t, &span, &error);
	*rsp = (*rsp & ~(u64)mask) | sp;
	return 0;
}

/* ---- all of it ---- */

static int prepare(struct task_switch *t, u16 selector)
{
	int err;

	t->paging = hvr_be->get_hwreg(t->vp, HVR_HWREG_CR0) & X86_CR0_PG;
	hvr_be->get_table(t->vp, false, &t->gdt);
	err = find_new_tss(t, selector);
	if (!err)
		err = find_old_tss(t);
	if (!err)
		err = read_new_task(t);
	return err;
}

static int enter_new_task(struct task_switch *t, const struct hvr_exit *exit)
{
	int err;

	accept_event(t);
	load_registers(t);
	err = load_segments(t);
	if (!err && exit->task.has_error)
		err = push_error(t, exit->task.error);
	return err;
}

static void raise(struct task_switch *t)
{
	if (t->vector == 14)
		hvr_be->set_hwreg(t->vp, HVR_HWREG_CR2, t->address);
	hvr_vp_inject_exception(t->vp, t->vector, true, t->error);
}

/* Before the first instruction of the new task. */
static void raise_trap(struct task_switch *t)
{
	struct hvr_vp *vp = t->vp;

	hvr_vp_inject_exception(vp, 1, false, 0);
	vp->event.has_param = true;
	vp->event.param = hvr_be->get_hwreg(vp, HVR_HWREG_DR6) | DR6_TASK;
}

enum hvr_exit_action hvr_task_switch(struct hvr_vp *vp, struct hvr_exit *exit)
{
	struct task_switch t = {
		.vp = vp,
		.kind = exit->task.kind,
		.insn_len = exit->insn_len,
	};
	int err;

	err = prepare(&t, exit->task.selector);
	if (!err)
		err = leave_old_task(&t);
	/* The instruction runs again, the event is delivered again. */
	if (err == -EAGAIN)
		return HVR_ACT_RESUME;
	if (!err)
		err = enter_new_task(&t, exit);
	if (err) {
		raise(&t);
		return HVR_ACT_RESUME;
	}
	vp->event.type = HVR_EVENT_NONE;
	if (t.state.trap)
		raise_trap(&t);
	return HVR_ACT_RESUME;
}
