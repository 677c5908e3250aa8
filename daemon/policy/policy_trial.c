// SPDX-License-Identifier: GPL-2.0-only
/* A trial from its first window to its verdict, and how its steps went. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "policy/reason.h"
#include "util/util.h"

#define PROMISING 0.1 /* p of all trials of a lever so far */

/* A reason without what it adds in parentheses: sentences have no room for that. */
static void copy_clause(char *to, size_t len, const char *why)
{
	char *more;

	snprintf(to, len, "%s", why ? why : "");
	more = strstr(to, " (");
	if (more)
		*more = '\0';
}

void policy_begin_trial(struct policy *p, size_t i, const struct observation *o,
			struct plan *plan)
{
	const struct lever *l = policy_lever(p, i);
	struct record *r = &p->rec[i];
	struct trial *t = &p->trial;
	const char *why = o->objective[OBJECTIVE_USER_MPKI].why;
	bool recheck = r->state == LEVER_KEPT, same;
	struct decision *d;

	t->lever = i;
	t->size = l->size;
	t->objective = recheck ? policy_recheck_objective(p, i, o) : policy_objective(p, l, o);
	same = t->objective == r->objective;
	t->alpha = policy_alpha(p, i);
	t->scale = r->scale;
	if (recheck && r->doubted)
		t->scale = SCALE_STEP * MAX(r->scale, 1u);
	t->earlier = same ? r->evidence : (struct pooled){ 0 };
	t->trials = same ? r->pooled : 0;
	t->bloat = r->bloat;
	t->settled = r->settled;
	copy_clause(t->proxy_why, sizeof(t->proxy_why), why);
	if (recheck)
		trial_begin_recheck(t, &p->c);
	else
		trial_begin(t, &p->c);
	p->trying = true;
	d = policy_decide_trial(p, plan, DECISION_TRY);
	t->id = d->trial = d->id;
	reason_try(d, l, t);
}

static void policy_trial_advise(struct policy *p, struct plan *plan)
{
	size_t i = p->trial.lever;
	struct decision *d = policy_decide_trial(p, plan, DECISION_ADVISE);

	value_copy(d->from, p->rec[i].value);
	value_copy(d->to, policy_lever(p, i)->wanted);
	reason_advise(d, policy_lever(p, i), &p->trial);
	p->trying = false;
	policy_fail(p, i, 1); /* the next advice comes later and later */
}

static void policy_trial_write_value(struct policy *p, struct plan *plan, struct decision *d)
{
	size_t i = p->trial.lever;

	value_copy(d->from, p->rec[i].value);
	value_copy(d->to, policy_lever(p, i)->wanted);
	policy_plan(p, plan, i, STEP_WRITE, policy_lever(p, i)->wanted, d->id);
}

/* The next leg: apply the lever, or take it back. */
static void policy_trial_change(struct policy *p, struct plan *plan)
{
	bool apply = !trial_in_place(&p->trial);
	struct decision *d;

	if (p->c.mode == POLICY_ADVISE) {
		policy_trial_advise(p, plan);
		return;
	}
	d = policy_decide_trial(p, plan, apply ? DECISION_APPLY : DECISION_CONFIRM);
	if (apply) {
		policy_trial_write_value(p, plan, d);
		reason_apply(d, policy_lever(p, p->trial.lever), &p->trial);
	} else {
		policy_restore(p, plan, p->trial.lever, d);
		reason_confirm(d, policy_lever(p, p->trial.lever), &p->trial);
	}
}

