// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/number.h"
#include "util/util.h"

static int number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

int scan_u64(const char **p, int base, uint64_t *ret)
{
	const char *s = skip_blanks(*p);
	uint64_t n = 0;

	if (base == 16 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
	    number_digit(s[2]) < 16)
		s += 2;
	if (number_digit(*s) >= base)
		return -EINVAL;
	for (; number_digit(*s) < base; s++) {
		if (__builtin_mul_overflow(n, (uint64_t)base, &n) ||
		    __builtin_add_overflow(n, (uint64_t)number_digit(*s), &n))
			return -ERANGE;
	}
	*p = s;
	*ret = n;
	return 0;
}

int parse_u64(const char *text, int base, uint64_t max, uint64_t *ret)
{
	uint64_t n;
	int r;

	if (!text)
		return -EINVAL;
	text = skip_blanks(text);
	if (base == 0)
		base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	r = scan_u64(&text, base, &n);
	if (r)
		return r;
	while (isspace((unsigned char)*text))
		text++;
	if (*text)
		return -EINVAL;
	if (n > max)
		return -ERANGE;
	*ret = n;
	return 0;
}

int parse_size(const char *text, uint64_t *ret)
{
	static const char suffix[] = "KMGT";
	const char *p = text;
	uint64_t n;
	int r;

	if (!text)
		return -EINVAL;
	r = scan_u64(&p, 10, &n);
	if (r)
		return r;
	for (int i = 0; *p && suffix[i]; i++) {
		if (toupper((unsigned char)*p) != suffix[i])
			continue;
		if (n > UINT64_MAX >> (10 * (i + 1)))
			return -ERANGE;
		n <<= 10 * (i + 1);
		p++;
		break;
	}
	if (*p)
		return -EINVAL;
	*ret = n;
	return 0;
}

int parse_duration(const char *text, uint64_t *ret)
{
	static const struct {
		const char *unit;
		uint64_t s;
	} units[] = { { "", 1 },     { "s", 1 },      { "m", 60 },
		      { "min", 60 }, { "h", HOUR_S }, { "d", DAY_S } };
	const char *p = text;
	uint64_t n;
	int r = scan_u64(&p, 10, &n);

	if (r)
		return r;
	p = skip_blanks(p);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(p, units[i].unit))
			continue;
		if (n > DURATION_MAX_S / units[i].s)
			return -ERANGE;
		*ret = n * units[i].s;
		return 0;
	}
	return -EINVAL;
}

char *format_size(uint64_t bytes, char *buf, size_t len)
{
	static const char suffix[] = "\0KMGT";
	int i = 0;

	while (bytes && bytes % 1024 == 0 && suffix[i + 1]) {
		bytes /= 1024;
		i++;
	}
	snprintf(buf, len, "%" PRIu64 "%.1s", bytes, &suffix[i]);
	return buf;
}
