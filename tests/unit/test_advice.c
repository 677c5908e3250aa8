// SPDX-License-Identifier: GPL-2.0-only
/* The sentence about boot parameters: what, why, and what it gains on this machine. */
#include "advice.h"
#include "tree.h"
#include "util/util.h"

#define GIB (UINT64_C(1) << 30)

static void test_gain(void **state)
{
	/* 4K pages: a page table for each 2 MiB, 2 MiB a GiB */
	const struct linmap_inputs in = { .walked = LINMAP_WALKED_PAGES,
					  .rodata = RODATA_FULL };
	char text[DECISION_REASON];

	advice_text(&in, 128 * GIB, 4096, "rodata=on kfence.sample_interval=100", "", text,
		    sizeof(text));
	assert_non_null(strstr(text,
			       "booting with rodata=on kfence.sample_interval=100 maps it "
			       "with blocks, which frees about 256 MiB of page tables."));
	assert_non_null(strstr(text, "mapped with single pages because rodata=full "));
	/* memory that is not known gains nothing that could be told */
	advice_text(&in, 0, 4096, "rodata=on", "", text, sizeof(text));
	assert_non_null(strstr(text, "booting with rodata=on maps it with blocks."));
}

static void test_nothing_staged(void **state)
{
	const struct linmap_inputs in = { .walked = LINMAP_WALKED_PAGES,
					  .rodata = RODATA_FULL };
	char text[DECISION_REASON];

	advice_text(&in, GIB, 4096, "", "The floor forbids weaker protection.", text,
		    sizeof(text));
	assert_non_null(strstr(text, "The floor forbids weaker protection."));
	assert_non_null(strstr(text, "Would help: "));
}

static void test_blocks(void **state)
{
	const struct linmap_inputs walked = { .walked = LINMAP_WALKED_BLOCKS };
	const struct linmap_inputs in = { .rodata = RODATA_ON, .rodata_given = true };
	char text[DECISION_REASON];

	advice_text(&in, GIB, 4096, "", "", text, sizeof(text));
	assert_string_equal(text, "The linear map can be mapped with blocks as booted.");
	/* measured, whatever rodata= says */
	advice_text(&walked, GIB, 4096, "", "", text, sizeof(text));
	assert_string_equal(text, "The linear map is mapped with blocks as booted.");
}

/* A KFENCE that was switched on, a CPU that came: the advice may be another one. */
static void test_grounds(void **state)
{
	static const struct {
		enum snapshot_fact_id fact;
		const char *before, *after;
		bool counts;
	} changes[] = {
		{ FACT_KFENCE, "0 ms", "100 ms", true },
		{ FACT_CPUS, "64", "63", true },
		{ FACT_BBML2, "CPUs 0-63", NULL, true },
		{ FACT_RODATA, NULL, "full", true },
		{ FACT_MEMORY, "1000 kB", "999 kB", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct snapshot *a = snapshot_new(), *b = snapshot_new();

		snapshot_fact(a, FACT_KERNEL, "6.12");
		snapshot_fact(b, FACT_KERNEL, "6.12");
		assert_true(advice_grounds(a) == advice_grounds(b));
		if (changes[i].before)
			snapshot_fact(a, changes[i].fact, changes[i].before);
		if (changes[i].after)
			snapshot_fact(b, changes[i].fact, changes[i].after);
		assert_int_equal(advice_grounds(a) != advice_grounds(b), changes[i].counts);
		snapshot_free(a);
		snapshot_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gain),
		cmocka_unit_test(test_nothing_staged),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_grounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
