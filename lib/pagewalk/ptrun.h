/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrun.h - join what single steps of a page walk saw to cells and ranges */
#ifndef PGTOP_PTRUN_H
#define PGTOP_PTRUN_H

#include <stdbool.h>

#include "pagewalk/leaf.h"
#include "pgtop/abi.h"

struct ptrun {
	const struct pagewalk_ops *ops; /* its cell and range are called, if set */
	bool ranges;			/* make ranges too (the kernel's: they are no VMAs) */
	struct pagewalk_cell cell;	/* not told yet if it has bytes */
	uint32_t cell_vma;
	struct pagewalk_range range; /* not told yet if it has an end */
	struct pagewalk_sum sum;
	unsigned int kinds; /* that are in the range, a bit each */
};

/**
 * ptrun_add - take the next step; steps come in ascending order
 *
 * Neighbours join into one cell if they lie in the same VMA and the same kind of leaf maps all
 * of both, into one range if they have the same kinds and permissions. Returns 0 or what a
 * callback returned.
 */
int ptrun_add(struct ptrun *run, const struct walk_record *r);
/** ptrun_end - tell what is still held back; 0 or what a callback returned */
int ptrun_end(struct ptrun *run);

#endif
