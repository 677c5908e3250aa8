// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "map.h"
#include "util.h"

static struct json_object *leaves_json(const struct pagewalk *w, const struct pagewalk_sum *s,
				       bool attributes)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);
	struct json_object *a = json_object_new_array();

	for (int k = 0; k < LEAF_MAX; k++) {
		struct json_object *o;

		if (!g->leaf_bytes[k])
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "leaf", json_object_new_string(leaf_name(w, k)));
		json_object_object_add(o, "leaf_bytes",
				       json_object_new_uint64(g->leaf_bytes[k]));
		json_object_object_add(o, "bytes", json_object_new_uint64(s->bytes[k]));
		if (attributes) {
			json_object_object_add(o, "writable_bytes",
					       json_object_new_uint64(s->writable[k]));
			json_object_object_add(o, "executable_bytes",
					       json_object_new_uint64(s->executable[k]));
		}
		json_object_array_add(a, o);
	}
	return a;
}

static void add_sum(struct json_object *o, const struct pagewalk *w,
		    const struct pagewalk_sum *s)
{
	const struct {
		const char *name;
		uint64_t n;
	} number[] = {
		{ "present_bytes", pagewalk_present(s) },
		{ "contpte_bytes", s->bytes[LEAF_CONT_PTE] },
		{ "aligned_bytes", s->aligned_bytes },
		{ "zero_bytes", s->zero_bytes },
		{ "special_bytes", s->special_bytes },
		{ "prot_none_bytes", s->prot_none_bytes },
		{ "swap_bytes", s->swap_bytes },
		{ "migration_bytes", s->migration_bytes },
		{ "other_bytes", s->other_bytes },
		{ "table_bytes", s->table_bytes },
		{ "read_errors", s->read_errors },
		{ "bad_frames", s->bad_frames },
	};

	for (size_t i = 0; i < ARRAY_SIZE(number); i++)
		json_object_object_add(o, number[i].name, json_object_new_uint64(number[i].n));
	json_object_object_add(o, "leaves", leaves_json(w, s, true));
}

int map_print_json(pid_t pid, const struct pagewalk *w, const struct address_map *m)
{
	struct json_object *o = json_object_new_object(), *ranges = json_object_new_array();
	char hex[32];

	json_object_object_add(o, "schema", json_object_new_string("pgtop.map"));
	json_object_object_add(o, "version", json_object_new_int(SNAPSHOT_VERSION));
	if (pid)
		json_object_object_add(o, "pid", json_object_new_int(pid));
	add_sum(o, w, &m->sum);
	if (!pid)
		json_object_object_add(o, "not_identity",
				       json_object_new_uint64(m->sum.not_identity));
	for (size_t i = 0; i < m->nranges; i++) {
		struct json_object *r = json_object_new_object();

		snprintf(hex, sizeof(hex), "%#" PRIx64, m->ranges[i].start);
		json_object_object_add(r, "start", json_object_new_string(hex));
		snprintf(hex, sizeof(hex), "%#" PRIx64, m->ranges[i].end);
		json_object_object_add(r, "end", json_object_new_string(hex));
		json_object_object_add(r, "perms", json_object_new_string(m->ranges[i].perms));
		json_object_object_add(r, "name", json_object_new_string(m->ranges[i].name));
		add_sum(r, w, &m->ranges[i].sum);
		json_object_array_add(ranges, r);
	}
	json_object_object_add(o, "ranges", ranges);
	return cli_print_json(o);
}
