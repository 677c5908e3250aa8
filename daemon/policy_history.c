// SPDX-License-Identifier: GPL-2.0-only
/* Take up where an earlier run stopped. */
#include <errno.h>
#include <string.h>

#include "policy_state.h"
#include "util.h"

/* A trial that reached a verdict has used up its share of alpha. */
static void note_test(struct record *r, const struct decision *d)
{
	/* what was kept is only compared again, by another standard */
	if (!d->tested || r->was_kept ||
	    (d->action != DECISION_KEEP && d->action != DECISION_REVERT))
		return;
	r->tests++;
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

static void wait_from(struct policy *p, size_t i, const struct decision *d)
{
	struct record *r = &p->rec[i];

	policy_cool(p, i, d->real_ns);
	if (d->action == DECISION_REVERT && *d->guard)
		r->failures += GUARD_FAILURES;
	else if (d->action == DECISION_ADVISE || is_failure(d))
		r->failures++;
}

static void take_up(struct policy *p, size_t i, const struct decision *d)
{
	struct record *r = &p->rec[i];

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
		p->paused_until = d->real_ns + DAY_NS;
	if (d->action == DECISION_RESUME)
		p->paused_until = 0;
	if (*d->guard && d->action == DECISION_REVERT)
		stamps_add(&p->guard_reverts, d->real_ns);
	if (!l)
		return;
	r = &p->rec[l - p->levers.lever];
	r->stamp = d->real_ns;
	r->decision = d->id;
	note_test(r, d);
	take_up(p, l - p->levers.lever, d);
	if (d->action == DECISION_KEEP || d->action == DECISION_REVERT)
		r->was_kept = d->action == DECISION_KEEP;
}

int policy_adopt(struct policy *p, const char *lever, const char *value, const char *original)
{
	const struct lever *l = levers_named(&p->levers, lever);
	struct record *r;

	if (!l)
		return -ENOENT;
	r = &p->rec[l - p->levers.lever];
	r->state = LEVER_KEPT;
	r->adopted = true;
	value_copy(r->value, value);
	value_copy(r->original, original);
	return 0;
}
