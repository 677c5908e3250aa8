/* SPDX-License-Identifier: GPL-2.0-only */
/* kconfig.h - the configuration the running kernel was built with */
#ifndef PGTOP_KCONFIG_H
#define PGTOP_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

/**
 * kconfig_read - the text of the configuration of kernel @release
 *
 * Asks the kernel itself first (/proc/config.gz, CONFIG_IKCONFIG_PROC), then looks where
 * distributions put the file.  A file without any option is passed over.
 * Returns 0 and a text the caller frees, -ENOMEM, -ENOENT, or the negative errno that kept the
 * first one that exists from being read.
 */
int kconfig_read(const char *root, const char *release, char **ret);

/**
 * kconfig_why - one clause that says why kconfig_read() failed, and where it looked
 *
 * Returns @buf.
 */
const char *kconfig_why(int err, char *buf, size_t len);

/** kconfig_has - whether @line ("CONFIG_KFENCE=y") is one of @text */
bool kconfig_has(const char *text, const char *line);

/**
 * kconfig_gunzip - unpack what /proc/config.gz holds
 *
 * Returns 0 and a text the caller frees, -ENOMEM, -EBADMSG (no gzip, or not text) or -EFBIG.
 */
int kconfig_gunzip(const void *data, size_t len, char **ret);

#endif
