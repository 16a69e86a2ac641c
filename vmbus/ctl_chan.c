// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channel descriptor: a provider in user space reads and writes packets.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <hvroot/vmbus_ctl.h>

#include "internal.h"

/* Packets kept for a slow reader; the rest stays in the guest's ring. */
#define MAX_FRAMES	256
#define MAX_BYTES	(1024 * 1024)

struct user_frame {
	struct list_head node;
	struct hvr_frame head;
	u8 data[];
};

/*
 * What waits to be read, in this order: the end of an older open, a new open, its
 * packets. So a guest that opens and closes for ever makes nothing grow.
 */
struct user_chan {
	struct hvr_chan *chan;
	struct mutex answer_lock;	/* one CHANNEL_OPEN_RESULT at a time */
	wait_queue_head_t wait;
	spinlock_t lock;		/* all below */
	bool gone;
	bool closed_unread;
	bool open_unread;
	bool accepted;
	bool write_blocked;		/* until room_seq moves */
	bool stalled;
	u32 room_seq;			/* counts what may have made room */
	struct hvr_frame_open open;
	struct list_head packets;
	u32 nr_packets;
	u32 bytes;
};

static struct user_frame *packet_frame(const struct hvr_pkt *pkt)
{
	struct user_frame *frame;

	frame = kmalloc(struct_size(frame, data, pkt->payload_len),
			GFP_KERNEL_ACCOUNT);
	if (!frame)
		return NULL;
	memset(&frame->head, 0, sizeof(frame->head));
	frame->head.kind = HVR_FRAME_PACKET;
	frame->head.type = pkt->type;
	frame->head.flags = pkt->flags;
	frame->head.trans_id = pkt->trans_id;
	frame->head.len = pkt->payload_len;
	memcpy(frame->data, pkt->payload, pkt->payload_len);
	return frame;
}

static void free_packets(struct list_head *list)
{
	struct user_frame *frame, *tmp;

	list_for_each_entry_safe(frame, tmp, list, node) {
		list_del(&frame->node);
		kfree(frame);
	}
}

/* ---- the provider's side ---- */

static void made_room_locked(struct user_chan *uc)
{
	uc->write_blocked = false;
	uc->room_seq++;
}

static int user_open(struct hvr_chan *chan, void *ctx)
{
	struct user_chan *uc = ctx;
	struct hvr_proto_open *open = &chan->proto.open;

	spin_lock(&uc->lock);
	memset(&uc->open, 0, sizeof(uc->open));
	uc->open.ring_in_bytes = chan->in.size;
	uc->open.ring_out_bytes = chan->out.size;
	uc->open.target_vp = open->target_vp;
	memcpy(uc->open.user_data, open->user_data, sizeof(uc->open.user_data));
	uc->open_unread = true;
	made_room_locked(uc);
	spin_unlock(&uc->lock);
	wake_up_all(&uc->wait);
	return -EINPROGRESS;
}

static void user_close(struct hvr_chan *chan, void *ctx)
{
	struct user_chan *uc = ctx;
	LIST_HEAD(dropped);

	spin_lock(&uc->lock);
	/* An open that nobody saw does not need an end. */
	if (!uc->open_unread)
		uc->closed_unread = true;
	uc->open_unread = false;
	uc->accepted = false;
	uc->stalled = false;
	list_splice_init(&uc->packets, &dropped);
	uc->nr_packets = 0;
	uc->bytes = 0;
	spin_unlock(&uc->lock);
	free_packets(&dropped);
	wake_up_all(&uc->wait);
}

