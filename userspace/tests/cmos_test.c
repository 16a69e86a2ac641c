// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the CMOS clock.
 */
#include "check.h"
#include "../hvctl/cmos.h"

static time_t fixed(void)
{
	return 1709209845;	/* Thu 2024-02-29 12:30:45 UTC */
}

static uint8_t get(struct cmos *c, uint8_t index)
{
	cmos_write(c, CMOS_INDEX, index);
	return cmos_read(c);
}

int main(void)
{
	struct cmos c;

	cmos_init(&c, fixed);
	CHECK_EQ(get(&c, 0), 0x45);
	CHECK_EQ(get(&c, 2), 0x30);
	CHECK_EQ(get(&c, 4), 0x12);
	CHECK_EQ(get(&c, 6), 5);
	CHECK_EQ(get(&c, 7), 0x29);
	CHECK_EQ(get(&c, 8), 0x02);
	CHECK_EQ(get(&c, 9), 0x24);
	CHECK_EQ(get(&c, 0x32), 0x20);
	CHECK_EQ(get(&c, 0x0a) & 0x80, 0);
	CHECK_EQ(get(&c, 0x8d), 0x80);	/* NMI gate bit is no part of the index */
	cmos_write(&c, CMOS_INDEX, 0x0f);
	cmos_write(&c, CMOS_DATA, 0x0a);
	CHECK_EQ(get(&c, 0x0f), 0x0a);
	cmos_write(&c, CMOS_INDEX, 0xff);
	cmos_write(&c, CMOS_DATA, 0x77);
	CHECK_EQ(get(&c, 0x7f), 0x77);
	return check_result("cmos");
}
