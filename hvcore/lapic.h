/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Local APIC of a VP: registers, priorities, timer, message delivery.
 */
#ifndef HVCORE_LAPIC_H
#define HVCORE_LAPIC_H

#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <hvroot/unit.h>

struct hvr_partition;
struct hvr_vp;

#define HVR_LAPIC_DEFAULT_BASE	0xfee00000ULL
#define HVR_LAPIC_FREQUENCY	200000000ULL	/* Hz, before the divider */
#define HVR_LAPIC_TICK_NS	5		/* the same as a period */
#define HVR_LAPIC_VERSION	0x60014		/* 7 LVT entries, no directed EOI */
#define HVR_LAPIC_SVR_BITS	0x3ff
#define HVR_LAPIC_STATE_SIZE	176		/* bytes of the state blob in use */

#define HVR_APIC_BASE_BSP	BIT_ULL(8)
#define HVR_APIC_BASE_EXTD	BIT_ULL(10)	/* x2APIC mode */
#define HVR_APIC_BASE_EN	BIT_ULL(11)

/* Order of the LVT registers in the page, CMCI last. */
enum hvr_lvt {
	HVR_LVT_TIMER, HVR_LVT_THERMAL, HVR_LVT_PERF, HVR_LVT_LINT0,
	HVR_LVT_LINT1, HVR_LVT_ERROR, HVR_LVT_CMCI, HVR_NR_LVTS
};

/* pending_init: bits, and where a SIPI keeps its vector */
#define HVR_PENDING_INIT	BIT(0)
#define HVR_PENDING_SIPI	BIT(1)
#define HVR_PENDING_SIPI_SHIFT	8

/*
 * The VP's thread owns all registers; who delivers from elsewhere reads id, base,
 * ldr, dfr, svr and lvt with READ_ONCE and sets bits in those marked atomic.
 */
struct hvr_lapic {
	u64 base_msr;			/* 1 */
	u32 id;				/* V  initial APIC id */
	bool id_explicit;		/* V  set by register: CPUID does not count */
	u64 tpr;			/* 1  8-bit TPR; CR8 is tpr >> 4 */
	u32 svr, ldr, dfr, esr, icr_lo, icr_hi, divide, initial_count; /* 1 */
	unsigned long esr_pending;	/* a  errors since ESR was written */
	u32 lvt[HVR_NR_LVTS];		/* 1 */
	u32 lint_reset[2];		/* V  LINT0, LINT1 as the VMM wired them */
	DECLARE_BITMAP(irr, 256);	/* a  pending, will need an EOI */
	DECLARE_BITMAP(auto_eoi, 256);	/* a  pending, will need none */
	bool maybe_pending;		/* a  false: both of them are empty */
	DECLARE_BITMAP(isr, 256);	/* 1 */
	DECLARE_BITMAP(tmr, 256);	/* a  as the guest sees it */
	DECLARE_BITMAP(level, 256);	/* a  its EOI is reported */
	raw_spinlock_t timer_lock;	/* leaf, IRQs off */
	struct hrtimer timer;		/* its callback changes those marked t, too */
	u64 tsc_deadline;		/* timer_lock, t */
	bool timer_active;		/* timer_lock, t: counting */
	bool timer_stopped;		/* timer_lock: ... but time stands still */
	s64 timer_expiry;		/* timer_lock, t: ns of CLOCK_MONOTONIC; when
					 * stopped: ns left
					 */
	s64 timer_period;		/* timer_lock: ns, 0 one-shot */
	unsigned long pending_init;	/* a  HVR_PENDING_* */
};

/* A message on the interrupt bus (ICR, MSI, HvCallAssertVirtualInterrupt). */
struct hvr_interrupt {
	u8 vector;
	u8 mode;		/* delivery: 0 fixed, 1 lowest, 2 SMI, 3 remote read,
				 * 4 NMI, 5 INIT, 6 SIPI, 7 ExtINT, 8 LINT0, 9 LINT1
				 */
	bool logical;
	bool level;		/* report its EOI (resampler or VMM) */
	bool level_assert;	/* ICR only: an INIT de-assert has it clear */
	bool show_level;	/* level: set the TMR bit. Left clear for what the VMM
				 * asserts by hypercall: the guest's I/O APIC driver
				 * then ends the pin at the I/O APIC by itself, which
				 * VMMs that take no notice of EOI messages need
				 */
	u8 shorthand;		/* 0 none, 1 self, 2 all, 3 all but self */
	u32 dest;
};

enum hvr_delivery {
	HVR_DELIVER_FIXED, HVR_DELIVER_LOWEST, HVR_DELIVER_SMI,
	HVR_DELIVER_REMOTE_READ, HVR_DELIVER_NMI, HVR_DELIVER_INIT,
	HVR_DELIVER_SIPI, HVR_DELIVER_EXTINT, HVR_DELIVER_LINT0,
	HVR_DELIVER_LINT1,
};

int hvr_lapic_init(struct hvr_vp *vp);
void hvr_lapic_exit(struct hvr_vp *vp);
/* Power-on (sets the activity: APs wait for a SIPI) or @init: INIT keeps APIC_BASE
 * and id. LINT0 and LINT1 return to what the VMM last set at power-on only.
 */
void hvr_lapic_reset(struct hvr_vp *vp, bool init);
/* The initial APIC id: what a register says (@explicit) beats CPUID, and CPUID the
 * VP index.
 */
void hvr_lapic_set_id(struct hvr_vp *vp, u32 id, bool explicit);

/* ---- lapic.c: called by the run loop, VP thread ---- */

