// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include "host/physmem.h"

static const char iomem[] = "00001000-0009fbff : System RAM\n"
			    "00100000-bfffffff : System RAM\n"
			    "  01000000-0220bb07 : Kernel code\n"
			    "100000000-63fffffff : System RAM\n"
			    "8000000000-87ffffffff : PCI Bus 0000:00\n";

static const char hidden[] = "00000000-00000000 : System RAM\n"
			     "  00000000-00000000 : Kernel code\n";

/* Two zones as /proc/zoneinfo lists them, and one without memory. */
static const char zoneinfo[] = "Node 0, zone      DMA\n"
			       "  per-node stats\n"
			       "  pages free     2816\n"
			       "        min      6\n"
			       "        spanned  4095\n"
			       "        present  3998\n"
			       "  start_pfn:           1\n"
			       "Node 0, zone   Normal\n"
			       "        spanned  5505024\n"
			       "        present  5505024\n"
			       "  start_pfn:           1048576\n"
			       "Node 0, zone  Movable\n"
			       "        spanned  0\n"
			       "  start_pfn:           99999999\n";

static void test_zone_end(void **state)
{
	assert_int_equal(physmem_zone_end(zoneinfo, 4096), (1048576 + 5505024) * 4096ull);
	assert_int_equal(physmem_zone_end("", 4096), 0);
	assert_int_equal(physmem_zone_end("  start_pfn: 5\n  spanned 5\n", 4096), 0);
	assert_int_equal(
		physmem_zone_end("spanned 18446744073709551615\nstart_pfn: 1\n", 4096), 0);
	assert_int_equal(physmem_zone_end("spanned x\nstart_pfn: 1\n", 4096), 0);
}

static void test_io_end(void **state)
{
	assert_int_equal(physmem_io_end(iomem), 0x8800000000);
	assert_int_equal(physmem_io_end(hidden), 0);
	assert_int_equal(physmem_io_end("no range\n"), 0);
}

static void test_read(void **state)
{
	char *root = tree_new();
	struct physmem m = { 7, 7 };

	assert_int_equal(physmem_read(root, 4096, &m), -ENOENT);
	assert_int_equal(m.ram_end, 7);
	tree_file(root, "/proc/iomem", iomem);
	assert_int_equal(physmem_read(root, 4096, &m), 0);
	assert_int_equal(m.ram_end, 0x640000000);
	assert_int_equal(m.io_end, 0x8800000000);
	tree_file(root, "/proc/iomem", hidden);
	tree_file(root, "/proc/zoneinfo", zoneinfo);
	assert_int_equal(physmem_read(root, 4096, &m), 0);
	assert_int_equal(m.ram_end, (1048576 + 5505024) * 4096ull);
	assert_int_equal(m.io_end, 0);
	tree_file(root, "/proc/zoneinfo", "Node 0\n");
	assert_int_equal(physmem_read(root, 4096, &m), -EBADMSG);
	tree_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone_end),
		cmocka_unit_test(test_io_end),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
