// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local APIC of a VP: registers in the xAPIC page and as x2APIC MSRs, the mode
 * register, and what the run loop asks (pending, acknowledge, end of interrupt).
 * The VP's thread only, except where a register is sent over the bus.
 *
 * The end of a level vector goes to the resampling irqfds; when none wanted it, the
 * VMM gets an APIC EOI message, because only it knows whether an emulated I/O APIC
 * waits for it.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include "internal.h"

#define REG(offset)		((offset) >> 4)
#define NR_REGS			REG(0x400)
#define RESERVED_BASE_BITS	(GENMASK_ULL(7, 0) | BIT_ULL(9))
#define BASE_MODE		(HVR_APIC_BASE_EN | HVR_APIC_BASE_EXTD)
/* ICR bits that an x2APIC does not let software set. */
#define X2APIC_ICR_RESERVED	(GENMASK_ULL(31, 20) | GENMASK_ULL(17, 16) | \
				 BIT_ULL(13))

static bool in_x2apic_mode(const struct hvr_lapic *l)
{
	return l->base_msr & HVR_APIC_BASE_EXTD;
}

static bool cpuid_1_ecx(struct hvr_vp *vp, unsigned int bit)
{
	u32 regs[4];

	hvr_cpuid(vp, 1, 0, 0, regs);
	return regs[2] & BIT(bit);
}

static bool has_x2apic(struct hvr_vp *vp)
{
	return cpuid_1_ecx(vp, 21);
}

static bool has_tsc_deadline(struct hvr_vp *vp)
{
	return cpuid_1_ecx(vp, 24);
}

/* Priorities moved: a vector that waited may go now. */
static void look_again(struct hvr_vp *vp)
{
	if (hvr_apic_highest_pending(&vp->lapic) >= 0)
		hvr_vp_request(vp, HVR_REQ_EVENT);
}

/* ---- the run loop's questions ---- */

int hvr_lapic_highest_irr(struct hvr_vp *vp)
{
	if (!(vp->lapic.base_msr & HVR_APIC_BASE_EN))
		return -1;
	return hvr_apic_highest_pending(&vp->lapic);
}

int hvr_lapic_pending(struct hvr_vp *vp)
{
	int vector = hvr_lapic_highest_irr(vp);

	if (vector < 0 || (vector & 0xf0) <= (hvr_apic_ppr(&vp->lapic) & 0xf0))
		return -1;
	return vector;
}

void hvr_lapic_ack(struct hvr_vp *vp, u8 vector)
{
	hvr_apic_take(&vp->lapic, vector);
}

void hvr_lapic_unack(struct hvr_vp *vp, u8 vector)
{
	hvr_apic_untake(&vp->lapic, vector);
	hvr_vp_request(vp, HVR_REQ_EVENT);
}

void hvr_lapic_eoi(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;
	int vector = hvr_apic_end(l);

	if (vector < 0)
		return;
	if (test_bit(vector, l->level) && !hvr_irq_eoi(vp->pt, vector)) {
		hvr_intercept_eoi(vp, vector);
		hvr_vp_request(vp, HVR_REQ_MESSAGE);
	}
	hvr_units_eoi(vp, vector);
	look_again(vp);
}

static void set_tpr(struct hvr_vp *vp, u8 tpr)
{
	bool lower = tpr < vp->lapic.tpr;

	vp->lapic.tpr = tpr;
	if (lower)
		look_again(vp);
}

void hvr_lapic_set_cr8(struct hvr_vp *vp, u64 cr8)
{
	cr8 &= 0xf;
	if (cr8 != vp->lapic.tpr >> 4)
		set_tpr(vp, cr8 << 4);
}

/* ---- interrupt command ---- */

static void send_icr(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;
	u32 low = l->icr_lo;
	struct hvr_interrupt irq = {
		.vector = low & APIC_VECTOR_MASK,
		.mode = (low & APIC_MODE_MASK) >> 8,
		.logical = low & APIC_DEST_LOGICAL,
		.level_assert = low & APIC_INT_ASSERT,
		.shorthand = (low & APIC_DEST_ALLBUT) >> 18,
		.dest = in_x2apic_mode(l) ? l->icr_hi : l->icr_hi >> 24,
	};

	switch (irq.mode) {
	case HVR_DELIVER_FIXED:
	case HVR_DELIVER_LOWEST:
		if (irq.vector < 16) {
			hvr_lapic_error(vp, ilog2(APIC_ESR_SENDILL));
			return;
		}
		break;
	case HVR_DELIVER_INIT:
		/* Only here does the trigger mode of an IPI matter. */
		irq.level = low & APIC_INT_LEVELTRIG;
		break;
	case HVR_DELIVER_NMI:
	case HVR_DELIVER_SIPI:
		break;
	default:
		return;		/* SMI, remote read, reserved: nobody answers */
	}
	hvr_lapic_deliver(vp->pt, vp, &irq);
}

