/* SPDX-License-Identifier: GPL-2.0-only */
/* clock.h - time as a number */
#ifndef PGTOP_CLOCK_H
#define PGTOP_CLOCK_H

#include <stdint.h>
#include <time.h>

/** clock_ns - what @clock (CLOCK_MONOTONIC, CLOCK_REALTIME) shows, in nanoseconds */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

#endif
