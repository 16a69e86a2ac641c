// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl run: options, the event loop beside the VP threads, and how the machine
 * ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include "control.h"
#include "hvctl.h"
#include "machine.h"
#include "storage.h"

#define MIB			(1ULL << 20)
#define MIN_MEMORY		(64 * MIB)
#define MAX_MEMORY		(1ULL << 43)
#define DEFAULT_MEMORY		(512 * MIB)
#define DEFAULT_CMDLINE		"console=ttyS0,115200"
#define CRASH_POLL_MS		200	/* how often to look for a crash report */
#define CRASH_GRACE_MS		1000	/* for the guest's last lines after one */
#define BUS_POLL_MS		100	/* while nobody serves the bus */
#define INPUT_RETRY_MS		10	/* while the guest takes no input */
#define INPUT_CHUNK		64

static const char usage_text[] =
"usage: hvctl run --kernel FILE [OPTIONS]\n"
"\n"
"  --kernel FILE       Linux bzImage (64 bit), PVH or multiboot ELF image\n"
"  --initrd FILE       initial RAM disk\n"
"  --append TEXT       kernel command line (default: " DEFAULT_CMDLINE ")\n"
"  --memory SIZE       guest memory, MiB or with suffix M or G (default: 512)\n"
"  --vps N             virtual processors, 1 to 64 (default: 1)\n"
"  --disk FILE         fixed VHD (.vhd), raw image or block device; repeatable\n"
"  --console WHERE     stdio (default), pty, file:PATH or none\n"
"  --name NAME         name for hvctl list and hvctl stop\n"
"  --vmbus WHOSE       own (default); none: no disks, no synthetic devices; or\n"
"                      attach: start when hvctl attach serves it\n"
"  --no-vmbus          the same as --vmbus none\n"
"  --on-reboot WHAT    exit (default) or restart\n"
"  --on-panic WHAT     exit (default) or continue, for a guest with kdump\n"
"  --json              print how the machine ended as JSON, on stderr\n"
"  --debug             show registers on a triple fault\n"
"  --help              this text\n"
"\n"
"On a terminal, Ctrl-A x ends the machine; Ctrl-A Ctrl-A sends one Ctrl-A.\n"
"Exit status: 0 power-off, 1 error, 2 usage, 3 reboot, 4 panic, 5 triple fault,\n"
"6 stopped by a signal, Ctrl-A x or hvctl stop.\n";

enum {
	OPT_KERNEL = 256, OPT_INITRD, OPT_APPEND, OPT_MEMORY, OPT_VPS, OPT_DISK, OPT_CONSOLE,
	OPT_NAME, OPT_VMBUS, OPT_NO_VMBUS, OPT_ON_REBOOT, OPT_ON_PANIC, OPT_JSON, OPT_DEBUG,
	OPT_HELP,
};

static const struct option options[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "append", required_argument, NULL, OPT_APPEND },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "vps", required_argument, NULL, OPT_VPS },
	{ "disk", required_argument, NULL, OPT_DISK },
	{ "console", required_argument, NULL, OPT_CONSOLE },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "vmbus", required_argument, NULL, OPT_VMBUS },
	{ "no-vmbus", no_argument, NULL, OPT_NO_VMBUS },
	{ "on-reboot", required_argument, NULL, OPT_ON_REBOOT },
	{ "on-panic", required_argument, NULL, OPT_ON_PANIC },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "debug", no_argument, NULL, OPT_DEBUG },
	{ "help", no_argument, NULL, OPT_HELP },
	{ }
};

/* One of two words. */
static bool parse_choice(const char *text, const char *no, const char *yes, bool *value)
{
	*value = !strcmp(text, yes);
	return *value || !strcmp(text, no);
}

static bool parse_bus(struct machine_config *cfg, const char *text)
{
	bool attach = false;

	cfg->bus = BUS_OWN;
	if (!strcmp(text, "own"))
		return true;
	if (!parse_choice(text, "none", "attach", &attach))
		return false;
	cfg->bus = attach ? BUS_ATTACH : BUS_NONE;
	return true;
}

static bool valid_console(const char *text)
{
	return !strcmp(text, "stdio") || !strcmp(text, "pty") || !strcmp(text, "none") ||
	       (!strncmp(text, "file:", 5) && text[5]);
}

static bool valid_name(const char *text)
{
	size_t len = strlen(text);

	return len && len < MACHINE_NAME_LEN &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
	       len;
}

