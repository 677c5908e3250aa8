/* SPDX-License-Identifier: GPL-2.0-only */
/* sort.h - the columns by which processes can be sorted, here or elsewhere */
#ifndef PGTOP_SORT_H
#define PGTOP_SORT_H

#include <stdbool.h>

#include "snapshot/snapshot.h"

/** sort_known - whether @column is one that some machine has; pgtop(8) lists them */
bool sort_known(const char *column);

/** sort_names - all of them, separated by commas, owned by the caller; NULL: out of memory */
char *sort_names(void);

/**
 * sort_why_not - why a known @column has no numbers in @s, a clause
 * @interval: whether there is another snapshot, and so are rates
 *
 * NULL if it has some, or there is no process.
 */
const char *sort_why_not(const struct snapshot *s, bool interval, const char *column);

#endif
