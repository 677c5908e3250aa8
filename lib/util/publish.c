// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

/* Where the file cannot be given to @a's group, that of the writer gets no right to it. */
static int set_attributes(int fd, const struct publish_attributes *a)
{
	mode_t mode = a->mode;

	if (a->owned && fchown(fd, a->uid, a->gid) && fchown(fd, (uid_t)-1, a->gid))
		mode &= ~(mode_t)S_IRWXG;
	return fchmod(fd, mode) ? -errno : 0;
}

static int publish_fill(int fd, const void *data, size_t len,
			const struct publish_attributes *a)
{
	int r = write_all(fd, data, len);

	if (!r)
		r = set_attributes(fd, a);
	if (!r && !a->unsynced && fsync(fd))
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
			   size_t len, const struct publish_attributes *a)
{
	_cleanup_close_ int dir = open_directory(path);
	int r = fd < 0 ? fd : publish_fill(fd, data, len, a);

	if (!r && dir < 0)
		r = dir;
	if (!r && rename(temp, path))
		r = -errno;
	if (r && fd >= 0)
		unlink(temp);
	return r || a->unsynced ? r : sync_fd(dir);
}

int publish_with(const char *path, const void *data, size_t len,
		 const struct publish_attributes *a)
{
	char temp[PATH_MAX];
	int fd;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return -ENAMETOOLONG;
	fd = mkostemp(temp, O_CLOEXEC);
	return publish_replace(fd < 0 ? -errno : fd, temp, path, data, len, a);
}

int publish(const char *path, const void *data, size_t len, mode_t mode)
{
	return publish_with(path, data, len, &(struct publish_attributes){ .mode = mode });
}

static int publish_temp(const char *temp, const char *path, const void *data, size_t len,
			const struct publish_attributes *a)
{
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, a->mode);

	return publish_replace(fd < 0 ? -errno : fd, temp, path, data, len, a);
}

int publish_by(const char *temp, const char *path, const void *data, size_t len, mode_t mode)
{
	return publish_temp(temp, path, data, len,
			    &(struct publish_attributes){ .mode = mode });
}

int publish_unsynced(const char *temp, const char *path, const void *data, size_t len,
		     mode_t mode)
{
	return publish_temp(temp, path, data, len,
			    &(struct publish_attributes){ .mode = mode, .unsynced = true });
}
