// SPDX-License-Identifier: GPL-2.0-only
/* Symbol namespaces are written without quotes. */
#include <linux/module.h>

MODULE_IMPORT_NS(HVROOT);
