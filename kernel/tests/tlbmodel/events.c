// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

void misses_add(struct misses *m, enum core_side side, enum core_result result,
		unsigned int reads)
{
	m->l1[side]++;
	if (result == CORE_L2_HIT)
		return;
	m->walks[side]++;
	m->reads[side] += reads;
}

uint64_t event_count(const struct misses *m, bool split, unsigned int cost, unsigned int event)
{
	switch (event) {
	case 0x0002: /* L1I_TLB_REFILL */
		return m->l1[CORE_CODE];
	case 0x0005: /* L1D_TLB_REFILL */
		return m->l1[CORE_DATA];
	case 0x002d: /* L2D_TLB_REFILL */
		return m->walks[CORE_DATA] + (split ? 0 : m->walks[CORE_CODE]);
	case 0x002e: /* L2I_TLB_REFILL */
		return split ? m->walks[CORE_CODE] : 0;
	case 0x0034: /* DTLB_WALK */
		return m->walks[CORE_DATA];
	case 0x0035: /* ITLB_WALK */
		return m->walks[CORE_CODE];
	case 0x8136: /* DTLB_STEP */
		return m->reads[CORE_DATA];
	case 0x8137: /* ITLB_STEP */
		return m->reads[CORE_CODE];
	case 0x8128: /* DTLB_WALK_PERCYC */
	case 0x8167: /* STALL_BACKEND_TLB */
	case 0xd20e: /* the same of AMPERE1 */
		return m->reads[CORE_DATA] * cost;
	case 0x8129: /* ITLB_WALK_PERCYC */
	case 0x815c: /* STALL_FRONTEND_TLB */
	case 0xd20c: /* the same of AMPERE1 */
		return m->reads[CORE_CODE] * cost;
	default:
		return 0;
	}
}
