/* SPDX-License-Identifier: GPL-2.0-only */
/* An I/O APIC of 24 pins: register window and pins in, messages out. */
#ifndef IOAPIC_H
#define IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define IOAPIC_BASE	0xfec00000ULL
#define IOAPIC_SIZE	0x1000
#define IOAPIC_PINS	24

/* One interrupt message, as the redirection entry describes it */
struct ioapic_message {
	uint8_t vector;
	uint8_t delivery;	/* 0 fixed, 1 lowest priority, 4 NMI ... */
	bool logical;
	bool level;
	uint32_t destination;
};

struct ioapic {
	void (*send)(void *ctx, const struct ioapic_message *msg);
	void *ctx;
	uint8_t id;
	uint8_t select;
	uint32_t lines;		/* state of the pins */
	uint32_t edges;		/* rising edges that wait for their entry's mask */
	uint64_t entry[IOAPIC_PINS];
};

void ioapic_init(struct ioapic *io, void (*send)(void *ctx, const struct ioapic_message *msg),
		 void *ctx);
void ioapic_set_pin(struct ioapic *io, unsigned int pin, bool level);
void ioapic_eoi(struct ioapic *io, uint8_t vector);
uint32_t ioapic_read(struct ioapic *io, unsigned int offset);
void ioapic_write(struct ioapic *io, unsigned int offset, uint32_t val);

#endif /* IOAPIC_H */
