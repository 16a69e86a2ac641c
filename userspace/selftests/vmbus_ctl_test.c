// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/hvroot_vmbus: every ioctl with wrong arguments and in wrong orders, then a
 * whole life of a bus. The guest is this program: it writes the guest's memory
 * itself and borrows a VP for the MSR writes and hypercalls only.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <hvabi/vmbus.h>
#include <hvroot/vmbus_ctl.h>

#include "selftest.h"

#define WAIT_SECONDS	10

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static long read_fd(int fd, void *buf, size_t len)
{
	long ret = read(fd, buf, len);

	return ret < 0 ? -errno : ret;
}

static long write_fd(int fd, const void *buf, size_t len)
{
	long ret = write(fd, buf, len);

	return ret < 0 ? -errno : ret;
}

static int open_ctl(void)
{
	int fd = open(HVR_VMBUS_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail_out(HVR_VMBUS_DEVICE);
	return fd;
}

static long attach(int ctl, int pt)
{
	struct hvr_vmbus_attach args = { .partition_fd = pt };

	return call(ctl, VMBUS_ATTACH, &args);
}

static struct hvr_vmbus_offer some_offer(unsigned char id)
{
	struct hvr_vmbus_offer offer = {
		.type = { 0x11, 0x22, 0x33 },
		.instance = { id },
		.user_defined = "user-defined",
	};

	return offer;
}

static int offer_chan(int ctl, unsigned char id)
{
	struct hvr_vmbus_offer offer = some_offer(id);

	return call(ctl, VMBUS_OFFER, &offer);
}

static struct hvr_vmbus_info info_of(int ctl)
{
	struct hvr_vmbus_info info = { 0 };

	if (call(ctl, VMBUS_INFO, &info))
		info.state = ~0U;
	return info;
}

static void set_nonblock(int fd, bool on)
{
	fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0);
}

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

static short poll_fd(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 0);
	return p.revents;
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

/* ---- the guest ---- */

#define MEM_SIZE	(16UL << 20)
#define TABLES		0x1000
#define CODE_WRMSR	0x5000
#define CODE_CALL	0x5010
#define STACK_TOP	0x4ff0
#define CALL_INPUT	0x6000
#define SIMP		0x7000
#define SIEFP		0x8000
#define CALL_PAGE	0x9000
#define RING		0x100000
#define RING_PAGES	4		/* each direction, control page included */
#define RING_DATA	((RING_PAGES - 1) * PAGE)

#define MSR_GUEST_OS_ID	0x40000000
#define MSR_HYPERCALL	0x40000001
#define MSR_SCONTROL	0x40000080
#define MSR_SIEFP	0x40000082
#define MSR_SIMP	0x40000083
#define MSR_EOM		0x40000084
#define MSR_SINT2	0x40000092

struct guest {
	struct machine m;
	int ctl;
	uint8_t payload[HV_VMBUS_MESSAGE_BYTES];	/* of the last message */
	uint32_t size;
};

static void set(struct guest *g, uint32_t name, uint64_t val)
{
	if (set_reg(g->m.pt, 0, name, val))
		bail_out("register");
}

/* Run one of the two little programs, which end with an OUT. */
static void run_code(struct guest *g, uint64_t rip)
{
	double end = now() + WAIT_SECONDS;
	struct message msg;
	long ret;

	set(g, HV_REG_RIP, rip);
	set(g, HV_REG_RSP, STACK_TOP);
	do {
		ret = call(g->m.vp[0], MSHV_RUN_VP, &msg);
	} while (ret == -EINTR && now() < end);
	if (ret || msg.type != MSG_IO) {
		printf("# run: %s, message %#x\n", result_name(ret), msg.type);
		bail_out("the guest's program did not end");
	}
}

static void wrmsr(struct guest *g, uint32_t msr, uint64_t val)
{
	set(g, HV_REG_RCX, msr);
	set(g, HV_REG_RAX, (uint32_t)val);
	set(g, HV_REG_RDX, val >> 32);
	run_code(g, CODE_WRMSR);
}

