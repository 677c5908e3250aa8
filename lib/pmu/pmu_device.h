/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_device.h - the PMUs of this machine's cores, as sysfs shows them
 *
 * A core PMU is a directory under PMU_DIR with a file `cpus` (every arm64 core PMU, the two of
 * an Intel hybrid), or the one called "cpu".  Others (uncore, SPE, software) have `cpumask` or
 * neither (tools/perf/util/pmu.c tells them apart by the same files).
 */
#ifndef PGTOP_PMU_DEVICE_H
#define PGTOP_PMU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cpulist.h"
#include "host/host.h"

#define PMU_DIR	       "/sys/bus/event_source/devices"
#define PMU_NAME_BYTES 64

/*
 * All PMUs that follow the Arm architecture are called armv8_* by the one driver they have
 * (drivers/perf/arm_pmuv3.c).  Others number their events as they like (Apple's:
 * drivers/perf/apple_m1_cpu_pmu.c) and are not bound by what is said of PMCEID below.
 */
struct pmu_device {
	char name[PMU_NAME_BYTES]; /* "armv8_pmuv3_0", "cpu"; "" if there is no PMU */
	uint32_t type;		   /* for perf_event_attr.type; 0 if there is no PMU */
	bool pmuv3;		   /* of the Arm architecture (DDI 0487, D13) */
	/* of cores without a PMU: */
	bool others;	     /* other cores of this machine have one */
	int error;	     /* which there are could not be read */
	struct cpulist cpus; /* the cores it belongs to, online or not */
};

/** pmu_name_ok - whether @name can be that of a PMU, an event or a term: no '/', no ".." */
bool pmu_name_ok(const char *name, size_t len);

/**
 * pmu_device_read - the PMU called @name
 *
 * Returns 0, -ENOENT (no such PMU), or a negative errno of reading its files.
 */
int pmu_device_read(const struct host *h, const char *name, struct pmu_device *ret);

/**
 * pmu_devices - all core PMUs; the machine may have none
 *
 * @ret is owned by the caller (free()).  Returns 0, -ENOMEM, or the negative errno of listing
 * them, with @n 0.  A PMU whose files cannot be understood is left out.
 */
int pmu_devices(const struct host *h, struct pmu_device **ret, size_t *n);

/**
 * pmu_device_lists - whether a file under events/ names the event number @id
 *
 * Of a PMUv3 those files are what the core itself says it counts (PMCEID registers,
 * drivers/perf/arm_pmuv3.c: armv8pmu_event_attr_is_visible()).
 */
bool pmu_device_lists(const struct host *h, const struct pmu_device *d, uint64_t id);

/**
 * pmu_arm64_common - whether @id is of the ranges PMCEID speaks about
 *
 * 0-0x3f and 0x4000-0x403f: a number in there opens on any core, and counts 0 for ever on one
 * that lacks the event.
 */
bool pmu_arm64_common(uint64_t id);

#endif
