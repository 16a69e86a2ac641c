// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intercept messages: what MSHV_RUN_VP hands to the VMM.
 *
 * A message always carries the instruction's bytes, because VMMs decode from them
 * alone. Getting them may sleep: all but hvr_intercept_eoi() are for the slow part
 * of the run loop.
 */
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <hvabi/hvhdk.h>

#include "internal.h"

/* The reset control register of PC chipsets: reset the CPUs, too. */
#define RESET_PORT	0xcf9
#define RESET_FULL	0x06

static_assert(sizeof(struct hv_io_message) <= HV_MESSAGE_PAYLOAD_BYTES);
static_assert(sizeof(struct hv_memory_message) <= HV_MESSAGE_PAYLOAD_BYTES);
static_assert(sizeof(struct hv_hypercall_message) <= HV_MESSAGE_PAYLOAD_BYTES);

/* The payload of a fresh message. The page is the VMM's to write, too: nothing is
 * read back from it.
 */
static void *begin(struct hvr_vp *vp, u32 type, u8 size)
{
	struct hv_message *msg = vp->message;

	memset(msg, 0, sizeof(*msg));
	msg->header.message_type = cpu_to_le32(type);
	msg->header.payload_size = size;
	msg->header.sender = cpu_to_le64(vp->pt->id);
	vp->last.type = type;
	vp->last.rip = vp->rip;
	vp->last.rcx = vp->gpr[HVR_RCX];
	vp->last.insn_len = 0;
	vp->last.rep_io = false;
	vp->last.in_size = 0;
	return msg->payload;
}

static void end(struct hvr_vp *vp)
{
	vp->message_valid = true;
}

static u16 execution_state(struct hvr_vp *vp, const struct hvr_context *c)
{
	u16 state = c->cpl & HV_EXEC_CPL_MASK;

	if (c->cr0 & X86_CR0_PE)
		state |= HV_EXEC_CR0_PE;
	if (c->cr0 & X86_CR0_AM)
		state |= HV_EXEC_CR0_AM;
	if (c->efer & EFER_LMA)
		state |= HV_EXEC_EFER_LMA;
	if (c->dr7 & 0xff)
		state |= HV_EXEC_DEBUG_ACTIVE;
	if (vp->event.type != HVR_EVENT_NONE)
		state |= HV_EXEC_INTERRUPTION_PENDING;
	if (c->interrupt_shadow)
		state |= HV_EXEC_INTERRUPT_SHADOW;
	return state;
}

static void copy_segment(struct hv_segment_register *out,
			 const struct hvr_segment *seg)
{
	out->base = seg->base;
	out->limit = seg->limit;
	out->selector = seg->selector;
	out->attributes = seg->attr;
}

void hvr_vp_read_stop(struct hvr_vp *vp)
{
	struct hvr_vp_stop *stop = &vp->stop;

	hvr_be_call(get_context)(vp, &stop->context);
	hvr_be_call(get_data_segments)(vp, stop->seg);
	stop->seg[HVR_SEG_CS] = stop->context.cs;
}

static void fill_header(struct hvr_vp *vp, struct hv_intercept_header *h,
			u8 access, u8 insn_len)
{
	struct hvr_vp_stop *stop = &vp->stop;

	hvr_vp_read_stop(vp);
	stop->fresh = true;
	h->vp_index = vp->index;
	h->length_cr8 = (insn_len & 0xf) | (hvr_lapic_get_cr8(vp) << 4 & 0xf0);
	h->access_type = access;
	h->execution_state = execution_state(vp, &stop->context);
	copy_segment(&h->cs, &stop->context.cs);
	h->rip = vp->rip;
	h->rflags = vp->rflags;
	vp->last.insn_len = insn_len;
}

/* Bytes at the instruction pointer: the CPU's when it gave any. After fill_header(). */
static u8 fill_insn(struct hvr_vp *vp, const struct hvr_exit *exit, u8 *out)
{
	int n;

	if (exit && exit->insn_bytes_len) {
		n = min_t(int, exit->insn_bytes_len, 16);
		memcpy(out, exit->insn_bytes, n);
		return n;
	}
	n = hvr_fetch_insn_in(vp, &vp->stop.context, out, 16, 0);
	return n < 0 ? 0 : n;
}

void hvr_intercept_io(struct hvr_vp *vp, const struct hvr_exit *exit, u8 len)
{
	struct hv_io_message *m = begin(vp, HVMSG_X64_IO_PORT_INTERCEPT,
					sizeof(*m));

	fill_header(vp, &m->header,
		    exit->io.in ? HV_INTERCEPT_READ : HV_INTERCEPT_WRITE, len);
	m->port = exit->io.port;
	m->access_info = exit->io.size & HV_IO_SIZE_MASK;
	if (exit->io.string)
		m->access_info |= HV_IO_STRING;
	if (exit->io.rep)
		m->access_info |= HV_IO_REP;
	m->insn_bytes_len = fill_insn(vp, exit, m->insn_bytes);
	m->rax = vp->gpr[HVR_RAX];
	m->rcx = vp->gpr[HVR_RCX];
	m->rsi = vp->gpr[HVR_RSI];
	m->rdi = vp->gpr[HVR_RDI];
	copy_segment(&m->ds, &vp->stop.seg[HVR_SEG_DS]);
	copy_segment(&m->es, &vp->stop.seg[HVR_SEG_ES]);
	vp->last.rep_io = exit->io.string && exit->io.rep;
	vp->last.rax = vp->gpr[HVR_RAX];
	if (exit->io.in && !exit->io.string && exit->io.size < 4)
		vp->last.in_size = exit->io.size;
	end(vp);
}

