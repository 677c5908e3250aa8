/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.h - what to try, when to stop, what to keep (pure)
 *
 * The policy is fed one observation a window and answers with steps.  It reads no clock and
 * writes no knob: whoever runs it (pgtopd, a replay, the simulator) carries the steps out and
 * tells how they went.
 */
#ifndef PGTOPD_POLICY_H
#define PGTOPD_POLICY_H

#include "policy/guard.h"
#include "policy/observation.h"
#include "policy/plan.h"
#include "policy/policy_config.h"

struct policy;

/**
 * policy_new - a policy that has seen nothing yet
 * @first_id: decisions are numbered from here (one more than the journal's last)
 *
 * Returns 0 or -ENOMEM.
 */
int policy_new(const struct policy_config *c, const struct levers *levers, uint64_t first_id,
	       struct policy **ret);
/** policy_free - NULL is accepted; writes nothing, restores nothing */
void policy_free(struct policy *p);

/**
 * policy_history - take up where an earlier run stopped
 *
 * Given the journal's decisions, oldest first: cool-downs, back-off, what was yielded or held
 * are as they were.  A trial that was under way is not continued: it was undone.
 */
void policy_history(struct policy *p, const struct decision *d);

/**
 * policy_adopt - the journal says that the knob of @lever holds what an earlier run wrote
 * @original: what it held before
 *
 * For the exit policy "keep".  The lever is under guard from the next window on, and compared
 * again as a kept one is.  Returns 0 or -ENOENT (no such lever).
 */
int policy_adopt(struct policy *p, const char *lever, const char *value, const char *original);

/**
 * policy_wait - nothing is to be changed for a while; before the first window
 *
 * For @boot_ns from the first window on boot-time settings are waited for: what is written to
 * a knob that holds nothing of ours is one of them, not somebody's word.  For @start_ns
 * nothing is changed because other machines may have started at the same time.
 */
void policy_wait(struct policy *p, uint64_t boot_ns, uint64_t start_ns);

/** policy_seed - a number of this machine, that spreads what machines do; before the first
 * window
 */
void policy_seed(struct policy *p, uint64_t seed);

/** policy_configure - a new configuration (reload); a trial under way ends with a revert if
 * the mode no longer allows it */
void policy_configure(struct policy *p, const struct policy_config *c, uint64_t real_ns,
		      struct plan *ret);

/**
 * policy_suspend - what is changed cannot be recorded, because of @why (a clause)
 *
 * With mode tune: a trial under way ends, and none begins.  What was kept stays, and stays
 * under guard.  @why NULL: it can be again, and @ret is empty.
 */
void policy_suspend(struct policy *p, const char *why, uint64_t real_ns, struct plan *ret);

/**
 * policy_step - one window has ended
 *
 * Every step of @ret is to be carried out and answered by policy_told() before the next call.
 * Does not allocate.
 */
void policy_step(struct policy *p, const struct observation *o, struct plan *ret);

/**
 * policy_told - how a step went
 * @err: 0; -ESTALE: the knob held something else, nothing was written; -EUCLEAN: the write
 *	 failed, and the knob may hold our value all the same; other: the write failed
 *
 * A failure ends the trial; @ret says what was concluded.
 */
void policy_told(struct policy *p, const struct step *s, int err, uint64_t real_ns,
		 struct plan *ret);

/* What a guard must know of a lever between two windows. */
struct guarded {
	bool in_place; /* its knob holds our value */
	char ours[LEVER_VALUE], original[LEVER_VALUE];
	struct bloat bloat;
};

/** policy_guarded - of lever number @i */
void policy_guarded(const struct policy *p, size_t i, struct guarded *ret);

/* What was taken back between two windows, and by what. */
struct alarm {
	bool taken[LEVERS_MAX];
	struct breach breach[LEVERS_MAX]; /* guard GUARDS: "never" for all sizes */
};

/**
 * policy_alarm - knobs were set back to their originals already
 *
 * @ret has the decisions, and steps that let the journal know.
 */
void policy_alarm(struct policy *p, const struct alarm *a, uint64_t real_ns, struct plan *ret);

/**
 * policy_wake - when the policy wants the next window; 0: every one
 *
 * Until then (CLOCK_MONOTONIC) it does nothing but watch guards and knobs.  For simulations:
 * pgtopd shows it every window.
 */
uint64_t policy_wake(const struct policy *p);

#define POLICY_ALL "all"

/**
 * policy_hold, policy_release - of @lever, or POLICY_ALL
 *
 * Returns 0, -ENOENT (no such lever), -EALREADY
 */
int policy_hold(struct policy *p, const char *lever, uint64_t real_ns, struct plan *ret);
int policy_release(struct policy *p, const char *lever, uint64_t real_ns, struct plan *ret);

/** policy_take_id - the number of a decision that somebody else makes */
uint64_t policy_take_id(struct policy *p);

/**
 * policy_stop - everything still changed is to be undone (exit policy "restore")
 * @keep: but for what was kept (exit policy "keep")
 */
void policy_stop(struct policy *p, uint64_t real_ns, bool keep, struct plan *ret);

/** policy_status - Returns the number of levers; @ret holds up to @max of them */
size_t policy_status(const struct policy *p, struct lever_status *ret, size_t max);
/** lever_state_name - "idle", "baseline", ... */
const char *lever_state_name(enum lever_state s);

#endif
