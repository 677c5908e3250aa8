// SPDX-License-Identifier: GPL-2.0-only
/* Made-up mappings and pages; the bytes and reasons expected are worked out by hand. */
#include "tree.h"

#include "host/smaps.h"
#include "why/why.h"
#include "why/why_read.h"

#define K   1024ull
#define M   (1024 * K)
#define AT  (64 * M) /* where the mapping begins, as a rule */
#define ALL (PAGE_MAPPED | PAGE_FOLIO)

static struct why_vma vma;
static struct why why;
static struct pagewalk_page pages[2048];

/* x86_64: leaves of 4K and 2M; 2M inherits "always". */
static void begin(uint64_t start, uint64_t bytes)
{
	vma = (struct why_vma){ .start = start,
				.end = start + bytes,
				.eligible = 1,
				.file_order = -1,
				.name = "" };
	why = (struct why){ .vmas = &vma, .nvmas = 1 };
	why.facts = (struct why_facts){
		.page_size = 4096, .wanted_bytes = 2 * M, .pmd_bytes = 2 * M, .nsizes = 1
	};
	why.facts.sizes[0] = (struct why_size){ 2 * M, WHY_WORD_ALWAYS, WHY_WORD_ALWAYS };
	memset(pages, 0, sizeof(pages));
}

/* @n pages at @first of the array in folios of @order, physically in one piece from @frame */
static void put(size_t first, size_t n, uint64_t frame, unsigned int order, unsigned int flags)
{
	for (size_t i = 0; i < n; i++)
		pages[first + i] = (struct pagewalk_page){ frame + i * 4096, flags, order };
}

/* The array is what is at @start, seen in steps as a walk has them: up to each 2 MiB. */
static void walk(uint64_t start, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint64_t va = start + i * 4096;
		size_t k = (2 * M - va % (2 * M)) / 4096;
		struct pagewalk_step s;

		k = k < n - i ? k : n - i;
		s = (struct pagewalk_step){ va, k * 4096, LEAF_PTE, pages + i, k };
		why_step(&why, &s);
		i += k;
	}
}

static struct why_sum summed(void)
{
	struct why_sum sum = { 0 };
	uint64_t bytes = 0, entries = 0;

	why_add(&why, &sum);
	for (int k = 0; k < WHY_MAX; k++) {
		bytes += sum.reason[k].bytes;
		entries += sum.reason[k].entries;
	}
	assert_int_equal(bytes, sum.small.bytes);
	assert_int_equal(entries, sum.small.entries);
	return sum;
}

static void expect(enum why_reason r, uint64_t bytes, uint64_t entries, uint64_t blocks)
{
	struct why_sum sum = summed();

	if (sum.reason[r].bytes != bytes || sum.reason[r].entries != entries ||
	    sum.reason[r].blocks != blocks)
		fail_msg("%s: %llu bytes, %llu entries, %llu blocks", why_name(r),
			 (unsigned long long)sum.reason[r].bytes,
			 (unsigned long long)sum.reason[r].entries,
			 (unsigned long long)sum.reason[r].blocks);
}

/* 3 MiB from the middle of a block on: 1 MiB before the whole block, none behind. */
static void test_edges(void **state)
{
	begin(AT + M, 3 * M);
	put(0, 768, 0x10000000, 0, ALL | PAGE_ANON);
	walk(AT + M, 768);
	expect(WHY_SHORT, M, 256, 0);
	expect(WHY_SMALL, 2 * M, 512, 1);
	assert_int_equal(summed().small.blocks, 1);
}

static void test_folios(void **state)
{
	begin(AT, 8 * M);
	put(0, 512, 0x20000000, 9, ALL | PAGE_ANON);   /* whole */
	put(512, 512, 0x20200000, 9, ALL | PAGE_ANON); /* but for a page */
	pages[600].flags = 0;
	put(1024, 512, 0x20401000, 9, ALL | PAGE_ANON); /* not where it would fit */
	put(1536, 512, 0x20800000, 4, ALL | PAGE_ANON); /* smaller ones */
	walk(AT, 2048);
	expect(WHY_UNFOLDED, 2 * M, 512, 1);
	expect(WHY_PARTLY, 2 * M - 4 * K + 2 * M, 1023, 2);
	expect(WHY_SMALL, 2 * M, 512, 1);
	assert_int_equal(summed().small.blocks, 4);
}

