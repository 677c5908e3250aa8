// SPDX-License-Identifier: GPL-2.0-only
/* What a lever costs the kernel, held against what it saves; the numbers are worked out by
 * hand. */
#include <math.h>

#include "policy_bench.h"

#include "policy/net.h"

static struct sample sample_of(double mean, double sd)
{
	return (struct sample){ .n = 12, .mean = mean, .var = sd * sd, .ess = 12 };
}

/* The kernel has a fifth of the time and needs a tenth more: 2 % of all. */
static void test_cost(void **state)
{
	struct net_sample without = { sample_of(log(100), 0.01), 0.2, 500 };
	struct net_sample with = { sample_of(log(110), 0.01), 0.22, 510 };
	struct net n;

	net_cost(&without, &with, &without, false, &n);
	assert_true(n.known && n.by_work);
	assert_float_equal(n.cost, 0.02, 1e-9);
	assert_true(n.error > 0 && n.error < 0.002);
	/* of a comparison again the outer legs are those with it */
	net_cost(&with, &without, &with, true, &n);
	assert_float_equal(n.cost, 0.02, 1e-9);
	/* a leg in which it is not known */
	net_cost(&without, &(struct net_sample){ 0 }, &without, false, &n);
	assert_false(n.known);
	assert_false(net_is_loss(&n));
}

static void test_saved(void **state)
{
	struct net n = { .known = true, .by_work = true };

	/* 8 % of the user's cycles less, which are four fifths of the time */
	net_save(&n, OBJECTIVE_USER_CYCLES, 0.1, 0.02, 0.2, 500);
	assert_float_equal(n.saved, 0.064, 1e-12);
	/* two walks of 10 ns in 1000 instructions, which take 500 ns */
	net_save(&n, OBJECTIVE_USER_MPKI, 3, 1, 0.2, 500);
	assert_float_equal(n.saved, 0.04, 1e-12);
	/* without instructions nothing can be said for it */
	n.by_work = false;
	net_save(&n, OBJECTIVE_USER_MPKI, 3, 1, 0.2, 0);
	assert_float_equal(n.saved, 0, 0);
}

static void test_loss(void **state)
{
	struct net n = { .known = true, .by_work = true, .saved = 0.01 };

	n.cost = 0.02, n.error = 0.005;
	assert_true(net_is_loss(&n));
	n.error = 0.013; /* by chance */
	assert_false(net_is_loss(&n));
	n.by_work = false, n.saved = 0; /* stricter */
	assert_true(net_is_loss(&n));
	n.cost = -0.01, n.error = 0.001;
	assert_false(net_is_loss(&n));
}

/* A trial of a lever that halves walks, 0.4 of 0.8 in 1000 instructions: 0.8 % of the time. */
static const struct decision *judged(struct bench *b, double added_ns, bool counted)
{
	bench_init(b, POLICY_TUNE);
	b->level = 0.8;
	b->factor[0] = 0.5;
	strcpy(b->value[1], "always");
	for (int i = 0; i < 300; i++) {
		bool on = !strcmp(b->value[0], "always");
		double kernel = 100 + (on ? added_ns : 0) + b->mono_ns / WINDOW_NS % 3;

		b->o.kernel_share = bench_known(kernel / (kernel + 400));
		b->o.kernel_work_ns =
			counted ? bench_known(kernel) : (struct reading){ .why = "no PMU" };
		bench_window(b);
		if (b->n && (b->log[b->n - 1].action == DECISION_KEEP ||
			     b->log[b->n - 1].action == DECISION_REVERT))
			return &b->log[b->n - 1];
	}
	fail_msg("no verdict");
	abort(); /* not reached: for the compiler */
}

/* Walks are halved all the same, but zeroing takes the kernel 2 % of all CPU time. */
static void test_hidden_cost(void **state)
{
	const struct decision *d;
	struct bench b;

	d = judged(&b, 10, true);
	assert_int_equal(d->action, DECISION_REVERT);
	assert_non_null(strstr(d->reason, "costs the kernel more CPU time than it saves"));
	assert_non_null(strstr(d->reason, "net -"));
	assert_string_equal(b.value[0], "never");
	bench_done(&b);

	d = judged(&b, 0, true);
	assert_int_equal(d->action, DECISION_KEEP);
	assert_non_null(strstr(d->reason, "net +"));
	bench_done(&b);

	d = judged(&b, 10, false);
	assert_int_equal(d->action, DECISION_REVERT);
	bench_done(&b);

	d = judged(&b, 0, false);
	assert_int_equal(d->action, DECISION_KEEP);
	assert_non_null(strstr(d->reason, "net not known"));
	bench_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_hidden_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
