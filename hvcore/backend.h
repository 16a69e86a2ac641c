/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vendor line: the decoded exit, the second-level table format and the list
 * of operations that svm/ and vmx/ provide. Nothing here names a vendor, and
 * no backend names anything of Hyper-V.
 */
#ifndef HVCORE_BACKEND_H
#define HVCORE_BACKEND_H

#include <linux/static_call.h>
#include <linux/types.h>

struct hvr_vp;
struct hvr_partition;

enum hvr_exit_reason {
	HVR_EXIT_NONE,		/* nothing for common code: enter again */
	HVR_EXIT_INTERRUPT,	/* host interrupt, taken when the host enables them */
	HVR_EXIT_NMI,		/* host NMI, already handled by the host */
	HVR_EXIT_EXCEPTION,	/* an intercepted guest exception */
	HVR_EXIT_IRQ_WINDOW,	/* guest can take an interrupt now */
	HVR_EXIT_NMI_WINDOW,	/* guest can take an NMI now */
	HVR_EXIT_CPUID,
	HVR_EXIT_HLT,
	HVR_EXIT_IO,
	HVR_EXIT_RDMSR,
	HVR_EXIT_WRMSR,
	HVR_EXIT_VMCALL,
	HVR_EXIT_SLAT,		/* second-level translation fault */
	HVR_EXIT_CR,		/* MOV to/from a control register, LMSW, CLTS */
	HVR_EXIT_DR,		/* debug register access */
	HVR_EXIT_XSETBV,
	HVR_EXIT_WBINVD,	/* and INVD */
	HVR_EXIT_INVLPG,
	HVR_EXIT_PAUSE,
	HVR_EXIT_TASK_SWITCH,
	HVR_EXIT_TRIPLE_FAULT,
	HVR_EXIT_UNDEFINED,	/* inject #UD (virtualisation instructions, MWAIT) */
	HVR_EXIT_RDPMC,
	HVR_EXIT_DEADLINE,	/* the backend's own deadline timer ran out */
	HVR_EXIT_FAIL,		/* the CPU refused the guest state */
	HVR_NR_EXITS
};

/* hvr_exit.slat.access bits */
#define HVR_ACCESS_READ		BIT(0)
#define HVR_ACCESS_WRITE	BIT(1)
#define HVR_ACCESS_EXEC		BIT(2)
#define HVR_ACCESS_PRESENT	BIT(3)	/* a table entry was present */
#define HVR_ACCESS_WALK		BIT(4)	/* while walking the guest's own tables */

/* hvr_exit.task.kind */
#define HVR_TASK_CALL		0
#define HVR_TASK_IRET		1
#define HVR_TASK_JMP		2
#define HVR_TASK_GATE		3	/* of the IDT */

/**
 * struct hvr_exit - one decoded exit, vendor-free. Lives on the run loop's stack.
 * @reason: enum hvr_exit_reason
 * @insn_len: length of the instruction in bytes, 0 when the CPU does not tell; for
 *	a task switch 0 when no instruction made it
 * @insn_bytes_len: valid bytes in @insn_bytes, 0 when the CPU does not tell
 * @interrupted: an event's delivery did not come about: ask pending_event for it
 * @insn_bytes: bytes at the instruction pointer
 * @hw_reason: the CPU's own exit code, for the backend and for traces
 */
