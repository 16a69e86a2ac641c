/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest programs of snippet_test.c that switch tasks, and the descriptors and
 * task-state segments that they find.
 *
 * Task A runs first. B, of 32 bits, and C, of 16 bits, are what it switches to; D takes
 * faults. The programs write the entry points.
 */
#ifndef SNIPPET_TASK_H
#define SNIPPET_TASK_H

#include <stdint.h>
#include <string.h>

#include "snippet_code.h"

#define TASK_GDT	0x3000
#define TASK_A		0x5000
#define TASK_B		0x5100
#define TASK_C		0x5200
#define TASK_D		0x5300
#define TASK_LDT	0x5400

#define SYSTEM(base, limit, type)					\
	((limit) | (uint64_t)(base) << 16 | (uint64_t)(type) << 40)

static const uint64_t task_gdt[] = {
	SYSTEM(TASK_A, 0x67, 0x8b),		/* 0x20 */
	SYSTEM(TASK_B, 0x67, 0x89),		/* 0x28 */
	SYSTEM(TASK_C, 0x2b, 0x81),		/* 0x30 */
	SYSTEM(TASK_B, 0x67, 0x09),		/* 0x38 not present */
	SYSTEM(TASK_LDT, 0x0f, 0x82),		/* 0x40 */
	SYSTEM(TASK_D, 0x67, 0x89),		/* 0x48 */
	0x00cf13000000ffffULL,			/* 0x50 data, not present */
	SYSTEM(0x28, 0, 0x85),			/* 0x58 task gate to B */
	SYSTEM(0x800000, 0x67, 0x89),		/* 0x60 where no page is */
	SYSTEM(TASK_B, 0x66, 0x89),		/* 0x68 too short */
	0x00cffb000000ffffULL,			/* 0x70 code, DPL 3 */
	0x00cff3000000ffffULL,			/* 0x78 data, DPL 3 */
	SYSTEM(0x400fd0, 0x67, 0x89),		/* 0x80 across two pages */
};

#define TASK_GDT_LIMIT	(0x20 + sizeof(task_gdt) - 1)

static void put_task32(uint8_t *tss, uint32_t esp)
{
	const uint32_t fields[] = {
		0, 0x8400, 0x10, 0, 0, 0, 0, 0x30000,	/* link, ESP0, SS0, CR3 */
		0, 2,					/* EIP, EFLAGS */
		1, 2, 3, 0x5555, esp, 6, 7, 8,		/* EAX to EDI */
		0x10, 0x08, 0x10, 0x10, 0, 0,		/* ES to GS */
		0, 0x680000,				/* LDT, map of ports */
	};

	memcpy(tss, fields, sizeof(fields));
}

static void put_task16(uint8_t *tss, uint16_t sp)
{
	const uint16_t fields[] = {
		0, 0x8400, 0x10, 0, 0, 0, 0,		/* link, SP0, SS0 */
		0, 2,					/* IP, FLAGS */
		1, 2, 3, 0x11, sp, 6, 7, 8,		/* AX to DI */
		0x10, 0x08, 0x10, 0x10, 0,		/* ES to DS, LDT */
	};

	memcpy(tss, fields, sizeof(fields));
}

/* @mem: the guest's memory from 0 on. */
static void fill_tasks(uint8_t *mem)
{
	/* Data from 0x4000 on, not accessed yet. */
	const uint64_t ldt = SYSTEM(0x4000, 0xffff, 0x92);

	memcpy(mem + TASK_GDT + 0x20, task_gdt, sizeof(task_gdt));
	put_task32(mem + TASK_A, 0);
	put_task32(mem + TASK_B, 0x8800);
	put_task16(mem + TASK_C, 0x8a00);
	put_task32(mem + TASK_D, 0x8c00);
	memcpy(mem + TASK_LDT, &ldt, sizeof(ldt));
}

