/* SPDX-License-Identifier: GPL-2.0-only */
/* patch_series.h - which parts of the pgtop kernel series (kernel/) the running kernel carries
 */
#ifndef PGTOP_PATCH_SERIES_H
#define PGTOP_PATCH_SERIES_H

#include <stddef.h>

#include "host/host.h"

#define SERIES_CONTPTE_EVENTS (1u << 0) /* tracepoints contpte_fold, _unfold, _map */
#define SERIES_TLB_EVENTS     (1u << 1) /* tracepoints arm64_tlb_flush, _flush_kernel, _sync */
#define SERIES_CONTPTE_STATS  (1u << 2) /* contpte_fold and _unfold in /proc/vmstat */
#define SERIES_LINMAP_EVENTS  (1u << 3) /* tracepoint linmap_split */
#define SERIES_LINMAP_STATS   (1u << 4) /* direct_map_cont_splits in /proc/vmstat */

/**
 * patch_series_parts - the parts that can be seen from outside, SERIES_* or-ed; 0 on a stock
 * kernel
 *
 * The events by their types in /sys/kernel/btf/vmlinux, so without privilege.  Reads
 * megabytes: ask once.  What cannot be read is not there.
 */
unsigned int patch_series_parts(struct host *h);

/** patch_series_names - "contpte events, TLB events, contpte counters"; returns @buf */
const char *patch_series_names(unsigned int parts, char *buf, size_t len);

#endif
