/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - a made-up machine whose load reacts to what pgtopd writes
 *
 * What is modelled: a load with a working set that turns over, so that new folio sizes show
 * in the TLB only as memory is allocated anew; noise of windows (lognormal, autocorrelated,
 * with wild values), drift, day and night, loads that come and go, others that alternate with
 * a period, idle times; memory that programs do not touch all of (bloat), fragmentation,
 * unfold storms; pressure by somebody else; an administrator who writes the knob.
 */
#ifndef PGTOP_SIM_MACHINE_H
#define PGTOP_SIM_MACHINE_H

#include "policy/observation.h"
#include "random.h"
#include "util/number.h"

#define SIM_WINDOW_S 10.0

enum { SMALL, LARGE, SIM_LEVERS }; /* 64K and 2M anonymous mTHP */

/* The truth about a lever on this machine, which the policy is to find out. */
struct truth {
	double factor;	 /* of the objective with the lever in place; 1: no effect */
	double bloat;	 /* memory it adds, as a share of what is touched */
	double fallback; /* share of allocations that fail */
	double unfolds;	 /* per second while in place */
	double cost; /* CPU time it costs the kernel, as a share of all: zeroing, compaction */
	bool usable; /* no guard will forbid it for good */
};

enum event {
	EVENT_LOAD,	/* another mix of programs */
	EVENT_IDLE,	/* the load stops or goes on */
	EVENT_SERVICE,	/* a service with memory of its own starts or stops */
	EVENT_PRESSURE, /* somebody else needs all memory, for a while */
	EVENT_ADMIN,	/* the knob of the small size is written */
	EVENTS,
};

struct sim_lever {
	struct truth truth;
	bool in_place;	/* the knob holds the value to be tried */
	double applied; /* 0..1: how much of the memory has the new size */
};

struct machine {
	struct random random;
	enum objective objective;
	double now_s;
	double base;			  /* of the objective */
	double noise_sd, noise_tau, wild; /* log scale, seconds, share of wild windows */
	double drift_day, daily, phase;
	double period_s, period_factor; /* 0: no alternation */
	double load;			/* log of the present mix */
	double noise;			/* state of the autocorrelated part */
	double memory_daily;
	double slow, memory_slow, slow_until; /* drift and day, renewed every few minutes */
	bool idle, pressure;
	double cpus, busy;
	double total, touched, service; /* bytes */
	double memory_noise;
	double turnover_s;
	double kernel_share, kernel_noise; /* of CPU time; log scale */
	double mean_s[EVENTS], next[EVENTS];
	double pressure_s, idle_s;
	struct sim_lever lever[SIM_LEVERS];
	unsigned int admin_writes;
};

/** machine_make - machine number @seed of the population */
void machine_make(struct machine *m, uint64_t seed);
/** machine_next_event - seconds until anything but noise changes */
double machine_next_event(const struct machine *m);
/** machine_advance - let @seconds pass */
void machine_advance(struct machine *m, double seconds);
/** machine_observe - the window that ends now; lever[] of @o keeps its value words */
void machine_observe(struct machine *m, struct observation *o);
/** machine_gain - share of the objective that is saved now */
double machine_gain(const struct machine *m);
/** machine_best - what could be saved by the levers that are usable */
double machine_best(const struct machine *m);
/** machine_loss - share of all CPU time that lever @i costs more than it saves, fully applied
 */
double machine_loss(const struct machine *m, int i);
/** machine_bloat - memory the levers added, as a share of what is touched */
double machine_bloat(const struct machine *m);

#endif
