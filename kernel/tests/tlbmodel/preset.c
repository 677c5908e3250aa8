// SPDX-License-Identifier: GPL-2.0-only
#include "preset.h"

#include <string.h>

/*
 * The manuals say which sizes a TLB stores, how many entries in how many ways; not how a set
 * is chosen nor what is replaced.  Larger mappings are entered in parts of the largest size a
 * TLB stores.  Manuals newer than those of N1 and V2 are taken to say the same about sizes.
 */
#define ARM_SIZES_D (TLB_4K | TLB_16K | TLB_64K | TLB_2M | TLB_512M)
#define ARM_SIZES_I (TLB_4K | TLB_16K | TLB_64K | TLB_2M | TLB_32M)
#define ALL_SIZES   (TLB_4K | TLB_16K | TLB_64K | TLB_2M | TLB_32M | TLB_512M | TLB_1G)

const struct tlb_preset tlb_presets[TLB_PRESETS] = {
	{
		.name = "neoverse-n1",
		.source =
			"Arm Neoverse N1 Core TRM (100616), TLB organization: L1 48 entries, "
			"fully associative; L2 1280 entries, 5 ways",
		.l1d = { 1, 48, ARM_SIZES_D },
		.l1i = { 1, 48, ARM_SIZES_I },
		.l2 = { 256, 5, ALL_SIZES },
	},
	{
		.name = "neoverse-v1",
		.source =
			"Arm Neoverse V1 Core TRM (101427): L1 data 40 entries, fully "
			"associative; L2 2048 entries, 8 ways; L1 instructions assumed as N1",
		.l1d = { 1, 40, ARM_SIZES_D },
		.l1i = { 1, 48, ARM_SIZES_I },
		.l2 = { 256, 8, ALL_SIZES },
	},
	{
		.name = "neoverse-n2",
		.source = "Arm Neoverse N2 Core TRM (102099): L1 instructions 48, data 44 "
			  "entries, fully associative; L2 1280 entries, 5 ways",
		.l1d = { 1, 44, ARM_SIZES_D },
		.l1i = { 1, 48, ARM_SIZES_I },
		.l2 = { 256, 5, ALL_SIZES },
	},
	{
		.name = "neoverse-v2",
		.source =
			"Arm Neoverse V2 Core TRM (102375), TLB organization: L1 48 entries, "
			"fully associative; L2 2048 entries, 8 ways",
		.l1d = { 1, 48, ARM_SIZES_D },
		.l1i = { 1, 48, ARM_SIZES_I },
		.l2 = { 256, 8, ALL_SIZES },
	},
	{
		.name = "neoverse-v3",
		.source = "Arm Neoverse V3 Core TRM (107734): L1 instructions 48, data 96 "
			  "entries, fully associative; L2 2048 entries, 8 ways",
		.l1d = { 1, 96, ARM_SIZES_D },
		.l1i = { 1, 48, ARM_SIZES_I },
		.l2 = { 256, 8, ALL_SIZES },
	},
	{
		.name = "ampereone",
		.source = "Ampere at Hot Chips 2024: L1 data 64 entries, fully associative, "
			  "instructions 64, 4 ways; L2 data 1536, 6 ways, instructions 768, 6 "
			  "ways; each entry holds any size",
		.l1d = { 1, 64, ALL_SIZES },
		.l1i = { 16, 4, ALL_SIZES },
		.l2 = { 256, 6, ALL_SIZES },
		.l2i = { 128, 6, ALL_SIZES },
	},
	{
		.name = "olympus",
		.source =
			"NVIDIA Olympus, as published: L1 instructions 64, data 112 entries, "
			"fully associative; L2 about 3000, here 3072 in 6 ways (assumed)",
		.l1d = { 1, 112, ARM_SIZES_D },
		.l1i = { 1, 64, ARM_SIZES_I },
		.l2 = { 512, 6, ALL_SIZES },
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

int tlb_preset_find(const char *name, size_t len)
{
	for (int i = 0; i < TLB_PRESETS; i++)
		if (strlen(tlb_presets[i].name) == len &&
		    !memcmp(tlb_presets[i].name, name, len))
			return i;
	return -1;
}
