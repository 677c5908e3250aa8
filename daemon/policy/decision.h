/* SPDX-License-Identifier: GPL-2.0-only */
/* decision.h - one decision of the policy, with the numbers it rests on */
#ifndef PGTOPD_DECISION_H
#define PGTOPD_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/lever.h"

#define DECISION_REASON 512
#define DECISION_BY	80
#define DECISION_ID_MAX (UINT64_MAX >> 1) /* larger ids are not read back: room above them */

/* What was decided; the names are the values of the label "action" in metrics and JSON. */
enum decision_action {
	DECISION_TRY,	  /* a trial began: baseline windows are collected */
	DECISION_APPLY,	  /* the knob is to be written */
	DECISION_CONFIRM, /* the original comes back for a while: does the effect go with it?
			   */
	DECISION_KEEP,
	DECISION_REVERT,  /* the original is to be written back */
	DECISION_ABANDON, /* a trial ended before anything was written */
	DECISION_VETO,	  /* a guard forbids to begin */
	DECISION_ADVISE,  /* what would be tried, were tuning on; or what to do at boot */
	DECISION_YIELD,	  /* somebody else owns the knob */
	DECISION_HOLD,	  /* asked for over the control socket */
	DECISION_RELEASE,
	DECISION_PAUSE, /* the circuit breaker, or a journal that cannot be written */
	DECISION_RESUME,
	DECISION_ACTIONS,
};

/* Windows of one phase, summed up. */
struct phase_summary {
	unsigned int n;
	double mean, sd;
};

struct decision {
	uint64_t id;		/* ascending, never used twice, also over restarts */
	uint64_t trial;		/* id of the trial's DECISION_TRY; 0: of none */
	uint64_t real_ns;	/* CLOCK_REALTIME, for people */
	char lever[LEVER_NAME]; /* "": of all */
	enum decision_action action;
	char from[LEVER_VALUE], to[LEVER_VALUE]; /* "": the knob does not change */
	char objective[24];			 /* "": none */
	bool proxy;
	struct phase_summary before, after; /* n 0: not measured */
	bool tested;			    /* effect and p are meaningful */
	double effect;			    /* (before - after) / before: positive is better */
	double p;			    /* of no effect, one-sided */
	char guard[24];			    /* "": none was breached */
	double guard_value, guard_limit;
	char by[DECISION_BY];	      /* hold, release: who asked for it; "": not known */
	char reason[DECISION_REASON]; /* one sentence a person can read */
};

/** decision_action_name - "keep", "revert", ... */
const char *decision_action_name(enum decision_action a);
/** decision_action_named - Returns DECISION_ACTIONS if there is none of that name */
enum decision_action decision_action_named(const char *name);

#endif
