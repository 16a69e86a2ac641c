// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console's host side: terminal, pseudo-terminal, file or nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "console.h"
#include "hvctl.h"

#define ESCAPE	0x01	/* Ctrl-A */

static int open_stdio(struct console *c)
{
	struct termios raw;

	c->in = STDIN_FILENO;
	c->out = STDOUT_FILENO;
	if (!isatty(c->in) || tcgetattr(c->in, &c->saved))
		return 0;
	/* In the background a change of the terminal would stop the process. */
	if (tcgetpgrp(c->in) != getpgrp()) {
		c->in = -1;
		return 0;
	}
	raw = c->saved;
	cfmakeraw(&raw);
	raw.c_oflag |= OPOST;	/* keep host messages readable */
	if (tcsetattr(c->in, TCSANOW, &raw)) {
		report(NULL, "terminal: %s", strerror(errno));
		return -1;
	}
	c->raw = true;
	return 0;
}

static int open_pty(struct console *c)
{
	struct termios raw;
	char name[64];
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, name, sizeof(name))) {
		report(NULL, "no pseudo-terminal: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	c->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->slave >= 0 && !tcgetattr(c->slave, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(c->slave, TCSANOW, &raw);
	}
	c->in = fd;
	c->out = fd;
	c->drop = true;
	report(NULL, "console is on %s", name);
	return 0;
}

int console_open(struct console *c, const char *spec, const atomic_bool *stop)
{
	memset(c, 0, sizeof(*c));
	c->in = -1;
	c->out = -1;
	c->slave = -1;
	c->stop = stop;
	if (!strcmp(spec, "none"))
		return 0;
	if (!strcmp(spec, "stdio"))
		return open_stdio(c);
	if (!strcmp(spec, "pty"))
		return open_pty(c);
	/* "file:PATH", as the options were checked before */
	c->out = open(spec + strlen("file:"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (c->out < 0) {
		report(NULL, "%s: %s", spec + strlen("file:"), strerror(errno));
		return -1;
	}
	return 0;
}

void console_close(struct console *c)
{
	if (c->raw)
		tcsetattr(c->in, TCSADRAIN, &c->saved);
	if (c->slave >= 0)
		close(c->slave);
	if (c->out > STDERR_FILENO)
		close(c->out);
	c->raw = false;
	c->in = -1;
	c->out = -1;
	c->slave = -1;
}

void console_write(struct console *c, uint8_t byte)
{
	while (c->out >= 0 && write(c->out, &byte, 1) < 0) {
		struct pollfd p = { .fd = c->out, .events = POLLOUT };

		if (errno == EINTR || (errno == EAGAIN && !c->drop)) {
			/* A reader that stopped reading must not keep the machine alive. */
			if (atomic_load(c->stop))
				return;
			poll(&p, 1, 100);
			continue;
		}
		if (errno != EAGAIN && !c->drop)
			c->out = -1;	/* reader gone: the guest runs on */
		return;
	}
}

/* Take the escape sequences out: Ctrl-A x quits, Ctrl-A Ctrl-A is one Ctrl-A. */
static size_t filter(struct console *c, uint8_t *buf, size_t count, bool *quit)
{
	size_t i, kept = 0;

	if (!c->raw)
		return count;
	for (i = 0; i < count; i++) {
		uint8_t b = buf[i];

		if (!c->escape && b == ESCAPE) {
			c->escape = true;
			continue;
		}
		if (c->escape && (b == 'x' || b == 'X'))
			*quit = true;
		else if (!c->escape || b == ESCAPE)
			buf[kept++] = b;
		c->escape = false;
	}
	return kept;
}

int console_read(struct console *c, uint8_t *buf, size_t room, bool *quit)
{
	ssize_t n = read(c->in, buf, room);

	if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EIO))
		return 0;
	if (n <= 0) {
		c->in = -1;
		return -1;
	}
	return filter(c, buf, n, quit);
}