struct hvr_exit {
	u32 reason;
	u8 insn_len;
	u8 insn_bytes_len;
	bool interrupted;
	u8 insn_bytes[16];
	u64 hw_reason;
	union {
		struct {
			u64 gpa;
			u64 gva;
			u8 access;	/* HVR_ACCESS_* */
			bool gva_valid;
		} slat;
		struct {
			u16 port;
			u8 size;	/* 1, 2, 4 */
			bool in;
			bool string;
			bool rep;
			u8 seg;		/* HVR_SEG_* for string OUT, DS if unknown */
			u8 addr_size;	/* 2, 4, 8 bytes, string forms */
		} io;
		struct {
			u8 vector;
			bool has_error;
			u32 error;
			u64 param;	/* CR2 for #PF, DR6 bits for #DB */
		} exc;
		struct {
			u8 nr;		/* 0, 3, 4, 8 */
			bool write;
			u8 gpr;		/* register operand, when known */
			bool decoded;	/* gpr is valid */
			bool lmsw;
			bool clts;
			u16 lmsw_value;
		} cr;
		struct {
			u8 nr;
			bool write;
			u8 gpr;
			bool decoded;
		} dr;
		struct {
			u16 selector;	/* of the new TSS */
			u8 kind;	/* HVR_TASK_* */
			bool has_error;
			u32 error;
		} task;
		struct {
			u64 info1;
			u64 info2;
		} fail;
	};
};

/* An event to inject, or one that an exit interrupted. */
enum hvr_event_type {
	HVR_EVENT_NONE,
	HVR_EVENT_EXTINT,	/* external interrupt, acknowledged */
	HVR_EVENT_NMI,
	HVR_EVENT_EXCEPTION,	/* hardware exception */
	HVR_EVENT_SOFTINT,	/* INT n */
	HVR_EVENT_SOFTEXC,	/* INT3, INTO, ICEBP */
};

struct hvr_event {
	u8 type;
	u8 vector;
	bool has_error;
	u8 insn_len;		/* software events: length to skip */
	u32 error;
	u64 param;		/* CR2 for #PF, DR6 for #DB, when has_param */
	bool has_param;
};

/* Segment registers in the order of the architecture and of the mshv ABI. */
enum hvr_seg_index {
	HVR_SEG_ES, HVR_SEG_CS, HVR_SEG_SS, HVR_SEG_DS, HVR_SEG_FS, HVR_SEG_GS,
	HVR_SEG_LDTR, HVR_SEG_TR, HVR_NR_SEGS
};

/* attr: type[3:0] S[4] DPL[6:5] P[7] AVL[12] L[13] DB[14] G[15]; limit in bytes */
struct hvr_segment {
	u64 base;
	u32 limit;
	u16 selector;
	u16 attr;
};

/* What decides how the guest's code and tables are read, and what a VMM is told. */
struct hvr_context {
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u64 dr7;
	struct hvr_segment cs;
	u8 cpl;
	bool interrupt_shadow;
	bool nmi_masked;
};

struct hvr_table {
	u64 base;
	u16 limit;
};

/* Registers that the CPU keeps in its control block; the rest is in hvr_vp. */
enum hvr_hwreg {
	HVR_HWREG_CR0, HVR_HWREG_CR2, HVR_HWREG_CR3, HVR_HWREG_CR4,
	HVR_HWREG_EFER, HVR_HWREG_PAT,
	HVR_HWREG_STAR, HVR_HWREG_LSTAR, HVR_HWREG_CSTAR, HVR_HWREG_SFMASK,
	HVR_HWREG_KERNEL_GS_BASE, HVR_HWREG_SYSENTER_CS, HVR_HWREG_SYSENTER_ESP,
	HVR_HWREG_SYSENTER_EIP, HVR_HWREG_DR6, HVR_HWREG_DR7,
	HVR_HWREG_DEBUGCTL, HVR_HWREG_SPEC_CTRL,
	HVR_NR_HWREGS
};

/* set_intercepts() bits: things common code may want to see or not */
#define HVR_INTERCEPT_CR8_WRITE	BIT(0)
#define HVR_INTERCEPT_DR	BIT(1)	/* any debug register access */
#define HVR_INTERCEPT_HLT	BIT(2)
#define HVR_INTERCEPT_PAUSE	BIT(3)
#define HVR_INTERCEPT_EXC(v)	BIT(32 + (v))	/* exception vector 0 to 31 */

