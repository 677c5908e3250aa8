// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics against published figures, exact sums, numerical integration and random
 * permutation: nothing here uses the formulas of stats.c.
 */
#include <math.h>

#include "tree.h"

#include "policy/stats.h"
#include "util/util.h"

#define CLOSE(a, b, eps)                                                                      \
	do {                                                                                  \
		double a_ = (a), b_ = (b);                                                    \
		if (!(fabs(a_ - b_) <= (eps)))                                                \
			fail_msg("%s = %.12g, not %.12g", #a, a_, b_);                        \
	} while (0)

/* xorshift64*: the same numbers everywhere */
static double uniform(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return ((*state * 2685821657736338717ull) >> 11) * 0x1p-53;
}

static double normal(uint64_t *state)
{
	double u = uniform(state), v = uniform(state);

	return sqrt(-2 * log(u + 1e-300)) * cos(2 * M_PI * v);
}

static double binomial_tail(int n, int from, double x)
{
	double sum = 0;

	for (int j = from; j <= n; j++) {
		double term = 1;

		for (int i = 0; i < j; i++)
			term *= (double)(n - i) / (i + 1) * x;
		sum += term * pow(1 - x, n - j);
	}
	return sum;
}

static void test_beta(void **state)
{
	CLOSE(stats_beta(2, 3, 0.5), 0.6875, 1e-14);	   /* 11/16 by hand */
	CLOSE(stats_beta(0.5, 0.5, 0.25), 1.0 / 3, 1e-14); /* 2/pi asin(sqrt x) */
	for (double x = 0; x <= 1; x += 0.0625) {
		CLOSE(stats_beta(3.5, 1, x), pow(x, 3.5), 1e-13);
		CLOSE(stats_beta(1, 7.25, x), 1 - pow(1 - x, 7.25), 1e-13);
		for (int a = 1; a <= 9; a++)
			for (int b = 1; b <= 9; b++)
				CLOSE(stats_beta(a, b, x), binomial_tail(a + b - 1, a, x),
				      1e-12);
	}
	assert_true(isnan(stats_beta(0, 1, 0.5)));
	assert_true(isnan(stats_beta(1, -1, 0.5)));
	assert_true(isnan(stats_beta(1, 1, 1.5)));
	assert_true(isnan(stats_beta(1, 1, NAN)));
}

/* Upper quantiles of Student's t rounded to three decimals, as tables print them. */
static void test_t_table(void **state)
{
	static const struct {
		double df, p, t;
	} c[] = {
		{ 1, 0.05, 6.314 },   { 1, 0.01, 31.821 },  { 2, 0.025, 4.303 },
		{ 5, 0.01, 3.365 },   { 10, 0.025, 2.228 }, { 10, 0.001, 4.144 },
		{ 22, 0.01, 2.508 },  { 30, 0.05, 1.697 },  { 60, 0.005, 2.660 },
		{ 100, 0.01, 2.364 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		/* the true quantile is within half of the last decimal */
		assert_true(stats_t_upper(c[i].t - 0.0005001, c[i].df) >= c[i].p);
		assert_true(stats_t_upper(c[i].t + 0.0005001, c[i].df) <= c[i].p);
	}
	CLOSE(stats_t_upper(0, 7), 0.5, 1e-15);
	CLOSE(stats_t_upper(1, 1), 0.25, 1e-14); /* Cauchy */
	CLOSE(stats_t_upper(INFINITY, 3), 0, 0);
	CLOSE(stats_t_upper(-INFINITY, 3), 1, 0);
	assert_true(isnan(stats_t_upper(1, 0)));
	assert_true(isnan(stats_t_upper(NAN, 5)));
}

/* Simpson over the substitution x = t / (1 - u): the density of t integrated numerically. */
static double t_upper_by_integration(double t, double df)
{
	const int steps = 20000;
	double sum = 0, log_c = lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * M_PI) / 2;

	for (int i = 0; i < steps; i++) {
		double u = (double)i / steps, x = t + u / (1 - u);
		double f = exp(log_c - (df + 1) / 2 * log1p(x * x / df)) / ((1 - u) * (1 - u));

		sum += f * (i == 0 ? 1 : i % 2 ? 4 : 2);
	}
	return sum / (3 * steps); /* at u = 1 the integrand is 0 for df > 1 */
}

static void test_t_integrated(void **state)
{
	uint64_t seed = 7;

	for (int i = 0; i < 200; i++) {
		double t = 12 * uniform(&seed), df = 1.5 + 40 * uniform(&seed);
		double p = t_upper_by_integration(t, df);

		CLOSE(stats_t_upper(t, df), p, 1e-7);
		CLOSE(stats_t_upper(-t, df), 1 - p, 1e-7);
	}
	/* far out the density of df 4 is 12 t^-5: relative precision, not absolute */
	CLOSE(stats_t_upper(1e6, 4) / 3e-24, 1, 1e-9);
}

/* Student's sleep data as R documents it: t.test(extra ~ group, data = sleep). */
static void test_welch_sleep(void **state)
{
	static const double a[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 };
	static const double b[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };
	struct sample sa, sb;
	struct welch w;

	stats_sample(a, ARRAY_SIZE(a), &sa);
	stats_sample(b, ARRAY_SIZE(b), &sb);
	CLOSE(sa.mean, 0.75, 1e-12);
	CLOSE(sb.mean, 2.33, 1e-12);
	assert_int_equal(stats_welch(&sa, &sb, false, &w), 0);
	CLOSE(w.t, -1.8608, 5e-5);
	CLOSE(w.df, 17.776, 5e-4);
	CLOSE(2 * (1 - w.p), 0.07939, 5e-6);
	assert_int_equal(stats_welch(&sb, &sa, false, &w), 0);
	CLOSE(2 * w.p, 0.07939, 5e-6);
}

/* Unequal sizes and variances, by hand: means 4 and 1, va = 2.5/5, vb = 1/3. */
static void test_welch_by_hand(void **state)
{
	static const double a[] = { 2, 3, 4, 5, 6 }, b[] = { 0, 1, 2 };
	struct sample sa, sb;
	struct welch w;

	stats_sample(a, 5, &sa);
	stats_sample(b, 3, &sb);
	CLOSE(sa.var, 2.5, 1e-12);
	CLOSE(sb.var, 1, 1e-12);
	assert_int_equal(stats_welch(&sa, &sb, false, &w), 0);
	CLOSE(w.t, 3 / sqrt(5.0 / 6), 1e-12);
	CLOSE(w.df, (25.0 / 36) / (1.0 / 16 + 1.0 / 18), 1e-12);
}

static void test_degenerate(void **state)
{
	static const double same[] = { 5, 5, 5, 5, 5, 5 }, other[] = { 4, 4, 4, 4, 4, 4 };
	struct sample a, b, one, none;
	struct welch w = { .p = 42 };

	stats_sample(same, 6, &a);
	stats_sample(other, 6, &b);
	stats_sample(same, 1, &one);
	stats_sample(NULL, 0, &none);
	assert_int_equal(none.n, 0);
	CLOSE(none.mean + none.var + none.ess + none.rho, 0, 0);
	assert_int_equal(stats_welch(&a, &one, true, &w), -EINVAL);
	assert_int_equal(stats_welch(&none, &a, true, &w), -EINVAL);
	CLOSE(w.p, 42, 0);
	assert_int_equal(stats_welch(&a, &b, true, &w), 0);
	CLOSE(w.p, 0, 0);
	assert_int_equal(stats_welch(&b, &a, true, &w), 0);
	CLOSE(w.p, 1, 0);
	assert_int_equal(stats_welch(&a, &a, true, &w), 0);
	CLOSE(w.p, 0.5, 0);
}

/* Does a random split of the pooled values differ as much as the given one? */
static double permutation_p(const double *a, size_t na, const double *b, size_t nb,
			    uint64_t *seed)
{
	enum { ROUNDS = 20000 };
	double pool[64], given = 0;
	size_t n = na + nb, hits = 0;

	memcpy(pool, a, na * sizeof(*a));
	memcpy(pool + na, b, nb * sizeof(*b));
	for (size_t i = 0; i < n; i++)
		given += i < na ? pool[i] / na : -pool[i] / nb;
	for (int round = 0; round < ROUNDS; round++) {
		double difference = 0;

		for (size_t i = 0; i < n; i++) {
			size_t k = i + uniform(seed) * (n - i);
			double x = pool[k];

			pool[k] = pool[i];
			pool[i] = x;
			difference += i < na ? x / na : -x / nb;
		}
		hits += difference >= given - 1e-12;
	}
	return (hits + 1.0) / (ROUNDS + 1);
}

static void test_welch_like_permutation(void **state)
{
	uint64_t seed = 11;

	for (int round = 0; round < 20; round++) {
		double a[20], b[20];
		struct sample sa, sb;
		struct welch w;

		for (int i = 0; i < 20; i++) {
			a[i] = normal(&seed) + uniform(&seed);
			b[i] = normal(&seed);
		}
		stats_sample(a, 20, &sa);
		stats_sample(b, 20, &sb);
		assert_int_equal(stats_welch(&sa, &sb, false, &w), 0);
		/* sampling error of 20000 rounds: 0.0035; the tests differ a little, too */
		CLOSE(w.p, permutation_p(a, 20, b, 20, &seed), 0.02);
	}
}

/* p is uniform where nothing differs: below alpha in a share alpha of the cases. */
static void test_false_positives(void **state)
{
	enum { ROUNDS = 40000, N = 12 };
	uint64_t seed = 3;
	int hits = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double a[N], b[N];
		struct sample sa, sb;
		struct welch w;

		for (int i = 0; i < N; i++) {
			a[i] = 3 * normal(&seed);
			b[i] = normal(&seed);
		}
		stats_sample(a, N, &sa);
		stats_sample(b, N, &sb);
		assert_int_equal(stats_welch(&sa, &sb, false, &w), 0);
		hits += w.p < 0.01;
	}
	/* binomial: 400 +- 20; Welch is approximate, five sigma */
	assert_in_range(hits, 300, 500);
}

