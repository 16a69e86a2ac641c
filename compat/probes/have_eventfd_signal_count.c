// SPDX-License-Identifier: GPL-2.0-only
/* eventfd_signal() once took the number to add. */
#include <linux/eventfd.h>

void probe(struct eventfd_ctx *ctx);
void probe(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}
