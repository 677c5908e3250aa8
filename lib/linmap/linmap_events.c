// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "linmap.skel.h"
#include "linmap/linmap_events.h"
#include "tracing/tracer.h"

struct linmap_events {
	struct host *host;
	struct tracer *tracer;
	bool by_choice; /* the user wants other means than tracepoints */
};

static const char *const split_kind_names[SPLIT_KINDS] = {
	[SPLIT_PUD] = "PUD",
	[SPLIT_CONT_PMD] = "contiguous PMD",
	[SPLIT_PMD] = "PMD",
	[SPLIT_CONT_PTE] = "contiguous PTE",
	[SPLIT_OTHER] = "of an unknown size",
};

/* As the kernel's trace prints them. */
static const char *const reason_names[SPLIT_REASONS] = {
	[SPLIT_SET_MEMORY] = "set_memory",
	[SPLIT_SET_VALID] = "set_valid",
	[SPLIT_SET_DIRECT_MAP] = "set_direct_map",
	[SPLIT_KFENCE_POOL] = "kfence_pool",
	[SPLIT_UNKNOWN] = "unknown",
};

const char *linmap_kind_name(enum split_kind kind)
{
	return split_kind_names[kind];
}

uint64_t linmap_kind_bytes(const struct host *h, enum split_kind kind)
{
	uint64_t pmd = host_pmd_bytes(h);

	switch (kind) {
	case SPLIT_PUD:
		return h->page_size == 4096 ? pmd * (h->page_size / 8) : 0;
	case SPLIT_CONT_PMD:
		return h->arch == ARCH_ARM64 ? pmd * (h->page_size == 4096 ? 16 : 32) : 0;
	case SPLIT_PMD:
		return pmd;
	case SPLIT_CONT_PTE:
		return host_contpte_bytes(h);
	default:
		return 0;
	}
}

void linmap_events_free(struct linmap_events *e)
{
	if (!e)
		return;
	tracer_free(e->tracer);
	free(e);
}

const char *linmap_events_why(const struct linmap_events *e)
{
	return tracer_why(e->tracer);
}

const char *linmap_events_remedy(const struct linmap_events *e)
{
	return e->by_choice ? "leave out --fentry and --kprobe" : tracer_remedy(e->tracer);
}

const char *linmap_events_via(const struct linmap_events *e)
{
	return tracer_hook_via(e->tracer, 0);
}

bool linmap_events_knows_self(const struct linmap_events *e)
{
	return tracer_once(e->tracer);
}

const char *linmap_events_partial(const struct linmap_events *e)
{
	if (!kernel_has_enum(e->host, ENUM_LINMAP_REASON))
		return "this kernel's BTF has no enum linmap_reason: splits have a caller, "
		       "but no reason";
	if (!linmap_events_knows_self(e))
		return "pgtop's own splits are not told apart: its process id in the initial "
		       "pid namespace could not be learned";
	return NULL;
}

/* --- opening -------------------------------------------------------------- */

static bool linmap_events_possible(const struct host *h, char *why, size_t len,
				   const char **remedy)
{
	if (h->arch == ARCH_ARM64)
		return true;
	snprintf(why, len, "the tracepoint linmap_split is arm64's");
	return false;
}

static void linmap_events_prepare(const struct host *h, void *rodata)
{
	struct linmap_bpf__rodata *constants = rodata;

	for (int k = 0; k < SPLIT_OTHER; k++)
		constants->kind_bytes[k] = linmap_kind_bytes(h, k);
}

static const struct tracer_class linmap_class = {
	.name = "linmap_bpf",
	.what = "tracepoint linmap_split",
	.object = linmap_bpf__elf_bytes,
	.prepare = linmap_events_prepare,
	.once = "learn_self", /* without it nothing is lost but who caused a split */
	.possible = linmap_events_possible,
	.total_bytes = sizeof(struct split_cpu),
	.tables = (const enum snapshot_table_id[]){ TABLE_SPLIT_CALLER, TABLE_MAX },
	.nhooks = 1,
	.hooks = { { { "split_tp", HOOK_EVENT, EVENT_LINMAP_SPLIT } } },
};

int linmap_events_new(struct host *h, const struct source_options *o,
		      struct linmap_events **ret)
{
	struct linmap_events *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->host = h;
	r = tracer_new(h, o, &linmap_class, &e->tracer);
	if (r) {
		linmap_events_free(e);
		return r;
	}
	e->by_choice = tracer_was_tried(e->tracer) && (o->prefer_fentry || o->prefer_kprobe);
	*ret = e;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

int linmap_events_count(const struct linmap_events *e, struct split_cpu *ret)
{
	return tracer_totals(e->tracer, ret);
}

struct split_callers {
	struct caller_table table;
	const char *via;
};

static void linmap_events_add_place(void *arg, const void *key, const struct place_total *n)
{
	const struct split_callers *c = arg;
	const struct place *place = key;

	if (place->kind < SPLIT_REASONS)
		caller_add_place(&c->table, place, reason_names[place->kind], n, c->via);
}

void linmap_events_read(const struct linmap_events *e, struct snapshot *s)
{
	static const char *const columns[PLACE_COUNTS] = { "splits", "own", "failed" };
	struct split_callers c = { .via = linmap_events_via(e) };
	struct split_cpu sum;

	if (!tracer_read(e->tracer, s, &sum) ||
	    !tracer_callers(e->tracer, s, TABLE_SPLIT_CALLER, columns, "places", &c.table))
		return;
	c.table.why[1] = linmap_events_knows_self(e) ? NULL : linmap_events_partial(e);
	tracer_each(e->tracer, "places", linmap_events_add_place, &c);
}

void linmap_events_cost(const struct linmap_events *e, struct snapshot *s)
{
	if (!linmap_events_why(e))
		tracer_cost(e->tracer, s);
}
