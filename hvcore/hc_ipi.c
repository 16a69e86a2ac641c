// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts from a guest to a set of its VPs.
 */
#include <linux/bitmap.h>
#include <hvabi/hvgdk.h>

#include "internal.h"
#include "vpset.h"

#define FIRST_VECTOR	16
#define LAST_VECTOR	255

static void send_ipi(struct hvr_partition *pt, const unsigned long *mask,
		     u8 vector)
{
	u32 i;

	for_each_set_bit(i, mask, HVR_MAX_VPS) {
		struct hvr_vp *vp = hvr_partition_vp(pt, i);

		if (vp)
			hvr_vp_assert(vp, vector, false);
	}
}

static hvr_status_t check_ipi(u32 vector, u8 vtl)
{
	if (vector < FIRST_VECTOR || vector > LAST_VECTOR || vtl)
		return HVS_INVALID_PARAMETER;
	return HVS_SUCCESS;
}

static hvr_status_t ipi_mask(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_ipi_in *in = ctx->in;
	u32 vector = le32_to_cpu(in->vector);
	DECLARE_BITMAP(mask, HVR_MAX_VPS);
	hvr_status_t status;

	status = check_ipi(vector, in->target_vtl);
	if (status != HVS_SUCCESS)
		return status;
	hvr_vpset_from_mask(le64_to_cpu(in->processor_mask), mask);
	send_ipi(ctx->pt, mask, vector);
	return HVS_SUCCESS;
}

static hvr_status_t ipi_set(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_ipi_ex_in *in = ctx->in;
	u32 vector = le32_to_cpu(in->vector);
	DECLARE_BITMAP(mask, HVR_MAX_VPS);
	hvr_status_t status;
	bool all;

	status = check_ipi(vector, in->target_vtl);
	if (status != HVS_SUCCESS)
		return status;
	status = hvr_vpset_parse(&in->set, (const __le64 *)(in + 1),
				 ctx->varhead, mask, &all);
	if (status != HVS_SUCCESS)
		return status;
	send_ipi(ctx->pt, mask, vector);
	return HVS_SUCCESS;
}

const struct hvr_hypercall hvr_ipi_calls[] = {
	{
		.code = HV_GCALL_SEND_IPI,
		.flags = HVR_HC_GUEST | HVR_HC_FAST | HVR_HC_NOSLEEP,
		.in_size = sizeof(struct hv_ipi_in),
		.fn = ipi_mask,
	}, {
		.code = HV_GCALL_SEND_IPI_EX,
		.flags = HVR_HC_GUEST | HVR_HC_VARHEAD,
		.in_size = sizeof(struct hv_ipi_ex_in),
		.fn = ipi_set,
	},
};

const unsigned int hvr_nr_ipi_calls = ARRAY_SIZE(hvr_ipi_calls);
