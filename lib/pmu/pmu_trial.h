/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_trial.h - does an event count anything?
 *
 * A PMU may accept an event it does not have and count 0 for ever, and a group may be accepted
 * and never fit.  So each group with hardware events is tried once on a core of its type: some
 * thousand touches of pages no TLB holds all of, and a few new address spaces, must raise
 * every count.  About 2 ms to prepare and 1-2 ms a group.
 */
#ifndef PGTOP_PMU_TRIAL_H
#define PGTOP_PMU_TRIAL_H

#include "pmu/pmu_group.h"

/* Pages touched, in random order; no core has a TLB of half as many entries. */
#define PMU_TRIAL_PAGES 16384u

struct pmu_trial;

/** pmu_trial_new - map what is to be touched (address space only, it costs no memory) */
int pmu_trial_new(const struct host *h, struct pmu_trial **ret);
/** pmu_trial_free - NULL is accepted */
void pmu_trial_free(struct pmu_trial *t);

struct pmu_trial_result {
	bool tried;	       /* false: this thread may not run on that CPU */
	bool ran;	       /* the group was on the PMU for some of the time */
	bool silent[ROLE_MAX]; /* its count did not rise as it must */
};

/**
 * pmu_trial_judge - what the counts over the touches say (pure)
 *
 * Walks, refills and cycles of walks must come to a sixteenth of the touches at least, in
 * proportion to the time the group ran; other counts must rise at all.  Software events are
 * not judged.
 */
void pmu_trial_judge(const struct pmu_group *g, const struct pmu_role_events events[ROLE_MAX],
		     const struct pmu_counts *counts, struct pmu_trial_result *ret);

/**
 * pmu_trial_group - open @g on @cpu, touch, judge, close
 *
 * Returns 0 with @ret, or the negative errno of pmu_group_open() with @failed.
 */
int pmu_trial_group(struct pmu_trial *t, const struct pmu_group *g,
		    const struct pmu_role_events events[ROLE_MAX], unsigned int cpu,
		    struct pmu_trial_result *ret, const struct pmu_event **failed);

#endif
