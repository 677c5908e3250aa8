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
	const char *device, *top, *point, *type;
	size_t top_len, point_len, type_len;
};

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
	m.device = p;
	m.top = next_field(p);
	m.top_len = strcspn(m.top, " \n");
	m.point = p = next_field(m.top);
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

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	       p[2] <= '7';
}

/* Blanks and backslashes are written as \ooo (fs/proc_namespace.c, mangle()). */
static int mount_unescape(const char *field, size_t n, char *buf, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		char c = field[i];

		if (c == '\\' && i + 3 < n && is_octal(field + i + 1)) {
			c = (field[i + 1] - '0') << 6 | (field[i + 2] - '0') << 3 |
			    (field[i + 3] - '0');
			i += 3;
		}
		if (at + 1 >= len)
			return -ENOSPC;
		buf[at++] = c;
	}
	buf[at] = '\0';
	return 0;
}

static bool is_type(const struct mount *m, const char *type)
{
	return m->type_len == strlen(type) && !memcmp(m->type, type, m->type_len);
}

int mountinfo_find(const char *text, const char *type, char *point, size_t point_len,
		   char *top, size_t top_len)
{
	struct mount m, found = { .point = NULL };
	int r;

	for (; *text; text = line_after(text)) {
		if (mount_parse(text, &m) || !is_type(&m, type))
			continue;
		if (!found.point || (m.top_len == 1 && found.top_len != 1))
			found = m;
	}
	if (!found.point)
		return -ENOENT;
	r = mount_unescape(found.point, found.point_len, point, point_len);
	return r ? r : mount_unescape(found.top, found.top_len, top, top_len);
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

/* Of "OPTION,NAME=VALUE,..." up to @end. */
static int option_copy(const char *p, const char *end, const char *name, char *buf, size_t len)
{
	size_t n = strlen(name);

	while (p < end) {
		size_t word = strcspn(p, ",\n");

		if (word > n && !strncmp(p, name, n) && p[n] == '=') {
			if (word - n > len)
				return -ENOSPC;
			*(char *)mempcpy(buf, p + n + 1, word - n - 1) = '\0';
			return 0;
		}
		p += word + 1;
	}
	*buf = '\0';
	return 0;
}

int mountinfo_option(const char *text, const char *type, unsigned int major,
		     unsigned int minor, const char *name, char *buf, size_t len)
{
	struct mount m;

	for (; *text; text = line_after(text)) {
		uint64_t its_major, its_minor;
		const char *p;

		if (mount_parse(text, &m))
			return -EBADMSG;
		p = m.device;
		if (scan_u64(&p, 10, &its_major) || *p++ != ':' ||
		    scan_u64(&p, 10, &its_minor))
			return -EBADMSG;
		if (its_major != major || its_minor != minor || m.type_len != strlen(type) ||
		    strncmp(m.type, type, m.type_len))
			continue;
		p = next_field(next_field(m.type)); /* behind the source */
		return option_copy(p, strchrnul(text, '\n'), name, buf, len);
	}
	return -ENOENT;
}
