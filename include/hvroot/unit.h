/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lifecycle hooks of a subsystem inside hvroot.ko (synic, iommu), and the MSRs,
 * hypercalls, register names and state blobs that it owns. hvcore/unit.c has the
 * one ordered list.
 */
#ifndef HVROOT_UNIT_H
#define HVROOT_UNIT_H

#include <linux/types.h>
#include <hvroot/status.h>

struct hvr_partition;
struct hvr_vp;
struct hvr_hypercall;

#define HVR_UNIT_SYNIC	0
#define HVR_UNIT_IOMMU	1
#define HVR_NR_UNITS	2

/* Results of an MSR access; both vendors inject #GP for HVR_MSR_GP. */
enum hvr_msr_result {
	HVR_MSR_OK,
	HVR_MSR_GP,
	HVR_MSR_UNKNOWN,	/* not this table's; the policy decides */
};

/**
 * struct hvr_unit - one subsystem.
 * @name: for messages
 * @id: HVR_UNIT_*, index of its data pointers
 * @init: at module load; may be NULL, as every hook
 * @exit: at module unload
 * @partition_init: at partition creation; sets hvr_partition_unit_data()
 * @partition_exit: at the last put, no VP exists any more
 * @vp_init: at VP creation, before the VP is published
 * @vp_exit: at partition destruction, no VP runs
 * @vp_reset: the VP goes back to power-on state; VP thread or a creator
 * @vp_work: called in the VP thread, may sleep, when the unit has called
 *	hvr_vp_request_unit()
 * @eoi: the VP ended vector @vector (its ISR bit went); VP thread, preemption off
 * @time_changed: the partition's time jumped, stopped or went on: arm timers
 *	anew. Any thread, no spin lock held
 * @msr_first: first and last MSR that it owns
 * @msr_last: see @msr_first
 * @get_msr: read for guest (@host false) or VMM (@host true). VP thread. Must
 *	not sleep when it can be reached by RDMSR.
 * @set_msr: write; may sleep (called from the slow part of the run loop)
 * @reg_first: register names (HvRegister...) that it owns
 * @reg_last: see @reg_first
 * @get_reg: as HvCallGetVpRegisters; the value's low 64 bits
 * @set_reg: as HvCallSetVpRegisters
 * @state_types: bit mask of MSHV VP state types it serves
 * @state_size: true size in bytes of that state
 * @get_state: fill a buffer of at least state_size
 * @set_state: load from it
 * @hypercalls: rows for the dispatcher
 * @nr_hypercalls: rows
 */
struct hvr_unit {
	const char *name;
	unsigned int id;
	int (*init)(void);
	void (*exit)(void);
	int (*partition_init)(struct hvr_partition *pt);
	void (*partition_exit)(struct hvr_partition *pt);
	int (*vp_init)(struct hvr_vp *vp);
	void (*vp_exit)(struct hvr_vp *vp);
	void (*vp_reset)(struct hvr_vp *vp);
	void (*vp_work)(struct hvr_vp *vp);
	void (*eoi)(struct hvr_vp *vp, u8 vector);
	void (*time_changed)(struct hvr_vp *vp);
	u32 msr_first;
	u32 msr_last;
	enum hvr_msr_result (*get_msr)(struct hvr_vp *vp, u32 msr, u64 *val,
				       bool host);
	enum hvr_msr_result (*set_msr)(struct hvr_vp *vp, u32 msr, u64 val,
				       bool host);
	u32 reg_first;
	u32 reg_last;
	hvr_status_t (*get_reg)(struct hvr_vp *vp, u32 name, u64 *val);
	hvr_status_t (*set_reg)(struct hvr_vp *vp, u32 name, u64 val);
	u32 state_types;
	u32 (*state_size)(unsigned int type);
	int (*get_state)(struct hvr_vp *vp, unsigned int type, void *buf);
	int (*set_state)(struct hvr_vp *vp, unsigned int type, const void *buf);
	const struct hvr_hypercall *hypercalls;
	unsigned int nr_hypercalls;
};

void *hvr_partition_unit_data(const struct hvr_partition *pt, unsigned int id);
void hvr_partition_set_unit_data(struct hvr_partition *pt, unsigned int id,
				 void *data);
void *hvr_vp_unit_data(const struct hvr_vp *vp, unsigned int id);
void hvr_vp_set_unit_data(struct hvr_vp *vp, unsigned int id, void *data);

/* Ask that @vp_work of unit @id runs in the VP's thread soon. Any context. */
void hvr_vp_request_unit(struct hvr_vp *vp, unsigned int id);

/* The units, defined by their folders. */
extern const struct hvr_unit hvr_synic_unit;

#endif /* HVROOT_UNIT_H */
