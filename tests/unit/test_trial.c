// SPDX-License-Identifier: GPL-2.0-only
/* A trial by itself: its legs, what ends them, and how it judges. */
#include <math.h>

#include "tree.h"

#include "policy/trial.h"
#include "util/util.h"

struct lab {
	struct policy_config c;
	struct trial t;
	struct observation o;
	unsigned int window;
};

static struct reading known(double n)
{
	return (struct reading){ .n = n, .known = true };
}

static void lab_init(struct lab *l, enum objective objective)
{
	memset(l, 0, sizeof(*l));
	policy_defaults(&l->c);
	l->t.size = 64 << 10;
	l->t.objective = objective;
	l->t.alpha = 0.005;
	l->o.interval_ns = l->c.window_ns;
	l->o.anon_bytes = known(1e9);
	l->o.cpu_busy = known(1);
	l->o.lever[0].allocs = known(1e9 / 20 / (64 << 10)); /* all of it in two windows */
	trial_begin(&l->t, &l->c);
}

static enum trial_event step(struct lab *l, double level)
{
	l->o.objective[l->t.objective] =
		known(level * (1 + 0.01 * (int)(l->window++ * 7 % 5 - 2)));
	return trial_step(&l->t, &l->c, &l->o);
}

/* Windows until something happens. */
static enum trial_event run(struct lab *l, double level, unsigned int max)
{
	for (unsigned int i = 0; i < max; i++) {
		enum trial_event e = step(l, level);

		if (e != TRIAL_GOES_ON)
			return e;
	}
	return TRIAL_GOES_ON;
}

static void test_legs(void **state)
{
	struct lab l;

	lab_init(&l, OBJECTIVE_FAULTS);
	assert_true(trial_untouched(&l.t));
	assert_int_equal(run(&l, 1e4, 11), TRIAL_GOES_ON);
	assert_int_equal(trial_progress(&l.t), 11);
	assert_int_equal(step(&l, 1e4), TRIAL_CHANGE);
	trial_changed(&l.t, &l.c);
	assert_true(trial_in_place(&l.t) && l.t.settling);
	/* three windows settle, twelve measure */
	assert_int_equal(run(&l, 1e3, 14), TRIAL_GOES_ON);
	assert_int_equal(step(&l, 1e3), TRIAL_CHANGE);
	trial_changed(&l.t, &l.c);
	assert_false(trial_in_place(&l.t));
	/* three settle, the last leg is twice as long */
	assert_int_equal(run(&l, 1e4, 26), TRIAL_GOES_ON);
	assert_int_equal(step(&l, 1e4), TRIAL_PASSED);
	assert_int_equal(l.t.verdict.without.n, 36);
	assert_int_equal(l.t.verdict.with.n, 12);
	assert_float_equal(l.t.verdict.effect, 0.9, 0.005);
}

static void test_without_confirmation(void **state)
{
	struct lab l;

	lab_init(&l, OBJECTIVE_FAULTS);
	l.c.confirm = false;
	trial_begin(&l.t, &l.c);
	assert_int_equal(run(&l, 1e4, 12), TRIAL_CHANGE);
	trial_changed(&l.t, &l.c);
	assert_int_equal(run(&l, 1e3, 15), TRIAL_PASSED);
	assert_true(trial_in_place(&l.t));
}

/* A trial ends as it began, whatever the configuration says meanwhile. */
static void test_confirmation_is_switched(void **state)
{
	struct lab l;

	for (unsigned int leg = 0; leg < TRIAL_LEGS; leg++) {
		lab_init(&l, OBJECTIVE_FAULTS);
		for (unsigned int i = 0; i < leg; i++) {
			assert_int_equal(run(&l, i % 2 ? 1e3 : 1e4, 15), TRIAL_CHANGE);
			trial_changed(&l.t, &l.c);
		}
		l.c.confirm = false;
		for (unsigned int i = leg; i < TRIAL_LEGS - 1; i++) {
			assert_int_equal(run(&l, i % 2 ? 1e3 : 1e4, 15), TRIAL_CHANGE);
			trial_changed(&l.t, &l.c);
		}
		assert_int_equal(run(&l, 1e4, 27), TRIAL_PASSED);
		assert_false(trial_in_place(&l.t));
	}
}

