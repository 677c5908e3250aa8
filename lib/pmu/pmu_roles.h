/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu_roles.h - what pgtop counts, and which event counts it on which core
 *
 * A role is a question ("page-table walks for data"); the event that answers it differs by
 * core type, and on some cores nothing does.  A role may be the sum of several events.
 */
#ifndef PGTOP_PMU_ROLES_H
#define PGTOP_PMU_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"
#include "snapshot/snapshot.h"

enum pmu_role {
	ROLE_INSTRUCTIONS,
	ROLE_CYCLES,
	ROLE_DTLB_WALK,
	ROLE_ITLB_WALK,
	ROLE_L1D_REFILL,
	ROLE_WALK_CYCLES,
	ROLE_STALL_TLB,
	ROLE_MAX,
};

enum pmu_mode { MODE_USER, MODE_KERNEL, MODE_MAX };

/* The most events a role adds up. */
#define PMU_PARTS_MAX 3

/** pmu_role_name - "instructions", "dtlb_walk", ...: the names in --event ROLE=EVENT */
const char *pmu_role_name(enum pmu_role role);
/** pmu_mode_name - "user", "kernel" */
const char *pmu_mode_name(enum pmu_mode mode);
/** pmu_role_field - the field of a snapshot that holds the count */
enum snapshot_field_id pmu_role_field(enum pmu_role role, enum pmu_mode mode);

/**
 * pmu_mapping_parse - split "ROLE=EVENT[+EVENT...]"
 *
 * @event: a pointer into @text.  @why: on failure a clause that names the bad part and what is
 * accepted.  Whether a machine has the event is known only there: see pmu_event_parse().
 * Returns 0 or -EINVAL.
 */
int pmu_mapping_parse(const char *text, enum pmu_role *role, const char **event, char *why,
		      size_t why_len);

/* VENDOR_ARM64: cores with a PMUv3; VENDOR_ARM64_OTHER: with another PMU */
enum pmu_vendor { VENDOR_OTHER, VENDOR_ARM64, VENDOR_ARM64_OTHER, VENDOR_INTEL, VENDOR_AMD };

/* A type of core; midr on arm64, family and model (/proc/cpuinfo) on x86_64. */
struct pmu_core_id {
	enum pmu_vendor vendor;
	uint32_t midr;
	unsigned int family, model;
};

/** pmu_core_id_read - the type of core @cpu is.  What cannot be read stays 0.
 * @pmuv3: of its PMU, see pmu_device.h */
void pmu_core_id_read(const struct host *h, bool pmuv3, unsigned int cpu,
		      struct pmu_core_id *ret);

/**
 * pmu_role_event - the event, or "EVENT+EVENT", that answers @role on such a core
 *
 * NULL: pgtop knows none.  Sources of the table:
 *  - arm64: Arm ARM, D13.12 (common events); the core says which it has, see
 * pmu_device_lists(). Numbers from 0x8000 on are not in PMCEID: they are used on cores for
 * which tools/perf/pmu-events/arch/arm64 lists them, and self-tested.
 *  - Intel: dTLB and iTLB misses of the generic cache events are completed page walks on the
 *    cores here (arch/x86/events/intel/core.c, *_hw_cache_event_ids); cycles of walks from
 *    tools/perf/pmu-events/arch/x86/{skylakex,icelakex,sapphirerapids}/virtual-memory.json.
 *    Only those of data loads: the kinds of walks overlap, a sum could exceed the cycles.
 *  - AMD: arch/x86/events/amd/core.c, amd_hw_cache_event_ids and _f17h: misses are walks; from
 *    family 17h on "dTLB-loads" are the accesses to the second-level TLB, thus L1 misses.
 */
const char *pmu_role_event(const struct pmu_core_id *id, enum pmu_role role);

#endif
