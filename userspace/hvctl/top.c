// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl top: counters of all partitions and their VPs as rates, live on a terminal
 * or a number of times for programs.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include "hvctl.h"
#include "partitions.h"

#define MAX_VPS		256
#define DEFAULT_MS	2000
#define CLEAR_LINE	"\033[K"
#define CLEAR_REST	"\033[J"
#define HOME		"\033[H"

static const char usage_text[] =
"usage: hvctl top [--interval SECONDS] [--vps] [-b] [-n N] [--json]\n"
"\n"
"Partitions of any VMM, the busiest first: what their processors do per second.\n"
"\n"
"  --interval SECONDS  between two looks, 0.1 to 3600 (default: 2)\n"
"  --vps               a line per virtual processor\n"
"  -b, --batch         print, do not draw; so, too, when this is no terminal\n"
"  -n, --count N       end after N times (default: go on)\n"
"  --json              batch, one line of JSON each time\n"
"\n"
"Keys: q ends, v switches between partitions and processors.\n"
"VMM/s are exits that the VMM had to handle, FAULT/s page-ins and emulated devices,\n"
"HALT/s times that a processor fell idle.\n";

struct config {
	int interval;		/* ms */
	uint64_t count;		/* 0: for ever */
	bool vps, batch, json;
};

struct rates {
	double exits, to_vmm, hypercalls, interrupts, faults, halts;
};

struct vp {
	struct hvr_ext_vp now;
	struct rates rates;
};

struct row {
	struct hvr_ext_partition pt;
	unsigned int nr_vps;
	struct vp *vps;
	struct rates rates;
};

struct look {
	struct row rows[MAX_PARTITIONS];
	unsigned int count;
	double time;
};

static volatile sig_atomic_t stop;

/* ---- one look at everything ---- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void forget(struct look *look)
{
	unsigned int i;

	for (i = 0; i < look->count; i++)
		free(look->rows[i].vps);
	look->count = 0;
}

/* A partition that goes meanwhile is left out. */
static int add_row(struct look *look, int dev, const struct hvr_ext_partition *pt)
{
	struct row *row = &look->rows[look->count];
	struct hvr_ext_vp vps[MAX_VPS];
	int i, n = hvroot_list_vps(dev, pt->id, vps, MAX_VPS);

	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return n;
	memset(row, 0, sizeof(*row));
	row->pt = *pt;
	row->nr_vps = n;
	row->vps = calloc(n + 1, sizeof(*row->vps));
	if (!row->vps)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		row->vps[i].now = vps[i];
	look->count++;
	return 0;
}

static int take_look(struct look *look, int dev)
{
	static struct partitions all;
	unsigned int i;
	int ret = partitions_read(dev, &all);

	forget(look);
	look->time = now();
	for (i = 0; !ret && i < all.count; i++)
		ret = add_row(look, dev, &all.list[i]);
	return ret;
}

/* ---- from two looks to rates ---- */

static const struct row *find_row(const struct look *look, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < look->count; i++)
		if (look->rows[i].pt.id == id)
			return &look->rows[i];
	return NULL;
}

static const struct hvr_ext_vp *find_vp(const struct row *row, uint32_t index)
{
	static const struct hvr_ext_vp none;
	unsigned int i;

	for (i = 0; row && i < row->nr_vps; i++)
		if (row->vps[i].now.index == index)
			return &row->vps[i].now;
	return &none;
}

static void add_rates(struct rates *sum, const struct rates *r)
{
	sum->exits += r->exits;
	sum->to_vmm += r->to_vmm;
	sum->hypercalls += r->hypercalls;
	sum->interrupts += r->interrupts;
	sum->faults += r->faults;
	sum->halts += r->halts;
}

/* What was not there before had counted from zero. */
static void rate_row(struct row *row, const struct row *before, double seconds)
{
	unsigned int i;

	for (i = 0; i < row->nr_vps; i++) {
		struct vp *vp = &row->vps[i];
		const struct hvr_ext_vp *new = &vp->now, *old = find_vp(before, new->index);

		vp->rates = (struct rates){
			.exits = (new->exits - old->exits) / seconds,
			.to_vmm = (new->exits_to_vmm - old->exits_to_vmm) / seconds,
			.hypercalls = (new->hypercalls - old->hypercalls) / seconds,
			.interrupts = (new->interrupts - old->interrupts) / seconds,
			.faults = (new->faults - old->faults) / seconds,
			.halts = (new->halts - old->halts) / seconds,
		};
		add_rates(&row->rates, &vp->rates);
	}
}

static int compare_rates(double a, double b, uint64_t id_a, uint64_t id_b)
{
	if (a != b)
		return a < b ? 1 : -1;
	return id_a < id_b ? -1 : id_a > id_b;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *ra = a, *rb = b;

	return compare_rates(ra->rates.exits, rb->rates.exits, ra->pt.id, rb->pt.id);
}

