/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a hardware task switch that touch no VP: task-state segments in
 * their two sizes, descriptors and what they are checked for. Unit tests drive them.
 */
#ifndef HVCORE_TSS_H
#define HVCORE_TSS_H

#include <linux/types.h>

#include "backend.h"

/* What a switch saves and loads; a 16-bit TSS has only the low halves. */
struct hvr_task_state {
	u32 cr3;			/* 32-bit TSS */
	u32 eip;
	u32 eflags;
	u32 gpr[8];			/* in the order of enum hvr_gpr */
	u16 seg[HVR_SEG_GS + 1];	/* FS and GS: 32-bit TSS, else null */
	u16 ldt;
	bool trap;			/* #DB when the task begins; 32-bit TSS */
};

/* Bytes of the larger one that the CPU itself uses. */
#define HVR_TSS_MAX	104

/* Bytes that a TSS has at least; @wide: 32-bit. */
unsigned int hvr_tss_size(bool wide);
/* The part that is written when a task is left. */
void hvr_tss_saved_part(bool wide, unsigned int *first, unsigned int *len);
/* @image: hvr_tss_size() bytes. */
void hvr_tss_parse(const u8 *image, bool wide, struct hvr_task_state *state);
/* Into the saved part of @image; what else is there stays. */
void hvr_tss_store(u8 *image, bool wide, const struct hvr_task_state *state);

/* A TSS of 32 bits, to go by the attributes of its descriptor. */
bool hvr_tss_is_wide(u16 attr);
/* Bit of the attributes of a TSS descriptor: its task runs, or waits in a chain. */
#define HVR_TSS_BUSY	0x2

/* A descriptor as memory has it. */
void hvr_descriptor_segment(u64 raw, u16 selector, struct hvr_segment *seg);

/* The exception that the CPU raises when a switch meets this, 0 for none; its error
 * code is the selector.
 *
 * @tss: the new TSS, @kind: HVR_TASK_*.
 */
u8 hvr_task_check_tss(const struct hvr_segment *tss, u8 kind);
/* A register of the new task other than TR. Not for a null selector. */
u8 hvr_task_check_segment(enum hvr_seg_index i, const struct hvr_segment *seg,
			  u8 cpl);
/* The same for a null selector: some registers may be empty. */
u8 hvr_task_check_null(enum hvr_seg_index i);

/* Has the stack @len bytes from @sp on? */
bool hvr_stack_holds(const struct hvr_segment *ss, u32 sp, unsigned int len);

#endif /* HVCORE_TSS_H */
