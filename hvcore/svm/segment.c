// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segment attributes between struct hvr_segment and the control block, which closes
 * the gap of four bits. Pure.
 */
#include "svm.h"

u16 svm_pack_attr(u16 attr)
{
	return (attr & 0xff) | ((attr >> 4) & 0xf00);
}

u16 svm_unpack_attr(u16 attr)
{
	return (attr & 0xff) | ((attr & 0xf00) << 4);
}
