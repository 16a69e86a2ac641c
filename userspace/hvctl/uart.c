// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 16550A serial port that transmits at once.
 */
#include <string.h>
#include "uart.h"

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR };

#define IER_RDA		0x01
#define IER_THRE	0x02
#define IER_MASK	0x0f
#define IIR_NONE	0x01
#define IIR_THRE	0x02
#define IIR_RDA		0x04
#define IIR_FIFO	0xc0
#define FCR_ENABLE	0x01
#define FCR_CLEAR_RX	0x02
#define LCR_DLAB	0x80
#define MCR_MASK	0x1f
#define MCR_LOOP	0x10
#define LSR_READY	0x01
#define LSR_OVERRUN	0x02
#define LSR_IDLE	0x60	/* holding and shift register empty */
#define MSR_PRESENT	0xb0	/* DCD, DSR, CTS */

static uint8_t pending(const struct uart *u)
{
	if ((u->ier & IER_RDA) && u->rx_count)
		return IIR_RDA;
	if ((u->ier & IER_THRE) && u->thr_pending)
		return IIR_THRE;
	return IIR_NONE;
}

static void update_line(struct uart *u)
{
	bool line = pending(u) != IIR_NONE;

	if (line == u->line)
		return;
	u->line = line;
	u->ops->set_irq(u->ctx, line);
}

void uart_init(struct uart *u, const struct uart_ops *ops, void *ctx)
{
	memset(u, 0, sizeof(*u));
	u->ops = ops;
	u->ctx = ctx;
	u->dll = 1;	/* 115200 baud */
	u->lcr = 3;
	u->thr_pending = true;
}

unsigned int uart_room(const struct uart *u)
{
	return UART_RX_ROOM - u->rx_count;
}

static void push(struct uart *u, uint8_t byte)
{
	if (u->rx_count == UART_RX_ROOM) {
		u->lsr_errors |= LSR_OVERRUN;
		return;
	}
	u->rx[(u->rx_head + u->rx_count++) % UART_RX_ROOM] = byte;
}

void uart_receive(struct uart *u, uint8_t byte)
{
	/* A looped-back port is cut off from the outside. */
	if (u->mcr & MCR_LOOP)
		return;
	push(u, byte);
	update_line(u);
}

static uint8_t pop(struct uart *u)
{
	uint8_t byte;

	if (!u->rx_count)
		return 0;
	byte = u->rx[u->rx_head];
	u->rx_head = (u->rx_head + 1) % UART_RX_ROOM;
	u->rx_count--;
	return byte;
}

/* In loop-back the modem outputs come back as modem inputs. */
static uint8_t modem_status(const struct uart *u)
{
	uint8_t m = u->mcr;

	if (!(m & MCR_LOOP))
		return MSR_PRESENT;
	return (m & 0x01) << 5 | (m & 0x02) << 3 | (m & 0x04) << 4 | (m & 0x08) << 4;
}

uint8_t uart_read(struct uart *u, unsigned int reg)
{
	bool dlab = u->lcr & LCR_DLAB;
	uint8_t val;

	switch (reg) {
	case RBR_THR:
		if (dlab)
			return u->dll;
		val = pop(u);
		break;
	case IER:
		return dlab ? u->dlm : u->ier;
	case IIR_FCR:
		val = pending(u);
		if (val == IIR_THRE)
			u->thr_pending = false;
		if (u->fifo)
			val |= IIR_FIFO;
		break;
	case LCR:
		return u->lcr;
	case MCR:
		return u->mcr;
	case LSR:
		val = LSR_IDLE | u->lsr_errors | (u->rx_count ? LSR_READY : 0);
		u->lsr_errors = 0;
		break;
	case MSR:
		return modem_status(u);
	default:
		return u->scr;
	}
	update_line(u);
	return val;
}

static void write_thr(struct uart *u, uint8_t val)
{
	/* The line falls before it rises again: the I/O APIC pin wants an edge. */
	u->thr_pending = false;
	update_line(u);
	if (u->mcr & MCR_LOOP)
		push(u, val);
	else
		u->ops->transmit(u->ctx, val);
	u->thr_pending = true;
	update_line(u);
}

static void write_ier(struct uart *u, uint8_t val)
{
	val &= IER_MASK;
	/* Enabling the transmitter interrupt raises it: there is always room. */
	if (!(u->ier & IER_THRE) && (val & IER_THRE))
		u->thr_pending = true;
	u->ier = val;
	update_line(u);
}

void uart_write(struct uart *u, unsigned int reg, uint8_t val)
{
	bool dlab = u->lcr & LCR_DLAB;

	switch (reg) {
	case RBR_THR:
		if (dlab)
			u->dll = val;
		else
			write_thr(u, val);
		break;
	case IER:
		if (dlab)
			u->dlm = val;
		else
			write_ier(u, val);
		break;
	case IIR_FCR:
		u->fifo = val & FCR_ENABLE;
		if (val & FCR_CLEAR_RX)
			u->rx_count = 0;
		update_line(u);
		break;
	case LCR:
		u->lcr = val;
		break;
	case MCR:
		u->mcr = val & MCR_MASK;
		break;
	case SCR:
		u->scr = val;
		break;
	default:	/* LSR and MSR are read only */
		break;
	}
}
