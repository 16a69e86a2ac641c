// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt routing: the table that says which interrupt a GSI stands for. Readers
 * are irqfds in interrupt context; a new table replaces the old one at once.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/mm.h>

#include "internal.h"

/* x86 MSI layout */
#define MSI_ADDR_DEST_SHIFT	12
#define MSI_ADDR_LOGICAL	BIT(2)
#define MSI_DATA_LEVEL		BIT(15)

struct irq_row {
	u32 address;
	u32 data;
	bool valid;
};

struct hvr_irq_table {
	struct rcu_head rcu;
	u32 nr;				/* highest routed GSI + 1 */
	struct irq_row rows[];
};

static int fill_table(struct hvr_irq_table *table,
		      const struct mshv_user_irq_entry *entries, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		struct irq_row *row = &table->rows[entries[i].gsi];

		if (row->valid)
			return -EINVAL;
		row->address = entries[i].address_lo;
		row->data = entries[i].data;
		row->valid = true;
	}
	return 0;
}

static struct hvr_irq_table *
make_table(const struct mshv_user_irq_entry *entries, u32 nr)
{
	struct hvr_irq_table *table;
	u32 i, rows = 0;
	int err;

	for (i = 0; i < nr; i++) {
		if (entries[i].gsi >= HVR_MAX_GSIS || entries[i].address_hi)
			return ERR_PTR(-EINVAL);
		rows = max(rows, entries[i].gsi + 1);
	}
	table = kvzalloc(struct_size(table, rows, rows), GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->nr = rows;
	err = fill_table(table, entries, nr);
	if (err) {
		kvfree(table);
		return ERR_PTR(err);
	}
	return table;
}

int hvr_irq_set_routing(struct hvr_partition *pt,
			const struct mshv_user_irq_entry *entries, u32 nr)
{
	struct hvr_irq_table *table = NULL, *old;

	lockdep_assert_held(&pt->lock);
	if (nr > HVR_MAX_GSIS)
		return -EINVAL;
	if (nr) {
		table = make_table(entries, nr);
		if (IS_ERR(table))
			return PTR_ERR(table);
	}
	old = rcu_replace_pointer(pt->irq.table, table,
				  lockdep_is_held(&pt->lock));
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

bool hvr_irq_route(struct hvr_partition *pt, u32 gsi, struct hvr_interrupt *irq)
{
	const struct hvr_irq_table *table;
	const struct irq_row *row;
	bool found = false;

	rcu_read_lock();
	table = rcu_dereference(pt->irq.table);
	if (table && gsi < table->nr && table->rows[gsi].valid) {
		row = &table->rows[gsi];
		*irq = (struct hvr_interrupt){
			.vector = row->data & 0xff,
			.mode = (row->data >> 8) & 7,
			.logical = row->address & MSI_ADDR_LOGICAL,
			.level = row->data & MSI_DATA_LEVEL,
			.show_level = row->data & MSI_DATA_LEVEL,
			.level_assert = true,
			.dest = (row->address >> MSI_ADDR_DEST_SHIFT) & 0xff,
		};
		found = true;
	}
	rcu_read_unlock();
	return found;
}

void hvr_irq_inject(struct hvr_partition *pt, u32 gsi)
{
	struct hvr_interrupt irq;

	if (hvr_irq_route(pt, gsi, &irq))
		hvr_lapic_deliver(pt, NULL, &irq);
}

int hvr_irq_init(struct hvr_partition *pt)
{
	RCU_INIT_POINTER(pt->irq.table, NULL);
	atomic_set(&pt->irq.lowest_next, 0);
	hvr_eventfds_init(pt);
	return 0;
}

void hvr_irq_release(struct hvr_partition *pt)
{
	hvr_eventfds_release(pt);
}

void hvr_irq_exit(struct hvr_partition *pt)
{
	hvr_eventfds_release(pt);
	/* Nobody is left who could read it. */
	kvfree(rcu_dereference_protected(pt->irq.table, true));
	RCU_INIT_POINTER(pt->irq.table, NULL);
}
