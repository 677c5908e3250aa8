/* SPDX-License-Identifier: GPL-2.0-only */
/* physmem.h - how far physical addresses reach on this machine */
#ifndef PGTOP_PHYSMEM_H
#define PGTOP_PHYSMEM_H

#include <stdint.h>

struct physmem {
	uint64_t ram_end; /* first address above all System RAM */
	uint64_t io_end;  /* first address above all that is listed; 0: not known */
};

/**
 * physmem_read - from <root>/proc/iomem; where that hides addresses, from zoneinfo
 *
 * Returns 0, -EBADMSG if neither names any memory, or the errno of reading them.
 */
int physmem_read(const char *root, uint64_t page_size, struct physmem *ret);

/** physmem_io_end - the first address above the last range in the text of /proc/iomem; 0: none
 */
uint64_t physmem_io_end(const char *iomem);

/**
 * physmem_zone_end - the first address above the last zone in the text of /proc/zoneinfo
 *
 * A zone lists "spanned N" and later "start_pfn: N", in pages (mm/vmstat.c,
 * zoneinfo_show_print()).  0: no zone with memory.
 */
uint64_t physmem_zone_end(const char *zoneinfo, uint64_t page_size);

#endif
