// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus for a partition that another process has made: VMBUS_ATTACH_ID, what either
 * side sees when the other one ends, who may do it, and races; and the lists that
 * show foreign partitions. The guest is this program (vmbus_guest.h).
 */
#include <pthread.h>
#include <sys/wait.h>

#include <hvroot/ext.h>

#include "vmbus_guest.h"

#define NOBODY		65534
#define ROUNDS		200
#define POLL_MS		(WAIT_SECONDS * 1000)

static long attach_id(int ctl, uint64_t id)
{
	struct hvr_vmbus_attach_id args = { .partition_id = id };

	return call(ctl, VMBUS_ATTACH_ID, &args);
}

static long info_id(int ctl, uint64_t id, struct hvr_vmbus_info *info)
{
	memset(info, 0xee, sizeof(*info));
	info->partition_id = id;
	return call(ctl, VMBUS_INFO_ID, info);
}

static long list_vps(int dev, uint64_t id, struct hvr_ext_vp *vps, uint32_t *nr)
{
	struct hvr_ext_vps args = {
		.partition_id = id,
		.entries = (uintptr_t)vps,
		.nr = *nr,
		.entry_size = sizeof(*vps),
	};
	long ret = call(dev, HVR_EXT_LIST_VPS, &args);

	*nr = args.nr;
	return ret;
}

static uint64_t id_of(int pt)
{
	uint64_t id = 0;

	if (call(pt, HVR_EXT_GET_ID, &id))
		bail_out("partition id");
	return id;
}

/* ---- wrong arguments, wrong times ---- */

static void test_arguments(int dev)
{
	int pt = make_partition(dev, true), ctl = open_ctl();
	struct hvr_vmbus_attach_id args = { .partition_id = id_of(pt) };
	const unsigned long other_size = _IOC(_IOC_WRITE, HVR_VMBUS_IOCTL, 0x04, 8);

	expect("attach by id: bad pointer", call(ctl, VMBUS_ATTACH_ID, BAD_POINTER),
	       -EFAULT);
	expect("attach by id: another size", call(ctl, other_size, &args), -ENOTTY);
	args.flags = 1;
	expect("attach by id: flags", call(ctl, VMBUS_ATTACH_ID, &args), -EINVAL);
	args.flags = 1U << 31;
	expect("attach by id: last flag", call(ctl, VMBUS_ATTACH_ID, &args), -EINVAL);
	args.flags = 0;
	args.reserved = 1;
	expect("attach by id: reserved", call(ctl, VMBUS_ATTACH_ID, &args), -EINVAL);
	expect("attach by id: 0", attach_id(ctl, 0), -ENOENT);
	expect("attach by id: all ones", attach_id(ctl, ~0ULL), -ENOENT);
	expect("attach by id: not made yet", attach_id(ctl, args.partition_id + 1),
	       -ENOENT);
	expect("attach by id: poll before", poll_fd(ctl), POLLERR);
	expect("info by id: bad pointer", call(ctl, VMBUS_INFO_ID, BAD_POINTER),
	       -EFAULT);
	close(ctl);
	close(pt);
}

static void test_states(int dev)
{
	int pt = make_partition(dev, false), vp, ctl = open_ctl();
	uint64_t id = id_of(pt);
	struct hvr_vmbus_info info;

	expect("state: not initialized", attach_id(ctl, id), -EAGAIN);
	expect("state: not initialized, info", info_id(ctl, id, &info), -EAGAIN);
	if (ioctl(pt, MSHV_INITIALIZE_PARTITION))
		bail_out("initialize partition");
	vp = make_vp(pt, 0);
	expect("state: no bus, info", info_id(ctl, id, &info), -ENOTCONN);
	close(pt);
	expect("state: dead, a VP lives", attach_id(ctl, id), -ENODEV);
	expect("state: dead, info", info_id(ctl, id, &info), -ENODEV);
	close(vp);
	expect("state: gone", attach_id(ctl, id), -ENOENT);
	expect("state: gone, info", info_id(ctl, id, &info), -ENOENT);
	close(ctl);
}

