// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "util/file.h"
#include "util/number.h"
#include "host/vmstat.h"

static int parse_count(const char *p, uint64_t *ret)
{
	uint64_t n;

	if (scan_u64(&p, 10, &n) || (*p && *p != '\n'))
		return -EBADMSG;
	*ret = n;
	return 0;
}

int vmstat_count(const char *text, const char *key, uint64_t *ret)
{
	size_t len = strlen(key);

	for (const char *p = text; *p; p = line_after(p)) {
		if (!strncmp(p, key, len) && p[len] == ' ')
			return parse_count(p + len + 1, ret);
	}
	return -ENOENT;
}
