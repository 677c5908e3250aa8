/* SPDX-License-Identifier: GPL-2.0-only */
/* publish.h - replace a file as a whole or not at all */
#ifndef PGTOP_PUBLISH_H
#define PGTOP_PUBLISH_H

#include <stdbool.h>
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
 * publish_unsynced - as publish_by(), without waiting for the disk
 *
 * After a power cut the old file may be there, the new one, or a part of it: for what is
 * written anew anyway.
 */
int publish_unsynced(const char *temp, const char *path, const void *data, size_t len,
		     mode_t mode);

struct publish_attributes {
	mode_t mode;
	bool unsynced;
	bool owned; /* give it to these, as far as the kernel lets the writer: */
	uid_t uid;
	gid_t gid;
};

/**
 * publish_with - as publish(), with an owner
 *
 * If it cannot be given to the group, group members get no right to it.
 */
int publish_with(const char *path, const void *data, size_t len,
		 const struct publish_attributes *a);

/** write_all - write all of @data at @fd's position.  Returns 0 or a negative errno: a part
 * may have been written
 */
int write_all(int fd, const void *data, size_t len);

/** sync_directory - make durable what was renamed or removed in the directory of @path */
int sync_directory(const char *path);

#endif
