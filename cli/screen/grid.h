/* SPDX-License-Identifier: GPL-2.0-only */
/* grid.h - a table of short texts, printed in aligned columns */
#ifndef PGTOP_GRID_H
#define PGTOP_GRID_H

#include <stddef.h>
#include <stdio.h>

struct grid; /* opaque */

/* A column of names that gives way is not made narrower than this for the sake of others. */
#define GRID_NAME_WIDTH 36

/**
 * grid_new - a table with the columns of @head
 * @head: titles separated by '|'; a title that begins with '<' is aligned left, one that
 * begins with '~' also, and its texts are cut in the middle where the line gets too wide; the
 * others are aligned right.
 *
 * NULL without memory; all other functions accept that.
 */
struct grid *grid_new(const char *head);
void grid_free(struct grid *g);
/**
 * grid_cell - the next cell, from left to right, line after line
 *
 * One that cannot be kept, for want of memory, spoils the grid: see grid_print().
 */
void grid_cell(struct grid *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** grid_drop - leave out column @i, counted from 0, when printing */
void grid_drop(struct grid *g, size_t i);
/** grid_width - columns a full line takes, without what was dropped; a column of names counts
 * as GRID_NAME_WIDTH at most
 */
int grid_width(const struct grid *g);
/**
 * grid_print - print @width columns wide, each line behind @indent blanks
 *
 * Returns 0, -ENOMEM (a cell was lost, or @g is NULL), or -EINVAL (the last line is not
 * complete); then nothing is printed, for every cell behind it would stand in a wrong column.
 */
int grid_print(const struct grid *g, FILE *out, int indent, int width);

#endif
