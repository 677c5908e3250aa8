// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>

#include "reasons/reasons.h"
#include "util/json_add.h"
#include "util/number.h"

/* Of schema pgtop.why */
#define WHY_VERSION 1

static struct json_object *processes_json(const struct reasons *r)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < r->nprocesses; i++) {
		struct json_object *o = json_object_new_object();

		json_add_u64(o, "pid", r->processes[i].pid);
		json_add_text(o, "name", r->processes[i].comm);
		json_add_u64(o, "small_bytes", r->processes[i].small);
		json_add_u64(o, "reached_bytes", r->processes[i].reached);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *reasons_json(const struct reasons *r)
{
	struct json_object *a = json_object_new_array();
	char size[24], text[256];

	format_size(r->facts.wanted_bytes, size, sizeof(size));
	for (int k = 0; k < WHY_MAX; k++) {
		const struct why_row *row = &r->sum.reason[k];
		struct json_object *o;

		if (!row->bytes)
			continue;
		o = json_object_new_object();
		json_add_text(o, "reason", why_name(k));
		json_add_u64(o, "bytes", row->bytes);
		json_add_u64(o, "entries", row->entries);
		json_add_u64(o, "blocks", row->blocks);
		json_add_text(o, "text", reason_text(k, size, text, sizeof(text)));
		json_add_text(o, "remedy",
			      reason_remedy(k, r->facts.wanted_bytes, text, sizeof(text)));
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *what_if_json(const struct reasons *r)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < r->sum.nsizes; i++) {
		const struct why_what_if *s = &r->sum.size[i];
		struct json_object *o;

		if (!s->offered)
			continue;
		o = json_object_new_object();
		json_add_u64(o, "folio_bytes", s->size);
		json_add_u64(o, "leaf_bytes", s->leaf);
		json_add_u64(o, "bytes", s->bytes);
		json_add_u64(o, "entries_before", s->entries_before);
		json_add_u64(o, "entries_after", s->entries_after);
		json_add_u64(o, "added_bytes", s->added);
		json_object_array_add(a, o);
	}
	return a;
}

/* All of its memory is there already. */
static struct json_object *refold_json(const struct reasons *r)
{
	const struct why_row *row = &r->sum.reason[WHY_UNFOLDED];
	struct json_object *o;

	if (r->unread)
		return json_unavailable(r->unread);
	o = json_object_new_object();
	json_add_u64(o, "bytes", row->bytes);
	json_add_u64(o, "entries_before", row->entries);
	json_add_u64(o, "entries_after", row->blocks);
	json_add_u64(o, "added_bytes", 0);
	return o;
}

static struct json_object *vmas_json(const struct reasons *r)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < r->nvmas; i++) {
		const struct reasons_vma *v = &r->vmas[i];
		struct json_object *j = json_object_new_object();

		json_add_u64(j, "pid", v->pid);
		json_add_hex(j, "start", v->start);
		json_add_hex(j, "end", v->end);
		json_object_object_add(j, "name", json_new_text(v->name));
		json_add_u64(j, "small_bytes", v->small);
		json_add_text(j, "reason", why_name(v->reason));
		json_add_u64(j, "reason_bytes", v->reason_bytes);
		json_object_array_add(a, j);
	}
	return a;
}

static struct json_object *faults_json(const struct reasons *r)
{
	struct json_object *o;

	if (!r->faults.known)
		return json_unavailable("this kernel does not count faults of this size");
	o = json_object_new_object();
	json_add_u64(o, "alloc", r->faults.got);
	json_add_u64(o, "fallback", r->faults.fell_back);
	return o;
}

int reasons_print_json(const struct reasons *r)
{
	struct json_object *j = json_object_new_object();

	json_add_text(j, "schema", "pgtop.why");
	json_add_u64(j, "version", WHY_VERSION);
	json_add_u64(j, "wanted_bytes", r->facts.wanted_bytes);
	json_add_u64(j, "present_bytes", r->sum.reached + r->sum.small.bytes);
	json_add_u64(j, "reached_bytes", r->sum.reached);
	json_add_u64(j, "small_bytes", r->sum.small.bytes);
	json_add_u64(j, "small_entries", r->sum.small.entries);
	json_add_u64(j, "small_blocks", r->sum.small.blocks);
	if (r->unread)
		json_object_object_add(j, "folios", json_unavailable(r->unread));
	json_object_object_add(j, "reasons", reasons_json(r));
	json_object_object_add(j, "what_if", what_if_json(r));
	json_object_object_add(j, "refold", refold_json(r));
	json_object_object_add(j, "faults_since_boot", faults_json(r));
	json_object_object_add(j, "processes", processes_json(r));
	json_add_u64(j, "ended_processes", r->ended);
	json_object_object_add(j, "mappings", vmas_json(r));
	return cli_print_json(j);
}
