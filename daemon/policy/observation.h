/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * observation.h - one window, as the policy sees it (pure)
 *
 * Taken from the difference of two snapshots: what can be an objective, what guards look
 * at, and what each lever's knob holds.  A number that is not known carries the reason.
 */
#ifndef PGTOPD_OBSERVATION_H
#define PGTOPD_OBSERVATION_H

#include "policy/lever.h"

/* What a trial tries to lower.  All are ratios; smaller is better. */
enum objective {
	OBJECTIVE_USER_CYCLES,	 /* user cycles in walks or stalled on the TLB, of all user
				    cycles */
	OBJECTIVE_KERNEL_CYCLES, /* the same in the kernel */
	OBJECTIVE_USER_MPKI,	 /* user walks per 1000 user instructions */
	OBJECTIVE_KERNEL_MPKI,	 /* the same in the kernel */
	OBJECTIVE_FAULTS,	 /* proxy: minor faults per second of CPU time */
	OBJECTIVES,
};

struct reading {
	double n;
	bool known;
	const char *why; /* not known: reason; static or owned by the snapshot */
};

/* What a window shows of one lever. */
struct lever_observation {
	char value[LEVER_VALUE];     /* "": not known */
	char effective[LEVER_VALUE]; /* what "inherit" stands for; else the value */
	char above[LEVER_VALUE];     /* the policy for all sizes; "": none, or not known */
	struct reading allocs;	     /* faults served at this size, per second */
	struct reading fallbacks;    /* share of attempts at this size that fell back */
	/* collapses of memory in use to this size that may fill in pages nobody touched, per
	 * second; 0 where max_ptes_none is 0 */
	struct reading collapses;
};

struct observation {
	uint64_t mono_ns, real_ns; /* at the end of the window */
	uint64_t interval_ns;
	bool left_out; /* no evidence for a trial (the machine slept in it, say); guards look
			*/
	struct reading objective[OBJECTIVES];
	/* Its events exist and count here, though others may have the PMU in this window. */
	bool countable[OBJECTIVES];
	/* What guards look at; rates are per second of wall time, shares are 0..1. */
	struct reading psi_full; /* share of the window in which all tasks waited for memory */
	struct reading psi_some;
	struct reading compact_stalls; /* per second */
	struct reading swap_out;       /* pages per second */
	struct reading unfolds;	       /* per second */
	struct reading anon_bytes;     /* AnonPages, a level */
	struct reading available;      /* MemAvailable, share of MemTotal */
	struct reading mem_total;      /* bytes */
	struct reading minor_faults;   /* per second */
	struct reading cpu_busy;       /* CPU-seconds per second, all CPUs */
	struct reading user_busy;      /* of them in user mode */
	struct reading kernel_share;   /* the kernel's of all CPU time, 0..1 */
	struct reading kernel_work_ns; /* its CPU time for 1000 user instructions */
	struct reading pmu_running;    /* smallest share of the window an event was counted */
	struct lever_observation lever[LEVERS_MAX]; /* in the order of struct levers */
};

/**
 * observe - what @delta, a snapshot_diff(), shows of the window that ended with it
 */
void observe(const struct snapshot *delta, const struct levers *levers,
	     struct observation *ret);

/** objective_name - "user_mpki", ... as in the journal and in messages */
const char *objective_name(enum objective o);
/** objective_named - Returns OBJECTIVES if there is none of that name */
enum objective objective_named(const char *name);
/** objective_title - as sentences name it: "minor faults per CPU-second" */
const char *objective_title(enum objective o);
/**
 * objective_floor - a level below which there is nothing to gain
 *
 * Logarithms are taken of values not below a tenth of it, so that a window without any misses
 * counts as a very good one.
 */
double objective_floor(enum objective o);
/** objective_is_proxy - whether it only stands in for a count of the TLB */
bool objective_is_proxy(enum objective o);

#endif
