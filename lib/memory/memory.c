// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "host/buddyinfo.h"
#include "host/cpustat.h"
#include "util/file.h"
#include "host/meminfo.h"
#include "host/mountinfo.h"
#include "util/number.h"
#include "host/psi.h"
#include "snapshot/source.h"
#include "util/util.h"
#include "host/vmstat.h"

#define BUDDYINFO "/proc/buddyinfo"
#define WHY_BYTES 256

/* What it means that a line or a file is not there, and what would help; NULL: nothing. */
struct absence {
	const char *why, *remedy;
};

#define NOT_BUILT(option)                                                                     \
	{                                                                                     \
		"the kernel was built without " option,                                       \
			"boot a kernel built with " option "=y"                               \
	}

static const struct absence no_thp = NOT_BUILT("CONFIG_TRANSPARENT_HUGEPAGE");
static const struct absence no_swap = NOT_BUILT("CONFIG_SWAP");
static const struct absence no_compaction = NOT_BUILT("CONFIG_COMPACTION");
static const struct absence no_events = NOT_BUILT("CONFIG_VM_EVENT_COUNTERS");
static const struct absence no_direct = { "kernels for this architecture do not count it",
					  NULL };
static const struct absence no_zswap = { "the kernel was built without CONFIG_ZSWAP", NULL };
static const struct absence no_swap_zero = { "this kernel does not count pages of zeros apart",
					     NULL };
static const struct absence no_underused = {
	"this kernel does not look for underused huge pages", NULL
};
static const struct absence no_1g = {
	"this architecture or CPU has no 1 GiB kernel mappings, or does not count them", NULL
};
static const struct absence no_psi = {
	"the kernel was built without CONFIG_PSI or booted with psi=0",
	"boot with psi=1 a kernel built with CONFIG_PSI=y"
};

/* A field and the line of the file that holds it. */
struct line {
	enum snapshot_field_id id;
	const char *key;
	const char *line;	      /* what the line begins with, if not with the key */
	const char *less;	      /* the value of this line is subtracted; NULL: none */
	const struct absence *absent; /* that there is no such line; NULL: nothing is known */
	bool optional;		      /* of some kernels only: none is the worse without it */
};

/* A file of lines with a key: one row of the probe, unless @row is NULL. */
struct keyed_file {
	const char *row, *path;
	int (*find)(const char *text, const char *key, uint64_t *ret);
	const struct line *lines;
	size_t n;
	const struct absence
		*absent; /* that there is no such file; NULL: every kernel has it */
};

static const struct line meminfo_lines[] = {
	{ .id = F_MEM_TOTAL, .key = "MemTotal" },
	{ .id = F_MEM_AVAILABLE, .key = "MemAvailable" },
	{ .id = F_MEM_PAGE_TABLES, .key = "PageTables" },
	{ .id = F_MEM_SWAP_TOTAL, .key = "SwapTotal" },
	{ .id = F_MEM_SWAP_FREE, .key = "SwapFree" },
	{ .id = F_MEM_ANON, .key = "AnonPages" },
	{ .id = F_MEM_ANON_HUGE, .key = "AnonHugePages", .absent = &no_thp },
	{ .id = F_MEM_SHMEM_HUGE, .key = "ShmemHugePages", .absent = &no_thp },
	{ .id = F_MEM_FILE_HUGE, .key = "FileHugePages", .absent = &no_thp },
};

static const struct line direct_map_lines[] = {
	{ .id = F_MEM_DIRECT_4K, .key = "DirectMap4k", .absent = &no_direct },
	{ .id = F_MEM_DIRECT_64K, .key = "DirectMap64k", .absent = &no_direct },
	{ .id = F_MEM_DIRECT_2M, .key = "DirectMap2M", .absent = &no_direct },
	{ .id = F_MEM_DIRECT_32M, .key = "DirectMap32M", .absent = &no_direct },
	{ .id = F_MEM_DIRECT_1G, .key = "DirectMap1G", .absent = &no_1g },
};

