/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the standard XSAVE format that the CPU loads for a guest and the
 * compacted one of the mshv ABI. Pure.
 */
#ifndef HVCORE_XSAVE_H
#define HVCORE_XSAVE_H

#include <linux/types.h>

#define HVR_XSAVE_LEGACY	512	/* bytes before the header */
#define HVR_XSAVE_BASE		576	/* legacy part and header */
#define HVR_XSAVE_NR		63

/**
 * struct hvr_xsave_layout - where the components lie (CPUID leaf 0xD).
 * @guest: components that the standard area holds, a mask
 * @known: components whose sizes are known, @guest included
 * @aligned: components that start at a multiple of 64 in the compacted format
 * @offset: of each component in the standard format
 * @size: of each component
 * @mxcsr_valid: MXCSR bits that the CPU takes
 */
struct hvr_xsave_layout {
	u64 guest;
	u64 known;
	u64 aligned;
	u32 offset[HVR_XSAVE_NR];
	u32 size[HVR_XSAVE_NR];
	u32 mxcsr_valid;
};

/* Bytes of a compacted image with the components in @mask. */
u32 hvr_xsave_compact_size(const struct hvr_xsave_layout *layout, u64 mask);

/* Write the compacted image of all @layout->guest components. @out has room for
 * hvr_xsave_compact_size() and is zeroed.
 */
void hvr_xsave_compact(const struct hvr_xsave_layout *layout, const void *area,
		       void *out);

/* Is every extended component of a compacted image zero or left out? @size bytes. */
bool hvr_xsave_is_bare(const struct hvr_xsave_layout *layout, const void *image,
		       u32 size);

/* Load a compacted image of @size bytes into the standard area. Components that it
 * leaves out stay as they are. @extended false: only x87 and SSE are taken.
 * 0; -EINVAL: not compacted, components unknown, or the image is longer than @size.
 */
int hvr_xsave_expand(const struct hvr_xsave_layout *layout, const void *image,
		     u32 size, void *area, bool extended);

#endif /* HVCORE_XSAVE_H */
