// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "linmap/linmap_events.h"
#include "linmap/split_stack.h"
#include "pagewalk/ptreader.h"
#include "tracing/bpf.h"
#include "tracing/tracer.h"
#include "util/util.h"

#include "linmap.skel.h" /* needs the types of abi.h */

/* By the tracepoint, SPLIT is all; else the programs look at the tables before and after. */
enum { SPLIT, SPLIT_END, PUD_BEGIN, PUD_END, PMD_BEGIN, PMD_END, PTE_BEGIN, PTE_END, HOOKS };

/* What the programs need to look at page tables. */
struct split_tables {
	struct walk_tables tables;
	uint64_t root; /* kernel address of the top table; 0: not known */
	char why[192]; /* "": it is known, or not needed */
	const char *remedy;
};

struct linmap_events {
	struct host *host;
	struct tracer_class class;
	struct split_tables split_tables;
	struct tracer *tracer;
	char uncounted[256]; /* "": nothing */
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

static bool is_by_event(const struct linmap_events *e)
{
	return tracer_by_event(e->tracer, SPLIT);
}

const char *linmap_events_why(const struct linmap_events *e)
{
	const char *why = tracer_why(e->tracer) ?: tracer_hook_why(e->tracer, SPLIT);

	return why || is_by_event(e) ? why : tracer_hook_why(e->tracer, SPLIT_END);
}

const char *linmap_events_remedy(const struct linmap_events *e)
{
	return tracer_remedy(e->tracer);
}

const char *linmap_events_via(const struct linmap_events *e)
{
	return tracer_hook_via(e->tracer, SPLIT);
}

/* The same for the kernel as for us. */
static bool find_self(struct stat *ret)
{
	return !stat("/proc/self/ns/pid", ret);
}

bool linmap_events_knows_self(const struct linmap_events *e)
{
	struct stat st;

	return !linmap_events_why(e) && find_self(&st);
}

const char *linmap_events_uncounted(const struct linmap_events *e)
{
	return *e->uncounted ? e->uncounted : NULL;
}

const char *linmap_events_partial(const struct linmap_events *e)
{
	if (is_by_event(e) && !kernel_has_enum(e->host, ENUM_LINMAP_REASON))
		return "this kernel's BTF has no enum linmap_reason: splits have a caller, "
		       "but no reason";
	if (!linmap_events_knows_self(e))
		return "pgtop's own splits are not counted separately: its PID namespace cannot be read";
	return NULL;
}

/* --- opening -------------------------------------------------------------- */

static bool linmap_events_possible(const struct host *h, const void *arg, char *why,
				   size_t len, const char **remedy)
{
	const struct split_tables *t = arg;

	if (h->arch != ARCH_ARM64) {
		snprintf(why, len, "the programs that count splits exist only for arm64");
		return false;
	}
	if (!*t->why)
		return true;
	snprintf(why, len, "splits are seen in page tables, and %s", t->why);
	*remedy = t->remedy;
	return false;
}

static void linmap_events_prepare(const struct host *h, const void *arg, void *rodata)
{
	struct linmap_bpf__rodata *constants = rodata;
	const struct split_tables *t = arg;
	struct stat st;

	if (find_self(&st)) {
		constants->own_tgid = getpid();
		constants->own_ino = st.st_ino;
		/* as the kernel has it: include/linux/kdev_t.h */
		constants->own_dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	}
	constants->tables = t->tables;
	constants->kernel_root = t->root;
	for (int k = 0; k < SPLIT_OTHER; k++)
		constants->kind_bytes[k] = linmap_kind_bytes(h, k);
}

static const struct tracer_class linmap_class = {
	.name = "linmap_bpf",
	.what = "splits of the linear map",
	.object = linmap_bpf__elf_bytes,
	.prepare = linmap_events_prepare,
	.possible = linmap_events_possible,
	.total_bytes = sizeof(struct split_cpu),
	.by_process = true,
	.tables = (const enum snapshot_table_id[]){ TABLE_SPLIT_CALLER, TABLE_MAX },
	.nhooks = HOOKS,
	.hooks = {
		[SPLIT] = { { "split_tp", HOOK_EVENT, EVENT_LINMAP_SPLIT },
			    { "begin_fentry", HOOK_FENTRY, FUNC_SPLIT_LEAF_LOCKED },
			    { "begin_kprobe", HOOK_KPROBE, FUNC_SPLIT_LEAF_LOCKED } },
		[SPLIT_END] = { { "end_fexit", HOOK_FEXIT, FUNC_SPLIT_LEAF_LOCKED },
				{ "end_kretprobe", HOOK_KRETPROBE, FUNC_SPLIT_LEAF_LOCKED } },
		[PUD_BEGIN] = { { "pud_begin_fentry", HOOK_FENTRY, FUNC_SPLIT_TO_PTES_PUD } },
		[PUD_END] = { { "pud_end_fexit", HOOK_FEXIT, FUNC_SPLIT_TO_PTES_PUD } },
		[PMD_BEGIN] = { { "pmd_begin_fentry", HOOK_FENTRY, FUNC_SPLIT_TO_PTES_PMD } },
		[PMD_END] = { { "pmd_end_fexit", HOOK_FEXIT, FUNC_SPLIT_TO_PTES_PMD } },
		[PTE_BEGIN] = { { "pte_begin_fentry", HOOK_FENTRY, FUNC_SPLIT_TO_PTES_PTE } },
		[PTE_END] = { { "pte_end_fexit", HOOK_FEXIT, FUNC_SPLIT_TO_PTES_PTE } },
	},
};

/* Without privilege the tracer says so; where there is nothing to trace nothing is needed. */
static bool needs_tables(struct host *h, const struct source_options *o)
{
	if (h->arch != ARCH_ARM64 || bpf_ready(h, NULL, NULL) ||
	    !kernel_has_function(h, FUNC_SPLIT_LEAF_LOCKED))
		return false;
	return o->prefer_fentry || o->prefer_kprobe ||
	       !kernel_has_event(h, EVENT_LINMAP_SPLIT);
}

static int learn_tables(struct linmap_events *e)
{
	struct split_tables *t = &e->split_tables;
	struct ptreader reader;
	int r = ptreader_init(&reader, e->host, false, true, false);

	if (r)
		return r;
	if (reader.kernel.why) {
		snprintf(t->why, sizeof(t->why), "%s", reader.kernel.why);
		t->remedy = reader.kernel.remedy;
	} else {
		t->tables = *reader.tables;
		t->root = reader.kernel_root;
	}
	ptreader_done(&reader);
	return 0;
}

/* A late KFENCE pool becomes pages by functions of its own, which have to be traced, too. */
static void find_uncounted(struct linmap_events *e, bool by_kprobes)
{
	const char *why = NULL;

	for (int i = PUD_BEGIN; !why && !is_by_event(e) && i < HOOKS; i++)
		why = tracer_hook_why(e->tracer, i);
	if (why)
		snprintf(e->uncounted, sizeof(e->uncounted),
			 "splits for a KFENCE pool that is set up after boot are not counted: "
			 "%s",
			 by_kprobes ? "only fentry counts them" : why);
}

int linmap_events_new(struct host *h, const struct source_options *o,
		      struct linmap_events **ret)
{
	struct linmap_events *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->host = h;
	e->class = linmap_class;
	e->class.arg = &e->split_tables;
	r = needs_tables(h, o) ? learn_tables(e) : 0;
	if (!r)
		r = tracer_new(h, o, &e->class, &e->tracer);
	if (r) {
		linmap_events_free(e);
		return r;
	}
	find_uncounted(e, o->prefer_kprobe);
	*ret = e;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

int linmap_events_count(const struct linmap_events *e, struct split_cpu *ret)
{
	return tracer_totals(e->tracer, ret);
}

struct split_callers {
	const struct host *host;
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

static void linmap_events_add_stack(void *arg, const void *key, const struct place_total *n)
{
	const struct split_callers *c = arg;
	const struct split_stack *stack = key;
	const char *caller;
	enum split_reason reason = split_explain(
		c->host, c->table.k, (const uint64_t *)stack->ip, SPLIT_FRAMES, &caller);

	caller_add(&c->table, reason, reason_names[reason], caller, n, c->via);
}

static int read_processes(const struct linmap_events *e, struct snapshot *s)
{
	const struct process_column columns[PROCESS_COUNTS] = {
		[SPLIT_COUNT] = { "linear_splits", UNIT_COUNT, NULL },
	};

	return tracer_processes(e->tracer, columns, linmap_events_via(e), s);
}

int linmap_events_read(const struct linmap_events *e, struct snapshot *s)
{
	static const char *const columns[PLACE_COUNTS] = { "splits", "own", "failed" };
	const char *map = is_by_event(e) ? "places" : "split_stacks";
	struct split_callers c = { .host = e->host, .via = linmap_events_via(e) };
	struct split_cpu sum;

	if (!tracer_read(e->tracer, s, &sum))
		return 0;
	if (tracer_callers(e->tracer, s, TABLE_SPLIT_CALLER, columns, map, &c.table)) {
		c.table.why[1] = linmap_events_knows_self(e) ? NULL : linmap_events_partial(e);
		tracer_each(e->tracer, map,
			    is_by_event(e) ? linmap_events_add_place : linmap_events_add_stack,
			    &c);
	}
	return read_processes(e, s);
}

void linmap_events_add_rows(const struct linmap_events *e, struct probe *p)
{
	const char *via = is_by_event(e) ? "tp_btf linmap_split, /proc/kallsyms"
					 : "kernel stack, /proc/kallsyms";

	tracer_add_callers_row(e->tracer, p, "linear_map.split_callers", SPLIT, via,
			       linmap_events_partial(e));
	tracer_add_processes_row(e->tracer, p, "linear_map.splits_by_process");
}

void linmap_events_cost(const struct linmap_events *e, struct snapshot *s)
{
	if (!linmap_events_why(e))
		tracer_cost(e->tracer, s);
}
