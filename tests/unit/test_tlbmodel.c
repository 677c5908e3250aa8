// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TLB model of the bench: misses of known sequences of accesses, worked by hand from what
 * least recently used means; page tables and operands written out as the Arm ARM has them.
 */
#include "tree.h"

#include "../../kernel/tests/tlbmodel/events.h"
#include "../../kernel/tests/tlbmodel/guestpmu.h"
#include "../../kernel/tests/tlbmodel/scope.h"
#include "../../kernel/tests/qemu/tlbi.h"

#define PAGE   4096ull
#define M      (1ull << 20)
#define LINEAR 0xffff000000000000ull

/* As the L1 and L2 of Neoverse N1: 48 entries; 256 sets of 5. */
static const struct tlb_shape full48 = { 1, 48, TLB_4K | TLB_64K | TLB_2M };
static const struct tlb_shape sets256 = { 256, 5, TLB_4K | TLB_64K | TLB_2M };
static const struct tlb_scope everything = { 0, UINT64_MAX, 0, true, true };

/* Misses of one access to each of @n places @stride apart, in mappings of 2^shift bytes. */
static unsigned int sweep(struct tlb *t, uint64_t start, unsigned int n, uint64_t stride,
			  unsigned int shift)
{
	unsigned int misses = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t va = start + i * stride;

		if (tlb_lookup(t, va, 1))
			continue;
		misses++;
		tlb_insert(t, va, shift, 1, true);
	}
	return misses;
}

static struct tlb make(const struct tlb_shape *shape)
{
	struct tlb t;

	assert_int_equal(tlb_init(&t, shape), 0);
	return t;
}

static void test_sequential(void **state)
{
	struct tlb t = make(&full48);

	assert_int_equal(sweep(&t, LINEAR, 48, PAGE, 12), 48);
	assert_int_equal(sweep(&t, LINEAR, 48, PAGE, 12), 0);
	/* eight accesses to a page are one miss */
	assert_int_equal(sweep(&t, 0x10000000, 8 * 48, PAGE / 8, 12), 48);
	tlb_done(&t);
}

/* One more than fits: what is needed next has always just gone. */
static void test_capacity(void **state)
{
	struct tlb t = make(&full48);

	assert_int_equal(sweep(&t, LINEAR, 49, PAGE, 12), 49);
	assert_int_equal(sweep(&t, LINEAR, 49, PAGE, 12), 49);
	/* 48 of them are there, the first is not, and from there on each displaces the next */
	assert_non_null(tlb_lookup(&t, LINEAR + 48 * PAGE, 1));
	assert_null(tlb_lookup(&t, LINEAR, 1));
	tlb_done(&t);
}

/* 1400 pages over 256 sets of 5: 120 sets get 6 pages and miss each time, the others none. */
static void test_sets(void **state)
{
	struct tlb t = make(&sets256);

	assert_int_equal(sweep(&t, LINEAR, 1280, PAGE, 12), 1280);
	assert_int_equal(sweep(&t, LINEAR, 1280, PAGE, 12), 0);
	tlb_invalidate(&t, &everything);
	assert_int_equal(sweep(&t, LINEAR, 1400, PAGE, 12), 1400);
	assert_int_equal(sweep(&t, LINEAR, 1400, PAGE, 12), 720);
	assert_int_equal(sweep(&t, LINEAR, 1400, PAGE, 12), 720);
	tlb_done(&t);
}

/* Pages 1 MiB apart share a set. */
static void test_conflict(void **state)
{
	struct tlb t = make(&sets256);

	assert_int_equal(sweep(&t, LINEAR, 5, M, 12), 5);
	assert_int_equal(sweep(&t, LINEAR, 5, M, 12), 0);
	assert_int_equal(sweep(&t, LINEAR, 6, M, 12), 1);
	assert_int_equal(sweep(&t, LINEAR, 6, M, 12), 6);
	/* and half a MiB apart, two sets do */
	tlb_invalidate(&t, &everything);
	assert_int_equal(sweep(&t, LINEAR, 10, M / 2, 12), 10);
	assert_int_equal(sweep(&t, LINEAR, 10, M / 2, 12), 0);
	tlb_done(&t);
}

