/* SPDX-License-Identifier: GPL-2.0-only */
/* leaf_bar.h - one look for leaf sizes in every bar */
#ifndef PGTOP_LEAF_BAR_H
#define PGTOP_LEAF_BAR_H

#include "text.h"

/** leaf_bar_segment - a bar's segment for the @rank-th leaf size, counted from the base
 * granule */
struct text_segment leaf_bar_segment(const char *name, uint64_t bytes, size_t rank);

/** leaf_bar_legend - name the segments that are not empty, with bytes and shares, wrapped */
void leaf_bar_legend(FILE *out, const struct text_segment *seg, size_t n);

#endif