static void ar1(double *x, size_t n, double rho, uint64_t *seed)
{
	double v = normal(seed);

	for (size_t i = 0; i < n; i++) {
		x[i] = v;
		v = rho * v + sqrt(1 - rho * rho) * normal(seed);
	}
}

static void test_autocorrelation(void **state)
{
	static const double up[] = { 1, 2, 3, 4, 5 },
			    zigzag[] = { 1, -1, 1, -1, 1, -1, 1, -1 };
	static double x[20000];
	uint64_t seed = 5;
	struct sample s;

	/* by hand: sum of neighbours' products (2 + 0 + 0 + 2) over 10 */
	CLOSE(stats_lag1(up, 5), 0.4, 1e-12);
	CLOSE(stats_lag1(zigzag, 8), -7.0 / 8, 1e-12);
	stats_sample(zigzag, 8, &s);
	CLOSE(s.rho, 0, 0);
	CLOSE(s.ess, 8, 0);
	for (double rho = 0.1; rho < 0.95; rho += 0.2) {
		ar1(x, ARRAY_SIZE(x), rho, &seed);
		stats_sample(x, ARRAY_SIZE(x), &s);
		CLOSE(s.rho, rho, 0.03);
		CLOSE(s.ess / s.n / ((1 - rho) / (1 + rho)), 1, 0.1);
	}
}

