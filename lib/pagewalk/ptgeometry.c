// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "pagewalk/ptgeometry.h"
#include "util/util.h"

#define BIT(n) (1ull << (n))
#define GIB    BIT(30)

/* Entries: Intel SDM 3A 4.5, AMD APM 2 5.3; Arm ARM D8.3. */
#define X86_FRAME		     0x000ffffffffff000ull
#define ARM64_FRAME(top, page_shift) (BIT(top) - BIT(page_shift))

struct shape {
	enum host_arch arch;
	uint32_t page_shift, levels, va_bits;
	uint64_t frame_mask, high_mask;
	uint32_t high_shift;
	uint32_t cont_entries;
};

/*
 * Longest first.  With 52-bit addresses at 4K and 16K (LPA2) bits 9:8 of an entry are address
 * bits 51:50; without, they are shareability.  At 64K bits 15:12 are address bits 51:48, or 0.
 */
static const struct shape shapes[] = {
	{ ARCH_X86_64, 12, 4, 48, X86_FRAME, 0, 0, 0 },
	{ ARCH_X86_64, 12, 5, 57, X86_FRAME, 0, 0, 0 },
	{ ARCH_ARM64, 12, 5, 52, ARM64_FRAME(50, 12), BIT(9) | BIT(8), 42, 16 },
	{ ARCH_ARM64, 12, 4, 48, ARM64_FRAME(48, 12), 0, 0, 16 },
	{ ARCH_ARM64, 12, 3, 39, ARM64_FRAME(48, 12), 0, 0, 16 },
	{ ARCH_ARM64, 14, 4, 52, ARM64_FRAME(50, 14), BIT(9) | BIT(8), 42, 128 },
	{ ARCH_ARM64, 14, 4, 48, ARM64_FRAME(48, 14), 0, 0, 128 },
	{ ARCH_ARM64, 14, 3, 47, ARM64_FRAME(48, 14), 0, 0, 128 },
	{ ARCH_ARM64, 14, 2, 36, ARM64_FRAME(48, 14), 0, 0, 128 },
	{ ARCH_ARM64, 16, 3, 52, ARM64_FRAME(48, 16), BIT(16) - BIT(12), 36, 32 },
	{ ARCH_ARM64, 16, 3, 48, ARM64_FRAME(48, 16), BIT(16) - BIT(12), 36, 32 },
	{ ARCH_ARM64, 16, 2, 42, ARM64_FRAME(48, 16), BIT(16) - BIT(12), 36, 32 },
};

/* Sizes of address space arm64 kernels are configured for; PAGE_OFFSET is -(1 << bits). */
static const unsigned int arm64_va_bits[] = { 52, 48, 47, 42, 39, 36 };

static uint64_t power_of_two_above(uint64_t n)
{
	uint64_t p = 1;

	while (p && p < n)
		p <<= 1;
	return p;
}

uint64_t ptgeometry_frame(const struct walk_tables *t, uint64_t entry)
{
	return (entry & t->frame_mask) | (entry & t->high_mask) << t->high_shift;
}

uint64_t ptgeometry_span(const struct walk_tables *t, unsigned int level)
{
	return BIT(t->page_shift + level * (t->page_shift - 3));
}

void ptgeometry_reach(struct walk_tables *t, const struct physmem *memory)
{
	uint64_t all = ptgeometry_frame(t, ~0ull);
	uint64_t end = MAX(memory->ram_end, memory->io_end);

	t->ram_end = memory->ram_end;
	t->no_frame_mask = memory->io_end ? all & ~(power_of_two_above(end) - 1) : 0;
}

/*
 * A guest with encrypted memory (SEV) sets one address bit above all memory in every entry.
 * The top-level entry of any address shows it: tables are always in such memory.
 */
static void drop_encryption_bit(const struct ptgeometry_known *k,
				const struct ptgeometry_ops *ops, struct walk_tables *t)
{
	uint64_t entry, above;
	unsigned int level;

	if (k->arch != ARCH_X86_64 || !k->nanchors ||
	    ops->peek(ops->arg, t, k->anchors[0].root, k->anchors[0].va, &entry, &level))
		return;
	above = entry & t->frame_mask & ~(power_of_two_above(k->memory.ram_end) - 1);
	if (level == t->levels - 1 && above && !(above & (above - 1)))
		t->frame_mask &= ~above;
}

