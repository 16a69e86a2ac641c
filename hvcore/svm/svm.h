/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private types of the SVM backend, parted by the file that owns them.
 */
#ifndef HVCORE_SVM_SVM_H
#define HVCORE_SVM_SVM_H

#include "../../compat/hw.h"
#include "../internal.h"
#include "vmcb.h"

/* The first member makes &svm->vp and svm the same address, which the entry code
 * relies on for the general registers.
 */
struct svm_vp {
	struct hvr_vp vp;
	struct vmcb *vmcb;		/* I */
	u64 vmcb_pa;			/* I */
	u64 host_spec_ctrl;		/* 1  read at load */
	u64 host_tsc_aux;		/* 1  read at load */
	u64 live_tsc_aux;		/* 1  what the CPU has since */
	u64 asid_generation;		/* 1  of the CPU it last ran on */
	int asid_cpu;			/* 1  -1 never ran */
	bool flush;			/* 1  flush before the next entry */
	bool nmi_masked;		/* 1  between NMI injection and IRET's end */
	bool nmi_iret;			/* 1  IRET was seen, not yet complete */
	bool nmi_window;		/* 1  tell when an NMI can go in */
	bool single_step;		/* 1  TF is ours, not the guest's */
	bool guest_tf;			/* 1  the guest's TF meanwhile */
	u64 iret_rip;			/* 1 */
	bool extint;			/* 1  given to the CPU, not known to be taken */
	u8 extint_vector;		/* 1 */
};

static inline struct svm_vp *to_svm_vp(struct hvr_vp *vp)
{
	return container_of(vp, struct svm_vp, vp);
}

/* What the CPU offers beyond the required, from CPUID Fn8000_000A. */
struct svm_caps {
	u32 nr_asids;
	bool next_rip;
	bool decode_assists;
	bool flush_by_asid;
	bool vmcb_clean;
	bool v_spec_ctrl;
	bool has_spec_ctrl;
	bool has_rdtscp;
	bool has_ibpb;
	bool ibpb_on_exit;
	bool clear_buffers;
	bool emulated;			/* by QEMU; see give_extint() */
};

/* ---- cpu.c ---- */
extern struct svm_caps svm_caps;

int svm_probe(void);
int svm_cpu_enable(void);
void svm_cpu_disable(void);
bool svm_cpu_busy(void);
int svm_cpu_alloc(void);
void svm_cpu_free(void);
/* Physical address of this CPU's area for its own hidden state; 0: SVM is not on
 * here, or not by our doing. IRQs off.
 */
u64 svm_cpu_host_area(void);
/* Give @svm an address-space id that is valid on this CPU; true when the CPU's
 * whole TLB has to be flushed at the next entry.
 */
bool svm_cpu_assign_asid(struct svm_vp *svm, int cpu);
/* The id of @svm was given on this CPU and is still its own. */
bool svm_cpu_asid_valid(const struct svm_vp *svm, int cpu);
/* Barrier between guests of different partitions on this CPU. */
void svm_cpu_isolate(struct hvr_partition *pt);

/* ---- state.c ---- */
int svm_vp_init(struct hvr_vp *vp);
void svm_vp_exit(struct hvr_vp *vp);
u64 svm_get_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg);
void svm_set_hwreg(struct hvr_vp *vp, enum hvr_hwreg reg, u64 val);
void svm_get_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     struct hvr_segment *out);
void svm_get_context(struct hvr_vp *vp, struct hvr_context *out);
void svm_get_data_segments(struct hvr_vp *vp, struct hvr_segment *out);
void svm_set_segment(struct hvr_vp *vp, enum hvr_seg_index seg,
		     const struct hvr_segment *in);
void svm_get_table(struct hvr_vp *vp, bool idt, struct hvr_table *out);
void svm_set_table(struct hvr_vp *vp, bool idt, const struct hvr_table *in);
void svm_dump(struct hvr_vp *vp);
int svm_maps_alloc(void);
void svm_maps_free(void);

/* ---- decode.c ---- */
void svm_decode_exit(struct svm_vp *svm, struct hvr_exit *exit);

/* ---- npt.c ---- */
extern struct hvr_slat_format svm_npt_format;
void svm_npt_setup(void);

/* ---- enter.S ---- */
asmlinkage void svm_vmrun(struct svm_vp *svm, u64 vmcb_pa, u64 host_area);

#endif /* HVCORE_SVM_SVM_H */
