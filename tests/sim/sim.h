/* SPDX-License-Identifier: GPL-2.0-only */
/* sim.h - one machine under the real policy, and what came of it */
#ifndef PGTOP_SIM_SIM_H
#define PGTOP_SIM_SIM_H

#include "machine.h"
#include "policy/policy.h"

#define SIM_DAYS 366

struct run {
	struct machine machine;
	struct policy *policy;
	const struct policy_config *config;
	const struct levers *levers;
	double restart_s, restarted_s; /* how often pgtopd is restarted, 0: never; last */
	struct observation o;
	/* driver */
	unsigned int looks, settling;
	bool trying;
	/* what came of it */
	struct {
		unsigned int trials, verdicts, keeps, yields, changes;
		unsigned int day, today, most_a_day;
		double kept_s,
			loss_s;	   /* time in place outside of trials; lost CPU time in it */
		bool failed_write; /* the last write failed: what it holds is not its fault */
	} lever[SIM_LEVERS];
	uint64_t windows, decisions;
	unsigned int guard_reverts;
	unsigned int breached;	 /* windows in a row */
	unsigned int late;	 /* windows after the first */
	unsigned int trespasses; /* writes to a knob that is somebody else's */
	double usable_best_s, attained_s;
	struct {
		double best_s, attained_s;
		unsigned int changes;
	} day[SIM_DAYS];
	void (*tell)(struct run *run, const struct decision *d); /* NULL: nobody listens */
};

/** sim_run - machine number @seed for @days; @run is zeroed but for tell and restart_s */
void sim_run(struct run *run, uint64_t seed, const struct policy_config *c, double days);

#endif
