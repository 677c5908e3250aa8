/* SPDX-License-Identifier: GPL-2.0-only */
/* utf8.h - whether bytes are text (RFC 3629, section 4) */
#ifndef PGTOP_UTF8_H
#define PGTOP_UTF8_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
