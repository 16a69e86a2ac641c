// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI as tables: every ioctl of every kind of descriptor, every hypercall that is
 * passed through, and what each member holds.
 */
#include <linux/mshv.h>
#include <hvabi/hvhdk.h>
#include <hvroot/ext.h>
#include <hvroot/vmbus_ctl.h>

#include "abi.h"

#define F(type, member, kind, val)					\
	{ .offset = offsetof(struct type, member),			\
	  .width = sizeof(((struct type *)0)->member), .what = (kind), .arg = (val) }

#define NO_FD	(-1)

/* ---- members that go together ---- */

/* Windows of guest addresses: one and the same place and size for mapping and for
 * unmapping, so that both succeed now and then.
 */
static size_t finish_memory(struct rng *r, uint8_t *arg)
{
	struct mshv_user_mem_region *m = (void *)arg;
	unsigned int i = below(r, 8);

	m->guest_pfn = (0x1000000UL + i * 0x200000UL) / PAGE;
	m->size = i < 4 ? 0x200000 : 0x40000 + i * 0x3000;
	m->userspace_addr = (uintptr_t)world.arena[ARENA_RAM] + (i % 4) * 0x200000;
	if (one_in(r, 32)) {	/* the memory that the guest runs from */
		m->guest_pfn = 0;
		m->size = ARENA_SIZE;
		m->userspace_addr = (uintptr_t)world.arena[ARENA_RAM];
	}
	if (one_in(r, 16))
		m->userspace_addr = (uintptr_t)pick_address(r, PAGE) & ~(PAGE - 1);
	return sizeof(*m);
}

static size_t finish_routes(struct rng *r, uint8_t *arg)
{
	struct mshv_user_irq_table *t = (void *)arg;
	unsigned int i;

	t->nr = one_in(r, 8) ? below(r, 400) : below(r, 12);
	for (i = 0; i < t->nr; i++) {
		t->entries[i].gsi = one_in(r, 32) ? below(r, 5000) : i;
		t->entries[i].address_lo = 0xfee00000 | below(r, 16) << 12 |
					   (one_in(r, 4) ? 4 : 0);
		t->entries[i].address_hi = one_in(r, 128);
		t->entries[i].data = below(r, 256) | (one_in(r, 4) ? 0x8000 : 0) |
				     (one_in(r, 4) ? below(r, 8) << 8 : 0);
	}
	return sizeof(*t) + t->nr * sizeof(t->entries[0]);
}

static size_t finish_bitmap(struct rng *r, uint8_t *arg)
{
	struct mshv_gpap_access_bitmap *b = (void *)arg;

	b->page_count = one_in(r, 16) ? some_value(r) : 1 + below(r, 20000);
	if (one_in(r, 4))
		b->gpap_base = 0x1000 + below(r, 0x1000);
	return sizeof(*b);
}

static size_t finish_create(struct rng *r, uint8_t *arg)
{
	struct mshv_create_partition_v2 *c = (void *)arg;

	c->pt_flags |= 1 << MSHV_PT_BIT_LAPIC;
	if (!one_in(r, 32))
		c->pt_flags &= ~(1ULL << MSHV_PT_BIT_NESTED_VIRTUALIZATION);
	return sizeof(*c);
}

static size_t finish_list(struct rng *r, uint8_t *arg)
{
	struct hvr_ext_list *l = (void *)arg;

	l->nr = below(r, 16);
	return sizeof(*l);
}

static size_t finish_stop(struct rng *r, uint8_t *arg)
{
	struct hvr_ext_stop *s = (void *)arg;

	/* Not the first two, which the round lives on. */
	s->id = world.first_id + (one_in(r, 64) ? 0 : 2 + below(r, 8));
	return sizeof(*s);
}

static size_t finish_offer(struct rng *r, uint8_t *arg)
{
	struct hvr_vmbus_offer *o = (void *)arg;

	o->type[0] = 0x11;
	o->instance[0] = below(r, 4);
	o->sub_index = one_in(r, 4) ? below(r, 3) : 0;
	return sizeof(*o);
}

