// SPDX-License-Identifier: GPL-2.0-only
/* Lines as fs/proc/task_mmu.c prints them. */
#include "tree.h"

#include <errno.h>

#include "host/smaps.h"

static const char two[] =
	"7f0000000000-7f0000400000 rw-p 00000000 00:00 0 \n"
	"Size:               4096 kB\n"
	"Rss:                4096 kB\n"
	"THPeligible:           1\n"
	"VmFlags: rd wr mr mw me ac hg \n"
	"7f0000400000-7f0000600000 r-xs 00200000 fe:01 1234                       /lib/a b.so\n"
	"Size:               2048 kB\n"
	"THPeligible:           0\n"
	"ProtectionKey:         0\n"
	"VmFlags: rd ex mr mw me sh lo nh pf de \n";

static int read_text(const char *text, struct smaps *m)
{
	char *root = tree_new();
	int r;

	tree_file(root, "/proc/17/smaps", text);
	r = smaps_read(root, 17, m);
	tree_free(root);
	return r;
}

static void test_two(void **state)
{
	struct smaps m;
	const struct smaps_entry *e;

	assert_int_equal(read_text(two, &m), 0);
	assert_int_equal(m.n, 2);
	e = m.entries;
	assert_int_equal(e[0].start, 0x7f0000000000);
	assert_int_equal(e[0].end, 0x7f0000400000);
	assert_string_equal(e[0].name, "");
	assert_int_equal(e[0].flags, SMAPS_HUGEPAGE);
	assert_int_equal(e[0].eligible, 1);
	assert_false(e[0].shared);
	assert_int_equal(e[1].offset, 0x200000);
	assert_int_equal(e[1].device_major, 0xfe);
	assert_int_equal(e[1].device_minor, 1);
	assert_int_equal(e[1].inode, 1234);
	assert_string_equal(e[1].name, "/lib/a b.so");
	assert_int_equal(e[1].flags,
			 SMAPS_LOCKED | SMAPS_NOHUGEPAGE | SMAPS_DEVICE | SMAPS_DONTEXPAND);
	assert_int_equal(e[1].eligible, 0);
	assert_true(e[1].shared);
	smaps_done(&m);
}

/* A mapping that grew between two pages of the file comes again. */
static void test_again(void **state)
{
	struct smaps m;

	assert_int_equal(read_text("1000-3000 rw-p 00000000 00:00 0 \nVmFlags: hg \n"
				   "2000-3000 rw-p 00000000 00:00 0 \nVmFlags: nh \n"
				   "2000-5000 rw-p 00001000 fe:01 7 /x\nVmFlags: ht \n",
				   &m),
			 0);
	assert_int_equal(m.n, 2);
	assert_int_equal(m.entries[0].flags, SMAPS_HUGEPAGE);
	assert_int_equal(m.entries[0].eligible, -1);
	assert_int_equal(m.entries[1].start, 0x3000);
	assert_int_equal(m.entries[1].offset, 0x2000);
	assert_int_equal(m.entries[1].flags, SMAPS_HUGETLB);
	smaps_done(&m);
}

static void test_damaged(void **state)
{
	static const char *const bad[] = {
		"Size: 4 kB\n",
		"1000\n",
		"1000-1000 rw-p 00000000 00:00 0 \n",
		"1000-2000 rw-p 00000000 00 0 \n",
		"1000-2000 rw-p 00000000 00:00 0 \nTHPeligible: x\n",
		"1000-2000 rw-p 00000000 00:00 0 \nNonsense\n",
	};
	struct smaps m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_text(bad[i], &m), -EBADMSG);
	assert_int_equal(read_text("", &m), 0);
	assert_int_equal(m.n, 0);
	smaps_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
