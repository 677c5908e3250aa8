// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "screen_part.h"
#include "util.h"

/* Columns of the process and cgroup tables, the first that has data sorts. */
static const struct top_column {
	const char *column, *title;
	enum value_kind kind;
} top_columns[] = {
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

bool screen_sort_known(const struct snapshot *s, const char *sort)
{
	const struct table *t = &s->table[TABLE_PROCESS];

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!strcmp(t->columns[i].name, sort))
			return true;
	}
	return false;
}

static bool column_has_data(const struct table *t, const char *column)
{
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		if (v.known && v.n)
			return true;
	}
	return false;
}

static const char *sort_column(const struct screen *s, const struct table *t)
{
	if (s->sort)
		return s->sort;
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		if (column_has_data(t, top_columns[i].column))
			return top_columns[i].column;
	}
	return "present_bytes";
}

struct sort_key {
	const struct table *t;
	const char *column;
};

static int by_column(const void *pa, const void *pb, void *arg)
{
	const struct row *a = *(const struct row *const *)pa,
			 *b = *(const struct row *const *)pb;
	const struct sort_key *k = arg;
	struct value va = row_get(k->t, a, k->column), vb = row_get(k->t, b, k->column);

	if (va.known != vb.known)
		return va.known ? -1 : 1;
	if (va.n != vb.n)
		return va.n > vb.n ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

static struct grid *top_grid(const char *head)
{
	char titles[256];

	snprintf(titles, sizeof(titles), "%s", head);
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		size_t at = strlen(titles);

		snprintf(titles + at, sizeof(titles) - at, "|%s", top_columns[i].title);
	}
	return grid_new(titles);
}

static void top_cells(const struct table *t, const struct row *r, uint64_t interval_ns,
		      struct grid *g)
{
	char buf[TEXT_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		struct value v = row_get(t, r, top_columns[i].column);

		if (top_columns[i].kind == VALUE_COUNTER)
			grid_cell(g, "%s", text_rate(&v, interval_ns, buf));
		else
			grid_cell(g, "%s", text_value(&v, UNIT_BYTES, buf));
	}
}

static void print_top(const struct screen *s, enum snapshot_table_id id, const char *title)
{
	const struct snapshot *snap = s->delta ? s->delta : s->total;
	const struct table *t = &snap->table[id];
	struct sort_key key = { t, sort_column(s, t) };
	const struct row **rows;
	struct grid *g;
	bool pids = id == TABLE_PROCESS;
	char head[96];

	if (!t->nrows)
		return;
	rows = calloc(t->nrows, sizeof(*rows));
	if (!rows)
		return;
	memcpy(rows, t->rows, t->nrows * sizeof(*rows));
	qsort_r(rows, t->nrows, sizeof(*rows), by_column, &key);
	snprintf(head, sizeof(head), "%s by %s", title, key.column);
	text_heading(s->out, s->color, head);
	g = top_grid(pids ? "pid|<command" : "<cgroup");
	for (size_t i = 0; i < t->nrows && i < s->rows; i++) {
		if (pids)
			grid_cell(g, "%" PRIu64, rows[i]->key);
		grid_cell(g, "%.*s", pids ? 15 : 36,
			  rows[i]->label[0] ? rows[i]->label[0] : "?");
		top_cells(t, rows[i], snap->interval_ns, g);
	}
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		if (!column_has_data(t, top_columns[i].column))
			grid_drop(g, i + (pids ? 2 : 1));
	}
	grid_print(g, s->out, 2, TEXT_WIDTH);
	grid_free(g);
	free(rows);
}

void screen_processes(const struct screen *s)
{
	print_top(s, TABLE_PROCESS, "processes");
}

void screen_cgroups(const struct screen *s)
{
	print_top(s, TABLE_CGROUP, "cgroups");
}
