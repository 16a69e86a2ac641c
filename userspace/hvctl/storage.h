/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine's disks: target-core objects in configfs, and their removal. */
#ifndef STORAGE_H
#define STORAGE_H

#include "machine.h"

struct storage;

/*
 * Make the machine's disks and offer them on its bus. Returns NULL after a
 * message; what was made so far is gone then.
 */
struct storage *storage_attach(struct machine *m);
/* Take everything away again; NULL is allowed. */
void storage_detach(struct storage *s);

/* Remove what machines left behind that were killed. */
void storage_release_stale(void);

#endif /* STORAGE_H */
