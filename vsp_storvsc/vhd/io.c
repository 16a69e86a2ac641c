// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCSI block commands on a file: tried without waiting in the submitter's
 * thread, else done by a worker. Nothing reaches beyond the disk's data: the
 * footer is never written.
 */
#include <linux/bvec.h>
#include <linux/falloc.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <scsi/scsi_proto.h>

#include "backstore.h"

/* Sense: key, additional code, qualifier. */
#define KEY_MEDIUM_ERROR		0x03
#define KEY_DATA_PROTECT		0x07
#define SENSE_READ_ERROR		0x1100
#define SENSE_WRITE_ERROR		0x0c00
#define SENSE_NO_SPACE			0x2707

static struct workqueue_struct *io_wq;

/**
 * struct vhd_io - one read, write or write-same under way.
 * @work: the part that may wait
 * @cmd: the command
 * @pos: first byte
 * @len: bytes
 * @write: direction
 * @pattern: WRITE SAME: page filled with the block, owned
 * @nr_bvecs: entries of @bvecs
 * @bvecs: pages of the data
 */
struct vhd_io {
	struct work_struct work;
	struct se_cmd *cmd;
	loff_t pos;
	size_t len;
	bool write;
	struct page *pattern;
	unsigned int nr_bvecs;
	struct bio_vec bvecs[];
};

