// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, bars, wrapping and grids as people see them; expected texts worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "screen/grid.h"
#include "screen/leaf_bar.h"
#include "text.h"

static char *capture;
static size_t capture_len;

static FILE *begin(void)
{
	return open_memstream(&capture, &capture_len);
}

static void expect(FILE *out, const char *want)
{
	fclose(out);
	assert_string_equal(capture, want);
	free(capture);
}

static void test_si(void **state)
{
	char b[TEXT_LEN];

	assert_string_equal(text_si(0, b), "0");
	assert_string_equal(text_si(7, b), "7");
	assert_string_equal(text_si(0.25, b), "0.25");
	assert_string_equal(text_si(999, b), "999");
	assert_string_equal(text_si(999.7, b), "1.00k");
	assert_string_equal(text_si(1234, b), "1.23k");
	assert_string_equal(text_si(12345, b), "12.3k");
	assert_string_equal(text_si(123456, b), "123k");
	assert_string_equal(text_si(99960, b), "100k");
	assert_string_equal(text_si(5e9, b), "5.00G");
}

static void test_bytes(void **state)
{
	char b[TEXT_LEN];

	assert_string_equal(text_bytes(0, b), "0");
	assert_string_equal(text_bytes(1023, b), "1023");
	assert_string_equal(text_bytes(4096, b), "4.00K");
	assert_string_equal(text_bytes(64 << 20, b), "64.0M");
	assert_string_equal(text_bytes(3ull << 30, b), "3.00G");
	assert_string_equal(text_bytes(UINT64_MAX, b), "16.0E");
}

static void test_time(void **state)
{
	char b[TEXT_LEN];

	assert_string_equal(text_time(0, b), "0 ns");
	assert_string_equal(text_time(999, b), "999 ns");
	assert_string_equal(text_time(1024, b), "1.02 us");
	assert_string_equal(text_time(16384, b), "16.4 us");
	assert_string_equal(text_time(131072, b), "131 us");
	assert_string_equal(text_time(999600, b), "1.00 ms");
	assert_string_equal(text_time(8388608, b), "8.39 ms");
	assert_string_equal(text_time(12000000000, b), "12.0 s");
	assert_string_equal(text_time(3600000000000, b), "3600 s");
}

static void test_unknown_is_a_dash(void **state)
{
	struct value unknown = { .n = 5, .why = "x" }, known = { .n = 5, .known = true };
	char b[TEXT_LEN];

	assert_string_equal(text_rate(&unknown, 1000000000, b), "-");
	assert_string_equal(text_rate(&known, 0, b), "-");
	assert_string_equal(text_rate(&known, 500000000, b), "10");
	assert_string_equal(text_value(&unknown, UNIT_COUNT, b), "-");
	assert_string_equal(text_percent(1, 0, b), "-");
	assert_string_equal(text_percent(1, 8, b), "12.5%");
}

static void test_bar(void **state)
{
	const struct text_segment seg[] = { { "a", 1, '.', 1 },
					    { "b", 0, ':', 2 },
					    { "c", 998, '#', 3 },
					    { "d", 1, '@', 4 } };
	FILE *out = begin();

	/* The smallest get one character each, the empty none, the largest the rest. */
	text_bar(out, false, seg, 4, 10);
	expect(out, "[.########@]");
	out = begin();
	text_bar(out, false, NULL, 0, 3);
	expect(out, "[]");
}

static void test_wrap(void **state)
{
	FILE *out = begin();
	char word[60];

	memset(word, 'x', 59);
	word[59] = '\0';
	text_item(out, "  ", 4, "one two");
	text_item(out, "a ", 2, word);
	expect(out, "  one two\na "
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	out = begin();
	text_wrap(
		out, 0, 2,
		"1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 "
		"ab cd");
	expect(out,
	       "1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 "
	       "ab\n  cd\n");
}

/* What a record or a kernel file says does not reach the terminal as an escape sequence. */
static void test_printed_text_is_clean(void **state)
{
	FILE *out = begin();

	text_wrap(out, 0, 2, "a \033[31mred\a \xc2\x9b\x31m \xc3\xbc\n\x7f");
	text_item(out, "- \033c", 2, "b\rc");
	text_line(out, "%s", "d\033]0;title\a");
	text_heading(out, false, "e\033[2J");
	text_heading(out, true, "f\x1b");
	expect(out, "a ?[31mred? ??1m \xc3\xbc??\n- ?cb?c\n  d?]0;title?\n\ne?[2J\n"
		    "\n\033[1mf?\033[0m\n");
}

static void test_grid(void **state)
{
	struct grid *g = grid_new("<name|n|<last");
	FILE *out = begin();

	grid_cell(g, "%s", "a");
	grid_cell(g, "%d", 1);
	grid_cell(g, "%s", "a long tail");
	grid_cell(g, "%s", "longer");
	grid_cell(g, "%d", 100);
	grid_cell(g, "%s", "x");
	grid_print(g, out, 1, 21);
	expect(out, " name      n  last\n a         1  a long \n longer  100  x\n");
	out = begin();
	grid_drop(g, 1);
	grid_print(g, out, 0, 80);
	expect(out, "name    last\na       a long tail\nlonger  x\n");
	grid_free(g);
}

static void test_leaf_marks_differ(void **state)
{
	for (size_t i = 0; i < 7; i++) {
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(leaf_bar_segment("", 0, i).mark,
					     leaf_bar_segment("", 0, k).mark);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_si),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_unknown_is_a_dash),
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_printed_text_is_clean),
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_leaf_marks_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