static void test_owners(int dev)
{
	int pt = make_partition(dev, true), other = make_partition(dev, true);
	int a = open_ctl(), b = open_ctl();
	uint64_t id = id_of(pt);
	struct hvr_vmbus_info info;

	expect("owner: attach", attach_id(a, id), 0);
	expect("owner: poll", poll_fd(a), 0);
	expect("owner: this descriptor has one", attach_id(a, id_of(other)), -EBUSY);
	expect("owner: the partition has one", attach_id(b, id), -EBUSY);
	expect("owner: likewise by descriptor", attach(b, pt), -EEXIST);
	tap(!info_id(b, id, &info) && info.partition_id == id && !info.state &&
	    !info.connects, "owner: info by id", "id %llu state %u",
	    info.partition_id, info.state);
	close(a);
	expect("owner: went, info", info_id(b, id, &info), -ENOTCONN);
	expect("owner: the next one", attach_id(b, id), 0);
	close(b);
	a = open_ctl();
	expect("owner: the next one by descriptor", attach(a, pt), 0);
	b = open_ctl();
	expect("owner: after a descriptor's", attach_id(b, id), -EBUSY);
	close(pt);
	expect("owner: of a dead partition", poll_fd(a), POLLHUP);
	close(a);
	/* One that nobody has any more dies with its partition. */
	expect("owner: other", attach_id(b, id_of(other)), 0);
	close(b);
	close(other);
	close(dev);
}

/* ---- who may ---- */

/* In a child that is nobody: the number of answers that were wrong. */
static int as_nobody(int dev, int ctl, int mine, uint64_t id)
{
	struct hvr_ext_partition list[8];
	struct hvr_ext_list args = {
		.nr = ARRAY_SIZE(list),
		.entry_size = sizeof(list[0]),
		.entries = (uintptr_t)list,
	};
	struct hvr_vmbus_info info;
	struct hvr_ext_vp vps[1];
	uint32_t nr = 1;
	int wrong = 0;
	int pt;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 99;
	wrong += attach_id(ctl, id) != -EPERM;
	wrong += info_id(ctl, id, &info) != -EPERM;
	wrong += list_vps(dev, id, vps, &nr) != -EPERM;
	pt = make_partition(dev, true);
	wrong += attach_id(ctl, id_of(pt)) != 0;
	wrong += info_id(mine, id_of(pt), &info) != 0;
	nr = 1;
	wrong += list_vps(dev, id_of(pt), vps, &nr) != 0 || nr;
	/* Of the two partitions only this one shows. */
	wrong += call(dev, HVR_EXT_LIST_PARTITIONS, &args) || args.nr != 1 ||
		 list[0].id != id_of(pt) || list[0].owner_uid != NOBODY;
	return wrong;
}

static void test_permission(int dev)
{
	int pt = make_partition(dev, true), ctl = open_ctl(), other = open_ctl();
	int ready[2], done[2], status = 0;
	uint64_t id = id_of(pt);
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(as_nobody(dev, ctl, other, id));
	waitpid(pid, &status, 0);
	tap(WIFEXITED(status) && !WEXITSTATUS(status), "permission: another user",
	    "%d answers wrong", WEXITSTATUS(status));
	close(ctl);
	close(other);

	/* The other way round: this process may, having CAP_SYS_ADMIN. */
	if (pipe(ready) || pipe(done))
		bail_out("pipe");
	pid = fork();
	if (!pid) {
		if (setuid(NOBODY))
			_exit(99);
		id = id_of(make_partition(dev, true));
		if (write(ready[1], &id, sizeof(id)) != sizeof(id) ||
		    read(done[0], &id, 1) != 1)
			_exit(98);
		_exit(0);
	}
	if (read(ready[0], &id, sizeof(id)) != sizeof(id))
		bail_out("child");
	ctl = open_ctl();
	expect("permission: CAP_SYS_ADMIN", attach_id(ctl, id), 0);
	expect("permission: its maker lives", poll_fd(ctl), 0);
	if (write(done[1], "", 1) != 1)
		bail_out("pipe");
	waitpid(pid, &status, 0);
	expect("permission: its maker is gone", poll_fd(ctl), POLLHUP);
	expect("permission: and it", attach_id(open_ctl(), id), -ENODEV);
	close(ctl);
	expect("permission: not kept by its bus", attach_id(open_ctl(), id), -ENOENT);
	close(pt);
}

/* ---- the lists ---- */

