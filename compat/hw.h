/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels that hvcore/ meets beneath a running VP and around
 * suspend and crash. Included by the few files that need them.
 */
#ifndef HVROOT_COMPAT_HW_H
#define HVROOT_COMPAT_HW_H

#include <linux/smp.h>
#include <linux/syscore_ops.h>
#include <asm/msr.h>
#include <asm/reboot.h>

#ifdef HVR_HAVE_VMXON
#include <linux/perf_event.h>
#include <asm/tlbflush.h>
#endif

#ifdef HVR_HAVE_GSSEG_H
#include <asm/gsseg.h>
#endif

#ifdef HVR_HAVE_CPUID_API_H
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

#ifdef HVR_HAVE_ENTRY_VIRT_H
#include <linux/entry-virt.h>
#else
#include <linux/entry-kvm.h>
#endif

/* Host work (signals, rescheduling, task work) that has to be done before the
 * guest runs on. IRQs off.
 */
static inline bool hvr_guest_mode_work_pending(void)
{
	return xfer_to_guest_mode_work_pending();
}

/* Do that work, if any. 0 or -EINTR.
 *
 * Older kernels' function takes KVM's VCPU and writes into it when a signal is
 * pending, which may become so at any moment. There, only reschedule here; -EINTR
 * sends the thread through user mode, where the kernel does the rest by itself.
 */
static inline int hvr_guest_mode_handle_work(void)
{
	if (!__xfer_to_guest_mode_work_pending())
		return 0;
#ifdef HVR_HAVE_ENTRY_VIRT_H
	return xfer_to_guest_mode_handle_work();
#else
	if (need_resched())
		schedule();
	return __xfer_to_guest_mode_work_pending() ? -EINTR : 0;
#endif
}

#ifndef HVR_HAVE_RDMSRQ
#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define rdmsrq_safe(msr, p)	rdmsrl_safe(msr, p)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#endif

/* struct hvr_syscore: register once with two functions that take nothing. */
#ifdef HVR_HAVE_SYSCORE_DATA
#define HVR_DEFINE_SYSCORE(name, suspend_fn, resume_fn)			\
static int name##_suspend(void *data)					\
{									\
	return suspend_fn();						\
}									\
static void name##_resume(void *data)					\
{									\
	resume_fn();							\
}									\
static const struct syscore_ops name##_ops = {				\
	.suspend = name##_suspend,					\
	.resume = name##_resume,					\
};									\
static struct syscore name = { .ops = &name##_ops }
#define hvr_register_syscore(sc)	register_syscore(sc)
#define hvr_unregister_syscore(sc)	unregister_syscore(sc)
#else
#define HVR_DEFINE_SYSCORE(name, suspend_fn, resume_fn)			\
static struct syscore_ops name = {					\
	.suspend = suspend_fn,						\
	.resume = resume_fn,						\
}
#define hvr_register_syscore(sc)	register_syscore_ops(sc)
#define hvr_unregister_syscore(sc)	unregister_syscore_ops(sc)
#endif

/* Where the kernel owns VMXON itself no module can have it but KVM. Else: CR4.VMXE,
 * and no processor trace across VMXON. IRQs off.
 */
#ifdef HVR_HAVE_VMXON
static inline bool hvr_have_vmxon(void)
{
	return true;
}

static inline void hvr_vmxe_set(void)
{
	cr4_set_bits_irqsoff(X86_CR4_VMXE);
	intel_pt_handle_vmx(1);
}

static inline void hvr_vmxe_clear(void)
{
	intel_pt_handle_vmx(0);
	cr4_clear_bits_irqsoff(X86_CR4_VMXE);
}
#else
static inline bool hvr_have_vmxon(void)
{
	return false;
}

static inline void hvr_vmxe_set(void)
{
}

static inline void hvr_vmxe_clear(void)
{
}
#endif

/* Where the kernel does not export its callback it switches SVM off by itself when
 * it finds EFER.SVME set (before the callback existed), or only KVM is served.
 */
#ifdef HVR_HAVE_VIRT_CALLBACK
#define hvr_register_crash_callback(fn)	cpu_emergency_register_virt_callback(fn)
#define hvr_unregister_crash_callback(fn) \
	cpu_emergency_unregister_virt_callback(fn)
#else
#define hvr_register_crash_callback(fn)		do { } while (0)
#define hvr_unregister_crash_callback(fn)	do { } while (0)
#endif

#endif /* HVROOT_COMPAT_HW_H */
