/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest programs of snippet_test.c: bytes between two labels. Each ends with a
 * write to port 0xf4; the handlers of all vectors write theirs to port 0xf5.
 */
#ifndef SNIPPET_CODE_H
#define SNIPPET_CODE_H

#define CODE(name, mode, ...)						\
	extern const unsigned char code_##name[], code_##name##_end[];	\
	__asm__(".pushsection .rodata\n"				\
		".globl code_" #name ", code_" #name "_end\n"		\
		".code" #mode "\n"					\
		"code_" #name ":\n"					\
		__VA_ARGS__						\
		"out %al, $0xf4\n"					\
		"1: jmp 1b\n"						\
		"code_" #name "_end:\n"					\
		".code64\n"						\
		".popsection\n")

#define L(line)		line "\n"

/* ---- ports ---- */

CODE(out8, 16, L("mov $0x5a, %al") L("out %al, $0x10"));
CODE(out16, 16, L("mov $0x1234, %dx") L("mov $0xbeef, %ax")
     L("out %ax, %dx"));
CODE(out32, 16, L("mov $0x1234, %dx") L("mov $0xdeadbeef, %eax")
     L("out %eax, %dx"));
CODE(in8, 16, L("xor %ax, %ax") L("in $0x60, %al") L("mov %al, %bl"));
CODE(in8_rest, 64, L("mov $0x1122334455667788, %rax") L("in $0x60, %al")
     L("mov %rax, %rbx"));
CODE(in16_rest, 64, L("mov $0x1122334455667788, %rax") L("in $0x60, %ax")
     L("mov %rax, %rbx"));
CODE(in32_rest, 64, L("mov $0x1122334455667788, %rax") L("in $0x60, %eax")
     L("mov %rax, %rbx"));
CODE(in32, 32, L("mov $0xcf8, %edx") L("in %dx, %eax") L("mov %eax, %ebx"));
CODE(outsb, 16, L("mov $0x20, %dx") L("mov $0x4000, %si") L("cld")
     L("outsb"));
CODE(rep_outsb, 16, L("mov $0x20, %dx") L("mov $0x4000, %si") L("cld")
     L("mov $5, %cx") L("rep outsb") L("mov %cx, %bx"));
CODE(rep_outsb_none, 16, L("mov $0x20, %dx") L("xor %cx, %cx")
     L("rep outsb"));
CODE(rep_insw, 32, L("mov $0x1f0, %edx") L("mov $0x4000, %edi") L("cld")
     L("mov $3, %ecx") L("rep insw") L("mov %ecx, %ebx"));

/* ---- memory ---- */

CODE(mmio_write32, 32, L("mov $0xcafe1234, %eax")
     L("mov %eax, 0x10000040"));
CODE(mmio_read32, 32, L("mov 0x10000044, %ebx"));
CODE(mmio_write64, 64, L("mov $0x10000080, %rdi")
     L("mov $0x1122334455667788, %rax") L("mov %rax, (%rdi)"));
CODE(segment_read16, 16, L("mov $0xd000, %ax") L("mov %ax, %es")
     L("mov %es:0x10, %ax"));
CODE(rom_write, 32, L("movl $1, 0x180000") L("mov 0x180000, %ebx"));
CODE(jump_nowhere, 32, L("mov $0x10000000, %eax") L("jmp *%eax"));
CODE(two_stores, 32, L("movl $1, 0x40000") L("out %al, $0x11")
     L("movl $2, 0x40000") L("mov 0x40000, %ebx"));
CODE(dirty, 32, L("out %al, $0x11") L("movl $1, 0x41000")
     L("movl $1, 0x43ffc"));

/* ---- CPUID, MSRs, control registers ---- */

CODE(cpuid_hv, 64, L("mov $0x40000000, %eax") L("xor %ecx, %ecx")
     L("cpuid"));
CODE(cpuid_1, 64, L("mov $1, %eax") L("xor %ecx, %ecx") L("cpuid")
     L("mov %ecx, %esi"));
