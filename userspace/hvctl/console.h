/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the serial port's bytes go to and come from. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct console {
	int in;			/* -1: no input */
	int out;		/* -1: output is dropped */
	bool raw;		/* the terminal's mode was changed */
	bool escape;		/* the escape character was typed */
	bool drop;		/* drop output nobody takes, rather than wait */
	int slave;		/* of a pty, held open so that readers may come and go */
	struct termios saved;
	const atomic_bool *stop;
};

/* @spec: stdio, pty, file:PATH or none. 0, or -1 after a message. */
int console_open(struct console *c, const char *spec, const atomic_bool *stop);
void console_close(struct console *c);
void console_write(struct console *c, uint8_t byte);
/*
 * Read input, at most @room bytes. Returns the number of bytes for the guest, 0
 * for none, -1 at its end. Sets @quit when the user typed Ctrl-A x.
 */
int console_read(struct console *c, uint8_t *buf, size_t room, bool *quit);

#endif /* CONSOLE_H */
