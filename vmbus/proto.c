// SPDX-License-Identifier: GPL-2.0-only
/*
 * State machine of the bus: connection, offers, channels, GPADL life. Pure.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/string.h>

#include "proto.h"
#include "wire.h"

/* ---- messages to the guest ---- */

static void send_simple(struct hvr_proto *p, u32 type)
{
	struct hv_vmbus_header msg;

	hvr_wire_begin(&msg, sizeof(msg), type);
	p->ops->send(p, &msg, sizeof(msg));
}

static void send_offer(struct hvr_proto *p, const struct hvr_proto_chan *ch)
{
	struct hv_vmbus_offer msg;

	hvr_wire_begin(&msg, sizeof(msg), HV_VMBUS_OFFER_CHANNEL);
	memcpy(msg.type, ch->type, sizeof(msg.type));
	memcpy(msg.instance, ch->instance, sizeof(msg.instance));
	memcpy(msg.user_defined, ch->user_defined, sizeof(msg.user_defined));
	msg.flags = cpu_to_le16(ch->flags & HV_VMBUS_OFFER_FLAGS);
	msg.mmio_megabytes = cpu_to_le16(ch->mmio_mb);
	msg.sub_index = cpu_to_le16(ch->sub_index);
	msg.relid = cpu_to_le32(ch->relid);
	msg.monitor_id = HV_VMBUS_NO_MONITOR;
	msg.dedicated_interrupt = cpu_to_le16(1);
	msg.connection_id = cpu_to_le32(ch->relid | HV_VMBUS_SINT << 12);
	p->ops->send(p, &msg, sizeof(msg));
}

static void send_rescind(struct hvr_proto *p, const struct hvr_proto_chan *ch)
{
	struct hv_vmbus_relid msg;

	hvr_wire_begin(&msg, sizeof(msg), HV_VMBUS_RESCIND_OFFER);
	msg.relid = cpu_to_le32(ch->relid);
	p->ops->send(p, &msg, sizeof(msg));
}

static void send_open_result(struct hvr_proto *p,
			     const struct hvr_proto_chan *ch, u32 open_id,
			     bool ok)
{
	struct hv_vmbus_open_result msg;

	hvr_wire_begin(&msg, sizeof(msg), HV_VMBUS_OPEN_RESULT);
	msg.relid = cpu_to_le32(ch->relid);
	msg.open_id = cpu_to_le32(open_id);
	msg.status = cpu_to_le32(ok ? 0 : HV_VMBUS_STATUS_FAILED);
	p->ops->send(p, &msg, sizeof(msg));
}

static void send_gpadl_created(struct hvr_proto *p, u32 relid, u32 id, bool ok)
{
	struct hv_vmbus_gpadl_created msg;

	hvr_wire_begin(&msg, sizeof(msg), HV_VMBUS_GPADL_CREATED);
	msg.relid = cpu_to_le32(relid);
	msg.gpadl = cpu_to_le32(id);
	msg.status = cpu_to_le32(ok ? 0 : HV_VMBUS_STATUS_FAILED);
	p->ops->send(p, &msg, sizeof(msg));
}

static void send_gpadl_torndown(struct hvr_proto *p, u32 id)
{
	struct hv_vmbus_gpadl_torndown msg;

	hvr_wire_begin(&msg, sizeof(msg), HV_VMBUS_GPADL_TORNDOWN);
	msg.gpadl = cpu_to_le32(id);
	p->ops->send(p, &msg, sizeof(msg));
}

static void send_modify_response(struct hvr_proto *p, u32 relid, bool ok)
{
	struct hv_vmbus_modify_response msg;

	if (p->version < HV_VMBUS_IRON)
		return;
	hvr_wire_begin(&msg, sizeof(msg), HV_VMBUS_MODIFY_CHANNEL_RESPONSE);
	msg.relid = cpu_to_le32(relid);
	msg.status = cpu_to_le32(ok ? 0 : HV_VMBUS_STATUS_FAILED);
	p->ops->send(p, &msg, sizeof(msg));
}

/* ---- channels ---- */

static bool chan_released(const struct hvr_proto_chan *ch)
{
	return ch->state == CH_RELEASED || ch->state == CH_OPENING_RELEASED ||
	       ch->state == CH_CLOSING_RELEASED;
}

/* A channel that the guest may name. */
static struct hvr_proto_chan *find_chan(struct hvr_proto *p, __le32 relid)
{
	u32 id = le32_to_cpu(relid);
	struct hvr_proto_chan *ch;

