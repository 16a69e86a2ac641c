// SPDX-License-Identifier: GPL-2.0-only
/*
 * The synthetic interrupt controller as a unit of the core: its MSRs, registers
 * and state, the message and event-flag pages.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/mshv.h>

#include "internal.h"

#define FIRST_VECTOR		16
#define SINT_POWER_ON		HV_SINT_IS_MASKED

static struct synic_vp *synic_of_vp(const struct hvr_vp *vp)
{
	return hvr_vp_unit_data(vp, HVR_UNIT_SYNIC);
}

struct synic_vp *synic_of(struct hvr_partition *pt, u32 vp_index)
{
	struct hvr_vp *vp;

	if (vp_index >= HVR_MAX_VPS)
		return NULL;
	vp = hvr_partition_vp(pt, vp_index);
	return vp ? synic_of_vp(vp) : NULL;
}

bool synic_sint_open(const struct synic_vp *synic, unsigned int sint)
{
	return (synic->scontrol & HV_SCONTROL_ENABLE) &&
	       !(synic->sint[sint].config & HV_SINT_IS_MASKED);
}

/* ---- interrupts, raised when the lock has been dropped ---- */

/* There is room: each timer reports at most once while the lock is held, and then
 * each SINT is delivered to at most once.
 */
static void add_irq(struct synic_raise *raise, u8 vector, bool auto_eoi)
{
	raise->irq[raise->nr].vector = vector;
	raise->irq[raise->nr].auto_eoi = auto_eoi;
	raise->nr++;
}

void synic_raise_sint(struct synic_raise *raise, u64 config)
{
	u8 vector = config & HV_SINT_VECTOR_MASK;

	/* A polled SINT is looked at by the guest in its own time. */
	if (!(config & HV_SINT_IS_POLLED) && vector >= FIRST_VECTOR)
		add_irq(raise, vector, config & HV_SINT_IS_AUTO_EOI);
}

void synic_raise_vector(struct synic_raise *raise, u8 vector)
{
	if (vector >= FIRST_VECTOR)
		add_irq(raise, vector, false);
}

void synic_raise_all(struct synic_vp *synic, const struct synic_raise *raise)
{
	u32 i;

	for (i = 0; i < raise->nr; i++)
		hvr_vp_assert(synic->vp, raise->irq[i].vector,
			      raise->irq[i].auto_eoi);
}

/* ---- pages ---- */

/* Give the page up under the lock, the hold after it. */
static void drop_page(struct synic_vp *synic, struct hvr_hold *hold,
		      void **mapping)
{
	unsigned long flags;

	spin_lock_irqsave(&synic->lock, flags);
	*mapping = NULL;
	spin_unlock_irqrestore(&synic->lock, flags);
	if (hold->page)
		hvr_guest_release(hold);
	hold->page = NULL;
}

/*
 * A page register was written. The guest sees a page of zeroes where it puts one:
 * old bytes would look like a slot in use or a flag already set. A VMM that
 * restores a machine has brought the content along.
 */
static void set_page(struct synic_vp *synic, u64 *reg, struct hvr_hold *hold,
		     void **mapping, u64 val, bool host)
{
	const u64 what = HV_MSR_PAGE_ENABLE | HV_MSR_PAGE_MASK;
	struct hvr_hold new = {};
	unsigned long flags;
	void *page = NULL;

	if (!((*reg ^ val) & what) && !(val & HV_MSR_PAGE_ENABLE) == !hold->page) {
		WRITE_ONCE(*reg, val);
		return;
	}
	drop_page(synic, hold, mapping);
	/* A page outside memory is no error, but nothing can be delivered. */
	if ((val & HV_MSR_PAGE_ENABLE) &&
	    !hvr_guest_hold(synic->pt, val & HV_MSR_PAGE_MASK,
			    HVR_HOLD_WRITE | HVR_HOLD_LONGTERM, &new)) {
		page = page_address(new.page);
		*hold = new;
		if (!host)
			memset(page, 0, PAGE_SIZE);
	}
	spin_lock_irqsave(&synic->lock, flags);
	WRITE_ONCE(*reg, val);
	*mapping = page;
	spin_unlock_irqrestore(&synic->lock, flags);
}