static int user_receive(struct hvr_chan *chan, void *ctx,
			const struct hvr_pkt *pkt)
{
	struct user_chan *uc = ctx;
	struct user_frame *frame;

	if (pkt->type == HVR_PKT_GPA_DIRECT)
		return -EPROTO;
	frame = packet_frame(pkt);
	if (!frame)
		return -ENOMEM;
	spin_lock(&uc->lock);
	if (uc->nr_packets >= MAX_FRAMES || uc->bytes >= MAX_BYTES) {
		uc->stalled = true;
		spin_unlock(&uc->lock);
		kfree(frame);
		return -EAGAIN;
	}
	list_add_tail(&frame->node, &uc->packets);
	uc->nr_packets++;
	uc->bytes += frame->head.len;
	spin_unlock(&uc->lock);
	return 0;
}

/* One wake-up per batch. */
static void user_drained(struct hvr_chan *chan, void *ctx)
{
	struct user_chan *uc = ctx;

	wake_up_all(&uc->wait);
}

static void user_writable(struct hvr_chan *chan, void *ctx)
{
	struct user_chan *uc = ctx;

	spin_lock(&uc->lock);
	made_room_locked(uc);
	spin_unlock(&uc->lock);
	wake_up_all(&uc->wait);
}

static void user_gone(struct hvr_chan *chan, void *ctx)
{
	struct user_chan *uc = ctx;

	spin_lock(&uc->lock);
	uc->gone = true;
	spin_unlock(&uc->lock);
	wake_up_all(&uc->wait);
}

static const struct hvr_vsp_ops user_ops = {
	.owner = THIS_MODULE,
	.name = "user space",
	.open = user_open,
	.close = user_close,
	.receive = user_receive,
	.drained = user_drained,
	.writable = user_writable,
	.gone = user_gone,
};

/* ---- read ---- */

static bool readable_locked(const struct user_chan *uc)
{
	return uc->closed_unread || uc->open_unread || !list_empty(&uc->packets);
}

static bool readable(struct user_chan *uc)
{
	bool ret;

	spin_lock(&uc->lock);
	ret = readable_locked(uc) || uc->gone;
	spin_unlock(&uc->lock);
	return ret;
}

/* The next event, put into @frame; NULL when there is none. */
static struct user_frame *take_event_locked(struct user_chan *uc, size_t room,
					    struct user_frame *frame)
{
	if (uc->closed_unread) {
		uc->closed_unread = false;
		frame->head.kind = HVR_FRAME_CLOSED;
		return frame;
	}
	if (!uc->open_unread)
		return NULL;
	if (room < sizeof(frame->head) + sizeof(uc->open))
		return ERR_PTR(-EMSGSIZE);
	uc->open_unread = false;
	frame->head.kind = HVR_FRAME_OPEN;
	frame->head.len = sizeof(uc->open);
	memcpy(frame->data, &uc->open, sizeof(uc->open));
	return frame;
}

static struct user_frame *take_packet_locked(struct user_chan *uc, size_t room)
{
	struct user_frame *frame;

	frame = list_first_entry_or_null(&uc->packets, struct user_frame, node);
	if (!frame)
		return NULL;
	if (room - sizeof(frame->head) < frame->head.len)
		return ERR_PTR(-EMSGSIZE);
	list_del(&frame->node);
	uc->nr_packets--;
	uc->bytes -= frame->head.len;
	return frame;
}

/* Take the next frame if it fits in @room; NULL when there is none. */
static struct user_frame *take_frame(struct user_chan *uc, size_t room)
{
	struct user_frame *event, *frame;
	bool resume;

	/* before the look: an event that was taken must not be lost */
	event = kzalloc(struct_size(event, data, sizeof(uc->open)), GFP_KERNEL);
	if (!event)
		return ERR_PTR(-ENOMEM);
	spin_lock(&uc->lock);
	frame = take_event_locked(uc, room, event);
	if (!frame)
		frame = take_packet_locked(uc, room);
	resume = uc->stalled && uc->nr_packets <= MAX_FRAMES / 2;
	if (resume)
		uc->stalled = false;
	spin_unlock(&uc->lock);

	if (resume)
		hvr_chan_resume(uc->chan);
	if (frame != event)
		kfree(event);
	return frame;
}

