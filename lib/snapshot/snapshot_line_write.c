// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "snapshot/snapshot_json.h"
#include "snapshot/snapshot_line.h"
#include "util/util.h"

static bool snapshot_line_write_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* RFC 8259, 7.  Bytes that are no UTF-8 pass as they are. */
static void put_text(FILE *f, const char *text)
{
	if (!text) {
		fputs("null", f);
		return;
	}
	putc_unlocked('"', f);
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\')
			fprintf(f, "\\u%04x", (unsigned int)*text);
		else
			putc_unlocked(*text, f);
	}
	putc_unlocked('"', f);
}

/* What the cells of a column usually say. */
struct usual {
	const char *via, *why;
};

static void put_known(FILE *f, const struct value *v, const char *via)
{
	if (snapshot_line_write_same(v->via, via)) {
		fprintf(f, "%" PRIu64, v->n);
	} else if (!v->via) {
		fprintf(f, "[%" PRIu64 "]", v->n);
	} else {
		fprintf(f, "[%" PRIu64 ",", v->n);
		put_text(f, v->via);
		putc(']', f);
	}
}

static void put_cell(FILE *f, const struct value *v, const struct usual *u)
{
	if (v->known)
		put_known(f, v, u->via);
	else if (v->why && snapshot_line_write_same(v->why, u->why))
		fputs("true", f);
	else
		put_text(f, v->why);
}

static void put_facts(FILE *f, const struct snapshot *s)
{
	const char *comma = "";

	fputs(",\"facts\":{", f);
	for (int i = 0; i < FACT_MAX; i++) {
		const struct fact *fact = &s->fact[i];

		if (!fact->text && !fact->why)
			continue;
		fprintf(f, "%s\"%s\":%s", comma, snapshot_fact_desc[i].name,
			fact->text ? "" : "[");
		put_text(f, fact->text ? fact->text : fact->why);
		fputs(fact->text ? "" : "]", f);
		comma = ",";
	}
	putc('}', f);
}

static void put_fields(FILE *f, const struct snapshot *s)
{
	const struct usual nothing = { 0 };
	const char *comma = "";

	fputs(",\"fields\":{", f);
	for (int i = 0; i < FIELD_MAX; i++) {
		if (!s->field[i].known && !s->field[i].why)
			continue;
		fprintf(f, "%s\"%s.%s\":", comma, snapshot_field_desc[i].group,
			snapshot_field_desc[i].name);
		put_cell(f, &s->field[i], &nothing);
		comma = ",";
	}
	putc('}', f);
}

static struct usual column_usual(const struct table *t, size_t column)
{
	struct usual u = { 0 };

	for (size_t i = 0; i < t->nrows && !(u.via && u.why); i++) {
		const struct row *r = t->rows[i];

		if (column >= r->nv)
			continue;
		if (!u.via)
			u.via = r->v[column].via;
		if (!u.why)
			u.why = r->v[column].why;
	}
	return u;
}

static void put_columns(FILE *f, const struct table *t, struct usual *usual)
{
	fputs("\"columns\":[", f);
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];

		usual[i] = column_usual(t, i);
		fputs(i ? ",[" : "[", f);
		put_text(f, c->name);
		fprintf(f, ",\"%s\",\"%s\",", value_kind_name(c->kind),
			value_unit_name(c->unit));
		put_text(f, usual[i].via);
		putc(',', f);
		put_text(f, usual[i].why);
		putc(']', f);
	}
	putc(']', f);
}

static void put_row(FILE *f, const struct row *r, const struct usual *usual)
{
	size_t n = r->nv;

	fprintf(f, "[%" PRIu64 ",", r->key);
	put_text(f, r->identity);
	putc(',', f);
	if (r->identity && snapshot_line_write_same(r->identity, r->label[0]))
		fputs("true", f);
	else
		put_text(f, r->label[0]);
	putc(',', f);
	put_text(f, r->label[1]);
	while (n && !r->v[n - 1].known && !r->v[n - 1].why)
		n--;
	for (size_t i = 0; i < n; i++) {
		putc(',', f);
		put_cell(f, &r->v[i], &usual[i]);
	}
	putc(']', f);
}

static int put_table(FILE *f, const struct table *t)
{
	_cleanup_free_ struct usual *usual = calloc(t->ncolumns + 1, sizeof(*usual));

	if (!usual)
		return -ENOMEM;
	fprintf(f, "\"%s\":{", t->desc->name);
	if (t->why) {
		fputs("\"why\":", f);
		put_text(f, t->why);
		putc(',', f);
	}
	put_columns(f, t, usual);
	fputs(",\"rows\":[", f);
	for (size_t i = 0; i < t->nrows; i++) {
		fputs(i ? "," : "", f);
		put_row(f, t->rows[i], usual);
	}
	fputs("]}", f);
	return 0;
}

static int put_tables(FILE *f, const struct snapshot *s)
{
	const char *comma = "";
	int r = 0;

	fputs(",\"tables\":{", f);
	for (int i = 0; i < TABLE_MAX && !r; i++) {
		const struct table *t = &s->table[i];

		if (!t->why && !t->ncolumns && !t->nrows)
			continue;
		fputs(comma, f);
		r = put_table(f, t);
		comma = ",";
	}
	putc('}', f);
	return r;
}

static int put_snapshot(FILE *f, const struct snapshot *s)
{
	int r;

	fprintf(f,
		"{\"schema\":\"" SNAPSHOT_LINE_SCHEMA "\",\"version\":%u,\"mono_ns\":%" PRIu64
		",\"real_ns\":%" PRIu64,
		s->version, s->mono_ns, s->real_ns);
	if (s->delta)
		fprintf(f, ",\"interval_ns\":%" PRIu64, s->interval_ns);
	put_facts(f, s);
	put_fields(f, s);
	r = put_tables(f, s);
	putc('}', f);
	return r;
}

int snapshot_line_write(const struct snapshot *s, char **ret, size_t *ret_len)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return -ENOMEM;
	r = put_snapshot(f, s);
	if ((ferror(f) | fclose(f)) && !r)
		r = -ENOMEM;
	if (!r && len > SNAPSHOT_LINE_MAX)
		r = -EMSGSIZE;
	if (r) {
		free(text);
		return r;
	}
	*ret = text;
	*ret_len = len;
	return 0;
}

int snapshot_line_object(const struct snapshot *s, struct json_object **ret)
{
	struct json_object *o = json_object_new_object();
	char *text;
	size_t len;
	int r = o ? snapshot_line_write(s, &text, &len) : -ENOMEM;

	if (r) {
		json_object_put(o);
		return r;
	}
	json_object_set_serializer(o, json_object_userdata_to_json_string, text,
				   json_object_free_userdata);
	*ret = o;
	return 0;
}
