// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subsystems inside the module, in the one order in which they start; they
 * stop in the opposite one.
 */
#include <linux/kernel.h>

#include "internal.h"

static const struct hvr_unit *const units[] = {
	&hvr_synic_unit,
};

/* Undo what units[0] to units[n - 1] have done. */
static void exit_first(unsigned int n)
{
	while (n--)
		if (units[n]->exit)
			units[n]->exit();
}

int hvr_units_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		err = units[i]->init ? units[i]->init() : 0;
		if (err) {
			pr_err("hvroot: %s does not start: %d\n",
			       units[i]->name, err);
			exit_first(i);
			return err;
		}
	}
	return 0;
}

void hvr_units_exit(void)
{
	exit_first(ARRAY_SIZE(units));
}

static void partition_exit_first(struct hvr_partition *pt, unsigned int n)
{
	while (n--)
		if (units[n]->partition_exit)
			units[n]->partition_exit(pt);
}

int hvr_units_partition_init(struct hvr_partition *pt)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		err = units[i]->partition_init ? units[i]->partition_init(pt)
					       : 0;
		if (err) {
			partition_exit_first(pt, i);
			return err;
		}
	}
	return 0;
}

void hvr_units_partition_exit(struct hvr_partition *pt)
{
	partition_exit_first(pt, ARRAY_SIZE(units));
}

static void vp_exit_first(struct hvr_vp *vp, unsigned int n)
{
	while (n--)
		if (units[n]->vp_exit)
			units[n]->vp_exit(vp);
}

int hvr_units_vp_init(struct hvr_vp *vp)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		err = units[i]->vp_init ? units[i]->vp_init(vp) : 0;
		if (err) {
			vp_exit_first(vp, i);
			return err;
		}
	}
	return 0;
}

void hvr_units_vp_exit(struct hvr_vp *vp)
{
	vp_exit_first(vp, ARRAY_SIZE(units));
}

void hvr_units_vp_reset(struct hvr_vp *vp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i]->vp_reset)
			units[i]->vp_reset(vp);
}

void hvr_units_vp_work(struct hvr_vp *vp, unsigned int id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i]->id == id && units[i]->vp_work)
			units[i]->vp_work(vp);
}

void hvr_units_eoi(struct hvr_vp *vp, u8 vector)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i]->eoi)
			units[i]->eoi(vp, vector);
}

void hvr_units_time_changed(struct hvr_vp *vp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i]->time_changed)
			units[i]->time_changed(vp);
}

const struct hvr_unit *hvr_unit_for_msr(u32 msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i]->get_msr && msr >= units[i]->msr_first &&
		    msr <= units[i]->msr_last)
			return units[i];
	return NULL;
}

const struct hvr_unit *hvr_unit_for_reg(u32 name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i]->get_reg && name >= units[i]->reg_first &&
		    name <= units[i]->reg_last)
			return units[i];
	return NULL;
}

const struct hvr_unit *hvr_unit_for_state(unsigned int type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (type < 32 && (units[i]->state_types & BIT(type)))
			return units[i];
	return NULL;
}

const struct hvr_unit *hvr_unit_at(unsigned int n)
{
	return n < ARRAY_SIZE(units) ? units[n] : NULL;
}

void *hvr_partition_unit_data(const struct hvr_partition *pt, unsigned int id)
{
	return pt->unit_data[id];
}

void hvr_partition_set_unit_data(struct hvr_partition *pt, unsigned int id,
				 void *data)
{
	pt->unit_data[id] = data;
}

void *hvr_vp_unit_data(const struct hvr_vp *vp, unsigned int id)
{
	return vp->unit_data[id];
}

void hvr_vp_set_unit_data(struct hvr_vp *vp, unsigned int id, void *data)
{
	vp->unit_data[id] = data;
}

void hvr_vp_request_unit(struct hvr_vp *vp, unsigned int id)
{
	hvr_vp_request(vp, HVR_REQ_UNIT0 + id);
	hvr_vp_kick(vp);
}
