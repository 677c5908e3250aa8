/* SPDX-License-Identifier: GPL-2.0-only */
/* meminfo.h - "Key:  N kB" files: /proc/meminfo, smaps_rollup, /proc/PID/status */
#ifndef PGTOP_MEMINFO_H
#define PGTOP_MEMINFO_H

#include <stdint.h>

/**
 * meminfo_bytes - the value of the first line "@key: N kB" in @text, in bytes
 *
 * Returns 0; -ENOENT: there is no such line; -EBADMSG: it holds something else, or more than
 * 2^64 bytes.  @ret is untouched on failure.
 */
int meminfo_bytes(const char *text, const char *key, uint64_t *ret);

#endif
