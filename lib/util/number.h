/* SPDX-License-Identifier: GPL-2.0-only */
/* number.h - the one parser of numbers that come from outside */
#ifndef PGTOP_NUMBER_H
#define PGTOP_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)
/* Longer than any setting takes, and far from what 64 bits of nanoseconds hold. */
#define DURATION_MAX_S (10000 * (uint64_t)DAY_S)

/**
 * parse_u64 - parse the whole of @text as an unsigned number
 * @base: 0 (decimal, or hexadecimal after 0x), 10 or 16
 *
 * Blanks around the number are accepted, nothing else is.
 * Returns 0, -EINVAL (empty, sign, garbage; NULL) or -ERANGE (more than @max);
 * @ret is untouched on failure.
 */
int parse_u64(const char *text, int base, uint64_t max, uint64_t *ret);

/**
 * scan_u64 - parse the number at *@p and move *@p behind it
 *
 * Skips blanks (not newlines) before the number.  Stops at the first character that is no
 * digit of @base (10 or 16; 16 takes an optional 0x).
 * Returns 0, -EINVAL (no digit there) or -ERANGE; *@p and @ret are untouched on failure.
 */
int scan_u64(const char **p, int base, uint64_t *ret);

/**
 * parse_size - parse "64K", "2M", "1G" or a plain number of bytes (powers of 1024)
 *
 * Returns 0, -EINVAL or -ERANGE; @ret is untouched on failure.
 */
int parse_size(const char *text, uint64_t *ret);

/**
 * parse_duration - parse "90s", "45m" or "45min", "2h", "7d" or a plain number of seconds
 * @ret: in seconds; at most DURATION_MAX_S
 *
 * Blanks may stand before the unit.
 * Returns 0, -EINVAL or -ERANGE (longer than that); @ret is untouched on failure.
 */
int parse_duration(const char *text, uint64_t *ret);

/**
 * format_size - write @bytes as a leaf or page size: "4K", "64K", "2M", "1G"
 *
 * Exact: 16448 stays "16448".  @buf needs 24 bytes.  Returns @buf.
 */
char *format_size(uint64_t bytes, char *buf, size_t len);

#endif
