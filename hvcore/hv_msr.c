// SPDX-License-Identifier: GPL-2.0-only
/*
 * Synthetic MSRs of hvcore, the privileges that each MSR needs, and the CPUID
 * leaves that tell the guest about them.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <hvabi/hvgdk.h>

#include "internal.h"

#define HV_BUILD		20348	/* printed by guests */
#define HV_VERSION		(10 << 16)
#define CRASH_MESSAGE_MAX	4096
/* Host processor feature "invariant TSC": bank 1. */
#define FEATURE_INVARIANT_TSC	BIT_ULL(1)

/* ---- features and privileges ---- */

struct synth_feature {
	u64 synth;
	u64 privileges;
	u32 features;
	u32 hints;
};

static const struct synth_feature synth_features[] = {
	{ HV_SYNTH_VP_RUNTIME, HV_PRIV_VP_RUNTIME },
	{ HV_SYNTH_REFERENCE_COUNTER, HV_PRIV_REFERENCE_COUNTER },
	{ HV_SYNTH_SYNIC, HV_PRIV_SYNIC | HV_PRIV_POST_MESSAGES |
			  HV_PRIV_SIGNAL_EVENTS },
	{ HV_SYNTH_STIMER, HV_PRIV_STIMER },
	{ HV_SYNTH_APIC, HV_PRIV_APIC, 0, HV_HINT_APIC_MSRS },
	{ HV_SYNTH_HYPERCALL, HV_PRIV_HYPERCALL | HV_PRIV_EXTENDED_CALLS },
	{ HV_SYNTH_VP_INDEX, HV_PRIV_VP_INDEX },
	{ HV_SYNTH_REFERENCE_TSC, HV_PRIV_REFERENCE_TSC },
	{ HV_SYNTH_GUEST_IDLE, HV_PRIV_GUEST_IDLE, HV_FEATURE_GUEST_IDLE },
	{ HV_SYNTH_FREQUENCY, HV_PRIV_FREQUENCY, HV_FEATURE_FREQUENCY },
	{ HV_SYNTH_STIMER_DIRECT, 0, HV_FEATURE_STIMER_DIRECT },
	{ HV_SYNTH_EX_MASKS, 0, 0, HV_HINT_EX_MASKS },
	{ HV_SYNTH_FLUSH, 0, 0, HV_HINT_REMOTE_FLUSH },
	{ HV_SYNTH_CLUSTER_IPI, 0, 0, HV_HINT_CLUSTER_IPI },
	{ HV_SYNTH_SIGNAL_EVENTS, HV_PRIV_SIGNAL_EVENTS },
	{ HV_SYNTH_HYPERVISOR | HV_SYNTH_HV1, 0, HV_FEATURE_CRASH,
	  HV_HINT_RELAXED_TIMING | HV_HINT_NO_AUTO_EOI },
	{ HV_SYNTH_LONG_SPIN },
};

u64 hvr_hv_assignable_features(void)
{
	u64 all = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(synth_features); i++)
		all |= synth_features[i].synth;
	return all;
}

static bool has_hypervisor(const struct hvr_partition *pt)
{
	const u64 both = HV_SYNTH_HYPERVISOR | HV_SYNTH_HV1;

	return (READ_ONCE(pt->hv.synth_features) & both) == both;
}

static bool host_tsc_invariant(const struct hvr_partition *pt)
{
	return boot_cpu_has(X86_FEATURE_CONSTANT_TSC) &&
	       boot_cpu_has(X86_FEATURE_NONSTOP_TSC) &&
	       !(pt->cpuid.disabled_features[1] & FEATURE_INVARIANT_TSC);
}

