// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy of pgtopd, as it is, against thousands of made-up machines for a month each.
 *
 * Time: a window is 10 s.  Every window is shown while a trial is under way and after
 * anything changed.  Where the policy only watches (policy_wake()), or has looked long enough
 * at a lever it cannot begin with, windows are left out up to the next event of the machine:
 * between events the readings that guards look at stay where they are.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/memory.h"
#include "policy/policy.h"
#include "sim.h"
#include "util/util.h"

#define LOOKS	  30   /* windows a lever is looked at in a row before looking less often */
#define REST_S	  600  /* and how often then */
#define SKIP_S	  3600 /* the longest gap */
#define WRITE_ERR 0.002

static const char *const off = "never";

static void sim_levers(struct levers *l)
{
	static const struct lever lever[SIM_LEVERS] = {
		{ "mthp.64K", LEVER_MTHP_ANON, 64 << 10, "/sys/64", "always", 0 },
		{ "mthp.2M", LEVER_MTHP_ANON, 2 << 20, "/sys/2048", "always", 1 },
	};

	l->n = SIM_LEVERS;
	memcpy(l->lever, lever, sizeof(lever));
}

static size_t index_of(const char *name)
{
	return strcmp(name, "mthp.64K") ? LARGE : SMALL;
}

static void show_knobs(const struct machine *m, struct observation *o)
{
	for (int i = 0; i < SIM_LEVERS; i++) {
		strcpy(o->lever[i].value, m->lever[i].in_place ? "always" : off);
		strcpy(o->lever[i].effective, o->lever[i].value);
	}
}

static void count_decision(struct run *run, const struct decision *d)
{
	size_t i;

	run->decisions++;
	if (run->tell)
		run->tell(run, d);
	if (!*d->lever)
		return;
	i = index_of(d->lever);
	if (d->action == DECISION_TRY)
		run->lever[i].trials++;
	if (d->tested && (d->action == DECISION_KEEP || d->action == DECISION_REVERT))
		run->lever[i].verdicts++;
	if (d->action == DECISION_KEEP)
		run->lever[i].keeps++;
	if (d->action == DECISION_REVERT && *d->guard)
		run->guard_reverts++;
	if (d->action == DECISION_YIELD)
		run->lever[i].yields++;
}

static void count_change(struct run *run, size_t i)
{
	unsigned int day = run->machine.now_s / DAY_S;

	run->day[MIN(day, SIM_DAYS - 1u)].changes++;
	run->lever[i].changes++;
	if (day != run->lever[i].day) {
		run->lever[i].day = day;
		run->lever[i].today = 0;
	}
	run->lever[i].today++;
	if (run->lever[i].today > run->lever[i].most_a_day)
		run->lever[i].most_a_day = run->lever[i].today;
}

/* What pgtopd does with a step: now and then a write fails. */
static int carry_out(struct run *run, const struct step *s)
{
	size_t i = s->lever;
	bool wanted = s->kind == STEP_WRITE;

	if (s->kind == STEP_FORGET)
		return 0;
	if (run->lever[i].yields)
		run->trespasses++;
	if (chance(&run->machine.random, WRITE_ERR)) {
		run->lever[i].failed_write = true;
		return -EACCES;
	}
	run->lever[i].failed_write = false;
	run->machine.lever[i].in_place = wanted;
	count_change(run, i);
	return 0;
}

static void carry_out_plan(struct run *run, const struct plan *plan)
{
	static struct plan more;

	for (size_t i = 0; i < plan->ndecisions; i++)
		count_decision(run, &plan->decision[i]);
	for (size_t i = 0; i < plan->nsteps; i++) {
		int err = carry_out(run, &plan->step[i]);

		policy_told(run->policy, &plan->step[i], err, run->o.real_ns, &more);
		for (size_t k = 0; k < more.ndecisions; k++)
			count_decision(run, &more.decision[k]);
	}
}

static bool ours(const struct run *run, int i)
{
	return run->machine.lever[i].in_place && !run->lever[i].yields &&
	       !run->lever[i].failed_write;
}

static bool bloats(const struct run *run, int i)
{
	const struct machine *m = &run->machine;
	double added = m->lever[i].applied * m->lever[i].truth.bloat * m->touched;

	return added >
	       2 * fmax(run->config->bloat_max * (m->touched + m->service), 0.005 * m->total);
}

/*
 * By the machine's own truth, not by what the policy computed: is anything in place that a
 * guard should have taken back?  Bloat may be seen one time constant late and is counted only
 * where it is twice what is allowed.
 */
static bool in_breach(const struct run *run)
{
	const struct policy_config *c = run->config;

	if (run->o.psi_full.n > c->psi_full_max || run->o.available.n < c->available_min ||
	    run->o.swap_out.n > c->swap_out_max || run->o.unfolds.n > c->unfolds_max ||
	    run->o.compact_stalls.n > c->compact_stalls_max)
		return true;
	for (int i = 0; i < SIM_LEVERS; i++) {
		const struct reading *fallbacks = &run->o.lever[i].fallbacks;

		if (!ours(run, i))
			continue;
		if ((fallbacks->known && fallbacks->n > c->fallback_max) || bloats(run, i))
			return true;
	}
	return false;
}