void hvr_lapic_write_icr(struct hvr_vp *vp, u64 icr)
{
	struct hvr_lapic *l = &vp->lapic;

	l->icr_hi = icr >> 32;
	if (!in_x2apic_mode(l))
		l->icr_hi &= 0xff000000;
	l->icr_lo = (u32)icr & ~APIC_ICR_BUSY;
	send_icr(vp);
}

u64 hvr_lapic_read_icr(struct hvr_vp *vp)
{
	return (u64)vp->lapic.icr_hi << 32 | vp->lapic.icr_lo;
}

static void send_self_ipi(struct hvr_vp *vp, u8 vector)
{
	if (vector < 16)
		hvr_lapic_error(vp, ilog2(APIC_ESR_SENDILL));
	else
		hvr_vp_assert(vp, vector, false);
}

/* ---- registers ---- */

static u32 vector_word(const unsigned long *bits, unsigned int word)
{
	return bits[word / 2] >> (word & 1) * 32;
}

static u32 read_vectors(const struct hvr_lapic *l, unsigned int reg)
{
	if (reg < REG(APIC_TMR))
		return vector_word(l->isr, reg - REG(APIC_ISR));
	if (reg < REG(APIC_IRR))
		return vector_word(l->tmr, reg - REG(APIC_TMR));
	reg -= REG(APIC_IRR);
	return vector_word(l->irr, reg) | vector_word(l->auto_eoi, reg);
}

static u32 read_reg(struct hvr_vp *vp, unsigned int reg)
{
	struct hvr_lapic *l = &vp->lapic;
	bool x2apic = in_x2apic_mode(l);

	switch (reg) {
	case REG(APIC_ID):
		return x2apic ? l->id : l->id << 24;
	case REG(APIC_LVR):
		return HVR_LAPIC_VERSION;
	case REG(APIC_TASKPRI):
		return l->tpr;
	case REG(APIC_PROCPRI):
		return hvr_apic_ppr(l);
	case REG(APIC_LDR):
		return x2apic ? hvr_apic_x2apic_ldr(l->id) : l->ldr;
	case REG(APIC_DFR):
		return l->dfr;
	case REG(APIC_SPIV):
		return l->svr;
	case REG(APIC_ISR) ... REG(APIC_IRR) + 7:
		return read_vectors(l, reg);
	case REG(APIC_ESR):
		return l->esr;
	case REG(APIC_LVTCMCI):
		return l->lvt[HVR_LVT_CMCI];
	case REG(APIC_ICR):
		return l->icr_lo;
	case REG(APIC_ICR2):
		return l->icr_hi;
	case REG(APIC_LVTT) ... REG(APIC_LVTERR):
		return l->lvt[reg - REG(APIC_LVTT)];
	case REG(APIC_TMICT):
		return l->initial_count;
	case REG(APIC_TMCCT):
		return hvr_lapic_timer_count(vp);
	case REG(APIC_TDCR):
		return l->divide;
	case REG(APIC_ARBPRI):
	case REG(APIC_RRR):
	case REG(APIC_EOI):
		return 0;
	default:
		hvr_lapic_error(vp, ilog2(APIC_ESR_ILLREGA));
		return 0;
	}
}

static void write_lvt(struct hvr_vp *vp, enum hvr_lvt entry, u32 val)
{
	struct hvr_lapic *l = &vp->lapic;

	val &= hvr_apic_lvt_bits(entry);
	if (!(l->svr & APIC_SPIV_APIC_ENABLED))
		val |= APIC_LVT_MASKED;
	if (entry != HVR_LVT_TIMER) {
		WRITE_ONCE(l->lvt[entry], val);
		return;
	}
	if (val & APIC_LVT_TIMER_TSCDEADLINE && !has_tsc_deadline(vp))
		val &= ~APIC_LVT_TIMER_TSCDEADLINE;
	hvr_lapic_timer_set_lvt(vp, val);
}