void hvr_hv_initialize(struct hvr_partition *pt)
{
	struct hvr_hv_partition *hv = &pt->hv;
	const struct synth_feature *f;
	int i;

	hv->privileges = 0;
	hv->features = 0;
	hv->hints = 0;
	hv->synth_features &= hvr_hv_assignable_features();
	if (!has_hypervisor(pt))
		return;
	for (i = 0; i < ARRAY_SIZE(synth_features); i++) {
		f = &synth_features[i];
		if ((hv->synth_features & f->synth) != f->synth)
			continue;
		hv->privileges |= f->privileges;
		hv->features |= f->features;
		hv->hints |= f->hints;
	}
	if (host_tsc_invariant(pt))
		hv->privileges |= HV_PRIV_TSC_INVARIANT;
}

void hvr_hv_cpuid(struct hvr_partition *pt, u32 leaf, u32 regs[4])
{
	const struct hvr_hv_partition *hv = &pt->hv;

	memset(regs, 0, 4 * sizeof(u32));
	if (!has_hypervisor(pt))
		return;
	switch (leaf) {
	case HV_CPUID_VENDOR:
		regs[0] = HV_CPUID_HARDWARE;
		regs[1] = HV_CPUID_SIGNATURE_EBX;
		regs[2] = HV_CPUID_SIGNATURE_ECX;
		regs[3] = HV_CPUID_SIGNATURE_EDX;
		break;
	case HV_CPUID_INTERFACE_ID:
		regs[0] = HV_CPUID_INTERFACE_HV1;
		break;
	case HV_CPUID_VERSION:
		regs[0] = HV_BUILD;
		regs[1] = HV_VERSION;
		break;
	case HV_CPUID_PRIVILEGES:
		regs[0] = lower_32_bits(hv->privileges);
		regs[1] = upper_32_bits(hv->privileges);
		regs[3] = hv->features;
		break;
	case HV_CPUID_HINTS:
		regs[0] = hv->hints;
		regs[1] = HV_SPIN_NEVER_NOTIFY;
		break;
	case HV_CPUID_LIMITS:
		regs[0] = HVR_MAX_VPS;
		regs[1] = HVR_MAX_VPS;
		break;
	case HV_CPUID_HARDWARE:
		regs[0] = HV_HARDWARE_SLAT;
		break;
	}
}

/* ---- life ---- */

int hvr_hv_partition_init(struct hvr_partition *pt)
{
	struct hvr_hv_partition *hv = &pt->hv;

	mutex_init(&hv->page_lock);
	hv->synth_features = hvr_hv_assignable_features();
	hvr_time_init(pt);
	return 0;
}

static void drop_crash(struct hvr_hv_partition *hv)
{
	kfree(hv->crash.message);
	memset(&hv->crash, 0, sizeof(hv->crash));
}

void hvr_hv_partition_exit(struct hvr_partition *pt)
{
	drop_crash(&pt->hv);
	mutex_destroy(&pt->hv.page_lock);
}

void hvr_hv_partition_reset(struct hvr_partition *pt)
{
	struct hvr_hv_partition *hv = &pt->hv;

	mutex_lock(&hv->page_lock);
	WRITE_ONCE(hv->guest_os_id, 0);
	WRITE_ONCE(hv->hypercall_enabled, false);
	WRITE_ONCE(hv->tsc_invariant_control, 0);
	hv->hypercall_msr = 0;
	hv->reference_tsc_msr = 0;
	drop_crash(hv);
	mutex_unlock(&hv->page_lock);
}

int hvr_hv_vp_init(struct hvr_vp *vp)
{
	struct hvr_hv_vp *hv = &vp->hv;

	hv->hypercall_in = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	hv->hypercall_out = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!hv->hypercall_in || !hv->hypercall_out) {
		hvr_hv_vp_exit(vp);
		return -ENOMEM;
	}
	hvr_time_vp_init(vp);
	return 0;
}

void hvr_hv_vp_exit(struct hvr_vp *vp)
{
	struct hvr_hv_vp *hv = &vp->hv;

	hv->no_eoi_set = false;
	hvr_assist_release(vp);
	free_page((unsigned long)hv->hypercall_in);
	free_page((unsigned long)hv->hypercall_out);
	hv->hypercall_in = NULL;
	hv->hypercall_out = NULL;
}

