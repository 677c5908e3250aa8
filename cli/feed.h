/* SPDX-License-Identifier: GPL-2.0-only */
/* feed.h - where snapshots come from: pgtopd if it runs, else programs of our own */
#ifndef PGTOP_FEED_H
#define PGTOP_FEED_H

#include <stdint.h>

#include "cli.h"
#include "control/control_client.h"
#include "snapshot/snapshot.h"
#include "snapshot/probe.h"

struct feed;

/**
 * feed_new - ask pgtopd, or open the sources called in @wanted (as sources_new())
 *
 * Without --socket, a pgtopd that cannot be asked is no error.  Returns an exit code; what is
 * wrong has been told.
 */
int feed_new(const struct cli_options *o, uint64_t wanted, struct feed **ret);
/** feed_free - NULL is accepted */
void feed_free(struct feed *f);

/** feed_read - a snapshot of now, owned by the caller.  Returns an exit code, as above. */
int feed_read(struct feed *f, struct snapshot **ret);

/**
 * feed_try - the same, but nothing is told: @why gets a sentence without full stop
 * @wanted: as sources_read_some(); what pgtopd may leave out is walking page tables
 *
 * Returns 0 or a negative errno.  A pgtopd that went away is connected to again by the next
 * call.
 */
int feed_try(struct feed *f, uint64_t wanted, struct snapshot **ret, char *why,
	     size_t why_len);

/** feed_probe - what can be measured; complete after the first feed_read(); never NULL */
const struct probe *feed_probe(const struct feed *f);
/** feed_asks - whether pgtopd is asked, and not programs of our own */
bool feed_asks(const struct feed *f);
/** feed_daemon - the pgtopd that is asked, NULL: none, or it went away */
struct control_client *feed_daemon(const struct feed *f);
/** feed_told - who measures, a line for people; returns @buf */
const char *feed_told(const struct feed *f, char *buf, size_t len);

#endif
