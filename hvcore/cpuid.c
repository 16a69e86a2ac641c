// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID of a VP: the hypervisor's own values, what the VMM registered over them,
 * and the bits that follow the VP's state.
 */
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/processor-flags.h>
#include <hvabi/hvgdk.h>

#include "../compat/hw.h"
#include "internal.h"

#define MAX_OWN		96
#define MAX_RESULTS	8192
#define XCR0_AVX	BIT_ULL(2)
#define XCR0_AVX512	GENMASK_ULL(7, 5)
#define XCR0_PKRU	BIT_ULL(9)

/* XSAVE features that need AVX or AVX-512 registers, and two of bank 0. */
#define NEED_AVX	(BIT_ULL(2) | BIT_ULL(3) | BIT_ULL(4) | BIT_ULL(20) | \
			 BIT_ULL(22) | GENMASK_ULL(34, 30))
#define NEED_AVX512	(GENMASK_ULL(10, 6) | GENMASK_ULL(18, 14) | \
			 BIT_ULL(21) | GENMASK_ULL(25, 23))
#define BANK0_NEED_AVX	(BIT_ULL(6) | BIT_ULL(19) | BIT_ULL(20))

struct own_entry {
	u32 leaf;
	u32 subleaf;
	u32 regs[4];
};

/* Leaves that guests ask for most, of either range. */
#define NR_DIRECT	32
#define RANGE_BIT	BIT(31)

struct hvr_cpuid_own {
	u32 nr;
	u8 direct[2][NR_DIRECT];	/* place of subleaf 0, from 1; 0: nowhere */
	struct own_entry entry[];
};

struct hvr_cpuid_results {
	struct rcu_head rcu;
	u32 nr;
	u32 room;
	struct hvr_cpuid_result res[];
};

/* ---- the hypervisor's own values ---- */

/* Features that are off: asked for, or their registers are not saved. */
static void disabled_banks(const struct hvr_partition *pt,
			   u64 banks[HVR_NR_CPUID_BANKS])
{
	u64 xcr0 = hvr_fpu_xcr0_mask();

	memset(banks, 0, HVR_NR_CPUID_BANKS * sizeof(u64));
	if (pt) {
		banks[0] = pt->cpuid.disabled_features[0];
		banks[1] = pt->cpuid.disabled_features[1];
		banks[2] = pt->cpuid.disabled_xsave;
	}
	if (!(xcr0 & XCR0_AVX)) {
		banks[0] |= BANK0_NEED_AVX;
		banks[2] |= NEED_AVX;
	}
	if ((xcr0 & XCR0_AVX512) != XCR0_AVX512)
		banks[2] |= NEED_AVX512;
}

/* Bits that are ours whatever the host has: we emulate the feature. */
static void add_emulated(const struct hvr_partition *pt, u32 leaf, u32 subleaf,
			 u32 regs[4])
{
	u64 xcr0 = hvr_fpu_xcr0_mask();

	switch (leaf) {
	case 0x1:
		regs[HVR_ECX] |= BIT(24);		/* TSC deadline */
		if (!pt || (pt->flags & BIT_ULL(MSHV_PT_BIT_X2APIC)))
			regs[HVR_ECX] |= BIT(21);
		break;
	case 0x6:
		regs[HVR_EAX] = BIT(2);			/* ARAT */
		break;
	case 0x7:
		if (subleaf)
			break;
		regs[HVR_EBX] |= BIT(1);		/* TSC_ADJUST */
		if (!(xcr0 & XCR0_PKRU))
			regs[HVR_ECX] &= ~BIT(3);
		break;
	case 0xd:
		if (!subleaf) {
			regs[HVR_EAX] = lower_32_bits(xcr0);
			regs[HVR_ECX] = hvr_fpu_size();
			regs[HVR_EDX] = upper_32_bits(xcr0);
		} else if (subleaf >= 2 && !(subleaf < 64 &&
					     (xcr0 & BIT_ULL(subleaf)))) {
			memset(regs, 0, 4 * sizeof(u32));
		}
		break;
	case 0x80000008:
		/* Four levels of second-level tables reach 48 bits. */
		if ((regs[HVR_EAX] & 0xff) > 48)
			regs[HVR_EAX] = (regs[HVR_EAX] & ~0xff) | 48;
		break;
	}
}

