// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both sides of the bus: a guest that posts messages and fills rings, mostly as it
 * should, and the providers that read and write channels.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mshv.h>
#include <hvabi/hvhdk.h>
#include <hvabi/vmbus.h>
#include <hvroot/vmbus_ctl.h>

#include "guest.h"

#define RELIDS		4
#define RING_PAGES	4		/* each way, control page included */
#define RING_DATA	((RING_PAGES - 1) * PAGE)
#define RING_STRIDE	0x10000

static uint8_t *bus_ram(uint64_t gpa)
{
	return world.arena[ARENA_BUS] + gpa;
}

/* ---- the guest's processor ---- */

void boot_bus_guest(void)
{
	struct reg_list l = { .nr = 0 };

	add_long_mode(&l);
	add_reg(&l, HV_REG_INTERNAL_ACTIVITY, 0, 0);
	add_reg(&l, HV_REG_GUEST_OS_ID, 0x8100000000000000, 0);
	add_reg(&l, HV_REG_HYPERCALL, G_CALL_PAGE | 1, 0);
	add_reg(&l, HV_REG_SIMP, G_SIMP | 1, 0);
	add_reg(&l, HV_REG_SIEFP, G_SIEFP | 1, 0);
	add_reg(&l, HV_REG_SINT0 + HV_VMBUS_SINT, 0x20000 | 0xf3, 0);
	add_reg(&l, HV_REG_SCONTROL, 1, 0);
	set_registers(world.fd[K_PT][BUS_PT], 0, &l);
}

/* A hypercall of the guest: its status, or -1 when it did not come about. */
static int guest_call(uint64_t control, uint64_t rdx)
{
	int pt = world.fd[K_PT][BUS_PT], vp = world.fd[K_VP][BUS_VP];
	struct reg_list l = { .nr = 0 };
	unsigned int tries = 20;
	uint8_t msg[256];
	uint64_t rax;
	uint32_t type;
	long ret;

	add_reg(&l, HV_REG_RBX, G_CALL_PAGE, 0);
	add_reg(&l, HV_REG_RCX, control, 0);
	add_reg(&l, HV_REG_RDX, rdx, 0);
	add_reg(&l, HV_REG_R8, 0, 0);
	add_reg(&l, HV_REG_RSP, G_STACK, 0);
	add_reg(&l, HV_REG_RIP, G_CALL, 0);
	if (set_registers(pt, 0, &l))
		return -1;
	do {
		ret = counted_ioctl(row_of(MSHV_RUN_VP), vp, MSHV_RUN_VP, msg);
	} while (ret == -EINTR && --tries);
	memcpy(&type, msg, sizeof(type));
	if (ret || type != MSG_IO || get_register(pt, 0, HV_REG_RAX, &rax))
		return -1;
	return rax & 0xffff;
}

/* ---- messages ---- */

/* Take what the host has put into the slot, so that more can come. */
static void take_message(void)
{
	uint8_t *slot = bus_ram(G_SIMP + HV_VMBUS_SINT * 256);
	struct reg_list l = { .nr = 0 };
	uint32_t head[2], body[5], zero = 0;

	if (!peek(head, slot, sizeof(head)) || !head[0] ||
	    !peek(body, slot + 16, sizeof(body)))
		return;
	if (body[0] == HV_VMBUS_VERSION_RESPONSE && (body[2] & 0xff))
		count_event(EV_BUS_CONNECTED);
	if (body[0] == HV_VMBUS_OPEN_RESULT && !body[4])
		count_event(EV_CHAN_OPEN);
	scribble(slot, &zero, sizeof(zero));
	add_reg(&l, HV_REG_EOM, 0, 0);
	set_registers(world.fd[K_PT][BUS_PT], 0, &l);
}

static int post(struct rng *r, void *msg, uint32_t size)
{
	uint32_t head[4] = { HV_VMBUS_CONNECTION_CLASSIC, 0, HV_VMBUS_MESSAGE_TYPE,
			     size };
	uint8_t *bytes = msg;
	int status;

	if (one_in(r, 12))
		bytes[below(r, size)] = some_value(r);
	if (one_in(r, 24))
		head[3] = below(r, 260);
	if (one_in(r, 24))
		head[0] = below(r, 6);
	take_message();
	scribble(bus_ram(G_INPUT), head, sizeof(head));
	scribble(bus_ram(G_INPUT + 16), msg, size);
	status = guest_call(0x5c, G_INPUT);
	if (!status)
		count_event(EV_GUEST_POST);
	else if (status < 0)
		boot_bus_guest();
	return status;
}

static void post_words(struct rng *r, uint32_t type, uint32_t a, uint32_t b)
{
	uint32_t msg[4] = { type, 0, a, b };

	post(r, msg, sizeof(msg));
}

