// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>

#include "policy/trial.h"
#include "util/array.h"
#include "util/util.h"

/* Twice as long: a load that alternates as the legs do is in both its states during it. */
#define LAST_LEG      2
#define BUSY_MIN      0.01 /* CPUs: below that the machine is idle */
#define PATIENCE      4	   /* a leg may take so many times its windows */
#define SLOW_SETTLE   30   /* settling may take so many times settle_windows */
#define TURNED_OVER   1.5  /* of anonymous memory, before the TLB shows it */
#define UNCOUNTED_MAX 6	   /* windows a change stays in place that nothing judges */
#define SURE	      2	   /* standard errors by which an effect is ruled out */
#define AGREES	      0.05 /* p of the last trial, whatever earlier ones say */
#define STANDS	      0.15 /* p of a comparison again, of what was proven before */
#define STEADY_ALPHA  0.005
#define KERNEL_LEAST  1e-6 /* of what has a logarithm */
#define STEADY_FACTOR 3	   /* a drift below so many times min_effect is steady */

static unsigned int windows_wanted(const struct trial *t, const struct policy_config *c)
{
	unsigned int n = t->current || t->recheck ? c->measure_windows : c->baseline_windows;

	if (t->current == TRIAL_LEGS - 1)
		n *= LAST_LEG;
	return MIN(n * MAX(t->scale, 1u), (unsigned int)POLICY_WINDOWS_MAX);
}

static void trial_measure(struct trial *t, const struct policy_config *c)
{
	t->settling = false;
	t->seen = 0;
	t->of = windows_wanted(t, c);
}

static void trial_settle(struct trial *t, unsigned int windows)
{
	t->settling = true;
	t->seen = 0;
	t->of = windows;
}

void trial_begin(struct trial *t, const struct policy_config *c)
{
	t->recheck = false;
	t->confirm = c->confirm;
	t->current = 0;
	for (int i = 0; i < TRIAL_LEGS; i++) {
		t->leg[i].n = 0;
		t->leg[i].busy = t->leg[i].share = 0;
		t->leg[i].uncosted = false;
	}
	t->by_work = false;
	t->settled = 0;
	t->uncounted = 0;
	t->bloat = (struct bloat){ 0 };
	t->passed = false;
	t->cause = CAUSE_NONE;
	t->verdict = (struct verdict){ 0 };
	trial_measure(t, c);
}

void trial_begin_recheck(struct trial *t, const struct policy_config *c)
{
	struct bloat bloat = t->bloat;
	unsigned int settled = t->settled;

	trial_begin(t, c);
	t->recheck = true;
	t->bloat = bloat;
	t->settled = MAX(settled, c->settle_windows);
	trial_measure(t, c);
}

bool trial_in_place(const struct trial *t)
{
	return (t->current % 2 == 1) != t->recheck;
}

bool trial_untouched(const struct trial *t)
{
	return t->current == 0 && !t->recheck;
}

bool trial_judged(const struct trial *t)
{
	return t->cause == CAUSE_WORSE || t->cause == CAUSE_NO_EFFECT ||
	       t->cause == CAUSE_NOT_SURE || t->cause == CAUSE_COSTS;
}

unsigned int trial_progress(const struct trial *t)
{
	return t->settling ? MIN(t->seen, t->of) : t->leg[t->current].n;
}

static bool trial_busy(const struct observation *o)
{
	return !o->cpu_busy.known || o->cpu_busy.n >= BUSY_MIN;
}

bool trial_counts(const struct policy_config *c, const struct observation *o,
		  enum objective objective)
{
	if (!o->objective[objective].known)
		return false;
	return objective_is_proxy(objective) || !o->pmu_running.known ||
	       o->pmu_running.n >= c->pmu_running_min;
}

bool trial_evidence(const struct policy_config *c, const struct observation *o,
		    enum objective objective)
{
	return !o->left_out && trial_counts(c, o, objective) &&
	       o->interval_ns <= 2 * c->window_ns && o->interval_ns >= c->window_ns / 2 &&
	       trial_busy(o);
}

static enum trial_event trial_failed(struct trial *t, enum trial_cause cause)
{
	t->cause = cause;
	return TRIAL_FAILED;
}

