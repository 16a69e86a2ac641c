// SPDX-License-Identifier: GPL-2.0-only
/*
 * From exit code and exit information to the vendor-free struct hvr_exit.
 */
#include "svm.h"

/* Exits that need no more than their reason; the rest holds 0. */
#define SIMPLE(reason)	((reason) + 1)

static const u8 simple_exits[SVM_EXIT_RDPRU + 1] = {
	[SVM_EXIT_INTR] = SIMPLE(HVR_EXIT_INTERRUPT),
	[SVM_EXIT_NMI] = SIMPLE(HVR_EXIT_NMI),
	[SVM_EXIT_SMI] = SIMPLE(HVR_EXIT_NONE),
	[SVM_EXIT_INIT] = SIMPLE(HVR_EXIT_NONE),
	[SVM_EXIT_VINTR] = SIMPLE(HVR_EXIT_IRQ_WINDOW),
	[SVM_EXIT_RDPMC] = SIMPLE(HVR_EXIT_RDPMC),
	[SVM_EXIT_CPUID] = SIMPLE(HVR_EXIT_CPUID),
	[SVM_EXIT_RSM] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_INVD] = SIMPLE(HVR_EXIT_WBINVD),
	[SVM_EXIT_PAUSE] = SIMPLE(HVR_EXIT_PAUSE),
	[SVM_EXIT_HLT] = SIMPLE(HVR_EXIT_HLT),
	[SVM_EXIT_INVLPGA] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_SHUTDOWN] = SIMPLE(HVR_EXIT_TRIPLE_FAULT),
	[SVM_EXIT_VMRUN] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_VMMCALL] = SIMPLE(HVR_EXIT_VMCALL),
	[SVM_EXIT_VMLOAD] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_VMSAVE] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_STGI] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_CLGI] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_SKINIT] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_WBINVD] = SIMPLE(HVR_EXIT_WBINVD),
	[SVM_EXIT_MONITOR] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_MWAIT] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_MWAIT_ARMED] = SIMPLE(HVR_EXIT_UNDEFINED),
	[SVM_EXIT_XSETBV] = SIMPLE(HVR_EXIT_XSETBV),
	[SVM_EXIT_RDPRU] = SIMPLE(HVR_EXIT_UNDEFINED),
};

static void decode_npf(const struct vmcb_control *c, struct hvr_exit *exit)
{
	u64 info = c->exit_info_1;

	exit->reason = HVR_EXIT_SLAT;
	exit->slat.gpa = c->exit_info_2;
	exit->slat.gva = 0;
	exit->slat.gva_valid = false;
	exit->slat.access = HVR_ACCESS_READ;
	if (info & SVM_NPF_WRITE)
		exit->slat.access |= HVR_ACCESS_WRITE;
	if (info & SVM_NPF_FETCH)
		exit->slat.access |= HVR_ACCESS_EXEC;
	if (info & SVM_NPF_PRESENT)
		exit->slat.access |= HVR_ACCESS_PRESENT;
	if (info & SVM_NPF_WALK)
		exit->slat.access |= HVR_ACCESS_WALK;
}

static void decode_io(struct svm_vp *svm, const struct vmcb_control *c,
		      struct hvr_exit *exit)
{
	u32 info = c->exit_info_1;

	exit->reason = HVR_EXIT_IO;
	exit->io.port = info >> SVM_IO_PORT_SHIFT;
	exit->io.size = (info >> SVM_IO_SIZE_SHIFT) & 7;
	exit->io.addr_size = ((info >> SVM_IO_ADDR_SHIFT) & 7) * 2;
	exit->io.in = info & SVM_IO_IN;
	exit->io.string = info & SVM_IO_STRING;
	exit->io.rep = info & SVM_IO_REP;
	exit->io.seg = svm_caps.decode_assists ?
		(info >> SVM_IO_SEG_SHIFT) & 7 : HVR_SEG_DS;
	/* The second word is the address of the next instruction. */
	exit->insn_len = c->exit_info_2 - svm->vp.rip;
}