static void test_contiguous(void **state)
{
	static const struct tlb_shape small = { 1, 48, TLB_4K | TLB_2M };
	struct tlb t = make(&full48), without = make(&small);

	assert_int_equal(sweep(&t, LINEAR, 16 * 48, PAGE, 16), 48);
	assert_int_equal(sweep(&t, LINEAR, 16 * 48, PAGE, 16), 0);
	/* a TLB that does not store 64K stores pages of it */
	assert_int_equal(sweep(&without, LINEAR, 16, PAGE, 16), 16);
	/* a block of 1 GiB in parts of 2 MiB */
	tlb_invalidate(&t, &everything);
	assert_int_equal(sweep(&t, LINEAR, 512 * 20, PAGE, 30), 20);
	/* 32 MiB contiguous, in parts of 2 MiB */
	assert_int_equal(sweep(&without, 0x40000000, 8192, PAGE, 25), 16);
	tlb_done(&t);
	tlb_done(&without);
}

/* Entries of different sizes live in sets of their own numbering. */
static void test_mixed_sizes(void **state)
{
	struct tlb t = make(&sets256);

	/* 5 blocks of 2 MiB, 512 MiB apart, fill set 0; so do 5 pages 1 MiB apart */
	assert_int_equal(sweep(&t, LINEAR, 5, 512 * M, 21), 5);
	assert_int_equal(sweep(&t, LINEAR + (4096 * M), 5, M, 12), 5);
	assert_int_equal(sweep(&t, LINEAR, 5, 512 * M, 21), 5);
	tlb_done(&t);
}

static void test_asid(void **state)
{
	struct tlb t = make(&sets256);

	tlb_insert(&t, 0x400000, 12, 7, false);
	assert_non_null(tlb_lookup(&t, 0x400fff, 7));
	assert_null(tlb_lookup(&t, 0x400000, 8));
	assert_null(tlb_lookup(&t, 0x401000, 7));
	tlb_insert(&t, LINEAR, 12, 7, true);
	assert_non_null(tlb_lookup(&t, LINEAR, 8));
	tlb_done(&t);
}

static bool left(struct tlb *t, uint64_t va, uint16_t asid)
{
	return tlb_lookup(t, va, asid);
}

static void fill(struct tlb *t)
{
	tlb_invalidate(t, &everything);
	tlb_insert(t, 0x400000, 12, 7, false);
	tlb_insert(t, 0x400000, 12, 8, false);
	tlb_insert(t, 0x600000, 16, 7, false);
	tlb_insert(t, LINEAR, 21, 7, true);
	tlb_insert(t, LINEAR + 2 * M, 12, 7, true);
}

static struct tlb_scope scope_of(uint32_t insn, uint64_t operand)
{
	struct tlb_scope scope;
	int code = tlbi_code(insn);

	assert_true(code >= 0);
	assert_true(scope_of_tlbi(code, operand, &scope));
	return scope;
}

/* Instructions as an assembler encodes them, with operand register x0. */
#define VMALLE1IS 0xd508831f
#define VAE1IS	  0xd5088320
#define ASIDE1IS  0xd5088340
#define VAAE1IS	  0xd5088360
#define VALE1	  0xd50887a0
#define VAALE1IS  0xd50883e0
#define RVAE1IS	  0xd5088220
#define RVAALE1IS 0xd50882e0

static void invalidate(struct tlb *t, uint32_t insn, uint64_t operand)
{
	struct tlb_scope scope = scope_of(insn, operand);

	fill(t);
	tlb_invalidate(t, &scope);
}

