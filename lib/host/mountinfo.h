/* SPDX-License-Identifier: GPL-2.0-only */
/* mountinfo.h - whether a file below /proc or /sys is the kernel's own */
#ifndef PGTOP_MOUNTINFO_H
#define PGTOP_MOUNTINFO_H

#include <stddef.h>

/**
 * mountinfo_type - the type of the file system that @path is in
 * @text: of /proc/self/mountinfo (proc_pid_mountinfo(5))
 *
 * Follows the mounts from the root as the kernel does: one that another hides is not found.
 * Returns 0 with @buf filled, -ENOENT (no mount holds it), -EBADMSG (not such a file) or
 * -ENOSPC (longer than @buf).
 */
int mountinfo_type(const char *text, const char *path, char *buf, size_t len);

/**
 * mountinfo_find - where a file system of @type is mounted, and which directory of it
 *
 * The first mount of its root "/" is taken, or else the first mount.
 * Returns 0, -ENOENT or -ENOSPC; @point and @top are undefined on failure.
 */
int mountinfo_find(const char *text, const char *type, char *point, size_t point_len,
		   char *top, size_t top_len);

/**
 * file_is_foreign - whether something else is mounted over @path, below /proc or /sys
 * @buf: receives its type: "fuse.lxcfs" (what a container is to see), "tmpfs" (a mask)
 *
 * Returns 1 with @buf filled; 0, also where mounts cannot be read; -ENOMEM.
 */
int file_is_foreign(const char *root, const char *path, char *buf, size_t len);

/**
 * mountinfo_option - the value of option @name= of the file system on device @major:@minor
 * @text: of /proc/PID/mountinfo; @type: that it must be of
 *
 * Returns 0 with @buf filled ("": it has no such option), -ENOENT (no mount of it), -EBADMSG
 * or -ENOSPC.
 */
int mountinfo_option(const char *text, const char *type, unsigned int major,
		     unsigned int minor, const char *name, char *buf, size_t len);

#endif
