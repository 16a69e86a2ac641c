/* SPDX-License-Identifier: GPL-2.0-only */
/* The smallest of test frames: counted checks, a line per failure. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static unsigned int checks_passed, checks_failed;

#define CHECK(cond) do {						\
	if (cond) {							\
		checks_passed++;					\
	} else {							\
		checks_failed++;					\
		printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #cond); \
	}								\
} while (0)

#define CHECK_EQ(a, b) do {						\
	unsigned long long check_a = (a), check_b = (b);		\
	if (check_a == check_b) {					\
		checks_passed++;					\
	} else {							\
		checks_failed++;					\
		printf("%s:%d: failed: %s is 0x%llx, not 0x%llx\n",	\
		       __FILE__, __LINE__, #a, check_a, check_b);	\
	}								\
} while (0)

static inline int check_result(const char *name)
{
	printf("%s: %u passed, %u failed\n", name, checks_passed, checks_failed);
	return checks_failed ? 1 : 0;
}

#endif /* CHECK_H */
