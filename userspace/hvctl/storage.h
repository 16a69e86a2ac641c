/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine's disks: target-core objects in configfs, and their removal. */
#ifndef STORAGE_H
#define STORAGE_H

#include <stdint.h>

#define STORAGE_MAX_DISKS	64

struct storage;

/*
 * Make disks of @nr files and offer them on the bus of a partition. Returns NULL
 * after a message; what was made so far is gone then.
 */
struct storage *storage_attach(uint64_t partition, const char * const *disks, unsigned int nr);
/* Let the host write everything to the media: 0, or -1 after a message. */
int storage_sync(const char * const *disks, unsigned int nr);
/* Take everything away again; NULL is allowed. */
void storage_detach(struct storage *s);

/* Remove what machines left behind that were killed. */
void storage_release_stale(void);

#endif /* STORAGE_H */