	if (!id)
		return NULL;
	list_for_each_entry(ch, &p->chans, node)
		if (ch->relid == id)
			return chan_released(ch) ? NULL : ch;
	return NULL;
}

static int compare(const struct hvr_proto_chan *a,
		   const struct hvr_proto_chan *b)
{
	int cmp = memcmp(a->type, b->type, sizeof(a->type));

	if (!cmp)
		cmp = memcmp(a->instance, b->instance, sizeof(a->instance));
	return cmp ? cmp : (int)a->sub_index - (int)b->sub_index;
}

/* The guest must never see two live offers of one instance. */
static bool shadowed(const struct hvr_proto *p, const struct hvr_proto_chan *ch)
{
	const struct hvr_proto_chan *other;

	list_for_each_entry(other, &p->chans, node)
		if (other != ch && !compare(other, ch))
			return true;
	return false;
}

static void want(struct hvr_proto *p, struct hvr_proto_chan *ch,
		 enum hvr_proto_want what)
{
	ch->want = what;
	if (what != WANT_NOTHING)
		p->ops->device(p, ch);
}

/* Offer what the guest may know and does not know yet, lowest relid first. */
static void offer_all(struct hvr_proto *p)
{
	struct hvr_proto_chan *ch;
	u32 relid;

	if (p->state != PROTO_CONNECTED || !p->offers_sent)
		return;
	list_for_each_entry(ch, &p->chans, node) {
		if (ch->state != CH_RELEASED || ch->revoked || ch->declined ||
		    shadowed(p, ch))
			continue;
		relid = find_next_zero_bit(p->relids, HV_VMBUS_MAX_RELID + 1, 1);
		if (relid > HV_VMBUS_MAX_RELID)
			return;
		__set_bit(relid, p->relids);
		ch->relid = relid;
		ch->state = CH_CLOSED;
		send_offer(p, ch);
	}
}

/* A revoked channel goes once neither guest nor device know it. */
static void free_if_unused(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	if (!ch->device_gone || ch->state != CH_RELEASED || ch->gpadls.count)
		return;
	list_del(&ch->node);
	p->nr_chans--;
	p->ops->free_chan(p, ch);
	/* The next offer of the same instance may have waited for this. */
	offer_all(p);
}

static void enter_released(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	if (ch->relid)
		__clear_bit(ch->relid, p->relids);
	ch->relid = 0;
	ch->state = CH_RELEASED;
	free_if_unused(p, ch);
}

/* The guest forgot the channel, and with it these lists: no reply. */
static void wind_down_gpadls(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	struct hvr_gpadl *gpadl, *tmp;

	list_for_each_entry_safe(gpadl, tmp, &p->gpadls.list, node) {
		if (gpadl->owner != &ch->gpadls)
			continue;
		if (gpadl->views)
			gpadl->state = GPADL_TEARING_DOWN;
		else
			hvr_gpadl_destroy(&p->gpadls, gpadl);
	}
}

/* The guest released the channel, by message or by going away. May free it. */
static void release_chan(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	if (chan_released(ch))
		return;
	wind_down_gpadls(p, ch);
	switch (ch->state) {
	case CH_OPENING:
		if (hvr_proto_take(ch) == WANT_OPEN) {
			enter_released(p, ch);
			break;
		}
		ch->state = CH_OPENING_RELEASED;
		want(p, ch, WANT_CLOSE);
		break;
	case CH_OPEN:
		ch->state = CH_CLOSING_RELEASED;
		want(p, ch, WANT_CLOSE);
		break;
	case CH_CLOSING:
	case CH_CLOSING_REOPEN:
		ch->state = CH_CLOSING_RELEASED;
		break;
	case CH_REVOKED:
		if (!ch->device_gone) {
			ch->state = CH_CLOSING_RELEASED;
			break;
		}
		fallthrough;
	default:
		enter_released(p, ch);
	}
}

/* ---- connection ---- */

/* Refusal (not @supported), success, or failure with a version that is fine. */
static void fill_version_response(struct hv_vmbus_version_response *msg,
				  bool supported, u8 state, u32 version)
{
	hvr_wire_begin(msg, sizeof(*msg), HV_VMBUS_VERSION_RESPONSE);
	if (!supported)
		return;
	msg->supported = 1;
	msg->state = state;
	if (version >= HV_VMBUS_RS3_B)
		version = HV_VMBUS_CONNECTION_CLASSIC;
	msg->version_or_connection = cpu_to_le32(version);
}

