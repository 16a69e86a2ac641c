// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event flags towards the guest: one bit each, an interrupt when it was clear.
 */
#include <linux/bitops.h>

#include "internal.h"

int hvr_synic_signal(struct hvr_partition *pt, u32 vp_index, u32 sint, u16 flag)
{
	struct synic_vp *synic = synic_of(pt, vp_index);
	struct synic_raise raise = {};
	unsigned long irq;
	int ret = -ENODEV;

	if (!synic || sint >= HV_SYNIC_SINT_COUNT ||
	    flag >= HV_EVENT_FLAGS_COUNT)
		return -EINVAL;
	spin_lock_irqsave(&synic->lock, irq);
	if (synic_sint_open(synic, sint) && synic->flags) {
		ret = !test_and_set_bit(flag, synic->flags->flags[sint]);
		if (ret)
			synic_raise_sint(&raise, synic->sint[sint].config);
	}
	spin_unlock_irqrestore(&synic->lock, irq);
	synic_raise_all(synic, &raise);
	return ret;
}
HVR_EXPORT_SYMBOL(hvr_synic_signal);
