// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/hvroot_vmbus: every ioctl with wrong arguments and in wrong orders, then a
 * whole life of a bus. The guest is this program (vmbus_guest.h).
 */
#include <pthread.h>

#include "vmbus_guest.h"

/* ---- control descriptor ---- */

static void test_before_attach(void)
{
	struct hvr_vmbus_offer offer = some_offer(1);
	struct hvr_vmbus_channels list = { 0 };
	struct hvr_vmbus_info info;
	int ctl = open_ctl();

	expect("no bus: offer", call(ctl, VMBUS_OFFER, &offer), -ENOTCONN);
	expect("no bus: info", call(ctl, VMBUS_INFO, &info), -ENOTCONN);
	expect("no bus: channels", call(ctl, VMBUS_CHANNELS, &list), -ENOTCONN);
	expect("no bus: unknown number", call(ctl, _IO(HVR_VMBUS_IOCTL, 0x7f), NULL),
	       -ENOTTY);
	expect("no bus: channel's number",
	       call(ctl, CHANNEL_OPEN_RESULT, &info), -ENOTTY);
	close(ctl);
}

static void test_attach(void)
{
	struct hvr_vmbus_attach args = { .flags = 1 };
	int dev = open_device();
	int raw = make_partition(dev, false);
	int pt = make_partition(dev, true);
	int ctl = open_ctl();
	int other = open_ctl();

	expect("attach: bad pointer", call(ctl, VMBUS_ATTACH, (void *)8), -EFAULT);
	args.partition_fd = pt;
	expect("attach: flags", call(ctl, VMBUS_ATTACH, &args), -EINVAL);
	expect("attach: descriptor -1", attach(ctl, -1), -EBADF);
	expect("attach: not a partition", attach(ctl, dev), -EINVAL);
	expect("attach: its own descriptor", attach(ctl, ctl), -EINVAL);
	expect("attach: not initialized", attach(ctl, raw), -EINVAL);
	expect("attach", attach(ctl, pt), 0);
	expect("attach: twice", attach(ctl, pt), -EBUSY);
	expect("attach: second bus", attach(other, pt), -EEXIST);
	close(ctl);
	args.flags = 0;
	expect("attach: again after close", call(other, VMBUS_ATTACH, &args), 0);
	tap(args.partition_id && args.partition_id == info_of(other).partition_id,
	    "attach: partition id", "%llu", args.partition_id);
	close(other);
	close(pt);
	close(raw);
	close(dev);
}

static void test_offer(int ctl)
{
	struct hvr_vmbus_offer offer = some_offer(1);
	struct hvr_vmbus_channel list[4];
	struct hvr_vmbus_channels args = { 0 };
	int a, b, sub;

	expect("offer: bad pointer", call(ctl, VMBUS_OFFER, (void *)8), -EFAULT);
	offer.flags = 2;
	expect("offer: confidential ring", call(ctl, VMBUS_OFFER, &offer), -EINVAL);
	offer = some_offer(1);
	offer.reserved = 1;
	expect("offer: reserved", call(ctl, VMBUS_OFFER, &offer), -EINVAL);
	a = offer_chan(ctl, 1);
	tap(a >= 0, "offer", "%s", result_name(a));
	expect("offer: same again", offer_chan(ctl, 1), -EEXIST);
	offer = some_offer(1);
	offer.sub_index = 1;
	sub = call(ctl, VMBUS_OFFER, &offer);
	tap(sub >= 0, "offer: sub-channel", "%s", result_name(sub));
	b = offer_chan(ctl, 0);
	tap(b >= 0, "offer: another", "%s", result_name(b));

	args.reserved = 1;
	expect("channels: reserved", call(ctl, VMBUS_CHANNELS, &args), -EINVAL);
	args.reserved = 0;
	expect("channels: count", call(ctl, VMBUS_CHANNELS, &args), 0);
	tap(args.count == 3, "channels: three", "%u", args.count);
	args.count = 1;
	args.channels = 8;
	expect("channels: bad pointer", call(ctl, VMBUS_CHANNELS, &args), -EFAULT);
	memset(list, 0xee, sizeof(list));
	args.count = 4;
	args.channels = (uintptr_t)list;
	expect("channels: list", call(ctl, VMBUS_CHANNELS, &args), 0);
	tap(args.count == 3 && list[0].instance[0] == 0 &&
	    list[1].instance[0] == 1 && list[2].sub_index == 1 &&
	    list[2].state == HVR_CHAN_OFFERED && list[2].user == 1 &&
	    !list[2].relid && list[3].relid == 0xeeeeeeee,
	    "channels: content", "count %u", args.count);
	close(sub);
	close(a);
	close(b);
	a = offer_chan(ctl, 1);
	tap(a >= 0, "offer: again after close", "%s", result_name(a));
	close(a);
	tap(!info_of(ctl).nr_channels, "offer: none left", "%u",
	    info_of(ctl).nr_channels);
}

