/* SPDX-License-Identifier: GPL-2.0-only */
/* past.h - the history of pgtopd: asked from it, or read from its directory */
#ifndef PGTOP_PAST_H
#define PGTOP_PAST_H

#include "cli.h"
#include "history/history.h"

struct past {
	struct control_client *daemon; /* NULL: the directory is read */
	struct history *history;
};

/**
 * past_open - what --history, --socket and --own name, or else pgtopd, or its usual directory
 *
 * Returns an exit code; what is wrong has been told.  past_close() in any case.
 */
int past_open(const struct cli_options *o, struct past *ret);
void past_close(struct past *p);

/**
 * past_seek - go to the window that was the last one at @real_s
 *
 * Where nothing was kept at that time, the nearest windows are told.  Returns an exit code.
 */
int past_seek(struct past *p, uint64_t real_s);

/** past_read - the window at the place.  Returns an exit code. */
int past_read(struct past *p, struct history_window *ret);

/** past_told - tell what was left out because it is damaged; returns @code, or CLI_FAILED for
 * 0 */
int past_told(const struct past *p, int code);

/** past_show - top with --at: the screen as it was */
int past_show(const struct cli_options *o);

#endif
