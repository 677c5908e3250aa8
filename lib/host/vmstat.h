/* SPDX-License-Identifier: GPL-2.0-only */
/* vmstat.h - "key N" files: /proc/vmstat, memory.stat of a cgroup */
#ifndef PGTOP_VMSTAT_H
#define PGTOP_VMSTAT_H

#include <stdint.h>

/**
 * vmstat_count - the number in the first line "@key N" of @text
 *
 * Returns 0; -ENOENT: there is no such line; -EBADMSG: it holds something else.
 * @ret is untouched on failure.
 */
int vmstat_count(const char *text, const char *key, uint64_t *ret);

#endif
