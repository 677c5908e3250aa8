// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "policy/guard.h"
#include "policy/stats.h"
#include "util/util.h"

#define FOLLOW_S	3600.0	/* time constant of the prediction for a kept lever */
#define SLOW_S		86400.0 /* the same for what khugepaged collapses */
#define BLOAT_MIN_SHARE 0.005	/* of MemTotal: less is nobody's problem */
#define PLENTY		4	/* times available_min */
#define BLOAT_SIGMAS	4
#define SLOPE_ERRORS	3    /* of the baseline's slope: what is beyond goes on */
#define BLOAT_FALL	0.25 /* of bloat_max: a fall of AnonPages that is more than a wobble */
#define BLOAT_LOOSE	2    /* times bloat_max: the most that noise allows */

static struct reading psi_full(const struct guard_input *in)
{
	return in->o->psi_full;
}

static struct reading guard_available(const struct guard_input *in)
{
	return in->o->available;
}

static struct reading swap_out(const struct guard_input *in)
{
	return in->o->swap_out;
}

static struct reading compact_stalls(const struct guard_input *in)
{
	return in->o->compact_stalls;
}

static struct reading guard_unfolds(const struct guard_input *in)
{
	return in->o->unfolds;
}

static struct reading guard_fallbacks(const struct guard_input *in)
{
	return in->lever ? in->lever->fallbacks : (struct reading){ .why = "no lever" };
}

static struct reading guard_bloat(const struct guard_input *in)
{
	return in->bloat ? in->bloat->excess : (struct reading){ .why = "no lever" };
}

static struct reading guard_pmu_running(const struct guard_input *in)
{
	return in->pmu ? in->o->pmu_running
		       : (struct reading){ .why = "the objective needs no PMU" };
}

#define LIMIT(member) offsetof(struct policy_config, member)

static const struct guard {
	const char *name, *clause;
	const char *numbers; /* format of value and limit */
	struct reading (*read)(const struct guard_input *in);
	size_t limit; /* offset in struct policy_config */
	double scale; /* of value and limit in the text */
	enum guard_scope scope;
	bool below;	/* breached below the limit */
	bool essential; /* without it nothing is changed */
} guards[GUARDS] = {
	[GUARD_PSI_FULL] = {
		"psi_full", "all tasks wait for memory", "for %.1f %% of the time, limit %.1f %%",
		psi_full, LIMIT(psi_full_max), 100, GUARD_MACHINE, false, false,
	},
	[GUARD_AVAILABLE] = {
		"available", "little memory is available", "%.1f %% of all, limit %.1f %%",
		guard_available, LIMIT(available_min), 100, GUARD_MACHINE, true, true,
	},
	[GUARD_SWAP_OUT] = {
		"swap_out", "memory is swapped out", "%.0f pages/s, limit %.0f",
		swap_out, LIMIT(swap_out_max), 1, GUARD_MACHINE, false, false,
	},
	[GUARD_COMPACTION] = {
		"compact_stalls", "allocations stall in compaction", "%.1f/s, limit %.1f",
		compact_stalls, LIMIT(compact_stalls_max), 1, GUARD_MACHINE, false, false,
	},
	[GUARD_UNFOLDS] = {
		"unfolds", "contiguous blocks are unfolded again", "%.0f/s, limit %.0f",
		guard_unfolds, LIMIT(unfolds_max), 1, GUARD_MACHINE, false, false,
	},
	[GUARD_FALLBACK] = {
		"fallback", "allocations of this size fail", "%.1f %% of them, limit %.1f %%",
		guard_fallbacks, LIMIT(fallback_max), 100, GUARD_LEVER, false, false,
	},
	[GUARD_BLOAT] = {
		"bloat", "memory grew beyond what is touched", "by %.1f %% of anonymous memory, limit %.1f %%",
		guard_bloat, LIMIT(bloat_max), 100, GUARD_LEVER, false, false,
	},
	[GUARD_PMU] = {
		"pmu_running", "PMU events share counters too much",
		"counted %.0f %% of the time, limit %.0f %%",
		guard_pmu_running, LIMIT(pmu_running_min), 100, GUARD_TRIAL, true, false,
	},
};

const char *guard_name(enum guard_id g)
{
	return guards[g].name;
}

enum guard_id guard_named(const char *name)
{
	int g = 0;

	while (g < GUARDS && strcmp(guards[g].name, name))
		g++;
	return g;
}

bool guard_is_of_lever(enum guard_id g)
{
	return g != GUARDS && guards[g].scope == GUARD_LEVER;
}

bool guard_is_of_machine(enum guard_id g)
{
	return g != GUARDS && guards[g].scope == GUARD_MACHINE;
}

const char *guard_clause(enum guard_id g)
{
	return guards[g].clause;
}

const char *guard_explain(const struct breach *b, char *buf, size_t len)
{
	const struct guard *g = &guards[b->guard];
	int n = snprintf(buf, len, "%s: ", g->clause);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (n > 0 && (size_t)n < len)
		snprintf(buf + n, len - n, g->numbers, b->value * g->scale,
			 b->limit * g->scale);
#pragma GCC diagnostic pop
	return buf;
}

static double limit_of(const struct guard *g, const struct guard_input *in)
{
	/* A small or noisy load is allowed more, in proportion: see bloat_step(). */
	if (g == &guards[GUARD_BLOAT])
		return in->bloat->limit;
	return *(const double *)((const char *)in->c + g->limit);
}

static bool guard_is_breached(const struct guard *g, const struct guard_input *in,
			      struct breach *ret)
{
	struct reading r = g->read(in);
	double limit;

	if (!r.known)
		return false;
	limit = limit_of(g, in);
	if (g->below ? r.n >= limit : r.n <= limit)
		return false;
	*ret = (struct breach){ .guard = g - guards, .value = r.n, .limit = limit };
	return true;
}

