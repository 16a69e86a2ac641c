/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world switch: load the guest's registers, VMLAUNCH or VMRESUME, store them
 * again.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/segment.h>

/* Offsets of gpr[] in struct vmx_vp, in the order of enum hvr_gpr; state.c asserts
 * that the array stands first. RSP travels in the control structure.
 */
#define G_RAX	(0 * 8)
#define G_RCX	(1 * 8)
#define G_RDX	(2 * 8)
#define G_RBX	(3 * 8)
#define G_RBP	(5 * 8)
#define G_RSI	(6 * 8)
#define G_RDI	(7 * 8)
#define G_R8	(8 * 8)
#define G_R9	(9 * 8)
#define G_R10	(10 * 8)
#define G_R11	(11 * 8)
#define G_R12	(12 * 8)
#define G_R13	(13 * 8)
#define G_R14	(14 * 8)
#define G_R15	(15 * 8)

#define HOST_RSP_FIELD	0x6c14

#define RESUME		1	/* VMX_RUN_* of vmx.h */
#define CLEAR_BUFFERS	2
#define HOST_SPEC	4
#define FAILED		0x80

/* On the stack, from the top */
#define VMX		0
#define FLAGS		8

.section .rodata, "a"
verw_selector:
	.word	__KERNEL_DS

.section .text, "ax"

/*
 * unsigned long vmx_run(struct vmx_vp *vmx, unsigned long flags,
 *			 u64 host_spec_ctrl, u64 *host_rsp)
 *
 * Interrupts are off. 0 after an exit, not 0 when the CPU refused to enter.
 */
SYM_FUNC_START(vmx_run)
	push	%rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdx
	push	%rsi
	push	%rdi

	cmp	%rsp, (%rcx)
	je	1f
	mov	%rsp, (%rcx)
	mov	$HOST_RSP_FIELD, %eax
	vmwrite	%rsp, %rax
1:
	mov	G_RAX(%rdi), %rax
	mov	G_RCX(%rdi), %rcx
	mov	G_RDX(%rdi), %rdx
	mov	G_RBX(%rdi), %rbx
	mov	G_RBP(%rdi), %rbp
	mov	G_RSI(%rdi), %rsi
	mov	G_R8(%rdi), %r8
	mov	G_R9(%rdi), %r9
	mov	G_R10(%rdi), %r10
	mov	G_R11(%rdi), %r11
	mov	G_R12(%rdi), %r12
	mov	G_R13(%rdi), %r13
	mov	G_R14(%rdi), %r14
	mov	G_R15(%rdi), %r15
	mov	G_RDI(%rdi), %rdi

	testb	$RESUME, FLAGS(%rsp)
	jz	.Llaunch
	testb	$CLEAR_BUFFERS, FLAGS(%rsp)
	jz	.Lresume_now
	verw	verw_selector(%rip)
.Lresume_now:
	vmresume
	jmp	.Lfailed
.Llaunch:
	testb	$CLEAR_BUFFERS, FLAGS(%rsp)
	jz	.Llaunch_now
	verw	verw_selector(%rip)
.Llaunch_now:
	vmlaunch
.Lfailed:
	orb	$FAILED, FLAGS(%rsp)
	/* The registers are still the guest's: on as after an exit. */

	_ASM_EXTABLE(.Lresume_now, .Lfailed)
	_ASM_EXTABLE(.Llaunch_now, .Lfailed)

SYM_INNER_LABEL(vmx_exited, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	push	%rax
	mov	(8 + VMX)(%rsp), %rax
	pop	G_RAX(%rax)
	mov	%rcx, G_RCX(%rax)
	mov	%rdx, G_RDX(%rax)
	mov	%rbx, G_RBX(%rax)
	mov	%rbp, G_RBP(%rax)
	mov	%rsi, G_RSI(%rax)
	mov	%rdi, G_RDI(%rax)
	mov	%r8, G_R8(%rax)
	mov	%r9, G_R9(%rax)
	mov	%r10, G_R10(%rax)
	mov	%r11, G_R11(%rax)
	mov	%r12, G_R12(%rax)
	mov	%r13, G_R13(%rax)
	mov	%r14, G_R14(%rax)
	mov	%r15, G_R15(%rax)

	/* The guest trained the return predictor; no RET before this. */
	FILL_RETURN_BUFFER %rcx, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT, \
		X86_FEATURE_RSB_VMEXIT_LITE

	/* Leave no guest value for speculation to use. */
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d

	pop	%rdi
	pop	%rsi
	pop	%rdx

	/* Restricted speculation, and with it the host's branches, from here on. */
	testb	$HOST_SPEC, %sil
	jz	2f
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	mov	%edx, %eax
	shr	$32, %rdx
	wrmsr
2:
#ifdef HVR_HAVE_CLEAR_BHB
	CLEAR_BRANCH_HISTORY_VMEXIT
#endif
	mov	%rsi, %rax
	and	$FAILED, %eax
	xor	%edi, %edi
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET
SYM_FUNC_END(vmx_run)
