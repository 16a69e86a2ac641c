// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control sockets: one of each running machine, in /run/hvroot or, for those who
 * may not write there, in the user's runtime directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "control.h"
#include "hvctl.h"

#define SYSTEM_DIRECTORY	"/run/hvroot"
#define TIMEOUT_MS		2000

/* The directories in the order in which they are tried. */
static bool directory(unsigned int n, char *path, size_t size)
{
	const char *user = getenv("XDG_RUNTIME_DIR");
	int len = 0;

	if (n == 0)
		len = snprintf(path, size, "%s", SYSTEM_DIRECTORY);
	else if (n == 1 && user && *user == '/')
		len = snprintf(path, size, "%s/hvroot", user);
	return len > 0 && (size_t)len < size;
}

static void set_timeout(int fd)
{
	const struct timeval tv = { .tv_sec = TIMEOUT_MS / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static bool fill_address(struct sockaddr_un *addr, const char *path)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	return (size_t)snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path) <
	       sizeof(addr->sun_path);
}

static int bind_in(struct control *c, const char *dir)
{
	struct sockaddr_un addr;
	char path[sizeof(c->path) + 32];
	int fd;

	if (mkdir(dir, 0770) && errno != EEXIST)
		return -1;
	snprintf(path, sizeof(path), "%s/%d.sock", dir, getpid());
	if (!fill_address(&addr, path))
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	unlink(path);	/* left behind by a process that had our number before */
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 8)) {
		close(fd);
		return -1;
	}
	chmod(path, 0600);
	c->fd = fd;
	memcpy(c->path, addr.sun_path, sizeof(c->path));
	return 0;
}

int control_open(struct control *c)
{
	char dir[96];
	unsigned int n;

	c->fd = -1;
	c->path[0] = 0;
	for (n = 0; directory(n, dir, sizeof(dir)); n++)
		if (!bind_in(c, dir))
			return 0;
	report(NULL, "no control socket in %s (%s): hvctl list will not show this machine",
	       SYSTEM_DIRECTORY, strerror(errno));
	return -1;
}

void control_close(struct control *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	unlink(c->path);
	c->fd = -1;
}

bool control_serve(struct control *c, const struct control_info *info)
{
	uint32_t request = 0;
	bool stop = false;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	set_timeout(fd);
	if (recv(fd, &request, sizeof(request), 0) == sizeof(request)) {
		stop = request == CONTROL_STOP;
		if (request == CONTROL_INFO || stop)
			send(fd, info, sizeof(*info), MSG_NOSIGNAL);
	}
	close(fd);
	return stop;
}

/* The file of a process that was killed; one that is starting may refuse, too. */
static bool is_orphan(const char *path)
{
	int pid = atoi(strrchr(path, '/') + 1);

	return pid > 0 && kill(pid, 0) && errno == ESRCH;
}

static int ask(const char *path, uint32_t request, struct control_info *info)
{
	struct sockaddr_un addr;
	int fd, ret = -1;

	if (!fill_address(&addr, path))
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	set_timeout(fd);
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
	    send(fd, &request, sizeof(request), MSG_NOSIGNAL) == sizeof(request) &&
	    recv(fd, info, sizeof(*info), 0) == sizeof(*info))
		ret = 0;
	else if (errno == ECONNREFUSED && is_orphan(path))
		unlink(path);
	close(fd);
	info->name[sizeof(info->name) - 1] = 0;
	info->kernel[sizeof(info->kernel) - 1] = 0;
	return ret;
}

int control_stop(const char *path)
{
	struct control_info info;

	return ask(path, CONTROL_STOP, &info);
}

static int each_in(const char *dir,
		   int (*fn)(const struct control_info *info, const char *path, void *ctx),
		   void *ctx)
{
	struct control_info info;
	struct dirent *entry;
	int ret = 0;
	DIR *d = opendir(dir);

	if (!d)
		return 0;
	while (!ret && (entry = readdir(d))) {
		size_t len = strlen(entry->d_name);
		char path[512];

		if (len < 5 || strcmp(entry->d_name + len - 5, ".sock"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		memset(&info, 0, sizeof(info));
		if (!ask(path, CONTROL_INFO, &info))
			ret = fn(&info, path, ctx);
	}
	closedir(d);
	return ret;
}

int control_each(int (*fn)(const struct control_info *info, const char *path, void *ctx),
		 void *ctx)
{
	char dir[96];
	unsigned int n;
	int ret = 0;

	for (n = 0; !ret && directory(n, dir, sizeof(dir)); n++)
		ret = each_in(dir, fn, ctx);
	return ret;
}
