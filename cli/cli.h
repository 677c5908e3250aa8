/* SPDX-License-Identifier: GPL-2.0-only */
/* cli.h - options, exit codes and the table of subcommands of pgtop */
#ifndef PGTOP_CLI_H
#define PGTOP_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/host.h"
#include "sources.h"

/* Documented in pgtop(8), EXIT STATUS. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,	     /* out of memory, output could not be written */
	CLI_USAGE = 2,	     /* unknown option, bad value */
	CLI_UNAVAILABLE = 3, /* what was asked for cannot be measured here */
	CLI_NO_SUCH = 4,     /* no such process (or it exited), lever or decision */
};

#define CLI_MAX_ROLES 32

struct cli_options {
	struct host *host;
	uint64_t interval_ns;
	size_t rows; /* -n: rows of process and cgroup tables */
	pid_t pid;
	const char *cgroup;
	const char *sort; /* column of the process table; NULL: the first that has data */
	const char *svg;
	const char *socket; /* of pgtopd; NULL: the usual one, if there is one */
	uint64_t count;	    /* snapshots to record or replay; 0: all */
	const char *roles[CLI_MAX_ROLES + 1];
	bool json, color, progress;
	bool prefer_fentry, prefer_kprobe;
	bool own; /* do not ask pgtopd */
	int argc; /* operands after the options */
	char **argv;
};

struct cli_command {
	const char *name;
	const char *operands; /* for the usage line, "" if none */
	int max_operands;
	const char *help;
	int (*run)(struct cli_options *o);
};

extern const struct cli_command command_top, command_map, command_doctor, command_policy,
	command_record, command_replay, command_prom;

/** cli_commands - the NULL-terminated table of subcommands; the first is the default */
extern const struct cli_command *const cli_commands[];

/**
 * cli_parse - options and operands of @command from @argc, @argv
 *
 * Returns 0 with @o filled (release with cli_done()), or -1 with the exit code in @code after
 * --help, --version or an error that has been reported.
 */
int cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_options *o,
	      int *code);
void cli_done(struct cli_options *o);

/** cli_error - "pgtop: ..." on standard error; returns @code */
int cli_error(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** cli_sources_options - what the sources need to know of @o */
struct source_options cli_sources_options(const struct cli_options *o);

/** cli_flush - flush standard output; an exit code, having reported a write error */
int cli_flush(void);

struct json_object;
/** cli_print_json - print @json (released here) and a newline; an exit code */
int cli_print_json(struct json_object *json);
/** cli_print_json_as - the same with these JSON_C_TO_STRING_ flags */
int cli_print_json_as(struct json_object *json, int flags);

#endif
