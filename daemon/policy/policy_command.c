// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of the policy from outside: hold, release, another configuration, the end. */
#include <errno.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "policy/reason.h"

static int index_of(const struct policy *p, const char *lever)
{
	const struct lever *l = levers_named(&p->levers, lever);

	return l ? l - p->levers.lever : -1;
}

/* Undo whatever is under way or kept, because of @why. */
static void policy_command_undo(struct policy *p, struct plan *plan, size_t i, const char *why)
{
	bool trial = p->trying && p->trial.lever == i;
	char title[LEVER_TITLE];
	struct decision *d;

	if (!trial && (!record_ours(&p->rec[i]) || p->rec[i].undo))
		return;
	if (trial) {
		d = policy_stop_trial(p, plan);
	} else {
		d = policy_decide(p, plan, i, DECISION_REVERT);
		policy_restore(p, plan, i, d);
	}
	reason_set(d, "%s %s: %s", lever_title(policy_lever(p, i), title),
		   d->action == DECISION_ABANDON ? "not tried" : "taken back", why);
	p->rec[i].state = LEVER_IDLE;
	p->rec[i].active = 0;
	p->rec[i].proven = (struct proven){ 0 };
}

static bool may_hold_lever(const struct record *r)
{
	return r->state != LEVER_HELD;
}

static void hold_lever(struct policy *p, struct plan *plan, size_t i)
{
	char title[LEVER_TITLE];
	struct decision *d;

	policy_command_undo(p, plan, i, "it is being held");
	d = policy_decide(p, plan, i, DECISION_HOLD);
	reason_set(d, "%s is not touched until pgtop policy release %s",
		   lever_title(policy_lever(p, i), title), policy_lever(p, i)->name);
	p->rec[i].state = LEVER_HELD;
	p->rec[i].proven = (struct proven){ 0 };
}

static bool may_release_lever(const struct record *r)
{
	return r->state == LEVER_HELD || r->state == LEVER_YIELDED ||
	       r->state == LEVER_COOLDOWN;
}

static void release_lever(struct policy *p, struct plan *plan, size_t i)
{
	struct record *r = &p->rec[i];
	char title[LEVER_TITLE];
	struct decision *d;

	d = policy_decide(p, plan, i, DECISION_RELEASE);
	reason_set(d, "%s may be tried again", lever_title(policy_lever(p, i), title));
	r->state = LEVER_IDLE;
	r->failures = 0;
	r->active = 0;
}

/* One lever, or all that @may holds for. */
static int command_each(struct policy *p, const char *lever, uint64_t real_ns,
			struct plan *ret, bool (*may)(const struct record *r),
			void (*act)(struct policy *p, struct plan *plan, size_t i))
{
	bool all = !strcmp(lever, POLICY_ALL);
	int only = index_of(p, lever), r = -EALREADY;

	plan_clear(ret);
	if (!all && only < 0)
		return -ENOENT;
	p->real = real_ns;
	for (size_t i = 0; i < p->levers.n; i++) {
		if ((!all && (int)i != only) || !may(&p->rec[i]))
			continue;
		act(p, ret, i);
		r = 0;
	}
	return r;
}

int policy_hold(struct policy *p, const char *lever, uint64_t real_ns, struct plan *ret)
{
	return command_each(p, lever, real_ns, ret, may_hold_lever, hold_lever);
}

int policy_release(struct policy *p, const char *lever, uint64_t real_ns, struct plan *ret)
{
	return command_each(p, lever, real_ns, ret, may_release_lever, release_lever);
}

void policy_configure(struct policy *p, const struct policy_config *c, uint64_t real_ns,
		      struct plan *ret)
{
	plan_clear(ret);
	p->c = *c;
	p->real = real_ns;
	for (size_t i = 0; i < p->levers.n; i++) {
		bool shmem = policy_lever(p, i)->kind == LEVER_MTHP_SHMEM;
		bool trial = p->trying && p->trial.lever == i;

		if (c->mode == POLICY_OBSERVE)
			policy_command_undo(p, ret, i, "mode = observe");
		else if (c->mode == POLICY_ADVISE && record_ours(&p->rec[i]))
			policy_command_undo(p, ret, i,
					    c->excuse ? c->excuse : "mode = advise");
		else if (shmem && !c->shmem)
			policy_command_undo(p, ret, i, "shmem = no");
		else if (trial && objective_is_proxy(p->trial.objective) && !c->proxy)
			policy_command_undo(p, ret, i, "proxy = no");
		else if (trial && !trial_untouched(&p->trial) && c->mode != POLICY_TUNE)
			policy_command_undo(p, ret, i,
					    c->excuse ? c->excuse : "mode = advise");
	}
}

void policy_suspend(struct policy *p, const char *why, uint64_t real_ns, struct plan *ret)
{
	const struct trial *t = &p->trial;

	plan_clear(ret);
	p->suspended = why;
	p->real = real_ns;
	if (!why || !p->trying || p->c.mode != POLICY_TUNE)
		return;
	if (t->recheck && trial_in_place(t))
		policy_leave_kept(p);
	else
		policy_command_undo(p, ret, t->lever, why);
}

/* Of a comparison only what it began with is as it was kept. */
static bool is_kept(const struct policy *p, size_t i)
{
	bool trial = p->trying && p->trial.lever == i;

	return p->rec[i].state == LEVER_KEPT && !(trial && p->trial.current);
}

/* What is kept has been proven: the next run of the same boot may write it again. */
static void stop_lever(struct policy *p, struct plan *plan, size_t i)
{
	struct proven proven = p->rec[i].proven;

	policy_command_undo(p, plan, i, "pgtopd stops");
	p->rec[i].proven = proven;
}

void policy_stop(struct policy *p, uint64_t real_ns, bool keep, struct plan *ret)
{
	plan_clear(ret);
	p->real = real_ns;
	for (size_t i = 0; i < p->levers.n; i++) {
		if (p->rec[i].undo)
			policy_plan(p, ret, i, STEP_RESTORE, p->rec[i].original,
				    p->rec[i].decision);
		else if (!keep || !is_kept(p, i))
			stop_lever(p, ret, i);
	}
}
