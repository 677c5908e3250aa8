/* SPDX-License-Identifier: GPL-2.0-only */
/* tlbflush.h - the source of TLB flushes: what its three ways to count share */
#ifndef PGTOP_TLBFLUSH_H
#define PGTOP_TLBFLUSH_H

#include "pgtop/abi.h"
#include "tracing/tracer.h"

struct tlbflush;

/* One way to count flushes; functions may be NULL. */
struct tlbflush_means {
	enum host_arch arch;
	struct tracer_class class; /* without its first hook it counts nothing */
	/** hook - the hook that counts @kind; -1: none of these */
	int (*hook)(enum flush_kind kind);
	/** opened - add the rows of doctor, find out what is not told */
	void (*opened)(struct tlbflush *f, const struct source_options *o, struct probe *p);
	/** watch - learn from what was counted so far */
	void (*watch)(struct tlbflush *f, const struct flush_cpu *sum);
	/** set_callers - fill TABLE_TLB_CALLER */
	void (*set_callers)(const struct tlbflush *f, struct snapshot *s);
	/** add_columns - columns of processes beyond those that all have */
	void (*add_columns)(const struct tlbflush *f, struct process_column *columns);
	const char *sent_why;	/* no CPU asks others: reason */
	const char *local_why;	/* flushes of one CPU are not told from others: reason */
	const char *pages_note; /* what a page is, to be added to how it was counted */
};

struct tlbflush {
	struct host *host;
	const struct tlbflush_means *means;
	struct tracer *tracer;
	const char *via;
	const char *escalated_why; /* a range that was too long is not told: reason */
	const char *scopes_why;	   /* flushes of processes are not told by scope: reason */
	const char *local_why;	   /* flushes of one CPU are not told from others: reason */
	const char *others_why;	   /* what is done for other CPUs is not seen: reason */
	bool interrupted;	   /* CPUs are interrupted for it, or that is not known */
};

extern const struct tlbflush_means tlbflush_x86;    /* tracepoint tlb:tlb_flush */
extern const struct tlbflush_means tlbflush_series; /* arm64 with the pgtop kernel series */
extern const struct tlbflush_means tlbflush_arm64;  /* stock arm64: functions beside a flush */

/* What the classes of all have. */
#define TLBFLUSH_CLASS                                                                        \
	.name = "tlbflush_bpf", .object = tlbflush_object, .prepare = tlbflush_prepare,       \
	.possible = tlbflush_possible, .total_bytes = sizeof(struct flush_cpu),               \
	.by_process = true, .fields = tlbflush_fields, .tables = tlbflush_tables

extern const enum snapshot_field_id tlbflush_fields[];
extern const enum snapshot_table_id tlbflush_tables[];
const void *tlbflush_object(size_t *size);
void tlbflush_prepare(const struct host *h, const void *arg, void *rodata);
bool tlbflush_possible(const struct host *h, const void *arg, char *why, size_t len,
		       const char **remedy);

/** tlbflush_scope - "range", "remote shootdown", ... */
const char *tlbflush_scope(enum flush_kind kind);

/** tlbflush_add_silent_row - arm64: that the tracepoint tlb:tlb_flush tells nothing */
void tlbflush_add_silent_row(const struct tlbflush *f, struct probe *p);
/** tlbflush_add_hook_rows - a row tlb.flushes.TARGET for each hook */
void tlbflush_add_hook_rows(const struct tlbflush *f, struct probe *p);
/** tlbflush_add_row - row tlb.flushes: not at all, partly because of @partial, or well */
void tlbflush_add_row(const struct tlbflush *f, struct probe *p, const char *partial,
		      const char *remedy);

#endif
