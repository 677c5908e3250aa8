// SPDX-License-Identifier: GPL-2.0-only
/*
 * contpte.c - the source of contiguous-PTE folds, unfolds and maps
 *
 * With the pgtop kernel series the tracepoints count, and each unfold's event tells its reason
 * and the code that asked for it; elsewhere both are read off the kernel's stack.  Where no
 * program can be loaded, the series' counters in /proc/vmstat still tell the totals.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "contpte.skel.h"
#include "util/file.h"
#include "host/ksyms.h"
#include "snapshot/source.h"
#include "tracing/tracer.h"
#include "contpte/unfold.h"
#include "util/util.h"

enum { UNFOLD, FOLD, MAP, ATTEMPT, BEGIN, END, HOOKS };

/* What is counted: hook, field, row of the probe, and where the totals are. */
static const struct contpte_total {
	enum snapshot_field_id field;
	const char *probe;
	enum kernel_name vmstat; /* the series' total, without BPF */
	size_t offset;		 /* in struct contpte_cpu */
} contpte_totals[BEGIN] = {
	[UNFOLD] = { F_CONTPTE_UNFOLDS, "contpte.unfolds", VMSTAT_CONTPTE_UNFOLD,
		     offsetof(struct contpte_cpu, unfolds) },
	[FOLD] = { F_CONTPTE_FOLDS, "contpte.folds", VMSTAT_CONTPTE_FOLD,
		   offsetof(struct contpte_cpu, folds) },
	[MAP] = { F_CONTPTE_MAPS, "contpte.maps", KERNEL_NONE,
		  offsetof(struct contpte_cpu, maps) },
	[ATTEMPT] = { F_CONTPTE_FOLD_ATTEMPTS, "contpte.fold_attempts", KERNEL_NONE,
		      offsetof(struct contpte_cpu, attempts) },
};

struct contpte {
	struct host *host;
	struct tracer *tracer;
	const char *reasons_why; /* the events' reasons are not understood: reason */
};

static void contpte_close(void *source)
{
	struct contpte *c = source;

	if (!c)
		return;
	tracer_free(c->tracer);
	free(c);
}

/* --- opening -------------------------------------------------------------- */

static bool contpte_possible(const struct host *h, const void *arg, char *why, size_t len,
			     const char **remedy)
{
	if (h->arch != ARCH_ARM64) {
		snprintf(why, len, "contiguous PTEs exist only on arm64, and this is %s",
			 h->arch_name);
		return false;
	}
	if (!host_at_least(h, 6, 9)) {
		snprintf(why, len, "Linux %s has no contiguous PTEs for user memory",
			 h->release);
		*remedy = "run Linux 6.9 or newer";
		return false;
	}
	return true;
}

static void contpte_prepare(const struct host *h, const void *arg, void *rodata)
{
	struct contpte_bpf__rodata *constants = rodata;

	constants->page_bytes = h->page_size;
	constants->block_bytes = host_contpte_bytes(h);
}

static const struct tracer_class contpte_class = {
	.name = "contpte_bpf",
	.what = "contiguous PTEs",
	.object = contpte_bpf__elf_bytes,
	.prepare = contpte_prepare,
	.possible = contpte_possible,
	.total_bytes = sizeof(struct contpte_cpu),
	.by_process = true,
	.fields = (const enum snapshot_field_id[]){ F_CONTPTE_UNFOLD_TIME, FIELD_MAX },
	.tables = (const enum snapshot_table_id[]){ TABLE_UNFOLD_REASON, TABLE_UNFOLD_CALLER,
						    TABLE_UNFOLD_LATENCY, TABLE_MAX },
	.nhooks = HOOKS,
	.hooks = {
		[UNFOLD] = { { "unfold_tp", HOOK_EVENT, EVENT_CONTPTE_UNFOLD },
			     { "unfold_fentry", HOOK_FENTRY, FUNC_CONTPTE_CONVERT },
			     { "unfold_kprobe", HOOK_KPROBE, FUNC_CONTPTE_CONVERT } },
		[FOLD] = { { "fold_tp", HOOK_EVENT, EVENT_CONTPTE_FOLD },
			   { "fold_fentry", HOOK_FENTRY, FUNC_CONTPTE_CONVERT },
			   { "fold_kprobe", HOOK_KPROBE, FUNC_CONTPTE_CONVERT } },
		[MAP] = { { "map_tp", HOOK_EVENT, EVENT_CONTPTE_MAP },
			  { "map_fentry", HOOK_FENTRY, FUNC_CONTPTE_SET_PTES },
			  { "map_kprobe", HOOK_KPROBE, FUNC_CONTPTE_SET_PTES } },
		[ATTEMPT] = { { "attempt_fentry", HOOK_FENTRY, FUNC_CONTPTE_TRY_FOLD },
			      { "attempt_kprobe", HOOK_KPROBE, FUNC_CONTPTE_TRY_FOLD } },
		/* Entered last, so that a measured time holds none of the others' work. */
		[BEGIN] = { { "begin_fentry", HOOK_FENTRY, FUNC_CONTPTE_CONVERT },
			    { "begin_kprobe", HOOK_KPROBE, FUNC_CONTPTE_CONVERT } },
		[END] = { { "end_fexit", HOOK_FEXIT, FUNC_CONTPTE_CONVERT },
			  { "end_kretprobe", HOOK_KRETPROBE, FUNC_CONTPTE_CONVERT } },
	},
};

