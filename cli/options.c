// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "help.h"
#include "host/cgroup_path.h"
#include "nearest.h"
#include "option_table.h"
#include "options.h"
#include "text.h"
#include "util/clock.h"
#include "util/util.h"
#include "version.h"

/* What getopt returns for an option without a letter, and for all when it names a wrong one.
 */
#define LONG_OPTION 256

struct getopt_table {
	struct option longs[OPT_MAX + 1];
	char shorts[2 * OPT_MAX + 2];
};

static void getopt_table_init(struct getopt_table *t)
{
	char *s = t->shorts;

	*t = (struct getopt_table){ 0 };
	*s++ = ':'; /* tell a value that is missing from an option that is unknown */
	for (int id = 0; id < OPT_MAX; id++) {
		const struct cli_option *p = &cli_option_table[id];

		t->longs[id] =
			(struct option){ p->name, p->value != NULL, NULL, LONG_OPTION + id };
		if (p->letter)
			*s++ = p->letter;
		if (p->letter && p->value)
			*s++ = ':';
	}
	optind = 0;
	opterr = 0;
}

/* The option that getopt returned; OPT_MAX: none. */
static int option_of(int opt)
{
	if (opt >= LONG_OPTION)
		return opt - LONG_OPTION;
	for (int id = 0; id < OPT_MAX; id++) {
		if (opt && cli_option_table[id].letter == opt)
			return id;
	}
	return OPT_MAX;
}

/* "--name" is not an option: what it begins, or what it was meant to be. */
static int refuse_long(const char *text)
{
	const char *names[OPT_MAX], *near;
	size_t len = strcspn(text + 2, "=");
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)len, text + 2);
	for (int id = 0; id < OPT_MAX; id++)
		names[id] = cli_option_table[id].name;
	near = nearest(word, names, OPT_MAX);
	if (near)
		return cli_error(CLI_USAGE, "unknown option '--%s'; did you mean --%s?", word,
				 near);
	return cli_error(CLI_USAGE, "unknown option '--%s'; see pgtop --help", word);
}

/* What getopt did not like: @opt is what it returned. */
static int refuse_option(int opt, const char *text)
{
	int id = option_of(optopt);

	if (opt == ':')
		return cli_error(CLI_USAGE, "--%s needs a value: %s",
				 cli_option_table[id].name, cli_option_table[id].value);
	if (id < OPT_MAX)
		return cli_error(CLI_USAGE, "--%s takes no value", cli_option_table[id].name);
	if (optopt)
		return cli_error(CLI_USAGE, "unknown option '-%c'; see pgtop --help", optopt);
	return refuse_long(text);
}

