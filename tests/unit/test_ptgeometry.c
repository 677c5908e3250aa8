// SPDX-License-Identifier: GPL-2.0-only
/* The search for the shape of page tables, on page tables made by hand in a small memory. */
#include "tree.h"

#include <errno.h>
#include <string.h>

#include "pagewalk/ptgeometry.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* A machine: physical memory from @ram on, tables of it in @word, mapped at frame + @base. */
struct machine {
	enum host_arch arch;
	unsigned int page_shift, levels, va_bits;
	uint64_t ram, ram_end, base;
	uint64_t encryption; /* set in every x86 entry */
	uint64_t *word;
	size_t bytes, used;
	uint64_t root;
	uint64_t peeks;
};

static uint64_t *at(struct machine *m, uint64_t frame)
{
	assert_true(frame >= m->ram && frame + 8 <= m->ram + m->bytes);
	return &m->word[(frame - m->ram) / 8];
}

static uint64_t page_size(const struct machine *m)
{
	return 1ull << m->page_shift;
}

static uint64_t new_table(struct machine *m)
{
	uint64_t frame = m->ram + m->used;

	m->used += page_size(m);
	assert_true(m->used <= m->bytes);
	return frame;
}

/* Entries as the manuals draw them, without the code under test. */
static uint64_t entry_of(const struct machine *m, uint64_t frame, bool leaf)
{
	if (m->arch == ARCH_X86_64)
		return frame | m->encryption | (leaf ? 0x8000000000000163 : 0x63);
	if (m->page_shift == 16)
		return (frame & 0xffffffff0000) | (frame >> 48 & 0xf) << 12 | 0x703;
	if (m->va_bits == 52)
		return (frame & 0x3fffffffff000) | (frame >> 50 & 3) << 8 | 0x403;
	return frame | 0x703; /* AF, inner shareable */
}

static void map(struct machine *m, uint64_t root, uint64_t va, uint64_t frame)
{
	unsigned int bits = m->page_shift - 3;
	uint64_t table = root;

	for (int level = m->levels - 1; level >= 0; level--) {
		uint64_t in_space = va & ((1ull << m->va_bits) - 1);
		uint64_t index =
			in_space >> (m->page_shift + level * bits) & ((1u << bits) - 1);
		uint64_t *e = at(m, table + index * 8);

		if (!level) {
			*e = entry_of(m, frame, true);
			return;
		}
		if (!*e) {
			table = new_table(m);
			*e = entry_of(m, table, false);
		} else {
			table = m->arch == ARCH_X86_64 ? *e & 0x7ffffffff000
						       : *e & (0x1000000000000 - page_size(m));
		}
	}
}

/* What BPF does: follow @t's idea of the tables; only memory that exists can be read. */
static int peek(void *arg, const struct walk_tables *t, uint64_t root, uint64_t va,
		uint64_t *ret_entry, unsigned int *ret_level)
{
	struct machine *m = arg;
	uint64_t table = root;

	m->peeks++;
	for (int level = t->levels - 1;; level--) {
		unsigned int bits = t->page_shift - 3;
		uint64_t in_space = va & ((1ull << t->va_bits) - 1);
		uint64_t index =
			in_space >> (t->page_shift + level * bits) & ((1u << bits) - 1);
		uint64_t frame = table + index * 8 - m->base, table_bits;

		if (frame < m->ram || frame + 8 > m->ram + m->bytes)
			return -EFAULT;
		*ret_entry = *at(m, frame);
		*ret_level = level;
		table_bits = m->arch == ARCH_X86_64 ? *ret_entry & 0x81 : *ret_entry & 3;
		if (!level || table_bits != (m->arch == ARCH_X86_64 ? 1 : 3))
			return 0;
		frame = (*ret_entry & t->frame_mask) | (*ret_entry & t->high_mask)
							       << t->high_shift;
		if (frame >= t->ram_end)
			return 0;
		table = frame + t->base;
	}
}

