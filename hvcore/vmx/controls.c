// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the capability registers to the controls that every VP starts with: a table
 * of what is required, wanted, and has to stay off. Pure.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "pure.h"
#include "vmcs.h"

enum { PIN, PROC, PROC2, EXIT, ENTRY, NR_GROUPS };

enum need {
	REQUIRED,
	WANTED,		/* on when the CPU has it */
	OFF,		/* on only for a time or a VP, or never: must not be forced */
};

struct control {
	u8 group;
	u8 bit;
	u8 need;
	const char *name;
};

static const struct control controls[] = {
	{ PIN, VMX_PIN_EXTINT, REQUIRED, "external-interrupt exiting" },
	{ PIN, VMX_PIN_NMI, REQUIRED, "NMI exiting" },
	{ PIN, VMX_PIN_VIRTUAL_NMI, REQUIRED, "virtual NMIs" },
	{ PIN, VMX_PIN_TIMER, WANTED, "preemption timer" },

	{ PROC, VMX_PROC_SECONDARY, REQUIRED, "secondary controls" },
	{ PROC, VMX_PROC_TSC_OFFSET, REQUIRED, "TSC offsetting" },
	{ PROC, VMX_PROC_HLT, REQUIRED, "HLT exiting" },
	{ PROC, VMX_PROC_MWAIT, REQUIRED, "MWAIT exiting" },
	{ PROC, VMX_PROC_MONITOR, REQUIRED, "MONITOR exiting" },
	{ PROC, VMX_PROC_RDPMC, REQUIRED, "RDPMC exiting" },
	{ PROC, VMX_PROC_MOV_DR, REQUIRED, "MOV-DR exiting" },
	{ PROC, VMX_PROC_IO, REQUIRED, "unconditional I/O exiting" },
	{ PROC, VMX_PROC_MSR_BITMAP, REQUIRED, "MSR bitmaps" },
	{ PROC, VMX_PROC_TPR_SHADOW, WANTED, "TPR shadow" },
	{ PROC, VMX_PROC_IRQ_WINDOW, OFF, "interrupt-window exiting" },
	{ PROC, VMX_PROC_NMI_WINDOW, OFF, "NMI-window exiting" },
	{ PROC, VMX_PROC_CR3_LOAD, OFF, "no CR3-load exiting" },
	{ PROC, VMX_PROC_CR3_STORE, OFF, "no CR3-store exiting" },
	{ PROC, VMX_PROC_INVLPG, OFF, "no INVLPG exiting" },
	{ PROC, VMX_PROC_RDTSC, OFF, "no RDTSC exiting" },

	{ PROC2, VMX_PROC2_EPT, REQUIRED, "extended page tables (EPT)" },
	{ PROC2, VMX_PROC2_UNRESTRICTED, REQUIRED, "unrestricted guest" },
	{ PROC2, VMX_PROC2_WBINVD, REQUIRED, "WBINVD exiting" },
	{ PROC2, VMX_PROC2_VPID, WANTED, "VPID" },
	{ PROC2, VMX_PROC2_RDTSCP, WANTED, "RDTSCP" },
	{ PROC2, VMX_PROC2_INVPCID, WANTED, "INVPCID" },

	{ EXIT, VMX_EXIT_HOST_64, REQUIRED, "64-bit host" },
	{ EXIT, VMX_EXIT_SAVE_EFER, REQUIRED, "saving of EFER at exits" },
	{ EXIT, VMX_EXIT_LOAD_EFER, REQUIRED, "loading of EFER at exits" },
	{ EXIT, VMX_EXIT_LOAD_PAT, REQUIRED, "loading of PAT at exits" },

	{ ENTRY, VMX_ENTRY_LOAD_DEBUG, REQUIRED, "loading of debug controls" },
	{ ENTRY, VMX_ENTRY_LOAD_EFER, REQUIRED, "loading of EFER at entries" },
	{ ENTRY, VMX_ENTRY_LOAD_PAT, REQUIRED, "loading of PAT at entries" },
	{ ENTRY, VMX_ENTRY_LONG_MODE, OFF, "entries to real and 32-bit mode" },
};

/* Of the EPT capabilities. */
static const struct {
	u64 bit;
	const char *name;
} ept_required[] = {
	{ VMX_EPT_CAP_WALK_4, "EPT of four levels" },
	{ VMX_EPT_CAP_WB, "write-back EPT" },
	{ VMX_EPT_CAP_2M, "2 MiB pages in EPT" },
	{ VMX_EPT_CAP_INVEPT, "INVEPT" },
};

static const char *check_ept(u64 ept)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ept_required); i++)
		if (!(ept & ept_required[i].bit))
			return ept_required[i].name;
	if (!(ept & (VMX_EPT_CAP_INVEPT_SINGLE | VMX_EPT_CAP_INVEPT_ALL)))
		return "INVEPT";
	return NULL;
}

static const char *check_basic(u64 basic)
{
	if (!(basic & VMX_BASIC_TRUE_CONTROLS))
		return "the TRUE control capabilities";
	if (FIELD_GET(VMX_BASIC_MEM_TYPE, basic) != 6)
		return "write-back control structures";
	if (FIELD_GET(VMX_BASIC_SIZE, basic) > 4096)
		return "control structures of at most 4096 bytes";
	return NULL;
}

const char *vmx_choose_controls(const struct vmx_raw_caps *raw,
				struct vmx_caps *caps)
{
	const u64 cap[NR_GROUPS] = { raw->pin, raw->proc, raw->proc2,
				     raw->exit, raw->entry };
	u32 value[NR_GROUPS];
	const char *missing = check_basic(raw->basic);
	unsigned int i;

	if (missing)
		return missing;
	for (i = 0; i < NR_GROUPS; i++)
		value[i] = (u32)cap[i];
	for (i = 0; i < ARRAY_SIZE(controls); i++) {
		const struct control *c = &controls[i];
		bool forced = cap[c->group] & BIT_ULL(c->bit);
		bool allowed = cap[c->group] & BIT_ULL(32 + c->bit);

		if (c->need == OFF ? forced : c->need == REQUIRED && !allowed)
			return c->name;
		if (c->need != OFF && allowed)
			value[c->group] |= BIT(c->bit);
	}
	missing = check_ept(raw->ept);
	if (missing)
		return missing;
	caps->revision = FIELD_GET(VMX_BASIC_REVISION, raw->basic);
	caps->pin = value[PIN];
	caps->proc = value[PROC];
	/* Without a shadow of the TPR each access to CR8 is an exit. */
	if (!(caps->proc & BIT(VMX_PROC_TPR_SHADOW)))
		caps->proc |= BIT(VMX_PROC_CR8_LOAD) | BIT(VMX_PROC_CR8_STORE);
	caps->proc2 = value[PROC2];
	caps->exit = value[EXIT];
	caps->entry = value[ENTRY];
	caps->ept = raw->ept;
	caps->ins_outs = raw->basic & VMX_BASIC_INS_OUTS;
	caps->timer_shift = FIELD_GET(VMX_MISC_TIMER_SHIFT, raw->misc);
	caps->pause_loops = raw->proc2 & BIT_ULL(32 + VMX_PROC2_PLE);
	return NULL;
}
