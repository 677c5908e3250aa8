// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "cli.h"
#include "util/clock.h"
#include "util/number.h"
#include "pmu/pmu_roles.h"
#include "sort.h"
#include "util/util.h"

#define MAX_INTERVAL_S 86400

int cli_error(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("pgtop: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return code;
}

int cli_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_OK;
	return cli_error(CLI_FAILED, "cannot write the output: %s", strerror(errno));
}

int cli_print_json_as(struct json_object *json, int flags)
{
	if (!json)
		return cli_error(CLI_FAILED, "out of memory");
	puts(json_object_to_json_string_ext(json, flags));
	json_object_put(json);
	return cli_flush();
}

int cli_print_json(struct json_object *json)
{
	return cli_print_json_as(json,
				 JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}

enum {
	OPT_CGROUP = 256,
	OPT_SORT,
	OPT_JSON,
	OPT_NO_COLOR,
	OPT_EVENT,
	OPT_SYMBOL,
	OPT_ROOT,
	OPT_COUNT,
	OPT_SOCKET,
	OPT_OWN,
	OPT_SVG,
	OPT_FENTRY,
	OPT_KPROBE,
	OPT_VERSION,
	OPT_HELP,
};

/* One line an option; pgtop(8) and the completion are checked against this table. */
static const struct cli_option {
	struct option o;
	const char *value, *help;
} options[] = {
	{ { "interval", 1, NULL, 'i' }, "SECONDS", "sample for SECONDS (1); 0: no rates" },
	{ { "rows", 1, NULL, 'n' }, "N", "at most N processes, cgroups and VMAs (10)" },
	{ { "pid", 1, NULL, 'p' }, "PID", "only this process" },
	{ { "cgroup", 1, NULL, OPT_CGROUP }, "PATH", "only processes of this cgroup" },
	{ { "sort", 1, NULL, OPT_SORT }, "COLUMN", "sort processes by COLUMN" },
	{ { "json", 0, NULL, OPT_JSON }, NULL, "print JSON" },
	{ { "no-color", 0, NULL, OPT_NO_COLOR }, NULL, "no colour, also on a terminal" },
	{ { "svg", 1, NULL, OPT_SVG }, "FILE", "map: write a picture to FILE, or -" },
	{ { "event", 1, NULL, OPT_EVENT }, "ROLE=EVENT", "count EVENT in the role ROLE" },
	{ { "symbol", 1, NULL, OPT_SYMBOL }, "NAME=OTHER", "trace OTHER where NAME is meant" },
	{ { "fentry", 0, NULL, OPT_FENTRY }, NULL, "fentry even where tracepoints exist" },
	{ { "kprobe", 0, NULL, OPT_KPROBE }, NULL, "kprobes even where fentry works" },
	{ { "root", 1, NULL, OPT_ROOT }, "DIR", "read DIR/proc and DIR/sys" },
	{ { "count", 1, NULL, OPT_COUNT }, "N", "record, replay: stop after N snapshots" },
	{ { "own", 0, NULL, OPT_OWN }, NULL, "do not ask pgtopd, even where it runs" },
	{ { "socket", 1, NULL, OPT_SOCKET }, "PATH", "ask the pgtopd that listens at PATH" },
	{ { "version", 0, NULL, OPT_VERSION }, NULL, "print the version" },
	{ { "help", 0, NULL, OPT_HELP }, NULL, "print this help" },
};

static void options_print_help(void)
{
	printf("usage: pgtop [COMMAND] [OPTION]...\n"
	       "Show how far the TLB of this machine reaches.\n\ncommands:\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *c = cli_commands[i];
		char name[40];

		snprintf(name, sizeof(name), "%s%s%s", c->name, *c->operands ? " " : "",
			 c->operands);
		printf("  %-22s %s\n", i ? name : "(none)", c->help);
	}
	printf("\noptions:\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct cli_option *p = &options[i];
		char name[40];

		snprintf(name, sizeof(name), "--%s%s%s", p->o.name, p->value ? " " : "",
			 p->value ? p->value : "");
		if (p->o.val < 256)
			printf("  -%c, %-22s %s\n", p->o.val, name, p->help);
		else
			printf("      %-22s %s\n", name, p->help);
	}
	printf("\nexit status: 0 ok, 1 failed, 2 usage, 3 unavailable here, 4 no such thing\n"
	       "see pgtop(8)\n");
}

static int parse_interval(const char *text, uint64_t *ret)
{
	char *end;
	double s;

	errno = 0;
	s = strtod(text, &end);
	if (errno || end == text || *end || !isfinite(s) || s < 0 || s > MAX_INTERVAL_S)
		return -EINVAL;
	*ret = (uint64_t)(s * NS_PER_S);
	return 0;
}

static int parse_cgroup(struct cli_options *o, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	if (snprintf(full, sizeof(full), "%s%s%s", o->host->root,
		     strncmp(path, "/sys/fs/cgroup", 14) ? "/sys/fs/cgroup/" : "",
		     path) >= (int)sizeof(full))
		return cli_error(CLI_USAGE, "--cgroup: the path is too long");
	if (stat(full, &st) || !S_ISDIR(st.st_mode))
		return cli_error(CLI_USAGE,
				 "--cgroup: there is no cgroup '%s' (give a path below "
				 "/sys/fs/cgroup)",
				 path);
	o->cgroup = path;
	return 0;
}

static int parse_symbol(struct cli_options *o, const char *text)
{
	_cleanup_free_ char *from = strdup(text);
	char *to = from ? strchr(from, '=') : NULL;

	if (!to || to == from || !to[1])
		return cli_error(CLI_USAGE, "--symbol: '%s' is not NAME=OTHER", text);
	*to++ = '\0';
	return host_rename(o->host, from, to) ? cli_error(CLI_FAILED, "out of memory") : 0;
}

static int parse_event(struct cli_options *o, const char *text)
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
	return 0;
}

