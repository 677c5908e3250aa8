// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include <json-c/json.h>

#include "report.h"
#include "snapshot/snapshot_json.h"
#include "sort.h"

struct screen report_begin(const struct cli_options *o)
{
	return (struct screen){
		.out = stdout,
		.host = o->host,
		.color = o->color,
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

static int report_print_json(const struct screen *s, int flags)
{
	struct json_object *json = snapshot_to_json(s->total, s->delta);

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
	const char *why = o->sort ? sort_why_not(s->total, o->sort) : NULL;

	if (why)
		return cli_error(CLI_UNAVAILABLE, "--sort: there is no '%s' here: %s", o->sort,
				 why);
	if (o->json)
		return report_print_json(s, flags);
	if (screen_print(s))
		return cli_error(CLI_FAILED, "out of memory");
	return cli_flush();
}
