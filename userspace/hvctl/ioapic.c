// SPDX-License-Identifier: GPL-2.0-only
/*
 * An I/O APIC of 24 pins, version 0x20: with an EOI register.
 */
#include <string.h>
#include "ioapic.h"

#define WINDOW_SELECT	0x00
#define WINDOW_DATA	0x10
#define WINDOW_EOI	0x40

#define REG_ID		0x00
#define REG_VERSION	0x01
#define REG_ARBITRATION	0x02
#define REG_ENTRIES	0x10

#define VERSION		(0x20 | (IOAPIC_PINS - 1) << 16)

#define ENTRY_LOGICAL	(1ULL << 11)
#define ENTRY_STATUS	(1ULL << 12)
#define ENTRY_REMOTE	(1ULL << 14)
#define ENTRY_LEVEL	(1ULL << 15)
#define ENTRY_MASKED	(1ULL << 16)
#define ENTRY_READONLY	(ENTRY_STATUS | ENTRY_REMOTE)
#define ENTRY_WRITABLE	0xff0000000001afffULL

void ioapic_init(struct ioapic *io, void (*send)(void *ctx, const struct ioapic_message *msg),
		 void *ctx)
{
	unsigned int pin;

	memset(io, 0, sizeof(*io));
	io->send = send;
	io->ctx = ctx;
	for (pin = 0; pin < IOAPIC_PINS; pin++)
		io->entry[pin] = ENTRY_MASKED;
}

/* Send what waits at a pin, if its entry lets it through. */
static void service(struct ioapic *io, unsigned int pin)
{
	uint64_t e = io->entry[pin];
	uint32_t bit = 1U << pin;
	struct ioapic_message msg = {
		.vector = e & 0xff,
		.delivery = e >> 8 & 7,
		.logical = e & ENTRY_LOGICAL,
		.level = e & ENTRY_LEVEL,
		.destination = e >> 56,
	};

	if (e & ENTRY_MASKED)
		return;
	if (e & ENTRY_LEVEL) {
		if (!(io->lines & bit) || (e & ENTRY_REMOTE))
			return;
		io->entry[pin] |= ENTRY_REMOTE;
	} else {
		if (!(io->edges & bit))
			return;
		io->edges &= ~bit;
	}
	io->send(io->ctx, &msg);
}

void ioapic_set_pin(struct ioapic *io, unsigned int pin, bool level)
{
	uint32_t bit;

	if (pin >= IOAPIC_PINS)
		return;
	bit = 1U << pin;
	if (!level) {
		io->lines &= ~bit;
		return;
	}
	if (!(io->lines & bit) && !(io->entry[pin] & ENTRY_LEVEL))
		io->edges |= bit;
	io->lines |= bit;
	service(io, pin);
}

void ioapic_eoi(struct ioapic *io, uint8_t vector)
{
	unsigned int pin;

	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t e = io->entry[pin];

		if (!(e & ENTRY_REMOTE) || (e & 0xff) != vector)
			continue;
		io->entry[pin] &= ~ENTRY_REMOTE;
		service(io, pin);
	}
}

static uint32_t read_register(const struct ioapic *io)
{
	unsigned int n = io->select;

	switch (n) {
	case REG_ID:
	case REG_ARBITRATION:
		return (uint32_t)io->id << 24;
	case REG_VERSION:
		return VERSION;
	}
	n -= REG_ENTRIES;
	if (io->select < REG_ENTRIES || n / 2 >= IOAPIC_PINS)
		return 0;
	return n & 1 ? io->entry[n / 2] >> 32 : (uint32_t)io->entry[n / 2];
}

static void write_register(struct ioapic *io, uint32_t val)
{
	unsigned int n = io->select - REG_ENTRIES;
	unsigned int pin = n / 2;
	uint64_t old, e;

	if (io->select == REG_ID)
		io->id = val >> 24 & 0xf;
	if (io->select < REG_ENTRIES || pin >= IOAPIC_PINS)
		return;
	old = io->entry[pin];
	if (n & 1)
		e = (old & 0xffffffff) | (uint64_t)val << 32;
	else
		e = (old & ~0xffffffffULL) | val;
	e = (e & ENTRY_WRITABLE) | (old & ENTRY_READONLY);
	if (!(e & ENTRY_LEVEL))
		e &= ~ENTRY_REMOTE;	/* how software without the EOI register ends one */
	io->entry[pin] = e;
	service(io, pin);
}

uint32_t ioapic_read(struct ioapic *io, unsigned int offset)
{
	switch (offset) {
	case WINDOW_SELECT:
		return io->select;
	case WINDOW_DATA:
		return read_register(io);
	default:
		return 0;
	}
}

void ioapic_write(struct ioapic *io, unsigned int offset, uint32_t val)
{
	switch (offset) {
	case WINDOW_SELECT:
		io->select = val;
		break;
	case WINDOW_DATA:
		write_register(io, val);
		break;
	case WINDOW_EOI:
		ioapic_eoi(io, val);
		break;
	}
}
