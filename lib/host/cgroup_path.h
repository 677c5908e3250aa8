/* SPDX-License-Identifier: GPL-2.0-only */
/* cgroup_path.h - where cgroup v2 is mounted, and what users call a cgroup */
#ifndef PGTOP_CGROUP_PATH_H
#define PGTOP_CGROUP_PATH_H

#include <limits.h>
#include <stddef.h>

/* A hybrid host has v1 at /sys/fs/cgroup and v2 below it, or anywhere. */
struct cgroup_mount {
	char point[PATH_MAX]; /* "/sys/fs/cgroup" */
	char top[PATH_MAX]; /* the cgroup that is there: "", or "/docker/..." in a container */
};

/**
 * cgroup_mount_find - find it in /proc/self/mountinfo, or in /proc/self/mounts
 *
 * Of several mounts the first of the whole hierarchy is taken, or the first.
 * Returns 0, -ENOENT (v2 is mounted nowhere), -ENODATA (neither file is there), or why they
 * cannot be read.
 */
int cgroup_mount_find(const char *root, struct cgroup_mount *ret);

/**
 * cgroup_mount_parse - where v2 is mounted according to the text of /proc/self/mounts
 *
 * Returns 0, -ENOENT (nowhere) or -ENOSPC (longer than @buf).
 */
int cgroup_mount_parse(const char *mounts, char *buf, size_t len);

/**
 * cgroup_normalize - @path without empty and "." parts, and without what ".." undoes
 * @buf: receives "" for the root, else "/a/b"; PATH_MAX bytes
 *
 * Returns 0, -EINVAL (".." leads out of the root) or -ENAMETOOLONG.
 */
int cgroup_normalize(const char *path, char *buf);

/**
 * cgroup_resolve - the path of a cgroup in the v2 hierarchy ("/a/b", "/")
 * @text: that path, with or without its first '/'; or one in the file system, also relative to
 * /sys/fs/cgroup
 * @buf: PATH_MAX bytes
 * @why: receives a clause on failure, which says where v2 is
 *
 * Returns 0, -ENOENT (no such cgroup of v2), -EOPNOTSUPP (v2 is mounted nowhere), or as
 * cgroup_mount_find() and cgroup_normalize().
 */
int cgroup_resolve(const char *root, const char *text, char *buf, char *why, size_t why_len);

#endif
