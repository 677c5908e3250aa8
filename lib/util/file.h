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

/** file_read_bytes - like file_read(), of a file that may hold any bytes */
int file_read_bytes(const char *root, const char *path, char **ret, size_t *len);

/**
 * file_lines - call @fn with each line of a file of any size, without its newline
 *
 * For files that a process can make larger than FILE_MAX_BYTES.  What @fn returns ends the
 * reading unless it is 0.  Returns that, the negative errno of open or read, -ENOMEM, or
 * -EBADMSG (a NUL byte, or a line of FILE_MAX_BYTES).
 */
int file_lines(const char *root, const char *path, int (*fn)(void *arg, const char *line),
	       void *arg);

/** file_read_line - like file_read(), without trailing newline; -EBADMSG on several lines */
int file_read_line(const char *root, const char *path, char **ret);

/** file_read_u64 - a file that holds one number; -EBADMSG if it holds anything else */
int file_read_u64(const char *root, const char *path, uint64_t *ret);

/**
 * choice_parse - the word in [brackets] of a sysfs choice ("always [madvise] never")
 *
 * @ret is owned by the caller.  -EBADMSG when no word, or more than one, is chosen.
 */
int choice_parse(const char *line, char **ret);

/** file_read_choice - choice_parse() of a file that holds one line */
int file_read_choice(const char *root, const char *path, char **ret);

/**
 * file_list - the names in directory @path, in byte order, without those that start with a dot
 *
 * @ret: NULL-terminated, freed by strings_free().  Returns 0 or a negative errno.
 */
int file_list(const char *root, const char *path, char ***ret);
/** strings_free - free a NULL-terminated array and its strings; NULL is accepted */
void strings_free(char **strings);
static inline void strings_free_p(char ***strings)
{
	strings_free(*strings);
}

/** line_after - the start of the line after the one @p is in, or the end of the text */
const char *line_after(const char *p);

/** file_check - 0 if the path can be reached, or a negative errno */
int file_check(const char *root, const char *path);
/** file_exists - 1 if the path can be reached, 0 if not */
int file_exists(const char *root, const char *path);

/**
 * file_why - one clause that says why reading @path failed
 * @err: a negative errno
 *
 * "/proc/x is missing", "/proc/x holds text pgtop cannot parse", ...
 * Returns @buf.
 */
const char *file_why(int err, const char *path, char *buf, size_t len);

/** file_place_exists - whether what @path would be in is mounted: /proc, or /sys */
int file_place_exists(const char *root, const char *path);

/**
 * file_remedy - what to do about it, for that cause and no other; NULL: nothing is known
 *
 * Returns a static string.
 */
const char *file_remedy(const char *root, int err, const char *path);

#endif
