/* SPDX-License-Identifier: GPL-2.0-only */
/* watch.h - a live screen: snapshots as they come, and what keys do with them */
#ifndef PGTOP_WATCH_H
#define PGTOP_WATCH_H

#include "watch/watch_detail.h"
#include "watch/watch_layout.h"
#include "watch/watch_source.h"

#define WATCH_KEPT 64 /* snapshots of a record, so that steps back need not read it again */

struct watch {
	const struct cli_options *o;
	struct watch_source *source;
	struct watch_view view;
	struct watch_series series;
	struct {
		uint64_t number; /* from 1 */
		struct snapshot *snapshot;
	} kept[WATCH_KEPT];
	const struct snapshot *before, *now; /* of those kept; before: NULL with the first */
	struct snapshot *delta;		     /* NULL with the first */
	uint64_t number;		     /* of now */
	struct host *recorded;
	struct watch_detail detail;
	unsigned int since_walk; /* of the process, readings */
	uint64_t walk_ns;	 /* CLOCK_MONOTONIC: not before */
	bool lost;		 /* the last reading failed: counters may begin again */
};

/**
 * watch_next - read the next snapshot and show it from now on
 *
 * Returns 1, 0 if there is none, or a negative errno that the sentence in @why explains.
 */
int watch_next(struct watch *w, char *why, size_t len);

/** watch_tick - the same when it is time; what is wrong is told on the screen */
void watch_tick(struct watch *w);

/** watch_key - a key was pressed, see watch_view_key(); Returns whether to go on */
bool watch_key(struct watch *w, int key);

/** watch_show - the lines of now, see watch_layout() */
int watch_show(struct watch *w, struct watch_lines *ret);

void watch_done(struct watch *w);

#endif
