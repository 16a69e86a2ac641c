/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest of one VP for tests of the bus: the program writes the guest's memory
 * itself and borrows the VP for the MSR writes and hypercalls only. And the provider
 * at the other end.
 */
#ifndef VMBUS_GUEST_H
#define VMBUS_GUEST_H

#include <poll.h>
#include <signal.h>
#include <time.h>

#include <hvabi/vmbus.h>
#include <hvroot/vmbus_ctl.h>

#include "selftest.h"

/* Only a failure lasts that long, and an emulated host may be slow. */
#define WAIT_SECONDS	60

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static inline long read_fd(int fd, void *buf, size_t len)
{
	long ret = read(fd, buf, len);

	return ret < 0 ? -errno : ret;
}

static inline long write_fd(int fd, const void *buf, size_t len)
{
	long ret = write(fd, buf, len);

	return ret < 0 ? -errno : ret;
}

static inline int open_ctl(void)
{
	int fd = open(HVR_VMBUS_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail_out(HVR_VMBUS_DEVICE);
	return fd;
}

static inline long attach(int ctl, int pt)
{
	struct hvr_vmbus_attach args = { .partition_fd = pt };

	return call(ctl, VMBUS_ATTACH, &args);
}

static inline struct hvr_vmbus_offer some_offer(unsigned char id)
{
	struct hvr_vmbus_offer offer = {
		.type = { 0x11, 0x22, 0x33 },
		.instance = { id },
		.user_defined = "user-defined",
	};

	return offer;
}

static inline int offer_chan(int ctl, unsigned char id)
{
	struct hvr_vmbus_offer offer = some_offer(id);

	return call(ctl, VMBUS_OFFER, &offer);
}

static inline struct hvr_vmbus_info info_of(int ctl)
{
	struct hvr_vmbus_info info = { 0 };

	if (call(ctl, VMBUS_INFO, &info))
		info.state = ~0U;
	return info;
}

static inline struct hvr_vmbus_channel channel_of(int ctl)
{
	struct hvr_vmbus_channel chan = { 0 };
	struct hvr_vmbus_channels args = {
		.channels = (uintptr_t)&chan,
		.count = 1,
	};

	call(ctl, VMBUS_CHANNELS, &args);
	return chan;
}

static inline void set_nonblock(int fd, bool on)
{
	fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0);
}

static inline short poll_fd(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 0);
	return p.revents;
}

/* The signals of start_signals() interrupt poll(). */
static inline bool wait_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	double end = now() + WAIT_SECONDS;
	int ret;

	do {
		ret = poll(&p, 1, WAIT_SECONDS * 1000);
	} while (ret < 0 && errno == EINTR && now() < end);
	return ret == 1;
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

static inline void set(struct guest *g, uint32_t name, uint64_t val)
{
	if (set_reg(g->m.pt, 0, name, val))
		bail_out("register");
}

/* Run one of the two little programs, which end with an OUT. */
static inline void run_code(struct guest *g, uint64_t rip)
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

static inline void wrmsr(struct guest *g, uint32_t msr, uint64_t val)
{
	set(g, HV_REG_RCX, msr);
	set(g, HV_REG_RAX, (uint32_t)val);
	set(g, HV_REG_RDX, val >> 32);
	run_code(g, CODE_WRMSR);
}

static inline unsigned int guest_call(struct guest *g, uint64_t control, uint64_t rdx)
{
	set(g, HV_REG_RBX, CALL_PAGE);
	set(g, HV_REG_RCX, control);
	set(g, HV_REG_RDX, rdx);
	set(g, HV_REG_R8, 0);
	run_code(g, CODE_CALL);
	return get_reg(g->m.pt, 0, HV_REG_RAX) & 0xffff;
}

static inline unsigned int guest_signal(struct guest *g, uint32_t connection)
{
	return guest_call(g, 0x5d | 1 << 16, connection);
}

