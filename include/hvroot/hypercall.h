/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one hypercall dispatcher: a row per call states what is required of its
 * form, its caller and its sizes; all of it is checked before the handler runs.
 */
#ifndef HVROOT_HYPERCALL_H
#define HVROOT_HYPERCALL_H

#include <linux/bits.h>
#include <linux/types.h>
#include <hvroot/status.h>

struct hvr_partition;
struct hvr_vp;

/* Who may use a row. */
#define HVR_HC_GUEST	BIT(0)	/* a guest's VMCALL/VMMCALL */
#define HVR_HC_DEV	BIT(1)	/* MSHV_ROOT_HVCALL on the device descriptor */
#define HVR_HC_PT	BIT(2)	/* ... on a partition descriptor */
#define HVR_HC_VP	BIT(3)	/* ... on a VP descriptor */
/* Which forms it takes. */
#define HVR_HC_FAST	BIT(4)	/* fast form allowed (always beside the slow one) */
#define HVR_HC_REP	BIT(5)	/* rep call: rep count must not be 0 */
#define HVR_HC_VARHEAD	BIT(6)	/* variable header allowed */
#define HVR_HC_VAROUT	BIT(7)	/* out_size is a maximum */
/* The handler never sleeps: its fast form may run on the exit path. */
#define HVR_HC_NOSLEEP	BIT(8)

/**
 * struct hvr_hypercall_ctx - one hypercall under way.
 * @pt: partition that the call acts on
 * @vp: calling VP (guest call), NULL for a pass-through
 * @code: call code
 * @fast: fast form (input came in registers; there is no output page)
 * @varhead: size of the variable header, 8-byte units
 * @rep_count: repetitions asked for
 * @rep_start: first repetition of this invocation
 * @reps_done: set by the handler: repetitions complete, @rep_start included
 * @in: private copy of the input: fixed header, variable header, rep elements
 * @in_size: bytes in @in
 * @out: private output, zeroed; output of rep n at n * rep_out_size
 * @out_size: room in @out, bytes
 */
struct hvr_hypercall_ctx {
	struct hvr_partition *pt;
	struct hvr_vp *vp;
	u16 code;
	bool fast;
	u16 varhead;
	u16 rep_count;
	u16 rep_start;
	u16 reps_done;
	const void *in;
	u32 in_size;
	void *out;
	u32 out_size;
};

/**
 * struct hvr_hypercall - what is required of one call, and its handler.
 * @code: call code
 * @flags: HVR_HC_*
 * @in_size: fixed input header, bytes
 * @rep_in_size: bytes of one rep element in
 * @out_size: fixed output, bytes
 * @rep_out_size: bytes of one rep element out
 * @privilege: partition privilege bits (HV_PARTITION_PRIVILEGE) a guest needs
 * @fn: handler; VP thread or ioctl thread, may sleep
 */
struct hvr_hypercall {
	u16 code;
	u16 flags;
	u16 in_size;
	u16 rep_in_size;
	u16 out_size;
	u16 rep_out_size;
	u64 privilege;
	hvr_status_t (*fn)(struct hvr_hypercall_ctx *ctx);
};

#endif /* HVROOT_HYPERCALL_H */
