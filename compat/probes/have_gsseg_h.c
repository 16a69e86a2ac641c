// SPDX-License-Identifier: GPL-2.0-only
/* The loading of GS has a header of its own. */
#include <asm/gsseg.h>
