// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/reason.h"
#include "util/util.h"

#define NUMBER 24

static void add_list(struct decision *d, const char *fmt, va_list args)
{
	size_t n = strlen(d->reason);

	vsnprintf(d->reason + n, sizeof(d->reason) - n, fmt, args);
}

static void __attribute__((format(printf, 2, 3)))
reason_add(struct decision *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_list(d, fmt, args);
	va_end(args);
}

void reason_set(struct decision *d, const char *fmt, ...)
{
	va_list args;

	*d->reason = 0;
	va_start(args, fmt);
	add_list(d, fmt, args);
	va_end(args);
}

/* Begin with the lever: "64K anonymous mTHP ". */
static void reason_begin(struct decision *d, const struct lever *l)
{
	char title[LEVER_TITLE];

	reason_set(d, "%s ", lever_title(l, title));
}

/* Three significant digits, and no exponent for what people count. */
static const char *reason_number(double x, char *buf)
{
	snprintf(buf, NUMBER, fabs(x) >= 100 && fabs(x) < 1e15 ? "%.0f" : "%.3g", x);
	return buf;
}

static void add_summary(struct decision *d, const struct phase_summary *s)
{
	char mean[NUMBER], sd[NUMBER];

	reason_add(d, "%s \302\261 %s", reason_number(s->mean, mean),
		   reason_number(s->sd, sd));
}

static void add_p(struct decision *d, double p)
{
	if (p < 0.0001)
		reason_add(d, "p < 0.0001");
	else
		reason_add(d, "p = %.4f", p);
}

/* "(24 windows without it: 41230 ± 812, 12 with it: 2841 ± 77; p < 0.0001)" */
static void add_comparison(struct decision *d, const struct trial *t)
{
	const struct verdict *v = &t->verdict;

	reason_add(d, "(%u windows without it: ", v->without.n);
	add_summary(d, &v->without);
	reason_add(d, ", %u with it: ", v->with.n);
	add_summary(d, &v->with);
	reason_add(d, "; ");
	add_p(d, v->p);
	if (t->trials && !t->recheck) {
		reason_add(d, ", with %u earlier trial%s ", t->trials,
			   t->trials > 1 ? "s" : "");
		add_p(d, v->pooled);
	}
	reason_add(d, ")");
}

static void add_proxy(struct decision *d, const struct trial *t)
{
	if (objective_is_proxy(t->objective))
		reason_add(d, "; a proxy, because TLB walks are not measured: %s",
			   *t->proxy_why ? t->proxy_why
					 : "this machine's PMU does not count them");
}

static void add_memory(struct decision *d, const struct trial *t)
{
	struct sample before, during;
	double change;

	stats_sample(t->leg[0].anon, t->leg[0].n, &before);
	stats_sample(t->leg[1].anon, t->leg[1].n, &during);
	if (before.mean <= 0 || during.mean <= 0)
		return;
	change = 100 * (during.mean / before.mean - 1);
	reason_add(d, "; anonymous memory %s by %.1f %%", change < 0 ? "fell" : "grew",
		   fabs(change));
}

/* The verdict's other half: what it means for all CPU time. */
static void add_net(struct decision *d, const struct trial *t)
{
	const struct net *n = &t->verdict.net;

	if (!n->known)
		reason_add(d, "; its cost in kernel CPU time is not known");
	else if (n->by_work)
		reason_add(d,
			   "; of all CPU time the TLB takes %.2g %% less, the kernel %.2g ± "
			   "%.2g %% %s: net %+.2g %%",
			   100 * n->saved, 100 * fabs(n->cost), 100 * n->error,
			   n->cost < 0 ? "less" : "more", 100 * (n->saved - n->cost));
	else
		reason_add(d,
			   "; the kernel takes %.2g ± %.2g %% of all CPU time %s; net not "
			   "known, as user instructions are not counted",
			   100 * fabs(n->cost), 100 * n->error, n->cost < 0 ? "less" : "more");
}

