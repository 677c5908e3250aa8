// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/procmaps.h"

static int parse(const char *text, struct procmaps *m)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	return procmaps_parse(copy, m);
}

static void expect_bad(const char *text)
{
	struct procmaps m = { 0 };

	assert_int_equal(parse(text, &m), -EBADMSG);
	assert_null(m.entries);
}

static void test_names(void **state)
{
	struct procmaps m;

	assert_int_equal(
		parse("400000-401000 r--p 00000000 fd:00 12  /usr/bin/with blank (deleted)\n"
		      "401000-402000 r-xp 00001000 fd:00 12 /bin/x\n"
		      "7f0000000000-7f0000021000 rw-p 00000000 00:00 0 \n"
		      "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0   [stack]\n"
		      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]",
		      &m),
		0);
	assert_int_equal(m.n, 5);
	assert_string_equal(procmaps_name(&m, 0x400000), "/usr/bin/with blank (deleted)");
	assert_string_equal(procmaps_name(&m, 0x400fff), "/usr/bin/with blank (deleted)");
	assert_string_equal(procmaps_name(&m, 0x401000), "/bin/x");
	assert_string_equal(procmaps_name(&m, 0x7f0000000000), "");
	assert_string_equal(procmaps_name(&m, 0x7ffd00000000), "[stack]");
	assert_string_equal(procmaps_name(&m, 0xffffffffff600000), "[vsyscall]");
	assert_string_equal(procmaps_name(&m, 0x3fffff), "");
	assert_string_equal(procmaps_name(&m, 0x402000), "");
	assert_string_equal(procmaps_name(&m, UINT64_MAX), "");
	procmaps_done(&m);
	assert_string_equal(procmaps_name(&m, 0x400000), "");
}

static void test_empty(void **state)
{
	struct procmaps m;

	assert_int_equal(parse("", &m), 0);
	assert_int_equal(m.n, 0);
	procmaps_done(&m);
}

static void test_bad(void **state)
{
	expect_bad("\n");
	expect_bad("garbage\n");
	expect_bad("1000-\n");
	expect_bad("1000-1000 r--p 0 0:0 0\n");
	expect_bad("2000-1000 r--p 0 0:0 0\n");
	expect_bad("1000-2000\n");
	expect_bad("1000-3000 r--p 0 0:0 0\n2000-4000 r--p 0 0:0 0\n");
	expect_bad("11111111111111111-2 r--p 0 0:0 0\n");
}

static void test_read(void **state)
{
	struct procmaps m;

	assert_int_equal(procmaps_read("", getpid(), &m), 0);
	assert_string_equal(procmaps_name(&m, (uintptr_t)&m), "[stack]");
	procmaps_done(&m);
	assert_int_equal(procmaps_read("/nowhere", 1, &m), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
