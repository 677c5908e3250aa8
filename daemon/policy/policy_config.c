// SPDX-License-Identifier: GPL-2.0-only
#include "policy/policy_config.h"
#include "util/clock.h"

/* The machine of the defaults. */
#define CPUS 8u
#define PAGE 4096

void policy_defaults(struct policy_config *ret)
{
	*ret = (struct policy_config){
		.mode = POLICY_OBSERVE,
		.window_ns = 10 * NS_PER_S,
		.proxy = true,
		.alpha = 0.01,
		.min_effect = 0.03,
		.baseline_windows = 12,
		.settle_windows = 3,
		.measure_windows = 12,
		.confirm = true,
		.cooldown_ns = 3600 * NS_PER_S,
		.backoff_max_ns = 7 * 86400 * NS_PER_S,
		.yield_ns = 30 * 86400 * NS_PER_S,
		.boot_wait_ns = 600 * NS_PER_S,
		.canary = 1,
		.recheck_ns = 86400 * NS_PER_S,
		.changes_per_hour = 8,
		.breaker_reverts = 5,
		.psi_full_max = 0.02,
		.fallback_max = 0.5,
		.compact_stalls_max = 10,
		.bloat_max = 0.1,
		.unfolds_max = 10000,
		.swap_out_max = 1000,
		.pmu_running_min = 0.2,
		.available_min = 0.05,
	};
}

void policy_scale(struct policy_config *c, unsigned int cpus, uint64_t page_size)
{
	double factor = cpus > CPUS ? cpus / (double)CPUS : 1;
	struct policy_config base;

	policy_defaults(&base);
	if (c->compact_stalls_max < 0)
		c->compact_stalls_max = base.compact_stalls_max * factor;
	if (c->unfolds_max < 0)
		c->unfolds_max = base.unfolds_max * factor;
	if (c->swap_out_max < 0)
		c->swap_out_max = base.swap_out_max * factor * PAGE / page_size;
}