static unsigned int guest_call(struct guest *g, uint64_t control, uint64_t rdx)
{
	set(g, HV_REG_RBX, CALL_PAGE);
	set(g, HV_REG_RCX, control);
	set(g, HV_REG_RDX, rdx);
	set(g, HV_REG_R8, 0);
	run_code(g, CODE_CALL);
	return get_reg(g->m.pt, 0, HV_REG_RAX) & 0xffff;
}

static unsigned int guest_signal(struct guest *g, uint32_t connection)
{
	return guest_call(g, 0x5d | 1 << 16, connection);
}

/* HvPostMessage until the host takes it. */
static unsigned int guest_post(struct guest *g, uint32_t connection,
			       const void *msg, uint32_t size)
{
	uint8_t *in = g->m.mem + CALL_INPUT;
	double end = now() + WAIT_SECONDS;
	uint32_t head[4] = { connection, 0, HV_VMBUS_MESSAGE_TYPE, size };
	unsigned int status;

	memset(in, 0, 256);
	memcpy(in, head, sizeof(head));
	memcpy(in + 16, msg, size);
	do {
		status = guest_call(g, 0x5c, CALL_INPUT);
	} while (status == 0x13 && now() < end);
	return status;
}

/* A message of two words after the header. */
static void post2(struct guest *g, uint32_t type, uint32_t a, uint32_t b)
{
	uint32_t msg[4] = { type, 0, a, b };

	if (guest_post(g, HV_VMBUS_CONNECTION_CLASSIC, msg, sizeof(msg)))
		bail_out("post");
}

/* The next host message, or type 0 after @seconds. */
static uint32_t receive(struct guest *g, double seconds)
{
	volatile struct message *slot = (void *)(g->m.mem + SIMP + 2 * 256);
	double end = now() + seconds;
	struct hv_vmbus_header header;
	struct message copy;

	while (slot->type != 1) {
		if (now() > end)
			return 0;
		usleep(500);
	}
	memcpy(&copy, (void *)slot, sizeof(copy));
	g->size = copy.size;
	memcpy(g->payload, copy.payload, sizeof(g->payload));
	slot->type = 0;
	__sync_synchronize();
	if (slot->flags & 1)
		wrmsr(g, MSR_EOM, 0);
	memcpy(&header, g->payload, sizeof(header));
	return header.type;
}

static void expect_message(struct guest *g, const char *name, uint32_t want)
{
	uint32_t type = receive(g, WAIT_SECONDS);

	tap(type == want, name, "message %u, want %u", type, want);
}

static void expect_quiet(struct guest *g, const char *name)
{
	uint32_t type = receive(g, 0.05);

	tap(!type, name, "message %u", type);
}

static uint32_t word(struct guest *g, unsigned int offset)
{
	uint32_t val;

	memcpy(&val, g->payload + offset, sizeof(val));
	return val;
}

static void fill_memory(struct guest *g)
{
	static const uint8_t code_wrmsr[] = { 0x0f, 0x30, 0xe6, 0x80 };
	static const uint8_t code_call[] = { 0xff, 0xd3, 0xe6, 0x80 };
	uint64_t *tables = (void *)(g->m.mem + TABLES);
	unsigned int i;

	tables[0] = (TABLES + 0x1000) | 3;
	tables[512] = (TABLES + 0x2000) | 3;
	for (i = 0; i < MEM_SIZE >> 21; i++)
		tables[1024 + i] = (uint64_t)i << 21 | 0x83;
	memcpy(g->m.mem + CODE_WRMSR, code_wrmsr, sizeof(code_wrmsr));
	memcpy(g->m.mem + CODE_CALL, code_call, sizeof(code_call));
}

