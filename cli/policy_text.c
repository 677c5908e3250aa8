// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "util/json_text.h"
#include "policy_text.h"
#include "text.h"
#include "util/util.h"

#define WORD 64	  /* buffers for a lever, a value, a time */
#define LINE 1024 /* for a line before it is wrapped */

/* The text of member @name as it may be printed; "" if there is none. */
static const char *word(struct json_object *o, const char *name, char *buf, size_t len)
{
	const char *text = json_text_member(o, name);

	snprintf(buf, len, "%s", text ? text : "");
	return text_clean(buf);
}

static bool number(struct json_object *o, const char *name, double *ret)
{
	struct json_object *m = json_member(o, name);

	if (!json_object_is_type(m, json_type_int) &&
	    !json_object_is_type(m, json_type_double))
		return false;
	*ret = json_object_get_double(m);
	return isfinite(*ret);
}

static uint64_t count(struct json_object *o, const char *name)
{
	struct json_object *m = json_member(o, name);

	return json_object_is_type(m, json_type_int) ? json_object_get_uint64(m) : 0;
}

/* Seconds since 1970 in the local time of whoever reads it; "" if there are none. */
static const char *when(struct json_object *o, const char *name, char buf[WORD])
{
	struct tm tm;
	double s;
	time_t t;

	*buf = '\0';
	if (!number(o, name, &s) || s < 0 || s > 253402300799.0)
		return buf;
	t = (time_t)s;
	if (localtime_r(&t, &tm))
		strftime(buf, WORD, "%F %T", &tm);
	return buf;
}

static void __attribute__((format(printf, 3, 4)))
add(char *line, size_t len, const char *fmt, ...)
{
	size_t at = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + at, len - at, fmt, ap);
	va_end(ap);
}

static void print_tuning(FILE *out, struct json_object *status)
{
	char line[LINE], tuning[WORD], why[512];

	word(status, "tuning", tuning, sizeof(tuning));
	word(status, "tuning_why", why, sizeof(why));
	if (!*tuning)
		return;
	snprintf(line, sizeof(line), "tuning is %s%s%s", tuning, *why ? ": " : "", why);
	text_item(out, "  ", 4, line);
}

/* A guard without a reading holds nothing back: whoever tunes has to know. */
static void print_unguarded(FILE *out, struct json_object *status)
{
	struct json_object *o = json_member(status, "unguarded");
	char tuning[WORD];

	if (!json_object_is_type(o, json_type_object) ||
	    !strcmp(word(status, "tuning", tuning, sizeof(tuning)), "off"))
		return;
	json_object_object_foreach(o, name, v)
	{
		char line[LINE], key[WORD], why[512];

		snprintf(key, sizeof(key), "%s", name);
		snprintf(line, sizeof(line), "without the guard %s: %s", text_clean(key),
			 word(v, "unavailable", why, sizeof(why)));
		text_item(out, "  ", 4, line);
	}
}

static void print_windows(FILE *out, struct json_object *status)
{
	char line[LINE] = "", since[WORD];
	double seconds;

	if (number(status, "window_seconds", &seconds))
		add(line, sizeof(line), "%" PRIu64 " windows of %g s",
		    count(status, "windows"), seconds);
	if (*when(status, "since", since))
		add(line, sizeof(line), " since %s", since);
	add(line, sizeof(line),
	    "; %" PRIu64 " overran, %" PRIu64 " discarded, %" PRIu64 " failed",
	    count(status, "overruns"), count(status, "discarded"), count(status, "failed"));
	text_item(out, "  ", 4, line);
}

static void print_cost(FILE *out, struct json_object *status)
{
	struct json_object *self = json_member(status, "self");
	char line[LINE] = "cost:", bytes[TEXT_LEN];
	double n;

	if (number(self, "cpu_seconds", &n))
		add(line, sizeof(line), " %.3g s of CPU time,", n);
	if (number(status, "work_seconds", &n))
		add(line, sizeof(line), " %.3g ms in the last window,", 1e3 * n);
	if (number(self, "bpf_run_seconds", &n))
		add(line, sizeof(line), " %.3g s in BPF programs,", n);
	if (number(self, "resident_bytes", &n) && n >= 0)
		add(line, sizeof(line), " %s resident,", text_bytes((uint64_t)n, bytes));
	line[strlen(line) - 1] = '\0';
	if (strchr(line, ' '))
		text_item(out, "  ", 4, line);
}