/* The correction must keep false positives near alpha where plain Welch has many times it. */
static void test_false_positives_autocorrelated(void **state)
{
	enum { ROUNDS = 20000, N = 30 };
	uint64_t seed = 9;
	int plain = 0, corrected = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double a[N], b[N];
		struct sample sa, sb;
		struct welch w;

		ar1(a, N, 0.6, &seed);
		ar1(b, N, 0.6, &seed);
		stats_sample(a, N, &sa);
		stats_sample(b, N, &sb);
		stats_welch(&sa, &sb, false, &w);
		plain += w.p < 0.01;
		stats_welch(&sa, &sb, true, &w);
		corrected += w.p < 0.01;
	}
	assert_true(plain > 0.08 * ROUNDS);
	assert_true(corrected < 0.02 * ROUNDS);
}

static void test_normal(void **state)
{
	/* printed in every table */
	CLOSE(stats_normal_upper(0), 0.5, 1e-15);
	CLOSE(stats_normal_upper(1.959964), 0.025, 1e-8);
	CLOSE(stats_normal_quantile(0.025), 1.959964, 1e-6);
	CLOSE(stats_normal_quantile(0.01), 2.326348, 1e-6);
	CLOSE(stats_normal_quantile(0.5), 0, 1e-9);
	CLOSE(stats_normal_quantile(0), 7.94, 0.01);
}

static void test_pool(void **state)
{
	struct pooled s = { 0 };

	CLOSE(stats_pooled_p(&s), 1, 0);
	stats_pool(&s, 0.03, 12);
	CLOSE(stats_pooled_p(&s), 0.03, 1e-9);
	/* equal weights: z of 0.03 is 1.880794, of 0.08 1.405072; their sum over sqrt 2 */
	stats_pool(&s, 0.08, 12);
	CLOSE(stats_pooled_p(&s), stats_normal_upper(3.285866 / sqrt(2)), 1e-7);
	/* what contradicts counts against it, and four times the windows twice as much */
	stats_pool(&s, 0.97, 48);
	CLOSE(stats_pooled_p(&s), stats_normal_upper((3.285866 - 2 * 1.880794) / sqrt(6)),
	      1e-6);
}