/* The lever's value is in place and stays. */
static void settle_kept(struct policy *p)
{
	struct record *r = &p->rec[p->trial.lever];

	r->state = LEVER_KEPT;
	value_copy(r->proven.value, r->value);
	value_copy(r->proven.original, r->original);
	r->proven.setting = policy_setting(&p->c);
	r->since = p->now;
	r->objective = p->trial.objective;
	r->settled = p->trial.settled;
	r->active = 0;
	r->jitter = r->decision;
	r->stood = p->trial.recheck ? r->stood + 1 : 0;
	r->doubted = 0;
	/* only what has stood for a day has earned a fresh start */
	if (r->stood)
		r->failures = 0;
	r->bloat = p->trial.bloat;
	bloat_keep(&r->bloat);
	p->trying = false;
}

/* What each trial says counts for the next one, until the lever is kept. */
static void note_verdict(struct policy *p)
{
	const struct trial *t = &p->trial;
	struct record *r = &p->rec[t->lever];

	if (t->recheck || !t->verdict.tested)
		return;
	r->tests++;
	r->objective = t->objective;
	r->pooled = t->passed ? 0 : t->trials + 1;
	r->evidence = t->passed ? (struct pooled){ 0 } : trial_all(t);
}

static void policy_trial_pass(struct policy *p, struct plan *plan)
{
	size_t i = p->trial.lever;
	struct decision *d = policy_decide_trial(p, plan, DECISION_KEEP);

	note_verdict(p);
	reason_keep(d, policy_lever(p, i), &p->trial);
	if (record_ours(&p->rec[i]))
		settle_kept(p);
	else
		policy_trial_write_value(p, plan, d);
}

/* A comparison that met an idle machine or no counters says nothing: what is in place stays.
 */
static bool policy_trial_inconclusive(const struct trial *t)
{
	return t->recheck && trial_in_place(t) &&
	       (t->cause == CAUSE_IDLE || t->cause == CAUSE_UNCOUNTED);
}

/* By how much longer the lever waits: what looks promising is looked at again soon. */
static unsigned int policy_trial_failures(const struct policy *p, const struct decision *d,
					  enum trial_cause cause)
{
	const struct record *r = &p->rec[p->trial.lever];

	if (d->action != DECISION_REVERT || cause == CAUSE_UNCOUNTED)
		return 0;
	return cause != CAUSE_NOT_SURE || p->trial.verdict.pooled >= PROMISING || !r->failures;
}

void policy_leave_kept(struct policy *p)
{
	struct record *r = &p->rec[p->trial.lever];

	r->since = p->now;
	r->bloat = p->trial.bloat;
	p->trying = false;
}

/* One comparison of a noisy load can miss the effect: a longer one follows soon. */
static bool policy_trial_doubts(struct policy *p)
{
	struct record *r = &p->rec[p->trial.lever];

	if (!p->trial.recheck || p->trial.cause != CAUSE_NOT_SURE || r->doubted)
		return false;
	r->doubted = 1;
	return true;
}

static void policy_trial_fail(struct policy *p, struct plan *plan)
{
	struct record *r = &p->rec[p->trial.lever];
	enum trial_cause cause = p->trial.cause;
	struct decision *d;

	if (policy_trial_inconclusive(&p->trial) || policy_trial_doubts(p)) {
		policy_leave_kept(p);
		return;
	}
	r->doubted = 0;
	d = policy_stop_trial(p, plan);

	reason_failed(d, policy_lever(p, p->trial.lever), &p->trial, &p->c);
	note_verdict(p);
	if (cause == CAUSE_NOT_SURE)
		r->scale = MIN(MAX(r->scale, 1u) * SCALE_STEP, SCALE_MAX);
	policy_fail(p, p->trial.lever, policy_trial_failures(p, d, cause));
	p->quiet_until = p->now + p->trial.settled * p->c.window_ns;
	/* A single comparison can fail for the load's reasons: a whole trial at once, then. */
	if (p->trial.recheck)
		r->until = p->now;
}

void policy_step_trial(struct policy *p, const struct observation *o, struct plan *plan)
{
	switch (trial_step(&p->trial, &p->c, o)) {
	case TRIAL_CHANGE:
		policy_trial_change(p, plan);
		break;
	case TRIAL_PASSED:
		policy_trial_pass(p, plan);
		break;
	case TRIAL_FAILED:
		policy_trial_fail(p, plan);
		break;
	case TRIAL_GOES_ON:
		break;
	}
}

