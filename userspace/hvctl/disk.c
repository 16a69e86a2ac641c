// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl disk: makes fixed VHD files, empty or from a raw image, and shows them.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <linux/fs.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include "hvctl.h"
#include "storage.h"
#include "vhd.h"

#define COPY_CHUNK	(1U << 20)
#define CREATOR_VERSION	0x00010000

static const char usage_text[] =
"usage: hvctl disk create --size SIZE [--force] FILE.vhd\n"
"       hvctl disk create --from RAW [--size SIZE] [--force] FILE.vhd\n"
"       hvctl disk info [--json] FILE.vhd\n"
"       hvctl disk release\n"
"\n"
"  --size SIZE  capacity, MiB or with suffix K, M, G or T\n"
"  --from RAW   copy a raw image or block device; holes stay holes\n"
"  --force      replace a file that exists\n"
"  --json       print JSON\n"
"\n"
"release removes the SCSI target objects of machines that were killed, so that\n"
"their files are free and the modules can be unloaded.\n";

struct create {
	const char *path;
	const char *from;
	uint64_t size;
	bool force;
	int in, out;
	bool progress;
	int shown;		/* percent on the terminal */
};

static int failed(const char *path)
{
	report(errno == ENOSPC ? "free space there, or choose another place" : NULL, "%s: %s",
	       path, strerror(errno));
	return -1;
}

static void show_progress(struct create *c, uint64_t done, uint64_t all)
{
	int percent = all ? done * 100 / all : 100;

	if (!c->progress || percent == c->shown)
		return;
	c->shown = percent;
	fprintf(stderr, "\r%s: %3d %%%s", c->path, percent, percent == 100 ? "\n" : "");
}

static int write_at(int fd, const uint8_t *buf, size_t size, uint64_t off)
{
	while (size) {
		ssize_t n = pwrite(fd, buf, size, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (!n)
				errno = EIO;
			return -1;
		}
		buf += n;
		off += n;
		size -= n;
	}
	return 0;
}

static bool all_zero(const uint8_t *buf, size_t size)
{
	return !size || (!buf[0] && !memcmp(buf, buf + 1, size - 1));
}

/* Copy one stretch of data; zeroes inside it become holes. */
static int copy_range(struct create *c, uint8_t *buf, uint64_t off, uint64_t end, uint64_t all)
{
	while (off < end) {
		size_t want = end - off < COPY_CHUNK ? end - off : COPY_CHUNK;
		ssize_t n = pread(c->in, buf, want, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(c->from);
		if (n == 0) {
			report(NULL, "%s: shrank while it was copied", c->from);
			return -1;
		}
		if (!all_zero(buf, n) && write_at(c->out, buf, n, off))
			return failed(c->path);
		off += n;
		show_progress(c, off, all);
	}
	return 0;
}

static int copy(struct create *c, uint64_t all)
{
	uint8_t *buf = malloc(COPY_CHUNK);
	uint64_t off = 0;
	int ret = 0;

	if (!buf)
		return failed(c->from);
	while (!ret && off < all) {
		off_t data = lseek(c->in, off, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break;		/* nothing but a hole up to the end */
		if (data < 0)
			data = off;	/* no holes on this file system */
		hole = lseek(c->in, data, SEEK_HOLE);
		if (hole < 0 || (uint64_t)hole > all)
			hole = all;
		ret = copy_range(c, buf, data, hole, all);
		off = hole;
	}
	free(buf);
	if (!ret)
		show_progress(c, all, all);
	return ret;
}

static int open_source(struct create *c, uint64_t *size)
{
	struct stat st;

	c->in = open(c->from, O_RDONLY | O_CLOEXEC);
	if (c->in < 0 || fstat(c->in, &st))
		return failed(c->from);
	*size = st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(c->in, BLKGETSIZE64, size))
		return failed(c->from);
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) {
		report(NULL, "%s: neither a file nor a block device", c->from);
		return -1;
	}
	return 0;
}

static int fill(struct create *c, uint64_t source)
{
	struct vhd_info info = {
		.size = c->size,
		.timestamp = time(NULL) - VHD_EPOCH,
		.creator = { 'h', 'v', 'r', 't' },
		.creator_version = CREATOR_VERSION,
		.creator_os = { 'W', 'i', '2', 'k' },
	};
	uint8_t footer[VHD_FOOTER_BYTES];
	enum vhd_error error;

	if (getrandom(info.id, sizeof(info.id), 0) != sizeof(info.id))
		return failed("random numbers");
	error = vhd_build_footer(footer, &info);
	if (error) {
		report(NULL, "%s: %s", c->path, vhd_error_text(error));
		return -1;
	}
	if (ftruncate(c->out, c->size))
		return failed(c->path);
	if (source && copy(c, source))
		return -1;
	if (write_at(c->out, footer, sizeof(footer), c->size) || fsync(c->out))
		return failed(c->path);
	return 0;
}

