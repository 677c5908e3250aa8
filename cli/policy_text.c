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
static const char *policy_text_word(struct json_object *o, const char *name, char *buf,
				    size_t len)
{
	const char *text = json_text_member(o, name);

	snprintf(buf, len, "%s", text ? text : "");
	return text_clean(buf);
}

static bool policy_text_number(struct json_object *o, const char *name, double *ret)
{
	struct json_object *m = json_member(o, name);

	if (!json_object_is_type(m, json_type_int) &&
	    !json_object_is_type(m, json_type_double))
		return false;
	*ret = json_object_get_double(m);
	return isfinite(*ret);
}

static uint64_t policy_text_count(struct json_object *o, const char *name)
{
	struct json_object *m = json_member(o, name);

	return json_object_is_type(m, json_type_int) ? json_object_get_uint64(m) : 0;
}

/* Seconds since 1970 in the local time of whoever reads it; "" if there are none. */
static const char *policy_text_when(struct json_object *o, const char *name, char buf[WORD])
{
	struct tm tm;
	double s;
	time_t t;

	*buf = '\0';
	if (!policy_text_number(o, name, &s) || s < 0 || s > 253402300799.0)
		return buf;
	t = (time_t)s;
	if (localtime_r(&t, &tm))
		strftime(buf, WORD, "%F %T", &tm);
	return buf;
}

static void __attribute__((format(printf, 3, 4)))
line_add(char *line, size_t len, const char *fmt, ...)
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

	policy_text_word(status, "tuning", tuning, sizeof(tuning));
	policy_text_word(status, "tuning_why", why, sizeof(why));
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
	    !strcmp(policy_text_word(status, "tuning", tuning, sizeof(tuning)), "off"))
		return;
	json_object_object_foreach(o, name, v)
	{
		char line[LINE], key[WORD], why[512];

		snprintf(key, sizeof(key), "%s", name);
		snprintf(line, sizeof(line), "without the guard %s: %s", text_clean(key),
			 policy_text_word(v, "unavailable", why, sizeof(why)));
		text_item(out, "  ", 4, line);
	}
}

static void print_windows(FILE *out, struct json_object *status)
{
	char line[LINE] = "", since[WORD];
	double seconds;

	if (policy_text_number(status, "window_seconds", &seconds))
		line_add(line, sizeof(line), "%" PRIu64 " windows of %g s",
			 policy_text_count(status, "windows"), seconds);
	if (*policy_text_when(status, "since", since))
		line_add(line, sizeof(line), " since %s", since);
	line_add(line, sizeof(line),
		 "; %" PRIu64 " overran, %" PRIu64 " discarded, %" PRIu64 " failed",
		 policy_text_count(status, "overruns"), policy_text_count(status, "discarded"),
		 policy_text_count(status, "failed"));
	text_item(out, "  ", 4, line);
}

static void print_cost(FILE *out, struct json_object *status)
{
	struct json_object *self = json_member(status, "self");
	char line[LINE] = "cost:", bytes[TEXT_LEN];
	double n;

	if (policy_text_number(self, "cpu_seconds", &n))
		line_add(line, sizeof(line), " %.3g s of CPU time,", n);
	if (policy_text_number(status, "work_seconds", &n))
		line_add(line, sizeof(line), " %.3g ms in the last window,", 1e3 * n);
	if (policy_text_number(self, "bpf_run_seconds", &n))
		line_add(line, sizeof(line), " %.3g s in BPF programs,", n);
	if (policy_text_number(self, "resident_bytes", &n) && n >= 0)
		line_add(line, sizeof(line), " %s resident,", text_bytes((uint64_t)n, bytes));
	line[strlen(line) - 1] = '\0';
	if (strchr(line, ' '))
		text_item(out, "  ", 4, line);
}

static void print_journal(FILE *out, struct json_object *status)
{
	struct json_object *journal = json_member(status, "journal");
	char line[LINE] = "", error[256], policy[WORD];
	uint64_t knobs = policy_text_count(journal, "knobs");

	if (!journal)
		return;
	policy_text_word(journal, "error", error, sizeof(error));
	policy_text_word(status, "exit", policy, sizeof(policy));
	if (*error)
		line_add(line, sizeof(line), "the journal cannot be written: %s; ", error);
	line_add(line, sizeof(line), "%" PRIu64 " knob%s changed", knobs,
		 knobs == 1 ? "" : "s");
	if (knobs && *policy)
		line_add(line, sizeof(line), ", when pgtopd stops: %s", policy);
	text_item(out, "  ", 4, line);
}

