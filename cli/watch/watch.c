// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/process.h"
#include "record/record.h"
#include "record/recorded_host.h"
#include "report.h"
#include "util/clock.h"
#include "util/util.h"
#include "watch/watch.h"
#include "when.h"

/* A process that is looked into is walked with each tenth reading, or so seldom that it takes
 * at most 1/400 of a CPU. */
#define WALK_EACH  10
#define WALK_SHARE 400

static struct screen watch_screen(const struct watch *w)
{
	struct screen s = report_begin(w->o);

	s.host = w->recorded ?: w->o->host;
	s.total = w->now;
	s.delta = w->delta;
	s.probe = w->source->class->probe(w->source);
	s.lines = 0;
	return s;
}

static void watch_say(struct watch *w, const char *text)
{
	snprintf(w->view.message, sizeof(w->view.message), "%s", text);
}

/* Snapshot @number, NULL: it is not kept */
static const struct snapshot *watch_kept(const struct watch *w, uint64_t number)
{
	uint64_t i = number % WATCH_KEPT;

	return number && w->kept[i].number == number ? w->kept[i].snapshot : NULL;
}

/* @s, owned from now on, in place of the one that was there. */
static void watch_keep(struct watch *w, uint64_t number, struct snapshot *s)
{
	uint64_t i = number % WATCH_KEPT;

	snapshot_free(w->kept[i].snapshot);
	w->kept[i].number = number;
	w->kept[i].snapshot = s;
}

static void watch_forget(struct watch *w)
{
	for (size_t i = 0; i < WATCH_KEPT; i++)
		watch_keep(w, i, NULL);
	snapshot_free(w->delta);
	w->delta = NULL;
	w->before = w->now = NULL;
}

/* Show snapshot @number, which is kept.  The one before it may be of another boot. */
static int watch_turn_to(struct watch *w, uint64_t number)
{
	struct screen s;
	int r = 0;

	snapshot_free(w->delta);
	w->delta = NULL;
	w->number = number;
	w->before = watch_kept(w, number - 1);
	w->now = watch_kept(w, number);
	if (w->before && snapshot_diff(w->before, w->now, &w->delta) == -ENOMEM)
		return -ENOMEM;
	if (w->view.record) {
		host_free(w->recorded);
		w->recorded = NULL;
		r = recorded_host(w->now, &w->recorded);
	}
	s = watch_screen(w);
	if (!r)
		watch_series_take(&w->series, number, &s);
	return r;
}

/* Returns as watch_next(). */
static int watch_take(struct watch *w, struct snapshot *s, uint64_t number)
{
	int r;

	/* pgtopd gives the same for a while */
	if (!w->view.record && w->now && s->mono_ns <= w->now->mono_ns) {
		snapshot_free(s);
		return 0;
	}
	watch_keep(w, number, s);
	if (!w->view.record && number > 2)
		watch_keep(w, number - 2, NULL);
	r = watch_turn_to(w, number);
	return r ?: 1;
}

/* When what measures was away, it may count from 0 again. */
static int watch_read(struct watch *w, char *why, size_t len)
{
	uint64_t number = w->view.record ? w->source->at + 1 : w->number + 1;
	struct snapshot *s = NULL;
	int r = w->source->class->next(w->source, &s, why, len);

	if (r <= 0) {
		w->lost = r < 0 && !w->view.record;
		return r;
	}
	if (w->lost)
		watch_forget(w);
	w->lost = false;
	r = watch_take(w, s, number);
	if (r < 0)
		snprintf(why, len, "%s",
			 r == -ENOMEM ? "out of memory"
				      : "the snapshot does not tell its page size");
	return r;
}

/* To snapshot @number of a record; where it is read again, with those before it in the graphs.
 */
static int watch_go(struct watch *w, uint64_t number, char *why, size_t len)
{
	uint64_t from = number > WATCH_SAMPLES ? number - WATCH_SAMPLES : 0;
	int r;

	if (watch_kept(w, number) && watch_kept(w, number - 1))
		return watch_turn_to(w, number) ?: 1;
	r = w->source->class->seek(w->source, from, why, len) ?: 1;
	while (r > 0 && w->source->at < number)
		r = watch_read(w, why, len);
	return r;
}

int watch_next(struct watch *w, char *why, size_t len)
{
	int r = 0;

	if (!w->view.record)
		return watch_read(w, why, len);
	if (watch_kept(w, w->number + 1))
		return watch_turn_to(w, w->number + 1) ?: 1;
	if (w->source->at != w->number)
		r = w->source->class->seek(w->source, w->number, why, len);
	return r ?: watch_read(w, why, len);
}

static void watch_step(struct watch *w, bool back)
{
	char why[512] = "";
	int r = 1;

	if (back && w->number <= 2)
		watch_say(w, "this is the first pair of snapshots");
	else if (back)
		r = watch_go(w, w->number - 1, why, sizeof(why));
	else
		r = watch_next(w, why, sizeof(why));
	if (!r)
		watch_say(w, "this is the last snapshot");
	else if (r < 0)
		watch_say(w, why);
}

static void watch_jump(struct watch *w)
{
	uint64_t to_s, index = 0;
	char why[512];

	/* of the day that is shown */
	if (when_local(w->view.typed, WHEN_NO_DATE, w->now->real_ns / NS_PER_S, &to_s)) {
		snprintf(w->view.message, sizeof(w->view.message),
			 "'%s' is not a time as 14:05, 14:05:30 or 2026-11-30 14:05",
			 w->view.typed);
		return;
	}
	if (w->source->class->find(w->source, to_s * NS_PER_S, &index, why, sizeof(why)) ||
	    watch_go(w, MAX(index + 1, 2u), why, sizeof(why)) < 0)
		watch_say(w, why);
}

