/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmdline.h - the kernel command line, split as the kernel splits it
 *
 * parse_args() (kernel/params.c) and next_arg() (lib/cmdline.c): white space separates words
 * except between double quotes; quotes around a word or a value are not part of it; '-' and
 * '_' are the same in a name; what follows the word "--" is for the first process.
 */
#ifndef PGTOP_CMDLINE_H
#define PGTOP_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

/* "NAME" or "NAME=VALUE"; the parts point into the text and are not terminated. */
struct cmdline_word {
	const char *name, *value; /* value: NULL without '=' */
	size_t name_len, value_len;
};

/**
 * cmdline_next - the word at *@p, and move *@p behind it
 *
 * Returns false at the end of the kernel's part of the line.
 */
bool cmdline_next(const char **p, struct cmdline_word *ret);

/** cmdline_find - cmdline_next() until a word is called @name, as the kernel compares names */
bool cmdline_find(const char **p, const char *name, struct cmdline_word *ret);

/** cmdline_says - whether the value of @w is @value */
bool cmdline_says(const struct cmdline_word *w, const char *value);

/**
 * cmdline_value - the value of the last @name=VALUE
 *
 * Returns 0 with @buf filled, -ENOENT, or -ENOSPC (longer than @buf, which is untouched).
 */
int cmdline_value(const char *cmdline, const char *name, char *buf, size_t len);

#endif
