/* SPDX-License-Identifier: GPL-2.0-only */
/* capability.h - what this process may do (capabilities(7)) */
#ifndef PGTOP_CAPABILITY_H
#define PGTOP_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * status_number - the number of the line "KEY number" in the text of /proc/PID/status
 * @key: with its colon
 * @base: 10 or 16
 *
 * Returns 0, or -EBADMSG without such a line or if it holds anything else.
 */
int status_number(const char *status, const char *key, int base, uint64_t *ret);

/** status_is_filtered - whether a seccomp filter is in force, by the text of /proc/PID/status
 */
bool status_is_filtered(const char *status);

/** capability_parse - the line CapEff of /proc/PID/status; -EBADMSG without a good one */
int capability_parse(const char *status, uint64_t *ret);

/**
 * capability_read - the effective capabilities of this process, bit i: capability number i
 *
 * Returns 0, -EBADMSG or the negative errno of reading /proc/self/status.
 */
int capability_read(const char *root, uint64_t *ret);

/**
 * capability_is_namespaced - whether this process is in a user namespace of its own: what it
 * may do does not count for BPF, nor for events of the whole machine
 *
 * False where /proc/self/uid_map cannot be read.
 */
bool capability_is_namespaced(const char *root);

/** capability_has - whether @cap (CAP_... of <linux/capability.h>) is in the set */
static inline bool capability_has(uint64_t set, unsigned int cap)
{
	return set >> cap & 1;
}

#endif
