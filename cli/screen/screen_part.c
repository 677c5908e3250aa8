// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "screen/screen_part.h"

const struct value *field(const struct snapshot *s, enum snapshot_field_id id)
{
	static const struct value unknown;

	return s ? &s->field[id] : &unknown;
}

const char *field_rate(const struct screen *s, enum snapshot_field_id id, char *buf)
{
	return text_rate(field(s->delta, id), s->delta ? s->delta->interval_ns : 0, buf);
}

const char *row_rate(const struct screen *s, enum snapshot_table_id id, const struct row *r,
		     const char *column, char *buf)
{
	const struct table *t = s->delta ? &s->delta->table[id] : NULL;
	const struct row *d = t ? table_find(t, r->key, r->label[0]) : NULL;
	struct value v = d ? row_get(t, d, column) : (struct value){ 0 };

	return text_rate(&v, s->delta ? s->delta->interval_ns : 0, buf);
}

void append(char *line, size_t len, const char *before, const char *text)
{
	size_t at = strlen(line);

	if (text)
		snprintf(line + at, len - at, "%s%s%s", at ? ", " : "", before, text);
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

const struct row **rows_by(const struct table *t, const char *column)
{
	const struct row **rows = t->nrows ? calloc(t->nrows, sizeof(*rows)) : NULL;
	struct sort_key key = { t, column };

	if (!rows)
		return NULL;
	memcpy(rows, t->rows, t->nrows * sizeof(*rows));
	qsort_r(rows, t->nrows, sizeof(*rows), by_column, &key);
	return rows;
}

void screen_most(const struct screen *s, enum snapshot_table_id id, const char *column,
		 const char *what)
{
	const struct table *t = &s->delta->table[id];
	const struct row **rows = rows_by(t, column);
	char line[1024] = "", item[128], name[256];

	if (t->nrows && !rows)
		*s->error = -ENOMEM;
	for (size_t i = 0; rows && i < t->nrows && i < s->rows; i++) {
		const struct row *r = rows[i];
		struct value v = row_get(t, r, column);

		if (!v.known || !v.n)
			break;
		snprintf(item, sizeof(item), "%.100s %" PRIu64,
			 text_fit(r->label[0] ? r->label[0] : "?", 64, name, sizeof(name)),
			 v.n);
		append(line, sizeof(line), "", item);
	}
	if (*line)
		text_item(s->out, what, 14, line);
	free(rows);
}

void screen_grid(const struct screen *s, struct grid *g, int indent)
{
	int r = grid_print(g, s->out, indent, text_columns());

	if (r)
		*s->error = r;
	grid_free(g);
}
