// SPDX-License-Identifier: GPL-2.0-only
/* A guard took a lever back: whether that speaks against the lever. */
#include "policy/policy.h"
#include "policy/policy_state.h"

#define COINCIDENCES 3 /* in a row: so often it is none */

/* The machine was well for longer than a lever takes to show what it does to it. */
static bool stood_before(const struct policy *p, const struct record *r)
{
	return p->real > r->changed_real_ns + HOUR_NS;
}

/*
 * Pressure on the machine may be anybody's doing.  A lever is suspected if it follows soon
 * after the lever was applied, and found guilty if that happens each time.
 */
static unsigned int guilt_of(struct policy *p, size_t i, enum guard_id guard)
{
	struct record *r = &p->rec[i];

	if (guard_is_of_lever(guard))
		return GUARD_FAILURES;
	if (!guard_is_of_machine(guard))
		return 0;
	if (stood_before(p, r)) {
		r->suspected = 0;
		return 0;
	}
	r->suspected++;
	return r->suspected < COINCIDENCES ? 0 : GUARD_FAILURES;
}

void policy_blame(struct policy *p, size_t i, enum guard_id guard, bool blamed)
{
	unsigned int guilt = blamed ? guilt_of(p, i, guard) : 0;
	struct proven proven = p->rec[i].proven;

	policy_fail(p, i, 0); /* this cool-down is as long as those before */
	policy_fail(p, i, guilt);
	if (!guilt)
		p->rec[i].proven = proven;
}
