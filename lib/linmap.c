// SPDX-License-Identifier: GPL-2.0-only
/* linmap.c - the source for the linear map: its leaves, and how often it is split and
 * collapsed */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "iomem.h"
#include "ksyms.h"
#include "meminfo.h"
#include "pagewalk.h"
#include "sources.h"
#include "util.h"
#include "vmstat.h"

#define TRACEPOINT "/sys/kernel/tracing/events/arm64_mm/linmap_split"

enum change { SPLITS_PUD, SPLITS_PMD, SPLITS_CONT, COLLAPSES_PUD, COLLAPSES_PMD, CHANGE_MAX };

/* x86_64: level 2 is the PMD, level 3 the PUD (arch/x86/mm/pat/set_memory.c). */
static const struct {
	enum snapshot_field_id field;
	const char *vmstat; /* NULL: x86_64 has no such leaf */
} changes[CHANGE_MAX] = {
	[SPLITS_PUD] = { F_LINEAR_SPLITS_PUD, "direct_map_level3_splits" },
	[SPLITS_PMD] = { F_LINEAR_SPLITS_PMD, "direct_map_level2_splits" },
	[SPLITS_CONT] = { F_LINEAR_SPLITS_CONT, NULL },
	[COLLAPSES_PUD] = { F_LINEAR_COLLAPSES_PUD, "direct_map_level3_collapses" },
	[COLLAPSES_PMD] = { F_LINEAR_COLLAPSES_PMD, "direct_map_level2_collapses" },
};

struct linmap {
	struct host *host;
	struct pagewalk *walk;
	const char *change_why[CHANGE_MAX]; /* why it is not counted; NULL: vmstat has it */
	bool have_start, have_self;
	uint64_t splits_at_start, self_splits;
};

static void linmap_close(void *source)
{
	struct linmap *l = source;

	if (!l)
		return;
	pagewalk_free(l->walk);
	free(l);
}

static int count_splits(const char *vmstat, uint64_t *ret)
{
	uint64_t pud, pmd;

	if (vmstat_count(vmstat, changes[SPLITS_PUD].vmstat, &pud) ||
	    vmstat_count(vmstat, changes[SPLITS_PMD].vmstat, &pmd))
		return -ENOENT;
	*ret = pud + pmd;
	return 0;
}

/* x86_64: what /proc/vmstat counts; splits since 5.13, collapses since 6.17. */
static void probe_vmstat(struct linmap *l, const char *vmstat)
{
	uint64_t n;

	for (int i = 0; i < CHANGE_MAX; i++) {
		if (!changes[i].vmstat)
			l->change_why[i] = "x86_64 has no contiguous groups";
		else if (!vmstat || vmstat_count(vmstat, changes[i].vmstat, &n))
			l->change_why[i] =
				i < COLLAPSES_PUD
					? "this kernel does not count splits in /proc/vmstat"
					: "this kernel does not count collapses in /proc/vmstat";
	}
	l->have_start = vmstat && !count_splits(vmstat, &l->splits_at_start);
}

/* arm64: the map of a kernel that cannot split is as it was made at boot. */
static const char *arm64_why(struct linmap *l, const char **ret_remedy)
{
	const struct ksyms *k;

	if (file_exists(l->host->root, TRACEPOINT)) {
		*ret_remedy = "read " TRACEPOINT " with perf or bpftrace";
		return "pgtop does not read the tracepoint arm64_mm:linmap_split yet";
	}
	if (!host_at_least(l->host, 6, 18) ||
	    (!host_ksyms(l->host, &k) &&
	     !ksyms_function(k, host_symbol(l->host, "split_kernel_leaf_mapping"))))
		return "the linear map of this kernel is fixed at boot: nothing splits or collapses it";
	*ret_remedy = "compare the leaf sizes of two page walks";
	return "pgtop does not count calls of split_kernel_leaf_mapping yet";
}

