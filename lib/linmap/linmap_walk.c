// SPDX-License-Identifier: GPL-2.0-only
/*
 * linmap_walk.c - the source for the leaves of the linear map
 *
 * Apart from linmap.c, because walking page tables costs time that grows with memory: 1 GiB of
 * 4 KiB pages took 0.4 ms (docs/benchmarks.md).  Who reads often can leave it out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "host/iomem.h"
#include "host/meminfo.h"
#include "pagewalk/pagewalk.h"
#include "snapshot/source.h"
#include "util/util.h"

struct geometry {
	struct host *host;
	struct pagewalk *walk;
};

static void geometry_close(void *source)
{
	struct geometry *l = source;

	if (!l)
		return;
	pagewalk_free(l->walk);
	free(l);
}

/* Returns 0, or -ENOENT: the kernel does not say. */
static int direct_map(const char *meminfo, uint64_t *ret)
{
	uint64_t sum = 0, size, n;
	bool any = false;

	while (!meminfo_direct_map(&meminfo, &size, &n)) {
		sum += n;
		any = true;
	}
	*ret = sum;
	return any ? 0 : -ENOENT;
}

/* x86_64: DirectMap* can add up to more than there is; say so with both numbers. */
static void probe_direct_map(struct geometry *l, struct probe *p)
{
	_cleanup_free_ char *meminfo = NULL;
	struct pagewalk_sum sum;
	uint64_t said, is;
	char why[200];

	if (!p || file_read(l->host->root, "/proc/meminfo", &meminfo, NULL) ||
	    direct_map(meminfo, &said) || pagewalk_kernel(l->walk, NULL, &sum))
		return;
	/* arm64 counts pages that were made invalid, too. */
	is = pagewalk_present(&sum) + (l->host->arch == ARCH_ARM64 ? sum.prot_none_bytes : 0);
	snprintf(why, sizeof(why),
		 "DirectMap* in /proc/meminfo add up to %" PRIu64
		 " kB, the page tables map %" PRIu64 " kB",
		 said / 1024, is / 1024);
	probe_add(p, PROBE_FACT, "linear_map.direct_map",
		  said == is ? PROBE_OK : PROBE_DEGRADED, "/proc/meminfo",
		  said == is ? NULL : why, said == is ? NULL : "trust the page walk");
}

static void probe_geometry(struct geometry *l, struct probe *p)
{
	const struct probe_row *walk = probe_find(p, "pagewalk.kernel");

	if (walk)
		probe_add(p, PROBE_MEASUREMENT, "linear_map.geometry", walk->state,
			  walk->via ? "page walk of the kernel" : NULL, walk->why,
			  walk->remedy);
}

static int geometry_open(struct host *h, const struct source_options *o, struct probe *p,
			 void **ret)
{
	struct geometry *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->host = h;
	r = pagewalk_new(h, PAGEWALK_KERNEL, p, &l->walk);
	if (r) {
		free(l);
		return r;
	}
	probe_geometry(l, p);
	probe_direct_map(l, p);
	*ret = l;
	return 0;
}

static void read_system_ram(struct geometry *l, struct snapshot *s)
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
static bool linmap_walk_kind_is_shown(const struct pagewalk_geometry *g,
				      const struct pagewalk_sum *sum, int k)
{
	return g->leaf_bytes[k] && (k <= LEAF_PUD || sum->bytes[k]);
}

static void linmap_walk_set_leaves(struct geometry *l, struct snapshot *s,
				   const struct pagewalk_sum *sum, const char *via)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(l->walk);
	struct table *t = snapshot_table(s, TABLE_LINEAR_MAP);
	size_t bytes = table_column(t, "bytes", VALUE_GAUGE, UNIT_BYTES);
	size_t writable = table_column(t, "writable_bytes", VALUE_GAUGE, UNIT_BYTES);
	size_t executable = table_column(t, "executable_bytes", VALUE_GAUGE, UNIT_BYTES);

	for (int k = 0; k < LEAF_MAX; k++) {
		struct row *r;

		if (!linmap_walk_kind_is_shown(g, sum, k))
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
	snapshot_lacks(s, F_LINEAR_PAGES, why);
	snapshot_lacks(s, F_LINEAR_TABLES, why);
	table_lacks(snapshot_table(s, TABLE_LINEAR_MAP), why);
}

static void read_geometry(struct geometry *l, struct snapshot *s)
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
	linmap_walk_set_leaves(l, s, &sum, via);
	snapshot_set(s, F_LINEAR_TOTAL, pagewalk_present(&sum), via);
	snapshot_set(s, F_LINEAR_PAGES, sum.bytes[LEAF_PTE], via);
	snapshot_set(s, F_LINEAR_TABLES, sum.table_bytes, via);
}

static void set_facts(struct geometry *l, struct snapshot *s)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(l->walk);

	if (!g->levels)
		return;
	snapshot_fact(s, FACT_LEVELS, snapshot_intern(s, "%u", g->levels));
	snapshot_fact(s, FACT_VA_BITS, snapshot_intern(s, "%u", g->va_bits));
}

/* pgtopd sets them, see daemon/durable/first_walk.h. */
static void lack_first(struct snapshot *s)
{
	static const enum snapshot_field_id fields[] = {
		F_LINEAR_FIRST_TIME,
		F_LINEAR_FIRST_TOTAL,
		F_LINEAR_FIRST_PAGES,
		F_LINEAR_FIRST_TABLES,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		snapshot_lacks(s, fields[i], "pgtopd keeps it, and did not read this");
}

static int geometry_read(void *source, struct snapshot *s)
{
	struct geometry *l = source;

	lack_first(s);
	read_geometry(l, s);
	read_system_ram(l, s);
	set_facts(l, s);
	return snapshot_error(s);
}

static void geometry_cost(const void *source, struct snapshot *s)
{
	const struct geometry *l = source;

	pagewalk_tell_runs(l->walk, s);
}

const struct source_class source_linmap_walk = {
	.name = "linmap_walk",
	.open = geometry_open,
	.read = geometry_read,
	.cost = geometry_cost,
	.close = geometry_close,
};
