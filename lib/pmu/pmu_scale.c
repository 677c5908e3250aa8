// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "pmu/pmu_scale.h"

int pmu_counts_parse(const uint64_t *words, size_t n_words, size_t members,
		     struct pmu_counts *ret)
{
	struct pmu_counts c = { .n = members };

	if (!n_words)
		return -ENODATA;
	if (members > PMU_GROUP_MAX || n_words != 3 + members || words[0] != members)
		return -EBADMSG;
	c.enabled = words[1];
	c.running = words[2];
	for (size_t i = 0; i < members; i++)
		c.count[i] = words[3 + i];
	*ret = c;
	return 0;
}

enum pmu_verdict pmu_counts_delta(const struct pmu_counts *older,
				  const struct pmu_counts *newer, struct pmu_counts *ret)
{
	struct pmu_counts d = { .n = newer->n };

	if (newer->n != older->n || newer->enabled < older->enabled ||
	    newer->running < older->running)
		return PMU_REJECTED;
	d.enabled = newer->enabled - older->enabled;
	d.running = newer->running - older->running;
	for (size_t i = 0; i < d.n; i++) {
		if (newer->count[i] < older->count[i])
			return PMU_REJECTED;
		d.count[i] = newer->count[i] - older->count[i];
	}
	*ret = d;
	if (d.running >= d.enabled)
		return PMU_EXACT;
	if (d.running && d.running >= pmu_scale(d.enabled, PMU_MIN_RUNNING_PERCENT, 100))
		return PMU_SCALED;
	return d.enabled < PMU_MIN_WINDOW_NS ? PMU_DEFERRED : PMU_REJECTED;
}

uint64_t pmu_scale(uint64_t n, uint64_t whole, uint64_t part)
{
	unsigned __int128 wide;

	if (!part)
		return UINT64_MAX;
	wide = ((unsigned __int128)n * whole + part / 2) / part;
	return wide > UINT64_MAX ? UINT64_MAX : wide;
}
