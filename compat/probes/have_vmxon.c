// SPDX-License-Identifier: GPL-2.0-only
/* A module may switch CR4.VMXE on; later the kernel itself owns VMXON. */
/* exported: cr4_update_irqsoff */
/* exported: intel_pt_handle_vmx */
#include <linux/perf_event.h>
#include <asm/tlbflush.h>

void probe(void);
void probe(void)
{
	intel_pt_handle_vmx(1);
	cr4_set_bits_irqsoff(X86_CR4_VMXE);
}
