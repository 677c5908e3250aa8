// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "sampling.h"
#include "util/clock.h"

static struct timespec deadline_after(uint64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (t.tv_nsec + ns) / NS_PER_S;
	t.tv_nsec = (t.tv_nsec + ns) % NS_PER_S;
	return t;
}

void sampling_wait(const struct cli_options *o)
{
	uint64_t left = o->interval_ns, step;

	while (left) {
		struct timespec until;

		step = left > 2 * NS_PER_S && o->progress ? NS_PER_S : left;
		if (o->progress && o->interval_ns > 2 * NS_PER_S)
			fprintf(stderr, "\rsampling, %" PRIu64 " s to go ",
				(left - 1) / NS_PER_S + 1);
		until = deadline_after(step);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
		left -= step;
	}
	if (o->progress && o->interval_ns > 2 * NS_PER_S)
		fprintf(stderr, "\r%30s\r", "");
}
