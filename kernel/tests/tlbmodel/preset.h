/* SPDX-License-Identifier: GPL-2.0-only */
/* preset.h - TLBs of cores, and where that is written */
#ifndef PGTOP_BENCH_PRESET_H
#define PGTOP_BENCH_PRESET_H

#include "tlb.h"

#include <stddef.h>

/**
 * struct tlb_preset - first-level TLBs for data and instructions, and what is behind them
 *
 * @l2 is behind both, or, where @l2i has sets, behind that for data alone.
 */
struct tlb_preset {
	const char *name;
	const char *source;
	struct tlb_shape l1d, l1i, l2, l2i;
};

#define TLB_PRESETS 8

extern const struct tlb_preset tlb_presets[TLB_PRESETS];

/** tlb_preset_find - the index of the preset with the name of @len bytes at @name, or -1 */
int tlb_preset_find(const char *name, size_t len);

#endif
