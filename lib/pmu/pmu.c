// SPDX-License-Identifier: GPL-2.0-only
/* What the performance counters of the CPUs say, user and kernel mode apart. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "util/array.h"
#include "host/cpus.h"
#include "util/file.h"
#include "host/opener.h"
#include "pmu/pmu_core.h"
#include "snapshot/source.h"
#include "util/util.h"

#define WHY_BYTES 512

/* A type of core, set up when the first CPU of it is seen, and what its CPUs have counted. */
struct pmu_type {
	struct pmu_core core;
	bool ready;
	struct pmu_total {
		uint64_t count, enabled, running;
	} total[ROLE_MAX][MODE_MAX];
};

/* What could not be opened is tried again at one reading of so many. */
#define RETRY_READINGS 4

/* Descriptors the rest of the program needs; counters never take the last ones. */
#define SPARE_FILES 128

struct pmu_cpu {
	const struct host *host;
	unsigned int id;
	size_t *files_left; /* of struct pmu */
	struct pmu_type *type;
	struct pmu_counters counters[MODE_MAX][PMU_PLAN_MAX];
	int err[MODE_MAX][PMU_PLAN_MAX]; /* why that group is not open */
	unsigned int readings;
};

struct pmu {
	const struct host *host;
	struct probe *probe;
	struct pmu_mappings mapped;
	/* One for each PMU, and a last one for CPUs that belong to none. */
	struct pmu_type *types;
	size_t ntypes;
	struct pmu_cpu **cpus; /* those online */
	size_t ncpus;
	int online_err; /* of reading which are */
	bool virtual;	/* the list of those is made up for a container: all are taken */
	char why_virtual[256];
	size_t files_left;
};

/* Why a count is unknown in this one reading; NULL: it is known. */
struct verdicts {
	const char *why[ROLE_MAX][MODE_MAX];
};

static bool pmu_exports(const struct pmu_group *g, size_t slot)
{
	return !g->slot[slot].part && !(g->anchored && g->slot[slot].role == g->slot[0].role);
}

/* --- CPUs come and go ------------------------------------------------------- */

static void open_group(struct pmu_cpu *cpu, enum pmu_mode mode, size_t group)
{
	const struct pmu_core *core = &cpu->type->core;
	const struct pmu_group *g = &core->plan.group[group];
	int r = -EMFILE;

	if (g->n <= *cpu->files_left)
		r = pmu_group_open(cpu->host, g, core->events, mode, cpu->id,
				   &cpu->counters[mode][group], NULL);
	if (!r)
		*cpu->files_left -= g->n;
	cpu->err[mode][group] = r;
}

static void close_group(struct pmu_cpu *cpu, enum pmu_mode mode, size_t group)
{
	*cpu->files_left += cpu->counters[mode][group].n;
	pmu_counters_close(&cpu->counters[mode][group]);
}

static void cpu_free(struct pmu_cpu *cpu)
{
	for (int mode = 0; mode < MODE_MAX; mode++) {
		for (size_t i = 0; i < PMU_PLAN_MAX; i++)
			close_group(cpu, mode, i);
	}
	free(cpu);
}

/* The type @cpu is of; a PMU lists the CPUs it knows, which may be more after a hotplug. */
static struct pmu_type *find_type(struct pmu *p, unsigned int cpu)
{
	for (size_t i = 0; i + 1 < p->ntypes; i++) {
		if (cpulist_has(&p->types[i].core.device.cpus, cpu))
			return &p->types[i];
	}
	for (size_t i = 0; i + 1 < p->ntypes; i++) {
		struct pmu_device *d = &p->types[i].core.device, now;

		if (!pmu_device_read(p->host, d->name, &now) && cpulist_has(&now.cpus, cpu)) {
			d->cpus = now.cpus;
			return &p->types[i];
		}
	}
	return &p->types[p->ntypes - 1];
}

static int prepare_type(struct pmu *p, struct pmu_type *t, unsigned int cpu)
{
	struct pmu_device device = t->core.device;
	int r;

	if (t->ready)
		return 0;
	r = pmu_core_init(p->host, &device, cpu, &p->mapped, &t->core);
	t->ready = !r;
	return r;
}

