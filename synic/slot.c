// SPDX-License-Identifier: GPL-2.0-only
/*
 * One slot of a message page. Pure but for the shared slot itself.
 *
 * The guest owns a slot whose type is not zero; writing the type hands it over,
 * so that it comes last. The guest hands it back with an atomic write of zero.
 */
#include <linux/compiler.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#include "slot.h"

static bool slot_is_free(const struct hv_message *slot)
{
	return READ_ONCE(slot->header.message_type) == cpu_to_le32(HVMSG_NONE);
}

bool synic_slot_put(struct hv_message *slot, const struct synic_message *msg,
		    bool more)
{
	if (!slot_is_free(slot)) {
		WRITE_ONCE(slot->header.message_flags, HV_MESSAGE_FLAG_PENDING);
		/* The guest frees the slot and then looks at the flag; pairs with
		 * its barrier between the two. Either it sees the flag and writes
		 * EOM, or the slot is seen free here.
		 */
		smp_mb();
		if (!slot_is_free(slot))
			return false;
	}
	memcpy(slot->payload, msg->payload, msg->size);
	memset(slot->payload + msg->size, 0,
	       HV_MESSAGE_PAYLOAD_BYTES - msg->size);
	slot->header.payload_size = msg->size;
	slot->header.message_flags = more ? HV_MESSAGE_FLAG_PENDING : 0;
	slot->header.reserved = 0;
	slot->header.sender = 0;
	/* Pairs with the guest's read of the type before it reads the rest. */
	smp_store_release(&slot->header.message_type, cpu_to_le32(msg->type));
	return true;
}
