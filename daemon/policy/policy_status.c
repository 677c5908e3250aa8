// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "util/util.h"

static const char *const state_names[] = {
	[LEVER_IDLE] = "idle",	       [LEVER_BASELINE] = "baseline",
	[LEVER_SETTLE] = "settle",     [LEVER_MEASURE] = "measure",
	[LEVER_CONFIRM] = "confirm",   [LEVER_KEPT] = "kept",
	[LEVER_COOLDOWN] = "cooldown", [LEVER_YIELDED] = "yielded",
	[LEVER_HELD] = "held",	       [LEVER_BLOCKED] = "blocked",
};

const char *lever_state_name(enum lever_state s)
{
	return state_names[s];
}

static enum lever_state trial_state(const struct trial *t)
{
	if (trial_untouched(t))
		return LEVER_BASELINE;
	if (!trial_in_place(t))
		return LEVER_CONFIRM;
	return t->settling ? LEVER_SETTLE : LEVER_MEASURE;
}

static const char *policy_status_clause(const struct policy *p, const struct record *r)
{
	if (r->undo)
		return "its original value could not be written yet";
	switch (r->state) {
	case LEVER_COOLDOWN:
		return "waiting after the last trial";
	case LEVER_YIELDED:
		return "somebody else has written its knob";
	case LEVER_HELD:
		return "held by the administrator";
	case LEVER_IDLE:
		return r->block == BLOCK_GUARD ? guard_clause(p->veto)
					       : block_clause(r->block);
	default:
		return NULL;
	}
}

static void policy_status_fill(const struct policy *p, size_t i, struct lever_status *s)
{
	const struct record *r = &p->rec[i];

	*s = (struct lever_status){
		.lever = policy_lever(p, i),
		.state = r->state,
		.why = policy_status_clause(p, r),
		.until_real_ns = r->state == LEVER_COOLDOWN ? r->until : 0,
		.decision = r->decision,
		.changed_real_ns = r->changed_real_ns,
	};
	value_copy(s->value, r->value);
	value_copy(s->original, r->original);
	if (p->trying && p->trial.lever == i) {
		s->state = trial_state(&p->trial);
		s->windows = trial_progress(&p->trial);
		s->of = p->trial.of;
		s->why = NULL;
	} else if (r->state == LEVER_IDLE && r->block) {
		s->state = LEVER_BLOCKED;
	}
}

size_t policy_status(const struct policy *p, struct lever_status *ret, size_t max)
{
	for (size_t i = 0; i < MIN(p->levers.n, max); i++)
		policy_status_fill(p, i, &ret[i]);
	return p->levers.n;
}

/* On the policy's axis; UINT64_MAX: never. */
static uint64_t lever_wake(const struct policy *p, const struct record *r)
{
	switch (r->state) {
	case LEVER_COOLDOWN:
		return r->until;
	case LEVER_KEPT:
		return p->c.recheck_ns ? r->since + policy_recheck_after(p, r) : UINT64_MAX;
	case LEVER_YIELDED:
		return policy_yield_wake(p, r);
	case LEVER_HELD:
		return UINT64_MAX;
	default:
		break;
	}
	/* what only the configuration or the kernel changes */
	return r->block == BLOCK_NOT_ASKED || r->block == BLOCK_HOLDS_IT ||
			       r->block == BLOCK_NO_COUNT || r->block == BLOCK_OBSERVE
		       ? UINT64_MAX
		       : 0;
}

uint64_t policy_wake(const struct policy *p)
{
	uint64_t first = UINT64_MAX;

	if (!p->started || p->trying)
		return 0;
	for (size_t i = 0; i < p->levers.n; i++) {
		if (p->rec[i].undo || policy_is_proven(p, i))
			return 0;
		first = MIN(first, lever_wake(p, &p->rec[i]));
	}
	if (p->paused_until)
		first = p->paused_until;
	if (first <= p->now)
		return 0;
	return first == UINT64_MAX ? first : p->mono + (first - p->now);
}
