// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "host/buddyinfo.h"
#include "host/cpustat.h"
#include "util/file.h"
#include "host/meminfo.h"
#include "util/number.h"
#include "host/psi.h"
#include "snapshot/source.h"
#include "util/util.h"
#include "host/vmstat.h"

#define BUDDYINFO "/proc/buddyinfo"
#define WHY_BYTES 256

#define NO_THP	      "the kernel was built without CONFIG_TRANSPARENT_HUGEPAGE"
#define NO_SWAP	      "the kernel was built without CONFIG_SWAP"
#define NO_COMPACTION "the kernel was built without CONFIG_COMPACTION"
#define NO_EVENTS     "the kernel was built without CONFIG_VM_EVENT_COUNTERS"
#define NO_DIRECT     "kernels for this architecture do not count it"

struct memory {
	const struct host *host;
};

/* A field and the line of the file that holds it. */
struct line {
	enum snapshot_field_id id;
	const char *key;
	const char *line;   /* what the line begins with, if not with the key */
	const char *less;   /* the value of this line is subtracted; NULL: none */
	const char *absent; /* what it means when there is no such line */
};

/* A file of lines with a key: one row of the probe, unless @row is NULL. */
struct keyed_file {
	const char *row, *path;
	int (*find)(const char *text, const char *key, uint64_t *ret);
	const struct line *lines;
	size_t n;
	const char *missing; /* what it means when there is no such file */
	const char *remedy;
};

static const struct line meminfo_lines[] = {
	{ .id = F_MEM_TOTAL, .key = "MemTotal" },
	{ .id = F_MEM_AVAILABLE, .key = "MemAvailable" },
	{ .id = F_MEM_PAGE_TABLES, .key = "PageTables" },
	{ .id = F_MEM_SWAP_TOTAL, .key = "SwapTotal" },
	{ .id = F_MEM_SWAP_FREE, .key = "SwapFree" },
	{ .id = F_MEM_ANON, .key = "AnonPages" },
	{ .id = F_MEM_ANON_HUGE, .key = "AnonHugePages", .absent = NO_THP },
	{ .id = F_MEM_SHMEM_HUGE, .key = "ShmemHugePages", .absent = NO_THP },
	{ .id = F_MEM_FILE_HUGE, .key = "FileHugePages", .absent = NO_THP },
};

static const struct line direct_map_lines[] = {
	{ .id = F_MEM_DIRECT_4K, .key = "DirectMap4k", .absent = NO_DIRECT },
	{ .id = F_MEM_DIRECT_2M, .key = "DirectMap2M", .absent = NO_DIRECT },
	{ .id = F_MEM_DIRECT_1G,
	  .key = "DirectMap1G",
	  .absent =
		  "this architecture or CPU has no 1 GiB kernel mappings, or does not count them" },
};

static const struct line vmstat_lines[] = {
	{ .id = F_VM_MINOR_FAULTS,
	  .key = "pgfault",
	  .less = "pgmajfault",
	  .absent = NO_EVENTS },
	{ .id = F_VM_MAJOR_FAULTS, .key = "pgmajfault", .absent = NO_EVENTS },
	{ .id = F_VM_SWAP_IN, .key = "pswpin", .absent = NO_SWAP },
	{ .id = F_VM_SWAP_OUT, .key = "pswpout", .absent = NO_SWAP },
	{ .id = F_VM_COMPACT_STALLS, .key = "compact_stall", .absent = NO_COMPACTION },
	{ .id = F_VM_COMPACT_FAILS, .key = "compact_fail", .absent = NO_COMPACTION },
	{ .id = F_THP_FAULT_ALLOC, .key = "thp_fault_alloc", .absent = NO_THP },
	{ .id = F_THP_FAULT_FALLBACK, .key = "thp_fault_fallback", .absent = NO_THP },
	{ .id = F_THP_COLLAPSE_ALLOC, .key = "thp_collapse_alloc", .absent = NO_THP },
	{ .id = F_THP_SPLIT_PAGE, .key = "thp_split_page", .absent = NO_THP },
	{ .id = F_THP_SPLIT_PMD, .key = "thp_split_pmd", .absent = NO_THP },
};

static const struct line psi_lines[] = {
	{ .id = F_PSI_MEMORY_SOME, .key = "some" },
	{ .id = F_PSI_MEMORY_FULL, .key = "full" },
};

static const struct line stat_lines[] = {
	{ .id = F_CPU_USER, .key = "user", .line = "cpu" },
	{ .id = F_CPU_KERNEL, .key = "kernel", .line = "cpu" },
};

static const struct line min_free_lines[] = {
	{ .id = F_MEM_MIN_FREE, .key = "min_free_kbytes" },
};

/* The whole file is a number of KiB. */
static int only_kib(const char *text, const char *key, uint64_t *ret)
{
	uint64_t kib;

	if (parse_u64(text, 10, UINT64_MAX / 1024, &kib))
		return -EBADMSG;
	*ret = kib * 1024;
	return 0;
}

