/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket of a running machine: hvctl list and hvctl stop use it. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONTROL_TEXT	64

/* What a machine says of itself; one fixed-size message of its socket */
struct control_info {
	char name[CONTROL_TEXT];
	char kernel[256];
	uint64_t id;
	uint64_t memory;
	uint64_t exits;
	uint64_t uptime;	/* seconds */
	uint32_t vps;
	uint32_t disks;
	int32_t pid;
	uint32_t rsvd;
};

enum control_request { CONTROL_INFO = 1, CONTROL_STOP = 2 };

struct control {
	int fd;
	char path[108];
};

/* ---- the machine's side ---- */
/* Without a socket the machine still runs: -1 after a message. */
int control_open(struct control *c);
void control_close(struct control *c);
/* Serve one waiting client; true when it asked for a stop. */
bool control_serve(struct control *c, const struct control_info *info);

/* ---- the client's side ---- */
/* Calls @fn for each machine that answers, until it returns nonzero. */
int control_each(int (*fn)(const struct control_info *info, const char *path, void *ctx),
		 void *ctx);
int control_stop(const char *path);

#endif /* CONTROL_H */