static enum trial_event trial_passed(struct trial *t)
{
	t->passed = true;
	return TRIAL_PASSED;
}

/* The objective fell: is that worth what it costs elsewhere? */
static enum trial_event trial_weigh(struct trial *t)
{
	return net_is_loss(&t->verdict.net) ? trial_failed(t, CAUSE_COSTS) : trial_passed(t);
}

static void drop_oldest(struct leg *l)
{
	array_remove(l->x, l->n, sizeof(*l->x), 0);
	array_remove(l->anon, l->n, sizeof(*l->anon), 0);
	array_remove(l->kernel, l->n, sizeof(*l->kernel), 0);
	l->busy -= l->busy / l->n;
	l->share -= l->share / l->n;
	l->n--;
}

static void push_kernel(struct leg *l, const struct observation *o, bool by_work)
{
	struct reading kernel = net_kernel(o, by_work);

	l->uncosted |= !kernel.known || !o->kernel_share.known;
	l->kernel[l->n] = kernel.known ? kernel.n : 0;
	l->share += o->kernel_share.known ? o->kernel_share.n : 0;
}

static void trial_push(struct trial *t, const struct observation *o, double x)
{
	struct leg *l = &t->leg[t->current];
	unsigned int of = t->of;

	if (!t->current && !l->n)
		t->by_work = o->kernel_work_ns.known;
	if (l->n && l->n == of)
		drop_oldest(l);
	l->x[l->n] = x;
	l->anon[l->n] = o->anon_bytes.known ? o->anon_bytes.n : 0;
	l->busy += o->cpu_busy.known ? o->cpu_busy.n * o->interval_ns * 1e-9 : 0;
	push_kernel(l, o, t->by_work);
	l->n++;
}

/*
 * Logarithms: loads differ by factors, and a few wild windows must not decide.  A trial that
 * is so many times longer takes the mean of so many windows as one value: what alternates or
 * wanders within that time no longer counts as a difference.
 */
static size_t blocks_of(const struct trial *t, const double *x, size_t windows, double floor,
			double *ret)
{
	size_t block = MAX(t->scale, 1u), n = windows / block;

	for (size_t i = 0; i < n; i++) {
		ret[i] = 0;
		for (size_t k = 0; k < block; k++)
			ret[i] += log(fmax(x[i * block + k], floor)) / block;
	}
	return n;
}

static size_t logs_of(const struct trial *t, const struct leg *l, double *ret)
{
	return blocks_of(t, l->x, l->n, objective_floor(t->objective) / 10, ret);
}

static void sample_kernel(const struct trial *t, int i, struct net_sample *ret)
{
	const struct leg *l = &t->leg[i];
	double logs[POLICY_WINDOWS_MAX], sum = 0;

	*ret = (struct net_sample){ 0 };
	if (!l->n || l->uncosted)
		return;
	stats_sample(logs, blocks_of(t, l->kernel, l->n, KERNEL_LEAST, logs), &ret->kernel);
	ret->share = l->share / l->n;
	for (size_t k = 0; k < l->n; k++)
		sum += l->kernel[k];
	if (t->by_work && ret->share > 0)
		ret->work_ns = sum / l->n / ret->share;
}

static void compare_kernel(struct trial *t)
{
	struct verdict *v = &t->verdict;
	struct net_sample leg[TRIAL_LEGS];

	for (int i = 0; i < TRIAL_LEGS; i++)
		sample_kernel(t, i, &leg[i]);
	if (t->leg[2].n && !leg[2].kernel.n)
		return; /* not known of a leg that there is */
	net_cost(&leg[0], &leg[1], &leg[2], t->recheck, &v->net);
	net_save(&v->net, t->objective, v->without.mean, v->with.mean, leg[0].share,
		 leg[0].work_ns);
}

static void sample_leg(const struct trial *t, int i, struct sample *ret)
{
	double logs[POLICY_WINDOWS_MAX];

	stats_sample(logs, logs_of(t, &t->leg[i], logs), ret);
}

static struct phase_summary trial_summary(const struct leg *l)
{
	struct sample s;

