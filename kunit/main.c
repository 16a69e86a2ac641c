// SPDX-License-Identifier: GPL-2.0-only
/* What makes the unit tests one module. */
#include <linux/module.h>

MODULE_DESCRIPTION("Unit tests of hvroot");
MODULE_LICENSE("GPL");
HVR_IMPORT_NS;
