// SPDX-License-Identifier: GPL-2.0-only
/* Take up where an earlier run stopped. */
#include <errno.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "util/util.h"

/* A trial that reached a verdict has used up its share of alpha. */
static void note_test(struct record *r, const struct decision *d)
{
	enum objective objective = objective_named(d->objective);

	/* what was kept is only compared again, by another standard */
	if (!d->tested || r->was_kept ||
	    (d->action != DECISION_KEEP && d->action != DECISION_REVERT))
		return;
	r->tests++;
	if (objective != r->objective) {
		r->pooled = 0;
		r->evidence = (struct pooled){ 0 };
	}
	if (objective != OBJECTIVES)
		r->objective = objective;
	r->pooled++;
	stats_pool(&r->evidence, d->p, d->after.n);
	if (d->action == DECISION_KEEP) {
		r->pooled = 0;
		r->evidence = (struct pooled){ 0 };
	}
}

/* What was undone because pgtopd stopped or was told to is no failure of the lever. */
static bool is_failure(const struct decision *d)
{
	return d->action == DECISION_REVERT && (d->tested || *d->guard);
}

static bool counts_for_breaker(const struct decision *d)
{
	return d->action == DECISION_REVERT && *d->guard && guard_named(d->guard) != GUARD_PMU;
}

static void wait_from(struct policy *p, size_t i, const struct decision *d)
{
	struct record *r = &p->rec[i];

	policy_cool(p, i, d->real_ns);
	if (d->action == DECISION_REVERT && guard_is_of_lever(guard_named(d->guard)))
		r->failures += GUARD_FAILURES;
	else if (d->action == DECISION_ADVISE || d->tested)
		r->failures++;
}

static void take_up(struct policy *p, size_t i, const struct decision *d)
{
	struct record *r = &p->rec[i];

	if (d->action != DECISION_TRY && d->action != DECISION_CONFIRM)
		r->unfinished = d->action == DECISION_APPLY;
	switch (d->action) {
	case DECISION_YIELD:
		r->state = LEVER_YIELDED;
		break;
	case DECISION_HOLD:
		r->state = LEVER_HELD;
		break;
	case DECISION_RELEASE:
		r->state = LEVER_IDLE;
		r->failures = 0;
		break;
	case DECISION_ABANDON:
	case DECISION_ADVISE:
		wait_from(p, i, d);
		break;
	case DECISION_REVERT:
		if (is_failure(d))
			wait_from(p, i, d);
		break;
	case DECISION_KEEP:
		r->state = LEVER_IDLE; /* it was undone since; see policy_adopt() */
		r->since = d->real_ns;
		r->stood = r->was_kept ? r->stood + 1 : 0;
		if (r->stood)
			r->failures = 0;
		r->jitter = d->id;
		if (objective_named(d->objective) != OBJECTIVES)
			r->objective = objective_named(d->objective);
		break;
	default:
		break;
	}
}

/* The end of a pause is not told: the breaker's is longer than that for a failed write. */
static uint64_t pause_of(const struct policy *p, const struct decision *d)
{
	uint64_t day_ago = d->real_ns > BREAK_NS ? d->real_ns - BREAK_NS : 0;

	return stamps_since(&p->guard_reverts, day_ago) >= p->c.breaker_reverts
		       ? BREAK_NS
		       : p->c.cooldown_ns;
}

/* Decisions that wrote a knob count for the cap on changes. */
static void note_change(struct policy *p, const struct decision *d)
{
	switch (d->action) {
	case DECISION_APPLY:
	case DECISION_CONFIRM:
	case DECISION_KEEP:
	case DECISION_REVERT:
		if (*d->to)
			stamps_add(&p->changes, d->real_ns);
		break;
	default:
		break;
	}
}

void policy_history(struct policy *p, const struct decision *d)
{
	const struct lever *l = levers_named(&p->levers, d->lever);
	struct record *r;

	if (d->id >= p->next_id)
		p->next_id = d->id + 1;
	if (d->action == DECISION_PAUSE && !*d->lever)
		p->paused_until = d->real_ns + pause_of(p, d);
	if (d->action == DECISION_RESUME)
		p->paused_until = 0;
	if (counts_for_breaker(d))
		stamps_add(&p->guard_reverts, d->real_ns);
	if (!l)
		return;
	r = &p->rec[l - p->levers.lever];
	note_change(p, d);
	r->told = d->real_ns;
	r->decision = d->id;
	note_test(r, d);
	take_up(p, l - p->levers.lever, d);
	if (d->action == DECISION_KEEP || d->action == DECISION_REVERT)
		r->was_kept = d->action == DECISION_KEEP;
}

void policy_take_up_unfinished(struct policy *p)
{
	for (size_t i = 0; i < p->levers.n; i++) {
		struct record *r = &p->rec[i];

		/* what was proven is not to blame, should its comparison be cut off */
		if (!r->unfinished || record_ours(r) || *r->proven.value)
			continue;
		policy_cool(p, i, r->told);
		r->failures++;
	}
}

int policy_adopt(struct policy *p, const char *lever, const char *value, const char *original)
{
	const struct lever *l = levers_named(&p->levers, lever);
	struct record *r;

	if (!l)
		return -ENOENT;
	r = &p->rec[l - p->levers.lever];
	r->state = LEVER_KEPT;
	value_copy(r->value, value);
	value_copy(r->original, original);
	return 0;
}