/* Before a value is looked at: which options there are, and where the operands begin. */
static int scan_options(int argc, char **argv, uint32_t *given)
{
	struct getopt_table t;
	int opt;

	getopt_table_init(&t);
	while ((opt = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		if (opt == ':' || opt == '?')
			return refuse_option(opt, argv[optind - 1]);
		*given |= 1u << option_of(opt);
	}
	return CLI_OK;
}

static int find_command(const char *name, const struct cli_command **ret)
{
	const char *names[16], *near;
	size_t n;

	for (n = 0; cli_commands[n]; n++) {
		names[n] = cli_commands[n]->name;
		if (!strcmp(names[n], name)) {
			*ret = cli_commands[n];
			return CLI_OK;
		}
	}
	near = nearest(name, names, n);
	if (near)
		return cli_error(CLI_USAGE, "unknown command '%s'; did you mean '%s'?", name,
				 near);
	if (*name && strspn(name, "0123456789") == strlen(name))
		return cli_error(CLI_USAGE,
				 "unknown command '%s'; for a process, use 'pgtop -p %s' or "
				 "'pgtop map %s'",
				 name, name, name);
	return cli_error(CLI_USAGE, "unknown command '%s'; see pgtop --help", name);
}

static int apply_option(struct cli_options *o, int id, const char *value)
{
	const struct cli_command *c = o->command;
	const struct cli_option *p = &cli_option_table[id];

	if (!(p->commands & c->bit))
		return cli_error(CLI_USAGE, "%s does not take --%s; see pgtop %s --help",
				 c->name, p->name, c->name);
	if (p->repeat == REPEAT_NOT && cli_given(o, id))
		return cli_error(CLI_USAGE, "--%s may be given only once", p->name);
	o->given |= 1u << id;
	return p->set ? p->set(o, value) : CLI_OK;
}

static int apply_options(int argc, char **argv, struct cli_options *o)
{
	struct getopt_table t;
	int opt, code = CLI_OK;

	getopt_table_init(&t);
	while (!code && (opt = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1)
		code = apply_option(o, option_of(opt), optarg);
	return code;
}

static int check_operand_count(const struct cli_command *c, int argc, char **argv)
{
	if (argc <= c->max_operands)
		return CLI_OK;
	return cli_error(CLI_USAGE, "%s: unexpected operand '%s'; see pgtop %s --help",
			 c->name, argv[c->max_operands], c->name);
}

/* Here and not where the option is read: --root may come after it. */
static int check_cgroup(struct cli_options *o)
{
	char why[PATH_MAX + 128];
	int r;

	if (!o->cgroup)
		return CLI_OK;
	o->cgroup_path = malloc(PATH_MAX);
	r = o->cgroup_path ? cgroup_resolve(o->host->root, o->cgroup, o->cgroup_path, why,
					    sizeof(why))
			   : -ENOMEM;
	o->cgroup = o->cgroup_path;
	if (r == -ENOMEM)
		return cli_error(CLI_FAILED, "out of memory");
	if (r == -ENOENT || r == -EINVAL || r == -ENAMETOOLONG)
		return cli_error(CLI_USAGE, "--cgroup: %s", why);
	return r ? cli_error(CLI_UNAVAILABLE, "--cgroup: %s", why) : CLI_OK;
}

static int print_version(void)
{
	printf("pgtop %s\n", PGTOP_VERSION);
	return cli_flush();
}

/* Returns whether the command is to run; else the exit code is in @code. */
static bool parse_all(int argc, char **argv, struct cli_options *o, int *code)
{
	uint32_t given = 0;
	bool named;

	*code = scan_options(argc, argv, &given);
	if (*code)
		return false;
	named = optind < argc;
	o->argc = argc - optind - named;
	o->argv = argv + optind + named;
	o->command = cli_commands[0];
	if (named)
		*code = find_command(argv[optind], &o->command);
	if (*code)
		return false;
	if (given & (1u << OPT_HELP | 1u << OPT_VERSION)) {
		*code = given & 1u << OPT_HELP ? help_print(named ? o->command : NULL)
					       : print_version();
		return false;
	}
	*code = apply_options(argc, argv, o);
	if (!*code)
		*code = check_operand_count(o->command, o->argc, o->argv);
	if (!*code)
		*code = check_cgroup(o);
	return !*code;
}

#define LINES_USUAL 24

/* How large the screen may be: that of the terminal, where the output goes to one. */
static void find_terminal(struct cli_options *o)
{
	struct winsize size;

	o->lines = LINES_USUAL;
	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	if (size.ws_row)
		o->lines = size.ws_row;
	if (size.ws_col)
		text_set_columns(size.ws_col - 1);
}

int cli_parse(int argc, char **argv, struct cli_options *o, int *code)
{
	*o = (struct cli_options){
		.interval_ns = NS_PER_S,
		.rows = 10,
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.progress = isatty(STDERR_FILENO),
	};
	find_terminal(o);
	unsetenv("POSIXLY_CORRECT"); /* options follow the command, which getopt takes for an
					operand */
	if (host_new("", &o->host)) {
		*code = cli_error(CLI_FAILED, "out of memory");
		return -1;
	}
	if (parse_all(argc, argv, o, code))
		return 0;
	cli_done(o);
	return -1;
}

void cli_done(struct cli_options *o)
{
	host_free(o->host);
	o->host = NULL;
	free(o->cgroup_path);
	o->cgroup = o->cgroup_path = NULL;
}
