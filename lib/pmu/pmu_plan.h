/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_plan.h - which events are counted together (pure)
 *
 * A ratio is only true if both its parts were counted at the same time, so each numerator is
 * in a group with its denominator, which leads the group: instructions for walks and refills,
 * cycles for cycles of walks and stalls.  What does not fit in one group goes into another
 * with its own leader; that leader is not exported, it anchors the group to the exported one.
 */
#ifndef PGTOP_PMU_PLAN_H
#define PGTOP_PMU_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "pmu/pmu_roles.h"
#include "pmu/pmu_scale.h"

struct pmu_slot {
	enum pmu_role role;
	unsigned int part; /* which of the events the role adds up */
};

struct pmu_group {
	size_t n;
	struct pmu_slot slot[PMU_GROUP_MAX]; /* slot[0] leads */
	/* The leader is a second copy of a role that leads group `anchor` and is exported
	 * there. */
	bool anchored;
	size_t anchor;
};

/* Every role but the two denominators in a group of its own. */
#define PMU_PLAN_MAX (ROLE_MAX - 2)

struct pmu_plan {
	size_t n;
	struct pmu_group group[PMU_PLAN_MAX];
};

/**
 * pmu_plan_make - put the roles into groups of at most @max events
 * @parts: the number of events of each role; 0: the role is not counted
 *
 * A role is never torn apart: a group with a leader and one role may exceed @max.  A numerator
 * whose denominator is not counted leads its group itself.
 */
void pmu_plan_make(const unsigned int parts[ROLE_MAX], size_t max, struct pmu_plan *ret);

/** pmu_group_roles - number of roles in a group */
size_t pmu_group_roles(const struct pmu_group *g);

/**
 * pmu_group_sums - what each role of a group counted in an interval, scaled to all of it
 * @verdict: that on @delta, PMU_EXACT or PMU_SCALED
 * @anchor: of an anchored group: what its exported leader came to in the same interval
 *
 * An anchored group is scaled so that its ratio to @anchor is the one counted in the group;
 * others, and one whose own leader counted nothing, by time.  @sum has the roles that are not
 * in the group untouched.
 */
void pmu_group_sums(const struct pmu_group *g, const struct pmu_counts *delta,
		    enum pmu_verdict verdict, uint64_t anchor, uint64_t sum[ROLE_MAX]);

#endif
