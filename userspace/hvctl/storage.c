// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine's disks: a backstore per disk and one controller, made in configfs
 * and taken away again. Objects of machines that were killed go at the next
 * start; their names carry process number and start time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <linux/fs.h>
#include <unistd.h>
#include "hvctl.h"
#include "storage.h"

#define TARGET		"/sys/kernel/config/target"
#define CORE		TARGET "/core"
#define FABRIC		TARGET "/hvroot"
#define NAME_FORMAT	"hvctl-%d-%llu"
#define MAX_PATH	512
#define SECTOR		512
#define STORE_TRIES	3

struct backing {
	const char *plugin;	/* folder of the backstore */
	const char *module;
	char path[PATH_MAX];
	uint64_t size;
	char serial[33];
};

struct storage {
	char wwn[64];
	unsigned int stores;			/* backstore folders that exist */
	unsigned int links;			/* LUNs that have their link */
	bool controller;
	const char *plugin[STORAGE_MAX_DISKS];
};

__attribute__((format(printf, 2, 3)))
static int write_file(const char *text, const char *fmt, ...)
{
	char path[MAX_PATH];
	va_list ap;
	int fd, ret = 0;
	ssize_t n;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n != (ssize_t)strlen(text))
		ret = n < 0 ? -errno : -EIO;
	close(fd);
	return ret;
}

__attribute__((format(printf, 1, 2)))
static int make_dir(const char *fmt, ...)
{
	char path[MAX_PATH];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

__attribute__((format(printf, 1, 2)))
static void remove_dir(const char *fmt, ...)
{
	char path[MAX_PATH];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	rmdir(path);
}

static int failed(const char *what, const char *subject, int err)
{
	const char *cure = NULL;

	if (err == -ENOENT)
		cure = "modprobe -a hvroot_storvsp hvroot_vhd; hvctl doctor shows what is missing";
	else if (err == -EACCES || err == -EPERM)
		cure = "disks are set up in configfs, which needs root";
	else if (err == -EBUSY || err == -ETXTBSY)
		cure = "end what else uses the disk";
	report(cure, "%s: %s: %s", subject, what, strerror(-err));
	return -1;
}

/* ---- names ---- */

/* Field 22 of /proc/PID/stat: when the process started. 0: no such process. */
static unsigned long long start_time(int pid)
{
	unsigned long long start = 0;
	char path[32], buf[1024], *p;
	unsigned int field;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	p = strrchr(buf, ')');	/* the name may hold anything, blanks too */
	for (field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p + 1, NULL, 10);
	return start;
}

/* Does a name of ours belong to a process that is gone? */
static bool is_stale(const char *name)
{
	unsigned long long start;
	int pid;

	if (sscanf(name, NAME_FORMAT, &pid, &start) != 2)
		return false;
	return start_time(pid) != start;
}

/* ---- taking down ---- */

static void remove_lun(const char *wwn, const char *lun)
{
	char dir[MAX_PATH], path[MAX_PATH + NAME_MAX + 2];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), FABRIC "/%s/tpgt_1/lun/%s", wwn, lun);
	d = opendir(dir);
	if (!d)
		return;
	while ((e = readdir(d))) {
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (!lstat(path, &st) && S_ISLNK(st.st_mode))
			unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

static void remove_controller(const char *wwn)
{
	char dir[MAX_PATH];
	struct dirent *e;
	DIR *d;

	/* Refused while it is somebody's; then nothing below goes either. */
	write_file("0", FABRIC "/%s/tpgt_1/bus", wwn);
	snprintf(dir, sizeof(dir), FABRIC "/%s/tpgt_1/lun", wwn);
	d = opendir(dir);
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, "lun_", 4))
			remove_lun(wwn, e->d_name);
	if (d)
		closedir(d);
	remove_dir(FABRIC "/%s/tpgt_1", wwn);
	remove_dir(FABRIC "/%s", wwn);
}

static void remove_stale_stores(const char *plugin)
{
	char dir[MAX_PATH];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), CORE "/%s", plugin);
	d = opendir(dir);
	while (d && (e = readdir(d)))
		if (is_stale(e->d_name))
			remove_dir(CORE "/%s/%s", plugin, e->d_name);
	if (d)
		closedir(d);
}