void hvr_hv_vp_reset(struct hvr_vp *vp)
{
	struct hvr_hv_vp *hv = &vp->hv;

	hv->no_eoi_set = false;
	hvr_assist_release(vp);
	hv->assist_msr = 0;
	memset(hv->crash, 0, sizeof(hv->crash));
	hv->crash_ctl = 0;
	hvr_msr_reset(vp);
}

/* ---- crash report ---- */

/* The guest's message is read before the lock and the report are touched. */
static char *read_crash_message(struct hvr_vp *vp, u32 *len)
{
	u64 size = min_t(u64, vp->hv.crash[4], CRASH_MESSAGE_MAX);
	char *buf;

	*len = 0;
	if (!(vp->hv.crash_ctl & HV_CRASH_HAS_MESSAGE) || !size)
		return NULL;
	buf = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return NULL;
	if (hvr_guest_read(vp->pt, vp->hv.crash[3], buf, size)) {
		kfree(buf);
		return NULL;
	}
	*len = size;
	return buf;
}

static void hvr_hv_crash(struct hvr_vp *vp)
{
	struct hvr_partition *pt = vp->pt;
	struct hvr_crash *crash = &pt->hv.crash;
	u32 len;
	char *message = read_crash_message(vp, &len);

	mutex_lock(&pt->hv.page_lock);
	drop_crash(&pt->hv);
	memcpy(crash->param, vp->hv.crash, sizeof(crash->param));
	crash->control = vp->hv.crash_ctl;
	crash->vp_index = vp->index;
	crash->message = message;
	crash->message_len = len;
	crash->valid = true;
	mutex_unlock(&pt->hv.page_lock);
	pt_warn_ratelimited(pt, "guest reports a crash on VP %u: %#llx %#llx %#llx %#llx %#llx\n",
			    vp->index, vp->hv.crash[0], vp->hv.crash[1],
			    vp->hv.crash[2], vp->hv.crash[3], vp->hv.crash[4]);
}

bool hvr_hv_get_crash(struct hvr_partition *pt, struct hvr_crash *crash,
		      void *message, u32 len)
{
	mutex_lock(&pt->hv.page_lock);
	*crash = pt->hv.crash;
	crash->message = NULL;
	len = min(len, crash->message_len);
	if (len)
		memcpy(message, pt->hv.crash.message, len);
	mutex_unlock(&pt->hv.page_lock);
	return crash->valid;
}

/* ---- page MSRs of the partition ---- */

static void set_guest_os_id(struct hvr_vp *vp, u64 val, bool host)
{
	struct hvr_hv_partition *hv = &vp->pt->hv;
	u64 old;

	mutex_lock(&hv->page_lock);
	old = hv->guest_os_id;
	WRITE_ONCE(hv->guest_os_id, val);
	if (!val && !host) {
		hv->hypercall_msr &= ~HV_MSR_PAGE_ENABLE;
		WRITE_ONCE(hv->hypercall_enabled, false);
	}
	mutex_unlock(&hv->page_lock);
	/* A guest that takes its name back is about to start another kernel. */
	if (old && !val && !host)
		hvr_partition_notify_reset(vp->pt);
}

/*
 * The page a guest calls into. It begins with ENDBR64 because guests with indirect
 * branch tracking call it through a pointer; what is not code traps.
 */
static int write_hypercall_page(struct hvr_vp *vp, u64 gpa)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	u8 *page = vp->hv.hypercall_out;
	u8 *p = page;

	memset(page, 0xcc, PAGE_SIZE);
	memcpy(p, endbr, sizeof(endbr));
	p += sizeof(endbr);
	memcpy(p, hvr_be->vmcall_insn, hvr_be->vmcall_insn_len);
	p += hvr_be->vmcall_insn_len;
	*p = 0xc3;
	return hvr_guest_write(vp->pt, gpa, page, PAGE_SIZE);
}

