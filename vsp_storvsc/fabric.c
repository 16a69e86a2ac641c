// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fabric as the target core and configfs see it:
 * /sys/kernel/config/target/hvroot/WWN/tpgt_N with bus, instance,
 * max_subchannels and state beside the core's own folders.
 */
#include <linux/configfs.h>
#include <linux/ctype.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <scsi/scsi_proto.h>
#include <target/target_core_backend.h>

#include "internal.h"

static struct storvsp_tpg *to_storvsp_tpg(struct se_portal_group *se_tpg)
{
	return container_of(se_tpg, struct storvsp_tpg, se_tpg);
}

static struct storvsp_tpg *item_tpg(struct config_item *item)
{
	return to_storvsp_tpg(to_tpg(item));
}

/**
 * storvsp_name_hash() - number that follows from a portal group's name.
 * @tpg: portal group
 * @salt: different numbers for different salts
 */
u64 storvsp_name_hash(const struct storvsp_tpg *tpg, u32 salt)
{
	const char *name = tpg->tport->name;
	u32 len = strlen(name);

	return (u64)jhash(name, len, salt ^ tpg->tag) << 32 |
	       jhash(name, len, ~salt ^ tpg->tag);
}

/* --- attributes of a portal group ----------------------------------------- */

static ssize_t storvsp_tpg_bus_show(struct config_item *item, char *page)
{
	struct storvsp_tpg *tpg = item_tpg(item);
	u64 id = 0;

	mutex_lock(&tpg->lock);
	if (tpg->ctlr && !READ_ONCE(tpg->ctlr->gone))
		id = tpg->ctlr->partition_id;
	mutex_unlock(&tpg->lock);
	return sysfs_emit(page, "%llu\n", id);
}

static ssize_t storvsp_tpg_bus_store(struct config_item *item, const char *page,
				     size_t count)
{
	struct storvsp_tpg *tpg = item_tpg(item);
	u64 id;
	int err;

	err = kstrtou64(page, 10, &id);
	if (err)
		return err;

	mutex_lock(&tpg->lock);
	if (!id || (tpg->ctlr && READ_ONCE(tpg->ctlr->gone)))
		storvsp_ctlr_unbind(tpg);
	if (!id)
		err = 0;
	else if (tpg->ctlr)
		err = -EBUSY;
	else
		err = storvsp_ctlr_bind(tpg, id);
	mutex_unlock(&tpg->lock);
	return err ?: count;
}
CONFIGFS_ATTR(storvsp_tpg_, bus);

static ssize_t storvsp_tpg_instance_show(struct config_item *item, char *page)
{
	struct storvsp_tpg *tpg = item_tpg(item);
	guid_t instance;

	mutex_lock(&tpg->lock);
	instance = tpg->instance;
	mutex_unlock(&tpg->lock);
	return sysfs_emit(page, "%pUl\n", &instance);
}

static ssize_t storvsp_tpg_instance_store(struct config_item *item,
					  const char *page, size_t count)
{
	struct storvsp_tpg *tpg = item_tpg(item);
	guid_t instance;
	int err;

	err = guid_parse(page, &instance);
	if (err)
		return err;
	if (guid_is_null(&instance))
		return -EINVAL;

	mutex_lock(&tpg->lock);
	if (tpg->ctlr)
		err = -EBUSY;
	else
		tpg->instance = instance;
	mutex_unlock(&tpg->lock);
	return err ?: count;
}
CONFIGFS_ATTR(storvsp_tpg_, instance);

static ssize_t storvsp_tpg_max_subchannels_show(struct config_item *item,
						char *page)
{
	return sysfs_emit(page, "%u\n",
			  READ_ONCE(item_tpg(item)->max_sub_channels));
}

static ssize_t storvsp_tpg_max_subchannels_store(struct config_item *item,
						 const char *page, size_t count)
{
	struct storvsp_tpg *tpg = item_tpg(item);
	u16 max;
	int err;

	err = kstrtou16(page, 10, &max);
	if (err)
		return err;
	if (max > STORVSP_MAX_SUB_CHANNELS)
		return -ERANGE;

	mutex_lock(&tpg->lock);
	if (tpg->ctlr)
		err = -EBUSY;
	else
		WRITE_ONCE(tpg->max_sub_channels, max);
	mutex_unlock(&tpg->lock);
	return err ?: count;
}
CONFIGFS_ATTR(storvsp_tpg_, max_subchannels);

