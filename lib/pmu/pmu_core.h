/* SPDX-License-Identifier: GPL-2.0-only */
/* pmu_core.h - what can be counted on one type of core, and in which groups */
#ifndef PGTOP_PMU_CORE_H
#define PGTOP_PMU_CORE_H

#include <stdbool.h>

#include "pmu/pmu_group.h"
#include "pmu/pmu_mapping.h"

struct pmu_role_state {
	char *event;	    /* as written: "dtlb_walk", "r8167+r815c"; NULL: none is known */
	char *why;	    /* not counted: because of this clause; NULL: counted */
	const char *remedy; /* static; NULL: nothing helps */
	bool untested;	    /* the self-test could not run on these cores */
};

struct pmu_core {
	struct pmu_device device; /* its name is "" on cores without a PMU */
	struct pmu_role_events events[ROLE_MAX];
	struct pmu_role_state role[ROLE_MAX];
	struct pmu_plan plan;
	/* A role was refused for want of a right, and pgtop-opener, which might have it, could
	 * not be asked. */
	bool refused;
};

/**
 * pmu_core_init - find out what the cores of @device count
 * @cpu: one of them, online: events are opened and tried there
 * @mapped: the events configured for the roles; those of others are left to pmu_role_event()
 *
 * Returns 0 or -ENOMEM; pmu_core_done() is due in either case.  What cannot be counted is in
 * @ret->role.
 */
int pmu_core_init(const struct host *h, const struct pmu_device *device, unsigned int cpu,
		  const struct pmu_mappings *mapped, struct pmu_core *ret);
/** pmu_core_done - free what a core holds; half-built and zeroed ones too */
void pmu_core_done(struct pmu_core *c);

#endif
