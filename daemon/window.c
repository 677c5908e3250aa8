// SPDX-License-Identifier: GPL-2.0-only
#include "window.h"

#define TURN_PART 10 /* of a window, for others */

void window_start(struct window *w, uint64_t length_ns, uint64_t mono_ns)
{
	*w = (struct window){ .length_ns = length_ns, .next_ns = mono_ns };
}

void window_resize(struct window *w, uint64_t length_ns, uint64_t mono_ns)
{
	w->length_ns = length_ns;
	w->next_ns = mono_ns + length_ns;
	w->ended_ns = 0;
}

/* A clock that stands still or was read out of order is no sleep. */
static uint64_t window_less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static enum window_verdict window_judge(const struct window *w, uint64_t mono_ns,
					uint64_t asleep_ns)
{
	if (!w->ended_ns)
		return WINDOW_FIRST;
	if (window_less(asleep_ns, w->asleep_ns) >= WINDOW_SUSPEND_NS)
		return WINDOW_SUSPENDED;
	if (window_less(mono_ns, w->ended_ns) > 2 * w->length_ns)
		return WINDOW_LATE;
	return WINDOW_GOOD;
}

enum window_verdict window_end(struct window *w, uint64_t mono_ns, uint64_t boot_ns)
{
	uint64_t asleep_ns = window_less(boot_ns, mono_ns);
	enum window_verdict v = window_judge(w, mono_ns, asleep_ns);
	uint64_t skipped = window_less(mono_ns, w->next_ns) / w->length_ns;

	w->good += v == WINDOW_GOOD;
	w->discarded += v == WINDOW_SUSPENDED || v == WINDOW_LATE;
	w->overruns += skipped;
	w->next_ns += (skipped + 1) * w->length_ns;
	w->ended_ns = mono_ns;
	w->asleep_ns = asleep_ns;
	return v;
}

uint64_t window_due(const struct window *w, uint64_t mono_ns)
{
	return mono_ns < w->next_ns ? w->next_ns : mono_ns + w->length_ns / TURN_PART;
}

int window_overdue(const struct window *w, uint64_t mono_ns)
{
	return mono_ns > w->next_ns + w->length_ns;
}

const char *window_why(enum window_verdict v)
{
	switch (v) {
	case WINDOW_FIRST:
		return "there is nothing to compare it with";
	case WINDOW_LATE:
		return "it took more than twice the configured time";
	case WINDOW_SUSPENDED:
		return "the machine was suspended during it";
	default:
		return "";
	}
}
