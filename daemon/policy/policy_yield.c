// SPDX-License-Identifier: GPL-2.0-only
/* A knob that somebody else writes is theirs: from when on, and how long. */
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "policy/reason.h"
#include "util/util.h"

void policy_wait(struct policy *p, uint64_t boot_ns, uint64_t start_ns)
{
	p->boot_wait = boot_ns;
	p->start_wait = start_ns;
}

bool policy_is_waiting(const struct policy *p)
{
	return p->now < MAX(p->boot_wait, p->start_wait);
}

bool policy_is_booting(const struct policy *p)
{
	return p->now < p->boot_wait;
}

void policy_heed(struct policy *p, size_t i, const char *word, const char *before)
{
	struct record *r = &p->rec[i];

	r->state = LEVER_YIELDED;
	r->proven = (struct proven){ 0 };
	r->yield = (struct yield){ .since = p->now };
	value_copy(r->yield.word, word);
	value_copy(r->yield.before, before);
}

/* Somebody else has written the knob. */
void policy_yield(struct policy *p, struct plan *plan, size_t i, const char *holds,
		  bool forget)
{
	struct record *r = &p->rec[i];
	struct decision *d = policy_decide(p, plan, i, DECISION_YIELD);
	char title[LEVER_TITLE];

	if (p->trying && p->trial.lever == i) {
		d->trial = p->trial.id;
		p->trying = false;
	}
	value_copy(d->from, r->value);
	value_copy(d->to, holds);
	reason_set(d,
		   "%s left alone: its knob holds %s, pgtopd had %s %s; somebody else owns it "
		   "until the next boot or pgtop policy release %s",
		   lever_title(policy_lever(p, i), title), *holds ? holds : "something else",
		   record_ours(r) ? "written" : "seen", r->value, policy_lever(p, i)->name);
	if (record_ours(r) && forget)
		policy_plan(p, plan, i, STEP_FORGET, "", d->id);
	policy_heed(p, i, holds, record_ours(r) ? r->original : r->value);
	r->undo = false;
	*r->original = 0;
	value_copy(r->value, holds);
}

bool policy_forbidden(const struct policy *p, size_t i, const struct lever_observation *o)
{
	const struct record *r = &p->rec[i];

	return lever_is_forbidden(policy_lever(p, i), record_ours(r) ? r->original : o->value,
				  r->above, o->above);
}

/* What the boot did not bring by itself, somebody has written again. */
static bool is_repeated(const struct record *r, const char *holds)
{
	const struct yield *y = &r->yield;

	return *y->word && *y->before && strcmp(y->word, y->before) != 0 &&
	       !strcmp(holds, y->word);
}

static void end_yield(struct policy *p, struct plan *plan, size_t i)
{
	struct record *r = &p->rec[i];
	struct decision *d = policy_decide(p, plan, i, DECISION_RELEASE);
	char title[LEVER_TITLE];

	if (r->yield.old)
		reason_set(d,
			   "%s may be tried again: the machine was booted since somebody else "
			   "wrote its knob, and nobody has written that again",
			   lever_title(policy_lever(p, i), title));
	else
		reason_set(
			d,
			"%s may be tried again: nobody else has written its knob for %.3g h",
			lever_title(policy_lever(p, i), title),
			(p->now - r->yield.since) / (double)HOUR_NS);
	r->state = LEVER_IDLE;
	r->failures = 0;
	r->active = 0;
	r->yield = (struct yield){ 0 };
}

static void look_at_yield(struct policy *p, const struct observation *o, struct plan *plan,
			  size_t i)
{
	struct record *r = &p->rec[i];
	const char *holds = o->lever[i].value;

	if (r->yield.old && !*holds)
		return;
	if (r->yield.old && is_repeated(r, holds)) {
		r->yield.old = 0;
		r->yield.since = p->now;
	} else if (r->yield.old || p->now >= policy_yield_wake(p, r)) {
		end_yield(p, plan, i);
	}
}

void policy_end_yields(struct policy *p, const struct observation *o, struct plan *plan)
{
	for (size_t i = 0; i < p->levers.n && !policy_is_booting(p); i++) {
		if (p->rec[i].state == LEVER_YIELDED)
			look_at_yield(p, o, plan, i);
	}
}

uint64_t policy_yield_wake(const struct policy *p, const struct record *r)
{
	if (r->yield.old)
		return p->now;
	return p->c.yield_ns ? r->yield.since + p->c.yield_ns : UINT64_MAX;
}
