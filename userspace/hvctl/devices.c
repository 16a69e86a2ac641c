// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's I/O ports and emulated memory: which device answers where, and
 * what the rest of the address space does.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "acpi.h"
#include "machine.h"

#define PORT_KEYBOARD		0x64
#define KEYBOARD_PULSE_RESET	0xfe
#define PORT_SYSTEM_CONTROL	0x61
#define RESET_BITS		0x06	/* hard reset: both written */

static uint64_t ones(unsigned int size)
{
	return size >= 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

static void uart_transmit(void *ctx, uint8_t byte)
{
	struct machine *m = ctx;

	if (m->nr_sent < sizeof(m->sent))
		m->sent[m->nr_sent++] = byte;
}

static void uart_set_irq(void *ctx, bool level)
{
	struct machine *m = ctx;

	ioapic_set_pin(&m->ioapic, UART_IRQ, level);
}

static const struct uart_ops uart_ops = {
	.transmit = uart_transmit,
	.set_irq = uart_set_irq,
};

static void send_interrupt(void *ctx, const struct ioapic_message *msg)
{
	struct machine *m = ctx;
	uint64_t control = msg->delivery;

	switch (msg->delivery) {
	case HV_INTERRUPT_FIXED:
	case HV_INTERRUPT_LOWEST:
		if (msg->vector < 16)
			return;
		break;
	case HV_INTERRUPT_NMI:
		break;
	default:	/* SMI, INIT, ExtINT: no such source here */
		return;
	}
	if (msg->level)
		control |= HV_INTERRUPT_LEVEL;
	if (msg->logical)
		control |= HV_INTERRUPT_LOGICAL;
	/* A destination that does not exist swallows the message, as on a bus. */
	hvroot_interrupt(m->pt, control, msg->destination, msg->vector);
}

static time_t now(void)
{
	return time(NULL);
}

void devices_init(struct machine *m)
{
	uart_init(&m->uart, &uart_ops, m);
	ioapic_init(&m->ioapic, send_interrupt, m);
	cmos_init(&m->cmos, now);
}

static bool is_uart(uint16_t port)
{
	return port >= UART_BASE && port < UART_BASE + UART_PORTS;
}

static uint8_t port_read_byte(struct machine *m, uint16_t port)
{
	if (is_uart(port))
		return uart_read(&m->uart, port - UART_BASE);
	switch (port) {
	case CMOS_DATA:
		return cmos_read(&m->cmos);
	case PORT_SYSTEM_CONTROL:	/* no NMI reason */
	case ACPI_SLEEP_CONTROL:
	case ACPI_SLEEP_STATUS:
	case ACPI_RESET_PORT:
		return 0;
	default:
		return 0xff;
	}
}

static void port_write_byte(struct machine *m, uint16_t port, uint8_t val)
{
	if (is_uart(port)) {
		uart_write(&m->uart, port - UART_BASE, val);
		return;
	}
	switch (port) {
	case CMOS_INDEX:
	case CMOS_DATA:
		cmos_write(&m->cmos, port, val);
		break;
	case ACPI_SLEEP_CONTROL:
		if ((val & ACPI_SLEEP_ENABLE) && ACPI_SLEEP_TYPE(val) == ACPI_SLEEP_S5)
			machine_end(m, MACHINE_POWEROFF);
		break;
	case ACPI_RESET_PORT:
		if ((val & RESET_BITS) == RESET_BITS)
			machine_end(m, MACHINE_REBOOT);
		break;
	case PORT_KEYBOARD:
		if (val == KEYBOARD_PULSE_RESET)
			machine_end(m, MACHINE_REBOOT);
		break;
	}
}

/*
 * All devices have 8-bit registers: an access to one is taken apart. The PCI
 * ports share 0xcf9 with the reset register, but are 32 bits wide; such an
 * access belongs to PCI, which does not exist.
 */
static bool is_bytewise(uint16_t port, unsigned int size)
{
	return size == 1 || is_uart(port) || port == CMOS_INDEX || port == ACPI_SLEEP_CONTROL;
}

uint32_t port_read(struct machine *m, uint16_t port, unsigned int size)
{
	uint32_t val = 0;
	unsigned int i;

	if (!is_bytewise(port, size))
		return ones(size);
	pthread_mutex_lock(&m->lock);
	for (i = 0; i < size; i++)
		val |= (uint32_t)port_read_byte(m, port + i) << (8 * i);
	pthread_mutex_unlock(&m->lock);
	return val;
}

/* A reader of the console that stopped reading stops this VP, and nobody else. */
void port_write(struct machine *m, uint16_t port, unsigned int size, uint32_t val)
{
	uint8_t sent[sizeof(m->sent)];
	unsigned int i, n;

	if (!is_bytewise(port, size))
		return;
	pthread_mutex_lock(&m->lock);
	for (i = 0; i < size; i++)
		port_write_byte(m, port + i, val >> (8 * i));
	n = m->nr_sent;
	m->nr_sent = 0;
	memcpy(sent, m->sent, sizeof(sent));
	pthread_mutex_unlock(&m->lock);
	for (i = 0; i < n; i++)
		console_write(&m->console, sent[i]);
}

static bool is_ioapic(uint64_t gpa, unsigned int size)
{
	return gpa >= IOAPIC_BASE && gpa < IOAPIC_BASE + IOAPIC_SIZE && size <= 4;
}

uint64_t mmio_read(struct machine *m, uint64_t gpa, unsigned int size)
{
	uint64_t val;

	if (!is_ioapic(gpa, size))
		return ones(size);
	pthread_mutex_lock(&m->lock);
	val = ioapic_read(&m->ioapic, gpa - IOAPIC_BASE);
	pthread_mutex_unlock(&m->lock);
	return val & ones(size);
}

void mmio_write(struct machine *m, uint64_t gpa, unsigned int size, uint64_t val)
{
	if (!is_ioapic(gpa, size))
		return;
	pthread_mutex_lock(&m->lock);
	ioapic_write(&m->ioapic, gpa - IOAPIC_BASE, val);
	pthread_mutex_unlock(&m->lock);
}

void devices_eoi(struct machine *m, uint8_t vector)
{
	pthread_mutex_lock(&m->lock);
	ioapic_eoi(&m->ioapic, vector);
	pthread_mutex_unlock(&m->lock);
}

unsigned int devices_input_room(struct machine *m)
{
	unsigned int room;

	pthread_mutex_lock(&m->lock);
	room = uart_room(&m->uart);
	pthread_mutex_unlock(&m->lock);
	return room;
}

void devices_input(struct machine *m, const uint8_t *buf, size_t count)
{
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (i = 0; i < count; i++)
		uart_receive(&m->uart, buf[i]);
	pthread_mutex_unlock(&m->lock);
}
