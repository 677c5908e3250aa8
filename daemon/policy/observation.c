// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "policy/observation.h"
#include "pmu/pmu_roles.h"
#include "util/number.h"
#include "util/util.h"

#define NO_READER    "nothing reads it"
#define ATTEMPTS_MIN 100 /* of fewer no share is told: two that fail are no shortage */

static const struct {
	const char *name, *title;
	double floor;
	bool proxy;
} objectives[OBJECTIVES] = {
	[OBJECTIVE_USER_CYCLES] = { "user_tlb_cycles", "share of user cycles spent on the TLB",
				    0.002, false },
	[OBJECTIVE_KERNEL_CYCLES] = { "kernel_tlb_cycles",
				      "share of kernel cycles spent on the TLB", 0.002,
				      false },
	[OBJECTIVE_USER_MPKI] = { "user_mpki", "user TLB walks per 1000 instructions", 0.05,
				  false },
	[OBJECTIVE_KERNEL_MPKI] = { "kernel_mpki", "kernel TLB walks per 1000 instructions",
				    0.05, false },
	/* A fault costs about 1 us: a hundred of them are 0.01 % of a CPU. */
	[OBJECTIVE_FAULTS] = { "minor_faults", "minor faults per CPU-second", 100, true },
};

const char *objective_name(enum objective o)
{
	return objectives[o].name;
}

enum objective objective_named(const char *name)
{
	int o = 0;

	while (o < OBJECTIVES && strcmp(objectives[o].name, name))
		o++;
	return o;
}

const char *objective_title(enum objective o)
{
	return objectives[o].title;
}

bool objective_is_proxy(enum objective o)
{
	return objectives[o].proxy;
}

double objective_floor(enum objective o)
{
	return objectives[o].floor;
}

static struct reading observation_known(double n)
{
	return (struct reading){ .n = n, .known = true };
}

static struct reading observation_unknown(const char *why)
{
	return (struct reading){ .why = why ? why : NO_READER };
}

/* @scale: 1, or what turns the unit of the snapshot into that of the reading */
static struct reading of_value(struct value v, double scale)
{
	return v.known ? observation_known(v.n * scale) : observation_unknown(v.why);
}

static struct reading observation_field(const struct snapshot *s, enum snapshot_field_id id)
{
	return of_value(s->field[id], 1);
}

static struct reading observation_ratio(struct reading part, struct reading whole,
					double scale, const char *why_empty)
{
	if (!part.known || !whole.known)
		return part.known ? whole : part;
	return whole.n > 0 ? observation_known(scale * part.n / whole.n)
			   : observation_unknown(why_empty);
}

static struct reading observation_sum(struct reading a, struct reading b)
{
	if (!a.known || !b.known)
		return a.known ? b : a;
	return observation_known(a.n + b.n);
}

/* Per second of wall time. */
static struct reading observation_rate(const struct snapshot *s, struct reading r)
{
	return observation_ratio(r, observation_known(s->interval_ns * 1e-9), 1,
				 "the window has no length");
}

static struct reading field_rate(const struct snapshot *s, enum snapshot_field_id id)
{
	return observation_rate(s, observation_field(s, id));
}

/* Memory is as short when what it loses is compressed instead of written (zswap). */
static struct reading observation_swap_out(const struct snapshot *s)
{
	struct reading written = field_rate(s, F_VM_SWAP_OUT);
	struct reading compressed = field_rate(s, F_VM_ZSWAP_OUT);

	if (written.known && compressed.known)
		written.n += compressed.n;
	return written;
}

/* Walks for data, and for instructions where they are counted. */
static struct reading observation_mpki(const struct snapshot *s, enum snapshot_field_id data,
				       enum snapshot_field_id code,
				       enum snapshot_field_id instructions)
{
	struct reading d = observation_field(s, data), c = observation_field(s, code);

	if (d.known && c.known)
		d.n += c.n;
	return observation_ratio(d, observation_field(s, instructions), 1000,
				 "no instruction was counted");
}

/* Cycles of walks where the core counts them, else those it stalled for the TLB. */
static struct reading tlb_cycles(const struct snapshot *s, enum snapshot_field_id walk,
				 enum snapshot_field_id stall, enum snapshot_field_id cycles)
{
	struct reading w = observation_field(s, walk), st = observation_field(s, stall);

	return observation_ratio(w.known || !st.known ? w : st, observation_field(s, cycles),
				 1, "no cycle was counted");
}