/* The part that is the same for all VPs of a partition at all times. */
static void own_static(const struct hvr_partition *pt, u32 leaf, u32 subleaf,
		       const u64 disabled[HVR_NR_CPUID_BANKS], u32 regs[4])
{
	cpuid_count(leaf, subleaf, &regs[0], &regs[1], &regs[2], &regs[3]);
	hvr_cpuid_filter(leaf, subleaf, regs);
	add_emulated(pt, leaf, subleaf, regs);
	hvr_cpuid_disable(leaf, subleaf, disabled, regs);
}

static bool any_set(const u32 regs[4])
{
	return regs[0] | regs[1] | regs[2] | regs[3];
}

typedef void (*own_fn)(void *ctx, const struct own_entry *e);

static u32 nr_subleaves(u32 leaf)
{
	switch (leaf) {
	case 0x4:
		return 4;
	case 0x7:
		return 2;
	case 0xd:
		return 63;
	}
	return 1;
}

static void walk_subleaves(const struct hvr_partition *pt, u32 leaf,
			   const u64 disabled[HVR_NR_CPUID_BANKS],
			   own_fn fn, void *ctx)
{
	struct own_entry e = { .leaf = leaf };

	for (e.subleaf = 0; e.subleaf < nr_subleaves(leaf); e.subleaf++) {
		own_static(pt, leaf, e.subleaf, disabled, e.regs);
		if (any_set(e.regs))
			fn(ctx, &e);
	}
}

/* Call @fn for each leaf and subleaf that has a value of its own, ascending. */
static void walk_own(const struct hvr_partition *pt, own_fn fn, void *ctx)
{
	u32 basic = min_t(u32, cpuid_eax(0), HVR_CPUID_MAX_BASIC);
	u32 extended = min_t(u32, cpuid_eax(0x80000000),
			     HVR_CPUID_MAX_EXTENDED);
	u64 disabled[HVR_NR_CPUID_BANKS];
	u32 leaf;

	disabled_banks(pt, disabled);
	for (leaf = 0; leaf <= basic; leaf++)
		walk_subleaves(pt, leaf, disabled, fn, ctx);
	for (leaf = 0x80000000; leaf <= extended; leaf++)
		walk_subleaves(pt, leaf, disabled, fn, ctx);
}

static void store_own(void *ctx, const struct own_entry *e)
{
	struct hvr_cpuid_own *own = ctx;

	if (own->nr >= MAX_OWN)
		return;
	own->entry[own->nr++] = *e;
	if (!e->subleaf && (e->leaf & ~RANGE_BIT) < NR_DIRECT)
		own->direct[!!(e->leaf & RANGE_BIT)][e->leaf & ~RANGE_BIT] =
			own->nr;
}

int hvr_cpuid_init(struct hvr_partition *pt)
{
	struct hvr_cpuid_own *own, *cut;

	seqlock_init(&pt->cpuid.lock);
	pt->cpuid.changes = 1;
	RCU_INIT_POINTER(pt->cpuid.results, NULL);
	own = kzalloc(struct_size(own, entry, MAX_OWN), GFP_KERNEL_ACCOUNT);
	if (!own)
		return -ENOMEM;
	walk_own(pt, store_own, own);
	cut = krealloc(own, struct_size(own, entry, own->nr),
		       GFP_KERNEL_ACCOUNT);
	pt->cpuid.own = cut ? cut : own;
	return 0;
}

void hvr_cpuid_exit(struct hvr_partition *pt)
{
	kvfree(rcu_dereference_protected(pt->cpuid.results, true));
	RCU_INIT_POINTER(pt->cpuid.results, NULL);
	kfree(pt->cpuid.own);
	pt->cpuid.own = NULL;
}

