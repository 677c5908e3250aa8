/* SPDX-License-Identifier: GPL-2.0-only */
/* pmu_group.h - one group of events on one CPU, opened and read */
#ifndef PGTOP_PMU_GROUP_H
#define PGTOP_PMU_GROUP_H

#include <stdbool.h>

#include "pmu/pmu_event.h"
#include "pmu/pmu_plan.h"
#include "pmu/pmu_roles.h"
#include "pmu/pmu_scale.h"

/* The events that answer a role on one type of core. */
struct pmu_role_events {
	unsigned int n; /* 0: not counted */
	struct pmu_event event[PMU_PARTS_MAX];
};

/* Open counters of a group.  All zero: none is open. */
struct pmu_counters {
	size_t n;
	int fd[PMU_GROUP_MAX];	/* fd[0] is the leader's */
	struct pmu_counts base; /* up to here the counts have been used */
	bool told;		/* a total has been told since they were opened */
};

/**
 * pmu_group_open - open the events of @g on @cpu and start them together
 *
 * Counts what runs in @mode, whichever process it is; not what guests of this machine run.
 * What the kernel does not let this process open, it asks of @h's opener.  Returns 0, or the
 * negative errno of perf_event_open() with the event that failed in @failed (may be NULL; a
 * pointer into @events); nothing is open then.
 */
int pmu_group_open(const struct host *h, const struct pmu_group *g,
		   const struct pmu_role_events events[ROLE_MAX], enum pmu_mode mode,
		   unsigned int cpu, struct pmu_counters *ret,
		   const struct pmu_event **failed);

/** pmu_counters_close - close what is open */
void pmu_counters_close(struct pmu_counters *c);

/**
 * pmu_counters_read - the counts of now
 *
 * Returns 0, the negative errno of read(), or what pmu_counts_parse() returns.
 */
int pmu_counters_read(const struct pmu_counters *c, struct pmu_counts *ret);

/**
 * pmu_open_why - one clause that says why perf_event_open() failed
 * @err: a negative errno
 * @remedy: what to do about it, a static string or NULL; may be NULL
 *
 * Returns @buf.
 */
const char *pmu_open_why(const struct host *h, int err, const char *event, char *buf,
			 size_t len, const char **remedy);

#endif
