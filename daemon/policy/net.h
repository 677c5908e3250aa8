/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.h - what a lever costs elsewhere, beside what it saves in the TLB (pure)
 *
 * Large folios are zeroed, compacted and reclaimed by the kernel.  What that costs is in its
 * CPU time, that of its threads included.  CPU time for a unit of work is comparable where
 * user instructions, the work, are counted.  Elsewhere it is held against the time in user
 * mode, which the lever changes too: then nothing can be said in its favour, only against it.
 */
#ifndef PGTOPD_NET_H
#define PGTOPD_NET_H

#include "policy/observation.h"
#include "policy/stats.h"

/* Legs that have this at each window. */
struct net_sample {
	struct sample kernel; /* log of the kernel's CPU time by work, or by user time */
	double share;	      /* the kernel's of all CPU time, mean */
	double work_ns; /* CPU time of all for 1000 user instructions, mean; 0: not known */
};

struct net {
	bool known;   /* each leg had it */
	bool by_work; /* user instructions were counted */
	double cost;  /* CPU time the kernel needs more, as a share of all; < 0: less */
	double error; /* standard error of @cost */
	double saved; /* share of all CPU time that the TLB takes less; by_work only */
};

/** net_kernel - the kernel's CPU time of a window: by work, or @by_work false: by user time */
struct reading net_kernel(const struct observation *o, bool by_work);

/**
 * net_cost - compare legs: @with the lever and @a, @b without it (b->kernel.n 0: none)
 *
 * Of a comparison again, @swapped, @with is without it and the others are with it.
 */
void net_cost(const struct net_sample *a, const struct net_sample *with,
	      const struct net_sample *b, bool swapped, struct net *ret);

/**
 * net_save - what the objective's fall from @without to @with_it is worth, into n->saved
 * @work_ns: see struct net_sample
 */
void net_save(struct net *n, enum objective objective, double without, double with_it,
	      double share, double work_ns);

/** net_is_loss - whether the lever costs more than it saves, beyond chance */
bool net_is_loss(const struct net *n);

#endif