static void set_simp(struct synic_vp *synic, u64 val, bool host)
{
	set_page(synic, &synic->simp, &synic->simp_hold,
		 (void **)&synic->messages, val, host);
}

static void set_siefp(struct synic_vp *synic, u64 val, bool host)
{
	set_page(synic, &synic->siefp, &synic->siefp_hold,
		 (void **)&synic->flags, val, host);
}

/* ---- registers ---- */

/* Room came free, or something was switched on: try what waits. */
static void retry(struct synic_vp *synic)
{
	struct synic_raise raise = {};
	unsigned long flags;

	if (!READ_ONCE(synic->backlog))
		return;
	spin_lock_irqsave(&synic->lock, flags);
	synic_deliver_all_locked(synic, &raise);
	spin_unlock_irqrestore(&synic->lock, flags);
	synic_raise_all(synic, &raise);
}

static void set_locked(struct synic_vp *synic, u64 *reg, u64 val)
{
	unsigned long flags;

	spin_lock_irqsave(&synic->lock, flags);
	WRITE_ONCE(*reg, val);
	spin_unlock_irqrestore(&synic->lock, flags);
	retry(synic);
}

static bool sint_valid(u64 val)
{
	return (val & (HV_SINT_IS_MASKED | HV_SINT_IS_POLLED)) ||
	       (val & HV_SINT_VECTOR_MASK) >= FIRST_VECTOR;
}

static enum hvr_msr_result get_msr(struct hvr_vp *vp, u32 msr, u64 *val,
				   bool host)
{
	struct synic_vp *synic = synic_of_vp(vp);

	switch (msr) {
	case HV_SYN_MSR_SCONTROL:
		*val = READ_ONCE(synic->scontrol);
		return HVR_MSR_OK;
	case HV_SYN_MSR_SVERSION:
		*val = HV_SYN_VERSION_1;
		return HVR_MSR_OK;
	case HV_SYN_MSR_SIEFP:
		*val = READ_ONCE(synic->siefp);
		return HVR_MSR_OK;
	case HV_SYN_MSR_SIMP:
		*val = READ_ONCE(synic->simp);
		return HVR_MSR_OK;
	case HV_SYN_MSR_EOM:
		*val = 0;
		return HVR_MSR_OK;
	case HV_SYN_MSR_SINT0 ... HV_SYN_MSR_SINT15:
		*val = READ_ONCE(synic->sint[msr - HV_SYN_MSR_SINT0].config);
		return HVR_MSR_OK;
	case HV_SYN_MSR_STIMER0_CONFIG ... HV_SYN_MSR_STIMER3_COUNT:
		*val = synic_stimer_get(synic, msr - HV_SYN_MSR_STIMER0_CONFIG);
		return HVR_MSR_OK;
	}
	return HVR_MSR_UNKNOWN;
}

static enum hvr_msr_result set_msr(struct hvr_vp *vp, u32 msr, u64 val,
				   bool host)
{
	struct synic_vp *synic = synic_of_vp(vp);

	switch (msr) {
	case HV_SYN_MSR_SCONTROL:
		set_locked(synic, &synic->scontrol, val);
		return HVR_MSR_OK;
	case HV_SYN_MSR_SVERSION:
		return host ? HVR_MSR_OK : HVR_MSR_GP;
	case HV_SYN_MSR_SIEFP:
		set_siefp(synic, val, host);
		return HVR_MSR_OK;
	case HV_SYN_MSR_SIMP:
		set_simp(synic, val, host);
		retry(synic);
		return HVR_MSR_OK;
	case HV_SYN_MSR_EOM:
		retry(synic);
		return HVR_MSR_OK;
	case HV_SYN_MSR_SINT0 ... HV_SYN_MSR_SINT15:
		if (!host && !sint_valid(val))
			return HVR_MSR_GP;
		set_locked(synic, &synic->sint[msr - HV_SYN_MSR_SINT0].config,
			   val);
		return HVR_MSR_OK;
	case HV_SYN_MSR_STIMER0_CONFIG ... HV_SYN_MSR_STIMER3_COUNT:
		return synic_stimer_set(synic, msr - HV_SYN_MSR_STIMER0_CONFIG,
					val) ? HVR_MSR_OK : HVR_MSR_GP;
	}
	return HVR_MSR_UNKNOWN;
}