static int cpu_new(struct pmu *p, unsigned int id, struct pmu_cpu **ret)
{
	struct pmu_type *type = find_type(p, id);
	struct pmu_cpu *cpu;
	int r = prepare_type(p, type, id);

	if (r)
		return r;
	cpu = calloc(1, sizeof(*cpu));
	if (!cpu)
		return -ENOMEM;
	cpu->host = p->host;
	cpu->id = id;
	cpu->type = type;
	cpu->files_left = &p->files_left;
	for (int mode = 0; mode < MODE_MAX; mode++) {
		for (size_t i = 0; i < type->core.plan.n; i++)
			open_group(cpu, mode, i);
	}
	*ret = cpu;
	return 0;
}

/* Drop the CPUs that are not in @online any more; take the others out of it. */
static void drop_offline(struct pmu *p, struct cpulist *online)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->ncpus; i++) {
		struct pmu_cpu *cpu = p->cpus[i];

		if (cpulist_has(online, cpu->id)) {
			online->bits[cpu->id / 64] &= ~(1ull << (cpu->id % 64));
			p->cpus[kept++] = cpu;
		} else {
			cpu_free(cpu);
		}
	}
	p->ncpus = kept;
}

static void forget_cpus(struct pmu *p, const struct pmu_type *type)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->ncpus; i++) {
		if (p->cpus[i]->type == type)
			cpu_free(p->cpus[i]);
		else
			p->cpus[kept++] = p->cpus[i];
	}
	p->ncpus = kept;
}

/*
 * The opener was not there when a type was set up, and is now: find out anew what it counts.
 * Returns whether any was; follow_hotplug() does it.
 */
static bool renew_refused(struct pmu *p)
{
	bool renewed = false;

	for (size_t i = 0; i < p->ntypes; i++) {
		struct pmu_type *t = &p->types[i];
		struct pmu_device device = t->core.device;

		if (!t->ready || !t->core.refused || opener_reach(p->host->opener))
			continue;
		forget_cpus(p, t);
		pmu_core_done(&t->core);
		t->core.device = device;
		t->ready = false;
		renewed = true;
	}
	return renewed;
}

static int follow_hotplug(struct pmu *p)
{
	struct cpulist online;
	int r = cpus_online(p->host->root, p->virtual, &online);

	if (r == -ENOMEM)
		return r;
	p->online_err = r;
	if (r)
		return 0;
	drop_offline(p, &online);
	cpulist_for_each(id, &online)
	{
		r = array_reserve_one(&p->cpus, p->ncpus, sizeof(*p->cpus));
		if (!r)
			r = cpu_new(p, id, &p->cpus[p->ncpus]);
		if (r)
			return r;
		p->ncpus++;
	}
	return 0;
}

/* --- reading ---------------------------------------------------------------- */

static void pmu_reject(struct verdicts *v, const struct pmu_group *g, enum pmu_mode mode,
		       const char *why)
{
	for (size_t i = 0; i < g->n; i++) {
		if (pmu_exports(g, i))
			v->why[g->slot[i].role][mode] = why;
	}
}

/* Also of what is rejected: it is the share that tells why. */
static void account_time(struct pmu_cpu *cpu, enum pmu_mode mode, const struct pmu_group *g,
			 const struct pmu_counts *delta)
{
	for (size_t i = 0; i < g->n; i++) {
		struct pmu_total *t = &cpu->type->total[g->slot[i].role][mode];

		if (!pmu_exports(g, i))
			continue;
		t->enabled += delta->enabled;
		t->running += delta->running;
	}
}

static void pmu_account(struct pmu_cpu *cpu, enum pmu_mode mode, const struct pmu_group *g,
			const struct pmu_counts *delta, const uint64_t sum[ROLE_MAX])
{
	for (size_t i = 0; i < g->n; i++) {
		struct pmu_total *t = &cpu->type->total[g->slot[i].role][mode];

		if (!pmu_exports(g, i))
			continue;
		t->count += sum[g->slot[i].role];
	}
	account_time(cpu, mode, g, delta);
}

/* Counters the kernel took away, as it does when their CPU was offline between two readings.
 */
