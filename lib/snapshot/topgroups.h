/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topgroups.h - the busiest cgroups as a bounded set of counters, and all others as one
 *
 * An exporter must not give every cgroup a series: they come and go by the thousand.  At most
 * @max are shown; what the others do is added to "other".  The counters shown only grow, and
 * what they grow by in an update adds up to what all cgroups did:
 *
 * - a cgroup that is admitted starts from 0 with what it just did: what it did before is in
 *   "other" for good;
 * - one that is shown stays until it is gone or, for TOPGROUPS_PATIENCE updates in a row, did
 *   less than half of what the busiest one not shown did; then it gives its place to that one
 *   and its series ends;
 * - one that is removed and made anew under the same path (a service that starts again) goes
 *   on: no path is shown twice.  Without a path, or with one that is no UTF-8, a cgroup is
 *   one of the others.
 */
#ifndef PGTOP_TOPGROUPS_H
#define PGTOP_TOPGROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"

#define TOPGROUPS_PATIENCE 6

struct topgroups;

/** topgroups_new - for column @column of TABLE_CGROUP, at most @max; NULL without memory */
struct topgroups *topgroups_new(const char *column, size_t max);
/** topgroups_free - NULL is accepted */
void topgroups_free(struct topgroups *t);

/**
 * topgroups_update - take in what changed
 * @delta: a snapshot_diff(); a cgroup whose change is unknown in it is left out
 *
 * Returns 0 or -ENOMEM.
 */
int topgroups_update(struct topgroups *t, const struct snapshot *delta);

struct topgroup {
	const char *path; /* owned by the set, valid until the next update */
	uint64_t n;
};

/**
 * topgroups_list - those shown, in no particular order
 * @other: all the rest
 *
 * Owned by the set, valid until the next update.  Until a first update knew the column, @n is
 * 0 and NULL is returned: nothing is known.
 */
const struct topgroup *topgroups_list(const struct topgroups *t, size_t *n, uint64_t *other);

#endif