static ssize_t user_read(struct file *file, char __user *buf, size_t len,
			 loff_t *pos)
{
	struct user_chan *uc = file->private_data;
	struct user_frame *frame;
	ssize_t bytes;
	bool gone;
	int err;

	if (len < sizeof(struct hvr_frame))
		return -EMSGSIZE;
	for (;;) {
		/* Before the look: nothing is queued after it. */
		gone = READ_ONCE(uc->gone);
		frame = take_frame(uc, len);
		if (frame)
			break;
		if (gone)
			return 0;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(uc->wait, readable(uc));
		if (err)
			return err;
	}
	if (IS_ERR(frame))
		return PTR_ERR(frame);
	bytes = sizeof(frame->head) + frame->head.len;
	if (copy_to_user(buf, &frame->head, sizeof(frame->head)) ||
	    copy_to_user(buf + sizeof(frame->head), frame->data, frame->head.len))
		bytes = -EFAULT;
	kfree(frame);
	return bytes;
}

/* ---- write ---- */

static int check_frame(const struct hvr_frame *head, size_t len)
{
	if (head->kind != HVR_FRAME_PACKET || head->reserved ||
	    head->flags & ~HVR_FRAME_F_COMPLETION_REQUESTED)
		return -EINVAL;
	if (head->type != HVR_FRAME_INBAND &&
	    (head->type != HVR_FRAME_COMPLETION || head->flags))
		return -EINVAL;
	if (head->len > HVR_FRAME_MAX_LEN)
		return -EMSGSIZE;
	return len == sizeof(*head) + head->len ? 0 : -EINVAL;
}

/* 0 when a send may be tried; @seq then tells whether room came meanwhile. */
static int write_state(struct user_chan *uc, u32 *seq)
{
	int err = 0;

	spin_lock(&uc->lock);
	*seq = uc->room_seq;
	if (uc->gone)
		err = -EPIPE;
	else if (!uc->accepted)
		err = -ENOTCONN;
	else if (uc->write_blocked)
		err = -EAGAIN;
	spin_unlock(&uc->lock);
	return err;
}

static int try_send(struct user_chan *uc, const struct hvr_frame *head,
		    const void *data)
{
	u32 seq;
	int err = write_state(uc, &seq);

	if (err)
		return err;
	err = hvr_chan_send(uc->chan, head->type, head->flags, head->trans_id,
			    data, head->len);
	if (err != -EAGAIN)
		return err;
	spin_lock(&uc->lock);
	/* The answer may have overtaken this thread. */
	if (uc->room_seq == seq)
		uc->write_blocked = true;
	spin_unlock(&uc->lock);
	return err;
}

static int send_frame(struct user_chan *uc, const struct hvr_frame *head,
		      const void *data, bool nonblock)
{
	u32 seq;
	int err;

	for (;;) {
		err = try_send(uc, head, data);
		if (err != -EAGAIN || nonblock)
			return err;
		err = wait_event_interruptible(uc->wait,
					       write_state(uc, &seq) != -EAGAIN);
		if (err)
			return err;
	}
}

static ssize_t user_write(struct file *file, const char __user *buf, size_t len,
			  loff_t *pos)
{
	struct user_chan *uc = file->private_data;
	struct hvr_frame head;
	void *data;
	int err;

	if (len < sizeof(head))
		return -EINVAL;
	if (copy_from_user(&head, buf, sizeof(head)))
		return -EFAULT;
	err = check_frame(&head, len);
	if (err)
		return err;
	data = memdup_user(buf + sizeof(head), head.len);
	if (IS_ERR(data))
		return PTR_ERR(data);
	err = send_frame(uc, &head, data, file->f_flags & O_NONBLOCK);
	kfree(data);
	return err ? err : len;
}

/* ---- the rest of the descriptor ---- */