#define AT(name, label)		"$(" label " - code_" #name " + 0x1000)"
#define B_BEGINS(name, label)	L("movl " AT(name, label) ", 0x5120")
#define C_BEGINS(name, label)	L("movw " AT(name, label) ", 0x520e")
#define D_BEGINS(name, label)	L("movl " AT(name, label) ", 0x5320")
#define TASK_GATE(vector, task)						\
	L("movl $(" task " << 16), 0x2000 + 8 * " vector)		\
	L("movl $0x8500, 0x2004 + 8 * " vector)

/* B tells its task register, CR0.TS and NT, is told from where it stopped. */
CODE(task_jmp, 32, B_BEGINS(task_jmp, "2f") L("mov $0x1111, %ebx")
     L("ljmp $0x28, $0") L("ljmp $0x28, $0") L("mov 0x4100, %esi")
     L("movzbl 0x3025, %ecx") L("shl $8, %ecx") L("mov 0x302d, %cl")
     L("mov 0x4104, %edx") L("jmp 9f")
     L("2: str %ax") L("mov %ax, 0x4100") L("mov %cr0, %eax")
     L("and $8, %al") L("mov %al, 0x4102") L("pushf") L("pop %eax")
     L("shr $14, %eax") L("mov %al, 0x4103") L("mov %ebx, 0x4104")
     L("ljmp $0x20, $0") L("addb $0x40, 0x4103") L("ljmp $0x20, $0")
     L("9:"));
/* B tells its link, NT and the state of A's descriptor; it stops after each IRET. */
CODE(task_call, 32, B_BEGINS(task_call, "2f") L("lcall $0x28, $0")
     L("lcall $0x28, $0") L("pushf") L("pop %esi") L("and $0x4000, %esi")
     L("mov 0x4100, %edi") L("mov 0x5124, %ecx") L("and $0x4000, %ecx")
     L("mov 0x302d, %cl") L("mov 0x5134, %ebx") L("jmp 9f")
     L("2: mov 0x5100, %ax") L("mov %ax, 0x4100") L("pushf")
     L("pop %eax") L("shr $14, %eax") L("mov %al, 0x4102")
     L("mov 0x3025, %al") L("mov %al, 0x4103") L("inc %ebx") L("iret")
     L("jmp 2b") L("9:"));
CODE(task_gdt_gate, 32, B_BEGINS(task_gdt_gate, "2f") L("xor %esi, %esi")
     L("lcall $0x58, $0") L("inc %esi") L("mov 0x5134, %ebx") L("jmp 9f")
     L("2: inc %ebx") L("iret") L("9:"));
CODE(task_int, 32, B_BEGINS(task_int, "2f") TASK_GATE("0x60", "0x28")
     L("xor %esi, %esi") L("int $0x60") L("inc %esi") L("mov 0x4100, %ebx")
     L("jmp 9f") L("2: mov %esp, 0x4100") L("iret") L("9:"));
/* Descriptors and the stacks of B and D are resident, which QEMU's TCG needs: when they
 * are not, it begins again with the exception, but not with the task, and forgets that
 * the exception was under delivery.
 */
#define TOUCH		L("orb $0, 0x3000") L("orb $0, 0x8000")

/* B sends A behind the instruction that failed. */
CODE(task_gp, 32, B_BEGINS(task_gp, "2f") TASK_GATE("13", "0x28")
     TOUCH L("mov $0x7774, %ax") L("3: mov %ax, %ds") L("mov 0x4100, %ebx")
     L("mov 0x4104, %esi") L("jmp 9f")
     L("2: pop 0x4100") L("mov 0x5020, %eax")
     L("sub " AT(task_gp, "3b") ", %eax") L("mov %eax, 0x4104")
     L("addl $2, 0x5020") L("iret") L("9:"));
/* The gate of #GP is not present. */
CODE(task_df, 32, B_BEGINS(task_df, "2f") TASK_GATE("8", "0x28")
     TOUCH L("movl $0, 0x206c") L("mov $0x7774, %ax") L("mov %ax, %ds")
     L("2: pop %ebx") L("movzwl 0x5100, %esi"));