/* Both legs without it must be above the one with it: 10, 5, 5 and 10, 5, 2 are not. */
static void test_not_reversed(void **state)
{
	static const double last[] = { 5e3, 2e3, 6e3 };

	for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
		struct lab l;

		lab_init(&l, OBJECTIVE_FAULTS);
		assert_int_equal(run(&l, 1e4, 12), TRIAL_CHANGE);
		trial_changed(&l.t, &l.c);
		assert_int_equal(run(&l, 5e3, 15), TRIAL_CHANGE);
		trial_changed(&l.t, &l.c);
		assert_int_equal(run(&l, last[i], 40), TRIAL_FAILED);
	}
}

static void test_too_little(void **state)
{
	struct lab l;

	lab_init(&l, OBJECTIVE_USER_MPKI);
	assert_int_equal(run(&l, 0.01, 20), TRIAL_FAILED);
	assert_int_equal(l.t.cause, CAUSE_SMALL);
}

static void test_idle(void **state)
{
	struct lab l;

	lab_init(&l, OBJECTIVE_USER_MPKI);
	l.o.cpu_busy = known(0.001);
	assert_int_equal(run(&l, 10, 47), TRIAL_GOES_ON);
	assert_int_equal(step(&l, 10), TRIAL_FAILED);
	assert_int_equal(l.t.cause, CAUSE_IDLE);
	assert_true(trial_untouched(&l.t));
}

/* A load that doubles every few windows has no level to compare with. */
static void test_unsteady(void **state)
{
	enum trial_event e = TRIAL_GOES_ON;
	struct lab l;

	lab_init(&l, OBJECTIVE_USER_MPKI);
	for (int i = 0; i < 48 && e == TRIAL_GOES_ON; i++)
		e = step(&l, 10 * exp2(i / 4.0));
	assert_int_equal(e, TRIAL_FAILED);
	assert_int_equal(l.t.cause, CAUSE_UNSTEADY);
	/* one that comes to rest has: the oldest windows are let go */
	lab_init(&l, OBJECTIVE_USER_MPKI);
	e = TRIAL_GOES_ON;
	for (int i = 0; i < 48 && e == TRIAL_GOES_ON; i++)
		e = step(&l, 10 * exp2(fmin(i, 10) / 4.0));
	assert_int_equal(e, TRIAL_CHANGE);
	assert_int_equal(l.t.leg[0].n, 12);
	assert_true(l.t.verdict.without.mean > 50);
}

static void test_not_taken(void **state)
{
	struct lab l;

	lab_init(&l, OBJECTIVE_FAULTS);
	l.o.lever[0].allocs = known(0);
	run(&l, 1e4, 12);
	trial_changed(&l.t, &l.c);
	assert_int_equal(run(&l, 1e3, 89), TRIAL_GOES_ON);
	assert_int_equal(step(&l, 1e3), TRIAL_FAILED);
	assert_int_equal(l.t.cause, CAUSE_NOT_TAKEN);
}

/* The TLB shows a folio size only in memory that is new: 1.5 times all of it, here 30 windows.
 */
static void test_slow_turnover(void **state)
{
	struct lab l;

	lab_init(&l, OBJECTIVE_USER_MPKI);
	l.o.lever[0].allocs = known(1e9 / 200 / (64 << 10)); /* a twentieth a window */
	run(&l, 10, 12);
	trial_changed(&l.t, &l.c);
	assert_int_equal(run(&l, 10, 29), TRIAL_GOES_ON);
	assert_true(l.t.settling);
	run(&l, 5, 2);
	assert_false(l.t.settling);
	assert_in_range(l.t.settled, 30, 31);
	/* and goes as slowly as it came */
	assert_int_equal(run(&l, 5, 12), TRIAL_CHANGE);
	trial_changed(&l.t, &l.c);
	assert_int_equal(l.t.of, l.t.settled);
}

