/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial.h - one change as an experiment (pure)
 *
 *   without the lever -> with it -> without it -> verdict        (A/B/A)
 *   with the lever -> without it -> with it -> verdict           (a kept one, compared again)
 *
 * The load of a machine changes by itself, so that before and after differ for many reasons.
 * The lever is believed only if the objective goes down when it is applied and up when it is
 * taken back: a drift, a daily cycle or a new load does one of the two.  Each part is a leg;
 * it begins with windows in which the change takes effect and ends with those that count.
 */
#ifndef PGTOPD_TRIAL_H
#define PGTOPD_TRIAL_H

#include "policy/decision.h"
#include "policy/guard.h"
#include "policy/net.h"
#include "policy/stats.h"

/* What the policy is to do now. */
enum trial_event {
	TRIAL_GOES_ON,
	TRIAL_CHANGE, /* apply the lever, or take it back, for the next leg */
	TRIAL_PASSED, /* keep it; see trial_in_place() for whether it has to be applied */
	TRIAL_FAILED, /* see cause */
};

enum trial_cause {
	CAUSE_NONE,
	CAUSE_IDLE,	 /* too few windows with activity */
	CAUSE_UNSTEADY,	 /* the first leg did not come to rest */
	CAUSE_SMALL,	 /* there is too little to gain */
	CAUSE_UNCOUNTED, /* others have the PMU, or a CPU has no counters */
	CAUSE_NOT_TAKEN, /* no page of that size was handed out */
	CAUSE_WORSE,	 /* the objective rose */
	CAUSE_NO_EFFECT, /* if it fell, then by less than the minimum effect */
	CAUSE_NOT_SURE,	 /* whatever changed could have by chance */
	CAUSE_COSTS,	 /* the kernel needs more CPU time than the TLB saves */
};

#define TRIAL_LEGS 3

struct leg {
	double x[POLICY_WINDOWS_MAX];	   /* the objective */
	double anon[POLICY_WINDOWS_MAX];   /* AnonPages beside it */
	double kernel[POLICY_WINDOWS_MAX]; /* net_kernel() beside it */
	double share;			   /* of the kernel, of all of them */
	bool uncosted;			   /* a window had no kernel[] */
	size_t n;
	double busy; /* CPU-seconds of all of them */
};

struct verdict {
	struct phase_summary without, with;
	double effect; /* (without - with) / without */
	double p;      /* of these legs */
	double pooled; /* together with the earlier trials of this lever */
	bool tested;
	struct net net; /* beside the effect: of all CPU time */
};

struct trial {
	size_t lever;  /* index in struct levers */
	uint64_t size; /* of its pages */
	uint64_t id;   /* of its DECISION_TRY */
	bool recheck;  /* of a lever that is kept */
	bool by_work;  /* user instructions are counted: see net.h */
	bool confirm;  /* a third leg confirms; as it was configured when the trial began */
	enum objective objective;
	char proxy_why[96];    /* proxy: why nothing better is measured */
	double alpha;	       /* of this trial */
	struct pooled earlier; /* trials of this lever */
	unsigned int trials;   /* how many */
	unsigned int scale;    /* so many times the configured windows */
	unsigned int current;  /* leg */
	bool settling;
	unsigned int seen;	/* windows since the leg began or settled, evidence or not */
	unsigned int of;	/* that many are wanted */
	unsigned int uncounted; /* windows in a row without the objective, though not idle */
	unsigned int settled;	/* windows the lever took to take effect */
	unsigned int taken;	/* windows in which pages of its size were handed out */
	double turned_over;	/* bytes handed out since the change */
	struct leg leg[TRIAL_LEGS];
	struct bloat bloat;
	bool passed;
	enum trial_cause cause; /* after TRIAL_FAILED */
	struct verdict verdict; /* what the legs so far say */
};

/** trial_begin - with lever, size, objective, alpha and scale (0: 1) given */
void trial_begin(struct trial *t, const struct policy_config *c);
/** trial_begin_recheck - of a kept lever: its bloat and settled are given, too */
void trial_begin_recheck(struct trial *t, const struct policy_config *c);

/** trial_evidence - whether a window can tell anything about @objective */
bool trial_evidence(const struct policy_config *c, const struct observation *o,
		    enum objective objective);

/** trial_counts - whether a window has @objective, of events that were counted long enough */
bool trial_counts(const struct policy_config *c, const struct observation *o,
		  enum objective objective);

/** trial_step - one more window */
enum trial_event trial_step(struct trial *t, const struct policy_config *c,
			    const struct observation *o);
/** trial_changed - what TRIAL_CHANGE asked for is done: the next leg begins */
void trial_changed(struct trial *t, const struct policy_config *c);

/** trial_all - the earlier trials and this one, as far as it came */
struct pooled trial_all(const struct trial *t);

/** trial_judged - whether a trial that failed did so by what its legs say, not for want of
 * evidence */
bool trial_judged(const struct trial *t);
/** trial_in_place - whether the lever's value is in place in this leg */
bool trial_in_place(const struct trial *t);
/** trial_untouched - whether nothing was changed yet */
bool trial_untouched(const struct trial *t);
/** trial_progress - windows of this leg so far, of t->of */
unsigned int trial_progress(const struct trial *t);

#endif
