// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "policy/reason.h"
#include "util/util.h"

#define QUIET_PART 4 /* of the cool-down, for every lever, after a guard */
#define UNSEEN_MAX 3 /* windows a changed knob may be unreadable */

int policy_new(const struct policy_config *c, const struct levers *levers, uint64_t first_id,
	       struct policy **ret)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->c = *c;
	p->levers = *levers;
	p->next_id = first_id;
	*ret = p;
	return 0;
}

void policy_free(struct policy *p)
{
	free(p);
}

void policy_seed(struct policy *p, uint64_t seed)
{
	p->seed = seed;
}

static void first_window(struct policy *p, const struct observation *o)
{
	p->started = true;
	p->mono0 = o->mono_ns;
	p->real0 = p->now = o->real_ns;
	p->boot_wait += p->now;
	p->start_wait += p->now;
	policy_take_up_unfinished(p);
	/* The clock was set back since the history was written: what is to come is now. */
	for (size_t i = 0; i < p->levers.n; i++) {
		struct record *r = &p->rec[i];

		if (r->stamp > p->now && r->until > r->stamp)
			r->until = p->now + (r->until - r->stamp);
		/* kept by an earlier run: since then, as far as that is known */
		if (!r->since || r->since > p->now)
			r->since = p->now;
		if (r->state == LEVER_YIELDED && (!r->yield.since || r->yield.since > p->now))
			r->yield.since = p->now;
	}
	stamps_clamp(&p->guard_reverts, p->now);
	stamps_clamp(&p->changes, p->now);
	p->paused_until = MIN(p->paused_until, p->now + BREAK_NS);
}

static void policy_tick(struct policy *p, const struct observation *o)
{
	if (!p->started)
		first_window(p, o);
	p->now = p->real0 + (o->mono_ns - p->mono0);
	p->mono = o->mono_ns;
	p->real = o->real_ns;
	for (size_t i = 0; i < p->levers.n; i++)
		p->rec[i].leaving = false;
}

/* Does lever @i hold a value of ours that a guard may take back? */
static bool in_place(const struct policy *p, size_t i)
{
	return record_ours(&p->rec[i]) && !p->rec[i].undo && !p->rec[i].leaving;
}

static bool on_trial(const struct policy *p, size_t i)
{
	return p->trying && p->trial.lever == i;
}

/* Whether a knob that holds nothing of ours is heeded when it changes. */
static bool yields_unasked(const struct policy *p)
{
	return p->c.mode == POLICY_TUNE && !policy_is_booting(p);
}

static void watch_knob(struct policy *p, size_t i, const struct observation *o,
		       struct plan *plan)
{
	const char *holds = o->lever[i].value;
	struct record *r = &p->rec[i];

	if (!*holds) {
		r->unseen++;
		return;
	}
	r->unseen = 0;
	/* While it is to be restored, whoever does that finds out what it holds. */
	if (r->undo || !strcmp(holds, r->value))
		return;
	if (*r->value && (record_ours(r) || yields_unasked(p)) && r->state != LEVER_YIELDED &&
	    r->state != LEVER_HELD)
		policy_yield(p, plan, i, holds, true);
	else if (r->state == LEVER_YIELDED && !r->yield.old && (*r->value || !*r->yield.word))
		policy_heed(p, i, holds, r->yield.before);
	value_copy(r->value, holds);
}

/* "never" was written to the policy for all sizes: taken back now, and then left alone. */
static void obey_never(struct policy *p, struct plan *plan, size_t i)
{
	const struct lever *l = policy_lever(p, i);
	char title[LEVER_TITLE];
	struct decision *d;

	if (on_trial(p, i)) {
		d = policy_stop_trial(p, plan);
	} else {
		d = policy_decide(p, plan, i, DECISION_REVERT);
		policy_restore(p, plan, i, d);
	}
	reason_set(d, "%s taken back: %s is never", lever_title(l, title),
		   lever_above_path(l));
	d = policy_decide(p, plan, i, DECISION_YIELD);
	reason_set(
		d,
		"%s left alone: somebody wrote never to %s; it is theirs until the next boot "
		"or pgtop policy release %s",
		title, lever_above_path(l), l->name);
	policy_heed(p, i, "", "");
}

static void watch_above(struct policy *p, size_t i, const struct observation *o,
			struct plan *plan)
{
	const struct lever_observation *lo = &o->lever[i];

	if ((in_place(p, i) || on_trial(p, i)) && policy_forbidden(p, i, lo))
		obey_never(p, plan, i);
	if (*lo->above)
		value_copy(p->rec[i].above, lo->above);
}

