// SPDX-License-Identifier: GPL-2.0-only
/* What goes into a plan, and what becomes of a lever with it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "policy/reason.h"
#include "util/util.h"

#define FAILURES_MAX 16u

void plan_clear(struct plan *ret)
{
	ret->nsteps = ret->ndecisions = ret->dropped =
		0; /* the rest is large and only read up to these */
}

void value_copy(char *to, const char *from)
{
	snprintf(to, LEVER_VALUE, "%s", from);
}

uint64_t policy_take_id(struct policy *p)
{
	return p->next_id++;
}

/* @i: the lever, or -1: all of them */
struct decision *policy_decide(struct policy *p, struct plan *plan, int i,
			       enum decision_action action)
{
	struct decision *d = plan->ndecisions < PLAN_DECISIONS
				     ? &plan->decision[plan->ndecisions++]
				     : &p->lost;

	plan->dropped += d == &p->lost;
	*d = (struct decision){ .id = policy_take_id(p),
				.real_ns = p->real,
				.action = action };
	if (i >= 0) {
		snprintf(d->lever, sizeof(d->lever), "%s", p->levers.lever[i].name);
		p->rec[i].decision = d->id;
	}
	return d;
}

void policy_plan(struct policy *p, struct plan *plan, size_t i, enum step_kind kind,
		 const char *value, uint64_t decision)
{
	struct step *s = &plan->step[plan->nsteps];

	if (plan->nsteps == PLAN_STEPS) {
		plan->dropped++;
		return;
	}
	plan->nsteps++;
	s->kind = kind;
	s->lever = i;
	value_copy(s->value, value);
	s->decision = decision;
}

/* What the trial has shown so far. */
static void add_evidence(struct decision *d, const struct trial *t)
{
	d->trial = t->id;
	snprintf(d->objective, sizeof(d->objective), "%s", objective_name(t->objective));
	d->proxy = objective_is_proxy(t->objective);
	d->before = t->verdict.without;
	d->after = t->verdict.with;
	d->tested = t->verdict.tested;
	d->effect = t->verdict.effect;
	d->p = t->verdict.p;
}

struct decision *policy_decide_trial(struct policy *p, struct plan *plan,
				     enum decision_action action)
{
	struct decision *d = policy_decide(p, plan, p->trial.lever, action);

	add_evidence(d, &p->trial);
	return d;
}

uint64_t policy_jitter(const struct policy *p, uint64_t decision, uint64_t span)
{
	/* Fibonacci hashing: the high bits of a multiple of 2^64 / phi */
	uint64_t hash = decision * 0x9e3779b97f4a7c15 + p->seed;

	return (uint64_t)((hash >> 32) * 0x1p-35 * span);
}

void policy_cool(struct policy *p, size_t i, uint64_t from)
{
	struct record *r = &p->rec[i];
	double wait = ldexp(p->c.cooldown_ns, MIN(r->failures, 40u));

	wait = fmin(wait, fmax(p->c.backoff_max_ns, p->c.cooldown_ns));
	if (r->state != LEVER_HELD && r->state != LEVER_YIELDED)
		r->state = LEVER_COOLDOWN;
	r->stamp = from;
	r->until = from + (uint64_t)wait + policy_jitter(p, r->decision, wait);
	r->active = 0;
}

void policy_fail(struct policy *p, size_t i, unsigned int failures)
{
	p->rec[i].proven = (struct proven){ 0 };
	policy_cool(p, i, p->now);
	p->rec[i].failures = MIN(p->rec[i].failures + failures, FAILURES_MAX);
}

bool record_ours(const struct record *r)
{
	return *r->original;
}

/* Plan to write the original back; a decision says why. */
void policy_restore(struct policy *p, struct plan *plan, size_t i, struct decision *d)
{
	struct record *r = &p->rec[i];

	if (!record_ours(r))
		return;
	r->leaving = true;
	value_copy(d->from, r->value);
	value_copy(d->to, r->original);
	policy_plan(p, plan, i, STEP_RESTORE, r->original, d->id);
}

const struct lever *policy_lever(const struct policy *p, size_t i)
{
	return &p->levers.lever[i];
}

void policy_pause(struct policy *p, struct plan *plan, uint64_t until, const char *why)
{
	struct decision *d = policy_decide(p, plan, -1, DECISION_PAUSE);

	p->paused_until = until;
	reason_set(d, "tuning pauses for %.0f h: %s", (until - p->now) / (double)HOUR_NS, why);
}

struct decision *policy_stop_trial(struct policy *p, struct plan *plan)
{
	size_t i = p->trial.lever;
	bool touched = !trial_untouched(&p->trial);
	struct decision *d;

	/* What two legs say and none confirmed is neither a failure nor evidence. */
	if (!trial_judged(&p->trial))
		p->trial.verdict.tested = false;
	d = policy_decide_trial(p, plan, touched ? DECISION_REVERT : DECISION_ABANDON);
	p->trying = false;
	policy_restore(p, plan, i, d);
	return d;
}
