// SPDX-License-Identifier: GPL-2.0-only
/* <linux/entry-virt.h> took over from <linux/entry-kvm.h>. */
#include <linux/entry-virt.h>

int probe(void);
int probe(void)
{
	return xfer_to_guest_mode_handle_work();
}