static ssize_t show_ctlr(struct storvsp_ctlr *ctlr, char *page)
{
	struct storvsp_nego nego;

	if (!ctlr || READ_ONCE(ctlr->gone))
		return sysfs_emit(page, "unbound\n");
	/* Pairs with storvsp_ctlr_ready(): the version is settled. */
	if (!smp_load_acquire(&ctlr->ready))
		return sysfs_emit(page, "offered\n");
	nego = ctlr->nego;
	return sysfs_emit(page, "ready version %u.%u sub-channels %u\n",
			  nego.version >> 8, nego.version & 0xff,
			  nego.sub_channels);
}

static ssize_t storvsp_tpg_state_show(struct config_item *item, char *page)
{
	struct storvsp_tpg *tpg = item_tpg(item);
	ssize_t len;

	mutex_lock(&tpg->lock);
	len = show_ctlr(tpg->ctlr, page);
	mutex_unlock(&tpg->lock);
	return len;
}
CONFIGFS_ATTR_RO(storvsp_tpg_, state);

static struct configfs_attribute *tpg_attrs[] = {
	&storvsp_tpg_attr_bus,
	&storvsp_tpg_attr_instance,
	&storvsp_tpg_attr_max_subchannels,
	&storvsp_tpg_attr_state,
	NULL,
};

/* --- folders -------------------------------------------------------------- */

static bool name_fits(const char *name)
{
	size_t len = strlen(name);
	size_t i;

	if (!len || len >= STORVSP_NAME_LEN)
		return false;
	for (i = 0; i < len; i++) {
		if (!isascii(name[i]) ||
		    (!isalnum(name[i]) && !strchr("._:-", name[i])))
			return false;
	}
	return true;
}

static struct se_wwn *make_wwn(struct target_fabric_configfs *tf,
			       struct config_group *group, const char *name)
{
	struct storvsp_tport *tport;

	if (!name_fits(name))
		return ERR_PTR(-EINVAL);
	tport = kzalloc(sizeof(*tport), GFP_KERNEL);
	if (!tport)
		return ERR_PTR(-ENOMEM);
	strscpy(tport->name, name, sizeof(tport->name));
	return &tport->wwn;
}

static void drop_wwn(struct se_wwn *wwn)
{
	kfree(container_of(wwn, struct storvsp_tport, wwn));
}

/* The bus of a controller has died, or lost its owner. Its successor, if any, is left
 * alone.
 */
static void unbind_work(struct work_struct *work)
{
	struct storvsp_tpg *tpg = container_of(work, struct storvsp_tpg,
					       unbind_work);

	mutex_lock(&tpg->lock);
	if (tpg->ctlr && READ_ONCE(tpg->ctlr->gone))
		storvsp_ctlr_unbind(tpg);
	mutex_unlock(&tpg->lock);
}

/* A stable identity for a controller that was given none: variant 1, version 8. */
static void default_instance(struct storvsp_tpg *tpg)
{
	u64 half[2] = { storvsp_name_hash(tpg, 1), storvsp_name_hash(tpg, 2) };

	BUILD_BUG_ON(sizeof(half) != sizeof(tpg->instance));
	memcpy(&tpg->instance, half, sizeof(half));
	tpg->instance.b[7] = (tpg->instance.b[7] & 0x0f) | 0x80;
	tpg->instance.b[8] = (tpg->instance.b[8] & 0x3f) | 0x80;
}

static struct se_portal_group *make_tpg(struct se_wwn *wwn, const char *name)
{
	struct storvsp_tpg *tpg;
	u16 tag;
	int err;

	if (strncmp(name, "tpgt_", 5) || kstrtou16(name + 5, 10, &tag))
		return ERR_PTR(-EINVAL);
	tpg = kzalloc(sizeof(*tpg), GFP_KERNEL);
	if (!tpg)
		return ERR_PTR(-ENOMEM);
	tpg->tport = container_of(wwn, struct storvsp_tport, wwn);
	tpg->tag = tag;
	mutex_init(&tpg->lock);
	INIT_WORK(&tpg->unbind_work, unbind_work);
	tpg->max_sub_channels = min_t(u32, num_online_cpus() - 1,
				      STORVSP_MAX_SUB_CHANNELS);
	default_instance(tpg);

	err = core_tpg_register(wwn, &tpg->se_tpg, SCSI_PROTOCOL_SAS);
	if (err) {
		kfree(tpg);
		return ERR_PTR(err);
	}
	return &tpg->se_tpg;
}

static void drop_tpg(struct se_portal_group *se_tpg)
{
	struct storvsp_tpg *tpg = to_storvsp_tpg(se_tpg);

	mutex_lock(&tpg->lock);
	storvsp_ctlr_unbind(tpg);
	mutex_unlock(&tpg->lock);
	/* Unbound: nothing queues it again. */
	cancel_work_sync(&tpg->unbind_work);
	core_tpg_deregister(se_tpg);
	kfree(tpg);
}

