// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/iomem.h"

#define UNTOUCHED 77u

static void expect(const char *text, int r, uint64_t bytes, uint64_t end)
{
	uint64_t got_bytes = UNTOUCHED, got_end = UNTOUCHED;

	assert_int_equal(iomem_parse(text, &got_bytes, &got_end), r);
	assert_int_equal(got_bytes, bytes);
	assert_int_equal(got_end, end);
}

static void test_x86(void **state)
{
	expect("00000000-00000fff : Reserved\n"
	       "00001000-0009fbff : System RAM\n"
	       "000f0000-000fffff : System ROM\n"
	       "00100000-bfffffff : System RAM\n"
	       "  01000000-0220bb07 : Kernel code\n"
	       "c0001000-eebfffff : PCI Bus 0000:00\n"
	       "100000000-63fffffff : System RAM\n",
	       /* 0x9ec00 + 0xbff00000 + 0x540000000 */
	       0, 0x600000000 - 0x100000 + 0x9ec00, 0x640000000);
}

static void test_memory_added_later(void **state)
{
	expect("40000000-7fffffff : System RAM\n"
	       "100000000-1ffffffff : Persistent Memory\n"
	       "  140000000-1bfffffff : dax0.0\n"
	       "    140000000-17fffffff : System RAM (kmem)\n"
	       "200000000-23fffffff : virtio-mem\n"
	       "  200000000-207ffffff : System RAM (virtio_mem)\n",
	       0, 0x88000000u, 0x208000000);
}

static void test_nested_counts_once(void **state)
{
	expect("40000000-7fffffff : System RAM\n"
	       "  50000000-5fffffff : System RAM\n"
	       "  60000000-6fffffff : Kernel code\n"
	       "80000000-80000fff : System RAM",
	       0, 0x40001000, 0x80001000);
}

static void test_hidden(void **state)
{
	expect("00000000-00000000 : Reserved\n"
	       "00000000-00000000 : System RAM\n"
	       "  00000000-00000000 : Kernel code\n"
	       "00000000-00000000 : System RAM\n",
	       -EACCES, UNTOUCHED, UNTOUCHED);
}

static void test_garbage(void **state)
{
	static const char *const text[] = {
		"",
		"\n",
		"00001000-0009fbff : Reserved\n",
		"junk\n00001000-0009fbff : System RAM\n",
		"00001000-0009fbff : System RAM\njunk",
		"00001000 0009fbff : System RAM\n",
		"00001000-0009fbff: System RAM\n",
		"0009fbff-00001000 : System RAM\n",
		"00001000-ffffffffffffffff : System RAM\n",
		"00001000-10000000000000000 : System RAM\n",
		"1000-1fff : System RAM\n1800-27ff : System RAM\n",
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		expect(text[i], -EBADMSG, UNTOUCHED, UNTOUCHED);
}

static void test_file(void **state)
{
	char *root = tree_new();
	uint64_t bytes = UNTOUCHED, end = UNTOUCHED;

	assert_int_equal(iomem_system_ram(root, &bytes, &end), -ENOENT);
	tree_file(root, "/proc/iomem", "1000-1fff : System RAM\n");
	assert_int_equal(iomem_system_ram(root, &bytes, &end), 0);
	assert_int_equal(bytes, 4096);
	assert_int_equal(end, 8192);
	tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86),
		cmocka_unit_test(test_memory_added_later),
		cmocka_unit_test(test_nested_counts_once),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
