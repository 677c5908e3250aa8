/* SPDX-License-Identifier: GPL-2.0-only */
/* iomem.h - System RAM, as /proc/iomem lists it */
#ifndef PGTOP_IOMEM_H
#define PGTOP_IOMEM_H

#include <stdint.h>

/**
 * iomem_parse - add up System RAM in the text of /proc/iomem
 *
 * Counts "System RAM" and hot-added "System RAM (kmem)" and the like at any depth, each byte
 * once.  @ret_bytes: their size as listed, not rounded to pages; @ret_end: the first address
 * above the highest of them.  A line is "START-END : NAME", END inclusive
 * (kernel/resource.c, r_show()).
 *
 * Returns 0; -EACCES when the addresses are hidden as zeros; -EBADMSG when no System RAM is
 * listed or a line cannot be parsed.
 */
int iomem_parse(const char *text, uint64_t *ret_bytes, uint64_t *ret_end);

/** iomem_system_ram - iomem_parse() of <root>/proc/iomem, or the negative errno of reading it
 */
int iomem_system_ram(const char *root, uint64_t *ret_bytes, uint64_t *ret_end);

#endif
