// SPDX-License-Identifier: GPL-2.0-only
/* SCSI target fabrics say whether commands start in the submitter's thread. */
#include <target/target_core_base.h>
#include <target/target_core_fabric.h>

extern const struct target_core_fabric_ops probe;
const struct target_core_fabric_ops probe = {
	.default_submit_type = TARGET_DIRECT_SUBMIT,
	.direct_submit_supp = 1,
};
