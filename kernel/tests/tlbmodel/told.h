/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * told.h - what the model tells the guest of its own counts
 *
 * A program of the guest executes TOLD_HINT, followed by ISB, with the address of a struct
 * told in x0, which lies in one page and has been written; the model fills it in.  So a test
 * has two sources for a count: what the kernel read from the PMU, and what the model itself
 * had counted at that read.
 */
#ifndef PGTOP_BENCH_TOLD_H
#define PGTOP_BENCH_TOLD_H

#include <stdint.h>

#define TOLD_HINT      0x74
#define TOLD_COUNTERS  31
#define TOLD_READS     4
#define TOLD_MAGIC     0x646c6f74u
#define TOLD_NO_USER   (1u << 30) /* of told_counter.type: PMEVTYPERn_EL0.U, .P */
#define TOLD_NO_KERNEL (1u << 31)
#define TOLD_EVENT     0xffffu

/**
 * struct told_counter - a counter since the guest wrote its PMEVTYPERn_EL0, which is @type
 *
 * @count is what the model has counted of that event since power-on, in the modes that @type
 * counts, at each of the first TOLD_READS reads of PMEVCNTRn_EL0, and at the last in @last.
 */
struct told_counter {
	uint32_t type;
	uint32_t reads;
	uint64_t count[TOLD_READS];
	uint64_t last;
};

struct told {
	uint32_t magic;
	uint32_t cost; /* cycles for each descriptor of a walk */
	struct told_counter counter[TOLD_COUNTERS];
};

#endif
