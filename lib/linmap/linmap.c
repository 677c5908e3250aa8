// SPDX-License-Identifier: GPL-2.0-only
/*
 * linmap.c - the source of how often the linear map is split and collapsed
 *
 * Totals come from /proc/vmstat where the kernel counts (x86_64; arm64 with the pgtop kernel
 * series), so they are those since boot and need no privilege.  Elsewhere on arm64 programs
 * count (linmap_events.h), from the time they are attached.  They tell who asked, too, and
 * which splits are pgtop's own.  Loading the first program may split: what vmstat counts
 * meanwhile is taken for our own, too.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "host/kernel_names.h"
#include "host/ksyms.h"
#include "linmap/linmap_events.h"
#include "linmap/linmap_files.h"
#include "linmap/linmap_mode.h"
#include "host/meminfo.h"
#include "snapshot/source.h"
#include "util/util.h"
#include "host/vmstat.h"

enum change { SPLITS_PUD, SPLITS_PMD, SPLITS_CONT, COLLAPSES_PUD, COLLAPSES_PMD, CHANGE_MAX };

static const struct {
	enum snapshot_field_id field;
	enum kernel_name vmstat;
} changes[CHANGE_MAX] = {
	[SPLITS_PUD] = { F_LINEAR_SPLITS_PUD, VMSTAT_SPLITS_PUD },
	[SPLITS_PMD] = { F_LINEAR_SPLITS_PMD, VMSTAT_SPLITS_PMD },
	[SPLITS_CONT] = { F_LINEAR_SPLITS_CONT, VMSTAT_SPLITS_CONT },
	[COLLAPSES_PUD] = { F_LINEAR_COLLAPSES_PUD, VMSTAT_COLLAPSES_PUD },
	[COLLAPSES_PMD] = { F_LINEAR_COLLAPSES_PMD, VMSTAT_COLLAPSES_PMD },
};

/* Lines of /sys/kernel/mm/linear_map/stats */
static const char *const stats_keys[SPLIT_OTHER] = {
	[SPLIT_PUD] = "pud_splits",
	[SPLIT_CONT_PMD] = "cont_pmd_splits",
	[SPLIT_PMD] = "pmd_splits",
	[SPLIT_CONT_PTE] = "cont_pte_splits",
};

struct linmap {
	struct host *host;
	struct linmap_events *events;
	const char *change_why[CHANGE_MAX]; /* why it is not counted; NULL: it is */
	bool by_events;			    /* what vmstat has not, programs count */
	bool stats;			    /* the kernel's stats file is understood */
	bool have_start, have_self;
	uint64_t splits_at_start, self_splits;
	uint64_t loading; /* splits before the tracepoint told whose they are */
};

static void linmap_close(void *source)
{
	struct linmap *l = source;

	if (!l)
		return;
	linmap_events_free(l->events);
	free(l);
}

static int count_splits(const struct linmap *l, const char *vmstat, uint64_t *ret)
{
	uint64_t pud, pmd, cont;

	if (kernel_vmstat(l->host, VMSTAT_SPLITS_PUD, vmstat, &pud) ||
	    kernel_vmstat(l->host, VMSTAT_SPLITS_PMD, vmstat, &pmd))
		return -ENOENT;
	if (kernel_vmstat(l->host, VMSTAT_SPLITS_CONT, vmstat, &cont))
		cont = 0;
	*ret = pud + pmd + cont;
	return 0;
}

/* --- opening -------------------------------------------------------------- */

/* x86_64: splits since 5.13, collapses since 6.17. */
static const char *x86_why(int change)
{
	if (change == SPLITS_CONT)
		return "x86_64 has no contiguous groups";
	return change < COLLAPSES_PUD ? "this kernel does not count splits in /proc/vmstat"
				      : "this kernel does not count collapses in /proc/vmstat";
}

