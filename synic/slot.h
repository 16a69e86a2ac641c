/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One slot of a message page: the protocol between two sides that share nothing
 * but the memory (slot.c, pure).
 */
#ifndef SYNIC_SLOT_H
#define SYNIC_SLOT_H

#include <linux/types.h>
#include <hvabi/hv_message.h>

/**
 * struct synic_message - a message on its way, private memory.
 * @type: message type, not HVMSG_NONE
 * @size: bytes of @payload
 * @payload: content
 */
struct synic_message {
	u32 type;
	u32 size;
	u8 payload[HV_MESSAGE_PAYLOAD_BYTES];
};

/**
 * synic_slot_put() - write a message into a slot if the guest has freed it.
 * @slot: shared with the guest
 * @msg: at most HV_MESSAGE_PAYLOAD_BYTES bytes
 * @more: other messages wait for this slot
 *
 * When the slot is taken its pending flag is set, so that the guest writes EOM
 * when it has freed it.
 * Return: true when the message is in the slot.
 */
bool synic_slot_put(struct hv_message *slot, const struct synic_message *msg,
		    bool more);

#endif /* SYNIC_SLOT_H */
