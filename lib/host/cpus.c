// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "host/cpus.h"
#include "host/mountinfo.h"
#include "util/file.h"
#include "util/util.h"

#define CPUS	     "/sys/devices/system/cpu"
#define CPUS_PRESENT CPUS "/present"
#define CPUS_OFFLINE CPUS "/offline"

/* CPUs that are present and in neither of the two lists.  A missing list settles nothing. */
static int read_unlisted(const char *root, struct cpulist *ret)
{
	struct cpulist present, online, offline;

	*ret = (struct cpulist){ 0 };
	if (cpulist_read(root, CPUS_PRESENT, &present) ||
	    cpulist_read(root, CPUS_ONLINE, &online) ||
	    cpulist_read(root, CPUS_OFFLINE, &offline))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(present.bits); i++)
		ret->bits[i] = present.bits[i] & ~online.bits[i] & ~offline.bits[i];
	return cpulist_count(ret);
}

int cpus_are_virtual(const char *root, char *why, size_t len)
{
	struct cpulist unlisted;
	char type[64], list[64];
	int r = file_is_foreign(root, CPUS_ONLINE, type, sizeof(type));

	if (r < 0)
		return r;
	if (r) {
		snprintf(why, len, "%s is mounted over " CPUS_ONLINE, type);
		return 1;
	}
	/* Twice: a CPU may have come or gone between two files. */
	if (!read_unlisted(root, &unlisted) || !read_unlisted(root, &unlisted))
		return 0;
	snprintf(why, len, "CPUs %s are neither online nor offline by " CPUS,
		 cpulist_format(&unlisted, list, sizeof(list)));
	return 1;
}

static bool is_offline(const char *root, unsigned int cpu)
{
	char path[sizeof(CPUS) + 32];
	uint64_t online;

	snprintf(path, sizeof(path), CPUS "/cpu%u/online", cpu);
	return !file_read_u64(root, path, &online) && !online;
}

int cpus_online(const char *root, bool virtual, struct cpulist *ret)
{
	struct cpulist online = { 0 }, present;

	if (!virtual || cpulist_read(root, CPUS_PRESENT, &present))
		return cpulist_read(root, CPUS_ONLINE, ret);
	cpulist_for_each(cpu, &present)
	{
		if (!is_offline(root, cpu))
			cpulist_add(&online, cpu);
	}
	*ret = online;
	return 0;
}
