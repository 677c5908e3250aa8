// SPDX-License-Identifier: GPL-2.0-only
/* Which lever may be tried now, and why the others may not. */
#include <math.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/policy_state.h"
#include "util/util.h"

#define ACTIVE_WINDOWS	  3  /* with evidence in a row, before a trial begins */
#define RECHECK_DOUBLINGS 3u /* what has stood is compared less often */
#define TRIAL_CHANGES	  3  /* apply, take back, apply again */

static const char *const clauses[BLOCKS] = {
	[BLOCK_OBSERVE] = "mode = observe",
	[BLOCK_NOT_ASKED] = "shmem = no",
	[BLOCK_NO_VALUE] = "its knob cannot be read",
	[BLOCK_FORBIDDEN] = "the policy for all sizes is never",
	[BLOCK_HOLDS_IT] = "its knob already holds the value to try",
	[BLOCK_NO_COUNT] = "the kernel does not count its effect",
	[BLOCK_NO_OBJECTIVE] = "nothing that it could improve is measured on this machine",
	[BLOCK_UNGUARDED] = "available memory or AnonPages cannot be read",
	[BLOCK_NOT_NOW] = "its objective cannot be counted at the moment",
	[BLOCK_BOOT] = "the machine has just booted: boot-time settings are waited for",
	[BLOCK_START] = "pgtopd was started a short while ago: start_delay",
	[BLOCK_HOURS] = "trials begin only in the hours of maintenance",
	[BLOCK_PAUSED] = "tuning is paused",
	[BLOCK_UNDO] = "a knob still has to be restored",
	[BLOCK_QUIET] = "the machine is settling after the last change",
	[BLOCK_IDLE] = "too little activity to measure",
	[BLOCK_GUARD] = "a guard is breached",
	[BLOCK_CAP] = "the cap on changes per hour is reached",
	[BLOCK_BUSY] = "another trial is under way",
};

const char *block_clause(enum block b)
{
	return clauses[b];
}

void stamps_add(struct stamps *s, uint64_t at)
{
	s->at[s->n++ % STAMPS] = at;
}

size_t stamps_since(const struct stamps *s, uint64_t from)
{
	size_t n = 0;

	for (size_t i = 0; i < MIN(s->n, (size_t)STAMPS); i++)
		n += s->at[i] > from;
	return n;
}

void stamps_clamp(struct stamps *s, uint64_t now)
{
	for (size_t i = 0; i < MIN(s->n, (size_t)STAMPS); i++)
		s->at[i] = MIN(s->at[i], now);
}

/* By kind, best first; a kind without a proxy ends with OBJECTIVES. */
static const enum objective preferred[][4] = {
	[LEVER_MTHP_ANON] = { OBJECTIVE_USER_CYCLES, OBJECTIVE_USER_MPKI, OBJECTIVE_FAULTS,
			      OBJECTIVES },
	[LEVER_MTHP_SHMEM] = { OBJECTIVE_USER_CYCLES, OBJECTIVE_USER_MPKI, OBJECTIVE_FAULTS,
			       OBJECTIVES },
	[LEVER_COLLAPSE] = { OBJECTIVE_KERNEL_CYCLES, OBJECTIVE_KERNEL_MPKI, OBJECTIVES },
};

/* Whether this machine counts more than the proxy, if perhaps not in this window. */
static bool policy_candidate_countable(const struct lever *l, const struct observation *o)
{
	for (const enum objective *try = preferred[l->kind]; *try != OBJECTIVES; try++) {
		if (!objective_is_proxy(*try) && o->countable[*try])
			return true;
	}
	return false;
}

int policy_objective(const struct policy *p, const struct lever *l,
		     const struct observation *o)
{
	for (const enum objective *try = preferred[l->kind]; *try != OBJECTIVES; try++) {
		if (objective_is_proxy(*try) &&
		    (!p->c.proxy || policy_candidate_countable(l, o)))
			continue;
		if (o->objective[*try].known)
			return *try;
	}
	return -1;
}

int policy_recheck_objective(const struct policy *p, size_t i, const struct observation *o)
{
	const struct lever *l = &p->levers.lever[i];
	const struct record *r = &p->rec[i];

	/* what was kept by the proxy has still to show that it is worth it */
	if (objective_is_proxy(r->objective) && policy_candidate_countable(l, o))
		return policy_objective(p, l, o);
	return r->objective;
}

double policy_alpha(const struct policy *p, size_t i)
{
	unsigned int k = p->rec[i].tests + 1;

	/* 1/(1*2) + 1/(2*3) + ... = 1 */
	return p->c.alpha / ((double)k * (k + 1));
}

void policy_note_activity(struct policy *p, const struct observation *o)
{
	for (size_t i = 0; i < p->levers.n; i++) {
		struct record *r = &p->rec[i];
		int objective;

		if (r->state != LEVER_IDLE && r->state != LEVER_KEPT)
			continue;
		objective = r->state == LEVER_KEPT
				    ? policy_recheck_objective(p, i, o)
				    : policy_objective(p, &p->levers.lever[i], o);
		if (objective >= 0 && trial_evidence(&p->c, o, objective) &&
		    (r->state == LEVER_KEPT ||
		     o->objective[objective].n >= objective_floor(objective)))
			r->active++;
		else
			r->active = 0;
	}
}

