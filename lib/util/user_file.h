/* SPDX-License-Identifier: GPL-2.0-only */
/* user_file.h - write to a path that a user named, as a careful shell would */
#ifndef PGTOP_USER_FILE_H
#define PGTOP_USER_FILE_H

#include <stddef.h>

/**
 * user_file_write - make the file @path hold @data, as publish() does it
 *
 * A new file gets the mode that the umask leaves; one that is replaced keeps its mode and, if
 * possible, its owner.  Only files are replaced: a device, a pipe and what standard output
 * already is are written into.  Where @path is a symbolic link, its target is replaced and the
 * link stays; a link without a target is -ENOENT.  SIGINT, SIGTERM and SIGHUP wait until the
 * file is there or the temporary one is gone; SIGXFSZ must be ignored.
 *
 * -EACCES also: a symbolic link that belongs neither to this user nor to root, or what
 * somebody else has put into a directory that all may write to (a sticky one, such as
 * /tmp): they were planted, or may have been.  The kernel does the same, if
 * fs.protected_symlinks, fs.protected_regular and fs.protected_fifos are set
 * (Documentation/admin-guide/sysctl/fs.rst).
 */
int user_file_write(const char *path, const void *data, size_t len);

#endif