/**
 * struct hvr_slat_format - how one vendor writes second-level table entries.
 * @levels: depth of the table
 * @max_page_level: 1 = 4 KiB only, 2 = 2 MiB, 3 = 1 GiB leaves
 * @has_accessed: the CPU maintains an accessed bit
 * @has_dirty: the CPU maintains a dirty bit
 * @make_leaf: a present leaf for @pfn at @level (1, 2, 3) with HVR_ACCESS_*
 * @make_table: a present entry pointing to a table page at physical @pa
 * @is_present: entry is present
 * @is_leaf: entry at @level is a leaf
 * @address: physical address in the entry
 * @access: HVR_ACCESS_* the entry grants
 * @accessed: accessed bit is set
 * @dirty: dirty bit is set
 * @clear_accessed: the entry without its accessed bit
 * @clear_dirty: the entry without its dirty bit
 */
struct hvr_slat_format {
	unsigned int levels;
	unsigned int max_page_level;
	bool has_accessed;
	bool has_dirty;
	u64 (*make_leaf)(u64 pfn, unsigned int level, unsigned int access);
	u64 (*make_table)(u64 pa);
	bool (*is_present)(u64 entry);
	bool (*is_leaf)(u64 entry, unsigned int level);
	u64 (*address)(u64 entry);
	unsigned int (*access)(u64 entry);
	bool (*accessed)(u64 entry);
	bool (*dirty)(u64 entry);
	u64 (*clear_accessed)(u64 entry);
	u64 (*clear_dirty)(u64 entry);
};

/**
 * struct hvr_backend - one vendor.
 * @name: "svm" or "vmx", for messages
 * @vp_size: size of the vendor's VP, whose first member is struct hvr_vp
 * @slat_format: table format, valid after probe
 * @probe: can this CPU do it? 0 or an errno after one pr_err line that names
 *	the missing requirement and the cure
 * @init: module-wide resources (bitmaps); process context
 * @exit: mirror of @init
 * @cpu_enable: switch virtualisation on here; IRQs off. -EBUSY when somebody
 *	else owns it
 * @cpu_disable: switch it off here; any context, IRQs off, also at panic
 * @cpu_busy: somebody else has virtualisation enabled on this CPU; IRQs off
 * @vp_init: the vendor half of a VP, power-on state
 * @vp_exit: mirror
 * @load: the VP will run on this CPU; preemption off
 * @put: it stops running here; preemption off
 * @enter: run the guest once with vp->gpr, rip, rflags, cr8, dr0-3, then fill
 *	@exit, vp->cpl and vp->code_size; IRQs off, returns with IRQs off
 * @get_hwreg: read a register of the control block
 * @set_hwreg: write; the caller has checked consistency
 * @get_segment: read a segment register
 * @set_segment: write
 * @get_context: read what struct hvr_context holds, all at once
 * @get_data_segments: read ES and SS to GS, all at once, into the places that they
 *	have in an array of HVR_SEG_GS + 1; CS is left alone
 * @get_table: read GDTR (@idt false) or IDTR
 * @set_table: write
 * @inject: inject @ev at the next entry (the window is known to be open)
 * @pending_event: after an exit that says so: the event whose delivery it
 *	interrupted
 * @interrupt_shadow: STI or MOV SS blocks interrupts
 * @set_interrupt_shadow: set or clear it
 * @nmi_masked: an NMI is in service (until IRET)
 * @set_nmi_masked: set or clear it
 * @irq_window: exit as soon as the guest can take an interrupt (on/off);
 *	@priority: TPR class the interrupt has to beat, vector >> 4
 * @nmi_window: same for an NMI
 * @set_intercepts: HVR_INTERCEPT_* wanted
 * @flush_tlb: drop this VP's cached guest translations before its next entry.
 *	Called in the VP thread
 * @slat_changed: the table root is @root_pa; called in the VP thread before entry
 * @set_tsc_offset: guest TSC = host TSC + offset
 * @dump: print the control block with pr_err
 * @vmcall_insn: the instruction that calls the hypervisor
 * @vmcall_insn_len: its length, bytes
 *
 * Common code calls the VP operations from the thread that holds vp->lock, and
 * only while the VP is not in guest mode.
 */