CODE(cpuid_reg, 64, L("mov $0x80000004, %eax") L("xor %ecx, %ecx")
     L("cpuid"));
CODE(lstar, 64, L("mov $0xc0000082, %ecx") L("mov $0x81234567, %eax")
     L("mov $0xffffffff, %edx") L("wrmsr") L("xor %eax, %eax")
     L("xor %edx, %edx") L("rdmsr"));
CODE(rdmsr_unknown, 64, L("mov $0xc0011f00, %ecx") L("mov $1, %eax")
     L("rdmsr"));
CODE(wrmsr_bad, 64, L("mov $0xc0000080, %ecx") L("mov $-1, %eax")
     L("mov $-1, %edx") L("wrmsr"));
CODE(pat, 64, L("mov $0x277, %ecx") L("rdmsr"));
CODE(cr4, 64, L("mov %cr4, %rax") L("or $0x80, %rax") L("mov %rax, %cr4")
     L("mov %cr4, %rbx"));
CODE(cr4_pke, 64, L("mov %cr4, %rax") L("or $0x400000, %rax")
     L("mov %rax, %cr4"));
CODE(tsc_aux, 64, L("mov $0xc0000103, %ecx") L("mov $0x1234, %eax")
     L("xor %edx, %edx") L("wrmsr") L("rdtscp") L("mov %ecx, %ebx")
     L("mov $0xc0000103, %ecx") L("xor %eax, %eax") L("xor %edx, %edx")
     L("wrmsr") L("rdtscp") L("mov %ecx, %esi"));
CODE(xsetbv, 64, L("mov %cr4, %rax") L("or $0x40000, %rax")
     L("mov %rax, %cr4") L("xor %ecx, %ecx") L("xor %edx, %edx")
     L("mov $3, %eax") L("xsetbv") L("xgetbv") L("mov %eax, %ebx")
     L("mov $1, %eax") L("xor %ecx, %ecx") L("push %rbx") L("cpuid")
     L("pop %rbx") L("mov %ecx, %esi"));
CODE(xsetbv_bad, 64, L("mov %cr4, %rax") L("or $0x40000, %rax")
     L("mov %rax, %cr4") L("xor %ecx, %ecx") L("xor %edx, %edx")
     L("mov $4, %eax") L("xsetbv"));
CODE(wbinvd, 64, L("wbinvd") L("mov $7, %ebx"));
CODE(rdtsc, 64, L("rdtsc") L("shl $32, %rdx") L("or %rdx, %rax")
     L("mov %rax, %rbx") L("rdtsc") L("shl $32, %rdx") L("or %rdx, %rax")
     L("cmp %rbx, %rax") L("seta %bl") L("movzx %bl, %ebx"));
CODE(xmm, 64, L("out %al, $0x11") L("movdqa %xmm1, %xmm2")
     L("pcmpeqd %xmm3, %xmm3"));

/* ---- exceptions ---- */

CODE(ud2, 64, L("ud2"));
CODE(divide, 64, L("xor %ecx, %ecx") L("xor %edx, %edx") L("div %ecx"));
CODE(int3, 64, L("int3"));
CODE(int80, 32, L("int $0x80"));
CODE(gp_selector, 64, L("mov $0x7777, %ax") L("mov %ax, %ds"));
CODE(page_fault, 64, L("mov $0x4000001000, %rax") L("mov (%rax), %rbx"));
CODE(nm, 64, L("mov %cr0, %rax") L("or $8, %rax") L("mov %rax, %cr0")
     L("fninit"));
CODE(real_divide, 16, L("xor %cx, %cx") L("div %cx"));
CODE(triple, 64, L("lidt 2f(%rip)") L("ud2") L("2: .word 0") L(".quad 0"));
CODE(vmmcall_off, 64, L("vmmcall"));
CODE(vmrun, 64, L("mov $0x4000, %eax") L("vmrun"));
CODE(single_step, 64, L("pushfq") L("orl $0x100, (%rsp)") L("popfq")
     L("cpuid"));
