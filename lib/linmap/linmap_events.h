/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linmap_events.h - splits of the linear map as arm64_mm:linmap_split tells them
 *
 * The tracepoint is of the pgtop kernel series.  Counts begin when it is attached; what was
 * split before, /proc/vmstat tells.
 */
#ifndef PGTOP_LINMAP_EVENTS_H
#define PGTOP_LINMAP_EVENTS_H

#include "pgtop/abi.h"
#include "tracing/tracer.h"

/* Its totals are a struct split_cpu, its hook is the tracepoint. */
extern const struct tracer_class linmap_events_class;

/** linmap_events_partial - what @t counts, but does not tell apart, a clause; NULL: nothing */
const char *linmap_events_partial(struct host *h, const struct tracer *t);
/** linmap_events_knows_self - whether pgtop's own splits are told apart */
bool linmap_events_knows_self(const struct tracer *t);
/** linmap_events_read - fill TABLE_SPLIT_CALLER, add to F_EVENTS_DROPPED */
void linmap_events_read(struct host *h, const struct tracer *t, struct snapshot *s);

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
