// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "machine.h"

#define GIB	1073741824.0
#define NEVER	1e18
#define SLOW_S	300 /* drift and day are renewed so often */
#define START_S 1.8e9
#define WORK_NS 330 /* user time of 1000 instructions: one a cycle of 3 GHz */
#define WALK_NS 10
#define FAULT_S 1e-6

static const uint64_t sizes[SIM_LEVERS] = { 64 << 10, 2 << 20 };

/* Two machines in five gain nothing by any lever; the others mostly by the small size. */
static void make_truth(struct machine *m)
{
	struct random *r = &m->random;
	struct truth *small = &m->lever[SMALL].truth, *large = &m->lever[LARGE].truth;
	bool helps = chance(r, 0.6);

	*small = *large = (struct truth){ .factor = 1, .usable = true };
	if (helps) {
		small->factor = 1 - log_between(r, 0.05, 0.95);
		if (chance(r, 0.3))
			large->factor = 1 - log_between(r, 0.05, 0.6);
	}
	if (chance(r, 0.05))
		small->factor = large->factor = between(r, 1.05, 1.6);
	if (chance(r, 0.08)) {
		small->bloat = log_between(r, 0.2, 8);
		small->usable = false;
	}
	if (small->bloat > 0 || chance(r, 0.1)) {
		large->bloat = log_between(r, 0.2, 8);
		large->usable = false;
	}
	if (chance(r, 0.15)) {
		large->fallback = between(r, 0.55, 0.98);
		large->usable = false;
	}
	if (chance(r, 0.02)) {
		small->unfolds = log_between(r, 1.5e4, 1e6);
		small->usable = false;
	}
}

static void make_load(struct machine *m)
{
	struct random *r = &m->random;
	double kind = uniform(r);

	m->objective = kind < 0.5   ? OBJECTIVE_USER_MPKI
		       : kind < 0.7 ? OBJECTIVE_USER_CYCLES
				    : OBJECTIVE_FAULTS;
	m->base = objective_floor(m->objective) * log_between(r, 5, 500);
	m->noise_sd = log_between(r, 0.01, 0.3);
	m->noise_tau = chance(r, 0.5) ? 0 : log_between(r, 10, 300);
	m->wild = chance(r, 0.2) ? 0.03 : 0;
	m->drift_day = chance(r, 0.3) ? between(r, -0.05, 0.05) : 0;
	m->daily = chance(r, 0.5) ? between(r, 0.1, 0.6) : 0;
	m->memory_daily = chance(r, 0.5) ? between(r, 0, 0.15) : 0;
	m->phase = between(r, 0, DAY_S);
	if (chance(r, 0.1)) {
		m->period_s = log_between(r, 60, 7200);
		m->period_factor = log_between(r, 1.2, 4);
	}
	m->cpus = 4 << (int)between(r, 0, 6);
	m->busy = m->cpus * between(r, 0.1, 0.9);
	m->turnover_s = m->objective == OBJECTIVE_FAULTS ? 1 : log_between(r, 5, 600);
}

static void make_events(struct machine *m)
{
	struct random *r = &m->random;

	m->mean_s[EVENT_LOAD] = DAY_S / log_between(r, 0.5, 24);
	m->mean_s[EVENT_IDLE] = chance(r, 0.2) ? DAY_S / 2 : NEVER;
	m->mean_s[EVENT_SERVICE] = chance(r, 0.3) ? DAY_S : NEVER;
	m->mean_s[EVENT_PRESSURE] = chance(r, 0.2) ? 5 * DAY_S : NEVER;
	m->mean_s[EVENT_ADMIN] = chance(r, 0.03) ? 15 * DAY_S : NEVER;
	for (int e = 0; e < EVENTS; e++)
		m->next[e] = exponential(r, m->mean_s[e]);
	m->idle_s = log_between(r, 600, 8 * 3600);
	m->pressure_s = log_between(r, 30, 1800);
}

/* One lever in eight costs the kernel more than most TLBs can save. */
static void make_kernel(struct machine *m)
{
	struct random *r = &m->random;

	m->kernel_share = between(r, 0.05, 0.3);
	m->kernel_noise = log_between(r, 0.01, 0.1);
	for (int i = 0; i < SIM_LEVERS; i++) {
		struct truth *t = &m->lever[i].truth;

		if (chance(r, 0.125))
			t->cost = between(r, 0.01, 0.03);
		if (machine_loss(m, i) > 0)
			t->usable = false;
	}
}

