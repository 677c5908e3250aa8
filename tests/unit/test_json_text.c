// SPDX-License-Identifier: GPL-2.0-only
/* What is JSON, and what only looks like it (RFC 8259). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include <json-c/json.h>

#include "util/json_text.h"

static int reads(const char *text)
{
	struct json_object *o = NULL;
	int r = json_text_read(text, strlen(text), 100, &o);

	json_object_put(o);
	return r;
}

static void test_good(void **state)
{
	assert_int_equal(reads("{}"), 0);
	assert_int_equal(reads("{\"a\":[1,-2.5e3,true,false,null,\"\\u00e9\"]}"), 0);
	/* a name that is no UTF-8: a record holds it as it is */
	assert_int_equal(reads("[\"\xff\"]"), 0);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"{\"a\":'1'}",
		"{\"a\":1,}",
		"[1,]",
		"[1]//c",
		"[/*c*/1]",
		"[True]",
		"[NULL]",
		"[1] [2]",
		/* nor beside bytes that are not ASCII, or by them */
		"[\"\xff\",]",
		"[\"\xff\"]//c",
		"[True,\"\xff\"]",
		"['\xff']",
		"\xff",
		"[1\xff]",
		"[\"a\"]\xff",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (reads(bad[i]) != -EBADMSG)
			fail_msg("%s is read", bad[i]);
	}
}

static void test_limits(void **state)
{
	assert_int_equal(reads("[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"), -E2BIG);
	assert_int_equal(
		reads("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		      "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		      "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		      "1,1,1,1,1,1,1,1,1,1,1,1]"),
		-E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
