// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "util/json_text.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"
#include "util/util.h"

/* What the cells of a column usually say. */
struct usual {
	const char *via, *why;
};

/* What is wrong is told once, where it is found. */
struct line_reader {
	struct snapshot *s;
	size_t cells, skipped;
	char *why;
	size_t why_len;
};

static int __attribute__((format(printf, 2, 3)))
line_reader_fail(struct line_reader *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(in->why, in->why_len, fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

static bool is_u64(struct json_object *o)
{
	return json_object_is_type(o, json_type_int) && json_object_get_int64(o) >= 0;
}

static bool is_text(struct json_object *o)
{
	return json_object_is_type(o, json_type_string);
}

static bool is_text_or_null(struct json_object *o)
{
	return !o || is_text(o);
}

static const char *text_of(struct json_object *o)
{
	return is_text(o) ? json_object_get_string(o) : NULL;
}

static bool known_read(struct json_object *cell, struct value *ret)
{
	size_t n = json_object_array_length(cell);
	struct json_object *number = n ? json_object_array_get_idx(cell, 0) : NULL;
	struct json_object *via = n > 1 ? json_object_array_get_idx(cell, 1) : NULL;

	if (n < 1 || n > 2 || !is_u64(number) || (n > 1 && !is_text(via)))
		return false;
	*ret = (struct value){ json_object_get_uint64(number), true, text_of(via), NULL };
	return true;
}

/* Whether @cell is one; the strings of @ret are borrowed. */
static bool cell_read(struct json_object *cell, const struct usual *u, struct value *ret)
{
	switch (json_object_get_type(cell)) {
	case json_type_null:
		*ret = (struct value){ 0 };
		return true;
	case json_type_int:
		*ret = (struct value){ json_object_get_uint64(cell), true, u->via, NULL };
		return is_u64(cell);
	case json_type_string:
		*ret = (struct value){ .why = json_object_get_string(cell) };
		return true;
	case json_type_boolean:
		*ret = (struct value){ .why = u->why };
		return u->why && json_object_get_boolean(cell);
	case json_type_array:
		return known_read(cell, ret);
	default:
		return false;
	}
}

/* The member @name of @o, an object; NULL with 0 if there is none. */
static int snapshot_line_read_part(struct line_reader *in, struct json_object *o,
				   const char *name, struct json_object **ret)
{
	*ret = NULL;
	if (json_object_object_get_ex(o, name, ret) &&
	    !json_object_is_type(*ret, json_type_object))
		return line_reader_fail(in, "its %s are not an object", name);
	return 0;
}

static int fact_read(struct line_reader *in, int id, struct json_object *o)
{
	if (is_text(o))
		snapshot_fact(in->s, id, text_of(o));
	else if (json_object_is_type(o, json_type_array) && json_object_array_length(o) == 1 &&
		 is_text(json_object_array_get_idx(o, 0)))
		snapshot_fact_lacks(in->s, id, text_of(json_object_array_get_idx(o, 0)));
	else
		return line_reader_fail(in, "its fact '%s' is not text",
					snapshot_fact_desc[id].name);
	return 0;
}

static int facts_read(struct line_reader *in, struct json_object *json)
{
	struct json_object *facts, *o;
	size_t found = 0;
	int r = snapshot_line_read_part(in, json, "facts", &facts);

	for (int i = 0; i < FACT_MAX && facts && !r; i++) {
		if (!json_object_object_get_ex(facts, snapshot_fact_desc[i].name, &o))
			continue;
		found++;
		r = fact_read(in, i, o);
	}
	if (facts && !r)
		in->skipped += json_object_object_length(facts) - found;
	return r;
}

static int fields_read(struct line_reader *in, struct json_object *json)
{
	const struct usual nothing = { 0 };
	struct json_object *fields, *o;
	size_t found = 0;
	int r = snapshot_line_read_part(in, json, "fields", &fields);

	for (int i = 0; i < FIELD_MAX && fields && !r; i++) {
		char name[96];
		struct value v;

		snprintf(name, sizeof(name), "%s.%s", snapshot_field_desc[i].group,
			 snapshot_field_desc[i].name);
		if (!json_object_object_get_ex(fields, name, &o))
			continue;
		found++;
		if (!cell_read(o, &nothing, &v))
			r = line_reader_fail(in, "its field '%s' is not a number", name);
		else if (v.known)
			snapshot_set(in->s, i, v.n, v.via);
		else
			snapshot_lacks(in->s, i, v.why);
	}
	if (fields && !r)
		in->skipped += json_object_object_length(fields) - found;
	return r;
}

/* Where the cells of a column go. */
struct place {
	size_t column; /* SIZE_MAX: nowhere, its kind or unit is not known here */
	struct usual usual;
};

static bool kind_named(const char *name, enum value_kind *ret)
{
	for (int k = VALUE_COUNTER; k <= VALUE_GAUGE; k++) {
		if (!strcmp(value_kind_name(k), name)) {
			*ret = k;
			return true;
		}
	}
	return false;
}

static bool unit_named(const char *name, enum value_unit *ret)
{
	for (int u = UNIT_COUNT; u <= UNIT_PAGES; u++) {
		if (!strcmp(value_unit_name(u), name)) {
			*ret = u;
			return true;
		}
	}
	return false;
}

static int column_read(struct line_reader *in, struct table *t, struct json_object *o,
		       struct place *ret)
{
	struct json_object *e[5];
	enum value_kind kind;
	enum value_unit unit;

	if (!json_object_is_type(o, json_type_array) ||
	    json_object_array_length(o) != ARRAY_SIZE(e))
		return line_reader_fail(in, "table '%s' has a column without its five parts",
					t->desc->name);
	for (size_t i = 0; i < ARRAY_SIZE(e); i++)
		e[i] = json_object_array_get_idx(o, i);
	if (!is_text(e[0]) || !is_text(e[1]) || !is_text(e[2]) || !is_text_or_null(e[3]) ||
	    !is_text_or_null(e[4]))
		return line_reader_fail(in, "table '%s' has a column that is not text",
					t->desc->name);
	*ret = (struct place){ SIZE_MAX, { text_of(e[3]), text_of(e[4]) } };
	if (kind_named(text_of(e[1]), &kind) && unit_named(text_of(e[2]), &unit))
		ret->column = table_column(t, text_of(e[0]), kind, unit);
	else
		in->skipped++;
	return 0;
}

static int row_cells_read(struct line_reader *in, struct table *t, struct row *r,
			  struct json_object *o, const struct place *places)
{
	for (size_t i = 4; i < json_object_array_length(o); i++) {
		const struct place *p = &places[i - 4];
		struct value v;

		if (!cell_read(json_object_array_get_idx(o, i), &p->usual, &v))
			return line_reader_fail(in,
						"table '%s' has a cell that is not a number",
						t->desc->name);
		if (v.known)
			row_set(t, r, p->column, v.n, v.via);
		else if (v.why)
			row_lacks(t, r, p->column, v.why);
	}
	return 0;
}

static int row_read(struct line_reader *in, struct table *t, struct json_object *o,
		    const struct place *places, size_t ncolumns)
{
	struct json_object *e[4];
	bool identity_is_label;
	struct row *r;

	if (!json_object_is_type(o, json_type_array) || json_object_array_length(o) < 4 ||
	    json_object_array_length(o) > 4 + ncolumns)
		return line_reader_fail(in, "table '%s' has a row of a wrong length",
					t->desc->name);
	for (size_t i = 0; i < ARRAY_SIZE(e); i++)
		e[i] = json_object_array_get_idx(o, i);
	identity_is_label = json_object_is_type(e[2], json_type_boolean);
	if (!is_u64(e[0]) || !is_text_or_null(e[1]) ||
	    !(identity_is_label || is_text_or_null(e[2])) || !is_text_or_null(e[3]))
		return line_reader_fail(in, "table '%s' has a row without key and labels",
					t->desc->name);
	r = table_row(t, json_object_get_uint64(e[0]), text_of(e[1]));
	row_label(t, r, 0, text_of(identity_is_label ? e[1] : e[2]));
	row_label(t, r, 1, text_of(e[3]));
	return row_cells_read(in, t, r, o, places);
}

static int rows_read(struct line_reader *in, struct table *t, struct json_object *columns,
		     struct json_object *rows)
{
	size_t ncolumns = json_object_array_length(columns);
	size_t nrows = json_object_array_length(rows);
	_cleanup_free_ struct place *places = calloc(ncolumns + 1, sizeof(*places));
	int r = places ? 0 : -ENOMEM;

	/* A row takes room for all columns as soon as one of them is set. */
	if (ncolumns && nrows > (SNAPSHOT_CELLS_MAX - in->cells) / ncolumns)
		return line_reader_fail(in, "its tables are larger than any machine's");
	in->cells += nrows * ncolumns;
	for (size_t i = 0; i < ncolumns && !r; i++)
		r = column_read(in, t, json_object_array_get_idx(columns, i), &places[i]);
	for (size_t i = 0; i < nrows && !r; i++)
		r = row_read(in, t, json_object_array_get_idx(rows, i), places, ncolumns);
	return r;
}

static int table_read(struct line_reader *in, struct table *t, struct json_object *json)
{
	struct json_object *why, *columns, *rows;

	if (!json_object_is_type(json, json_type_object) ||
	    !json_object_object_get_ex(json, "columns", &columns) ||
	    !json_object_is_type(columns, json_type_array) ||
	    !json_object_object_get_ex(json, "rows", &rows) ||
	    !json_object_is_type(rows, json_type_array))
		return line_reader_fail(in, "table '%s' has no columns and rows",
					t->desc->name);
	if (json_object_object_get_ex(json, "why", &why)) {
		if (!is_text(why))
			return line_reader_fail(in, "table '%s' lacks a reason",
						t->desc->name);
		table_lacks(t, text_of(why));
	}
	return rows_read(in, t, columns, rows);
}

static int tables_read(struct line_reader *in, struct json_object *json)
{
	struct json_object *tables, *o;
	size_t found = 0;
	int r = snapshot_line_read_part(in, json, "tables", &tables);

	for (int i = 0; i < TABLE_MAX && tables && !r; i++) {
		if (!json_object_object_get_ex(tables, snapshot_table_desc[i].name, &o))
			continue;
		found++;
		r = table_read(in, snapshot_table(in->s, i), o);
	}
	if (tables && !r)
		in->skipped += json_object_object_length(tables) - found;
	return r;
}

static int number_read(struct line_reader *in, struct json_object *json, const char *name,
		       uint64_t *ret)
{
	struct json_object *o;

	if (!json_object_object_get_ex(json, name, &o) || !is_u64(o))
		return line_reader_fail(in, "it has no %s", name);
	*ret = json_object_get_uint64(o);
	return 0;
}

static int head_read(struct line_reader *in, struct json_object *json)
{
	const char *schema = json_text_member(json, "schema");
	uint64_t version = 0;
	int r;

	if (!schema || strcmp(schema, SNAPSHOT_LINE_SCHEMA))
		return line_reader_fail(in, "it is not a snapshot");
	r = number_read(in, json, "version", &version);
	if (r)
		return r;
	if (version != SNAPSHOT_VERSION) {
		line_reader_fail(in,
				 "it is a snapshot of version %" PRIu64
				 ", this pgtop reads version %d",
				 version, SNAPSHOT_VERSION);
		return -EPROTONOSUPPORT;
	}
	in->s->delta = json_object_object_get_ex(json, "interval_ns", NULL);
	r = number_read(in, json, "mono_ns", &in->s->mono_ns);
	if (!r)
		r = number_read(in, json, "real_ns", &in->s->real_ns);
	if (!r && in->s->delta)
		r = number_read(in, json, "interval_ns", &in->s->interval_ns);
	return r;
}

static int all_read(struct line_reader *in, struct json_object *json)
{
	int r = head_read(in, json);

	if (!r)
		r = facts_read(in, json);
	if (!r)
		r = fields_read(in, json);
	if (!r)
		r = tables_read(in, json);
	return r ? r : snapshot_error(in->s);
}

int snapshot_line_read_object(struct json_object *json, struct snapshot **ret,
			      size_t *ret_skipped, char *why, size_t why_len)
{
	struct line_reader in = { .s = snapshot_new(), .why = why, .why_len = why_len };
	int r = in.s ? all_read(&in, json) : -ENOMEM;

	if (r) {
		if (r == -ENOMEM)
			line_reader_fail(&in, "out of memory");
		snapshot_free(in.s);
		return r;
	}
	if (ret_skipped)
		*ret_skipped = in.skipped;
	*ret = in.s;
	return 0;
}

int snapshot_line_read(const char *line, size_t len, struct snapshot **ret,
		       size_t *ret_skipped, char *why, size_t why_len)
{
	struct json_object *json = NULL;
	int r = -E2BIG;

	if (len <= SNAPSHOT_LINE_MAX)
		r = json_text_read(line, len, SNAPSHOT_NODES_MAX, &json);
	if (!r)
		r = snapshot_line_read_object(json, ret, ret_skipped, why, why_len);
	else if (r == -ENOMEM)
		snprintf(why, why_len, "out of memory");
	else
		snprintf(why, why_len,
			 r == -E2BIG ? "it is larger than any machine's" : "it is not JSON");
	json_object_put(json);
	return r == -E2BIG ? -EBADMSG : r;
}