static bool take_option(struct machine_config *cfg, int opt, const char *arg)
{
	uint64_t n;

	switch (opt) {
	case OPT_KERNEL:
		cfg->kernel = arg;
		return true;
	case OPT_INITRD:
		cfg->initrd = arg;
		return true;
	case OPT_APPEND:
		cfg->cmdline = arg;
		return true;
	case OPT_MEMORY:
		return parse_size(arg, MIB, &cfg->memory) && cfg->memory >= MIN_MEMORY &&
		       cfg->memory <= MAX_MEMORY && !(cfg->memory % MIB);
	case OPT_VPS:
		if (!parse_number(arg, 1, MACHINE_MAX_VPS, &n))
			return false;
		cfg->vps = n;
		return true;
	case OPT_DISK:
		if (cfg->nr_disks == STORAGE_MAX_DISKS)
			return false;
		cfg->disks[cfg->nr_disks++] = arg;
		return *arg;
	case OPT_CONSOLE:
		cfg->console = arg;
		return valid_console(arg);
	case OPT_NAME:
		cfg->name = arg;
		return valid_name(arg);
	case OPT_VMBUS:
		return parse_bus(cfg, arg);
	case OPT_NO_VMBUS:
		cfg->bus = BUS_NONE;
		return true;
	case OPT_ON_REBOOT:
		return parse_choice(arg, "exit", "restart", &cfg->restart);
	case OPT_ON_PANIC:
		return parse_choice(arg, "exit", "continue", &cfg->crash_continues);
	case OPT_JSON:
		cfg->json = true;
		return true;
	case OPT_DEBUG:
		cfg->debug = true;
		return true;
	default:
		return false;
	}
}

/* HVCTL_OK to go on; anything else is the exit status, as is *help. */
static int parse_options(struct machine_config *cfg, int argc, char **argv, bool *help)
{
	int opt, index = 0;

	while ((opt = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage_text, stdout);
			*help = true;
			return HVCTL_OK;
		}
		if (opt == '?')
			return HVCTL_USAGE;
		if (!take_option(cfg, opt, optarg)) {
			report("hvctl run --help shows what is allowed", "--%s: bad value '%s'",
			       options[index].name, optarg ? optarg : "");
			return HVCTL_USAGE;
		}
	}
	if (optind < argc) {
		report(NULL, "unexpected argument '%s'", argv[optind]);
		return HVCTL_USAGE;
	}
	if (!cfg->kernel) {
		report("hvctl run --help shows the options", "--kernel is missing");
		return HVCTL_USAGE;
	}
	if (cfg->nr_disks && cfg->bus != BUS_OWN) {
		report(cfg->bus == BUS_ATTACH ? "give the disks to hvctl attach" : NULL,
		       "--disk needs a VMBus of the machine's own");
		return HVCTL_USAGE;
	}
	return HVCTL_OK;
}

/* ---- how it ended ---- */

struct outcome {
	enum machine_end end;
	struct hvr_ext_crash crash;
	char message[HVR_EXT_CRASH_MESSAGE_LEN + 1];
};

static bool crashed(struct machine *m, struct outcome *o)
{
	char *p;

	memset(&o->crash, 0, sizeof(o->crash));
	o->crash.message = (uintptr_t)o->message;
	o->crash.message_size = HVR_EXT_CRASH_MESSAGE_LEN;
	/* Another implementation of the device does not know the extension. */
	if (hvroot_crash_get(m->pt, &o->crash) || !(o->crash.flags & HVR_EXT_CRASH_VALID))
		return false;
	if (!(o->crash.flags & HVR_EXT_CRASH_MESSAGE))
		o->crash.message_len = 0;
	if (o->crash.message_len > HVR_EXT_CRASH_MESSAGE_LEN)
		o->crash.message_len = HVR_EXT_CRASH_MESSAGE_LEN;
	o->message[o->crash.message_len] = 0;
	/* The guest's text goes to a terminal: nothing but plain characters. */
	for (p = o->message; p < o->message + o->crash.message_len; p++)
		if ((*p < ' ' || *p >= 0x7f) && *p != '\t' && *p != '\n')
			*p = '?';
	return true;
}

static const struct {
	const char *name;
	const char *text;
	int status;
} ends[] = {
	[MACHINE_POWEROFF]	= { "poweroff", "guest powered off", HVCTL_OK },
	[MACHINE_REBOOT]	= { "reboot", "guest asked for a reboot", HVCTL_REBOOT },
	[MACHINE_PANIC]		= { "panic", "guest panic", HVCTL_PANIC },
	[MACHINE_TRIPLE_FAULT]	= { "triple-fault", "guest triple fault", HVCTL_TRIPLE },
	[MACHINE_STOPPED]	= { "stopped", "machine stopped from outside", HVCTL_STOPPED },
	[MACHINE_FAILED]	= { "error", "machine failed", HVCTL_ERROR },
};

