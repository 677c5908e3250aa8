// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#include <string.h>

#define LEVELS	   4
#define OUTPUT	   0x0000fffffffff000ull
#define VALID	   (1ull << 0)
#define TABLE	   (1ull << 1) /* at the last level: page */
#define NOT_GLOBAL (1ull << 11)
#define CONTIGUOUS (1ull << 52)

static bool read_descriptor(const struct guest_memory *m, uint64_t pa, uint64_t *ret)
{
	if (pa < m->base || pa - m->base > m->size - sizeof(*ret))
		return false;
	memcpy(ret, m->ram + (pa - m->base), sizeof(*ret));
	return true;
}

/* 16 leaves together, at the levels where Linux makes such groups. */
static unsigned int group_shift(unsigned int shift, uint64_t descriptor)
{
	return descriptor & CONTIGUOUS && shift < 30 ? shift + 4 : shift;
}

bool walk(const struct guest_memory *m, uint64_t root, uint64_t va, struct mapping *ret)
{
	uint64_t table = root & OUTPUT, d;

	for (int level = 0; level < LEVELS; level++) {
		unsigned int shift = 39 - 9 * level;

		if (!read_descriptor(m, table + (va >> shift & 511) * 8, &d) || !(d & VALID))
			return false;
		if (level < LEVELS - 1 && d & TABLE) {
			table = d & OUTPUT;
			continue;
		}
		/* no block at level 0; a last-level descriptor without TABLE is reserved */
		if (!level || (level == LEVELS - 1 && !(d & TABLE)))
			return false;
		*ret = (struct mapping){
			.pa = (d & OUTPUT & ~((1ull << shift) - 1)) |
			      (va & ((1ull << shift) - 1)),
			.shift = group_shift(shift, d),
			.reads = level + 1,
			.global = !(d & NOT_GLOBAL),
		};
		return true;
	}
	return false;
}