/* Two folios that each fit, but make no whole one. */
static void test_two_folios(void **state)
{
	begin(AT, 2 * M);
	put(0, 256, 0x20000000, 9, ALL | PAGE_ANON);
	put(256, 256, 0x30100000, 9, ALL | PAGE_ANON);
	walk(AT, 512);
	expect(WHY_PARTLY, 2 * M, 512, 1);
}

static void test_kinds_of_pages(void **state)
{
	begin(AT, 2 * M);
	put(0, 3, 0x20000000, 0, ALL | PAGE_ANON | PAGE_KSM);
	put(3, 5, 0x20010000, 0, PAGE_MAPPED);
	put(8, 7, 0xfee00000, 0, PAGE_MAPPED | PAGE_SPECIAL);
	put(15, 11, 0x20020000, 0, ALL | PAGE_ANON);
	walk(AT, 512);
	expect(WHY_MERGED, 12 * K, 3, 1);
	expect(WHY_UNREAD, 20 * K, 5, 1);
	expect(WHY_SPECIAL, 28 * K, 7, 0);
	expect(WHY_SMALL, 44 * K, 11, 1);
	assert_int_equal(summed().small.blocks, 1);
}

static void test_large_leaf(void **state)
{
	struct pagewalk_step s = { AT, 2 * M, LEAF_PMD, NULL, 0 };

	begin(AT, 4 * M);
	why_step(&why, &s);
	s.start = AT + 32 * M; /* in no mapping known */
	why_step(&why, &s);
	put(0, 2, 0x20000000, 0, ALL);
	walk(AT + 48 * M, 2);
	expect(WHY_CHANGED, 8 * K, 2, 0);
	assert_int_equal(summed().reached, 4 * M);
}

/* arm64: 64K wanted, contiguous leaves of it and 4K ones; then 2M wanted of the same memory.
 */
static void test_contiguous(void **state)
{
	begin(AT, 2 * M);
	why.facts.contiguous_bytes = 64 * K;
	why.facts.wanted_bytes = 64 * K;
	why.facts.nsizes = 2;
	why.facts.sizes[0] = (struct why_size){ 64 * K, WHY_WORD_ALWAYS, WHY_WORD_NEVER };
	why.facts.sizes[1] = (struct why_size){ 2 * M, WHY_WORD_NEVER, WHY_WORD_NEVER };
	put(0, 16, 0x20000000, 4, ALL | PAGE_ANON | PAGE_CONT);
	put(16, 16, 0x20010000, 4, ALL | PAGE_ANON); /* unfolded */
	put(32, 5, 0x20020000, 0, ALL | PAGE_ANON);
	walk(AT, 512);
	assert_int_equal(summed().reached, 64 * K);
	expect(WHY_UNFOLDED, 64 * K, 16, 1);
	expect(WHY_SMALL, 20 * K, 5, 1);

	vma.found[WHY_CLASS_WHOLE] = vma.found[WHY_CLASS_ANON] = (struct why_bytes){ 0 };
	vma.reached = vma.blocks = 0;
	memset(vma.gain, 0, sizeof(vma.gain));
	why.facts.wanted_bytes = 2 * M;
	walk(AT, 512);
	expect(WHY_NEVER, 148 * K, 1 + 16 + 5, 1);
	/* 64K: the two blocks that have 4K leaves; 2M: the one block */
	assert_int_equal(summed().size[0].bytes, 84 * K);
	assert_int_equal(summed().size[0].entries_before, 21);
	assert_int_equal(summed().size[0].entries_after, 2);
	assert_int_equal(summed().size[0].added, 44 * K);
	assert_int_equal(summed().size[1].bytes, 148 * K);
	assert_int_equal(summed().size[1].entries_before, 22);
	assert_int_equal(summed().size[1].entries_after, 1);
	assert_int_equal(summed().size[1].added, 2 * M - 148 * K);
}

