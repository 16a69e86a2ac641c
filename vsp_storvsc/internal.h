/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects of the storage provider: target portal group (configfs), controller
 * (one binding of a group to a partition's bus), channel, request.
 */
#ifndef HVROOT_STORVSP_INTERNAL_H
#define HVROOT_STORVSP_INTERNAL_H

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>
#include <target/target_core_base.h>
#include <target/target_core_fabric.h>

#include <hvroot/vmbus.h>

#include "negotiate.h"
#include "scsi.h"
#include "wire.h"

#undef pr_fmt
#define pr_fmt(fmt) "hvroot_storvsp: " fmt

#define STORVSP_MAX_SUB_CHANNELS	63

/* Requests of one channel that may be in flight; more stay in its ring. */
#define STORVSP_QUEUE_DEPTH	256
/* Allocated when the channel opens; the rest when the guest's load needs it. */
#define STORVSP_QUEUE_START	8

/* Pages that a request lists without a further allocation: 64 KiB, unaligned. */
#define STORVSP_INLINE_PAGES	17

/* Most that a command other than plain block I/O may move (bounced). */
#define STORVSP_MAX_BOUNCE	(64 * 1024)

/* ---- fabric.c: what configfs shows ---- */

#define STORVSP_NAME_LEN	64

/**
 * struct storvsp_tport - a WWN folder.
 * @wwn: the target core's half
 * @name: its name
 */
struct storvsp_tport {
	struct se_wwn wwn;
	char name[STORVSP_NAME_LEN];
};

/**
 * struct storvsp_tpg - a tpgt_N folder: one SCSI controller.
 * @se_tpg: the target core's half
 * @tport: its WWN
 * @tag: N
 * @lock: configuration and binding; held while a controller comes and goes,
 *	which waits for requests; never taken by a callback of a channel
 * @ctlr: the binding, or NULL (@lock)
 * @instance: instance GUID of the offer (@lock; fixed while bound)
 * @max_sub_channels: limit for the guest (@lock; fixed while bound)
 * @luns: units present; bits change under @lock, readers need none
 * @emulated: units whose commands the target core itself answers; as @luns
 * @unbind_work: unbinds a controller whose bus has died or lost its owner
 */
struct storvsp_tpg {
	struct se_portal_group se_tpg;
	struct storvsp_tport *tport;
	u16 tag;
	struct mutex lock;	/* configuration and binding */
	struct storvsp_ctlr *ctlr;
	guid_t instance;
	u16 max_sub_channels;
	unsigned long luns[STORVSP_LUN_LONGS];
	unsigned long emulated[STORVSP_LUN_LONGS];
	struct work_struct unbind_work;
};

u64 storvsp_name_hash(const struct storvsp_tpg *tpg, u32 salt);
int storvsp_fabric_register(void);
void storvsp_fabric_unregister(void);

/* ---- ctlr.c: binding to a bus ---- */

/**
 * struct storvsp_chan - the primary channel of a controller, or a sub-channel.
 * @ctlr: its controller
 * @chan: the bus's channel; set at open
 * @index: 0 primary, else sub-channel index
 * @users: while open: 1, each request, each sender; 0 while closed
 * @idle: completed when @users reaches 0
 * @closing: answers go nowhere any more
 * @free: requests that wait to be used (1: taken by the channel's worker only)
 * @nr_reqs: requests allocated (1)
 * @starved: the worker left a packet in the ring for want of a request, or of
 *	the controller being ready
 * @done: finished requests, to be answered
 * @unsent: those that found no room in the ring, in order (sender)
 * @sends: callers of storvsp_chan_send_answers(); the first one sends for all
 */
struct storvsp_chan {
	struct storvsp_ctlr *ctlr;
	struct hvr_chan *chan;
	u16 index;
	refcount_t users;
	struct completion idle;
	bool closing;
	struct llist_head free;
	unsigned int nr_reqs;
	int starved;
	struct llist_head done;
	struct list_head unsent;
	atomic_t sends;
};

/**
 * struct storvsp_ctlr - one binding of a portal group to a bus.
 * @tpg: the portal group
 * @bus: reference on the bus
 * @partition_id: its partition
 * @instance: instance GUID of the offer
 * @sess: nexus in the target core
 * @nego: protocol state; the primary channel's worker changes it
 * @ready: the guest has finished its handshake (release, acquire)
 * @gone: the bus has died, or has lost its owner
 * @leaving: all units are absent, so that the guest parts with them
 * @refused: units that it has seen so
 * @last_refusal: when, jiffies
 * @notice: a rescan notice is due (bit 0)
 * @primary: the primary channel
 * @primary_chan: its offer
 * @sub_lock: @epoch, @subs, @sub_chans
 * @epoch: times that the primary was closed: sub-channels of another epoch die
 * @sub_wanted: sub-channels that the guest asked for
 * @sub_work: offers sub-channels
 * @subs: sub-channels, by index - 1
 * @sub_chans: their offers
 */
struct storvsp_ctlr {
	struct storvsp_tpg *tpg;
	struct hvr_vmbus *bus;
	u64 partition_id;
	guid_t instance;
	struct se_session *sess;
	struct storvsp_nego nego;
	bool ready;
	bool gone;
	bool leaving;
	unsigned long refused[STORVSP_LUN_LONGS];
	unsigned long last_refusal;
	unsigned long notice;
	struct storvsp_chan primary;
	struct hvr_chan *primary_chan;
	spinlock_t sub_lock;	/* the table of sub-channels */
	unsigned int epoch;
	u16 sub_wanted;
	struct work_struct sub_work;
	struct storvsp_chan *subs[STORVSP_MAX_SUB_CHANNELS];
	struct hvr_chan *sub_chans[STORVSP_MAX_SUB_CHANNELS];
};

int storvsp_ctlr_bind(struct storvsp_tpg *tpg, u64 partition_id);
void storvsp_ctlr_unbind(struct storvsp_tpg *tpg);
void storvsp_ctlr_notify(struct storvsp_ctlr *ctlr);
void storvsp_ctlr_ready(struct storvsp_ctlr *ctlr);
void storvsp_ctlr_offer_subs(struct storvsp_ctlr *ctlr);
void storvsp_ctlr_primary_closed(struct storvsp_ctlr *ctlr);
void storvsp_ctlr_gone(struct storvsp_ctlr *ctlr);
const unsigned long *storvsp_ctlr_units(struct storvsp_ctlr *ctlr, u64 asked);

/* ---- channel.c: packets in, answers out ---- */

extern const struct hvr_vsp_ops storvsp_vsp_ops;

void storvsp_chan_init(struct storvsp_chan *ch, struct storvsp_ctlr *ctlr,
		       u16 index);
void storvsp_chan_put(struct storvsp_chan *ch);
void storvsp_chan_send_answers(struct storvsp_chan *ch);
void storvsp_chan_resume(struct storvsp_chan *ch);

/* ---- request.c: one request ---- */

/**
 * struct storvsp_req - a packet that is owed an answer.
 * @cmd: the target core's half; cmd.se_tfo is set while the core has it
 * @ch: channel it came on
 * @node: on @ch->free or @ch->done
 * @link: on @ch->unsent
 * @trans_id: transaction id
 * @body_len: bytes of body of the request
 * @srb: the parsed command
 * @answer: filled when done
 * @answer_len: bytes of it to send
 * @offset: of the data in the first page
 * @nr_pages: guest pages held
 * @hold_flags: how
 * @pages: guest pages
 * @sg: room for @nr_pages entries
 * @table: allocation behind @pages and @sg when the inline ones are too small
 * @sense: written by the target core
 */
struct storvsp_req {
	struct se_cmd cmd;
	struct storvsp_chan *ch;
	struct llist_node node;
	struct list_head link;
	u64 trans_id;
	u32 body_len;
	struct storvsp_srb srb;
	struct vstor_packet answer;
	u32 answer_len;
	u32 offset;
	u32 nr_pages;
	unsigned int hold_flags;
	struct page **pages;
	struct scatterlist *sg;
	void *table;
	struct page *inline_pages[STORVSP_INLINE_PAGES];
	struct scatterlist inline_sg[STORVSP_INLINE_PAGES];
	u8 sense[TRANSPORT_SENSE_BUFFER];
};

int storvsp_req_cache_init(void);
void storvsp_req_cache_exit(void);

struct storvsp_req *storvsp_req_alloc(gfp_t gfp);
void storvsp_req_free(struct storvsp_req *req);
void storvsp_req_execute(struct storvsp_req *req, const struct hvr_pkt *pkt);
void storvsp_req_finish(struct storvsp_req *req);
void storvsp_req_put(struct storvsp_req *req);

/* Callbacks of the target core. */
void storvsp_release_cmd(struct se_cmd *cmd);
int storvsp_check_stop_free(struct se_cmd *cmd);
int storvsp_write_pending(struct se_cmd *cmd);
int storvsp_queue_data_in(struct se_cmd *cmd);
int storvsp_queue_status(struct se_cmd *cmd);
void storvsp_aborted_task(struct se_cmd *cmd);

/* ---- main.c ---- */

extern struct workqueue_struct *storvsp_wq;

#endif /* HVROOT_STORVSP_INTERNAL_H */
