/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control word and memory operands of a hypercall, checked against what the
 * call's row requires (hc_decode.c, pure).
 */
#ifndef HVCORE_HC_DECODE_H
#define HVCORE_HC_DECODE_H

#include <linux/types.h>
#include <hvroot/hypercall.h>
#include <hvroot/status.h>

#define HVR_HC_PAGE		4096u
#define HVR_HC_FAST_BYTES	16u	/* two registers */

/**
 * struct hvr_hc_form - one hypercall's form, all sizes known.
 * @code: call code
 * @fast: input in registers
 * @varhead: variable header, 8-byte units
 * @reps: rep count
 * @start: first rep to do
 * @in_size: bytes of input, all headers and reps
 * @out_size: bytes of output, all reps
 */
struct hvr_hc_form {
	u16 code;
	bool fast;
	u16 varhead;
	u16 reps;
	u16 start;
	u32 in_size;
	u32 out_size;
};

/* The call code alone, to find the row by. */
u16 hvr_hc_code(u64 control);

/* Check @control against @row and the caller's @privileges; fill @form. */
hvr_status_t hvr_hc_check(const struct hvr_hypercall *row, u64 control,
			  u64 privileges, struct hvr_hc_form *form);

/* Check the operands of a call in memory: 8-byte aligned, within one page. */
hvr_status_t hvr_hc_check_gpas(const struct hvr_hc_form *form, u64 in_gpa,
			       u64 out_gpa);

/* The result word. */
u64 hvr_hc_result(hvr_status_t status, u16 reps_done);

#endif /* HVCORE_HC_DECODE_H */