/* The total of @count by its line of /proc/vmstat, "/proc/vmstat contpte_fold" in @via. */
static bool count_by_vmstat(const struct contpte *c, const struct contpte_total *count,
			    uint64_t *n, char *via, size_t len)
{
	_cleanup_free_ char *text = NULL;

	if (!count->vmstat || file_read(c->host->root, "/proc/vmstat", &text, NULL) ||
	    kernel_vmstat(c->host, count->vmstat, text, n))
		return false;
	snprintf(via, len, "/proc/vmstat %s", kernel_name(count->vmstat));
	return true;
}

static void contpte_add_row(const struct contpte *c, struct probe *p, int hook)
{
	const struct contpte_total *count = &contpte_totals[hook];
	char via[64];
	uint64_t n;

	if (tracer_hook_why(c->tracer, hook) &&
	    count_by_vmstat(c, count, &n, via, sizeof(via)))
		probe_add(p, PROBE_MEASUREMENT, count->probe, PROBE_OK, via, NULL, NULL);
	else
		tracer_add_row(c->tracer, p, count->probe, hook);
}

static void contpte_add_rows(const struct contpte *c, struct probe *p)
{
	static const int order[] = { UNFOLD, FOLD, ATTEMPT, MAP };
	const char *via = tracer_by_event(c->tracer, UNFOLD)
				  ? "tp_btf contpte_unfold, /proc/kallsyms"
				  : "kernel stack, /proc/kallsyms";

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		contpte_add_row(c, p, order[i]);
	/* both or none */
	tracer_add_row(c->tracer, p, "contpte.unfold_latency",
		       tracer_hook_why(c->tracer, BEGIN) ? BEGIN : END);
	tracer_add_callers_row(c->tracer, p, "contpte.unfold_callers", UNFOLD, via,
			       c->reasons_why);
	tracer_add_processes_row(c->tracer, p, "contpte.by_process");
}

