// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/psi.h"

#define UNTOUCHED 77u

static void expect(const char *text, const char *kind, int r, uint64_t n)
{
	uint64_t got = UNTOUCHED;

	assert_int_equal(psi_total_ns(text, kind, &got), r);
	assert_int_equal(got, n);
}

static void test_lines(void **state)
{
	static const char text[] = "some avg10=1.23 avg60=0.45 avg300=0.00 total=123456\n"
				   "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

	/* 123456 microseconds */
	expect(text, "some", 0, 123456000);
	expect(text, "full", 0, 7000);
	expect(text, "so", -ENOENT, UNTOUCHED);
}

static void test_one_line_only(void **state)
{
	/* /proc/pressure/cpu had no full line before 5.13 */
	static const char text[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=5";

	expect(text, "some", 0, 5000);
	expect(text, "full", -ENOENT, UNTOUCHED);
	expect("", "some", -ENOENT, UNTOUCHED);
}

static void test_garbage(void **state)
{
	static const char *const text[] = {
		"some avg10=0.00\n",
		/* the total of the next line is not this line's */
		"some avg10=0.00\nfull avg10=0.00 total=5\n",
		"some total=\n",
		"some total=x\n",
		"some total=-1\n",
		"some total=5 more\n",
		"some total=18446744073709551616\n",
		/* in ns more than 64 bits */
		"some total=18446744073709552\n",
		"some avgtotal=5\n",
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		expect(text[i], "some", -EBADMSG, UNTOUCHED);
	expect("some total=18446744073709551\n", "some", 0, 18446744073709551000ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_one_line_only),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
