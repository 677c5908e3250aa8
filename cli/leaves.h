/* SPDX-License-Identifier: GPL-2.0-only */
/* leaves.h - one look for leaf sizes in every bar */
#ifndef PGTOP_LEAVES_H
#define PGTOP_LEAVES_H

#include "text.h"

/** leaf_segment - a bar's segment for the @rank-th leaf size, counted from the base granule */
struct text_segment leaf_segment(const char *name, uint64_t bytes, size_t rank);

/** leaves_legend - name the segments that are not empty, with bytes and shares, wrapped */
void leaves_legend(FILE *out, const struct text_segment *seg, size_t n);

#endif
