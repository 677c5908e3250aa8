/* SPDX-License-Identifier: GPL-2.0-only */
/* meminfo.h - "Key:  N kB" files: /proc/meminfo, smaps_rollup, /proc/PID/status */
#ifndef PGTOP_MEMINFO_H
#define PGTOP_MEMINFO_H

#include <stddef.h>
#include <stdint.h>

/**
 * meminfo_bytes - the value of the first line "@key: N kB" in @text, in bytes
 *
 * Returns 0; -ENOENT: there is no such line; -EBADMSG: it holds something else, or more than
 * 2^64 bytes.  @ret is untouched on failure.
 */
int meminfo_bytes(const char *text, const char *key, uint64_t *ret);

/**
 * meminfo_ram - the memory of this machine, in bytes
 * @why: receives a clause on failure, unless that is -ENOMEM
 *
 * Returns 0; -EREMOTE: what is there is shown to a container and is not the machine's; or a
 * negative errno.
 */
int meminfo_ram(const char *root, uint64_t *ret, char *why, size_t len);

/**
 * meminfo_direct_bytes - the same for key "DirectMap4k", spelled with a large or a small K
 *
 * x86_64 writes 4k; patches for arm64 write 4K, 64K, 2M, 32M and 1G.
 */
int meminfo_direct_bytes(const char *text, const char *key, uint64_t *ret);

/**
 * meminfo_direct_map - the next line "DirectMap4k: N kB" in the text at *@p
 *
 * @size: of a leaf, 4096; @bytes: what such leaves map.  Lines that hold something else are
 * skipped.  Returns 0 with *@p behind the line, or -ENOENT: none is left.
 */
int meminfo_direct_map(const char **p, uint64_t *size, uint64_t *bytes);

#endif
