// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/cpustat.h"

#define UNTOUCHED 77u

/* USER_HZ is 100 on all architectures but alpha: a tick is 10 ms. */
#define TICK 10000000ull

static void expect(const char *text, const char *mode, int r, uint64_t n)
{
	uint64_t got = UNTOUCHED;

	assert_int_equal(cpustat_ns(text, mode, &got), r);
	assert_int_equal(got, n);
}

/* Powers of ten, so that each column shows in the sum. */
static const char line[] = "cpu  1 10 100 1000 10000 100000 1000000 10000000 100000000 3\n"
			   "cpu0 7 7 7 7 7 7 7 7 7 7\n"
			   "intr 5 5\n";

static void test_columns(void **state)
{
	expect(line, "user", 0, 11 * TICK);
	expect(line, "kernel", 0, 1100100 * TICK);
}

static void test_fewer_columns(void **state)
{
	/* Linux 2.6.0 had seven columns. */
	expect("cpu  1 2 3 4 5 6 7", "user", 0, 3 * TICK);
	expect("cpu  1 2 3 4 5 6 7", "kernel", 0, 16 * TICK);
	expect("cpu  1 2 3 4 5 6\n7", "user", -EBADMSG, UNTOUCHED);
	expect("cpu  1 2 3 4 5 6 \n", "kernel", -EBADMSG, UNTOUCHED);
}

static void test_no_line(void **state)
{
	expect("", "user", -ENOENT, UNTOUCHED);
	expect("cpu0 1 2 3 4 5 6 7 8 9 10\n", "user", -ENOENT, UNTOUCHED);
	expect("cpuset 1 2 3 4 5 6 7\n", "kernel", -ENOENT, UNTOUCHED);
}

static void test_garbage(void **state)
{
	static const char *const bad[] = {
		"cpu ",
		"cpu  1 2 3 x 5 6 7",
		"cpu  1 2 3 4 5 6 7x",
		"cpu  1 2 -3 4 5 6 7",
		"cpu  1 2 3.5 4 5 6 7",
		"cpu  1 2 3 4 5 6 18446744073709551616",
		"cpu  1\t 2 3 4 5 6 7",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(bad[i], "user", -EBADMSG, UNTOUCHED);
		expect(bad[i], "kernel", -EBADMSG, UNTOUCHED);
	}
	expect(line, "idle", -EINVAL, UNTOUCHED);
}

static void test_limits(void **state)
{
	/* 2^64 ns are 1844674407370.9 ticks of 10 ms */
	expect("cpu  1844674407200 0 0 0 0 0 0", "user", 0, 18446744072000000000ull);
	expect("cpu  1844674407371 0 0 0 0 0 0", "user", -EBADMSG, UNTOUCHED);
	expect("cpu  18446744073709551615 1 0 0 0 0 0", "user", -EBADMSG, UNTOUCHED);
	/* Too large a column is no concern of the other mode's. */
	expect("cpu  1 1 18446744073709551615 0 0 0 0", "user", 0, 2 * TICK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns), cmocka_unit_test(test_fewer_columns),
		cmocka_unit_test(test_no_line), cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