static void send_version_response(struct hvr_proto *p, bool supported, u8 state)
{
	struct hv_vmbus_version_response msg;

	fill_version_response(&msg, supported, state, p->contact.version);
	p->ops->send(p, &msg, sizeof(msg));
}

/* The disconnect before a new contact is complete: decide about the contact. */
static void answer_contact(struct hvr_proto *p)
{
	const struct hvr_proto_contact *contact = &p->contact;
	bool vp_ok = p->ops->vp_exists(p, contact->target_vp);

	/* Before 3.0 the target is not honoured; an answer needs some VP. */
	p->contact_vp = 0;
	if (contact->version >= HV_VMBUS_WIN8_1 && vp_ok)
		p->contact_vp = contact->target_vp;

	if (!hvr_wire_version_known(contact->version) ||
	    contact->version > p->max_version) {
		send_version_response(p, false, 0);
		return;
	}
	if (contact->half_monitor || !vp_ok) {
		send_version_response(p, true, HV_VMBUS_CONNECTION_FAILED);
		return;
	}
	p->state = PROTO_CONNECTED;
	p->version = contact->version;
	p->connects++;
	send_version_response(p, true, HV_VMBUS_CONNECTION_OK);
}

/*
 * Called wherever a channel or a GPADL may have gone: forgetting one of those
 * places would hang the reboot of a guest.
 */
static void finish_disconnect(struct hvr_proto *p)
{
	struct hvr_proto_chan *ch;
	bool had_connection = p->version;

	if (p->state != PROTO_DISCONNECTING || p->gpadls.count)
		return;
	list_for_each_entry(ch, &p->chans, node)
		if (ch->state != CH_RELEASED)
			return;

	list_for_each_entry(ch, &p->chans, node)
		ch->declined = false;
	p->state = PROTO_DISCONNECTED;
	p->version = 0;
	p->offers_sent = false;
	p->resetting = false;
	if (had_connection)
		p->ops->disconnected(p);
	if (p->then == THEN_UNLOAD)
		send_simple(p, HV_VMBUS_UNLOAD_COMPLETE);
	else if (p->then == THEN_CONTACT)
		answer_contact(p);
}

static void begin_disconnect(struct hvr_proto *p, enum hvr_proto_then then)
{
	struct hvr_proto_chan *ch, *tmp;

	p->then = then;
	if (p->state != PROTO_DISCONNECTING) {
		p->state = PROTO_DISCONNECTING;
		list_for_each_entry_safe(ch, tmp, &p->chans, node)
			release_chan(p, ch);
	}
	finish_disconnect(p);
}

/* ---- messages of the guest; each returns NULL or why it was refused ---- */

typedef const char *(*message_fn)(struct hvr_proto *p,
				  const struct hvr_proto_in *in);

static const char *on_initiate_contact(struct hvr_proto *p,
				       const struct hvr_proto_in *in)
{
	const struct hv_vmbus_contact *msg = in->data;
	struct hvr_proto_contact contact = {
		.version = le32_to_cpu(msg->version),
		.target_vp = le32_to_cpu(msg->target_vp),
		.half_monitor = !msg->monitor_page_in != !msg->monitor_page_out,
	};
	struct hv_vmbus_version_response refusal;

	if (in->multiclient && contact.version >= HV_VMBUS_RS4 && msg->vtl)
		return "contact for another trust level";
	if (in->multiclient && contact.version >= HV_VMBUS_RS3_B &&
	    msg->sint != HV_VMBUS_SINT) {
		fill_version_response(&refusal, false, 0, 0);
		p->ops->send_once(p, contact.target_vp, msg->sint, &refusal,
				  sizeof(refusal));
		return "contact for another SINT";
	}
	/* Also with a contact parked already: the newest is answered, once. */
	p->contact = contact;
	begin_disconnect(p, THEN_CONTACT);
	return NULL;
}

static const char *on_unload(struct hvr_proto *p, const struct hvr_proto_in *in)
{
	begin_disconnect(p, THEN_UNLOAD);
	return NULL;
}

static const char *on_request_offers(struct hvr_proto *p,
				     const struct hvr_proto_in *in)
{
	if (p->offers_sent)
		return "offers were requested before";
	p->offers_sent = true;
	offer_all(p);
	send_simple(p, HV_VMBUS_ALL_OFFERS_DELIVERED);
	return NULL;
}