static int read_word(void *arg, uint64_t va, uint64_t *ret)
{
	struct machine *m = arg;
	uint64_t frame = va - m->base;

	if (frame < m->ram || frame + 8 > m->ram + m->bytes)
		return -EFAULT;
	*ret = *at(m, frame);
	return 0;
}

static void machine_make(struct machine *m)
{
	m->bytes = 64 * page_size(m);
	m->word = calloc(m->bytes / 8, 8);
	assert_non_null(m->word);
	m->used = page_size(m);
	m->root = m->base + new_table(m);
}

struct expectation {
	unsigned int levels, va_bits;
};

static void look(struct machine *m, bool memstart, uint64_t memstart_addr, int want)
{
	uint64_t objects[3];
	struct ptgeometry_anchor anchors[3];
	struct ptgeometry_ops ops = { peek, read_word, m };
	struct ptgeometry_known k = {
		.arch = m->arch,
		.page_size = page_size(m),
		.memory = { .ram_end = m->ram_end },
		.have_memstart = memstart,
		.memstart = memstart_addr,
		.anchors = anchors,
		.nanchors = 3,
	};
	struct walk_tables t;

	for (int i = 0; i < 3; i++) {
		objects[i] = m->base + m->ram + (i + 3) * page_size(m) + 0x40 * i;
		map(m, m->root - m->base, objects[i], objects[i] - m->base - 0x40 * i);
		anchors[i] = (struct ptgeometry_anchor){ .root = m->root, .va = objects[i] };
	}
	k.linear_address = objects[0];
	assert_int_equal(ptgeometry_find(&k, &ops, &t), want);
	if (!want) {
		assert_int_equal(t.levels, m->levels);
		assert_int_equal(t.va_bits, m->va_bits);
		assert_int_equal(t.base, m->base);
		assert_int_equal(t.frame_mask & m->encryption, 0);
	}
	free(m->word);
}

static void test_x86_4_levels(void **state)
{
	struct machine m = { ARCH_X86_64,
			     12,
			     4,
			     48,
			     .ram = 5 * GIB,
			     .ram_end = 24 * GIB,
			     .base = 0xffff9a4cc0000000 };

	machine_make(&m);
	look(&m, false, 0, 0);
	/* no more than one offset for each GiB and each of two shapes, three anchors each */
	assert_true(m.peeks <= 2 * 24 * 3 + 2);
}

static void test_x86_5_levels(void **state)
{
	struct machine m = { ARCH_X86_64,
			     12,
			     5,
			     57,
			     .ram = 2 * GIB,
			     .ram_end = 8 * GIB,
			     .base = 0xff11000000000000 };

	machine_make(&m);
	look(&m, false, 0, 0);
}

static void test_x86_encrypted(void **state)
{
	struct machine m = { ARCH_X86_64,
			     12,
			     4,
			     48,
			     .ram = 1 * GIB,
			     .ram_end = 4 * GIB,
			     .base = 0xffff888000000000,
			     .encryption = 1ull << 51 };

	machine_make(&m);
	look(&m, false, 0, 0);
}

static void arm64(unsigned int page_shift, unsigned int levels, unsigned int va_bits,
		  unsigned int configured_bits, bool memstart)
{
	struct machine m = { ARCH_ARM64, page_shift,	 levels,
			     va_bits,	 .ram = 1 * GIB, .ram_end = 3 * GIB };
	/* KASLR moves memstart_addr down, in steps of the alignment (arm64_memblock_init()) */
	uint64_t memstart_addr = 1 * GIB - 37 * GIB;

	if (configured_bits != va_bits)
		memstart_addr -= (0 - (1ull << va_bits)) - (0 - (1ull << configured_bits));
	m.base = (0 - (1ull << configured_bits)) - memstart_addr;
	machine_make(&m);
	look(&m, memstart, memstart_addr, 0);
}

