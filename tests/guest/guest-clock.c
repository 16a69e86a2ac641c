// SPDX-License-Identifier: GPL-2.0-only
/* Read the clock many times; the host counts the exits that it costs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 10000000;
	long long last = 0, now, back = 0;
	struct timespec ts;

	for (long i = 0; i < n; i++) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		now = ts.tv_sec * 1000000000LL + ts.tv_nsec;
		back += now < last;
		last = now;
	}
	printf("GUEST-CLOCK: %ld reads, %lld went back\n", n, back);
	return back != 0;
}
