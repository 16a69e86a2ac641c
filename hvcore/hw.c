// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtualisation extension of all CPUs: choose a backend, switch it on for the
 * first partition and off after the last, through hotplug, suspend, reboot, crash.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/smp.h>

#include "../compat/hw.h"
#include "internal.h"

/* Second-level tables, control blocks and a small guest have to fit. */
#define MIN_FREE_PAGES	((64UL << 20) >> PAGE_SHIFT)

const struct hvr_backend *hvr_be;

static DEFINE_MUTEX(hvr_hw_lock);
static unsigned int users;		/* hvr_hw_lock */
static int hotplug_state;		/* hvr_hw_lock */
static bool shutting_down;		/* set once by the reboot notifier */

static const char *kvm_module_name(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL ? "kvm_intel" :
							      "kvm_amd";
}

static void report_busy(void)
{
	pr_err("hvroot: the CPU's virtualisation extension is in use, most likely by KVM: stop its guests, then \"modprobe -r %s\"\n",
	       kvm_module_name());
}

static int cpu_online_callback(unsigned int cpu)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = hvr_be->cpu_enable();
	local_irq_restore(flags);
	if (err == -EBUSY)
		report_busy();
	return err;
}

static int cpu_offline_callback(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	hvr_be->cpu_disable();
	local_irq_restore(flags);
	return 0;
}

static void disable_this_cpu(void *unused)
{
	hvr_be->cpu_disable();
}

static void enable_this_cpu(void)
{
	if (hvr_be->cpu_enable())
		pr_err("hvroot: cannot switch %s on again after resume\n",
		       hvr_be->name);
}

/* Suspend leaves one CPU online; hotplug has dealt with the others. Both run with
 * interrupts off on that CPU.
 */
static int hw_suspend(void)
{
	if (users)
		hvr_be->cpu_disable();
	return 0;
}

static void hw_resume(void)
{
	if (users)
		enable_this_cpu();
}

HVR_DEFINE_SYSCORE(hw_syscore, hw_suspend, hw_resume);

/* Firmware and a kexec'ed kernel expect the extension off: INIT may be blocked or
 * redirected while it is on, and another hypervisor finds it taken.
 */
static int hw_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	WRITE_ONCE(shutting_down, true);
	on_each_cpu(disable_this_cpu, NULL, 1);
	return NOTIFY_OK;
}

static struct notifier_block reboot_block = {
	.notifier_call = hw_reboot,
};

#ifdef HVR_HAVE_VIRT_CALLBACK
/* On each CPU that stops for a crash dump; NMI context. */
static void hw_crash(void)
{
	hvr_be->cpu_disable();
}
#endif

/* The panicking CPU; the kernel itself switches off the others that it stops. */
static int hw_panic(struct notifier_block *nb, unsigned long action, void *data)
{
	hvr_be->cpu_disable();
	return NOTIFY_OK;
}

static struct notifier_block panic_block = {
	.notifier_call = hw_panic,
};

static void check_busy(void *busy)
{
	if (hvr_be->cpu_busy())
		atomic_set(busy, 1);
}

static int enable_all(void)
{
	atomic_t busy = ATOMIC_INIT(0);
	int state;

	if (READ_ONCE(shutting_down))
		return -ESHUTDOWN;
	on_each_cpu(check_busy, &busy, 1);
	if (atomic_read(&busy)) {
		report_busy();
		return -EBUSY;
	}
	/* There is one callback for all hypervisors of the host: it is this one's
	 * only while it has the extension.
	 */
	hvr_register_crash_callback(hw_crash);
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "virt/hvroot:online",
				  cpu_online_callback, cpu_offline_callback);
	if (state < 0) {
		hvr_unregister_crash_callback(hw_crash);
		return state;
	}
	hotplug_state = state;
	return 0;
}

int hvr_hw_get(void)
{
	int err = 0;

	mutex_lock(&hvr_hw_lock);
	if (!users)
		err = enable_all();
	if (!err)
		users++;
	mutex_unlock(&hvr_hw_lock);
	return err;
}