static const struct line vmstat_lines[] = {
	{ .id = F_VM_MINOR_FAULTS,
	  .key = "pgfault",
	  .less = "pgmajfault",
	  .absent = &no_events },
	{ .id = F_VM_MAJOR_FAULTS, .key = "pgmajfault", .absent = &no_events },
	{ .id = F_VM_SWAP_IN, .key = "pswpin", .absent = &no_swap },
	{ .id = F_VM_SWAP_OUT, .key = "pswpout", .absent = &no_swap },
	{ .id = F_VM_COMPACT_STALLS, .key = "compact_stall", .absent = &no_compaction },
	{ .id = F_VM_COMPACT_FAILS, .key = "compact_fail", .absent = &no_compaction },
	{ .id = F_THP_FAULT_ALLOC, .key = "thp_fault_alloc", .absent = &no_thp },
	{ .id = F_THP_FAULT_FALLBACK, .key = "thp_fault_fallback", .absent = &no_thp },
	{ .id = F_THP_COLLAPSE_ALLOC, .key = "thp_collapse_alloc", .absent = &no_thp },
	{ .id = F_THP_SPLIT_PAGE, .key = "thp_split_page", .absent = &no_thp },
	{ .id = F_THP_SPLIT_PMD, .key = "thp_split_pmd", .absent = &no_thp },
	{ .id = F_VM_ZSWAP_IN, .key = "zswpin", .absent = &no_zswap, .optional = true },
	{ .id = F_VM_ZSWAP_OUT, .key = "zswpout", .absent = &no_zswap, .optional = true },
	{ .id = F_VM_SWAP_IN_ZERO,
	  .key = "swpin_zero",
	  .absent = &no_swap_zero,
	  .optional = true },
	{ .id = F_VM_SWAP_OUT_ZERO,
	  .key = "swpout_zero",
	  .absent = &no_swap_zero,
	  .optional = true },
	{ .id = F_THP_UNDERUSED_SPLIT,
	  .key = "thp_underused_split_page",
	  .absent = &no_underused,
	  .optional = true },
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
	  NULL },
	/* The linear map's source judges these against the page walk. */
	{ NULL, "/proc/meminfo", meminfo_direct_bytes, direct_map_lines,
	  ARRAY_SIZE(direct_map_lines), NULL },
	{ "vmstat", "/proc/vmstat", vmstat_count, vmstat_lines, ARRAY_SIZE(vmstat_lines),
	  NULL },
	{ "cpu_time", "/proc/stat", cpustat_ns, stat_lines, ARRAY_SIZE(stat_lines), NULL },
	{ "min_free", "/proc/sys/vm/min_free_kbytes", only_kib, min_free_lines,
	  ARRAY_SIZE(min_free_lines), NULL },
	{ "psi.memory", "/proc/pressure/memory", psi_total_ns, psi_lines,
	  ARRAY_SIZE(psi_lines), &no_psi },
};

