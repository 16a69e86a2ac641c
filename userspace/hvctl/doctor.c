// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvctl doctor: each requirement of the host, whether it is met, and the cure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <jansson.h>
#include <hvroot.h>
#include "hvctl.h"

#define MSR_VM_CR		0xc0010114
#define VM_CR_SVM_DISABLED	(1ULL << 4)
#define MSR_FEAT_CTL		0x3a
#define FEAT_CTL_LOCKED		1
#define FEAT_CTL_VMX		(1ULL << 2)
#define MIN_FREE_MIB		256
#define CPU_CURE		\
	"switch virtualization on in the firmware's set-up; in a virtual machine, switch nested virtualization on"
#define PAGING_CURE		\
	"use a processor that has it; in a virtual machine, pass it through"
#define SIGNING_CURE		\
	"sign the modules with a key the firmware knows (mokutil), or switch Secure Boot off"
#define STORAGE_CURE		\
	"modprobe hvroot_storvsp; modprobe hvroot_vhd (hvctl run --disk tries by itself)"

enum verdict { GOOD, ADVICE, BAD, UNKNOWN };

/* What one check found */
struct finding {
	enum verdict kind;
	char detail[160];
	const char *cure;
};

__attribute__((format(printf, 4, 5)))
static void find(struct finding *f, enum verdict kind, const char *cure, const char *fmt, ...)
{
	va_list ap;

	f->kind = kind;
	f->cure = kind == GOOD ? NULL : cure;
	va_start(ap, fmt);
	vsnprintf(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
}

/* ---- the processor ---- */

/* First line of /proc/cpuinfo that starts with @key, after its colon. */
static bool read_cpuinfo(const char *key, char *buf, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char *line = NULL, *colon;
	bool found = false;
	size_t room = 0;

	while (f && !found && getline(&line, &room, f) > 0) {
		colon = strchr(line, ':');
		if (!colon || strncmp(line, key, strlen(key)))
			continue;
		colon += colon[1] == ' ' ? 2 : 1;
		colon[strcspn(colon, "\n")] = 0;
		snprintf(buf, size, "%s", colon);
		found = true;
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

static bool cpuinfo_word(const char *key, const char *flag)
{
	char flags[8192], *word, *save;

	if (!read_cpuinfo(key, flags, sizeof(flags)))
		return false;
	for (word = strtok_r(flags, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (!strcmp(word, flag))
			return true;
	return false;
}

static bool cpu_flag(const char *flag)
{
	return cpuinfo_word("flags", flag);
}

static void check_processor(struct finding *f)
{
	char vendor[64] = "unknown";

	read_cpuinfo("vendor_id", vendor, sizeof(vendor));
	if (cpu_flag("svm"))
		find(f, GOOD, NULL, "%s with SVM", vendor);
	else if (cpu_flag("vmx"))
		find(f, GOOD, NULL, "%s with VMX", vendor);
	else
		find(f, BAD, CPU_CURE, "%s without SVM or VMX", vendor);
}

static void check_nested_paging(struct finding *f)
{
	bool nx = cpu_flag("nx");

	if (cpu_flag("vmx") && !cpuinfo_word("vmx flags", "unrestricted_guest"))
		find(f, BAD, PAGING_CURE, "unrestricted guest missing");
	else if (!cpu_flag("npt") && !cpu_flag("ept"))
		find(f, BAD, PAGING_CURE, "nested paging missing");
	else if (!nx)
		find(f, BAD, PAGING_CURE, "NX missing");
	else
		find(f, GOOD, NULL, "nested paging and NX");
}

/* What the firmware left in the register that can forbid the extension. */
static void judge_lock(struct finding *f, bool intel, uint64_t val)
{
	bool locked = intel ? (val & FEAT_CTL_LOCKED) && !(val & FEAT_CTL_VMX) :
			      val & VM_CR_SVM_DISABLED;
	const char *what = intel ? "VMX" : "SVM";

	if (locked)
		find(f, BAD, "switch virtualization on in the firmware's set-up",
		     "the firmware locked %s", what);
	else
		find(f, GOOD, NULL, "%s is not locked", what);
}

static void check_firmware(struct finding *f)
{
	bool intel = cpuinfo_word("vendor_id", "GenuineIntel");
	uint64_t val;
	int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		find(f, UNKNOWN, "as root: modprobe msr, then again", "cannot be read (%s)",
		     strerror(errno));
		return;
	}
	if (pread(fd, &val, sizeof(val), intel ? MSR_FEAT_CTL : MSR_VM_CR) != sizeof(val))
		find(f, UNKNOWN, "", "the register is not there");
	else
		judge_lock(f, intel, val);
	close(fd);
}

/* ---- kernel and modules ---- */

static bool module_loaded(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

static long module_users(const char *name)
{
	char path[96], buf[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(buf, sizeof(buf), f))
		buf[0] = 0;
	fclose(f);
	return strtol(buf, NULL, 10);
}

/* Newer kernels switch SVM on as soon as KVM is loaded, older ones when it is used. */
static bool kvm_owns_when_idle(void)
{
	FILE *f = fopen("/sys/module/kvm/parameters/enable_virt_at_load", "re");
	int c = f ? fgetc(f) : 'N';

	if (f)
		fclose(f);
	return c == 'Y';
}

static void check_owner(struct finding *f)
{
	static const char * const owners[] = { "kvm_amd", "kvm_intel", "vboxdrv", "vmmon" };
	enum verdict kind = BAD;
	unsigned int i;

	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		bool kvm = i < 2;

		if (!module_loaded(owners[i]))
			continue;
		if (kvm && !module_users(owners[i]) && !kvm_owns_when_idle())
			kind = ADVICE;
		find(f, kind, kvm ? "end its machines, then: modprobe -r kvm_amd kvm_intel kvm" :
		     "end its machines, then unload it",
		     "%s is loaded, with %ld user(s)", owners[i], module_users(owners[i]));
		return;
	}
	find(f, GOOD, NULL, "no other hypervisor is loaded");
}

static void check_kernel(struct finding *f)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	uname(&u);
	if (sscanf(u.release, "%u.%u", &major, &minor) != 2)
		major = 0;
	if (major > 6 || (major == 6 && minor >= 1))
		find(f, GOOD, NULL, "%s", u.release);
	else
		find(f, BAD, "install a kernel of 6.1 or later", "%s is too old", u.release);
}

static void check_lockdown(struct finding *f)
{
	char buf[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (file && !fgets(buf, sizeof(buf), file))
		buf[0] = 0;
	if (file)
		fclose(file);
	if (!strstr(buf, "[integrity]") && !strstr(buf, "[confidentiality]"))
		find(f, GOOD, NULL, "unsigned modules are accepted");
	else if (module_loaded("hvroot"))
		find(f, GOOD, NULL, "locked down, and the module is loaded");
	else
		find(f, ADVICE, SIGNING_CURE, "the kernel is locked down: %.*s",
		     (int)strcspn(buf, "\n"), buf);
}

static void check_hvroot(struct finding *f)
{
	if (module_loaded("hvroot"))
		find(f, GOOD, NULL, "loaded, with %ld user(s)", module_users("hvroot"));
	else
		find(f, BAD, "modprobe hvroot; if it refuses, its reason is in dmesg",
		     "not loaded");
}

static void check_bus_module(struct finding *f)
{
	if (module_loaded("hvroot_vmbus"))
		find(f, GOOD, NULL, "loaded");
	else
		find(f, ADVICE, "modprobe hvroot_vmbus", "not loaded: guests only with --no-vmbus");
}

static void check_storage_modules(struct finding *f)
{
	bool storvsp = module_loaded("hvroot_storvsp"), vhd = module_loaded("hvroot_vhd");

	if (storvsp && vhd)
		find(f, GOOD, NULL, "loaded");
	else
		find(f, ADVICE, STORAGE_CURE, "%s not loaded",
		     storvsp ? "hvroot_vhd" : "hvroot_storvsp");
}

/* ---- devices and file systems ---- */

static void check_access(struct finding *f, const char *path, enum verdict missing)
{
	if (!access(path, R_OK | W_OK))
		find(f, GOOD, NULL, "may be opened");
	else
		find(f, missing, device_cure(-errno), "%s", strerror(errno));
}

static void check_device(struct finding *f)
{
	check_access(f, HVROOT_DEVICE, BAD);
}

static void check_bus_device(struct finding *f)
{
	check_access(f, HVR_VMBUS_DEVICE, ADVICE);
	if (f->kind != GOOD && !module_loaded("hvroot_vmbus"))
		f->cure = "modprobe hvroot_vmbus";
}

static void check_target(struct finding *f)
{
	if (access("/sys/kernel/config", F_OK))
		find(f, ADVICE, "modprobe configfs; mount -t configfs none /sys/kernel/config",
		     "configfs is not mounted: no disks");
	else if (access("/sys/kernel/config/target/core", F_OK))
		find(f, ADVICE, "modprobe target_core_mod (hvctl run --disk tries by itself)",
		     "the kernel's SCSI target is not loaded");
	else if (access("/sys/kernel/config/target/core", W_OK))
		find(f, ADVICE, "use disks as root", "disks cannot be set up by this user");
	else
		find(f, GOOD, NULL, "ready");
}

static void check_memory(struct finding *f)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	if (kib >> 10 >= MIN_FREE_MIB)
		find(f, GOOD, NULL, "%llu MiB available", kib >> 10);
	else
		find(f, ADVICE, "end other programs, or give the host more",
		     "only %llu MiB available", kib >> 10);
}

static const struct {
	const char *name;
	void (*check)(struct finding *f);
} checks[] = {
	{ "processor", check_processor },
	{ "nested paging", check_nested_paging },
	{ "firmware lock", check_firmware },
	{ "other hypervisor", check_owner },
	{ "kernel", check_kernel },
	{ "module signing", check_lockdown },
	{ "memory", check_memory },
	{ "module hvroot", check_hvroot },
	{ HVROOT_DEVICE, check_device },
	{ "module hvroot_vmbus", check_bus_module },
	{ HVR_VMBUS_DEVICE, check_bus_device },
	{ "storage modules", check_storage_modules },
	{ "SCSI target", check_target },
};

static const char * const verdicts[] = {
	[GOOD] = "ok", [ADVICE] = "advice", [BAD] = "missing", [UNKNOWN] = "unknown",
};

static void print_text(const char *name, const struct finding *f)
{
	printf("%-8s %-22s %s\n", verdicts[f->kind], name, f->detail);
	if (f->cure && *f->cure)
		printf("%-8s %-22s -> %s\n", "", "", f->cure);
}

static json_t *to_json(const char *name, const struct finding *f)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "check", name, "verdict", verdicts[f->kind],
			      "detail", f->detail);

	if (f->cure && *f->cure)
		json_object_set_new(o, "cure", json_string(f->cure));
	return o;
}

int cmd_doctor(int argc, char **argv)
{
	bool json = false, good = true;
	json_t *list = json_array();
	unsigned int i;
	int a;

	for (a = 1; a < argc; a++) {
		if (!strcmp(argv[a], "--help")) {
			puts("usage: hvctl doctor [--json]\n\n"
			     "Exit status 0: machines can run here; 1: something is missing.");
			json_decref(list);
			return HVCTL_OK;
		}
		if (strcmp(argv[a], "--json")) {
			report("hvctl doctor --help", "unexpected argument '%s'", argv[a]);
			json_decref(list);
			return HVCTL_USAGE;
		}
		json = true;
	}
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = { .kind = UNKNOWN };

		checks[i].check(&f);
		if (f.kind == BAD)
			good = false;
		if (json)
			json_array_append_new(list, to_json(checks[i].name, &f));
		else
			print_text(checks[i].name, &f);
	}
	if (json) {
		json_t *root = json_pack("{s:b, s:O}", "ready", good, "checks", list);

		json_dumpf(root, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(root);
	}
	json_decref(list);
	return good ? HVCTL_OK : HVCTL_ERROR;
}
