/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tuner.h - carries out what the policy plans: knobs, journal, a line in the log
 *
 * Without a journal that can be written there are no changes: tuning is paused, and windows
 * are observed as before.  What was kept stays under guard.
 */
#ifndef PGTOPD_TUNER_H
#define PGTOPD_TUNER_H

#include "host/host.h"
#include "durable/journal.h"
#include "policy/policy.h"

struct tuner;

/**
 * tuner_new - a policy over @levers that goes on where @j ends
 * @j: what it still knows of is taken for kept; NULL: none, because of @no_journal, so that
 *     nothing is changed
 *
 * Everything handed over stays the caller's and must outlive the tuner, but for @c.
 * Returns 0 or -ENOMEM.
 */
int tuner_new(const struct host *h, const struct policy_config *c, const struct levers *levers,
	      struct journal *j, const char *state_dir, const char *no_journal,
	      struct tuner **ret);
/** tuner_free - changes nothing; NULL is accepted */
void tuner_free(struct tuner *t);

/** tuner_heed - what forbids or allows to tune may have changed: the off switch, another
 * pgtopd */
void tuner_heed(struct tuner *t);
/** tuner_window - a window that can be compared has ended */
void tuner_window(struct tuner *t, const struct observation *o);
/**
 * tuner_guard - guards are looked at between windows too, by a thread with the caller's rights
 *
 * Returns 0 or a negative errno: then they are looked at in each window.
 */
int tuner_guard(struct tuner *t);
/** tuner_alarm_fd - can be read when tuner_alarm() is to be called; -1: never */
int tuner_alarm_fd(const struct tuner *t);
/** tuner_alarm - a guard took something back between windows: conclude, and keep that */
void tuner_alarm(struct tuner *t);
/** tuner_configure - a new configuration */
void tuner_configure(struct tuner *t, const struct policy_config *c);
/**
 * tuner_tell - log and keep a decision made elsewhere, which changes nothing
 * @d: copied; its id is given here
 */
void tuner_tell(struct tuner *t, const struct decision *d);
/** tuner_stop - undo what is changed; @keep: but for what was kept */
void tuner_stop(struct tuner *t, bool keep);

/**
 * tuner_hold, tuner_release - as policy_hold()
 * @by: who asked, "": nobody knows
 * @ret: the decisions that followed; valid until the next call
 */
int tuner_hold(struct tuner *t, const char *lever, const char *by, const struct decision **ret,
	       size_t *n);
int tuner_release(struct tuner *t, const char *lever, const char *by,
		  const struct decision **ret, size_t *n);
/** tuner_dropped - steps and decisions of the policy that were not carried out */
uint64_t tuner_dropped(const struct tuner *t);
/** tuner_mode - the mode in effect, which is advise where tuner_paused() says why */
enum policy_mode tuner_mode(const struct tuner *t);
/** tuner_forgets - why the next start will not know what is decided now, a clause; or NULL */
const char *tuner_forgets(const struct tuner *t);

/** tuner_policy - for its status */
const struct policy *tuner_policy(const struct tuner *t);
/** tuner_paused - why tuning is paused, a clause; NULL: it is not */
const char *tuner_paused(const struct tuner *t);

#endif