void hvr_hw_put(void)
{
	mutex_lock(&hvr_hw_lock);
	if (!--users) {
		cpuhp_remove_state(hotplug_state);
		hvr_unregister_crash_callback(hw_crash);
	}
	mutex_unlock(&hvr_hw_lock);
}

DEFINE_STATIC_CALL_NULL(hvr_be_load, *hvr_be->load);
DEFINE_STATIC_CALL_NULL(hvr_be_put, *hvr_be->put);
DEFINE_STATIC_CALL_NULL(hvr_be_enter, *hvr_be->enter);
DEFINE_STATIC_CALL_NULL(hvr_be_get_hwreg, *hvr_be->get_hwreg);
DEFINE_STATIC_CALL_NULL(hvr_be_get_segment, *hvr_be->get_segment);
DEFINE_STATIC_CALL_NULL(hvr_be_get_context, *hvr_be->get_context);
DEFINE_STATIC_CALL_NULL(hvr_be_get_data_segments, *hvr_be->get_data_segments);
DEFINE_STATIC_CALL_NULL(hvr_be_interrupt_shadow, *hvr_be->interrupt_shadow);
DEFINE_STATIC_CALL_NULL(hvr_be_set_interrupt_shadow, *hvr_be->set_interrupt_shadow);
DEFINE_STATIC_CALL_NULL(hvr_be_slat_changed, *hvr_be->slat_changed);

static void patch_hot_ops(void)
{
	static_call_update(hvr_be_load, hvr_be->load);
	static_call_update(hvr_be_put, hvr_be->put);
	static_call_update(hvr_be_enter, hvr_be->enter);
	static_call_update(hvr_be_get_hwreg, hvr_be->get_hwreg);
	static_call_update(hvr_be_get_segment, hvr_be->get_segment);
	static_call_update(hvr_be_get_context, hvr_be->get_context);
	static_call_update(hvr_be_get_data_segments, hvr_be->get_data_segments);
	static_call_update(hvr_be_interrupt_shadow, hvr_be->interrupt_shadow);
	static_call_update(hvr_be_set_interrupt_shadow, hvr_be->set_interrupt_shadow);
	static_call_update(hvr_be_slat_changed, hvr_be->slat_changed);
}

/* Each maker's CPUs and the copies of them; others by what they say they have. */
static const struct hvr_backend *find_backend(void)
{
	switch (boot_cpu_data.x86_vendor) {
	case X86_VENDOR_AMD:
	case X86_VENDOR_HYGON:
		return &hvr_svm_backend;
	case X86_VENDOR_INTEL:
		return &hvr_vmx_backend;
	}
	if (boot_cpu_has(X86_FEATURE_SVM))
		return &hvr_svm_backend;
	return boot_cpu_has(X86_FEATURE_VMX) ? &hvr_vmx_backend : NULL;
}

static int choose_backend(void)
{
	const struct hvr_backend *be = find_backend();
	int err;

	if (!be) {
		pr_err("hvroot: this CPU has neither AMD SVM nor Intel VMX\n");
		return -EOPNOTSUPP;
	}
	err = be->probe();
	if (err)
		return err;
	hvr_be = be;
	patch_hot_ops();
	return 0;
}

int hvr_hw_init(void)
{
	int err;

	if (totalram_pages() < MIN_FREE_PAGES) {
		pr_err("hvroot: less than 64 MiB of memory\n");
		return -ENOMEM;
	}
	err = choose_backend();
	if (err)
		return err;
	err = hvr_be->init();
	if (err)
		return err;
	hvr_register_syscore(&hw_syscore);
	register_reboot_notifier(&reboot_block);
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	return 0;
}

void hvr_hw_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	unregister_reboot_notifier(&reboot_block);
	hvr_unregister_syscore(&hw_syscore);
	hvr_be->exit();
}
