// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "host/buddyinfo.h"
#include "util/file.h"
#include "util/number.h"

/* Move *@p behind "Node N, zone NAME". */
static int skip_zone(const char **p)
{
	const char *s = *p;
	uint64_t node;

	if (strncmp(s, "Node", 4))
		return -EBADMSG;
	s += 4;
	if (scan_u64(&s, 10, &node) || strncmp(s, ", zone", 6))
		return -EBADMSG;
	s += 6;
	s += strspn(s, " ");
	*p = s + strcspn(s, " \n");
	return *p == s ? -EBADMSG : 0;
}

static int add_zone(const char *p, struct buddyinfo *b)
{
	unsigned int i = 0;
	uint64_t n;

	while (!scan_u64(&p, 10, &n)) {
		if (i == BUDDYINFO_ORDERS ||
		    __builtin_add_overflow(b->free[i], n, &b->free[i]))
			return -EBADMSG;
		i++;
	}
	p += strspn(p, " ");
	if ((*p && *p != '\n') || !i || (b->orders && b->orders != i))
		return -EBADMSG;
	b->orders = i;
	return 0;
}

int buddyinfo_parse(const char *text, struct buddyinfo *ret)
{
	struct buddyinfo b = { 0 };

	for (const char *p = text; *p; p = line_after(p)) {
		if (skip_zone(&p) || add_zone(p, &b))
			return -EBADMSG;
	}
	if (!b.orders)
		return -EBADMSG;
	*ret = b;
	return 0;
}