static enum pmu_verdict pmu_reopen(struct pmu_cpu *cpu, enum pmu_mode mode, size_t group,
				   struct snapshot *s, struct verdicts *v)
{
	close_group(cpu, mode, group);
	open_group(cpu, mode, group);
	pmu_reject(v, &cpu->type->core.plan.group[group], mode,
		   snapshot_intern(s, "CPU %u lost its counters and started again", cpu->id));
	return PMU_DEFERRED;
}

/* What keeps a group from being opened can pass: a CPU that was just coming, a full table. */
static enum pmu_verdict pmu_retry(struct pmu_cpu *cpu, enum pmu_mode mode, size_t group,
				  struct snapshot *s, struct verdicts *v)
{
	open_group(cpu, mode, group);
	if (!cpu->err[mode][group])
		pmu_reject(v, &cpu->type->core.plan.group[group], mode,
			   snapshot_intern(s, "CPU %u had no counters until now", cpu->id));
	return PMU_DEFERRED;
}

static enum pmu_verdict read_group(struct pmu_cpu *cpu, enum pmu_mode mode, size_t group,
				   struct snapshot *s, struct verdicts *v,
				   struct pmu_counts *now, struct pmu_counts *delta)
{
	struct pmu_counters *c = &cpu->counters[mode][group];
	enum pmu_verdict verdict;

	if (cpu->err[mode][group])
		return cpu->readings % RETRY_READINGS ? PMU_DEFERRED
						      : pmu_retry(cpu, mode, group, s, v);
	if (pmu_counters_read(c, now))
		return pmu_reopen(cpu, mode, group, s, v);
	verdict = pmu_counts_delta(&c->base, now, delta);
	if (verdict == PMU_REJECTED) {
		c->base = *now;
		pmu_reject(v, &cpu->type->core.plan.group[group], mode,
			   snapshot_intern(s,
					   "the events had the PMU of CPU %u for %" PRIu64
					   "%% of the time only (others use it too)",
					   cpu->id,
					   delta->enabled ? pmu_scale(delta->running, 100,
								      delta->enabled)
							  : 0));
	}
	return verdict;
}

/* A total that stays as it was told before would pass for a change of 0. */
static void pmu_defer(struct pmu_cpu *cpu, enum pmu_mode mode, size_t group,
		      struct verdicts *v)
{
	const struct pmu_group *g = &cpu->type->core.plan.group[group];

	if (cpu->counters[mode][group].told)
		pmu_reject(v, g, mode,
			   "the interval was too short for events that take turns on the PMU");
}

static bool pmu_counted(enum pmu_verdict v)
{
	return v == PMU_EXACT || v == PMU_SCALED;
}

static void read_mode(struct pmu_cpu *cpu, enum pmu_mode mode, struct snapshot *s,
		      struct verdicts *v)
{
	const struct pmu_plan *plan = &cpu->type->core.plan;
	struct pmu_counts now[PMU_PLAN_MAX], delta[PMU_PLAN_MAX] = { 0 };
	enum pmu_verdict verdict[PMU_PLAN_MAX];
	uint64_t leader[PMU_PLAN_MAX] = { 0 };

	for (size_t i = 0; i < plan->n; i++)
		verdict[i] = read_group(cpu, mode, i, s, v, &now[i], &delta[i]);
	for (size_t i = 0; i < plan->n; i++) {
		const struct pmu_group *g = &plan->group[i];
		uint64_t sum[ROLE_MAX] = { 0 };

		if (verdict[i] == PMU_REJECTED)
			account_time(cpu, mode, g, &delta[i]);
		/* Without its anchor it would be scaled another way: leave it for later. */
		if (!pmu_counted(verdict[i]) || (g->anchored && verdict[i] == PMU_SCALED &&
						 !pmu_counted(verdict[g->anchor]))) {
			if (verdict[i] != PMU_REJECTED)
				pmu_defer(cpu, mode, i, v);
			continue;
		}
		pmu_group_sums(g, &delta[i], verdict[i], g->anchored ? leader[g->anchor] : 0,
			       sum);
		leader[i] = sum[g->slot[0].role];
		pmu_account(cpu, mode, g, &delta[i], sum);
		cpu->counters[mode][i].base = now[i];
	}
	for (size_t i = 0; i < plan->n; i++)
		cpu->counters[mode][i].told = true;
}

