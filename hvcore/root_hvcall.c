// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_ROOT_HVCALL: the envelope around a hypercall that a VMM passes through,
 * and the rows of the calls that may come this way.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <hvabi/hvhdk.h>

#include "internal.h"

#define MIN_INPUT	8U	/* the partition id */

#define ANY_PARTITION	(HVR_HC_PT | HVR_HC_VP)

const struct hvr_hypercall hvr_root_calls[] = {
	{
		.code = HV_CALL_GET_PARTITION_PROPERTY,
		.flags = HVR_HC_DEV | ANY_PARTITION,
		.in_size = sizeof(struct hv_in_get_property),
		.out_size = sizeof(u64),
		.fn = hvr_hc_get_property,
	}, {
		.code = HV_CALL_GET_PARTITION_PROPERTY_EX,
		.flags = HVR_HC_DEV | ANY_PARTITION | HVR_HC_VAROUT,
		.in_size = sizeof(struct hv_in_get_property_ex),
		.out_size = HV_PROPERTY_EX_MAX,
		.fn = hvr_hc_get_property_ex,
	}, {
		.code = HV_CALL_SET_PARTITION_PROPERTY,
		.flags = HVR_HC_PT,
		.in_size = sizeof(struct hv_in_set_property),
		.fn = hvr_hc_set_property,
	}, {
		.code = HV_CALL_INSTALL_INTERCEPT,
		.flags = ANY_PARTITION,
		.in_size = sizeof(struct hv_in_install_intercept),
		.fn = hvr_hc_install_intercept,
	}, {
		.code = HV_CALL_GET_VP_REGISTERS,
		.flags = ANY_PARTITION | HVR_HC_REP,
		.in_size = sizeof(struct hv_in_get_registers),
		.rep_in_size = sizeof(u32),
		.rep_out_size = sizeof(struct hv_register_value),
		.fn = hvr_hc_get_registers,
	}, {
		.code = HV_CALL_SET_VP_REGISTERS,
		.flags = ANY_PARTITION | HVR_HC_REP,
		.in_size = sizeof(struct hv_in_set_registers),
		.rep_in_size = sizeof(struct hv_register_assoc),
		.fn = hvr_hc_set_registers,
	}, {
		.code = HV_CALL_TRANSLATE_VIRTUAL_ADDRESS,
		.flags = ANY_PARTITION,
		.in_size = sizeof(struct hv_in_translate),
		.out_size = sizeof(struct hv_out_translate),
		.fn = hvr_hc_translate,
	}, {
		.code = HV_CALL_CLEAR_VIRTUAL_INTERRUPT,
		.flags = ANY_PARTITION,
		.in_size = sizeof(struct hv_in_clear_interrupt),
		.fn = hvr_hc_clear_interrupt,
	}, {
		.code = HV_CALL_REGISTER_INTERCEPT_RESULT,
		.flags = ANY_PARTITION,
		.in_size = HV_REGISTER_INTERCEPT_RESULT_SIZE,
		.fn = hvr_hc_register_intercept_result,
	}, {
		.code = HV_CALL_ASSERT_VIRTUAL_INTERRUPT,
		.flags = ANY_PARTITION,
		.in_size = sizeof(struct hv_in_assert_interrupt),
		.fn = hvr_hc_assert_interrupt,
	}, {
		.code = HV_CALL_GET_VP_CPUID_VALUES,
		.flags = ANY_PARTITION | HVR_HC_REP,
		.in_size = sizeof(struct hv_in_get_cpuid),
		.rep_in_size = sizeof(struct hv_cpuid_leaf),
		.rep_out_size = sizeof(struct hv_out_cpuid),
		.fn = hvr_hc_get_cpuid,
	},
};

const unsigned int hvr_nr_root_calls = ARRAY_SIZE(hvr_root_calls);

static int check_envelope(const struct mshv_root_hvcall *args)
{
	if (args->status || memchr_inv(args->rsvd, 0, sizeof(args->rsvd)))
		return -EINVAL;
	if (!args->in_ptr || args->in_sz < MIN_INPUT ||
	    args->in_sz > MSHV_HV_PAGE_SIZE)
		return -EINVAL;
	if (args->out_ptr &&
	    (!args->out_sz || args->out_sz > MSHV_HV_PAGE_SIZE))
		return -EINVAL;
	return 0;
}

/* The hypervisor's own checks of a call: form and sizes. */
static hvr_status_t check_call(const struct hvr_hypercall *row,
			       const struct mshv_root_hvcall *args,
			       u32 *out_size)
{
	bool rep = row->flags & HVR_HC_REP;
	u32 in = row->in_size + args->reps * row->rep_in_size;
	u32 out = row->out_size + args->reps * row->rep_out_size;

	if (rep != !!args->reps)
		return HVS_INVALID_HYPERCALL_INPUT;
	if (args->in_sz < in || out > MSHV_HV_PAGE_SIZE)
		return HVS_INVALID_HYPERCALL_INPUT;
	if (args->out_ptr && args->out_sz < out &&
	    !(row->flags & HVR_HC_VAROUT))
		return HVS_INVALID_HYPERCALL_INPUT;
	*out_size = out;
	return HVS_SUCCESS;
}

