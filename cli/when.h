/* SPDX-License-Identifier: GPL-2.0-only */
/* when.h - times that people give and read, of this machine's time zone */
#ifndef PGTOP_WHEN_H
#define PGTOP_WHEN_H

#include <stdint.h>

#define WHEN_LEN   64
#define WHEN_FORMS "14:05, '2026-12-01 14:05', -2h or seconds since 1970"

/**
 * when_parse - the time that @text stands for, in seconds since 1970
 * @now_s: the time now
 *
 * "14:05" and "14:05:30" (the last time the clock showed that), "2026-12-01 14:05" with or
 * without seconds or with T for the blank, "-2h" or "2h" (ago; s, min, h, d), "@SECONDS" or
 * nine digits and more (since 1970).  A time that the calendar or the clock does not have is
 * none.  Returns 0 or -EINVAL; @ret is untouched on failure.
 */
int when_parse(const char *text, uint64_t now_s, uint64_t *ret);

#define WHEN_NO_DATE  1u /* "14:05" */
#define WHEN_NO_CLOCK 2u /* "2026-12-01", when it begins */

/**
 * when_local - the local time that @text stands for, in seconds since 1970
 * @without: WHEN_NO_*: what it may leave out
 * @day_s: a time of the day that is meant where it has no date
 *
 * Returns 0 or -EINVAL, as when_parse().
 */
int when_local(const char *text, unsigned int without, uint64_t day_s, uint64_t *ret);

/** when_text - @real_ns as "2026-12-01 14:05:10 CET"; returns @buf */
const char *when_text(uint64_t real_ns, char buf[WHEN_LEN]);

#endif