static u8 access_type(unsigned int access)
{
	if (access & HVR_ACCESS_EXEC)
		return HV_INTERCEPT_EXECUTE;
	return access & HVR_ACCESS_WRITE ? HV_INTERCEPT_WRITE :
					   HV_INTERCEPT_READ;
}

void hvr_intercept_memory(struct hvr_vp *vp, const struct hvr_exit *exit,
			  bool unmapped)
{
	u32 type = unmapped ? HVMSG_UNMAPPED_GPA : HVMSG_GPA_INTERCEPT;
	struct hv_memory_message *m = begin(vp, type, sizeof(*m));

	fill_header(vp, &m->header, access_type(exit->slat.access),
		    exit->insn_len);
	m->cache_type = HV_CACHE_TYPE_UNCACHED;
	m->insn_bytes_len = fill_insn(vp, exit, m->insn_bytes);
	m->tpr_priority = hvr_lapic_get_cr8(vp);
	m->gpa = exit->slat.gpa;
	if (exit->slat.gva_valid) {
		m->gva = exit->slat.gva;
		m->access_info = HV_MEMORY_GVA_VALID;
		if (!(exit->slat.access & HVR_ACCESS_WALK))
			m->access_info |= HV_MEMORY_GVA_GPA_VALID;
	}
	end(vp);
}

void hvr_intercept_msr(struct hvr_vp *vp, u32 msr, bool write)
{
	struct hv_msr_message *m = begin(vp, HVMSG_X64_MSR_INTERCEPT,
					 sizeof(*m));

	fill_header(vp, &m->header,
		    write ? HV_INTERCEPT_WRITE : HV_INTERCEPT_READ, 2);
	m->number = msr;
	m->rdx = vp->gpr[HVR_RDX];
	m->rax = vp->gpr[HVR_RAX];
	end(vp);
}

void hvr_intercept_triple_fault(struct hvr_vp *vp)
{
	struct hv_intercept_header *m =
		begin(vp, HVMSG_UNRECOVERABLE_EXCEPTION, sizeof(*m));

	fill_header(vp, m, HV_INTERCEPT_READ, 0);
	end(vp);
}

/* What the board of a PC does when its CPU shuts down, told as the port write that
 * would do the same. No instruction belongs to it.
 */
void hvr_intercept_reset(struct hvr_vp *vp)
{
	struct hv_io_message *m = begin(vp, HVMSG_X64_IO_PORT_INTERCEPT,
					sizeof(*m));

	fill_header(vp, &m->header, HV_INTERCEPT_WRITE, 0);
	m->port = RESET_PORT;
	m->access_info = 1;
	m->rax = RESET_FULL;
	m->rcx = vp->gpr[HVR_RCX];
	m->rsi = vp->gpr[HVR_RSI];
	m->rdi = vp->gpr[HVR_RDI];
	copy_segment(&m->ds, &vp->stop.seg[HVR_SEG_DS]);
	copy_segment(&m->es, &vp->stop.seg[HVR_SEG_ES]);
	end(vp);
}

void hvr_intercept_halt(struct hvr_vp *vp)
{
	struct hv_intercept_header *m = begin(vp, HVMSG_X64_HALT, sizeof(*m));

	fill_header(vp, m, HV_INTERCEPT_EXECUTE, 1);
	end(vp);
}

/* Does not sleep. */
void hvr_intercept_eoi(struct hvr_vp *vp, u8 vector)
{
	struct hv_apic_eoi_message *m = begin(vp, HVMSG_X64_APIC_EOI,
					      sizeof(*m));

	m->vp_index = vp->index;
	m->vector = vector;
	end(vp);
}

void hvr_intercept_bad_register(struct hvr_vp *vp)
{
	struct hv_invalid_register_message *m =
		begin(vp, HVMSG_INVALID_VP_REGISTER_VALUE, sizeof(*m));

	m->vp_index = vp->index;
	end(vp);
}

/* The instruction pointer stays at the call; the VMM moves it on. */
void hvr_intercept_hypercall(struct hvr_vp *vp)
{
	struct hv_hypercall_message *m = begin(vp, HVMSG_HYPERCALL_INTERCEPT,
					       HV_HYPERCALL_MESSAGE_SIZE);

	fill_header(vp, &m->header, HV_INTERCEPT_EXECUTE,
		    hvr_be->vmcall_insn_len);
	m->rax = vp->gpr[HVR_RAX];
	m->rbx = vp->gpr[HVR_RBX];
	m->rcx = vp->gpr[HVR_RCX];
	m->rdx = vp->gpr[HVR_RDX];
	m->r8 = vp->gpr[HVR_R8];
	m->rsi = vp->gpr[HVR_RSI];
	m->rdi = vp->gpr[HVR_RDI];
	/* XMM0 to XMM5 in the legacy part of the XSAVE area. */
	memcpy(m->xmm, vp->xsave + 160, sizeof(m->xmm));
	end(vp);
}

/* The VMM wants to know when it may post to a SINT again. Posts queue, so that is
 * now; a VMM that finds the queue full asks again.
 */
void hvr_intercept_deliverable(struct hvr_vp *vp)
{
	u16 sints = vp->deliverability >> HV_DELIVERABILITY_SINT_SHIFT;
	struct hv_sint_deliverable_message *m;

	if (!sints || vp->message_valid)
		return;
	vp->deliverability &= BIT_ULL(HV_DELIVERABILITY_SINT_SHIFT) - 1;
	m = begin(vp, HVMSG_SYNIC_SINT_DELIVERABLE, sizeof(*m));
	fill_header(vp, &m->header, HV_INTERCEPT_READ, 0);
	m->sints = sints;
	end(vp);
}
