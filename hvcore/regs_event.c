// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers by name: suspension, activity and events.
 */
#include <hvabi/hvhdk.h>

#include "internal.h"
#include "regs.h"

/* ---- suspension and activity ---- */

hvr_status_t hvr_reg_get_suspend(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = n + HV_REG_EXPLICIT_SUSPEND == HV_REG_INTERCEPT_SUSPEND &&
		 vp->last.type != HVMSG_NONE;
	return HVS_SUCCESS;
}

/* A VP of ours runs while MSHV_RUN_VP is called, and never else. */
hvr_status_t hvr_reg_set_suspend(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	return val[0] & ~1ULL ? HVS_INVALID_REGISTER_VALUE : HVS_SUCCESS;
}

hvr_status_t hvr_reg_get_activity(struct hvr_vp *vp, u32 n, u64 val[2])
{
	switch (vp->activity) {
	case HVR_VP_WAIT_SIPI:
		val[0] = HV_ACTIVITY_STARTUP_SUSPEND;
		break;
	case HVR_VP_HALTED:
		val[0] = HV_ACTIVITY_HALT_SUSPEND;
		break;
	case HVR_VP_IDLE:
		val[0] = HV_ACTIVITY_IDLE_SUSPEND;
		break;
	}
	return HVS_SUCCESS;
}

hvr_status_t hvr_reg_set_activity(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	if (val[0] & ~(HV_ACTIVITY_STARTUP_SUSPEND | HV_ACTIVITY_HALT_SUSPEND |
		       HV_ACTIVITY_IDLE_SUSPEND))
		return HVS_INVALID_REGISTER_VALUE;
	if (val[0] & HV_ACTIVITY_STARTUP_SUSPEND)
		vp->activity = HVR_VP_WAIT_SIPI;
	else if (val[0] & HV_ACTIVITY_HALT_SUSPEND)
		vp->activity = HVR_VP_HALTED;
	else if (val[0] & HV_ACTIVITY_IDLE_SUSPEND)
		vp->activity = HVR_VP_IDLE;
	else
		vp->activity = HVR_VP_RUNNABLE;
	return HVS_SUCCESS;
}

/* ---- events ---- */

/*
 * One event can wait for the next entry. It shows as pending event 0 when it
 * carries a parameter (#PF, #DB), else as pending interruption. A VMM that writes
 * both back as it read them, the empty one included, leaves it as it was.
 */
static bool shows_as_event0(const struct hvr_event *ev)
{
	return ev->type == HVR_EVENT_EXCEPTION && ev->has_param;
}

static const u8 interruption_types[] = {
	[HVR_EVENT_EXTINT]	= HV_INTERRUPTION_EXTERNAL,
	[HVR_EVENT_NMI]		= HV_INTERRUPTION_NMI,
	[HVR_EVENT_EXCEPTION]	= HV_INTERRUPTION_EXCEPTION,
	[HVR_EVENT_SOFTINT]	= HV_INTERRUPTION_SOFTWARE_INT,
	[HVR_EVENT_SOFTEXC]	= HV_INTERRUPTION_SOFTWARE_EXCEPTION,
};

hvr_status_t hvr_reg_get_interruption(struct hvr_vp *vp, u32 n, u64 val[2])
{
	const struct hvr_event *ev = &vp->event;

	if (ev->type == HVR_EVENT_NONE || shows_as_event0(ev))
		return HVS_SUCCESS;
	val[0] = HV_INTERRUPTION_PENDING |
		 (u64)interruption_types[ev->type] << HV_INTERRUPTION_TYPE_SHIFT |
		 (u64)(ev->insn_len & 0xf) << HV_INTERRUPTION_LENGTH_SHIFT |
		 (u64)ev->vector << HV_INTERRUPTION_VECTOR_SHIFT;
	if (ev->has_error)
		val[0] |= HV_INTERRUPTION_ERROR_VALID |
			  (u64)ev->error << HV_INTERRUPTION_ERROR_SHIFT;
	return HVS_SUCCESS;
}

static u8 event_type(unsigned int type)
{
	switch (type) {
	case HV_INTERRUPTION_EXTERNAL:
		return HVR_EVENT_EXTINT;
	case HV_INTERRUPTION_NMI:
		return HVR_EVENT_NMI;
	case HV_INTERRUPTION_EXCEPTION:
		return HVR_EVENT_EXCEPTION;
	case HV_INTERRUPTION_SOFTWARE_INT:
		return HVR_EVENT_SOFTINT;
	case HV_INTERRUPTION_PRIVILEGED_SOFTWARE:
	case HV_INTERRUPTION_SOFTWARE_EXCEPTION:
		return HVR_EVENT_SOFTEXC;
	default:
		return HVR_EVENT_NONE;
	}
}