static void test_arm64(void **state)
{
	arm64(12, 4, 48, 48, true);
	arm64(12, 3, 39, 39, true);
	arm64(12, 5, 52, 52, true);
	arm64(14, 3, 47, 47, true);
	arm64(14, 4, 48, 48, true);
	arm64(14, 4, 52, 52, true);
	arm64(14, 2, 36, 36, false);
	arm64(16, 3, 48, 48, true);
	arm64(16, 2, 42, 42, true);
	arm64(16, 3, 52, 52, true);
}

static void test_arm64_52_bit_kernel_on_48_bit_cpu(void **state)
{
	arm64(12, 4, 48, 52, true);
	arm64(14, 3, 47, 52, true);
}

static void test_arm64_without_memstart(void **state)
{
	arm64(12, 4, 48, 48, false);
	arm64(12, 5, 52, 52, false);
	arm64(14, 4, 52, 52, false);
	arm64(16, 3, 48, 48, false);
}

/*
 * An arm64 kernel that tells neither its top table nor memstart_addr: pages of our own are all
 * there is, at frames nobody tells, known by what was written into them.
 */
static void test_own_pages(void **state)
{
	static const uint64_t va[2] = { 0x0000aaaac0de1000, 0x0000ffffb7013000 };
	struct machine m = { ARCH_ARM64,
			     12,
			     4,
			     48,
			     .ram = 1 * GIB,
			     .ram_end = 3 * GIB,
			     .base = 0xffff800000000000 - 1 * GIB };
	struct ptgeometry_anchor a[2];
	struct ptgeometry_ops ops = { peek, read_word, &m };
	struct ptgeometry_known k = { .arch = ARCH_ARM64,
				      .page_size = 4096,
				      .memory.ram_end = 3 * GIB,
				      .anchors = a,
				      .nanchors = 2 };
	struct walk_tables t;

	machine_make(&m);
	k.linear_address = m.root;
	for (int i = 0; i < 2; i++) {
		uint64_t frame = new_table(&m);

		a[i] = (struct ptgeometry_anchor){ m.root, va[i], 0x1234567890abcdef + i };
		map(&m, m.root - m.base, va[i], frame);
		*at(&m, frame) = a[i].word;
	}
	assert_int_equal(ptgeometry_find(&k, &ops, &t), 0);
	assert_int_equal(t.base, m.base);
	assert_int_equal(t.levels, 4);
	assert_int_equal(t.va_bits, 48);
	/* a page holds something else: what was found is not believed */
	a[1].word++;
	assert_int_equal(ptgeometry_find(&k, &ops, &t), -ENOENT);
	free(m.word);
}

/* Tables that are consistent with nothing: one object lies elsewhere than the map says. */
static void test_inconsistent(void **state)
{
	struct machine m = { ARCH_X86_64,
			     12,
			     4,
			     48,
			     .ram = 1 * GIB,
			     .ram_end = 4 * GIB,
			     .base = 0xffff888000000000 };
	struct ptgeometry_anchor a[2];
	struct ptgeometry_ops ops = { peek, read_word, &m };
	struct ptgeometry_known k = { .arch = ARCH_X86_64,
				      .page_size = 4096,
				      .memory.ram_end = 4 * GIB,
				      .anchors = a,
				      .nanchors = 2 };
	struct walk_tables t;

	machine_make(&m);
	k.linear_address = m.base + m.ram;
	for (int i = 0; i < 2; i++) {
		a[i] = (struct ptgeometry_anchor){ m.root, m.base + m.ram + i * 4096, 0 };
		map(&m, m.root - m.base, a[i].va, m.ram + i * 8192);
	}
	assert_int_equal(ptgeometry_find(&k, &ops, &t), -ENOENT);
	/* one anchor alone proves nothing */
	k.nanchors = 1;
	assert_int_equal(ptgeometry_find(&k, &ops, &t), -ENOENT);
	free(m.word);
}

