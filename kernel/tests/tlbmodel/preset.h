/* SPDX-License-Identifier: GPL-2.0-only */
/* preset.h - TLBs of cores, and where that is written */
#ifndef PGTOP_BENCH_PRESET_H
#define PGTOP_BENCH_PRESET_H

#include "tlb.h"

/** struct tlb_preset - two first-level TLBs, for data and instructions, and one behind both */
struct tlb_preset {
	const char *name;
	const char *source;
	struct tlb_shape l1d, l1i, l2;
};

#define TLB_PRESETS 4

extern const struct tlb_preset tlb_presets[TLB_PRESETS];

#endif