static enum hvr_msr_result set_hypercall_msr(struct hvr_vp *vp, u64 val,
					     bool host)
{
	struct hvr_hv_partition *hv = &vp->pt->hv;
	enum hvr_msr_result res = HVR_MSR_OK;
	int ret = 0;

	mutex_lock(&hv->page_lock);
	if (!host && (hv->hypercall_msr & HV_MSR_HYPERCALL_LOCKED)) {
		res = HVR_MSR_GP;
		goto out_unlock;
	}
	if (!host && !hv->guest_os_id)
		val &= ~HV_MSR_PAGE_ENABLE;
	if (val & HV_MSR_PAGE_ENABLE)
		ret = write_hypercall_page(vp, val & HV_MSR_PAGE_MASK);
	/* A VMM may set registers before it has put memory there. */
	if (ret && !host) {
		res = HVR_MSR_GP;
		goto out_unlock;
	}
	hv->hypercall_msr = val;
	WRITE_ONCE(hv->hypercall_enabled, val & HV_MSR_PAGE_ENABLE);
out_unlock:
	mutex_unlock(&hv->page_lock);
	return res;
}

static enum hvr_msr_result set_reference_tsc(struct hvr_partition *pt, u64 val,
					     bool host)
{
	struct hvr_hv_partition *hv = &pt->hv;
	enum hvr_msr_result res = HVR_MSR_OK;

	mutex_lock(&hv->page_lock);
	if ((val & HV_MSR_PAGE_ENABLE) &&
	    hvr_time_write_page(pt, val & HV_MSR_PAGE_MASK) && !host)
		res = HVR_MSR_GP;
	else
		hv->reference_tsc_msr = val;
	mutex_unlock(&hv->page_lock);
	return res;
}

/* ---- the MSRs ---- */

/* CPU time of the thread that runs the VP, continued when another takes over. */
static u64 vp_runtime(struct hvr_vp *vp)
{
	u64 now = current->se.sum_exec_runtime;
	struct hvr_hv_vp *hv = &vp->hv;

	if (hv->runtime_pid != current->pid) {
		hv->runtime_base = now - hv->runtime;
		hv->runtime_pid = current->pid;
	}
	hv->runtime = now - hv->runtime_base;
	return div_u64(hv->runtime, 100);
}

/*
 * A pending interrupt ends the idle state even when the guest has interrupts
 * disabled: it sleeps in a lock, and the kick is an interrupt that it cannot take.
 */
static void guest_idle(struct hvr_vp *vp)
{
	if (hvr_lapic_pending(vp) < 0)
		vp->activity = HVR_VP_IDLE;
}

struct msr_rule {
	u32 first;
	u32 last;
	u64 privilege;
	u32 feature;
};

