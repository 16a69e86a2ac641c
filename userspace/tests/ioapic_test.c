// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the I/O APIC: window, masks, edges, levels and their ends.
 */
#include <string.h>
#include "check.h"
#include "../hvctl/ioapic.h"

static struct ioapic_message last;
static unsigned int sent;

static void count_message(void *ctx, const struct ioapic_message *msg)
{
	(void)ctx;
	last = *msg;
	sent++;
}

static void set(struct ioapic *io, unsigned int reg, uint32_t val)
{
	ioapic_write(io, 0x00, reg);
	ioapic_write(io, 0x10, val);
}

static uint32_t get(struct ioapic *io, unsigned int reg)
{
	ioapic_write(io, 0x00, reg);
	return ioapic_read(io, 0x10);
}

static void test_registers(struct ioapic *io)
{
	CHECK_EQ(get(io, 1), 0x00170020);
	set(io, 0, 0xff000000);
	CHECK_EQ(get(io, 0), 0x0f000000);
	CHECK_EQ(get(io, 0x10), 0x00010000);
	set(io, 0x10, 0xffffffff);
	CHECK_EQ(get(io, 0x10), 0x0001afff);
	set(io, 0x11, 0xffffffff);
	CHECK_EQ(get(io, 0x11), 0xff000000);
	CHECK_EQ(get(io, 0x40), 0);
	set(io, 0x40, 0xffffffff);	/* beyond the last pin */
	set(io, 0xff, 0xffffffff);
	CHECK_EQ(get(io, 0x03), 0);
	CHECK_EQ(ioapic_read(io, 0x20), 0);
	ioapic_set_pin(io, IOAPIC_PINS, true);
	CHECK_EQ(sent, 0);
}

static void test_edge(struct ioapic *io)
{
	set(io, 0x19, 0x03000000);
	set(io, 0x18, 0x00000834);	/* pin 4, vector 0x34, logical */
	ioapic_set_pin(io, 4, true);
	CHECK_EQ(sent, 1);
	CHECK_EQ(last.vector, 0x34);
	CHECK_EQ(last.destination, 3);
	CHECK(last.logical && !last.level);
	ioapic_set_pin(io, 4, true);	/* no new edge */
	CHECK_EQ(sent, 1);
	ioapic_set_pin(io, 4, false);
	ioapic_set_pin(io, 4, true);
	CHECK_EQ(sent, 2);
	ioapic_set_pin(io, 4, false);
	set(io, 0x18, 0x00010034);	/* an edge under the mask comes later, once */
	ioapic_set_pin(io, 4, true);
	ioapic_set_pin(io, 4, false);
	CHECK_EQ(sent, 2);
	set(io, 0x18, 0x00000034);
	CHECK_EQ(sent, 3);
	set(io, 0x18, 0x00000034);
	CHECK_EQ(sent, 3);
}

static void test_level(struct ioapic *io)
{
	sent = 0;
	set(io, 0x1c, 0x00008045);	/* pin 6, level */
	ioapic_set_pin(io, 6, true);
	CHECK_EQ(sent, 1);
	CHECK(last.level);
	CHECK_EQ(get(io, 0x1c), 0x0000c045);
	ioapic_eoi(io, 0x44);		/* somebody else's */
	CHECK_EQ(sent, 1);
	ioapic_eoi(io, 0x45);		/* still high: again */
	CHECK_EQ(sent, 2);
	ioapic_set_pin(io, 6, false);
	ioapic_write(io, 0x40, 0x45);	/* by the EOI register */
	CHECK_EQ(sent, 2);
	CHECK_EQ(get(io, 0x1c), 0x00008045);
	ioapic_set_pin(io, 6, true);
	CHECK_EQ(sent, 3);
	set(io, 0x1c, 0x00010045);	/* edge and mask: ends it without EOI */
	set(io, 0x1c, 0x00008045);
	CHECK_EQ(sent, 4);
}

int main(void)
{
	struct ioapic io;

	ioapic_init(&io, count_message, NULL);
	test_registers(&io);
	ioapic_init(&io, count_message, NULL);
	test_edge(&io);
	test_level(&io);
	return check_result("ioapic");
}
