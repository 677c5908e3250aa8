/* SPDX-License-Identifier: GPL-2.0-only */
/* scope.h - what a TLBI instruction invalidates */
#ifndef PGTOP_BENCH_SCOPE_H
#define PGTOP_BENCH_SCOPE_H

#include "tlb.h"

/**
 * scope_of_tlbi - the scope of the TLBI instruction with @code (see tlbi.h) and @operand
 *
 * EL1&0 regime, 4 KiB granule without LPA2 (Arm ARM, DDI 0487, C5.5: TLBI VAE1, RVAE1 and
 * their kin).  Operations on the last level only remove what those on all levels do, as the
 * model has no walk cache.  Returns false, @ret untouched, for operations of other regimes and
 * for what is not allocated.
 */
bool scope_of_tlbi(unsigned int code, uint64_t operand, struct tlb_scope *ret);

#endif
