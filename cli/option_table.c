// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/kernel_names.h"
#include "option_table.h"
#include "pmu/pmu_roles.h"
#include "sort.h"
#include "util/clock.h"
#include "util/number.h"
#include "util/util.h"
#include "when.h"

#define MAX_INTERVAL_S 86400

/* "1", "0.25", ".5": digits and one point; what is more than 0 stays so. */
static int parse_seconds(const char *text, uint64_t *ret_ns)
{
	char *end;
	double s;

	errno = 0;
	s = strtod(text, &end);
	if (errno || strspn(text, "0123456789.") != strlen(text) || end == text || *end ||
	    s > MAX_INTERVAL_S)
		return -EINVAL;
	*ret_ns = (uint64_t)ceil(s * NS_PER_S);
	return 0;
}

static int option_set_interval(struct cli_options *o, const char *text)
{
	if (!parse_seconds(text, &o->interval_ns))
		return CLI_OK;
	return cli_error(CLI_USAGE, "--interval: '%s' is not a number of seconds from 0 to %d",
			 text, MAX_INTERVAL_S);
}

static int option_set_number(const char *name, const char *text, uint64_t min, uint64_t max,
			     uint64_t *ret)
{
	uint64_t n;

	if (parse_u64(text, 10, max, &n) || n < min)
		return cli_error(CLI_USAGE,
				 "--%s: '%s' is not a whole number from %llu to %llu", name,
				 text, (unsigned long long)min, (unsigned long long)max);
	*ret = n;
	return CLI_OK;
}

static int option_set_rows(struct cli_options *o, const char *text)
{
	return option_set_number("rows", text, 0, 1000000, &o->rows);
}

/* A plain number is a year to some and seconds to others: a time long ago has a unit. */
static bool has_unit(const char *text)
{
	return *text && isalpha((unsigned char)text[strlen(text) - 1]);
}

static int option_set_since(struct cli_options *o, const char *text)
{
	uint64_t s;

	if (*text == '@' && !parse_u64(text + 1, 10, INT64_MAX, &s)) {
		o->since = s;
		return CLI_OK;
	}
	if (has_unit(text) && !parse_duration(text, &s)) {
		o->since = clock_seconds(clock_ns(CLOCK_REALTIME)) - s;
		return CLI_OK;
	}
	if (!when_local(text, WHEN_NO_CLOCK, 0, &s)) {
		o->since = s;
		return CLI_OK;
	}
	return cli_error(CLI_USAGE,
			 "--since: '%s' is not a time as 2h, 7d, 2026-11-30, "
			 "'2026-11-30 21:05' or @SECONDS",
			 text);
}

static int option_set_count(struct cli_options *o, const char *text)
{
	return option_set_number("count", text, 0, UINT32_MAX, &o->count);
}

/* One given twice counts once. */
static int option_set_pid(struct cli_options *o, const char *text)
{
	uint64_t pid = 0;
	int code = option_set_number("pid", text, 1, INT_MAX, &pid);

	if (code)
		return code;
	for (size_t i = 0; i < o->npids; i++) {
		if (o->pids[i] == (pid_t)pid)
			return CLI_OK;
	}
	if (o->npids == CLI_MAX_PIDS)
		return cli_error(CLI_USAGE, "--pid: more than %d processes", CLI_MAX_PIDS);
	o->pids[o->npids++] = pid;
	return CLI_OK;
}

static int option_set_cgroup(struct cli_options *o, const char *text)
{
	o->cgroup = text;
	return *text ? CLI_OK : cli_error(CLI_USAGE, "--cgroup: the path is empty");
}

static int option_set_sort(struct cli_options *o, const char *text)
{
	_cleanup_free_ char *names = NULL;

	o->sort = text;
	if (sort_known(text))
		return CLI_OK;
	names = sort_names();
	return cli_error(CLI_USAGE, "--sort: unknown column '%s'; expected one of: %s", text,
			 names ? names : "-");
}

static int option_set_json(struct cli_options *o, const char *text)
{
	o->json = true;
	return CLI_OK;
}

static int option_set_all(struct cli_options *o, const char *text)
{
	o->all = true;
	return CLI_OK;
}

static int option_set_no_color(struct cli_options *o, const char *text)
{
	o->color = false;
	return CLI_OK;
}

static int option_set_svg(struct cli_options *o, const char *text)
{
	o->svg = text;
	return *text ? CLI_OK : cli_error(CLI_USAGE, "--svg: the file name is empty");
}

static int option_set_leaf(struct cli_options *o, const char *text)
{
	if (!parse_size(text, &o->leaf_bytes) && o->leaf_bytes)
		return CLI_OK;
	return cli_error(CLI_USAGE, "--leaf: '%s' is not a size as 64K or 2M", text);
}

static int option_set_event(struct cli_options *o, const char *text)
{
	enum pmu_role role;
	const char *event;
	char why[256];
	size_t n = 0;

	if (pmu_mapping_parse(text, &role, &event, why, sizeof(why)))
		return cli_error(CLI_USAGE, "--event: %s", why);
	while (o->roles[n])
		n++;
	if (n == CLI_MAX_ROLES)
		return cli_error(CLI_USAGE, "--event: more than %d events", CLI_MAX_ROLES);
	o->roles[n] = text;
	return CLI_OK;
}

