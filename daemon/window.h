/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * window.h - when windows end, and which of them can be compared (pure)
 *
 * Windows end at multiples of their length from the first one on, on CLOCK_MONOTONIC.  Ends
 * that were missed are skipped, not made up for.
 */
#ifndef PGTOPD_WINDOW_H
#define PGTOPD_WINDOW_H

#include <stdint.h>

/* A clock difference below this is the time between the readings of two clocks. */
#define WINDOW_SUSPEND_NS 100000000ull

enum window_verdict {
	WINDOW_GOOD,
	WINDOW_FIRST,	  /* nothing to compare with */
	WINDOW_LATE,	  /* more than twice its length: an overrun */
	WINDOW_SUSPENDED, /* the machine slept in it */
};

struct window {
	uint64_t length_ns;
	uint64_t next_ns;   /* CLOCK_MONOTONIC: when the current one ends */
	uint64_t ended_ns;  /* CLOCK_MONOTONIC: when the last one did; 0: there was none */
	uint64_t asleep_ns; /* CLOCK_BOOTTIME less CLOCK_MONOTONIC, then */
	uint64_t good, discarded, overruns;
};

/** window_start - the first one ends at once, so that there is something to compare with */
void window_start(struct window *w, uint64_t length_ns, uint64_t mono_ns);
/** window_resize - from now on they are @length_ns long */
void window_resize(struct window *w, uint64_t length_ns, uint64_t mono_ns);
/** window_end - a window was read at @mono_ns, @boot_ns (CLOCK_BOOTTIME) */
enum window_verdict window_end(struct window *w, uint64_t mono_ns, uint64_t boot_ns);
/**
 * window_due - when to read the current one: at its end
 *
 * One that ended while the last was read waits for a tenth of its length from @mono_ns on, or
 * nobody else would have a turn.
 */
uint64_t window_due(const struct window *w, uint64_t mono_ns);
/** window_overdue - whether the current one should have ended a whole length ago */
int window_overdue(const struct window *w, uint64_t mono_ns);
/** window_why - why a window is not compared: a clause */
const char *window_why(enum window_verdict v);

#endif
