// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "screen/screen_part.h"
#include "util/util.h"

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

static bool column_has_data(const struct table *t, const char *column)
{
	for (size_t i = 0; i < t->nrows; i++) {
		struct value v = row_get(t, t->rows[i], column);

		if (v.known && v.n)
			return true;
	}
	return false;
}

/* NULL: no column has data. */
static const char *sort_column(const struct screen *s, const struct table *t)
{
	if (s->sort && column_has_data(t, s->sort))
		return s->sort;
	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		if (column_has_data(t, top_columns[i].column))
			return top_columns[i].column;
	}
	return NULL;
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

/* Leave out what is empty, then what matters least, until the rest fits. */
static void screen_processes_fit(struct grid *g, const struct table *t, size_t before)
{
	static const char *const least[] = { "folds", "tlb_received", "maps", "block_bytes",
					     "tlb_flushes" };

	for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
		if (!column_has_data(t, top_columns[i].column))
			grid_drop(g, before + i);
	}
	for (size_t k = 0; k < ARRAY_SIZE(least); k++) {
		for (size_t i = 0; i < ARRAY_SIZE(top_columns); i++) {
			if (grid_width(g) + 2 > TEXT_WIDTH &&
			    !strcmp(top_columns[i].column, least[k]))
				grid_drop(g, before + i);
		}
	}
}

static void print_top(const struct screen *s, enum snapshot_table_id id, const char *title)
{
	const struct snapshot *snap = s->delta ? s->delta : s->total;
	const struct table *t = &snap->table[id];
	const char *column = sort_column(s, t);
	const struct row **rows = column ? rows_by(t, column) : NULL;
	bool pids = id == TABLE_PROCESS;
	struct grid *g;
	char head[96];

	if (column && !rows)
		*s->error = -ENOMEM;
	if (!rows)
		return;
	snprintf(head, sizeof(head), "%s by %s", title, column);
	text_heading(s->out, s->color, head);
	g = top_grid(pids ? "pid|~command" : "~cgroup");
	for (size_t i = 0; i < t->nrows && i < s->rows; i++) {
		if (pids)
			grid_cell(g, "%" PRIu64, rows[i]->key);
		grid_cell(g, "%s", rows[i]->label[0] ? rows[i]->label[0] : "?");
		top_cells(t, rows[i], snap->interval_ns, g);
	}
	screen_processes_fit(g, t, pids ? 2 : 1);
	screen_grid(s, g, 2);
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
