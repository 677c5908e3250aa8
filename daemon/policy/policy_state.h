/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_state.h - what the policy remembers; for its own files only
 *
 * Time is one axis: the real time of the first window plus what the monotonic clock went on
 * since.  It takes over cool-downs from the journal and never jumps.
 */
#ifndef PGTOPD_POLICY_STATE_H
#define PGTOPD_POLICY_STATE_H

#include "util/clock.h"
#include "policy/observation.h"
#include "policy/memory.h"
#include "policy/plan.h"
#include "policy/policy_config.h"
#include "policy/trial.h"

#define HOUR_NS	       (3600 * NS_PER_S)
#define DAY_NS	       (24 * HOUR_NS)
#define STAMPS	       4096   /* changes_per_hour and breaker_reverts go to 3600 */
#define GUARD_FAILURES 2      /* guilt waits longer than what had no effect */
#define BREAK_NS       DAY_NS /* how long the breaker pauses */
/* A trial that could not decide is repeated, so many times longer, up to the longest. */
#define SCALE_STEP 2
#define SCALE_MAX  8

/* Why a lever is not tried now. */
enum block {
	BLOCK_NONE,
	BLOCK_OBSERVE,	 /* mode = observe */
	BLOCK_NOT_ASKED, /* shared memory, shmem = no */
	BLOCK_NO_VALUE,	 /* its knob cannot be read */
	BLOCK_FORBIDDEN, /* the policy for all sizes is never */
	BLOCK_HOLDS_IT,	 /* its knob holds the value already */
	BLOCK_NO_COUNT,	 /* the kernel does not count its effect */
	BLOCK_NO_OBJECTIVE,
	BLOCK_NOT_NOW,	 /* what it would be judged by is counted here, but not just now */
	BLOCK_UNGUARDED, /* an essential guard has no reading */
	BLOCK_BOOT,	 /* boot-time settings are waited for */
	BLOCK_START,	 /* start_delay */
	BLOCK_HOURS,	 /* maintenance */
	BLOCK_PAUSED,
	BLOCK_UNDO,  /* something is still to be restored */
	BLOCK_QUIET, /* the machine comes to rest after the last trial */
	BLOCK_IDLE,  /* too little activity to measure */
	BLOCK_GUARD,
	BLOCK_CAP,
	BLOCK_BUSY, /* another trial is under way */
	BLOCKS,
};

/* The last moments of something; a cap on their number is a cap on how often it happens. */
struct stamps {
	uint64_t at[STAMPS];
	size_t n; /* ever */
};

struct record {
	enum lever_state state; /* IDLE, KEPT, COOLDOWN, YIELDED or HELD: trials are apart */
	enum block block;
	char value[LEVER_VALUE];    /* the knob, as far as is known; "": not known */
	char above[LEVER_VALUE];    /* the policy for all sizes, in the last window */
	char original[LEVER_VALUE]; /* "": what the knob holds is not ours */
	struct proven proven;	    /* kept, or was when pgtopd stopped */
	bool adopting;		    /* what was proven is being written */
	bool was_kept;		    /* in the history */
	bool unfinished;       /* in the history: a trial changed it, and nothing ended that */
	bool leaving;	       /* in this window: its original is planned to be written */
	bool undo;	       /* restoring failed and is tried again each window */
	unsigned int unseen;   /* windows in which the knob could not be read */
	unsigned int failures; /* the cool-down doubles with each */
	unsigned int suspected; /* guards of the machine that took it back soon, in a row */
	unsigned int tests;	/* trials that came to a verdict */
	struct pooled evidence; /* of them, since the lever was last kept */
	unsigned int pooled;	/* how many */
	unsigned int scale;
	unsigned int settled; /* kept: windows it took to take effect */
	uint64_t jitter;      /* spreads what recurs: see policy_jitter() */
	unsigned int stood;   /* kept: comparisons it has passed */
	unsigned int doubted; /* kept: 1: the last one could not tell it from chance */
	unsigned int active;  /* windows with evidence in a row */
	uint64_t since;	      /* kept: since when, or last compared */
	uint64_t until;	      /* of a cool-down */
	uint64_t stamp;	      /* when the cool-down began */
	uint64_t told;	      /* of the last decision in the history */
	struct yield yield;
	uint64_t changed_real_ns, decision;
	enum objective objective; /* of the evidence; kept: what it was kept for */
	struct bloat bloat;	  /* kept */
};

struct policy {
	struct policy_config c;
	struct levers levers;
	struct record rec[LEVERS_MAX];
	struct trial trial;
	bool trying;
	bool started;	       /* the first window has been seen */
	uint64_t mono0, real0; /* of it */
	uint64_t now;	       /* see above */
	uint64_t mono, real;   /* of the last window */
	uint64_t next_id;
	struct stamps changes;
	struct stamps guard_reverts;
	uint64_t paused_until; /* 0: is not */
	bool suspended;	       /* see policy_suspend() */
	uint64_t quiet_until;
	uint64_t seed; /* see policy_seed() */
	/* see policy_wait(): durations, and after the first window when they are over */
	uint64_t boot_wait, start_wait;
	uint64_t vetoed_until; /* no veto is told before */
	enum guard_id veto;
	struct decision lost; /* a plan is never full; if it is, this one is not told */
};

/* policy_plan.c: what goes into a plan, and what becomes of a lever with it */

void plan_clear(struct plan *ret);
/** value_copy - @to has LEVER_VALUE bytes */
void value_copy(char *to, const char *from);
const struct lever *policy_lever(const struct policy *p, size_t i);
/** record_ours - whether the knob holds what we wrote */
bool record_ours(const struct record *r);
/** policy_decide - a new decision about lever @i (-1: all), still without a reason */
struct decision *policy_decide(struct policy *p, struct plan *plan, int i,
			       enum decision_action action);
