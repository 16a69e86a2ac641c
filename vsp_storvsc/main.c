// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvroot_storvsp.ko: storage for partitions, as a fabric of the kernel's SCSI
 * target.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"

struct workqueue_struct *storvsp_wq;

static int __init storvsp_init(void)
{
	int err;

	storvsp_wq = alloc_workqueue("hvroot_storvsp", WQ_UNBOUND, 0);
	if (!storvsp_wq)
		return -ENOMEM;
	err = storvsp_req_cache_init();
	if (err)
		goto err_wq;
	err = storvsp_fabric_register();
	if (err)
		goto err_cache;
	return 0;

err_cache:
	storvsp_req_cache_exit();
err_wq:
	destroy_workqueue(storvsp_wq);
	return err;
}

static void __exit storvsp_exit(void)
{
	storvsp_fabric_unregister();
	storvsp_req_cache_exit();
	destroy_workqueue(storvsp_wq);
}

module_init(storvsp_init);
module_exit(storvsp_exit);
MODULE_DESCRIPTION("Storage for Hyper-V style partitions (SCSI target fabric)");
MODULE_LICENSE("GPL");
HVR_IMPORT_NS;