struct frame_case {
	const char *name;
	struct hvr_frame head;
	size_t bytes;		/* written */
	long want;
};

static const struct frame_case frames[] = {
	{ "write: nothing", { 0 }, 0, -EINVAL },
	{ "write: half a header", { 0 }, 8, -EINVAL },
	{ "write: kind 0", { .type = 6 }, 24, -EINVAL },
	{ "write: kind open", { .kind = 2 }, 24, -EINVAL },
	{ "write: type 9", { .kind = 1, .type = 9 }, 24, -EINVAL },
	{ "write: type 7", { .kind = 1, .type = 7 }, 24, -EINVAL },
	{ "write: flag 2", { .kind = 1, .type = 6, .flags = 2 }, 24, -EINVAL },
	{ "write: completion with a flag", { .kind = 1, .type = 11, .flags = 1 },
	  24, -EINVAL },
	{ "write: reserved", { .kind = 1, .type = 6, .reserved = 1 }, 24, -EINVAL },
	{ "write: length too big", { .kind = 1, .type = 6, .len = 8 }, 24, -EINVAL },
	{ "write: length too small", { .kind = 1, .type = 6 }, 25, -EINVAL },
	{ "write: beyond the limit",
	  { .kind = 1, .type = 6, .len = HVR_FRAME_MAX_LEN + 1 },
	  24 + HVR_FRAME_MAX_LEN + 1, -EMSGSIZE },
	{ "write: not open", { .kind = 1, .type = 6, .len = 8 }, 32, -ENOTCONN },
};

static void test_channel(int ctl)
{
	static char buf[32 + HVR_FRAME_MAX_LEN];
	struct hvr_channel_open_result answer = { .accept = 1 };
	int fd = offer_chan(ctl, 1);
	unsigned int i;

	set_nonblock(fd, true);
	expect("channel: nothing to read", read_fd(fd, buf, sizeof(buf)), -EAGAIN);
	expect("channel: tiny read", read_fd(fd, buf, 23), -EMSGSIZE);
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		memcpy(buf, &frames[i].head, sizeof(frames[i].head));
		expect(frames[i].name, write_fd(fd, buf, frames[i].bytes),
		       frames[i].want);
	}
	expect("channel: answer to no open", call(fd, CHANNEL_OPEN_RESULT, &answer),
	       -ENOTCONN);
	answer.accept = 2;
	expect("channel: answer 2", call(fd, CHANNEL_OPEN_RESULT, &answer), -EINVAL);
	answer.accept = 1;
	answer.reserved = 1;
	expect("channel: answer, reserved", call(fd, CHANNEL_OPEN_RESULT, &answer),
	       -EINVAL);
	expect("channel: control's number", call(fd, VMBUS_INFO, buf), -ENOTTY);
	close(fd);
}

static void test_death(void)
{
	struct hvr_frame head = { .kind = 1, .type = 6 };
	int dev = open_device();
	int pt = make_partition(dev, true);
	int ctl = open_ctl();
	char buf[256];
	int fd;

	attach(ctl, pt);
	fd = offer_chan(ctl, 1);
	expect("death: alive", poll_fd(fd), 0);
	close(pt);
	expect("death: poll", poll_fd(fd), POLLIN | POLLHUP);
	expect("death: read", read_fd(fd, buf, sizeof(buf)), 0);
	expect("death: write", write_fd(fd, &head, sizeof(head)), -EPIPE);
	expect("death: state", info_of(ctl).state, HVR_BUS_DEAD);
	expect("death: offer", offer_chan(ctl, 2), -ENODEV);
	close(ctl);
	close(fd);

	/* The other order: the bus first, the channel's descriptor last. */
	pt = make_partition(dev, true);
	ctl = open_ctl();
	attach(ctl, pt);
	fd = offer_chan(ctl, 1);
	close(ctl);
	expect("death of the bus: poll", poll_fd(fd), POLLIN | POLLHUP);
	close(pt);
	close(fd);
	close(dev);
}

