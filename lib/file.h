/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - read the small text files of /proc and /sys
 *
 * Every reader takes @root, a directory put before the path ("" on the live
 * machine), so that tests feed it good, partial and garbage files.
 */
#ifndef PGTOP_FILE_H
#define PGTOP_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Larger files are refused with -EFBIG: no file pgtop reads whole comes near. */
#define FILE_MAX_BYTES (16u << 20)

/**
 * file_read - read a whole file as text
 *
 * @ret: NUL-terminated, owned by the caller (free()); @len: its length, may be NULL.
 * A NUL byte inside the file is -EBADMSG.  Returns 0 or a negative errno of open or read.
 */
int file_read(const char *root, const char *path, char **ret, size_t *len);

/** file_read_line - like file_read(), without the trailing newline; -EBADMSG on several lines
 */
int file_read_line(const char *root, const char *path, char **ret);

/** file_read_u64 - a file that holds one number; -EBADMSG if it holds anything else */
int file_read_u64(const char *root, const char *path, uint64_t *ret);

/**
 * file_read_choice - the word in [brackets] of a sysfs choice ("always [madvise] never")
 *
 * @ret is owned by the caller.  -EBADMSG when no word, or more than one, is chosen.
 */
int file_read_choice(const char *root, const char *path, char **ret);

/** line_after - the start of the line after the one @p is in, or the end of the text */
const char *line_after(const char *p);

/** file_exists - 1 if the path can be reached, 0 if not */
int file_exists(const char *root, const char *path);

/**
 * file_why - one clause that says why reading @path failed
 *
 * "/proc/x is missing", "/proc/x holds text pgtop cannot parse", ...
 * Returns @buf.
 */
const char *file_why(int err, const char *path, char *buf, size_t len);

#endif
