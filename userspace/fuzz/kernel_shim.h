/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel's in-house headers as the pure files need, so that the very
 * same sources run in user space under sanitizers.
 */
#ifndef FUZZ_KERNEL_SHIM_H
#define FUZZ_KERNEL_SHIM_H

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef struct { u8 b[16]; } guid_t;

#define __packed		__attribute__((__packed__))
#define __force
#define __user
#define fallthrough		__attribute__((__fallthrough__))
#define BIT(n)			(1UL << (n))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define ALIGN(x, a)		(((x) + (a) - 1) & ~((a) - 1))
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define clamp_t(t, v, lo, hi)	min_t(t, max((t)(v), (t)(lo)), hi)
#define lower_32_bits(n)	((u32)(n))
#define upper_32_bits(n)	((u32)((n) >> 32))
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define struct_size(p, m, n)	(sizeof(*(p)) + sizeof(*(p)->m) * (n))
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))

#define cpu_to_le16(x)		htole16(x)
#define cpu_to_le32(x)		htole32(x)
#define cpu_to_le64(x)		htole64(x)
#define le16_to_cpu(x)		le16toh(x)
#define le32_to_cpu(x)		le32toh(x)
#define le64_to_cpu(x)		le64toh(x)

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()		__asm__ volatile("" : : : "memory")
#define smp_mb()		__sync_synchronize()
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

#define GFP_KERNEL		0
#define kvzalloc(n, gfp)	calloc(1, n)
#define kvfree(p)		free(p)

#define ERR_PTR(e)		((void *)(long)(e))
#define PTR_ERR(p)		((long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-4095)

#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]

static inline void __set_bit(unsigned int n, unsigned long *map)
{
	map[n / 64] |= 1UL << (n % 64);
}

static inline void __clear_bit(unsigned int n, unsigned long *map)
{
	map[n / 64] &= ~(1UL << (n % 64));
}

static inline u32 find_next_zero_bit(const unsigned long *map, u32 size, u32 from)
{
	for (; from < size; from++)
		if (!(map[from / 64] >> (from % 64) & 1))
			break;
	return from;
}

struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = NULL;
	node->prev = NULL;
}

#define list_entry(p, t, m)		container_of(p, t, m)
#define list_first_entry(h, t, m)	list_entry((h)->next, t, m)
#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry((head)->next, __typeof__(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, n, head, member)			\
	for (pos = list_entry((head)->next, __typeof__(*pos), member),	\
	     n = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head);					\
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

/* ---- the generator: the same numbers for the same seed, everywhere ---- */

static u64 rnd_state = 1;

static inline u64 rnd64(void)
{
	u64 z = (rnd_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline u32 rnd(u32 below)
{
	return rnd64() % below;
}

/* What a fuzzer insists on. */
#define insist(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s, round %llu\n", __FILE__,	\
			__LINE__, #cond, (unsigned long long)fuzz_round); \
		abort();						\
	}								\
} while (0)

static u64 fuzz_round;

/* Usage: prog [ROUNDS [SEED]]; runs @one that often. */
static inline int fuzz_main(int argc, char **argv, u64 rounds, void (*one)(void))
{
	u64 seed = 1;

	if (argc > 1)
		rounds = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	for (fuzz_round = 0; fuzz_round < rounds; fuzz_round++) {
		rnd_state = seed * 0x100000001ULL + fuzz_round;
		one();
	}
	printf("%s: %llu rounds, seed %llu\n", argv[0],
	       (unsigned long long)rounds, (unsigned long long)seed);
	return 0;
}

#endif /* FUZZ_KERNEL_SHIM_H */