/* The MSR that stands for the same thing; 0 when there is none. */
static u32 msr_of_reg(u32 name)
{
	switch (name) {
	case HV_SYN_REG_SINT0 ... HV_SYN_REG_SINT15:
		return HV_SYN_MSR_SINT0 + name - HV_SYN_REG_SINT0;
	case HV_SYN_REG_SCONTROL:
		return HV_SYN_MSR_SCONTROL;
	case HV_SYN_REG_SVERSION:
		return HV_SYN_MSR_SVERSION;
	case HV_SYN_REG_SIEFP:
		return HV_SYN_MSR_SIEFP;
	case HV_SYN_REG_SIMP:
		return HV_SYN_MSR_SIMP;
	case HV_SYN_REG_EOM:
		return HV_SYN_MSR_EOM;
	case HV_SYN_REG_STIMER0_CONFIG ... HV_SYN_REG_STIMER3_COUNT:
		return HV_SYN_MSR_STIMER0_CONFIG + name -
		       HV_SYN_REG_STIMER0_CONFIG;
	}
	return 0;
}

static hvr_status_t get_reg(struct hvr_vp *vp, u32 name, u64 *val)
{
	u32 msr = msr_of_reg(name);

	if (!msr || get_msr(vp, msr, val, true) != HVR_MSR_OK)
		return HVS_INVALID_PARAMETER;
	return HVS_SUCCESS;
}

static hvr_status_t set_reg(struct hvr_vp *vp, u32 name, u64 val)
{
	u32 msr = msr_of_reg(name);

	if (!msr)
		return HVS_INVALID_PARAMETER;
	if (set_msr(vp, msr, val, true) != HVR_MSR_OK)
		return HVS_INVALID_REGISTER_VALUE;
	return HVS_SUCCESS;
}

/* ---- state of a stopped VP ---- */

static u32 state_size(unsigned int type)
{
	return type == MSHV_VP_STATE_SYNTHETIC_TIMERS ?
	       sizeof(struct hv_stimers_state) : PAGE_SIZE;
}

/* NULL while the page is disabled. */
static struct page *state_page(struct synic_vp *synic, unsigned int type)
{
	return type == MSHV_VP_STATE_SIMP ? synic->simp_hold.page
					  : synic->siefp_hold.page;
}

static int get_state(struct hvr_vp *vp, unsigned int type, void *buf)
{
	struct synic_vp *synic = synic_of_vp(vp);
	struct page *page;

	if (type == MSHV_VP_STATE_SYNTHETIC_TIMERS) {
		synic_stimer_get_state(synic, buf);
		return 0;
	}
	page = state_page(synic, type);
	if (page)
		memcpy(buf, page_address(page), PAGE_SIZE);
	else
		memset(buf, 0, PAGE_SIZE);
	return 0;
}

/* The content of a disabled page has nowhere to go, and nobody sees it. */
static int set_state(struct hvr_vp *vp, unsigned int type, const void *buf)
{
	struct synic_vp *synic = synic_of_vp(vp);
	struct page *page;

	if (type == MSHV_VP_STATE_SYNTHETIC_TIMERS) {
		synic_stimer_set_state(synic, buf);
		return 0;
	}
	page = state_page(synic, type);
	if (page)
		memcpy(page_address(page), buf, PAGE_SIZE);
	return 0;
}

/* ---- life ---- */

