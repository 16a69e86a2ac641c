// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/hvroot: a folder per partition, counters per VP. Each line of
 * a file is a name and a value.
 */
#include <linux/debugfs.h>
#include <linux/pid.h>
#include <linux/seq_file.h>

#include "internal.h"

static struct dentry *root;

static const char * const exit_names[HVR_NR_EXITS] = {
	[HVR_EXIT_NONE]		= "none",
	[HVR_EXIT_INTERRUPT]	= "interrupt",
	[HVR_EXIT_NMI]		= "nmi",
	[HVR_EXIT_EXCEPTION]	= "exception",
	[HVR_EXIT_IRQ_WINDOW]	= "irq_window",
	[HVR_EXIT_NMI_WINDOW]	= "nmi_window",
	[HVR_EXIT_CPUID]	= "cpuid",
	[HVR_EXIT_HLT]		= "hlt",
	[HVR_EXIT_IO]		= "io",
	[HVR_EXIT_RDMSR]	= "rdmsr",
	[HVR_EXIT_WRMSR]	= "wrmsr",
	[HVR_EXIT_VMCALL]	= "hypercall",
	[HVR_EXIT_SLAT]		= "slat",
	[HVR_EXIT_CR]		= "cr",
	[HVR_EXIT_DR]		= "dr",
	[HVR_EXIT_XSETBV]	= "xsetbv",
	[HVR_EXIT_WBINVD]	= "wbinvd",
	[HVR_EXIT_INVLPG]	= "invlpg",
	[HVR_EXIT_PAUSE]	= "pause",
	[HVR_EXIT_TASK_SWITCH]	= "task_switch",
	[HVR_EXIT_TRIPLE_FAULT]	= "triple_fault",
	[HVR_EXIT_UNDEFINED]	= "undefined",
	[HVR_EXIT_RDPMC]	= "rdpmc",
	[HVR_EXIT_DEADLINE]	= "deadline",
	[HVR_EXIT_FAIL]		= "fail",
};

static const char * const activity_names[] = {
	[HVR_VP_RUNNABLE]	= "runnable",
	[HVR_VP_HALTED]		= "halted",
	[HVR_VP_IDLE]		= "idle",
	[HVR_VP_WAIT_SIPI]	= "wait_sipi",
	[HVR_VP_SHUTDOWN]	= "shutdown",
};

static int info_show(struct seq_file *m, void *unused)
{
	struct hvr_partition *pt = m->private;
	u64 exits = 0, to_vmm = 0;
	u32 i, limit = READ_ONCE(pt->vp_limit);

	for (i = 0; i < limit; i++) {
		struct hvr_vp *vp = hvr_partition_vp(pt, i);

		if (!vp)
			continue;
		exits += READ_ONCE(vp->stats.exits);
		to_vmm += READ_ONCE(vp->stats.exits_to_vmm);
	}
	seq_printf(m, "id %llu\n", pt->id);
	seq_printf(m, "owner_pid %d\n", pid_nr(pt->owner));
	seq_printf(m, "owner_comm %s\n", pt->owner_comm);
	seq_printf(m, "flags %#llx\n", pt->flags);
	seq_printf(m, "initialized %d\n", READ_ONCE(pt->initialized));
	seq_printf(m, "dying %d\n", READ_ONCE(pt->dying));
	seq_printf(m, "stopped %d\n", READ_ONCE(pt->stopped));
	seq_printf(m, "frozen %d\n", READ_ONCE(pt->hv.frozen));
	seq_printf(m, "vps %u\n", READ_ONCE(pt->nr_vps));
	seq_printf(m, "memory_bytes %llu\n", hvr_mem_bytes(pt));
	seq_printf(m, "slat_pages %lu\n", READ_ONCE(pt->mem.slat.pages));
	seq_printf(m, "guest_os_id %#llx\n", READ_ONCE(pt->hv.guest_os_id));
	seq_printf(m, "synthetic_features %#llx\n", pt->hv.synth_features);
	seq_printf(m, "privileges %#llx\n", pt->hv.privileges);
	seq_printf(m, "reference_time %llu\n",
		   hvr_partition_reference_time(pt));
	seq_printf(m, "exits %llu\n", exits);
	seq_printf(m, "exits_to_vmm %llu\n", to_vmm);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

static int stats_show(struct seq_file *m, void *unused)
{
	struct hvr_vp *vp = m->private;
	const struct hvr_vp_stats *s = &vp->stats;
	unsigned int i;

	seq_printf(m, "activity %s\n",
		   activity_names[READ_ONCE(vp->activity)]);
	seq_printf(m, "cpu %d\n", READ_ONCE(vp->cpu));
	seq_printf(m, "exits %llu\n", READ_ONCE(s->exits));
	seq_printf(m, "exits_to_vmm %llu\n", READ_ONCE(s->exits_to_vmm));
	seq_printf(m, "hypercalls %llu\n", READ_ONCE(s->hypercalls));
	seq_printf(m, "irq_injected %llu\n", READ_ONCE(s->irq_injected));
	seq_printf(m, "nmi_injected %llu\n", READ_ONCE(s->nmi_injected));
	seq_printf(m, "slat_faults %llu\n", READ_ONCE(s->slat_faults));
	seq_printf(m, "halts %llu\n", READ_ONCE(s->halts));
	seq_printf(m, "kicks %llu\n", READ_ONCE(s->kicks));
	for (i = 0; i < HVR_NR_EXITS; i++)
		seq_printf(m, "exit_%s %llu\n", exit_names[i],
			   READ_ONCE(s->exits_by_reason[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

void hvr_debugfs_init(void)
{
	root = debugfs_create_dir("hvroot", NULL);
}

void hvr_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
	root = NULL;
}

/* Files go before what they show: removal waits for readers. */
void hvr_debugfs_partition_add(struct hvr_partition *pt)
{
	char name[24];

	snprintf(name, sizeof(name), "%llu", pt->id);
	pt->debugfs = debugfs_create_dir(name, root);
	debugfs_create_file("info", 0400, pt->debugfs, pt, &info_fops);
}

void hvr_debugfs_partition_del(struct hvr_partition *pt)
{
	debugfs_remove_recursive(pt->debugfs);
	pt->debugfs = NULL;
}

void hvr_debugfs_vp_add(struct hvr_vp *vp)
{
	char name[16];

	snprintf(name, sizeof(name), "vp%u", vp->index);
	vp->debugfs = debugfs_create_dir(name, vp->pt->debugfs);
	debugfs_create_file("stats", 0400, vp->debugfs, vp, &stats_fops);
}