hvr_status_t hvr_reg_set_interruption(struct hvr_vp *vp, u32 n,
				      const u64 val[2])
{
	struct hvr_event ev = {};
	u64 vector;

	if (!(val[0] & HV_INTERRUPTION_PENDING)) {
		if (!shows_as_event0(&vp->event))
			vp->event = ev;
		return HVS_SUCCESS;
	}
	vector = val[0] >> HV_INTERRUPTION_VECTOR_SHIFT & 0xffff;
	ev.type = event_type(val[0] >> HV_INTERRUPTION_TYPE_SHIFT & 7);
	ev.vector = vector;
	ev.insn_len = val[0] >> HV_INTERRUPTION_LENGTH_SHIFT & 0xf;
	if (val[0] & HV_INTERRUPTION_ERROR_VALID) {
		ev.has_error = true;
		ev.error = val[0] >> HV_INTERRUPTION_ERROR_SHIFT;
	}
	if (ev.type == HVR_EVENT_NONE || vector > 255 ||
	    (ev.type == HVR_EVENT_EXCEPTION && vector > 31) ||
	    (ev.type == HVR_EVENT_NMI && vector != 2))
		return HVS_INVALID_REGISTER_VALUE;
	vp->event = ev;
	return HVS_SUCCESS;
}

hvr_status_t hvr_reg_get_event0(struct hvr_vp *vp, u32 n, u64 val[2])
{
	const struct hvr_event *ev = &vp->event;

	if (!shows_as_event0(ev))
		return HVS_SUCCESS;
	val[0] = HV_EVENT_PENDING | (u64)ev->vector << HV_EVENT_VECTOR_SHIFT;
	if (ev->has_error)
		val[0] |= HV_EVENT_ERROR_VALID |
			  (u64)ev->error << HV_EVENT_ERROR_SHIFT;
	val[1] = ev->param;
	return HVS_SUCCESS;
}

static hvr_status_t set_event0_exception(struct hvr_vp *vp, const u64 val[2])
{
	u64 vector = val[0] >> HV_EVENT_VECTOR_SHIFT & 0xffff;
	struct hvr_event ev = {
		.type = HVR_EVENT_EXCEPTION,
		.vector = vector,
		.has_error = val[0] & HV_EVENT_ERROR_VALID,
		.has_param = vector == 1 || vector == 14,
		.param = val[1],
	};

	if (vector > 31 || vector == 2)
		return HVS_INVALID_REGISTER_VALUE;
	if (ev.has_error)
		ev.error = val[0] >> HV_EVENT_ERROR_SHIFT;
	vp->event = ev;
	return HVS_SUCCESS;
}

hvr_status_t hvr_reg_set_event0(struct hvr_vp *vp, u32 n, const u64 val[2])
{
	struct hvr_event ev = {};

	if (!(val[0] & HV_EVENT_PENDING)) {
		if (shows_as_event0(&vp->event))
			vp->event = ev;
		return HVS_SUCCESS;
	}
	switch (val[0] >> HV_EVENT_TYPE_SHIFT & 7) {
	case HV_EVENT_TYPE_EXCEPTION:
		return set_event0_exception(vp, val);
	case HV_EVENT_TYPE_EXTINT:
		ev.type = HVR_EVENT_EXTINT;
		ev.vector = val[0] >> HV_EVENT_EXTINT_VECTOR_SHIFT & 0xff;
		vp->event = ev;
		return HVS_SUCCESS;
	default:
		return HVS_INVALID_REGISTER_VALUE;
	}
}

hvr_status_t hvr_reg_get_interrupt_state(struct hvr_vp *vp, u32 n, u64 val[2])
{
	if (hvr_be_call(interrupt_shadow)(vp))
		val[0] |= HV_INTERRUPT_STATE_SHADOW;
	if (hvr_be->nmi_masked(vp))
		val[0] |= HV_INTERRUPT_STATE_NMI_MASKED;
	return HVS_SUCCESS;
}

hvr_status_t hvr_reg_set_interrupt_state(struct hvr_vp *vp, u32 n,
					 const u64 val[2])
{
	bool shadow = val[0] & HV_INTERRUPT_STATE_SHADOW;
	bool masked = val[0] & HV_INTERRUPT_STATE_NMI_MASKED;

	if (shadow != hvr_be_call(interrupt_shadow)(vp))
		hvr_be_call(set_interrupt_shadow)(vp, shadow);
	if (masked != hvr_be->nmi_masked(vp))
		hvr_be->set_nmi_masked(vp, masked);
	return HVS_SUCCESS;
}

hvr_status_t hvr_reg_get_deliverability(struct hvr_vp *vp, u32 n, u64 val[2])
{
	val[0] = vp->deliverability;
	return HVS_SUCCESS;
}

hvr_status_t hvr_reg_set_deliverability(struct hvr_vp *vp, u32 n,
					const u64 val[2])
{
	if (val[0] & GENMASK_ULL(47, 6))
		return HVS_INVALID_REGISTER_VALUE;
	vp->deliverability = val[0];
	hvr_vp_request(vp, HVR_REQ_MESSAGE);
	return HVS_SUCCESS;
}
