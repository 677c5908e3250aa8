// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "cli.h"
#include "util/clock.h"
#include "host/host.h"
#include "record/record.h"
#include "record/recorded_host.h"
#include "report.h"
#include "text.h"

/* In UTC: the same file gives the same text everywhere. */
static void print_title(const struct record_reader *r, const struct screen *s)
{
	time_t t = s->total->real_ns / NS_PER_S;
	char time[32] = TEXT_UNKNOWN;
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(time, sizeof(time), "%FT%TZ", &tm);
	printf("%ssnapshot %" PRIu64 ", %s", record_count(r) > 2 ? "\n" : "", record_count(r),
	       time);
	if (s->delta)
		printf(", %.3f s after the one before", clock_seconds(s->delta->interval_ns));
	printf("\n");
}

static int replay_show(const struct cli_options *o, const struct record_reader *r,
		       const struct snapshot *before, const struct snapshot *now)
{
	struct screen s = report_begin(o);
	struct snapshot *delta = NULL;
	struct host *h = NULL;
	int code = CLI_OK;

	if (recorded_host(now, &h))
		return cli_error(CLI_FAILED,
				 "%s: snapshot %" PRIu64 " does not tell its page size",
				 o->argv[0], record_count(r));
	if (before && snapshot_diff(before, now, &delta))
		code = cli_error(CLI_FAILED, "out of memory");
	s.host = h;
	s.total = now;
	s.delta = delta;
	s.probe = record_probe(r);
	if (!code && !o->json)
		print_title(r, &s);
	if (!code)
		code = report_print(o, &s,
				    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	snapshot_free(delta);
	host_free(h);
	return code;
}

/* Each snapshot against the one before; a single one alone. */
static int show_all(const struct cli_options *o, struct record_reader *r)
{
	struct snapshot *before = NULL, *now = NULL;
	int code = CLI_OK, n = 0;

	while (!code && (!o->count || record_count(r) < o->count) &&
	       (n = record_read(r, &now)) > 0) {
		if (before)
			code = replay_show(o, r, before, now);
		snapshot_free(before);
		before = now;
	}
	if (!code && record_count(r) == 1)
		code = replay_show(o, r, NULL, before);
	snapshot_free(before);
	if (!code && n < 0)
		code = cli_error(CLI_FAILED, "%s", record_why(r));
	return code;
}

static int replay_run(struct cli_options *o)
{
	struct record_reader *r = NULL;
	char why[512];
	int code;

	if (!o->argc)
		return cli_error(CLI_USAGE, "replay: give a file that pgtop record wrote");
	if (record_open(o->argv[0], &r, why, sizeof(why)))
		return cli_error(CLI_FAILED, "%s", why);
	code = show_all(o, r);
	if (!code && record_skipped(r))
		cli_error(CLI_OK,
			  "%s: a newer pgtop recorded %" PRIu64
			  " values this one does not know",
			  o->argv[0], record_skipped(r));
	if (!code && !record_count(r))
		code = cli_error(CLI_FAILED, "%s holds no snapshot", o->argv[0]);
	record_close(r);
	return code;
}

const struct cli_command command_replay = {
	.name = "replay",
	.bit = CMD_REPLAY,
	.operands = "FILE",
	.max_operands = 1,
	.help = "Print the screens of a file that pgtop record wrote",
	.exits = { [CLI_FAILED] = "failure: the file is damaged or not a record",
		   [CLI_UNAVAILABLE] = "the record does not have the column to sort by" },
	.run = replay_run,
};