static void print_message(const struct outcome *o)
{
	const char *p;

	fputs("hvctl: the guest's last words:\r\n", stderr);
	for (p = o->message; *p; p++) {
		if (*p == '\n')
			fputc('\r', stderr);
		fputc(*p, stderr);
	}
	fputs("\r\n", stderr);
}

static json_t *hex(uint64_t val)
{
	return json_sprintf("0x%llx", (unsigned long long)val);
}

static void print_json(const struct machine_config *cfg, const struct outcome *o)
{
	json_t *root = json_pack("{s:s, s:s, s:i}", "name", cfg->name, "end",
				 ends[o->end].name, "status", ends[o->end].status);
	unsigned int i;

	if (root && o->end == MACHINE_PANIC) {
		json_t *params = json_array();

		for (i = 0; i < 5; i++)
			json_array_append_new(params, hex(o->crash.param[i]));
		json_object_set_new(root, "parameters", params);
		json_object_set_new(root, "vp", json_integer(o->crash.vp_index));
		if (o->crash.message_len)
			json_object_set_new(root, "message", json_string(o->message));
	}
	if (root)
		json_dumpf(root, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(root);
}

static void print_outcome(const struct machine_config *cfg, const struct outcome *o)
{
	const struct hvr_ext_crash *c = &o->crash;

	if (cfg->json) {
		print_json(cfg, o);
		return;
	}
	if (o->end != MACHINE_PANIC) {
		report(NULL, "%s: %s", cfg->name, ends[o->end].text);
		return;
	}
	report(NULL, "%s: guest panic, reported by VP %u: %llx %llx %llx %llx %llx", cfg->name,
	       c->vp_index, (unsigned long long)c->param[0], (unsigned long long)c->param[1],
	       (unsigned long long)c->param[2], (unsigned long long)c->param[3],
	       (unsigned long long)c->param[4]);
	if (c->message_len)
		print_message(o);
}

/* ---- the event loop ---- */

struct loop {
	struct machine *m;
	struct control control;
	int signals;
	struct timespec start;
	int64_t crash_time;	/* ms since start, -1: none seen */
	struct outcome *outcome;
};

static int64_t since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000LL + (now.tv_nsec - start->tv_nsec) / 1000000;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGUSR1);	/* the VP threads alone let it in */
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGUSR1);
	sigdelset(&set, SIGPIPE);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void take_signal(struct loop *l)
{
	struct signalfd_siginfo info;

	if (read(l->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGQUIT)
		vcpus_dump(l->m);
	else
		machine_end(l->m, MACHINE_STOPPED);
}

static void serve_control(struct loop *l)
{
	struct machine *m = l->m;
	struct control_info info = {
		.id = m->id,
		.memory = m->cfg->memory,
		.vps = m->cfg->vps,
		.disks = m->cfg->nr_disks,
		.uptime = since(&l->start) / 1000,
		.pid = getpid(),
	};
	unsigned int i;

	for (i = 0; i < m->nr_vcpus; i++)
		info.exits += atomic_load(&m->vcpus[i].exits);
	snprintf(info.name, sizeof(info.name), "%s", m->cfg->name);
	snprintf(info.kernel, sizeof(info.kernel), "%s", m->cfg->kernel);
	if (control_serve(&l->control, &info))
		machine_end(m, MACHINE_STOPPED);
}

static void take_input(struct loop *l, unsigned int room)
{
	uint8_t buf[INPUT_CHUNK];
	bool quit = false;
	int n = console_read(&l->m->console, buf, room < sizeof(buf) ? room : sizeof(buf), &quit);

	if (n > 0)
		devices_input(l->m, buf, n);
	if (quit)
		machine_end(l->m, MACHINE_STOPPED);
}

/* A crash report does not end a guest; look for it now and then. */
static void look_for_crash(struct loop *l)
{
	if (l->crash_time < 0) {
		if (crashed(l->m, l->outcome))
			l->crash_time = since(&l->start);
		return;
	}
	if (!l->m->cfg->crash_continues && since(&l->start) - l->crash_time >= CRASH_GRACE_MS)
		machine_end(l->m, MACHINE_PANIC);
}

static void event_loop(struct loop *l)
{
	struct machine *m = l->m;

	while (atomic_load(&m->end) == MACHINE_RUNS) {
		unsigned int room = m->console.in >= 0 ? devices_input_room(m) : 0;
		bool waits = m->console.in >= 0 && !room;
		struct pollfd p[] = {
			{ .fd = m->end_fd, .events = POLLIN },
			{ .fd = l->signals, .events = POLLIN },
			{ .fd = l->control.fd, .events = POLLIN },
			{ .fd = room ? m->console.in : -1, .events = POLLIN },
		};

		if (poll(p, 4, waits ? INPUT_RETRY_MS : CRASH_POLL_MS) < 0 && errno != EINTR) {
			report(NULL, "poll: %s", strerror(errno));
			machine_end(m, MACHINE_FAILED);
		}
		if (p[1].revents)
			take_signal(l);
		if (p[2].revents)
			serve_control(l);
		if (p[3].revents)
			take_input(l, room);
		look_for_crash(l);
	}
}

/*
 * A guest looks for its bus once, when it starts, so the processors wait. True:
 * somebody serves it now, or the machine was stopped.
 */
static bool wait_for_bus(struct loop *l)
{
	struct machine *m = l->m;
	struct hvr_vmbus_info info;
	int ret, bus;

	if (m->cfg->bus != BUS_ATTACH)
		return true;
	bus = open(HVR_VMBUS_DEVICE, O_RDWR | O_CLOEXEC);
	if (bus < 0) {
		report("modprobe hvroot_vmbus", "%s: %s", HVR_VMBUS_DEVICE, strerror(errno));
		return false;
	}
	report(NULL, "%s: waits for hvctl attach --partition %llu", m->cfg->name,
	       (unsigned long long)m->id);
	while ((ret = hvroot_bus_info_id(bus, m->id, &info)) == -ENOTCONN &&
	       atomic_load(&m->end) == MACHINE_RUNS) {
		struct pollfd p[] = {
			{ .fd = l->signals, .events = POLLIN },
			{ .fd = l->control.fd, .events = POLLIN },
		};

		if (poll(p, 2, BUS_POLL_MS) > 0 && p[0].revents)
			take_signal(l);
		if (p[1].revents)
			serve_control(l);
	}
	if (ret && ret != -ENOTCONN)
		report(NULL, "VMBus: %s", strerror(-ret));
	close(bus);
	return !ret || ret == -ENOTCONN;
}

/* One life of the machine; false when it could not start. */
static bool run_once(struct machine_config *cfg, struct loop *l, struct outcome *o)
{
	struct storage *storage = NULL;
	struct machine *m = l->m;
	bool ran = false;

	o->end = MACHINE_FAILED;
	l->crash_time = -1;
	clock_gettime(CLOCK_MONOTONIC, &l->start);
	if (machine_create(m, cfg))
		goto out;
	if (cfg->nr_disks) {
		storage = storage_attach(m->id, cfg->disks, cfg->nr_disks);
		if (!storage)
			goto out;
	}
	if (!wait_for_bus(l))
		goto out;
	if (atomic_load(&m->end) == MACHINE_RUNS &&
	    (console_open(&m->console, cfg->console, &m->stop) || machine_boot(m)))
		goto out;
	ran = true;
	event_loop(l);
	vcpus_stop(m);
	o->end = atomic_load(&m->end);
	if (o->end != MACHINE_STOPPED && o->end != MACHINE_FAILED && crashed(m, o))
		o->end = MACHINE_PANIC;
out:
	vcpus_stop(m);
	console_close(&m->console);
	/* Only then are the disks idle for good: there is no guest to part with them. */
	machine_destroy(m);
	storage_detach(storage);
	return ran;
}

int cmd_run(int argc, char **argv)
{
	struct machine_config cfg = {
		.cmdline = DEFAULT_CMDLINE,
		.console = "stdio",
		.memory = DEFAULT_MEMORY,
		.vps = 1,
	};
	static struct outcome outcome;
	static struct machine machine;
	struct loop loop = { .m = &machine, .outcome = &outcome };
	char name[32];
	bool help = false, ran;
	int ret = parse_options(&cfg, argc, argv, &help);

	if (ret || help)
		return ret;
	if (!cfg.name) {
		snprintf(name, sizeof(name), "vm-%d", getpid());
		cfg.name = name;
	}
	loop.signals = open_signals();
	if (loop.signals < 0) {
		report(NULL, "signalfd: %s", strerror(errno));
		return HVCTL_ERROR;
	}
	vcpu_setup_signals();
	control_open(&loop.control);
	do {
		ran = run_once(&cfg, &loop, &outcome);
	} while (ran && cfg.restart && outcome.end == MACHINE_REBOOT);
	control_close(&loop.control);
	close(loop.signals);
	if (ran)
		print_outcome(&cfg, &outcome);
	return ran ? ends[outcome.end].status : HVCTL_ERROR;
}
