// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl attach: a VMBus with disks for a partition that another VMM has made, as
 * long as this process runs and the partition lives.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <jansson.h>
#include <hvroot.h>
#include "hvctl.h"
#include "storage.h"

#define NOT_YET_TRIES	50	/* while the VMM makes the partition */
#define NOT_YET_MS	100

static const char usage_text[] =
"usage: hvctl attach --partition ID --disk FILE [--disk FILE...] [--json]\n"
"\n"
"Serves disks over VMBus to a partition of any VMM, until it is told to end or the\n"
"partition ends. hvctl list shows the partitions.\n"
"\n"
"  --partition ID  number of the partition\n"
"  --disk FILE     fixed VHD (.vhd), raw image or block device; repeatable\n"
"  --json          report each event as one line of JSON on standard output\n"
"  --help          this text\n"
"\n"
"SIGINT, SIGTERM and SIGHUP detach: the guest loses the disks as if they were\n"
"unplugged, everything it wrote is flushed to the media.\n"
"Exit status: 0 detached, 1 error, 2 usage, 7 the partition ended.\n";

struct attachment {
	uint64_t id;
	const char *disks[STORAGE_MAX_DISKS];
	unsigned int nr_disks;
	bool json;
	int bus;
	int signals;
};

static const struct option options[] = {
	{ "partition", required_argument, NULL, 'p' },
	{ "disk", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

/* HVCTL_OK to go on; anything else is the exit status, as is *help. */
static int parse_options(struct attachment *a, int argc, char **argv, bool *help)
{
	bool good = true;
	int opt;

	while (good && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			good = parse_number(optarg, 1, INT64_MAX, &a->id);
			break;
		case 'd':
			good = *optarg && a->nr_disks < STORAGE_MAX_DISKS;
			if (good)
				a->disks[a->nr_disks++] = optarg;
			break;
		case 'j':
			a->json = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			*help = true;
			return HVCTL_OK;
		default:
			return HVCTL_USAGE;
		}
	}
	if (!good)
		report("hvctl attach --help", "bad value '%s'", optarg);
	else if (optind < argc)
		report("hvctl attach --help", "unexpected argument '%s'", argv[optind]);
	else if (!a->id || !a->nr_disks)
		report("hvctl attach --help", "--partition and --disk are needed");
	else
		return HVCTL_OK;
	return HVCTL_USAGE;
}

/* ---- the bus ---- */

static void explain(const struct attachment *a, int err)
{
	const char *cure = NULL, *text = strerror(-err);

	if (access(HVR_VMBUS_DEVICE, F_OK)) {
		report("modprobe hvroot_vmbus", "%s: %s", HVR_VMBUS_DEVICE, strerror(errno));
		return;
	}
	switch (-err) {
	case EACCES:
		report(device_cure(err), "%s: %s", HVR_VMBUS_DEVICE, text);
		return;
	case ENOENT:
		text = "no such partition";
		cure = "hvctl list shows what exists";
		break;
	case EPERM:
		text = "belongs to another user";
		cure = "run as that user, or as root";
		break;
	case EBUSY:
		text = "its bus is served already";
		cure = "end the other hvctl attach; a machine of hvctl run needs --vmbus attach";
		break;
	case EAGAIN:
		text = "its VMM has not initialized it";
		break;
	case ENODEV:
		text = "is ending";
		break;
	}
	report(cure, "partition %llu: %s", (unsigned long long)a->id, text);
}

static int open_bus(struct attachment *a)
{
	int tries;

	for (tries = 0; tries < NOT_YET_TRIES; tries++) {
		a->bus = hvroot_bus_attach_id(a->id);
		if (a->bus != -EAGAIN)
			break;
		usleep(NOT_YET_MS * 1000);
	}
	if (a->bus >= 0)
		return 0;
	explain(a, a->bus);
	return -1;
}

static int open_signals(struct attachment *a)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (a->signals >= 0)
		return 0;
	report(NULL, "signalfd: %s", strerror(errno));
	return -1;
}

/* ---- what happens ---- */

static void announce(const struct attachment *a, const char *event, const char *text)
{
	json_t *root, *disks;
	unsigned int n;

	if (!a->json) {
		report(NULL, "partition %llu: %s", (unsigned long long)a->id, text);
		return;
	}
	disks = json_array();
	for (n = 0; n < a->nr_disks; n++)
		json_array_append_new(disks, json_string(a->disks[n]));
	root = json_pack("{s:s, s:I, s:o}", "event", event, "partition", (json_int_t)a->id,
			 "disks", disks);
	if (root)
		json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(root);
}

/* True: the partition ended; false: a signal asks for the end. */
static bool wait_for_end(const struct attachment *a)
{
	struct pollfd p[] = {
		{ .fd = a->bus },
		{ .fd = a->signals, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents)
			return true;
		if (p[1].revents)
			return false;
	}
}

static bool has_ended(const struct attachment *a)
{
	struct pollfd p = { .fd = a->bus };

	return poll(&p, 1, 0) > 0;
}

static int serve(struct attachment *a)
{
	struct storage *storage = storage_attach(a->id, a->disks, a->nr_disks);
	int ret = HVCTL_OK;

	if (!storage) {
		if (!has_ended(a))
			return HVCTL_ERROR;
		announce(a, "ended", "has ended");
		return HVCTL_GONE;
	}
	announce(a, "attached", "attached; Ctrl-C or SIGTERM detaches");
	if (wait_for_end(a)) {
		announce(a, "ended", "has ended");
		ret = HVCTL_GONE;
	} else {
		announce(a, "detaching", "detaching");
	}
	storage_detach(storage);
	if (storage_sync(a->disks, a->nr_disks))
		return HVCTL_ERROR;
	if (ret == HVCTL_OK)
		announce(a, "detached", "detached");
	return ret;
}

int cmd_attach(int argc, char **argv)
{
	struct attachment a = { .bus = -1 };
	bool help = false;
	int ret = parse_options(&a, argc, argv, &help);

	if (ret || help)
		return ret;
	if (open_signals(&a) || open_bus(&a))
		return HVCTL_ERROR;
	ret = serve(&a);
	close(a.bus);
	close(a.signals);
	return ret;
}
