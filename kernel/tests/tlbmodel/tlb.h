/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tlb.h - one TLB: set-associative, least recently used out first, entries of several sizes
 *
 * Pure: no clock, no I/O.  An entry covers 2^shift bytes of address space, aligned to that. It
 * is found in the set numbered by the low bits of (address >> shift), so each size is looked
 * for in a set of its own, as a TLB does that probes one size after the other.
 */
#ifndef PGTOP_BENCH_TLB_H
#define PGTOP_BENCH_TLB_H

#include <stdbool.h>
#include <stdint.h>

#define TLB_PAGE_SHIFT 12
/* The sizes of entries of a TLB are a bit mask, bit n for entries of 2^n bytes. */
#define TLB_SIZE(shift) (1ull << (shift))
#define TLB_4K		TLB_SIZE(12)
#define TLB_16K		TLB_SIZE(14)
#define TLB_64K		TLB_SIZE(16)
#define TLB_2M		TLB_SIZE(21)
#define TLB_32M		TLB_SIZE(25)
#define TLB_512M	TLB_SIZE(29)
#define TLB_1G		TLB_SIZE(30)

/** struct tlb_shape - what a TLB is made of; fully associative with @sets 1 */
struct tlb_shape {
	unsigned int sets; /* a power of two */
	unsigned int ways;
	uint64_t sizes; /* TLB_4K among them */
};

/** struct tlb_entry - a translation; free if @used is 0 */
struct tlb_entry {
	uint64_t base; /* first address */
	uint64_t mask; /* that selects @base from an address */
	uint64_t used; /* when last, in lookups and insertions */
	uint16_t asid;
	uint8_t shift;
	bool global; /* for all ASIDs */
};

#define TLB_HINTS 256

struct tlb {
	struct tlb_shape shape;
	uint64_t clock;
	struct tlb_entry *entries; /* sets * ways */
	uint16_t hints[TLB_HINTS]; /* where a page was found last; only makes it faster */
};

/** struct tlb_scope - which entries an invalidation removes */
struct tlb_scope {
	uint64_t first, last; /* addresses in bytes, both included; 0 and ~0: all */
	uint16_t asid;
	bool any_asid; /* if not: entries of @asid... */
	bool globals;  /* ...and, with this, global ones */
};

/** tlb_init - an empty TLB.  Returns 0, -EINVAL for an impossible shape, or -ENOMEM */
int tlb_init(struct tlb *t, const struct tlb_shape *shape);
/** tlb_done - free what tlb_init() took; a zeroed @t is fine */
void tlb_done(struct tlb *t);

/**
 * tlb_lookup - the entry that translates @va for @asid, which is then the one used last
 *
 * Returns NULL if there is none.  The entry belongs to @t and is valid until it changes.
 */
const struct tlb_entry *tlb_lookup(struct tlb *t, uint64_t va, uint16_t asid);

/**
 * tlb_insert - enter a translation of @va in a mapping of 2^@shift bytes
 *
 * The entry is of the largest size the TLB has that is no larger than the mapping; it takes
 * the place of the least recently used one of its set.
 */
void tlb_insert(struct tlb *t, uint64_t va, unsigned int shift, uint16_t asid, bool global);

/** tlb_invalidate - remove what @scope selects.  Returns the number of entries removed */
unsigned int tlb_invalidate(struct tlb *t, const struct tlb_scope *scope);

#endif
