/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random.h - the same random numbers on every machine
 *
 * xoroshiro128+ of D. Blackman and S. Vigna (public domain), seeded by splitmix64.
 */
#ifndef PGTOP_SIM_RANDOM_H
#define PGTOP_SIM_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t a, b;
	double spare; /* the second of a pair of normals; NAN: none */
};

static inline uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline struct random random_seed(uint64_t seed)
{
	struct random r = { .spare = NAN };

	r.a = splitmix(&seed);
	r.b = splitmix(&seed);
	return r;
}

static inline uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

/* 0 <= result < 1 */
static inline double uniform(struct random *r)
{
	uint64_t sum = r->a + r->b, b = r->b ^ r->a;

	r->a = rotate(r->a, 24) ^ b ^ (b << 16);
	r->b = rotate(b, 37);
	return (sum >> 11) * 0x1p-53;
}

static inline bool chance(struct random *r, double p)
{
	return uniform(r) < p;
}

static inline double between(struct random *r, double low, double high)
{
	return low + (high - low) * uniform(r);
}

/* Every order of magnitude as likely as the next. */
static inline double log_between(struct random *r, double low, double high)
{
	return exp(between(r, log(low), log(high)));
}

static inline double exponential(struct random *r, double mean)
{
	return -mean * log1p(-uniform(r));
}

/* Marsaglia's polar method, two at a time. */
static inline double normal(struct random *r)
{
	double x, y, s;

	if (!isnan(r->spare)) {
		x = r->spare;
		r->spare = NAN;
		return x;
	}
	do {
		x = between(r, -1, 1);
		y = between(r, -1, 1);
		s = x * x + y * y;
	} while (s >= 1 || s == 0);
	s = sqrt(-2 * log(s) / s);
	r->spare = y * s;
	return x * s;
}

#endif
