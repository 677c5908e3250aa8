// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "file.h"
#include "util.h"

/* A machine with more, or with a deeper tree, shows the rest by number. */
#define MAX_CGROUPS 65536
#define MAX_DEPTH   64

struct cgroup_entry {
	uint64_t id;
	char *path;
};

struct cgroups {
	const char *root;
	struct cgroup_entry *entries; /* by id */
	size_t n;
	bool may_scan;
};

struct cgroups *cgroups_new(const char *root)
{
	struct cgroups *c = calloc(1, sizeof(*c));

	if (c) {
		c->root = root;
		c->may_scan = true;
	}
	return c;
}

static void forget(struct cgroups *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->entries[i].path);
	free(c->entries);
	c->entries = NULL;
	c->n = 0;
}

void cgroups_free(struct cgroups *c)
{
	if (!c)
		return;
	forget(c);
	free(c);
}

void cgroups_refresh(struct cgroups *c)
{
	c->may_scan = true;
}

/* The length of the word at @p and the start of the next in @next */
static size_t word(const char *p, const char **next)
{
	size_t len = strcspn(p, " \n");

	*next = p + len + (p[len] == ' ');
	return len;
}

/* "cgroup2 /sys/fs/cgroup cgroup2 rw,... 0 0" */
int cgroup_mount(const char *mounts, char *buf, size_t len)
{
	const char *line = mounts, *path, *type, *rest;
	size_t path_len;

	for (; *line; line = line_after(line)) {
		word(line, &path);
		path_len = word(path, &type);
		if (!path_len || word(type, &rest) != strlen("cgroup2") ||
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

/* @path: its directory; @skip: how much of that is above the hierarchy */
static int add(struct cgroups *c, uint64_t id, const char *path, size_t skip)
{
	struct cgroup_entry *grown;

	if (c->n == MAX_CGROUPS)
		return -E2BIG;
	if (!(c->n & (c->n - 1))) {
		grown = reallocarray(c->entries, c->n ? 2 * c->n : 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		c->entries = grown;
	}
	c->entries[c->n].id = id;
	c->entries[c->n].path = strdup(path[skip] ? path + skip : "/");
	if (!c->entries[c->n].path)
		return -ENOMEM;
	c->n++;
	return 0;
}

/* A directory that vanishes meanwhile is left out; only want of room ends the walk. */
static int scan(struct cgroups *c, char path[PATH_MAX], size_t skip, unsigned int depth)
{
	size_t len = strlen(path);
	struct dirent *e;
	struct stat st;
	DIR *dir;
	int r;

	if (depth > MAX_DEPTH || stat(path, &st))
		return 0;
	r = add(c, st.st_ino, path, skip);
	dir = r ? NULL : opendir(path);
	while (!r && dir && (e = readdir(dir))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
		    len + 1 + strlen(e->d_name) >= PATH_MAX)
			continue;
		sprintf(path + len, "/%s", e->d_name);
		r = scan(c, path, skip, depth + 1);
		path[len] = '\0';
	}
	if (dir)
		closedir(dir);
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct cgroup_entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void rescan(struct cgroups *c)
{
	_cleanup_free_ char *mounts = NULL;
	char path[PATH_MAX], mount[PATH_MAX];

	c->may_scan = false;
	forget(c);
	if (file_read(c->root, "/proc/self/mounts", &mounts, NULL) ||
	    cgroup_mount(mounts, mount, sizeof(mount)) ||
	    snprintf(path, sizeof(path), "%s%s", c->root, mount) >= (int)sizeof(path))
		return;
	scan(c, path, strlen(path), 0);
	if (c->n)
		qsort(c->entries, c->n, sizeof(*c->entries), by_id);
}

static const char *known(const struct cgroups *c, uint64_t id)
{
	const struct cgroup_entry key = { .id = id };
	const struct cgroup_entry *e = NULL;

	if (c->n)
		e = bsearch(&key, c->entries, c->n, sizeof(*c->entries), by_id);
	return e ? e->path : NULL;
}

const char *cgroups_path(struct cgroups *c, uint64_t id)
{
	const char *path = known(c, id);

	if (path || !c->may_scan)
		return path;
	rescan(c);
	return known(c, id);
}