static void test_reversal_by_hand(void **state)
{
	static const double a[] = { 9, 10, 11, 10 }, b[] = { 5, 6, 7, 6 },
			    again[] = { 13, 14, 15, 14 };
	struct sample sa, sb, sc;
	struct welch w = { .p = 42 };

	stats_sample(a, 4, &sa);
	stats_sample(b, 4, &sb);
	stats_sample(again, 4, &sc);
	/* alike outside: (10 + 10) / 2 - 6; variances 2/3, of means 1/6, 1/24 + 1/24 + 1/6 */
	assert_int_equal(stats_reversal(&sa, &sb, &sa, &w), 0);
	CLOSE(w.difference, 4, 1e-12);
	CLOSE(w.se, sqrt(0.25), 1e-12);
	CLOSE(w.df, 0.0625 / ((2.0 / 576 + 1.0 / 36) / 3), 1e-9);
	/* 10 and 14 outside: 16 less 2/6 the windows explain; half of it times 3/2 is added */
	assert_int_equal(stats_reversal(&sa, &sb, &sc, &w), 0);
	CLOSE(w.difference, 6, 1e-12);
	CLOSE(w.se, sqrt(0.25 + 0.75 * (16 - 1.0 / 3)), 1e-12);
	sa.n = 1;
	w.p = 42;
	assert_int_equal(stats_reversal(&sa, &sb, &sc, &w), -EINVAL);
	CLOSE(w.p, 42, 0);
}

/* Legs that differ by chance as a whole: Welch is fooled, the reversal is not. */
static void test_reversal_of_wandering_legs(void **state)
{
	enum { ROUNDS = 20000, N = 12 };
	uint64_t seed = 17;
	int naive = 0, reversal = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct sample s[3];
		struct welch w;

		for (int leg = 0; leg < 3; leg++) {
			double x[N], level = 5 * normal(&seed);

			for (int i = 0; i < N; i++)
				x[i] = level + normal(&seed);
			stats_sample(x, N, &s[leg]);
		}
		stats_welch(&s[0], &s[1], true, &w);
		naive += w.p < 0.01;
		stats_reversal(&s[0], &s[1], &s[2], &w);
		reversal += w.p < 0.01;
	}
	assert_true(naive > 0.3 * ROUNDS);
	/* not exact: where the outer legs happen to be alike, their difference says nothing */
	assert_true(reversal < 0.09 * ROUNDS);
	/* and with quiet legs it is an ordinary test */
	reversal = 0;
	for (int round = 0; round < ROUNDS; round++) {
		struct sample s[3];
		struct welch w;

		for (int leg = 0; leg < 3; leg++) {
			double x[N];

			for (int i = 0; i < N; i++)
				x[i] = normal(&seed);
			stats_sample(x, N, &s[leg]);
		}
		stats_reversal(&s[0], &s[1], &s[2], &w);
		reversal += w.p < 0.01;
	}
	assert_true(reversal < 0.013 * ROUNDS);
}

static void test_slope(void **state)
{
	static const double x[] = { 1, 3, 2, 5, 4 }; /* R: slope 0.8, std. error 0.3464 */
	double slope = 42, error = 42;

	assert_int_equal(stats_slope(x, 2, &slope, &error), -EINVAL);
	CLOSE(slope, 42, 0);
	assert_int_equal(stats_slope(x, 5, &slope, &error), 0);
	CLOSE(slope, 0.8, 1e-12);
	CLOSE(error, sqrt(3.6 / 3 / 10), 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beta),
		cmocka_unit_test(test_t_table),
		cmocka_unit_test(test_t_integrated),
		cmocka_unit_test(test_welch_sleep),
		cmocka_unit_test(test_welch_by_hand),
		cmocka_unit_test(test_degenerate),
		cmocka_unit_test(test_welch_like_permutation),
		cmocka_unit_test(test_false_positives),
		cmocka_unit_test(test_autocorrelation),
		cmocka_unit_test(test_false_positives_autocorrelated),
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_reversal_by_hand),
		cmocka_unit_test(test_reversal_of_wandering_legs),
		cmocka_unit_test(test_slope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
