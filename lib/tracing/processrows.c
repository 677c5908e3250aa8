// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracing/bpf.h"
#include "util/array.h"
#include "host/cgroup.h"
#include "util/clock.h"
#include "host/container.h"
#include "host/process.h"
#include "tracing/processrows.h"
#include "util/util.h"

/* Unless asked for less: with more rows in use, those of ended processes are given back. */
#define SCARCE (PROCESS_ROWS / 4 * 3)

static const char other_namespace[] =
	"in a PID namespace the kernel's process numbers are not those of /proc";

/* What processes that no longer have a row counted; sorted by cgroup. */
struct ended {
	uint64_t cgroup;
	uint64_t gone_ns; /* CLOCK_MONOTONIC: found to be gone; 0: it is there */
	uint64_t count[PROCESS_COUNTS];
};

struct process_rows {
	const struct host *host;
	int index_fd, rows_fd, free_fd;
	const pid_t *pids;   /* show only these */
	size_t npids;	     /* 0: all */
	char *cgroup;	     /* and of this cgroup only; NULL: all */
	bool same_namespace; /* the kernel's process numbers are ours */
	uint32_t enough;     /* rows in use; with more, those of ended processes go */
	uint64_t gone_ns;    /* so long what was counted in a cgroup that is gone stays */
	struct cgroups *cgroups;
	struct ended *ended;
	size_t nended;
};

void process_rows_free(struct process_rows *p)
{
	if (!p)
		return;
	cgroups_free(p->cgroups);
	free(p->cgroup);
	free(p->ended);
	free(p);
}

int process_rows_new(const struct host *h, const struct source_options *o,
		     const struct bpf_object *obj, struct process_rows **ret)
{
	struct process_rows *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->host = h;
	p->pids = o->pids;
	p->npids = o->npids;
	p->enough = o->process_rows ? MIN(o->process_rows, SCARCE) : SCARCE;
	p->gone_ns = o->gone_ns;
	p->same_namespace = in_host_pid_namespace(h->root);
	p->index_fd = bpf_object__find_map_fd_by_name(obj, "process_index");
	p->rows_fd = bpf_object__find_map_fd_by_name(obj, "process_rows");
	p->free_fd = bpf_object__find_map_fd_by_name(obj, "process_free");
	p->cgroups = cgroups_new(h->root);
	p->cgroup = o->cgroup ? strdup(o->cgroup) : NULL;
	if (!p->cgroups || (o->cgroup && !p->cgroup)) {
		process_rows_free(p);
		return -ENOMEM;
	}
	if (p->index_fd < 0 || p->rows_fd < 0 || p->free_fd < 0) {
		process_rows_free(p);
		return -ENOENT;
	}
	*ret = p;
	return 0;
}

void process_rows_probe(const struct process_rows *p, const char *name, struct probe *probe)
{
	if (!p->same_namespace)
		probe_add(probe, PROBE_MEASUREMENT, name, PROBE_UNAVAILABLE, NULL,
			  other_namespace, "run pgtop on the host");
}

static bool is_empty(const struct process_row *row)
{
	for (int i = 0; i < PROCESS_COUNTS; i++) {
		if (row->count[i])
			return false;
	}
	return true;
}

/* What one reading goes through. */
struct reading {
	struct process_rows *p;
	const struct process_column *columns;
	const char *via;
	uint64_t now_ns;
	struct table *processes, *cgroups;
	size_t process_column[PROCESS_COUNTS], cgroup_column[PROCESS_COUNTS];
};

static void processrows_add_columns(struct reading *g)
{
	for (int i = 0; i < PROCESS_COUNTS; i++) {
		const struct process_column *c = &g->columns[i];

		if (!c->name)
			continue;
		if (g->p->same_namespace)
			g->process_column[i] =
				table_column(g->processes, c->name, VALUE_COUNTER, c->unit);
		g->cgroup_column[i] =
			table_column(g->cgroups, c->name, VALUE_COUNTER, c->unit);
	}
}

static bool process_is_asked(const struct process_rows *p, uint32_t tgid)
{
	for (size_t i = 0; i < p->npids && p->same_namespace; i++) {
		if ((uint32_t)p->pids[i] == tgid)
			return true;
	}
	return !p->npids;
}

static bool processrows_is_wanted(const struct process_rows *p, uint32_t tgid,
				  const char *path)
{
	if (!process_is_asked(p, tgid))
		return false;
	return !p->cgroup || (path && process_in_cgroup(path, p->cgroup));
}

static void add_counts(const struct reading *g, struct table *t, struct row *r,
		       const size_t *column, const __u64 *count)
{
	for (int i = 0; i < PROCESS_COUNTS; i++) {
		const struct process_column *c = &g->columns[i];

		if (c->name && c->why)
			row_lacks(t, r, column[i], c->why);
		else if (c->name)
			row_add(t, r, column[i], count[i], g->via);
	}
}

/* The name of now: the row was made at the first event, perhaps before an exec. */
static void label_process(const struct reading *g, struct row *r,
			  const struct process_row *row, const char *path)
{
	_cleanup_free_ char *comm = NULL;
	char first[ABI_COMM_LEN + 1] = "";

	memcpy(first, row->comm, ABI_COMM_LEN);
	process_comm(g->p->host->root, row->key.tgid, &comm);
	row_label(g->processes, r, 0, comm ? comm : first);
	row_label(g->processes, r, 1, path);
}