static bool anchor_holds(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
			 const struct walk_tables *t, const struct ptgeometry_anchor *a)
{
	uint64_t entry, inside, at, word;
	unsigned int level;

	if (!a->word && a->va - t->base >= t->ram_end)
		return false;
	if (ops->peek(ops->arg, t, a->root, a->va, &entry, &level) || !(entry & 1))
		return false;
	inside = ptgeometry_span(t, level) - 1;
	at = (ptgeometry_frame(t, entry) & ~inside) | (a->va & inside);
	if (!a->word)
		return at == a->va - t->base;
	return at < t->ram_end && !ops->read_word(ops->arg, t->base + at, &word) &&
	       word == a->word;
}

static bool all_hold(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
		     const struct walk_tables *t)
{
	for (size_t i = 0; i < k->nanchors; i++) {
		if (!anchor_holds(k, ops, t, &k->anchors[i]))
			return false;
	}
	return k->nanchors >= 2;
}

/* arm64: virtual = physical - memstart_addr + PAGE_OFFSET (asm/memory.h). */
static int find_by_memstart(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
			    struct walk_tables *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(arm64_va_bits); i++) {
		t->base = -BIT(arm64_va_bits[i]) - k->memstart;
		if (all_hold(k, ops, t))
			return 0;
	}
	return -ENOENT;
}

/*
 * The linear map begins on a boundary of 1 GiB of both address spaces (x86: PUD_SIZE, KASLR
 * included; arm64: ARM64_MEMSTART_ALIGN, 512 MiB at 64K), so an object at a known virtual
 * address leaves one offset for each GiB of memory.
 */
static int find_by_search(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
			  struct walk_tables *t)
{
	uint64_t step = k->page_size == 65536 ? GIB / 2 : GIB;
	uint64_t top = k->linear_address & ~(step - 1);

	for (uint64_t at = 0; at < t->ram_end; at += step) {
		t->base = top - at;
		if (all_hold(k, ops, t))
			return 0;
	}
	return -ENOENT;
}

static struct walk_tables shape_tables(const struct shape *s)
{
	struct walk_tables t = {
		.frame_mask = s->frame_mask,
		.high_mask = s->high_mask,
		.high_shift = s->high_shift,
		.levels = s->levels,
		.page_shift = s->page_shift,
		.va_bits = s->va_bits,
		.cont_entries = s->cont_entries,
		.zero_frame = ~0ull,
		.huge_zero_frame = ~0ull,
	};

	/* _PAGE_PROTNONE, and PSE of a PMD being split; type: asm/pgtable_64.h, SWP_TYPE_BITS
	 */
	if (s->arch == ARCH_X86_64) {
		t.invalid_mask = BIT(8) | BIT(7);
		t.swap_shift = 59;
	}
	return t;
}

int ptgeometry_find(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
		    struct walk_tables *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct walk_tables t = shape_tables(&shapes[i]);
		int r;

		if (shapes[i].arch != k->arch || BIT(t.page_shift) != k->page_size)
			continue;
		t.ram_end = k->memory.ram_end;
		drop_encryption_bit(k, ops, &t);
		r = k->have_memstart ? find_by_memstart(k, ops, &t) : -ENOENT;
		if (r)
			r = find_by_search(k, ops, &t);
		if (r)
			continue;
		ptgeometry_reach(&t, &k->memory);
		*ret = t;
		return 0;
	}
	return -ENOENT;
}

int ptgeometry_find_root(const struct ptgeometry_known *k, const struct ptgeometry_ops *ops,
			 const struct walk_tables *t, uint64_t low, uint64_t high,
			 uint64_t *ret)
{
	struct ptgeometry_anchor a;
	size_t held;

	for (uint64_t root = high & ~(k->page_size - 1); root > low; root -= k->page_size) {
		for (held = 0; held < k->nanchors; held++) {
			a = k->anchors[held];
			a.root = root;
			if (!anchor_holds(k, ops, t, &a))
				break;
		}
		if (held == k->nanchors && held >= 2) {
			*ret = root;
			return 0;
		}
	}
	return -ENOENT;
}

int ptgeometry_learn_absent(struct walk_tables *t, uint64_t protnone)
{
	if (protnone & BIT(0))
		return -EINVAL;
	if (protnone & BIT(58)) {
		t->invalid_mask = BIT(58) | BIT(59);
		t->swap_shift = 3;
		return 0;
	}
	if (protnone & BIT(11)) {
		t->invalid_mask = BIT(11);
		t->swap_shift = 6;
		return 0;
	}
	return -EINVAL;
}
