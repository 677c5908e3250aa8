// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "util/cpulist.h"
#include "util/util.h"

static void round_trip(const char *text, unsigned int count, const char *want)
{
	struct cpulist l;
	char buf[128];

	assert_int_equal(cpulist_parse(text, &l), 0);
	assert_int_equal(cpulist_count(&l), count);
	assert_string_equal(cpulist_format(&l, buf, sizeof(buf)), want);
}

static void test_parse(void **state)
{
	round_trip("0-3,8,10-11\n", 7, "0-3,8,10-11");
	round_trip("0", 1, "0");
	round_trip("", 0, "");
	round_trip("\n", 0, "");
	/* sysfs never writes these, but they have one meaning only */
	round_trip("3,1,2", 3, "1-3");
	round_trip("0-5,2-7", 8, "0-7");
	round_trip("63-64,127-128", 4, "63-64,127-128");
	round_trip("8191", 1, "8191");
	round_trip("0-8191", 8192, "0-8191");
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		int r;
	} bad[] = {
		{ NULL, -EINVAL },   { "x", -EINVAL },	  { "1,", -EINVAL },
		{ ",1", -EINVAL },   { "1-", -EINVAL },	  { "-1", -EINVAL },
		{ "3-1", -EINVAL },  { "1 2", -EINVAL },  { "1\n2", -EINVAL },
		{ "1,\n", -EINVAL }, { "8192", -ERANGE }, { "0-99999999999", -ERANGE },
		{ "1;2", -EINVAL },  { "1,,2", -EINVAL }, { "99999999999999999999", -ERANGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct cpulist l = { .bits = { 77 } };

		assert_int_equal(cpulist_parse(bad[i].text, &l), bad[i].r);
		assert_int_equal(l.bits[0], 77);
	}
}

static void test_walk(void **state)
{
	static const unsigned int want[] = { 0, 5, 63, 64, 200, 8191 };
	struct cpulist l = { .bits = { 0 } };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		cpulist_add(&l, want[i]);
	cpulist_add(&l, 8192);
	cpulist_for_each(cpu, &l) assert_int_equal(cpu, want[n++]);
	assert_int_equal(n, ARRAY_SIZE(want));
	assert_true(cpulist_has(&l, 200));
	assert_false(cpulist_has(&l, 201));
	assert_false(cpulist_has(&l, 8192));
	assert_int_equal(cpulist_next(&l, 8192), CPULIST_MAX);
}

static void test_format_cut(void **state)
{
	struct cpulist l;
	char buf[8];

	assert_int_equal(cpulist_parse("0,2,4,6,8", &l), 0);
	assert_string_equal(cpulist_format(&l, buf, sizeof(buf)), "0,2,...");
	assert_int_equal(cpulist_parse("0,2,4,6", &l), 0);
	assert_string_equal(cpulist_format(&l, buf, sizeof(buf)), "0,2,4,6");
}

static void test_read(void **state)
{
	char *root = tree_new();
	struct cpulist l;

	tree_file(root, "/good", "0-1\n");
	tree_file(root, "/garbage", "0-1 zero\n");
	assert_int_equal(cpulist_read(root, "/good", &l), 0);
	assert_int_equal(cpulist_count(&l), 2);
	assert_int_equal(cpulist_read(root, "/garbage", &l), -EBADMSG);
	assert_int_equal(cpulist_read(root, "/missing", &l), -ENOENT);
	tree_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_walk),  cmocka_unit_test(test_format_cut),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