/* x86_64: folios of 16K have no leaf of their own, but take memory. */
static void test_gain_without_leaf(void **state)
{
	begin(AT, 4 * M);
	why.facts.nsizes = 2;
	why.facts.sizes[0] = (struct why_size){ 16 * K, WHY_WORD_NEVER, WHY_WORD_NEVER };
	why.facts.sizes[1] = (struct why_size){ 2 * M, WHY_WORD_NEVER, WHY_WORD_NEVER };
	put(0, 1, 0x20000000, 0, ALL | PAGE_ANON);
	put(5, 2, 0x20005000, 0, ALL | PAGE_ANON);
	put(8, 4, 0x20008000, 2, ALL | PAGE_ANON); /* has it already */
	put(600, 1, 0x20300000, 0, ALL | PAGE_ANON);
	walk(AT, 1024);
	assert_int_equal(summed().size[0].bytes, 0);
	assert_int_equal(summed().size[0].added, 12 * K + 8 * K + 12 * K);
	assert_int_equal(summed().size[1].bytes, 32 * K);
	assert_int_equal(summed().size[1].entries_before, 8);
	assert_int_equal(summed().size[1].entries_after, 2);
	assert_int_equal(summed().size[1].added, 4 * M - 32 * K);
	vma.flags = SMAPS_NOHUGEPAGE;
	assert_int_equal(summed().size[1].bytes, 0);
	assert_int_equal(summed().size[1].added, 0);
}

static void test_file_offset(void **state)
{
	begin(AT, 4 * M);
	vma.memory = WHY_FILE_MEMORY;
	vma.offset = 4096;
	put(0, 1024, 0x20000000, 9, ALL);
	walk(AT, 1024);
	expect(WHY_SHORT, 4 * M, 1024, 0);
}

static const struct policy_case {
	enum why_memory memory;
	bool anon_page;
	unsigned int flags;
	int eligible, file_order;
	bool disabled;
	enum why_word word, tmpfs, tmpfs_all;
	enum why_reason reason;
} policy_cases[] = {
	/* anonymous memory */
	{ WHY_ANON, true, 0, 1, -1, false, WHY_WORD_ALWAYS, 0, 0, WHY_SMALL },
	{ WHY_ANON, true, 0, 0, -1, false, WHY_WORD_ALWAYS, 0, 0, WHY_INELIGIBLE },
	{ WHY_ANON, true, 0, -1, -1, false, WHY_WORD_ALWAYS, 0, 0, WHY_SMALL },
	{ WHY_ANON, true, 0, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_NEVER },
	{ WHY_ANON, true, 0, 0, -1, false, WHY_WORD_NONE, 0, 0, WHY_NEVER },
	{ WHY_ANON, true, SMAPS_HUGEPAGE, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_NEVER },
	{ WHY_ANON, true, 0, 0, -1, false, WHY_WORD_ADVISED, 0, 0, WHY_ADVICE },
	{ WHY_ANON, true, SMAPS_HUGEPAGE, 1, -1, false, WHY_WORD_ADVISED, 0, 0, WHY_SMALL },
	{ WHY_ANON, true, SMAPS_NOHUGEPAGE, 0, -1, false, WHY_WORD_NEVER, 0, 0,
	  WHY_FORBIDDEN },
	{ WHY_ANON, true, SMAPS_NOHUGEPAGE, 0, -1, true, WHY_WORD_ALWAYS, 0, 0,
	  WHY_FORBIDDEN },
	{ WHY_ANON, true, SMAPS_HUGEPAGE, 0, -1, true, WHY_WORD_ALWAYS, 0, 0, WHY_PROCESS },
	{ WHY_ANON, true, SMAPS_LOCKED, 1, -1, false, WHY_WORD_ALWAYS, 0, 0, WHY_SMALL },
	{ WHY_ANON, true, SMAPS_DEVICE, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_SPECIAL },
	{ WHY_ANON, true, SMAPS_DONTEXPAND, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_SPECIAL },
	{ WHY_ANON, true, SMAPS_HUGETLB, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_SPECIAL },
	{ WHY_ANON, false, 0, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_SPECIAL },
	/* shared memory, and a private copy of it */
	{ WHY_SHARED, false, 0, 0, 9, false, WHY_WORD_NEVER, 0, 0, WHY_SHMEM },
	{ WHY_SHARED, false, 0, 0, 9, false, WHY_WORD_ADVISED, 0, 0, WHY_SHMEM_ADVICE },
	{ WHY_SHARED, false, SMAPS_HUGEPAGE, 1, 9, false, WHY_WORD_ADVISED, 0, 0, WHY_SMALL },
	{ WHY_SHARED, false, 0, 1, 9, true, WHY_WORD_ALWAYS, 0, 0, WHY_PROCESS },
	{ WHY_SHARED, true, 0, 1, 9, false, WHY_WORD_ALWAYS, 0, 0, WHY_COPIED },
	/* a tmpfs */
	{ WHY_TMPFS_MEMORY, false, 0, 0, 9, false, 0, WHY_WORD_NEVER, 0, WHY_TMPFS },
	{ WHY_TMPFS_MEMORY, false, 0, 0, 9, false, 0, WHY_WORD_ADVISED, 0, WHY_TMPFS },
	{ WHY_TMPFS_MEMORY, false, SMAPS_HUGEPAGE, 1, 9, false, 0, WHY_WORD_ADVISED, 0,
	  WHY_SMALL },
	{ WHY_TMPFS_MEMORY, false, 0, 1, 9, false, 0, WHY_WORD_ALWAYS, 0, WHY_SMALL },
	{ WHY_TMPFS_MEMORY, false, 0, 0, 9, false, 0, WHY_WORD_ALWAYS, WHY_WORD_NEVER,
	  WHY_TMPFS },
	{ WHY_TMPFS_MEMORY, false, 0, 1, 9, false, 0, WHY_WORD_NEVER, WHY_WORD_ALWAYS,
	  WHY_SMALL },
	/* files: what MADV_NOHUGEPAGE and PR_SET_THP_DISABLE say does not count */
	{ WHY_FILE_MEMORY, false, 0, 0, 0, false, WHY_WORD_ALWAYS, 0, 0, WHY_FILE },
	{ WHY_FILE_MEMORY, false, 0, 0, 8, false, WHY_WORD_ALWAYS, 0, 0, WHY_FILE },
	{ WHY_FILE_MEMORY, false, 0, 0, 9, true, WHY_WORD_NEVER, 0, 0, WHY_SMALL },
	{ WHY_FILE_MEMORY, false, 0, 0, -1, false, WHY_WORD_NEVER, 0, 0, WHY_UNREAD },
	{ WHY_FILE_MEMORY, true, 0, 0, 9, false, WHY_WORD_NEVER, 0, 0, WHY_COPIED },
};

