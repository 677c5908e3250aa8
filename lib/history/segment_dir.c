// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/segment_dir.h"
#include "util/array.h"
#include "util/util.h"

static bool is_trusted(const struct stat *st)
{
	return (!st->st_uid || st->st_uid == geteuid()) &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int dir_fail(int err, const char *path, char *why, size_t why_len)
{
	if (err == -ENOENT)
		snprintf(why, why_len, "there is no history in %s", path);
	else if (err == -ELOOP || err == -ENOTDIR)
		snprintf(why, why_len, "the history %s is not a directory", path);
	else
		snprintf(why, why_len, "the history %s cannot be read: %s", path,
			 strerror(-err));
	return err;
}

int segment_dir_open(const char *path, char *why, size_t why_len)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return dir_fail(-errno, path, why, why_len);
	if (!fstat(fd, &st) && is_trusted(&st))
		return fd;
	snprintf(why, why_len,
		 "the history %s is not trusted: it belongs to user %u with mode %04o, and "
		 "must be root's or yours and writable by nobody else",
		 path, st.st_uid, st.st_mode & 07777);
	close(fd);
	return -EPERM;
}

static int list_add(int dir, const char *name, struct segment **s, size_t *n)
{
	struct segment found;
	struct stat st;
	int r;

	if (segment_parse(name, &found) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(st.st_mode) || !is_trusted(&st))
		return 0;
	r = array_reserve_one(s, *n, sizeof(**s));
	if (r)
		return r;
	found.bytes = st.st_size;
	(*s)[(*n)++] = found;
	return 0;
}

int segment_dir_list(int dir, struct segment **ret, size_t *ret_n)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct segment *s = NULL;
	struct dirent *e;
	size_t n = 0;

	if (!d) {
		r = -errno;
		close_p(&again);
		return r;
	}
	while (!r && (e = readdir(d)))
		r = list_add(dir, e->d_name, &s, &n);
	closedir(d);
	if (r) {
		free(s);
		return r;
	}
	segments_sort(s, n);
	*ret = s;
	*ret_n = n;
	return 0;
}

int segment_dir_file(int dir, const char *name)
{
	struct segment s;
	struct stat st;
	int fd;

	if (segment_parse(name, &s))
		return -EINVAL;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && is_trusted(&st))
		return fd;
	close(fd);
	return -EPERM;
}
