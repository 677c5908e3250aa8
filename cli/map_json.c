// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>

#include "util/file.h"
#include "util/json_add.h"
#include "map.h"
#include "snapshot/snapshot_json.h"
#include "util/util.h"

static struct json_object *leaves_json(const struct pagewalk *w, const struct pagewalk_sum *s)
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
		json_object_object_add(o, "writable_bytes",
				       json_object_new_uint64(s->writable[k]));
		json_object_object_add(o, "executable_bytes",
				       json_object_new_uint64(s->executable[k]));
		json_object_array_add(a, o);
	}
	return a;
}

/* What every range has; a number that was not measured is left out. */
static void add_leaves(struct json_object *o, const struct pagewalk *w,
		       const struct pagewalk_sum *s)
{
	json_add_u64(o, "present_bytes", pagewalk_present(s));
	json_object_object_add(o, "leaves", leaves_json(w, s));
}

static void add_process(struct json_object *o, const struct pagewalk *w,
			const struct pagewalk_sum *s)
{
	add_leaves(o, w, s);
	if (pagewalk_geometry(w)->leaf_bytes[LEAF_CONT_PTE]) {
		json_add_u64(o, "contpte_bytes", s->bytes[LEAF_CONT_PTE]);
		json_add_u64(o, "aligned_bytes", s->aligned_bytes);
	}
	json_add_u64(o, "zero_bytes", s->zero_bytes);
	json_add_u64(o, "special_bytes", s->special_bytes);
	if (!pagewalk_geometry(w)->absent_why) {
		json_add_u64(o, "prot_none_bytes", s->prot_none_bytes);
		json_add_u64(o, "swap_bytes", s->swap_bytes);
		json_add_u64(o, "migration_bytes", s->migration_bytes);
	}
	json_add_u64(o, "other_bytes", s->other_bytes);
}

/* What is known of the walk as a whole only. */
static void add_walk(struct json_object *o, const struct pagewalk_sum *s)
{
	json_add_u64(o, "table_bytes", s->table_bytes);
	json_add_u64(o, "read_errors", s->read_errors);
	json_add_u64(o, "bad_frames", s->bad_frames);
}

static struct json_object *range_json(pid_t pid, const struct pagewalk *w,
				      const struct map_range *m)
{
	struct json_object *r = json_object_new_object();

	json_add_hex(r, "start", m->start);
	json_add_hex(r, "end", m->end);
	json_object_object_add(r, "perms", json_new_text(m->perms));
	json_object_object_add(r, "name", json_new_text(m->name));
	if (pid)
		add_process(r, w, &m->sum);
	else
		add_leaves(r, w, &m->sum);
	return r;
}

static void add_no_names(struct json_object *o, int err)
{
	struct json_object *names = json_object_new_object();
	char why[128];

	file_why(err, "/proc/PID/maps", why, sizeof(why));
	json_object_object_add(names, "unavailable", json_object_new_string(why));
	json_object_object_add(o, "names", names);
}

int map_print_json(pid_t pid, const struct pagewalk *w, const struct address_map *m)
{
	struct json_object *o = json_object_new_object(), *ranges = json_object_new_array();

	json_object_object_add(o, "schema", json_object_new_string("pgtop.map"));
	json_object_object_add(o, "version", json_object_new_int(JSON_VERSION));
	if (pid) {
		json_object_object_add(o, "pid", json_object_new_int(pid));
		add_process(o, w, &m->sum);
		json_add_u64(o, "deposited_table_bytes", m->sum.deposited_bytes);
	} else {
		add_leaves(o, w, &m->sum);
		json_add_u64(o, "not_identity", m->sum.not_identity);
	}
	add_walk(o, &m->sum);
	for (size_t i = 0; i < m->nranges; i++)
		json_object_array_add(ranges, range_json(pid, w, &m->ranges[i]));
	if (m->names_error)
		add_no_names(o, m->names_error);
	json_object_object_add(o, "ranges", ranges);
	return cli_print_json(o);
}
