// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqfds (an eventfd that raises an interrupt, and one that hears its end) and
 * ioeventfds (a guest write that signals an eventfd).
 *
 * An irqfd is owned by the list it is on: pt->irq.irqfds while it works, hung_up
 * when its eventfd was closed and the reaper is to free it. Who takes it off a list
 * detaches it from its eventfd, which waits for a wake-up under way, and frees it.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/poll.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "internal.h"

struct irqfd {
	struct hvr_partition *pt;
	struct eventfd_ctx *eventfd;
	struct eventfd_ctx *resample;	/* NULL without the flag */
	u32 gsi;
	struct list_head node;		/* irqfds_lock */
	struct list_head resample_node;	/* resample_lock; RCU to read */
	wait_queue_entry_t wait;
	poll_table poll;
};

struct ioeventfd {
	struct hlist_node node;		/* RCU */
	struct rcu_head rcu;
	struct eventfd_ctx *eventfd;
	u64 addr;
	u64 datamatch;
	u32 len;			/* 0: any */
	bool wildcard;			/* any value */
};

/* ---- irqfds ---- */

/* The eventfd's lock is held, interrupts are off. */
static int irqfd_wakeup(wait_queue_entry_t *wait, unsigned int mode, int sync,
			void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	struct hvr_irq_routing *r = &irqfd->pt->irq;
	__poll_t events = key_to_poll(key);
	unsigned long flags;
	u64 count;

	if (events & EPOLLIN) {
		eventfd_ctx_do_read(irqfd->eventfd, &count);
		hvr_irq_inject(irqfd->pt, irqfd->gsi);
	}
	if (events & EPOLLHUP) {
		spin_lock_irqsave(&r->irqfds_lock, flags);
		/* Empty: somebody else took it to free it. */
		if (!list_empty(&irqfd->node)) {
			list_move_tail(&irqfd->node, &r->hung_up);
			schedule_work(&r->reaper);
		}
		spin_unlock_irqrestore(&r->irqfds_lock, flags);
	}
	return 0;
}

static void queue_on_eventfd(struct file *file, wait_queue_head_t *wqh,
			     poll_table *poll)
{
	struct irqfd *irqfd = container_of(poll, struct irqfd, poll);

	add_wait_queue(wqh, &irqfd->wait);
}

