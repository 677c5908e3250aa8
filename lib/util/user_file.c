// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/publish.h"
#include "util/user_file.h"
#include "util/util.h"

#define LINKS_MAX 40 /* as the kernel: include/linux/namei.h, MAXSYMLINKS */

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

/* The length of @path up to its last component, with the slash. */
static size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Whether somebody may have put @st, which is at @path, there to be written to by others. */
static bool is_planted(const char *path, const struct stat *st)
{
	char dir[PATH_MAX];
	struct stat d;

	if (st->st_uid == geteuid())
		return false;
	if (S_ISLNK(st->st_mode))
		return st->st_uid != 0;
	snprintf(dir, sizeof(dir), "%.*s", (int)directory_length(path), path);
	return stat(*dir ? dir : ".", &d) ||
	       (d.st_mode & S_ISVTX && d.st_mode & (S_IWGRP | S_IWOTH) &&
		st->st_uid != d.st_uid);
}

/* In place of the link at @path, where it leads. */
static int follow_link(int link, char path[PATH_MAX])
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	size_t dir = directory_length(path);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	snprintf(joined, sizeof(joined), "%.*s%s", *target == '/' ? 0 : (int)dir, path,
		 target);
	if (strlen(joined) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(path, joined);
	return 0;
}

/*
 * One step from @path towards what it means.  Returns 1 after a link was followed, 0 with @st
 * when there is none to follow.
 */
static int resolve_step(char path[PATH_MAX], struct stat *st)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char next[PATH_MAX];
	struct stat there;
	int r;

	if (fd < 0 || fstat(fd, st))
		return -errno;
	if (is_planted(path, st))
		return -EACCES;
	if (!S_ISLNK(st->st_mode))
		return 0;
	strcpy(next, path);
	r = follow_link(fd, next);
	if (r)
		return r;
	/* a link of /proc to a pipe: it leads there, but not by its text */
	if (lstat(next, &there) && !stat(path, st) && !S_ISREG(st->st_mode))
		return 0;
	strcpy(path, next);
	return 1;
}

/* Returns 0 with what @path means in it and @st, or a negative errno. */
static int user_file_resolve(char path[PATH_MAX], struct stat *st)
{
	for (int i = 0; i < LINKS_MAX; i++) {
		int r = resolve_step(path, st);

		if (r <= 0)
			return r;
	}
	return -ELOOP;
}

static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Signals that would end the process wait, so that no temporary file stays. */
static int publish_undisturbed(const char *path, const void *data, size_t len,
			       const struct publish_attributes *a)
{
	sigset_t wait, before;
	int r;

	sigemptyset(&wait);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigaddset(&wait, SIGHUP);
	sigprocmask(SIG_BLOCK, &wait, &before);
	r = publish_with(path, data, len, a);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int user_file_write(const char *name, const void *data, size_t len)
{
	struct publish_attributes a = { .mode = new_mode() };
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (snprintf(path, sizeof(path), "%s", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (lstat(path, &st))
		return errno == ENOENT ? publish_undisturbed(path, data, len, &a) : -errno;
	r = user_file_resolve(path, &st);
	if (r)
		return r;
	if (is_stdout(&st))
		return write_all(STDOUT_FILENO, data, len);
	if (!S_ISREG(st.st_mode))
		return write_into(path, data, len);
	a = (struct publish_attributes){
		.mode = st.st_mode & 0777, .owned = true, .uid = st.st_uid, .gid = st.st_gid
	};
	return publish_undisturbed(path, data, len, &a);
}