int vhd_io_init(void)
{
	io_wq = alloc_workqueue("hvroot_vhd", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return io_wq ? 0 : -ENOMEM;
}

void vhd_io_exit(void)
{
	destroy_workqueue(io_wq);
}

/* --- ends ----------------------------------------------------------------- */

static void fail_with_sense(struct se_cmd *cmd, u8 key, u16 code)
{
	u8 sense[TRANSPORT_SENSE_BUFFER] = {
		[0] = 0x70,
		[2] = key,
		[7] = 10,
		[12] = code >> 8,
		[13] = code & 0xff,
	};

	transport_copy_sense_to_cmd(cmd, sense);
	target_complete_cmd(cmd, SAM_STAT_CHECK_CONDITION);
}

static void complete_cmd(struct se_cmd *cmd, int err, bool write)
{
	if (!err) {
		target_complete_cmd(cmd, SAM_STAT_GOOD);
		return;
	}
	pr_err_ratelimited("%s: %s failed (%d)\n", to_vhd(cmd->se_dev)->path,
			   write ? "writing" : "reading", err);
	if (write && (err == -ENOSPC || err == -EDQUOT))
		fail_with_sense(cmd, KEY_DATA_PROTECT, SENSE_NO_SPACE);
	else
		fail_with_sense(cmd, KEY_MEDIUM_ERROR, write ?
				SENSE_WRITE_ERROR : SENSE_READ_ERROR);
}

static void free_io(struct vhd_io *io)
{
	if (io->pattern)
		__free_page(io->pattern);
	kfree(io);
}

static void end_io(struct vhd_io *io, int err)
{
	struct se_cmd *cmd = io->cmd;
	bool write = io->write;

	/* The data's pages are the command's. */
	free_io(io);
	complete_cmd(cmd, err, write);
}

/* --- reading and writing -------------------------------------------------- */

static ssize_t call_file(struct vhd_io *io, struct iov_iter *iter, loff_t pos,
			 int flags)
{
	struct file *file = to_vhd(io->cmd->se_dev)->file;
	struct kiocb iocb;
	ssize_t n;

	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = pos;
	iocb.ki_flags |= flags;
	if (!io->write)
		return file->f_op->read_iter(&iocb, iter);

	if (io->cmd->se_cmd_flags & SCF_FUA)
		iocb.ki_flags |= IOCB_DSYNC;
	if (!(flags & IOCB_NOWAIT))
		file_start_write(file);
	else if (!file_start_write_trylock(file))
		return -EAGAIN;
	n = file->f_op->write_iter(&iocb, iter);
	file_end_write(file);
	return n;
}

/* All of it without waiting, or not at all: doing it again does no harm. */
static bool try_now(struct vhd_io *io)
{
	struct file *file = to_vhd(io->cmd->se_dev)->file;
	struct iov_iter iter;

	if (!(file->f_mode & FMODE_NOWAIT) ||
	    (io->write && (io->cmd->se_cmd_flags & SCF_FUA)))
		return false;
	iov_iter_bvec(&iter, io->write ? WRITE : READ, io->bvecs, io->nr_bvecs,
		      io->len);
	return call_file(io, &iter, io->pos, IOCB_NOWAIT) == io->len;
}

static int do_io(struct vhd_io *io)
{
	struct iov_iter iter;
	size_t done = 0;
	ssize_t n;

	iov_iter_bvec(&iter, io->write ? WRITE : READ, io->bvecs, io->nr_bvecs,
		      io->len);
	while (done < io->len) {
		n = call_file(io, &iter, io->pos + done, 0);
		if (n < 0)
			return n;
		/* The end of the file where the disk says that there is data. */
		if (!n)
			return -EIO;
		done += n;
	}
	return 0;
}

static void io_work(struct work_struct *work)
{
	struct vhd_io *io = container_of(work, struct vhd_io, work);

	end_io(io, do_io(io));
}

static void start_io(struct vhd_io *io)
{
	if (try_now(io)) {
		end_io(io, 0);
		return;
	}
	INIT_WORK(&io->work, io_work);
	queue_work(io_wq, &io->work);
}

static struct vhd_io *alloc_io(struct se_cmd *cmd, unsigned int nr_bvecs,
			       bool write)
{
	struct vhd_io *io = kmalloc(struct_size(io, bvecs, nr_bvecs),
				    GFP_KERNEL);

	if (!io)
		return NULL;
	io->cmd = cmd;
	io->pos = (loff_t)cmd->t_task_lba * cmd->se_dev->dev_attrib.block_size;
	io->len = 0;
	io->write = write;
	io->pattern = NULL;
	io->nr_bvecs = 0;
	return io;
}

/* Does [@pos, @pos + @len) lie in the disk's data? */
static bool in_disk(const struct vhd_device *vhd, loff_t pos, u64 len)
{
	return pos >= 0 && pos <= vhd->info.size &&
	       len <= vhd->info.size - pos;
}

static void add_page(struct vhd_io *io, struct page *page, unsigned int len,
		     unsigned int offset)
{
	struct bio_vec *bv = &io->bvecs[io->nr_bvecs++];

	bv->bv_page = page;
	bv->bv_len = len;
	bv->bv_offset = offset;
	io->len += len;
}

static sense_reason_t execute_rw(struct se_cmd *cmd, struct scatterlist *sgl,
				 u32 nents, enum dma_data_direction direction)
{
	struct vhd_device *vhd = to_vhd(cmd->se_dev);
	bool write = direction != DMA_FROM_DEVICE;
	struct scatterlist *sg;
	struct vhd_io *io;
	u32 i, left;

	if (write && vhd->read_only)
		return TCM_WRITE_PROTECTED;
	io = alloc_io(cmd, nents, write);
	if (!io)
		return TCM_OUT_OF_RESOURCES;
	for_each_sg(sgl, sg, nents, i) {
		left = cmd->data_length - io->len;
		if (!left)
			break;
		add_page(io, sg_page(sg), min(sg->length, left), sg->offset);
	}
	if (!in_disk(vhd, io->pos, io->len)) {
		free_io(io);
		return TCM_ADDRESS_OUT_OF_RANGE;
	}
	start_io(io);
	return 0;
}

/* --- the other commands --------------------------------------------------- */

static sense_reason_t execute_write_same(struct se_cmd *cmd)
{
	struct vhd_device *vhd = to_vhd(cmd->se_dev);
	u32 block = cmd->se_dev->dev_attrib.block_size;
	u64 left = (u64)sbc_get_write_same_sectors(cmd) * block;
	struct vhd_io *io;
	u32 offset, chunk;
	void *pattern;

	if (vhd->read_only)
		return TCM_WRITE_PROTECTED;
	if (left > (u64)VHD_MAX_WRITE_SAME * block || block > PAGE_SIZE)
		return TCM_INVALID_CDB_FIELD;
	io = alloc_io(cmd, DIV_ROUND_UP(left, PAGE_SIZE), true);
	if (!io)
		return TCM_OUT_OF_RESOURCES;
	if (!in_disk(vhd, io->pos, left)) {
		free_io(io);
		return TCM_ADDRESS_OUT_OF_RANGE;
	}
	io->pattern = alloc_page(GFP_KERNEL);
	if (!io->pattern) {
		free_io(io);
		return TCM_OUT_OF_RESOURCES;
	}
	pattern = page_address(io->pattern);
	if (sg_copy_to_buffer(cmd->t_data_sg, cmd->t_data_nents, pattern,
			      block) != block) {
		free_io(io);
		return TCM_INVALID_CDB_FIELD;
	}
	for (offset = block; offset < PAGE_SIZE; offset += block)
		memcpy(pattern + offset, pattern, block);
	for (; left; left -= chunk) {
		chunk = min_t(u64, left, PAGE_SIZE);
		add_page(io, io->pattern, chunk, 0);
	}
	start_io(io);
	return 0;
}

/* Give the blocks back to the file system where it can; reads may return zeroes. */
static sense_reason_t execute_unmap(struct se_cmd *cmd, sector_t lba,
				    sector_t nolb)
{
	struct vhd_device *vhd = to_vhd(cmd->se_dev);
	u32 block = cmd->se_dev->dev_attrib.block_size;
	loff_t pos = (loff_t)lba * block;
	loff_t len = (loff_t)nolb * block;
	int err;

	if (vhd->read_only)
		return TCM_WRITE_PROTECTED;
	if (!nolb)
		return 0;
	if (!in_disk(vhd, pos, len))
		return TCM_ADDRESS_OUT_OF_RANGE;
	err = vfs_fallocate(vhd->file, FALLOC_FL_PUNCH_HOLE |
			    FALLOC_FL_KEEP_SIZE, pos, len);
	if (err && err != -EOPNOTSUPP) {
		pr_err_ratelimited("%s: unmapping failed (%d)\n", vhd->path,
				   err);
		return TCM_LOGICAL_UNIT_COMMUNICATION_FAILURE;
	}
	return 0;
}

static void sync_work(struct work_struct *work)
{
	struct vhd_io *io = container_of(work, struct vhd_io, work);
	struct file *file = to_vhd(io->cmd->se_dev)->file;

	end_io(io, vfs_fsync_range(file, 0, LLONG_MAX, 1));
}

/* The whole file, also when the guest names a range; never before it is done. */
static sense_reason_t execute_sync_cache(struct se_cmd *cmd)
{
	struct vhd_io *io = alloc_io(cmd, 0, true);

	if (!io)
		return TCM_OUT_OF_RESOURCES;
	INIT_WORK(&io->work, sync_work);
	queue_work(io_wq, &io->work);
	return 0;
}

static struct hvr_exec_cmd_ops exec_ops = {
	.execute_rw		= execute_rw,
	.execute_sync_cache	= execute_sync_cache,
	.execute_write_same	= execute_write_same,
	.execute_unmap		= execute_unmap,
};

sense_reason_t vhd_parse_cdb(struct se_cmd *cmd)
{
	return sbc_parse_cdb(cmd, &exec_ops);
}