static void test_policies(void **state)
{
	for (size_t i = 0; i < sizeof(policy_cases) / sizeof(*policy_cases); i++) {
		const struct policy_case *c = &policy_cases[i];
		enum why_reason r;

		begin(AT, 2 * M);
		vma.memory = c->memory;
		vma.flags = c->flags;
		vma.eligible = c->eligible;
		vma.file_order = c->file_order;
		vma.tmpfs = c->tmpfs;
		why.facts.disabled = c->disabled;
		why.facts.tmpfs_all = c->tmpfs_all;
		why.facts.sizes[0].anon = why.facts.sizes[0].shared = c->word;
		r = why_reason_of(&why.facts, &vma,
				  c->anon_page ? WHY_CLASS_ANON : WHY_CLASS_FILE);
		if (r != c->reason)
			fail_msg("case %zu: %s, not %s", i, why_name(r), why_name(c->reason));
	}
}

/* A larger size that is allowed counts only where it fits. */
static void test_larger_size(void **state)
{
	begin(AT, M);
	why.facts.contiguous_bytes = why.facts.wanted_bytes = 64 * K;
	why.facts.nsizes = 2;
	why.facts.sizes[0] = (struct why_size){ 64 * K, WHY_WORD_NEVER, WHY_WORD_NEVER };
	why.facts.sizes[1] = (struct why_size){ 2 * M, WHY_WORD_ALWAYS, WHY_WORD_NEVER };
	assert_int_equal(why_reason_of(&why.facts, &vma, WHY_CLASS_ANON), WHY_NEVER);
	vma.end = AT + 2 * M;
	assert_int_equal(why_reason_of(&why.facts, &vma, WHY_CLASS_ANON), WHY_SMALL);
}

#define THP "/sys/kernel/mm/transparent_hugepage"

static void read_policies(char *root, struct why_facts *f)
{
	char path[256];

	*f = (struct why_facts){ .page_size = 4096, .pmd_bytes = 2 * M };
	assert_int_equal(why_read_policies(root, f, path, sizeof(path)), 0);
}

