// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "control/control_client.h"
#include "machine/machine_probe.h"
#include "pagewalk/pagewalk.h"
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
	if (*via && (column >= VIA_COLUMN ||
		     VIA_COLUMN + longest_word(via) > (size_t)text_columns())) {
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

/* What is shown: of this process, or of pgtopd beside that. */
struct doctor {
	struct probe *probe;
	struct snapshot *last, *delta;
	struct probe *own; /* --as pgtopd: rows of this process; else NULL */
};

/* The next name that @p or @q has in another state than the other; NULL: there is none. */
static const char *next_difference(const struct doctor *d, size_t *at)
{
	for (; *at < d->own->n + d->probe->n; (*at)++) {
		bool own = *at < d->own->n;
		const struct probe_row *r =
			own ? &d->own->rows[*at] : &d->probe->rows[*at - d->own->n];
		const struct probe_row *other = probe_find(own ? d->probe : d->own, r->name);

		/* what both have was seen among our own */
		if (!other || (own && other->state != r->state)) {
			(*at)++;
			return r->name;
		}
	}
	return NULL;
}

static void print_side(const char *side, const struct probe_row *r)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "      %s: ", side);
	text_item(stdout, prefix, 6,
		  !r	   ? "not looked for"
		  : r->why ? r->why
			   : probe_state_name(r->state));
}

static void print_differences(const struct doctor *d, bool color)
{
	const char *name;
	size_t at = 0, n = 0;

	text_heading(stdout, color, "where pgtopd and this user differ");
	for (; (name = next_difference(d, &at)); n++) {
		const struct probe_row *its = probe_find(d->probe, name);
		const struct probe_row *ours = probe_find(d->own, name);

		printf("  %-*s %s, here %s\n", NAME_WIDTH, name,
		       its ? probe_state_name(its->state) : "absent",
		       ours ? probe_state_name(ours->state) : "absent");
		print_side("pgtopd", its);
		print_side("here", ours);
	}
	if (!n)
		printf("  nowhere\n");
}

static int doctor_print_text(const struct doctor *d, const struct cli_options *o)
{
	printf("pgtop %s on Linux %s %s%s\n", PGTOP_VERSION, o->host->release,
	       o->host->arch_name, d->own ? ", as pgtopd" : "");
	print_kind(d->probe, PROBE_MEASUREMENT, "measurements", d->delta, o->color);
	print_kind(d->probe, PROBE_LEVER, "levers", NULL, o->color);
	print_kind(d->probe, PROBE_FACT, "facts", NULL, o->color);
	print_machine(d->last, o->color);
	if (d->own)
		print_differences(d, o->color);
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

static struct json_object *difference_side(const struct probe_row *r)
{
	struct json_object *o = r ? json_object_new_object() : NULL;

	if (!o)
		return NULL;
	json_add_text(o, "state", probe_state_name(r->state));
	json_add_text(o, "via", r->via);
	json_add_text(o, "why", r->why);
	json_add_text(o, "remedy", r->remedy);
	return o;
}

static struct json_object *doctor_differences(const struct doctor *d)
{
	struct json_object *list = json_object_new_array();
	const char *name;
	size_t at = 0;

	while (list && (name = next_difference(d, &at))) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "name", name);
		json_object_object_add(o, "pgtopd",
				       difference_side(probe_find(d->probe, name)));
		json_object_object_add(o, "here", difference_side(probe_find(d->own, name)));
		json_object_array_add(list, o);
	}
	return list;
}

static int doctor_print_json(const struct doctor *d)
{
	struct json_object *o = json_object_new_object(), *snap, *facts;

	if (!o)
		return cli_print_json(NULL);
	json_object_object_add(o, "schema", json_object_new_string("pgtop.doctor"));
	json_object_object_add(o, "version", json_object_new_int(JSON_VERSION));
	json_object_object_add(
		o, "interval_seconds",
		json_object_new_double(d->delta ? clock_seconds(d->delta->interval_ns) : 0));
	snap = snapshot_to_json(d->last, NULL);
	if (json_object_object_get_ex(snap, "facts", &facts))
		json_object_object_add(o, "facts", json_object_get(facts));
	json_object_put(snap);
	json_object_object_add(o, "rows", doctor_rows(d->probe, d->delta));
	if (d->own)
		json_object_object_add(o, "differences", doctor_differences(d));
	return cli_print_json(o);
}

