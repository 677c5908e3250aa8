/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * processrows.h - counts by process that a BPF program keeps (bpf/process.bpf.h)
 *
 * Fills the rows of processes and cgroups.  The kernel side has room for
 * PROCESS_ROWS processes; when that becomes scarce, rows of processes that
 * have ended are given back, and what they counted stays in their cgroup's sum
 * until that is gone as well.
 */
#ifndef PGTOP_PROCESSROWS_H
#define PGTOP_PROCESSROWS_H

#include <stdint.h>

#include "pgtop/abi.h"
#include "snapshot/snapshot.h"
#include "snapshot/source.h"

struct bpf_object;
struct process_rows; /* opaque */

/* What count[i] of a row is: a counter column of TABLE_PROCESS and TABLE_CGROUP */
struct process_column {
	const char *name; /* NULL: not used */
	enum value_unit unit;
	const char *why; /* it is not counted: reason */
};

/**
 * process_rows_new - for an object that includes bpf/process.bpf.h and is loaded
 *
 * @h and @obj must outlive it.  @o says which processes are shown.  Returns 0, -ENOENT (the
 * object has no such maps) or -ENOMEM.
 */
int process_rows_new(const struct host *h, const struct source_options *o,
		     const struct bpf_object *obj, struct process_rows **ret);
/**
 * process_rows_probe - add row @name to @probe if counts cannot be told by process
 *
 * In a PID namespace the same number is another process to the kernel than to the caller.
 */
void process_rows_probe(const struct process_rows *p, const char *name, struct probe *probe);
/** process_rows_free - NULL is accepted */
void process_rows_free(struct process_rows *p);

/**
 * process_rows_read - add the counts to the rows of processes and cgroups in @s
 *
 * @columns: PROCESS_COUNTS of them.  A process without counts gets no row; in a PID namespace
 * none gets one, and with a process to show there are no cgroups either.  Returns 0, -ENOMEM,
 * or the errno of reading the maps.
 */
int process_rows_read(struct process_rows *p, const struct process_column *columns,
		      const char *via, struct snapshot *s);

#endif