/* ---- locks ---- */

/* Calls that touch what pt->lock protects. Most do not: interrupts are asserted
 * and the clock is read by any thread, while another maps memory.
 */
static bool needs_partition_lock(u16 code)
{
	return code == HV_CALL_SET_PARTITION_PROPERTY ||
	       code == HV_CALL_INSTALL_INTERCEPT ||
	       code == HV_CALL_REGISTER_INTERCEPT_RESULT;
}

/* On a VP's descriptor, calls about registers wait until the VP does not run. */
static bool needs_vp_lock(u16 code)
{
	return code == HV_CALL_GET_VP_REGISTERS ||
	       code == HV_CALL_SET_VP_REGISTERS ||
	       code == HV_CALL_TRANSLATE_VIRTUAL_ADDRESS ||
	       code == HV_CALL_GET_VP_CPUID_VALUES;
}

static struct mutex *lock_for(struct hvr_partition *pt, struct hvr_vp *vp,
			      u16 code)
{
	if (pt && needs_partition_lock(code))
		return &pt->lock;
	if (vp && needs_vp_lock(code))
		return &vp->lock;
	return NULL;
}

/* ---- the call ---- */

struct call {
	struct mshv_root_hvcall args;
	const struct hvr_hypercall *row;
	hvr_status_t status;
	u32 out_size;
	u8 *in;
	u8 *out;
};

static int dispatch(struct call *call, struct hvr_partition *pt,
		    struct hvr_vp *vp)
{
	struct hvr_hypercall_ctx ctx = {
		.pt = pt,
		.code = call->args.code,
		.rep_count = call->args.reps,
		.in = call->in,
		.in_size = call->args.in_sz,
		.out = call->out,
		.out_size = call->out_size,
	};
	struct mutex *lock = lock_for(pt, vp, call->args.code);

	if (lock && mutex_lock_killable(lock))
		return -EINTR;
	call->status = call->row->fn(&ctx);
	if (lock)
		mutex_unlock(lock);
	call->args.reps = ctx.reps_done;
	return 0;
}

static int copy_out(struct call *call)
{
	void __user *user = u64_to_user_ptr(call->args.out_ptr);
	u32 size = min_t(u32, call->args.out_sz, call->out_size);

	if (!user || !size)
		return 0;
	return copy_to_user(user, call->out, size) ? -EFAULT : 0;
}

static int perform(struct call *call, struct hvr_partition *pt,
		   struct hvr_vp *vp, struct mshv_root_hvcall __user *user)
{
	u64 id = pt ? pt->id : HV_PARTITION_SELF;
	int err;

	if (copy_from_user(call->in, u64_to_user_ptr(call->args.in_ptr),
			   call->args.in_sz))
		return -EFAULT;
	memcpy(call->in, &id, sizeof(id));
	call->status = check_call(call->row, &call->args, &call->out_size);
	if (call->status == HVS_SUCCESS) {
		err = dispatch(call, pt, vp);
		if (err)
			return err;
	} else {
		call->args.reps = 0;
	}
	err = 0;
	if (call->status == HVS_SUCCESS)
		err = copy_out(call);
	call->args.status = (__force u16)call->status;
	if (copy_to_user(user, &call->args, sizeof(call->args)))
		return -EFAULT;
	return err ? err : hvr_status_to_errno(call->status);
}

long hvr_root_hvcall(struct hvr_partition *pt, struct hvr_vp *vp,
		     unsigned int who, void __user *uarg)
{
	struct call call = {};
	size_t out_room;
	long ret;

	if (copy_from_user(&call.args, uarg, sizeof(call.args)))
		return -EFAULT;
	ret = check_envelope(&call.args);
	if (ret)
		return ret;
	call.row = hvr_hypercall_find(call.args.code, who);
	if (!call.row)
		return -EINVAL;
	/* One allocation for both; rounded so that the output is aligned. */
	out_room = call.row->out_size +
		   (size_t)call.args.reps * call.row->rep_out_size;
	out_room = min_t(size_t, out_room, MSHV_HV_PAGE_SIZE);
	call.in = kzalloc(ALIGN(call.args.in_sz, 16) + out_room, GFP_KERNEL);
	if (!call.in)
		return -ENOMEM;
	call.out = call.in + ALIGN(call.args.in_sz, 16);
	ret = perform(&call, pt, vp, uarg);
	kfree(call.in);
	return ret;
}
