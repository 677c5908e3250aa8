/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.h - what pgtopd knows as a text file for the textfile collector of node_exporter
 *
 * The file is replaced as a whole after each window and removed when pgtopd stops; after a
 * crash it stays, and pgtop_last_update_timestamp_seconds tells its age.  A file that cannot
 * be written is told once, and once when it can be again; the old one stays as it is.
 */
#ifndef PGTOPD_EXPORT_H
#define PGTOPD_EXPORT_H

#include "durable/journal.h"
#include "historian.h"
#include "policy/policy.h"
#include "snapshot/probe.h"
#include "own_cost.h"

/* Cgroups that have series of their own. */
#define EXPORT_CGROUPS 20

struct export;

/* All that is exported beside the snapshot; pointers may be NULL where they say so. */
struct export_input {
	const struct snapshot *last; /* cumulative */
	const struct snapshot
		*change; /* of the window; NULL: there was none to compare with */
	const struct probe *probe;
	const struct policy *policy;   /* NULL: none yet */
	const struct journal *journal; /* NULL: there is none */
	struct own_cost self;
	struct historian_state history;
	uint64_t windows, overruns, failed;
	enum policy_mode mode; /* in effect */
	const char *paused; /* why nothing is tuned although configured; NULL: it is not so */
	uint64_t dropped;   /* see tuner_dropped() */
	uint64_t interval_ns; /* between two files */
};

/**
 * export_new - nothing is counted yet
 * @first_id: decisions of the journal before this one were an earlier run's
 *
 * Returns 0 or -ENOMEM.
 */
int export_new(uint64_t first_id, struct export **ret);
/** export_free - NULL is accepted; leaves the file alone */
void export_free(struct export *e);

/** export_take - count what a window brought, whether or not it is written.  0 or -ENOMEM */
int export_take(struct export *e, const struct export_input *in);

/** export_print - the text of it all.  Returns 0 or -ENOMEM; errors of @out are the caller's
 */
int export_print(const struct export *e, const struct export_input *in, FILE *out);

/**
 * export_write - replace the file @path; a failure is counted, and told when it begins
 *
 * Another path than last time: the file there is removed.
 */
void export_write(struct export *e, const struct export_input *in, const char *path);
/** export_remove - the file, if it was written; @path is that of the last export_write() */
void export_remove(struct export *e);

#endif
