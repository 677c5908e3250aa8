// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/cpulist.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

static int cpulist_parse_range(const char **p, struct cpulist *l)
{
	uint64_t first, last;
	int r = scan_u64(p, 10, &first);

	if (r)
		return r;
	last = first;
	if (**p == '-') {
		(*p)++;
		r = scan_u64(p, 10, &last);
	}
	if (r)
		return r;
	if (last >= CPULIST_MAX)
		return -ERANGE;
	if (last < first)
		return -EINVAL;
	for (uint64_t cpu = first; cpu <= last; cpu++)
		cpulist_add(l, cpu);
	return 0;
}

int cpulist_parse(const char *text, struct cpulist *ret)
{
	struct cpulist l = { 0 };
	const char *p = text;
	int r = p ? 0 : -EINVAL;

	while (!r && *p && *p != '\n') {
		r = cpulist_parse_range(&p, &l);
		if (r)
			return r;
		if (*p == ',' && p[1] != '\0' && p[1] != '\n')
			p++;
		else if (*p && *p != '\n')
			return -EINVAL;
	}
	if (!r && *p == '\n' && p[1])
		r = -EINVAL;
	if (!r)
		*ret = l;
	return r;
}

int cpulist_read(const char *root, const char *path, struct cpulist *ret)
{
	_cleanup_free_ char *line = NULL;
	int r = file_read_line(root, path, &line);

	if (r)
		return r;
	return cpulist_parse(line, ret) ? -EBADMSG : 0;
}

unsigned int cpulist_count(const struct cpulist *l)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(l->bits); i++)
		n += __builtin_popcountll(l->bits[i]);
	return n;
}

unsigned int cpulist_next(const struct cpulist *l, unsigned int cpu)
{
	size_t i = cpu / 64;
	uint64_t word;

	if (cpu >= CPULIST_MAX)
		return CPULIST_MAX;
	word = l->bits[i] & ~0ull << (cpu % 64);
	while (!word && ++i < ARRAY_SIZE(l->bits))
		word = l->bits[i];
	return word ? i * 64 + __builtin_ctzll(word) : CPULIST_MAX;
}

static unsigned int run_end(const struct cpulist *l, unsigned int first)
{
	while (cpulist_has(l, first + 1))
		first++;
	return first;
}

char *cpulist_format(const struct cpulist *l, char *buf, size_t len)
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned int first = cpulist_next(l, 0), last; first < CPULIST_MAX;
	     first = cpulist_next(l, last + 1)) {
		char range[24];
		int n;

		last = run_end(l, first);
		n = snprintf(range, sizeof(range), last > first ? "%s%u-%u" : "%s%u",
			     at ? "," : "", first, last);
		if (at + n >= len) {
			size_t keep = len > 4 ? MIN(at, len - 4) : 0;

			snprintf(buf + keep, len - keep, "...");
			break;
		}
		memcpy(buf + at, range, n + 1);
		at += n;
	}
	return buf;
}
