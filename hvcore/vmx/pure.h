/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The halves of the VMX backend that touch no CPU: what controls to use, what an
 * exit means, which segments the CPU enters with. Unit tests drive them.
 */
#ifndef HVCORE_VMX_PURE_H
#define HVCORE_VMX_PURE_H

#include "../backend.h"
#include "vmcs.h"

/* ---- controls.c ---- */

/* The capability registers as read; controls hold "must be 1" in the low half,
 * "may be 1" in the high half.
 */
struct vmx_raw_caps {
	u64 basic;
	u64 misc;
	u64 pin;
	u64 proc;
	u64 proc2;
	u64 exit;
	u64 entry;
	u64 ept;
};

struct vmx_caps {
	u32 revision;
	u32 pin;			/* controls as each VP starts with them */
	u32 proc;
	u32 proc2;
	u32 exit;
	u32 entry;
	u64 ept;			/* what the tables may use */
	u8 timer_shift;			/* TSC ticks per tick of the timer, log2 */
	bool ins_outs;			/* string port accesses are described */
	bool pause_loops;		/* the CPU can watch for them */
	bool has_spec_ctrl;
	bool has_rdtscp;
	bool has_ibpb;
	bool clear_buffers;
	bool flush_l1d;
	bool legacy_ibrs;
};

/* From capabilities to controls. NULL, or the name of what is missing. */
const char *vmx_choose_controls(const struct vmx_raw_caps *raw,
				struct vmx_caps *caps);

/* ---- decode.c ---- */

/* What an exit leaves beside its reason; see vmx_exit_needs(). */
struct vmx_raw_exit {
	u32 reason;
	u32 event;
	u32 event_error;
	u32 vectoring;
	u32 vectoring_error;
	u32 insn_len;
	u32 insn_info;
	u64 qualification;
	u64 gpa;
	u64 linear;
	u64 dr6;			/* the guest's, before the exit */
	u8 code_size;
};

#define VMX_NEED_QUALIFICATION	BIT(0)
#define VMX_NEED_INSN_LEN	BIT(1)
#define VMX_NEED_INSN_INFO	BIT(2)
#define VMX_NEED_ADDRESSES	BIT(3)
#define VMX_NEED_EVENT		BIT(4)

/* Most exits are told by their reason and the length of the instruction alone: true,
 * and @exit is filled. The others are for vmx_decode_exit().
 */
bool vmx_decode_plain(u32 reason, u8 insn_len, struct hvr_exit *exit);
/* Which fields vmx_decode_exit() looks at for this reason. */
unsigned int vmx_exit_needs(u32 reason);
void vmx_decode_exit(const struct vmx_raw_exit *raw, bool ins_outs,
		     struct hvr_exit *exit);
/* Did the exit hit an IRET that had already ended the blocking of NMIs? */
bool vmx_exit_unblocked_nmi(const struct vmx_raw_exit *raw);

/* ---- event.c ---- */

/* The entry field for @ev; @protected: CR0.PE. Real mode has no error codes. */
u32 vmx_event_field(const struct hvr_event *ev, bool protected);
/* The event in a vectoring field; false: none that has to be given again. */
bool vmx_field_event(u32 field, u32 error, struct hvr_event *ev);

/* ---- segment.c ---- */

struct vmx_segment {
	u16 selector;
	u32 limit;
	u32 rights;
	u64 base;
};

struct vmx_mode {
	bool protected;			/* CR0.PE */
	bool v86;			/* RFLAGS.VM */
	bool long_mode;			/* EFER.LMA */
};

/* The attributes of struct hvr_segment stand where the CPU has them. What is not
 * present is not usable.
 */
#define VMX_SEG_KNOWN	0xf0ffU

u32 vmx_pack_rights(u16 attr);

/* Every exit to the VMM reads six of them. */
static inline u16 vmx_unpack_rights(u32 rights)
{
	if (rights & VMX_SEG_UNUSABLE)
		rights &= ~(u32)BIT(7);
	return rights & VMX_SEG_KNOWN;
}

/* Bend what software wrote into what the CPU accepts at an entry. */
void vmx_fix_segments(struct vmx_segment seg[HVR_NR_SEGS],
		      const struct vmx_mode *mode);

#endif /* HVCORE_VMX_PURE_H */