static void observe_objectives(const struct snapshot *s, struct reading *o)
{
	o[OBJECTIVE_USER_CYCLES] =
		tlb_cycles(s, F_WALK_CYCLES_USER, F_STALL_TLB_USER, F_CYCLES_USER);
	o[OBJECTIVE_KERNEL_CYCLES] =
		tlb_cycles(s, F_WALK_CYCLES_KERNEL, F_STALL_TLB_KERNEL, F_CYCLES_KERNEL);
	o[OBJECTIVE_USER_MPKI] =
		observation_mpki(s, F_DTLB_WALK_USER, F_ITLB_WALK_USER, F_INSTRUCTIONS_USER);
	o[OBJECTIVE_KERNEL_MPKI] = observation_mpki(s, F_DTLB_WALK_KERNEL, F_ITLB_WALK_KERNEL,
						    F_INSTRUCTIONS_KERNEL);
	o[OBJECTIVE_FAULTS] =
		observation_ratio(observation_field(s, F_VM_MINOR_FAULTS),
				  observation_sum(of_value(s->field[F_CPU_USER], 1e-9),
						  of_value(s->field[F_CPU_KERNEL], 1e-9)),
				  1, "the CPUs were idle");
}

static void observe_kernel(const struct snapshot *s, struct observation *ret)
{
	struct reading kernel = observation_field(s, F_CPU_KERNEL);
	struct reading all = observation_sum(kernel, observation_field(s, F_CPU_USER));

	ret->kernel_share = observation_ratio(kernel, all, 1, "the CPUs were idle");
	ret->kernel_work_ns =
		observation_ratio(kernel, observation_field(s, F_INSTRUCTIONS_USER), 1000,
				  "no instruction was counted");
}

/* Whether every type of core has events for @role. */
static bool observation_supported(const struct table *t, enum pmu_role role,
				  enum pmu_mode mode)
{
	bool all = false;
	char name[40];

	snprintf(name, sizeof(name), "%s/%s", pmu_role_name(role), pmu_mode_name(mode));
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v;

		if (!t->rows[i]->identity || strcmp(t->rows[i]->identity, name))
			continue;
		v = row_get(t, t->rows[i], "supported");
		all = v.known && v.n;
		if (!all)
			return false;
	}
	return all;
}

static void observe_countable(const struct snapshot *s, bool *countable)
{
	static const enum objective cycles[] = { OBJECTIVE_USER_CYCLES,
						 OBJECTIVE_KERNEL_CYCLES };
	static const enum objective walks[] = { OBJECTIVE_USER_MPKI, OBJECTIVE_KERNEL_MPKI };
	const struct table *t = &s->table[TABLE_PMU_EVENT];

	for (int mode = 0; mode < MODE_MAX; mode++) {
		countable[cycles[mode]] = observation_supported(t, ROLE_CYCLES, mode) &&
					  (observation_supported(t, ROLE_WALK_CYCLES, mode) ||
					   observation_supported(t, ROLE_STALL_TLB, mode));
		countable[walks[mode]] = observation_supported(t, ROLE_INSTRUCTIONS, mode) &&
					 observation_supported(t, ROLE_DTLB_WALK, mode);
	}
}

/* The smallest share of its time in which an event that exists was on the counters. */
static struct reading observation_pmu_running(const struct snapshot *s)
{
	const struct table *t = &s->table[TABLE_PMU_EVENT];
	struct reading least =
		observation_unknown(t->why ? t->why : "no PMU event was counted");

	for (size_t i = 0; i < t->nrows; i++) {
		struct value supported = row_get(t, t->rows[i], "supported");
		struct reading share = observation_ratio(
			of_value(row_get(t, t->rows[i], "running"), 1),
			of_value(row_get(t, t->rows[i], "enabled"), 1), 1, NULL);

		if (!supported.known || !supported.n || !share.known)
			continue;
		if (!least.known || share.n < least.n)
			least = share;
	}
	return least;
}

/* Names of the stat files (Documentation/admin-guide/mm/transhuge.rst). */
static const struct {
	const char *alloc, *fallback;
} stat_files[] = {
	[LEVER_MTHP_ANON] = { "anon_fault_alloc", "anon_fault_fallback" },
	[LEVER_MTHP_SHMEM] = { "shmem_alloc", "shmem_fallback" },
};

/* The one size of which every kernel counts the collapses: a page of 8-byte entries. */
static bool is_pmd_size(const struct snapshot *s, uint64_t size)
{
	const char *text = s->fact[FACT_GRANULE].text;
	uint64_t granule;

	return text && !parse_u64(text, 10, UINT32_MAX, &granule) &&
	       size == granule / sizeof(uint64_t) * granule;
}

