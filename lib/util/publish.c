// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/publish.h"
#include "util/util.h"

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

static int publish_fill(int fd, const void *data, size_t len, mode_t mode)
{
	int r = write_all(fd, data, len);

	if (!r && fchmod(fd, mode))
		r = -errno;
	if (!r && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

static int open_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX] = ".";
	int fd;

	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", (int)MAX(slash - path, 1), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* EINVAL: a file system on which a directory cannot be synced. */
static int sync_fd(int dir)
{
	return fsync(dir) && errno != EINVAL ? -errno : 0;
}

int sync_directory(const char *path)
{
	_cleanup_close_ int dir = open_directory(path);

	return dir < 0 ? dir : sync_fd(dir);
}

/* @fd is @temp, open for writing, or a negative errno; closed here. */
static int publish_replace(int fd, const char *temp, const char *path, const void *data,
			   size_t len, mode_t mode)
{
	_cleanup_close_ int dir = open_directory(path);
	int r = fd < 0 ? fd : publish_fill(fd, data, len, mode);

	if (!r && dir < 0)
		r = dir;
	if (!r && rename(temp, path))
		r = -errno;
	if (r && fd >= 0)
		unlink(temp);
	return r ? r : sync_fd(dir);
}

int publish(const char *path, const void *data, size_t len, mode_t mode)
{
	char temp[PATH_MAX];
	int fd;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return -ENAMETOOLONG;
	fd = mkostemp(temp, O_CLOEXEC);
	return publish_replace(fd < 0 ? -errno : fd, temp, path, data, len, mode);
}

int publish_by(const char *temp, const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);

	return publish_replace(fd < 0 ? -errno : fd, temp, path, data, len, mode);
}

static int write_into(const char *path, const void *data, size_t len)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : write_all(fd, data, len);
}

static bool is_stdout(const struct stat *st)
{
	struct stat out;

	return !fstat(STDOUT_FILENO, &out) && out.st_dev == st->st_dev &&
	       out.st_ino == st->st_ino;
}

static int publish_target(const char *link, const void *data, size_t len, mode_t mode)
{
	_cleanup_free_ char *target = realpath(link, NULL);

	return target ? publish(target, data, len, mode) : -errno;
}

int publish_to(const char *path, const void *data, size_t len, mode_t mode)
{
	struct stat st, target;

	if (lstat(path, &st))
		return publish(path, data, len, mode);
	if (stat(path, &target))
		return -errno;
	if (is_stdout(&target))
		return write_all(STDOUT_FILENO, data, len);
	if (!S_ISREG(target.st_mode))
		return write_into(path, data, len);
	return S_ISLNK(st.st_mode) ? publish_target(path, data, len, mode)
				   : publish(path, data, len, mode);
}
