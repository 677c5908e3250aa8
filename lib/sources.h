/* SPDX-License-Identifier: GPL-2.0-only */
/* sources.h - the list of all sources, opened and read together; see snapshot/source.h */
#ifndef PGTOP_SOURCES_H
#define PGTOP_SOURCES_H

#include <stdint.h>

#include "snapshot/source.h"

/* One a subject, each in the folder of its subject. */
extern const struct source_class source_machine; /* facts */
extern const struct source_class source_memory;	 /* meminfo, vmstat, PSI, buddyinfo */
extern const struct source_class source_mthp;	 /* mTHP sizes and khugepaged */
extern const struct source_class source_pmu;
extern const struct source_class source_contpte;
extern const struct source_class source_tlbflush;
extern const struct source_class source_linmap;	     /* splits and collapses */
extern const struct source_class source_linmap_walk; /* page walk of the linear map */
extern const struct source_class source_usermap;     /* page walk of the largest processes */

struct sources;

/**
 * sources_new - open the sources called in @wanted (bits from sources_bit()), all for ~0
 *
 * Returns 0 or -ENOMEM.
 */
int sources_new(struct host *h, const struct source_options *o, uint64_t wanted,
		struct probe *p, struct sources **ret);
/** sources_free - close them all; NULL is accepted */
void sources_free(struct sources *s);
/** sources_bit - the bit in @wanted of a source by name; 0 if there is none of that name */
uint64_t sources_bit(const char *name);

/** sources_read - a snapshot of now, owned by the caller.  Returns 0 or -ENOMEM. */
int sources_read(struct sources *s, struct snapshot **ret);
/** sources_read_some - the same, but of the sources in @wanted (bits from sources_bit()) only
 */
int sources_read_some(struct sources *s, uint64_t wanted, struct snapshot **ret);

#endif