static void probe_changes(struct linmap *l, struct probe *p, const char *vmstat)
{
	const char *remedy = NULL, *why;

	if (l->host->arch == ARCH_X86_64) {
		probe_vmstat(l, vmstat);
	} else {
		why = arm64_why(l, &remedy);
		for (int i = 0; i < CHANGE_MAX; i++)
			l->change_why[i] = why;
	}
	why = l->change_why[SPLITS_PMD];
	probe_add(p, PROBE_MEASUREMENT, "linear_map.splits",
		  why ? PROBE_UNAVAILABLE : PROBE_OK,
		  why ? NULL : "/proc/vmstat direct_map_level*_splits", why, remedy);
	why = l->change_why[COLLAPSES_PMD];
	probe_add(p, PROBE_MEASUREMENT, "linear_map.collapses",
		  why ? PROBE_UNAVAILABLE : PROBE_OK,
		  why ? NULL : "/proc/vmstat direct_map_level*_collapses", why, remedy);
}

static uint64_t direct_map(const char *meminfo)
{
	static const char *const keys[] = { "DirectMap4k", "DirectMap2M", "DirectMap1G" };
	uint64_t sum = 0, n;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!meminfo_bytes(meminfo, keys[i], &n))
			sum += n;
	}
	return sum;
}

/* x86_64: DirectMap* can add up to more than there is; say so with both numbers. */
static void probe_direct_map(struct linmap *l, struct probe *p)
{
	_cleanup_free_ char *meminfo = NULL;
	struct pagewalk_sum sum;
	uint64_t said, is;
	char why[200];

	if (l->host->arch != ARCH_X86_64 || !p || pagewalk_kernel(l->walk, NULL, &sum) ||
	    file_read(l->host->root, "/proc/meminfo", &meminfo, NULL))
		return;
	said = direct_map(meminfo);
	is = pagewalk_present(&sum);
	snprintf(why, sizeof(why),
		 "DirectMap* in /proc/meminfo add up to %" PRIu64
		 " kB, the page tables map %" PRIu64 " kB",
		 said / 1024, is / 1024);
	probe_add(p, PROBE_FACT, "linear_map.direct_map",
		  said == is ? PROBE_OK : PROBE_DEGRADED, "/proc/meminfo",
		  said == is ? NULL : why, said == is ? NULL : "trust the page walk");
}

static void probe_geometry(struct linmap *l, struct probe *p)
{
	const struct probe_row *walk = probe_find(p, "pagewalk.kernel");

	if (walk)
		probe_add(p, PROBE_MEASUREMENT, "linear_map.geometry", walk->state,
			  walk->via ? "page walk of the kernel" : NULL, walk->why,
			  walk->remedy);
}

static int linmap_open(struct host *h, const struct sources_options *o, struct probe *p,
		       void **ret)
{
	struct linmap *l = calloc(1, sizeof(*l));
	_cleanup_free_ char *vmstat = NULL;
	int r;

	if (!l)
		return -ENOMEM;
	l->host = h;
	/* Before any program is loaded: loading code is what splits the map. */
	file_read(h->root, "/proc/vmstat", &vmstat, NULL);
	r = pagewalk_new(h, PAGEWALK_KERNEL, p, &l->walk);
	if (r) {
		free(l);
		return r;
	}
	probe_geometry(l, p);
	probe_changes(l, p, vmstat);
	probe_direct_map(l, p);
	*ret = l;
	return 0;
}

static void read_changes(struct linmap *l, struct snapshot *s)
{
	_cleanup_free_ char *vmstat = NULL;
	uint64_t n;

	file_read(l->host->root, "/proc/vmstat", &vmstat, NULL);
	for (int i = 0; i < CHANGE_MAX; i++) {
		if (l->change_why[i])
			snapshot_lacks(s, changes[i].field, l->change_why[i]);
		else if (!vmstat || vmstat_count(vmstat, changes[i].vmstat, &n))
			snapshot_lacks(s, changes[i].field, "/proc/vmstat lost this counter");
		else
			snapshot_set(s, changes[i].field, n, "/proc/vmstat");
	}
	/* All sources are open by the time of the first reading. */
	if (!l->have_self && l->have_start && vmstat && !count_splits(vmstat, &n)) {
		l->self_splits = n - l->splits_at_start;
		l->have_self = true;
	}
	if (l->have_self)
		snapshot_set(s, F_LINEAR_SELF_SPLITS, l->self_splits,
			     "/proc/vmstat before and after loading");
	else
		snapshot_lacks(s, F_LINEAR_SELF_SPLITS, l->change_why[SPLITS_PMD]);
}

