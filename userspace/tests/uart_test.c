// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the serial port: what drivers probe for, and interrupts as edges.
 */
#include <string.h>
#include "check.h"
#include "../hvctl/uart.h"

struct wire {
	uint8_t sent[16];
	unsigned int count, edges;
	bool level;
};

static void transmit(void *ctx, uint8_t byte)
{
	struct wire *w = ctx;

	w->sent[w->count++ % sizeof(w->sent)] = byte;
}

static void set_irq(void *ctx, bool level)
{
	struct wire *w = ctx;

	if (level && !w->level)
		w->edges++;
	w->level = level;
}

static const struct uart_ops ops = { transmit, set_irq };

static void test_probe(struct uart *u)
{
	uart_write(u, 7, 0xa5);
	CHECK_EQ(uart_read(u, 7), 0xa5);
	uart_write(u, 1, 0xff);
	CHECK_EQ(uart_read(u, 1), 0x0f);
	uart_write(u, 1, 0);
	CHECK_EQ(uart_read(u, 2) & 0xc0, 0);
	uart_write(u, 2, 1);
	CHECK_EQ(uart_read(u, 2), 0xc1);
	uart_write(u, 3, 0x80);
	uart_write(u, 0, 12);
	uart_write(u, 1, 34);
	CHECK_EQ(uart_read(u, 0), 12);
	CHECK_EQ(uart_read(u, 1), 34);
	uart_write(u, 3, 3);
	CHECK_EQ(uart_read(u, 1), 0);
	CHECK_EQ(uart_read(u, 5), 0x60);
	CHECK_EQ(uart_read(u, 6), 0xb0);
}

static void test_loopback(struct uart *u, struct wire *w)
{
	unsigned int sent = w->count;

	uart_write(u, 4, 0x1a);		/* loop, OUT2, RTS */
	CHECK_EQ(uart_read(u, 6) & 0xf0, 0x90);
	uart_write(u, 0, 'x');
	CHECK_EQ(w->count, sent);
	CHECK_EQ(uart_read(u, 5) & 1, 1);
	CHECK_EQ(uart_read(u, 0), 'x');
	uart_receive(u, 'y');		/* cut off */
	CHECK_EQ(uart_read(u, 5) & 1, 0);
	uart_write(u, 4, 0x0b);
}

static void test_transmit_interrupt(struct uart *u, struct wire *w)
{
	unsigned int edges = w->edges;

	uart_write(u, 1, 2);		/* enabling it raises it */
	CHECK_EQ(w->edges, edges + 1);
	CHECK_EQ(uart_read(u, 2) & 0x0f, 2);
	CHECK(!w->level);
	CHECK_EQ(uart_read(u, 2) & 0x0f, 1);
	uart_write(u, 0, 'a');		/* each byte gives an edge of its own */
	uart_write(u, 0, 'b');
	CHECK_EQ(w->edges, edges + 3);
	CHECK_EQ(w->sent[(w->count - 1) % 16], 'b');
	uart_write(u, 1, 0);
	CHECK(!w->level);
}

static void test_receive(struct uart *u, struct wire *w)
{
	unsigned int i, edges = w->edges;

	uart_write(u, 1, 1);
	uart_receive(u, 'h');
	uart_receive(u, 'i');
	CHECK_EQ(w->edges, edges + 1);
	CHECK_EQ(uart_read(u, 2) & 0x0f, 4);
	CHECK_EQ(uart_read(u, 0), 'h');
	CHECK(w->level);
	CHECK_EQ(uart_read(u, 0), 'i');
	CHECK(!w->level);
	for (i = 0; i < UART_RX_ROOM; i++)
		uart_receive(u, i);
	CHECK_EQ(uart_room(u), 0);
	uart_receive(u, 0);
	CHECK_EQ(uart_read(u, 5), 0x63);	/* overrun, told once */
	CHECK_EQ(uart_read(u, 5), 0x61);
	for (i = 0; i < UART_RX_ROOM; i++)
		CHECK_EQ(uart_read(u, 0), i & 0xff);
	uart_receive(u, 1);
	uart_write(u, 2, 3);			/* clear the FIFO */
	CHECK_EQ(uart_read(u, 5), 0x60);
	CHECK(!w->level);
}

int main(void)
{
	struct wire w = { .count = 0 };
	struct uart u;

	uart_init(&u, &ops, &w);
	test_probe(&u);
	test_loopback(&u, &w);
	test_transmit_interrupt(&u, &w);
	test_receive(&u, &w);
	return check_result("uart");
}
