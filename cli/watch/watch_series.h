/* SPDX-License-Identifier: GPL-2.0-only */
/* watch_series.h - what each graph was in the last snapshots, as a line of characters (pure)
 */
#ifndef PGTOP_WATCH_SERIES_H
#define PGTOP_WATCH_SERIES_H

#include "screen/screen_part.h"

#define WATCH_SAMPLES 64

struct watch_sample {
	uint64_t number; /* of the snapshot, from 1; 0: none */
	bool known[GRAPH_MAX];
	double value[GRAPH_MAX];
};

/* Zeroed: empty. */
struct watch_series {
	struct watch_sample samples[WATCH_SAMPLES];
};

/** watch_series_take - keep what @s shows; @number: of its snapshot, from 1 */
void watch_series_take(struct watch_series *w, uint64_t number, const struct screen *s);

/**
 * watch_series_line - @width characters for @graph, that of snapshot @number last
 * @utf8: blocks of eight heights; else characters of ASCII
 *
 * Shares fill the height at 100 %, other graphs at the largest that is shown.  A snapshot in
 * which it was not known is a blank.  @len: 3 bytes for a column are enough.  Returns @buf.
 */
const char *watch_series_line(const struct watch_series *w, enum screen_graph graph,
			      uint64_t number, int width, bool utf8, char *buf, size_t len);

#endif
