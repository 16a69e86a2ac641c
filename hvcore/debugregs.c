// SPDX-License-Identifier: GPL-2.0-only
/*
 * DR0 to DR3 around a guest's turn, the same for both vendors.
 */
#include <linux/percpu.h>
#include <asm/debugreg.h>

#include "internal.h"

void hvr_debugregs_load(const struct hvr_vp *vp)
{
	set_debugreg(vp->dr[0], 0);
	set_debugreg(vp->dr[1], 1);
	set_debugreg(vp->dr[2], 2);
	set_debugreg(vp->dr[3], 3);
}

unsigned long hvr_debugregs_save_host(struct hvr_host_debugregs *host)
{
	get_debugreg(host->dr[0], 0);
	get_debugreg(host->dr[1], 1);
	get_debugreg(host->dr[2], 2);
	get_debugreg(host->dr[3], 3);
	return __this_cpu_read(cpu_dr7);
}

void hvr_debugregs_restore_host(const struct hvr_host_debugregs *host,
				unsigned long dr7)
{
	set_debugreg(host->dr[0], 0);
	set_debugreg(host->dr[1], 1);
	set_debugreg(host->dr[2], 2);
	set_debugreg(host->dr[3], 3);
	set_debugreg(dr7, 7);
}
