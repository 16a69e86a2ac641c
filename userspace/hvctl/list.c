// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl list and hvctl stop: machines found through their control sockets, and
 * partitions of other VMMs found through the device.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include <hvroot.h>
#include "control.h"
#include "hvctl.h"
#include "partitions.h"

#define STOP_WAIT_MS	10000
#define STOP_STEP_MS	50

struct found {
	struct control_info machine[MAX_PARTITIONS];
	char path[MAX_PARTITIONS][108];
	unsigned int machines;
	struct partitions partitions;
	int ctl;		/* bus device, or -1 */
};

static struct found found;

static int take_machine(const struct control_info *info, const char *path, void *ctx)
{
	struct found *f = ctx;

	if (f->machines == MAX_PARTITIONS || strlen(path) >= sizeof(f->path[0]))
		return 1;
	f->machine[f->machines] = *info;
	memcpy(f->path[f->machines++], path, strlen(path) + 1);
	return 0;
}

/* Partitions are an extension: without it only our own machines are known. */
static int take_partitions(struct found *f)
{
	int dev = hvroot_open(), ret;

	f->ctl = open_bus_device();
	if (dev < 0)
		return dev;
	ret = partitions_read(dev, &f->partitions);
	close(dev);
	return ret;
}

static const struct control_info *machine_of(const struct found *f,
					     const struct hvr_ext_partition *p)
{
	unsigned int i;

	for (i = 0; i < f->machines; i++)
		if (f->machine[i].id == p->id)
			return &f->machine[i];
	return NULL;
}

static bool has_partition(const struct found *f, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < f->partitions.count; i++)
		if (f->partitions.list[i].id == id)
			return true;
	return false;
}

static void print_row(uint64_t id, int pid, const char *name, unsigned int vps, uint64_t memory,
		      uint64_t exits, const char *bus, const char *state)
{
	printf("%-6llu %-8d %-20s %4u %6llu MiB %14llu  %-9s %s\n", (unsigned long long)id, pid,
	       name, vps, (unsigned long long)memory >> 20, (unsigned long long)exits, bus, state);
}

static void print_text(const struct found *f)
{
	char buf[HVR_EXT_COMM_LEN + 1];
	unsigned int i;

	printf("%-6s %-8s %-20s %4s %10s %14s  %-9s %s\n", "ID", "PID", "NAME", "VPS", "MEMORY",
	       "EXITS", "BUS", "STATE");
	for (i = 0; i < f->partitions.count; i++) {
		const struct hvr_ext_partition *p = &f->partitions.list[i];
		const struct control_info *m = machine_of(f, p);

		print_row(p->id, p->owner_pid, m ? m->name : partition_owner(p, buf), p->nr_vps,
			  p->memory, p->exits, partition_bus(f->ctl, p->id), partition_state(p));
	}
	for (i = 0; i < f->machines; i++) {
		const struct control_info *m = &f->machine[i];

		if (!has_partition(f, m->id))
			print_row(m->id, m->pid, m->name, m->vps, m->memory, m->exits, "-",
				  "running");
	}
}

static json_t *machine_json(const struct control_info *m)
{
	return json_pack("{s:I, s:i, s:s, s:s, s:i, s:I, s:i, s:I}", "id", (json_int_t)m->id,
			 "pid", m->pid, "name", m->name, "kernel", m->kernel, "vps", m->vps,
			 "memory", (json_int_t)m->memory, "disks", m->disks, "uptime",
			 (json_int_t)m->uptime);
}

static json_t *partition_json(const struct found *f, const struct hvr_ext_partition *p)
{
	const struct control_info *m = machine_of(f, p);
	char comm[HVR_EXT_COMM_LEN + 1];
	json_t *root;

	root = json_pack("{s:I, s:i, s:i, s:s, s:i, s:I, s:I, s:I, s:I, s:s, s:s, s:b, s:b}",
			 "id", (json_int_t)p->id, "pid", p->owner_pid, "uid", (int)p->owner_uid,
			 "owner", partition_owner(p, comm), "vps", p->nr_vps,
			 "memory", (json_int_t)p->memory, "exits", (json_int_t)p->exits,
			 "exits_to_vmm", (json_int_t)p->exits_to_vmm,
			 "uptime", (json_int_t)partition_uptime(p),
			 "bus", partition_bus(f->ctl, p->id), "state", partition_state(p),
			 "crashed", !!(p->flags & HVR_EXT_PT_CRASHED),
			 "dying", !!(p->flags & HVR_EXT_PT_DYING));
	if (root && m)
		json_object_set_new(root, "machine", json_string(m->name));
	return root;
}

