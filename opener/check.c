// SPDX-License-Identifier: GPL-2.0-only
#include <linux/perf_event.h>
#include <string.h>

#include "check.h"

/* perf_event_open(2): of the generic hardware types, where the PMU of a hybrid machine is. */
#define EXTENDED_TYPE_SHIFT 32

static const char *const opener_functions[] = {
#define F(name) #name,
	OPENER_FUNCTIONS(F)
#undef F
};

const char *check_function(unsigned int n)
{
	return n < sizeof(opener_functions) / sizeof(*opener_functions) ? opener_functions[n]
									: NULL;
}

/* Those that count; not BPF_OUTPUT and CGROUP_SWITCHES, which tell others something. */
static bool check_software(const struct opener_event *e)
{
	return e->config[0] <= PERF_COUNT_SW_DUMMY && !e->config[1] && !e->config[2];
}

static bool check_event(const struct opener_event *e, const struct pmus *machine)
{
	unsigned long long pmu = e->config[0] >> EXTENDED_TYPE_SHIFT;

	switch (e->type) {
	case PERF_TYPE_SOFTWARE:
		return check_software(e);
	case PERF_TYPE_HARDWARE:
	case PERF_TYPE_HW_CACHE:
		return !pmu || pmus_is_core(machine, pmu);
	case PERF_TYPE_RAW:
		return true;
	default:
		return pmus_is_core(machine, e->type);
	}
}

static bool check_count(const struct opener_request *q, const struct pmus *machine)
{
	static const struct opener_event none;

	if (!q->n || q->n > OPENER_EVENTS || q->mode > OPENER_KERNEL || q->function)
		return false;
	for (unsigned int i = 0; i < OPENER_EVENTS; i++) {
		if (i < q->n ? !check_event(&q->event[i], machine)
			     : memcmp(&q->event[i], &none, sizeof(none)) != 0)
			return false;
	}
	return true;
}

/* What an operation does not need is zero. */
static bool check_no_events(const struct opener_request *q)
{
	static const struct opener_event none[OPENER_EVENTS];

	return !q->n && !memcmp(q->event, none, sizeof(none));
}

bool check_request(const struct opener_request *q, size_t len, const struct pmus *machine)
{
	if (len != sizeof(*q) || q->version != OPENER_VERSION)
		return false;
	switch (q->operation) {
	case OPENER_HELLO:
		return check_no_events(q) && !q->cpu && !q->mode && !q->function;
	case OPENER_COUNT:
		return check_count(q, machine);
	case OPENER_KPROBE:
		return machine->have_kprobe && check_no_events(q) &&
		       q->mode <= OPENER_RETURN && check_function(q->function);
	default:
		return false;
	}
}
