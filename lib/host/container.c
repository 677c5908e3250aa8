// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/container.h"
#include "util/file.h"
#include "util/util.h"

/* include/uapi/linux/nsfs.h: the first namespaces' inode numbers; that of mnt from 6.18 on. */
#define FIRST_PID_NAMESPACE "pid:[4026531836]"
#define FIRST_MNT_NAMESPACE "mnt:[4026531832]"

/* Returns whether this process is in @namespace ("TYPE:[INODE]"), or a negative errno. */
static int in_namespace(const char *root, const char *namespace)
{
	char path[PATH_MAX], link[64];
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/proc/self/ns/%.3s", root, namespace) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	return !strcmp(link, namespace);
}

bool in_host_pid_namespace(const char *root)
{
	return in_namespace(root, FIRST_PID_NAMESPACE) > 0;
}

/* Whether the first process sees the same / as this one. */
static bool shares_root(const char *root)
{
	char path[PATH_MAX];
	struct stat own, first;

	if (snprintf(path, sizeof(path), "%s/proc/1/root/.", root) >= (int)sizeof(path) ||
	    stat(path, &first) || stat(*root ? root : "/", &own))
		return false;
	return own.st_dev == first.st_dev && own.st_ino == first.st_ino;
}

int container_detect(const char *root, char *buf, size_t len)
{
	_cleanup_free_ char *name = NULL;
	const char *found = NULL;
	int first = in_namespace(root, FIRST_PID_NAMESPACE);

	if (!file_read_line(root, "/run/systemd/container", &name) && *name)
		found = name;
	/* A machine that boots the image of a container still has the marks of one. */
	else if (first > 0 &&
		 (in_namespace(root, FIRST_MNT_NAMESPACE) > 0 || shares_root(root)))
		found = "host";
	else if (file_exists(root, "/.dockerenv"))
		found = "docker";
	else if (file_exists(root, "/run/.containerenv"))
		found = "podman";
	else if (first >= 0)
		found = first ? "host" : "pid-namespace";
	if (!found)
		return first;
	snprintf(buf, len, "%s", found);
	return 0;
}