static void set_long_mode(struct guest *g)
{
	static const struct hv_segment_register code = {
		.limit = ~0U, .selector = 0x08, .attributes = 0xa09b,
	};
	static const struct hv_segment_register data = {
		.limit = ~0U, .selector = 0x10, .attributes = 0xc093,
	};
	static const struct hv_segment_register tss = {
		.limit = 0x67, .attributes = 0x8b,
	};

	if (set_segment(g->m.pt, 0, HV_REG_CS, &code) ||
	    set_segment(g->m.pt, 0, HV_REG_DS, &data) ||
	    set_segment(g->m.pt, 0, HV_REG_ES, &data) ||
	    set_segment(g->m.pt, 0, HV_REG_SS, &data) ||
	    set_segment(g->m.pt, 0, HV_REG_TR, &tss))
		bail_out("segments");
	set(g, HV_REG_CR3, TABLES);
	set(g, HV_REG_CR4, 0x20);
	set(g, HV_REG_EFER, 0x500);
	set(g, HV_REG_CR0, 0x80000033);
	set(g, HV_REG_RFLAGS, 2);
}

static void make_guest(struct guest *g)
{
	memset(g, 0, sizeof(*g));
	g->m.dev = open_device();
	g->m.pt = make_partition(g->m.dev, false);
	/* All synthetic features, as a VMM gets them that sets no property. */
	if (ioctl(g->m.pt, MSHV_INITIALIZE_PARTITION))
		bail_out("initialize partition");
	g->m.mem_size = MEM_SIZE;
	g->m.mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->m.mem == MAP_FAILED ||
	    map_memory(g->m.pt, g->m.mem, 0, MEM_SIZE, MEM_WRITE | MEM_EXEC))
		bail_out("guest memory");
	memset(g->m.vp, -1, sizeof(g->m.vp));
	g->m.vp[0] = make_vp(g->m.pt, 0);
	g->ctl = open_ctl();
	if (attach(g->ctl, g->m.pt))
		bail_out("attach");
	fill_memory(g);
	set_long_mode(g);
	wrmsr(g, MSR_GUEST_OS_ID, 0x8100000000000000);
	wrmsr(g, MSR_HYPERCALL, CALL_PAGE | 1);
	wrmsr(g, MSR_SIMP, SIMP | 1);
	wrmsr(g, MSR_SIEFP, SIEFP | 1);
	wrmsr(g, MSR_SINT2, 0x20000 | 0xf3);
	wrmsr(g, MSR_SCONTROL, 1);
}

static void drop_guest(struct guest *g)
{
	close(g->ctl);
	drop_machine(&g->m);
}

static void post_contact(struct guest *g, uint32_t version, uint32_t connection)
{
	struct hv_vmbus_contact msg = {
		.header.type = HV_VMBUS_INITIATE_CONTACT,
		.version = version,
		.sint = HV_VMBUS_SINT,
	};

	if (guest_post(g, connection, &msg, sizeof(msg)))
		bail_out("post contact");
}

static void connect_guest(struct guest *g)
{
	post_contact(g, HV_VMBUS_IRON, HV_VMBUS_CONNECTION_MULTICLIENT);
	expect_message(g, "guest: contact answered", HV_VMBUS_VERSION_RESPONSE);
	tap(g->payload[8] == 1 && g->payload[9] == 0 && word(g, 12) == 1,
	    "guest: 5.3 supported", "%u %u %u", g->payload[8], g->payload[9],
	    word(g, 12));
}

/* The ring pair as one page list. */
static void post_ring_gpadl(struct guest *g, uint32_t relid, uint32_t id)
{
	struct {
		struct hv_vmbus_gpadl_header head;
		uint64_t words[1 + 2 * RING_PAGES];
	} __packed msg = {
		.head = {
			.header.type = HV_VMBUS_GPADL_HEADER,
			.relid = relid,
			.gpadl = id,
			.list_bytes = sizeof(msg.words),
			.range_count = 1,
		},
	};
	unsigned int i;

	msg.words[0] = 2 * RING_PAGES * PAGE;
	for (i = 0; i < 2 * RING_PAGES; i++)
		msg.words[1 + i] = RING / PAGE + i;
	memset(g->m.mem + RING, 0, 2 * RING_PAGES * PAGE);
	if (guest_post(g, 1, &msg, sizeof(msg)))
		bail_out("post page list");
}

static void post_open(struct guest *g, uint32_t relid, uint32_t gpadl,
		      uint32_t page_offset)
{
	struct hv_vmbus_open msg = {
		.header.type = HV_VMBUS_OPEN_CHANNEL,
		.relid = relid,
		.open_id = 77,
		.ring_gpadl = gpadl,
		.page_offset = page_offset,
		.user_data = "hello",
	};

	if (guest_post(g, 1, &msg, sizeof(msg)))
		bail_out("post open");
}

