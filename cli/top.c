// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cli.h"
#include "feed.h"
#include "util/json_text.h"
#include "past.h"
#include "process_check.h"
#include "report.h"
#include "sampling.h"
#include "util/util.h"

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
	sampling_wait(o);
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
	char source[320];
	int code;

	if (feed_daemon(f)) {
		s.status = top_ask(f, control_request("status"), "status");
		s.decisions = top_ask(f, control_request("log"), "decisions");
	}
	s.source = feed_told(f, source, sizeof(source));
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

static int top_run(struct cli_options *o)
{
	struct snapshot *total = NULL, *delta = NULL;
	struct feed *f = NULL;
	int code;

	if (cli_given(o, OPT_AT))
		return past_show(o);
	if (cli_given(o, OPT_HISTORY))
		return cli_error(CLI_USAGE, "--history needs --at");
	code = feed_new(o, wanted_sources(o), &f);

	if (!code)
		code = read_interval(o, f, &total, &delta);
	if (!code)
		code = top_print(o, f, total, delta);
	if (!code)
		code = process_check_left(o);
	snapshot_free(delta);
	snapshot_free(total);
	feed_free(f);
	return code;
}

const struct cli_command command_top = {
	.name = "top",
	.bit = CMD_TOP,
	.operands = "",
	.help = "Sample once and print one screen",
	.exits = { [CLI_UNAVAILABLE] =
			   "the column to sort by, pgtopd or that time is not available",
		   [CLI_NO_SUCH] = "no such process, or it exited meanwhile" },
	.run = top_run,
};