struct memory {
	const struct host *host;
	/* What is mounted over each file, and so is not the kernel's; "": nothing */
	char over[ARRAY_SIZE(files)][32];
	/* By field: what would help where the last reading has no value; NULL: nothing. */
	const char *remedy[FIELD_MAX];
	const char *blocks_remedy; /* the same for the table of free blocks */
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

static void memory_lack(struct memory *m, struct snapshot *s, enum snapshot_field_id id,
			const char *why, const char *remedy)
{
	snapshot_lacks(s, id, why);
	m->remedy[id] = remedy;
}

static void read_line(struct memory *m, struct snapshot *s, const struct keyed_file *f,
		      const struct line *l, const char *text)
{
	const char *key, *why, *remedy = NULL;
	uint64_t n;
	int r = find_value(f, l, text, &n, &key);

	if (!r) {
		snapshot_set(s, l->id, n, f->path);
		return;
	}
	if (r == -ENOENT && l->absent) {
		why = snapshot_intern(s, "%s has no line %s: %s", f->path, key,
				      l->absent->why);
		remedy = l->absent->remedy;
	} else if (r == -ENOENT) {
		why = snapshot_intern(s, "%s has no line %s", f->path, key);
	} else {
		why = snapshot_intern(s, "%s: the line %s holds text pgtop cannot parse",
				      f->path, key);
	}
	memory_lack(m, s, l->id, why, remedy);
}

/* Why the file cannot be read; @remedy: what would help. */
static const char *why_unread(const struct memory *m, const struct keyed_file *f, int err,
			      char *why, size_t len, const char **remedy)
{
	const char *root = m->host->root;

	*remedy = file_remedy(root, err, f->path);
	if (err == -ENOENT && !file_place_exists(root, f->path))
		snprintf(why, len, "%s is missing: proc is not mounted on /proc", f->path);
	/* What psi=0 makes of the files depends on the kernel: absent, or refusing to be read.
	 */
	else if (f->absent && (err == -ENOENT || err == -EOPNOTSUPP))
		snprintf(why, len, "%s is %s: %s", f->path,
			 err == -ENOENT ? "missing" : "switched off", f->absent->why);
	else
		return file_why(err, f->path, why, len);
	if (!*remedy)
		*remedy = f->absent->remedy;
	return why;
}

static int read_keyed(struct memory *m, struct snapshot *s, size_t file)
{
	const struct keyed_file *f = &files[file];
	_cleanup_free_ char *text = NULL;
	const char *remedy = "run pgtop on the host";
	char why[WHY_BYTES];
	int r = *m->over[file] ? -EREMOTE : file_read(m->host->root, f->path, &text, NULL);

	if (r == -ENOMEM)
		return r;
	if (r == -EREMOTE)
		snprintf(why, sizeof(why),
			 "%s is not the kernel's here: %s is mounted over it", f->path,
			 m->over[file]);
	else if (r)
		why_unread(m, f, r, why, sizeof(why), &remedy);
	for (size_t i = 0; i < f->n; i++) {
		if (r)
			memory_lack(m, s, f->lines[i].id, why, remedy);
		else
			read_line(m, s, f, &f->lines[i], text);
	}
	return 0;
}

static int read_free_blocks(struct memory *m, struct snapshot *s)
{
	const struct host *h = m->host;
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
		m->blocks_remedy = file_remedy(h->root, r, BUDDYINFO);
		table_lacks(t, file_why(r, BUDDYINFO, why, sizeof(why)));
		return 0;
	}
	for (unsigned int i = 0; i < b.orders; i++)
		row_set(t, table_row(t, h->page_size << i, NULL), column, b.free[i],
			BUDDYINFO);
	return 0;
}

static int memory_fill(struct memory *m, struct snapshot *s)
{
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(files); i++)
		r = read_keyed(m, s, i);
	return r ? r : read_free_blocks(m, s);
}

/* The remedy belongs to the reason that is told, which is that of the first unknown. */
static void add_file_row(struct probe *p, const struct memory *m, const struct snapshot *s,
			 const struct keyed_file *f)
{
	enum snapshot_field_id ids[FIELD_MAX];
	const char *remedy = NULL;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (!f->lines[i].optional)
			ids[n++] = f->lines[i].id;
	}
	for (size_t i = n; i-- > 0;) {
		if (!s->field[ids[i]].known)
			remedy = m->remedy[ids[i]];
	}
	probe_add_fields(p, f->row, s, ids, n, f->path, remedy);
}

static void memory_add_rows(struct probe *p, const struct memory *m, const struct snapshot *s)
{
	const char *why = s->table[TABLE_FREE_BLOCKS].why;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].row)
			add_file_row(p, m, s, &files[i]);
	}
	probe_add(p, PROBE_MEASUREMENT, "buddyinfo", why ? PROBE_UNAVAILABLE : PROBE_OK,
		  why ? NULL : BUDDYINFO, why, m->blocks_remedy);
}

static int find_mounts_over(struct memory *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (file_is_foreign(m->host->root, files[i].path, m->over[i],
				    sizeof(m->over[i])) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int memory_open(struct host *h, const struct source_options *o, struct probe *p,
		       void **ret)
{
	struct snapshot *s = snapshot_new();
	struct memory *m = calloc(1, sizeof(*m));
	int r = -ENOMEM;

	if (s && m) {
		m->host = h;
		r = find_mounts_over(m);
	}
	if (!r)
		r = memory_fill(m, s);
	if (!r)
		r = snapshot_error(s);
	if (!r) {
		memory_add_rows(p, m, s);
		*ret = m;
		m = NULL;
	}
	free(m);
	snapshot_free(s);
	return r;
}

static int memory_read(void *source, struct snapshot *s)
{
	return memory_fill(source, s);
}

const struct source_class source_memory = {
	.name = "memory",
	.open = memory_open,
	.read = memory_read,
	.close = free,
};