/*
 * khugepaged puts up to max_ptes_none absent pages into a page of the PMD size, and with any
 * number but 0 may do so with a smaller folio (mm/khugepaged.c).
 */
static struct reading observe_collapses(const struct snapshot *s, const struct lever *l)
{
	const struct table *t = &s->table[TABLE_MTHP];
	const struct row *r = table_find(t, l->size, NULL);
	const char *none = s->fact[FACT_MAX_PTES_NONE].text;
	struct reading n = observation_unknown("the kernel does not count collapses by size");

	if (none && !strcmp(none, "0"))
		return observation_known(0);
	if (r && row_get(t, r, "collapse_alloc").known)
		n = of_value(row_get(t, r, "collapse_alloc"), 1);
	else if (is_pmd_size(s, l->size))
		n = observation_field(s, F_THP_COLLAPSE_ALLOC);
	return observation_rate(s, n);
}

static void observe_size(const struct snapshot *s, const struct lever *l,
			 struct reading *allocs, struct reading *fallbacks)
{
	const struct table *t = &s->table[TABLE_MTHP];
	const struct row *r = table_find(t, l->size, NULL);
	struct reading done, failed;

	if (!r) {
		*allocs = *fallbacks =
			observation_unknown(t->why ? t->why : "the kernel has no such size");
		return;
	}
	done = of_value(row_get(t, r, stat_files[l->kind].alloc), 1);
	failed = of_value(row_get(t, r, stat_files[l->kind].fallback), 1);
	*allocs = observation_rate(s, done);
	if (!done.known || !failed.known)
		*fallbacks = done.known ? failed : done;
	else if (done.n + failed.n < ATTEMPTS_MIN)
		*fallbacks = observation_unknown("too few faults asked for this size");
	else
		*fallbacks = observation_known(failed.n / (done.n + failed.n));
}

static void observe_lever(const struct snapshot *s, const struct lever *l,
			  struct lever_observation *ret)
{
	if (lever_value(l, s, ret->value))
		*ret->value = 0;
	if (lever_effective(l, s, ret->effective))
		*ret->effective = 0;
	if (lever_above(l, s, ret->above))
		*ret->above = 0;
	ret->collapses = observation_unknown("khugepaged collapses no such memory");
	if (l->kind == LEVER_COLLAPSE) {
		ret->allocs = field_rate(s, F_LINEAR_COLLAPSES_PMD);
		ret->fallbacks = observation_unknown("a collapse does not fall back");
		return;
	}
	observe_size(s, l, &ret->allocs, &ret->fallbacks);
	if (l->kind == LEVER_MTHP_ANON)
		ret->collapses = observe_collapses(s, l);
}

void observe(const struct snapshot *delta, const struct levers *levers,
	     struct observation *ret)
{
	const struct snapshot *s = delta;
	struct reading total = observation_field(s, F_MEM_TOTAL);
	struct reading window = observation_known(s->interval_ns);

	*ret = (struct observation){
		.mono_ns = s->mono_ns,
		.real_ns = s->real_ns,
		.interval_ns = s->interval_ns,
		.psi_full = observation_ratio(observation_field(s, F_PSI_MEMORY_FULL), window,
					      1, NULL),
		.psi_some = observation_ratio(observation_field(s, F_PSI_MEMORY_SOME), window,
					      1, NULL),
		.compact_stalls = field_rate(s, F_VM_COMPACT_STALLS),
		.swap_out = observation_swap_out(s),
		.unfolds = field_rate(s, F_CONTPTE_UNFOLDS),
		.anon_bytes = observation_field(s, F_MEM_ANON),
		.available = observation_ratio(observation_field(s, F_MEM_AVAILABLE), total, 1,
					       NULL),
		.mem_total = total,
		.minor_faults = field_rate(s, F_VM_MINOR_FAULTS),
		.user_busy = observation_rate(s, of_value(s->field[F_CPU_USER], 1e-9)),
		.pmu_running = observation_pmu_running(s),
	};
	ret->cpu_busy = observation_sum(
		ret->user_busy, observation_rate(s, of_value(s->field[F_CPU_KERNEL], 1e-9)));
	observe_objectives(s, ret->objective);
	observe_countable(s, ret->countable);
	observe_kernel(s, ret);
	for (size_t i = 0; i < levers->n; i++)
		observe_lever(s, &levers->lever[i], &ret->lever[i]);
}
