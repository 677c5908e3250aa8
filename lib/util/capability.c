// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "util/capability.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

int capability_parse(const char *status, uint64_t *ret)
{
	static const char name[] = "CapEff:";
	uint64_t set;

	for (const char *p = status; *p; p = line_after(p)) {
		if (strncmp(p, name, strlen(name)))
			continue;
		p += strlen(name);
		if (scan_u64(&p, 16, &set) || (*p && *p != '\n'))
			return -EBADMSG;
		*ret = set;
		return 0;
	}
	return -EBADMSG;
}

int capability_read(const char *root, uint64_t *ret)
{
	_cleanup_free_ char *status = NULL;
	int r = file_read(root, "/proc/self/status", &status, NULL);

	return r ? r : capability_parse(status, ret);
}
