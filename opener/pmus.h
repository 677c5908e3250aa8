/* SPDX-License-Identifier: GPL-2.0-only */
/* pmus.h - the numbers that sysfs gives to the PMUs of this machine */
#ifndef PGTOP_OPENER_PMUS_H
#define PGTOP_OPENER_PMUS_H

#include <stdbool.h>

#define PMUS_CORE 16 /* more types of core than any machine has */

struct pmus {
	unsigned int n, core[PMUS_CORE]; /* perf_event_attr.type of the cores' own PMUs */
	bool have_kprobe;
	unsigned int kprobe;	    /* type */
	unsigned int kprobe_return; /* bit of config: at the return */
};

/**
 * pmus_read - read @dir, /sys/bus/event_source/devices
 *
 * A core PMU has a file `cpus` or is called "cpu", as in pmu/pmu_device.h.  What cannot be
 * read is left out.
 */
void pmus_read(const char *dir, struct pmus *ret);

/** pmus_is_core - whether @type is that of a core PMU */
bool pmus_is_core(const struct pmus *p, unsigned long long type);

#endif
