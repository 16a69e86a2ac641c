// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CMOS clock: always UTC, BCD, 24 hours, never updating while it is read.
 */
#include <string.h>
#include "cmos.h"

#define REG_A_VALUE	0x26
#define REG_B_VALUE	0x02	/* 24 hours, BCD */
#define REG_D_VALUE	0x80	/* battery good */

void cmos_init(struct cmos *c, time_t (*now)(void))
{
	memset(c, 0, sizeof(*c));
	c->now = now;
}

static uint8_t bcd(int v)
{
	return (v / 10 % 10) << 4 | v % 10;
}

uint8_t cmos_read(const struct cmos *c)
{
	time_t t = c->now();
	struct tm tm;

	gmtime_r(&t, &tm);
	switch (c->index) {
	case 0x00:
		return bcd(tm.tm_sec);
	case 0x02:
		return bcd(tm.tm_min);
	case 0x04:
		return bcd(tm.tm_hour);
	case 0x06:
		return tm.tm_wday + 1;
	case 0x07:
		return bcd(tm.tm_mday);
	case 0x08:
		return bcd(tm.tm_mon + 1);
	case 0x09:
		return bcd(tm.tm_year % 100);
	case 0x0a:
		return REG_A_VALUE;
	case 0x0b:
		return REG_B_VALUE;
	case 0x0c:
		return 0;
	case 0x0d:
		return REG_D_VALUE;
	case 0x32:
		return bcd((tm.tm_year + 1900) / 100);
	default:
		return c->ram[c->index];
	}
}

void cmos_write(struct cmos *c, unsigned int port, uint8_t val)
{
	if (port == CMOS_INDEX)
		c->index = val & 0x7f;	/* bit 7 gates the NMI */
	else
		c->ram[c->index] = val;
}