static int partition_init(struct hvr_partition *pt)
{
	struct synic_partition *sp;

	sp = kzalloc(sizeof(*sp), GFP_KERNEL_ACCOUNT);
	if (!sp)
		return -ENOMEM;
	spin_lock_init(&sp->port_lock);
	hash_init(sp->ports);
	hvr_partition_set_unit_data(pt, HVR_UNIT_SYNIC, sp);
	return 0;
}

/* Owners of ports have destroyed them before they put the partition. */
static void partition_exit(struct hvr_partition *pt)
{
	kfree(hvr_partition_unit_data(pt, HVR_UNIT_SYNIC));
	hvr_partition_set_unit_data(pt, HVR_UNIT_SYNIC, NULL);
}

static int vp_init(struct hvr_vp *vp)
{
	struct synic_vp *synic;
	unsigned int i;

	synic = kzalloc(sizeof(*synic), GFP_KERNEL_ACCOUNT);
	if (!synic)
		return -ENOMEM;
	spin_lock_init(&synic->lock);
	synic->vp = vp;
	synic->pt = hvr_vp_partition(vp);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		INIT_LIST_HEAD(&synic->sint[i].queue);
		synic->sint[i].config = SINT_POWER_ON;
	}
	synic_stimer_init(synic);
	hvr_vp_set_unit_data(vp, HVR_UNIT_SYNIC, synic);
	return 0;
}

static void reset(struct synic_vp *synic)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&synic->lock, flags);
	synic->scontrol = 0;
	synic->simp = 0;
	synic->siefp = 0;
	synic_stimer_reset_locked(synic);
	for (i = 0; i < HV_SYNIC_SINT_COUNT; i++) {
		synic_drop_locked(synic, i);
		synic->sint[i].config = SINT_POWER_ON;
	}
	spin_unlock_irqrestore(&synic->lock, flags);
	drop_page(synic, &synic->simp_hold, (void **)&synic->messages);
	drop_page(synic, &synic->siefp_hold, (void **)&synic->flags);
}

static void vp_reset(struct hvr_vp *vp)
{
	reset(synic_of_vp(vp));
}

static void vp_exit(struct hvr_vp *vp)
{
	struct synic_vp *synic = synic_of_vp(vp);

	reset(synic);
	synic_stimer_exit(synic);
	hvr_vp_set_unit_data(vp, HVR_UNIT_SYNIC, NULL);
	kfree(synic);
}

/* A guest that does without the pending flag frees its slot and ends the
 * interrupt: look again then.
 */
static void eoi(struct hvr_vp *vp, u8 vector)
{
	retry(synic_of_vp(vp));
}

static void time_changed(struct hvr_vp *vp)
{
	synic_stimer_time_changed(synic_of_vp(vp));
}

const struct hvr_unit hvr_synic_unit = {
	.name = "synic",
	.id = HVR_UNIT_SYNIC,
	.partition_init = partition_init,
	.partition_exit = partition_exit,
	.vp_init = vp_init,
	.vp_exit = vp_exit,
	.vp_reset = vp_reset,
	.eoi = eoi,
	.time_changed = time_changed,
	.msr_first = HV_SYN_MSR_SCONTROL,
	.msr_last = HV_SYN_MSR_STIMER3_COUNT,
	.get_msr = get_msr,
	.set_msr = set_msr,
	.reg_first = HV_SYN_REG_SINT0,
	.reg_last = HV_SYN_REG_STIMER3_COUNT,
	.get_reg = get_reg,
	.set_reg = set_reg,
	.state_types = BIT(MSHV_VP_STATE_SIMP) | BIT(MSHV_VP_STATE_SIEFP) |
		       BIT(MSHV_VP_STATE_SYNTHETIC_TIMERS),
	.state_size = state_size,
	.get_state = get_state,
	.set_state = set_state,
	.hypercalls = synic_hypercalls,
	.nr_hypercalls = SYNIC_NR_HYPERCALLS,
};