static void print_journal(FILE *out, struct json_object *status)
{
	struct json_object *journal = json_member(status, "journal");
	char line[LINE] = "", error[256], policy[WORD];
	uint64_t knobs = count(journal, "knobs");

	if (!journal)
		return;
	word(journal, "error", error, sizeof(error));
	word(status, "exit", policy, sizeof(policy));
	if (*error)
		add(line, sizeof(line), "the journal cannot be written: %s; ", error);
	add(line, sizeof(line), "%" PRIu64 " knob%s changed", knobs, knobs == 1 ? "" : "s");
	if (knobs && *policy)
		add(line, sizeof(line), ", when pgtopd stops: %s", policy);
	text_item(out, "  ", 4, line);
}

void policy_print_daemon(FILE *out, struct json_object *status)
{
	char version[WORD], mode[WORD];

	fprintf(out, "pgtopd %s, process %" PRIu64 ", mode %s\n",
		word(status, "version", version, sizeof(version)), count(status, "pid"),
		word(status, "mode", mode, sizeof(mode)));
	print_tuning(out, status);
	print_unguarded(out, status);
	print_windows(out, status);
	print_journal(out, status);
	print_cost(out, status);
}

static void print_lever(FILE *out, struct json_object *l)
{
	char line[LINE] = "", name[WORD], state[WORD], value[WORD], original[WORD],
	     until[WORD], why[512];
	uint64_t of = count(l, "of"), decision = count(l, "decision");

	word(l, "value", value, sizeof(value));
	word(l, "original", original, sizeof(original));
	add(line, sizeof(line), "%s", word(l, "state", state, sizeof(state)));
	if (of)
		add(line, sizeof(line), " (window %" PRIu64 " of %" PRIu64 ")",
		    count(l, "windows"), of);
	if (*when(l, "until", until))
		add(line, sizeof(line), " until %s", until);
	if (*value)
		add(line, sizeof(line), "; the knob holds %s", value);
	if (*original)
		add(line, sizeof(line), ", was %s", original);
	if (decision)
		add(line, sizeof(line), "; decision %" PRIu64, decision);
	fprintf(out, "  %-18s ", word(l, "name", name, sizeof(name)));
	text_wrap(out, MAX((int)strlen(name), 18) + 3, 21, line);
	if (*word(l, "why", why, sizeof(why)))
		text_item(out, "      ", 6, why);
}

void policy_print_levers(FILE *out, struct json_object *levers)
{
	size_t n = json_object_is_type(levers, json_type_array)
			   ? json_object_array_length(levers)
			   : 0;

	for (size_t i = 0; i < n; i++)
		print_lever(out, json_object_array_get_idx(levers, i));
	if (!n)
		fputs("  none\n", out);
}

/* Whole numbers where people count, sizes where the name says so. */
static const char *reading(const char *name, double n, char buf[WORD])
{
	size_t len = strlen(name);

	if (len > 6 && !strcmp(name + len - 6, "_bytes") && n >= 0 && n < 1e18)
		return text_bytes((uint64_t)n, buf);
	snprintf(buf, WORD, fabs(n) >= 1000 && fabs(n) < 1e15 ? "%.0f" : "%.4g", n);
	return buf;
}

static void print_readings(FILE *out, bool color, const char *title, struct json_object *o)
{
	bool any = false;

	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, name, v)
	{
		char line[LINE], key[WORD], text[WORD];
		double n;

		if (!any)
			text_heading(out, color, title);
		any = true;
		snprintf(key, sizeof(key), "%s", name);
		snprintf(line, sizeof(line), "  %-18s ", text_clean(key));
		if (number(o, name, &n)) {
			fprintf(out, "%s%s\n", line, reading(name, n, text));
		} else {
			char why[512];

			word(v, "unavailable", why, sizeof(why));
			add(line, sizeof(line), "%s  ", TEXT_UNKNOWN);
			text_item(out, line, 24, why);
		}
	}
}