static const struct own_entry *find_own(const struct hvr_cpuid_own *own,
					u32 leaf, u32 subleaf)
{
	u32 lo = 0, hi = own->nr, near = leaf & ~RANGE_BIT;

	if (!subleaf && near < NR_DIRECT) {
		near = array_index_nospec(near, NR_DIRECT);
		near = own->direct[leaf >> 31][near];
		return near ? &own->entry[near - 1] : NULL;
	}
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		const struct own_entry *e = &own->entry[mid];

		if (e->leaf == leaf && e->subleaf == subleaf)
			return e;
		if (e->leaf < leaf || (e->leaf == leaf && e->subleaf < subleaf))
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* ---- topology: threads are cores, one level ---- */

static u32 processors(const struct hvr_partition *pt)
{
	u32 n = READ_ONCE(pt->cpuid.procs_per_socket);

	if (!n)
		n = READ_ONCE(pt->nr_vps);
	return clamp_t(u32, n, 1, HVR_MAX_VPS);
}

static void add_topology(const struct hvr_vp *vp, u32 leaf, u32 subleaf,
			 u32 regs[4])
{
	u32 id = vp->lapic.id;
	u32 nr, shift;

	/* Most leaves say nothing about it. */
	if (leaf != 0x1 && leaf != 0x4 && leaf != 0xb && leaf < 0x80000001)
		return;
	nr = processors(vp->pt);
	shift = order_base_2(nr);
	switch (leaf) {
	case 0x1:
		regs[HVR_EBX] |= (id & 0xff) << 24;
		regs[HVR_EBX] |= min(1U << shift, 255U) << 16;
		if (nr > 1)
			regs[HVR_EDX] |= BIT(28);
		else
			regs[HVR_EDX] &= ~BIT(28);
		break;
	case 0x4:
		if (!(regs[HVR_EAX] & 0x1f))
			break;
		regs[HVR_EAX] |= min((1U << shift) - 1, 63U) << 26;
		if (((regs[HVR_EAX] >> 5) & 7) >= 3)
			regs[HVR_EAX] |= ((1U << shift) - 1) << 14;
		break;
	case 0xb:
		regs[HVR_EAX] = subleaf == 1 ? shift : 0;
		regs[HVR_EBX] = subleaf == 0 ? 1 : subleaf == 1 ? nr : 0;
		regs[HVR_ECX] = (subleaf & 0xff) |
				(subleaf < 2 ? (subleaf + 1) << 8 : 0);
		regs[HVR_EDX] = id;
		break;
	case 0x80000001:
		if (nr > 1 && boot_cpu_data.x86_vendor != X86_VENDOR_INTEL)
			regs[HVR_ECX] |= BIT(1);
		break;
	case 0x80000008:
		regs[HVR_ECX] = (nr - 1) | shift << 12;
		break;
	}
}

/* ---- registered results ---- */

/* Room for one more, in a table that readers may be in. */
static struct hvr_cpuid_results *grow(struct hvr_cpuid_policy *policy,
				      struct hvr_cpuid_results *old)
{
	u32 nr = old ? old->nr : 0;
	u32 room = nr ? 2 * nr : 32;
	struct hvr_cpuid_results *new;

	if (old && nr < old->room)
		return old;
	if (nr >= MAX_RESULTS)
		return ERR_PTR(-ENOSPC);
	new = kvzalloc(struct_size(new, res, room), GFP_KERNEL_ACCOUNT);
	if (!new)
		return ERR_PTR(-ENOMEM);
	new->room = room;
	new->nr = nr;
	if (nr)
		memcpy(new->res, old->res, nr * sizeof(new->res[0]));
	rcu_assign_pointer(policy->results, new);
	if (old)
		kvfree_rcu(old, rcu);
	return new;
}

/* A VMM gives a VP its APIC id by registering leaf 0xb or leaf 1 for it. */
static void take_apic_id(struct hvr_partition *pt,
			 const struct hvr_cpuid_result *res)
{
	struct hvr_vp *vp;

	if (res->vp_index >= HVR_MAX_VPS)
		return;
	vp = hvr_partition_vp(pt, res->vp_index);
	if (!vp)
		return;
	if (res->leaf == 0xb && res->mask[HVR_EDX])
		hvr_lapic_set_id(vp, res->value[HVR_EDX], false);
	else if (res->leaf == 0x1 && (res->mask[HVR_EBX] >> 24) &&
		 res->value[HVR_EBX] >> 24 != (vp->lapic.id & 0xff))
		hvr_lapic_set_id(vp, res->value[HVR_EBX] >> 24, false);
}

int hvr_cpuid_register(struct hvr_partition *pt,
		       const struct hvr_cpuid_result *res)
{
	struct hvr_cpuid_policy *policy = &pt->cpuid;
	struct hvr_cpuid_results *table;
	u32 at = 0;
	int c = 1;

	lockdep_assert_held(&pt->lock);
	table = rcu_dereference_protected(policy->results,
					  lockdep_is_held(&pt->lock));
	table = grow(policy, table);
	if (IS_ERR(table))
		return PTR_ERR(table);
	while (at < table->nr) {
		c = hvr_cpuid_compare(&table->res[at], res);
		if (c >= 0)
			break;
		at++;
	}
	write_seqlock(&policy->lock);
	if (at == table->nr || c) {
		memmove(&table->res[at + 1], &table->res[at],
			(table->nr - at) * sizeof(*res));
		table->nr++;
	}
	table->res[at] = *res;
	write_sequnlock(&policy->lock);
	/* Pairs with hvr_cpuid_maxphyaddr(). There is room for far fewer results
	 * than there are numbers, but they can be replaced.
	 */
	smp_store_release(&policy->changes, policy->changes + 1 ?: 1);
	take_apic_id(pt, res);
	return 0;
}

static void apply_table(struct hvr_vp *vp, u32 leaf, u32 subleaf, u32 regs[4])
{
	struct hvr_cpuid_policy *policy = &vp->pt->cpuid;
	const struct hvr_cpuid_results *table;
	unsigned int seq;
	u32 out[4];

	rcu_read_lock();
	table = rcu_dereference(policy->results);
	if (table) {
		do {
			seq = read_seqbegin(&policy->lock);
			memcpy(out, regs, sizeof(out));
			hvr_cpuid_apply(table->res, min(table->nr, table->room),
					vp->index, leaf, subleaf, out);
		} while (read_seqretry(&policy->lock, seq));
		memcpy(regs, out, sizeof(out));
	}
	rcu_read_unlock();
}

static void apply_results(struct hvr_vp *vp, u32 leaf, u32 subleaf, u32 regs[4])
{
	if (rcu_access_pointer(vp->pt->cpuid.results))
		apply_table(vp, leaf, subleaf, regs);
}

/* ---- bits that follow the VP's state ---- */

/* Bytes of an XSAVE area with these components. */
static u32 xsave_size(const struct hvr_vp *vp, u64 components, bool compacted)
{
	u32 size = 576;
	unsigned int i;

	for (i = 2; i < 63; i++) {
		const struct own_entry *e;

		if (!(components & BIT_ULL(i)))
			continue;
		e = find_own(vp->pt->cpuid.own, 0xd, i);
		if (!e)
			continue;
		if (!compacted) {
			size = max(size, e->regs[HVR_EBX] + e->regs[HVR_EAX]);
			continue;
		}
		if (e->regs[HVR_ECX] & BIT(1))
			size = ALIGN(size, 64);
		size += e->regs[HVR_EAX];
	}
	return size;
}

static void set_bit_if(u32 *reg, u32 mask, bool on)
{
	*reg = on ? *reg | mask : *reg & ~mask;
}

static void add_dynamic(struct hvr_vp *vp, u32 leaf, u32 subleaf, u32 regs[4])
{
	/* A leaf that the VMM left out stays empty. */
	bool apic = (vp->lapic.base_msr & BIT_ULL(11)) && any_set(regs);
	u64 cr4;
	bool on;

	switch (leaf) {
	case 0x1:
		cr4 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4);
		on = (cr4 & X86_CR4_OSXSAVE) && (regs[HVR_ECX] & BIT(26));
		set_bit_if(&regs[HVR_ECX], BIT(27), on);
		set_bit_if(&regs[HVR_EDX], BIT(9), apic);
		break;
	case 0x7:
		if (subleaf)
			break;
		cr4 = hvr_be_call(get_hwreg)(vp, HVR_HWREG_CR4);
		on = (cr4 & X86_CR4_PKE) && (regs[HVR_ECX] & BIT(3));
		set_bit_if(&regs[HVR_ECX], BIT(4), on);
		break;
	case 0xd:
		if (!any_set(regs))
			break;
		if (subleaf == 0)
			regs[HVR_EBX] = xsave_size(vp, vp->xcr0, false);
		else if (subleaf == 1 && (regs[HVR_EAX] & BIT(1)))
			regs[HVR_EBX] = xsave_size(vp, vp->xcr0, true);
		break;
	/*
	 * Linux of 32 bits, built with retpolines, reads the page's address from the
	 * wrong place of its stack in a call with reps: it would crash at the first
	 * flush of another VP. An interprocessor interrupt does as well.
	 */
	case HV_CPUID_HINTS:
		if (!(hvr_be_call(get_hwreg)(vp, HVR_HWREG_EFER) & EFER_LMA))
			regs[HVR_EAX] &= ~HV_HINT_REMOTE_FLUSH;
		break;
	case 0x80000001:
		if (boot_cpu_data.x86_vendor != X86_VENDOR_INTEL)
			set_bit_if(&regs[HVR_EDX], BIT(9), apic);
		break;
	case 0x80000007:
		if (vp->pt->hv.privileges & HV_PRIV_TSC_INVARIANT)
			set_bit_if(&regs[HVR_EDX], BIT(8),
				   READ_ONCE(vp->pt->hv.tsc_invariant_control));
		break;
	}
}

