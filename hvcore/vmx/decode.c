// SPDX-License-Identifier: GPL-2.0-only
/*
 * From exit reason, qualification and their company to the vendor-free struct
 * hvr_exit. Pure.
 */
#include <linux/kernel.h>

#include "pure.h"
#include "vmcs.h"

typedef void (*decode_fn)(const struct vmx_raw_exit *raw, bool ins_outs,
			  struct hvr_exit *exit);

struct exit_row {
	u8 reason;		/* enum hvr_exit_reason + 1; 0: not expected */
	u8 needs;
	decode_fn decode;
};

#define DR6_FIXED	0xffff0ff0ULL
#define DR6_HITS	0xfULL
#define DR6_CAUSES	(DR6_HITS | BIT_ULL(13) | BIT_ULL(14))

static void decode_exception(const struct vmx_raw_exit *raw, bool ins_outs,
			     struct hvr_exit *exit)
{
	u32 type = (raw->event & VMX_EV_TYPE_MASK) >> VMX_EV_TYPE_SHIFT;
	u8 vector = raw->event & VMX_EV_VECTOR;

	if (type == VMX_EV_TYPE_NMI) {
		exit->reason = HVR_EXIT_NMI;
		return;
	}
	exit->exc.vector = vector;
	exit->exc.has_error = raw->event & VMX_EV_HAS_ERROR;
	exit->exc.error = exit->exc.has_error ? raw->event_error : 0;
	exit->exc.param = 0;
	/* DR6 has not changed yet: which causes to add is told. */
	if (vector == 1)
		exit->exc.param = DR6_FIXED | (raw->dr6 & ~DR6_HITS) |
				  (raw->qualification & DR6_CAUSES);
	else if (vector == 14)
		exit->exc.param = raw->qualification;
	/* ICEBP and INT3 trap: what is told is where they begin. */
	if (type == VMX_EV_TYPE_ICEBP || type == VMX_EV_TYPE_SOFTEXC)
		exit->insn_len = raw->insn_len;
}

/* An interrupt, an NMI or an exception found a task gate: no instruction did. */
static bool came_by_event(u32 vectoring)
{
	if (!(vectoring & VMX_EV_VALID))
		return false;
	switch ((vectoring & VMX_EV_TYPE_MASK) >> VMX_EV_TYPE_SHIFT) {
	case VMX_EV_TYPE_SOFTINT:
	case VMX_EV_TYPE_ICEBP:
	case VMX_EV_TYPE_SOFTEXC:
		return false;
	default:
		return true;
	}
}

static void decode_task(const struct vmx_raw_exit *raw, bool ins_outs,
			struct hvr_exit *exit)
{
	exit->task.selector = raw->qualification & VMX_TASK_SELECTOR;
	exit->task.kind = (raw->qualification >> VMX_TASK_KIND_SHIFT) & 3;
	exit->task.has_error = (raw->vectoring & VMX_EV_VALID) &&
			       (raw->vectoring & VMX_EV_HAS_ERROR);
	exit->task.error = exit->task.has_error ? raw->vectoring_error : 0;
	if (exit->task.kind != HVR_TASK_GATE || !came_by_event(raw->vectoring))
		exit->insn_len = raw->insn_len;
}

static void decode_cr(const struct vmx_raw_exit *raw, bool ins_outs,
		      struct hvr_exit *exit)
{
	u64 q = raw->qualification;
	unsigned int kind = (q >> VMX_CR_KIND_SHIFT) & 3;

	exit->cr.nr = q & VMX_CR_NR;
	exit->cr.write = kind != 1;
	exit->cr.clts = kind == 2;
	exit->cr.lmsw = kind == 3;
	exit->cr.decoded = kind < 2;
	exit->cr.gpr = (q >> VMX_CR_GPR_SHIFT) & 0xf;
	exit->cr.lmsw_value = kind == 3 ? q >> VMX_CR_LMSW_SHIFT : 0;
}

static void decode_dr(const struct vmx_raw_exit *raw, bool ins_outs,
		      struct hvr_exit *exit)
{
	u64 q = raw->qualification;

	exit->dr.nr = q & VMX_DR_NR;
	exit->dr.write = !(q & VMX_DR_READ);
	exit->dr.gpr = (q >> VMX_DR_GPR_SHIFT) & 0xf;
	exit->dr.decoded = true;
}

