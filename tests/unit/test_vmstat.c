// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/vmstat.h"

#define UNTOUCHED 77u

static void expect(const char *text, const char *key, int r, uint64_t n)
{
	uint64_t got = UNTOUCHED;

	assert_int_equal(vmstat_count(text, key, &got), r);
	assert_int_equal(got, n);
}

static void test_lines(void **state)
{
	static const char text[] = "nr_free_pages 6000240\n"
				   "thp_split_page_failed 3\n"
				   "thp_split_page 18446744073709551615\n"
				   "pgfault 4057677\n"
				   "nr_unstable 0";

	expect(text, "nr_free_pages", 0, 6000240);
	expect(text, "thp_split_page", 0, UINT64_MAX);
	expect(text, "pgfault", 0, 4057677);
	expect(text, "nr_unstable", 0, 0);
	expect(text, "thp_split", -ENOENT, UNTOUCHED);
	expect(text, "fault", -ENOENT, UNTOUCHED);
	expect(text, "pgmajfault", -ENOENT, UNTOUCHED);
	expect("", "pgfault", -ENOENT, UNTOUCHED);
}

static void test_garbage(void **state)
{
	static const char *const line[] = {
		"k ",	"k x",	 "k -1",   "k 1 2",
		"k 1x", "k \n1", "k 0x10", "k 18446744073709551616",
	};

	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		expect(line[i], "k", -EBADMSG, UNTOUCHED);
	expect("k", "k", -ENOENT, UNTOUCHED);
	expect("k\n1", "k", -ENOENT, UNTOUCHED);
}

static void test_garbage_elsewhere_is_harmless(void **state)
{
	expect("\n\xff\xfe junk\nk 1 2\ngood 5\nk", "good", 0, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_garbage_elsewhere_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