static void test_recheck(void **state)
{
	static const struct {
		double without;
		enum trial_event e;
	} c[] = { { 20, TRIAL_PASSED }, { 10.05, TRIAL_FAILED }, { 5, TRIAL_FAILED } };

	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		struct lab l;

		lab_init(&l, OBJECTIVE_USER_MPKI);
		trial_begin_recheck(&l.t, &l.c);
		assert_true(trial_in_place(&l.t));
		assert_false(trial_untouched(&l.t));
		assert_int_equal(run(&l, 10, 12), TRIAL_CHANGE);
		trial_changed(&l.t, &l.c);
		assert_false(trial_in_place(&l.t));
		assert_int_equal(run(&l, c[i].without, 15), TRIAL_CHANGE);
		trial_changed(&l.t, &l.c);
		assert_int_equal(run(&l, 10, 40), c[i].e);
	}
}

/* A trial four times as long takes four windows as one: what alternates within is even. */
static void test_scale(void **state)
{
	struct lab l;
	int n = 0;

	lab_init(&l, OBJECTIVE_USER_MPKI);
	l.t.scale = 4;
	trial_begin(&l.t, &l.c);
	for (int leg = 0; leg < 3; leg++) {
		enum trial_event e = TRIAL_GOES_ON;

		while (e == TRIAL_GOES_ON)
			e = step(&l, (n++ / 2 % 2 ? 10 : 30) * (leg == 1 ? 0.9 : 1));
		assert_int_equal(e, leg < 2 ? TRIAL_CHANGE : TRIAL_PASSED);
		if (leg < 2)
			trial_changed(&l.t, &l.c);
	}
	assert_int_equal(l.t.verdict.with.n, 48);
	assert_float_equal(l.t.verdict.effect, 0.1, 0.01);
}

/* What a trial leaves open, earlier ones may decide; what contradicts them does not pass. */
static void test_pooled(void **state)
{
	for (int earlier = 0; earlier < 2; earlier++) {
		struct lab l;
		uint64_t seed = 5;

		lab_init(&l, OBJECTIVE_USER_MPKI);
		l.t.alpha = 1e-5;
		if (earlier)
			for (int i = 0; i < 10; i++)
				stats_pool(&l.t.earlier, 0.01, 12);
		for (int leg = 0; leg < 3; leg++) {
			enum trial_event e = TRIAL_GOES_ON;

			while (e == TRIAL_GOES_ON) {
				seed = seed * 6364136223846793005ull + 1442695040888963407ull;
				e = step(&l, (8 + 4 * ((seed >> 11) * 0x1p-53)) *
						     (leg == 1 ? 0.8 : 1));
			}
			if (leg < 2)
				trial_changed(&l.t, &l.c);
		}
		assert_true(l.t.verdict.p > 1e-5 && l.t.verdict.p < 0.05);
		assert_int_equal(l.t.passed, earlier);
	}
}

/* The linear map: no memory has to turn over, but something must have been collapsed. */
static void test_collapse(void **state)
{
	struct lab l;

	for (int collapses = 0; collapses <= 1; collapses++) {
		lab_init(&l, OBJECTIVE_KERNEL_MPKI);
		l.t.size = 0;
		l.o.lever[0].allocs = known(0);
		assert_int_equal(run(&l, 10, 12), TRIAL_CHANGE);
		trial_changed(&l.t, &l.c);
		l.o.lever[0].allocs = known(collapses);
		assert_int_equal(step(&l, 5), TRIAL_GOES_ON);
		l.o.lever[0].allocs = known(0);
		if (!collapses) {
			assert_int_equal(run(&l, 5, 90), TRIAL_FAILED);
			assert_int_equal(l.t.cause, CAUSE_NOT_TAKEN);
			continue;
		}
		/* two more settle, twelve measure; the map does not split again by itself */
		assert_int_equal(run(&l, 5, 13), TRIAL_GOES_ON);
		assert_int_equal(step(&l, 5), TRIAL_CHANGE);
		trial_changed(&l.t, &l.c);
		assert_int_equal(run(&l, 5, 27), TRIAL_FAILED);
		/* half of ln 2, with a standard error of sqrt(3/4) ln 2: not to be told */
		assert_int_equal(l.t.cause, CAUSE_NOT_SURE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_legs),
		cmocka_unit_test(test_without_confirmation),
		cmocka_unit_test(test_confirmation_is_switched),
		cmocka_unit_test(test_not_reversed),
		cmocka_unit_test(test_too_little),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_unsteady),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_slow_turnover),
		cmocka_unit_test(test_recheck),
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_collapse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
