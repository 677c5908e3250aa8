// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/cgroup_path.h"
#include "host/mountinfo.h"
#include "util/file.h"
#include "util/util.h"

#define USUAL_MOUNT "/sys/fs/cgroup"

/* The length of the word at @p and the start of the next in @next */
static size_t mounts_word(const char *p, const char **next)
{
	size_t len = strcspn(p, " \n");

	*next = p + len + (p[len] == ' ');
	return len;
}

/* "cgroup2 /sys/fs/cgroup cgroup2 rw,... 0 0" */
int cgroup_mount_parse(const char *mounts, char *buf, size_t len)
{
	const char *line = mounts, *path, *type, *rest;
	size_t path_len;

	for (; *line; line = line_after(line)) {
		mounts_word(line, &path);
		path_len = mounts_word(path, &type);
		if (!path_len || mounts_word(type, &rest) != strlen("cgroup2") ||
		    strncmp(type, "cgroup2", strlen("cgroup2")))
			continue;
		if (path_len >= len)
			return -ENOSPC;
		memcpy(buf, path, path_len);
		buf[path_len] = '\0';
		return 0;
	}
	return -ENOENT;
}

int cgroup_mount_find(const char *root, struct cgroup_mount *ret)
{
	_cleanup_free_ char *text = NULL, *mounts = NULL;
	int r = file_read(root, "/proc/self/mountinfo", &text, NULL);

	if (!r) {
		r = mountinfo_find(text, "cgroup2", ret->point, sizeof(ret->point), ret->top,
				   sizeof(ret->top));
		if (!r && !strcmp(ret->top, "/"))
			*ret->top = '\0';
		return r;
	}
	*ret->top = '\0';
	if (r != -ENOMEM)
		r = file_read(root, "/proc/self/mounts", &mounts, NULL);
	if (r)
		return r == -ENOENT ? -ENODATA : r;
	return cgroup_mount_parse(mounts, ret->point, sizeof(ret->point));
}

int cgroup_normalize(const char *path, char *buf)
{
	size_t at = 0;

	while (*(path += strspn(path, "/"))) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !strncmp(path, "..", 2)) {
			if (!at)
				return -EINVAL;
			while (buf[--at] != '/')
				;
		} else if (n != 1 || *path != '.') {
			if (at + 1 + n >= PATH_MAX)
				return -ENAMETOOLONG;
			buf[at] = '/';
			memcpy(buf + at + 1, path, n);
			at += 1 + n;
		}
		path += n;
	}
	buf[at] = '\0';
	return 0;
}

/* What of @path is below @top, or NULL. */
static const char *below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return !strncmp(path, top, n) && (path[n] == '/' || !path[n]) ? path + n : NULL;
}

static bool is_directory(const char *root, const char *place, const char *path)
{
	char full[2 * PATH_MAX];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s%s", root, place, path);
	return !stat(full, &st) && S_ISDIR(st.st_mode);
}

/*
 * Where below the mount the cgroup is that @path, which is normal, may mean: a place in the
 * file system, a path in the hierarchy, or one below /sys/fs/cgroup.
 */
static const char *find_below(const char *root, const struct cgroup_mount *m, const char *path)
{
	const char *in_files = below(path, m->point), *in_tree = below(path, m->top);
	const char *usual = below(m->point, USUAL_MOUNT);
	const char *candidates[] = { in_files, in_tree, path,
				     usual ? below(path, usual) : NULL };

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
		if (candidates[i] && is_directory(root, m->point, candidates[i]))
			return candidates[i];
	}
	return NULL;
}

static void say_none(const char *root, const struct cgroup_mount *m, const char *text,
		     const char *path, char *why, size_t len)
{
	bool v1 = strcmp(m->point, USUAL_MOUNT) && *path &&
		  (is_directory(root, USUAL_MOUNT, path) ||
		   (below(path, USUAL_MOUNT) && is_directory(root, "", path)));

	if (!is_directory(root, m->point, ""))
		snprintf(why, len, "%s, where cgroup v2 is mounted, cannot be reached",
			 m->point);
	else if (v1)
		snprintf(why, len,
			 "'%s' is a cgroup v1 directory; give a path below %s, where v2 is",
			 text, m->point);
	else
		snprintf(why, len, "there is no cgroup '%s'; give a path below %s", text,
			 m->point);
}

/* @err: of cgroup_mount_find() */
static void say_unmounted(int err, char *why, size_t len)
{
	if (err == -ENOENT)
		snprintf(why, len, "cgroup v2 is not mounted here: mount cgroup2 anywhere");
	else if (err == -ENODATA)
		snprintf(why, len,
			 "where cgroup v2 is mounted cannot be read: "
			 "/proc/self/mountinfo is missing");
	else
		snprintf(why, len, "where cgroup v2 is mounted cannot be read: %s",
			 strerror(-err));
}

int cgroup_resolve(const char *root, const char *text, char *buf, char *why, size_t why_len)
{
	char path[PATH_MAX];
	struct cgroup_mount m;
	const char *found;
	int r = cgroup_normalize(text, path);

	if (r) {
		if (r == -EINVAL)
			snprintf(why, why_len, "'%s' leads out of the hierarchy", text);
		else
			snprintf(why, why_len, "the path is too long");
		return r;
	}
	r = cgroup_mount_find(root, &m);
	if (r) {
		say_unmounted(r, why, why_len);
		return r == -ENOENT ? -EOPNOTSUPP : r;
	}
	found = find_below(root, &m, path);
	if (!found) {
		say_none(root, &m, text, path, why, why_len);
		return -ENOENT;
	}
	if (snprintf(buf, PATH_MAX, "%s%s", m.top, *found || *m.top ? found : "/") >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}
