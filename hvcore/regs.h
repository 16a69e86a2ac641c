/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accessors of registers by name that lie outside regs.c, for its table. @n is the
 * distance from the first name of the row; val comes in zeroed.
 */
#ifndef HVCORE_REGS_H
#define HVCORE_REGS_H

#include <linux/types.h>
#include <hvroot/status.h>

struct hvr_vp;

hvr_status_t hvr_reg_get_suspend(struct hvr_vp *vp, u32 n, u64 val[2]);
hvr_status_t hvr_reg_set_suspend(struct hvr_vp *vp, u32 n, const u64 val[2]);
hvr_status_t hvr_reg_get_activity(struct hvr_vp *vp, u32 n, u64 val[2]);
hvr_status_t hvr_reg_set_activity(struct hvr_vp *vp, u32 n, const u64 val[2]);
hvr_status_t hvr_reg_get_interruption(struct hvr_vp *vp, u32 n, u64 val[2]);
hvr_status_t hvr_reg_set_interruption(struct hvr_vp *vp, u32 n,
				      const u64 val[2]);
hvr_status_t hvr_reg_get_event0(struct hvr_vp *vp, u32 n, u64 val[2]);
hvr_status_t hvr_reg_set_event0(struct hvr_vp *vp, u32 n, const u64 val[2]);
hvr_status_t hvr_reg_get_interrupt_state(struct hvr_vp *vp, u32 n, u64 val[2]);
hvr_status_t hvr_reg_set_interrupt_state(struct hvr_vp *vp, u32 n,
					 const u64 val[2]);
hvr_status_t hvr_reg_get_deliverability(struct hvr_vp *vp, u32 n, u64 val[2]);
hvr_status_t hvr_reg_set_deliverability(struct hvr_vp *vp, u32 n,
					const u64 val[2]);

#endif /* HVCORE_REGS_H */