static void write_svr(struct hvr_vp *vp, u32 val)
{
	struct hvr_lapic *l = &vp->lapic;
	unsigned int i;

	WRITE_ONCE(l->svr, val & HVR_LAPIC_SVR_BITS);
	if (val & APIC_SPIV_APIC_ENABLED)
		return;
	for (i = 0; i < HVR_NR_LVTS; i++)
		WRITE_ONCE(l->lvt[i], l->lvt[i] | APIC_LVT_MASKED);
}

/* Registers of the xAPIC page that an x2APIC does not have, or that mean
 * something else there.
 */
static void write_xapic_reg(struct hvr_vp *vp, unsigned int reg, u32 val)
{
	struct hvr_lapic *l = &vp->lapic;

	switch (reg) {
	case REG(APIC_LDR):
		WRITE_ONCE(l->ldr, val & 0xff000000);
		break;
	case REG(APIC_DFR):
		WRITE_ONCE(l->dfr, val | 0x0fffffff);
		break;
	case REG(APIC_ICR):
		l->icr_lo = val & ~APIC_ICR_BUSY;
		send_icr(vp);
		break;
	case REG(APIC_ICR2):
		l->icr_hi = val & 0xff000000;
		break;
	case REG(APIC_ID) ... REG(APIC_LVR):
	case REG(APIC_ARBPRI):
	case REG(APIC_PROCPRI):
	case REG(APIC_RRR):
	case REG(APIC_ISR) ... REG(APIC_IRR) + 7:
	case REG(APIC_TMCCT):
		break;		/* read-only */
	default:
		hvr_lapic_error(vp, ilog2(APIC_ESR_ILLREGA));
	}
}

static void write_reg(struct hvr_vp *vp, unsigned int reg, u32 val)
{
	struct hvr_lapic *l = &vp->lapic;

	switch (reg) {
	case REG(APIC_TASKPRI):
		set_tpr(vp, val & 0xff);
		break;
	case REG(APIC_EOI):
		hvr_lapic_eoi(vp);
		break;
	case REG(APIC_SPIV):
		write_svr(vp, val);
		break;
	case REG(APIC_ESR):
		l->esr = xchg(&l->esr_pending, 0);
		break;
	case REG(APIC_LVTCMCI):
		write_lvt(vp, HVR_LVT_CMCI, val);
		break;
	case REG(APIC_LVTT) ... REG(APIC_LVTERR):
		write_lvt(vp, reg - REG(APIC_LVTT), val);
		break;
	case REG(APIC_TMICT):
		hvr_lapic_timer_set_count(vp, val);
		break;
	case REG(APIC_TDCR):
		hvr_lapic_timer_set_divide(vp, val);
		break;
	default:
		write_xapic_reg(vp, reg, val);
	}
}

/* ---- xAPIC page ---- */

bool hvr_lapic_owns_gpa(struct hvr_vp *vp, u64 gpa)
{
	u64 base = vp->lapic.base_msr;

	return (base & BASE_MODE) == HVR_APIC_BASE_EN &&
	       gpa >> PAGE_SHIFT == base >> PAGE_SHIFT;
}

/* Registers are 4 bytes wide at the start of 16-byte slots. Narrower reads get
 * their part, all else reads as zero and writes nothing.
 */
bool hvr_lapic_mmio_read(struct hvr_vp *vp, u64 gpa, unsigned int len, u64 *val)
{
	unsigned int offset = gpa & ~PAGE_MASK;

	*val = 0;
	if ((offset & 0xf) < 4) {
		*val = offset < 0x400 ? read_reg(vp, REG(offset)) : 0;
		*val >>= (offset & 3) * 8;
	}
	if (len < 8)
		*val &= BIT_ULL(len * 8) - 1;
	return true;
}

bool hvr_lapic_mmio_write(struct hvr_vp *vp, u64 gpa, unsigned int len, u64 val)
{
	unsigned int offset = gpa & ~PAGE_MASK;

	if (len >= 4 && !(offset & 0xf) && offset < 0x400)
		write_reg(vp, REG(offset), val);
	return true;
}

/* ---- MSRs ---- */

enum {
	X2_READ = BIT(0),
	X2_WRITE = BIT(1),
};