/* --- what is known ---------------------------------------------------------- */

/* The group in which @role is counted and exported, or NULL. */
static const struct pmu_group *find_group(const struct pmu_core *core, enum pmu_role role)
{
	for (size_t i = 0; i < core->plan.n; i++) {
		const struct pmu_group *g = &core->plan.group[i];

		for (size_t k = 0; k < g->n; k++) {
			if (g->slot[k].role == role && pmu_exports(g, k))
				return g;
		}
	}
	return NULL;
}

/* Returns NULL when @cpu counts @role, else why it does not. */
static const char *cpu_lacks(const struct pmu *p, const struct pmu_cpu *cpu,
			     enum pmu_role role, enum pmu_mode mode, char *buf, size_t len,
			     const char **remedy)
{
	const struct pmu_role_state *state = &cpu->type->core.role[role];
	const struct pmu_group *g = find_group(&cpu->type->core, role);
	int err = g ? cpu->err[mode][g - cpu->type->core.plan.group] : 0;

	if (g && !err)
		return NULL;
	if (g)
		return pmu_open_why(p->host, err, state->event, buf, len, remedy);
	*remedy = state->remedy;
	return state->why;
}

/* Returns NULL when every CPU counts @role, else why not. */
static const char *pmu_lacks(const struct pmu *p, enum pmu_role role, enum pmu_mode mode,
			     char *buf, size_t len, const char **remedy)
{
	const char *first = NULL, *its_remedy = NULL, *why;
	char text[WHY_BYTES], later[WHY_BYTES];
	size_t without = 0;

	*remedy = NULL;
	if (p->online_err) {
		*remedy = file_remedy(p->host->root, p->online_err, CPUS_ONLINE);
		return file_why(p->online_err, CPUS_ONLINE, buf, len);
	}
	if (!p->ncpus)
		return CPUS_ONLINE " names no CPU";
	for (size_t i = 0; i < p->ncpus; i++) {
		why = cpu_lacks(p, p->cpus[i], role, mode, first ? later : text, sizeof(text),
				&its_remedy);
		if (why && !without++) {
			first = why;
			*remedy = its_remedy;
		}
	}
	if (!without)
		return NULL;
	if (without == p->ncpus)
		snprintf(buf, len, "%s", first);
	else
		snprintf(buf, len, "counted on %zu of %zu CPUs only: %s", p->ncpus - without,
			 p->ncpus, first);
	return buf;
}

/* "perf dtlb_walk", with the other events of the role on other types of core. */
static const char *pmu_via(const struct pmu *p, enum pmu_role role, char *buf, size_t len)
{
	size_t at = snprintf(buf, len, "perf");
	const char *last = NULL;

	for (size_t i = 0; i < p->ntypes; i++) {
		const struct pmu_core *core = &p->types[i].core;

		if (!p->types[i].ready || !core->events[role].n ||
		    (last && !strcmp(last, core->role[role].event)) || at >= len)
			continue;
		at += snprintf(buf + at, len - at, "%s %s", last ? "," : "",
			       core->role[role].event);
		last = core->role[role].event;
	}
	return buf;
}

static void fill_field(const struct pmu *p, enum pmu_role role, enum pmu_mode mode,
		       const char *why_now, struct snapshot *s)
{
	enum snapshot_field_id id = pmu_role_field(role, mode);
	char buf[WHY_BYTES];
	const char *remedy, *why = pmu_lacks(p, role, mode, buf, sizeof(buf), &remedy);
	uint64_t sum = 0;

	if (!why)
		why = why_now;
	if (why) {
		snapshot_lacks(s, id, why);
		return;
	}
	for (size_t i = 0; i < p->ntypes; i++)
		sum += p->types[i].total[role][mode].count;
	snapshot_set(s, id, sum, pmu_via(p, role, buf, sizeof(buf)));
}

