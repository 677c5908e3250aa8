/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h - what the accesses to a core came to, and what an Arm PMU calls that
 *
 * Pure.  A walk has a stated cost: so many cycles for each descriptor it reads, with nothing
 * else done in the meantime.  Cycles of walks and stalls by walks are therefore the same.
 */
#ifndef PGTOP_BENCH_EVENTS_H
#define PGTOP_BENCH_EVENTS_H

#include "core.h"

/** struct misses - by side; @reads are the descriptors that the walks read */
struct misses {
	uint64_t l1[2], walks[2], reads[2];
};

/** misses_add - an access that had to go as far as @result, which is not CORE_L1_HIT */
void misses_add(struct misses *m, enum core_side side, enum core_result result,
		unsigned int reads);

/**
 * event_count - how often event number @event happened
 *
 * Numbers as in the Arm ARM, DDI 0487, D13.12, and AmpereOne's own for stalls.  @split: of the
 * second level, see struct core; where it is not, an L2 refill for instructions counts as one
 * of the only L2.  @cost: cycles for each descriptor.  Returns 0 for other events.
 */
uint64_t event_count(const struct misses *m, bool split, unsigned int cost,
		     unsigned int event);

#endif
