// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "map.h"
#include "process_check.h"
#include "util/number.h"
#include "util/publish.h"
#include "util/user_file.h"
#include "svg.h"
#include "util/util.h"

static int write_svg(const char *path, const char *title, const struct pagewalk *w,
		     const struct address_map *m)
{
	int r = svg_write(path, title, m, w);

	if (r)
		return cli_error(CLI_FAILED, "cannot write %s: %s",
				 strcmp(path, "-") ? path : "the picture",
				 r == -EACCES
					 ? "permission denied (also to another user's link, "
					   "or file in a shared directory)"
					 : strerror(-r));
	return CLI_OK;
}

static int map_one(const struct cli_options *o, struct pagewalk *w, pid_t pid)
{
	struct address_map m = { .want_cells = o->svg, .progress = o->progress, .user = pid };
	int code = process_check_walk(w, pid, address_map_walk(w, pid, &m));
	char title[192];

	map_title(o, pid, title, sizeof(title));
	if (!code && o->svg)
		code = write_svg(o->svg, title, w, &m);
	if (!code && o->json)
		code = map_print_json(pid, w, &m);
	else if (!code && !o->svg)
		code = map_print_text(stdout, o, title, w, &m)
			       ? cli_error(CLI_FAILED, "out of memory")
			       : cli_flush();
	address_map_done(&m);
	return code;
}

/* 0: the kernel */
static int parse_target(const struct cli_options *o, pid_t *ret)
{
	const char *text = o->argc ? o->argv[0] : "kernel";
	uint64_t n = 0;

	if (o->npids > 1)
		return cli_error(CLI_USAGE, "map shows one address space; give one PID");
	if (o->argc && o->npids)
		return cli_error(CLI_USAGE, "map: give either '%s' or -p %d, not both", text,
				 o->pids[0]);
	if (o->npids)
		n = o->pids[0];
	else if (strcmp(text, "kernel") && (parse_u64(text, 10, INT_MAX, &n) || !n))
		return cli_error(CLI_USAGE, "map: '%s' is neither 'kernel' nor a PID", text);
	*ret = n;
	return CLI_OK;
}

/* A kernel thread has no memory of its own: nothing would look as if all were swapped out. */
static int check_target(const struct cli_options *o, pid_t pid)
{
	struct process_look look;
	int code = pid ? process_check(o->host, pid, &look) : CLI_OK;

	if (pid && !code && look.kernel)
		code = cli_error(CLI_UNAVAILABLE,
				 "process %d is a kernel thread, which has no user memory; "
				 "'pgtop map kernel' shows the kernel's linear map",
				 pid);
	return code;
}

static int map_run(struct cli_options *o)
{
	struct pagewalk *w = NULL;
	pid_t pid = 0;
	int code;

	if (o->json && o->svg && !strcmp(o->svg, "-"))
		return cli_error(CLI_USAGE,
				 "map: --json and '--svg -' both write to standard output");
	code = parse_target(o, &pid);
	if (!code)
		code = check_target(o, pid);
	if (code)
		return code;
	if (pagewalk_new(o->host, pid ? PAGEWALK_PROCESS : PAGEWALK_KERNEL, NULL, &w))
		return cli_error(CLI_FAILED, "out of memory");
	code = map_one(o, w, pid);
	pagewalk_free(w);
	return code;
}

const struct cli_command command_map = {
	.name = "map",
	.bit = CMD_MAP,
	.operands = "[kernel|PID]",
	.max_operands = 1,
	.help = "Show the leaf sizes that map the kernel or a process",
	.exits = { [CLI_UNAVAILABLE] =
			   "the page tables cannot be walked; the message says why",
		   [CLI_NO_SUCH] = "no such process, or it exited during the walk" },
	.run = map_run,
};