static void show_process(const struct reading *g, const struct process_row *row,
			 const char *path)
{
	struct row *r;

	/* A name may change and is no part of the identity; a process in two cgroups adds up.
	 */
	r = table_row(g->processes, row->key.tgid, NULL);
	label_process(g, r, row, path);
	add_counts(g, g->processes, r, g->process_column, row->count);
}

static void show_cgroup(const struct reading *g, uint64_t id, const char *path,
			const __u64 *count)
{
	struct row *r = table_row(g->cgroups, id, NULL);

	row_label(g->cgroups, r, 0, path);
	add_counts(g, g->cgroups, r, g->cgroup_column, count);
}

static void processrows_show(const struct reading *g, const struct process_row *row)
{
	const char *path = cgroups_path(g->p->cgroups, row->key.cgroup);

	if (!processrows_is_wanted(g->p, row->key.tgid, path))
		return;
	if (g->p->same_namespace)
		show_process(g, row, path);
	show_cgroup(g, row->key.cgroup, path, row->count);
}

/* Whether @e has been shown without a cgroup, and without a process, for long enough. */
static bool is_over(const struct reading *g, struct ended *e, const char *path)
{
	if (path || table_find(g->cgroups, e->cgroup, NULL))
		e->gone_ns = 0;
	else if (!e->gone_ns)
		e->gone_ns = g->now_ns;
	return e->gone_ns && g->now_ns - e->gone_ns >= g->p->gone_ns;
}

/* Cgroups come and go without end: what is over is shown once more, then forgotten. */
static void show_ended(const struct reading *g)
{
	struct process_rows *p = g->p;
	size_t left = 0;

	for (size_t i = 0; i < p->nended; i++) {
		struct ended e = p->ended[i];
		const char *path = cgroups_path(p->cgroups, e.cgroup);
		bool over = is_over(g, &e, path);

		if (processrows_is_wanted(p, 0, path))
			show_cgroup(g, e.cgroup, path, (const __u64 *)e.count);
		if (!over)
			p->ended[left++] = e;
	}
	p->nended = left;
	if (!left) {
		free(p->ended);
		p->ended = NULL;
	}
}

/*
 * Give a row back.  A process that has ended counts no more, and a new one of its number finds
 * no index entry: once that is deleted, what the row holds is final but for an event that
 * found the row just before, or by the hint of its CPU.
 */
static int processrows_retire(struct process_rows *p, uint32_t i,
			      const struct process_key *key)
{
	static const struct process_row empty;
	struct ended *e = sorted_insert(&p->ended, &p->nended, sizeof(*e), key->cgroup);
	struct process_row row;
	uint32_t known;

	if (!e)
		return -ENOMEM;
	if (bpf_map_lookup_elem(p->index_fd, key, &known) || known != i ||
	    bpf_map_delete_elem(p->index_fd, key) || bpf_map_lookup_elem(p->rows_fd, &i, &row))
		return 0;
	for (int k = 0; k < PROCESS_COUNTS; k++)
		e->count[k] += row.count[k];
	if (!bpf_map_update_elem(p->rows_fd, &i, &empty, BPF_ANY))
		bpf_map_update_elem(p->free_fd, NULL, &i, BPF_ANY);
	return 0;
}

static bool has_ended(const struct process_row *row)
{
	return kill(row->key.tgid, 0) && errno == ESRCH;
}

static int retire_ended(struct process_rows *p, const struct process_row *rows, uint32_t n)
{
	uint32_t used = 0;
	int r = 0;

	for (uint32_t i = 1; i < n; i++)
		used += rows[i].key.tgid != 0;
	if (used < p->enough || !p->same_namespace)
		return 0;
	for (uint32_t i = 1; !r && i < n; i++) {
		if (rows[i].key.tgid && has_ended(&rows[i]))
			r = processrows_retire(p, i, &rows[i].key);
	}
	return r;
}

/* Row 0, and those that were given out at least once. */
static __u32 rows_begun(const struct process_rows *p)
{
	struct process_row first;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(p->rows_fd, &zero, &first))
		return 1;
	return MIN(first.count[0] + 1, PROCESS_ROWS);
}

int process_rows_read(struct process_rows *p, const struct process_column *columns,
		      const char *via, struct snapshot *s)
{
	__u32 n = rows_begun(p);
	_cleanup_free_ struct process_row *rows = calloc(n, sizeof(*rows));
	struct reading g = {
		.p = p,
		.columns = columns,
		.via = via,
		.now_ns = clock_ns(CLOCK_MONOTONIC),
		.processes = snapshot_table(s, TABLE_PROCESS),
		.cgroups = snapshot_table(s, TABLE_CGROUP),
	};
	int r = rows ? bpf_array_read(p->rows_fd, n, rows, sizeof(*rows)) : -ENOMEM;

	if (r)
		return r;
	if (!p->same_namespace)
		table_lacks(g.processes, other_namespace);
	processrows_add_columns(&g);
	cgroups_refresh(p->cgroups);
	for (__u32 i = 1; i < n; i++) {
		if (!is_empty(&rows[i]))
			processrows_show(&g, &rows[i]);
	}
	show_ended(&g);
	return retire_ended(p, rows, n);
}
