// SPDX-License-Identifier: GPL-2.0-only
/* What was kept is compared again: what has lost its effect goes, also where loads are noisy.
 */
#include "policy_bench.h"

#include <math.h>

#define RUNS 100
#define DAY  8640 /* windows */

static uint64_t seed;

static double uniform(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * 0x2545f4914f6cdd1d >> 11) * 0x1p-53;
}

/* Box and Muller. */
static double gauss(void)
{
	return sqrt(-2 * log(1 - uniform())) * cos(2 * M_PI * uniform());
}

/* Kept with half the misses; from then on @factor remains, with noise of @sd.  After @days? */
static bool is_kept_after(unsigned int run, double factor, double sd, double days)
{
	static struct bench b;
	bool kept;

	seed = 0x9e3779b97f4a7c15 * (run + 1);
	bench_init(&b, POLICY_TUNE);
	strcpy(b.value[1], "always");
	b.factor[0] = 0.5;
	bench_until(&b, DECISION_KEEP, 300);
	b.factor[0] = factor;
	for (unsigned int i = 0; i < days * DAY; i++) {
		b.level = 10 * exp(sd * gauss());
		b.n = 0;
		bench_window(&b);
		if (bench_status(&b, 0).state == LEVER_COOLDOWN)
			break;
	}
	kept = bench_status(&b, 0).state != LEVER_COOLDOWN;
	bench_done(&b);
	return kept;
}

static unsigned int kept_of(double factor, double sd, double days)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RUNS; i++)
		n += is_kept_after(i, factor, sd, days);
	return n;
}

/*
 * Noise of 20 % shows 1.5 % of effect, half of min_effect, in four comparisons of ten: 39 of
 * 100 levers without any effect stayed for the first day, 11 for a week.
 */
static void test_no_effect_left(void **state)
{
	assert_in_range(kept_of(1, 0.2, 1.5), 0, 25);
	assert_in_range(kept_of(1, 0.05, 1.5), 0, 20);
	assert_in_range(kept_of(1, 0.2, 7), 0, 5);
}

/* The noise that hides no effect of 20 % costs hardly a lever. */
static void test_effect_left(void **state)
{
	assert_in_range(kept_of(0.8, 0.2, 1.5), 95, RUNS);
	assert_in_range(kept_of(0.8, 0.02, 1.5), RUNS, RUNS);
}

/* A harmful one goes at once. */
static void test_harm(void **state)
{
	assert_in_range(kept_of(1.2, 0.1, 1.5), 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_effect_left),
		cmocka_unit_test(test_effect_left),
		cmocka_unit_test(test_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
