// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include <json-c/json.h>

#include "report.h"
#include "snapshot/snapshot_json.h"
#include "sort.h"
#include "util/util.h"

struct screen report_begin(const struct cli_options *o)
{
	return (struct screen){
		.out = stdout,
		.host = o->host,
		.color = o->color,
		.lines = o->all ? 0 : o->lines,
		.fill = !cli_given(o, OPT_ROWS),
		.rows = o->rows,
		.sort = o->sort,
	};
}

static void add_policy(struct json_object *json, const struct screen *s)
{
	struct json_object *o;

	if (!s->status)
		return;
	o = json_object_new_object();
	json_object_object_add(o, "status", json_object_get(s->status));
	if (s->decisions)
		json_object_object_add(o, "decisions", json_object_get(s->decisions));
	json_object_object_add(json, "policy", o);
}

/*
 * The rows of table @id in the order in which the screen has them, by what the interval shows;
 * owned by the caller.  NULL: without memory, or there are none.
 */
static struct row **sorted_rows(const struct screen *s, enum snapshot_table_id id)
{
	const struct table *t = &s->total->table[id], *d = s->delta ? &s->delta->table[id] : t;
	const struct row **by = rows_by(d, s->sort);
	struct row **rows = (struct row **)by;

	for (size_t i = 0; by && i < d->nrows; i++)
		rows[i] = (struct row *)table_find(t, by[i]->key, by[i]->identity);
	return rows;
}

static struct json_object *sorted_json(const struct screen *s)
{
	static const enum snapshot_table_id ids[] = { TABLE_PROCESS, TABLE_CGROUP };
	struct snapshot sorted = *s->total;
	struct row **rows[ARRAY_SIZE(ids)] = { 0 };
	struct json_object *json;

	for (size_t i = 0; s->sort && i < ARRAY_SIZE(ids); i++) {
		rows[i] = sorted_rows(s, ids[i]);
		if (rows[i])
			sorted.table[ids[i]].rows = rows[i];
	}
	json = snapshot_to_json(&sorted, s->delta);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		free(rows[i]);
	return json;
}

static int report_print_json(const struct screen *s, int flags)
{
	struct json_object *json = sorted_json(s);

	if (json) {
		if (s->source)
			json_object_object_add(json, "source",
					       json_object_new_string(s->source));
		snapshot_json_add_probe(json, s->probe);
		add_policy(json, s);
	}
	return cli_print_json_as(json, flags);
}

int report_print(const struct cli_options *o, const struct screen *s, int flags)
{
	const char *why = o->sort ? sort_why_not(s->total, s->delta, o->sort) : NULL;

	if (why)
		return cli_error(CLI_UNAVAILABLE, "cannot sort by '%s': %s", o->sort, why);
	if (o->json)
		return report_print_json(s, flags);
	if (screen_print(s))
		return cli_error(CLI_FAILED, "out of memory");
	return cli_flush();
}
