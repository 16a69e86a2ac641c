// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of /dev/mshv and /dev/hvroot_vmbus.
 *
 * A run is rounds; a round is a process with a world of its own, in which threads do
 * random things until each has done its number, or until the process is killed. Seed
 * and number of a round give the same things in the same order in each thread; how
 * threads mix is the machine's.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

#define MAX_THREADS	32
/* A round takes seconds; the kernel gets its time to end a killed one. */
#define ROUND_SECONDS	60
#define KILL_SECONDS	180

struct stats *stats;
bool still_guests;

static struct {
	uint64_t seed;
	unsigned long seconds, rounds, first_round;
	unsigned int threads, ops;
	bool cover;
} opt = { .threads = 4, .ops = 150 };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- a round ---- */

void one_op(struct rng *r)
{
	switch (below(r, 400)) {
	case 0:
		fork_some(r);
		break;
	case 1 ... 6:
		close_some(r);
		break;
	case 7 ... 12:
		dup_some(r);
		break;
	case 13 ... 30:
		event_some(r);
		break;
	case 31 ... 100:
		memory_some(r);
		break;
	case 101 ... 150:
		bus_some(r);
		break;
	case 151 ... 180:
		channel_some(r);
		break;
	case 181 ... 240:
		run_some(r);
		break;
	default:
		ioctl_some(r);
	}
}

/* So that MSHV_RUN_VP returns: to this thread alone, again and again. */
static void start_ticks(timer_t *timer)
{
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};
	struct itimerspec every = { { 0, 20000000 }, { 0, 20000000 } };

	ev._sigev_un._tid = gettid();
	if (!timer_create(CLOCK_MONOTONIC, &ev, timer))
		timer_settime(*timer, 0, &every, NULL);
}

/* All threads are there: no stack is made in a hole where guest memory was. */
static pthread_barrier_t all_there;

static void *thread_main(void *arg)
{
	struct rng *r = arg;
	unsigned int n = opt.ops / 2 + below(r, opt.ops);
	timer_t timer;

	pthread_barrier_wait(&all_there);
	start_ticks(&timer);
	while (n--)
		one_op(r);
	timer_delete(timer);
	return NULL;
}

static void on_tick(int sig)
{
	(void)sig;
}

static void set_limits(void)
{
	struct rlimit files = { 256, 256 }, memory = { 1UL << 30, 1UL << 30 };
	struct rlimit core = { 0, 0 };
	struct sigaction tick = { .sa_handler = on_tick };

	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CORE, &core);
	sigaction(SIGUSR1, &tick, NULL);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

/* The end: threads may stop at different times, and what is open is closed by hand or
 * by the end of the process.
 */
static void end_round(struct rng *r)
{
	unsigned int n = one_in(r, 2) ? 0 : below(r, 100);

	while (n--)
		close_some(r);
	count_event(EV_ROUND);
	_exit(0);
}

static void run_round(uint64_t seed)
{
	struct rng r = { .state = seed }, of_thread[MAX_THREADS];
	pthread_t id[MAX_THREADS];
	unsigned int i;

	setpgid(0, 0);
	set_limits();
	make_world(&r);
	pthread_barrier_init(&all_there, NULL, opt.threads);
	for (i = 0; i < opt.threads; i++) {
		of_thread[i].state = rng_next(&r);
		if (pthread_create(&id[i], NULL, thread_main, &of_thread[i]))
			_exit(3);
	}
	for (i = 0; i < opt.threads; i++)
		pthread_join(id[i], NULL);
	end_round(&r);
}

/* ---- the run ---- */

static void tell_kernel(unsigned long round)
{
	char line[80];
	int n, fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	n = snprintf(line, sizeof(line), "ioctl_fuzz: seed %lu round %lu\n",
		     (unsigned long)opt.seed, round);
	if (fd < 0)
		return;
	if (write(fd, line, n) < 0)
		perror("/dev/kmsg");
	close(fd);
}

static void show_file(const char *fmt, int pid)
{
	char command[160];

	snprintf(command, sizeof(command), fmt, pid);
	if (system(command) < 0)
		perror(command);
}

/* The process does not die: say where it is. */
static void report_hang(pid_t pid, unsigned long round)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	printf("ioctl_fuzz: HANG: process %d of round %lu does not end\n", pid, round);
	fflush(stdout);
	show_file("tail -n 30 /proc/%d/task/*/stack /proc/[0-9]*/task/*/wchan | head -n 400",
		  pid);
	if (fd >= 0 && write(fd, "w", 1) < 0)
		perror("sysrq");
	sleep(2);
}