void reason_try(struct decision *d, const struct lever *l, const struct trial *t)
{
	reason_begin(d, l);
	if (t->recheck)
		reason_add(d, "is checked again: %u windows with it, then %u without, by %s",
			   t->of, t->of, objective_title(t->objective));
	else
		reason_add(d, "trial: a baseline of %u windows without it first, by %s", t->of,
			   objective_title(t->objective));
	add_proxy(d, t);
}

void reason_apply(struct decision *d, const struct lever *l, const struct trial *t)
{
	reason_begin(d, l);
	reason_add(d, "set from %s to %s for a trial: %s in %u windows without it ", d->from,
		   d->to, objective_title(t->objective), t->verdict.without.n);
	add_summary(d, &t->verdict.without);
}

void reason_advise(struct decision *d, const struct lever *l, const struct trial *t)
{
	reason_begin(d, l);
	reason_add(d, "would be tried (%s instead of %s), were mode = tune: %s ", d->to,
		   d->from, objective_title(t->objective));
	add_summary(d, &t->verdict.without);
	reason_add(d, " in %u windows", t->verdict.without.n);
	add_proxy(d, t);
}

void reason_confirm(struct decision *d, const struct lever *l, const struct trial *t)
{
	reason_begin(d, l);
	if (t->recheck)
		reason_add(d, "set back to %s for a while, to see whether it still helps",
			   d->to);
	else
		reason_add(
			d,
			"set back to %s for a while, to see whether %s, which fell by %.1f %%, "
			"rises again",
			d->to, objective_title(t->objective), 100 * t->verdict.effect);
}

void reason_keep(struct decision *d, const struct lever *l, const struct trial *t)
{
	reason_begin(d, l);
	reason_add(d, "%s: %s fell by %.1f %% ", t->recheck ? "stays" : "kept",
		   objective_title(t->objective), 100 * t->verdict.effect);
	add_comparison(d, t);
	add_net(d, t);
	add_proxy(d, t);
	if (!t->recheck)
		add_memory(d, t);
}

static const char *cause_clause(enum trial_cause cause)
{
	switch (cause) {
	case CAUSE_IDLE:
		return "too few windows had any activity";
	case CAUSE_UNCOUNTED:
		return "its objective could not be counted";
	case CAUSE_UNSTEADY:
		return "the load never settled, so there is no baseline to compare with";
	case CAUSE_SMALL:
		return "there is too little to gain";
	case CAUSE_NOT_TAKEN:
		return "no folio of this size was allocated, so it had no effect";
	case CAUSE_WORSE:
		return "it made things worse";
	case CAUSE_NO_EFFECT:
		return "no effect";
	case CAUSE_NOT_SURE:
		return "the change could be chance";
	case CAUSE_COSTS:
		return "it costs the kernel more CPU time than it saves";
	case CAUSE_NONE:
		break;
	}
	return "no reason";
}

void reason_failed(struct decision *d, const struct lever *l, const struct trial *t,
		   const struct policy_config *c)
{
	const struct verdict *v = &t->verdict;

	reason_begin(d, l);
	reason_add(d, "%s: %s", d->action == DECISION_ABANDON ? "not tried" : "taken back",
		   cause_clause(t->cause));
	if (v->tested) {
		reason_add(d, ": %s %s by %.1f %% ", objective_title(t->objective),
			   v->effect < 0 ? "rose" : "fell", fabs(100 * v->effect));
		add_comparison(d, t);
		reason_add(d, ", wanted: at least %.1f %%, p < %.2g", 100 * c->min_effect,
			   t->alpha);
		if (t->cause == CAUSE_COSTS)
			add_net(d, t);
	} else if (v->without.n) {
		reason_add(d, ": %s ", objective_title(t->objective));
		add_summary(d, &v->without);
		reason_add(d, " in %u windows", v->without.n);
	}
}

void reason_guard(struct decision *d, const struct lever *l, const struct breach *b,
		  const char *what)
{
	char text[160];

	reason_begin(d, l);
	reason_add(d, "%s: %s", what, guard_explain(b, text, sizeof(text)));
}