/* Highest vector that the VP could take now (above PPR), or -1. VP thread. */
int hvr_lapic_pending(struct hvr_vp *vp);
/* Highest IRR vector whatever the priorities, or -1. */
int hvr_lapic_highest_irr(struct hvr_vp *vp);
/* Move a vector from IRR to ISR (or drop it, auto-EOI); PPR follows. */
void hvr_lapic_ack(struct hvr_vp *vp, u8 vector);
/* Undo an ack whose injection did not take place. */
void hvr_lapic_unack(struct hvr_vp *vp, u8 vector);
/* End the highest vector in service. A level vector that no resampler wanted fills
 * vp->message and requests HVR_REQ_MESSAGE.
 */
void hvr_lapic_eoi(struct hvr_vp *vp);

/* Leaves the low half of TPR alone when @cr8 is what CR8 reads already. */
void hvr_lapic_set_cr8(struct hvr_vp *vp, u64 cr8);

/* x2APIC MSRs 0x800-0x8ff, IA32_APIC_BASE, IA32_TSC_DEADLINE; Hyper-V's EOI, ICR
 * and TPR MSRs map onto the same functions by the caller. With @host, registers can
 * be written in any mode, the id, too.
 */
enum hvr_msr_result hvr_lapic_get_msr(struct hvr_vp *vp, u32 msr, u64 *val);
enum hvr_msr_result hvr_lapic_set_msr(struct hvr_vp *vp, u32 msr, u64 val,
				      bool host);
/* Destination in bits 63:56, in x2APIC mode 63:32. */
void hvr_lapic_write_icr(struct hvr_vp *vp, u64 icr);
u64 hvr_lapic_read_icr(struct hvr_vp *vp);

/* Is this GPA in the VP's enabled xAPIC page? */
bool hvr_lapic_owns_gpa(struct hvr_vp *vp, u64 gpa);
bool hvr_lapic_mmio_read(struct hvr_vp *vp, u64 gpa, unsigned int len, u64 *val);
bool hvr_lapic_mmio_write(struct hvr_vp *vp, u64 gpa, unsigned int len, u64 val);

/* ---- lapic_bus.c ---- */

/* Any context, IRQs off included. Number of VPs reached. @src may be NULL. */
int hvr_lapic_deliver(struct hvr_partition *pt, struct hvr_vp *src,
		      const struct hvr_interrupt *irq);
/* Consume INIT/SIPI in the VP thread; true when the activity changed. */
bool hvr_lapic_accept_init_sipi(struct hvr_vp *vp);
/* An LVT entry's event happened. Any context. True when it was not masked. */
bool hvr_lapic_fire_lvt(struct hvr_vp *vp, enum hvr_lvt entry);
/* Note an error in ESR and raise the error LVT entry. Any context. */
void hvr_lapic_error(struct hvr_vp *vp, unsigned int esr_bit);
/* NMI to this VP. Any context. */
void hvr_lapic_nmi(struct hvr_vp *vp);

/* ---- lapic_state.c ---- */

/* The 176-byte state blob of the mshv ABI, at the start of a 4096-byte buffer. */
void hvr_lapic_get_state(struct hvr_vp *vp, void *page);
int hvr_lapic_set_state(struct hvr_vp *vp, const void *page);

/* ---- lapic_timer.c: VP thread, but for the last one ---- */

void hvr_lapic_timer_init(struct hvr_vp *vp);
void hvr_lapic_timer_stop(struct hvr_vp *vp);
/* Timer LVT entry: the mode may change. */
void hvr_lapic_timer_set_lvt(struct hvr_vp *vp, u32 lvt);
void hvr_lapic_timer_set_count(struct hvr_vp *vp, u32 count);
void hvr_lapic_timer_set_divide(struct hvr_vp *vp, u32 divide);
void hvr_lapic_timer_set_deadline(struct hvr_vp *vp, u64 tsc);
bool hvr_lapic_timer_uses_deadline(struct hvr_vp *vp);
u32 hvr_lapic_timer_count(struct hvr_vp *vp);
/* Resume a saved timer from its remaining count. */
void hvr_lapic_timer_restore(struct hvr_vp *vp, u32 count);
/* The guest TSC jumped or time was frozen or thawed: re-arm. Any context. */
void hvr_lapic_time_changed(struct hvr_vp *vp);

/* ---- lapic_calc.c: pure ---- */

/* Highest bit of a 256-bit vector set, or -1. */
int hvr_apic_highest(const unsigned long *bits);
/* Highest pending vector, with or without need of an EOI, or -1. */
int hvr_apic_highest_pending(struct hvr_lapic *l);
/* Somebody has set bits in irr or auto_eoi by hand. */
void hvr_apic_note_pending(struct hvr_lapic *l);
u8 hvr_apic_ppr(const struct hvr_lapic *l);
/* Accept a vector; true when it was not pending. */
bool hvr_apic_accept(struct hvr_lapic *l, u8 vector, bool auto_eoi);
void hvr_apic_take(struct hvr_lapic *l, u8 vector);
void hvr_apic_untake(struct hvr_lapic *l, u8 vector);
/* End the highest vector in service: it, or -1. */
int hvr_apic_end(struct hvr_lapic *l);
u32 hvr_apic_x2apic_ldr(u32 id);
bool hvr_apic_match_logical(bool x2apic, u32 ldr, u32 dfr, u32 dest);
/* @exact: the destination is 32 bits wide (from an ICR in x2APIC mode). */
bool hvr_apic_is_broadcast(u32 dest, bool exact);
unsigned int hvr_apic_divisor(u32 divide);
s64 hvr_apic_count_to_ns(u32 count, u32 divide);
u32 hvr_apic_ns_to_count(s64 ns, u32 divide);
/* May a guest go from one IA32_APIC_BASE mode to another? */
bool hvr_apic_base_allowed(u64 from, u64 to);
u32 hvr_apic_lvt_bits(enum hvr_lvt entry);

#endif /* HVCORE_LAPIC_H */