static void print_json(const struct found *f)
{
	json_t *machines = json_array(), *partitions = json_array();
	unsigned int i;
	json_t *root;

	for (i = 0; i < f->machines; i++)
		json_array_append_new(machines, machine_json(&f->machine[i]));
	for (i = 0; i < f->partitions.count; i++)
		json_array_append_new(partitions, partition_json(f, &f->partitions.list[i]));
	root = json_pack("{s:o, s:o}", "machines", machines, "partitions", partitions);
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

int cmd_list(int argc, char **argv)
{
	bool json = false;
	int i, ret;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			puts("usage: hvctl list [--json]\n\n"
			     "Machines of hvctl and partitions of other VMMs.");
			return HVCTL_OK;
		}
		if (strcmp(argv[i], "--json")) {
			report("hvctl list --help", "unexpected argument '%s'", argv[i]);
			return HVCTL_USAGE;
		}
		json = true;
	}
	control_each(take_machine, &found);
	ret = take_partitions(&found);
	if (ret && ret != -ENOTTY && !found.machines && !json) {
		report(device_cure(ret), "%s: %s", HVROOT_DEVICE, strerror(-ret));
		return HVCTL_ERROR;
	}
	if (json)
		print_json(&found);
	else
		print_text(&found);
	return HVCTL_OK;
}

/* ---- stop ---- */

static bool matches(const struct control_info *m, const char *key)
{
	uint64_t n;

	if (!strcmp(m->name, key))
		return true;
	return parse_number(key, 1, INT64_MAX, &n) && (n == m->id || n == (uint64_t)m->pid);
}

static bool gone(int pid)
{
	int waited;

	for (waited = 0; waited < STOP_WAIT_MS; waited += STOP_STEP_MS) {
		if (kill(pid, 0) && errno == ESRCH)
			return true;
		usleep(STOP_STEP_MS * 1000);
	}
	return false;
}

static int stop_machine(unsigned int n, bool force)
{
	const struct control_info *m = &found.machine[n];

	if (force ? kill(m->pid, SIGKILL) : control_stop(found.path[n])) {
		report("run as the owner of the machine, or as root", "%s: %s", m->name,
		       strerror(errno));
		return HVCTL_ERROR;
	}
	if (!gone(m->pid)) {
		report(force ? NULL : "hvctl stop --kill", "%s: process %d does not end", m->name,
		       m->pid);
		return HVCTL_ERROR;
	}
	if (force)
		unlink(found.path[n]);
	return HVCTL_OK;
}

/* A partition of another VMM: its processors stop, the rest is its owner's. */
static int stop_partition(const char *key)
{
	uint64_t id;
	int dev, ret;

	if (!parse_number(key, 1, INT64_MAX, &id)) {
		report("hvctl list shows names and numbers", "no machine is named '%s'", key);
		return HVCTL_ERROR;
	}
	dev = hvroot_open();
	if (dev < 0) {
		report(device_cure(dev), "%s: %s", HVROOT_DEVICE, strerror(-dev));
		return HVCTL_ERROR;
	}
	ret = hvroot_stop(dev, id);
	close(dev);
	if (ret) {
		report("hvctl list shows what exists", "partition %s: %s", key, strerror(-ret));
		return HVCTL_ERROR;
	}
	return HVCTL_OK;
}

int cmd_stop(int argc, char **argv)
{
	const char *key = NULL;
	bool force = false;
	unsigned int n;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			puts("usage: hvctl stop [--kill] ID|NAME|PID\n\n"
			     "Ends a machine: its guest is not asked, as if the power went off.\n"
			     "  --kill  end its process with SIGKILL");
			return HVCTL_OK;
		}
		if (!strcmp(argv[i], "--kill")) {
			force = true;
		} else if (*argv[i] != '-' && !key) {
			key = argv[i];
		} else {
			key = NULL;
			break;
		}
	}
	if (!key) {
		report("hvctl stop --help", "one machine is needed");
		return HVCTL_USAGE;
	}
	control_each(take_machine, &found);
	for (n = 0; n < found.machines; n++)
		if (matches(&found.machine[n], key))
			return stop_machine(n, force);
	return stop_partition(key);
}