static int option_set_symbol(struct cli_options *o, const char *text)
{
	_cleanup_free_ char *from = strdup(text);
	char *to = from ? strchr(from, '=') : NULL;

	if (!to || to == from || !to[1])
		return cli_error(CLI_USAGE, "--symbol: '%s' is not NAME=OTHER", text);
	*to++ = '\0';
	if (!kernel_name_given(from))
		return cli_error(CLI_USAGE, "--symbol: pgtop looks for nothing named '%s'",
				 from);
	return host_rename(o->host, from, to) ? cli_error(CLI_FAILED, "out of memory")
					      : CLI_OK;
}

static int option_set_fentry(struct cli_options *o, const char *text)
{
	o->prefer_fentry = true;
	return CLI_OK;
}

static int option_set_kprobe(struct cli_options *o, const char *text)
{
	o->prefer_kprobe = true;
	return CLI_OK;
}

static int option_set_root(struct cli_options *o, const char *text)
{
	struct stat st;

	if (stat(text, &st) || !S_ISDIR(st.st_mode))
		return cli_error(CLI_USAGE, "--root: there is no directory '%s'", text);
	return host_set_root(o->host, text) ? cli_error(CLI_FAILED, "out of memory") : CLI_OK;
}

static int option_set_at(struct cli_options *o, const char *text)
{
	if (!when_parse(text, clock_ns(CLOCK_REALTIME) / NS_PER_S, &o->at_s))
		return CLI_OK;
	return cli_error(CLI_USAGE, "--at: '%s' is not a time as " WHEN_FORMS, text);
}

static int option_set_history(struct cli_options *o, const char *text)
{
	o->history = text;
	return *text ? CLI_OK : cli_error(CLI_USAGE, "--history: the path is empty");
}

/* The one whose rights can be asked for. */
static int option_set_as(struct cli_options *o, const char *text)
{
	if (!strcmp(text, "pgtopd"))
		return CLI_OK;
	return cli_error(CLI_USAGE, "--as: '%s' is unknown; only pgtopd can be asked", text);
}

static int option_set_own(struct cli_options *o, const char *text)
{
	o->own = true;
	return CLI_OK;
}

static int option_set_batch(struct cli_options *o, const char *text)
{
	o->batch = true;
	return CLI_OK;
}

static int option_set_replay(struct cli_options *o, const char *text)
{
	o->replay = text;
	return *text ? CLI_OK : cli_error(CLI_USAGE, "--replay: the file name is empty");
}

static int option_set_socket(struct cli_options *o, const char *text)
{
	o->socket = text;
	return *text ? CLI_OK : cli_error(CLI_USAGE, "--socket: the path is empty");
}

#define CMD_MEASURES                                                                          \
	(CMD_TOP | CMD_RECORD | CMD_PROM | CMD_WATCH) /* asks pgtopd or measures itself */
#define CMD_LOOKS (CMD_MEASURES | CMD_MAP | CMD_DOCTOR)

