// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sparse sets of VPs. Pure: a private copy in, a mask out.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <asm/byteorder.h>
#include <hvabi/hvgdk.h>

#include "vpset.h"

#define BANK_BITS	64u

/* A mask word is a bank: 64-bit hosts only, as everything here. */
static_assert(sizeof(unsigned long) * 8 == BANK_BITS);

hvr_status_t hvr_vpset_parse(const struct hv_vpset_head *head,
			     const __le64 *banks, u32 nr_banks,
			     unsigned long *mask, bool *all)
{
	u64 format = le64_to_cpu(head->format);
	u64 valid = le64_to_cpu(head->valid_banks);
	u32 bank, n = 0;

	bitmap_zero(mask, HVR_VPSET_BITS);
	*all = false;
	if (format == HV_VPSET_ALL) {
		bitmap_fill(mask, HVR_VPSET_BITS);
		*all = true;
		return HVS_SUCCESS;
	}
	if (format != HV_VPSET_SPARSE)
		return HVS_INVALID_PARAMETER;
	if (hweight64(valid) != nr_banks)
		return HVS_INVALID_HYPERCALL_INPUT;
	for (bank = 0; bank < BANK_BITS; bank++) {
		if (!(valid & BIT_ULL(bank)))
			continue;
		if (bank < HVR_VPSET_BITS / BANK_BITS)
			mask[bank] = le64_to_cpu(banks[n]);
		n++;
	}
	return HVS_SUCCESS;
}

void hvr_vpset_from_mask(u64 processor_mask, unsigned long *mask)
{
	bitmap_zero(mask, HVR_VPSET_BITS);
	mask[0] = processor_mask;
}
