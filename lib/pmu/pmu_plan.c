// SPDX-License-Identifier: GPL-2.0-only
#include "pmu/pmu_plan.h"
#include "util/util.h"

/* Roles with the same denominator; what matters most comes first and shares the first group.
 */
static const struct family {
	enum pmu_role leader;
	enum pmu_role role[2];
	size_t n;
} families[] = {
	{ ROLE_INSTRUCTIONS, { ROLE_DTLB_WALK, ROLE_ITLB_WALK }, 2 },
	{ ROLE_CYCLES, { ROLE_WALK_CYCLES, ROLE_STALL_TLB }, 2 },
	{ ROLE_INSTRUCTIONS, { ROLE_L1D_REFILL }, 1 },
};

static void add_role(struct pmu_group *g, enum pmu_role role, unsigned int parts)
{
	for (unsigned int i = 0; i < parts && g->n < PMU_GROUP_MAX; i++)
		g->slot[g->n++] = (struct pmu_slot){ .role = role, .part = i };
}

/* The group that @leader leads and exports, or SIZE_MAX. */
static size_t find_anchor(const struct pmu_plan *p, enum pmu_role leader)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->group[i].slot[0].role == leader)
			return i;
	}
	return SIZE_MAX;
}

static struct pmu_group *add_group(struct pmu_plan *p, enum pmu_role leader,
				   unsigned int leader_parts)
{
	struct pmu_group *g = &p->group[p->n];
	size_t anchor = find_anchor(p, leader);

	*g = (struct pmu_group){ .anchored = leader_parts && anchor != SIZE_MAX };
	if (g->anchored)
		g->anchor = anchor;
	add_role(g, leader, leader_parts);
	p->n++;
	return g;
}

static void add_family(struct pmu_plan *p, const struct family *f,
		       const unsigned int parts[ROLE_MAX], size_t max)
{
	const size_t lead = parts[f->leader] ? 1 : 0;
	struct pmu_group *g = NULL;

	for (size_t i = 0; i < f->n; i++) {
		enum pmu_role role = f->role[i];

		if (!parts[role])
			continue;
		if (!g || (pmu_group_roles(g) > lead && g->n + parts[role] > max) ||
		    g->n + parts[role] > PMU_GROUP_MAX)
			g = add_group(p, f->leader, parts[f->leader]);
		add_role(g, role, parts[role]);
	}
	/* The denominator is worth counting alone, once. */
	if (!g && parts[f->leader] && find_anchor(p, f->leader) == SIZE_MAX)
		add_group(p, f->leader, parts[f->leader]);
}

void pmu_plan_make(const unsigned int parts[ROLE_MAX], size_t max, struct pmu_plan *ret)
{
	*ret = (struct pmu_plan){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		add_family(ret, &families[i], parts, max);
}

size_t pmu_group_roles(const struct pmu_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += g->slot[i].part == 0;
	return n;
}

void pmu_group_sums(const struct pmu_group *g, const struct pmu_counts *delta,
		    enum pmu_verdict verdict, uint64_t anchor, uint64_t sum[ROLE_MAX])
{
	uint64_t whole = delta->enabled, part = delta->running, own = 0;

	for (size_t i = 0; i < g->n; i++)
		sum[g->slot[i].role] = 0;
	for (size_t i = 0; i < g->n; i++)
		sum[g->slot[i].role] += delta->count[i];
	if (verdict == PMU_EXACT)
		return;
	if (g->anchored)
		own = sum[g->slot[0].role];
	if (own) {
		whole = anchor;
		part = own;
	}
	for (size_t i = 0; i < g->n; i++) {
		if (!g->slot[i].part)
			sum[g->slot[i].role] = pmu_scale(sum[g->slot[i].role], whole, part);
	}
}
