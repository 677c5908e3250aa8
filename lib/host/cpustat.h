/* SPDX-License-Identifier: GPL-2.0-only */
/* cpustat.h - CPU time in the first line of /proc/stat */
#ifndef PGTOP_CPUSTAT_H
#define PGTOP_CPUSTAT_H

#include <stdint.h>

/**
 * cpustat_ns - CPU time of all CPUs since boot, in nanoseconds
 * @text: /proc/stat: "cpu  user nice system idle iowait irq softirq ...", in USER_HZ
 * @mode: "user" (user and nice: guests' time is counted in these, kernel/sched/cputime.c
 *	  account_guest_time()) or "kernel" (system, irq, softirq)
 *
 * Time stolen by the hypervisor, idle time and waiting for I/O are neither.
 * Returns 0; -ENOENT: there is no line "cpu"; -EBADMSG: it holds something else, or more than
 * 2^64 ns; -EINVAL: another @mode.  @ret is untouched on failure.
 */
int cpustat_ns(const char *text, const char *mode, uint64_t *ret);

#endif