static struct hv_vmbus_ring_page *ring_page(struct guest *g, bool outbound)
{
	return (void *)(g->m.mem + RING + (outbound ? 0 : RING_PAGES * PAGE));
}

/* Put a packet of type @type into the guest-to-host ring. */
static void put_packet(struct guest *g, uint16_t type, uint16_t header8,
		       uint64_t id, const void *data, uint32_t len)
{
	struct hv_vmbus_ring_page *page = ring_page(g, true);
	uint8_t *ring = (uint8_t *)page + PAGE;
	struct hv_vmbus_packet desc = {
		.type = type,
		.header_len8 = header8,
		.total_len8 = 2 + len / 8,
		.flags = 1,
		.trans_id = id,
	};
	uint32_t i, at = page->in;

	for (i = 0; i < sizeof(desc); i++)
		ring[(at + i) % RING_DATA] = ((uint8_t *)&desc)[i];
	for (i = 0; i < len; i++)
		ring[(at + 16 + i) % RING_DATA] = ((const uint8_t *)data)[i];
	__sync_synchronize();
	page->in = (at + 16 + len + 8) % RING_DATA;
	__sync_synchronize();
}

/* Take the next packet of the host: its payload, or NULL. */
static const void *take_packet(struct guest *g, struct hv_vmbus_packet *desc)
{
	static uint8_t copy[RING_DATA];
	volatile struct hv_vmbus_ring_page *page = ring_page(g, false);
	const uint8_t *ring = (const uint8_t *)page + PAGE;
	uint32_t i, len, at = page->out;

	if (page->in == at)
		return NULL;
	for (i = 0; i < sizeof(*desc); i++)
		((uint8_t *)desc)[i] = ring[(at + i) % RING_DATA];
	len = (desc->total_len8 - 2) * 8;
	for (i = 0; i < len; i++)
		copy[i] = ring[(at + 16 + i) % RING_DATA];
	page->out = (at + 16 + len + 8) % RING_DATA;
	__sync_synchronize();
	return copy;
}

static bool take_flag(struct guest *g, uint32_t relid)
{
	uint8_t *byte = g->m.mem + SIEFP + 2 * 256 + relid / 8;
	double end = now() + WAIT_SECONDS;
	uint8_t bit = 1 << relid % 8;

	do {
		if (__sync_fetch_and_and(byte, ~bit) & bit)
			return true;
		usleep(500);
	} while (now() < end);
	return false;
}

/* ---- the provider ---- */

struct frame {
	struct hvr_frame head;
	uint8_t data[HVR_FRAME_MAX_LEN];
};

static void expect_frame(int fd, const char *name, struct frame *f, uint32_t kind)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long ret = -EAGAIN;

	if (poll(&p, 1, WAIT_SECONDS * 1000) == 1)
		ret = read_fd(fd, f, sizeof(*f));
	tap(ret == (long)(sizeof(f->head) + f->head.len) && f->head.kind == kind,
	    name, "read %s, kind %u", result_name(ret), f->head.kind);
}

static long answer(int fd, unsigned int accept)
{
	struct hvr_channel_open_result args = { .accept = accept };

	return call(fd, CHANNEL_OPEN_RESULT, &args);
}

static long send_frame(int fd, uint16_t type, uint16_t flags, uint64_t id,
		       const void *data, uint32_t len)
{
	struct frame f = {
		.head = {
			.kind = HVR_FRAME_PACKET,
			.type = type,
			.flags = flags,
			.trans_id = id,
			.len = len,
		},
	};

	memcpy(f.data, data, len);
	return write_fd(fd, &f, sizeof(f.head) + len);
}

