/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, in one place.  Included into every C file before
 * its first line; the files themselves hold no version conditional.
 *
 * probed.h defines HVR_NAME for each compat/probes/NAME.c that compiles against
 * the kernel at hand.  To bridge a new difference, add a probe and use it here.
 *
 * HVR_EXPORT_SYMBOL(sym)	export to the modules of this project
 * HVR_IMPORT_NS		once per module that uses such symbols:
 *				"HVR_IMPORT_NS;" beside MODULE_LICENSE
 * hvr_hrtimer_setup()		as hrtimer_setup()
 * hvr_eventfd_signal(ctx)	add one to an eventfd
 */
#ifndef HVROOT_COMPAT_H
#define HVROOT_COMPAT_H

#include <linux/export.h>
#include <linux/module.h>

#include "probed.h"

#ifdef HVROOT_KUNIT
/* A unit test includes the file that it tests, whose module may be loaded too. */
#define HVR_EXPORT_SYMBOL(sym)	struct hvr_not_exported_##sym
#elif defined(HVR_HAVE_BARE_SYMBOL_NS)
#define HVR_EXPORT_SYMBOL(sym)	EXPORT_SYMBOL_NS_GPL(sym, HVROOT)
#else
#define HVR_EXPORT_SYMBOL(sym)	EXPORT_SYMBOL_NS_GPL(sym, "HVROOT")
#endif

#ifdef HVR_HAVE_BARE_SYMBOL_NS
#define HVR_IMPORT_NS		MODULE_IMPORT_NS(HVROOT)
#else
#define HVR_IMPORT_NS		MODULE_IMPORT_NS("HVROOT")
#endif

/* Macros, so that only the users need <linux/hrtimer.h> or <linux/eventfd.h>. */
#ifdef HVR_HAVE_HRTIMER_SETUP
#define hvr_hrtimer_setup(timer, fn, clock, mode) \
	hrtimer_setup(timer, fn, clock, mode)
#else
#define hvr_hrtimer_setup(timer, fn, clock, mode) do {	\
	hrtimer_init(timer, clock, mode);		\
	(timer)->function = (fn);			\
} while (0)
#endif

#ifdef HVR_HAVE_EVENTFD_SIGNAL_COUNT
#define hvr_eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#else
#define hvr_eventfd_signal(ctx)	eventfd_signal(ctx)
#endif

/* For users of <linux/mm.h>. */
#ifdef HVR_HAVE_GUP_REMOTE_VMAS
#define hvr_get_user_pages_remote(mm, start, nr, flags, pages, locked) \
	get_user_pages_remote(mm, start, nr, flags, pages, NULL, locked)
#define hvr_pin_user_pages_remote(mm, start, nr, flags, pages, locked) \
	pin_user_pages_remote(mm, start, nr, flags, pages, NULL, locked)
#else
#define hvr_get_user_pages_remote(mm, start, nr, flags, pages, locked) \
	get_user_pages_remote(mm, start, nr, flags, pages, locked)
#define hvr_pin_user_pages_remote(mm, start, nr, flags, pages, locked) \
	pin_user_pages_remote(mm, start, nr, flags, pages, locked)
#endif

/* For SCSI target fabrics: commands start in the thread that submits them. */
#ifdef HVR_HAVE_TARGET_SUBMIT_TYPE
#define HVR_FABRIC_SUBMIT_DIRECTLY			\
	.default_submit_type = TARGET_DIRECT_SUBMIT,	\
	.direct_submit_supp = 1,
#else
#define HVR_FABRIC_SUBMIT_DIRECTLY
#endif

/* For SCSI target backstores: "struct hvr_exec_cmd_ops". */
#ifdef HVR_HAVE_EXEC_CMD_OPS
#define hvr_exec_cmd_ops	exec_cmd_ops
#else
#define hvr_exec_cmd_ops	sbc_ops
#endif

#endif /* HVROOT_COMPAT_H */