void policy_print_daemon(FILE *out, struct json_object *status)
{
	char version[WORD], mode[WORD];

	fprintf(out, "pgtopd %s, process %" PRIu64 ", mode %s\n",
		policy_text_word(status, "version", version, sizeof(version)),
		policy_text_count(status, "pid"),
		policy_text_word(status, "mode", mode, sizeof(mode)));
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
	uint64_t of = policy_text_count(l, "of"), decision = policy_text_count(l, "decision");

	policy_text_word(l, "value", value, sizeof(value));
	policy_text_word(l, "original", original, sizeof(original));
	line_add(line, sizeof(line), "%s", policy_text_word(l, "state", state, sizeof(state)));
	if (of)
		line_add(line, sizeof(line), " (window %" PRIu64 " of %" PRIu64 ")",
			 policy_text_count(l, "windows"), of);
	if (*policy_text_when(l, "until", until))
		line_add(line, sizeof(line), " until %s", until);
	if (*value)
		line_add(line, sizeof(line), "; the knob holds %s", value);
	if (*original)
		line_add(line, sizeof(line), ", was %s", original);
	if (decision)
		line_add(line, sizeof(line), "; decision %" PRIu64, decision);
	fprintf(out, "  %-18s ", policy_text_word(l, "name", name, sizeof(name)));
	text_wrap(out, MAX((int)strlen(name), 18) + 3, 21, line);
	if (*policy_text_word(l, "why", why, sizeof(why)))
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
static const char *policy_text_reading(const char *name, double n, char buf[WORD])
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
		if (policy_text_number(o, name, &n)) {
			fprintf(out, "%s%s\n", line, policy_text_reading(name, n, text));
		} else {
			char why[512];

			policy_text_word(v, "unavailable", why, sizeof(why));
			line_add(line, sizeof(line), "%s  ", TEXT_UNKNOWN);
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
static const char *policy_text_change(struct json_object *d, char *buf, size_t len)
{
	char from[WORD], to[WORD];

	policy_text_word(d, "from", from, sizeof(from));
	policy_text_word(d, "to", to, sizeof(to));
	snprintf(buf, len, "%s%s%s", from, *from && *to ? " -> " : "", to);
	return buf;
}

static void print_entry(FILE *out, struct json_object *d)
{
	char head[LINE], time[WORD], action[WORD], lever[WORD], values[2 * WORD + 8],
		reason[LINE];

	snprintf(head, sizeof(head), "%5" PRIu64 "  %s  %-8s %s  %s",
		 policy_text_count(d, "id"), policy_text_when(d, "time", time),
		 policy_text_word(d, "action", action, sizeof(action)),
		 policy_text_word(d, "lever", lever, sizeof(lever)),
		 policy_text_change(d, values, sizeof(values)));
	for (size_t n = strlen(head); n && head[n - 1] == ' '; n--)
		head[n - 1] = '\0';
	fprintf(out, "%s\n", head);
	if (*policy_text_word(d, "reason", reason, sizeof(reason)))
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

	if (policy_text_number(p, "mean", &mean) && policy_text_number(p, "sd", &sd))
		fprintf(out, "  %-10s %.6g, standard deviation %.3g, in %" PRIu64 " windows\n",
			name, mean, sd, policy_text_count(p, "n"));
}

static void print_test(FILE *out, struct json_object *d)
{
	char objective[WORD];
	double effect, p;

	if (*policy_text_word(d, "objective", objective, sizeof(objective)))
		fprintf(out, "  %-10s %s%s\n", "objective", objective,
			json_object_get_boolean(json_member(d, "proxy")) ? " (a proxy)" : "");
	print_phase(out, d, "before");
	print_phase(out, d, "after");
	if (policy_text_number(d, "effect", &effect) && policy_text_number(d, "p", &p))
		fprintf(out, "  %-10s %.3g %% %s; p = %.3g that there is none\n", "effect",
			100 * fabs(effect), effect < 0 ? "worse" : "better", p);
}

static void print_guard(FILE *out, struct json_object *d)
{
	struct json_object *g = json_member(d, "guard");
	char name[WORD];
	double value, limit;

	if (!*policy_text_word(g, "name", name, sizeof(name)))
		return;
	fprintf(out, "  %-10s %s", "guard", name);
	if (policy_text_number(g, "value", &value) && policy_text_number(g, "limit", &limit))
		fprintf(out, ": %.4g, allowed %.4g", value, limit);
	fputc('\n', out);
}

void policy_print_decision(FILE *out, struct json_object *d)
{
	char text[LINE], values[2 * WORD + 8], action[WORD], lever[WORD];
	uint64_t trial = policy_text_count(d, "trial");

	fprintf(out, "decision %" PRIu64 ": %s %s\n", policy_text_count(d, "id"),
		policy_text_word(d, "action", action, sizeof(action)),
		policy_text_word(d, "lever", lever, sizeof(lever)));
	text_item(out, "  reason     ", 13, policy_text_word(d, "reason", text, sizeof(text)));
	fprintf(out, "  %-10s %s\n", "when", policy_text_when(d, "time", text));
	if (*policy_text_change(d, values, sizeof(values)))
		fprintf(out, "  %-10s %s\n", "knob", values);
	print_test(out, d);
	print_guard(out, d);
	if (trial)
		fprintf(out, "  %-10s began with decision %" PRIu64 "\n", "trial", trial);
}
