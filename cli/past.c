// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "past.h"
#include "record/recorded_host.h"
#include "report.h"
#include "util/clock.h"
#include "util/util.h"
#include "when.h"

/* --- where it is ----------------------------------------------------------------- */

/* A directory, and no pgtopd. */
static int past_open_files(const char *path, const char *daemon_why, struct past *ret)
{
	char why[512];

	if (!history_open(path, &ret->history, why, sizeof(why)))
		return CLI_OK;
	return cli_error(CLI_UNAVAILABLE, "%s%s%s", daemon_why ? daemon_why : "",
			 daemon_why ? "; " : "", why);
}

static int past_open_daemon(struct past *ret)
{
	char why[512];
	int r = history_open_daemon(ret->daemon, &ret->history, why, sizeof(why));

	return r ? cli_error(r == -ENOMEM ? CLI_FAILED : CLI_UNAVAILABLE, "%s", why) : CLI_OK;
}

int past_open(const struct cli_options *o, struct past *ret)
{
	char why[256];
	int r;

	*ret = (struct past){ 0 };
	if (o->history && (o->socket || o->own))
		return cli_error(CLI_USAGE, "give --history or %s, not both",
				 o->socket ? "--socket" : "--own");
	if (o->socket && o->own)
		return cli_error(CLI_USAGE, "give --own or --socket, not both");
	if (o->history || o->own)
		return past_open_files(o->history ? o->history : HISTORY_USUAL, NULL, ret);
	r = control_client_new(o->socket, &ret->daemon, why, sizeof(why));
	if (!r)
		return past_open_daemon(ret);
	return o->socket ? cli_error(CLI_UNAVAILABLE, "%s", why)
			 : past_open_files(HISTORY_USUAL, why, ret);
}

void past_close(struct past *p)
{
	history_close(p->history);
	control_client_free(p->daemon);
}

int past_told(const struct past *p, int code)
{
	const char *skipped = p->history ? history_skipped(p->history) : "";

	if (code || !*skipped)
		return code;
	return cli_error(CLI_FAILED, "a part of the history is left out: %s", skipped);
}

/* --- windows --------------------------------------------------------------------- */

int past_read(struct past *p, struct history_window *ret)
{
	int r = history_read(p->history, ret);

	if (!r)
		return CLI_OK;
	return cli_error(r == -ENOENT ? CLI_UNAVAILABLE : CLI_FAILED, "%s",
			 history_why(p->history));
}

static bool same_run(const struct history_window *a, const struct history_window *b)
{
	return a->header.run == b->header.run && !strcmp(a->header.boot, b->header.boot);
}

/* The window after @w, if there is one: when, and whether the same pgtopd wrote it. */
static int past_after(struct past *p, const struct history_window *w, uint64_t *ret_ns,
		      bool *ret_same)
{
	struct history_window next;
	int r = history_next(p->history);

	*ret_ns = 0;
	*ret_same = false;
	if (r <= 0)
		return r;
	r = history_read(p->history, &next);
	if (!r) {
		*ret_ns = next.snapshot->real_ns;
		*ret_same = same_run(w, &next);
		snapshot_free(next.snapshot);
	}
	history_previous(p->history);
	return r;
}

/* A window stands for the time until the next one, while pgtopd keeps windows. */
static int past_check_gap(struct past *p, uint64_t real_s)
{
	char at[WHEN_LEN], before[WHEN_LEN], after[WHEN_LEN];
	uint64_t had_ns = history_time(p->history), next_ns;
	struct history_window w;
	bool same;
	int code = past_read(p, &w), r;

	if (code)
		return code;
	snapshot_free(w.snapshot);
	if (real_s * NS_PER_S <= had_ns + 2 * w.header.window_ns)
		return CLI_OK;
	r = past_after(p, &w, &next_ns, &same);
	if (r < 0)
		return cli_error(CLI_FAILED, "%s", history_why(p->history));
	if (same)
		return CLI_OK;
	when_text(real_s * NS_PER_S, at);
	when_text(had_ns, before);
	if (!next_ns)
		return cli_error(CLI_UNAVAILABLE,
				 "the history has nothing of %s: its last window is of %s", at,
				 before);
	return cli_error(CLI_UNAVAILABLE,
			 "the history has nothing of %s: no window was kept between %s and %s",
			 at, before, when_text(next_ns, after));
}

