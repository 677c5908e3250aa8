/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.h - VMSAv8-64 stage 1 translation, 4 KiB granule, 48 bits (Arm ARM, DDI 0487, D8.2,
 * D8.3)
 *
 * Reads a guest's page tables in its memory.  Not LPA2, not 16K or 64K granules: a guest whose
 * CPU lacks LPA2 (QEMU: -cpu max,lpa2=off) uses 4 levels.
 */
#ifndef PGTOP_BENCH_WALK_H
#define PGTOP_BENCH_WALK_H

#include <stdbool.h>
#include <stdint.h>

/** struct guest_memory - @size bytes of guest memory at @ram, physical address @base in it */
struct guest_memory {
	uint8_t *ram;
	uint64_t base, size;
};

/** struct mapping - what translates an address */
struct mapping {
	uint64_t pa;   /* of the address */
	uint8_t shift; /* the leaf, or contiguous group of leaves, is of 2^shift bytes */
	uint8_t reads; /* descriptors read on the way */
	bool global;   /* for all ASIDs (nG clear) */
};

/**
 * walk - translate @va by the table at physical address @root
 *
 * Returns false, @ret untouched, where there is no valid mapping or a table lies outside @m.
 */
bool walk(const struct guest_memory *m, uint64_t root, uint64_t va, struct mapping *ret);

#endif
