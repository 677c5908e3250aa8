// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host/mountinfo.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS" */
struct mount {
	uint64_t id, parent;
	const char *point, *type;
	size_t point_len, type_len;
};

#define FIELDS_TO_POINT 2 /* behind PARENT: MAJOR:MINOR, ROOT */

static const char *next_field(const char *p)
{
	p += strcspn(p, " \n");
	return p + (*p == ' ');
}

static int mount_parse(const char *line, struct mount *ret)
{
	const char *p = line, *end = strchrnul(line, '\n'), *dash;
	struct mount m;

	if (scan_u64(&p, 10, &m.id) || scan_u64(&p, 10, &m.parent) || *p++ != ' ')
		return -EBADMSG;
	for (int i = 0; i < FIELDS_TO_POINT; i++)
		p = next_field(p);
	m.point = p;
	m.point_len = strcspn(p, " \n");
	dash = memmem(p, end - p, " - ", 3);
	if (!m.point_len || !dash)
		return -EBADMSG;
	m.type = dash + 3;
	m.type_len = strcspn(m.type, " \n");
	*ret = m;
	return 0;
}

/* The paths asked for hold no character that the kernel would write as \ooo. */
static bool mount_holds(const struct mount *m, const char *path)
{
	size_t n = m->point_len;

	if (n == 1 && *m->point == '/')
		return true;
	return !strncmp(path, m->point, n) && (path[n] == '/' || !path[n]);
}

/*
 * The first mount on the way to @path that lies directly on @below; NULL: one that lies on
 * none on that way.
 */
static int find_next(const char *text, const char *path, const struct mount *below,
		     struct mount *ret)
{
	bool found = false;
	struct mount m;

	for (; *text; text = line_after(text)) {
		if (mount_parse(text, &m))
			return -EBADMSG;
		if (!mount_holds(&m, path) || (below && m.parent != below->id) ||
		    (below && m.id == below->id))
			continue;
		if (found && ret->point_len <= m.point_len)
			continue;
		*ret = m;
		found = true;
	}
	return found ? 0 : -ENOENT;
}

static size_t mount_count(const char *text)
{
	size_t n = 0;

	for (; *text; text = line_after(text))
		n++;
	return n;
}

int mountinfo_type(const char *text, const char *path, char *buf, size_t len)
{
	/* No way is longer than all mounts; a file that makes a circle is none of the
	 * kernel's. */
	size_t left = mount_count(text);
	struct mount at, next;
	int r = find_next(text, path, NULL, &at);

	if (r)
		return r;
	while (left-- && !find_next(text, path, &at, &next))
		at = next;
	if (at.type_len >= len)
		return -ENOSPC;
	memcpy(buf, at.type, at.type_len);
	buf[at.type_len] = '\0';
	return 0;
}

int file_is_foreign(const char *root, const char *path, char *buf, size_t len)
{
	const char *own = strncmp(path, "/proc/", 6) ? "sysfs" : "proc";
	_cleanup_free_ char *text = NULL;
	char type[64];
	int r = file_read(root, "/proc/self/mountinfo", &text, NULL);

	if (r == -ENOMEM)
		return r;
	if (r || mountinfo_type(text, path, type, sizeof(type)) || !strcmp(type, own))
		return 0;
	snprintf(buf, len, "%s", type);
	return 1;
}
