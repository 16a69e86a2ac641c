// SPDX-License-Identifier: GPL-2.0-only
/* struct exec_cmd_ops took over from struct sbc_ops of SCSI target backstores. */
#include <target/target_core_base.h>
#include <target/target_core_backend.h>

sense_reason_t probe(struct se_cmd *cmd, struct exec_cmd_ops *ops);
sense_reason_t probe(struct se_cmd *cmd, struct exec_cmd_ops *ops)
{
	return sbc_parse_cdb(cmd, ops);
}