static void own_value(struct hvr_vp *vp, u32 leaf, u32 subleaf, u32 regs[4])
{
	const struct own_entry *e;
	u32 sub = leaf == 0x4 || leaf == 0x7 || leaf == 0xd ? subleaf : 0;

	if (leaf >= HV_CPUID_FIRST && leaf <= HV_CPUID_LAST) {
		hvr_hv_cpuid(vp->pt, leaf, regs);
		return;
	}
	memset(regs, 0, 4 * sizeof(u32));
	e = find_own(vp->pt->cpuid.own, leaf, sub);
	if (e)
		memcpy(regs, e->regs, sizeof(e->regs));
	add_topology(vp, leaf, subleaf, regs);
	if (leaf == 0x1 && (READ_ONCE(vp->pt->hv.synth_features) &
			    HV_SYNTH_HYPERVISOR))
		regs[HVR_ECX] |= BIT(31);
}

void hvr_cpuid(struct hvr_vp *vp, u32 leaf, u32 subleaf, unsigned int flags,
	       u32 regs[4])
{
	own_value(vp, leaf, subleaf, regs);
	if (!(flags & HVR_CPUID_NO_OVERRIDES))
		apply_results(vp, leaf, subleaf, regs);
	add_dynamic(vp, leaf, subleaf, regs);
}

