// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest without a system, up within a second: starts all processors, gives them work,
 * says so on the serial port, and ends the machine in the way the command line names.
 *
 * busy (all write memory), talk (each one wakes the next one and halts), idle (all halt),
 * stopped (an NMI takes the others down for good, as in a panic): until somebody ends
 * the machine; reboot, poweroff, fault: busy, then that. A multiboot kernel for 32 bits,
 * PC hardware as QEMU's q35 has it. Lines begin with BARE.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define PROCESSORS	4
#define TURNS		20		/* of each processor, before the machine is said to be up */
#define TRAMPOLINE	0x8000		/* where a start-up IPI of vector 8 begins */
#define LAPIC		0xfee00000u
#define ICR		0x300
#define VECTOR		0x40
#define TOUCH_FROM	0x400000u
#define TOUCH_PAGES	12288		/* 48 MiB of 64 */
#define SERIAL		0x3f8
#define PM1_CONTROL	0x604		/* where SeaBIOS puts it */
#define CODE		8
#define DATA		16

struct gate {
	u16 low, selector, type, high;
};

struct multiboot {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline;
};

static volatile u32 turns[PROCESSORS];
static struct gate idt[VECTOR + 1];
static struct __attribute__((packed)) {
	u16 limit;
	u32 base;
} idt_register = { sizeof(idt) - 1, (u32)idt }, no_idt;

u8 stacks[PROCESSORS][4096] __attribute__((aligned(16)));
u32 started;		/* processors, in the order of their coming; that is their number here */
volatile u32 stopped;	/* processors that an NMI has taken down */
static volatile u32 apic_id[PROCESSORS];

extern u8 trampoline[], trampoline_end[], on_ipi_entry[], on_nmi_entry[];

asm(".section .multiboot, \"a\"\n"
    "	.align 4\n"
    "	.long 0x1badb002, 0, -0x1badb002\n"
    ".text\n"
    ".globl _start\n"
    "_start: cli\n"
    "	lgdt gdt_register\n"
    "	ljmp $8, $1f\n"
    "1:	call new_stack\n"
    "	push %ebx\n"
    "	call first\n"
    /* number in %edi, a stack for it */
    "new_stack: pop %esi\n"
    "	mov $16, %eax\n"
    "	mov %eax, %ds\n"
    "	mov %eax, %es\n"
    "	mov %eax, %ss\n"
    "	mov $1, %edi\n"
    "	lock xadd %edi, started\n"
    "	mov %edi, %esp\n"
    "	shl $12, %esp\n"
    "	add $stacks + 4096, %esp\n"
    "	jmp *%esi\n"
    "next: call new_stack\n"
    "	push %edi\n"
    "	call other\n"
    "on_ipi_entry: pusha\n"
    "	cld\n"
    "	call on_ipi\n"
    "	popa\n"
    "	iret\n"
    "on_nmi_entry: lock incl stopped\n"
    "1:	cli\n"
    "	hlt\n"
    "	jmp 1b\n"
    "	.align 8\n"
    "gdt: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff\n"
    "gdt_register: .word 23\n"
    "	.long gdt\n"
    ".code16\n"
    "trampoline: cli\n"
    "	lgdtl %cs:gdt_copy - trampoline\n"
    "	mov %cr0, %eax\n"
    "	or $1, %al\n"
    "	mov %eax, %cr0\n"
    "	ljmpl $8, $next\n"
    "gdt_copy: .word 23\n"
    "	.long gdt\n"
    "trampoline_end:\n"
    ".code32\n");

static void out8(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static void out16(u16 port, u16 value) { asm volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }

static u32 lapic_read(u32 reg) { return *(volatile u32 *)(LAPIC + reg); }
static void lapic_write(u32 reg, u32 value) { *(volatile u32 *)(LAPIC + reg) = value; }

static void say(const char *s)
{
	while (*s)
		out8(SERIAL, *s++);
}

static void send_ipi(u32 to)
{
	lapic_write(ICR + 0x10, apic_id[to] << 24);
	lapic_write(ICR, 0x4000 | VECTOR);
}

static u32 my_number(void)
{
	u32 id = lapic_read(0x20) >> 24, n;

	for (n = 0; n < PROCESSORS - 1 && apic_id[n] != id; n++)
		;
	return n;
}

/* The token goes round. */
void on_ipi(void)
{
	u32 n = my_number();

	turns[n]++;
	lapic_write(0xb0, 0);
	send_ipi((n + 1) % PROCESSORS);
}

static void set_up(u32 n)
{
	lapic_write(0xf0, 0x1ff);
	apic_id[n] = lapic_read(0x20) >> 24;
	asm volatile("lidt %0" : : "m"(idt_register));
}

static void touch(u32 n)
{
	static u32 at[PROCESSORS];

	at[n] = (at[n] + 97 + n) % TOUCH_PAGES;
	*(volatile u32 *)(TOUCH_FROM + at[n] * 4096 + n * 4) = turns[n]++;
}

static void halt(void) { asm volatile("sti; hlt" : : : "memory"); }

static const char *way;

static int halts(void) { return *way == 't' || *way == 'i'; }

void other(u32 n)
{
	set_up(n);
	turns[n] = 1;
	for (;;)
		if (halts())
			halt();
		else
			touch(n);
}

/* The last word of the command line. */
static const char *last_word(const char *s)
{
	const char *word = s;

	for (; *s; s++)
		if (*s == ' ' && s[1])
			word = s + 1;
	return word;
}

static void start_others(void)
{
	u8 *from = trampoline, *to = (u8 *)TRAMPOLINE;
	u32 n, wait;

	while (from < trampoline_end)
		*to++ = *from++;
	lapic_write(ICR, 0xc4500);		/* INIT, to all others */
	for (wait = 0; wait < 100000; wait++)
		asm volatile("pause");
	lapic_write(ICR, 0xc4600 | TRAMPOLINE >> 12);
	for (n = 1; n < PROCESSORS; n++)
		while (!turns[n])
			asm volatile("pause");
}

static int all_turned(void)
{
	u32 n;

	for (n = 0; n < PROCESSORS; n++)
		if (turns[n] < TURNS && *way != 'i')
			return 0;
	return 1;
}

static void end(void)
{
	if (*way == 'r')
		out8(0xcf9, 6);
	if (*way == 'p')
		out16(PM1_CONTROL, 0x2000);
	if (*way == 'f')
		asm volatile("lidt %0; ud2" : : "m"(no_idt));
}

static void stop_others(void)
{
	lapic_write(ICR, 0xc4400);		/* NMI, to all others */
	while (stopped < PROCESSORS - 1)
		asm volatile("pause");
}

static void set_gate(u32 vector, u8 *entry)
{
	idt[vector] = (struct gate){ (u32)entry, CODE, 0x8e00, (u32)entry >> 16 };
}

void first(struct multiboot *info)
{
	way = last_word((const char *)info->cmdline);
	set_gate(2, on_nmi_entry);
	set_gate(VECTOR, on_ipi_entry);
	out8(0x21, 0xff);	/* the timer that the firmware has left behind */
	out8(0xa1, 0xff);
	set_up(0);
	start_others();
	if (*way == 't')
		send_ipi(1);
	while (!all_turned())
		if (halts())
			halt();
		else
			touch(0);
	if (*way == 's')
		stop_others();
	say("BARE: 4 processors, ");
	say(way);
	say("\r\n");
	end();
	for (;;)
		if (halts())
			halt();
		else
			touch(0);
}