static void test_lists(void)
{
	struct hvr_ext_vp vps[4];
	struct hvr_ext_vps args = { 0 };
	struct message msg;
	struct machine m;
	uint32_t nr = 4;

	make_machine(&m, 16 * PAGE, 3);
	args.partition_id = id_of(m.pt);
	args.nr = 4;
	args.entry_size = sizeof(vps[0]);
	args.entries = (uintptr_t)vps;
	/* The reset vector is no memory: one exit that the VMM sees. */
	call(m.vp[0], MSHV_RUN_VP, &msg);
	expect("VPs: bad pointer", call(m.dev, HVR_EXT_LIST_VPS, BAD_POINTER), -EFAULT);
	expect("VPs: list", list_vps(m.dev, args.partition_id, vps, &nr), 0);
	tap(nr == 3 && vps[0].exits && vps[0].exits_to_vmm == 1 && vps[0].cpu >= 0 &&
	    vps[1].activity == HVR_EXT_VP_WAITS_SIPI && vps[2].index == 2 &&
	    !vps[2].exits && vps[2].cpu == -1 && !vps[0].rsvd, "VPs: content",
	    "%u entries, %llu exits, %llu to the VMM", nr, vps[0].exits,
	    vps[0].exits_to_vmm);
	nr = 1;
	expect("VPs: room for one", list_vps(m.dev, args.partition_id, vps, &nr), 0);
	tap(nr == 1 && !vps[0].index, "VPs: the first one", "%u", nr);
	args.first = 2;
	expect("VPs: from 2 on", call(m.dev, HVR_EXT_LIST_VPS, &args), 0);
	tap(args.nr == 1 && vps[0].index == 2 && args.first >= 3, "VPs: the last one",
	    "%u entries, next %u", args.nr, args.first);
	args.nr = 4;
	args.first = ~0U;
	expect("VPs: beyond all", call(m.dev, HVR_EXT_LIST_VPS, &args), 0);
	tap(!args.nr, "VPs: none there", "%u", args.nr);
	args.first = 0;
	args.nr = 257;
	expect("VPs: too many", call(m.dev, HVR_EXT_LIST_VPS, &args), -EINVAL);
	args.nr = 4;
	args.rsvd = 1;
	expect("VPs: reserved", call(m.dev, HVR_EXT_LIST_VPS, &args), -EINVAL);
	args.rsvd = 0;
	args.entry_size--;
	expect("VPs: entry size", call(m.dev, HVR_EXT_LIST_VPS, &args), -EINVAL);
	args.entry_size++;
	args.entries = 8;
	expect("VPs: entries", call(m.dev, HVR_EXT_LIST_VPS, &args), -EFAULT);
	args.partition_id = 0;
	expect("VPs: no such partition", call(m.dev, HVR_EXT_LIST_VPS, &args), -ENOENT);
	drop_machine(&m);
}

/* ---- the partition dies, the attacher waits ---- */

static void *wait_for_end(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = 0 };

	return (void *)(long)(poll(&p, 1, POLL_MS) == 1 ? p.revents : 0);
}

static void test_wait(int dev)
{
	int pt = make_partition(dev, true), ctl = open_ctl(), fd;
	pthread_t thread;
	void *seen;

	expect("wait: attach", attach_id(ctl, id_of(pt)), 0);
	fd = offer_chan(ctl, 1);
	if (pthread_create(&thread, NULL, wait_for_end, &ctl))
		bail_out("thread");
	usleep(100000);
	close(pt);
	pthread_join(thread, &seen);
	tap((long)seen == POLLHUP, "wait: the end is told", "events %#lx", (long)seen);
	expect("wait: state", info_of(ctl).state, HVR_BUS_DEAD);
	expect("wait: channel", poll_fd(fd), POLLIN | POLLHUP);
	close(fd);
	close(ctl);
}

/* ---- races ---- */

struct race {
	pthread_barrier_t start;
	uint64_t id;
	int won, wrong;
};

static void *compete(void *arg)
{
	struct race *race = arg;
	int i, ctl;
	long ret;

	for (i = 0; i < ROUNDS; i++) {
		ctl = open_ctl();
		pthread_barrier_wait(&race->start);
		ret = attach_id(ctl, race->id);
		if (!ret)
			__sync_fetch_and_add(&race->won, 1);
		else if (ret != -EBUSY)
			__sync_fetch_and_add(&race->wrong, 1);
		pthread_barrier_wait(&race->start);
		close(ctl);
		/* Nobody has it when the next round starts. */
		pthread_barrier_wait(&race->start);
	}
	return NULL;
}

static void test_two_attachers(int dev)
{
	int pt = make_partition(dev, true);
	struct race race = { .id = id_of(pt) };
	pthread_t thread;

	pthread_barrier_init(&race.start, NULL, 2);
	if (pthread_create(&thread, NULL, compete, &race))
		bail_out("thread");
	compete(&race);
	pthread_join(thread, NULL);
	tap(race.won == ROUNDS && !race.wrong, "race: of two attachers one wins",
	    "%d wins in %d rounds, %d other errors", race.won, ROUNDS, race.wrong);
	close(pt);
}

static void *attach_blindly(void *arg)
{
	struct race *race = arg;
	int ctl, fd;
	long ret;

	while (race->id != ~0ULL) {
		ctl = open_ctl();
		ret = attach_id(ctl, race->id);
		switch (ret) {
		case 0:
			race->won++;
			fd = offer_chan(ctl, 1);
			close(ctl);
			close(fd);
			continue;
		case -ENOENT:
		case -EAGAIN:
		case -ENODEV:
			break;
		default:
			race->wrong++;
		}
		close(ctl);
	}
	return NULL;
}