static void post_contact(struct rng *r)
{
	static const uint32_t versions[] = {
		HV_VMBUS_IRON, HV_VMBUS_RS5, HV_VMBUS_RS3_B, HV_VMBUS_WIN10,
		HV_VMBUS_WIN8_1, HV_VMBUS_COPPER, HV_VMBUS_WIN7,
	};
	struct hv_vmbus_contact msg = {
		.header.type = HV_VMBUS_INITIATE_CONTACT,
		.version = versions[one_in(r, 2) ? 0 : below(r, ARRAY_SIZE(versions))],
		.sint = HV_VMBUS_SINT,
	};

	post(r, &msg, sizeof(msg));
	post_words(r, HV_VMBUS_REQUEST_OFFERS, 0, 0);
}

static uint64_t ring_gpa(uint32_t relid)
{
	return G_RING + (relid % 8) * RING_STRIDE;
}

static void post_list(struct rng *r, uint32_t relid, uint32_t id)
{
	struct {
		struct hv_vmbus_gpadl_header head;
		uint64_t words[1 + 2 * RING_PAGES];
	} __attribute__((packed)) msg = {
		.head = {
			.header.type = HV_VMBUS_GPADL_HEADER,
			.relid = relid,
			.gpadl = id,
			.list_bytes = sizeof(msg.words),
			.range_count = 1,
		},
		.words = { 2 * RING_PAGES * PAGE },
	};
	unsigned int i;

	for (i = 0; i < 2 * RING_PAGES; i++)
		msg.words[1 + i] = ring_gpa(relid) / PAGE + i;
	if (one_in(r, 16))
		msg.words[below(r, ARRAY_SIZE(msg.words))] = some_value(r);
	if (one_in(r, 16))	/* the rest shall come in a second message */
		msg.head.list_bytes += 8 * below(r, 40);
	post(r, &msg, sizeof(msg));
}

static void post_body(struct rng *r, uint32_t id)
{
	uint64_t msg[29] = { HV_VMBUS_GPADL_BODY, below(r, 4) | (uint64_t)id << 32 };
	unsigned int i, n = 3 + below(r, 26);

	for (i = 2; i < n; i++)
		msg[i] = below(r, 0x900);
	post(r, msg, n * 8);
}

static void post_open(struct rng *r, uint32_t relid, uint32_t list)
{
	struct hv_vmbus_open msg = {
		.header.type = HV_VMBUS_OPEN_CHANNEL,
		.relid = relid,
		.open_id = 77,
		.ring_gpadl = list,
		.page_offset = one_in(r, 16) ? below(r, 9) : RING_PAGES,
	};
	uint8_t zero[PAGE] = { 0 };

	scribble(bus_ram(ring_gpa(relid)), zero, sizeof(zero));
	scribble(bus_ram(ring_gpa(relid) + RING_PAGES * PAGE), zero, sizeof(zero));
	post(r, &msg, sizeof(msg));
}

static void post_noise(struct rng *r)
{
	uint8_t msg[240];
	unsigned int i, n = 1 + below(r, sizeof(msg));

	for (i = 0; i < n; i++)
		msg[i] = one_in(r, 4) ? rng_next(r) : 0;
	msg[0] = below(r, 28);
	post(r, msg, n);
}

/* ---- rings ---- */

static void signal_host(struct rng *r, uint32_t relid)
{
	uint32_t connection = one_in(r, 32) ? (uint32_t)some_value(r) : 0x2000 | relid;

	if (!guest_call(0x5d | 1 << 16, connection))
		count_event(EV_GUEST_SIGNAL);
}

static void ring_bytes(uint64_t ring, uint32_t at, const void *from, uint32_t len)
{
	const uint8_t *p = from;
	uint32_t n;

	for (at %= RING_DATA; len; len -= n, p += n, at = 0) {
		n = len < RING_DATA - at ? len : RING_DATA - at;
		scribble(bus_ram(ring + PAGE + at), p, n);
	}
}

/* A packet in the guest's ring, or what looks like one. */
static void put_packet(struct rng *r, uint32_t relid)
{
	static const uint16_t types[] = { 6, 6, 6, 6, 7, 8, 9, 11 };
	uint64_t ring = ring_gpa(relid), trailer = 0;
	uint32_t in, len = 8 * below(r, one_in(r, 8) ? 600 : 20);
	uint8_t data[4800];
	struct hv_vmbus_packet p = {
		.type = types[below(r, ARRAY_SIZE(types))],
		.header_len8 = 2,
		.total_len8 = 2 + len / 8,
		.flags = below(r, 2),
		.trans_id = some_value(r),
	};
	unsigned int i;

	if (!peek(&in, bus_ram(ring), sizeof(in)))
		return;
	for (i = 0; i < len; i++)
		data[i] = rng_next(r);
	if (one_in(r, 16))
		((uint8_t *)&p)[below(r, sizeof(p))] = some_value(r);
	ring_bytes(ring, in, &p, sizeof(p));
	ring_bytes(ring, in + sizeof(p), data, len);
	ring_bytes(ring, in + sizeof(p) + len, &trailer, sizeof(trailer));
	in = (in + sizeof(p) + len + 8) % RING_DATA;
	if (one_in(r, 24))
		in = some_value(r);
	scribble(bus_ram(ring), &in, sizeof(in));
}