/* Ask the device to open with @open, or refuse at once. */
static void start_open(struct hvr_proto *p, struct hvr_proto_chan *ch,
		       const struct hvr_proto_open *open)
{
	ch->open = *open;
	if (open->target_vp != HV_VMBUS_VP_NONE &&
	    !p->ops->vp_exists(p, open->target_vp)) {
		send_open_result(p, ch, open->open_id, false);
		return;
	}
	ch->state = CH_OPENING;
	want(p, ch, WANT_OPEN);
}

static const char *on_open(struct hvr_proto *p, const struct hvr_proto_in *in)
{
	const struct hv_vmbus_open *msg = in->data;
	struct hvr_proto_chan *ch = find_chan(p, msg->relid);
	struct hvr_proto_open open = {
		.open_id = le32_to_cpu(msg->open_id),
		.ring_gpadl = le32_to_cpu(msg->ring_gpadl),
		.target_vp = le32_to_cpu(msg->target_vp),
		.page_offset = le32_to_cpu(msg->page_offset),
	};

	if (!ch)
		return "open of an unknown channel";
	memcpy(open.user_data, msg->user_data, sizeof(open.user_data));
	switch (ch->state) {
	case CH_CLOSED:
		start_open(p, ch, &open);
		return NULL;
	case CH_CLOSING:
		ch->reopen = open;
		ch->state = CH_CLOSING_REOPEN;
		return NULL;
	case CH_REVOKED:
		/* The guest learns it from the rescind. */
		return NULL;
	default:
		return "open of a channel that is not closed";
	}
}

static const char *on_close(struct hvr_proto *p, const struct hvr_proto_in *in)
{
	const struct hv_vmbus_relid *msg = in->data;
	struct hvr_proto_chan *ch = find_chan(p, msg->relid);

	if (!ch)
		return "close of an unknown channel";
	if (ch->state == CH_REVOKED)
		return NULL;
	if (ch->state != CH_OPEN)
		return "close of a channel that is not open";
	ch->state = CH_CLOSING;
	want(p, ch, WANT_CLOSE);
	return NULL;
}

static const char *on_relid_released(struct hvr_proto *p,
				     const struct hvr_proto_in *in)
{
	const struct hv_vmbus_relid *msg = in->data;
	struct hvr_proto_chan *ch = find_chan(p, msg->relid);

	if (!ch)
		return "release of an unknown channel";
	if (ch->state != CH_CLOSED && ch->state != CH_CLOSING &&
	    ch->state != CH_REVOKED)
		return "release of a channel in use";
	ch->declined = true;
	release_chan(p, ch);
	return NULL;
}

/* More words came for @gpadl: answer when that decides its fate. */
static const char *grow_gpadl(struct hvr_proto *p, struct hvr_proto_chan *ch,
			      struct hvr_gpadl *gpadl, const void *words,
			      u32 bytes)
{
	u32 id = gpadl->id;
	int ret = hvr_gpadl_append(&p->gpadls, gpadl, words, bytes);

	if (!ret)
		return NULL;
	if (ret < 0)
		hvr_gpadl_destroy(&p->gpadls, gpadl);
	send_gpadl_created(p, ch->relid, id, ret > 0);
	return ret < 0 ? "invalid page list" : NULL;
}

static const char *on_gpadl_header(struct hvr_proto *p,
				   const struct hvr_proto_in *in)
{
	const struct hv_vmbus_gpadl_header *msg = in->data;
	struct hvr_proto_chan *ch = find_chan(p, msg->relid);
	u32 id = le32_to_cpu(msg->gpadl);
	struct hvr_gpadl *gpadl = ERR_PTR(-ENOENT);

	if (ch)
		gpadl = hvr_gpadl_create(&p->gpadls, &ch->gpadls, id,
					 le16_to_cpu(msg->list_bytes),
					 le16_to_cpu(msg->range_count));
	if (IS_ERR(gpadl)) {
		/* Answered even when the channel is unknown. */
		send_gpadl_created(p, le32_to_cpu(msg->relid), id, false);
		return "page list refused";
	}
	return grow_gpadl(p, ch, gpadl, msg->words, in->len - sizeof(*msg));
}

static struct hvr_proto_chan *owner_chan(const struct hvr_gpadl *gpadl)
{
	return container_of(gpadl->owner, struct hvr_proto_chan, gpadls);
}