static void remove_stale(void)
{
	struct dirent *e;
	DIR *d = opendir(FABRIC);

	while (d && (e = readdir(d)))
		if (is_stale(e->d_name))
			remove_controller(e->d_name);
	if (d)
		closedir(d);
	remove_stale_stores("vhd_0");
	remove_stale_stores("fileio_0");
	remove_stale_stores("iblock_0");
	rmdir(FABRIC);	/* its folder holds the module; stays while in use */
	remove_dir(CORE "/vhd_0");
}

void storage_release_stale(void)
{
	remove_stale();
}

void storage_detach(struct storage *s)
{
	unsigned int n;

	if (!s)
		return;
	if (s->controller)
		remove_controller(s->wwn);
	for (n = 0; n < s->stores; n++) {
		remove_dir(CORE "/%s/%s-%u", s->plugin[n], s->wwn, n);
		remove_dir(CORE "/%s", s->plugin[n]);	/* stays while others use it */
	}
	rmdir(FABRIC);	/* so that the module can be unloaded */
	free(s);
}

/* ---- setting up ---- */

static void load_module(const char *name)
{
	char command[64];

	/* Failure shows itself at the first object that cannot be made. */
	snprintf(command, sizeof(command), "modprobe -q %s >/dev/null 2>&1", name);
	if (system(command))
		return;
}

/* A name that stays the same as long as the file stays where it is. */
static void make_serial(struct backing *b)
{
	uint64_t h[2] = { 0xcbf29ce484222325ULL, 0x84222325cbf29ce4ULL };
	const char *p;

	for (p = b->path; *p; p++) {
		h[0] = (h[0] ^ (uint8_t)*p) * 0x100000001b3ULL;
		h[1] = (h[1] + (uint8_t)*p) * 0x9e3779b97f4a7c15ULL;
		h[1] ^= h[1] >> 29;
	}
	snprintf(b->serial, sizeof(b->serial), "%016llx%016llx", (unsigned long long)h[0],
		 (unsigned long long)h[1]);
}

/* VHD, raw file or block device: by kind, then by the last bytes. */
static int classify(const char *disk, struct backing *b)
{
	char cookie[8] = "";
	struct stat st;
	int fd;

	if (!realpath(disk, b->path)) {
		report(NULL, "%s: %s", disk, strerror(errno));
		return -1;
	}
	fd = open(b->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return failed("cannot be opened", disk, -errno);
	}
	b->size = st.st_size;
	if (S_ISREG(st.st_mode) && st.st_size >= SECTOR &&
	    pread(fd, cookie, sizeof(cookie), st.st_size - SECTOR) != sizeof(cookie))
		cookie[0] = 0;
	close(fd);
	if (S_ISBLK(st.st_mode)) {
		b->plugin = "iblock_0";
		b->module = "target_core_iblock";
	} else if (!memcmp(cookie, "conectix", sizeof(cookie))) {
		b->plugin = "vhd_0";
		b->module = "hvroot_vhd";
	} else if (S_ISREG(st.st_mode) && b->size && b->size % SECTOR == 0) {
		b->plugin = "fileio_0";
		b->module = "target_core_file";
	} else {
		report(NULL, "%s: neither VHD, nor block device, nor a file of whole sectors",
		       disk);
		return -1;
	}
	/* The plugins that come with the kernel part their options at commas. */
	if (strpbrk(b->path, strcmp(b->plugin, "vhd_0") ? ",\n" : "\n")) {
		report("rename it", "%s: its name cannot be passed to the SCSI target", disk);
		return -1;
	}
	make_serial(b);
	return 0;
}

