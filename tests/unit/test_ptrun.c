// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "pagewalk/ptrun.h"
#include "pagewalk/swaptype.h"
#include "util/util.h"

#define K 1024ull
#define M (K * K)

struct seen {
	char text[1024];
	int stop_after;
};

static int note(struct seen *s, const char *fmt, ...)
{
	size_t len = strlen(s->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->text + len, sizeof(s->text) - len, fmt, ap);
	va_end(ap);
	return s->stop_after && --s->stop_after == 0 ? -EPIPE : 0;
}

static int see_range(void *arg, const struct pagewalk_range *r)
{
	return note(arg, "range %llu+%llu %s pte %llu cont %llu pmd %llu; ", r->start / M,
		    (r->end - r->start) / M, r->perms, r->sum->bytes[LEAF_PTE] / K,
		    r->sum->bytes[LEAF_CONT_PTE] / K, r->sum->bytes[LEAF_PMD] / K);
}

static int see_cell(void *arg, const struct pagewalk_cell *c)
{
	return note(arg, "cell %llu+%llu pte %llu cont %llu pmd %llu; ", c->start / M,
		    c->bytes / M, c->mapped[LEAF_PTE] / K, c->mapped[LEAF_CONT_PTE] / K,
		    c->mapped[LEAF_PMD] / K);
}

/* A step of 2 MiB at @at MiB. */
static struct walk_record step(uint64_t at, uint32_t level, uint64_t plain,
			       uint64_t contiguous)
{
	return (struct walk_record){ .start = at * M,
				     .span = 2 * M,
				     .level = level,
				     .bytes = { plain, contiguous },
				     .writable = { plain, contiguous } };
}

static void expect(const struct walk_record *r, size_t n, bool ranges, const char *want)
{
	struct seen seen = { .text = "" };
	struct pagewalk_ops ops = { .range = ranges ? see_range : NULL,
				    .cell = ranges ? NULL : see_cell,
				    .arg = &seen };
	struct ptrun run = { .ops = &ops, .ranges = ranges };

	for (size_t i = 0; i < n; i++)
		assert_int_equal(ptrun_add(&run, &r[i]), 0);
	assert_int_equal(ptrun_end(&run), 0);
	assert_string_equal(seen.text, want);
}

static void test_cells(void **state)
{
	struct walk_record r[] = {
		step(0, 1, 2 * M, 0),	  step(2, 1, 2 * M, 0),	     /* join */
		step(4, 0, 2 * M, 0),	  step(6, 0, 2 * M, 0),	     /* join */
		step(8, 0, 1 * M, 1 * M), step(10, 0, 1 * M, 1 * M), /* not uniform */
		step(12, 0, 64 * K, 0),	  step(20, 0, 2 * M, 0),     /* a hole between */
		step(22, 0, 2 * M, 0),
	};

	r[8].vma = 1; /* adjacent, but another VMA */
	expect(r, ARRAY_SIZE(r), false,
	       "cell 0+4 pte 0 cont 0 pmd 4096; cell 4+4 pte 4096 cont 0 pmd 0; "
	       "cell 8+2 pte 1024 cont 1024 pmd 0; cell 10+2 pte 1024 cont 1024 pmd 0; "
	       "cell 12+2 pte 64 cont 0 pmd 0; cell 20+2 pte 2048 cont 0 pmd 0; "
	       "cell 22+2 pte 2048 cont 0 pmd 0; ");
}

static void test_ranges(void **state)
{
	struct walk_record r[] = {
		step(0, 1, 2 * M, 0),	   step(2, 1, 2 * M, 0), step(4, 1, 2 * M, 0),
		step(6, 0, 2 * M, 0),	   step(8, 0, 2 * M, 0), step(10, 0, 1 * M, 1 * M),
		step(30, 0, 1 * M, 1 * M),
	};

	r[2].writable[0] = 0;	    /* read-only */
	r[4].executable[0] = 4 * K; /* a page of it is executable */
	expect(r, ARRAY_SIZE(r), true,
	       "range 0+4 rw-- pte 0 cont 0 pmd 4096; range 4+2 r--- pte 0 cont 0 pmd 2048; "
	       "range 6+2 rw-- pte 2048 cont 0 pmd 0; range 8+2 mix pte 2048 cont 0 pmd 0; "
	       "range 10+2 rw-- pte 1024 cont 1024 pmd 0; range 30+2 rw-- pte 1024 cont 1024 pmd 0; ");
}

