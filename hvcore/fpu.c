// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest FPU state: an XSAVE area of our own, loaded and stored inside a
 * kernel_fpu_begin() section around the inner run loop.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/msr-index.h>
#include <asm/processor.h>

#include "../compat/hw.h"
#include "internal.h"

#define CPUID_XSTATE	0xd

/* Supervisor states stay the host's, PKRU too: the host does not keep it in XSAVE
 * areas, so loading a guest's would change the VMM's. AMX exceeds the 4096 bytes
 * that clients of the ABI provide.
 */
#define GUEST_XCR0_WANTED (XFEATURE_MASK_FP | XFEATURE_MASK_SSE | \
			   XFEATURE_MASK_YMM | XFEATURE_MASK_AVX512)

#define AREA_SIZE	4096U

static u64 xcr0_mask;		/* what a guest may set */
static u32 area_size;		/* of that mask, standard format */
static bool have_xsave;
static u64 host_xss;		/* supervisor components that the host has on */

static u64 read_xcr0(void)
{
	u32 lo, hi;

	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return lo | (u64)hi << 32;
}

static void write_xcr0(u64 val)
{
	asm volatile("xsetbv" : : "a"((u32)val), "d"((u32)(val >> 32)),
		     "c"(0) : "memory");
}

/* Standard-format size: the end of the last component. */
static u32 size_of(u64 mask)
{
	u32 size = 576;
	unsigned int i;

	for (i = 2; i < 63; i++) {
		u32 len, offset, ecx, edx;

		if (!(mask & BIT_ULL(i)))
			continue;
		cpuid_count(CPUID_XSTATE, i, &len, &offset, &ecx, &edx);
		size = max(size, offset + len);
	}
	return size;
}

int hvr_fpu_init(void)
{
	if (!boot_cpu_has(X86_FEATURE_FXSR)) {
		pr_err("hvroot: this CPU has no FXSAVE\n");
		return -EOPNOTSUPP;
	}
	have_xsave = boot_cpu_has(X86_FEATURE_OSXSAVE);
	if (!have_xsave) {
		xcr0_mask = XFEATURE_MASK_FP | XFEATURE_MASK_SSE;
		area_size = 512 + 64;
		return 0;
	}
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		rdmsrq(MSR_IA32_XSS, host_xss);
	xcr0_mask = read_xcr0() & GUEST_XCR0_WANTED;
	if ((xcr0_mask & XFEATURE_MASK_AVX512) != XFEATURE_MASK_AVX512)
		xcr0_mask &= ~(u64)XFEATURE_MASK_AVX512;
	area_size = size_of(xcr0_mask);
	if (area_size > AREA_SIZE) {
		xcr0_mask &= ~(u64)XFEATURE_MASK_AVX512;
		area_size = size_of(xcr0_mask);
	}
	return 0;
}

u64 hvr_fpu_xcr0_mask(void)
{
	return xcr0_mask;
}

u32 hvr_fpu_size(void)
{
	return area_size;
}

bool hvr_fpu_xcr0_valid(u64 xcr0)
{
	u64 avx512 = xcr0 & XFEATURE_MASK_AVX512;

	if (!(xcr0 & XFEATURE_MASK_FP) || (xcr0 & ~xcr0_mask))
		return false;
	if ((xcr0 & XFEATURE_MASK_YMM) && !(xcr0 & XFEATURE_MASK_SSE))
		return false;
	if (!avx512)
		return true;
	return avx512 == XFEATURE_MASK_AVX512 && (xcr0 & XFEATURE_MASK_YMM);
}

int hvr_fpu_vp_init(struct hvr_vp *vp)
{
	vp->xsave = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vp->xsave)
		return -ENOMEM;
	hvr_fpu_vp_reset(vp);
	return 0;
}

void hvr_fpu_vp_exit(struct hvr_vp *vp)
{
	free_page((unsigned long)vp->xsave);
	vp->xsave = NULL;
}

/* Power-on values: FCW 0x40 is RESET's, INIT keeps what was there. */
void hvr_fpu_vp_reset(struct hvr_vp *vp)
{
	struct fxregs_state *fx = vp->xsave;

	memset(vp->xsave, 0, AREA_SIZE);
	fx->cwd = 0x40;
	fx->mxcsr = 0x1f80;
	/* XSTATE_BV: the legacy area is live from the start. */
	((u64 *)vp->xsave)[512 / 8] = XFEATURE_MASK_FP | XFEATURE_MASK_SSE;
	vp->xcr0 = XFEATURE_MASK_FP;
}

/* Hidden from the guest, XSAVES and XRSTORS work all the same. With no supervisor
 * component on they reach nothing of the host's.
 */
static void set_xss(u64 val)
{
	if (host_xss)
		wrmsrq(MSR_IA32_XSS, val);
}

void hvr_fpu_enter(struct hvr_vp *vp)
{
	kernel_fpu_begin();
	if (!have_xsave) {
		asm volatile("fxrstor64 %0" : : "m"(*(u8 (*)[512])vp->xsave));
		return;
	}
	vp->host_xcr0 = read_xcr0();
	asm volatile("xrstor64 %0" : : "m"(*(u8 (*)[AREA_SIZE])vp->xsave),
		     "a"((u32)xcr0_mask), "d"((u32)(xcr0_mask >> 32))
		     : "memory");
	set_xss(0);
	if (vp->xcr0 != vp->host_xcr0)
		write_xcr0(vp->xcr0);
}

void hvr_fpu_leave(struct hvr_vp *vp)
{
	if (!have_xsave) {
		asm volatile("fxsave64 %0" : "=m"(*(u8 (*)[512])vp->xsave));
		kernel_fpu_end();
		return;
	}
	if (vp->xcr0 != vp->host_xcr0)
		write_xcr0(vp->host_xcr0);
	set_xss(host_xss);
	asm volatile("xsave64 %0" : "+m"(*(u8 (*)[AREA_SIZE])vp->xsave)
		     : "a"((u32)xcr0_mask), "d"((u32)(xcr0_mask >> 32))
		     : "memory");
	kernel_fpu_end();
}

/* A guest's XSETBV inside the section: the new value is live at once. */
void hvr_fpu_set_xcr0(struct hvr_vp *vp, u64 xcr0)
{
	vp->xcr0 = xcr0;
	if (have_xsave)
		write_xcr0(xcr0);
}
