/* SPDX-License-Identifier: GPL-2.0-only */
/* base64.h - bytes as text that JSON can hold (RFC 4648, section 4) */
#ifndef PGTOP_BASE64_H
#define PGTOP_BASE64_H

#include <stddef.h>

/** base64_encode - @len bytes as text, NUL-terminated, owned by the caller; NULL without
 * memory
 */
char *base64_encode(const void *data, size_t len);

/**
 * base64_decode - the bytes that @text stands for
 *
 * Only what base64_encode() makes: padded, without line breaks, no bits left over.  Returns 0
 * with @ret, owned by the caller, -EBADMSG or -ENOMEM.
 */
int base64_decode(const char *text, unsigned char **ret, size_t *ret_len);

#endif
