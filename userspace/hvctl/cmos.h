/* SPDX-License-Identifier: GPL-2.0-only */
/* The CMOS clock as far as a kernel needs it: time, and 128 bytes of memory. */
#ifndef CMOS_H
#define CMOS_H

#include <stdint.h>
#include <time.h>

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

struct cmos {
	time_t (*now)(void);
	uint8_t index;
	uint8_t ram[128];
};

void cmos_init(struct cmos *c, time_t (*now)(void));
uint8_t cmos_read(const struct cmos *c);
void cmos_write(struct cmos *c, unsigned int port, uint8_t val);

#endif /* CMOS_H */