static const struct keyed_file files[] = {
	{ "meminfo", "/proc/meminfo", meminfo_bytes, meminfo_lines, ARRAY_SIZE(meminfo_lines),
	  "/proc is not mounted", "mount proc on /proc" },
	/* The linear map's source judges these against the page walk. */
	{ NULL, "/proc/meminfo", meminfo_bytes, direct_map_lines, ARRAY_SIZE(direct_map_lines),
	  "/proc is not mounted", NULL },
	{ "vmstat", "/proc/vmstat", vmstat_count, vmstat_lines, ARRAY_SIZE(vmstat_lines),
	  "/proc is not mounted", "boot a kernel built with what is missing" },
	{ "cpu_time", "/proc/stat", cpustat_ns, stat_lines, ARRAY_SIZE(stat_lines),
	  "/proc is not mounted", "mount proc on /proc" },
	{ "min_free", "/proc/sys/vm/min_free_kbytes", only_kib, min_free_lines,
	  ARRAY_SIZE(min_free_lines), "/proc is not mounted", "mount proc on /proc" },
	{ "psi.memory", "/proc/pressure/memory", psi_total_ns, psi_lines,
	  ARRAY_SIZE(psi_lines),
	  "the kernel was built without CONFIG_PSI or booted with psi=0",
	  "boot with psi=1 a kernel built with CONFIG_PSI=y" },
};

/* On failure @bad is the key of the line that is to blame. */
static int find_value(const struct keyed_file *f, const struct line *l, const char *text,
		      uint64_t *ret, const char **bad)
{
	uint64_t n, less = 0;
	int r = f->find(text, l->key, &n);

	*bad = l->line ? l->line : l->key;
	if (!r && l->less) {
		*bad = l->less;
		r = f->find(text, l->less, &less);
	}
	if (!r && n < less)
		r = -EBADMSG;
	if (!r)
		*ret = n - less;
	return r;
}

static void read_line(struct snapshot *s, const struct keyed_file *f, const struct line *l,
		      const char *text)
{
	const char *key, *why;
	uint64_t n;
	int r = find_value(f, l, text, &n, &key);

	if (!r) {
		snapshot_set(s, l->id, n, f->path);
		return;
	}
	if (r == -ENOENT && l->absent)
		why = snapshot_intern(s, "%s has no line %s: %s", f->path, key, l->absent);
	else if (r == -ENOENT)
		why = snapshot_intern(s, "%s has no line %s", f->path, key);
	else
		why = snapshot_intern(s, "%s: the line %s holds text pgtop cannot parse",
				      f->path, key);
	snapshot_lacks(s, l->id, why);
}

static int read_keyed(struct snapshot *s, const char *root, const struct keyed_file *f)
{
	_cleanup_free_ char *text = NULL;
	char why[WHY_BYTES];
	int r = file_read(root, f->path, &text, NULL);

	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT)
		snprintf(why, sizeof(why), "%s is missing: %s", f->path, f->missing);
	/* What psi=0 makes of the files depends on the kernel: absent, or refusing to be read.
	 */
	else if (r == -EOPNOTSUPP)
		snprintf(why, sizeof(why), "%s is switched off: %s", f->path, f->missing);
	else if (r)
		file_why(r, f->path, why, sizeof(why));
	for (size_t i = 0; i < f->n; i++) {
		if (r)
			snapshot_lacks(s, f->lines[i].id, why);
		else
			read_line(s, f, &f->lines[i], text);
	}
	return 0;
}

static int read_free_blocks(struct snapshot *s, const struct host *h)
{
	struct table *t = snapshot_table(s, TABLE_FREE_BLOCKS);
	size_t column = table_column(t, "free", VALUE_GAUGE, UNIT_COUNT);
	_cleanup_free_ char *text = NULL;
	char why[WHY_BYTES];
	struct buddyinfo b;
	int r = file_read(h->root, BUDDYINFO, &text, NULL);

	if (!r)
		r = buddyinfo_parse(text, &b);
	if (r == -ENOMEM)
		return r;
	if (r) {
		table_lacks(t, file_why(r, BUDDYINFO, why, sizeof(why)));
		return 0;
	}
	for (unsigned int i = 0; i < b.orders; i++)
		row_set(t, table_row(t, h->page_size << i, NULL), column, b.free[i],
			BUDDYINFO);
	return 0;
}

static int memory_fill(struct snapshot *s, const struct host *h)
{
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(files); i++)
		r = read_keyed(s, h->root, &files[i]);
	return r ? r : read_free_blocks(s, h);
}

static void add_file_row(struct probe *p, const struct snapshot *s, const struct keyed_file *f)
{
	enum snapshot_field_id ids[FIELD_MAX];

	for (size_t i = 0; i < f->n; i++)
		ids[i] = f->lines[i].id;
	probe_add_fields(p, f->row, s, ids, f->n, f->path, f->remedy);
}

static void memory_add_rows(struct probe *p, const struct snapshot *s)
{
	const char *why = s->table[TABLE_FREE_BLOCKS].why;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].row)
			add_file_row(p, s, &files[i]);
	}
	probe_add(p, PROBE_MEASUREMENT, "buddyinfo", why ? PROBE_UNAVAILABLE : PROBE_OK,
		  why ? NULL : BUDDYINFO, why, why ? "mount proc on /proc" : NULL);
}

static int memory_open(struct host *h, const struct source_options *o, struct probe *p,
		       void **ret)
{
	struct snapshot *s = snapshot_new();
	struct memory *m = calloc(1, sizeof(*m));
	int r = -ENOMEM;

	if (s && m)
		r = memory_fill(s, h);
	if (!r)
		r = snapshot_error(s);
	if (!r) {
		memory_add_rows(p, s);
		m->host = h;
		*ret = m;
		m = NULL;
	}
	free(m);
	snapshot_free(s);
	return r;
}

static int memory_read(void *source, struct snapshot *s)
{
	const struct memory *m = source;

	return memory_fill(s, m->host);
}

const struct source_class source_memory = {
	.name = "memory",
	.open = memory_open,
	.read = memory_read,
	.close = free,
};