static const struct msr_rule msr_rules[] = {
	{ HV_SYN_MSR_GUEST_OS_ID, HV_SYN_MSR_HYPERCALL, HV_PRIV_HYPERCALL },
	{ HV_SYN_MSR_VP_INDEX, HV_SYN_MSR_VP_INDEX, HV_PRIV_VP_INDEX },
	{ HV_SYN_MSR_VP_RUNTIME, HV_SYN_MSR_VP_RUNTIME, HV_PRIV_VP_RUNTIME },
	{ HV_SYN_MSR_TIME_REF_COUNT, HV_SYN_MSR_TIME_REF_COUNT,
	  HV_PRIV_REFERENCE_COUNTER },
	{ HV_SYN_MSR_REFERENCE_TSC, HV_SYN_MSR_REFERENCE_TSC,
	  HV_PRIV_REFERENCE_TSC },
	{ HV_SYN_MSR_TSC_FREQUENCY, HV_SYN_MSR_APIC_FREQUENCY,
	  HV_PRIV_FREQUENCY },
	{ HV_SYN_MSR_EOI, HV_SYN_MSR_VP_ASSIST_PAGE, HV_PRIV_APIC },
	{ HV_SYN_MSR_SCONTROL, HV_SYN_MSR_EOM, HV_PRIV_SYNIC },
	{ HV_SYN_MSR_SINT0, HV_SYN_MSR_SINT15, HV_PRIV_SYNIC },
	{ HV_SYN_MSR_STIMER0_CONFIG, HV_SYN_MSR_STIMER3_COUNT, HV_PRIV_STIMER },
	{ HV_SYN_MSR_GUEST_IDLE, HV_SYN_MSR_GUEST_IDLE, HV_PRIV_GUEST_IDLE },
	{ HV_SYN_MSR_CRASH_P0, HV_SYN_MSR_CRASH_CTL, 0, HV_FEATURE_CRASH },
	{ HV_SYN_MSR_TSC_INVARIANT, HV_SYN_MSR_TSC_INVARIANT,
	  HV_PRIV_TSC_INVARIANT },
};

static enum hvr_msr_result check_access(const struct hvr_partition *pt, u32 msr,
					bool host)
{
	const struct msr_rule *rule;
	int i;

	for (i = 0; i < ARRAY_SIZE(msr_rules); i++) {
		rule = &msr_rules[i];
		if (msr < rule->first || msr > rule->last)
			continue;
		if (host)
			return HVR_MSR_OK;
		if ((pt->hv.privileges & rule->privilege) != rule->privilege ||
		    (pt->hv.features & rule->feature) != rule->feature)
			return HVR_MSR_GP;
		return HVR_MSR_OK;
	}
	return HVR_MSR_UNKNOWN;
}

enum hvr_msr_result hvr_hv_get_msr(struct hvr_vp *vp, u32 msr, u64 *val,
				   bool host)
{
	struct hvr_hv_partition *hv = &vp->pt->hv;
	enum hvr_msr_result res = check_access(vp->pt, msr, host);
	const struct hvr_unit *unit;

	if (res != HVR_MSR_OK)
		return res;
	switch (msr) {
	case HV_SYN_MSR_GUEST_OS_ID:
		*val = READ_ONCE(hv->guest_os_id);
		return HVR_MSR_OK;
	case HV_SYN_MSR_HYPERCALL:
		*val = READ_ONCE(hv->hypercall_msr);
		return HVR_MSR_OK;
	case HV_SYN_MSR_VP_INDEX:
		*val = vp->index;
		return HVR_MSR_OK;
	case HV_SYN_MSR_VP_RUNTIME:
		*val = vp_runtime(vp);
		return HVR_MSR_OK;
	case HV_SYN_MSR_TIME_REF_COUNT:
		*val = hvr_partition_reference_time(vp->pt);
		return HVR_MSR_OK;
	case HV_SYN_MSR_REFERENCE_TSC:
		*val = READ_ONCE(hv->reference_tsc_msr);
		return HVR_MSR_OK;
	case HV_SYN_MSR_TSC_FREQUENCY:
		*val = hvr_tsc_frequency();
		return HVR_MSR_OK;
	case HV_SYN_MSR_APIC_FREQUENCY:
		*val = HVR_LAPIC_FREQUENCY;
		return HVR_MSR_OK;
	case HV_SYN_MSR_EOI:
		return HVR_MSR_GP;
	case HV_SYN_MSR_ICR:
		*val = hvr_lapic_read_icr(vp);
		return HVR_MSR_OK;
	case HV_SYN_MSR_TPR:
		*val = vp->lapic.tpr & 0xff;
		return HVR_MSR_OK;
	case HV_SYN_MSR_VP_ASSIST_PAGE:
		*val = vp->hv.assist_msr;
		return HVR_MSR_OK;
	case HV_SYN_MSR_GUEST_IDLE:
		*val = 0;
		if (!host)
			guest_idle(vp);
		return HVR_MSR_OK;
	case HV_SYN_MSR_CRASH_P0 ... HV_SYN_MSR_CRASH_P4:
		*val = vp->hv.crash[msr - HV_SYN_MSR_CRASH_P0];
		return HVR_MSR_OK;
	case HV_SYN_MSR_CRASH_CTL:
		*val = HV_CRASH_NOTIFY | HV_CRASH_HAS_MESSAGE;
		return HVR_MSR_OK;
	case HV_SYN_MSR_TSC_INVARIANT:
		*val = READ_ONCE(hv->tsc_invariant_control);
		return HVR_MSR_OK;
	}
	unit = hvr_unit_for_msr(msr);
	return unit ? unit->get_msr(vp, msr, val, host) : HVR_MSR_UNKNOWN;
}