	stats_sample(l->x, l->n, &s);
	return (struct phase_summary){ .n = s.n, .mean = s.mean, .sd = sqrt(s.var) };
}

/* Two legs as one: the variance of all values about their common mean. */
static struct phase_summary trial_joined(struct phase_summary a, struct phase_summary b)
{
	struct phase_summary r = { .n = a.n + b.n };
	double squares;

	if (!a.n || !b.n)
		return a.n ? a : b;
	r.mean = (a.mean * a.n + b.mean * b.n) / r.n;
	squares = a.sd * a.sd * (a.n - 1) + b.sd * b.sd * (b.n - 1) +
		  a.n * (a.mean - r.mean) * (a.mean - r.mean) +
		  b.n * (b.mean - r.mean) * (b.mean - r.mean);
	r.sd = sqrt(squares / (r.n - 1));
	return r;
}

static void trial_summarise(struct trial *t)
{
	struct phase_summary outer =
		trial_joined(trial_summary(&t->leg[0]), trial_summary(&t->leg[2]));
	struct phase_summary inner = trial_summary(&t->leg[1]);
	struct verdict *v = &t->verdict;

	v->without = t->recheck ? inner : outer;
	v->with = t->recheck ? outer : inner;
	if (v->without.mean > 0)
		v->effect = (v->without.mean - v->with.mean) / v->without.mean;
}

struct pooled trial_all(const struct trial *t)
{
	struct pooled all = t->earlier;

	if (t->verdict.tested && !t->recheck)
		stats_pool(&all, t->verdict.p, t->leg[1].n);
	return all;
}

/* What legs so far say: of two the second against the first, of three the middle one. */
static int trial_test(struct trial *t, struct welch *ret)
{
	struct sample outer, inner, last;
	struct pooled all;
	int r;

	sample_leg(t, 0, &outer);
	sample_leg(t, 1, &inner);
	sample_leg(t, 2, &last);
	if (last.n)
		r = stats_reversal(&outer, &inner, &last, ret);
	else
		r = stats_welch(&outer, &inner, true, ret);
	if (r)
		return r;
	if (t->recheck) {
		ret->difference = -ret->difference;
		ret->p = 1 - ret->p;
	}
	trial_summarise(t);
	compare_kernel(t);
	t->verdict.p = ret->p;
	t->verdict.tested = true;
	all = trial_all(t);
	t->verdict.pooled = stats_pooled_p(&all);
	return 0;
}

/* The largest effect that is still likely is too small. */
static bool ruled_out(const struct policy_config *c, const struct welch *w)
{
	return 1 - exp(-(w->difference + SURE * w->se)) < c->min_effect;
}

/* After two legs: go on unless it is clear already.  Going back is due in any case. */
static enum trial_event judge_early(struct trial *t, const struct policy_config *c)
{
	struct welch w;

	if (trial_test(t, &w))
		return trial_failed(t, CAUSE_IDLE);
	if (t->verdict.effect <= -c->min_effect && 1 - w.p < c->alpha)
		return trial_failed(t, CAUSE_WORSE);
	if (ruled_out(c, &w))
		return trial_failed(t, CAUSE_NO_EFFECT);
	return TRIAL_CHANGE;
}

static enum trial_event trial_judge(struct trial *t, const struct policy_config *c)
{
	struct welch w;
	double effect;

	if (trial_test(t, &w))
		return trial_failed(t, CAUSE_IDLE);
	effect = fmin(t->verdict.effect, 1 - exp(-w.difference));
	/*
	 * A kept lever has proved itself before: half the least effect is enough, but chance
	 * is not, which brings about that much in every second comparison of a noisy load.
	 */
	if (t->recheck && effect >= c->min_effect / 2 && w.p < STANDS)
		return trial_weigh(t);
	if (t->recheck)
		return trial_failed(t, effect < c->min_effect / 2 ? CAUSE_NO_EFFECT
								  : CAUSE_NOT_SURE);
	if (effect >= c->min_effect && w.p < AGREES && t->verdict.pooled < t->alpha)
		return trial_weigh(t);
	return trial_failed(t, ruled_out(c, &w) ? CAUSE_NO_EFFECT : CAUSE_NOT_SURE);
}