static void add_breach(struct decision *d, const struct breach *b)
{
	snprintf(d->guard, sizeof(d->guard), "%s", guard_name(b->guard));
	d->guard_value = b->value;
	d->guard_limit = b->limit;
}

/*
 * A guard takes lever @i back, or ends its trial.  Where another lever was on trial, that one
 * is to blame and this one only goes with it.
 */
static void guard_revert(struct policy *p, struct plan *plan, size_t i, const struct breach *b,
			 bool blamed)
{
	struct decision *d;

	if (on_trial(p, i)) {
		d = policy_stop_trial(p, plan);
	} else {
		d = policy_decide(p, plan, i, DECISION_REVERT);
		policy_restore(p, plan, i, d);
	}
	add_breach(d, b);
	reason_guard(d, policy_lever(p, i), b,
		     d->action == DECISION_ABANDON ? "not tried" : "taken back");
	policy_blame(p, i, b->guard, blamed && d->action == DECISION_REVERT);
	p->quiet_until = p->now + p->c.cooldown_ns / QUIET_PART;
}

static bool lever_guard(struct policy *p, size_t i, const struct observation *o,
			struct breach *ret)
{
	struct record *r = &p->rec[i];
	struct trial *t = on_trial(p, i) ? &p->trial : NULL;
	struct guard_input in = { .c = &p->c, .o = o };

	if (in_place(p, i)) {
		in.lever = &o->lever[i];
		in.bloat = t ? &t->bloat : &r->bloat;
		if (guard_breached(GUARD_LEVER, &in, ret))
			return true;
	}
	/* what is kept and only compared again does not go because others use the PMU */
	in.pmu = t && !t->recheck && !objective_is_proxy(t->objective);
	return t && guard_breached(GUARD_TRIAL, &in, ret);
}

static void trip_breaker(struct policy *p, struct plan *plan)
{
	uint64_t day_ago = p->now > DAY_NS ? p->now - DAY_NS : 0;

	stamps_add(&p->guard_reverts, p->now);
	if (p->paused_until || stamps_since(&p->guard_reverts, day_ago) < p->c.breaker_reverts)
		return;
	if (p->trying) {
		struct decision *d = policy_stop_trial(p, plan);
		char title[LEVER_TITLE];

		reason_set(d, "%s: the trial ends because tuning pauses",
			   lever_title(policy_lever(p, p->trial.lever), title));
		policy_fail(p, p->trial.lever, 0);
	}
	policy_pause(p, plan, p->now + BREAK_NS,
		     "guards took changes back too often within a day");
}

/* Guards of the machine and of each lever.  Returns the machine's breach, or NULL. */
static const struct breach *guard_levers(struct policy *p, const struct observation *o,
					 struct breach *machine, struct plan *plan)
{
	struct guard_input in = { .c = &p->c, .o = o };
	bool all = guard_breached(GUARD_MACHINE, &in, machine), reverted = false;
	bool other = p->trying && trial_in_place(&p->trial);
	size_t tried = p->trial.lever;

	for (size_t i = 0; i < p->levers.n; i++) {
		bool trial = on_trial(p, i), kept = in_place(p, i);
		struct breach own;

		if (!trial && !kept)
			continue;
		if (all || lever_guard(p, i, o, &own)) {
			const struct breach *b = all ? machine : &own;

			guard_revert(p, plan, i, b, !other || tried == i);
			reverted |= kept && b->guard != GUARD_PMU;
		}
	}
	if (reverted)
		trip_breaker(p, plan);
	return all ? machine : NULL;
}

void policy_guarded(const struct policy *p, size_t i, struct guarded *ret)
{
	const struct record *r = &p->rec[i];

	*ret = (struct guarded){ .in_place = in_place(p, i) };
	if (!ret->in_place)
		return;
	value_copy(ret->ours, r->value);
	value_copy(ret->original, r->original);
	ret->bloat = on_trial(p, i) ? p->trial.bloat : r->bloat;
}

static void take_alarm(struct policy *p, struct plan *plan, size_t i, const struct alarm *a,
		       bool *reverted)
{
	bool other = p->trying && trial_in_place(&p->trial) && !on_trial(p, i);

	if (!in_place(p, i))
		return;
	if (a->breach[i].guard == GUARDS) {
		obey_never(p, plan, i);
		return;
	}
	guard_revert(p, plan, i, &a->breach[i], !other);
	*reverted = true;
}

