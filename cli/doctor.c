// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "machine/machine_probe.h"
#include "sampling.h"
#include "snapshot/snapshot_json.h"
#include "text.h"
#include "util/clock.h"
#include "util/json_add.h"
#include "util/util.h"
#include "version.h"

#define NAME_WIDTH   26
#define STATE_COLUMN (NAME_WIDTH + 3)
#define VIA_COLUMN   41

static size_t longest_word(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		longest = MAX(longest, word);
		text += word;
		text += strspn(text, " ");
	}
	return longest;
}

/* By what means: beside the state, which ends at @column, if it fits there, else below it. */
static void print_via(int column, const char *via)
{
	if (*via && (column >= VIA_COLUMN || VIA_COLUMN + longest_word(via) > TEXT_WIDTH)) {
		putchar('\n');
		text_item(stdout, "      ", 6, via);
	} else if (!*via) {
		putchar('\n');
	} else {
		printf("%*s", VIA_COLUMN - column, "");
		text_wrap(stdout, VIA_COLUMN, VIA_COLUMN, via);
	}
}

/*
 * What the measurement of row @name counted: the counter "GROUP.NAME", else those of one
 * "GROUP.NAME_..." each, such as user and kernel.  Unknown if there is none.
 */
static struct value doctor_counted(const struct snapshot *delta, const char *name)
{
	const char *dot = strchr(name, '.');
	struct value sum = { 0 };

	for (int i = 0; delta && dot && i < FIELD_MAX; i++) {
		const struct field_desc *d = &snapshot_field_desc[i];
		const struct value *v = &delta->field[i];
		size_t len = strlen(dot + 1);

		if (d->kind != VALUE_COUNTER || d->unit == UNIT_NS || !v->known ||
		    strncmp(d->name, dot + 1, len) ||
		    strlen(d->group) != (size_t)(dot - name) ||
		    strncmp(d->group, name, dot - name))
			continue;
		if (!d->name[len])
			return *v;
		sum.known |= d->name[len] == '_';
		sum.n += d->name[len] == '_' ? v->n : 0;
	}
	return sum;
}

static void print_counted(const struct snapshot *delta, const char *name)
{
	struct value v = doctor_counted(delta, name);
	char n[TEXT_LEN];

	if (v.known)
		printf("      counted %s in %.3g s\n", text_si(v.n, n),
		       clock_seconds(delta->interval_ns));
}

static void print_row(const struct probe_row *r, const struct snapshot *delta, bool color)
{
	static const int colors[] = {
		[PROBE_OK] = 32, [PROBE_DEGRADED] = 33, [PROBE_UNAVAILABLE] = 31
	};
	const char *state = probe_state_name(r->state);
	int column = printf("  %-*s ", NAME_WIDTH, r->name) + (int)strlen(state);

	if (color)
		printf("\033[%dm%s\033[0m", colors[r->state], state);
	else
		fputs(state, stdout);
	print_via(column, r->via ? r->via : "");
	print_counted(delta, r->name);
	if (r->why)
		text_item(stdout, "      ", 6, r->why);
	if (r->remedy)
		text_item(stdout, "      -> ", 9, r->remedy);
}

static void print_kind(const struct probe *p, enum probe_kind kind, const char *title,
		       const struct snapshot *delta, bool color)
{
	text_heading(stdout, color, title);
	for (size_t i = 0; i < p->n; i++) {
		if (p->rows[i].kind == kind)
			print_row(&p->rows[i], delta, color);
	}
}

/* What kind of machine this is; what it has no word for is left out. */
static void print_machine(const struct snapshot *s, bool color)
{
	char name[64], text[1024];

	text_heading(stdout, color, "machine");
	for (int i = 0; i < FACT_MAX; i++) {
		const struct fact *f = &s->fact[i];

		if (!f->text && !f->why)
			continue;
		snprintf(name, sizeof(name), "  %-*s ", NAME_WIDTH,
			 snapshot_fact_desc[i].name);
		snprintf(text, sizeof(text), "%s (%s)", f->text ? f->text : TEXT_UNKNOWN,
			 snapshot_fact_desc[i].help);
		text_item(stdout, name, STATE_COLUMN, text);
		if (!f->text)
			text_item(stdout, "      ", 6, f->why);
	}
}

static int doctor_print_text(const struct probe *p, const struct snapshot *s,
			     const struct snapshot *delta, const struct cli_options *o)
{
	printf("pgtop %s on Linux %s %s\n", PGTOP_VERSION, o->host->release,
	       o->host->arch_name);
	print_kind(p, PROBE_MEASUREMENT, "measurements", delta, o->color);
	print_kind(p, PROBE_LEVER, "levers", NULL, o->color);
	print_kind(p, PROBE_FACT, "facts", NULL, o->color);
	print_machine(s, o->color);
	return cli_flush();
}

static struct json_object *doctor_rows(const struct probe *p, const struct snapshot *delta)
{
	struct json_object *rows = probe_to_json(p);

	for (size_t i = 0; rows && i < p->n; i++) {
		struct value v = doctor_counted(delta, p->rows[i].name);

		if (v.known)
			json_add_u64(json_object_array_get_idx(rows, i), "counted", v.n);
	}
	return rows;
}

static int doctor_print_json(const struct probe *p, const struct snapshot *s,
			     const struct snapshot *delta)
{
	struct json_object *o = json_object_new_object(), *snap, *facts;

	if (!o)
		return cli_print_json(NULL);
	json_object_object_add(o, "schema", json_object_new_string("pgtop.doctor"));
	json_object_object_add(o, "version", json_object_new_int(SNAPSHOT_VERSION));
	json_object_object_add(
		o, "interval_seconds",
		json_object_new_double(delta ? clock_seconds(delta->interval_ns) : 0));
	snap = snapshot_to_json(s, NULL);
	if (json_object_object_get_ex(snap, "facts", &facts))
		json_object_object_add(o, "facts", json_object_get(facts));
	json_object_put(snap);
	json_object_object_add(o, "rows", doctor_rows(p, delta));
	return cli_print_json(o);
}

static int doctor_read(const struct cli_options *o, struct sources *sources,
		       struct snapshot **ret, struct snapshot **delta)
{
	struct snapshot *before = NULL;
	int r = 0;

	if (cli_given(o, OPT_INTERVAL) && o->interval_ns) {
		r = sources_read(sources, &before);
		if (!r)
			sampling_wait(o);
	}
	if (!r)
		r = sources_read(sources, ret);
	if (!r && before)
		r = snapshot_diff(before, *ret, delta);
	snapshot_free(before);
	return r;
}

static int doctor_run(struct cli_options *o)
{
	struct source_options so = cli_sources_options(o);
	struct probe *p = probe_new();
	struct sources *sources = NULL;
	struct snapshot *s = NULL, *delta = NULL;
	int code;

	if (!p || sources_new(o->host, &so, ~0ull, p, &sources) ||
	    doctor_read(o, sources, &s, &delta)) {
		code = cli_error(CLI_FAILED, "out of memory");
	} else {
		probe_machine(o->host, linmap_walked(s), p);
		code = o->json ? doctor_print_json(p, s, delta)
			       : doctor_print_text(p, s, delta, o);
	}
	snapshot_free(delta);
	snapshot_free(s);
	sources_free(sources);
	probe_free(p);
	return code;
}

const struct cli_command command_doctor = {
	.name = "doctor",
	.bit = CMD_DOCTOR,
	.operands = "",
	.help = "List what can be measured and tuned here, and if not, why",
	.run = doctor_run,
};
