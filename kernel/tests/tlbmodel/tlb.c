// SPDX-License-Identifier: GPL-2.0-only
#include "tlb.h"

#include <errno.h>
#include <stdlib.h>

int tlb_init(struct tlb *t, const struct tlb_shape *shape)
{
	if (!shape->sets || shape->sets & (shape->sets - 1) || !shape->ways ||
	    shape->sets * shape->ways > UINT16_MAX || !(shape->sizes & TLB_4K))
		return -EINVAL;
	*t = (struct tlb){ .shape = *shape };
	t->entries = calloc(shape->sets * shape->ways, sizeof(*t->entries));
	return t->entries ? 0 : -ENOMEM;
}

void tlb_done(struct tlb *t)
{
	free(t->entries);
	t->entries = NULL;
}

static struct tlb_entry *set_of(struct tlb *t, uint64_t va, unsigned int shift)
{
	return &t->entries[(va >> shift & (t->shape.sets - 1)) * t->shape.ways];
}

static inline bool translates(const struct tlb_entry *e, uint64_t va, uint16_t asid)
{
	return (va & e->mask) == e->base && e->used && (e->global || e->asid == asid);
}

static struct tlb_entry *find(struct tlb *t, struct tlb_entry *set, uint64_t va, uint16_t asid)
{
	for (unsigned int way = 0; way < t->shape.ways; way++)
		if (translates(&set[way], va, asid))
			return &set[way];
	return NULL;
}

static struct tlb_entry *find_by_size(struct tlb *t, uint64_t va, uint16_t asid)
{
	for (uint64_t sizes = t->shape.sizes; sizes; sizes &= sizes - 1) {
		unsigned int shift = __builtin_ctzll(sizes);
		struct tlb_entry *set = set_of(t, va, shift);

		for (unsigned int way = 0; way < t->shape.ways; way++)
			if (set[way].shift == shift && translates(&set[way], va, asid))
				return &set[way];
	}
	return NULL;
}

const struct tlb_entry *tlb_lookup(struct tlb *t, uint64_t va, uint16_t asid)
{
	uint16_t *hint = &t->hints[va >> TLB_PAGE_SHIFT & (TLB_HINTS - 1)];
	struct tlb_entry *e = &t->entries[*hint];

	if (!translates(e, va, asid))
		e = t->shape.sets == 1 ? find(t, t->entries, va, asid)
				       : find_by_size(t, va, asid);
	if (!e)
		return NULL;
	*hint = e - t->entries;
	e->used = ++t->clock;
	return e;
}

/* The largest size of the TLB that is not above 2^@shift. */
static unsigned int entry_shift(const struct tlb *t, unsigned int shift)
{
	uint64_t fitting = t->shape.sizes & ((2ull << shift) - 1);

	return 63 - __builtin_clzll(fitting);
}

void tlb_insert(struct tlb *t, uint64_t va, unsigned int shift, uint16_t asid, bool global)
{
	unsigned int s = entry_shift(t, shift);
	struct tlb_entry *set = set_of(t, va, s), *oldest = set;
	uint64_t mask = ~((1ull << s) - 1);

	for (unsigned int way = 1; way < t->shape.ways; way++)
		if (set[way].used < oldest->used)
			oldest = &set[way];
	*oldest = (struct tlb_entry){
		.base = va & mask,
		.mask = mask,
		.used = ++t->clock,
		.asid = asid,
		.shift = s,
		.global = global,
	};
	t->hints[va >> TLB_PAGE_SHIFT & (TLB_HINTS - 1)] = oldest - t->entries;
}

static bool in_scope(const struct tlb_entry *e, const struct tlb_scope *scope)
{
	if (!e->used || e->base > scope->last || (e->base | ~e->mask) < scope->first)
		return false;
	if (scope->any_asid)
		return true;
	return e->global ? scope->globals : e->asid == scope->asid;
}

static unsigned int invalidate(struct tlb_entry *e, unsigned int n,
			       const struct tlb_scope *scope)
{
	unsigned int removed = 0;

	for (; n--; e++) {
		if (!in_scope(e, scope))
			continue;
		*e = (struct tlb_entry){ 0 };
		removed++;
	}
	return removed;
}

unsigned int tlb_invalidate(struct tlb *t, const struct tlb_scope *scope)
{
	unsigned int removed = 0;

	/* by its sets where that is less than everything */
	if (t->shape.sets == 1 ||
	    (scope->last - scope->first) >> TLB_PAGE_SHIFT >= t->shape.sets / 8)
		return invalidate(t->entries, t->shape.sets * t->shape.ways, scope);
	for (uint64_t sizes = t->shape.sizes; sizes; sizes &= sizes - 1) {
		unsigned int shift = __builtin_ctzll(sizes);
		uint64_t last = scope->last >> shift;

		for (uint64_t n = scope->first >> shift; n <= last; n++)
			removed +=
				invalidate(set_of(t, n << shift, shift), t->shape.ways, scope);
	}
	return removed;
}