/* The top table is one of many pages; a copy of it with one entry gone is none. */
static void test_root(void **state)
{
	struct machine m = { ARCH_ARM64,
			     12,
			     4,
			     48,
			     .ram = 1 * GIB,
			     .ram_end = 3 * GIB,
			     .base = 0xffff800000000000 };
	struct ptgeometry_anchor a[2];
	struct ptgeometry_ops ops = { peek, read_word, &m };
	struct ptgeometry_known k = { .page_size = 4096, .anchors = a, .nanchors = 2 };
	struct walk_tables t = { .frame_mask = 0xfffffffff000,
				 .levels = 4,
				 .page_shift = 12,
				 .va_bits = 48,
				 .base = m.base,
				 .ram_end = 3 * GIB };
	uint64_t root = 0;

	machine_make(&m);
	for (int i = 0; i < 2; i++) {
		a[i] = (struct ptgeometry_anchor){ .va = m.base + m.ram + i * 2 * MIB };
		map(&m, m.root - m.base, a[i].va, a[i].va - m.base);
	}
	assert_int_equal(ptgeometry_find_root(&k, &ops, &t, m.base + m.ram,
					      m.base + m.ram + m.bytes - 4096 + 123, &root),
			 0);
	assert_int_equal(root, m.root);
	assert_int_equal(ptgeometry_find_root(&k, &ops, &t, m.root,
					      m.base + m.ram + m.bytes - 4096, &root),
			 -ENOENT);
	assert_int_equal(root, m.root);
	free(m.word);
}

static void test_reach(void **state)
{
	struct walk_tables t = { .frame_mask = 0x000ffffffffff000 };
	struct physmem small = { .ram_end = 24 * GIB, .io_end = 0 };
	struct physmem io = { .ram_end = 24 * GIB, .io_end = 300 * GIB };

	ptgeometry_reach(&t, &small);
	assert_int_equal(t.ram_end, 24 * GIB);
	assert_int_equal(t.no_frame_mask, 0);
	ptgeometry_reach(&t, &io);
	assert_int_equal(t.no_frame_mask, 0x000fff8000000000);
}

static void test_frame(void **state)
{
	struct walk_tables lpa2 = { .frame_mask = 0x3fffffffff000,
				    .high_mask = 0x300,
				    .high_shift = 42,
				    .page_shift = 12 };
	struct walk_tables lpa = { .frame_mask = 0xffffffff0000,
				   .high_mask = 0xf000,
				   .high_shift = 36,
				   .page_shift = 16 };

	assert_int_equal(ptgeometry_frame(&lpa2, 0x0062000040000f43),
			 0xe000040000000 & ~0xfffull);
	assert_int_equal(ptgeometry_frame(&lpa, 0x006000008000a703), 0xa000080000000);
	assert_int_equal(ptgeometry_span(&lpa2, 1), 2 * MIB);
	assert_int_equal(ptgeometry_span(&lpa2, 2), GIB);
	assert_int_equal(ptgeometry_span(&lpa, 1), 512 * MIB);
}

/* Entries of a PROT_NONE page, as read on 6.1 and on 6.12 (page at 0x4711000). */
static void test_absent(void **state)
{
	struct walk_tables t = { 0 };

	/* 6.1: PTE_PROT_NONE bit 58, nG bit 11 set as well */
	assert_int_equal(ptgeometry_learn_absent(&t, 0x0460000004711fc2), 0);
	assert_int_equal(t.swap_shift, 3);
	assert_int_equal(t.invalid_mask, 3ull << 58);
	assert_int_equal(ptgeometry_learn_absent(&t, 0x0060000004711fc2), 0);
	assert_int_equal(t.swap_shift, 6);
	assert_int_equal(t.invalid_mask, 1u << 11);
	assert_int_equal(ptgeometry_learn_absent(&t, 0x0060000004711fc3), -EINVAL);
	assert_int_equal(ptgeometry_learn_absent(&t, 0), -EINVAL);
	assert_int_equal(t.swap_shift, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86_4_levels),
		cmocka_unit_test(test_x86_5_levels),
		cmocka_unit_test(test_x86_encrypted),
		cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_arm64_52_bit_kernel_on_48_bit_cpu),
		cmocka_unit_test(test_arm64_without_memstart),
		cmocka_unit_test(test_own_pages),
		cmocka_unit_test(test_inconsistent),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