static void test_read_policies(void **state)
{
	char *root = tree_new();
	struct why_facts f;

	tree_file(root, THP "/enabled", "always [madvise] never\n");
	tree_file(root, THP "/shmem_enabled",
		  "always within_size advise [never] deny force\n");
	read_policies(root, &f); /* as before 6.8 */
	assert_int_equal(f.nsizes, 1);
	assert_int_equal(f.sizes[0].bytes, 2 * M);
	assert_int_equal(f.sizes[0].anon, WHY_WORD_ADVISED);
	assert_int_equal(f.sizes[0].shared, WHY_WORD_NEVER);
	assert_int_equal(f.tmpfs_all, WHY_WORD_NONE);

	tree_file(root, THP "/hugepages-64kB/enabled", "[always] inherit madvise never\n");
	tree_file(root, THP "/hugepages-64kB/shmem_enabled",
		  "always inherit within_size [advise] never\n");
	tree_file(root, THP "/hugepages-2048kB/enabled", "always [inherit] madvise never\n");
	tree_file(root, THP "/hugepages-2048kB/shmem_enabled",
		  "always [inherit] within_size advise never\n");
	read_policies(root, &f);
	assert_int_equal(f.nsizes, 2);
	assert_int_equal(f.sizes[0].anon, WHY_WORD_ALWAYS);
	assert_int_equal(f.sizes[0].shared, WHY_WORD_ADVISED);
	assert_int_equal(f.sizes[1].anon, WHY_WORD_ADVISED);
	assert_int_equal(f.sizes[1].shared, WHY_WORD_NEVER);

	tree_file(root, THP "/shmem_enabled",
		  "always within_size advise never deny [force]\n");
	read_policies(root, &f);
	assert_int_equal(f.sizes[0].shared, WHY_WORD_NEVER);
	assert_int_equal(f.sizes[1].shared, WHY_WORD_ALWAYS);
	assert_int_equal(f.tmpfs_all, WHY_WORD_ALWAYS);
	tree_file(root, THP "/shmem_enabled",
		  "always within_size advise never [deny] force\n");
	read_policies(root, &f);
	assert_int_equal(f.sizes[0].shared, WHY_WORD_NEVER);
	assert_int_equal(f.sizes[1].shared, WHY_WORD_NEVER);
	assert_int_equal(f.tmpfs_all, WHY_WORD_NEVER);
	tree_free(root);
}

static void test_read_process(void **state)
{
	const struct why_facts f = { .page_size = 4096 };
	char *root = tree_new();
	struct why_process p;

	tree_file(root, "/proc/17/statm", "100 50 0 0 0 0 0\n");
	tree_file(root, "/proc/17/status", "Name:\tx\nTHP_enabled:\t0\nuntag_mask:\t0\n");
	tree_file(root, "/proc/17/mountinfo",
		  "30 1 0:27 / /dev/shm rw,nosuid - tmpfs shm rw,size=64k,huge=advise\n"
		  "31 1 0:28 / /tmp rw - tmpfs tmpfs rw,size=64k\n");
	tree_file(root, "/proc/17/smaps",
		  "1000-2000 rw-p 00000000 00:00 0 [heap]\n"
		  "2000-3000 rw-s 00000000 00:01 5 /dev/zero (deleted)\n"
		  "3000-4000 rw-p 00000000 00:05 6 /dev/zero\n"
		  "4000-5000 rw-s 00000000 00:01 7 /memfd:x (deleted)\n"
		  "5000-6000 rw-s 00000000 00:1b 8 /dev/shm/y\n"
		  "6000-7000 rw-s 00000000 00:1c 9 /tmp/z\n"
		  "7000-8000 r--p 00000000 fe:01 9 /bin/true\n");
	assert_int_equal(why_process_read(root, 17, &f, &p), 0);
	assert_true(p.why.facts.disabled);
	assert_int_equal(p.why.nvmas, 7);
	assert_int_equal(p.why.vmas[0].memory, WHY_ANON);
	assert_int_equal(p.why.vmas[1].memory, WHY_SHARED);
	assert_int_equal(p.why.vmas[2].memory, WHY_ANON);
	assert_int_equal(p.why.vmas[3].memory, WHY_SHARED);
	assert_int_equal(p.why.vmas[4].memory, WHY_TMPFS_MEMORY);
	assert_int_equal(p.why.vmas[4].tmpfs, WHY_WORD_ADVISED);
	assert_int_equal(p.why.vmas[5].memory, WHY_TMPFS_MEMORY);
	assert_int_equal(p.why.vmas[5].tmpfs, WHY_WORD_NEVER);
	assert_int_equal(p.why.vmas[6].memory, WHY_FILE_MEMORY);
	why_process_done(&p);
	tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_folios),
		cmocka_unit_test(test_two_folios),
		cmocka_unit_test(test_kinds_of_pages),
		cmocka_unit_test(test_large_leaf),
		cmocka_unit_test(test_contiguous),
		cmocka_unit_test(test_gain_without_leaf),
		cmocka_unit_test(test_file_offset),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_larger_size),
		cmocka_unit_test(test_read_policies),
		cmocka_unit_test(test_read_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
