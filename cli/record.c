// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "util/clock.h"
#include "feed.h"
#include "record/record.h"
#include "text.h"

/* Ctrl-C ends a record as it should end. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigprocmask(SIG_BLOCK, set, NULL);
}

/* Returns whether to stop: a signal came before CLOCK_MONOTONIC showed @until_ns. */
static bool wait_until(uint64_t until_ns, const sigset_t *set)
{
	for (;;) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		uint64_t left = now < until_ns ? until_ns - now : 0;
		const struct timespec t = { left / NS_PER_S, left % NS_PER_S };

		if (sigtimedwait(set, NULL, &t) >= 0)
			return true;
		if (errno == EAGAIN)
			return false;
	}
}

/* The next tick; those that went by while a snapshot was read are left out. */
static uint64_t next_tick(uint64_t last_ns, uint64_t interval_ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	do {
		last_ns += interval_ns;
	} while (last_ns <= now);
	return last_ns;
}

static const char *size_of(const struct record_writer *w, char *buf)
{
	uint64_t bytes;

	record_written(w, &bytes);
	return text_bytes(bytes, buf);
}

static int record_start(const char *path, const struct feed *f, struct record_writer **ret)
{
	int r = record_create(path, feed_probe(f), ret);

	if (r == -EEXIST)
		return cli_error(CLI_FAILED,
				 "%s exists; remove it or give the name of a new file", path);
	if (r)
		return cli_error(CLI_FAILED, "cannot write %s: %s", path, strerror(-r));
	return CLI_OK;
}

static int record_failed(const char *path, int r, uint64_t n)
{
	if (n)
		return cli_error(CLI_FAILED,
				 "cannot write %s: %s; it is good up to snapshot %" PRIu64,
				 path, strerror(-r), n);
	return cli_error(CLI_FAILED, "cannot write %s: %s", path, strerror(-r));
}

/* One snapshot more; the file is made when the first is there. */
static int add_one(const char *path, struct feed *f, struct record_writer **w)
{
	struct snapshot *s = NULL;
	int code = feed_read(f, &s), r = 0;

	if (!code && !*w)
		code = record_start(path, f, w);
	if (!code)
		r = record_write(*w, s);
	snapshot_free(s);
	return r ? record_failed(path, r, record_written(*w, NULL)) : code;
}

static int add_all(const struct cli_options *o, struct feed *f, struct record_writer **w)
{
	uint64_t tick = clock_ns(CLOCK_MONOTONIC);
	char buf[TEXT_LEN];
	sigset_t signals;
	bool stop = false;
	int code = CLI_OK;

	block_signals(&signals);
	while (!code && !stop) {
		code = add_one(o->argv[0], f, w);
		if (code)
			break;
		if (o->progress)
			fprintf(stderr, "\rrecording, %" PRIu64 " snapshots, %s ",
				record_written(*w, NULL), size_of(*w, buf));
		tick = next_tick(tick, o->interval_ns);
		stop = (o->count && record_written(*w, NULL) >= o->count) ||
		       wait_until(tick, &signals);
	}
	if (o->progress)
		fprintf(stderr, "\r%50s\r", "");
	return code;
}

static int record_end(const char *path, struct record_writer *w, int code)
{
	uint64_t bytes, n = w ? record_written(w, &bytes) : 0;
	char buf[TEXT_LEN];
	int r = record_finish(w);

	if (code)
		return code;
	if (r)
		return record_failed(path, r, n);
	printf("%s: %" PRIu64 " snapshot%s, %s\n", path, n, n == 1 ? "" : "s",
	       text_bytes(bytes, buf));
	return cli_flush();
}

static int record_run(struct cli_options *o)
{
	struct record_writer *w = NULL;
	struct feed *f = NULL;
	int code;

	if (!o->argc)
		return cli_error(CLI_USAGE, "record: give the name of a new file");
	if (!o->interval_ns)
		return cli_error(CLI_USAGE, "record: --interval must be more than 0");
	code = feed_new(o, ~0ull, &f);
	if (code)
		return code;
	code = add_all(o, f, &w);
	feed_free(f);
	return record_end(o->argv[0], w, code);
}

const struct cli_command command_record = {
	.name = "record",
	.bit = CMD_RECORD,
	.operands = "FILE",
	.max_operands = 1,
	.help = "Write snapshots to a new file until interrupted",
	.exits = { [CLI_FAILED] = "failure: no memory, or the file cannot be written",
		   [CLI_UNAVAILABLE] = "no pgtopd listens at the --socket",
		   [CLI_NO_SUCH] = "no such process" },
	.run = record_run,
};
