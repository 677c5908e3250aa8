// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "host/cpuinfo.h"
#include "util/file.h"
#include "util/number.h"

/* The value of field @name, not terminated: it ends at @ret_len or the end of the line. */
static const char *cpuinfo_find(const char *text, const char *name, size_t *ret_len)
{
	size_t name_len = strlen(name);

	/* A blank line ends the first CPU. */
	for (const char *p = text; *p && *p != '\n'; p = line_after(p)) {
		const char *end = strchrnul(p, '\n');
		const char *v = p + name_len;

		if (strncmp(p, name, name_len))
			continue;
		v += strspn(v, " \t");
		if (*v != ':')
			continue;
		v++;
		v += strspn(v, " \t");
		while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*ret_len = end > v ? end - v : 0;
		return v;
	}
	return NULL;
}

int cpuinfo_field(const char *text, const char *name, char *buf, size_t len)
{
	size_t n;
	const char *v = cpuinfo_find(text, name, &n);

	if (!v)
		return -ENOENT;
	if (n >= len)
		return -ENOSPC;
	memcpy(buf, v, n);
	buf[n] = '\0';
	return 0;
}

int cpuinfo_number(const char *text, const char *name, uint64_t max, uint64_t *ret)
{
	char buf[32];
	int r = cpuinfo_field(text, name, buf, sizeof(buf));

	if (r == -ENOENT)
		return r;
	return r || parse_u64(buf, 10, max, ret) ? -EBADMSG : 0;
}

bool cpuinfo_has_flag(const char *text, const char *flag)
{
	size_t len = strlen(flag), n = 0;
	const char *p = cpuinfo_find(text, "flags", &n), *end = p ? p + n : NULL;

	while (p < end) {
		size_t word = strcspn(p, " \n");

		if (word == len && !memcmp(p, flag, len))
			return true;
		p += word + 1;
	}
	return false;
}
