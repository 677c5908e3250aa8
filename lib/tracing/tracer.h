/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracer.h - an object of BPF programs that count: opened, loaded, attached, read, closed
 *
 * A source that traces is a table (struct tracer_class), the programs, which count by
 * bpf/count.bpf.h, and the code that makes fields and rows of what was counted.  What this
 * kernel lacks, or refuses, disables the hooks that need it, each with its reason; where no
 * hook is left, the tracer has one for all.
 */
#ifndef PGTOP_TRACER_H
#define PGTOP_TRACER_H

#include "pgtop/abi.h"
#include "snapshot/snapshot.h"
#include "snapshot/source.h"
#include "tracing/hook.h"
#include "tracing/processrows.h"

#define TRACER_HOOKS 8

/* Why a reading lacks what is counted: */
#define TRACER_NOT_READ "the kernel did not hand out the counts"

struct tracer_class {
	const char *name;		     /* of the object, as its maps are listed */
	const char *what;		     /* is traced, for reasons: "contiguous PTEs" */
	const void *(*object)(size_t *size); /* X_bpf__elf_bytes() of X.skel.h */
	const void *arg;		     /* for prepare() and possible() */
	/* Set the constants of the programs: struct X_bpf__rodata; NULL: they have none. */
	void (*prepare)(const struct host *h, const void *arg, void *rodata);
	size_t total_bytes; /* of what a CPU counts for itself */
	bool by_process;    /* bpf/process.bpf.h: it counts by process, too */
	/*
	 * Whether there can be anything to trace; if not, a clause in @why, and what helps in
	 * @remedy.  NULL: there can.
	 */
	bool (*possible)(const struct host *h, const void *arg, char *why, size_t len,
			 const char **remedy);
	/* What it fills, and lacks where nothing is counted; the lists end with *_MAX. */
	const enum snapshot_field_id *fields;
	const enum snapshot_table_id *tables;
	size_t nhooks;
	struct hook_way hooks[TRACER_HOOKS][HOOK_WAYS];
};

struct tracer; /* opaque */

/**
 * tracer_new - load and attach what this kernel takes of @c
 *
 * A program that is refused costs the ways of its hook, not the others: what the kernel takes
 * is tried, each program for itself if all together are refused.  Returns 0, also when nothing
 * can be counted, or -ENOMEM.
 */
int tracer_new(struct host *h, const struct source_options *o, const struct tracer_class *c,
	       struct tracer **ret);
/** tracer_free - NULL is accepted */
void tracer_free(struct tracer *t);

/** tracer_why - why nothing is counted at all, a clause; NULL: something is */
const char *tracer_why(const struct tracer *t);
/** tracer_remedy - what to do about what is not counted; NULL: nothing */
const char *tracer_remedy(const struct tracer *t);
/** tracer_was_tried - whether there could have been something to trace and programs load */
bool tracer_was_tried(const struct tracer *t);

/** tracer_hook_why - why hook @i counts nothing, a clause; NULL: it does */
const char *tracer_hook_why(const struct tracer *t, size_t i);
/** tracer_hook_via - "fentry contpte_convert" */
const char *tracer_hook_via(const struct tracer *t, size_t i);
/** tracer_by_event - whether hook @i counts by a tracepoint of the series */
bool tracer_by_event(const struct tracer *t, size_t i);

/** tracer_add_row - add row @name: the state of hook @i */
void tracer_add_row(const struct tracer *t, struct probe *p, const char *name, size_t i);
/**
 * tracer_add_callers_row - add row @name: whether what hook @i counts has callers with names
 *
 * @via: where they come from.  @partial: what is not told of them, a clause; NULL: nothing.
 */
void tracer_add_callers_row(const struct tracer *t, struct probe *p, const char *name,
			    size_t i, const char *via, const char *partial);
/** tracer_add_processes_row - add row @name if there are no counts by process */
void tracer_add_processes_row(const struct tracer *t, struct probe *p, const char *name);

/**
 * tracer_totals - what the CPUs counted for themselves, added up: total_bytes to @sum
 *
 * Word for word; what is no counter is of no use there.  Returns 0 or a negative errno.
 */
int tracer_totals(const struct tracer *t, void *sum);

/**
 * tracer_read - the same for @s; tells what is unattributed and dropped
 *
 * Returns whether there is anything to read: if not, all that the class fills is lacking, with
 * the reason.
 */
bool tracer_read(const struct tracer *t, struct snapshot *s, void *sum);

/** tracer_place_fn - called with each key of a map, and its counts of all CPUs */
typedef void tracer_place_fn(void *arg, const void *key, const struct place_total *n);
/** tracer_each - all that was counted in @map, which PLACES() made */
void tracer_each(const struct tracer *t, const char *map, tracer_place_fn *fn, void *arg);

/* A table of who asked for what: one row a kind and caller. */
struct caller_table {
	struct table *t;
	const struct ksyms *k; /* NULL: nothing was counted yet */
	size_t column[PLACE_COUNTS];
	const char *why[PLACE_COUNTS]; /* the column is not told: reason */
};

/**
 * tracer_callers - begin table @id with the counters @columns (NULL: no more)
 *
 * The symbols are read only when there is something in @map to name.  Returns whether rows can
 * be added; if not, the table is lacking.
 */
bool tracer_callers(const struct tracer *t, struct snapshot *s, enum snapshot_table_id id,
		    const char *const columns[PLACE_COUNTS], const char *map,
		    struct caller_table *ret);
/** caller_add - add @n to the row of @kind, called @name, and @caller (NULL: not known) */
void caller_add(const struct caller_table *c, uint64_t kind, const char *name,
		const char *caller, const struct place_total *n, const char *via);
/** caller_add_place - the same where an event told the place */
void caller_add_place(const struct caller_table *c, const struct place *place,
		      const char *name, const struct place_total *n, const char *via);

/** tracer_processes - as process_rows_read().  Returns 0 or -ENOMEM. */
int tracer_processes(const struct tracer *t, const struct process_column *columns,
		     const char *via, struct snapshot *s);

/** tracer_cost - what the programs cost, for TABLE_BPF_PROGRAM */
void tracer_cost(const struct tracer *t, struct snapshot *s);

#endif
