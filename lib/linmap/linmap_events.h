/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linmap_events.h - splits of the linear map as they happen
 *
 * The pgtop kernel series has a tracepoint, arm64_mm:linmap_split.  Elsewhere (since 6.18) the
 * kernel's functions are traced, and the page tables compared before and after each call.
 * Counts begin when the programs are attached; of what was split before, a kernel of the
 * series tells in /proc/vmstat, and others only by the leaves that are left.
 */
#ifndef PGTOP_LINMAP_EVENTS_H
#define PGTOP_LINMAP_EVENTS_H

#include "host/host.h"
#include "pgtop/abi.h"
#include "snapshot/source.h"

struct linmap_events;

/**
 * linmap_events_new - attach to the tracepoint, or to the functions
 *
 * Returns 0 or -ENOMEM.  What the kernel lacks is no error: linmap_events_why() tells it.
 */
int linmap_events_new(struct host *h, const struct source_options *o,
		      struct linmap_events **ret);
/** linmap_events_free - NULL is accepted */
void linmap_events_free(struct linmap_events *e);

/** linmap_events_why - why nothing is counted, a clause; NULL: all is well */
const char *linmap_events_why(const struct linmap_events *e);
/** linmap_events_remedy - what to do about that; NULL: nothing */
const char *linmap_events_remedy(const struct linmap_events *e);
/** linmap_events_via - "tp_btf linmap_split" */
const char *linmap_events_via(const struct linmap_events *e);
/** linmap_events_uncounted - what is split and not counted, a clause; NULL: nothing */
const char *linmap_events_uncounted(const struct linmap_events *e);
/** linmap_events_partial - what is counted, but not told apart, a clause; NULL: nothing */
const char *linmap_events_partial(const struct linmap_events *e);

/** linmap_events_knows_self - whether pgtop's own splits are told apart */
bool linmap_events_knows_self(const struct linmap_events *e);

/** linmap_events_count - sums of all CPUs since the start.  Returns 0 or a negative errno. */
int linmap_events_count(const struct linmap_events *e, struct split_cpu *ret);

/** linmap_events_add_rows - whether callers have names, and processes counts */
void linmap_events_add_rows(const struct linmap_events *e, struct probe *p);
/**
 * linmap_events_read - fill TABLE_SPLIT_CALLER, count by process, add to F_EVENTS_DROPPED
 *
 * Returns 0 or -ENOMEM.
 */
int linmap_events_read(const struct linmap_events *e, struct snapshot *s);
/** linmap_events_cost - what the program cost, for TABLE_BPF_PROGRAM */
void linmap_events_cost(const struct linmap_events *e, struct snapshot *s);

/**
 * linmap_kind_bytes - what a leaf of @kind maps on @h; 0: it has none
 *
 * arm64: 16 contiguous PMDs with 4K pages, 32 with 16K and 64K (CONT_PMD_SHIFT 4, 5, 5 of
 * arch/arm64/include/asm/pgtable-hwdef.h); PUD leaves with 4K pages only.
 */
uint64_t linmap_kind_bytes(const struct host *h, enum split_kind kind);
/** linmap_kind_name - "PUD", "contiguous PMD", ... */
const char *linmap_kind_name(enum split_kind kind);

#endif
