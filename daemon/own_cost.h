/* SPDX-License-Identifier: GPL-2.0-only */
/* own_cost.h - what pgtopd itself costs */
#ifndef PGTOPD_OWN_COST_H
#define PGTOPD_OWN_COST_H

#include <stdint.h>

struct own_cost {
	uint64_t cpu_ns;   /* CPU time of this process since it began */
	uint64_t resident; /* bytes */
};

/**
 * own_cost_read - Returns 0 or a negative errno (/proc/self/statm); @ret is untouched on
 * failure
 */
int own_cost_read(struct own_cost *ret);

/** own_cost_limit_heap - what is large, and what is free at the end, goes back to the kernel
 * at once
 */
void own_cost_limit_heap(void);
/** own_cost_trim - give memory that start-up needed back to the kernel */
void own_cost_trim(void);

#endif
