// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request: the guest's own pages pinned as a scatterlist, a command of the
 * target core run over them, an answer.
 *
 * Block data moves between the guest's pages and the disk without a copy. All
 * other commands run in pages of the target core and are copied once: it parses
 * parameter lists in place, which the guest must not be able to change.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <target/target_core_backend.h>

#include <hvroot/guestmem.h>

#include "internal.h"

#define OP_VARIABLE_LENGTH	0x7f

static struct kmem_cache *req_cache;

int storvsp_req_cache_init(void)
{
	req_cache = KMEM_CACHE(storvsp_req, 0);
	return req_cache ? 0 : -ENOMEM;
}

void storvsp_req_cache_exit(void)
{
	kmem_cache_destroy(req_cache);
}

struct storvsp_req *storvsp_req_alloc(gfp_t gfp)
{
	return kmem_cache_zalloc(req_cache, gfp);
}

void storvsp_req_free(struct storvsp_req *req)
{
	kmem_cache_free(req_cache, req);
}

static struct storvsp_req *to_req(struct se_cmd *cmd)
{
	return container_of(cmd, struct storvsp_req, cmd);
}

/* --- the guest's pages ---------------------------------------------------- */

static int make_page_table(struct storvsp_req *req, u32 n)
{
	if (n <= STORVSP_INLINE_PAGES) {
		req->pages = req->inline_pages;
		req->sg = req->inline_sg;
		return 0;
	}
	req->table = kvmalloc_array(n, sizeof(*req->pages) + sizeof(*req->sg),
				    GFP_KERNEL);
	if (!req->table)
		return -ENOMEM;
	req->sg = req->table;
	req->pages = (struct page **)(req->sg + n);
	return 0;
}

static void drop_page_table(struct storvsp_req *req)
{
	kvfree(req->table);
	req->table = NULL;
}

/* Pin the pages of the request's one range, as far as it moves data. */
static int hold_pages(struct storvsp_req *req, const struct hvr_pkt *pkt)
{
	const struct hvr_pkt_range *range = pkt->ranges;
	u32 n;
	int err;

	if (!req->srb.length)
		return 0;
	if (range->offset >= PAGE_SIZE || range->first_gfn > pkt->nr_pages)
		return -EFAULT;
	n = DIV_ROUND_UP(range->offset + req->srb.length, PAGE_SIZE);
	if (n > pkt->nr_pages - range->first_gfn)
		return -EFAULT;

	err = make_page_table(req, n);
	if (err)
		return err;
	req->hold_flags = req->srb.direction == VSTOR_DATA_IN ?
			  HVR_HOLD_WRITE : 0;
	err = hvr_guest_hold_pages(hvr_chan_partition(req->ch->chan),
				   pkt->gfns + range->first_gfn, n,
				   req->hold_flags, req->pages);
	if (err) {
		drop_page_table(req);
		return err;
	}
	req->offset = range->offset;
	req->nr_pages = n;
	return 0;
}

static void release_pages_held(struct storvsp_req *req)
{
	if (!req->nr_pages)
		return;
	hvr_guest_release_pages(req->pages, req->nr_pages, req->hold_flags);
	req->nr_pages = 0;
	drop_page_table(req);
}

/* Fill the scatterlist with the first @len bytes; returns its entries. */
static u32 fill_sg(struct storvsp_req *req, u32 len)
{
	u32 n = DIV_ROUND_UP(req->offset + len, PAGE_SIZE);
	u32 offset = req->offset;
	u32 i, chunk;

	sg_init_table(req->sg, n);
	for (i = 0; i < n; i++) {
		chunk = min_t(u32, len, PAGE_SIZE - offset);
		sg_set_page(&req->sg[i], req->pages[i], chunk, offset);
		len -= chunk;
		offset = 0;
	}
	return n;
}

/* Copy between the guest's pages and the target core's, in the data's direction. */
static void copy_bounced(struct storvsp_req *req, u32 len)
{
	struct se_cmd *cmd = &req->cmd;
	u32 offset = req->offset;
	u32 done = 0;
	u32 i, chunk;
	void *addr;

	for (i = 0; done < len; i++) {
		chunk = min_t(u32, len - done, PAGE_SIZE - offset);
		addr = page_address(req->pages[i]) + offset;
		if (req->srb.direction == VSTOR_DATA_IN)
			sg_pcopy_to_buffer(cmd->t_data_sg, cmd->t_data_nents,
					   addr, chunk, done);
		else
			sg_pcopy_from_buffer(cmd->t_data_sg, cmd->t_data_nents,
					     addr, chunk, done);
		done += chunk;
		offset = 0;
	}
}