/* ---- limits that follow from the visible bits ---- */

struct limit {
	u64 allowed;
	u32 leaf;
	u8 reg;
	u8 pos;
};

static const struct limit cr4_limits[] = {
	{ X86_CR4_VME | X86_CR4_PVI, 0x1, HVR_EDX, 1 },
	{ X86_CR4_DE, 0x1, HVR_EDX, 2 },
	{ X86_CR4_PSE, 0x1, HVR_EDX, 3 },
	{ X86_CR4_TSD, 0x1, HVR_EDX, 4 },
	{ X86_CR4_PAE, 0x1, HVR_EDX, 6 },
	{ X86_CR4_MCE, 0x1, HVR_EDX, 7 },
	{ X86_CR4_PGE, 0x1, HVR_EDX, 13 },
	{ X86_CR4_OSFXSR, 0x1, HVR_EDX, 24 },
	{ X86_CR4_OSXMMEXCPT, 0x1, HVR_EDX, 25 },
	{ X86_CR4_PCIDE, 0x1, HVR_ECX, 17 },
	{ X86_CR4_OSXSAVE, 0x1, HVR_ECX, 26 },
	{ X86_CR4_FSGSBASE, 0x7, HVR_EBX, 0 },
	{ X86_CR4_SMEP, 0x7, HVR_EBX, 7 },
	{ X86_CR4_SMAP, 0x7, HVR_EBX, 20 },
	{ X86_CR4_UMIP, 0x7, HVR_ECX, 2 },
	{ X86_CR4_PKE, 0x7, HVR_ECX, 3 },
	{ X86_CR4_LA57, 0x7, HVR_ECX, 16 },
};

#define EFER_SCE_BIT	BIT_ULL(0)
#define EFER_LME_LMA	(BIT_ULL(8) | BIT_ULL(10))
#define EFER_NXE	BIT_ULL(11)
#define EFER_FAST_FXSR	BIT_ULL(14)

static const struct limit efer_limits[] = {
	{ EFER_SCE_BIT, 0x80000001, HVR_EDX, 11 },
	{ EFER_NXE, 0x80000001, HVR_EDX, 20 },
	{ EFER_FAST_FXSR, 0x80000001, HVR_EDX, 25 },
	{ EFER_LME_LMA, 0x80000001, HVR_EDX, 29 },
};

