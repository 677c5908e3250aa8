// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "util/number.h"
#include "util/util.h"

#define UNTOUCHED 0x5a5a5a5a5a5a5a5aull

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int base;
		uint64_t max;
		int r;
		uint64_t n;
	} c[] = {
		{ "0", 10, 0, 0, 0 },
		{ "7", 10, 7, 0, 7 },
		{ "8", 10, 7, -ERANGE, UNTOUCHED },
		{ " \t42 \n", 10, 100, 0, 42 },
		{ "18446744073709551615", 10, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 10, UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "99999999999999999999999", 10, UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "ffffffffffffffff", 16, UINT64_MAX, 0, UINT64_MAX },
		{ "0xFFffFFffFFffFFff", 16, UINT64_MAX, 0, UINT64_MAX },
		{ "10000000000000000", 16, UINT64_MAX, -ERANGE, UNTOUCHED },
		{ "0x10", 0, UINT64_MAX, 0, 16 },
		{ "010", 0, UINT64_MAX, 0, 10 },
		{ "10", 16, UINT64_MAX, 0, 16 },
		{ "0", 16, UINT64_MAX, 0, 0 },
		{ "0x", 0, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "0x", 16, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "0x10", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "a", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "g", 16, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "  ", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "-1", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "+1", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "1 2", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "1.5", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ "1\xff", 10, UINT64_MAX, -EINVAL, UNTOUCHED },
		{ NULL, 10, UINT64_MAX, -EINVAL, UNTOUCHED },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = parse_u64(c[i].text, c[i].base, c[i].max, &n);

		if (r != c[i].r || n != c[i].n)
			fail_msg("'%s' base %d: %d, %ju", c[i].text ? c[i].text : "NULL",
				 c[i].base, r, (uintmax_t)n);
	}
}

static void test_scan_moves_behind(void **state)
{
	const char *text = " 12-7f\n9", *p = text;
	uint64_t n = UNTOUCHED;

	assert_int_equal(scan_u64(&p, 10, &n), 0);
	assert_int_equal(n, 12);
	assert_int_equal(p - text, 3);
	assert_int_equal(scan_u64(&p, 16, &n), -EINVAL);
	assert_int_equal(p - text, 3);
	assert_int_equal(n, 12);
	p++;
	assert_int_equal(scan_u64(&p, 16, &n), 0);
	assert_int_equal(n, 0x7f);
	/* A newline is no blank: the next line is not read by accident. */
	assert_int_equal(scan_u64(&p, 10, &n), -EINVAL);
	assert_int_equal(*p, '\n');
}

static void test_scan_overflow_stays(void **state)
{
	const char *text = "18446744073709551616", *p = text;
	uint64_t n = UNTOUCHED;

	assert_int_equal(scan_u64(&p, 10, &n), -ERANGE);
	assert_ptr_equal(p, text);
	assert_int_equal(n, UNTOUCHED);
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t n;
	} c[] = {
		{ "0", 0, 0 },
		{ "16448", 0, 16448 },
		{ "64K", 0, 65536 },
		{ "64k", 0, 65536 },
		{ "2M", 0, 2097152 },
		{ "1G", 0, 1073741824 },
		{ "16777215T", 0, 18446742974197923840ull },
		{ "16777216T", -ERANGE, UNTOUCHED },
		{ "64KB", -EINVAL, UNTOUCHED },
		{ "64KK", -EINVAL, UNTOUCHED },
		{ "64 K", -EINVAL, UNTOUCHED },
		{ "K", -EINVAL, UNTOUCHED },
		{ "-1K", -EINVAL, UNTOUCHED },
		{ "1P", -EINVAL, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ NULL, -EINVAL, UNTOUCHED },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		uint64_t n = UNTOUCHED;
		int r = parse_size(c[i].text, &n);

		if (r != c[i].r || n != c[i].n)
			fail_msg("'%s': %d, %ju", c[i].text ? c[i].text : "NULL", r,
				 (uintmax_t)n);
	}
}

static void test_format(void **state)
{
	char b[24];

	assert_string_equal(format_size(0, b, sizeof(b)), "0");
	assert_string_equal(format_size(1023, b, sizeof(b)), "1023");
	assert_string_equal(format_size(4096, b, sizeof(b)), "4K");
	assert_string_equal(format_size(16448, b, sizeof(b)), "16448");
	assert_string_equal(format_size(33554432, b, sizeof(b)), "32M");
	assert_string_equal(format_size(1ull << 30, b, sizeof(b)), "1G");
	assert_string_equal(format_size(1ull << 50, b, sizeof(b)), "1024T");
	assert_string_equal(format_size(UINT64_MAX, b, sizeof(b)), "18446744073709551615");
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t s;
	} good[] = { { "0", 0 },       { "90", 90 },	       { "90s", 90 },
		     { "45m", 2700 },  { "45min", 2700 },      { " 2 h", 7200 },
		     { "7d", 604800 }, { "10000d", 864000000 } };
	static const char *const bad[] = { "",	      "h",    "-1h", "1.5h",
					   "2 hours", "2h30", "7w",  "2hh" };
	static const char *const far[] = { "10001d", "864000001", "213504d",
					   "18446744073709551616s" };
	uint64_t n;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		n = 1234;
		assert_int_equal(parse_duration(good[i].text, &n), 0);
		assert_int_equal(n, good[i].s);
	}
	n = 1234;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_duration(bad[i], &n), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(far); i++)
		assert_int_equal(parse_duration(far[i], &n), -ERANGE);
	assert_int_equal(n, 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_scan_moves_behind),
		cmocka_unit_test(test_scan_overflow_stays),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
