// SPDX-License-Identifier: GPL-2.0-only
/*
 * A third vendor table without hardware, for the tests of common code.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "fake_backend.h"

const struct hvr_backend *hvr_be = &hvr_fake_backend;
unsigned int fake_kicks;

void hvr_partition_kick_all(struct hvr_partition *pt, unsigned int req)
{
	fake_kicks++;
}

/* ---- second-level entries ---- */

static u64 make_leaf(u64 pfn, unsigned int level, unsigned int access)
{
	u64 entry = (pfn << 12) | FAKE_PRESENT | FAKE_LEAF;

	if (access & HVR_ACCESS_WRITE)
		entry |= FAKE_WRITE;
	if (access & HVR_ACCESS_EXEC)
		entry |= FAKE_EXEC;
	return entry;
}

static u64 make_table(u64 pa)
{
	return pa | FAKE_PRESENT;
}

static bool is_present(u64 entry)
{
	return entry & FAKE_PRESENT;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return entry & FAKE_LEAF;
}

static u64 address(u64 entry)
{
	return entry & FAKE_ADDRESS;
}

static unsigned int access_of(u64 entry)
{
	unsigned int bits = 0;

	if (entry & FAKE_PRESENT)
		bits |= HVR_ACCESS_READ;
	if (entry & FAKE_WRITE)
		bits |= HVR_ACCESS_WRITE;
	if (entry & FAKE_EXEC)
		bits |= HVR_ACCESS_EXEC;
	return bits;
}

static bool accessed(u64 entry)
{
	return entry & FAKE_ACCESSED;
}

static bool dirty(u64 entry)
{
	return entry & FAKE_DIRTY;
}

static u64 clear_accessed(u64 entry)
{
	return entry & ~FAKE_ACCESSED;
}

static u64 clear_dirty(u64 entry)
{
	return entry & ~FAKE_DIRTY;
}

const struct hvr_slat_format fake_slat_format = {
	.levels = 4,
	.max_page_level = 3,
	.has_accessed = true,
	.has_dirty = true,
	.make_leaf = make_leaf,
	.make_table = make_table,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.address = address,
	.access = access_of,
	.accessed = accessed,
	.dirty = dirty,
	.clear_accessed = clear_accessed,
	.clear_dirty = clear_dirty,
};

const struct hvr_slat_format fake_slat_format_plain = {
	.levels = 4,
	.max_page_level = 2,
	.make_leaf = make_leaf,
	.make_table = make_table,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.address = address,
	.access = access_of,
};

u64 *fake_leaf(struct hvr_slat *slat, u64 gfn, unsigned int *level)
{
	u64 *table = slat->root;
	u64 *entry;

	for (*level = slat->format->levels; *level; --*level) {
		entry = &table[(gfn >> (9 * (*level - 1))) & 511];
		if (!(*entry & FAKE_PRESENT))
			return NULL;
		if (*entry & FAKE_LEAF)
			return entry;
		table = __va(*entry & FAKE_ADDRESS);
	}
	return NULL;
}

/* ---- the CPU ---- */

static int nothing_int(void)
{
	return 0;
}

static void nothing(void)
{
}

static bool never_busy(void)
{
	return false;
}

static int vp_init(struct hvr_vp *vp)
{
	return 0;
}

static void vp_nothing(struct hvr_vp *vp)
{
}

static void load(struct hvr_vp *vp, int cpu)
{
}

static void enter(struct hvr_vp *vp, struct hvr_exit *exit)
{
	fake_vp(vp)->entries++;
	*exit = fake_vp(vp)->next_exit;
	exit->interrupted = fake_vp(vp)->interrupted.type != HVR_EVENT_NONE;
}

static u64 get_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg)
{
	return fake_vp(vp)->hwreg[reg];
}

static void set_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val)
{
	fake_vp(vp)->hwreg[reg] = val;
}

static void get_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
			struct hvr_segment *out)
{
	*out = fake_vp(vp)->segment[seg];
}

static void set_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
			const struct hvr_segment *in)
{
	fake_vp(vp)->segment[seg] = *in;
}

static void get_context(struct hvr_vp *vp, struct hvr_context *out)
{
	const struct fake_vp *f = fake_vp(vp);

	out->cr0 = f->hwreg[HVR_HWREG_CR0];
	out->cr3 = f->hwreg[HVR_HWREG_CR3];
	out->cr4 = f->hwreg[HVR_HWREG_CR4];
	out->efer = f->hwreg[HVR_HWREG_EFER];
	out->cs = f->segment[HVR_SEG_CS];
	out->dr7 = f->hwreg[HVR_HWREG_DR7];
	out->interrupt_shadow = f->shadow;
	out->nmi_masked = f->nmi_masked;
	out->cpl = (f->segment[HVR_SEG_SS].attr >> 5) & 3;
}