static __poll_t user_poll(struct file *file, poll_table *table)
{
	struct user_chan *uc = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &uc->wait, table);
	spin_lock(&uc->lock);
	if (readable_locked(uc) || uc->gone)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (uc->accepted && !uc->write_blocked && !uc->gone)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (uc->gone)
		mask |= EPOLLHUP;
	spin_unlock(&uc->lock);
	return mask;
}

/* Only the open that was read last can be answered, and only once. */
static int answer_open(struct user_chan *uc, bool accept)
{
	int err;

	spin_lock(&uc->lock);
	if (uc->open_unread || uc->closed_unread || uc->accepted) {
		spin_unlock(&uc->lock);
		return -ENOTCONN;
	}
	/* Before the answer, which a close may follow at once. */
	uc->accepted = accept;
	spin_unlock(&uc->lock);

	err = hvr_chan_open_done(uc->chan, accept ? 0 : -EACCES);
	if (err) {
		spin_lock(&uc->lock);
		uc->accepted = false;
		spin_unlock(&uc->lock);
	}
	return err;
}

static long user_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct user_chan *uc = file->private_data;
	struct hvr_channel_open_result args;
	int err;

	if (cmd != CHANNEL_OPEN_RESULT)
		return -ENOTTY;
	if (copy_from_user(&args, (void __user *)arg, sizeof(args)))
		return -EFAULT;
	if (args.accept > 1 || args.reserved)
		return -EINVAL;
	mutex_lock(&uc->answer_lock);
	err = answer_open(uc, args.accept);
	mutex_unlock(&uc->answer_lock);
	return err;
}

static void user_chan_free(struct user_chan *uc)
{
	free_packets(&uc->packets);
	mutex_destroy(&uc->answer_lock);
	kfree(uc);
}

static int user_release(struct inode *inode, struct file *file)
{
	struct user_chan *uc = file->private_data;

	hvr_chan_revoke(uc->chan);
	user_chan_free(uc);
	return 0;
}

static const struct file_operations user_fops = {
	.owner = THIS_MODULE,
	.release = user_release,
	.read = user_read,
	.write = user_write,
	.poll = user_poll,
	.unlocked_ioctl = user_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct user_chan *user_chan_alloc(void)
{
	struct user_chan *uc = kzalloc(sizeof(*uc), GFP_KERNEL_ACCOUNT);

	if (!uc)
		return NULL;
	mutex_init(&uc->answer_lock);
	init_waitqueue_head(&uc->wait);
	spin_lock_init(&uc->lock);
	INIT_LIST_HEAD(&uc->packets);
	return uc;
}

static void fill_offer(struct hvr_offer *offer, const struct hvr_vmbus_offer *args)
{
	memset(offer, 0, sizeof(*offer));
	memcpy(&offer->type, args->type, sizeof(offer->type));
	memcpy(&offer->instance, args->instance, sizeof(offer->instance));
	memcpy(offer->user_defined, args->user_defined,
	       sizeof(offer->user_defined));
	offer->flags = args->flags;
	offer->mmio_mb = args->mmio_megabytes;
	offer->sub_index = args->sub_index;
}

int hvr_ctl_chan_create(struct hvr_vmbus *bus, const struct hvr_vmbus_offer *args)
{
	struct hvr_offer offer;
	struct user_chan *uc;
	struct file *file;
	int fd, err;

	uc = user_chan_alloc();
	if (!uc)
		return -ENOMEM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		err = fd;
		goto err_free;
	}
	fill_offer(&offer, args);
	uc->chan = hvr_chan_create(bus, &offer, &user_ops, uc, true);
	if (IS_ERR(uc->chan)) {
		err = PTR_ERR(uc->chan);
		goto err_fd;
	}
	file = anon_inode_getfile("[hvroot_channel]", &user_fops, uc, O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_revoke;
	}
	fd_install(fd, file);
	return fd;

err_revoke:
	hvr_chan_revoke(uc->chan);
err_fd:
	put_unused_fd(fd);
err_free:
	user_chan_free(uc);
	return err;
}
