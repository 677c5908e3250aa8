/* SPDX-License-Identifier: GPL-2.0-only */
/* svg.h - an address space as a picture */
#ifndef PGTOP_SVG_H
#define PGTOP_SVG_H

#include <stdio.h>

#include "address_map.h"

/**
 * svg_print - draw @m as SVG
 *
 * Each range is a block of squares, each square a piece of address space of the size given in
 * the legend, filled from below in the colours of the leaves that map it; what is not mapped
 * stays empty.  Text and tooltips carry the numbers.
 */
void svg_print(FILE *out, const char *title, const struct address_map *m,
	       const struct pagewalk *w);

/**
 * svg_write - the same into the file @path, as user_file_write() does it; "-": to standard
 * output
 *
 * Returns 0 or a negative errno.
 */
int svg_write(const char *path, const char *title, const struct address_map *m,
	      const struct pagewalk *w);

#endif
