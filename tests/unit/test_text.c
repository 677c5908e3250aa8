// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, bars, wrapping and grids as people see them; expected texts worked out by hand. */
#include <errno.h>
#include <locale.h>
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

static int allocations = -1; /* so many more succeed; negative: all */

/* In place of the C library's. */
void *reallocarray(void *p, size_t n, size_t size)
{
	if (!allocations)
		return NULL;
	allocations -= allocations > 0;
	return realloc(p, n * size);
}

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
	expect(out, "a ?[31mred? ?1m \xc3\xbc??\n- ?cb?c\n  d?]0;title?\n\ne?[2J\n"
		    "\n\033[1mf?\033[0m\n");
}

static void expect_clean(const char *text, const char *want)
{
	char copy[128];

	snprintf(copy, sizeof(copy), "%s", text);
	assert_string_equal(text_clean(copy), want);
}

/* One '?' for what was one character, or one byte that is none. */
static void test_clean(void **state)
{
	expect_clean("a\033b\tc\177", "a?b?c?");
	expect_clean("\x9b\x33\x31m", "?31m");	   /* CSI as one raw byte */
	expect_clean("\xc2\x9b\x33\x31m", "?31m"); /* and in UTF-8 */
	expect_clean("\x80\x9f\xa0\xff", "????");
	expect_clean("x\xe2\x80\xaetxt.exe", "x?txt.exe"); /* U+202E, right to left */
	expect_clean("\xe2\x80\xa8|\xe2\x80\xa9", "?|?");  /* U+2028, U+2029 */
	expect_clean("\xe2\x81\xa6|\xd8\x9c|\xe2\x80\x8b", "?|?|?"); /* 2066, 061C, 200B */
	expect_clean("\xef\xbb\xbf|\xf3\xa0\x81\x81", "?|?");	     /* FEFF, E0041 */
	expect_clean("cut \xe2\x80", "cut ??");
	expect_clean("Gr\xc3\xbc\xc3\x9f"
		     "e \xe4\xb8\xad \xf0\x9f\x90\xa7",
		     "Gr\xc3\xbc\xc3\x9f"
		     "e \xe4\xb8\xad \xf0\x9f\x90\xa7");
}

