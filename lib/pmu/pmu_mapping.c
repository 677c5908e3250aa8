// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pmu/pmu_event.h"
#include "pmu/pmu_mapping.h"
#include "util/array.h"
#include "util/util.h"

int pmu_mappings_add(struct pmu_mappings *m, enum pmu_role role, const char *events)
{
	char *copy = strdup(events);

	if (!copy || array_reserve_one(&m->list, m->n, sizeof(*m->list))) {
		free(copy);
		return -ENOMEM;
	}
	m->list[m->n++] = (struct pmu_mapping){ role, copy };
	return 0;
}

void pmu_mappings_done(struct pmu_mappings *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->list[i].events);
	free(m->list);
	*m = (struct pmu_mappings){ 0 };
}

/* Whether the event names a PMU of cores, and not @core. */
static bool is_for_others(const struct host *h, const struct pmu_device *core,
			  const char *event, size_t len)
{
	const char *slash = memchr(event, '/', len);
	size_t n = slash ? (size_t)(slash - event) : 0;
	char name[PMU_NAME_BYTES];
	struct pmu_device d;

	if (!pmu_name_ok(event, n))
		return false;
	memcpy(name, event, n);
	name[n] = '\0';
	return strcmp(name, core->name) && !pmu_device_read(h, name, &d) &&
	       cpulist_count(&d.cpus);
}

/* Copy the events for these cores to @own, which has room for all.  Returns whether any is. */
static bool take_own(const struct host *h, const struct pmu_device *core, const char *events,
		     char *own)
{
	char *at = own;
	size_t len, n = 0;

	for (;; events += len + 1) {
		len = pmu_event_len(events);
		if (!is_for_others(h, core, events, len)) {
			if (n++)
				*at++ = '+';
			memcpy(at, events, len);
			at += len;
			*at = '\0';
		}
		if (!events[len])
			break;
	}
	return n > 0;
}

int pmu_mappings_find(const struct host *h, const struct pmu_mappings *m, enum pmu_role role,
		      const struct pmu_device *core, char **ret)
{
	*ret = NULL;
	for (size_t i = m->n; i-- > 0 && !*ret;) {
		char *own;

		if (m->list[i].role != role)
			continue;
		own = malloc(strlen(m->list[i].events) + 1);
		if (!own)
			return -ENOMEM;
		if (take_own(h, core, m->list[i].events, own))
			*ret = own;
		else
			free(own);
	}
	return 0;
}
