/* SPDX-License-Identifier: GPL-2.0-only */
/* cli.h - what the commands of pgtop share: options, exit codes, output */
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
	CLI_EXITS,
};

/* One bit a command: option_table.c says which of them take an option. */
enum cli_command_bit {
	CMD_TOP = 1,
	CMD_MAP = 2,
	CMD_DOCTOR = 4,
	CMD_POLICY = 8,
	CMD_RECORD = 16,
	CMD_REPLAY = 32,
	CMD_PROM = 64,
	CMD_WHY = 128,
	CMD_WATCH = 256,
	CMD_ALL = 511,
};

/* In the order in which --help lists them. */
enum cli_option_id {
	OPT_INTERVAL,
	OPT_ROWS,
	OPT_SINCE,
	OPT_PID,
	OPT_CGROUP,
	OPT_SORT,
	OPT_ALL,
	OPT_JSON,
	OPT_NO_COLOR,
	OPT_SVG,
	OPT_LEAF,
	OPT_EVENT,
	OPT_SYMBOL,
	OPT_FENTRY,
	OPT_KPROBE,
	OPT_ROOT,
	OPT_COUNT,
	OPT_BATCH,
	OPT_REPLAY,
	OPT_AT,
	OPT_HISTORY,
	OPT_AS,
	OPT_OWN,
	OPT_SOCKET,
	OPT_VERSION,
	OPT_HELP,
	OPT_MAX,
};

struct cli_command;

#define CLI_MAX_ROLES 32
#define CLI_MAX_PIDS  64

struct cli_options {
	const struct cli_command *command;
	uint32_t given; /* 1 << enum cli_option_id */
	struct host *host;
	uint64_t interval_ns;
	int lines;     /* of the terminal */
	uint64_t rows; /* -n: rows of process and cgroup tables */
	double since;  /* decisions from this time on, seconds since 1970 */
	pid_t pids[CLI_MAX_PIDS];
	size_t npids;	    /* 0: all processes */
	const char *cgroup; /* as given, then cgroup_path */
	char *cgroup_path;  /* in the hierarchy; owned */
	const char *sort;   /* column of the process table; NULL: the first that has data */
	const char *svg;
	uint64_t leaf_bytes; /* --leaf; 0: not given */
	const char *root;
	uint64_t at_s;	     /* --at: seconds since 1970 */
	const char *history; /* directory of a history; NULL: pgtopd's */
	const char *socket;  /* of pgtopd; NULL: the usual one, if there is one */
	const char *replay;  /* the record to watch; NULL: this machine */
	uint64_t count;	     /* snapshots to record, replay or print; 0: all */
	const char *roles[CLI_MAX_ROLES + 1];
	bool all; /* everything, however long the screen gets */
	bool json, color, progress;
	bool prefer_fentry, prefer_kprobe;
	bool own;   /* do not ask pgtopd */
	bool batch; /* watch prints plain text */
	int argc;   /* operands after the command */
	char **argv;
};

struct cli_command {
	const char *name;
	enum cli_command_bit bit;
	const char *operands; /* for the usage line, "" if none */
	int max_operands;
	const char *help; /* one sentence without its full stop */
	/* What an exit status means here; NULL: the usual meaning of 0 to 2, never of 3, 4. */
	const char *exits[CLI_EXITS];
	int (*run)(struct cli_options *o);
};

extern const struct cli_command command_top, command_map, command_doctor, command_policy,
	command_record, command_replay, command_prom, command_why, command_watch;

/** cli_commands - the NULL-terminated table of commands; the first is the default */
extern const struct cli_command *const cli_commands[];

/** cli_given - whether option @id is on the command line */
bool cli_given(const struct cli_options *o, enum cli_option_id id);

/** cli_error - "pgtop: ..." on standard error, cleaned as by text_clean(); returns @code */
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