const struct cli_option cli_option_table[OPT_MAX] = {
	[OPT_INTERVAL] = { 'i', "interval", "SECONDS",
			   CMD_TOP | CMD_DOCTOR | CMD_RECORD | CMD_WATCH, REPEAT_LAST,
			   "sample for SECONDS (1); 0: no rates", option_set_interval },
	[OPT_ROWS] = { 'n', "rows", "N",
		       CMD_MEASURES | CMD_MAP | CMD_POLICY | CMD_REPLAY | CMD_WHY, REPEAT_LAST,
		       "show at most N rows of each table (10)", option_set_rows },
	[OPT_SINCE] = { 0, "since", "TIME", CMD_POLICY, REPEAT_LAST,
			"log: only from TIME on, which is 2h ago or a date",
			option_set_since },
	[OPT_PID] = { 'p', "pid", "PID", CMD_MEASURES | CMD_MAP, REPEAT_ADDS,
		      "only this process; may be repeated", option_set_pid },
	[OPT_CGROUP] = { 0, "cgroup", "PATH", CMD_MEASURES | CMD_WHY, REPEAT_NOT,
			 "only processes of this cgroup", option_set_cgroup },
	[OPT_SORT] = { 0, "sort", "COLUMN", CMD_TOP | CMD_REPLAY | CMD_WATCH, REPEAT_LAST,
		       "sort processes and cgroups by COLUMN", option_set_sort },
	[OPT_ALL] = { 'a', "all", NULL, CMD_TOP | CMD_REPLAY, REPEAT_LAST,
		      "show everything, however long that is", option_set_all },
	[OPT_JSON] = { 0, "json", NULL, CMD_ALL & ~(CMD_RECORD | CMD_WATCH), REPEAT_LAST,
		       "print JSON", option_set_json },
	[OPT_NO_COLOR] = { 0, "no-color", NULL, CMD_ALL & ~(CMD_RECORD | CMD_PROM),
			   REPEAT_LAST, "no colour, even on a terminal", option_set_no_color },
	[OPT_SVG] = { 0, "svg", "FILE", CMD_MAP, REPEAT_NOT,
		      "draw the address space into FILE; -: standard output", option_set_svg },
	[OPT_LEAF] = { 0, "leaf", "SIZE", CMD_WHY, REPEAT_NOT,
		       "ask for leaves of SIZE (the largest up to 2M)", option_set_leaf },
	[OPT_EVENT] = { 0, "event", "ROLE=EVENT", CMD_MEASURES | CMD_DOCTOR, REPEAT_ADDS,
			"count EVENT in the role ROLE; may be repeated", option_set_event },
	[OPT_SYMBOL] = { 0, "symbol", "NAME=OTHER", CMD_LOOKS, REPEAT_ADDS,
			 "trace OTHER instead of NAME; may be repeated", option_set_symbol },
	[OPT_FENTRY] = { 0, "fentry", NULL, CMD_MEASURES | CMD_DOCTOR, REPEAT_LAST,
			 "use fentry even where tracepoints exist", option_set_fentry },
	[OPT_KPROBE] = { 0, "kprobe", NULL, CMD_MEASURES | CMD_DOCTOR, REPEAT_LAST,
			 "use kprobes even where fentry works", option_set_kprobe },
	[OPT_ROOT] = { 0, "root", "DIR", CMD_LOOKS, REPEAT_NOT, "read DIR/proc and DIR/sys",
		       option_set_root },
	[OPT_COUNT] = { 0, "count", "N", CMD_RECORD | CMD_REPLAY | CMD_WATCH, REPEAT_LAST,
			"stop after N snapshots; 0: do not", option_set_count },
	[OPT_BATCH] = { 'b', "batch", NULL, CMD_WATCH, REPEAT_LAST,
			"print plain text, one screen after the other", option_set_batch },
	[OPT_REPLAY] = { 0, "replay", "FILE", CMD_WATCH, REPEAT_NOT,
			 "show the record FILE, not this machine", option_set_replay },
	[OPT_AT] = { 0, "at", "TIME", CMD_TOP, REPEAT_NOT,
		     "show what pgtopd had measured at TIME", option_set_at },
	[OPT_HISTORY] = { 0, "history", "DIR", CMD_TOP, REPEAT_NOT,
			  "take the history in DIR, not that of pgtopd", option_set_history },
	[OPT_AS] = { 0, "as", "WHO", CMD_DOCTOR, REPEAT_LAST,
		     "show what WHO (pgtopd) can do, and differences", option_set_as },
	[OPT_OWN] = { 0, "own", NULL, CMD_MEASURES, REPEAT_LAST,
		      "do not ask pgtopd, even if it is running", option_set_own },
	[OPT_SOCKET] = { 0, "socket", "PATH", CMD_MEASURES | CMD_POLICY | CMD_DOCTOR,
			 REPEAT_NOT, "ask the pgtopd that listens at PATH",
			 option_set_socket },
	[OPT_VERSION] = { 0, "version", NULL, CMD_ALL, REPEAT_LAST, "print the version",
			  NULL },
	[OPT_HELP] = { 'h', "help", NULL, CMD_ALL, REPEAT_LAST,
		       "print this help, or that of the command", NULL },
};

/* Where an option means something else than the table says. */
static const struct special_help {
	enum cli_option_id id;
	unsigned int commands;
	const char *help;
} special_help[] = {
	{ OPT_INTERVAL, CMD_DOCTOR, "count for SECONDS and show what was counted (0)" },
	{ OPT_SOCKET, CMD_DOCTOR, "with --as: ask the pgtopd that listens at PATH" },
	{ OPT_INTERVAL, CMD_RECORD, "write a snapshot every SECONDS (1)" },
	{ OPT_INTERVAL, CMD_WATCH, "read every SECONDS (1)" },
	{ OPT_COUNT, CMD_WATCH, "with --batch: stop after N screens; 0: do not" },
	{ OPT_ROWS, CMD_WATCH, "with --batch: show at most N rows (10)" },
	{ OPT_ROWS, CMD_POLICY, "log: show the N newest decisions (10)" },
	{ OPT_ROWS, CMD_RECORD | CMD_PROM, "walk the N largest processes, at least 16" },
	{ OPT_ROWS, CMD_MAP, "show the N largest ranges (10)" },
	{ OPT_ROWS, CMD_WHY, "show the N worst mappings (10)" },
	{ OPT_PID, CMD_MAP, "walk this process" },
	{ OPT_HELP, CMD_ALL, "print this help" },
};

const char *cli_option_help(enum cli_option_id id, const struct cli_command *command)
{
	for (size_t i = 0; command && i < ARRAY_SIZE(special_help); i++) {
		if (special_help[i].id == id && special_help[i].commands & command->bit)
			return special_help[i].help;
	}
	return cli_option_table[id].help;
}
