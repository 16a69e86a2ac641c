// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote TLB flush hypercalls.
 *
 * All four forms drop every guest translation of the VPs they name. A finer flush
 * would have to find all the address-space contexts that a guest uses for one page
 * table, which costs more than it saves.
 */
#include <linux/bitmap.h>
#include <hvabi/hvgdk.h>

#include "internal.h"
#include "vpset.h"

static_assert(HVR_VPSET_BITS == HVR_MAX_VPS);

/* The caller flushes at its next entry; the others have left guest mode once when
 * the call returns, and flush before they enter again.
 */
static void flush(struct hvr_vp *vp, unsigned long *mask)
{
	if (test_and_clear_bit(vp->index, mask))
		hvr_vp_request(vp, HVR_REQ_TLB_FLUSH);
	if (!bitmap_empty(mask, HVR_MAX_VPS))
		hvr_vp_request_and_wait(vp->pt, mask, HVR_REQ_TLB_FLUSH);
}

static hvr_status_t flush_mask(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_flush_in *in = ctx->in;
	DECLARE_BITMAP(mask, HVR_MAX_VPS);
	u64 flags = le64_to_cpu(in->flags);

	if (flags & ~HV_FLUSH_VALID)
		return HVS_INVALID_PARAMETER;
	if (flags & HV_FLUSH_PROCESSORS_ALL)
		bitmap_fill(mask, HVR_MAX_VPS);
	else
		hvr_vpset_from_mask(le64_to_cpu(in->processor_mask), mask);
	flush(ctx->vp, mask);
	ctx->reps_done = ctx->rep_count;
	return HVS_SUCCESS;
}

static hvr_status_t flush_set(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_flush_ex_in *in = ctx->in;
	u64 flags = le64_to_cpu(in->flags);
	DECLARE_BITMAP(mask, HVR_MAX_VPS);
	hvr_status_t status;
	bool all;

	if (flags & ~HV_FLUSH_VALID)
		return HVS_INVALID_PARAMETER;
	if (flags & HV_FLUSH_PROCESSORS_ALL) {
		bitmap_fill(mask, HVR_MAX_VPS);
	} else {
		status = hvr_vpset_parse(&in->set, (const __le64 *)(in + 1),
					 ctx->varhead, mask, &all);
		if (status != HVS_SUCCESS)
			return status;
	}
	flush(ctx->vp, mask);
	ctx->reps_done = ctx->rep_count;
	return HVS_SUCCESS;
}

const struct hvr_hypercall hvr_flush_calls[] = {
	{
		.code = HV_GCALL_FLUSH_SPACE,
		.flags = HVR_HC_GUEST,
		.in_size = sizeof(struct hv_flush_in),
		.fn = flush_mask,
	}, {
		.code = HV_GCALL_FLUSH_LIST,
		.flags = HVR_HC_GUEST | HVR_HC_REP,
		.in_size = sizeof(struct hv_flush_in),
		.rep_in_size = sizeof(__le64),
		.fn = flush_mask,
	}, {
		.code = HV_GCALL_FLUSH_SPACE_EX,
		.flags = HVR_HC_GUEST | HVR_HC_VARHEAD,
		.in_size = sizeof(struct hv_flush_ex_in),
		.fn = flush_set,
	}, {
		.code = HV_GCALL_FLUSH_LIST_EX,
		.flags = HVR_HC_GUEST | HVR_HC_VARHEAD | HVR_HC_REP,
		.in_size = sizeof(struct hv_flush_ex_in),
		.rep_in_size = sizeof(__le64),
		.fn = flush_set,
	},
};

const unsigned int hvr_nr_flush_calls = ARRAY_SIZE(hvr_flush_calls);
