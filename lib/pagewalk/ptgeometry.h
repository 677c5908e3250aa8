/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptgeometry.h - find out how page tables look on this machine
 *
 * Levels, address bits and the offset between physical addresses and the
 * linear map are not asked for but tried: a configuration is accepted only
 * if several addresses translate to a place that is known otherwise: that of an object in
 * the linear map, or of a page of our own, which is known by what was written into it.
 */
#ifndef PGTOP_PTGEOMETRY_H
#define PGTOP_PTGEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"
#include "pgtop/abi.h"
#include "host/physmem.h"

/* An address and what is known of it. */
struct ptgeometry_anchor {
	uint64_t root; /* kernel address of the top table to translate it by */
	uint64_t va;
	/* What is written there, found nowhere else in memory; 0: it lies in the linear map.
	 */
	uint64_t word;
};

struct ptgeometry_known {
	enum host_arch arch;
	uint64_t page_size;
	struct physmem memory;
	uint64_t linear_address; /* of any object in the linear map */
	bool have_memstart;	 /* arm64: the variable memstart_addr could be read */
	uint64_t memstart;
	const struct ptgeometry_anchor *anchors;
	size_t nanchors;
};

struct ptgeometry_ops {
	/**
	 * peek - the last entry on the way from @root to @va that @t can follow
	 *
	 * Returns 0, or a negative errno if a table could not be read.
	 */
	int (*peek)(void *arg, const struct walk_tables *t, uint64_t root, uint64_t va,
		    uint64_t *ret_entry, unsigned int *ret_level);
	/** read_word - the 8 bytes at kernel address @at.  Returns 0 or a negative errno. */
	int (*read_word)(void *arg, uint64_t at, uint64_t *ret);
	void *arg;
};

/**
 * ptgeometry_find - the first configuration in which all anchors translate as they should
 *
 * Tries every shape the architecture and page size allow (x86_64: 4 and 5 levels; arm64: see
 * the table in the source) with every offset that @k makes possible.  A configuration needs at
 * least two anchors.  Fills all of @ret but what is learned from sample pages: zero_frame,
 * huge_zero_frame, and on arm64 invalid_mask, swap_shift.
 *
 * Returns 0, or -ENOENT if none fits.
 */
int ptgeometry_find(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
		    struct walk_tables *ret);

/**
 * ptgeometry_find_root - the page between @low and @high from which all linear objects
 * translate
 *
 * For a kernel that does not tell where its top table is, once @t is known: @k's anchors are
 * tried with each page as their root, from @high down.  Returns 0 or -ENOENT.
 */
int ptgeometry_find_root(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
			 const struct walk_tables *t, uint64_t low, uint64_t high,
			 uint64_t *ret);

/** ptgeometry_reach - set what depends on the size of memory: it may be plugged later */
void ptgeometry_reach(struct walk_tables *t, const struct physmem *memory);

/** ptgeometry_frame - the frame address in @entry */
uint64_t ptgeometry_frame(const struct walk_tables *t, uint64_t entry);

/** ptgeometry_span - bytes that one entry of @level maps */
uint64_t ptgeometry_span(const struct walk_tables *t, unsigned int level);

/**
 * ptgeometry_learn_absent - how this arm64 kernel marks what is present but not valid
 *
 * @protnone: the entry of a page that was written and then mprotect()ed to PROT_NONE.  Up
 * to 6.10 bit 58 (and 59 for a PMD being split) said so and the type of a swap entry began at
 * bit 3; since 6.11 ("arm64/mm: Move PTE_PRESENT_INVALID to overlay PTE_NG") it is bit 11 and
 * the type begins at bit 6.  Returns 0, or -EINVAL for an entry that is neither.
 */
int ptgeometry_learn_absent(struct walk_tables *t, uint64_t protnone);

#endif