static int contpte_open(struct host *h, const struct source_options *o, struct probe *p,
			void **ret)
{
	struct contpte *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->host = h;
	r = tracer_new(h, o, &contpte_class, &c->tracer);
	if (r) {
		contpte_close(c);
		return r;
	}
	/* Without the enum of the events the program cannot tell why a block was unfolded. */
	if (tracer_by_event(c->tracer, UNFOLD) && !kernel_has_enum(h, ENUM_CONTPTE_REASON))
		c->reasons_why = "this kernel's BTF has no enum contpte_reason: unfolds have "
				 "a caller, but no reason";
	contpte_add_rows(c, p);
	*ret = c;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

/* @sum: NULL if programs count nothing. */
static void contpte_set_fields(const struct contpte *c, const struct contpte_cpu *sum,
			       struct snapshot *s)
{
	for (int i = 0; i < BEGIN; i++) {
		const struct contpte_total *count = &contpte_totals[i];
		const char *why = tracer_hook_why(c->tracer, i);
		char via[64];
		uint64_t n;

		if (sum && !why)
			snapshot_set(s, count->field,
				     *(const __u64 *)((const char *)sum + count->offset),
				     tracer_hook_via(c->tracer, i));
		else if (count_by_vmstat(c, count, &n, via, sizeof(via)))
			snapshot_set(s, count->field, n, via);
		else
			snapshot_lacks(s, count->field, why ?: TRACER_NOT_READ);
	}
}

static void set_latency(const struct contpte *c, const struct contpte_cpu *sum,
			struct snapshot *s)
{
	struct table *t = snapshot_table(s, TABLE_UNFOLD_LATENCY);
	const char *why = tracer_hook_why(c->tracer, BEGIN) ?: tracer_hook_why(c->tracer, END);
	const char *via = tracer_hook_via(c->tracer, END);
	size_t unfolds;

	if (why) {
		table_lacks(t, why);
		snapshot_lacks(s, F_CONTPTE_UNFOLD_TIME, why);
		return;
	}
	snapshot_set(s, F_CONTPTE_UNFOLD_TIME, sum->latency_ns, via);
	unfolds = table_column(t, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	for (int i = 0; i < LATENCY_BUCKETS; i++) {
		uint64_t upto = i < LATENCY_BUCKETS - 1 ? 1ull << i : UINT64_MAX;

		if (sum->latency[i])
			row_set(t, table_row(t, upto, NULL), unfolds, sum->latency[i], via);
	}
}

/* Where the unfolds of one stack or place are added. */
struct unfold_tables {
	const struct host *host;
	struct caller_table callers;
	struct table *reasons;
	size_t column;
	const char *via;
};

static void add_reason(struct unfold_tables *u, enum unfold_reason reason, uint64_t n)
{
	row_add(u->reasons, table_row(u->reasons, reason, unfold_reason_name(reason)),
		u->column, n, u->via);
}

static void add_unfolds(struct unfold_tables *u, enum unfold_reason reason, const char *caller,
			const struct place_total *n)
{
	add_reason(u, reason, n->count[0]);
	caller_add(&u->callers, reason, unfold_reason_name(reason), caller, n, u->via);
}

static void add_stack(void *arg, const void *key, const struct place_total *n)
{
	const struct unfold_stack *stack = key;
	struct unfold_tables *u = arg;
	const char *caller;
	enum unfold_reason reason = unfold_explain(
		u->host, u->callers.k, (const uint64_t *)stack->ip, UNFOLD_FRAMES, &caller);

	add_unfolds(u, reason, caller, n);
}

static void contpte_add_place(void *arg, const void *key, const struct place_total *n)
{
	const struct place *place = key;
	struct unfold_tables *u = arg;

	if (place->kind < UNFOLD_REASONS)
		add_unfolds(u, place->kind, ksyms_caller(u->callers.k, place->ip), n);
}

static void contpte_set_callers(const struct contpte *c, const struct contpte_cpu *sum,
				struct snapshot *s)
{
	static const char *const columns[PLACE_COUNTS] = { "unfolds" };
	const struct place_total lost = { { sum->c.places_lost } };
	bool by_event = tracer_by_event(c->tracer, UNFOLD);
	const char *map = by_event ? "places" : "unfold_stacks";
	struct unfold_tables u = {
		.host = c->host,
		.reasons = snapshot_table(s, TABLE_UNFOLD_REASON),
		.via = tracer_hook_via(c->tracer, UNFOLD),
	};

	if (tracer_hook_why(c->tracer, UNFOLD))
		table_lacks(snapshot_table(s, TABLE_UNFOLD_CALLER),
			    tracer_hook_why(c->tracer, UNFOLD));
	if (tracer_hook_why(c->tracer, UNFOLD) ||
	    !tracer_callers(c->tracer, s, TABLE_UNFOLD_CALLER, columns, map, &u.callers)) {
		table_lacks(u.reasons, snapshot_table(s, TABLE_UNFOLD_CALLER)->why);
		return;
	}
	u.column = table_column(u.reasons, "unfolds", VALUE_COUNTER, UNIT_COUNT);
	/* What has not happened yet is known: 0, unless reasons are not told. */
	for (int i = 0; !c->reasons_why && i < UNFOLD_REASONS; i++)
		add_reason(&u, i, 0);
	tracer_each(c->tracer, map, by_event ? contpte_add_place : add_stack, &u);
	if (sum->c.places_lost)
		add_unfolds(&u, UNFOLD_UNKNOWN, NULL, &lost);
}

static int contpte_set_processes(const struct contpte *c, struct snapshot *s)
{
	const struct process_column columns[PROCESS_COUNTS] = {
		[CONTPTE_UNFOLDS] = { "unfolds", UNIT_COUNT,
				      tracer_hook_why(c->tracer, UNFOLD) },
		[CONTPTE_FOLDS] = { "folds", UNIT_COUNT, tracer_hook_why(c->tracer, FOLD) },
		[CONTPTE_MAPS] = { "maps", UNIT_COUNT, tracer_hook_why(c->tracer, MAP) },
	};

	return tracer_processes(c->tracer, columns, "BPF", s);
}

static int contpte_read(void *source, struct snapshot *s)
{
	struct contpte *c = source;
	struct contpte_cpu sum;
	bool counted = tracer_read(c->tracer, s, &sum);
	int r = 0;

	contpte_set_fields(c, counted ? &sum : NULL, s);
	if (counted) {
		snapshot_add(s, F_EVENTS_DROPPED, sum.timings_lost, "BPF");
		set_latency(c, &sum, s);
		contpte_set_callers(c, &sum, s);
		r = contpte_set_processes(c, s);
	}
	return r ? r : snapshot_error(s);
}

static void contpte_cost(const void *source, struct snapshot *s)
{
	const struct contpte *c = source;

	tracer_cost(c->tracer, s);
}

const struct source_class source_contpte = {
	.name = "contpte",
	.open = contpte_open,
	.read = contpte_read,
	.cost = contpte_cost,
	.close = contpte_close,
};