void policy_alarm(struct policy *p, const struct alarm *a, uint64_t real_ns, struct plan *ret)
{
	bool reverted = false;

	plan_clear(ret);
	p->real = real_ns;
	/* what is kept goes with what is tried: that one is looked at last, and is to blame */
	for (size_t i = 0; i < p->levers.n; i++) {
		if (a->taken[i] && !on_trial(p, i))
			take_alarm(p, ret, i, a, &reverted);
	}
	if (p->trying && a->taken[p->trial.lever])
		take_alarm(p, ret, p->trial.lever, a, &reverted);
	if (reverted)
		trip_breaker(p, ret);
}

/* A knob that holds our value and cannot be read any more: go back while it is possible. */
static void give_up_unseen(struct policy *p, struct plan *plan)
{
	for (size_t i = 0; i < p->levers.n; i++) {
		struct decision *d;
		char title[LEVER_TITLE];

		if (!in_place(p, i) || p->rec[i].unseen < UNSEEN_MAX)
			continue;
		if (on_trial(p, i)) {
			d = policy_stop_trial(p, plan);
		} else {
			d = policy_decide(p, plan, i, DECISION_REVERT);
			policy_restore(p, plan, i, d);
		}
		reason_set(d, "%s taken back: its knob can no longer be read",
			   lever_title(policy_lever(p, i), title));
		policy_fail(p, i, 1);
	}
}

static void retry_undo(struct policy *p, struct plan *plan)
{
	for (size_t i = 0; i < p->levers.n; i++) {
		struct record *r = &p->rec[i];

		if (r->undo)
			policy_plan(p, plan, i, STEP_RESTORE, r->original, r->decision);
	}
}

/* Before the guards look at it. */
static void follow_memory(struct policy *p, const struct observation *o)
{
	bool other = p->trying && trial_in_place(&p->trial);

	for (size_t i = 0; i < p->levers.n; i++) {
		struct bloat *b = on_trial(p, i) ? &p->trial.bloat : &p->rec[i].bloat;

		if (!in_place(p, i))
			continue;
		/* what memory a trial brings is not the fault of what was there before it */
		if (o->anon_bytes.known && (!b->known || (other && !on_trial(p, i))))
			bloat_adopt(b, o->anon_bytes.n);
		bloat_step(b, &p->c, o, &o->lever[i], policy_lever(p, i)->size);
	}
}

static void end_waits(struct policy *p, struct plan *plan)
{
	for (size_t i = 0; i < p->levers.n; i++) {
		if (p->rec[i].state == LEVER_COOLDOWN && p->now >= p->rec[i].until)
			p->rec[i].state = LEVER_IDLE;
	}
	if (p->paused_until && p->now >= p->paused_until) {
		struct decision *d = policy_decide(p, plan, -1, DECISION_RESUME);

		p->paused_until = 0;
		reason_set(d, "tuning resumes: the pause is over");
	}
}

/* One veto until the guard has been quiet for an hour: what holds for long is told once. */
static void tell_veto(struct policy *p, const struct breach *b, struct plan *plan)
{
	bool told = p->now < p->vetoed_until && p->veto == b->guard;

	for (size_t i = 0; !told && i < p->levers.n; i++) {
		struct decision *d;

		if (p->rec[i].state != LEVER_IDLE || p->rec[i].block != BLOCK_GUARD)
			continue;
		d = policy_decide(p, plan, i, DECISION_VETO);
		add_breach(d, b);
		reason_guard(d, policy_lever(p, i), b, "not tried");
		p->veto = b->guard;
		told = true;
	}
	if (told)
		p->vetoed_until = p->now + HOUR_NS;
}

static void begin_next(struct policy *p, const struct observation *o, const struct breach *b,
		       struct plan *plan)
{
	int i;

	policy_note_activity(p, o);
	i = policy_candidate(p, o, b);
	if (b && !p->trying)
		tell_veto(p, b, plan);
	if (i < 0 && !b)
		i = policy_recheck_due(p, o);
	if (i >= 0)
		policy_begin_trial(p, i, o, plan);
}

void policy_step(struct policy *p, const struct observation *o, struct plan *ret)
{
	const struct breach *machine;
	struct breach breach;

	plan_clear(ret);
	policy_tick(p, o);
	for (size_t i = 0; i < p->levers.n; i++)
		watch_knob(p, i, o, ret);
	for (size_t i = 0; i < p->levers.n; i++)
		watch_above(p, i, o, ret);
	end_waits(p, ret);
	policy_end_yields(p, o, ret);
	retry_undo(p, ret);
	follow_memory(p, o);
	give_up_unseen(p, ret);
	machine = guard_levers(p, o, &breach, ret);
	if (p->trying)
		policy_step_trial(p, o, ret);
	else if (machine || !policy_adopt_proven(p, o, ret))
		begin_next(p, o, machine, ret);
}
