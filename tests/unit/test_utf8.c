// SPDX-License-Identifier: GPL-2.0-only
/* Bytes that are no text, and JSON made of them; examples of RFC 3629 and of Unicode, table
 * 3-7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <json-c/json.h>

#include "util/json_add.h"
#include "util/utf8.h"

#define BAD "\xef\xbf\xbd"

static void expect_valid(const char *text, bool valid)
{
	assert_int_equal(utf8_valid(text), valid);
}

static void test_valid(void **state)
{
	expect_valid("", true);
	expect_valid("plain", true);
	expect_valid("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7", true);
	expect_valid("\xff", false);
	expect_valid("\x80", false);
	expect_valid("\xc3", false);		 /* cut off */
	expect_valid("\xc0\xaf", false);	 /* overlong */
	expect_valid("\xed\xa0\x80", false);	 /* a surrogate */
	expect_valid("\xf4\x90\x80\x80", false); /* beyond U+10FFFF */
}

static void test_next(void **state)
{
	const char *text = "a\xc3\xa9\xc3", *all = text;
	size_t n;

	assert_memory_equal(utf8_next(&text, &n), "a", 1);
	assert_int_equal(n, 1);
	assert_memory_equal(utf8_next(&text, &n), "\xc3\xa9", 2);
	assert_int_equal(n, 2);
	assert_memory_equal(utf8_next(&text, &n), BAD, 3);
	assert_int_equal(n, 3);
	assert_ptr_equal(text, all + 4);
}

static void test_code(void **state)
{
	assert_int_equal(utf8_code("a", 1), 0x61);
	assert_int_equal(utf8_code("\xc3\xa9", 2), 0xe9);
	assert_int_equal(utf8_code("\xe2\x82\xac", 3), 0x20ac);
	assert_int_equal(utf8_code("\xf0\x9f\x90\xa7", 4), 0x1f427);
	assert_int_equal(utf8_code("\xf4\x8f\xbf\xbf", 4), 0x10ffff);
}

/* One of each kind, and their neighbours. */
static void test_steers(void **state)
{
	static const uint32_t yes[] = { 0,	0x1b,	0x7f,	0x80,	0x9f,	0xad,
					0x200b, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e,
					0x2066, 0x2069, 0xfeff, 0xe0001 };
	static const uint32_t no[] = {
		0x20,	0x7e,	0xa0,	0xac,	0x200a, 0x2010,	 0x2027,
		0x202f, 0x205f, 0x2070, 0x20ac, 0xfffd, 0xe1000, 0x1f427
	};

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		assert_true(utf8_steers(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		assert_false(utf8_steers(no[i]));
}

static void expect_json(const char *text, const char *want)
{
	struct json_object *o = json_object_new_object(), *member;

	json_add_text(o, "text", text);
	json_object_object_get_ex(o, "text", &member);
	assert_string_equal(json_object_get_string(member), want);
	json_object_put(o);
}

static void test_json(void **state)
{
	struct json_object *o = json_unavailable("no \xff"), *why;

	expect_json("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	expect_json("\xff", BAD);
	expect_json("a\xffz\xc3", "a" BAD "z" BAD);
	expect_json("\xe2\x82", BAD BAD);
	json_object_object_get_ex(o, "unavailable", &why);
	assert_string_equal(json_object_get_string(why), "no " BAD);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid), cmocka_unit_test(test_next),
		cmocka_unit_test(test_code),  cmocka_unit_test(test_steers),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
