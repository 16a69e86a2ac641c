/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One range of a guest page list: a header word (bytes in the low half, offset into
 * the first page in the high half) that is followed by one word per 4 KiB frame.
 */
#ifndef VMBUS_RANGE_H
#define VMBUS_RANGE_H

#include <linux/kernel.h>
#include <linux/types.h>

static inline u32 hvr_range_bytes(u64 word)
{
	return lower_32_bits(word);
}

static inline u32 hvr_range_offset(u64 word)
{
	return upper_32_bits(word);
}

/* Frames of a range; 0 when its header word is invalid. */
static inline u32 hvr_range_pages(u64 word)
{
	u64 bytes = hvr_range_bytes(word);
	u64 offset = hvr_range_offset(word);

	if (!bytes || offset > 0xfff)
		return 0;
	return (offset + bytes + 0xfff) >> 12;
}

#endif /* VMBUS_RANGE_H */
