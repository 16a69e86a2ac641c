// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ladder, the registry of buses, the debugfs view.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <hvroot/vmbus_ctl.h>

#include "internal.h"

struct workqueue_struct *hvr_bus_wq;
struct workqueue_struct *hvr_chan_wq;

unsigned int hvr_bus_max_version = HV_VMBUS_IRON;
module_param_named(max_version, hvr_bus_max_version, uint, 0644);
MODULE_PARM_DESC(max_version, "Newest protocol version offered by buses made from now on, major << 16 | minor (default 0x50003)");

static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(registry);

struct hvr_vmbus *hvr_vmbus_find_get(u64 partition_id)
{
	struct hvr_vmbus *bus, *found = ERR_PTR(-ENODEV);

	mutex_lock(&registry_lock);
	list_for_each_entry(bus, &registry, node) {
		if (hvr_partition_id(bus->pt) == partition_id && !bus->orphan) {
			kref_get(&bus->ref);
			found = bus;
			break;
		}
	}
	mutex_unlock(&registry_lock);
	return found;
}
HVR_EXPORT_SYMBOL(hvr_vmbus_find_get);

struct hvr_vmbus *hvr_vmbus_get(struct hvr_partition *pt)
{
	return hvr_vmbus_find_get(hvr_partition_id(pt));
}
HVR_EXPORT_SYMBOL(hvr_vmbus_get);

/*
 * A bus whose owner went stays with its partition, without channels: the guest is
 * connected to it and cannot be told to connect anew. Its reference then belongs to
 * whoever makes @orphan false under registry_lock: the next owner, the partition's
 * death, or the end of this module.
 */
void hvr_bus_orphan(struct hvr_vmbus *bus)
{
	mutex_lock(&registry_lock);
	bus->orphan = true;
	mutex_unlock(&registry_lock);
}

bool hvr_bus_claim(struct hvr_vmbus *bus)
{
	bool claimed;

	mutex_lock(&registry_lock);
	claimed = bus->orphan;
	bus->orphan = false;
	mutex_unlock(&registry_lock);
	return claimed;
}

/* The orphan of @pt, or of any partition; NULL when there is none. */
struct hvr_vmbus *hvr_bus_adopt(const struct hvr_partition *pt)
{
	struct hvr_vmbus *bus, *found = NULL;

	mutex_lock(&registry_lock);
	list_for_each_entry(bus, &registry, node) {
		if (bus->orphan && (!pt || bus->pt == pt)) {
			bus->orphan = false;
			found = bus;
			break;
		}
	}
	mutex_unlock(&registry_lock);
	return found;
}

/* ---- debugfs: one file per bus ---- */

static const char *const bus_states[] = {
	[HVR_BUS_DISCONNECTED] = "disconnected",
	[HVR_BUS_CONNECTED] = "connected",
	[HVR_BUS_DISCONNECTING] = "disconnecting",
	[HVR_BUS_DEAD] = "dead",
};

static const char *const chan_states[] = {
	[HVR_CHAN_OFFERED] = "offered",
	[HVR_CHAN_OPENING] = "opening",
	[HVR_CHAN_OPEN] = "open",
	[HVR_CHAN_CLOSING] = "closing",
	[HVR_CHAN_REVOKED] = "revoked",
};

static void show_info(struct seq_file *m, struct hvr_vmbus *bus)
{
	struct hvr_vmbus_info info;

	hvr_bus_info(bus, &info);
	seq_printf(m, "owned %d\nstate %s\nversion %u.%u\ncontact_vp %u\nconnects %llu\n",
		   !READ_ONCE(bus->orphan), bus_states[info.state], info.version >> 16,
		   info.version & 0xffff, info.contact_vp, info.connects);
	seq_printf(m, "messages_in %llu\nmessages_out %llu\nmessages_bad %llu\nmessages_dropped %lld\n",
		   info.messages_in, info.messages_out, info.messages_bad,
		   atomic64_read(&bus->messages_dropped));
	seq_printf(m, "gpadls %u\ngpadl_words %u\nring_pages %u\nchannels %u\nopen %u\n",
		   info.nr_gpadls, info.gpadl_pages,
		   atomic_read(&bus->ring_pages), info.nr_channels, info.nr_open);
}

static int bus_show(struct seq_file *m, void *unused)
{
	struct hvr_vmbus *bus = m->private;
	struct hvr_vmbus_channel *list, *ch;
	u32 i, n;

	show_info(m, bus);
	list = kvcalloc(HV_VMBUS_MAX_RELID, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	n = hvr_bus_channels(bus, list, HV_VMBUS_MAX_RELID);
	seq_puts(m, "relid sub state    user vp packets_in packets_out interrupts kicks instance type\n");
	for (i = 0; i < n; i++) {
		ch = &list[i];
		seq_printf(m, "%5u %3u %-8s %4u %2d %10llu %11llu %10llu %5llu %pUl %pUl\n",
			   ch->relid, ch->sub_index, chan_states[ch->state],
			   ch->user, (int)ch->target_vp, ch->packets_in,
			   ch->packets_out, ch->interrupts, ch->kicks,
			   ch->instance, ch->type);
	}
	kvfree(list);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bus);

void hvr_bus_publish(struct hvr_vmbus *bus)
{
	struct dentry *dir = hvr_partition_debugfs(bus->pt);

	if (!IS_ERR_OR_NULL(dir))
		bus->debugfs = debugfs_create_file("vmbus", 0400, dir, bus,
						   &bus_fops);
	mutex_lock(&registry_lock);
	list_add_tail(&bus->node, &registry);
	mutex_unlock(&registry_lock);
}

void hvr_bus_unpublish(struct hvr_vmbus *bus)
{
	mutex_lock(&registry_lock);
	list_del_init(&bus->node);
	mutex_unlock(&registry_lock);
	debugfs_remove(bus->debugfs);
}

/* ---- module ---- */

static int __init hvr_vmbus_init(void)
{
	int err = -ENOMEM;

	hvr_bus_wq = alloc_workqueue("hvroot_bus", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!hvr_bus_wq)
		return err;
	/* A queue of its own: a bus worker waits for channel workers. */
	hvr_chan_wq = alloc_workqueue("hvroot_chan", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!hvr_chan_wq)
		goto err_bus_wq;
	err = hvr_ctl_init();
	if (err)
		goto err_chan_wq;
	return 0;

err_chan_wq:
	destroy_workqueue(hvr_chan_wq);
err_bus_wq:
	destroy_workqueue(hvr_bus_wq);
	return err;
}

/*
 * What is left: a bus is held by its descriptor or by a channel, both of which hold
 * the module, or it is an orphan. Nobody makes new orphans. A dying partition may
 * have claimed one just now and be on its way out of on_dead().
 */
static void __exit hvr_vmbus_exit(void)
{
	struct hvr_vmbus *bus;

	hvr_ctl_exit();
	while ((bus = hvr_bus_adopt(NULL)))
		hvr_bus_destroy(bus);
	hvr_partition_listeners_flush();
	destroy_workqueue(hvr_chan_wq);
	destroy_workqueue(hvr_bus_wq);
}

module_init(hvr_vmbus_init);
module_exit(hvr_vmbus_exit);

MODULE_DESCRIPTION("Root side of VMBus for hvroot partitions");
MODULE_LICENSE("GPL");
HVR_IMPORT_NS;
