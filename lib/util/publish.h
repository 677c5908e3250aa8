/* SPDX-License-Identifier: GPL-2.0-only */
/* publish.h - replace a file as a whole or not at all */
#ifndef PGTOP_PUBLISH_H
#define PGTOP_PUBLISH_H

#include <stddef.h>
#include <sys/types.h>

/**
 * publish - make @path hold exactly @data
 *
 * Writes a temporary file "@path.XXXXXX" with @mode, syncs it, renames it over @path and syncs
 * the directory: a reader sees the old file or the new one, and after a power cut the new one
 * is there.  Returns 0 or a negative errno (full disk, no permission): the old file is
 * untouched and nothing is left behind.  Only if the directory could not be synced, the new
 * file is in place, and may be lost with the power.
 */
int publish(const char *path, const void *data, size_t len, mode_t mode);

/**
 * publish_by - as publish(), by way of the file @temp in the same directory
 *
 * For one writer at a time: what a writer that was killed left behind is overwritten.
 */
int publish_by(const char *temp, const char *path, const void *data, size_t len, mode_t mode);

/**
 * publish_to - as publish(), to a path that a user named
 *
 * Only files are replaced: a device, a pipe and what standard output already is are written
 * into, with no regard to @mode.  Where @path is a symbolic link, its target is replaced and
 * the link stays; a link without a target is -ENOENT.
 */
int publish_to(const char *path, const void *data, size_t len, mode_t mode);

/** write_all - write all of @data at @fd's position.  Returns 0 or a negative errno: a part
 * may have been written
 */
int write_all(int fd, const void *data, size_t len);

/** sync_directory - make durable what was renamed or removed in the directory of @path */
int sync_directory(const char *path);

#endif
