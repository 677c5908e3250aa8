/* SPDX-License-Identifier: GPL-2.0-only */
/* watch_layout.h - the lines of the live screen (pure) */
#ifndef PGTOP_WATCH_LAYOUT_H
#define PGTOP_WATCH_LAYOUT_H

#include "watch/watch_series.h"
#include "watch/watch_view.h"

/* What there is to show. */
struct watch_shown {
	const struct screen *s; /* its out, lines, sort and filter are not looked at */
	const struct watch_series *series;
	uint64_t number;  /* of the snapshot, from 1 */
	const char *told; /* who measured */
	const char *text; /* of WATCH_PROCESS; NULL: none yet */
};

/* Clean text of at most the width of the terminal, but for sequences ESC [ N m: bold, reverse
 * and colours. */
struct watch_lines {
	char **lines;
	size_t n;
};

/**
 * watch_layout - exactly v->lines lines; without a terminal (0 lines): as many as it takes
 *
 * @v learns what fits, and where its page ends.  Release @ret by watch_lines_done(), also on
 * failure.  Returns 0 or -ENOMEM.
 */
int watch_layout(struct watch_view *v, const struct watch_shown *shown,
		 struct watch_lines *ret);
void watch_lines_done(struct watch_lines *l);

#endif