static int parse_number(const char *name, const char *text, uint64_t min, uint64_t max,
			uint64_t *ret)
{
	if (parse_u64(text, 10, max, ret) || *ret < min)
		return cli_error(CLI_USAGE, "--%s: '%s' is not a number from %llu to %llu",
				 name, text, (unsigned long long)min, (unsigned long long)max);
	return 0;
}

static int parse_sort(struct cli_options *o, const char *column)
{
	_cleanup_free_ char *names = sort_names();

	o->sort = column;
	return sort_known(column)
		       ? 0
		       : cli_error(CLI_USAGE,
				   "--sort: there is no column '%s' here (there are: %s)",
				   column, names ? names : "-");
}

static int parse_root(struct cli_options *o, const char *root)
{
	char *copy = strdup(root);

	if (!copy)
		return cli_error(CLI_FAILED, "out of memory");
	free(o->host->root);
	o->host->root = copy;
	return 0;
}

static int parse_one(struct cli_options *o, int opt, const char *value)
{
	uint64_t n = 0;
	int r = 0;

	switch (opt) {
	case 'i':
		if (parse_interval(value, &o->interval_ns))
			r = cli_error(CLI_USAGE,
				      "--interval: '%s' is not a number of seconds "
				      "from 0 to %d",
				      value, MAX_INTERVAL_S);
		break;
	case 'n':
		r = parse_number("rows", value, 0, 1000000, &n);
		if (!r)
			o->rows = n;
		break;
	case 'p':
		r = parse_number("pid", value, 1, INT_MAX, &n);
		if (!r)
			o->pid = n;
		break;
	case OPT_CGROUP:
		r = parse_cgroup(o, value);
		break;
	case OPT_SORT:
		r = parse_sort(o, value);
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_NO_COLOR:
		o->color = false;
		break;
	case OPT_SVG:
		o->svg = value;
		break;
	case OPT_EVENT:
		r = parse_event(o, value);
		break;
	case OPT_SYMBOL:
		r = parse_symbol(o, value);
		break;
	case OPT_ROOT:
		r = parse_root(o, value);
		break;
	case OPT_COUNT:
		r = parse_number("count", value, 0, UINT32_MAX, &o->count);
		break;
	case OPT_SOCKET:
		o->socket = value;
		break;
	case OPT_OWN:
		o->own = true;
		break;
	case OPT_FENTRY:
		o->prefer_fentry = true;
		break;
	case OPT_KPROBE:
		o->prefer_kprobe = true;
		break;
	}
	return r;
}

static int parse_all(struct cli_options *o, int argc, char **argv, bool *finished)
{
	struct option longopts[ARRAY_SIZE(options) + 1] = { 0 };
	int opt, r;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		longopts[i] = options[i].o;
	while ((opt = getopt_long(argc, argv, "i:n:p:h", longopts, NULL)) != -1) {
		*finished = opt == OPT_HELP || opt == 'h' || opt == OPT_VERSION;
		if (opt == OPT_VERSION)
			printf("pgtop %s\n", PGTOP_VERSION);
		else if (*finished)
			options_print_help();
		if (*finished)
			return cli_flush();
		if (opt == '?')
			return CLI_USAGE;
		r = parse_one(o, opt, optarg);
		if (r)
			return r;
	}
	o->argc = argc - optind;
	o->argv = argv + optind;
	return 0;
}

int cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_options *o,
	      int *code)
{
	bool finished = false;

	*o = (struct cli_options){
		.interval_ns = NS_PER_S,
		.rows = 10,
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.progress = isatty(STDERR_FILENO),
	};
	if (host_new("", &o->host)) {
		*code = cli_error(CLI_FAILED, "out of memory");
		return -1;
	}
	argv[0] = "pgtop";
	*code = parse_all(o, argc, argv, &finished);
	if (!*code && !finished && o->argc > command->max_operands)
		*code = cli_error(CLI_USAGE, "unexpected operand '%s' (see pgtop --help)",
				  o->argv[o->argc - 1]);
	if (!*code && !finished && o->svg && command != &command_map)
		*code = cli_error(CLI_USAGE, "--svg: only 'pgtop map' draws a picture");
	if (!*code && !finished)
		return 0;
	cli_done(o);
	return -1;
}

void cli_done(struct cli_options *o)
{
	host_free(o->host);
	o->host = NULL;
}

struct source_options cli_sources_options(const struct cli_options *o)
{
	return (struct source_options){
		.pid = o->pid,
		.cgroup = o->cgroup,
		.walk_processes = MAX(o->rows, 16u),
		.roles = o->roles,
		.prefer_fentry = o->prefer_fentry,
		.prefer_kprobe = o->prefer_kprobe,
	};
}
