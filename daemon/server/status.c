// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <json-c/json.h>

#include "util/clock.h"
#include "policy/guard.h"
#include "util/json_add.h"
#include "policy/lever.h"
#include "snapshot/snapshot_json.h"
#include "server/status.h"
#include "util/util.h"
#include "version.h"

static void add_seconds(struct json_object *o, const char *name, uint64_t ns)
{
	json_object_object_add(o, name, json_object_new_double(clock_seconds(ns)));
}

static void add_lack(struct json_object *o, const char *name, const char *why)
{
	json_object_object_add(o, name, json_unavailable(why ? why : "not measured yet"));
}

static void add_reading(struct json_object *o, const char *name, const struct reading *r)
{
	if (r->known)
		json_object_object_add(o, name, json_object_new_double(r->n));
	else
		add_lack(o, name, r->why);
}

static struct json_object *status_objectives(const struct observation *o)
{
	struct json_object *json = json_object_new_object();

	for (int i = 0; o && i < OBJECTIVES; i++)
		add_reading(json, objective_name(i), &o->objective[i]);
	return json;
}

static struct json_object *status_guards(const struct observation *o)
{
	struct json_object *json = json_object_new_object();

	if (!o)
		return json;
	add_reading(json, "psi_full", &o->psi_full);
	add_reading(json, "psi_some", &o->psi_some);
	add_reading(json, "compact_stalls", &o->compact_stalls);
	add_reading(json, "swap_out", &o->swap_out);
	add_reading(json, "unfolds", &o->unfolds);
	add_reading(json, "anon_bytes", &o->anon_bytes);
	add_reading(json, "available", &o->available);
	add_reading(json, "pmu_running", &o->pmu_running);
	return json;
}

/* The guards that are absent here, with the reason. */
static struct json_object *status_unguarded(const struct observation *o)
{
	struct json_object *json = json_object_new_object();

	for (int g = 0; o && g < GUARDS; g++) {
		const char *why = guard_lacks(g, o);

		if (why)
			add_lack(json, guard_name(g), why);
	}
	return json;
}

static struct json_object *status_lever(const struct lever_status *l)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "name", l->lever->name);
	json_add_text(o, "state", lever_state_name(l->state));
	json_add_text(o, "explain", lever_explain(l->lever));
	json_add_text(o, "why", l->why);
	json_add_text(o, "value", l->value);
	json_add_text(o, "original", l->original);
	if (l->of) {
		json_add_u64(o, "windows", l->windows);
		json_add_u64(o, "of", l->of);
	}
	if (l->until_real_ns)
		add_seconds(o, "until", l->until_real_ns);
	if (l->decision)
		json_add_u64(o, "decision", l->decision);
	if (l->changed_real_ns)
		add_seconds(o, "changed", l->changed_real_ns);
	return o;
}

static struct json_object *status_levers(const struct policy *p)
{
	struct json_object *list = json_object_new_array();
	struct lever_status state[LEVERS_MAX];
	size_t n = p ? policy_status(p, state, ARRAY_SIZE(state)) : 0;

	for (size_t i = 0; i < MIN(n, ARRAY_SIZE(state)); i++)
		json_object_array_add(list, status_lever(&state[i]));
	return list;
}

/* The rows of `pgtop doctor` that are not ok. */
static struct json_object *status_lacks(const struct probe *p)
{
	struct json_object *rows = probe_to_json(p);

	for (size_t i = p->n; rows && i > 0; i--) {
		if (p->rows[i - 1].state == PROBE_OK)
			json_object_array_del_idx(rows, i - 1, 1);
	}
	return rows;
}

static struct json_object *status_self(const struct status *s)
{
	struct json_object *o = json_object_new_object();
	const struct value *run = s->last ? &s->last->field[F_BPF_RUN_TIME] : NULL;

	add_seconds(o, "cpu_seconds", s->self.cpu_ns);
	json_add_u64(o, "resident_bytes", s->self.resident);
	if (run && run->known)
		add_seconds(o, "bpf_run_seconds", run->n);
	else
		add_lack(o, "bpf_run_seconds", run ? run->why : NULL);
	return o;
}

static struct json_object *status_journal(const struct status *s)
{
	struct json_object *o = json_object_new_object();
	size_t n = 0;

	if (s->journal) {
		journal_knobs(s->journal, &n);
		if (journal_error(s->journal))
			json_add_text(o, "error", strerror(-journal_error(s->journal)));
	}
	json_add_u64(o, "knobs", n);
	return o;
}

static void add_tuning(struct json_object *o, const struct status *s)
{
	enum policy_mode mode = s->config->policy.mode;

	json_add_text(o, "tuning", mode != POLICY_TUNE ? "off" : s->paused ? "paused" : "on");
	if (mode != POLICY_TUNE)
		json_add_text(o, "tuning_why", "the configuration does not say mode = tune");
	else
		json_add_text(o, "tuning_why", s->paused);
}

struct json_object *status_to_json(const struct status *s)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	json_add_text(o, "version", PGTOP_VERSION);
	json_add_u64(o, "pid", s->pid);
	json_add_text(o, "mode", config_mode_name(s->config->policy.mode));
	json_add_text(o, "exit", s->config->exit == EXIT_KEEP ? "keep" : "restore");
	add_tuning(o, s);
	add_seconds(o, "since", s->since_ns);
	add_seconds(o, "window_seconds", s->window->length_ns);
	json_add_u64(o, "windows", s->window->good);
	json_add_u64(o, "overruns", s->window->overruns);
	json_add_u64(o, "discarded", s->window->discarded);
	json_add_u64(o, "failed", s->failed);
	add_seconds(o, "work_seconds", s->work_ns);
	json_object_object_add(o, "self", status_self(s));
	json_object_object_add(o, "journal", status_journal(s));
	json_object_object_add(o, "levers", status_levers(s->policy));
	json_object_object_add(o, "objectives", status_objectives(s->observation));
	json_object_object_add(o, "guards", status_guards(s->observation));
	json_object_object_add(o, "unguarded", status_unguarded(s->observation));
	json_object_object_add(o, "lacks", status_lacks(s->probe));
	return o;
}
