// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "file.h"
#include "meminfo.h"
#include "number.h"

static int parse_kib(const char *p, uint64_t *ret)
{
	uint64_t kib;

	if (scan_u64(&p, 10, &kib) || kib > UINT64_MAX / 1024)
		return -EBADMSG;
	if (strncmp(p, " kB", 3) || (p[3] && p[3] != '\n'))
		return -EBADMSG;
	*ret = kib * 1024;
	return 0;
}

int meminfo_bytes(const char *text, const char *key, uint64_t *ret)
{
	size_t len = strlen(key);

	for (const char *p = text; *p; p = line_after(p)) {
		if (!strncmp(p, key, len) && p[len] == ':')
			return parse_kib(p + len + 1, ret);
	}
	return -ENOENT;
}
