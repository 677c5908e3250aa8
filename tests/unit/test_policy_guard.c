// SPDX-License-Identifier: GPL-2.0-only
/* Guards in the running policy: what is in place goes in the window that shows the breach. */
#include "policy_bench.h"

static void test_each_phase(void **state)
{
	static const enum decision_action moments[] = { DECISION_TRY, DECISION_APPLY,
							DECISION_CONFIRM, DECISION_KEEP };

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		const struct decision *d;
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = 0.25;
		bench_until(&b, moments[i], 300);
		b.o.psi_full = bench_known(0.2);
		bench_window(&b);
		d = &b.log[b.n - 1];
		assert_string_equal(d->guard, "psi_full");
		assert_true(d->guard_value == 0.2 && d->guard_limit == b.c.psi_full_max);
		assert_string_equal(b.value[0], "never");
		assert_int_equal(d->action, moments[i] == DECISION_TRY ? DECISION_ABANDON
								       : DECISION_REVERT);
		/* and nothing is tried while it lasts */
		bench_windows(&b, 3000);
		assert_string_equal(b.value[0], "never");
		assert_int_equal(bench_count(&b, DECISION_TRY), 1);
		assert_in_range(bench_count(&b, DECISION_VETO), 1, 2);
		bench_done(&b);
	}
}

/* Others use the PMU too: that ends a trial, and is no failure of what was tried. */
static void test_pmu_shared(void **state)
{
	static const enum decision_action moments[] = { DECISION_TRY, DECISION_APPLY,
							DECISION_CONFIRM };

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		const struct decision *d;
		struct bench b, next;

		bench_init(&b, POLICY_TUNE);
		b.factor[0] = 0.25;
		strcpy(b.value[1], "always");
		/* more often than the breaker bears */
		for (int n = 0; n < 8; n++) {
			b.o.pmu_running = bench_known(1);
			bench_until(&b, moments[i], 800);
			b.o.pmu_running = bench_known(0.1);
			bench_window(&b);
			d = &b.log[b.n - 1];
			assert_string_equal(d->guard, "pmu_running");
			assert_string_equal(b.value[0], "never");
			assert_in_range(bench_status(&b, 0).until_real_ns, b.real_ns,
					b.real_ns + b.c.cooldown_ns * 9 / 8);
		}
		assert_int_equal(bench_count(&b, DECISION_PAUSE), 0);
		/* nor is it after a restart */
		bench_init(&next, POLICY_TUNE);
		next.real_ns = b.real_ns;
		for (size_t k = 0; k < b.n; k++)
			policy_history(next.policy, &b.log[k]);
		next.o.pmu_running = bench_known(0.1);
		bench_window(&next);
		assert_in_range(bench_status(&next, 0).until_real_ns, b.real_ns,
				b.real_ns + b.c.cooldown_ns * 9 / 8);
		bench_windows(&next, 800);
		assert_int_equal(next.n, 0);
		assert_non_null(strstr(bench_status(&next, 0).why, "cannot be counted at"));
		bench_done(&b);
		bench_done(&next);
	}
}

static void test_all_at_once(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = b.factor[1] = 0.25;
	bench_until(&b, DECISION_KEEP, 300);
	bench_until(&b, DECISION_KEEP, 300);
	b.o.available = bench_known(0.01);
	bench_window(&b);
	assert_string_equal(b.value[0], "never");
	assert_string_equal(b.value[1], "never");
	bench_done(&b);
}

/* Sparse use: memory grows at once when the lever is applied. */
static void test_bloat(void **state)
{
	const struct decision *d;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_APPLY, 300);
	b.o.anon_bytes = bench_known(2e9);
	d = bench_until(&b, DECISION_REVERT, 4);
	assert_string_equal(d->guard, "bloat");
	assert_non_null(strstr(d->reason, "memory grew beyond what is touched"));
	assert_string_equal(b.value[0], "never");
	bench_done(&b);
}

/* Bloat of the lever on trial is not blamed on the one that was kept before. */
static void test_blame(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	bench_until(&b, DECISION_KEEP, 300);
	bench_until(&b, DECISION_APPLY, 300);
	assert_string_equal(b.value[1], "always");
	b.o.anon_bytes = bench_known(2e9);
	bench_until(&b, DECISION_REVERT, 4);
	assert_string_equal(b.value[1], "never");
	assert_string_equal(b.value[0], "always");
	bench_windows(&b, 100);
	assert_string_equal(b.value[0], "always");
	bench_done(&b);
}

/* Pressure by somebody else while the lever has been in place for long, or not. */
static const struct decision *pressed(struct bench *b, unsigned int windows)
{
	const struct decision *d;

	bench_windows(b, windows);
	b->o.psi_full = bench_known(0.2);
	bench_window(b);
	d = &b->log[b->n - 1];
	b->o.psi_full = bench_known(0);
	assert_int_equal(d->action, DECISION_REVERT);
	return d;
}

static uint64_t waits_ns(const struct bench *b)
{
	return bench_status(b, 0).until_real_ns - b->real_ns;
}

/* A neighbour's spike each few hours: what was proven comes back without another trial. */
static void test_no_guilt(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.c.breaker_reverts = 100;
	static struct plan plan;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	b.factor[0] = 0.25;
	strcpy(b.value[1], "always");
	bench_until(&b, DECISION_KEEP, 300);
	for (int i = 0; i < 5; i++) {
		size_t tries;

		pressed(&b, 400);
		assert_in_range(waits_ns(&b), 0, b.c.cooldown_ns * 9 / 8);
		tries = bench_count(&b, DECISION_TRY);
		bench_until(&b, DECISION_KEEP, 420);
		assert_string_equal(b.value[0], "always");
		assert_int_equal(bench_count(&b, DECISION_TRY), tries);
	}
	bench_done(&b);
}

