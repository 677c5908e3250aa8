// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/base64.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Up to three bytes make four digits. */
static void encode_group(const unsigned char *in, size_t n, char *out)
{
	uint32_t bits = in[0] << 16 | (n > 1 ? in[1] << 8 : 0) | (n > 2 ? in[2] : 0);

	for (size_t i = 0; i < 4; i++)
		out[i] = i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=';
}

char *base64_encode(const void *data, size_t len)
{
	char *text = len < SIZE_MAX / 2 ? malloc((len + 2) / 3 * 4 + 1) : NULL, *out = text;
	const unsigned char *in = data;

	if (!text)
		return NULL;
	for (; len; out += 4) {
		size_t n = len < 3 ? len : 3;

		encode_group(in, n, out);
		in += n;
		len -= n;
	}
	*out = '\0';
	return text;
}

/* Returns how many bytes the group at @in stands for, 0: it is none. */
static size_t decode_group(const char *in, int last, unsigned char *out)
{
	size_t n = last && in[3] == '=' ? (in[2] == '=' ? 1 : 2) : 3;
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *digit = i <= n ? strchr(digits, in[i]) : digits;

		if (!digit || !*digit)
			return 0;
		bits = bits << 6 | (uint32_t)(digit - digits);
	}
	if (bits & ((1u << 8 * (3 - n)) - 1))
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = bits >> (16 - 8 * i);
	return n;
}

int base64_decode(const char *text, unsigned char **ret, size_t *ret_len)
{
	size_t len = strlen(text), n = 0;
	unsigned char *data = len % 4 ? NULL : malloc(len / 4 * 3 + 1);

	if (!data)
		return len % 4 ? -EBADMSG : -ENOMEM;
	for (size_t i = 0; i < len; i += 4) {
		size_t got = decode_group(text + i, i + 4 == len, data + n);

		if (!got) {
			free(data);
			return -EBADMSG;
		}
		n += got;
	}
	*ret = data;
	*ret_len = n;
	return 0;
}