/* Partitions that die while somebody attaches, offers and leaves. */
static void test_dying(int dev)
{
	struct race race = { .id = 0 };
	volatile uint64_t *id = &race.id;
	pthread_t thread;
	int i, pt;

	if (pthread_create(&thread, NULL, attach_blindly, &race))
		bail_out("thread");
	for (i = 0; i < ROUNDS; i++) {
		pt = make_partition(dev, false);
		*id = id_of(pt);
		if (ioctl(pt, MSHV_INITIALIZE_PARTITION))
			bail_out("initialize partition");
		usleep(i * 10);
		close(pt);
	}
	*id = ~0ULL;
	pthread_join(thread, NULL);
	printf("# %d attached while %d partitions came and went\n", race.won, ROUNDS);
	tap(!race.wrong, "race: partitions that die meanwhile", "%d wrong errors",
	    race.wrong);
}

/* ---- a guest that is connected ---- */

/* The owner goes with a channel open; the channel's own descriptor stays. */
static void test_owner_goes(struct guest *g, int fd)
{
	struct hvr_vmbus_info info;

	close(g->ctl);
	expect_message(g, "owner goes: the guest is told", HV_VMBUS_RESCIND_OFFER);
	expect("owner goes: channel", poll_fd(fd) & POLLHUP, POLLHUP);
	tap(guest_signal(g, 0x2001) == 0x12, "owner goes: signal", "taken");
	post2(g, HV_VMBUS_GPADL_TEARDOWN, 1, 9);
	expect_message(g, "owner goes: page list is free", HV_VMBUS_GPADL_TORNDOWN);
	post2(g, HV_VMBUS_RELID_RELEASED, 1, 0);
	expect_quiet(g, "owner goes: nothing more");
	g->ctl = open_ctl();
	expect("owner goes: nobody's", info_id(g->ctl, id_of(g->m.pt), &info),
	       -ENOTCONN);
}

static void test_next_owner(struct guest *g)
{
	int fd;

	expect("next owner: attach", attach_id(g->ctl, id_of(g->m.pt)), 0);
	tap(info_of(g->ctl).state == HVR_BUS_CONNECTED && info_of(g->ctl).connects == 1 &&
	    !info_of(g->ctl).nr_channels, "next owner: the guest is still there",
	    "state %u", info_of(g->ctl).state);
	fd = offer_chan(g->ctl, 1);
	expect_message(g, "next owner: offered at once", HV_VMBUS_OFFER_CHANNEL);
	open_chan(g, fd, word(g, 184));
	close(fd);
	expect_message(g, "next owner: rescind", HV_VMBUS_RESCIND_OFFER);
	post2(g, HV_VMBUS_GPADL_TEARDOWN, 1, 9);
	expect_message(g, "next owner: page list is free", HV_VMBUS_GPADL_TORNDOWN);
	post2(g, HV_VMBUS_RELID_RELEASED, 1, 0);
}

/* The guest disconnects and connects while nobody has its bus. */
static void test_nobody(struct guest *g)
{
	close(g->ctl);
	post2(g, HV_VMBUS_UNLOAD, 0, 0);
	expect_message(g, "nobody: unload is complete", HV_VMBUS_UNLOAD_COMPLETE);
	connect_guest(g);
	post2(g, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	expect_message(g, "nobody: no offer", HV_VMBUS_ALL_OFFERS_DELIVERED);
	g->ctl = open_ctl();
	expect("nobody: attach by descriptor", attach(g->ctl, g->m.pt), 0);
	expect("nobody: connected twice", info_of(g->ctl).connects, 2);
}

static void test_guest(void)
{
	struct guest guest, *g = &guest;
	int fd;

	make_guest(g);
	fd = offer_chan(g->ctl, 1);
	connect_guest(g);
	post2(g, HV_VMBUS_REQUEST_OFFERS, 0, 0);
	expect_message(g, "guest: offer", HV_VMBUS_OFFER_CHANNEL);
	expect_message(g, "guest: all offers", HV_VMBUS_ALL_OFFERS_DELIVERED);
	open_chan(g, fd, 1);
	test_owner_goes(g, fd);
	test_next_owner(g);
	close(fd);
	test_nobody(g);
	drop_guest(g);
}

int main(void)
{
	int dev = open_device();

	test_arguments(dev);
	test_states(dev);
	test_permission(dev);
	test_lists();
	test_wait(dev);
	test_two_attachers(dev);
	test_dying(dev);
	test_owners(dev);
	start_signals();
	test_guest();
	return tap_end();
}
