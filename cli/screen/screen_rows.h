/* SPDX-License-Identifier: GPL-2.0-only */
/* screen_rows.h - the rows of a table of processes or cgroups that a screen shows, in order */
#ifndef PGTOP_SCREEN_ROWS_H
#define PGTOP_SCREEN_ROWS_H

#include "screen/screen_part.h"

#define SCREEN_COLUMNS 10

struct screen_rows_column {
	const char *column, *title;
	enum value_kind kind;
};

struct screen_rows {
	enum snapshot_table_id id;
	const struct table *t;
	struct screen_rows_column columns[SCREEN_COLUMNS];
	size_t ncolumns;
	const char *sort;	 /* of the columns; NULL: none has data, and no row is shown */
	char title[48];		 /* of the column that is there because it sorts */
	const struct row **rows; /* those that are wanted, sorted */
	size_t n;
};

/**
 * screen_rows_find - the rows of @id that @s wants, in the order in which it wants them
 *
 * Release @ret by screen_rows_done(), also on failure.  Returns 0 or -ENOMEM.
 */
int screen_rows_find(const struct screen *s, enum snapshot_table_id id,
		     struct screen_rows *ret);
void screen_rows_done(struct screen_rows *r);

/** screen_rows_head - "processes by unfolds, 4 of 8" where @shown are shown; returns @buf */
const char *screen_rows_head(const struct screen *s, const struct screen_rows *r, size_t shown,
			     char *buf, size_t len);

/** screen_rows_print - a line of titles, and @n rows from @first on */
void screen_rows_print(const struct screen *s, const struct screen_rows *r, size_t first,
		       size_t n);

/**
 * screen_rows_next - the column with data @step columns to the right of the one that sorts
 *
 * Behind the last comes the first.  NULL: no column has data.
 */
const char *screen_rows_next(const struct screen_rows *r, int step);

#endif
