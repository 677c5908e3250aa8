/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * summed_line.h - lines that show when they were cut or changed
 *
 * "SUM TEXT\n": the CRC-32 of RFC 1952 over TEXT as eight lower-case hexadecimal digits, one
 * blank, the text, which holds no newline.
 */
#ifndef PGTOP_SUMMED_LINE_H
#define PGTOP_SUMMED_LINE_H

#include <stddef.h>
#include <stdint.h>

#define SUMMED_LINE_TEXT 9 /* where the text begins */

/**
 * summed_line_begin - the sum of @text as a line begins with it, and the blank
 * @sum: in: 0, or the sum of the line before, to make a chain; out: that of this line
 */
void summed_line_begin(const char *text, size_t len, uint32_t *sum,
		       char begin[SUMMED_LINE_TEXT + 1]);

/**
 * summed_line_check - the text of @line, @len bytes without the newline
 * @sum: as above; untouched on failure
 *
 * Returns a pointer into @line, the text being the rest of it, or NULL if line and sum do not
 * match.
 */
const char *summed_line_check(const char *line, size_t len, uint32_t *sum);

#endif
