// SPDX-License-Identifier: GPL-2.0-only
/* The kernel calls back on each CPU that it stops in a crash. */
/* exported: cpu_emergency_register_virt_callback */
#include <linux/rcupdate.h>
#include <asm/reboot.h>

void probe(cpu_emergency_virt_cb *cb);
void probe(cpu_emergency_virt_cb *cb)
{
	cpu_emergency_register_virt_callback(cb);
}