static void check_tlbi(struct tlb *t)
{
	invalidate(t, VMALLE1IS, 0);
	assert_false(left(t, 0x400000, 7) || left(t, LINEAR, 1) || left(t, 0x600000, 7));
	/* page 0x400 of ASID 7 */
	invalidate(t, VAE1IS, 7ull << 48 | 0x400);
	assert_false(left(t, 0x400000, 7));
	assert_true(left(t, 0x400000, 8) && left(t, 0x600000, 7) && left(t, LINEAR, 1));
	/* a page in the middle of 64 KiB takes all of that */
	invalidate(t, VALE1, 7ull << 48 | 0x605);
	assert_false(left(t, 0x600000, 7));
	assert_true(left(t, 0x400000, 7));
	/* all of ASID 7, but nothing global */
	invalidate(t, ASIDE1IS, 7ull << 48);
	assert_false(left(t, 0x400000, 7) || left(t, 0x600000, 7));
	assert_true(left(t, 0x400000, 8) && left(t, LINEAR, 1));
	invalidate(t, VAAE1IS, 0x400);
	assert_false(left(t, 0x400000, 7) || left(t, 0x400000, 8));
	assert_true(left(t, LINEAR, 1));
	/* a page of the linear map's 2 MiB block: bits 55 to 12 of 0xffff000000007000 */
	invalidate(t, VAALE1IS, 0xff000000007ull);
	assert_false(left(t, LINEAR, 1));
	assert_true(left(t, LINEAR + 2 * M, 1) && left(t, 0x400000, 7));
	/* NUM 3, SCALE 1: 4 * 64 pages from 0x590000: ends before 0x690000 */
	invalidate(t, RVAE1IS, 7ull << 48 | 1ull << 44 | 3ull << 39 | 0x590);
	assert_false(left(t, 0x600000, 7));
	assert_true(left(t, 0x400000, 7));
	/* NUM 0, SCALE 0: 2 pages, which ends before the linear map's lone page */
	invalidate(t, RVAALE1IS, 0x10000001feull);
	assert_false(left(t, LINEAR, 1));
	assert_true(left(t, LINEAR + 2 * M, 1));
}

static void test_tlbi(void **state)
{
	static const struct tlb_shape *const shapes[] = { &full48, &sets256 };

	for (int i = 0; i < 2; i++) {
		struct tlb t = make(shapes[i]);

		check_tlbi(&t);
		tlb_done(&t);
	}
}

static void test_no_scope(void **state)
{
	struct tlb_scope scope;

	/* tlbi alle1is (EL2), ipas2e1is: other regimes; op2 4 and CRm 4 of EL1: unallocated */
	assert_false(scope_of_tlbi(tlbi_code(0xd50c839f), 0, &scope));
	assert_false(scope_of_tlbi(tlbi_code(0xd50c8020), 0, &scope));
	assert_false(scope_of_tlbi(3 << 3 | 4, 0, &scope));
	assert_false(scope_of_tlbi(4 << 3 | 1, 0, &scope));
	assert_false(scope_of_tlbi(2 << 3 | 0, 0, &scope));
}

static void test_bad_shapes(void **state)
{
	struct tlb t;

	assert_int_equal(tlb_init(&t, &(struct tlb_shape){ 3, 4, TLB_4K }), -EINVAL);
	assert_int_equal(tlb_init(&t, &(struct tlb_shape){ 4, 0, TLB_4K }), -EINVAL);
	assert_int_equal(tlb_init(&t, &(struct tlb_shape){ 4, 4, TLB_2M }), -EINVAL);
}

/* A mapping of everything in leaves of one size. */
static bool flat(void *context, uint64_t va, struct mapping *ret)
{
	unsigned int *walks = context;

	(*walks)++;
	*ret = (struct mapping){ .pa = va, .shift = va >> 63 ? 30 : 12, .reads = 4 };
	return va != 0xdead000;
}

static void rounds(struct core *c, unsigned int pages, unsigned int n, unsigned int result[4])
{
	unsigned int walks = 0, reads;

	for (unsigned int i = 0; i < n * pages; i++)
		result[core_access(c, CORE_DATA, 0x1000000 + i % pages * PAGE, 1, flat, &walks,
				   &reads)]++;
	assert_int_equal(walks, result[CORE_WALK]);
}

static const struct tlb_preset *preset_of(const char *name)
{
	int i = tlb_preset_find(name, strlen(name));

	assert_true(i >= 0);
	return &tlb_presets[i];
}

/* Two levels, as presets have them: how much fits where. */
static void check_core(const struct tlb_preset *preset, unsigned int pages, unsigned int l1,
		       unsigned int l2, unsigned int walks)
{
	unsigned int first[4] = { 0 }, later[4] = { 0 };
	struct core c;

	assert_int_equal(core_init(&c, preset), 0);
	rounds(&c, pages, 1, first);
	assert_int_equal(first[CORE_WALK], pages);
	rounds(&c, pages, 3, later);
	assert_int_equal(later[CORE_L1_HIT], 3 * l1);
	assert_int_equal(later[CORE_L2_HIT], 3 * l2);
	assert_int_equal(later[CORE_WALK], 3 * walks);
	core_done(&c);
}

