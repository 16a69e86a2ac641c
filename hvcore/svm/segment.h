/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment attributes between struct hvr_segment and the control block, which closes
 * the gap of four bits. Pure, and inline: an exit to the VMM converts seven.
 */
#ifndef HVCORE_SVM_SEGMENT_H
#define HVCORE_SVM_SEGMENT_H

#include <linux/types.h>

static inline u16 svm_pack_attr(u16 attr)
{
	return (attr & 0xff) | ((attr >> 4) & 0xf00);
}

static inline u16 svm_unpack_attr(u16 attr)
{
	return (attr & 0xff) | ((attr & 0xf00) << 4);
}

#endif
