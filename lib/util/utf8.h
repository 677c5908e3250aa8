/* SPDX-License-Identifier: GPL-2.0-only */
/* utf8.h - whether bytes are text (RFC 3629, section 4) */
#ifndef PGTOP_UTF8_H
#define PGTOP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** utf8_length - bytes of the character at @p, which ends in a zero byte; 0: there is none */
size_t utf8_length(const char *p);
/** utf8_valid - whether all of @text is characters */
bool utf8_valid(const char *text);

/* U+FFFD: stands for a byte that begins no character. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/**
 * utf8_next - the character at *@text, which is not at its end, of @len bytes
 *
 * UTF8_REPLACEMENT where there is none.  *@text goes on behind it.
 */
const char *utf8_next(const char **text, size_t *len);

/** utf8_code - the code point of the character of @len bytes at @c, as utf8_length() has it */
uint32_t utf8_code(const char *c, size_t len);

/**
 * utf8_steers - whether a character, shown as it is, does something to a terminal or to the
 * text around it: controls (C0, DEL, C1), line and paragraph separators, and what is invisible
 * (direction marks, zero-width characters, tags)
 *
 * Unicode 15.0, general categories Cc, Zl, Zp and, of Cf, those without a shape
 * (https://www.unicode.org/Public/15.0.0/ucd/DerivedCoreProperties.txt,
 * Default_Ignorable_Code_Point); Unicode Technical Report 36, section 2.6, says why.
 */
bool utf8_steers(uint32_t code);

#endif
