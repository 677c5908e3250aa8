/* SPDX-License-Identifier: GPL-2.0-only */
/* cpulist.h - sets of CPUs, as sysfs writes them ("0-3,8,10-11") */
#ifndef PGTOP_CPULIST_H
#define PGTOP_CPULIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest NR_CPUS that can be configured (arch/x86/Kconfig; arm64 stops at 4096). */
#define CPULIST_MAX 8192

struct cpulist {
	uint64_t bits[CPULIST_MAX / 64];
};

static inline bool cpulist_has(const struct cpulist *l, unsigned int cpu)
{
	return cpu < CPULIST_MAX && (l->bits[cpu / 64] >> (cpu % 64) & 1);
}

static inline void cpulist_add(struct cpulist *l, unsigned int cpu)
{
	if (cpu < CPULIST_MAX)
		l->bits[cpu / 64] |= 1ull << (cpu % 64);
}

/**
 * cpulist_parse - parse "0-3,8", with or without a newline; an empty text is the empty set
 *
 * Returns 0, -EINVAL (garbage, a range that runs backwards; NULL) or -ERANGE (a CPU of
 * CPULIST_MAX or more); @ret is untouched on failure.
 */
int cpulist_parse(const char *text, struct cpulist *ret);

/** cpulist_read - cpulist_parse() of a file; a negative errno of reading, or -EBADMSG */
int cpulist_read(const char *root, const char *path, struct cpulist *ret);

/** cpulist_count - number of CPUs in the set */
unsigned int cpulist_count(const struct cpulist *l);

/** cpulist_next - the first CPU in the set that is @cpu or after it; CPULIST_MAX if none */
unsigned int cpulist_next(const struct cpulist *l, unsigned int cpu);

/** cpulist_for_each - run a statement with @cpu set to each CPU in @l, ascending */
#define cpulist_for_each(cpu, l)                                                              \
	for (unsigned int cpu = cpulist_next(l, 0); cpu < CPULIST_MAX;                        \
	     cpu = cpulist_next(l, cpu + 1))

/**
 * cpulist_format - write the set as sysfs does
 *
 * A text that does not fit ends in "...".  Returns @buf.
 */
char *cpulist_format(const struct cpulist *l, char *buf, size_t len);

#endif
