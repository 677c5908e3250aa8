/* SPDX-License-Identifier: GPL-2.0-only */
/* cgroup.h - paths of the cgroup v2 hierarchy by id */
#ifndef PGTOP_CGROUP_H
#define PGTOP_CGROUP_H

#include <stdint.h>

struct cgroups; /* opaque; remembers what it has found */

/** cgroups_new - look below @root, which must outlive it.  NULL without memory. */
struct cgroups *cgroups_new(const char *root);
/** cgroups_free - NULL is accepted */
void cgroups_free(struct cgroups *c);

/**
 * cgroups_refresh - let the next cgroups_path() that knows no answer read the directories
 *
 * Without this an id that was once looked for in vain stays unknown.  Call it before each
 * series of look-ups.  An id that was not found by reading all directories after it was first
 * asked for is gone: as long as each series asks for it, it is no reason to read them again.
 */
void cgroups_refresh(struct cgroups *c);

/**
 * cgroups_path - the path ("/", "/a/b") of the cgroup with @id, NULL if there is none now
 *
 * The id is what bpf_get_current_cgroup_id() returns: the inode number of the directory
 * (fs/kernfs/inode.c).  The string is good until the next call.
 */
const char *cgroups_path(struct cgroups *c, uint64_t id);

#endif
