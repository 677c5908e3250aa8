/* SPDX-License-Identifier: GPL-2.0-only */
/* watch_source.h - where the live screen has its snapshots from: the machine now, or a record
 */
#ifndef PGTOP_WATCH_SOURCE_H
#define PGTOP_WATCH_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "snapshot/probe.h"
#include "snapshot/snapshot.h"

struct watch_source;

/*
 * Snapshots come in the order of time, numbered from 0.  What goes wrong is a sentence without
 * full stop in @why.
 */
struct watch_source_class {
	/**
	 * next - read the next snapshot, owned by the caller
	 *
	 * Returns 1; 0: there is no other yet (of a record: ever); or a negative errno: it may
	 * be tried again.
	 */
	int (*next)(struct watch_source *w, struct snapshot **ret, char *why, size_t len);
	/** seek - the next one is number @index, or as near before it as there is; NULL:
	 * cannot */
	int (*seek)(struct watch_source *w, uint64_t index, char *why, size_t len);
	/** find - the number of the first one at or after @real_ns (CLOCK_REALTIME), or the
	 * last */
	int (*find)(struct watch_source *w, uint64_t real_ns, uint64_t *ret, char *why,
		    size_t len);
	/** probe - what can be measured; never NULL once a snapshot was read */
	const struct probe *(*probe)(const struct watch_source *w);
	/** told - who measured snapshot @number, from 1, for the head of the screen; returns
	 * @buf */
	const char *(*told)(const struct watch_source *w, uint64_t number, char *buf,
			    size_t len);
	void (*close)(struct watch_source *w);
};

/* Embedded first in what a class allocates. */
struct watch_source {
	const struct watch_source_class *class;
	uint64_t at; /* number of the snapshot that next() reads */
};

/** watch_source_now - this machine: pgtopd, or sources of our own; an exit code */
int watch_source_now(const struct cli_options *o, struct watch_source **ret);
/** watch_source_record - the record @path; an exit code */
int watch_source_record(const char *path, struct watch_source **ret);
/** watch_source_close - NULL is accepted */
void watch_source_close(struct watch_source *w);

#endif