static void watch_look_into(struct watch *w)
{
	struct screen s = watch_screen(w);
	uint64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	bool loads = !w->detail.walk;
	pid_t pid = w->view.pid;
	int r;

	s.color = w->view.color;
	r = watch_detail_read(&w->detail, w->o, &s, pid, !w->view.record);
	w->since_walk = 0;
	w->walk_ns = loads ? 0
			   : clock_ns(CLOCK_MONOTONIC) +
				     WALK_SHARE * (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began);
	if (r == -ESRCH)
		snprintf(w->view.message, sizeof(w->view.message), "process %d (%s) has ended",
			 pid, w->view.name);
	else if (r)
		watch_say(w, "out of memory");
}

static void watch_open(struct watch *w)
{
	free(w->detail.text);
	w->detail.text = NULL;
	w->detail.ended = false;
	watch_look_into(w);
}

/* What is shown, and the snapshot before it, from which its rates come. */
static int watch_write_record(const struct watch *w, const char *path)
{
	struct record_writer *f = NULL;
	int r = record_create(path, w->source->class->probe(w->source), &f), r2;

	if (r)
		return r;
	if (w->before)
		r = record_write(f, w->before);
	if (!r)
		r = record_write(f, w->now);
	r2 = record_finish(f);
	return r ?: r2;
}

static void watch_save(struct watch *w)
{
	bool process = w->view.page == WATCH_PROCESS, kernel = w->view.page == WATCH_KERNEL;
	char path[96], time[32] = "0", what[32] = "";
	time_t t = w->now->real_ns / NS_PER_S;
	struct tm tm;
	int r;

	if (localtime_r(&t, &tm))
		strftime(time, sizeof(time), "%Y%m%d-%H%M%S", &tm);
	if (process)
		snprintf(what, sizeof(what), "%" PRIu64 "-", w->view.pid);
	snprintf(path, sizeof(path), "pgtop-%s%s%s.%s", what, kernel ? "kernel-" : "", time,
		 process || kernel ? "svg" : "record");
	if ((process || kernel) && w->view.record)
		r = -EOPNOTSUPP;
	else if (process || kernel)
		r = watch_detail_draw(w->o, process ? (pid_t)w->view.pid : 0, path);
	else
		r = watch_write_record(w, path);
	if (!r)
		snprintf(w->view.message, sizeof(w->view.message), "written: %s", path);
	else
		snprintf(w->view.message, sizeof(w->view.message), "cannot write %s: %s", path,
			 r == -EOPNOTSUPP ? "there are no page tables to walk" : strerror(-r));
}

static bool watch_act(struct watch *w, enum watch_action action)
{
	switch (action) {
	case WATCH_QUIT:
		return false;
	case WATCH_OPEN:
		watch_open(w);
		break;
	case WATCH_SAVE:
		watch_save(w);
		break;
	case WATCH_STEP:
	case WATCH_STEP_BACK:
		watch_step(w, action == WATCH_STEP_BACK);
		break;
	case WATCH_JUMP:
		watch_jump(w);
		break;
	default:
		break;
	}
	return true;
}

bool watch_key(struct watch *w, int key)
{
	struct screen s = watch_screen(w);
	struct screen_rows r;
	enum watch_action action;

	watch_view_apply(&w->view, &s);
	if (screen_rows_find(&s, watch_view_list(&w->view), &r))
		watch_say(w, "out of memory");
	if (!w->view.entry) /* keys come faster than screens */
		watch_view_follow(&w->view, &r);
	action = watch_view_key(&w->view, key, &r);
	screen_rows_done(&r);
	return watch_act(w, action);
}

/* A process that is chosen and ends may be listed on, for what it did. */
static void watch_check_chosen(struct watch *w)
{
	struct process_look look;
	int r;

	if (!w->view.chosen || w->view.list != WATCH_PROCESSES || w->view.record)
		return;
	r = process_look(w->o->host->root, w->view.key, &look);
	if (r != -ENOENT && r != -ESRCH && (r || !look.ended))
		return;
	snprintf(w->view.message, sizeof(w->view.message),
		 "process %" PRIu64 " (%s) has ended", w->view.key, w->view.name);
	w->view.chosen = false;
}

void watch_tick(struct watch *w)
{
	bool lost = w->lost;
	char why[256];
	int r = watch_next(w, why, sizeof(why));

	if (r < 0)
		snprintf(w->view.message, sizeof(w->view.message), "what is shown is old: %s",
			 why);
	else if (lost)
		watch_say(w, "pgtopd is back; rates begin again");
	if (r <= 0)
		return;
	if (w->view.page == WATCH_PROCESS && !w->detail.ended && ++w->since_walk >= WALK_EACH)
		watch_look_into(w);
	watch_check_chosen(w);
}

int watch_show(struct watch *w, struct watch_lines *ret)
{
	struct screen s = watch_screen(w);
	char told[512];
	const struct watch_shown shown = {
		.s = &s,
		.series = &w->series,
		.number = w->number,
		.told = w->source->class->told(w->source, w->number, told, sizeof(told)),
		.text = w->detail.text,
	};

	return watch_layout(&w->view, &shown, ret);
}

void watch_done(struct watch *w)
{
	watch_forget(w);
	watch_detail_done(&w->detail);
	watch_source_close(w->source);
	host_free(w->recorded);
}
