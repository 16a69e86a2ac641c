// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small hypercalls: extended capabilities, long spin notice, identities.
 */
#include <linux/kernel.h>
#include <hvabi/hvgdk.h>

#include "internal.h"

/* None of the extended calls that a guest could use is there. */
static hvr_status_t ext_capabilities(struct hvr_hypercall_ctx *ctx)
{
	*(__le64 *)ctx->out = cpu_to_le64(0);
	return HVS_SUCCESS;
}

/* A spinning VP's thread is preemptible as any other: there is nothing to do. */
static hvr_status_t long_spin(struct hvr_hypercall_ctx *ctx)
{
	return HVS_SUCCESS;
}

static hvr_status_t partition_id(struct hvr_hypercall_ctx *ctx)
{
	*(__le64 *)ctx->out = cpu_to_le64(ctx->pt->id);
	return HVS_SUCCESS;
}

static bool find_vp_by_apic_id(struct hvr_partition *pt, u32 id, u32 *index)
{
	u32 i, limit = READ_ONCE(pt->vp_limit);

	for (i = 0; i < limit; i++) {
		struct hvr_vp *vp = hvr_partition_vp(pt, i);

		if (vp && READ_ONCE(vp->lapic.id) == id) {
			*index = i;
			return true;
		}
	}
	return false;
}

static hvr_status_t vp_index_from_apic_id(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_vp_index_in *in = ctx->in;
	const __le32 *ids = (const __le32 *)(in + 1);
	__le32 *out = ctx->out;
	u32 index;

	if (le64_to_cpu(in->partition_id) != HV_GCALL_PARTITION_SELF)
		return HVS_INVALID_PARTITION_ID;
	if (in->target_vtl)
		return HVS_INVALID_PARAMETER;
	while (ctx->reps_done < ctx->rep_count) {
		if (!find_vp_by_apic_id(ctx->pt,
					le32_to_cpu(ids[ctx->reps_done]),
					&index))
			return HVS_INVALID_PARAMETER;
		out[ctx->reps_done++] = cpu_to_le32(index);
	}
	return HVS_SUCCESS;
}

const struct hvr_hypercall hvr_ext_calls[] = {
	{
		.code = HV_GCALL_LONG_SPIN,
		.flags = HVR_HC_GUEST | HVR_HC_FAST | HVR_HC_NOSLEEP,
		.in_size = sizeof(__le64),
		.fn = long_spin,
	}, {
		.code = HV_GCALL_GET_PARTITION_ID,
		.flags = HVR_HC_GUEST,
		.out_size = sizeof(__le64),
		.privilege = HV_PRIV_ACCESS_PARTITION_ID,
		.fn = partition_id,
	}, {
		.code = HV_GCALL_VP_INDEX_FROM_APIC_ID,
		.flags = HVR_HC_GUEST | HVR_HC_REP,
		.in_size = sizeof(struct hv_vp_index_in),
		.rep_in_size = sizeof(__le32),
		.rep_out_size = sizeof(__le32),
		.privilege = HV_PRIV_HYPERCALL,
		.fn = vp_index_from_apic_id,
	}, {
		.code = HV_GCALL_EXT_CAPABILITIES,
		.flags = HVR_HC_GUEST,
		.out_size = sizeof(__le64),
		.privilege = HV_PRIV_EXTENDED_CALLS,
		.fn = ext_capabilities,
	},
};

const unsigned int hvr_nr_ext_calls = ARRAY_SIZE(hvr_ext_calls);