static enum hvr_msr_result set_tpr(struct hvr_vp *vp, u64 val)
{
	if (val > 0xff)
		return HVR_MSR_GP;
	hvr_lapic_set_cr8(vp, val >> 4);
	vp->lapic.tpr = val;
	return HVR_MSR_OK;
}

static void set_crash_control(struct hvr_vp *vp, u64 val, bool host)
{
	vp->hv.crash_ctl = val;
	if ((val & HV_CRASH_NOTIFY) && !host)
		hvr_hv_crash(vp);
}

enum hvr_msr_result hvr_hv_set_msr(struct hvr_vp *vp, u32 msr, u64 val,
				   bool host)
{
	enum hvr_msr_result res = check_access(vp->pt, msr, host);
	const struct hvr_unit *unit;

	if (res != HVR_MSR_OK)
		return res;
	switch (msr) {
	case HV_SYN_MSR_GUEST_OS_ID:
		set_guest_os_id(vp, val, host);
		return HVR_MSR_OK;
	case HV_SYN_MSR_HYPERCALL:
		return set_hypercall_msr(vp, val, host);
	case HV_SYN_MSR_REFERENCE_TSC:
		return set_reference_tsc(vp->pt, val, host);
	case HV_SYN_MSR_EOI:
		hvr_lapic_eoi(vp);
		return HVR_MSR_OK;
	case HV_SYN_MSR_ICR:
		hvr_lapic_write_icr(vp, val);
		return HVR_MSR_OK;
	case HV_SYN_MSR_TPR:
		return set_tpr(vp, val);
	case HV_SYN_MSR_VP_ASSIST_PAGE:
		return hvr_assist_set_msr(vp, val, host);
	case HV_SYN_MSR_CRASH_P0 ... HV_SYN_MSR_CRASH_P4:
		vp->hv.crash[msr - HV_SYN_MSR_CRASH_P0] = val;
		return HVR_MSR_OK;
	case HV_SYN_MSR_CRASH_CTL:
		set_crash_control(vp, val, host);
		return HVR_MSR_OK;
	case HV_SYN_MSR_TSC_INVARIANT:
		if (val & ~1ULL)
			return HVR_MSR_GP;
		WRITE_ONCE(vp->pt->hv.tsc_invariant_control, val);
		return HVR_MSR_OK;
	}
	unit = hvr_unit_for_msr(msr);
	/* What is left in the table has no writer: read-only. */
	return unit ? unit->set_msr(vp, msr, val, host) : HVR_MSR_GP;
}

bool hvr_hv_set_msr_sleeps(u32 msr)
{
	switch (msr) {
	case HV_SYN_MSR_GUEST_OS_ID:
	case HV_SYN_MSR_HYPERCALL:
	case HV_SYN_MSR_REFERENCE_TSC:
	case HV_SYN_MSR_VP_ASSIST_PAGE:
	case HV_SYN_MSR_CRASH_CTL:
	case HV_SYN_MSR_SIEFP:
	case HV_SYN_MSR_SIMP:
		return true;
	}
	return false;
}
