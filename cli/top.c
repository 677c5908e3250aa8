// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "file.h"
#include "number.h"
#include "screen.h"
#include "snapshot_json.h"
#include "util.h"

#define NS_PER_S 1000000000ull

static struct timespec deadline_after(uint64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (t.tv_nsec + ns) / NS_PER_S;
	t.tv_nsec = (t.tv_nsec + ns) % NS_PER_S;
	return t;
}

/* Sleep, telling how long it still takes when that is more than two seconds. */
static void sample(const struct cli_options *o)
{
	uint64_t left = o->interval_ns, step;

	while (left) {
		struct timespec until;

		step = left > 2 * NS_PER_S && o->progress ? NS_PER_S : left;
		if (o->progress && o->interval_ns > 2 * NS_PER_S)
			fprintf(stderr, "\rsampling, %llu s to go ",
				(left - 1) / NS_PER_S + 1);
		until = deadline_after(step);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
		left -= step;
	}
	if (o->progress && o->interval_ns > 2 * NS_PER_S)
		fprintf(stderr, "\r%30s\r", "");
}

static int read_interval(const struct cli_options *o, struct sources *sources,
			 struct snapshot **total, struct snapshot **delta)
{
	struct snapshot *before = NULL;
	int r;

	if (!o->interval_ns)
		return sources_read(sources, total);
	r = sources_read(sources, &before);
	if (r)
		return r;
	sample(o);
	r = sources_read(sources, total);
	if (!r)
		r = snapshot_diff(before, *total, delta);
	snapshot_free(before);
	return r;
}

static int print(const struct cli_options *o, const struct probe *p,
		 const struct snapshot *total, const struct snapshot *delta)
{
	struct screen s = {
		.out = stdout,
		.host = o->host,
		.total = total,
		.delta = delta,
		.probe = p,
		.color = o->color,
		.rows = o->rows,
		.sort = o->sort,
		.pid = o->pid,
	};

	if (o->sort && !screen_sort_known(total, o->sort))
		return cli_error(CLI_USAGE,
				 "--sort: there is no column '%s' here (try "
				 "present_bytes, tlb_flushes or unfolds)",
				 o->sort);
	if (o->json) {
		struct json_object *json = snapshot_to_json(total, delta);

		if (json)
			snapshot_json_add_probe(json, p);
		return cli_print_json(json);
	}
	screen_print(&s);
	return cli_flush();
}

/* What only counts has nothing to say without an interval, and loading it takes most of the
 * time. */
static uint64_t wanted_sources(const struct cli_options *o)
{
	uint64_t counting =
		sources_bit("tlbflush") | sources_bit("contpte") | sources_bit("pmu");

	return o->interval_ns ? ~0ull : ~counting;
}

/* The process a thread belongs to; 0 if there is no such thread. */
static pid_t process_of(const char *root, pid_t tid)
{
	_cleanup_free_ char *status = NULL;
	const char *line;
	char path[64];
	uint64_t tgid;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (file_read(root, path, &status, NULL))
		return 0;
	line = strstr(status, "\nTgid:");
	if (!line)
		return 0;
	line += strlen("\nTgid:");
	return scan_u64(&line, 10, &tgid) ? 0 : (pid_t)tgid;
}

static int check_pid(const struct cli_options *o)
{
	pid_t process;

	if (!o->pid)
		return CLI_OK;
	process = process_of(o->host->root, o->pid);
	if (!process)
		return cli_error(CLI_NO_PROCESS, "there is no process %d", o->pid);
	if (process != o->pid)
		return cli_error(CLI_USAGE, "%d is a thread of process %d: give -p %d", o->pid,
				 process, process);
	return CLI_OK;
}

static int failed(int r)
{
	if (r == -ENOMEM)
		return cli_error(CLI_FAILED, "out of memory");
	return cli_error(CLI_FAILED, "this machine could not be read: %s", strerror(-r));
}

static int top(struct cli_options *o)
{
	struct sources_options so = cli_sources_options(o);
	struct probe *p = probe_new();
	struct sources *sources = NULL;
	struct snapshot *total = NULL, *delta = NULL;
	int code = check_pid(o), r = p ? 0 : -ENOMEM;

	if (!code && !r)
		r = sources_new(o->host, &so, wanted_sources(o), p, &sources);
	if (!code && !r)
		r = read_interval(o, sources, &total, &delta);
	if (!code)
		code = r ? failed(r) : print(o, p, total, delta);
	if (!code)
		code = check_pid(o);
	snapshot_free(delta);
	snapshot_free(total);
	sources_free(sources);
	probe_free(p);
	return code;
}

const struct cli_command command_top = {
	.name = "top",
	.operands = "",
	.help = "sample once and print one screen",
	.run = top,
};