/* The irqfd is off its list. After this no interrupt comes from it. */
static void free_irqfd(struct irqfd *irqfd)
{
	struct hvr_irq_routing *r = &irqfd->pt->irq;
	u64 count;

	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	if (irqfd->resample) {
		mutex_lock(&r->resample_lock);
		list_del_rcu(&irqfd->resample_node);
		mutex_unlock(&r->resample_lock);
		synchronize_rcu();
		eventfd_ctx_put(irqfd->resample);
	}
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

/* Take the first irqfd of a list that matches, NULL for all. */
static struct irqfd *take_irqfd(struct hvr_irq_routing *r,
				struct list_head *list,
				const struct eventfd_ctx *eventfd, u32 gsi)
{
	struct irqfd *irqfd, *found = NULL;

	spin_lock_irq(&r->irqfds_lock);
	list_for_each_entry(irqfd, list, node) {
		if (!eventfd || (irqfd->eventfd == eventfd && irqfd->gsi == gsi)) {
			list_del_init(&irqfd->node);
			found = irqfd;
			break;
		}
	}
	spin_unlock_irq(&r->irqfds_lock);
	return found;
}

static void reap_irqfds(struct work_struct *work)
{
	struct hvr_irq_routing *r = container_of(work, struct hvr_irq_routing,
						 reaper);
	struct irqfd *irqfd;

	while ((irqfd = take_irqfd(r, &r->hung_up, NULL, 0)))
		free_irqfd(irqfd);
}

/* Publish it, unless its eventfd raises interrupts here already. */
static int add_irqfd(struct irqfd *irqfd)
{
	struct hvr_irq_routing *r = &irqfd->pt->irq;
	struct irqfd *other;
	int err = 0;

	spin_lock_irq(&r->irqfds_lock);
	list_for_each_entry(other, &r->irqfds, node) {
		if (other->eventfd == irqfd->eventfd) {
			err = -EBUSY;
			break;
		}
	}
	if (!err)
		list_add_tail(&irqfd->node, &r->irqfds);
	spin_unlock_irq(&r->irqfds_lock);
	if (!err && irqfd->resample) {
		mutex_lock(&r->resample_lock);
		list_add_rcu(&irqfd->resample_node, &r->resamplers);
		mutex_unlock(&r->resample_lock);
	}
	return err;
}

/* Fill in both eventfds; what was taken is put by the caller. */
static int get_eventfds(struct irqfd *irqfd, struct file *file,
			const struct mshv_user_irqfd *args)
{
	struct hvr_interrupt irq;
	struct eventfd_ctx *ctx;

	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	irqfd->eventfd = ctx;
	if (!(args->flags & BIT(MSHV_IRQFD_BIT_RESAMPLE)))
		return 0;
	ctx = eventfd_ctx_fdget(args->resamplefd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	irqfd->resample = ctx;
	if (!hvr_irq_route(irqfd->pt, args->gsi, &irq) || !irq.level)
		return -EINVAL;
	return 0;
}

static int assign_file(struct hvr_partition *pt, struct file *file,
		       const struct mshv_user_irqfd *args)
{
	struct irqfd *irqfd;
	int err;

	irqfd = kzalloc(sizeof(*irqfd), GFP_KERNEL_ACCOUNT);
	if (!irqfd)
		return -ENOMEM;
	irqfd->pt = pt;
	irqfd->gsi = args->gsi;
	INIT_LIST_HEAD(&irqfd->node);
	init_waitqueue_func_entry(&irqfd->wait, irqfd_wakeup);
	init_poll_funcptr(&irqfd->poll, queue_on_eventfd);
	err = get_eventfds(irqfd, file, args);
	if (err)
		goto err_put;
	err = add_irqfd(irqfd);
	if (err)
		goto err_put;
	/* Published and, with the caller's reference to the file, safe from a
	 * hang-up. A count from before the wait begins is one interrupt now.
	 */
	if (vfs_poll(file, &irqfd->poll) & EPOLLIN)
		hvr_irq_inject(pt, args->gsi);
	return 0;

err_put:
	if (irqfd->resample)
		eventfd_ctx_put(irqfd->resample);
	if (irqfd->eventfd)
		eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
	return err;
}

static int assign_irqfd(struct hvr_partition *pt,
			const struct mshv_user_irqfd *args)
{
	struct file *file = fget(args->fd);
	int err;

	if (!file)
		return -EBADF;
	err = assign_file(pt, file, args);
	fput(file);
	return err;
}

static int deassign_irqfd(struct hvr_partition *pt,
			  const struct mshv_user_irqfd *args)
{
	struct hvr_irq_routing *r = &pt->irq;
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(args->fd);
	struct irqfd *irqfd;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	while ((irqfd = take_irqfd(r, &r->irqfds, ctx, args->gsi)))
		free_irqfd(irqfd);
	eventfd_ctx_put(ctx);
	return 0;
}

int hvr_irqfd(struct hvr_partition *pt, const struct mshv_user_irqfd *args)
{
	lockdep_assert_held(&pt->lock);
	if (args->flags & ~MSHV_IRQFD_FLAGS_MASK)
		return -EINVAL;
	if (args->flags & BIT(MSHV_IRQFD_BIT_DEASSIGN))
		return deassign_irqfd(pt, args);
	return assign_irqfd(pt, args);
}

bool hvr_irq_eoi(struct hvr_partition *pt, u8 vector)
{
	struct hvr_interrupt irq;
	struct irqfd *irqfd;
	bool taken = false;

	rcu_read_lock();
	list_for_each_entry_rcu(irqfd, &pt->irq.resamplers, resample_node) {
		if (hvr_irq_route(pt, irqfd->gsi, &irq) && irq.level &&
		    irq.vector == vector) {
			hvr_eventfd_signal(irqfd->resample);
			taken = true;
		}
	}
	rcu_read_unlock();
	return taken;
}

/* ---- ioeventfds ---- */

static void free_ioeventfd(struct ioeventfd *io)
{
	eventfd_ctx_put(io->eventfd);
	kfree(io);
}

static void free_ioeventfd_rcu(struct rcu_head *rcu)
{
	free_ioeventfd(container_of(rcu, struct ioeventfd, rcu));
}

static void remove_ioeventfd(struct hvr_partition *pt, struct ioeventfd *io)
{
	hash_del_rcu(&io->node);
	WRITE_ONCE(pt->irq.nr_ioeventfds, pt->irq.nr_ioeventfds - 1);
	call_rcu(&io->rcu, free_ioeventfd_rcu);
}

static bool collides(const struct ioeventfd *a, const struct ioeventfd *b)
{
	return a->addr == b->addr && a->len == b->len &&
	       (a->wildcard || b->wildcard || a->datamatch == b->datamatch);
}

static int add_ioeventfd(struct hvr_partition *pt, struct ioeventfd *io)
{
	struct hvr_irq_routing *r = &pt->irq;
	struct ioeventfd *other;

	hash_for_each_possible(r->ioeventfds, other, node, io->addr)
		if (collides(io, other))
			return -EEXIST;
	if (r->nr_ioeventfds >= HVR_MAX_IOEVENTFDS)
		return -ENOMEM;
	WRITE_ONCE(r->nr_ioeventfds, r->nr_ioeventfds + 1);
	hash_add_rcu(r->ioeventfds, &io->node, io->addr);
	return 0;
}

static int assign_ioeventfd(struct hvr_partition *pt,
			    const struct mshv_user_ioeventfd *args)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(args->fd);
	struct ioeventfd *io;
	int err;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	io = kzalloc(sizeof(*io), GFP_KERNEL_ACCOUNT);
	if (!io) {
		eventfd_ctx_put(ctx);
		return -ENOMEM;
	}
	io->eventfd = ctx;
	io->addr = args->addr;
	io->len = args->len;
	io->wildcard = !(args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH));
	io->datamatch = args->datamatch;
	err = add_ioeventfd(pt, io);
	if (err)
		free_ioeventfd(io);
	return err;
}