static void get_data_segments(struct hvr_vp *vp, struct hvr_segment *out)
{
	unsigned int i;

	for (i = HVR_SEG_ES; i <= HVR_SEG_GS; i++)
		if (i != HVR_SEG_CS)
			out[i] = fake_vp(vp)->segment[i];
}

static void get_table(struct hvr_vp *vp, bool idt, struct hvr_table *out)
{
	*out = fake_vp(vp)->table[idt];
}

static void set_table(struct hvr_vp *vp, bool idt, const struct hvr_table *in)
{
	fake_vp(vp)->table[idt] = *in;
}

static void inject(struct hvr_vp *vp, const struct hvr_event *ev)
{
	fake_vp(vp)->injected = *ev;
}

static bool pending_event(struct hvr_vp *vp, struct hvr_event *ev)
{
	*ev = fake_vp(vp)->interrupted;
	fake_vp(vp)->interrupted.type = HVR_EVENT_NONE;
	return ev->type != HVR_EVENT_NONE;
}

static bool interrupt_shadow(struct hvr_vp *vp)
{
	return fake_vp(vp)->shadow;
}

static void set_interrupt_shadow(struct hvr_vp *vp, bool on)
{
	fake_vp(vp)->shadow = on;
}

static bool nmi_masked(struct hvr_vp *vp)
{
	return fake_vp(vp)->nmi_masked;
}

static void set_nmi_masked(struct hvr_vp *vp, bool on)
{
	fake_vp(vp)->nmi_masked = on;
}

static void irq_window(struct hvr_vp *vp, bool on, u8 priority)
{
	fake_vp(vp)->irq_window = on;
	fake_vp(vp)->irq_priority = priority;
}

static void nmi_window(struct hvr_vp *vp, bool on)
{
	fake_vp(vp)->nmi_window = on;
}

static void set_intercepts(struct hvr_vp *vp, u64 mask)
{
	fake_vp(vp)->intercepts = mask;
}

static void flush_tlb(struct hvr_vp *vp)
{
	fake_vp(vp)->flushes++;
}

static void slat_changed(struct hvr_vp *vp, u64 root_pa)
{
	fake_vp(vp)->root_pa = root_pa;
}

static void set_tsc_offset(struct hvr_vp *vp, u64 offset)
{
	fake_vp(vp)->tsc_offset = offset;
}

const struct hvr_backend hvr_fake_backend = {
	.name = "fake",
	.vp_size = sizeof(struct fake_vp),
	.slat_format = &fake_slat_format,
	.probe = nothing_int,
	.init = nothing_int,
	.exit = nothing,
	.cpu_enable = nothing_int,
	.cpu_disable = nothing,
	.cpu_busy = never_busy,
	.vp_init = vp_init,
	.vp_exit = vp_nothing,
	.load = load,
	.put = vp_nothing,
	.enter = enter,
	.get_hwreg = get_hwreg,
	.set_hwreg = set_hwreg,
	.get_segment = get_segment,
	.set_segment = set_segment,
	.get_context = get_context,
	.get_data_segments = get_data_segments,
	.get_table = get_table,
	.set_table = set_table,
	.inject = inject,
	.pending_event = pending_event,
	.interrupt_shadow = interrupt_shadow,
	.set_interrupt_shadow = set_interrupt_shadow,
	.nmi_masked = nmi_masked,
	.set_nmi_masked = set_nmi_masked,
	.irq_window = irq_window,
	.nmi_window = nmi_window,
	.set_intercepts = set_intercepts,
	.flush_tlb = flush_tlb,
	.slat_changed = slat_changed,
	.set_tsc_offset = set_tsc_offset,
	.dump = vp_nothing,
};

DEFINE_STATIC_CALL(hvr_be_load, load);
DEFINE_STATIC_CALL(hvr_be_put, vp_nothing);
DEFINE_STATIC_CALL(hvr_be_enter, enter);
DEFINE_STATIC_CALL(hvr_be_get_hwreg, get_hwreg);
DEFINE_STATIC_CALL(hvr_be_get_segment, get_segment);
DEFINE_STATIC_CALL(hvr_be_get_context, get_context);
DEFINE_STATIC_CALL(hvr_be_get_data_segments, get_data_segments);
DEFINE_STATIC_CALL(hvr_be_interrupt_shadow, interrupt_shadow);
DEFINE_STATIC_CALL(hvr_be_set_interrupt_shadow, set_interrupt_shadow);
DEFINE_STATIC_CALL(hvr_be_slat_changed, slat_changed);