static void read_system_ram(struct linmap *l, struct snapshot *s)
{
	uint64_t bytes, end;
	char why[128];
	int r = iomem_system_ram(l->host->root, &bytes, &end);

	if (r)
		snapshot_lacks(s, F_LINEAR_SYSTEM_RAM,
			       file_why(r, "/proc/iomem", why, sizeof(why)));
	else
		snapshot_set(s, F_LINEAR_SYSTEM_RAM, bytes, "/proc/iomem");
}

/* Kinds that the tables could hold; the two largest only where they are in use. */
static bool kind_is_shown(const struct pagewalk_geometry *g, const struct pagewalk_sum *sum,
			  int k)
{
	return g->leaf_bytes[k] && (k <= LEAF_PUD || sum->bytes[k]);
}

static void set_leaves(struct linmap *l, struct snapshot *s, const struct pagewalk_sum *sum,
		       const char *via)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(l->walk);
	struct table *t = snapshot_table(s, TABLE_LINEAR_MAP);
	size_t bytes = table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES);
	size_t writable = table_column(t, "writable_bytes", VALUE_GAUGE, UNIT_BYTES);
	size_t executable = table_column(t, "executable_bytes", VALUE_GAUGE, UNIT_BYTES);

	for (int k = 0; k < LEAF_MAX; k++) {
		struct row *r;

		if (!kind_is_shown(g, sum, k))
			continue;
		r = table_row(t, g->leaf_bytes[k], leaf_name(l->walk, k));
		row_set(t, r, bytes, sum->bytes[k], via);
		row_set(t, r, writable, sum->writable[k], via);
		row_set(t, r, executable, sum->executable[k], via);
	}
}

static void lack_geometry(struct snapshot *s, const char *why)
{
	snapshot_lacks(s, F_LINEAR_TOTAL, why);
	snapshot_lacks(s, F_LINEAR_TABLES, why);
	table_lacks(snapshot_table(s, TABLE_LINEAR_MAP), why);
}

static void read_geometry(struct linmap *l, struct snapshot *s)
{
	const char *why = pagewalk_why(l->walk, PAGEWALK_KERNEL), *via = "page walk";
	struct pagewalk_sum sum;
	uint64_t doubts;
	int r;

	if (why) {
		lack_geometry(s, why);
		return;
	}
	r = pagewalk_kernel(l->walk, NULL, &sum);
	if (r) {
		lack_geometry(s, snapshot_intern(s, "walking the linear map failed: %s",
						 strerror(-r)));
		return;
	}
	doubts = sum.read_errors + sum.bad_frames + sum.not_identity;
	if (doubts)
		via = snapshot_intern(s, "page walk; %" PRIu64 " entries made no sense",
				      doubts);
	set_leaves(l, s, &sum, via);
	snapshot_set(s, F_LINEAR_TOTAL, pagewalk_present(&sum), via);
	snapshot_set(s, F_LINEAR_TABLES, sum.table_bytes, via);
}

static void set_facts(struct linmap *l, struct snapshot *s)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(l->walk);

	if (!g->levels)
		return;
	snapshot_fact(s, FACT_LEVELS, snapshot_intern(s, "%u", g->levels));
	snapshot_fact(s, FACT_VA_BITS, snapshot_intern(s, "%u", g->va_bits));
}

static int linmap_read(void *source, struct snapshot *s)
{
	struct linmap *l = source;

	read_geometry(l, s);
	read_system_ram(l, s);
	read_changes(l, s);
	set_facts(l, s);
	return snapshot_error(s);
}

const struct source_class source_linmap = {
	.name = "linmap",
	.open = linmap_open,
	.read = linmap_read,
	.close = linmap_close,
};