static int compare_vps(const void *a, const void *b)
{
	const struct vp *va = a, *vb = b;

	return compare_rates(va->rates.exits, vb->rates.exits, va->now.index, vb->now.index);
}

static void rate_look(struct look *look, const struct look *before)
{
	double seconds = look->time - before->time;
	unsigned int i;

	for (i = 0; i < look->count; i++) {
		struct row *row = &look->rows[i];

		rate_row(row, find_row(before, row->pt.id), seconds > 0 ? seconds : 1);
		qsort(row->vps, row->nr_vps, sizeof(*row->vps), compare_vps);
	}
	qsort(look->rows, look->count, sizeof(look->rows[0]), compare_rows);
}

/* ---- text ---- */

static const char *activity(const struct hvr_ext_vp *vp)
{
	static const char * const names[] = {
		[HVR_EXT_VP_RUNS] = "runs",
		[HVR_EXT_VP_HALTED] = "halted",
		[HVR_EXT_VP_WAITS_SIPI] = "not started",
		[HVR_EXT_VP_DOWN] = "down",
	};

	return vp->activity < sizeof(names) / sizeof(names[0]) ? names[vp->activity] : "?";
}

/* Lines that fit; each ends in @eol. */
struct page {
	unsigned int left;
	const char *eol;
};

static void print_rates(const struct rates *r, const char *eol)
{
	printf(" %9.0f %9.0f %9.0f %9.0f %9.0f %9.0f%s", r->exits, r->to_vmm, r->hypercalls,
	       r->interrupts, r->faults, r->halts, eol);
}

static void print_vps(const struct row *row, struct page *page)
{
	unsigned int i;

	for (i = 0; i < row->nr_vps && page->left; i++, page->left--) {
		const struct hvr_ext_vp *vp = &row->vps[i].now;

		printf("%-6llu %-4u %3d %-27s", (unsigned long long)row->pt.id, vp->index, vp->cpu,
		       activity(vp));
		print_rates(&row->vps[i].rates, page->eol);
	}
}

static void print_row(const struct row *row, struct page *page)
{
	char buf[HVR_EXT_COMM_LEN + 1];

	if (!page->left)
		return;
	page->left--;
	printf("%-6llu %-8d %-16s %3u %-6s", (unsigned long long)row->pt.id, row->pt.owner_pid,
	       partition_owner(&row->pt, buf), row->nr_vps, partition_state(&row->pt));
	print_rates(&row->rates, page->eol);
}

static void print_look(const struct look *look, const struct config *cfg, struct page page)
{
	unsigned int i;

	printf("%u partition%s%s%s", look->count, look->count == 1 ? "" : "s", page.eol, page.eol);
	printf(cfg->vps ? "%-6s %-4s %3s %-27s" : "%-6s %-8s %-16s %3s %-6s", "ID",
	       cfg->vps ? "VP" : "PID", cfg->vps ? "CPU" : "OWNER", cfg->vps ? "STATE" : "VPS",
	       "STATE");
	printf(" %9s %9s %9s %9s %9s %9s%s", "EXIT/s", "VMM/s", "HCALL/s", "IRQ/s", "FAULT/s",
	       "HALT/s", page.eol);
	for (i = 0; i < look->count; i++)
		if (cfg->vps)
			print_vps(&look->rows[i], &page);
		else
			print_row(&look->rows[i], &page);
}

/* ---- JSON ---- */

static void set_rates(json_t *to, const struct rates *r)
{
	json_object_set_new(to, "exits_per_second", json_real(r->exits));
	json_object_set_new(to, "exits_to_vmm_per_second", json_real(r->to_vmm));
	json_object_set_new(to, "hypercalls_per_second", json_real(r->hypercalls));
	json_object_set_new(to, "interrupts_per_second", json_real(r->interrupts));
	json_object_set_new(to, "faults_per_second", json_real(r->faults));
	json_object_set_new(to, "halts_per_second", json_real(r->halts));
}

static json_t *row_json(const struct row *row)
{
	char buf[HVR_EXT_COMM_LEN + 1];
	json_t *root, *vps = json_array();
	unsigned int i;

	for (i = 0; i < row->nr_vps; i++) {
		const struct hvr_ext_vp *vp = &row->vps[i].now;
		json_t *v = json_pack("{s:i, s:i, s:s, s:I}", "index", (int)vp->index, "cpu",
				      (int)vp->cpu, "state", activity(vp), "exits",
				      (json_int_t)vp->exits);

		set_rates(v, &row->vps[i].rates);
		json_array_append_new(vps, v);
	}
	root = json_pack("{s:I, s:i, s:s, s:s, s:I, s:I, s:o}", "id", (json_int_t)row->pt.id,
			 "pid", (int)row->pt.owner_pid, "owner", partition_owner(&row->pt, buf),
			 "state", partition_state(&row->pt), "memory", (json_int_t)row->pt.memory,
			 "exits", (json_int_t)row->pt.exits, "vps", vps);
	set_rates(root, &row->rates);
	return root;
}