/* ---- ioctls ---- */

const struct abi_row abi_rows[] = {
	{ "dev CREATE_PARTITION", MSHV_CREATE_PARTITION, K_DEV,
	  sizeof(struct mshv_create_partition_v2), {
	  F(mshv_create_partition_v2, pt_flags, W_BITS, 0x3f),
	  F(mshv_create_partition_v2, pt_num_cpu_fbanks, W_VALUE, 2),
	  F(mshv_create_partition_v2, pt_cpu_fbanks[0], W_ANY, 0),
	  F(mshv_create_partition_v2, pt_cpu_fbanks[1], W_ANY, 0),
	  F(mshv_create_partition_v2, pt_disabled_xsave, W_ANY, 0),
	  }, finish_create, K_PT, 4 },
	{ "dev EXT_GET_VERSION", HVR_EXT_GET_VERSION, K_DEV,
	  sizeof(struct hvr_ext_version), {}, NULL, NO_FD, 1 },
	{ "dev EXT_LIST_PARTITIONS", HVR_EXT_LIST_PARTITIONS, K_DEV,
	  sizeof(struct hvr_ext_list), {
	  F(hvr_ext_list, first_id, W_BELOW, 4),
	  F(hvr_ext_list, entry_size, W_VALUE, sizeof(struct hvr_ext_partition)),
	  F(hvr_ext_list, entries, W_ADDRESS, 4096),
	  }, finish_list, NO_FD, 4 },
	{ "dev EXT_STOP_PARTITION", HVR_EXT_STOP_PARTITION, K_DEV,
	  sizeof(struct hvr_ext_stop), {
	  F(hvr_ext_stop, id, W_ANY, 0),
	  }, finish_stop, NO_FD, 2 },
	{ "pt INITIALIZE_PARTITION", MSHV_INITIALIZE_PARTITION, K_PT, 0, {}, NULL,
	  NO_FD, 6 },
	{ "pt CREATE_VP", MSHV_CREATE_VP, K_PT, sizeof(struct mshv_create_vp), {
	  F(mshv_create_vp, vp_index, W_VP, 0),
	  }, NULL, K_VP, 10 },
	{ "pt SET_GUEST_MEMORY", MSHV_SET_GUEST_MEMORY, K_PT,
	  sizeof(struct mshv_user_mem_region), {
	  F(mshv_user_mem_region, flags, W_BITS, 7),
	  }, finish_memory, NO_FD, 30 },
	{ "pt IRQFD", MSHV_IRQFD, K_PT, sizeof(struct mshv_user_irqfd), {
	  F(mshv_user_irqfd, fd, W_EVENT, 0),
	  F(mshv_user_irqfd, resamplefd, W_OTHER_EVENT, 0),
	  F(mshv_user_irqfd, gsi, W_BELOW, 12),
	  F(mshv_user_irqfd, flags, W_BITS, 3),
	  }, NULL, NO_FD, 20 },
	{ "pt IOEVENTFD", MSHV_IOEVENTFD, K_PT, sizeof(struct mshv_user_ioeventfd), {
	  F(mshv_user_ioeventfd, datamatch, W_BELOW, 4),
	  F(mshv_user_ioeventfd, addr, W_GPA, 0),
	  F(mshv_user_ioeventfd, len, W_VALUE, 4),
	  F(mshv_user_ioeventfd, fd, W_EVENT, 0),
	  F(mshv_user_ioeventfd, flags, W_BITS, 5),
	  }, NULL, NO_FD, 15 },
	{ "pt SET_MSI_ROUTING", MSHV_SET_MSI_ROUTING, K_PT,
	  sizeof(struct mshv_user_irq_table), {}, finish_routes, NO_FD, 10 },
	{ "pt GET_GPAP_ACCESS_BITMAP", MSHV_GET_GPAP_ACCESS_BITMAP, K_PT,
	  sizeof(struct mshv_gpap_access_bitmap), {
	  F(mshv_gpap_access_bitmap, access_type, W_BELOW, 2),
	  F(mshv_gpap_access_bitmap, access_op, W_BELOW, 3),
	  F(mshv_gpap_access_bitmap, gpap_base, W_BELOW, 0x900),
	  F(mshv_gpap_access_bitmap, bitmap_ptr, W_ADDRESS, 4096),
	  }, finish_bitmap, NO_FD, 12 },
	{ "pt EXT_GET_CRASH", HVR_EXT_GET_CRASH, K_PT, sizeof(struct hvr_ext_crash), {
	  F(hvr_ext_crash, message_size, W_BELOW, 4097),
	  F(hvr_ext_crash, message, W_ADDRESS, 4096),
	  }, NULL, NO_FD, 3 },
	{ "pt EXT_GET_ID", HVR_EXT_GET_ID, K_PT, 8, {}, NULL, NO_FD, 1 },
	{ "vp RUN_VP", MSHV_RUN_VP, K_VP, sizeof(struct mshv_run_vp), {}, NULL, NO_FD,
	  10, .apart = true },
	{ "vp GET_VP_STATE", MSHV_GET_VP_STATE, K_VP,
	  sizeof(struct mshv_get_set_vp_state), {
	  F(mshv_get_set_vp_state, type, W_BELOW, 5),
	  F(mshv_get_set_vp_state, buf_sz, W_VALUE, 4096),
	  F(mshv_get_set_vp_state, buf_ptr, W_ADDRESS, 4096),
	  }, NULL, NO_FD, 8 },
	{ "vp SET_VP_STATE", MSHV_SET_VP_STATE, K_VP,
	  sizeof(struct mshv_get_set_vp_state), {
	  F(mshv_get_set_vp_state, type, W_BELOW, 5),
	  F(mshv_get_set_vp_state, buf_sz, W_VALUE, 4096),
	  F(mshv_get_set_vp_state, buf_ptr, W_ADDRESS, 4096),
	  }, NULL, NO_FD, 8 },
	{ "vp EXT_GET_CRASH", HVR_EXT_GET_CRASH, K_VP, sizeof(struct hvr_ext_crash), {
	  F(hvr_ext_crash, message_size, W_BELOW, 4097),
	  F(hvr_ext_crash, message, W_ADDRESS, 4096),
	  }, NULL, NO_FD, 1 },
	{ "vp EXT_GET_ID", HVR_EXT_GET_ID, K_VP, 8, {}, NULL, NO_FD, 1 },
	{ "bus VMBUS_ATTACH", VMBUS_ATTACH, K_CTL, sizeof(struct hvr_vmbus_attach), {
	  F(hvr_vmbus_attach, partition_fd, W_PARTITION, 0),
	  }, NULL, NO_FD, 6 },
	{ "bus VMBUS_OFFER", VMBUS_OFFER, K_CTL, sizeof(struct hvr_vmbus_offer), {
	  F(hvr_vmbus_offer, flags, W_BITS, HVR_OFFER_F_VALID),
	  F(hvr_vmbus_offer, mmio_megabytes, W_BELOW, 64),
	  }, finish_offer, K_CHAN, 8 },
	{ "bus VMBUS_INFO", VMBUS_INFO, K_CTL, sizeof(struct hvr_vmbus_info), {},
	  NULL, NO_FD, 2 },
	{ "bus VMBUS_CHANNELS", VMBUS_CHANNELS, K_CTL,
	  sizeof(struct hvr_vmbus_channels), {
	  F(hvr_vmbus_channels, channels, W_ADDRESS, 4096),
	  F(hvr_vmbus_channels, count, W_BELOW, 40),
	  }, NULL, NO_FD, 3 },
	{ "chan CHANNEL_OPEN_RESULT", CHANNEL_OPEN_RESULT, K_CHAN,
	  sizeof(struct hvr_channel_open_result), {
	  F(hvr_channel_open_result, accept, W_BELOW, 2),
	  }, NULL, NO_FD, 6 },
};