CODE(breakpoint, 64, L("lea 2f(%rip), %rax") L("mov %rax, %dr0")
     L("mov $0x402, %eax") L("mov %rax, %dr7") L("2: nop"));

/* ---- interrupts; the machine runs with x2APIC on and SVR enabled ---- */

#define APIC_ON								\
	L("mov $0x1b, %ecx") L("rdmsr") L("or $0xc00, %eax") L("wrmsr")	\
	L("mov $0x80f, %ecx") L("mov $0x1ff, %eax") L("xor %edx, %edx")	\
	L("wrmsr")
#define EOI								\
	L("mov $0x80b, %ecx") L("xor %eax, %eax") L("xor %edx, %edx")	\
	L("wrmsr")

CODE(hlt_irq, 64, APIC_ON L("out %al, $0x11") L("sti") L("hlt") EOI
     L("mov $0x811, %ecx") L("rdmsr") L("mov %eax, %ebx"));
CODE(irq_cli, 64, APIC_ON L("cli") L("out %al, $0x11") L("nop")
     L("out %al, $0x12") L("sti") L("nop") L("nop"));
CODE(irq_tpr, 64, APIC_ON L("mov $15, %eax") L("mov %rax, %cr8")
     L("sti") L("out %al, $0x11") L("nop") L("out %al, $0x12")
     L("xor %eax, %eax") L("mov %rax, %cr8") L("nop"));
CODE(two_irqs, 64, APIC_ON L("cli") L("out %al, $0x11") L("sti") L("nop")
     L("nop") EOI L("nop") EOI);
CODE(nmi, 64, L("out %al, $0x11") L("nop") L("mov $9, %ebx"));
CODE(irq_fd, 64, APIC_ON L("out %al, $0x11") L("sti") L("hlt"));
CODE(self_ipi, 64, APIC_ON L("sti") L("mov $0x83f, %ecx")
     L("mov $0x55, %eax") L("xor %edx, %edx") L("wrmsr") L("nop"));
CODE(timer_xapic, 32, L("movl $0x1ff, 0xfee000f0")
     L("movl $0x40, 0xfee00320") L("movl $0xb, 0xfee003e0")
     L("movl $1000, 0xfee00380") L("sti") L("hlt")
     L("mov 0xfee00020, %ebx"));
CODE(hypercall, 64, L("mov $0x40000000, %ecx") L("mov $1, %eax")
     L("mov $0x8100, %edx") L("wrmsr") L("mov $0x40000001, %ecx")
     L("mov $0x20001, %eax") L("xor %edx, %edx") L("wrmsr")
     L("mov $0x7777, %ecx") L("xor %edx, %edx") L("xor %r8d, %r8d")
     L("mov $0x20000, %eax") L("call *%rax") L("mov %rax, %rbx"));

/* ---- 32-bit callers ---- */

#define CALL_PAGE32							\
	L("mov $0x40000000, %ecx") L("mov $1, %eax") L("mov $0x8100, %edx") \
	L("wrmsr") L("mov $0x40000001, %ecx") L("mov $0x20001, %eax")	\
	L("xor %edx, %edx") L("wrmsr")
/* EDX:EAX control, EBX:ECX input, EDI:ESI output; results go to EBX and ESI. */
#define CALL32(control_high, control_low, in_high, in_low, out_high, out_low) \
	L("mov $" control_high ", %edx") L("mov $" control_low ", %eax") \
	L("mov $" in_high ", %ebx") L("mov $" in_low ", %ecx")		\
	L("mov $" out_high ", %edi") L("mov $" out_low ", %esi")	\
	L("mov $0x20000, %ebp") L("call *%ebp")				\
	L("mov %eax, %ebx") L("mov %edx, %esi")

