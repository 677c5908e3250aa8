// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/cgroup.h"
#include "util/array.h"
#include "util/file.h"
#include "util/util.h"

/* A machine with more, or with a deeper tree, shows the rest by number. */
#define MAX_CGROUPS 65536
#define MAX_DEPTH   64

struct cgroup_entry {
	uint64_t id;
	char *path;
};

/* An id that was looked for in vain; in the order of their ids. */
struct miss {
	uint64_t id;
	uint64_t scans; /* made before that: after one more it is gone */
	bool asked;	/* since the last refresh */
};

struct cgroups {
	const char *root;
	struct miss *misses;
	size_t nmisses;
	uint64_t scans;		      /* of the whole tree */
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

static void cgroup_forget(struct cgroups *c)
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
	cgroup_forget(c);
	free(c->misses);
	free(c);
}

void cgroups_refresh(struct cgroups *c)
{
	size_t left = 0;

	for (size_t i = 0; i < c->nmisses; i++) {
		if (c->misses[i].asked)
			c->misses[left++] = (struct miss){ .id = c->misses[i].id,
							   .scans = c->misses[i].scans };
	}
	c->nmisses = left;
	c->may_scan = true;
}

/* The length of the word at @p and the start of the next in @next */
static size_t cgroup_word(const char *p, const char **next)
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
		cgroup_word(line, &path);
		path_len = cgroup_word(path, &type);
		if (!path_len || cgroup_word(type, &rest) != strlen("cgroup2") ||
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
static int cgroup_add(struct cgroups *c, uint64_t id, const char *path, size_t skip)
{
	if (c->n == MAX_CGROUPS)
		return -E2BIG;
	if (array_reserve_one(&c->entries, c->n, sizeof(*c->entries)))
		return -ENOMEM;
	c->entries[c->n].id = id;
	c->entries[c->n].path = strdup(path[skip] ? path + skip : "/");
	if (!c->entries[c->n].path)
		return -ENOMEM;
	c->n++;
	return 0;
}

/* A directory that vanishes meanwhile is left out; only want of room ends the walk. */
static int cgroup_scan(struct cgroups *c, char path[PATH_MAX], size_t skip, unsigned int depth)
{
	size_t len = strlen(path);
	struct dirent *e;
	struct stat st;
	DIR *dir;
	int r;

	if (depth > MAX_DEPTH || stat(path, &st))
		return 0;
	r = cgroup_add(c, st.st_ino, path, skip);
	dir = r ? NULL : opendir(path);
	while (!r && dir && (e = readdir(dir))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
		    len + 1 + strlen(e->d_name) >= PATH_MAX)
			continue;
		sprintf(path + len, "/%s", e->d_name);
		r = cgroup_scan(c, path, skip, depth + 1);
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

static void cgroup_rescan(struct cgroups *c)
{
	_cleanup_free_ char *mounts = NULL;
	char path[PATH_MAX], mount[PATH_MAX];

	c->may_scan = false;
	cgroup_forget(c);
	if (file_read(c->root, "/proc/self/mounts", &mounts, NULL) ||
	    cgroup_mount(mounts, mount, sizeof(mount)) ||
	    snprintf(path, sizeof(path), "%s%s", c->root, mount) >= (int)sizeof(path))
		return;
	/* what is beyond the limit stays so; what there was no memory for does not */
	if (cgroup_scan(c, path, strlen(path), 0) != -ENOMEM && c->n)
		c->scans++;
	if (c->n)
		qsort(c->entries, c->n, sizeof(*c->entries), by_id);
}

static const char *cgroup_known(const struct cgroups *c, uint64_t id)
{
	const struct cgroup_entry *e = sorted_find(c->entries, c->n, sizeof(*e), id);

	return e ? e->path : NULL;
}

/* NULL without memory */
static struct miss *miss_of(struct cgroups *c, uint64_t id)
{
	size_t known = c->nmisses;
	struct miss *m = sorted_insert(&c->misses, &c->nmisses, sizeof(*m), id);

	if (c->nmisses > known)
		m->scans = c->scans;
	return m;
}

/* Whether the tree was read after @id was first asked for: it was there before, if ever. */
static bool is_gone(struct cgroups *c, uint64_t id)
{
	struct miss *m = miss_of(c, id);

	if (m)
		m->asked = true;
	return m && m->scans < c->scans;
}

const char *cgroups_path(struct cgroups *c, uint64_t id)
{
	const char *path = cgroup_known(c, id);

	if (path || is_gone(c, id) || !c->may_scan)
		return path;
	cgroup_rescan(c);
	return cgroup_known(c, id);
}
