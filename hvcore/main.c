// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ladder and its mirror, nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"

static int __init hvroot_init(void)
{
	int err;

	hvr_run_init();
	err = hvr_fpu_init();
	if (err)
		return err;
	err = hvr_hw_init();
	if (err)
		return err;
	err = hvr_units_init();
	if (err)
		goto err_hw;
	hvr_debugfs_init();
	err = hvr_dev_init();
	if (err)
		goto err_debugfs;
	pr_info("hvroot: ready (%s)\n", hvr_be->name);
	return 0;

err_debugfs:
	hvr_debugfs_exit();
	hvr_units_exit();
err_hw:
	hvr_hw_exit();
	return err;
}

static void __exit hvroot_exit(void)
{
	hvr_dev_exit();
	hvr_debugfs_exit();
	hvr_units_exit();
	hvr_hw_exit();
	hvr_guestmem_exit();
	/* Objects freed after a grace period free through code of this module. */
	rcu_barrier();
}

module_init(hvroot_init);
module_exit(hvroot_exit);

MODULE_DESCRIPTION("Hyper-V style hypervisor for Linux hosts");
MODULE_LICENSE("GPL");
