// SPDX-License-Identifier: GPL-2.0-only
/* rdmsrq() and wrmsrq() took over from rdmsrl() and wrmsrl(). */
#include <linux/types.h>
#include <asm/msr.h>

void probe(u64 *val);
void probe(u64 *val)
{
	rdmsrq(0x10, *val);
	wrmsrq(0x10, *val);
}