/* Wide in East Asia, combining: Unicode Standard Annex 11, Unicode category Mn. */
static void test_width(void **state)
{
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("gr\xc3\xbc\xc3\x9f"
				    "e"),
			 5);
	assert_int_equal(text_width("\xe4\xb8\xad\xe6\x96\x87"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\033\xff\xe2\x80\xae"), 3); /* each a '?' */
}

static void expect_fit(const char *text, int width, const char *want)
{
	char buf[128];

	assert_string_equal(text_fit(text, width, buf, sizeof(buf)), want);
	assert_in_range(text_width(buf), 0, width);
}

static void expect_cut(const char *text, int width, const char *want)
{
	char buf[128];

	assert_string_equal(text_cut(text, width, buf, sizeof(buf)), want);
	assert_in_range(text_width(buf), 0, width);
}

static void expect_list(int width, const char *want)
{
	char buf[128];

	text_cut_list("splits 12.5k, 2M 345; tables 3.96M", width, buf, sizeof(buf));
	assert_string_equal(buf, want);
	assert_in_range(text_width(buf), 0, width);
}

/* An item is told whole or not at all; where not even the first fits, it is cut like words. */
static void test_cut_list(void **state)
{
	expect_list(34, "splits 12.5k, 2M 345; tables 3.96M");
	expect_list(33, "splits 12.5k, 2M 345; ...");
	expect_list(25, "splits 12.5k, 2M 345; ...");
	expect_list(24, "splits 12.5k, ...");
	expect_list(17, "splits 12.5k, ...");
	expect_list(10, "splits ...");
}

static void test_cut(void **state)
{
	expect_cut("short", 5, "short");
	expect_cut("one word more", 12, "one word ...");
	/* no character is cut, nor does one of two columns reach beyond */
	expect_cut("gr\xc3\xbc\xc3\x9f"
		   "e von hier",
		   6, "gr\xc3\xbc...");
	expect_cut("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad", 5, "\xe4\xb8\xad...");
}

static void test_fit(void **state)
{
	expect_fit("short", 5, "short");
	expect_fit("0123456789abcdef", 12, "012...abcdef");
	expect_fit("/kubepods.slice/kubepods-pod0a1b.slice/cri-containerd-77.scope", 24,
		   "/kubepo...inerd-77.scope");
	/* two columns a character: one that would be cut is left out */
	expect_fit("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad", 8,
		   "...\xe6\x96\x87\xe4\xb8\xad");
	/* what combines stays with what it combines with */
	expect_fit("abcdefghe\xcc\x81", 6, "a...he\xcc\x81");
	expect_fit("abcd\xe2\x80\xae"
		   "efgh",
		   8, "a...efgh");
	expect_fit("abcdef", 3, "...");
	expect_fit("abcdef", 1, ".");
	expect_fit("abcdef", 0, "");
}

static void test_grid(void **state)
{
	struct grid *g = grid_new("<name|n|~last");
	FILE *out = begin();

	grid_cell(g, "%s", "a");
	grid_cell(g, "%d", 1);
	grid_cell(g, "%s", "a long tail");
	grid_cell(g, "%s", "longer");
	grid_cell(g, "%d", 100);
	grid_cell(g, "%s", "x");
	assert_int_equal(grid_print(g, out, 1, 21), 0);
	expect(out, " name      n  last\n a         1  a...ail\n longer  100  x\n");
	out = begin();
	grid_drop(g, 1);
	assert_int_equal(grid_width(g), 6 + 2 + 11);
	assert_int_equal(grid_print(g, out, 0, 80), 0);
	expect(out, "name    last\na       a long tail\nlonger  x\n");
	grid_free(g);
}

/* Names of more bytes than columns do not push what stands behind them. */
static void test_grid_of_names(void **state)
{
	struct grid *g = grid_new("~name|n");
	FILE *out = begin();
	char longer[101];

	memset(longer, 'a', 100);
	longer[100] = '\0';
	grid_cell(g, "\xe4\xb8\xad"
		     "e\xcc\x81");
	grid_cell(g, "1");
	grid_cell(g, "%s", longer);
	grid_cell(g, "2");
	assert_int_equal(grid_width(g), GRID_NAME_WIDTH + 2 + 1);
	assert_int_equal(grid_print(g, out, 2, 14), 0);
	expect(out, "  name       n\n  \xe4\xb8\xad"
		    "e\xcc\x81        1\n  aa...aaaa  2\n");
	grid_free(g);
}

/* A cell that is lost would move all behind it into wrong columns. */
static void test_grid_tells_a_lost_cell(void **state)
{
	for (int n = 0; n < 4; n++) {
		FILE *out = begin();
		struct grid *g;

		allocations = n; /* the titles take two */
		g = grid_new("a|b");
		grid_cell(g, "1");
		grid_cell(g, "2");
		allocations = -1;
		assert_int_equal(grid_print(g, out, 0, 80), -ENOMEM);
		grid_cell(g, "3"); /* completes the line again */
		assert_int_equal(grid_print(g, out, 0, 80), -ENOMEM);
		grid_free(g);
		expect(out, "");
	}
	assert_int_equal(grid_print(NULL, stdout, 0, 80), -ENOMEM);
}

static void test_grid_tells_a_missing_cell(void **state)
{
	struct grid *g = grid_new("a|b");
	FILE *out = begin();

	grid_cell(g, "1");
	assert_int_equal(grid_print(g, out, 0, 80), -EINVAL);
	grid_cell(g, "2");
	assert_int_equal(grid_print(g, out, 0, 80), 0);
	expect(out, "a  b\n1  2\n");
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
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_list),
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_grid_of_names),
		cmocka_unit_test(test_grid_tells_a_lost_cell),
		cmocka_unit_test(test_grid_tells_a_missing_cell),
		cmocka_unit_test(test_leaf_marks_differ),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