CODE(task_16, 32, C_BEGINS(task_16, "2f") L("mov $0x12345678, %edx")
     L("lcall $0x30, $0") L("lcall $0x30, $0") L("movzwl 0x5218, %ebx")
     L("movzwl 0x4100, %esi") L("movzwl 0x5200, %ecx") L("jmp 9f")
     L("2: str %ax") L("mov %ax, 0x4100") L("inc %bx") L("iret")
     L("jmp 2b") L("9:"));
CODE(task_absent, 32, L("ljmp $0x38, $0"));
CODE(task_busy, 32, L("ljmp $0x20, $0"));
CODE(task_short, 32, L("ljmp $0x68, $0"));

/* B lacks something: A writes @val to the field at @at of its TSS. D begins with the
 * error code on its stack, and comes from B.
 */
#define BAD_TASK(name, vector, at, val)					\
	CODE(name, 32, B_BEGINS(name, "2f") D_BEGINS(name, "3f")	\
	     TASK_GATE(vector, "0x48") TOUCH L("movl $" val ", 0x5100 + " at)	\
	     L("ljmp $0x28, $0") L("2: ud2") L("3: pop %ebx")		\
	     L("and $~1, %ebx") L("movzwl 0x5300, %esi"))
BAD_TASK(task_bad_ldt, "10", "0x60", "0x10");
BAD_TASK(task_bad_cs, "10", "0x4c", "0x10");
BAD_TASK(task_bad_ss, "10", "0x50", "0x08");
BAD_TASK(task_bad_ds, "10", "0x54", "0x7777");
/* B is to take #GP and lacks a data segment: of both becomes #DF, for D. */
CODE(task_bad_handler, 32, D_BEGINS(task_bad_handler, "3f")
     TASK_GATE("13", "0x28") TASK_GATE("8", "0x48") TOUCH
     L("movl $0x7777, 0x5154") L("mov $0x7774, %ax") L("mov %ax, %ds")
     L("3: pop %ebx") L("movzwl 0x5300, %esi"));
/* Code and stack are fine: no need for a task of its own. */
CODE(task_absent_ds, 32, B_BEGINS(task_absent_ds, "2f")
     L("movl $0x50, 0x5154") L("ljmp $0x28, $0") L("2: ud2"));
CODE(task_ldt, 32, B_BEGINS(task_ldt, "2f") L("movl $0x40, 0x5160")
     L("movl $4, 0x5154") L("ljmp $0x28, $0") L("2: mov 0, %ebx"));

#define PAGING_2LEVEL							\
	L("movl $0x83, 0x30000") L("mov $0x30000, %eax")		\
	L("mov %eax, %cr3") L("mov $0x10, %eax") L("mov %eax, %cr4")	\
	L("mov $0x80000033, %eax") L("mov %eax, %cr0")
/* B sees the first page table at another place, too. */
CODE(task_cr3, 32, B_BEGINS(task_cr3, "2f") L("movl $0x31000, 0x511c")
     L("movl $0x83, 0x31000") L("movl $0x83, 0x31004") PAGING_2LEVEL
     L("ljmp $0x28, $0") L("mov 0x4100, %ebx") L("mov %cr3, %esi")
     L("jmp 9f") L("2: mov 0x404000, %eax") L("mov %eax, 0x4100")
     L("ljmp $0x20, $0") L("9:"));
CODE(task_cr3_pae, 32, B_BEGINS(task_cr3_pae, "2f")
     L("movl $0x30020, 0x511c") L("movl $0x32001, 0x30000")
     L("movl $0x33001, 0x30020") L("movl $0x83, 0x32000")
     L("movl $0x83, 0x33000") L("movl $0x83, 0x33008")
     L("mov $0x30000, %eax") L("mov %eax, %cr3") L("mov $0x20, %eax")
     L("mov %eax, %cr4") L("mov $0x80000033, %eax") L("mov %eax, %cr0")
     L("ljmp $0x28, $0") L("mov 0x4100, %ebx") L("mov %cr3, %esi")
     L("jmp 9f") L("2: mov 0x204000, %eax") L("mov %eax, 0x4100")
     L("ljmp $0x20, $0") L("9:"));
