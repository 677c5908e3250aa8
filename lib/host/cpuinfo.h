/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuinfo.h - fields of /proc/cpuinfo, the first CPU's */
#ifndef PGTOP_CPUINFO_H
#define PGTOP_CPUINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * cpuinfo_field - the value after "@name\t: ", without blanks around it
 *
 * Returns 0, -ENOENT (no such field before the second CPU), -ENOSPC (longer than @buf).
 */
int cpuinfo_field(const char *text, const char *name, char *buf, size_t len);

/** cpuinfo_number - a field that holds a decimal number up to @max; -EBADMSG if it does not */
int cpuinfo_number(const char *text, const char *name, uint64_t max, uint64_t *ret);

/** cpuinfo_has_flag - whether the word @flag is in the field "flags" (x86) */
bool cpuinfo_has_flag(const char *text, const char *flag);

#endif
