// SPDX-License-Identifier: GPL-2.0-only
#include "preset.h"

/*
 * The manuals say which sizes a TLB stores, how many entries in how many ways; not how a set
 * is chosen nor what is replaced.  Larger mappings are entered in parts of the largest size a
 * TLB stores.
 */
#define ARM_L1D                                                                               \
	{                                                                                     \
		1, 48, TLB_4K | TLB_16K | TLB_64K | TLB_2M | TLB_512M                         \
	}
#define ARM_L1I                                                                               \
	{                                                                                     \
		1, 48, TLB_4K | TLB_16K | TLB_64K | TLB_2M | TLB_32M                          \
	}
#define ARM_L2 (TLB_4K | TLB_16K | TLB_64K | TLB_2M | TLB_32M | TLB_512M | TLB_1G)

const struct tlb_preset tlb_presets[TLB_PRESETS] = {
	{
		.name = "neoverse-n1",
		.source =
			"Arm Neoverse N1 Core TRM (100616), TLB organization: L1 48 entries, "
			"fully associative; L2 1280 entries, 5 ways",
		.l1d = ARM_L1D,
		.l1i = ARM_L1I,
		.l2 = { 256, 5, ARM_L2 },
	},
	{
		.name = "neoverse-v2",
		.source =
			"Arm Neoverse V2 Core TRM (102375), TLB organization: L1 48 entries, "
			"fully associative; L2 2048 entries, 8 ways",
		.l1d = ARM_L1D,
		.l1i = ARM_L1I,
		.l2 = { 256, 8, ARM_L2 },
	},
	{
		.name = "ampereone",
		.source = "assumed: no public manual states the TLBs of AmpereOne; entries as "
			  "Neoverse V2, in the sizes of leaves alone (4K, 64K, 2M, 1G)",
		.l1d = { 1, 48, TLB_4K | TLB_64K | TLB_2M },
		.l1i = { 1, 48, TLB_4K | TLB_64K | TLB_2M },
		.l2 = { 256, 8, TLB_4K | TLB_64K | TLB_2M | TLB_1G },
	},
	{
		.name = "pessimist",
		.source = "Neoverse N1 that ignores the contiguous bit and has no entry above "
			  "2 MiB",
		.l1d = { 1, 48, TLB_4K | TLB_2M },
		.l1i = { 1, 48, TLB_4K | TLB_2M },
		.l2 = { 256, 5, TLB_4K | TLB_2M },
	},
};
