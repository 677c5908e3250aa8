/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * opener.h - ask pgtop-opener for perf events that the kernel does not let this process open
 *
 * Ask it only what our own perf_event_open() was refused (-EACCES, -EPERM): pgtop/opener.h.
 * It is connected at the first question and serves until opener_rest().  If it does not
 * answer, or hangs up twice, it is left alone for OPENER_PAUSE_S.
 */
#ifndef PGTOP_HOST_OPENER_H
#define PGTOP_HOST_OPENER_H

#include <stddef.h>
#include <stdint.h>

#include "pgtop/opener.h"

#define OPENER_PAUSE_S	 60
#define OPENER_TIMEOUT_S 10 /* longest wait for an answer */

struct opener;

/** opener_new - that of the machine under @root.  Returns 0 or -ENOMEM; nothing is connected.
 */
int opener_new(const char *root, struct opener **ret);
/** opener_free - NULL is accepted */
void opener_free(struct opener *o);

/**
 * opener_count - have a group of @n events opened on @cpu, not yet enabled
 * @fds: room for @n descriptors, owned by the caller
 * @failed: the event that could not be opened; may be NULL
 *
 * Returns 0 when it has answered, with @error: 0, or the negative errno of perf_event_open(),
 * -EBADMSG for events that it opens for nobody.  Else a negative errno, and why is in
 * opener_error().  @o may be NULL (-ENOENT).
 */
int opener_count(struct opener *o, enum opener_mode mode, unsigned int cpu,
		 const struct opener_event *events, size_t n, int *fds, size_t *failed,
		 int *error);

/**
 * opener_kprobe - have a kprobe on @function opened
 * @fd: owned by the caller; not yet enabled
 *
 * Returns as opener_count(); -ESRCH if @function is none of OPENER_FUNCTIONS.
 */
int opener_kprobe(struct opener *o, const char *function, enum opener_place place,
		  unsigned int cpu, int *fd, int *error);

/**
 * opener_reach - whether it answers
 *
 * Asks it, unless it answered the last time or is left alone for now.
 *
 * Returns 0; -ENOENT, -ECONNREFUSED (pgtop-opener.socket is not active); -EACCES (it is for
 * user 0); -ETIMEDOUT; -EPIPE (it hung up); or another negative errno.
 */
int opener_reach(struct opener *o);
/** opener_error - how the last question went, as opener_reach(); -ENOTCONN: none was asked */
int opener_error(const struct opener *o);

/** opener_rest - nothing more is asked for now: its process ends.  NULL is accepted. */
void opener_rest(struct opener *o);

#endif
