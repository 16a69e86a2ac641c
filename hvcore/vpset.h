/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sparse sets of VPs as hypercalls carry them (vpset.c, pure).
 */
#ifndef HVCORE_VPSET_H
#define HVCORE_VPSET_H

#include <linux/types.h>
#include <hvroot/status.h>

#define HVR_VPSET_BITS	256u	/* what a destination mask holds */

struct hv_vpset_head;

/**
 * hvr_vpset_parse() - turn a VP set into a mask.
 * @head: format and valid banks, private copy
 * @banks: the banks that follow it, private copy
 * @nr_banks: how many there are (the call's variable header)
 * @mask: HVR_VPSET_BITS bits, overwritten
 * @all: set when the set is "all VPs"; @mask is then full
 *
 * VPs beyond the mask are left out: they cannot exist.
 */
hvr_status_t hvr_vpset_parse(const struct hv_vpset_head *head,
			     const __le64 *banks, u32 nr_banks,
			     unsigned long *mask, bool *all);

/* The 64-bit mask of the older calls. */
void hvr_vpset_from_mask(u64 processor_mask, unsigned long *mask);

#endif /* HVCORE_VPSET_H */
