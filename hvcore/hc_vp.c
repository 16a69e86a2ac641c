// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passed-through hypercalls on VPs: registers, translation, CPUID, interrupts.
 *
 * The VP named in the input counts, not the descriptor. A VP that runs is paused
 * for as long as its registers are touched.
 */
#include <hvabi/hvhdk.h>

#include "internal.h"

/* Bit 4 of the VTL byte says that the level in it counts; there is only level 0. */
static bool vtl_is_zero(u8 vtl)
{
	return !(vtl & 0x0f);
}

static hvr_status_t pause_vp(struct hvr_hypercall_ctx *ctx, u32 index,
			     struct hvr_vp **out)
{
	struct hvr_vp *vp = hvr_partition_vp(ctx->pt, index);

	if (!vp)
		return HVS_INVALID_VP_INDEX;
	if (hvr_vp_pause(vp))
		return HVS_OPERATION_FAILED;
	*out = vp;
	return HVS_SUCCESS;
}

/* ---- registers ---- */

hvr_status_t hvr_hc_get_registers(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_get_registers *in = ctx->in;
	hvr_status_t status;
	struct hvr_vp *vp;
	u16 i;

	if (!vtl_is_zero(in->vtl))
		return HVS_INVALID_PARAMETER;
	status = pause_vp(ctx, in->vp_index, &vp);
	if (status != HVS_SUCCESS)
		return status;
	hvr_regpage_consume(vp);
	for (i = 0; i < ctx->rep_count; i++) {
		u64 *val = ctx->out + i * sizeof(struct hv_register_value);

		status = hvr_vp_get_register(vp, in->names[i], val);
		if (status != HVS_SUCCESS)
			break;
		ctx->reps_done++;
	}
	hvr_vp_resume(vp);
	return status;
}

/* Does the register page show this register? Another thread may set one that it
 * does not while the VMM's VP thread is writing into the page: leave that alone.
 */
static bool page_shows(u32 name)
{
	if (name == HV_REG_DELIVERABILITY)
		return false;
	return name == HV_REG_EFER || (name >> 16 >= 1 && name >> 16 <= 7);
}

static bool page_shows_any(const struct hv_in_set_registers *in, u16 n)
{
	u16 i;

	for (i = 0; i < n; i++)
		if (page_shows(in->elements[i].name))
			return true;
	return false;
}

hvr_status_t hvr_hc_set_registers(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_set_registers *in = ctx->in;
	hvr_status_t status;
	struct hvr_vp *vp;
	bool page;
	u16 i;

	if (!vtl_is_zero(in->vtl))
		return HVS_INVALID_PARAMETER;
	page = page_shows_any(in, ctx->rep_count);
	status = pause_vp(ctx, in->vp_index, &vp);
	if (status != HVS_SUCCESS)
		return status;
	if (page)
		hvr_regpage_consume(vp);
	for (i = 0; i < ctx->rep_count; i++) {
		const struct hv_register_assoc *e = &in->elements[i];
		u64 val[2] = { e->value.low, e->value.high };

		status = hvr_vp_set_register(vp, e->name, val);
		if (status != HVS_SUCCESS)
			break;
		ctx->reps_done++;
	}
	if (page) {
		hvr_vp_recognise_reset(vp);
		hvr_regpage_publish(vp);
	}
	hvr_vp_resume(vp);
	return status;
}

/* ---- translation ---- */

#define VALIDATE_ANY	(HV_TRANSLATE_VALIDATE_READ |		\
			 HV_TRANSLATE_VALIDATE_WRITE |		\
			 HV_TRANSLATE_VALIDATE_EXECUTE)

static unsigned int current_cpl(struct hvr_vp *vp)
{
	struct hvr_segment ss;

	hvr_be_call(get_segment)(vp, HVR_SEG_SS, &ss);
	return ss.attr >> 5 & 3;
}

