/* SPDX-License-Identifier: GPL-2.0-only */
/* cpus.h - which CPUs are online, where the list in sysfs may not be the kernel's */
#ifndef PGTOP_CPUS_H
#define PGTOP_CPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/cpulist.h"

#define CPUS_ONLINE "/sys/devices/system/cpu/online"

/**
 * cpus_are_virtual - whether the list of online CPUs is one made up for a container (lxcfs)
 * @why: receives a clause that says how it shows
 *
 * It is if another file system is mounted over it, or if a CPU that is present is neither
 * online nor offline by the lists (drivers/base/cpu.c, print_cpus_offline()).
 * Returns 1 with @why filled, 0, or -ENOMEM.
 */
int cpus_are_virtual(const char *root, char *why, size_t len);

/**
 * cpus_online - the CPUs that are online
 * @virtual: of cpus_are_virtual(): take those that are present instead, without those whose
 * own file says that they are offline
 *
 * Returns 0, or as cpulist_read() does.
 */
int cpus_online(const char *root, bool virtual, struct cpulist *ret);

#endif