/* What an x2APIC has, and which low bits a write may set. */
static const struct {
	u8 access;
	u32 bits;
} x2apic_regs[NR_REGS] = {
	[REG(APIC_ID)] = { X2_READ },
	[REG(APIC_LVR)] = { X2_READ },
	[REG(APIC_TASKPRI)] = { X2_READ | X2_WRITE, 0xff },
	[REG(APIC_PROCPRI)] = { X2_READ },
	[REG(APIC_EOI)] = { X2_WRITE, 0 },
	[REG(APIC_LDR)] = { X2_READ },
	[REG(APIC_SPIV)] = { X2_READ | X2_WRITE, ~0U },
	[REG(APIC_ISR) ... REG(APIC_IRR) + 7] = { X2_READ },
	[REG(APIC_ESR)] = { X2_READ | X2_WRITE, 0 },
	[REG(APIC_LVTCMCI)] = { X2_READ | X2_WRITE, ~0U },
	[REG(APIC_ICR)] = { X2_READ | X2_WRITE, ~(u32)X2APIC_ICR_RESERVED },
	[REG(APIC_LVTT) ... REG(APIC_LVTERR)] = { X2_READ | X2_WRITE, ~0U },
	[REG(APIC_TMICT)] = { X2_READ | X2_WRITE, ~0U },
	[REG(APIC_TMCCT)] = { X2_READ },
	[REG(APIC_TDCR)] = { X2_READ | X2_WRITE, 0xf },
	[REG(APIC_SELF_IPI)] = { X2_WRITE, 0xff },
};

static enum hvr_msr_result get_x2apic(struct hvr_vp *vp, unsigned int reg,
				      u64 *val)
{
	if (!in_x2apic_mode(&vp->lapic) || reg >= NR_REGS ||
	    !(x2apic_regs[reg].access & X2_READ))
		return HVR_MSR_GP;
	*val = reg == REG(APIC_ICR) ? hvr_lapic_read_icr(vp) :
				      read_reg(vp, reg);
	return HVR_MSR_OK;
}

static enum hvr_msr_result set_x2apic(struct hvr_vp *vp, unsigned int reg,
				      u64 val, bool host)
{
	if (host && reg == REG(APIC_ID)) {
		hvr_lapic_set_id(vp, val, true);
		return HVR_MSR_OK;
	}
	if ((!host && !in_x2apic_mode(&vp->lapic)) || reg >= NR_REGS ||
	    !(x2apic_regs[reg].access & X2_WRITE))
		return HVR_MSR_GP;
	if ((u32)val & ~x2apic_regs[reg].bits ||
	    (reg != REG(APIC_ICR) && val >> 32))
		return HVR_MSR_GP;
	if (reg == REG(APIC_ICR))
		hvr_lapic_write_icr(vp, val);
	else if (reg == REG(APIC_SELF_IPI))
		send_self_ipi(vp, val);
	else
		write_reg(vp, reg, val);
	return HVR_MSR_OK;
}

/* All registers as after power-on; id, APIC_BASE and waiting INITs stay. */
static void reset_registers(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;
	unsigned int i;

	hvr_lapic_timer_stop(vp);
	l->tpr = 0;
	WRITE_ONCE(l->svr, 0xff);
	WRITE_ONCE(l->ldr, 0);
	WRITE_ONCE(l->dfr, U32_MAX);
	l->esr = 0;
	WRITE_ONCE(l->esr_pending, 0);
	l->icr_lo = 0;
	l->icr_hi = 0;
	l->divide = 0;
	l->initial_count = 0;
	for (i = 0; i < HVR_NR_LVTS; i++)
		WRITE_ONCE(l->lvt[i], APIC_LVT_MASKED);
	bitmap_zero(l->irr, 256);
	bitmap_zero(l->auto_eoi, 256);
	bitmap_zero(l->isr, 256);
	bitmap_zero(l->tmr, 256);
	bitmap_zero(l->level, 256);
}

/* Before its first run, the VMM's word on who is the boot processor decides who
 * waits for a SIPI.
 */
static void follow_bsp(struct hvr_vp *vp)
{
	bool bsp = vp->lapic.base_msr & HVR_APIC_BASE_BSP;

	if (vp->has_run)
		return;
	if (bsp && vp->activity == HVR_VP_WAIT_SIPI)
		vp->activity = HVR_VP_RUNNABLE;
	else if (!bsp && vp->activity == HVR_VP_RUNNABLE)
		vp->activity = HVR_VP_WAIT_SIPI;
}

static bool base_ok(struct hvr_vp *vp, u64 from, u64 to, bool host)
{
	if (to & RESERVED_BASE_BITS || to >> hvr_cpuid_maxphyaddr(vp))
		return false;
	if (host)
		return (to & BASE_MODE) != HVR_APIC_BASE_EXTD;
	if (to & HVR_APIC_BASE_EXTD && !has_x2apic(vp))
		return false;
	return hvr_apic_base_allowed(from, to);
}