/* The disk, or memory: whatever is tried next would fail in the same way. */
static bool concerns_all(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG || err == -EROFS ||
	       err == -EIO || err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

static void write_failed(struct policy *p, struct plan *ret, size_t i, const char *value,
			 int err)
{
	char title[LEVER_TITLE], why[128];
	struct decision *d;

	if (err == -ESTALE || err == -EALREADY) {
		policy_yield(p, ret, i, err == -EALREADY ? policy_lever(p, i)->wanted : "",
			     true);
		return;
	}
	p->trying = false;
	if (err == -EUCLEAN) { /* as after a restore that failed: each window tries it again */
		value_copy(p->rec[i].original, p->rec[i].value);
		value_copy(p->rec[i].value, value);
		p->rec[i].undo = true;
	}
	d = policy_decide_trial(p, ret, DECISION_ABANDON);
	reason_set(d, "%s not tried: its knob could not be written: %s",
		   lever_title(policy_lever(p, i), title), strerror(-err));
	policy_fail(p, i, 1);
	if (concerns_all(err)) {
		snprintf(why, sizeof(why), "what is changed could not be recorded: %s",
			 strerror(-err));
		policy_pause(p, ret, p->now + p->c.cooldown_ns, why);
	}
}

static void policy_trial_written(struct policy *p, const struct step *s, size_t i,
				 uint64_t real_ns)
{
	struct record *r = &p->rec[i];

	value_copy(r->original, r->value);
	value_copy(r->value, s->value);
	r->changed_real_ns = real_ns;
	stamps_add(&p->changes, p->now);
	if (p->trial.passed)
		settle_kept(p);
	else
		trial_changed(&p->trial, &p->c);
}

static void policy_trial_restored(struct policy *p, size_t i, uint64_t real_ns)
{
	struct record *r = &p->rec[i];

	value_copy(r->value, r->original);
	*r->original = 0;
	r->undo = false;
	r->changed_real_ns = real_ns;
	stamps_add(&p->changes, p->now);
	if (p->trying && p->trial.lever == i)
		trial_changed(&p->trial, &p->c);
}

static void restore_failed(struct policy *p, struct plan *ret, size_t i, int err)
{
	struct record *r = &p->rec[i];
	char title[LEVER_TITLE];
	struct decision *d;

	if (p->trying && p->trial.lever == i)
		p->trying = false;
	if (!r->undo) {
		policy_fail(p, i, 1);
		d = policy_decide(p, ret, i, DECISION_PAUSE);
		reason_set(d,
			   "%s could not be set back to %s: %s; this is tried again each "
			   "window, and nothing else is changed until then",
			   lever_title(policy_lever(p, i), title), r->original,
			   strerror(-err));
	}
	r->undo = true;
}

void policy_told(struct policy *p, const struct step *s, int err, uint64_t real_ns,
		 struct plan *ret)
{
	size_t i = s->lever;

	plan_clear(ret);
	p->real = real_ns;
	if (s->kind == STEP_FORGET)
		return;
	if (s->kind == STEP_WRITE && p->rec[i].adopting) {
		policy_adopted(p, i, err, real_ns, ret);
	} else if (s->kind == STEP_WRITE) {
		if (!p->trying || p->trial.lever != i)
			return;
		if (err)
			write_failed(p, ret, i, s->value, err);
		else
			policy_trial_written(p, s, i, real_ns);
	} else if (record_ours(&p->rec[i])) {
		if (!err || err == -ENOENT)
			policy_trial_restored(p, i, real_ns);
		else if (err == -ESTALE)
			policy_yield(p, ret, i, "", false);
		else
			restore_failed(p, ret, i, err);
	}
}