/** policy_decide_trial - the same with what the trial has shown so far */
struct decision *policy_decide_trial(struct policy *p, struct plan *plan,
				     enum decision_action action);
void policy_plan(struct policy *p, struct plan *plan, size_t i, enum step_kind kind,
		 const char *value, uint64_t decision);
/** policy_restore - plan to write the original back, if ours; @d tells from what to what */
void policy_restore(struct policy *p, struct plan *plan, size_t i, struct decision *d);
/**
 * policy_stop_trial - end the trial: it failed, or something else ends it before its verdict
 *
 * Then the decision says nothing about an effect.  The reason is up to you.
 */
struct decision *policy_stop_trial(struct policy *p, struct plan *plan);
/**
 * policy_jitter - a time from 0 to an eighth of @span, from the number of a decision and the
 * machine
 *
 * What the machine does every hour must not meet what the policy does at the same time again
 * and again; nor do machines that were started together do the same at the same time.
 */
uint64_t policy_jitter(const struct policy *p, uint64_t decision, uint64_t span);
/** policy_cool - lever @i waits from @from on, the longer the more failures it had */
void policy_cool(struct policy *p, size_t i, uint64_t from);
/** policy_fail - lever @i waits from now on, and longer the next time by @failures doublings
 */
void policy_fail(struct policy *p, size_t i, unsigned int failures);
/** policy_pause - nothing is tried until @until */
void policy_pause(struct policy *p, struct plan *plan, uint64_t until, const char *why);

/* policy_yield.c */

/** policy_yield - somebody else has written the knob; @forget: the journal knows of it */
void policy_yield(struct policy *p, struct plan *plan, size_t i, const char *holds,
		  bool forget);
/** policy_heed - lever @i is somebody else's, who wrote @word ("": not known) over @before */
void policy_heed(struct policy *p, size_t i, const char *word, const char *before);
/** policy_end_yields - of earlier boots, and those nobody has repeated for long */
void policy_end_yields(struct policy *p, const struct observation *o, struct plan *plan);
/** policy_is_booting - boot-time settings are still to come */
bool policy_is_booting(const struct policy *p);
/** policy_is_waiting - nothing may be changed yet: see policy_wait() */
bool policy_is_waiting(const struct policy *p);
/** policy_yield_wake - when the yield of @r ends, UINT64_MAX: never */
uint64_t policy_yield_wake(const struct policy *p, const struct record *r);
/** policy_forbidden - see lever_is_forbidden() */
bool policy_forbidden(const struct policy *p, size_t i, const struct lever_observation *o);
/* policy_history.c */

/**
 * policy_take_up_unfinished - what an earlier run tried when it was killed waits as after a
 * failure: perhaps that is what killed it
 */
void policy_take_up_unfinished(struct policy *p);

/* policy_trial.c */

void policy_begin_trial(struct policy *p, size_t i, const struct observation *o,
			struct plan *plan);
void policy_step_trial(struct policy *p, const struct observation *o, struct plan *plan);

/** policy_leave_kept - the lever that is compared again stays as it is: nothing was shown */
void policy_leave_kept(struct policy *p);

/* policy_blame.c */

/**
 * policy_blame - @guard took lever @i back, which waits now
 * @blamed: another lever is not
 *
 * What was proven stays proven unless the lever is guilty.
 */
void policy_blame(struct policy *p, size_t i, enum guard_id guard, bool blamed);

/* policy_memory.c */

/** policy_is_proven - lever @i was proven, has been taken back, and may be written again */
bool policy_is_proven(const struct policy *p, size_t i);
/** policy_adopt_proven - plan to write what was proven before; whether there is something */
bool policy_adopt_proven(struct policy *p, const struct observation *o, struct plan *plan);
/** policy_adopted - how writing it went, see policy_told() */
void policy_adopted(struct policy *p, size_t i, int err, uint64_t real_ns, struct plan *ret);

/* policy_candidate.c */

/** policy_candidate - the lever to try now, or -1; sets the block of every other */
int policy_candidate(struct policy *p, const struct observation *o, const struct breach *b);
/** policy_recheck_after - how long after the last comparison a kept lever is compared again */
uint64_t policy_recheck_after(const struct policy *p, const struct record *r);
/** policy_recheck_due - the kept lever to compare again now, or -1 */
int policy_recheck_due(struct policy *p, const struct observation *o);
/**
 * policy_objective - what @l would be judged by, or -1
 *
 * The proxy only where nothing better is counted: mTHP lowers it by construction, so that a
 * window in which others have the PMU must not decide by it.
 */
int policy_objective(const struct policy *p, const struct lever *l,
		     const struct observation *o);
/** policy_recheck_objective - what kept lever @i would be compared by, or -1 */
int policy_recheck_objective(const struct policy *p, size_t i, const struct observation *o);
/** policy_note_activity - count windows with evidence */
void policy_note_activity(struct policy *p, const struct observation *o);
/** policy_alpha - alpha of the next trial of lever @i, spent so that all of them share alpha
 */
double policy_alpha(const struct policy *p, size_t i);
/** block_clause - why, for status */
const char *block_clause(enum block b);

void stamps_add(struct stamps *s, uint64_t at);
/** stamps_since - how many of the remembered ones are later than @from */
size_t stamps_since(const struct stamps *s, uint64_t from);
/** stamps_clamp - what is later than @now becomes now */
void stamps_clamp(struct stamps *s, uint64_t now);

#endif
