// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partition properties: a table from code to reader and writer.
 */
#include <linux/string.h>
#include <asm/processor.h>
#include <hvabi/hvhdk.h>

#include "internal.h"

#define WITHOUT_PARTITION	BIT(0)	/* can be read on the device, too */
#define ONLY_BEFORE		BIT(1)	/* written before initialization only */
#define ONLY_AFTER		BIT(2)	/* written after it only */

struct property {
	u32 code;
	u32 flags;
	u64 (*get)(struct hvr_partition *pt);
	hvr_status_t (*set)(struct hvr_partition *pt, u64 val);
};

/* ---- of the partition ---- */

static u64 get_synthetic_features(struct hvr_partition *pt)
{
	return pt->hv.synth_features;
}

/* What is not on offer is taken, and left out of what the guest sees. */
static hvr_status_t set_synthetic_features(struct hvr_partition *pt, u64 val)
{
	pt->hv.synth_features = val;
	return HVS_SUCCESS;
}

static u64 get_time_freeze(struct hvr_partition *pt)
{
	return READ_ONCE(pt->hv.frozen);
}

static hvr_status_t set_time_freeze(struct hvr_partition *pt, u64 val)
{
	if (val > 1)
		return HVS_PROPERTY_VALUE_OUT_OF_RANGE;
	return hvr_errno_to_status(hvr_time_freeze(pt, val));
}

static u64 get_reference_time(struct hvr_partition *pt)
{
	return hvr_partition_reference_time(pt);
}

static hvr_status_t set_reference_time(struct hvr_partition *pt, u64 val)
{
	hvr_time_set_reference(pt, val);
	return HVS_SUCCESS;
}

static u64 get_procs_per_socket(struct hvr_partition *pt)
{
	return pt->cpuid.procs_per_socket;
}

static hvr_status_t set_procs_per_socket(struct hvr_partition *pt, u64 val)
{
	if (!val || val > HVR_MAX_VPS)
		return HVS_PROPERTY_VALUE_OUT_OF_RANGE;
	WRITE_ONCE(pt->cpuid.procs_per_socket, val);
	return HVS_SUCCESS;
}

static u64 get_tracking(struct hvr_partition *pt)
{
	return READ_ONCE(pt->mem.slat.track);
}

static hvr_status_t set_tracking(struct hvr_partition *pt, u64 val)
{
	if (val > 1)
		return HVS_PROPERTY_VALUE_OUT_OF_RANGE;
	return hvr_errno_to_status(hvr_mem_set_tracking(pt, val));
}

static u64 get_unimplemented_msr(struct hvr_partition *pt)
{
	return pt->unimplemented_msr;
}

static hvr_status_t set_unimplemented_msr(struct hvr_partition *pt, u64 val)
{
	if (val > HV_UNIMPLEMENTED_MSR_IGNORE)
		return HVS_PROPERTY_VALUE_OUT_OF_RANGE;
	WRITE_ONCE(pt->unimplemented_msr, val);
	return HVS_SUCCESS;
}

/* ---- of the processor ---- */

static u64 get_vendor(struct hvr_partition *pt)
{
	switch (boot_cpu_data.x86_vendor) {
	case X86_VENDOR_AMD:
		return HV_VENDOR_AMD;
	case X86_VENDOR_HYGON:
		return HV_VENDOR_HYGON;
	default:
		return HV_VENDOR_INTEL;
	}
}

static u64 get_xsave_features(struct hvr_partition *pt)
{
	return hvr_cpuid_xsave_features(pt);
}

static u64 get_address_width(struct hvr_partition *pt)
{
	return boot_cpu_data.x86_phys_bits;
}

static u64 get_xsave_states(struct hvr_partition *pt)
{
	return hvr_fpu_xcr0_mask();
}

static u64 get_max_xsave_size(struct hvr_partition *pt)
{
	return hvr_xsave_state_size();
}

static u64 get_frequency(struct hvr_partition *pt)
{
	return hvr_tsc_frequency();
}

static u64 get_features0(struct hvr_partition *pt)
{
	return hvr_cpuid_feature_bank(pt, 0);
}