static int past_begins_later(struct past *p, uint64_t real_s)
{
	char at[WHEN_LEN], first[WHEN_LEN];

	if (*history_skipped(p->history))
		return cli_error(CLI_FAILED, "the history of %s cannot be read: %s",
				 when_text(real_s * NS_PER_S, at),
				 history_skipped(p->history));
	if (history_first(p->history))
		return cli_error(CLI_UNAVAILABLE, "%s", history_why(p->history));
	return cli_error(
		CLI_UNAVAILABLE, "the history has nothing of %s: its first window is of %s",
		when_text(real_s * NS_PER_S, at), when_text(history_time(p->history), first));
}

int past_seek(struct past *p, uint64_t real_s)
{
	char at[WHEN_LEN];
	size_t others = 0;
	int r = history_seek(p->history, real_s, &others);

	if (r == -ENOENT)
		return past_begins_later(p, real_s);
	if (r)
		return cli_error(CLI_FAILED, "%s", history_why(p->history));
	if (others)
		cli_error(
			CLI_OK,
			"the clock was set back, so that %s came %zu times: this is the first",
			when_text(real_s * NS_PER_S, at), others + 1);
	return past_check_gap(p, real_s);
}

/* --- the screen ------------------------------------------------------------------- */

/* The window before the place, which stays; NULL: there is none. */
static int past_before(struct past *p, struct history_window *ret)
{
	int r = history_previous(p->history);

	*ret = (struct history_window){ 0 };
	if (r <= 0)
		return CLI_OK;
	if (history_read(p->history, ret))
		*ret = (struct history_window){ 0 };
	r = history_next(p->history);
	return r > 0 ? CLI_OK : cli_error(CLI_FAILED, "%s", history_why(p->history));
}

/* The window at the place, and what changed since the one before, if the same pgtopd wrote it.
 */
static int past_take(struct past *p, struct history_window *ret, struct snapshot **ret_delta)
{
	struct history_window before;
	int code = past_before(p, &before);

	if (!code)
		code = past_read(p, ret);
	if (!code && before.snapshot && same_run(&before, ret) &&
	    snapshot_diff(before.snapshot, ret->snapshot, ret_delta) == -ENOMEM)
		code = cli_error(CLI_FAILED, "out of memory");
	snapshot_free(before.snapshot);
	return code;
}

static int past_print(const struct cli_options *o, struct past *p,
		      const struct history_window *w, const struct snapshot *delta)
{
	char source[256], time[WHEN_LEN], walk[WHEN_LEN];
	struct screen s = report_begin(o);
	struct host *h = NULL;
	int code;

	if (recorded_host(w->snapshot, &h))
		return cli_error(CLI_FAILED, "the window does not say its page size");
	snprintf(source, sizeof(source), "kept by pgtopd, %s%s%s",
		 when_text(w->snapshot->real_ns, time),
		 w->walk_ns ? "; page tables as of " : "",
		 w->walk_ns ? when_text(w->walk_ns, walk) : "");
	s.host = h;
	s.total = w->snapshot;
	s.delta = delta;
	s.source = source;
	s.probe = w->probe;
	code = report_print(o, &s, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	host_free(h);
	return code;
}

static int past_refuse(const struct cli_options *o)
{
	static const struct {
		enum cli_option_id id;
		const char *name;
	} live[] = { { OPT_INTERVAL, "--interval" }, { OPT_PID, "--pid" },
		     { OPT_CGROUP, "--cgroup" },     { OPT_EVENT, "--event" },
		     { OPT_FENTRY, "--fentry" },     { OPT_KPROBE, "--kprobe" },
		     { OPT_SYMBOL, "--symbol" },     { OPT_ROOT, "--root" } };

	for (size_t i = 0; i < ARRAY_SIZE(live); i++) {
		if (cli_given(o, live[i].id))
			return cli_error(CLI_USAGE,
					 "give %s or --at, not both: what was measured then "
					 "cannot be measured otherwise",
					 live[i].name);
	}
	return CLI_OK;
}

int past_show(const struct cli_options *o)
{
	struct history_window w = { 0 };
	struct snapshot *delta = NULL;
	struct past p = { 0 };
	int code = past_refuse(o);

	if (!code)
		code = past_open(o, &p);
	if (!code)
		code = past_seek(&p, o->at_s);
	if (!code)
		code = past_take(&p, &w, &delta);
	if (!code)
		code = past_print(o, &p, &w, delta);
	code = past_told(&p, code);
	snapshot_free(delta);
	snapshot_free(w.snapshot);
	past_close(&p);
	return code;
}