static const char *on_gpadl_body(struct hvr_proto *p,
				 const struct hvr_proto_in *in)
{
	const struct hv_vmbus_gpadl_body *msg = in->data;
	struct hvr_gpadl *gpadl;

	gpadl = hvr_gpadl_find_incomplete(&p->gpadls, le32_to_cpu(msg->gpadl));
	if (!gpadl)
		return "body of an unknown page list";
	return grow_gpadl(p, owner_chan(gpadl), gpadl, msg->words,
			  in->len - sizeof(*msg));
}

static const char *on_gpadl_teardown(struct hvr_proto *p,
				     const struct hvr_proto_in *in)
{
	const struct hv_vmbus_gpadl_teardown *msg = in->data;
	struct hvr_proto_chan *ch = find_chan(p, msg->relid);
	struct hvr_gpadl *gpadl;

	if (!ch)
		return "teardown on an unknown channel";
	gpadl = hvr_gpadl_find(&p->gpadls, &ch->gpadls, le32_to_cpu(msg->gpadl));
	if (!gpadl || gpadl->state != GPADL_ACCEPTED)
		return "teardown of a page list that is not accepted";
	if (gpadl->views) {
		/* Answered when the host has let go of the pages. */
		gpadl->state = GPADL_TEARING_DOWN;
		return NULL;
	}
	send_gpadl_torndown(p, gpadl->id);
	hvr_gpadl_destroy(&p->gpadls, gpadl);
	return NULL;
}

static const char *on_modify(struct hvr_proto *p, const struct hvr_proto_in *in)
{
	const struct hv_vmbus_modify *msg = in->data;
	struct hvr_proto_chan *ch = find_chan(p, msg->relid);
	u32 vp = le32_to_cpu(msg->target_vp);
	bool ok;

	ok = ch && ch->state == CH_OPEN && vp != HV_VMBUS_VP_NONE &&
	     ch->open.target_vp != HV_VMBUS_VP_NONE && p->ops->vp_exists(p, vp);
	if (ok) {
		ch->open.target_vp = vp;
		p->ops->retarget(p, ch, vp);
	}
	send_modify_response(p, le32_to_cpu(msg->relid), ok);
	return ok ? NULL : "modify of a channel that is not open, or a bad VP";
}

static const char *on_tl_connect(struct hvr_proto *p,
				 const struct hvr_proto_in *in)
{
	const struct hv_vmbus_tl_connect *msg = in->data;
	struct hv_vmbus_tl_result result;

	if (p->version < HV_VMBUS_RS3_A)
		return NULL;
	hvr_wire_begin(&result, sizeof(result), HV_VMBUS_TL_CONNECT_RESULT);
	memcpy(result.endpoint, msg->endpoint, sizeof(result.endpoint));
	memcpy(result.service, msg->service, sizeof(result.service));
	result.status = cpu_to_le32(HV_VMBUS_STATUS_REFUSED);
	p->ops->send(p, &result, sizeof(result));
	return NULL;
}

static const message_fn handlers[HV_VMBUS_NR_MESSAGES] = {
	[HV_VMBUS_REQUEST_OFFERS] = on_request_offers,
	[HV_VMBUS_OPEN_CHANNEL] = on_open,
	[HV_VMBUS_CLOSE_CHANNEL] = on_close,
	[HV_VMBUS_GPADL_HEADER] = on_gpadl_header,
	[HV_VMBUS_GPADL_BODY] = on_gpadl_body,
	[HV_VMBUS_GPADL_TEARDOWN] = on_gpadl_teardown,
	[HV_VMBUS_RELID_RELEASED] = on_relid_released,
	[HV_VMBUS_INITIATE_CONTACT] = on_initiate_contact,
	[HV_VMBUS_UNLOAD] = on_unload,
	[HV_VMBUS_TL_CONNECT_REQUEST] = on_tl_connect,
	[HV_VMBUS_MODIFY_CHANNEL] = on_modify,
};

const char *hvr_proto_message(struct hvr_proto *p, const struct hvr_proto_in *in)
{
	enum hvr_wire_verdict verdict;
	const char *why;
	u32 type;

	verdict = hvr_wire_check(in->data, in->len, p->version, &type);
	if (verdict != WIRE_OK)
		return hvr_wire_verdict_name(verdict);
	if (!handlers[type])
		return hvr_wire_verdict_name(WIRE_UNSERVED);
	if (p->state == PROTO_DISCONNECTING &&
	    type != HV_VMBUS_INITIATE_CONTACT && type != HV_VMBUS_UNLOAD)
		return "message while disconnecting";
	why = handlers[type](p, in);
	finish_disconnect(p);
	return why;
}