static void test_levels(void **state)
{
	const struct tlb_preset *n1 = preset_of("neoverse-n1"), *v2 = preset_of("neoverse-v2");

	check_core(n1, 40, 40, 0, 0);
	check_core(n1, 200, 0, 200, 0);
	check_core(n1, 1000, 0, 1000, 0);
	check_core(n1, 1400, 0, 680, 720);
	check_core(n1, 4000, 0, 0, 4000);
	check_core(v2, 1400, 0, 1400, 0);
	/* 2100 over 256 sets of 8: 52 sets get 9 */
	check_core(v2, 2100, 0, 2100 - 52 * 9, 52 * 9);
}

/* A block of 1 GiB is whole in the L2 of N1, in two halves in its L1 for data. */
static void test_parts(void **state)
{
	unsigned int walks = 0, reads = 0;
	struct core c;

	assert_int_equal(core_init(&c, preset_of("neoverse-n1")), 0);
	assert_int_equal(core_access(&c, CORE_DATA, LINEAR, 1, flat, &walks, &reads),
			 CORE_WALK);
	assert_int_equal(reads, 4);
	assert_int_equal(core_access(&c, CORE_DATA, LINEAR + 511 * M, 1, flat, &walks, &reads),
			 CORE_L1_HIT);
	assert_int_equal(core_access(&c, CORE_DATA, LINEAR + 512 * M, 1, flat, &walks, &reads),
			 CORE_L2_HIT);
	assert_int_equal(core_access(&c, CORE_CODE, LINEAR + 33 * M, 1, flat, &walks, &reads),
			 CORE_L2_HIT);
	assert_int_equal(core_access(&c, CORE_DATA, 0xdead000, 1, flat, &walks, &reads),
			 CORE_UNMAPPED);
	core_invalidate(&c, &everything);
	assert_int_equal(core_access(&c, CORE_CODE, LINEAR, 1, flat, &walks, &reads),
			 CORE_WALK);
	core_done(&c);
}

/* Tables one after the other in a guest whose memory begins at 0x40000000. */
#define RAM	   0x40000000ull
#define ROOT	   (RAM + 0x0000)
#define PUD	   (RAM + 0x1000)
#define PMD	   (RAM + 0x2000)
#define PTE	   (RAM + 0x3000)
#define NG	   (1ull << 11)
#define CONT	   (1ull << 52)
#define ATTRIBUTES (1ull << 54 | 0x704) /* UXN, AF, SH, index 1 */

static uint8_t ram[0x4000];

static void set(uint64_t table, unsigned int index, uint64_t descriptor)
{
	memcpy(&ram[table - RAM + 8 * index], &descriptor, 8);
}

static void tables(void)
{
	memset(ram, 0, sizeof(ram));
	set(ROOT, 0, PUD | 3);
	set(PUD, 0, PMD | 3);
	set(PUD, 1, 0x80000000ull | ATTRIBUTES | 1); /* 1 GiB */
	set(PUD, 2, 0xffffff000ull | 3);	     /* table outside memory */
	set(PMD, 0, PTE | 3);
	set(PMD, 1, 0x48200000ull | ATTRIBUTES | NG | 1);	  /* 2 MiB */
	set(PMD, 16, 0x4a000000ull | ATTRIBUTES | CONT | 1);	  /* of 32 MiB */
	set(PTE, 5, 0x41005000ull | ATTRIBUTES | 3);		  /* 4 KiB */
	set(PTE, 16, 0x41230000ull | ATTRIBUTES | NG | CONT | 3); /* of 64 KiB */
	set(PTE, 17, 0x41231000ull | ATTRIBUTES | NG | CONT | 3);
	set(PTE, 18, 0x41232000ull | 2); /* invalid */
	set(PTE, 19, 0x41233000ull | 1); /* reserved */
}

