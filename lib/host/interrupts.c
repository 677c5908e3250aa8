// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "util/file.h"
#include "host/interrupts.h"
#include "util/number.h"

/* The numbers at @p, up to what is none: a description follows. */
static int sum_columns(const char *p, uint64_t *ret)
{
	uint64_t n, sum = 0;
	int r = scan_u64(&p, 10, &n);

	if (r)
		return -EBADMSG;
	for (; !r; r = scan_u64(&p, 10, &n))
		if (__builtin_add_overflow(sum, n, &sum))
			return -EBADMSG;
	if (r == -ERANGE)
		return -EBADMSG;
	*ret = sum;
	return 0;
}

int interrupts_count(const char *text, const char *name, uint64_t *ret)
{
	size_t len = strlen(name);

	for (const char *p = text; *p; p = line_after(p)) {
		p += strspn(p, " ");
		if (!strncmp(p, name, len) && p[len] == ':')
			return sum_columns(p + len + 1, ret);
	}
	return -ENOENT;
}
