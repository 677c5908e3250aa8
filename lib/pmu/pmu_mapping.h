/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_mapping.h - the events users give the roles, on machines of one or several core types
 *
 * An event of a named PMU is for the cores of that PMU: in "walk_cycles=cpu_core/E/" and
 * "walk_cycles=cpu_atom/F/", or "walk_cycles=cpu_core/E/+cpu_atom/F/", each type of core gets
 * its own and the counts add up.  Any other event is for all cores.
 */
#ifndef PGTOP_PMU_MAPPING_H
#define PGTOP_PMU_MAPPING_H

#include <stddef.h>

#include "pmu/pmu_device.h"
#include "pmu/pmu_roles.h"

/* All zero: there are none. */
struct pmu_mappings {
	struct pmu_mapping {
		enum pmu_role role;
		char *events; /* "EVENT[+EVENT...]" */
	} * list;
	size_t n;
};

/** pmu_mappings_add - @events is copied.  Returns 0 or -ENOMEM. */
int pmu_mappings_add(struct pmu_mappings *m, enum pmu_role role, const char *events);
/** pmu_mappings_done - free what @m holds */
void pmu_mappings_done(struct pmu_mappings *m);

/**
 * pmu_mappings_find - the events that @m gives @role on cores of @core
 * @ret: "EVENT[+EVENT...]", freed by the caller; NULL: none
 *
 * The last mapping with an event for these cores is taken, without its events for others.
 * Returns 0 or -ENOMEM.
 */
int pmu_mappings_find(const struct host *h, const struct pmu_mappings *m, enum pmu_role role,
		      const struct pmu_device *core, char **ret);

#endif
