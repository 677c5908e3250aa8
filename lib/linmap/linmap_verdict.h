/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linmap_verdict.h - how arm64 maps its linear map, why, and what would change it (pure)
 *
 * The one place that decides it.  What the page tables show comes first, then what the kernel
 * says of itself (linmap_files.h), then what follows from linmap_mode.h.  Where they disagree
 * the page tables are right, the verdict says who was wrong, and there is no remedy.  Nothing
 * that weakens a protection is a remedy unless the page tables or the kernel show pages.
 */
#ifndef PGTOP_LINMAP_VERDICT_H
#define PGTOP_LINMAP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "linmap/linmap_mode.h"
#include "snapshot/snapshot.h"

struct linmap_verdict {
	bool pages;
	bool unknown;	  /* the kernel was built either way, and nobody has looked */
	bool refuted;	  /* the page tables show the contrary of what was expected */
	char why[512];	  /* a clause */
	char remedy[320]; /* "" if nothing would help */
};

/** linmap_walked - what the page walk in @s found; LINMAP_NOT_WALKED if it has none */
enum linmap_walked linmap_walked(const struct snapshot *s);

/** linmap_judge - how the linear map is mapped, why, and what would change it */
void linmap_judge(const struct linmap_inputs *in, struct linmap_verdict *ret);

/**
 * linmap_table_bytes - page tables that mapping @bytes by pages needs and blocks do not
 *
 * One table, a page in size, for each PMD leaf: 2 MiB a GiB with 4 KiB pages.
 */
uint64_t linmap_table_bytes(uint64_t bytes, uint64_t page_size);

#endif