static void decode_cr(const struct vmcb_control *c, struct hvr_exit *exit,
		      bool write)
{
	exit->reason = HVR_EXIT_CR;
	exit->cr.nr = c->exit_code & 0xf;
	exit->cr.write = write;
	exit->cr.lmsw = false;
	exit->cr.clts = false;
	exit->cr.decoded = svm_caps.decode_assists &&
			   (c->exit_info_1 & SVM_CR_VALID);
	exit->cr.gpr = c->exit_info_1 & SVM_CR_GPR_MASK;
}

static void decode_dr(const struct vmcb_control *c, struct hvr_exit *exit,
		      bool write)
{
	exit->reason = HVR_EXIT_DR;
	exit->dr.nr = c->exit_code & 0xf;
	exit->dr.write = write;
	exit->dr.decoded = svm_caps.decode_assists;
	exit->dr.gpr = c->exit_info_1 & SVM_CR_GPR_MASK;
}

/* #DB: the CPU has written DR6 already; #AC and #MC carry no more. */
static void decode_exception(const struct vmcb *vmcb, struct hvr_exit *exit)
{
	u8 vector = vmcb->control.exit_code - SVM_EXIT_EXC;

	exit->reason = HVR_EXIT_EXCEPTION;
	exit->exc.vector = vector;
	exit->exc.has_error = vector == 17;
	exit->exc.error = vector == 17 ? vmcb->control.exit_info_1 : 0;
	exit->exc.param = vector == 1 ? vmcb->save.dr6 : 0;
}

static void decode_ranges(struct svm_vp *svm, struct hvr_exit *exit)
{
	const struct vmcb_control *c = &svm->vmcb->control;
	u64 code = c->exit_code;

	if (code < SVM_EXIT_CR_WRITE)
		decode_cr(c, exit, false);
	else if (code < SVM_EXIT_DR_READ)
		decode_cr(c, exit, true);
	else if (code < SVM_EXIT_DR_WRITE)
		decode_dr(c, exit, false);
	else if (code < SVM_EXIT_EXC)
		decode_dr(c, exit, true);
	else if (code < SVM_EXIT_INTR)
		decode_exception(svm->vmcb, exit);
	else if (code == SVM_EXIT_MSR)
		exit->reason = c->exit_info_1 ? HVR_EXIT_WRMSR : HVR_EXIT_RDMSR;
	else
		exit->reason = HVR_EXIT_FAIL;
}

void svm_decode_exit(struct svm_vp *svm, struct hvr_exit *exit)
{
	const struct vmcb_control *c = &svm->vmcb->control;

	exit->hw_reason = c->exit_code;
	exit->insn_len = 0;
	exit->insn_bytes_len = 0;
	if (svm_caps.next_rip && c->next_rip > svm->vp.rip &&
	    c->next_rip - svm->vp.rip <= 15)
		exit->insn_len = c->next_rip - svm->vp.rip;
	if (c->exit_code < ARRAY_SIZE(simple_exits) &&
	    simple_exits[c->exit_code]) {
		exit->reason = simple_exits[c->exit_code] - 1;
		return;
	}

	if (c->exit_code == SVM_EXIT_NPF) {
		decode_npf(c, exit);
		exit->insn_len = 0;
		if (svm_caps.decode_assists && c->insn_len) {
			exit->insn_bytes_len = min_t(u8, c->insn_len & 0xf, 15);
			memcpy(exit->insn_bytes, c->insn_bytes,
			       exit->insn_bytes_len);
		}
		return;
	}
	if (c->exit_code == SVM_EXIT_IOIO) {
		decode_io(svm, c, exit);
		return;
	}
	decode_ranges(svm, exit);
	if (exit->reason == HVR_EXIT_FAIL) {
		exit->fail.info1 = c->exit_info_1;
		exit->fail.info2 = c->exit_info_2;
	}
}