static void test_connect(struct guest *g)
{
	struct hvr_vmbus_info info;
	double end;

	post_contact(g, HV_VMBUS_COPPER, HV_VMBUS_CONNECTION_MULTICLIENT);
	expect_message(g, "guest: 6.0", HV_VMBUS_VERSION_RESPONSE);
	tap(!g->payload[8], "guest: 6.0 is refused", "%u", g->payload[8]);
	post_contact(g, HV_VMBUS_WIN8_1, HV_VMBUS_CONNECTION_CLASSIC);
	expect_message(g, "guest: 3.0", HV_VMBUS_VERSION_RESPONSE);
	tap(g->payload[8] == 1 && word(g, 12) == HV_VMBUS_WIN8_1,
	    "guest: 3.0 is echoed", "%#x", word(g, 12));
	connect_guest(g);
	info = info_of(g->ctl);
	tap(info.state == HVR_BUS_CONNECTED && info.version == HV_VMBUS_IRON &&
	    info.connects == 2, "guest: info", "state %u version %#x connects %llu",
	    info.state, info.version, info.connects);
	/* Nothing of this is answered, nothing of it hurts. */
	post2(g, 99, 0, 0);
	post2(g, HV_VMBUS_OFFER_CHANNEL, 0, 0);
	post2(g, HV_VMBUS_CLOSE_CHANNEL, 5, 0);
	for (end = now() + WAIT_SECONDS; now() < end; usleep(500))
		if (info_of(g->ctl).messages_bad >= 3)
			break;
	expect_quiet(g, "guest: nonsense is not answered");
	tap(info_of(g->ctl).messages_bad == 3, "guest: nonsense is counted",
	    "%llu", info_of(g->ctl).messages_bad);
	tap(guest_post(g, 3, "x", 1) == 0x12, "guest: connection id 3", "taken");
	tap(guest_signal(g, 0x2001) == 0x12, "guest: signal before open", "taken");
	post2(g, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	expect_message(g, "guest: offer", HV_VMBUS_OFFER_CHANNEL);
	tap(g->size == 196 && word(g, 184) == 1 && word(g, 192) == 0x2001 &&
	    !memcmp(g->payload + 60, "user-defined", 12) && g->payload[24] == 1,
	    "guest: offer's content", "size %u relid %u", g->size, word(g, 184));
	expect_message(g, "guest: all offers", HV_VMBUS_ALL_OFFERS_DELIVERED);
}

static void test_packets(struct guest *g, int fd)
{
	struct hv_vmbus_packet desc;
	static struct frame f;
	const char *data;
	unsigned int i;

	put_packet(g, 6, 2, 1234, "12345678abcdefgh", 16);
	tap(!guest_signal(g, 0x2001), "packet: signal", "refused");
	expect_frame(fd, "packet: arrives", &f, HVR_FRAME_PACKET);
	tap(f.head.type == 6 && f.head.flags == 1 && f.head.trans_id == 1234 &&
	    f.head.len == 16 && !memcmp(f.data, "12345678abcdefgh", 16),
	    "packet: content", "type %u len %u", f.head.type, f.head.len);
	expect("packet: completion",
	       send_frame(fd, HVR_FRAME_COMPLETION, 0, 1234, "done", 4), 28);
	tap(take_flag(g, 1), "packet: event flag", "not set");
	data = take_packet(g, &desc);
	tap(data && desc.type == 11 && desc.trans_id == 1234 &&
	    desc.total_len8 == 3 && !memcmp(data, "done\0\0\0\0", 8),
	    "packet: completion's content", "%s", data ? "differs" : "none");

	/* Until the ring is full; then one gets room again. */
	set_nonblock(fd, true);
	for (i = 0; i < 100; i++)
		if (send_frame(fd, HVR_FRAME_INBAND, 0, i, f.data, 1000) < 0)
			break;
	tap(i == (RING_DATA - 8) / 1024, "full: packets that fit", "%u", i);
	tap(!(poll_fd(fd) & POLLOUT), "full: not writable", "writable");
	tap(ring_page(g, false)->pending_send_size, "full: the guest is told", "no");
	while (take_packet(g, &desc))
		;
	guest_signal(g, 0x2001);
	tap(wait_ready(fd, POLLOUT), "full: writable", "not");
	expect("full: room again", send_frame(fd, HVR_FRAME_INBAND, 1, 5, "x", 1), 25);
	set_nonblock(fd, false);
	/* More than the provider keeps: nothing is lost. */
	for (i = 0; i < 400; i++)
		put_packet(g, 6, 2, i, NULL, 0);
	guest_signal(g, 0x2001);
	for (i = 0; i < 400; i++) {
		if (!wait_ready(fd, POLLIN) || read_fd(fd, &f, sizeof(f)) != 24 ||
		    f.head.trans_id != i)
			break;
	}
	tap(i == 400, "burst: all arrive in order", "%u", i);
}

/* Frames that fit into the ring twice. */
static void *write_frames(void *fd)
{
	unsigned int n = 0;

	while (n < 200 && send_frame(*(int *)fd, HVR_FRAME_INBAND, 0, n, "", 0) > 0)
		n++;
	return NULL;
}

/* Two writers: neither waits, there is room. One frame is there from before. */
static void test_writers(struct guest *g, int fd)
{
	struct timespec end = { .tv_sec = time(NULL) + WAIT_SECONDS };
	struct hv_vmbus_packet desc;
	unsigned int i, got = 0;
	pthread_t id[2];

	for (i = 0; i < 50; i++) {
		pthread_create(&id[0], NULL, write_frames, &fd);
		pthread_create(&id[1], NULL, write_frames, &fd);
		if (pthread_timedjoin_np(id[0], NULL, &end) ||
		    pthread_timedjoin_np(id[1], NULL, &end))
			bail_out("a writer is stuck");
		while (take_packet(g, &desc))
			got++;
	}
	tap(got == 1 + 50 * 400, "writers: two at a time", "%u frames", got);
}

/* A ring that the guest broke: silence, until it closes the channel. */
static void test_broken_ring(struct guest *g, int fd)
{
	uint64_t ranges[3] = { 1ULL << 32, 4096, 5 };
	uint64_t taken = channel_of(g->ctl).packets_in;
	double end = now() + WAIT_SECONDS;

	set_nonblock(fd, true);
	put_packet(g, 9, 5, 1, ranges, sizeof(ranges));
	guest_signal(g, 0x2001);
	while (channel_of(g->ctl).packets_in == taken && now() < end)
		usleep(500);
	put_packet(g, 6, 2, 2, NULL, 0);
	guest_signal(g, 0x2001);
	usleep(100000);
	expect("broken: pages are not for user space",
	       read_fd(fd, g->payload, sizeof(g->payload)), -EAGAIN);
	tap(channel_of(g->ctl).packets_in == taken + 1,
	    "broken: nothing more is taken", "%llu, then %llu packets",
	    (unsigned long long)taken, channel_of(g->ctl).packets_in);
	set_nonblock(fd, false);
	close_chan(g, fd, 1);
	open_chan(g, fd, 1);
	ring_page(g, true)->in = 4;
	guest_signal(g, 0x2001);
	ring_page(g, false)->out = ~0U;
	usleep(100000);
	expect("broken: write", send_frame(fd, HVR_FRAME_INBAND, 0, 0, "", 0), -EIO);
	close_chan(g, fd, 1);
}

static void test_bad_opens(struct guest *g, int fd)
{
	static struct frame f;

	post_ring_gpadl(g, 1, 9);
	expect_message(g, "bad open: page list", HV_VMBUS_GPADL_CREATED);
	post_open(g, 1, 8, RING_PAGES);
	expect_message(g, "bad open: unknown page list", HV_VMBUS_OPEN_RESULT);
	tap(word(g, 16) == HV_VMBUS_STATUS_FAILED, "bad open: status", "%#x",
	    word(g, 16));
	post_open(g, 1, 9, 0);
	expect_message(g, "bad open: page offset 0", HV_VMBUS_OPEN_RESULT);
	post_open(g, 1, 9, 2 * RING_PAGES);
	expect_message(g, "bad open: page offset at the end", HV_VMBUS_OPEN_RESULT);
	ring_page(g, true)->in = 3;
	post_open(g, 1, 9, RING_PAGES);
	expect_message(g, "bad open: bad index", HV_VMBUS_OPEN_RESULT);
	ring_page(g, true)->in = 0;
	post_open(g, 1, 9, RING_PAGES);
	expect_frame(fd, "bad open: provider is asked", &f, HVR_FRAME_OPEN);
	expect("bad open: provider refuses", answer(fd, 0), 0);
	expect("bad open: answers twice", answer(fd, 1), -ENOTCONN);
	expect_message(g, "bad open: refused", HV_VMBUS_OPEN_RESULT);
	tap(word(g, 16) == HV_VMBUS_STATUS_FAILED, "bad open: refusal", "%#x",
	    word(g, 16));
	post2(g, HV_VMBUS_GPADL_TEARDOWN, 1, 9);
	expect_message(g, "bad open: page list is free", HV_VMBUS_GPADL_TORNDOWN);
}

/* The guest goes while the provider thinks about an open. */
static void test_unload(struct guest *g, int fd)
{
	static struct frame f;

	post_ring_gpadl(g, 1, 9);
	expect_message(g, "unload: page list", HV_VMBUS_GPADL_CREATED);
	post_open(g, 1, 9, RING_PAGES);
	expect_frame(fd, "unload: provider is asked", &f, HVR_FRAME_OPEN);
	post2(g, HV_VMBUS_UNLOAD, 0, 0);
	expect_message(g, "unload: complete", HV_VMBUS_UNLOAD_COMPLETE);
	expect("unload: late answer", answer(fd, 1), -ENOTCONN);
	expect_frame(fd, "unload: provider knows", &f, HVR_FRAME_CLOSED);
	tap(info_of(g->ctl).state == HVR_BUS_DISCONNECTED &&
	    !info_of(g->ctl).nr_gpadls, "unload: nothing is left", "%u lists",
	    info_of(g->ctl).nr_gpadls);
	connect_guest(g);
	post2(g, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	expect_message(g, "unload: offered anew", HV_VMBUS_OFFER_CHANNEL);
	expect_message(g, "unload: all offers", HV_VMBUS_ALL_OFFERS_DELIVERED);
}

static void test_modify(struct guest *g)
{
	post2(g, HV_VMBUS_MODIFY_CHANNEL, 1, 0);
	expect_message(g, "modify: answered", HV_VMBUS_MODIFY_CHANNEL_RESPONSE);
	tap(word(g, 8) == 1 && !word(g, 12), "modify: status", "%#x", word(g, 12));
	post2(g, HV_VMBUS_MODIFY_CHANNEL, 1, 1);
	expect_message(g, "modify: no such VP", HV_VMBUS_MODIFY_CHANNEL_RESPONSE);
	tap(word(g, 12) == HV_VMBUS_STATUS_FAILED, "modify: refusal", "%#x",
	    word(g, 12));
}

/* The provider goes while the channel is open; then another comes. */
static int test_rescind(struct guest *g, int fd)
{
	close(fd);
	expect_message(g, "rescind: told", HV_VMBUS_RESCIND_OFFER);
	tap(guest_signal(g, 0x2001) == 0x12, "rescind: signal", "taken");
	fd = offer_chan(g->ctl, 1);
	expect_quiet(g, "rescind: not two of one instance");
	post2(g, HV_VMBUS_GPADL_TEARDOWN, 1, 9);
	expect_message(g, "rescind: page list is free", HV_VMBUS_GPADL_TORNDOWN);
	post2(g, HV_VMBUS_RELID_RELEASED, 1, 0);
	expect_message(g, "rescind: offered again", HV_VMBUS_OFFER_CHANNEL);
	tap(word(g, 184) == 1, "rescind: same relid", "%u", word(g, 184));
	return fd;
}

static void test_guest(void)
{
	struct guest guest, *g = &guest;
	int fd;

	make_guest(g);
	fd = offer_chan(g->ctl, 1);
	test_connect(g);
	open_chan(g, fd, 1);
	test_packets(g, fd);
	test_writers(g, fd);
	test_broken_ring(g, fd);
	test_bad_opens(g, fd);
	test_unload(g, fd);
	open_chan(g, fd, 1);
	test_modify(g);
	fd = test_rescind(g, fd);
	open_chan(g, fd, 1);
	/* A guest that starts over without a word. */
	connect_guest(g);
	tap(!info_of(g->ctl).nr_open, "reconnect: channel is closed", "open");
	post2(g, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	expect_message(g, "reconnect: offer", HV_VMBUS_OFFER_CHANNEL);
	expect_message(g, "reconnect: all offers", HV_VMBUS_ALL_OFFERS_DELIVERED);
	/* Everything dies with the channel open. */
	drop_guest(g);
	expect("end: poll", poll_fd(fd) & POLLHUP, POLLHUP);
	close(fd);
}

int main(void)
{
	int dev = open_device();
	int pt = make_partition(dev, true);
	int ctl = open_ctl();

	test_before_attach();
	test_attach();
	attach(ctl, pt);
	test_offer(ctl);
	test_channel(ctl);
	close(ctl);
	close(pt);
	close(dev);
	test_death();

	start_signals();
	test_guest();
	return tap_end();
}
