/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private types and functions of hvcore/, parted by the file that owns them.
 *
 * Members carry one letter: I immutable after create, a atomic, P pt->lock,
 * V vp->lock, M pt->mem.lock to write and pt->mem.srcu to read, R RCU,
 * 1 the VP's own thread.
 */
#ifndef HVCORE_INTERNAL_H
#define HVCORE_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcuwait.h>
#include <linux/smp.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/mshv.h>

#include <hvroot/hvcore.h>
#include <hvroot/guestmem.h>
#include <hvroot/hypercall.h>
#include <hvroot/status.h>
#include <hvroot/unit.h>
#include <hvabi/hv_message.h>

#include "backend.h"
#include "mem.h"
#include "lapic.h"
#include "irq.h"
#include "hv.h"
#include "cpuid.h"
#include "decode.h"

#define pt_fmt(pt, fmt)		"hvroot: p%llu: " fmt, (pt)->id
#define pt_err(pt, fmt, ...)	printk(KERN_ERR pt_fmt(pt, fmt), ##__VA_ARGS__)
#define pt_info(pt, fmt, ...)	printk(KERN_INFO pt_fmt(pt, fmt), ##__VA_ARGS__)
/* For what a guest can trigger. */
#define pt_warn_ratelimited(pt, fmt, ...) \
	printk_ratelimited(KERN_WARNING pt_fmt(pt, fmt), ##__VA_ARGS__)

/* ---- partition.c ---- */

struct hvr_partition {
	struct rcu_head rcu;		/* first: kfree_rcu() wants a small offset */
	refcount_t refs;
	u64 id;				/* I */
	u64 flags;			/* I  MSHV_PT_BIT_* given at creation */
	struct mutex lock;		/* outermost of this partition's locks */
	bool initialized;		/* P  set once, read with smp_load_acquire */
	bool dying;			/* listeners_lock  descriptor closed */
	bool stopped;			/* a  no VP enters the guest any more */
	u32 vmm_intercepts;		/* P  BIT(HV_INTERCEPT_...) installed by the
					 * VMM, READ_ONCE on the exit path
					 */
	u64 created;			/* I  CLOCK_BOOTTIME, ns */
	struct pid *owner;		/* I  process that made it */
	kuid_t owner_uid;		/* I */
	char owner_comm[16];		/* I */
	struct hvr_partition *parent;	/* I  NULL: child of the root */

	struct hvr_vp *vps[HVR_MAX_VPS]; /* P to write, READ_ONCE to read; never
					  * cleared before the last put
					  */
	u32 vp_limit;			/* P  highest index + 1, READ_ONCE */
	u32 nr_vps;			/* P */

	struct hvr_mem mem;		/* mem.h */
	struct hvr_irq_routing irq;	/* irq.h */
	struct hvr_hv_partition hv;	/* hv.h: time, hypercall page, features */
	struct hvr_cpuid_policy cpuid;	/* cpuid.h */

	u64 unimplemented_msr;		/* P  property 0x50017 */
	void *unit_data[HVR_NR_UNITS];	/* I */

	struct mutex listeners_lock;
	struct list_head listeners;	/* listeners_lock */
	struct dentry *debugfs;		/* I */
};

extern struct mutex hvr_partitions_lock;

/* Returns the descriptor. */
int hvr_partition_create(const struct mshv_create_partition_v2 *args);
void hvr_partition_notify_reset(struct hvr_partition *pt);
/* The partition with the lowest id from @id on, with a reference; or NULL. */
struct hvr_partition *hvr_partition_next_get(u64 id);
/* From now on no VP of it enters the guest. Any thread. */
void hvr_partition_stop(struct hvr_partition *pt);

/* ---- vp.c ---- */

/* Requests: set a bit, kick; consumed in the VP thread before entry. */
enum hvr_vp_request {
	HVR_REQ_UNIT0,			/* + unit id: run its vp_work */
	HVR_REQ_UNIT1,
	HVR_REQ_TLB_FLUSH,		/* guest translations */
	HVR_REQ_SLAT,			/* second-level tables changed: flush */
	HVR_REQ_EVENT,			/* interrupt state changed: look again */
	HVR_REQ_TSC,			/* TSC offset changed */
	HVR_REQ_STOP,			/* partition dies: leave with -EINTR */
	HVR_REQ_TIMER,			/* LAPIC timer fired */
	HVR_REQ_INIT_SIPI,		/* INIT or SIPI arrived at the LAPIC */
	HVR_REQ_TRIPLE_FAULT,		/* an exception came during #DF */
	HVR_REQ_MESSAGE,		/* vp->message was filled outside an exit */
	HVR_NR_REQS
};

enum hvr_vp_mode {
	HVR_VP_OUTSIDE,			/* not in guest mode */
	HVR_VP_IN_GUEST,		/* entering, in guest or leaving it */
};

enum hvr_vp_activity {
	HVR_VP_RUNNABLE,
	HVR_VP_HALTED,			/* HLT or idle MSR with nothing pending */
	HVR_VP_IDLE,			/* GUEST_IDLE: wakes with IF = 0, too */
	HVR_VP_WAIT_SIPI,		/* INIT received, waits for SIPI */
	HVR_VP_SHUTDOWN,		/* triple fault reported: blocks until reset */
};

/* x86 order of general registers, also that of the mshv ABI. */
enum hvr_gpr {
	HVR_RAX, HVR_RCX, HVR_RDX, HVR_RBX, HVR_RSP, HVR_RBP, HVR_RSI, HVR_RDI,
	HVR_R8, HVR_R9, HVR_R10, HVR_R11, HVR_R12, HVR_R13, HVR_R14, HVR_R15,
	HVR_NR_GPRS
};

/* What a message was made of; the register page is made of the same. */
struct hvr_vp_stop {
	struct hvr_context context;
	struct hvr_segment seg[HVR_SEG_GS + 1];
	bool fresh;			/* nothing has changed since */
};

/* The last walk to a code page: what it depended on, and what it found. */
struct hvr_fetch_memo {
	u64 page;			/* linear page number */
	u64 cr0, cr3, cr4, efer;
	u32 cpuid_changes;		/* pt->cpuid.changes */
	u8 cpl;
	bool valid;
	struct hvr_peek_mark mark;	/* the entries on the way, and the page */
};

struct hvr_vp_stats {			/* 1, read racily by debugfs */
	u64 exits;
	u64 exits_by_reason[HVR_NR_EXITS];
	u64 exits_to_vmm;
	u64 hypercalls;
	u64 irq_injected;
	u64 nmi_injected;
	u64 slat_faults;
	u64 halts;
	u64 kicks;
};

/* First member of the vendor's VP. The registers come first: entry code uses
 * their offsets.
 */
struct hvr_vp {
	u64 gpr[HVR_NR_GPRS];		/* V  true copy while not in guest mode */
	u64 rip;			/* V */
	u64 rflags;			/* V */
	u64 dr[4];			/* V  DR0 to DR3 */
	u64 cr8;			/* 1  TPR class, for the backend */
	u8 cpl;				/* 1  as of the last exit */
	u8 code_size;			/* 1  the same: bits of CS in bytes, 2, 4, 8 */
	u8 phys_bits;			/* V  hvr_cpuid_maxphyaddr() when CPUID */
	u32 phys_bits_at;		/* V  had changed so often; 0: not yet */
	u64 xcr0;			/* V */
	u64 host_xcr0;			/* 1  while the guest's is loaded */
	u64 tsc_aux;			/* V */
	u64 spec_ctrl;			/* V */

	struct hvr_partition *pt;	/* I */
	u32 index;			/* I */
	struct mutex lock;		/* one ioctl at a time, held across run */

	struct mutex regs_lock;		/* registers; held by the run loop except
					 * while it blocks, inside lock
					 */
	atomic_t pausers;		/* threads that want regs_lock */

	unsigned long requests;		/* a  enum hvr_vp_request */
	int mode;			/* a  enum hvr_vp_mode, see locking.rst */
	int cpu;			/* 1  CPU it runs or ran on, -1 never */
	struct rcuwait wait;		/* woken by hvr_vp_kick() */
	u8 activity;			/* 1  enum hvr_vp_activity */
	bool has_run;			/* V */

	struct hvr_fetch_memo fetch_memo; /* V  walk.c */
	struct hvr_vp_stop stop;	/* V  intercept.c makes it, regpage.c uses it */

	struct hvr_event event;		/* V  event to inject at the next entry:
					 * taken from delivery or reinjected
					 */
	bool nmi_pending;		/* a  (READ/WRITE_ONCE) */
	bool irq_window;		/* 1  the backend has been asked for one */
	bool out_of_time;		/* 1  RUN_VP ended because its time was over */
	unsigned long patience;		/* 1  jiffies that RUN_VP may last */
	unsigned long run_until;	/* 1  jiffies at which it ends */
	u64 intercepts;			/* V  HVR_INTERCEPT_* now set */

	struct hvr_lapic lapic;		/* lapic.h */
	struct hvr_hv_vp hv;		/* hv.h: assist page, crash registers, MTRRs */

	void *xsave;			/* V  guest XSAVE area, standard format */
	u64 tsc_offset;			/* V */

	struct hv_message *message;	/* V  intercept message page (one page) */
	struct hv_vp_register_page *regpage; /* V  register page or NULL */
	bool regpage_mapped;		/* V  somebody may look at regpage */
	u64 deliverability;		/* V  what the VMM wants to be told */
	u64 tsc_shown;			/* V  TSC that the VMM read last */
	void *xsave_shown;		/* V  legacy part of the XSAVE image read last */
	bool message_valid;		/* V  message waits for the VMM */
	struct hvr_vp_run_state {	/* V  what the last message was about */
		u32 type;		/* message type, 0 none */
		u64 rip;		/* RIP, RCX and RAX at that exit, fix-ups */
		u64 rcx;
		u64 rax;
		u8 insn_len;
		bool rep_io;
		u8 in_size;		/* of an IN to a part of RAX, or 0 */
	} last;

	struct hvr_vp_stats stats;
	void *unit_data[HVR_NR_UNITS];	/* I */
	struct dentry *debugfs;		/* I */
	struct rcu_head rcu;
};

static inline u64 hvr_lapic_get_cr8(const struct hvr_vp *vp)
{
	return vp->lapic.tpr >> 4;
}

int hvr_vp_create(struct hvr_partition *pt, u32 index);	/* returns the fd */
void hvr_vp_destroy(struct hvr_vp *vp);
/* Power-on or INIT state of registers, events and activity. @init: INIT keeps
 * what INIT keeps (FPU, MSRs, MTRRs), APIC by caller.
 */
void hvr_vp_reset(struct hvr_vp *vp, bool init);

static inline void hvr_vp_request(struct hvr_vp *vp, unsigned int req)
{
	set_bit(req, &vp->requests);
	/* Pairs with the barrier in the run loop between setting vp->mode and
	 * reading vp->requests.
	 */
	smp_mb__after_atomic();
}

/* ---- run.c ---- */

/* The body of MSHV_RUN_VP: 0 with vp->message filled, -EINTR, or an errno.
 * Caller holds vp->lock and vp->regs_lock; the second is dropped where the VP
 * waits and where others want it.
 */
int hvr_vp_run(struct hvr_vp *vp);

/* Take a VP's registers from whoever has them: after 0 it is outside guest mode
 * and stays there until hvr_vp_resume(); vp->regs_lock is held. The caller is not
 * the thread that runs this VP; it may hold pt->lock or the lock of any VP.
 * -EINTR: a fatal signal came.
 */
int hvr_vp_pause(struct hvr_vp *vp);
void hvr_vp_resume(struct hvr_vp *vp);

/* At module load. */
void hvr_run_init(void);

/* First-time set-up of what the run loop keeps in a VP. */
void hvr_vp_run_init(struct hvr_vp *vp);

/* Make every VP of @pt leave guest mode once and pass its request check.
 * May be called under spin locks; waits for each IPI.
 */
void hvr_partition_kick_all(struct hvr_partition *pt, unsigned int req);

/* The same for the VPs in @vp_mask (HVR_MAX_VPS bits) that exist; one that is not
 * in guest mode does it before its next entry and is not waited for. The calling
 * VP may be among them. May sleep.
 */
void hvr_vp_request_and_wait(struct hvr_partition *pt,
			     const unsigned long *vp_mask, unsigned int req);

/* Queue an exception for the next entry (merges into #DF as the SDM says). */
void hvr_vp_inject_exception(struct hvr_vp *vp, u8 vector, bool has_error,
			     u32 error);
static inline void hvr_vp_inject_gp(struct hvr_vp *vp)
{
	hvr_vp_inject_exception(vp, 13, true, 0);
}

static inline void hvr_vp_inject_ud(struct hvr_vp *vp)
{
	hvr_vp_inject_exception(vp, 6, false, 0);
}

/* Finish the current instruction of @len bytes: RIP, shadow, TF trap. */
void hvr_vp_skip(struct hvr_vp *vp, u8 len);

/* ---- exit.c ---- */

enum hvr_exit_action {
	HVR_ACT_RESUME,		/* handled: enter again */
	HVR_ACT_SLOW,		/* fast part cannot: call again where sleeping is allowed */
	HVR_ACT_VMM,		/* vp->message is filled */
	HVR_ACT_BLOCK,		/* activity changed to a blocked one */
	HVR_ACT_ERROR,		/* hvr_exit_errno() says which */
};

/* First try, preemption off, inside the FPU section: must not sleep. */
enum hvr_exit_action hvr_exit_fast(struct hvr_vp *vp, struct hvr_exit *exit);
/* Second try, may sleep. Never answers HVR_ACT_SLOW. */
enum hvr_exit_action hvr_exit_slow(struct hvr_vp *vp, struct hvr_exit *exit);

/* ---- task.c ---- */

/* Switch tasks for a CPU that leaves that to us. May sleep. */
enum hvr_exit_action hvr_task_switch(struct hvr_vp *vp, struct hvr_exit *exit);

/* ---- hw.c ---- */
int hvr_hw_init(void);			/* choose and probe the backend */
void hvr_hw_exit(void);
int hvr_hw_get(void);			/* first user enables all CPUs */
void hvr_hw_put(void);

/* ---- fpu.c ---- */
int hvr_fpu_init(void);			/* sizes and masks from CPUID 0xD */
int hvr_fpu_vp_init(struct hvr_vp *vp);
void hvr_fpu_vp_exit(struct hvr_vp *vp);
void hvr_fpu_vp_reset(struct hvr_vp *vp);
void hvr_fpu_enter(struct hvr_vp *vp);	/* kernel_fpu_begin() + load guest state */
void hvr_fpu_leave(struct hvr_vp *vp);	/* save guest state + kernel_fpu_end() */
u64 hvr_fpu_xcr0_mask(void);		/* XCR0 bits a guest may set */
u32 hvr_fpu_size(void);			/* bytes of a full standard-format area */
bool hvr_fpu_xcr0_valid(u64 xcr0);
/* XSETBV: only between hvr_fpu_enter() and hvr_fpu_leave(). */
void hvr_fpu_set_xcr0(struct hvr_vp *vp, u64 xcr0);

/* ---- debugregs.c: for the backends, IRQs off ---- */
struct hvr_host_debugregs {
	unsigned long dr[4];
};

void hvr_debugregs_load(const struct hvr_vp *vp);
/* The host has breakpoints: returns its DR7, never 0. */
unsigned long hvr_debugregs_save_host(struct hvr_host_debugregs *host);
void hvr_debugregs_restore_host(const struct hvr_host_debugregs *host,
				unsigned long dr7);

/* ---- regs.c ---- */
struct hv_register_value;
hvr_status_t hvr_vp_get_register(struct hvr_vp *vp, u32 name, u64 val[2]);
hvr_status_t hvr_vp_set_register(struct hvr_vp *vp, u32 name,
				 const u64 val[2]);
/* Take over what the VMM marked dirty in the register page. */
void hvr_regpage_consume(struct hvr_vp *vp);
/* Make the register page mirror the stopped VP. */
void hvr_regpage_publish(struct hvr_vp *vp);

/* MXCSR bits that may be set without the CPU faulting. */
u32 hvr_mxcsr_valid(void);

/* ---- reset.c ---- */

/* The VMM has set registers: recognise a power-on image on a VP that has run, and
 * reset what the VMM cannot reach.
 */
void hvr_vp_recognise_reset(struct hvr_vp *vp);

/* ---- state.c ---- */

/* MSHV_GET_VP_STATE and MSHV_SET_VP_STATE, @args checked. Pauses the VP itself;
 * @args->buf_sz comes back as the true size.
 */
int hvr_vp_state(struct hvr_vp *vp, struct mshv_get_set_vp_state *args,
		 bool set);
/* Bytes of the compacted XSAVE image of all that a guest may have (0x60008). */
u32 hvr_xsave_state_size(void);

/* ---- intercept.c: fill vp->message; set message_valid and vp->last ---- */

/* Fill vp->stop, but not whether it is fresh. */
void hvr_vp_read_stop(struct hvr_vp *vp);

void hvr_intercept_io(struct hvr_vp *vp, const struct hvr_exit *exit, u8 len);
void hvr_intercept_memory(struct hvr_vp *vp, const struct hvr_exit *exit,
			  bool unmapped);
void hvr_intercept_msr(struct hvr_vp *vp, u32 msr, bool write);
void hvr_intercept_triple_fault(struct hvr_vp *vp);
void hvr_intercept_reset(struct hvr_vp *vp);
void hvr_intercept_eoi(struct hvr_vp *vp, u8 vector);
void hvr_intercept_bad_register(struct hvr_vp *vp);
void hvr_intercept_halt(struct hvr_vp *vp);
void hvr_intercept_hypercall(struct hvr_vp *vp);
/* On HVR_REQ_MESSAGE: what the VMM asked to be told (register 0x10006), if it did
 * and no other message waits.
 */
void hvr_intercept_deliverable(struct hvr_vp *vp);

/* ---- prop.c: partition properties; @pt NULL: what the host can give ---- */
hvr_status_t hvr_property_get(struct hvr_partition *pt, u32 code, u64 *val);
/* Caller holds pt->lock. */
hvr_status_t hvr_property_set(struct hvr_partition *pt, u32 code, u64 val);
hvr_status_t hvr_hc_get_property(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_get_property_ex(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_set_property(struct hvr_hypercall_ctx *ctx);

/* ---- hc_vp.c: pass-through calls on VPs ---- */
hvr_status_t hvr_hc_get_registers(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_set_registers(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_translate(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_get_cpuid(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_register_intercept_result(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_assert_interrupt(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_clear_interrupt(struct hvr_hypercall_ctx *ctx);
hvr_status_t hvr_hc_install_intercept(struct hvr_hypercall_ctx *ctx);

/* ---- root_hvcall.c ---- */

/* MSHV_ROOT_HVCALL. @who: HVR_HC_DEV (@pt, @vp NULL), HVR_HC_PT (@vp NULL) or
 * HVR_HC_VP. Takes the locks that the call needs.
 */
long hvr_root_hvcall(struct hvr_partition *pt, struct hvr_vp *vp,
		     unsigned int who, void __user *uarg);
extern const struct hvr_hypercall hvr_root_calls[];
extern const unsigned int hvr_nr_root_calls;

/* ---- ext.c: the ioctls of <hvroot/ext.h> ---- */
long hvr_ext_dev_ioctl(unsigned int cmd, unsigned long arg);
long hvr_ext_partition_ioctl(struct hvr_partition *pt, unsigned int cmd,
			     unsigned long arg);

/* ---- hypercall.c ---- */

/* A guest's VMCALL/VMMCALL at CPL 0 with the hypercall page enabled. May sleep. */
void hvr_hypercall_from_guest(struct hvr_vp *vp);
/* The same without sleeping for calls that need not (event signal in fast form);
 * false: nothing was done, take the slow way.
 */
bool hvr_hypercall_fast(struct hvr_vp *vp);
/* Find the row of @code for @who; NULL when there is none. */
const struct hvr_hypercall *hvr_hypercall_find(u16 code, unsigned int who);

/* ---- msr.c ---- */

/* RDMSR/WRMSR policy for all but backend registers: tables first, then the LAPIC,
 * the units, property 0x50017. @host: access by the VMM, privileges not checked.
 */
enum hvr_msr_result hvr_msr_read(struct hvr_vp *vp, u32 msr, u64 *val,
				 bool host);
enum hvr_msr_result hvr_msr_write(struct hvr_vp *vp, u32 msr, u64 val,
				  bool host);
/* May a WRMSR of this register sleep? Then it is left to the slow part. */
bool hvr_msr_write_sleeps(u32 msr);

/* ---- unit.c ---- */
int hvr_units_init(void);
void hvr_units_exit(void);
int hvr_units_partition_init(struct hvr_partition *pt);
void hvr_units_partition_exit(struct hvr_partition *pt);
int hvr_units_vp_init(struct hvr_vp *vp);
void hvr_units_vp_exit(struct hvr_vp *vp);
void hvr_units_vp_reset(struct hvr_vp *vp);
void hvr_units_vp_work(struct hvr_vp *vp, unsigned int id);
void hvr_units_eoi(struct hvr_vp *vp, u8 vector);
void hvr_units_time_changed(struct hvr_vp *vp);
const struct hvr_unit *hvr_unit_for_msr(u32 msr);
const struct hvr_unit *hvr_unit_for_reg(u32 name);
const struct hvr_unit *hvr_unit_for_state(unsigned int type);
const struct hvr_unit *hvr_unit_at(unsigned int n);	/* NULL past the last */

/* ---- walk.c: the guest's own page tables ---- */

#define HVR_WALK_WRITE		BIT(0)
#define HVR_WALK_EXEC		BIT(1)
#define HVR_WALK_USER		BIT(2)
#define HVR_WALK_NO_CHECK	BIT(3)	/* translation only, no permission checks */
#define HVR_WALK_SET_AD		BIT(4)
#define HVR_WALK_ATOMIC		BIT(5)	/* must not sleep; -EAGAIN when it would */

struct hvr_walk_result {
	u64 gpa;
	u32 pf_error;		/* x86 page-fault error code when -EFAULT */
	bool not_present;
	bool gpa_unmapped;	/* a table page lies outside RAM */
};

/* 0 with @res->gpa; -EFAULT guest page fault; -EAGAIN (atomic only). All paging
 * modes, paging off included (gpa = gva, 32 bits).
 */
int hvr_walk(struct hvr_vp *vp, u64 gva, unsigned int flags,
	     struct hvr_walk_result *res);
/* Copy up to @len bytes at CS:RIP. Returns the number of bytes had (0 to @len),
 * or -EAGAIN with HVR_WALK_ATOMIC.
 */
int hvr_fetch_insn(struct hvr_vp *vp, u8 *buf, unsigned int len,
		   unsigned int flags);
/* The same for a caller that has just got the VP's @context. */
int hvr_fetch_insn_in(struct hvr_vp *vp, const struct hvr_context *context,
		      u8 *buf, unsigned int len, unsigned int flags);

/* ---- emulate.c: run a decoded MOV-class access against an MMIO handler ---- */

/* For xAPIC page and doorbells: answer true when handled. @read/@write get the
 * operand, @gpa is the address. @read may be NULL: reads are not handled.
 */
struct hvr_mmio_ops {
	bool (*read)(struct hvr_vp *vp, u64 gpa, unsigned int len, u64 *val);
	bool (*write)(struct hvr_vp *vp, u64 gpa, unsigned int len, u64 val);
};

/* Run the instruction behind a SLAT exit, RIP included. Does not sleep.
 * 0 handled; -EOPNOTSUPP not decodable or not handled, nothing changed: for the VMM;
 * -EAGAIN the instruction bytes could not be had without sleeping: put them into
 * @exit->insn_bytes where sleeping is allowed, then call again.
 */
int hvr_emulate_mmio(struct hvr_vp *vp, const struct hvr_exit *exit,
		     const struct hvr_mmio_ops *ops);

/* ---- debugfs.c ---- */
void hvr_debugfs_init(void);
void hvr_debugfs_exit(void);
void hvr_debugfs_partition_add(struct hvr_partition *pt);
void hvr_debugfs_partition_del(struct hvr_partition *pt);
void hvr_debugfs_vp_add(struct hvr_vp *vp);

/* ---- dev.c ---- */
int hvr_dev_init(void);
void hvr_dev_exit(void);

#endif /* HVCORE_INTERNAL_H */
