// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "memory/mthp.h"
#include "util/number.h"
#include "snapshot/source.h"
#include "util/util.h"

#define NO_THP	   "the kernel was built without CONFIG_TRANSPARENT_HUGEPAGE"
#define BUILD_THP  "boot a kernel built with CONFIG_TRANSPARENT_HUGEPAGE=y"
#define PATH_BYTES 512
#define WHY_BYTES  640

struct mthp {
	const char *root;
};

/* What was missed, and what would help for that cause; the strings belong to the snapshot, or
 * are static. */
struct finding {
	const char *why, *remedy;
};

/* What one reading met. */
struct findings {
	size_t sizes, stats, policies;
	struct finding no_sizes, bad_stat, bad_policy, bad_khugepaged;
};

/* Documentation/admin-guide/mm/transhuge.rst and mm/huge_memory.c of these versions. */
const struct mthp_stat mthp_stats[] = {
	{ "anon_fault_alloc", "6.10",
	  "faults on anonymous memory that got a folio of the size" },
	{ "anon_fault_fallback", "6.10", "such faults that got a smaller folio" },
	{ "anon_fault_fallback_charge", "6.10",
	  "part of these, because the memory cgroup was full" },
	{ "swpout", "6.10", "folios written to swap as a whole" },
	{ "swpout_fallback", "6.10",
	  "folios split because they could not be swapped out as a whole" },
	{ "shmem_alloc", "6.11", "folios of the size allocated for shared memory" },
	{ "shmem_fallback", "6.11", "such allocations that got smaller folios" },
	{ "shmem_fallback_charge", "6.11",
	  "part of these, because the memory cgroup was full" },
	{ "split", "6.11", "folios split into smaller ones" },
	{ "split_failed", "6.11", "splits that failed because the folio was in use" },
	{ "split_deferred", "6.11",
	  "partly unmapped folios queued for a split when memory is short" },
	{ "nr_anon", "6.12", "anonymous folios at present" },
	{ "nr_anon_partially_mapped", "6.12", "part of these, probably partly unmapped" },
	{ "zswpout", "6.13", "folios written to zswap as a whole; not in swpout" },
	{ "swpin", "6.13", "folios read from swap as a whole, without zswap" },
	{ "swpin_fallback", "6.14", "swap-ins that got smaller folios" },
	{ "swpin_fallback_charge", "6.14",
	  "part of these, because the memory cgroup was full" },
	{ "collapse_alloc", "7.3",
	  "folios that khugepaged allocated for a collapse to the size" },
	{ "collapse_alloc_failed", "7.3", "such allocations that failed" },
	{ "collapse_exceed_none_pte", "7.3",
	  "abandoned collapses: more pages were absent than max_ptes_none allows" },
	{ "collapse_exceed_swap_pte", "7.3",
	  "abandoned collapses: pages were swapped out (PMD size: more than max_ptes_swap)" },
	{ "collapse_exceed_shared_pte", "7.3",
	  "abandoned collapses: pages were shared (PMD size: more than max_ptes_shared)" },
};

const size_t mthp_stats_count = ARRAY_SIZE(mthp_stats);

struct value mthp_swapped_out(const struct table *t, const struct row *r)
{
	struct value written = row_get(t, r, "swpout");
	struct value compressed = row_get(t, r, "zswpout");

	if (written.known && compressed.known)
		written.n += compressed.n;
	return written;
}

int mthp_parse_size(const char *name, uint64_t *ret)
{
	static const char prefix[] = "hugepages-";
	const char *p = name + strlen(prefix);
	uint64_t kib;

	if (strncmp(name, prefix, strlen(prefix)) || *p < '1' || *p > '9')
		return -EINVAL;
	if (scan_u64(&p, 10, &kib) || kib > UINT64_MAX / 1024 || strcmp(p, "kB"))
		return -EINVAL;
	*ret = kib * 1024;
	return 0;
}