static const struct limit spec_ctrl_limits[] = {
	{ BIT_ULL(0), 0x7, HVR_EDX, 26 },		/* IBRS */
	{ BIT_ULL(1), 0x7, HVR_EDX, 27 },		/* STIBP */
	{ BIT_ULL(2), 0x7, HVR_EDX, 31 },		/* SSBD */
	{ BIT_ULL(0), 0x80000008, HVR_EBX, 14 },
	{ BIT_ULL(1), 0x80000008, HVR_EBX, 15 },
	{ BIT_ULL(2), 0x80000008, HVR_EBX, 24 },
	{ BIT_ULL(7), 0x80000008, HVR_EBX, 28 },	/* PSFD */
};

/* @limits is sorted by leaf. @own: what the VMM registered does not count. */
static u64 allowed_bits(struct hvr_vp *vp, const struct limit *limits,
			unsigned int nr, bool own)
{
	u32 regs[4], leaf = ~0;
	unsigned int i;
	u64 allowed = 0;

	for (i = 0; i < nr; i++) {
		if (limits[i].leaf != leaf) {
			leaf = limits[i].leaf;
			own_value(vp, leaf, 0, regs);
			if (!own)
				apply_results(vp, leaf, 0, regs);
		}
		if (regs[limits[i].reg] & BIT(limits[i].pos))
			allowed |= limits[i].allowed;
	}
	return allowed;
}

/* PKRU is the host's as long as it is not switched with the guest's state. */
u64 hvr_cpuid_cr4_valid(struct hvr_vp *vp)
{
	u64 valid = X86_CR4_PCE |
		allowed_bits(vp, cr4_limits, ARRAY_SIZE(cr4_limits), false);

	if (!(hvr_fpu_xcr0_mask() & XCR0_PKRU))
		valid &= ~(u64)X86_CR4_PKE;
	return valid;
}

u64 hvr_cpuid_efer_valid(struct hvr_vp *vp)
{
	return allowed_bits(vp, efer_limits, ARRAY_SIZE(efer_limits), false);
}

/* The value goes into the CPU's own register, which faults on what it lacks. */
u64 hvr_cpuid_spec_ctrl_valid(struct hvr_vp *vp)
{
	const unsigned int nr = ARRAY_SIZE(spec_ctrl_limits);

	return allowed_bits(vp, spec_ctrl_limits, nr, false) &
	       allowed_bits(vp, spec_ctrl_limits, nr, true);
}

unsigned int hvr_cpuid_maxphyaddr(struct hvr_vp *vp)
{
	/* Pairs with hvr_cpuid_register(): results of this count are seen. */
	u32 changes = smp_load_acquire(&vp->pt->cpuid.changes);
	u32 regs[4];

	if (vp->phys_bits_at == changes)
		return vp->phys_bits;
	own_value(vp, 0x80000008, 0, regs);
	apply_results(vp, 0x80000008, 0, regs);
	vp->phys_bits = (regs[HVR_EAX] & 0xff) ? min(regs[HVR_EAX] & 0xff, 52U) : 36;
	vp->phys_bits_at = changes;
	return vp->phys_bits;
}

/* ---- feature banks ---- */

struct bank_walk {
	unsigned int bank;
	u64 bits;
};

static void add_bank_bits(void *ctx, const struct own_entry *e)
{
	struct bank_walk *w = ctx;

	w->bits |= hvr_cpuid_bank_bits(w->bank, e->leaf, e->subleaf, e->regs);
}

u64 hvr_cpuid_feature_bank(struct hvr_partition *pt, unsigned int bank)
{
	struct bank_walk w = { .bank = bank };
	u32 i;

	if (bank >= HVR_NR_CPUID_BANKS)
		return 0;
	if (!pt) {
		walk_own(NULL, add_bank_bits, &w);
		return w.bits;
	}
	for (i = 0; i < pt->cpuid.own->nr; i++)
		add_bank_bits(&w, &pt->cpuid.own->entry[i]);
	return w.bits;
}

u64 hvr_cpuid_xsave_features(struct hvr_partition *pt)
{
	return hvr_cpuid_feature_bank(pt, HVR_CPUID_BANK_XSAVE);
}
