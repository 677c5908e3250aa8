/* SPDX-License-Identifier: GPL-2.0-only */
/* buddyinfo.h - free blocks of the page allocator, as /proc/buddyinfo lists them */
#ifndef PGTOP_BUDDYINFO_H
#define PGTOP_BUDDYINFO_H

#include <stdint.h>

/* No kernel has nearly so many (x86_64: 11); a file with more is refused. */
#define BUDDYINFO_ORDERS 32

struct buddyinfo {
	unsigned int orders;
	uint64_t free[BUDDYINFO_ORDERS]; /* blocks of 2^i pages, all zones of all nodes */
};

/**
 * buddyinfo_parse - add up the lines "Node N, zone NAME  N0 N1 ..." of @text
 *
 * Returns 0, or -EBADMSG when a line has another shape or number of orders than the first, or
 * there is none.  @ret is untouched on failure.
 */
int buddyinfo_parse(const char *text, struct buddyinfo *ret);

#endif
