/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - numbers, names, bars and wrapped lines for people */
#ifndef PGTOP_TEXT_H
#define PGTOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "snapshot/snapshot.h"

#define TEXT_WIDTH 79 /* where the width of the terminal is not known */
#define TEXT_LEN   32 /* enough for every text_* function that takes a buffer */

/* Unknown is shown as "-", never as 0. */
#define TEXT_UNKNOWN "-"

/** text_columns - how wide a line may be: TEXT_WIDTH, or what text_set_columns() was given */
int text_columns(void);
/** text_set_columns - lines may be @columns wide; below 40 and above 200 it is 40 and 200 */
void text_set_columns(int columns);

/** text_si - three digits and a power of 1000: "0", "12.3", "4.56k"; returns @buf */
const char *text_si(double n, char *buf);
/** text_bytes - three digits and a power of 1024: "0", "12.3K", "4.56G"; returns @buf */
const char *text_bytes(uint64_t bytes, char *buf);
/** text_time - three digits: "999 ns", "12.3 us", "4.56 ms", "78.9 s"; returns @buf */
const char *text_time(uint64_t ns, char *buf);
/** text_percent - @part of @whole: "12.3%", "-" when @whole is 0; returns @buf */
const char *text_percent(uint64_t part, uint64_t whole, char *buf);
/** text_rate - a change over @interval_ns per second, "-" when unknown; returns @buf */
const char *text_rate(const struct value *v, uint64_t interval_ns, char *buf);
/** text_value - a known number by text_si() or text_bytes(), else "-"; returns @buf */
const char *text_value(const struct value *v, enum value_unit unit, char *buf);

/*
 * Text that these four print is cleaned as by text_clean(): reasons and names in it may come
 * from a record, which anybody can have made.
 */
/** text_heading - a section's title, bold when @color */
void text_heading(FILE *out, bool color, const char *title);

/**
 * text_wrap - print @text from column @column on, wrapped at text_columns(), and a newline
 * @column: where the cursor is; @indent: blanks before each further line
 */
void text_wrap(FILE *out, int column, int indent, const char *text);

/** text_item - print @first and then @text, wrapped, further lines behind @indent blanks */
void text_item(FILE *out, const char *first, int indent, const char *text);

/** text_line - a formatted line behind two blanks, wrapped behind four */
void text_line(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * text_clean - replace each character that steers (see utf8.h), and each byte that is no
 * UTF-8, by '?', in place; returns @text
 *
 * Names of processes and files are chosen by others and must not steer the terminal.
 */
char *text_clean(char *text);

/** text_width - columns of a terminal that @text takes, once it is clean */
int text_width(const char *text);

/**
 * text_fit - @text, or, where that is wider than @width columns, its beginning and end with
 * "..." between
 *
 * The end is twice as long: it tells files and pods from each other.  No character is cut.
 * @len: of @buf, 4 bytes for a column are enough but for combining characters, of which some
 * may be lost.  Returns @buf.
 */
const char *text_fit(const char *text, int width, char *buf, size_t len);

/** text_cut - the same for sentences: the beginning and "...".  Returns @buf. */
const char *text_cut(const char *text, int width, char *buf, size_t len);

/** text_cut_list - the same for items between ", " or "; ": those that fit, and "...". Returns
 * @buf. */
const char *text_cut_list(const char *text, int width, char *buf, size_t len);

struct text_segment {
	const char *name;
	uint64_t n;
	char mark; /* the character that draws it */
	int color; /* ANSI colour 1..7 */
};

/**
 * text_bar - draw @segments as a bar of @width characters
 *
 * A segment that is not empty gets at least one character.
 */
void text_bar(FILE *out, bool color, const struct text_segment *segments, size_t n, int width);

#endif