struct hvr_backend {
	const char *name;
	size_t vp_size;
	const struct hvr_slat_format *slat_format;
	int (*probe)(void);
	int (*init)(void);
	void (*exit)(void);
	int (*cpu_enable)(void);
	void (*cpu_disable)(void);
	bool (*cpu_busy)(void);
	int (*vp_init)(struct hvr_vp *vp);
	void (*vp_exit)(struct hvr_vp *vp);
	void (*load)(struct hvr_vp *vp, int cpu);
	void (*put)(struct hvr_vp *vp);
	void (*enter)(struct hvr_vp *vp, struct hvr_exit *exit);
	u64 (*get_hwreg)(struct hvr_vp *vp, enum hvr_hwreg reg);
	void (*set_hwreg)(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val);
	void (*get_segment)(struct hvr_vp *vp, enum hvr_seg_index seg,
			    struct hvr_segment *out);
	void (*set_segment)(struct hvr_vp *vp, enum hvr_seg_index seg,
			    const struct hvr_segment *in);
	void (*get_context)(struct hvr_vp *vp, struct hvr_context *out);
	void (*get_data_segments)(struct hvr_vp *vp, struct hvr_segment *out);
	void (*get_table)(struct hvr_vp *vp, bool idt, struct hvr_table *out);
	void (*set_table)(struct hvr_vp *vp, bool idt,
			  const struct hvr_table *in);
	void (*inject)(struct hvr_vp *vp, const struct hvr_event *ev);
	bool (*pending_event)(struct hvr_vp *vp, struct hvr_event *ev);
	bool (*interrupt_shadow)(struct hvr_vp *vp);
	void (*set_interrupt_shadow)(struct hvr_vp *vp, bool on);
	bool (*nmi_masked)(struct hvr_vp *vp);
	void (*set_nmi_masked)(struct hvr_vp *vp, bool on);
	void (*irq_window)(struct hvr_vp *vp, bool on, u8 priority);
	void (*nmi_window)(struct hvr_vp *vp, bool on);
	void (*set_intercepts)(struct hvr_vp *vp, u64 mask);
	void (*flush_tlb)(struct hvr_vp *vp);
	void (*slat_changed)(struct hvr_vp *vp, u64 root_pa);
	void (*set_tsc_offset)(struct hvr_vp *vp, u64 offset);
	void (*dump)(struct hvr_vp *vp);
	u8 vmcall_insn[4];
	u8 vmcall_insn_len;
};

/* The one in use; set once by hw.c before anything else, constant afterwards. */
extern const struct hvr_backend *hvr_be;

extern const struct hvr_backend hvr_svm_backend;
extern const struct hvr_backend hvr_vmx_backend;

/* The operations on the path of every exit: hvr_be_call(op)(...) is hvr_be->op(...)
 * without the price of an indirect call.
 */
#define hvr_be_call(op)	static_call(hvr_be_##op)

DECLARE_STATIC_CALL(hvr_be_load, *hvr_be->load);
DECLARE_STATIC_CALL(hvr_be_put, *hvr_be->put);
DECLARE_STATIC_CALL(hvr_be_enter, *hvr_be->enter);
DECLARE_STATIC_CALL(hvr_be_get_hwreg, *hvr_be->get_hwreg);
DECLARE_STATIC_CALL(hvr_be_get_segment, *hvr_be->get_segment);
DECLARE_STATIC_CALL(hvr_be_get_context, *hvr_be->get_context);
DECLARE_STATIC_CALL(hvr_be_get_data_segments, *hvr_be->get_data_segments);
DECLARE_STATIC_CALL(hvr_be_interrupt_shadow, *hvr_be->interrupt_shadow);
DECLARE_STATIC_CALL(hvr_be_set_interrupt_shadow, *hvr_be->set_interrupt_shadow);
DECLARE_STATIC_CALL(hvr_be_slat_changed, *hvr_be->slat_changed);

#endif /* HVCORE_BACKEND_H */
