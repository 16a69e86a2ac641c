// SPDX-License-Identifier: GPL-2.0-only
/*
 * The run loop of a VP: pending work, requests, events, enter, exit, block.
 *
 * Two loops. The inner one runs with preemption off and the guest's FPU state
 * loaded and handles what never sleeps; the outer one does the rest.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <asm/processor-flags.h>

#include "../compat/hw.h"
#include "internal.h"

/* How long RUN_VP may last, in jiffies. A VMM whose kick came after its last look
 * at its own state and before this call would otherwise wait for ever: the ABI has
 * no immediate-exit flag. Short after a call that had something to say; each call
 * that ends for want of time doubles it, so that an idle VP rarely wakes.
 */
#define PATIENCE_MIN	max(HZ / 50, 1)
#define PATIENCE_MAX	(HZ * 2 / 3)

/* Requests that the inner loop handles in place. */
#define INNER_REQUESTS	(BIT(HVR_REQ_TLB_FLUSH) | BIT(HVR_REQ_SLAT) | \
			 BIT(HVR_REQ_EVENT) | BIT(HVR_REQ_TIMER) | \
			 BIT(HVR_REQ_TSC))

/* ---- kicks ---- */

/* Empty calls whose interrupts are the kicks. They belong to the CPUs, not to the
 * VPs: one on its way to the CPU that a VP has left must not keep back the kick to
 * where it runs now.
 */
struct kick_call {
	call_single_data_t csd;
	unsigned long on_its_way;	/* bit 0; the csd is its setter's alone */
};

static DEFINE_PER_CPU(struct kick_call, kick_call);

/* Several senders share the call of a CPU, which is queued by one at a time: from
 * its test_and_set_bit() until here.
 */
static void ack_kick(void *unused)
{
	clear_bit(0, &this_cpu_ptr(&kick_call)->on_its_way);
	/* Pairs with test_and_set_bit(): who found the bit set has published his
	 * reason before this interrupt.
	 */
	smp_mb__after_atomic();
}

/* A module's per-CPU data cannot hold pointers from the start: the loader does not
 * relocate it.
 */
void hvr_run_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		INIT_CSD(&per_cpu(kick_call, cpu).csd, ack_kick, NULL);
}

static void send_kick(int cpu)
{
	struct kick_call *call = &per_cpu(kick_call, cpu);

	/* Others rely on the call once the bit is set. */
	preempt_disable();
	if (!test_and_set_bit(0, &call->on_its_way) &&
	    smp_call_function_single_async(cpu, &call->csd))
		clear_bit(0, &call->on_its_way);
	preempt_enable();
}

static void nothing(void *unused)
{
}

void hvr_vp_run_init(struct hvr_vp *vp)
{
	rcuwait_init(&vp->wait);
	mutex_init(&vp->regs_lock);
	vp->cpu = -1;
}

void hvr_vp_kick(struct hvr_vp *vp)
{
	int cpu;

	/* Pairs with the barrier of prepare_to_rcuwait() in block(). */
	if (rcuwait_wake_up(&vp->wait))
		return;

	/* Pairs with enter_guest_mode(): either it sees the caller's reason, or
	 * this sees HVR_VP_IN_GUEST.
	 */
	smp_mb();
	if (READ_ONCE(vp->mode) != HVR_VP_IN_GUEST)
		return;
	cpu = READ_ONCE(vp->cpu);
	if (cpu >= 0 && cpu != raw_smp_processor_id() && cpu_online(cpu)) {
		vp->stats.kicks++;
		send_kick(cpu);
	}
}
HVR_EXPORT_SYMBOL(hvr_vp_kick);

/* Sets @req on the chosen VPs and collects the CPUs where one may be in guest
 * mode. Blocked VPs handle the request when they wake.
 */
static void request_vps(struct hvr_partition *pt, const unsigned long *vps,
			unsigned int req, struct cpumask *cpus)
{
	u32 i, limit = READ_ONCE(pt->vp_limit);

	for (i = 0; i < limit; i++) {
		struct hvr_vp *vp = READ_ONCE(pt->vps[i]);

		if (!vp || (vps && !test_bit(i, vps)))
			continue;
		hvr_vp_request(vp, req);
		if (READ_ONCE(vp->mode) == HVR_VP_IN_GUEST &&
		    READ_ONCE(vp->cpu) >= 0)
			cpumask_set_cpu(READ_ONCE(vp->cpu), cpus);
	}
}

