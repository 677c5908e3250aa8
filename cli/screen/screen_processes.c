// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/process.h"
#include "screen/grid.h"
#include "screen/screen_rows.h"
#include "util/util.h"

/* Columns of the process and cgroup tables, the first that has data sorts. */
static const struct screen_rows_column top_columns[] = {
	{ "unfolds", "unfold/s", VALUE_COUNTER },
	{ "folds", "fold/s", VALUE_COUNTER },
	{ "maps", "map/s", VALUE_COUNTER },
	{ "tlb_flushes", "flush/s", VALUE_COUNTER },
	{ "tlb_received", "recvd/s", VALUE_COUNTER },
	{ "present_bytes", "mem", VALUE_GAUGE },
	{ "block_bytes", "block", VALUE_GAUGE },
	{ "contpte_bytes", "contpte", VALUE_GAUGE },
	{ "aligned_bytes", "aligned", VALUE_GAUGE },
};

static bool column_has_data(const struct table *t, const char *column)
{
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		if (v.known && v.n)
			return true;
	}
	return false;
}

static const struct column *find_column(const struct table *t, const char *name)
{
	for (size_t i = 0; name && i < t->ncolumns; i++) {
		if (!strcmp(t->columns[i].name, name))
			return &t->columns[i];
	}
	return NULL;
}

/* What is sorted by is shown, first if it is none of the usual columns. */
static void add_sort_column(struct screen_rows *v, const struct column *c)
{
	for (size_t i = 0; i < v->ncolumns; i++) {
		if (!strcmp(v->columns[i].column, c->name))
			return;
	}
	snprintf(v->title, sizeof(v->title), "%s%s", c->name,
		 c->kind == VALUE_COUNTER ? "/s" : "");
	memmove(v->columns + 1, v->columns, v->ncolumns * sizeof(*v->columns));
	v->columns[0] = (struct screen_rows_column){ c->name, v->title, c->kind };
	v->ncolumns++;
}

static void top_view_init(struct screen_rows *v, const struct table *t, const char *sort)
{
	const struct column *c = find_column(t, sort);

	v->t = t;
	v->ncolumns = ARRAY_SIZE(top_columns);
	memcpy(v->columns, top_columns, sizeof(top_columns));
	_Static_assert(SCREEN_COLUMNS > ARRAY_SIZE(top_columns), "one more that sorts");
	v->sort = c ? sort : NULL;
	if (c)
		add_sort_column(v, c);
	for (size_t i = 0; i < v->ncolumns && !v->sort; i++) {
		if (column_has_data(t, v->columns[i].column))
			v->sort = v->columns[i].column;
	}
}

static struct grid *top_grid(const struct screen_rows *v, const char *head)
{
	char titles[256];

	snprintf(titles, sizeof(titles), "%s", head);
	for (size_t i = 0; i < v->ncolumns; i++) {
		size_t at = strlen(titles);

		snprintf(titles + at, sizeof(titles) - at, "|%s%s", v->columns[i].title,
			 strcmp(v->columns[i].column, v->sort) ? "" : "*");
	}
	return grid_new(titles);
}

static void top_cells(const struct screen_rows *v, const struct row *r, uint64_t interval_ns,
		      struct grid *g)
{
	char buf[TEXT_LEN];

	for (size_t i = 0; i < v->ncolumns; i++) {
		struct value n = row_get(v->t, r, v->columns[i].column);

		if (v->columns[i].kind == VALUE_COUNTER)
			grid_cell(g, "%s", text_rate(&n, interval_ns, buf));
		else
			grid_cell(g, "%s", text_value(&n, UNIT_BYTES, buf));
	}
}

/* Leave out what is empty, then what matters least, until the rest fits. */
static void screen_processes_fit(const struct screen_rows *v, struct grid *g, size_t before)
{
	static const char *const least[] = { "folds", "tlb_received", "maps", "block_bytes",
					     "tlb_flushes" };

	for (size_t i = 0; i < v->ncolumns; i++) {
		if (!column_has_data(v->t, v->columns[i].column) &&
		    strcmp(v->columns[i].column, v->sort))
			grid_drop(g, before + i);
	}
	for (size_t k = 0; k < ARRAY_SIZE(least); k++) {
		for (size_t i = 0; i < v->ncolumns; i++) {
			if (grid_width(g) + 2 > text_columns() && strcmp(least[k], v->sort) &&
			    !strcmp(v->columns[i].column, least[k]))
				grid_drop(g, before + i);
		}
	}
}

