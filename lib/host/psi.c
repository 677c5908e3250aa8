// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "util/file.h"
#include "util/number.h"
#include "host/psi.h"

static int parse_total(const char *line, uint64_t *ret)
{
	const char *end = strchrnul(line, '\n');
	const char *p = strstr(line, " total=");
	uint64_t us;

	if (!p)
		return -EBADMSG;
	/* A total of a later line does not end where this line does. */
	p += strlen(" total=");
	if (scan_u64(&p, 10, &us) || p != end || us > UINT64_MAX / 1000)
		return -EBADMSG;
	*ret = us * 1000;
	return 0;
}

int psi_total_ns(const char *text, const char *kind, uint64_t *ret)
{
	size_t len = strlen(kind);

	for (const char *p = text; *p; p = line_after(p)) {
		if (!strncmp(p, kind, len) && p[len] == ' ')
			return parse_total(p + len, ret);
	}
	return -ENOENT;
}
