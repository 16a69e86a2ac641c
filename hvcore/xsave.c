// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between the standard XSAVE format that the CPU loads for a guest and the
 * compacted one of the mshv ABI. Pure functions over private buffers.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#include "xsave.h"

#define X87		BIT_ULL(0)
#define SSE		BIT_ULL(1)
#define LEGACY		(X87 | SSE)
#define COMPACTED	BIT_ULL(63)

/* Parts of the legacy 512 bytes. */
#define X87_HEAD	24	/* FCW to FDP */
#define MXCSR		24
#define ST		32
#define ST_BYTES	128
#define XMM		160
#define XMM_BYTES	256

#define FCW_INIT	0x037f
#define MXCSR_INIT	0x1f80

/* The header behind the legacy part. */
struct xsave_header {
	u64 xstate_bv;
	u64 xcomp_bv;
	u64 reserved[6];
};

static u32 place(const struct hvr_xsave_layout *layout, u32 offset,
		 unsigned int i)
{
	if (layout->aligned & BIT_ULL(i))
		offset = (offset + 63) & ~63U;
	return offset;
}

u32 hvr_xsave_compact_size(const struct hvr_xsave_layout *layout, u64 mask)
{
	u32 offset = HVR_XSAVE_BASE;
	unsigned int i;

	for (i = 2; i < HVR_XSAVE_NR; i++)
		if (mask & BIT_ULL(i))
			offset = place(layout, offset, i) + layout->size[i];
	return offset;
}

void hvr_xsave_compact(const struct hvr_xsave_layout *layout, const void *area,
		       void *out)
{
	struct xsave_header head = {};
	u32 offset = HVR_XSAVE_BASE;
	u64 live;
	unsigned int i;

	memcpy(&live, area + HVR_XSAVE_LEGACY, sizeof(live));
	memcpy(out, area, XMM + XMM_BYTES);
	memcpy(out + MXCSR + 4, &layout->mxcsr_valid, 4);
	head.xstate_bv = (live & layout->guest) | LEGACY;
	head.xcomp_bv = COMPACTED | layout->guest | LEGACY;
	memcpy(out + HVR_XSAVE_LEGACY, &head, sizeof(head));
	for (i = 2; i < HVR_XSAVE_NR; i++) {
		if (!(layout->guest & BIT_ULL(i)))
			continue;
		offset = place(layout, offset, i);
		if (live & BIT_ULL(i))
			memcpy(out + offset, area + layout->offset[i],
			       layout->size[i]);
		offset += layout->size[i];
	}
}

/* The header of an image, checked against its length. */
static int read_header(const struct hvr_xsave_layout *layout, const void *image,
		       u32 size, struct xsave_header *head)
{
	u64 present;

	if (size < HVR_XSAVE_BASE)
		return -EINVAL;
	memcpy(head, image + HVR_XSAVE_LEGACY, sizeof(*head));
	present = head->xcomp_bv & ~COMPACTED;
	if (!(head->xcomp_bv & COMPACTED) ||
	    (present & ~(layout->known | LEGACY)) ||
	    (head->xstate_bv & ~present))
		return -EINVAL;
	if (hvr_xsave_compact_size(layout, present) > size)
		return -EINVAL;
	return 0;
}

bool hvr_xsave_is_bare(const struct hvr_xsave_layout *layout, const void *image,
		       u32 size)
{
	struct xsave_header head;
	u32 offset = HVR_XSAVE_BASE;
	unsigned int i;

	if (read_header(layout, image, size, &head))
		return false;
	for (i = 2; i < HVR_XSAVE_NR; i++) {
		if (!(head.xcomp_bv & BIT_ULL(i)))
			continue;
		offset = place(layout, offset, i);
		if (memchr_inv(image + offset, 0, layout->size[i]))
			return false;
		offset += layout->size[i];
	}
	return true;
}

static void load_x87(void *area, const void *image, bool live)
{
	const u16 fcw = FCW_INIT;

	if (live) {
		memcpy(area, image, X87_HEAD);
		memcpy(area + ST, image + ST, ST_BYTES);
		return;
	}
	memset(area, 0, X87_HEAD);
	memset(area + ST, 0, ST_BYTES);
	memcpy(area, &fcw, sizeof(fcw));
}

/* A bit that MXCSR does not have would fault when the CPU loads the area. */
static void load_sse(const struct hvr_xsave_layout *layout, void *area,
		     const void *image, bool live)
{
	u32 mxcsr = MXCSR_INIT;

	if (live) {
		memcpy(&mxcsr, image + MXCSR, sizeof(mxcsr));
		mxcsr &= layout->mxcsr_valid;
		memcpy(area + XMM, image + XMM, XMM_BYTES);
	} else {
		memset(area + XMM, 0, XMM_BYTES);
	}
	memcpy(area + MXCSR, &mxcsr, sizeof(mxcsr));
}

int hvr_xsave_expand(const struct hvr_xsave_layout *layout, const void *image,
		     u32 size, void *area, bool extended)
{
	struct xsave_header head;
	u32 offset = HVR_XSAVE_BASE;
	u64 live;
	unsigned int i;
	int err;

	err = read_header(layout, image, size, &head);
	if (err)
		return err;
	memcpy(&live, area + HVR_XSAVE_LEGACY, sizeof(live));
	/* The legacy components hold their initial values in memory, too. */
	if (head.xcomp_bv & X87)
		load_x87(area, image, head.xstate_bv & X87);
	if (head.xcomp_bv & SSE)
		load_sse(layout, area, image, head.xstate_bv & SSE);
	live |= LEGACY;
	for (i = 2; i < HVR_XSAVE_NR; i++) {
		u64 bit = BIT_ULL(i);

		if (!(head.xcomp_bv & bit))
			continue;
		offset = place(layout, offset, i);
		if (extended && (layout->guest & bit) &&
		    (head.xstate_bv & bit)) {
			memcpy(area + layout->offset[i], image + offset,
			       layout->size[i]);
			live |= bit;
		} else if (extended && (layout->guest & bit)) {
			memset(area + layout->offset[i], 0, layout->size[i]);
			live &= ~bit;
		}
		offset += layout->size[i];
	}
	memcpy(area + HVR_XSAVE_LEGACY, &live, sizeof(live));
	return 0;
}