/* False: it does not die. */
static bool wait_for(pid_t pid, double seconds, int *status)
{
	double end = now() + seconds;

	do {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		usleep(5000);
	} while (now() < end);
	return false;
}

/* True: the round ended as it should. */
static bool judge_round(unsigned long round, int status, bool killed)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && killed)
		return true;
	printf("ioctl_fuzz: round %lu ended with %s %d\n", round,
	       WIFEXITED(status) ? "code" : "signal",
	       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return false;
}

static bool do_round(unsigned long round)
{
	struct rng r = { .state = opt.seed * 0x100000001b3ULL ^ round };
	double limit = one_in(&r, 4) ? below(&r, 3000) / 1000.0 : ROUND_SECONDS;
	bool killed = false;
	int status = 0;
	pid_t pid;

	tell_kernel(round);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return false;
	}
	if (!pid)
		run_round(rng_next(&r));
	if (!wait_for(pid, limit, &status)) {
		killed = true;
		count_event(EV_KILLED);
		kill(pid, SIGKILL);
		if (!wait_for(pid, KILL_SECONDS, &status)) {
			report_hang(pid, round);
			return false;
		}
	}
	kill(-pid, SIGKILL);	/* children that are left */
	return judge_round(round, status, killed);
}

static bool is_over(double start, unsigned long done)
{
	bool enough = opt.rounds ? done >= opt.rounds : now() - start >= opt.seconds;

	if (!enough || !opt.cover || !nr_missing())
		return enough;
	/* A slow machine gets more time to get everywhere, but not for ever. */
	return now() - start >= 10 * opt.seconds + 300;
}

static void usage(FILE *to)
{
	fprintf(to, "Usage: ioctl_fuzz [OPTION...]\n"
		"  --seed N      of the whole run (the time)\n"
		"  --seconds S   how long (60)\n"
		"  --rounds N    a number of rounds in place of a time\n"
		"  --round N     the first round; with --rounds 1: this one alone\n"
		"  --threads T   in each round (4)\n"
		"  --ops N       of each thread in a round, about (150)\n"
		"  --still       no random guests: only that of the bus runs\n"
		"  --cover       fail when a call never succeeded; go on until then for\n"
		"                ten times the time\n"
		"Exit code: 0, 1 a round failed, 2 usage, 4 something was never reached\n");
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "round", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 'j' },
		{ "ops", required_argument, NULL, 'o' },
		{ "cover", no_argument, NULL, 'c' },
		{ "still", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	opt.seed = time(NULL);
	opt.seconds = 60;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		unsigned long val = optarg ? strtoul(optarg, NULL, 0) : 0;

		switch (c) {
		case 's':
			opt.seed = val;
			break;
		case 't':
			opt.seconds = val;
			break;
		case 'n':
			opt.rounds = val;
			break;
		case 'r':
			opt.first_round = val;
			break;
		case 'j':
			opt.threads = val;
			break;
		case 'o':
			opt.ops = val;
			break;
		case 'c':
			opt.cover = true;
			break;
		case 'q':
			still_guests = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (!opt.threads || opt.threads > MAX_THREADS || !opt.ops || optind < argc) {
		usage(stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	unsigned long done = 0;
	bool good = true;
	double start;

	parse(argc, argv);
	stats = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stats == MAP_FAILED || nr_rows() > MAX_ROWS || EV_NR > MAX_EVENTS) {
		fprintf(stderr, "ioctl_fuzz: no room for counters\n");
		return 1;
	}
	printf("ioctl_fuzz: seed %lu, %u threads\n", (unsigned long)opt.seed, opt.threads);
	fflush(stdout);
	start = now();
	while (good && !is_over(start, done)) {
		good = do_round(opt.first_round + done);
		done++;
	}
	print_report();
	printf("ioctl_fuzz: seed %lu: %lu rounds in %.0f s\n", (unsigned long)opt.seed,
	       done, now() - start);
	if (!good)
		printf("ioctl_fuzz: failed in round %lu: --seed %lu --round %lu --rounds 1\n",
		       opt.first_round + done - 1, (unsigned long)opt.seed,
		       opt.first_round + done - 1);
	else if (opt.cover && nr_missing())
		printf("ioctl_fuzz: %u things were never reached\n", nr_missing());
	return !good ? 1 : opt.cover && nr_missing() ? 4 : 0;
}
