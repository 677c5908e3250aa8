// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/opener.h"
#include "pmu/pmu_core.h"
#include "pmu/pmu_trial.h"
#include "util/file.h"
#include "util/util.h"

#define WHY_BYTES 320

#define NAME_EVENT                                                                            \
	"name an event of this core with --event ROLE=EVENT, where there are several types "  \
	"of core one for each with --event ROLE=PMU/TERM=VALUE,.../"
#define NO_PMU                                                                                \
	"this machine shows no hardware PMU (a hypervisor may hide it, or the kernel lacks "  \
	"its driver)"
#define NO_PMU_REMEDY                                                                         \
	"give the guest a virtual PMU, or substitute a software event (--event "              \
	"ROLE=minor-faults), which then counts no TLB misses"

/* What is under construction. */
struct setup {
	const struct host *host;
	struct pmu_core *core;
	unsigned int cpu;
	struct pmu_trial *trial; /* made when the first hardware event needs it */
};

__attribute__((format(printf, 4, 5))) static int drop(struct pmu_core *c, enum pmu_role role,
						      const char *remedy, const char *fmt, ...)
{
	char *why = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&why, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	free(c->role[role].why);
	c->role[role].why = why;
	c->role[role].remedy = remedy;
	c->events[role].n = 0;
	return 0;
}

static int parse_events(const struct setup *s, enum pmu_role role, const char *text)
{
	struct pmu_role_events events = { .n = 0 };
	char why[WHY_BYTES];
	int r;

	for (;;) {
		size_t len = pmu_event_len(text);

		if (events.n == PMU_PARTS_MAX)
			return drop(s->core, role, NULL, "more than %d events for one role",
				    PMU_PARTS_MAX);
		r = pmu_event_parse(s->host, &s->core->device, text, len,
				    &events.event[events.n], why, sizeof(why));
		if (r == -ENOMEM)
			return r;
		if (r)
			return drop(s->core, role, NAME_EVENT, "%s", why);
		events.n++;
		if (!text[len])
			break;
		text += len + 1;
	}
	s->core->events[role] = events;
	return 0;
}

/* Cores without a PMU, on a machine without any or beside cores that have one. */
static int drop_without_pmu(const struct setup *s, enum pmu_role role)
{
	char why[WHY_BYTES];

	if (s->core->device.error)
		return drop(s->core, role,
			    file_remedy(s->host->root, s->core->device.error, PMU_DIR), "%s",
			    file_why(s->core->device.error, PMU_DIR, why, sizeof(why)));
	if (!s->core->device.others)
		return drop(s->core, role, NO_PMU_REMEDY, NO_PMU);
	return drop(s->core, role, NULL,
		    "CPU %u belongs to no PMU (its driver or its node in the device tree is "
		    "missing)",
		    s->cpu);
}

static int pmu_core_resolve(const struct setup *s, const struct pmu_core_id *id,
			    enum pmu_role role, const struct pmu_mappings *mapped)
{
	_cleanup_free_ char *own = NULL;
	struct pmu_core *c = s->core;
	const char *text;

	if (pmu_mappings_find(s->host, mapped, role, &c->device, &own))
		return -ENOMEM;
	text = own ? own : pmu_role_event(id, role);
	if (!c->device.name[0] && !own)
		return drop_without_pmu(s, role);
	if (!text)
		return drop(c, role, NAME_EVENT, "no event for it is known on this core type");
	c->role[role].event = strdup(text);
	return c->role[role].event ? parse_events(s, role, text) : -ENOMEM;
}

/* Drop @role, as @err of opening @event says. */
static int drop_refused(const struct setup *s, enum pmu_role role, int err, const char *event)
{
	char why[WHY_BYTES];
	const char *remedy;

	if ((err == -EACCES || err == -EPERM) && opener_error(s->host->opener))
		s->core->refused = true;
	pmu_open_why(s->host, err, event, why, sizeof(why), &remedy);
	return drop(s->core, role, remedy, "%s", why);
}

/* Each event by itself: the reason is told of the event it belongs to. */
static int open_alone(const struct setup *s, enum pmu_role role)
{
	const struct pmu_role_events *events = &s->core->events[role];
	struct pmu_group alone = { .n = 1 };

	for (unsigned int i = 0; i < events->n; i++) {
		const struct pmu_event *e = &events->event[i];
		struct pmu_counters counters;
		int r;

		alone.slot[0] = (struct pmu_slot){ .role = role, .part = i };
		if (!s->core->device.name[0] && !pmu_event_is_software(e))
			return drop_without_pmu(s, role);
		r = pmu_group_open(s->host, &alone, s->core->events, MODE_USER, s->cpu,
				   &counters, NULL);
		if (r)
			return drop_refused(s, role, r, e->name);
		pmu_counters_close(&counters);
	}
	return 0;
}

