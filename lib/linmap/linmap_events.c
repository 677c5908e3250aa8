// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracing/bpf.h"
#include "tracing/hook.h"
#include "host/ksyms.h"
#include "linmap.skel.h"
#include "linmap/linmap_events.h"
#include "util/util.h"

struct linmap_events {
	struct host *host;
	struct linmap_bpf *skel;
	struct hook hook;
	struct split_cpu *cpus; /* room to read one of each possible CPU */
	int ncpus;
	char why[256]; /* nothing is counted: reason */
	const char *remedy;
};

static const struct hook hook_template = {
	.ways = { { "split_tp", HOOK_TRACEPOINT, "linmap_split" } },
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
	hooks_detach(&e->hook, 1);
	linmap_bpf__destroy(e->skel);
	free(e->cpus);
	free(e);
}

const char *linmap_events_why(const struct linmap_events *e)
{
	return *e->why ? e->why : NULL;
}

const char *linmap_events_remedy(const struct linmap_events *e)
{
	return e->remedy;
}

const char *linmap_events_via(const struct linmap_events *e)
{
	return e->hook.via;
}

bool linmap_events_knows_self(const struct linmap_events *e)
{
	return e->skel && e->skel->bss->own_tgid;
}

const char *linmap_events_partial(const struct linmap_events *e)
{
	if (!bpf_kernel_has_enum(e->host, "linmap_reason"))
		return "this kernel's BTF has no enum linmap_reason: splits have a caller, "
		       "but no reason";
	if (!linmap_events_knows_self(e))
		return "pgtop's own splits are not told apart: its process id in the initial "
		       "pid namespace could not be learned";
	return NULL;
}

/* --- opening -------------------------------------------------------------- */

static int linmap_events_load(struct linmap_events *e, const struct source_options *o)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int r;

	e->hook = hook_template;
	e->skel = linmap_bpf__open();
	if (!e->skel)
		return -errno;
	r = hooks_choose(e->host, o, e->skel->obj, &e->hook, 1);
	if (r || !e->hook.chosen)
		return r;
	bpf_program__set_autoload(e->skel->progs.learn_self, true);
	for (int k = 0; k < SPLIT_OTHER; k++)
		e->skel->rodata->kind_bytes[k] = linmap_kind_bytes(e->host, k);
	r = bpf_load_result(linmap_bpf__load(e->skel));
	if (r)
		return r;
	/* Without it nothing is lost but who caused a split. */
	bpf_prog_test_run_opts(bpf_program__fd(e->skel->progs.learn_self), &run);
	hooks_attach(e->skel->obj, &e->hook, 1);
	return 0;
}

static int make_reader(struct linmap_events *e)
{
	e->ncpus = libbpf_num_possible_cpus();
	if (e->ncpus < 0)
		return -ENOMEM;
	e->cpus = calloc(e->ncpus, sizeof(*e->cpus));
	return e->cpus ? 0 : -ENOMEM;
}

/* Returns 0 with why filled or not, or -ENOMEM. */
static int open_events(struct linmap_events *e, const struct source_options *o)
{
	const char *why = NULL;
	int r;

	if (e->host->arch != ARCH_ARM64)
		why = "the tracepoint linmap_split is arm64's";
	else
		bpf_ready(e->host, &why, &e->remedy);
	if (why) {
		snprintf(e->why, sizeof(e->why), "%s", why);
		return 0;
	}
	r = linmap_events_load(e, o);
	if (r == -ENOMEM)
		return r;
	if (r)
		bpf_load_why(e->host, r, "tracepoint linmap_split", e->why, sizeof(e->why),
			     &e->remedy);
	else if (!e->hook.link)
		snprintf(e->why, sizeof(e->why), "%s",
			 *e->hook.why ? e->hook.why : "the tracepoint was not to be used");
	if (o->prefer_fentry || o->prefer_kprobe)
		e->remedy = "leave out --fentry and --kprobe";
	if (!*e->why)
		return make_reader(e);
	linmap_bpf__destroy(e->skel);
	e->skel = NULL;
	return 0;
}