static void check_guards(struct run *run, bool breach)
{
	bool held = false;

	for (int i = 0; i < SIM_LEVERS; i++)
		held |= ours(run, i);
	/* after the plan of the window in which the breach was seen */
	if (breach && held) {
		run->breached++;
		run->late += run->breached > 1;
	} else {
		run->breached = 0;
	}
}

static void gather(struct run *run, double seconds)
{
	const struct machine *m = &run->machine;
	unsigned int day = MIN(m->now_s / DAY_S, SIM_DAYS - 1);
	double best = machine_best(m);

	/* What an idle machine, or one that somebody else tunes, does is not the policy's. */
	if (m->idle || m->pressure || m->admin_writes || best <= 0)
		return;
	run->usable_best_s += best * seconds;
	run->attained_s += machine_gain(m) * seconds;
	run->day[day].best_s += best * seconds;
	run->day[day].attained_s += machine_gain(m) * seconds;
}

/* What is in place and not on trial was kept. */
static void gather_harm(struct run *run, double seconds)
{
	struct lever_status s[SIM_LEVERS];
	size_t n = policy_status(run->policy, s, SIM_LEVERS);

	for (size_t i = 0; i < n; i++) {
		if (s[i].state != LEVER_KEPT || run->machine.idle)
			continue;
		run->lever[i].kept_s += seconds;
		run->lever[i].loss_s += seconds * fmax(0, machine_loss(&run->machine, i));
	}
}

static double next_window(struct run *run)
{
	const struct machine *m = &run->machine;
	uint64_t wake = policy_wake(run->policy);
	double gap = SKIP_S, event = machine_next_event(m);

	if (run->settling) {
		run->settling--;
		return SIM_WINDOW_S;
	}
	if (!wake) {
		if (m->idle && !run->trying)
			gap = SKIP_S;
		else if (run->trying || ++run->looks < LOOKS)
			return SIM_WINDOW_S;
		else
			gap = REST_S;
	} else {
		run->looks = 0;
		gap = fmin(gap, wake * 1e-9 - 1 - m->now_s);
	}
	if (event < gap) {
		gap = event;
		run->settling = 2;
	}
	return fmax(SIM_WINDOW_S, ceil(gap / SIM_WINDOW_S) * SIM_WINDOW_S);
}

static bool trying(const struct policy *p)
{
	struct lever_status s[SIM_LEVERS];
	size_t n = policy_status(p, s, SIM_LEVERS);

	for (size_t i = 0; i < n; i++) {
		if (s[i].of)
			return true;
	}
	return false;
}

static void one_window(struct run *run)
{
	static struct plan plan;
	double gap = next_window(run);
	bool breach;

	gather(run, gap);
	gather_harm(run, gap);
	machine_advance(&run->machine, gap);
	show_knobs(&run->machine, &run->o);
	machine_observe(&run->machine, &run->o);
	breach = in_breach(run);
	policy_step(run->policy, &run->o, &plan);
	if (plan.ndecisions || plan.nsteps) {
		carry_out_plan(run, &plan);
		run->trying = trying(run->policy);
		run->looks = 0;
	}
	check_guards(run, breach);
	run->windows++;
}

/* pgtopd stops, which restores what it kept, and starts again: an upgrade, say. */
static void restart(struct run *run)
{
	static struct lever_memory memory[SIM_LEVERS];
	uint64_t id = policy_take_id(run->policy);
	static struct plan plan;

	policy_stop(run->policy, run->o.real_ns, false, &plan);
	carry_out_plan(run, &plan);
	for (size_t i = 0; i < SIM_LEVERS; i++)
		policy_remember(run->policy, i, &memory[i]);
	policy_free(run->policy);
	if (policy_new(run->config, run->levers, id + PLAN_DECISIONS, &run->policy))
		abort();
	for (size_t i = 0; i < SIM_LEVERS; i++)
		policy_recall(run->policy, &memory[i], true);
	run->restarted_s = run->machine.now_s;
	run->trying = false;
	run->looks = 0;
}

void sim_run(struct run *run, uint64_t seed, const struct policy_config *c, double days)
{
	struct levers levers = { 0 };

	machine_make(&run->machine, seed);
	run->config = c;
	sim_levers(&levers);
	run->levers = &levers;
	if (policy_new(c, &levers, 1, &run->policy))
		abort();
	while (run->machine.now_s < days * DAY_S) {
		one_window(run);
		if (run->restart_s && run->machine.now_s - run->restarted_s >= run->restart_s)
			restart(run);
	}
	policy_free(run->policy);
}