/* From a closed channel to an open one. */
static void open_chan(struct guest *g, int fd, uint32_t relid)
{
	static struct frame f;

	post_ring_gpadl(g, relid, 9);
	expect_message(g, "open: page list accepted", HV_VMBUS_GPADL_CREATED);
	tap(!word(g, 16), "open: page list status", "%#x", word(g, 16));
	post_open(g, relid, 9, RING_PAGES);
	expect_frame(fd, "open: provider is asked", &f, HVR_FRAME_OPEN);
	expect_quiet(g, "open: no result before the answer");
	expect("open: accepted", answer(fd, 1), 0);
	expect_message(g, "open: result", HV_VMBUS_OPEN_RESULT);
	tap(word(g, 8) == relid && word(g, 12) == 77 && !word(g, 16),
	    "open: status", "%#x", word(g, 16));
}

static void close_chan(struct guest *g, int fd, uint32_t relid)
{
	static struct frame f;

	post2(g, HV_VMBUS_GPADL_TEARDOWN, relid, 9);
	expect_quiet(g, "close: page list is in use");
	post2(g, HV_VMBUS_CLOSE_CHANNEL, relid, 0);
	expect_message(g, "close: page list is free", HV_VMBUS_GPADL_TORNDOWN);
	expect_frame(fd, "close: provider knows", &f, HVR_FRAME_CLOSED);
	expect("close: write", send_frame(fd, HVR_FRAME_INBAND, 0, 0, "", 0),
	       -ENOTCONN);
}

static void test_connect(struct guest *g)
{
	double end = now() + 2 * WAIT_SECONDS;
	struct hvr_vmbus_info info;

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
	while (info_of(g->ctl).messages_bad < 3 && now() < end)
		usleep(500);
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
	struct pollfd room = { .fd = fd, .events = POLLOUT };
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
	expect("full: writable", poll(&room, 1, WAIT_SECONDS * 1000), 1);
	expect("full: room again", send_frame(fd, HVR_FRAME_INBAND, 1, 5, "x", 1), 25);
	set_nonblock(fd, false);
	/* More than the provider keeps: nothing is lost. */
	for (i = 0; i < 400; i++)
		put_packet(g, 6, 2, i, NULL, 0);
	guest_signal(g, 0x2001);
	for (i = 0; i < 400; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, WAIT_SECONDS * 1000) != 1 ||
		    read_fd(fd, &f, sizeof(f)) != 24 || f.head.trans_id != i)
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
	struct timespec end = { .tv_sec = time(NULL) + 6 * WAIT_SECONDS };
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

static uint64_t packets_in(int ctl)
{
	struct hvr_vmbus_channel chan = { 0 };
	struct hvr_vmbus_channels args = { (uintptr_t)&chan, 1, 0 };

	call(ctl, VMBUS_CHANNELS, &args);
	return chan.packets_in;
}

/* A ring that the guest broke: silence, until it closes the channel. */
static void test_broken_ring(struct guest *g, int fd)
{
	uint64_t ranges[3] = { 1ULL << 32, 4096, 5 };
	uint64_t taken = packets_in(g->ctl);
	double end = now() + WAIT_SECONDS;

	set_nonblock(fd, true);
	put_packet(g, 9, 5, 1, ranges, sizeof(ranges));
	guest_signal(g, 0x2001);
	while (packets_in(g->ctl) == taken && now() < end)
		usleep(500);
	put_packet(g, 6, 2, 2, NULL, 0);
	guest_signal(g, 0x2001);
	usleep(100000);
	expect("broken: pages are not for user space",
	       read_fd(fd, g->payload, sizeof(g->payload)), -EAGAIN);
	expect("broken: nothing more is taken", packets_in(g->ctl) - taken, 1);
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

static void ignore(int sig)
{
	(void)sig;
}

int main(void)
{
	struct sigaction act = { .sa_handler = ignore };
	struct itimerspec every = { { 0, 250000000 }, { 0, 250000000 } };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGUSR1 };
	int dev = open_device();
	int pt = make_partition(dev, true);
	int ctl = open_ctl();
	timer_t timer;

	test_before_attach();
	test_attach();
	attach(ctl, pt);
	test_offer(ctl);
	test_channel(ctl);
	close(ctl);
	close(pt);
	close(dev);
	test_death();

	/* A signal comes now and then, so that a program that hangs ends. */
	act.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &act, NULL);
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		bail_out("timer");
	test_guest();
	return tap_end();
}