static DEFINE_PER_CPU(cpumask_t, kick_mask);

/* The interrupt is taken only outside guest mode, and a VP looks at its requests
 * with interrupts off before it enters: when all have answered, each has left
 * guest mode since the request was set.
 */
void hvr_vp_request_and_wait(struct hvr_partition *pt,
			     const unsigned long *vp_mask, unsigned int req)
{
	struct cpumask *cpus;

	preempt_disable();
	cpus = this_cpu_ptr(&kick_mask);
	cpumask_clear(cpus);
	request_vps(pt, vp_mask, req, cpus);
	smp_call_function_many(cpus, nothing, NULL, true);
	preempt_enable();
}

void hvr_partition_kick_all(struct hvr_partition *pt, unsigned int req)
{
	hvr_vp_request_and_wait(pt, NULL, req);
}

/* ---- pause: registers of a VP that another thread wants ---- */

int hvr_vp_pause(struct hvr_vp *vp)
{
	int err;

	atomic_inc(&vp->pausers);
	hvr_vp_kick(vp);
	err = mutex_lock_killable(&vp->regs_lock);
	if (err)
		atomic_dec(&vp->pausers);
	return err;
}

void hvr_vp_resume(struct hvr_vp *vp)
{
	mutex_unlock(&vp->regs_lock);
	atomic_dec(&vp->pausers);
}

/* ---- events ---- */

static bool is_contributory(u8 vector)
{
	return vector == 0 || (vector >= 10 && vector <= 13);
}

/* Second exception while a first is being delivered (SDM, "Conditions for
 * Generating a Double Fault").
 */
static bool makes_double_fault(u8 first, u8 second)
{
	if (is_contributory(first))
		return is_contributory(second);
	if (first == 14)
		return second == 14 || is_contributory(second);
	return false;
}

void hvr_vp_inject_exception(struct hvr_vp *vp, u8 vector, bool has_error,
			     u32 error)
{
	struct hvr_event *ev = &vp->event;

	if (ev->type == HVR_EVENT_EXCEPTION) {
		if (ev->vector == 8) {
			hvr_vp_request(vp, HVR_REQ_TRIPLE_FAULT);
			return;
		}
		if (makes_double_fault(ev->vector, vector)) {
			vector = 8;
			has_error = true;
			error = 0;
		}
	} else if (ev->type == HVR_EVENT_EXTINT) {
		/* The exception comes first; the interrupt waits in the IRR. */
		hvr_lapic_unack(vp, ev->vector);
	} else if (ev->type == HVR_EVENT_NMI) {
		WRITE_ONCE(vp->nmi_pending, true);
	}
	memset(ev, 0, sizeof(*ev));
	ev->type = HVR_EVENT_EXCEPTION;
	ev->vector = vector;
	ev->has_error = has_error;
	ev->error = error;
}

void hvr_vp_skip(struct hvr_vp *vp, u8 len)
{
	vp->rip += len;
	if (vp->code_size != 8)
		vp->rip = (u32)vp->rip;
	hvr_be_call(set_interrupt_shadow)(vp, false);
	vp->rflags &= ~(u64)X86_EFLAGS_RF;
	if (vp->rflags & X86_EFLAGS_TF) {
		u64 dr6 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_DR6);

		hvr_vp_inject_exception(vp, 1, false, 0);
		if (vp->event.vector == 1) {
			vp->event.has_param = true;
			vp->event.param = dr6 | BIT(14);
		}
	}
}

static bool interrupts_open(struct hvr_vp *vp)
{
	return (vp->rflags & X86_EFLAGS_IF) && !hvr_be_call(interrupt_shadow)(vp);
}

static void inject_event(struct hvr_vp *vp)
{
	if (vp->event.type == HVR_EVENT_EXTINT)
		vp->stats.irq_injected++;
	else if (vp->event.type == HVR_EVENT_NMI)
		vp->stats.nmi_injected++;
	hvr_be->inject(vp, &vp->event);
	vp->event.type = HVR_EVENT_NONE;
}

static void take_nmi(struct hvr_vp *vp)
{
	WRITE_ONCE(vp->nmi_pending, false);
	memset(&vp->event, 0, sizeof(vp->event));
	vp->event.type = HVR_EVENT_NMI;
	vp->event.vector = 2;
}