int linmap_events_new(struct host *h, const struct source_options *o,
		      struct linmap_events **ret)
{
	struct linmap_events *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->host = h;
	r = open_events(e, o);
	if (r) {
		linmap_events_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

static void add_total(struct split_total *sum, const struct split_total *t)
{
	sum->splits += t->splits;
	sum->own += t->own;
	sum->failed += t->failed;
}

static int linmap_events_read_cpus(const struct linmap_events *e)
{
	__u32 zero = 0;

	if (!e->skel)
		return -ENOENT;
	if (bpf_map_lookup_elem(bpf_map__fd(e->skel->maps.split_cpus), &zero, e->cpus))
		return -errno;
	return 0;
}

int linmap_events_count(const struct linmap_events *e, struct linmap_splits *ret)
{
	struct linmap_splits sum = { 0 };
	int r = linmap_events_read_cpus(e);

	if (r)
		return r;
	for (int c = 0; c < e->ncpus; c++) {
		for (int k = 0; k < SPLIT_KINDS; k++)
			add_total(&sum.kind[k], &e->cpus[c].kind[k]);
	}
	*ret = sum;
	return 0;
}

static void tell_dropped(const struct linmap_events *e, struct snapshot *s)
{
	struct bpf_runs runs;
	uint64_t n = 0;

	if (!bpf_program_runs(e->skel->progs.split_tp, &runs))
		n = runs.missed;
	if (!linmap_events_read_cpus(e)) {
		for (int c = 0; c < e->ncpus; c++)
			n += e->cpus[c].places_lost;
	}
	snapshot_add(s, F_EVENTS_DROPPED, n, "BPF");
}

struct caller_table {
	struct table *t;
	size_t splits, own, failed;
	const struct ksyms *k;
	const char *via, *own_why;
};

static void linmap_events_add_place(const struct caller_table *c,
				    const struct split_place *place,
				    const struct split_total *sum)
{
	const char *caller = ksyms_caller(c->k, place->ip);
	struct row *r = table_row(c->t, place->reason, caller ? caller : "?");

	row_label(c->t, r, 1, reason_names[place->reason]);
	row_add(c->t, r, c->splits, sum->splits, c->via);
	row_add(c->t, r, c->failed, sum->failed, c->via);
	if (c->own_why)
		row_lacks(c->t, r, c->own, c->own_why);
	else
		row_add(c->t, r, c->own, sum->own, c->via);
}

static void linmap_events_add_places(const struct linmap_events *e,
				     const struct caller_table *c)
{
	int fd = bpf_map__fd(e->skel->maps.split_places);
	struct split_place key, next;
	struct split_total sum;
	void *at = NULL;

	/* Nothing is ever deleted from the map: one pass sees each place once. */
	while (!bpf_map_get_next_key(fd, at, &next)) {
		key = next;
		at = &key;
		if (key.reason < SPLIT_REASONS && !bpf_map_lookup_elem(fd, &key, &sum))
			linmap_events_add_place(c, &key, &sum);
	}
}

void linmap_events_read(const struct linmap_events *e, struct snapshot *s)
{
	struct caller_table c = {
		.t = snapshot_table(s, TABLE_SPLIT_CALLER),
		.via = linmap_events_via(e),
		.own_why = linmap_events_knows_self(e) ? NULL : linmap_events_partial(e),
	};
	const char *why = linmap_events_why(e);
	struct split_place any;
	int r;

	if (why) {
		table_lacks(c.t, why);
		return;
	}
	tell_dropped(e, s);
	/* The symbols are read when there is something to name. */
	r = host_ksyms_visible(e->host);
	if (!r && bpf_map_get_next_key(bpf_map__fd(e->skel->maps.split_places), NULL, &any))
		return;
	if (!r)
		r = host_ksyms(e->host, &c.k);
	if (r) {
		table_lacks(c.t, ksyms_why(r));
		return;
	}
	c.splits = table_column(c.t, "splits", VALUE_COUNTER, UNIT_COUNT);
	c.own = table_column(c.t, "own", VALUE_COUNTER, UNIT_COUNT);
	c.failed = table_column(c.t, "failed", VALUE_COUNTER, UNIT_COUNT);
	linmap_events_add_places(e, &c);
}

void linmap_events_cost(const struct linmap_events *e, struct snapshot *s)
{
	if (e->skel)
		bpf_tell_runs(e->host, e->skel->obj, s);
}
