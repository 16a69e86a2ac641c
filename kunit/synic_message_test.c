// SPDX-License-Identifier: GPL-2.0-only
/*
 * Message slots: free, taken, freed in between, and a guest on another CPU.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "../synic/slot.c"

static void fill(struct synic_message *msg, u32 type, u32 size, u8 byte)
{
	msg->type = type;
	msg->size = size;
	memset(msg->payload, byte, size);
}

static void test_free(struct kunit *test)
{
	struct hv_message slot;
	struct synic_message msg;

	memset(&slot, 0xee, sizeof(slot));
	slot.header.message_type = 0;
	fill(&msg, HVMSG_CHANNEL, 5, 0x42);
	KUNIT_EXPECT_TRUE(test, synic_slot_put(&slot, &msg, false));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(slot.header.message_type), 1u);
	KUNIT_EXPECT_EQ(test, slot.header.payload_size, 5);
	KUNIT_EXPECT_EQ(test, slot.header.message_flags, 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(slot.header.reserved), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(slot.header.sender), 0ULL);
	KUNIT_EXPECT_EQ(test, slot.payload[4], 0x42);
	/* Nothing of an older message shows behind it. */
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(slot.payload + 5, 0, 235), NULL);
}

static void test_full_size(struct kunit *test)
{
	struct hv_message slot = {};
	struct synic_message msg;

	fill(&msg, HVMSG_TIMER_EXPIRED, HV_MESSAGE_PAYLOAD_BYTES, 0x17);
	KUNIT_EXPECT_TRUE(test, synic_slot_put(&slot, &msg, true));
	KUNIT_EXPECT_EQ(test, slot.header.payload_size, 240);
	KUNIT_EXPECT_EQ(test, slot.header.message_flags,
			HV_MESSAGE_FLAG_PENDING);
	KUNIT_EXPECT_EQ(test, slot.payload[239], 0x17);
}

static void test_empty(struct kunit *test)
{
	struct hv_message slot;
	struct synic_message msg;

	memset(&slot, 0xee, sizeof(slot));
	slot.header.message_type = 0;
	fill(&msg, HVMSG_CHANNEL, 0, 0);
	KUNIT_EXPECT_TRUE(test, synic_slot_put(&slot, &msg, false));
	KUNIT_EXPECT_EQ(test, slot.header.payload_size, 0);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(slot.payload, 0, 240), NULL);
}

static void test_taken(struct kunit *test)
{
	struct hv_message slot, before;
	struct synic_message msg;

	memset(&slot, 0x11, sizeof(slot));
	slot.header.message_flags = 0;
	before = slot;
	before.header.message_flags = HV_MESSAGE_FLAG_PENDING;
	fill(&msg, HVMSG_CHANNEL, 240, 0x42);
	KUNIT_EXPECT_FALSE(test, synic_slot_put(&slot, &msg, false));
	/* Only the flag changed. */
	KUNIT_EXPECT_EQ(test, memcmp(&slot, &before, sizeof(slot)), 0);
	slot.header.message_type = 0;
	KUNIT_EXPECT_TRUE(test, synic_slot_put(&slot, &msg, false));
	KUNIT_EXPECT_EQ(test, slot.header.message_flags, 0);
}

/* ---- both sides at once ---- */

#define ROUNDS	10000

/* Nothing is so slow that one message takes that long. */
#define LOST	(60 * HZ)

struct guest {
	struct hv_message slot;
	struct completion done;
	bool eom;
	bool stop;
	u32 taken;
	u32 wrong;
};

/* What a guest does: copy, free, look at the flag, write EOM. */
static int guest_thread(void *data)
{
	struct guest *g = data;

	while (g->taken < ROUNDS && !READ_ONCE(g->stop)) {
		/* Pairs with the release of synic_slot_put(). */
		if (!smp_load_acquire(&g->slot.header.message_type)) {
			cond_resched();
			continue;
		}
		if (g->slot.payload[0] != (u8)g->taken ||
		    g->slot.payload[239] != (u8)g->taken)
			g->wrong++;
		g->taken++;
		/* The xchg orders; pairs with the barrier of synic_slot_put(). */
		xchg(&g->slot.header.message_type, 0);
		if (READ_ONCE(g->slot.header.message_flags) &
		    HV_MESSAGE_FLAG_PENDING)
			WRITE_ONCE(g->eom, true);
	}
	complete(&g->done);
	return 0;
}

/* A message that did not fit is tried again only when EOM came: a lost one would
 * end the test.
 */
static void test_protocol(struct kunit *test)
{
	unsigned long end = jiffies + LOST;
	struct task_struct *task;
	struct synic_message msg;
	struct guest *g;
	u32 sent = 0;

	g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g);
	init_completion(&g->done);
	task = kthread_run(guest_thread, g, "hvroot-slot");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (sent < ROUNDS && time_before(jiffies, end)) {
		fill(&msg, HVMSG_CHANNEL, 240, sent);
		if (synic_slot_put(&g->slot, &msg, sent + 1 < ROUNDS)) {
			sent++;
			end = jiffies + LOST;
			continue;
		}
		while (!xchg(&g->eom, false) && time_before(jiffies, end))
			cond_resched();
	}
	if (sent < ROUNDS)
		WRITE_ONCE(g->stop, true);
	wait_for_completion(&g->done);
	KUNIT_EXPECT_EQ(test, sent, (u32)ROUNDS);
	KUNIT_EXPECT_EQ(test, g->taken, sent);
	KUNIT_EXPECT_EQ(test, g->wrong, 0u);
}

static struct kunit_case synic_message_cases[] = {
	KUNIT_CASE(test_free),
	KUNIT_CASE(test_full_size),
	KUNIT_CASE(test_empty),
	KUNIT_CASE(test_taken),
	KUNIT_CASE(test_protocol),
	{}
};

static struct kunit_suite synic_message_suite = {
	.name = "hvroot_synic_message",
	.test_cases = synic_message_cases,
};

kunit_test_suites(&synic_message_suite);
