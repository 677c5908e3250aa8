/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_scale.h - the arithmetic of counters that share hardware (pure)
 *
 * When there are more events than counters the kernel runs the groups in turn and tells for
 * how long each was enabled and how long it ran.  What a group counted in an interval is
 * scaled by the two differences of that interval; scaled totals would go down when the share
 * changes.
 */
#ifndef PGTOP_PMU_SCALE_H
#define PGTOP_PMU_SCALE_H

#include <stddef.h>
#include <stdint.h>

/* The most events in one group. */
#define PMU_GROUP_MAX 8

/* An interval in which a group ran for less than 1/5 of its time is a guess, not a count. */
#define PMU_MIN_RUNNING_PERCENT 20

/* Groups take turns every 4 ms (/sys/.../perf_event_mux_interval_ms): a share means something
 * only after many turns. */
#define PMU_MIN_WINDOW_NS 100000000ull

/* What a read of a group gave, or the difference of two reads. */
struct pmu_counts {
	uint64_t enabled, running; /* ns */
	size_t n;
	uint64_t count[PMU_GROUP_MAX]; /* in the order the events were opened */
};

enum pmu_verdict {
	PMU_EXACT,    /* ran all the time: the counts are what happened */
	PMU_SCALED,   /* ran at least PMU_MIN_RUNNING_PERCENT: scaled */
	PMU_DEFERRED, /* too short to judge the share: leave it to the next reading */
	PMU_REJECTED, /* ran too little, or the counts went backwards */
};

/**
 * pmu_counts_parse - decode what read() of a group leader returned
 * @words: nr, enabled, running, then one count an event (PERF_FORMAT_GROUP with both times)
 * @members: the number of events that were opened in the group
 *
 * Returns 0; -ENODATA for an empty read (the group is in error state or its CPU is gone);
 * -EBADMSG if the kernel's answer has another number of events (the group was dissolved).
 */
int pmu_counts_parse(const uint64_t *words, size_t n_words, size_t members,
		     struct pmu_counts *ret);

/**
 * pmu_counts_delta - what a group counted between two reads
 *
 * @ret is filled for every verdict but PMU_REJECTED by backward counts; its counts are not
 * scaled.
 */
enum pmu_verdict pmu_counts_delta(const struct pmu_counts *older,
				  const struct pmu_counts *newer, struct pmu_counts *ret);

/** pmu_scale - @n x @whole / @part, rounded to nearest; UINT64_MAX if it does not fit or @part
 * is 0
 */
uint64_t pmu_scale(uint64_t n, uint64_t whole, uint64_t part);

#endif
