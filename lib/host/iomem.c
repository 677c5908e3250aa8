// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util/file.h"
#include "host/iomem.h"
#include "util/number.h"
#include "util/util.h"

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static int iomem_parse_range(const char **p, uint64_t *ret_first, uint64_t *ret_last)
{
	const char *s = *p;
	uint64_t first, last;

	if (scan_u64(&s, 16, &first) || *s++ != '-' || scan_u64(&s, 16, &last))
		return -EBADMSG;
	if (last < first || last == UINT64_MAX || !has_prefix(s, " : "))
		return -EBADMSG;
	*p = s + strlen(" : ");
	*ret_first = first;
	*ret_last = last;
	return 0;
}

int iomem_parse(const char *text, uint64_t *ret_bytes, uint64_t *ret_end)
{
	uint64_t bytes = 0, end = 0, first, last;
	bool hidden = false;

	for (const char *p = text; *p; p = line_after(p)) {
		int r = iomem_parse_range(&p, &first, &last);

		if (r)
			return r;
		if (!has_prefix(p, "System RAM"))
			continue;
		if (last == 0) {
			hidden = true;
			continue;
		}
		/* Siblings ascend and children follow their parent: below @end it was counted.
		 */
		if (last < end)
			continue;
		if (first < end)
			return -EBADMSG;
		bytes += last - first + 1;
		end = last + 1;
	}
	if (!bytes)
		return hidden ? -EACCES : -EBADMSG;
	*ret_bytes = bytes;
	*ret_end = end;
	return 0;
}

int iomem_system_ram(const char *root, uint64_t *ret_bytes, uint64_t *ret_end)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(root, "/proc/iomem", &text, NULL);

	return r ? r : iomem_parse(text, ret_bytes, ret_end);
}