/* --- answers -------------------------------------------------------------- */

static void recycle(struct storvsp_req *req)
{
	struct storvsp_chan *ch = req->ch;

	release_pages_held(req);
	llist_add(&req->node, &ch->free);
	/* Pairs with the barrier in take_request(). */
	smp_mb__after_atomic();
	storvsp_chan_resume(ch);
	storvsp_chan_put(ch);
}

/* The answer is sent, or will never be. */
void storvsp_req_put(struct storvsp_req *req)
{
	if (req->cmd.se_tfo)
		transport_generic_free_cmd(&req->cmd, 0);
	else
		recycle(req);
}

/* @req->answer is filled: send it. */
void storvsp_req_finish(struct storvsp_req *req)
{
	struct storvsp_chan *ch = req->ch;

	req->answer_len = VSTOR_HEADER_BYTES + req->body_len;
	llist_add(&req->node, &ch->done);
	storvsp_chan_send_answers(ch);
}

static void finish_result(struct storvsp_req *req,
			  const struct storvsp_result *res)
{
	storvsp_complete(&req->answer, req->body_len, res);
	storvsp_req_finish(req);
}

static void finish_busy(struct storvsp_req *req)
{
	const struct storvsp_result res = {
		.srb_status = SRB_BUSY,
		.scsi_status = SAM_BUSY,
	};

	finish_result(req, &res);
}

static void finish_reply(struct storvsp_req *req,
			 const struct storvsp_reply *reply)
{
	const struct storvsp_result res = {
		.srb_status = reply->srb_status,
		.scsi_status = reply->scsi_status,
		.moved = reply->len,
		.sense = reply->sense,
		.sense_len = reply->sense_len,
	};

	if (reply->len)
		sg_copy_from_buffer(req->sg, fill_sg(req, reply->len),
				    reply->data, reply->len);
	finish_result(req, &res);
}

static void finish_cmd(struct storvsp_req *req)
{
	struct se_cmd *cmd = &req->cmd;
	struct storvsp_result res = { .scsi_status = cmd->scsi_status };

	if (cmd->scsi_status == SAM_CHECK_CONDITION &&
	    (cmd->se_cmd_flags & (SCF_TRANSPORT_TASK_SENSE |
				  SCF_EMULATED_TASK_SENSE))) {
		res.sense = req->sense;
		res.sense_len = min_t(u16, cmd->scsi_sense_length,
				      sizeof(req->sense));
	}
	res.srb_status = storvsp_srb_status(res.scsi_status, res.sense,
					    res.sense_len);
	if (res.srb_status == SRB_SUCCESS) {
		res.moved = req->srb.length;
		if (cmd->se_cmd_flags & SCF_UNDERFLOW_BIT)
			res.moved -= min(cmd->residual_count, res.moved);
	}
	finish_result(req, &res);
}

/* --- callbacks of the target core ----------------------------------------- */

void storvsp_release_cmd(struct se_cmd *cmd)
{
	recycle(to_req(cmd));
}

int storvsp_check_stop_free(struct se_cmd *cmd)
{
	return target_put_sess_cmd(cmd);
}

/* The core wants the data that the guest writes. */
int storvsp_write_pending(struct se_cmd *cmd)
{
	struct storvsp_req *req = to_req(cmd);

	if (!(cmd->se_cmd_flags & SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC))
		copy_bounced(req, min(cmd->data_length, req->srb.length));
	target_execute_cmd(cmd);
	return 0;
}

int storvsp_queue_data_in(struct se_cmd *cmd)
{
	struct storvsp_req *req = to_req(cmd);

	if (!(cmd->se_cmd_flags & SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC) &&
	    req->srb.direction == VSTOR_DATA_IN)
		copy_bounced(req, min(cmd->data_length, req->srb.length));
	finish_cmd(req);
	return 0;
}

int storvsp_queue_status(struct se_cmd *cmd)
{
	finish_cmd(to_req(cmd));
	return 0;
}

/*
 * The core drops a command without a status: another initiator of the disk reset
 * it. A guest waits for its answers without a timeout, so it gets one. The core
 * drops the reference that belongs to the answer; take another.
 */
void storvsp_aborted_task(struct se_cmd *cmd)
{
	const struct storvsp_result res = {
		.srb_status = SRB_ABORTED,
		.scsi_status = SAM_TASK_ABORTED,
	};

	kref_get(&cmd->cmd_kref);
	finish_result(to_req(cmd), &res);
}

