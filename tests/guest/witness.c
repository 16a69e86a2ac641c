// SPDX-License-Identifier: GPL-2.0-only
/*
 * First program of a guest that lives in memory: loads each SCSI disk that comes,
 * says when one is lost, and checks on the next one that nothing is missing that the
 * last one had acknowledged.
 *
 * The disks that come one after the other are the same one each time. Blocks carry a
 * running number; what a cache flush has confirmed must be there afterwards. Lines
 * begin with WITNESS.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK		65536
#define BLOCKS		256
#define WORDS		(BLOCK / 8)
#define FLUSH_EVERY	16
#define REPORT_EVERY	512
#define OPEN_TRIES	50

/* Shared with the children that do the work. */
struct ledger {
	uint64_t next;			/* number of the next write */
	uint64_t written[BLOCKS];	/* number last sent to this block, 0 none */
	uint64_t flushed[BLOCKS];	/* the same, as of the last flush */
	uint64_t reads, writes;
};

static struct ledger *ledger;
static uint64_t *buffer;

static void fill(uint64_t number)
{
	uint64_t x = number * 0x9e3779b97f4a7c15ULL + 1;
	unsigned int i;

	buffer[0] = number;
	for (i = 1; i < WORDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		buffer[i] = x;
	}
}

static bool holds(uint64_t number)
{
	uint64_t x = number * 0x9e3779b97f4a7c15ULL + 1;
	unsigned int i;

	if (buffer[0] != number)
		return false;
	for (i = 1; i < WORDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (buffer[i] != x)
			return false;
	}
	return true;
}

static bool read_block(int fd, unsigned int n)
{
	return pread(fd, buffer, BLOCK, (off_t)n * BLOCK) == BLOCK;
}

/* A block that was written after the last flush of a lost disk may be anything. */
static bool verify(int fd, const char *name)
{
	unsigned int n, known = 0, wrong = 0;

	for (n = 0; n < BLOCKS; n++) {
		if (ledger->flushed[n] != ledger->written[n]) {
			ledger->flushed[n] = 0;
			ledger->written[n] = 0;
		}
		if (!ledger->flushed[n])
			continue;
		if (!read_block(fd, n))
			return false;
		known++;
		if (!holds(ledger->flushed[n])) {
			wrong++;
			printf("WITNESS: %s block %u holds %llu, not %llu\n", name, n,
			       (unsigned long long)buffer[0],
			       (unsigned long long)ledger->flushed[n]);
		}
	}
	printf("WITNESS: %s verified %u blocks, %u wrong\n", name, known, wrong);
	return true;
}

static bool flush(int fd)
{
	if (fsync(fd))
		return false;
	memcpy(ledger->flushed, ledger->written, sizeof(ledger->flushed));
	return true;
}

static bool step(int fd)
{
	uint64_t number = ledger->next++;
	unsigned int n = number * 7 % BLOCKS, other = number * 13 % BLOCKS;

	fill(number);
	ledger->written[n] = number;
	if (pwrite(fd, buffer, BLOCK, (off_t)n * BLOCK) != BLOCK)
		return false;
	ledger->writes++;
	if (!read_block(fd, other))
		return false;
	ledger->reads++;
	if (ledger->written[other] && !holds(ledger->written[other]))
		printf("WITNESS: block %u reads wrong\n", other);
	return number % FLUSH_EVERY || flush(fd);
}

/* The node comes a little later than its name. */
static int open_disk(const char *name)
{
	char path[NAME_MAX + 32];
	int fd = -1, tries;

	snprintf(path, sizeof(path), "/dev/%s", name);
	for (tries = 0; fd < 0 && tries < OPEN_TRIES; tries++) {
		fd = open(path, O_RDWR | O_DIRECT);
		if (fd < 0)
			usleep(100000);
	}
	return fd;
}

static void work(const char *name)
{
	int fd = open_disk(name);

	if (fd < 0 || !verify(fd, name)) {
		printf("WITNESS: %s cannot be read: %s\n", name, strerror(errno));
		_exit(1);
	}
	while (step(fd))
		if (ledger->writes % REPORT_EVERY == 1)
			printf("WITNESS: %s load %llu\n", name,
			       (unsigned long long)ledger->writes);
	printf("WITNESS: %s lost: %s, %llu reads, %llu writes\n", name, strerror(errno),
	       (unsigned long long)ledger->reads, (unsigned long long)ledger->writes);
	_exit(0);
}

/* A name like sda that is there, or "". */
static void find_disk(char *name, size_t size)
{
	struct dirent *e;
	DIR *d = opendir("/sys/block");

	name[0] = 0;
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, "sd", 2))
			snprintf(name, size, "%s", e->d_name);
	if (d)
		closedir(d);
}

static bool exists(const char *name)
{
	char path[NAME_MAX + 32];

	snprintf(path, sizeof(path), "/sys/block/%s", name);
	return !access(path, F_OK);
}

static void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		printf("WITNESS: no memory\n");
	return p;
}

static void set_up(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (!freopen("/dev/console", "w", stdout))
		_exit(1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	ledger = shared(sizeof(*ledger));
	buffer = shared(BLOCK);
	ledger->next = 1;
}

static void load_drivers(void)
{
	static const char * const modules[] = { "hv_vmbus", "hv_storvsc", "sd_mod" };
	unsigned int i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		pid_t pid = fork();

		if (!pid) {
			execl("/sbin/modprobe", "modprobe", modules[i], NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
}

int main(void)
{
	char name[NAME_MAX + 1];
	unsigned int generation = 0;

	set_up();
	printf("WITNESS: up\n");
	load_drivers();
	printf("WITNESS: drivers loaded\n");
	for (;;) {
		pid_t pid;

		do {
			usleep(100000);
			find_disk(name, sizeof(name));
		} while (!*name);
		printf("WITNESS: disk %u is %s\n", ++generation, name);
		fflush(stdout);
		pid = fork();
		if (!pid)
			work(name);
		waitpid(pid, NULL, 0);
		/* The device goes after its last request has come back. */
		while (exists(name))
			usleep(100000);
		printf("WITNESS: disk %u is gone\n", generation);
		fflush(stdout);
	}
}
