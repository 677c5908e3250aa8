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

/** feed_probe - what can be measured; complete after the first feed_read(); never NULL */
const struct probe *feed_probe(const struct feed *f);
/** feed_daemon - the pgtopd that is asked, NULL: none */
struct control_client *feed_daemon(const struct feed *f);
/** feed_why - the clause that tells why pgtopd is not asked, NULL: it is */
const char *feed_why(const struct feed *f);

#endif
