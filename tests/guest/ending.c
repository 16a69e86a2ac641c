// SPDX-License-Identifier: GPL-2.0-only
/*
 * First program of a guest that lives in memory: puts every processor to work, says
 * so, and ends the machine in the way the command line names.
 *
 * ending=busy (all processors count), talk (they wake each other), idle (they halt):
 * until somebody ends the machine; reboot, poweroff, panic: busy, then that. Lines
 * begin with ENDING.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST	64
#define TURNS	20		/* of each processor, before the machine is said to be up */

static int ring[MOST][2];	/* pipe n is read by processor n */
static volatile unsigned long turns[MOST];
static long processors;
static bool talk;

static void die(const char *what)
{
	printf("ENDING: %s failed\n", what);
	for (;;)
		pause();
}

static void *work(void *arg)
{
	long n = (long)arg;
	cpu_set_t set;
	char c = 'x';

	CPU_ZERO(&set);
	CPU_SET(n, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	for (;;) {
		if (talk && read(ring[n][0], &c, 1) != 1)
			die("read");
		turns[n]++;
		if (talk && write(ring[(n + 1) % processors][1], &c, 1) != 1)
			die("write");
	}
	return NULL;
}

static void put_to_work(void)
{
	pthread_t thread;
	long n;

	for (n = 0; n < processors; n++)
		if (pipe(ring[n]))
			die("pipe");
	for (n = 0; n < processors; n++)
		if (pthread_create(&thread, NULL, work, (void *)n))
			die("pthread_create");
	if (talk && write(ring[0][1], "x", 1) != 1)
		die("write");
	for (n = 0; n < processors; n++)
		while (turns[n] < TURNS)
			usleep(20000);
}

/* The word behind ending= */
static void read_way(char *way, size_t size)
{
	char line[2048] = "", *at;
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		die("/proc/cmdline");
	close(fd);
	at = strstr(line, "ending=");
	if (!at)
		die("a command line without ending=");
	snprintf(way, size, "%s", at + strlen("ending="));
	strtok(way, "\n ");
}

int main(void)
{
	char way[32];

	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (!freopen("/dev/console", "w", stdout))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (processors < 1 || processors > MOST)
		die("counting the processors");
	read_way(way, sizeof(way));
	talk = !strcmp(way, "talk");
	if (strcmp(way, "idle"))
		put_to_work();
	printf("ENDING: %ld processors, %s\n", processors, way);
	if (!strcmp(way, "reboot"))
		reboot(RB_AUTOBOOT);
	if (!strcmp(way, "poweroff"))
		reboot(RB_POWER_OFF);
	if (!strcmp(way, "panic"))
		return 1;		/* a kernel without a first program panics */
	for (;;)
		pause();
}