static int create(struct create *c)
{
	uint64_t source = 0;
	int ret;

	if (c->from && open_source(c, &source))
		return HVCTL_ERROR;
	if (!c->size)
		c->size = (source + VHD_SECTOR_BYTES - 1) / VHD_SECTOR_BYTES * VHD_SECTOR_BYTES;
	if (source > c->size) {
		report(NULL, "%s: larger than --size", c->from);
		return HVCTL_ERROR;
	}
	if (!c->size || c->size % VHD_SECTOR_BYTES || c->size > VHD_MAX_BYTES) {
		report(NULL, "%s: %llu bytes: a VHD holds whole sectors, up to 2040 GiB", c->path,
		       (unsigned long long)c->size);
		return HVCTL_ERROR;
	}
	c->out = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | (c->force ? O_TRUNC : O_EXCL), 0644);
	if (c->out < 0) {
		report(errno == EEXIST ? "--force replaces it" : NULL, "%s: %s", c->path,
		       strerror(errno));
		return HVCTL_ERROR;
	}
	c->progress = isatty(STDERR_FILENO);
	ret = fill(c, source);
	if (close(c->out) && !ret)
		ret = failed(c->path);
	if (ret)
		unlink(c->path);
	return ret ? HVCTL_ERROR : HVCTL_OK;
}

static int cmd_create(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },
		{ "force", no_argument, NULL, 'F' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct create c = { .in = -1, .out = -1, .shown = -1 };
	int opt, ret;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			if (parse_size(optarg, 1ULL << 20, &c.size) && c.size)
				break;
			report(NULL, "--size: bad value '%s'", optarg);
			return HVCTL_USAGE;
		case 'f':
			c.from = optarg;
			break;
		case 'F':
			c.force = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return HVCTL_OK;
		default:
			return HVCTL_USAGE;
		}
	}
	if (optind != argc - 1 || (!c.size && !c.from)) {
		report("hvctl disk --help", "one file, and --size or --from, are needed");
		return HVCTL_USAGE;
	}
	c.path = argv[optind];
	ret = create(&c);
	if (c.in >= 0)
		close(c.in);
	return ret;
}

/* ---- info ---- */

static int read_image(const char *path, struct vhd_info *info, uint64_t *file_size,
		      uint64_t *stored)
{
	uint8_t footer[VHD_FOOTER_BYTES];
	enum vhd_error error;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -1;

	memset(info, 0, sizeof(*info));
	if (fd < 0)
		return failed(path);
	if (fstat(fd, &st)) {
		failed(path);
	} else if (!S_ISREG(st.st_mode) || st.st_size < VHD_FOOTER_BYTES) {
		report(NULL, "%s: too small for a VHD", path);
	} else if (pread(fd, footer, sizeof(footer), st.st_size - VHD_FOOTER_BYTES) !=
		   VHD_FOOTER_BYTES) {
		failed(path);
	} else {
		error = vhd_parse_footer(footer, st.st_size, info);
		if (error)
			report(NULL, "%s: %s", path, vhd_error_text(error));
		else
			ret = 0;
		*file_size = st.st_size;
		*stored = (uint64_t)st.st_blocks * 512;
	}
	close(fd);
	return ret;
}

static void format_id(const uint8_t id[16], char *text, size_t size)
{
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < 16; i++)
		used += snprintf(text + used, size - used, "%s%02x",
				 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
}

/* Any bytes may stand in the footer; these go to a terminal. */
static void format_name(const uint8_t name[4], char text[5])
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		text[i] = name[i] >= ' ' && name[i] < 0x7f ? name[i] : '?';
	text[4] = 0;
}

static void print_info(const char *path, const struct vhd_info *info, uint64_t file_size,
		       uint64_t stored, bool json)
{
	char id[37], creator[5], created[32] = "unknown";
	time_t t = (time_t)info->timestamp + VHD_EPOCH;
	struct tm tm;
	json_t *o;

	format_id(info->id, id, sizeof(id));
	format_name(info->creator, creator);
	if (gmtime_r(&t, &tm))
		strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!json) {
		printf("file:      %s\n", path);
		printf("format:    fixed VHD, footer is sound\n");
		printf("capacity:  %llu bytes (%llu MiB)\n", (unsigned long long)info->size,
		       (unsigned long long)info->size >> 20);
		printf("on disk:   %llu MiB\n", (unsigned long long)stored >> 20);
		printf("geometry:  %u cylinders, %u heads, %u sectors\n",
		       info->geometry.cylinders, info->geometry.heads, info->geometry.sectors);
		printf("id:        %s\n", id);
		printf("created:   %s by '%s'\n", created, creator);
		return;
	}
	o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:[iii]}", "file", path,
		      "format", "vhd-fixed", "size", (json_int_t)info->size, "file_size",
		      (json_int_t)file_size, "stored", (json_int_t)stored, "id", id, "created",
		      created, "creator", creator, "geometry", info->geometry.cylinders,
		      info->geometry.heads, info->geometry.sectors);
	if (o)
		json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static int cmd_info(int argc, char **argv)
{
	const char *path = NULL;
	uint64_t file_size = 0, stored = 0;
	struct vhd_info info;
	bool json = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			fputs(usage_text, stdout);
			return HVCTL_OK;
		}
		if (!strcmp(argv[i], "--json")) {
			json = true;
		} else if (*argv[i] != '-' && !path) {
			path = argv[i];
		} else {
			path = NULL;
			break;
		}
	}
	if (!path) {
		report("hvctl disk --help", "one file is needed");
		return HVCTL_USAGE;
	}
	if (read_image(path, &info, &file_size, &stored))
		return HVCTL_ERROR;
	print_info(path, &info, file_size, stored, json);
	return HVCTL_OK;
}

int cmd_disk(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "create"))
		return cmd_create(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "info"))
		return cmd_info(argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[1], "release")) {
		storage_release_stale();
		return HVCTL_OK;
	}
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(usage_text, stdout);
		return HVCTL_OK;
	}
	report("hvctl disk --help", "disk create, disk info or disk release?");
	return HVCTL_USAGE;
}
