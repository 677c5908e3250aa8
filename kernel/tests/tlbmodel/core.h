/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core.h - the TLBs of a core together: an access misses in none, the first, or both levels
 *
 * Pure; who reads the page tables is given as a function.
 */
#ifndef PGTOP_BENCH_CORE_H
#define PGTOP_BENCH_CORE_H

#include "preset.h"
#include "walk.h"

enum core_side { CORE_DATA, CORE_CODE };

struct core {
	struct tlb l1[2]; /* by side */
	struct tlb l2[2]; /* by side, if split; else the first is that of both */
	bool split;
};

/** core_walk_fn - translate @va.  Returns false where it is not mapped */
typedef bool (*core_walk_fn)(void *context, uint64_t va, struct mapping *ret);

/** enum core_result - how far an access had to go */
enum core_result {
	CORE_L1_HIT,
	CORE_L2_HIT,
	CORE_WALK,     /* missed both; entered into both */
	CORE_UNMAPPED, /* missed both, and the walk found nothing; nothing entered */
};

/** core_init - empty TLBs of @preset.  Returns 0 or negative errno */
int core_init(struct core *c, const struct tlb_preset *preset);
/** core_done - free what core_init() took; a zeroed @c is fine */
void core_done(struct core *c);

/**
 * core_access - one access; *@ret_reads is how many descriptors a walk read, else untouched
 *
 * @va is canonical: its bits 63 to 48 are all the same.
 */
enum core_result core_access(struct core *c, enum core_side side, uint64_t va, uint16_t asid,
			     core_walk_fn walk_va, void *context, unsigned int *ret_reads);

/** core_invalidate - remove what @scope selects from all of its TLBs */
void core_invalidate(struct core *c, const struct tlb_scope *scope);

#endif
