/* SPDX-License-Identifier: GPL-2.0-only */
/* mthp.h - multi-size THP, as sysfs shows it (Documentation/admin-guide/mm/transhuge.rst) */
#ifndef PGTOP_MTHP_H
#define PGTOP_MTHP_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot/snapshot.h"

#define MTHP_DIR "/sys/kernel/mm/transparent_hugepage"

/**
 * mthp_parse_size - the size in bytes in a directory name like "hugepages-64kB"
 *
 * Only what the kernel writes is accepted: no blanks, no leading zero.
 * Returns 0 or -EINVAL; @ret is untouched on failure.
 */
int mthp_parse_size(const char *name, uint64_t *ret);

/**
 * mthp_sizes - the sizes this kernel has, ascending, in bytes
 *
 * They differ by kernel, architecture and granule; @n is 0 on a kernel before 6.8, which knows
 * the PMD size only and has no such directories.  @ret is owned by the caller (free()).
 * Returns 0, -ENOMEM, or the negative errno of opening MTHP_DIR.
 */
int mthp_sizes(const char *root, uint64_t **ret, size_t *n);

/* What the kernel counts by size: a column of TABLE_MTHP is called as its file. */
struct mthp_stat {
	const char *name, *since; /* Linux that has the file; others may have been given it */
	const char *help;
};

extern const struct mthp_stat mthp_stats[];
extern const size_t mthp_stats_count;

/**
 * mthp_swapped_out - folios of the size of @r that were swapped out whole
 *
 * To a device, and to compressed memory where the kernel counts that (zswpout).  Unknown where
 * the first is.
 */
struct value mthp_swapped_out(const struct table *t, const struct row *r);

#endif