void machine_make(struct machine *m, uint64_t seed)
{
	*m = (struct machine){ .random = random_seed(seed) };
	make_truth(m);
	make_load(m);
	make_events(m);
	m->total = (4 << (int)between(&m->random, 0, 7)) * GIB;
	m->touched = m->total * between(&m->random, 0.15, 0.6);
	make_kernel(m);
}

double machine_next_event(const struct machine *m)
{
	double next = NEVER;

	for (int e = 0; e < EVENTS; e++)
		next = fmin(next, m->next[e]);
	return next - m->now_s;
}

static void happen(struct machine *m, enum event e)
{
	struct random *r = &m->random;
	double mean = m->mean_s[e];

	switch (e) {
	case EVENT_LOAD:
		m->load = 0.3 * normal(r);
		break;
	case EVENT_IDLE:
		m->idle = !m->idle;
		if (m->idle)
			mean = m->idle_s;
		break;
	case EVENT_SERVICE:
		m->service = m->service > 0 ? 0 : m->total * between(r, 0.02, 0.15);
		break;
	case EVENT_PRESSURE:
		m->pressure = !m->pressure;
		if (m->pressure)
			mean = m->pressure_s;
		break;
	case EVENT_ADMIN:
		m->lever[SMALL].in_place = !m->lever[SMALL].in_place;
		m->admin_writes++;
		break;
	case EVENTS:
		break;
	}
	m->next[e] = m->now_s + exponential(r, mean);
}

static void relax(struct machine *m, double seconds)
{
	double left = exp(-seconds / m->turnover_s);

	if (m->idle) /* who does nothing asks for no memory */
		return;
	for (int i = 0; i < SIM_LEVERS; i++) {
		struct sim_lever *l = &m->lever[i];
		double goal = l->in_place ? 1 - l->truth.fallback : 0;

		l->applied = goal + (l->applied - goal) * left;
	}
}

static void make_noise(struct machine *m, double seconds)
{
	double kept = m->noise_tau > 0 ? exp(-seconds / m->noise_tau) : 0;

	m->noise = kept * m->noise + sqrt(1 - kept * kept) * normal(&m->random);
	m->memory_noise = 0.8 * m->memory_noise + 0.004 * (uniform(&m->random) - 0.5);
}

void machine_advance(struct machine *m, double seconds)
{
	m->now_s += seconds;
	for (int e = 0; e < EVENTS; e++) {
		if (m->now_s >= m->next[e])
			happen(m, e);
	}
	relax(m, seconds);
	make_noise(m, seconds);
	if (m->now_s >= m->slow_until) {
		double day = sin(2 * M_PI * (m->now_s + m->phase) / DAY_S);

		m->slow = log1p(m->daily * day) + m->drift_day * m->now_s / DAY_S;
		m->memory_slow = 1 + m->memory_daily * day;
		m->slow_until = m->now_s + SLOW_S;
	}
}

static double saved(const struct machine *m, bool best)
{
	double left = 1;

	for (int i = 0; i < SIM_LEVERS; i++) {
		const struct sim_lever *l = &m->lever[i];
		double applied = best ? l->truth.usable && l->truth.factor < 1 : l->applied;

		left *= 1 - applied * (1 - l->truth.factor);
	}
	return 1 - left;
}

double machine_gain(const struct machine *m)
{
	return saved(m, false);
}

double machine_best(const struct machine *m)
{
	return saved(m, true);
}

/* What the objective at its usual level is of all CPU time. */
static double objective_worth(const struct machine *m)
{
	switch (m->objective) {
	case OBJECTIVE_USER_CYCLES:
		return fmin(m->base, 0.5) * (1 - m->kernel_share);
	case OBJECTIVE_USER_MPKI:
		return m->base * WALK_NS * (1 - m->kernel_share) / WORK_NS;
	default:
		return fmin(m->base * FAULT_S, 0.5 * m->kernel_share);
	}
}

