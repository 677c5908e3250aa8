/* SPDX-License-Identifier: GPL-2.0-only */
/* policy_config.h - the keys of pgtopd.conf(5) that the policy, its guards and trials read */
#ifndef PGTOPD_POLICY_CONFIG_H
#define PGTOPD_POLICY_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/hours.h"

enum policy_mode { POLICY_OBSERVE, POLICY_ADVISE, POLICY_TUNE };

#define POLICY_WINDOWS_MAX 360 /* the most windows a phase may have: an hour of 10 s */

/* Keys of [policy], [trial] and [guards], mode and window of [daemon] in pgtopd.conf(5);
 * defaults by policy_defaults(). */
struct policy_config {
	enum policy_mode mode;
	const char *
		excuse; /* why mode is not tune though configured, a clause; static, or NULL */
	uint64_t window_ns;	  /* a window longer than twice that is no evidence */
	bool all_sizes;		  /* also sizes other than contpte and PMD */
	bool shmem;		  /* shared memory too */
	bool proxy;		  /* tune without a PMU, by the proxy objective */
	double alpha, min_effect; /* 0.01, 0.03 */
	unsigned int baseline_windows, settle_windows, measure_windows;
	bool confirm;		 /* by going back once */
	uint64_t cooldown_ns;	 /* between trials of one lever */
	uint64_t backoff_max_ns; /* the cool-down doubles with every failure, up to this */
	uint64_t yield_ns;     /* a yield ends when nobody wrote for so long; 0: it does not */
	uint64_t boot_wait_ns; /* nothing is changed before the machine is up for so long */
	uint64_t start_delay_ns;  /* nor before up to so long after the start, by machine */
	double canary;		  /* the share of machines that tune */
	struct hours maintenance; /* when trials may begin */
	uint64_t recheck_ns;	  /* a kept lever is compared again so often; 0: never */
	unsigned int changes_per_hour;
	unsigned int breaker_reverts; /* so many guard reverts in a day stop all tuning */
	/* guards: limits; see guard.c for what each means */
	double psi_full_max, fallback_max, compact_stalls_max, bloat_max, unfolds_max,
		swap_out_max, pmu_running_min, available_min;
};

#define POLICY_AUTO (-1.0) /* a limit that policy_scale() fills in */

/**
 * policy_scale - limits that are POLICY_AUTO become those of policy_defaults(), which are for
 * a machine of 8 CPUs and pages of 4096 bytes, in proportion to this one
 *
 * What CPUs do grows with their number, from 8 on; what is swapped counts in bytes.
 */
void policy_scale(struct policy_config *c, unsigned int cpus, uint64_t page_size);

/** policy_defaults - the value of each key that is not set, for a machine as policy_scale()
 * says
 */
void policy_defaults(struct policy_config *ret);

#endif