static int configure_store(const struct backing *b, const char *store)
{
	char text[PATH_MAX + 96];
	int ret;

	if (!strcmp(b->plugin, "vhd_0"))
		snprintf(text, sizeof(text), "path=%s", b->path);
	else if (!strcmp(b->plugin, "iblock_0"))
		snprintf(text, sizeof(text), "udev_path=%s", b->path);
	else
		snprintf(text, sizeof(text), "fd_dev_name=%s,fd_dev_size=%llu,fd_buffered_io=1",
			 b->path, (unsigned long long)b->size);
	ret = write_file(text, CORE "/%s/%s/control", b->plugin, store);
	if (!ret)
		ret = write_file("1", CORE "/%s/%s/enable", b->plugin, store);
	if (ret || !strcmp(b->plugin, "vhd_0"))
		return ret;
	/* Only the name in the guest depends on these; old kernels lack some. */
	write_file("Msft", CORE "/%s/%s/wwn/vendor_id", b->plugin, store);
	write_file("Virtual Disk", CORE "/%s/%s/wwn/product_id", b->plugin, store);
	write_file(b->serial, CORE "/%s/%s/wwn/vpd_unit_serial", b->plugin, store);
	return 0;
}

/* Another machine may take the plugin's folder away between the two. */
static int make_store(const struct backing *b, const char *store)
{
	int ret = -ENOENT, tries;

	for (tries = 0; ret == -ENOENT && tries < STORE_TRIES; tries++) {
		ret = make_dir(CORE "/%s", b->plugin);
		if (!ret)
			ret = make_dir(CORE "/%s/%s", b->plugin, store);
	}
	return ret;
}

static int add_disk(struct storage *s, const char *disk, unsigned int n)
{
	char store[96], link[MAX_PATH], dest[MAX_PATH];
	struct backing b;
	int ret;

	if (classify(disk, &b))
		return -1;
	load_module(b.module);
	snprintf(store, sizeof(store), "%s-%u", s->wwn, n);
	ret = make_store(&b, store);
	if (ret)
		return failed("no backstore", disk, ret);
	s->plugin[n] = b.plugin;
	s->stores = n + 1;
	ret = configure_store(&b, store);
	if (ret)
		return failed("refused by its backstore (see dmesg)", disk, ret);

	ret = make_dir(FABRIC "/%s/tpgt_1/lun/lun_%u", s->wwn, n);
	if (ret)
		return failed("no LUN", disk, ret);
	snprintf(dest, sizeof(dest), CORE "/%s/%s", b.plugin, store);
	snprintf(link, sizeof(link), FABRIC "/%s/tpgt_1/lun/lun_%u/%s", s->wwn, n, store);
	if (symlink(dest, link))
		return failed("cannot become a LUN", disk, -errno);
	return 0;
}

static int add_controller(struct storage *s)
{
	int ret = make_dir(FABRIC);

	if (!ret)
		ret = make_dir(FABRIC "/%s", s->wwn);
	if (ret)
		return failed("no controller", "disks", ret);
	s->controller = true;
	ret = make_dir(FABRIC "/%s/tpgt_1", s->wwn);
	if (ret)
		return failed("no controller", "disks", ret);
	return 0;
}

struct storage *storage_attach(uint64_t partition, const char * const *disks, unsigned int nr)
{
	struct storage *s = calloc(1, sizeof(*s));
	char id[24];
	unsigned int n;
	int ret;

	if (!s) {
		report(NULL, "disks: %s", strerror(ENOMEM));
		return NULL;
	}
	snprintf(s->wwn, sizeof(s->wwn), NAME_FORMAT, getpid(), start_time(getpid()));
	load_module("target_core_mod");
	load_module("hvroot_storvsp");
	remove_stale();
	if (add_controller(s))
		goto err_detach;
	for (n = 0; n < nr; n++)
		if (add_disk(s, disks[n], n))
			goto err_detach;
	snprintf(id, sizeof(id), "%llu", (unsigned long long)partition);
	ret = write_file(id, FABRIC "/%s/tpgt_1/bus", s->wwn);
	if (ret) {
		failed("the bus does not take the controller", "disks", ret);
		goto err_detach;
	}
	return s;

err_detach:
	storage_detach(s);
	return NULL;
}

int storage_sync(const char * const *disks, unsigned int nr)
{
	unsigned int n;
	int fd, ret = 0;

	for (n = 0; n < nr; n++) {
		fd = open(disks[n], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fsync(fd)) {
			failed("cannot be flushed", disks[n], -errno);
			ret = -1;
		}
		if (fd >= 0)
			close(fd);
	}
	return ret;
}