static int mthp_by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int mthp_sizes(const char *root, uint64_t **ret, size_t *ret_n)
{
	_cleanup_(strings_free_p) char **names = NULL;
	size_t count = 0, n = 0;
	uint64_t *sizes;
	int r = file_list(root, MTHP_DIR, &names);

	if (r)
		return r;
	while (names[count])
		count++;
	sizes = calloc(count + 1, sizeof(*sizes));
	if (!sizes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		n += mthp_parse_size(names[i], &sizes[n]) == 0;
	qsort(sizes, n, sizeof(*sizes), mthp_by_size);
	*ret = sizes;
	*ret_n = n;
	return 0;
}

/*
 * Why @path cannot be read.  That it is missing means @missing, which @remedy helps, where
 * MTHP_DIR is there; without it the kernel has no THP, if this is a sysfs at all.
 */
static const char *explain(const char *root, int err, const char *path, const char *missing,
			   char *why, size_t len, const char **remedy)
{
	bool absent = err == -ENOENT && file_place_exists(root, path);

	if (!absent || (!missing && file_exists(root, MTHP_DIR))) {
		*remedy = file_remedy(root, err, path);
		return file_why(err, path, why, len);
	}
	if (!file_exists(root, MTHP_DIR)) {
		missing = NO_THP;
		*remedy = BUILD_THP;
	}
	snprintf(why, len, "%s is missing: %s", path, missing);
	return why;
}

/* By the kernel's convention nr_* is a level, everything else counts events. */
static enum value_kind stat_kind(const char *name)
{
	return strncmp(name, "nr_", 3) ? VALUE_COUNTER : VALUE_GAUGE;
}

static int mthp_read_stat(const char *root, const char *dir, const char *name, struct table *t,
			  struct row *row, struct findings *f)
{
	enum value_kind kind = stat_kind(name);
	size_t column = table_column(t, name, kind, UNIT_COUNT);
	char path[PATH_BYTES + NAME_MAX + 2], why[WHY_BYTES];
	uint64_t n;
	int r;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	r = file_read_u64(root, path, &n);
	if (r == -ENOMEM)
		return r;
	/* The kernel adds up per-CPU parts while they change: a level may come out below 0. */
	if (!r && kind == VALUE_GAUGE && n > INT64_MAX) {
		row_lacks(t, row, column, "the kernel was changing it while it was read");
		return 0;
	}
	if (r) {
		file_why(r, path, why, sizeof(why));
		row_lacks(t, row, column, why);
		f->bad_stat = (struct finding){ snapshot_intern(t->owner, "%s", why),
						file_remedy(root, r, path) };
		return 0;
	}
	row_set(t, row, column, n, dir);
	f->stats++;
	return 0;
}

static int read_stats(const char *root, uint64_t size, struct table *t, struct row *row,
		      struct findings *f)
{
	_cleanup_(strings_free_p) char **names = NULL;
	char dir[PATH_BYTES], why[WHY_BYTES];
	int r;

	snprintf(dir, sizeof(dir), MTHP_DIR "/hugepages-%" PRIu64 "kB/stats", size / 1024);
	r = file_list(root, dir, &names);
	if (r == -ENOMEM)
		return r;
	if (r) {
		f->bad_stat.remedy = "boot Linux 6.10 or newer";
		explain(root, r, dir, "kernels before 6.10 do not count by size", why,
			sizeof(why), &f->bad_stat.remedy);
		f->bad_stat.why = snapshot_intern(t->owner, "%s", why);
		return 0;
	}
	for (size_t i = 0; !r && names[i]; i++)
		r = mthp_read_stat(root, dir, names[i], t, row, f);
	return r;
}

/*
 * A size need not have both files: the smallest is for shmem only, and before 6.11 shmem had
 * no policy by size.  A file that is there and cannot be read or understood is a finding.
 */
static int read_policy(const char *root, uint64_t size, const char *file, struct table *t,
		       struct row *row, int label, struct findings *f)
{
	_cleanup_free_ char *word = NULL;
	char path[PATH_BYTES], why[WHY_BYTES];
	int r;

	snprintf(path, sizeof(path), MTHP_DIR "/hugepages-%" PRIu64 "kB/%s", size / 1024,
		 file);
	r = file_read_choice(root, path, &word);
	if (!r) {
		row_label(t, row, label, word);
		f->policies++;
	} else if (r != -ENOENT && r != -ENOMEM) {
		f->bad_policy =
			(struct finding){ snapshot_intern(t->owner, "%s",
							  file_why(r, path, why, sizeof(why))),
					  file_remedy(root, r, path) };
	}
	return r == -ENOMEM ? r : 0;
}

static int read_size(const char *root, uint64_t size, struct table *t, struct findings *f)
{
	/* The policies change: they are no part of the row's identity. */
	struct row *row = table_row(t, size, NULL);
	int r = read_policy(root, size, "enabled", t, row, 0, f);

	if (!r)
		r = read_policy(root, size, "shmem_enabled", t, row, 1, f);
	return r ? r : read_stats(root, size, t, row, f);
}

/* A counter that other sizes have (8 KiB folios are never anonymous). */
static void mark_absent(struct table *t)
{
	for (size_t i = 0; i < t->nrows; i++) {
		for (size_t c = 0; c < t->ncolumns; c++) {
			struct value v = row_get(t, t->rows[i], t->columns[c].name);

			if (!v.known && !v.why)
				row_lacks(t, t->rows[i], c,
					  "this kernel does not count it for this size");
		}
	}
}

static int read_sizes(const char *root, struct snapshot *s, struct findings *f)
{
	struct table *t = snapshot_table(s, TABLE_MTHP);
	_cleanup_free_ uint64_t *sizes = NULL;
	char why[WHY_BYTES];
	int r = mthp_sizes(root, &sizes, &f->sizes);

	if (r == -ENOMEM)
		return r;
	if (r)
		explain(root, r, MTHP_DIR, NULL, why, sizeof(why), &f->no_sizes.remedy);
	else if (!f->sizes)
		snprintf(why, sizeof(why),
			 MTHP_DIR " has no hugepages-*kB directories: kernels "
				  "before 6.8 know the PMD size only");
	if (!f->sizes) {
		if (!r)
			f->no_sizes.remedy = "boot Linux 6.8 or newer";
		table_lacks(t, why);
		f->no_sizes.why = t->why;
		return 0;
	}
	for (size_t i = 0; !r && i < f->sizes; i++)
		r = read_size(root, sizes[i], t, f);
	mark_absent(t);
	return r;
}

static int read_global_policies(const char *root, struct snapshot *s, struct findings *f)
{
	static const struct {
		enum snapshot_fact_id id;
		const char *path;
	} policy[] = {
		{ FACT_THP_ENABLED, MTHP_DIR "/enabled" },
		{ FACT_THP_DEFRAG, MTHP_DIR "/defrag" },
		{ FACT_THP_SHMEM, MTHP_DIR "/shmem_enabled" },
	};
	char why[WHY_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(policy); i++) {
		_cleanup_free_ char *word = NULL;
		const char *remedy = NULL;
		int r = file_read_choice(root, policy[i].path, &word);

		if (r == -ENOMEM)
			return r;
		if (!r) {
			snapshot_fact(s, policy[i].id, word);
			continue;
		}
		explain(root, r, policy[i].path, NULL, why, sizeof(why), &remedy);
		snapshot_fact_lacks(s, policy[i].id, why);
		if (r != -ENOENT)
			f->bad_policy = (struct finding){ s->fact[policy[i].id].why, remedy };
	}
	return 0;
}

/* Numbers that say how the kernel goes about it. */
static int read_settings(const char *root, struct snapshot *s)
{
	static const struct {
		enum snapshot_fact_id id;
		const char *path, *missing;
	} setting[] = {
		{ FACT_THP_SHRINK_UNDERUSED, MTHP_DIR "/shrink_underused",
		  "this kernel does not look for underused huge pages" },
		{ FACT_MAX_PTES_NONE, MTHP_DIR "/khugepaged/max_ptes_none", NULL },
	};
	char why[WHY_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(setting); i++) {
		const char *remedy = NULL;
		uint64_t n;
		int r = file_read_u64(root, setting[i].path, &n);

		if (r == -ENOMEM)
			return r;
		if (!r) {
			snapshot_fact(s, setting[i].id, snapshot_intern(s, "%" PRIu64, n));
			continue;
		}
		explain(root, r, setting[i].path, setting[i].missing, why, sizeof(why),
			&remedy);
		snapshot_fact_lacks(s, setting[i].id, why);
	}
	return 0;
}

static const struct {
	enum snapshot_field_id id;
	const char *path;
} khugepaged[] = {
	{ F_KHUGEPAGED_COLLAPSED, MTHP_DIR "/khugepaged/pages_collapsed" },
	{ F_KHUGEPAGED_SCANS, MTHP_DIR "/khugepaged/full_scans" },
};

static int read_khugepaged(const char *root, struct snapshot *s, struct findings *f)
{
	const char *remedy;
	char why[WHY_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(khugepaged); i++) {
		uint64_t n;
		int r = file_read_u64(root, khugepaged[i].path, &n);

		if (r == -ENOMEM)
			return r;
		if (!r) {
			snapshot_set(s, khugepaged[i].id, n, khugepaged[i].path);
			continue;
		}
		remedy = NULL;
		explain(root, r, khugepaged[i].path, NULL, why, sizeof(why), &remedy);
		snapshot_lacks(s, khugepaged[i].id, why);
		if (!f->bad_khugepaged.why)
			f->bad_khugepaged =
				(struct finding){ s->field[khugepaged[i].id].why, remedy };
	}
	return 0;
}

static int mthp_fill(const char *root, struct snapshot *s, struct findings *f)
{
	int r = read_sizes(root, s, f);

	if (!r)
		r = read_global_policies(root, s, f);
	if (!r)
		r = read_settings(root, s);
	return r ? r : read_khugepaged(root, s, f);
}

static void mthp_add_row(struct probe *p, const char *name, size_t good, const char *via,
			 const struct findings *f, const struct finding *bad)
{
	static const struct finding empty = { MTHP_DIR "/hugepages-*kB hold no files", NULL };

	if (!good && !bad->why)
		bad = f->no_sizes.why ? &f->no_sizes : &empty;
	if (!good)
		probe_add(p, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL, bad->why,
			  bad->remedy);
	else
		probe_add(p, PROBE_MEASUREMENT, name, bad->why ? PROBE_DEGRADED : PROBE_OK,
			  via, bad->why, bad->remedy);
}

static void mthp_add_rows(struct probe *p, const struct snapshot *s, const struct findings *f)
{
	static const enum snapshot_field_id ids[] = { F_KHUGEPAGED_COLLAPSED,
						      F_KHUGEPAGED_SCANS };

	mthp_add_row(p, "mthp.stats", f->stats, MTHP_DIR "/hugepages-*kB/stats", f,
		     &f->bad_stat);
	mthp_add_row(p, "mthp.policy", f->policies, MTHP_DIR "/hugepages-*kB/enabled", f,
		     &f->bad_policy);
	probe_add_fields(p, "khugepaged", s, ids, ARRAY_SIZE(ids), MTHP_DIR "/khugepaged",
			 f->bad_khugepaged.remedy);
}

static int mthp_open(struct host *h, const struct source_options *o, struct probe *p,
		     void **ret)
{
	struct snapshot *s = snapshot_new();
	struct mthp *m = calloc(1, sizeof(*m));
	struct findings f = { 0 };
	int r = -ENOMEM;

	if (s && m)
		r = mthp_fill(h->root, s, &f);
	if (!r)
		r = snapshot_error(s);
	if (!r) {
		mthp_add_rows(p, s, &f);
		m->root = h->root;
		*ret = m;
		m = NULL;
	}
	free(m);
	snapshot_free(s);
	return r;
}

static int mthp_read(void *source, struct snapshot *s)
{
	const struct mthp *m = source;
	struct findings f = { 0 };

	return mthp_fill(m->root, s, &f);
}

const struct source_class source_mthp = {
	.name = "mthp",
	.open = mthp_open,
	.read = mthp_read,
	.close = free,
};