/* As the reader of the host's ring: caught up, or anywhere. */
static void move_indices(struct rng *r, uint32_t relid)
{
	uint8_t *page = bus_ram(ring_gpa(relid) + (one_in(r, 3) ? 0 : RING_PAGES * PAGE));
	uint32_t word[16];

	if (!peek(word, page, sizeof(word)))
		return;
	word[1] = one_in(r, 16) ? some_value(r) : word[0];
	if (one_in(r, 8))
		word[2] = below(r, 2);
	if (one_in(r, 8))
		word[3] = below(r, RING_DATA);
	scribble(page, word, sizeof(word));
}

/* ---- what a guest does ---- */

static void guest_some(struct rng *r)
{
	uint32_t relid = 1 + below(r, RELIDS), list = relid * 16 + one_in(r, 8);

	switch (below(r, 24)) {
	case 0:
		post_contact(r);
		break;
	case 1:
		if (one_in(r, 8))
			post_words(r, HV_VMBUS_UNLOAD, 0, 0);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		post_list(r, relid, list);
		post_open(r, relid, list);
		break;
	case 6:
		post_words(r, HV_VMBUS_CLOSE_CHANNEL, relid, 0);
		post_words(r, HV_VMBUS_GPADL_TEARDOWN, relid, list);
		break;
	case 7:
		post_words(r, HV_VMBUS_GPADL_TEARDOWN, relid, list);
		break;
	case 8:
		post_words(r, HV_VMBUS_RELID_RELEASED, relid, 0);
		break;
	case 9:
		post_words(r, HV_VMBUS_MODIFY_CHANNEL, relid, below(r, 2));
		break;
	case 10:
		post_noise(r);
		break;
	case 11:
		post_list(r, relid, list + 2);
		post_body(r, list + 2);
		break;
	case 12:
		take_message();
		break;
	case 13:
		move_indices(r, relid);
		break;
	default:
		put_packet(r, relid);
		signal_host(r, relid);
	}
}

void bus_some(struct rng *r)
{
	unsigned int n = 1 + below(r, 6);

	if (pthread_mutex_trylock(&world.bus_lock)) {
		/* Rings are written by any thread: nobody orders that. */
		put_packet(r, 1 + below(r, RELIDS));
		move_indices(r, 1 + below(r, RELIDS));
		return;
	}
	while (n--)
		guest_some(r);
	pthread_mutex_unlock(&world.bus_lock);
}

/* ---- the providers ---- */

static void answer_open(struct rng *r, int fd)
{
	struct hvr_channel_open_result args = { .accept = !one_in(r, 8) };

	counted_ioctl(row_of(CHANNEL_OPEN_RESULT), fd, CHANNEL_OPEN_RESULT, &args);
}

static void read_frame(struct rng *r, int fd)
{
	struct {
		struct hvr_frame head;
		uint8_t data[HVR_FRAME_MAX_LEN];
	} f;
	size_t room = one_in(r, 16) ? below(r, 64) : sizeof(f);
	void *to = one_in(r, 32) ? pick_address(r, room) : &f;

	if (read(fd, to, room) < (ssize_t)sizeof(f.head))
		return;
	count_event(EV_READ_CHAN);
	if (to != &f)
		return;
	if (f.head.kind == HVR_FRAME_OPEN) {
		count_event(EV_FRAME_OPEN);
		answer_open(r, fd);
	} else {
		count_event(f.head.kind == HVR_FRAME_CLOSED ? EV_FRAME_CLOSED :
							      EV_FRAME_PACKET);
	}
}

static void write_frame(struct rng *r, int fd)
{
	struct {
		struct hvr_frame head;
		uint8_t data[HVR_FRAME_MAX_LEN];
	} f = {
		.head = {
			.kind = HVR_FRAME_PACKET,
			.type = one_in(r, 2) ? HVR_FRAME_INBAND : HVR_FRAME_COMPLETION,
			.trans_id = some_value(r),
			.len = below(r, one_in(r, 8) ? sizeof(f.data) : 256),
		},
	};

	if (one_in(r, 12))
		((uint8_t *)&f.head)[below(r, sizeof(f.head))] = some_value(r);
	if (write(fd, one_in(r, 32) ? pick_address(r, PAGE) : &f,
		  sizeof(f.head) + f.head.len % (sizeof(f.data) + 1)) > 0)
		count_event(EV_WRITE_CHAN);
}

void channel_some(struct rng *r)
{
	struct pollfd p[3];
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i].fd = pick_fd(r, K_CHAN);
		p[i].events = POLLIN | POLLOUT;
		p[i].revents = 0;
	}
	if (poll(p, ARRAY_SIZE(p), 0) > 0)
		count_event(EV_POLL);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		if (p[i].revents & POLLIN)
			for (n = 1 + below(r, 20); n; n--)
				read_frame(r, p[i].fd);
		if (one_in(r, 2))
			write_frame(r, p[i].fd);
	}
	if (one_in(r, 8))
		read_frame(r, pick_fd(r, K_CHAN));
}