/* As supervisor or as user; when the caller says neither, as the VP would. */
static unsigned int walk_flags(struct hvr_vp *vp, u64 flags)
{
	unsigned int walk = 0;

	if (flags & HV_TRANSLATE_VALIDATE_WRITE)
		walk |= HVR_WALK_WRITE;
	if (flags & HV_TRANSLATE_VALIDATE_EXECUTE)
		walk |= HVR_WALK_EXEC;
	if (flags & HV_TRANSLATE_SET_AD)
		walk |= HVR_WALK_SET_AD;
	if (flags & HV_TRANSLATE_USER)
		walk |= HVR_WALK_USER;
	else if (!(flags & HV_TRANSLATE_SUPERVISOR) && current_cpl(vp) == 3)
		walk |= HVR_WALK_USER;
	if ((flags & HV_TRANSLATE_PRIVILEGE_EXEMPT) || !(flags & VALIDATE_ANY))
		walk |= HVR_WALK_NO_CHECK;
	return walk;
}

static u32 translate_result(int err, const struct hvr_walk_result *res)
{
	if (!err)
		return HV_TRANSLATE_SUCCESS;
	if (res->gpa_unmapped)
		return HV_TRANSLATE_GPA_UNMAPPED;
	if (res->not_present)
		return HV_TRANSLATE_NOT_PRESENT;
	return res->pf_error & BIT(3) ? HV_TRANSLATE_INVALID_TABLE_FLAGS :
					HV_TRANSLATE_PRIVILEGE_VIOLATION;
}

/* A page that translates but is no RAM is a success: the VMM emulates a device
 * there.
 */
hvr_status_t hvr_hc_translate(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_translate *in = ctx->in;
	struct hv_out_translate *out = ctx->out;
	struct hvr_walk_result res = {};
	hvr_status_t status;
	struct hvr_vp *vp;
	int err;

	if ((in->flags & ~(HV_TRANSLATE_FLAGS | 0xffULL << HV_TRANSLATE_VTL_SHIFT)) ||
	    !vtl_is_zero(in->flags >> HV_TRANSLATE_VTL_SHIFT) ||
	    in->gva_page >> 52)
		return HVS_INVALID_PARAMETER;
	status = pause_vp(ctx, in->vp_index, &vp);
	if (status != HVS_SUCCESS)
		return status;
	hvr_regpage_consume(vp);
	err = hvr_walk(vp, in->gva_page << 12, walk_flags(vp, in->flags),
		       &res);
	hvr_vp_resume(vp);
	if (err && err != -EFAULT)
		return hvr_errno_to_status(err);
	out->result = translate_result(err, &res);
	if (!err) {
		out->cache_type = HV_CACHE_TYPE_WRITE_BACK;
		out->gpa_page = res.gpa >> 12;
	}
	return HVS_SUCCESS;
}

/* ---- CPUID ---- */

hvr_status_t hvr_hc_get_cpuid(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_get_cpuid *in = ctx->in;
	struct hv_out_cpuid *out = ctx->out;
	unsigned int flags = 0;
	hvr_status_t status;
	struct hvr_vp *vp;
	u32 regs[4];
	u16 i;

	if (in->flags & ~(HV_CPUID_USE_VP_XCR0 | HV_CPUID_APPLY_RESULTS))
		return HVS_INVALID_PARAMETER;
	if (!(in->flags & HV_CPUID_APPLY_RESULTS))
		flags |= HVR_CPUID_NO_OVERRIDES;
	status = pause_vp(ctx, in->vp_index, &vp);
	if (status != HVS_SUCCESS)
		return status;
	for (i = 0; i < ctx->rep_count; i++) {
		hvr_cpuid(vp, in->leaves[i].eax, in->leaves[i].ecx, flags, regs);
		out[i].eax = regs[0];
		out[i].ebx = regs[1];
		out[i].ecx = regs[2];
		out[i].edx = regs[3];
	}
	hvr_vp_resume(vp);
	ctx->reps_done = ctx->rep_count;
	return HVS_SUCCESS;
}

