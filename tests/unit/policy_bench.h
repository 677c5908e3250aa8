/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_bench.h - a machine of two levers whose readings a test sets by hand
 *
 * The world: objective = level x factor of each lever that is in place, with a small
 * deterministic ripple (p must not be 0 by lack of noise).  Steps are carried out at once
 * unless the test says they fail.
 */
#ifndef PGTOP_TEST_POLICY_BENCH_H
#define PGTOP_TEST_POLICY_BENCH_H

#include "tree.h"

#include "policy/policy.h"
#include "util/util.h"

#define WINDOW_NS 10000000000ull
#define REAL_NS	  1790000000000000000ull
#define LOG_MAX	  512

struct bench {
	struct policy *policy;
	struct policy_config c;
	struct levers levers;
	struct observation o;
	enum objective objective;
	double level, factor[2], ripple;
	bool in_place[2];
	char value[2][LEVER_VALUE], above[LEVER_VALUE];
	uint64_t mono_ns, real_ns;
	uint64_t window_ns;
	int err; /* of every step */
	struct decision log[LOG_MAX];
	size_t n, steps, writes, restores, forgets;
};

static inline struct reading bench_known(double n)
{
	return (struct reading){ .n = n, .known = true };
}

static inline void bench_levers(struct levers *l)
{
	static const struct lever lever[] = {
		{ "mthp.64K", LEVER_MTHP_ANON, 64 << 10, "/sys/64", "always", 0 },
		{ "mthp.2M", LEVER_MTHP_ANON, 2 << 20, "/sys/2048", "always", 1 },
	};

	l->n = 2;
	memcpy(l->lever, lever, sizeof(lever));
}

static inline void bench_init(struct bench *b, enum policy_mode mode)
{
	memset(b, 0, sizeof(*b));
	policy_defaults(&b->c);
	b->c.mode = mode;
	b->levers.n = 0;
	bench_levers(&b->levers);
	b->objective = OBJECTIVE_USER_MPKI;
	b->level = 10;
	b->ripple = 0.01;
	b->factor[0] = b->factor[1] = 1;
	strcpy(b->value[0], "never");
	strcpy(b->value[1], "never");
	strcpy(b->above, "madvise");
	b->mono_ns = 5000000000ull;
	b->real_ns = REAL_NS;
	b->window_ns = WINDOW_NS;
	b->o.anon_bytes = bench_known(1e9);
	b->o.mem_total = bench_known(8e9);
	b->o.available = bench_known(0.5);
	b->o.psi_full = b->o.swap_out = b->o.compact_stalls = b->o.unfolds = bench_known(0);
	b->o.cpu_busy = b->o.user_busy = bench_known(2);
	b->o.pmu_running = bench_known(1);
	for (int i = 0; i < OBJECTIVES; i++)
		b->o.objective[i] = (struct reading){ .why = "not measured in this test" };
	assert_int_equal(policy_new(&b->c, &b->levers, 1, &b->policy), 0);
}

static inline void bench_done(struct bench *b)
{
	policy_free(b->policy);
}

static inline void bench_keep_log(struct bench *b, const struct plan *plan)
{
	for (size_t i = 0; i < plan->ndecisions; i++) {
		assert_true(b->n < LOG_MAX);
		b->log[b->n++] = plan->decision[i];
		assert_true(*plan->decision[i].reason);
		assert_true(plan->decision[i].id > 0);
	}
}

static inline void bench_carry_out(struct bench *b, const struct plan *plan)
{
	static struct plan more;

	bench_keep_log(b, plan);
	for (size_t i = 0; i < plan->nsteps; i++) {
		const struct step *s = &plan->step[i];
		size_t k = s->lever;

		b->steps++;
		b->writes += s->kind == STEP_WRITE;
		b->restores += s->kind == STEP_RESTORE;
		b->forgets += s->kind == STEP_FORGET;
		if (!b->err && s->kind != STEP_FORGET) {
			/* an equal value is never written */
			assert_string_not_equal(b->value[k], s->value);
			strcpy(b->value[k], s->value);
		}
		policy_told(b->policy, s, b->err, b->real_ns, &more);
		bench_keep_log(b, &more);
		assert_int_equal(more.nsteps, 0);
	}
}

static inline double bench_objective(const struct bench *b)
{
	double x = b->level * (1 + b->ripple * (int)(b->mono_ns / WINDOW_NS * 7 % 5 - 2));

	for (int i = 0; i < 2; i++)
		x *= strcmp(b->value[i], "always") ? 1 : b->factor[i];
	return x;
}

/* One window; what the test has set in b->o stays. */
static inline void bench_window(struct bench *b)
{
	static struct plan plan;

	b->mono_ns += b->window_ns;
	b->real_ns += b->window_ns;
	b->o.mono_ns = b->mono_ns;
	b->o.real_ns = b->real_ns;
	b->o.interval_ns = b->window_ns;
	if (b->objective < OBJECTIVES)
		b->o.objective[b->objective] = bench_known(bench_objective(b));
	for (int i = 0; i < 2; i++) {
		bool on = !strcmp(b->value[i], "always");

		strcpy(b->o.lever[i].value, b->value[i]);
		strcpy(b->o.lever[i].effective,
		       strcmp(b->value[i], "inherit") ? b->value[i] : b->above);
		strcpy(b->o.lever[i].above, b->above);
		/* all anonymous memory anew within two windows */
		b->o.lever[i].allocs =
			bench_known(on ? 1e9 / 20 / (i ? 2 << 20 : 64 << 10) : 0);
		b->o.lever[i].fallbacks =
			on ? bench_known(0) : (struct reading){ .why = "no attempts" };
	}
	policy_step(b->policy, &b->o, &plan);
	bench_carry_out(b, &plan);
}

/* Windows until decision @action is made.  Returns it; fails after @max windows. */
static inline const struct decision *bench_until(struct bench *b, enum decision_action action,
						 unsigned int max)
{
	size_t seen = b->n;

	for (unsigned int i = 0; i < max; i++) {
		bench_window(b);
		for (; seen < b->n; seen++) {
			if (b->log[seen].action == action)
				return &b->log[seen];
		}
	}
	fail_msg("no decision %d within %u windows", action, max);
	abort(); /* not reached: for the compiler */
}

static inline void bench_windows(struct bench *b, unsigned int n)
{
	while (n--)
		bench_window(b);
}

static inline size_t bench_count(const struct bench *b, enum decision_action action)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->log[i].action == action;
	return n;
}

static inline struct lever_status bench_status(const struct bench *b, int lever)
{
	struct lever_status s[2];

	assert_int_equal(policy_status(b->policy, s, 2), 2);
	return s[lever];
}

#endif
