// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>

#include "snapshot_json.h"

static const char *unit_name(enum value_unit unit)
{
	static const char *const name[] = { "count", "bytes", "nanoseconds", "pages" };

	return name[unit];
}

static struct json_object *unavailable(const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "unavailable", json_object_new_string(why));
	return o;
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

/* The change of a counter: a number, or why it is not known. */
static void add_change(struct json_object *o, enum value_kind kind, const struct value *delta)
{
	if (kind != VALUE_COUNTER || !delta)
		return;
	if (delta->known)
		json_object_object_add(o, "change", json_object_new_uint64(delta->n));
	else if (delta->why)
		json_object_object_add(o, "change", unavailable(delta->why));
}

static struct json_object *field_json(const struct field_desc *d, const struct value *v,
				      const struct value *delta)
{
	struct json_object *o;

	if (!v->known)
		return v->why ? unavailable(v->why) : NULL;
	o = json_object_new_object();
	json_object_object_add(o, "value", json_object_new_uint64(v->n));
	add_change(o, d->kind, delta);
	add_text(o, "unit", unit_name(d->unit));
	add_text(o, "via", v->via);
	return o;
}

static struct json_object *facts_json(const struct snapshot *s)
{
	struct json_object *o = json_object_new_object();

	for (int i = 0; i < FACT_MAX; i++) {
		const char *name = snapshot_fact_desc[i].name;

		add_text(o, name, s->fact[i].text);
		if (!s->fact[i].text && s->fact[i].why)
			json_object_object_add(o, name, unavailable(s->fact[i].why));
	}
	return o;
}

static struct json_object *fields_json(const struct snapshot *s, const struct snapshot *delta)
{
	struct json_object *all = json_object_new_object(), *group;

	for (int i = 0; i < FIELD_MAX; i++) {
		const struct field_desc *d = &snapshot_field_desc[i];
		struct json_object *o =
			field_json(d, &s->field[i], delta ? &delta->field[i] : NULL);

		if (!o)
			continue;
		if (!json_object_object_get_ex(all, d->group, &group)) {
			group = json_object_new_object();
			json_object_object_add(all, d->group, group);
		}
		json_object_object_add(group, d->name, o);
	}
	return all;
}

static struct json_object *cell_json(enum value_kind kind, const struct value *v,
				     const struct value *delta)
{
	struct json_object *o;

	if (!v->known)
		return v->why ? unavailable(v->why) : NULL;
	if (kind != VALUE_COUNTER || !delta)
		return json_object_new_uint64(v->n);
	o = json_object_new_object();
	json_object_object_add(o, "value", json_object_new_uint64(v->n));
	add_change(o, kind, delta);
	return o;
}

static struct json_object *row_json(const struct table *t, const struct row *r,
				    const struct table *delta)
{
	struct json_object *o = json_object_new_object();
	const struct row *d = delta ? table_find(delta, r->key, r->label[0]) : NULL;

	json_object_object_add(o, t->desc->key, json_object_new_uint64(r->key));
	for (int i = 0; i < 2; i++) {
		if (t->desc->label[i])
			add_text(o, t->desc->label[i], r->label[i]);
	}
	for (size_t i = 0; i < r->nv; i++) {
		const struct column *c = &t->columns[i];
		struct value change = d ? row_get(delta, d, c->name) : (struct value){ 0 };
		struct json_object *cell = cell_json(c->kind, &r->v[i], d ? &change : NULL);

		if (cell)
			json_object_object_add(o, c->name, cell);
	}
	return o;
}

static struct json_object *table_json(const struct table *t, const struct table *delta)
{
	struct json_object *a;

	if (t->why && !t->nrows)
		return unavailable(t->why);
	if (!t->nrows)
		return NULL;
	a = json_object_new_array();
	for (size_t i = 0; i < t->nrows; i++)
		json_object_array_add(a, row_json(t, t->rows[i], delta));
	return a;
}

static struct json_object *tables_json(const struct snapshot *s, const struct snapshot *delta)
{
	struct json_object *all = json_object_new_object();

	for (int i = 0; i < TABLE_MAX; i++) {
		struct json_object *o =
			table_json(&s->table[i], delta ? &delta->table[i] : NULL);

		if (o)
			json_object_object_add(all, snapshot_table_desc[i].name, o);
	}
	return all;
}

struct json_object *snapshot_to_json(const struct snapshot *total,
				     const struct snapshot *delta)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	add_text(o, "schema", "pgtop.snapshot");
	json_object_object_add(o, "version", json_object_new_int(total->version));
	json_object_object_add(o, "time", json_object_new_double(total->real_ns / 1e9));
	json_object_object_add(o, "interval_seconds",
			       json_object_new_double(delta ? delta->interval_ns / 1e9 : 0));
	json_object_object_add(o, "facts", facts_json(total));
	json_object_object_add(o, "fields", fields_json(total, delta));
	json_object_object_add(o, "tables", tables_json(total, delta));
	return o;
}

static struct json_object *probe_row_json(const struct probe_row *r)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "kind", probe_kind_name(r->kind));
	add_text(o, "name", r->name);
	add_text(o, "state", probe_state_name(r->state));
	add_text(o, "via", r->via);
	add_text(o, "why", r->why);
	add_text(o, "remedy", r->remedy);
	return o;
}

struct json_object *probe_to_json(const struct probe *p)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; a && i < p->n; i++)
		json_object_array_add(a, probe_row_json(&p->rows[i]));
	return a;
}

void snapshot_json_add_probe(struct json_object *snapshot, const struct probe *p)
{
	json_object_object_add(snapshot, "probe", probe_to_json(p));
}
