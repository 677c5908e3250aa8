// SPDX-License-Identifier: GPL-2.0-only
/* pgtop watch: the loop on a terminal, and plain text without one. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/util.h"
#include "watch/watch.h"
#include "watch/watch_terminal.h"

static int watch_print(struct watch *w, bool first)
{
	struct watch_lines l;
	int r = watch_show(w, &l);

	for (size_t i = 0; i < l.n; i++)
		printf("%s%s\n", !i && !first ? "\n" : "", l.lines[i]);
	watch_lines_done(&l);
	return r ? cli_error(CLI_FAILED, "out of memory") : cli_flush();
}

static void watch_sleep_until(uint64_t ns)
{
	const struct timespec t = { ns / NS_PER_S, ns % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* A frame for each snapshot but the first, which has no rates. */
static int watch_batch(struct watch *w)
{
	uint64_t tick = clock_ns(CLOCK_MONOTONIC), frames = 0;
	char why[512];
	int code = CLI_OK, r = 1;

	while (!code && r > 0 && (!w->o->count || frames < w->o->count)) {
		tick = MAX(tick + w->o->interval_ns, clock_ns(CLOCK_MONOTONIC));
		if (!w->view.record)
			watch_sleep_until(tick);
		r = watch_next(w, why, sizeof(why));
		if (r > 0 && w->delta)
			code = watch_print(w, !frames++);
	}
	if (!code && r < 0)
		code = cli_error(CLI_FAILED, "%s", why);
	return code;
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Returns whether to go on: the size of the terminal is the only news that does not end it. */
static bool watch_hear_signals(struct watch *w, int fd)
{
	struct signalfd_siginfo i;

	while (read(fd, &i, sizeof(i)) == sizeof(i)) {
		if (i.ssi_signo != SIGWINCH)
			return false;
		watch_terminal_resize(&w->view);
	}
	return true;
}

static bool watch_hear_keys(struct watch *w)
{
	int key;

	while ((key = watch_terminal_key()) >= 0) {
		if (!watch_key(w, key))
			return false;
	}
	return true;
}

/* Waits for a key, a signal, or @tick_ns of CLOCK_MONOTONIC; returns whether to go on. */
static bool watch_wait(struct watch *w, int signals, uint64_t tick_ns)
{
	struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN },
			      { .fd = signals, .events = POLLIN } };
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	bool still = w->view.record || w->view.paused;
	int ms = now < tick_ns ? (int)((tick_ns - now) / 1000000 + 1) : 0;

	if (poll(p, ARRAY_SIZE(p), still ? -1 : ms) < 0)
		return errno == EINTR;
	if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		return false;
	return watch_hear_signals(w, signals) && watch_hear_keys(w);
}

static int watch_paint(struct watch *w)
{
	struct watch_lines l;
	int r = watch_show(w, &l);

	if (!r)
		watch_terminal_paint(&l);
	watch_lines_done(&l);
	return r;
}

static int watch_live(struct watch *w, int signals)
{
	uint64_t tick = clock_ns(CLOCK_MONOTONIC) + w->o->interval_ns;
	int r = watch_paint(w);

	while (!r && watch_wait(w, signals, tick)) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);

		if (now >= tick && !w->view.record && !w->view.paused)
			watch_tick(w);
		if (now >= tick)
			tick = now + w->o->interval_ns - (now - tick) % w->o->interval_ns;
		r = watch_paint(w);
	}
	return r;
}

static int watch_on_terminal(struct watch *w)
{
	int signals = watch_signals(), r = signals < 0 ? -errno : 0;

	if (!r)
		r = watch_terminal_begin(&w->view, w->o->color);
	if (!r)
		r = watch_live(w, signals);
	watch_terminal_end();
	if (signals >= 0)
		close(signals);
	return r ? cli_error(CLI_FAILED, "%s", strerror(-r)) : CLI_OK;
}

/* A record is as it is: how to measure is no question. */
static int watch_check_options(const struct cli_options *o)
{
	static const struct {
		enum cli_option_id id;
		const char *name;
	} measures[] = {
		{ OPT_INTERVAL, "interval" }, { OPT_PID, "pid" },
		{ OPT_CGROUP, "cgroup" },     { OPT_EVENT, "event" },
		{ OPT_SYMBOL, "symbol" },     { OPT_FENTRY, "fentry" },
		{ OPT_KPROBE, "kprobe" },     { OPT_ROOT, "root" },
		{ OPT_OWN, "own" },	      { OPT_SOCKET, "socket" },
	};

	for (size_t i = 0; o->replay && i < ARRAY_SIZE(measures); i++) {
		if (cli_given(o, measures[i].id))
			return cli_error(
				CLI_USAGE,
				"give --%s or --replay, not both: a record is measured "
				"already",
				measures[i].name);
	}
	if (!o->interval_ns)
		return cli_error(CLI_USAGE, "watch: --interval must be more than 0");
	if (!o->batch && (cli_given(o, OPT_COUNT) || cli_given(o, OPT_ROWS)))
		return cli_error(CLI_USAGE, "watch: --%s is for --batch",
				 cli_given(o, OPT_COUNT) ? "count" : "rows");
	return CLI_OK;
}

/* The first snapshot; of a record the second, too, because there are rates then. */
static int watch_begin(struct watch *w)
{
	char why[512] = "";
	int r = watch_next(w, why, sizeof(why));

	if (!r)
		return cli_error(CLI_FAILED, "%s holds no snapshot", w->o->replay);
	if (r > 0 && w->view.record && !w->o->batch)
		r = watch_next(w, why, sizeof(why));
	return r < 0 ? cli_error(CLI_FAILED, "%s", why) : CLI_OK;
}

static int watch_run(struct cli_options *o)
{
	struct watch w = { .o = o, .view = { .color = o->color, .record = o->replay } };
	int code = watch_check_options(o);
	const char *why = code || o->batch ? NULL : watch_terminal_why_not();

	if (why)
		code = cli_error(CLI_USAGE, "%s", why);
	if (!code)
		code = o->replay ? watch_source_record(o->replay, &w.source)
				 : watch_source_now(o, &w.source);
	if (o->sort)
		snprintf(w.view.sort, sizeof(w.view.sort), "%s", o->sort);
	if (!code)
		code = watch_begin(&w);
	if (!code)
		code = o->batch ? watch_batch(&w) : watch_on_terminal(&w);
	watch_done(&w);
	return code;
}

const struct cli_command command_watch = {
	.name = "watch",
	.bit = CMD_WATCH,
	.operands = "",
	.help = "Show the machine, or a record, on a live screen",
	.exits = { [CLI_FAILED] = "failure: no memory, or the record is damaged",
		   [CLI_USAGE] = "usage error, or not a terminal that watch can use",
		   [CLI_UNAVAILABLE] = "no pgtopd listens at the --socket",
		   [CLI_NO_SUCH] = "no such process" },
	.run = watch_run,
};
