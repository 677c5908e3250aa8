// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "util/util.h"
#include "watch/watch_series.h"

#define HEIGHTS 8

void watch_series_take(struct watch_series *w, uint64_t number, const struct screen *s)
{
	struct watch_sample *to = &w->samples[number % WATCH_SAMPLES];

	to->number = number;
	for (int g = GRAPH_NONE + 1; g < GRAPH_MAX; g++)
		to->known[g] = screen_graph(s, g, &to->value[g]);
}

/* NULL: not known */
static const double *series_value(const struct watch_series *w, enum screen_graph graph,
				  uint64_t number)
{
	const struct watch_sample *s = &w->samples[number % WATCH_SAMPLES];

	return number && s->number == number && s->known[graph] ? &s->value[graph] : NULL;
}

static double series_top(const struct watch_series *w, enum screen_graph graph,
			 uint64_t number, int width)
{
	double top = 0;

	if (graph == GRAPH_LINEAR_BLOCKS || graph == GRAPH_USER_LARGE)
		return 100;
	for (int i = 0; i < width && (uint64_t)i < number; i++) {
		const double *v = series_value(w, graph, number - i);

		top = v ? MAX(top, *v) : top;
	}
	return top;
}

static const char *series_mark(const double *v, double top, bool utf8)
{
	static const char *const blocks[HEIGHTS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[HEIGHTS] = { "_", ".", "-", "=", "+", "*", "%", "#" };
	int height;

	if (!v)
		return " ";
	height = top > 0 ? (int)(*v / top * HEIGHTS) : 0;
	height = MAX(0, MIN(height, HEIGHTS - 1));
	return utf8 ? blocks[height] : ascii[height];
}

const char *watch_series_line(const struct watch_series *w, enum screen_graph graph,
			      uint64_t number, int width, bool utf8, char *buf, size_t len)
{
	double top;
	size_t at = 0;

	width = MIN(width, WATCH_SAMPLES);
	top = series_top(w, graph, number, width);
	*buf = '\0';
	for (int i = width - 1; i >= 0; i--) {
		const double *v = graph != GRAPH_NONE && (uint64_t)i < number
					  ? series_value(w, graph, number - i)
					  : NULL;
		const char *mark = series_mark(v, top, utf8);

		if (at + strlen(mark) >= len)
			break;
		strcpy(buf + at, mark);
		at += strlen(mark);
	}
	return buf;
}
