// SPDX-License-Identifier: GPL-2.0-only
/* What a mistyped word was meant to be; distances counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "nearest.h"
#include "util/util.h"

static const char *const words[] = { "top",    "map",	 "doctor", "policy",
				     "record", "replay", "prom",   "interval" };

static const char *meant(const char *word)
{
	const char *w = nearest(word, words, ARRAY_SIZE(words));

	return w ? w : "-";
}

static void test_one_slip(void **state)
{
	assert_string_equal(meant("docter"), "doctor");	 /* replaced */
	assert_string_equal(meant("dotor"), "doctor");	 /* left out */
	assert_string_equal(meant("doctoor"), "doctor"); /* too many */
	assert_string_equal(meant("mpa"), "map");	 /* swapped */
	assert_string_equal(meant("otp"), "top");
	assert_string_equal(meant("promm"), "prom");
	assert_string_equal(meant("map"), "map");
}

static void test_more_slips_in_longer_words(void **state)
{
	assert_string_equal(meant("itnervla"), "interval"); /* two swaps */
	assert_string_equal(meant("intrvl"), "interval");   /* two left out */
	assert_string_equal(meant("ntrvl"), "-");	    /* three */
}

static void test_beginnings(void **state)
{
	assert_string_equal(meant("int"), "interval");
	assert_string_equal(meant("pol"), "policy");
	assert_string_equal(meant("i"), "-");
}

static void test_nothing_near(void **state)
{
	char longer[100];

	memset(longer, 'a', 99);
	longer[99] = '\0';
	assert_string_equal(meant("nosuch"), "-");
	assert_string_equal(meant("12"), "-");
	assert_string_equal(meant(""), "-");
	assert_string_equal(meant(longer), "-");
	longer[32] = '\0';
	assert_string_equal(meant(longer), "-");
	assert_null(nearest("map", words, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_slip),
		cmocka_unit_test(test_more_slips_in_longer_words),
		cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_nothing_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
