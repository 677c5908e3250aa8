// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/cpuinfo.h"

static const char text[] = "processor\t: 0\n"
			   "vendor_id\t: GenuineIntel\n"
			   "cpu family\t: 6\n"
			   "model\t\t: 143\n"
			   "model name\t: Intel(R) Xeon(R) Platinum 8480+ \n"
			   "empty\t\t:\n"
			   "flags\t\t: fpu vme hypervisor_x hypervisor la57\n"
			   "\n"
			   "processor\t: 1\n"
			   "second\t\t: yes\n";

static void test_field(void **state)
{
	char buf[64] = "untouched";

	assert_int_equal(cpuinfo_field(text, "vendor_id", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "GenuineIntel");
	/* "model" is not "model name" */
	assert_int_equal(cpuinfo_field(text, "model", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "143");
	assert_int_equal(cpuinfo_field(text, "model name", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "Intel(R) Xeon(R) Platinum 8480+");
	assert_int_equal(cpuinfo_field(text, "empty", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(cpuinfo_field(text, "mode", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cpuinfo_field(text, "second", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cpuinfo_field(text, "vendor_id", buf, 12), -ENOSPC);
	assert_int_equal(cpuinfo_field("", "vendor_id", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(cpuinfo_field("vendor_id", "vendor_id", buf, sizeof(buf)), -ENOENT);
}

static void test_number(void **state)
{
	uint64_t n = 77;

	assert_int_equal(cpuinfo_number(text, "vendor_id", 1000, &n), -EBADMSG);
	assert_int_equal(cpuinfo_number(text, "model", 142, &n), -EBADMSG);
	assert_int_equal(cpuinfo_number(text, "nothing", 1000, &n), -ENOENT);
	assert_int_equal(n, 77);
	assert_int_equal(cpuinfo_number(text, "model", 143, &n), 0);
	assert_int_equal(n, 143);
}

static void test_flag(void **state)
{
	assert_true(cpuinfo_has_flag(text, "hypervisor"));
	assert_true(cpuinfo_has_flag(text, "fpu"));
	assert_true(cpuinfo_has_flag(text, "la57"));
	assert_false(cpuinfo_has_flag(text, "la5"));
	assert_false(cpuinfo_has_flag(text, "processor"));
	assert_false(cpuinfo_has_flag("", "fpu"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_field),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