static void take_interrupt(struct hvr_vp *vp, u8 vector)
{
	hvr_lapic_ack(vp, vector);
	hvr_assist_before_entry(vp, vector);
	memset(&vp->event, 0, sizeof(vp->event));
	vp->event.type = HVR_EVENT_EXTINT;
	vp->event.vector = vector;
}

/* CR8 writes matter when they can unmask a pending interrupt. An armed window
 * wants them too: the emulated SVM of one widespread emulator cannot bear an
 * unintercepted one then.
 */
static void update_cr8_intercept(struct hvr_vp *vp, bool window, bool masked)
{
	u64 want = vp->intercepts & ~(u64)HVR_INTERCEPT_CR8_WRITE;

	if (window || masked)
		want |= HVR_INTERCEPT_CR8_WRITE;
	if (want != vp->intercepts) {
		vp->intercepts = want;
		hvr_be->set_intercepts(vp, want);
	}
}

/* One event goes in per entry; for the next one a window is asked for. */
static void prepare_events(struct hvr_vp *vp)
{
	bool maybe = READ_ONCE(vp->lapic.maybe_pending);
	bool want_window = false;
	int pending = -1;

	/* What came behind an interrupt whose EOI the guest may skip needs that EOI. */
	if (vp->hv.no_eoi_set)
		hvr_assist_before_entry(vp, 0);
	if (vp->event.type == HVR_EVENT_NONE && READ_ONCE(vp->nmi_pending) &&
	    !hvr_be->nmi_masked(vp) && !hvr_be_call(interrupt_shadow)(vp))
		take_nmi(vp);

	if (maybe)
		pending = hvr_lapic_pending(vp);
	if (vp->event.type == HVR_EVENT_NONE && pending >= 0 &&
	    interrupts_open(vp)) {
		take_interrupt(vp, pending);
		pending = hvr_lapic_pending(vp);
	}
	if (vp->event.type != HVR_EVENT_NONE)
		inject_event(vp);

	if (READ_ONCE(vp->nmi_pending))
		hvr_be->nmi_window(vp, true);
	want_window = pending >= 0;
	if (want_window != vp->irq_window) {
		vp->irq_window = want_window;
		hvr_be->irq_window(vp, want_window, want_window ? pending >> 4 : 0);
	}
	update_cr8_intercept(vp, want_window, maybe && pending < 0 &&
			     hvr_lapic_highest_irr(vp) >= 0);
}

/* ---- requests ---- */

static bool test_and_clear_request(struct hvr_vp *vp, unsigned int req)
{
	return test_bit(req, &vp->requests) &&
	       test_and_clear_bit(req, &vp->requests);
}

static void inner_requests(struct hvr_vp *vp)
{
	if (test_and_clear_request(vp, HVR_REQ_TLB_FLUSH) |
	    test_and_clear_request(vp, HVR_REQ_SLAT))
		hvr_be->flush_tlb(vp);
	if (test_and_clear_request(vp, HVR_REQ_TSC))
		hvr_be->set_tsc_offset(vp, READ_ONCE(vp->tsc_offset));
	clear_bit(HVR_REQ_EVENT, &vp->requests);
	clear_bit(HVR_REQ_TIMER, &vp->requests);
}

static int outer_requests(struct hvr_vp *vp)
{
	unsigned int i;

	if (!READ_ONCE(vp->requests))
		return 0;
	if (test_bit(HVR_REQ_STOP, &vp->requests))
		return -EINTR;
	for (i = 0; i < HVR_NR_UNITS; i++)
		if (test_and_clear_request(vp, HVR_REQ_UNIT0 + i))
			hvr_units_vp_work(vp, i);
	if (test_and_clear_request(vp, HVR_REQ_MESSAGE))
		hvr_intercept_deliverable(vp);
	if (test_and_clear_request(vp, HVR_REQ_INIT_SIPI))
		hvr_lapic_accept_init_sipi(vp);
	if (test_and_clear_request(vp, HVR_REQ_TRIPLE_FAULT)) {
		vp->activity = HVR_VP_SHUTDOWN;
		hvr_intercept_triple_fault(vp);
	}
	return 0;
}

/* ---- the time that a call may last ---- */

static void set_time_limit(struct hvr_vp *vp)
{
	if (vp->out_of_time)
		vp->patience = min(2 * vp->patience, (unsigned long)PATIENCE_MAX);
	else
		vp->patience = PATIENCE_MIN;
	vp->out_of_time = false;
	vp->run_until = jiffies + vp->patience;
}

static bool time_is_over(struct hvr_vp *vp)
{
	vp->out_of_time = time_after_eq(jiffies, vp->run_until);
	return vp->out_of_time;
}