static void print_json(const struct look *look, double seconds)
{
	json_t *rows = json_array(), *root;
	unsigned int i;

	for (i = 0; i < look->count; i++)
		json_array_append_new(rows, row_json(&look->rows[i]));
	root = json_pack("{s:f, s:o}", "seconds", seconds, "partitions", rows);
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
}

/* ---- terminal ---- */

static struct termios cooked;

static void restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
	fputs("\033[?25h\n", stdout);
	fflush(stdout);
}

static void prepare_terminal(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &cooked))
		return;
	raw = cooked;
	raw.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	atexit(restore_terminal);
	fputs("\033[?25l" HOME CLEAR_REST, stdout);
}

static unsigned int terminal_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 5)
		return 20;
	return size.ws_row - 4;
}

static void show(const struct look *look, const struct config *cfg, double seconds)
{
	const struct page all = { .left = ~0U, .eol = "\n" };
	const struct page screen = { .left = terminal_lines(), .eol = CLEAR_LINE "\n" };

	if (cfg->json) {
		print_json(look, seconds);
	} else if (cfg->batch) {
		print_look(look, cfg, all);
		putchar('\n');
	} else {
		fputs(HOME, stdout);
		print_look(look, cfg, screen);
		fputs(CLEAR_REST, stdout);
	}
	fflush(stdout);
}

/* Until the next look; a key may ask for it at once, or for the end. */
static void pause_for(struct config *cfg)
{
	struct pollfd p = { .fd = cfg->batch ? -1 : STDIN_FILENO, .events = POLLIN };
	double end = now() + cfg->interval / 1000.0;
	double left;
	char key;

	while (!stop && (left = end - now()) > 0) {
		if (poll(&p, 1, left * 1000 + 1) <= 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q') {
			stop = 1;
		} else if (key == 'v') {
			cfg->vps = !cfg->vps;
			return;
		}
	}
}

/* ---- options ---- */

static const struct option options[] = {
	{ "interval", required_argument, NULL, 'd' },
	{ "vps", no_argument, NULL, 'v' },
	{ "batch", no_argument, NULL, 'b' },
	{ "count", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static bool parse_interval(const char *text, int *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.1 && seconds <= 3600))
		return false;
	*ms = seconds * 1000;
	return true;
}

/* HVCTL_OK to go on; anything else is the exit status, as is *help. */
static int parse_options(struct config *cfg, int argc, char **argv, bool *help)
{
	bool good = true;
	int opt;

	while (good && (opt = getopt_long(argc, argv, "bn:", options, NULL)) != -1) {
		switch (opt) {
		case 'd':
			good = parse_interval(optarg, &cfg->interval);
			break;
		case 'n':
			good = parse_number(optarg, 1, INT64_MAX, &cfg->count);
			break;
		case 'v':
			cfg->vps = true;
			break;
		case 'j':
			cfg->json = true;
			cfg->batch = true;
			break;
		case 'b':
			cfg->batch = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			*help = true;
			return HVCTL_OK;
		default:
			return HVCTL_USAGE;
		}
	}
	if (good && optind == argc)
		return HVCTL_OK;
	report("hvctl top --help", good ? "unexpected argument '%s'" : "bad value '%s'",
	       good ? argv[optind] : optarg);
	return HVCTL_USAGE;
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void catch_signals(void)
{
	const struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
}

static int failed(int err)
{
	if (err == -ENOTTY)
		report("load hvroot of this version", "%s: too old, or another implementation",
		       HVROOT_DEVICE);
	else
		report(device_cure(err), "%s: %s", HVROOT_DEVICE, strerror(-err));
	return HVCTL_ERROR;
}

static int watch(struct config *cfg, int dev)
{
	static struct look looks[2];
	struct look *look = &looks[0], *before = &looks[1], *swap;
	uint64_t shown = 0;
	int ret = take_look(before, dev);

	while (!ret && !stop && (!cfg->count || shown < cfg->count)) {
		pause_for(cfg);
		if (stop)
			break;
		ret = take_look(look, dev);
		if (ret)
			break;
		rate_look(look, before);
		show(look, cfg, look->time - before->time);
		shown++;
		swap = look;
		look = before;
		before = swap;
	}
	forget(look);
	forget(before);
	return ret;
}

int cmd_top(int argc, char **argv)
{
	struct config cfg = { .interval = DEFAULT_MS };
	bool help = false;
	int ret = parse_options(&cfg, argc, argv, &help);
	int dev;

	if (ret || help)
		return ret;
	dev = hvroot_open();
	if (dev < 0)
		return failed(dev);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		cfg.batch = true;
	catch_signals();
	if (!cfg.batch)
		prepare_terminal();
	ret = watch(&cfg, dev);
	close(dev);
	return ret ? failed(ret) : HVCTL_OK;
}
