/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of channel messages: type, length, direction, first version.
 */
#ifndef VMBUS_WIRE_H
#define VMBUS_WIRE_H

#include <linux/types.h>
#include <hvabi/vmbus.h>

enum hvr_wire_verdict {
	WIRE_OK,
	WIRE_SHORT,		/* less than the type's length */
	WIRE_UNKNOWN,		/* no such type */
	WIRE_DIRECTION,		/* only a host sends this */
	WIRE_VERSION,		/* not in this version, or not while disconnected */
	WIRE_UNSERVED,		/* exists, but this host does not serve it */
	WIRE_NR_VERDICTS
};

/**
 * hvr_wire_check() - may a guest send this message now?
 * @msg: private copy of the message
 * @len: its bytes; more than the type needs is fine (some guests always post 240)
 * @version: negotiated version, 0 while disconnected
 * @type: receives the type when there is one
 */
enum hvr_wire_verdict hvr_wire_check(const void *msg, u32 len, u32 version,
				     u32 *type);

/* For log lines. */
const char *hvr_wire_verdict_name(enum hvr_wire_verdict verdict);

/* Bytes of a message, header included; 0 for an unknown type. */
u32 hvr_wire_size(u32 type);

/* Is this one of the versions that the host speaks? */
bool hvr_wire_version_known(u32 version);

/* Start a message to the guest: zero @size bytes and set the type. */
void hvr_wire_begin(void *msg, u32 size, u32 type);

#endif /* VMBUS_WIRE_H */
