// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits that touch devices: port I/O, single and string, and emulated memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "decode.h"
#include "hvctl.h"
#include "machine.h"

#define SEG_LONG	0x2000	/* segment attribute: 64-bit code */
#define SEG_BIG		0x4000	/* 32-bit code */
#define RFLAGS_DF	0x400
#define STRING_BATCH	1024	/* elements of one exit; the rest exits again */

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

static uint64_t size_mask(unsigned int size)
{
	return size >= 8 ? ~0ULL : (1ULL << (8 * size)) - 1;
}

static enum decode_mode mode_of(const struct hv_intercept *hdr)
{
	if ((hdr->state & HV_STATE_LMA) && (hdr->cs.attributes & SEG_LONG))
		return DECODE_64;
	return hdr->cs.attributes & SEG_BIG ? DECODE_32 : DECODE_16;
}

static uint64_t next_rip(const struct hv_intercept *hdr, unsigned int length)
{
	uint64_t rip = hdr->rip + length;

	return mode_of(hdr) == DECODE_64 ? rip : rip & 0xffffffff;
}

static int finish(struct vcpu *v, const uint64_t gpr[16], uint16_t mask, uint64_t rip)
{
	int ret = vcpu_finish(v, gpr, mask, rip);

	if (ret)
		vcpu_fail(v, "registers cannot be written: %s", strerror(-ret));
	return ret ? -1 : 0;
}

/* ---- string I/O ---- */

struct string_io {
	unsigned int size;		/* of one element */
	unsigned int address_size;
	uint64_t base;			/* of the segment */
	bool in;
};

/* Register that a segment prefix names, 0 for another byte */
static uint32_t segment_prefix(uint8_t b)
{
	switch (b) {
	case 0x26:
		return HV_REG_ES;
	case 0x2e:
		return HV_REG_CS;
	case 0x36:
		return HV_REG_SS;
	case 0x3e:
		return HV_REG_DS;
	case 0x64:
		return HV_REG_FS;
	case 0x65:
		return HV_REG_GS;
	default:
		return 0;
	}
}

/* Prefixes of INS and OUTS: address size and, for OUTS, another segment. */
static int string_prefixes(struct vcpu *v, const struct hv_msg_io *io, struct string_io *s)
{
	enum decode_mode mode = mode_of(&io->hdr);
	uint32_t segment = HV_REG_DS;
	struct hv_register reg;
	bool address = false;
	unsigned int i;
	int ret;

	for (i = 0; i < io->byte_count && i < sizeof(io->bytes); i++) {
		uint8_t b = io->bytes[i];

		if (b >= 0x6c && b <= 0x6f)	/* the instruction itself */
			break;
		if (b == 0x67)
			address = true;
		else if (segment_prefix(b))
			segment = segment_prefix(b);
	}
	s->address_size = mode == DECODE_64 ? (address ? 4 : 8) :
			  (mode == DECODE_32) != address ? 4 : 2;
	if (s->in)
		segment = HV_REG_ES;
	if (mode == DECODE_64 && segment != HV_REG_FS && segment != HV_REG_GS)
		return 0;	/* flat */
	if (segment == HV_REG_DS || segment == HV_REG_ES) {
		s->base = segment == HV_REG_ES ? io->es.base : io->ds.base;
		return 0;
	}
	reg = (struct hv_register){ .name = segment };
	ret = hvroot_registers_get(v->fd, v->index, &reg, 1);
	s->base = reg.value.segment.base;
	return ret;
}

/* One element between the port and guest memory; it may lie across two pages. */
static int string_element(struct vcpu *v, const struct hv_msg_io *io,
			  const struct string_io *s, uint64_t gva)
{
	uint64_t flags = s->in ? HV_TRANSLATE_WRITE : HV_TRANSLATE_READ;
	uint8_t *byte[4];
	unsigned int i;
	uint32_t val = 0;

	for (i = 0; i < s->size; i++) {
		__u64 gpa;

		if (i && (gva + i) % 4096) {
			byte[i] = byte[i - 1] + 1;
			continue;
		}
		if (hvroot_translate(v->fd, v->index, gva + i, flags, &gpa))
			return -1;
		byte[i] = machine_memory(v->m, gpa, 1);
		if (!byte[i])
			return -1;
	}
	if (s->in)
		val = port_read(v->m, io->port, s->size);
	for (i = 0; i < s->size; i++) {
		if (s->in)
			*byte[i] = val >> (8 * i);
		else
			val |= (uint32_t)*byte[i] << (8 * i);
	}
	if (!s->in)
		port_write(v->m, io->port, s->size, val);
	return 0;
}

