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
#include "host/cgroup_path.h"
#include "util/array.h"
#include "util/util.h"

/* A machine with more, or with a deeper tree, shows the rest by number. */
#define MAX_CGROUPS 65536
#define MAX_DEPTH   64

/* The id of the root of every hierarchy (fs/kernfs/dir.c, kernfs_create_root()) */
#define CGROUP_ROOT_ID 1

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

/* Where the walk of the hierarchy is: @path is @skip bytes and then what is below @top. */
struct cgroup_walk {
	char path[PATH_MAX];
	size_t skip;
	const char *top;
};

static int cgroup_add(struct cgroups *c, uint64_t id, const struct cgroup_walk *w)
{
	const char *below = w->path + w->skip;

	if (c->n == MAX_CGROUPS)
		return -E2BIG;
	if (array_reserve_one(&c->entries, c->n, sizeof(*c->entries)))
		return -ENOMEM;
	c->entries[c->n].id = id;
	if (asprintf(&c->entries[c->n].path, "%s%s", w->top, *below || *w->top ? below : "/") <
	    0)
		return -ENOMEM;
	c->n++;
	return 0;
}

static bool is_child(const struct dirent *e)
{
	return e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
}

/* A directory that vanishes meanwhile, or may not be read, is left out: 0. */
static int cgroup_left_out(int err)
{
	return err == ENOENT || err == ENOTDIR || err == ENODEV || err == EACCES ? 0 : -err;
}

/* All else ends the scan: what it has seen is not all there is. */
static int cgroup_scan(struct cgroups *c, struct cgroup_walk *w, unsigned int depth)
{
	size_t len = strlen(w->path);
	struct dirent *e;
	struct stat st;
	DIR *dir;
	int r;

	if (depth > MAX_DEPTH)
		return 0;
	if (stat(w->path, &st))
		return cgroup_left_out(errno);
	r = cgroup_add(c, st.st_ino, w);
	if (r)
		return r;
	dir = opendir(w->path);
	if (!dir)
		return cgroup_left_out(errno);
	while (errno = 0, !r && (e = readdir(dir))) {
		if (!is_child(e) || len + 1 + strlen(e->d_name) >= sizeof(w->path))
			continue;
		sprintf(w->path + len, "/%s", e->d_name);
		r = cgroup_scan(c, w, depth + 1);
		w->path[len] = '\0';
	}
	if (!r)
		r = cgroup_left_out(errno);
	closedir(dir);
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct cgroup_entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Without v2 all are in its root, which is not to be seen anywhere. */
static void add_only_root(struct cgroups *c)
{
	const struct cgroup_walk root = { .top = "" };

	if (!cgroup_add(c, CGROUP_ROOT_ID, &root))
		c->scans++;
}

static void cgroup_rescan(struct cgroups *c)
{
	struct cgroup_mount mount;
	struct cgroup_walk w;
	int r;

	c->may_scan = false;
	cgroup_forget(c);
	r = cgroup_mount_find(c->root, &mount);
	if (r == -ENOENT || r == -ENODATA)
		add_only_root(c);
	if (r || snprintf(w.path, sizeof(w.path), "%s%s", c->root, mount.point) >=
			 (int)sizeof(w.path))
		return;
	w.skip = strlen(w.path);
	w.top = mount.top;
	r = cgroup_scan(c, &w, 0);
	/* what is beyond the limit stays so; what there was no room for just now does not */
	if ((!r || r == -E2BIG) && c->n)
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
