/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules and arithmetic of synthetic timers (stimer_calc.c, pure).
 */
#ifndef SYNIC_STIMER_CALC_H
#define SYNIC_STIMER_CALC_H

#include <linux/types.h>

/* Shortest period, in 100 ns: what a guest asks for below that would do nothing
 * but keep a host CPU in timer interrupts.
 */
#define STIMER_MIN_PERIOD	1000u

/* Would a guest's write of this configuration be a fault? */
bool stimer_config_valid(u64 config);

/* The configuration that a write of @config leaves when the count is @count. */
u64 stimer_config_written(u64 config, u64 count);

/* The configuration that a write of @count leaves. */
u64 stimer_count_written(u64 config, u64 count);

/* Reference time of the first expiry, and the period (0: one shot). */
u64 stimer_first_expiry(u64 config, u64 count, u64 now, u64 *period);

/* The expiry after @expiry that is not in the past; missed ones are left out. */
u64 stimer_next_expiry(u64 expiry, u64 period, u64 now);

u8 stimer_vector(u64 config);
unsigned int stimer_sint(u64 config);

#endif /* SYNIC_STIMER_CALC_H */
