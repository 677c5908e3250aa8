/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - is one series of windows lower than another, and how sure is that (pure)
 *
 * Welch's t-test (B. L. Welch, Biometrika 34, 1947) with the degrees of freedom of Welch and
 * Satterthwaite.  Windows that follow each other resemble each other, so that n of them tell
 * less than n independent ones: the variance of a mean is taken with the effective size
 * n (1 - r) / (1 + r), r being the lag-1 autocorrelation corrected for its bias in short
 * series.
 */
#ifndef PGTOPD_STATS_H
#define PGTOPD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
	size_t n;
	double mean;
	double var; /* unbiased, 0 for fewer than two */
	double rho; /* lag-1 autocorrelation, corrected; 0..STATS_RHO_MAX */
	double ess; /* effective number of independent values, <= n */
};

#define STATS_RHO_MAX 0.95

/** stats_sample - summarise @x; with @n 0 everything is 0 */
void stats_sample(const double *x, size_t n, struct sample *ret);

/**
 * stats_lag1 - lag-1 autocorrelation of @x about its mean; 0 for fewer than three or constant
 *
 * Biased towards negative values by about (1 + 4 rho) / n (F. H. C. Marriott, J. A. Pope,
 * Biometrika 41, 1954); struct sample holds the corrected one.
 */
double stats_lag1(const double *x, size_t n);

/**
 * stats_beta - regularised incomplete beta function I_x(a, b), a and b > 0, 0 <= x <= 1
 *
 * By its continued fraction (NIST Digital Library of Mathematical Functions, 8.17.22 and
 * 8.17.23), evaluated as W. J. Lentz described (Applied Optics 15, 1976).  NAN outside the
 * domain.
 */
double stats_beta(double a, double b, double x);

/** stats_t_upper - P(T > t) of Student's t with @df > 0 degrees of freedom */
double stats_t_upper(double t, double df);

struct welch {
	double difference; /* of the means, a - b */
	double se;	   /* its standard error */
	double t, df;
	double p; /* one-sided: of a difference this large if @a were not above @b */
};

/**
 * stats_welch - test whether the mean of @a is above that of @b
 * @ess: take the effective sizes instead of n
 *
 * Returns 0, or -EINVAL when a side has fewer than two values.  Without any variance p is 0,
 * 0.5 or 1 as a is above, equal to or below b.
 */
int stats_welch(const struct sample *a, const struct sample *b, bool ess, struct welch *ret);

/**
 * stats_reversal - test whether two legs of an A/B/A are above the one between them
 *
 * The contrast (a + again) / 2 - b.  Its variance has two parts.  One is that within the legs,
 * with effective sizes, their autocorrelation taken from all three.  The other is by how much
 * legs differ that should be alike: (a - again)^2 / 2, less what the windows explain of it,
 * estimates the variance of a leg as a whole, 3/2 of which is in the contrast.  It counts as
 * known with two degrees of freedom (see stats.c).
 *
 * Returns 0, or -EINVAL when a leg has fewer than two values.
 */
int stats_reversal(const struct sample *a, const struct sample *b, const struct sample *again,
		   struct welch *ret);

/** stats_normal_upper - P(Z > z) of the standard normal distribution */
double stats_normal_upper(double z);
/** stats_normal_quantile - the z with P(Z > z) = @p; @p is taken within 1e-15 of 0 and 1 */
double stats_normal_quantile(double p);

/*
 * Several trials of one thing as one: S. A. Stouffer's sum of z, weighted with the square root
 * of what each rests on (T. Liptak, 1958).
 */
struct pooled {
	double sum, squares;
};

/** stats_pool - add a one-sided p that rests on @n windows */
void stats_pool(struct pooled *s, double p, double n);
/** stats_pooled_p - the one-sided p of all of them; 1 without any */
double stats_pooled_p(const struct pooled *s);

/**
 * stats_slope - least-squares slope of @x over its index, with its standard error
 *
 * Returns 0, or -EINVAL for fewer than three values.
 */
int stats_slope(const double *x, size_t n, double *ret_slope, double *ret_error);

#endif