static void fill_row(const struct pmu_type *type, size_t type_no, enum pmu_role role,
		     enum pmu_mode mode, struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_PMU_EVENT);
	size_t enabled = table_column(t, "enabled", VALUE_COUNTER, UNIT_NS);
	size_t running = table_column(t, "running", VALUE_COUNTER, UNIT_NS);
	size_t supported = table_column(t, "supported", VALUE_GAUGE, UNIT_COUNT);
	const struct pmu_role_state *state = &type->core.role[role];
	const struct pmu_total *total = &type->total[role][mode];
	struct row *row;

	row = table_row(t, (type_no * ROLE_MAX + role) * MODE_MAX + mode,
			snapshot_intern(s, "%s/%s", pmu_role_name(role), pmu_mode_name(mode)));
	row_label(t, row, 1, state->event);
	row_set(t, row, supported, !state->why, "perf_event_open");
	if (state->why) {
		row_lacks(t, row, enabled, state->why);
		row_lacks(t, row, running, state->why);
	} else {
		row_set(t, row, enabled, total->enabled, "perf_event_open");
		row_set(t, row, running, total->running, "perf_event_open");
	}
}

static bool is_unsplit(const struct pmu *p, enum pmu_role role)
{
	for (size_t i = 0; i < p->ntypes; i++) {
		for (unsigned int k = 0; k < p->types[i].core.events[role].n; k++) {
			if (p->types[i].core.events[role].event[k].unsplit)
				return true;
		}
	}
	return false;
}

static bool is_untested(const struct pmu *p, enum pmu_role role)
{
	for (size_t i = 0; i < p->ntypes; i++) {
		if (p->types[i].core.role[role].untested)
			return true;
	}
	return false;
}

static void pmu_add_row(const struct pmu *p, struct probe *probe, enum pmu_role role)
{
	char name[32], by[WHY_BYTES], user[WHY_BYTES], kernel[WHY_BYTES];
	const char *user_remedy, *kernel_remedy;
	const char *no_user = pmu_lacks(p, role, MODE_USER, user, sizeof(user), &user_remedy);
	const char *no_kernel =
		pmu_lacks(p, role, MODE_KERNEL, kernel, sizeof(kernel), &kernel_remedy);

	snprintf(name, sizeof(name), "pmu.%s", pmu_role_name(role));
	pmu_via(p, role, by, sizeof(by));
	if (no_user && no_kernel)
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, no_user,
			  user_remedy);
	else if (no_user || no_kernel)
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_DEGRADED, by,
			  no_user ? no_user : no_kernel,
			  no_user ? user_remedy : kernel_remedy);
	else if (is_unsplit(p, role))
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_DEGRADED, by,
			  "a clock runs on in user and in kernel mode alike: both counts are "
			  "the whole time",
			  NULL);
	else if (is_untested(p, role))
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_DEGRADED, by,
			  "whether the event counts was not tested: this process may not run "
			  "on those CPUs",
			  "run pgtop without a CPU affinity or cpuset");
	else if (p->virtual)
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_DEGRADED, by, p->why_virtual,
			  "run pgtop on the host");
	else
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_OK, by, NULL, NULL);
}

static void pmu_add_rows(const struct pmu *p)
{
	for (int role = 0; role < ROLE_MAX; role++)
		pmu_add_row(p, p->probe, role);
}

/* Also opens what CPUs that came, and those that lost theirs, are to count. */
static int read_cpus(struct pmu *p, struct snapshot *s, struct verdicts *v)
{
	bool renewed = renew_refused(p);
	int r = follow_hotplug(p);

	if (!r && renewed)
		pmu_add_rows(p);
	for (size_t i = 0; !r && i < p->ncpus; i++) {
		p->cpus[i]->readings++;
		read_mode(p->cpus[i], MODE_USER, s, v);
		read_mode(p->cpus[i], MODE_KERNEL, s, v);
	}
	opener_rest(p->host->opener);
	return r;
}

static int pmu_read(void *source, struct snapshot *s)
{
	struct verdicts v = { 0 };
	struct pmu *p = source;
	int r = read_cpus(p, s, &v);

	if (r)
		return r;
	for (int role = 0; role < ROLE_MAX; role++) {
		for (int mode = 0; mode < MODE_MAX; mode++) {
			fill_field(p, role, mode, v.why[role][mode], s);
			for (size_t i = 0; i < p->ntypes; i++) {
				if (p->types[i].ready)
					fill_row(&p->types[i], i, role, mode, s);
			}
		}
	}
	return 0;
}

