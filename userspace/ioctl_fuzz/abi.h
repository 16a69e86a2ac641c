/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The form of the description of the ABI: abi.c has it, fill.c makes calls from it.
 */
#ifndef IOCTL_FUZZ_ABI_H
#define IOCTL_FUZZ_ABI_H

#include "fuzz.h"

/* What a member of a structure holds. */
enum what {
	W_ZERO,		/* reserved */
	W_BITS,		/* flags: any of arg */
	W_BELOW,	/* a number below arg */
	W_VALUE,	/* arg itself */
	W_ANY,		/* whatever */
	W_VP,		/* index of a VP */
	W_GPA, W_GFN,	/* in the guest's memory or beside it */
	W_ADDRESS,	/* of the caller's memory, arg bytes */
	W_EVENT,	/* an eventfd */
	W_OTHER_EVENT,	/* an eventfd, or -1 */
	W_PARTITION,	/* descriptor of a partition */
	W_PROPERTY,	/* code of a property */
	W_REGISTER,	/* name of a register */
	W_LEAF,		/* of CPUID */
	W_SINT,
};

struct field {
	uint16_t offset;
	uint8_t width;
	uint8_t what;
	uint64_t arg;
};

#define MAX_FIELDS	12
#define MAX_ARGUMENT	8192

/* One ioctl of one kind of descriptor. */
struct abi_row {
	const char *name;
	unsigned long cmd;
	enum fd_kind on;
	uint16_t size;
	struct field fields[MAX_FIELDS];
	/* What depends on other members; returns the whole size. */
	size_t (*finish)(struct rng *r, uint8_t *arg);
	int makes;		/* a kind, when the result is a descriptor */
	unsigned int weight;
	bool apart;		/* has its own caller */
};

/* One hypercall that MSHV_ROOT_HVCALL passes through. */
struct abi_call {
	const char *name;
	uint16_t code;
	uint16_t size, rep_size;
	uint16_t out, rep_out;
	bool on_device;
	struct field fields[MAX_FIELDS];
	struct field rep[MAX_FIELDS];
	unsigned int weight;
};

extern const struct abi_row abi_rows[];
extern const unsigned int nr_abi_rows;
extern const struct abi_call abi_calls[];
extern const unsigned int nr_abi_calls;
extern const uint32_t abi_properties[];
extern const unsigned int nr_abi_properties;

#endif /* IOCTL_FUZZ_ABI_H */
