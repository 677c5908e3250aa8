// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "util/capability.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

int status_number(const char *status, const char *key, int base, uint64_t *ret)
{
	uint64_t n;

	for (const char *p = status; *p; p = line_after(p)) {
		if (strncmp(p, key, strlen(key)))
			continue;
		p += strlen(key);
		if (scan_u64(&p, base, &n) || (*p && *p != '\n'))
			return -EBADMSG;
		*ret = n;
		return 0;
	}
	return -EBADMSG;
}

bool status_is_filtered(const char *status)
{
	uint64_t mode;

	return !status_number(status, "Seccomp:", 10, &mode) && mode == SECCOMP_MODE_FILTER;
}

int capability_parse(const char *status, uint64_t *ret)
{
	return status_number(status, "CapEff:", 16, ret);
}

int capability_read(const char *root, uint64_t *ret)
{
	_cleanup_free_ char *status = NULL;
	int r = file_read(root, "/proc/self/status", &status, NULL);

	return r ? r : capability_parse(status, ret);
}

/* The first user namespace maps every user to itself (user_namespaces(7)). */
bool capability_is_namespaced(const char *root)
{
	_cleanup_free_ char *map = NULL;
	uint64_t inside, outside, n;
	const char *p;

	if (file_read(root, "/proc/self/uid_map", &map, NULL))
		return false;
	p = map;
	return scan_u64(&p, 10, &inside) || scan_u64(&p, 10, &outside) ||
	       scan_u64(&p, 10, &n) || inside || outside || n != UINT32_MAX;
}