typedef int (*read_one)(void *from, struct snapshot **ret);

/* Take a reading, or one before and one after the interval that was asked for. */
static int doctor_read(const struct cli_options *o, read_one read, void *from,
		       struct doctor *d)
{
	struct snapshot *before = NULL;
	int r = 0;

	if (cli_given(o, OPT_INTERVAL) && o->interval_ns) {
		r = read(from, &before);
		if (!r)
			sampling_wait(o);
	}
	if (!r)
		r = read(from, &d->last);
	if (!r && before)
		r = snapshot_diff(before, d->last, &d->delta);
	snapshot_free(before);
	return r;
}

static int read_sources(void *from, struct snapshot **ret)
{
	return sources_read(from, ret);
}

/* What this process can do: the rows are in @d->probe.  Returns 0 or -ENOMEM. */
static int look_here(const struct cli_options *o, struct doctor *d)
{
	struct source_options so = cli_sources_options(o);
	struct sources *sources = NULL;
	int r = -ENOMEM;

	d->probe = probe_new();
	if (d->probe)
		r = sources_new(o->host, &so, ~0ull, d->probe, &sources);
	if (!r)
		r = doctor_read(o, read_sources, sources, d);
	if (!r) {
		probe_machine(o->host, linmap_walked(d->last), d->probe);
		r = d->probe->error;
	}
	sources_free(sources);
	return r;
}

/* What only 'pgtop why' reads; pgtopd does not.  Returns 0 or -ENOMEM. */
static int look_at_folios(const struct cli_options *o, struct doctor *d)
{
	struct pagewalk *w;
	int r = pagewalk_new(o->host, PAGEWALK_FOLIOS, d->probe, &w);

	if (r)
		return r;
	pagewalk_free(w);
	return d->probe->error;
}

struct asked {
	struct control_client *daemon;
	struct probe *probe;
	char why[256];
};

static int read_daemon(void *from, struct snapshot **ret)
{
	struct asked *a = from;

	probe_free(a->probe);
	a->probe = NULL;
	return control_client_snapshot(a->daemon, true, ret, &a->probe, a->why,
				       sizeof(a->why));
}

/* The same of pgtopd.  Returns an exit code. */
static int look_there(const struct cli_options *o, struct doctor *d)
{
	struct asked a = { 0 };
	int r = control_client_new(o->socket, &a.daemon, a.why, sizeof(a.why));

	if (!r)
		r = doctor_read(o, read_daemon, &a, d);
	d->probe = a.probe;
	control_client_free(a.daemon);
	return r ? cli_error(CLI_UNAVAILABLE, "%s", text_clean(a.why)) : CLI_OK;
}

static void doctor_done(struct doctor *d)
{
	snapshot_free(d->delta);
	snapshot_free(d->last);
	probe_free(d->probe);
	probe_free(d->own);
}

/* Both, to compare them.  Returns an exit code. */
static int look_as_pgtopd(struct cli_options *o, struct doctor *d)
{
	struct doctor here = { 0 };
	int code = look_there(o, d);

	if (code)
		return code;
	o->interval_ns = 0;
	if (look_here(o, &here))
		code = cli_error(CLI_FAILED, "out of memory");
	d->own = here.probe;
	here.probe = NULL;
	doctor_done(&here);
	return code;
}

static int doctor_run(struct cli_options *o)
{
	struct doctor d = { 0 };
	int code = CLI_OK;

	if (cli_given(o, OPT_SOCKET) && !cli_given(o, OPT_AS))
		return cli_error(CLI_USAGE,
				 "--socket: doctor asks pgtopd only with --as pgtopd");
	if (cli_given(o, OPT_AS))
		code = look_as_pgtopd(o, &d);
	else if (look_here(o, &d) || look_at_folios(o, &d))
		code = cli_error(CLI_FAILED, "out of memory");
	if (!code)
		code = o->json ? doctor_print_json(&d) : doctor_print_text(&d, o);
	doctor_done(&d);
	return code;
}

const struct cli_command command_doctor = {
	.name = "doctor",
	.bit = CMD_DOCTOR,
	.operands = "",
	.help = "List what can be measured and tuned here, and if not, why",
	.exits = { [CLI_UNAVAILABLE] = "--as: pgtopd is not running, or cannot be asked" },
	.run = doctor_run,
};
