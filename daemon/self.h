/* SPDX-License-Identifier: GPL-2.0-only */
/* self.h - what pgtopd itself costs */
#ifndef PGTOPD_SELF_H
#define PGTOPD_SELF_H

#include <stdint.h>

struct self {
	uint64_t cpu_ns;   /* CPU time of this process since it began */
	uint64_t resident; /* bytes */
};

/**
 * self_read - Returns 0 or a negative errno (/proc/self/statm); @ret is untouched on failure
 */
int self_read(struct self *ret);

/** self_limit_heap - what is large, and what is free at the end, goes back to the kernel at
 * once
 */
void self_limit_heap(void);
/** self_trim - give memory that start-up needed back to the kernel */
void self_trim(void);

#endif