static void decode_io(const struct vmx_raw_exit *raw, bool ins_outs,
		      struct hvr_exit *exit)
{
	u64 q = raw->qualification;

	exit->io.port = q >> VMX_IO_PORT_SHIFT;
	exit->io.size = (q & VMX_IO_SIZE) + 1;
	exit->io.in = q & VMX_IO_IN;
	exit->io.string = q & VMX_IO_STRING;
	exit->io.rep = q & VMX_IO_REP;
	exit->io.seg = HVR_SEG_DS;
	exit->io.addr_size = raw->code_size;
	if (!exit->io.string || !ins_outs)
		return;
	exit->io.addr_size = 2 << ((raw->insn_info >> VMX_INSN_ADDR_SHIFT) & 7);
	if (!exit->io.in)
		exit->io.seg = (raw->insn_info >> VMX_INSN_SEG_SHIFT) & 7;
}

static void decode_violation(const struct vmx_raw_exit *raw, bool ins_outs,
			     struct hvr_exit *exit)
{
	u64 q = raw->qualification;

	exit->slat.gpa = raw->gpa;
	exit->slat.gva_valid = q & VMX_EPTV_LINEAR_VALID;
	exit->slat.gva = exit->slat.gva_valid ? raw->linear : 0;
	exit->slat.access = HVR_ACCESS_READ;
	if (q & VMX_EPTV_WRITE)
		exit->slat.access |= HVR_ACCESS_WRITE;
	if (q & VMX_EPTV_FETCH)
		exit->slat.access |= HVR_ACCESS_EXEC;
	if (q & VMX_EPTV_PRESENT)
		exit->slat.access |= HVR_ACCESS_PRESENT;
	if (exit->slat.gva_valid && !(q & VMX_EPTV_TRANSLATED))
		exit->slat.access |= HVR_ACCESS_WALK;
}

static void decode_failure(const struct vmx_raw_exit *raw, bool ins_outs,
			   struct hvr_exit *exit)
{
	exit->fail.info1 = raw->qualification;
	exit->fail.info2 = raw->gpa;
}

#define PLAIN(why)		{ (why) + 1, 0, NULL }
#define INSN(why)		{ (why) + 1, VMX_NEED_INSN_LEN, NULL }
#define ROW(why, needs, fn)	{ (why) + 1, needs, fn }

#define WITH_QUALIFICATION	(VMX_NEED_INSN_LEN | VMX_NEED_QUALIFICATION)
#define VIOLATION		(VMX_NEED_QUALIFICATION | VMX_NEED_ADDRESSES)

