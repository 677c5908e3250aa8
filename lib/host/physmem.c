// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "util/file.h"
#include "host/iomem.h"
#include "util/number.h"
#include "host/physmem.h"
#include "util/util.h"

uint64_t physmem_io_end(const char *iomem)
{
	uint64_t end = 0, first, last;

	for (const char *p = iomem; *p; p = line_after(p)) {
		const char *s = p;

		if (!scan_u64(&s, 16, &first) && *s++ == '-' && !scan_u64(&s, 16, &last) &&
		    last < UINT64_MAX && last >= end && last)
			end = last + 1;
	}
	return end;
}

/* The number after @key at the start of the line, blanks aside. */
static int line_number(const char *line, const char *key, uint64_t *ret)
{
	line += strspn(line, " ");
	if (strncmp(line, key, strlen(key)))
		return -ENOENT;
	line += strlen(key);
	return scan_u64(&line, 10, ret);
}

uint64_t physmem_zone_end(const char *zoneinfo, uint64_t page_size)
{
	uint64_t end = 0, spanned = 0, start;

	for (const char *p = zoneinfo; *p; p = line_after(p)) {
		line_number(p, "spanned ", &spanned);
		if (line_number(p, "start_pfn:", &start) || !spanned)
			continue;
		if (start < UINT64_MAX / page_size && spanned < UINT64_MAX / page_size - start)
			end = MAX(end, (start + spanned) * page_size);
		spanned = 0;
	}
	return end;
}

int physmem_read(const char *root, uint64_t page_size, struct physmem *ret)
{
	_cleanup_free_ char *iomem = NULL, *zoneinfo = NULL;
	struct physmem m = { 0 };
	uint64_t bytes;
	int r;

	r = file_read(root, "/proc/iomem", &iomem, NULL);
	if (!r && !iomem_parse(iomem, &bytes, &m.ram_end)) {
		m.io_end = physmem_io_end(iomem);
		*ret = m;
		return 0;
	}
	r = file_read(root, "/proc/zoneinfo", &zoneinfo, NULL);
	if (r)
		return r;
	m.ram_end = physmem_zone_end(zoneinfo, page_size);
	if (!m.ram_end)
		return -EBADMSG;
	*ret = m;
	return 0;
}
