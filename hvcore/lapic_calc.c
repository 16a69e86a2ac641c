// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local APIC arithmetic: priorities, vector sets, destinations, timer counts.
 * No hardware, no locks, no VP: state in, state out.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/math64.h>
#include <asm/apicdef.h>
#include <asm/barrier.h>

#include "lapic.h"

int hvr_apic_highest(const unsigned long *bits)
{
	int i;

	for (i = 256 / BITS_PER_LONG - 1; i >= 0; i--) {
		unsigned long word = READ_ONCE(bits[i]);

		if (word)
			return i * BITS_PER_LONG + __fls(word);
	}
	return -1;
}

static int scan_pending(const struct hvr_lapic *l)
{
	return max(hvr_apic_highest(l->irr), hvr_apic_highest(l->auto_eoi));
}

void hvr_apic_note_pending(struct hvr_lapic *l)
{
	/* Pairs with the barrier of hvr_apic_highest_pending(): whoever clears the
	 * note after this sees the bits set before it.
	 */
	smp_mb__after_atomic();
	WRITE_ONCE(l->maybe_pending, true);
}

/* Nothing is pending most times: one look instead of eight. */
int hvr_apic_highest_pending(struct hvr_lapic *l)
{
	int vector;

	if (!READ_ONCE(l->maybe_pending))
		return -1;
	vector = scan_pending(l);
	if (vector >= 0)
		return vector;
	WRITE_ONCE(l->maybe_pending, false);
	/* Pairs with hvr_apic_note_pending(): its note may just have been lost. */
	smp_mb();
	vector = scan_pending(l);
	if (vector >= 0)
		WRITE_ONCE(l->maybe_pending, true);
	return vector;
}

u8 hvr_apic_ppr(const struct hvr_lapic *l)
{
	int isr = hvr_apic_highest(l->isr);
	u8 tpr = l->tpr;

	if (isr < 0 || (tpr & 0xf0) >= (isr & 0xf0))
		return tpr;
	return isr & 0xf0;
}

/*
 * Two sets of pending vectors: irr for those that will enter service, auto_eoi for
 * those that end as they are taken. A vector asserted both ways is taken once and
 * enters service: its handler expects to end the plain assertion. Two sets with
 * one atomic bit each need no order between their updates.
 */
bool hvr_apic_accept(struct hvr_lapic *l, u8 vector, bool auto_eoi)
{
	unsigned long *mine = auto_eoi ? l->auto_eoi : l->irr;
	unsigned long *other = auto_eoi ? l->irr : l->auto_eoi;

	if (test_and_set_bit(vector, mine))
		return false;
	hvr_apic_note_pending(l);
	return !test_bit(vector, other);
}

void hvr_apic_take(struct hvr_lapic *l, u8 vector)
{
	clear_bit(vector, l->auto_eoi);
	if (test_and_clear_bit(vector, l->irr))
		__set_bit(vector, l->isr);
}

/* While a vector waits for its injection nothing of its class can be in service
 * but itself, so its ISR bit tells how it was taken.
 */
void hvr_apic_untake(struct hvr_lapic *l, u8 vector)
{
	if (__test_and_clear_bit(vector, l->isr))
		set_bit(vector, l->irr);
	else
		set_bit(vector, l->auto_eoi);
	hvr_apic_note_pending(l);
}

int hvr_apic_end(struct hvr_lapic *l)
{
	int vector = hvr_apic_highest(l->isr);

	if (vector >= 0)
		__clear_bit(vector, l->isr);
	return vector;
}

u32 hvr_apic_x2apic_ldr(u32 id)
{
	return (id >> 4) << 16 | BIT(id & 0xf);
}

bool hvr_apic_match_logical(bool x2apic, u32 ldr, u32 dfr, u32 dest)
{
	u8 own = ldr >> 24;

	if (x2apic)
		return dest >> 16 == ldr >> 16 && (dest & ldr & 0xffff);
	if (dest > 0xff)
		return false;
	if (dfr >> 28 == 0xf)
		return own & dest;
	if (dfr >> 28 == 0)
		return own >> 4 == dest >> 4 && (own & dest & 0xf);
	return false;
}

bool hvr_apic_is_broadcast(u32 dest, bool exact)
{
	return dest == U32_MAX || (!exact && dest == 0xff);
}

/* Bits 3, 1, 0 count 2, 4 ... 128; all ones mean 1. */
unsigned int hvr_apic_divisor(u32 divide)
{
	unsigned int code = (divide & 3) | (divide & 8) >> 1;

	return 1U << ((code + 1) & 7);
}

s64 hvr_apic_count_to_ns(u32 count, u32 divide)
{
	return (s64)count * hvr_apic_divisor(divide) * HVR_LAPIC_TICK_NS;
}

/* Rounded up: a timer that has not fired does not read 0. */
u32 hvr_apic_ns_to_count(s64 ns, u32 divide)
{
	u32 step = hvr_apic_divisor(divide) * HVR_LAPIC_TICK_NS;
	u64 count;

	if (ns <= 0)
		return 0;
	count = div_u64((u64)ns + step - 1, step);
	return min_t(u64, count, U32_MAX);
}

bool hvr_apic_base_allowed(u64 from, u64 to)
{
	const u64 mode = HVR_APIC_BASE_EN | HVR_APIC_BASE_EXTD;

	switch (to & mode) {
	case HVR_APIC_BASE_EXTD:
		return false;
	case HVR_APIC_BASE_EN:
		return (from & mode) != mode;
	case HVR_APIC_BASE_EN | HVR_APIC_BASE_EXTD:
		return (from & mode) != 0;
	default:
		return true;
	}
}

u32 hvr_apic_lvt_bits(enum hvr_lvt entry)
{
	const u32 plain = APIC_LVT_MASKED | APIC_VECTOR_MASK;

	switch (entry) {
	case HVR_LVT_TIMER:
		return plain | APIC_LVT_TIMER_PERIODIC | APIC_LVT_TIMER_TSCDEADLINE;
	case HVR_LVT_LINT0:
	case HVR_LVT_LINT1:
		return plain | APIC_MODE_MASK | APIC_INPUT_POLARITY |
		       APIC_LVT_LEVEL_TRIGGER;
	case HVR_LVT_ERROR:
		return plain;
	default:
		return plain | APIC_MODE_MASK;
	}
}