static bool policy_candidate_capped(const struct policy *p)
{
	size_t n = stamps_since(&p->changes, p->now > HOUR_NS ? p->now - HOUR_NS : 0);

	/* A cap below what one trial needs allows one trial an hour. */
	return n && n + TRIAL_CHANGES > p->c.changes_per_hour;
}

static bool undo_pending(const struct policy *p)
{
	for (size_t i = 0; i < p->levers.n; i++) {
		if (p->rec[i].undo)
			return true;
	}
	return false;
}

/* A trial that has begun goes on. */
static bool policy_may_begin(const struct policy *p)
{
	return p->c.mode != POLICY_TUNE || hours_include(&p->c.maintenance, p->real);
}

/* What holds for every lever alike. */
static enum block machine_block(const struct policy *p, const struct observation *o,
				const struct breach *b)
{
	struct guard_input in = { .c = &p->c, .o = o };

	if (p->c.mode == POLICY_OBSERVE)
		return BLOCK_OBSERVE;
	if (guard_missing(&in) >= 0 || !o->anon_bytes.known)
		return BLOCK_UNGUARDED;
	if (policy_is_waiting(p) && p->c.mode == POLICY_TUNE)
		return policy_is_booting(p) ? BLOCK_BOOT : BLOCK_START;
	if (!policy_may_begin(p))
		return BLOCK_HOURS;
	if (p->paused_until || (p->suspended && p->c.mode == POLICY_TUNE))
		return BLOCK_PAUSED;
	if (undo_pending(p))
		return BLOCK_UNDO;
	if (p->trying)
		return BLOCK_BUSY;
	if (p->now < p->quiet_until)
		return BLOCK_QUIET;
	if (b)
		return BLOCK_GUARD;
	return policy_candidate_capped(p) ? BLOCK_CAP : BLOCK_NONE;
}

static enum block lever_block(const struct policy *p, size_t i, const struct observation *o)
{
	const struct lever *l = &p->levers.lever[i];
	const struct lever_observation *lo = &o->lever[i];
	int objective = policy_objective(p, l, o);

	if (l->kind == LEVER_MTHP_SHMEM && !p->c.shmem)
		return BLOCK_NOT_ASKED;
	if (!*lo->value)
		return BLOCK_NO_VALUE;
	if (policy_forbidden(p, i, lo))
		return BLOCK_FORBIDDEN;
	if (!strcmp(lo->effective, l->wanted))
		return BLOCK_HOLDS_IT;
	if (!lo->allocs.known)
		return BLOCK_NO_COUNT;
	if (objective < 0)
		return policy_candidate_countable(l, o) ? BLOCK_NOT_NOW : BLOCK_NO_OBJECTIVE;
	if (!trial_counts(&p->c, o, objective))
		return BLOCK_NOT_NOW;
	return p->rec[i].active < ACTIVE_WINDOWS ? BLOCK_IDLE : BLOCK_NONE;
}

int policy_candidate(struct policy *p, const struct observation *o, const struct breach *b)
{
	enum block machine = machine_block(p, o, b);
	int found = -1;

	for (size_t i = 0; i < p->levers.n; i++) {
		struct record *r = &p->rec[i];

		if (r->state != LEVER_IDLE)
			continue;
		/* what is the lever's own comes first: it stays when the machine's is gone */
		r->block = lever_block(p, i, o);
		if (r->block)
			continue;
		if (found < 0)
			found = i;
		r->block = machine ? machine : BLOCK_BUSY;
	}
	if (found < 0)
		return -1;
	if (machine)
		return -1;
	p->rec[found].block = BLOCK_NONE;
	return found;
}

uint64_t policy_recheck_after(const struct policy *p, const struct record *r)
{
	uint64_t after = r->doubted ? MIN(p->c.cooldown_ns, p->c.recheck_ns)
				    : p->c.recheck_ns << MIN(r->stood, RECHECK_DOUBLINGS);

	return after + policy_jitter(p, r->jitter, after);
}

int policy_recheck_due(struct policy *p, const struct observation *o)
{
	if (p->c.mode != POLICY_TUNE || !p->c.recheck_ns || p->trying || p->paused_until ||
	    p->suspended || p->now < p->quiet_until || policy_is_waiting(p) ||
	    !policy_may_begin(p) || undo_pending(p) || policy_candidate_capped(p))
		return -1;
	for (size_t i = 0; i < p->levers.n; i++) {
		const struct record *r = &p->rec[i];

		if (r->state == LEVER_KEPT &&
		    p->now - r->since >= policy_recheck_after(p, r) &&
		    r->active >= ACTIVE_WINDOWS)
			return i;
	}
	return -1;
}
