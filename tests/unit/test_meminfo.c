// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/meminfo.h"

#define UNTOUCHED 77u

static void expect(const char *text, const char *key, int r, uint64_t n)
{
	uint64_t got = UNTOUCHED;

	assert_int_equal(meminfo_bytes(text, key, &got), r);
	assert_int_equal(got, n);
}

static void test_lines(void **state)
{
	static const char text[] = "MemTotal:       24684084 kB\n"
				   "SwapTotal:             0 kB\n"
				   "HugePages_Total:       5\n"
				   "DirectMap2M:     2066432 kB";

	expect(text, "MemTotal", 0, 25276502016);
	expect(text, "SwapTotal", 0, 0);
	expect(text, "DirectMap2M", 0, 2116026368);
	expect(text, "Mem", -ENOENT, UNTOUCHED);
	expect(text, "Total", -ENOENT, UNTOUCHED);
	expect(text, "DirectMap2MB", -ENOENT, UNTOUCHED);
	/* A count of pages is not a number of bytes. */
	expect(text, "HugePages_Total", -EBADMSG, UNTOUCHED);
	expect("", "MemTotal", -ENOENT, UNTOUCHED);
}

static void test_smaps_rollup(void **state)
{
	static const char text[] =
		"5638c0a00000-7ffd9d5fe000 ---p 00000000 00:00 0                  [rollup]\n"
		"Rss:                1740 kB\n"
		"AnonHugePages:      2048 kB\n";

	expect(text, "Rss", 0, 1781760);
	expect(text, "AnonHugePages", 0, 2097152);
}

static void test_status(void **state)
{
	expect("Name:\tcat\nVmRSS:\t    1536 kB\n", "VmRSS", 0, 1572864);
}

static void test_garbage(void **state)
{
	static const char *const line[] = {
		"K:",
		"K: ",
		"K: kB",
		"K: -1 kB",
		"K: 1",
		"K: 1 MB",
		"K: 1 kBx",
		"K: 1 k",
		"K: 1  kB",
		"K: 1.5 kB",
		"K:\n1 kB",
		"K: 18446744073709551616 kB",
		/* 2^54 kB are 2^64 bytes */
		"K: 18014398509481984 kB",
	};

	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
		expect(line[i], "K", -EBADMSG, UNTOUCHED);
	expect("K: 18014398509481983 kB", "K", 0, 18446744073709550592ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_smaps_rollup),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
