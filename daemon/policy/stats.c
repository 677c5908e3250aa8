// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>

#include "policy/stats.h"
#include "util/util.h"

#define FRACTION_STEPS 300 /* reached only by parameters above about 10^4 */
#define FRACTION_EPS   1e-15
#define FRACTION_TINY  1e-300

/*
 * The difference of two legs alone has one; with that, a tenfold fall would not be believed
 * where the outer legs differ by a twentieth and the windows are quiet.
 */
#define LEG_DF 2

static double mean_of(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / n : 0;
}

static double squares_about(const double *x, size_t n, double mean)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sum;
}

double stats_lag1(const double *x, size_t n)
{
	double mean = mean_of(x, n), squares = squares_about(x, n, mean), sum = 0;

	if (n < 3 || squares <= 0)
		return 0;
	for (size_t i = 1; i < n; i++)
		sum += (x[i] - mean) * (x[i - 1] - mean);
	return sum / squares;
}

/* Solve r = rho - (1 + 4 rho) / n for rho; too short a series says nothing. */
static double lag1_corrected(const double *x, size_t n)
{
	if (n < 6)
		return 0;
	return fmin(fmax((stats_lag1(x, n) + 1.0 / n) / (1 - 4.0 / n), 0), STATS_RHO_MAX);
}

/* Two at least: a variance needs them. */
static double effective_size(size_t n, double rho)
{
	return n > 1 ? fmax(n * (1 - rho) / (1 + rho), 2) : n;
}

void stats_sample(const double *x, size_t n, struct sample *ret)
{
	double mean = mean_of(x, n), rho = lag1_corrected(x, n);

	*ret = (struct sample){
		.n = n,
		.mean = mean,
		.var = n > 1 ? squares_about(x, n, mean) / (n - 1) : 0,
		.rho = rho,
		.ess = effective_size(n, rho),
	};
}

/* Coefficient @i (from 1) of the continued fraction, DLMF 8.17.23. */
static double fraction_term(double a, double b, double x, unsigned int i)
{
	double m = i / 2;

	if (i % 2)
		return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
	return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
}

static double away_from_zero(double x)
{
	return fabs(x) < FRACTION_TINY ? FRACTION_TINY : x;
}

/* 1 / (1 + d1 / (1 + d2 / (1 + ...))): numerators and denominators as ratios of neighbours. */
static double beta_fraction(double a, double b, double x)
{
	double value = 1, c = 1, d = 0;

	for (unsigned int i = 1; i <= FRACTION_STEPS; i++) {
		double term = fraction_term(a, b, x, i);

		c = away_from_zero(1 + term / c);
		d = 1 / away_from_zero(1 + term * d);
		value *= c * d;
		if (fabs(c * d - 1) < FRACTION_EPS)
			break;
	}
	return 1 / value;
}

/* The fraction converges fast only left of the mean; right of it I_x(a,b) = 1 - I_1-x(b,a). */
static double beta_left(double a, double b, double x, double y)
{
	double log_front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y);

	return exp(log_front) / a * beta_fraction(a, b, x);
}

/* @y is 1 - @x, given apart because close to 1 the difference has no digits left. */
static double beta_with_complement(double a, double b, double x, double y)
{
	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	if (x <= (a + 1) / (a + b + 2))
		return beta_left(a, b, x, y);
	return 1 - beta_left(b, a, y, x);
}

double stats_beta(double a, double b, double x)
{
	if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1))
		return NAN;
	return beta_with_complement(a, b, x, 1 - x);
}

/* DLMF 8.17.i with x = df / (df + t^2): P(|T| > t) = I_x(df / 2, 1 / 2). */
double stats_t_upper(double t, double df)
{
	double tail;

	if (isnan(t) || !(df > 0))
		return NAN;
	if (isinf(t))
		return t > 0 ? 0 : 1;
	tail = 0.5 *
	       beta_with_complement(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t));
	return t > 0 ? tail : 1 - tail;
}

/* A part of a variance: what it adds, and how well it is known. */
struct part {
	double var, df;
};

/* @difference over the sum of the parts, by Welch and Satterthwaite. */
static void test_difference(double difference, const struct part *part, size_t n,
			    struct welch *ret)
{
	double var = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		var += part[i].var;
		squares += part[i].var * part[i].var / part[i].df;
	}
	ret->difference = difference;
	ret->se = sqrt(var);
	if (var <= 0) {
		ret->t = difference ? copysign(INFINITY, difference) : 0;
		ret->df = part[0].df;
		ret->p = difference ? difference < 0 : 0.5;
		return;
	}
	ret->t = difference / ret->se;
	ret->df = var * var / squares;
	ret->p = stats_t_upper(ret->t, ret->df);
}

int stats_welch(const struct sample *a, const struct sample *b, bool ess, struct welch *ret)
{
	double na = ess ? a->ess : a->n, nb = ess ? b->ess : b->n;

	if (a->n < 2 || b->n < 2)
		return -EINVAL;
	test_difference(a->mean - b->mean,
			(struct part[]){ { a->var / na, na - 1 }, { b->var / nb, nb - 1 } }, 2,
			ret);
	return 0;
}

/* The mean of a leg: its variance with the autocorrelation of all legs. */
static struct part part_of(const struct sample *s, double rho, double weight)
{
	double n = effective_size(s->n, rho);

	return (struct part){ weight * s->var / n, n - 1 };
}

int stats_reversal(const struct sample *a, const struct sample *b, const struct sample *again,
		   struct welch *ret)
{
	double rho, gap = a->mean - again->mean;
	struct part part[4];

	if (a->n < 2 || b->n < 2 || again->n < 2)
		return -EINVAL;
	rho = (a->rho * a->n + b->rho * b->n + again->rho * again->n) /
	      (a->n + b->n + again->n);
	part[0] = part_of(a, rho, 0.25);
	part[1] = part_of(again, rho, 0.25);
	part[2] = part_of(b, rho, 1);
	part[3].var = 1.5 * fmax(0, gap * gap - 4 * (part[0].var + part[1].var)) / 2;
	part[3].df = LEG_DF;
	test_difference((a->mean + again->mean) / 2 - b->mean, part, ARRAY_SIZE(part), ret);
	return 0;
}

double stats_normal_upper(double z)
{
	return 0.5 * erfc(z / sqrt(2));
}

double stats_normal_quantile(double p)
{
	double low = -8, high = 8;

	p = fmin(fmax(p, 1e-15), 1 - 1e-15);
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (stats_normal_upper(middle) > p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

void stats_pool(struct pooled *s, double p, double n)
{
	s->sum += sqrt(n) * stats_normal_quantile(p);
	s->squares += n;
}

double stats_pooled_p(const struct pooled *s)
{
	return s->squares > 0 ? stats_normal_upper(s->sum / sqrt(s->squares)) : 1;
}

int stats_slope(const double *x, size_t n, double *ret_slope, double *ret_error)
{
	double mean = mean_of(x, n), centre = (n - 1) / 2.0, sxx = 0, sxy = 0, left = 0;

	if (n < 3)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		sxx += (i - centre) * (i - centre);
		sxy += (i - centre) * (x[i] - mean);
	}
	for (size_t i = 0; i < n; i++) {
		double off = x[i] - mean - sxy / sxx * (i - centre);

		left += off * off;
	}
	*ret_slope = sxy / sxx;
	*ret_error = sqrt(left / (n - 2) / sxx);
	return 0;
}
