// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/array.h"
#include "util/array.h"
#include "util/file.h"
#include "util/number.h"
#include "util/util.h"

/* Read at a time where lines are handed out */
#define LINES_BYTES 65536

static int file_join(const char *root, const char *path, char *buf, size_t len)
{
	int n = snprintf(buf, len, "%s%s", root ? root : "", path);

	return n < 0 || (size_t)n >= len ? -ENAMETOOLONG : 0;
}

static int open_read(const char *root, const char *path)
{
	char full[PATH_MAX];
	int r, fd;

	r = file_join(root, path, full, sizeof(full));
	if (r)
		return r;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Read to the end into a buffer that doubles: /proc does not tell the size before. */
static int file_slurp(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *buf = NULL;
	size_t len = 0, cap = 0;

	for (;;) {
		ssize_t n;

		if (len + 2 > FILE_MAX_BYTES)
			return -EFBIG;
		if (array_reserve(&buf, &cap, len + 2, 1))
			return -ENOMEM;
		n = read(fd, buf + len, cap - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += n;
	}
	buf[len] = '\0';
	*ret = buf;
	*ret_len = len;
	buf = NULL;
	return 0;
}

int file_read_bytes(const char *root, const char *path, char **ret, size_t *len)
{
	_cleanup_close_ int fd = open_read(root, path);

	return fd < 0 ? fd : file_slurp(fd, ret, len);
}

int file_read(const char *root, const char *path, char **ret, size_t *len)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	int r = file_read_bytes(root, path, &text, &n);

	if (r)
		return r;
	if (strlen(text) != n)
		return -EBADMSG;
	if (len)
		*len = n;
	*ret = text;
	text = NULL;
	return 0;
}

/* Hand out the lines in the @n bytes at @buf; @used: what they take.  The last line of a file
 * need not end. */
static int hand_out_lines(char *buf, size_t n, bool is_end,
			  int (*fn)(void *arg, const char *line), void *arg, size_t *used)
{
	int r = memchr(buf, '\0', n) ? -EBADMSG : 0;
	char *line = buf, *end = buf + n;

	while (!r && line < end) {
		char *newline = memchr(line, '\n', end - line);

		if (!newline && !is_end)
			break;
		newline = newline ? newline : end;
		*newline = '\0';
		r = fn(arg, line);
		line = newline < end ? newline + 1 : end;
	}
	*used = line - buf;
	return r;
}

int file_lines(const char *root, const char *path, int (*fn)(void *arg, const char *line),
	       void *arg)
{
	_cleanup_close_ int fd = open_read(root, path);
	size_t room = 0, have = 0, used;
	_cleanup_free_ char *buf = NULL;
	ssize_t n = 1;
	int r = fd < 0 ? fd : 0;

	while (!r && n) {
		if (have >= FILE_MAX_BYTES)
			return -EBADMSG;
		if (array_reserve(&buf, &room, have + LINES_BYTES, 1))
			return -ENOMEM;
		n = read(fd, buf + have, room - have - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		have += n;
		r = hand_out_lines(buf, have, !n, fn, arg, &used);
		have -= used;
		memmove(buf, buf + used, have);
	}
	return r;
}

int file_read_line(const char *root, const char *path, char **ret)
{
	_cleanup_free_ char *text = NULL;
	char *end;
	int r;

	r = file_read(root, path, &text, NULL);
	if (r)
		return r;
	end = strchr(text, '\n');
	if (end && end[1])
		return -EBADMSG;
	if (end)
		*end = '\0';
	*ret = text;
	text = NULL;
	return 0;
}

int file_read_u64(const char *root, const char *path, uint64_t *ret)
{
	_cleanup_free_ char *line = NULL;
	int r;

	r = file_read_line(root, path, &line);
	if (r)
		return r;
	return parse_u64(line, 0, UINT64_MAX, ret) ? -EBADMSG : 0;
}

int choice_parse(const char *line, char **ret)
{
	const char *from = line + strcspn(line, "[]");
	size_t len = *from == '[' ? strcspn(++from, "[] \t\n") : 0;
	char *word;

	if (!len || from[len] != ']' || strpbrk(from + len + 1, "[]"))
		return -EBADMSG;
	word = strndup(from, len);
	if (!word)
		return -ENOMEM;
	*ret = word;
	return 0;
}

int file_read_choice(const char *root, const char *path, char **ret)
{
	_cleanup_free_ char *line = NULL;
	int r = file_read_line(root, path, &line);

	return r ? r : choice_parse(line, ret);
}

void strings_free(char **strings)
{
	for (size_t i = 0; strings && strings[i]; i++)
		free(strings[i]);
	free(strings);
}

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int file_list(const char *root, const char *path, char ***ret)
{
	char full[PATH_MAX];
	struct dirent **entries;
	char **names;
	int n, r = file_join(root, path, full, sizeof(full));

	if (r)
		return r;
	n = scandir(full, &entries, not_hidden, by_name);
	if (n < 0)
		return -errno;
	names = calloc(n + 1, sizeof(*names));
	for (int i = 0; i < n; i++) {
		if (names && !r && !(names[i] = strdup(entries[i]->d_name)))
			r = -ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (!names || r) {
		strings_free(names);
		return -ENOMEM;
	}
	*ret = names;
	return 0;
}

const char *line_after(const char *p)
{
	p = strchrnul(p, '\n');
	return *p ? p + 1 : p;
}

int file_check(const char *root, const char *path)
{
	char full[PATH_MAX];
	int r = file_join(root, path, full, sizeof(full));

	return r || !access(full, F_OK) ? r : -errno;
}

int file_exists(const char *root, const char *path)
{
	return !file_check(root, path);
}

/* Every procfs has "self", every sysfs "kernel". */
int file_place_exists(const char *root, const char *path)
{
	return file_exists(root, strncmp(path, "/sys/", 5) ? "/proc/self" : "/sys/kernel");
}

const char *file_remedy(const char *root, int err, const char *path)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
		if (file_place_exists(root, path))
			return NULL;
		return strncmp(path, "/sys/", 5) ? "mount proc on /proc"
						 : "mount sysfs on /sys";
	case EACCES:
	case EPERM:
		return "run as root";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files (ulimit -n, LimitNOFILE=)";
	default:
		return NULL;
	}
}

const char *file_why(int err, const char *path, char *buf, size_t len)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
		snprintf(buf, len, "%s is missing", path);
		break;
	case EACCES:
	case EPERM:
		snprintf(buf, len, "%s may not be read by this user", path);
		break;
	case EBADMSG:
		snprintf(buf, len, "%s holds text pgtop cannot parse", path);
		break;
	case EFBIG:
		snprintf(buf, len, "%s is larger than pgtop reads", path);
		break;
	case ESRCH:
		snprintf(buf, len, "%s vanished while it was read", path);
		break;
	default:
		snprintf(buf, len, "%s cannot be read: %s", path, strerror(-err));
	}
	return buf;
}