/* HvPostMessage until the host takes it. */
static inline unsigned int guest_post(struct guest *g, uint32_t connection,
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
static inline void post2(struct guest *g, uint32_t type, uint32_t a, uint32_t b)
{
	uint32_t msg[4] = { type, 0, a, b };

	if (guest_post(g, HV_VMBUS_CONNECTION_CLASSIC, msg, sizeof(msg)))
		bail_out("post");
}

/* The next host message, or type 0 after @seconds. */
static inline uint32_t receive(struct guest *g, double seconds)
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

static inline void expect_message(struct guest *g, const char *name, uint32_t want)
{
	uint32_t type = receive(g, WAIT_SECONDS);

	tap(type == want, name, "message %u, want %u", type, want);
}

/* A message that comes later is found by the next expect_message(). */
static inline void expect_quiet(struct guest *g, const char *name)
{
	uint32_t type = receive(g, 0.05);

	tap(!type, name, "message %u", type);
}

static inline uint32_t word(struct guest *g, unsigned int offset)
{
	uint32_t val;

	memcpy(&val, g->payload + offset, sizeof(val));
	return val;
}

static inline void fill_memory(struct guest *g)
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

static inline void set_long_mode(struct guest *g)
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

static inline void make_guest(struct guest *g)
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

static inline void drop_guest(struct guest *g)
{
	close(g->ctl);
	drop_machine(&g->m);
}

static inline void post_contact(struct guest *g, uint32_t version, uint32_t connection)
{
	struct hv_vmbus_contact msg = {
		.header.type = HV_VMBUS_INITIATE_CONTACT,
		.version = version,
		.sint = HV_VMBUS_SINT,
	};

	if (guest_post(g, connection, &msg, sizeof(msg)))
		bail_out("post contact");
}

static inline void connect_guest(struct guest *g)
{
	post_contact(g, HV_VMBUS_IRON, HV_VMBUS_CONNECTION_MULTICLIENT);
	expect_message(g, "guest: contact answered", HV_VMBUS_VERSION_RESPONSE);
	tap(g->payload[8] == 1 && g->payload[9] == 0 && word(g, 12) == 1,
	    "guest: 5.3 supported", "%u %u %u", g->payload[8], g->payload[9],
	    word(g, 12));
}

/* The ring pair as one page list. */
static inline void post_ring_gpadl(struct guest *g, uint32_t relid, uint32_t id)
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

static inline void post_open(struct guest *g, uint32_t relid, uint32_t gpadl,
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

static inline struct hv_vmbus_ring_page *ring_page(struct guest *g, bool outbound)
{
	return (void *)(g->m.mem + RING + (outbound ? 0 : RING_PAGES * PAGE));
}

/* Put a packet of type @type into the guest-to-host ring. */
static inline void put_packet(struct guest *g, uint16_t type, uint16_t header8,
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
static inline const void *take_packet(struct guest *g, struct hv_vmbus_packet *desc)
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

static inline bool take_flag(struct guest *g, uint32_t relid)
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

static inline void expect_frame(int fd, const char *name, struct frame *f, uint32_t kind)
{
	long ret = -EAGAIN;

	if (wait_ready(fd, POLLIN))
		ret = read_fd(fd, f, sizeof(*f));
	tap(ret == (long)(sizeof(f->head) + f->head.len) && f->head.kind == kind,
	    name, "read %s, kind %u", result_name(ret), f->head.kind);
}

static inline long answer(int fd, unsigned int accept)
{
	struct hvr_channel_open_result args = { .accept = accept };

	return call(fd, CHANNEL_OPEN_RESULT, &args);
}

static inline long send_frame(int fd, uint16_t type, uint16_t flags, uint64_t id,
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
static inline void open_chan(struct guest *g, int fd, uint32_t relid)
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

static inline void close_chan(struct guest *g, int fd, uint32_t relid)
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

static inline void ignore(int sig)
{
	(void)sig;
}

/* A signal comes now and then, so that a program that hangs ends. */
static inline void start_signals(void)
{
	struct sigaction act = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	struct itimerspec every = { { 0, 250000000 }, { 0, 250000000 } };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGUSR1 };
	timer_t timer;

	sigaction(SIGUSR1, &act, NULL);
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		bail_out("timer");
}

#endif /* VMBUS_GUEST_H */