void policy_print_last_window(FILE *out, bool color, struct json_object *status)
{
	print_readings(out, color, "objectives in the last window",
		       json_member(status, "objectives"));
	print_readings(out, color, "guards in the last window", json_member(status, "guards"));
}

/* "never -> always", one of them, or "". */
static const char *change(struct json_object *d, char *buf, size_t len)
{
	char from[WORD], to[WORD];

	word(d, "from", from, sizeof(from));
	word(d, "to", to, sizeof(to));
	snprintf(buf, len, "%s%s%s", from, *from && *to ? " -> " : "", to);
	return buf;
}

static void print_entry(FILE *out, struct json_object *d)
{
	char head[LINE], time[WORD], action[WORD], lever[WORD], values[2 * WORD + 8],
		reason[LINE];

	snprintf(head, sizeof(head), "%5" PRIu64 "  %s  %-8s %s  %s", count(d, "id"),
		 when(d, "time", time), word(d, "action", action, sizeof(action)),
		 word(d, "lever", lever, sizeof(lever)), change(d, values, sizeof(values)));
	for (size_t n = strlen(head); n && head[n - 1] == ' '; n--)
		head[n - 1] = '\0';
	fprintf(out, "%s\n", head);
	if (*word(d, "reason", reason, sizeof(reason)))
		text_item(out, "       ", 7, reason);
}

void policy_print_decisions(FILE *out, struct json_object *decisions, size_t max)
{
	size_t n = json_object_is_type(decisions, json_type_array)
			   ? json_object_array_length(decisions)
			   : 0;

	for (size_t i = n > max ? n - max : 0; i < n; i++)
		print_entry(out, json_object_array_get_idx(decisions, i));
}

static void print_phase(FILE *out, struct json_object *d, const char *name)
{
	struct json_object *p = json_member(d, name);
	double mean, sd;

	if (number(p, "mean", &mean) && number(p, "sd", &sd))
		fprintf(out, "  %-10s %.6g, standard deviation %.3g, in %" PRIu64 " windows\n",
			name, mean, sd, count(p, "n"));
}

static void print_test(FILE *out, struct json_object *d)
{
	char objective[WORD];
	double effect, p;

	if (*word(d, "objective", objective, sizeof(objective)))
		fprintf(out, "  %-10s %s%s\n", "objective", objective,
			json_object_get_boolean(json_member(d, "proxy")) ? " (a proxy)" : "");
	print_phase(out, d, "before");
	print_phase(out, d, "after");
	if (number(d, "effect", &effect) && number(d, "p", &p))
		fprintf(out, "  %-10s %.3g %% %s; p = %.3g that there is none\n", "effect",
			100 * fabs(effect), effect < 0 ? "worse" : "better", p);
}

static void print_guard(FILE *out, struct json_object *d)
{
	struct json_object *g = json_member(d, "guard");
	char name[WORD];
	double value, limit;

	if (!*word(g, "name", name, sizeof(name)))
		return;
	fprintf(out, "  %-10s %s", "guard", name);
	if (number(g, "value", &value) && number(g, "limit", &limit))
		fprintf(out, ": %.4g, allowed %.4g", value, limit);
	fputc('\n', out);
}

void policy_print_decision(FILE *out, struct json_object *d)
{
	char text[LINE], values[2 * WORD + 8], action[WORD], lever[WORD];
	uint64_t trial = count(d, "trial");

	fprintf(out, "decision %" PRIu64 ": %s %s\n", count(d, "id"),
		word(d, "action", action, sizeof(action)),
		word(d, "lever", lever, sizeof(lever)));
	text_item(out, "  reason     ", 13, word(d, "reason", text, sizeof(text)));
	fprintf(out, "  %-10s %s\n", "when", when(d, "time", text));
	if (*change(d, values, sizeof(values)))
		fprintf(out, "  %-10s %s\n", "knob", values);
	print_test(out, d);
	print_guard(out, d);
	if (trial)
		fprintf(out, "  %-10s began with decision %" PRIu64 "\n", "trial", trial);
}