/* --- opening ---------------------------------------------------------------- */

/* A bad mapping gets a row of its own. */
static int take_mappings(struct pmu *p, const char *const *roles, struct probe *probe)
{
	char why[WHY_BYTES];

	for (; roles && *roles; roles++) {
		enum pmu_role role;
		const char *event;

		if (pmu_mapping_parse(*roles, &role, &event, why, sizeof(why))) {
			probe_add(probe, PROBE_MEASUREMENT, "pmu.mapping", PROBE_UNAVAILABLE,
				  NULL, why, "correct --event");
			continue;
		}
		if (pmu_mappings_add(&p->mapped, role, event))
			return -ENOMEM;
	}
	return 0;
}

/* In a container the list of online CPUs may be its own, while events count for all. */
static int find_cpus(struct pmu *p)
{
	char why[128];
	int r = cpus_are_virtual(p->host->root, why, sizeof(why));

	p->virtual = r > 0;
	if (p->virtual)
		snprintf(p->why_virtual, sizeof(p->why_virtual),
			 "which CPUs are online is not known here: %s; all that are present "
			 "are counted",
			 why);
	return r < 0 ? r : 0;
}

static int make_types(struct pmu *p)
{
	_cleanup_free_ struct pmu_device *devices = NULL;
	struct pmu_device without = { .name = "" };
	int r = pmu_devices(p->host, &devices, &p->ntypes);

	if (r == -ENOMEM)
		return r;
	without.error = r;
	without.others = p->ntypes > 0;
	p->types = calloc(p->ntypes + 1, sizeof(*p->types));
	if (!p->types)
		return -ENOMEM;
	for (size_t i = 0; i < p->ntypes; i++)
		p->types[i].core.device = devices[i];
	p->types[p->ntypes++].core.device = without;
	return 0;
}

/*
 * Each CPU needs a descriptor for each event and mode, more than most limits allow on a large
 * machine: raise the limit as far as need be and may be.  Returns how many may be used.
 */
static size_t allow_files(const struct pmu *p)
{
	const rlim_t each = MODE_MAX * PMU_PLAN_MAX * 4;
	struct rlimit limit, higher;
	struct cpulist online;
	rlim_t need;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return SIZE_MAX;
	need = cpus_online(p->host->root, p->virtual, &online) ? 0
							       : each * cpulist_count(&online);
	need += SPARE_FILES;
	if (limit.rlim_cur < need) {
		higher = (struct rlimit){ need, MAX(need, limit.rlim_max) };
		if (setrlimit(RLIMIT_NOFILE, &higher)) {
			higher = (struct rlimit){ limit.rlim_max, limit.rlim_max };
			setrlimit(RLIMIT_NOFILE, &higher);
		}
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > SPARE_FILES ? limit.rlim_cur - SPARE_FILES : 0;
}

static void pmu_close(void *source)
{
	struct pmu *p = source;

	if (!p)
		return;
	for (size_t i = 0; i < p->ncpus; i++)
		cpu_free(p->cpus[i]);
	free(p->cpus);
	for (size_t i = 0; p->types && i < p->ntypes; i++)
		pmu_core_done(&p->types[i].core);
	free(p->types);
	pmu_mappings_done(&p->mapped);
	free(p);
}

static int pmu_open(struct host *h, const struct source_options *o, struct probe *probe,
		    void **ret)
{
	struct pmu *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->host = h;
	p->probe = probe;
	r = find_cpus(p);
	if (!r)
		r = take_mappings(p, o->roles, probe);
	if (!r)
		r = make_types(p);
	if (!r) {
		p->files_left = allow_files(p);
		r = follow_hotplug(p);
		opener_rest(h->opener);
	}
	if (r) {
		pmu_close(p);
		return r;
	}
	pmu_add_rows(p);
	*ret = p;
	return 0;
}

const struct source_class source_pmu = {
	.name = "pmu",
	.open = pmu_open,
	.read = pmu_read,
	.close = pmu_close,
};