CODE(task_cr3_bad, 32, B_BEGINS(task_cr3_bad, "2f")
     L("movl $0x34000, 0x511c") PAGING_2LEVEL L("ljmp $0x28, $0")
     L("2: ud2"));
CODE(task_page, 32, PAGING_2LEVEL L("ljmp $0x60, $0"));
/* B is to take #GP and has no page for the error code: #PF, for D. */
CODE(task_no_stack, 32, D_BEGINS(task_no_stack, "3f")
     TASK_GATE("13", "0x28") TASK_GATE("14", "0x48") PAGING_2LEVEL
     TOUCH L("movl $0x800000, 0x5138") L("mov $0x7774, %ax")
     L("mov %ax, %ds") L("3: pop %ebx") L("movzwl 0x5300, %esi"));
/* Two pages that do not follow each other in memory. */
CODE(task_across, 32, B_BEGINS(task_across, "2f") L("movl $0x36003, 0x30004")
     L("movl $0x40003, 0x36000") L("movl $0x38003, 0x36004") PAGING_2LEVEL
     L("cld") L("mov $0x5100, %esi") L("mov $0x400fd0, %edi")
     L("mov $26, %ecx") L("rep movsl") L("lcall $0x80, $0")
     L("mov 0x38004, %ebx") L("movzwl 0x40fd0, %esi") L("jmp 9f")
     L("2: inc %ebx") L("iret") L("9:"));
/* B has CPL 3, and INT n leads to D. */
CODE(task_user, 32, B_BEGINS(task_user, "2f") D_BEGINS(task_user, "3f")
     TASK_GATE("0x60", "0x48") L("movb $0xe5, 0x2305")
     L("movl $0, 0x5148") L("movl $0x73, 0x514c") L("movl $0x7b, 0x5150")
     L("movl $0x7b, 0x5154") L("ljmp $0x28, $0")
     L("2: mov %cs, %ebx") L("int $0x60") L("4: ud2")
     L("3: mov 0x5134, %ebx") L("movzwl 0x5300, %esi")
     L("mov 0x5120, %ecx") L("sub " AT(task_user, "4b") ", %ecx"));
/* 0x61 may be called by everyone. */
CODE(task_v86, 32, L("movl $(2f - code_task_v86), 0x5120")
     L("movl $0x23002, 0x5124") L("movl $0x800, 0x5138")
     L("movl $0x100, 0x514c") L("movl $0x800, 0x5150")
     L("movl $0x400, 0x5154") L("movb $0xee, 0x230d") L("ljmp $0x28, $0")
     L(".code16") L("2: mov 0, %bx") L("int $0x61") L(".code32"));
CODE(task_irq, 32, B_BEGINS(task_irq, "2f") TASK_GATE("0x30", "0x28")
     L("movl $0x1ff, 0xfee000f0") L("mov $1, %al") L("out %al, $0x11")
     L("sti") L("nop") L("nop") L("cli") L("out %al, $0x11")
     L("sti") L("nop") L("nop") L("cli") L("mov 0x5134, %ebx")
     L("jmp 9f") L("2: inc %ebx") L("movl $0, 0xfee000b0") L("iret")
     L("jmp 2b") L("9:"));
CODE(task_nmi, 32, B_BEGINS(task_nmi, "2f") TASK_GATE("2", "0x28")
     L("mov $1, %al") L("out %al, $0x11") L("nop") L("out %al, $0x11")
     L("nop") L("mov 0x5134, %ebx") L("jmp 9f") L("2: inc %ebx")
     L("iret") L("jmp 2b") L("9:"));
/* The T bit. Where the handler would go back to is not asked: QEMU's TCG says, to the
 * jump.
 */
CODE(task_trap, 32, B_BEGINS(task_trap, "2f") L("movb $1, 0x5164")
     L("movl " AT(task_trap, "3f") ", %eax") L("mov %ax, 0x2008")
     L("ljmp $0x28, $0") L("2: xor %ebx, %ebx") L("jmp 9f")
     L("3: mov %dr6, %ebx") L("and $0xe00f, %ebx") L("9:"));

#endif /* SNIPPET_TASK_H */