static u64 get_features1(struct hvr_partition *pt)
{
	return hvr_cpuid_feature_bank(pt, 1);
}

static const struct property properties[] = {
	{ HV_PROP_SYNTHETIC_FEATURES, ONLY_BEFORE,
	  get_synthetic_features, set_synthetic_features },
	{ HV_PROP_TIME_FREEZE, 0, get_time_freeze, set_time_freeze },
	{ HV_PROP_REFERENCE_TIME, 0, get_reference_time, set_reference_time },
	{ HV_PROP_PROCESSORS_PER_SOCKET, ONLY_AFTER,
	  get_procs_per_socket, set_procs_per_socket },
	{ HV_PROP_ACCESS_TRACKING, 0, get_tracking, set_tracking },
	{ HV_PROP_UNIMPLEMENTED_MSR_ACTION, ONLY_AFTER,
	  get_unimplemented_msr, set_unimplemented_msr },
	{ HV_PROP_PROCESSOR_VENDOR, WITHOUT_PARTITION, get_vendor },
	{ HV_PROP_XSAVE_FEATURES, WITHOUT_PARTITION, get_xsave_features },
	{ HV_PROP_PHYSICAL_ADDRESS_WIDTH, WITHOUT_PARTITION,
	  get_address_width },
	{ HV_PROP_XSAVE_STATES, WITHOUT_PARTITION, get_xsave_states },
	{ HV_PROP_MAX_XSAVE_SIZE, WITHOUT_PARTITION, get_max_xsave_size },
	{ HV_PROP_CLOCK_FREQUENCY, WITHOUT_PARTITION, get_frequency },
	{ HV_PROP_PROCESSOR_FEATURES0, WITHOUT_PARTITION, get_features0 },
	{ HV_PROP_PROCESSOR_FEATURES1, WITHOUT_PARTITION, get_features1 },
};

static const struct property *find(u32 code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(properties); i++)
		if (properties[i].code == code)
			return &properties[i];
	return NULL;
}

hvr_status_t hvr_property_get(struct hvr_partition *pt, u32 code, u64 *val)
{
	const struct property *p = find(code);

	if (!p)
		return HVS_UNKNOWN_PROPERTY;
	if (!pt && !(p->flags & WITHOUT_PARTITION))
		return HVS_INVALID_PARTITION_ID;
	*val = p->get(pt);
	return HVS_SUCCESS;
}

hvr_status_t hvr_property_set(struct hvr_partition *pt, u32 code, u64 val)
{
	const struct property *p = find(code);

	lockdep_assert_held(&pt->lock);
	if (!p)
		return HVS_UNKNOWN_PROPERTY;
	if (!p->set)
		return HVS_ACCESS_DENIED;
	if ((p->flags & ONLY_BEFORE) && pt->initialized)
		return HVS_INVALID_PARTITION_STATE;
	if ((p->flags & ONLY_AFTER) && !pt->initialized)
		return HVS_INVALID_PARTITION_STATE;
	return p->set(pt, val);
}

/* ---- the hypercalls ---- */

hvr_status_t hvr_hc_get_property(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_get_property *in = ctx->in;

	return hvr_property_get(ctx->pt, in->code, ctx->out);
}

hvr_status_t hvr_hc_set_property(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_set_property *in = ctx->in;

	return hvr_property_set(ctx->pt, in->code, in->value);
}

hvr_status_t hvr_hc_get_property_ex(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_get_property_ex *in = ctx->in;
	struct hv_out_assignable_features *out = ctx->out;

	switch (in->code) {
	case HV_PROP_ASSIGNABLE_SYNTHETIC_FEATURES:
		out->bank_count = 1;
		out->bank0 = hvr_hv_assignable_features();
		return HVS_SUCCESS;
	case HV_PROP_VMM_CAPABILITIES:
		/* All zero: none of what a root kernel would ask for. */
		return HVS_SUCCESS;
	default:
		return hvr_property_get(ctx->pt, in->code, ctx->out);
	}
}
