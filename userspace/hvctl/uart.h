/* SPDX-License-Identifier: GPL-2.0-only */
/* A 16550A serial port: registers in, bytes and an interrupt line out. */
#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stdint.h>

#define UART_BASE	0x3f8
#define UART_PORTS	8
#define UART_IRQ	4
#define UART_RX_ROOM	256

struct uart_ops {
	void (*transmit)(void *ctx, uint8_t byte);
	void (*set_irq)(void *ctx, bool level);
};

struct uart {
	const struct uart_ops *ops;
	void *ctx;
	uint8_t ier, lcr, mcr, scr, dll, dlm, lsr_errors;
	bool fifo;
	bool thr_pending;	/* "transmitter empty" not yet seen by the guest */
	bool line;
	uint8_t rx[UART_RX_ROOM];
	unsigned int rx_head, rx_count;
};

void uart_init(struct uart *u, const struct uart_ops *ops, void *ctx);
uint8_t uart_read(struct uart *u, unsigned int reg);
void uart_write(struct uart *u, unsigned int reg, uint8_t val);
/* Room for bytes towards the guest. */
unsigned int uart_room(const struct uart *u);
void uart_receive(struct uart *u, uint8_t byte);

#endif /* UART_H */
