/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol state of one controller: which operation is welcome when, and
 * what it is answered. Pure.
 */
#ifndef HVROOT_STORVSP_NEGOTIATE_H
#define HVROOT_STORVSP_NEGOTIATE_H

#include <linux/types.h>

#include "wire.h"

/* Largest request; more is refused with a sense code. */
#define STORVSP_MAX_TRANSFER	(1024 * 1024)

enum storvsp_state {
	STORVSP_CLOSED,		/* nothing said yet */
	STORVSP_BEGUN,		/* BEGIN seen, a version is to be found */
	STORVSP_VERSIONED,	/* version agreed, properties to be asked */
	STORVSP_DESCRIBED,	/* properties told, END to come */
	STORVSP_READY,		/* requests are executed */
};

/**
 * struct storvsp_nego - protocol state of a controller.
 * @state: STORVSP_*
 * @version: agreed version, 0 before
 * @max_sub_channels: most that a guest may ask for
 * @sub_channels: asked for so far
 */
struct storvsp_nego {
	enum storvsp_state state;
	u16 version;
	u16 max_sub_channels;
	u16 sub_channels;
};

/* What the caller has to do after the answer is on its way. */
enum storvsp_effect {
	STORVSP_NOTHING,
	STORVSP_BECOME_READY,
	STORVSP_OFFER_SUB_CHANNELS,	/* so that @sub_channels of them exist */
};

void storvsp_nego_reset(struct storvsp_nego *nego);
int storvsp_negotiate(struct storvsp_nego *nego, bool primary,
		      const struct vstor_packet *in, struct vstor_packet *out,
		      enum storvsp_effect *effect);
u32 storvsp_notice(const struct storvsp_nego *nego, u32 operation,
		   struct vstor_packet *out);

#endif /* HVROOT_STORVSP_NEGOTIATE_H */
