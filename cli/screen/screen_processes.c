// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "screen/screen_part.h"
#include "util/util.h"

struct top_column {
	const char *column, *title;
	enum value_kind kind;
};

/* Columns of the process and cgroup tables, the first that has data sorts. */
static const struct top_column top_columns[] = {
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

/* A table with the columns it is shown with. */
struct top_view {
	const struct table *t;
	struct top_column columns[ARRAY_SIZE(top_columns) + 1];
	size_t n;
	const char *sort; /* NULL: no column has data */
	char title[48];	  /* of the column that is there because it sorts */
};

static const struct column *find_column(const struct table *t, const char *name)
{
	for (size_t i = 0; name && i < t->ncolumns; i++) {
		if (!strcmp(t->columns[i].name, name))
			return &t->columns[i];
	}
	return NULL;
}

/* What is sorted by is shown, first if it is none of the usual columns. */
static void add_sort_column(struct top_view *v, const struct column *c)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!strcmp(v->columns[i].column, c->name))
			return;
	}
	snprintf(v->title, sizeof(v->title), "%s%s", c->name,
		 c->kind == VALUE_COUNTER ? "/s" : "");
	memmove(v->columns + 1, v->columns, v->n * sizeof(*v->columns));
	v->columns[0] = (struct top_column){ c->name, v->title, c->kind };
	v->n++;
}

static void top_view_init(struct top_view *v, const struct table *t, const char *sort)
{
	const struct column *c = find_column(t, sort);

	v->t = t;
	v->n = ARRAY_SIZE(top_columns);
	memcpy(v->columns, top_columns, sizeof(top_columns));
	v->sort = c ? sort : NULL;
	if (c)
		add_sort_column(v, c);
	for (size_t i = 0; i < v->n && !v->sort; i++) {
		if (column_has_data(t, v->columns[i].column))
			v->sort = v->columns[i].column;
	}
}

static struct grid *top_grid(const struct top_view *v, const char *head)
{
	char titles[256];

	snprintf(titles, sizeof(titles), "%s", head);
	for (size_t i = 0; i < v->n; i++) {
		size_t at = strlen(titles);

		snprintf(titles + at, sizeof(titles) - at, "|%s%s", v->columns[i].title,
			 strcmp(v->columns[i].column, v->sort) ? "" : "*");
	}
	return grid_new(titles);
}

static void top_cells(const struct top_view *v, const struct row *r, uint64_t interval_ns,
		      struct grid *g)
{
	char buf[TEXT_LEN];

	for (size_t i = 0; i < v->n; i++) {
		struct value n = row_get(v->t, r, v->columns[i].column);

		if (v->columns[i].kind == VALUE_COUNTER)
			grid_cell(g, "%s", text_rate(&n, interval_ns, buf));
		else
			grid_cell(g, "%s", text_value(&n, UNIT_BYTES, buf));
	}
}

/* Leave out what is empty, then what matters least, until the rest fits. */
static void screen_processes_fit(const struct top_view *v, struct grid *g, size_t before)
{
	static const char *const least[] = { "folds", "tlb_received", "maps", "block_bytes",
					     "tlb_flushes" };

	for (size_t i = 0; i < v->n; i++) {
		if (!column_has_data(v->t, v->columns[i].column) &&
		    strcmp(v->columns[i].column, v->sort))
			grid_drop(g, before + i);
	}
	for (size_t k = 0; k < ARRAY_SIZE(least); k++) {
		for (size_t i = 0; i < v->n; i++) {
			if (grid_width(g) + 2 > text_columns() && strcmp(least[k], v->sort) &&
			    !strcmp(v->columns[i].column, least[k]))
				grid_drop(g, before + i);
		}
	}
}

static void print_rows(const struct screen *s, const struct top_view *v, bool pids)
{
	const struct row **rows = rows_by(v->t, v->sort);
	uint64_t interval = s->delta ? s->delta->interval_ns : 0;
	struct grid *g = top_grid(v, pids ? "pid|~command" : "~cgroup");

	if (!rows)
		*s->error = -ENOMEM;
	for (size_t i = 0; rows && i < v->t->nrows && i < s->rows; i++) {
		if (pids)
			grid_cell(g, "%" PRIu64, rows[i]->key);
		grid_cell(g, "%s", rows[i]->label[0] ? rows[i]->label[0] : "?");
		top_cells(v, rows[i], interval, g);
	}
	screen_processes_fit(v, g, pids ? 2 : 1);
	screen_grid(s, g, 2);
	free(rows);
}

static bool print_top(const struct screen *s, enum snapshot_table_id id, const char *title)
{
	const struct snapshot *snap = s->delta ? s->delta : s->total;
	struct top_view v;
	char head[128];

	top_view_init(&v, &snap->table[id], s->sort);
	if (!v.sort || !v.t->nrows)
		return false;
	if (s->sort && strcmp(v.sort, s->sort))
		snprintf(head, sizeof(head), "%s by %s (%s is not counted for %s)", title,
			 v.sort, s->sort, title);
	else if (v.t->nrows > s->rows)
		snprintf(head, sizeof(head), "%s by %s, %zu of %zu", title, v.sort, s->rows,
			 v.t->nrows);
	else
		snprintf(head, sizeof(head), "%s by %s", title, v.sort);
	text_heading(s->out, s->color, head);
	print_rows(s, &v, id == TABLE_PROCESS);
	return true;
}

bool screen_processes(const struct screen *s)
{
	return print_top(s, TABLE_PROCESS, "processes");
}

bool screen_cgroups(const struct screen *s)
{
	return print_top(s, TABLE_CGROUP, "cgroups");
}