/* ---- from the host's side ---- */

void hvr_proto_init(struct hvr_proto *p, const struct hvr_proto_ops *ops,
		    u32 max_version)
{
	memset(p, 0, sizeof(*p));
	p->ops = ops;
	p->max_version = max_version;
	INIT_LIST_HEAD(&p->chans);
	hvr_gpadl_table_init(&p->gpadls);
}

void hvr_proto_reset(struct hvr_proto *p)
{
	p->resetting = true;
	begin_disconnect(p, THEN_NOTHING);
}

bool hvr_proto_accepts(const struct hvr_proto *p)
{
	return !p->resetting;
}

int hvr_proto_offer(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	struct hvr_proto_chan *other;
	struct list_head *before = &p->chans;
	int cmp;

	if (p->nr_chans >= HV_VMBUS_MAX_RELID)
		return -ENOSPC;
	list_for_each_entry(other, &p->chans, node) {
		cmp = compare(other, ch);
		/* A revoked one may still be there while the guest lets go. */
		if (!cmp && !other->revoked)
			return -EEXIST;
		if (cmp > 0) {
			before = &other->node;
			break;
		}
	}
	ch->state = CH_RELEASED;
	list_add_tail(&ch->node, before);
	p->nr_chans++;
	offer_all(p);
	return 0;
}

void hvr_proto_revoke(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	if (ch->revoked)
		return;
	ch->revoked = true;
	ch->want = WANT_NOTHING;
	if (chan_released(ch))
		return;
	ch->state = CH_REVOKED;
	send_rescind(p, ch);
}

void hvr_proto_device_gone(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	if (ch->device_gone)
		return;
	ch->device_gone = true;
	if (chan_released(ch))
		enter_released(p, ch);
	finish_disconnect(p);
}

enum hvr_proto_want hvr_proto_take(struct hvr_proto_chan *ch)
{
	enum hvr_proto_want what = ch->want;

	ch->want = WANT_NOTHING;
	return what;
}

void hvr_proto_opened(struct hvr_proto *p, struct hvr_proto_chan *ch, bool ok)
{
	switch (ch->state) {
	case CH_OPENING:
		ch->state = ok ? CH_OPEN : CH_CLOSED;
		send_open_result(p, ch, ch->open.open_id, ok);
		break;
	case CH_OPENING_RELEASED:
		hvr_proto_take(ch);
		if (ok) {
			ch->state = CH_CLOSING_RELEASED;
			want(p, ch, WANT_CLOSE);
		} else {
			enter_released(p, ch);
		}
		break;
	default:
		break;
	}
	finish_disconnect(p);
}

void hvr_proto_closed(struct hvr_proto *p, struct hvr_proto_chan *ch)
{
	switch (ch->state) {
	case CH_CLOSING:
		ch->state = CH_CLOSED;
		break;
	case CH_CLOSING_REOPEN:
		ch->state = CH_CLOSED;
		start_open(p, ch, &ch->reopen);
		break;
	case CH_OPENING_RELEASED:
	case CH_CLOSING_RELEASED:
		enter_released(p, ch);
		break;
	default:
		break;
	}
	finish_disconnect(p);
}

struct hvr_gpadl *hvr_proto_get_view(struct hvr_proto *p,
				     struct hvr_proto_chan *ch, u32 gpadl_id)
{
	struct hvr_gpadl *gpadl;

	gpadl = hvr_gpadl_find(&p->gpadls, &ch->gpadls, gpadl_id);
	if (!gpadl || gpadl->state != GPADL_ACCEPTED)
		return ERR_PTR(-ENOENT);
	gpadl->views++;
	return gpadl;
}

void hvr_proto_put_view(struct hvr_proto *p, struct hvr_proto_chan *ch,
			struct hvr_gpadl *gpadl)
{
	if (--gpadl->views || gpadl->state != GPADL_TEARING_DOWN)
		return;
	/* This is the guest's fence: the host is done with these pages. */
	if (!chan_released(ch))
		send_gpadl_torndown(p, gpadl->id);
	hvr_gpadl_destroy(&p->gpadls, gpadl);
	free_if_unused(p, ch);
	finish_disconnect(p);
}
