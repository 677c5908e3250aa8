// SPDX-License-Identifier: GPL-2.0-only
/* What outlives a run: told, taken up, and what was proven written again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/memory.h"
#include "policy/policy.h"
#include "policy/policy_state.h"
#include "policy/reason.h"
#include "util/util.h"

void policy_remember(const struct policy *p, size_t i, struct lever_memory *ret)
{
	const struct record *r = &p->rec[i];

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->lever, sizeof(ret->lever), "%s", policy_lever(p, i)->name);
	ret->state = r->state;
	ret->failures = r->failures;
	ret->suspected = r->suspected;
	ret->tests = r->tests;
	ret->pooled = r->pooled;
	ret->evidence = r->evidence;
	ret->scale = r->scale;
	ret->settled = r->settled;
	ret->stood = r->stood;
	ret->doubted = r->doubted;
	ret->objective = r->objective;
	ret->jitter = r->jitter;
	ret->since = r->since;
	ret->stamp = r->stamp;
	ret->until = r->until;
	ret->decision = r->decision;
	ret->yield = r->yield;
	ret->proven = r->proven;
}

int policy_recall(struct policy *p, const struct lever_memory *m, bool same_boot)
{
	const struct lever *l = levers_named(&p->levers, m->lever);
	struct record *r;

	if (!l)
		return -ENOENT;
	r = &p->rec[l - p->levers.lever];
	if (r->decision > m->decision) {
		r->yield.old = r->state == LEVER_YIELDED && !same_boot;
		return -ESTALE;
	}
	/* it was undone since; see policy_adopt() */
	r->state = m->state == LEVER_KEPT ? LEVER_IDLE : m->state;
	r->failures = m->failures;
	r->suspected = m->suspected;
	r->tests = m->tests;
	r->pooled = m->pooled;
	r->evidence = m->evidence;
	r->scale = m->scale;
	r->settled = m->settled;
	r->stood = m->stood;
	r->doubted = m->doubted;
	r->objective = m->objective;
	r->jitter = m->jitter;
	r->since = m->since;
	r->stamp = m->stamp;
	r->until = m->until;
	r->yield = m->yield;
	r->yield.old |= r->state == LEVER_YIELDED && !same_boot;
	if (same_boot)
		r->proven = m->proven;
	return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t setting_add(uint64_t sum, double n)
{
	unsigned char byte[sizeof(n)];

	memcpy(byte, &n, sizeof(n));
	for (size_t i = 0; i < sizeof(n); i++)
		sum = (sum ^ byte[i]) * 0x100000001b3;
	return sum;
}

uint64_t policy_setting(const struct policy_config *c)
{
	const double keys[] = { c->proxy, c->alpha, c->min_effect, c->shmem, c->bloat_max };
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		sum = setting_add(sum, keys[i]);
	return sum;
}

bool lever_memory_equal(const struct lever_memory *a, const struct lever_memory *b)
{
	return !memcmp(a, b, sizeof(*a)); /* both were zeroed before they were filled */
}

bool policy_is_proven(const struct policy *p, size_t i)
{
	const struct record *r = &p->rec[i];

	return *r->proven.value && r->state == LEVER_IDLE && !record_ours(r) &&
	       p->c.mode == POLICY_TUNE && r->proven.setting == policy_setting(&p->c);
}

/* What the knob held before, it must hold now: somebody else may have spoken meanwhile. */
static bool may_adopt(const struct policy *p, size_t i, const struct observation *o)
{
	const struct record *r = &p->rec[i];

	return policy_is_proven(p, i) && !policy_is_waiting(p) && !p->paused_until &&
	       !p->suspended && !strcmp(o->lever[i].value, r->proven.original) &&
	       !policy_forbidden(p, i, &o->lever[i]);
}

bool policy_adopt_proven(struct policy *p, const struct observation *o, struct plan *plan)
{
	bool any = false;

	for (size_t i = 0; i < p->levers.n; i++) {
		struct record *r = &p->rec[i];
		char title[LEVER_TITLE];
		struct decision *d;

		if (!may_adopt(p, i, o))
			continue;
		d = policy_decide(p, plan, i, DECISION_KEEP);
		value_copy(d->from, r->value);
		value_copy(d->to, r->proven.value);
		reason_set(d,
			   "%s kept: it was proven before it was taken back, and its knob "
			   "holds what pgtopd had put back",
			   lever_title(policy_lever(p, i), title));
		r->adopting = true;
		policy_plan(p, plan, i, STEP_WRITE, r->proven.value, d->id);
		any = true;
	}
	return any;
}

void policy_adopted(struct policy *p, size_t i, int err, uint64_t real_ns, struct plan *ret)
{
	struct record *r = &p->rec[i];
	char title[LEVER_TITLE];
	struct decision *d;

	r->adopting = false;
	if (!err) {
		value_copy(r->original, r->proven.original);
		value_copy(r->value, r->proven.value);
		r->state = LEVER_KEPT;
		r->changed_real_ns = real_ns;
		stamps_add(&p->changes, p->now);
		return;
	}
	r->proven = (struct proven){ 0 };
	if (err == -ESTALE || err == -EALREADY) {
		policy_yield(p, ret, i, "", true);
		return;
	}
	if (err == -EUCLEAN) { /* as after a restore that failed: each window tries it again */
		value_copy(r->original, r->value);
		value_copy(r->value, policy_lever(p, i)->wanted);
		r->undo = true;
	}
	d = policy_decide(p, ret, i, DECISION_ABANDON);
	reason_set(d, "%s not kept: its knob could not be written: %s",
		   lever_title(policy_lever(p, i), title), strerror(-err));
	policy_fail(p, i, 1);
}