hvr_status_t hvr_hc_register_intercept_result(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_register_intercept_result *in = ctx->in;
	const struct hv_cpuid_result_parameters *p = &in->cpuid;
	struct hvr_cpuid_result res = {
		.vp_index = in->vp_index,
		.leaf = p->eax_in,
		.subleaf = p->ecx_in,
		.subleaf_specific = p->subleaf_specific,
		.always_override = p->always_override,
		.value = { p->eax, p->ebx, p->ecx, p->edx },
		.mask = { p->eax_mask, p->ebx_mask, p->ecx_mask, p->edx_mask },
	};

	lockdep_assert_held(&ctx->pt->lock);
	if (in->intercept_kind != HV_INTERCEPT_CPUID)
		return HVS_INVALID_PARAMETER;
	if (in->vp_index != HV_VP_ANY &&
	    !hvr_partition_vp(ctx->pt, in->vp_index))
		return HVS_INVALID_VP_INDEX;
	return hvr_errno_to_status(hvr_cpuid_register(ctx->pt, &res));
}

/* ---- interrupts and intercepts ---- */

/* Does the VMM act on the end of level interrupts that it asserts by hypercall? One
 * that installed an intercept is known to. Others need the guest to end the pin at
 * the I/O APIC itself, which it does when the local APIC does not show a level.
 */
static bool vmm_wants_eoi(const struct hvr_partition *pt)
{
	return READ_ONCE(pt->vmm_intercepts);
}

hvr_status_t hvr_hc_assert_interrupt(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_assert_interrupt *in = ctx->in;
	u32 type = in->control;
	bool level = in->control & HV_INTERRUPT_CONTROL_LEVEL;
	struct hvr_interrupt irq = {
		.vector = in->vector,
		.mode = type,
		.logical = in->control & HV_INTERRUPT_CONTROL_LOGICAL,
		.level = level,
		.level_assert = true,
		.show_level = level && vmm_wants_eoi(ctx->pt),
		.dest = in->destination,
	};

	if (type > HVR_DELIVER_LINT1 || in->vector > 255 ||
	    in->destination >> 32 || !vtl_is_zero(in->vtl))
		return HVS_INVALID_PARAMETER;
	/* An interrupt that nobody takes is lost, as on a bus. */
	hvr_lapic_deliver(ctx->pt, NULL, &irq);
	return HVS_SUCCESS;
}

/* Nothing stays asserted here: level interrupts are edges with a reported end. */
hvr_status_t hvr_hc_clear_interrupt(struct hvr_hypercall_ctx *ctx)
{
	return HVS_SUCCESS;
}

#define SUPPORTED_INTERCEPTS	(BIT(HV_INTERCEPT_HYPERCALL) |		\
				 BIT(HV_INTERCEPT_UNKNOWN_CONNECTION) |	\
				 BIT(HV_INTERCEPT_APIC_EOI) |		\
				 BIT(HV_INTERCEPT_RETARGET_UNKNOWN_DEVICE))

#define ALL_ACCESS		7U

hvr_status_t hvr_hc_install_intercept(struct hvr_hypercall_ctx *ctx)
{
	const struct hv_in_install_intercept *in = ctx->in;
	struct hvr_partition *pt = ctx->pt;
	u32 kinds = pt->vmm_intercepts;

	lockdep_assert_held(&pt->lock);
	if (in->intercept_kind > 31 || in->access & ~ALL_ACCESS ||
	    !(SUPPORTED_INTERCEPTS & BIT(in->intercept_kind)))
		return HVS_INVALID_PARAMETER;
	if (in->access)
		kinds |= BIT(in->intercept_kind);
	else
		kinds &= ~BIT(in->intercept_kind);
	WRITE_ONCE(pt->vmm_intercepts, kinds);
	return HVS_SUCCESS;
}
