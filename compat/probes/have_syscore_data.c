// SPDX-License-Identifier: GPL-2.0-only
/* struct syscore took over from the list node in struct syscore_ops. */
#include <linux/syscore_ops.h>

void probe(struct syscore *sc);
void probe(struct syscore *sc)
{
	register_syscore(sc);
}
