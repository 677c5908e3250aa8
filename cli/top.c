// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "cli.h"
#include "util/clock.h"
#include "feed.h"
#include "util/file.h"
#include "util/json_text.h"
#include "util/number.h"
#include "report.h"
#include "util/util.h"

static struct timespec deadline_after(uint64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (t.tv_nsec + ns) / NS_PER_S;
	t.tv_nsec = (t.tv_nsec + ns) % NS_PER_S;
	return t;
}

/* Sleep, telling how long it still takes when that is more than two seconds. */
static void top_sample(const struct cli_options *o)
{
	uint64_t left = o->interval_ns, step;

	while (left) {
		struct timespec until;

		step = left > 2 * NS_PER_S && o->progress ? NS_PER_S : left;
		if (o->progress && o->interval_ns > 2 * NS_PER_S)
			fprintf(stderr, "\rsampling, %" PRIu64 " s to go ",
				(left - 1) / NS_PER_S + 1);
		until = deadline_after(step);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
		left -= step;
	}
	if (o->progress && o->interval_ns > 2 * NS_PER_S)
		fprintf(stderr, "\r%30s\r", "");
}

static int read_interval(const struct cli_options *o, struct feed *f, struct snapshot **total,
			 struct snapshot **delta)
{
	struct snapshot *before = NULL;
	int code, r = 0;

	if (!o->interval_ns)
		return feed_read(f, total);
	code = feed_read(f, &before);
	if (code)
		return code;
	top_sample(o);
	code = feed_read(f, total);
	if (!code)
		r = snapshot_diff(before, *total, delta);
	if (r)
		code = cli_error(CLI_FAILED, "%s",
				 r == -ENOMEM ? "out of memory"
					      : "pgtopd gave the same snapshot twice");
	snapshot_free(before);
	return code;
}

/* Member @name of the answer to @request, owned by the caller; NULL: it is not to be had. */
static struct json_object *top_ask(struct feed *f, struct json_object *request,
				   const char *name)
{
	struct json_object *answer = NULL, *m;
	char why[256];

	if (control_client_ask(feed_daemon(f), request, &answer, why, sizeof(why)))
		return NULL;
	m = json_object_get(json_member(answer, name));
	json_object_put(answer);
	return m;
}

static int top_print(const struct cli_options *o, struct feed *f, const struct snapshot *total,
		     const struct snapshot *delta)
{
	struct screen s = report_begin(o);
	char source[320] = "measured by pgtopd";
	int code;

	if (feed_daemon(f)) {
		s.status = top_ask(f, control_request("status"), "status");
		s.decisions = top_ask(f, control_request("log"), "decisions");
	} else {
		snprintf(source, sizeof(source), "measured by pgtop itself: %s", feed_why(f));
	}
	s.source = source;
	s.total = total;
	s.delta = delta;
	s.probe = feed_probe(f);
	code = report_print(o, &s, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	json_object_put(s.status);
	json_object_put(s.decisions);
	return code;
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
		return cli_error(CLI_NO_SUCH, "there is no process %d", o->pid);
	if (process != o->pid)
		return cli_error(CLI_USAGE, "%d is a thread of process %d: give -p %d", o->pid,
				 process, process);
	return CLI_OK;
}

static int top_run(struct cli_options *o)
{
	struct snapshot *total = NULL, *delta = NULL;
	struct feed *f = NULL;
	int code = check_pid(o);

	if (!code)
		code = feed_new(o, wanted_sources(o), &f);
	if (!code)
		code = read_interval(o, f, &total, &delta);
	if (!code)
		code = top_print(o, f, total, delta);
	if (!code)
		code = check_pid(o);
	snapshot_free(delta);
	snapshot_free(total);
	feed_free(f);
	return code;
}

const struct cli_command command_top = {
	.name = "top",
	.operands = "",
	.help = "sample once and print one screen",
	.run = top_run,
};
