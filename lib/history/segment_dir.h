/* SPDX-License-Identifier: GPL-2.0-only */
/* segment_dir.h - the directory that holds a history, which others may have tampered with */
#ifndef PGTOP_SEGMENT_DIR_H
#define PGTOP_SEGMENT_DIR_H

#include <stddef.h>

#include "history/segment.h"

/**
 * segment_dir_open - the directory @path: no link, of root or this user, written by nobody
 * else
 * @why: on failure, a sentence without full stop
 *
 * Returns a descriptor, or a negative errno; -EPERM: not one to be trusted.
 */
int segment_dir_open(const char *path, char *why, size_t why_len);

/**
 * segment_dir_list - the segments in it, sorted; other files are left out
 *
 * @ret: owned by the caller.  Returns 0 or a negative errno.
 */
int segment_dir_list(int dir, struct segment **ret, size_t *ret_n);

/**
 * segment_dir_file - open the segment @name for reading
 *
 * Returns a descriptor, -EINVAL (no name of a segment), -EPERM (no plain file, or one of
 * somebody else), or another negative errno.
 */
int segment_dir_file(int dir, const char *name);

#endif