static void check_walk(uint64_t va, uint64_t pa, unsigned int shift, unsigned int reads,
		       bool global)
{
	const struct guest_memory m = { ram, RAM, sizeof(ram) };
	struct mapping got;

	assert_true(walk(&m, ROOT | 1ull << 48 | 1, va, &got));
	assert_int_equal(got.pa, pa);
	assert_int_equal(got.shift, shift);
	assert_int_equal(got.reads, reads);
	assert_int_equal(got.global, global);
}

static void test_walk(void **state)
{
	static const uint64_t unmapped[] = { 0x0, 0x12000, 0x13000, 0x80000000, 0x8000000000 };
	const struct guest_memory m = { ram, RAM, sizeof(ram) };
	struct mapping got = { .pa = 99 };

	tables();
	check_walk(0x5abc, 0x41005abc, 12, 4, true);
	check_walk(0x11008, 0x41231008, 16, 4, false);
	check_walk(0x3fffff, 0x483fffff, 21, 3, false);
	check_walk(0x2012345, 0x4a012345, 25, 3, true);
	check_walk(0x7fffffff, 0xbfffffff, 30, 2, true);
	/* bits above 47 select nothing within a table */
	check_walk(LINEAR + 0x5abc, 0x41005abc, 12, 4, true);
	for (size_t i = 0; i < sizeof(unmapped) / sizeof(*unmapped); i++)
		assert_false(walk(&m, ROOT, unmapped[i], &got));
	assert_int_equal(got.pa, 99);
}

/* As published: entries of the first level for data and instructions, then of the second. */
static void test_presets(void **state)
{
	static const struct {
		const char *name;
		unsigned int l1d, l1i, l2, ways, l2i;
	} wanted[TLB_PRESETS] = {
		{ "neoverse-n1", 48, 48, 1280, 5, 0 }, { "neoverse-v1", 40, 48, 2048, 8, 0 },
		{ "neoverse-n2", 44, 48, 1280, 5, 0 }, { "neoverse-v2", 48, 48, 2048, 8, 0 },
		{ "neoverse-v3", 96, 48, 2048, 8, 0 }, { "ampereone", 64, 64, 1536, 6, 768 },
		{ "olympus", 112, 64, 3072, 6, 0 },    { "pessimist", 48, 48, 1280, 5, 0 },
	};

	for (int i = 0; i < TLB_PRESETS; i++) {
		const struct tlb_preset *p = preset_of(wanted[i].name);
		struct core c;

		assert_int_equal(p->l1d.sets * p->l1d.ways, wanted[i].l1d);
		assert_int_equal(p->l1i.sets * p->l1i.ways, wanted[i].l1i);
		assert_int_equal(p->l2.sets * p->l2.ways, wanted[i].l2);
		assert_int_equal(p->l2.ways, wanted[i].ways);
		assert_int_equal(p->l2i.sets * p->l2i.ways, wanted[i].l2i);
		assert_non_null(p->source);
		assert_int_equal(core_init(&c, p), 0);
		core_done(&c);
	}
	assert_int_equal(tlb_preset_find("neoverse-n", 10), -1);
	assert_int_equal(tlb_preset_find("neoverse-n12", 12), -1);
}

/* AmpereOne: data may fill its second level, and instructions still find theirs. */
static void test_split(void **state)
{
	const struct tlb_preset *one = preset_of("ampereone");
	unsigned int walks = 0, reads;
	struct core c;

	check_core(one, 64, 64, 0, 0);
	check_core(one, 65, 0, 65, 0);
	check_core(one, 1536, 0, 1536, 0);
	/* 1600 over 256 sets of 6: 64 sets get 7 */
	check_core(one, 1600, 0, 1600 - 64 * 7, 64 * 7);

	assert_int_equal(core_init(&c, one), 0);
	for (unsigned int i = 0; i < 769; i++)
		assert_int_equal(core_access(&c, CORE_CODE, i * PAGE, 1, flat, &walks, &reads),
				 CORE_WALK);
	for (unsigned int i = 0; i < 4000; i++)
		assert_int_equal(core_access(&c, CORE_DATA, 0x4000000 + i * PAGE, 1, flat,
					     &walks, &reads),
				 CORE_WALK);
	/* page 0 had to go for page 768, six pages of the same set later; page 1 is there */
	assert_int_equal(core_access(&c, CORE_CODE, PAGE, 1, flat, &walks, &reads),
			 CORE_L2_HIT);
	assert_int_equal(core_access(&c, CORE_CODE, 0, 1, flat, &walks, &reads), CORE_WALK);
	core_invalidate(&c, &everything);
	assert_int_equal(core_access(&c, CORE_CODE, PAGE, 1, flat, &walks, &reads), CORE_WALK);
	core_done(&c);
}

