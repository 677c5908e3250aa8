/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * history.h - the windows that pgtopd has kept, to be looked at
 *
 * A history is opened once, from pgtopd or from its directory, and has a place: a window.
 *
 * history_open() and history_open_daemon() open it.  history_seek(), history_first(),
 * history_last() and history_boot() go to a place, history_next() and history_previous() move
 * by one window, history_read() gives the snapshot of the window there.  history_refresh()
 * sees what pgtopd has written meanwhile.
 *
 * Windows are in the order in which they were written.  Where somebody has set the clock back,
 * their times are not, and a time may have several windows: history_seek() takes the first.
 * Nothing that is read is believed: what is damaged is left out, and history_skipped() says
 * so.
 */
#ifndef PGTOP_HISTORY_H
#define PGTOP_HISTORY_H

#include "control/control_client.h"
#include "history/segment.h"
#include "snapshot/probe.h"
#include "snapshot/snapshot.h"

/* Below the state directory of pgtopd; the usual one. */
#define HISTORY_DIR   "history"
#define HISTORY_USUAL "/var/lib/pgtop/" HISTORY_DIR
/* How much of a segment pgtopd gives at once. */
#define HISTORY_PIECE (256u << 10)

struct history;

struct history_extent {
	uint64_t bytes, segments;
	uint64_t windows;	  /* those of the segment that is written are not in it */
	uint64_t first_s, last_s; /* CLOCK_REALTIME; of the whole segments, 0: none */
};

struct history_window {
	struct snapshot *snapshot; /* owned by the caller */
	struct segment_header header;
	const struct probe *probe; /* good until the place changes */
	/*
	 * When the page tables were walked, CLOCK_REALTIME; 0: not known.  Not every window
	 * walks them: what the last walk of that pgtopd has found is in @snapshot.
	 */
	uint64_t walk_ns;
};

/**
 * history_open - the history in the directory @path
 * @why: on failure, a sentence without full stop
 *
 * Returns 0 or a negative errno.  Nothing is read yet: history_seek() and the others do.
 */
int history_open(const char *path, struct history **ret, char *why, size_t why_len);
/** history_open_daemon - the same, asked from the pgtopd @c, which outlives it */
int history_open_daemon(struct control_client *c, struct history **ret, char *why,
			size_t why_len);
/** history_close - NULL is accepted */
void history_close(struct history *h);

/** history_extent - what there is, by the names of the segments */
struct history_extent history_extent(const struct history *h);

/**
 * history_seek - go to the last window at or before the second @real_s
 * @ret_others: how many more segments have that time, because the clock was set back
 *
 * Returns 0, -ENOENT (all of them are later, or there are none) or another negative errno; the
 * place is then as before.  history_why() is a sentence in all these cases.
 */
int history_seek(struct history *h, uint64_t real_s, size_t *ret_others);
/** history_first - go to the oldest window.  Returns as history_seek() */
int history_first(struct history *h);
/** history_last - go to the newest window.  Returns as history_seek() */
int history_last(struct history *h);
/** history_boot - go to the oldest window of the boot that the place is in.  As history_seek()
 */
int history_boot(struct history *h);

/** history_next - go one window on.  Returns 1, 0 (there is none, the place stays), or an
 * error */
int history_next(struct history *h);
/** history_previous - go one window back.  Returns as history_next() */
int history_previous(struct history *h);
/** history_time - CLOCK_REALTIME of the window at the place, in ns */
uint64_t history_time(const struct history *h);

/**
 * history_read - the window at the place
 *
 * Returns 0, or a negative errno with history_why().
 */
int history_read(struct history *h, struct history_window *ret);

/**
 * history_refresh - see what has been written and removed since it was opened
 *
 * The place stays, unless its window is gone: then it is the oldest one.  Returns 0 or a
 * negative errno, with history_why().
 */
int history_refresh(struct history *h);

/** history_why - what went wrong: a sentence without full stop */
const char *history_why(const struct history *h);
/** history_skipped - a sentence about the first thing that was damaged so far; "": nothing */
const char *history_skipped(const struct history *h);

#endif
