/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark guest: flat 64-bit code that runs one operation many times between
 * two readings of the TSC. The runner copies it to GUEST_CODE.
 */
#include "guest.h"

#define MSR_APIC_BASE		0x1b
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MSR_MTRR_BASE0		0x200
#define MSR_X2APIC_EOI		0x80b
#define MSR_GUEST_OS_ID		0x40000000
#define MSR_HYPERCALL		0x40000001
#define MSR_VP_INDEX		0x40000002

#define X2APIC_ENABLED		0xfee00d00

#define CALL_NONE		0x00010fff	/* fast, a code that nobody knows */
#define CALL_SIGNAL_EVENT	0x0001005d	/* fast */
#define CALL_POST_MESSAGE	0x0000005c

	.section .rodata

	.globl bench_guest, bench_guest_end
	.balign 64
bench_guest:
	mov	$MSR_GUEST_OS_ID, %ecx
	mov	$1, %eax
	mov	$0x81000000, %edx
	wrmsr
	mov	$MSR_HYPERCALL, %ecx
	mov	$(GUEST_HYPERCALL | 1), %eax
	xor	%edx, %edx
	wrmsr
	mov	$MSR_APIC_BASE, %ecx
	mov	$X2APIC_ENABLED, %eax
	xor	%edx, %edx
	wrmsr
	mov	$GUEST_HYPERCALL, %r15d
	mov	$GUEST_PARAMS, %r13d
next:
	out	%al, $PORT_NEXT
	mov	PARAM_COUNT(%r13), %r12
	call	*PARAM_OP(%r13)
	mov	%r14, PARAM_CYCLES(%r13)
	mov	%rbx, PARAM_RESULT(%r13)
	jmp	next

/* R14: the TSC. */
	.macro	begin name
	.globl	bench_op_\name
	.balign	64
bench_op_\name:
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, %r14
	.endm

	.macro	repeat
9:
	.endm

	.macro	finish
	dec	%r12
	jnz	9b
	mov	%rax, %rbx
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	%r14, %rax
	mov	%rax, %r14
	ret
	.endm

	begin	empty
	repeat
	finish

	begin	cpuid
	repeat
	xor	%eax, %eax
	cpuid
	finish

	begin	cpuid1
	repeat
	mov	$1, %eax
	cpuid
	finish

	begin	rdmsr
	mov	$MSR_MTRR_DEF_TYPE, %ecx
	repeat
	rdmsr
	finish

	begin	wrmsr
	mov	$MSR_MTRR_BASE0, %ecx
	mov	$0x80000006, %eax
	xor	%edx, %edx
	repeat
	wrmsr
	finish

	begin	rdmsr_hv
	mov	$MSR_VP_INDEX, %ecx
	repeat
	rdmsr
	finish

	begin	eoi
	mov	$MSR_X2APIC_EOI, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	repeat
	wrmsr
	finish

	begin	user
	repeat
	out	%al, $PORT_USER
	finish

	begin	port
	repeat
	out	%al, $PORT_DOORBELL
	finish

	begin	doorbell
	mov	$GUEST_DOORBELL, %ebp
	repeat
	mov	%eax, (%rbp)
	finish

	begin	null
	mov	$CALL_NONE, %ecx
	xor	%edx, %edx
	xor	%r8d, %r8d
	repeat
	call	*%r15
	finish

	begin	signal
	mov	$CALL_SIGNAL_EVENT, %ecx
	mov	$EVENT_CONNECTION, %edx
	xor	%r8d, %r8d
	repeat
	call	*%r15
	finish

	begin	post
	mov	$CALL_POST_MESSAGE, %ecx
	mov	$GUEST_MESSAGE, %edx
	xor	%r8d, %r8d
	repeat
	call	*%r15
	finish

bench_guest_end:
	.byte	0

	.section .note.GNU-stack, "", @progbits