/* Pressure that follows each time soon after the lever was applied is no coincidence. */
static void test_guilt_of_habit(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.c.breaker_reverts = 100;
	static struct plan plan;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	b.factor[0] = 0.25;
	strcpy(b.value[1], "always");
	for (int i = 0; i < 3; i++) {
		bench_until(&b, DECISION_APPLY, 900);
		pressed(&b, 1);
		assert_in_range(waits_ns(&b), 0, b.c.cooldown_ns * 9 / 8);
	}
	bench_until(&b, DECISION_APPLY, 900);
	pressed(&b, 1);
	assert_in_range(waits_ns(&b), b.c.cooldown_ns * 4, b.c.cooldown_ns * 9 / 2);
	bench_done(&b);
}

static void test_breaker(void **state)
{
	struct bench b;
	unsigned int i;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	b.c.cooldown_ns = b.c.backoff_max_ns = 600 * 1000000000ull;
	static struct plan plan;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	for (i = 0; i < b.c.breaker_reverts; i++) {
		assert_int_equal(bench_count(&b, DECISION_PAUSE), 0);
		bench_until(&b, DECISION_APPLY, 600);
		bench_window(&b);
		b.o.swap_out = bench_known(1e6);
		bench_window(&b);
		b.o.swap_out = bench_known(0);
	}
	assert_int_equal(bench_count(&b, DECISION_PAUSE), 1);
	assert_non_null(strstr(bench_status(&b, 0).why, "wait"));
	b.steps = 0;
	bench_windows(&b, 8600);
	assert_int_equal(b.steps, 0);
	assert_non_null(strstr(bench_status(&b, 0).why, "paused"));
	bench_until(&b, DECISION_RESUME, 60);
	bench_until(&b, DECISION_KEEP, 600);
	bench_done(&b);
}

/* As many as the configuration takes: 256 were remembered, and 300 never reached. */
static void test_breaker_of_many(void **state)
{
	static struct plan plan;
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	b.c.breaker_reverts = 1000;
	policy_configure(b.policy, &b.c, b.real_ns, &plan);
	for (unsigned int i = 1; i < b.c.breaker_reverts; i++) {
		struct decision revert = { .id = i,
					   .real_ns = REAL_NS - i,
					   .lever = "mthp.2M",
					   .action = DECISION_REVERT,
					   .guard = "swap_out" };

		policy_history(b.policy, &revert);
	}
	bench_until(&b, DECISION_APPLY, 600);
	assert_int_equal(bench_count(&b, DECISION_PAUSE), 0);
	b.o.swap_out = bench_known(1e6);
	bench_window(&b);
	assert_int_equal(bench_count(&b, DECISION_PAUSE), 1);
	bench_done(&b);
}

static void test_no_psi(void **state)
{
	struct bench b;

	bench_init(&b, POLICY_TUNE);
	b.factor[0] = 0.25;
	b.o.psi_full = (struct reading){ .why = "psi=0" };
	bench_until(&b, DECISION_KEEP, 300);
	bench_done(&b);

	bench_init(&b, POLICY_TUNE);
	b.o.available = (struct reading){ .why = "no /proc/meminfo" };
	bench_windows(&b, 300);
	assert_int_equal(b.n, 0);
	bench_done(&b);
}

static double uniform(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (*seed >> 11) * 0x1p-53;
}

/* Whatever is observed: no breach in place, no equal write (policy_bench.h), all is undone. */
static void test_random(void **state)
{
	static struct plan plan;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t r = seed * 7919;
		struct bench b;

		bench_init(&b, POLICY_TUNE);
		b.ripple = 0.1;
		for (int i = 0; i < 3000; i++) {
			bool pressure = uniform(&r) < 0.002;

			if (uniform(&r) < 0.01)
				b.factor[uniform(&r) < 0.5] = 0.2 + uniform(&r);
			if (uniform(&r) < 0.01)
				b.level = 100 * uniform(&r);
			if (uniform(&r) < 0.0005)
				strcpy(b.value[uniform(&r) < 0.5], "madvise");
			b.objective = uniform(&r) < 0.01 ? OBJECTIVES : OBJECTIVE_USER_MPKI;
			b.o.objective[OBJECTIVE_USER_MPKI].known = false;
			b.window_ns = uniform(&r) < 0.01 ? 100 * WINDOW_NS : WINDOW_NS;
			b.err = uniform(&r) < 0.02 ? -EIO : 0;
			b.o.psi_full = bench_known(pressure ? 0.5 : 0);
			b.n = 0;
			bench_window(&b);
			if (pressure && !b.err)
				assert_true(strcmp(b.value[0], "always") &&
					    strcmp(b.value[1], "always"));
		}
		b.err = 0;
		policy_stop(b.policy, b.real_ns, false, &plan);
		bench_carry_out(&b, &plan);
		assert_true(strcmp(b.value[0], "always") && strcmp(b.value[1], "always"));
		bench_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_phase),	cmocka_unit_test(test_pmu_shared),
		cmocka_unit_test(test_all_at_once),	cmocka_unit_test(test_bloat),
		cmocka_unit_test(test_blame),		cmocka_unit_test(test_breaker),
		cmocka_unit_test(test_breaker_of_many), cmocka_unit_test(test_no_psi),
		cmocka_unit_test(test_random),		cmocka_unit_test(test_no_guilt),
		cmocka_unit_test(test_guilt_of_habit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
