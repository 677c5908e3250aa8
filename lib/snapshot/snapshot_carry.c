// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "snapshot/snapshot_carry.h"

static void carry_fields(struct snapshot *s, const struct snapshot *older)
{
	for (int id = 0; id < FIELD_MAX; id++) {
		const struct value *v = &older->field[id];

		if (s->field[id].known || s->field[id].why ||
		    snapshot_field_desc[id].kind != VALUE_GAUGE)
			continue;
		if (v->known)
			snapshot_set(s, id, v->n, v->via);
		else if (v->why)
			snapshot_lacks(s, id, v->why);
	}
}

static bool has_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!strcmp(t->columns[i].name, name))
			return true;
	}
	return false;
}

static void carry_value(struct table *t, const struct table *older, const struct row *from,
			const struct column *c)
{
	struct value v = row_get(older, from, c->name);
	struct row *r;

	if (!v.known && !v.why)
		return;
	r = table_row(t, from->key, from->identity);
	for (int i = 0; r && i < 2; i++) {
		if (!r->label[i] && from->label[i])
			row_label(t, r, i, from->label[i]);
	}
	if (v.known)
		row_set(t, r, table_column(t, c->name, c->kind, c->unit), v.n, v.via);
	else
		row_lacks(t, r, table_column(t, c->name, c->kind, c->unit), v.why);
}

static void carry_table(struct table *t, const struct table *older)
{
	if (!t->nrows && !t->why && older->why)
		table_lacks(t, older->why);
	for (size_t c = 0; c < older->ncolumns; c++) {
		if (older->columns[c].kind != VALUE_GAUGE ||
		    has_column(t, older->columns[c].name))
			continue;
		for (size_t i = 0; i < older->nrows; i++)
			carry_value(t, older, older->rows[i], &older->columns[c]);
	}
}

int snapshot_carry(struct snapshot *s, const struct snapshot *older)
{
	carry_fields(s, older);
	for (int id = 0; id < TABLE_MAX; id++)
		carry_table(&s->table[id], &older->table[id]);
	return snapshot_error(s);
}