/* Numbers of events: Arm ARM D13.12. */
static void test_events(void **state)
{
	static const struct {
		unsigned int event;
		uint64_t unified, split;
	} wanted[] = {
		{ 0x02, 3, 3 },	    { 0x05, 2, 2 },	{ 0x2d, 3, 1 },	    { 0x2e, 0, 2 },
		{ 0x34, 1, 1 },	    { 0x35, 2, 2 },	{ 0x8136, 4, 4 },   { 0x8137, 6, 6 },
		{ 0x8128, 28, 28 }, { 0x8129, 42, 42 }, { 0x8167, 28, 28 }, { 0x815c, 42, 42 },
		{ 0xd20e, 28, 28 }, { 0xd20c, 42, 42 }, { 0x33, 0, 0 },
	};
	struct misses m = { 0 };

	misses_add(&m, CORE_DATA, CORE_L2_HIT, 9);
	misses_add(&m, CORE_DATA, CORE_WALK, 4);
	misses_add(&m, CORE_CODE, CORE_L2_HIT, 9);
	misses_add(&m, CORE_CODE, CORE_WALK, 3);
	misses_add(&m, CORE_CODE, CORE_WALK, 3);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		assert_int_equal(event_count(&m, false, 7, wanted[i].event),
				 wanted[i].unified);
		assert_int_equal(event_count(&m, true, 7, wanted[i].event), wanted[i].split);
	}
}

static uint64_t count_known(unsigned int event, bool user, bool kernel)
{
	return event * 100 + user * 10 + kernel;
}

/* Words as the assembler makes them of the names in the comments. */
static void test_counters(void **state)
{
	struct told told;

	assert_int_equal(guestpmu_read_of(0xd53be800), 0);  /* mrs x0, pmevcntr0_el0 */
	assert_int_equal(guestpmu_read_of(0xd53be927), 9);  /* mrs x7, pmevcntr9_el0 */
	assert_int_equal(guestpmu_read_of(0xd53bebc3), 30); /* mrs x3, pmevcntr30_el0 */
	assert_int_equal(guestpmu_read_of(0xd51be860), -1); /* msr pmevcntr3_el0, x0 */
	assert_int_equal(guestpmu_read_of(0xd53bec00), -1); /* mrs x0, pmevtyper0_el0 */
	assert_int_equal(guestpmu_read_of(0xd53b9d00), -1); /* mrs x0, pmccntr_el0 */
	assert_int_equal(guestpmu_type_of(0xd51beca1), 5);  /* msr pmevtyper5_el0, x1 */
	assert_int_equal(guestpmu_type_of(0xd51befdf), 30); /* msr pmevtyper30_el0, xzr */
	assert_int_equal(guestpmu_type_of(0xd51befe0), -1); /* msr pmccfiltr_el0, x0 */
	/* a program that is not QEMU */
	assert_false(guestpmu_attach(count_known));
	guestpmu_set_type(3, TOLD_NO_USER | 0x34);
	guestpmu_tell(&told);
	assert_int_equal(told.counter[3].type & TOLD_EVENT, 0x34);
	assert_int_equal(told.counter[3].reads, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequential), cmocka_unit_test(test_capacity),
		cmocka_unit_test(test_sets),	   cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_contiguous), cmocka_unit_test(test_mixed_sizes),
		cmocka_unit_test(test_asid),	   cmocka_unit_test(test_tlbi),
		cmocka_unit_test(test_no_scope),   cmocka_unit_test(test_bad_shapes),
		cmocka_unit_test(test_levels),	   cmocka_unit_test(test_parts),
		cmocka_unit_test(test_walk),	   cmocka_unit_test(test_presets),
		cmocka_unit_test(test_split),	   cmocka_unit_test(test_events),
		cmocka_unit_test(test_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