static enum hvr_msr_result set_base(struct hvr_vp *vp, u64 val, bool host)
{
	struct hvr_lapic *l = &vp->lapic;
	u64 old = l->base_msr;

	if (val == old)
		return HVR_MSR_OK;
	if (!base_ok(vp, old, val, host))
		return HVR_MSR_GP;
	if (!host)	/* the BSP bit is read-only */
		val = (val & ~HVR_APIC_BASE_BSP) | (old & HVR_APIC_BASE_BSP);
	WRITE_ONCE(l->base_msr, val);
	if (old & HVR_APIC_BASE_EN && !(val & HVR_APIC_BASE_EN) && !host)
		reset_registers(vp);
	if (~old & val & HVR_APIC_BASE_EXTD)
		l->icr_hi = 0;
	if (host && (old ^ val) & HVR_APIC_BASE_BSP)
		follow_bsp(vp);
	look_again(vp);
	return HVR_MSR_OK;
}

enum hvr_msr_result hvr_lapic_get_msr(struct hvr_vp *vp, u32 msr, u64 *val)
{
	struct hvr_lapic *l = &vp->lapic;

	switch (msr) {
	case MSR_IA32_APICBASE:
		*val = l->base_msr;
		return HVR_MSR_OK;
	case MSR_IA32_TSC_DEADLINE:
		if (!hvr_lapic_timer_uses_deadline(vp) && !has_tsc_deadline(vp))
			return HVR_MSR_UNKNOWN;
		*val = READ_ONCE(l->tsc_deadline);
		return HVR_MSR_OK;
	case APIC_BASE_MSR ... APIC_BASE_MSR + 0xff:
		return get_x2apic(vp, msr - APIC_BASE_MSR, val);
	default:
		return HVR_MSR_UNKNOWN;
	}
}

enum hvr_msr_result hvr_lapic_set_msr(struct hvr_vp *vp, u32 msr, u64 val,
				      bool host)
{
	switch (msr) {
	case MSR_IA32_APICBASE:
		return set_base(vp, val, host);
	case MSR_IA32_TSC_DEADLINE:
		if (!hvr_lapic_timer_uses_deadline(vp) && !has_tsc_deadline(vp))
			return HVR_MSR_UNKNOWN;
		hvr_lapic_timer_set_deadline(vp, val);
		return HVR_MSR_OK;
	case APIC_BASE_MSR ... APIC_BASE_MSR + 0xff:
		return set_x2apic(vp, msr - APIC_BASE_MSR, val, host);
	default:
		return HVR_MSR_UNKNOWN;
	}
}

/* ---- life ---- */

void hvr_lapic_set_id(struct hvr_vp *vp, u32 id, bool explicit)
{
	struct hvr_lapic *l = &vp->lapic;

	if (!explicit && l->id_explicit)
		return;
	l->id_explicit |= explicit;
	WRITE_ONCE(l->id, id);
}

void hvr_lapic_reset(struct hvr_vp *vp, bool init)
{
	struct hvr_lapic *l = &vp->lapic;
	u64 bsp = l->base_msr & HVR_APIC_BASE_BSP;

	reset_registers(vp);
	if (init)
		return;
	WRITE_ONCE(l->base_msr, HVR_LAPIC_DEFAULT_BASE | HVR_APIC_BASE_EN | bsp);
	WRITE_ONCE(l->lvt[HVR_LVT_LINT0], l->lint_reset[0]);
	WRITE_ONCE(l->lvt[HVR_LVT_LINT1], l->lint_reset[1]);
	xchg(&l->pending_init, 0);
	vp->activity = bsp ? HVR_VP_RUNNABLE : HVR_VP_WAIT_SIPI;
}

int hvr_lapic_init(struct hvr_vp *vp)
{
	struct hvr_lapic *l = &vp->lapic;

	l->id = vp->index;
	l->id_explicit = false;
	l->base_msr = vp->index ? 0 : HVR_APIC_BASE_BSP;
	l->lint_reset[0] = APIC_LVT_MASKED;
	l->lint_reset[1] = APIC_LVT_MASKED;
	hvr_lapic_timer_init(vp);
	hvr_lapic_reset(vp, false);
	return 0;
}

void hvr_lapic_exit(struct hvr_vp *vp)
{
	hvr_lapic_timer_stop(vp);
}