double machine_loss(const struct machine *m, int i)
{
	const struct truth *t = &m->lever[i].truth;

	return t->cost - (1 - t->factor) * objective_worth(m);
}

double machine_bloat(const struct machine *m)
{
	double sum = 0;

	for (int i = 0; i < SIM_LEVERS; i++)
		sum += m->lever[i].applied * m->lever[i].truth.bloat;
	return sum;
}

static struct reading known(double n)
{
	return (struct reading){ .n = n, .known = true };
}

static double objective_now(struct machine *m)
{
	double log_level = m->slow + m->load + m->noise_sd * m->noise;

	if (m->period_s > 0 && fmod(m->now_s + m->phase, m->period_s) < m->period_s / 2)
		log_level += log(m->period_factor);
	if (m->wild > 0 && chance(&m->random, m->wild))
		log_level += exponential(&m->random, 1);
	return m->base * exp(log_level) * (1 - machine_gain(m));
}

static void observe_levers(const struct machine *m, struct observation *o)
{
	for (int i = 0; i < SIM_LEVERS; i++) {
		const struct sim_lever *l = &m->lever[i];
		/* what is touched, and what lies beside it in the same folios */
		double bytes = m->touched * (1 + l->truth.bloat) *
			       fmin(SIM_WINDOW_S / m->turnover_s, 1);
		double attempts =
			l->in_place && !m->idle ? bytes / SIM_WINDOW_S / sizes[i] : 0;

		o->lever[i].allocs = known(attempts * (1 - l->truth.fallback));
		o->lever[i].fallbacks = (struct reading){ .why = "no fault asked for it" };
		if (attempts > 0)
			o->lever[i].fallbacks = known(l->truth.fallback);
	}
}

/* Faults are part of the kernel's time, walks of that of the user. */
static void observe_kernel(struct machine *m, struct observation *o)
{
	double noise = exp(m->kernel_noise * normal(&m->random));
	double share = m->kernel_share * noise, added = 0, kernel_ns;

	if (m->objective == OBJECTIVE_FAULTS)
		share -= objective_worth(m) * machine_gain(m);
	for (int i = 0; i < SIM_LEVERS; i++)
		added += m->lever[i].applied * m->lever[i].truth.cost;
	kernel_ns = (share + added) * WORK_NS / (1 - m->kernel_share);
	o->kernel_share = known(kernel_ns / (kernel_ns + WORK_NS));
	o->kernel_work_ns = (struct reading){ .why = "the simulated PMU lacks it" };
	if (m->objective != OBJECTIVE_FAULTS)
		o->kernel_work_ns = known(kernel_ns);
}

static void observe_memory(struct machine *m, struct observation *o)
{
	double wanted = (m->touched * m->memory_slow * (1 + machine_bloat(m)) + m->service) *
			(1 + m->memory_noise);
	double room = 0.98 * m->total, anon = fmin(wanted, room);
	double lacking = m->pressure ? 0.3 : fmax(0, wanted / room - 1);
	double unfolds = 0;

	for (int i = 0; i < SIM_LEVERS; i++)
		unfolds += m->lever[i].in_place && !m->idle ? m->lever[i].truth.unfolds : 0;
	o->anon_bytes = known(anon);
	o->mem_total = known(m->total);
	o->available = known(m->pressure ? 0.02 : 1 - anon / m->total);
	o->psi_full = known(fmin(lacking, 0.9));
	o->swap_out = known(lacking * 1e5);
	o->compact_stalls = known(lacking * 100);
	o->unfolds = known(unfolds);
	observe_levers(m, o);
}

void machine_observe(struct machine *m, struct observation *o)
{
	double busy = m->idle ? 0 : m->busy;

	o->mono_ns = 1e9 + m->now_s * 1e9;
	o->real_ns = START_S * 1e9 + m->now_s * 1e9;
	o->interval_ns = SIM_WINDOW_S * 1e9;
	o->cpu_busy = o->user_busy = known(busy);
	for (int i = 0; i < OBJECTIVES; i++)
		o->objective[i] = (struct reading){ .why = "the simulated PMU lacks it" };
	o->pmu_running = known(1);
	if (busy > 0)
		o->objective[m->objective] = known(objective_now(m));
	observe_memory(m, o);
	observe_kernel(m, o);
}
