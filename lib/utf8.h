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

#endif