static const struct exit_row rows[VMX_NR_REASONS] = {
	[VMX_REASON_EXCEPTION] = ROW(HVR_EXIT_EXCEPTION, VMX_NEED_EVENT |
				     WITH_QUALIFICATION, decode_exception),
	[VMX_REASON_EXTINT] = PLAIN(HVR_EXIT_INTERRUPT),
	[VMX_REASON_TRIPLE_FAULT] = PLAIN(HVR_EXIT_TRIPLE_FAULT),
	[VMX_REASON_INIT] = PLAIN(HVR_EXIT_NONE),
	[VMX_REASON_SIPI] = PLAIN(HVR_EXIT_NONE),
	[VMX_REASON_IO_SMI] = PLAIN(HVR_EXIT_NONE),
	[VMX_REASON_SMI] = PLAIN(HVR_EXIT_NONE),
	[VMX_REASON_IRQ_WINDOW] = PLAIN(HVR_EXIT_IRQ_WINDOW),
	[VMX_REASON_NMI_WINDOW] = PLAIN(HVR_EXIT_NMI_WINDOW),
	[VMX_REASON_TASK_SWITCH] = ROW(HVR_EXIT_TASK_SWITCH, WITH_QUALIFICATION,
				       decode_task),
	[VMX_REASON_CPUID] = INSN(HVR_EXIT_CPUID),
	[VMX_REASON_GETSEC] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_HLT] = INSN(HVR_EXIT_HLT),
	[VMX_REASON_INVD] = INSN(HVR_EXIT_WBINVD),
	[VMX_REASON_INVLPG] = INSN(HVR_EXIT_INVLPG),
	[VMX_REASON_RDPMC] = INSN(HVR_EXIT_RDPMC),
	[VMX_REASON_RSM] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_VMCALL] = INSN(HVR_EXIT_VMCALL),
	[VMX_REASON_VMCLEAR ... VMX_REASON_VMXON] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_CR] = ROW(HVR_EXIT_CR, WITH_QUALIFICATION, decode_cr),
	[VMX_REASON_DR] = ROW(HVR_EXIT_DR, WITH_QUALIFICATION, decode_dr),
	[VMX_REASON_IO] = ROW(HVR_EXIT_IO, WITH_QUALIFICATION |
			      VMX_NEED_INSN_INFO, decode_io),
	[VMX_REASON_RDMSR] = INSN(HVR_EXIT_RDMSR),
	[VMX_REASON_WRMSR] = INSN(HVR_EXIT_WRMSR),
	[VMX_REASON_BAD_STATE] = ROW(HVR_EXIT_FAIL, VMX_NEED_QUALIFICATION,
				     decode_failure),
	[VMX_REASON_BAD_MSR_LOAD] = ROW(HVR_EXIT_FAIL, VMX_NEED_QUALIFICATION,
					decode_failure),
	[VMX_REASON_MWAIT] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_MONITOR] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_PAUSE] = INSN(HVR_EXIT_PAUSE),
	[VMX_REASON_ENTRY_MC] = PLAIN(HVR_EXIT_NONE),
	[VMX_REASON_TPR] = PLAIN(HVR_EXIT_NONE),
	[VMX_REASON_EPT_VIOLATION] = ROW(HVR_EXIT_SLAT, VIOLATION,
					 decode_violation),
	[VMX_REASON_EPT_MISCONFIG] = ROW(HVR_EXIT_FAIL, VMX_NEED_ADDRESSES,
					 decode_failure),
	[VMX_REASON_INVEPT] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_TIMER] = PLAIN(HVR_EXIT_DEADLINE),
	[VMX_REASON_INVVPID] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_WBINVD] = INSN(HVR_EXIT_WBINVD),
	[VMX_REASON_XSETBV] = INSN(HVR_EXIT_XSETBV),
	[VMX_REASON_VMFUNC] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_ENCLS] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_UMWAIT] = PLAIN(HVR_EXIT_UNDEFINED),
	[VMX_REASON_TPAUSE] = PLAIN(HVR_EXIT_UNDEFINED),
};

static const struct exit_row unexpected = {
	HVR_EXIT_FAIL + 1, VMX_NEED_QUALIFICATION, decode_failure,
};

static const struct exit_row *find_row(u32 reason)
{
	u32 basic = reason & VMX_REASON_MASK;

	if (basic < VMX_NR_REASONS && rows[basic].reason)
		return &rows[basic];
	return &unexpected;
}

bool vmx_decode_plain(u32 reason, u8 insn_len, struct hvr_exit *exit)
{
	const struct exit_row *row;

	/* Flags above the number: not plain. */
	if (reason >= VMX_NR_REASONS)
		return false;
	row = &rows[reason];
	if (!row->reason || row->decode)
		return false;
	exit->reason = row->reason - 1;
	exit->insn_len = row->needs & VMX_NEED_INSN_LEN ? insn_len : 0;
	exit->insn_bytes_len = 0;
	exit->hw_reason = reason;
	return true;
}

unsigned int vmx_exit_needs(u32 reason)
{
	return find_row(reason)->needs;
}

void vmx_decode_exit(const struct vmx_raw_exit *raw, bool ins_outs,
		     struct hvr_exit *exit)
{
	const struct exit_row *row = find_row(raw->reason);

	exit->hw_reason = raw->reason;
	exit->insn_bytes_len = 0;
	exit->insn_len = row->needs & VMX_NEED_INSN_LEN ? raw->insn_len : 0;
	exit->reason = row->reason - 1;
	/* Undefined for what was not caused by an instruction. */
	if (exit->reason == HVR_EXIT_EXCEPTION ||
	    exit->reason == HVR_EXIT_TASK_SWITCH)
		exit->insn_len = 0;
	if (row->decode)
		row->decode(raw, ins_outs, exit);
}

bool vmx_exit_unblocked_nmi(const struct vmx_raw_exit *raw)
{
	if (raw->vectoring & VMX_EV_VALID)
		return false;
	switch (raw->reason) {
	case VMX_REASON_EXCEPTION:
		return (raw->event & VMX_EV_NMI_UNBLOCKED) &&
		       (raw->event & VMX_EV_VECTOR) != 8;
	case VMX_REASON_EPT_VIOLATION:
		return raw->qualification & VMX_EPTV_NMI_UNBLOCKED;
	}
	return false;
}
