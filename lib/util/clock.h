/* SPDX-License-Identifier: GPL-2.0-only */
/* clock.h - time as a number */
#ifndef PGTOP_CLOCK_H
#define PGTOP_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

/** clock_ns - what @clock (CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, CLOCK_REALTIME) shows, in
 * nanoseconds */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/** clock_seconds - @ns nanoseconds in seconds */
static inline double clock_seconds(uint64_t ns)
{
	return ns / 1e9;
}

#endif
