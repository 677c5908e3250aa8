/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reason.h - the sentence of a decision (pure)
 *
 * Each writes decision.reason: one sentence for somebody who was not there, with the numbers
 * the decision rests on.
 */
#ifndef PGTOPD_REASON_H
#define PGTOPD_REASON_H

#include "policy/decision.h"
#include "policy/trial.h"

/** reason_set - anything else */
void reason_set(struct decision *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** reason_try - why a trial begins, and of what */
void reason_try(struct decision *d, const struct lever *l, const struct trial *t);
/** reason_apply - the knob is written after a baseline */
void reason_apply(struct decision *d, const struct lever *l, const struct trial *t);
/** reason_advise - what would be tried */
void reason_advise(struct decision *d, const struct lever *l, const struct trial *t);
/** reason_confirm - the original comes back for a while */
void reason_confirm(struct decision *d, const struct lever *l, const struct trial *t);
/** reason_keep - the trial passed */
void reason_keep(struct decision *d, const struct lever *l, const struct trial *t);
/** reason_failed - the trial failed; see its cause */
void reason_failed(struct decision *d, const struct lever *l, const struct trial *t,
		   const struct policy_config *c);
/** reason_guard - a guard was breached; @what: "taken back", "not tried", ... */
void reason_guard(struct decision *d, const struct lever *l, const struct breach *b,
		  const char *what);

#endif
