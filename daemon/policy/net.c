// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "policy/net.h"

/*
 * An assumption, where only walks are counted: some thirty cycles of 3 GHz, the entries being
 * in the caches.
 */
#define WALK_NS 10

/* Standard errors by which a loss must be beyond chance; fewer where nothing is known for it.
 */
#define SURE_BY_WORK 1.64
#define SURE_BY_TIME 1

struct reading net_kernel(const struct observation *o, bool by_work)
{
	struct reading none = { .why = "the CPUs were idle" };
	double user;

	if (by_work)
		return o->kernel_work_ns;
	if (!o->kernel_share.known)
		return o->kernel_share;
	user = 1 - o->kernel_share.n;
	return user > 0 ? (struct reading){ .n = o->kernel_share.n / user, .known = true }
			: none;
}

void net_cost(const struct net_sample *a, const struct net_sample *with,
	      const struct net_sample *b, bool swapped, struct net *ret)
{
	double rise, share = swapped ? with->share : a->share;
	struct welch w;
	int r = b->kernel.n ? stats_reversal(&a->kernel, &with->kernel, &b->kernel, &w)
			    : stats_welch(&a->kernel, &with->kernel, true, &w);

	*ret = (struct net){ 0 };
	if (r)
		return;
	rise = swapped ? w.difference : -w.difference;
	ret->known = true;
	ret->by_work = a->work_ns > 0 && with->work_ns > 0;
	ret->cost = share * expm1(rise);
	ret->error = share * exp(rise) * w.se;
}

void net_save(struct net *n, enum objective objective, double without, double with_it,
	      double share, double work_ns)
{
	double fell = without - with_it;

	n->saved = 0;
	if (!n->by_work)
		return;
	if (objective == OBJECTIVE_USER_CYCLES)
		n->saved = fell * (1 - share);
	else if (objective == OBJECTIVE_USER_MPKI)
		n->saved = fell * WALK_NS / work_ns;
}

bool net_is_loss(const struct net *n)
{
	double sure = n->by_work ? SURE_BY_WORK : SURE_BY_TIME;

	return n->known && n->cost > n->saved && n->cost > sure * n->error;
}