/* Neither vmstat nor a program: the map of a kernel that cannot split is as at boot. */
static const char *arm64_why(const struct linmap *l, const char **ret_remedy)
{
	if (!linmap_splits(l->host))
		return "the linear map of this kernel is fixed at boot: nothing splits or collapses it";
	*ret_remedy = linmap_events_remedy(l->events);
	return linmap_events_why(l->events);
}

static void find_changes(struct linmap *l, const char *vmstat, const char **ret_remedy)
{
	bool splits = l->by_events || l->have_start;
	uint64_t n;

	for (int i = 0; i < CHANGE_MAX; i++) {
		if (vmstat && !kernel_vmstat(l->host, changes[i].vmstat, vmstat, &n))
			continue;
		if (!vmstat && i != SPLITS_CONT && l->host->arch == ARCH_X86_64)
			l->change_why[i] = "/proc/vmstat cannot be read";
		else if (l->host->arch == ARCH_X86_64)
			l->change_why[i] = x86_why(i);
		else if (i >= COLLAPSES_PUD && splits)
			l->change_why[i] = "this kernel does not collapse what it split";
		else if (!l->by_events)
			l->change_why[i] = arm64_why(l, ret_remedy);
	}
}

/* @partial: what is not counted, a clause; NULL: nothing. */
static void add_change_row(const struct linmap *l, struct probe *p, const char *name,
			   int change, const char *via, const char *partial,
			   const char *remedy)
{
	const char *why = l->change_why[change];

	probe_add(p, PROBE_MEASUREMENT, name,
		  why	    ? PROBE_UNAVAILABLE
		  : partial ? PROBE_DEGRADED
			    : PROBE_OK,
		  why ? NULL : via, why ?: partial, remedy);
}

static void probe_changes(struct linmap *l, struct probe *p, const char *vmstat)
{
	const char *remedy = NULL;

	find_changes(l, vmstat, &remedy);
	add_change_row(l, p, "linear_map.splits", SPLITS_PMD,
		       l->have_start ? "/proc/vmstat direct_map_level*_splits"
				     : linmap_events_via(l->events),
		       l->by_events && !l->have_start ? linmap_events_uncounted(l->events)
						      : NULL,
		       remedy);
	add_change_row(l, p, "linear_map.collapses", COLLAPSES_PMD,
		       "/proc/vmstat direct_map_level*_collapses", NULL, remedy);
	if (l->host->arch == ARCH_ARM64 && !l->change_why[SPLITS_PMD])
		linmap_events_add_rows(l->events, p);
}

static uint64_t own_splits(const struct split_cpu *n)
{
	uint64_t own = 0;

	for (int k = 0; k < SPLIT_KINDS; k++)
		own += n->kind[k].own;
	return own;
}

/* What loading the events' program split, of which the events told a part. */
static void find_loading(struct linmap *l)
{
	_cleanup_free_ char *vmstat = NULL;
	struct split_cpu told;
	uint64_t now, own;

	if (!l->have_start || linmap_events_count(l->events, &told) ||
	    file_read(l->host->root, "/proc/vmstat", &vmstat, NULL) ||
	    count_splits(l, vmstat, &now))
		return;
	own = own_splits(&told);
	if (now - l->splits_at_start > own)
		l->loading = now - l->splits_at_start - own;
}