bool guard_breached(enum guard_scope scope, const struct guard_input *in, struct breach *ret)
{
	for (size_t i = 0; i < GUARDS; i++) {
		if (guards[i].scope == scope && guard_is_breached(&guards[i], in, ret))
			return true;
	}
	return false;
}

int guard_missing(const struct guard_input *in)
{
	for (int i = 0; i < GUARDS; i++) {
		if (guards[i].essential && !guards[i].read(in).known)
			return i;
	}
	return -1;
}

const char *guard_lacks(enum guard_id g, const struct observation *o)
{
	struct guard_input in = { .o = o };
	struct reading r;

	if (guards[g].scope != GUARD_MACHINE)
		return NULL;
	r = guards[g].read(&in);
	return r.known ? NULL : r.why;
}

/*
 * As much of the slope of @anon as is beyond chance; @ret_noise: the standard deviation about
 * that line.  Levels of memory resemble their neighbours, so that a few of them show a slope
 * where there is none: the error is that of so many independent ones.
 */
static double sure_slope(const double *anon, size_t n, double slope, double error,
			 double *ret_noise)
{
	double rest[POLICY_WINDOWS_MAX], sure;
	struct sample s;

	for (size_t i = 0; i < n; i++)
		rest[i] = anon[i] - slope * i;
	stats_sample(rest, n, &s);
	sure = fabs(slope) - SLOPE_ERRORS * error * sqrt(n / s.ess);
	if (sure <= 0)
		return 0;
	*ret_noise = sqrt(s.var);
	return copysign(sure, slope);
}

void bloat_begin(struct bloat *b, const double *anon, size_t n, double busy)
{
	double slope, error;
	struct sample s;

	*b = (struct bloat){ 0 };
	if (stats_slope(anon, n, &slope, &error))
		return;
	stats_sample(anon, n, &s);
	b->noise = sqrt(s.var);
	slope = sure_slope(anon, n, slope, error, &b->noise);
	b->known = true;
	b->base = s.mean;
	b->predicted = s.mean + slope * (n - 1) / 2.0;
	b->growth = busy > 0 ? slope / busy : 0;
}

void bloat_keep(struct bloat *b)
{
	b->growth = 0;
	b->slow = b->predicted;
	b->follows = true;
}

void bloat_adopt(struct bloat *b, double anon_bytes)
{
	*b = (struct bloat){
		.known = true,
		.base = anon_bytes,
		.predicted = anon_bytes,
		.slow = anon_bytes,
		.follows = true,
	};
}

static void guard_predict(struct bloat *b, double anon, double busy_s, double seconds)
{
	double share = seconds / (FOLLOW_S + seconds), slow = seconds / (SLOW_S + seconds);

	if (!b->follows) {
		b->predicted += b->growth * busy_s;
		return;
	}
	b->predicted += (anon - b->predicted) * share;
	b->brought -= b->brought * share;
	b->slow += (anon - b->slow) * slow;
	b->collapsed -= b->collapsed * slow;
	b->base = b->predicted;
}

/* Levers do not give memory back: what is gone at once was the load's, and hides nothing. */
static void guard_note_fall(struct bloat *b, const struct policy_config *c, double anon)
{
	double fall = b->last - anon;
	double wobble = fmax(BLOAT_SIGMAS * b->noise, BLOAT_FALL * c->bloat_max * b->base);

	if (!b->follows && fall > wobble)
		b->predicted -= fall;
	b->last = anon;
}

static void guard_count_brought(struct bloat *b, const struct lever_observation *l,
				double folio_seconds)
{
	double collapsed = l->collapses.known ? l->collapses.n * folio_seconds : 0;

	b->collapsed += collapsed;
	b->brought += collapsed + (l->allocs.known ? l->allocs.n * folio_seconds : 0);
}

/*
 * The load of a kept lever may grow; that is nobody's problem while there is room.  But what
 * khugepaged filled in, no load has asked for.
 */
static struct reading guard_excess(const struct bloat *b, const struct policy_config *c,
				   const struct observation *o)
{
	double excess = fmin(o->anon_bytes.n - b->predicted, b->brought) / b->base;
	double slow = fmin(o->anon_bytes.n - b->slow, b->collapsed) / b->base;

	if (!b->follows)
		return (struct reading){ .known = true, .n = excess };
	if (!o->available.known || o->available.n <= PLENTY * c->available_min)
		return (struct reading){ .known = true, .n = fmax(excess, slow) };
	if (b->collapsed > 0)
		return (struct reading){ .known = true, .n = slow };
	return (struct reading){ .why = "there is plenty of memory" };
}

void bloat_step(struct bloat *b, const struct policy_config *c, const struct observation *o,
		const struct lever_observation *l, uint64_t size)
{
	double seconds = o->interval_ns * 1e-9,
	       total = o->mem_total.known ? o->mem_total.n : 0;

	b->excess = (struct reading){ .why = "AnonPages is not known" };
	if (!b->known || !o->anon_bytes.known || b->base <= 0)
		return;
	guard_count_brought(b, l, seconds * size);
	guard_note_fall(b, c, o->anon_bytes.n);
	guard_predict(b, o->anon_bytes.n, o->cpu_busy.known ? o->cpu_busy.n * seconds : 0,
		      seconds);
	b->excess = guard_excess(b, c, o);
	/* One step in the baseline looks like noise, and must not let anything pass. */
	b->limit = fmin(BLOAT_SIGMAS * b->noise / b->base, BLOAT_LOOSE * c->bloat_max);
	b->limit = fmax(fmax(c->bloat_max, b->limit), BLOAT_MIN_SHARE * total / b->base);
}
