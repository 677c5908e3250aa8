// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "util/json_add.h"
#include "util/json_text.h"
#include "util/number.h"
#include "snapshot/snapshot_json.h"
#include "snapshot/thp_policy.h"

const char *value_unit_name(enum value_unit unit)
{
	static const char *const name[] = { "count", "bytes", "nanoseconds", "pages" };

	return name[unit];
}

const char *value_kind_name(enum value_kind kind)
{
	return kind == VALUE_COUNTER ? "counter" : "gauge";
}

/* The change of a counter: a number, or why it is not known. */
static void add_change(struct json_object *o, enum value_kind kind, const struct value *delta)
{
	if (kind != VALUE_COUNTER || !delta)
		return;
	if (delta->known)
		json_add_u64(o, "change", delta->n);
	else if (delta->why)
		json_object_object_add(o, "change", json_unavailable(delta->why));
}

static struct json_object *field_json(const struct field_desc *d, const struct value *v,
				      const struct value *delta)
{
	struct json_object *o;

	if (!v->known)
		return v->why ? json_unavailable(v->why) : NULL;
	o = json_object_new_object();
	json_add_u64(o, "value", v->n);
	add_change(o, d->kind, delta);
	json_add_text(o, "unit", value_unit_name(d->unit));
	json_add_text(o, "via", v->via);
	return o;
}

static struct json_object *fact_json(enum fact_form form, const struct fact *f)
{
	uint64_t scale = form == FORM_KIB ? 1024 : 1, n;

	if (!f->text)
		return f->why ? json_unavailable(f->why) : NULL;
	if (form == FORM_TEXT)
		return json_new_text(f->text);
	/* in a record it may be anything */
	if (parse_u64(f->text, 10, UINT64_MAX / scale, &n))
		return json_unavailable("it is not a number");
	return json_object_new_uint64(n * scale);
}

static struct json_object *facts_json(const struct snapshot *s)
{
	struct json_object *all = json_object_new_object();

	for (int i = 0; i < FACT_MAX; i++) {
		struct json_object *o = fact_json(snapshot_fact_desc[i].form, &s->fact[i]);

		if (o)
			json_object_object_add(all, snapshot_fact_desc[i].name, o);
	}
	return all;
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
		return v->why ? json_unavailable(v->why) : NULL;
	if (kind != VALUE_COUNTER)
		return json_object_new_uint64(v->n);
	o = json_object_new_object();
	json_add_u64(o, "value", v->n);
	add_change(o, kind, delta);
	return o;
}

static struct json_object *row_json(const struct table *t, const struct row *r,
				    const struct table *delta)
{
	struct json_object *o = json_object_new_object();
	const struct row *d = delta ? table_find(delta, r->key, r->label[0]) : NULL;

	json_add_u64(o, t->desc->key, r->key);
	for (int i = 0; i < 2; i++) {
		if (t->desc->label[i])
			json_add_text(o, t->desc->label[i], r->label[i]);
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
		return json_unavailable(t->why);
	if (!t->nrows)
		return NULL;
	a = json_object_new_array();
	for (size_t i = 0; i < t->nrows; i++)
		json_object_array_add(a, row_json(t, t->rows[i], delta));
	return a;
}

static void add_effective(struct json_object *rows, const struct snapshot *s)
{
	static const char *const keys[] = {
		[THP_ANON] = "anon_policy_effective",
		[THP_SHMEM] = "shmem_policy_effective",
	};
	const struct table *t = &s->table[TABLE_MTHP];

	for (size_t i = 0; i < t->nrows; i++) {
		for (int m = 0; m < THP_MEMORIES; m++)
			json_add_text(json_object_array_get_idx(rows, i), keys[m],
				      thp_effective(s, t->rows[i], m));
	}
}

static struct json_object *tables_json(const struct snapshot *s, const struct snapshot *delta)
{
	struct json_object *all = json_object_new_object();

	for (int i = 0; i < TABLE_MAX; i++) {
		struct json_object *o =
			table_json(&s->table[i], delta ? &delta->table[i] : NULL);

		if (o && i == TABLE_MTHP && s->table[i].nrows)
			add_effective(o, s);
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
	json_add_text(o, "schema", "pgtop.snapshot");
	json_object_object_add(o, "version", json_object_new_int(JSON_VERSION));
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

	json_add_text(o, "kind", probe_kind_name(r->kind));
	json_add_text(o, "name", r->name);
	json_add_text(o, "state", probe_state_name(r->state));
	json_add_text(o, "via", r->via);
	json_add_text(o, "why", r->why);
	json_add_text(o, "remedy", r->remedy);
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

static int probe_row_from_json(struct probe *p, struct json_object *o)
{
	const char *name = json_text_member(o, "name"), *kind = json_text_member(o, "kind"),
		   *state = json_text_member(o, "state");
	int k, s;

	if (!name || !kind || !state)
		return -EBADMSG;
	for (k = PROBE_MEASUREMENT; k <= PROBE_FACT && strcmp(probe_kind_name(k), kind); k++)
		;
	for (s = PROBE_OK; s <= PROBE_UNAVAILABLE && strcmp(probe_state_name(s), state); s++)
		;
	if (k <= PROBE_FACT && s <= PROBE_UNAVAILABLE)
		probe_add(p, k, name, s, json_text_member(o, "via"),
			  json_text_member(o, "why"), json_text_member(o, "remedy"));
	return p->error;
}

int probe_from_json(struct json_object *rows, struct probe **ret)
{
	size_t n = json_object_is_type(rows, json_type_array) ? json_object_array_length(rows)
							      : 0;
	struct probe *p;
	int r = 0;

	if ((rows && !json_object_is_type(rows, json_type_array)) || n > PROBE_ROWS_MAX)
		return -EBADMSG;
	p = probe_new();
	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < n && !r; i++)
		r = probe_row_from_json(p, json_object_array_get_idx(rows, i));
	if (r) {
		probe_free(p);
		return r;
	}
	*ret = p;
	return 0;
}
