/* SPDX-License-Identifier: GPL-2.0-only */
/* publish.h - replace a file as a whole or not at all */
#ifndef PGTOP_PUBLISH_H
#define PGTOP_PUBLISH_H

#include <stddef.h>
#include <sys/types.h>

/**
 * publish - make @path hold exactly @data
 *
 * Writes a temporary file in the same directory with @mode, syncs it and renames it over
 * @path: a reader sees the old file or the new one.  On failure (full disk, no permission) the
 * old file is untouched and nothing is left behind.  Returns 0 or a negative errno.
 */
int publish(const char *path, const void *data, size_t len, mode_t mode);

#endif