static void test_stop(void **state)
{
	struct seen seen = { .text = "", .stop_after = 1 };
	struct pagewalk_ops ops = { .cell = see_cell, .arg = &seen };
	struct ptrun run = { .ops = &ops };
	struct walk_record r[] = { step(0, 1, 2 * M, 0), step(6, 1, 2 * M, 0) };

	assert_int_equal(ptrun_add(&run, &r[0]), 0);
	assert_int_equal(ptrun_add(&run, &r[1]), -EPIPE);
}

/* include/linux/swap.h of 6.12 with all of hwpoison, migration and device memory: 23 swap
 * files */
static void test_swap_types(void **state)
{
	assert_int_equal(swaptype_class(0, 1, 4), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(22, 1, 4), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(23, 1, 4), SWAPTYPE_OTHER); /* hwpoison */
	assert_int_equal(swaptype_class(24, 1, 4), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(26, 1, 4), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(27, 1, 4), SWAPTYPE_OTHER); /* device */
	assert_int_equal(swaptype_class(30, 1, 4), SWAPTYPE_OTHER);
	assert_int_equal(swaptype_class(31, 1, 4), SWAPTYPE_OTHER); /* marker */
	/* without device memory */
	assert_int_equal(swaptype_class(26, 1, 0), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(27, 1, 0), SWAPTYPE_OTHER);
	assert_int_equal(swaptype_class(28, 1, 0), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(30, 1, 0), SWAPTYPE_MIGRATION);
	/* since 6.15 */
	assert_int_equal(swaptype_class(25, 1, 3), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(27, 1, 3), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(28, 1, 3), SWAPTYPE_OTHER);
	/* not known which */
	assert_int_equal(swaptype_class(22, 1, SWAPTYPE_DEVICES_UNKNOWN), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(28, 1, SWAPTYPE_DEVICES_UNKNOWN), SWAPTYPE_OTHER);
}

/*
 * include/linux/swap.h of 6.1 with all of them: SWP_SWAPIN_ERROR is 31, the marker 30, and 22
 * swap files are left (32 - 1 - 1 - 4 - 3 - 1)
 */
static void test_swap_types_of_6_1(void **state)
{
	struct host h = { .arch = ARCH_X86_64, .major = 6, .minor = 1 };

	assert_int_equal(swaptype_above(&h), 2);
	assert_int_equal(swaptype_class(21, 2, 4), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(22, 2, 4), SWAPTYPE_OTHER); /* hwpoison */
	assert_int_equal(swaptype_class(23, 2, 4), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(25, 2, 4), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(26, 2, 4), SWAPTYPE_OTHER); /* device */
	assert_int_equal(swaptype_class(30, 2, 0), SWAPTYPE_OTHER); /* marker */
	assert_int_equal(swaptype_class(29, 2, 0), SWAPTYPE_MIGRATION);
	assert_int_equal(swaptype_class(26, 2, 0), SWAPTYPE_OTHER); /* hwpoison */
	assert_int_equal(swaptype_class(25, 2, 0), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(21, 2, SWAPTYPE_DEVICES_UNKNOWN), SWAPTYPE_SWAP);
	assert_int_equal(swaptype_class(22, 2, SWAPTYPE_DEVICES_UNKNOWN), SWAPTYPE_OTHER);
	/* arm64 has no marker there, and since 6.2 the error is one */
	h.arch = ARCH_ARM64;
	assert_int_equal(swaptype_above(&h), 1);
	h = (struct host){ .arch = ARCH_X86_64, .major = 6, .minor = 2 };
	assert_int_equal(swaptype_above(&h), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_swap_types),
		cmocka_unit_test(test_swap_types_of_6_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