CODE(hypercall32, 32, CALL_PAGE32 CALL32("0", "0x7777", "0", "0", "0", "0"));
/* Flush two addresses: input at 0x21000. */
CODE(hypercall32_rep, 32, CALL_PAGE32
     L("movl $3, 0x21008") L("movl $0x1000, 0x21018") L("movl $0x2000, 0x21020")
     CALL32("2", "3", "0", "0x21000", "0", "0"));
CODE(hypercall32_start, 32, CALL_PAGE32 L("movl $3, 0x21008")
     CALL32("0x10002", "3", "0", "0x21000", "0", "0"));
CODE(hypercall32_high, 32, CALL_PAGE32 L("movl $3, 0x21008")
     CALL32("1", "3", "0x10000000", "0x21000", "0", "0"));
/* Fast: event 0 of a connection that is not there, then a bad flag number. */
CODE(hypercall32_fast, 32, CALL_PAGE32
     CALL32("0", "0x1005d", "0", "0x1234", "0", "0"));
CODE(hypercall32_fast_high, 32, CALL_PAGE32
     CALL32("0", "0x1005d", "0xffff0000", "0x1234", "0", "0"));
/* Input and output in memory: capabilities of the extended calls. */
CODE(hypercall32_out, 32, CALL_PAGE32 L("movl $-1, 0x21000")
     L("movl $-1, 0x21004")
     CALL32("0", "0x8001", "0", "0", "0", "0x21000") L("mov 0x21000, %ecx")
     L("or 0x21004, %ecx"));
CODE(hypercall32_out_high, 32, CALL_PAGE32
     CALL32("0", "0x8001", "0", "0", "0x10000000", "0x21000"));

#define HINTS	L("mov $0x40000004, %eax") L("xor %ecx, %ecx") L("cpuid")	\
		L("and $4, %eax") L("mov %eax, %ebx")
CODE(hints32, 32, HINTS);
CODE(hints64, 64, HINTS);

/* Instructions that exit, with paging as 32-bit kernels have it. */
#define EXITS32	L("mov $0x40000000, %eax") L("xor %ecx, %ecx") L("cpuid")	\
		L("mov $0xfee00030, %edi") L("mov (%edi), %esi")
CODE(paging_pae, 32, L("movl $0x31001, 0x30000") L("movl $0, 0x30004")
     L("movl $0x32001, 0x30018") L("movl $0, 0x3001c")
     L("movl $0x83, 0x31000") L("movl $0, 0x31004")
     L("movl $0xfee00083, 0x32fb8") L("movl $0, 0x32fbc")
     L("mov $0x30000, %eax") L("mov %eax, %cr3")
     L("mov $0x20, %eax") L("mov %eax, %cr4")
     L("mov $0x80000033, %eax") L("mov %eax, %cr0") EXITS32);
CODE(paging_2level, 32, L("movl $0x83, 0x30000") L("movl $0x32003, 0x30fec")
     L("movl $0xfee00003, 0x32800")
     L("mov $0x30000, %eax") L("mov %eax, %cr3")
     L("mov $0x10, %eax") L("mov %eax, %cr4")
     L("mov $0x80000033, %eax") L("mov %eax, %cr0") EXITS32);
CODE(sysenter32, 32, L("mov $0x174, %ecx") L("mov $8, %eax") L("xor %edx, %edx")
     L("wrmsr") L("mov $0x176, %ecx")
     L("mov $(2f - code_sysenter32 + 0x1000), %eax") L("wrmsr")
     L("mov $0x175, %ecx") L("mov $0x8800, %eax") L("wrmsr")
     L("sysenter") L("ud2") L("2: mov %esp, %ebx") L("mov $0x176, %ecx")
     L("rdmsr") L("mov %eax, %esi"));

CODE(sipi, 64, APIC_ON L("mov $0x830, %ecx") L("mov $1, %edx")
     L("mov $0x4500, %eax") L("wrmsr") L("mov $0x4607, %eax")
     L("wrmsr") L("mov $3, %ebx"));
CODE(ap_start, 16, L("mov $0x77, %al"));

#endif /* SNIPPET_CODE_H */