/* --- execution ------------------------------------------------------------ */

static void refuse(struct storvsp_req *req, u8 asc)
{
	const struct storvsp_result res = {
		.srb_status = SRB_INVALID_REQUEST,
		.scsi_status = SAM_CHECK_CONDITION,
		.sense = req->sense,
		.sense_len = STORVSP_FIXED_SENSE,
	};

	storvsp_fixed_sense(req->sense, KEY_ILLEGAL_REQUEST, asc);
	finish_result(req, &res);
}

static void reply_here(struct storvsp_req *req, const unsigned long *luns)
{
	struct storvsp_reply *reply = kmalloc(sizeof(*reply), GFP_KERNEL);

	if (!reply) {
		finish_busy(req);
		return;
	}
	storvsp_scsi_reply(&req->srb, luns, reply);
	finish_reply(req, reply);
	kfree(reply);
}

static enum dma_data_direction core_direction(const struct storvsp_srb *srb)
{
	switch (srb->direction) {
	case VSTOR_DATA_OUT:
		return DMA_TO_DEVICE;
	case VSTOR_DATA_IN:
		return DMA_FROM_DEVICE;
	default:
		return DMA_NONE;
	}
}

/*
 * Give the core the guest's pages for block data. Only now, when it has parsed
 * the command, is it known which commands these are and how much they move.
 */
static bool map_data(struct storvsp_req *req)
{
	struct se_cmd *cmd = &req->cmd;

	if (!cmd->data_length)
		return true;
	if (!(cmd->se_cmd_flags & SCF_SCSI_DATA_CDB))
		return cmd->data_length <= STORVSP_MAX_BOUNCE;
	if (cmd->se_cmd_flags & SCF_OVERFLOW_BIT)
		return false;
	cmd->t_data_nents = fill_sg(req, cmd->data_length);
	cmd->t_data_sg = req->sg;
	cmd->se_cmd_flags |= SCF_PASSTHROUGH_SG_TO_MEM_NOALLOC;
	return true;
}

static void submit(struct storvsp_req *req)
{
	struct se_cmd *cmd = &req->cmd;
	int err;

	memset(cmd, 0, sizeof(*cmd));
	memset(req->sense, 0, sizeof(req->sense));
	cmd->tag = req->trans_id;
	err = target_init_cmd(cmd, req->ch->ctlr->sess, req->sense,
			      req->srb.lun, req->srb.length, TCM_SIMPLE_TAG,
			      core_direction(&req->srb), TARGET_SCF_ACK_KREF);
	if (err) {
		cmd->se_tfo = NULL;
		finish_busy(req);
		return;
	}
	/* Failures from here on come back through storvsp_queue_status(). */
	if (target_submit_prep(cmd, req->srb.cdb, NULL, 0, NULL, 0, NULL, 0,
			       GFP_KERNEL))
		return;
	if (!map_data(req)) {
		transport_generic_request_failure(cmd, TCM_INVALID_CDB_FIELD);
		return;
	}
	target_submit(cmd);
}

/* A disk behind the core's emulation, not a device that answers for itself. */
static bool disk_is_emulated(const struct storvsp_req *req)
{
	return test_bit(req->srb.lun, req->ch->ctlr->tpg->emulated);
}

/**
 * storvsp_req_execute() - run @req->srb; the answer goes out when it is done.
 * @req: request with channel, transaction id, body length and SRB set
 * @pkt: the packet it came in
 */
void storvsp_req_execute(struct storvsp_req *req, const struct hvr_pkt *pkt)
{
	const unsigned long *luns = storvsp_ctlr_units(req->ch->ctlr,
						       req->srb.lun);
	int err;

	if (req->srb.length > STORVSP_MAX_TRANSFER) {
		refuse(req, ASC_INVALID_FIELD);
		return;
	}
	/* The core takes the length of these from the command itself. */
	if (req->srb.cdb[0] == OP_VARIABLE_LENGTH) {
		refuse(req, ASC_INVALID_OPCODE);
		return;
	}
	err = hold_pages(req, pkt);
	if (err == -ENOMEM)
		finish_busy(req);
	else if (err)
		refuse(req, ASC_INVALID_FIELD);
	else if (!storvsp_for_disk(&req->srb, luns))
		reply_here(req, luns);
	else if (disk_is_emulated(req) && storvsp_core_refuses(&req->srb))
		refuse(req, ASC_INVALID_FIELD);
	else
		submit(req);
}
