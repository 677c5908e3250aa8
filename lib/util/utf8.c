// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "util/utf8.h"

/* By the first byte; 0: no character begins so. */
static size_t length_by(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t utf8_length(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = length_by(*p);

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool utf8_valid(const char *text)
{
	while (*text) {
		size_t n = utf8_length(text);

		if (!n)
			return false;
		text += n;
	}
	return true;
}

const char *utf8_next(const char **text, size_t *len)
{
	const char *c = *text;

	*len = utf8_length(c);
	*text += *len ? *len : 1;
	if (*len)
		return c;
	*len = strlen(UTF8_REPLACEMENT);
	return UTF8_REPLACEMENT;
}
