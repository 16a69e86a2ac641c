/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world switch: load the guest's registers, VMRUN, store them again.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/nospec-branch.h>

/* Offsets of gpr[] in struct svm_vp, in the order of enum hvr_gpr; state.c asserts
 * that the array stands first. RAX and RSP travel in the control block.
 */
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

.section .text, "ax"

/*
 * void svm_vmrun(struct svm_vp *svm, u64 vmcb_pa, u64 host_area)
 *
 * Interrupts are off. With GIF clear nothing is taken between here and STGI;
 * IF is set for VMRUN, because the host's IF decides whether a physical interrupt
 * makes the guest exit.
 */
SYM_FUNC_START(svm_vmrun)
	push	%rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdx			/* host area, 8(%rsp) below */
	push	%rdi			/* svm, (%rsp) below */

	clgi
	mov	%rsi, %rax
	vmload	%rax

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

	sti
	vmrun	%rax
	cli

	/* RAX holds the control block's address again; RSP is the host's. */
	vmsave	%rax
	mov	(%rsp), %rax

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

	/* Brings back the host's GS base: nothing per CPU may be touched before. */
	mov	8(%rsp), %rax
	vmload	%rax

	/* The guest trained the return predictor; no RET before this. */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT

	/* Zen 1 and 2 (Retbleed), Zen 3 and 4 (SRSO): the same for their predictors. */
	ALTERNATIVE "", "call entry_untrain_ret", X86_FEATURE_UNRET

	/* Leave no guest value for speculation to use. */
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d

	pop	%rdi
	pop	%rdx
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	/* An NMI that made the guest exit is taken here. */
	stgi
	RET
SYM_FUNC_END(svm_vmrun)