static bool matches_exactly(const struct ioeventfd *io,
			    const struct mshv_user_ioeventfd *args)
{
	bool wildcard = !(args->flags & BIT(MSHV_IOEVENTFD_BIT_DATAMATCH));

	return io->len == args->len && io->wildcard == wildcard &&
	       (wildcard || io->datamatch == args->datamatch);
}

/* VMMs take back a data match without saying so: when nothing matches exactly,
 * eventfd and address alone decide.
 */
static struct ioeventfd *find_ioeventfd(struct hvr_partition *pt,
					const struct eventfd_ctx *ctx,
					const struct mshv_user_ioeventfd *args)
{
	struct ioeventfd *io, *loose = NULL;

	hash_for_each_possible(pt->irq.ioeventfds, io, node, args->addr) {
		if (io->eventfd != ctx || io->addr != args->addr)
			continue;
		if (matches_exactly(io, args))
			return io;
		loose = io;
	}
	return loose;
}

static int deassign_ioeventfd(struct hvr_partition *pt,
			      const struct mshv_user_ioeventfd *args)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(args->fd);
	struct ioeventfd *io;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	io = find_ioeventfd(pt, ctx, args);
	if (io)
		remove_ioeventfd(pt, io);
	eventfd_ctx_put(ctx);
	return io ? 0 : -ENOENT;
}

static int check_ioeventfd(const struct mshv_user_ioeventfd *args)
{
	if (args->flags & ~MSHV_IOEVENTFD_FLAGS_MASK ||
	    memchr_inv(args->rsvd, 0, sizeof(args->rsvd)))
		return -EINVAL;
	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_PIO))
		return -EOPNOTSUPP;
	switch (args->len) {
	case 0:
	case 1:
	case 2:
	case 4:
	case 8:
		break;
	default:
		return -EINVAL;
	}
	return args->addr + args->len < args->addr ? -EINVAL : 0;
}

int hvr_ioeventfd(struct hvr_partition *pt,
		  const struct mshv_user_ioeventfd *args)
{
	int err = check_ioeventfd(args);

	lockdep_assert_held(&pt->lock);
	if (err)
		return err;
	if (args->flags & BIT(MSHV_IOEVENTFD_BIT_DEASSIGN))
		return deassign_ioeventfd(pt, args);
	return assign_ioeventfd(pt, args);
}

bool hvr_ioeventfd_may_match(struct hvr_partition *pt, u64 gpa)
{
	const struct ioeventfd *io;
	bool found = false;

	if (!READ_ONCE(pt->irq.nr_ioeventfds))
		return false;
	rcu_read_lock();
	hash_for_each_possible_rcu(pt->irq.ioeventfds, io, node, gpa) {
		if (io->addr == gpa) {
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

bool hvr_ioeventfd_signal(struct hvr_partition *pt, u64 gpa, unsigned int len,
			  u64 val)
{
	const struct ioeventfd *io;
	bool found = false;

	if (len < 8)
		val &= BIT_ULL(len * 8) - 1;
	rcu_read_lock();
	hash_for_each_possible_rcu(pt->irq.ioeventfds, io, node, gpa) {
		if (io->addr == gpa && (!io->len || io->len == len) &&
		    (io->wildcard || io->datamatch == val)) {
			hvr_eventfd_signal(io->eventfd);
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/* ---- life ---- */

void hvr_eventfds_init(struct hvr_partition *pt)
{
	struct hvr_irq_routing *r = &pt->irq;

	spin_lock_init(&r->irqfds_lock);
	INIT_LIST_HEAD(&r->irqfds);
	INIT_LIST_HEAD(&r->hung_up);
	INIT_WORK(&r->reaper, reap_irqfds);
	mutex_init(&r->resample_lock);
	INIT_LIST_HEAD(&r->resamplers);
	hash_init(r->ioeventfds);
	r->nr_ioeventfds = 0;
}

/* Nobody can add any more. VPs may still run: their doorbells go unheard. */
void hvr_eventfds_release(struct hvr_partition *pt)
{
	struct hvr_irq_routing *r = &pt->irq;
	struct hlist_node *next;
	struct ioeventfd *io;
	struct irqfd *irqfd;
	int bucket;

	while ((irqfd = take_irqfd(r, &r->irqfds, NULL, 0)))
		free_irqfd(irqfd);
	/* What hung up before is the reaper's, or ours if it has not begun. */
	cancel_work_sync(&r->reaper);
	reap_irqfds(&r->reaper);
	hash_for_each_safe(r->ioeventfds, bucket, next, io, node)
		remove_ioeventfd(pt, io);
}
