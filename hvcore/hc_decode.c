// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control word and memory operands of a hypercall. Pure: numbers in, verdict out.
 */
#include <hvabi/hvgdk.h>

#include "hc_decode.h"

u16 hvr_hc_code(u64 control)
{
	return control & HV_HC_CODE_MASK;
}

static hvr_status_t check_reps(const struct hvr_hypercall *row,
			       const struct hvr_hc_form *form)
{
	if (row->flags & HVR_HC_REP) {
		if (!form->reps || form->start >= form->reps)
			return HVS_INVALID_HYPERCALL_INPUT;
	} else if (form->reps || form->start) {
		return HVS_INVALID_HYPERCALL_INPUT;
	}
	return HVS_SUCCESS;
}

hvr_status_t hvr_hc_check(const struct hvr_hypercall *row, u64 control,
			  u64 privileges, struct hvr_hc_form *form)
{
	hvr_status_t status;

	form->code = hvr_hc_code(control);
	form->fast = control & HV_HC_FAST;
	form->varhead = (control >> HV_HC_VARHEAD_SHIFT) & HV_HC_VARHEAD_MASK;
	form->reps = (control >> HV_HC_REPS_SHIFT) & HV_HC_REP_MASK;
	form->start = (control >> HV_HC_START_SHIFT) & HV_HC_REP_MASK;

	if (control & HV_HC_RESERVED)
		return HVS_INVALID_HYPERCALL_INPUT;
	if (form->fast && !(row->flags & HVR_HC_FAST))
		return HVS_INVALID_HYPERCALL_INPUT;
	if (form->varhead && !(row->flags & HVR_HC_VARHEAD))
		return HVS_INVALID_HYPERCALL_INPUT;
	status = check_reps(row, form);
	if (status != HVS_SUCCESS)
		return status;

	/* At most 64 KiB + 8 KiB + 4095 * 64 KiB: no overflow. */
	form->in_size = row->in_size + 8u * form->varhead +
			(u32)row->rep_in_size * form->reps;
	form->out_size = row->out_size + (u32)row->rep_out_size * form->reps;
	if (form->fast) {
		if (form->in_size > HVR_HC_FAST_BYTES || form->out_size)
			return HVS_INVALID_HYPERCALL_INPUT;
	} else if (form->in_size > HVR_HC_PAGE || form->out_size > HVR_HC_PAGE) {
		return HVS_INVALID_HYPERCALL_INPUT;
	}
	if (row->privilege & ~privileges)
		return HVS_ACCESS_DENIED;
	return HVS_SUCCESS;
}

static bool operand_fits(u64 gpa, u32 size)
{
	if (!size)
		return true;
	return !(gpa & 7) && (gpa & (HVR_HC_PAGE - 1)) + size <= HVR_HC_PAGE;
}

hvr_status_t hvr_hc_check_gpas(const struct hvr_hc_form *form, u64 in_gpa,
			       u64 out_gpa)
{
	if (form->fast)
		return HVS_SUCCESS;
	if (!operand_fits(in_gpa, form->in_size) ||
	    !operand_fits(out_gpa, form->out_size))
		return HVS_INVALID_ALIGNMENT;
	return HVS_SUCCESS;
}

u64 hvr_hc_result(hvr_status_t status, u16 reps_done)
{
	return (__force u16)status |
	       ((u64)(reps_done & HV_HC_REP_MASK) << HV_HC_RESULT_REPS_SHIFT);
}