static int linmap_open(struct host *h, const struct source_options *o, struct probe *p,
		       void **ret)
{
	struct linmap *l = calloc(1, sizeof(*l));
	_cleanup_free_ char *vmstat = NULL;
	struct linmap_files said;
	int r;

	if (!l)
		return -ENOMEM;
	l->host = h;
	/* Before any program is loaded: loading code is what splits the map. */
	file_read(h->root, "/proc/vmstat", &vmstat, NULL);
	l->have_start = vmstat && !count_splits(l, vmstat, &l->splits_at_start);
	l->stats = !linmap_files_read(h->root, &said) && said.abi <= LINMAP_ABI;
	r = linmap_events_new(h, o, &l->events);
	if (r) {
		linmap_close(l);
		return r;
	}
	l->by_events = !linmap_events_why(l->events);
	find_loading(l);
	probe_changes(l, p, vmstat);
	*ret = l;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

/* By the tracepoint, what vmstat would count. */
static uint64_t told_change(const struct split_cpu *told, int change)
{
	switch (change) {
	case SPLITS_PUD:
		return told->kind[SPLIT_PUD].splits;
	case SPLITS_PMD:
		return told->kind[SPLIT_PMD].splits;
	default:
		return told->kind[SPLIT_CONT_PMD].splits + told->kind[SPLIT_CONT_PTE].splits;
	}
}

static void read_changes(struct linmap *l, struct snapshot *s, const char *vmstat,
			 const struct split_cpu *told)
{
	uint64_t n;

	for (int i = 0; i < CHANGE_MAX; i++) {
		enum snapshot_field_id id = changes[i].field;

		if (l->change_why[i])
			snapshot_lacks(s, id, l->change_why[i]);
		else if (vmstat && !kernel_vmstat(l->host, changes[i].vmstat, vmstat, &n))
			snapshot_set(s, id, n, "/proc/vmstat");
		else if (l->have_start || !told)
			snapshot_lacks(s, id, "/proc/vmstat lost this counter");
		else
			snapshot_set(s, id, told_change(told, i),
				     linmap_events_via(l->events));
	}
}

static void read_self(struct linmap *l, struct snapshot *s, const char *vmstat,
		      const struct split_cpu *told)
{
	uint64_t n;

	if (told && linmap_events_knows_self(l->events)) {
		snapshot_set(s, F_LINEAR_SELF_SPLITS, l->loading + own_splits(told),
			     l->have_start ? snapshot_intern(s, "%s; /proc/vmstat before",
							     linmap_events_via(l->events))
					   : linmap_events_via(l->events));
		return;
	}
	/* All sources are open by the time of the first reading. */
	if (!l->have_self && l->have_start && vmstat && !count_splits(l, vmstat, &n)) {
		l->self_splits = n - l->splits_at_start;
		l->have_self = true;
	}
	if (l->have_self)
		snapshot_set(s, F_LINEAR_SELF_SPLITS, l->self_splits,
			     "/proc/vmstat before and after loading");
	else
		snapshot_lacks(s, F_LINEAR_SELF_SPLITS, l->change_why[SPLITS_PMD]);
}

/* Where each kind of split is told, and what the kernel's stats say of it. */
struct split_table {
	struct table *t;
	size_t splits, own, failed;
	const char *stats; /* NULL: there are none */
	const struct split_cpu *told;
	const char *via, *told_why, *own_why;
};

static void set_split_row(const struct split_table *c, int kind, struct row *r)
{
	const struct split_total *told = c->told ? &c->told->kind[kind] : NULL;
	const char *key = kind < SPLIT_OTHER ? stats_keys[kind] : NULL;
	uint64_t n;

	if (c->stats && key && !vmstat_count(c->stats, key, &n))
		row_set(c->t, r, c->splits, n, LINMAP_DIR "/stats");
	else if (told)
		row_set(c->t, r, c->splits, told->splits, c->via);
	else
		row_lacks(c->t, r, c->splits, c->told_why);
	if (told && !c->own_why)
		row_set(c->t, r, c->own, told->own, c->via);
	else
		row_lacks(c->t, r, c->own, told ? c->own_why : c->told_why);
	if (told)
		row_set(c->t, r, c->failed, told->failed, c->via);
	else
		row_lacks(c->t, r, c->failed, c->told_why);
}

static bool linmap_kind_is_shown(const struct linmap *l, int kind,
				 const struct split_cpu *told)
{
	if (kind == SPLIT_OTHER)
		return told && (told->kind[kind].splits || told->kind[kind].failed);
	return linmap_kind_bytes(l->host, kind);
}

static void read_kinds(struct linmap *l, struct snapshot *s, const char *stats,
		       const struct split_cpu *told)
{
	struct split_table c = {
		.t = snapshot_table(s, TABLE_SPLIT),
		.stats = stats,
		.told = told,
		.via = linmap_events_via(l->events),
		.told_why = linmap_events_why(l->events) ?: "the kernel did not hand it out",
		.own_why = linmap_events_knows_self(l->events)
				   ? NULL
				   : linmap_events_partial(l->events),
	};

	if (!stats && !told) {
		table_lacks(c.t, l->change_why[SPLITS_PMD] ?: c.told_why);
		return;
	}
	c.splits = table_column(c.t, "splits", VALUE_COUNTER, UNIT_COUNT);
	c.own = table_column(c.t, "own", VALUE_COUNTER, UNIT_COUNT);
	c.failed = table_column(c.t, "failed", VALUE_COUNTER, UNIT_COUNT);
	for (int k = 0; k < SPLIT_KINDS; k++) {
		if (linmap_kind_is_shown(l, k, told))
			set_split_row(&c, k,
				      table_row(c.t, linmap_kind_bytes(l->host, k),
						linmap_kind_name(k)));
	}
}

static void linmap_read_stat(struct snapshot *s, enum snapshot_field_id id, const char *stats,
			     const char *key)
{
	uint64_t n;

	if (!stats)
		snapshot_lacks(s, id, "this kernel has no " LINMAP_DIR "/stats that is known");
	else if (vmstat_count(stats, key, &n))
		snapshot_lacks(s, id, LINMAP_DIR "/stats lacks it");
	else
		snapshot_set(s, id, n, LINMAP_DIR "/stats");
}

static void read_failed(const struct linmap *l, struct snapshot *s, const char *stats,
			const struct split_cpu *told)
{
	uint64_t failed = 0;

	if (stats || !told) {
		linmap_read_stat(s, F_LINEAR_FAILED_SPLITS, stats, "failed_splits");
		return;
	}
	for (int k = 0; k < SPLIT_KINDS; k++)
		failed += told->kind[k].failed;
	snapshot_set(s, F_LINEAR_FAILED_SPLITS, failed, linmap_events_via(l->events));
}

/* What the kernel says; linmap_walk.c walks the page tables. */
static void read_direct_map(struct linmap *l, struct snapshot *s)
{
	_cleanup_free_ char *meminfo = NULL;
	struct table *t = snapshot_table(s, TABLE_DIRECT_MAP);
	uint64_t size, bytes;
	const char *p;
	size_t column;
	char why[128];
	int r = file_read(l->host->root, "/proc/meminfo", &meminfo, NULL);

	if (r) {
		table_lacks(t, file_why(r, "/proc/meminfo", why, sizeof(why)));
		return;
	}
	column = table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES);
	for (p = meminfo; !meminfo_direct_map(&p, &size, &bytes);)
		row_set(t, table_row(t, size, NULL), column, bytes, "/proc/meminfo");
	if (!t->nrows)
		table_lacks(t, "this kernel has no DirectMap lines in /proc/meminfo");
}

static int linmap_source_read(void *source, struct snapshot *s)
{
	_cleanup_free_ char *vmstat = NULL, *stats = NULL;
	const struct split_cpu *told;
	struct linmap *l = source;
	struct split_cpu sums;

	file_read(l->host->root, "/proc/vmstat", &vmstat, NULL);
	if (l->stats)
		file_read(l->host->root, LINMAP_DIR "/stats", &stats, NULL);
	told = linmap_events_count(l->events, &sums) ? NULL : &sums;
	read_changes(l, s, vmstat, told);
	read_self(l, s, vmstat, told);
	read_kinds(l, s, stats, told);
	read_failed(l, s, stats, told);
	linmap_read_stat(s, F_LINEAR_REPAINT_TABLES, stats, "repaint_tables");
	read_direct_map(l, s);
	return linmap_events_read(l->events, s) ?: snapshot_error(s);
}

static void linmap_cost(const void *source, struct snapshot *s)
{
	const struct linmap *l = source;

	linmap_events_cost(l->events, s);
}

const struct source_class source_linmap = {
	.name = "linmap",
	.open = linmap_open,
	.read = linmap_source_read,
	.cost = linmap_cost,
	.close = linmap_close,
};
