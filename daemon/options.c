// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "options.h"
#include "util/util.h"
#include "version.h"

enum {
	OPT_CONFIG = 256,
	OPT_CHECK,
	OPT_PRINT,
	OPT_DRY_RUN,
	OPT_RESTORE,
	OPT_REPLAY,
	OPT_JSON,
	OPT_LENIENT,
	OPT_ROOT,
	OPT_STATE_DIR,
	OPT_SOCKET,
	OPT_VERSION,
	OPT_HELP,
};

/* One line an option; pgtopd(8) is checked against this table. */
static const struct {
	struct option o;
	const char *value, *help;
} options[] = {
	{ { "config", 1, NULL, OPT_CONFIG }, "FILE", "read FILE and FILE.d/*.conf" },
	{ { "check-config", 0, NULL, OPT_CHECK },
	  NULL,
	  "check the configuration, say what is wrong, and exit" },
	{ { "lenient", 0, NULL, OPT_LENIENT }, NULL, "--check-config: keys may be unknown" },
	{ { "print-config", 0, NULL, OPT_PRINT }, NULL, "print the configuration, and exit" },
	{ { "dry-run", 0, NULL, OPT_DRY_RUN },
	  NULL,
	  "say what would be written, but write nothing" },
	{ { "restore", 0, NULL, OPT_RESTORE },
	  NULL,
	  "write the original values back, and exit" },
	{ { "replay", 1, NULL, OPT_REPLAY },
	  "FILE",
	  "print what would be decided on a record" },
	{ { "json", 0, NULL, OPT_JSON }, NULL, "--replay: a line of JSON for each decision" },
	{ { "root", 1, NULL, OPT_ROOT }, "DIR", "use DIR/proc and DIR/sys" },
	{ { "state-dir", 1, NULL, OPT_STATE_DIR }, "DIR", "keep the journal in DIR" },
	{ { "socket", 1, NULL, OPT_SOCKET }, "PATH", "listen for queries on the socket PATH" },
	{ { "version", 0, NULL, OPT_VERSION }, NULL, "print the version" },
	{ { "help", 0, NULL, OPT_HELP }, NULL, "print this help" },
};

static void pgtopd_print_help(void)
{
	printf("usage: pgtopd [OPTION]...\n"
	       "Watch how far the TLB of this machine reaches, and tune it if asked to.\n\n"
	       "options:\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		char name[40];

		snprintf(name, sizeof(name), "--%s%s%s", options[i].o.name,
			 options[i].value ? " " : "",
			 options[i].value ? options[i].value : "");
		printf("  %-20s %s\n", name, options[i].help);
	}
}

static int options_usage(const char *what, const char *word)
{
	fprintf(stderr, "pgtopd: %s '%s' (see pgtopd --help)\n", what, word);
	return PGTOPD_USAGE;
}

/* Returns -1 when there is more to parse, else the exit code. */
static int options_take(int opt, struct options *o, char **argv)
{
	static const struct {
		int opt;
		enum action action;
	} actions[] = { { OPT_CHECK, ACTION_CHECK },
			{ OPT_PRINT, ACTION_PRINT },
			{ OPT_DRY_RUN, ACTION_DRY_RUN },
			{ OPT_RESTORE, ACTION_RESTORE },
			{ OPT_REPLAY, ACTION_REPLAY } };

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (opt != actions[i].opt)
			continue;
		if (o->action != ACTION_RUN && o->action != actions[i].action)
			return options_usage("this cannot be combined with another action:",
					     argv[optind - 1]);
		o->action = actions[i].action;
		if (opt == OPT_REPLAY)
			o->record = optarg;
		return -1;
	}
	switch (opt) {
	case OPT_CONFIG:
		o->config = optarg;
		return -1;
	case OPT_ROOT:
		o->root = optarg;
		return -1;
	case OPT_STATE_DIR:
		o->state_dir = optarg;
		return -1;
	case OPT_SOCKET:
		o->socket = optarg;
		return -1;
	case OPT_LENIENT:
		o->lenient = true;
		return -1;
	case OPT_JSON:
		o->json = true;
		return -1;
	case OPT_VERSION:
		printf("pgtopd %s\n", PGTOP_VERSION);
		return PGTOPD_OK;
	case OPT_HELP:
		pgtopd_print_help();
		return PGTOPD_OK;
	default:
		return PGTOPD_USAGE; /* getopt has said why */
	}
}

int options_parse(int argc, char **argv, struct options *o, int *code)
{
	struct option longopts[ARRAY_SIZE(options) + 1] = { 0 };
	int opt;

	*o = (struct options){ .root = "" };
	*code = -1;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		longopts[i] = options[i].o;
	while (*code < 0 && (opt = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		*code = options_take(opt, o, argv);
	if (*code < 0 && optind < argc)
		*code = options_usage("unexpected operand", argv[optind]);
	return *code < 0 ? 0 : -1;
}