/* ---- the inner loop ---- */

static bool enter_guest_mode(struct hvr_vp *vp)
{
	WRITE_ONCE(vp->mode, HVR_VP_IN_GUEST);
	/* Pairs with hvr_vp_kick() and hvr_vp_request(). */
	smp_mb();
	if ((READ_ONCE(vp->requests) & ~INNER_REQUESTS) ||
	    atomic_read(&vp->pausers) || hvr_guest_mode_work_pending()) {
		WRITE_ONCE(vp->mode, HVR_VP_OUTSIDE);
		return false;
	}
	if (READ_ONCE(vp->requests))
		inner_requests(vp);
	return true;
}

static void sync_cr8(struct hvr_vp *vp, u64 before)
{
	if (vp->cr8 != before)
		hvr_lapic_set_cr8(vp, vp->cr8);
}

static void enter_once(struct hvr_vp *vp, struct hvr_exit *exit)
{
	u64 cr8 = hvr_lapic_get_cr8(vp);

	vp->cr8 = cr8;
	vp->stop.fresh = false;
	hvr_be_call(enter)(vp, exit);
	WRITE_ONCE(vp->mode, HVR_VP_OUTSIDE);
	vp->stats.exits++;
	vp->stats.exits_by_reason[exit->reason]++;
	/* Host interrupts that ended the guest's turn are taken here. */
	local_irq_enable();
	sync_cr8(vp, cr8);
	if (unlikely(exit->interrupted))
		hvr_be->pending_event(vp, &vp->event);
	if (vp->hv.no_eoi_set)
		hvr_assist_after_exit(vp);
}

static enum hvr_exit_action run_inner(struct hvr_vp *vp, struct hvr_exit *exit)
{
	enum hvr_exit_action action;

	hvr_fpu_enter(vp);
	preempt_disable();
	/* Such a CPU gives the extension up any time now; the scheduler moves this
	 * thread away in the outer loop.
	 */
	if (unlikely(!cpu_active(smp_processor_id()))) {
		preempt_enable();
		hvr_fpu_leave(vp);
		return HVR_ACT_RESUME;
	}
	WRITE_ONCE(vp->cpu, smp_processor_id());
	hvr_be_call(slat_changed)(vp, vp->pt->mem.slat.root_pa);
	hvr_be_call(load)(vp, vp->cpu);
	do {
		local_irq_disable();
		if (!enter_guest_mode(vp)) {
			local_irq_enable();
			action = HVR_ACT_RESUME;
			break;
		}
		prepare_events(vp);
		enter_once(vp, exit);
		action = hvr_exit_fast(vp, exit);
	} while (action == HVR_ACT_RESUME);
	hvr_be_call(put)(vp);
	preempt_enable();
	hvr_fpu_leave(vp);
	return action;
}

/* ---- blocking ---- */

static bool has_work(struct hvr_vp *vp)
{
	if (READ_ONCE(vp->requests) & ~(BIT(HVR_REQ_TLB_FLUSH) |
					BIT(HVR_REQ_SLAT) | BIT(HVR_REQ_TSC) |
					BIT(HVR_REQ_EVENT) |
					BIT(HVR_REQ_TIMER)))
		return true;
	switch (vp->activity) {
	case HVR_VP_HALTED:
		if (vp->event.type != HVR_EVENT_NONE)
			return true;
		if (READ_ONCE(vp->nmi_pending) && !hvr_be->nmi_masked(vp))
			return true;
		return (vp->rflags & X86_EFLAGS_IF) &&
		       hvr_lapic_pending(vp) >= 0;
	case HVR_VP_IDLE:
		return READ_ONCE(vp->nmi_pending) || hvr_lapic_pending(vp) >= 0;
	case HVR_VP_RUNNABLE:
		return true;
	default:
		return false;
	}
}

/* Wait with regs_lock dropped, so that other threads get at the registers. */
static int wait_for_work(struct hvr_vp *vp)
{
	int err = 0;

	prepare_to_rcuwait(&vp->wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (has_work(vp) || atomic_read(&vp->pausers))
			break;
		if (signal_pending(current) || time_is_over(vp)) {
			err = -EINTR;
			break;
		}
		mutex_unlock(&vp->regs_lock);
		schedule_timeout(max_t(long, vp->run_until - jiffies, 1));
		mutex_lock(&vp->regs_lock);
	}
	finish_rcuwait(&vp->wait);
	return err;
}