static bool row_is_wanted(const struct screen *s, enum snapshot_table_id id,
			  const struct row *r)
{
	const char *name = r->label[0] ? r->label[0] : "?", *cgroup = r->label[1];
	char pid[24];

	if (s->cgroup && id == TABLE_PROCESS &&
	    (!cgroup || !process_in_cgroup(cgroup, s->cgroup)))
		return false;
	if (!s->filter || !*s->filter || strcasestr(name, s->filter))
		return true;
	snprintf(pid, sizeof(pid), "%" PRIu64, r->key);
	return id == TABLE_PROCESS && !strncmp(pid, s->filter, strlen(s->filter));
}

static void rows_reverse(const struct row **rows, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		const struct row *r = rows[i];

		rows[i] = rows[n - 1 - i];
		rows[n - 1 - i] = r;
	}
}

int screen_rows_find(const struct screen *s, enum snapshot_table_id id,
		     struct screen_rows *ret)
{
	const struct snapshot *snap = s->delta ? s->delta : s->total;
	const struct table *t = &snap->table[id];

	*ret = (struct screen_rows){ .id = id };
	top_view_init(ret, t, s->sort);
	if (!ret->sort || !t->nrows)
		return 0;
	ret->rows = rows_by(t, ret->sort);
	if (!ret->rows)
		return -ENOMEM;
	for (size_t i = 0; i < t->nrows; i++) {
		if (row_is_wanted(s, id, ret->rows[i]))
			ret->rows[ret->n++] = ret->rows[i];
	}
	if (s->reverse)
		rows_reverse(ret->rows, ret->n);
	return 0;
}

void screen_rows_done(struct screen_rows *r)
{
	free(r->rows);
	r->rows = NULL;
	r->n = 0;
}

const char *screen_rows_head(const struct screen *s, const struct screen_rows *r, size_t shown,
			     char *buf, size_t len)
{
	const char *title = r->id == TABLE_PROCESS ? "processes" : "cgroups";

	if (!r->sort)
		snprintf(buf, len, "%s: none that something is known of", title);
	else if (s->sort && strcmp(r->sort, s->sort))
		snprintf(buf, len, "%s by %s (%s is not counted for %s)", title, r->sort,
			 s->sort, title);
	else if (r->t->nrows > shown)
		snprintf(buf, len, "%s by %s, %zu of %zu", title, r->sort, shown, r->t->nrows);
	else
		snprintf(buf, len, "%s by %s", title, r->sort);
	return buf;
}

void screen_rows_print(const struct screen *s, const struct screen_rows *r, size_t first,
		       size_t n)
{
	bool pids = r->id == TABLE_PROCESS;
	uint64_t interval = s->delta ? s->delta->interval_ns : 0;
	struct grid *g = top_grid(r, pids ? "pid|~command" : "~cgroup");

	for (size_t i = first; i < r->n && i - first < n; i++) {
		if (pids)
			grid_cell(g, "%" PRIu64, r->rows[i]->key);
		grid_cell(g, "%s", r->rows[i]->label[0] ? r->rows[i]->label[0] : "?");
		top_cells(r, r->rows[i], interval, g);
	}
	screen_processes_fit(r, g, pids ? 2 : 1);
	screen_grid(s, g, 2);
}

const char *screen_rows_next(const struct screen_rows *r, int step)
{
	size_t at = 0, n = r->ncolumns;

	if (!r->sort)
		return NULL;
	while (strcmp(r->columns[at].column, r->sort))
		at++;
	do
		at = (at + n + step) % n;
	while (!column_has_data(r->t, r->columns[at].column) &&
	       strcmp(r->columns[at].column, r->sort));
	return r->columns[at].column;
}

static bool print_top(const struct screen *s, enum snapshot_table_id id)
{
	struct screen_rows r;
	char head[128];

	if (screen_rows_find(s, id, &r))
		*s->error = -ENOMEM;
	if (!r.sort || !r.t->nrows) {
		screen_rows_done(&r);
		return false;
	}
	text_heading(s->out, s->color, screen_rows_head(s, &r, s->rows, head, sizeof(head)));
	screen_rows_print(s, &r, 0, s->rows);
	screen_rows_done(&r);
	return true;
}

bool screen_processes(const struct screen *s)
{
	return print_top(s, TABLE_PROCESS);
}

bool screen_cgroups(const struct screen *s)
{
	return print_top(s, TABLE_CGROUP);
}
