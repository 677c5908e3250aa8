/* SPDX-License-Identifier: GPL-2.0-only */
/* grid.h - a table of short texts, printed in aligned columns */
#ifndef PGTOP_GRID_H
#define PGTOP_GRID_H

#include <stddef.h>
#include <stdio.h>

struct grid; /* opaque */

/**
 * grid_new - a table with the columns of @head
 * @head: titles separated by '|'; a title that begins with '<' is aligned left, the others
 * right.  The last column is cut to fit the width.
 *
 * NULL without memory; all other functions accept that.
 */
struct grid *grid_new(const char *head);
void grid_free(struct grid *g);
/** grid_cell - the next cell, from left to right, line after line */
void grid_cell(struct grid *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** grid_drop - leave out column @i, counted from 0, when printing */
void grid_drop(struct grid *g, size_t i);
/** grid_width - characters a full line takes, without what was dropped */
int grid_width(const struct grid *g);
/** grid_print - print at most @width columns wide, each line behind @indent blanks */
void grid_print(const struct grid *g, FILE *out, int indent, int width);

#endif
