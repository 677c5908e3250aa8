/* SPDX-License-Identifier: GPL-2.0-only */
/* hours.h - the days and the time of day in which trials may begin ([policy] maintenance) */
#ifndef PGTOPD_HOURS_H
#define PGTOPD_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: any time. */
struct hours {
	uint8_t days;	   /* bit 0: Sunday, as tm_wday; 0: any time */
	uint16_t from, to; /* minutes since midnight; @to not above @from: of the next day */
};

#define HOURS_TEXT 64 /* room for hours_format() */

/**
 * hours_parse - "any", or "[DAYS ]HH:MM-HH:MM" with days like "Sat,Sun" and "Mon-Fri"
 *
 * Without days it is every day.  A span that passes midnight belongs to the day it begins on.
 * Returns 0 or -EINVAL.
 */
int hours_parse(const char *text, struct hours *ret);

/** hours_format - what hours_parse() takes, into @len bytes at @buf */
void hours_format(const struct hours *h, char *buf, size_t len);

/** hours_include - whether @real_ns (CLOCK_REALTIME) is in them, by the local time */
bool hours_include(const struct hours *h, uint64_t real_ns);

#endif
