/* SPDX-License-Identifier: GPL-2.0-only */
/* confine.h - what the opener gives up before it hears anybody */
#ifndef PGTOP_OPENER_CONFINE_H
#define PGTOP_OPENER_CONFINE_H

/**
 * confine - from here on: no other system call than those that serve a request
 *
 * perf_event_open() is left for events of all processes only.  Any other call kills the
 * process.  Returns 0 or a negative errno.
 */
int confine(void);

#endif