const unsigned int nr_abi_rows = ARRAY_SIZE(abi_rows);

/* ---- hypercalls ---- */

const struct abi_call abi_calls[] = {
	{ "hvcall 0x44 get property", HV_CALL_GET_PARTITION_PROPERTY,
	  sizeof(struct hv_in_get_property), 0, 8, 0, true, {
	  F(hv_in_get_property, code, W_PROPERTY, 0),
	  }, {}, 4 },
	{ "hvcall 0x45 set property", HV_CALL_SET_PARTITION_PROPERTY,
	  sizeof(struct hv_in_set_property), 0, 0, 0, false, {
	  F(hv_in_set_property, code, W_PROPERTY, 0),
	  F(hv_in_set_property, value, W_BELOW, 2),
	  }, {}, 8 },
	{ "hvcall 0x4d install intercept", HV_CALL_INSTALL_INTERCEPT,
	  sizeof(struct hv_in_install_intercept), 0, 0, 0, false, {
	  F(hv_in_install_intercept, access, W_BITS, 7),
	  F(hv_in_install_intercept, intercept_kind, W_BELOW, 16),
	  F(hv_in_install_intercept, parameter, W_ANY, 0),
	  }, {}, 3 },
	{ "hvcall 0x50 get registers", HV_CALL_GET_VP_REGISTERS,
	  sizeof(struct hv_in_get_registers), 4, 0, 16, false, {
	  F(hv_in_get_registers, vp_index, W_VP, 0),
	  F(hv_in_get_registers, vtl, W_BITS, 0x10),
	  }, { { 0, 4, W_REGISTER, 0 } }, 12 },
	{ "hvcall 0x51 set registers", HV_CALL_SET_VP_REGISTERS,
	  sizeof(struct hv_in_set_registers), 32, 0, 0, false, {
	  F(hv_in_set_registers, vp_index, W_VP, 0),
	  F(hv_in_set_registers, vtl, W_BITS, 0x10),
	  }, {
	  F(hv_register_assoc, name, W_REGISTER, 0),
	  F(hv_register_assoc, value.low, W_ANY, 0),
	  F(hv_register_assoc, value.high, W_ANY, 0),
	  }, 25 },
	{ "hvcall 0x52 translate", HV_CALL_TRANSLATE_VIRTUAL_ADDRESS,
	  sizeof(struct hv_in_translate), 0, sizeof(struct hv_out_translate), 0,
	  false, {
	  F(hv_in_translate, vp_index, W_VP, 0),
	  F(hv_in_translate, flags, W_BITS, 0x7f),
	  F(hv_in_translate, gva_page, W_GFN, 0),
	  }, {}, 6 },
	{ "hvcall 0x56 clear interrupt", HV_CALL_CLEAR_VIRTUAL_INTERRUPT,
	  sizeof(struct hv_in_clear_interrupt), 0, 0, 0, false, {}, {}, 1 },
	{ "hvcall 0x91 register CPUID result", HV_CALL_REGISTER_INTERCEPT_RESULT,
	  HV_REGISTER_INTERCEPT_RESULT_SIZE, 0, 0, 0, false, {
	  F(hv_in_register_intercept_result, vp_index, W_VP, 0),
	  F(hv_in_register_intercept_result, intercept_kind, W_VALUE,
	    HV_INTERCEPT_CPUID),
	  F(hv_in_register_intercept_result, cpuid.eax_in, W_LEAF, 0),
	  F(hv_in_register_intercept_result, cpuid.ecx_in, W_BELOW, 3),
	  F(hv_in_register_intercept_result, cpuid.subleaf_specific, W_BELOW, 2),
	  F(hv_in_register_intercept_result, cpuid.always_override, W_BELOW, 2),
	  F(hv_in_register_intercept_result, cpuid.eax, W_ANY, 0),
	  F(hv_in_register_intercept_result, cpuid.eax_mask, W_ANY, 0),
	  F(hv_in_register_intercept_result, cpuid.ecx, W_ANY, 0),
	  F(hv_in_register_intercept_result, cpuid.ecx_mask, W_ANY, 0),
	  F(hv_in_register_intercept_result, cpuid.edx, W_ANY, 0),
	  F(hv_in_register_intercept_result, cpuid.edx_mask, W_ANY, 0),
	  }, {}, 3 },
	{ "hvcall 0x94 assert interrupt", HV_CALL_ASSERT_VIRTUAL_INTERRUPT,
	  sizeof(struct hv_in_assert_interrupt), 0, 0, 0, false, {
	  { 8, 4, W_BELOW, 10 },
	  { 12, 4, W_BITS, 3 },
	  F(hv_in_assert_interrupt, destination, W_BELOW, 6),
	  F(hv_in_assert_interrupt, vector, W_BELOW, 256),
	  }, {}, 15 },
	{ "hvcall 0xc0 signal event", HV_CALL_SIGNAL_EVENT_DIRECT,
	  sizeof(struct hv_in_signal_event_direct), 0,
	  sizeof(struct hv_out_signal_event_direct), 0, false, {
	  F(hv_in_signal_event_direct, vp_index, W_VP, 0),
	  F(hv_in_signal_event_direct, sint, W_SINT, 0),
	  F(hv_in_signal_event_direct, flag, W_BELOW, 2048),
	  }, {}, 4 },
	{ "hvcall 0xc1 post message", HV_CALL_POST_MESSAGE_DIRECT,
	  sizeof(struct hv_in_post_message_direct), 0, 0, 0, false, {
	  F(hv_in_post_message_direct, vp_index, W_VP, 0),
	  F(hv_in_post_message_direct, sint, W_SINT, 0),
	  { offsetof(struct hv_in_post_message_direct, message), 4, W_BELOW, 4 },
	  { offsetof(struct hv_in_post_message_direct, message) + 4, 1, W_BELOW,
	    241 },
	  }, {}, 4 },
	{ "hvcall 0xf4 get CPUID", HV_CALL_GET_VP_CPUID_VALUES,
	  sizeof(struct hv_in_get_cpuid), sizeof(struct hv_cpuid_leaf), 0, 16, false, {
	  F(hv_in_get_cpuid, vp_index, W_VP, 0),
	  F(hv_in_get_cpuid, flags, W_BITS, 3),
	  }, {
	  F(hv_cpuid_leaf, eax, W_LEAF, 0),
	  F(hv_cpuid_leaf, ecx, W_BELOW, 12),
	  }, 3 },
	{ "hvcall 0x101 get property ex", HV_CALL_GET_PARTITION_PROPERTY_EX,
	  sizeof(struct hv_in_get_property_ex), 0, 4072, 0, true, {
	  F(hv_in_get_property_ex, code, W_PROPERTY, 0),
	  }, {}, 2 },
};

const unsigned int nr_abi_calls = ARRAY_SIZE(abi_calls);

const uint32_t abi_properties[] = {
	HV_PROP_SYNTHETIC_FEATURES, HV_PROP_SUSPEND, HV_PROP_TIME_FREEZE,
	HV_PROP_REFERENCE_TIME, HV_PROP_PROCESSORS_PER_SOCKET,
	HV_PROP_ACCESS_TRACKING, HV_PROP_ACCESS_TRACKING,
	HV_PROP_UNIMPLEMENTED_MSR_ACTION, HV_PROP_PROCESSOR_VENDOR,
	HV_PROP_XSAVE_FEATURES, HV_PROP_PHYSICAL_ADDRESS_WIDTH,
	HV_PROP_XSAVE_STATES, HV_PROP_MAX_XSAVE_SIZE, HV_PROP_CLOCK_FREQUENCY,
	HV_PROP_PROCESSOR_FEATURES0, HV_PROP_PROCESSOR_FEATURES1,
	HV_PROP_VMM_CAPABILITIES, HV_PROP_ASSIGNABLE_SYNTHETIC_FEATURES,
};

const unsigned int nr_abi_properties = ARRAY_SIZE(abi_properties);