/* --- units come and go ---------------------------------------------------- */

/* The link, and so the device, stays while the core asks. */
static bool is_emulated(struct se_lun *lun)
{
	struct se_device *dev = rcu_dereference_raw(lun->lun_se_dev);

	return dev && !(dev->transport_flags & TRANSPORT_FLAG_PASSTHROUGH);
}

static void set_lun(struct se_portal_group *se_tpg, u64 lun, bool present,
		    bool emulated)
{
	struct storvsp_tpg *tpg = to_storvsp_tpg(se_tpg);

	mutex_lock(&tpg->lock);
	if (emulated)
		set_bit(lun, tpg->emulated);
	else
		clear_bit(lun, tpg->emulated);
	if (present)
		set_bit(lun, tpg->luns);
	else
		clear_bit(lun, tpg->luns);
	if (tpg->ctlr)
		storvsp_ctlr_notify(tpg->ctlr);
	mutex_unlock(&tpg->lock);
}

static int post_link(struct se_portal_group *se_tpg, struct se_lun *lun)
{
	if (lun->unpacked_lun >= STORVSP_LUNS) {
		pr_warn("%s: LUN %llu is out of a guest's reach (0 to %d)\n",
			to_storvsp_tpg(se_tpg)->tport->name,
			lun->unpacked_lun, STORVSP_LUNS - 1);
		return -ERANGE;
	}
	set_lun(se_tpg, lun->unpacked_lun, true, is_emulated(lun));
	return 0;
}

static void pre_unlink(struct se_portal_group *se_tpg, struct se_lun *lun)
{
	if (lun->unpacked_lun < STORVSP_LUNS)
		set_lun(se_tpg, lun->unpacked_lun, false, false);
}

/* --- what the core asks --------------------------------------------------- */

static char *tpg_get_wwn(struct se_portal_group *se_tpg)
{
	return to_storvsp_tpg(se_tpg)->tport->name;
}

static u16 tpg_get_tag(struct se_portal_group *se_tpg)
{
	return to_storvsp_tpg(se_tpg)->tag;
}

static int answer_yes(struct se_portal_group *se_tpg)
{
	return 1;
}

static int answer_no(struct se_portal_group *se_tpg)
{
	return 0;
}

static u32 tpg_get_inst_index(struct se_portal_group *se_tpg)
{
	return 1;
}

static u32 sess_get_index(struct se_session *sess)
{
	return 0;
}

static void set_default_node_attributes(struct se_node_acl *acl)
{
}

static int get_cmd_state(struct se_cmd *cmd)
{
	return 0;
}

static void queue_tm_rsp(struct se_cmd *cmd)
{
	/* Task management is never asked of the core. */
}

static const struct target_core_fabric_ops fabric_ops = {
	.module				= THIS_MODULE,
	.fabric_name			= "hvroot",
	.tpg_get_wwn			= tpg_get_wwn,
	.tpg_get_tag			= tpg_get_tag,
	.tpg_check_demo_mode		= answer_yes,
	.tpg_check_demo_mode_cache	= answer_yes,
	.tpg_check_demo_mode_write_protect = answer_no,
	.tpg_check_prod_mode_write_protect = answer_no,
	.tpg_get_inst_index		= tpg_get_inst_index,
	.check_stop_free		= storvsp_check_stop_free,
	.release_cmd			= storvsp_release_cmd,
	.sess_get_index			= sess_get_index,
	.write_pending			= storvsp_write_pending,
	.set_default_node_attributes	= set_default_node_attributes,
	.get_cmd_state			= get_cmd_state,
	.queue_data_in			= storvsp_queue_data_in,
	.queue_status			= storvsp_queue_status,
	.queue_tm_rsp			= queue_tm_rsp,
	.aborted_task			= storvsp_aborted_task,
	.fabric_make_wwn		= make_wwn,
	.fabric_drop_wwn		= drop_wwn,
	.fabric_make_tpg		= make_tpg,
	.fabric_drop_tpg		= drop_tpg,
	.fabric_post_link		= post_link,
	.fabric_pre_unlink		= pre_unlink,
	.tfc_tpg_base_attrs		= tpg_attrs,
	HVR_FABRIC_SUBMIT_DIRECTLY
};

int storvsp_fabric_register(void)
{
	return target_register_template(&fabric_ops);
}

void storvsp_fabric_unregister(void)
{
	target_unregister_template(&fabric_ops);
}