static bool needs_trial(const struct setup *s, const struct pmu_group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct pmu_slot *slot = &g->slot[i];

		if (!pmu_event_is_software(&s->core->events[slot->role].event[slot->part]))
			return true;
	}
	return false;
}

static int try_group(struct setup *s, const struct pmu_group *g, struct pmu_trial_result *ret)
{
	struct pmu_counters counters;
	int r = 0;

	*ret = (struct pmu_trial_result){ .ran = true };
	if (!needs_trial(s, g)) {
		r = pmu_group_open(s->host, g, s->core->events, MODE_USER, s->cpu, &counters,
				   NULL);
		if (!r)
			pmu_counters_close(&counters);
		ret->tried = true;
		return r;
	}
	if (!s->trial)
		r = pmu_trial_new(s->host, &s->trial);
	return r ? r : pmu_trial_group(s->trial, g, s->core->events, s->cpu, ret, NULL);
}

static void make_plan(const struct pmu_core *c, size_t max, struct pmu_plan *ret)
{
	unsigned int parts[ROLE_MAX];

	for (int i = 0; i < ROLE_MAX; i++)
		parts[i] = c->events[i].n;
	pmu_plan_make(parts, max, ret);
}

/*
 * A group that cannot be had as a whole: smaller groups, or without its last role.
 * Returns 1 when the plan has to be made again, or -ENOMEM.
 */
static int pmu_core_shrink(struct setup *s, const struct pmu_group *g, int err, size_t *max)
{
	enum pmu_role last = g->slot[g->n - 1].role;
	struct pmu_plan smaller;
	char why[WHY_BYTES];
	const char *remedy;
	int r;

	make_plan(s->core, g->n - 1, &smaller);
	if (smaller.n > s->core->plan.n) {
		*max = g->n - 1;
		return 1;
	}
	if (err) {
		pmu_open_why(s->host, err, s->core->role[last].event, why, sizeof(why),
			     &remedy);
		r = drop(s->core, last, remedy, "%s (together with %s)", why,
			 pmu_role_name(g->slot[0].role));
	} else {
		r = drop(s->core, last,
			 "stop the other user of the PMU (another profiler, "
			 "kernel.nmi_watchdog)",
			 "%s opened but never got a counter", s->core->role[last].event);
	}
	return r ? r : 1;
}

/* Returns 1 when a role was dropped, 0 if none was, or -ENOMEM. */
static int drop_silent(struct setup *s, const struct pmu_trial_result *result)
{
	int dropped = 0;

	for (int i = 0; i < ROLE_MAX; i++) {
		if (!result->silent[i])
			continue;
		if (drop(s->core, i, NAME_EVENT,
			 "%s opens but counts nothing: this core does not have it",
			 s->core->role[i].event))
			return -ENOMEM;
		dropped = 1;
	}
	return dropped;
}

static void mark_untested(struct pmu_core *c, const struct pmu_group *g)
{
	for (size_t i = 0; i < g->n; i++)
		c->role[g->slot[i].role].untested = true;
}

/* Returns 0 when every group of the plan works, 1 to make another plan, or -ENOMEM. */
static int try_plan(struct setup *s, size_t *max)
{
	for (size_t i = 0; i < s->core->plan.n; i++) {
		const struct pmu_group *g = &s->core->plan.group[i];
		struct pmu_trial_result result;
		int r = try_group(s, g, &result);

		if (r == -ENOMEM)
			return r;
		if (!r && !result.tried)
			mark_untested(s->core, g);
		else if (r || !result.ran)
			r = pmu_core_shrink(s, g, r, max);
		else
			r = drop_silent(s, &result);
		if (r)
			return r;
	}
	return 0;
}

/* Each round either drops a role or makes the groups smaller, so it ends. */
static int settle_plan(struct setup *s)
{
	size_t max = PMU_GROUP_MAX;
	int r;

	do {
		make_plan(s->core, max, &s->core->plan);
		r = try_plan(s, &max);
	} while (r > 0);
	return r;
}

int pmu_core_init(const struct host *h, const struct pmu_device *device, unsigned int cpu,
		  const struct pmu_mappings *mapped, struct pmu_core *ret)
{
	struct setup s = { .host = h, .core = ret, .cpu = cpu };
	struct pmu_core_id id;
	int r = 0;

	*ret = (struct pmu_core){ .device = *device };
	pmu_core_id_read(h, device->pmuv3, cpu, &id);
	for (int i = 0; !r && i < ROLE_MAX; i++)
		r = pmu_core_resolve(&s, &id, i, mapped);
	for (int i = 0; !r && i < ROLE_MAX; i++)
		r = open_alone(&s, i);
	if (!r)
		r = settle_plan(&s);
	pmu_trial_free(s.trial);
	return r;
}

void pmu_core_done(struct pmu_core *c)
{
	for (int i = 0; i < ROLE_MAX; i++) {
		free(c->role[i].event);
		free(c->role[i].why);
	}
	*c = (struct pmu_core){ 0 };
}