static int block(struct hvr_vp *vp)
{
	int err = 0;

	if (vp->activity == HVR_VP_HALTED && !has_work(vp))
		vp->stats.halts++;
	while (vp->activity != HVR_VP_RUNNABLE && !vp->message_valid) {
		if (!has_work(vp)) {
			err = wait_for_work(vp);
			if (err)
				return err;
		}
		if (atomic_read(&vp->pausers))
			return 0;
		err = outer_requests(vp);
		if (err)
			return err;
		inner_requests(vp);
		if ((vp->activity == HVR_VP_HALTED ||
		     vp->activity == HVR_VP_IDLE) && has_work(vp))
			vp->activity = HVR_VP_RUNNABLE;
	}
	return 0;
}

/* ---- the outer loop ---- */

/* A VMM completes a REP string access in one go but may leave RCX alone: the
 * guest must not see a count that the instruction would have used up.
 */
static void finish_rep_io(struct hvr_vp *vp)
{
	if (vp->last.rep_io && vp->rip == vp->last.rip + vp->last.insn_len &&
	    vp->gpr[HVR_RCX] == vp->last.rcx)
		vp->gpr[HVR_RCX] = 0;
	vp->last.rep_io = false;
}

/* An IN of one or two bytes leaves the rest of RAX alone. A VMM that has completed
 * it may have cleared the upper half.
 */
static void finish_in(struct hvr_vp *vp)
{
	u64 mask = BIT_ULL(8 * vp->last.in_size) - 1;

	if (vp->last.in_size && vp->rip == vp->last.rip + vp->last.insn_len)
		vp->gpr[HVR_RAX] = (vp->last.rax & ~mask) |
				   (vp->gpr[HVR_RAX] & mask);
	vp->last.in_size = 0;
}

/* A VMM that heard of the triple fault and runs the VP all the same does nothing
 * about it: tell it once more in a way that every VMM of a PC understands.
 */
static void finish_triple_fault(struct hvr_vp *vp)
{
	if (vp->activity == HVR_VP_SHUTDOWN &&
	    vp->last.type == HVMSG_UNRECOVERABLE_EXCEPTION)
		hvr_intercept_reset(vp);
	else
		vp->last.type = HVMSG_NONE;
}

static int let_pausers_in(struct hvr_vp *vp)
{
	while (atomic_read(&vp->pausers)) {
		mutex_unlock(&vp->regs_lock);
		cond_resched();
		mutex_lock(&vp->regs_lock);
		vp->stop.fresh = false;
		if (signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int between_turns(struct hvr_vp *vp, bool first)
{
	int err;

	err = let_pausers_in(vp);
	if (err)
		return err;
	err = outer_requests(vp);
	if (err)
		return err;
	/* One turn first, as a rule: a thread that the host kept waiting gets on, too. */
	if (signal_pending(current) || (!first && time_is_over(vp)))
		return -EINTR;
	return hvr_guest_mode_handle_work();
}

static int run_locked(struct hvr_vp *vp)
{
	enum hvr_exit_action action;
	struct hvr_exit exit;
	bool first;
	int err;

	for (first = true;; first = false) {
		if (vp->message_valid)
			return 0;
		err = between_turns(vp, first);
		if (err)
			return err;
		if (vp->message_valid)
			continue;
		if (vp->activity != HVR_VP_RUNNABLE) {
			err = block(vp);
			if (err)
				return err;
			continue;
		}
		action = run_inner(vp, &exit);
		/* The end of a level interrupt is told first; the instruction, of
		 * which nothing is done yet, exits again.
		 */
		if (action == HVR_ACT_SLOW && vp->message_valid &&
		    exit.reason != HVR_EXIT_TRIPLE_FAULT)
			continue;
		if (action == HVR_ACT_SLOW)
			action = hvr_exit_slow(vp, &exit);
		if (action == HVR_ACT_ERROR)
			return -EIO;
		if (action != HVR_ACT_RESUME && action != HVR_ACT_BLOCK)
			vp->stats.exits_to_vmm++;
	}
}

int hvr_vp_run(struct hvr_vp *vp)
{
	lockdep_assert_held(&vp->lock);
	lockdep_assert_held(&vp->regs_lock);
	set_time_limit(vp);
	vp->has_run = true;
	finish_rep_io(vp);
	finish_in(vp);
	finish_triple_fault(vp);
	return run_locked(vp);
}