static int exit_string_io(struct vcpu *v, const struct hv_msg_io *io)
{
	struct string_io s = {
		.size = io->info & HV_IO_SIZE_MASK,
		.in = io->hdr.access == HV_ACCESS_READ,
	};
	unsigned int index = s.in ? RDI : RSI, done;
	uint64_t gpr[16], mask, count = 1, step;
	uint64_t rip = next_rip(&io->hdr, io->hdr.length_cr8 & 15);

	if (vcpu_read_gprs(v, gpr) || string_prefixes(v, io, &s)) {
		vcpu_fail(v, "registers cannot be read");
		return -1;
	}
	mask = size_mask(s.address_size);
	if (io->info & HV_IO_REP)
		count = gpr[RCX] & mask;
	step = io->hdr.rflags & RFLAGS_DF ? -(uint64_t)s.size : s.size;
	for (done = 0; done < count && done < STRING_BATCH; done++) {
		uint64_t gva = s.base + (gpr[index] & mask);

		if (mode_of(&io->hdr) != DECODE_64)
			gva &= 0xffffffff;
		if (string_element(v, io, &s, gva)) {
			vcpu_fail(v, "string I/O at port 0x%x with bad memory at 0x%llx",
				  io->port, (unsigned long long)gva);
			return -1;
		}
		gpr[index] = (gpr[index] & ~mask) | ((gpr[index] + step) & mask);
	}
	if (io->info & HV_IO_REP) {
		count -= done;
		gpr[RCX] = (gpr[RCX] & ~mask) | count;
		if (count)
			rip = io->hdr.rip;
	}
	return finish(v, gpr, 1U << index | 1U << RCX, rip);
}

int exit_io(struct vcpu *v, const struct hv_msg_io *io)
{
	unsigned int size = io->info & HV_IO_SIZE_MASK;
	uint64_t rip = next_rip(&io->hdr, io->hdr.length_cr8 & 15);
	uint64_t gpr[16] = { [RAX] = io->rax };
	uint32_t val;

	if (size != 1 && size != 2 && size != 4) {
		vcpu_fail(v, "port 0x%x: access of %u bytes", io->port, size);
		return -1;
	}
	if (io->info & HV_IO_STRING)
		return exit_string_io(v, io);
	if (io->hdr.access == HV_ACCESS_WRITE) {
		port_write(v->m, io->port, size, io->rax & size_mask(size));
		return finish(v, gpr, 0, rip);
	}
	val = port_read(v->m, io->port, size);
	if (size == 4)
		gpr[RAX] = val;
	else
		gpr[RAX] = (io->rax & ~size_mask(size)) | val;
	return finish(v, gpr, 1U << RAX, rip);
}

/* ---- emulated memory ---- */

static void fail_decode(struct vcpu *v, const struct hv_msg_memory *mem)
{
	char text[3 * sizeof(mem->bytes) + 1] = "";
	unsigned int i;

	for (i = 0; i < mem->byte_count && i < sizeof(mem->bytes); i++)
		snprintf(text + 3 * i, 4, " %02x", mem->bytes[i]);
	vcpu_fail(v, "no device can be reached with this instruction: address 0x%llx, bytes%s",
		  (unsigned long long)mem->gpa, *text ? text : " unknown");
}

int exit_memory(struct vcpu *v, const struct hv_msg_memory *mem)
{
	struct decoded d;
	uint64_t gpr[16];

	if (machine_memory(v->m, mem->gpa, 1)) {
		vcpu_fail(v, "the host has no page for guest address 0x%llx",
			  (unsigned long long)mem->gpa);
		return -1;
	}
	if (mem->hdr.access == HV_ACCESS_EXECUTE) {
		vcpu_fail(v, "the guest runs code at 0x%llx, where nothing is",
			  (unsigned long long)mem->gpa);
		return -1;
	}
	if (decode_mov(mem->bytes, mem->byte_count, mode_of(&mem->hdr), &d)) {
		fail_decode(v, mem);
		return -1;
	}
	if (vcpu_read_gprs(v, gpr)) {
		vcpu_fail(v, "registers cannot be read");
		return -1;
	}
	if (d.write) {
		mmio_write(v->m, mem->gpa, d.size, decode_source(&d, gpr));
		return finish(v, gpr, 0, next_rip(&mem->hdr, d.length));
	}
	decode_load(&d, gpr, mmio_read(v->m, mem->gpa, d.size));
	return finish(v, gpr, 1U << d.reg, next_rip(&mem->hdr, d.length));
}
