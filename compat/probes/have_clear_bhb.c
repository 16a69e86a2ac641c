// SPDX-License-Identifier: GPL-2.0-only
/* The software loop that clears the branch history after an exit. */
/* exported: clear_bhb_loop */
#include <asm/cpufeatures.h>

int probe = X86_FEATURE_CLEAR_BHB_LOOP_ON_VMEXIT;
