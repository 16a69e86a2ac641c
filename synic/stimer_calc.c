// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules and arithmetic of synthetic timers. Pure.
 */
#include <linux/kernel.h>
#include <hvabi/hvgdk.h>

#include "stimer_calc.h"

#define FIRST_VECTOR	16

u8 stimer_vector(u64 config)
{
	return config >> HV_STIMER_VECTOR_SHIFT;
}

unsigned int stimer_sint(u64 config)
{
	return (config >> HV_STIMER_SINT_SHIFT) & 0xf;
}

bool stimer_config_valid(u64 config)
{
	if (config & ~HV_STIMER_VALID)
		return false;
	return !(config & HV_STIMER_IS_ENABLED) ||
	       !(config & HV_STIMER_IS_DIRECT) ||
	       stimer_vector(config) >= FIRST_VECTOR;
}

u64 stimer_config_written(u64 config, u64 count)
{
	/* A timer without a time or without a place to report to stays off. */
	if (!count ||
	    (!(config & HV_STIMER_IS_DIRECT) && !stimer_sint(config)))
		config &= ~HV_STIMER_IS_ENABLED;
	return config;
}

u64 stimer_count_written(u64 config, u64 count)
{
	if (count && (config & HV_STIMER_IS_AUTO_ENABLE))
		config |= HV_STIMER_IS_ENABLED;
	return stimer_config_written(config, count);
}

static u64 add_saturated(u64 a, u64 b)
{
	return a > U64_MAX - b ? U64_MAX : a + b;
}

u64 stimer_first_expiry(u64 config, u64 count, u64 now, u64 *period)
{
	*period = 0;
	if (!(config & HV_STIMER_IS_PERIODIC))
		return count;
	*period = max_t(u64, count, STIMER_MIN_PERIOD);
	return add_saturated(now, *period);
}

u64 stimer_next_expiry(u64 expiry, u64 period, u64 now)
{
	if (now < expiry)
		return expiry;
	return add_saturated(now, period - (now - expiry) % period);
}