/* A trend larger than what is looked for, and larger than chance. */
static bool trial_steady(const struct trial *t, const struct policy_config *c)
{
	double logs[POLICY_WINDOWS_MAX], slope, error;
	size_t n = logs_of(t, &t->leg[0], logs);

	if (stats_slope(logs, n, &slope, &error))
		return true;
	slope = fabs(slope);
	return slope * n < STEADY_FACTOR * c->min_effect ||
	       (error > 0 && stats_t_upper(slope / error, n - 2) > STEADY_ALPHA);
}

static enum trial_event end_leg(struct trial *t, const struct policy_config *c)
{
	unsigned int last = t->recheck || t->confirm ? TRIAL_LEGS - 1 : 1;

	if (t->current == last)
		return trial_judge(t, c);
	if (t->current == 1 && !t->recheck)
		return judge_early(t, c);
	if (t->current == 0 && !t->recheck) {
		trial_summarise(t);
		if (t->verdict.without.mean < objective_floor(t->objective))
			return trial_failed(t, CAUSE_SMALL);
	}
	return TRIAL_CHANGE;
}

static enum trial_event step_measure(struct trial *t, const struct policy_config *c,
				     const struct observation *o)
{
	struct leg *l = &t->leg[t->current];
	bool first = trial_untouched(t);

	if (trial_evidence(c, o, t->objective)) {
		trial_push(t, o, o->objective[t->objective].n);
		if (l->n == t->of && (!first || trial_steady(t, c)))
			return end_leg(t, c);
	}
	if (t->seen < PATIENCE * t->of)
		return TRIAL_GOES_ON;
	if (l->n == t->of)
		return trial_failed(t, CAUSE_UNSTEADY);
	return trial_failed(t, t->uncounted ? CAUSE_UNCOUNTED : CAUSE_IDLE);
}

/*
 * The fault rate shows a new policy at once.  The TLB shows it when programs use new memory:
 * as much as all anonymous memory and a half, or as long as one is willing to wait.
 */
static bool has_taken(const struct trial *t, const struct observation *o)
{
	if (t->seen >= SLOW_SETTLE * t->of)
		return true;
	if (t->seen < t->of)
		return false;
	if (!t->size) /* the linear map: memory in use changes its mapping at once */
		return t->taken;
	if (t->taken < t->of)
		return false;
	return objective_is_proxy(t->objective) || !o->anon_bytes.known ||
	       t->turned_over >= TURNED_OVER * o->anon_bytes.n;
}

/* The first time it is in place shows how long it takes. */
static enum trial_event step_settle(struct trial *t, const struct policy_config *c,
				    const struct observation *o)
{
	const struct reading *allocs = &o->lever[t->lever].allocs;
	bool first = t->current == 1 && !t->recheck;

	if (first && allocs->known && allocs->n > 0) {
		t->taken++;
		t->turned_over += allocs->n * o->interval_ns * 1e-9 * t->size;
	}
	if (first ? !has_taken(t, o) : t->seen < t->of)
		return TRIAL_GOES_ON;
	if (first && !t->taken)
		return trial_failed(t, CAUSE_NOT_TAKEN);
	if (first)
		t->settled = t->seen;
	trial_measure(t, c);
	return TRIAL_GOES_ON;
}

enum trial_event trial_step(struct trial *t, const struct policy_config *c,
			    const struct observation *o)
{
	t->seen++;
	if (trial_counts(c, o, t->objective))
		t->uncounted = 0;
	else if (trial_busy(o))
		t->uncounted++;
	if (trial_in_place(t) && t->uncounted >= UNCOUNTED_MAX)
		return trial_failed(t, CAUSE_UNCOUNTED);
	return t->settling ? step_settle(t, c, o) : step_measure(t, c, o);
}

void trial_changed(struct trial *t, const struct policy_config *c)
{
	const struct leg *l = &t->leg[0];

	if (trial_untouched(t)) {
		bloat_begin(&t->bloat, l->anon, l->n, l->n ? l->busy / l->n : 0);
		t->taken = 0;
		t->turned_over = 0;
	}
	t->current++;
	/* what was handed out goes away as slowly as it came */
	trial_settle(t, t->settled ? t->settled : c->settle_windows);
}
