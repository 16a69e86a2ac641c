/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A third vendor table without hardware: registers in memory, an entry format
 * like nobody's, counters of what common code asked for.
 */
#ifndef KUNIT_FAKE_BACKEND_H
#define KUNIT_FAKE_BACKEND_H

#include "../hvcore/internal.h"

/* Entry bits: unlike any CPU's, so that common code cannot rely on one. */
#define FAKE_WRITE	BIT_ULL(0)
#define FAKE_EXEC	BIT_ULL(1)
#define FAKE_LEAF	BIT_ULL(2)
#define FAKE_ACCESSED	BIT_ULL(3)
#define FAKE_DIRTY	BIT_ULL(4)
#define FAKE_PRESENT	BIT_ULL(62)
#define FAKE_ADDRESS	GENMASK_ULL(51, 12)

struct fake_vp {
	struct hvr_vp vp;
	u64 hwreg[HVR_NR_HWREGS];
	struct hvr_segment segment[HVR_NR_SEGS];
	struct hvr_table table[2];	/* GDTR, IDTR */
	struct hvr_event injected;	/* last event given to inject() */
	struct hvr_event interrupted;	/* pending_event() answers and clears it */
	struct hvr_exit next_exit;	/* enter() answers this */
	bool shadow;
	bool nmi_masked;
	bool irq_window;
	bool nmi_window;
	u8 irq_priority;
	u64 intercepts;
	u64 tsc_offset;
	u64 root_pa;
	unsigned int flushes;
	unsigned int entries;
};

static inline struct fake_vp *fake_vp(struct hvr_vp *vp)
{
	return container_of(vp, struct fake_vp, vp);
}

extern const struct hvr_slat_format fake_slat_format;
/* The same without accessed and dirty bits. */
extern const struct hvr_slat_format fake_slat_format_plain;
extern const struct hvr_backend hvr_fake_backend;

/* The leaf that maps @gfn in tables of these formats, and its level; or NULL. */
u64 *fake_leaf(struct hvr_slat *slat, u64 gfn, unsigned int *level);

/* Calls of hvr_partition_kick_all(). */
extern unsigned int fake_kicks;

#endif /* KUNIT_FAKE_BACKEND_H */
